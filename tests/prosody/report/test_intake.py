"""What came in is said by code: read, lost, mended, ignored or withheld, with its place."""

import json
import re
from dataclasses import replace

import pytest

from diarize.messages import Field, Note, message
from diarize.recording.quality import Check
from diarize.timeline import Span
from prosody.findings import Heard, findings
from prosody.report.codec import from_json, to_json
from prosody.report.intake import became
from prosody.settings import Settings
from tests.conftest import ROOT
from tests.prosody.conftest import facts

LEFT_OUT: dict[str, Field] = {
    "words": 4,
    "places": 2,
    "at_s": (1.0, 5.0),
    "reason": "no speech there",
}


def intake(about, conversation, frames):
    made = findings(Heard(about, Settings(), conversation), frames)
    plain = json.loads(to_json(made))["intake"]
    assert to_json(from_json(to_json(made))) == to_json(made)
    return plain


def test_what_was_read_is_told_of_every_recording(conversation, frames):
    about = facts()
    (row,) = intake(about, conversation, frames)
    assert (row["what"], row["code"]) == ("read", "quality.read")
    assert row["fields"] == {
        "seconds": about.recording.duration_s,
        "rate_hz": about.recording.sample_rate_hz,
        "channels": about.recording.channels,
    }
    assert "span" not in row and str(about.recording.sample_rate_hz) in row["text"]


def test_what_was_lost_mended_ignored_and_withheld_is_told_with_its_place(conversation, frames):
    gap = Span(3.0, 4.5)
    notes = (
        Note("format.past_the_end", {"seconds": 2.5}, "caution"),
        Note("format.not_utf8"),
        Note("transcriber.left_out", LEFT_OUT, "caution", (Span(1.0, 2.0), Span(5.0, 6.0))),
        Note("recording.dropouts", {"n": 1}, "caution", (gap,)),
        Note("separator.one_voice"),  # says nothing of what came in
    )
    checks = (
        Check("dropouts", 1.0, "stretches", "warn", message("quality.dropouts")),
        Check("clipping", 9.0, "%", "withhold", message("quality.clipping")),
        Check("hum", 2.0, "dB", "warn", message("quality.hum")),
    )
    about = facts()
    about = replace(about, notes=(*about.notes, *notes), quality=checks)
    found = [
        (row["what"], row["code"], row.get("span")) for row in intake(about, conversation, frames)
    ]
    assert found[1:] == [
        ("lost", "format.past_the_end", None),
        ("mended", "format.not_utf8", None),
        ("ignored", "transcriber.left_out", [1.0, 2.0]),
        ("ignored", "transcriber.left_out", [5.0, 6.0]),
        ("lost", "recording.dropouts", [3.0, 4.5]),
        ("withheld", "quality.clipping", None),
    ]


def test_every_note_of_a_reader_says_what_became_of_it():
    """A new one has to be put into the table, as what it is."""
    sources = [f.read_text("utf-8") for f in (ROOT / "diarize").rglob("*.py")]
    pattern = r'Note\(\s*"((?:format|recording)\.\w+)"'
    codes = {code for text in sources for code in re.findall(pattern, text)}
    assert len(codes) > 8
    assert [code for code in sorted(codes) if became(code) is None] == []
    assert became("separator.one_voice") is None


def test_a_note_of_very_many_places_is_one_row(conversation, frames):
    spans = tuple(Span(k / 10, k / 10 + 0.05) for k in range(101))
    rows = []
    for some in (spans, spans[1:]):
        note = Note("recording.missing_inside", {"n": len(some), "seconds": 5.0}, "caution", some)
        about = replace(facts(), notes=(note,))
        found = intake(about, conversation, frames)
        rows.append(sum(row["code"] == note.code for row in found))
    assert rows == [1, 100]


NOT_JUDGED = ["transcript.too_short", "transcript.not_verified", "recording.gain_unjudged"]


@pytest.mark.parametrize("code", NOT_JUDGED)
def test_what_nothing_bears_out_or_judges_stands_among_what_was_read(code, conversation, frames):
    about = facts()
    about = replace(about, notes=(*about.notes, Note(code, severity="caution")))
    assert ("read", code) in {(r["what"], r["code"]) for r in intake(about, conversation, frames)}

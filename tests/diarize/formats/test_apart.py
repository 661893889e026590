"""A transcript is read in a process that may use little; what comes back is what was read there."""

import json
from dataclasses import replace

import pytest

from benchmarks.shared.said import said_in
from benchmarks.shared.strange_cases import STRANGE
from benchmarks.shared.written_cases import LAYOUTS
from diarize.errors import Refused
from diarize.formats import apart
from diarize.formats.table import FORMATS, Format, read_transcript
from diarize.formats.transcript import Cue, Transcript
from diarize.runtime.confined import possible
from diarize.settings import Formats
from diarize.timeline import Span
from tests.conftest import SAMPLES
from tests.said import refused

here_only = pytest.mark.skipif(not possible(), reason="work is confined on Linux")
KINDS = ("whisperx.json", "marked.vtt", "elan_columns.tsv", "rated.eaf", "short.TextGrid",
         "talkbank.cha", "karaoke.vtt", "lyrics.lrc", "meet_german.txt")  # fmt: skip


def told(path):
    try:
        return read_transcript(path)
    except Refused as refusal:
        return refusal.message


@here_only
@pytest.mark.parametrize("name", KINDS)
def test_the_same_comes_back_as_is_read_in_this_process(tmp_path, monkeypatch, name):
    layout = next(each for each in (*LAYOUTS, *STRANGE) if each.name == name)
    said = said_in(json.loads((SAMPLES / "attentive.json").read_text("utf-8")), 60.0)
    written, path = layout.write(said), tmp_path / layout.name
    path.write_bytes(written if isinstance(written, bytes) else written.encode("utf-8"))
    there = told(path)
    monkeypatch.setattr(apart, "possible", lambda: False)
    assert isinstance(there, Transcript) and there == told(path)


@here_only
@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", "{"), ("b.csv", "a;b\n1;2\n"), ("c.vtt", "WEBVTT\n"), ("d.eaf", "<!DOCTYPE x>")],
)
def test_a_refusal_is_the_same_and_names_the_file(tmp_path, monkeypatch, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    there = told(path)
    assert there.fields["file"] == str(path)
    monkeypatch.setattr(apart, "possible", lambda: False)
    assert there == told(path)


@here_only
@pytest.mark.parametrize("most", [{"work_memory_gb": 0.03}, {"work_s": 1.0}])
def test_what_takes_more_than_any_transcript_is_refused_and_the_next_is_read(tmp_path, most):
    path = tmp_path / "session.json"
    words = [{"word": "so", "start": 0.1, "end": 0.2}] * 12
    turn = {"start": 0.0, "end": 3.0, "speaker": "A", "text": "so " * 12, "words": words}
    path.write_text(json.dumps({"segments": [turn] * 12_000}), encoding="utf-8")
    rule = replace(Formats(), words_max=10**9, **most)
    with refused("format.takes_too_much"):
        read_transcript(path, formats=rule)
    assert read_transcript(SAMPLES / "attentive.vtt", formats=rule).cues


def test_a_reader_of_an_extension_is_called_where_it_is(tmp_path, monkeypatch):
    def taken(text, how):
        return Transcript((Cue(Span(0, 1), "A", text.strip()),))

    monkeypatch.setitem(globals(), "taken", taken)
    FORMATS.append(Format("invented", (".invented",), taken))
    try:
        (tmp_path / "a.invented").write_text("hello there\n", encoding="utf-8")
        assert read_transcript(tmp_path / "a.invented").cues[0].text == "hello there"
    finally:
        FORMATS.pop()

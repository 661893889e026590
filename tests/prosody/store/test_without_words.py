"""Whether words are kept changes no number that does not rest on what a turn says."""

import json
import shutil
from dataclasses import dataclass, replace
from functools import cache

import pytest

from diarize.edits.streams import streams_of
from diarize.messages import message
from prosody.analysis import Analysis
from prosody.cues.dyad import transitions
from prosody.findings import findings
from prosody.render import export, svg, wording
from prosody.report.codec import plain
from prosody.report.model import Report
from prosody.store import amend, changes
from prosody.store.corrections import Correction
from prosody.store.kinds import KINDS
from prosody.store.library import Library
from prosody.store.requests import Request
from tests.conftest import NOT_KEPT, SAMPLES
from tests.said import refused

KEPT = "half_way"
SAID_YES = Correction("motivational_interviewing", "sup-1", "2026-01-01", {"is": "yes"})


@pytest.fixture
def library(sample_library, tmp_path):
    """The sample twice: with its words, and without."""
    return Library(shutil.copytree(sample_library, tmp_path / "library"))


@dataclass(frozen=True)
class Made:
    """A correction made of the sample: the library, what it said before and says now, by name."""

    library: Library
    before: dict[str, Report]
    after: dict[str, Report]
    rows: tuple[Correction, ...]


@pytest.fixture(scope="module")
def corrected(sample_library, tmp_path_factory):
    """Make each kind of correction once, for every test that asks what came of it."""

    @cache
    def make(kind):
        place = tmp_path_factory.mktemp("corrected")
        library = Library(shutil.copytree(sample_library, place / "library"))
        names = (KEPT,) if kind in NEED_WORDS else (KEPT, NOT_KEPT)
        before = {name: library.load(name) for name in names}
        request = REQUESTS[kind](before[names[-1]], place)
        after = {name: correct(library, name, request) for name in names}
        return Made(library, before, after, library.corrections(names[-1]))

    return make


def turns_and_figures(report):
    """Everything that does not rest on what a turn says, exactly."""
    talk = report.conversation
    return {
        "turns": [(u.span, u.voice, u.role, u.kind, u.ipus, len(u.words)) for u in talk.utterances],
        "silences": [
            (plain(s), then) for s, then in zip(talk.silences, report.ended_with, strict=True)
        ],
        "overlaps": plain_rows(report.overlaps),
        "measures": plain_rows(m for m in report.measures if not m.cue.startswith("listening.")),
        "course": plain_rows(report.course.series),
        "parts": plain_rows(report.parts),
    }


def plain_rows(records):
    return [plain(record) for record in records]


def read_events(report):
    """Behaviours with their places, and what the client did next."""
    return {
        (e.kind, e.span, e.role, e.confidence, json.dumps(e.outcome and plain(e.outcome)))
        for e in report.events
    }


def correct(library, name, request):
    amend.correct(library, name, request, by="sup-1")
    return library.load(name)


def long_turn(report, role="client"):
    """A turn in the middle with several words, and nobody else speaking in it."""
    own = [u for u in report.turns if u.role == role and u.kind == "primary" and len(u.words) > 8]
    return own[len(own) // 2]


def edited(report, place):
    """An export of its turns in which one turn has the other label."""
    export.write(report, place, place / "turns.rttm")
    span = long_turn(report).span
    rows = [line.split() for line in (place / "turns.rttm").read_text("utf-8").splitlines()]
    first, second = sorted({row[7] for row in rows})
    (meant,) = (row for row in rows if abs(float(row[3]) - span.start) < 0.01)
    meant[7] = first if meant[7] == second else second
    (place / "turns.rttm").write_text("".join(f"{' '.join(row)}\n" for row in rows), "utf-8")
    return place / "turns.rttm"


REQUESTS = {
    "role": lambda report, _: Request(swap_roles=True),
    "turn_voice": lambda report, _: Request(turn=long_turn(report).index, voice=voice_of(report)),
    "words_voice": lambda report, _: Request(
        turn=long_turn(report).index, words="2-4", voice=voice_of(report)
    ),
    "turn_text": lambda report, _: Request(
        turn=long_turn(report).index,
        text=" ".join([*(w.text for w in long_turn(report).words), "Elsewhere."]),
    ),
    "text": lambda report, _: Request(text_from=SAMPLES / f"{KEPT}.vtt"),
    "turns": lambda report, place: Request(turns_from=edited(report, place)),
    "rename": lambda report, _: Request(rename=("A=T1",)),
    "behaviour": lambda report, _: Request(
        turn=long_turn(report, "therapist").index, is_kind="validation"
    ),
    "silence": lambda report, _: Request(at=report.silences[3].span.start, reading="reflective"),
    "warmth": lambda report, _: Request(without_warmth=("pace",)),
    "motivational_interviewing": lambda report, _: Request(motivational_interviewing=True),
}
NEED_WORDS = [kind for kind in REQUESTS if KINDS[kind].text]
MADE = [(k, n) for k in REQUESTS for n in (KEPT, NOT_KEPT) if n == KEPT or k not in NEED_WORDS]


def voice_of(report, role="therapist"):
    return next(v.voice for v in report.voices if v.role == role)


def test_an_analysis_gives_the_same_numbers_with_and_without_kept_words(library):
    kept, silent = library.load(KEPT), library.load(NOT_KEPT)
    assert turns_and_figures(kept) == turns_and_figures(silent)
    assert read_events(kept) == read_events(silent)
    assert plain_rows(kept.measures) == plain_rows(silent.measures)
    assert plain_rows(kept.totals) == plain_rows(silent.totals)
    said = {word.text for u in kept.turns for word in u.words if len(word.text) > 7}
    texts = "".join(p.read_text("utf-8") for p in (library.folder / NOT_KEPT).glob("*.json"))
    assert said and not [word for word in said if f'"{word}"' in texts]


def test_drawings_count_the_changes_of_turn_that_measures_count(library):
    report = library.load(NOT_KEPT)
    changes = transitions(Analysis(report.conversation))
    for role in ("therapist", "client"):
        n = sum(c.by == role and c.timed for c in changes)
        drawn = message("page.turn_changes", role=wording.role(role), n=n)
        assert str(drawn) in svg.offsets(report)
        latency = report.measure("turns.response_latency", role)
        assert latency.n == n


@pytest.mark.parametrize("name", [KEPT, NOT_KEPT])
def test_a_correction_that_changes_nothing_changes_no_number(library, name):
    before = library.load(name)
    for role in ("client", "therapist"):
        turn = long_turn(before, role)
        after = correct(library, name, Request(turn=turn.index, voice=turn.voice))
        assert turns_and_figures(after) == turns_and_figures(before)
        assert read_events(after) == read_events(before)
        assert plain_rows(after.measures) == plain_rows(before.measures)
        assert plain_rows(after.totals) == plain_rows(before.totals)


def test_what_was_not_looked_for_in_words_that_are_gone_is_not_read(library):
    """Marked as motivational interviewing afterwards, or where another version kept it."""

    def totals(report):
        return {row.behaviour: row for row in report.totals}

    marked = Request(motivational_interviewing=True)
    for name in (KEPT, NOT_KEPT):
        record = library.record(name)
        settings = record.now.settings
        asked = replace(settings, reading=replace(settings.reading, experimental=True))
        now = replace(record.now, settings=asked)
        report = totals(findings(changes.motivational(now, SAID_YES), library.frames(name)))
        unasked = "kind_not_read" if name == NOT_KEPT else "no_coder_for_it"  # who tells it alone
        assert report["change_talk"].n is None
        assert report["change_talk"].reason.code == f"behaviour.{unasked}"
        for kind in ("felt", "sympathy"):
            reason = report[kind].reason and report[kind].reason.code
            assert (reason == "behaviour.kind_not_read") is (name == NOT_KEPT), kind
            assert (report[kind].n is None) is (name == NOT_KEPT)
        assert report["reflection"].n > 0
    older = replace(now, read=replace(now.read, kinds=None))
    found = totals(findings(older, library.frames(NOT_KEPT)))
    assert found["felt"].n is None and found["reflection"].n == report["reflection"].n
    assert "change_talk" not in totals(correct(library, NOT_KEPT, marked))


def test_every_kind_of_correction_is_tried():
    assert set(KINDS) == set(REQUESTS)
    assert NEED_WORDS == ["turn_text", "text"]


@pytest.mark.parametrize("kind", NEED_WORDS)
def test_words_that_may_not_be_kept_are_refused_and_nothing_changes(library, tmp_path, kind):
    before = (library.folder / NOT_KEPT / "report.json").read_bytes()
    with refused("corrections.no_consent"):
        correct(library, NOT_KEPT, REQUESTS[kind](library.load(NOT_KEPT), tmp_path))
    assert library.corrections(NOT_KEPT) == ()
    assert (library.folder / NOT_KEPT / "report.json").read_bytes() == before


@pytest.mark.parametrize("kind", [k for k in REQUESTS if k not in NEED_WORDS])
def test_a_correction_moves_the_same_numbers_with_and_without_kept_words(corrected, kind):
    made = corrected(kind)
    kept, silent = made.after[KEPT], made.after[NOT_KEPT]
    assert turns_and_figures(kept) == turns_and_figures(silent)
    assert {row.kind for row in made.rows} == {kind}
    touched = [note for note in silent.notes if note.code == "notes.turns_not_read"]
    gone = [span for note in touched for span in note.spans]
    assert bool(gone) == (kind in ("role", "turn_voice", "words_voice", "turns"))
    if kind != "role":
        was = read_events(made.before[NOT_KEPT])
        untouched = {e[:3] for e in was if not any(map(e[1].overlap, gone))}
        assert untouched <= {e[:3] for e in read_events(silent)}


@pytest.mark.parametrize(("kind", "name"), MADE)
def test_what_a_correction_does_not_touch_stays_to_the_last_digit(corrected, kind, name):
    """Of each kind: what rests on neither its turn nor the setting that it changes."""
    before, after = corrected(kind).before[name], corrected(kind).after[name]
    was, now = plain_rows(before.measures), plain_rows(after.measures)
    moved = {m["cue"] for m, n in zip(was, now, strict=True) if m != n}
    if kind == "warmth":
        # Over a whole session a speaker's own middle is 50 whatever is left out; its course moves.
        assert all(cue.startswith("warmth.") for cue in moved), moved
        index = [[s for s in r.course.series if s.cue == "warmth.index"] for r in (before, after)]
        assert index[0] != index[1]
    elif kind == "turn_text":
        assert moved and not any(cue.startswith(NOT_OF_WORDS) for cue in moved), moved
    elif kind in UNMOVED:
        assert moved == set()
    else:
        assert moved
    if kind not in ("role", "rename", "turn_text", "text"):
        assert spoken(after, long_turn(before).span) == spoken(before, long_turn(before).span)


# A transcript that says the same, and what rests on no figure, move none.
UNMOVED = ("text", "behaviour", "motivational_interviewing", "rename", "silence")
# What no text can move: who spoke how long, how they took turns, how it sounded.
NOT_OF_WORDS = (
    *("talk.", "voice.", "distance."),
    *("turns.count", "turns.longest", "turns.median_length", "turns.response_latency"),
    *("turns.overlap_rate", "turns.backchannel_rate", "turns.silence_tolerance"),
)


def spoken(report, but):
    """Speech and words outside a stretch, exactly, and whose they are."""
    streams = streams_of(report.conversation)
    speech = [turn for turn in streams.turns if not turn.span.overlap(but)]
    return speech, [word for word in streams.words if not word.span.overlap(but)]


@pytest.mark.parametrize(("kind", "name"), [pair for pair in MADE if pair[0] != "silence"])
def test_what_is_taken_back_leaves_every_number_as_it_was(corrected, kind, name):
    made = corrected(kind)
    before, library = made.before[name], made.library
    assert made.rows
    for number in range(1, len(made.rows) + 1):
        if library.corrections(name)[number - 1].undone_by is None:  # a swap is taken back whole
            amend.undo(library, name, number, by="sup-1")
    after = library.load(name)
    assert turns_and_figures(after) == turns_and_figures(before)
    assert read_events(after) == read_events(before)
    if kind not in NEED_WORDS:
        assert plain_rows(after.totals) == plain_rows(before.totals)


@pytest.mark.parametrize("ending", [".rttm", ".TextGrid", ".eaf", ".json"])
def test_an_unedited_export_read_back_changes_no_number(library, tmp_path, ending):
    for name in (KEPT, NOT_KEPT):
        before = library.load(name)
        target = tmp_path / f"{name}{ending}"
        export.write(before, library.folder / name, target)
        after = correct(library, name, Request(turns_from=target))
        assert turns_and_figures(after) == turns_and_figures(before)
        again = tmp_path / f"again{ending}"
        export.write(after, library.folder / name, again)
        if ending != ".json":  # which says that it was corrected
            assert again.read_bytes() == target.read_bytes()

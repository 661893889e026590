"""What a person corrects: the figures follow, it is kept, found again and can be taken back."""

import json
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypo
from hypothesis import strategies as st

from diarize.conversation import weave
from diarize.edits.streams import streams_of
from diarize.errors import Refused
from diarize.messages import message
from diarize.recording.consent import SCOPES
from diarize.roles import Casting, Role
from prosody import catalogue
from prosody.cues.measure import Cue, Measure
from prosody.features.frame_files import save
from prosody.findings import Heard, findings
from prosody.listening.found import events
from prosody.pipeline import Session
from prosody.render.html import html
from prosody.report.codec import from_json, to_json
from prosody.settings import Settings
from prosody.store import amend, kinds
from prosody.store.amend import carried
from prosody.store.applying import applied, report_of
from prosody.store.confirmed import confirmed
from prosody.store.corrections import Correction
from prosody.store.kinds import described
from prosody.store.library import Entry, Library
from prosody.store.record import Record
from prosody.store.requests import Request
from tests.conftest import retold, wordless
from tests.consents import told
from tests.counting import calls_of
from tests.prosody.conftest import (
    LINES,
    as_older_version,
    facts,
    heard_in,
    keep,
    replay,
    spoken,
)
from tests.said import codes, refused

HEARD = message("casting.words", points=9.0, errors=4.0, questions=30.0, words=400)


def asked(report, *, by="sup-1", **options):
    return kinds.made(report, Request(**options), by=by)


def after(report, frames, *steps, kept=()):
    """Apply steps one after the other, each against the report as it then stands."""
    rows, now = list(kept), report
    for step in steps:
        rows += asked(now, **step)
        now = replay(report, frames, rows, fresh=len(rows) - 1)
    return now


def same(one, other, *but):
    plain, theirs = (json.loads(to_json(report)) for report in (one, other))
    return plain | {name: theirs[name] for name in but} == theirs


@pytest.fixture(scope="module")
def saved(report, frames):
    """As it follows from what comes back from disk: what a correction starts from."""
    return replay(from_json(to_json(report)), frames, [])


def turn_of(report, text):
    return next(t.index for t in report.turns if t.text.startswith(text))


def test_a_session_nobody_corrected_follows_from_what_was_heard(saved, report):
    assert same(saved, report)


def test_swapping_the_roles_swaps_every_measure(saved, frames):
    swapped = after(saved, frames, {"swap_roles": True})
    other = {"therapist": "client", "client": "therapist"}
    assert all(v.corrected_by == "sup-1" for v in swapped.voices)
    for cue in ("talk.share", "talk.time", "turns.count", "voice.level"):
        for role in other:
            ours, theirs = saved.measure(cue, role), swapped.measure(cue, other[role])
            assert replace(ours, role="") == replace(theirs, role="")


@pytest.mark.parametrize(
    "steps",
    [
        [{"swap_roles": True}, {"swap_roles": True}],
        [{"turn": 1, "voice": "A"}, {"turn": 0, "words": "8-19", "voice": "B"}],
        [{"turn": 5, "words": "3-5", "voice": "A"}, {"turn": 6, "voice": "B"}],
        [{"turn": 2, "text": "It sounds like you felt very alone this week."}],
        [{"rename": ("A=T1",)}, {"rename": ("T1=A",)}],
        [{"rename": ("A=B", "B=A")}, {"rename": ("A=B", "B=A")}],
        [{"turn": 1, "voice": "B"}],
    ],
    ids=["swap", "turn", "words", "text", "rename", "crossed names", "confirmed"],
)
def test_there_and_back_is_the_same(saved, frames, steps):
    assert same(after(saved, frames, *steps), saved, "voices")


def test_a_turn_given_to_the_other_voice_moves_its_time_and_words(saved, frames):
    turn = saved.turns[1]
    moved = after(saved, frames, {"turn": 1, "voice": "A"})
    seconds = turn.phonation
    before = saved.measure("talk.time", "client").value
    assert moved.measure("talk.time", "client").value == pytest.approx(before - seconds, abs=1e-6)
    owner = {w.span.start: w.voice for w in streams_of(moved.conversation).words}
    assert {owner[w.span.start] for w in turn.words} == {"A"}


def test_a_backchannel_inside_a_long_turn_is_corrected_without_the_long_turn(saved, frames):
    index = turn_of(saved, "Mm-hm.")
    assert saved.turns[index].kind == "backchannel"
    moved = after(saved, frames, {"turn": index, "voice": "B"})
    long = next(t for t in moved.turns if t.text.startswith("Yes I did"))
    assert long.voice == "B"
    assert "Mm-hm." in long.text
    assert len(moved.turns) == len(saved.turns) - 1


def test_words_take_their_speech_with_them_and_lose_none(saved, frames):
    moved = after(saved, frames, {"turn": 5, "words": "3-5", "voice": "A"})
    said = {t.text: (t.voice, t.span.end - t.span.start) for t in moved.turns}
    words = saved.turns[5].words
    seconds = pytest.approx(words[4].span.end - words[2].span.start, abs=0.01)
    assert said["I have never"] == ("A", seconds)
    assert sorted(w.text for t in moved.turns for w in t.words) == sorted(
        w.text for t in saved.turns for w in t.words
    )


def test_a_word_that_a_person_gave_to_a_voice_is_not_doubtful(saved, frames):
    words = tuple(replace(w, doubtful=True) for w in saved.turns[1].words)
    doubted = retold(
        saved, utterances=(saved.turns[0], replace(saved.turns[1], words=words), *saved.turns[2:])
    )
    some = after(doubted, frames, {"turn": 1, "words": "2-3", "voice": "B"})
    assert [bool(w.doubtful) for w in some.turns[1].words[:4]] == [True, False, False, True]
    every = after(doubted, frames, {"turn": 1, "voice": "B"})
    assert not any(w.doubtful for w in every.turns[1].words)


def test_new_text_keeps_the_times_of_words_that_stay(saved, frames):
    before = {w.text: w for w in saved.turns[1].words}
    text = "Well, my whole week was hard and I felt so lonely at the office"
    now = after(saved, frames, {"turn": 1, "text": text}).turns[1]
    assert now.text == text
    for word in now.words:
        known = before.get(word.text.strip(","))
        if known is not None and word.text not in ("so", "at"):
            assert (word.span.start, word.probability) == (known.span.start, known.probability)
    assert {w.probability for w in now.words if w.text in ("whole", "lonely", "office")} == {None}
    starts = [w.span.start for w in now.words]
    assert starts == sorted(starts)
    assert (
        saved.turns[1].span.start <= starts[0] <= now.words[-1].span.end <= saved.turns[1].span.end
    )


@pytest.mark.parametrize(
    "text",
    ["", "naïve — 日本 می\u200cخواهم 👩\u200d👧", "Zu\u00adsammen " * 40, "=1 <b>x</b> & \u202e"],
)
def test_any_text_can_be_written(saved, frames, text):
    made = after(saved, frames, {"turn": 3, "text": text})
    there = next(t for t in made.turns if t.span.start == saved.turns[3].span.start)
    assert there.text == " ".join(text.replace("\u202e", " ").split())
    assert there.ipus == saved.turns[3].ipus
    assert to_json(from_json(to_json(made))) == to_json(made)


def test_behaviours_are_confirmed_added_changed_and_removed(saved, frames):
    reflection = turn_of(saved, "It sounds like")
    thanks = turn_of(saved, "Thank you")
    there = [e for e in saved.events if e.utterance == reflection]
    assert "reflection" in {e.kind for e in there}

    def at(made, turn):
        return {e.kind: e for e in made.events if e.utterance == turn}

    sure = after(saved, frames, {"turn": reflection, "is_kind": "reflection"})
    event = at(sure, reflection)["reflection"]
    assert (event.corrected_by, event.confidence) == ("sup-1", 1.0)
    changed = after(
        saved, frames, {"turn": reflection, "is_kind": "summary", "is_not": "reflection"}
    )
    assert {"summary"} == set(at(changed, reflection)) - {e.kind for e in there} | (
        set(at(changed, reflection)) & {"summary", "reflection"}
    )
    gone = after(saved, frames, {"turn": reflection, "is_not": "reflection"})
    assert "reflection" not in at(gone, reflection)
    count = {t.behaviour: t.n for t in gone.totals}
    assert count["reflection"] == {t.behaviour: t.n for t in saved.totals}["reflection"] - 1
    added = after(saved, frames, {"turn": thanks, "is_kind": "check_in"})
    named = at(added, thanks)["check_in"]
    assert (named.corrected_by, named.confidence) == ("sup-1", 1.0) and named.outcome is not None


def test_a_silence_is_corrected_by_its_time(saved, frames):
    (held,) = (e for e in saved.events if e.kind == "held_silence")
    middle = (held.span.start + held.span.end) / 2
    gone = after(saved, frames, {"at": middle, "is_not": "held_silence"})
    assert "held_silence" not in {e.kind for e in gone.events}
    back = after(
        saved,
        frames,
        {"at": middle, "is_not": "held_silence"},
        {"at": middle, "is_kind": "held_silence"},
    )
    (named,) = (e for e in back.events if e.kind == "held_silence")
    assert (named.span.start, named.span.end, named.corrected_by) == (
        held.span.start,
        held.span.end,
        "sup-1",
    )


def test_at_a_time_the_turn_is_meant_that_can_show_the_behaviour(saved, frames):
    """The client's turn has a therapist's "Mm-hm." in it, which is not the client's."""
    (hum,) = (e for e in saved.events if e.kind == "backchannel")
    kept = after(saved, frames, {"at": 15.2, "is_kind": "backchannel"})
    (now,) = (e for e in kept.events if e.kind == "backchannel")
    assert (now.utterance, now.corrected_by) == (hum.utterance, "sup-1")
    marked = after(saved, frames, {"at": 15.2, "is_kind": "withdrawal_marker"})
    (event,) = (e for e in marked.events if e.corrected_by)
    assert marked.turns[event.utterance].text.startswith("Yes I did")
    with refused("requests.nothing_fits", kind="backchannel"):
        after(saved, frames, {"at": 5.0, "is_kind": "backchannel"})


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "requests.nothing"),
        ({"turn": 99, "voice": "A"}, "requests.no_turn"),
        ({"turn": 1, "voice": "Z"}, "edits.no_voice"),
        ({"turn": 1}, "requests.one_of"),
        ({"voice": "A"}, "requests.which_turn"),
        ({"turn": 1, "voice": "A", "text": "x"}, "requests.one_of"),
        ({"turn": 1, "words": "2"}, "requests.words_alone"),
        ({"turn": 1, "words": "2-99", "voice": "A"}, "requests.words_outside"),
        ({"turn": 1, "words": "0-2", "voice": "A"}, "requests.words_outside"),
        ({"turn": 1, "words": "two", "voice": "A"}, "requests.words"),
        ({"turn": 2, "is_kind": "reflexion"}, "behaviour.unknown_option"),
        ({"turn": 1, "is_kind": "reflection"}, "behaviour.wrong_role"),
        ({"turn": 2, "is_kind": "withdrawal_marker"}, "behaviour.wrong_role"),
        ({"turn": 2, "is_not": "advice"}, "requests.turn_has_none"),
        ({"turn": 2, "is_kind": "advice", "is_not": "advice"}, "requests.is_and_is_not"),
        ({"turn": 2, "is_kind": "held_silence"}, "requests.silence_at_turn"),
        ({"at": 5.0, "is_kind": "held_silence"}, "requests.somebody_speaks"),
        ({"at": 900.0, "is_kind": "advice"}, "requests.nothing_fits"),
        ({"at": 5.0, "voice": "A"}, "requests.at"),
        ({"at": 5.0, "turn": 2, "is_kind": "advice"}, "requests.turn_and_at"),
        ({"rename": ("A=B",)}, "edits.name_taken"),
        ({"rename": ("A=b",)}, "edits.name_taken"),
        ({"rename": ("A=Therapist",)}, "requests.role_name"),
        ({"rename": ("A=Anna Smith",)}, "requests.rename"),
        ({"rename": ("A=T1-words",)}, "requests.tier_name"),
        ({"rename": ("A=T1", "A=T2")}, "requests.two_names"),
        ({"rename": ("C=T1",)}, "edits.no_voice"),
        ({"rename": ("A",)}, "requests.rename"),
        ({"turn": 1, "text": "x" * 20_001}, "requests.long_text"),
        ({"roles": ("A=boss",)}, "requests.role"),
        ({"roles": ("C=client",)}, "edits.no_voice"),
        ({"swap_roles": True, "by": " "}, "requests.by_empty"),
        ({"at": 5.0, "reading": "reflective"}, "requests.somebody_speaks"),
        ({"turn": 1, "reading": "reflective"}, "requests.at"),
        ({"at": 5.0, "reading": "angry"}, "requests.reading"),
    ],
)
def test_what_cannot_be_corrected_is_refused_in_one_line(saved, frames, options, code):
    with refused(code):
        after(saved, frames, options)


def test_of_three_voices_those_a_person_does_not_name_keep_their_roles(frames):
    turns, words = spoken((*LINES, ("C", 30.0, 30.8, "Hello there.")))
    casting = (
        Casting("A", Role.THERAPIST, 0.9, HEARD, channel=0),
        Casting("B", Role.CLIENT, 0.9, HEARD, channel=1),
        Casting("C", Role.UNKNOWN, 0.0, message("casting.undecided")),
    )
    three = findings(Heard(facts(), Settings(), weave(turns, words, casting, 31.0)), frames)
    client = after(three, frames, {"roles": ("C=client",)})
    assert {v.voice: v.role for v in client.voices} == {
        "A": "therapist",
        "B": "client",
        "C": "client",
    }
    assert [v.channel for v in client.voices] == [0, 1, None]
    other = after(three, frames, {"roles": ("C=therapist",)})
    assert {v.voice: v.role for v in other.voices} == {
        "A": "unknown",
        "B": "client",
        "C": "therapist",
    }


# In a library --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved_with_page(tmp_path_factory, report, frames, nobodys_models):
    """A session with its page, saved once; tests have copies of it."""
    place = tmp_path_factory.mktemp("saved")
    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    with Library(place).locked():
        heard = heard_in(report)
        Library(place).save(
            entry,
            Record(heard, heard),
            report,
            html(report, frames, session_id="s-1"),
            write_frames=lambda to: save(frames, to),
        )
    return place


@pytest.fixture
def shelf(tmp_path, saved_with_page):
    return shutil.copytree(saved_with_page, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def begun(tmp_path_factory, conversation, frames):
    """Give a library with the session as it is under some scopes; each is saved once and copied."""

    @cache
    def made(scopes):
        heard = Heard(facts(scopes), Settings(), conversation)
        report, place = findings(heard, frames), tmp_path_factory.mktemp("begun")
        entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
        keep(place, entry, report, lambda to: save(frames, to), heard=heard)
        return place, report

    def copied(scopes):
        place, report = made(scopes)
        told(report)
        return Library(
            shutil.copytree(place, tmp_path_factory.mktemp("copied"), dirs_exist_ok=True)
        )

    return copied


@pytest.fixture(scope="module")
def corrected(tmp_path_factory, begun):
    """Give a library in which several corrections were made; each is made once and copied."""

    @cache
    def made(scopes):
        library = begun(scopes)
        for step in (STEPS[1], STEPS[0], STEPS[3], STEPS[2], STEPS[4], STEPS[5]):
            with suppress(Refused):  # without kept words there are none to change
                put(library.folder, **step)
        return library.folder

    def copied(scopes):
        place = tmp_path_factory.mktemp("corrected")
        return Library(shutil.copytree(made(scopes), place, dirs_exist_ok=True))

    return copied


def files(shelf):
    return {p.name: p.read_bytes() for p in (shelf / "s-1").iterdir()}


def put(shelf, **options):
    return amend.correct(Library(shelf), "s-1", Request(**options), by="sup-1")


def test_who_has_a_session_open_corrects_it_without_reading_it_again(shelf):
    """What is held gives the same session as what is read, and is read again once it is old."""
    library = Library(shelf)
    held = amend.read(library, "s-1")
    first = amend.changed(library, "s-1", Request(turn=1, voice="A"), by="x", held=held)
    with calls_of(Library.record) as read:
        second = amend.changed(library, "s-1", Request(swap_roles=True), by="x", held=first)
    assert read == []
    kept = amend.read(library, "s-1")
    assert (second.stamp, second.report.turns) == (kept.stamp, kept.report.turns)
    assert to_json(second.report).encode() == files(shelf)["report.json"]
    rows = kept.record.corrections
    assert to_json(report_of(applied(kept.record.heard, rows), kept.frames, rows)) == to_json(
        second.report
    )
    third = amend.changed(library, "s-1", Request(swap_roles=True), by="x", held=held)
    assert third.record.corrections[: len(rows)] == rows  # what was held was old


@pytest.fixture
def measurings():
    """Counts how often figures are worked out: of timing, and of behaviours as people judged."""
    made: Counter[str] = Counter()

    def cue(name, judged):
        def measure(analysis, role, within):
            made[name] += 1
            n = len(events(analysis)) if judged else 1
            return Measure(name, role, float(n), "times", n=n)

        said = {"label": name, "higher": "more", "lower": "fewer", "meaning": "Only for a test."}
        return Cue(name=name, unit="times", measure=measure, roles=("client",), **said)

    with catalogue.registered(cue("x.timed", False)), catalogue.registered(cue("x.judged", True)):
        yield made


def test_what_an_open_session_goes_on_from_changes_no_figure(shelf, measurings):
    """Behaviours corrected in a row work out once what does not follow from them."""
    library = Library(shelf)
    state, seen = amend.read(library, "s-1"), []
    for step in (
        {"turn": 0, "is_kind": "advice"},
        {"turn": 0, "is_not": "question_open"},
        {"turn": 1, "voice": "A"},
        {"turn": 0, "is_kind": "validation"},
        {"turn": 0, "is_kind": "affirmation"},
        {"swap_roles": True},
    ):
        measurings.clear()
        state = amend.changed(library, "s-1", Request(**step), by="x", held=state)
        seen.append((measurings["x.timed"], measurings["x.judged"]))
        rows = state.record.corrections
        anew = report_of(applied(state.record.heard, rows), state.frames, rows)
        assert to_json(state.report) == to_json(anew)
    assert seen == [(1, 1), (0, 1), (1, 1), (0, 1), (0, 1), (1, 1)]


def test_the_number_of_a_turn_is_that_of_the_session_as_it_was_held(shelf):
    library = Library(shelf)
    held = amend.read(library, "s-1")
    put(shelf, turn=1, voice="A")
    with refused("dashboard.changed_meanwhile"):
        amend.changed(library, "s-1", Request(turn=1, voice="B"), by="x", held=held)
    assert len(library.corrections("s-1")) == 1


def test_a_corrected_session_has_the_consent_that_was_said_last(shelf, report):
    now = replace(report.consent, expires_on="2998-12-31")
    told(replace(report, consent=now))
    made = amend.changed(Library(shelf), "s-1", Request(swap_roles=True), by="x")
    assert made.report.consent == now == amend.read(Library(shelf), "s-1").report.consent


def test_the_page_for_others_may_be_written_later_and_is_never_an_old_one(shelf):
    library = Library(shelf)
    amend.changed(library, "s-1", Request(turn=1, voice="A"), by="x", page=False)
    assert "report.html" not in files(shelf) and library.lacks("s-1") == ()
    assert library.lacks_page("s-1")
    before = library.stamp("s-1")
    amend.page_anew(library, "s-1")
    state = amend.read(library, "s-1")
    assert files(shelf)["report.html"].decode() == html(
        state.report, state.frames, session_id="s-1"
    )
    assert state.stamp == before  # who has it open need not look again


def rerun(shelf, talk, frames, about=None):
    """Save a new analysis as `prosody analyze` does."""
    about = about or facts()
    heard = Heard(about, Settings(), talk)
    new = Session(findings(heard, frames), heard, frames, None)
    with Library(shelf).locked():
        entry = Library(shelf).entry("s-1")
        made, record = carried(Library(shelf), entry, new)
        Library(shelf).save(entry, record, made, html(made, frames, session_id="s-1"))
    return made


def test_what_was_heard_stays_beside_the_report_and_frames_are_untouched(shelf, report):
    before = files(shelf)
    made = put(shelf, turn=1, voice="A")
    now = files(shelf)
    assert now["frames.npz"] == before["frames.npz"]
    assert now["report.json"].decode() == to_json(made) != to_json(report)
    assert Library(shelf).record("s-1").heard.conversation.utterances == report.turns
    (row,) = Library(shelf).corrections("s-1")
    assert (row.kind, row.by, row.detail["was"], row.detail["voice"]) == (
        "turn_voice",
        "sup-1",
        "B",
        "A",
    )


STEPS = (
    {"swap_roles": True},
    {"turn": 1, "voice": "A"},
    {"turn": 3, "voice": "B"},
    {"turn": 0, "words": "2-4", "voice": "B"},
    {"turn": 2, "text": "It sounds like you felt very alone this week."},
    {"turn": 2, "is_kind": "validation"},
    {"turn": 0, "is_not": "question_open"},
    {"without_warmth": ("softness",)},
    {"motivational_interviewing": True},
    {"rename": ("A=T1",)},
)


@hypo(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.sampled_from(STEPS), st.integers(1, 4)), min_size=1, max_size=5),
    st.sampled_from([SCOPES, tuple(s for s in SCOPES if s != "keep_words")]),
    st.booleans(),
)
def test_each_step_gives_to_the_byte_what_all_corrections_give_at_once(
    begun, frames, steps, scopes, opened
):
    """A number is the correction of that place taken back; an open session goes on from before."""
    library = begun(scopes)
    shelf = library.folder
    first = json.loads((shelf / "s-1" / "heard.json").read_text("utf-8"))["heard"]
    held = amend.read(library, "s-1")
    for number, step in enumerate(steps):
        try:
            if isinstance(step, int):
                amend.undo(library, "s-1", step, by="sup-1")
                held = replace(amend.read(library, "s-1"), last=held.last)
            elif opened:
                held = amend.changed(library, "s-1", Request(**step), by="sup-1", held=held)
            else:
                put(shelf, **step)
        except Refused:  # it does not fit what the steps before left
            assert number or isinstance(step, int) or "keep_words" not in scopes
            continue
        kept = files(shelf)
        assert json.loads(kept["heard.json"])["heard"] == first
        record = library.record("s-1")
        anew = report_of(applied(record.heard, record.corrections), frames, record.corrections)
        assert kept["report.json"].decode() == to_json(anew)
        page = html(anew, frames, session_id="s-1", judged=confirmed(library))
        assert kept["report.html"].decode() == page


@pytest.mark.parametrize("back", range(1, 8))
@pytest.mark.parametrize("scopes", [SCOPES, tuple(s for s in SCOPES if s != "keep_words")])
def test_one_taken_back_among_several_gives_what_the_others_alone_give(
    corrected, frames, back, scopes
):
    """The others applied one by one, each to a conversation woven anew after the one before."""
    library = corrected(scopes)
    if back > len(library.corrections("s-1")):
        pytest.skip("fewer corrections fit")
    amend.undo(library, "s-1", back, by="sup-1")
    rows = library.corrections("s-1")
    now = library.record("s-1").heard
    for number, row in enumerate(rows, 1):
        if row.undone_by is None:
            now = applied(replace(now, corrected=number - 1), rows[:number])
    anew = report_of(replace(now, corrected=len(rows)), frames, rows)
    assert files(library.folder)["report.json"].decode() == to_json(anew)


@pytest.mark.parametrize("half", [1, 2])
def test_a_swap_is_taken_back_whole_whichever_half_is_named(shelf, saved, half):
    put(shelf, swap_roles=True)
    put(shelf, swap_roles=True)
    made = amend.undo(Library(shelf), "s-1", half, by="sup-2")
    roles = {voice.voice: voice.role for voice in saved.voices}
    assert {voice.voice: voice.role for voice in made.voices} == roles
    rows = Library(shelf).corrections("s-1")
    assert [row.undone_by for row in rows] == ["sup-2", "sup-2", None, None]
    made = amend.undo(Library(shelf), "s-1", half + 2, by="sup-2")
    assert same(made, saved)


def test_a_refused_correction_changes_no_byte(shelf):
    put(shelf, turn=1, voice="A")
    before = files(shelf)
    for bad, code in (
        ({"turn": 0, "voice": "Q"}, "edits.no_voice"),
        ({"rename": ("A=B",)}, "edits.name_taken"),
    ):
        with refused(code):
            put(shelf, **bad)
    assert files(shelf) == before


def test_a_new_analysis_keeps_every_correction(shelf, conversation, frames):
    put(shelf, swap_roles=True)
    put(shelf, turn=1, text="Well my week was terrible and I felt so alone at work")
    put(shelf, turn=3, words="4-6", voice="A")
    put(shelf, rename=("A=K1", "B=T1"))
    put(shelf, turn=1, is_kind="advice")
    before = files(shelf)
    rerun(shelf, conversation, frames)
    assert files(shelf) == before


def test_a_new_analysis_with_other_letters_and_borders_keeps_them_too(shelf, frames):
    put(shelf, roles=("B=therapist",))
    put(shelf, turn=1, text="Well my week was terrible and I felt so alone at work")
    put(shelf, turn=6, voice="B")
    other = {"A": "SPEAKER_01", "B": "A"}
    lines = [
        (other[voice], max(0.0, start - 0.12), end + 0.09, text)
        for voice, start, end, text in LINES
    ]
    turns, words = spoken(lines)
    casting = (
        Casting("A", Role.CLIENT, 0.9, HEARD),
        Casting("SPEAKER_01", Role.THERAPIST, 0.9, HEARD),
    )
    made = rerun(shelf, weave(turns, words, casting, 31.0, language="en"), frames)
    assert {v.voice: v.role for v in made.voices} == {"A": "client", "B": "therapist"}
    texts = {t.text: t.voice for t in made.turns}
    assert texts["Well my week was terrible and I felt so alone at work"] == "B"
    assert next(v for text, v in texts.items() if "Thank you for" in text) == "B"
    assert "notes.correction_lost" not in {note.code for note in made.notes}


def test_one_that_no_longer_fits_is_said_and_comes_back_when_it_fits(shelf, conversation, frames):
    put(shelf, turn=6, voice="B")
    put(shelf, turn=1, is_kind="withdrawal_marker")
    turns, words = spoken(LINES[2:6])
    casting = (
        Casting("A", Role.THERAPIST, 0.9, HEARD),
        Casting("B", Role.CLIENT, 0.9, HEARD),
    )
    made = rerun(shelf, weave(turns, words, casting, 31.0, language="en"), frames)
    lost = [note for note in made.notes if note.code == "notes.correction_lost"]
    assert [(note.fields["number"], note.fields["by"]) for note in lost] == [
        (1, "sup-1"),
        (2, "sup-1"),
    ]
    what = [note.fields["what"].code for note in lost]
    assert what == ["corrections.turn_voice_from", "corrections.is"]
    assert len(Library(shelf).corrections("s-1")) == 2
    again = rerun(shelf, conversation, frames)
    assert "notes.correction_lost" not in {note.code for note in again.notes}
    assert again.turns[-1].voice == "B"


def test_each_correction_can_be_taken_back_by_itself(shelf, saved):
    put(shelf, turn=1, text="Something else altogether")
    put(shelf, swap_roles=True)
    undone = amend.undo(Library(shelf), "s-1", 1, by="sup-2")
    assert undone.turns[1].text == saved.turns[1].text
    assert {v.role for v in undone.voices if v.voice == "A"} == {"client"}
    made = amend.undo(Library(shelf), "s-1", 2, by="sup-2")  # half a swap would be none
    assert same(made, saved)
    rows = Library(shelf).corrections("s-1")
    assert [row.undone_by for row in rows] == ["sup-2"] * 3
    before = files(shelf)
    for number, code in (
        (1, "corrections.undone_already"),
        (4, "corrections.not_there"),
        (0, "corrections.not_there"),
    ):
        with refused(code):
            amend.undo(Library(shelf), "s-1", number, by="sup-2")
    assert files(shelf) == before


def test_without_keeping_words_no_word_is_kept_and_roles_can_be_corrected(
    tmp_path, conversation, saved, frames
):
    silent = Heard(facts(("analyse", "play_back")), Settings(), conversation)
    quiet = findings(silent, frames)
    entry = Entry("s-1", quiet.recording.sha256, "2030-01-01", 31.0)
    keep(tmp_path, entry, quiet, lambda to: save(frames, to), heard=silent)
    before = files(tmp_path)
    with refused("corrections.no_consent"):
        put(tmp_path, turn=1, text="Canary")
    assert files(tmp_path) == before
    made = put(tmp_path, swap_roles=True)
    assert "notes.turns_not_read" in {note.code for note in made.notes}
    again = rerun(tmp_path, conversation, frames, facts(("analyse", "play_back")))
    assert again.voices == made.voices
    assert "notes.turns_not_read" not in {note.code for note in again.notes}
    spoken_too = after(saved, frames, {"swap_roles": True})
    assert [e.kind for e in again.events] == [e.kind for e in spoken_too.events]
    assert len(again.events) > len(made.events)  # the correction alone could not keep those
    everything = b"".join(files(tmp_path).values())
    assert b"courage" not in everything


def test_words_a_person_wrote_go_when_the_consent_no_longer_covers_them(
    shelf, conversation, frames
):
    put(shelf, turn=1, text="Canary bird")
    put(shelf, swap_roles=True)
    made = rerun(shelf, conversation, frames, facts(("analyse",)))
    assert "notes.words_erased" in codes(made.notes)
    text = {name: data for name, data in files(shelf).items() if name != "frames.npz"}
    assert not any(b"Canary" in data for data in text.values())
    assert [row.kind for row in Library(shelf).corrections("s-1")] == ["role", "role"]


def test_corrections_of_an_older_version_keep_working(shelf, conversation, saved, frames):
    old = (
        Correction("role", "x", "2026-01-01", {"voice": "A", "role": "client"}),
        Correction("turn_voice", "x", "2026-01-01", {"start_s": 3.8, "end_s": 9.0, "voice": "A"}),
        Correction("text", "x", "2026-01-01", {"sha256": "0" * 64}),
    )
    entry = Library(shelf).entry("s-1")
    keep(shelf, entry, saved, None, rows=old)
    as_older_version(shelf / "s-1")
    put(shelf, turn=2, text="New")
    assert Library(shelf).record("s-1").heard.corrected == 3
    with refused("corrections.made_by_older"):
        amend.undo(Library(shelf), "s-1", 1, by="y")
    made = rerun(shelf, conversation, frames)
    assert {v.voice: v.role for v in made.voices} == {"A": "client", "B": "therapist"}
    assert made.turns[0].text.endswith("felt so alone at work New")
    assert "notes.correction_lost" not in {note.code for note in made.notes}
    rows = Library(shelf).corrections("s-1")
    assert "words" in rows[2].detail
    assert amend.undo(Library(shelf), "s-1", 2, by="y").turns[1].voice == "B"


def test_a_description_shows_words_only_where_asked():
    row = Correction(
        "turn_text",
        "x",
        "2026-01-01",
        {"start_s": 3.0, "end_s": 64.0, "voice": "A", "text": "Canary"},
    )
    plain, full = described(row), described(row, words=True)
    assert plain.code == "corrections.turn_text"
    assert "Canary" in str(full) and "Canary" not in str(plain)


def test_a_renaming_taken_back_leaves_later_corrections_standing(shelf, saved):
    put(shelf, rename=("A=B", "B=A"))
    put(shelf, turn=1, voice="B")  # the therapist's name by now
    put(shelf, rename=("B=T1",))
    put(shelf, roles=("T1=client",))
    made = amend.undo(Library(shelf), "s-1", 1, by="sup-2")
    assert "notes.correction_lost" not in {note.code for note in made.notes}
    assert {v.voice: v.role for v in made.voices} == {"T1": "client", "B": "therapist"}
    assert made.turns[0].span.end == 12.5
    assert made.turns[0].voice == "T1"


def test_a_renaming_whose_name_was_given_on_cannot_be_taken_back_first(shelf):
    put(shelf, rename=("A=T1",))
    put(shelf, rename=("B=A",))
    with refused("corrections.renamed_since", names=["A"]):
        amend.undo(Library(shelf), "s-1", 1, by="x")
    amend.undo(Library(shelf), "s-1", 2, by="x")
    made = amend.undo(Library(shelf), "s-1", 1, by="x")
    assert {v.voice for v in made.voices} == {"A", "B"}


def test_a_behaviour_waits_while_its_turn_is_the_clients(shelf, saved):
    index = turn_of(saved, "It sounds like")
    put(shelf, turn=index, is_kind="validation")
    swapped = put(shelf, swap_roles=True)
    (note,) = (note for note in swapped.notes if note.code == "notes.correction_lost")
    assert (note.fields["number"], note.fields["what"].code) == (1, "corrections.is")
    assert note.fields["why"].fields["role"] == "client"
    back = put(shelf, swap_roles=True)
    (event,) = (e for e in back.events if e.corrected_by)
    assert (event.kind, event.utterance, event.role) == ("validation", index, "therapist")
    assert "notes.correction_lost" not in {note.code for note in back.notes}


def test_the_words_of_one_turn_are_no_transcript(report, frames):
    mute = replace(
        report,
        conversation=wordless(report).conversation,
        engines={
            **report.engines,
            "transcriber": replace(report.engines["separator"], name="none"),
        },
    )
    with refused("edits.no_transcript"):
        after(mute, frames, {"turn": 1, "text": "Hello"})


@pytest.mark.parametrize(
    ("was", "code"),
    [("A", "corrections.turn_voice_from"), ("B", "corrections.turn_voice")],
)
def test_a_turn_that_was_only_confirmed_is_not_said_to_have_moved(was, code):
    row = Correction(
        "turn_voice", "T1", "2026-01-05", {"start_s": 3.0, "end_s": 9.0, "was": was, "voice": "B"}
    )
    assert described(row).code == code

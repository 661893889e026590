"""Totals of a session, MITI-type figures, groups for reading."""

import re
from dataclasses import replace

import pytest

from diarize.conversation import Casting, weave
from diarize.messages import is_known, message
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.events import Event, Suggestion
from prosody.listening import behaviours
from prosody.listening.cues import CUES
from prosody.listening.found import events
from prosody.listening.totals import FRAMES, MITI_NOTE, grouped, miti, totals
from prosody.settings import Settings

SETTINGS = Settings()
SAID = message("evidence.words", words="said")
MI = replace(SETTINGS, listening=replace(SETTINGS.listening, motivational_interviewing=True))
STORY = "I felt so alone at work and nobody there seemed to notice it at all"
ROUND = (("T", 3.0, "How was that for you?"), ("C", 12.0, STORY),
         ("T", 3.0, "It sounds like you felt alone."), ("C", 9.0, STORY))  # fmt: skip


def talk(rounds=20, *, with_words=True, roles=("therapist", "client"), at=0.0):
    turns, words = [], []
    for _ in range(rounds):
        for voice, length, text in ROUND:
            turns.append(Turn(Span(at, at + length), voice))
            said = text.split()
            words += [
                Word(Span(at + i * length / len(said), at + (i + 0.9) * length / len(said)), w,
                     None, voice)
                for i, w in enumerate(said)
            ]  # fmt: skip
            at += length + 0.5
    casting = tuple(
        Casting(v, r, 1.0, message("casting.told")) for v, r in zip("TC", roles, strict=True)
    )
    return weave(tuple(turns), tuple(words) if with_words else None, casting, at, language="en")


def by_kind(conversation, found=None):
    analysis = Analysis(conversation)
    counted = totals(analysis, events(analysis) if found is None else found)
    return {(t.behaviour, t.role): t for t in counted}


def test_counts_rates_and_intervals():
    session = talk()
    found = by_kind(session)
    reflection = found["reflection", "therapist"]
    assert (reflection.n, reflection.turns, reflection.reliable) == (20, 20, True)
    assert reflection.per_10_min == pytest.approx(600 * 20 / session.duration)
    assert reflection.low <= reflection.per_10_min <= reflection.high
    advice = found["advice", "therapist"]
    assert (advice.n, advice.per_10_min, advice.low, advice.reliable) == (0, 0.0, None, False)
    assert advice.reason.code == "total.none_found"
    looked = {row.kind for row in behaviours.looked_for(SETTINGS.reading)}
    assert {kind for kind, _ in found} == looked < set(behaviours.kinds())


@pytest.mark.parametrize("interviewing", [True, False])
def test_what_is_looked_for_in_interviews_alone_is_counted_in_no_other_session(
    interviewing,
):
    row = behaviours.Behaviour("moves", "Moves", "Asking", "Moves on.", "Well.", interviewing=True)
    settings = replace(
        SETTINGS,
        reading=replace(SETTINGS.reading, experimental=True),
        listening=replace(SETTINGS.listening, motivational_interviewing=interviewing),
    )
    with behaviours.registered(row):
        analysis = Analysis(talk(), settings=settings)
        counted = {t.behaviour for t in totals(analysis, events(analysis))}
        assert counted == {row.kind for row in behaviours.looked_for_in(settings)}
    assert "sympathy" in counted and ("moves" in counted) is interviewing


def test_what_comes_in_clusters_has_a_wider_interval_than_what_is_spread():
    session = talk(40)
    own = session.of("therapist", kind="primary")

    def width(turns):
        said = [Event(Suggestion("reflection", SAID, 0.8), own[i].span, "therapist", own[i].index)
                for i in turns]  # fmt: skip
        found = by_kind(session, said)["reflection", "therapist"]
        return found.high - found.low

    assert width(range(20)) > 1.4 * width(range(0, 80, 4))


def test_silences_count_where_they_begin_and_belong_to_no_turn():
    session = talk()
    silence = Event(Suggestion("held_silence", SAID, 0.9), Span(100.0, 104.0), "therapist")
    held = by_kind(session, [silence] * 3)["held_silence", "therapist"]
    assert (held.n, held.turns) == (3, None)


def test_a_wider_recording_makes_the_rate_smaller():
    session = talk()
    found = events(Analysis(session))
    longer = replace(session, duration=2 * session.duration)
    assert any(total.n for total in by_kind(session, found).values())
    for key, total in by_kind(session, found).items():
        other = by_kind(longer, found)[key]
        assert other.n == total.n
        if total.n is None:  # what could not be looked for has no rate
            assert other.per_10_min is None and other.reason == total.reason
        else:
            assert other.per_10_min == pytest.approx(total.per_10_min / 2)


def test_where_nobody_was_heard_to_overlap_overlaps_have_no_count():
    total = by_kind(talk())["overlap_to_review", "therapist"]
    assert total.n is None and total.reason.code == "measure.one_at_a_time"


def test_without_words_only_what_timing_shows_is_counted_and_the_rest_says_why():
    session = talk(with_words=False)
    found = by_kind(session)
    assert found["backchannel", "therapist"].n == 0
    reflection = found["reflection", "therapist"]
    assert (reflection.n, reflection.per_10_min) == (None, None)
    assert reflection.reason.code == "behaviour.no_transcript"


def test_short_recordings_give_counts_without_intervals():
    session = talk(4)
    reflection = by_kind(session)["reflection", "therapist"]
    assert (reflection.n, reflection.low, reflection.reliable) == (4, None, False)
    assert reflection.reason.code == "measure.little_speech"


def test_nobody_and_nothing():
    assert totals(Analysis(weave((), (), (), 5.0)), ()) == ()
    assert totals(Analysis(talk(roles=("unknown", "unknown"))), ()) == ()


def figures_of(analysis):
    whole = analysis.conversation.whole
    measured = ((cue, cue.measure(analysis, "therapist", whole)) for cue in CUES)
    return miti(analysis.settings.listening, measured)


def test_miti_figures_only_where_a_person_said_so():
    session = talk()
    assert figures_of(Analysis(session)) == ()
    ratio, opened, *_ = figures_of(Analysis(session, settings=MI))
    own = ratio.measure
    assert (own.cue, own.value, own.n) == ("listening.reflections_to_questions", 1.0, 20)
    assert ratio.published.code == "total.published_reflections"
    assert ratio.source.startswith("MITI 4.2.1")
    assert (opened.measure.value, opened.published) == (1.0, None)
    assert opened.measure.low is opened.measure.high is None  # of 20 questions only
    assert all(is_known(figure.counted.code) for figure in (ratio, opened))


def test_too_few_questions_give_no_miti_figure_but_a_reason():
    session = talk(10)
    figures = figures_of(Analysis(session, settings=MI))
    assert figures
    for figure in figures:
        assert (figure.measure.value, figure.measure.n) == (None, 10)
        assert figure.measure.reason.code == "total.too_few"


def test_no_word_that_passes_or_fails_anybody():
    session = talk()
    figures = figures_of(Analysis(session, settings=MI))
    said = " ".join(
        map(str, [MITI_NOTE, *(f.published for f in figures), *(f.note for f in FRAMES)])
    )
    assert not re.search(r"\b(pass\w*|fail\w*|below|reached|met|competen\w*|profici\w*)\b", said)


def test_the_stages_of_the_frames_are_those_that_the_behaviours_name():
    stages = [stage for frame in FRAMES for stage in frame.stages]
    assert stages == ["sensing", "processing", "responding", "bond", "tasks", "goals"]
    assert {stage for row in behaviours.table() for stage in row.stages} == set(stages)
    assert [frame.note.code for frame in FRAMES] == ["total.empathic_note", "total.alliance_note"]


def test_a_frame_shows_the_totals_themselves_and_adds_nothing_up():
    analysis = Analysis(talk())
    found = totals(analysis, events(analysis))
    members = {f.code: dict(grouped(found, f)) for f in FRAMES}
    bond = [row.kind for row in behaviours.looked_for(SETTINGS.reading) if "bond" in row.stages]
    assert [t.behaviour for t in members["alliance"]["bond"]] == bond and "reflection" in bond
    assert all(
        total in found for stages in members.values() for own in stages.values() for total in own
    )

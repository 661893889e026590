"""Totals of a session, MITI-type figures, groups for reading."""

import re
from dataclasses import replace

import pytest

from diarize.conversation import Casting, weave
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.listening.behaviours import BEHAVIOURS, Event
from prosody.listening.detect import find
from prosody.listening.totals import FRAMES, MITI_NOTE, grouped, miti, totals
from prosody.settings import Settings

SETTINGS = Settings()
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
    casting = tuple(Casting(v, r, 1.0, "given") for v, r in zip("TC", roles, strict=True))
    return weave(tuple(turns), tuple(words) if with_words else None, casting, at, language="en")


def by_kind(conversation, events, settings=SETTINGS):
    return {
        (t.behaviour, t.role): t for t in totals(events, Analysis(conversation, None, settings))
    }


def test_counts_rates_and_intervals():
    session = talk()
    found = by_kind(session, find(Analysis(session, None, SETTINGS)))
    reflection = found["reflection", "therapist"]
    assert (reflection.n, reflection.turns, reflection.reliable) == (20, 20, True)
    assert reflection.per_10_min == pytest.approx(600 * 20 / session.duration)
    assert reflection.low <= reflection.per_10_min <= reflection.high
    advice = found["advice", "therapist"]
    assert (advice.n, advice.per_10_min, advice.low, advice.reliable) == (0, 0.0, None, False)
    assert advice.reason == "none was found"
    assert {kind for kind, _ in found} == set(BEHAVIOURS)


def test_what_comes_in_clusters_has_a_wider_interval_than_what_is_spread():
    session = talk(40)
    own = session.of("therapist", kind="primary")

    def width(turns):
        events = [Event("reflection", own[i].span, "therapist", "", 0.8, own[i].index)
                  for i in turns]  # fmt: skip
        found = by_kind(session, events)["reflection", "therapist"]
        return found.high - found.low

    assert width(range(20)) > 2 * width(range(0, 80, 4))


def test_silences_count_where_they_begin_and_belong_to_no_turn():
    session = talk()
    silence = Event("held_silence", Span(100.0, 104.0), "therapist", "4 s", 0.9)
    held = by_kind(session, [silence] * 3)["held_silence", "therapist"]
    assert (held.n, held.turns) == (3, None)


def test_a_wider_recording_makes_the_rate_smaller():
    session = talk()
    events = find(Analysis(session, None, SETTINGS))
    longer = replace(session, duration=2 * session.duration)
    for key, total in by_kind(session, events).items():
        other = by_kind(longer, events)[key]
        assert other.n == total.n
        assert other.per_10_min == pytest.approx(total.per_10_min / 2)


def test_without_words_only_what_timing_shows_is_counted_and_the_rest_says_why():
    session = talk(with_words=False)
    found = by_kind(session, find(Analysis(session, None, SETTINGS)))
    assert found["backchannel", "therapist"].n == 0
    reflection = found["reflection", "therapist"]
    assert (reflection.n, reflection.per_10_min) == (None, None)
    assert "no transcript" in reflection.reason


def test_short_recordings_give_counts_without_intervals():
    session = talk(4)
    reflection = by_kind(session, find(Analysis(session, None, SETTINGS)))[
        "reflection", "therapist"
    ]
    assert (reflection.n, reflection.low, reflection.reliable) == (4, None, False)
    assert "rough" in reflection.reason


def test_nobody_and_nothing():
    assert totals((), Analysis(weave((), (), (), 5.0), None, SETTINGS)) == ()
    assert totals((), Analysis(talk(roles=("unknown", "unknown")), None, SETTINGS)) == ()


def test_miti_figures_only_where_a_person_said_so():
    session = talk()
    events = find(Analysis(session, None, SETTINGS))
    assert miti(events, Analysis(session, None, SETTINGS)) == ()
    ratio, opened, *_ = miti(events, Analysis(session, None, MI))
    assert (ratio.cue, ratio.value, ratio.n) == ("listening.reflections_to_questions", 1.0, 20)
    assert ratio.published == "1 reflection for each question is called fair, 2 good"
    assert ratio.source.startswith("MITI 4.2.1")
    assert (opened.value, opened.published) == (1.0, None)
    assert opened.low <= opened.value <= opened.high


def test_too_few_questions_give_no_miti_figure_but_a_reason():
    session = talk(10)
    for figure in miti(find(Analysis(session, None, SETTINGS)), Analysis(session, None, MI)):
        assert figure.value is None
        assert "needs 15" in figure.reason


def test_no_word_that_passes_or_fails_anybody():
    session = talk()
    figures = miti(find(Analysis(session, None, SETTINGS)), Analysis(session, None, MI))
    said = " ".join([MITI_NOTE, *(str(f.published) for f in figures), *(f.note for f in FRAMES)])
    assert not re.search(r"\b(pass\w*|fail\w*|below|reached|met|competen\w*|profici\w*)\b", said)


def test_frames_group_known_behaviours_and_say_that_they_are_no_score():
    for frame in FRAMES:
        kinds = [kind for stage in frame.stages.values() for kind in stage]
        assert set(kinds) <= set(BEHAVIOURS)
        assert "no score" in frame.note
    assert [tuple(f.stages) for f in FRAMES] == [
        ("sensing", "processing", "responding"),
        ("bond", "tasks", "goals"),
    ]


def test_a_frame_shows_the_totals_themselves_and_adds_nothing_up():
    session = talk()
    found = totals(find(Analysis(session, None, SETTINGS)), Analysis(session, None, SETTINGS))
    for frame in FRAMES:
        for _, members in grouped(found, frame):
            assert all(member in found for member in members)

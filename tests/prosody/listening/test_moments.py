from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from diarize.conversation import Casting, weave
from diarize.messages import is_known, message
from diarize.roles import Role
from diarize.timeline import Span, Turn
from prosody.analysis import Analysis
from prosody.events import Event, Outcome, Suggestion
from prosody.listening import behaviours
from prosody.listening.moments import FACTS, Moment, moments, rule
from prosody.settings import Listening, Settings

SETTINGS = Settings()
TOLD = message("casting.told")
SAID = message("evidence.words", words="said")
KINDS = ("reflection", "advice")


def named(moment: Moment) -> Any:
    """What a moment is listed because of."""
    return moment.reason.fields["of"]


def session(rounds=20):
    turns = []
    for i in range(rounds):
        at = i * 30.0
        turns += [Turn(Span(at, at + 3), "T"), Turn(Span(at + 5, at + 15), "C")]
    casting = (Casting("T", Role.THERAPIST, 1.0, TOLD), Casting("C", Role.CLIENT, 1.0, TOLD))
    return weave(tuple(turns), None, casting, rounds * 30.0)


def event(conversation, turn, kind, confidence=0.9, talk_s=10.0):
    u = conversation.of("therapist")[turn]
    return Event(Suggestion(kind, SAID, confidence), u.span, "therapist", u.index,
                 outcome=Outcome(talk_s, 20, 1.0, 0))  # fmt: skip


def test_balanced_in_order_of_time_and_with_reasons():
    talk = session()
    found = [event(talk, i, KINDS[i % 2]) for i in range(20)]
    chosen = moments(Analysis(talk, settings=SETTINGS), found)
    assert [m.side for m in chosen].count("strong") == 3
    assert [m.side for m in chosen].count("discuss") == 3
    assert [m.span.start for m in chosen] == sorted(m.span.start for m in chosen)
    assert all(m.reason and m.events for m in chosen)
    assert all(talk.whole.contains(m.context) and m.context.contains(m.span) for m in chosen)


def test_what_gathers_more_points_comes_first():
    talk = session()
    plain = [event(talk, i, "reflection", 0.8) for i in range(0, 16, 2)]
    best = [event(talk, 17, "reflection", 0.9, talk_s=20.0), event(talk, 17, "question_open", 0.9)]
    (only,) = moments(
        Analysis(talk, settings=replace(SETTINGS, listening=Listening(moments=2))), plain + best
    )
    assert only.span == best[0].span
    assert only.reason.code == "moment.because"
    assert set(named(only)) == {"reflection", "question_open", "long_answer"}
    assert set(only.events) == {8, 9}


def test_a_weak_suggestion_alone_is_not_worth_a_place():
    talk = session()
    assert moments(Analysis(talk, settings=SETTINGS), [event(talk, 3, "question_closed")]) == ()
    assert moments(Analysis(talk, settings=SETTINGS), [event(talk, 3, "reflection", 0.5)]) == ()


def test_a_long_answer_alone_is_no_strong_moment():
    talk = session()
    assert (
        moments(
            Analysis(talk, settings=SETTINGS), [event(talk, 3, "information", 0.9, talk_s=25.0)]
        )
        == ()
    )


def test_moments_keep_apart():
    talk = session()
    found = [event(talk, i, "reflection") for i in range(20)]
    wide = replace(SETTINGS, listening=Listening(moments=8, moment_apart_s=200.0))
    starts = [m.span.start for m in moments(Analysis(talk, settings=wide), found)]
    assert all(b - a >= 200 for a, b in pairwise(starts))
    assert len(starts) >= 2


def test_words_of_strain_just_before_bring_a_moment_to_discuss():
    talk = session()
    client = talk.of("client")[2]
    said = Suggestion("confrontation_marker", SAID, 0.4)
    marker = Event(said, client.span.widened(0), "client", client.index)
    near = replace(
        event(talk, 3, "question_closed"), span=Span(client.span.end + 1, client.span.end + 4)
    )
    assert moments(Analysis(talk, settings=SETTINGS), [marker, near]) == ()  # an experiment
    marker = replace(marker, corrected_by="somebody")
    (only,) = moments(Analysis(talk, settings=SETTINGS), [marker, near])
    assert set(named(only)) == {"question_closed", "client_marker"}
    assert only.side == "discuss"


@pytest.mark.parametrize(
    ("kind", "sure", "by", "sides"),
    [
        ("reflection", 0.59, None, []),
        ("reflection", 0.6, None, ["strong"]),
        ("reflection", 0.59, "somebody", ["strong"]),  # confirmed
        ("overlap_to_review", 0.5, None, ["discuss"]),  # timed
    ],
)
def test_words_that_may_as_well_be_wrong_decide_no_side(kind, sure, by, sides):
    talk = session()
    found = replace(event(talk, 3, kind, sure, talk_s=20.0), corrected_by=by)
    assert [m.side for m in moments(Analysis(talk, settings=SETTINGS), [found])] == sides


def test_nothing_to_choose_from():
    assert moments(Analysis(session(), settings=SETTINGS), ()) == ()
    assert moments(Analysis(weave((), (), (), 5.0), settings=SETTINGS), ()) == ()


def test_every_line_of_the_rule_is_a_behaviour_or_a_fact_with_words_of_its_own():
    facts, lines = {fact.what for fact in FACTS}, rule(Listening())
    assert {line.what for line in lines} - facts <= set(behaviours.kinds())
    assert {line.side for line in lines} == {"strong", "discuss"}
    assert all(is_known(f"moment.{line.what}") for line in lines)


def test_what_a_fact_counts_for_is_a_setting():
    talk, points = session(), {}
    for setting in (2.0, 5.0):
        limits = Listening(long_answer_points=setting)
        (only,) = moments(
            Analysis(talk, settings=replace(SETTINGS, listening=limits)),
            [event(talk, 3, "reflection", talk_s=25.0)],
        )
        points[setting] = only.points
        assert {line.points for line in rule(limits) if line.what == "long_answer"} == {setting}
    assert points[5.0] - points[2.0] == 3.0

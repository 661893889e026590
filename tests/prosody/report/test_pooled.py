"""Sessions together: each by its error, each once."""

from dataclasses import replace

import pytest

from diarize.messages import message
from diarize.timeline import Span
from prosody.listening.links import Link
from prosody.render.text import pooled_lines
from prosody.report.pooled import distinct, pooled, talk_digest

LINK = Link(
    *("reflection", "voice.level", "therapist", 12, -30.0, -28.0, -2.0, -4.2, 0.2, -0.3, False),
    chance=0.07,
    family="primary",
    error=1.1,
)


def session(report, name, *links, later=0.0):
    """A session with another recording whose turns begin and last otherwise."""
    talk = report.conversation
    if later:
        moved = tuple(
            replace(u, span=Span(u.span.start, u.span.end + later)) for u in talk.utterances
        )
        talk = replace(talk, utterances=moved)
    recording = replace(report.recording, sha256=name * 64)
    return replace(report, recording=recording, conversation=talk, links=links)


def test_each_session_counts_by_one_over_its_squared_error(report):
    other = replace(LINK, difference=-1.0, error=2.2, n=8)
    (found,) = pooled([session(report, "a", LINK), session(report, "b", other, later=0.3)])
    assert found.difference == pytest.approx((-2.0 * 4 - 1.0) / 5)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * 1.1 / 1.25**0.5)
    assert (found.sessions, found.same_way, found.n) == (2, 2, 20)


def test_what_no_session_shows_alone_three_may_show_together(report):
    three = [session(report, name, LINK, later=0.3 * i) for i, name in enumerate("abc")]
    (found,) = pooled(three)
    assert found.reliable and found.reason is None and found.high < 0
    (two,) = pooled([three[0], session(report, "d", replace(LINK, difference=2.0), later=0.7)])
    assert not two.reliable and two.reason.code == "link.not_clear" and two.same_way <= 1


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_session_over_again_is_no_evidence(report, name):
    """The same recording, or another one in which the same is said at the same times."""
    once, again = session(report, "a", LINK), session(report, name, LINK)
    assert distinct([once, again, again]) == (once,)
    assert pooled([once, again, again]) == ()


def test_a_recording_cut_anew_is_the_same_session_though_its_turns_fell_otherwise(report):
    once, again = session(report, "a", LINK), session(report, "a", LINK, later=0.3)
    assert talk_digest(once) != talk_digest(again)
    assert len(distinct([once, again])) == 1


def test_exploratory_pairs_and_those_without_an_error_are_not_pooled(report):
    loose = (replace(LINK, family="exploratory"), replace(LINK, cue="voice.pitch_range", error=0.0))
    assert pooled([session(report, "a", *loose), session(report, "b", *loose, later=0.3)]) == ()
    both = (LINK, *loose)
    (found,) = pooled([session(report, "a", *both), session(report, "b", *both, later=0.3)])
    assert (found.cue, found.n) == (LINK.cue, 2 * LINK.n)


def test_the_lines_say_how_many_sessions_and_copies(report):
    three = [session(report, name, LINK, later=0.3 * i) for i, name in enumerate("abc")]
    found = pooled(three)
    head, line = pooled_lines(found, sessions=3, copies=1)
    assert head == str(message("screen.pooled_head", sessions=3, copies=1))
    assert str(message("screen.pooled_firm")) in line
    assert len(list(pooled_lines((), sessions=1, copies=0))) == 2

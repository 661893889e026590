"""One goal, carried to a therapist's next sessions with the band of the earlier ones."""

from dataclasses import replace

import pytest

from diarize.timeline import Span
from prosody.features.frame_files import save as save_frames
from prosody.store import goals
from prosody.store.library import Entry, Library
from tests.prosody.conftest import keep, retold_words
from tests.said import refused

FIGURE = ("cue", "talk.share")


def later(report, seconds):
    """The same talk with a longer last turn: another one."""
    *turns, last = report.turns
    span = Span(last.span.start, last.span.end + seconds)
    talk = replace(report.conversation, utterances=(*turns, replace(last, span=span)))
    return replace(report, conversation=talk)


@pytest.fixture
def library(tmp_path, report, frames):
    for at in range(1, 7):
        sha256 = f"{at:02d}" * 32
        told = retold_words(report, 1, f"Well my week number {at} was hard and I felt so alone")
        told = replace(told, recording=replace(told.recording, sha256=sha256))
        told = later(told, 0.2 * at)
        entry = Entry(
            f"s-{at}", sha256, "2026-01-01", 31.0, date=f"2026-01-{at:02d}",
            therapist_id="T1" if at < 6 else "T2",
        )  # fmt: skip
        keep(tmp_path, entry, told, lambda to: save_frames(frames, to))
    return Library(tmp_path)


def test_a_goal_is_open_from_its_session_on_and_for_nobody_else(library):
    goals.set_one(library, "s-2", *FIGURE, " leave more room ", by="T1")
    found = {at: goals.open_at(library, f"s-{at}") for at in range(1, 7)}
    assert [at for at, goal in found.items() if goal] == [2, 3, 4, 5]
    assert (found[4].text, found[4].on, found[4].by) == ("leave more room", "2026-01-02", "T1")
    goals.set_one(library, "s-4", "behaviour", "reflection", "reflect once more", by="T1")
    assert [goals.open_at(library, f"s-{at}") for at in (1, 2, 3)] == [None] * 3
    assert goals.open_at(library, "s-5").name == "reflection"
    goals.close(library, goals.open_at(library, "s-5"), by="T1")
    assert goals.open_at(library, "s-5") is None


def test_its_figure_stands_beside_the_band_of_earlier_sessions_if_there_are_enough(library):
    goals.set_one(library, "s-2", *FIGURE, "leave more room", by="T1")
    goal = goals.open_at(library, "s-4")
    early = goals.following(library, "s-4", goal)
    assert [p.session_id for p in early.points] == ["s-1", "s-2", "s-3", "s-4"]
    assert early.band is None and early.reason is not None
    late = goals.following(library, "s-5", goal)
    assert late.band is not None and late.band.n == 4
    assert late.points[-1].value == pytest.approx(
        library.load("s-5").measure(*FIGURE[1:], "therapist").value
    )


def test_a_goal_goes_with_its_session_and_needs_a_therapist_a_figure_and_words(library):
    goals.set_one(library, "s-3", *FIGURE, "leave more room", by="T1")
    with refused("goal.no_text"):
        goals.set_one(library, "s-3", *FIGURE, "  ", by="T1")
    with refused("goal.no_figure"):
        goals.set_one(library, "s-3", "cue", "nothing.at_all", "x", by="T1")
    with refused("written.not_yours"):
        goals.set_one(library, "s-4", *FIGURE, "another", by="sup-1")
    library.forget("s-3")
    assert goals.open_at(library, "s-5") is None

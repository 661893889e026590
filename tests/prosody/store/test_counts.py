"""Turns are woven once: in an analysis with its page and figures, and in a correction."""

import pytest

from diarize.recording.admission import admit
from diarize.recording.audio import Audio
from diarize.turns import take_turns
from prosody.pipeline import analyse
from prosody.render.html import html
from prosody.store import amend
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from tests.conftest import tone
from tests.counting import calls_of
from tests.prosody.conftest import keep, spoken
from tests.prosody.test_pipeline import separating, transcribing


@pytest.fixture
def weavings():
    """Give what turns are made of, a row a time."""
    with calls_of(take_turns) as made:
        yield made


def test_an_analysis_and_its_page_weave_once(weavings, consented):
    turns, words = spoken()
    made = analyse(
        admit(consented(tone(31.0))), separate=separating(turns), transcribe=transcribing(words)
    )
    assert isinstance(made.audio, Audio)
    assert html(made.report, made.frames, session_id="s")
    assert len(weavings) == 1


@pytest.mark.parametrize(
    ("request_", "times"),
    [
        (Request(turn=1, voice="A"), 1),
        (Request(turn=1, voice="B"), 0),
        (Request(swap_roles=True), 0),
        (Request(rename=("A=T1",)), 0),
        (Request(turn=2, is_kind="validation"), 0),
    ],
    ids=["another voice", "confirmed", "roles", "renamed", "behaviour"],
)
def test_a_correction_weaves_only_where_speech_moves(
    weavings, tmp_path, report, frames, request_, times
):
    from prosody.features.frame_files import save

    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    keep(tmp_path, entry, report, lambda to: save(frames, to))
    library = Library(tmp_path)
    amend.correct(library, "s-1", request_, by="sup-1")
    library.load("s-1")
    assert len(weavings) == times


def test_taking_one_back_weaves_the_others_once(weavings, tmp_path, report, frames):
    from prosody.features.frame_files import save

    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    keep(tmp_path, entry, report, lambda to: save(frames, to))
    library = Library(tmp_path)
    for request in (
        Request(turn=1, voice="A"),
        Request(turn=3, voice="B"),
        Request(swap_roles=True),
        Request(turn=2, text="It sounds like a long week."),
        Request(turn=0, words="2-4", voice="B"),
    ):
        amend.correct(library, "s-1", request, by="sup-1")
    weavings.clear()
    amend.undo(library, "s-1", 2, by="sup-1")
    assert len(weavings) == 1

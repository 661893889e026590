"""Where an account of who speaks when goes wrong."""

import numpy as np
import pytest

from benchmarks.shared.corpora import Clip
from benchmarks.shared.places import amiss
from diarize.recording.audio import Audio
from diarize.timeline import Span, Turn

TRUE = ((1.0, 3.0, "x"), (3.3, 5.0, "x"), (6.0, 9.0, "y"), (7.0, 7.5, "x"))


def found(*heard: tuple[float, float, str]) -> list[tuple[str, str, float]]:
    turns = tuple(Turn(Span(a, b), voice) for a, b, voice in TRUE)
    clip = Clip("made", "made", Audio.of(np.zeros(160_000, np.float32)), turns, Span(0.0, 9.5))
    every = amiss(clip, [Turn(Span(a, b), voice) for a, b, voice in heard])
    return [(one.kind, one.place, round(one.seconds, 2)) for one in every]


def test_nothing_is_amiss_whatever_voices_are_called():
    assert found(*((a, b, {"x": "B", "y": "A"}[voice]) for a, b, voice in TRUE)) == []


@pytest.mark.parametrize(
    ("heard", "wrong"),
    [
        ([(1.0, 5.0, "A"), (7.0, 7.5, "A"), (6.0, 9.0, "B")], ("too much", "between", 0.3)),
        ([(0.9, 3.0, "A"), *TRUE[1:3], TRUE[3]], ("too much", "at a start", 0.1)),
        ([TRUE[0], (3.3, 5.2, "x"), *TRUE[2:]], ("too much", "at an end", 0.2)),
        ([*TRUE, (8.0, 8.4, "x")], ("too much", "over another", 0.4)),
        ([*TRUE, (5.4, 5.6, "x")], ("too much", "alone", 0.2)),
        ([*TRUE[:3]], ("too little", "over another", 0.5)),
        ([*TRUE[1:], (1.0, 2.0, "x"), (2.2, 3.0, "x")], ("too little", "between", 0.2)),
        ([*TRUE[1:], (1.2, 3.0, "x")], ("too little", "at a start", 0.2)),
        ([*TRUE, (9.2, 10.0, "y")], ("too much", "alone", 0.3)),  # what lies in `scored` counts
    ],
)
def test_what_is_heard_wrongly_has_its_place(heard, wrong):
    named = [(a, b, {"A": "x", "B": "y"}.get(voice, voice)) for a, b, voice in heard]
    assert found(*named) == [wrong]

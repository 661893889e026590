"""Ends move to where the second pass falls silent; pauses that were filled come back; no more."""

import numpy as np

from diarize.separation.edges import heard_again
from diarize.separation.overlap import HOP_S
from diarize.settings import Activity, Overlap
from diarize.timeline import Span

RULE, DETECTOR = Overlap(), Activity()


def nobody(seconds, *silences):
    """Give chances of silence: 1 in the frames of `silences`, else 0."""
    rows = np.zeros(round(seconds / HOP_S), np.float32)
    for first, last in silences:
        rows[round(first / HOP_S) : round(last / HOP_S)] = 1.0
    return rows


def again(speech, *silences):
    spans = tuple(Span(*span) for span in speech)
    found = heard_again(spans, nobody(10.0, *silences), RULE, DETECTOR)
    return [(round(span.start, 6), round(span.end, 6)) for span in found]


def test_an_end_moves_to_the_silence_near_it_and_a_beginning_stays():
    for heard_end in (1.96, 2.0, 2.05):
        assert again([(0.98, heard_end)], (0.0, 1.0), (2.0, 5.0)) == [(0.98, 2.0)]


def test_an_end_with_no_silence_near_it_stays():
    for silence in ((2.1, 5.0), (1.8, 5.0)):
        assert again([(1.0, 2.0)], silence) == [(1.0, 2.0)]


def test_a_filled_pause_parts_speech_if_it_is_as_long_as_one_and_no_longer():
    """A longer silence inside what the detector heard is quiet speech, not a pause it filled."""
    whole = [(1.0, 5.0)]
    assert again(whole, (2.0, 2.24)) == [(1.0, 2.0), (2.24, 5.0)]
    for first, last in ((2.0, 2.2), (2.0, 2.16), (2.0, 2.4)):
        assert again(whole, (first, last)) == whole


def test_speech_that_comes_as_near_as_no_pause_is_one():
    assert again([(1.0, 1.98), (2.19, 3.0)], (2.0, 2.18), (3.0, 5.0)) == [(1.0, 3.0)]


def test_nothing_and_silence_are_taken():
    assert again([], (0.0, 10.0)) == []
    assert again([(1.0, 2.0)], (0.0, 10.0)) == [(1.0, 2.0)]

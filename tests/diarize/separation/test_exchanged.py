"""Channels that change persons are found by the voices on them, and others are left alone."""

import numpy as np
import pytest

from diarize.separation.exchanged import changed_persons, persons_change
from diarize.timeline import Span

STRETCHES = [(Span(4.0 * k, 4.0 * k + 3.0), k % 2) for k in range(40)]
OWN = tuple(tuple(span for span, c in STRETCHES if c == channel) for channel in (0, 1))


def voices(at_s, *, alike=0.0, coloured=0.5):
    """Vectors of two persons, each coloured by its channel, that change channels at a time."""
    random = np.random.default_rng(4)
    persons, colours = random.normal(size=(2, 2, 64))
    persons[1] = alike * persons[0] + (1 - alike) * persons[1]

    def describe(channel, middles, window_s):
        who = [channel ^ (at >= at_s) for at in middles]
        found = persons[who] + coloured * colours[channel]
        found += random.normal(0, 0.5 / window_s, found.shape)
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    return describe


@pytest.mark.parametrize("at_s", [55.0, 80.0, 111.0])
def test_the_place_is_found_to_within_a_turn(at_s):
    found = changed_persons(OWN, voices(at_s))
    assert found is not None and abs(found - at_s) <= 4.0


@pytest.mark.parametrize("describe", [
    voices(1e9), voices(0.0), voices(80.0, alike=1.0), voices(80.0, coloured=5.0), voices(12.0)
], ids=["never", "from the start", "one voice", "mostly the microphones", "too early"])  # fmt: skip
def test_what_is_not_plain_is_left_alone(describe):
    assert changed_persons(OWN, describe) is None


def test_too_little_to_judge_by_is_left_alone():
    few = tuple(spans[:7] for spans in OWN)
    assert changed_persons(few, voices(30.0)) is None
    assert changed_persons(((), ()), voices(30.0)) is None


LATER, MIDDLE = (Span(80.0, 160.0),), (Span(40.0, 80.0),)


@pytest.mark.parametrize(("describe", "stretches", "change"), [
    (voices(1e9), LATER, False),
    (voices(1e9), MIDDLE, False),
    (voices(80.0), LATER, True),
    (voices(80.0), MIDDLE, None),
    (voices(1e9, alike=1.0, coloured=0.0), LATER, None),
    (voices(1e9), (Span(0.0, 160.0),), None),
    (voices(1e9), (Span(0.0, 3.0),), False),
    (voices(1e9), (Span(0.0, 1.0),), None),
], ids=["labels change", "and back", "persons change", "elsewhere they change", "one voice",
        "nothing elsewhere", "one person there is enough", "too little there"])  # fmt: skip
def test_voices_say_whether_persons_change_where_labels_say_so(describe, stretches, change):
    assert persons_change(OWN, describe, stretches) is change

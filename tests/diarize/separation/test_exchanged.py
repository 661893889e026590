"""Channels that change persons are found by the voices on them, and others are left alone."""

import numpy as np
import pytest

from diarize.separation.exchanged import changed_persons, changed_turns, persons_change
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


def of_persons(exchanged, *, seed, alike=0.0):
    """Vectors of two persons on one channel, whose turns a file exchanges in some stretches."""
    random = np.random.default_rng(seed)
    persons = random.normal(size=(2, 64))
    persons[1] = alike * persons[0] + (1 - alike) * persons[1]

    def describe(voice, middles, window_s):
        who = [voice ^ any(s.start <= at < s.end for s in exchanged) for at in middles]
        found = persons[who] + random.normal(0, 0.5 / window_s, (len(middles), 64))
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    return describe


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("exchanged", [
    [(80.0, 160.0)], [(52.0, 104.0)], [(48.0, 108.0)], [(60.0, 80.0)], [(144.0, 160.0)],
    [(20.0, 40.0), (100.0, 124.0)],
], ids=["half", "a third", "60 s", "20 s", "the end", "two stretches"])  # fmt: skip
def test_turns_exchanged_on_one_channel_are_found_with_their_places(exchanged, seed):
    spans = [Span(*pair) for pair in exchanged]
    found = changed_turns(OWN, of_persons(spans, seed=seed))
    wrong = np.zeros(160, bool)
    for span in found:
        wrong[round(span.start) : round(span.end)] ^= True
    for span in spans:
        wrong[round(span.start) : round(span.end)] ^= True
    if sum(span.duration for span in spans) == 80.0:  # of two halves either may be the one
        wrong = wrong if wrong.sum() <= 80 else ~wrong
    assert wrong.sum() <= 5  # a turn, and the pause beside it
    assert len(found) == len(spans)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("exchanged", "alike"), [
    ([], 0.0), ([], 0.5), ([], 1.0),
    ([(0.0, 160.0)], 0.0), ([(80.0, 160.0)], 1.0), ([(60.0, 64.0)], 0.0),
], ids=["right", "like voices", "one voice", "all of it", "one voice, half", "a turn"])  # fmt: skip
def test_turns_of_a_file_that_keep_their_voices_are_left_alone(exchanged, alike, seed):
    spans = [Span(*pair) for pair in exchanged]
    assert changed_turns(OWN, of_persons(spans, seed=seed, alike=alike)) == ()


def test_turns_too_few_to_judge_by_are_left_alone():
    few = tuple(spans[:1] for spans in OWN)
    assert changed_turns(few, of_persons([], seed=1)) == changed_turns(((), ()), voices(9.0)) == ()

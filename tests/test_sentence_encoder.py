"""Sentences read with the published encoder: what is learned from them, and how it is judged."""

import csv
import random

import numpy as np

from training.kinds import LATER, SENTENCES, Coded, own_sentences
from training.sentence_encoder import CODES, Told, judged, learned_from, least, sums_of
from training.talks_check import FRAME, TURNS_PER_FRAME, WORD


def test_the_least_sum_is_the_lowest_from_which_enough_is_right():
    sums = np.arange(8.0)
    coded = np.array([0, 0, 1, 0, 1, 1, 1, 1], bool)
    assert least(sums, coded, 0.8) == 2.0
    assert least(sums, coded, 1.0) is None  # four, where five are asked for
    assert least(sums, np.zeros(8, bool), 0.8) is None


def test_it_is_chosen_on_the_half_that_was_looked_at_and_judged_on_both(tmp_path):
    file = tmp_path / "gold.csv"
    codes = ["Self-Disclose"] * 12 + ["Other"] * 12
    with file.open("w", newline="", encoding="utf-8") as to:
        csv.writer(to).writerows([("text", "code"), *(("x", code) for code in codes)])
    sums = {kind: np.full(24, -9.0) for kind in CODES}
    own = sums["self_disclosure"]
    own[0:12:2] = 3.0  # of those looked at all six are found
    own[1:7:2] = 3.0  # of the unread three of six
    own[13] = 3.0  # and one that is none
    row = next(line for line in judged(sums, file) if line.startswith("| `self_disclosure` |"))
    assert "1.00 (0.61 to 1.00), 6 of 6 |" in row
    assert "3 of 4 |" in row and "3 of 6 |" in row


def test_a_turn_shows_what_one_of_its_sentences_shows():
    """Two turns of two sentences have a code; the one alike in both is what shows it."""
    codes = frozenset(("self_disclosure", "sympathy", "affirmation"))
    coded = [Coded("001", codes, ""), Coded("002", codes, ""), *[Coded("003", frozenset(), "")] * 6]
    shows, others = [4.0, 0.0], [[0.0, n % 3] for n in range(8)]
    vectors = np.array([shows, others[0], shows, others[1], *others[2:]], float)
    told = Told(np.array([0, 0, 1, 1, *range(2, 8)]), vectors)
    asked = Told(np.array([0, 1, 1]), np.array([[0.0, 1.0], [0.0, 2.0], shows], float))
    found = sums_of(coded, told, asked, 2)["self_disclosure"]
    assert found[1] > found[0]


def test_turns_that_show_none_of_the_kinds_are_mostly_left_out():
    plain = [Coded("001", frozenset(), str(n)) for n in range(400)]
    alone = [Coded("", frozenset(), "x")] * 5
    shown = [Coded("001", frozenset(("sympathy",)), "y")] * 5
    kept = learned_from(random.Random(1), [*plain, *alone, *shown])
    assert kept[-10:] == [*alone, *shown] and 40 < len(kept) - 10 < 120


def test_no_frame_of_words_is_shared_by_many_sentences():
    found: dict[str, int] = {}
    every = [*own_sentences(SENTENCES), *own_sentences(LATER)]
    for one in every:
        words = WORD.findall(one.text.lower())
        runs = {" ".join(words[n : n + FRAME]) for n in range(len(words) - FRAME + 1)}
        for run in runs:
            found[run] = found.get(run, 0) + 1
    assert max(found.values()) <= len(every) / TURNS_PER_FRAME
    later = [one.text for one in own_sentences(LATER)]
    assert len(later) > 1000 and len({text.lower() for text in later}) == len(later)

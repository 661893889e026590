"""The encoder fine-tuned on sentences: how what it finds is judged."""

import csv

import numpy as np

from training.sentence_encoder import KINDS, judged, least


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
    sums = np.full((24, len(KINDS)), -9.0)
    own = KINDS.index("self_disclosure")
    sums[0:12:2, own] = 3.0  # of those looked at all six are found
    sums[1:7:2, own] = 3.0  # of the unread three of six
    sums[13, own] = 3.0  # and one that is none
    row = next(line for line in judged(sums, file) if line.startswith("| `self_disclosure` | 0.80"))
    assert "1.00 (0.61 to 1.00), 6 of 6 |" in row
    assert "3 of 4 |" in row and "3 of 6 |" in row

"""Agreement of two codings: Cohen's κ, percent agreement, and intervals that hold what they say."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from prosody.listening.agreement import compared, kappa


def codes(*texts):
    return [frozenset(text.split()) for text in texts]


def drawn(rng, n, same=0.7):
    """Two raters who agree beyond chance, on unequal categories."""
    one = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    other = np.where(rng.random(n) < same, one, rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]))
    return [*map(str, one)], [*map(str, other)]


def test_kappa_is_that_of_another_implementation():
    rng = np.random.default_rng(3)
    for _ in range(20):
        one, other = drawn(rng, 60, same=rng.random())
        assert kappa(one, other)[0] == pytest.approx(cohen_kappa_score(one, other))


def published(table):
    """κ and its large-sample standard error as Fleiss, Cohen & Everitt (1969) write it."""
    p = np.asarray(table, float)
    n = p.sum()
    p /= n
    row, column, same = p.sum(1), p.sum(0), np.trace(p)
    chance = row @ column
    k = (same - chance) / (1 - chance)
    inside = sum(p[i, i] * (1 - (row[i] + column[i]) * (1 - k)) ** 2 for i in range(len(p)))
    outside = (1 - k) ** 2 * sum(
        p[i, j] * (column[i] + row[j]) ** 2
        for i in range(len(p)) for j in range(len(p)) if i != j
    )  # fmt: skip
    variance = inside + outside - (k - chance * (1 - k)) ** 2
    return k, (variance / (n * (1 - chance) ** 2)) ** 0.5


def test_the_interval_of_unlike_neighbours_is_that_of_the_published_variance():
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    order = np.random.default_rng(1).permutation(len(pairs))
    one, other = zip(*(map(str, pairs[at]) for at in order), strict=True)
    value, (low, high), _ = kappa(one, other)
    k, error = published(table)
    assert value == pytest.approx(k)
    assert (high - low) / 2 / 1.96 == pytest.approx(error, rel=0.2)
    assert low < k < high


def test_the_interval_holds_what_it_says():
    """Of 400 talks of 60 turns, the true κ lies within in some 95 of 100."""
    rng = np.random.default_rng(7)
    truth = kappa(*drawn(np.random.default_rng(5), 400_000))[0]
    ends = [kappa(*drawn(rng, 60))[1] for _ in range(400)]
    held = np.mean([low <= truth <= high for low, high in ends])
    assert 0.92 <= held <= 0.99


def test_each_kind_and_all_together():
    first = codes("reflection", "", "question_open", "", "reflection question_open", "")
    second = codes("reflection", "", "", "", "reflection", "advice")
    whole, advice, question, reflection = compared(first, second)
    assert (whole.kind, whole.n, whole.agreed, whole.first, whole.second) == ("", 6, 3, 3, 3)
    assert (reflection.kind, reflection.agreed, reflection.kappa) == ("reflection", 6, 1.0)
    assert (question.agreed, question.first, question.second) == (4, 2, 0)
    assert advice.share == pytest.approx(5 / 6)
    assert advice.low is None or advice.low < advice.share < advice.high


def test_few_turns_have_no_interval_of_either_figure_and_say_so():
    first, second = codes(*["", "advice"] * 15), codes(*["", "advice", "advice"] * 10)
    for n, code in ((19, "agreement.few"), (29, "agreement.few"), (30, None)):
        whole = compared(first[:n], second[:n])[0]
        assert (whole.low is None, whole.kappa_low is None) == (code is not None,) * 2
        assert (whole.reason.code if whole.reason else None) == code


def test_where_nothing_can_be_said_none_is_given_and_why():
    (only,) = compared(codes("", "", ""), codes("", "", ""))
    assert (only.share, only.kappa, only.reason.code) == (1.0, None, "agreement.one_answer")
    (empty,) = compared([], [])
    assert (empty.share, empty.kappa, empty.reason.code) == (None, None, "agreement.no_units")

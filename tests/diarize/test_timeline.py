"""Spans and their algebra, against the same questions asked instant by instant."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.timeline import Span, Turn, Word, gaps, intersection, subtract, total, union

GRID = 16  # instants per second; times are multiples of 1/16 s, exact in binary

ticks = st.integers(0, 20 * GRID)
spans = st.lists(
    st.tuples(ticks, ticks).map(lambda ab: Span(min(ab) / GRID, max(ab) / GRID)), max_size=12
)


def instants(given_spans):
    """The set of grid cells that spans cover."""
    return {i for s in given_spans for i in range(round(s.start * GRID), round(s.end * GRID))}


def is_tidy(result):
    return all(a.end < b.start for a, b in pairwise(result)) and all(
        s.duration >= 0 for s in result
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [(1.0, 0.5), (float("nan"), 1.0), (0.0, float("nan")), (0.0, float("inf")), (-float("inf"), 0)],
)
def test_a_span_that_runs_backwards_or_nowhere_is_refused(start, end):
    with pytest.raises(ValueError, match="finite start <= end"):
        Span(start, end)


def test_one_span_against_another():
    a, b, c = Span(0, 2), Span(1, 3), Span(2, 4)
    assert a & b == Span(1, 2)
    assert a & c is None, "touching spans share no time"
    assert a.overlap(b) == 1 and a.overlap(c) == 0
    assert a.gap(c) == 0 and a.gap(b) == -1 and c.gap(Span(5, 6)) == 1
    assert Span(0, 5).contains(b) and not b.contains(a) and a.contains(a)
    assert a.shifted(1.5) == Span(1.5, 3.5)
    assert a.widened(0.5) == Span(-0.5, 2.5)
    assert a.widened(-5) == Span(1, 1), "a span never shrinks past its middle"
    assert a.duration == 2 and b.middle == 2


def test_order_is_by_start_then_end_then_voice():
    turns = [Turn(Span(1, 2), "b"), Turn(Span(0, 3), "z"), Turn(Span(1, 2), "a")]
    assert [t.voice for t in sorted(turns)] == ["z", "a", "b"]
    assert Word(Span(0, 1), "a") < Word(Span(0, 1), "b")


def test_nothing_is_a_timeline():
    assert union([]) == intersection([], [Span(0, 1)]) == subtract([], [Span(0, 1)]) == ()
    assert total([]) == 0
    assert gaps([], Span(0, 3)) == (Span(0, 3),)
    assert gaps([Span(0, 3)], Span(0, 3)) == ()


def test_join_merges_only_what_is_nearer_than_asked():
    apart = [Span(0, 1), Span(1.25, 2)]
    assert union(apart, join_s=0.25) == tuple(apart)
    assert union(apart, join_s=0.26) == (Span(0, 2),)


@settings(deadline=None, max_examples=100)
@given(spans, spans)
def test_algebra_agrees_with_counting_instants(ours, theirs):
    assert instants(union(ours)) == instants(ours)
    assert instants(intersection(ours, theirs)) == instants(ours) & instants(theirs)
    assert instants(subtract(ours, theirs)) == instants(ours) - instants(theirs)
    whole = Span(2, 15)
    assert instants(gaps(ours, whole)) == instants([whole]) - instants(ours)
    assert total(ours) == len(instants(ours)) / GRID
    assert total(ours, whole) == len(instants(ours) & instants([whole])) / GRID


@settings(deadline=None, max_examples=100)
@given(spans, spans, st.integers(-50, 50))
def test_results_are_sorted_disjoint_and_shift_along(ours, theirs, shift):
    for combine in (intersection, subtract):
        result = combine(ours, theirs)
        assert is_tidy(result)
        moved = combine([s.shifted(shift) for s in ours], [s.shifted(shift) for s in theirs])
        assert moved == tuple(s.shifted(shift) for s in result)
    assert is_tidy(union(ours))

"""Textbook numbers, and properties that hold for whatever comes in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypo
from hypothesis import strategies as st

from prosody.statistics import (
    adjusted,
    adjusted_for_any,
    kaplan_meier,
    line_removed,
    middle,
    percentile,
    robust_z,
)

OF_1995 = """
.0001 .0004 .0019 .0095 .0201 .0278 .0298 .0344 .0459 .3240 .4262 .5719 .6528 .7590 1.0
"""


def test_benjamini_and_hochbergs_own_example():
    """Fifteen p-values of their 1995 paper: at 5 % the four smallest are kept."""
    p = np.array([float(value) for value in OF_1995.split()])
    found = adjusted(p)
    assert (found <= 0.05).sum() == 4
    assert found[3] == pytest.approx(0.0095 * 15 / 4)
    assert adjusted(np.empty(0)).size == 0


def test_holms_own_steps():
    """Three chances: the smallest times 3, the next times 2, never below one before it."""
    found = adjusted_for_any(np.array([0.03, 0.01, 0.04]))
    assert found == pytest.approx([0.06, 0.03, 0.06])
    assert adjusted_for_any(np.empty(0)).size == 0


def test_kaplan_meier_by_hand():
    """Waits 1, 2, 2+, 3, 4+ s: survival .8, .6, .3; Greenwood's bounds on the log(-log) scale."""
    times, survival, low, high = kaplan_meier(
        [1.0, 2.0, 2.0, 3.0, 4.0], [True, True, False, True, False]
    )
    assert times.tolist() == [1, 2, 3]
    assert survival == pytest.approx([0.8, 0.6, 0.3])
    reach = 1.959964 * np.sqrt(1 / 20 + 1 / 12 + 1 / 2) / np.log(0.3)
    assert low[2] == pytest.approx(0.3 ** np.exp(-reach))
    assert high[2] == pytest.approx(0.3 ** np.exp(reach))
    assert kaplan_meier([1.0, 2.0], [False, False])[0].size == 0


def test_robust_z_counts_in_scales_held_between_floor_and_ceiling():
    values = np.array([0.0, 1.0, 2.0, 3.0, 10.0, np.nan])
    assert robust_z(values, 0.1)[4] == pytest.approx(8 / 1.4826)
    assert robust_z(values, 4.0)[4] == pytest.approx(2)
    assert robust_z(values, 0.1, 0.5)[4] == pytest.approx(16)
    assert np.isnan(robust_z(values, 0.1)[5])
    assert np.isnan(robust_z(values[:2], 0.1)).all()


def test_a_line_is_removed_though_one_point_lies_far_off_it():
    along = np.arange(20.0)
    values = 3 * along + 7
    values[4] = 500
    left = line_removed(values, along, least=12)
    assert np.delete(left, 4) == pytest.approx(7 + 3 * 9.5)
    assert line_removed(values[:5], along[:5], least=12) is not None
    assert line_removed(values[:5], along[:5], least=12).tolist() == values[:5].tolist()


@hypo(deadline=None, max_examples=100)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_percentiles_and_medians_are_numpys(values, share):
    ordered = np.sort(values)
    assert percentile(ordered, share) == pytest.approx(np.quantile(ordered, share), abs=1e-9)
    assert percentile(ordered, 0.025) == np.percentile(ordered, 2.5)
    assert middle(ordered) == np.median(ordered)

from dataclasses import replace

import numpy as np
import pytest

from prosody.listening.contrasts import contrasts
from prosody.settings import Contrasts

RULES = Contrasts()
NO_DRIFT, ANY_DRIFT = (replace(RULES, drift_times=(times,)) for times in (1.0, 1e6))
STREAKS = np.isin(np.arange(60) // 10, (3, 4))  # 20 of 60 turns


def test_a_session_without_drift_loses_little_to_the_drift_that_might_have_been():
    values = np.random.default_rng(3).standard_normal((60, 200))
    known, found, given_up = (
        contrasts(values, STREAKS, rules).error.mean() for rules in (NO_DRIFT, RULES, ANY_DRIFT)
    )
    assert found < 1.1 * known
    assert given_up > 1.15 * known


def test_what_a_session_drifts_is_no_difference():
    values = np.random.default_rng(4).standard_normal((60, 200)) * 0.3
    values += np.linspace(-1, 1, 60)[:, None]
    late = np.arange(60) >= 40
    wrong = [(contrasts(values, late, rules).chance < 0.05).mean() for rules in (RULES, NO_DRIFT)]
    assert wrong[0] <= 0.08
    assert wrong[1] > 0.2


@pytest.mark.parametrize("rules", [RULES, NO_DRIFT, ANY_DRIFT])
def test_ends_hold_what_chance_says(rules):
    """A difference of as much as an end is exactly at .05, also where values are very skewed."""
    rng = np.random.default_rng(5)
    values = np.exp(1.5 * rng.standard_normal((40, 6)))
    values = np.clip(values, 0, 3)  # inside the fences, so that moving it moves no fence
    rules = replace(rules, fence_iqr=50.0)
    first = contrasts(values, STREAKS[:40], rules)
    for end in (first.low, first.high):
        moved = values - STREAKS[:40, None] * end
        assert contrasts(moved, STREAKS[:40], rules).chance == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_chance_is_one_however_far_apart_the_turns_are(sign):
    """What lies beyond 0 is added up itself: 1 less the rest was less than nothing by rounding."""
    rng = np.random.default_rng(6)
    carries = rng.random(349) < 0.45
    values = sign * carries[:, None] + 0.1 * rng.standard_normal((349, 200))
    found = contrasts(values, carries, RULES).chance
    assert np.all((found > 0) & (found < 1e-12))

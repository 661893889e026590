"""What many sessions need follows in proportion from the one that was measured."""

import pytest

from benchmarks.planning import Measured, plan


def measured(**other):
    """Give half an hour of sound, with round costs."""
    known = {"hours": 0.5, "cpu_s": 510.0, "opening_s": 10.0, "peak_mb": 1500.0}
    sizes = {"database_mb": 0.5, "kept_mb": 4.0, "sound_mb": 26.0}
    return Measured(**{**known, **sizes, **other})


def test_opening_the_models_does_not_grow_with_the_session():
    one = measured()
    assert one.cpu_s_h == pytest.approx(1000)
    assert measured(opening_s=60.0).cpu_s_h == pytest.approx(900)


def test_needs_grow_with_sessions_and_shrink_with_cores():
    told = dict(plan(measured(), 3600, 60.0, 10))
    assert "1,010 core hours" in told["time"] and "4.2 days on 10 cores" in told["time"]
    assert "2.1 days on 20 cores" in dict(plan(measured(), 3600, 60.0, 20))["time"]
    assert "8.0 MB" in told["disk"] and "60 MB" in told["disk"]
    assert "1.00 MB" in told["database"] and told["database"].endswith(" 4 GB")

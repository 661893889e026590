"""Sessions of one person beside one another: bands, steadiness, what changed."""

from dataclasses import replace

import numpy as np
import pytest

from diarize.messages import message
from prosody.report.steady import alike, band, slope, steady
from prosody.report.trends import Visit, trends
from tests.prosody.report.test_pooled import session

NONE = np.full(4, np.nan)


def of_level(report, level, *, low=None, high=None):
    """A report with one figure of a value."""
    measures = tuple(
        replace(m, value=level, low=low, high=high, reliable=True, reason=None)
        if (m.cue, m.role) == ("voice.level", "therapist")
        else m
        for m in report.measures
    )
    return replace(report, measures=measures)


def sessions(report, levels, **ends):
    return [
        Visit(
            f"s{i}",
            f"2026-01-{i + 1:02d}",
            of_level(session(report, "abcdefghij"[i], later=0.3 * i), level, **ends),
        )
        for i, level in enumerate(levels)
    ]


def level_of(found):
    return next(k for k in found.lines if (k.name, k.role) == ("voice.level", "therapist"))


def test_a_band_is_a_prediction_interval_of_students_t():
    found = band(np.array([1.0, 2.0, 3.0, 4.0]), NONE, np.nan)
    reach = 3.1824463 * (5 / 3 * 1.25) ** 0.5
    assert (found.low, found.high) == pytest.approx((2.5 - reach, 2.5 + reach))
    wider = band(np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 0.5), 2.0)
    assert wider.high - wider.low > found.high - found.low


def test_a_band_holds_a_further_session_as_often_as_it_says():
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(1000):
        drawn = rng.normal(size=5)
        found = band(drawn[:4], NONE, np.nan)
        inside += found.low <= drawn[4] <= found.high
    assert 0.93 <= inside / 1000 <= 0.97


def test_what_is_sampling_alone_is_no_difference_between_sessions():
    rng = np.random.default_rng(4)
    values = rng.normal(scale=1.0, size=12)
    alone = steady(values, np.full(12, values.std(ddof=1)))
    assert (alone.share, alone.spread) == pytest.approx((0.0, 0.0), abs=1e-6)
    much = steady(10 * values, np.full(12, 1.0))
    assert much.low <= much.share <= much.high and much.share > 0.9
    assert steady(values, np.full(12, np.nan)) is None


def test_a_slope_over_five_sessions_in_one_direction_is_two_chances_in_a_hundred_and_twenty():
    found = slope(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert found.per_session == 1.0 and found.chance == pytest.approx(2 / 120)
    assert slope(np.array([2.0, 2.0, 2.0])).chance == 1.0


def test_steadiness_over_pairs_is_the_intraclass_correlation():
    """Shrout and Fleiss's (1979) six targets, judged by four: ICC(1) is .17."""
    rated = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]
    found = alike([*rated, (3,)])
    assert found.icc == pytest.approx(0.166, abs=0.001)
    assert (found.low, found.high) == pytest.approx((-0.133, 0.723), abs=0.001)
    assert (found.pairs, found.sessions) == (6, 24)
    assert alike([rated[0]]) is None


@pytest.mark.parametrize("n", [1, 2, 4])
def test_under_five_sessions_there_is_no_band_and_no_trend(report, n):
    line = level_of(trends(sessions(report, [-30.0 + i for i in range(n)])))
    assert (line.band, line.steady, line.slope, line.place) == (None, None, None, "")
    assert line.reason.code == "trend.few" and line.reason.fields["n"] == n
    assert [p.value for p in line.points] == [-30.0 + i for i in range(n)]


def test_the_latest_session_is_held_against_the_earlier_ones(report):
    usual = [-30.0, -29.5, -30.2, -29.8]
    assert level_of(trends(sessions(report, [*usual, -29.9]))).place == "within"
    above = level_of(trends(sessions(report, [*usual, -20.0])))
    assert above.place == "above" and above.band.n == 4
    assert level_of(trends(sessions(report, [*usual, -40.0]))).place == "below"


def test_sessions_recorded_in_another_way_stand_behind_no_band_and_are_said(report):
    own = sessions(report, [-30.0, -29.5, -30.2, -29.8, -29.9, -30.1])
    far = replace(own[1].report, recording=replace(own[1].report.recording, setting="remote"))
    found = trends([own[0], replace(own[1], report=far), *own[2:]])
    line = level_of(found)
    assert [p.alike for p in line.points] == [True, False, True, True, True, True]
    assert line.band.n == 4
    assert [change.session_id for change in found.changes] == ["s1", "s2"]
    assert found.changes[0].what[0].fields["new"] == message("trend.setting_remote")


def test_what_was_withheld_stays_withheld_with_its_reason(report):
    why = message("measure.unknown")
    own = sessions(report, [-30.0] * 6)
    last = replace(
        own[5].report,
        measures=tuple(
            replace(m, value=None, reason=why, reliable=False) if m.cue == "voice.level" else m
            for m in own[5].report.measures
        ),
    )
    line = level_of(trends([*own[:5], replace(own[5], report=last)]))
    assert line.points[-1].value is None and line.points[-1].reason == why
    assert line.band is None and line.reason == why and line.slope is not None


def test_a_session_given_twice_counts_once_and_order_is_by_day(report):
    own = sessions(report, [-30.0, -29.0])
    found = trends([own[1], own[0], replace(own[0], session_id="copy", on="2026-02-01")])
    assert found.sessions == (("s0", "2026-01-01"), ("s1", "2026-01-02"))


def test_a_therapist_with_any_clients_has_figures_of_their_own_alone(report):
    own = sessions(report, [-30.0, -29.0])
    scored = [replace(v, scores={"SRS": 33.0}) for v in own]
    assert {k.role for k in trends(scored, roles=("therapist",)).lines} == {"therapist"}
    score = next(k for k in trends([own[0], scored[1]]).lines if k.sort == "score")
    assert [p.value for p in score.points] == [None, 33.0] and score.band is None
    assert score.points[0].reason.code == "trend.not_rated"


def test_a_kind_nobody_looked_for_is_not_called_absent(report):
    without = tuple(t for t in report.totals if t.behaviour != "check_in")
    found = trends(sessions(replace(report, totals=without), [-30.0]))
    line = next(k for k in found.lines if k.name == "check_in")
    assert line.points[0].value is None and line.points[0].reason.code == "trend.not_looked_for"

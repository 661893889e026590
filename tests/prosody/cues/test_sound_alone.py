"""What measures carry where both the words and the turns are a machine's."""

import math
from dataclasses import replace

import pytest

from diarize.models.engine import Engine
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.cues.sound_alone import Moved, carried, moved, read_alone, told
from prosody.findings import Heard, findings
from prosody.settings import Settings
from tests.prosody.conftest import facts

MEASURE = Measure("talk.share", "therapist", 0.40, "", n=20, low=0.35, high=0.50)


def only(measure, row):
    (found,) = carried([measure], {measure.cue: row})
    return found


def test_an_interval_grows_by_what_the_measure_moved():
    found = only(MEASURE, Moved(0.12, 6))
    assert found.low == pytest.approx(0.40 - math.hypot(0.05, 0.12))
    assert found.high == pytest.approx(0.40 + math.hypot(0.10, 0.12))
    assert (found.value, found.n, found.reliable) == (0.40, 20, True)


def test_a_figure_without_an_interval_gets_one():
    found = only(replace(MEASURE, low=None, high=None), Moved(0.1, 6))
    assert (found.low, found.high) == pytest.approx((0.3, 0.5))


def test_an_estimate_without_an_interval_gets_none_that_would_look_like_all_of_it():
    bare = replace(MEASURE, low=None, high=None)
    assert only(bare, Moved(0.1, 6, sampled=True)) == bare
    found = only(MEASURE, Moved(0.12, 6, sampled=True))
    assert found.low == pytest.approx(0.40 - math.hypot(0.05, 0.12))


def test_movements_of_a_share_of_the_value_grow_with_it():
    for value in (2.0, 20.0):
        found = only(replace(MEASURE, value=value, low=None, high=None), Moved(0.25, 6, True))
        assert (found.low, found.high) == pytest.approx((0.75 * value, 1.25 * value))


def test_what_is_counted_has_whole_ends_that_lie_no_nearer():
    found = only(replace(MEASURE, value=19.0, unit="turns", low=None, high=None), Moved(9.5, 6))
    assert (found.low, found.high) == (9.0, 29.0)


def test_an_interval_stays_where_a_value_can_be():
    found = only(MEASURE, Moved(0.9, 6, least=0.0, most=1.0))
    assert (found.low, found.high) == (0.0, 1.0)


def test_what_moves_too_far_is_withheld_with_how_far_and_n():
    found = only(MEASURE, Moved(0.6, 6, relative=True, withheld=True))
    assert (found.value, found.low, found.high, found.reliable) == (None, None, None, False)
    assert found.reason.code == "measure.moves_too_far"
    assert found.reason.fields == {"largest": 60.0, "unit": "%", "n": 6}
    assert found.n == MEASURE.n


def test_a_count_of_none_whose_movement_is_a_share_of_it_is_withheld_and_no_sure_zero():
    none = replace(MEASURE, value=0.0, n=0, low=None, high=None)
    found = only(none, Moved(0.6, 26, relative=True, least=0.0))
    assert (found.value, found.low, found.high, found.reliable) == (None, None, None, False)
    assert (found.reason.code, found.reason.fields) == ("measure.none_heard_by_machine", {"n": 26})
    assert only(none, Moved(0.6, 26, relative=True, as_it_is=True)) == none
    known = replace(none, low=0.0, high=3.0)
    assert only(known, Moved(0.6, 26, relative=True, least=0.0)).value == 0.0


def test_what_was_never_compared_is_a_low_confidence_estimate_without_an_interval():
    (found,) = carried([MEASURE], {})
    assert (found.value, found.low, found.high, found.reliable) == (0.40, None, None, False)
    assert found.reason.code == "measure.never_compared"
    assert told([MEASURE], [found]) is None


def test_what_stayed_inside_or_has_no_value_is_left_alone():
    assert only(MEASURE, Moved(0.1, 6, as_it_is=True)) == MEASURE
    nothing = replace(MEASURE, value=None, low=None, high=None)
    assert only(nothing, Moved(0.1, 6, withheld=True)) == nothing
    assert carried([nothing], {}) == (nothing,)


def test_how_many_figures_changed_is_told():
    after = carried([MEASURE, MEASURE], {"talk.share": Moved(0.1, 6)})
    note = told([MEASURE, MEASURE], after)
    assert (note.code, note.fields) == ("notes.sound_alone", {"wider": 2, "withheld": 0})
    assert told([MEASURE], [MEASURE]) is None


@pytest.mark.parametrize(
    ("words", "turns", "alone"), [(1, 1, True), (0, 1, False), (1, 0, False), (0, 0, False)]
)
def test_both_must_be_a_machine_s(words, turns, alone):
    engines = {"transcriber": _engine(words), "separator": _engine(turns)}
    assert read_alone(engines) == alone
    assert not read_alone({})


def test_the_table_that_ships_names_measures_there_are():
    names = {cue.name for cue in catalogue.table()}
    rows = moved()
    assert len(rows) > 30
    assert set(rows) <= names
    assert all(row.n > 0 and row.largest >= 0 for row in rows.values())
    assert not any(row.as_it_is and row.withheld for row in rows.values())


def test_a_report_from_sound_alone_carries_it_and_one_with_a_transcript_does_not(
    conversation, frames
):
    plain, alone = (
        findings(
            Heard(
                replace(facts(), engines=dict.fromkeys(("transcriber", "separator"), _engine(so))),
                Settings(),
                conversation,
            ),
            frames,
        )
        for so in (False, True)
    )
    assert alone.measures == carried(plain.measures) != plain.measures
    codes = [{note.code for note in report.notes} for report in (plain, alone)]
    assert ["notes.sound_alone" in found for found in codes] == [False, True]
    for report, withheld in ((plain, False), (alone, True)):  # what has no rate has no count
        rates = [m.value is None for m in report.measures if m.cue == "turns.backchannel_rate"]
        counts = [t.n is None for t in report.totals if t.behaviour == "backchannel"]
        assert counts and {*rates, *counts} == {withheld}


def _engine(machine):
    return Engine("made up", "1", machine=bool(machine))

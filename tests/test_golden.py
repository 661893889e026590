"""What the samples' reports say, number for number, as it was when somebody last looked.

After a change that is meant to move numbers: ``pytest tests/test_golden.py --update-golden``,
read the difference, and say in CHANGELOG.md under "Numbers that moved" what moved and why.
"""

import json
from pathlib import Path

import pytest

from tests.compact import Compact, compact, differences, written
from tests.conftest import ANALYSED

GOLDEN = Path(__file__).parent / "golden"
SHOWN = 40


@pytest.mark.parametrize("name", ANALYSED)
def test_a_report_says_what_it_said(name, sample_reports, request):
    file = GOLDEN / f"{name}.json"
    found = compact(sample_reports[name])
    if request.config.getoption("--update-golden"):
        file.write_text(written(found), "utf-8")
        return
    changed = list(differences(json.loads(file.read_text("utf-8")), found))
    more = len(changed) - SHOWN
    tail = [f"and {more} more"] if more > 0 else []
    if changed:
        pytest.fail(f"{name}: {len(changed)} rows differ\n" + "\n".join(changed[:SHOWN] + tail))


def test_a_golden_file_reads_back_as_it_was_written():
    for name in ANALYSED:
        text = (GOLDEN / f"{name}.json").read_text("utf-8")
        assert written(json.loads(text)) == text


def test_differences_name_what_is_gone_new_and_changed():
    kept: Compact = {"events": {"a": 1, "b": 2}, "measures": {"x": [1.0, 3, None, True]}}
    found: Compact = {"events": {"b": 3, "c": 4}, "measures": {"x": [1.00001, 3, None, True]}}
    assert list(differences(kept, found)) == [
        "events: a: gone, was 1",
        "events: b: 2 -> 3",
        "events: c: new, is 4",
    ]
    flipped: Compact = {**kept, "measures": {"x": [1.0, 3, None, False]}}
    assert [line.split(":")[1].strip() for line in differences(kept, flipped)] == ["x"]
    assert list(differences({"m": {"x": [None]}}, {"m": {"x": [0.0]}}))


def test_a_voice_may_be_measured_a_hundredth_off_and_nothing_else_may():
    kept: Compact = {"measures": {"voice.level a": [-20.0, 9], "talk.share a": [0.5, 9]}}
    for named, moved, told in (
        ("voice.level a", [-20.2, 9], False),
        ("voice.level a", [-20.3, 9], True),
        ("voice.level a", [-20.0, 8], True),
        ("talk.share a", [0.501, 9], True),
    ):
        found: Compact = {"measures": {**kept["measures"], named: moved}}
        assert bool(list(differences(kept, found))) == told, (named, moved)

from dataclasses import replace
from itertools import combinations

import pytest
from markupsafe import escape

from diarize.messages import message
from prosody.analysis import Analysis
from prosody.catalogue import course, measure_all, table
from prosody.cues.voice import NOT_MEASURED
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.render import export as exporting
from prosody.render import html as page
from prosody.render import wording
from prosody.render.warmth import component_lines, rows, weigh
from prosody.report.codec import from_json, to_json
from prosody.report.model import Course
from prosody.rules.warmth import shipped_components
from prosody.settings import Settings
from prosody.store.corrections import Correction
from tests.prosody.conftest import replay
from tests.prosody.cues.test_warmth import CONVERSATION, FRAMES

CAVEAT = str(CAVEAT_NOTE)
COMPONENTS = shipped_components()
WEIGHED = [c.name for c in COMPONENTS if c.weight > 0]


def reported(base, settings):
    """A report whose course and measures are those of the made-up conversation."""
    from dataclasses import asdict

    return replace(
        base,
        settings=asdict(settings),
        measures=measure_all(Analysis(CONVERSATION, FRAMES, settings)),
        course=Course(90.0, 30.0, course(Analysis(CONVERSATION, FRAMES, settings))),
        recording=replace(base.recording, duration_s=CONVERSATION.duration),
    )


@pytest.fixture(scope="module")
def whole(report):
    return reported(report, Settings())


def section(text, name):
    """One section of a page."""
    return text.partition(f'<section id="{name}">')[2].partition("</section>")[0]


def named(report, cue):
    return next(s for s in report.course.series if s.cue == cue)


@pytest.mark.parametrize(
    "without", [*combinations(WEIGHED, 1), *list(combinations(WEIGHED, 2))[::5]]
)
def test_taking_a_component_out_of_the_report_equals_measuring_without_it(report, whole, without):
    settings = replace(Settings(), warmth=Settings().warmth.without(*without))
    measured = reported(report, settings)
    found = weigh(whole, without)
    for ours, cue in (
        (found.index, "warmth.index"),
        (found.axes["soft"], "warmth.soft"),
        (found.axes["melodic"], "warmth.melodic"),
    ):
        for a, b in zip(ours, named(measured, cue).value, strict=True):
            assert a == pytest.approx(b, abs=1e-9) if b is not None else a is None
    assert sum(found.share.values()) == pytest.approx(1)


def test_points_add_up_to_the_index_in_every_window(whole):
    found = weigh(whole, ("softness", "fit"))
    assert any(value is not None for value in found.index)
    for at, index in enumerate(found.index):
        points = [found.points[name][at] or 0.0 for name in found.points]
        assert index == pytest.approx(50 + sum(points), abs=1e-9)
        assert not found.points["softness"][at] and not found.points["fit"][at]


def test_a_whole_axis_may_be_left_out_and_the_other_stays(whole):
    melodic = [c.name for c in COMPONENTS if c.axis == "melodic"]
    found = weigh(whole, melodic)
    assert set(found.axes["melodic"]) == {None}
    assert found.axes["soft"] == pytest.approx(weigh(whole).axes["soft"])
    assert None not in found.index


def test_windows_of_few_turns_have_values_and_no_intervals(whole):
    line = named(whole, "warmth.index")
    assert None not in line.value
    assert (line.low, line.high) == ((), ())
    assert named(from_json(to_json(whole)), "warmth.index").low == ()


def test_what_is_left_out_is_recorded_and_can_be_counted_again(report, frames):
    def without(*names):
        return Correction("warmth", "sup-1", "2030-01-02", {"left_out": [*names]})

    less = replay(report, frames, [without("pace", "softness")])
    assert less.settings["warmth"]["left_out"] == ("softness", "slowness")
    assert less.settings_sha256 != report.settings_sha256
    assert {r.name for r in rows(less) if not r.counted} == {"slowness", "softness"}
    again = replay(report, frames, [without("pace", "softness"), without()])
    assert again.settings_sha256 == report.settings_sha256


def test_the_page_shows_both_axes_the_weights_and_what_weighs_nothing(whole, frames):
    part = section(page.html(whole, frames, session_id="s1"), "warmth")
    assert CAVEAT in part
    titles = [
        message("page.over_session", cue=wording.cue(cue))
        for cue in ("warmth.soft", "warmth.melodic", "warmth.index")
    ]
    assert sorted(titles, key=lambda title: part.index(str(title))) == titles
    for component in COMPONENTS:
        assert f"<td>{component.weight:.2f}</td>" in part
    reasons = [cue.unweighed for cue in table() if cue.unweighed]
    assert len(reasons) >= 4
    assert NOT_MEASURED
    for reason in (*reasons, str(message("page.needs_periods"))):
        assert escape(reason) in part


def test_activation_stands_apart_with_what_it_means_and_for_whom_it_cannot_be_said(whole, frames):
    text = page.html(whole, frames, session_id="s1")
    meaning = next(c.meaning for c in table() if c.name == "activation.rating")
    withheld = [m for m in whole.measures if m.cue == "activation.rating" and m.value is None]
    assert text.count(escape(meaning)) >= 2  # beside the course and in the table of measures
    assert withheld and all(escape(str(m.reason)) in section(text, "course") for m in withheld)


def test_every_table_that_leaves_carries_the_caveat_beside_the_proxy(whole, tmp_path):
    import pandas

    exporting.write(whole, tmp_path, tmp_path / "m.csv", table="measures")
    rows = pandas.read_csv(tmp_path / "m.csv", keep_default_na=False)
    proxy = rows["cue"].str.startswith("warmth.")
    assert proxy.any() and not proxy.all()
    assert set(rows["caveat"][proxy]) == {CAVEAT} and set(rows["caveat"][~proxy]) == {""}


def test_a_component_left_out_is_named_as_such(whole):
    lines = {line[0]: line[2] for line in component_lines(whole, ("slowness",))}
    assert lines["slowness"] == "left out" and lines["liveliness"] == "0.00"
    assert float(lines["softness"]) == pytest.approx(0.24 / 0.96, abs=0.01)

"""The warmth panel as Streamlit runs it: ticks change the page, a button keeps the choice."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.view import corrections
from diarize.messages import message
from prosody.catalogue import get
from prosody.cues.measure import Series
from prosody.render import warmth
from prosody.report.model import Course
from prosody.rules.warmth import shipped_components
from prosody.settings import Settings
from prosody.store.library import Library
from tests.conftest import PATIENCE_S
from tests.dashboard.pages.test_pages import FIELD, SESSION, components, run

STARTS = (0.0, 30.0)
COMPONENTS = shipped_components()
POINTS = {c.name: (2.0 * c.weight, -5.0 * c.weight) for c in COMPONENTS}


@pytest.fixture
def weighed(shelf: Any) -> Path:
    """A library whose session has a warmth course of two windows."""
    report = Library(shelf.folder).load("s-one")
    sums = tuple(50 + sum(points[at] for points in POINTS.values()) for at in (0, 1))
    rows = {"index": sums, "soft_hard": (60.0, 41.0), "melodic_flat": (52.0, 48.0)} | POINTS
    series = tuple(
        Series(f"warmth.{name}", "therapist", STARTS, values, values, values)
        for name, values in rows.items()
    )
    settings = asdict(Settings()) | {"units": report.settings["units"]}
    made = replace(report, settings=settings, course=Course(90.0, 30.0, series))
    shelf.add("s-one", made)
    return Path(shelf.folder)


def grid(page: AppTest, title: str) -> dict[str, Any]:
    return next(g for g in components(page, "plain_table") if g["title"].startswith(title))


def tick(page: AppTest, label: str) -> Any:
    return next(box for box in page.checkbox if box.label == label)


def test_every_weighed_component_can_be_unticked_and_the_rest_adds_up(weighed: Path) -> None:
    before = (weighed / "s-one" / "report.json").read_bytes()
    page = run(weighed, SESSION, id="s-one", part="findings")
    assert {box.label for box in page.checkbox} == {
        warmth.component(c.name) for c in COMPONENTS if c.weight > 0
    }
    tick(page, "softness").uncheck().run()
    assert not page.exception
    given = {c.name: c.weight for c in COMPONENTS}
    soft, lift = given["softness"], given["pitch_lift"]
    weights = {line["cells"][0]: line["cells"][2] for line in grid(page, "Weights")["lines"]}
    assert weights["softness"] == str(message("page.left_out"))
    assert float(weights["pitch lift"]) == pytest.approx(lift / (1 - soft), abs=0.005)
    windows = grid(page, "Points")
    assert "softness" not in windows["heads"]
    for line in windows["lines"]:
        index, points = float(line["cells"][3]), line["cells"][4:]
        total = sum(float(p.replace("−", "-")) for p in points)
        assert index == pytest.approx(50 + total, abs=0.06 * len(points))
    assert (weighed / "s-one" / "report.json").read_bytes() == before


def test_what_weighs_nothing_is_shown_with_its_reason(weighed: Path) -> None:
    page = run(weighed, SESSION, id="s-one", part="findings")
    lines = {line["cells"][0]: line["cells"] for line in grid(page, "Shown but not")["lines"]}
    hnr = get("voice.hnr")
    assert hnr is not None
    assert lines[hnr.label][2] == hnr.unweighed
    assert lines["Jitter"][1] == str(message("page.not_measured"))


def test_a_choice_is_kept_only_when_asked(weighed: Path) -> None:
    page = run(weighed, SESSION, id="s-one", part="findings")
    page.text_input(key=FIELD).set_value("sup-1").run()
    assert page.button(key="keep choice").disabled
    tick(page, warmth.component("fit")).uncheck().run()
    assert Library(weighed).corrections("s-one") == ()
    button = page.button(key="keep choice")
    assert not button.disabled
    button.click().run(timeout=PATIENCE_S)
    assert not page.exception
    assert Library(weighed).load("s-one").settings["warmth"]["left_out"] == ["fit"]
    assert [row.detail["left_out"] for row in Library(weighed).corrections("s-one")] == [["fit"]]


def test_what_is_left_out_is_kept_with_the_session(weighed: Path) -> None:
    def left_out() -> list[str]:
        return Library(weighed).load("s-one").settings["warmth"]["left_out"]

    corrections.correct(weighed, "s-one", without_warmth=("pace", "fit"), by="sup-1")
    assert left_out() == ["slowness", "fit"]  # an old name is understood
    corrections.correct(weighed, "s-one", without_warmth=("none",), by="sup-1")
    assert left_out() == []

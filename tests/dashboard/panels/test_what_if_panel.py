"""What if: figures move at once, nothing is written until a person gives it a name."""

from dataclasses import replace
from typing import Any

from dashboard.view import corrections, what_if
from dashboard.view.words import say
from prosody.store import what_if as trying
from prosody.store.library import Library
from tests.dashboard.pages.test_pages import SESSION, components, everything, run
from tests.said import refused


def files(shelf: Any) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (shelf.folder / "s-one").iterdir()}


def test_what_is_tried_moves_figures_and_writes_nothing(shelf: Any) -> None:
    library, before = Library(shelf.folder), files(shelf)
    now = trying.as_it_is(library, "s-one")
    base = trying.tried(library, "s-one", now)
    assert not what_if.moved(base, trying.tried(library, "s-one", now)).lines
    longer = trying.tried(library, "s-one", replace(now, pause_s=0.9))
    assert longer.settings["pacing"]["pause_s"] == 0.9
    rows = what_if.moved(base, longer).lines
    assert rows and all(line.cells[2] != line.cells[3] for line in rows)
    swapped = trying.tried(library, "s-one", replace(now, therapist="B"))
    share = [r.measure("talk.share", "therapist").value for r in (base, swapped)]
    assert share[1] != share[0]
    assert base.measure("talk.share", "client").value == share[1]
    out = trying.tried(library, "s-one", replace(now, left_out=("slowness",)))
    assert out.settings["warmth"]["left_out"] == ("slowness",)
    assert files(shelf) == before and library.corrections("s-one") == ()


def test_no_figure_moves_by_the_digits_that_a_kept_report_leaves_out(shelf: Any) -> None:
    library = Library(shelf.folder)
    corrections.correct(shelf.folder, "s-one", by="sup-1", swap_roles=True)  # measured and kept
    same = trying.tried(library, "s-one", trying.as_it_is(library, "s-one"))
    kept = library.load("s-one")
    assert kept.measures and not what_if.moved(kept, same).lines


def test_a_setting_is_kept_under_a_name_with_who_kept_it_and_goes_with_its_session(
    shelf: Any,
) -> None:
    library = Library(shelf.folder)
    what = replace(trying.as_it_is(library, "s-one"), hold_s=2.0, left_out=("slowness",))
    report = library.load("s-one")
    trying.keep(library, "s-one", " Longer  hold ", what, by="sup-1")
    with refused("what_if.no_name"):
        trying.keep(library, "s-one", "  ", what, by="sup-1")
    rows = trying.kept(library, "s-one")
    assert list(rows) == ["Longer hold"]
    assert (rows["Longer hold"].what, rows["Longer hold"].by) == (what, "sup-1")
    assert library.load("s-one").measures == report.measures
    trying.drop(library, "s-one", "Longer hold")
    assert trying.kept(library, "s-one") == {}
    assert trying.FILE in library.forget("s-one")


def test_on_the_page_a_slider_moves_figures_and_a_name_keeps_the_setting(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="findings")
    assert not page.select_slider
    page.toggle(key="what if s-one").set_value(True).run()
    assert say("what_if_as_it_is") in everything(page)
    page.select_slider(key="what if pause_s s-one 0").set_value(0.9).run()
    assert not page.exception
    assert say("what_moved") in [grid["title"] for grid in components(page, "plain_table")]
    assert trying.kept(Library(shelf.folder), "s-one") == {}
    page.text_input(key="what if name s-one 0").set_value("longer pauses").run()
    page.button(key="what if keep").click().run()
    assert say("code_first") in everything(page)
    page.session_state["code"] = "sup-1"
    page.button(key="what if keep").click().run()
    assert trying.kept(Library(shelf.folder), "s-one")["longer pauses"].what.pause_s == 0.9
    page.button(key="what if away").click().run()
    assert say("what_if_as_it_is") in everything(page)
    assert page.text_input(key="what if name s-one 1").value == ""
    page.button(key="what if use longer pauses").click().run()
    assert page.select_slider[0].value == 0.9 and not page.exception

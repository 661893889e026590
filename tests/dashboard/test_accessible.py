"""Every part and state against WCAG 2.2 AA, by axe, light and dark."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.pages import session_page
from prosody.report.model import ConsentFacts
from tests.conftest import ROOT
from tests.dashboard.browsing import PATIENCE_MS, served, visit

pytestmark = pytest.mark.browser

AXE = ROOT / "dashboard" / "client" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def problems(page: Any) -> list[tuple[str, str]]:
    """What axe finds against WCAG 2.2 AA on the page as it stands."""
    page.evaluate(AXE.read_text("utf-8") + ";0")
    found = page.evaluate(f"axe.run(document, {{runOnly: {TAGS}}})")["violations"]
    return [(one["id"], str(one["nodes"][0]["target"])) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_and_state_meets_the_accessibility_guidelines(
    shelf: Any, page: Any, scheme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: make client")
    ended = shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"))
    other = replace(ended.recording, sha256="cd" * 32)
    shelf.add("s-two", replace(ended, recording=other), audio=False)
    context = page.context.browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": 1280, "height": 720}
    )
    looked, found = context.new_page(), {}
    looked.set_default_timeout(PATIENCE_MS)
    with served(shelf.folder) as (port, _):
        visit(looked, port)
        looked.get_by_role("link", name="s-one").wait_for()
        found["library"] = problems(looked)
        visit(looked, port, "/session?id=s-two")
        looked.get_by_text("consent expired").wait_for()
        found["closed"] = problems(looked)
        for part in session_page.SECTIONS:
            visit(looked, port, f"/session?id=s-one&part={part}")
            looked.locator(".room.ready").wait_for()
            found[part] = problems(looked)
        visit(looked, port, "/session?id=s-one")
        looked.locator(".pickcard .go").first.click()
        looked.locator(".card h4").wait_for()
        found["card"] = problems(looked)
        looked.locator(".lines li").first.hover()
        looked.locator(".pen").first.click()
        found["form"] = problems(looked)
        looked.keyboard.press("Escape")
        looked.locator('[data-do="write"]').click()
        looked.locator(".noting").wait_for()
        found["note"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}

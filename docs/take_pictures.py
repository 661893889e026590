"""Take the pictures of the dashboard that the documentation shows.

``python docs/take_pictures.py LIBRARY SESSION [PAIR]`` opens a library (of ``make demo``, say) in
headless Chromium and writes docs/images/dashboard-*.png. Look at each before committing it.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from benchmarks.dashboard import browser, ready, served

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Write every picture."""
    library, session, pair = Path(sys.argv[1]), sys.argv[2], (sys.argv[3:] or [""])[0]
    _empty()
    with served(library) as address, browser(address, 1280, 860) as chromium:
        page = chromium.new_page()
        home = urljoin(address, "/").rstrip("/")
        page.goto(home)
        page.get_by_role("link", name=session, exact=True).wait_for()
        _take(page, "library")
        page.goto(f"{home}/session?id={session}")
        ready(page)
        _take(page, "session")
        page.get_by_role("tab", name="Behaviours").click()
        page.locator(".list .row").nth(3).click()
        page.keyboard.press("Space")
        _take(page, "card")
        page.keyboard.press("Escape")
        page.locator(".lines li").nth(2).hover()
        page.locator(".lines .pen").nth(2).click()
        _take(page, "correcting")
        page.goto(f"{home}/session?id={session}&part=findings")
        ready(page)
        page.locator(".matrix button.cell").first.wait_for()
        _take(page, "findings")
        page.goto(f"{home}/session?id={session}&part=supervision")
        page.locator(".agenda .item").nth(1).wait_for()
        _take(page, "agenda")
        page.goto(f"{home}/session?id={session}&part=trust")
        ready(page)
        _take(page, "trust")
        page.goto(f"{home}/session?id={session}&part=findings")
        page.get_by_text("Try another setting").click()
        page.get_by_text("Keep under this name").scroll_into_view_if_needed()
        _take(page, "what-if")
        page.goto(f"{home}/session?id=erased-meanwhile")
        page.get_by_text("cannot be opened").wait_for()
        _take(page, "closed")
        if pair:
            page.set_viewport_size({"width": 1280, "height": 1100})
            page.goto(f"{home}/over_time?of=pair&who={pair}")
            page.get_by_text("Check-ins and").wait_for()
            _take(page, "over-time")


def _empty() -> None:
    """Take the page of a library without sessions."""
    with (
        tempfile.TemporaryDirectory() as work,
        served(Path(work)) as address,
        browser(address, 1280, 860) as chromium,
    ):
        page = chromium.new_page()
        page.goto(urljoin(address, "/"))
        page.get_by_text("There are no sessions yet").wait_for()
        _take(page, "empty")


def _take(page: Any, name: str) -> None:
    page.wait_for_timeout(1500)
    page.screenshot(path=IMAGES / f"dashboard-{name}.png")


if __name__ == "__main__":
    main()

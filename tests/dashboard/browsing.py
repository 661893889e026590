"""A real browser over a served library, and what is waited for in it."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PATIENCE_S

BROWSER = next(
    (
        path
        for name in ("chromium", "google-chrome", "chromium-browser")
        if (path := shutil.which(name))
    ),
    None,
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
ROOT = Path(__file__).parents[2]
PATIENCE_MS = PATIENCE_S * 1000
# Streamlit asks for these and no page uses them: what is served here is served without.
SPARED = ("pyarrow", "pydeck", "altair")
_WITHOUT = (
    f"import runpy, sys; sys.modules.update(dict.fromkeys({SPARED})); "
    "runpy.run_module('dashboard', run_name='__main__', alter_sys=True)"
)
_STOPS = 60  # of the keyboard on a page, at most
_ADDRESSES: dict[int, str] = {}  # of servers, until somebody has come in
_COOKIES: dict[int, list[Any]] = {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(port: int, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _WITHOUT,
            "--library",
            str(folder),
            "--port",
            str(port),
            "--no-browser",
        ],
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        said = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:\d+/\S*\?key=[\w-]+", said)
        assert found is not None, process.communicate()[1]
        _ADDRESSES[port] = found[0]
        yield port, process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def visit(page: Any, port: int, path: str = "/") -> None:
    """Open a page of a served library, by the address that was printed where nobody has yet."""
    if address := _ADDRESSES.pop(port, None):
        page.goto(address)
        _COOKIES[port] = page.context.cookies()
    page.context.add_cookies(_COOKIES[port])
    if path != "/" or not address:
        page.goto(f"http://127.0.0.1:{port}{path}")


def written(page: Any) -> None:
    """Wait until the server has written the page to its end."""
    page.locator('[data-test-script-state="notRunning"]').wait_for(state="attached")


def drawn(page: Any) -> None:
    """Wait until what was pressed has been answered by the page itself, and is drawn."""
    page.evaluate("() => new Promise(then => requestAnimationFrame(() => setTimeout(then)))")


def tick(page: Any, label: str) -> None:
    """Tick a box; a click on one that is still moving into view can fall beside it."""
    box = page.get_by_role("checkbox", name=label)
    while not box.is_checked():
        page.get_by_text(label).click()
        page.wait_for_timeout(500)


def press(page: Any, button: Any, answer: Any) -> None:
    """Press a button until it is answered; a click while the page is drawn anew can be lost."""
    from playwright.sync_api import TimeoutError

    ends = time.monotonic() + PATIENCE_S
    while not answer.is_visible():
        assert time.monotonic() < ends
        with contextlib.suppress(TimeoutError):  # it may be gone before the answer is there
            button.click(timeout=2000)
        page.wait_for_timeout(2000)


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Begin a browser, or skip where this machine has none."""
    if BROWSER is None:
        pytest.skip("no browser on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        begun = play.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield begun
        begun.close()


@pytest.fixture
def page() -> Iterator[Any]:
    with browser() as begun:
        opened = begun.new_context(viewport={"width": 1360, "height": 1000}).new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened


def expects(where: Any) -> Any:
    """What is asserted of a place of a page, and waited for: no reading of it is the last."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    return expect(where)


def eventually(page: Any, looked: Callable[[], Any], wanted: Any) -> None:
    """Look, again and again, until that is there which is wanted."""
    ends = time.monotonic() + PATIENCE_S
    while (found := looked()) != wanted:
        assert time.monotonic() < ends, (found, wanted)
        page.wait_for_timeout(100)


def has_keyboard(where: Any) -> bool:
    """Whether a place of the page has the keyboard now."""
    return bool(where.evaluate("(node) => node.getRootNode().activeElement === node"))


def reached(page: Any, where: Any, key: str = "Tab") -> None:
    """Go to a place with one key alone."""
    for _ in range(_STOPS):
        if has_keyboard(where):
            return
        page.keyboard.press(key)
    raise AssertionError(where)


def sounding(page: Any) -> None:
    """Wait until the sound plays."""
    _heard(page, "!audio.paused")


def paused(page: Any) -> None:
    """Wait until the sound stands still."""
    _heard(page, "audio.paused")


def _heard(page: Any, how: str) -> None:
    sound = page.locator(".room audio").element_handle()
    page.wait_for_function(f"(audio) => {how}", arg=sound, timeout=PATIENCE_MS)


def at(page: Any) -> float:
    return float(page.locator(".room audio").evaluate("audio => audio.currentTime"))


def plays_from(page: Any, second: float) -> None:
    """The sound stands at or shortly after `second`, and moves on by itself."""
    page.wait_for_function(
        f"(audio) => !audio.paused && audio.currentTime > {second + 0.05}"
        f" && audio.currentTime < {second + 12}",
        arg=page.locator(".room audio").element_handle(),
        timeout=PATIENCE_MS,
    )


def corrected(page: Any) -> None:
    """Wait until the measures followed and the page shows it."""
    page.locator(".told", has_text="Corrected and").wait_for(timeout=PATIENCE_MS)
    expects(page.locator(".room.busy")).to_have_count(0)

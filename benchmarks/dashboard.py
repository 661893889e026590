"""How soon a long session can be listened to in the dashboard, in a headless browser.

``python -m benchmarks.dashboard [MINUTES] [--to docs/benchmarks/dashboard.md]`` analyses a session
of about so many minutes (the samples laid end to end, with their transcript), opens it in Chromium
and measures: seconds from the address to a page that can be used, seconds from a click to a moving
position, the longest task of the browser's main thread while sound plays, and seconds until a
correction shows and until its figures have followed, with the CPU seconds that the server takes for
it.

``python -m benchmarks.dashboard [MINUTES] --wire [--to docs/benchmarks/dashboard-wire.md]`` counts
bytes over the wire until the page can be used, which do not depend on what else a machine does:
what is sent of the session, as the page reads it; the page's own files, which a first visit loads,
and what is read of the sound; and all that goes through a relay in between, packed and with every
header. ``--library DIR`` keeps the session there for the next time.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from benchmarks.session import build
from benchmarks.shared.pages import dated, speed_s
from diarize.runtime.program import program
from prosody.options import Asked
from prosody.render.export import BROWSERS
from prosody.store.add import add_session

ID = "long"
ROUNDS = 5
PATIENCE_S = 120
FLAGS = ("--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")
LONG_TASKS = """
() => { window.tasks = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.tasks.push(one.duration);
  }).observe({ type: "longtask", buffered: false }); }
"""
PAGE = """# How soon a long session can be listened to

```
python -m benchmarks.dashboard {minutes:g} --to docs/benchmarks/dashboard.md
```

A session of {minutes:.0f} minutes (the samples laid end to end, with their transcript) in headless
Chromium on this machine; load average {load:.1f} on {cores} cores, on which ten million squares in
a plain Python loop take {speed:.1f} s. Medians of {rounds} tries, the greatest in brackets. Where
the load is above the number of cores, other programs were computing: seconds of the clock are upper
bounds then; CPU seconds depend on it far less. What is sent until then is counted
[on a page of its own](dashboard-wire.md).

{table}
"""
WIRE = """# What is sent until a long session can be listened to

```
python -m benchmarks.dashboard {minutes:g} --wire --to docs/benchmarks/dashboard-wire.md
```

A session of {minutes:.0f} minutes (the samples laid end to end, with their transcript) in headless
Chromium, until the page can be used ([how soon that is](dashboard.md)). On a first visit the
browser has no file of the page yet. Medians of {rounds} tries, the greatest in brackets; of a first
visit there is one.

{table}
"""


def main() -> None:
    """Print the table, or write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=55.0)
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    parser.add_argument("--library", type=Path, help="where the session is, or is to be kept")
    parser.add_argument("--wire", action="store_true", help="count what is sent, and nothing else")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        library = asked.library or Path(work) / "library"
        if not (library / ID).is_dir():
            recording = build(Path(work), asked.minutes * 60)
            given = Asked(transcript=recording.with_suffix(".vtt"), separator="builtin")
            add_session(recording, given, library, session_id=ID)
        with running(library) as (address, pid), browser(address) as chromium:
            page = urljoin(address, f"/session?id={ID}")
            rows = _sent(chromium, page) if asked.wire else _spent(chromium, page, pid)
            table = "\n".join(("| what | measured |", "|---|---|", *rows))
    print(table)
    if asked.to:
        load, cores = os.getloadavg()[0], os.cpu_count()
        facts = {"minutes": asked.minutes, "load": load, "cores": cores, "rounds": ROUNDS}
        facts["speed"] = 0.0 if asked.wire else speed_s()
        told = WIRE if asked.wire else PAGE
        asked.to.write_text(dated(told.format(table=table, **facts)), "utf-8")


def _sent(chromium: Any, address: str) -> Iterator[str]:
    opened = [_opening(chromium, address) for _ in range(ROUNDS + 1)]
    (_, _, first), *later = opened  # no file of the page is there before the first
    yield _row("of the session", [size / 1e6 for _, size, _ in later], "MB")
    yield _row("files and sound", [files / 1e6 for _, _, files in later], "MB")
    yield _row("files and sound, on a first visit", [first / 1e6], "MB")
    yield _row("everything, on a first visit", [_weight(chromium, address)], "MB")


def _spent(chromium: Any, address: str, pid: int) -> Iterator[str]:
    (first, _, _), *later = [_opening(chromium, address) for _ in range(ROUNDS + 1)]
    yield _row("until it can be used", [spent for spent, _, _ in later], "s")
    yield _row("until it can be used, on a first visit", [first], "s")
    page = chromium.new_page()
    page.goto(address)
    ready(page)
    page.evaluate(LONG_TASKS)
    lines = page.locator(".lines .row")
    picks = [lines.nth((i * 37) % lines.count()) for i in range(1, ROUNDS + 1)]
    yield _row("a click until the position moves", [_moving(page, pick) for pick in picks], "s")
    time.sleep(5)
    yield _row("longest task while playing", [max(page.evaluate("window.tasks"), default=0)], "ms")
    page.locator(".room audio").evaluate("audio => audio.pause()")  # the lines would move along
    found = zip(*(_correcting(page, i, pid) for i in range(ROUNDS)), strict=True)
    shown, followed, spent = map(list, found)
    yield _row("a correction until it shows", shown, "s")
    yield _row("a correction until its figures have followed", followed, "s")
    yield _row("of which the server works (CPU)", spent, "s")


def _row(what: str, values: list[float], unit: str) -> str:
    middle, most = statistics.median(values), max(values)
    return f"| {what} | {middle:.2f} {unit} ({most:.2f}) |"


def _opening(chromium: Any, address: str) -> tuple[float, int, int]:
    """Give the seconds until a page can be used, and bytes until then: by socket, and of files."""
    page = chromium.new_page()
    size, files = [0], [0]

    def count(frame: Any) -> None:
        size[0] += len(frame)

    def load(part: Any) -> None:
        files[0] += part["encodedDataLength"]

    page.on("websocket", lambda one: one.on("framereceived", count))
    watched = chromium.new_cdp_session(page)
    watched.send("Network.enable")
    watched.on("Network.dataReceived", load)
    start = time.perf_counter()
    page.goto(address)
    ready(page)
    spent = time.perf_counter() - start
    page.close()
    return spent, size[0], files[0]


def _weight(chromium: Any, address: str) -> float:
    """Give the megabytes that a browser is sent which has no file yet, counted on their way."""
    port = urlsplit(address).port or 0
    with relayed(port) as (door, sent):
        afresh = chromium.browser.new_context(storage_state=chromium.storage_state())
        page = afresh.new_page()
        page.goto(address.replace(f":{port}", f":{door}"))
        ready(page)
        weight = sum(sent)
        afresh.close()
    return weight / 1e6


@contextlib.contextmanager
def relayed(port: int) -> Iterator[tuple[int, list[int]]]:
    """Serve a port of this machine on another one; give that and the bytes of each answer."""
    sent: list[int] = []

    async def pipe(source: asyncio.StreamReader, to: asyncio.StreamWriter, counts: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while block := await source.read(1 << 16):
                if counts:
                    sent.append(len(block))
                to.write(block)
                await to.drain()
        to.close()

    async def between(asked: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(pipe(asked, asks, False), pipe(answers, told, True))

    async def ended() -> None:
        held = asyncio.all_tasks() - {asyncio.current_task()}
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.start_server(between, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result()
    try:
        yield server.sockets[0].getsockname()[1], sent
    finally:
        asyncio.run_coroutine_threadsafe(ended(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def ready(page: Any) -> None:
    """Wait until a session can be listened to."""
    page.locator(".room.ready").wait_for(timeout=1000 * PATIENCE_S)


def _moving(page: Any, row: Any) -> float:
    row.scroll_into_view_if_needed()
    start = time.perf_counter()
    row.click()
    page.wait_for_function(
        "(audio) => !audio.paused && !audio.seeking && audio.played.length > 0",
        arg=page.locator(".room audio").element_handle(),
        timeout=1000 * PATIENCE_S,
    )
    return time.perf_counter() - start


def _correcting(page: Any, number: int, pid: int) -> tuple[float, float, float]:
    """Give a turn to the other voice; the seconds until it shows, until all follows, and of CPU."""
    line = page.locator(".lines li").nth(20 + 2 * number)
    line.hover()
    line.locator(".pen").click()
    before = line.locator(".row").get_attribute("class")
    start, worked = time.perf_counter(), _cpu_s(pid)
    line.locator(".fix .acts button").first.click()
    if page.locator(".asking").is_visible():
        page.locator(".asking input").fill("benchmark")
        start = time.perf_counter()
        page.keyboard.press("Enter")
    _until(lambda: line.locator(".row").get_attribute("class") != before)
    shown = time.perf_counter() - start
    _until(lambda: page.locator(".room.busy").count() == 0)
    return shown, time.perf_counter() - start, _cpu_s(pid) - worked


def _cpu_s(pid: int) -> float:
    """Give the seconds that a process has worked so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)


@contextlib.contextmanager
def browser(address: str, width: int = 1440, height: int = 900) -> Iterator[Any]:
    """Start a headless Chromium that has come in by the address of a launch."""
    from playwright import sync_api

    with sync_api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=program(*BROWSERS), args=FLAGS)
        inside = started.new_context(viewport={"width": width, "height": height})
        inside.request.get(address)
        yield inside
        started.close()


@contextlib.contextmanager
def served(library: Path) -> Iterator[str]:
    """Serve a library, and give the address, which opens once."""
    with running(library) as (address, _):
        yield address


@contextlib.contextmanager
def running(library: Path) -> Iterator[tuple[str, int]]:
    """Serve a library, and give the address and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "dashboard", "--no-browser"]
    command += ["--library", str(library), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline() if process.stdout else ""
        time.sleep(3)  # its own preparations are no part of opening a session
        yield next(word for word in said.split() if word.startswith("http")), process.pid
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()

"""Take pictures of every page and state of the dashboard.

``python docs/take_pictures.py [LIBRARY SESSION] [--pair PAIR] [--to FOLDER] [--dark]`` opens a
library in headless Chromium and writes dashboard-*.png, by default into docs/images. Without a
library it makes one of the samples and pieces of them. Look at each before committing it.
"""

import argparse
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import soundfile
from PIL import Image

from benchmarks.dashboard import browser, ready, served
from benchmarks.session import SAMPLES, clock
from dashboard.view.words import say
from diarize.recording import consent
from prosody.options import Asked
from prosody.render import wording
from prosody.store.add import add_session

IMAGES = Path(__file__).parent / "images"
SIZE = (1280, 860)
_CORRECTED = 1  # of the lines: one with words
_PAIR = "p-01"
_PIECES = (  # session, sample, from and to which second, day, pair
    ("attentive", "attentive", 0, 220, "2026-09-07", _PAIR),
    ("half-way", "half_way", 0, 187, "2026-09-14", _PAIR),
    ("hurried", "hurried", 0, 128, "2026-09-21", _PAIR),
    ("s-04", "attentive", 20, 180, "2026-09-28", _PAIR),
    ("s-05", "half_way", 25, 186, "2026-10-05", _PAIR),
    ("s-06", "attentive", 60, 220, "2026-10-12", _PAIR),
    ("s-07", "attentive", 0, 150, "2026-10-08", "p-02"),
    ("s-08", "hurried", 10, 128, "2026-10-09", "p-03"),
)
_COLOURS = 128  # of a picture: enough for text and curves, at a third of the size


def make(library: Path, work: Path) -> None:
    """Analyse the samples, and pieces of them as further sessions, with their transcripts."""
    for session, stem, start, stop, day, pair in _PIECES:
        recording = _cut(work / f"{session}.flac", stem, start, stop)
        consent.grant(recording, by="c-01", scopes=consent.SCOPES)
        asked = Asked(transcript=recording.with_suffix(".vtt"), separator="builtin")
        ids = {"date": day, "dyad_id": pair, "therapist_id": "t-01"}
        add_session(recording, asked, library, session_id=session, ids=ids)


def _cut(to: Path, stem: str, start: float, stop: float) -> Path:
    """Write the seconds of a sample, and the turns that lie within them."""
    sound, rate = soundfile.read(SAMPLES / f"{stem}.flac", dtype="float32")
    soundfile.write(to, sound[int(start * rate) : int(stop * rate)], rate)
    turns = json.loads((SAMPLES / f"{stem}.json").read_text("utf-8"))["turns"]
    cues = [
        f"{clock(turn['start_s'] - start)} --> {clock(turn['end_s'] - start)}\n"
        f"<v {turn['role']}>{turn['text']}\n"
        for turn in turns
        if start <= turn["start_s"] and turn["end_s"] <= stop
    ]
    to.with_suffix(".vtt").write_text("\n".join(["WEBVTT\n", *cues]), "utf-8")
    return to


class Camera:
    """A page, the address of the dashboard, and where its pictures go."""

    def __init__(self, page: Any, home: str, to: Path) -> None:
        self.page, self.home, self.to = page, home, to

    def go(self, path: str, until: str = "") -> None:
        """Open a page, and wait until it shows something, or until the room is ready."""
        self.page.goto(self.home + path)
        if until:
            self.page.get_by_text(until).first.wait_for()
        else:
            ready(self.page)

    def take(self, name: str) -> None:
        """Write a picture of what the window shows."""
        self.page.wait_for_timeout(1500)
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        small = shot.quantize(_COLOURS, dither=Image.Dither.NONE)
        small.save(self.to / f"dashboard-{name}.png", optimize=True)


def library(camera: Camera, session: str) -> None:
    """The sessions, and the form of a new one."""
    camera.go("/", say("page_library"))
    camera.page.get_by_role("link", name=session, exact=True).wait_for()
    camera.take("library")
    camera.page.get_by_text(say("add_session"), exact=True).click()
    camera.page.get_by_text(say("add_consent")).click()
    camera.page.get_by_text(say("consent_until"), exact=True).wait_for()
    camera.page.mouse.wheel(0, 400)
    camera.take("adding")
    camera.go("/cohort", say("cohort_read"))
    camera.take("cohort")


def listening(camera: Camera, session: str) -> None:
    """What a session opens with, a card, and a turn being corrected."""
    page = camera.page
    camera.go(f"/session?id={session}")
    camera.take("session")
    page.get_by_role("tab", name="Behaviours").click()
    page.locator(".list .row", has_text=wording.behaviour("reflection")).nth(1).click()
    page.keyboard.press("Space")
    page.locator(".card .strips").evaluate("node => node.scrollIntoView({ block: 'center' })")
    camera.take("card")
    page.keyboard.press("Escape")
    line = page.locator(".lines li").nth(_CORRECTED)
    line.hover()
    line.locator(".pen").click()
    camera.take("correcting")


def reading(camera: Camera, session: str) -> None:
    """Findings, what if, and how far to trust them."""
    page = camera.page
    camera.go(f"/session?id={session}&part=findings")
    page.locator(".matrix button.cell").first.wait_for()
    camera.take("findings")
    page.get_by_text(say("what_if_try")).click()
    page.get_by_text(say("what_if_keep")).scroll_into_view_if_needed()
    camera.take("what-if")
    camera.go(f"/session?id={session}&part=trust")
    camera.take("trust")


def together(camera: Camera, session: str) -> None:
    """Supervision, a self-review, and coding."""
    page = camera.page
    camera.go(f"/session?id={session}&part=supervision")
    page.locator(".agenda .item").nth(1).wait_for()
    camera.take("agenda")
    camera.go(f"/review?id={session}")
    camera.take("review")
    camera.go(f"/coding?id={session}")
    page.get_by_placeholder(say("your_code")).fill("r-1")
    page.keyboard.press("Enter")
    page.locator(".coding h4").wait_for()
    page.locator(".coding").evaluate("node => node.scrollIntoView({ block: 'center' })")
    camera.take("coding")


def closed(camera: Camera, _: str) -> None:
    """A session that is not there."""
    camera.go("/session?id=erased-meanwhile", "cannot be opened")
    camera.take("closed")


def over_time(camera: Camera, pair: str) -> None:
    """Sessions of one pair."""
    camera.page.set_viewport_size({"width": SIZE[0], "height": 1100})
    camera.go(f"/over_time?of=pair&who={pair}", say("check_ins"))
    # The words of the page are there before what is drawn.
    camera.page.locator("figure svg").first.wait_for()
    camera.page.locator("figure:not(:has(svg))").first.wait_for(state="detached")
    camera.take("over-time")


def empty(camera: Camera, _: str) -> None:
    """A library without sessions."""
    camera.go("/", "There are no sessions yet")
    camera.take("empty")


@contextmanager
def _opened(folder: Path, to: Path, *, dark: bool) -> Iterator[Camera]:
    with served(folder) as address, browser(address, *SIZE) as chromium:
        page = chromium.new_page()
        page.emulate_media(color_scheme="dark" if dark else "light")
        yield Camera(page, urljoin(address, "/").rstrip("/"), to)


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("session", nargs="?", default=_PIECES[0][0])
    parser.add_argument("--pair")
    parser.add_argument("--to", type=Path, default=IMAGES)
    parser.add_argument("--dark", action="store_true")
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        made = Path(work) / "library"
        if asked.library is None:
            make(made, Path(work))
        with _opened(asked.library or made, asked.to, dark=asked.dark) as camera:
            for step in (library, listening, reading, together, closed):
                step(camera, asked.session)
            if pair := asked.pair or (None if asked.library else _PAIR):
                over_time(camera, pair)
        with _opened(Path(work) / "none", asked.to, dark=asked.dark) as camera:
            empty(camera, "")


if __name__ == "__main__":
    main()

"""Fonts of the pages: the machine's for text, a small one for icons."""

import io
import re
from pathlib import Path

import streamlit
from fontTools.ttLib import TTFont
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from dashboard import serving
from dashboard.door import Door

HOME = "http://127.0.0.1"
DOOR = Door()
STREAMLIT = Path(streamlit.__file__).parent / "static"
NAMED = re.compile(r":material/(\w+):")
NOWHERE = {"star_filled"}  # named by the framework's scripts, and in no font of theirs either


def framework() -> TestClient:
    """Serve the framework's real page and files behind the guard."""
    routes = [
        Route("/", lambda request: HTMLResponse((STREAMLIT / "index.html").read_text("utf-8"))),
        Mount("/static", StaticFiles(directory=STREAMLIT / "static")),
    ]
    made = TestClient(Starlette(routes=routes, middleware=serving.guard(DOOR)), base_url=HOME)
    made.get(DOOR.address(""))
    return made


def test_a_first_visit_asks_for_no_font_of_text_and_for_the_small_one_of_icons() -> None:
    made = framework()
    page = made.get("/").text
    assert 'as="font"' not in page
    sheets = re.findall(r'href="\.(/static/css/[^"]+)"', page)
    assert sheets
    for sheet in sheets:
        faces = re.findall(r"@font-face\{[^}]*\}", made.get(sheet).text)
        assert faces and not [face for face in faces if "Source Sans" in face]
    (icons,) = STREAMLIT.glob("static/media/MaterialSymbols-*")
    cut = made.get(f"/static/media/{icons.name}").content
    assert len(cut) < icons.stat().st_size / 10


def test_every_icon_that_a_page_can_show_is_in_the_small_font() -> None:
    (icons,) = STREAMLIT.glob("static/media/MaterialSymbols-*")
    cut = framework().get(f"/static/media/{icons.name}").content
    font = TTFont(io.BytesIO(cut))
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    drawn = {
        "".join(letters[glyph] for glyph in (first, *word.Component))
        for lookup in font["GSUB"].table.LookupList.Lookup
        for part in lookup.SubTable
        for first, words in getattr(part, "ExtSubTable", part).ligatures.items()
        for word in words
    }
    own = Path(serving.__file__).parent.rglob("*.py")
    texts = [*(STREAMLIT / "static" / "js").glob("*.js"), *own]
    named = {name for text in texts for name in NAMED.findall(text.read_text("utf-8"))}
    assert {"keyboard_arrow_right", "arrow_forward"} <= named <= drawn | NOWHERE
    assert not NOWHERE & drawn

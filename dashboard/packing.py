"""How the framework's own files are sent: packed, in the page's language, and no font in vain.

Conventions
-----------
A first visit loads what is sent here before anything can be clicked. Text is in a font that the
machine has, so none is sent for it; the framework's font of icons is cut down to the icons that it
and these pages name (`.ci/icons.py`), a thirtieth of its size. No file of the framework is changed.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse

from diarize.messages import spoken

__all__ = ["FONT", "light", "packed"]

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', "
    "'Helvetica Neue', Arial"
)
_FILES = "/static/"  # of the framework, the same for everybody
_ICONS = _FILES + "media/MaterialSymbols-"
_CUT = Path(__file__).parent / "static" / "icons.woff"
# On any page but the first its scripts would ask below that page where the server is, and be told
# 404 twice before they ask at the root.
_HEAD = b"<head>"
_ROOT = b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin}</script>"
_IN_ADVANCE = re.compile(rb'<link\s+rel="preload"[^>]*\bas="font"[^>]*>')
# Its first words would load its own font, before the theme says that another is meant.
_FACE = re.compile(rb"@font-face\{font-family:Source Sans;[^}]*\}")

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Any]


def packed(app: App) -> App:
    """Pack the framework's own files, a third of their size then; nothing of a session."""
    zipped = GZipMiddleware(app, minimum_size=1024, compresslevel=9)

    async def chosen(scope: Scope, receive: Any, send: Any) -> None:
        own = scope["type"] == "http" and scope["path"].startswith(_FILES)
        await (zipped if own else app)(scope, receive, send)

    return chosen


def light(app: App) -> App:
    """Send the small font of icons, and pages in their language that ask for no font of text."""

    async def lightened(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"].startswith(_ICONS):
            day = {"cache-control": "max-age=86400"}
            await FileResponse(_CUT, headers=day, media_type="font/woff")(scope, receive, send)
        else:
            plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            await app({**scope, "headers": plain}, receive, _Lighter(send))

    return lightened


class _Lighter:
    """Sends an answer on; a page or a style sheet all at once and as it is to be."""

    def __init__(self, send: Any) -> None:
        self._send, self._body = send, b""
        self._start: MutableMapping[str, Any] | None = None

    async def __call__(self, part: MutableMapping[str, Any]) -> None:
        if part["type"] == "http.response.start" and _is_text(part):
            self._start = part
        elif self._start is None:
            await self._send(part)
        else:
            self._body += part.get("body", b"")
            if not part.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: MutableMapping[str, Any]) -> None:
        body = self._body.replace(b'<html lang="en"', f'<html lang="{spoken()}"'.encode(), 1)
        body = _FACE.sub(b"", _IN_ADVANCE.sub(b"", body)).replace(_HEAD, _HEAD + _ROOT, 1)
        kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": body})


def _is_text(start: MutableMapping[str, Any]) -> bool:
    sort = next((v for k, v in start["headers"] if k.lower() == b"content-type"), b"")
    return bytes(sort).startswith((b"text/html", b"text/css"))

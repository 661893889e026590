"""What the web server adds around the pages: a guard at the door and a route for audio.

Conventions
-----------
The server speaks to this machine alone. A request that names another host is answered 400, one
that another site's page sent 403, and one without the cookie of `dashboard.door` as well. Audio is
served in ranges behind a signed, expiring session
id, because routes like this one stand outside any login; the consent is looked at again at
every request, and while a download runs.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlparse

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from dashboard import packing
from dashboard.door import KEY, Door, may_connect
from dashboard.view import opened
from dashboard.view.words import for_the_page, say
from dashboard.watched import Watched
from diarize.errors import Refused
from prosody.store import agenda, written
from prosody.store.library import Library
from prosody.store.sound import Sound

__all__ = [
    "AGENDA_PATH",
    "AUDIO_PATH",
    "HOSTS",
    "TOKEN_S",
    "agenda_route",
    "audio_route",
    "guard",
    "sound_of",
    "token",
]

AUDIO_PATH = "/session-audio/"
AGENDA_PATH = "/session-agenda/"
HOSTS = ("127.0.0.1", "localhost")
_HEALTH = "/_stcore/health"  # says "ok" and nothing else
_CLOSED = ("/_stcore/metrics", "/_stcore/upload_file")  # Streamlit's own; no page uploads anything
_PREPARED = "/media/"  # what a page holds ready for its reader, such as a pack to share
TOKEN_S = 8 * 3600  # a working day: a page left open over lunch still plays

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Any]

# Streamlit's front end compiles its widgets and loads components from blobs, hence the two
# unsafe words; what matters here is that no address but this server's can be reached.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; media-src 'self' blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def token(session_id: str, key: str) -> str:
    """Sign a session id for the audio route; the signature ends after `TOKEN_S` seconds."""
    return _signer(key).dumps(session_id)


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="session-audio")


def audio_route(folder: Path, key: str, door: Door, *, max_age_s: int = TOKEN_S) -> Route:
    """Make the route that serves a session's audio, in ranges, to who holds a signed id.

    It ends with the sitting.

    Parameters
    ----------
    folder : Path
        The library.
    key : str
        What ids are signed with; a new one each time the server starts.
    door : Door
        Says whether a page is open.
    max_age_s : int
        Seconds a signed id is good for.
    """

    def audio(request: Request) -> Response:
        try:
            session_id = _signer(key).loads(request.path_params["token"], max_age=max_age_s)
        except BadData:
            return PlainTextResponse(say("address_expired"), 403)
        if not door.occupied:
            return PlainTextResponse(say("address_expired"), 403)
        found = _playable(folder, session_id)
        try:
            length = found.length if found else 0
        except (OSError, ValueError):
            found = None
        if found is None:
            return PlainTextResponse(say("no_audio"), 403)
        start, stop = _range(request.headers.get("range", ""), length)
        if start >= stop:
            return Response(status_code=416, headers={"content-range": f"bytes */{length}"})
        headers = {"cache-control": "no-store", "accept-ranges": "bytes"}
        headers["content-length"] = str(stop - start)
        part = request.headers.get("range") is not None
        if part:
            headers["content-range"] = f"bytes {start}-{stop - 1}/{length}"
        nothing = request.method == "HEAD"
        body = iter(()) if nothing else sound_of(folder, session_id, (start, stop))
        may = partial(_may_go_on, folder, session_id, door)
        return Watched(body, may, 206 if part else 200, headers, media_type="audio/flac")

    return Route(AUDIO_PATH + "{token}", audio, methods=["GET", "HEAD"])


def _playable(folder: Path, session_id: str) -> Sound | None:
    """Give a session's sound, if its consent covers playing it back now."""
    library = Library(folder)
    try:
        allowed = opened.silent_because(library.consent(session_id)) is None
        return library.sound(session_id) if allowed else None
    except Refused:
        return None


def _may_go_on(folder: Path, session_id: str, door: Door) -> bool:
    return door.occupied and _playable(folder, session_id) is not None


def sound_of(folder: Path, session_id: str, span: tuple[int, int]) -> Iterator[bytes]:
    """Give sound block by block, if it may be played back."""
    sound = _playable(folder, session_id)
    yield from sound.ranges(*span) if sound else ()


def _range(asked: str, length: int) -> tuple[int, int]:
    """Read which bytes are asked for; all of them where nothing that can be read is said."""
    found = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", asked.strip())
    if found is None or not any(found.groups()):
        return 0, length
    first, last = found.groups()
    if not first:  # the last so many
        return length - _place(last, length), length
    stop = min(length, _place(last, length) + 1) if last else length
    return _place(first, length), stop


def _place(digits: str, length: int) -> int:
    """Read a place in a file of some length; one beyond its end is its end."""
    told = digits.lstrip("0") or "0"  # of a number of any length: `int` reads 4,300 digits
    return length if len(told) > len(str(length)) else min(length, int(told))


def agenda_route(folder: Path, key: str, *, max_age_s: int = TOKEN_S) -> Route:
    """Make the route that serves a session's agenda as a page to print, to who holds a signed id.

    Parameters are those of `audio_route`.
    """

    def printed(request: Request) -> Response:
        try:
            session_id = _signer(key).loads(request.path_params["token"], max_age=max_age_s)
            report = opened.report(folder, session_id)
            items = agenda.of(folder, session_id, report)
            beside = written.read(Library(folder), session_id, written.COMMENTS)
            page = agenda.page(items, report, session_id=session_id, beside=beside)
        except BadData:
            return PlainTextResponse(say("address_expired"), 403)
        except Refused as problem:
            return PlainTextResponse(str(for_the_page(problem.message)), 403)
        return HTMLResponse(page, headers={"cache-control": "no-store"})

    return Route(AGENDA_PATH + "{token}", printed, methods=["GET"])


def guard(door: Door) -> list[Middleware]:
    """Middleware that keeps other hosts, sites and people out and pages from calling out."""
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
        Middleware(_same_site),
        Middleware(_known, door=door),
        Middleware(packing.packed),
        Middleware(packing.light),
    ]


def _known(app: App, door: Door) -> App:
    """Let in who has the cookie, and give it to who has a key."""

    async def checked(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] == _HEALTH:
            await app(scope, receive, send)
            return
        known = door.knows(_headers(scope))
        answer: Response | None = None
        if not may_connect(scope.get("client"), scope.get("server")):
            answer = PlainTextResponse(say("not_from_here"), 403)
        elif scope["type"] == "http" and (key := dict(_query(scope)).get(KEY)) is not None:
            answer = _let_in(scope, door) if _opens(scope, door, key) or known else _shut()
        elif not known or (scope["path"].startswith(_PREPARED) and not door.occupied):
            answer = _shut()
        if answer is not None:
            await answer(scope, receive, send)
        elif scope["type"] == "websocket":
            with door.sitting():
                await app(scope, receive, send)
        else:
            await app(scope, receive, send)

    return checked


def _opens(scope: Scope, door: Door, key: str) -> bool:
    """Whether a request opens with a key; what only looks ahead must not use it up."""
    headers = _headers(scope)
    ahead = "prefetch" in headers.get("sec-purpose", "") + headers.get("purpose", "")
    return scope["method"] == "GET" and not ahead and door.opens(key)


def _shut() -> Response:
    return PlainTextResponse(say("not_let_in"), 403)


def _let_in(scope: Scope, door: Door) -> Response:
    """Give the cookie, and send on to the same page without the key in its address."""
    rest = urlencode([(name, value) for name, value in _query(scope) if name != KEY])
    to = scope["path"] + (f"?{rest}" if rest else "")
    headers = {"set-cookie": door.cookie, "cache-control": "no-store"}
    return RedirectResponse("/" + to.lstrip("/"), 303, headers)


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _same_site(app: App) -> App:
    async def checked(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await app(scope, receive, send)
            return
        if _foreign(scope) or scope["path"].startswith(_CLOSED):
            # Streamlit itself would look up this machine's outside address for such an origin.
            await PlainTextResponse(say("not_from_here"), 403)(scope, receive, send)
            return
        await app(scope, receive, _with_headers(send))

    return checked


def _foreign(scope: Scope) -> bool:
    headers = _headers(scope)
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    if any(urlparse(origin).netloc != headers.get("host") for origin in said):
        return True
    # "same-site" is another port of this machine: a browser sends it this one's cookie as well.
    elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return elsewhere and headers.get("sec-fetch-mode") != "navigate"


def _with_headers(send: Any) -> Any:
    extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return sending

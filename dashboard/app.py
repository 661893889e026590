"""Start the dashboard: one server on this machine, for this machine.

Conventions
-----------
Bound to 127.0.0.1 and nothing else, behind a key that is in the address; no usage statistics, no
file uploads, no error details in the browser. The pages find the library and the signing key among
the app's secrets.
"""

import contextlib
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from dashboard import packing
from dashboard.door import Door
from dashboard.view import later
from dashboard.view.words import say
from diarize.errors import Refused
from diarize.runtime.atomic import real
from prosody.store import amend

__all__ = ["DEFAULT_PORT", "build", "launch"]

DEFAULT_PORT = 8630
_TRIES = 20
# What a system has taken in reaches whoever asked, also after a withdrawal; left to itself it takes
# in minutes of sound.
_AHEAD_BYTES = 1 << 16
_SHELL = Path(__file__).parent / "pages" / "shell.py"
_CONFIG: dict[str, Any] = {
    "server.address": "127.0.0.1",
    "server.headless": True,
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.maxUploadSize": 1,
    "server.showEmailPrompt": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorLinks": False,
    "client.showErrorDetails": "none",
    "client.disableDataExport": True,
    "client.allowedOrigins": ["http://127.0.0.1"],
    "server.enableWebsocketCompression": True,
    "theme.font": packing.FONT,
    "theme.light.primaryColor": "#0079BD",
    "theme.dark.primaryColor": "#56B4E9",
    "logger.hideWelcomeMessage": True,
    "logger.level": "error",
}


def build(folder: Path, door: Door, *, key: str | None = None, lifespan: Any = None) -> Any:
    """Build the ASGI app: Streamlit's pages, the audio route, and the guard before both.

    Parameters
    ----------
    folder : Path
        The library.
    door : Door
        Who may come in.
    key : str or None
        What audio addresses are signed with; None makes a new one.
    lifespan : callable or None
        An async context manager around the server's life.
    """
    from streamlit import config
    from streamlit.starlette import App

    from dashboard import serving

    # Settings and secrets that lie about in a home or in a folder of recordings could load fonts
    # from elsewhere, move addresses and open doors.
    config.get_config_files = lambda file_name: []

    key = key or secrets.token_urlsafe(32)
    return App(
        _SHELL,
        secrets={"library": str(real(folder)), "signing_key": key},
        routes=[
            serving.audio_route(real(folder), key, door),
            serving.agenda_route(real(folder), key),
        ],
        middleware=serving.guard(door),
        lifespan=lifespan,
    )


def launch(folder: Path, *, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the dashboard over a library until interrupted.

    Parameters
    ----------
    folder : Path
        The library.
    port : int or None
        None takes the first free one from `DEFAULT_PORT` on.
    open_browser : bool
        Whether to open the address in the user's browser.

    Raises
    ------
    Refused
        If the port is taken, or none is free.
    KeyboardInterrupt
        When interrupted.
    """
    chosen = _free_port(port)
    home, door = f"http://127.0.0.1:{chosen}", Door(chosen)
    from streamlit.web.server.starlette import starlette_server as serving

    if bind := getattr(serving, "_bind_socket", None):  # its own: another version may have none
        serving._bind_socket = _little_ahead(bind)

    @contextlib.asynccontextmanager
    async def announced(_: Any) -> AsyncIterator[None]:
        sys.stdout.write(say("started", address=door.address(home)) + "\n")
        sys.stdout.flush()
        if open_browser:
            threading.Timer(0.5, webbrowser.open, [door.address(home)]).start()
        threading.Thread(target=amend.ready, daemon=True).start()
        yield
        later.finish()

    build(folder, door, lifespan=announced).run(config={**_CONFIG, "server.port": chosen})


def _little_ahead(bind: Callable[..., socket.socket]) -> Callable[..., socket.socket]:
    """Let a server's connections take in little that nobody has asked to read yet."""

    def bound(*given: Any) -> socket.socket:
        made = bind(*given)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _AHEAD_BYTES)
        return made

    return bound


def _free_port(wanted: int | None) -> int:
    for port in (wanted,) if wanted else range(DEFAULT_PORT, DEFAULT_PORT + _TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return port
    if wanted:
        raise Refused("dashboard.port_taken", port=wanted)
    raise Refused("dashboard.ports_taken", first=DEFAULT_PORT, last=DEFAULT_PORT + _TRIES - 1)

"""A download: it ends with the consent and with the sitting, however slowly it is taken."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import serving
from dashboard.door import Door
from tests.consents import withdrawn

KEY = "a key for tests only"


def begun(door: Door, folder: Path) -> "tuple[asyncio.Task[None], list[bytes]]":
    """Ask for a session's sound, and take no more than its first block."""
    path, got = serving.AUDIO_PATH + serving.token("s-one", KEY), list[bytes]()
    scope = {
        "type": "http",
        "path": path,
        "method": "GET",
        "headers": [],
        "query_string": b"",
        "path_params": {"token": path.removeprefix(serving.AUDIO_PATH)},
        "asgi": {"spec_version": "2.4"},
    }

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("body"):
            got.append(message["body"])
            await asyncio.Event().wait()

    route = serving.audio_route(folder, KEY, door)
    return asyncio.create_task(route.handle(scope, receive, send)), got


@pytest.mark.parametrize("ends", ["withdrawal", "sitting"])
def test_a_download_ends_though_nobody_takes_it(
    shelf: Any, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr("dashboard.watched._ASKED_AGAIN_S", 0.02)
    door, clock = Door(), iter(range(10**6))

    async def download() -> None:
        with door.sitting():
            sending, got = begun(door, shelf.folder)
            while not got:
                await asyncio.sleep(0.01)
            assert not (await asyncio.wait({sending}, timeout=0.1))[0]
            if ends == "withdrawal":
                withdrawn(shelf.report().recording.sha256)
                await sending
        later = lambda: 1e9 + next(clock)  # noqa: E731
        monkeypatch.setattr("dashboard.door.time", SimpleNamespace(monotonic=later))
        await sending

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(asyncio.wait_for(download(), 20))

"""A download: it ends with the consent and with the sitting, however slowly it is taken."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import serving
from dashboard.door import Door
from prosody.store.encrypting import encrypt
from prosody.store.library import Library
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


@pytest.fixture(params=["plain", "sealed"])
def kept(request: Any, shelf: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library with a session, as it is and encrypted."""
    if request.param == "sealed":
        secret = tmp_path / "passphrase"
        secret.write_text("correct horse\n")
        monkeypatch.setenv("PROSODY_PASSPHRASE_FILE", str(secret))
        assert encrypt(Library(shelf.folder)) == 1
    return shelf


@pytest.mark.parametrize("ends", ["withdrawal", "erasing", "sitting"])
def test_a_download_ends_though_nobody_takes_it(
    kept: Any, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    shelf = kept
    monkeypatch.setattr("dashboard.watched._ASKED_AGAIN_S", 0.02)
    door, clock = Door(), iter(range(10**6))

    async def download() -> None:
        with door.sitting():
            sending, got = begun(door, shelf.folder)
            while not got:
                await asyncio.sleep(0.01)
            assert not (await asyncio.wait({sending}, timeout=0.1))[0]
            if ends != "sitting":
                withdrawn(shelf.report().recording.sha256)
                if ends == "erasing":  # the key and the file go while they are being read
                    with Library(shelf.folder).locked():
                        pass
                    assert not list(shelf.folder.rglob("audio*"))
                await sending
        later = lambda: 1e9 + next(clock)  # noqa: E731
        monkeypatch.setattr("dashboard.door.time", SimpleNamespace(monotonic=later))
        await sending

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(asyncio.wait_for(download(), 20))

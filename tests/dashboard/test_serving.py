"""The door: who may fetch a session's sound, from where, and for how long."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboard import serving
from dashboard.door import CONNECTIONS, GRACE_S, Door, may_connect
from dashboard.door import KEY as IN_THE_ADDRESS
from diarize.messages import VARIABLE
from prosody.report.model import ConsentFacts
from prosody.store.library import Library
from tests.consents import told

HOME = "http://127.0.0.1"
KEY = "a key for tests only"
DOOR = Door()
SCRIPT = "words of a script " * 200


def client(folder: Path, door: Door = DOOR, **options: int) -> TestClient:
    routes = [
        serving.audio_route(folder, KEY, door, **options),
        Route("/_stcore/metrics", lambda request: PlainTextResponse("memory")),
        Route("/", lambda request: PlainTextResponse("page")),
        Route("/static/js/a.js", lambda request: PlainTextResponse(SCRIPT)),
    ]
    made = TestClient(Starlette(routes=routes, middleware=serving.guard(door)), base_url=HOME)
    made.get(door.address(""))
    return made


@pytest.fixture(autouse=True)
def somebody_sits_here() -> Iterator[None]:
    with DOOR.sitting():
        yield


def address(session_id: str = "s-one", key: str = KEY) -> str:
    return serving.AUDIO_PATH + serving.token(session_id, key)


def test_audio_is_the_file_kept(shelf: Any) -> None:
    answer = client(shelf.folder).get(address())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/flac"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == shelf.audio.read_bytes()


def test_a_range_is_that_part_of_the_file(shelf: Any) -> None:
    answer = client(shelf.folder).get(address(), headers={"range": "bytes=1000-1999"})
    whole = shelf.audio.read_bytes()
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes 1000-1999/{len(whole)}"
    assert answer.content == whole[1000:2000]


def test_a_range_past_the_end_is_refused(shelf: Any) -> None:
    answer = client(shelf.folder).get(address(), headers={"range": "bytes=999999999-"})
    assert answer.status_code == 416


@pytest.mark.parametrize("token", ["s-one", "nonsense", "..%2F..%2Fetc%2Fpasswd"])
def test_an_unsigned_id_is_refused(shelf: Any, token: str) -> None:
    assert client(shelf.folder).get(serving.AUDIO_PATH + token).status_code in {403, 404}


def test_another_servers_signature_is_refused(shelf: Any) -> None:
    assert client(shelf.folder).get(address(key="another key")).status_code == 403


def test_a_changed_id_is_refused(shelf: Any) -> None:
    shelf.add("s-two", shelf.report())
    head, _, tail = serving.token("s-one", KEY).partition(".")
    other = serving.token("s-two", KEY).partition(".")[0]
    assert head != other
    assert client(shelf.folder).get(f"{serving.AUDIO_PATH}{other}.{tail}").status_code == 403


def test_a_signature_ends(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = address()
    now = TimestampSigner.get_timestamp
    assert client(shelf.folder).get(signed).status_code == 200
    late = lambda self: now(self) + serving.TOKEN_S + 1  # noqa: E731
    monkeypatch.setattr(TimestampSigner, "get_timestamp", late)
    assert client(shelf.folder).get(signed).status_code == 403


def test_consent_without_play_back_gives_no_sound(shelf: Any) -> None:
    told(shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2999-01-01")))
    assert client(shelf.folder).get(address()).status_code == 403
    assert not (shelf.folder / "s-one" / "audio.flac").exists()


def test_expired_consent_gives_no_sound(shelf: Any) -> None:
    assert client(shelf.folder).get(address()).status_code == 200
    ended = (date.today() - timedelta(days=1)).isoformat()
    scopes = ("analyse", "keep_words", "play_back")
    told(shelf.report(consent=ConsentFacts(scopes, ended)))
    assert client(shelf.folder).get(address()).status_code == 403


def test_consent_narrowed_while_the_server_runs_holds_at_once(shelf: Any) -> None:
    page = client(shelf.folder)
    assert page.get(address()).status_code == 200
    told(shelf.report(consent=ConsentFacts(("analyse",), "2999-01-01")))
    assert page.get(address()).status_code == 403


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        (f"bytes={'0' * 5000}7-{'9' * 5000}", 7, None),
        (f"bytes=-{'9' * 5000}", None, None),
    ],
    ids=["from 0", "from 100", "the last 50", "digits without end", "the last of them all"],
)
def test_a_range_is_what_was_asked_for(
    shelf: Any, asked: str, start: int | None, stop: int | None
) -> None:
    page = client(shelf.folder)
    whole = page.get(address()).content
    answer = page.get(address(), headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, whole[start:stop])
    assert answer.headers["content-range"].endswith(f"/{len(whole)}")
    for beyond in (str(len(whole)), "9" * 5000):
        past = page.get(address(), headers={"range": f"bytes={beyond}-"})
        assert past.status_code == 416


def test_a_forgotten_session_is_gone_at_once(shelf: Any) -> None:
    page = client(shelf.folder)
    assert page.get(address()).status_code == 200
    Library(shelf.folder).forget("s-one")
    assert page.get(address()).status_code == 403


def test_a_bleeped_copy_is_served_under_the_same_address(shelf: Any) -> None:
    page = client(shelf.folder)
    before = page.get(address()).content
    bleeped = bytearray(before)
    bleeped[len(bleeped) // 2] ^= 0xFF
    (shelf.folder / "s-one" / "audio.flac").write_bytes(bleeped)
    assert page.get(address()).content == bytes(bleeped)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.4:8630"])
def test_another_host_is_turned_away(shelf: Any, host: str) -> None:
    for path in ("/", address()):
        assert client(shelf.folder).get(path, headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},  # another port
    ],
)
def test_another_sites_page_is_turned_away(shelf: Any, headers: dict[str, str]) -> None:
    assert client(shelf.folder).get(address(), headers=headers).status_code == 403


def test_another_sites_socket_is_turned_away_before_streamlit_sees_it(shelf: Any) -> None:
    reached = []

    async def app(scope: Any, receive: object, send: object) -> None:
        reached.append(scope["path"])

    behind = Starlette(routes=[Mount("/", app)], middleware=serving.guard(DOOR))
    page = TestClient(behind, base_url=HOME)
    with (
        pytest.raises(WebSocketDisconnect),
        page.websocket_connect("/_stcore/stream", headers={"origin": "https://evil.example"}),
    ):
        pass
    assert reached == []


def test_the_metrics_address_is_closed(shelf: Any) -> None:
    assert client(shelf.folder).get("/_stcore/metrics").status_code == 403


def test_nothing_is_uploaded_by_whoever_is_in_either(shelf: Any) -> None:
    page = client(shelf.folder)
    for size in (10, 2_000_000):
        files = {"file": ("a.wav", b"x" * size)}
        assert page.put("/_stcore/upload_file/one/two", files=files).status_code == 403


def test_pages_may_reach_this_server_alone(shelf: Any) -> None:
    answer = client(shelf.folder).get("/", headers={"origin": HOME})
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert answer.status_code == 200
    for rule in ("default-src", "connect-src", "img-src", "media-src", "font-src", "script-src"):
        assert "http" not in policy[rule] and "*" not in policy[rule].replace(
            "ws://127.0.0.1:*", ""
        ).replace("ws://localhost:*", "")
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_files_of_the_framework_are_packed_and_sound_is_not(shelf: Any) -> None:
    made = client(shelf.folder)
    script = made.get("/static/js/a.js", headers={"accept-encoding": "gzip"})
    assert script.headers["content-encoding"] == "gzip" and script.text == SCRIPT
    assert int(script.headers["content-length"]) < len(SCRIPT) / 3
    sound = made.get(address(), headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in sound.headers
    assert sound.content == shelf.audio.read_bytes()


def strangers(shelf: Any, door: Door) -> TestClient:
    made = client(shelf.folder, door)
    made.cookies.clear()
    return made


@pytest.mark.parametrize("value", ['"\\351\\000"', "\xe9", "", '"\\012"', "x; prosody_0=y"])
def test_a_cookie_that_is_no_key_of_ours_opens_nothing(shelf: Any, value: str) -> None:
    header = f"prosody_0={value}".encode("latin-1")
    answer = strangers(shelf, Door()).get("/", headers={b"cookie": header})
    assert answer.status_code == 403


def test_one_foreign_origin_of_several_is_enough(shelf: Any) -> None:
    said = [(b"origin", b"https://evil.example"), (b"origin", HOME.encode())]
    for origins in (said, said[::-1]):
        assert client(shelf.folder).get("/", headers=origins).status_code == 403


@pytest.mark.parametrize("path", ["/", "/session?id=s-one", "/_stcore/host-config", "/static/a.js"])
def test_who_has_no_cookie_sees_nothing(shelf: Any, path: str) -> None:
    assert strangers(shelf, Door()).get(path).status_code == 403


def test_sound_and_socket_ask_for_the_cookie_too(shelf: Any) -> None:
    stranger = strangers(shelf, door := Door())
    with door.sitting():
        assert stranger.get(address()).status_code == 403
        with pytest.raises(WebSocketDisconnect), stranger.websocket_connect("/_stcore/stream"):
            pass


def test_an_address_opens_once_and_leaves_its_key_behind(shelf: Any) -> None:
    door = Door(8631)
    first, second = strangers(shelf, door), strangers(shelf, door)
    given = door.address("")
    opened = first.get(given + "&id=s-one", follow_redirects=False)
    assert opened.status_code == 303
    assert opened.headers["location"] == "/?id=s-one"
    said = opened.headers["set-cookie"].lower()
    assert "httponly" in said and "samesite=strict" in said
    assert first.get("/").status_code == 200
    assert first.get(given).status_code == 200, "who is in already only loses the key"
    assert second.get(given).status_code == 403
    assert second.get(f"/?{IN_THE_ADDRESS}=").status_code == 403
    assert second.get("/", headers={"cookie": "prosody_8631=guess"}).status_code == 403


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("POST", {}),
        ("OPTIONS", {}),
        ("GET", {"sec-purpose": "prefetch;prerender"}),
        ("GET", {"purpose": "prefetch"}),
    ],
)
def test_what_only_looks_ahead_does_not_use_an_address_up(
    shelf: Any, method: str, headers: dict[str, str]
) -> None:
    door = Door()
    first, second = strangers(shelf, door), strangers(shelf, door)
    given = door.address("")
    ahead = first.request(method, given, headers=headers, follow_redirects=False)
    assert ahead.status_code == 403 and "set-cookie" not in ahead.headers
    assert second.get(given).status_code == 200, "the person comes after it"
    assert strangers(shelf, door).get(given).status_code == 403, "and nobody after the person"


def test_each_launch_has_a_key_and_a_cookie_of_its_own(shelf: Any) -> None:
    one, other = Door(), Door()
    assert one.address("") != other.address("") and one.cookie != other.cookie
    assert strangers(shelf, other).get(one.address("")).status_code == 403


def test_an_address_does_not_lead_to_another_host(shelf: Any) -> None:
    door = Door()
    gone = strangers(shelf, door).get(
        "//evil.example/" + door.address("").removeprefix("/"), follow_redirects=False
    )
    assert not gone.headers.get("location", "").startswith("//")


def test_sound_ends_with_the_sitting(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    door, signed = Door(), address()
    page = client(shelf.folder, door)
    assert page.get(signed).status_code == 403, "nobody has a page open"
    with door.sitting():
        assert (page.get(signed).status_code, page.get("/media/0.zip").status_code) == (200, 404)
    assert page.get(signed).status_code == 200, "a page that is loaded anew"
    now = time.monotonic()
    monkeypatch.setattr("dashboard.door.time.monotonic", lambda: now + GRACE_S + 1)
    assert page.get(signed).status_code == 403
    assert page.get("/media/0.zip").status_code == 403, "nor is what a page had ready"


def end(address: str, port: int) -> str:
    return f"{int.from_bytes(bytes(map(int, address.split('.'))), sys.byteorder):08X}:{port:04X}"


def test_another_accounts_connection_is_told_by_the_machine(tmp_path: Path) -> None:
    table, own, server = tmp_path / "tcp", os.getuid(), ("127.0.0.1", 8630)

    def row(client: tuple[str, int], uid: int, to: tuple[str, int] = server) -> str:
        ends = f"{end(*client)} {end(*to)}"
        return f"   0: {ends} 01 00000000:00000000 00:00000000 00000000 {uid:5d}        0 1 1\n"

    mine, other, root = (("127.0.0.1", port) for port in (5001, 5002, 5003))
    elsewhere, again = ("127.3.2.1", 5004), ("127.0.0.1", 5005)
    table.write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue\n"
        + row(mine, own)
        + row(other, own + 12345)
        + row(root, 0)
        + row(elsewhere, own + 12345)
        + row(again, 0, ("127.0.0.1", 9999))  # closed: the tables know no owner of it any more
        + row(again, own + 12345)
    )
    of = partial(may_connect, server=server, tables=(table, tmp_path / "none"))
    assert [of(end) for end in (mine, other, root, elsewhere, again)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    assert of(("127.0.0.1", 5006)) and of(None) and of(("testclient", 5002))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells whose a connection is")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_machine_tells_of_a_connection_as_we_read_it(family: int, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(family) as line:
        port = server.getsockname()[1]
        line.connect(("127.0.0.1" if family == socket.AF_INET else "::ffff:127.0.0.1", port))
        ends = ("127.0.0.1", line.getsockname()[1]), ("127.0.0.1", port)
        own = f"{os.getuid():d}"
        strangers = []
        for place in CONNECTIONS:
            lines = [line.split() for line in place.read_text().splitlines()]
            told = [[*f[:7], "54321", *f[8:]] if f[7:8] == [own] else f for f in lines]
            strangers.append(tmp_path / place.name)
            strangers[-1].write_text("".join(" ".join(f) + "\n" for f in told))
        assert may_connect(*ends)
        assert not may_connect(*ends, tables=strangers)


PAGE = '<!doctype html>\n<html lang="en"><body>Grüße</body></html>'


@pytest.mark.parametrize(("asked", "language"), [(None, "en"), ("de", "de"), ("tlh", "en")])
def test_a_page_says_which_language_it_is_in(
    asked: str | None, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if asked is not None:
        monkeypatch.setenv(VARIABLE, asked)
    routes = [
        Route("/", lambda request: HTMLResponse(PAGE)),
        Route("/plain", lambda request: PlainTextResponse(PAGE)),
    ]
    made = TestClient(Starlette(routes=routes, middleware=serving.guard(DOOR)), base_url=HOME)
    made.get(DOOR.address(""))
    answer = made.get("/", headers={"accept-encoding": "gzip"})
    assert answer.text == PAGE.replace('lang="en"', f'lang="{language}"')
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert made.get("/plain").text == PAGE

"""Who may come in: who was given an address of this launch, and nobody else on this machine.

Conventions
-----------
Everybody with an account on a machine can reach what listens on 127.0.0.1. So an address of a
launch carries a key that opens once; the browser gets a cookie for it, which every page, socket,
sound and file asks for. Where the machine tells whose a connection is (Linux), another account's is
turned away even with both. A *sitting* lasts as long as a page is open: sound ends with it.
"""

import os
import secrets
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

__all__ = ["GRACE_S", "KEY", "Door", "may_connect"]

KEY = "key"  # of an address
GRACE_S = 20.0  # a page that is loaded anew is the same sitting
CONNECTIONS = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_MAPPED = "0000000000000000FFFF0000"  # what the table of IPv6 has before an address of IPv4

End = tuple[str, int]


class Door:
    """The door of one launch.

    Parameters
    ----------
    port : int
        The server's; cookies are not told apart by port, so their name must.
    """

    def __init__(self, port: int = 0) -> None:
        self._cookie, self._value = f"prosody_{port}", secrets.token_urlsafe(32)
        self._keys: set[str] = set()
        self._rooms = 0
        self._left_s: float | None = None

    def address(self, home: str) -> str:
        """Give an address that opens once."""
        key = secrets.token_urlsafe(32)
        self._keys.add(key)
        return f"{home}/?{urlencode({KEY: key})}"

    def opens(self, key: str) -> bool:
        """Whether a key opens; it does not a second time."""
        known = key in self._keys
        self._keys.discard(key)
        return known

    @property
    def cookie(self) -> str:
        """What a browser is given that had a key, as a header."""
        return f"{self._cookie}={self._value}; HttpOnly; SameSite=Strict; Path=/"

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Whether a request carries the cookie."""
        try:
            said = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        if said is None:
            return False
        return secrets.compare_digest(said.value.encode("utf-8", "replace"), self._value.encode())

    @contextmanager
    def sitting(self) -> Iterator[None]:
        """While the block runs, a page is open."""
        self._rooms += 1
        try:
            yield
        finally:
            self._rooms -= 1
            self._left_s = time.monotonic()

    @property
    def occupied(self) -> bool:
        """Whether a page is open, or was a moment ago."""
        if self._rooms:
            return True
        return self._left_s is not None and time.monotonic() - self._left_s < GRACE_S


def may_connect(
    client: End | None, server: End | None, *, tables: Iterable[Path] = CONNECTIONS
) -> bool:
    """Whether a connection is this account's, as far as the machine tells.

    Parameters
    ----------
    client, server : tuple of str and int or None
        Address and port of its two ends. Both tell which connection it is: another of the same
        port, or one that was closed, is of whoever had that.
    tables : iterable of Path
        The machine's tables of connections.
    """
    ends = _as_written(client), _as_written(server)
    if None in ends:
        return True
    owner = next((uid for table in tables for uid in _owners(table, *map(str, ends))), None)
    return owner is None or owner in (0, os.getuid())


def _as_written(end: End | None) -> str | None:
    """Write an end of a connection as the tables do; None where it is none of theirs."""
    try:
        address = socket.inet_pton(socket.AF_INET, end[0]) if end else None
    except OSError:
        return None
    return f"{int.from_bytes(address, sys.byteorder):08X}:{end[1]:04X}" if address and end else None


def _owners(table: Path, client: str, server: str) -> Iterator[int]:
    """Give the accounts whose connection has two ends, from a table of all connections."""
    wanted = {(client, server), (_MAPPED + client, _MAPPED + server)}
    try:
        with table.open(encoding="ascii") as lines:
            for line in lines:
                fields = line.split()
                if len(fields) > 7 and (fields[1], fields[2]) in wanted:
                    yield int(fields[7])
    except (OSError, ValueError):
        return

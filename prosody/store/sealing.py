"""Sealed texts and files: AES-GCM, in chunks so that a range can be read from the middle.

Conventions
-----------
A sealed text is a nonce and what AES-GCM made of it. A sealed file is a header (`MAGIC`, an id of
its own, the length of what it holds) and chunks of 64 KiB, each sealed with a key of the file's own
(HKDF of the session's key and the file's id) under its number. The file's name, its length and the
chunk's number are authenticated: a chunk moved, cut off or taken from another file is no chunk.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["ENDING", "SealedFile", "new_key", "opened", "seal_file", "sealed"]

ENDING = ".sealed"
MAGIC = b"SEALED1\n"
_CHUNK = 1 << 16
_TAG = 16
_HEADER = len(MAGIC) + 16 + 8


def new_key() -> bytes:
    """Make a key of 256 bits."""
    return AESGCM.generate_key(256)


def sealed(key: bytes, plain: bytes, about: str) -> bytes:
    """Seal bytes; `about` must be the same when they are opened."""
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def opened(key: bytes, held: bytes, about: str) -> bytes:
    """Open sealed bytes.

    Raises
    ------
    ValueError
        If the key is another, or they were changed.
    """
    try:
        return AESGCM(key).decrypt(held[:12], held[12:], about.encode())
    except InvalidTag:
        raise ValueError("not what was sealed") from None


def _own_key(key: bytes, file_id: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=file_id, info=b"file").derive(key))


def _about(name: str, length: int, number: int) -> bytes:
    return f"{name} {length} {number}".encode()


def seal_file(key: bytes, plain: BinaryIO, length: int, target: Path, name: str) -> None:
    """Write what a file holds, sealed, into another."""
    file_id = os.urandom(16)
    cipher = _own_key(key, file_id)
    with target.open("wb") as file:
        file.write(MAGIC + file_id + struct.pack(">Q", length))
        for number in range(max(1, -(-length // _CHUNK))):
            about = _about(name, length, number)
            file.write(cipher.encrypt(number.to_bytes(12, "big"), plain.read(_CHUNK), about))


class SealedFile:
    """A sealed file, open for reading.

    Parameters
    ----------
    file : binary file
        Open; closed by whoever opened it.
    key : bytes
        The session's.
    name : str
        What the file was called when it was sealed.

    Raises
    ------
    ValueError
        If it is no sealed file; so in `read` where a chunk was changed.
    """

    def __init__(self, file: BinaryIO, key: bytes, name: str) -> None:
        head = file.read(_HEADER)
        if len(head) < _HEADER or not head.startswith(MAGIC):
            raise ValueError("no sealed file")
        file_id = head[len(MAGIC) : -8]
        (self.length,) = struct.unpack(">Q", head[-8:])
        self._file, self._name, self._cipher = file, name, _own_key(key, file_id)

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Give the bytes from `start` to `stop`, or to the end."""
        stop = self.length if stop is None else min(stop, self.length)
        if stop <= start:
            return b""
        first, last = start // _CHUNK, (stop - 1) // _CHUNK
        found = b"".join(self._chunk(number) for number in range(first, last + 1))
        return found[start - first * _CHUNK : stop - first * _CHUNK]

    def _chunk(self, number: int) -> bytes:
        self._file.seek(_HEADER + number * (_CHUNK + _TAG))
        held = self._file.read(min(_CHUNK, self.length - number * _CHUNK) + _TAG)
        about = _about(self._name, self.length, number)
        try:
            return self._cipher.decrypt(number.to_bytes(12, "big"), held, about)
        except InvalidTag:
            raise ValueError("not what was sealed") from None

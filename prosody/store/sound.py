"""The sound of a session, read in ranges, sealed or not."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from prosody.store.sealing import ENDING, SealedFile

__all__ = ["NAME", "Sound"]

NAME = "audio.flac"


class Sound:
    """The sound kept for playing back.

    Parameters
    ----------
    home : Path
        The session's folder.
    key : bytes or None
        What it is sealed with.
    """

    def __init__(self, home: Path, key: bytes | None) -> None:
        self._file = home / (NAME + ENDING if key else NAME)
        self._key = key

    @property
    def there(self) -> bool:
        """Whether it is there, sealed or plain."""
        return self._file.is_file()

    @property
    def path(self) -> Path | None:
        """Where it is as plain sound; None where it is sealed, or gone."""
        return self._file if self._key is None and self.there else None

    def ranges(self, start: int, stop: int, *, block: int = 1 << 16) -> Iterator[bytes]:
        """Give the bytes from `start` to `stop`, block by block.

        Raises
        ------
        OSError, ValueError
            If it is not there, or not what was saved.
        """
        with self._opened() as read:
            for at in range(start, stop, block):
                yield read(at, min(stop, at + block))

    @property
    def length(self) -> int:
        """How many bytes it has; raises as `ranges`."""
        if self._key is None:
            return self._file.stat(follow_symlinks=False).st_size
        with self._handle() as file:
            return int(SealedFile(file, self._key, NAME).length)

    @contextmanager
    def _opened(self) -> Iterator[Callable[[int, int], bytes]]:
        with self._handle() as file:
            if self._key is not None:
                yield SealedFile(file, self._key, NAME).read
                return

            def read(start: int, stop: int) -> bytes:
                file.seek(start)
                return file.read(stop - start)

            yield read

    def _handle(self) -> BufferedReader:
        return os.fdopen(os.open(self._file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")

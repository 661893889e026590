"""The sound of a session, read in ranges, sealed or not."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from prosody.store import folders
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
    size : int
        How many bytes its file has: one of another size is not what was saved.
    """

    def __init__(self, home: Path, key: bytes | None, size: int) -> None:
        self._file = home / (NAME + ENDING if key else NAME)
        self._key, self._size = key, size

    @property
    def there(self) -> bool:
        """Whether it is there, sealed or plain."""
        try:
            self._handle().close()
        except (OSError, ValueError):
            return False
        return True

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
            self._handle().close()
            return self._size
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
        if self._file.parent.is_symlink():
            raise ValueError("a link")
        file = folders.opened(self._file)
        if os.fstat(file.fileno()).st_size != self._size:
            file.close()
            raise ValueError("not what was saved")
        return file

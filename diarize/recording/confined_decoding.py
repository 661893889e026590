"""Decoding in a process that may use little and reach nobody.

Conventions
-----------
What is decoded is what somebody sent. Where the machine offers it (`diarize.runtime.confined`), a
file is opened here and read there; its sound comes back through a file without a name, and what is
said of it as codes. What takes more memory or time than any recording is refused.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from io import BufferedReader
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.recording import joined
from diarize.recording.gathering import RATE_HZ, Gathered, mapped
from diarize.recording.reading import FileSound
from diarize.runtime.answers import NoMemory, attempted, notes, pairs, received, spans, told
from diarize.runtime.atomic import digest_of, open_regular
from diarize.runtime.confined import Ended, Limits, Workshop, possible, serve
from diarize.runtime.memory import let_go
from diarize.settings import Decoding

__all__ = ["read", "work"]

_WORKSHOP = Workshop(__name__)
# why a piece of work ended without an answer: what a person is told
_ENDED = {
    "too_long": "recording.takes_too_long",
    "too_much": "recording.takes_too_much_memory",
    "fell": "recording.ends_decoder",
    "gone": "recording.reader_gone",
}


def read(path: Path, sha256: str, *, limits: Decoding, track: int | None = None) -> FileSound:
    """Read one file apart, where that is possible; other parameters are of `joined.read_open`.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str
        Of the bytes that were consented to: those of the file that was decoded, whatever was put
        in its place meanwhile.

    Raises
    ------
    Refused
        As of `joined.read_open`, if it holds other bytes, and if decoding takes too much or ends
        by itself.
    """
    with open_regular(path) as file:
        name = str(path)
        if possible():
            made = _apart(file, name, limits, track)
        else:
            made = joined.read_open(file, name, limits=limits, track=track)
        file.seek(0)
        if digest_of(file) != sha256:
            raise Refused("recording.changed", file=name)
    return made


def _apart(file: BufferedReader, name: str, limits: Decoding, track: int | None) -> FileSound:
    with tempfile.TemporaryFile() as store:
        job = {"limits": asdict(limits), "track": track}
        size = os.fstat(file.fileno()).st_size
        try:
            said = received(_WORKSHOP.do(job, (file.fileno(), store.fileno()), _most(size, limits)))
        except Ended as ended:
            raise Refused(_ENDED[ended.cause], file=name) from None
        except NoMemory:
            raise Refused("recording.takes_too_much_memory", file=name) from None
        except Refused as refusal:
            raise Refused(refusal.code, **{**refusal.message.fields, "file": name}) from None
        return _taken(said, store)


def _most(size: int, limits: Decoding) -> Limits:
    """Say what decoding a file of a size may use."""
    longest_s = limits.duration_max_h * 3600
    more_s = min(limits.work_s_per_mb * size / 1e6, longest_s / limits.work_slowest)
    sound = int(longest_s * RATE_HZ * 4 * limits.channels_max)
    return Limits(
        int(limits.work_memory_gb * 1e9),
        int(limits.work_s + more_s),
        sound,
        int(limits.work_answer_mb * 1e6),
    )


def _taken(said: Any, store: Any) -> FileSound:
    """Make of an answer what it stands for."""
    sound = Gathered(
        mapped(store, said["channels"]),
        said["rate"],
        spans(said["covered"]),
        said["clipped_share"],
        tuple(said["restarts"]),
        bool(said["broken"]),
    )
    return FileSound(sound, notes(said["notes"]), spans(said["lost"]), said["kbit_s"])


def work(job: Any, files: Sequence[int]) -> Any:
    """Decode, in a process for that alone; the first file is read, the second takes the sound."""
    limits = Decoding(**job["limits"])

    def done() -> dict[str, Any]:
        with os.fdopen(files[0], "rb") as file, os.fdopen(files[1], "wb") as store:
            found = joined.read_open(file, "", limits=limits, track=job["track"])
            rows = found.sound.samples.T
            for start in range(0, len(rows), limits.block_samples):
                store.write(rows[start : start + limits.block_samples].tobytes())
                let_go(rows)
        return _told(found)

    return attempted(done)


def _told(found: FileSound) -> dict[str, Any]:
    sound = found.sound
    return {
        "channels": sound.samples.shape[0],
        "rate": sound.rate,
        "covered": pairs(sound.covered),
        "clipped_share": sound.clipped_share,
        "restarts": sound.restarts,
        "broken": sound.broken,
        "lost": pairs(found.lost),
        "notes": told(found.notes),
        "kbit_s": found.kbit_s,
    }


if __name__ == "__main__":
    import numpy as np  # noqa: F401  # what every fork needs is here before the first
    import soundfile  # noqa: F401
    import soxr  # noqa: F401

    serve(work)

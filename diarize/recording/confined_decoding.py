"""Decoding in a process that may use little and reach nobody.

Conventions
-----------
What is decoded is what somebody sent. Where the machine offers it (`diarize.runtime.confined`), a
file is opened here and read there; its sound comes back through a file without a name, and what is
said of it as codes. What takes more memory or time than any recording is refused.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from io import BufferedReader
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording import reading
from diarize.recording.gathering import RATE_HZ, Gathered, mapped
from diarize.recording.reading import FileSound
from diarize.runtime.atomic import open_regular
from diarize.runtime.confined import Ended, Limits, Workshop, possible, serve
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["read", "work"]

_WORKSHOP = Workshop(__name__)


def read(path: Path, sha256: str, *, limits: Decoding, track: int | None = None) -> FileSound:
    """Read one file apart, where that is possible; other parameters are of `reading.read_open`.

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
        As of `reading.read_open`, if it holds other bytes, and if decoding takes too much or ends
        by itself.
    """
    with open_regular(path) as file:
        found = _apart if possible() else _here
        made = found(file, str(path), limits, track)
        file.seek(0)
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise Refused("recording.changed", file=str(path))
    return made


def _here(file: BufferedReader, name: str, limits: Decoding, track: int | None) -> FileSound:
    return reading.read_open(file, name, limits=limits, track=track)


def _apart(file: BufferedReader, name: str, limits: Decoding, track: int | None) -> FileSound:
    with tempfile.TemporaryFile() as store:
        job = {"limits": asdict(limits), "track": track}
        size = os.fstat(file.fileno()).st_size
        try:
            said = _WORKSHOP.do(job, (file.fileno(), store.fileno()), _most(size, limits))
        except Ended as ended:
            code = "takes_too_long" if ended.too_long else "ends_decoder"
            raise Refused(f"recording.{code}", file=name) from None
        return _taken(said, store, name)


def _most(size: int, limits: Decoding) -> Limits:
    """Say what decoding a file of a size may use."""
    longest_s = limits.duration_max_h * 3600
    more_s = min(limits.work_s_per_mb * size / 1e6, longest_s / limits.work_slowest)
    sound = int(longest_s * RATE_HZ * 4 * limits.channels_max)
    return Limits(int(limits.work_memory_gb * 1e9), int(limits.work_s + more_s), sound)


def _taken(said: Any, store: Any, name: str) -> FileSound:
    """Make of an answer what it stands for."""
    if "refused" in said:
        raise Refused(said["refused"], **{**_fields(said["fields"]), "file": name})
    if "memory" in said:
        raise Refused("recording.takes_too_much_memory", file=name)
    if "fault" in said:
        raise RuntimeError(said["fault"])
    samples = mapped(store, said["channels"])
    spans, restarts = _spans(said["covered"]), tuple(said["restarts"])
    sound = Gathered(
        samples, said["rate"], spans, said["clipped_share"], restarts, bool(said["broken"])
    )
    notes = tuple(
        Note(n["code"], _fields(n["fields"]), n["severity"], _spans(n["spans"]))
        for n in said["notes"]
    )
    return FileSound(sound, notes, _spans(said["lost"]))


def _fields(fields: Any) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }


def _spans(pairs: Any) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)


def work(job: Any, files: Sequence[int]) -> Any:
    """Decode, in a process for that alone; the first file is read, the second takes the sound."""
    limits = Decoding(**job["limits"])
    try:
        with os.fdopen(files[0], "rb") as file, os.fdopen(files[1], "wb") as store:
            found = reading.read_open(file, "", limits=limits, track=job["track"])
            rows = found.sound.samples.T
            for start in range(0, len(rows), limits.block_samples):
                store.write(rows[start : start + limits.block_samples].tobytes())
    except Refused as refusal:
        return {"refused": refusal.code, "fields": dict(refusal.message.fields)}
    except MemoryError:
        return {"memory": True}
    except Exception as error:
        return {"fault": type(error).__name__}
    sound = found.sound
    return {
        "channels": sound.samples.shape[0],
        "rate": sound.rate,
        "covered": _pairs(sound.covered),
        "clipped_share": sound.clipped_share,
        "restarts": sound.restarts,
        "broken": sound.broken,
        "lost": _pairs(found.lost),
        "notes": [{**asdict(note), "spans": _pairs(note.spans)} for note in found.notes],
    }


def _pairs(spans: Sequence[Span]) -> list[tuple[float, float]]:
    return [(span.start, span.end) for span in spans]


if __name__ == "__main__":
    import numpy as np  # noqa: F401  # what every fork needs is here before the first
    import soundfile  # noqa: F401
    import soxr  # noqa: F401

    serve(work)

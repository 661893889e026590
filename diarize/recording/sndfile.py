"""Parts of a file, decoded by libsndfile one after the other.

Conventions
-----------
A part that cannot be opened, or breaks off, leaves what follows it to be decoded; what is lost
shows in the clock. Parts of another rate or number of channels are made like the first.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import numpy as np

from diarize.errors import Refused
from diarize.recording.gathering import Blocks, Source, check_length
from diarize.recording.views import Part, View, Walked
from diarize.settings import Decoding

__all__ = ["opened"]

_ENDLESS = 1 << 62  # frames of a file that does not say how many


@contextmanager
def opened(
    file: IO[bytes], name: str, walked: Walked, *, limits: Decoding, quiet: bool = False
) -> Iterator[Source]:
    """Open the parts of a file; `quiet` keeps a decoder's own remarks off the terminal.

    Raises
    ------
    Refused
        If none of them can be opened.
    """
    parts = list(walked.parts)
    check_length(name, walked.promised_s or 0.0, limits=limits)
    with _quiet(quiet):
        while parts:
            sound = _sound(file, parts[0])
            if sound is not None:
                break
            parts = parts[1:]
        else:
            raise Refused("recording.damaged", file=name)
        with sound:
            source = Source(sound.samplerate, sound.channels, iter(()))
        source.blocks = _blocks(file, parts, source, limits)
        yield source


def _sound(file: IO[bytes], part: Part) -> Any:
    """Open a part; None where it cannot be."""
    import soundfile

    view, plain = View(file, part.pieces), part.layout
    known: dict[str, Any] = {}
    if plain is not None:
        known = {"samplerate": plain.rate, "channels": plain.channels, "format": "RAW"}
        known |= {"subtype": plain.subtype, "endian": plain.endian}
    sound: Any = None
    with suppress(soundfile.SoundFileError, ValueError, TypeError, OverflowError):
        sound = soundfile.SoundFile(view, **known)
        if sound.format == "FLAC":  # soundfile seeks behind every block: wrongly, behind a hole
            sound.seekable = lambda: False
    return sound


def _blocks(
    file: IO[bytes], parts: list[Part], source: Source, limits: Decoding
) -> Iterator[tuple[float | None, Blocks]]:
    for part in parts:
        sound = _sound(file, part)
        if sound is None:
            source.broken = True
            continue
        with sound:
            at_s = _begins(part, sound)
            for block in _alike(_read(sound, source, limits), sound, source):
                yield at_s, block
                at_s = None


def _begins(part: Part, sound: Any) -> float | None:
    """Say where a part begins, if it is known where it begins or ends."""
    if part.ends_s is None:
        return part.at_s
    known = 0 < sound.frames < _ENDLESS
    return max(0.0, part.ends_s - sound.frames / sound.samplerate) if known else None


def _read(sound: Any, source: Source, limits: Decoding) -> Iterator[Blocks]:
    """Read a part to its end, or to where it cannot be decoded any further."""
    import soundfile

    while True:
        try:
            block = sound.read(limits.block_samples, dtype="float32", always_2d=True)
        except soundfile.SoundFileError:
            source.broken = True
            return
        if len(block) == 0:
            return
        yield block


def _alike(blocks: Iterator[Blocks], sound: Any, source: Source) -> Iterator[Blocks]:
    """Give blocks with the rate and channels of the source."""
    import soxr

    rate, channels = sound.samplerate, sound.channels
    if (rate, channels) == (source.rate, source.channels):
        yield from blocks
        return
    resampler = soxr.ResampleStream(rate, source.rate, 1, dtype="float32")
    for block in blocks:
        mono = np.ascontiguousarray(block.mean(axis=1, dtype=np.float32))
        yield _spread(resampler.resample_chunk(mono), source.channels)
    yield _spread(resampler.resample_chunk(np.zeros(0, np.float32), last=True), source.channels)


def _spread(mono: Any, channels: int) -> Blocks:
    return np.repeat(np.asarray(mono, np.float32)[:, None], channels, axis=1)


@contextmanager
def _quiet(wanted: bool) -> Iterator[None]:
    """Keep libmpg123's own remarks off the terminal; it writes them to the C standard error."""
    if not wanted:
        yield
        return
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)

"""What a recording's file is: its header is looked at before any decoder is, then its sound.

Conventions
-----------
Wav, flac, ogg and mp3 are read by libsndfile; m4a, mp4, mkv and webm by an ffmpeg program if the
machine has one. Sound comes in blocks of float32, (m, channels), at the file's own rate.
"""

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Note
from diarize.settings import Decoding

__all__ = [
    "Blocks",
    "Source",
    "check_length",
    "check_limits",
    "check_whole",
    "inspect",
    "opened_source",
]

Blocks = NDArray[np.float32]
_WAVE_FORMATS = {1: "PCM", 3: "float", 6: "A-law", 7: "µ-law"}
_UNKNOWN_SIZE = 0xFFFFFF00  # a streamed wav that never learnt its length claims about 4 GB
_OGG_TAIL_BYTES = 1 << 17


@dataclass(frozen=True, slots=True)
class Source:
    """A file's sound, not yet read.

    Parameters
    ----------
    rate, channels : int
        Of the file, rate in Hz.
    frames : int or None
        What the header promises; None where it does not say.
    blocks : iterator of ndarray of float32, shape (m, channels)
        The sound; reading it may refuse.
    """

    rate: int
    channels: int
    frames: int | None
    blocks: Iterator[Blocks]


def inspect(file: IO[bytes], name: str, *, limits: Decoding) -> tuple[Note, ...]:
    """Look at the header of a file before any decoder does.

    Returns
    -------
    tuple of Note
        What is odd about it, and mended by reading on.

    Raises
    ------
    Refused
        If it is empty, cut short, or no recording that is read.
    """
    head = file.read(4096)
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if size == 0 or len(head) < 12:
        raise Refused("recording.empty_file", file=name)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _inspect_wave(file, name, size, limits)
    if head[:4] == b"OggS":
        return _inspect_ogg(file, name, size)
    if head[:4] == b"fLaC" or _is_mp3(head) or _is_container(head):
        return ()
    raise Refused("recording.unknown_format", file=name)


def check_limits(name: str, source: Source, *, limits: Decoding) -> None:
    """Refuse a file outside the limits by what its header says."""
    rates = {"rate_min_hz": limits.rate_min_hz, "rate_max_hz": limits.rate_max_hz}
    if not limits.rate_min_hz <= source.rate <= limits.rate_max_hz:
        raise Refused("recording.sample_rate", file=name, rate_hz=source.rate, **rates)
    if not 1 <= source.channels <= limits.channels_max:
        counts = {"channels": source.channels, "channels_max": limits.channels_max}
        raise Refused("recording.channels", file=name, **counts)
    if source.frames is not None:
        check_length(name, source.frames / source.rate, limits=limits)


def check_length(name: str, seconds: float, *, limits: Decoding) -> None:
    """Refuse more sound than one session has."""
    if seconds > limits.duration_max_h * 3600:
        raise Refused("recording.too_long", file=name, hours=limits.duration_max_h)


def _is_mp3(head: bytes) -> bool:
    return head[:3] == b"ID3" or (head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6))


def _is_container(head: bytes) -> bool:
    return head[4:8] == b"ftyp" or head[:4] == b"\x1a\x45\xdf\xa3"


def _inspect_wave(file: IO[bytes], name: str, size: int, limits: Decoding) -> tuple[Note, ...]:
    code = rate = align = 0
    at = 12
    while at + 8 <= size:
        file.seek(at)
        tag, length = struct.unpack("<4sI", file.read(8))
        body = file.read(min(length, 40))
        if tag == b"fmt " and len(body) >= 16:
            code, _, rate, _, align, _ = struct.unpack("<HHIIHH", body[:16])
            if code == 0xFFFE and len(body) >= 26:
                code = struct.unpack("<H", body[24:26])[0]
        if tag == b"data":
            file.seek(0)
            if code not in _WAVE_FORMATS:
                raise Refused("recording.unsafe_encoding", file=name, encoding=code)
            return _check_wave(name, rate * align, length, size - at - 8, limits)
        at += 8 + length + length % 2
    raise Refused("recording.no_sound", file=name)


def _check_wave(
    name: str, bytes_per_s: int, promised: int, present: int, limits: Decoding
) -> tuple[Note, ...]:
    if present <= 0:
        raise Refused("recording.no_sound", file=name)
    if promised >= _UNKNOWN_SIZE or promised == 0:
        return (Note("recording.length_unknown"),)
    check_whole(name, present, promised, bytes_per_s, limits=limits)
    return ()


def check_whole(name: str, present: int, promised: int, per_s: int, *, limits: Decoding) -> None:
    """Refuse a file that lacks some of what its header promises; counted in bytes or frames."""
    per_s = max(per_s, 1)
    if promised - present > limits.missing_max_s * per_s:
        lengths = {"present_s": present / per_s, "promised_s": promised / per_s}
        raise Refused("recording.truncated", file=name, **lengths)


def _inspect_ogg(file: IO[bytes], name: str, size: int) -> tuple[Note, ...]:
    file.seek(max(0, size - _OGG_TAIL_BYTES))
    tail = file.read()
    file.seek(0)
    page = tail.rfind(b"OggS")
    if page < 0 or page + 6 > len(tail) or not tail[page + 5] & 4:
        raise Refused("recording.unfinished", file=name)
    return ()


@contextmanager
def opened_source(file: IO[bytes], name: str, *, limits: Decoding) -> Iterator[Source]:
    """Open the sound of a file that `inspect` let through.

    Raises
    ------
    Refused
        If it cannot be decoded, here or while its blocks are read.
    """
    head = file.read(12)
    file.seek(0)
    if _is_container(head):
        with _ffmpeg(file, name, limits) as source:
            yield source
        return
    import soundfile

    try:
        with _quiet(_is_mp3(head)), soundfile.SoundFile(file) as sound:
            frames = sound.frames if 0 < sound.frames < 1 << 62 else None
            blocks = (
                sound.read(limits.block_samples, dtype="float32", always_2d=True)
                for _ in iter(lambda: sound.tell() >= 0, False)
            )
            yield Source(sound.samplerate, sound.channels, frames, _until_empty(blocks))
    except soundfile.SoundFileError:
        raise Refused("recording.damaged", file=name) from None


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


def _until_empty(blocks: Iterator[Blocks]) -> Iterator[Blocks]:
    for block in blocks:
        if len(block) == 0:
            return
        yield block


@contextmanager
def _ffmpeg(file: IO[bytes], name: str, limits: Decoding) -> Iterator[Source]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise Refused("recording.needs_ffmpeg", file=name)
    # The already opened file is its only input, no other protocol or play-list format is
    # allowed, so a crafted file cannot pull in another one or reach a network.
    command = [program, "-v", "warning", "-nostdin", "-protocol_whitelist", "file,pipe"]
    command += ["-format_whitelist", "mov,matroska", "-i", "file:/dev/stdin", "-map", "0:a:0"]
    command += ["-t", str(limits.duration_max_h * 3600 + 1), "-c:a", "pcm_f32le"]
    command += ["-f", "wav", "-bitexact", "pipe:1"]
    with (
        tempfile.TemporaryFile() as remarks,
        subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=remarks) as child,
    ):
        assert child.stdout is not None
        try:
            rate, channels = _wave_stream_head(child.stdout, name)
            blocks = _float_blocks(child.stdout, channels, limits)
            yield Source(rate, channels, None, blocks)
            failed = child.wait() != 0
            remarks.seek(0)
            if failed or b"prematurely" in remarks.read(1 << 16):
                raise Refused("recording.damaged_or_truncated", file=name)
        finally:
            child.kill()


def _wave_stream_head(stream: IO[bytes], name: str) -> tuple[int, int]:
    rate = channels = 0
    if len(stream.read(12)) == 12:
        while len(head := stream.read(8)) == 8:
            tag, length = struct.unpack("<4sI", head)
            if tag == b"data" and rate:
                return rate, channels
            body = stream.read(min(length, 1 << 16))
            if tag == b"fmt " and len(body) >= 16:
                _, channels, rate = struct.unpack("<HHI", body[:8])
    raise Refused("recording.damaged_or_truncated", file=name)


def _float_blocks(stream: IO[bytes], channels: int, limits: Decoding) -> Iterator[Blocks]:
    step = 4 * channels
    while data := stream.read(limits.block_samples * step):
        yield np.frombuffer(data[: len(data) // step * step], "<f4").reshape(-1, channels)

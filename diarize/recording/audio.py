"""Sound: decode a consented recording once, in blocks, and cut clips from what was decoded.

Conventions
-----------
Samples are float32 in ±1, shaped (channels, n), at 16 kHz. The decoded samples live in an
anonymous temporary file mapped into memory, so memory stays flat for any length and nothing
is left behind, even after a kill. Wav, flac, ogg and mp3 are read by libsndfile; m4a, mp4,
mkv and webm by an ffmpeg program if the machine has one. A file is opened once, as a regular
file, and its header is checked before any library sees it.
"""

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.recording.consent import Recording
from diarize.timeline import Span

__all__ = ["LIMITS", "RATE_HZ", "Audio", "Limits", "Samples", "clip", "decode", "save_flac"]

RATE_HZ = 16_000
Samples = NDArray[np.float32]
_BLOCK = 1 << 18  # samples a channel; 1 MB of float32
_WAVE_FORMATS = {1: "PCM", 3: "float", 6: "A-law", 7: "µ-law"}
_UNKNOWN_SIZE = 0xFFFFFF00  # a streamed wav that never learnt its length claims about 4 GB
_OGG_TAIL = 1 << 17


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted; outside of it a file is refused before it is decoded."""

    rate_min_hz: int = 8_000
    rate_max_hz: int = 384_000
    channels_max: int = 8
    duration_max_h: float = 6.0
    peak_max: float = 16.0  # full scale is 1; more than +24 dB over it is not sound
    clipped_at: float = 0.999
    missing_max_s: float = 0.5


LIMITS = Limits()


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Decoded sound.

    Parameters
    ----------
    samples : ndarray of float32, shape (channels, n)
        In ±1; read-only.
    rate : int
        Hz; what `decode` gives is always at `RATE_HZ`.
    source_rate_hz : int
        What the file had: no spectral measure may claim more than half of it.
    mono : ndarray of float32, shape (n,)
        The channels' mean, or the loudest channel where they cancel; read-only.
    clipped_share : float
        Share of the file's samples at full scale, 0 to 1.
    notes : tuple of str
        What a reader should know of the decoding.
    """

    samples: Samples
    rate: int
    source_rate_hz: int
    mono: Samples
    clipped_share: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """How many channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.rate

    @classmethod
    def of(cls, samples: Samples, rate: int = RATE_HZ, *, source_rate_hz: int = 0) -> "Audio":
        """Wrap an array, (n,) or (channels, n), that is already in memory; it is copied."""
        kept = np.array(np.atleast_2d(samples), dtype=np.float32)
        mono = kept[0] if kept.shape[0] == 1 else kept.mean(axis=0, dtype=np.float32)
        kept.setflags(write=False)
        mono.setflags(write=False)
        return cls(kept, rate, source_rate_hz or rate, mono)


def clip(audio: Audio, span: Span) -> Samples:
    """Samples of a span, (channels, m), a view; the part outside the recording is left out."""
    start, end = (round(max(0.0, edge) * audio.rate) for edge in (span.start, span.end))
    return audio.samples[:, start:end]


def decode(recording: Recording) -> Audio:
    """Decode a consented recording to 16 kHz.

    Parameters
    ----------
    recording : Recording
        From `consent.admit`; nothing else can be decoded.

    Raises
    ------
    Refused
        If the file is empty, cut short, damaged, of an unknown or unsafe format, outside
        `LIMITS`, or holds samples that are not numbers. One line says which.
    """
    if not isinstance(recording, Recording):
        raise TypeError("only a Recording made by consent.admit can be decoded")
    name = str(recording.path)
    with _opened(recording.path) as file:
        notes = _inspect(file, name)
        with _source(file, name) as source:
            _check_limits(name, source.rate, source.channels, source.frames)
            return _gather(name, source, notes)


def save_flac(audio: Audio, path: Path) -> None:
    """Write decoded audio as 16-bit FLAC, in blocks, for playing back."""
    import soundfile

    with soundfile.SoundFile(
        path, "w", samplerate=audio.rate, channels=audio.channels, format="FLAC", subtype="PCM_16"
    ) as file:
        for start in range(0, audio.samples.shape[1], _BLOCK):
            block = np.clip(audio.samples[:, start : start + _BLOCK], -1.0, 32767 / 32768)
            file.write(np.ascontiguousarray(block.T))


@dataclass(frozen=True, slots=True)
class _Source:
    rate: int
    channels: int
    frames: int | None  # what the header promises; None where it does not say
    blocks: Iterator[Samples]  # (m, channels)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        # Non-blocking, so that a pipe put in the file's place cannot hang us.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}); check the file") from None
    with os.fdopen(handle, "rb") as file:
        yield file


def _inspect(file: IO[bytes], name: str) -> tuple[str, ...]:
    """Look at the header before any decoder does; give notes or refuse."""
    head = file.read(4096)
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if size == 0 or len(head) < 12:
        raise Refused(f"{name}: empty file; record or copy it again")
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _inspect_wave(file, name, size)
    if head[:4] == b"OggS":
        return _inspect_ogg(file, name, size)
    if head[:4] == b"fLaC" or _is_mp3(head) or _is_container(head):
        return ()
    raise Refused(
        f"{name}: not a recording this program reads; use wav, flac, ogg, mp3, or (with ffmpeg) "
        "m4a, mp4, webm"
    )


def _is_mp3(head: bytes) -> bool:
    return head[:3] == b"ID3" or (head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6))


def _is_container(head: bytes) -> bool:
    return head[4:8] == b"ftyp" or head[:4] == b"\x1a\x45\xdf\xa3"


def _inspect_wave(file: IO[bytes], name: str, size: int) -> tuple[str, ...]:
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
            return _check_wave(name, code, rate * align, length, size - at - 8)
        at += 8 + length + length % 2
    raise Refused(f"{name}: empty: the file has a wav header but no sound; record it again")


def _check_wave(
    name: str, code: int, bytes_per_s: int, promised: int, present: int
) -> tuple[str, ...]:
    if code not in _WAVE_FORMATS:
        raise Refused(
            f"{name}: wav of an encoding that is not read safely (format {code}); "
            "save it as PCM wav or flac"
        )
    if present <= 0:
        raise Refused(f"{name}: empty: the file has a wav header but no sound; record it again")
    if promised >= _UNKNOWN_SIZE or promised == 0:
        return ("the header does not know the length; everything in the file was read",)
    if promised - present > LIMITS.missing_max_s * max(bytes_per_s, 1):
        raise Refused(
            f"{name}: truncated: {present / max(bytes_per_s, 1):.0f} s of "
            f"{promised / max(bytes_per_s, 1):.0f} s are there; copy it again"
        )
    return ()


def _inspect_ogg(file: IO[bytes], name: str, size: int) -> tuple[str, ...]:
    file.seek(max(0, size - _OGG_TAIL))
    tail = file.read()
    file.seek(0)
    page = tail.rfind(b"OggS")
    if page < 0 or page + 6 > len(tail) or not tail[page + 5] & 4:
        raise Refused(f"{name}: truncated: the stream never ends; copy it again")
    return ()


@contextmanager
def _source(file: IO[bytes], name: str) -> Iterator[_Source]:
    head = file.read(12)
    file.seek(0)
    if _is_container(head):
        with _ffmpeg(file, name) as source:
            yield source
        return
    import soundfile

    try:
        with _quiet(_is_mp3(head)), soundfile.SoundFile(file) as sound:
            frames = sound.frames if 0 < sound.frames < 1 << 62 else None
            blocks = (
                sound.read(_BLOCK, dtype="float32", always_2d=True)
                for _ in iter(lambda: sound.tell() >= 0, False)
            )
            yield _Source(sound.samplerate, sound.channels, frames, _until_empty(blocks))
    except soundfile.SoundFileError:
        raise Refused(f"{name}: damaged: it cannot be decoded; copy or export it again") from None


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


def _until_empty(blocks: Iterator[Samples]) -> Iterator[Samples]:
    for block in blocks:
        if len(block) == 0:
            return
        yield block


@contextmanager
def _ffmpeg(file: IO[bytes], name: str) -> Iterator[_Source]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise Refused(
            f"{name}: this format needs the ffmpeg program, which is not installed; "
            "install ffmpeg or save the recording as wav, flac, ogg or mp3"
        )
    # The already opened file is its only input, no other protocol or play-list format is
    # allowed, so a crafted file cannot pull in another one or reach a network.
    command = [program, "-v", "warning", "-nostdin", "-protocol_whitelist", "file,pipe"]
    command += ["-format_whitelist", "mov,matroska", "-i", "file:/dev/stdin", "-map", "0:a:0"]
    command += ["-t", str(LIMITS.duration_max_h * 3600 + 1), "-c:a", "pcm_f32le"]
    command += ["-f", "wav", "-bitexact", "pipe:1"]
    with (
        tempfile.TemporaryFile() as remarks,
        subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=remarks) as child,
    ):
        assert child.stdout is not None
        try:
            rate, channels = _wave_stream_head(child.stdout, name)
            yield _Source(rate, channels, None, _float_blocks(child.stdout, channels))
            failed = child.wait() != 0
            remarks.seek(0)
            if failed or b"prematurely" in remarks.read(1 << 16):
                raise Refused(f"{name}: damaged or truncated; copy or export it again")
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
    raise Refused(f"{name}: truncated, or without sound; copy or export it again")


def _float_blocks(stream: IO[bytes], channels: int) -> Iterator[Samples]:
    step = 4 * channels
    while data := stream.read(_BLOCK * step):
        yield np.frombuffer(data[: len(data) // step * step], "<f4").reshape(-1, channels)


def _check_limits(name: str, rate: int, channels: int, frames: int | None) -> None:
    if not LIMITS.rate_min_hz <= rate <= LIMITS.rate_max_hz:
        raise Refused(
            f"{name}: sample rate {rate} Hz; between {LIMITS.rate_min_hz} and "
            f"{LIMITS.rate_max_hz} Hz can be analysed"
        )
    if not 1 <= channels <= LIMITS.channels_max:
        raise Refused(f"{name}: {channels} channels; 1 to {LIMITS.channels_max} can be analysed")
    if frames is not None and frames / rate > LIMITS.duration_max_h * 3600:
        raise Refused(_too_long(name))


def _too_long(name: str) -> str:
    return f"{name}: longer than {LIMITS.duration_max_h:.0f} hours; cut it into sessions"


def _gather(name: str, source: _Source, notes: tuple[str, ...]) -> Audio:
    """Resample block by block into an anonymous file, checking every sample on the way."""
    import soxr

    resampler = soxr.ResampleStream(source.rate, RATE_HZ, source.channels, dtype="float32")
    frames = clipped = 0
    with tempfile.TemporaryFile() as store:
        for block in source.blocks:
            frames += len(block)
            clipped += _check_block(name, block)
            if frames / source.rate > LIMITS.duration_max_h * 3600:
                raise Refused(_too_long(name))
            store.write(_resampled(resampler, block, source).tobytes())
        if frames == 0:
            raise Refused(f"{name}: empty: it holds no sound; record or copy it again")
        _check_length(name, frames, source)
        store.write(_resampled(resampler, block[:0], source, last=True).tobytes())
        samples = _mapped(store, source.channels)
    if samples.shape[1] == 0:
        raise Refused(f"{name}: empty: too short to hold sound; record or copy it again")
    return Audio(
        samples,
        RATE_HZ,
        source.rate,
        _mono(samples),
        clipped / (frames * source.channels),
        notes,
    )


def _check_block(name: str, block: Samples) -> int:
    """Count samples at full scale; refuse what is no sound."""
    peak = np.abs(block)
    bad = int(np.count_nonzero(~np.isfinite(block)))
    if bad:
        raise Refused(f"{name}: {bad} or more samples are not numbers (NaN); export it again")
    if float(peak.max(initial=0.0)) > LIMITS.peak_max:
        raise Refused(f"{name}: samples far beyond full scale; export it again as PCM")
    return int(np.count_nonzero(peak >= LIMITS.clipped_at))


def _check_length(name: str, frames: int, source: _Source) -> None:
    missing = (source.frames or frames) - frames
    if missing > LIMITS.missing_max_s * source.rate:
        raise Refused(
            f"{name}: truncated: {frames / source.rate:.0f} s of "
            f"{(frames + missing) / source.rate:.0f} s are there; copy it again"
        )


def _resampled(resampler: Any, block: Samples, source: _Source, *, last: bool = False) -> Samples:
    if source.rate == RATE_HZ:
        return np.ascontiguousarray(block, dtype="<f4")
    out = resampler.resample_chunk(np.ascontiguousarray(block), last=last)
    return np.asarray(out, dtype="<f4").reshape(-1, source.channels)


def _mapped(store: IO[bytes], channels: int) -> Samples:
    store.flush()
    length = os.fstat(store.fileno()).st_size // (4 * channels)
    if length == 0:
        return np.zeros((channels, 0), np.float32)
    # The mapping keeps the nameless file alive for as long as the array is used.
    flat = np.memmap(store, dtype=np.float32, mode="r", shape=(length, channels))
    return flat.T


def _mono(samples: Samples) -> Samples:
    """Mean of the channels, unless they cancel (one is the other turned over)."""
    channels, length = samples.shape
    first: Samples = samples[0]
    if channels == 1:
        return first
    energy = np.zeros(channels)
    mixed = 0.0
    with tempfile.TemporaryFile() as store:
        for start in range(0, length, _BLOCK):
            block = np.asarray(samples[:, start : start + _BLOCK], np.float64)
            mean = block.mean(axis=0)
            energy += (block**2).sum(axis=1)
            mixed += float((mean**2).sum())
            store.write(mean.astype("<f4").tobytes())
        cancels = mixed < 0.01 * energy.max() / channels
        mono: Samples = samples[int(energy.argmax())] if cancels else _mapped(store, 1)[0]
        return mono

"""Files that the ffmpeg program reads: what their tracks are, and the sound of one, with its clock.

Conventions
-----------
The already opened file is the program's only input; the one format that the file's own bytes name
is forced, and no other protocol is allowed, so a crafted file cannot pull in another one or reach a
network. The program hands back decoded sound in Matroska, where every block has its time.
"""

import json
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

import numpy as np

from diarize.errors import Refused
from diarize.recording.gathering import Blocks, Source
from diarize.runtime.program import environment, program
from diarize.settings import Decoding

__all__ = ["GIVEN", "Track", "here", "opened", "places", "tracks"]

GIVEN = Path("/dev/stdin")  # under this name the program finds the file that it is given
_INSIDE = {0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0xE1, 0xA0}  # what is looked into
_PROGRAMS = ("ffmpeg", "ffprobe")
_LOSSY = ("mp", "aac", "opus", "vorbis", "amr", "gsm", "wma", "speex", "ac3", "eac3", "g7", "dss",
          "adpcm", "atrac", "qcelp", "evrc", "ilbc", "ra_", "cook", "sipr")  # fmt: skip
_LOSSLESS = ("mp4als", "wmalossless", "atrac3al", "atrac3pal")  # that begin so too
_FROM_ZERO = ("mov",)  # whose clock begins at 0, whenever a track does; others begin anywhere
# Of these a frame whose checksum is wrong is noise, or another's sound: it is left out.
_CHECKED = ("flac", "wavpack", "tta", "ape", "ac3", "eac3")
# As the program says, by its version, that a frame could not be read.
_FAULT = re.compile(rb"^(?:Error while decoding stream|.*Error submitting packet to decoder)", re.M)
_REMARKS_MAX = 1 << 20  # bytes of what it says that are looked at
_TIME, _BLOCK, _RATE, _CHANNELS = 0xE7, (0xA3, 0xA1), 0xB5, 0x9F


@dataclass(frozen=True, slots=True)
class Track:
    """A track of sound.

    Parameters
    ----------
    index : int
        Its number among all streams of the file, from 0.
    begins_s : float
        When it begins, on the file's clock, or, where that has no beginning, the first stream's.
    promised_s : float or None
        Where it ends by the file's header, None where that does not say.
    kbit_s : float or None
        What a lossy codec had for a second of each channel; None of others, and where the file
        does not say.
    checked : bool
        Whether its frames have checksums, and one that has a wrong one is left out.
    """

    index: int
    begins_s: float
    promised_s: float | None
    kbit_s: float | None = None
    file_ends_s: float | None = None
    checked: bool = False


def here() -> bool:
    """Whether this machine has the programs."""
    return len(places()) == len(_PROGRAMS)


def places() -> tuple[str, ...]:
    """Say where those of the programs are that this machine has."""
    found = (program(name) for name in _PROGRAMS)
    return tuple(str(place) for place in found if place)


def tracks(file: IO[bytes], name: str, demuxer: str) -> tuple[Track, ...]:
    """List the tracks of sound in a file.

    Raises
    ------
    Refused
        If the program is not on this machine.
    """
    file.seek(0)
    asked = ["-show_entries", "stream=index,codec_type,codec_name,start_time,duration,"
             "channels,bit_rate:stream_disposition=attached_pic"]  # fmt: skip
    asked += ["-show_entries", "format=start_time,bit_rate,duration", "-of", "json"]
    command = [*_command("ffprobe", file, name, demuxer), *asked]
    done = subprocess.run(command, stdin=file, capture_output=True, check=False, env=environment())
    try:
        found = json.loads(done.stdout or b"{}")
    except ValueError:
        return ()
    origin_s = 0.0
    if demuxer not in _FROM_ZERO:
        origin_s = _seconds(found.get("format", {}).get("start_time")) or 0.0
    streams = found.get("streams", ())
    pictured = any(stream.get("codec_type") == "video" for stream in streams)
    if demuxer in _FROM_ZERO and pictured:  # what is missing of the picture as well is no silence
        begun = (_seconds(stream.get("start_time")) for stream in streams)
        origin_s = max(0.0, min((at for at in begun if at is not None), default=0.0))
    alone = found.get("format", {}) if len(streams) == 1 else {}  # then the file's rate is its own
    ends_s = _file_ends_s(found, demuxer, origin_s)
    return tuple(
        replace(_track(stream, origin_s, _kbit_s(stream, alone)), file_ends_s=ends_s)
        for stream in streams
        if stream.get("codec_type") == "audio" and stream.get("codec_name", "none") != "none"
    )


def _file_ends_s(found: dict[str, Any], demuxer: str, origin_s: float) -> float | None:
    """Say where a file ends by its head: by its own length, or by its picture's.

    None where the program would reckon that from bytes.
    """
    whole = found.get("format", {})
    if demuxer == "matroska":
        ends = [_seconds(whole.get("duration"))]
    elif demuxer == "mov":
        ends = [
            None if length_s is None else (_seconds(stream.get("start_time")) or 0.0) + length_s
            for stream in found.get("streams", ())
            if stream.get("codec_type") == "video"
            and not stream.get("disposition", {}).get("attached_pic")
            for length_s in [_seconds(stream.get("duration"))]
        ]
    else:
        return None
    return max((end - origin_s for end in ends if end is not None), default=None)


def _kbit_s(stream: dict[str, Any], alone: dict[str, Any]) -> float | None:
    """Thousands of bits for a second of each channel, of a lossy codec."""
    rate = _seconds(stream.get("bit_rate")) or _seconds(alone.get("bit_rate"))
    codec = str(stream.get("codec_name"))
    if not rate or codec in _LOSSLESS or not codec.startswith(_LOSSY):
        return None
    return rate / 1e3 / max(1, int(stream.get("channels") or 1))


def _track(stream: dict[str, Any], origin_s: float, kbit_s: float | None) -> Track:
    length_s = _seconds(stream.get("duration"))
    begins_s = (_seconds(stream.get("start_time")) or 0.0) - origin_s
    ends_s = None if length_s is None else begins_s + length_s
    checked = stream.get("codec_name") in _CHECKED
    return Track(int(stream["index"]), begins_s, ends_s, kbit_s, checked=checked)


def _seconds(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None


@contextmanager
def opened(
    file: IO[bytes], name: str, demuxer: str, track: Track, *, limits: Decoding
) -> Iterator[Source]:
    """Open the sound of a track.

    Raises
    ------
    Refused
        If it cannot be decoded, or the program is not on this machine.
    """
    file.seek(0)
    # A long hole is a hole, not the program's to close.
    jumps = ["-dts_delta_threshold", str(limits.ahead_max_s)]
    if track.checked:
        jumps += ["-err_detect:a", "crccheck+explode"]
    command = [*_command("ffmpeg", file, name, demuxer, *jumps), "-map", f"0:{track.index}"]
    command += ["-t", str(limits.duration_max_h * 3600 + 1), "-c:a", "pcm_f32le"]
    command += ["-f", "matroska", "pipe:1"]
    with (
        tempfile.TemporaryFile() as remarks,
        subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=remarks, env=environment()
        ) as child,
    ):
        assert child.stdout is not None
        try:
            rate, channels = _head(child.stdout, name)
            source = Source(rate, channels, iter(()))
            blocks = _on_clock(_blocks(child.stdout, source, limits), track, limits)
            source.blocks = _to_the_end(blocks, source, child, remarks)
            yield source
            source.broken = child.wait() != 0
        finally:
            child.kill()


def _to_the_end(
    blocks: Iterator[tuple[float | None, Blocks]],
    source: Source,
    child: "subprocess.Popen[bytes]",
    remarks: IO[bytes],
) -> Iterator[tuple[float | None, Blocks]]:
    """Give all blocks, and then how many frames the program could not read."""
    yield from blocks
    child.wait()
    remarks.seek(0)
    source.faults = len(_FAULT.findall(remarks.read(_REMARKS_MAX)))


def _command(which: str, file: IO[bytes], name: str, demuxer: str, *more: str) -> list[str]:
    found = program(which)
    if found is None:
        raise Refused("recording.needs_ffmpeg", file=name)
    own = ["-nostdin"] if which == "ffmpeg" else []
    allowed = ["-protocol_whitelist", "file,pipe", "-format_whitelist", demuxer, "-f", demuxer]
    return [str(found), "-v", "error", *own, *more, *allowed, "-i", _place(file)]


def _place(file: IO[bytes]) -> str:
    """Say where the program finds a file; its own name where what is given to it has none.

    A temporary file, whose name may not open it twice, can then only be read from start to end.
    """
    if GIVEN.exists():
        return f"file:{GIVEN}"
    own = isinstance(file, BufferedReader) and isinstance(file.name, str)
    return f"file:{Path(file.name).absolute()}" if own else "pipe:0"


def _head(stream: IO[bytes], name: str) -> tuple[int, int]:
    """Read up to the first cluster: rate and channels."""
    rate, channels = 0, 1
    for kind, size in _elements(stream):
        if kind == 0x1F43B675:
            break
        if kind in _INSIDE:
            continue
        body = stream.read(size)
        if kind == _RATE:
            rate = round(struct.unpack(">d" if size == 8 else ">f", body)[0])
        if kind == _CHANNELS:
            channels = int.from_bytes(body, "big")
    if not rate:
        raise Refused("recording.damaged_or_truncated", file=name)
    return rate, channels


def _elements(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Give what comes next, its kind and size; the caller reads what is not looked into."""
    while (kind := _number(stream, keep=True)) is not None:
        size = _number(stream, keep=False)
        if size is None:
            return
        yield kind, size


def _number(stream: IO[bytes], *, keep: bool) -> int | None:
    first = stream.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = stream.read(length - 1)
    value = int.from_bytes(first + rest, "big")
    return value if keep else value & ~(1 << 7 * length)


def _blocks(
    stream: IO[bytes], source: Source, limits: Decoding
) -> Iterator[tuple[float | None, Blocks]]:
    """Give sound in long blocks, a new one wherever the clock does not go on with the sound."""
    begins_s, sizes = 0.0, 0
    waiting: list[bytes] = []
    step = 4 * source.channels
    for at_s, body in _timed(stream):
        jumps = abs(begins_s + sizes / step / source.rate - at_s) > limits.clock_slack_s
        if waiting and (jumps or sizes >= limits.block_samples * step):
            yield begins_s, _floats(waiting, source.channels)
            waiting, sizes = [], 0
        if not waiting:
            begins_s = at_s
        waiting.append(body[: len(body) // step * step])
        sizes += len(waiting[-1])
    if waiting:
        yield begins_s, _floats(waiting, source.channels)


def _on_clock(
    blocks: Iterator[tuple[float | None, Blocks]], track: Track, limits: Decoding
) -> Iterator[tuple[float | None, Blocks]]:
    """Put a track back to where it begins: of some formats the program takes that away."""
    shift_s = None
    for at_s, block in blocks:
        if shift_s is None:
            taken = (at_s or 0.0) < limits.clock_slack_s < track.begins_s
            shift_s = track.begins_s if taken else 0.0
        yield (at_s or 0.0) + shift_s, block


def _timed(stream: IO[bytes]) -> Iterator[tuple[float, bytes]]:
    """Give every block of sound with its time in seconds."""
    cluster = 0
    for kind, size in _elements(stream):
        if kind in _INSIDE:
            continue
        body = stream.read(size)
        if kind == _TIME:
            cluster = int.from_bytes(body, "big")
        elif kind in _BLOCK and len(body) >= 4:
            yield (cluster + struct.unpack(">h", body[1:3])[0]) / 1000, body[4:]


def _floats(waiting: list[bytes], channels: int) -> Blocks:
    return np.frombuffer(b"".join(waiting), "<f4").reshape(-1, channels)

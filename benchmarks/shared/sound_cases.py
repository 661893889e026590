"""Recordings as recorders, meetings and copies leave them: made here, each with what is right.

Conventions
-----------
Everything is made from the first 100 s of a sample. `seconds` is how long the session was, `late_s`
how much later its sound must stand, and `lost_s` what nobody can give back; `says` are codes of
which one must be among the notes where something is lost or mended.
"""

import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.shared.commanded import Place
from diarize.errors import Refused
from diarize.recording.joined import read
from diarize.settings import Decoding
from diarize.timeline import total

__all__ = [
    "CASES",
    "LENGTH_S",
    "RATE",
    "SoundCase",
    "SoundRow",
    "checked",
    "half_and_whole",
    "judged",
    "made",
    "twice",
    "without",
    "zeros",
]

RATE = 16_000
LENGTH_S = 100.0
_EXCERPT = slice(80 * RATE, 85 * RATE)
Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class SoundCase:
    """One case.

    Parameters
    ----------
    name : str
        Of the file; its ending says what the ffmpeg program makes.
    how : str
        Options of the program.
    change : callable, optional
        What happens to the bytes afterwards.
    seconds, lost_s, late_s : float
        What is right; a `lost_s` below 0 stands for a loss whose length nobody can know.
    says : tuple of str
        Codes, one of which must be said; none for a case with nothing to say.
    behind_s : float
        How much other sound stands in front; below 0, how much is gone there.
    more : str, optional
        Options for a second file, which is joined to the first.
    """

    name: str
    how: str = ""
    change: Change | None = None
    seconds: float = LENGTH_S
    lost_s: float = 0.0
    late_s: float = 0.0
    says: tuple[str, ...] = ()
    behind_s: float = 0.0
    more: str | None = None


@dataclass(frozen=True, slots=True)
class SoundRow:
    """What became of a case; `off_s` is how far its sound is off its clock, None if not found."""

    name: str
    heard_s: float
    lost_s: float
    off_s: float | None
    said: tuple[str, ...]
    right: bool


def _part(share: float) -> Change:
    return without(share, 1.0)


def without(first: float, end: float) -> Change:
    """Take the bytes between two shares of a file out of it."""
    return lambda data: data[: int(first * len(data))] + data[int(end * len(data)) :]


def zeros(first: float, end: float) -> Change:
    """Overwrite the bytes between two shares of a file."""

    def change(data: bytes) -> bytes:
        a, b = int(first * len(data)), int(end * len(data))
        return data[:a] + bytes(b - a) + data[b:]

    return change


def _says(length: int) -> Change:
    def change(data: bytes) -> bytes:
        at = data.find(b"data") + 4
        return data[:at] + struct.pack("<I", length) + data[at + 4 :]

    return change


def _counts(more: int) -> Change:
    def change(data: bytes) -> bytes:
        at = data.find(b"Xing") + 8
        count = struct.unpack(">I", data[at : at + 4])[0] + more
        return data[:at] + struct.pack(">I", count) + data[at + 4 :]

    return change


def _tagged(data: bytes) -> bytes:
    return b"ID3\x03\x00\x00\x00\x00\x00\x0a0123456789" + data


def twice(data: bytes) -> bytes:
    """Join a file to itself."""
    return data + data


def half_and_whole(data: bytes) -> bytes:
    """Join a file to the first half of itself."""
    return data[: len(data) // 2] + data


_VIDEO = "-f lavfi -i color=c=black:s=64x64:r=5:d=103 -itsoffset 3 -i base.wav -map 0:v -map 1:a"
_LOST = ("cut_short",)
_LOSSES = {"cut_short", "no_end", "missing_inside", "piece_unread", "part_cut_short"}
_INSIDE = ("missing_inside",)
_TWO = 2 * LENGTH_S
CASES: tuple[SoundCase, ...] = (
    # Whole, in every format: nothing may be lost and nothing said.
    *(SoundCase(f"whole{i}{ending}", how) for i, (ending, how) in enumerate((
        (".wav", ""), (".wav", "-rf64 always"), (".wav", "-c:a adpcm_ima_wav"),
        (".wav", "-c:a adpcm_ms"), (".wav", "-ar 8000 -c:a libgsm_ms"), (".wav", "-c:a pcm_mulaw"),
        (".aiff", ""), (".aiff", "-c:a adpcm_ima_qt"), (".caf", ""), (".w64", ""), (".au", ""),
        (".flac", ""), (".mp3", "-q:a 6"), (".mp3", "-q:a 6 -write_xing 0"), (".ogg", ""),
        (".opus", ""), (".spx", "-c:a libspeex"), (".m4a", ""), (".m4a", "-c:a alac"),
        (".mp4", "-c:a aac -movflags frag_keyframe+empty_moov -frag_duration 1000000"),
        (".mov", "-c:a pcm_s16le"), (".3gp", "-ar 8000 -c:a aac"), (".webm", "-c:a libopus"),
        (".mka", "-c:a libvorbis"), (".wma", ""), (".avi", "-c:a libmp3lame"), (".ts", "-c:a aac"),
        (".mpg", "-ar 44100 -c:a mp2"), (".flv", "-ar 22050 -c:a libmp3lame"), (".aac", ""),
        (".ac3", ""), (".wv", ""), (".gsm", "-ar 8000"),
    ))),
    # Headers that are wrong, or were never written.
    SoundCase("says_0.wav", "", _says(0), says=("length_unknown",)),
    SoundCase("says_endless.wav", "", _says(0xFFFFFFFF), says=("length_unknown",)),
    SoundCase("says_40_s.wav", "", _says(40 * 32_000), says=("header_short",)),
    SoundCase("says_half_an_hour.wav", "", _says(1800 * 32_000), 1800.0, 1700.0, says=_LOST),
    SoundCase("counts_2_s_more.mp3", "-q:a 6", _counts(56), 102.0, 2.0, says=_LOST),
    SoundCase("behind_a_tag.flac", "", _tagged),
    SoundCase("behind_a_tag.wav", "", _tagged),
    # Joined byte by byte.
    *(SoundCase(f"joined{i}{ending}", how, twice, _TWO, says=("joined",))
      for i, (ending, how) in enumerate((
          (".mp3", "-q:a 6"), (".ogg", ""), (".opus", ""), (".flac", ""), (".wav", ""),
          (".aiff", ""), (".m4a", ""), (".wma", ""), (".caf", ""), (".flv", "-ar 22050"),
          (".avi", "-c:a libmp3lame"), (".mka", "-c:a libvorbis"), (".mov", "-c:a pcm_s16le"),
          (".webm", "-c:a libopus"), (".w64", ""), (".au", ""), (".wav", "-c:a adpcm_ima_wav"),
          (".mp4", "-c:a aac -movflags faststart")))),
    # Cut short.
    *(SoundCase(f"cut{i}{ending}", how, _part(0.7), lost_s=30.0, says=_LOST)
      for i, (ending, how) in enumerate((
          (".wav", ""), (".wav", "-rf64 always"), (".wav", "-c:a adpcm_ima_wav"), (".aiff", ""),
          (".caf", ""), (".w64", ""), (".flac", ""), (".mp3", "-b:a 64k"), (".mka", "-c:a flac"),
          (".webm", "-c:a libopus"), (".wma", ""), (".m4a", "-movflags faststart")))),
    *(SoundCase(f"cut_open{i}{ending}", how, _part(0.7), lost_s=-1.0, says=("no_end",))
      for i, (ending, how) in enumerate(((".ogg", ""), (".opus", ""), (".spx", "-c:a libspeex")))),
    SoundCase("never_finished.m4a", "", _part(0.7), 0.0, says=("no_index",)),
    # Missing inside.
    *(SoundCase(f"hole{i}{ending}", how, zeros(0.3, 0.4), lost_s=10.0, says=_INSIDE)
      for i, (ending, how) in enumerate((
          (".mp3", "-b:a 64k"), (".ogg", ""), (".opus", ""), (".flac", "")))),
    *(SoundCase(f"taken_out{i}{ending}", how, without(0.3, 0.4), lost_s=10.0, says=_INSIDE)
      for i, (ending, how) in enumerate((
          (".mp3", "-b:a 64k"), (".ogg", ""), (".opus", ""), (".flac", "")))),
    SoundCase("packets_missing.webm", "-af aselect='not(between(t,40,50))' -c:a libopus "
              "-fps_mode passthrough", lost_s=10.0, says=_INSIDE),
    # The container's clock.
    SoundCase("late.mp4", f"{_VIDEO} -c:v mpeg4 -c:a aac", seconds=103.0, late_s=3.0,
              says=("starts_late",)),
    SoundCase("late.mkv", f"{_VIDEO} -c:v mpeg4 -c:a libopus", seconds=103.0, late_s=3.0,
              says=("starts_late",)),
    SoundCase("late.ts", f"{_VIDEO} -c:v mpeg2video -c:a mp2", seconds=103.0, late_s=3.0,
              says=("starts_late",)),
    SoundCase("first_track_silent.mp4", "-f lavfi -i anullsrc=r=16000:cl=mono:d=100 -i base.wav "
              "-map 0:a -map 1:a -c:a aac", says=("track_taken",)),
)  # fmt: skip


def made(case: SoundCase, folder: Path) -> Path | None:
    """Make a case's file in a folder that holds ``base.wav``; None where it cannot be made."""
    path = folder / case.name
    if not _written(case.how, path, folder):
        return None
    if case.more is not None:
        other = path.with_stem("more")
        if not _written(case.more, other, folder):
            return None
        path.write_bytes(path.read_bytes() + other.read_bytes())
    if case.change is not None:
        path.write_bytes(case.change(path.read_bytes()))
    return path


def _written(how: str, path: Path, folder: Path) -> bool:
    source = [] if "base.wav" in how else ["-i", "base.wav"]
    command = ["ffmpeg", "-v", "error", "-y", *source, *how.split(), str(path)]
    return not subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode


def judged(
    base: NDArray[np.float32], folder: Path, cases: Sequence[SoundCase] = CASES
) -> Iterator[SoundRow]:
    """Make every case from 100 s of sound, read it and compare."""
    return _each(cases, base, folder, lambda case, path: _read(case, path, base))


def checked(
    base: NDArray[np.float32], place: Place, cases: Sequence[SoundCase]
) -> Iterator[SoundRow]:
    """Make every case, give it to ``prosody check`` with a consent, and compare."""
    return _each(cases, base, place.folder, lambda case, path: _checked(case, path, place))


def _each(
    cases: Sequence[SoundCase],
    base: NDArray[np.float32],
    folder: Path,
    row: Callable[[SoundCase, Path], SoundRow],
) -> Iterator[SoundRow]:
    soundfile.write(folder / "base.wav", base, RATE)
    for case in cases:
        path = made(case, folder)
        if path is None:
            yield SoundRow(case.name, 0.0, 0.0, None, ("cannot be made here",), True)
            continue
        yield row(case, path)
        path.unlink()


def _checked(case: SoundCase, path: Path, place: Place) -> SoundRow:
    found = place.checked(place.granted(path))
    said = tuple(code.partition(".")[2] for code in found.codes if code.startswith("recording."))
    whole = case.lost_s < 0 or abs(found.seconds - case.seconds) < 0.6
    spoken = bool(set(said) & set(case.says)) if case.says else not set(said) & _LOSSES
    ended = found.exit_code == (2 if case.seconds == 0 else 0)
    return SoundRow(case.name, found.seconds, 0.0, None, said, whole and spoken and ended)


def _read(case: SoundCase, path: Path, base: NDArray[np.float32]) -> SoundRow:
    try:
        found = read(path, limits=Decoding())
    except Refused as refusal:
        code = refusal.code.partition(".")[2]
        return SoundRow(case.name, 0.0, 0.0, None, (code,), code in case.says)
    heard_s, lost_s = found.sound.seconds, total(found.lost)
    lost_s += sum(
        float(str(n.fields["seconds"])) for n in found.notes if n.code == "recording.part_cut_short"
    )
    said = tuple(note.code.partition(".")[2] for note in found.notes)
    off_s = _off(found.sound.samples, base, case.late_s + case.behind_s)
    known = case.lost_s >= 0
    whole = abs(heard_s + lost_s + case.late_s - case.seconds) < 0.6 or not known
    as_much = abs(lost_s - case.lost_s) < 3.0 or not known
    spoken = bool(set(said) & set(case.says)) if case.says else not lost_s
    right = whole and as_much and spoken and (off_s is None or abs(off_s) < 0.5)
    return SoundRow(case.name, heard_s, lost_s, off_s, said, right)


def _off(samples: NDArray[np.float32], base: NDArray[np.float32], late_s: float) -> float | None:
    """Say how far an excerpt is from where it should be; None where it is not to be found."""
    sound, excerpt = samples.mean(axis=0), base[_EXCERPT]
    if len(sound) < _EXCERPT.stop:
        return None
    size = 1 << (len(sound) + len(excerpt)).bit_length()
    found = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(excerpt, size)), size)
    place = int(np.argmax(found[: round((104 + late_s) * RATE)]))
    return (place - _EXCERPT.start) / RATE - late_s

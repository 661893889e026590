"""Sound: decode a consented recording once, in blocks.

Conventions
-----------
Samples are float32 in ±1, shaped (channels, n), at 16 kHz, resampled by soxr at its high quality
as librosa does by default. The decoded samples live in an anonymous temporary file mapped into
memory, so memory stays flat for any length and nothing is left behind, even after a kill. A file
is opened once, as a regular file, and its header is checked before any library sees it.
"""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording.admission import Recording, Sound
from diarize.recording.confined_decoding import read
from diarize.recording.gathering import RATE_HZ, Source, gather, mapped
from diarize.recording.reading import NO_END, FileSound
from diarize.recording.several_files import in_order, side_by_side
from diarize.runtime.memory import let_go
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["RATE_HZ", "Audio", "Samples", "copied", "decode", "mixed", "save_flac"]

Samples = NDArray[np.float32]
_BLOCK = 1 << 18  # samples a channel; 1 MB of float32


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
    notes : tuple of Note
        What a reader should know of the decoding.
    lost : tuple of Span
        Where sound is missing: inside there is silence, the last may lie behind the end.
    foreign : ndarray of bool, shape (channels, rows), or None
        Rows of 10 ms in which a channel holds nothing but what is said on another.
    channel_each : bool or None
        Whether its channels are a person each; None where nobody has judged it.
    kbit_s : float or None
        What a lossy codec had for a second of each channel, where the file says so.
    """

    samples: Samples
    rate: int
    source_rate_hz: int
    mono: Samples
    clipped_share: float = 0.0
    notes: tuple[Note, ...] = ()
    lost: tuple[Span, ...] = ()
    foreign: NDArray[np.bool_] | None = None
    channel_each: bool | None = None
    kbit_s: float | None = None

    @property
    def channels(self) -> int:
        """How many channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.rate

    @property
    def holes(self) -> tuple[Span, ...]:
        """Where sound is missing inside."""
        return tuple(span for span in self.lost if span.start < self.duration)

    @property
    def cut_short(self) -> bool:
        """Whether its end is missing."""
        return any(note.code in NO_END for note in self.notes)

    @classmethod
    def of(cls, samples: Samples, rate: int = RATE_HZ, *, source_rate_hz: int = 0) -> "Audio":
        """Wrap an array, (n,) or (channels, n), that is already in memory; it is copied."""
        kept = np.array(np.atleast_2d(samples), dtype=np.float32)
        mono = kept[0] if kept.shape[0] == 1 else kept.mean(axis=0, dtype=np.float32)
        kept.setflags(write=False)
        mono.setflags(write=False)
        return cls(kept, rate, source_rate_hz or rate, mono)


def decode(
    recording: Recording, *, limits: Decoding = Decoding(), track: int | None = None
) -> Audio:
    """Decode a consented recording to 16 kHz.

    Parameters
    ----------
    recording : Recording
        From `admission.admit`; nothing else can be decoded.
    limits : Decoding
        What is accepted.
    track : int, optional
        Which track of sound, from 1, of a file with several.

    Raises
    ------
    Refused
        If nothing of it can be decoded, it is of an unknown or unsafe format, outside `limits`,
        or holds samples that are not numbers. One line says which.
    """
    if not isinstance(recording, Recording):
        raise TypeError("only a Recording made by admission.admit can be decoded")
    found = [_read(part, limits, track) for part in recording.each]
    if len(found) == 1:
        return _audio(found[0], limits)
    names = [str(part.path) for part in recording.each]
    if recording.parallel:
        return _audio(side_by_side(found, names, limits), limits)
    return _audio(in_order(found, limits, names=names), limits)


def _read(recording: Recording, limits: Decoding, track: int | None) -> FileSound:
    if recording.sound is not None:
        return _in_memory(str(recording.path), recording.sound, limits)
    # What was decoded is what was consented to, not what lay there a moment before or after.
    return read(recording.path, recording.sha256, limits=limits, track=track)


def _in_memory(name: str, sound: Sound, limits: Decoding) -> FileSound:
    channels, length = sound.samples.shape
    blocks = ((None, sound.samples[:, i : i + _BLOCK].T) for i in range(0, length, _BLOCK))
    try:
        return FileSound(gather(name, Source(sound.rate_hz, channels, blocks), limits=limits))
    except Refused as refusal:
        code = _OF_SAMPLES.get(refusal.code, refusal.code)
        raise Refused(code, **refusal.message.fields) from None


# What is refused of a file, and of samples, which nobody can export again.
_OF_SAMPLES = {
    "recording.not_numbers": "recording.samples_not_numbers",
    "recording.beyond_full_scale": "recording.samples_beyond",
}


class _Telling(io.FileIO):
    """A file that keeps why it could not be written: libsndfile says only that it was not."""

    failed: OSError | None = None

    def write(self, data: Any) -> int:
        left = memoryview(data)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.failed = error
        return len(data) - len(left)


def save_flac(audio: Audio, path: Path) -> None:
    """Write decoded audio as 16-bit FLAC, in blocks, for playing back.

    Raises
    ------
    OSError
        If the file cannot be written, or not to its end.
    """
    import soundfile

    form: dict[str, Any] = {"format": "FLAC", "subtype": "PCM_16"}
    with _Telling(path, "w+") as into:
        try:
            with soundfile.SoundFile(into, "w", audio.rate, audio.channels, **form) as file:
                for start in range(0, audio.samples.shape[1], _BLOCK):
                    block = np.clip(audio.samples[:, start : start + _BLOCK], -1.0, 32767 / 32768)
                    file.write(np.ascontiguousarray(block.T))
                    let_go(audio.samples)
        except (soundfile.SoundFileError, AssertionError):
            if into.failed is None:
                raise
        if into.failed is not None:
            raise into.failed


def _audio(found: FileSound, limits: Decoding) -> Audio:
    sound = found.sound
    mono = mixed(sound.samples, limits=limits)
    share = sound.clipped_share
    return Audio(
        sound.samples,
        RATE_HZ,
        sound.rate,
        mono,
        share,
        found.notes,
        found.lost,
        kbit_s=found.kbit_s,
    )


def copied(samples: Samples) -> Samples:
    """Copy samples into a nameless file, as decoded ones are: memory stays flat for any length."""
    channels, length = samples.shape
    if not length:
        return samples.copy()
    with tempfile.TemporaryFile() as store:
        store.truncate(4 * channels * length)
        copy = np.memmap(store, dtype=np.float32, mode="r+", shape=(channels, length))
    copy[:] = samples
    return copy


def mixed(samples: Samples, *, limits: Decoding = Decoding()) -> Samples:
    """Give the mean of the channels, or the loudest where they cancel (one is another inverted)."""
    channels, length = samples.shape
    first: Samples = samples[0]
    if channels == 1:
        return first
    energy = np.zeros(channels)
    mixed = 0.0
    with tempfile.TemporaryFile() as store:
        for start in range(0, length, limits.block_samples):
            block = np.asarray(samples[:, start : start + limits.block_samples], np.float64)
            mean = block.mean(axis=0)
            energy += (block**2).sum(axis=1)
            mixed += float((mean**2).sum())
            store.write(mean.astype("<f4").tobytes())
        cancels = mixed < limits.cancel_share * energy.max() / channels
        mono: Samples = samples[int(energy.argmax())] if cancels else mapped(store, 1)[0]
        return mono

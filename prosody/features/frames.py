"""How it sounded, every 10 ms: pitch, level, spectrum and voice quality.

Conventions
-----------
Row i is centred at ``time_s[i] = i * hop_s``; n samples make ``n // 160 + 1`` rows, none of them
none. What cannot be measured is NaN: F0 in unvoiced frames, everything in digital silence,
spectral columns above the recording's band. One column is (n,), or (channels, n) for recordings
with a channel per person. Levels are dB relative to full scale: 0 dBFS is the RMS of a
full-scale square wave, a full-scale sine has -3.01.
"""

import mmap
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from prosody.features import nuclei, pitch, spectrum, voicing
from prosody.features.auditory import auditory_bands
from prosody.features.band import reached_hz
from prosody.features.blocks import let_go, with_surroundings
from prosody.features.candidates import log_probability
from prosody.features.harmonics import harmonics
from prosody.features.windows import HOP, RATE_HZ
from prosody.settings import Features, Floor, Voicing

if TYPE_CHECKING:  # frames of a session are read and measured without what decodes
    from diarize.recording.audio import Audio

__all__ = ["COLUMNS", "PITCH", "Frames", "measure"]

Column = NDArray[np.float32]

BLOCK_FRAMES = 2048  # frames measured at once by one thread: 20 s

# A column needs the recording's band to reach this far, Hz; telephone sound does not.
NEEDS_BAND_HZ = {
    "alpha_ratio_db": 5000.0,
    "harmonic_alpha_ratio_db": 5000.0,
    "hammarberg_db": 5000.0,
    "hf500_db": 5000.0,
    "loudness": 7500.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Frame features; names, units and order are those of frames.npz."""

    time_s: Column
    f0_hz: Column
    voicing: Column
    level_db: Column
    loudness: Column
    alpha_ratio_db: Column
    harmonic_alpha_ratio_db: Column
    hammarberg_db: Column
    slope_0_500_db_per_khz: Column
    slope_500_1500_db_per_khz: Column
    hf500_db: Column
    hnr_db: Column
    cpp_db: Column
    h1_h2_db: Column
    flux: Column
    noise_floor_db: Column
    syllable: Column
    speech: Column
    hop_s: float = 0.01
    sample_rate_hz: int = 16_000
    band_hz: float = 8_000.0  # how far up the recording reaches; columns beyond it are NaN

    def channel(self, index: int | None) -> "Frames":
        """Give one channel's columns, each (n,); a mono recording gives them as they are.

        None, where there are several, gives the first: nobody was cast in the role that asks, so
        there is no speech of it to look at.
        """
        if self.f0_hz.ndim == 1:
            return self
        columns = {
            f.name: getattr(self, f.name)[index or 0]
            if getattr(getattr(self, f.name), "ndim", 0) == 2
            else getattr(self, f.name)
            for f in fields(self)
        }
        return Frames(**columns)


COLUMNS = tuple(f.name for f in fields(Frames))[:18]


def measure(
    audio: "Audio",
    *,
    speech: Column | None = None,
    per_channel: bool = False,
    tracker: str = "fused",
    settings: Features = Features(),
) -> Frames:
    """Measure every frame of decoded audio.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    speech : ndarray of float32, shape (n,) or (channels, n), optional
        Voice-activity probability per 10 ms frame from `diarize.separation.activity`; NaN
        column without it.
    per_channel : bool
        Measure each channel for itself instead of the mono mix.
    tracker : str
        A row of `PITCH`.
    settings : Features
        Thresholds.

    Returns
    -------
    Frames
        Columns (n,), or (channels, n) if `per_channel` and there is more than one channel.

    Raises
    ------
    ValueError
        If the rate is not 16 kHz, a sample is not finite, `speech` does not fit, or the
        recording is longer than `settings.longest_h`.
    """
    _check(audio, settings.longest_h)
    apart = per_channel and audio.channels > 1
    voices = list(audio.samples) if apart else [audio.mono]
    rows = _count(len(audio.mono))
    heard = _speech(speech, rows, len(voices))
    band_hz = min(audio.source_rate_hz, audio.rate) / 2
    band_hz = min(reached_hz(x, band_hz, rules=settings.spectrum) for x in voices)
    if apart:
        shelf = _Shelf(len(voices), rows)
        for i, samples in enumerate(voices):
            shelf.put(i, _measure_one(samples, rows, heard[i], band_hz, tracker, settings))
        columns = shelf.columns
    else:
        columns = _measure_one(voices[0], rows, heard[0], band_hz, tracker, settings)
    for column in columns.values():
        column.setflags(write=False)
    time = np.arange(rows, dtype=np.float32) * np.float32(0.01)
    return Frames(time, **columns, band_hz=band_hz)  # type: ignore[arg-type]


class _Shelf:
    """Columns of several channels, kept in a file without a name while the others are measured."""

    def __init__(self, voices: int, rows: int) -> None:
        shape = (len(COLUMNS) - 1, voices, rows)
        with tempfile.TemporaryFile() as file:
            file.truncate(max(1, 4 * shape[0] * voices * rows))
            self._mapped = mmap.mmap(file.fileno(), 0)
        room: Column = np.ndarray(shape, dtype=np.float32, buffer=self._mapped)
        self.columns: dict[str, Column] = dict(zip(COLUMNS[1:], room, strict=True))

    def put(self, channel: int, columns: dict[str, Column]) -> None:
        """Take over what was measured of a channel."""
        for name, column in self.columns.items():
            column[channel] = columns.pop(name)
        if hasattr(mmap, "MADV_DONTNEED"):  # what is in the file need not be in memory as well
            self._mapped.madvise(mmap.MADV_DONTNEED)


def _check(audio: "Audio", longest_h: float) -> None:
    if audio.rate != RATE_HZ:
        raise ValueError(f"frames are measured at {RATE_HZ} Hz, not {audio.rate}")
    if audio.duration > longest_h * 3600:
        raise ValueError(f"longer than {longest_h:g} hours: measure it in parts")


def _count(samples: int) -> int:
    return samples // HOP + 1 if samples else 0


def _speech(speech: Column | None, rows: int, voices: int) -> Column:
    """The given probabilities as (voices, rows); a row more or less at the end is forgiven."""
    out = np.full((voices, rows), np.nan, dtype=np.float32)
    if speech is None:
        return out
    given = np.atleast_2d(np.asarray(speech, dtype=np.float32))
    if given.shape[0] not in (1, voices) or abs(given.shape[1] - rows) > 2:
        raise ValueError(f"speech has shape {np.shape(speech)}, frames need ({voices}, {rows})")
    some = min(rows, given.shape[1])
    out[:, :some] = given[:, :some]
    return out


def _measure_one(
    samples: Column,
    rows: int,
    speech: Column,
    band_hz: float,
    tracker: str,
    settings: Features,
) -> dict[str, Column]:
    blocks = pass_over(samples, band_hz, settings=settings)
    columns = blocks.columns
    columns["speech"] = blocks.speech = speech
    columns["noise_floor_db"] = noise_floor(columns["level_db"], rules=settings.floor)
    columns["f0_hz"], columns["voicing"] = PITCH[tracker](samples, blocks, settings)
    del blocks  # the candidates are half of all that is held
    del columns["vowel_db"]  # the voicing alone needed it
    shared_db = columns.pop("shared_db")
    columns["syllable"] = nuclei.find_nuclei(shared_db, columns["voicing"], rules=settings.nuclei)
    columns.update(_harmonics(samples, columns["f0_hz"]))
    voiced = np.isfinite(columns["f0_hz"])
    columns["cpp_db"] = np.where(voiced, columns["cpp_db"], np.float32(np.nan))
    for name, needed in NEEDS_BAND_HZ.items():
        if band_hz < needed:
            columns[name] = np.full(rows, np.nan, dtype=np.float32)
    return columns


class Blocks:
    """Columns and pitch candidates of the whole recording, filled block by block."""

    def __init__(self, rows: int, candidates: int) -> None:
        self.rows = rows
        self.speech = np.full(rows, np.nan, dtype=np.float32)
        names = ("level_db", "cpp_db", *spectrum.SHORT_NAMES)
        self.columns = {name: np.empty(rows, dtype=np.float32) for name in names}
        shape = (rows, candidates)
        self.f0_hz = np.empty(shape, dtype=np.float32)
        self.strength = np.empty(shape, dtype=np.float32)
        self.trust = np.empty(shape, dtype=np.float32)
        self.periodicity = np.empty(rows, dtype=np.float32)

    def fill(self, first: int, part: spectrum.Stretch) -> None:
        """Put a stretch at its rows."""
        found = part.candidates
        where = slice(first, first + len(found.f0_hz))
        for name, column in part.columns.items():
            self.columns[name][where] = column
        self.f0_hz[where] = found.f0_hz
        self.strength[where] = found.strength
        self.trust[where] = log_probability(found.signs, found.f0_hz)
        self.periodicity[where] = found.periodicity


def pass_over(
    samples: Column,
    band_hz: float,
    *,
    block_frames: int = BLOCK_FRAMES,
    settings: Features = Features(),
) -> Blocks:
    """Measure all that one frame can say by itself, block by block, a thread per core.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz; may be mapped from disk, each block reads its own part.
    band_hz : float
        Half the rate of the source.
    block_frames : int
        Frames a thread holds at once; changes memory, never a value.
    settings : Features
        Thresholds.
    """
    blocks = Blocks(_count(len(samples)), settings.pitch.candidates)
    mel = auditory_bands()

    def one(first: int) -> None:
        some = min(block_frames, blocks.rows - first)
        part = spectrum.short_time(samples, first, some, mel, band_hz, rules=settings)
        blocks.fill(first, part)
        let_go(samples)

    with ThreadPoolExecutor(threads()) as pool:
        for _ in pool.map(one, range(0, blocks.rows, block_frames)):
            pass
    return blocks


def threads() -> int:
    """How many threads measure at once."""
    return max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


def noise_floor(level_db: Column, *, rules: Floor = Floor()) -> Column:
    """Slow minimum of the level, dB: what is left when nobody speaks."""
    out = np.empty_like(level_db)
    reach = rules.window_frames // 2 + rules.smoothed_frames // 2
    for seen, own, place in with_surroundings(len(level_db), BLOCK_FRAMES, reach):
        out[place] = _lowest(level_db[seen], rules)[own]
    return out


def _lowest(level_db: Column, rules: Floor) -> Column:
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    heard = np.isfinite(level_db)
    power = np.where(heard, 10 ** (np.nan_to_num(level_db) / 10), 0.0)
    share = uniform_filter1d(heard.astype(np.float64), rules.smoothed_frames, mode="constant")
    mean = uniform_filter1d(power, rules.smoothed_frames, mode="constant") / np.maximum(share, 1e-9)
    smooth = np.where(heard, 10 * np.log10(np.maximum(mean, 1e-15)), np.inf)
    low = minimum_filter1d(smooth, rules.window_frames + 1, mode="constant", cval=np.inf)
    return np.where(heard, low, np.nan).astype(np.float32)


def _harmonics(samples: Column, f0_hz: Column) -> dict[str, Column]:
    """Columns of single harmonics, block by block."""
    voiced = np.flatnonzero(np.isfinite(f0_hz))
    names = ("harmonic_alpha_ratio_db", "h1_h2_db", "hnr_db")
    out = {name: np.full(len(f0_hz), np.nan, dtype=np.float32) for name in names}
    blocks = [voiced[i : i + BLOCK_FRAMES] for i in range(0, len(voiced), BLOCK_FRAMES)]

    def one(frames: NDArray[np.intp]) -> None:
        for name, values in harmonics(samples, frames, f0_hz[frames]).items():
            out[name][frames] = values
        let_go(samples)

    with ThreadPoolExecutor(threads()) as pool:
        for _ in pool.map(one, blocks):
            pass
    return out


def _fused(samples: Column, blocks: Blocks, settings: Features) -> tuple[Column, Column]:
    """F0 and voicing probability from the candidates of the one pass."""
    odds = _voicing_odds(blocks, settings.voicing)
    path = pitch.best_path(blocks.f0_hz, blocks.trust, odds, rules=settings.pitch)
    # Here memory is at its peak: everything in its place, nothing of a whole recording twice.
    f0: Column = np.full(blocks.rows, np.nan, dtype=np.float32)
    strength = np.zeros_like(f0)
    for candidate in range(settings.pitch.candidates):
        chosen = path == candidate
        f0[chosen] = blocks.f0_hz[chosen, candidate]
        strength[chosen] = blocks.strength[chosen, candidate]
    f0 = pitch.smooth(f0, strength, rules=settings.pitch)
    np.exp(np.negative(odds, out=odds), out=odds)
    odds += 1
    np.divide(1, odds, out=odds)
    odds[~np.isfinite(blocks.columns["level_db"])] = np.nan
    return f0, odds


def _voicing_odds(blocks: Blocks, rules: Voicing) -> Column:
    odds: Column = np.empty(blocks.rows, dtype=np.float32)
    for seen, own, place in with_surroundings(blocks.rows, BLOCK_FRAMES, 2 * rules.tone_frames):
        vetoes = voicing.activity_odds(blocks.speech[seen], rules=rules)
        vetoes += voicing.tone_odds(blocks.f0_hz[seen, 0], rules=rules)
        odds[place] = vetoes[own]
    floor = blocks.columns["noise_floor_db"]
    for seen, own, place in with_surroundings(blocks.rows, BLOCK_FRAMES, voicing.REACH):
        evidence = voicing_evidence(blocks, floor, seen)
        odds[place] += voicing.log_odds(evidence, rules=rules)[own]
    odds[~np.isfinite(blocks.columns["level_db"])] = rules.never_log_odds
    return odds


def voicing_evidence(blocks: Blocks, floor_db: Column, some: slice) -> Column:
    """Give the evidence for voice, (rows, kinds), as `prosody.features.voicing` weighs it.

    Rows nearer than `voicing.REACH` to an end of `some` are right only where it is the
    recording's own end.
    """
    return voicing.evidence(
        {name: column[some] for name, column in blocks.columns.items()},
        floor_db[some],
        blocks.f0_hz[some],
        blocks.strength[some],
        blocks.periodicity[some],
    )


def _pyin(samples: Column, blocks: Blocks, settings: Features) -> tuple[Column, Column]:
    """Let librosa's pYIN track, as the reference; slow, and its memory grows with the length."""
    import librosa

    heard = np.isfinite(blocks.columns["level_db"])
    if not heard.any():
        return (np.full(blocks.rows, np.nan, dtype=np.float32),) * 2
    f0, _, probability = librosa.pyin(
        np.asarray(samples),
        sr=RATE_HZ,
        fmin=settings.pitch.lowest_hz,
        fmax=settings.pitch.highest_hz,
        frame_length=1024,
        hop_length=HOP,
    )
    nan = np.float32(np.nan)
    f0, probability = f0[: blocks.rows], probability[: blocks.rows]
    return (
        np.where(heard, f0, nan).astype(np.float32),
        np.where(heard, probability, nan).astype(np.float32),
    )


PITCH: dict[str, Callable[[Column, Blocks, Features], tuple[Column, Column]]] = {
    "fused": _fused,
    "pyin": _pyin,
}

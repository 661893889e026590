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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Audio
from prosody.features import nuclei, pitch, spectrum, voicing
from prosody.features.blocks import with_surroundings

__all__ = ["PITCH", "SCHEMA", "Frames", "load", "measure", "save"]

Column = NDArray[np.float32]

SCHEMA = 1
BLOCK_FRAMES = 2048  # frames measured at once by one thread: 20 s
FLOOR_FRAMES = 500  # reach of the noise floor: the quietest 80 ms within 5 s
SMOOTHED_FRAMES = 9
LONGEST_H = 6.0

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
        index = index or 0
        columns = {
            f.name: getattr(self, f.name)[index]
            if getattr(getattr(self, f.name), "ndim", 0) == 2
            else getattr(self, f.name)
            for f in fields(self)
        }
        return Frames(**columns)


COLUMNS = tuple(f.name for f in fields(Frames))[:18]


def measure(
    audio: Audio,
    *,
    speech: Column | None = None,
    per_channel: bool = False,
    tracker: str = "fused",
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

    Returns
    -------
    Frames
        Columns (n,), or (channels, n) if `per_channel` and there is more than one channel.

    Raises
    ------
    ValueError
        If the rate is not 16 kHz, a sample is not finite, `speech` does not fit, or the
        recording is longer than `LONGEST_H` hours.
    """
    _check(audio)
    apart = per_channel and audio.channels > 1
    voices = list(audio.samples) if apart else [audio.mono]
    rows = _count(len(audio.mono))
    heard = _speech(speech, rows, len(voices))
    band_hz = min(audio.source_rate_hz, audio.rate) / 2
    band_hz = min(spectrum.reached_hz(x, band_hz) for x in voices)
    if apart:
        shelf = _Shelf(len(voices), rows)
        for i, samples in enumerate(voices):
            shelf.put(i, _measure_one(samples, rows, heard[i], band_hz, tracker))
        columns = shelf.columns
    else:
        columns = _measure_one(voices[0], rows, heard[0], band_hz, tracker)
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


def _check(audio: Audio) -> None:
    if audio.rate != spectrum.RATE_HZ:
        raise ValueError(f"frames are measured at {spectrum.RATE_HZ} Hz, not {audio.rate}")
    if audio.duration > LONGEST_H * 3600:
        raise ValueError(f"longer than {LONGEST_H:g} hours: measure it in parts")


def _count(samples: int) -> int:
    return samples // spectrum.HOP + 1 if samples else 0


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
    samples: Column, rows: int, speech: Column, band_hz: float, tracker: str
) -> dict[str, Column]:
    blocks = pass_over(samples, band_hz)
    columns = blocks.columns
    columns["speech"] = blocks.speech = speech
    columns["noise_floor_db"] = noise_floor(columns["level_db"])
    columns["f0_hz"], columns["voicing"] = PITCH[tracker](samples, blocks)
    del blocks  # the candidates are half of all that is held
    voiced = np.isfinite(columns["f0_hz"])
    columns["syllable"] = nuclei.find_nuclei(columns.pop("vowel_db"), voiced)
    columns.update(_harmonics(samples, columns["f0_hz"]))
    columns["cpp_db"] = np.where(voiced, columns["cpp_db"], np.float32(np.nan))
    for name, needed in NEEDS_BAND_HZ.items():
        if band_hz < needed:
            columns[name] = np.full(rows, np.nan, dtype=np.float32)
    return columns


class Blocks:
    """Columns and pitch candidates of the whole recording, filled block by block."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.speech = np.full(rows, np.nan, dtype=np.float32)
        names = ("level_db", "cpp_db", *spectrum.SHORT_NAMES)
        self.columns = {name: np.empty(rows, dtype=np.float32) for name in names}
        shape = (rows, pitch.CANDIDATES)
        self.f0_hz = np.empty(shape, dtype=np.float32)
        self.strength = np.empty(shape, dtype=np.float32)
        self.periodicity = np.empty(rows, dtype=np.float32)

    def fill(self, first: int, part: spectrum.Stretch) -> None:
        """Put a stretch at its rows."""
        where = slice(first, first + len(part.f0_hz))
        for name, column in part.columns.items():
            self.columns[name][where] = column
        self.f0_hz[where] = part.f0_hz
        self.strength[where] = part.strength
        self.periodicity[where] = part.periodicity


def pass_over(samples: Column, band_hz: float, *, block_frames: int = BLOCK_FRAMES) -> Blocks:
    """Measure all that one frame can say by itself, block by block, a thread per core.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz; may be mapped from disk, each block reads its own part.
    band_hz : float
        Half the rate of the source.
    block_frames : int
        Frames a thread holds at once; changes memory, never a value.
    """
    blocks = Blocks(_count(len(samples)))
    mel = auditory_bands()

    def one(first: int) -> None:
        some = min(block_frames, blocks.rows - first)
        blocks.fill(first, spectrum.short_time(samples, first, some, mel, band_hz))
        _let_go(samples)

    with ThreadPoolExecutor(threads()) as pool:
        for _ in pool.map(one, range(0, blocks.rows, block_frames)):
            pass
    return blocks


def _let_go(samples: Column) -> None:
    """Give back the memory of samples that were read from a read-only mapped file.

    The system would keep pages it has once read for us as ours: 230 MB an hour. They stay in the
    file and are read again if needed.
    """
    mapped = samples
    while isinstance(mapped, np.ndarray):
        held = getattr(mapped, "_mmap", None)
        if held is not None and getattr(mapped, "mode", "") == "r":
            if hasattr(mmap, "MADV_DONTNEED"):
                held.madvise(mmap.MADV_DONTNEED)
            return
        mapped = mapped.base  # type: ignore[assignment]


def threads() -> int:
    """How many threads measure at once."""
    return max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


@cache
def auditory_bands() -> spectrum.Bank:
    """Give 26 mel bands from 20 Hz to 8 kHz, weighed by how loud they are heard.

    Triangles on the mel scale of the HTK toolkit (O'Shaughnessy 1987), as
    ``librosa.filters.mel(htk=True, norm=None)`` gives them, times the equal-loudness curve of
    Hermansky 1990 (Journal of the Acoustical Society of America 87); 1 kHz weighs 1. librosa
    itself takes longer to load than ten minutes of sound to measure.
    """
    low, high = 2595.0 * np.log10(1 + np.array([20.0, 8000.0]) / 700.0)
    edges = 700.0 * (10 ** (np.linspace(low, high, 28) / 2595.0) - 1)
    bins = np.arange(spectrum.SHORT_FFT // 2 + 1) * spectrum.RATE_HZ / spectrum.SHORT_FFT
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    bank = np.maximum(np.minimum(rising, falling), 0)
    weighed = bank * (_heard(edges[1:-1]) / _heard(np.array(1000.0)))[:, None]
    first = (weighed > 0).argmax(axis=1)
    widest = int((weighed > 0).sum(axis=1).max())
    first = np.minimum(first, weighed.shape[1] - widest)
    rows = [row[f : f + widest] for row, f in zip(weighed, first, strict=True)]
    return first, np.stack(rows).astype(np.float32)


def _heard(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hermansky's equal-loudness curve above 5 kHz as well, up to a factor."""
    squared = (2 * np.pi * hz) ** 2
    low = (squared + 56.8e6) * squared**2 / ((squared + 6.3e6) ** 2 * (squared + 0.38e9))
    return np.asarray(low / (squared**3 + 9.58e26))


def noise_floor(level_db: Column) -> Column:
    """Slow minimum of the level, dB: what is left when nobody speaks."""
    out = np.empty_like(level_db)
    reach = FLOOR_FRAMES // 2 + SMOOTHED_FRAMES // 2
    for seen, own, place in with_surroundings(len(level_db), BLOCK_FRAMES, reach):
        out[place] = _lowest(level_db[seen])[own]
    return out


def _lowest(level_db: Column) -> Column:
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    heard = np.isfinite(level_db)
    power = np.where(heard, 10 ** (np.nan_to_num(level_db) / 10), 0.0)
    share = uniform_filter1d(heard.astype(np.float64), SMOOTHED_FRAMES, mode="constant")
    mean = uniform_filter1d(power, SMOOTHED_FRAMES, mode="constant") / np.maximum(share, 1e-9)
    smooth = np.where(heard, 10 * np.log10(np.maximum(mean, 1e-15)), np.inf)
    low = minimum_filter1d(smooth, FLOOR_FRAMES + 1, mode="constant", cval=np.inf)
    return np.where(heard, low, np.nan).astype(np.float32)


def _harmonics(samples: Column, f0_hz: Column) -> dict[str, Column]:
    """Columns of single harmonics, block by block."""
    voiced = np.flatnonzero(np.isfinite(f0_hz))
    names = ("harmonic_alpha_ratio_db", "h1_h2_db", "hnr_db")
    out = {name: np.full(len(f0_hz), np.nan, dtype=np.float32) for name in names}
    blocks = [voiced[i : i + BLOCK_FRAMES] for i in range(0, len(voiced), BLOCK_FRAMES)]

    def one(frames: NDArray[np.intp]) -> None:
        for name, values in spectrum.harmonics(samples, frames, f0_hz[frames]).items():
            out[name][frames] = values
        _let_go(samples)

    with ThreadPoolExecutor(threads()) as pool:
        for _ in pool.map(one, blocks):
            pass
    return out


def _fused(samples: Column, blocks: Blocks) -> tuple[Column, Column]:
    """F0 and voicing probability from the candidates of the one pass."""
    odds = _voicing_odds(blocks)
    path = pitch.best_path(blocks.f0_hz, blocks.strength, odds)
    f0 = blocks.f0_hz[np.arange(len(path)), np.maximum(path, 0)]
    heard = np.isfinite(blocks.columns["level_db"])
    nan = np.float32(np.nan)
    return np.where(path >= 0, f0, nan), np.where(heard, 1 / (1 + np.exp(-odds)), nan)


def _voicing_odds(blocks: Blocks) -> Column:
    odds = voicing.activity_odds(blocks.speech) + voicing.tone_odds(blocks.f0_hz[:, 0])
    floor = blocks.columns["noise_floor_db"]
    for seen, own, place in with_surroundings(blocks.rows, BLOCK_FRAMES, voicing.REACH):
        odds[place] += voicing.log_odds(voicing_evidence(blocks, floor, seen))[own]
    return np.where(np.isfinite(blocks.columns["level_db"]), odds, np.float32(voicing.NEVER))


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


def _pyin(samples: Column, blocks: Blocks) -> tuple[Column, Column]:
    """Let librosa's pYIN track, as the reference; slow, and its memory grows with the length."""
    import librosa

    heard = np.isfinite(blocks.columns["level_db"])
    if not heard.any():
        return (np.full(blocks.rows, np.nan, dtype=np.float32),) * 2
    f0, _, probability = librosa.pyin(
        np.asarray(samples),
        sr=spectrum.RATE_HZ,
        fmin=pitch.LOWEST_HZ,
        fmax=pitch.HIGHEST_HZ,
        frame_length=1024,
        hop_length=spectrum.HOP,
    )
    nan = np.float32(np.nan)
    f0, probability = f0[: blocks.rows], probability[: blocks.rows]
    return (
        np.where(heard, f0, nan).astype(np.float32),
        np.where(heard, probability, nan).astype(np.float32),
    )


PITCH: dict[str, Callable[[Column, Blocks], tuple[Column, Column]]] = {
    "fused": _fused,
    "pyin": _pyin,
}


def save(frames: Frames, path: Path) -> None:
    """Write frames to a file; the ending says how: ``.npz``, ``.csv`` or ``.parquet``.

    Parameters
    ----------
    frames : Frames
        What `measure` gave.
    path : Path
        An existing file is replaced once the new one is whole.

    Raises
    ------
    ValueError
        If the ending is another.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"frames are written as {', '.join(WRITERS)}, not {path.suffix or path}")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        write(frames, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(path: Path) -> Frames:
    """Read frames back from an ``.npz`` file.

    Raises
    ------
    ValueError
        If the file was written by a newer version.
    """
    with np.load(path, allow_pickle=False) as held:
        if int(held["schema"]) > SCHEMA:
            raise ValueError(f"frames of schema {int(held['schema'])}: this version reads {SCHEMA}")
        columns = {name: held[name] for name in COLUMNS}
        return Frames(
            **columns,
            hop_s=float(held["hop_s"]),
            sample_rate_hz=int(held["sample_rate_hz"]),
            band_hz=float(held["band_hz"]),
        )


def _write_npz(frames: Frames, path: Path) -> None:
    columns: dict[str, Any] = {name: getattr(frames, name) for name in COLUMNS}
    with path.open("wb") as file:
        np.savez(
            file,
            **columns,
            hop_s=frames.hop_s,
            sample_rate_hz=frames.sample_rate_hz,
            band_hz=frames.band_hz,
            schema=SCHEMA,
        )


def _tables(frames: Frames) -> Iterator[tuple[str, Column]]:
    """Columns as a flat table; a channel's columns end in its number."""
    for name in COLUMNS:
        values = getattr(frames, name)
        if values.ndim == 1:
            yield name, values
        else:
            for i, row in enumerate(values):
                yield f"{name}_channel_{i + 1}", row


def _write_csv(frames: Frames, path: Path) -> None:
    import pandas as pd

    pd.DataFrame(dict(_tables(frames))).to_csv(path, index=False, float_format="%.6g")


def _write_parquet(frames: Frames, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {
        "schema": str(SCHEMA),
        "hop_s": repr(frames.hop_s),
        "sample_rate_hz": str(frames.sample_rate_hz),
        "band_hz": repr(frames.band_hz),
    }
    pq.write_table(pa.table(dict(_tables(frames))).replace_schema_metadata(about), path)


WRITERS: dict[str, Callable[[Frames, Path], None]] = {
    ".npz": _write_npz,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}

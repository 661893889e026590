"""Sound on one clock: blocks as they come out of a decoder, checked, resampled and kept on disk.

Conventions
-----------
Blocks are float32, (m, channels), at the file's own rate, each with the second it begins at where
the file says so. Where the clock runs ahead of the sound, sound is missing, and silence stands in
its place; no sound is ever left out because a clock says that it is late. So it does for samples
that are no sound, as where a file's bytes were overwritten or a decoder met what are no frames:
not numbers, or far beyond full scale; a file that is half of them is refused. What is kept is at
16 kHz, in a file without a name that is mapped into memory.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.recording.written_twice import Twice
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["RATE_HZ", "Blocks", "Gathered", "Source", "apart", "check_length", "gather", "mapped"]

RATE_HZ = 16_000
Blocks = NDArray[np.float32]


@dataclass(slots=True)
class Source:
    """Sound that is not yet read.

    Parameters
    ----------
    rate, channels : int
        Of the file, rate in Hz.
    blocks : iterator of (float or None, ndarray of float32, shape (m, channels))
        The sound and the second it begins at, None where it follows what came before.
    broken : bool
        Whether decoding stopped at a fault, known once all was read.
    faults : int
        How many frames the decoder said it could not read, known once all was read.
    """

    rate: int
    channels: int
    blocks: Iterator[tuple[float | None, Blocks]]
    broken: bool = False
    faults: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Sound on its clock.

    Parameters
    ----------
    samples : ndarray of float32, shape (channels, n)
        At 16 kHz, read-only.
    rate : int
        Of the file, Hz.
    covered : tuple of Span
        Where there is sound from the file; elsewhere silence stands for what is missing.
    clipped_share : float
        Share of the file's samples at full scale.
    restarts : tuple of float
        Where the file's clock went back, or so far ahead that it cannot be true.
    broken : bool
        Whether decoding stopped at a fault.
    twice : tuple of Span
        Where a block stood that came directly before as well; silence stands there.
    """

    samples: Blocks
    rate: int
    covered: tuple[Span, ...]
    clipped_share: float = 0.0
    restarts: tuple[float, ...] = ()
    broken: bool = False
    twice: tuple[Span, ...] = ()

    @property
    def seconds(self) -> float:
        """How much sound there is, without the silence put in."""
        return sum(span.duration for span in self.covered)

    @property
    def end_s(self) -> float:
        """Where it ends."""
        return self.covered[-1].end if self.covered else 0.0


def gather(
    name: str,
    source: Source,
    *,
    limits: Decoding,
    bad: Sequence[Span] = (),
    joints: Sequence[float] = (),
) -> Gathered:
    """Read a source to its end.

    Parameters
    ----------
    name : str
        What a refusal calls it.
    source : Source
        The sound.
    limits : Decoding
        What is accepted.
    bad : sequence of Span
        Where what is decoded is known to be none of the recording: silence takes its place.
    joints : sequence of float
        Where another recording begins, seconds: one that is joined to itself has no block twice.

    Raises
    ------
    Refused
        If it holds no sound, sound outside `limits`, or samples that are not numbers.
    """
    check_limits(name, source, limits=limits)
    with tempfile.TemporaryFile() as store:
        reel = _Reel(name, source, store, limits)
        for at_s, block in source.blocks:
            reel.put(at_s, block)
        if not reel.covered:
            reel.check()
            raise Refused("recording.no_sound", file=name)
        reel.close()
        reel.check()
        near = limits.missing_max_s * source.rate
        begun = [at_s * source.rate for at_s in joints]
        twice = [c for c in reel.twice.found() if all(abs(c[0] - at) > near for at in begun)]
        known = [(round(s.start * source.rate), round(s.end * source.rate)) for s in bad]
        left_out = [*twice, *known]
        _silence(store, left_out, source)
        samples = mapped(store, source.channels)
    if samples.shape[1] == 0:
        raise Refused("recording.no_sound", file=name)
    clipped = 0 if reel.loudest > limits.unclipped_from else reel.clipped
    share = clipped / (max(1, reel.read) * source.channels)
    covered = _without(reel.told(source.faults), left_out)
    spans, again = (
        tuple(Span(a / source.rate, b / source.rate) for a, b in each) for each in (covered, twice)
    )
    return Gathered(samples, source.rate, spans, share, tuple(reel.restarts), source.broken, again)


def _silence(store: IO[bytes], places: Sequence[tuple[int, int]], source: Source) -> None:
    """Write silence over what was kept of some samples."""
    step = 4 * source.channels
    end = store.seek(0, os.SEEK_END)
    for edges in places:
        first, last = (min(round(at * RATE_HZ / source.rate) * step, end) for at in edges)
        store.seek(first)
        store.write(bytes(last - first))
    store.seek(0, os.SEEK_END)


def _without(
    covered: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Take some places out of what is covered."""
    found = list(covered)
    for first, end in places:
        cut = [((a, min(b, first)), (max(a, end), b)) for a, b in found]
        found = [one for both in cut for one in dict.fromkeys(both) if one[0] < one[1]]
    return found


def apart(
    blocks: Iterator[tuple[float | None, Blocks]], rate: int, gaps: Sequence[tuple[float, float]]
) -> Iterator[tuple[float | None, Blocks]]:
    """Put back the time that a decoder left out: when on its clock, and how many seconds."""
    left, late_s = list(gaps), 0.0
    for at_s, block in blocks:
        while left and at_s is not None and left[0][0] < at_s + len(block) / rate:
            cut = max(0, round((left[0][0] - at_s) * rate))
            yield at_s + late_s, block[:cut]
            at_s, block = at_s + cut / rate, block[cut:]
            late_s += left.pop(0)[1]
        yield at_s if at_s is None else at_s + late_s, block


def check_limits(name: str, source: Source, *, limits: Decoding) -> None:
    """Refuse a file outside the limits by what its header says."""
    rates = {"rate_min_hz": limits.rate_min_hz, "rate_max_hz": limits.rate_max_hz}
    if not limits.rate_min_hz <= source.rate <= limits.rate_max_hz:
        raise Refused("recording.sample_rate", file=name, rate_hz=source.rate, **rates)
    if not 1 <= source.channels <= limits.channels_max:
        counts = {"channels": source.channels, "channels_max": limits.channels_max}
        raise Refused("recording.channels", file=name, **counts)


def check_length(name: str, seconds: float, *, limits: Decoding) -> None:
    """Refuse more sound than one session has."""
    if seconds > limits.duration_max_h * 3600:
        raise Refused("recording.too_long", file=name, hours=limits.duration_max_h)


def mapped(store: IO[bytes], channels: int) -> Blocks:
    """Map what was written into memory, as (channels, n)."""
    store.flush()
    length = os.fstat(store.fileno()).st_size // (4 * channels)
    if length == 0:
        return np.zeros((channels, 0), np.float32)
    # The mapping keeps the nameless file alive for as long as the array is used.
    flat = np.memmap(store, dtype=np.float32, mode="r", shape=(length, channels))
    return flat.T


class _Reel:
    """Puts blocks behind each other, with silence where some are missing."""

    def __init__(self, name: str, source: Source, store: IO[bytes], limits: Decoding) -> None:
        import soxr

        self._name, self._limits, self._store = name, limits, store
        self._rate, self._channels = source.rate, source.channels
        self._resampler: Any = soxr.ResampleStream(
            source.rate, RATE_HZ, source.channels, dtype="float32"
        )
        self._at = 0  # samples so far, at the file's own rate
        self._shift_s = 0.0  # by which the file's clock is put right
        self._gaps: list[tuple[int, int]] = []  # samples, and before which of what is covered
        self._apart = False  # whether what comes next does not go on from what came last
        self.read = self.clipped = self.no_sound = self.no_numbers = 0
        self.loudest = 0.0
        self.covered: list[tuple[int, int]] = []
        self.restarts: list[float] = []
        self.twice = Twice(source.rate, limits)

    def put(self, at_s: float | None, block: Blocks) -> None:
        """Add a block."""
        missing = self._missing(at_s)
        if missing:
            check_length(self._name, (self._at + missing) / self._rate, limits=self._limits)
            self._silence(missing)
        self.read += len(block)
        for piece, is_sound in _pieces(
            block, round(self._limits.no_sound_s * self._rate), self._limits
        ):
            if is_sound:
                self._sound(piece)
                continue
            self.no_sound += len(piece)
            self.no_numbers += int(np.count_nonzero(~np.isfinite(piece)))
            self._silence(len(piece))
            self._apart = True
        check_length(self._name, self._at / self._rate, limits=self._limits)

    def check(self) -> None:
        """Refuse a file that is mostly no sound."""
        if 2 * self.no_sound <= self.read:
            return
        if self.no_numbers:
            raise Refused("recording.not_numbers", file=self._name, samples=self.no_numbers)
        raise Refused("recording.beyond_full_scale", file=self._name)

    def _sound(self, block: Blocks) -> None:
        peak = np.abs(block)
        self.loudest = max(self.loudest, float(peak.max(initial=0.0)))
        self.clipped += int(np.count_nonzero(peak >= self._limits.clipped_at))
        if self.covered and not self._apart and self._at == self.covered[-1][1]:
            self.covered[-1] = self.covered[-1][0], self._at + len(block)
        else:
            if self.covered and not self._apart:
                self._gaps.append((self._at - self.covered[-1][1], len(self.covered)))
            self.covered.append((self._at, self._at + len(block)))
        self._apart = False
        self.twice.put(self._at, block)
        self._write(block)

    def told(self, faults: int) -> list[tuple[int, int]]:
        """Give where there is sound, first and last sample.

        Short gaps count only if many add up: clocks are not that exact. Where a decoder left out
        frames, though, they are what it left out.
        """
        least = self._limits.missing_max_s * self._rate
        short = {place for gap, place in self._gaps if gap < least}
        if faults or sum(gap for gap, place in self._gaps if place in short) >= least:
            return self.covered
        found: list[tuple[int, int]] = []
        for place, (first, end) in enumerate(self.covered):
            if place in short:
                found[-1] = found[-1][0], end
            else:
                found.append((first, end))
        return found

    def close(self) -> None:
        """Write what the resampler still holds."""
        self._keep(np.zeros((0, self._channels), np.float32), last=True)

    def _missing(self, at_s: float | None) -> int:
        """Say how many samples are missing before what begins at a time of the file's clock."""
        if at_s is None:
            return 0
        now_s = self._at / self._rate
        ahead_s = at_s + self._shift_s - now_s
        if not -self._limits.behind_max_s <= ahead_s <= self._limits.ahead_max_s:
            self._shift_s -= ahead_s
            self.restarts.append(now_s)
            return 0
        return round(ahead_s * self._rate) if ahead_s > self._limits.clock_slack_s else 0

    def _silence(self, samples: int) -> None:
        while samples > 0:
            size = min(samples, self._limits.block_samples)
            self._write(np.zeros((size, self._channels), np.float32))
            samples -= size

    def _write(self, block: Blocks) -> None:
        self._at += len(block)
        self._keep(block, last=False)

    def _keep(self, block: Blocks, *, last: bool) -> None:
        if self._rate != RATE_HZ:
            block = self._resampler.resample_chunk(np.ascontiguousarray(block), last=last)
        kept = np.ascontiguousarray(block, dtype="<f4").reshape(-1, self._channels)
        self._store.write(kept.tobytes())


def _pieces(block: Blocks, step: int, limits: Decoding) -> Iterator[tuple[Blocks, bool]]:
    """Give a block in stretches of sound and of what is none, in whole steps of samples."""
    good = np.asarray(np.isfinite(block).all(axis=1))
    good &= (np.abs(block, where=good[:, None], out=np.zeros_like(block)) <= limits.peak_max).all(
        axis=1
    )
    if good.all():
        yield block, True
        return
    steps = np.minimum.reduceat(good, np.arange(0, len(good), step))
    edges = [0, *(np.flatnonzero(np.diff(steps.astype(np.int8))) + 1) * step, len(block)]
    for first, end in pairwise(edges):
        yield block[first:end], bool(steps[first // step])

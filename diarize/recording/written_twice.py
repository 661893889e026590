"""Blocks that a recorder wrote twice, one directly behind the other.

Conventions
-----------
No room and no voice gives the same samples twice. Sound is cut into chunks where its own samples
say so, so that a block that comes again is cut at the same places wherever it stands, and chunks
are compared by their hashes (as in copying programs: Muthitacharoen, Chen and Mazieres, 2001). A
block was written twice where a run of chunks comes again behind it, as far later as it is long.
What goes on repeating itself is a tone or a loop, and what begins or ends in digital silence may be
a jingle that was played twice: of both nothing is said. A codec that has a memory changes the copy,
which is then not found.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.settings import Decoding

__all__ = ["Twice"]

_ODD = np.array([0x9E3779B1, 0x85EBCA6B], np.uint32)  # multipliers that mix all bits
Blocks = NDArray[np.float32]


@dataclass(slots=True)
class _Run:
    """Chunks that came before: where they began and ended then, and how much later they come."""

    first: int
    end: int
    later: int
    often: int = 0  # samples of chunks that came more than once before


class Twice:
    """Looks for blocks that come twice in sound that goes by.

    Parameters
    ----------
    rate : int
        Samples a second.
    limits : Decoding
        How long blocks are.
    """

    def __init__(self, rate: int, limits: Decoding) -> None:
        self._least = round(limits.twice_min_s * rate)
        self._most = round(limits.twice_max_s * rate)
        self._slack = round(limits.twice_slack_s * rate)
        self._still = max(2, round(limits.twice_still_s * rate))
        words = np.iinfo(np.uint32).max
        self._rarely = np.uint32(words / max(1, limits.twice_chunk_s * rate))
        self._rest = np.zeros((0, 1), np.float32)
        self._at = 0  # of the first sample of the rest
        self._seen: dict[int, tuple[int, int]] = {}  # where last, and how often
        self._places: dict[tuple[int, int], None] = {}  # in the order in which they came
        self._run: _Run | None = None
        self._last: Blocks | None = None  # the chunk before; None where silence, or nothing, was
        self._runs: list[tuple[_Run, bool]] = []

    def put(self, at: int, block: Blocks) -> None:
        """Take the samples, (m, channels), that begin at a place."""
        if at != self._at + len(self._rest):
            self._break()
            self._rest, self._at = block[:0], at
        whole = np.concatenate([self._rest, block]) if len(self._rest) else block
        cuts = self._cuts(whole)
        first = 0
        for end in cuts:
            self._chunk(self._at + first, whole[first:end])
            first = int(end)
        if len(whole) - first > 2 * self._least:  # silence, or a tone: nothing to cut at
            first = len(whole)
            self._break()
        self._rest, self._at = whole[first:].copy(), self._at + first

    def found(self) -> list[tuple[int, int]]:
        """Give the first and last samples of what is the second copy of a block."""
        self._close(self._rest)
        copies = []
        for run, may in self._runs:
            short = run.later - (run.end - run.first)
            if may and abs(short) <= self._slack and not self._goes_on(run):
                joint = run.end + short // 2  # where in the chunks around it begins is not known
                copies.append((joint, joint + run.later))
        return copies

    def _goes_on(self, one: _Run) -> bool:
        """Whether as much later more comes again, as of a loop that was disturbed."""
        return any(
            run is not one
            and run.later == one.later
            and one.first - one.later < run.first < one.end + one.later
            for run, _ in self._runs
        )

    def _break(self) -> None:
        self._close(None)
        self._last = None

    def _cuts(self, block: Blocks) -> NDArray[np.int64]:
        """Give the places at which samples say that a chunk ends."""
        words = np.ascontiguousarray(block).view(np.uint32)
        told = words[:, 0].copy()
        for channel in range(1, words.shape[1]):
            told = told * _ODD[1] + words[:, channel]
        mixed = (told[:-1] * _ODD[0] ^ told[1:]) * _ODD[1]
        return np.flatnonzero((mixed < self._rarely) & (told[:-1] != told[1:])) + 1

    def _chunk(self, at: int, block: Blocks) -> None:
        key, run = hash(block.tobytes()), self._run
        before, times = self._seen.get(key, (at, 0))
        if run is not None and (key, run.end) in self._places and run.end + run.later == at:
            run.end += len(block)
            run.often += len(block) * (times > 1)
        else:
            self._close(block)
            if at - before >= self._least and not self._is_silent(self._last):
                self._run = _Run(before, before + len(block), at - before)
        self._last = block
        self._remember(key, at, times + 1)

    def _remember(self, key: int, at: int, times: int) -> None:
        self._seen[key] = at, times
        self._places[key, at] = None
        while (oldest := next(iter(self._places)))[1] < at - self._most:
            del self._places[oldest]
            if self._seen[oldest[0]][0] == oldest[1]:
                del self._seen[oldest[0]]

    def _close(self, behind: Blocks | None) -> None:
        """Keep a run that has ended, and whether it may be a block, by what comes behind it."""
        run, self._run = self._run, None
        if run is not None and run.end - run.first >= self._slack:
            often = 2 * run.often > run.end - run.first
            self._runs.append((run, not often and not self._is_silent(behind)))

    def _is_silent(self, block: Blocks | None) -> bool:
        """Whether digital silence is among some samples."""
        if block is None:
            return True
        changes = np.flatnonzero((block[1:] != block[:-1]).any(axis=1)) + 1
        longest = np.diff(changes, prepend=0, append=len(block)).max(initial=0)
        return bool(longest >= self._still)

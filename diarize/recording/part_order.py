"""Whether the parts of a session are in order, by their names and by their sound.

Conventions
-----------
Recorders number their files. Names are of one series where they are the same but for their
numbers; a name with fewer numbers is the first of those that go on with more (``ZOOM0001``,
``ZOOM0001-0001``). Places in the order are given from 1, and no name is kept. Parts of one session
have no sound in common: two files that do ran at the same time, or are copies.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording.gathering import Gathered
from diarize.recording.reading import FileSound
from diarize.recording.recorder_clocks import alike_at, clock_of
from diarize.settings import Decoding

__all__ = ["check_apart", "noted_order", "order_of"]


def order_of(names: Sequence[str]) -> tuple[int, ...] | None:
    """Say in which order the numbers in names put files; None where they are no series.

    Parameters
    ----------
    names : sequence of str
        Of files, as given.

    Examples
    --------
    >>> order_of(["STE-001.wav", "STE-000.wav", "STE-002.wav"])
    (2, 1, 3)
    >>> order_of(["ZOOM0001.WAV", "ZOOM0001-0001.WAV", "ZOOM0001-0002.WAV"])
    (1, 2, 3)
    >>> order_of(["before the break.wav", "after the break.wav"]) is None
    True
    """
    stems = [Path(name).stem.casefold() for name in names]
    series = {re.sub(r"[\W\d_]+", "", stem) for stem in stems}
    numbers = [tuple(map(int, re.findall(r"[0-9]+", stem))) for stem in stems]
    if len(series) != 1 or len(set(numbers)) != len(numbers):
        return None
    return tuple(k + 1 for k in sorted(range(len(numbers)), key=numbers.__getitem__))


def noted_order(names: Sequence[str]) -> tuple[Note, ...]:
    """Say that names have another order than the one that files were given in, if so."""
    order = order_of(names)
    if order is None or list(order) == sorted(order):
        return ()
    return (Note("recording.parts_order", {"order": list(order)}, "caution"),)


def check_apart(found: Sequence[FileSound], names: Sequence[str], limits: Decoding) -> None:
    """Refuse parts of which one was recorded while the one before it was.

    Parameters
    ----------
    found : sequence of FileSound
        In order.
    names : sequence of str
        What a refusal calls them.
    limits : Decoding
        How clear a comparison must be.

    Raises
    ------
    Refused
        Of the first for which it is so.
    """
    for (one, _), (other, name) in pairwise(zip(found, names, strict=True)):
        both = one.sound, other.sound
        if any(_at_once(*pair, limits) for pair in (both, both[::-1])):
            raise Refused("recording.parts_at_once", file=name)


def _at_once(first: Gathered, other: Gathered, limits: Decoding) -> bool:
    """Whether two sounds are alike all along, not only where the same bell rings in both."""
    clock = clock_of(first, other, limits)
    return clock is not None and alike_at(first, other, clock, limits) >= limits.at_once_share

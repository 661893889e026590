"""The trained coder: the weights that ship, on top of the packaged encoder, and a library's own.

Conventions
-----------
What was learned is a ``.npz`` of small arrays with a record beside it (``.json``): what it was
trained on, under which licence, and how it did on what was held out. Only numbers are read of it.
A library's own are habits of coding beside the weights that ship (`prosody.trained.habits`);
earlier versions kept weights in place of those, which are read as before.
Which side of a change a client takes is told by other weights (`CLIENTS`), which no library has of
its own.
The published encoder comes as a package (`diarize.models.packages`); without it there is no coder,
and the rules read alone.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.models.packages import SENTENCES, packaged_weights, sentence_network
from diarize.runtime.atomic import read_small, sha256_of
from prosody.settings import Trained
from prosody.trained.habits import Habits
from prosody.trained.network import SIDES, Network
from prosody.trained.text import Input, Pieces

__all__ = [
    "CLIENTS",
    "CODER",
    "SHIPPED",
    "Coder",
    "Outputs",
    "base",
    "coder",
    "how_it_does",
    "learned_in",
    "own_file",
    "record_of",
    "there",
]

CODER = "coder"  # what the program is called in a report
SHIPPED = Path(__file__).with_name("coder.npz")
CLIENTS = Path(__file__).with_name("clients.npz")
Runs = Callable[[Sequence[tuple[list[int], list[int]]]], Any]
Outputs = Mapping[str, tuple[float, ...]]
_STATED = Trained()
_MOST_BYTES = 2**28  # of a file of what was learned, unpacked: fifty times what one holds


@dataclass(frozen=True, slots=True, eq=False)
class Coder:
    """A network with its vocabulary; and how a site codes, where that was learned.

    `sha256` is that of the file of what was learned, `record` what is known of it. `sides` is the
    network that reads clients.
    """

    pieces: Pieces
    network: Runs
    sha256: str
    record: Mapping[str, Any] = field(default_factory=dict)
    habits: Habits | None = None
    sides: Runs | None = None

    def read(
        self, turns: Iterable[Input | None], known: Outputs, limits: Trained = _STATED
    ) -> dict[str, tuple[float, ...]]:
        """Give what the network makes of turns, by the key of their words.

        Parameters
        ----------
        turns : iterable of Input or None
            From `prosody.trained.text.inputs`; None is not read, nor a client's `side` without
            a network for it.
        known : mapping
            What was read before: not read again.
        limits : Trained
            How much of a turn is taken.
        """
        asked = {turn.key: turn for turn in turns if turn is not None}
        new = {key: turn for key, turn in asked.items() if key not in known}
        found = dict(known)
        for network, side in ((self.network, False), (self.sides, True)):
            some = {key: turn for key, turn in new.items() if turn.side is side}
            if some and network is not None:
                rows = [self.pieces.of(turn, limits) for turn in some.values()]
                said = [tuple(round(float(v), 2) for v in row) for row in network(rows)]
                found |= zip(some, said, strict=True)
        if self.habits is not None:
            done = {key: turn for key, turn in new.items() if not turn.side}
            found |= {k: self.habits.heard(t, found[k], limits) for k, t in done.items()}
        return {key: found[key] for key in asked if key in found}


def own_file(library: Path) -> Path:
    """Give where a library keeps weights of its own; nothing need be there."""
    return library / ".coder" / "coder.npz"


def there() -> bool:
    """Whether the published encoder is installed; nothing is read yet."""
    return SHIPPED.is_file() and packaged_weights(SENTENCES) is not None


def coder(own: Path | None = None) -> Coder | None:
    """Give the coder with a library's own weights, or with those that ship; None without encoder.

    It stays in memory for as long as the program runs: it holds no word of any session.

    Raises
    ------
    Refused
        If a file was altered or is no weights.
    """
    path = own if own is not None and own.is_file() else SHIPPED
    if not there():
        return None
    return _opened(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _opened(path: Path, _: int) -> Coder | None:
    found = base()
    if found is None:
        return None
    tensors, pieces = found
    learned = learned_in(path)
    try:  # what lies in a library may be damaged or hostile: one row shows whether it runs
        habits = Habits.of(learned) if "share" in learned else None
        network = Network(tensors, learned_in(SHIPPED) if habits else learned)
        sides = Network(tensors, learned_in(CLIENTS), SIDES)
        runs = all(np.isfinite(run([([0, 1], [0, 1])])).all() for run in (network, sides))
    except Exception:
        runs = False
    if not runs:
        raise Refused("coder.weights_unreadable", file=path.name)
    return Coder(pieces, network, sha256_of(path), record_of(path), habits, sides)


@lru_cache(maxsize=1)
def base() -> tuple[Mapping[str, Any], Pieces] | None:
    """Give the published encoder and its vocabulary; None where it is not installed."""
    found = sentence_network()
    return None if found is None else (found[0], Pieces(found[1]))


def how_it_does(reader: Coder) -> Message:
    """Say how a coder did on what it had not learned from: a library's own, or that which ships."""
    record = reader.record
    try:
        value, low, high = map(float, record["held_out"]["macro_f1"])
        counts = {name: int(record[name]) for name in ("sessions", "turns")}
    except (KeyError, TypeError, ValueError, OverflowError):  # none, or none that can be read
        return message("coder.by_unjudged")
    code = "coder.by_own" if "shipped" in record else "coder.by_shipped"
    return message(code, **counts, value=value, low=low, high=high)


def learned_in(path: Path) -> dict[str, Any]:
    """Read what was learned.

    Raises
    ------
    Refused
        If the file holds anything but arrays.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_BYTES:
                raise ValueError("more than was ever learned")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception:  # whatever reading a damaged or hostile file raises
        raise Refused("coder.weights_unreadable", file=path.name) from None


def record_of(path: Path) -> Mapping[str, Any]:
    """Read what is known of weights: what they were trained on, and how they did; may be empty."""
    beside = path.with_suffix(".json")
    try:
        return dict(json.loads(read_small(beside)))
    except (OSError, ValueError, TypeError, RecursionError):
        return {}

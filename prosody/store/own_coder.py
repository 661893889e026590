"""A library's own coder: how its coded sessions were coded, judged on sessions held out.

Conventions
-----------
What is learned is how people here code beside what the weights that ship say
(`prosody.trained.habits`), and where that is asked for encoders trained on the same beside both
(`prosody.trained.fine_tuning`). Sessions are dealt into folds; each is coded by what was learned
from the others alone, with the rules beside it as everywhere. What is kept was learned from all.
Nothing of it leaves the library's folder. Intervals are 95 % bootstraps over whole sessions.
"""

import json
import random
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.runtime.atomic import confirmed, make_durable, private_folder, write_whole
from diarize.runtime.stopping import undone_if_stopped
from prosody.findings import KEEP_WORDS
from prosody.listening.behaviours import group_of
from prosody.listening.coder import code
from prosody.listening.rules_and_coder import GROUPS
from prosody.settings import Trained
from prosody.store import folders, saving
from prosody.store.coded_talks import CodedSession
from prosody.store.library import Library
from prosody.trained.fine_tuning import Recipe, learn
from prosody.trained.habits import Taught, fit
from prosody.trained.network import OUTPUTS
from prosody.trained.weights import ENCODER, Coder, Outputs, base, coder, of_site, own_file

__all__ = ["Judged", "Lesson", "dealt", "evaluate", "judge", "keep", "lesson", "train"]

_STATED = Trained()
_ENDS = (0.025, 0.975)
Tell = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """Figures of a coder: each a value and the ends of its interval, beside how much there was."""

    sessions: int
    turns: int
    figures: Mapping[str, tuple[float, float, float]]
    by: str = ""


def judge(
    sessions: Sequence[CodedSession],
    of: Callable[[CodedSession], Coder | None],
    draws: int = _STATED.draws,
    *,
    known: Callable[[CodedSession], Outputs] = lambda session: {},
) -> Judged:
    """Judge the coder that each session gets against what people said of its turns.

    Parameters
    ----------
    sessions : sequence of CodedSession
        Wholly coded.
    of : callable
        Gives the coder of a session; None is the rules alone.
    draws : int
        Of the bootstrap over sessions.
    known : callable
        Gives what that coder made of a session's turns before, by the key of their words.
    """
    rows = [_said(session, of(session), known(session)) for session in sessions]
    rng, names = random.Random(0), range(len(rows))
    whole = _figures([pair for own in rows for pair in own])
    drawn = [
        _figures([pair for at in rng.choices(names, k=len(rows)) for pair in rows[at]])
        for _ in range(draws)
    ]
    ends = {key: np.quantile([d[key] for d in drawn], _ENDS) for key in whole}
    figures = {key: (v, float(ends[key][0]), float(ends[key][1])) for key, v in whole.items()}
    return Judged(len(rows), sum(map(len, rows)), figures)


Pair = tuple[str, str, frozenset[str], frozenset[str]]


def _said(session: CodedSession, reader: Coder | None, known: Outputs) -> list[Pair]:
    """Give main code and all present, by people and by the coder, of every coded turn."""
    out: list[Pair] = []
    said_by = code(session.turns, coder=reader, known=known)
    for turn, kinds in zip(said_by, session.kinds, strict=True):
        if turn.role != "therapist" or kinds is None:
            continue
        said = [b.kind for b in turn.behaviours]
        main, called = (group_of(own[0]) if own else group_of("") for own in (kinds, said))
        out.append((main, called, frozenset(map(group_of, kinds)), frozenset(map(group_of, said))))
    return out


def _figures(pairs: Sequence[Pair]) -> dict[str, float]:
    each = [_f1([(a == name, b == name) for a, b, _, _ in pairs]) for name in OUTPUTS["main"]]
    out = {"macro_f1": float(np.mean(each))}
    for group in GROUPS:
        out[group] = _f1([(group in a, group in b) for _, _, a, b in pairs])
    return out


def _f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(a and b for a, b in pairs)
    both = sum(a + b for a, b in pairs)
    return 2 * hits / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """Coded sessions, what is to be learned of each, and what the weights that ship say of it.

    `encoders` says how encoders are trained as well, if they are.
    """

    sessions: Sequence[CodedSession]
    taught: Sequence[Sequence[Taught]]
    ships: Coder
    outputs: Outputs
    encoders: Recipe | None = None


def lesson(
    sessions: Sequence[CodedSession], limits: Trained = _STATED, *, encoders: Recipe | None = None
) -> Lesson:
    """Read coded sessions once, for all that is learned from them and judged on them.

    Raises
    ------
    Refused
        If there are too few whole sessions to judge, or no encoder.
    """
    if (whole := sum(session.whole for session in sessions)) < limits.least_sessions:
        raise Refused("coder.too_few", n=whole, least=limits.least_sessions)
    if (ships := coder()) is None:
        raise Refused("coder.no_encoder")
    taught = [session.taught() for session in sessions]
    read = ships.read([one.turn for own in taught for one in own], {}, limits)
    return Lesson(sessions, taught, ships, read, encoders)


def evaluate(
    of: Lesson, limits: Trained = _STATED, tell: Tell = lambda code, fields: None
) -> tuple[Judged, Judged]:
    """Judge on held-out sessions what would be learned, and the coder that ships on the same."""
    whole = [session for session in of.sessions if session.whole]
    fold_of = dealt(whole, limits)
    readers, heard = list[Coder](), dict[str, Outputs]()
    for fold in range(folds := max(fold_of.values()) + 1):
        tell("coder.fold", {"n": fold + 1, "of": folds})
        held_out = {name for name, own in fold_of.items() if own == fold}
        reader = of_site(of.ships, _learned(of, limits, tell, (fold, folds), without=held_out))
        readers.append(replace(reader, encoders=()))  # 130 MB, whose word is taken below
        for session, taught in zip(of.sessions, of.taught, strict=True):
            if session.whole and session.name in held_out:
                turns = [one.turn for one in taught]
                said = reader.weighed(turns, [of.outputs[turn.key] for turn in turns], limits)
                keys = (turn.key for turn in turns)
                heard[session.name] = dict(zip(keys, said, strict=True))
    return (
        judge(
            whole,
            lambda session: readers[fold_of[session.name]],
            limits.draws,
            known=lambda session: heard[session.name],
        ),
        judge(whole, lambda session: of.ships, limits.draws, known=lambda session: of.outputs),
    )


def dealt(whole: Sequence[CodedSession], limits: Trained = _STATED) -> dict[str, int]:
    """Deal wholly coded sessions into folds: the fold of each, by its name."""
    order = list(range(len(whole)))
    random.Random(limits.folds_seed).shuffle(order)
    folds = min(limits.folds, len(whole))
    return {whole[at].name: place % folds for place, at in enumerate(order)}


def train(
    of: Lesson, limits: Trained = _STATED, tell: Tell = lambda code, fields: None
) -> dict[str, Any]:
    """Learn from all sessions; arrays as `prosody.trained.weights.of_site` takes them."""
    folds = min(limits.folds, sum(session.whole for session in of.sessions))
    return _learned(of, limits, tell, (folds, folds))


def _learned(
    of: Lesson,
    limits: Trained,
    tell: Tell,
    place: tuple[int, int],
    *,
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Learn from sessions; `place` says how many folds came before, and of how many."""
    pairs = zip(of.sessions, of.taught, strict=True)
    by = [own for session, own in pairs if session.name not in without]
    taught = [one for own in by for one in own]
    found: dict[str, Any] = fit(taught, of.outputs, sum(map(bool, by)), limits).arrays()
    recipe, published = of.encoders, base()
    if recipe is None or published is None:
        return found
    before, folds = place
    each = recipe.rounds * len(recipe.seeds)
    done = count(before * each + 1)

    def told() -> None:
        tell("coder.round", {"n": next(done), "of": (folds + 1) * each})

    learned = learn(*published, taught, recipe, told)
    return {**found, **{ENCODER + name: value for name, value in learned.items()}}


def keep(
    library: Path,
    learned: Mapping[str, Any],
    sessions: Sequence[CodedSession],
    judged: Judged,
    before: Judged,
) -> Path:
    """Keep weights in a library; beside them how they did on held-out sessions, and of which.

    Of the sessions learned from, only a digest of each is kept, and the ids of the library's own.

    Raises
    ------
    Refused
        If words of a session were erased while they were learned from, or it cannot be written.
    """
    record = {
        "on": date.today().isoformat(),
        "sessions": judged.sessions,
        "turns": judged.turns,
        "held_out": judged.figures,
        "shipped": before.figures,
        "learned_from": sorted(session.key for session in sessions),
        # whose words, when they go, take the weights with them; those of files are not known here
        "learned_in_library": sorted(s.name for s in sessions if not s.whole),
    }
    place, shelf = own_file(library), Library(library)
    with shelf.locked():
        _still_there(shelf, sessions)
        try:
            private_folder(place.parent)
            _put(place, learned, json.dumps(record, indent=1) + "\n")
        except OSError as error:
            raise Refused("disk.cannot_write", file=str(place), why=error.strerror) from None
    return place


def _put(place: Path, learned: Mapping[str, Any], record: str) -> None:
    """Put weights in their place, and then the record that goes with them.

    Both are written first, so that a full disk changes nothing, and where one cannot be put there
    the pair of before stands again. In between there is no record: weights that do not say what
    they learned from go with the words of any session (`folders.unlearn`), so none that a kill
    leaves here outlives what it learned from.
    """
    home, token, beside = place.parent, secrets.token_hex(8), place.with_suffix(".json")
    made: saving.Writers = {
        place.name: lambda to: np.savez(to, **learned),
        beside.name: partial(saving.write_text, record),
    }
    staged = home / (folders.UNFINISHED + token)
    undo = partial(folders.remove, staged)
    try:
        with undone_if_stopped(undo):
            folders.stage(home, token, made)
        before = {path: path.read_bytes() for path in (place, beside) if path.is_file()}
        try:
            beside.unlink(missing_ok=True)
            make_durable(home)
            for path in (place, beside):
                (staged / path.name).replace(path)
        except OSError:
            _put_back((place, beside), before)
            raise
        confirmed(place)
    finally:
        undo()


def _put_back(paths: Iterable[Path], before: Mapping[Path, bytes]) -> None:
    """Put back what was there before, if the disk lets; the record last, which goes with no other.

    Parameters
    ----------
    paths : iterable of Path
        Of the weights and of their record.
    before : mapping of Path to bytes
        What of them was there.
    """
    with suppress(OSError, Refused):
        for path in paths:
            if path in before:
                write_whole(path, before[path])
            else:
                path.unlink(missing_ok=True)


def _still_there(library: Library, sessions: Sequence[CodedSession]) -> None:
    """Refuse to keep what was learned from words that were erased meanwhile."""
    for session in sessions:
        if not session.whole and KEEP_WORDS not in library.allowed(session.name).scopes:
            raise Refused("library.consent_narrowed", session=session.name)

"""Dialogue scripts: what is said, by whom, how, and what falls into what.

A script is a TOML file in ``scripts/``. Each ``[[turn]]`` has the speaker as its key
(``therapist = "..."`` or ``client = "..."``), `after` (seconds from the end of the previous
turn; negative for an overlap at its very end), for the therapist `kinds` of behaviour, and
`manner`, one of the script's ``[manner.NAME]`` tables. Marks inside the text:

``(0.8)``
    a pause of 0.8 seconds; the same person goes on
``[mm-hm]``
    the other person says "mm-hm" here, while this one goes on
``//``
    the next turn begins here; this one is still going
``--``
    here the speaker falls silent; what follows was on the tip of the tongue and is never heard
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Aside", "Line", "Manner", "Piece", "Script", "read_script"]

ROLES = ("therapist", "client")
SCRIPTS = Path(__file__).parent / "scripts"
_MARK = re.compile(r"\((\d+(?:\.\d+)?)\)|\[([^\]]+)\]|(//)|(--)")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a turn is meant to sound, relative to the same voice speaking plainly.

    `rate` and `range` are factors; `pitch_st` semitones; `level_db` decibels; `soft_db` how
    many decibels the voice's spectrum falls more steeply per octave above 500 Hz.
    """

    name: str
    rate: float = 1.0
    pitch_st: float = 0.0
    range: float = 1.0
    level_db: float = 0.0
    soft_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Aside:
    """A backchannel of the other person, begun after the first `after_words` of a piece."""

    text: str
    after_words: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Words spoken in one go, and the pause before them.

    `next_from` and `heard` count words: where the next turn comes in, how many are heard.
    """

    text: str
    pause_s: float = 0.0
    asides: tuple[Aside, ...] = ()
    next_from: int | None = None
    heard: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of the script."""

    role: str
    pieces: tuple[Piece, ...]
    after: float
    manner: Manner
    aside_manner: Manner
    kinds: tuple[str, ...] = ()

    @property
    def interrupted(self) -> bool:
        """Whether the next turn comes in before this one is done."""
        return any(piece.next_from is not None for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Script:
    """A dialogue and how to record it."""

    name: str
    title: str
    voices: dict[str, dict[str, Any]]
    lines: tuple[Line, ...]
    seed: int
    rate_hz: int = 16000
    channels: int = 1
    crosstalk_db: float = -30.0
    noise_db: float = -68.0
    extra: dict[str, Any] = field(default_factory=dict)


def read_script(name: str, folder: Path = SCRIPTS) -> Script:
    """Read a script; one that names another as its `dialogue` takes everything else from it."""
    fields = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
    if "dialogue" in fields:
        base = tomllib.loads((folder / f"{fields.pop('dialogue')}.toml").read_text("utf-8"))
        fields = {**base, **fields}
    manners = {key: Manner(key, **value) for key, value in fields.pop("manner").items()}
    voices = {role: fields.pop(role) for role in ROLES}
    lines = tuple(_line(turn, manners) for turn in fields.pop("turn"))
    return Script(name=name, voices=voices, lines=lines, **fields)


def _line(turn: dict[str, Any], manners: dict[str, Manner]) -> Line:
    (role,) = [role for role in ROLES if role in turn]
    other = ROLES[1 - ROLES.index(role)]
    return Line(
        role=role,
        pieces=parse(turn[role]),
        after=float(turn.get("after", 0.5)),
        manner=manners[turn.get("manner", role)],
        aside_manner=manners[turn.get("aside_manner", f"{other}_aside")],
        kinds=tuple(turn.get("kinds", ())),
    )


def parse(text: str) -> tuple[Piece, ...]:
    """Take a turn's text apart at its marks.

    Examples
    --------
    >>> [piece.text for piece in parse("Well, (0.5) I went [mm-hm] home.")]
    ['Well,', 'I went home.']
    """
    pieces: list[Piece] = []
    state: dict[str, Any] = {"words": [], "asides": [], "pause_s": 0.0}

    def close(pause_s: float) -> None:
        words, asides = state.pop("words"), tuple(state.pop("asides"))
        if words:
            pieces.append(Piece(" ".join(words), asides=asides, **state))
            state.clear()
        state.update(words=[], asides=[], pause_s=state.get("pause_s", 0.0) + pause_s)

    at = 0
    for mark in _MARK.finditer(text):
        state["words"] += text[at : mark.start()].split()
        at, (pause, aside, onset, cut) = mark.end(), mark.groups()
        if pause:
            close(float(pause))
        elif aside:
            state["asides"].append(Aside(aside, len(state["words"])))
        elif onset:
            state["next_from"] = len(state["words"])
        elif cut:
            state["heard"] = len(state["words"])
    state["words"] += text[at:].split()
    close(0.0)
    return tuple(pieces)

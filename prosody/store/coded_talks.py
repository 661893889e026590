"""Sessions that people coded: from CSV files, from transcripts with a tier of codes, and corrected.

Conventions
-----------
A CSV file has a row a turn, in order, with the columns ``session``, ``role`` (therapist or client),
``text`` and ``codes``: kinds of behaviour (docs/listening.md) separated by spaces, the main one
first; empty means none of them. Of an ELAN file, or any other transcript, the voice called
``codes`` holds what is said of the therapist's turn that lies most under it. Of a session of the
library those turns count whose behaviours a person named.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.table import read_transcript
from diarize.formats.transcript import Cue
from diarize.runtime.atomic import read_small
from prosody.listening import behaviours
from prosody.listening.behaviours import group_of
from prosody.listening.rules_and_coder import GROUPS
from prosody.store.library import Library
from prosody.trained.habits import Taught
from prosody.trained.network import OUTPUTS
from prosody.trained.text import Input, inputs

__all__ = ["CodedSession", "coded_in", "corrected"]

_CODES = "codes"  # the voice, or tier, that holds them
_COLUMNS = ("session", "role", "text", "codes")


@dataclass(frozen=True, slots=True)
class CodedSession:
    """One session: its turns, and the kinds people gave each; None of turns nobody coded.

    `whole` says that a turn's kinds are all there are in it.
    """

    name: str
    turns: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, ...] | None, ...]
    whole: bool = True

    @property
    def key(self) -> str:
        """What stands for its words where only that it was learned from is kept."""
        whole = "\x1f".join(f"{role}\x1e{text}" for role, text in self.turns).encode()
        return hashlib.blake2b(whole, digest_size=16).hexdigest()

    def taught(self) -> list[Taught]:
        """Give the coded turns of the therapist as something to learn from."""
        asked = inputs(self.turns)
        return [
            self._turn(turn, kinds)
            for (role, _), turn, kinds in zip(self.turns, asked, self.kinds, strict=True)
            if role == "therapist" and turn is not None and kinds is not None
        ]

    def _turn(self, turn: Input, kinds: Sequence[str]) -> Taught:
        groups = [group_of(kind) for kind in kinds] or [group_of("")]
        no = 0 if self.whole else -1
        present = tuple(1 if group in groups else no for group in GROUPS)
        return Taught(turn, OUTPUTS["main"].index(groups[0]), present)


def coded_in(path: Path, therapist: str | None = None) -> list[CodedSession]:
    """Read the coded sessions of a file.

    Parameters
    ----------
    path : Path
        A CSV file, or a transcript with a voice called ``codes``.
    therapist : str, optional
        The therapist's label, in a transcript.

    Raises
    ------
    Refused
        If it cannot be read, holds no codes, or one that there is not.
    """
    if path.suffix.lower() == ".csv":
        return list(_rows(path))
    read = read_transcript(path, keep=frozenset((_CODES,)))
    cues = [cue for cue in read.cues if cue.voice != _CODES and cue.text]
    codes = [cue for cue in read.cues if cue.voice == _CODES]
    voices = {cue.voice for cue in cues}
    if not codes or therapist not in voices or len(voices) < 2:
        raise Refused("coder.no_codes", file=path.name, voices=sorted(v or "" for v in voices))
    turns = tuple(("therapist" if c.voice == therapist else "client", c.text) for c in cues)
    own = [at for at, cue in enumerate(cues) if cue.voice == therapist and cue.span]
    given: dict[int, tuple[str, ...]] = {}
    for code in codes:
        place = max(own, key=lambda at: _shared(cues[at], code), default=None)
        if place is not None and _shared(cues[place], code) > 0:
            given[place] = (*given.get(place, ()), *_kinds(path, code.text))
    kinds = tuple(given.get(at) for at in range(len(cues)))
    return [CodedSession(path.stem, turns, kinds)]


def _shared(one: Cue, other: Cue) -> float:
    return one.span.overlap(other.span) if one.span and other.span else 0.0


def _rows(path: Path) -> Iterator[CodedSession]:
    try:
        text = read_small(path).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (Refused, UnicodeDecodeError, csv.Error):
        raise Refused("coder.csv_unreadable", file=path.name, columns=_COLUMNS) from None
    if not rows or not set(_COLUMNS) <= set(rows[0]):
        raise Refused("coder.csv_unreadable", file=path.name, columns=_COLUMNS)
    by: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by.setdefault(row["session"] or "", []).append(row)
    for name, own in by.items():
        turns = tuple(((row["role"] or "").strip().lower(), row["text"] or "") for row in own)
        kinds = tuple(_kinds(path, row["codes"] or "") for row in own)
        yield CodedSession(name, turns, kinds)


def _kinds(path: Path, text: str) -> tuple[str, ...]:
    kinds = tuple(re.split(r"[\s;,]+", text.strip())) if text.strip() else ()
    for kind in kinds:
        if kind not in ("other", "none") and behaviours.get(kind) is None:
            raise Refused("coder.no_such_code", file=path.name, code=kind, known=behaviours.kinds())
    return tuple(kind for kind in kinds if kind not in ("other", "none"))


def corrected(library: Library) -> Iterable[CodedSession]:
    """Give the sessions of a library in which people named behaviours, where words are kept."""
    for entry in library.sessions():
        try:
            report = library.load(entry.session_id)
        except Refused:
            continue
        said: dict[int, list[str]] = {}
        for event in report.events:
            if event.corrected_by is not None and event.utterance is not None:
                said.setdefault(event.utterance, []).append(event.kind)
        turns = tuple((str(u.role), u.text) for u in report.turns)
        if not said or not report.conversation.texts:
            continue
        kinds = tuple(
            tuple(sorted(said[u.index], key=lambda k: group_of(k) == "other"))
            if u.index in said
            else None
            for u in report.turns
        )
        yield CodedSession(entry.session_id, turns, kinds, whole=False)

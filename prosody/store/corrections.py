"""Corrections: what a person changed, as it is kept.

Conventions
-----------
A correction says where by time and voice, so that it is found again in a new analysis. Which kinds
there are, what their `detail` holds and what follows from them, the table of kinds says
(`prosody.store.kinds`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diarize.timeline import Span, Turn, Word

__all__ = ["Correction", "Detail", "left_out", "turn_rows", "with_names", "word_rows", "words_of"]

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person changed, kept for ever and applied again after a new analysis.

    `kind` names a row of the table of kinds, which says what `detail` holds (times in seconds).
    `by` is a code, `on` an ISO date; `undone_by` and `undone_on` say who took it back and when. A
    field may be missing in what an older version wrote.
    """

    kind: str
    by: str
    on: str
    detail: Detail
    undone_by: str | None = None
    undone_on: str | None = None

    @property
    def span(self) -> Span:
        """Where it is, of those that have a place."""
        return Span(float(self.detail["start_s"]), float(self.detail["end_s"]))


def left_out(detail: Detail) -> tuple[str, ...]:
    """Give the components that a correction of the warmth proxy leaves out.

    Examples
    --------
    >>> left_out({"left_out": ["softness"]}), left_out({"left_out": "pace softness"})  # older
    (('softness',), ('pace', 'softness'))
    """
    kept = detail["left_out"]
    return tuple(kept.split() if isinstance(kept, str) else map(str, kept))


def with_names(detail: Detail, names: Mapping[str, str]) -> dict[str, Any]:
    """Give what a correction says with other names of voices."""
    now = dict(detail)
    for field in ("voice", "was"):
        if field in now:
            now[field] = names.get(now[field], now[field])
    for field, place in (("turns", 2), ("words", 4)):
        if field in now:
            now[field] = [
                [*row[:place], names.get(row[place], row[place]), *row[place + 1 :]]
                for row in now[field]
            ]
    if "new" in now:
        now["new"] = [names.get(voice, voice) for voice in now["new"]]
    return now


def word_rows(words: Sequence[Word]) -> list[list[Any]]:
    """Give words as a correction keeps them: where nobody moved one, exactly where it was."""
    return [[w.span.start, w.span.end, w.text, w.probability, w.voice, w.doubtful] for w in words]


def turn_rows(turns: Sequence[Turn]) -> list[list[Any]]:
    """Give turns as a correction keeps them."""
    return [[t.span.start, t.span.end, t.voice] for t in turns]


def words_of(row: Correction) -> tuple[Word, ...] | None:
    """Give the words that a correction puts in; None where it holds none."""
    rows = row.detail.get("words")
    if rows is None:
        return None
    return tuple(Word(Span(a, b), text, p, voice, sure) for a, b, text, p, voice, sure in rows)

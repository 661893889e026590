"""Why a cell of a table for analysis is empty: a code beside it.

Conventions
-----------
Beside a column ``x`` of which a value may be missing stands ``x_missing``: the code of why ``x`` is
empty, and itself empty where ``x`` is not. A value that was withheld has the code of what withheld
it, one that is absent the code of what is not there; the sentence behind a code is a message.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from diarize.conversation import Utterance
from diarize.messages import outline
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues.measure import Named

__all__ = ["beside", "coded", "explained", "explains", "of_turn", "why", "with_text"]

_ENDING = "_missing"


def why(column: str) -> str:
    """Name the column that says why another is empty.

    Examples
    --------
    >>> why("words")
    'words_missing'
    """
    return column + _ENDING


def explains(column: str) -> str | None:
    """Name the column of which this one says why it is empty; None where it says no such thing.

    Examples
    --------
    >>> explains("words_missing"), explains("words")
    ('words', None)
    """
    return column.removesuffix(_ENDING) if column.endswith(_ENDING) else None


def coded(column: str) -> tuple[str, str, str]:
    """Name the columns of a message: the code, and under what a report calls them code and text.

    Examples
    --------
    >>> coded("reason")
    ('reason', 'reason_code', 'reason_text')
    """
    return column, f"{column}_code", f"{column}_text"


def with_text(column: str, code: str | None) -> dict[str, str | None]:
    """Fill the columns of a message of which the code alone is kept."""
    text = None if code is None else outline(code)
    return dict(zip(coded(column), (code, code, text), strict=True))


def beside(columns: Sequence[str], codes: Mapping[str, str]) -> Iterator[str]:
    """Give columns, each that may be empty followed by the one that says why."""
    for column in columns:
        yield column
        if column in codes:
            yield why(column)


def explained(row: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, Any]:
    """Fill in why cells of a row are empty.

    Parameters
    ----------
    row : mapping
        Where it says why a cell is empty already, that stays.
    codes : mapping
        Of each column that may be empty, the code where nothing else is known.
    """
    said = {
        why(column): None if row.get(column) is not None else row.get(why(column)) or code
        for column, code in codes.items()
    }
    return {**row, **said}


def of_turn(analysis: Analysis, withheld: Mapping[str, str]) -> Callable[[Named, Utterance], str]:
    """Make the function that says why a turn has no value of a cue.

    Parameters
    ----------
    analysis : Analysis
        Of the session.
    withheld : mapping
        The code of what withholds a cue in all of the recording, by the cue's name.
    """

    def code(row: Named, turn: Utterance) -> str:
        if row.name in withheld:
            return withheld[row.name]
        if turn.kind == TurnKind.BACKCHANNEL:
            return "missing.backchannel"
        return row.turn_none(analysis, turn) if row.turn_none else "measure.unknown"

    return code

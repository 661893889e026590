"""Words in JSON that are lists: of a text, a start and an end, or pairs of a time and a word.

Conventions
-----------
Pairs have no ends, so what they say is a turn from each start to the next: of one speaker, one
paragraph, one sentence. Who speaks stands beside them, by when each begins. Names of fields are
folded as `diarize.formats.json_fields.loaded` folds them: a time that is one has no point there.
"""

import re
from collections.abc import Mapping
from typing import Any

from diarize.formats.times import time_of

__all__ = ["in_fields", "in_turns"]


def in_fields(row: Any) -> Any:
    """Name what stands in a word's list of text, start and end."""
    match row:
        case [str() as text, start, end]:
            return {"text": text, "start": start, "end": end}
    return row


def in_turns(data: Any) -> Any:
    """Give turns of pairs of a time and a word; anything else as it is.

    Examples
    --------
    >>> told = {"words": [["1.5", "Well."], ["2.0", "So?"], ["9.1", "Yes."]],
    ...         "speakers": {"15": "Anna", "91": "Jo"}}
    >>> [(row["start"], row["speaker"], row["text"]) for row in in_turns(told)]
    [('1.5', 'Anna', 'Well.'), ('2.0', 'Anna', 'So?'), ('9.1', 'Jo', 'Yes.')]
    """
    pairs = data.get("words") if isinstance(data, Mapping) else None
    if not isinstance(pairs, list) or not pairs or not all(map(_is_timed, pairs)):
        return data
    named = data.get("speakers")
    speakers = named if isinstance(named, Mapping) else {}
    listed = data.get("paragraphs")
    begun = {_key(at) for at in listed} if isinstance(listed, list) else set()
    rows: list[dict[str, Any]] = []
    for at, word in pairs:
        key = _key(at)
        ended = not rows or rows[-1]["text"].endswith((".", "?", "!"))
        if ended or key in begun or key in speakers:
            who = speakers.get(key, rows[-1]["speaker"] if rows else None)
            rows.append({"start": at, "speaker": who, "text": word})
        else:
            rows[-1]["text"] += f" {word}"
    return rows


def _is_timed(pair: Any) -> bool:
    match pair:
        case [str() | int() | float() as at, str()]:
            return time_of(str(at)) is not None
    return False


def _key(at: Any) -> str:
    return re.sub(r"[\W_]", "", str(at)).casefold()

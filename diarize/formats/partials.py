"""Streams of recognisers: what was heard so far, and then the whole of it once more.

Conventions
-----------
A message says by a field of its own whether what it holds may still change. Such messages are left
out where others of the stream say that they are final; names of fields are folded as
`diarize.formats.json_fields.loaded` folds them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["without_partials"]

_FINAL = ("isfinal", "final", "endofturn")  # false while it may change
_PARTIAL = ("ispartial",)  # true while it may change
_TYPES = ("type", "messagetype", "message")  # hold a word for it
_SPOKEN = ("transcript", "text", "alternatives", "words", "channel", "elements", "results")


def without_partials(data: Any) -> Any:
    """Give data without messages that a later one says again; as it is where nothing is final."""
    said = set(_states(data))
    return _pruned(data) if said == {True, False} else data


def _states(data: Any) -> Iterator[bool]:
    if isinstance(data, Mapping):
        if (state := _is_final(data)) is not None:
            yield state
        data = list(data.values())
    for one in data if isinstance(data, list) else ():
        yield from _states(one)


def _is_final(row: Mapping[str, Any]) -> bool | None:
    """Whether a message is final; None where it does not say, or says nothing else."""
    if not any(name in row for name in _SPOKEN):
        return None
    told = [row[name] for name in _FINAL if isinstance(row.get(name), bool)]
    told += [not row[name] for name in _PARTIAL if isinstance(row.get(name), bool)]
    kinds = [str(row[name]).casefold() for name in _TYPES if isinstance(row.get(name), str)]
    if any("partial" in kind or "interim" in kind for kind in kinds):
        return False
    if any("final" in kind for kind in kinds):
        return True
    return all(told) if told else None


def _pruned(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {name: _pruned(value) for name, value in data.items()}
    if isinstance(data, list):
        kept = (one for one in data if not isinstance(one, Mapping) or _is_final(one) is not False)
        return [_pruned(one) for one in kept]
    return data

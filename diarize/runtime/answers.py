"""What comes back of work apart, as JSON holds it: an answer, a refusal, or why there is none.

Conventions
-----------
`attempted` makes the answer in the process that works (`diarize.runtime.confined`), `received`
opens it where it was asked for. Messages, notes and spans travel as codes, fields and pairs of
seconds; a sequence comes back as a tuple, as fields have them.
"""

import errno
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from diarize.errors import Refused
from diarize.messages import Message, Note
from diarize.timeline import Span

__all__ = ["NoMemory", "attempted", "fields", "notes", "pairs", "received", "spans", "told"]


# a full disk, and what an account or a process may write at most; Windows has no quota of that name
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
# a stick that was pulled out, a disk that fails, a server that is gone: no fault of this program
_NOT_READ = {
    getattr(errno, name, errno.EIO)
    for name in ("EIO", "ENXIO", "ENODEV", "ESTALE", "ETIMEDOUT", "EREMOTEIO")
}


class NoMemory(Exception):
    """A piece of work had not enough memory."""


def attempted(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give what work makes, or what kept it from that."""
    try:
        return work()
    except Refused as refusal:
        return {"refused": refusal.code, "fields": _plain(refusal.message.fields)}
    except MemoryError:
        return {"memory": True}
    except OSError as error:
        if error.errno in _NOT_READ:  # whoever asked puts the file's name in
            return {"refused": "disk.unreadable", "fields": {"file": "", "why": error.strerror}}
        if error.errno not in _NO_ROOM:
            return {"fault": type(error).__name__}
        where = {"folder": tempfile.gettempdir(), "why": error.strerror}
        return {"refused": "disk.no_room", "fields": where}
    except Exception as error:
        return {"fault": type(error).__name__}


def received(said: Any) -> Any:
    """Give an answer of `attempted` on.

    Raises
    ------
    Refused
        As the work refused.
    NoMemory
        If it had not enough.
    RuntimeError
        If it failed by a fault of ours; named is its kind alone, which holds nothing of a file.
    """
    if "refused" in said:
        raise Refused(said["refused"], **fields(said["fields"]))
    if "memory" in said:
        raise NoMemory
    if "fault" in said:
        raise RuntimeError(said["fault"])
    return said


def told(found: Iterable[Note]) -> list[dict[str, Any]]:
    """Give notes as JSON holds them."""
    return [
        {
            "code": n.code,
            "fields": _plain(n.fields),
            "severity": n.severity,
            "spans": pairs(n.spans),
        }
        for n in found
    ]


def notes(said: Any) -> tuple[Note, ...]:
    """Make notes of what `told` gave."""
    return tuple(
        Note(n["code"], fields(n["fields"]), n["severity"], spans(n["spans"])) for n in said
    )


def pairs(found: Iterable[Span]) -> list[tuple[float, float]]:
    """Give spans as pairs of seconds."""
    return [(span.start, span.end) for span in found]


def spans(said: Any) -> tuple[Span, ...]:
    """Make spans of pairs."""
    return tuple(Span(*pair) for pair in said)


def fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Make fields of what JSON holds of them, and the messages among them."""
    return {name: _field(value) for name, value in said.items()}


def _field(value: Any) -> Any:
    if isinstance(value, dict):
        return Message(value["code"], fields(value["fields"]))
    return tuple(map(_field, value)) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {"code": value.code, "fields": _plain(value.fields)}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value

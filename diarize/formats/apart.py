"""Transcripts are read in a process that may use little and reach nobody.

Conventions
-----------
A transcript is what somebody sent. Where the machine offers it (`diarize.runtime.confined`), a file
is opened here and read there; what it says comes back as plain values. What takes more time or
memory than any transcript is refused. A reader that is none of ours, as an extension may bring, is
called here.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from diarize.errors import Refused
from diarize.formats.contents import bounded, text_of
from diarize.formats.mending import settled
from diarize.formats.transcript import Cue, Reading, Remark, Transcript
from diarize.messages import message
from diarize.runtime.answers import NoMemory, attempted, notes, pairs, received, spans, told
from diarize.runtime.atomic import open_regular
from diarize.runtime.confined import Ended, Limits, Workshop, possible, serve
from diarize.settings import Formats
from diarize.timeline import Span, Word

__all__ = ["Read", "read", "work"]

Read = Callable[[str, Reading], Transcript]
_HERE = __name__.rpartition(".")[0] if __name__ != "__main__" else "diarize.formats"
_WORKSHOP = Workshop(f"{_HERE}.apart")


def read(path: Path, reader: Read, how: Reading, *, name: str, lined: bool) -> Transcript:
    """Read a file, apart where that is possible.

    Parameters
    ----------
    path : Path
        A regular file.
    reader : callable
        Of its text; raises `Refused` with what is wrong.
    how : Reading
        How it is to be read.
    name : str
        Of the format, for a refusal.
    lined : bool
        Whether it is read line by line.

    Raises
    ------
    Refused
        With the file, if it is not of the format or holds, or takes, more than any transcript.
    """
    with open_regular(path) as file:
        try:
            if not possible() or not _ours(reader):
                return _read_open(file, reader, how, name, lined)
            return _read_apart(file, reader, how, name, lined)
        except Refused as refusal:
            why = refusal.message
    raise Refused(why.code, **{**why.fields, "file": str(path)})


def _ours(reader: Read) -> bool:
    """Whether the process that reads apart finds this reader by its name."""
    module = sys.modules.get(reader.__module__)
    inside = reader.__module__.startswith(f"{_HERE}.")
    return inside and getattr(module, getattr(reader, "__name__", ""), None) is reader


def _read_open(file: BinaryIO, reader: Read, how: Reading, name: str, lined: bool) -> Transcript:
    """Read an open file; refusals name none."""
    text, notes = text_of(file, how.formats, name=name, lined=lined)
    try:
        transcript = settled(bounded(reader(text, how), how.formats), how.formats)
    except Refused as refusal:
        why = refusal.message
    except (ValueError, OverflowError):  # numbers that are none, or too large to be a time
        why = message("format.impossible_value")
    else:
        return replace(transcript, notes=notes + transcript.notes)
    raise Refused("format.unreadable", file="", why=why, format=name)


def _read_apart(file: BinaryIO, reader: Read, how: Reading, name: str, lined: bool) -> Transcript:
    rule = how.formats
    job = {
        "reader": (reader.__module__, reader.__name__),
        "formats": asdict(rule),
        "only": how.only,
        "keep": sorted(how.keep),
        "name": name,
        "lined": lined,
    }
    limits = Limits(
        int(rule.work_memory_gb * 1e9), int(rule.work_s), 0, int(rule.work_answer_mb * 1e6)
    )
    try:
        said = received(_WORKSHOP.do(job, (file.fileno(),), limits))
    except Ended as ended:
        code = "reader_gone" if ended.cause == "gone" else "takes_too_much"
        raise Refused(f"format.{code}", file="") from None
    except NoMemory:
        raise Refused("format.takes_too_much", file="") from None
    return bounded(_taken(said), rule)


def work(job: Any, files: Sequence[int]) -> Any:
    """Read one transcript, in a process for that alone."""
    module, reader = job["reader"]
    how = Reading(Formats(**job["formats"]), job["only"], frozenset(job["keep"]))

    def done() -> dict[str, Any]:
        with os.fdopen(files[0], "rb") as file:
            known = getattr(import_module(module), reader)
            return _told(_read_open(file, known, how, job["name"], job["lined"]))

    return attempted(done)


def _told(read: Transcript) -> dict[str, Any]:
    """Give a transcript as what JSON holds."""
    return {
        "cues": [
            (_pair(c.span), c.voice, c.text, [_word(w) for w in c.words], pairs(c.stretches))
            for c in read.cues
        ],
        "language": read.language,
        "notes": told(read.notes),
        "remarks": [(r.kind, _pair(r.span), r.voice) for r in read.remarks],
        "origin_s": read.origin_s,
        "loose": read.loose,
        "open_ended": read.open_ended,
    }


def _taken(said: Any) -> Transcript:
    """Make of an answer what it stands for."""
    cues = (
        Cue(_span(span), voice, text, tuple(map(_heard, words)), spans(inside))
        for span, voice, text, words, inside in said["cues"]
    )
    remarks = (Remark(kind, _span(span), voice) for kind, span, voice in said["remarks"])
    return Transcript(
        tuple(cues),
        said["language"],
        notes(said["notes"]),
        tuple(remarks),
        said["origin_s"],
        said["loose"],
        said["open_ended"],
    )


def _word(word: Word) -> tuple[Any, ...]:
    return (word.span.start, word.span.end, word.text, word.probability, word.voice)


def _heard(said: Any) -> Word:
    start, end, text, sure, voice = said
    return Word(Span(start, end), text, sure, voice)


def _pair(span: Span | None) -> tuple[float, float] | None:
    return None if span is None else (span.start, span.end)


def _span(pair: Any) -> Span | None:
    return None if pair is None else Span(*pair)


if __name__ == "__main__":
    from diarize.formats import table  # noqa: F401  # every reader is here before the first fork

    serve(work)

"""The transcript as text processors and programs for qualitative analysis take it.

Conventions
-----------
A paragraph, or a row of a table, is a turn: its time, who speaks, what was said. Backchannels
stand in their place with the others. Times are stamps as f4 sets them (``#00:01:02-3#``), which
MAXQDA and ATLAS.ti turn into links to the recording, and spans in the table, which NVivo reads as a
transcript.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from diarize.formats.contents import in_one_line
from diarize.formats.transcript import Line
from diarize.messages import Message, message

__all__ = ["to_document", "to_text"]


def to_text(lines: Sequence[Line]) -> str:
    r"""Write a transcript as plain text, a turn a line with its stamp before it.

    Examples
    --------
    >>> from diarize.timeline import Span
    >>> to_text([Line(Span(62.34, 64.0), "A", "therapist", text="And then?")])
    '#00:01:02-3# Therapist: And then?\n'
    """
    return "".join(
        f"#{_stamp(line.span.start)}# {_who(line)}: {in_one_line(line.text)}\n"
        for line in lines
        if line.text
    )


def to_document(lines: Sequence[Line], title: str, remarks: Sequence[Message]) -> bytes:
    """Write a transcript as a Word document: what to know of it, and a table of turns.

    Parameters
    ----------
    lines : sequence of Line
        Turns in order of time.
    title : str
        Above all else.
    remarks : sequence of Message
        What a reader must know, such as that a machine wrote the words.
    """
    from docx import Document

    document: Any = Document()
    document.core_properties.author = ""
    document.add_heading(in_one_line(title), 1)
    for remark in remarks:
        document.add_paragraph(in_one_line(str(remark)))
    table = document.add_table(1, 3)
    table.style = "Table Grid"
    heads = ("export.timespan", "export.speaker", "export.content")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = str(message(head))
    for line in lines:
        if line.text:
            texts = (_span(line), _person(line), in_one_line(line.text))
            for cell, text in zip(table.add_row().cells, texts, strict=True):
                cell.text = text
    made = BytesIO()
    document.save(made)
    return _undated(made)


def _undated(made: BytesIO) -> bytes:
    """Write an archive anew without the times at which its parts were made."""
    out = BytesIO()
    with ZipFile(made) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(ZipInfo(part.filename), old.read(part), ZIP_DEFLATED)
    return out.getvalue()


def _span(line: Line) -> str:
    return f"{_clock(line.span.start)} - {_clock(line.span.end)}"


def _clock(seconds: float) -> str:
    return _stamp(seconds).replace("-", ".")


def _stamp(seconds: float) -> str:
    tenths = round(seconds * 10)
    whole, tenth = divmod(tenths, 10)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}-{tenth}"


def _person(line: Line) -> str:
    """Name who speaks as a reader's language does."""
    if line.label != line.role:
        return line.label
    named = str(message(f"role.{line.role}"))
    return named[:1].upper() + named[1:]


def _who(line: Line) -> str:
    """Name who speaks so that our own reader knows a role again, in any language."""
    return line.label.capitalize() if line.label == line.role else line.label

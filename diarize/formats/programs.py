"""Files of programs under the ending of a text, told by how they begin.

Conventions
-----------
A page of the web or an editor's project that is saved as ``.txt`` would be read line by line, and
its tags and codes would become words. It is refused instead, with what it is; names of formats are
the same in every language.
"""

import re

from diarize.formats.shown import OF_BLOCKS

__all__ = ["program_of"]

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("HTML", re.compile(r"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)),
    ("TTML", re.compile(r"(?:<\?xml[^>]{0,200}>\s{0,99})?<(?:\w{1,20}:)?tt[\s>]")),
    ("XML", re.compile(r"<\?xml\s|<!DOCTYPE\s")),
    ("SAMI", re.compile(r"<SAMI>", re.IGNORECASE)),
    ("SubStation Alpha", re.compile(r"\[Script Info\]", re.IGNORECASE)),
    ("SCC", re.compile(r"Scenarist_SCC ")),
    ("EBU STL", re.compile(r".{3}STL\d\d\.")),
    ("RTF", re.compile(r"\{\\rtf\d")),
    ("PDF", re.compile(r"%PDF-\d")),
    ("EDL", re.compile(r"TITLE:.{0,200}\s{1,9}FCM:")),
    (
        "XML",
        re.compile(  # from an element's begin to its end, and none that a page has
            rf"<(?!(?:{OF_BLOCKS}|a|b|i|u|em|font|span|strong)[\s>])([a-z][\w-]{{1,40}})"
            r"(?:\s[^<>]{0,300})?>.*</\1>\s*+$",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
)


def program_of(text: str) -> str | None:
    r"""Name the format that a text is really of; None where it may be a transcript.

    Examples
    --------
    >>> program_of("<!DOCTYPE html>\n<html>"), program_of("TITLE: Two\nFCM: NON-DROP FRAME")
    ('HTML', 'EDL')
    >>> program_of("<talk>\n<turn who='A'>Well.</turn>\n</talk>"), program_of("<anna> Well.")
    ('XML', None)
    >>> program_of("Title: Two\nAnna: <tt> is a tag.") is None
    True
    """
    begun = text.lstrip("\ufeff \t\r\n")
    return next((name for name, kind in _KINDS if kind.match(begun)), None)

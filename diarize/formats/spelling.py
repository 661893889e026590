"""How letters are written in a file: one sign each, in the encoding that they are in.

Conventions
-----------
Printed pages join letters, Macs write an umlaut as two signs, and a program that takes one encoding
for another makes two letters of one. What was said is the same; a word is only found again if it is
written in one way.
"""

import re
import unicodedata

from diarize.messages import Note

__all__ = ["as_typed", "of_an_old_mac", "of_dos"]

_LIGATURES: dict[str, str | int | None] = {
    **{"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"},
    **{"\ufb05": "st", "\ufb06": "st"},
}
# What follows the first byte of a letter in UTF-8, as Windows-1252 has these bytes.
_BEHIND = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(0x80, 0xC0))
_TWICE = re.compile(f"[\u00c2\u00c3][{re.escape(_BEHIND)}]|\u00e2[{re.escape(_BEHIND)}]{{2}}")
_IN_SIGNS = re.compile("[^\\W\\d_][\u0300-\u036f]+")  # a letter, and its dots beside it
_UNNAMED = "\x81\x8d\x8f\x90\x9d"  # bytes for which Windows-1252 has no letter
_WITHIN = re.compile(rb"(?<=[A-Za-z])[\x80-\xff](?=[a-z])")  # a letter within a word
_USUAL = frozenset("äöüßáàâãçéèêëíîïñóôõúùûœøåæ’—–…")  # within words, in Europe's languages
# Where a Mac has letters; Windows has them behind these, and quotation marks and dashes between.
_OF_MAC = re.compile(rb"(?<=[A-Za-z])[\x80-\x84\x86-\x90\x95\x98-\x9f](?=[a-z])")
_MARKS = re.compile(rb"(?<=[A-Za-z])[\x85\x91-\x94\x96\x97](?=[a-z])")


def as_typed(text: str) -> tuple[str, tuple[Note, ...]]:
    """Write each letter as one sign, and undo a wrong encoding that was saved.

    Examples
    --------
    >>> as_typed("scho\u0308n, \ufb01nden")[0], as_typed("gr\u00c3\u00bcn")[0]
    ('schön, finden', 'grün')
    """
    mended, letters = _TWICE.subn(_read_again, text)
    notes = (Note("format.read_wrongly_once"),) if letters and mended != text else ()
    if not mended.isascii():
        mended = _IN_SIGNS.sub(lambda letter: unicodedata.normalize("NFC", letter[0]), mended)
        mended = mended.translate(str.maketrans(_LIGATURES))
    return mended, notes


def _read_again(letter: re.Match[str]) -> str:
    data = b"".join(c.encode("latin-1") if c in _UNNAMED else c.encode("cp1252") for c in letter[0])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return letter[0]


def of_dos(data: bytes) -> bool:
    """Whether bytes within words are letters of Europe's languages as DOS had them, and not else.

    Examples
    --------
    >>> of_dos("schön, grün".encode("cp850")), of_dos("schön, grün".encode("cp1252"))
    (True, False)
    >>> of_dos("schön, grün".encode("mac_roman")), of_dos("it’s, he’s".encode("cp1252"))
    (False, False)
    >>> of_dos("well—so, I…said".encode("cp1252"))
    False
    """
    found = b"".join(_WITHIN.findall(data))
    usual = {name: sum(c in _USUAL for c in found.decode(name, "replace"))
             for name in ("cp850", "cp1252", "mac_roman")}  # fmt: skip
    return usual["cp850"] > max(usual["cp1252"], usual["mac_roman"])


def of_an_old_mac(data: bytes) -> bool:
    """Whether letters within words are where a Mac had them, and not where Windows has.

    Examples
    --------
    >>> of_an_old_mac("schön, grün".encode("mac_roman")), of_an_old_mac("schön".encode("cp1252"))
    (True, False)
    """
    letters = len(_WITHIN.findall(data)) - len(_MARKS.findall(data))
    return 2 * len(_OF_MAC.findall(data)) > letters

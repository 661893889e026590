"""What is in a transcript's file: its text, and whether a session may hold so much.

Conventions
-----------
Limits come first: what no session holds is refused before anything is worked out from it, so that
a file made for it cannot take hours or all memory.
"""

from dataclasses import replace
from typing import BinaryIO
from unicodedata import category

from diarize.errors import Refused
from diarize.formats.programs import program_of
from diarize.formats.spelling import as_typed, of_an_old_mac, of_dos
from diarize.formats.transcript import Cue, Transcript
from diarize.messages import Note, message
from diarize.settings import Formats

__all__ = ["OF_EDITORS", "bounded", "in_one_line", "text_of"]

# Endings of what a word processor or a spreadsheet writes: it can save text, and we read that.
OF_EDITORS = frozenset(
    (".doc", ".docx", ".numbers", ".ods", ".odt", ".pages", ".pdf", ".rtf", ".xls", ".xlsx")
)
_STEERING = {
    number: " " if mark.isspace() else None
    for number, mark in enumerate(map(chr, range(0xA0)))  # the last that is one
    if category(mark) == "Cc" and mark not in "\t\n\r"
}
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def in_one_line(text: str) -> str:
    r"""Give a text in one line, without what XML cannot hold or what reorders the text after it.

    Signs without a width of their own are part of how words are written: they join letters in
    Persian and Hindi and pictures in emoji, and a soft hyphen parts no word.

    Examples
    --------
    >>> in_one_line("so\tit\nwas \u202enot\x07") == "so it was not"
    True
    >>> in_one_line("Zu\u00adsammen") == "Zu\u00adsammen"
    True
    """
    held = (
        c if c.isprintable() or (category(c) == "Cf" and c not in _REORDERING) else " "
        for c in text
    )
    return " ".join("".join(held).split())


def bounded(transcript: Transcript, formats: Formats) -> Transcript:
    """Give a transcript, if a session may hold so much, without what steers a terminal.

    Raises
    ------
    Refused
        If not; the line does not name the file.
    """
    cues = transcript.cues
    if len(cues) > formats.cues_max:
        raise Refused("format.too_many_cues", cues=len(cues), most=formats.cues_max)
    if any(len(cue.text) > formats.cue_max_chars for cue in cues):
        raise Refused("format.too_long_a_line", most=formats.cue_max_chars)
    words = sum(cue.text.count(" ") for cue in cues)
    if words > formats.words_max:
        raise Refused("format.too_many_words", words=words, most=formats.words_max)
    voices = len({cue.voice for cue in cues if cue.voice})
    if voices > formats.voices_max:
        raise Refused("format.too_many_voices", voices=voices, most=formats.voices_max)
    return replace(transcript, cues=tuple(map(_plain, cues)))


def _plain(cue: Cue) -> Cue:
    """Take out control characters: nobody says them, and every export would hold them."""
    text, voice = cue.text.translate(_STEERING), cue.voice and cue.voice.translate(_STEERING)
    words = [replace(word, text=word.text.translate(_STEERING)) for word in cue.words]
    if (text, voice, words) == (cue.text, cue.voice, [*cue.words]):
        return cue
    kept = tuple(word for word in words if word.text)
    return replace(cue, text=text, voice=voice or None, words=kept)


def text_of(
    file: BinaryIO, formats: Formats, *, name: str, lined: bool
) -> tuple[str, tuple[Note, ...]]:
    """Give a file's text in whatever encoding it has, and what was odd about it.

    Parameters
    ----------
    file : file object
        Open for reading bytes; refusals do not name it.
    formats : Formats
        Thresholds.
    name : str
        Of the format it will be read as.
    lined : bool
        Whether it will be read line by line.

    Raises
    ------
    Refused
        If it is larger, or has a longer line, than any transcript, or is no text, or that of a
        program (a web page, an editor's project).
    """
    most = min(formats.lines_max_bytes, formats.size_max_bytes) if lined else formats.size_max_bytes
    data = file.read(most + 1)
    if len(data) > most:
        raise Refused("format.too_large", file="", largest_mib=most / 2**20)
    text, notes = _decoded(data, formats, name)
    text, told = as_typed(text)
    notes = (*notes, *told)
    if lined and (program := program_of(text)):
        raise Refused("format.of_a_program", file="", what=program)
    if lined and any(len(line) > formats.line_max_chars for line in text.splitlines()):
        why = message("format.too_long_a_line", most=formats.line_max_chars)
        raise Refused("format.unreadable", file="", why=why, format=name)
    return text, notes


def _decoded(data: bytes, formats: Formats, name: str) -> tuple[str, tuple[Note, ...]]:
    try:
        return data.decode(_encoding(data, formats)), ()
    except UnicodeDecodeError:
        if data[:12] == b"ooBinaryFile":
            why = message("format.binary_text_grid")
            raise Refused("format.unreadable", file="", why=why, format=name) from None
        if b"\0" in data:
            raise Refused("format.not_text", file="") from None
        if of_dos(data):
            return data.decode("cp850"), (Note("format.of_dos"),)
        if of_an_old_mac(data):
            return data.decode("mac_roman"), (Note("format.of_an_old_mac"),)
        return data.decode("cp1252", "replace"), (Note("format.not_utf8"),)


def _encoding(data: bytes, formats: Formats) -> str:
    """Name the encoding: UTF-16 has a mark, or a zero in nearly every second byte."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "utf-32"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    sample = data[: 2 * (min(len(data), 400) // 2)]
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if sample and zeros.count(0) > formats.nearly_all_share * len(zeros):
            return name
    return "utf-8-sig"

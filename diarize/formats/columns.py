"""What the columns of a table hold, by what they are called in any language.

Conventions
-----------
Names are compared without capitals and marks. A unit in a name ("Start (ms)", "Beginn (min)") says
of what its numbers are counts; of samples and frames the file must say how many are a second.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from diarize.errors import Refused

__all__ = ["OF_TIMES", "Column", "column_of", "headed_once", "kinds_of", "plainly", "rated",
           "side_by_side"]  # fmt: skip

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "start": (
        "start", "start time", "starttime", "begin", "begin time", "beginn", "from", "von",
        "anfang", "startzeit", "start offset", "debut", "début", "inicio", "inizio", "in",
        "time in", "onset", "tmin", "xmin", "tc in", "timestamp", "time", "timecode", "zeit",
        "zeitmarke", "start timecode", "temps", "tiempo", "timecode in", "in timecode",
        "time start",
        "tc start", "start tc", "timestamp start", "start timestamp",
    ),
    "end": (
        "end", "end time", "endtime", "ende", "endzeit", "end offset", "to", "bis", "stop", "fin",
        "fine", "final", "out", "time out", "offset", "tmax", "xmax", "tc out", "until",
        "end timecode", "timecode out", "out timecode", "time end", "tc end", "end tc",
        "timestamp end", "end timestamp",
    ),
    "length": ("duration", "dauer", "length", "durée", "duree", "duración", "durata"),
    "between": ("timespan", "time span", "time range", "zeitspanne", "zeitraum", "timestamps"),
    "role": ("role",),
    "voice": (
        "speaker", "voice", "interlocutor", "speaker label", "speaker name", "speaker id", "who",
        "name", "tier", "participant", "sprecher", "sprecherin", "sprecher in", "person",
        "rolle", "rôle", "rol", "ruolo", "locuteur", "locutrice", "hablante", "parlante",
        "user", "author", "speaker role", "sprecherrolle", "speaker type",
    ),
    "text": (
        "text", "utterance text", "utterance", "transcript", "transcription", "transkript",
        "transkription",
        "content", "inhalt", "words", "sentence", "annotation", "äußerung", "äusserung", "texte",
        "texto", "testo", "message", "caption", "subtitle", "speech", "contenu", "dialogue",
        "value", "spoken text", "wortlaut", "aussage", "redebeitrag", "gesprochenes", "propos",
        "what was said", "said", "line", "word", "wort", "mot", "original", "original text",
        "originaltext",
    ),
    "session": ("transcript id", "session id", "conversation id", "session", "recording"),
    "turn": ("utterance id", "turn id", "index", "turn"),
    "stretches": ("stretches",),
}  # fmt: skip
_UNITS = {"s", "sec", "secs", "seconds", "sekunden", "ms", "msec", "millis", "milliseconds"}
_UNITS |= {"hh", "mm", "ss", "pal", "ntsc", "fps", "utc", "hms"}
_THOUSANDTHS = {"ms", "msec", "millis", "milliseconds", "millisekunden"}
_WHOLE = {"s", "sec", "secs", "seconds", "sekunden"}
_OF_MINUTES = {"min", "mins", "minutes", "minuten"}
_COUNTS = {"sample", "samples", "frame", "frames"}  # of which the name does not say the rate
_A_UNIT = {**dict.fromkeys(_THOUSANDTHS, 1000.0), **dict.fromkeys(_OF_MINUTES, 1 / 60),
           **dict.fromkeys(_WHOLE, 1.0), **dict.fromkeys(_COUNTS, math.nan)}  # fmt: skip
_RATE = re.compile(
    r"(?:sampl\w{0,6}|frames?)[\s_-]{0,3}(?:rate|per second)\W{1,5}(\d{1,6}(?:\.\d{1,3})?)\b"
    r"|\b(\d{1,6}(?:\.\d{1,3})?)\s?(?:fps|hz)\b",
    re.IGNORECASE,
)
OF_TIMES = {*_COLUMNS["start"], *_COLUMNS["end"]} - {"in", "out", "to", "fin", "fine", "final"}
_PARTED = re.compile(r"hh?:mm:ss(?:[.,:]m?s?(?:sec)?|:ff)?|ss\.msec", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, under which name, and how many of its counts are a second."""

    kind: str
    name: str
    per_second: float | None = None


def kinds_of(names: Iterable[str]) -> list[str]:
    """Say what columns hold by what they are called; ``other`` where that is not known.

    Examples
    --------
    >>> kinds_of(["Start time", "Sprecherin", "mood"])
    ['start', 'voice', 'other']
    """
    return [column_of(name).kind for name in names]


def column_of(cell: str) -> Column:
    """Say what a column holds by what it is called."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plainly(cell.strip()))
    bare = _PARTED.sub(" ", name).casefold()
    parts = re.findall(r"[^\W_]+", bare)
    bare_parts = [part for part in parts if part not in _UNITS and part not in _A_UNIT]
    key = " ".join(bare_parts) or " ".join(parts)
    kind = next((kind for kind, names in _COLUMNS.items() if key in names), "other")
    timed = kind in ("start", "end", "length")
    unit = next((_A_UNIT[part] for part in parts if part in _A_UNIT), None)
    return Column(kind, key if kind != "other" else cell.strip(), unit if timed else None)


def rated(columns: list[Column], rows: Sequence[Sequence[str]], text: str) -> list[Column]:
    r"""Give columns that count samples or frames the rate that the file names.

    Raises
    ------
    Refused
        If it names none, and clocks stand in none of them.

    Examples
    --------
    >>> start = column_of("Start (frames)")
    >>> rated([start], [["30"]], "Start (frames)\\n# 25 fps\\n30")[0].per_second
    25.0
    """
    counted = [k for k, c in enumerate(columns) if c.per_second is not None
               and math.isnan(c.per_second)]  # fmt: skip
    if not counted:
        return columns
    told = _RATE.search(text)
    clocks = any(":" in row[k] for row in rows for k in counted if k < len(row))
    if told is None and not clocks:
        raise Refused("format.counts_without_rate")
    per_second = float(told[1] or told[2]) if told else None
    return [replace(c, per_second=per_second) if k in counted else c
            for k, c in enumerate(columns)]  # fmt: skip


def side_by_side(text: str) -> tuple[list[Column], list[list[str]], str] | None:
    r"""Give a video coding program's table with a row for each turn; None if it is none.

    Each person has columns of their own there, called by the person, a point and what it holds
    (``T.onset``, in milliseconds), and a row holds turns that have nothing to do with each other.

    Examples
    --------
    >>> _, rows, _ = side_by_side("A.onset,A.offset,A.text,B.onset,B.offset,B.text\n"
    ...                           "0,900,Well.,1500,2000,Yes.\n")
    >>> rows
    [['A', '0', '900', 'Well.'], ['B', '1500', '2000', 'Yes.']]
    """
    lines = text.lstrip("\ufeff").splitlines()
    heads = [cell.strip().rpartition(".") for cell in lines[0].split(",")] if lines else []
    people = dict.fromkeys(name for name, _, what in heads if what == "onset")
    if len(people) < 2 or not all(name in people for name, _, _ in heads):
        return None
    places = {(name, what): k for k, (name, _, what) in enumerate(heads)}
    said = {name: k for name, _, what in heads for k in [places[name, what]]
            if what not in ("ordinal", "onset", "offset")}  # fmt: skip
    if set(said) != set(people) or any((name, "offset") not in places for name in people):
        return None
    rows = []
    for row in csv.reader(io.StringIO("\n".join(lines[1:]))):
        for name in people:
            cells = [places[name, "onset"], places[name, "offset"], said[name]]
            if max(cells) < len(row) and all(row[k].strip() for k in cells):
                rows.append([name, *(row[k] for k in cells)])
    rows.sort(key=lambda row: float(row[1]) if row[1].isdigit() else math.inf)
    per_second = _A_UNIT["ms"]
    columns = [Column("voice", "speaker"), Column("start", "onset", per_second),
               Column("end", "offset", per_second), Column("text", "text")]  # fmt: skip
    return columns, rows, ","


def headed_once(text: str) -> tuple[str, int]:
    r"""Give a table without the names of its columns where they stand again, and how often so.

    Examples
    --------
    >>> headed_once("Start;Sprecher;Text\n1;A;Well\nStart;Sprecher;Text\n2;B;Yes\n")
    ('Start;Sprecher;Text\n1;A;Well\n2;B;Yes\n', 1)
    """
    lines = text.splitlines(keepends=True)
    twice = {line for line, n in Counter(map(str.strip, lines)).items() if n > 1}
    heads = {line for line in twice for mark in "\t;|," if _is_head(line.split(mark))}
    seen = set[str]()
    kept: list[str] = []
    for line in lines:
        bare = line.strip()
        if bare not in seen:
            kept.append(line)
        if bare in heads:
            seen.add(bare)
    return "".join(kept), len(lines) - len(kept)


def _is_head(cells: Sequence[str]) -> bool:
    """Whether cells are names of the columns for a text and for two things more."""
    kinds = {*kinds_of(cell.strip('"') for cell in cells)} - {"other"}
    return "text" in kinds and len(kinds) > 2


def plainly(cell: str) -> str:
    """Take back what `guarded` did."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in "=+-@\t\r\n" else cell

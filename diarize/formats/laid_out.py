"""Text that is really laid out for a program: JSON in a fence or a sentence, YAML, drawn tables.

Conventions
-----------
What a language model answers, and what a statistics program prints (columns parted by spaces, a
table in lines), is saved as text. It is taken
for what it is where most of the text is; what stands around it is no speech and is counted. What
is begun as such and cannot be read is refused: its marks would become words.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.apart import Read
from diarize.formats.columns import kinds_of
from diarize.formats.json import any_json
from diarize.formats.json_fields import loaded
from diarize.formats.page import only_turns
from diarize.formats.tables import comma_table
from diarize.formats.times import time_of
from diarize.formats.transcript import Reading, Transcript
from diarize.formats.yaml import records
from diarize.messages import Note
from diarize.settings import Formats

__all__ = ["laid_out"]

_FENCE = re.compile(r"^\s{0,3}(?:`{3,}|~{3,})[\w .{}=-]{0,40}$")
_OPENS = re.compile(r'^\s*+(?:[\[{]\s*$|\[?\s*+\{\s*"|\{\s*\}|\[\s*\{)')
_CLOSES = re.compile(r"[\]}],?\s*$")
_OF_JSON = re.compile(r'^\s*(?:[\[\]{}]{1,3},?|"[^"]{1,40}"\s*:.*|\[?\{\s*".*)\s*$')
_RULE = re.compile(r"^[\s=+_-]+$")
_A_TURN = ("start", "end", "voice", "text")  # columns without names
# Of these columns a table has all of one row: no sentence has them and nothing else.
_KNOWN = (
    frozenset(("start", "voice", "text")),
    frozenset(("start", "end", "text")),
    frozenset(("start", "end", "voice")),
)
_GAP = re.compile(r"\s{2,}")
_EDGES = str.maketrans("│┃║", "|||")  # of a table's cells
_BETWEEN = re.compile(r"(?<!\\)\|")
_NO_CELL = "|+-=:─━═┄┈┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬╒╕╘╛╞╡╤╧╪╭╮╰╯┠┨┝┥ \t"


def laid_out(text: str, how: Reading, rest: Read) -> Transcript | None:
    """Read JSON, YAML, what stands in fences, or a table drawn with lines or parted by spaces.

    None if a text holds none.

    What is in fences and no JSON is for `rest` to read.

    Raises
    ------
    Refused
        If it does, and the JSON is broken or a line does not show where its columns end; or if it
        is who speaks when, as a separator prints it, without a word.
    """
    if only_turns(text):
        raise Refused("format.no_words", file="")
    return (
        _json_in(text, how)
        or _fenced(text, how, rest)
        or _drawn(text, how)
        or _yaml(text, how)
        or _spaced(text, how)
    )


def _drawn(text: str, how: Reading) -> Transcript | None:
    """Read a table whose cells stand between lines, of Markdown or of signs that draw."""
    lines = [line.strip() for line in text.translate(_EDGES).splitlines() if line.strip()]
    rows = [line for line in lines if line.strip(_NO_CELL)]
    if len(lines) < 3 or not rows or not all(row[:1] == "|" == row[-1:] for row in rows):
        return None
    whole: list[list[str]] = []
    for row in rows:
        cells = [cell.strip().replace(r"\|", "|") for cell in _BETWEEN.split(row[1:-1])]
        at = [k for k, cell in enumerate(cells) if cell]
        above = whole[-1] if whole and len(whole[-1]) == len(cells) else []
        if len(at) == 1 and at[0] and above and above[at[0]]:
            above[at[0]] += f" {cells[at[0]]}"  # wrapped within its cell
        else:
            whole.append(cells)
    return comma_table(_tabbed([], whole), how)


def _yaml(text: str, how: Reading) -> Transcript | None:
    found = records(text)
    return None if found is None else any_json(json.dumps(found), how)


def _fenced(text: str, how: Reading, rest: Read) -> Transcript | None:
    lines = text.split("\n")
    kept = _in_fences(lines)
    if _is_little(kept, lines, how.formats):
        return None
    return _with_beside(rest("\n".join(kept).strip("\n"), how), _beside(kept, lines))


def _is_little(kept: Sequence[str], lines: Sequence[str], formats: Formats) -> bool:
    size, whole = (sum(map(len, map(str.strip, part))) for part in (kept, lines))
    return size == 0 or size < formats.labelled_most_share * whole


def _beside(kept: Sequence[str], lines: Sequence[str]) -> int:
    """Count the filled lines that are neither kept nor fences."""
    pairs = zip(lines, kept, strict=True)
    return sum(bool(line.strip()) and not own and not _FENCE.match(line) for line, own in pairs)


def _json_in(text: str, how: Reading) -> Transcript | None:
    lines = text.split("\n")
    fenced = _in_fences(lines)
    kept = fenced if any(line and _OPENS.match(line) for line in fenced) else _from_first(lines)
    if _is_little(kept, lines, how.formats):
        return None
    inside = "\n".join(kept)  # what stands around is blank: lines keep their numbers
    try:
        loaded(inside)
    except Refused:
        filled = [line for line in kept if line.strip()]
        begun = sum(_OF_JSON.match(line) is not None for line in filled)
        if begun < how.formats.labelled_most_share * len(filled):
            return None
        raise
    return _with_beside(any_json(inside, how), _beside(kept, lines))


def _in_fences(lines: Sequence[str]) -> list[str]:
    """Give what stands between fences, the last of which may be missing; all else blank."""
    kept, inside = [], False
    for line in lines:
        fence = _FENCE.match(line) is not None
        kept.append(line if inside and not fence else "")
        inside ^= fence
    return kept


def _from_first(lines: Sequence[str]) -> list[str]:
    """Give what stands from the first line that begins JSON to the last that ends it."""
    first = next((i for i, line in enumerate(lines) if _OPENS.match(line)), len(lines))
    ends = [i for i, line in enumerate(lines) if i >= first and _CLOSES.search(line)]
    last = ends[-1] if ends else len(lines)
    return [line if first <= i <= last else "" for i, line in enumerate(lines)]


def _with_beside(found: Transcript, beside: int) -> Transcript:
    notes = (Note("format.lines_beside", {"lines": beside}),) if beside else ()
    return replace(found, notes=(*found.notes, *notes))


def _spaced(text: str, how: Reading) -> Transcript | None:
    """Read a table parted by runs of spaces, or by commas below the names of its columns."""
    lines = [(i, line.expandtabs()) for i, line in enumerate(text.split("\n"), 1)
             if line.strip() and not _RULE.match(line)]  # fmt: skip
    for place, (_, line) in enumerate(lines[: how.formats.title_rows_max]):
        names = _names(line, [below for _, below in lines[place + 1 :]], how.formats)
        if names:
            rows = _rows(names, line.rfind(names[-1]), lines[place + 1 :])
            return _with_beside(comma_table(_tabbed(names, rows), how), place)
    head = kinds_of(re.split(r"[,;|]", lines[0][1].strip())) if len(lines) > 1 else []
    if "text" in head and "other" not in head and any(known <= {*head} for known in _KNOWN):
        return comma_table(text, how)
    rows = [_GAP.split(line.strip(), len(_A_TURN) - 1) for _, line in lines]
    if len(rows) > 1 and all(map(_is_a_turn, rows)):
        return comma_table(_tabbed([], rows), how)
    return None


def _names(line: str, below: Sequence[str], formats: Formats) -> list[str]:
    """Give the names of columns, if a line holds them and those below hold times; else nothing."""
    for names in (_GAP.split(line.strip()), line.split()):
        kinds = kinds_of(names)
        if "other" in kinds or not any(known <= {*kinds} for known in _KNOWN):
            continue
        timed = sum(
            any(time_of(cell) is not None for cell in row.split()[: len(_A_TURN)]) for row in below
        )
        if below and timed >= formats.labelled_most_share * len(below):
            return names
    return []


def _rows(names: list[str], last_at: int, lines: Sequence[tuple[int, str]]) -> list[list[str]]:
    """Part lines at runs of spaces; one that begins under the last column goes on with it.

    Raises
    ------
    Refused
        With the first line that does not have a cell for each column.
    """
    if "text" not in kinds_of(names):  # wide tables are printed in blocks, the text in another
        raise Refused("format.no_text_column")
    rows: list[list[str]] = []
    for number, line in lines:
        indent = len(line) - len(line.lstrip())
        if rows and indent >= last_at:
            rows[-1][-1] += f" {line.strip()}"
            continue
        cells = _GAP.split(line.strip(), len(names) - 1)
        counted = re.match(r"\d+(?= +\d)", line.strip())  # a number of the row has no name
        more = _GAP.split(line.strip(), len(names))
        if counted and len(more) > len(names) and time_of(more[2]) is not None:
            cells = more[1:]
        if len(cells) != len(names):
            raise Refused("format.columns_unclear", line=number)
        rows.append(cells)
    return rows


def _is_a_turn(cells: Sequence[str]) -> bool:
    """Whether four cells begin with a start and an end."""
    if len(cells) < len(_A_TURN) or time_of(cells[2]) is not None:
        return False
    start, end = time_of(cells[0]), time_of(cells[1])
    return start is not None and end is not None and start <= end


def _tabbed(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows([names, *rows] if names else rows)
    return out.getvalue()

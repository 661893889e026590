"""Tables of cells: CSV and TSV of any language, and what ELAN and others export as tabs.

Readers forgive what tools really write: titles above the header, a decimal comma, a header in
another language or none. Cells that a spreadsheet would run as formulas are neutralised when
written and taken back when read.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.columns import (
    OF_TIMES,
    Column,
    column_of,
    headed_once,
    plainly,
    rated,
    side_by_side,
)
from diarize.formats.counts import in_seconds
from diarize.formats.tiers import Tier, spoken_tiers
from diarize.formats.times import Clocks, in_pairs, pairs_of, time_of
from diarize.formats.transcript import Cue, Line, Reading, Transcript, gathered
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["comma_table", "guarded", "is_a_table", "to_comma_table"]

_Table = tuple[list[Column], list[list[str]], str]  # columns, rows, and the mark between cells


def is_a_table(lines: Sequence[str], formats: Formats) -> bool:
    """Whether lines of text are rows of cells between tabs."""
    tabs = Counter(line.count("\t") for line in lines)
    most, rows = tabs.most_common(1)[0] if tabs else (0, 0)
    every = rows >= formats.nearly_all_share * len(lines)
    return most >= 2 and len(lines) > 1 and every


def comma_table(text: str, how: Reading) -> Transcript:
    """Read CSV or TSV: a row per turn, or a column per tier.

    Rows that repeat a turn number (several annotators) are taken once.

    Raises
    ------
    Refused
        If it is no table, has no text column, or holds several sessions and none is chosen.
    """
    text, again = headed_once(text)
    columns, rows, joined = _whole_rows(side_by_side(text) or _header(text, how))
    kinds = {column.kind for column in columns}
    if "text" not in kinds:
        return _wide(columns, rows, how)
    cues, sessions, seen = [], set(), set()
    clock = _clock_of(columns, rows, how)
    for row in rows:
        cell = _cells(columns, row)
        if how.only is not None and cell.get("session", "") != how.only:
            continue
        sessions.add(cell.get("session", ""))
        if len(sessions) > 1:
            raise Refused("format.several_sessions")
        turn = cell.get("turn", "")
        if turn and turn in seen:
            continue
        seen.add(turn)
        known = cell.get("role", "")
        known = known if known not in ("unknown", "other") else ""
        voice = plainly(known or cell.get("voice", "") or cell.get("role", ""))
        span = _span(columns, row, clock)
        inside = pairs_of(cell.get("stretches", ""))
        cues.append(Cue(span, voice or None, plainly(cell.get("text", "")), stretches=inside))
    if not cues:
        raise Refused("format.no_such_session" if how.only else "format.no_rows", session=how.only)
    tiered = any(c.kind == "voice" and c.name in ("tier", "") for c in columns)
    cues, notes = _speech_only(cues, how) if tiered else (cues, ())
    below = _sums_below(cues)
    cues = cues[: len(cues) - below]
    beside = below + again
    notes = (*notes, *([Note("format.lines_beside", {"lines": beside})] if beside else ()))
    notes = (*notes, *([Note("format.cells_joined", {"rows": joined})] if joined else ()))
    return Transcript(gathered(in_seconds(cues, how.formats), how.formats), notes=notes)


def _sums_below(cues: Sequence[Cue]) -> int:
    """Count the rows at the end that are sums: without a time, and of nobody who spoke above."""
    timed = [i for i, cue in enumerate(cues) if cue.span is not None]
    last = timed[-1] + 1 if timed else len(cues)
    voices = {cue.voice for cue in cues[:last]}
    after = cues[last:]
    own = len(timed) == last and all(cue.voice and cue.voice not in voices for cue in after)
    return len(after) if own else 0


def _whole_rows(table: _Table) -> tuple[list[Column], list[list[str]], int]:
    """Give a table's rows, and how many had the mark between cells within what was said.

    Such a row has more cells than there are columns: those behind the text's are the text's.
    """
    columns, rows, mark = table
    at = next((k for k, column in enumerate(columns) if column.kind == "text"), None)
    joined, out = 0, []
    for row in rows:
        more = len(row) - len(columns)
        if at is not None and more > 0 and any(row[len(columns) :]):
            row = [*row[:at], mark.join(row[at : at + more + 1]), *row[at + more + 1 :]]
            joined += 1
        out.append(row)
    return columns, out, joined


def _header(text: str, how: Reading) -> _Table:
    """Give the columns, the rows below them and the mark between cells that makes most sense."""
    text = re.sub(r"^sep=.\r?\n", "", text).replace("\r\n", "\n").replace("\r", "\n")
    best: tuple[int, list[Column], list[list[str]]] = (0, [], [])
    parted = ""
    for mark in "\t;|,":
        try:
            rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(row)]
        except csv.Error:
            raise Refused("format.not_a_table") from None
        for i, row in enumerate(rows[: how.formats.title_rows_max]):
            columns = [column_of(cell) for cell in row]
            columns = _said_by_name(columns, rows[i + 1 :], how.formats)
            known = {column.kind for column in columns} - {"other"}
            if "voice" in known and "text" not in known:
                columns = _one_for_text(columns)
                known = {column.kind for column in columns} - {"other"}
            enough = "text" in known or ({"start", "end"} <= known and len(row) > len(known))
            enough = enough or ("start" in known and _one_each(columns, rows[i + 1 :], how.formats))
            if enough and len(known) > best[0]:
                best, parted = (len(known), columns, rows[i + 1 :]), mark
        if not best[0] and rows and len(rows[0]) > 2:
            guessed = _guessed(rows, how.formats)
            best, parted = ((1, guessed, rows), mark) if guessed else (best, parted)
    if not best[0]:
        raise Refused("format.no_text_column")
    timed = _timed(best[1], best[2], how.formats)
    return rated(_told(timed, best[2], how.formats), best[2], text), best[2], parted


def _said_by_name(
    columns: list[Column], rows: Sequence[Sequence[str]], formats: Formats
) -> list[Column]:
    """Take a region's or marker's description, or its name, for what was said.

    Editors of sound have no column for that: people write it where a name is asked for.
    """
    if "text" in {column.kind for column in columns} or "start" not in {c.kind for c in columns}:
        return columns
    cells = _filled(rows)
    every = formats.nearly_all_share * len(rows)
    told = (k for name in ("description", "beschreibung", "name") for k, c in enumerate(columns)
            if c.name.casefold() == name and len(cells.get(k, {})) >= every)  # fmt: skip
    at = next((k for k in told if not _few(cells[k].values(), len(rows), formats)), None)
    if at is None or not rows:
        return columns
    of_few = {k for k in cells if _few(cells[k].values(), len(rows), formats)}
    return [replace(c, kind="text") if k == at
            else replace(c, kind="other") if c.name == "name" and k not in of_few
            else c for k, c in enumerate(columns)]  # fmt: skip


def _one_each(columns: Sequence[Column], rows: Sequence[Sequence[str]], formats: Formats) -> bool:
    """Whether columns of unknown names take turns: each row has words in one of them."""
    rest = {k for k, column in enumerate(columns) if column.kind == "other" and column.name}
    filled = [[k for k in rest if k < len(row) and row[k].strip()] for row in rows]
    alone = Counter(places[0] for places in filled if len(places) == 1)
    often = [k for k, n in alone.items() if n > 1]
    return len(often) > 1 and alone.total() >= formats.nearly_all_share * len(rows)


def _told(columns: list[Column], rows: Sequence[Sequence[str]], formats: Formats) -> list[Column]:
    """Take of two columns of unknown names, filled side by side, one for who and one for words.

    A column for each tier has its words in rows of its own.
    """
    rest = [k for k, column in enumerate(columns) if column.kind == "other"]
    if "text" in {column.kind for column in columns} or len(rest) < 2:
        return columns
    filled = _filled(rows)
    cells = {k: filled.get(k, {}) for k in rest}
    full = [k for k in rest if len(cells[k]) >= formats.nearly_all_share * len(rows)]
    full.sort(key=lambda k: len(set(cells[k].values())))
    if len(full) < 2 or not _few(cells[full[0]].values(), len(rows), formats):
        return columns
    kinds = {full[0]: "voice", full[-1]: "text"}
    return [replace(c, kind=kinds.get(k, c.kind)) for k, c in enumerate(columns)]


def _few(said: Iterable[str], rows: int, formats: Formats) -> bool:
    """Whether so few different texts stand in so many rows that they may say who speaks."""
    most = max(formats.voices_told_min, rows // formats.rows_per_voice_min)
    return len(set(said) - {""}) <= most


def _timed(columns: list[Column], rows: Sequence[Sequence[str]], formats: Formats) -> list[Column]:
    """Take columns of unknown names as times where nothing but times stands in them."""
    if {"start", "between"} & {column.kind for column in columns}:
        return columns
    cells = _filled(rows)
    told = [k for k in sorted(cells) if k < len(columns) and columns[k].kind == "other"
            and _times([*cells[k].values()], columns[k].name, formats)]  # fmt: skip
    if not told:
        return columns
    times = {k: {i: time_of(cell) for i, cell in cells[k].items()} for k in told}
    starts = times[told[0]]
    ends = ((k, [starts.get(i) for i in times[k]], [*times[k].values()]) for k in told[1:])
    end = next((k for k, begun, ended in ends if _follows(begun, ended, formats)), None)
    kinds = {told[0]: "start"} | ({end: "end"} if end is not None else {})
    return [replace(c, kind=kinds.get(k, c.kind)) for k, c in enumerate(columns)]


def _filled(rows: Sequence[Sequence[str]]) -> dict[int, dict[int, str]]:
    """Give the filled cells of each column by row: a wide header costs no more than the cells."""
    found: dict[int, dict[int, str]] = {}
    for i, row in enumerate(rows):
        for k, cell in enumerate(row):
            if said := cell.strip():
                found.setdefault(k, {})[i] = said
    return found


def _times(cells: Sequence[str], name: str, formats: Formats) -> bool:
    """Whether filled cells are times: clocks, or numbers where the column's name says times."""
    said = set(re.findall(r"[^\W_]+", name.casefold()))
    clocks = [cell for cell in cells if ":" in cell or said & OF_TIMES]
    times = sum(time_of(cell) is not None for cell in clocks)
    return bool(cells) and times >= formats.nearly_all_share * len(cells)


def _one_for_text(columns: list[Column]) -> list[Column]:
    """Take the one column of a table with speakers that nothing else is known of as its text."""
    rest = [column for column in columns if column.kind == "other" and column.name]
    if len(rest) != 1:
        return columns
    return [replace(c, kind="text") if c is rest[0] else c for c in columns]


def _guessed(rows: Sequence[Sequence[str]], formats: Formats) -> list[Column]:
    """Say what columns without a header hold, by what stands in them; nothing if unclear."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    table = [row for row in rows if len(row) == width]
    cells = [[row[k].strip() for row in table] for k in range(width)]
    times = [[time_of(cell) for cell in column] for column in cells]
    every = formats.nearly_all_share * len(table)
    timed = [k for k in range(width) if sum(t is not None for t in times[k]) > every]
    words = sorted(
        (k for k in range(width) if k not in timed and any(cells[k])),
        key=lambda k: (-len(set(cells[k])), -sum(map(len, cells[k]))),
    )
    if not timed or not words:
        return []
    start = timed[0]
    end = next((k for k in timed[1:] if _follows(times[start], times[k], formats)), None)
    alone = sum(sum(bool(cells[k][i]) for k in words) == 1 for i in range(len(table)))
    if len(words) > 1 and alone >= formats.nearly_all_share * len(table):  # a column for each
        kinds = {start: "start", end: "end"}
        return [Column(kinds.get(k, "other"), str(k + 1)) for k in range(width)]
    who = next((k for k in words[1:] if _few(cells[k], len(table), formats)), None)
    names = {start: "start", end: "end", words[0]: "text", who: "voice"}
    return [Column(names.get(k, "other"), "") for k in range(width)]


def _follows(
    starts: Sequence[float | None], ends: Sequence[float | None], formats: Formats
) -> bool:
    """Whether a column's times are ends: never before the starts, and later on the whole."""
    pairs = [(a, b) for a, b in zip(starts, ends, strict=True) if a is not None and b is not None]
    if not pairs or sum(b >= a for a, b in pairs) < formats.ordered_share * len(pairs):
        return False
    apart, last = [b - a for a, b in pairs], max(b for _, b in pairs)
    most = max(formats.lasting_max_s, formats.lasting_max_share * last)
    return 0 < sum(apart) / len(apart) < most


def _cells(columns: Sequence[Column], row: Sequence[str]) -> dict[str, str]:
    """Give a row's first filled cell of each kind."""
    found: dict[str, str] = {}
    for column, cell in zip(columns, row, strict=False):
        if cell.strip() and column.kind not in found:
            found[column.kind] = cell.strip()
    return found


def _clock_of(columns: Sequence[Column], rows: Sequence[Sequence[str]], how: Reading) -> Clocks:
    kinds = {"start", "end"}
    written = (cell for row in rows for column, cell in zip(columns, row, strict=False)
               if column.kind in kinds and ":" in cell)  # fmt: skip
    return Clocks.of(written, how.formats)


def _span(columns: Sequence[Column], row: Sequence[str], clock: Clocks) -> Span | None:
    """Give a row's time, seconds; None where it has none or it is no time."""
    found: dict[str, float] = {}
    for column, cell in zip(columns, row, strict=False):
        if (
            column.kind == "between"
            and len(ends := re.split(r"(?:(?<!\s)\s++)?(?:-->|[-–—])\s*+", cell)) == 2
        ):
            for kind, written in zip(("start", "end"), ends, strict=True):
                if (value := time_of(written)) is not None:
                    found[kind] = value
        if column.kind not in ("start", "end", "length") or column.kind in found:
            continue
        value = _time(cell, column, clock)
        if value is not None:
            found[column.kind] = value
    if "start" not in found:
        return None
    end = found.get("end", found["start"] + found.get("length", 0.0))
    return Span(found["start"], max(found["start"], end))


def _time(cell: str, column: Column, clock: Clocks) -> float | None:
    value = time_of(cell)
    if value is None:
        return None
    if ":" in cell and (clock.rate or clock.after_point):
        try:
            return clock.read(cell)
        except ValueError:
            return None
    return value / (column.per_second or 1.0) if ":" not in cell else value


def _wide(columns: Sequence[Column], rows: Sequence[Sequence[str]], how: Reading) -> Transcript:
    """Read a table with a column for each tier."""
    clock = _clock_of(columns, rows, how)
    told = [
        Cue(_span(columns, row, clock), column.name, plainly(cell.strip()))
        for row in rows
        for column, cell in zip(columns, row, strict=False)
        if column.kind == "other" and cell.strip() and column.name
    ]
    cues = [cue for cue in told if cue.span is not None]
    if not cues:
        raise Refused("format.no_text_column")
    kept, notes = _speech_only(cues, how)
    if beside := len(told) - len(cues):
        notes = (*notes, Note("format.lines_beside", {"lines": beside}))
    return Transcript(in_seconds(kept, how.formats), notes=notes)


def _speech_only(cues: Sequence[Cue], how: Reading) -> tuple[list[Cue], tuple[Note, ...]]:
    """Leave out rows of tiers that are not speech."""
    by_tier: dict[str, list[tuple[Span, str]]] = {}
    for cue in cues:
        if cue.span is not None:
            by_tier.setdefault(cue.voice or "", []).append((cue.span, cue.text))
    tiers: list[Tier] = list(by_tier.items())
    kept, notes = spoken_tiers(tiers, how.formats, keep=how.keep)
    names = {name for name, _ in kept}
    return [cue for cue in cues if cue.span is None or (cue.voice or "") in names], notes


def guarded(cell: str) -> str:
    """Neutralise a cell a spreadsheet would run as a formula: an apostrophe goes in front.

    Examples
    --------
    >>> guarded("=1+1"), guarded("- yes"), guarded("well")
    ("'=1+1", "'- yes", 'well')
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell


def to_comma_table(lines: Iterable[Line], duration: float) -> str:
    """Write one row per turn; cells that look like formulas are neutralised."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["index", "start_s", "end_s", "voice", "role", "kind", "text", "stretches_s"])
    for index, line in enumerate(lines):
        times = f"{line.span.start:.3f}", f"{line.span.end:.3f}"
        cells = (line.voice, line.role, line.kind, line.text)
        table.writerow([index, *times, *map(guarded, cells), in_pairs(line.stretches)])
    return out.getvalue()

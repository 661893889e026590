"""Transcripts as plain text: what people type, paste, and export from a hundred tools.

Conventions
-----------
A line is a time, a name, words, or two or three of these in any order; what counts as a time or a
name is judged over all lines together, because a line alone cannot tell "Anna 10:30" from a
sentence. A time at the end of a paragraph, as f4 sets it, is when the paragraph ends, unless long
paragraphs come before long steps of the clock and not after them. What stands
before the first turn (titles, dates, who was there) and what tools add at the end is no speech.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from diarize.errors import Refused
from diarize.formats.corpus import keyed, label_track, segments, toolbox
from diarize.formats.habits import head_lines, starts_behind, tail_lines, usual
from diarize.formats.laid_out import laid_out
from diarize.formats.marks import is_mark
from diarize.formats.names import fits_a_label, head, label, singular, unnumbered
from diarize.formats.shown import as_shown
from diarize.formats.subtitles import counted, in_lines, subtitles
from diarize.formats.tables import comma_table, is_a_table
from diarize.formats.times import CLOCK, SPELT, Clocks, is_dated, time_of
from diarize.formats.transcript import Cue, Reading, Transcript
from diarize.formats.wrapping import ADDED, plainer
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["plain"]

_RANGE = rf"({CLOCK})(?:\s*(?:-->|->|→|-|–|—|to|bis)\s*({CLOCK}))?"
_FRONT = re.compile(
    rf"^(?:#{{1,6}}\s+)?[\[(#{{<*]{{0,3}}(?:(?:Min|Minute|Zeit|Time|TC)\b[.:]?\s+)?"
    rf"(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}},?\s+)?{_RANGE}"
    r"(?P<close>[\])#}>*]{0,3})[\s:\-–—|,;]*"
)
_NAME_THEN_TIME = re.compile(
    rf"^(?P<name>[^\n]{{1,90}}?)(?P<open>(?:\s+(?:at|um)\b)?[\s,|:\-–—(\[<*_@]++){_RANGE}"
    r"(?P<close>[\])>*_]*)(?P<gap>\s*)(?P<colon>:|[-–—](?=\s)|)[\s*]*(?P<rest>.*)$"
)
_NAME_THEN_WORDS = re.compile(rf"^(?P<name>.{{1,80}}?)\s+(?P<at>{SPELT})(?:\s*{CLOCK})?$", re.I)
_BACK = re.compile(rf"^(.*\S)\s*[\[(#]({CLOCK})[\])#]$")
_BETWEEN_COMMAS = re.compile(r"^\d{1,2}:\d{2}:\d{2}\.\d{2,3},\d{1,2}:\d{2}:\d{2}\.\d{2,3}$", re.M)
_WORDS_TOO = {"I", "A", "O", "Y", "E"}  # labels that may begin a sentence
_SET_APART = re.compile(r"^(?P<name>\S[^\t:]{0,40}?)(?: {2,}|\t)\s*(?P<rest>\S.*)$")


@dataclass(frozen=True, slots=True)
class _Row:
    """One line taken apart: clocks as written, a name, and what is said; `first` of a paragraph."""

    start: str | None = None
    end: str | None = None
    name: str | None = None
    text: str = ""
    first: bool = False
    whole: str = ""
    back: str | None = None

    @property
    def stamp_only(self) -> bool:
        return self.start is not None and self.name is None and not self.text


def plain(text: str, how: Reading) -> Transcript:
    """Read plain text with names, with times, with both or with neither.

    A line without a name or a time goes on with the turn before it. Names numbered by turn
    ("T12:") lose their number. Without any name or time every line is a cue of nobody.

    Raises
    ------
    Refused
        If there is no text.
    """
    text = as_shown(text)
    if other := _of_another_kind(text, how):
        return other
    rows, added = _rows(text, how.formats)
    rows = _named_lines(rows, how.formats)
    names = _names(rows, how.formats)
    rows = _without_colons([_settled(row, names) for row in rows], how.formats)
    first = next((i for i, row in enumerate(rows) if row.name or row.start or row.back), 0)
    talk = _in_front(_unwrapped(rows[first:], how.formats), how.formats)
    cues, ends = _cues(talk, _clocks(rows, how.formats))
    if not any(cue.text for cue in cues):
        raise Refused("format.no_text")
    lost = sum(bool(row.whole) for row in rows[:first]) + added
    notes = (Note("format.lines_beside", {"lines": lost}),) if lost else ()
    return Transcript(tuple(_ended(cues) if ends else cues), notes=notes, loose=ends)


def _of_another_kind(text: str, how: Reading) -> Transcript | None:
    """Read text that is really a label track, a table or subtitles; None if it is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    if marks := label_track(text):
        return marks
    if text.lstrip("\ufeff \n").startswith("\\_sh "):
        return toolbox(text, how)
    if found := laid_out(text, how, plain) or counted(text) or segments(text, how) or keyed(text):
        return found
    of_subviewer = len(_BETWEEN_COMMAS.findall(text))
    if of_subviewer > how.formats.stamped_min_share * len(lines):
        return subtitles(text.replace("[br]", "\n"), how)
    if is_a_table(lines, how.formats):
        return comma_table(text, how)
    numbered = sum(before.strip().isdigit() and "-->" in line for before, line in pairwise(lines))
    if text.lstrip("\ufeff").startswith("WEBVTT") or 2 * numbered > sum("-->" in x for x in lines):
        return subtitles(text, how)
    return subtitles(text, how) if in_lines(text) and not _FRONT.match(text) else None


def _rows(text: str, formats: Formats) -> tuple[list[_Row], int]:
    """Take every line apart, and count those that a tool added."""
    rows: list[_Row] = []
    lines = usual(plainer(text, formats), formats).splitlines()
    front, end = head_lines(lines, formats), len(lines) - tail_lines(lines, formats)
    added, blank = sum(bool(line.strip()) for line in (*lines[:front], *lines[end:])), True
    talk = False
    for raw in lines[front:end]:
        line = raw.strip()
        tool = ADDED.match(line) if line else None
        if tool:
            added += 1
        elif line:
            rows.append(replace(_row(line, formats), first=blank, whole=line))
        talk = talk or bool(rows and (rows[-1].start or rows[-1].name))
        blank = not line or (tool is not None and not talk)  # a title ends where the talk begins
    bare = [row.start is not None and row.whole[:1].isdigit() for row in rows]
    if sum(bare) < max(2, formats.stamped_min_share * len(rows)) and not all(bare):
        # Hardly a line begins with a time: then those that do and go on are sentences.
        rows = [
            replace(row, start=None, end=None, name=None, text=row.whole)
            if stamped and not row.stamp_only
            else row
            for row, stamped in zip(rows, bare, strict=True)
        ]
    return rows, added


def _row(line: str, formats: Formats) -> _Row:
    """Split a line into times, name and words."""
    back = _BACK.match(line)
    if back and not _FRONT.match(line):
        name, said = _said(back[1], formats)
        apart = _SET_APART.match(back[1]) if name is None else None
        if apart and apart["name"].isupper():  # "AW   words (0:01)"
            name, said = label(apart["name"]), apart["rest"]
        if (name and said) or back[1][-1] in ".,?!…-–—":
            return _Row(None, None, name, said, back=back[2])
    front = _FRONT.match(line)
    if front:
        rest = line[front.end() :].strip()
        name, said = _said(rest, formats)
        apart = _SET_APART.match(rest) if name is None else None
        if apart and apart["name"][-1] not in ".,?!…-–—":  # "0:01  Anna    words"
            name, said = label(apart["name"]), apart["rest"]
        return _Row(front[1], front[2], name, said)
    if header := _header(line, formats):
        return header
    name, said = _said(line, formats)
    front = _FRONT.match(said) if name else None
    if front:  # "Name: [0:01] words"
        return _Row(front[1], front[2], name, said[front.end() :].strip())
    return _Row(None, None, name, said)


def _said(text: str, formats: Formats) -> tuple[str | None, str]:
    """Split off a name, before a colon or a tab."""
    found = head(text, formats)
    if found is None and re.fullmatch(r"\**[^:：]{1,80}[:：]\**", text):
        found = label(text.strip("*:：")), ""
    if found is None and text.count("\t") == 1:
        name, said = text.split("\t")
        found = label(name), said.strip()
    return found or (None, text)


def _header(line: str, formats: Formats) -> _Row | None:
    """Read ``Name  0:01``, ``Name (0:01): words`` or ``Name   1 minute 2 seconds``."""
    if spelt := _NAME_THEN_WORDS.match(line):
        return _Row(str(time_of(spelt["at"])), None, label(spelt["name"]), "")
    found = _NAME_THEN_TIME.match(line)
    if found is None:
        return None
    columns = min(len(found["open"]), len(found["gap"].expandtabs())) > 1  # set apart by spaces
    closed = bool(found["close"].strip("*_")) or bool(found["colon"]) or columns
    name = label(re.sub(r"^\[(.*?)\]?$", r"\1", found["name"].strip()))
    if (found["rest"] and not closed) or not _may_name(name, formats) or is_dated(name):
        return None
    if line[0] in "[(" and is_mark(name):
        return None
    if ":" in found["open"] and not found["close"]:
        return None  # "Duration: 0:50" says what lasts so long
    probe = head(f"{name}: x")
    return (
        None if probe is None or probe[0] != name else _Row(found[3], found[4], name, found["rest"])
    )


def _may_name(text: str, formats: Formats) -> bool:
    """Whether a text has letters, or the digits of a telephone number."""
    return (
        any(map(str.isalpha, text)) or sum(map(str.isdigit, text)) >= formats.telephone_digits_min
    )


def _named_lines(rows: Sequence[_Row], formats: Formats) -> list[_Row]:
    """Take lines that hold a name alone as names: before a time, or first in a paragraph."""
    before = [i - 1 for i, row in enumerate(rows) if row.stamp_only and i and not row.first]
    after = [
        i
        for i, row in enumerate(rows[:-1])
        if (row.first or (i and rows[i - 1].stamp_only)) and not rows[i + 1].first
        if not row.stamp_only
    ]
    headed = [
        i
        for i, row in enumerate(rows[:-1])
        if row.start is not None and row.text and rows[i + 1].start is None
    ]
    for places in (before, after, headed):
        lone = [i for i in places if _lone(rows[i], formats)]
        counts = Counter(rows[i].text for i in lone)
        often = {name for name, n in counts.items() if n > 1}
        sure = sum(counts[name] for name in often) >= formats.name_lines_share * len(places)
        if len(places) > 2 and often and sure:
            every = len(lone) == len(places)
            named = {i for i in lone if every or rows[i].text in often}
            return _moved(rows, named, stamps=places is before)
    return list(rows)


def _lone(row: _Row, formats: Formats) -> bool:
    """Whether a line holds nothing but what may be a name, and perhaps a time before it."""
    text = row.text
    if row.name is not None or row.back is not None or not text or text[-1] in "?!":
        return False
    return fits_a_label(text, formats) and _may_name(text, formats)


def _moved(rows: Sequence[_Row], places: set[int], *, stamps: bool) -> list[_Row]:
    """Make headers of lines that are names, each with the time beside it."""
    out: list[_Row] = []
    for i, row in enumerate(rows):
        if i in places:
            out.append(replace(row, name=label(row.text.strip("[]")), text=""))
        elif stamps and row.stamp_only and i - 1 in places:
            out[-1] = replace(out[-1], start=row.start, end=row.end)
        else:
            out.append(row)
            continue
        if not stamps and i and rows[i - 1].stamp_only:
            stamp = out.pop(-2)
            out[-1] = replace(out[-1], start=stamp.start, end=stamp.end, first=stamp.first)
    return out if stamps else _below(out)


def _below(rows: Sequence[_Row]) -> list[_Row]:
    """Give lines with a time under a name of its own that name, up to the next paragraph."""
    out: list[_Row] = []
    over: str | None = None
    for row in rows:
        if row.first or row.name is not None:
            over = row.name if not row.text else None
        if over is not None and row.name is None and row.start is not None:
            row = replace(row, name=over)
        out.append(row)
    return out


def _names(rows: Sequence[_Row], formats: Formats) -> dict[str, str]:
    """Say which names are names, and what each is called without the number of its turn."""
    found = [row.name for row in rows if row.name]
    counts, timed = Counter(found), Counter(r.name for r in rows if r.name and r.start)
    short = {n for n in counts if len(n.split()) <= formats.label_words_max}
    kept = {name for name in short if counts[name] > 1}
    if len(rows) > 1 and len(found) == len(rows) and len(set(map(unnumbered, found))) < len(rows):
        kept |= {name for name in short if singular(name, formats)}
    stamped = sum(row.start is not None for row in rows)
    if sum(timed[name] for name in kept) >= formats.labelled_most_share * stamped:
        kept |= {name for name in short & timed.keys() if singular(name, formats)}
    bases = Counter(unnumbered(name) for name in found)
    numbered = {n: unnumbered(n) for n in short if n != unnumbered(n) and bases[unnumbered(n)] > 1}
    singles = Counter(base for n, base in numbered.items() if counts[n] == 1)
    by_turn = {n: base for n, base in numbered.items() if 2 * singles[base] > bases[base]}
    return {name: name for name in kept} | by_turn


def _settled(row: _Row, names: dict[str, str]) -> _Row:
    """Make words of a name that is none."""
    if row.name is None or row.name in names:
        return replace(row, name=names.get(row.name or ""))
    if row.start is not None and not row.whole[:1].isdigit() and not _FRONT.match(row.whole):
        return _Row(text=row.whole, first=row.first, whole=row.whole)
    front = _FRONT.match(row.whole)
    return replace(row, name=None, text=row.whole[front.end() :] if front else row.whole)


def _without_colons(rows: list[_Row], formats: Formats) -> list[_Row]:
    """Take a label for one that lacks its colon behind a time, where nearly all have theirs."""
    stamped = [row for row in rows if (row.start or row.back) is not None and row.text]
    named = [row for row in stamped if row.name]
    if len(named) == len(stamped) or len(named) < formats.labelled_most_share * len(stamped):
        return rows
    labels = {row.name for row in named if row.name} - _WORDS_TOO

    def mended(row: _Row) -> _Row:
        first, _, rest = row.text.partition(" ")
        first = first.rstrip(".;,")
        timed = (row.start or row.back) is not None
        if not timed or row.name is not None or first not in labels or not rest:
            return row
        return replace(row, name=first, text=rest)

    return [mended(row) for row in rows]


def _clocks(rows: Iterable[_Row], formats: Formats) -> Clocks:
    written = (clock for row in rows for clock in (row.start, row.end, row.back) if clock)
    return Clocks.of((clock for clock in written if ":" in clock), formats)


def _unwrapped(rows: list[_Row], formats: Formats) -> list[_Row]:
    """Join a turn's lines where the last has its time, and so nearly every turn has one."""
    out: list[_Row] = []
    for row in rows:
        open_ = out and out[-1].name is not None and out[-1].back is out[-1].start is None
        if open_ and row.name is row.start is None:
            out[-1] = replace(out[-1], text=f"{out[-1].text} {row.text}".strip(), back=row.back)
        else:
            out.append(row)
    told = sum(row.back is not None for row in out)
    return out if told >= formats.nearly_all_share * len(out) else rows


def _in_front(rows: list[_Row], formats: Formats) -> list[_Row]:
    """Give times that stand behind turns and are their starts as such; ends stay where they are."""
    behind = [(row.back, len(row.text.split())) for row in rows if row.back]
    if len(behind) < len(rows) or any(row.start for row in rows):
        return rows
    clocks = _clocks(rows, formats)
    times = [clocks.read(back) for back, _ in behind]
    if not starts_behind(times, [words for _, words in behind], formats):
        return rows
    return [replace(row, start=row.back, back=None) for row in rows]


def _cues(rows: Sequence[_Row], clocks: Clocks) -> tuple[list[Cue], bool]:
    """Give turns, and whether the times stand at their ends."""
    ends = sum(row.back is not None for row in rows) > sum(row.start is not None for row in rows)
    cues: list[Cue] = []
    pending: Span | None = None
    for row in rows:
        at = _span(row, clocks, ends=ends)
        if row.stamp_only and cues and cues[-1].voice is not None and not cues[-1].text:
            cues[-1] = replace(cues[-1], span=at)  # below a name that has its time in words
            continue
        if row.stamp_only:
            pending = at
            continue
        goes_on = row.name is None and at is None and pending is None and cues
        if goes_on and (cues[-1].voice is not None or cues[-1].span is not None):
            cues[-1] = replace(cues[-1], text=f"{cues[-1].text} {row.text}".strip())
        else:
            cues.append(Cue(at or pending, row.name, row.text))
        pending = None
    return [cue for cue in cues if cue.text], ends


def _span(row: _Row, clocks: Clocks, *, ends: bool) -> Span | None:
    written = row.back if ends else row.start
    if written is None:
        return None
    start = clocks.read(written) if ":" in written else float(written)
    end = clocks.read(row.end) if row.end and not ends else start
    return Span(start, max(start, end))


def _ended(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Let a turn with the time of its end begin where the last one before that ended."""
    passed: list[float] = [0.0]
    for cue in cues:
        if cue.span is not None:
            end = cue.span.end
            start = max((at for at in passed if at < end), default=end)
            passed.append(end)
            cue = replace(cue, span=Span(start, end))
        yield cue

"""Transcripts made of lines and rows: plain text, CHAT, CTM, CSV.

Readers forgive what tools really write. Cells that a spreadsheet would run as formulas are
neutralised when written and taken back when read.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.subtitles import CLOCK, LABELLED, NAME, first, named, seconds
from diarize.formats.transcript import Cue, Line, Reading, Transcript, cues_of
from diarize.timeline import Span, Word

__all__ = ["chat", "comma_table", "ctm", "plain", "to_comma_table"]

_STAMPED = re.compile(rf"^[\[(]?({CLOCK})(?:\s*(?:-->|-|–)\s*({CLOCK}))?[\])]?[\s:\-–]*(?=\S)")
_MARK = re.compile(r"^(\d+(?:\.\d+)?)\t(\d+(?:\.\d+)?)\t(.*)$")  # a label track of Audacity
_NAME_THEN_TIME = re.compile(rf"^({NAME})[\s,\-–(\[]+({CLOCK})[\])]?\s*:?$")


def plain(text: str, how: Reading) -> Transcript:
    """Read plain text: ``Label: words``, with or without a time in front.

    A label counts where it recurs, where a time stands in front of it, or where every line has
    one; a line without one goes on with the turn before it. Labels numbered by turn ("T12:") lose
    their number. Without any label every paragraph is a cue of nobody.

    Raises
    ------
    Refused
        If there is no text.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marks = [_MARK.match(line) for line in lines]
    if lines and all(marks):
        pairs = ((Span(float(m[1]), max(float(m[1]), float(m[2]))), m[3]) for m in marks if m)
        cues = [Cue(span, None, label) for span, label in pairs]
        return Transcript(named(cues, formats=how.formats))
    rows = [_plain_row(line) for line in lines]
    labels = Counter(label for _, _, label, _ in rows if label)
    if len(rows) > 1 and labels.total() == len(rows):
        # A short transcript: a person who speaks once is still a person.
        labels.update(label for label in list(labels) if _base(label) == label)
    bases = Counter(_base(label) for label in labels.elements())
    cues = []
    starts: list[Span | None] = []
    for start, end, label, words in rows:
        name = label if start is not None else _speaker(label, labels, bases)
        said = words if name or not label else f"{label}: {words}"
        if name is None and start is None and cues and cues[-1].voice is not None:
            cues[-1] = replace(cues[-1], text=f"{cues[-1].text} {said}".strip())
        else:
            cues.append(Cue(None, name, said))
            starts.append(None if start is None else Span(start, max(start, end or start)))
    if not any(cue.text for cue in cues):
        raise Refused("format.no_text")
    return Transcript(tuple(cue for cue in _until_next(cues, starts) if cue.text))


def _plain_row(line: str) -> tuple[float | None, float | None, str | None, str]:
    """Split a line into start, end, label and words."""
    header = _NAME_THEN_TIME.match(line)
    if header:
        return seconds(header[2]), None, header[1].strip(), ""
    start = end = None
    stamp = _STAMPED.match(line)
    if stamp:
        start, end = seconds(stamp[1]), seconds(stamp[2]) if stamp[2] else None
        line = line[stamp.end() :]
    label = LABELLED.match(f"{line} .")
    if label is None:
        return start, end, None, line
    return start, end, first(label), line[label.end() :].strip()


def _base(label: str) -> str:
    return re.sub(r"^([A-Za-z]+)[ .]?\d+$", r"\1", label)


def _speaker(label: str | None, labels: Counter[str], bases: Counter[str]) -> str | None:
    """Give the label if it recurs, its stem if only that does, else None."""
    if label is None:
        return None
    if labels[label] > 1:
        return label
    return _base(label) if bases[_base(label)] > 1 else None


def _until_next(cues: Sequence[Cue], starts: Sequence[Span | None]) -> Iterator[Cue]:
    """Let a cue that has only a start last until the next one that has one."""
    ahead: float | None = None
    spans: list[Span | None] = []
    for span in reversed(starts):
        open_ended = span is not None and span.duration == 0 and ahead is not None
        if span is not None and open_ended and ahead is not None and ahead > span.start:
            spans.append(Span(span.start, ahead))
        else:
            spans.append(span if span is not None and span.duration > 0 else None)
        ahead = span.start if span is not None else ahead
    for cue, timed in zip(cues, reversed(spans), strict=True):
        yield replace(cue, span=timed)


def chat(text: str, how: Reading) -> Transcript:
    """Read CHAT (``*SPK:`` lines, times in milliseconds between NAK bytes or bare).

    Raises
    ------
    Refused
        If there is no speaker line.
    """
    cues: list[Cue] = []
    joined = re.sub(r"\n\t", " ", text)
    for match in re.finditer(r"^(?:\*(\w+)|%wor):\s+(.*)$", joined, re.MULTILINE):
        if match[1] is not None:
            cues.append(_chat_cue(match[1], match[2]))
        elif cues:  # the words of the line before, with their times
            timed = re.findall(r"(\S{1,60})\s+\x15?(\d{1,9})_(\d{1,9})\x15?", match[2])
            words = (
                Word(Span(int(a) / 1000, max(int(a), int(b)) / 1000), text, voice=cues[-1].voice)
                for text, a, b in timed
            )
            cues[-1] = replace(cues[-1], words=tuple(words))
    if not cues:
        raise Refused("format.no_speaker_line")
    language = re.search(r"^@Languages:\s*(\w{2})", text, re.MULTILINE)
    return Transcript(tuple(cues), language[1] if language else None)


def _chat_cue(speaker: str, words: str) -> Cue:
    """Read one speaker line: codes go, punctuation closes up, the time stands at the end."""
    times = re.search(r"\x15?(\d{1,9})_(\d{1,9})\x15?\s*$", words)
    span = None
    if times:
        words = words[: times.start()]
        start, end = int(times[1]) / 1000, int(times[2]) / 1000
        span = Span(start, max(start, end))
    said = re.sub(r"\[[^\]]*\]|[<>+/\"‹›]|&[=~\-+]?", "", words)
    return Cue(span, speaker, re.sub(r"\s+([.?!])", r"\1", " ".join(said.split())))


def ctm(text: str, how: Reading) -> Transcript:
    """Read CTM: ``recording channel start duration word [confidence]``.

    Raises
    ------
    Refused
        Naming the first line that is not of that shape.
    """
    by_channel: dict[str, list[Word]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or line.startswith(";;"):
            continue
        try:
            start, length = float(fields[2]), float(fields[3])
            sure = float(fields[5]) if len(fields) > 5 else None
            word = Word(Span(start, start + length), fields[4], sure)
        except (IndexError, ValueError):
            raise Refused("format.not_a_ctm_line", line=number) from None
        by_channel.setdefault(fields[1], []).append(word)
    if not by_channel:
        raise Refused("format.no_word")
    many = len(by_channel) > 1
    cues = [
        cue
        for channel, words in by_channel.items()
        for cue in cues_of(words, channel if many else None, formats=how.formats)
    ]
    return Transcript(tuple(sorted(cues, key=lambda cue: cue.span or Span(0, 0))))


_COLUMNS = {
    "start": ("start", "start_s", "start_time", "begin", "begin_time", "from", "timestamp", "time"),
    "end": ("end", "end_s", "end_time", "stop", "to"),
    "role": ("role",),
    "voice": ("speaker", "voice", "interlocutor", "speaker_label", "speaker_name", "who", "name"),
    "text": ("text", "utterance_text", "utterance", "transcript", "content", "words", "sentence"),
    "session": ("transcript_id", "session_id", "conversation_id", "session", "recording"),
    "turn": ("utterance_id", "turn_id", "index", "turn"),
}


def comma_table(text: str, how: Reading) -> Transcript:
    """Read CSV or TSV with a header naming at least a text column.

    Rows that repeat a turn number (several annotators) are taken once.

    Raises
    ------
    Refused
        If it is no table, has no text column, or holds several sessions and none is chosen.
    """
    cues: list[Cue] = []
    starts: list[Span | None] = []
    sessions: set[str] = set()
    seen: set[str] = set()
    for row in _rows(text):
        if how.only is not None and row["session"] != how.only:
            continue
        sessions.add(row["session"])
        if len(sessions) > 1:
            raise Refused("format.several_sessions")
        if row["turn"] and row["turn"] in seen:
            continue
        seen.add(row["turn"])
        known = row["role"] if row["role"] not in ("unknown", "other") else ""
        voice = plainly(known or row["voice"] or row["role"])
        cues.append(Cue(None, voice or None, plainly(row["text"])))
        starts.append(_row_span(row["start"], row["end"]))
    if not cues:
        raise Refused("format.no_such_session" if how.only else "format.no_rows", session=how.only)
    return Transcript(tuple(_until_next(cues, starts)))


def _rows(text: str) -> Iterator[dict[str, str]]:
    """Give each row's fields under our own names, empty where there is no such column."""
    head = text.partition("\n")[0]
    try:
        rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
        heads = {"_".join(f.lower().split()): f for f in rows.fieldnames or () if f}
        column = {
            key: next((heads[name] for name in names if name in heads), None)
            for key, names in _COLUMNS.items()
        }
        if column["text"] is None:
            raise Refused("format.no_text_column")
        for row in rows:
            yield {k: (row.get(name) or "").strip() if name else "" for k, name in column.items()}
    except csv.Error:
        raise Refused("format.not_a_table") from None


def _row_span(start: str, end: str) -> Span | None:
    try:
        at = seconds(start)
        return Span(at, max(at, seconds(end))) if end else Span(at, at)
    except ValueError:
        return None


def guarded(cell: str) -> str:
    """Neutralise a cell a spreadsheet would run as a formula: an apostrophe goes in front.

    Examples
    --------
    >>> guarded("=1+1"), guarded("- yes"), guarded("well")
    ("'=1+1", "'- yes", 'well')
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell


def plainly(cell: str) -> str:
    """Take back what `guarded` did."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in "=+-@\t\r\n" else cell


def to_comma_table(lines: Iterable[Line], duration: float) -> str:
    """Write one row per turn; cells that look like formulas are neutralised."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["index", "start_s", "end_s", "voice", "role", "kind", "text"])
    for index, line in enumerate(lines):
        times = f"{line.span.start:.3f}", f"{line.span.end:.3f}"
        cells = (line.voice, line.role, line.kind, line.text)
        table.writerow([index, *times, *map(guarded, cells)])
    return out.getvalue()

"""Subtitles: WebVTT, SRT and SBV.

Readers forgive what tools really write: no blank line between cues, no hours, comma or point,
frames, a name in the cue's identifier. A cue's text is never markup; on the way out it is escaped
again. webvtt-py writes WebVTT; SRT is ours, because what it writes there has lost every word in
angle brackets.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.json_fields import said_in
from diarize.formats.mending import UNHEARD
from diarize.formats.names import head
from diarize.formats.times import CLOCK, Clocks, in_pairs, pairs_of
from diarize.formats.transcript import Cue, Line, Reading, Transcript, gathered, shared_out
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["counted", "in_lines", "subtitles", "to_srt", "to_vtt"]

_TIMING = re.compile(rf"^\s*({CLOCK})\s*(?:[-–—]{{1,3}}>|→|,)\s*({CLOCK})(?:\s+\S.*)?\s*$")
_ONE_LINE = re.compile(
    rf"^[ \t]*(\d{{1,6}}[ \t]+|)({CLOCK}[ \t]*-->[ \t]*{CLOCK})[ \t]+"
    r"(?!(?:align|line|position|size|vertical|region|X1):)(?=\S)",
    re.M,
)  # number, times and what is said beside each other
_FRAMES = re.compile(r"^\{(\d{1,8})\}\{(\d{1,8})\}(.*)$")  # MicroDVD's
_TENTHS = re.compile(r"^\[(\d{1,7})\]\[(\d{1,7})\](.*)$")  # MPL2's
_VOICE = re.compile(r"<v(?:\.[^\s>]{0,99})?(?:\s{1,9}([^>]{0,200}))?>", re.IGNORECASE)
_MARKUP = re.compile(
    r"</?(?:v|c|i|b|u|font|lang|ruby|rt)(?:[.\s][^>]{0,300})?>|<[\d:.]{1,20}>|\{\\[^{}\n]{1,80}\}",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"</?(?:c|i|b|u|font)(?:[.\s][^>]{0,300})?>", re.IGNORECASE)
_SET_APART = re.compile(r"^[\d\s:.,;]++[-–—]++\s*+[-–—]*+\s*+>[\d\s:.,;]+$")
_TURN = re.compile(r"(?<!\S)>{2,3}(?!\S)\s*")  # in captions: another person speaks from here on
_THOUSANDTHS = re.compile(r"(\d{1,2}:\d{2}:\d{2})[:;](?=\d{3}(?!\d))")
_WHO = re.compile(r"^NOTE\s+(?:speaker|sprecher(?:in)?)\s*[:=]\s*(\S.{0,80})$", re.IGNORECASE)
_ASIDE = re.compile(r"^\ufeff?(?:NOTE|STYLE|REGION|WEBVTT)(?:\s|$)")  # the last of a joined file
_SPEECH = re.compile(r"^NOTE speech((?: \d+\.\d{3}-\d+\.\d{3})+)$", re.MULTILINE)
_ESCAPED = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,5}|amp|quot|apos|nbsp);", re.IGNORECASE)
_NAMED_ID = re.compile(r'^(?:\d+\s+)?"([^"]{1,100})"(?:\s*\([^()]*\))?$')  # as Webex writes it
_FRONT_NUMBER = re.compile(r"\d++(?:\s*+[-_.:)]\s++|\s++)")  # of a cue
_LETTER = re.compile(r"[^\W\d_]")


def subtitles(text: str, how: Reading) -> Transcript:
    """Read WebVTT, SRT or SBV.

    Speakers come from ``<v Name>``, from a name in the cue's identifier, or, once all cues are
    read, from ``Name: text``.

    Raises
    ------
    Refused
        If there is no cue in it.
    """
    if in_lines(text):
        text = _ONE_LINE.sub(r"\1\n\2\n", text)
    lines = [_tidied(line) for line in text.splitlines()]
    timings = [(i, found) for i, line in enumerate(lines) if (found := _TIMING.match(line))]
    if not timings:
        raise Refused("format.no_timed_cue")
    clocks = Clocks.of((m[k] for _, m in timings for k in (1, 2)), how.formats)
    ends = [i for i, _ in timings[1:]] + [len(lines)]
    names = _names([lines[i - 1].strip() if i else "" for i, _ in timings], how.formats)
    cues: list[Cue] = []
    backwards = before = again = 0
    shown = ""
    for (i, found), end, name in zip(timings, ends, names, strict=True):
        start_s, end_s = clocks.read(found[1]), clocks.read(found[2])
        backwards += end_s < start_s
        body = _body(lines[i + 1 : end], last=end == len(lines))
        span = Span(start_s, max(start_s, end_s))
        raw = "\n".join(body)
        if cues and _only_marked(shown, raw):
            cues[-1], again = replace(cues[-1], span=_both(cues[-1].span or span, span)), again + 1
            continue
        shown = raw
        inside = _stretches(lines[before:i], span)
        name = name or _noted(lines[before:i])
        cues += (replace(cue, voice=cue.voice or name, stretches=inside)
                 for cue in _voices(raw, span))  # fmt: skip
        before = i
    counts = {"format.cues_backwards": backwards, "format.repeats_collapsed": again}
    notes = tuple(Note(code, {"cues": n}) for code, n in counts.items() if n)
    language = re.search(r"^Language:\s*([A-Za-z]{2})", text[:2000], re.MULTILINE)
    cues = _by_word(cues, how.formats)
    return Transcript(tuple(cues), language[1].lower() if language else None, notes)


def _by_word(cues: list[Cue], formats: Formats) -> list[Cue]:
    """Gather captions of a word each, of which only those have a label where somebody begins."""
    heads = [head(cue.text, formats) if cue.voice is None else None for cue in cues]
    heads = [found if found and len(found[1].split()) == 1 else None for found in heads]
    said = [found[1] if found else cue.text for found, cue in zip(heads, cues, strict=True)]
    often = Counter(found[0] for found in heads if found)
    single = sum(len(text.split()) == 1 for text in said)
    few = single < max(formats.believable_words_min, formats.word_rows_share * len(cues))
    if few or heads[0] is None or max(often.values()) < 2:
        return cues
    now: str | None = None
    out: list[Cue] = []
    for cue, found, text in zip(cues, heads, said, strict=True):
        now = found[0] if found else cue.voice or now
        out.append(replace(cue, voice=now, text=text))
    return list(gathered(out, formats))


def in_lines(text: str) -> bool:
    r"""Whether a caption's number, times and words stand beside each other.

    Examples
    --------
    >>> in_lines("1 0:01.0 --> 0:02.0 Well.\n2 0:02.5 --> 0:04.0 Yes.\n")
    True
    """
    return 2 * len(_ONE_LINE.findall(text)) > text.count("-->") > 1


def counted(text: str) -> Transcript | None:
    """Read subtitles in frames or tenths of a second, a line each; None if they are none.

    How many frames a second has the first line says; where it does not, there are no times.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    for form in (_FRAMES, _TENTHS):
        rows = [match for line in lines if (match := form.match(line))]
        if rows and len(rows) == len(lines):
            return Transcript(tuple(_counted(rows, None if form is _FRAMES else 10.0)))
    return None


def _counted(rows: Sequence[re.Match[str]], per_s: float | None) -> Iterator[Cue]:
    first = rows[0][3].strip().replace(",", ".")
    if per_s is None and re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", first) and float(first):
        per_s, rows = float(first), rows[1:]
    for row in rows:
        start, end = int(row[1]), max(int(row[1]), int(row[2]))
        said = " ".join(line.strip().removeprefix("/") for line in row[3].split("|"))
        yield Cue(Span(start / per_s, end / per_s) if per_s else None, None, _clean(said))


def _tidied(line: str) -> str:
    """Give a line of times as it was before a translator's program set its marks apart."""
    if not _SET_APART.match(line):
        return line
    return _THOUSANDTHS.sub(r"\1.", re.sub(r"(?:(?<!\s)\s++)?([:,.;])\s*+", r"\1", line))


def _only_marked(before: str, now: str) -> bool:
    """Whether a caption is the one before with another word underlined, as it is said."""
    bare = _EMPHASIS.sub("", now)
    return before != now and " " in bare and _EMPHASIS.sub("", before) == bare


def _both(one: Span, other: Span) -> Span:
    return Span(min(one.start, other.start), max(one.end, other.end))


def _names(identifiers: Sequence[str], formats: Formats) -> list[str | None]:
    """Give the speaker that each cue's identifier names: in quotes, or two or more that recur."""
    quoted = [_NAMED_ID.match(line) for line in identifiers]
    if sum(map(bool, quoted)) * 2 > len(identifiers):
        return [match[1].strip() if match else None for match in quoted]
    found = [_unnumbered(line) for line in identifiers]
    counts = Counter(name for name in found if name)
    recurring = {name for name, count in counts.items() if count > 1}
    named = sum(counts[name] for name in recurring)
    every = named >= formats.nearly_all_share * len(identifiers)
    if len(recurring) < 2 or not every:
        return [None] * len(identifiers)
    return [name if name in recurring else None for name in found]


def _unnumbered(identifier: str) -> str | None:
    """Give a cue's identifier without the cue's number; None where it is nothing else.

    Examples
    --------
    >>> _unnumbered("12 - Anna"), _unnumbered("Anna-12"), _unnumbered("12")
    ('Anna', 'Anna', None)
    """
    front = _FRONT_NUMBER.match(identifier)
    name = identifier[front.end() :] if front else identifier
    bare = name.rstrip("0123456789")
    marked = bare.rstrip()
    if bare != name and marked[-1:] in ("-", "_", "#") and _LETTER.search(marked):
        name = marked[:-1]
    return name.strip() if _LETTER.search(name) else None


def _body(lines: Sequence[str], *, last: bool) -> list[str]:
    """Give the text lines of one cue, without notes and without the next cue's identifier."""
    kept = [line.strip() for line in lines]
    if not last and kept and kept[-1]:
        before = [line for line in kept[:-1] if line]
        glued = len(kept) > 1 and kept[-2] != ""
        if before and (not glued or kept[-1].isdigit() or _NAMED_ID.match(kept[-1])):
            kept.pop()
        elif not before and not kept[0] and len(kept) > 1:
            kept.pop()  # a cue without a text
    body: list[str] = []
    aside = False
    for i, line in enumerate(kept):
        if not line or (i and not kept[i - 1]):
            aside = _ASIDE.match(line) is not None
        if line and not aside:
            body.append(line)
    return body


def _voices(text: str, span: Span) -> Iterator[Cue]:
    """Split a cue at its ``<v>`` tags, sharing its time by length of text.

    A cue that is a JSON object, as a meeting's service writes it, says itself who says what.
    """
    if (told := said_in(text)) is not None:
        yield Cue(span, told[0], _clean(told[1]))
        return
    marks = [(0, None, 0)] + [(m.start(), m[1], m.end()) for m in _VOICE.finditer(text)]
    ends = [mark[0] for mark in marks[1:]] + [len(text)]
    said = [
        (_clean(name or ""), _clean(text[start:end]))
        for (_, name, start), end in zip(marks, ends, strict=True)
    ]
    said = [(name, words) for name, words in said if words]
    for (name, words), own in zip(said, shared_out(span, [w for _, w in said]), strict=True):
        yield Cue(own, name or None, words)


def _stretches(lines: Sequence[str], span: Span) -> tuple[Span, ...]:
    """Give where in a cue speech is, if a note of ours before it says so and its times stand."""
    found = [match for line in lines if (match := _SPEECH.match(line))]
    if not found:
        return ()
    told = pairs_of(found[-1][1])
    unmoved = (told[0].start, told[-1].end) == (span.start, span.end)
    return told if unmoved else ()


def _noted(lines: Sequence[str]) -> str | None:
    """Give the speaker that the last note before a cue names, if one does."""
    found = [match[1].strip() for line in lines if (match := _WHO.match(line))]
    return found[-1] if found else None


def _clean(text: str) -> str:
    plain = html.unescape(_MARKUP.sub("", text.replace(r"\N", "\n")))
    if _ESCAPED.search(plain):  # signs of a page that were written as signs once more
        plain = html.unescape(plain)
    lines = _TURN.sub("", plain).split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _clock(at: float, point: str) -> str:
    whole = round(max(0.0, at) * 1000)
    minutes, ms = divmod(whole, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}{point}{ms % 1000:03d}"


def to_vtt(lines: Iterable[Line], duration: float) -> str:
    """Write WebVTT with a ``<v>`` voice tag on every cue; text is escaped.

    A note before a cue with pauses says where in it speech is: players pass it over.
    """
    from webvtt import Caption, WebVTT

    captions = []
    for line in lines:
        said = f"<v {_escaped(line.label)}>{_escaped(line.text) or UNHEARD}</v>"
        captions.append(Caption(_clock(line.span.start, "."), _clock(line.span.end, "."), said))
        captions[-1].comments = [f"speech {in_pairs(line.stretches)}"] if line.pauses else []
    return str(WebVTT(captions=captions).content)


def _escaped(text: str) -> str:
    return html.escape(" ".join(text.split()), quote=False)


def to_srt(lines: Iterable[Line], duration: float) -> str:
    """Write SRT, the speaker in front of the text, a cue for each stretch of speech.

    SRT has no place to say where in a cue the pauses are.
    """
    pieces = sorted((p for line in lines for p in line.pieces()), key=lambda p: (p.span, p.voice))
    return "\n".join(
        f"{number}\n{_clock(line.span.start, ',')} --> {_clock(line.span.end, ',')}\n"
        f"{line.label}: {' '.join(line.text.split()) or UNHEARD}\n"
        for number, line in enumerate(pieces, 1)
    )

"""Annotation formats with a tier per voice: Praat TextGrid and ELAN EAF.

A tier cannot hold overlap, so each voice has a tier of its own and turns of one voice that
overlap are merged when written. Reading knows Praat's long and short text forms and skips
point tiers and phone tiers; a tier named like another plus "word" gives that voice's words.
Readers take decoded text and raise ValueError on what is no such file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from diarize.formats.transcript import Cue, Line, Transcript, cues_of
from diarize.timeline import Span, Word

__all__ = ["eaf", "names_a_voice", "text_grid", "to_eaf", "to_text_grid"]

_TOKEN = re.compile(r'"((?:[^"]++|"")*+)"|(?<![\w.])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.\]])')
_WORD_TIER = re.compile(r"^(.*?)[\s\-_./:|(]*\b(?:words?|ort|mots)\)?$", re.IGNORECASE)
_PHONE_TIER = re.compile(r"\b(?:phones?|phonemes?|segments?|syllables?|mau|kan)\)?$", re.IGNORECASE)
_SILENT = {"sil", "sp", "<sil>", "<p:>", "<p>", "#", "_", "silence", "(.)"}
_TAG = re.compile(r"</?[A-Z][A-Z_]*/?>")
UNHEARD = "x"  # what stands in a tier where a turn has no words: an empty label means silence
_LONGEST = 200_000  # intervals; more is no conversation


def text_grid(text: str) -> Transcript:
    """Read a Praat TextGrid, long or short.

    Raises
    ------
    ValueError
        If it is not a TextGrid, or ends too early.
    """
    if '"TextGrid"' not in text[:300]:
        raise ValueError("is not a TextGrid (no such object class)")
    tiers = list(_tiers(text))
    if not tiers:
        raise ValueError("has no interval tier")
    cues, notes = _from_tiers(tiers)
    return Transcript(cues, notes=notes)


def _tiers(text: str) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    """Give each interval tier's name and labelled intervals."""
    tokens = _tokens(text.split('"TextGrid"', 1)[1])
    kind = None
    while (kind := next(tokens, None)) is not None:
        if kind not in ("IntervalTier", "TextTier"):
            continue  # the head of the file: times, <exists>, number of tiers
        try:
            name, _, _, count = (next(tokens) for _ in range(4))
            if not count.isdecimal() or int(count[:9]) > _LONGEST:
                raise ValueError("has a tier that claims no possible number of intervals")
            size = int(count)
            if kind == "TextTier":
                for _ in range(2 * size):
                    next(tokens)
                continue
            intervals = [_interval(tokens) for _ in range(size)]
            yield name.strip(), [(span, label) for span, label in intervals if label]
        except (StopIteration, RuntimeError):
            raise ValueError("ends in the middle of a tier") from None


def _tokens(text: str) -> Iterator[str]:
    """Give strings and free-standing numbers: what the long and the short form share."""
    for match in _TOKEN.finditer(text):
        yield match[1].replace('""', '"') if match[1] is not None else match[2]


def _interval(tokens: Iterator[str]) -> tuple[Span, str]:
    start, end, label = next(tokens), next(tokens), next(tokens)
    try:
        return Span(float(start), max(float(start), float(end))), " ".join(label.split())
    except ValueError:
        raise ValueError("has an interval without two times") from None


def _from_tiers(
    tiers: Sequence[tuple[str, list[tuple[Span, str]]]],
) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    """Turn tiers into cues: utterance tiers are voices, word tiers give them their words."""
    words: dict[str, list[tuple[Span, str]]] = {}
    voices: dict[str, list[tuple[Span, str]]] = {}
    for name, intervals in tiers:
        spoken = [(s, _clean(t)) for s, t in intervals if t.lower() not in _SILENT]
        as_words = _WORD_TIER.match(name)
        if as_words:
            words.setdefault(as_words[1].strip(), []).extend(spoken)
        elif not _PHONE_TIER.search(name):
            voices.setdefault(name, []).extend(spoken)
    lone = len(voices) + len([name for name in words if name not in voices]) == 1
    cues = [
        _with_words(Cue(span, name or None, label), words.get(name))
        for name, spoken in voices.items()
        for span, label in spoken
    ]
    for name, spoken in words.items():
        if name not in voices:
            label = None if lone else name or None
            cues += cues_of((Word(s, t, voice=label) for s, t in spoken if t), label)
    apart = sum(cue.text != "" and not cue.words for cue in cues if cue.voice in words)
    note = f"turns whose tier of words says something else, so their own text was taken: {apart}"
    ordered = sorted(cues, key=lambda cue: (cue.span or Span(0, 0), cue.voice or ""))
    return tuple(ordered), (note,) if apart else ()


def names_a_voice(tier: str) -> bool:
    """Whether a tier of this name is read as a voice, and not as the words or sounds of one."""
    return not (_WORD_TIER.match(tier) or _PHONE_TIER.search(tier))


def _clean(label: str) -> str:
    """Give the words of a label without markup; what nobody could make out is no words."""
    said = " ".join(_TAG.sub(" ", label).split())
    return "" if said == UNHEARD else said


def _with_words(cue: Cue, words: list[tuple[Span, str]] | None) -> Cue:
    """Give a cue the timed words inside it, if they say the same as its text."""
    if not words or cue.span is None:
        return cue
    inside = tuple(
        Word(span, text, voice=cue.voice)
        for span, text in words
        if cue.span.start <= span.middle <= cue.span.end
    )
    same = [word.text for word in inside] == cue.text.split()
    return replace(cue, words=inside) if same else cue


def eaf(text: str) -> Transcript:
    """Read an ELAN file: one voice per time-aligned tier that has no parent.

    A dependent tier whose name ends in "word" gives its parent's words.

    Raises
    ------
    ValueError
        If it is not an EAF document, or carries entity or type declarations.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("declares entities, which a transcript never needs")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"line {error.position[0]}: not well-formed XML") from None
    if root.tag != "ANNOTATION_DOCUMENT":
        raise ValueError("is not an ELAN document")
    slots = _slots(root)
    tops = [tier for tier in root.iter("TIER") if _is_voice(tier)]
    people = [tier for tier in tops if tier.get("PARTICIPANT")]  # the rest are codes and notes
    tiers = [_elan_tier(tier, slots) for tier in people or tops]
    if not any(spoken for _, spoken in tiers):
        raise ValueError("has no annotation with times")
    left = sum(len(_elan_tier(t, slots)[1]) > 0 for t in tops if people and t not in people)
    cues, notes = _from_tiers(tiers)
    if left:
        notes += (f"{left} tiers name no participant, as the others do, and were left out",)
    return Transcript(cues, notes=notes)


def _slots(root: ElementTree.Element) -> dict[str, float]:
    """Give each time slot's seconds; one without a time lies evenly between its neighbours."""
    order = [slot for element in root.iter("TIME_ORDER") for slot in element]
    times = [slot.get("TIME_VALUE", "") for slot in order]
    known = [(i, int(time) / 1000) for i, time in enumerate(times) if time.isdecimal()]
    slots: dict[str, float] = {}
    for (first, start), (last, end) in pairwise([*known[:1], *known]):
        for i in range(first, last + 1):
            share = (i - first) / max(1, last - first)
            slots[order[i].get("TIME_SLOT_ID", "")] = start + share * (end - start)
    return slots


def _is_voice(tier: ElementTree.Element) -> bool:
    name = tier.get("TIER_ID", "")
    return tier.get("PARENT_REF") is None or _WORD_TIER.match(name) is not None


def _elan_tier(
    tier: ElementTree.Element, slots: dict[str, float]
) -> tuple[str, list[tuple[Span, str]]]:
    spoken = []
    for note in tier.iter("ALIGNABLE_ANNOTATION"):
        start = slots.get(note.get("TIME_SLOT_REF1", ""))
        end = slots.get(note.get("TIME_SLOT_REF2", ""))
        said = " ".join((note.findtext("ANNOTATION_VALUE") or "").split())
        if start is not None and end is not None:
            spoken.append((Span(start, max(start, end)), said))
    return tier.get("TIER_ID", "").strip(), spoken


def _by_label(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Group lines by voice, those of one voice that overlap merged into one."""
    tiers: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: line.span):
        tier = tiers.setdefault(line.label, [])
        if tier and line.span.start < tier[-1].span.end:
            before = tier[-1]
            tier[-1] = replace(
                before,
                span=Span(before.span.start, max(before.span.end, line.span.end)),
                text=f"{before.text} {line.text}".strip(),
                words=tuple(sorted(before.words + line.words)),
            )
        else:
            tier.append(line)
    return tiers


def _word_rows(lines: Sequence[Line]) -> list[tuple[Span, str]]:
    """Give a tier's words without overlap: each is cut where the next one starts."""
    words = sorted(word for line in lines for word in line.words)
    rows: list[tuple[Span, str]] = []
    for i, word in enumerate(words):
        after = words[i + 1].span.start if i + 1 < len(words) else word.span.end
        start = max(word.span.start, rows[-1][0].end if rows else 0.0)
        end = min(word.span.end, max(after, start))
        if end > start:
            rows.append((Span(start, end), word.text))
    return rows


def _all_tiers(lines: Sequence[Line]) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    for label, said in _by_label(lines).items():
        yield label, [(line.span, line.text) for line in said]
        words = _word_rows(said)
        if words:
            yield f"{label} - words", words


def to_text_grid(lines: Sequence[Line], duration: float) -> str:
    """Write a long TextGrid, one interval tier per voice and one for its words.

    A turn without words carries "x", because Praat's empty label means that nobody speaks.
    """
    tiers = list(_all_tiers(lines))
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    out = [f"{head}xmin = 0\nxmax = {duration:.6f}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:"]
    for number, (name, rows) in enumerate(tiers, 1):
        filled = list(_filled(rows, duration))
        out.append(
            f'    item [{number}]:\n        class = "IntervalTier"\n'
            f"        name = {_quoted(name)}\n        xmin = 0\n        xmax = {duration:.6f}\n"
            f"        intervals: size = {len(filled)}"
        )
        out += [
            f"        intervals [{i}]:\n            xmin = {span.start:.6f}\n"
            f"            xmax = {span.end:.6f}\n            text = {_quoted(text)}"
            for i, (span, text) in enumerate(filled, 1)
        ]
    return "\n".join(out) + "\n"


def _filled(rows: list[tuple[Span, str]], duration: float) -> Iterator[tuple[Span, str]]:
    """Fill the gaps of a tier with empty intervals, as Praat demands."""
    at = 0.0
    for span, text in rows:
        start, end = max(span.start, at), min(span.end, duration)
        if end <= start:
            continue
        if start > at:
            yield Span(at, start), ""
        yield Span(start, end), text or UNHEARD
        at = end
    if at < duration:
        yield Span(at, duration), ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def to_eaf(lines: Sequence[Line], duration: float) -> str:
    """Write an ELAN document (format 3.0), one tier per voice and one for its words."""
    slots: list[str] = []
    tiers: list[str] = []
    annotation = 0
    for name, rows in _all_tiers(lines):
        notes = []
        for span, text in rows:
            annotation += 1
            first = len(slots) + 1
            for at in (span.start, min(span.end, duration)):
                slots.append(
                    f'<TIME_SLOT TIME_SLOT_ID="ts{len(slots) + 1}" '
                    f'TIME_VALUE="{round(at * 1000)}"/>'
                )
            notes.append(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{annotation}" '
                f'TIME_SLOT_REF1="ts{first}" TIME_SLOT_REF2="ts{first + 1}">'
                f"<ANNOTATION_VALUE>{escape(text)}</ANNOTATION_VALUE>"
                "</ALIGNABLE_ANNOTATION></ANNOTATION>"
            )
        tiers.append(
            f'<TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT={quoteattr(name)} '
            f"TIER_ID={quoteattr(name)}>" + "".join(notes) + "</TIER>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" '
        'VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>\n'
        "<TIME_ORDER>" + "\n".join(slots) + "</TIME_ORDER>\n" + "\n".join(tiers) + "\n"
        '<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" '
        'TIME_ALIGNABLE="true"/>\n</ANNOTATION_DOCUMENT>\n'
    )

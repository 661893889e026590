"""Annotation formats with a tier per voice: Praat TextGrid and ELAN EAF.

A tier cannot hold overlap, so each voice has a tier of its own and turns of one voice that
overlap are merged when written. Reading knows Praat's long and short text forms and skips
point tiers and phone tiers; a tier named like another plus "word" gives that voice's words.
praatio and pympi write; our own readers take what they refuse (overlaps, slots without a time)
and need no file on disk.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

from diarize.errors import Refused
from diarize.formats.transcript import Cue, Line, Reading, Transcript, cues_of
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span, Word

__all__ = ["Tier", "eaf", "interval_tiers", "names_a_voice", "text_grid", "to_eaf", "to_text_grid"]

Tier = tuple[str, list[tuple[Span, str]]]  # its name, and its labelled intervals in order

_TOKEN = re.compile(r'"((?:[^"]++|"")*+)"|(?<![\w.])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.\]])')
_WORD_TIER = re.compile(r"^(.*?)[\s\-_./:|(]*\b(?:words?|ort|mots)\)?$", re.IGNORECASE)
_PHONE_TIER = re.compile(r"\b(?:phones?|phonemes?|segments?|syllables?|mau|kan)\)?$", re.IGNORECASE)
_SILENT = {"sil", "sp", "<sil>", "<p:>", "<p>", "#", "_", "silence", "(.)"}
_TAG = re.compile(r"</?[A-Z][A-Z_]*/?>")
UNHEARD = "x"  # what stands in a tier where a turn has no words: an empty label means silence
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_grid(text: str, how: Reading) -> Transcript:
    """Read a Praat TextGrid, long or short.

    Raises
    ------
    Refused
        If it is not a TextGrid, or ends too early.
    """
    tiers = list(interval_tiers(text, formats=how.formats))
    if not tiers:
        raise Refused("format.no_interval_tier")
    cues, notes = _from_tiers(tiers, how.formats)
    return Transcript(cues, notes=notes)


def interval_tiers(text: str, *, formats: Formats = Formats()) -> Iterator[Tier]:
    """Give each interval tier of a TextGrid, those of words and sounds too.

    Raises
    ------
    Refused
        If it is not a TextGrid, or ends too early.
    """
    if '"TextGrid"' not in text[:300]:
        raise Refused("format.not_a_text_grid")
    tokens = _tokens(text.split('"TextGrid"', 1)[1])
    kind = None
    while (kind := next(tokens, None)) is not None:
        if kind not in ("IntervalTier", "TextTier"):
            continue  # the head of the file: times, <exists>, number of tiers
        try:
            name, size = _tier_head(tokens, formats)
            if kind == "TextTier":
                for _ in range(2 * size):
                    next(tokens)
                continue
            intervals = [_interval(tokens) for _ in range(size)]
        except (StopIteration, RuntimeError):
            raise Refused("format.ends_in_a_tier") from None
        yield name.strip(), [(span, label) for span, label in intervals if label]


def _tier_head(tokens: Iterator[str], formats: Formats) -> tuple[str, int]:
    """Give a tier's name and how many intervals or points it has."""
    name, _, _, count = (next(tokens) for _ in range(4))
    if not count.isdecimal() or int(count[:9]) > formats.tier_intervals_max:
        raise Refused("format.impossible_tier")
    return name, int(count)


def _tokens(text: str) -> Iterator[str]:
    """Give strings and free-standing numbers: what the long and the short form share."""
    for match in _TOKEN.finditer(text):
        yield match[1].replace('""', '"') if match[1] is not None else match[2]


def _interval(tokens: Iterator[str]) -> tuple[Span, str]:
    start, end, label = next(tokens), next(tokens), next(tokens)
    try:
        return Span(float(start), max(float(start), float(end))), " ".join(label.split())
    except ValueError:
        raise Refused("format.interval_without_times") from None


def _from_tiers(
    tiers: Sequence[Tier], formats: Formats
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
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
            said = (Word(s, t, voice=label) for s, t in spoken if t)
            cues += cues_of(said, label, formats=formats)
    apart = sum(cue.text != "" and not cue.words for cue in cues if cue.voice in words)
    note = Note("format.words_tier_differs", {"turns": apart})
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


def eaf(text: str, how: Reading) -> Transcript:
    """Read an ELAN file: one voice per time-aligned tier that has no parent.

    A dependent tier whose name ends in "word" gives its parent's words.

    Raises
    ------
    Refused
        If it is not an EAF document, or carries entity or type declarations.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused("format.declares_entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Refused("format.not_xml", line=error.position[0]) from None
    if root.tag != "ANNOTATION_DOCUMENT":
        raise Refused("format.not_elan")
    slots = _slots(root)
    tops = [tier for tier in root.iter("TIER") if _is_voice(tier)]
    people = [tier for tier in tops if tier.get("PARTICIPANT")]  # the rest are codes and notes
    tiers = [_elan_tier(tier, slots) for tier in people or tops]
    if not any(spoken for _, spoken in tiers):
        raise Refused("format.no_timed_annotation")
    left = sum(len(_elan_tier(t, slots)[1]) > 0 for t in tops if people and t not in people)
    cues, notes = _from_tiers(tiers, how.formats)
    if left:
        notes += (Note("format.tiers_without_participant", {"tiers": left}),)
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


def _elan_tier(tier: ElementTree.Element, slots: dict[str, float]) -> Tier:
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


def _all_tiers(lines: Sequence[Line]) -> Iterator[Tier]:
    """Give a tier for each voice, and one for its words where it has any."""
    voices = _by_label(lines)
    for label, said in voices.items():
        yield label, [(line.span, line.text) for line in said]
        words, name = _word_rows(said), f"{label} - words"
        if words and name not in voices:
            yield name, words


def to_text_grid(lines: Sequence[Line], duration: float) -> str:
    """Write a long TextGrid, one interval tier per voice and one for its words.

    A turn without words carries "x", because Praat's empty label means that nobody speaks.
    """
    from praatio.utilities.textgrid_io import getTextgridAsStr

    end = round(duration, 6)
    tiers = [
        {
            "class": "IntervalTier",
            "name": name,
            "xmin": 0.0,
            "xmax": end,
            "entries": [
                (span.start, span.end, text or UNHEARD)
                for span, text in _apart(rows, end, digits=6)
            ],
        }
        for name, rows in _all_tiers(lines)
    ]
    grid = {"xmin": 0.0, "xmax": end, "tiers": tiers}
    return str(getTextgridAsStr(grid, "long_textgrid", includeBlankSpaces=True))


def _apart(rows: list[tuple[Span, str]], end: float, *, digits: int) -> Iterator[tuple[Span, str]]:
    """Give intervals on a grid of decimals, none empty, none before the end of the one before."""
    at, least = 0.0, 10.0**-digits
    for span, text in rows:
        start, until = max(round(span.start, digits), at), min(round(span.end, digits), end)
        if until - start < least / 2:
            continue
        yield Span(start, until), text
        at = until


def to_eaf(lines: Sequence[Line], duration: float) -> str:
    """Write an ELAN document (format 2.8), one tier per voice and one for its words."""
    from pympi import Elan

    document = Elan.Eaf(author="")
    document.adocument["DATE"] = "1970-01-01T00:00:00+00:00"  # the same turns, the same bytes
    document.remove_tier("default")
    for name, rows in _all_tiers(lines):
        named = _NOT_XML.sub("", name)
        document.add_tier(named, part=named)
        for span, text in _apart(rows, round(duration, 3), digits=3):
            start, end = (round(1000 * at) for at in (span.start, span.end))
            document.add_annotation(named, start, end, _NOT_XML.sub("", text))
    # ELAN numbers what is added from here on; a lower number would be given away twice.
    document.properties = [("lastUsedAnnotation", document.maxaid)]
    made = ElementTree.tostring(Elan.to_adocument(document), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{made}\n'

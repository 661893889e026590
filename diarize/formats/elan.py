"""ELAN's EAF.

pympi writes; our own reader takes what pympi's does not (slots without a time, files without a
schema) and needs no file on disk.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import quote
from xml.etree import ElementTree

from diarize.errors import Refused
from diarize.formats.tiers import (
    OF_SPEECH,
    OF_WORDS,
    Tier,
    all_tiers,
    apart,
    from_tiers,
    kind_of_name,
)
from diarize.formats.transcript import Line, Reading, Transcript
from diarize.messages import Note
from diarize.timeline import Span

__all__ = ["eaf", "tiers", "to_eaf"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BELOW = "words"  # the type of tiers of words, whose times lie in those of turns
_WORDS = re.compile(r"\b(?:words?|ort|mots)\)?$", re.IGNORECASE)


def eaf(text: str, how: Reading) -> Transcript:
    """Read an ELAN file: one voice per time-aligned tier that has no parent.

    A dependent tier whose name ends in "word" gives its parent's words.

    Raises
    ------
    Refused
        If it is not an EAF document, or carries entity or type declarations.
    """
    root = _root(text)
    slots = _slots(root)
    elements = list(root.iter("TIER"))
    out = _no_speech(elements)
    tiers = [_elan_tier(root, tier, slots) for tier in elements]
    tiers = [
        (name, spoken or _at_parents(root, tier, slots) if name in how.keep else spoken)
        for tier, (name, spoken) in zip(elements, tiers, strict=True)
    ]
    if not any(spoken for number, (_, spoken) in enumerate(tiers, 1) if number not in out):
        raise Refused("format.no_timed_annotation")
    origin_s = _origin(root)
    shifted = [(name, [(span.shifted(origin_s), said) for span, said in spoken])
               for name, spoken in tiers]  # fmt: skip
    cues, notes = from_tiers(shifted, how.formats, out=out, keep=how.keep)
    if origin_s:
        notes = (*notes, Note("format.time_origin", {"seconds": origin_s}))
    return Transcript(cues, notes=notes)


def _root(text: str) -> ElementTree.Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused("format.declares_entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Refused("format.not_xml", line=error.position[0]) from None
    if root.tag != "ANNOTATION_DOCUMENT":
        raise Refused("format.not_elan")
    return root


def tiers(text: str) -> list[tuple[str, list[tuple[Span, str]]]]:
    """Give every tier with times of its own or its parent's, whatever it holds, as it is called.

    Raises
    ------
    Refused
        As `eaf`.
    """
    root = _root(text)
    slots, origin_s = _slots(root), _origin(root)
    spans: dict[str, Span] = {}
    found = []
    for tier in root.iter("TIER"):
        words, said = _texts(tier), []
        for note in (each for annotation in tier.iter("ANNOTATION") for each in annotation):
            span = _span(note, slots, spans)
            if span is not None:
                spans[note.get("ANNOTATION_ID", "")] = span
                said.append((span.shifted(origin_s), words.get(note.get("ANNOTATION_ID", ""), "")))
        if said:
            found.append((tier.get("TIER_ID", "").strip(), said))
    return found


def _span(
    note: ElementTree.Element, slots: dict[str, float], spans: dict[str, Span]
) -> Span | None:
    """Give when an annotation is: its own time, or that of the one it depends on."""
    start, end = (slots.get(note.get(f"TIME_SLOT_REF{n}", "")) for n in (1, 2))
    if start is None or end is None:
        return spans.get(note.get("ANNOTATION_REF", ""))
    return Span(start, max(start, end))


def _origin(root: ElementTree.Element) -> float:
    """Give where in the recording the annotations' clock starts, seconds."""
    said = next((m.get("TIME_ORIGIN", "") for m in root.iter("MEDIA_DESCRIPTOR")), "")
    return int(said) / 1000 if said.isdecimal() else 0.0


def _no_speech(tiers: Sequence[ElementTree.Element]) -> dict[int, str]:
    """Say which tiers hold no speech by what they are: their number, from 1, and kind."""
    people = any(tier.get("PARTICIPANT") for tier in tiers if tier.get("PARENT_REF") is None)
    out: dict[int, str] = {}
    for number, tier in enumerate(tiers, 1):
        if _WORDS.search(tier.get("TIER_ID", "")):
            continue
        if tier.get("PARENT_REF") is not None:
            out[number] = kind_of_name(tier.get("TIER_ID", "")) or "dependent"
        elif people and not tier.get("PARTICIPANT"):
            out[number] = kind_of_name(tier.get("TIER_ID", "")) or "nobody"
    return out


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


def _elan_tier(
    root: ElementTree.Element, tier: ElementTree.Element, slots: dict[str, float]
) -> Tier:
    """Give a tier under its participant's name, where it has one and is not a tier of words."""
    name = tier.get("TIER_ID", "").strip()
    words = _texts(tier)
    if words and not any(c.isalpha() for said in words.values() for c in said):
        words |= _child_texts(root, name)  # numbers of sentences; a tier below has their words
    spoken = []
    for note in tier.iter("ALIGNABLE_ANNOTATION"):
        span = _span(note, slots, {})
        if span is not None:
            spoken.append((span, words.get(note.get("ANNOTATION_ID", ""), "")))
    return _voice_of(root, tier), spoken


def _voice_of(root: ElementTree.Element, tier: ElementTree.Element) -> str:
    """Name a tier by its participant, unless it holds words, or says where in turns speech is."""
    name = tier.get("TIER_ID", "").strip()
    who = (tier.get("PARTICIPANT") or "").strip()
    turns = name.removesuffix(OF_SPEECH)
    if turns != name and any(one.get("TIER_ID") == turns for one in root.iter("TIER")):
        return f"{who.removesuffix(OF_SPEECH) or turns}{OF_SPEECH}"
    plain = tier.get("PARENT_REF") is None and not _WORDS.search(name)
    return who if who and plain and kind_of_name(name) is None else name


def _at_parents(
    root: ElementTree.Element, tier: ElementTree.Element, slots: dict[str, float]
) -> list[tuple[Span, str]]:
    """Give what a tier without times of its own says, at the times of what it is about."""
    times = {note.get("ANNOTATION_ID", ""): note for note in root.iter("ALIGNABLE_ANNOTATION")}
    out = []
    for note in tier.iter("REF_ANNOTATION"):
        about = times.get(note.get("ANNOTATION_REF", ""))
        if about is not None:
            ends = (slots.get(about.get(f"TIME_SLOT_REF{n}", ""), 0.0) for n in (1, 2))
            said = " ".join((note.findtext("ANNOTATION_VALUE") or "").split())
            out.append((Span(*sorted(ends)), said))
    return out


def _texts(tier: ElementTree.Element, by: str = "ANNOTATION_ID") -> dict[str, str]:
    return {
        note.get(by, ""): " ".join((note.findtext("ANNOTATION_VALUE") or "").split())
        for annotation in tier.iter("ANNOTATION")
        for note in annotation
    }


def _child_texts(root: ElementTree.Element, parent: str) -> dict[str, str]:
    """Give the words that the first speaking tier below `parent` has for its annotations."""
    for tier in root.iter("TIER"):
        if tier.get("PARENT_REF") == parent and kind_of_name(tier.get("TIER_ID", "")) is None:
            return _texts(tier, "ANNOTATION_REF")
    return {}


def to_eaf(lines: Sequence[Line], duration: float, named: str = "") -> str:
    """Write an ELAN document (format 2.8), a tier per voice and below it one of its words.

    `named` is what the recording is called: the document is linked to a WAV file of this name
    beside it, and ELAN asks for the recording where none is there.
    """
    from pympi import Elan

    document = Elan.Eaf(author="")
    document.adocument["DATE"] = "1970-01-01T00:00:00+00:00"  # the same turns, the same bytes
    document.remove_tier("default")
    document.add_linguistic_type(_BELOW, constraints="Included_In")
    if named:
        file = quote(f"{named}.wav")
        document.add_linked_file(f"file:///{file}", f"./{file}", "audio/x-wav")
    voices, whose, turns = {line.label for line in lines}, "", list[Span]()
    for name, rows in all_tiers(lines):
        spans = list(apart(rows, round(duration, 3), digits=3))
        if name in voices:
            whose, turns = name, [span for span, _ in spans]
        below = name == f"{whose}{OF_WORDS}" and _inside(spans, turns)
        owner = {"ling": _BELOW, "parent": _xml(whose)} if below else {}
        spoken_by = name.removesuffix(OF_WORDS).removesuffix(OF_SPEECH)
        who = name if name in voices else spoken_by
        document.add_tier(_xml(name), part=_xml(who), **owner)
        for span, text in spans:
            start, end = (round(1000 * at) for at in (span.start, span.end))
            document.add_annotation(_xml(name), start, end, _xml(text))
    # ELAN numbers what is added from here on; a lower number would be given away twice.
    document.properties = [("lastUsedAnnotation", document.maxaid)]
    made = ElementTree.tostring(Elan.to_adocument(document), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{made}\n'


def _inside(words: Sequence[tuple[Span, str]], turns: Sequence[Span]) -> bool:
    """Whether every word lies in a turn, as ELAN asks of a tier that is below another."""
    starts = [turn.start for turn in turns]
    at = ((span, bisect_right(starts, span.start) - 1) for span, _ in words)
    return all(i >= 0 and span.end <= turns[i].end for span, i in at)


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)

"""Annotation formats with a tier per voice: what Praat TextGrid and ELAN EAF share.

A tier cannot hold overlap, so each voice has a tier of its own and turns of one voice that
overlap are merged when written. In reading only tiers of speech are words: codes, notes,
translations, gestures, sounds and whatever repeats another tier's times are left out, and a note
says which by number and kind, because a tier's name may be a person's. A tier named like another
plus "word", or that holds another's text word for word, gives that voice's words, one named like
another plus "speech" where in its turns speech is.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from diarize.formats.speaker_tiers import by_speaker
from diarize.formats.transcript import Cue, Line, cues_of
from diarize.labels import names_a_role
from diarize.messages import Message, Note, message
from diarize.settings import Formats
from diarize.timeline import Span, Word, intersection, union

__all__ = ["OF_SPEECH", "OF_WORDS", "UNHEARD", "Tier", "all_tiers", "apart", "from_tiers",
           "kind_of_name", "names_a_voice", "spoken_tiers"]  # fmt: skip

Tier = tuple[str, list[tuple[Span, str]]]  # its name, and its labelled intervals in order

_WORD_TIER = re.compile(r"\b(?:words?|ort(?:-mau)?|mots)\)?$", re.IGNORECASE)
_AROUND = re.compile(r"(?<![\s\-_./:|(])[\s\-_./:|(]++$")  # what parts a name from that
_SILENT = {"sil", "sp", "<sil>", "<p:>", "<p>", "#", "_", "silence", "(.)"}
_TAG = re.compile(r"</?[A-Z][A-Z_]*/?>")
OF_WORDS = " - words"  # ends the name of a tier of a voice's words, as we write it
OF_SPEECH = " - speech"  # ends the name of a tier that says where in a voice's turns speech is
UNHEARD = "x"  # what stands in a tier where a turn has no words: an empty label means silence
_KINDS = {
    kind: re.compile(rf"(?:^|[\W_])(?:{names})(?:$|[\W_\d])", re.IGNORECASE)
    for kind, names in {
        "sounds": "phones?|phonemes?|segments?|syllables?|mau|kan|ipa|pitch|f0|intensity|tones?|"
        "tobi|breaks?|prosody|stress",
        "translation": "transl(?:ations?)?|translated|übersetzung|traduction|traducción|gloss|"
        "glosses|glo|ft|free translation|[a-z]{1,3}[_\\-](?:en|de|fr|es)",
        "codes": "codes?|coding|coder\\w*|misc|miti|annotations?|categor(?:y|ies)|kategorien?|"
        "ratings?|speech acts?|dialog(?:ue)? acts?|topics?|themes?|sections?|episodes?|events?|pos|"
        "emotions?|vcm|xds|lex|mwu",
        "notes": "notes?|comments?|kommentare?|remarks?|memos?|observations?|notiz(?:en)?|"
        "bemerkung(?:en)?|todo",
        "gestures": "gestures?|gesten?|gaze|nods?|nodding|hands?|facial|smiles?|posture|movements?|"
        "blick|gestik|mimik|head(?: movements?)?|eyebrows?|eyes?",
        "noise": "noises?|silences?|pauses?|laughter|laughs?|overlaps?|vad|music|background",
    }.items()
}


def spoken_tiers(
    tiers: Sequence[Tier],
    formats: Formats,
    known: Mapping[int, str] | None = None,
    keep: frozenset[str] = frozenset(),
) -> tuple[list[Tier], tuple[Note, ...]]:
    """Give the tiers that hold speech, and say which were left out.

    Parameters
    ----------
    tiers : sequence of Tier
        All of a file, in its order.
    formats : Formats
        Thresholds.
    known : mapping of int to str, optional
        What kind those are that are known to be no speech, by number from 1.
    keep : frozenset of str
        Names of tiers that are taken whatever they hold.

    Returns
    -------
    tiers : list of Tier
        In their order; all of them if none seems to be speech.
    notes : tuple of Note
        Naming those left out by number, from 1, and kind.
    """
    kept: list[Tier] = []
    out: list[tuple[int, str]] = []
    for number, tier in enumerate(tiers, 1):
        kind = (known or {}).get(number) or _kind(tier, kept, formats)
        if kind is None or tier[0] in keep:
            kept.append(tier)
        elif tier[1] or number in (known or {}):
            out.append((number, kind))
    if not any(intervals for _, intervals in kept):
        return list(tiers), ()
    return kept, _left_out(out)


def _left_out(tiers: Sequence[tuple[int, str]]) -> tuple[Note, ...]:
    """Say which tiers were left out: the number and the kind of each."""
    if not tiers:
        return ()
    which: tuple[Message, ...] = tuple(
        message("format.tier", number=number, kind=message(f"format.tier_{kind}"))
        for number, kind in tiers
    )
    return (Note("format.tiers_left_out", {"tiers": len(tiers), "which": which}),)


def _kind(tier: Tier, kept: Sequence[Tier], formats: Formats) -> str | None:
    """Say what a tier that is no speech holds; None if it is speech."""
    name, intervals = tier
    if names_a_role(name):
        return None
    if _WORD_TIER.search(name):
        return None
    if named := kind_of_name(name):
        return named
    labels = [label for _, label in intervals]
    coded = sum(re.fullmatch(r"[A-Z0-9+\-/_.:]{1,6}", label) is not None for label in labels)
    every = formats.nearly_all_share * len(labels)
    if len(labels) > 2 and (coded > every or _rated(intervals, formats)):
        return "codes"
    if len(intervals) > 2 and any(_same_times(intervals, other, formats) for _, other in kept):
        return "repeats"
    return None


def _rated(intervals: Sequence[tuple[Span, str]], formats: Formats) -> bool:
    """Whether few values fill one stretch after another, as ratings do and nobody's words."""
    values = {label.casefold() for _, label in intervals}
    abutting = sum(after.start == at.end for (at, _), (after, _) in pairwise(intervals))
    short = all(len(value.split()) <= formats.rated_words_max for value in values)
    often = formats.rows_per_rating_min * len(values) <= len(intervals)
    return short and often and abutting >= formats.nearly_all_share * (len(intervals) - 1)


def kind_of_name(name: str) -> str | None:
    """Say what a tier of this name holds, if that is no speech."""
    return next((kind for kind, names in _KINDS.items() if names.search(name)), None)


def _same_times(
    one: Sequence[tuple[Span, str]], other: Sequence[tuple[Span, str]], formats: Formats
) -> bool:
    """Whether a tier has the times of another and says something else."""
    said = {(round(s.start, 1), round(s.end, 1)): text for s, text in other}
    same = [text != said[at] for s, text in one
            if (at := (round(s.start, 1), round(s.end, 1))) in said]  # fmt: skip
    return len(same) > formats.same_times_share * len(one)


def from_tiers(
    tiers: Sequence[Tier],
    formats: Formats,
    *,
    out: Mapping[int, str] | None = None,
    keep: frozenset[str] = frozenset(),
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """Turn tiers into cues: utterance tiers are voices, word tiers give them their words."""
    tiers, stretches = _without_stretches(_apart_by_name(by_speaker(tiers)))
    tiers, left = spoken_tiers(tiers, formats, out, keep)
    tiers = [tier for tier in tiers if not _says_stretches(tier[0], stretches)]
    words: dict[str, list[tuple[Span, str]]] = {}
    voices: dict[str, list[tuple[Span, str]]] = {}
    said = [
        (name, [(s, _clean(t)) for s, t in intervals if t.lower() not in _SILENT])
        for name, intervals in tiers
    ]
    whose = _whose_words(said)
    for name, spoken in said:
        as_words = _WORD_TIER.search(name)
        if name in whose or as_words:
            owner = whose.get(name) or (
                _AROUND.sub("", name[: as_words.start()]).strip() if as_words else ""
            )
            words.setdefault(owner, []).extend(spoken)
        else:
            voices.setdefault(name, []).extend(spoken)
    lone = len(voices) + len([name for name in words if name not in voices]) == 1
    cues = [
        _with_words(Cue(span, name or None, label), words.get(name), stretches.get(name, ()))
        for name, spoken in voices.items()
        for span, label in spoken
    ]
    for name, spoken in words.items():
        if name not in voices:
            label = None if lone else name or None
            own = (Word(s, t, voice=label) for s, t in spoken if t)
            cues += cues_of(own, label, formats=formats)
    differ = sum(cue.text != "" and not cue.words for cue in cues if cue.voice in words)
    note = Note("format.words_tier_differs", {"turns": differ})
    ordered = sorted(cues, key=lambda cue: (cue.span or Span(0, 0), cue.voice or ""))
    return tuple(ordered), (*left, *((note,) if differ else ()))


def _whose_words(tiers: Sequence[Tier]) -> dict[str, str]:
    """Say which tiers hold the words of another, whatever they are called: word for word its text.

    Returns
    -------
    dict
        Name of a tier of words to the name of the tier whose words they are.
    """
    rows = {name: [words for _, label in told if (words := label.split())] for name, told in tiers}
    said = {name: [word for label in labels for word in label] for name, labels in rows.items()}
    return {
        name: owner
        for name, labels in rows.items()
        if len(labels) > 2 and len(said[name]) <= len(labels)
        for owner, others in rows.items()
        if owner != name and len(others) < len(labels) and said[name] == said[owner] != []
    }


def _apart_by_name(tiers: Sequence[Tier]) -> list[Tier]:
    """Number tiers that have one name: they are two voices."""
    seen: dict[str, int] = {}
    out = []
    for name, intervals in tiers:
        seen[name] = seen.get(name, 0) + 1
        out.append((f"{name} {seen[name]}".strip() if seen[name] > 1 else name, intervals))
    return out


def names_a_voice(tier: str, formats: Formats = Formats()) -> bool:
    """Whether a tier of this name is read as a voice, and not as the words or sounds of one."""
    return not (_WORD_TIER.search(tier) or _kind((tier, []), (), formats))


def _clean(label: str) -> str:
    """Give the words of a label without markup; what nobody could make out is no words."""
    said = " ".join(_TAG.sub(" ", label).split())
    return "" if said == UNHEARD else said


def _without_stretches(tiers: Sequence[Tier]) -> tuple[list[Tier], dict[str, tuple[Span, ...]]]:
    """Part tiers from those that only say where in a voice's turns speech is.

    These stay behind without intervals, so that the others keep their numbers.
    """
    names = {name for name, _ in tiers}
    stretches: dict[str, tuple[Span, ...]] = {}
    kept: list[Tier] = []
    for name, intervals in tiers:
        if _says_stretches(name, names):
            stretches[name.removesuffix(OF_SPEECH)] = tuple(span for span, _ in intervals)
            intervals = []
        kept.append((name, intervals))
    return kept, stretches


def _says_stretches(name: str, voices: Container[str]) -> bool:
    return name.endswith(OF_SPEECH) and name.removesuffix(OF_SPEECH) in voices


def _with_words(
    cue: Cue, words: list[tuple[Span, str]] | None, stretches: Sequence[Span] = ()
) -> Cue:
    """Give a cue its stretches, and the timed words inside it if they say the same as its text."""
    if cue.span is not None:
        cue = replace(cue, stretches=intersection((cue.span,), stretches))
    if not words or cue.span is None:
        return cue
    inside = tuple(
        Word(span, text, voice=cue.voice)
        for span, text in words
        if cue.span.start <= span.middle <= cue.span.end
    )
    same = [word.text for word in inside] == cue.text.split()
    return replace(cue, words=inside) if same else cue


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
                stretches=union((*before.stretches, *line.stretches)),
            )
        else:
            tier.append(line)
    return tiers


def _word_rows(lines: Sequence[Line]) -> list[tuple[Span, str]]:
    """Give a tier's words without overlap: each is cut where the next one starts."""
    words = sorted(
        replace(word, span=word.span & line.span or word.span)  # so that it is its turn's
        for line in lines
        for word in line.words
    )
    rows: list[tuple[Span, str]] = []
    for i, word in enumerate(words):
        after = words[i + 1].span.start if i + 1 < len(words) else word.span.end
        start = max(word.span.start, rows[-1][0].end if rows else 0.0)
        end = min(word.span.end, max(after, start))
        if end > start:
            rows.append((Span(start, end), word.text))
    return rows


def all_tiers(lines: Sequence[Line]) -> Iterator[Tier]:
    """Give a tier for each voice, one for its words where it has any, last one for its speech.

    The last are there where turns hold pauses: a turn's interval alone bridges them.
    """
    voices = _by_label(lines)
    for label, said in voices.items():
        yield label, [(line.span, line.text) for line in said]
        words, name = _word_rows(said), f"{label}{OF_WORDS}"
        if words and name not in voices:
            yield name, words
    for label, said in voices.items():
        name = f"{label}{OF_SPEECH}"
        if name not in voices and any(line.pauses for line in said):
            spans = (span for line in said for span in line.stretches or (line.span,))
            yield name, [(span, "speech") for span in spans]


def apart(rows: list[tuple[Span, str]], end: float, *, digits: int) -> Iterator[tuple[Span, str]]:
    """Give intervals on a grid of decimals, none empty, none before the end of the one before."""
    at, least = 0.0, 10.0**-digits
    for span, text in rows:
        start, until = max(round(span.start, digits), at), min(round(span.end, digits), end)
        if until - start < least / 2:
            continue
        yield Span(start, until), text
        at = until

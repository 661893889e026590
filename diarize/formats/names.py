"""Speakers' names in front of what they say, however people write them.

Conventions
-----------
A name counts where it recurs, a role's ("Therapist") at once; any other that is seen once may be a
sentence with a colon ("and then: nothing").
Names are labels and never words. `anonymous` gives a voice a letter where its label may be a
person's name: what is kept of a session holds no name.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diarize.formats.marks import is_mark
from diarize.formats.transcript import Cue, Transcript, shared_out
from diarize.labels import names_a_role
from diarize.settings import Formats
from diarize.timeline import Word

__all__ = [
    "Head",
    "anonymous",
    "fits_a_label",
    "head",
    "label",
    "named",
    "singular",
    "unnumbered",
    "voices_of_names",
]

Head = tuple[str, str]  # a name, and what follows it

_COLON = re.compile(r"[:：﹕︰](?!//)")
# "Klient:in: …": the colon belongs to the word, as another ends the name.
_INSIDE = re.compile(r"(?<=[^\W\d_])[:](?:in|innen|r)(?=(?:\s?\d{1,3})?\s?[:：])", re.IGNORECASE)
_BRACKETED = re.compile(
    r"^\s*(?:[-–—•]\s+)?(?:\[([^\[\]]{1,80})\]|\(([^()]{1,80})\))\s*[:：]?(?:\s+(?=\S)|$)"
)
_DECORATION = re.compile(r"^(?:>>+|[-–—•*_#>]+)\s*|[\s*_]+$")
_FROM = re.compile(r"^from\s+(.*?)(?:\s+to\s+.+)?$", re.IGNORECASE)
_ASIDE = re.compile(r"[\(\[][^)\]]*[\)\]]")
_NO_NAME = re.compile(
    r"\b(?:i|he|she|they|we|you|it|was|is|said|says|say|saying|thought|like|went|asked|told|"
    r"ich|er|sie|wir|sagte|dachte|je|il|elle|nous|dit|yo|dijo)\b",
    re.IGNORECASE,
)
_NEUTRAL = re.compile(
    r"^(?:(?:speaker|spkr?|spk|voice|person|participant|sprecher(?:in)?|channel|ch|unknown|other|"
    r"locuteur|hablante|s|v)[\s_.\-]*\d{0,3}|[A-Z]|\d{1,2})$",
    re.IGNORECASE,
)


def label(text: str) -> str:
    """Give a name without what tools put around it: markup, "From … to Everyone", dashes.

    Examples
    --------
    >>> label("**Anna Berg**"), label(" From  Anna to Everyone "), label(">> ANNA")
    ('Anna Berg', 'Anna', 'ANNA')
    """
    name = " ".join(text.split())
    while (bare := _DECORATION.sub("", name)) != name:
        name = bare
    if sent := _FROM.match(name):
        name = sent[1].strip()
    return name.strip(" \t\u200e\u200f\u202a-\u202e:")


def head(text: str, formats: Formats = Formats()) -> Head | None:
    """Split ``Name: words`` where the front may be a name; None where it cannot be one."""
    bracketed = _BRACKETED.match(text)
    if bracketed and (":" in bracketed[0] or not is_mark(bracketed[1] or bracketed[2])):
        return label(bracketed[1] or bracketed[2]), text[bracketed.end() :]
    colon = _COLON.search(text[: formats.label_chars_max + 8])
    while colon and _goes_on(text, colon):
        colon = _COLON.search(text, colon.end(), formats.label_chars_max + 8)
    if colon is None:
        return None
    name = label(text[: colon.start()])
    said = text[colon.end() :].lstrip().removeprefix("**").strip()
    if not name or len(name) > formats.label_chars_max or not any(c.isalnum() for c in name):
        return None
    spoken = len(name) > 1 and _NO_NAME.search(_ASIDE.sub("", name))  # "I" alone: an interviewer
    if re.search(r"[?!…]|[^\W\d]{4,}\.\s", name) or spoken:
        return None
    return name, said


def _goes_on(text: str, colon: re.Match[str]) -> bool:
    """Whether what a colon stands in goes on behind it: a clock, or a word for women and men."""
    clock = text[: colon.start()][-1:].isdigit() and text[colon.end() :][:1].isdigit()
    return clock or _INSIDE.match(text, colon.start()) is not None


def named(cues: Sequence[Cue], *, formats: Formats) -> tuple[Cue, ...]:
    """Take names off the front of texts, make them labels, and part cues that hold several.

    Each line of a cue's text may have a name; a line without goes on with the one
    before. Where very few cues have a name, all stay text; where most have one, whoever speaks
    once has one too. Names in brackets are believed where most cues have one.
    """
    lines = [_lines(cue) for cue in cues]
    heads = [[head(line, formats) if cue.voice is None else None for line in said]
             for cue, said in zip(cues, lines, strict=True)]  # fmt: skip
    found = [(h[0], line) for row, said in zip(heads, lines, strict=True)
             for h, line in zip(row, said, strict=True) if h]  # fmt: skip
    kept = _believed(found, sum(any(row) for row in heads), len(cues), formats)
    out: list[Cue] = []
    for cue, said, row in zip(cues, lines, heads, strict=True):
        out += _parted(cue, said, [h if h and h[0] in kept else None for h in row])
    return tuple(out)


def _lines(cue: Cue) -> list[str]:
    return [line for line in cue.text.split("\n") if line.strip()] or [""]


def _believed(
    found: Sequence[tuple[str, str]], with_one: int, cues: int, formats: Formats
) -> set[str]:
    """Say which names are names, from all that were found and the lines they stand in."""
    bracketed = {name for name, line in found if _BRACKETED.match(line)}
    names = Counter(name for name, _ in found)
    bases = Counter(unnumbered(name) for name, _ in found)
    short = {n for n in names if len(_ASIDE.sub("", n).split()) <= formats.label_words_max}
    kept = {name for name in short if names[name] > 1 or names_a_role(name)}
    most = formats.labelled_most_share * cues
    if sum(names[name] for name in kept) >= most:
        kept |= {name for name in short if singular(name, formats)}
    elif cues > 1 and with_one == cues and len(bases) < cues:
        kept |= short  # a short transcript: a person who speaks once is still a person
    if sum(names[name] for name in kept & bracketed) < most:
        kept -= bracketed
    return kept if sum(names[n] for n in kept) >= formats.labelled_min_share * cues else set()


def fits_a_label(text: str, formats: Formats) -> bool:
    """Whether a text is no longer than a label may be."""
    return len(text.split()) <= formats.label_words_max and len(text) <= formats.label_chars_max


def unnumbered(name: str) -> str:
    """Give a name without the number of the turn: T12 is T."""
    return re.sub(r"^([A-Za-z]+)[ .]?\d+$", r"\1", name)


def singular(name: str, formats: Formats) -> bool:
    """Whether a name may be one though it is seen once: one word, or few written as names are."""
    parts = name.split()
    few = len(parts) <= formats.lone_name_words_max
    return " " not in name or (few and not any(part[0].islower() for part in parts))


def _parted(cue: Cue, lines: Sequence[str], heads: Sequence[Head | None]) -> list[Cue]:
    """Give a cue as one for each of its names, sharing its time by length of text."""
    if not any(heads):
        return [replace(cue, text=" ".join(" ".join(lines).split()))]
    said: list[tuple[str | None, str]] = []
    for line, found in zip(lines, heads, strict=True):
        if found or not said:
            said.append(found or (cue.voice, line))
        else:
            said[-1] = (said[-1][0], f"{said[-1][1]} {line}")
    texts = [" ".join(text.split()) for _, text in said]
    spans = [cue.span] * len(said) if cue.span is None else shared_out(cue.span, texts)
    own, inside = (cue.words, cue.stretches) if len(said) == 1 else ((), ())
    return [
        Cue(span, voice, text, _without_name(own, text), inside)
        for span, (voice, _), text in zip(spans, said, texts, strict=True)
    ]


def _without_name(words: tuple[Word, ...], text: str) -> tuple[Word, ...]:
    """Give timed words without those of a name in front."""
    return words[max(0, len(words) - len(text.split())) :]


def voices_of_names(labels: Iterable[str]) -> dict[str, str]:
    """Give each label the voice it is kept as: itself where it can be nobody's name, else a letter.

    Labels that name a role and nothing more, letters, numbers and "Speaker 1" stay.

    Examples
    --------
    >>> voices_of_names(["Therapist", "Anna Berg", "SPEAKER_01", "B"])
    {'Therapist': 'Therapist', 'Anna Berg': 'A', 'SPEAKER_01': 'SPEAKER_01', 'B': 'B'}
    """
    labels = list(dict.fromkeys(labels))
    plain = {name for name in labels if _NEUTRAL.match(name) or names_a_role(name)}
    letters = (*string.ascii_uppercase, *(f"V{n}" for n in range(27, 27 + len(labels))))
    taken = {name.upper() for name in plain}
    free = (letter for letter in letters if letter not in taken)
    return {name: name if name in plain else next(free) for name in labels}


def anonymous(transcript: Transcript) -> tuple[Transcript, Mapping[str, str]]:
    """Give a transcript whose labels are voices, and which voice each label became."""
    voices = voices_of_names(transcript.labels)
    cues = tuple(
        replace(
            cue,
            voice=voices.get(cue.voice or ""),
            words=tuple(replace(w, voice=voices.get(w.voice or "")) for w in cue.words),
        )
        for cue in transcript.cues
    )
    return replace(transcript, cues=cues), voices

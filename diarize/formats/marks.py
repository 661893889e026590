"""What a transcript says beside the words: laughter, pauses, unclear places, an editor's stamps.

Conventions
-----------
Marks are taken out of the words and kept as `Remark`: of what kind, when and whose, never as text,
because ``[Anna laughs]`` holds a name. Square, double and curly brackets always mark; round ones
where they hold a known word, a length, or so few words that nobody would say them in brackets.
A guess at a word, ``(work?)``, stays a word and is remarked upon.
"""

import re
from dataclasses import replace

from diarize.formats.times import CLOCK
from diarize.formats.transcript import Cue, Remark, Transcript
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Word

__all__ = ["is_mark", "without_marks"]

_KINDS: dict[str, tuple[str, ...]] = {
    "unclear": (
        "inaudible", "unintelligible", "indistinct", "indiscernible", "unclear", "unverständlich",
        "unverstaendlich", "unverst", "unv", "incompréhensible", "ininteligible", "inintelligible",
        "incomprensibile", "garbled", "xxx", "blank_audio", "???", "??", "?", "phonetic", "ph",
    ),
    "crosstalk": ("crosstalk", "cross-talk", "overlap", "overlapping", "talking over"),
    "laughter": (
        "laugh", "laughs", "laughing", "laughter", "chuckle", "chuckles", "chuckling", "giggles",
        "lacht", "lachen", "lachend", "rires", "rire", "rit", "risas", "ríe", "ride", "risata",
    ),
    "crying": ("cry", "cries", "crying", "sobs", "sobbing", "tearful", "weint", "weinen", "pleure"),
    "breath": (
        "sigh", "sighs", "sighing", "breath", "breathes", "inhales", "exhales", "cough", "coughs",
        "coughing", "sniff", "sniffs", "seufzt", "hustet", "räuspert", "atmet", "soupir", "suspira",
        "clears throat", "gasps", "yawns", "sneezes",
    ),
    "silence": ("pause", "pauses", "silence", "silent", "quiet", "stille", "schweigen", "schweigt",
                "lange pause", "beat", "pausa"),
    "music": ("music", "applause", "musik", "musique", "música", "noise", "phone rings", "beep"),
}  # fmt: skip
_KNOWN = {word: kind for kind, words in _KINDS.items() for word in words}
_MARK = re.compile(
    r"\(\((?P<double>[^()]{0,200})\)\)"
    r"|\[(?P<square>[^\[\]]{0,200})\]"
    r"|\{(?P<curly>[^{}]{0,200})\}"
    r"|(?<![^\W_])\((?P<round>[^()]{0,120})\)(?![^\W_])"
    r"|(?<![\w*])\*(?P<star>[^*\n]{1,60})\*(?![\w*])"
    r"|@\((?P<laughed>[^()@]{0,20})\)@"  # of reconstructive research: laughter, @(.)@
    r"|(?<![\w@])@(?P<laughing>[^@\n]{1,80})@(?![\w@])|°(?P<softly>[^°\n]{1,80})°"
    r"|(?P<hook>[└┘┌┐⌊⌋⌈⌉])"
    r"|<<(?P<taken_out>[^<>]{1,60})>>"
    r"|<(?P<angle>[^<>/=]{1,60})>"
    r"|(?P<music>♪[^♪]*♪?|♫[^♫]*♫?)"
    r"|(?<!\S)(?P<token>x{3}|\?{2,3})(?=[\s.,;?!]|$)"
)
_LENGTH = re.compile(r"^[.…\-–—\s]*$|^\.?\d+(?:[.,]\d+)?\s*(?:s|sec|sek|seconds?|sekunden?)?\.?$")
_STAMP = re.compile(rf"^#?{CLOCK}(?:-\d)?#?(?:\s*(?:-->|-|–)\s*{CLOCK})?$")
_LOOSE_STAMP = re.compile(r"(?<![\w:.,])#?\d{1,2}:\d{2}:\d{2}(?:[.,:]\d{1,3}|-\d)?#?(?![\w:])")
_GUESS = re.compile(r"^\??\s*+([^?\s](?:[^?]*[^?\s])?)\s*+\?$|^\?\s*+([^?]+)$")
_ALWAYS = ("double", "square", "curly", "music", "token", "taken_out")
# What says by itself of what kind it is; None: how something is said, and the words stay.
_KIND = {"laughed": "laughter", "laughing": None, "softly": None, "hook": None}
_HELD = ("star", "laughing", "softly", "hook")
_IN_PLACE_OF = re.compile(r"[^\W\d_a-zäöüß]{2,}(?:[ _-]?[^\W_a-zäöüß]+)*")  # of a name, as <ORT_1>


def without_marks(transcript: Transcript, formats: Formats) -> Transcript:
    """Take what is not spoken out of the words; a cue that held nothing else is gone."""
    cues: list[Cue] = []
    remarks: list[Remark] = list(transcript.remarks)
    for cue in transcript.cues:
        text, kinds = _spoken(cue.text, formats)
        remarks += [Remark(kind, cue.span, cue.voice) for kind in kinds]
        if kinds and not any(c.isalnum() for c in text):
            continue
        cues.append(cue if text == cue.text else replace(cue, text=text, words=_words(cue, text)))
    if len(remarks) == len(transcript.remarks):
        return replace(transcript, cues=tuple(cues))
    counts = [sum(r.kind == kind for r in remarks) for kind in (*_KINDS, "stamp", "other")]
    found = {kind: n for kind, n in zip((*_KINDS, "stamp", "other"), counts, strict=True) if n}
    note = Note("format.marks", {"marks": len(remarks), "kinds": tuple(found)})
    return replace(
        transcript, cues=tuple(cues), remarks=tuple(remarks), notes=(*transcript.notes, note)
    )


def _spoken(text: str, formats: Formats) -> tuple[str, list[str]]:
    """Give the words of a text without its marks, and of what kind these were."""
    kinds: list[str] = []

    def taken(match: re.Match[str]) -> str:
        which = match.lastgroup or "round"
        inside = (match[which] or "").strip()
        kind = _kind(inside, which, formats)
        if kind is None:
            return ("" if which == "hook" else inside) if which in _HELD else match[0]
        kinds.append(kind)
        guess = _GUESS.match(inside) if which in ("square", "round", "curly") else None
        return f" {guess[1] or guess[2]} " if guess and kind == "unclear" else " "

    said = _MARK.sub(taken, text)
    said, stamps = _LOOSE_STAMP.subn(" ", said)
    kinds += ["stamp"] * stamps
    if not kinds:
        return said, kinds
    said = re.sub(r" ([.,;:?!…])", r"\1", " ".join(said.split()))
    return said.lstrip(".,;: "), kinds


def _kind(inside: str, which: str, formats: Formats) -> str | None:
    """Say what a mark is; None where it may be words that were said."""
    if which in _KIND:
        return _KIND[which]
    low = inside.casefold().strip(" .:!_*")
    if not low.strip("?") or _LENGTH.match(low):
        return "unclear" if "?" in inside or not low else "silence"
    if _STAMP.match(low):
        return "stamp"
    known = _KNOWN.get(low) or next(
        (_KNOWN[part] for part in re.findall(r"[\w\-]+", low) if part in _KNOWN), None
    )
    if which == "angle" and _IN_PLACE_OF.fullmatch(inside):
        return "other"
    if which in ("star", "angle"):
        return _KNOWN.get(low) or (known if which == "star" and _short(low, formats) else None)
    if _GUESS.match(inside):
        return "unclear"
    if known:
        return known
    short = len(inside.split()) <= formats.aside_words_max
    return "other" if which in _ALWAYS or short else None


def _short(text: str, formats: Formats) -> bool:
    return len(text.split()) <= formats.starred_words_max


def is_mark(inside: str) -> bool:
    """Whether what stands in brackets is known to be said of the speech, or is a time."""
    low = inside.casefold().strip(" .:!_*")
    parts = (low, *re.findall(r"[\w\-]+", low))
    return not low.strip("?") or any(p in _KNOWN for p in parts) or bool(_STAMP.match(low))


def _words(cue: Cue, text: str) -> tuple[Word, ...]:
    """Give a cue's timed words without those that were marks, as far as they can be told."""
    left = text.split()
    kept = []
    for word in cue.words:
        if left and word.text.strip() == left[0]:
            kept.append(word)
            left.pop(0)
    return tuple(kept) if not left else ()

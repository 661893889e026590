"""What a single word does in the taking of turns: a listener's, an opening, a question, an end.

Conventions
-----------
The lists are English and written as `tokens` writes words; hums are understood in any language. Of
a word whose text is not kept its traits say the same.
"""

import re
from collections.abc import Sequence

from diarize.brackets import without_brackets
from diarize.timeline import Traits, Word

__all__ = ["CUE_WORDS", "ends_sentence", "is_cue", "is_question", "tokens", "traits_of"]

# fmt: off
CUE_WORDS = frozenset((
    "ah", "aha", "alright", "absolutely", "cool", "definitely", "exactly", "fine", "gosh", "good",
    "great", "huh", "indeed", "interesting", "mhm", "nice", "no", "oh", "ok", "okay", "really",
    "right", "sure", "totally", "true", "uh", "wow", "yeah", "yep", "yes", "yup",
))
_CUE_PHRASES = ("i see", "of course", "go on", "got it", "all right", "i know")
# A unit that opens so goes on to say something: a secondary turn, not a sign of listening.
_OPENERS = frozenset((
    "and", "but", "i", "im", "it", "its", "like", "so", "that", "thats", "we", "were", "well",
    "you", "youre",
))
# fmt: on
_HUM = re.compile(r"m+(h+u*m+)*h*|h+u*m+|u+h+u+h*|a+h+a+")
_TERMINAL = (".", "?", "!", "…", "。", "？", "！")
_LONGEST_MARK = 8  # words; a bracket that closes later is none
_QUESTION = re.compile(r"[?？][^\w?？]*$")


def tokens(text: str) -> tuple[str, ...]:
    """Words of a text as the cue lists write them.

    Lower case, without punctuation, apostrophes and hyphens, marks such as ``[laughs]`` left
    out; every spelling of a hum becomes ``mhm``. The lists are normalised the same way, so that
    "I'm", "i’m" and "im" are one token.

    Examples
    --------
    >>> tokens("Mm-hmm. I’m <unsure>sure</unsure> [laughs]")
    ('mhm', 'im', 'sure')
    """
    plain = without_brackets(text, lambda mark: " ").lower()
    found = (re.sub(r"[^\w]|[_ʼ]", "", chunk) for chunk in plain.split())
    return tuple("mhm" if _HUM.fullmatch(token) else token for token in found if token)


def traits_of(words: Sequence[Word]) -> tuple[Traits, ...]:
    """Give the traits of one voice's words, in order; of a word without a text those it has.

    A listener's phrase such as "of course" is found over neighbouring words.
    """
    cut = _cut(words)
    own = [0] * len(words)
    for (_, i), cue in zip(*_cues(cut), strict=True):
        own[i] += cue
    known: dict[tuple[str, tuple[str, ...], int], Traits] = {}  # most words come again
    found = []
    for word, parts, n in zip(words, cut, own, strict=True):
        key = (word.text, parts, n)
        if word.traits is None and key not in known:
            known[key] = _traits(*key)
        found.append(word.traits or known[key])
    return tuple(found)


def _cues(cut: Sequence[tuple[str, ...]]) -> tuple[list[tuple[str, int]], list[bool]]:
    """Give every token with the place of its word, and whether it is a listener's."""
    flat = [(token, i) for i, found in enumerate(cut) for token in found]
    said = [token for token, _ in flat]
    cues = [token in CUE_WORDS for token in said]
    for phrase in _CUE_PHRASES:
        first, *rest = phrase.split()
        for at in (at for at, token in enumerate(said) if token == first):
            if said[at + 1 : at + 1 + len(rest)] == rest:
                cues[at : at + 1 + len(rest)] = [True] * (1 + len(rest))
    return flat, cues


def _cut(words: Sequence[Word]) -> list[tuple[str, ...]]:
    """Cut each word into tokens; a mark may run over a few of them, "[laughs out loud]"."""
    if not words:
        return []
    lines = without_brackets("\n".join(word.text for word in words), _left_out).split("\n")
    known = {line: tokens(line) for line in set(lines)}
    return [known[line] for line in lines]


def _left_out(mark: str) -> str:
    words = mark.count("\n")
    return " " + "\n" * words if words < _LONGEST_MARK else mark


def _traits(text: str, found: tuple[str, ...], cues: int) -> Traits:
    return Traits(
        tokens=len(found),
        cues=cues,
        hums=found.count("mhm"),
        lone_cue=all(token in CUE_WORDS for token in found),
        opens=bool(found) and found[0] in _OPENERS,
        asks=_QUESTION.search(text) is not None,
        ends=text.rstrip("\"'”’)").endswith(_TERMINAL),
        question="?" in text or "？" in text,
    )


def is_cue(word: Word) -> bool:
    """Whether a word is a listener's by itself."""
    if word.traits is not None:
        return word.traits.lone_cue
    return all(token in CUE_WORDS for token in tokens(word.text))


def ends_sentence(word: Word) -> bool:
    """Whether a word carries the mark that ends a sentence."""
    if word.traits is not None:
        return word.traits.ends
    return word.text.rstrip("\"'”’)").endswith(_TERMINAL)


def is_question(word: Word) -> bool:
    """Whether a word carries a question mark."""
    if word.traits is not None:
        return word.traits.question
    return "?" in word.text or "？" in word.text

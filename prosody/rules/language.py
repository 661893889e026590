"""What a language needs for listening: its rule file, its tokens, its content words.

Conventions
-----------
A rule file is ``prosody/rules/<code>.toml`` or a person's own (`prosody.rules`); its head explains
how to write a phrase. Tokens are lower case without punctuation; fillers, cut-off stutters and
notes in brackets are left out. Text without words gives no tokens.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from diarize.brackets import without_brackets
from diarize.errors import Refused
from diarize.formats.languages import UNKNOWN
from prosody.rules import SHIPPED, in_force, own_folder, read
from prosody.rules.phrases import GRADES, NO_PHRASES, Phrases, any_form, read_phrases, sections

__all__ = [
    "Rules",
    "Token",
    "content",
    "lemma",
    "load",
    "speaks",
    "tokens",
]

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*(?:-[^\W_]+(?:['’][^\W_]+)*)*|%")


@dataclass(frozen=True, slots=True)
class Token:
    """One spoken word and where it stands in the text it came from."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """One language's rule file.

    Parameters
    ----------
    measured : bool
        Whether it is known how often its findings are right; where not, every report says so first.
    phrases : mapping
        ``phrases[section][grade]`` is a tuple of `Phrase`.
    words : mapping
        Named lists: openers, minimal, backchannel, feeling, stop, ...
    irregular, endings : mapping, tuple
        Forms that go with another ("felt", "feel"), and endings with what stands instead.
    style : mapping
        The nine groups of function words for language style matching.
    points : mapping
        ``points[kind][mark]``: what a statement's marks add up to, and ``least``.
    main : mapping
        ``main[kind][sign]``: what makes a behaviour the main one of its turn.
    depth : mapping
        What the marks of a reflection add up to, and from where it looks complex or simple.
    sure : mapping
        ``sure[kind]``: confidence as (at no points, per point).
    feeling : pattern
        Matches one feeling word.
    respell : mapping
        Spellings that stand for another ("dont" for "don't").
    by_word, always : mapping, frozenset
        Sections and grades of which a word may let a phrase match, and those that need no word.
    """

    language: str
    version: int
    sha256: str
    measured: bool
    phrases: Mapping[str, Mapping[str, Phrases]]
    words: Mapping[str, frozenset[str]]
    style: Mapping[str, frozenset[str]]
    points: Mapping[str, Mapping[str, float]]
    main: Mapping[str, Mapping[str, float]]
    depth: Mapping[str, float]
    sure: Mapping[str, tuple[float, float]]
    feeling: re.Pattern[str]
    respell: Mapping[str, str]
    irregular: Mapping[str, str]
    endings: tuple[tuple[str, str], ...]
    by_word: Mapping[str, frozenset[tuple[str, str]]]
    always: frozenset[tuple[str, str]]

    @property
    def told(self) -> dict[str, Any]:
        """What identifies the file, and every number of it that a finding may rest on."""
        return {
            "language": self.language,
            "version": self.version,
            "sha256": self.sha256,
            "points": {kind: dict(marks) for kind, marks in self.points.items()},
            "main": {kind: dict(signs) for kind, signs in self.main.items()},
            "reflection_depth": dict(self.depth),
            "sure": {kind: list(line) for kind, line in self.sure.items()},
            **({} if self.measured else {"measured": False}),
        }

    def possible(self, said: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Give the sections and grades of which a phrase may match such words."""
        return self.always.union(*(self.by_word[word] for word in said if word in self.by_word))

    def phrase(self, section: str, grade: str) -> Phrases:
        """Give the phrases of a section; none where the file has no such section."""
        return self.phrases.get(section, {}).get(grade, NO_PHRASES)


def load(language: str = "en", *, path: Path | None = None, folder: Path | None = None) -> Rules:
    """Read a language's rule file ("en", "en-GB"), or a person's own at `path`.

    A file of the same name in a person's own folder of rules wins over the one that ships.

    Parameters
    ----------
    folder : Path, optional
        A person's own rule files; without it that of `prosody.rules.own_folder`.

    Raises
    ------
    Refused
        If there is no rule file for the language, or the file cannot be understood.
    """
    code = re.fullmatch(r"([a-z]{2,3})([-_]\w+)*", language.lower())
    file = path or (in_force(f"{code.group(1)}.toml", folder) if code else None)
    if file is None:
        known = sorted(_languages(folder or own_folder()) | _languages(SHIPPED))
        if language == UNKNOWN:
            raise Refused("rule.language_unknown", known=tuple(known))
        raise Refused("rule.no_language", language=language, known=tuple(known))
    return read(file, _parse)


def _languages(folder: Path) -> set[str]:
    """Languages with a rule file in a folder; other rule files stand in the same one."""
    return {f.stem for f in folder.glob("*.toml") if len(f.stem) <= 3}


@lru_cache(maxsize=8)
def _parse(raw: bytes) -> Rules:
    data = tomllib.loads(raw.decode())
    classes = {name: text.split() for name, text in data["classes"].items()}
    named = sections(data)
    words = {
        name: frozenset(word.replace("_", " ") for word in text.split())
        for name, text in data["words"].items()
    }
    phrases = {
        name: MappingProxyType(
            {
                grade: read_phrases(data[name].get(grade, ()), classes, words["stop"])
                for grade in GRADES
            }
        )
        for name in named
    }
    points = data["points"]
    return Rules(
        language=data["language"],
        version=int(data["version"]),
        sha256=hashlib.sha256(raw).hexdigest(),
        measured=bool(data.get("measured", True)),
        phrases=MappingProxyType(phrases),
        words=MappingProxyType(words),
        style=MappingProxyType({n: frozenset(t.split()) for n, t in data["style"].items()}),
        points=MappingProxyType(
            {
                k: MappingProxyType({m: v for m, v in t.items() if m != "sure"})
                for k, t in points.items()
            }
        ),
        depth=MappingProxyType(data["reflection_depth"]),
        main=MappingProxyType({k: MappingProxyType(t) for k, t in data["main"].items()}),
        sure=MappingProxyType(
            {k: (float(t["sure"][0]), float(t["sure"][1])) for k, t in points.items()}
        ),
        respell=MappingProxyType(dict(_pairs(data["respell"]["respell"]))),
        irregular=MappingProxyType(dict(_pairs(data["lemma"]["irregular"]))),
        endings=_pairs(data["lemma"]["endings"]),
        by_word=_by_word(phrases),
        always=frozenset(
            (n, g) for n, row in phrases.items() for g, own in row.items() if own.always
        ),
        feeling=re.compile("(?:" + "|".join(map(any_form, data["words"]["feeling"].split())) + ")"),
    )


def _by_word(
    phrases: Mapping[str, Mapping[str, Phrases]],
) -> Mapping[str, frozenset[tuple[str, str]]]:
    """Give for each word the sections and grades with a phrase that needs it."""
    found: dict[str, set[tuple[str, str]]] = {}
    for section, graded in phrases.items():
        for grade, own in graded.items():
            for word in own.by_word:
                found.setdefault(word, set()).add((section, grade))
    return MappingProxyType({word: frozenset(keys) for word, keys in found.items()})


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read "one=other" pairs; a pair without "=" is a mistake in the file."""
    pairs = tuple(tuple(pair.split("=", 1)) for pair in text.split())
    if wrong := next((p for p in pairs if len(p) != 2), None):
        raise Refused("rule.no_equals", pair=wrong[0])
    return tuple((one, other) for one, other in pairs)


def tokens(text: str, rules: Rules) -> tuple[Token, ...]:
    """Words of a text, in order.

    Fillers and stutters ("I-I", "wh- what") count once, and a passing "you know" not at all. A
    hyphenated word the rules know ("mm-hmm") stays whole, any other is taken apart.
    """
    plain = without_brackets(text, lambda note: " " * len(note)).replace("’", "'")
    known = rules.words["minimal"] | rules.words["openers"]
    found: list[Token] = []
    for match in _TOKEN.finditer(plain.lower()):
        word = rules.respell.get(match.group(), match.group())
        parts = [word] if word in known else word.split("-")
        at = match.start()
        for part in parts:
            if part and part not in rules.words["fillers"]:
                token = Token(part, at, min(at + len(part), match.end()))
                _add(found, token, rules.words["said_twice"])
            at += len(part) + 1
    return _without_passing(found, rules)


def _add(found: list[Token], token: Token, twice: frozenset[str]) -> None:
    """Append, unless it repeats the word just said (a stutter keeps its last form)."""
    if found and found[-1].text == token.text and token.text not in twice:
        found.pop()
    found.append(token)


def _without_passing(found: list[Token], rules: Rules) -> tuple[Token, ...]:
    """Take out two-word fillers ("you know"), except where a question or clause hangs on them."""
    kept: list[Token] = []
    i = 0
    while i < len(found):
        pair = " ".join(t.text for t in found[i : i + 2])
        before = kept[-1].text if kept else ""
        after = found[i + 2].text if i + 2 < len(found) else ""
        hangs = before in rules.words["holds_before"] or after in rules.words["holds_after"]
        if pair in rules.words["passing"] and not hangs:
            i += 2
        else:
            kept.append(found[i])
            i += 1
    return tuple(kept)


def lemma(word: str, rules: Rules) -> str:
    """Give a rough dictionary form: irregular forms by list, common endings off.

    Examples
    --------
    >>> [lemma(word, load("en")) for word in ("drinking", "drank", "stopped", "worries")]
    ['drink', 'drink', 'stop', 'worry']
    """
    word = rules.irregular.get(word, word.removesuffix("'s"))
    for ending, instead in rules.endings:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and not (ending == "s" and word.endswith("ss")):
            word = stem + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousl":
        word = word[:-1]
    return word


def content(words: Iterable[str], rules: Rules) -> tuple[str, ...]:
    """Content words as lemmas: what is left without function words and one-letter words."""
    stop = rules.words["stop"]
    return tuple(lemma(w, rules) for w in words if w not in stop and (len(w) > 1 or w.isdigit()))


def speaks(
    words: Iterable[str], rules: Rules, *, least_words: int, least_share: float
) -> bool | None:
    """Whether words look like the rules' language; None where there are fewer than `least_words`.

    They do where function words are at least `least_share` of them.
    """
    said = tuple(words)
    if len(said) < least_words:
        return None
    return sum(w in rules.words["stop"] for w in said) / len(said) >= least_share

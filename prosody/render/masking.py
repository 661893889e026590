"""Words that may name somebody, and a report in which they are covered.

Conventions
-----------
Nobody can know every name, so what may be one is covered, and rather too much than too little: a
word that is written with a capital within a sentence and is not known to name nobody; one that
begins a sentence and is neither a common word nor seen elsewhere without its capital, or is said
to do what persons do ("Hope rang me"); in a language with a list of titles, a word with a capital
after one ("Frau Ruhe"); whatever holds a digit or an ``@``; a date, age, number or address told in
words (`prosody.render.spelled`); and what a person adds.
What is covered in one place is covered in all. A common word with a capital that goes on a name
("Mary Grey", "Rose and Crown") is covered there alone, where nouns have no capitals anyway; one
that begins it ("Little Hadham") stays. Where a transcript has no capitals nothing can be told, and
every word but function words is covered. A person looks at what is covered, and uncovers what is no
name. How often that finds names: docs/benchmarks/masking.md.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from diarize.conversation import Conversation, Utterance
from diarize.errors import Refused
from diarize.messages import Message, Note
from prosody.render import spelled
from prosody.render.spelled import EDGES, Spelled
from prosody.report.model import Report
from prosody.rules import SHIPPED, language
from prosody.settings import Sharing

__all__ = ["COVER", "Cover", "covered", "covering", "covering_turns"]

COVER = "▇▇▇"
_WORD = re.compile(r"\S+")
_ENDS = re.compile(r"[.?!…:][\"'”’)\]]*$")
_OF = re.compile(r"['’]s?$")
_DOING = re.compile(r"(?<!th)ing\W*$")
_CODE = re.compile(r"[a-z][a-z0-9_.]*")
_SAID = ("words", "taken", "text")  # fields that hold words of a session
_LISTS = ("common", "both", "acts", "doing", "titles", "owners", *spelled.LISTS)
_BETWEEN = ("at", "of", "and", "on", "the")  # within a name of several words
_FIRST_PERSON = {"i", "i'm", "i've", "i'll", "i'd", "i’m", "i’ve", "i’ll", "i’d", "ok"}


@dataclass(frozen=True, slots=True)
class Cover:
    """What is covered: words in lower case, and how often each is said."""

    words: Mapping[str, int]
    cased: bool
    known: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    told: Spelled | None = None
    goes_on: bool = False  # whether a common word with a capital may go on a name

    def hides(self, token: str) -> bool:
        """Whether a word is covered."""
        bare = _bare(token)
        if not bare or bare in self.shown:
            return False
        if not self.cased and bare not in self.known:
            return True
        return bare in self.words or any(c.isdigit() or c == "@" for c in token)

    def said(self, words: Sequence[str]) -> tuple[str, ...]:
        """Cover words that are said one after another, each with the same sign."""
        tokens = [token for word in words for token in _WORD.findall(word)]
        also = self.told.places(tokens) if self.told else frozenset()
        if self.goes_on and self.cased:
            also |= self._going_on(tokens)
        places = iter(range(len(tokens)))
        return tuple(
            _WORD.sub(lambda found: self._one(found[0], next(places) in also), word)
            for word in words
        )

    def text(self, text: str) -> str:
        """Cover the words of a text."""
        return self.said((text,))[0]

    def _going_on(self, tokens: Sequence[str]) -> frozenset[int]:
        """Give the places of common words with a capital that go on a name, and what joins them."""
        found: set[int] = set()
        for at, token in enumerate(tokens):
            capital = token.lstrip(EDGES)[:1].isupper() and _bare(token) not in _FIRST_PERSON
            if capital and not self.hides(token):
                joins = 0
                while joins < 2 and at > joins and tokens[at - 1 - joins] in _BETWEEN:
                    joins += 1
                name = at - 1 - joins
                if name >= 0 and self._names(tokens[name], name in found):
                    found |= set(range(name + 1, at + 1))
        return frozenset(found)

    def _names(self, token: str, is_named: bool) -> bool:
        """Whether a word is one of a name that may go on after it."""
        capital = token.lstrip(EDGES)[:1].isupper() and token[-1:].isalnum()
        return capital and (is_named or self.hides(token))

    def _one(self, token: str, is_told: bool) -> str:
        if not self.hides(token) and (not is_told or _bare(token) in self.shown):
            # words joined by a hyphen or a slash may hide one
            parts = re.split(r"([-/–—])", token)
            return "".join(COVER if len(parts) > 1 and self.hides(p) else p for p in parts)
        end = re.search(r"(?<![.,;:!?…])[.,;:!?…]++$", token)
        return COVER + (end[0] if end else "")


def covering(report: Report, *, also: Iterable[str] = (), shown: Iterable[str] = ()) -> Cover:
    """Find what to cover in a session.

    Parameters
    ----------
    report : Report
        The session, with its words.
    also, shown : iterable of str
        As of `covering_turns`.
    """
    spoken = report.conversation.language or "en"
    return covering_turns(report.turns, spoken, also=also, shown=shown)


def covering_turns(
    turns: Sequence[Utterance],
    spoken: str,
    *,
    also: Iterable[str] = (),
    shown: Iterable[str] = (),
    rules: Sharing = Sharing(),
) -> Cover:
    """Find what to cover in turns.

    Parameters
    ----------
    turns : sequence of Utterance
        With their words.
    spoken : str
        The language's code.
    also, shown : iterable of str
        Words that a person covers too, and words that are no names. A word in both is covered.
    rules : Sharing
        Thresholds.
    """
    more = {_bare(word) for text in also for word in text.split()} - {""}
    free = {_bare(word) for word in shown} - more
    known = _known(spoken)
    tokens = [t for turn in turns for t in turn.text.split()]
    begins = [turn.text.lstrip(EDGES)[:1] for turn in turns if turn.text]
    uncased = sum(not c.isupper() for c in begins) > rules.uncased_share * max(1, len(begins))
    plain = {_bare(t) for t in tokens if t.lstrip(EDGES)[:1].islower()}
    listed = _listed(spoken)
    sure = (listed["common"] - listed["both"]) | _FIRST_PERSON
    hidden = {
        word
        for turn in turns
        for word in _named(turn, known | plain | listed["common"], sure)
        | _acting(turn, listed)
        | _titled(turn, listed)
    }
    words = Counter(w for t in tokens if (w := _bare(t)) in (hidden | more) - free)
    every = {**words, **dict.fromkeys(more - set(words), 0)}
    told = Spelled(listed, rules)
    return Cover(every, not uncased, known, frozenset(free), told, not listed["titles"])


def _known(spoken: str) -> frozenset[str]:
    """Give the words of the language's rule file that are common ones, where it has a file."""
    try:
        rules = language.load(spoken)
    except Refused:
        return frozenset()
    lists = [*rules.style.values(), *rules.words.values()]
    return frozenset(word.lower() for words in lists for word in words)


@cache
def _listed(spoken: str) -> Mapping[str, frozenset[str]]:
    """Give the lists of a language's file of names; each is empty where there is none.

    ``common`` names nobody, ``both`` of it may, and does before ``acts`` or before
    ``doing`` and a word in "ing"; a name follows ``titles``
    without ``owners``.
    """
    file = SHIPPED / f"{spoken}.names.toml"
    held = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    return {name: frozenset(held.get(name, "").split()) for name in _LISTS}


def _titled(turn: Utterance, listed: Mapping[str, frozenset[str]]) -> set[str]:
    """Give what stands with a capital after a title: "Frau Ruhe", but not "meine Frau Ruhe"."""
    owner, title, found = "", "", set()
    for token in turn.text.split():
        bare = _bare(token)
        capital = token.lstrip(EDGES)[:1].isupper() and bare not in listed["titles"]
        if capital and title in listed["titles"] and owner not in listed["owners"]:
            found.add(bare)
        owner, title = title, bare if token[-1:].isalnum() else token.lower()
    return found


def _acting(turn: Utterance, listed: Mapping[str, frozenset[str]]) -> set[str]:
    """Give words that may be names and do what persons do: in "Hope rang me" (not "is all")."""
    tokens = [*turn.text.split(), "", ""]
    return {
        name
        for token, does, what in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if token.lstrip(EDGES)[:1].isupper() and token[-1:].isalnum()
        if (name := _bare(token)) in listed["both"]
        if _bare(does) in listed["acts"] or (_bare(does) in listed["doing"] and _DOING.search(what))
    }


def _named(turn: Utterance, plain: Collection[str], sure: frozenset[str]) -> set[str]:
    """Give the words of a turn that may be names.

    Parameters
    ----------
    turn : Utterance
    plain, sure : collection of str
        What is no name at the beginning of a sentence, and what is none anywhere.
    """
    found, begins = set(), True
    for token in turn.text.split():
        bare = _bare(token)
        capital = token.lstrip(EDGES)[:1].isupper()
        parts = {part for each in re.split(r"[-/–—]", bare) if (part := _bare(each))}
        if bare and capital and not parts <= sure and not (begins and bare in plain):
            found.add(bare)
        found |= {
            _bare(part)
            for part in re.split(r"[-/–—]", token)[1:]
            if part[:1].isupper() and _bare(part) not in sure
        }
        begins = bool(_ENDS.search(token)) if bare else begins
    return found - {""}


def _bare(token: str) -> str:
    return _OF.sub("", token.strip(EDGES)).lower()


def covered(report: Report, cover: Cover) -> Report:
    """Give a report in which names are covered, voices are letters, and no recording is named."""
    letters = {v.voice: chr(ord("A") + at) for at, v in enumerate(report.voices)}
    talk = report.conversation
    turns = tuple(_turn(turn, cover, letters) for turn in talk.utterances)
    casting = tuple(
        replace(v, voice=letters[v.voice], evidence=_message(v.evidence, cover))
        for v in talk.casting
    )
    hidden: Conversation = replace(talk, utterances=turns, casting=casting)
    events = tuple(e.suggesting(evidence=_message(e.evidence, cover)) for e in report.events)
    notes = tuple(replace(n, fields=_fields(n.fields, cover)) for n in report.notes)
    return replace(
        report,
        conversation=hidden,
        recording=replace(report.recording, sha256=""),
        events=events,
        notes=notes,
        intake=(),
        overlaps=tuple(replace(o, evidence=_message(o.evidence, cover)) for o in report.overlaps),
    )


def _turn(turn: Utterance, cover: Cover, letters: Mapping[str, str]) -> Utterance:
    voice = letters.get(turn.voice, "?")
    said = cover.said([w.text for w in turn.words])
    words = tuple(
        replace(w, text=text, voice=voice if w.voice else w.voice)
        for w, text in zip(turn.words, said, strict=True)
    )
    return replace(turn, words=words, voice=voice)


def _message(said: Message, cover: Cover) -> Message:
    return replace(said, fields=_fields(said.fields, cover))


def _fields(fields: Mapping[str, Any], cover: Cover) -> dict[str, Any]:
    return {name: _field(name, value, cover) for name, value in fields.items()}


def _field(name: str, value: Any, cover: Cover) -> Any:
    """Cover a field; a name of this program (a kind, a check) is no text of a session."""
    if isinstance(value, str):
        own = name not in _SAID and _CODE.fullmatch(value)
        return value if own else cover.text(value)
    if isinstance(value, Message | Note):
        return replace(value, fields=_fields(value.fields, cover))
    if isinstance(value, Sequence):
        return tuple(_field(name, one, cover) for one in value)
    return value

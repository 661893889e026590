"""One sentence of a turn: cut, matched against phrases, and read for what it does.

Conventions
-----------
A sentence ends at its mark. Where a transcript has no marks, a long stretch is cut where it
likely starts anew. Openers ("okay, so") are taken off the front and kept aside. What stands out
in a sentence are its marks (docs/listening.md has the list); the rule file says what each is
worth for the three families of statements. A sentence that plainly asks is no statement. A turn
without words has no sentences.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prosody.listening.marks import CLOSED, MARKS, OPEN, STEM
from prosody.rules.language import Rules, Token, content, lemma
from prosody.rules.phrases import NO_PHRASES, Phrases
from prosody.settings import Reading

__all__ = [
    "Asked",
    "Before",
    "Said",
    "Sentence",
    "SentenceRead",
    "fires",
    "has_marks",
    "read_sentence",
    "recent",
    "sentences",
]


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: who said it, its text, and the words of it."""

    role: str
    text: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Words for phrases, also as one text, each led by one space; and what phrases may match."""

    tokens: tuple[Token, ...]
    words: frozenset[str]
    text: str
    possible: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its words after the openers, and whether it ended in a question mark."""

    text: str  # of the whole turn
    tokens: tuple[Token, ...]
    asked: bool
    opened: tuple[Token, ...]  # openers taken off
    lines: tuple[Line, ...]  # what phrases are matched against: without its openers, then with

    @property
    def whole(self) -> str:
        """The sentence as written, without its openers."""
        return self.text[self.tokens[0].start : self.tokens[-1].end] if self.tokens else ""

    @property
    def spoken(self) -> tuple[str, ...]:
        """Its words, openers too, and "?" last where it is marked so: what weights are of."""
        words = tuple(t.text for t in (*self.opened, *self.tokens))
        return (*words, "?") if self.asked else words


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, with the words that ask it."""

    open: bool
    confidence: float
    words: str
    last: bool = False  # of several that do not all ask in the same way


@dataclass(frozen=True, slots=True)
class Before:
    """What a therapist turn follows: the client's words, and the therapist's own last turn."""

    said: frozenset[str]
    opening: bool  # the client has said little so far
    last_words: int  # in the client's last turn
    answering: bool  # the client had just asked
    kind: str  # main behaviour of the therapist's last turn,
    told: bool  # whether it informs or advises,
    asked_open: bool | None  # and, of a question, whether it left the answer open
    marked: bool  # the transcript has sentence marks
    cased: bool  # and begins its turns with a capital


@dataclass(frozen=True, slots=True)
class SentenceRead:
    """What one therapist sentence shows: its marks, points per family, the words behind them."""

    sentence: Sentence
    question: Asked | None
    asks: bool  # by its grammar, not by its mark alone
    marks: frozenset[str]
    points: Mapping[str, float]
    evidence: Mapping[str, str]

    @property
    def words(self) -> int:
        """How many words the sentence has after its openers."""
        return len(self.sentence.tokens)

    @property
    def family(self) -> str:
        """The family it has most points for; nothing where it has none."""
        best = max(self.points, key=lambda kind: self.points[kind])
        return best if self.points[best] > 0 else ""


_MARK = re.compile(r"(?<![.?!;])[.?!;]++[\"')\]]*+(?=\s|$)|--+|—|…")


def sentences(
    said: Said, rules: Rules, limits: Reading, *, marked: bool = True
) -> Iterator[Sentence]:
    """Cut a turn at its marks; a transcript without marks is cut where openers restart."""
    words, text = said.tokens, said.text
    done = 0
    for mark in [*_MARK.finditer(text), None]:
        last = done
        while last < len(words) and (mark is None or words[last].start < mark.start()):
            last += 1
        if last > done:
            asked = mark is not None and "?" in mark.group()
            cuts = [done, last] if marked else _restarts(words, done, last, rules, limits)
            for start, end in pairwise(cuts):
                yield _opened(text, words[start:end], asked and end == last, rules)
        done = last


def _restarts(
    words: tuple[Token, ...], first: int, last: int, rules: Rules, limits: Reading
) -> list[int]:
    """Where a long stretch without marks likely starts anew: an opener, then a new subject."""
    cuts = [first]
    for i in range(first + limits.restart_words, last - limits.restart_words_left):
        new = words[i].text in rules.words["restarts"]
        far = i - cuts[-1] >= limits.restart_words
        if new and far and words[i + 1].text in rules.words["starters"]:
            cuts.append(i)
    return [*(cuts if last - first > limits.unmarked_words else cuts[:1]), last]


def _opened(text: str, words: tuple[Token, ...], asked: bool, rules: Rules) -> Sentence:
    """Take the openers off."""
    openers, at = rules.words["openers"], 0
    while at < len(words):
        if at + 1 < len(words) and f"{words[at].text} {words[at + 1].text}" in openers:
            at += 2
        elif words[at].text in openers:
            at += 1
        else:
            break
    lines = tuple(_line(said, rules) for said in ((words[at:], words) if at else (words,)))
    return Sentence(text, words[at:], asked, words[:at], lines)


def _line(tokens: tuple[Token, ...], rules: Rules) -> Line:
    said = [t.text for t in tokens]
    words = frozenset(said)
    return Line(tokens, words, "".join(f" {word}" for word in said), rules.possible(words))


def fires(sentence: Sentence, kind: str, grade: str, rules: Rules, *, but: str = "") -> str | None:
    """Give the words of the longest phrase that fires, as they were written, or None.

    Where none fires after the openers, one may begin among them ("no wonder", "well done"). Of
    the phrases, one does not fire that begins inside a phrase of the grade `but`.
    """
    for line in sentence.lines:
        if (kind, grade) in line.possible:  # it seldom is
            bars = rules.phrase(kind, but) if but else NO_PHRASES
            if words := _longest(rules.phrase(kind, grade), bars, line, sentence.text):
                return words
    return None


def _longest(phrases: Phrases, bars: Phrases, line: Line, text: str) -> str | None:
    barred = [m.span() for m in _matches(bars, line)]
    free = (m for m in _matches(phrases, line) if not any(a <= m.start() < b for a, b in barred))
    where = max(free, key=lambda match: len(match.group()), default=None)
    if where is None:
        return None
    first = line.text.count(" ", 0, where.start() + 1) - 1
    last = first + where.group().count(" ") - 1
    return text[line.tokens[first].start : line.tokens[last].end]


def _matches(phrases: Phrases, line: Line) -> Iterator[re.Match[str]]:
    for phrase in phrases.possible(line.words):
        yield from phrase.pattern.finditer(line.text)


def has_marks(turns: Sequence[Said], limits: Reading) -> bool:
    """Whether a transcript carries sentence marks at all, often enough to go by."""
    words = sum(turn.text.count(" ") + 1 for turn in turns)
    marks = sum(len(_MARK.findall(turn.text)) for turn in turns)
    return marks * limits.words_per_mark >= words


def read_sentence(
    s: Sentence, before: Before, rules: Rules, limits: Reading, *, final: bool = True
) -> SentenceRead:
    """Mark one sentence and add up its points; `final` says that the turn ends with it."""
    marks, evidence = _marks(s, before, rules, limits)
    question = _question(s, rules, limits, stem=STEM in marks, marked=before.marked)
    plain = question is not None and question.confidence >= limits.plain_confidence
    if not plain and not final:
        question = None  # who goes on speaking does not wait for an answer
    points = dict.fromkeys(rules.points, 0.0)
    if plain:
        gives_back = STEM in marks and "about_therapist" not in marks
        for kind, worth in rules.points.items():
            points[kind] = limits.echo_points * (gives_back and worth.get(STEM, 0.0) > 0)
    elif "statement" in marks:
        counted = marks - _OUTWEIGHED if STEM in marks else marks
        for kind, worth in rules.points.items():
            points[kind] = sum(worth.get(m, 0.0) for m in counted)
    return SentenceRead(s, question, plain, marks, points, evidence)


# A strong phrase of giving back stands above what else is in the sentence.
_OUTWEIGHED = frozenset(
    (
        *("about_therapist", "names_therapist", "answering", "telling", "told"),
        *(mark.name for mark in MARKS if mark.outweighed),
    )
)


def _marks(
    s: Sentence, before: Before, rules: Rules, limits: Reading
) -> tuple[frozenset[str], dict[str, str]]:
    """Say what stands out in a sentence, and with which words."""
    yours = _first(s) in rules.words["yours"]
    fired = {
        mark: words
        for mark in MARKS
        if (words := fires(s, mark.section, mark.grade, rules))
        # "you're trying to cut back" tells, "you could" urges
        and not (mark.urges and yours and not _urges_you(words, rules))
    }
    own = content((t.text for t in s.tokens), rules)
    anything = bool(own) or yours or any(mark.says for mark in fired)
    marks = {
        **_of_words(s, rules, limits),
        **_of_before(before, limits),
        "statement": len(s.tokens) >= limits.statement_words and anything,
        STEM: any(mark.stem for mark in fired),
        "uptake": _share_of(own, before.said) >= limits.uptake_share,
        "uptake_most": _share_of(own, before.said) >= limits.uptake_most_share,
        "new_feeling": any(
            rules.feeling.fullmatch(t.text) and lemma(t.text, rules) not in before.said
            for t in s.tokens
        ),
    }
    evidence = {mark.name: words for mark, words in fired.items()}
    return frozenset(m for m, on in marks.items() if on) | set(evidence), evidence


def _of_before(before: Before, limits: Reading) -> dict[str, bool]:
    """Mark what the turn of the sentence follows."""
    return {
        "after_talk": before.last_words >= limits.talk_words,
        "after_long_talk": before.last_words >= limits.long_talk_words,
        "opening": before.opening,
        "answering": before.answering,
        "told": before.told,
        "telling": before.told and before.last_words <= limits.nod_words,
    }


def _share_of(own: Sequence[str], said: frozenset[str]) -> float:
    """Share of content words that the client had just used; 0 where there are none."""
    return sum(w in said for w in own) / len(own) if own else 0.0


def _first(s: Sentence) -> str:
    return s.tokens[0].text if s.tokens else ""


def _urges_you(words: str, rules: Rules) -> bool:
    return words.lower().replace("’", "'").split(" ")[0] in rules.words["yours"]


def _of_words(s: Sentence, rules: Rules, limits: Reading) -> dict[str, bool]:
    """Mark who and what the sentence is about, by its words alone."""
    said = {t.text for t in s.tokens}
    concluding = not rules.words["concludes"].isdisjoint(t.text for t in s.opened)
    return {
        "about_client": _first(s) in rules.words["yours"],
        "about_therapist": _first(s) in rules.words["ours"],
        "names_client": not said.isdisjoint(rules.words["yours"]),
        "names_therapist": not said.isdisjoint(rules.words["ours"]),
        "people": not said.isdisjoint(rules.words["people"]),
        "number": any(w[0].isdigit() for w in said) or not said.isdisjoint(rules.words["numbers"]),
        "short": len(s.tokens) <= limits.short_words,
        "long": len(s.tokens) > limits.long_words,
        "asked": s.asked,
        "concluding": concluding,
        "long_rise": s.asked and (concluding or len(s.tokens) >= limits.long_rise_words),
    }


def _question(
    s: Sentence, rules: Rules, limits: Reading, *, stem: bool, marked: bool
) -> Asked | None:
    """Ask whether a sentence is a question: by its grammar, its mark, or both.

    Where a transcript has marks, word order alone asks only at the start of a sentence; an
    invitation ("tell me") asks anywhere.
    """
    tag = fires(s, CLOSED, "tag", rules)
    if tag and s.asked and len(s.tokens) - len(tag.split()) >= limits.tagged_words:
        sure = limits.stem_confidence if stem else limits.tag_confidence
        return Asked(open=False, confidence=sure, words=tag)
    quoted = marked and not s.asked and fires(s, OPEN, "against", rules)
    for kind in (CLOSED,) if quoted else (OPEN, CLOSED):
        words = _ordered(s, kind, rules, marked=marked) or fires(s, kind, "invite", rules)
        if words:
            narrow = fires(s, OPEN, "closed_after_all", rules)
            sure = limits.marked_confidence if s.asked else limits.unmarked_confidence
            return Asked(kind == OPEN and not narrow, sure, words)
    for kind in (OPEN, CLOSED) if s.asked and not stem else ():
        if words := fires(s, kind, "fair", rules):
            return Asked(kind == OPEN, limits.unmarked_confidence, words)
    sure = limits.stem_confidence if stem else limits.mark_confidence
    return Asked(open=False, confidence=sure, words=s.whole or "?") if s.asked else None


def _ordered(s: Sentence, kind: str, rules: Rules, *, marked: bool) -> str | None:
    """Give the words whose order asks; what the sentence begins with decides how it asks."""
    words = fires(s, kind, "strong", rules, but="" if marked else "never")
    if not words or s.whole.startswith(words):
        return words
    if marked and not s.asked:
        return None
    if kind == OPEN:  # "do you remember what happened" begins as a closed one
        closed = fires(s, CLOSED, "strong", rules)
        return None if closed and s.whole.startswith(closed) else words
    return words


def recent(heard: Sequence[Said], rules: Rules, limits: Reading) -> frozenset[str]:
    """Content of what the client last said: back to their last turn of some length."""
    said: list[str] = []
    for turn in heard[: -limits.recall_turns - 1 : -1]:
        said += content((t.text for t in turn.tokens), rules)
        if len(turn.tokens) >= limits.recall_words:
            break
    return frozenset(said)

"""What was done, from words alone: listening behaviours turn by turn.

Conventions
-----------
A turn is a pair ``(role, text)``. Only ``therapist`` turns get listening behaviours, only
``client`` turns get rupture markers. Every behaviour is a suggestion with the words that fired
as evidence and a confidence 0 to 1. The first behaviour of a turn is its main one. A turn
without words has none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prosody.language import Rules, Token, content, load, tokens

__all__ = ["Behaviour", "Coded", "code", "uptake"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One suggested behaviour of one turn; `evidence` is the words that fired."""

    kind: str
    confidence: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Coded:
    """One turn with its suggested behaviours, the main one first."""

    index: int
    role: str
    text: str
    behaviours: tuple[Behaviour, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence: tokens after its openers, whether it ended in a question mark."""

    text: str
    tokens: tuple[Token, ...]
    asked: bool
    opened: tuple[str, ...]  # openers taken off

    @property
    def line(self) -> str:
        return "".join(f" {t.text}" for t in self.tokens)


def code(
    turns: Sequence[tuple[str, str]], *, language: str = "en", rules: Rules | None = None
) -> tuple[Coded, ...]:
    """Suggest listening behaviours from words alone.

    Parameters
    ----------
    turns : sequence of (role, text)
        In order; roles therapist, client, other or unknown.
    language : str
        Two-letter code of the rule file.
    rules : Rules, optional
        A rule file already read; wins over `language`.

    Returns
    -------
    tuple of Coded
        One per turn.

    Raises
    ------
    Refused
        If there are no rules for the language.
    """
    rules = rules or load(language)
    out: list[Coded] = []
    heard: list[tuple[str, ...]] = []  # content of client turns so far
    marked = _has_marks(turns)
    for index, (role, text) in enumerate(turns):
        found: tuple[Behaviour, ...] = ()
        if role == "therapist":
            found = _therapist(text, heard, rules, marked=marked)
        elif role == "client":
            found = tuple(_markers(text, rules))
            heard.append(tuple(t.text for t in tokens(text, rules)))
        out.append(Coded(index, role, text, found))
    return tuple(out)


_MARK = re.compile(r"[.!?;]+[\"')\]]*(?=\s|$)|--+|—|…")


def _sentences(text: str, rules: Rules) -> Iterator[_Sentence]:
    """Cut a turn at its marks; without marks it is one sentence, cut at openers that restart."""
    at = 0
    for mark in [*_MARK.finditer(text), None]:
        end = mark.start() if mark else len(text)
        piece = " " * at + text[at:end]
        asked = bool(mark and "?" in mark.group())
        at = mark.end() if mark else end
        words = tokens(piece, rules)
        if words:
            yield from _restarts(text, words, asked, rules)


def _restarts(
    text: str, words: tuple[Token, ...], asked: bool, rules: Rules
) -> Iterator[_Sentence]:
    """Cut a long stretch without marks where an opener and a new subject or verb follow."""
    restarts, starters = rules.words["restarts"], rules.words["starters"]
    cuts = [0]
    for i in range(6, len(words) - 3):
        new = words[i].text in restarts and words[i + 1].text in starters
        if new and i - cuts[-1] >= 6 and len(words) > 18:
            cuts.append(i)
    for start, end in zip(cuts, [*cuts[1:], len(words)], strict=True):
        last = end == len(words)
        yield _opened(text, words[start:end], asked and last, rules)


def _opened(text: str, words: tuple[Token, ...], asked: bool, rules: Rules) -> _Sentence:
    """Take the openers off."""
    openers, at = rules.words["openers"], 0
    while at < len(words):
        if at + 1 < len(words) and f"{words[at].text} {words[at + 1].text}" in openers:
            at += 2
        elif words[at].text in openers:
            at += 1
        else:
            break
    return _Sentence(text, words[at:], asked, tuple(t.text for t in words[:at]))


def _fires(sentence: _Sentence, kind: str, grade: str, rules: Rules) -> str | None:
    """Give the words of the longest phrase that fires, as they were written, or None."""
    best = ""
    line = sentence.line
    for phrase in rules.phrases[kind][grade]:
        match = phrase.pattern.search(line)
        if match and len(match.group()) > len(best):
            best, where = match.group(), match
    if not best:
        return None
    first = line.count(" ", 0, where.start() + 1) - 1
    last = first + best.count(" ") - 1
    return sentence.text[sentence.tokens[first].start : sentence.tokens[last].end]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one therapist sentence shows: points per family and the words behind them."""

    question: Behaviour | None
    returned: float  # points for giving back what the client said
    told: float  # points for information
    urged: float  # points for advice
    words: int
    evidence: dict[str, str]


def _therapist(
    text: str, heard: Sequence[tuple[str, ...]], rules: Rules, *, marked: bool
) -> tuple[Behaviour, ...]:
    """Read one therapist turn: families that compete by points, and the rest by phrase."""
    said = _recent(heard, rules)
    cut = list(_sentences(text, rules))
    read = [_read(s, said, rules, marked=marked) for s in cut]
    found = [r.question for r in read if r.question]
    question = max(found, key=lambda b: b.confidence, default=None)
    returned = max(read, key=lambda r: r.returned, default=None)
    told = sum(r.told for r in read)
    urged = max((r.urged for r in read), default=0.0)
    out: list[Behaviour] = [question] if question else []
    if returned and returned.returned >= 2:
        kind = "summary" if "summary" in returned.evidence else "reflection"
        evidence = returned.evidence.get(kind, text)
        out.append(Behaviour(kind, _sure(returned.returned), evidence))
    if told >= 2:
        best = max(read, key=lambda r: r.told)
        out.append(Behaviour("information", _sure(told), best.evidence["information"]))
    if urged >= 2:
        best = max(read, key=lambda r: r.urged)
        out.append(Behaviour("advice", _sure(urged), best.evidence["advice"]))
    for kind in _BY_PHRASE:
        spotted = [e for s in cut if (e := _fires(s, kind, "strong", rules))]
        if spotted:
            out.append(Behaviour(kind, 0.6, max(spotted, key=len)))
    return tuple(sorted(out, key=lambda b: -b.confidence))


_BY_PHRASE = (
    "validation",
    "affirmation",
    "normalising",
    "check_in",
    "shared_goals",
    "autonomy_support",
    "self_disclosure",
    "confrontation",
    "repair",
)


def _sure(points: float) -> float:
    """Points to a confidence between 0.5 and 0.95."""
    return round(min(0.95, 0.4 + 0.1 * points), 2)


def _read(s: _Sentence, said: frozenset[str], rules: Rules, *, marked: bool) -> _Reading:
    evidence: dict[str, str] = {}
    points = {}
    for kind in ("reflection", "information", "advice"):
        total = 0.0
        for grade, worth in (("strong", 2.0), ("fair", 1.0), ("against", -2.0)):
            words = _fires(s, kind, grade, rules)
            if words:
                total += worth
                if worth > 0:
                    evidence.setdefault(kind, words)
        points[kind] = total
    summary = _fires(s, "summary", "strong", rules)
    if summary:
        evidence["summary"] = summary
        points["reflection"] += 2
    own = content((t.text for t in s.tokens), rules)
    share = sum(w in said for w in own) / len(own) if own else 0.0
    if share >= 0.25:
        points["reflection"] += 1 + (share >= 0.5)
        evidence.setdefault("reflection", " ".join(w for w in own if w in said))
    question = _question(s, rules, marked=marked)
    if question and question.confidence > 0.9 and points["reflection"] < 3:
        points["reflection"] = 0
    return _Reading(
        question,
        points["reflection"],
        points["information"],
        points["advice"],
        len(s.tokens),
        evidence,
    )


def _question(s: _Sentence, rules: Rules, *, marked: bool) -> Behaviour | None:
    """Ask whether a sentence is a question: by its mark, and by its grammar where there is none."""
    whole = s.text[s.tokens[0].start : s.tokens[-1].end] if s.tokens else ""
    grade = 0.05 if s.asked else 0.25 if marked else 0.1
    if _fires(s, "question_open", "against", rules) and not s.asked:
        return None
    for kind in ("question_open", "question_closed"):
        words = _fires(s, kind, "strong", rules)
        if words:
            if kind == "question_open" and _fires(s, kind, "closed_after_all", rules):
                kind = "question_closed"
            return Behaviour(kind, 1 - grade, words)
    if not s.asked:
        return None
    for kind in ("question_open", "question_closed"):
        words = _fires(s, kind, "fair", rules)
        if words:
            return Behaviour(kind, 0.85, words)
    return Behaviour("question_closed", 0.7, whole or "?")


def _recent(heard: Sequence[tuple[str, ...]], rules: Rules) -> frozenset[str]:
    """Content of what the client last said: back to the last turn of five words, at most three."""
    said: list[str] = []
    for turn in heard[:-4:-1]:
        said += content(turn, rules)
        if len(turn) >= 5:
            break
    return frozenset(said)


def _markers(text: str, rules: Rules) -> Iterator[Behaviour]:
    """Words of a client that may mark a strain; candidates only, so never very sure."""
    cut = list(_sentences(text, rules))
    for kind in ("withdrawal_marker", "confrontation_marker"):
        spotted = [e for s in cut if (e := _fires(s, kind, "strong", rules))]
        short = sum(len(s.tokens) for s in cut) <= 8
        if spotted and (kind == "confrontation_marker" or short):
            yield Behaviour(kind, 0.4, max(spotted, key=len))


def uptake(turn: str, before: str, rules: Rules) -> tuple[int, int]:
    """Count content words of a turn that come from the turn before, and all its content words."""
    said = set(content((t.text for t in tokens(before, rules)), rules))
    own = content((t.text for t in tokens(turn, rules)), rules)
    return sum(w in said for w in own), len(own)


def _has_marks(turns: Sequence[tuple[str, str]]) -> bool:
    """Whether a transcript carries sentence marks at all: one per forty words or more."""
    words = sum(text.count(" ") + 1 for _, text in turns)
    return sum(len(_MARK.findall(text)) for _, text in turns) * 40 >= words

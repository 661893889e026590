"""What was done, from words alone: listening behaviours turn by turn.

Conventions
-----------
A turn is a pair ``(role, text)``. Only ``therapist`` turns get listening behaviours, only
``client`` turns get rupture markers. Every behaviour is a suggestion with the words that fired
as evidence and a confidence 0 to 1. The first behaviour of a turn is its main one. A turn
without words has none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from diarize.consent import Refused
from prosody.language import Rules, Token, content, load, speaks, tokens

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
    """One sentence: its words after the openers, and whether it ended in a question mark."""

    text: str  # of the whole turn
    tokens: tuple[Token, ...]
    asked: bool
    opened: tuple[str, ...]  # openers taken off
    line: str  # what phrases are matched against: each word led by one space

    @property
    def whole(self) -> str:
        """The sentence as written, without its openers."""
        return self.text[self.tokens[0].start : self.tokens[-1].end] if self.tokens else ""


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
        If there are no rules for the language, or the words do not look like it.
    """
    rules = rules or load(language)
    if speaks((text for _, text in turns), rules) is False:
        raise Refused(
            f"listening behaviours: the words do not look like language {rules.language!r}; "
            "say which language they are in"
        )
    out: list[Coded] = []
    heard: list[tuple[str, ...]] = []  # content of client turns so far
    marked, asked, kind = _has_marks(turns), False, ""
    cased = 2 * sum(text.lstrip()[:1].isupper() for _, text in turns) > len(turns)
    for index, (role, text) in enumerate(turns):
        found: tuple[Behaviour, ...] = ()
        if role == "therapist":
            last = len(heard[-1]) if heard else 0
            said = _recent(heard, rules)
            before = _Before(said, sum(map(len, heard)), last, asked, kind, marked, cased)
            found = _therapist(text, before, rules)
            kind = found[0].kind if found else kind if _minimal(text, rules) else ""
        elif role == "client":
            found = tuple(_markers(text, rules))
            asked = _asks(text, rules)
            heard.append(tuple(t.text for t in tokens(text, rules)))
        out.append(Coded(index, role, text, found))
    return tuple(out)


_MARK = re.compile(r"[.!?;]+[\"')\]]*(?=\s|$)|--+|—|…")


def _sentences(text: str, rules: Rules, *, marked: bool = True) -> Iterator[_Sentence]:
    """Cut a turn at its marks; a transcript without marks is cut where openers restart."""
    words = tokens(text, rules)
    done = 0
    for mark in [*_MARK.finditer(text), None]:
        last = done
        while last < len(words) and (mark is None or words[last].start < mark.start()):
            last += 1
        if last > done:
            asked = mark is not None and "?" in mark.group()
            cuts = [done, last] if marked else _restarts(words, done, last, rules)
            for start, end in pairwise(cuts):
                yield _opened(text, words[start:end], asked and end == last, rules)
        done = last


def _restarts(words: tuple[Token, ...], first: int, last: int, rules: Rules) -> list[int]:
    """Where a long stretch without marks likely starts anew: an opener, then a new subject."""
    cuts = [first]
    for i in range(first + 6, last - 3):
        new = words[i].text in rules.words["restarts"]
        if new and words[i + 1].text in rules.words["starters"] and i - cuts[-1] >= 6:
            cuts.append(i)
    return [*(cuts if last - first > 18 else cuts[:1]), last]


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
    line = "".join(f" {t.text}" for t in words[at:])
    return _Sentence(text, words[at:], asked, tuple(t.text for t in words[:at]), line)


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
class _Before:
    """What a therapist turn follows: the client's words, and the therapist's own last turn."""

    said: frozenset[str]
    words: int  # the client's so far
    last_words: int  # in the client's last turn
    answering: bool  # the client had just asked
    kind: str  # main behaviour of the therapist's last turn
    marked: bool  # the transcript has sentence marks
    cased: bool  # and begins its turns with a capital


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one therapist sentence shows: its marks, points per family, the words behind them."""

    sentence: _Sentence
    question: Behaviour | None
    marks: frozenset[str]
    points: Mapping[str, float]
    evidence: Mapping[str, str]

    @property
    def words(self) -> int:
        return len(self.sentence.tokens)


_FAMILIES = ("reflection", "information", "advice")
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
_PLAIN = 0.8  # from this confidence on a question asks by its grammar, not by its mark alone


def _therapist(text: str, before: _Before, rules: Rules) -> tuple[Behaviour, ...]:
    """Read one therapist turn: families that compete by points, and the rest by phrase."""
    cut = list(_sentences(text, rules, marked=before.marked))
    read = [_read(s, before, rules) for s in cut]
    carried = before.kind if _carries_on(text, before) else ""
    question = max(
        (r.question for r in read if r.question), key=lambda b: b.confidence, default=None
    )
    if question is None and carried.startswith("question") and cut:
        question = Behaviour(carried, 0.7, text.strip())
    rank: dict[Behaviour, float] = {}
    for kind in _FAMILIES:
        found = _family(kind, read, carried, question, rules)
        if found:
            own = [r for r in read if 0 < r.points[kind] == max(r.points.values())]
            rank[found] = sum(r.words * _prominence(found.kind, r) for r in own)
    if question:
        rank[question] = 0.0 if _secondary(question, read, rank) else 1e6
    for kind in _BY_PHRASE:
        spotted = [e for s in cut if (e := _fires(s, kind, "strong", rules))]
        if spotted:
            rank[Behaviour(kind, 0.5, max(spotted, key=len))] = -1.0
    return _ordered(rank)


def _prominence(kind: str, reading: _Reading) -> float:
    """How much a word of this sentence counts towards the main behaviour of the turn."""
    if kind == "advice":
        return 2.0
    return 1.5 if kind == "information" and "information" in reading.marks else 1.0


def _ordered(rank: Mapping[Behaviour, float]) -> tuple[Behaviour, ...]:
    """Main behaviour first, and none after it given more confidence than it.

    What stands before a surer question did so by `_secondary`, which is right in six of ten.
    """
    order = sorted(rank, key=lambda b: (-rank[b], -b.confidence, b.kind))
    if not order:
        return ()
    passed = any(b.confidence > order[0].confidence for b in order)
    main = replace(order[0], confidence=max(order[0].confidence, 0.6)) if passed else order[0]
    return (main, *(replace(b, confidence=min(b.confidence, main.confidence)) for b in order[1:]))


def _family(
    kind: str, read: Sequence[_Reading], carried: str, question: Behaviour | None, rules: Rules
) -> Behaviour | None:
    """Suggest one family if the turn's best sentence has the points."""
    own = [r for r in read if r.points[kind] > 0]
    if not own:
        return None
    best = max(own, key=lambda r: r.points[kind])
    points, least = best.points[kind], rules.points[kind]["least"]
    if kind == "information":
        points += 0.5 * (sum(r.points[kind] for r in own) - points)
    if kind == "reflection":
        asks = question is not None and question.confidence >= _PLAIN
        tells = any(r.points[k] >= 2 for r in read for k in ("information", "advice"))
        least += asks * rules.points[kind]["beside_question"]
        least += tells * rules.points[kind]["beside_telling"]
    if carried:
        points += 1.0 if carried == kind else -1.0
    if points < least:
        return None
    sums = [r for r in own if "summary" in r.evidence]
    name, best = ("summary", sums[0]) if kind == "reflection" and sums else (kind, best)
    return Behaviour(name, _sure(kind, points, rules), best.evidence.get(name, best.sentence.whole))


def _secondary(
    question: Behaviour, read: Sequence[_Reading], rank: Mapping[Behaviour, float]
) -> bool:
    """Whether a question only rounds off what the turn mainly does.

    So it is when it asks what the client makes of something just told, when it is far shorter
    than what was told, and when it only checks or raises the voice over what was given back.
    """
    kinds = {b.kind for b in rank}
    asking = [r for r in read if r.question]
    told = sum(n for b, n in rank.items() if b.kind in ("information", "advice"))
    asked = sum(r.words for r in asking)
    invites = any("invites_response" in r.marks for r in asking)
    if (invites and told >= 12) or told >= max(45, 3 * asked):
        return True
    if not kinds & {"reflection", "summary"}:
        return False
    slight = all("check_in" in r.marks or question.confidence < _PLAIN for r in asking)
    return slight and any("given_back" in r.marks for r in read)


def _carries_on(text: str, before: _Before) -> bool:
    """Whether a turn goes on where the therapist broke off, over a word or two of the client."""
    start = text.lstrip()[:1]
    broken = start in ("-", "–", "—", "…") or (before.cased and start.islower())
    return before.marked and before.last_words <= 2 and bool(before.kind) and broken


def _sure(kind: str, points: float, rules: Rules) -> float:
    """Points to a confidence, by the line measured on coded transcripts."""
    at_none, each = rules.sure[kind]
    return round(min(0.9, max(0.3, at_none + each * points)), 2)


def _read(s: _Sentence, before: _Before, rules: Rules) -> _Reading:
    """Mark one sentence and add up its points."""
    marks, evidence = _marks(s, before, rules)
    question = _question(s, rules, stem="stem" in marks, marked=before.marked)
    plain = question is not None and question.confidence >= _PLAIN
    points = dict.fromkeys(_FAMILIES, 0.0)
    if plain:
        points["reflection"] = 0.5 * ("stem" in marks and "about_therapist" not in marks)
    elif "statement" in marks:
        counted = marks - _OUTWEIGHED if "stem" in marks else marks
        for kind in _FAMILIES:
            points[kind] = sum(rules.points[kind].get(m, 0.0) for m in counted)
        rising = s.asked and not ("so" in s.opened and len(s.tokens) >= 7)
        if points["reflection"] >= 2 and ("stem" in marks or not rising):
            marks |= {"given_back"}
    return _Reading(s, question, marks, points, evidence)


# A strong phrase of giving back stands above what else is in the sentence.
_OUTWEIGHED = frozenset(
    (
        "about_therapist",
        "answering",
        "telling",
        "information",
        "advice",
        "affirmation",
        "validation",
        "normalising",
        "autonomy_support",
        "shared_goals",
        "repair",
    )
)


def _marks(s: _Sentence, before: _Before, rules: Rules) -> tuple[frozenset[str], dict[str, str]]:
    """Say what stands out in a sentence, and with which words."""
    evidence = {
        mark: words
        for mark, (kind, grade) in _PHRASE_MARKS.items()
        if (words := _fires(s, kind, grade, rules))
    }
    own = content((t.text for t in s.tokens), rules)
    first = s.tokens[0].text if s.tokens else ""
    about_client = first in rules.words["yours"]
    advice = evidence.get("advice", "")
    if about_client and not advice.lower().startswith("you"):
        evidence.pop("advice", None)  # "you're trying to cut back" tells, "you could" urges
    marks = {
        "statement": len(s.tokens) >= 3 and bool(own or about_client or "summary" in evidence),
        "stem": "reflection" in evidence or "summary" in evidence,
        "about_client": about_client,
        "about_therapist": first in rules.words["ours"],
        "uptake": bool(own) and sum(w in before.said for w in own) / len(own) >= 0.25,
        "after_talk": before.last_words >= 8,
        "opening": before.words < 8,
        "answering": before.answering,
        "telling": before.last_words <= 2 and before.kind in ("information", "advice"),
        "long": len(s.tokens) > 20,
        "asked": s.asked,
        "concluding": "so" in s.opened,
    }
    return frozenset(m for m, on in marks.items() if on) | set(evidence) - {"reflection"}, evidence


_PHRASE_MARKS = {
    "reflection": ("reflection", "strong"),
    "against_reflection": ("reflection", "against"),
    "summary": ("summary", "strong"),
    "information": ("information", "strong"),
    "information_fair": ("information", "fair"),
    "against_information": ("information", "against"),
    "advice": ("advice", "strong"),
    "against_advice": ("advice", "against"),
    "affirmation": ("affirmation", "strong"),
    "validation": ("validation", "strong"),
    "normalising": ("normalising", "strong"),
    "autonomy_support": ("autonomy_support", "strong"),
    "shared_goals": ("shared_goals", "strong"),
    "repair": ("repair", "strong"),
    "social": ("social", "strong"),
    "check_in": ("check_in", "strong"),
    "invites_response": ("invites_response", "strong"),
}


def _question(s: _Sentence, rules: Rules, *, stem: bool, marked: bool) -> Behaviour | None:
    """Ask whether a sentence is a question: by its grammar, its mark, or both.

    Where a transcript has marks, word order alone asks only at the start of a sentence; an
    invitation ("tell me") asks anywhere.
    """
    tag = _fires(s, "question_closed", "tag", rules)
    if tag and s.asked and len(s.tokens) > tag.count(" ") + 3:
        return Behaviour("question_closed", 0.6 if stem else 0.75, tag)
    quoted = not s.asked and _fires(s, "question_open", "against", rules)
    for kind in ("question_closed",) if quoted else ("question_open", "question_closed"):
        ordered = _fires(s, kind, "strong", rules)
        if ordered and marked and not s.asked and not s.whole.startswith(ordered):
            ordered = None
        words = ordered or _fires(s, kind, "invite", rules)
        if words:
            narrow = _fires(s, "question_open", "closed_after_all", rules)
            return Behaviour(
                "question_closed" if narrow else kind, 0.97 if s.asked else 0.85, words
            )
    for kind in ("question_open", "question_closed") if s.asked and not stem else ():
        if words := _fires(s, kind, "fair", rules):
            return Behaviour(kind, 0.85, words)
    return Behaviour("question_closed", 0.6 if stem else 0.7, s.whole or "?") if s.asked else None


def _minimal(text: str, rules: Rules) -> bool:
    """Whether a turn is no more than a sign of listening."""
    return all(t.text in rules.words["minimal"] for t in tokens(text, rules))


def _asks(text: str, rules: Rules) -> bool:
    """Whether a client turn ends in a question."""
    cut = [s for s in _sentences(text, rules) if s.tokens]
    return bool(cut and cut[-1].asked and len(cut[-1].tokens) > 1)


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

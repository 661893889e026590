"""What was done, from words alone: listening behaviours turn by turn.

Conventions
-----------
A turn is a pair ``(role, text)``. Only ``therapist`` turns get listening behaviours, only
``client`` turns get rupture markers. Every behaviour is a suggestion with the words that fired
as evidence and a confidence 0 to 1. The first behaviour of a turn is its main one. A turn
without words has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from diarize.errors import Refused
from prosody.listening.reading import FAMILIES, Before, Behaviour, Reading, read_sentence, recent
from prosody.listening.sentences import Sentence, fires, has_marks, sentences
from prosody.rules.language import Rules, content, load, speaks, tokens

__all__ = ["Behaviour", "Coded", "code", "uptake"]


@dataclass(frozen=True, slots=True)
class Coded:
    """One turn with its suggested behaviours, the main one first."""

    index: int
    role: str
    text: str
    behaviours: tuple[Behaviour, ...] = ()


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
    marked, asked, kind = has_marks(turns), False, ""
    cased = 2 * sum(text.lstrip()[:1].isupper() for _, text in turns) > len(turns)
    for index, (role, text) in enumerate(turns):
        found: tuple[Behaviour, ...] = ()
        if role == "therapist":
            last = len(heard[-1]) if heard else 0
            said = recent(heard, rules)
            before = Before(said, sum(map(len, heard)), last, asked, kind, marked, cased)
            found = _therapist(text, before, rules)
            kind = found[0].kind if found else kind if _minimal(text, rules) else ""
        elif role == "client":
            found = tuple(_markers(text, rules))
            asked = _asks(text, rules)
            heard.append(tuple(t.text for t in tokens(text, rules)))
        out.append(Coded(index, role, text, found))
    return tuple(out)


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


def _therapist(text: str, before: Before, rules: Rules) -> tuple[Behaviour, ...]:
    """Read one therapist turn: families that compete by points, and the rest by phrase."""
    cut = list(sentences(text, rules, marked=before.marked))
    read = [read_sentence(s, before, rules, final=_ends(cut, i)) for i, s in enumerate(cut)]
    carried = before.kind if _carries_on(text, before) else ""
    question = max(
        (r.question for r in read if r.question), key=lambda b: b.confidence, default=None
    )
    if question is None and carried.startswith("question") and cut:
        question = Behaviour(carried, 0.7, text.strip())
    rank: dict[Behaviour, float] = {}
    for kind in FAMILIES:
        found = _family(kind, read, carried, question, rules)
        if found:
            rank[found] = _weight(kind, read, rules)
    if question:
        rank[question] = _weight_of_asking(question, read, rules)
    for kind in _BY_PHRASE:
        spotted = [e for s in cut if (e := fires(s, kind, "strong", rules))]
        if spotted:
            rank[Behaviour(kind, 0.5, max(spotted, key=len))] = -9.0
    return _ordered(rank)


def _ends(cut: Sequence[Sentence], at: int) -> bool:
    """Whether no words follow the sentence at this place."""
    return not any(s.tokens for s in cut[at + 1 :])


def _share(read: Sequence[Reading], own: Sequence[Reading]) -> float:
    """Share of a turn's words, 0 to 1."""
    words = sum(r.words for r in read)
    return sum(r.words for r in own) / words if words else 0.0


def _weight(kind: str, read: Sequence[Reading], rules: Rules) -> float:
    """Weigh a family: how far the turn mainly gives back, informs or urges."""
    worth = rules.main[kind]
    own = [r for r in read if r.family == kind]
    points = max((r.points[kind] for r in read), default=0.0)
    return (
        worth["always"]
        + worth["points"] * min(points, 4.0)
        + worth["share"] * _share(read, own)
        + worth["sentences"] * min(6, sum(r.words >= 3 for r in read))
        + worth["words"] * min(60, sum(r.words for r in read)) / 20
    )


def _weight_of_asking(question: Behaviour, read: Sequence[Reading], rules: Rules) -> float:
    """Weigh the question: what the turn is for, or what rounds off something else."""
    worth = rules.main["question"]
    asking = [r for r in read if r.question]
    given = [r for r in asking if not r.asks and "long_rise" in r.marks]
    return (
        worth["certainty"] * question.confidence
        + worth["last"] * bool(asking and asking[-1] is _last(read))
        + worth["share"] * _share(read, [r for r in asking if r not in given])
        + worth["check_in"] * any("check_in" in r.marks for r in asking)
        + worth["invites_response"] * any("invites_response" in r.marks for r in asking)
        + worth["gives_back"] * bool(given)
    )


def _last(read: Sequence[Reading]) -> Reading | None:
    return next((r for r in reversed(read) if r.words), None)


def _ordered(rank: Mapping[Behaviour, float]) -> tuple[Behaviour, ...]:
    """Main behaviour first, and none after it given more confidence than it."""
    order = sorted(rank, key=lambda b: (-rank[b], -b.confidence, b.kind))
    if not order:
        return ()
    passed = any(b.confidence > order[0].confidence for b in order)
    main = replace(order[0], confidence=max(order[0].confidence, 0.6)) if passed else order[0]
    return (main, *(replace(b, confidence=min(b.confidence, main.confidence)) for b in order[1:]))


def _family(
    kind: str, read: Sequence[Reading], carried: str, question: Behaviour | None, rules: Rules
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
        asks = any(r.asks for r in read)
        tells = any(r.points[k] >= 2 for r in read for k in ("information", "advice"))
        least += asks * rules.points[kind]["beside_question"]
        least += tells * rules.points[kind]["beside_telling"]
    if carried:
        points += 1.0 if carried == kind else -1.0
    if points < least:
        return None
    sums = [r for r in own if "summary" in r.evidence]
    name, best = ("summary", sums[0]) if kind == "reflection" and sums else (kind, best)
    evidence = best.evidence.get(name, best.sentence.whole)
    depth = _depth(own, rules) if name == "reflection" else None
    return Behaviour(name, _sure(kind, points, rules), evidence, depth)


def _depth(own: Sequence[Reading], rules: Rules) -> str | None:
    """Say whether a reflection looks simple or complex; None where the signs do not say."""
    marks = frozenset[str]().union(*(r.marks for r in own))
    points = sum(rules.depth.get(m, 0.0) for m in marks)
    if points >= rules.depth["complex_from"]:
        return "complex"
    return "simple" if points <= rules.depth["simple_to"] else None


def _carries_on(text: str, before: Before) -> bool:
    """Whether a turn goes on where the therapist broke off, over a word or two of the client."""
    start = text.lstrip()[:1]
    broken = start in ("-", "–", "—", "…") or (before.cased and start.islower())
    return before.marked and before.last_words <= 2 and bool(before.kind) and broken


def _sure(kind: str, points: float, rules: Rules) -> float:
    """Points to a confidence, by the line measured on coded transcripts."""
    at_none, each = rules.sure[kind]
    return round(min(0.9, max(0.3, at_none + each * points)), 2)


def _minimal(text: str, rules: Rules) -> bool:
    """Whether a turn is no more than a sign of listening."""
    return all(t.text in rules.words["minimal"] for t in tokens(text, rules))


def _asks(text: str, rules: Rules) -> bool:
    """Whether a client turn ends in a question."""
    cut = [s for s in sentences(text, rules) if s.tokens]
    return bool(cut and cut[-1].asked and len(cut[-1].tokens) > 1)


def _markers(text: str, rules: Rules) -> Iterator[Behaviour]:
    """Words of a client that may mark a strain; candidates only, so never very sure."""
    cut = list(sentences(text, rules))
    for kind in ("withdrawal_marker", "confrontation_marker"):
        spotted = [e for s in cut if (e := fires(s, kind, "strong", rules))]
        short = sum(len(s.tokens) for s in cut) <= 8
        if spotted and (kind == "confrontation_marker" or short):
            yield Behaviour(kind, 0.4, max(spotted, key=len))


def uptake(turn: str, before: str, rules: Rules) -> tuple[int, int]:
    """Count content words of a turn that come from the turn before, and all its content words."""
    said = set(content((t.text for t in tokens(before, rules)), rules))
    own = content((t.text for t in tokens(turn, rules)), rules)
    return sum(w in said for w in own), len(own)

"""Detectors that read the words of one turn: asking, giving back, informing, advising, phrases.

Conventions
-----------
A detector takes a turn as read and gives what it spotted, or None. Statements of the therapist
compete by points within the turn (families); questions are found by grammar and mark; everything
else by its phrases alone. Evidence is the words that fired; confidence is 0 to 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from prosody.listening.sentences import (
    Asked,
    Before,
    Said,
    Sentence,
    SentenceRead,
    fires,
    read_sentence,
    sentences,
)
from prosody.rules.kinds import weights_of
from prosody.rules.language import Rules
from prosody.settings import Reading

__all__ = [
    "Reads",
    "Spotted",
    "TurnRead",
    "asks",
    "gives_back",
    "is_minimal",
    "read_turn",
    "shows",
    "strain",
    "tells",
]


@dataclass(frozen=True, slots=True)
class Spotted:
    """What a detector found in a turn; the weightiest of a turn is its main behaviour.

    `settled` says that its words leave no doubt which of its group it is.
    """

    confidence: float
    words: str
    weight: float
    sub_kind: str | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class TurnRead:
    """One turn as its detectors see it.

    `sentences` are all of the turn's, `weighed` what each shows by the weights of its words (kinds
    with their chances; None where the language has no weights). Of a therapist's turn `read` is
    each sentence read, `question` the surest question in it, and `carried` what the turn goes on
    with where it was broken off before.
    """

    said: Said
    rules: Rules
    limits: Reading
    sentences: tuple[Sentence, ...]
    weighed: tuple[Mapping[str, float], ...] | None = None
    read: tuple[SentenceRead, ...] = ()
    question: Asked | None = None
    carried: str = ""

    @property
    def shown(self) -> tuple[Mapping[str, float], ...]:
        """What each sentence shows by the weights of its words; nothing where there are none."""
        return ({},) * len(self.sentences) if self.weighed is None else self.weighed

    def share(self, own: Sequence[SentenceRead]) -> float:
        """Share of the turn's words that lie in these sentences, 0 to 1."""
        words = sum(r.words for r in self.read)
        return sum(r.words for r in own) / words if words else 0.0

    @property
    def ends_in_question(self) -> bool:
        """Whether its last sentence of any words is marked as a question."""
        cut = [s for s in self.sentences if s.tokens]
        return bool(cut and cut[-1].asked and len(cut[-1].tokens) > 1)


Reads = Callable[[TurnRead], Spotted | None]
_BY_PHRASE = -9.0  # whatever else is in a turn comes before what one phrase alone shows


def read_turn(said: Said, before: Before | None, rules: Rules, limits: Reading) -> TurnRead:
    """Read one turn; a turn of the therapist with what it follows, any other without.

    Parameters
    ----------
    before : Before or None
        Of a therapist's turn; None for anybody else's, whose sentences are only cut.
    """
    marked = before is None or before.marked
    cut = tuple(sentences(said, rules, limits, marked=marked))
    weights = weights_of(rules.language)
    weighed = None if weights is None else tuple(weights.chances(s.spoken, rules) for s in cut)
    if before is None:
        return TurnRead(said, rules, limits, cut, weighed)
    read = tuple(
        read_sentence(s, before, rules, limits, final=_ends(cut, i)) for i, s in enumerate(cut)
    )
    carried = before.kind if _carries_on(said.text, before, limits) else ""
    question = _asked(read, limits)
    if question is None and carried and before.asked_open is not None and cut:
        question = Asked(before.asked_open, limits.carried_confidence, said.text.strip())
    return TurnRead(said, rules, limits, cut, weighed, read, question, carried)


def _asked(read: Sequence[SentenceRead], limits: Reading) -> Asked | None:
    """Give the surest question; of several plain ones the last, whose answer is waited for."""
    asked = [r.question for r in read if r.question]
    surest = max(asked, key=lambda q: q.confidence, default=None)
    plain = [q for q in asked if q.confidence >= limits.plain_confidence]
    if surest is None or len({q.open for q in plain}) < 2:
        return surest
    return replace(plain[-1], confidence=surest.confidence, last=True)


def _ends(cut: Sequence[Sentence], at: int) -> bool:
    """Whether no words follow the sentence at this place."""
    return not any(s.tokens for s in cut[at + 1 :])


def _carries_on(text: str, before: Before, limits: Reading) -> bool:
    """Whether a turn goes on where the therapist broke off, over a word or two of the client."""
    start = text.lstrip()[:1]
    broken = start in ("-", "–", "—", "…") or (before.cased and start.islower())
    nodded = before.last_words <= limits.nod_words
    return before.marked and nodded and bool(before.kind) and broken


def is_minimal(said: Said, rules: Rules) -> bool:
    """Whether a turn is no more than a sign of listening."""
    return all(t.text in rules.words["minimal"] for t in said.tokens)


def asks(*, open: bool) -> Reads:
    """Make the detector of questions that leave the answer open, or of those that do not."""

    def detect(turn: TurnRead) -> Spotted | None:
        question = turn.question
        if question is None or question.open is not open:
            return None
        weight = _weight_of_asking(question, turn)
        return Spotted(question.confidence, question.words, weight, settled=question.last)

    return detect


def _weight_of_asking(question: Asked, turn: TurnRead) -> float:
    """Weigh the question: what the turn is for, or what rounds off something else."""
    worth, read = turn.rules.main["question"], turn.read
    asking = [r for r in read if r.question]
    given = [r for r in asking if not r.asks and "long_rise" in r.marks]
    last = next((r for r in reversed(read) if r.words), None)
    signs = {
        "certainty": question.confidence,
        "last": bool(asking and asking[-1] is last),
        "share": turn.share([r for r in asking if r not in given]),
        "gives_back": bool(given),
    }
    # any other sign that the rule file weighs is a mark of a sentence that asks
    shown = {sign: any(sign in r.marks for r in asking) for sign in worth if sign not in signs}
    return sum(weight * (signs | shown)[sign] for sign, weight in worth.items())


@dataclass(frozen=True, slots=True)
class GivesBack:
    """Statements that give back what was said.

    Parameters
    ----------
    family : str
        Whose points they have.
    sums : str
        The mark of those that join several things.
    never : str
        What the weights of a sentence's words say of one that gives nothing back after all.
    """

    family: str
    sums: str
    never: str


def gives_back(which: GivesBack, *, summing: bool = False) -> Reads:
    """Make the detector of statements that give back, or, `summing`, of those that join things."""

    def detect(turn: TurnRead) -> Spotted | None:
        own = _counted(which.family, turn, never=which.never)
        found = _family(which.family, turn, own)
        sums = next((r for r in own if which.sums in r.evidence), None)
        if found is None or (sums is not None) != summing:
            return None
        if sums is not None:
            return Spotted(found.confidence, sums.evidence[which.sums], found.weight)
        return Spotted(found.confidence, found.words, found.weight, _depth(own, turn.rules))

    return detect


def _counted(kind: str, turn: TurnRead, *, never: str = "") -> list[SentenceRead]:
    """Give the sentences with points for a family."""
    return [
        read
        for read, chances in zip(turn.read, turn.shown, strict=True)
        if read.points[kind] > 0 and never not in chances
    ]


def tells(kind: str, *, adds_up: bool = False) -> Reads:
    """Make the detector of a family of statements that tell; with `adds_up` all of them count."""
    return lambda turn: _family(kind, turn, _counted(kind, turn), adds_up=adds_up)


def _family(
    kind: str, turn: TurnRead, own: Sequence[SentenceRead], *, adds_up: bool = False
) -> Spotted | None:
    """Spot one family if the best of its sentences has the points."""
    if not own:
        return None
    best = max(own, key=lambda r: r.points[kind])
    points = best.points[kind]
    if adds_up:
        points += turn.limits.added_share * (sum(r.points[kind] for r in own) - points)
    if turn.carried:
        points += 1.0 if turn.carried == kind else -1.0
    if points < _least(kind, turn):
        return None
    words = best.evidence.get(kind, best.sentence.whole)
    return Spotted(_sure(kind, points, turn), words, _weight(kind, turn))


def _least(kind: str, turn: TurnRead) -> float:
    """Points a family needs: where its rules say so, more if the turn also asks or tells."""
    worth = turn.rules.points[kind]
    others = [k for k in turn.rules.points if k != kind]
    asking = any(r.asks for r in turn.read)
    telling = any(r.points[k] >= 2 for r in turn.read for k in others)
    beside = asking * worth.get("beside_question", 0.0) + telling * worth.get("beside_telling", 0.0)
    return worth["least"] + beside


def _sure(kind: str, points: float, turn: TurnRead) -> float:
    """Points to a confidence, by the line stated in the rule file."""
    at_none, each = turn.rules.sure[kind]
    limits = turn.limits
    sure = max(limits.least_confidence, at_none + each * points)
    return round(min(limits.most_confidence, sure), 2)


def _weight(kind: str, turn: TurnRead) -> float:
    """Weigh a family: how far the turn mainly gives back, informs or urges."""
    worth, limits, read = turn.rules.main[kind], turn.limits, turn.read
    own = [r for r in read if r.family == kind]
    points = max((r.points[kind] for r in read), default=0.0)
    statements = sum(r.words >= limits.statement_words for r in read)
    words = min(limits.main_most_words, sum(r.words for r in read))
    return (
        worth["always"]
        + worth["points"] * min(points, limits.main_most_points)
        + worth["share"] * turn.share(own)
        + worth["sentences"] * min(limits.main_most_sentences, statements)
        + worth["words"] * words / limits.main_unit_words
    )


def _depth(own: Sequence[SentenceRead], rules: Rules) -> str | None:
    """Say whether a reflection looks simple or complex; None where the signs do not say."""
    marks = frozenset[str]().union(*(r.marks for r in own))
    points = sum(rules.depth.get(m, 0.0) for m in marks)
    if points >= rules.depth["complex_from"]:
        return "complex"
    return "simple" if points <= rules.depth["simple_to"] else None


def shows(section: str, *weighed: str) -> Reads:
    """Make the detector of a behaviour that one sentence shows: by the weights of its words.

    The weights are those of the section's name, or of the names after it. Of the section's
    phrases, `surely` ones fire in any case, and a sentence with a `never` one does not. Where the
    language has no weights, `strong` phrases fire.
    """

    def detect(turn: TurnRead) -> Spotted | None:
        stated = turn.limits.phrase_confidence
        grade = "strong" if turn.weighed is None else "surely"
        own = [
            (s, chances)
            for s, chances in zip(turn.sentences, turn.shown, strict=True)
            if not fires(s, section, "never", turn.rules)
        ]
        sure = next((s for s, _ in own if fires(s, section, grade, turn.rules)), None)
        if sure is not None:
            return Spotted(stated, sure.whole or sure.text, _BY_PHRASE)
        found = [
            (chances[kind], s.whole or s.text)
            for s, chances in own
            for kind in weighed or (section,)
            if kind in chances
        ]
        if not found:
            return None
        chance, words = max(found)
        return Spotted(round(chance, 2), words, _BY_PHRASE)

    return detect


def strain(section: str, *, short: bool = False) -> Reads:
    """Make the detector of a client's words that may mark a strain; with `short` in short turns."""

    def detect(turn: TurnRead) -> Spotted | None:
        words = _spotted(section, turn)
        spoken = sum(len(s.tokens) for s in turn.sentences)
        if not words or (short and spoken > turn.limits.withdrawal_words):
            return None
        return Spotted(turn.limits.marker_confidence, words, _BY_PHRASE)

    return detect


def _spotted(section: str, turn: TurnRead) -> str | None:
    found = (
        fires(s, section, "strong", turn.rules)
        for s in turn.sentences
        if not fires(s, section, "never", turn.rules)
    )
    return max((words for words in found if words), key=len, default=None)

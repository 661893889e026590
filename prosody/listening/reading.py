"""One sentence of the therapist read: does it ask, and what does it give back, tell or urge.

Conventions
-----------
What stands out in a sentence are its marks (docs/listening.md has the list). The rule file says
what each mark is worth for each of the three families of statements. A sentence that plainly
asks is no statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prosody.listening.sentences import Sentence, fires
from prosody.rules.language import Rules, content, lemma

__all__ = ["FAMILIES", "PLAIN", "Before", "Behaviour", "Reading", "read_sentence", "recent"]

FAMILIES = ("reflection", "information", "advice")
PLAIN = 0.8  # from this confidence on a question asks by its grammar, not by its mark alone


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One suggested behaviour of one turn; `evidence` is the words that fired.

    `sub_kind` says of a reflection whether it looks ``simple`` or ``complex``; None where it
    looks like neither. People agree on that far less than on the behaviour itself.
    """

    kind: str
    confidence: float
    evidence: str
    sub_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What a therapist turn follows: the client's words, and the therapist's own last turn."""

    said: frozenset[str]
    words: int  # the client's so far
    last_words: int  # in the client's last turn
    answering: bool  # the client had just asked
    kind: str  # main behaviour of the therapist's last turn
    marked: bool  # the transcript has sentence marks
    cased: bool  # and begins its turns with a capital


@dataclass(frozen=True, slots=True)
class Reading:
    """What one therapist sentence shows: its marks, points per family, the words behind them."""

    sentence: Sentence
    question: Behaviour | None
    marks: frozenset[str]
    points: Mapping[str, float]
    evidence: Mapping[str, str]

    @property
    def words(self) -> int:
        """How many words the sentence has after its openers."""
        return len(self.sentence.tokens)

    @property
    def asks(self) -> bool:
        """Whether it asks by its grammar."""
        return self.question is not None and self.question.confidence >= PLAIN

    @property
    def family(self) -> str:
        """The family it has most points for; nothing where it has none."""
        best = max(FAMILIES, key=lambda kind: self.points[kind])
        return best if self.points[best] > 0 else ""


def read_sentence(s: Sentence, before: Before, rules: Rules, *, final: bool = True) -> Reading:
    """Mark one sentence and add up its points; `final` says that the turn ends with it."""
    marks, evidence = _marks(s, before, rules)
    question = _question(s, rules, stem="stem" in marks, marked=before.marked)
    plain = question is not None and question.confidence >= PLAIN
    if not plain and not final:
        question = None  # who goes on speaking does not wait for an answer
    points = dict.fromkeys(FAMILIES, 0.0)
    if plain:
        points["reflection"] = 0.5 * ("stem" in marks and "about_therapist" not in marks)
    elif "statement" in marks:
        counted = marks - _OUTWEIGHED if "stem" in marks else marks
        for kind in FAMILIES:
            points[kind] = sum(rules.points[kind].get(m, 0.0) for m in counted)
    return Reading(s, question, marks, points, evidence)


# A strong phrase of giving back stands above what else is in the sentence.
_OUTWEIGHED = frozenset(
    (
        "about_therapist",
        "names_therapist",
        "answering",
        "telling",
        "told",
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


def _marks(s: Sentence, before: Before, rules: Rules) -> tuple[frozenset[str], dict[str, str]]:
    """Say what stands out in a sentence, and with which words."""
    evidence = {
        mark: words
        for mark, (kind, grade) in _PHRASE_MARKS.items()
        if (words := fires(s, kind, grade, rules))
    }
    if _first(s) in rules.words["yours"] and not _urges_you(evidence.get("advice", ""), rules):
        evidence.pop("advice", None)  # "you're trying to cut back" tells, "you could" urges
    own = content((t.text for t in s.tokens), rules)
    marks = {
        **_of_words(s, own, rules),
        "statement": _says_something(s, own, evidence, rules),
        "stem": "reflection" in evidence or "summary" in evidence,
        "uptake": _share_of(own, before.said) >= 0.25,
        "uptake_most": _share_of(own, before.said) >= 0.4,
        "new_feeling": any(
            rules.feeling.fullmatch(t.text) and lemma(t.text, rules) not in before.said
            for t in s.tokens
        ),
        "after_talk": before.last_words >= 8,
        "after_long_talk": before.last_words >= 25,
        "opening": before.words < 8,
        "answering": before.answering,
        "told": before.kind in ("information", "advice"),
        "telling": before.last_words <= 2 and before.kind in ("information", "advice"),
    }
    return frozenset(m for m, on in marks.items() if on) | set(evidence) - {"reflection"}, evidence


def _share_of(own: Sequence[str], said: frozenset[str]) -> float:
    """Share of content words that the client had just used; 0 where there are none."""
    return sum(w in said for w in own) / len(own) if own else 0.0


def _first(s: Sentence) -> str:
    return s.tokens[0].text if s.tokens else ""


def _urges_you(advice: str, rules: Rules) -> bool:
    return advice.lower().replace("’", "'").split(" ")[0] in rules.words["yours"]


def _says_something(
    s: Sentence, own: Sequence[str], evidence: Mapping[str, str], rules: Rules
) -> bool:
    about_client = _first(s) in rules.words["yours"]
    return len(s.tokens) >= 3 and bool(own or about_client or "summary" in evidence)


def _of_words(s: Sentence, own: Sequence[str], rules: Rules) -> dict[str, bool]:
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
        "short": len(s.tokens) <= 5,
        "long": len(s.tokens) > 20,
        "asked": s.asked,
        "concluding": concluding,
        "long_rise": s.asked and (concluding or len(s.tokens) >= 8),
    }


_PHRASE_MARKS = {
    "reflection": ("reflection", "strong"),
    "against_reflection": ("reflection", "against"),
    "deepens": ("depth", "strong"),
    "deepens_fair": ("depth", "fair"),
    "repeats": ("depth", "against"),
    "summary": ("summary", "strong"),
    "information": ("information", "strong"),
    "information_fair": ("information", "fair"),
    "against_information": ("information", "against"),
    "advice": ("advice", "strong"),
    "advice_fair": ("advice", "fair"),
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


def _question(s: Sentence, rules: Rules, *, stem: bool, marked: bool) -> Behaviour | None:
    """Ask whether a sentence is a question: by its grammar, its mark, or both.

    Where a transcript has marks, word order alone asks only at the start of a sentence; an
    invitation ("tell me") asks anywhere.
    """
    tag = fires(s, "question_closed", "tag", rules)
    if tag and s.asked and len(s.tokens) > tag.count(" ") + 3:
        return Behaviour("question_closed", 0.6 if stem else 0.75, tag)
    quoted = not s.asked and fires(s, "question_open", "against", rules)
    for kind in ("question_closed",) if quoted else ("question_open", "question_closed"):
        words = _ordered(s, kind, rules, marked=marked) or fires(s, kind, "invite", rules)
        if words:
            narrow = fires(s, "question_open", "closed_after_all", rules)
            return Behaviour(
                "question_closed" if narrow else kind, 0.97 if s.asked else 0.85, words
            )
    for kind in ("question_open", "question_closed") if s.asked and not stem else ():
        if words := fires(s, kind, "fair", rules):
            return Behaviour(kind, 0.85, words)
    return Behaviour("question_closed", 0.6 if stem else 0.7, s.whole or "?") if s.asked else None


def _ordered(s: Sentence, kind: str, rules: Rules, *, marked: bool) -> str | None:
    """Give the words whose order asks; what the sentence begins with decides how it asks."""
    words = fires(s, kind, "strong", rules)
    if not words or s.whole.startswith(words):
        return words
    if marked and not s.asked:
        return None
    if kind == "question_open":  # "do you remember what happened" begins as a closed one
        closed = fires(s, "question_closed", "strong", rules)
        return None if closed and s.whole.startswith(closed) else words
    return words


def recent(heard: Sequence[tuple[str, ...]], rules: Rules) -> frozenset[str]:
    """Content of what the client last said: back to the last turn of five words, at most three."""
    said: list[str] = []
    for turn in heard[:-4:-1]:
        said += content(turn, rules)
        if len(turn) >= 5:
            break
    return frozenset(said)

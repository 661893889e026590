"""A transcript coded from its words alone: listening behaviours turn by turn.

Conventions
-----------
Which behaviours there are, and whose, the table says (`prosody.listening.behaviours`); here its
detectors are asked turn by turn, each turn with what it follows. Every behaviour is a suggestion
with the words that fired as evidence and a confidence 0 to 1. The first behaviour of a turn is
its main one. A turn without words has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from diarize.conversation import Conversation
from diarize.errors import Refused
from diarize.messages import message
from prosody.analysis import Remembered, of_talk
from prosody.events import Suggestion
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour
from prosody.listening.from_words import Spotted, is_minimal, read_turn
from prosody.listening.kept import worded
from prosody.listening.rules_and_coder import on_a_side, together
from prosody.listening.sentences import Before, Said, has_marks, recent
from prosody.rules.language import Rules, content, speaks, tokens
from prosody.settings import Reading, Trained
from prosody.trained.text import Input, inputs
from prosody.trained.weights import Coder, Outputs

__all__ = [
    "LANGUAGE",
    "Coded",
    "code",
    "coded",
    "inputs_of",
    "made_of",
    "sides_of",
    "speaks_it",
    "uptake",
]

LANGUAGE = "en"  # of the dialogues that the trained coder learned from

_STATED = Reading()
_TRAINED = Trained()


@dataclass(frozen=True, slots=True)
class Coded:
    """One turn with its suggested behaviours, the main one first."""

    index: int
    role: str
    text: str
    behaviours: tuple[Suggestion, ...] = ()


def code(
    turns: Sequence[tuple[str, str]],
    *,
    language: str = "en",
    rules: Rules | None = None,
    limits: Reading = _STATED,
    coder: Coder | None = None,
    trained: Trained = _TRAINED,
    known: Outputs | None = None,
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
    limits : Reading
        What the reading goes by, beside the rule file.
    coder : Coder, optional
        The trained coder, which reads English beside the rules; without it they read alone.
    trained : Trained
        How its word is weighed.
    known : mapping, optional
        What the coder made of turns before, by the key of their words.

    Returns
    -------
    tuple of Coded
        One per turn.

    Raises
    ------
    Refused
        If there are no rules for the language, or the words do not look like it.
    """
    rules = rules or behaviours.load_rules(language)
    said = [Said(role, text, tokens(text, rules)) for role, text in turns]
    if speaks_it(said, rules, limits) is False:
        raise Refused("behaviour.other_language", language=rules.language)
    made: Sequence[tuple[float, ...] | None] = ()
    if coder and rules.language == LANGUAGE:
        roles, every = [role for role, _ in turns], inputs(turns, trained)
        sides = _sides(roles, every) if limits.experimental else [None] * len(every)
        own = [t if role == "therapist" else None for role, t in zip(roles, every, strict=True)]
        asked = [side or one for side, one in zip(sides, own, strict=True)]
        made = made_of(asked, coder.read(asked, known or {}, trained))
    return coded(said, rules, limits, made, trained)


@of_talk
def inputs_of(talk: Conversation, limits: Trained) -> tuple[Input | None, ...]:
    """Give the turns whose words are read, as the trained coder takes them."""
    return inputs([(u.role, u.text) for u in worded(talk)], limits)


@of_talk
def sides_of(talk: Conversation, limits: Trained) -> tuple[Input | None, ...]:
    """Give clients' turns, to ask which side of a change they take; None for all others."""
    return _sides([u.role for u in worded(talk)], inputs_of(talk, limits))


def _sides(roles: Iterable[str], turns: Iterable[Input | None]) -> tuple[Input | None, ...]:
    pairs = zip(roles, turns, strict=True)
    return tuple(
        replace(one, side=True) if one and role == "client" else None for role, one in pairs
    )


def made_of(
    turns: Iterable[Input | None], outputs: Outputs
) -> tuple[tuple[float, ...] | None, ...]:
    """Give what the trained coder made of each turn; None of those it did not read."""
    return tuple(None if turn is None else outputs.get(turn.key) for turn in turns)


def speaks_it(said: Iterable[Said], rules: Rules, limits: Reading) -> bool | None:
    """Whether turns look like the rules' language; None where they have too few words."""
    return speaks(
        (t.text for turn in said for t in turn.tokens),
        rules,
        least_words=limits.least_language_words,
        least_share=limits.least_function_word_share,
    )


def coded(
    said: Sequence[Said],
    rules: Rules,
    limits: Reading = _STATED,
    outputs: Sequence[tuple[float, ...] | None] = (),
    trained: Trained = _TRAINED,
    known: Remembered | None = None,
) -> tuple[Coded, ...]:
    """Code turns whose words are known, and known to be of the rules' language; one per turn.

    `outputs` are what the trained coder made of each (`made_of`); a therapist's turn of which it
    made nothing is read by the rules alone, and so are all without any; which side of a change a
    client takes (`sides_of`) it tells alone. `known` is what the rules read in turns
    before, under the same `rules` and `limits` and with the same behaviours.
    """
    known = Remembered() if known is None else known
    heard_by, rows = outputs or [None] * len(said), behaviours.looked_for(limits)
    out: list[Coded] = []
    heard, words = list[Said](), 0  # client turns so far, and their words
    marked, asked, kind = has_marks(said, limits), False, ""
    cased = 2 * sum(turn.text.lstrip()[:1].isupper() for turn in said) > len(said)
    for index, turn in enumerate(said):
        found: tuple[Suggestion, ...] = ()
        if turn.role == "therapist":
            last = len(heard[-1].tokens) if heard else 0
            opening = words < limits.opening_words
            said_last = recent(heard, rules, limits)
            before = Before(
                said_last, opening, last, asked, kind, *behaviours.follows(kind), marked, cased
            )
            spotted, _ = known(
                (turn.role, turn.text, before), partial(_spotted, turn, before, rules, limits, rows)
            )
            found = _ordered(spotted, limits)
            kind = found[0].kind if found else kind if is_minimal(turn, rules) else ""
            if (logits := heard_by[index]) is not None:
                main = behaviours.group_of(found[0].kind if found else "")
                found = _ordered(together(spotted, main, logits, trained), limits)
        elif turn.role == "client":
            spotted, asked = known(
                (turn.role, turn.text, None), partial(_spotted, turn, None, rules, limits, rows)
            )
            sided = on_a_side(spotted, heard_by[index], trained)
            found = tuple(_suggested(k, one) for k, one in sided.items())
            heard.append(turn)
            words += len(turn.tokens)
        out.append(Coded(index, turn.role, turn.text, found))
    return tuple(out)


def _spotted(
    said: Said, before: Before | None, rules: Rules, limits: Reading, rows: Iterable[Behaviour]
) -> tuple[Mapping[str, Spotted], bool]:
    """Ask every detector of the turn's role: what they spotted by kind, in the table's order.

    And whether the turn ends in a question.
    """
    turn = read_turn(said, before, rules, limits)
    asked = ((row, row.reads) for row in rows if said.role in row.roles)
    spotted = ((row.kind, reads(turn)) for row, reads in asked if reads is not None)
    return {kind: one for kind, one in spotted if one is not None}, turn.ends_in_question


def _suggested(kind: str, spotted: Spotted) -> Suggestion:
    known = message("evidence.words", words=spotted.words)
    evidence = known if spotted.words else message("evidence.trained")
    return Suggestion(kind, evidence, spotted.confidence, spotted.sub_kind)


def _ordered(found: Mapping[str, Spotted], limits: Reading) -> tuple[Suggestion, ...]:
    """Main behaviour first; each keeps its own confidence."""
    order = sorted(found, key=lambda kind: (-found[kind].weight, -found[kind].confidence, kind))
    return tuple(_suggested(kind, found[kind]) for kind in order)


def uptake(turn: Said, before: Said, rules: Rules) -> tuple[int, int]:
    """Count content words of a turn that come from the turn before, and all its content words."""
    said = set(content((t.text for t in before.tokens), rules))
    own = content((t.text for t in turn.tokens), rules)
    return sum(w in said for w in own), len(own)

"""What a client told in their own words, and what the therapist took up: the tool's side of a map.

Conventions
-----------
Looked for when somebody asks, whatever the analysis was asked: these kinds are on trial
(`prosody.listening.measured`), so none of them feeds a measure, a moment or a link. Every quote is
words of the client; nothing is taken from the voice. Cognitive and affective understanding are
what the therapist said in words, side by side: evidence to listen to, and no score.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from diarize.conversation import Utterance
from prosody.analysis import Analysis
from prosody.events import Event
from prosody.listening import behaviours
from prosody.listening.found import from_words, judged
from prosody.listening.taken_up import with_uptake

__all__ = ["Map", "Quote", "aspects", "mapped", "understanding"]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a client, as they were said.

    Parameters
    ----------
    aspect : str
        One of `aspects`.
    event : Event
        Where; its `evidence` says which words.
    words : str
        The sentence they stand in, or the turn.
    answered : bool
        Whether a turn of the therapist with words followed before the client went on.
    taken : tuple of str
        The content words of it that this turn takes up; a good rewording has none of them.
    """

    aspect: str
    event: Event
    words: str
    answered: bool
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """Quotes in order of time, and what the therapist said of understanding, by kind."""

    quotes: tuple[Quote, ...]
    understanding: tuple[Event, ...]


def aspects() -> tuple[str, ...]:
    """Give the kinds of behaviour that are a client's own account."""
    return tuple(row.kind for row in behaviours.table() if row.account)


def understanding() -> tuple[str, ...]:
    """Give the kinds of behaviour that are understanding, said in words."""
    return tuple(row.kind for row in behaviours.table() if row.understanding)


def mapped(analysis: Analysis) -> Map:
    """Find a client's own account, and understanding said in words.

    Parameters
    ----------
    analysis : Analysis
        Of a conversation with its words; what people said of behaviours (`judged`) wins.
    """
    settings = analysis.settings
    asked = replace(settings, reading=replace(settings.reading, experimental=True))
    whole = Analysis(
        analysis.conversation, None, asked, analysis.judged, analysis.read, analysis.outputs
    )
    account, shown = aspects(), understanding()
    wanted = {*account, *shown}
    found = judged(whole, from_words(whole), whole.judged)
    own = [with_uptake(whole, event) for event in found if event.kind in wanted]
    turns = {u.index: u for u in whole.conversation.utterances}
    return Map(
        tuple(_quote(e, turns) for e in own if e.kind in account),
        tuple(e for e in own if e.kind in shown),
    )


def _quote(event: Event, turns: "dict[int, Utterance]") -> Quote:
    code, fields = event.evidence.code, event.evidence.fields
    turn = turns.get(event.utterance) if event.utterance is not None else None
    spoken = turn.text if turn else ""
    taken = fields.get("taken")
    return Quote(
        event.kind,
        event,
        _sentence_with(str(fields.get("words", "")), spoken),
        code in ("evidence.taken_up", "evidence.not_taken_up"),
        tuple(map(str, taken)) if isinstance(taken, (tuple, list)) else (),
    )


def _sentence_with(words: str, spoken: str) -> str:
    """Give the sentences of a turn that hold some words of it; else the turn."""
    plain = words.lower()
    sentences = _sentences(spoken)
    holding = [s for s in sentences if plain and plain in s.lower()]
    return " ".join(holding) or spoken or words


def _sentences(text: str) -> Iterable[str]:
    rest, found = text.split(), []
    current: list[str] = []
    for token in rest:
        current.append(token)
        if token.rstrip("\"'”’)").endswith((".", "?", "!", "…")):
            found.append(" ".join(current))
            current = []
    return [*found, " ".join(current)] if current else found

"""Listening behaviour of a session: what the therapist did, from words, timing and voice.

Conventions
-----------
Every event is a suggestion: its evidence says what fired, its confidence how sure it looks by
stated beliefs. Without words only what timing and voice show is found. What a person said of an
event (`Judgement`) wins over the rules and is applied again after every run. Nothing here says why
a client did what they did next; `Outcome` is what came next, no more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from statistics import fmean

from diarize.conversation import Utterance
from diarize.messages import message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.events import Event, Judgement, Suggestion
from prosody.listening import behaviours
from prosody.listening.coder import LANGUAGE, coded, inputs_of, made_of, sides_of
from prosody.listening.continuity import continuity
from prosody.listening.kept import read_before, worded
from prosody.listening.outcomes import outcome_of
from prosody.listening.taken_up import with_uptake
from prosody.listening.words import kind_withheld, rules_of, said_by_turn
from prosody.rules.language import Rules, tokens
from prosody.settings import Reading

__all__ = ["events", "from_words", "judged", "suggested", "with_values"]


@shared
def events(analysis: Analysis) -> tuple[Event, ...]:
    """Give the listening events of a session: those suggested, and what people said of them.

    Returns
    -------
    tuple of Event
        Sorted by start; `values` hold prosodic continuity only, `with_values` adds the cues.
    """
    return judged(analysis, suggested(analysis), analysis.judged)


@shared
def suggested(analysis: Analysis) -> tuple[Event, ...]:
    """Find listening behaviours and candidate moments of strain by words and timing.

    Returns
    -------
    tuple of Event
        Sorted by start. Every event says what the client did next.
    """
    found = [with_uptake(analysis, event) for event in from_words(analysis)]
    read = {(e.kind, e.utterance) for e in found}
    for row in behaviours.looked_for_in(analysis.settings):
        heard = row.hears(analysis, row.kind) if row.hears else ()
        found += [e for e in heard if (e.kind, e.utterance) not in read]
    near = continuity(analysis)
    return _sorted(
        replace(
            e,
            outcome=outcome_of(analysis, e),
            values=near.get(e.utterance, {}) if e.utterance is not None else {},
        )
        for e in found
    )


def _sorted(found: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(sorted(found, key=lambda e: (e.span, behaviours.order(e.kind))))


def from_words(analysis: Analysis) -> Iterator[Event]:
    """Code every turn that has words; a backchannel is timing's matter, not the coder's.

    Where texts are not kept, what was found in them before stands for turns nobody corrected.
    """
    rules = rules_of(analysis)
    if rules is None:
        return
    for index, known in read_before(analysis).items():
        yield from (replace(event, utterance=index) for event in known.events)
    if not analysis.conversation.texts:
        return
    said = said_by_turn(analysis)
    spoken = [(u, said[u.index]) for u in worded(analysis.conversation)]
    settings = analysis.settings
    made: tuple[tuple[float, ...] | None, ...] = ()
    if analysis.outputs and rules.language == LANGUAGE:
        every = (f(analysis.conversation, settings.trained) for f in (sides_of, inputs_of))
        made = made_of((side or one for side, one in zip(*every, strict=True)), analysis.outputs)
    rows = behaviours.looked_for(settings.reading)
    before = analysis.of_turns("coded", rules, settings.reading, rows)
    read = coded([s for _, s in spoken], rules, settings.reading, made, settings.trained, before)
    asked = behaviours.looked_for_in(settings)
    looked_for = {row.kind for row in asked if kind_withheld(analysis, row) is None}
    for (u, _), turn in zip(spoken, read, strict=True):
        for b in (b for b in turn.behaviours if b.kind in looked_for):
            event = Event(b, u.span, u.role, u.index)
            yield _as_sure_as_heard(event, u, rules, settings.reading)


def _as_sure_as_heard(event: Event, turn: Utterance, rules: Rules, limits: Reading) -> Event:
    """Say so where a behaviour rests on words that the transcriber itself was not sure of."""
    odds = [(w, w.probability) for w in turn.words if w.probability is not None]
    if all(p >= limits.least_heard_probability for _, p in odds):
        return event
    fired = {t.text for t in tokens(str(event.evidence.fields.get("words", "")), rules)}
    own = [p for w, p in odds if any(t.text in fired for t in tokens(w.text, rules))]
    sure = fmean(own or [p for _, p in odds])
    if sure >= limits.least_heard_probability:
        return event
    said = message("evidence.words_unsure", **event.evidence.fields, percent=100 * sure)
    return event.suggesting(evidence=said, confidence=event.confidence * sure)


def with_values(
    analysis: Analysis, found: Iterable[Event], values: Mapping[int, Mapping[str, float]]
) -> tuple[Event, ...]:
    """Fill in the cue values at each event.

    An event that belongs to an utterance takes that utterance's values. A silence has no voice
    of its own: it takes those of the utterance that follows it.

    Parameters
    ----------
    values : mapping of int to mapping of str to float
        Cue values of every utterance, by its index.
    """
    out = []
    for event in found:
        index = event.utterance if event.utterance is not None else _next_index(analysis, event)
        own = values.get(index, {}) if index is not None else {}
        out.append(replace(event, values={**event.values, **own}))
    return tuple(out)


def _next_index(analysis: Analysis, event: Event) -> int | None:
    """Give the utterance that ends a silence."""
    start = event.span.end - analysis.settings.listening.follows_within_s
    later = (u for u in analysis.conversation.utterances if u.span.start >= start)
    return next((u.index for u in later), None)


def judged(
    analysis: Analysis, found: Iterable[Event], judgements: Iterable[Judgement]
) -> tuple[Event, ...]:
    """Let what people said win; later words win over earlier ones.

    A judgement finds its event by kind, role and sharing half of either's time, so that it
    survives a new run whose borders moved. What a person confirmed, changed or added stands even
    where the rules no longer find it.
    """
    kept = list(found)
    share = analysis.settings.listening.same_event_share
    for said in judgements:
        here = [e for e in kept if e.role == said.role and _same_place(e.span, said.span, share)]
        hits = [e for e in here if e.kind == said.kind]
        gone = [e for e in here if e.kind in (said.kind, said.to)]
        kept = [e for e in kept if e not in gone]
        if said.action != "remove":
            kept += [_corrected(e, said) for e in hits[:1] or [_named(analysis, said)]]
    return _sorted(kept)


def _corrected(event: Event, said: Judgement) -> Event:
    """Let a person's word stand; what was suggested within another kind goes with that kind."""
    sub_kind = None if said.to else event.sub_kind
    kind = said.to or said.kind
    named = event.suggesting(kind=kind, confidence=1.0, sub_kind=sub_kind)
    return replace(named, corrected_by=said.by)


def _named(analysis: Analysis, said: Judgement) -> Event:
    """Make the event a person names where the rules found none."""
    evidence = message("evidence.named", by=said.by)
    event = Event(Suggestion(said.kind, evidence, 1.0), said.span, said.role)
    own = analysis.conversation.of(said.role)
    best = max(own, key=lambda u: u.span.overlap(said.span), default=None)
    row = behaviours.get(said.kind)
    if best and best.span.overlap(said.span) > 0 and (row is None or row.where != "silence"):
        event = replace(event, utterance=best.index)
    return replace(event, outcome=outcome_of(analysis, event))


def _same_place(one: Span, other: Span, share: float) -> bool:
    shorter = min(one.duration, other.duration)
    return one.overlap(other) > share * shorter if shorter > 0 else one == other

"""Listening behaviour: what the therapist did, from words, timing and voice.

Conventions
-----------
Every event is a suggestion: its evidence says what fired, its confidence how often the rule is
right on transcripts people coded. Without words only what timing and voice show is found. A
person's correction wins over the rules and is applied again after every run. Nothing here says
why a client did what they did next; `Outcome` is what came next, no more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Conversation, Utterance
from diarize.errors import Refused
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.measure import Cue, Measure
from prosody.listening import nonverbal as timing
from prosody.listening.behaviours import BEHAVIOURS, Correction, Event, Outcome
from prosody.listening.coder import Behaviour, Coded, code, uptake
from prosody.rules.language import Rules, load, speaks
from prosody.statistics import interval

__all__ = [
    "BEHAVIOURS",
    "CUES",
    "Behaviour",
    "Coded",
    "Correction",
    "Event",
    "Outcome",
    "apply_corrections",
    "code",
    "find",
    "measures",
    "rules_of",
    "with_values",
    "words_withheld",
]

Floats = NDArray[np.float64]


def words_withheld(conversation: Conversation, rules: Rules | None = None) -> str | None:
    """Say why no behaviour can be read from this conversation's words; None where it can.

    Examples of reasons: no transcript, a language without rules, words of another language.
    """
    if not conversation.has_words or not any(u.words for u in conversation.utterances):
        return "no transcript: behaviours from words are missing, those from timing remain"
    if rules is None:
        try:
            rules = load(conversation.language or "en")
        except Refused as refusal:
            return str(refusal)
    if not {u.role for u in conversation.utterances} & {"therapist"}:
        return "nobody was found to be the therapist: behaviours from words are withheld"
    if speaks((u.text for u in conversation.utterances), rules) is False:
        return f"the words do not look like language {rules.language!r}: behaviours are withheld"
    return None


def find(analysis: Analysis, *, rules: Rules | None = None) -> tuple[Event, ...]:
    """Find listening behaviours and candidate moments of strain.

    Parameters
    ----------
    analysis : Analysis
        A conversation with or without words, roles already cast; without sound prosodic
        continuity is left out.
    rules : Rules, optional
        A rule file already read, instead of the one of the conversation's language.

    Returns
    -------
    tuple of Event
        Sorted by start; `values` hold prosodic continuity only, `with_values` adds the cues.
    """
    conversation, limits = analysis.conversation, analysis.settings.listening
    rules = rules_of(conversation, rules)
    events = [
        *(_from_words(conversation, rules) if rules else ()),
        *timing.backchannels(conversation),
        *timing.held_silences(conversation),
        *timing.overlaps(analysis),
    ]
    named = {(e.kind, e.utterance) for e in events}
    events += [
        e
        for e in timing.minimal_answers(conversation, limits)
        if (e.kind, e.utterance) not in named
    ]
    near = timing.continuity(analysis) if analysis.frames is not None else {}
    events = [
        replace(
            e,
            outcome=timing.outcome_of(conversation, e, rules),
            values=near.get(e.utterance, {}) if e.utterance is not None else {},
        )
        for e in events
    ]
    return _sorted(events)


def rules_of(conversation: Conversation, rules: Rules | None = None) -> Rules | None:
    """Give the rules this conversation's words can be read with; None where they cannot."""
    if words_withheld(conversation, rules) is not None:
        return None
    return rules or load(conversation.language or "en")


def _sorted(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda e: (e.span, BEHAVIOURS.index(e.kind))))


def _from_words(conversation: Conversation, rules: Rules) -> Iterator[Event]:
    """Code every turn that has words; a backchannel is timing's matter, not the coder's."""
    spoken = [u for u in conversation.utterances if u.words and u.kind != "backchannel"]
    coded = code([(u.role, u.text) for u in spoken], rules=rules)
    for u, said in zip(spoken, coded, strict=True):
        for b in said.behaviours:
            event = Event(b.kind, u.span, u.role, b.evidence, b.confidence, u.index)
            yield replace(event, sub_kind=b.sub_kind)


def with_values(
    events: Iterable[Event],
    values_by_utterance: Mapping[int, Mapping[str, float]],
    *,
    conversation: Conversation | None = None,
) -> tuple[Event, ...]:
    """Fill in the cue values at each event.

    An event that belongs to an utterance takes that utterance's values. A silence has no voice
    of its own: with `conversation` given it takes those of the utterance that follows it.
    """
    out = []
    for event in events:
        index = event.utterance
        if index is None and conversation is not None:
            later = (u for u in conversation.utterances if u.span.start >= event.span.end - 0.05)
            index = next((u.index for u in later), None)
        found = values_by_utterance.get(index, {}) if index is not None else {}
        out.append(replace(event, values={**event.values, **found}))
    return tuple(out)


def apply_corrections(
    events: Iterable[Event],
    corrections: Iterable[Correction],
    *,
    conversation: Conversation | None = None,
) -> tuple[Event, ...]:
    """Let people's corrections win; later ones win over earlier ones.

    A correction finds its event by kind, role and sharing half of either's time, so that it
    survives a new run whose borders moved. What a person confirmed, changed or added stands
    even where the rules no longer find it; `conversation` tells which utterance that is, and
    what the client did next.
    """
    kept = list(events)
    for c in corrections:
        here = [e for e in kept if e.role == c.role and _same_place(e.span, c.span)]
        hits = [e for e in here if e.kind == c.kind]
        gone = [e for e in here if e.kind in (c.kind, c.to)]
        kept = [e for e in kept if e not in gone]
        if c.action == "remove":
            continue
        basis = hits[:1] or [_named(c, conversation)]
        kept += [_corrected(e, c) for e in basis]
    return _sorted(kept)


def _corrected(event: Event, c: Correction) -> Event:
    """Let a person's word stand; what was suggested within another kind goes with that kind."""
    sub_kind = None if c.to else event.sub_kind
    return replace(event, kind=c.to or c.kind, confidence=1.0, corrected_by=c.by, sub_kind=sub_kind)


def _named(c: Correction, conversation: Conversation | None) -> Event:
    """Make the event a person names where the rules found none."""
    event = Event(c.kind, c.span, c.role, f"named by {c.by}", 1.0)
    if conversation is None:
        return event
    own = max(conversation.of(c.role), key=lambda u: u.span.overlap(c.span), default=None)
    index = own.index if own and own.span.overlap(c.span) > 0 else None
    event = replace(event, utterance=None if c.kind == "held_silence" else index)
    return replace(event, outcome=timing.outcome_of(conversation, event, rules_of(conversation)))


def _same_place(one: Span, other: Span) -> bool:
    shorter = min(one.duration, other.duration)
    return one.overlap(other) > 0.5 * shorter if shorter > 0 else one == other


def measures(
    events: Iterable[Event], analysis: Analysis, within: Span | None = None
) -> tuple[Measure, ...]:
    """Measure listening from events a person may have corrected; the rows of `CUES`, in order.

    Parameters
    ----------
    events : iterable of Event
        From `find`, after `apply_corrections`.
    within : Span, optional
        Only utterances whose middle lies here; the whole recording without it.
    """
    kept = tuple(events)
    where = within or analysis.conversation.whole
    return tuple(make(analysis, kept, where) for make in _MEASURES.values())


def _turns(conversation: Conversation, within: Span) -> list[Utterance]:
    """Therapist turns with words, whose middle lies within."""
    return [
        u
        for u in conversation.of("therapist")
        if u.words and u.kind != "backchannel" and within.start <= u.span.middle < within.end
    ]


def _ratio(
    name: str, parts: list[float], wholes: list[float], *, least: int, lacking: str, n: int
) -> Measure:
    """Give part/whole over turns, with a moving-block bootstrap interval, or withhold it."""
    part, whole = float(sum(parts)), float(sum(wholes))
    if n < least or whole == 0:
        reason = f"{n} {lacking}; needs {least}"
        return Measure(name, "therapist", None, "", part, whole, n, reliable=False, reason=reason)
    top, bottom = np.asarray(parts), np.asarray(wholes)
    low, high = interval(lambda i: _ratios(top[i], bottom[i]), top.size)
    return Measure(name, "therapist", part / whole, "", part, whole, n, low, high)


def _ratios(parts: Floats, wholes: Floats) -> Floats:
    """Ratios of sums of rows, shape (draws,); NaN where there is no whole."""
    whole = wholes.sum(axis=1)
    return np.asarray(parts.sum(axis=1) / np.where(whole > 0, whole, np.nan))


def _counts(
    conversation: Conversation, events: tuple[Event, ...], within: Span, kinds: set[str]
) -> list[float]:
    carrying = {e.utterance for e in events if e.kind in kinds and e.role == "therapist"}
    return [float(u.index in carrying) for u in _turns(conversation, within)]


_QUESTIONS = {"question_open", "question_closed"}


def _reflections_to_questions(
    analysis: Analysis, events: tuple[Event, ...], within: Span
) -> Measure:
    reflections = _counts(analysis.conversation, events, within, {"reflection", "summary"})
    questions = _counts(analysis.conversation, events, within, _QUESTIONS)
    return _ratio(
        "listening.reflections_to_questions",
        reflections,
        questions,
        least=analysis.settings.listening.least_questions,
        lacking="turns with a question",
        n=int(sum(questions)),
    )


def _open_share(analysis: Analysis, events: tuple[Event, ...], within: Span) -> Measure:
    opened = _counts(analysis.conversation, events, within, {"question_open"})
    questions = _counts(analysis.conversation, events, within, _QUESTIONS)
    return _ratio(
        "listening.open_question_share",
        opened,
        questions,
        least=analysis.settings.listening.least_questions,
        lacking="turns with a question",
        n=int(sum(questions)),
    )


def _uptake(analysis: Analysis, events: tuple[Event, ...], within: Span) -> Measure:
    """Content words of therapist turns that come from the client's last turn of five words."""
    rules = rules_of(analysis.conversation)
    parts: list[float] = []
    wholes: list[float] = []
    before = ""
    kept = {u.index for u in _turns(analysis.conversation, within)}
    for u in analysis.conversation.utterances:
        if u.role == "client" and len(u.words) >= 5:
            before = u.text
        elif u.index in kept and before and rules:
            part, whole = uptake(u.text, before, rules)
            parts.append(float(part))
            wholes.append(float(whole))
    return _ratio(
        "listening.uptake",
        parts,
        wholes,
        least=analysis.settings.listening.least_uptake_turns,
        lacking="therapist turns after a client turn of five words",
        n=len(parts),
    )


_Make = Callable[[Analysis, tuple[Event, ...], Span], Measure]
_MEASURES: dict[str, _Make] = {
    "listening.reflections_to_questions": _reflections_to_questions,
    "listening.open_question_share": _open_share,
    "listening.uptake": _uptake,
}


@shared
def _word_events(analysis: Analysis) -> tuple[Event, ...]:
    rules = rules_of(analysis.conversation)
    return tuple(_from_words(analysis.conversation, rules)) if rules else ()


def _cue(name: str) -> Callable[[Analysis, str, Span], Measure]:
    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        reason = words_withheld(analysis.conversation)
        if reason is not None:
            return Measure(name, role, None, "", reliable=False, reason=reason)
        return _MEASURES[name](analysis, _word_events(analysis), within)

    return measure


CUES = (
    Cue(
        "listening.reflections_to_questions",
        "",
        "Therapist turns that give back what the client said or meant, for each turn with a "
        "question. Suggested from the words; rules miss some and invent some, so listen to them. "
        "There is no right number.",
        ("therapist",),
        _cue("listening.reflections_to_questions"),
    ),
    Cue(
        "listening.open_question_share",
        "",
        "Of the therapist's turns with a question, the share that leave the answer open (what, "
        "how, tell me). Suggested from the words; it says nothing about timing or tone.",
        ("therapist",),
        _cue("listening.open_question_share"),
    ),
    Cue(
        "listening.uptake",
        "",
        "Of the therapist's content words, the share that the client had just used. Shows how "
        "much of the client's own wording comes back; a good rewording counts as nothing here.",
        ("therapist",),
        _cue("listening.uptake"),
    ),
)

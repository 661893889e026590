"""Listening behaviour: what the therapist did, from words, timing and voice.

Conventions
-----------
Every event is a suggestion: its evidence says what fired, its confidence how often the rule is
right on transcripts people coded. Without words only what timing and voice show is found. A
person's correction wins over the rules and is applied again after every run. Nothing here says
why a client did what they did next; `Outcome` is what came next, no more.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from diarize.consent import Refused
from diarize.conversation import Conversation, Utterance
from diarize.timeline import Span, total
from prosody.coding import Behaviour, Coded, code, uptake
from prosody.frames import Frames
from prosody.language import Rules, load, speaks, tokens
from prosody.measure import Cue, Measure
from prosody.settings import Listening, Settings

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
    "outcome_after",
    "with_values",
    "words_withheld",
]

BEHAVIOURS = (
    "question_open",
    "question_closed",
    "reflection",
    "summary",
    "validation",
    "affirmation",
    "normalising",
    "check_in",
    "shared_goals",
    "autonomy_support",
    "self_disclosure",
    "information",
    "advice",
    "confrontation",
    "backchannel",
    "held_silence",
    "overlap_to_review",
    "withdrawal_marker",
    "confrontation_marker",
    "repair",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client did next; None where it cannot be said."""

    client_talk_s: float | None = None
    client_words: int | None = None
    latency_s: float | None = None
    client_feeling_words: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One behaviour, suggested; every event can be played.

    `utterance` is the index of the utterance it belongs to, None for silences; `values` are the
    cue values at that moment.
    """

    kind: str
    span: Span
    role: str
    evidence: str
    confidence: float
    utterance: int | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    outcome: Outcome | None = None
    corrected_by: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on one event, kept beside the session and applied after every run.

    `action` is ``confirm``, ``remove``, ``add`` or ``change`` (then `to` names the kind);
    `span` says where, `by` who.
    """

    action: str
    kind: str
    span: Span
    by: str
    to: str | None = None
    role: str = "therapist"

    def __post_init__(self) -> None:
        kinds = {self.kind, self.to or self.kind}
        if self.action not in ("confirm", "remove", "add", "change") or kinds - set(BEHAVIOURS):
            raise Refused(
                f"correction: {self.action!r} of {self.kind!r} to {self.to!r} is not known; "
                f"use confirm, remove, add or change with one of: {', '.join(BEHAVIOURS)}"
            )
        if (self.action == "change") != (self.to is not None):
            raise Refused("correction: change, and only change, names the kind it changes to")


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


def find(
    conversation: Conversation,
    frames: Frames | None,
    settings: Settings,
    *,
    rules: Rules | None = None,
) -> tuple[Event, ...]:
    """Find listening behaviours and candidate moments of strain.

    Parameters
    ----------
    conversation : Conversation
        With or without words; roles already cast.
    frames : Frames or None
        For prosodic continuity; None leaves it out.
    settings : Settings
        Its section ``listening`` has the thresholds.
    rules : Rules, optional
        A rule file already read, instead of the one of the conversation's language.

    Returns
    -------
    tuple of Event
        Sorted by start; `values` hold prosodic continuity only, `with_values` adds the cues.
    """
    limits = settings.listening
    events: list[Event] = []
    if words_withheld(conversation, rules) is None:
        rules = rules or load(conversation.language or "en")
        events += _from_words(conversation, rules)
    else:
        rules = rules or load("en")
    events += _backchannels(conversation)
    events += _held_silences(conversation)
    events += _overlaps(conversation, limits)
    events += _minimal_answers(conversation, limits)
    nearness = _continuity(conversation, frames, limits) if frames is not None else {}
    events = [
        replace(
            e,
            outcome=_outcome(conversation, e, rules),
            values=nearness.get(e.utterance, {}) if e.utterance is not None else {},
        )
        for e in events
    ]
    return tuple(sorted(events, key=lambda e: (e.span, BEHAVIOURS.index(e.kind))))


def _from_words(conversation: Conversation, rules: Rules) -> Iterator[Event]:
    for utterance, coded in _coded(conversation, rules):
        for found in coded.behaviours:
            yield Event(
                found.kind,
                utterance.span,
                utterance.role,
                found.evidence,
                found.confidence,
                utterance.index,
            )


@lru_cache(maxsize=8)
def _coded(conversation: Conversation, rules: Rules) -> tuple[tuple[Utterance, Coded], ...]:
    """Code every turn that has words; a backchannel is timing's matter, not the coder's."""
    spoken = [u for u in conversation.utterances if u.words and u.kind != "backchannel"]
    coded = code([(u.role, u.text) for u in spoken], rules=rules)
    return tuple(zip(spoken, coded, strict=True))


def _backchannels(conversation: Conversation) -> Iterator[Event]:
    for u in conversation.of("therapist", kind="backchannel"):
        evidence = u.text or f"{u.span.duration:.1f} s while the client held the floor"
        yield Event("backchannel", u.span, "therapist", evidence, 0.8, u.index)


def _held_silences(conversation: Conversation) -> Iterator[Event]:
    """Silences after the client that the therapist left to the client to end (PICS: 3 s)."""
    for s in conversation.silences:
        if s.kind == "silence" and s.previous == "client" and s.ended_by == "client":
            evidence = f"{s.span.duration:.1f} s after the client, who ended it"
            yield Event("held_silence", s.span, "therapist", evidence, 0.9)


def _overlaps(conversation: Conversation, limits: Listening) -> Iterator[Event]:
    """Starts inside the other's speech after which the other stops; to listen to, not to count.

    The order of the rules: backchannels and talk that ends before the other does are no
    candidates; nor is a start within `terminal_overlap_s` of the other's end.
    """
    primary = [u for u in conversation.utterances if u.kind == "primary"]
    for comer in primary:
        for holder in primary:
            if {comer.role, holder.role} != {"therapist", "client"}:
                continue
            stopped = _stopped_by(comer, holder, limits)
            if stopped is None:
                continue
            evidence = (
                f"{comer.role} starts {stopped - comer.span.start:.1f} s before "
                f"{holder.role} stops, and goes on"
            )
            span = Span(max(holder.span.start, comer.span.start - 5), comer.span.end)
            yield Event(
                "overlap_to_review",
                span & comer.span or comer.span,
                comer.role,
                evidence,
                0.5,
                comer.index,
            )


def _stopped_by(comer: Utterance, holder: Utterance, limits: Listening) -> float | None:
    """Give when `holder` stopped, if this start is an overlap to review."""
    start = comer.span.start
    ipu = next((i for i in holder.ipus if i.start < start < i.end), None)
    if ipu is None or start - holder.span.start < limits.overlap_lead_s:
        return None
    lasted, held = ipu.end - start, comer.span.end - ipu.end
    if not limits.terminal_overlap_s < lasted <= limits.overlap_stop_s:
        return None
    resumes = any(0 < i.start - ipu.end < limits.overlap_hold_s for i in holder.ipus)
    finished = holder.span.end == ipu.end and holder.text.rstrip().endswith((".", "?", "!"))
    return None if resumes or finished or held < limits.overlap_hold_s else ipu.end


def _minimal_answers(conversation: Conversation, limits: Listening) -> Iterator[Event]:
    """A client answer much shorter and later than this client's own usual, after longer ones."""
    client = conversation.of("client", kind="primary")
    if len(client) < limits.least_client_turns:
        return
    lengths = sorted(u.phonation for u in client)
    usual = lengths[len(lengths) // 2]
    waits = {u.index: _wait(conversation, u) for u in client}
    known = sorted(w for w in waits.values() if w is not None)
    if not known:
        return
    late = known[int(0.75 * (len(known) - 1))]
    for before, u in pairwise(client):
        wait = waits[u.index]
        short = u.phonation <= limits.minimal_answer_s and len(u.words) <= 3
        if short and before.phonation >= usual > 2 and wait is not None and wait > max(late, 1.0):
            evidence = f"{u.phonation:.1f} s of talk after {wait:.1f} s; usual {usual:.1f} s"
            yield Event("withdrawal_marker", u.span, "client", evidence, 0.3, u.index)


def _wait(conversation: Conversation, u: Utterance) -> float | None:
    """Seconds from the end of the therapist's turn to this one; None if it does not follow."""
    before = next(
        (v for v in reversed(conversation.utterances[: u.index]) if v.kind == "primary"), None
    )
    return before.span.gap(u.span) if before and before.role == "therapist" else None


def _outcome(conversation: Conversation, event: Event, rules: Rules) -> Outcome:
    """What the client did after an event; a backchannel is followed by the rest of the turn."""
    inside = event.kind == "backchannel" and next(
        (
            u
            for u in conversation.of("client", kind="primary")
            if u.span.start < event.span.start and u.span.end > event.span.end
        ),
        None,
    )
    if inside:
        rest = Span(event.span.end, inside.span.end)
        words = [w for w in inside.words if w.span.middle >= rest.start]
        return Outcome(
            round(total(inside.ipus, rest), 3),
            len(words) if inside.words else None,
            None,
            _feeling(" ".join(w.text for w in words), rules) if inside.words else None,
        )
    return outcome_after(conversation, event.span.end, event.span.start, rules)


def outcome_after(conversation: Conversation, end: float, start: float, rules: Rules) -> Outcome:
    """Give what the client did after a stretch: their next primary utterance.

    Where the therapist takes another primary turn first, nothing can be said.

    Parameters
    ----------
    end, start : float
        Seconds, of the stretch; the client's turn must start after `start`.
    """
    following = next(
        (u for u in conversation.utterances if u.kind == "primary" and u.span.start > start), None
    )
    if following is None or following.role != "client":
        return Outcome()
    counted = bool(following.words)
    return Outcome(
        round(following.phonation, 3),
        len(following.words) if counted else None,
        round(following.span.start - end, 3),
        _feeling(following.text, rules) if counted else None,
    )


def _feeling(text: str, rules: Rules) -> int:
    return sum(bool(rules.feeling.fullmatch(t.text)) for t in tokens(text, rules))


def _continuity(
    conversation: Conversation, frames: Frames, limits: Listening
) -> dict[int, dict[str, float]]:
    """How far a therapist turn starts from where the client's voice left off.

    For pitch and level: the distance between the therapist's first and the client's last second
    of speech, each in robust z of that speaker's own session; 0 is the same place in either's
    own range. Weiste & Perakyla 2014 describe such continuity; small is not better.
    """
    import numpy as np

    said: dict[int, dict[str, float]] = {}
    usual = {role: _usual(conversation, frames, role) for role in ("therapist", "client")}
    primary = [u for u in conversation.utterances if u.kind == "primary"]
    for before, after in pairwise(primary):
        if (before.role, after.role) != ("client", "therapist"):
            continue
        edges = (
            (
                "client",
                Span(
                    max(before.span.start, before.span.end - limits.continuity_s), before.span.end
                ),
            ),
            (
                "therapist",
                Span(after.span.start, min(after.span.end, after.span.start + limits.continuity_s)),
            ),
        )
        found = {}
        for name in ("pitch", "level"):
            places = [
                _place(conversation, frames, role, span, name, usual[role][name])
                for role, span in edges
            ]
            if all(np.isfinite(places)):
                found[f"continuity.{name}"] = round(abs(places[1] - places[0]), 3)
        said[after.index] = found
    return said


def _column(frames: Frames, name: str) -> Any:
    """Pitch in semitones over 27.5 Hz, or level in dB; NaN where not voiced."""
    import numpy as np

    pitch = 12 * np.log2(frames.f0_hz / 27.5)
    return pitch if name == "pitch" else np.where(np.isfinite(pitch), frames.level_db, np.nan)


def _usual(conversation: Conversation, frames: Frames, role: str) -> dict[str, tuple[float, float]]:
    """Median and robust spread of a role's voice where they speak alone."""
    import numpy as np

    own = frames.channel(conversation.channel(role))
    alone = np.zeros(own.time_s.shape, bool)
    for span in conversation.alone(role):
        alone[round(span.start / own.hop_s) : round(span.end / own.hop_s)] = True
    usual = {}
    for name, floor in (("pitch", 0.5), ("level", 1.0)):
        kept = _column(own, name)[alone]
        kept = kept[np.isfinite(kept)]
        middle = float(np.median(kept)) if kept.size >= 100 else math.nan
        spread = 1.4826 * float(np.median(np.abs(kept - middle))) if kept.size >= 100 else math.nan
        usual[name] = (middle, max(spread, floor))
    return usual


def _place(
    conversation: Conversation,
    frames: Frames,
    role: str,
    span: Span,
    name: str,
    usual: tuple[float, float],
) -> float:
    """Where a stretch lies in a role's own range, in robust z; NaN under 0.15 s of voice."""
    import numpy as np

    own = frames.channel(conversation.channel(role))
    column = _column(own, name)[round(span.start / own.hop_s) : round(span.end / own.hop_s)]
    kept = column[np.isfinite(column)]
    if kept.size * own.hop_s < 0.15:
        return math.nan
    return (float(np.median(kept)) - usual[0]) / usual[1]


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

    A correction finds its event by kind and by sharing half of either's time, so that it
    survives a new run whose borders moved. What a person confirmed, changed or added stands
    even where the rules no longer find it; `conversation` tells which utterance that is, and
    what the client did next.
    """
    kept = list(events)
    for c in corrections:
        hits = [e for e in kept if e.kind == c.kind and _same_place(e.span, c.span)]
        kept = [e for e in kept if e not in hits]
        if c.action == "remove":
            continue
        basis = hits[:1] or [_named(c, conversation)]
        kept += [replace(e, kind=c.to or c.kind, confidence=1.0, corrected_by=c.by) for e in basis]
    return tuple(sorted(kept, key=lambda e: (e.span, BEHAVIOURS.index(e.kind))))


def _named(c: Correction, conversation: Conversation | None) -> Event:
    """Make the event a person names where the rules found none."""
    event = Event(c.kind, c.span, c.role, f"named by {c.by}", 1.0)
    if conversation is None:
        return event
    own = max(conversation.of(c.role), key=lambda u: u.span.overlap(c.span), default=None)
    index = own.index if own and own.span.overlap(c.span) > 0 else None
    event = replace(event, utterance=None if c.kind == "held_silence" else index)
    return replace(event, outcome=_outcome(conversation, event, load("en")))


def _same_place(one: Span, other: Span) -> bool:
    shorter = min(one.duration, other.duration)
    return one.overlap(other) > 0.5 * shorter if shorter > 0 else one == other


def measures(
    events: Iterable[Event],
    conversation: Conversation,
    settings: Settings,
    within: Span | None = None,
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
    where = within or conversation.whole
    return tuple(make(conversation, kept, where, settings) for make in _MEASURES.values())


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
    low, high = _blocks(parts, wholes)
    return Measure(name, "therapist", part / whole, "", part, whole, n, low, high)


def _blocks(
    parts: list[float], wholes: list[float], *, block: int = 5, draws: int = 1000
) -> tuple[float | None, float | None]:
    """Bound a ratio of sums: 95 % moving-block bootstrap over turns, always the same draws."""
    import numpy as np

    part, whole = np.asarray(parts), np.asarray(wholes)
    size = min(block, len(part))
    starts = np.random.default_rng(0).integers(
        0, len(part) - size + 1, (draws, -(-len(part) // size))
    )
    at = (starts[..., None] + np.arange(size)).reshape(draws, -1)[:, : len(part)]
    tops, bottoms = part[at].sum(1), whole[at].sum(1)
    ratios = tops[bottoms > 0] / bottoms[bottoms > 0]
    if not ratios.size:
        return None, None
    return float(np.quantile(ratios, 0.025)), float(np.quantile(ratios, 0.975))


def _counts(
    conversation: Conversation, events: tuple[Event, ...], within: Span, kinds: set[str]
) -> list[float]:
    carrying = {e.utterance for e in events if e.kind in kinds and e.role == "therapist"}
    return [float(u.index in carrying) for u in _turns(conversation, within)]


_QUESTIONS = {"question_open", "question_closed"}


def _reflections_to_questions(
    conversation: Conversation, events: tuple[Event, ...], within: Span, settings: Settings
) -> Measure:
    reflections = _counts(conversation, events, within, {"reflection", "summary"})
    questions = _counts(conversation, events, within, _QUESTIONS)
    return _ratio(
        "listening.reflections_to_questions",
        reflections,
        questions,
        least=settings.listening.least_questions,
        lacking="turns with a question",
        n=int(sum(questions)),
    )


def _open_share(
    conversation: Conversation, events: tuple[Event, ...], within: Span, settings: Settings
) -> Measure:
    opened = _counts(conversation, events, within, {"question_open"})
    questions = _counts(conversation, events, within, _QUESTIONS)
    return _ratio(
        "listening.open_question_share",
        opened,
        questions,
        least=settings.listening.least_questions,
        lacking="turns with a question",
        n=int(sum(questions)),
    )


def _uptake(
    conversation: Conversation, events: tuple[Event, ...], within: Span, settings: Settings
) -> Measure:
    """Content words of therapist turns that come from the client's last turn of five words."""
    rules = _rules_of(conversation)
    parts: list[float] = []
    wholes: list[float] = []
    before = ""
    kept = {u.index for u in _turns(conversation, within)}
    for u in conversation.utterances:
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
        least=settings.listening.least_uptake_turns,
        lacking="therapist turns after a client turn of five words",
        n=len(parts),
    )


def _rules_of(conversation: Conversation) -> Rules | None:
    if words_withheld(conversation) is not None:
        return None
    return load(conversation.language or "en")


_Make = Callable[[Conversation, tuple[Event, ...], Span, Settings], Measure]
_MEASURES: dict[str, _Make] = {
    "listening.reflections_to_questions": _reflections_to_questions,
    "listening.open_question_share": _open_share,
    "listening.uptake": _uptake,
}


@lru_cache(maxsize=8)
def _word_events(conversation: Conversation) -> tuple[Event, ...]:
    rules = _rules_of(conversation)
    return tuple(_from_words(conversation, rules)) if rules else ()


def _cue(name: str) -> Callable[[Conversation, Frames, str, Span, Settings], Measure]:
    def measure(
        conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
    ) -> Measure:
        reason = words_withheld(conversation)
        if reason is not None:
            return Measure(name, role, None, "", reliable=False, reason=reason)
        return _MEASURES[name](conversation, _word_events(conversation), within, settings)

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

"""Corrections replayed: the report that follows from what was heard and what people corrected.

Conventions
-----------
Corrections change streams of speech and words, in their order; the conversation is woven once and
the figures are made once. A behaviour is looked up last, in the conversation as corrected. A
correction that does not fit is refused if it is new, and said in the notes if it is not. No sound
and no model is needed, and nothing here touches the disk.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diarize.conversation import Conversation, Utterance
from diarize.edits import operations as amending
from diarize.edits.operations import Streams
from diarize.errors import Refused
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.timeline import Span, Turn, Word
from prosody.features.frames import Frames
from prosody.findings import Facts, findings
from prosody.listening import behaviours
from prosody.listening.events import Judgement
from prosody.render.wording import behaviour, clock
from prosody.report import codec
from prosody.report.model import Report
from prosody.settings import Settings
from prosody.store.library import Correction, Heard

__all__ = [
    "KEEP_WORDS",
    "TEXTS",
    "described",
    "replay",
    "turn_rows",
    "word_rows",
    "words_needed",
]

KEEP_WORDS = "keep_words"  # the scope without which no word of a session is kept
TEXTS = ("turn_text", "text")  # kinds that are nothing without their words


@dataclass(frozen=True, slots=True)
class _Work:
    """What corrections change, on its way from what was heard to a report."""

    streams: Streams
    settings: Settings
    engines: Mapping[str, Engine]


def replay(
    heard: Heard, frames: Frames, kept: Sequence[Correction], *, fresh: int | None = None
) -> Report:
    """Make the report that follows from what was heard and from what people corrected.

    Parameters
    ----------
    heard : Heard
        The session as the analysis heard it.
    frames : Frames
        Its frames.
    kept : sequence of Correction
        All of them, in order; those that were taken back count for nothing.
    fresh : int, optional
        From this place on a correction that does not fit is refused; earlier ones are noted.

    Raises
    ------
    Refused
        If a fresh one does not fit.
    """
    base = heard.report
    start = base.conversation
    settings = codec.thaw(Settings, base.settings)
    work = _Work(amending.streams_of(start), settings, base.engines)
    rows = [
        (number, row)
        for number, row in enumerate(kept, 1)
        if number > heard.corrected and row.undone_by is None
    ]
    lost: list[str] = []
    first_fresh = len(kept) if fresh is None else fresh
    for number, row in rows:
        try:
            work = _APPLY.get(row.kind, _unchanged)(work, row)
        except Refused as refusal:
            _say_lost(number, row, refusal, first_fresh, lost)
    conversation = amending.woven(work.streams, start)
    judged: list[Judgement] = []
    for number, row in rows:
        if row.kind == "behaviour":
            try:
                judged.append(_judged(row, conversation))
            except Refused as refusal:
                _say_lost(number, row, refusal, first_fresh, lost)
    told = (*lost, *_words_gone(base, start))
    notes = (*base.notes, *(Note("legacy.text", {"text": text}) for text in told))
    facts = Facts(base.recording, base.consent, work.engines, base.quality, notes)
    return findings(conversation, frames, facts, work.settings, judged=tuple(judged))


def _say_lost(number: int, row: Correction, refusal: Refused, fresh: int, lost: list[str]) -> None:
    """Refuse a new correction that does not fit; say of an earlier one that it was left out."""
    if number > fresh:
        raise refusal
    what = described(row, words=False)
    lost.append(
        f"correction {number} of {row.by} ({what}) no longer fits and is left out: {refusal}"
    )


def _words_gone(base: Report, start: Conversation) -> tuple[str, ...]:
    """Say that figures from words are missing where words were used and not kept."""
    if KEEP_WORDS in base.consent.scopes or start.has_words:
        return ()
    if base.engines["transcriber"].name == "none":
        return ()
    return (
        "after a correction nothing that rests on words can be said, because the consent does "
        "not cover keeping them; analyse the recording again, and the correction is kept",
    )


def _span(row: Correction) -> Span:
    return Span(float(row.detail["start_s"]), float(row.detail["end_s"]))


def _unchanged(work: _Work, row: Correction) -> _Work:
    return work


def _role(work: _Work, row: Correction) -> _Work:
    roles = {str(row.detail["voice"]): str(row.detail["role"])}
    return replace(work, streams=amending.tell_roles(work.streams, roles, by=row.by))


def _turn_voice(work: _Work, row: Correction) -> _Work:
    was = row.detail.get("was")
    voice = str(row.detail["voice"])
    streams = amending.give_stretch(work.streams, _span(row), was=was, voice=voice)
    return replace(work, streams=streams)


def _words_voice(work: _Work, row: Correction) -> _Work:
    was, voice = str(row.detail["was"]), str(row.detail["voice"])
    streams = amending.give_words(work.streams, _span(row), was=was, voice=voice)
    return replace(work, streams=streams)


def _turn_text(work: _Work, row: Correction) -> _Work:
    voice, text = str(row.detail["voice"]), str(row.detail["text"])
    return replace(work, streams=amending.retext(work.streams, _span(row), voice=voice, text=text))


def _text(work: _Work, row: Correction) -> _Work:
    words = _words_of(row)
    if words is None:
        raise Refused("an older version kept no words with it; give the transcript again")
    engines = {**work.engines, "transcriber": Engine("supplied transcript", "1")}
    return replace(work, streams=amending.take_words(work.streams, words), engines=engines)


def _turns(work: _Work, row: Correction) -> _Work:
    turns = tuple(Turn(Span(a, b), voice) for a, b, voice in row.detail["turns"])
    streams = amending.take_turns(work.streams, turns, new=row.detail.get("new", ()))
    engines = dict(work.engines)
    if streams.turns != work.streams.turns:
        engines["separator"] = Engine("supplied turns", "1")
    words = _words_of(row)
    if words is not None:
        streams = replace(streams, words=words)
        if work.engines["transcriber"].name == "none":
            engines["transcriber"] = Engine("supplied transcript", "1")
    return replace(work, streams=streams, engines=engines)


def _rename(work: _Work, row: Correction) -> _Work:
    names = row.detail["names"]
    return replace(work, streams=amending.rename(work.streams, names))


def _warmth(work: _Work, row: Correction) -> _Work:
    left = str(row.detail["left_out"]).split()
    warmth = work.settings.warmth.without(*left)
    return replace(work, settings=replace(work.settings, warmth=warmth))


def _motivational(work: _Work, row: Correction) -> _Work:
    said = row.detail["is"] == "yes"
    listening = replace(work.settings.listening, motivational_interviewing=said)
    return replace(work, settings=replace(work.settings, listening=listening))


_APPLY: Mapping[str, Callable[[_Work, Correction], _Work]] = {
    "role": _role,
    "turn_voice": _turn_voice,
    "words_voice": _words_voice,
    "turn_text": _turn_text,
    "text": _text,
    "turns": _turns,
    "rename": _rename,
    "warmth": _warmth,
    "motivational_interviewing": _motivational,
}


def _judged(row: Correction, conversation: Conversation) -> Judgement:
    """Give a word on a behaviour, at the turn as it is now."""
    detail = row.detail
    kind, to = str(detail["behaviour"]), detail.get("to")
    behaviours.named(to or kind)
    span, role = _span(row), str(detail["role"])
    if detail.get("of") == "turn":
        turn = _turn_at(conversation, span)
        behaviours.refuse_misfit(to or kind, turn.role)
        span, role = turn.span, turn.role
    return Judgement(str(detail["action"]), kind, span, row.by, to, role)


def _turn_at(conversation: Conversation, span: Span) -> Utterance:
    """Find the turn that shares most with a span, and runs out of it least."""

    def alike(u: Utterance) -> float:
        shared = u.span.overlap(span)
        return shared / (u.span.duration + span.duration - shared) if shared else 0.0

    best = max(conversation.utterances, key=alike, default=None)
    if best is None or best.span.overlap(span) * 2 < min(best.span.duration, span.duration):
        raise Refused(f"no turn is heard at {clock(span.start)} any more")
    return best


def words_needed(change: Correction) -> bool:
    """Say whether a correction holds words of the session."""
    return change.kind in TEXTS or "words" in change.detail


def word_rows(words: Sequence[Word]) -> list[list[Any]]:
    """Give words as a correction keeps them."""
    return [
        [round(w.span.start, 4), round(w.span.end, 4), w.text, w.probability, w.voice, w.doubtful]
        for w in words
    ]


def turn_rows(turns: Sequence[Turn]) -> list[list[Any]]:
    """Give turns as a correction keeps them."""
    return [[round(t.span.start, 4), round(t.span.end, 4), t.voice] for t in turns]


def _words_of(row: Correction) -> tuple[Word, ...] | None:
    rows = row.detail.get("words")
    if rows is None:
        return None
    return tuple(Word(Span(a, b), text, p, voice, sure) for a, b, text, p, voice, sure in rows)


def described(row: Correction, *, words: bool) -> str:
    """Say what a correction changes; what a person wrote only with `words`."""
    detail = row.detail
    where = ""
    if "end_s" in detail:
        where = f"{clock(float(detail['start_s']))} to {clock(float(detail['end_s']))}"
    said = _SAID.get(row.kind)
    return said(detail, where, words) if said else row.kind


def _behaviour_said(detail: Mapping[str, Any], where: str, words: bool) -> str:
    kind = behaviour(str(detail["behaviour"])).lower()
    said = {"confirm": "is", "add": "is", "remove": "is not"}.get(str(detail["action"]))
    if said is None:
        return f"{where} is {behaviour(str(detail['to'])).lower()}, not {kind}"
    return f"{where} {said} {kind}"


def _turns_said(detail: Mapping[str, Any], where: str, words: bool) -> str:
    also = " and words" if "words" in detail else ""
    return f"turns{also} from an edited file ({len(detail['turns'])} stretches of speech)"


_SAID: Mapping[str, Callable[[Mapping[str, Any], str, bool], str]] = {
    "role": lambda d, at, w: f"voice {d['voice']} is the {d['role']}",
    "turn_voice": lambda d, at, w: (
        f"{at} belongs to voice {d['voice']}"
        + (f", not {d['was']}" if d.get("was", d["voice"]) != d["voice"] else "")
    ),
    "words_voice": lambda d, at, w: f"words {at} belong to voice {d['voice']}, not {d['was']}",
    "turn_text": lambda d, at, w: f"new text {at}" + (f": {d['text'] or '(none)'}" if w else ""),
    "text": lambda d, at, w: "all words from another transcript",
    "turns": _turns_said,
    "rename": lambda d, at, w: ", ".join(f"voice {a} is called {b}" for a, b in d["names"].items()),
    "behaviour": _behaviour_said,
    "warmth": lambda d, at, w: f"warmth proxy without: {d['left_out'] or 'nothing left out'}",
    "silence": lambda d, at, w: (
        f"the silence at {clock(float(d['start_s']))} is read as {d['reading']}"
    ),
    "motivational_interviewing": lambda d, at, w: (
        "the session is" + ("" if d["is"] == "yes" else " not") + " motivational interviewing"
    ),
}

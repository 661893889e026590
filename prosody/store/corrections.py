"""Corrections: what a person changed, one row per kind, and what follows from it.

Conventions
-----------
A correction says where by time and voice, so that it is found again in a new analysis. Each kind
is one row of `KINDS`. They are applied in their order, each to the conversation as the one before
left it; a behaviour is looked up last, in the conversation as corrected. One that does not fit is
refused if it is new, and said in the notes if it is not. No sound and no model is needed, and
nothing here touches the disk.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diarize.conversation import Conversation, Utterance
from diarize.edits import naming
from diarize.edits import operations as edits
from diarize.errors import Refused
from diarize.messages import Field, Message, Note, message
from diarize.models.engine import Engine
from diarize.timeline import Span, Turn, Word
from prosody.features.frames import Frames
from prosody.findings import KEEP_WORDS, Heard, findings
from prosody.listening import behaviours
from prosody.listening.events import Judgement
from prosody.render.wording import behaviour
from prosody.report.model import Report

__all__ = [
    "KINDS",
    "Correction",
    "Kind",
    "applied",
    "described",
    "holds_words",
    "report_of",
    "turn_rows",
    "with_names",
    "without_words",
    "word_rows",
]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person changed, kept for ever and applied again after a new analysis.

    `kind` names a row of `KINDS`, which says what `detail` holds (times in seconds). `by` is a
    code, `on` an ISO date; `undone_by` and `undone_on` say who took it back and when. A field
    may be missing in what an older version wrote.
    """

    kind: str
    by: str
    on: str
    detail: Mapping[str, Any]
    undone_by: str | None = None
    undone_on: str | None = None

    @property
    def span(self) -> Span:
        """Where it is, of those that have a place."""
        return Span(float(self.detail["start_s"]), float(self.detail["end_s"]))


Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of correction.

    Parameters
    ----------
    said : callable
        What it changes, as a message, from its detail.
    apply : callable or None
        What follows from what was heard; None where no conversation changes.
    text : bool
        Whether it is nothing without words of the session.
    taken_back : bool
        Whether it can be taken back; otherwise a later one of its kind wins.
    """

    said: Callable[[Detail], Message]
    apply: Callable[[Heard, Correction], Heard] | None = None
    text: bool = False
    taken_back: bool = True


def applied(heard: Heard, rows: Sequence[Correction], *, fresh: int | None = None) -> Heard:
    """Give what follows from what was heard and the corrections that are not in it yet.

    Parameters
    ----------
    heard : Heard
        As the analysis heard it, or as earlier corrections left it.
    rows : sequence of Correction
        All of the session, in order; those that were taken back count for nothing.
    fresh : int, optional
        From this place on a correction that does not fit is refused; earlier ones are noted.

    Raises
    ------
    Refused
        If a fresh one does not fit.
    """
    fresh, now, lost = len(rows) if fresh is None else fresh, heard, list[Note]()
    for number, row in _standing(rows, heard.corrected):
        kind = KINDS.get(row.kind)
        if kind is None or kind.apply is None:
            continue
        try:
            now = kind.apply(now, row)
        except Refused as refusal:
            lost.append(_lost(number, row, refusal, fresh))
    facts = replace(now.facts, notes=(*now.facts.notes, *lost)) if lost else now.facts
    return replace(now, facts=facts, corrected=len(rows))


def report_of(
    now: Heard,
    frames: Frames,
    rows: Sequence[Correction],
    *,
    since: int = 0,
    fresh: int | None = None,
) -> Report:
    """Make the report of a session as corrected.

    Parameters
    ----------
    now : Heard
        From `applied`.
    frames : Frames
        Its frames.
    rows, fresh
        As in `applied`.
    since : int
        How many corrections were in what the analysis heard already.

    Raises
    ------
    Refused
        If a fresh behaviour does not fit.
    """
    fresh = len(rows) if fresh is None else fresh
    judged, lost = list[Judgement](), list[Note]()
    for number, row in _standing(rows, since):
        if row.kind == "behaviour":
            try:
                judged.append(_judged(row, now.conversation))
            except Refused as refusal:
                lost.append(_lost(number, row, refusal, fresh))
    if len(rows) > since and _words_gone(now):
        lost.append(Note("notes.words_gone", {}, "caution"))
    return findings(now, frames, judged=tuple(judged), lost=lost)


def _standing(rows: Sequence[Correction], since: int) -> list[tuple[int, Correction]]:
    numbered = list(enumerate(rows, 1))[since:]
    return [(number, row) for number, row in numbered if row.undone_by is None]


def _lost(number: int, row: Correction, refusal: Refused, fresh: int) -> Note:
    """Refuse a new correction that does not fit; say of an earlier one that it was left out."""
    if number > fresh:
        raise refusal
    fields: dict[str, Field] = {
        "number": number,
        "by": row.by,
        "what": described(row),
        "why": refusal.message,
    }
    return Note("notes.correction_lost", fields, "caution")


def _words_gone(now: Heard) -> bool:
    """Whether words were used, and nothing of them was kept, as older versions had it."""
    kept = KEEP_WORDS in now.facts.consent.scopes or now.conversation.has_words
    return not kept and now.facts.engines["transcriber"].name != "none"


def _with_talk(heard: Heard, conversation: Conversation, **engines: Engine) -> Heard:
    facts = replace(heard.facts, engines={**heard.facts.engines, **engines})
    return replace(heard, conversation=conversation, facts=facts)


def _role(heard: Heard, row: Correction) -> Heard:
    roles = {str(row.detail["voice"]): str(row.detail["role"])}
    return _with_talk(heard, edits.tell_roles(heard.conversation, roles, by=row.by))


def _turn_voice(heard: Heard, row: Correction) -> Heard:
    was, voice = row.detail.get("was"), str(row.detail["voice"])
    editing = heard.settings.hearing.editing
    talk = edits.give_stretch(heard.conversation, row.span, was=was, voice=voice, editing=editing)
    return _with_talk(heard, talk)


def _words_voice(heard: Heard, row: Correction) -> Heard:
    was, voice = str(row.detail["was"]), str(row.detail["voice"])
    return _with_talk(heard, edits.give_words(heard.conversation, row.span, was=was, voice=voice))


def _turn_text(heard: Heard, row: Correction) -> Heard:
    voice, text = str(row.detail["voice"]), str(row.detail["text"])
    editing = heard.settings.hearing.editing
    talk = edits.retext(heard.conversation, row.span, voice=voice, text=text, editing=editing)
    return _with_talk(heard, talk)


_TRANSCRIPT = Engine("supplied transcript", "1")


def _text(heard: Heard, row: Correction) -> Heard:
    words = _words_of(row)
    if words is None:
        raise Refused("corrections.words_missing")
    talk = edits.take_words(heard.conversation, words)
    return _with_talk(heard, talk, transcriber=_TRANSCRIPT)


def _turns(heard: Heard, row: Correction) -> Heard:
    turns = tuple(Turn(Span(a, b), voice) for a, b, voice in row.detail["turns"])
    words, new = _words_of(row), row.detail.get("new", ())
    talk = edits.take_turns(
        heard.conversation, turns, new=new, words=words, editing=heard.settings.hearing.editing
    )
    engines = {}
    if edits.streams_of(talk).turns != edits.streams_of(heard.conversation).turns:
        engines["separator"] = Engine("supplied turns", "1")
    if words is not None and heard.facts.engines["transcriber"].name == "none":
        engines["transcriber"] = _TRANSCRIPT
    return _with_talk(heard, talk, **engines)


def _rename(heard: Heard, row: Correction) -> Heard:
    return _with_talk(heard, naming.rename(heard.conversation, row.detail["names"]))


def _warmth(heard: Heard, row: Correction) -> Heard:
    warmth = heard.settings.warmth.without(*str(row.detail["left_out"]).split())
    return replace(heard, settings=replace(heard.settings, warmth=warmth))


def _motivational(heard: Heard, row: Correction) -> Heard:
    said = row.detail["is"] == "yes"
    listening = replace(heard.settings.listening, motivational_interviewing=said)
    return replace(heard, settings=replace(heard.settings, listening=listening))


def _judged(row: Correction, conversation: Conversation) -> Judgement:
    """Give a word on a behaviour, at the turn as it is now."""
    detail = row.detail
    kind, to = str(detail["behaviour"]), detail.get("to")
    span, role = row.span, str(detail["role"])
    behaviours.named(to or kind)
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
        raise Refused("corrections.no_turn", at=span.start)
    return best


def holds_words(row: Correction) -> bool:
    """Say whether a correction holds words of the session."""
    kind = KINDS.get(row.kind)
    return (kind is not None and kind.text) or "words" in row.detail


def without_words(rows: Sequence[Correction]) -> tuple[Correction, ...]:
    """Leave out every word a person wrote."""
    return tuple(
        replace(row, detail={k: v for k, v in row.detail.items() if k != "words"})
        for row in rows
        if not (row.kind in KINDS and KINDS[row.kind].text)
    )


def with_names(detail: Detail, names: Mapping[str, str]) -> dict[str, Any]:
    """Give what a correction says with other names of voices."""
    now = dict(detail)
    for field in ("voice", "was"):
        if field in now:
            now[field] = names.get(now[field], now[field])
    for field, place in (("turns", 2), ("words", 4)):
        if field in now:
            now[field] = [
                [*row[:place], names.get(row[place], row[place]), *row[place + 1 :]]
                for row in now[field]
            ]
    if "new" in now:
        now["new"] = [names.get(voice, voice) for voice in now["new"]]
    return now


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


def described(row: Correction, *, words: bool = False) -> Message:
    """Say what a correction changes; what a person wrote only with `words`."""
    if words and row.kind == "turn_text":
        return Message("corrections.turn_text_shown", dict(row.detail))
    kind = KINDS.get(row.kind)
    return kind.said(row.detail) if kind else Message(f"corrections.{row.kind}", {})


def _plainly(code: str) -> Callable[[Detail], Message]:
    """Say it with its own fields."""
    return lambda detail: Message(f"corrections.{code}", dict(detail))


def _turn_voice_said(detail: Detail) -> Message:
    given = detail.get("was", detail["voice"]) != detail["voice"]
    return Message("corrections.turn_voice" + ("_from" if given else ""), dict(detail))


def _turns_said(detail: Detail) -> Message:
    code = "corrections.turns_and_words" if "words" in detail else "corrections.turns"
    return message(code, n=len(detail["turns"]))


def _rename_said(detail: Detail) -> Message:
    pairs = detail["names"].items()
    names = tuple(message("corrections.renamed", old=old, new=new) for old, new in pairs)
    return message("corrections.rename", names=names)


def _behaviour_said(detail: Detail) -> Message:
    action = {"confirm": "is", "add": "is", "remove": "is_not"}.get(str(detail["action"]), "is_now")
    return message(
        f"corrections.{action}",
        start_s=float(detail["start_s"]),
        end_s=float(detail["end_s"]),
        kind=behaviour(str(detail["behaviour"])).lower(),
        to=behaviour(str(detail.get("to") or "")).lower(),
    )


def _warmth_said(detail: Detail) -> Message:
    left = tuple(str(detail["left_out"]).split())
    return message("corrections.warmth" if left else "corrections.warmth_whole", left_out=left)


def _motivational_said(detail: Detail) -> Message:
    return message(f"corrections.motivational_{detail['is']}")


# What `detail` of each holds: role: voice, role. turn_voice and words_voice: start_s, end_s, was,
# voice. turn_text: start_s, end_s, voice, text. text: sha256 of the transcript, words. turns:
# sha256 of the file, turns as [start_s, end_s, voice], new (voices nobody had heard before),
# words where the file has some; words are [start_s, end_s, text, probability, voice, doubtful].
# rename: names, old to new. behaviour: action, behaviour, to, start_s, end_s, role, of (``turn``
# or ``time``). warmth: left_out, components with spaces between. silence: start_s, reading.
# motivational_interviewing: is, yes or no.
KINDS: Mapping[str, Kind] = {
    "role": Kind(_plainly("role"), _role),
    "turn_voice": Kind(_turn_voice_said, _turn_voice),
    "words_voice": Kind(_plainly("words_voice"), _words_voice),
    "turn_text": Kind(_plainly("turn_text"), _turn_text, text=True),
    "text": Kind(_plainly("text"), _text, text=True),
    "turns": Kind(_turns_said, _turns),
    "rename": Kind(_rename_said, _rename),
    "behaviour": Kind(_behaviour_said),
    "warmth": Kind(_warmth_said, _warmth),
    "silence": Kind(_plainly("silence"), taken_back=False),
    "motivational_interviewing": Kind(_motivational_said, _motivational),
}

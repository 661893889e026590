"""Corrections by a person: applied, kept, applied again after a new analysis, taken back.

Conventions
-----------
A session that somebody corrected keeps what the analysis heard beside its report. The report
always follows from that and from all corrections in their order, so a correction, a new
analysis and taking one back are one piece of work: no sound is decoded and no model is run.
Corrections are found again by time and voice. One that no longer fits is said in the report's
notes, never dropped in silence, and tried again the next time. Words a person wrote are words
of the session: they lie in its folder, go with it, and are kept only where the consent covers
keeping words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from diarize import amending
from diarize.amending import Streams
from diarize.consent import Refused
from diarize.conversation import Conversation, Utterance
from diarize.owners import match_labels
from diarize.timeline import Span, Turn, Word
from diarize.transcript import Cue
from diarize.weights import Engine
from prosody import events, library, report, session
from prosody.events import CLIENTS_OWN, EITHERS
from prosody.frames import Frames
from prosody.library import Correction, Heard
from prosody.report import Report, conversation_of
from prosody.session import Session
from prosody.settings import Settings
from prosody.wording import behaviour, clock

__all__ = [
    "carried",
    "correct",
    "described",
    "replay",
    "turn_rows",
    "undo",
    "word_rows",
    "words_needed",
]

_KEEPS = "keep_words"
_TEXTS = ("turn_text", "text")


def correct(folder: Path, session_id: str, changes: Sequence[Correction]) -> Report:
    """Apply what a person corrected; measures follow at once and no model is run.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    changes : sequence of Correction
        What to change, in order; kept with the session for good.

    Raises
    ------
    Refused
        If the session, a voice or a turn is not there, or the consent does not cover keeping
        the words that are changed; nothing is changed then.
    """
    with library.locked(folder):
        old = library.load(folder, session_id)
        if any(words_needed(change) for change in changes) and _KEEPS not in old.consent.scopes:
            raise Refused(
                f"session {session_id}: the consent does not cover keeping words, so words that "
                "a person corrects cannot be kept; analyse it again with --transcript FILE"
            )
        before = library.corrections(folder, session_id)
        heard = library.heard(folder, session_id) or Heard(_emptied(old), len(before))
        return _kept(folder, session_id, heard, (*before, *changes), fresh=len(before))


def undo(folder: Path, session_id: str, number: int, *, by: str) -> Report:
    """Take one correction back; the others stay, and all figures follow.

    Parameters
    ----------
    folder, session_id
        As in :func:`correct`.
    number : int
        Its place in the history, from 1. It stays there, with who took it back and when.
    by : str
        The code of who takes it back.

    Raises
    ------
    Refused
        If there is no such correction, or it cannot be taken back; nothing is changed then.
    """
    with library.locked(folder):
        old = library.load(folder, session_id)
        kept = list(library.corrections(folder, session_id))
        heard = library.heard(folder, session_id) or Heard(_emptied(old), len(kept))
        if not 1 <= number <= len(kept):
            raise Refused(
                f"--undo {number}: not there; see: prosody correct {session_id} --history"
            )
        row = kept[number - 1]
        if row.undone_by is not None:
            raise Refused(f"--undo {number}: was taken back already by {row.undone_by}")
        if row.kind == "silence":
            raise Refused(f"--undo {number}: give the silence another reading in the dashboard")
        if number <= heard.corrected:
            raise Refused(
                f"--undo {number}: an older version made it and did not keep what was there "
                "before; analyse the recording again, then take it back"
            )
        kept[number - 1] = replace(row, undone_by=by, undone_on=date.today().isoformat())
        if row.kind == "rename":
            kept[number:] = _with_old_names(number, row, kept[number:])
        return _kept(folder, session_id, heard, tuple(kept), fresh=len(kept))


def _with_old_names(
    number: int, undone: Correction, later: Sequence[Correction]
) -> list[Correction]:
    """Let later corrections speak of voices by the names they have without a renaming."""
    back = {str(new): str(old) for old, new in undone.detail["names"].items()}
    rows = []
    for row in later:
        detail = dict(row.detail)
        for field in ("voice", "was"):
            if field in detail:
                detail[field] = back.get(detail[field], detail[field])
        if "turns" in detail:
            detail["turns"] = [[a, b, back.get(v, v)] for a, b, v in detail["turns"]]
        if "words" in detail:
            detail["words"] = [[*w[:4], back.get(w[4], w[4]), w[5]] for w in detail["words"]]
        if "names" in detail and row.undone_by is None:
            names = {back.get(old, old): new for old, new in detail["names"].items()}
            if taken := set(names.values()) & set(back.values()):
                raise Refused(
                    f"--undo {number}: a later renaming gave {', '.join(sorted(taken))} to another "
                    "voice; take that one back first"
                )
            back = {new: old for new, old in back.items() if new not in detail["names"]}
            detail["names"] = names
        rows.append(replace(row, detail=detail))
    return rows


def _kept(
    folder: Path,
    session_id: str,
    heard: Heard,
    kept: tuple[Correction, ...],
    *,
    fresh: int,
) -> Report:
    """Make the report anew and save the session whole; the library is held."""
    from prosody.page import html

    frames = library.frames(folder, session_id)
    made = replay(heard, frames, kept, fresh=fresh)
    page = html(made, frames, session_id=session_id)
    entry = library.entry(folder, session_id)
    library.save(folder, entry, made, page, None, keep=kept, heard=heard)
    return made


def carried(
    folder: Path, session_id: str, made: Session
) -> tuple[Report, tuple[Correction, ...], Heard | None]:
    """Apply to a new analysis what people corrected in the one before it.

    Parameters
    ----------
    folder : Path
        The library, held with `library.locked`.
    session_id : str
        Which session.
    made : Session
        The new analysis.

    Returns
    -------
    report, corrections, heard
        To be saved. Voices have the names they had, found by the time they share, because
        corrections speak of them by name.
    """
    kept = library.corrections(folder, session_id)
    if all(row.kind == "silence" for row in kept):  # readings, which change no figure
        return made.report, kept, None
    before = _before(folder, session_id)
    # With its words, which the report may have lost for want of consent; figures need them.
    full = replace(made.report, turns=report.turns_of(made.conversation))
    if _KEEPS not in full.consent.scopes:
        kept, erased = _without_words(kept)
        if erased:
            note = "words that a person had corrected were erased: the consent covers them no more"
            full = replace(full, notes=(*full.notes, note))
    elif before is not None:
        kept = tuple(_with_words(row, before) for row in kept)
    # Through its file's rounding, so that correcting the saved session later gives the same.
    full = report.from_json(report.to_json(_emptied(_renamed_as(full, before))))
    heard = Heard(full if _KEEPS in full.consent.scopes else report.without_words(full))
    return replay(Heard(full), made.frames, kept, fresh=len(kept)), kept, heard


def _before(folder: Path, session_id: str) -> Report | None:
    """Give what was heard before, even where its consent has run out and a new one was given."""
    try:
        heard = library.heard(folder, session_id)
        return heard.report if heard else library.load(folder, session_id, today=date.min)
    except Refused:
        return None


def _with_words(row: Correction, before: Report) -> Correction:
    """Give a correction of an older version the words it put in, which its report still has."""
    if row.kind != "text" or "words" in row.detail:
        return row
    said = amending.streams_of(conversation_of(before)).words or ()
    return replace(row, detail={**row.detail, "words": word_rows(said)})


def _without_words(kept: tuple[Correction, ...]) -> tuple[tuple[Correction, ...], bool]:
    """Leave out every word a person wrote."""
    wordless = tuple(
        replace(row, detail={k: v for k, v in row.detail.items() if k != "words"})
        for row in kept
        if row.kind not in _TEXTS
    )
    return wordless, any(words_needed(row) for row in kept)


def _renamed_as(made: Report, before: Report | None) -> Report:
    """Give the voices of a new analysis the names that they had in the one before."""
    if before is None:
        return made
    now = amending.streams_of(conversation_of(made))
    # By time, never by the letters they were given: labels no voice can have see to that.
    marked = [Cue(turn.span, f"new {turn.voice}", "") for turn in now.turns]
    found = match_labels(marked, amending.streams_of(conversation_of(before)).turns)
    names = {voice: found[f"new {voice}"] for voice in now.voices if f"new {voice}" in found}
    for voice in now.voices:
        if voice not in names and voice in names.values():
            names[voice] = next(f"{voice}-{n}" for n in range(2, 99) if f"{voice}-{n}" not in names)
    return replace(
        made,
        voices=tuple(replace(v, voice=names.get(v.voice, v.voice)) for v in made.voices),
        turns=tuple(replace(t, voice=names.get(t.voice, t.voice)) for t in made.turns),
    )


def _emptied(full: Report) -> Report:
    """Give a report without its findings: what was heard, and how."""
    return replace(
        full,
        silences=(),
        measures=(),
        course=replace(full.course, series=()),
        events=(),
        links=(),
        cautions=(),
        moments=(),
        overlaps=(),
        monologues=(),
        parts=(),
        rates_in_doubt=(),
        totals=(),
        miti=(),
    )


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
    start = conversation_of(base)
    settings = report.thaw(Settings, base.settings)
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
    judged: list[events.Correction] = []
    for number, row in rows:
        if row.kind == "behaviour":
            try:
                judged.append(_judged(row, conversation))
            except Refused as refusal:
                _say_lost(number, row, refusal, first_fresh, lost)
    notes = (*base.notes, *lost, *_words_gone(base, start))
    facts = session.Facts(base.recording, base.consent, work.engines, base.quality, notes)
    return session.findings(conversation, frames, facts, work.settings, judged=tuple(judged))


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
    if _KEEPS in base.consent.scopes or start.has_words:
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
    streams = amending.take_turns(work.streams, turns)
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


def _judged(row: Correction, conversation: Conversation) -> events.Correction:
    """Give a word on a behaviour, at the turn as it is now."""
    detail = row.detail
    kind, to = str(detail["behaviour"]), detail.get("to")
    span, role = _span(row), str(detail["role"])
    if detail.get("of") == "turn":
        turn = _turn_at(conversation, span)
        fits(to or kind, turn.role)
        span, role = turn.span, turn.role
    return events.Correction(str(detail["action"]), kind, span, row.by, to, role)


def fits(kind: str, role: str) -> None:
    """Refuse a behaviour that somebody of this role cannot show."""
    whose = "client" if kind in CLIENTS_OWN else "therapist"
    if kind not in EITHERS and role != whose:
        known = f"the turn there is the {role}'s" if role != "unknown" else "the role is not known"
        raise Refused(f"{kind}: is said of the {whose}, and {known}")


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
    return change.kind in _TEXTS or "words" in change.detail


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
        f"{at} belongs to voice {d['voice']}" + (f", not {d['was']}" if "was" in d else "")
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

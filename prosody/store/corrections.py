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

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarize.conversation import Utterance
from diarize.edits import operations as amending
from diarize.errors import Refused
from diarize.formats.transcript import Cue
from diarize.messages import Note
from diarize.transcription.alignment import match_labels
from prosody.report import codec
from prosody.report.model import Report, without_words
from prosody.store import library
from prosody.store.library import Correction, Heard
from prosody.store.replaying import KEEP_WORDS, TEXTS, described, replay, word_rows, words_needed

if TYPE_CHECKING:
    from prosody.pipeline import Session

__all__ = ["carried", "correct", "described", "undo"]


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
        if any(words_needed(change) for change in changes) and KEEP_WORDS not in old.consent.scopes:
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
        detail = _with_names(row.detail, back)
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


def _with_names(detail: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
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


def _kept(
    folder: Path,
    session_id: str,
    heard: Heard,
    kept: tuple[Correction, ...],
    *,
    fresh: int,
) -> Report:
    """Make the report anew and save the session whole; the library is held."""
    from prosody.render.html import html

    frames = library.frames(folder, session_id)
    made = replay(heard, frames, kept, fresh=fresh)
    page = html(made, frames, session_id=session_id)
    entry = library.entry(folder, session_id)
    library.save(folder, entry, made, page, None, keep=kept, heard=heard)
    return made


def carried(
    folder: Path, session_id: str, made: "Session"
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
    full = replace(made.report, conversation=made.conversation)
    if KEEP_WORDS not in full.consent.scopes:
        kept, erased = _without_words(kept)
        if erased:
            note = "words that a person had corrected were erased: the consent covers them no more"
            full = replace(full, notes=(*full.notes, Note("legacy.text", {"text": note})))
    elif before is not None:
        kept = tuple(_with_words(row, before) for row in kept)
    # Through its file's rounding, so that correcting the saved session later gives the same.
    full = codec.from_json(codec.to_json(_emptied(_renamed_as(full, before))))
    heard = Heard(full if KEEP_WORDS in full.consent.scopes else without_words(full))
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
    said = amending.streams_of(before.conversation).words or ()
    return replace(row, detail={**row.detail, "words": word_rows(said)})


def _without_words(kept: tuple[Correction, ...]) -> tuple[tuple[Correction, ...], bool]:
    """Leave out every word a person wrote."""
    wordless = tuple(
        replace(row, detail={k: v for k, v in row.detail.items() if k != "words"})
        for row in kept
        if row.kind not in TEXTS
    )
    return wordless, any(words_needed(row) for row in kept)


def _renamed_as(made: Report, before: Report | None) -> Report:
    """Give the voices of a new analysis the names that they had in the one before."""
    if before is None:
        return made
    now = amending.streams_of(made.conversation)
    # By time, never by the letters they were given: labels no voice can have see to that.
    marked = [Cue(turn.span, f"new {turn.voice}", "") for turn in now.turns]
    found = match_labels(marked, amending.streams_of(before.conversation).turns)
    names = {voice: found[f"new {voice}"] for voice in now.voices if f"new {voice}" in found}
    for voice in now.voices:
        if voice not in names and voice in names.values():
            names[voice] = next(f"{voice}-{n}" for n in range(2, 99) if f"{voice}-{n}" not in names)
    return replace(
        made,
        conversation=replace(
            made.conversation,
            casting=tuple(replace(v, voice=names.get(v.voice, v.voice)) for v in made.voices),
            utterances=tuple(_named(t, names.get(t.voice, t.voice)) for t in made.turns),
        ),
    )


def _named(turn: Utterance, voice: str) -> Utterance:
    return replace(turn, voice=voice, words=tuple(replace(w, voice=voice) for w in turn.words))


def _emptied(full: Report) -> Report:
    """Give a report without its findings: what was heard, and how."""
    return replace(
        full,
        ended_with=(),
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

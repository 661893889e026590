"""Corrections applied: what was heard as people left it, and the report that follows.

Conventions
-----------
Corrections are applied in their order, each to the conversation as the one before left it; what
they say of behaviours is looked up last, in the conversation as corrected. One that does not fit
is refused if it is new, and said in the notes if it is not. No sound and no model is needed, and
nothing here touches the disk.
"""

from collections.abc import Sequence
from dataclasses import replace

from diarize.edits.streams import Unwoven, finished
from diarize.errors import Refused
from diarize.messages import Field, Note
from prosody.analysis import Last
from prosody.events import Judgement
from prosody.features.frames import Frames
from prosody.findings import KEEP_WORDS, Heard, findings
from prosody.report.model import Report
from prosody.store.corrections import Correction
from prosody.store.kinds import KINDS, described

__all__ = ["applied", "judgements", "report_of", "without_words"]


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
    talk = Unwoven(heard.conversation)
    for number, row in _standing(rows, heard.corrected):
        kind = KINDS.get(row.kind)
        try:
            if kind is not None and kind.edits is not None:
                talk = kind.edits(talk, row, now.settings.hearing.editing)
            elif kind is not None and kind.change is not None:
                now = kind.change(replace(now, conversation=finished(talk)), row)
                talk = Unwoven(now.conversation)
        except Refused as refusal:
            lost.append(_lost(number, row, refusal, fresh))
    facts = replace(now.facts, notes=(*now.facts.notes, *lost)) if lost else now.facts
    return replace(now, conversation=finished(talk), facts=facts, corrected=len(rows))


def report_of(
    now: Heard,
    frames: Frames,
    rows: Sequence[Correction],
    *,
    since: int = 0,
    fresh: int | None = None,
    last: Last | None = None,
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
    last : Last, optional
        As in `prosody.findings.findings`.

    Raises
    ------
    Refused
        If a fresh behaviour does not fit.
    """
    judged, lost = judgements(now, rows, len(rows) if fresh is None else fresh, since=since)
    if len(rows) > since and _words_gone(now):
        lost.append(Note("notes.words_gone", {}, "caution"))
    return findings(now, frames, judged=judged, lost=lost, last=last)


def judgements(
    now: Heard, rows: Sequence[Correction], fresh: int, *, since: int
) -> tuple[tuple[Judgement, ...], list[Note]]:
    """Give what people said of behaviours, and a note of each word that no longer fits.

    Parameters are those of `report_of`; raises as it does.
    """
    judged, lost = list[Judgement](), list[Note]()
    for number, row in _standing(rows, since):
        kind = KINDS.get(row.kind)
        if kind is None or kind.judge is None:
            continue
        try:
            judged.append(kind.judge(row, now.conversation))
        except Refused as refusal:
            lost.append(_lost(number, row, refusal, fresh))
    return tuple(judged), lost


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


def without_words(rows: Sequence[Correction]) -> tuple[Correction, ...]:
    """Leave out every word a person wrote."""
    return tuple(
        replace(row, detail={k: v for k, v in row.detail.items() if k != "words"})
        for row in rows
        if not (row.kind in KINDS and KINDS[row.kind].text)
    )

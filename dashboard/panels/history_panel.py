"""Who changed what and when: the list, each line to be taken back, and marks for the turns."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import corrections
from dashboard.view.words import say
from diarize.conversation import Utterance
from prosody.report.model import Report
from prosody.store.corrections import Correction
from prosody.store.kinds import KINDS, described

__all__ = ["marks", "show"]


def marks(report: Report, kept: Iterable[Correction]) -> dict[int, str]:
    """Say of each corrected turn who corrected it, by the turn's number.

    Parameters
    ----------
    report : Report
        The session as it stands.
    kept : iterable of Correction
        All corrections, in order. A turn is found again by time and voice, as a correction is;
        what was taken back, or speaks of a turn that is no longer there, marks nothing.
    """
    found: dict[int, dict[str, None]] = {}
    standing = [row for row in kept if row.undone_by is None]
    for number, row in enumerate(standing):
        if not _of_a_turn(row):
            continue
        voice = _now(str(row.detail["voice"]), standing[number + 1 :])
        turn = _turn(report, float(row.detail["start_s"]), float(row.detail["end_s"]), voice)
        if turn is not None:
            found.setdefault(turn.index, {})[row.by] = None
    return {index: say("corrected_by", by=tuple(codes)) for index, codes in found.items()}


def _of_a_turn(row: Correction) -> bool:
    """Whether it changes whose a turn or what of it was said."""
    return {"start_s", "end_s", "voice"} <= row.detail.keys()


def _now(voice: str, later: Iterable[Correction]) -> str:
    """Give the name a voice has now."""
    for row in later:
        voice = str(row.detail.get("names", {}).get(voice, voice))
    return voice


def _turn(report: Report, start_s: float, end_s: float, voice: str) -> Utterance | None:
    def shared(turn: Utterance) -> float:
        return min(turn.span.end, end_s) - max(turn.span.start, start_s)

    best = max((t for t in report.turns if t.voice == voice), key=shared, default=None)
    return best if best is not None and shared(best) > 0 else None


def show(desk: Desk) -> None:
    """Draw the panel."""
    kept = desk.session.corrections
    st.subheader(say("panel_history"), anchor=False)
    st.text(say("history_said"))
    if not kept:
        st.text(say("history_empty"))
    for number, row in reversed(list(enumerate(kept, 1))):
        _row(desk, number, row)


def _row(desk: Desk, number: int, row: Correction) -> None:
    folder, session_id = desk.session.folder, desk.session.session_id
    here = row.kind in KINDS and KINDS[row.kind].taken_back
    what = say("correction", number=number, what=described(row, words=True))
    with st.container(border=True):
        text, back = st.columns((10, 2), vertical_alignment="center")
        text.text(f"{what}\n{_who(row)}")
        if row.undone_by is None and back.button(
            say("take_back", number=number),
            key=f"take back {session_id} {number}",
            disabled=not here,
            help=say("take_back_help" if here else "another_reading"),
        ):
            undo = desk.signed(partial(corrections.take_back, folder, session_id, number))
            desk.correct(undo)


def _who(row: Correction) -> str:
    if row.undone_by is None:
        return say("done_by", by=row.by, on=row.on)
    return say("undone_by", by=row.by, on=row.on, other=row.undone_by, later=row.undone_on)

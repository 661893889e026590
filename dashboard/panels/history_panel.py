"""Who changed what and when: the list, each line to be taken back, and marks for the turns."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.view import corrections
from diarize.conversation import Utterance
from prosody.report.model import Report
from prosody.store.corrections import Correction, described

__all__ = ["marks", "show"]

_OF_TURNS = {"turn_voice": "voice", "words_voice": "words", "turn_text": "text"}
_NOT_HERE = {"silence": "Give the silence another reading in the list “Silences”."}


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
        if row.kind not in _OF_TURNS:
            continue
        voice = _now(str(row.detail["voice"]), standing[number + 1 :])
        turn = _turn(report, float(row.detail["start_s"]), float(row.detail["end_s"]), voice)
        if turn is not None:
            found.setdefault(turn.index, {})[row.by] = None
    return {index: f"corrected by {', '.join(codes)}" for index, codes in found.items()}


def _now(voice: str, later: Iterable[Correction]) -> str:
    """Give the name a voice has now."""
    for row in later:
        if row.kind == "rename":
            voice = str(row.detail["names"].get(voice, voice))
    return voice


def _turn(report: Report, start_s: float, end_s: float, voice: str) -> Utterance | None:
    def shared(turn: Utterance) -> float:
        return min(turn.span.end, end_s) - max(turn.span.start, start_s)

    best = max((t for t in report.turns if t.voice == voice), key=shared, default=None)
    return best if best is not None and shared(best) > 0 else None


def show(
    folder: Path,
    session_id: str,
    kept: Sequence[Correction],
    *,
    by: Callable[[], str],
    apply: Callable[[Callable[[], None]], None],
) -> None:
    """Draw the panel.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    kept : sequence of Correction
        All corrections of the session, in order.
    by : callable
        Gives the code of who takes one back.
    apply : callable
        Runs a correction, says why not or opens the session anew.
    """
    st.text(
        "What people changed in this session. All of it is applied again after a new analysis; "
        "the measures follow from what stands here."
    )
    if not kept:
        st.text("Nothing has been corrected. Point at a turn above and choose “Correct”.")
    for number, row in reversed(list(enumerate(kept, 1))):
        with st.container(border=True):
            text, back = st.columns((10, 2), vertical_alignment="center")
            text.text(f"{number}. {described(row, words=True)}\n{_who(row)}")
            if row.undone_by is None and back.button(
                "Take back",
                key=f"take back {session_id} {number}",
                disabled=row.kind in _NOT_HERE,
                help=_NOT_HERE.get(row.kind, "Makes it as it was; the line stays here."),
            ):
                apply(partial(corrections.take_back, folder, session_id, number, by=by()))


def _who(row: Correction) -> str:
    back = f", taken back by {row.undone_by} on {row.undone_on}" if row.undone_by else ""
    return f"{row.by}, {row.on}{back}"

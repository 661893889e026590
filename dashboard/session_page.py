"""One session: listen first, then numbers, differences, and how far to trust them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import opened, player, readings, serving, tables
from diarize.consent import Refused
from prosody import library, wording
from prosody.report import Report
from prosody.warmth import CAVEAT

__all__ = ["show"]

_CAUTIONS = 2  # shown above the player; the others are one click away


def show(folder: Path, key: str, home: Any) -> None:
    """Draw the page of the session named in the address; `home` is the library's page."""
    session_id = st.query_params.get("id", "")
    if not session_id:
        st.switch_page(home)
    st.page_link(home, label="All sessions", icon=":material/arrow_back:")
    try:
        held = _held(folder, session_id)
    except Refused as problem:
        st.title("This session is not opened", anchor=False)
        st.text(str(problem))
        return
    _head(folder, session_id, held.report)
    _listen(folder, session_id, key, held)
    st.text(CAVEAT)
    _findings(held.report)


@dataclass(frozen=True)
class _Held:
    """What one viewer has open; never shared between viewers."""

    stamp: str
    report: Report
    scene: dict[str, Any]


def _held(folder: Path, session_id: str) -> _Held:
    """Open the session, or give what this viewer has open while the file is unchanged."""
    at = opened.stamp(folder, session_id)
    stamp = f"{session_id} {at[0]} {at[1]}"
    held: _Held | None = st.session_state.get("held")
    if held is None or held.stamp != stamp or opened.refusal(held.report.consent):
        report = opened.report(folder, session_id)
        scene = player.payload(report, library.frames(folder, session_id), stamp=stamp)
        st.session_state["held"] = held = _Held(stamp, report, scene)
    return held


def _head(folder: Path, session_id: str, report: Report) -> None:
    entry = library.entry(folder, session_id)
    st.title(session_id, anchor=False)
    facts = [
        entry.date or entry.added_on,
        wording.clock(report.recording.duration_s),
        {"remote": "recorded over a call", "room": "recorded in a room"}.get(
            report.recording.setting, report.recording.setting
        ),
    ]
    st.text(" · ".join(facts))
    cautions = [caution for caution in report.cautions if caution != CAVEAT]
    for caution in cautions[:_CAUTIONS]:
        st.text(f"Caution: {caution}")
    if len(cautions) > _CAUTIONS:
        with st.expander(f"{len(cautions) - _CAUTIONS} more cautions"):
            for caution in cautions[_CAUTIONS:]:
                st.text(caution)


def _listen(folder: Path, session_id: str, key: str, held: _Held) -> None:
    silent = opened.silent_because(held.report.consent)
    if silent is None and library.audio_path(folder, session_id) is None:
        silent = "No sound was kept with this session."
    said = player.mount(
        held.scene,
        audio=None if silent else serving.AUDIO_PATH + _token(session_id, key),
        note=silent,
        given=readings.latest(readings.read(folder, session_id)),
        key=f"room {session_id}",
    ).reading
    if said is not None:
        readings.keep(folder, session_id, float(said["start_s"]), str(said["reading"]))
        st.toast("Your reading is kept with the session.")


def _token(session_id: str, key: str) -> str:
    """Sign once per viewer and session: a new address on every rerun would stop the sound."""
    held = st.session_state.get("token")
    if held is None or held[0] != session_id:
        st.session_state["token"] = held = (session_id, serving.token(session_id, key))
    return str(held[1])


def _findings(report: Report) -> None:
    numbers, differences, trust = st.tabs(["Measures", "What differed when", "How far to trust it"])
    with numbers:
        for index, grid in enumerate(tables.measures(report, tables.meanings())):
            tables.mount(grid, key=f"measures {index}")
    with differences:
        st.text(
            "Medians of this one session. A difference is not a cause: what was talked about, the "
            "moment in the session and chance all move these numbers."
        )
        firm, loose, unsaid = tables.links(report)
        tables.mount(firm, key="links 0")
        for index, grid in ((1, loose), (2, unsaid)):
            with st.expander(f"{grid.title} ({len(grid.lines)})"):
                tables.mount(grid, key=f"links {index}")
    with trust:
        grids = (tables.voices(report), tables.quality(report), tables.how(report))
        for index, grid in enumerate(grids):
            tables.mount(grid, key=f"trust {index}")

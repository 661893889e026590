"""One session: listen first, then numbers, differences, and how far to trust them."""

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import opened, player, readings, serving, tables, wording
from diarize.consent import Refused
from prosody import library
from prosody.report import Report
from prosody.warmth import CAVEAT

__all__ = ["show"]


def show(folder: Path, key: str, home: Any) -> None:
    """Draw the page of the session named in the address; `home` is the library's page."""
    session_id = st.query_params.get("id", "")
    if not session_id:
        st.switch_page(home)
    st.page_link(home, label="All sessions", icon=":material/arrow_back:")
    try:
        stamp, report = _report(folder, session_id)
    except Refused as problem:
        st.title("This session is not opened", anchor=False)
        st.text(str(problem))
        return
    _head(folder, session_id, report)
    _listen(folder, session_id, key, stamp, report)
    st.text(CAVEAT)
    _findings(report)


def _report(folder: Path, session_id: str) -> tuple[str, Report]:
    """Load the report, or give the one this viewer has open while the file is unchanged."""
    at = opened.stamp(folder, session_id)
    stamp = f"{session_id} {at[0]} {at[1]}"
    held: tuple[str, Report] | None = st.session_state.get("held")
    if held is None or held[0] != stamp or opened.refusal(held[1].consent):
        st.session_state["held"] = held = (stamp, opened.report(folder, session_id))
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
    for caution in report.cautions:
        if caution != CAVEAT:
            st.text(f"Caution: {caution}")


def _listen(folder: Path, session_id: str, key: str, stamp: str, report: Report) -> None:
    silent = opened.silent_because(report.consent)
    address = None
    if silent is None and library.audio_path(folder, session_id) is not None:
        address = serving.AUDIO_PATH + _token(session_id, key)
    elif silent is None:
        silent = "No sound was kept with this session."
    data = player.payload(
        report,
        library.frames(folder, session_id),
        stamp=stamp,
        audio=address,
        note=silent,
        given=readings.latest(readings.read(folder, session_id)),
    )
    said = player.mount(data, key=f"room {session_id}").reading
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

"""One session: listen first, then numbers, differences, and how far to trust them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import streamlit as st

from dashboard import serving
from dashboard.panels import agenda_panel, history_panel, listening_panel, warmth_panel
from dashboard.view import corrections, opened, player, tables
from diarize.errors import Refused
from prosody.cues.warmth import CAVEAT
from prosody.features.frames import Frames
from prosody.render import svg as figures
from prosody.render import wording
from prosody.report.model import Report
from prosody.store import agenda
from prosody.store.library import Library

__all__ = ["show"]

_ROLES = ("therapist", "client", "other")
_CAUTIONS = 2  # shown above the player; the others are one click away


def show(folder: Path, key: str, home: Any) -> None:
    """Draw the page of the session named in the address; `home` is the library's page."""
    session_id = st.query_params.get("id", "")
    if not session_id:
        st.switch_page(home)
    top, code = st.columns((5, 2), vertical_alignment="top")
    top.page_link(home, label="All sessions", icon=":material/arrow_back:")
    try:
        held = _held(folder, session_id)
    except Refused as problem:
        st.session_state.pop("held", None)  # what was open of a session that is gone goes too
        st.title("This session is not opened", anchor=False)
        st.text(str(problem))
        return
    with top:
        _head(folder, session_id, held.report)
    code.text_input(
        "Your code",
        key="code",
        placeholder="user",
        max_chars=64,
        help="Not a name. It is kept with whatever you correct or write here.",
    )
    _cautions(held.report)
    _listen(folder, session_id, key, held)
    st.text(CAVEAT)
    _findings(folder, session_id, key, held)
    _roles(folder, session_id, held.report)


@dataclass(frozen=True)
class _Held:
    """What one viewer has open; never shared between viewers."""

    stamp: str
    report: Report
    scene: dict[str, Any]
    figures: tuple[tuple[str, str, str], ...]


def _held(folder: Path, session_id: str) -> _Held:
    """Open the session, or give what this viewer has open while the file is unchanged."""
    at = opened.stamp(folder, session_id)
    stamp = f"{session_id} {at[0]} {at[1]} {opened.agenda_stamp(folder, session_id)}"
    held: _Held | None = st.session_state.get("held")
    if held is None or held.stamp != stamp or opened.refusal(held.report.consent):
        report = opened.report(folder, session_id)
        items = agenda.of(folder, session_id, report)
        kept = Library(folder).corrections(session_id)
        scene = player.payload(
            report,
            _frames(folder, session_id),
            stamp=stamp,
            session=session_id,
            items=items,
            marks=history_panel.marks(report, kept),
        )
        st.session_state["held"] = held = _Held(stamp, report, scene, _figures(report))
    return held


def _frames(folder: Path, session_id: str) -> Frames | None:
    """Read the curves; a session is worth opening without them."""
    try:
        return Library(folder).frames(session_id)
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _head(folder: Path, session_id: str, report: Report) -> None:
    entry = Library(folder).entry(session_id)
    st.title(session_id, anchor=False)
    facts = [
        entry.date or entry.added_on,
        wording.clock(report.recording.duration_s),
        {"remote": "recorded over a call", "room": "recorded in a room"}.get(
            report.recording.setting, report.recording.setting
        ),
    ]
    st.text(" · ".join(facts))


def _cautions(report: Report) -> None:
    cautions = [caution for caution in report.cautions if caution != CAVEAT]
    for caution in cautions[:_CAUTIONS]:
        st.text(f"Caution: {caution}")
    if len(cautions) > _CAUTIONS:
        with st.expander(f"{len(cautions) - _CAUTIONS} more cautions"):
            for caution in cautions[_CAUTIONS:]:
                st.text(caution)


def _listen(folder: Path, session_id: str, key: str, held: _Held) -> None:
    silent = opened.silent_because(held.report.consent)
    if silent is None and Library(folder).audio(session_id) is None:
        silent = "No sound was kept with this session."
    told = player.mount(
        held.scene,
        audio=None if silent else serving.AUDIO_PATH + _token(session_id, key),
        note=silent,
        given=corrections.readings(folder, session_id),
        answer=st.session_state.get("answer"),
        key=f"room {session_id}",
    )
    if told.reading is not None:
        start_s, reading = float(told.reading["start_s"]), str(told.reading["reading"])
        corrections.keep_reading(folder, session_id, start_s, reading, by=_code())
        st.toast("Your reading is kept with the session.")
    if told.correction is not None:
        _amend(folder, session_id, told.correction, held.stamp)


def _amend(folder: Path, session_id: str, said: Mapping[str, Any], stamp: str) -> None:
    """Correct what was asked for in the listening room, and answer there."""
    number = str(said.get("number"))
    try:
        with st.spinner("The measures follow …"):
            if said.get("stamp") != stamp:  # the numbers of its turns are no longer these
                raise Refused("the session was changed meanwhile; look at it again, then correct")
            corrections.carry_out(folder, session_id, said, by=_code())
    except Refused as problem:
        st.session_state["answer"] = {"number": number, "text": f"Not changed: {problem}"}
    else:
        st.session_state["answer"] = {"number": number, "text": ""}
    st.rerun()


def _token(session_id: str, key: str) -> str:
    """Sign once per viewer and session: a new address on every rerun would stop the sound."""
    held = st.session_state.get("token")
    if held is None or held[0] != session_id:
        st.session_state["token"] = held = (session_id, serving.token(session_id, key))
    return str(held[1])


def _findings(folder: Path, session_id: str, key: str, held: _Held) -> None:
    def listening(held: _Held) -> None:
        listening_panel.show(folder, session_id, held.report, by=_code, apply=_corrected)

    def supervision(held: _Held) -> None:
        at = serving.AGENDA_PATH + _token(session_id, key)
        agenda_panel.show(folder, session_id, held.report, by=_code, print_at=at)

    def history(held: _Held) -> None:
        kept = Library(folder).corrections(session_id)
        history_panel.show(folder, session_id, kept, by=_code, apply=_corrected)

    def warmth(held: _Held) -> None:
        warmth_panel.show(folder, session_id, held.report, by=_code, apply=_corrected)

    names = (
        "At a glance",
        "Listening",
        "Agenda",
        "Corrections",
        "Voice",
        "Every measure",
        "What differed when",
        "How far to trust it",
    )
    parts = (_glance, listening, supervision, history, warmth, _measures, _differences, _trust)
    for tab, part in zip(st.tabs(names), parts, strict=True):
        with tab:
            part(held)


def _glance(held: _Held) -> None:
    tables.mount(tables.glance(held.report, tables.meanings()), key="glance")
    for title, said, figure in held.figures:
        tables.mount_figure(title, said, figure, key=f"figure {title}")


def _measures(held: _Held) -> None:
    for grid in tables.measures(held.report, tables.meanings()):
        with st.expander(f"{grid.title} ({len(grid.lines)})"):
            tables.mount(grid, key=f"measures {grid.title}")


def _differences(held: _Held) -> None:
    st.text(
        "Medians of this one session. A difference is not a cause: what was talked about, the "
        "moment in the session and chance all move these numbers."
    )
    firm, loose, unsaid = tables.links(held.report)
    tables.mount(firm, key="links firm")
    for grid in (loose, unsaid):
        with st.expander(f"{grid.title} ({len(grid.lines)})"):
            tables.mount(grid, key=f"links {grid.title}")


def _trust(held: _Held) -> None:
    for grid in (tables.voices(held.report), tables.quality(held.report), tables.how(held.report)):
        tables.mount(grid, key=f"trust {grid.title}")
    for note in (n for n in held.report.notes if n.severity == "info"):
        st.text(f"Note: {note}")


def _code() -> str:
    return str(st.session_state.get("code", "")).strip() or "user"


def _roles(folder: Path, session_id: str, report: Report) -> None:
    """Let a person put the roles right; the page then shows the measures that follow."""
    both = {"therapist", "client"} <= {voice.role for voice in report.voices}
    with st.expander("Who is who: roles and names", expanded=bool(report.voices) and not both):
        if corrections.caution(report):
            st.text(corrections.caution(report))
        chosen = [
            (
                voice.voice,
                st.selectbox(
                    f"Voice {voice.voice} is",
                    _ROLES,
                    index=_ROLES.index(voice.role) if voice.role in _ROLES else None,
                    format_func=wording.role,
                    placeholder=wording.role("unknown"),
                    key=f"role {session_id} {voice.voice} {voice.role}",
                ),
            )
            for voice in report.voices
        ]
        swap, apply = st.columns(2)
        if swap.button("Swap therapist and client", disabled=not both):
            _corrected(partial(corrections.swap_roles, folder, session_id, by=_code()))
        named = [(voice, role) for voice, role in chosen if role is not None]
        if apply.button("Apply the roles chosen above", disabled=not named):
            _corrected(partial(corrections.set_roles, folder, session_id, named, by=_code()))
        for voice in report.voices:
            _name(folder, session_id, voice.voice)


def _name(folder: Path, session_id: str, voice: str) -> None:
    """Let a person call a voice by another code."""
    new, button = st.columns(2, vertical_alignment="bottom")
    name = new.text_input(
        f"Another code for voice {voice}",
        key=f"name {session_id} {voice}",
        max_chars=64,
        help="Letters, digits, dashes, underscores. Never a person's name.",
    ).strip()
    if button.button("Rename", key=f"rename {session_id} {voice}", disabled=not name):
        _corrected(partial(corrections.rename, folder, session_id, voice, name, by=_code()))


def _corrected(change: Callable[[], None]) -> None:
    try:
        with st.spinner("The measures follow …"):
            change()
    except Refused as problem:
        st.text(f"Not changed: {problem}")
    else:
        st.rerun()


def _figures(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Draw what the timeline does not show: title, how to read it, and the figure."""
    drawn = (
        (
            "Time between turns",
            "How long each person waited before taking over; left of zero both spoke at once. "
            "Calls over a network add their own delay.",
            figures.offsets(report),
        ),
        (
            "Who had the floor",
            f"Share of the talking in windows of {report.course.window_s:.0f} s. No share is right "
            "for every session.",
            figures.course(report, "talk.share"),
        ),
    )
    return tuple(row for row in drawn if row[2])

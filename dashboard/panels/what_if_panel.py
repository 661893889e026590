"""What if thresholds, roles or weights were others: figures move at once, and nothing is written.

Only "Keep under this name" writes, and what it writes is the setting, never a figure.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import tables, what_if
from dashboard.view.words import own_line, say
from diarize.conversation import Role
from diarize.errors import Refused
from prosody.render import warmth, wording
from prosody.store import what_if as trying
from prosody.store.library import Library
from prosody.store.what_if import WhatIf

__all__ = ["show"]

_SLIDERS = {  # least, most and step, in seconds
    "pause_s": (0.1, 1.0, 0.05),
    "terminal_overlap_s": (0.0, 1.5, 0.1),
    "hold_s": (0.2, 3.0, 0.1),
}


def show(desk: Desk) -> None:
    """Draw the panel."""
    st.subheader(say("panel_what_if"), anchor=False)
    tables.mount_said(say("what_if_said"), key="what if said")
    session_id = desk.session.session_id
    if not st.toggle(say("what_if_try"), key=f"what if {session_id}"):
        return
    library = Library(desk.session.folder)
    try:
        now = trying.as_it_is(library, session_id)
        kept = trying.kept(library, session_id)
        asked = _asked(desk, _start(session_id, now))
        if replace(asked, left_out=tuple(sorted(asked.left_out))) == replace(
            now, left_out=tuple(sorted(now.left_out))
        ):
            st.text(say("what_if_as_it_is"))
        else:
            with st.spinner(say("recalculating")):
                other = trying.tried(library, session_id, asked)
            tables.mount(what_if.moved(desk.session.report, other), key="what if moved")
    except Refused as problem:
        st.text(own_line(problem.message))
        return
    _keeping(desk, library, asked, kept)


def _start(session_id: str, now: WhatIf) -> WhatIf:
    """Give what the sliders begin with: as it is, or a kept setting that was chosen."""
    held = st.session_state.get("what if start")
    return held[1] if held is not None and held[0] == session_id else now


def _begin(session_id: str, what: WhatIf | None) -> None:
    """Set the sliders anew."""
    st.session_state["what if start"] = None if what is None else (session_id, what)
    st.session_state["what if turn"] = st.session_state.get("what if turn", 0) + 1
    st.rerun()


def _own(session_id: str) -> str:
    """Name what belongs to one trial: discarded, it has fields of other names, which are empty."""
    return f"{session_id} {st.session_state.get('what if turn', 0)}"


def _asked(desk: Desk, start: WhatIf) -> WhatIf:
    own = _own(desk.session.session_id)
    places = st.columns(len(_SLIDERS))
    seconds = {
        name: place.select_slider(
            say(f"what_if_{name}"),
            sorted({*_steps(*bounds), value}),
            value=value,
            key=f"what if {name} {own}",
            format_func=lambda s: say("what_if_seconds", seconds=s),  # as the language writes it
        )
        for place, (name, bounds) in zip(places, _SLIDERS.items(), strict=True)
        for value in [getattr(start, name)]
    }
    voices = [voice.voice for voice in desk.session.report.voices]
    therapist = st.selectbox(
        say("what_if_therapist"),
        voices,
        index=voices.index(start.therapist) if start.therapist in voices else None,
        format_func=lambda voice: say("lane_voice", voice=voice),
        placeholder=wording.role(Role.UNKNOWN),
        key=f"what if therapist {own}",
    )
    weighed = [row for row in warmth.rows(desk.session.report) if row.weight > 0 or not row.counted]
    counted = st.pills(
        say("what_if_components"),
        [row.name for row in weighed],
        selection_mode="multi",
        default=[row.name for row in weighed if row.name not in start.left_out],
        format_func=warmth.component,
        key=f"what if components {own}",
    )
    out = tuple(row.name for row in weighed if row.name not in counted)
    return WhatIf(**seconds, therapist=therapist or "", left_out=out)


def _steps(least: float, most: float, step: float) -> list[float]:
    return [round(least + k * step, 2) for k in range(round((most - least) / step) + 1)]


def _keeping(desk: Desk, library: Library, asked: WhatIf, kept: dict[str, Any]) -> None:
    session_id = desk.session.session_id
    name, keep, away = st.columns((5, 2, 2), vertical_alignment="bottom")
    key = f"what if name {_own(session_id)}"
    named = name.text_input(say("what_if_name"), key=key, max_chars=64)
    if keep.button(say("what_if_keep"), key="what if keep"):
        desk.correct(desk.signed(partial(trying.keep, library, session_id, named, asked)))
    if away.button(say("what_if_away"), key="what if away"):
        _begin(session_id, None)
    for label, row in kept.items():
        text, use, gone = st.columns((5, 2, 2), vertical_alignment="center")
        text.text(say("what_if_kept", name=label, by=row.by, on=row.on))
        if use.button(say("what_if_use", name=label), key=f"what if use {label}"):
            _begin(session_id, row.what)
        if gone.button(say("what_if_drop", name=label), key=f"what if drop {label}"):
            desk.correct(partial(trying.drop, library, session_id, label))

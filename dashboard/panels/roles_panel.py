"""Who is who: a person puts the roles right and names voices; the measures follow."""

from functools import partial

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import corrections
from dashboard.view.words import say
from diarize.conversation import Role
from prosody.render import wording

__all__ = ["show"]

_CHOICES = tuple(role for role in Role if role is not Role.UNKNOWN)


def show(desk: Desk) -> None:
    """Draw the panel."""
    voices = desk.session.report.voices
    both = {Role.THERAPIST, Role.CLIENT} <= {voice.role for voice in voices}
    st.subheader(say("roles"), anchor=False)
    with st.container(border=True):
        if caution := corrections.caution(desk.session.report):
            st.text(caution)
        _roles(desk, both)
        for voice in voices:
            _name(desk, voice.voice)


def _roles(desk: Desk, both: bool) -> None:
    folder, session_id = desk.session.folder, desk.session.session_id
    chosen = [
        (
            voice.voice,
            st.selectbox(
                say("voice_is", voice=voice.voice),
                _CHOICES,
                index=_CHOICES.index(voice.role) if voice.role in _CHOICES else None,
                format_func=wording.role,
                placeholder=wording.role(Role.UNKNOWN),
                key=f"role {session_id} {voice.voice} {voice.role}",
            ),
        )
        for voice in desk.session.report.voices
    ]
    swap, apply = st.columns(2)
    change = desk.signed(partial(corrections.correct, folder, session_id))
    if swap.button(say("swap"), key="swap", disabled=not both):
        desk.correct(partial(change, swap_roles=True))
    named = tuple(f"{voice}={role}" for voice, role in chosen if role is not None)
    if apply.button(say("apply_roles"), key="apply roles", disabled=not named):
        desk.correct(partial(change, roles=named))


def _name(desk: Desk, voice: str) -> None:
    """Let a person call a voice by another code."""
    folder, session_id = desk.session.folder, desk.session.session_id
    new, button = st.columns(2, vertical_alignment="bottom")
    name = new.text_input(
        say("new_code", voice=voice),
        key=f"name {session_id} {voice}",
        max_chars=64,
        help=say("new_code_help"),
    ).strip()
    if button.button(say("rename", voice=voice), key=f"rename {session_id} {voice}"):
        change = desk.signed(partial(corrections.correct, folder, session_id))
        desk.correct(partial(change, rename=(f"{voice}={name}",)))

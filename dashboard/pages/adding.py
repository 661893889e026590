"""Adding a session from the page: a path on this machine, its consent, and an analysis beside.

No file is uploaded: the recording stays where it is. The analysis runs in a process of its own,
so that this one meets no model and no decoder; it goes on when the page is closed.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.pages.given import Site
from dashboard.view.words import for_the_page, say
from diarize.messages import Message, message
from diarize.recording.consent import DEFAULT_SCOPES, SCOPES
from prosody.batch import samples
from prosody.batch.beside import Beside, InTurn

__all__ = ["demo", "show"]

_YEAR = timedelta(days=365)
_EVERY_S = 1.0


def show(site: Site) -> None:
    """Draw the form, or how far the analysis is."""
    going = st.session_state.get("going")
    with st.expander(say("add_session"), expanded=going is not None):
        if isinstance(going, Beside | InTurn):
            st.fragment(_follow, run_every=_EVERY_S)()
        else:
            _form(site)


def demo(site: Site) -> None:
    """Offer the sample sessions, where they lie beside the program and nothing is going on."""
    if not samples.there() or st.session_state.get("going") is not None:
        return
    st.text(say("demo_said"))
    if st.button(say("demo"), key="demo", type="primary"):
        st.session_state["going"] = InTurn(samples.jobs(site.folder))
        st.rerun()


def _form(site: Site) -> None:
    st.text(say("add_session_said"))
    recording = st.text_input(say("add_recording"), key="add recording").strip()
    transcript = st.text_input(say("add_transcript"), key="add transcript").strip()
    consented = st.checkbox(say("add_consent"), key="add consent")
    told = _consent() if consented else None
    ready = bool(recording) and (told is None or bool(told["by"]))
    if st.button(say("analyse"), key="analyse", disabled=not ready, type="primary"):
        if problem := _missing(recording, transcript):
            st.text(problem)
            return
        st.session_state["going"] = Beside(_job(site.folder, recording, transcript, told))
        st.rerun()


def _missing(*paths: str) -> str:
    """Name the first path that leads nowhere."""
    lost = next((path for path in paths if path and not Path(path).expanduser().is_file()), None)
    return "" if lost is None else say("add_no_file", file=lost)


def _consent() -> dict[str, Any]:
    by = st.text_input(say("consent_by"), key="consent by", max_chars=64, help=say("consent_help"))
    names = {scope: say(f"scope_{scope}") for scope in SCOPES}
    scopes = [
        scope
        for scope, name in names.items()
        if st.checkbox(
            name, value=scope in DEFAULT_SCOPES, disabled=scope == "analyse", key=f"scope {scope}"
        )
    ]
    until = st.date_input(say("consent_until"), value=date.today() + _YEAR, key="consent until")
    last = until.isoformat() if isinstance(until, date) else None
    return {"by": by.strip(), "scopes": scopes, "expires_on": last}


def _job(
    folder: Path, recording: str, transcript: str, told: dict[str, Any] | None
) -> dict[str, Any]:
    values = {"transcript": str(Path(transcript).expanduser())} if transcript else {}
    return {
        "recording": str(Path(recording).expanduser()),
        "library": str(folder),
        "values": values,
        "labels": {},
        "force": False,
        "consent": told,
    }


def _follow() -> None:
    going = st.session_state.get("going")
    if not isinstance(going, Beside | InTurn):
        return
    if going.answer is None:
        st.progress(going.share or 0.0, text=_how_far(going))
        if st.button(say("stop_analysis"), key="stop analysis"):
            going.stop()
        return
    st.text(_became(going.answer) if not _all_there(going) else say("demo_there"))
    if st.button(say("go_on"), key="go on"):
        del st.session_state["going"]
        st.rerun(scope="app")


def _all_there(going: Beside | InTurn) -> bool:
    return isinstance(going, InTurn) and going.done == going.of


def _how_far(going: Beside | InTurn) -> str:
    doing: Message | str = message(going.stage)
    if isinstance(going, InTurn):
        doing = say("one_of", number=min(going.done + 1, going.of), of=going.of, stage=doing)
    if going.left_s is None:
        return say("analysing", stage=doing, spent=going.spent_s)
    return say("analysing_left", stage=doing, spent=going.spent_s, left=going.left_s)


def _became(answer: dict[str, Any]) -> str:
    if "session_id" in answer:
        code = "added" if answer["fresh"] else "added_before"
        return say(code, session=answer["session_id"])
    own = Message(answer["code"], {})
    page = for_the_page(own)
    why = page if page is not own else answer.get("reason") or own
    return say("not_added", why=why)

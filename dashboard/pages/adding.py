"""Adding a session from the page: a path on this machine, its consent, and an analysis beside.

No file is uploaded: the recording stays where it is. The analysis runs in a process of its own,
so that this one meets no model and no decoder; it goes on when the page is closed.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.pages.given import Site
from dashboard.view import going
from dashboard.view.days import read_day, read_past_day, typed_day
from dashboard.view.going import Going
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from diarize.messages import Message, is_known, message
from diarize.recording.consent import DEFAULT_SCOPES, SCOPES
from prosody.batch import samples
from prosody.batch.beside import Beside, InTurn

__all__ = ["demo", "show"]

_YEAR = timedelta(days=365)
_EVERY_S = 1.0
Work = Callable[[], Beside | InTurn]
_FIELDS = ("recording", "transcript", "therapist", "pair")


def show(site: Site) -> None:
    """Draw the form, or how far the analysis is."""
    if added := st.session_state.pop("open next", None):
        st.switch_page(site.pages["session"], query_params={"id": added})
    now = going.of(site.folder)
    begun = now is not None or "adding" in st.session_state
    with st.expander(say("add_session"), expanded=begun):
        if now is not None:
            st.fragment(partial(_follow, site), run_every=_EVERY_S)()
        else:
            _form(site)


def demo(site: Site) -> None:
    """Offer the sample sessions, where they lie beside the program and nothing is going on."""
    if not samples.there() or going.of(site.folder) is not None:
        return
    st.text(say("demo_said"))
    if st.button(say("demo"), key="demo", type="primary"):
        _begin(site, lambda: InTurn(samples.jobs(site.folder)))


def _begin(site: Site, work: Work, typed: Mapping[str, Any] | None = None) -> None:
    try:
        going.begin(site.folder, work, typed)
    except Refused as problem:
        st.text(own_line(problem.message))
        return
    st.rerun()


def _form(site: Site) -> None:
    # A try that ended otherwise: none of it is lost. It goes to the fields as what they hold at
    # first, for a value set beside a field is sent once, and is lost where that run is broken off.
    before = {**_empty(), **st.session_state.get("adding", {})}
    st.text(say("add_session_said"))
    asked = {name: _asked(st, f"add {name}", before) for name in _FIELDS[:2]}
    *codes, day = st.columns(3, vertical_alignment="bottom")
    for place, name in zip(codes, _FIELDS[2:], strict=True):
        key = f"add {name}"
        asked[name] = _asked(place, key, before, max_chars=64, help=say("consent_help"))
    when = _asked(day, "add date", before, placeholder=say("date_format"))
    consented = st.checkbox(say("add_consent"), value=before["add consent"], key="add consent")
    told = _consent(before) if consented else None
    if st.button(say("analyse"), key="analyse", type="primary"):
        st.session_state["adding"] = typed = _typed()
        try:
            job = _job(site.folder, {**asked, "date": read_past_day(when)}, told)
        except Refused as problem:
            st.text(own_line(problem.message))
            return
        _begin(site, lambda: Beside(job), typed)


def _asked(place: Any, key: str, before: Mapping[str, Any], **more: Any) -> str:
    """Ask for a line of text, under the sentence of that name; give it without spaces around it."""
    typed: str = place.text_input(say(key.replace(" ", "_")), value=before[key], key=key, **more)
    return typed.strip()


def _empty() -> dict[str, Any]:
    """Give what the form holds at first, by the keys of its fields."""
    texts = dict.fromkeys([*(f"add {name}" for name in _FIELDS), "consent by"], "")
    scopes = {f"scope {scope}": scope in DEFAULT_SCOPES for scope in SCOPES}
    until = typed_day(date.today() + _YEAR)
    return {**texts, "add date": "", "consent until": until, "add consent": False, **scopes}


def _typed() -> dict[str, Any]:
    """Give what the form holds, by the keys of its fields."""
    return {key: st.session_state[key] for key in _empty() if key in st.session_state}


def _there(typed: str) -> str:
    """Give the file that was typed, or pasted in quotation marks as file managers copy it.

    Raises
    ------
    Refused
        If it leads nowhere, or nothing was typed.
    """
    if not typed:
        raise Refused("dashboard.add_no_recording")
    try:
        path = Path(typed.strip("'\"")).expanduser()
        if path.is_file():
            return str(path)
    except (OSError, RuntimeError, ValueError):  # no such home, no name of a file
        pass
    raise Refused("dashboard.add_no_file", file=typed)


def _consent(before: Mapping[str, Any]) -> dict[str, Any]:
    by = _asked(st, "consent by", before, max_chars=64, help=say("consent_help"))
    names = {scope: say(f"scope_{scope}") for scope in SCOPES}
    scopes = [
        scope
        for scope, name in names.items()
        if st.checkbox(
            name,
            value=before[f"scope {scope}"],
            disabled=scope == "analyse",
            key=f"scope {scope}",
        )
    ]
    until = _asked(st, "consent until", before, placeholder=say("date_format"))
    return {"by": by, "scopes": scopes, "expires_on": until}


def _until(told: Mapping[str, Any]) -> dict[str, Any]:
    """Give a consent with the day it ends on read."""
    day = read_day(told["expires_on"])
    return {**told, "expires_on": day.isoformat() if day else None}


def _job(folder: Path, asked: Mapping[str, str], told: dict[str, Any] | None) -> dict[str, Any]:
    recording = _there(asked["recording"])
    if told and not told["by"]:
        raise Refused("dashboard.add_no_signer")
    names = {
        "therapist_id": asked["therapist"],
        "dyad_id": asked["pair"],
        "date": asked["date"],
    }
    return {
        "recording": recording,
        "library": str(folder),
        "values": {"transcript": _there(asked["transcript"])} if asked["transcript"] else {},
        "labels": {name: code for name, code in names.items() if code},
        "force": False,
        "consent": _until(told) if told else None,
    }


def _follow(site: Site) -> None:
    now = going.of(site.folder)
    if now is None:  # another page has read how it ended
        st.rerun(scope="app")
        return
    work = now.work
    if work.answer is None:
        st.progress(work.share or 0.0)
        st.text(_how_far(now))  # a name of a file is no markup
        if st.button(say("stop_analysis"), key="stop analysis"):
            work.stop()
        return
    st.text(say("demo_there") if _all_there(work) else _became(work.answer))
    added = work.answer.get("session_id")
    if added and isinstance(work, Beside) and st.button(say("open_it"), key="open it"):
        _read(site, added=True)
        st.session_state["open next"] = str(added)  # by the page: a part of it cannot leave it
        st.rerun(scope="app")
    if st.button(say("go_on"), key="go on"):
        _read(site, added=bool(added))
        st.rerun(scope="app")


def _read(site: Site, *, added: bool) -> None:
    now = going.of(site.folder)
    if added or now is None:
        st.session_state.pop("adding", None)
    else:
        st.session_state["adding"] = now.typed
    going.over(site.folder)  # last: a page that is drawn anew ends this anywhere before it


def _all_there(work: Beside | InTurn) -> bool:
    return isinstance(work, InTurn) and work.done == work.of


def _how_far(now: Going) -> str:
    work = now.work
    doing: Message | str = message(work.stage)
    if isinstance(work, InTurn):
        doing = say("one_of", number=min(work.done + 1, work.of), of=work.of, stage=doing)
    else:
        name = Path(now.typed["add recording"].strip("'\" ")).name
        doing = say("of_recording", name=name, stage=doing)
    if work.left_s is None:
        return say("analysing", stage=doing, spent=work.spent_s)
    return say("analysing_left", stage=doing, spent=work.spent_s, left=work.left_s)


def _became(answer: Mapping[str, Any]) -> str:
    if "session_id" in answer:
        code = "added" if answer["fresh"] else "added_before"
        return say(code, session=answer["session_id"])
    page = f"dashboard.unadded_{answer['code'].replace('.', '_')}"
    plain = message(page) if is_known(page) else answer.get("reason") or Message(answer["code"], {})
    return say("not_added", why=plain)

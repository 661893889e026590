"""The listening room: sound, timeline, curves, transcript and moments in one component.

The component's HTML, CSS and scripts are the package's own files. Everything that comes from a
session travels as data and is written with ``textContent`` alone, so a transcript can never
become markup.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.view import cards, charts, corrections
from diarize.conversation import Utterance
from diarize.roles import Casting
from diarize.timeline import Word
from prosody.cues.measure import Series
from prosody.listening import behaviours
from prosody.render import wording
from prosody.report.model import Report
from prosody.store.agenda import Item

if TYPE_CHECKING:
    from prosody.features.frames import Frames

__all__ = ["mount", "payload"]

_HERE = Path(__file__).parents[1] / "static"
_SCRIPTS = ("timeline.js", "lists.js", "correcting.js", "player.js")
_UNSURE = 0.5  # a transcriber's own probability of a word, below which it is marked


@cache
def _component() -> Any:
    import streamlit as st

    return st.components.v2.component(
        "listening_room",
        html=(_HERE / "player.html").read_text("utf-8"),
        css=(_HERE / "player.css").read_text("utf-8"),
        js="\n".join((_HERE / name).read_text("utf-8") for name in _SCRIPTS),
    )


def mount(
    scene: dict[str, Any],
    *,
    key: str,
    audio: str | None,
    note: str | None = None,
    given: dict[str, str] | None = None,
    answer: dict[str, str] | None = None,
) -> Any:
    """Put the component on the page.

    Parameters
    ----------
    scene : dict
        What :func:`payload` made.
    key : str
        Of this component on the page.
    audio : str or None
        Address of the sound; None where it may not be played, and `note` says why.
    note : str or None
        One line shown at the player.
    given : dict or None
        A person's reading of each silence, by its start in seconds as text; None where there is
        no place to keep one.
    answer : dict or None
        What came of the last correction: its ``number``, and in ``text`` why nothing was changed.

    Returns
    -------
    object
        Its ``reading`` is what a person just said of a silence, its ``correction`` what they
        want changed, in the words of :func:`dashboard.view.corrections.carry_out` with the
        ``stamp`` of what they saw and a ``number``; else None.
    """
    data = {**scene, "audio": audio, "note": note or "", "readings": given, "answer": answer}
    return _component()(
        data=data, key=key, on_reading_change=_nothing, on_correction_change=_nothing
    )


def _nothing() -> None:
    return None


def payload(
    report: Report,
    frames: "Frames | None",
    *,
    stamp: str,
    session: str = "",
    items: Iterable[Item] = (),
    marks: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Gather what the component shows of a session, ready for JSON.

    Parameters
    ----------
    report : Report
        The session.
    frames : Frames or None
        None leaves the pitch and level curves out.
    stamp : str
        Changes when the session does; what the component shows is made anew then and only then.
    session : str
        Which session; as long as it stays, so does the place in the recording.
    items : iterable of Item
        The agenda.
    marks : mapping of int to str, optional
        Who corrected a turn, by its number.
    """
    by = marks or {}
    lanes = charts.lanes(report)
    return {
        "stamp": stamp,
        "session": session,
        "duration": report.recording.duration_s,
        "lanes": [{"role": name, "name": f"{name[:1].upper()}{name[1:]}"} for name in lanes],
        "turns": [{**_turn(turn), "by": by.get(turn.index, "")} for turn in report.turns],
        "overlaps": [[span.start, span.end] for span in charts.overlaps(report)],
        "silences": [[s.span.start, s.span.end] for s in report.silences if s.kind == "silence"],
        "envelopes": [asdict(e) for e in charts.envelopes(report, frames)] if frames else [],
        "courses": _courses(report),
        "window": report.course.window_s,
        "lists": {
            "agenda": [_card(card) for card in cards.agenda_list(report, items)],
            "moments": [_card(card) for card in cards.moments(report)],
            "behaviours": [_card(card) for card in cards.events(report)],
            "silences": [_card(card) for card in cards.silence_list(report)],
            "overlaps": [_card(card) for card in cards.overlap_list(report)],
        },
        "readingKinds": list(corrections.READINGS),
        "voices": [{"voice": v.voice, "name": _voice(v)} for v in report.voices],
        "kinds": {role: _kinds(role) for role in charts.PEOPLE},
        "wordless": _wordless(report),
        "caution": corrections.caution(report),
    }


def _voice(voice: Casting) -> str:
    """Name a voice so that two with one role can be told apart."""
    if voice.role not in charts.PEOPLE:
        return f"voice {voice.voice}"
    return f"the {voice.role} (voice {voice.voice})"


def _kinds(role: str) -> list[dict[str, Any]]:
    """List what a turn of this role can be, by group, as names for a menu."""
    own = [row for row in behaviours.of(role) if row.where == "turn"]
    return [
        {"group": group, "kinds": [[row.kind, row.label] for row in own if row.group == group]}
        for group in behaviours.groups()
        if any(row.group == group for row in own)
    ]


def _wordless(report: Report) -> str:
    """Say why no text can be corrected; empty where it can."""
    if "keep_words" not in report.consent.scopes:
        return "The consent does not cover keeping words, so no text can be corrected here."
    if not any(turn.words for turn in report.turns):
        return "This session has no transcript, so there is no text to correct."
    return ""


def _doubt(word: Word) -> int:
    """Mark a word: 1 where its owner is in doubt, 2 where what was heard is, else 0."""
    if word.doubtful:
        return 1
    return 2 if word.probability is not None and word.probability < _UNSURE else 0


def _turn(turn: Utterance) -> dict[str, Any]:
    words = [[w.span.start, w.span.end, w.text, _doubt(w)] for w in turn.words if w.text]
    return {
        "i": turn.index,
        "s": turn.span.start,
        "e": turn.span.end,
        "role": charts.lane(turn),
        "voice": turn.voice,
        "kind": turn.kind,
        "at": wording.clock(turn.span.start),
        "text": turn.text,
        "words": words,
        "speech": [[ipu.start, ipu.end] for ipu in turn.ipus],
    }


def _card(card: cards.Card) -> dict[str, Any]:
    at, who = wording.clock(card.start_s), wording.role(card.role)
    hint = at if card.kind in {"silence", "overlap"} else f"{at} · {who}"
    return {**asdict(card), "at": at, "hint": hint, "roleName": who}


def _courses(report: Report) -> list[dict[str, Any]]:
    units = {m.cue: m.unit for m in report.measures}
    return [
        {
            "cue": cue,
            "name": wording.cue(cue),
            "up": wording.up(cue),
            "family": wording.family(cue),
            "unit": "%" if _share(cue, units.get(cue, "")) else units.get(cue, ""),
            "lines": [_line(report.course.series[row], units.get(cue, "")) for row in rows],
        }
        for cue, rows in charts.series(report)
    ]


def _line(series: Series, unit: str) -> dict[str, Any]:
    scale = 100 if _share(series.cue, unit) else 1
    values = [None if value is None else scale * value for value in series.value]
    return {"role": series.role, "t": list(series.start_s), "v": values}


def _share(cue: str, unit: str) -> bool:
    """Whether a cue is written as a percentage, here as everywhere."""
    return wording.said(cue, 0.0, unit).endswith("%")

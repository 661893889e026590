"""The listening room: sound, timeline, curves, transcript and moments in one component.

The component's HTML, CSS and scripts are the package's own files. Everything that comes from a
session travels as data and is written with ``textContent`` alone, so a transcript can never
become markup.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.view import cards, charts, corrections
from dashboard.view.words import say, unit_of, units
from diarize.conversation import SilenceKind, Utterance
from diarize.messages import message, written
from diarize.roles import Casting
from diarize.timeline import Word
from prosody.cues.measure import Series
from prosody.findings import KEEP_WORDS
from prosody.listening import behaviours
from prosody.render import wording
from prosody.report.model import Report
from prosody.store.agenda import Item
from prosody.store.asking import READINGS

if TYPE_CHECKING:
    from prosody.features.frames import Frames

__all__ = ["mount", "payload"]

_HERE = Path(__file__).parents[1] / "static"
_SCRIPTS = ("timeline.js", "lists.js", "correcting.js", "player.js")
_LISTS = ("agenda", "moments", "behaviours", "silences", "overlaps")
_UNSURE = 0.5  # a transcriber's own probability of a word, below which it is marked


@cache
def _component() -> Any:
    import streamlit as st

    return st.components.v2.component(
        "listening_room",
        html=_with_words((_HERE / "player.html").read_text("utf-8")),
        css=(_HERE / "player.css").read_text("utf-8"),
        js="\n".join((_HERE / name).read_text("utf-8") for name in _SCRIPTS),
    )


def _with_words(markup: str) -> str:
    """Put the sentences of the catalogue where ``{{code}}`` stands."""
    words = written("player")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: escape(words[found[1]]), markup)


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
        Its frames; None where they cannot be read, and there are no curves then.
    stamp : str
        When it changes, the component starts anew.
    session : str
        As long as it is the same, so is the place in the recording.
    items : iterable of Item
        The agenda.
    marks : mapping of int to str, optional
        Who corrected a turn, by its number.
    """
    by = marks or {}
    shared = report.conversation.overlaps()
    return {
        "stamp": stamp,
        "session": session,
        "duration": report.recording.duration_s,
        "lanes": [{"role": i, "name": name} for i, name in charts.lane_names(report).items()],
        "turns": [{**_turn(turn), "by": by.get(turn.index, "")} for turn in report.turns],
        "overlaps": [[span.start, span.end] for span in shared],
        "silences": [
            [s.span.start, s.span.end] for s in report.silences if s.kind == SilenceKind.SILENCE
        ],
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
        "empty": _empty(report),
        "readingKinds": list(READINGS),
        "voices": [{"voice": v.voice, "name": _voice(v)} for v in report.voices],
        "kinds": {str(role): _kinds(role) for role in charts.PEOPLE},
        "wordless": _wordless(report),
        "caution": corrections.caution(report),
        "say": dict(written("player")),
    }


def _empty(report: Report) -> dict[str, str]:
    """Say of each list why nothing is in it: what could not be looked for is not absent."""
    if not report.turns:
        return dict.fromkeys(_LISTS, say("nobody_spoke"))
    why = _unheard(report)
    unheard = {"moments": why, "behaviours": why} if why else {}
    return {name: say(f"empty_{name}") for name in _LISTS} | unheard


def _unheard(report: Report) -> str:
    """Say why behaviours could not be looked for; empty where they could."""
    unread = next((t.reason for t in report.totals if t.n is None and t.reason), None)
    if unread is not None:
        return say("unheard", why=unread)
    known = {turn.role for turn in report.turns} & {*charts.PEOPLE}
    return "" if known else say("unheard", why=message("dashboard.roles_unknown"))


def _voice(voice: Casting) -> str:
    """Name a voice so that two with one role can be told apart."""
    if voice.role not in charts.PEOPLE:
        return say("voice", voice=voice.voice)
    return say("role_of_voice", role=voice.role, voice=voice.voice)


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
    if KEEP_WORDS not in report.consent.scopes:
        return say("words_not_kept")
    if not any(turn.words for turn in report.turns):
        return say("no_transcript")
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
    measured = units(report)
    return [
        _course(report, cue, rows, unit_of(cue, measured)) for cue, rows in charts.series(report)
    ]


def _course(report: Report, cue: str, rows: tuple[int, ...], unit: str) -> dict[str, Any]:
    share = wording.is_share(cue, unit)
    return {
        "cue": cue,
        "name": wording.cue(cue),
        "up": wording.up(cue),
        "family": wording.family(cue),
        "unit": "%" if share else unit,
        "lines": [_line(report.course.series[row], 100 if share else 1) for row in rows],
    }


def _line(series: Series, scale: int) -> dict[str, Any]:
    values = [None if value is None else scale * value for value in series.value]
    return {"role": series.role, "t": list(series.start_s), "v": values}

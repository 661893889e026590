"""The listening room: sound, timeline, curves, transcript and moments in one component.

The component's HTML, CSS and scripts are the package's own files. Everything that comes from a
session travels as data and is written with ``textContent`` alone, so a transcript can never
become markup.
"""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, Template

from dashboard.view import cards, charts, corrections
from dashboard.view.tables import component
from dashboard.view.words import say, unit_of, units
from diarize.conversation import Silence, SilenceKind, Utterance
from diarize.messages import message, written
from diarize.roles import Casting
from diarize.timeline import Span, Word
from prosody import catalogue
from prosody.findings import KEEP_WORDS
from prosody.listening import behaviours
from prosody.listening.links import Link
from prosody.render import listen_first, wording
from prosody.render.explained import terms
from prosody.render.glyphs import glyphs
from prosody.report.model import Course, Report
from prosody.settings import Playing
from prosody.store.agenda import Item
from prosody.store.asking import READINGS

if TYPE_CHECKING:
    from prosody.features.frames import Frames

__all__ = ["bare", "mount", "packed", "payload"]

_HERE = Path(__file__).parents[1] / "static"
_FIRST = 5  # so many places to listen to first
_EFFORT = 6  # of packing, of 9
_STEPS = {"step_s": Playing().step_s, "leap_s": Playing().leap_s}
_STEPPING = ("back", "back_key", "on", "on_key", "keys_said")  # sentences that say them
_LISTS = ("agenda", "moments", "behaviours", "silences", "overlaps", "notes")


@cache
def _component() -> Any:
    html = _with_words((_HERE / "room.html").read_text("utf-8"))
    return component("listening_room", html, "room.js", "room.css")


def _with_words(markup: str) -> str:
    """Put the sentences of the catalogue where ``{{code}}`` stands."""
    template = Template(markup, autoescape=True, undefined=StrictUndefined)
    stepping = {name: str(message(f"player.{name}", **_STEPS)) for name in _STEPPING}
    shown = {"step_s": f"{_STEPS['step_s']:g}"}
    return str(template.render({**written("player"), **stepping, **shown}))


def mount(
    scene: str,
    *,
    key: str,
    stamp: str,
    session: str,
    audio: str | None,
    note: str | None = None,
    given: dict[str, str] | None = None,
    answer: dict[str, str] | None = None,
    cautions: Iterable[str] = (),
    section: str = "listen",
    sections: Iterable[tuple[str, str]] = (),
    notes: Iterable[Mapping[str, Any]] = (),
    sorts: Iterable[tuple[str, str]] = (),
    bare: bool = False,
    code: str = "",
    on_told: Callable[[], None],
) -> None:
    """Put the component on the page.

    Parameters
    ----------
    scene : str
        What :func:`payload` made, as :func:`packed`.
    key : str
        Of this component on the page.
    stamp : str
        When it changes, the component takes the scene anew.
    session : str
        As long as it is the same, so is the place in the recording.
    audio : str or None
        Address of the sound; None where it may not be played, and `note` says why.
    note : str or None
        One line shown at the player.
    given : dict or None
        A person's reading of each silence, by its start in seconds as text; None where there is
        no place to keep one.
    answer : dict or None
        What came of the last correction: its ``number``, and in ``text`` why nothing was changed.
    cautions : iterable of str
        What to read with care, shown above what to listen to first.
    section, sections : str, iterable of (str, str)
        The part of the page that is open, and all of them with their titles.
    notes, sorts : iterable of mapping, iterable of (str, str)
        What was written at moments (`dashboard.view.notes`), and what can be written there.
    bare : bool
        Whether the room shows nothing that the program found, for whoever listens first.
    code : str
        Of who looks, where the page knows it.
    on_told : callable
        Called before the page runs again when a person said something there. The component's
        ``told`` is then a mapping whose ``kind_of`` is ``correction`` (in the words of
        :func:`dashboard.view.corrections.carry_out`, with the ``stamp`` of what they saw, a
        ``number`` and ``by``, their code), ``reading``, ``section``, ``note`` (``at_s``, ``sort``,
        ``text``), ``unnote`` (``n``) or, after a reload, ``code``.
    """
    data = {
        "packed": scene,
        "stamp": stamp,
        "session": session,
        "audio": audio,
        "note": note or "",
        "readings": given,
        "answer": answer,
        "cautions": list(cautions),
        "section": section,
        "sections": [list(pair) for pair in sections],
        "notes": list(notes),
        "sorts": [list(pair) for pair in sorts],
        "bare": bare,
        "code": code,
        "say": dict(written("player")),
        "terms": terms(),
        **_STEPS,
    }
    _component()(data=data, key=key, on_told_change=on_told)


def payload(
    report: Report,
    frames: "Frames | None",
    *,
    items: Iterable[Item] = (),
    marks: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Gather what the component shows of a session, ready for JSON.

    Parameters
    ----------
    report : Report
        The session.
    frames : Frames or None
        Its frames; None where they cannot be read, and there are no curves of pitch and level.
    items : iterable of Item
        The agenda.
    marks : mapping of int to str, optional
        Who corrected a turn, by its number.
    """
    by = marks or {}
    drawn = charts.frame_curves(report, frames) if frames else ()
    return {
        "duration": report.recording.duration_s,
        "lanes": [{"role": i, "name": name} for i, name in charts.lane_names(report).items()],
        "phases": [
            {"s": part.span.start, "e": part.span.end, "name": wording.part(part.name)}
            for part in report.parts
        ],
        "turns": [
            {**_turn(turn, report.unsure_below), "by": by.get(turn.index, "")}
            for turn in report.turns
        ],
        "overlaps": [_short(span) for span in report.conversation.overlaps()],
        "silences": [_silence(s) for s in report.silences if s.kind == SilenceKind.SILENCE],
        "curves": [_curve(curve) for curve in (*drawn, *charts.course_curves(report))],
        "mapLost": say("curves_unreadable") if frames is None else "",
        "cues": _cues(report),
        "ranges": cards.ranges(report),
        "glyphs": glyphs(),
        "lists": {
            "agenda": [cards.plain(card) for card in cards.agenda_list(report, items)],
            "moments": [cards.plain(card) for card in cards.moments(report)],
            "behaviours": [cards.plain(card) for card in cards.events(report)],
            "silences": [cards.plain(card) for card in cards.silence_list(report)],
            "overlaps": [cards.plain(card) for card in cards.overlap_list(report)],
        },
        "first": list(listen_first.order(report)[:_FIRST]),
        "empty": _empty(report),
        "links": [_link(link) for link in report.links],
        "linksEmpty": _unheard(report) or say("empty_links"),
        "linksNone": listen_first.not_compared(report),
        "readingKinds": list(READINGS),
        "voices": [
            {"voice": v.voice, "name": _voice(v), "role": charts.lane(v)} for v in report.voices
        ],
        "unknown": bool(report.voices) and not _known(report),
        "kinds": {str(role): _kinds(role) for role in charts.PEOPLE},
        "calls": _calls(),
        "wordless": _wordless(report),
        "caution": corrections.caution(report),
    }


def bare(report: Report) -> dict[str, Any]:
    """Gather what the component shows of a session without anything that the program found.

    Sound, turns and words; no behaviour, no moment, no figure and no curve.
    """
    unseen = replace(report, events=(), moments=(), links=(), course=Course(0.0, 0.0, ()))
    scene = payload(unseen, None)
    empty = {**scene["empty"], "notes": say("no_pins")}
    return {**scene, "mapLost": "", "unknown": False, "phases": [], "empty": empty}


def packed(scene: Mapping[str, Any]) -> str:
    """Pack a scene for the way to the page: JSON, deflated, as base64."""
    written_out = json.dumps(scene, separators=(",", ":"), ensure_ascii=False)
    return b64encode(zlib.compress(written_out.encode("utf-8"), _EFFORT)).decode("ascii")


def _cues(report: Report) -> dict[str, dict[str, Any]]:
    """Name every cue that a place or a link speaks of, and what its two ends mean."""
    measured = units(report)
    names = dict.fromkeys(name for event in report.events for name in event.values)
    names |= dict.fromkeys(link.cue for link in report.links)
    found = {}
    for name in names:
        unit, row = unit_of(name, measured), catalogue.named(name)
        found[name] = {
            "label": wording.cue(name),
            "family": wording.family(name),
            "unit": wording.unit(unit),
            "share": wording.is_share(name, unit),
            "higher": wording.means(name, 1.0),
            "lower": wording.means(name, -1.0),
            "main": row is not None and row.on_card,
        }
    return found


def _link(link: Link) -> dict[str, Any]:
    """Give a link as the picture draws it."""
    return {
        "behaviour": link.behaviour,
        "cue": link.cue,
        "role": link.role,
        "n": link.n,
        "others": link.n_otherwise,
        "difference": link.difference,
        "low": link.low,
        "high": link.high,
        "effect": link.effect,
        "firm": listen_first.stands_out(link),
        "asked": link.family == "primary",
        "because": say("title", text=link.why) if link.why else "",
        "why": say("sentence", text=link.reason) if link.reason else "",
        "said": say("title", text=listen_first.whose(link)),
    }


def _silence(silence: Silence) -> dict[str, Any]:
    start, end = _short(silence.span)
    how = cards.silence_how(silence)
    return {
        "s": start,
        "e": end,
        "after": str(silence.previous),
        "said": say("silence_named", seconds=silence.span.duration, how=how),
    }


def _curve(curve: charts.Curve) -> dict[str, Any]:
    """Give a curve as it goes to the page; its values as they are, without a copy of each."""
    lines = [{"role": line.role, "values": line.values} for line in curve.lines]
    return {**{f.name: getattr(curve, f.name) for f in fields(curve)}, "lines": lines}


def _short(span: Span) -> list[float]:
    return [round(span.start, 3), round(span.end, 3)]


def _known(report: Report) -> bool:
    return bool({voice.role for voice in report.voices} & {*charts.PEOPLE})


def _empty(report: Report) -> dict[str, str]:
    """Say of each list why nothing is in it: what could not be looked for is not absent."""
    if not report.turns:
        return dict.fromkeys(_LISTS, say("nobody_spoke"))
    why = _unheard(report)
    unheard = {"moments": why, "behaviours": why} if why else {}
    least_s = report.conversation.units.silence_s
    return {name: say(f"empty_{name}", least_s=least_s) for name in _LISTS} | unheard


def _unheard(report: Report) -> str:
    """Say why behaviours could not be looked for; empty where they could."""
    nobody = say("unheard", why=message("dashboard.roles_unknown"))
    return listen_first.unheard(report, nobody)


def _voice(voice: Casting) -> str:
    """Name a voice so that two with one role can be told apart."""
    if voice.role not in charts.PEOPLE:
        return say("voice", voice=voice.voice)
    return say("role_of_voice", role=voice.role, voice=voice.voice)


def _kinds(role: str) -> list[dict[str, Any]]:
    """List what a turn of this role can be, by group, as names for a menu."""
    own = (row for row in behaviours.of(role) if row.where == "turn")
    return [
        {"group": wording.group(group), "kinds": [[row.kind, row.words("label")] for row in rows]}
        for group, rows in behaviours.by_group(own)
    ]


def _calls() -> dict[str, list[dict[str, str]]]:
    """List what a silence and an overlap may be called that the rules did not call so."""
    rows = [row for row in behaviours.table() if row.where != "turn"]
    return {
        where: [
            {"kind": row.kind, "say": say("call", label=row.words("label"))}
            for row in rows
            if row.where == where
        ]
        for where in dict.fromkeys(row.where for row in rows)
    }


def _wordless(report: Report) -> str:
    """Say why no text can be corrected; empty where it can."""
    if KEEP_WORDS not in report.consent.scopes:
        return say("words_not_kept")
    if not any(turn.words for turn in report.turns):
        return say("no_transcript")
    return ""


def _doubt(word: Word, below: float) -> int:
    """Mark a word: 1 where its owner is in doubt, 2 where what was heard is, else 0."""
    if word.doubtful:
        return 1
    return 2 if word.probability is not None and word.probability < below else 0


def _words(turn: Utterance, below: float) -> Iterator[list[int | str]]:
    """Give each word with milliseconds: from where the one before ended, and of itself."""
    at = round(turn.span.start * 1000)
    for word in turn.words:
        if word.text:
            start, end = (round(t * 1000) for t in (word.span.start, word.span.end))
            yield [start - at, end - start, word.text, _doubt(word, below)]
            at = end


def _turn(turn: Utterance, below: float) -> dict[str, Any]:
    words = list(_words(turn, below))
    told = " ".join(str(word[2]) for word in words) == turn.text
    start, end = _short(turn.span)
    return {
        "i": turn.index,
        "s": start,
        "e": end,
        "role": charts.lane(turn),
        "voice": turn.voice,
        "kind": turn.kind,
        "text": "" if told else turn.text,  # the page joins the words
        "words": words,
        "speech": [_short(ipu) for ipu in turn.ipus],
    }

"""One screen of findings in plain text, for the terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from diarize.messages import Note, message
from diarize.turns import TurnKind
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.listening.totals import Total
from prosody.render import listening, wording
from prosody.report.model import Report
from prosody.report.pooled import Pooled

__all__ = ["pooled_lines", "screen"]


def screen(report: Report, session_id: str) -> str:
    """Give the findings of a session as text that fits one screen.

    Parameters
    ----------
    report : Report
        The findings.
    session_id : str
        What the library calls the session.
    """
    known = {"therapist", "client"} & {v.role for v in report.voices}
    withheld = sum(m.value is None for m in report.measures)
    looked = [link for link in report.links if link.chance is not None]
    lines = [
        *([_say("note", note=str(report.unread))] if report.unread else []),
        _head(report, session_id),
        "",
        *(_figures(report) if known else _by_voice(report)),
        "",
        *(_behaviours(report) if known else [str(message("page.nobody_known"))]),
        *_miti(report),
        "",
        _say(
            "links",
            reliable=sum(link.reliable for link in report.links),
            looked=sum(link.family == "primary" for link in looked),
            others=sum(link.family != "primary" for link in looked),
        ),
        _say("measures", n=len(report.measures), withheld=withheld),
        *(_say("note", note=str(note)) for note in report.notes if _on_screen(note, report)),
    ]
    return "\n".join(lines)


def _say(code: str, **fields: Any) -> str:
    return str(message(f"screen.{code}", **fields))


def _head(report: Report, session_id: str) -> str:
    said = wording.voices(report.voices)
    return _say("head", session_id=session_id, duration_s=report.recording.duration_s, voices=said)


def _figures(report: Report) -> list[str]:
    roles = ("therapist", "client")
    lines = [f"{'':30}" + "".join(f"{wording.small(wording.role(role)):>34}" for role in roles)]
    for cue in catalogue.headlines():
        pair = [report.measure(cue.name, role) for role in roles]
        if any(m is not None and m.value is not None for m in pair):
            lines.append(f"{cue.words('label'):30}" + "".join(f"{_cell(m):>34}" for m in pair))
    return lines


def _on_screen(note: Note, report: Report) -> bool:
    """Leave out what was said first, stands on every report, or is a check the page shows."""
    return note != report.unread and note.code not in (CAVEAT_NOTE.code, "notes.quality")


def _cell(measure: Measure | None) -> str:
    if measure is None or measure.value is None:
        return wording.NOTHING
    text = wording.said(measure.cue, measure.value, measure.unit)
    if measure.low is not None and measure.high is not None and measure.unit:
        text += f" ({wording.span(measure.low, measure.high)})"
    return text if measure.reliable else f"~{text}"


def _behaviours(report: Report) -> list[str]:
    """Two columns of totals: how often, and per 10 minutes with its interval."""
    cells = [_total(t) for t in report.totals if t.n]
    if not cells:
        return list(listening.not_found(report))
    half = -(-len(cells) // 2)
    right = [*cells[half:], ""]
    rows = [f"  {a:50}{b}".rstrip() for a, b in zip(cells[:half], right, strict=False)]
    return [_say("behaviours"), *rows]


def _total(total: Total) -> str:
    name = wording.small(wording.behaviour(total.behaviour))
    if total.role == "client":
        name = str(message("page.of_role", name=name, role=total.role))
    rate = wording.number(total.per_10_min)
    if total.low is None or total.high is None:
        return _say("behaviour", name=name, n=total.n, rate=f"~{rate}")
    low, high = wording.number(total.low), wording.number(total.high)
    return _say("behaviour_range", name=name, n=total.n, rate=rate, low=low, high=high)


def _miti(report: Report) -> list[str]:
    lines = listening.miti_lines(report)
    rows = [
        "  " + _say("miti_figure", name=name, value=value, published=published)
        for name, value, _, published in lines
    ]
    return ["", _say("miti"), *rows] if rows else []


def _by_voice(report: Report) -> list[str]:
    """What can be said of voices nobody has named: how long each spoke."""
    lines = []
    for voice in report.voices:
        own = [turn for turn in report.turns if turn.voice == voice.voice]
        seconds = sum(turn.phonation for turn in own)
        turns = sum(turn.kind == TurnKind.PRIMARY for turn in own)
        lines.append(_say("spoke", voice=voice.voice, seconds=seconds, turns=turns))
    if len(report.voices) == 2:
        lines.append(_say("name_roles", voice=report.voices[0].voice))
    return lines


def pooled_lines(found: Sequence[Pooled], *, sessions: int, copies: int) -> Iterator[str]:
    """Say what the sessions of two people show together, a line a pair."""
    yield _say("pooled_head", sessions=sessions, copies=copies)
    if not found:
        yield _say("pooled_none")
    for pair in found:
        row = catalogue.named(pair.cue)
        unit = "" if row is None else row.unit
        low, high = wording.ends(pair.cue, pair.low, pair.high, unit, signed=True)
        yield _say(
            "pooled",
            behaviour=wording.behaviour(pair.behaviour),
            cue=wording.cue(pair.cue),
            role=wording.small(wording.role(pair.role)),
            difference=wording.said(pair.cue, pair.difference, unit, signed=True),
            low=low,
            high=high,
            n=pair.n,
            same_way=pair.same_way,
            sessions=pair.sessions,
            judged=str(pair.reason or message("screen.pooled_firm")),
        )

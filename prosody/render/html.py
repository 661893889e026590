"""The report as one self-contained HTML page: no script, nothing fetched, prints well.

Conventions
-----------
Every text of a session is escaped; a content-security policy forbids scripts and any request but
for the sound kept beside the page, which moments are played from where the consent covers it.
The page says what was heard, with unit, number of units and interval, and why something is not
available. It compares a speaker with themself and ranks nobody.

A section is a row of `SECTIONS`, a template of its name in ``templates/sections/`` and a title in
the catalogue; the function of the row gives the template what it shows. One without a template
shows the ``lines`` and the ``rows`` under ``heads`` that its function gives, under its ``title``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from diarize.conversation import Utterance
from diarize.messages import Message, decimal, message
from diarize.timeline import Word
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.features.frames import Frames
from prosody.listening.totals import MITI_NOTE
from prosody.render import listen_first, listening, svg, warmth, wording
from prosody.render.cells import Cell, brief, heads, meanings, value
from prosody.render.explained import terms_in
from prosody.render.fill import filled, ours
from prosody.render.glyphs import legend
from prosody.render.intake import came_in
from prosody.render.listening import NOBODY, Judged
from prosody.report.model import Report

__all__ = ["SECTIONS", "html"]

_TERMS = ours("<!-- terms -->")  # where the terms that the page holds are put


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page is made from; `sound`: moments have a player; `judged`: as of `html`."""

    report: Report
    frames: Frames
    sound: bool
    judged: Judged


View = Mapping[str, Any]


def html(
    report: Report, frames: Frames, *, session_id: str, sound: bool = True, judged: Judged = NOBODY
) -> str:
    """Write the page.

    Parameters
    ----------
    report : Report
        The findings.
    frames : Frames
        For the contours of pitch and level.
    session_id : str
        The pseudonymous id it is filed under; empty where it is not to be told.
    sound : bool
        Whether moments have a player where the consent covers it; without, the page may leave
        its folder.
    judged : mapping of str to (int, int), optional
        By behaviour, how many suggestions people of the library confirmed, of all they judged.
    """
    shown = Shown(report, frames, sound and "play_back" in report.consent.scopes, judged)
    page = filled(
        "report.html",
        title=_say("session", session_id=session_id) if session_id else _say("shared_session"),
        css="report.css",
        media=True,
        duration_s=report.recording.duration_s,
        voices=wording.voices(report.voices),
        cautions=len(_cautions(report)),
        unread=report.unread and _say("caution", note=report.unread),
        sections=[(name, view(shown)) for name, view in SECTIONS.items()],
        terms=_TERMS,
    )
    held = terms_in(Markup(page.replace("<", " <")).striptags())  # cells side by side are apart
    return page.replace(_TERMS, filled("sections/terms.html", terms=held))


def _say(code: str, **fields: Any) -> str:
    return str(message(f"page.{code}", **fields))


def _glance(shown: Shown) -> View:
    rows, doubts = [], set()
    for cue in catalogue.headlines():
        pair = [shown.report.measure(cue.name, role) for role in ("therapist", "client")]
        doubts |= {
            str(m.reason) for m in pair if m and m.value is not None and not m.reliable and m.reason
        }
        if any(m is not None for m in pair):
            name = Cell(cue.words("label"), title=cue.words("meaning"))
            rows.append((name, *(value(m, short=True) for m in pair)))
    columns = ("", *heads("therapist", "client"))
    return {"heads": columns, "rows": rows, "low_confidence": sorted(doubts)}


def _timeline(shown: Shown) -> View:
    return {
        "drawn": ours(svg.timeline(shown.report)),
        "letters": legend(e.kind for e in shown.report.events),
        "least_s": shown.report.conversation.units.silence_s,
    }


def _moments(shown: Shown) -> View:
    return {
        "moments": listen_first.cards(shown.report),
        "unheard": listen_first.unheard(shown.report, _say("nobody_known")),
        "sound": shown.sound,
        "before_s": listen_first.before_s(shown.report),
        "rule_said": listening.rule_said(shown.report),
        "rule_heads": heads(*listening.RULE_HEADS),
        "rule": listening.rule_lines(shown.report),
    }


def _cautions(report: Report) -> list[str]:
    """Say what to read with care, the most serious first."""
    return [_say("caution", note=n) for n in report.notes if n.code != CAVEAT_NOTE.code]


def _care(shown: Shown) -> View:
    return {"caveat": str(CAVEAT_NOTE), "cautions": _cautions(shown.report)}


def _behaviours(shown: Shown) -> View:
    report = shown.report
    return {
        "known": bool(report.totals),
        "total_heads": listening.total_heads(shown.judged),
        "totals": listening.total_lines(report, shown.judged),
        "not_found": listening.not_found(report),
        "miti_note": str(MITI_NOTE),
        "miti_heads": heads(*listening.MITI_HEADS),
        "miti": listening.miti_lines(report),
        "frame_heads": heads(*listening.FRAME_HEADS),
        "frames": listening.frame_views(report),
        "right_heads": heads(*listening.RIGHT_HEADS),
        "right": listening.right_lines(),
        "right_said": listening.right_said(),
        "event_heads": heads("time", "behaviour_sure", "who", "evidence", "what_next"),
        "events": listening.event_lines(report),
    }


def _links(shown: Shown) -> View:
    report = shown.report
    firm, loose, exploratory = listening.link_lines(report)
    none = listen_first.unheard(report, _say("nobody_known")) or _say("nothing_to_link")
    return {
        "none": "" if report.links else none,
        "picture": listen_first.picture(report),
        "looked": len(firm) + len(loose),
        "heads": heads(*listening.LINK_HEADS),
        "firm": firm,
        "loose": loose,
        "exploratory": exploratory,
        "again": listening.worth_another_look(report),
        "asked_heads": heads("with", "what", "why"),
        "asked": listening.asked_lines(),
        "study_heads": heads(*listening.STUDY_HEADS),
        "studies": listening.study_lines(n for k in report.links for n in (k.cue, k.behaviour)),
        "unsaid_heads": heads("with", "what", "why"),
        "unsaid": listening.unlinked_lines(report),
    }


def _course(shown: Shown) -> View:
    report = shown.report
    drawn = [svg.contours(report, shown.frames)]
    drawn += [svg.course(report, cue) for cue in catalogue.drawn("course")]
    apart = [cue for cue in catalogue.drawn("apart") if "course" not in cue.drawn]
    return {
        "drawn": [ours(figure) for figure in drawn if figure],
        "none": _say("too_short" if report.totals else "nobody_known"),
        "apart": [(ours(svg.course(report, cue)), warmth.beside(report, cue)) for cue in apart],
    }


def _warmth(shown: Shown) -> View:
    report = shown.report
    found = warmth.weigh(report)
    drawn = [svg.course(report, cue) for cue in catalogue.drawn("warmth")]
    return {
        "caveat": str(CAVEAT_NOTE),
        "drawn": [ours(figure) for figure in drawn if figure],
        "why_not": warmth.why_no_course(report),
        "heads": heads(*warmth.HEADS),
        "components": warmth.component_lines(report),
        "window_heads": warmth.window_heads(report, found),
        "windows": warmth.window_lines(report, found),
        "unweighed_heads": heads("measure", "therapist", "why_not_weighed"),
        "unweighed": warmth.unweighed_lines(report),
    }


def _turns(shown: Shown) -> View:
    report = shown.report
    return {
        "drawn": ours(svg.offsets(report)),
        "least_s": report.conversation.units.silence_s,
        "silence_heads": heads("at", "length", "left_by", "ended_by", "ended_with"),
        "silences": [
            (
                wording.clock(s.span.start),
                decimal(f"{s.span.duration:.1f} s"),
                wording.role(s.previous),
                wording.role(s.ended_by),
                _say(f"ended_with_{then}") if then else "",
            )
            for s, then in zip(report.silences, report.ended_with, strict=True)
            if s.kind == "silence"
        ],
        "overlap_heads": heads("at", "shared", "who", "kind", "evidence"),
        "overlaps": [
            (
                wording.clock(o.span.start),
                decimal(f"{o.shared_s:.1f} s"),
                _say("overlap_of", by=wording.role(o.by), over=wording.small(wording.role(o.over))),
                wording.overlap(o.kind),
                str(o.evidence),
            )
            for o in report.overlaps
        ],
        **_parts(report),
    }


def _parts(report: Report) -> View:
    """The first and last minutes against the middle, for what both can be compared in."""
    lines = zip(*(part.measures for part in report.parts), strict=True)
    return {
        "part_heads": (
            *heads("measure", "who"),
            *(
                _say("part", name=wording.part(p.name), start=p.span.start, end=p.span.end)
                for p in report.parts
            ),
        ),
        "parts": [
            (wording.cue(of[0].cue), wording.role(of[0].role), *(brief(m) for m in of))
            for of in lines
            if any(m.value is not None for m in of)
        ],
        "long_turns": [
            _say("long_turn", at=turn.span.start, role=wording.small(wording.role(turn.role)))
            for turn in report.turns
            if turn.index in report.monologues
        ],
    }


def _measures(shown: Shown) -> View:
    families: dict[str, list[Measure]] = {}
    for measure in shown.report.measures:
        families.setdefault(wording.family(measure.cue), []).append(measure)
    means = meanings()
    return {
        "study_heads": heads(*listening.STUDY_HEADS),
        "studies": listening.study_lines(m.cue for m in shown.report.measures),
        "heads": heads("measure", "who", "value", "what_it_is"),
        "families": [
            {
                "name": name,
                "rows": [
                    (
                        Cell(wording.cue(m.cue), below=m.cue),
                        wording.role(m.role),
                        value(m),
                        Cell(small=means.get(m.cue, "")),
                    )
                    for m in measures
                ],
            }
            for name, measures in families.items()
        ],
    }


def _recording(shown: Shown) -> View:
    report = shown.report
    facts = report.recording
    return {
        "rate": facts.sample_rate_hz,
        "channels": facts.channels,
        "setting": str(message(f"trend.setting_{facts.setting}")),
        "sha256": facts.sha256,
        "scopes": [message(f"scope.{scope}") for scope in report.consent.scopes],
        "until": report.consent.expires_on,
        "heads": heads("check", "value", "verdict", "meaning"),
        "checks": [
            (
                wording.check(c.check),
                wording.with_unit(c.value, c.unit),
                wording.verdict(c.verdict),
                Cell(small=str(c.meaning)),
            )
            for c in report.quality
        ],
        "engines": [
            str(_engine(part, engine.name, engine.version, engine.weights_sha256))
            for part, engine in report.engines.items()
        ],
        "settings_sha256": report.settings_sha256,
    }


def _engine(part: str, name: str, version: str, sha256: str | None) -> Message:
    code = "page.engine" if sha256 is None else "page.engine_with_weights"
    fields = {"part": wording.engine(part), "name": wording.program(name), "version": version}
    return message(code, **fields, sha256=(sha256 or "")[:12])


def _transcript(shown: Shown) -> View:
    turns = [turn for turn in shown.report.turns if turn.text]
    below = shown.report.unsure_below
    marks = [_mark(word, below) for turn in turns for word in turn.words]
    counts = {"doubts": marks.count("doubt"), "unsures": marks.count("unsure"), "words": len(marks)}
    return {"turns": [_line(turn, below) for turn in turns], "below": below, **counts}


def _line(turn: Utterance, below: float) -> View:
    return {
        "role": str(turn.role),
        "kind": str(turn.kind),
        "at": wording.clock(turn.span.start),
        "who": wording.role(turn.role),
        "runs": tuple(_runs(turn.words, below)),
    }


def _runs(words: Iterable[Word], below: float) -> Iterator[tuple[str, str]]:
    """Give words without a mark together, each other alone: a page fills in few pieces fast."""
    for mark, run in groupby(words, key=lambda word: _mark(word, below)):
        texts = [word.text for word in run]
        yield from ((text, mark) for text in (texts if mark else [" ".join(texts)]))


def _mark(word: Word, below: float) -> str:
    """Say what of a word is in doubt: whose it is, or what the transcriber heard."""
    unsure = word.probability is not None and word.probability < below
    return "doubt" if word.doubtful else "unsure" if unsure else ""


# In the order of the page: name of the template and of the title, and what it is filled with.
SECTIONS: dict[str, Callable[[Shown], View]] = {
    "moments": _moments,
    "links": _links,
    "glance": _glance,
    "timeline": _timeline,
    "behaviours": _behaviours,
    "care": _care,
    "course": _course,
    "warmth": _warmth,
    "turns": _turns,
    "measures": _measures,
    "came_in": lambda shown: came_in(shown.report),
    "recording": _recording,
    "transcript": _transcript,
}

"""A reviewer's side and the tool's, as tables: pins, the map, understanding, the own course."""

from collections.abc import Iterable
from statistics import median

from dashboard.view.tables import Grid, Line, heads
from dashboard.view.words import label, say
from diarize.messages import is_known, sentence
from diarize.timeline import Span
from prosody.events import Event
from prosody.listening.empathy import Map, Quote, aspects
from prosody.listening.empathy import understanding as kinds_of_understanding
from prosody.listening.moments import Moment
from prosody.render import wording
from prosody.render.listen_first import because
from prosody.report.model import Report
from prosody.settings import Playing
from prosody.store.reviews import QUESTIONS, SLIDERS, Laid, Review, played
from prosody.store.written import Written

__all__ = ["asked_of", "at", "chance", "clips", "course", "map_grids", "sides", "understanding"]

_ANSWER_S = Playing().answer_s


def at(span: Span) -> dict[str, list[float]]:
    """Give a stretch for a table that plays it."""
    return {"at": [round(span.start, 2), round(span.end, 2)]}


def chance(laid: Laid) -> str:
    """Say how many pins lie where the tool points, and how many would by chance."""
    n = len(laid.both) + len(laid.own)
    return say("chance", both=len(laid.both), n=n, share=laid.share, expected=laid.share * n)


def sides(report: Report, laid: Laid) -> tuple[Grid, ...]:
    """Make three tables: chosen by both, by the reviewer alone, by the tool alone."""
    length = report.recording.duration_s
    both = [
        Line(
            (wording.clock(p.value or 0.0), _said(p), because(m.reason)),
            opens=at(m.context),
        )
        for p, m in laid.both
    ]
    own = [
        Line((wording.clock(p.value or 0.0), _said(p)), opens=at(played(p, length)))
        for p in laid.own
    ]
    tool = [_moment(m) for m in laid.tool]
    return (
        Grid(say("by_both"), heads("when", "yours", "the_tools"), tuple(both), 9, spoken=(1,)),
        Grid(say("by_you"), heads("when", "yours"), tuple(own), 9, spoken=(1,)),
        Grid(say("by_tool"), heads("when", "the_tools"), tuple(tool), 9),
    )


def _moment(moment: Moment) -> Line:
    cells = (wording.clock(moment.span.start), because(moment.reason))
    return Line(cells, opens=at(moment.context))


def clips(report: Report, chosen: Iterable[Written]) -> Grid:
    """Make a table of the clips that reviewers bring: when, whose, and what they say of each."""
    rows = [
        Line(
            (wording.clock(p.value or 0.0), p.by, _said(p)),
            opens=at(played(p, report.recording.duration_s)),
        )
        for p in chosen
    ]
    return Grid(say("clips_chosen"), heads("when", "by", "yours"), tuple(rows), 9, spoken=(1, 2))


def _said(pin: Written) -> str:
    """Give all that a reviewer wrote of a pin, in one cell."""
    detail = pin.detail
    answers = [
        say("answered", question=label("ask", name), text=detail[f"answer_{name}"])
        for name in QUESTIONS
        if detail.get(f"answer_{name}")
    ]
    moved = [
        say("moved", slider=label("slide", name), value=value)
        for name, value in detail.get("sliders", {}).items()
    ]
    return " · ".join(filter(None, [str(detail.get("text") or ""), *answers, *moved])) or "–"


def map_grids(report: Report, own: Review, found: Map) -> tuple[Grid, ...]:
    """Lay what was remembered above the client's own words, a table an aspect."""
    held = own.remembered.detail if own.remembered else {}
    return tuple(
        Grid(
            asked_of(aspect),
            heads("when", "quote", "taken_up"),
            tuple(_quote(q) for q in found.quotes if q.aspect == aspect),
            9,
            _remembered(str(held.get(aspect) or "")),
            spoken=(1, 2),
        )
        for aspect in aspects()
    )


def asked_of(aspect: str) -> str:
    """Name a part of the client's account as a person is asked for it."""
    code = f"dashboard.aspect_{aspect}"
    return sentence(code) if is_known(code) else wording.behaviour(aspect)


def _remembered(text: str) -> str:
    return say("remembered", text=text) if text else say("nothing_remembered")


def _quote(quote: Quote) -> Line:
    if quote.taken:
        taken = say("taken_words", words=quote.taken)
    else:
        taken = say("no_word_taken" if quote.answered else "not_answered")
    cells = (wording.clock(quote.event.span.start), say("quoted", text=quote.words), taken)
    return Line(cells, faint=not quote.taken, opens=_with_answer(quote.event))


def _with_answer(event: Event) -> dict[str, list[float]]:
    """Play the turn and the answer that followed."""
    return at(Span(event.span.start, event.span.end + _ANSWER_S))


def understanding(report: Report, found: Map) -> tuple[Grid, ...]:
    """Set what the therapist said of the client's views beside what they said of feelings."""
    texts = {turn.index: turn.text for turn in report.turns}
    return tuple(
        Grid(
            wording.behaviour(kind),
            heads("when", "therapist_said"),
            tuple(
                Line(
                    (
                        wording.clock(e.span.start),
                        say(
                            "quoted",
                            text=texts.get(-1 if e.utterance is None else e.utterance)
                            or str(e.evidence),
                        ),
                    ),
                    opens=at(e.span),
                )
                for e in found.understanding
                if e.kind == kind
            ),
            9,
            spoken=(1,),
        )
        for kind in kinds_of_understanding()
    )


def course(reviewed: Iterable[tuple[str, Review]]) -> Grid:
    """Make a table of a reviewer's own sliders, a session a row; a middle says of how many pins."""
    rows = [Line((name, str(len(r.pins)), *_middles(r))) for name, r in reviewed]
    names = [label("slide", name) for name in SLIDERS]
    return Grid(
        say("own_sessions"),
        (*heads("session", "pins_n"), *names),
        tuple(rows),
        1,
        say("own_course_said"),
        spoken=(0,),
    )


def _middles(review: Review) -> list[str]:
    found = []
    for name in SLIDERS:
        given = [
            p.detail["sliders"][name] for p in review.pins if name in p.detail.get("sliders", {})
        ]
        found.append(say("middle_of", value=median(given), n=len(given)) if given else "–")
    return found

"""Coding turn by turn, and how far raters agree, for the page."""

from collections.abc import Callable, Sequence
from typing import Any

from dashboard.view.tables import Grid, Line, component, heads, said_once
from dashboard.view.words import say
from diarize.conversation import Role
from prosody.listening import behaviours
from prosody.listening.agreement import Agreement
from prosody.render import agreement, wording
from prosody.report.model import Report
from prosody.settings import Intervals, Playing
from prosody.store.codings import TOOL, Coding, codable, on_units, units

__all__ = ["grid", "mount", "raters", "turns"]

_WORDS = (
    *("turn", "none", "play", "play_before", "client", "therapist", "no_words"),
    *("back", "next", "keep", "seen"),
)

_BEFORE_S = Playing().before_coding_s


def turns(report: Report, coding: Coding) -> list[dict[str, Any]]:
    """Give what is coded, with what the client said before it and what this rater said of it."""
    own = units(report)
    given, marked = on_units(coding, own), {m.span.start for m in coding.marks}
    clients = [t for t in report.turns if t.role == Role.CLIENT and t.text]
    found = []
    for turn, kinds in zip(own, given, strict=True):
        before = max(
            (t for t in clients if t.span.start < turn.span.start),
            key=lambda t: t.span.start,
            default=None,
        )
        found.append(
            {
                "start_s": turn.span.start,
                "end_s": turn.span.end,
                "before": before.text if before else "",
                "text": turn.text,
                "kinds": sorted(kinds),
                "seen": any(turn.span.start <= s < turn.span.end for s in marked),
            }
        )
    return found


def mount(
    rows: list[dict[str, Any]], *, silent: bool, key: str, on_told: Callable[[], None]
) -> None:
    """Put the coder on the page; where the session is `silent`, nothing offers to play it.

    `on_told` is called before the page runs again when something was said of a turn. The
    component's ``told`` is then a mapping: ``unit`` (its place in `turns`, from 0) and ``kinds``.
    """
    show = component("coding", '<div class="coding"></div>', "coding.js", "coding.css")
    groups = [
        {
            "group": wording.group(group),
            "kinds": [[row.kind, row.words("label"), row.words("definition")] for row in own],
        }
        for group, own in behaviours.by_group(codable())
    ]
    words = {name: say(f"coding_{name}", before_s=_BEFORE_S) for name in _WORDS}
    data = {
        "key": key,
        "title": say("panel_coding"),
        "units": rows,
        "groups": groups,
        "silent": silent,
        "say": words,
        "before_s": _BEFORE_S,
    }
    show(data=data, key=key, on_told_change=on_told)


def raters(codings: Sequence[Coding], n: int) -> str:
    """Say who codes and who is done, and nothing of what they gave."""
    return say(
        "raters_said",
        done=[c.by for c in codings if c.done] or [say("nobody")],
        coding=[c.by for c in codings if not c.done] or [say("nobody")],
        n=n,
    )


def grid(one: str, other: str, rows: Sequence[Agreement]) -> Grid:
    """Make a table of the agreement of two raters, or of one and the tool."""
    names = [say("the_tool") if name == TOOL else name for name in (one, other)]
    lines, of_all = said_once(map(_line, rows))
    said = say("agreement_said", least=Intervals().least_choices)
    return Grid(
        say("agreement_of", one=names[0], other=names[1]),
        (*heads("kind"), *names, *heads("agree", "kappa")),
        lines,
        1,
        " ".join(filter(None, (of_all, said))),
        spoken=(1, 2),
    )


def _line(row: Agreement) -> Line:
    name, share, kappa = agreement.cells(row)
    cells = (name, str(row.first), str(row.second), share, kappa)
    return Line(cells, say("sentence", text=row.reason) if row.reason else "")

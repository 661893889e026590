"""What a session opens with, on the page and in the report: where to listen first, and one picture.

Conventions
-----------
Everything follows from a report alone. The words are those of the dashboard (`dashboard` and
`player` in the catalogue), so that who has read one can read the other.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from diarize.conversation import Role, Utterance
from diarize.messages import Message, message
from prosody import catalogue
from prosody.listening.links import OUTCOMES, Link
from prosody.listening.moments import FACTS, Moment
from prosody.render import wording
from prosody.render.quoting import Spoken, around, by_role
from prosody.report.model import Report

__all__ = [
    "Cell",
    "Picture",
    "because",
    "before_s",
    "cards",
    "not_compared",
    "order",
    "picture",
    "stands_out",
    "title",
    "unheard",
    "whose",
]


_ANSWERS = frozenset(fact.what for fact in FACTS if fact.answer)  # of the client, after it
_QUOTED = 2  # the client's words and what came then
_LEGEND = (
    ("▲", "firm up", "cell_more"),
    ("▼", "firm down", "cell_less"),
    ("△", "loose", "cell_chance"),
    ("–", "absent", "cell_absent"),
    ("", "asked", "cell_asked"),
)


def order(report: Report) -> tuple[int, ...]:
    """Give the places of the moments in their list, those with most points first."""
    return tuple(sorted(range(len(report.moments)), key=lambda i: -report.moments[i].points))


def before_s(report: Report) -> float:
    """Give how far before a moment its player starts, but at the session's beginning."""
    return max((m.span.start - m.context.start for m in report.moments), default=0.0)


def title(reason: Message) -> str:
    """Name a moment by what was done and counted most; one of an older session by all reasons."""
    of = reason.fields.get("of")
    first = reason
    if isinstance(of, (tuple, list)) and of:
        first = message(f"moment.{min(of, key=_is_answer)}")
    return str(message("dashboard.title", text=first))


def because(reason: Message) -> str:
    """Say in a sentence why a moment is there, in the order of the talk: first what was done.

    Examples
    --------
    >>> because(message("moment.because", of=("long_answer", "question_open")))
    'Asks an open question; the client then spoke longer than usual.'
    """
    of = reason.fields.get("of")
    if isinstance(of, (tuple, list)):
        reason = Message(reason.code, {**reason.fields, "of": tuple(sorted(of, key=_is_answer))})
    return str(message("dashboard.why", why=reason))


def _is_answer(what: object) -> bool:
    return what in _ANSWERS


def cards(report: Report) -> list[dict[str, Any]]:
    """Give what is said of each moment, in that order."""
    spoken = by_role(report)
    return [_card(report, report.moments[place], spoken) for place in order(report)]


def _card(report: Report, moment: Moment, spoken: Spoken) -> dict[str, Any]:
    """Give what is said of a moment: when, what and whose words, why, and what is played."""
    return {
        "at": wording.clock(moment.span.start),
        "side": wording.side(moment.side),
        "title": title(moment.reason),
        "quotes": _quotes(report, moment, spoken),
        "reason": because(moment.reason),
        "play": f"{moment.context.start:.1f},{moment.context.end:.1f}",
    }


def _quotes(report: Report, moment: Moment, spoken: Spoken) -> tuple[tuple[str, str], ...]:
    """Give the client's words before a moment and what came then, each with who says it.

    That is the therapist's turn, or the client's next one where the moment is a silence; words that
    are not kept, or were not heard, are left out.
    """
    beside = around(spoken, Role.THERAPIST, moment.span, _own(report, moment))
    return tuple((who, turn.text) for who, turn in beside if turn.text)[:_QUOTED]


def _own(report: Report, moment: Moment) -> Utterance | None:
    """Give the turn that a moment is; None where it is a silence."""
    events = (report.events[i] for i in moment.events if i < len(report.events))
    number = next((event.utterance for event in events), None)
    return next((turn for turn in report.turns if turn.index == number), None)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cue with a behaviour: an arrow, how far it is to be believed, and all of it in words.

    `sort` is ``firm up`` or ``firm down`` (more than chance), ``loose``, or ``absent``.
    """

    arrow: str
    sort: str
    asked: bool
    said: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Findings as one table: behaviours across, cues down; None where a pair was not looked at.

    `none` says why there is no figure in it, if so.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    said: str
    legend: tuple[tuple[str, str, str], ...]
    none: str


def picture(report: Report) -> Picture:
    """Draw what was measured of voice and listening together, as the page of findings does."""
    units = {m.cue: m.unit for m in report.measures}
    looked = [link for link in report.links if link.difference is not None]
    kinds = tuple(dict.fromkeys(link.behaviour for link in looked))
    found: dict[tuple[str, str], tuple[str, dict[str, Cell]]] = {}
    for link in looked:
        name = str(message("dashboard.title", text=whose(link)))
        _, row = found.setdefault((link.cue, link.role), (name, {}))  # two cues may share a name
        row[link.behaviour] = _cell(link, name, units)
    for link in report.links:
        if link.difference is None and link.behaviour in kinds and (link.cue, link.role) in found:
            name, row = found[link.cue, link.role]
            row[link.behaviour] = _absent(link, name)
    rows = tuple((name, tuple(row.get(kind) for kind in kinds)) for name, row in found.values())
    legend = tuple((mark, sort, _page(code)) for mark, sort, code in _LEGEND)
    columns, none = tuple(map(wording.behaviour, kinds)), not_compared(report)
    return Picture(columns, rows, _page("matrix_said"), legend, none)


def unheard(report: Report, nobody: str) -> str:
    """Say why behaviours could not be looked for; empty where they could.

    Parameters
    ----------
    report : Report
        The session.
    nobody : str
        What is said where nobody is known to be therapist or client.
    """
    unread = next((t.reason for t in report.totals if t.n is None and t.reason), None)
    if unread is not None:
        return str(message("dashboard.unheard", why=unread))
    known = {turn.role for turn in report.turns} & {Role.THERAPIST, Role.CLIENT}
    return "" if known else nobody


def not_compared(report: Report) -> str:
    """Say once why no pair at all has a figure, by the commonest reason; empty where one has."""
    if any(link.difference is not None for link in report.links):
        return ""
    reasons = [link.reason for link in report.links if link.reason]
    if not reasons:
        return ""
    (code, _), *_ = Counter(reason.code for reason in reasons).most_common(1)
    why = next(reason for reason in reasons if reason.code == code)
    if code == "link.too_few":
        return str(message("dashboard.matrix_few", least=why.fields.get("least")))
    return str(message("dashboard.matrix_none", why=why))


def _page(code: str, **fields: Any) -> str:
    """Say what the listening room says."""
    return str(message(f"player.{code}", **fields))


def _cell(link: Link, name: str, units: dict[str, str]) -> Cell:
    firm, row = stands_out(link), catalogue.named(link.cue)
    unit = units.get(link.cue, row.unit if row else "")
    because = str(message("dashboard.title", text=link.why)) if link.why else ""
    asked = link.family == "primary"
    code = "asked_beforehand" if asked else "exploratory"
    said = _page(
        "cell_firm" if firm else "cell_loose" if asked else "cell_explored",
        behaviour=wording.behaviour(link.behaviour),
        what=name,
        by=wording.said(link.cue, link.difference, unit, signed=True),
        word=wording.means(link.cue, link.difference),
        interval=_interval(link, unit),
        n=link.n,
        others=link.n_otherwise or 0,
    )
    words = f"{said} {_page(code, because=because)}"
    sort = f"firm {'up' if (link.difference or 0) > 0 else 'down'}" if firm else "loose"
    return Cell(_arrow(link, firm), sort, asked, words)


def _absent(link: Link, name: str) -> Cell:
    why = str(message("dashboard.sentence", text=link.reason)) if link.reason else ""
    behaviour = wording.behaviour(link.behaviour)
    said = _page("cell_missing", behaviour=behaviour, what=name, why=why)
    return Cell("–", "absent", link.family == "primary", said)


def _interval(link: Link, unit: str) -> str:
    if link.low is None or link.high is None:
        return ""
    low, high = wording.ends(link.cue, link.low, link.high, unit, signed=True)
    return _page("cell_interval", low=low, high=high)


def _arrow(link: Link, firm: bool) -> str:
    if not link.difference:
        return "0"
    up = link.difference > 0
    return ("▲" if up else "▼") if firm else ("△" if up else "▽")


def stands_out(link: Link) -> bool:
    """Whether a difference is more than chance and its interval leaves zero out.

    In reports written before both came of one test an interval could span zero all the same.
    """
    if not link.reliable or not link.difference or link.low is None:
        return False
    return link.high is None or link.low > 0 or link.high < 0


def whose(link: Link) -> str:
    """Name a link's cue with the person it is of."""
    cue = wording.cue(link.cue)
    if link.cue in OUTCOMES:
        return cue
    return str(message("dashboard.cue_of_role", role=link.role, cue=cue))

"""The agenda as a list that is ordered by dragging, with each item's words as they are now."""

from collections.abc import Callable, Iterable
from typing import Any

from dashboard.view import cards, tables
from dashboard.view.words import label, say
from diarize.conversation import Role, TurnKind, Utterance
from prosody.render import wording
from prosody.render.explained import terms_in
from prosody.render.listen_first import because
from prosody.report.model import Report
from prosody.store import agenda
from prosody.store.agenda import Item, Items
from prosody.store.written import Written

__all__ = ["mount", "rows"]

_WORDS = {"drag", "earlier", "later", "off", "play", "note"}


def rows(report: Report, items: Items, beside: Iterable[Written]) -> list[dict[str, Any]]:
    """Give what the list shows of each item: words, roles and reasons as the report has them."""
    written = sorted(beside, key=lambda row: row.value or 0.0)
    found = []
    for item, card in zip(items, cards.agenda_list(report, items), strict=True):
        near = [n for n in written if agenda.near(item, n.value or 0.0)]
        found.append(
            {
                "start_s": item.start_s,
                "play_s": card.play_s,
                "stop_s": card.stop_s,
                "title": wording.side(item.side),
                "why": because(item.why),
                "note": item.note,
                "by": say("kept_by", by=item.by) if item.by else "",
                "words": [
                    (str(t.role), wording.role(t.role), t.text) for t in _exchange(report, item)
                ],
                "notes": [
                    say("beside", sort=label("sort", n.item), by=n.by, text=n.detail["text"])
                    for n in near
                ],
            }
        )
    return found


def _exchange(report: Report, item: Item) -> list[Utterance]:
    """Give the turns of an item, after what the client had said; of a silence, those around it."""
    spoken = [t for t in agenda.turns_at(item, report) if t.kind == TurnKind.PRIMARY and t.text]
    own = [t for t in spoken if t.span.overlap(item.span) > 0]
    if own and own[0].role == Role.CLIENT:  # what is given back is not left out where more follows
        return own
    before = [t for t in spoken if t.span.start < item.start_s and t not in own][-1:]
    after = [] if own else [t for t in spoken if t.span.start >= item.end_s][:1]
    return [*before, *own, *after]


def mount(
    items: list[dict[str, Any]],
    *,
    stamp: str,
    code: str,
    silent: bool,
    key: str,
    on_told: Callable[[], None],
) -> None:
    """Put the list on the page; where the session is `silent`, nothing offers to play it.

    `on_told` is called before the page runs again when something was asked for. The component's
    ``told`` is then a mapping: ``do`` (``move``, ``drop`` or ``note``), ``item`` (from 1) with
    ``to`` or ``text``, the ``stamp`` of what was seen, and ``by``, the code of who asks.
    """
    show = tables.component("agenda", '<div class="agenda"></div>', "agenda.js", "agenda.css")
    data = {
        "title": say("panel_agenda"),
        "empty": say("empty_agenda"),
        "stamp": stamp,
        "code": code,
        "silent": silent,
        "items": items,
        "say": {name: say(f"agenda_{name}") for name in sorted(_WORDS)},
        "terms": terms_in(" ".join(item["why"] for item in items)),
    }
    show(data=data, key=key, on_told_change=on_told)

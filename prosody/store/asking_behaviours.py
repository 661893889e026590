"""What a turn or a silence shows, as a person says: corrections of behaviours."""

from collections.abc import Iterator
from dataclasses import dataclass

from diarize.errors import Refused
from diarize.timeline import Span
from prosody.events import Event
from prosody.listening import behaviours
from prosody.report.model import Report
from prosody.settings import Playing
from prosody.store.asking import when
from prosody.store.corrections import Correction
from prosody.store.requests import Asking, Request

__all__ = ["behaviour"]

_AT_S = Playing().typed_within_s


def behaviour(asking: Asking) -> Iterator[Correction]:
    """Confirm, add, remove or replace a behaviour, of a turn or at a time."""
    if asking.request.at is None:
        yield _of_turn(asking)
    else:
        yield _at(asking, float(asking.request.at))


def _kind(option: str, name: str | None) -> str | None:
    if name is None:
        return None
    kind = name.strip().replace("-", "_")
    if behaviours.get(kind) is None:
        raise Refused(
            "behaviour.unknown_option", option=option, kind=name, known=behaviours.kinds()
        )
    return kind


def _silent(kind: str | None) -> bool:
    """Whether a behaviour is a silence, which belongs to no turn."""
    row = behaviours.get(kind) if kind else None
    return row is not None and row.where == "silence"


def _kinds(request: Request) -> tuple[str | None, str | None]:
    now, gone = _kind("--is", request.is_kind), _kind("--is-not", request.is_not)
    if now == gone:
        raise Refused("requests.is_and_is_not", kind=now)
    if now and gone and _silent(now) != _silent(gone):
        raise Refused("requests.silence_and_turn", now=now, gone=gone)
    return now, gone


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a behaviour is: at a turn, or at a time of its own."""

    span: Span
    role: str
    of: str


def _of_turn(asking: Asking) -> Correction:
    turn = asking.turn()
    now, gone = _kinds(asking.request)
    if _silent(now) or _silent(gone):
        raise Refused("requests.silence_at_turn")
    here = [e for e in asking.report.events if e.utterance == turn.index and e.role == turn.role]
    if gone is not None and gone not in {e.kind for e in here}:
        there = tuple(dict.fromkeys(e.kind for e in here)) or ("nothing",)
        raise Refused("requests.turn_has_none", kind=gone, turn=turn.index, there=there)
    where = _Where(turn.span, turn.role, "turn")
    return _said_of(asking, where, now, gone, now in {e.kind for e in here})


def _said_of(
    asking: Asking, where: _Where, now: str | None, gone: str | None, there: bool
) -> Correction:
    if now is not None and where.of == "turn":
        behaviours.refuse_misfit(now, where.role)
    action = "change" if now and gone else "remove" if gone else "confirm" if there else "add"
    detail = {
        "action": action,
        "behaviour": gone or now,
        **({"to": now} if now and gone else {}),
        **when(where.span),
        "role": where.role,
        "of": where.of,
    }
    return asking.change("behaviour", detail)


def _at(asking: Asking, at: float) -> Correction:
    now, gone = _kinds(asking.request)
    known = _event_at(asking.report, at, gone or now)
    if known is not None:
        of = "time" if known.utterance is None else "turn"
        where = _Where(known.span, known.role, of)
    elif gone is not None:
        raise Refused("requests.none_there", kind=gone, at=at)
    else:
        where = _place_at(asking.report, at, now)
    return _said_of(asking, where, now, gone, known is not None)


def _event_at(report: Report, at: float, kind: str | None) -> Event | None:
    near = [
        e
        for e in report.events
        if e.kind == kind and e.span.start - _AT_S <= at <= e.span.end + _AT_S
    ]
    return min(near, key=lambda e: abs(e.span.start + e.span.end - 2 * at), default=None)


def _place_at(report: Report, at: float, kind: str | None) -> _Where:
    """Find the silence or the turn that a person means by a time."""
    if _silent(kind):
        held = next((s for s in report.silences if s.span.start <= at <= s.span.end), None)
        if held is None:
            raise Refused("requests.somebody_speaks", at=at)
        return _Where(held.span, "therapist", "time")
    turns = [t for t in report.turns if t.span.start <= at <= t.span.end]
    row = behaviours.named(str(kind))
    if row.where == "overlap":  # of those who speak at once, the one who came in
        over = (o for o in report.overlaps if o.span.start - _AT_S <= at <= o.span.end + _AT_S)
        found = next(over, None)
        turns = [t for t in report.turns if found is not None and t.index == found.incoming]
    turns = sorted(turns, key=lambda t: t.span.duration)
    # A sign of listening is the shortest thing said there, never the turn it is said in.
    for turn in turns[:1] if row.aside else turns:
        try:
            behaviours.refuse_misfit(str(kind), turn.role)
        except Refused:
            continue
        return _Where(turn.span, turn.role, "turn")
    raise Refused("requests.nothing_fits", at=at, kind=kind)

"""What a person asks to be corrected, as corrections of one session.

Conventions
-----------
A request names a turn by its number and a word by its place, because a person sees these; a
correction names the time and the voice, because these are found again. Everything is checked
here, against the session as it stands, so that a refusal comes before anything is touched.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from diarize.conversation import Utterance
from diarize.errors import Refused
from diarize.formats.tiers import names_a_voice
from diarize.roles import ROLES
from diarize.timeline import Span
from prosody.listening import behaviours
from prosody.listening.events import Event
from prosody.report.model import Report
from prosody.rules.warmth import current_component
from prosody.store import edited_files
from prosody.store.corrections import Correction

__all__ = ["Request", "corrections", "is_code"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_AT_S = 0.5  # how far from an event a time may be and still mean it
_LONGEST = 20_000  # letters; more is no turn
_IS = "--is and --is-not"
_Change = Callable[..., Correction]


@dataclass(frozen=True, slots=True)
class Request:
    """What to correct; the fields are the options of `prosody correct`.

    `turn` is a turn's number and `words` like ``3-5`` of it, `at` seconds; `roles` are like
    ``A=therapist``, `rename` like ``A=T1``.
    """

    swap_roles: bool = False
    roles: Sequence[str] = ()
    turn: int | None = None
    at: float | None = None
    voice: str | None = None
    words: str | None = None
    text: str | None = None
    is_kind: str | None = None
    is_not: str | None = None
    rename: Sequence[str] = ()
    turns_from: Path | None = None
    text_from: Path | None = None
    without_warmth: Sequence[str] = ()
    motivational_interviewing: bool | None = None


def corrections(
    report: Report,
    request: Request,
    *,
    by: str,
    say: Callable[[str], None] = lambda line: None,
) -> list[Correction]:
    """Turn a request into corrections.

    Parameters
    ----------
    report : Report
        The session as it stands.
    request : Request
        What to correct.
    by : str
        The code of who corrects.
    say : callable
        Told in one line each what a person should know of a file that was read.

    Raises
    ------
    Refused
        If something asked for is not there, or parts of the request do not go together.
    """
    by = " ".join(by.split())
    if not by:
        raise Refused("requests.by_empty")
    change = partial(Correction, by=by, on=date.today().isoformat())
    made = [
        *_roles(report, request, change),
        *_of_a_turn(report, request, change),
        *_settings(report, request, change),
        *_files(report, request, change, say),
        *_renamed(report, request, change),
    ]
    if not made:
        raise Refused("requests.nothing")
    return made


def is_code(text: str) -> bool:
    """Whether a text may stand for a person: a code without spaces, so no first and last name."""
    return _CODE.fullmatch(text) is not None


def _roles(report: Report, request: Request, change: _Change) -> Iterator[Correction]:
    roles = dict(_role(text) for text in request.roles)
    if request.swap_roles:
        roles |= _swapped(report)
    for voice, role in roles.items():
        yield change("role", detail={"voice": voice, "role": role})


def _role(text: str) -> tuple[str, str]:
    voice, _, role = text.rpartition("=")
    if not voice or role not in ROLES[:3]:
        raise Refused("requests.role", text=text)
    return voice, role


def _swapped(report: Report) -> dict[str, str]:
    other = {"therapist": "client", "client": "therapist"}
    swapped = {v.voice: other[v.role] for v in report.voices if v.role in other}
    if not swapped:
        raise Refused("requests.no_roles")
    return swapped


def _settings(report: Report, request: Request, change: _Change) -> Iterator[Correction]:
    if request.without_warmth:
        left_out = _left_out(report, request.without_warmth)
        yield change("warmth", detail={"left_out": " ".join(left_out)})
    if request.motivational_interviewing is not None:
        said = "yes" if request.motivational_interviewing else "no"
        yield change("motivational_interviewing", detail={"is": said})


def _left_out(report: Report, named: Sequence[str]) -> tuple[str, ...]:
    """Check the components to leave out of the warmth proxy; at least one has to stay."""
    parts = report.settings["warmth"]["components"]
    weights = {current_component(c["name"]): c["weight"] for c in parts}
    left = tuple(current_component(n.replace("-", "_")) for n in named if n != "none")
    for name in left:
        if name not in weights:
            raise Refused("requests.component", name=name, known=tuple(weights))
    if not any(weight > 0 for name, weight in weights.items() if name not in left):
        raise Refused("requests.no_component")
    return left


def _of_a_turn(report: Report, request: Request, change: _Change) -> list[Correction]:
    """Correct one turn, or what happens at one time."""
    asked = _asked(request)
    if asked is None:
        return []
    if request.at is not None:
        if asked != _IS:
            raise Refused("requests.at", asked=asked)
        return [_behaviour_at(report, request.at, request, change)]
    turn = next((t for t in report.turns if t.index == request.turn), None)
    if turn is None:
        raise Refused("requests.no_turn", turn=request.turn)
    if asked == "--text" and request.text is not None:
        return [_new_text(turn, request.text, change)]
    if asked == "--voice" and request.voice is not None:
        return [_given(turn, request.words, request.voice, change)]
    return [_behaviour_of(report, turn, request, change)]


def _asked(request: Request) -> str | None:
    """Say what is to be corrected at a turn or a time; None where nothing is."""
    given = {
        "--voice": request.voice,
        "--text": request.text,
        _IS: request.is_kind or request.is_not,
    }
    asked = [name for name, value in given.items() if value is not None]
    places = [place for place in (request.turn, request.at) if place is not None]
    if request.words and "--voice" not in asked:
        raise Refused("requests.words_alone")
    if asked and not places:
        raise Refused("requests.which_turn", asked=asked[0])
    if len(places) > 1:
        raise Refused("requests.turn_and_at")
    if places and len(asked) != 1:
        raise Refused("requests.one_of")
    return asked[0] if asked else None


def _when(start: float, end: float) -> dict[str, float]:
    return {"start_s": round(start, 4), "end_s": round(end, 4)}


def _new_text(turn: Utterance, text: str, change: _Change) -> Correction:
    plain = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    if len(plain) > _LONGEST:
        raise Refused("requests.long_text", most=_LONGEST)
    said = " ".join(plain.split())
    detail = {**_when(turn.span.start, turn.span.end), "voice": turn.voice, "text": said}
    return change("turn_text", detail=detail)


def _given(turn: Utterance, words: str | None, voice: str, change: _Change) -> Correction:
    owners = {"was": turn.voice, "voice": voice}
    if words is None:
        return change("turn_voice", detail={**_when(turn.span.start, turn.span.end), **owners})
    first, last = _range(words)
    said = turn.words
    if not said:
        raise Refused("requests.no_words", words=words, turn=turn.index)
    if not 1 <= first <= last <= len(said):
        raise Refused("requests.words_outside", words=words, turn=turn.index, last=len(said))
    if (first, last) == (1, len(said)):
        return change("turn_voice", detail={**_when(turn.span.start, turn.span.end), **owners})
    spans = [w.span for w in said]
    start = min(turn.span.start, spans[0].start) if first == 1 else _cut(*spans[first - 2 : first])
    end = (
        max(turn.span.end, spans[-1].end)
        if last == len(said)
        else _cut(*spans[last - 1 : last + 1])
    )
    if not start < end:
        raise Refused("requests.words_over", words=words)
    return change("words_voice", detail={**_when(start, end), **owners})


def _range(words: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", words.strip())
    if match is None:
        raise Refused("requests.words", words=words)
    return int(match[1]), int(match[2] or match[1])


def _cut(one: Span, other: Span) -> float:
    """Find where to cut between two words: half way from end to start, between their middles."""
    cut = (one.end + other.start) / 2
    return cut if one.middle < cut < other.middle else (one.middle + other.middle) / 2


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

    start_s: float
    end_s: float
    role: str
    of: str


def _behaviour_of(report: Report, turn: Utterance, request: Request, change: _Change) -> Correction:
    now, gone = _kinds(request)
    if _silent(now) or _silent(gone):
        raise Refused("requests.silence_at_turn")
    here = [e for e in report.events if e.utterance == turn.index and e.role == turn.role]
    if gone is not None and gone not in {e.kind for e in here}:
        there = tuple(dict.fromkeys(e.kind for e in here)) or ("nothing",)
        raise Refused("requests.turn_has_none", kind=gone, turn=turn.index, there=there)
    where = _Where(turn.span.start, turn.span.end, turn.role, "turn")
    return _said_of(where, now, gone, now in {e.kind for e in here}, change)


def _said_of(
    where: _Where, now: str | None, gone: str | None, there: bool, change: _Change
) -> Correction:
    if now is not None and where.of == "turn":
        behaviours.refuse_misfit(now, where.role)
    action = "change" if now and gone else "remove" if gone else "confirm" if there else "add"
    detail = {
        "action": action,
        "behaviour": gone or now,
        **({"to": now} if now and gone else {}),
        **_when(where.start_s, where.end_s),
        "role": where.role,
        "of": where.of,
    }
    return change("behaviour", detail=detail)


def _behaviour_at(report: Report, at: float, request: Request, change: _Change) -> Correction:
    now, gone = _kinds(request)
    known = _event_at(report, at, gone or now)
    if known is not None:
        of = "time" if known.utterance is None else "turn"
        where = _Where(known.span.start, known.span.end, known.role, of)
    elif gone is not None:
        raise Refused("requests.none_there", kind=gone, at=at)
    else:
        where = _place_at(report, at, now)
    return _said_of(where, now, gone, known is not None, change)


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
        return _Where(held.span.start, held.span.end, "therapist", "time")
    turns = [t for t in report.turns if t.span.start <= at <= t.span.end]
    if kind == "overlap_to_review":  # of those who speak at once, the one who came in
        over = (o for o in report.overlaps if o.span.start - _AT_S <= at <= o.span.end + _AT_S)
        found = next(over, None)
        turns = [t for t in report.turns if found is not None and t.index == found.incoming]
    turns = sorted(turns, key=lambda t: t.span.duration)
    # A sign of listening is the shortest thing said there, never the turn it is said in.
    for turn in turns[:1] if kind == "backchannel" else turns:
        try:
            behaviours.refuse_misfit(str(kind), turn.role)
        except Refused:
            continue
        return _Where(turn.span.start, turn.span.end, turn.role, "turn")
    raise Refused("requests.nothing_fits", at=at, kind=kind)


def _renamed(report: Report, request: Request, change: _Change) -> list[Correction]:
    names: dict[str, str] = {}
    for text in request.rename:
        old, equals, new = text.partition("=")
        if not equals or not old or not is_code(new):
            raise Refused("requests.rename", text=text)
        if not names_a_voice(new):
            raise Refused("requests.tier_name", text=text, name=new)
        if new.casefold() in ROLES:
            raise Refused("requests.role_name", text=text, old=old, name=new)
        if names.get(old, new) != new:
            raise Refused("requests.two_names", text=text, old=old)
        names[old] = new
    return [change("rename", detail={"names": names})] if names else []


def _files(
    report: Report, request: Request, change: _Change, say: Callable[[str], None]
) -> Iterator[Correction]:
    turns_from, text_from = request.turns_from, request.text_from
    if turns_from is not None:
        if text_from is not None or request.turn is not None:
            raise Refused("requests.turns_alone")
        yield edited_files.turns_of(report, turns_from, change, say)
    if text_from is not None:
        yield edited_files.text_of(report, text_from, change)

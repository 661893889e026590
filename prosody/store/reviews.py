"""Reviewing a session oneself before its figures: pins, a map from memory, and what came of it.

Conventions
-----------
Rows of the table ``ratings``, each of one reviewer and by their code: a ``pin`` (`value` is its
moment, in seconds), the ``map`` of the client as the reviewer remembers it, and ``revealed`` once
the reviewer has asked for what the tool found. A pin holds a note, answers, sliders from 0 to 100,
and whether it is a clip to bring to supervision. Quotes of the client are never kept here: they
follow from the session as it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from diarize.errors import Refused
from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.findings import KEEP_WORDS
from prosody.listening import empathy
from prosody.listening.empathy import Map
from prosody.listening.moments import Moment
from prosody.report.model import Report
from prosody.settings import Playing
from prosody.store import written
from prosody.store.applying import judgements
from prosody.store.library import Library
from prosody.store.written import RATINGS, Written

__all__ = [
    "CLIPS",
    "QUESTIONS",
    "SLIDERS",
    "Laid",
    "Review",
    "answer",
    "clips",
    "laid_beside",
    "mapped",
    "of",
    "own_course",
    "played",
    "remember",
    "reveal",
]

QUESTIONS = ("heard", "meant", "otherwise")
SLIDERS = ("followed", "own_words", "room")
CLIPS = 3  # to bring to supervision
_PLAYING = Playing()
_PIN, _MAP, _REVEALED = "pin", "map", "revealed"


@dataclass(frozen=True, slots=True)
class Review:
    """One person's review: pins in order of time, the map from memory, whether it is done."""

    by: str
    pins: tuple[Written, ...] = ()
    remembered: Written | None = None
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """A reviewer's pins beside the places the tool suggests.

    Parameters
    ----------
    both : tuple of (Written, Moment)
        A pin within what is played with a moment, and that moment.
    own, tool : tuple
        Pins and moments without the other.
    share : float
        Of the session, 0 to 1, that the tool's places take up with what is played with them: so
        many of any pins would lie in them by chance.
    """

    both: tuple[tuple[Written, Moment], ...]
    own: tuple[Written, ...]
    tool: tuple[Moment, ...]
    share: float


def of(library: Library, session_id: str, by: str) -> Review:
    """Give a person's review of a session.

    Raises
    ------
    Refused
        As `prosody.store.written.read`.
    """
    rows = [r for r in written.read(library, session_id, RATINGS) if r.by == by]
    pins = sorted((r for r in rows if r.item == _PIN), key=lambda r: (r.value or 0.0, r.n))
    remembered = next((r for r in rows if r.item == _MAP), None)
    return Review(by, tuple(pins), remembered, any(r.item == _REVEALED for r in rows))


def answer(
    library: Library,
    session_id: str,
    pin: Written,
    *,
    by: str,
    answers: Mapping[str, str],
    sliders: Mapping[str, int],
    clip: bool,
) -> None:
    """Keep what a reviewer says of a pin.

    Parameters
    ----------
    answers, sliders : mapping
        By names of `QUESTIONS` and `SLIDERS`; a slider that was not moved is left out.
    clip : bool
        Whether it is brought to supervision.

    Raises
    ------
    Refused
        If three clips are chosen already; else as `prosody.store.written.change`.
    """
    others = [p for p in of(library, session_id, by).pins if p.detail.get("clip") and p.n != pin.n]
    if clip and len(others) >= CLIPS:
        raise Refused("written.clips_full", most=CLIPS)
    said = {f"answer_{name}": text.strip() for name, text in answers.items() if text.strip()}
    kept = {"text": pin.detail.get("text", ""), **said, "sliders": dict(sliders), "clip": clip}
    written.change(library, session_id, RATINGS, replace(pin, detail=kept), by=by)


def remember(library: Library, session_id: str, said: Mapping[str, str], *, by: str) -> None:
    """Keep what a reviewer remembers of the client: what was said, felt, thought and wanted.

    Raises
    ------
    Refused
        If the consent does not cover keeping words, or the reviewer has seen the tool's side.
    """
    if KEEP_WORDS not in library.consent(session_id).scopes:
        raise Refused("corrections.no_consent", session=session_id)
    review = of(library, session_id, by)
    if review.revealed:
        raise Refused("written.revealed")
    row = Written(_MAP, None, {name: text.strip() for name, text in said.items()}, by)
    if review.remembered is None:
        written.put(library, session_id, RATINGS, [row])
    else:
        row = replace(row, n=review.remembered.n)
        written.change(library, session_id, RATINGS, row, by=by)


def reveal(library: Library, session_id: str, *, by: str) -> None:
    """Keep that a reviewer is done, and sees from now on what the tool found."""
    if not of(library, session_id, by).revealed:
        written.put(library, session_id, RATINGS, [Written(_REVEALED, None, {}, by)])


def laid_beside(report: Report, pins: Iterable[Written]) -> Laid:
    """Lay a reviewer's pins beside the moments of the report."""
    both: list[tuple[Written, Moment]] = []
    own: list[Written] = []
    for pin in pins:
        at = pin.value or 0.0
        near = [m for m in report.moments if m.context.start <= at <= m.context.end]
        if near:
            nearest = min(near, key=lambda m: max(m.span.start - at, at - m.span.end, 0.0))
            both.append((pin, nearest))
        else:
            own.append(pin)
    met = [moment for _, moment in both]
    return Laid(
        tuple(both), tuple(own), tuple(m for m in report.moments if m not in met), _share(report)
    )


def _share(report: Report) -> float:
    covered, upto = 0.0, 0.0
    for moment in sorted(report.moments, key=lambda m: m.context.start):
        covered += max(0.0, moment.context.end - max(upto, moment.context.start))
        upto = max(upto, moment.context.end)
    return covered / report.recording.duration_s if report.recording.duration_s else 0.0


def mapped(library: Library, session_id: str) -> Map:
    """Find the client's own account in a session, and what the therapist said of understanding.

    Raises
    ------
    Refused
        If the session cannot be read, or its consent does not allow it.
    """
    record = library.record(session_id)
    rows, now = record.corrections, record.now
    judged, _ = judgements(now, rows, 0, since=record.corrected)
    return empathy.mapped(
        Analysis(
            now.conversation,
            settings=now.settings,
            judged=judged,
            read=now.read,
            outputs=now.outputs,
        )
    )


def clips(library: Library, session_id: str) -> tuple[Written, ...]:
    """Give the pins that reviewers who are done chose to bring, in order of time."""
    rows = written.read(library, session_id, RATINGS)
    done = {r.by for r in rows if r.item == _REVEALED}
    chosen = (r for r in rows if r.item == _PIN and r.detail.get("clip") and r.by in done)
    return tuple(sorted(chosen, key=lambda r: (r.value or 0.0, r.n)))


def played(pin: Written, duration_s: float) -> Span:
    """Give what a pin plays: some seconds before it, because it is set after what it is about."""
    moment = float(pin.value or 0.0)
    first, last = moment - _PLAYING.before_note_s, moment + _PLAYING.after_note_s
    return Span(max(0.0, first), min(last, duration_s))


def own_course(library: Library, by: str) -> tuple[tuple[str, Review], ...]:
    """Give a person's reviews of the sessions of a library, in order of their dates."""
    found = []
    for entry in library.sessions():
        try:
            review = of(library, entry.session_id, by)
        except Refused:
            continue
        if review.pins and review.revealed:
            found.append((entry.session_id, review))
    return tuple(found)

"""Sessions amended: corrections applied and kept, carried over to a new analysis, taken back.

Conventions
-----------
A library keeps what the analysis heard and, once somebody corrected it, what it is now; the
report follows from that. A correction is applied to what is now; taking one back and a new
analysis apply all of them again. No sound is decoded and no model is run. One that no longer fits
is said in the report's notes, never dropped in silence, and tried again the next time. Words a
person wrote are words of the session: they go with it, kept only where the consent covers that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from diarize.conversation import Role
from diarize.edits import naming
from diarize.edits.streams import streams_of
from diarize.errors import Refused
from diarize.formats.transcript import Cue
from diarize.messages import Note
from diarize.runtime.memory import uncollected
from diarize.transcription.alignment import match_labels
from prosody.analysis import Last
from prosody.features.frames import Frames
from prosody.findings import KEEP_WORDS, Heard
from prosody.listening.behaviours import load_rules
from prosody.report import codec
from prosody.report.model import Report
from prosody.store import kinds
from prosody.store.applying import applied, report_of, without_words
from prosody.store.confirmed import confirmed
from prosody.store.corrections import Correction, with_names, word_rows
from prosody.store.kinds import KINDS, figures_follow, holds_words
from prosody.store.library import Entry, Library
from prosody.store.record import Record
from prosody.store.requests import Request
from prosody.trained.weights import CODER, Coder, base, coder, own_file, there

if TYPE_CHECKING:
    from prosody.pipeline import Session

__all__ = [
    "State",
    "carried",
    "changed",
    "correct",
    "measured_anew",
    "page_anew",
    "read",
    "read_again",
    "ready",
    "undo",
]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A session as it stands at one stamp: what is kept, and the report that follows.

    Somebody who has a session open holds it: a correction goes on from what is worked out.
    """

    stamp: str
    record: Record
    report: Report
    frames: Frames
    last: Last = field(default_factory=Last)


def read(library: Library, session_id: str) -> State:
    """Read a session as it stands.

    Raises
    ------
    Refused
        If it is not there or cannot be read, or its consent does not allow it.
    """
    stamp, record = library.stamp(session_id), library.record(session_id)
    report = library.load(session_id, record=record)
    return State(stamp, record, report, library.frames(session_id))


def correct(
    library: Library,
    session_id: str,
    request: Request,
    *,
    by: str,
    say: Callable[[str], None] = lambda line: None,
) -> Report:
    """Apply what a person corrects; measures follow at once and no model is run.

    Parameters
    ----------
    library : Library
        Where the session is.
    session_id : str
        Which session.
    request : Request
        What to change; kept with the session for good.
    by : str
        The code of who corrects.
    say : callable
        Told in one line each what a person should know of a file that was read.

    Raises
    ------
    Refused
        If the session, a voice or a turn is not there, parts of the request do not go together,
        or the consent does not cover keeping the words that are changed; nothing is changed then.
    """
    return changed(library, session_id, request, by=by, say=say).report


def changed(
    library: Library,
    session_id: str,
    request: Request,
    *,
    by: str,
    say: Callable[[str], None] = lambda line: None,
    held: State | None = None,
    page: bool = True,
) -> State:
    """Do as `correct`, for somebody who has the session open and waits; gives what it is now.

    Parameters
    ----------
    library, session_id, request, by, say
        As in :func:`correct`; raises as it does.
    held : State, optional
        The session as it was read last; read again where it is something else by now, and
        refused then if the request names a turn, whose number may be another one's.
    page : bool
        Whether ``report.html`` is written with the rest. Otherwise it is taken away, and
        :func:`page_anew` writes it.
    """
    with library.locked(), uncollected():
        state = _as_it_stands(library, session_id, held, request)
        before, report = state.record, state.report
        changes = kinds.made(report, request, by=by, say=say)
        if any(map(holds_words, changes)) and KEEP_WORDS not in report.consent.scopes:
            raise Refused("corrections.no_consent", session=session_id)
        rows = (*before.corrections, *changes)
        if not any(map(figures_follow, changes)):
            library.keep_corrections(session_id, rows)
            return replace(state, record=replace(before, corrections=rows))
        fresh = len(before.corrections)
        now = read_again(applied(before.now, rows, fresh=fresh), library)
        record = replace(before, first=_plain(before.first), now=now, corrections=rows)
        return _kept(library, session_id, record, fresh, state=state, page=page)


def _as_it_stands(library: Library, session_id: str, held: State | None, request: Request) -> State:
    """Give what is held if nothing, and no consent, changed since; the library is held."""
    if held is None:
        return read(library, session_id)
    if held.stamp != library.stamp(session_id):
        if request.turn is not None:  # somebody else's correction was waited for
            raise Refused("dashboard.changed_meanwhile")
        return read(library, session_id)
    if library.allowed(session_id) != held.report.consent:
        return read(library, session_id)
    rows = library.corrections(session_id)  # some change nothing else
    return replace(held, record=replace(held.record, corrections=rows))


def _plain(first: Heard | Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what was heard as it is written, so that the next correction need not unfold it."""
    return codec.plain(first.kept) if isinstance(first, Heard) else first


def page_anew(library: Library, session_id: str) -> None:
    """Write ``report.html`` of a session that a correction left without.

    Raises
    ------
    Refused
        If the session cannot be read or written, or its consent does not allow it.
    """
    from prosody.render.html import html

    if not library.lacks_page(session_id):
        return
    state = read(library, session_id)
    page = html(state.report, state.frames, session_id=session_id, judged=confirmed(library))
    with library.locked():
        if library.stamp(session_id) == state.stamp:  # another correction has a page of its own
            library.keep_page(session_id, page)


def ready() -> None:
    """Load beforehand what the first correction of a process would wait for."""
    for name in ("scipy.stats", "prosody.render.html"):
        import_module(name)
    load_rules()
    if there():
        base()


def undo(library: Library, session_id: str, number: int, *, by: str, page: bool = True) -> Report:
    """Take one correction back, a swap as a whole; the others stay, and all figures follow.

    Parameters
    ----------
    library, session_id, page
        As in :func:`changed`.
    number : int
        Its place in the history, from 1. It stays there, with who took it back and when.
    by : str
        The code of who takes it back.

    Raises
    ------
    Refused
        If there is no such correction, or it cannot be taken back; nothing is changed then.
    """
    with library.locked(), uncollected():
        before = library.record(session_id)
        rows, since = list(before.corrections), before.now
        for each in _together(rows, number):
            row = _to_take_back(session_id, rows, each, before.corrected)
            rows[each - 1] = replace(row, undone_by=by, undone_on=date.today().isoformat())
            since = before.heard if kinds.talk_follows(row) else since
            if "names" in row.detail:
                rows[each:] = _with_old_names(each, row, rows[each:])
        now = read_again(applied(since, rows), library)
        after = replace(before, now=now, corrections=tuple(rows))
        return _kept(library, session_id, after, len(rows), page=page).report


def measured_anew(library: Library, session_id: str, change: Callable[[Heard], Heard]) -> Report:
    """Measure a session anew from what was heard, with every correction; no model listens.

    Parameters
    ----------
    library, session_id
        As in :func:`correct`.
    change : callable
        Gives what was heard under other settings, or as another coder read it.

    Raises
    ------
    Refused
        If the session cannot be read or written, or its consent does not allow it.
    """
    with library.locked(), uncollected():
        before = library.record(session_id)
        heard, rows = change(before.heard), before.corrections
        now = read_again(applied(heard, rows), library)
        return _kept(library, session_id, replace(before, first=heard, now=now), len(rows)).report


def read_again(now: Heard, library: Library) -> Heard:
    """Let the coder that read a session read what a correction changed, where it is still here."""
    engine = now.facts.engines.get(CODER)
    if engine is None or KEEP_WORDS not in now.facts.consent.scopes:
        return now

    def same() -> Coder | None:
        found = coder(own_file(library.folder))
        return found if found is not None and found.sha256 == engine.weights_sha256 else None

    return now.read_by(same, roles=(Role.THERAPIST,))  # of others nothing is asked of it


def _together(rows: Sequence[Correction], number: int) -> Sequence[int]:
    """Give the numbers of what is taken back at once: all of a swap, or the one alone."""
    detail = rows[number - 1].detail if 1 <= number <= len(rows) else {}
    match detail.get("part"):
        case [int(place), int(of)] if 1 <= place <= of <= len(rows):
            pass
        case _:
            place, of = 1, 1
    return range(number - place + 1, number - place + 1 + of)


def _to_take_back(
    session_id: str, rows: Sequence[Correction], number: int, corrected: int
) -> Correction:
    if not 1 <= number <= len(rows):
        raise Refused("corrections.not_there", number=number, session=session_id)
    row = rows[number - 1]
    if row.undone_by is not None:
        raise Refused("corrections.undone_already", number=number, by=row.undone_by)
    if row.kind in KINDS and not KINDS[row.kind].taken_back:
        raise Refused("corrections.another_reading", number=number)
    if number <= corrected:
        raise Refused("corrections.made_by_older", number=number)
    return row


def _with_old_names(
    number: int, undone: Correction, later: Sequence[Correction]
) -> list[Correction]:
    """Let later corrections speak of voices by the names they have without a renaming."""
    back = {str(new): str(old) for old, new in undone.detail["names"].items()}
    rows = []
    for row in later:
        detail = with_names(row.detail, back)
        if "names" in detail and row.undone_by is None:
            names = {back.get(old, old): new for old, new in detail["names"].items()}
            if taken := set(names.values()) & set(back.values()):
                raise Refused("corrections.renamed_since", number=number, names=sorted(taken))
            back = {new: old for new, old in back.items() if new not in detail["names"]}
            detail["names"] = names
        rows.append(replace(row, detail=detail))
    return rows


def _kept(
    library: Library,
    session_id: str,
    record: Record,
    fresh: int,
    *,
    state: State | None = None,
    page: bool = True,
) -> State:
    """Make the report anew and save the session whole; the library is held."""
    from prosody.render.html import html

    sound = library.frames(session_id) if state is None else state.frames
    last, since = Last() if state is None else state.last, record.corrected
    made = report_of(record.now, sound, record.corrections, since=since, fresh=fresh, last=last)
    given = library.allowed(session_id)  # as it was said last, whatever the analysis was told
    counts = confirmed(library, {session_id: record.corrections}) if page else {}
    text = html(made, sound, session_id=session_id, judged=counts) if page else None
    library.save(library.entry(session_id), record, made, text)
    return State(library.stamp(session_id), record, replace(made, consent=given), sound, last)


def carried(library: Library, entry: Entry, made: "Session") -> tuple[Report, Record]:
    """Apply to a new analysis what people corrected in the one before it.

    Parameters
    ----------
    library : Library
        Where the session is, or will be.
    entry : Entry
        Which session; one that was never there has no corrections.
    made : Session
        The new analysis, with its words.

    Returns
    -------
    report : Report
        With the corrections that still fit; the others are in its notes.
    record : Record
        What to keep. Where the consent covers keeping words no more, those that people wrote are
        left out, and a note of the report says so.
    """
    rows = library.corrections(entry.session_id)
    heard = made.heard
    if not any(map(figures_follow, rows)):
        return made.report, Record(heard, heard, rows)
    before = _before(library, entry.session_id)
    if KEEP_WORDS not in heard.facts.consent.scopes:
        if any(map(holds_words, rows)):
            erased = Note("notes.words_erased", {}, "caution")
            facts = replace(heard.facts, notes=(*heard.facts.notes, erased))
            heard = replace(heard, facts=facts)
        rows = without_words(rows)
    elif before is not None:
        rows = tuple(_with_its_words(row, before) for row in rows)
    heard = heard if before is None else _named_as(heard, before)
    now = read_again(applied(heard, rows), library)
    return report_of(now, made.frames, rows), Record(heard, now, rows)


def _before(library: Library, session_id: str) -> Heard | None:
    """Give what was heard before, even where its consent has run out and a new one was given."""
    try:
        return library.record(session_id, today=date.min).heard
    except Refused:
        return None


def _with_its_words(row: Correction, before: Heard) -> Correction:
    """Give a correction of an older version the words it put in, which its report still has."""
    if row.kind != "text" or "words" in row.detail:
        return row
    said = streams_of(before.conversation).words or ()
    return replace(row, detail={**row.detail, "words": word_rows(said)})


def _named_as(made: Heard, before: Heard) -> Heard:
    """Give the voices of a new analysis the names that they had in the one before."""
    now = streams_of(made.conversation)
    # By time, never by the letters they were given: labels no voice can have see to that.
    marked = [Cue(turn.span, f"new {turn.voice}", "") for turn in now.turns]
    found = match_labels(marked, streams_of(before.conversation).turns)
    names = {voice: found[f"new {voice}"] for voice in now.voices if f"new {voice}" in found}
    for voice in now.voices:
        if voice not in names and voice in names.values():
            names[voice] = next(f"{voice}-{n}" for n in range(2, 99) if f"{voice}-{n}" not in names)
    return replace(made, conversation=naming.renamed(made.conversation, names))

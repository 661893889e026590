"""What every command does first: finish what a killed one began, and what a consent now asks for.

Conventions
-----------
Runs while the library is held. The register says what was withdrawn or forgotten before anything is
erased; the database says which files belong where before any is moved. So each step can be done
again, and whatever is found half done is finished: files put in their place or taken away, sessions
of older versions taken in, withdrawn and forgotten ones erased, words and sound taken out of those
whose consent no longer covers them, and the rest of a library encrypted. Nothing is done twice, and
one damaged session stops no other.
"""

import json
from contextlib import suppress
from dataclasses import replace
from errno import EMFILE, ENFILE, ENOMEM
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, select

from diarize.errors import Refused
from diarize.recording import register
from diarize.recording.consent import tell_wholes
from diarize.recording.register import FORGOTTEN, Event
from prosody.store import audit, consented, encrypting, folders, intents, keys, older, parts
from prosody.store.schema import jobs, ratings, sessions

if TYPE_CHECKING:
    from prosody.report.model import ConsentFacts, Report
    from prosody.store.library import Library
    from prosody.store.record import Record

__all__ = ["erase", "finish", "forget", "narrow", "pending", "settle"]

Erased = tuple[str, tuple[str, ...]]
_PASSING = (EMFILE, ENFILE, ENOMEM)  # the machine is short of something: it says nothing of a file


def pending(library: "Library", held: Connection) -> bool:
    """Whether anything waits to be finished."""
    if intents.any_begun(held) or consented.get_meta(held, encrypting.UNDER_WAY):
        return True
    if consented.followed(held) < register.head()[0] or consented.ahead(held):
        return True
    names = folders.listed(library.folder)
    return bool(folders.leftovers(names) or older.strangers(library, held, names))


def settle(library: "Library") -> list[Erased]:
    """Finish everything; gives what was erased.

    Raises
    ------
    Refused
        If something could not be erased or put in its place; the next command tries again.
    """
    database = library.database
    _take_along(library)
    _hear(library)
    with database.reading() as held:
        waiting = [row.token for row in intents.begun(held)]
        old, new = consented.followed(held), register.head()
    try:
        folders.sweep(library.folder, waiting)
    except OSError as error:
        folder, why = str(library.folder), error.strerror
        raise Refused("library.cannot_write", folder=folder, why=why) from None
    erased = finish(library)
    older.take_in(library)
    if new[0] > old:
        done = _follow(library, old)
        erased += finish(library)
        with database.writing() as held:
            if done:
                consented.put_meta(held, consented.UP_TO, json.dumps(new))
            consented.mark_day(held)
    encrypting.go_on(library)
    return erased


def _take_along(library: "Library") -> None:
    """Keep with the library of which files its sessions are made; an older version did not."""
    with library.database.reading() as held:
        unkept = parts.unkept(held)
    if unkept:
        with library.database.writing() as held:
            for whole in unkept:
                consented.pull(held, whole)


def _hear(library: "Library") -> None:
    """Tell this machine of times and withdrawals that the library has from elsewhere.

    What it was told itself is said again where a clock that was ahead says something later. A
    withdrawal is heard from a library of its own alone, whose history goes on from where this
    machine knew it: whoever sends one could otherwise have anything erased.
    """
    with library.database.reading() as held:
        late = consented.ahead(held)
        told = list(consented.outrun(held)) if late else []
        if not consented.followed(held) and _is_own(library, held):
            told += consented.withdrawn_elsewhere(held)
    with suppress(Refused):  # it is tried again
        if late:
            register.saw(late)
        for event in told:
            register.say(event)
            if event.what == register.WITHDRAWN:
                tell_wholes(event.sha256)


def _is_own(library: "Library", held: Connection) -> bool:
    known = audit.known(held, library.place)
    return known is not None and audit.holds(held, known)


def finish(library: "Library") -> list[Erased]:
    """Finish what stands in the database as begun; gives what was erased."""
    with library.database.reading() as held:
        begun = intents.begun(held)
    erased = []
    for row in begun:
        try:
            if row.erases:
                twice = folders.named_twice(library.folder, row.session_id)
                library.copied += [(row.session_id, twice)] if twice else []
                erased.append((row.session_id, folders.erase(library.folder, row.session_id)))
                library.forget_voices(*filter(None, [row.sha256]))
            else:
                folders.place(library.folder, row.token, row.session_id, row.dropped)
        except OSError as error:
            code = "library.not_erased" if row.erases else "library.not_placed"
            raise Refused(code, session=row.session_id, why=error.strerror) from None
    if erased and not library.database.scrub():
        raise Refused("library.still_read", folder=str(library.folder))
    if begun:
        with library.database.writing() as held:
            intents.done(held, begun)
    return erased


def forget(library: "Library", session_id: str, who: str) -> None:
    """Erase a session because a person asked; the library is held, and what was begun finished."""
    with library.database.reading() as held:
        row = library.any_row(held, session_id)
        name = consented.name_of(held, session_id)
    if row is None:
        return
    at = consented.now(row.sha256)
    with suppress(Refused):  # a register that cannot be written must not keep a session alive
        at = register.say(Event(FORGOTTEN, row.sha256, who, session_id=name)).at
    with library.database.writing() as held:
        erase(held, session_id, row.sha256, at, all_of_it=False)
    library.finish()


def erase(held: Connection, session_id: str, sha256: str, at: str, *, all_of_it: bool) -> None:
    """Take a session out of the database and say that its files must go."""
    consented.bury(held, sha256, None if all_of_it else session_id, at)
    held.execute(delete(sessions).where(sessions.c.session_id == session_id))
    held.execute(delete(jobs).where(jobs.c.session_id == session_id))
    intents.to_erase(held, session_id, sha256)
    audit.told(held, "erased", session_id)


def _follow(library: "Library", after: int) -> bool:
    """Do what the register says of this library's recordings since a number.

    False where words of a session could not be taken out: it is tried again, and stays closed
    until then.
    """
    hashes = {event.sha256 for event in register.news(after)}
    with library.database.reading() as held:
        every, files = held.execute(select(sessions)).all(), parts.every(held)
        concerned = [
            row for row in every if not hashes.isdisjoint((row.sha256, *files.get(row.sha256, ())))
        ]
    done = all([_judge(library, row) for row in concerned])
    if concerned and not library.database.scrub():  # words that were taken out lie in its log
        raise Refused("library.still_read", folder=str(library.folder))
    library.forget_voices(*(e.sha256 for e in register.news(after) if e.what == register.WITHDRAWN))
    return done


def _judge(library: "Library", row: Row[Any]) -> bool:
    with library.database.writing() as held:
        consented.pull(held, row.sha256)
        since = consented.buried(held, row.sha256, row.session_id, row.saved_at)
        told = map(register.latest, parts.each(held, row.sha256))
        last = next((e for e in told if e is not None and e.what == register.WITHDRAWN), None)
        gone = last is not None
        given = None
        try:
            given = consented.facts(held, row.sha256, row.session_id)
        except Refused as refusal:  # it stays closed
            if last is not None and refusal.code == "library.withdrawn":
                since = since or last.at  # whenever its row says that it was saved
        if since is not None:
            erase(held, row.session_id, row.sha256, since, all_of_it=gone)
        if since is not None or given is None:
            return True
    return narrow(library, row, given)


def narrow(library: "Library", row: Row[Any], given: "ConsentFacts") -> bool:
    """Take out of a session what its consent covers no more.

    False where its words cannot be taken out now, because its key is not at hand or the disk is
    full: nothing of it is lost, it stays closed, and the next command tries again.
    """
    without_sound = row.sound_kept and "play_back" not in given.scopes
    without_words = row.words_kept and "keep_words" not in given.scopes
    if not without_sound and not without_words:
        return True
    if without_sound:  # first: it needs no room
        library.drop(row.session_id, ("audio.flac",))
    if without_words and not _take_words(library, row.session_id, given):
        library.waiting.append(row.session_id)
        return False
    with library.database.writing() as held:
        if without_words:  # what somebody remembers of the client's words goes with them
            own = (ratings.c.session_id == row.session_id) & (ratings.c.item == "map")
            held.execute(delete(ratings).where(own))
        audit.told(held, "narrowed", row.session_id)
    return True


def _take_words(library: "Library", session_id: str, given: "ConsentFacts") -> bool:
    """Take the words out of a session; false where that must wait."""
    _unlearn(library, session_id)
    try:
        made = _wordless(library, session_id, given)
    except Refused as refusal:
        if refusal.code in keys.CLOSED or _passes(refusal.__context__):
            return False
        # What cannot be read cannot be told without its words: it goes.
        library.drop(session_id, ("heard.json", "report.json", "report.html"))
        return True
    try:
        library.save(library.row(session_id), *made)
    except Refused:  # no room: what was there before is there
        return False
    return True


def _passes(why: BaseException | None) -> bool:
    """Whether reading failed because the machine had no room, not because of what was read."""
    return isinstance(why, MemoryError) or getattr(why, "errno", None) in _PASSING


def _unlearn(library: "Library", session_id: str) -> None:
    try:
        folders.unlearn(library.folder, session_id)
    except OSError as error:
        raise Refused("library.not_erased", session=session_id, why=error.strerror) from None


def _wordless(
    library: "Library", session_id: str, given: "ConsentFacts"
) -> "tuple[Record, Report, str]":
    """Make a session's record, report and page anew, without a word of it."""
    from prosody.render.html import html
    from prosody.store.applying import report_of, without_words
    from prosody.store.confirmed import confirmed

    kept, frames = library.kept(session_id), library.frames(session_id)
    rows = without_words(kept.corrections)
    narrower = replace(
        kept,
        **{
            name: replace(heard, facts=replace(heard.facts, consent=given)).kept
            for name, heard in (("first", kept.heard), ("now", kept.now))
        },
        corrections=rows,
    )
    made = report_of(narrower.now, frames, rows, since=kept.corrected)
    judged = confirmed(library, {session_id: rows})
    return narrower, made, html(made, frames, session_id=session_id, judged=judged)

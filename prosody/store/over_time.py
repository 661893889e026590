"""Sessions of the same person, and what clients rated of them, out of a library.

Conventions
-----------
A session that may not be opened today is left out, and said. Ratings are a file in their session
(`SCORES`): they are sealed, backed up and erased with it. A table of ratings is taken whole or not
at all.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.runtime.atomic import read_small
from prosody import catalogue
from prosody.report import codec
from prosody.report.model import Report
from prosody.report.steady import Alike, alike
from prosody.report.trends import Visit
from prosody.settings import OverTime
from prosody.store.library import Library
from prosody.store.searching import figures
from prosody.store.shelf import Entry

__all__ = ["OF", "SCORES", "headlines", "keep_scores", "reports", "scores", "steadiness", "visits"]

SCORES = "scores.json"
OF = {"pair": "dyad_id", "therapist": "therapist_id"}  # whose sessions, and the column that says so
_NAMES = ("session_id", "dyad_id", "date")
_T = TypeVar("_T")


def visits(
    library: Library, who: str, of: str = "pair"
) -> tuple[tuple[Visit, ...], tuple[Message, ...]]:
    """Open the sessions of a pair or a therapist.

    Parameters
    ----------
    library : Library
        Where they are.
    who : str
        The code of the pair or the therapist.
    of : str
        ``pair`` or ``therapist``.

    Returns
    -------
    visits : tuple of Visit
        Oldest first.
    left_out : tuple of Message
        Which may not or cannot be opened, and why.

    Raises
    ------
    Refused
        If none can, with the reason of the first, or nobody has one.
    """
    return _opened(
        library,
        who,
        of,
        lambda entry: Visit(
            entry.session_id,
            entry.on,
            library.load(entry.session_id),
            scores(library, entry.session_id),
        ),
    )


def reports(library: Library, who: str) -> tuple[tuple[Report, ...], tuple[Message, ...]]:
    """Open the reports of a pair, and say which are left out; as `visits`."""
    return _opened(library, who, "pair", lambda entry: library.load(entry.session_id))


def _opened(
    library: Library, who: str, of: str, read: Callable[[Entry], _T]
) -> tuple[tuple[_T, ...], tuple[Message, ...]]:
    """Read the sessions of a pair or a therapist; one that cannot be read harms no other."""
    found, left = list[_T](), list[Message]()
    for entry in library.sessions({OF[of]: who}):
        try:
            found.append(read(entry))
        except Refused as refusal:
            left.append(message("trend.left_out", session=entry.session_id, why=refusal.message))
    if not found and left:
        raise Refused("trend.none_opened", who=who, n=len(left), why=left[0].fields["why"])
    if not found:
        raise Refused("trend.nobody", who=who, of=message(f"trend.{of}"))
    return tuple(found), tuple(left)


def steadiness(library: Library, cue: str, role: str) -> tuple[Alike | None, int]:
    """Say how alike sessions of the same pair are in a figure, over all pairs.

    Returns
    -------
    alike : Alike or None
    pairs : int
        How many have two sessions or more with the figure.
    """
    pair = {entry.session_id: entry.dyad_id for entry in library.sessions()}
    groups: dict[str, list[float]] = {}
    for figure in figures(library, cue, role, {}):
        whose = pair.get(figure.session_id)
        if whose is not None and figure.value is not None:
            groups.setdefault(whose, []).append(figure.value)
    return alike(groups.values()), sum(len(values) > 1 for values in groups.values())


# What clients rated -----------------------------------------------------------------------------


def scores(library: Library, session_id: str) -> dict[str, float]:
    """Give what the client rated of a session, by scale.

    Raises
    ------
    Refused
        If there is no such session, or what is kept is not as it was written.
    """
    try:
        text = library.text(session_id, SCORES)
        plain = codec.parsed(text) if text else {}
        return {str(name): float(value) for name, value in plain.items()}
    except Refused:
        raise
    except (OSError, ValueError, TypeError, AttributeError):
        raise Refused("trend.scores_unreadable", session=session_id) from None


def keep_scores(library: Library, file: Path) -> tuple[int, tuple[str, ...]]:
    """Take in a table of ratings: a session a line, a scale a column.

    Parameters
    ----------
    library : Library
        Where the sessions are.
    file : Path
        A CSV with a head line: ``session_id``, or ``dyad_id`` and ``date``; every other column is a
        scale. An empty cell is not rated; what was rated before on other scales stays.

    Returns
    -------
    sessions : int
    scales : tuple of str

    Raises
    ------
    Refused
        If it is no such table, or a larger one than there can be, a line names no session of the
        library or a cell no number; nothing is kept then.
    """
    with library.locked():
        rows = list(_rows(library, file))
        if not rows:
            raise Refused("trend.scores_none", file=str(file))
        by_session: dict[str, dict[str, float]] = {}
        for session_id, rated in rows:
            by_session.setdefault(session_id, {}).update(rated)
        texts = {
            session_id: json.dumps({**_before(library, session_id), **rated}, ensure_ascii=False)
            for session_id, rated in by_session.items()
        }
        for session_id, text in texts.items():
            library.keep_text(session_id, SCORES, text)
    scales = dict.fromkeys(name for _, rated in rows for name in rated)
    return len(by_session), tuple(scales)


def _before(library: Library, session_id: str) -> dict[str, float]:
    """Give what was rated before; nothing where it cannot be read: reading in again mends it."""
    try:
        return scores(library, session_id)
    except Refused as refusal:
        if refusal.code != "trend.scores_unreadable":
            raise
        return {}


def _rows(library: Library, file: Path) -> Iterator[tuple[str, dict[str, float]]]:
    known: dict[str | tuple[str | None, str], list[str]] = {}
    for entry in library.sessions():
        for name in (entry.session_id, (entry.dyad_id, entry.on)):
            known.setdefault(name, []).append(entry.session_id)
    held = read_small(file, most_bytes=2**22)  # ten thousand sessions on forty scales
    try:
        read = csv.DictReader(io.StringIO(held.decode("utf-8-sig"), newline=""))
        heads = [name.strip() for name in read.fieldnames or ()]
        read.fieldnames = heads
        _check_heads(heads, file)
        for number, row in enumerate(read, 2):
            rated = dict(_rated(row, file, number))
            if rated:
                yield _session(row, known, file, number), rated
    except (UnicodeDecodeError, csv.Error):
        raise Refused("trend.scores_no_table", file=str(file)) from None


def _check_heads(heads: Sequence[str], file: Path) -> None:
    if "session_id" not in heads and not {"dyad_id", "date"} <= set(heads):
        raise Refused("trend.scores_no_column", file=str(file))
    for name in filter(None, heads):
        if heads.count(name) > 1:  # which of the two is meant, nobody can know
            raise Refused("trend.scores_column_twice", file=str(file), column=name)
    most = OverTime().most_scales
    if len(heads) > most + len(_NAMES):
        raise Refused("trend.scores_too_many", file=str(file), n=len(heads), most=most)
    if not any(name and name not in _NAMES for name in heads):
        raise Refused("trend.scores_no_scale", file=str(file))


def _rated(row: Mapping[str, str | None], file: Path, line: int) -> Iterator[tuple[str, float]]:
    for column, cell in row.items():
        if not column or column in _NAMES or not (text := str(cell or "").strip()):
            continue
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < float("inf"):
            raise Refused(
                "trend.scores_no_number", file=str(file), line=line, column=column, text=text[:64]
            )
        yield column, value


def _session(
    row: Mapping[str, str | None],
    known: Mapping[str | tuple[str | None, str], Sequence[str]],
    file: Path,
    line: int,
) -> str:
    wanted = {name: str(row.get(name) or "").strip() for name in _NAMES}
    if named := wanted["session_id"]:
        fits = known.get(named, ())
    else:
        named = f"{wanted['dyad_id']} {wanted['date']}"
        fits = known.get((wanted["dyad_id"], wanted["date"]), ())
    if len(fits) > 1:
        raise Refused("trend.scores_unclear", file=str(file), line=line, n=len(fits))
    if not fits:
        raise Refused("trend.scores_no_session", file=str(file), line=line, session=named[:64])
    return fits[0]


def headlines() -> Iterator[tuple[str, str]]:
    """Give the figures whose steadiness is asked for: each headline cue of each role."""
    for cue in catalogue.headlines():
        yield from ((cue.name, role) for role in cue.roles)

"""Many sessions at a glance: how figures spread, what is missing, how recordings turned out.

Conventions
-----------
Sessions are grouped by a column of the manifest, such as the site, or not at all; groups stand in
the order of their names, never of a figure. A spread is given only over so many sessions of so many
pairs that it describes none of them: below that it is withheld, and missingness and quality, which
describe recordings, still stand. Sessions that name neither pair nor client count as one pair.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from sqlalchemy import select

from diarize.errors import Refused
from prosody import catalogue
from prosody.settings import OverTime
from prosody.store.schema import covariates, measures
from prosody.store.tabling import Keys, keys_of

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["Group", "Spread", "cohort", "columns"]

_RULES = OverTime()
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Spread:
    """One headline figure over the sessions of a group.

    Parameters
    ----------
    cue, role, unit : str
        Which figure.
    n : int
        Sessions with a value.
    missing : mapping
        Sessions without one, by the code of the reason.
    unreliable : int
        Sessions with a value that is not reliable; they are among `n`.
    low, median, high : float, optional
        Lower quartile, median and upper quartile; None where too few sessions or pairs have one.
    """

    cue: str
    role: str
    unit: str
    n: int
    missing: Mapping[str, int]
    unreliable: int
    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions that have a value of a column in common; `name` is None where it is empty."""

    name: str | None
    sessions: int
    pairs: int
    quality: Mapping[str, int]
    spreads: tuple[Spread, ...]


def columns(library: "Library") -> tuple[str, ...]:
    """Name the columns that sessions can be grouped by."""
    if not library.begun:
        return ()
    with library.opened() as held:
        own = select(covariates.c.name).distinct().order_by(covariates.c.name)
        return ("setting", *held.execute(own).scalars())


def cohort(
    library: "Library", by: str | None = None, where: Mapping[str, str] | None = None
) -> tuple[Group, ...]:
    """Look at the sessions of a library together.

    Parameters
    ----------
    library : Library
        Whose.
    by : str, optional
        One of `columns`.
    where : mapping, optional
        As of `prosody.store.tabling.keys_of`.

    Raises
    ------
    Refused
        If there is no library, or no such column.
    """
    if by is not None and by not in columns(library):
        raise Refused("library.no_such_column", name=by, known=columns(library))
    groups: dict[str | None, list[Keys]] = defaultdict(list)
    values = _values(library, by)
    for keys in keys_of(library, where or {}):
        own = keys.plain["setting"] if by == "setting" else values.get(keys.session_id)
        groups[own if by else None].append(keys)
    names = sorted(groups, key=lambda name: (name is None, name or ""))
    return tuple(_group(library, name, groups[name]) for name in names)


def _values(library: "Library", by: str | None) -> dict[str, str]:
    with library.opened() as held:
        table = covariates.c
        rows = held.execute(select(table.session_id, table.value).where(table.name == by)).all()
    return {row.session_id: row.value for row in rows}


def _group(library: "Library", name: str | None, sessions: list[Keys]) -> Group:
    # Whoever is not told apart counts as one: else one pair without a code would be several.
    pairs = {k.session_id: k.plain["dyad_id"] or k.plain["client_id"] or "" for k in sessions}
    quality = Counter(check for k in sessions for check in k.checks)
    found: dict[tuple[str, str], list[tuple[str, float | None, bool, str | None]]]
    found = defaultdict(list)
    wanted = [cue.name for cue in catalogue.headlines()]
    with library.opened() as held:
        m = measures.c
        columns = (m.session_id, m.cue, m.role, m.value, m.reliable, m.reason_code)
        for row in held.execute(select(*columns).where(m.cue.in_(wanted))):
            if row.session_id in pairs:
                value = (row.session_id, row.value, row.reliable, row.reason_code)
                found[row.cue, row.role].append(value)
    spreads = (
        _spread(cue.name, role, cue.unit, found[cue.name, role], pairs)
        for cue in catalogue.headlines()
        for role in cue.roles
    )
    return Group(name, len(sessions), len(set(pairs.values())), dict(quality), tuple(spreads))


def _spread(
    cue: str,
    role: str,
    unit: str,
    rows: Iterable[tuple[str, float | None, bool, str | None]],
    pairs: Mapping[str, str],
) -> Spread:
    there: list[tuple[str, float]] = []
    missing, unreliable = Counter[str](), 0
    for session_id, value, reliable, reason in rows:
        if value is None:
            missing[reason or ""] += 1
            continue
        unreliable += not reliable
        there.append((pairs[session_id], value))
    several = len({pair for pair, _ in there}) >= _RULES.cohort_pairs
    enough = several and len(there) >= _RULES.cohort_sessions
    quarters: tuple[float | None, ...] = (None,) * (_QUARTERS - 1)
    if enough:
        quarters = tuple(quantiles((v for _, v in there), n=_QUARTERS, method="inclusive"))
    return Spread(cue, role, unit, len(there), dict(missing), unreliable, *quarters)

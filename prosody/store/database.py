"""The database of a library: opened, brought up to date, and left without what was erased.

Conventions
-----------
SQLite in the library's folder unless an address says PostgreSQL. SQLite keeps a write-ahead log,
so that one process reads while another writes; what is deleted is overwritten, in the file at once
and in the log when :meth:`Database.scrub` ends it. A transaction is on disk when it ends. Each
transaction has a connection of its own, so that a fork or a killed process leaves nothing open.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.exc import DatabaseError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from diarize.errors import Refused
from diarize.runtime.atomic import open_unlinked
from prosody.store.addresses import home_of, other_machines, parsed
from prosody.store.schema import HEAD, HISTORIES, meta, metadata

__all__ = ["FILE", "HOSTS", "Database"]

FILE = "library.db"
HOSTS = "PROSODY_DATABASE_HOSTS"  # machines whose databases a library's folder may name
_WAIT_S = 60


class Database:
    """One library's database.

    Parameters
    ----------
    folder : Path
        Of the library.
    url : str, optional
        Of a PostgreSQL database; without it ``library.db`` in the folder.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.path, self.url = folder / FILE, url

    @property
    def there(self) -> bool:
        """Whether there is one already."""
        return self.url is not None or (self.path.is_file() and self.path.stat().st_size > 0)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database.

        Raises
        ------
        Refused
            If it cannot be read.
        """
        with self._said(), self._engine.connect() as held:
            yield held

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are all made, or none.

        Raises
        ------
        Refused
            If it cannot be written.
        """
        with (
            self._said(),
            self._engine.connect().execution_options(writes=True) as held,
            held.begin(),
        ):
            yield held

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep writers on other machines out, where the database is shared between machines."""
        if self.url is None:
            yield
            return
        with self._said(), self._engine.connect() as held:
            held.execute(text("SELECT pg_advisory_lock(7317)"))
            try:
                yield
            finally:
                held.execute(text("SELECT pg_advisory_unlock(7317)"))

    def prepare(self) -> None:
        """Make the tables, or bring those of an older version up to date.

        Raises
        ------
        Refused
            If a newer version of this program made them, or they cannot be made.
        """
        if self.url is None:
            with self._said():
                os.close(open_unlinked(self.path, os.O_CREAT | os.O_RDWR))
            with self._bare() as held:
                held.exec_driver_sql("PRAGMA journal_mode = WAL")
        with self.writing() as held:
            found = self._revision(held)
            _drop_rules_of_others(held)  # before anything is written that they could keep
            if found is None:
                self._make(held)
            elif found != HEAD:
                self._upgrade(held, found)
            _put_back(held)
            _keep_histories(held, anew=found != HEAD)

    @property
    def current(self) -> bool:
        """Whether its tables are those of this version."""
        if not self.there:
            return False
        with self.reading() as held:
            return self._revision(held) == HEAD and not _missing(held)

    def scrub(self) -> bool:
        """Leave no copy of what was deleted; False where another process still reads it."""
        with self._bare() as held:
            if held.dialect.name == "sqlite":
                return not held.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            # Those of this program alone: other programs' tables would be locked, and written anew.
            # What the server noted of common values goes too; it keeps that of an emptied table.
            held.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {', '.join(metadata.tables)}")
            return True

    def vacuum(self) -> None:
        """Write the whole database anew, without a byte of what was in it before."""
        with self._bare() as held:
            held.exec_driver_sql("VACUUM")

    def problems(self) -> tuple[str, ...]:
        """Give what the database itself finds wrong."""
        with self.reading() as held:
            if held.dialect.name != "sqlite":
                return ()
            rows = held.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            orphans = held.exec_driver_sql("PRAGMA foreign_key_check").all()
        return (*(str(row) for row in rows if row != "ok"), *(str(row[0]) for row in orphans))

    def strange_tables(self) -> tuple[str, ...]:
        """Name tables that are not this program's: nothing is ever erased in them."""
        with self.reading() as held:
            there = set(inspect(held).get_table_names())
        return tuple(sorted(there - set(metadata.tables) - {"alembic_version"}))

    def copy_to(self, path: Path) -> None:
        """Write a copy of the database into a new file; raises OSError if that is not possible."""
        import sqlite3
        from contextlib import closing

        failed = None
        with self._said(), closing(sqlite3.connect(path)) as new, self._engine.connect() as held:
            try:
                held.connection.driver_connection.backup(new)  # type: ignore[union-attr]
            except sqlite3.Error as error:
                failed = str(error)
        if failed is not None:
            raise OSError(errno.EIO, failed)
        path.chmod(0o600)

    @contextmanager
    def _bare(self) -> Iterator[Connection]:
        """Give a connection outside any transaction, for what the database does by itself."""
        outside = {"isolation_level": "AUTOCOMMIT", "bare": True}
        with self._said(), self._engine.connect().execution_options(**outside) as held:
            yield held

    @cached_property
    def _engine(self) -> Engine:
        if self.url is not None:
            # No other kind: an address in a library that was received must load nothing.
            kind, _, place = self.url.partition("://")
            if kind not in ("postgresql", "postgres"):
                raise Refused("library.no_address", folder=str(self.path.parent))
            made = parsed(f"postgresql+psycopg://{place}", str(self.path.parent))
            if strangers := other_machines(made) - self._named:
                raise Refused(
                    "library.unknown_host",
                    folder=str(self.path.parent),
                    hosts=", ".join(sorted(strangers)),
                    variable=HOSTS,
                )
            try:
                return create_engine(made)
            except ImportError:
                raise Refused("library.no_driver", folder=str(self.path.parent)) from None
        if self.path.is_symlink():  # what lies elsewhere is no database of this library
            raise Refused("library.linked", folder=str(self.path.parent))
        how = "mode=ro&immutable=1" if self._fixed else "mode=rw"
        return _sqlite(f"file:{_quoted(self.path)}?{how}")

    @property
    def _fixed(self) -> bool:
        """Whether nobody can write here and nothing is left to be written into it.

        A log that is written ahead needs a file beside it even to be read.
        """
        left = 0
        with suppress(FileNotFoundError):  # whoever closes it last takes it away, at any moment
            left = self.path.with_name(f"{FILE}-wal").stat().st_size
        return not left and self.path.exists() and not os.access(self.path.parent, os.W_OK)

    @property
    def _named(self) -> set[str]:
        """Machines that a person named here: in the variable, or as the address of this library.

        A library that was received must not decide whom this machine calls, nor whom it tells the
        name and password that are kept for a database.
        """
        named = {*os.environ.get(HOSTS, "").replace(",", " ").split()}
        if self.url is not None and self.path.parent == home_of(self.url):
            named |= other_machines(parsed(self.url, str(self.path.parent)))
        return named

    def _revision(self, held: Connection) -> str | None:
        if not held.dialect.has_table(held, "alembic_version"):
            return None
        return held.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def _make(self, held: Connection) -> None:
        metadata.create_all(held)
        held.execute(insert(meta), {"name": "library", "value": secrets.token_hex(16)})
        held.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        held.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})

    def _upgrade(self, held: Connection, found: str) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        steps = Config()
        steps.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        steps.attributes["connection"] = held
        known = {step.revision for step in ScriptDirectory.from_config(steps).walk_revisions()}
        if found not in known:
            raise Refused("library.newer", folder=str(self.path.parent))
        command.upgrade(steps, "head")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say of what the database refuses, in one line, where and why."""
        try:
            yield
        except DatabaseError as error:
            raise self._refusal(error) from None
        except (OSError, SQLAlchemyError, UnicodeDecodeError) as error:  # of what SQLite says, too
            why = getattr(error, "strerror", None) or type(error).__name__
            raise Refused("library.database", folder=str(self.path.parent), why=why) from None

    def _refusal(self, error: DBAPIError) -> Refused:
        folder, why = str(self.path.parent), str(error.orig).splitlines()[0]
        if "locked" in why:
            return Refused("library.busy", folder=folder)
        return Refused("library.database", folder=folder, why=why)


@lru_cache(maxsize=64)
def _sqlite(address: str) -> Engine:
    """Give what opens connections to a file; it keeps none, but how statements are written.

    Only a file that is there: reading a library makes none. SQLite is given the address itself:
    what reads it on the way takes a `?` in a folder's name for the end of the path.
    """
    import sqlite3

    wait = {"timeout": _WAIT_S, "uri": True, "check_same_thread": False}
    opening = partial(sqlite3.connect, address, **wait)
    made = create_engine("sqlite://", poolclass=NullPool, creator=opening)
    made.dialect, texts = _written()
    made.update_execution_options(compiled_cache=texts)
    event.listen(made, "connect", _opened)
    event.listen(made, "begin", _began)
    return made


@cache
def _written() -> tuple[Dialect, dict[Any, Any]]:
    """Give how statements are written for SQLite, and those that were: the same for every file.

    Writing one anew for each library that a process opens would cost more than most of them do.
    """
    anywhere = create_engine("sqlite://")
    anywhere.connect().close()  # it learns from its first connection what this SQLite can do
    return anywhere.dialect, {}


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path.absolute()))


def _opened(held: Any, _record: object) -> None:
    held.isolation_level = None  # transactions begin where `_began` says, not at the first change
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
        held.execute(f"PRAGMA {pragma}")
    held.execute("PRAGMA temp_store = MEMORY")  # nothing of a session in a temporary file
    held.execute("PRAGMA trusted_schema = OFF")


def _began(held: Connection) -> None:
    options = held.get_execution_options()
    if options.get("bare"):
        return
    if options.get("writes"):
        held.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        held.exec_driver_sql("BEGIN")


def _missing(held: Connection) -> list[Table]:
    there = inspect(held).get_table_names()
    return [table for table in metadata.sorted_tables if table.name not in there]


def _put_back(held: Connection) -> None:
    """Make tables that somebody took out: no session must stay because one is gone.

    What referred to rows of one goes with them: it is of nothing any more.
    """
    missing = _missing(held)
    for table in metadata.sorted_tables:
        told = {key.column.table for key in table.foreign_keys}
        if table not in missing and not told.isdisjoint(missing):
            table.drop(held)
            missing.append(table)
    metadata.create_all(held, tables=missing)


def _keep_histories(held: Connection, *, anew: bool) -> None:
    """Let nobody change or delete a row of a history, not even this program.

    In SQLite what is gone of our rules is put back; in PostgreSQL they are made where tables are
    new, since making one keeps everybody else out.
    """
    if held.dialect.name == "sqlite":
        there = _coded(held)
        rules = [rule for name, rule in _rules("sqlite").items() if name not in there]
    else:
        rules = [*_rules(held.dialect.name).values()] if anew else []
    for rule in rules:
        held.exec_driver_sql(rule)


def _rules(dialect: str) -> dict[str, str]:
    """Give the rules that keep histories as they are: by name, what makes each."""
    made = {}
    for table in HISTORIES:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table.name}_no_{verb.lower()}"
            if dialect == "sqlite":
                rule = f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} BEGIN "
                made[name] = f"{rule}SELECT RAISE(ABORT, 'only added to'); END"
            else:
                rule = f"CREATE OR REPLACE RULE {name} AS ON {verb} TO {table.name}"
                made[name] = f"{rule} DO INSTEAD NOTHING"
    return made


def _coded(held: Connection) -> dict[str, tuple[str, str]]:
    """Give the triggers and views that a database has: by name, its kind and what made it."""
    coded = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
    return {name: (kind, made) for kind, name, made in held.exec_driver_sql(coded)}


def _drop_rules_of_others(held: Connection) -> None:
    """Take away triggers and views that are not ours.

    In a database that somebody sent, or altered, a trigger could keep what is deleted elsewhere, or
    leave it where it is.
    """
    if held.dialect.name != "sqlite":
        return
    own = _rules("sqlite")
    for name, (kind, made) in _coded(held).items():
        if made != own.get(name):
            quoted = name.replace('"', '""')
            held.exec_driver_sql(f'DROP {kind} IF EXISTS "{quoted}"')

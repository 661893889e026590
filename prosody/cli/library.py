"""Commands for the library as a whole."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diarize.errors import Refused
from diarize.messages import Field, message
from prosody.cli.declare import PATH, Commands, library_option
from prosody.cli.terminal import complain, print_message, visible

if TYPE_CHECKING:
    from prosody.store.cohort import Group
    from prosody.store.library import Library

__all__ = ["library", "where_option"]
_F = TypeVar("_F", bound=Callable[..., Any])


def where_option(command: _F) -> _F:
    """Take ``--where``."""

    def parted(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> object:
        pairs = dict(text.partition("=")[::2] for text in given)
        if any("=" not in text for text in given):
            raise click.BadParameter("NAME=VALUE", context, option)
        return pairs

    option = click.option(
        "--where",
        multiple=True,
        metavar="NAME=VALUE",
        callback=parted,
        help="Only sessions with this dyad_id, therapist_id, client_id, date, since= or until=.",
    )
    return option(command)


@click.group(cls=Commands)
def library() -> None:
    """Check, back up, restore, encrypt or search the library."""


@library.command()
@library_option
def check(library: Path | None) -> int:
    """Check every session, the database and its audit history."""
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    code = _wrong(shelf)
    if not code:
        print_message("command.library_sound", n=len(shelf.sessions()))
    return code


def _wrong(shelf: "Library") -> int:
    """Say what is wrong in a library, a line each; gives the exit code."""
    from prosody.store.backups import check as checked

    problems = list(checked(shelf))
    for problem in problems:
        complain(problem)
    return 3 if problems else 0


@library.command()
@click.argument("target", type=PATH)
@library_option
def backup(target: Path, library: Path | None) -> int:
    """Copy the library into a new folder TARGET, and check the library."""
    from prosody.store.backups import back_up
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    n = back_up(shelf, target)
    print_message("command.backed_up", n=n, folder=str(target))
    return _wrong(shelf)


@library.command()
@click.argument("source", type=PATH)
@library_option
def restore(source: Path, library: Path | None) -> int:
    """Restore a backup from the folder SOURCE, and check it.

    Sessions withdrawn or forgotten since the backup was made are not restored.
    """
    from prosody.store.backups import bring_back
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    bring_back(shelf, source)
    print_message("command.brought_back", n=len(shelf.sessions()), erased=len(shelf.erased))
    return _wrong(shelf)


@library.command()
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=PATH)
def gone(folders: tuple[Path, ...]) -> None:
    """Say that the library that was in FOLDER no longer exists.

    Until then a withdrawal ends with exit code 3 as long as that library is not there. Without
    FOLDER, list the libraries that are not there, one per line.
    """
    from diarize.recording import register
    from prosody.store.library import Library

    known = register.libraries()
    for place in [] if folders else [Path(place) for place in known]:
        if not Library(place).begun:
            click.echo(visible(str(place)))
    shelves = {folder: Library(folder.absolute()) for folder in folders}
    for folder, shelf in shelves.items():
        if shelf.begun:
            raise Refused("library.still_there", folder=str(folder))
        if shelf.place not in known:
            raise Refused("library.not_known", folder=str(folder))
    for folder, shelf in shelves.items():
        register.strike(shelf.place)
        print_message("command.library_gone", folder=str(folder))


@library.command()
@library_option
def migrate(library: Path | None) -> int:
    """Import sessions saved by an older version, as every command does."""
    from diarize.messages import message
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    n = len(shelf.sessions())
    damaged = shelf.damaged()
    for name in damaged:
        complain(message("library.entry_unreadable", session=name))
    print_message("command.library_holds", n=n)
    return 3 if damaged else 0


@library.command()
@library_option
@click.option(
    "--keyring", is_flag=True, help="Keep the key in the system keyring, without a passphrase."
)
@click.option(
    "--change",
    is_flag=True,
    help="Give an encrypted library another passphrase or, with --keyring, none.",
)
def encrypt(library: Path | None, keyring: bool, change: bool) -> None:
    """Encrypt the library with a passphrase, or with a key in the keyring.

    The passphrase is asked for, or read from the file named by PROSODY_PASSPHRASE_FILE. Nothing
    can be read without it: keep it safe. With --change the new one is asked for as well, or read
    from the file named by PROSODY_NEW_PASSPHRASE_FILE; copies made before keep the old one.
    """
    from prosody.store.encrypting import change_key
    from prosody.store.encrypting import encrypt as sealing
    from prosody.store.library import Library, root

    if change:
        change_key(Library(root(library)), keyring=keyring)
        print_message("command.key_changed")
        return
    n = sealing(Library(root(library)), keyring=keyring)
    print_message("command.encrypted", n=n)


@library.command()
@click.argument("words")
@library_option
@where_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per turn.")
def search(words: str, library: Path | None, where: dict[str, str], as_json: bool) -> int:
    """Find the turns in which WORDS were said, in all sessions.

    A session whose words cannot be read is reported; all others are searched.
    """
    from dataclasses import asdict

    from prosody.render.wording import clock
    from prosody.store.library import Library, root
    from prosody.store.searching import search as found

    lost: list[Refused] = []
    for hit in found(Library(root(library)), words, where, lost=lost.append):
        if as_json:
            click.echo(json.dumps(asdict(hit), ensure_ascii=False))
        else:
            at = f"{hit.session_id:24} {hit.turn:4} {clock(hit.start_s):>8}"
            click.echo(f"{at} {hit.role:10} {visible(hit.text)}")
    for refusal in lost:
        complain(refusal)
    return 3 if lost else 0


@library.command()
@click.argument("cue")
@click.option("--role", default="therapist", show_default=True, help="Role the figure is for.")
@library_option
@where_option
def trend(cue: str, role: str, library: Path | None, where: dict[str, str]) -> None:
    """Print the figure CUE of each session as JSON, oldest first."""
    from dataclasses import asdict

    from prosody.store.library import Library, root
    from prosody.store.searching import figures

    for figure in figures(Library(root(library)), cue, role, where):
        click.echo(json.dumps(asdict(figure)))


@library.command()
@library_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per recording.")
def jobs(library: Path | None, as_json: bool) -> int:
    """Show what became of each recording of the last batch, including one that was cut short."""
    from collections import Counter
    from dataclasses import asdict

    from prosody.store.ledger import RUNNING, last
    from prosody.store.library import Library, root

    lines = last(Library(root(library)))
    if as_json:
        for line in lines:
            click.echo(json.dumps(asdict(line)))
    counts = Counter(line.status for line in lines)
    for line in lines if not as_json else ():
        if line.status == "failed":
            complain(message("batch.failed_row", row=line.row, reason=line.code or ""))
    known = {name: counts[name] for name in ("done", "skipped", "failed")}
    print_message("command.jobs_told", err=as_json, n=len(lines), **known, cut=counts[RUNNING])
    return 3 if counts["failed"] or counts[RUNNING] else 0


@library.command()
@click.option("--by", metavar="COLUMN", help="Group by a column of the manifest, or by setting.")
@library_option
@where_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per group.")
def cohort(by: str | None, library: Path | None, where: dict[str, str], as_json: bool) -> None:
    """Summarise figures over the sessions, what is missing, and the recordings' quality.

    A distribution is given only for at least five sessions of three pairs. Nobody is ranked.
    """
    from dataclasses import asdict

    from prosody.store.cohort import cohort as looked_at
    from prosody.store.library import Library, root

    for group in looked_at(Library(root(library)), by, where):
        if as_json:
            click.echo(json.dumps(asdict(group)))
            continue
        for line in _of_group(group, by):
            click.echo(line)


def _of_group(group: "Group", by: str | None) -> Iterator[str]:
    """Give the lines of a group."""
    from prosody.render import wording

    name = visible(group.name) if group.name else message("command.cohort_no_value")
    head: dict[str, Field] = {"n": group.sessions, "pairs": group.pairs}
    if by is None:
        yield str(message("command.cohort_all", **head))
    else:
        yield str(message("command.cohort_group", by=by, name=name, **head))
    for check, n in sorted(group.quality.items()):
        yield str(message("command.cohort_quality", check=wording.check(check), n=n))
    for spread in group.spreads:
        known: dict[str, Field] = {
            "label": wording.cue_of(spread.cue, spread.role),
            "n": spread.n,
            "missing": sum(spread.missing.values()),
        }
        quarters = (spread.median, spread.low, spread.high)
        if None in quarters:
            yield str(message("command.cohort_few", **known))
            continue
        middle, low, high = (wording.said(spread.cue, v, spread.unit) for v in quarters)
        yield str(message("command.cohort_spread", median=middle, low=low, high=high, **known))

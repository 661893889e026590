"""The command for the agenda of a supervision."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarize.errors import Refused
from prosody.cli.declare import PATH, Command, by_option, library_option
from prosody.cli.terminal import print_message, saved, visible

if TYPE_CHECKING:
    from prosody.report.model import Report
    from prosody.store.agenda import Items

__all__ = ["agenda"]


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option(
    "--add", "turn", type=int, metavar="N", help="Add turn N (see: prosody show SESSION --turns)."
)
@click.option("--drop", type=int, metavar="N", help="Remove item N.")
@click.option("--move", type=(int, int), metavar="N M", help="Move item N to place M.")
@click.option("--note", type=(int, str), metavar="N TEXT", help="Add a question or note to item N.")
@click.option("--print", "target", type=PATH, help="Write the agenda as a printable .html page.")
@by_option("Code of the person changing it, never a name.")
def agenda(session: str, library: Path | None, **options: Any) -> None:
    """Show, change or print the supervision agenda.

    One change at a time, because each change renumbers the items.
    """
    from diarize.runtime.atomic import write_whole
    from prosody.render.wording import clock, side
    from prosody.store import agenda as agendas
    from prosody.store import written
    from prosody.store.library import Library, root

    folder = root(library)
    report = Library(folder).load(session)
    items = agendas.of(folder, session, report)
    changed = _changed(items, report, options)
    if changed != items:
        agendas.keep(folder, session, changed)
    target = options["target"]
    if target is not None:
        if target.suffix.lower() != ".html":
            raise Refused("agenda.not_html", file=str(target))
        beside = written.read(Library(folder), session, written.COMMENTS)
        printed = agendas.page(changed, report, session_id=session, beside=beside)
        saved(lambda: write_whole(target, printed), target)
    for number, item in enumerate(changed, 1):
        click.echo(f"{number:3} {clock(item.start_s):>8} {side(item.side)}: {item.why}")
        if item.note:
            click.echo(visible(f"{'':13}{item.note} ({item.by}, {item.on})"))
    if not changed:
        print_message("agenda.empty_hint", err=True)


def _changed(items: "Items", report: "Report", options: Mapping[str, Any]) -> "Items":
    """Apply the one change that was asked for."""
    from prosody.store import agenda as agendas

    asked = [name for name in ("turn", "drop", "move", "note") if options[name] is not None]
    if len(asked) > 1:
        raise Refused("agenda.one_change")
    by = options["by"]
    if options["turn"] is not None:
        turn = next((t for t in report.turns if t.index == options["turn"]), None)
        if turn is None:
            raise Refused("agenda.no_such_turn", turn=options["turn"])
        return agendas.add(items, turn, by=by)
    if options["drop"] is not None:
        return agendas.drop(items, options["drop"])
    if options["move"] is not None:
        return agendas.move(items, *options["move"], by=by)
    if options["note"] is not None:
        return agendas.note(items, *options["note"], by=by)
    return items

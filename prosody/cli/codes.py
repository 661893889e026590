"""The command for codes that people gave a session, and how far they agree."""

from pathlib import Path

import click

from diarize.messages import message
from prosody.cli.declare import PATH, Command, by_option, library_option
from prosody.cli.terminal import print_message

__all__ = ["codes"]


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option("--from", "source", type=PATH, help="Import codes from a .csv or .eaf file.")
@click.option("--tier", metavar="NAME", help="Tier of the ELAN file that holds the codes.")
@by_option("Code of the rater, never a name.")
def codes(
    session: str, library: Path | None, source: Path | None, tier: str | None, by: str
) -> None:
    """Import a rater's codes, or show how far raters and the program agree.

    Codes stay private until two raters are done.
    """
    from prosody.render.agreement import cells
    from prosody.store import codings
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    report = shelf.load(session)
    if source is not None:
        codings.keep(shelf, session, codings.imported(source, report, by=by, tier=tier))
    every = codings.read(shelf, session)
    none = [str(message("codes.nobody"))]
    print_message(
        "codes.raters",
        n=len(codings.units(report)),
        done=[c.by for c in every if c.done] or none,
        coding=[c.by for c in every if not c.done] or none,
    )
    for one, other, rows in codings.agreements(report, codings.seen_by(every, by)):
        click.echo()
        if other == codings.TOOL:
            other = str(message("codes.the_program"))
        whole, *_ = rows
        if whole.share is not None and whole.low is None and whole.reason is not None:
            print_message("codes.plain_pair", one=one, other=other, why=whole.reason)
        else:
            print_message("codes.pair", one=one, other=other)
        for row in rows:
            kind, same, kappa = cells(row)
            click.echo(f"  {kind:28} {same:>32}  {kappa}")

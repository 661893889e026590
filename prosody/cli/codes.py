"""The command for codes that people gave a session, and how far they agree."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diarize.messages import message
from prosody.cli.declare import PATH, Command, by_option, library_option
from prosody.cli.terminal import print_message

if TYPE_CHECKING:
    from diarize.conversation import Utterance
    from prosody.store.codings import Coding

__all__ = ["codes"]


def _tell_taken(taken: "Coding", turns: "Sequence[Utterance]") -> None:
    """Say how many turns a file codes, and what to do where that is not all of them."""
    from prosody.store.codings import coded

    n, of = coded(taken, turns), len(turns)
    print_message("codes.taken", n=n, of=of)
    if n < of:
        print_message("codes.the_rest_none" if taken.done else "codes.unfinished", by=taken.by)


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option("--from", "source", type=PATH, help="Import codes from a .csv or .eaf file.")
@click.option("--tier", metavar="NAME", help="Tier of the ELAN file that holds the codes.")
@click.option(
    "--done",
    is_flag=True,
    help="The rater is done: turns without a code show none of the kinds.",
)
@by_option("Code of the rater, never a name.")
def codes(
    session: str,
    library: Path | None,
    source: Path | None,
    tier: str | None,
    done: bool,
    by: str,
) -> None:
    """Import a rater's codes, or show how far raters and the program agree.

    A file that codes every therapist turn is a finished coding; of one that codes some of them the
    rater is done once --done says so. Codes stay private until two raters are done.
    """
    from prosody.render.agreement import cells
    from prosody.store import codings
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    report = shelf.load(session)
    if source is not None:
        taken = codings.imported(source, report, by=by, tier=tier, whole=done)
        codings.keep(shelf, session, taken)
        _tell_taken(taken, codings.units(report))
    elif done:
        codings.finish(shelf, session, by)
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

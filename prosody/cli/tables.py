"""The command that writes tables for analysis."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from diarize.errors import Refused
from prosody.cli.declare import PATH, Command, library_option
from prosody.cli.library import where_option
from prosody.cli.terminal import complain, print_message

__all__ = ["tables"]


@click.command(cls=Command)
@click.option("--to", "target", type=PATH, required=True, help="Folder to write them into.")
@library_option
@where_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["both", "csv", "parquet"]),
    default="both",
    show_default=True,
    help="What to write.",
)
@click.option("--bom", is_flag=True, help="Mark CSV files as UTF-8 in the way Excel expects.")
def tables(target: Path, library: Path | None, **options: Any) -> int:
    """Write sessions, measures, turns, events and links as tables, with a data dictionary.

    Every row has its session's codes, date, order, setting, quality and role certainty. A value
    that is not available is NA; the code of the reason stands beside it where measures and links
    have a row each. No words are written.
    """
    from prosody.batch.tables import write
    from prosody.store.library import Library, root

    lost, gone = dict[str, str](), set[str]()

    def tell(session_id: str, table: str, why: Refused) -> None:
        if table in ("", "sessions"):
            gone.add(session_id)
        if session_id not in lost:
            lost[session_id] = why.code
            complain(why)

    folder = root(library)
    formats = _formats(options["form"])
    counts = write(
        Library(folder), target, options["where"], formats=formats, mark=options["bom"], lost=tell
    )
    print_message(
        "command.tables_written", folder=str(target), n=counts["sessions"] - len(lost.keys() - gone)
    )
    for code, n in sorted(Counter(lost.values()).items()):
        print_message("command.tables_lack", n=n, code=code, err=True)
    return 3 if lost else 0


def _formats(asked: str) -> tuple[str, ...]:
    """Give what is written: where both were asked for and Parquet cannot be, CSV, which is said."""
    from prosody.batch.tables import FORMATS
    from prosody.features.frame_files import arrow

    if asked != "both":
        return (asked,)
    try:
        arrow()
    except Refused as lacking:
        complain(lacking)
        return ("csv",)
    return FORMATS

"""Commands for sessions over time: a person's own beside one another, and ratings beside them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diarize.errors import Refused
from prosody.cli.declare import PATH, Command, library_option
from prosody.cli.terminal import complain, print_message, visible

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["scores", "trends"]


@click.command(cls=Command)
@click.argument("who", required=False)
@click.option("--therapist", is_flag=True, help="WHO is a therapist, with any clients.")
@click.option("--steadiness", is_flag=True, help="Show how stable each figure is over all pairs.")
@library_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per figure.")
def trends(
    who: str | None, therapist: bool, steadiness: bool, library: Path | None, as_json: bool
) -> None:
    """Compare the sessions of one pair or therapist with one another."""
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    if steadiness == (who is not None):
        raise Refused("trend.who_or_steadiness")
    if who is None:
        _steadiness(shelf, as_json=as_json)
    else:
        _own(shelf, who, "therapist" if therapist else "pair", as_json=as_json)


def _own(shelf: "Library", who: str, of: str, *, as_json: bool) -> None:
    from prosody.render.trends import lines
    from prosody.report import trends as found
    from prosody.report.codec import plain
    from prosody.store.over_time import visits

    own, left = visits(shelf, who, of)
    for line in left:
        complain(line)
    roles = ("therapist",) if of == "therapist" else ("therapist", "client")
    made = found.trends(own, roles=roles)
    if as_json:
        for figure in made.lines:
            click.echo(json.dumps(plain(figure), ensure_ascii=False))
        return
    for text in lines(made, who):
        click.echo(visible(text))


def _steadiness(shelf: "Library", *, as_json: bool) -> None:
    from dataclasses import asdict

    from prosody.render.trends import alike_line
    from prosody.settings import OverTime
    from prosody.store.over_time import headlines, steadiness

    rules = OverTime()
    found = {key: steadiness(shelf, *key) for key in headlines()}
    if not as_json:
        print_message("trend.alike_head", n=max((pairs for _, pairs in found.values()), default=0))
    for (cue, role), (alike, pairs) in found.items():
        enough = alike if pairs >= rules.least_pairs else None
        if as_json:
            own = asdict(enough) if enough else {"icc": None, "pairs": pairs}
            click.echo(json.dumps({"cue": cue, "role": role, **own}))
        else:
            click.echo(alike_line(cue, role, enough, pairs, rules.least_pairs))


@click.command(cls=Command)
@click.argument("file", type=PATH)
@library_option
def scores(file: Path, library: Path | None) -> None:
    """Import clients' ratings: a CSV with one row per session and a column for each scale.

    Sessions are named by session_id, or by dyad_id and date. Shown beside the figures over time.
    """
    from prosody.store.library import Library, root
    from prosody.store.over_time import keep_scores

    n, scales = keep_scores(Library(root(library)), file)
    print_message("trend.scores_kept", n=n, scales=scales)

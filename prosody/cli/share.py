"""The command that makes a pack to share, where the consent covers it."""

import re
from pathlib import Path

import click

from diarize.errors import Refused
from diarize.messages import message
from diarize.timeline import Span
from prosody.cli.declare import PATH, Command, by_option, library_option
from prosody.cli.terminal import print_message, saved

__all__ = ["share"]

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(?:(\d{1,4}):)?(\d{1,9}(?:\.\d{1,9})?)")


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option("--to", "target", type=PATH, required=True, help="The .zip file to write.")
@click.option(
    "--clip",
    "clips",
    multiple=True,
    metavar="FROM-TO",
    help="Also share this stretch of sound, names bleeped (1:20-1:45; at most three).",
)
@click.option(
    "--clips", "chosen", is_flag=True, help="Also share the clips chosen in a self-review."
)
@click.option("--mask", multiple=True, metavar="WORD", help="Cover this word too.")
@click.option(
    "--keep", multiple=True, metavar="WORD", help="Do not cover this word: it is not a name."
)
@by_option("Code of the person sharing, never a name.")
def share(
    session: str,
    library: Path | None,
    target: Path,
    clips: tuple[str, ...],
    chosen: bool,
    mask: tuple[str, ...],
    keep: tuple[str, ...],
    by: str,
) -> None:
    """Make a pack to share, without speech or with chosen clips in which names are bleeped."""
    from diarize.runtime.atomic import write_whole
    from prosody.store import reviews, sharing
    from prosody.store.library import Library, root

    if target.suffix.lower() != ".zip":
        raise Refused("share.not_zip", file=str(target))
    shelf = Library(root(library))
    spans = [*map(_span, clips)]
    if chosen:
        sharing.may_share(shelf, session)
        length = shelf.load(session).recording.duration_s
        spans += [reviews.played(pin, length) for pin in reviews.clips(shelf, session)]
    made = sharing.pack(shelf, session, by=by, clips=spans, also=mask, shown=keep)
    saved(lambda: write_whole(target, made.zipped), target)
    sharing.recheck(shelf, session, made.under, target)
    covered = made.cover.words
    named = ", ".join(sorted(covered)) or str(message("share.nothing"))
    print_message("share.made", file=str(target), words=named, n=sum(covered.values()))
    for span, seconds in made.clips:
        print_message("share.clip", at=span.start, seconds=span.duration, bleeped=seconds)
    print_message("share.look")


def _span(given: str) -> Span:
    start, _, end = given.partition("-")
    found = [_CLOCK.fullmatch(part.strip()) for part in (start, end)]
    if None in found:
        raise Refused("share.no_span", given=given)
    first, last = (_seconds(part) for part in (start, end))
    if not first < last:
        raise Refused("share.no_span", given=given)
    return Span(first, last)


def _seconds(text: str) -> float:
    total = 0.0
    for part in text.strip().split(":"):
        total = 60 * total + float(part)
    return total

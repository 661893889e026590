"""Commands for the trained coder of listening behaviours."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from diarize.models.engine import require
from prosody.cli.declare import PATH, Commands, library_option
from prosody.cli.terminal import left, print_message

if TYPE_CHECKING:
    from prosody.store.coded_talks import CodedSession
    from prosody.store.own_coder import Judged

__all__ = ["coder"]


@click.group(cls=Commands)
def coder() -> None:
    """Train or evaluate the coder of listening behaviours on your own coded sessions.

    CODED are CSV files with the columns session, role, text, codes, or transcripts (ELAN, TextGrid,
    WebVTT, ...) with a tier or voice called 'codes'. Library sessions in which people confirmed or
    corrected behaviours are used too. Everything stays on this machine.
    """


@coder.command()
@click.argument("coded", type=PATH, nargs=-1)
@click.option("--therapist", metavar="LABEL", help="The therapist's label, in transcripts.")
@click.option(
    "--encoder",
    is_flag=True,
    help="Also train three copies of the whole sentence encoder, so that a few more questions are "
    "recognised. For 2,000 turns this takes about an hour and 3 GB of memory, and every session is "
    "read more slowly afterwards. It needs the engines (torch).",
)
@library_option
def train(
    coded: tuple[Path, ...], therapist: str | None, encoder: bool, library: Path | None
) -> None:
    """Train on CODED; keep the weights in the library, with their accuracy on held-out sessions."""
    from prosody.store import own_coder
    from prosody.store.library import root
    from prosody.trained.fine_tuning import Recipe

    if encoder:
        require()
    sessions = _sessions(coded, therapist, library)
    lesson = own_coder.lesson(sessions, encoders=Recipe() if encoder else None)
    tell = partial(_tell, monotonic())
    judged, before = own_coder.evaluate(lesson, tell=tell)
    _show("coder.held_out", judged, before)
    print_message("coder.learning", err=True, n=len(sessions))
    learned = own_coder.train(lesson, tell=tell)
    place = own_coder.keep(root(library), learned, sessions, judged, before)
    if judged.figures["macro_f1"][0] <= before.figures["macro_f1"][0]:
        print_message("coder.no_better", err=True)
    print_message("coder.kept", file=str(place))


@coder.command()
@click.argument("coded", type=PATH, nargs=-1)
@click.option("--therapist", metavar="LABEL", help="The therapist's label, in transcripts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@library_option
def evaluate(
    coded: tuple[Path, ...], therapist: str | None, as_json: bool, library: Path | None
) -> None:
    """Evaluate the current coder on CODED, and show how many suggestions people confirmed."""
    from prosody.store import own_coder
    from prosody.store.confirmed import confirmed
    from prosody.store.library import Library, root
    from prosody.trained.weights import coder as in_force
    from prosody.trained.weights import own_file

    folder = Library(root(library))
    counts = confirmed(folder)
    reader = in_force(own_file(folder.folder))
    learned = frozenset(reader.record.get("learned_from", ()) if reader else ())
    every = [s for s in _sessions(coded, therapist, library) if s.whole]
    whole = [s for s in every if s.key not in learned]
    if len(whole) < len(every):
        print_message("coder.learned_left_out", err=True, n=len(every) - len(whole))
    judged = own_coder.judge(whole, lambda session: reader) if whole else None
    if as_json:
        plain = {"confirmed": counts, "judged": None if judged is None else asdict(judged)}
        click.echo(json.dumps(plain))
        return
    if judged is not None:
        _show("coder.judged", judged, None)
    for kind, (yes, of) in sorted(counts.items()):
        print_message("coder.confirmed", kind=kind, yes=yes, of=of)
    if judged is None and not counts:
        print_message("coder.nothing_to_judge", err=True)


def _sessions(
    coded: tuple[Path, ...], therapist: str | None, library: Path | None
) -> "list[CodedSession]":
    from prosody.store.coded_talks import coded_in, corrected
    from prosody.store.library import Library, root

    read = [session for path in coded for session in coded_in(path, therapist)]
    return [*read, *corrected(Library(root(library)))]


def _tell(begun: float, code: str, fields: Mapping[str, Any]) -> None:
    """Say what is going on; after a round also how long the others will take."""
    if code == "coder.round":
        n, of = fields["n"], fields["of"]
        code = code if n < of else "coder.rounds"
        fields = {**fields, "left": left((monotonic() - begun) / n * (of - n))}
    print_message(code, err=True, **fields)


def _show(code: str, judged: "Judged", before: "Judged | None") -> None:
    print_message(code, sessions=judged.sessions, turns=judged.turns)
    for name, (value, low, high) in judged.figures.items():
        print_message(f"coder.figure_{name}", value=value, low=low, high=high)
        if before is not None:
            value, low, high = before.figures[name]
            print_message("coder.figure_shipped", value=value, low=low, high=high)

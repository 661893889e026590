"""``python -m dashboard``: the dashboard without the rest of the command line."""

import os
import sys

_HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
if not sys.flags.safe_path and os.path.realpath(sys.path[0]) != _HERE:
    del sys.path[0]  # the folder a person is in: what lies there is received, and not a library

# ruff: noqa: E402
from pathlib import Path

import click

from dashboard.app import launch
from diarize.messages import VARIABLE, languages, speak
from prosody.cli.terminal import run
from prosody.store.library import Library, root


@click.command("dashboard")
@click.option("--library", "folder", type=click.Path(path_type=Path), help="Library folder.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Port on 127.0.0.1.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
# As the command line has it; its table of options leads to the engines, which no page may load.
@click.option(
    "--interface-language",
    type=click.Choice(languages()),
    envvar=VARIABLE,
    is_eager=True,
    expose_value=False,
    callback=lambda _, __, chosen: speak(chosen) if chosen else None,
    help="Language of the pages.",
)
@click.option("--debug", is_flag=True, hidden=True, expose_value=False)
def main(folder: Path | None, port: int | None, no_browser: bool) -> None:
    """Show the library in the browser, on this machine only."""
    shelf = Library(root(folder))
    shelf.unlock()  # a passphrase is asked for here, before anybody waits for a page
    launch(shelf.folder, port=port, open_browser=not no_browser)


if __name__ == "__main__":
    run(main)

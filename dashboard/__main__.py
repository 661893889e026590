"""``python -m dashboard``: the dashboard without the rest of the command line."""

import sys
from pathlib import Path

import click

from dashboard.app import launch
from diarize.errors import Refused
from diarize.runtime.stopping import CODE, stop_at_once
from prosody.store import library


@click.command()
@click.option("--library", "folder", type=click.Path(path_type=Path), help="The library's folder.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
def main(folder: Path | None, port: int | None, no_browser: bool) -> None:
    """Show the library in the browser, on this machine only."""
    stop_at_once()
    try:
        launch(library.root(folder), port=port, open_browser=not no_browser)
    except Refused as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(CODE)


if __name__ == "__main__":
    main()

"""The command line as a person runs it, which also says by its code what it refused.

``python -m benchmarks.shared.refusing analyze …`` is ``python -m prosody analyze …``; the codes go
into the file that ``REFUSED_TO`` names, the refusal's own first and then that of its cause.
"""

import json
import os
from pathlib import Path
from typing import Any

import click

from diarize.errors import Refused
from diarize.messages import Message
from prosody.cli.commands import cli
from prosody.cli.terminal import run

__all__ = ["TO"]

TO = "REFUSED_TO"


class _Telling(click.Command):
    """The program's own command, with what it refused told before it is said."""

    def __init__(self, to: Path) -> None:
        super().__init__("prosody")
        self.to = to

    def main(self, *arguments: Any, **how: Any) -> Any:
        try:
            return cli.main(*arguments, **how)
        except Refused as refusal:
            causes = [v.code for v in refusal.message.fields.values() if isinstance(v, Message)]
            self.to.write_text(json.dumps([refusal.code, *causes]), "utf-8")
            raise


if __name__ == "__main__":
    run(_Telling(Path(os.environ[TO])))  # the program itself keeps no variable it does not know

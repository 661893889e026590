"""The commands people type: one table, and the way in."""

import click

from prosody.cli.declare import Commands, language_option
from prosody.cli.terminal import run

__all__ = ["COMMANDS", "cli", "main"]

# command: module of this package, and what the command is called there
COMMANDS = {
    "analyze": "analysis:analyze",
    "batch": "analysis:batch",
    "frames": "analysis:frames",
    "check": "check:check",
    "code": "look:code",
    "coder": "coder:coder",
    "dashboard": "dashboard:dashboard",
    "list": "look:list_",
    "show": "look:show",
    "links": "look:links",
    "trends": "trends:trends",
    "scores": "trends:scores",
    "export": "look:export",
    "tables": "tables:tables",
    "correct": "correct:correct",
    "agenda": "agenda:agenda",
    "codes": "codes:codes",
    "share": "share:share",
    "voice": "voice:voice",
    "consent": "consent:consent",
    "forget": "forget:forget",
    "library": "library:library",
    "models": "models:models",
    "doctor": "doctor:doctor",
    "help": "guidance:help_",
    "completion": "guidance:completion",
}


@language_option
@click.group(
    cls=Commands, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(None, "-V", "--version", package_name="listening-prosody")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Hear how a therapist listens, from a consented recording. Nothing leaves this machine."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    run(cli, shown=COMMANDS)

"""Commands about the command line itself: help by topic, and completion for a shell."""

import click

from diarize.errors import Refused
from prosody.cli.declare import Command, Commands
from prosody.cli.terminal import COMPLETE, print_message

__all__ = ["completion", "help_"]

# topic: its code in the area `help`
TOPICS = {
    "begin": "begin",
    "consent": "consent",
    "exit-codes": "exit_codes",
    "figures": "figures",
    "privacy": "privacy",
}


def _begun(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Give the commands and topics that begin so, for a shell."""
    root = context.find_root()
    commands = root.command.list_commands(root) if isinstance(root.command, click.Group) else ()
    return [name for name in dict.fromkeys((*commands, *TOPICS)) if name.startswith(begun)]


@click.command("help", cls=Command)
@click.argument("asked", nargs=-1, metavar="[COMMAND…|TOPIC]", shell_complete=_begun)
@click.pass_context
def help_(context: click.Context, asked: tuple[str, ...]) -> None:
    """Explain a command or a topic; alone, list both."""
    root = context.find_root()
    if not asked:
        click.echo(root.get_help() + "\n")
        print_message("help.topics", topics=tuple(TOPICS))
        return
    of_command = _found(root, asked)
    topic = TOPICS.get(" ".join(asked))
    if of_command is None and topic is None:
        raise _unknown(root, asked)
    if of_command is not None:
        click.echo(of_command.get_help() + "\n" * (topic is not None))
    if topic is not None:
        print_message(f"help.{topic}")


def _unknown(root: click.Context, asked: tuple[str, ...]) -> Refused:
    """Say that there is nothing of that name, and what may be meant."""
    given, first = " ".join(asked), asked[0]
    meant = root.command.meant(root, first) if isinstance(root.command, Commands) else None
    if meant and len(asked) == 1:
        return Refused("help.no_topic_meant", given=given, meant=meant)
    return Refused("help.no_topic", given=given, topics=tuple(TOPICS))


def _found(context: click.Context, names: tuple[str, ...]) -> click.Context | None:
    """Give the context of a command, such as ``consent grant``; None where there is none."""
    for name in names:
        group = context.command
        found = group.get_command(context, name) if isinstance(group, click.Group) else None
        if found is None:
            return None
        context = found.context_class(found, info_name=name, parent=context)
    return context


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what lets a shell complete commands and options.

    Put it where your shell reads it, for example: prosody completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    root = context.find_root()
    made = get_completion_class(shell)
    assert made is not None  # the choice above is click's own list
    click.echo(made(root.command, {}, "prosody", COMPLETE).source())

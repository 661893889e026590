"""How commands are declared: lazily found, with options from the one table.

Conventions
-----------
A group names its commands and the modules they are in; a module is imported when its command is
run or its help is shown. Every command takes ``--debug`` and ``--interface-language``, which its
own help does not list. What help says stands beside the options in English; in another language it
is in the area ``commands`` of the catalogue, under module, function and option.
"""

from collections.abc import Callable, Mapping
from copy import copy
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from diarize.errors import Refused
from diarize.messages import VARIABLE, own_words, speak
from prosody.option import Option
from prosody.options import DATES, EVERYWHERE

__all__ = [
    "PATH",
    "Command",
    "Commands",
    "by_option",
    "date_format_option",
    "language_option",
    "library_option",
    "parameter",
]

PATH = click.Path(path_type=Path)
_F = TypeVar("_F", bound=Callable[..., Any])
_DEBUG = click.Option(["--debug"], is_flag=True, hidden=True, expose_value=False)


def _language(*, hidden: bool) -> click.Option:
    def chosen(_: click.Context, __: click.Parameter, given: str | None) -> None:
        if given is not None:
            speak(given)

    row = EVERYWHERE["interface_language"]
    return click.Option(
        [row.flag],
        type=click.Choice(row.known),
        help=row.line,
        envvar=VARIABLE,
        hidden=hidden,
        is_eager=True,  # so that help after it is in that language already
        expose_value=False,
        callback=chosen,
    )


_LANGUAGE = _language(hidden=True)


def language_option(command: click.Command) -> click.Command:
    """Take ``--interface-language`` and list it."""
    command.params.append(_language(hidden=False))
    return command


def _is_no_text(given: object) -> bool:
    """Whether a word on the line holds bytes that its encoding does not know; a path may."""
    if isinstance(given, Mapping):
        return any(map(_is_no_text, (*given, *given.values())))
    if isinstance(given, tuple | list):
        return any(map(_is_no_text, given))
    return isinstance(given, str) and any("\ud800" <= c <= "\udfff" for c in given)


def _value(shown: str | None) -> str | None:
    """Give what stands for a value in help, in the language that is spoken."""
    return shown and own_words(f"commands.values.{shown}", shown)


class _Formatter(click.HelpFormatter):
    """Writes help under the language's own headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        super().write_usage(prog, args, own_words("commands.heads.Usage", "Usage") + ": ")

    def write_heading(self, heading: str) -> None:
        """Write what a list is of."""
        super().write_heading(own_words(f"commands.heads.{heading}", heading))


class _Context(click.Context):
    formatter_class = _Formatter


class _Spoken(click.Command):
    """A command whose help is in the language that is spoken."""

    context_class = _Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed; only a path may be bytes that are no text."""
        rest = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            if _is_no_text(value):
                raise Refused("option.no_text", option=name.replace("_", "-"))
        return rest

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        said = self._said()
        given = [self._spoken(param, ctx) for param in self.get_params(ctx)]
        vars(said)["get_params"] = lambda ctx: given
        super(_Spoken, said).format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Give its help's first sentence, for the list of commands."""
        return super(_Spoken, self._said()).get_short_help_str(limit)

    def _said(self) -> "_Spoken":
        said = copy(self)
        said.help = self._words("help", self.help)
        said.options_metavar = _value(self.options_metavar) or ""
        if isinstance(said, click.Group):
            said.subcommand_metavar = _value(said.subcommand_metavar) or ""
        return said

    def _spoken(self, param: click.Parameter, ctx: click.Context) -> click.Parameter:
        if not isinstance(param, click.Option) or param.name is None:
            return param
        said = copy(param)
        said.help = own_words(
            f"commands.all.{param.name}", self._words(param.name, param.help) or ""
        )
        if not (param.is_flag or param.count):
            said.metavar = _value(param.make_metavar(ctx))
        own = {what: own_words(f"commands.heads.{what}", what) for what in ("default", "required")}
        if any(what != word for what, word in own.items()):  # click says these in English alone
            beside = param.get_help_extra(ctx)
            more = [f"{own['default']}: {beside['default']}"] if beside.get("default") else []
            more += [own["required"]] if beside.get("required") else []
            said.help += f"  [{'; '.join(more)}]" if more else ""
            said.show_default = said.required = False
        return said

    def _words(self, what: str, own: str | None) -> str | None:
        place = self.callback
        if place is None or own is None:
            return own
        module = place.__module__.rpartition(".")[2]
        return own_words(f"commands.{module}.{place.__name__}.{what}", own)


class Command(_Spoken):
    """A command; `table` gives options besides its own, looked up when it is used."""

    def __init__(
        self, *args: Any, table: Callable[[], list[click.Option]] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._table = table

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Give its parameters, those of the table after its arguments."""
        own = super().get_params(ctx)
        given = self._table() if self._table else []
        arguments = [p for p in own if isinstance(p, click.Argument)]
        options = [p for p in own if not isinstance(p, click.Argument)]
        hidden = (_DEBUG, _LANGUAGE)
        return [*arguments, *given, *options[:-1], *hidden, *options[-1:]]  # the last is --help


class Commands(_Spoken, click.Group):
    """A group that imports a command's module when the command is asked for."""

    command_class = Command

    def __init__(self, *args: Any, places: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self._places = dict(places or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order of the table."""
        return [*self._places, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by its name."""
        if cmd_name not in self._places:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._places[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"prosody.cli.{module}"), name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find what was typed; where there is no such command, say which may be meant."""
        typed = args[0]
        if typed.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, typed):
            return super().resolve_command(ctx, args)
        meant = self.meant(ctx, typed)
        more = f"Did you mean '{meant}'?" if meant else "See: prosody help"
        raise click.UsageError(f"No such command '{typed}'. {more}", ctx)

    def meant(self, ctx: click.Context, typed: str) -> str | None:
        """Name the command whose name is most like a word, or the one that a group has of it."""
        names = self.list_commands(ctx)
        for name in names:
            group = self.get_command(ctx, name)
            if isinstance(group, click.Group) and typed in group.list_commands(ctx):
                return f"{name} {typed}"
        return next(iter(get_close_matches(typed, names, n=1)), None)


Commands.group_class = Commands


class _OfRow(click.Option):
    """An option of a table's row; what its help says is asked for when help is shown."""

    def __init__(self, *args: Any, row: Option, **more: Any) -> None:
        self._row, self._told = row, ""
        super().__init__(*args, **more)

    @property
    def help(self) -> str | None:
        """What the row says now, with what holds if nothing is said."""
        default = own_words("commands.heads.default", "default")
        usual = f"  [{default}: {self._row.usual}]" if self._row.usual else ""
        return self._told or self._row.line + usual

    @help.setter
    def help(self, told: str | None) -> None:
        self._told = told or ""


def parameter(option: Option) -> click.Option:
    """Make the command line's option of a row of the table."""
    kinds: dict[str, Any] = {
        "path": PATH,
        "choice": click.Choice(option.known),
        "number": None if option.word else _whole(option),
        "seconds": float,
    }
    flag = {"is_flag": True} if option.kind == "flag" else {}
    off = f"/--no-{option.flag[2:]}" if option.kind == "switch" else ""
    return _OfRow(
        [option.flag + off],
        row=option,
        type=kinds.get(option.kind),
        default=None if option.kind == "number" else option.default,
        show_default=bool(option.choices),
        metavar=option.metavar,
        multiple=option.many,
        **flag,
    )


def _whole(option: Option) -> click.types.IntParamType:
    bounded = (option.least, option.most) != (None, None)
    return click.IntRange(option.least, option.most) if bounded else click.INT


class _Place(click.Path):
    """A library's folder; of a PostgreSQL address the folder that keeps its files."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and (not value or "://" in value):
            from prosody.store.library import place_of

            return place_of(value)
        return super().convert(value, param, ctx)


def library_option(command: _F) -> _F:
    """Take ``--library``."""
    option = click.option(
        "--library",
        type=_Place(path_type=Path),
        help="Library folder, or a postgresql:// address (default: your user data folder).",
    )
    return option(command)


def date_format_option(command: _F) -> _F:
    """Take ``--date-format``: how a manifest writes dates."""
    option = click.option(
        "--date-format",
        type=click.Choice([*DATES]),
        default="YYYY-MM-DD",
        show_default=True,
        help="How dates are written in the manifest.",
    )
    return option(command)


def by_option(meaning: str) -> Callable[[_F], _F]:
    """Take ``--by``: who does something, as a code kept beside what was done."""

    def checked(context: click.Context, option: click.Parameter, given: str) -> str:
        from diarize.recording.consent import is_code

        if not is_code(given):
            raise Refused("command.not_a_code", given=given)
        return given

    return click.option("--by", default="user", show_default=True, callback=checked, help=meaning)

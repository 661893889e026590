"""What the terminal shows besides results, and how a command ends.

Conventions
-----------
What is said may hold the name of a file or a label that somebody else chose; what of it would
steer a terminal is spelt out. Exit codes: 0 all done; 2 wrong usage or refused input; 3 some of
many failed; 130 interrupted; 1 a fault in this program. An error is one line on stderr: what, which
file, what to do. A sentence that nobody takes (a full disk, a reader that went away) stops nothing:
what a command was asked to erase is erased all the same.
"""

import errno
import os
import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from traceback import extract_tb

import click

from diarize.errors import Refused
from diarize.messages import Field, Message, is_known, message
from diarize.runtime.asking import ASK
from diarize.runtime.faults import keep_to_itself
from diarize.runtime.listed import unlisted
from diarize.runtime.program import settle
from diarize.runtime.stopping import CODE, stop_at_once, undone_if_stopped
from diarize.runtime.workplace import clear
from prosody.cli.usage import retold

__all__ = [
    "COMPLETE",
    "complain",
    "left",
    "print_message",
    "progress",
    "run",
    "saved",
    "teller",
    "visible",
]
COMPLETE = "PROSODY_COMPLETE"  # by which a shell asks for completions
# What torch's allocator, the C library and the loader of shared objects say.
_NO_MEMORY = ("allocate memory", "failed to map segment")
_OURS = ("", "prosody", "diarize", "dashboard")
# What the system has for reasons of its own: no fault of this program, wherever it meets it.
_REFUSED = {
    getattr(errno, name, errno.EIO)
    for name in (
        *("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EMFILE", "ENFILE"),
        *("EIO", "ENODEV", "ENXIO", "ESTALE", "EBUSY"),
        *("ENAMETOOLONG", "ELOOP", "ENOTDIR", "EISDIR"),
    )
}
_UNSAID = list[OSError]()  # why sentences of this process did not get out
_STDERR = 2
_SHOW_CURSOR = b"\r\x1b[2K\x1b[?25h"  # where the bar hid it
_JOINERS = "\u200c\u200d"  # inside words of Persian and Hindi, and inside emoji


def run(command: click.Command, *, shown: Container[str] = ()) -> None:
    """Run a command, and end the process with its exit code.

    Parameters
    ----------
    command : click.Command
        What is run.
    shown : container of str
        Words that the machine's list of processes may show of what a person typed.
    """
    stop_at_once(_tell_stopped)
    settle()
    unlisted(shown)
    clear()
    if "--debug" not in sys.argv:
        keep_to_itself()
    _ask_here()
    first = sys.stdout
    try:
        code = command.main(standalone_mode=False, complete_var=COMPLETE) or 0
    except SystemExit as end:  # click puts another stream there where nobody reads any more
        code = end.code if sys.stdout is first else 0
    except (click.exceptions.Abort, KeyboardInterrupt):  # as at a question, where input ended
        _tell_stopped()
        code = CODE
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        code = _failed(error)
    sys.exit(_heard() or code)


def _tell_stopped() -> None:
    """Say in one line that the command was stopped, and what of its work stands.

    A signal comes while anything may be writing, so this goes past Python's own streams.
    """
    context = click.get_current_context(silent=True)
    code = f"stopped.{context.command.name if context else ''}"
    line = f"prosody: {message(code if is_known(code) else 'stopped.other')}\n"
    with suppress(OSError):  # the terminal may be what was closed
        begun = "\n" if os.isatty(_STDERR) else ""  # behind a question, or the ^C it shows
        os.write(_STDERR, (begun + line).encode(errors="replace"))


def _heard() -> int:
    """Give 2, and say why, where the disk did not take what was said; a reader may go away."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        _UNSAID.append(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # it is not tried again at the end
    lost = [error for error in _UNSAID if not isinstance(error, BrokenPipeError)]
    _UNSAID.clear()
    if not lost:
        return 0
    complain(message("command.unsaid", why=str(lost[0].strerror)))
    return 2


def _ask_here() -> None:
    """Let the passphrase of an encrypted library be asked for, where there is a terminal."""
    if sys.stdin is not None and sys.stdin.isatty():
        ASK.append(_passphrase)


def _passphrase(new: bool) -> str:
    """Ask for a passphrase; for a new one twice, until both are the same."""

    def asked(code: str) -> str:
        with undone_if_stopped(_echo()):
            return str(click.prompt(str(message(f"command.{code}")), hide_input=True))

    while True:
        said = asked("passphrase_new" if new else "passphrase")
        if not new or asked("passphrase_again") == said:
            return said
        print_message("command.passphrases_differ", err=True)


def _echo() -> Callable[[], object]:
    """Give what makes the terminal show again what is typed, as it did before a question."""
    try:
        import termios

        terminal = sys.stdin.fileno()
    except (ImportError, OSError):  # Windows hides nothing that would have to be shown again
        return lambda: None
    return partial(termios.tcsetattr, terminal, termios.TCSANOW, termios.tcgetattr(terminal))


def _failed(error: Exception) -> int:
    """Say in one line what went wrong and give the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    if isinstance(error, click.ClickException):
        complain(retold(error.format_message()))
        return 2
    if isinstance(error, Refused):
        complain(error)
        return 2
    if _out_of_memory(error):
        complain(message("command.no_memory"))
        return 2
    if isinstance(error, ModuleNotFoundError) and (package := _foreign(error)):
        complain(message("command.package_missing", name=package))
        return 2
    if isinstance(error, OSError) and _of_click(error):
        _UNSAID.append(error)
        return _heard()
    if isinstance(error, OSError) and error.errno in _REFUSED:
        complain(_refused(error))
        return 2
    complain(message("command.fault", error=type(error).__name__))
    return 1


def _refused(error: OSError) -> Message:
    """Say what the system refused, and where if it says so."""
    if error.filename:
        return message("disk.refused", file=str(error.filename), why=error.strerror)
    return message("disk.refused_somewhere", why=error.strerror)


def _of_click(error: BaseException) -> bool:
    """Whether click raised it itself: of what the system refuses it does nothing but write out."""
    at = extract_tb(error.__traceback__)[-1].filename
    return Path(at).parent == Path(click.__file__).parent


def _foreign(error: ModuleNotFoundError) -> str | None:
    """Name the installed package that is not there; none if a module of our own is missing."""
    package = (error.name or "").partition(".")[0]
    return package if package not in _OURS else None


def _out_of_memory(error: BaseException | None) -> bool:
    """Whether memory ran out: Python says so, or the system's words stand in a library's error."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        told = isinstance(error, OSError | RuntimeError | ImportError)
        if told and any(words in str(error).lower() for words in _NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False


def complain(line: object) -> None:
    """Say in one line on stderr what went wrong."""
    with suppress(OSError):  # the exit code says it all the same
        click.echo("prosody: " + visible(" ".join(str(line).split())), err=True)


def print_message(code: str, /, *, err: bool = False, **fields: Field) -> None:
    """Print a sentence of the catalogue; what stands in it is in one line, as a folder's name."""
    shown = {name: visible(one) if isinstance(one, str) else one for name, one in fields.items()}
    try:
        click.echo("\n".join(map(visible, str(message(code, **shown)).split("\n"))), err=err)
    except OSError as error:  # what is done goes on
        _UNSAID.append(error)


def visible(text: str) -> str:
    r"""Give a text of a session as a terminal may show it: what would steer it is spelt out.

    Examples
    --------
    >>> visible("Yes.\x1b[31m")
    'Yes.\\x1b[31m'
    """
    return "".join(c if c.isprintable() or c in _JOINERS else ascii(c)[1:-1] for c in text)


def teller(quiet: bool) -> Callable[[object], None]:
    """Give what says a line on stderr, or nothing where `quiet`."""

    def tell(line: object) -> None:
        if not quiet:  # through sys.stderr, which a bar puts above itself; click goes past it
            with suppress(OSError):
                sys.stderr.write("\n".join(map(visible, str(line).split("\n"))) + "\n")
                sys.stderr.flush()

    return tell


def left(seconds: float) -> Message:
    """Say how long something will still take."""
    minutes = round(seconds / 60)
    return (
        message("batch.left", minutes=minutes) if minutes else message("batch.left_under_a_minute")
    )


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
    """Show a bar on stderr, only on a terminal; it is told a stage's code and the share done."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    undo = partial(os.write, _STDERR, b"" if console.is_dumb_terminal else _SHOW_CURSOR)
    with undone_if_stopped(undo), Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(str(message("stage.starting")), total=None)

        def show(stage: str, share: float | None) -> None:
            nonlocal task
            doing = str(message(stage))
            if share is None:  # a task whose total is known cannot forget it: a new one pulses
                bar.remove_task(task)
                task = bar.add_task(doing, total=None)
            else:
                bar.update(task, description=doing, total=1.0, completed=share)

        yield show


def saved(write: Callable[[], None], target: Path) -> None:
    """Write a file, and refuse in one line what the disk does not take."""
    try:
        write()
    except OSError as error:
        raise Refused("disk.cannot_write", file=str(target), why=error.strerror) from None

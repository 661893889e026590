"""Rule files: which one is in force, and how one that cannot be read is refused.

Conventions
-----------
A rule file is a TOML file of this folder. A file of the same name in a person's own folder wins
over it, and a later version leaves that one alone.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.runtime.atomic import read_small

__all__ = ["SHIPPED", "in_force", "own_folder", "read"]

SHIPPED = Path(__file__).parent
_T = TypeVar("_T")
# what reading a file raises that is no rule file
_STRANGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, re.error)


def own_folder() -> Path:
    """Give the folder of a person's own rule files, in the platform's user data folder."""
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "rules"


def in_force(name: str, folder: Path | None = None) -> Path | None:
    """Give the file of this name that counts; None where there is none.

    A person's own counts whatever it is: a link that leads nowhere, or a pipe, is refused when it
    is read, and never passed over.

    Parameters
    ----------
    name : str
        With its ending ("en.toml").
    folder : Path, optional
        A person's own rule files; without it that of `own_folder`.
    """
    files = ((folder or own_folder()) / name, SHIPPED / name)
    return next((file for file in files if os.path.lexists(file)), None)


def read(file: Path, parse: Callable[[bytes], _T]) -> _T:
    """Give what `parse` makes of a rule file.

    Raises
    ------
    Refused
        In one line with the file, what is wrong and what to do, where it cannot be understood.
    """
    try:
        return parse(read_small(file))
    except (OSError, *_STRANGE) as error:
        why: Message | str = " ".join(str(error).split())
        if isinstance(error, Refused):
            why = error.message
        elif isinstance(error, KeyError):
            why = message("rule.lacks", name=str(error.args[0]))
        own = file.parent != SHIPPED and (SHIPPED / file.name).is_file()
        code = "rule.unreadable_own" if own else "rule.unreadable"
        raise Refused(code, file=file.name, why=why) from error

"""The key of an encrypted library: made, kept and found again.

Conventions
-----------
A session's texts and files are sealed with a key of its own, and that key with the library's; with
the session's row its key is gone, and so is all that was sealed with it, wherever a copy lies. The
library's key is sealed with a key made of a passphrase (scrypt), or kept in the platform's keyring.
A passphrase is read from the file that ``PROSODY_PASSPHRASE_FILE`` names, or asked for on a
terminal; never from an argument. One that takes the place of another is read from the file that
``PROSODY_NEW_PASSPHRASE_FILE`` names. An opened key stays in this process's memory alone.
"""

import base64
import errno
import json
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from diarize.errors import Refused
from diarize.runtime.asking import ASK
from prosody.store.sealing import new_key, opened, sealed

__all__ = ["CLOSED", "dropped", "made", "opened_key"]

_VARIABLE, _NEW_VARIABLE = "PROSODY_PASSPHRASE_FILE", "PROSODY_NEW_PASSPHRASE_FILE"
_SERVICE = "listening-prosody"
_COST = {"n": 2**15, "r": 8, "p": 1}  # about 32 MB and a tenth of a second a guess
# what is refused where the key of an encrypted library is not at hand
CLOSED = frozenset(
    f"library.{code}"
    for code in (
        "no_passphrase",
        "no_passphrase_file",
        "wrong_passphrase",
        "no_keyring",
        "not_in_keyring",
        "key_gone",
    )
)
_LONGEST = 1 << 16  # bytes of a passphrase
_DEAREST = 32  # times that, a library may ask for
# by place and by what is kept there: another library may come to lie in the same place
_OPENED: dict[tuple[str, str], bytes] = {}
_MISTYPED = set[tuple[str, str]]()  # what was asked for once and answered wrongly: a command ends


def made(folder: Path, *, keyring: bool, anew: bool = False) -> tuple[bytes, str]:
    """Make a library's key; gives it, and what the library keeps of it.

    Parameters
    ----------
    folder : Path
        Of the library.
    keyring : bool
        Whether it is kept in the platform's keyring, and not sealed with a passphrase.
    anew : bool
        Whether it takes the place of another, with a passphrase of its own.

    Raises
    ------
    Refused
        If there is no passphrase, or no keyring to keep it in.
    """
    key = new_key()
    if keyring:
        name = base64.b64encode(os.urandom(12)).decode()
        _keyring(folder, "no_keyring_here").set_password(
            _SERVICE, name, base64.b64encode(key).decode()
        )
        kept: dict[str, Any] = {"keyring": name}
    else:
        salt = os.urandom(16)
        said = _passphrase(folder, "no_new_passphrase", _NEW_VARIABLE if anew else _VARIABLE)
        wrap = _stretched(said, salt, _COST)
        kept = {"scrypt": _COST, "salt": salt.hex(), "key": sealed(wrap, key, "library").hex()}
    _OPENED[str(folder), json.dumps(kept)] = key
    return key, json.dumps(kept)


def dropped(kept: str) -> None:
    """Take a key that is in use no more out of the platform's keyring, if it is there."""
    with suppress(Exception):  # a keyring may raise anything; the key opens nothing any more
        name = json.loads(kept)["keyring"]
        _keyring(Path()).delete_password(_SERVICE, name)


def opened_key(folder: Path, kept: str) -> bytes:
    """Give a library's key.

    Raises
    ------
    Refused
        If the passphrase is another, or nobody can be asked for it.
    """
    which = str(folder), kept
    if which in _MISTYPED and _VARIABLE not in os.environ:
        raise Refused("library.wrong_passphrase", folder=str(folder))
    if which not in _OPENED:
        _OPENED[which] = _found(folder, kept)
    return _OPENED[which]


def _found(folder: Path, kept: str) -> bytes:
    """Give a library's key; what the library keeps of it is not trusted either."""
    try:
        seal = json.loads(kept)
        if "keyring" in seal:
            return _in_keyring(folder, str(seal["keyring"]))
        held, cost = bytes.fromhex(seal["key"]), {name: int(seal["scrypt"][name]) for name in _COST}
        if math.prod(cost.values()) > _DEAREST * math.prod(_COST.values()):
            raise ValueError("it would take all memory")
        wrap = _stretched(_passphrase(folder), bytes.fromhex(seal["salt"]), cost)
    except Refused:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Refused("library.key_gone", folder=str(folder)) from None
    try:
        return opened(wrap, held, "library")
    except ValueError:
        if _VARIABLE not in os.environ:
            _MISTYPED.add((str(folder), kept))
        raise Refused("library.wrong_passphrase", folder=str(folder)) from None


def _in_keyring(folder: Path, name: str) -> bytes:
    held = _keyring(folder).get_password(_SERVICE, name)
    if held is None:
        raise Refused("library.not_in_keyring", folder=str(folder))
    return base64.b64decode(held)


def _stretched(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())


def _passphrase(folder: Path, lacking: str = "no_passphrase", variable: str = _VARIABLE) -> str:
    place, new = os.environ.get(variable), lacking != "no_passphrase"
    try:
        said = _read(Path(place)) if place else ASK[-1](new) if ASK else ""
    except (OSError, UnicodeDecodeError):
        raise Refused("library.no_passphrase_file", variable=variable) from None
    if not said.strip():
        raise Refused(f"library.{lacking}", folder=str(folder), variable=variable)
    return said.strip()


def _read(place: Path) -> str:
    """Read a passphrase; a pipe that a shell made for it is as good as a file."""
    with place.open("rb") as file:
        said = file.read(_LONGEST + 1)
    if len(said) > _LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return said.decode("utf-8")


def _keyring(folder: Path, lacking: str = "no_keyring") -> Any:
    try:
        import keyring

        keyring.get_keyring()
    except ImportError:
        raise Refused(f"library.{lacking}", folder=str(folder)) from None
    return keyring

"""Enrolled voices of a library: a file each, sealed where the library is encrypted.

Conventions
-----------
A template is biometric data. Its file, in the folder ``.voices`` of the library, says of which
recording it was made and when, so that it can be erased without a key; in an encrypted library all
else in it is sealed with a key of the voice's own, which the database keeps sealed with the
library's. With that row the voice is gone, wherever a copy of its file lies. What was withdrawn
since it was made is not read: it came back from a copy. A link is not followed.
"""

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from diarize.errors import Refused
from diarize.recording.consent import is_code
from diarize.recording.register import GRANTED, WITHDRAWN
from diarize.runtime.atomic import make_durable, write_whole
from diarize.separation.recognition import Template
from prosody.store import consented, folders, saving
from prosody.store.schema import voice_keys
from prosody.store.sealing import new_key, opened, sealed

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["erase_of", "every", "fact", "forget", "keep", "load", "place", "seal_all"]

_TEXTS = ("name", "recording_sha256", "given_by", "enrolled_on", "expires_on", "encoder_sha256")
_STRANGE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def place(library: "Library", name: str) -> Path:
    """Where a template of this name is kept.

    Raises
    ------
    Refused
        If the name is no code, or one is kept whose name differs in capitals alone: on some
        machines the two would be one file.
    """
    if not is_code(name):
        raise Refused("enrolled.no_code", name=name)
    others = {path.stem for path in _files(library)}
    other = next((o for o in sorted(others) if o.casefold() == name.casefold()), name)
    if name not in others and other != name:
        raise Refused("enrolled.other_capitals", name=name, other=other)
    return library.folder / folders.VOICES / f"{name}.json"


def keep(library: "Library", template: Template) -> None:
    """Write a template into a library, replacing an older one of this name; the library is held.

    Raises
    ------
    Refused
        If the name is no code, the consent was withdrawn meanwhile, or the library cannot be
        written.
    """
    path = place(library, template.name)
    if folders.is_device(template.name):
        raise Refused("enrolled.no_code", name=template.name)
    with library.database.reading() as held:
        told = _told(held, template.recording_sha256)
    if told and told[-1].what == WITHDRAWN:
        raise Refused("enrolled.withdrawn", name=template.name)
    try:
        if path.parent.is_symlink():
            path.parent.unlink()
        path.parent.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Refused("enrolled.cannot_make", folder=str(path.parent), why=error.strerror) from None
    _write(library, path, asdict(template), consented.now(template.recording_sha256))


def _write(library: "Library", path: Path, plain: dict[str, Any], at: str) -> None:
    """Write what a template holds, sealed where the library is."""
    head = {"recording_sha256": plain["recording_sha256"], "at": at}
    with library.database.writing() as held:
        if consented.get_meta(held, saving.SEAL) is None:
            body = {**plain, **head}
        else:
            key = new_key()
            about = f"{path.stem} {head['recording_sha256']} {at}"
            body = {**head, "sealed": _text(sealed(key, json.dumps(plain).encode(), about))}
            wrapped = sealed(saving.library_key(library, held), key, fact(path.stem, at))
            row = {"name": path.stem, "at": at, "sealed_key": wrapped}
            held.execute(delete(voice_keys).where(*_of(path.stem), voice_keys.c.at == at))
            held.execute(insert(voice_keys), row)
    write_whole(path, json.dumps(body) + "\n")
    # The key of the one that it replaces goes only now that it is there.
    _drop_keys(library, path.stem, but=at)


def fact(name: str, at: str) -> str:
    """Say what a sealed key is a key of; it can be opened as nothing else."""
    return f"voice {name} {at}"


def _of(name: str) -> tuple[ColumnElement[bool], ...]:
    return (voice_keys.c.name == name,)


def _drop_keys(library: "Library", name: str, *, but: str = "") -> None:
    with library.database.writing() as held:
        older = delete(voice_keys).where(*_of(name), voice_keys.c.at != but)
        gone = held.execute(older).rowcount
    if gone:
        library.database.scrub()


def load(library: "Library", name: str, *, today: date | None = None) -> Template:
    """Read a template that may be used today.

    Raises
    ------
    Refused
        If there is none of this name, it cannot be read, or its consent has expired or was
        withdrawn.
    """
    path = place(library, name)
    if not library.begun or not path.exists():
        raise Refused("enrolled.unknown", name=name)
    template, at = _read(library, path)
    with library.opened() as held:
        told = _told(held, template.recording_sha256)
        day = (today or consented.today(held)).isoformat()
    if any(event.what == WITHDRAWN and event.at > at for event in told):
        raise Refused("enrolled.withdrawn", name=name)
    ends = [event.expires_on for event in told[-1:] if event.what == GRANTED]
    until = min([template.expires_on, *ends])
    if day > until:
        raise Refused("enrolled.expired", name=name, on=until)
    return template


def _told(held: Connection, sha256: str) -> list[Any]:
    """Give what is known of a consent, oldest first."""
    return [e for e in consented.history(held, sha256) if e.what in (GRANTED, WITHDRAWN)]


def every(library: "Library") -> tuple[Template, ...]:
    """Give all templates of the library, by name, expired ones too."""
    return tuple(_read(library, path)[0] for path in _files(library)) if library.begun else ()


def _files(library: "Library") -> Iterator[Path]:
    home = library.folder / folders.VOICES
    yield from () if home.is_symlink() else sorted(home.glob("*.json"))


def _read(library: "Library", path: Path) -> tuple[Template, str]:
    """Read a template, and when it was made."""
    try:
        if path.parent.is_symlink():
            raise ValueError("a link")
        fields = json.loads(_held(path))
        at = str(fields.pop("at", fields.get("enrolled_on", ""))).encode().decode()
        if "sealed" in fields:
            about = f"{path.stem} {fields['recording_sha256']} {at}"
            held = base64.b64decode(fields["sealed"])
            fields = json.loads(opened(_key_of(library, path.stem, at), held, about))
        return _checked(fields), at
    except Refused:
        raise
    except (OSError, ArithmeticError, *_STRANGE):
        raise Refused("enrolled.unreadable", name=path.stem) from None


def _checked(fields: dict[str, Any]) -> Template:
    """Make a template of what a file holds; raises as `_STRANGE` where it is none."""
    vector = tuple(float(x) for x in fields["vector"])
    made = Template(**{**fields, "vector": vector, "seconds": float(fields["seconds"])})
    texts = [getattr(made, name) for name in _TEXTS]
    if not all(isinstance(text, str) for text in texts) or not all(map(math.isfinite, vector)):
        raise ValueError("no template")
    date.fromisoformat(made.expires_on)
    "".join(texts).encode()  # half a sign is none that a database takes
    return made


def _held(path: Path) -> bytes:
    return folders.read(path, most_bytes=2**16)  # ten times what a template holds


def _key_of(library: "Library", name: str, at: str) -> bytes:
    with library.opened() as held:
        same = select(voice_keys.c.sealed_key).where(*_of(name), voice_keys.c.at == at)
        wrapped = held.execute(same).scalar()
        if wrapped is None:
            raise ValueError("its key is gone")
        return opened(saving.library_key(library, held), wrapped, fact(name, at))


def seal_all(library: "Library") -> None:
    """Seal the templates that a library has unsealed; the library is held, and encrypted."""
    for path in _files(library):
        try:
            plain = json.loads(_held(path))
            if "sealed" not in plain:
                at = str(plain.pop("at", plain["enrolled_on"]))
                _write(library, path, plain, at)
        except Refused:  # no key, no room: it stays, and the next run seals it
            raise
        except (OSError, *_STRANGE):
            path.unlink()  # no template: nobody could use it, and it must not stay as it is


def forget(library: "Library", name: str) -> None:
    """Erase a template, readable or not.

    Raises
    ------
    Refused
        If there is none of this name, or it cannot be erased.
    """
    path = place(library, name)
    linked = path.parent.is_symlink()  # what lies elsewhere is no voice of this library
    if linked or not (path.exists() or path.is_symlink()):
        raise Refused("enrolled.unknown", name=name)
    with library.locked():
        _erase(library, path)


def erase_of(library: "Library", sha256: str) -> tuple[str, ...]:
    """Erase the voices made from a recording, unreadable ones too; gives their names.

    One that cannot be read cannot say what it was made from, so it goes as well. The library is
    held.

    Raises
    ------
    Refused
        If one cannot be erased.
    """
    gone = []
    for path in _files(library):
        try:
            made_from = json.loads(_held(path))["recording_sha256"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            made_from = sha256
        if made_from == sha256:
            _erase(library, path)
            gone.append(path.stem)
    return tuple(gone)


def _erase(library: "Library", path: Path) -> None:
    """Take away a template's key, and then the template."""
    _drop_keys(library, path.stem)
    try:
        path.unlink(missing_ok=True)
        make_durable(path.parent)
    except OSError as error:
        raise Refused("enrolled.cannot_erase", name=path.stem, why=error.strerror) from None


def _text(held: bytes) -> str:
    return base64.b64encode(held).decode()

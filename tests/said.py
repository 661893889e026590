"""What tests say of refusals, notes and lines: by code, so that wording may change."""

import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from diarize.errors import Refused
from diarize.messages import Message, Note
from tests.conftest import ROOT


@contextmanager
def refused(
    code: str, *, why: str | None = None, **fields: Any
) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """Expect a refusal, in one line, of this code, with these fields and for that reason."""
    with pytest.raises(Refused) as caught:
        yield caught
    refusal = caught.value
    assert refusal.code == code, str(refusal)
    given = refusal.message.fields
    assert {name: given[name] for name in fields} == fields
    if why is not None:
        assert getattr(given["why"], "code", given["why"]) == why
    line = str(refusal)
    assert "\n" not in line
    assert code not in line, "the catalogue has a sentence for it"


def told(code: str, text: str, **fields: Any) -> bool:
    """Whether a text holds the sentence of a code; a field that is not given may be anything."""
    area, _, what = code.partition(".")
    parts = string.Formatter().parse(_sentences(area)[what])

    def shown(name: str | None, spec: str | None) -> str:
        if name is None:
            return ""
        value = fields.get(name, "*")
        kind, _, words = (spec or "").partition(" ")
        one, _, many = words.partition("|")
        noun = one if value == 1 else many
        return {"count": f"{value} {noun}", "plural": noun}.get(kind, str(value))

    pattern = "".join(re.escape(plain) + re.escape(shown(n, s)) for plain, n, s, _ in parts)
    return re.search(pattern.replace(r"\*", ".+"), text) is not None


@cache
def _sentences(area: str) -> dict[str, str]:
    file = ROOT / "diarize" / "messages" / "en" / f"{area}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def inner(fields: Mapping[str, Any], name: str) -> Message:
    """Give the message that is a field of another."""
    found = fields[name]
    assert isinstance(found, Message)
    return found


def codes(notes: Iterable[Note]) -> list[str]:
    """Give the codes of notes, in order."""
    return [note.code for note in notes]

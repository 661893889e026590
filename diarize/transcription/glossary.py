"""Names that may be said in a session, which a transcriber is told: medicines, places, approaches.

Conventions
-----------
A text file, UTF-8, a name a line; empty lines and lines that begin with ``#`` are left out. The
names are shown to the model as text that came before. They are nobody's data: of the file a report
holds how many names it has and the beginning of its hash, so that a rerun can be told from it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Note
from diarize.runtime.atomic import read_small
from diarize.settings import Transcribing

__all__ = ["HEADING", "Glossary", "read_glossary"]

HEADING = "Glossary"  # of the list as a model is shown it


@dataclass(frozen=True, slots=True)
class Glossary:
    """Names, and the SHA-256 of the file they came from."""

    names: Sequence[str]
    sha256: str

    @property
    def line(self) -> str:
        """The names as a model is shown them."""
        return f"{HEADING}: {', '.join(self.names)}."

    @property
    def note(self) -> Note:
        """What a report holds of it."""
        return Note("transcriber.glossary", {"names": len(self.names), "sha256": self.sha256[:12]})


def read_glossary(path: Path, rule: Transcribing | None = None) -> Glossary:
    """Read a file of names.

    Raises
    ------
    Refused
        If it cannot be read as text, has no name, too many, or one that is no name.
    """
    rule = rule or Transcribing()
    data = read_small(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("glossary.not_text", file=str(path)) from None
    lines = [" ".join(line.split()) for line in text.splitlines()]
    names = tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not names:
        raise Refused("glossary.empty", file=str(path))
    if len(names) > rule.most_names:
        raise Refused("glossary.too_many", file=str(path), names=len(names), most=rule.most_names)
    for number, line in enumerate(lines, 1):
        if line in names and (len(line) > rule.longest_name or not line.isprintable()):
            raise Refused("glossary.no_name", file=str(path), line=number, most=rule.longest_name)
    return Glossary(names, hashlib.sha256(data).hexdigest())

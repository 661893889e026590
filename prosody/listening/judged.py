"""What is known of the rules of a language that people's codes of sessions have not judged.

Conventions
-----------
`judged.toml` is written by ``python -m benchmarks.listening.german --write``: what the rules of a
language suggested on turns that somebody invented and coded for it, by the SHA-256 of those rules.
Other rules, a person's own or changed ones, are not known by it.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from diarize.messages import Message, message

__all__ = ["label"]

_FILE = Path(__file__).with_name("judged.toml")


def label(language: str, sha256: str) -> Message:
    """Say how often a language's rules were right, or that nobody measured it.

    Parameters
    ----------
    language : str
        Its code.
    sha256 : str
        Of the rule file the words were read by.
    """
    found = _read().get(language)
    if found is None or found["rules_sha256"] != sha256:
        return message("rule.unmeasured", language=language)
    kinds = (message("rule.judged_kind", **_counts(row)) for row in found["kind"] if row["said"])
    return message(
        "rule.judged",
        language=language,
        turns=found["turns"],
        talks=found["talks"],
        kinds=tuple(kinds),
    )


@lru_cache(maxsize=1)
def _read() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def _counts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "right", "said")}

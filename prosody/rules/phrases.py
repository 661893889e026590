"""How a rule file is written: the names it may use, and phrases as patterns.

Conventions
-----------
The head of a rule file explains how to write a phrase. A phrase is matched against a sentence as
`` word word word``, each word led by one space. A name that is not known is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["GRADES", "KINDS", "Phrase", "any_form", "compiled", "refuse_unknown"]

_TABLES = (
    "version",
    "language",
    "classes",
    "respell",
    "lemma",
    "points",
    "main",
    "reflection_depth",
    "words",
    "style",
)
KINDS = (
    "question_open",
    "question_closed",
    "reflection",
    "depth",
    "summary",
    "validation",
    "affirmation",
    "normalising",
    "check_in",
    "shared_goals",
    "autonomy_support",
    "self_disclosure",
    "information",
    "advice",
    "confrontation",
    "repair",
    "withdrawal_marker",
    "confrontation_marker",
    "social",
    "invites_response",
)
GRADES = ("strong", "fair", "against", "tag", "invite", "closed_after_all")
_WORDS = (
    "said_twice",
    "fillers",
    "passing",
    "holds_before",
    "holds_after",
    "openers",
    "concludes",
    "people",
    "numbers",
    "minimal",
    "backchannel",
    "restarts",
    "starters",
    "ours",
    "yours",
    "feeling",
    "stop",
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of a rule file, as written and as compiled."""

    written: str
    pattern: re.Pattern[str]


def refuse_unknown(data: Mapping[str, Any]) -> None:
    """Refuse a misspelt section or list, which would else be left out without a word.

    Raises
    ------
    ValueError
        Naming what is not known, or the list of words that is missing.
    """
    for name, table in data.items():
        if name not in (*KINDS, *_TABLES):
            raise ValueError(f"section [{name}] is not known")
        for key in table if name in KINDS else ():
            if key not in (*GRADES, "meaning"):
                raise ValueError(f"{key} in [{name}] is not known")
    for name in _WORDS:
        if name not in data["words"]:
            raise ValueError(f"{name} in [words] is missing")


def compiled(written: str, classes: Mapping[str, list[str]]) -> re.Pattern[str]:
    """Turn a phrase into a pattern over `` word word word`` (each word led by one space)."""
    out = []
    for element in written.split():
        if element in "^$":
            out.append(element)
        elif element == "...":
            out.append(r"(?: \S+){0,4}?")
        elif element.startswith("["):
            out.append(f"(?: {_either(element[1:-1], classes)})?")
        else:
            out.append(f" {_either(element, classes)}")
    return re.compile("".join(out) + r"(?= |$)")


def _either(element: str, classes: Mapping[str, list[str]]) -> str:
    words: list[str] = []
    for word in element.split("/"):
        words += classes[word[1:-1]] if word[0] == "<" else [word]
    return "(?:" + "|".join(map(any_form, words)) + ")"


def any_form(word: str) -> str:
    """Give the pattern of one word of a rule file: * is any ending, _ a space."""
    return re.escape(word).replace(r"\*", r"[\w'-]*").replace("_", " ")

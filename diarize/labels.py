"""Which role a speaker label names: "Therapist", "Dr. Brown", "C" beside "P".

Conventions
-----------
Labels are what a transcript, an RTTM or a separator calls a voice. Letters are read without
regard to case; a label that names no role gives none.
"""

import re
from collections.abc import Iterable

__all__ = ["names_a_role", "roles_of_labels"]

# fmt: off
_THERAPIST = frozenset((
    "therapist", "counsellor", "counselor", "clinician", "psychologist", "psychotherapist",
    "psychiatrist", "doctor", "physician", "practitioner", "interviewer", "provider", "coach",
    "helper", "facilitator", "therapeut", "therapeutin", "psychotherapeut", "psychotherapeutin",
    "psychologe", "psychologin", "psychiater", "psychiaterin", "berater", "beraterin", "arzt",
    "ärztin", "behandler", "behandlerin", "terapeuta", "thérapeute", "nurse", "dr",
    "tx", "th",
))
_CLIENT = frozenset((
    "client", "patient", "pt", "cl", "interviewee", "coachee", "helpseeker", "klient", "klientin",
    "patientin", "ratsuchende", "ratsuchender",
))
# fmt: on
# "Klient:in", "Klient*in", "Klient/-in", "Ratsuchende:r": one word, whatever stands in it.
_OPEN_ENDING = re.compile(r"(?<=[^\W\d_])[:*_/·(]-?(in|innen|r)\b")
_LETTERS = {
    frozenset("tc"): {"t": "therapist", "c": "client"},
    frozenset("tp"): {"t": "therapist", "p": "client"},
    frozenset("tk"): {"t": "therapist", "k": "client"},
    frozenset("bk"): {"b": "therapist", "k": "client"},
    frozenset("dp"): {"d": "therapist", "p": "client"},
    frozenset("cp"): {"c": "therapist", "p": "client"},
    frozenset("ip"): {"i": "therapist", "p": "client"},
}


def roles_of_labels(labels: Iterable[str]) -> dict[str, str]:
    """Give the roles that speaker labels name; a label that names none is left out.

    Single letters are read only as a known pair (T and C, T and P, D and P, C and P,
    I and P; in German T and K, B and K).

    Examples
    --------
    >>> roles_of_labels(["Therapist", "SPEAKER_01"])
    {'Therapist': 'therapist'}
    >>> roles_of_labels(["D", "P"])
    {'D': 'therapist', 'P': 'client'}
    >>> roles_of_labels(["A", "B"])
    {}
    """
    known: dict[str, str] = {}
    distinct = list(dict.fromkeys(labels))
    letters = {label.strip(" .:").lower() for label in distinct}
    pair = _LETTERS.get(frozenset(letters), {})
    for label in distinct:
        parts = _parts(label)
        if any(part in _THERAPIST for part in parts):
            known[label] = "therapist"
        elif any(part in _CLIENT for part in parts):
            known[label] = "client"
        elif len(parts) == 1 and (parts[0] in pair or parts[0] == "other"):
            known[label] = pair.get(parts[0], "other")
    return known


def names_a_role(label: str) -> bool:
    """Whether a label is a role and nothing more: no name can be in it.

    Examples
    --------
    >>> names_a_role("Therapist 1"), names_a_role("Dr. Brown")
    (True, False)
    >>> names_a_role("Klient:in"), names_a_role("Therapeut*in 1")
    (True, True)
    """
    parts = _parts(label)
    words = _THERAPIST | _CLIENT | {"other"}
    return bool(parts) and all(part in words for part in parts)


def _parts(label: str) -> list[str]:
    """Give a label's words, in small letters."""
    return re.findall(r"[^\W\d_]+", _OPEN_ENDING.sub(r"\1", label.lower()))

"""Which voice is the therapist, how surely, and on what evidence.

Conventions
-----------
A *voice* is whom the separator heard, a *role* is who that is: ``therapist``, ``client``,
``other`` or ``unknown``. Certainty is 0 to 1. Evidence is taken in this order, and the first
that speaks decides: the channel map, a person's word, the labels of a supplied transcript or
RTTM, the therapist's enrolled voice, the words. Conversation habits (who speaks first) come last;
they are told and never decide. Below `Roles.least_certainty` both voices stay ``unknown`` rather
than guessed; one voice, or three, have no roles unless somebody says so.

What the words tell, see `diarize.role_words`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from diarize.errors import Refused
from diarize.formats.languages import UNKNOWN
from diarize.labels import roles_of_labels
from diarize.messages import Message, message
from diarize.role_words import Margin, margin
from diarize.separation.recognition import Recognition
from diarize.settings import Roles
from diarize.timeline import Turn, Word

__all__ = [
    "ROLES",
    "Casting",
    "Margin",
    "Role",
    "cast",
    "disputed",
    "margin",
    "swapped_after",
]


class Role(StrEnum):
    """Who a voice is."""

    THERAPIST = "therapist"
    CLIENT = "client"
    OTHER = "other"
    UNKNOWN = "unknown"


ROLES = tuple(Role)
_STATED = Roles()


@dataclass(frozen=True, slots=True)
class Casting:
    """Which voice has which role, how surely and why.

    `certainty` is 0 to 1; `channel` is the voice's own channel where the recording has one per
    person (0-based), else None; `corrected_by` names who overrode the automatic answer.
    """

    voice: str
    role: Role
    certainty: float
    evidence: Message
    channel: int | None = None
    corrected_by: str | None = None


def cast(
    turns: Iterable[Turn],
    words: Sequence[Word] | None,
    *,
    channel_of: Mapping[str, int] | None = None,
    channel_roles: Mapping[int, str] | None = None,
    told: Mapping[str, str] | None = None,
    therapist_voice: str | None = None,
    labels: Mapping[str, str] | None = None,
    enrolled: Recognition | None = None,
    language: str | None = None,
    rule: Roles = _STATED,
) -> tuple[Casting, ...]:
    """Say which voice has which role.

    Parameters
    ----------
    turns : iterable of Turn
        Who spoke when.
    words : sequence of Word or None
        With their voices; None where there is no transcript.
    channel_of : mapping of voice to int or None
        Each voice's own channel, 0-based, where the recording has one per person.
    channel_roles : mapping of int to role or None
        What a person said of the channels, 0-based.
    told : mapping of voice to role or None
        What a person said of the voices.
    therapist_voice : str or None
        The same, for the therapist's voice alone.
    labels : mapping of voice to str or None
        What a supplied transcript or RTTM calls each voice; None takes the voices' own names.
    enrolled : Recognition or None
        Which voice is the therapist's enrolled one, where one was asked for.
    language : str or None
        Of the words; the rule on words is for English and None is taken as English.
    rule : Roles
        How much each kind of evidence weighs.

    Returns
    -------
    tuple of Casting
        One per voice, sorted by voice.

    Raises
    ------
    Refused
        If a person spoke of a voice or a role there is none of.
    """
    turns = tuple(turns)
    voices = sorted({turn.voice for turn in turns})
    channel_of = channel_of or {}
    told = _told(voices, told or {}, therapist_voice)
    mapped = channel_roles or {}
    by_channel = {v: mapped[c] for v, c in channel_of.items() if v in voices and c in mapped}
    heard = enrolled or Recognition(None, 0.0, None)
    recognised = {heard.voice: "therapist"} if heard.voice else {}
    for known, certainty, evidence in (
        (by_channel, 1.0, message("casting.channel_map")),
        (told, 1.0, message("casting.told")),
        (_labelled(voices, labels), rule.labels_certainty, message("casting.labels")),
        (recognised, heard.certainty, heard.evidence or message("casting.nobody")),
    ):
        if _tells(known):
            castings = _rest(voices, known, certainty, evidence)
            break
    else:
        castings = _by_words(voices, words, language, rule)
        if len(voices) == 2 and not any(c.certainty for c in castings):
            castings = [_by_habit(c, min(turns).voice, rule) for c in castings]
        if heard.evidence:
            castings = [_with_likeness(c, heard.evidence) for c in castings]
    return tuple(replace(c, channel=channel_of.get(c.voice)) for c in castings)


def _labelled(voices: Sequence[str], labels: Mapping[str, str] | None) -> dict[str, str]:
    """Roles that the labels of the voices name; the voices' own names without labels."""
    names = labels or {voice: voice for voice in voices}
    named = roles_of_labels([names[voice] for voice in voices if voice in names])
    return {voice: named[names[voice]] for voice in voices if names.get(voice) in named}


def _with_likeness(casting: Casting, heard: Message) -> Casting:
    """Say beside what was found that the enrolled voice was looked for and not recognised."""
    evidence = message("casting.and_likeness", first=casting.evidence, likeness=heard)
    return replace(casting, evidence=evidence)


def _told(
    voices: Sequence[str], told: Mapping[str, str], therapist_voice: str | None
) -> dict[str, str]:
    """Give what a person said, checked."""
    said = {**told, **({therapist_voice: "therapist"} if therapist_voice else {})}
    for voice, role in said.items():
        if voice not in voices:
            raise Refused("casting.no_such_voice", voice=voice, known=tuple(voices) or ("none",))
        if role not in ROLES:
            raise Refused("casting.no_such_role", role=role, known=ROLES)
    return said


def _tells(known: Mapping[str, str]) -> bool:
    """Whether somebody is named; two therapists contradict each other and tell nothing."""
    roles = list(known.values())
    one_each = roles.count("therapist") <= 1 and roles.count("client") <= 1
    return one_each and ("therapist" in roles or "client" in roles)


def _rest(
    voices: Sequence[str], known: Mapping[str, str], certainty: float, evidence: Message
) -> list[Casting]:
    """Cast all voices where some are known: of two, the other has the other role."""
    roles = dict(known)
    free = [voice for voice in voices if voice not in roles]
    open_roles = [role for role in ROLES[:2] if role not in roles.values()]
    if len(free) == 1 and len(open_roles) == 1 and len(voices) == 2:
        roles[free[0]] = open_roles[0]
    for voice in free:
        roles.setdefault(voice, "other" if not open_roles else "unknown")
    return [
        Casting(voice, Role(roles[voice]), certainty, evidence)
        if roles[voice] != Role.UNKNOWN
        else Casting(voice, Role.UNKNOWN, 0.0, message("casting.nobody"))
        for voice in voices
    ]


def _by_words(
    voices: Sequence[str], words: Sequence[Word] | None, language: str | None, rule: Roles
) -> list[Casting]:
    """Cast two voices by their words, or leave them unknown and say why."""
    why = None
    if len(voices) != 2:
        why = message("casting.needs_two_voices", n=len(voices))
    elif not words:
        why = message("casting.no_words")
    elif language == UNKNOWN:
        why = message("casting.language_unknown")
    elif language is not None and not language.lower().startswith("en"):
        why = message("casting.not_english", language=language)
    found = None if why or not words else margin(words, voices[0], voices[1], rule)
    if found is None:
        why = why or message("casting.too_few_words")
        return [Casting(voice, Role.UNKNOWN, 0.0, why) for voice in voices]
    certainty = min(max(found.chance, 1 - found.chance), rule.words_certainty)
    pair, evidence = ROLES[:2] if found.chance > 0.5 else ROLES[1::-1], _said(found)
    if certainty < rule.least_certainty:
        pair, evidence = (
            (Role.UNKNOWN, Role.UNKNOWN),
            message("casting.small_margin", found=evidence),
        )
    return [
        Casting(voice, role, certainty, evidence) for voice, role in zip(voices, pair, strict=True)
    ]


def _said(found: Margin) -> Message:
    return message(
        "casting.words",
        points=100 * abs(found.you_minus_i),
        errors=abs(found.you_minus_i_z),
        questions=100 * abs(found.questions),
        words=found.words,
    )


def _by_habit(casting: Casting, first: str, rule: Roles) -> Casting:
    """Say which way conversation habits point; they never decide.

    Only who speaks first points the same way in every collection looked at. Who talks more does
    not: the client in therapy, the clinician in consultations and demonstrations.
    """
    evidence = message("casting.and_habit", first=casting.evidence, voice=first)
    return replace(casting, certainty=rule.first_certainty, evidence=evidence)


def disputed(
    casting: Sequence[Casting],
    words: Sequence[Word] | None,
    language: str | None = None,
    *,
    rule: Roles = _STATED,
) -> Message | None:
    """Say that the words clearly contradict roles that something else decided; None if they do not.

    A channel map typed the wrong way round, or labels given to the wrong person, turns every
    finding over. What was said keeps its word; a reader is told.
    """
    voices = {c.role: c for c in casting if c.role in ROLES[:2]}
    if len(voices) != 2 or not words or not (language or "en").lower().startswith("en"):
        return None
    given, other = voices[Role.THERAPIST], voices[Role.CLIENT]
    found = margin(words, given.voice, other.voice, rule)
    if found is None or 1 - found.chance < rule.disputed_certainty:
        return None
    return message(
        "casting.disputed",
        voice=given.voice,
        evidence=given.evidence,
        other=other.voice,
        points=100 * abs(found.you_minus_i),
        words=found.words,
    )


def swapped_after(
    words: Sequence[Word] | None, casting: Sequence[Casting], *, rule: Roles = _STATED
) -> float | None:
    """Time from which the voices seem to have changed persons, seconds; None if they do not.

    A separator that loses a voice in the middle may find it again under the other's name.
    Then the words before and after point opposite ways, each by itself surely. Only voices
    cast as therapist and client are looked at, and only where the words are many enough.
    """
    pair = [next((c.voice for c in casting if c.role == role), None) for role in ROLES[:2]]
    voices = [voice for voice in pair if voice is not None] or sorted({c.voice for c in casting})
    if len(voices) != 2 or not words:
        return None
    ordered = [word for word in sorted(words) if word.voice in voices]
    best: tuple[float, float] | None = None
    for cut in range(1, rule.swap_places):
        at = len(ordered) * cut // rule.swap_places
        before = margin(ordered[:at], voices[0], voices[1], rule)
        after = margin(ordered[at:], voices[0], voices[1], rule)
        if before is None or after is None:
            continue
        against = min(max(before.chance, after.chance), 1 - min(before.chance, after.chance))
        if against > rule.swap_certainty and (best is None or against > best[0]):
            best = against, ordered[at].span.start
    return best[1] if best else None

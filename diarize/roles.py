"""Which voice is the therapist, how surely, and on what evidence.

Conventions
-----------
A *voice* is whom the separator heard, a *role* is who that is: ``therapist``, ``client``,
``other`` or ``unknown``. Certainty is 0 to 1. Evidence is taken in this order, and the first
that speaks decides: the channel map, a person's word, the labels of a supplied transcript or
RTTM, the therapist's enrolled voice, the words. Conversation habits (who speaks first) come last;
they are told and never decide. Below `LEAST_CERTAINTY` both voices stay ``unknown`` rather than
guessed; one voice, or three, have no roles unless somebody says so.

The rule on words is "who says *you* more than *I*": the share of second-person words minus the
share of first-person singular words, higher for the therapist, with the share of turns that
ask a question as a weaker second. Both differences are divided by their standard errors, so a
short or evenly spoken excerpt gives a small margin, and a logistic curve fitted on 103
transcripts turns the two margins into a certainty. Measured with folds grouped by transcript
(`python -m benchmarks.roles`): see docs/notes/words-and-roles.md.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from diarize.errors import Refused
from diarize.separation.recognition import Recognition
from diarize.timeline import Turn, Word

__all__ = [
    "LEAST_CERTAINTY",
    "ROLES",
    "Casting",
    "Margin",
    "cast",
    "disputed",
    "margin",
    "roles_of_labels",
    "swapped_after",
]

ROLES = ("therapist", "client", "other", "unknown")
LEAST_CERTAINTY = 0.9
_MOST_FROM_WORDS = 0.97  # 103 transcripts without an error cannot show more than 97 %
_MOST_FROM_LABELS = 0.99
_WORDS_WEIGHT, _QUESTIONS_WEIGHT = 2.7, 1.2  # per standard error; fitted without intercept
_FIRST_CERTAINTY = 0.71  # 25 of 35 consultations; 93 of 103 coded transcripts
_SWAP_CERTAINTY = 0.997  # higher than for roles, because twenty cuts are looked at

_YOU = frozenset(
    ["you", "your", "yours", "yourself", "yourselves", "you're", "you've", "you'll", "you'd", "ya"]
)
_I = frozenset(["i", "me", "my", "mine", "myself", "i'm", "i've", "i'll", "i'd"])
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?")

_THERAPIST = [
    "therapist",
    "counsellor",
    "counselor",
    "clinician",
    "psychologist",
    "psychotherapist",
    "psychiatrist",
    "doctor",
    "physician",
    "practitioner",
    "interviewer",
    "provider",
    "coach",
    "helper",
    "facilitator",
    "therapeut",
    "therapeutin",
    "terapeuta",
    "thérapeute",
    "nurse",
    "dr",
    "tx",
    "th",
]
_CLIENT = [
    "client",
    "patient",
    "pt",
    "cl",
    "interviewee",
    "coachee",
    "helpseeker",
    "klient",
    "klientin",
    "patientin",
]
_LETTERS = {
    frozenset("tc"): {"t": "therapist", "c": "client"},
    frozenset("tp"): {"t": "therapist", "p": "client"},
    frozenset("dp"): {"d": "therapist", "p": "client"},
    frozenset("cp"): {"c": "therapist", "p": "client"},
    frozenset("ip"): {"i": "therapist", "p": "client"},
}


@dataclass(frozen=True, slots=True)
class Casting:
    """Which voice has which role, how surely and why.

    `certainty` is 0 to 1; `channel` is the voice's own channel where the recording has one per
    person (0-based), else None; `corrected_by` names who overrode the automatic answer.
    """

    voice: str
    role: str
    certainty: float
    evidence: str
    channel: int | None = None
    corrected_by: str | None = None


@dataclass(frozen=True, slots=True)
class Margin:
    """How far two voices differ in the words that tell a therapist from a client.

    Parameters
    ----------
    you_minus_i : float
        Share of second-person minus share of first-person words, first voice minus second;
        -2 to 2.
    questions : float
        Share of turns that ask something, first voice minus second; -1 to 1.
    you_minus_i_z, questions_z : float
        The same in standard errors.
    words : int
        Words of both voices together.
    """

    you_minus_i: float
    questions: float
    you_minus_i_z: float
    questions_z: float
    words: int

    @property
    def chance(self) -> float:
        """Probability that the first voice is the therapist, 0 to 1."""
        lean = _WORDS_WEIGHT * self.you_minus_i_z + _QUESTIONS_WEIGHT * self.questions_z
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, lean))))


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
    by_channel = {
        voice: (channel_roles or {})[channel]
        for voice, channel in channel_of.items()
        if voice in voices and channel in (channel_roles or {})
    }
    names = labels or {voice: voice for voice in voices}
    by_label = roles_of_labels([names[voice] for voice in voices if voice in names])
    labelled = {voice: by_label[names[voice]] for voice in voices if names.get(voice) in by_label}
    heard = enrolled or Recognition(None, 0.0, "")
    for known, certainty, evidence in (
        (by_channel, 1.0, "channel map"),
        (told, 1.0, "a person said so"),
        (labelled, _MOST_FROM_LABELS, "speaker labels"),
        ({heard.voice: "therapist"} if heard.voice else {}, heard.certainty, heard.evidence),
    ):
        if _tells(known):
            castings = _rest(voices, known, certainty, evidence)
            break
    else:
        castings = _by_words(voices, words, language)
        if len(voices) == 2 and not any(c.certainty for c in castings):
            castings = [_by_habit(c, min(turns).voice) for c in castings]
        if heard.evidence:
            castings = [replace(c, evidence=f"{c.evidence}; {heard.evidence}") for c in castings]
    return tuple(replace(c, channel=channel_of.get(c.voice)) for c in castings)


def _told(
    voices: Sequence[str], told: Mapping[str, str], therapist_voice: str | None
) -> dict[str, str]:
    """Give what a person said, checked."""
    said = {**told, **({therapist_voice: "therapist"} if therapist_voice else {})}
    for voice, role in said.items():
        if voice not in voices:
            known = ", ".join(voices) or "none"
            raise Refused(f"{voice}: no such voice here; the voices are {known}")
        if role not in ROLES:
            raise Refused(f"{role}: no such role; choose from {', '.join(ROLES)}")
    return said


def _tells(known: Mapping[str, str]) -> bool:
    """Whether somebody is named; two therapists contradict each other and tell nothing."""
    roles = list(known.values())
    one_each = roles.count("therapist") <= 1 and roles.count("client") <= 1
    return one_each and ("therapist" in roles or "client" in roles)


def _rest(
    voices: Sequence[str], known: Mapping[str, str], certainty: float, evidence: str
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
        Casting(voice, roles[voice], certainty, evidence)
        if roles[voice] != "unknown"
        else Casting(voice, "unknown", 0.0, "nobody said who this is")
        for voice in voices
    ]


def _by_words(
    voices: Sequence[str], words: Sequence[Word] | None, language: str | None
) -> list[Casting]:
    """Cast two voices by their words, or leave them unknown and say why."""
    why = None
    if len(voices) != 2:
        why = f"{len(voices)} voice{'s' * (len(voices) != 1)}; roles need two, or a person's word"
    elif not words:
        why = "no words to tell by"
    elif language is not None and not language.lower().startswith("en"):
        why = f"the rule on words is for English, not '{language}'"
    found = None if why or not words else margin(words, voices[0], voices[1])
    if found is None:
        why = why or "too few words of one voice"
        return [Casting(voice, "unknown", 0.0, why) for voice in voices]
    certainty = min(max(found.chance, 1 - found.chance), _MOST_FROM_WORDS)
    evidence = (
        f"words: you-words minus I-words differ by {100 * abs(found.you_minus_i):.1f} points "
        f"({abs(found.you_minus_i_z):.1f} standard errors), questions by "
        f"{100 * abs(found.questions):.0f} points, over {found.words} words"
    )
    pair = ("therapist", "client") if found.chance > 0.5 else ("client", "therapist")
    if certainty < LEAST_CERTAINTY:
        pair, evidence = ("unknown", "unknown"), f"too small a margin; {evidence}"
    return [
        Casting(voice, role, certainty, evidence) for voice, role in zip(voices, pair, strict=True)
    ]


def _by_habit(casting: Casting, first: str) -> Casting:
    """Say which way conversation habits point; they never decide.

    Only who speaks first points the same way in every collection looked at. Who talks more does
    not: the client in therapy, the clinician in consultations and demonstrations.
    """
    habit = (
        f"conversation habits: voice {first} speaks first, as therapists did in 71 to 90 % of "
        "recordings; too little to say"
    )
    return replace(casting, certainty=_FIRST_CERTAINTY, evidence=f"{casting.evidence}; {habit}")


def margin(words: Iterable[Word], first: str, second: str) -> Margin | None:
    """Measure how far two voices differ in the words that tell who is the therapist.

    Words marked doubtful are left out. None where a voice has no words.
    """
    counts = {first: _Counts(), second: _Counts()}
    for voice, text in _runs(words):
        if voice in counts:
            counts[voice] = counts[voice].plus(text)
    ours, theirs = counts[first], counts[second]
    if not ours.words or not theirs.words:
        return None
    lean = ours.you_minus_i - theirs.you_minus_i
    asks = (ours.asking + theirs.asking + 1) / (ours.turns + theirs.turns + 2)
    spread = math.sqrt(asks * (1 - asks) * (1 / ours.turns + 1 / theirs.turns))
    questions = ours.asking / ours.turns - theirs.asking / theirs.turns
    return Margin(
        lean,
        questions,
        lean / math.sqrt(ours.variance + theirs.variance),
        questions / spread,
        ours.words + theirs.words,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    words: int = 0
    you: int = 0
    i: int = 0
    turns: int = 0
    asking: int = 0

    def plus(self, text: str) -> "_Counts":
        tokens = _TOKEN.findall(text.lower().replace("’", "'"))
        return _Counts(
            self.words + len(tokens),
            self.you + sum(token in _YOU for token in tokens),
            self.i + sum(token in _I for token in tokens),
            self.turns + 1,
            self.asking + ("?" in text),
        )

    @property
    def you_minus_i(self) -> float:
        return (self.you - self.i) / self.words

    @property
    def variance(self) -> float:
        """Of `you_minus_i`: a multinomial's, with one more count so that none is not certainty."""
        both, lean = self.you + self.i, self.you - self.i
        return (both - lean * lean / self.words + 1) / self.words**2


def _runs(words: Iterable[Word]) -> list[tuple[str, str]]:
    """Gather words into turns: voice and text, in order of time."""
    runs: list[tuple[str, list[str]]] = []
    for word in sorted(words):
        if word.voice is None or word.doubtful:
            continue
        if runs and runs[-1][0] == word.voice:
            runs[-1][1].append(word.text)
        else:
            runs.append((word.voice, [word.text]))
    return [(voice, " ".join(texts)) for voice, texts in runs]


def disputed(
    casting: Sequence[Casting], words: Sequence[Word] | None, language: str | None = None
) -> str | None:
    """Say that the words clearly contradict roles that something else decided; None if they do not.

    A channel map typed the wrong way round, or labels given to the wrong person, turns every
    finding over. What was said keeps its word; a reader is told.
    """
    voices = {c.role: c for c in casting if c.role in ROLES[:2]}
    if len(voices) != 2 or not words or not (language or "en").lower().startswith("en"):
        return None
    given, other = voices["therapist"], voices["client"]
    found = margin(words, given.voice, other.voice)
    if found is None or 1 - found.chance < _MOST_FROM_WORDS:
        return None
    return (
        f"voice {given.voice} is the therapist ({given.evidence}), yet by what they say voice "
        f"{other.voice} is: you-words minus I-words differ by {100 * abs(found.you_minus_i):.1f} "
        f"points over {found.words} words; listen to a minute before you trust the roles"
    )


def swapped_after(words: Sequence[Word] | None, casting: Sequence[Casting]) -> float | None:
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
    for cut in range(1, 20):
        at = len(ordered) * cut // 20
        before = margin(ordered[:at], voices[0], voices[1])
        after = margin(ordered[at:], voices[0], voices[1])
        if before is None or after is None:
            continue
        against = min(max(before.chance, after.chance), 1 - min(before.chance, after.chance))
        if against > _SWAP_CERTAINTY and (best is None or against > best[0]):
            best = against, ordered[at].span.start
    return best[1] if best else None


def roles_of_labels(labels: Iterable[str]) -> dict[str, str]:
    """Give the roles that speaker labels name; a label that names none is left out.

    Single letters are read only as a known pair (T and C, T and P, D and P, C and P, I and P).

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
        parts = re.findall(r"[^\W\d_]+", label.lower())
        if any(part in _THERAPIST for part in parts):
            known[label] = "therapist"
        elif any(part in _CLIENT for part in parts):
            known[label] = "client"
        elif len(parts) == 1 and (parts[0] in pair or parts[0] == "other"):
            known[label] = pair.get(parts[0], "other")
    return known

"""A person's own voice, enrolled so that a recording can be asked whether it is heard there.

Conventions
-----------
A template is the mean of the voice encoder's vectors over one person's speech: 256 numbers, of
unit length. It can single a person out, so it is biometric data: it is made only from a recording
with a valid consent and with the code of the person whose voice it is, kept alone in one file of
mode 0600 in the folder ``.voices`` of the library, used until that consent expires, and erased on
request or with the recording's consent. A report says how alike two voices were, never whose
template it was. Likeness is a cosine, -1 to 1.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import message
from diarize.runtime.atomic import write_whole
from diarize.separation import embedding as encoder
from diarize.separation.recognition import Recognition
from diarize.timeline import Span, Turn, subtract, union

__all__ = [
    "Enrolling",
    "Template",
    "changes_half_way",
    "every",
    "forget",
    "forget_made_from",
    "keep",
    "load",
    "make",
    "place",
    "recognise",
]

Array = NDArray[np.float32]
_FOLDER = ".voices"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Enrolling:
    """How a template is made and when it speaks.

    `window_s` is how much speech one vector describes and `step_s` how far apart vectors are;
    pauses shorter than `bridged_s` do not end a window. A template needs `least_s` of speech whose
    two halves are at least `least_alike` alike, a voice of a recording `least_windows` vectors;
    of its speech the longest stretches are heard, until there are `most_s`.
    The best voice is named if its likeness is at least `least_likeness` and it leads by
    `least_margin`; its certainty is `certainty`. See ``python -m benchmarks.enrolled``.
    """

    window_s: float = 1.6
    step_s: float = 0.8
    bridged_s: float = 0.3
    least_s: float = 15.0
    least_alike: float = 0.7
    least_windows: int = 3
    most_s: float = 120.0
    least_likeness: float = 0.6
    least_margin: float = 0.1
    certainty: float = 0.9  # 31 of 31 right cannot show more


@dataclass(frozen=True, slots=True)
class Template:
    """One person's voice, and by whose consent it is kept.

    Parameters
    ----------
    name : str
        A code, not a person's name.
    vector : tuple of float
        256 numbers, of unit length.
    seconds : float
        Of speech it was made from.
    recording_sha256 : str
        Of the recording it was made from.
    given_by : str
        The code of the person whose voice it is, who consented.
    enrolled_on, expires_on : str
        ISO dates; it is used through `expires_on`.
    encoder_sha256 : str
        Of the network whose vectors these are; those of another cannot be compared.
    """

    name: str
    vector: tuple[float, ...]
    seconds: float
    recording_sha256: str
    given_by: str
    enrolled_on: str
    expires_on: str
    encoder_sha256: str


def make(
    samples: Array, spans: Iterable[Span], rule: Enrolling | None = None
) -> tuple[tuple[float, ...], float]:
    """Describe one person's voice.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz.
    spans : iterable of Span
        Where this person speaks, and nobody else.
    rule : Enrolling, optional
        Thresholds.

    Returns
    -------
    vector, seconds
        256 numbers of unit length, and how much speech they describe.

    Raises
    ------
    Refused
        If the voice encoder is not installed, if there is too little speech, or if its halves
        do not sound like one voice.
    """
    rule = rule or Enrolling()
    if encoder.installed() is None:
        raise Refused(
            "voice: the voice encoder is not installed; see 'prosody doctor', then enrol again"
        )
    spans = union(spans)
    vectors = _vectors(samples, spans, rule)
    seconds = sum(span.duration for span in spans)
    if seconds < rule.least_s or len(vectors) < 2 * rule.least_windows:
        raise Refused(
            f"voice: {seconds:.0f} s of speech in {len(vectors)} unbroken stretches is too little; "
            f"give a recording with {rule.least_s:.0f} s or more, in whole sentences"
        )
    half = len(vectors) // 2
    if float(_mean(vectors[:half]) @ _mean(vectors[half:])) < rule.least_alike:
        raise Refused(
            "voice: beginning and end do not sound like one voice; give a recording in which "
            "one person speaks, in one place"
        )
    return tuple(float(x) for x in _mean(vectors)), seconds


def recognise(
    template: Template,
    samples: Array,
    turns: Sequence[Turn],
    rule: Enrolling | None = None,
) -> Recognition:
    """Say which voice of a recording is the enrolled one, or that it cannot be said.

    Parameters
    ----------
    template : Template
        The enrolled voice.
    samples : ndarray of float32, shape (n,)
        16 kHz.
    turns : sequence of Turn
        Who speaks when; what two voices say at once is left out.
    rule : Enrolling, optional
        Thresholds.

    Raises
    ------
    Refused
        If the template was made with another encoder than the one installed.
    """
    rule = rule or Enrolling()
    if encoder.installed() is None or template.encoder_sha256 != encoder.WEIGHTS_SHA256:
        raise Refused(
            f"voice {template.name}: its encoder is not installed here; enrol it again, "
            "or leave out --therapist-voice"
        )
    likeness = _likeness(np.asarray(template.vector, dtype=np.float32), samples, turns, rule)
    return _judged(likeness, rule)


def changes_half_way(
    template: Template,
    samples: Array,
    turns: Sequence[Turn],
    rule: Enrolling | None = None,
) -> bool:
    """Whether the enrolled voice is surely one voice before and another after the middle.

    A separator that loses a voice may find it again under the other's name; this hears it
    without any word. Parameters are those of :func:`recognise`.
    """
    middle = len(samples) / 16_000 / 2
    before = [turn for turn in turns if turn.span.end <= middle]
    after = [turn for turn in turns if turn.span.start >= middle]
    named = {recognise(template, samples, part, rule).voice for part in (before, after)}
    return None not in named and len(named) == 2


def _judged(likeness: Mapping[str, float], rule: Enrolling) -> Recognition:
    """Name the voice that leads by enough."""
    ranked = sorted(likeness.items(), key=lambda item: -item[1])
    if len(ranked) < 2:
        return Recognition(None, 0.0, message("casting.likeness_of_one"))
    (best, first), (_, second) = ranked[:2]
    fields = {"first": first, "second": second, "margin": first - second}
    if first < rule.least_likeness:
        return Recognition(None, 0.0, message("casting.likeness_too_low", **fields))
    if first - second < rule.least_margin:
        return Recognition(None, 0.0, message("casting.likeness_too_close", **fields))
    return Recognition(best, rule.certainty, message("casting.likeness", **fields))


def _likeness(
    known: Array, samples: Array, turns: Sequence[Turn], rule: Enrolling
) -> dict[str, float]:
    """Give the cosine of each voice that speaks long enough by itself."""
    likeness = {}
    for voice in sorted({turn.voice for turn in turns}):
        own = [turn.span for turn in turns if turn.voice == voice]
        others = [turn.span for turn in turns if turn.voice != voice]
        vectors = _vectors(samples, _longest(subtract(own, others), rule), rule)
        if len(vectors) >= rule.least_windows:
            likeness[voice] = float(_mean(vectors) @ known)
    return likeness


def _longest(spans: Sequence[Span], rule: Enrolling) -> list[Span]:
    """Give the longest stretches, until there is enough speech."""
    chosen, seconds = [], 0.0
    for span in sorted(union(spans, join_s=rule.bridged_s), key=lambda s: -s.duration):
        if seconds < rule.most_s:
            chosen.append(span)
            seconds += span.duration
    return chosen


def _vectors(samples: Array, spans: Iterable[Span], rule: Enrolling) -> Array:
    """Describe the windows that lie inside the spans, (m, 256); none where all are too short."""
    width, step = round(rule.window_s * 100), round(rule.step_s * 100)
    found = [np.zeros((0, 256), dtype=np.float32)]
    for span in union(spans, join_s=rule.bridged_s):
        first, last = round(span.start * 100) + width // 2, round(span.end * 100) - width // 2
        if last >= first:
            centres = np.arange(first, last + 1, step, dtype=np.int64)
            found.append(encoder.describe(samples, centres, width))
    return np.concatenate(found)


def _mean(vectors: Array) -> Array:
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def place(library: Path, name: str) -> Path:
    """Where a template of this name is kept; refused if the name is no code."""
    if not _NAME.fullmatch(name):
        raise Refused(f"voice {name!r}: use a code of up to 64 letters, digits, dashes, _")
    return library / _FOLDER / f"{name}.json"


def keep(library: Path, template: Template) -> None:
    """Write a template into the library, replacing an older one of this name.

    Raises
    ------
    Refused
        If the name is no code, or the library cannot be written.
    """
    path = place(library, template.name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{path.parent}: cannot be made ({error.strerror})") from None
    write_whole(path, json.dumps(asdict(template)) + "\n")


def load(library: Path, name: str, *, today: date | None = None) -> Template:
    """Read a template that may be used today.

    Raises
    ------
    Refused
        If there is none of this name, it cannot be read, or its consent has expired.
    """
    template = _read(place(library, name))
    if (today or date.today()).isoformat() > template.expires_on:
        raise Refused(
            f"voice {name}: its consent expired on {template.expires_on}; enrol it again, "
            f"or erase it with: prosody voice forget {name}"
        )
    return template


def _read(path: Path) -> Template:
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Template(**{**fields, "vector": tuple(float(x) for x in fields["vector"])})
    except FileNotFoundError:
        raise Refused(
            f"voice {path.stem}: not enrolled in this library; see: prosody voice list"
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused(
            f"voice {path.stem}: not readable; erase it with: prosody voice forget {path.stem}"
        ) from None


def every(library: Path) -> tuple[Template, ...]:
    """Give all templates of the library, by name, expired ones too."""
    return tuple(_read(path) for path in sorted((library / _FOLDER).glob("*.json")))


def forget(library: Path, name: str) -> None:
    """Erase a template, readable or not.

    Raises
    ------
    Refused
        If there is none of this name, or it cannot be erased.
    """
    path = place(library, name)
    try:
        path.unlink()
    except FileNotFoundError:
        raise Refused(
            f"voice {name}: not enrolled in this library; see: prosody voice list"
        ) from None
    except OSError as error:
        raise Refused(
            f"voice {name}: cannot be erased ({error.strerror}); mend the library's permissions"
        ) from None


def forget_made_from(library: Path, sha256: str) -> tuple[str, ...]:
    """Erase the templates made from a recording, unreadable ones too; give their names.

    A template that cannot be read cannot say what it was made from, so it goes as well.
    """
    gone = []
    for path in sorted((library / _FOLDER).glob("*.json")):
        try:
            made_from = _read(path).recording_sha256
        except Refused:
            made_from = sha256
        if made_from == sha256:
            forget(library, path.stem)
            gone.append(path.stem)
    return tuple(gone)

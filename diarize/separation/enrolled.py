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
from diarize.recording import register
from diarize.recording.audio import RATE_HZ
from diarize.runtime.atomic import read_small, write_whole
from diarize.separation import embedding as encoder
from diarize.separation.recognition import Recognition
from diarize.settings import Enrolling
from diarize.timeline import Span, Turn, subtract, union

__all__ = [
    "Template",
    "changes_half_way",
    "every",
    "forget",
    "judged",
    "keep",
    "likeness",
    "load",
    "make",
    "place",
    "recognise",
]

Array = NDArray[np.float32]
_FOLDER = ".voices"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


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
        raise Refused("enrolled.no_encoder")
    spans = union(spans)
    vectors = _vectors(samples, spans, rule)
    seconds = sum(span.duration for span in spans)
    if seconds < rule.least_s or len(vectors) < 2 * rule.least_windows:
        raise Refused(
            "enrolled.too_little", seconds=seconds, windows=len(vectors), least_s=rule.least_s
        )
    half = len(vectors) // 2
    if float(_mean(vectors[:half]) @ _mean(vectors[half:])) < rule.least_alike:
        raise Refused("enrolled.not_one_voice")
    return tuple(float(x) for x in _mean(vectors)), seconds


def recognise(
    template: Template,
    samples: Array,
    turns: Sequence[Turn],
    rule: Enrolling | None = None,
) -> Recognition:
    """Say which voice of a recording is the enrolled one, or that this is not known.

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
        raise Refused("enrolled.other_encoder", name=template.name)
    known = np.asarray(template.vector, dtype=np.float32)
    return judged(likeness(known, samples, turns, rule), rule)


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
    middle = len(samples) / RATE_HZ / 2
    before = [turn for turn in turns if turn.span.end <= middle]
    after = [turn for turn in turns if turn.span.start >= middle]
    named = {recognise(template, samples, part, rule).voice for part in (before, after)}
    return None not in named and len(named) == 2


def judged(alike: Mapping[str, float], rule: Enrolling) -> Recognition:
    """Name the voice that leads by enough, by the likeness of each."""
    ranked = sorted(alike.items(), key=lambda item: -item[1])
    if len(ranked) < 2:
        return Recognition(None, 0.0, message("casting.likeness_of_one"))
    (best, first), (_, second) = ranked[:2]
    fields = {"first": first, "second": second, "margin": first - second}
    if first < rule.least_likeness:
        return Recognition(None, 0.0, message("casting.likeness_too_low", **fields))
    if first - second < rule.least_margin:
        return Recognition(None, 0.0, message("casting.likeness_too_close", **fields))
    return Recognition(best, rule.certainty, message("casting.likeness", **fields))


def likeness(
    known: Array, samples: Array, turns: Sequence[Turn], rule: Enrolling
) -> dict[str, float]:
    """Give the cosine of each voice that speaks long enough by itself."""
    alike = {}
    for voice in sorted({turn.voice for turn in turns}):
        own = [turn.span for turn in turns if turn.voice == voice]
        others = [turn.span for turn in turns if turn.voice != voice]
        vectors = _vectors(samples, _longest(subtract(own, others), rule), rule)
        if len(vectors) >= rule.least_windows:
            alike[voice] = float(_mean(vectors) @ known)
    return alike


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
        raise Refused("enrolled.no_code", name=name)
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
        raise Refused("enrolled.cannot_make", folder=str(path.parent), why=error.strerror) from None
    write_whole(path, json.dumps(asdict(template)) + "\n")


def load(library: Path, name: str, *, today: date | None = None) -> Template:
    """Read a template that may be used today.

    Raises
    ------
    Refused
        If there is none of this name, it cannot be read, or its consent has expired.
    """
    template = _read(place(library, name))
    if (today or register.today()).isoformat() > template.expires_on:
        raise Refused("enrolled.expired", name=name, on=template.expires_on)
    return template


def _read(path: Path) -> Template:
    if not path.exists():
        raise Refused("enrolled.unknown", name=path.stem)
    try:
        fields = json.loads(read_small(path))
        return Template(**{**fields, "vector": tuple(float(x) for x in fields["vector"])})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):  # Refused is a ValueError
        raise Refused("enrolled.unreadable", name=path.stem) from None


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
        raise Refused("enrolled.unknown", name=name) from None
    except OSError as error:
        raise Refused("enrolled.cannot_erase", name=name, why=error.strerror) from None

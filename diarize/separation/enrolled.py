"""A person's own voice, enrolled so that a recording can be asked whether it is heard there.

Conventions
-----------
A template is the mean of the voice encoder's vectors over one person's speech: 256 numbers, of
unit length. It can single a person out, so it is biometric data: it is made only from a recording
with a valid consent and with the code of the person whose voice it is, and used until that consent
expires. A report says how alike two voices were, never whose template it was. Likeness is a cosine,
-1 to 1.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import message
from diarize.recording.audio import RATE_HZ
from diarize.separation import embedding as encoder
from diarize.separation.recognition import Recognition, Template
from diarize.settings import Enrolling
from diarize.timeline import Span, Turn, subtract, union

__all__ = ["changes_half_way", "judged", "likeness", "make", "recognise"]

Array = NDArray[np.float32]


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

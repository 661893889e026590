"""Whether a supplied transcript belongs to the sound, and how its clock runs against it.

Conventions
-----------
A transcript says when people speak; so does voice activity. Both are taken as rows of yes and no
every `Fitting.hop_s` and correlated at every shift and at many speeds of the transcript's clock.
A transcript of this recording stands out at one shift and speed; another recording's does not
anywhere. `offset_s` is how much later the transcript's times are than the sound, `drift_ppm` how
much faster its clock runs, in millionths. Nothing is moved unless the evidence is clear, and
nothing that does not fit is taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.formats.transcript import Cue, Transcript
from diarize.settings import Fitting
from diarize.timeline import Span, intersection, total, union

__all__ = ["Fit", "Lateness", "fit", "lateness", "moved", "spoken"]

_Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a transcript's times lie against the speech.

    Parameters
    ----------
    inside, covered : float
        Share of cue time that lies in speech, and of speech that cues cover, while the transcript
        and the recording both go on.
    likeness : float
        Correlation of the two, as the times stand.
    best : float
        The largest correlation anywhere.
    margin : float
        How far that stands above the best at any other place.
    offset_s : float
        How much later the transcript's times are than the sound, at its start, at the best place.
    speed : float
        How fast the transcript's clock runs there; 1 is the recording's own.
    common_s : float
        How long both go on.
    """

    inside: float
    covered: float
    likeness: float
    best: float
    margin: float
    offset_s: float
    speed: float
    common_s: float

    @property
    def drift_ppm(self) -> float:
        """How much faster the transcript's clock runs, in millionths."""
        return (self.speed - 1.0) * 1e6


def fit(cues: Sequence[Cue], heard: Sequence[Span], duration: float, rule: Fitting) -> Fit | None:
    """Compare cues with the speech; None where there is too little of either to judge by.

    Parameters
    ----------
    cues : sequence of Cue
        Those without a time are left out.
    heard : sequence of Span
        Where anybody speaks.
    duration : float
        Seconds, of the recording.
    rule : Fitting
        Thresholds.
    """
    asked = _searched(cues, heard, duration, rule)
    if asked is None:
        return None
    spans, search = asked
    coarse_s = max(rule.hop_s, spans[-1].end / rule.coarse_steps)
    best, speed, lag = search.best(_Search(heard, spans, duration, rule, coarse_s), coarse_s)
    margin = best - search.elsewhere(speed, lag)
    both = Span(max(0.0, spans[0].start), max(0.0, spans[0].start, min(duration, spans[-1].end)))
    said, speech = intersection(spans, (both,)), intersection(heard, (both,))
    shared = total(intersection(said, speech))
    return Fit(
        shared / max(total(said), rule.hop_s),
        shared / max(total(speech), rule.hop_s),
        search.at(1.0, 0.0),
        best,
        margin,
        lag * speed,
        speed,
        min(duration, spans[-1].end - spans[0].start),
    )


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late cues are on the recording's own clock.

    Parameters
    ----------
    late_s : float
        Where they fit best, seconds.
    likeness, best, margin : float
        As of `Fit`.
    """

    late_s: float
    likeness: float
    best: float
    margin: float


def lateness(
    cues: Sequence[Cue], heard: Sequence[Span], duration: float, rule: Fitting
) -> Lateness | None:
    """Say how late cues are, at the recording's own speed; None as of `fit`."""
    asked = _searched(cues, heard, duration, rule)
    if asked is None:
        return None
    _, search = asked
    best, speed, late_s = search.peak(1.0)
    return Lateness(late_s, search.at(1.0, 0.0), best, best - search.elsewhere(speed, late_s))


def _searched(
    cues: Sequence[Cue], heard: Sequence[Span], duration: float, rule: Fitting
) -> "tuple[tuple[Span, ...], _Search] | None":
    """Give when cues are spoken, to be laid along the speech; None where either is too little."""
    spans = spoken(cues, rule)
    if len(spans) < rule.cues_min or min(total(spans), total(heard)) < rule.least_s:
        return None
    return spans, _Search(heard, spans, duration, rule, rule.hop_s)


def spoken(cues: Sequence[Cue], rule: Fitting) -> tuple[Span, ...]:
    """Give when cues are spoken: as their source says, or no longer than their words may take."""
    spans: list[Span] = []
    for cue in cues:
        if cue.stretches:
            spans += [span for span in cue.spoken if span.duration > 0]
        elif cue.span is not None and cue.span.duration > 0:
            words = len(cue.text.split())
            if words and len(cue.words) == words:  # where each has its time there is no guessing
                spans += _runs([word.span for word in cue.words], rule)
                continue
            most = rule.longest_word_s * words + rule.slack_s if words else cue.span.duration
            spans.append(Span(cue.span.start, cue.span.start + min(cue.span.duration, most)))
    return union(spans)


def _runs(words: Sequence[Span], rule: Fitting) -> list[Span]:
    """Give when words are said, one after another: a pause between them is none of theirs."""
    runs: list[Span] = []
    for word in sorted(words):
        if runs and word.start - runs[-1].end <= rule.slack_s:
            runs[-1] = Span(runs[-1].start, max(runs[-1].end, word.end))
        else:
            runs.append(word)
    return [run for run in runs if run.duration > 0]


class _Search:
    """Speech as a row, made once, against which cues are laid at every shift and many speeds.

    Only what both have counts: where the recording lasts and the transcript goes on. The
    correlation over such a window is Pearson's, all shifts at once by Fourier transforms
    (Padfield, 2012, masked normalised cross-correlation).
    """

    def __init__(
        self, heard: Sequence[Span], spans: Sequence[Span], length: float, rule: Fitting, hop: float
    ) -> None:
        self.rule, self.spans, self.hop = rule, spans, hop
        self.n = math.ceil(length / hop) + 1
        reach = max(length, spans[-1].end / min(rule.wrong_speeds))
        self.size = 1 << (2 * math.ceil(reach / hop) + 2).bit_length()
        self.speech = self._spectrum(heard)
        self.whole = self._spectrum([Span(0.0, length)])
        farthest = int(rule.farthest_s / hop)
        self.lags = np.arange(-farthest, farthest + 1)
        self.lags = self.lags[np.abs(self.lags) < self.size // 2]

    def _spectrum(self, spans: Sequence[Span]) -> NDArray[np.complex128]:
        return np.fft.rfft(_row(spans, self.size // 2, self.hop), self.size)

    def along(self, speed: float) -> _Row:
        """Give the correlation at every shift of `lags`, with cues slowed by `speed`."""
        said = [Span(s.start / speed, s.end / speed) for s in self.spans]
        cues = self._spectrum(said)
        told = self._spectrum([Span(said[0].start, said[-1].end)])
        both, heard, seconds, common = (
            np.fft.irfft(np.conj(a) * b, self.size)[self.lags]
            for a, b in (
                (self.speech, cues), (self.speech, told), (self.whole, cues), (self.whole, told),
            )
        )  # fmt: skip
        told_n = (said[-1].end - said[0].start) / self.hop
        least = self.rule.common_share * min(self.n, told_n)
        count = np.maximum(common, 1.0)
        p, q = heard / count, seconds / count
        spread = np.sqrt(np.maximum(p * (1 - p) * q * (1 - q), 1e-4))
        return np.where(common >= least, (both / count - p * q) / spread, -1.0)

    def best(self, coarse: "_Search", coarse_s: float) -> tuple[float, float, float]:
        """Give the best correlation, with its speed and shift: found coarsely, then finely."""
        step = max(2 * coarse_s, self.rule.step_s) / self.spans[-1].end
        count = int(self.rule.speed_reach / step)
        near = [1.0 + k * step for k in range(-count, count + 1)]
        plain = self.peak(1.0)
        if plain[0] >= self.rule.surely:
            return plain
        rough = max(map(coarse.peak, (*near, *self.rule.wrong_speeds)))
        if rough[0] - coarse.peak(1.0)[0] < self.rule.speed_gain:
            return plain
        found = self.peak(rough[1])
        if rough[1] not in self.rule.wrong_speeds:
            found = max(self.peak(rough[1] + k * step / 8) for k in range(-8, 9))
        return found if found[0] - plain[0] >= self.rule.speed_gain else plain

    def peak(self, speed: float) -> tuple[float, float, float]:
        """Give the best correlation at a speed, with the speed and the shift."""
        along = self.along(speed)
        top = int(np.argmax(along))
        return float(along[top]), speed, float(self.lags[top]) * self.hop

    def at(self, speed: float, late_s: float) -> float:
        """Give the correlation of cues that are so late."""
        place = int(np.searchsorted(self.lags, round(late_s / self.hop)))
        return float(self.along(speed)[place])

    def elsewhere(self, speed: float, late_s: float) -> float:
        """Give the best correlation at shifts that are another place."""
        apart = np.abs(self.lags * self.hop - late_s) > self.rule.apart_s
        return float(np.max(self.along(speed)[apart], initial=-1.0))


def _row(spans: Sequence[Span], n: int, hop: float) -> _Row:
    """Give yes and no every hop."""
    row = np.zeros(n)
    for span in spans:
        row[max(0, round(span.start / hop)) : max(0, min(n, round(span.end / hop)))] = 1.0
    return row


def moved(transcript: Transcript, late_s: float, speed: float = 1.0) -> Transcript:
    """Give a transcript on the recording's clock: earlier by `late_s`, slower by `speed`."""

    def at(span: Span) -> Span:
        return Span((span.start - late_s) / speed, (span.end - late_s) / speed)

    cues = tuple(cue.retimed(at) for cue in transcript.cues)
    remarks = tuple(replace(r, span=r.span and at(r.span)) for r in transcript.remarks)
    return replace(transcript, cues=cues, remarks=remarks)

"""What was said: a table of transcribers, and speech cut into windows for them.

Conventions
-----------
Words carry seconds from the start of the recording. A transcriber hears only stretches in
which voice activity found speech, one window of at most 30 s at a time; what it returns is
looked at before it is believed, and what is left out is counted in flags that carry no text.
Word times of a transcriber are rough: they say which words, never how long a pause was.
A test hands in a plain function instead of a model. Silence, or no speech at all, gives no words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from diarize.errors import Refused
from diarize.messages import Field, Note, message
from diarize.models import finding
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.settings import Hearing, Transcribing
from diarize.timeline import Span, Word, union
from diarize.transcription import faster_whisper, whisper
from diarize.transcription.hallucination import Decoded, Flag, believed, level_of, unrepeated
from diarize.transcription.transcriber import Opener, Samples, Transcriber, Transcription

__all__ = [
    "TRANSCRIBERS",
    "Decoded",
    "Flag",
    "Opener",
    "Transcriber",
    "Transcription",
    "left_out",
    "opened",
    "transcribe",
    "windows",
]


def _whisper_weights(model: str | Path | None, language: str | None) -> Weights | None:
    return finding.find_whisper(model, language=language)


def _faster_weights(model: str | Path | None, language: str | None) -> Weights | None:
    return finding.find_faster_whisper(model)


# In order of preference. To add a transcriber, add a row: commands, plans and reports follow.
TRANSCRIBERS: dict[str, Opener] = {
    "whisper": Opener(
        whisper.open_whisper,
        message("engine.words_by_whisper"),
        _whisper_weights,
        "transcriber.no_whisper",
    ),
    "faster-whisper": Opener(
        faster_whisper.open_faster_whisper,
        message("engine.words_by_faster_whisper"),
        _faster_weights,
        "transcriber.no_faster_whisper",
        faster_whisper.installed,
    ),
}


def opened(
    name: str,
    model: str | Path | None = None,
    language: str | None = None,
    *,
    weights: Weights | None = None,
    rule: Transcribing | None = None,
) -> Transcriber:
    """Open a row of `TRANSCRIBERS` with weights that are on this machine.

    Parameters
    ----------
    name : str
        Of the row.
    model : str, Path or None
        A model's name or file; None takes the best on this machine.
    language : str or None
        Two-letter code.
    weights : Weights, optional
        Those found already; looked for if not given.
    rule : Transcribing, optional
        Thresholds.

    Raises
    ------
    Refused
        If there is no such row, its weights are not here or are not what they should be.
    """
    if name not in TRANSCRIBERS:
        raise Refused("transcriber.unknown", name=name, known=tuple(TRANSCRIBERS))
    row = TRANSCRIBERS[name]
    language = _two_letters(language)
    if row.find is not None and weights is None and row.installed():
        weights = row.find(model, language)
        if weights is None:
            raise Refused(row.missing, name=name)
    return row.open(weights, language, rule or Transcribing())


def _two_letters(language: str | None) -> str | None:
    return language and language.split("-")[0].lower()


def transcribe(
    audio: Audio,
    spans: Iterable[Span],
    method: str | Transcriber,
    *,
    language: str | None = None,
    channel: int | None = None,
    progress: Callable[[float], None] | None = None,
    hearing: Hearing | None = None,
) -> Transcription:
    """Transcribe the speech in a recording.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    spans : iterable of Span
        Where voice activity found speech; nothing else is listened to.
    method : str or Transcriber
        A key of `TRANSCRIBERS`, ``none``, or a transcriber that is open already.
    language : str or None
        Two-letter code; None lets the model judge once, for the whole recording.
    channel : int or None
        0-based: listen to one channel instead of the mix.
    progress : callable or None
        Told the share done, 0 to 1, after each window.
    hearing : Hearing, optional
        Thresholds; the sections `transcribing` and `doubt` are read.

    Raises
    ------
    Refused
        If the method is unknown or its model is not on this machine.
    """
    hearing = hearing or Hearing()
    language = _two_letters(language)
    if method == "none":
        return Transcription(None, language, Engine("none", ""))
    if isinstance(method, str):
        method = opened(method, language=language, rule=hearing.transcribing)
    rule = hearing.transcribing
    rule = replace(rule, window_s=min(rule.window_s, method.window_s))
    samples = audio.mono if channel is None else audio.samples[channel]
    speech = union(spans)
    cuts = windows(samples, speech, rule)
    language = language or method.language or _detected(method, samples, cuts, rule)
    kept: list[Word] = []
    flags: list[Flag] = []
    level = level_of(samples, speech)
    for number, cut in enumerate(cuts, 1):
        segments = method.decode(_clip(samples, cut), language)
        for segment in unrepeated(_placed(segments, cut), flags):
            words, found = believed(segment, speech, audio.duration, samples, level, hearing.doubt)
            kept += words
            flags += found
        if progress is not None:
            progress(number / len(cuts))
    notes = (*method.notes, *left_out(flags))
    return Transcription(tuple(sorted(kept)), language, method.engine, tuple(flags), notes)


def left_out(flags: Iterable[Flag]) -> tuple[Note, ...]:
    """Say once per reason how many words were left out and where, so that one can listen there."""
    found: dict[str, list[Flag]] = {}
    for flag in sorted(flags, key=lambda flag: flag.span):
        found.setdefault(flag.reason.code, []).append(flag)
    return tuple(_left_out(there) for there in found.values())


def _left_out(flags: Sequence[Flag]) -> Note:
    fields: dict[str, Field] = {
        "words": sum(flag.words for flag in flags),
        "places": len(flags),
        "at_s": tuple(flag.span.start for flag in flags),
        "reason": flags[0].reason,
    }
    return Note("transcriber.left_out", fields, spans=tuple(flag.span for flag in flags))


def windows(
    samples: Samples, speech: Sequence[Span], rule: Transcribing | None = None
) -> tuple[Span, ...]:
    """Pack speech into windows of at most `Transcribing.window_s`, cut at pauses.

    Speech longer than a window is cut where it is quietest in the last third.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz.
    speech : sequence of Span
        Sorted, without overlap.
    """
    rule = rule or Transcribing()
    end_of_all = len(samples) / RATE_HZ
    packed: list[Span] = []
    for whole in speech:
        for span in _cut_long(samples, whole, rule.window_s - 2 * rule.pad_s):
            last = packed[-1] if packed else None
            if (
                last is not None
                and span.start - last.end < rule.pause_s
                and span.end - last.start <= rule.window_s - 2 * rule.pad_s
            ):
                packed[-1] = Span(last.start, span.end)
            else:
                packed.append(span)
    if not packed:
        return ()
    edges = [0.0, *((a.end + b.start) / 2 for a, b in pairwise(packed)), end_of_all]
    room = (
        Span(max(span.start - rule.pad_s, low), min(span.end + rule.pad_s, high))
        for span, (low, high) in zip(packed, pairwise(edges), strict=True)
        if span.start < end_of_all
    )
    return tuple(span for span in room if span.duration > 0)


def _cut_long(samples: Samples, span: Span, most: float) -> list[Span]:
    """Cut a span into parts of at most `most` seconds, at quiet places."""
    parts = []
    step = RATE_HZ // 20
    while span.duration > most:
        first = round((span.start + most * 2 / 3) * RATE_HZ)
        tail = samples[first : round((span.start + most) * RATE_HZ)]
        blocks = tail[: len(tail) // step * step].reshape(-1, step)
        at = span.start + most
        if len(blocks):
            quietest = int(np.argmin(np.square(blocks).mean(axis=1)))
            at = (first + (quietest + 0.5) * step) / RATE_HZ
        parts.append(Span(span.start, at))
        span = Span(at, span.end)
    return [*parts, span]


def _clip(samples: Samples, span: Span) -> Samples:
    return samples[round(span.start * RATE_HZ) : round(span.end * RATE_HZ)]


def _detected(
    method: Transcriber, samples: Samples, cuts: Sequence[Span], rule: Transcribing
) -> str | None:
    """Judge the language once, over the longest windows, so that it cannot flicker."""
    if method.detect is None or not cuts:
        return None
    longest = sorted(cuts, key=lambda cut: -cut.duration)[: rule.language_windows]
    heard: dict[str, float] = {}
    for cut in longest:
        for code, chance in method.detect(_clip(samples, cut)).items():
            heard[code] = heard.get(code, 0.0) + chance * cut.duration
    return max(sorted(heard), key=lambda code: heard[code]) if heard else None


def _placed(segments: Iterable[Decoded], cut: Span) -> list[Decoded]:
    """Move segments from their window to the recording."""
    return [
        replace(
            segment,
            span=segment.span.shifted(cut.start),
            words=tuple(replace(w, span=w.span.shifted(cut.start)) for w in segment.words),
        )
        for segment in segments
    ]

"""A channel per person: each channel's own voice activity, without what leaks in from the others.

Conventions
-----------
Voices are called ``channel 1``, ``channel 2`` and so on. Levels are dB relative to full scale.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation.activity import HOP_S, Probability, Speech, speech_spans
from diarize.separation.faint import faint_rows, loss_db, others_off
from diarize.separation.task import Separation, Task, within
from diarize.settings import Channels, Hearing
from diarize.timeline import Span, Turn

__all__ = ["CHANNEL", "ENGINE", "HOP", "alike", "level_db", "own_speech", "separate"]

ENGINE = Engine("channels", "1")
CHANNEL = "channel "  # what a voice on a channel of its own is called, before the channel's number
HOP = 160  # samples between rows
_BLOCK = 6000  # rows at once
_SILENT_DB = -120.0


def separate(task: Task) -> Separation:
    """Find each channel's speech.

    Raises
    ------
    Refused
        If the recording has one channel, or the same sound on all.
    """
    audio, rule = task.audio, task.hearing.channels
    if audio.channels < 2:
        raise Refused("separator.one_channel")
    if alike(audio, rule):
        raise Refused("separator.same_channels")
    names = tuple(f"{CHANNEL}{c + 1}" for c in range(audio.channels))
    turns: list[Turn] = []
    notes: list[Note] = []
    own, faint_s = _own(audio, task.speech, task.hearing)
    for c, row in enumerate(own):
        spans = speech_spans(row, task.hearing.activity)
        turns += [Turn(span, names[c]) for span in spans]
        if not spans:
            notes.append(Note("separator.silent_channel", {"channel": c + 1}))
    if faint_s >= rule.faint_said_s:
        notes.append(Note("separator.faint_while_off", {"seconds": faint_s}, "caution"))
    kept, _ = within(turns, audio.duration)
    channel_of = tuple((name, c) for c, name in enumerate(names))
    return Separation(kept, ENGINE, tuple(notes), channel_of)


def own_speech(audio: Audio, speech: Speech, hearing: Hearing) -> tuple[tuple[Span, ...], ...]:
    """Give, for each channel, the stretches in which its own person speaks."""
    return tuple(speech_spans(row, hearing.activity) for row in _own(audio, speech, hearing)[0])


def _own(audio: Audio, speech: Speech, hearing: Hearing) -> tuple[Probability, float]:
    """Give each channel's own speech, and how many seconds were too faint to be anybody's."""
    heard, rule = speech.by_channel, hearing.channels
    levels = np.stack([level_db(c, heard.shape[1], rule) for c in audio.samples])
    if audio.foreign is not None:
        nobodys = np.flatnonzero(audio.foreign.all(axis=1))
        heard = heard.copy()  # nothing on them is weighed against the others
        heard[nobodys], levels[nobodys] = 0.0, _SILENT_DB
    kept, faint = _without_bleed(audio, heard, levels, rule)
    if audio.foreign is not None:
        kept[audio.foreign] = 0.0
    return kept, faint


def alike(audio: Audio, rule: Channels) -> bool:
    """Whether every channel is the first one at another gain, to within `same_db`."""
    block = audio.rate * 60
    products = np.zeros((audio.channels, audio.channels))
    for first in range(0, audio.samples.shape[1], block):
        part = np.asarray(audio.samples[:, first : first + block], dtype=np.float64)
        products += part @ part.T
    power = np.diag(products)
    if power.min() <= 0.0:
        return bool(power.max() <= 0.0)
    shared = products[0] ** 2 / (power[0] * power)
    return bool(np.all(1.0 - shared < 10.0 ** (-rule.same_db / 10.0)))


def level_db(samples: NDArray[np.float32], rows: int, rule: Channels) -> NDArray[np.float64]:
    """Level in dB of `level_window_s` around each 10 ms row."""
    power = np.zeros(rows)
    for first in range(0, rows - 1, _BLOCK):
        part = np.asarray(samples[first * HOP : (first + _BLOCK) * HOP], dtype=np.float64)
        whole = part[: len(part) // HOP * HOP].reshape(-1, HOP)
        power[first : first + len(whole)] = np.nan_to_num(whole**2).mean(axis=1)
    reach = round(rule.level_window_s * 100) // 2
    mean = np.full(2 * reach + 1, 1 / (2 * reach + 1))
    smooth = np.convolve(np.pad(power, reach, "edge"), mean, "valid")
    return np.asarray(10.0 * np.log10(smooth + 1e-12))


def _without_bleed(
    audio: Audio, speech: Probability, levels: NDArray[np.float64], rule: Channels
) -> tuple[Probability, float]:
    """Silence each channel where it only carries another channel's voice.

    A channel's level is taken relative to that of its own person's speech. Where one person
    speaks alone, the other channel lies below by what the leak loses on its way; a channel is a
    leak where it lies more than half that below another one, or more than `bleed_db`. While
    another's microphone is off what is as faint is nobody's; its seconds are counted.
    """
    loudest = levels.argmax(axis=0)
    active = speech >= rule.active_probability
    own_db, off = np.empty(len(levels)), others_off(audio, levels.shape[1])
    for c, row in enumerate(levels):
        own = row[active[c] & (loudest == c) & ~off[c]]
        own_db[c] = np.median(own) if len(own) else np.max(row, initial=_SILENT_DB)
    relative = levels - own_db[:, None]
    kept, faint = speech.copy(), 0
    for c, row in enumerate(relative):
        others = np.max(np.where(active, relative, -np.inf)[np.arange(len(levels)) != c], axis=0)
        behind = others - row
        alone = behind[np.isfinite(behind) & (behind > 0.0)]
        loss = float(np.median(alone)) if len(alone) else np.inf
        kept[c, behind > min(rule.bleed_db, loss / 2.0)] = 0.0
        far = faint_rows(off[c], row, loss_db(audio, c, own_db, loss), rule)
        faint += int((far & (kept[c] >= rule.active_probability)).sum())
        kept[c, far] = 0.0
    return kept, faint * HOP_S

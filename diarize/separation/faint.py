"""What a channel hears only faintly while another's microphone is off: the other person, from afar.

Conventions
-----------
While both microphones are on, a voice that leaks into the other is told by the louder channel.
Where one is off, all that is left of its person is the leak, which would pass for the other's
speech. What stays as far below a person's own level there as the leak does elsewhere is nobody's.
Levels are dB relative to a channel's own speech, every 10 ms; channels are 0-based.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Audio
from diarize.recording.rows import HOP_S
from diarize.settings import Channels

__all__ = ["faint_rows", "loss_db", "others_off"]

Levels = NDArray[np.float64]
Rows = NDArray[np.bool_]
_OFF = ("recording.channel_gone", "recording.channel_lapses")
_LEAK = tuple(f"recording.{what}" for what in ("leak", "leak_stays", "echo", "echo_stays"))


def faint_rows(off: Rows, relative: Levels, loss: float, rule: Channels) -> Rows:
    """Say in which rows a channel holds at most what leaks into it from microphones that are off.

    Parameters
    ----------
    off : ndarray of bool, shape (n,)
        Where another's microphone is.
    relative : ndarray of float64, shape (n,)
        The channel's level relative to its own speech.
    loss : float
        How far below that others lie on it, dB; infinite where nothing is known.
    rule : Channels
        Thresholds.
    """
    if not off.any():
        return off
    from scipy.ndimage import uniform_filter1d

    power = 10.0 ** (relative / 10.0)
    near = 10.0 * np.log10(uniform_filter1d(power, 2 * round(rule.faint_near_s / HOP_S) + 1))
    limit = min(rule.bleed_db, max(loss / 2, rule.apart_db))
    return np.asarray(off & (near < -limit))


def loss_db(audio: Audio, channel: int, own_db: Levels, measured: float) -> float:
    """Give how far below a channel's own speech others lie on it, before leaks were taken away.

    Parameters
    ----------
    audio : Audio
        With notes of what leaked.
    channel : int
        Which.
    own_db : ndarray of float64, shape (channels,)
        Level of each channel's own speech.
    measured : float
        The same, of what is left.
    """
    came = [
        own_db[int(str(note.fields["source"])) - 1] + float(str(note.fields["level_db"]))
        for note in audio.notes
        if note.code in _LEAK and note.fields["target"] == channel + 1
    ]
    return min([measured, *(float(own_db[channel] - db) for db in came)])


def others_off(audio: Audio, n: int) -> Rows:
    """Say of each channel in which of `n` rows another's microphone is off, (channels, n)."""
    off = np.zeros((audio.channels, n), bool)
    for note in audio.notes:
        others = np.arange(1, audio.channels + 1) != note.fields.get("channel")
        for span in note.spans if note.code in _OFF else ():
            off[others, round(span.start / HOP_S) : round(span.end / HOP_S)] = True
    return off

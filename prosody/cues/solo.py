"""Each role's own sound and the frames in which it speaks alone.

Conventions
-----------
Masks are (n,) over the rows of `Frames`. Where every person has a channel, a role's own sound is
its channel; a role nobody was cast in gives the first one and speaks nowhere.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.features.frames import Frames

__all__ = ["alone", "own_sound", "rows_of"]


@shared
def own_sound(analysis: Analysis, role: str) -> Frames:
    """Give the frames that carry a role's voice, columns (n,)."""
    return analysis.sound.channel(analysis.conversation.channel(role))


@shared
def alone(analysis: Analysis, role: str) -> NDArray[np.bool_]:
    """Mark the frames in which a role speaks and nobody else does, overlap and margin left out."""
    sound = analysis.sound
    mask = np.zeros(sound.time_s.shape[-1], dtype=bool)
    for span in analysis.conversation.alone(role):
        mask[rows_of(span, sound.hop_s)] = True
    mask.flags.writeable = False
    return mask


def rows_of(span: Span, hop_s: float) -> slice:
    """Give the rows of a span."""
    return slice(round(span.start / hop_s), round(span.end / hop_s))

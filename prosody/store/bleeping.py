"""Stretches of a session's sound in which names cannot be heard.

Conventions
-----------
A clip is decoded, what must not be heard is put in the place of by a tone, and what is left is
encoded anew: no sample of the original is in a bleeped stretch, and no byte of its file in the
clip. Words say where names are, and their times are not exact: a bleep reaches `bleep_around_s`
beyond each. Speech that has no words could hold a name, and is bleeped too.
"""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.timeline import Span, subtract, union
from prosody.render.masking import Cover
from prosody.settings import Sharing
from prosody.store.sound import Sound

__all__ = ["bleeped", "clip"]

Samples = NDArray[np.float32]


def bleeped(
    turns: Iterable[Utterance], cover: Cover, *, rules: Sharing = Sharing()
) -> tuple[Span, ...]:
    """Give the stretches of a session that must not be heard, in order, apart from one another.

    Parameters
    ----------
    turns : iterable of Utterance
    cover : Cover
        What is covered in their words.
    rules : Sharing
    """
    found: list[Span] = []
    for turn in turns:
        words = [w for w in turn.words if w.text.strip()]
        shown = cover.said([w.text for w in words])
        found += [w.span for w, text in zip(words, shown, strict=True) if text != w.text]
        heard = union([w.span for w in words])
        unread = subtract(list(turn.ipus) or [turn.span], heard)
        found += [span for span in unread if span.duration >= rules.unread_s or not words]
    around = rules.bleep_around_s
    return tuple(union([Span(max(0.0, s.start - around), s.end + around) for s in found]))


def clip(sound: Sound, span: Span, hidden: Iterable[Span], *, rules: Sharing = Sharing()) -> bytes:
    """Give a stretch of sound as FLAC, with a tone in the place of what must not be heard.

    Raises
    ------
    OSError, ValueError
        If the sound cannot be read.
    """
    with soundfile.SoundFile(io.BufferedReader(_Read(sound), 1 << 18)) as file:
        rate = file.samplerate
        first = min(int(span.start * rate), file.frames)
        file.seek(first)
        samples = file.read(max(0, int(span.end * rate) - first), "float32", always_2d=True)
    for part in hidden:
        start, end = (round((at - span.start) * rate) for at in (part.start, part.end))
        start, end = max(0, start), min(len(samples), end)
        if end > start:
            samples[start:end] = _tone(end - start, rate, rules)[:, None]
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def _tone(n: int, rate: int, rules: Sharing) -> Samples:
    tone = rules.bleep_level * np.sin(2 * np.pi * rules.bleep_hz * np.arange(n) / rate)
    ramp = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.005 * rate))
    return (tone * ramp).astype(np.float32)


class _Read(io.RawIOBase):
    """A session's sound, sealed or not, as a file that is read."""

    def __init__(self, sound: Sound) -> None:
        super().__init__()
        self._sound, self._at, self._length = sound, 0, sound.length

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        stop = min(self._length, self._at + len(buffer))
        held = b"".join(self._sound.ranges(self._at, stop)) if stop > self._at else b""
        buffer[: len(held)] = held
        self._at += len(held)
        return len(held)

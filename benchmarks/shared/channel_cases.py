"""Recordings whose channels, gain or clock are not what they seem, given to the commands.

Conventions
-----------
Everything is made from the first 100 s of the sample that the transcripts were written from, and
its twin with a channel for each person. A case is right where the command ends well, says one of
`says` (nothing of the kind for none), gives the words to the right people, and withholds, or keeps
where it was, what the case is about.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.shared.commanded import Commanded, Place, owned, sample_then
from benchmarks.shared.processors import one_pole
from diarize.formats.transcript import Cue

__all__ = ["CASES", "ONE", "RATE", "ChannelCase", "Sound", "judged"]

Sound = NDArray[np.float32]
Made = Callable[[Sound, Sound], Sound]  # of the mono sound (n,) and its twin (n, 2)
_TWIN = "attentive_two_channel"
RATE = 16_000
_FAST = 1.01
_UNPLACED = "transcript.words_unplaced"  # said of the separator's misses, not of what is wrong here


@dataclass(frozen=True, slots=True)
class ChannelCase:
    """One case.

    Parameters
    ----------
    name : str
        Of its file.
    make : callable
        Makes the sound.
    says : tuple of str
        Codes of which one must be among what is said; none where nothing is wrong.
    withheld : tuple of (str, str)
        Cues and roles that must have no value.
    none_of : tuple of (str, str)
        Cues and roles that must be 0, or have no value.
    speed : float
        How much faster than the truth its clock runs.
    who : float
        Least share of speaking time with the right role: less where speech is not in the file.
    """

    name: str
    make: Made
    says: tuple[str, ...] = ()
    withheld: tuple[tuple[str, str], ...] = ()
    none_of: tuple[tuple[str, str], ...] = ()
    speed: float = 1.0
    who: float = 0.8


def _later(sound: Sound, seconds: float, gain: float) -> Sound:
    n = round(seconds * RATE)
    late = np.concatenate([np.zeros(n, np.float32), sound[: len(sound) - n]])
    return np.asarray(gain * late, np.float32)


def _with_echo(mono: Sound, two: Sound) -> Sound:
    return np.stack([two[:, 0], two[:, 1] + _later(two[:, 0], 0.12, 0.25)], axis=1)


def _fast(mono: Sound, two: Sound) -> Sound:
    at = np.arange(int(len(mono) / _FAST)) * _FAST
    return np.asarray(np.interp(at, np.arange(len(mono)), mono), np.float32)


ONE = ("separator.channels_as_one",)
CASES: tuple[ChannelCase, ...] = (
    ChannelCase("one_microphone.wav", lambda mono, two: mono),
    ChannelCase("a_channel_each.wav", lambda mono, two: two),
    ChannelCase("dead_right.wav", lambda mono, two: np.stack([mono, 0 * mono], 1), ONE),
    ChannelCase("inverted.wav", lambda mono, two: np.stack([mono, -mono], 1), ONE),
    ChannelCase("a_later_copy.wav", lambda mono, two: np.stack([mono, _later(mono, 0.2, 0.5)], 1),
                ONE),
    ChannelCase("quiet_right.wav", lambda mono, two: two * np.array([1.0, 0.01], np.float32),
                ("recording.raised",)),
    ChannelCase("echo.wav", _with_echo, ("recording.echo", "recording.echo_stays"),
                none_of=(("turns.backchannel_rate", "client"),)),
    ChannelCase("gain_riding.wav", lambda mono, two: one_pole(mono, 1.25),
                ("recording.gain_rides",),
                tuple((cue, role) for cue in ("voice.level", "activation.rating")
                      for role in ("therapist", "client"))),
    ChannelCase("clock_1pct_fast.wav", _fast, ("transcript.drifting",), speed=_FAST),
)  # fmt: skip


def judged(
    cases: Sequence[ChannelCase], place: Place, transcript: Path, truth: Sequence[Cue]
) -> Iterator[Commanded]:
    """Analyse every case with the transcript, and compare."""
    mono, _ = soundfile.read(place.recording, dtype="float32")
    two, _ = soundfile.read(sample_then(_TWIN), frames=len(mono), dtype="float32")
    for case in cases:
        path = place.folder / case.name
        soundfile.write(path, case.make(mono, two), RATE)
        found = place.analysed(
            "--transcript", transcript, recording=place.granted(path), separator="auto"
        )
        who = owned(truth, found.turns, case.speed)
        odd = set(found.cautions) - {_UNPLACED}
        told = bool(set(case.says) & set(found.codes)) if case.says else not odd
        gone = set(case.withheld) <= found.withheld
        none = all(not found.measures.get(each) for each in case.none_of)
        right = found.exit_code == 0 and told and gone and none and who > case.who
        yield Commanded(case.name, found.exit_code, 1.0, who, found.codes, False, right)

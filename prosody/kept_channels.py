"""Channels that change persons half-way, put right where labels or voices say it plainly.

Conventions
-----------
A channel is one person's for the whole session, to everything that reads it. Where the labels of a
transcript agree with the channels up to a place and with the opposite from there on, and perhaps
with the channels again behind another, the decoded channels are exchanged between, and the
recording is heard anew, unless the voices on them stay. Without labels the voices on the channels
are asked, where the voice encoder is installed; by them one place is found.
"""

from collections.abc import Sequence

from diarize.recording.audio import Audio
from diarize.recording.channel_repair import exchanged
from diarize.separation.activity import Speech
from diarize.separation.channels import own_speech
from diarize.separation.exchanged import changed_persons, described_by, kept_persons
from diarize.separation.persons import judged
from diarize.separation.table import Separation
from diarize.transcription.exchanges import exchanged_at
from prosody.engines import Separate
from prosody.settings import Settings
from prosody.supplied import FROM_LABELS, Supplied

__all__ = ["kept_to_persons"]

Heard = tuple[Audio, Speech, Separation]


def kept_to_persons(
    decoded: Audio, heard: Heard, *, separate: Separate, given: Supplied, settings: Settings
) -> Heard:
    """Give sound and voices with each channel one person's, as they were where they are already.

    Parameters
    ----------
    decoded : Audio
        As decoded.
    heard : (Audio, Speech, Separation)
        What was made of it.
    separate : callable
        Says who speaks when.
    given : Supplied
        What came with the recording.
    settings : Settings
        Thresholds.
    """
    audio, speech, separation = heard
    by_channel = len(separation.channel_of) == audio.channels == 2
    if not by_channel or separation.engine == FROM_LABELS:
        return heard
    fitted = given.on(audio, speech)
    labelled = fitted is not None and len(fitted.transcript.labels) > 1
    if fitted is not None and labelled:
        labels = settings.hearing.labels
        places = exchanged_at(fitted.transcript.cues, separation.turns, labels=labels)
        if places and _kept_by_voice(audio, speech, places, settings):
            return heard  # then it is the labels that change, which is said where they are read
    else:
        at_s = _by_voice(audio, speech, settings)
        places = () if at_s is None else (at_s,)
    if not places:
        return heard
    put_right = exchanged(decoded, places, by_voice=not labelled)
    audio, speech = judged(put_right, settings.hearing)
    return audio, speech, separate(audio, speech)


def _kept_by_voice(
    audio: Audio, speech: Speech, places: Sequence[float], settings: Settings
) -> bool:
    """Whether the voices surely contradict labels that say channels change persons."""
    describe = described_by(audio)
    if describe is None or not audio.channel_each:
        return False
    own = own_speech(audio, speech, settings.hearing)
    return kept_persons(own, describe, places, rule=settings.hearing.exchanging)


def _by_voice(audio: Audio, speech: Speech, settings: Settings) -> float | None:
    """Say from when on the voices on two channels are each other's; None without the encoder."""
    describe = described_by(audio)
    if describe is None or not audio.channel_each:
        return None
    own = own_speech(audio, speech, settings.hearing)
    return changed_persons(own, describe, rule=settings.hearing.exchanging)

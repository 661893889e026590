"""Channels that change persons half-way, put right where labels or voices say it plainly.

Conventions
-----------
A channel is one person's for the whole session, to everything that reads it. Where the labels of a
transcript agree with the channels up to a place and with the opposite from there on, and perhaps
with the channels again behind another, the decoded channels are exchanged between, and the
recording is heard anew, if the voices on them say so, too. If those stay, it is the labels that
change, and they are not believed there: what is said on a person's own channel is theirs. Without
labels the voices on the channels are asked alone, where the voice encoder is installed; by them one
place is found.
"""

from collections.abc import Sequence

from diarize.formats.transcript import Transcript
from diarize.recording.audio import Audio
from diarize.recording.channel_repair import exchanged
from diarize.separation.activity import Speech
from diarize.separation.channels import own_speech
from diarize.separation.exchanged import changed_persons, described_by, persons_change
from diarize.separation.persons import judged
from diarize.separation.table import Separation
from diarize.timeline import Span
from diarize.transcription.exchanges import Against, against_voices
from diarize.transcription.supplied import coarse
from prosody.engines import Separate
from prosody.settings import Settings
from prosody.supplied import FROM_LABELS, Supplied, of_both

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
    if fitted is not None and len(fitted.transcript.labels) > 1:
        return _by_labels(decoded, heard, fitted.transcript, separate, given, settings)
    at_s = _by_voice(audio, speech, settings)
    if at_s is None:
        return heard
    return _exchanged(decoded, (at_s,), separate, settings, by_voice=True)


def _by_labels(
    decoded: Audio,
    heard: Heard,
    transcript: Transcript,
    separate: Separate,
    given: Supplied,
    settings: Settings,
) -> Heard:
    """Put channels right where voices say as labels do that they change persons.

    Where labels alone say so they are not believed; where nothing tells which of the two is right
    nobody's role is known.
    """
    rule = settings.hearing.labels
    fine = not coarse(transcript, settings.hearing.fitting)

    def contradicted() -> Against:
        turns = of_both(heard[2].turns, heard[0])
        return against_voices(transcript.cues, turns, fine=fine, labels=rule)

    against = contradicted()
    if not against.stretches:
        return heard
    change = _persons_change(heard, against.stretches, settings)
    if change:
        heard = _exchanged(decoded, against.places, separate, settings)
        against = contradicted()
    if against.stretches:
        unsure = change is None and against.seconds >= rule.least_crossed_s
        given.against_channels(against, unsure=unsure)
    return heard


def _exchanged(
    decoded: Audio,
    places: Sequence[float],
    separate: Separate,
    settings: Settings,
    *,
    by_voice: bool = False,
) -> Heard:
    """Exchange channels between places, and hear them anew."""
    put_right = exchanged(decoded, places, by_voice=by_voice)
    audio, speech = judged(put_right, settings.hearing)
    return audio, speech, separate(audio, speech)


def _persons_change(heard: Heard, stretches: Sequence[Span], settings: Settings) -> bool | None:
    """Whether the voices say that channels have the other person there; None if they cannot."""
    audio, speech, _ = heard
    describe = described_by(audio)
    if describe is None or not audio.channel_each:
        return None
    own = own_speech(audio, speech, settings.hearing)
    return persons_change(own, describe, stretches, rule=settings.hearing.exchanging)


def _by_voice(audio: Audio, speech: Speech, settings: Settings) -> float | None:
    """Say from when on the voices on two channels are each other's; None without the encoder."""
    describe = described_by(audio)
    if describe is None or not audio.channel_each:
        return None
    own = own_speech(audio, speech, settings.hearing)
    return changed_persons(own, describe, rule=settings.hearing.exchanging)

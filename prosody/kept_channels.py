"""Channels that change persons half-way, put right where labels or voices say it plainly.

Conventions
-----------
A channel is one person's for the whole session, to everything that reads it. Where the labels of a
transcript agree with the channels up to a place and with the opposite from there on, and perhaps
with the channels again behind another, the decoded channels are exchanged between, and the
recording is heard anew, if the voices on them say so, too. If those stay, it is the labels that
change, and they are not believed there: what is said on a person's own channel is theirs. A file's
turns go the same way before a transcript's labels do; on one channel the sound alone is asked
(`prosody.exchanged_turns`). Without either the voices on the channels are
asked alone, where the voice encoder is installed; by them one place is found.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from diarize.formats.transcript import Cue, Transcript
from diarize.recording.audio import Audio
from diarize.recording.channel_repair import exchanged
from diarize.separation.activity import Speech
from diarize.separation.channels import CHANNEL, own_speech
from diarize.separation.channels import ENGINE as CHANNELS
from diarize.separation.exchanged import changed_persons, described_by, persons_change
from diarize.separation.persons import judged
from diarize.separation.table import SUPPLIED, Separation
from diarize.timeline import Span, Turn
from diarize.transcription.alignment import match_labels
from diarize.transcription.exchanges import Against, against_voices
from diarize.transcription.supplied import coarse
from prosody.engines import Separate
from prosody.exchanged_turns import by_sound, within
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
    if heard[2].engine == SUPPLIED and heard[0].channel_each and heard[0].channels == 2:
        heard = _by_turns(decoded, heard, separate, settings)
    elif heard[2].engine == SUPPLIED and not heard[2].channel_of:
        return (*heard[:2], by_sound(heard[0], heard[2], settings.hearing))
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

    def contradicted(heard: Heard) -> Against:
        turns = of_both(heard[2].turns, heard[0])
        return against_voices(transcript.cues, turns, fine=fine, labels=rule)

    heard, against, unsure = _put_right(decoded, heard, contradicted, separate, settings)
    if against.stretches:
        given.against_sound(against, unsure=unsure)
    return heard


def _by_turns(decoded: Audio, heard: Heard, separate: Separate, settings: Settings) -> Heard:
    """Put channels right where voices say as a file's turns do that they change persons.

    Where the file alone says so it is not believed there, or, as for labels, nowhere.
    """

    def contradicted(heard: Heard) -> Against:
        turns, rule = _on_channels(heard, settings), settings.hearing.labels
        return against_voices(_cues(heard[2]), turns, fine=True, labels=rule)

    heard, against, unsure = _put_right(decoded, heard, contradicted, separate, settings)
    if against.stretches:
        heard = (*heard[:2], _less_believed(heard, against, settings, unsure=unsure))
    return heard


def _put_right(
    decoded: Audio,
    heard: Heard,
    contradicted: Callable[[Heard], Against],
    separate: Separate,
    settings: Settings,
) -> tuple[Heard, Against, bool]:
    """Exchange channels where voices say so, too; give what is still contradicted, and if unsure.

    Unsure is whether the channels may be what is wrong: nothing tells whose the voices are, and
    much is contradicted.
    """
    against = contradicted(heard)
    if not against.stretches:
        return heard, against, False
    change = _persons_change(heard, against.stretches, settings)
    if change:
        heard = _exchanged(decoded, against.places, separate, settings)
        against = contradicted(heard)
    unsure = change is None and against.seconds >= settings.hearing.labels.least_crossed_s
    return heard, against, unsure


def _cues(separation: Separation) -> tuple[Cue, ...]:
    return tuple(Cue(turn.span, turn.voice, "") for turn in separation.turns)


def _on_channels(heard: Heard, settings: Settings) -> tuple[Turn, ...]:
    """Give who speaks when by the channels alone, as turns of voices called after them."""
    own = own_speech(heard[0], heard[1], settings.hearing)
    turns = (Turn(s, f"{CHANNEL}{c}") for c, spans in enumerate(own, 1) for s in spans)
    return of_both(tuple(sorted(turns)), heard[0])


def _less_believed(
    heard: Heard, against: Against, settings: Settings, *, unsure: bool
) -> Separation:
    """Give the channels' own turns where a file's name the other person, or everywhere."""
    separation, rule = heard[2], settings.hearing.labels
    turns = _on_channels(heard, settings)
    each = sorted({turn.voice for turn in turns})
    whole = unsure or against.share > rule.against_share
    if not whole:
        any_share = replace(rule, least_shared=0.0)
        matched = match_labels(_cues(separation), turns, labels=any_share)
        names = {channel: voice for voice, channel in matched.items()}
        kept = within(separation.turns, against.stretches, inside=False)
        there = within(turns, against.stretches, inside=True)
        turns = tuple(sorted((*kept, *(replace(t, voice=names[t.voice]) for t in there))))
        each = [names[channel] for channel in each]
    note = against.note("separator.turns", whole=whole, unsure=unsure)
    order = tuple((voice, channel) for channel, voice in enumerate(each))
    return replace(
        separation,
        turns=turns,
        engine=CHANNELS if whole else separation.engine,
        notes=(*separation.notes, note),
        channel_of=order,
    )


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

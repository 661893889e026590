"""Channels are judged before they are believed: a channel is a person if speech on it is its own.

Conventions
-----------
What crosses from a channel to another is taken away first (`diarize.recording.crosstalk`); what is
left on each is its own. Channels that are not a person each are heard as one sound: the mean of
those that hold speech, or the best alone where one arrives later than the other. Channels are
0-based in code and 1-based in sentences.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Field, Message, Note, message
from diarize.recording.audio import Audio, Samples, mixed
from diarize.recording.channel_clocks import on_one_clock
from diarize.recording.channel_repair import evened
from diarize.recording.crosstalk import Crossing, crossings, without
from diarize.recording.lapses import with_dead_end, with_dropouts, with_lapses
from diarize.recording.mid_side import taken_apart
from diarize.separation.activity import HOP_S, Speech
from diarize.separation.channels import HOP, alike, level_db, own_speech
from diarize.settings import Hearing
from diarize.timeline import Span, total

__all__ = ["judged"]


def judged(audio: Audio, hearing: Hearing = Hearing()) -> tuple[Audio, Speech]:
    """Put channels right, take away what crosses, and say whether each is a person.

    Parameters
    ----------
    audio : Audio
        As decoded. With one channel it is only put right.
    hearing : Hearing
        Thresholds.

    Returns
    -------
    Audio
        With `channel_each` set, and notes. Where channels are not a person each its samples are as
        decoded and its mono sound is what is worth hearing of them.
    Speech
        Where it has speech.
    """
    audio = evened(audio, rule=hearing.evening)
    apart = taken_apart(audio, rule=hearing.mid_side)
    if apart is not None:
        found, speech = _judged(apart, hearing)
        if found.channel_each:
            return found, speech
    return _judged(on_one_clock(audio, rule=hearing.channel_clocks) or audio, hearing)


def _judged(audio: Audio, hearing: Hearing) -> tuple[Audio, Speech]:
    """Take away what crosses, and say whether each channel is a person."""
    if audio.channels < 2:
        return _one(audio, hearing)
    if alike(audio, hearing.channels):
        return _as_one(audio, (message("separator.channels_alike"),), audio.mono, hearing)
    found = crossings(audio, rule=hearing.crossings)
    clean = without(audio, found, rule=hearing.crossings)
    speech = Speech(clean, hearing.activity)
    own = own_speech(clean, speech, hearing)
    empty = [c for c, spans in enumerate(own) if total(spans) < hearing.channels.own_min_s]
    people = [c for c in range(len(own)) if c not in empty]
    shared = _shared(audio, own, people, hearing)
    if len(people) > 1 and not shared:
        clean = with_dead_end(clean, limits=hearing.quality)
        each = with_lapses(clean, audio, limits=hearing.quality)
        return replace(each, channel_each=True), speech
    copies = _copies(empty, found)
    why = shared or tuple(_nobodys(empty, copies))
    heard = speech if clean is audio else Speech(audio, hearing.activity)
    foreign = np.zeros((audio.channels, audio.samples.shape[1] // HOP + 1), bool)
    foreign[list(copies)] = True  # nobody is on them, whoever asks for channels all the same
    known = replace(audio, foreign=foreign)
    return _as_one(known, why, _worth_hearing(audio, heard, found, hearing), hearing)


def _as_one(
    audio: Audio, why: tuple[Message, ...], mono: Samples, hearing: Hearing
) -> tuple[Audio, Speech]:
    fields: dict[str, Field] = {"why": why}
    notes = (*audio.notes, Note("separator.channels_as_one", fields, "caution"))
    return _one(replace(audio, mono=mono, notes=notes, channel_each=False), hearing)


def _one(audio: Audio, hearing: Hearing) -> tuple[Audio, Speech]:
    """Hear a single sound, and say where it drops out."""
    speech = Speech(audio, hearing.activity)
    audio = with_dead_end(audio, limits=hearing.quality)
    return with_dropouts(audio, speech.probability, limits=hearing.quality), speech


def _copies(empty: Sequence[int], found: Sequence[Crossing]) -> dict[int, int]:
    """Give the channels that hold nothing of their own, each with the one that is heard on it."""
    copies = {}
    for channel in empty:
        onto = [crossing for crossing in found if crossing.target == channel]
        if onto:
            copies[channel] = max(onto, key=lambda crossing: crossing.level_db).source
    return copies


def _nobodys(empty: Sequence[int], copies: Mapping[int, int]) -> Iterator[Message]:
    """Say of each channel that is nobody's why."""
    for channel in empty:
        if channel in copies:
            other = copies[channel] + 1
            yield message("separator.channel_copies", channel=channel + 1, other=other)
        else:
            yield message("separator.channel_without_speech", channel=channel + 1)


def _shared(
    audio: Audio, own: Sequence[tuple[Span, ...]], people: Sequence[int], hearing: Hearing
) -> tuple[Message, ...]:
    """Say whether two people are about as loud against each other on both their channels."""
    rule = hearing.channels
    rows = audio.samples.shape[1] // HOP + 1
    levels = {c: level_db(audio.samples[c], rows, rule) for c in people}
    for a, b in combinations(people, 2):
        louder = levels[a] - levels[b]
        sides = [
            louder[mask]
            for one, other in ((a, b), (b, a))
            if (mask := _alone(own[one], own[other], rows)).any()
        ]
        if len(sides) == 2 and np.median(sides[0]) - np.median(sides[1]) < 2 * rule.apart_db:
            return (message("separator.channels_share", first=a + 1, second=b + 1),)
    return ()


def _alone(ours: Sequence[Span], theirs: Sequence[Span], rows: int) -> NDArray[np.bool_]:
    """Rows in which the first speak and the second do not."""
    alone = np.zeros(rows, bool)
    for spans, value in ((ours, True), (theirs, False)):
        for span in spans:
            alone[round(span.start / HOP_S) : round(span.end / HOP_S)] = value
    return alone


def _worth_hearing(
    audio: Audio, heard: Speech, found: Sequence[Crossing], hearing: Hearing
) -> Samples:
    """Mean of the channels that hold speech, or the clearest alone where another comes later."""
    speech = heard.by_channel
    spoken = (speech >= hearing.channels.active_probability).sum(axis=1)
    clear = np.array([_clear_db(channel, speech.shape[1], hearing) for channel in audio.samples])
    clear[2 * spoken < spoken.max()] = -np.inf
    best = int(clear.argmax())
    late = any(crossing.delay_s >= hearing.crossings.late_s for crossing in found)
    kept = [c for c, db in enumerate(clear) if clear[best] - db <= hearing.channels.clearer_db]
    if late or len(kept) < 2:
        alone: Samples = audio.samples[best]
        return alone
    return audio.mono if len(kept) == audio.channels else mixed(audio.samples[kept])


def _clear_db(samples: Samples, rows: int, hearing: Hearing) -> float:
    """How far the loudest of a channel stands above its softest."""
    rule = hearing.evening
    levels = level_db(samples, rows, hearing.channels)
    return float(np.subtract(*np.percentile(levels, (rule.loud_percent, rule.soft_percent))))

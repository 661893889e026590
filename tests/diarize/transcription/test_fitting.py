"""A transcript is taken, mended or refused as the speech bears it out."""

import json
import random
from dataclasses import replace
from pathlib import Path

import librosa
import pytest

from diarize.formats.pauses import spoken
from diarize.formats.transcript import Cue, Transcript
from diarize.recording.audio import RATE_HZ, Audio
from diarize.separation.activity import Speech
from diarize.settings import Fitting, Hearing
from diarize.timeline import Span, Turn, Word, total, union
from diarize.transcription.anchoring import anchored
from diarize.transcription.fitting import fit, moved
from diarize.transcription.supplied import (
    fitted,
    labels_agree,
    of_everybody,
    untimed,
    with_heard,
)
from tests.said import codes, refused

FILE = Path("a.vtt")
SAMPLES = Path(__file__).parents[3] / "sample_audio"
DURATION = 300.0


def conversation(seed, until=DURATION):
    """Cues of two people with pauses as people make them."""
    draw, at, cues = random.Random(seed), 1.0, []
    while at < until - 12:
        words = draw.randint(2, 24)
        span = Span(round(at, 3), round(at + 0.3 * words, 3))
        cues.append(
            Cue(span, draw.choice("AB"), " ".join(f"w{draw.randint(0, 400)}" for _ in range(words)))
        )
        at = span.end + draw.choice((0.25, 0.4, 0.7, 1.2, 2.5))
    return tuple(cues)


CUES = conversation(1)
HEARD = tuple(cue.span for cue in CUES)


def shifted(late_s, speed=1.0):
    return moved(Transcript(CUES), -late_s / speed, 1 / speed)


def test_times_that_are_right_stay():
    there = fitted(FILE, Transcript(CUES), HEARD, DURATION)
    assert there.transcript.cues == CUES and there.transcript.notes == ()
    assert (there.inside, there.covered, there.offset_s) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("late_s", [3.0, -0.8, 41.0])
def test_a_shift_is_mended_and_said(late_s):
    there = fitted(FILE, shifted(late_s), HEARD, DURATION)
    assert codes(there.transcript.notes)[-1] == "transcript.moved"
    assert there.offset_s == pytest.approx(late_s, abs=0.06)
    assert there.transcript.cues[10].span.start == pytest.approx(CUES[10].span.start, abs=0.06)


@pytest.mark.parametrize("speed", [1.01, 0.96, 25 / 24])
def test_a_clock_that_runs_otherwise_is_mended_and_said(speed):
    there = fitted(FILE, shifted(1.5, speed), HEARD, DURATION)
    assert codes(there.transcript.notes)[-1] == "transcript.drifting"
    assert there.drift_ppm == pytest.approx((speed - 1) * 1e6, abs=500)
    for cue, was in zip(there.transcript.cues, CUES, strict=False):
        assert cue.span.start == pytest.approx(was.span.start, abs=0.15)


@pytest.mark.parametrize("jump_s", [6.0, -12.0])
@pytest.mark.parametrize("share", [0.3, 0.75])
def test_a_clock_that_jumps_is_mended_on_both_sides_and_said(share, jump_s):
    """One of the two was paused: up to a place the times are right, behind it late or early."""
    place = share * DURATION
    kept = [cue for cue in CUES if not place < cue.span.start < place - jump_s]  # where it was off
    late = [(cue, jump_s * (cue.span.start > place)) for cue in kept]
    told = Transcript(
        tuple(cue.retimed(lambda span, by=by: span.shifted(2.0 + by)) for cue, by in late)
    )
    there = fitted(FILE, told, HEARD, DURATION)
    note = there.transcript.notes[-1]
    assert note.code == "transcript.jumped"
    assert (note.fields["before_s"], note.fields["after_s"]) == pytest.approx(
        (2.0, 2.0 + jump_s), abs=0.06
    )
    off = [
        abs(a.span.start - b.span.start) for a, b in zip(there.transcript.cues, kept, strict=True)
    ]
    assert sum(by < 0.1 for by in off) >= len(off) - 2  # a cue beside the place may fit on either


def test_what_a_recording_lost_between_two_parts_is_left_out_and_the_rest_in_its_place():
    """Nobody recorded from 120 to 150 s; the transcript has it."""
    early = [span for span in HEARD if span.end < 120]
    later = [span.shifted(-30) for span in HEARD if span.start >= 150]
    there = fitted(FILE, Transcript(CUES), early + later, DURATION - 30)
    assert {"transcript.jumped", "format.cues_without_sound"} <= set(codes(there.transcript.notes))
    assert there.inside > 0.95
    gone = sum(120 <= cue.span.start < 150 for cue in CUES)
    assert abs(len(CUES) - len(there.transcript.cues) - gone) <= 2


def test_parts_of_a_recording_in_another_order_are_the_cause():
    half = [span for span in HEARD if span.end < DURATION / 2]
    later = [span for span in HEARD if span.start >= DURATION / 2]
    exchanged = [s.shifted(-DURATION / 2) for s in later] + [s.shifted(DURATION / 2) for s in half]
    with refused("transcript.other_order"):
        fitted(FILE, Transcript(CUES), exchanged, DURATION)


@pytest.mark.parametrize("seed", range(3, 7))
def test_no_jump_is_found_in_another_recordings_transcript(seed):
    with refused("transcript.other_recording"):
        fitted(FILE, Transcript(conversation(seed)), HEARD, DURATION)


def test_labels_that_hardly_meet_their_voices_disagree():
    """Matched with no voice they must not go unchecked."""
    turns = [Turn(span, "XY"[k % 2]) for k, span in enumerate(HEARD)]
    cues = tuple(
        replace(cue, voice="A" if k % 2 or k % 4 == 0 else "B") for k, cue in enumerate(CUES)
    )
    share = labels_agree(Transcript(cues), turns)
    assert share is not None and share < 0.9


@pytest.mark.parametrize(("speed", "late_s"), [(1.01, 0.0), (24 / 25, 0.0), (1.0, 3.0)])
def test_in_dense_talk_too_a_clock_is_mended_and_not_called_another_recordings(speed, late_s):
    """Hardly a pause, and cues that bridge most of those there are: no correlation is high."""
    draw, at, heard = random.Random(7), 0.4, []
    while at < 178:
        heard.append(Span(at, at + draw.uniform(0.4, 3.5)))
        at = heard[-1].end + draw.choice((0.1, 0.2, 0.3, 0.5))
    cues = [
        Cue(span, "AB"[k % 2], "so " * max(1, round(3 * span.duration)))
        for k, span in enumerate(union(heard, join_s=0.25))
    ]
    told = moved(Transcript(tuple(cues)), -late_s / speed, 1 / speed)
    there = fitted(FILE, told, heard, 182.0)
    code = "transcript.moved" if speed == 1.0 else "transcript.drifting"
    assert code in codes(there.transcript.notes)
    assert there.drift_ppm == pytest.approx((speed - 1) * 1e6, abs=700)


def test_half_speed_is_refused_for_what_it_is():
    with refused("transcript.wrong_speed") as caught:
        fitted(FILE, shifted(0.0, 0.5), HEARD, DURATION)
    assert caught.value.message.fields["speed"] == pytest.approx(0.5)


def test_another_recording_is_refused():
    with refused("transcript.other_recording"):
        fitted(FILE, Transcript(conversation(2)), HEARD, DURATION)
    lax = Hearing(fitting=Fitting(fits=-1.0))
    assert fitted(FILE, Transcript(conversation(2)), HEARD, DURATION, hearing=lax)


@pytest.mark.parametrize(("name", "begin_s"), [("half_way", 0), ("hurried", 45)])
def test_whole_turns_of_dense_talk_are_taken(name, begin_s):
    """A cue that lasts a whole turn shows few pauses; it is no other recording's for that."""
    end_s = begin_s + 45
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["turns"]
    cues = [
        Cue(
            Span(max(t["start_s"], begin_s), min(t["end_s"], end_s)).shifted(-begin_s),
            t["role"],
            t["text"],
        )
        for t in told
        if t["start_s"] < end_s and t["end_s"] > begin_s
    ]
    sound, _ = librosa.load(SAMPLES / f"{name}.flac", sr=RATE_HZ, offset=begin_s, duration=45)
    heard = Speech(Audio.of(sound[None], source_rate_hz=RATE_HZ)).spans
    there = fitted(FILE, Transcript(tuple(cues)), heard, 45.0)
    assert len(there.transcript.cues) == len(cues) > 5


def test_an_offset_that_was_given_is_taken_and_not_looked_for():
    there = fitted(FILE, shifted(3.0), HEARD, DURATION, offset_s=3.0)
    assert codes(there.transcript.notes) == ["transcript.given_offset"]
    assert there.transcript.cues[5].span.start == pytest.approx(CUES[5].span.start)
    wrong = fitted(FILE, shifted(3.0), HEARD, DURATION, offset_s=10.0)
    assert "transcript.fits_badly" in codes(wrong.transcript.notes)


def test_times_in_whole_seconds_are_too_coarse_to_refuse():
    there = fitted(FILE, Transcript(_in_whole_seconds(conversation(2))), HEARD, DURATION)
    assert "transcript.not_verified" in codes(there.transcript.notes)


def _in_whole_seconds(cues):
    """Give cues with times as a person types them."""
    spans = (Span(float(int(c.span.start)), float(int(c.span.end) + 1)) for c in cues)
    return tuple(replace(c, span=span) for c, span in zip(cues, spans, strict=True))


def test_short_times_are_borne_out_refused_or_said_not_to_be_checked():
    """Under forty seconds nothing is mended, but what lies beside the speech is not taken."""
    until, hearing = 38.0, Hearing()
    own = tuple(cue for cue in CUES if cue.span.end < until)
    heard = tuple(cue.span for cue in own)
    there = fitted(FILE, Transcript(own), heard, until)
    assert there.transcript.notes == ()
    assert there.labels_min(hearing) == hearing.fitting.labels_min
    other = tuple(cue for cue in conversation(2) if cue.span.end < until)
    with refused("transcript.beside_speech"):
        fitted(FILE, Transcript(other), heard, until)
    coarse = fitted(FILE, Transcript(_in_whole_seconds(other)), heard, until)
    assert codes(coarse.transcript.notes) == ["transcript.too_short"]
    assert coarse.labels_min(hearing) == hearing.labels.surely_share
    given = fitted(FILE, Transcript(other), heard, until, offset_s=0.0)
    assert "transcript.too_short" in codes(given.transcript.notes)


@pytest.mark.parametrize(("covers", "everybody"), [("AB", True), ("A", False)])
def test_one_label_over_all_voices_is_everybodys(covers, everybody):
    turns = [Turn(cue.span, cue.voice) for cue in CUES]
    cues = tuple(replace(cue, voice="T") for cue in CUES if cue.voice in covers)
    assert of_everybody(Transcript(cues), turns) == everybody
    assert not of_everybody(Transcript(CUES), turns)
    assert not of_everybody(Transcript(()), turns)


def test_too_little_is_not_judged():
    few = CUES[:4]
    assert fit(few, HEARD, DURATION, Fitting()) is None
    assert fitted(FILE, Transcript(few), HEARD, DURATION).inside is None


def test_a_recording_that_ends_early_keeps_what_it_has():
    """What has no sound is left out and counted; the transcript is not blamed."""
    end = 120.0
    heard = tuple(span for span in HEARD if span.end < end)
    there = fitted(FILE, Transcript(CUES), heard, end)
    assert all(cue.span.end <= end for cue in there.transcript.cues)
    note = next(n for n in there.transcript.notes if n.code == "format.cues_without_sound")
    assert note.fields["cues"] == len(CUES) - len(there.transcript.cues) > 10


def test_speech_without_words_is_said_with_its_places():
    kept = tuple(c for c in CUES if not 100 < c.span.start < 160)
    there = fitted(FILE, Transcript(kept), HEARD, DURATION)
    note = next(n for n in there.transcript.notes if n.code == "transcript.speech_without_words")
    assert note.fields["seconds"] == pytest.approx(total(note.spans))
    assert all(span.start > 95 and span.end < 175 for span in note.spans)


def test_a_text_without_times_takes_those_of_the_words_heard():
    heard = [
        Word(Span(span.start + 0.3 * i, span.start + 0.3 * i + 0.3), word)
        for span, cue in zip(HEARD, CUES, strict=True)
        for i, word in enumerate(cue.text.split())
    ]
    misheard = [replace(w, text="hm") if i % 5 == 0 else w for i, w in enumerate(heard)]
    plain = Transcript(tuple(replace(cue, span=None) for cue in CUES))
    assert untimed(plain) and not untimed(Transcript(CUES))
    there = with_heard(FILE, plain, misheard)
    assert codes(there.transcript.notes) == ["transcript.times_by_ear"]
    off = [abs(a.span.start - b.span.start)
           for a, b in zip(there.transcript.cues, CUES, strict=True) if a.span]  # fmt: skip
    assert len(off) > 0.95 * len(CUES) and sorted(off)[len(off) // 2] < 0.1
    with refused("transcript.not_heard"):
        with_heard(FILE, Transcript(tuple(Cue(None, "A", f"x{i} y z") for i in range(30))), heard)
    _, share = anchored(plain.cues, misheard, Fitting())
    assert share == pytest.approx(0.8, abs=0.06)


def test_labels_agree_as_far_as_their_voice_is_heard():
    turns = [Turn(c.span, c.voice) for c in CUES]
    assert labels_agree(Transcript(CUES), turns) == pytest.approx(1.0)
    some = tuple(replace(c, voice="BA"["AB".index(c.voice)]) if i % 4 == 0 else c
                 for i, c in enumerate(CUES))  # fmt: skip
    assert 0.6 < labels_agree(Transcript(some), turns) < 0.9
    assert labels_agree(Transcript(tuple(replace(c, voice=None) for c in CUES)), turns) is None


def test_a_file_of_speakers_says_who_and_the_sound_says_where():
    heard = [Span(0, 2), Span(3, 4), Span(4.1, 6)]
    turns = [Turn(Span(0, 6), "A"), Turn(Span(7, 8), "B")]
    assert spoken(turns, heard) == (
        Turn(Span(0, 2), "A"),
        Turn(Span(3, 6), "A"),
        Turn(Span(7, 8), "B"),  # somebody heard it there
    )


def test_cues_that_say_where_in_them_speech_is_are_judged_by_that():
    """Our own exports do: whole turns of dense talk, with few words, show no pauses themselves."""
    rng = random.Random(5)
    heard, at = [], 0.5
    while at < 88:
        heard.append(Span(at, at + rng.uniform(0.5, 1.6)))
        at = heard[-1].end + rng.uniform(0.25, 0.6)
    turns = [heard[i : i + 6] for i in range(0, len(heard), 6)]
    cues = [Cue(Span(own[0].start, own[-1].end), "AB"[i % 2], "so it was", stretches=tuple(own))
            for i, own in enumerate(turns)]  # fmt: skip
    bare = [replace(cue, stretches=()) for cue in cues]
    with refused("transcript.other_recording"):
        fitted(Path("it"), Transcript(tuple(bare)), heard, 90.0)
    there = fitted(Path("it"), Transcript(tuple(cues)), heard, 90.0)
    assert not there.transcript.notes and there.inside > 0.99

"""Scripted models emit each known failure; what comes out must be flagged, never believed."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.formats.transcript import Cue
from diarize.messages import message
from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.separation.activity import speech_probability, speech_spans
from diarize.settings import Hearing, Transcribing
from diarize.timeline import Span, Turn, Word, total, union
from diarize.transcription.alignment import align
from diarize.transcription.table import (
    TRANSCRIBERS,
    Decoded,
    Flag,
    Transcriber,
    left_out,
    transcribe,
)
from diarize.transcription.transcriber import one_by_one
from diarize.transcription.windows import joined_windows, windows
from tests.said import refused

_DRAW = np.random.default_rng(5)
BABBLE = " ".join("".join(_DRAW.choice(list("abcdefghijklmnop"), 6)) for _ in range(40))


def noise(seconds, level=0.1, seed=0):
    draw = np.random.default_rng(seed).normal(0, level, round(seconds * RATE_HZ))
    return Audio.of(draw.astype(np.float32))


def segment(text, start, end, *, sure=-0.2, silent=0.01, odds=0.9):
    texts = text.split()
    step = (end - start) / max(1, len(texts))
    words = tuple(
        Word(Span(start + i * step, start + (i + 1) * step), t, odds) for i, t in enumerate(texts)
    )
    return Decoded(Span(start, end), text, words, sure, silent)


def scripted(*segments, detect=None):
    """A model that says the same in every window."""
    return Transcriber(
        Engine("scripted", "1"), one_by_one(lambda samples, language: segments), detect
    )


def heard(*segments, audio=None, **kwargs):
    """What comes out of one window, heard once."""
    once = Hearing(transcribing=Transcribing(again_s=math.inf))
    model = scripted(*segments)
    return transcribe(audio or noise(10), (Span(0, 10),), model, hearing=once, **kwargs)


def texts(transcription):
    return [word.text for word in transcription.words]


def test_plain_speech_is_believed_with_its_probability():
    found = heard(segment("how are you today?", 1, 2.5))
    assert texts(found) == ["how", "are", "you", "today?"]
    assert found.words[0].probability == 0.9 and found.flags == () and found.notes == ()


def test_no_speech_means_the_model_is_not_even_asked():
    def never(samples, language):
        raise AssertionError("asked about silence")

    silent = Audio.of(np.zeros(60 * RATE_HZ, np.float32))
    spans = speech_spans(speech_probability(silent.mono, RATE_HZ))
    found = transcribe(silent, spans, Transcriber(Engine("x", "1"), one_by_one(never)))
    assert found.words == () and found.language is None


@pytest.mark.parametrize("sound", ["zeros", "hum", "hiss", "chord"])
def test_what_is_no_speech_is_not_transcribed(sound):
    time = np.arange(12 * RATE_HZ) / RATE_HZ
    sounds = {
        "zeros": 0 * time,
        "hum": 0.2 * np.sin(2 * np.pi * 50 * time) + 0.1 * np.sin(2 * np.pi * 100 * time),
        "hiss": np.random.default_rng(3).normal(0, 0.1, len(time)),
        "chord": 0.1 * np.sin(2 * np.pi * np.outer((220, 277.2, 329.6, 440), time)).sum(axis=0),
    }
    audio = Audio.of(sounds[sound].astype(np.float32))
    spans = speech_spans(speech_probability(audio.mono, RATE_HZ))
    invents = scripted(segment("Thank you so much for coming in today", 0, 3))
    assert transcribe(audio, spans, invents).words == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (segment("well so then", 1, 3, sure=math.nan), "no_probability"),
        (segment("well so then", 1, 3, silent=math.nan), "no_probability"),
        (segment("well so then", 1, 3, odds=math.nan), "no_probability"),
        (segment("well so then", 1, 3, sure=-1.5), "improbable"),
        (segment("well so then", 1, 3, sure=-1.5, silent=0.9), "model_hears_nothing"),
        (segment("I think so " * 12, 1, 9), "repeated"),
        (segment("you know what " * 4, 1, 9), "repeated"),
        (segment(BABBLE, 1, 1.4), "too_fast"),
        (segment("Thanks for watching!", 1, 3, silent=0.5), "stock_phrase"),
    ],
)
def test_what_a_model_makes_up_is_left_out_and_counted(bad, reason):
    found = heard(bad, segment("that is real", 4, 5))
    assert texts(found) == ["that", "is", "real"]
    (flag,) = found.flags
    assert flag.reason.code == f"transcriber.{reason}"
    assert flag.words == len(bad.words) and flag.span == bad.span
    (note,) = found.notes
    assert note.code == "transcriber.left_out" and note.spans == (bad.span,)
    assert note.fields["words"] == len(bad.words) and note.fields["reason"] == flag.reason


def test_the_places_where_words_were_left_out_are_named():
    improbable, late = message("transcriber.improbable"), message("transcriber.past_end")
    first, second = left_out(
        [Flag(Span(at, at + 1), improbable, 3) for at in (3700, 65.4)]
        + [Flag(Span(9, 10), late, 1)]
    )
    assert (first.fields["words"], first.fields["at_s"]) == (1, (9,))
    assert (second.fields["words"], second.fields["at_s"]) == (6, (65.4, 3700))
    assert [s.start for s in second.spans] == [65.4, 3700]
    assert "1:05, 1:01:40" in str(second) and str(improbable) in str(second)
    (many,) = left_out([Flag(Span(n, n + 1), improbable, 1) for n in range(30)])
    assert many.fields["places"] == 30 and "0:07 and 22 more" in str(many)


def test_flags_and_notes_carry_no_text():
    found = heard(segment("secretword " * 12, 1, 9), segment("Subtitles by someone", 9, 9.9))
    assert found.flags and found.notes
    assert "secretword" not in repr(found.flags) + repr(found.notes)


def test_people_do_say_no_no_no_and_thank_you():
    said = "no, no, no, no, I know, I know. Thank you."
    assert texts(heard(segment(said, 1, 5))) == said.split()
    assert texts(heard(segment("Thank you.", 1, 2))) == ["Thank", "you."]


def test_a_stock_phrase_over_near_silence_is_left_out():
    samples = np.array(noise(10).mono)
    samples[5 * RATE_HZ : 7 * RATE_HZ] *= 0.01
    found = heard(
        segment("it hurts", 1, 3), segment("Thank you.", 5.2, 6.8), audio=Audio.of(samples)
    )
    assert texts(found) == ["it", "hurts"]
    assert found.flags[0].reason.code == "transcriber.stock_phrase"


def test_words_outside_speech_and_past_the_end():
    spans = (Span(0, 3), Span(6, 10))
    cuts = windows(noise(10).mono, spans)
    assert len(cuts) == 2  # three seconds of silence are not listened to

    def decode(samples, language):
        return (segment("in here", 0.5, 1.5), segment("nobody here", 4.2, 5.6))

    once = Hearing(transcribing=Transcribing(again_s=math.inf))
    model = Transcriber(Engine("x", "1"), one_by_one(decode))
    found = transcribe(noise(10), spans, model, hearing=once)
    assert all(
        any(s.start - 0.3 <= w.span.middle <= s.end + 0.3 for s in spans) for w in found.words
    )
    assert all(word.span.end <= 10 for word in found.words)
    reasons = {flag.reason.code for flag in found.flags}
    assert reasons == {"transcriber.no_speech", "transcriber.past_end"}


def test_a_word_that_runs_past_the_end_is_cut_there():
    found = heard(Decoded(Span(9, 11), "well", (Word(Span(9.5, 10.4), "well", 0.9),), -0.1, 0.0))
    assert found.words[0].span == Span(9.5, 10)


def test_the_same_segment_again_and_again():
    again = [segment("and that is it", i, i + 1) for i in range(6)]
    found = heard(*again)
    assert len(found.words) == 8 and sum(f.words for f in found.flags) == 16


def test_mm_hm_again_and_again_is_a_listener():
    for sound in ("Mhm.", "Mm-hm."):
        assert len(heard(*[segment(sound, i, i + 0.5) for i in range(6)]).words) == 6


def test_the_language_is_judged_once():
    asked = []

    def decode(samples, language):
        asked.append(language)
        return ()

    def detect(samples):
        return {"de": 1.0} if len(samples) > 5 * RATE_HZ else {"en": 0.6, "de": 0.4}

    spans = (Span(0, 1), Span(10, 20), Span(30, 31))
    model = Transcriber(Engine("x", "1"), one_by_one(decode), detect)
    assert transcribe(noise(40), spans, model).language == "de"
    assert len(asked) >= 3 and set(asked) == {"de"}


def test_progress_and_channel():
    shares: list[float] = []
    one = np.ones(RATE_HZ * 62, np.float32)
    two = Audio.of(np.stack([0 * one, one]))
    spans = [Span(3.0 * n + 1, 3.0 * n + 2) for n in range(20)]  # fourteen fill a window
    loud = []

    def decode(samples, language):
        loud.append(float(samples.mean()))
        return ()

    model = Transcriber(Engine("x", "1"), one_by_one(decode))
    transcribe(two, spans, model, channel=1, progress=shares.append)
    assert loud == [1.0, 1.0] and shares == [0.5, 1.0]


def test_none_is_not_an_empty_transcript():
    assert transcribe(noise(1), (), "none").words is None
    with refused("transcriber.unknown"):
        transcribe(noise(1), (), "cloud")
    assert {"whisper", "faster-whisper"} <= set(TRANSCRIBERS)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(0.05, 70), st.floats(0, 9)), max_size=8))
def test_windows_hold_all_speech_and_stay_short(lengths):
    at, spans = 0.3, []
    for length, gap in lengths:
        spans.append(Span(at, at + length))
        at += length + gap
    samples = np.zeros(round((at + 0.5) * 100) * RATE_HZ // 100, np.float32)
    speech = union(spans)
    cuts = [window.span for window in windows(samples, speech)]
    assert total(cuts) >= total(speech) - 1e-3
    for cut in cuts:
        assert 0 <= cut.start < cut.end <= len(samples) / RATE_HZ + 1e-9
        assert cut.duration <= Transcribing().window_s + 1e-6
    for before, after in pairwise(cuts):
        assert before.end <= after.start + 1e-9
    assert sum(total(speech, cut) for cut in cuts) == pytest.approx(total(speech), abs=1e-3)
    for window in joined_windows(samples, speech):
        assert 0 < window.duration <= Transcribing().window_s + 1e-6
        assert len(window.sound(samples)) == pytest.approx(window.duration * RATE_HZ, abs=30)
    pieces = [piece for window in joined_windows(samples, speech) for piece in window.pieces]
    assert pieces == sorted(pieces)
    assert sum(total(speech, p) for p in pieces) == pytest.approx(total(speech), abs=1e-3)


def test_a_listeners_words_are_heard_together_and_put_back_where_they_were():
    speech = (Span(5, 5.4), Span(30, 30.4), Span(61, 62))
    (window,) = joined_windows(np.zeros(70 * RATE_HZ, np.float32), speech)
    assert window.duration == pytest.approx(3 * 1.0 + 1.8)  # half a second around each

    def decode(samples, language):
        assert len(samples) == pytest.approx(4.8 * RATE_HZ, abs=3)
        return (
            segment("yes", 0.5, 0.9),
            segment("okay", 1.3, 2.3),  # begins too early, in what is left of the pause
            segment("and then", 3.3, 4.3),
        )

    two = Audio.of(np.stack([noise(70).mono] * 2))
    model = Transcriber(Engine("x", "1"), one_by_one(decode))
    found = transcribe(two, speech, model, channel=1)
    assert texts(found) == ["yes", "okay", "and", "then"]
    for word, own in zip(found.words, (speech[0], speech[1], speech[2], speech[2]), strict=True):
        assert own.start - 0.1 <= word.span.start < word.span.end <= own.end + 0.1


# --- a supplied transcript


def test_cues_lie_along_their_own_voice():
    turns = (Turn(Span(0, 2), "A"), Turn(Span(2.5, 4), "B"), Turn(Span(4.5, 6), "A"))
    cues = (
        Cue(Span(0, 2.2), "Ann", "one two"),
        Cue(Span(2.2, 4.2), "Bob", "three four"),
        Cue(Span(4.2, 6), "Ann", "five"),
    )
    words = align(cues, turns, 6.0)
    assert [(w.text, w.voice) for w in words] == [
        ("one", "A"), ("two", "A"), ("three", "B"), ("four", "B"), ("five", "A"),
    ]  # fmt: skip
    assert words[0].span.start == 0 and words[1].span.end == pytest.approx(2)
    assert words[2].span.start == 2.5 and words[4].span == Span(4.5, 6)
    assert not any(word.doubtful for word in words)


def test_words_do_not_run_across_a_pause():
    turns = (Turn(Span(0, 1), "A"), Turn(Span(4, 5), "A"))
    words = align((Cue(Span(0, 5), None, "one two six ten"),), turns, 5.0)
    assert [w.span.end <= 1 for w in words] == [True, True, False, False]
    assert words[2].span.start == 4 and all(w.span.duration < 1 for w in words)


def test_a_label_against_the_separator_is_doubtful_but_holds():
    turns = (Turn(Span(0, 4), "A"), Turn(Span(5, 9), "B"))
    cues = (
        Cue(Span(0, 4), "Ann", "a b c d"),
        Cue(Span(5, 8), "Bob", "e f g"),
        Cue(Span(8, 9), "Ann", "mine"),
    )
    last = align(cues, turns, 9.0)[-1]
    assert (last.text, last.voice, last.doubtful) == ("mine", "A", True)


def test_a_transcript_without_times_or_past_the_end_places_nothing():
    cues = (Cue(None, "A", "hello"), Cue(Span(20, 21), "A", "late"))
    assert align(cues, (), 10.0) == ()
    assert align((), (), 10.0) == ()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 5), st.integers(0, 12)), max_size=6),
    st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 5), st.sampled_from("AB")), max_size=6),
)
def test_no_word_is_lost_or_leaves_its_cue(cues, turns):
    cues = [Cue(Span(a, a + d), None, " ".join(f"w{i}x{k}" for k in range(n)))
            for i, (a, d, n) in enumerate(cues)]  # fmt: skip
    turns = [Turn(Span(a, a + d), v) for a, d, v in turns]
    words = align(cues, turns, 100.0)
    assert sorted(w.text for w in words) == sorted(t for c in cues for t in c.text.split())
    by_text = {t: c for c in cues for t in c.text.split()}
    for word in words:
        cue = by_text[word.text]
        assert cue.span.start - 1e-6 <= word.span.start <= word.span.end <= cue.span.end + 1e-6
        assert (word.voice is None) == (not turns)


def test_words_with_their_own_times_keep_them_and_get_the_punctuation():
    own = (Word(Span(0.2, 0.4), "how"), Word(Span(1.0, 1.4), "come"))
    words = align((Cue(Span(0, 2), "A", "How come?", own),), (Turn(Span(0, 2), "A"),), 2.0)
    assert [(w.text, w.span, w.voice) for w in words] == [
        ("How", Span(0.2, 0.4), "A"),
        ("come?", Span(1.0, 1.4), "A"),
    ]


def test_speech_that_came_out_without_a_word_is_heard_once_more_by_itself():
    """A window that loops loses what is in it; shorter pieces of it do not."""
    lengths = []

    def decode(samples, language):
        seconds = len(samples) / RATE_HZ
        lengths.append(seconds)
        text = "and then and then " * 12 if seconds > 15 else "now it goes on"
        return (segment(text, 0.2, seconds - 0.2),)

    spans = (Span(0, 11), Span(11.5, 25))
    model = Transcriber(Engine("x", "1"), one_by_one(decode))
    found = transcribe(noise(25), spans, model, language="en")
    assert max(lengths) > 15 and len(lengths) > 2 and len(lengths) < 6
    assert "goes" in texts(found) and "and" not in texts(found)
    assert not any(f.reason.code == "transcriber.repeated" for f in found.flags)


def test_speech_without_words_is_told_with_its_places():
    model = Transcriber(Engine("x", "1"), one_by_one(lambda s, code: ()))
    found = transcribe(noise(20), (Span(2, 6), Span(10, 11)), model, language="en")
    (note,) = found.notes
    assert note.code == "transcriber.unheard" and note.severity == "caution"
    assert note.spans == (Span(2, 6),) and note.fields["seconds"] == 4.0


def test_windows_of_like_length_are_heard_together():
    together = []

    def decode(windows, language):
        together.append([round(len(w) / RATE_HZ) for w in windows])
        return [() for _ in windows]

    spans = (Span(0, 20), Span(30, 35), Span(40, 60), Span(70, 75))
    model = Transcriber(Engine("x", "1"), decode, at_once=2)
    once = Hearing(transcribing=Transcribing(again_s=math.inf))
    transcribe(noise(80), spans, model, language="en", hearing=once)
    assert together == [[21, 20], [6, 6]]

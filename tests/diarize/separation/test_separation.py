"""Separators: who speaks when, for two voices, one, three, none, and sound that breaks things."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.formats.table import read_rttm
from diarize.messages import Note, is_known
from diarize.recording.audio import Audio
from diarize.separation import clustering, embedding
from diarize.separation.table import SEPARATORS, separate, supplied
from diarize.settings import Voices
from diarize.timeline import Span, Turn, intersection, total, union
from tests.said import refused

PROJECT = Path(__file__).parents[3]
SAMPLES = PROJECT / "sample_audio"
DATA = PROJECT / ".." / "shared" / "data"
RATE = 16_000


def read(path: Path) -> np.ndarray:
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return sound.T if rate == RATE else soxr.resample(sound, rate, RATE).T


def truth(path: Path, until: float) -> list[Turn]:
    return [turn for turn in read_rttm(path).turns if turn.span.end < until]


def codes(found) -> list[str]:
    """The codes of a result's notes, each of which has its sentence."""
    assert all(is_known(note.code) and str(note) for note in found.notes)
    return [note.code for note in found.notes]


def spoken(turns: Iterable[Turn], voice: str) -> tuple[Span, ...]:
    return union(turn.span for turn in turns if turn.voice == voice)


def owner(turns: Iterable[Turn], truth: Iterable[Turn], voice: str) -> str:
    """The heard voice that covers most of a true one."""
    turns = list(turns)
    true = spoken(truth, voice)
    return max(
        {turn.voice for turn in turns},
        key=lambda name: total(intersection(spoken(turns, name), true)),
    )


@pytest.fixture(scope="module")
def minute() -> tuple[Audio, list[Turn]]:
    sound = read(SAMPLES / "attentive_two_channel.flac")[:, : 60 * RATE]
    return Audio.of(sound), truth(SAMPLES / "attentive_two_channel.rttm", 60)


@pytest.fixture(scope="module")
def solo() -> np.ndarray:
    """A minute of one voice: the client's channel where the therapist is silent."""
    sound = read(SAMPLES / "attentive_two_channel.flac")
    turns = truth(SAMPLES / "attentive_two_channel.rttm", 1e9)
    alone = [
        span
        for span in spoken(turns, "client")
        if not any(span.overlap(other) for other in spoken(turns, "therapist"))
    ]
    quiet = np.random.default_rng(1).normal(0, 3e-4, RATE // 2).astype(np.float32)
    mono = sound.mean(axis=0)
    parts = [mono[int(s.start * RATE) : int(s.end * RATE)] for s in alone if s.duration > 1]
    return np.concatenate([part for pair in zip(parts, [quiet] * len(parts), strict=True)
                           for part in pair])[: 60 * RATE]  # fmt: skip


@pytest.mark.parametrize(("method", "most"), [("builtin", 0.12), ("channels", 0.08)])
def test_two_voices_are_told_apart(minute, method: str, most: float) -> None:
    audio, true = minute
    found = separate(audio, method)
    assert len({turn.voice for turn in found.turns}) == 2
    for person in ("therapist", "client"):
        theirs = spoken(true, person)
        ours = spoken(found.turns, owner(found.turns, true, person))
        common = total(intersection(theirs, ours))
        assert total(theirs) - common + total(ours) - common < 2 * most * total(theirs) + 1.0
    starts = [turn.span.start for turn in found.turns]
    errors = [min(abs(t.span.start - s) for s in starts) for t in true]
    assert np.median(errors) < 0.1


def test_channels_know_their_channel_and_keep_overlap(minute) -> None:
    audio, true = minute
    found = separate(audio, "channels")
    assert found.channel_of == (("channel 1", 0), ("channel 2", 1))
    both = intersection(spoken(found.turns, "channel 1"), spoken(found.turns, "channel 2"))
    wanted = intersection(spoken(true, "therapist"), spoken(true, "client"))
    # Two hums under a sentence: they swell from nothing, and their edges lie under what leaks.
    assert total(intersection(both, wanted)) > 0.5 * total(wanted) > 0


def test_a_channel_that_only_leaks_has_no_turns(minute) -> None:
    audio, _ = minute
    voice = next(c for c in audio.samples)
    rng = np.random.default_rng(3)
    leak = np.convolve(voice, [0, 0, 0.1, 0.04])[: len(voice)]
    other = leak + rng.normal(0, 2e-4, len(voice))
    found = separate(Audio.of(np.stack([voice, other]).astype(np.float32)), "channels")
    mine, theirs = (total(spoken(found.turns, f"channel {c}")) for c in (1, 2))
    assert mine > 5 and theirs < 0.1 * mine


def test_gain_of_a_channel_changes_little(minute) -> None:
    audio, _ = minute
    plain = separate(audio, "channels")
    louder = separate(Audio.of(audio.samples * np.array([[1.0], [0.2]], np.float32)), "channels")
    for voice in ("channel 1", "channel 2"):
        a, b = spoken(plain.turns, voice), spoken(louder.turns, voice)
        assert total(intersection(a, b)) > 0.9 * max(total(a), total(b))


def test_one_channel_or_the_same_twice_is_refused(minute) -> None:
    audio, _ = minute
    with refused("separator.one_channel"):
        separate(Audio.of(audio.mono), "channels")
    twice = Audio.of(np.stack([audio.mono, -0.5 * audio.mono]))
    with refused("separator.same_channels"):
        separate(twice, "channels")


def test_one_voice_is_not_divided(solo) -> None:
    found = separate(Audio.of(solo), "builtin")
    assert {turn.voice for turn in found.turns} == {"A"}
    assert codes(found) == ["separator.one_not_two"]


def test_three_voices_are_recognised(solo) -> None:
    other = read(SAMPLES / "attentive_two_channel.flac")[0]
    turns = truth(SAMPLES / "attentive_two_channel.rttm", 1e9)
    parts = [other[int(s.start * RATE) : int(s.end * RATE)] for s in spoken(turns, "therapist")]
    therapist = np.concatenate([p for p in parts if len(p) > RATE])[: 20 * RATE]
    child = soxr.resample(solo[: 26 * RATE], RATE * 1.35, RATE).astype(np.float32)
    pieces = [solo[: 20 * RATE], therapist, child]
    order = [piece[k * RATE * 5 : (k + 1) * RATE * 5] for k in range(3) for piece in pieces]
    found = separate(Audio.of(np.concatenate(order)), "builtin")
    assert len({turn.voice for turn in found.turns}) == 3
    assert codes(found)[0] == "separator.voices" and found.notes[0].fields == {"voices": 3}


def test_a_listener_who_only_says_mm_hm_is_kept(solo) -> None:
    other = read(SAMPLES / "attentive_two_channel.flac")[0]
    turns = truth(SAMPLES / "attentive_two_channel.rttm", 1e9)
    spans = [s for s in spoken(turns, "therapist") if s.duration > 1]
    quiet = np.random.default_rng(2).normal(0, 3e-4, RATE // 3).astype(np.float32)
    parts, at, mine = [], 0.0, []
    for k in range(8):
        begin = int(spans[k].start * RATE)
        bit = other[begin : begin + 8000]
        for piece in (solo[k * 7 * RATE : (k + 1) * 7 * RATE], quiet, bit, quiet):
            if piece is bit:
                mine.append(Span(at, at + len(bit) / RATE))
            parts.append(piece)
            at += len(piece) / RATE
    found = separate(Audio.of(np.concatenate(parts)), "builtin")
    assert {turn.voice for turn in found.turns} == {"A", "B"}
    listener = spoken(found.turns, "B")
    assert total(intersection(listener, mine)) > 0.6 * total(mine)
    assert total(listener) < 1.5 * total(mine)


def test_the_number_of_people_can_be_told(solo) -> None:
    found = separate(Audio.of(solo[: 20 * RATE]), "builtin", people=2)
    assert len({turn.voice for turn in found.turns}) == 2


def sounds() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "nothing": np.zeros(0, np.float32),
        "a sample": np.ones(1, np.float32),
        "a tenth": rng.normal(0, 0.1, 1600).astype(np.float32),
        "silence": np.zeros(5 * RATE, np.float32),
        "direct current": np.full(5 * RATE, 0.5, np.float32),
        "noise": rng.normal(0, 1e-3, 5 * RATE).astype(np.float32),
        "hum": (0.3 * np.sin(np.arange(5 * RATE) * 2 * np.pi * 50 / RATE)).astype(np.float32),
        "not numbers": np.full(RATE, np.nan, np.float32),
    }


@pytest.mark.parametrize("name", list(sounds()))
def test_sound_without_speech_has_no_turns_and_says_so(name: str) -> None:
    found = separate(Audio.of(sounds()[name]), "builtin")
    assert found.turns == () and codes(found) == ["separator.no_speech"]


@pytest.mark.parametrize("name", ["silence", "noise", "a tenth", "direct current"])
def test_a_silent_channel_is_named(name: str, minute) -> None:
    audio, _ = minute
    other = np.resize(sounds()[name], audio.samples.shape[1])
    found = separate(Audio.of(np.stack([audio.samples[0], other])), "channels")
    assert {turn.voice for turn in found.turns} == {"channel 1"}
    assert found.notes == (Note("separator.silent_channel", {"channel": 2}),)


def test_loud_and_faint_sound_give_the_same_voices(minute) -> None:
    audio, _ = minute
    half = audio.mono[: 30 * RATE]
    plain, faint, loud = (
        separate(Audio.of(half * gain), "builtin").turns for gain in (1.0, 0.05, 3.0)
    )
    for other in (faint, loud):
        for voice in ("A", "B"):
            a, b = spoken(plain, voice), spoken(other, voice)
            assert total(intersection(a, b)) > 0.85 * max(total(a), total(b)) > 0


def test_blocks_leave_no_mark(minute, monkeypatch) -> None:
    audio, _ = minute
    half = Audio.of(audio.mono[: 30 * RATE])
    whole = separate(half, "builtin")
    monkeypatch.setattr(embedding, "_BLOCK_S", 7.0)
    assert separate(half, "builtin").turns == whole.turns


def test_progress_reaches_the_end(minute) -> None:
    audio, _ = minute
    told: list[float | None] = []
    separate(
        Audio.of(audio.mono[: 10 * RATE]),
        "builtin",
        progress=lambda step, share: told.append(share),
    )
    assert told and told[-1] == 1.0


def test_an_unknown_method_is_refused() -> None:
    with refused("separator.unknown", known=tuple(SEPARATORS)):
        separate(Audio.of(np.zeros(100, np.float32)), "guess")
    assert {"builtin", "pyannote", "channels"} <= set(SEPARATORS)


def test_supplied_turns_are_cut_at_the_end_and_counted() -> None:
    given_turns = [Turn(Span(1, 2), "b"), Turn(Span(0, 1.5), "a"), Turn(Span(9, 12), "a")]
    found = supplied([*given_turns, Turn(Span(11, 12), "c")], 10.0)
    assert found.turns == (
        Turn(Span(0, 1.5), "a"), Turn(Span(1, 2), "b"), Turn(Span(9, 10), "a"),
    )  # fmt: skip
    assert found.notes == (Note("separator.past_end", {"seconds": 2.0}),)
    assert codes(supplied([], 10.0)) == ["separator.none_supplied"]
    assert supplied(given_turns[:1], 10.0).notes == (
        Note("separator.voices_supplied", {"voices": 1}),
    )
    both = supplied([Turn(Span(5, 11), "b"), Turn(Span(5, 12), "a")], 10.0)
    assert [turn.voice for turn in both.turns] == ["a", "b"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 20), st.sampled_from("abc")), max_size=12))
def test_supplied_turns_stay_inside(rows) -> None:
    found = supplied([Turn(Span(a, a + n), v) for a, n, v in rows], 30.0)
    assert list(found.turns) == sorted(found.turns)
    assert all(0 <= t.span.start < t.span.end <= 30.0 for t in found.turns)


def test_the_rule_for_voices_has_margins() -> None:
    rule = Voices()
    assert rule.third_apart_cosine < rule.apart_cosine < 1.0
    assert rule.clearly_apart_cosine < rule.third_apart_cosine
    assert rule.rare_apart_deviations > rule.third_apart_deviations


def alike(count: int, cosine: float, turns: list[int]) -> embedding.Described:
    """Stretches of 1 s by voices that have a cosine in common, described by five windows each."""
    rng = np.random.default_rng(0)
    middles = np.sqrt(1 - cosine) * np.eye(count, 16)
    middles[:, -1] = np.sqrt(cosine)
    vectors = middles[np.repeat(turns, 5)] + rng.normal(0, 0.015, (5 * len(turns), 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    units = [(150 * i, 150 * i + 100) for i in range(len(turns))]
    centres = np.concatenate([np.arange(a + 10, b, 20) for a, b in units])
    silent = np.zeros(0, np.float32)
    return embedding.Described(silent, units, centres, vectors.astype(np.float32))


@pytest.mark.parametrize(
    ("count", "cosine", "stretches", "holds"),
    [
        (3, 0.70, 1, True),  # plainly others, however seldom they speak
        (3, 0.89, 2, False),  # a "hello" and a laugh are no persons
        (3, 0.89, 3, True),  # enough stretches, and the limits for a third are kept
        (3, 0.91, 9, False),  # too alike for three
        (4, 0.89, 2, False),
        (4, 0.89, 3, True),
    ],
)
def test_a_third_voice_of_a_stretch_or_two_must_be_plainly_another(
    count: int, cosine: float, stretches: int, holds: bool
) -> None:
    # Every voice speaks ten stretches of 1 s but the last, which speaks `stretches`.
    turns = [k for n in range(10) for k in range(count) if k < count - 1 or n < stretches]
    described = alike(count, cosine, turns)
    rule = Voices(least_voice_s=0.5, most_voices=count)
    labels, _ = clustering.decide(described, None, rule)
    assert (len(set(labels.tolist())) == count) is holds


@pytest.mark.skipif(not DATA.exists(), reason="development data is not here")
def test_a_telephone_conversation_of_two() -> None:
    sound = read(DATA / "diar" / "sample.wav")
    found = separate(Audio.of(sound), "builtin")
    true = truth(DATA / "diar" / "sample.rttm", 31)
    assert len({turn.voice for turn in found.turns}) == 2
    right = sum(
        total(intersection(spoken(true, p), spoken(found.turns, owner(found.turns, true, p))))
        for p in ("speaker90", "speaker91")
    )
    assert right > 0.75 * sum(turn.span.duration for turn in true)

"""The second pass: both voices marked where both speak, the same every time, and nothing else."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from diarize.models.catalogue import Weights
from diarize.recording.audio import Audio
from diarize.runtime.atomic import sha256_of
from diarize.separation import activity
from diarize.separation import builtin as voices
from diarize.separation import overlap as resegment
from diarize.separation.best_path import best_path
from diarize.separation.table import separate
from diarize.timeline import intersection, total
from tests.diarize.separation.test_separation import RATE, SAMPLES, owner, read, spoken, truth
from tests.said import refused
from training.overlap import two_voices

PERSONS = ("therapist", "client")


@pytest.fixture(scope="module")
def shown() -> resegment.Evidence:
    """Two minutes of a sample session, gone through once."""
    samples = read(SAMPLES / "attentive.flac").mean(axis=0)[: 120 * RATE]
    speech = activity.speech_probability(samples, RATE)
    known = two_voices(samples, activity.speech_spans(speech), speech)
    return resegment.evidence(resegment.listen(samples, len(known.labels)), known)


def test_changed_weights_are_refused(shown, tmp_path) -> None:
    changed = bytearray(resegment.WEIGHTS.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed.npz").write_bytes(changed)
    weights = Weights("built-in", "x", tmp_path / "changed.npz", resegment.WEIGHTS_SHA256)
    with refused("separator.second_pass_changed", file="changed.npz"):
        resegment.posterior(shown, weights)


def test_other_weights_are_taken_where_they_are_given(shown, tmp_path) -> None:
    """What a benchmark hands in is used; with weights of nothing every state is as likely."""
    with np.load(resegment.WEIGHTS) as held:
        np.savez(tmp_path / "flat.npz", **{name: held[name] * 0 for name in held.files})
    flat = Weights("built-in", "flat", tmp_path / "flat.npz", sha256_of(tmp_path / "flat.npz"))
    np.testing.assert_allclose(resegment.posterior(shown, flat), 0.25, atol=1e-6)


def test_chances_are_chances_and_the_same_every_time(shown) -> None:
    chances = resegment.posterior(shown)
    assert chances.shape == (len(shown.known.labels), resegment.STATES)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(chances, resegment.posterior(shown))


def test_blocks_leave_no_mark(shown, monkeypatch) -> None:
    samples = read(SAMPLES / "attentive.flac").mean(axis=0)[: 120 * RATE]
    count = len(shown.known.labels)
    whole = resegment.posterior(shown)
    monkeypatch.setattr(resegment, "_BLOCK", 700)
    heard = resegment.listen(samples, count)
    np.testing.assert_allclose(heard.mel, shown.heard.mel, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(heard.periods, shown.heard.periods, atol=1e-4)
    np.testing.assert_allclose(resegment.posterior(shown), whole, atol=1e-4)


def test_either_voice_may_come_first(shown) -> None:
    known = shown.known
    mirrored = resegment.FirstPass(
        np.where(known.labels < 0, -1, 1 - known.labels),
        known.speech,
        known.cosines[:, ::-1].copy(),
        known.likeness,
    )
    other = resegment.evidence(shown.heard, mirrored)
    rows, steady = resegment.swapped(shown.rows(0, 2000), shown.steady)
    np.testing.assert_allclose(other.rows(0, 2000), rows, atol=1e-3)
    np.testing.assert_allclose(other.steady, steady, atol=1e-4)
    plain, back = resegment.posterior(shown), resegment.posterior(other)[:, [0, 2, 1, 3]]
    np.testing.assert_allclose(back, plain, atol=1e-3)


def test_silence_and_one_frame_are_heard_without_a_complaint() -> None:
    for n, count in ((RATE, 51), (0, 1)):
        heard = resegment.listen(np.zeros(n, np.float32), count)
        nobody = np.full(count, -1)
        known = resegment.FirstPass(
            nobody, np.zeros(count, np.float32), np.zeros((count, 2), np.float32), 1.0
        )
        shown = resegment.evidence(heard, known)
        assert np.isfinite(shown.rows(0, count)).all()
        chances = resegment.posterior(shown)
        assert np.isfinite(chances).all()
        assert not resegment.settle(chances, np.zeros(count, bool)).any()


def test_a_long_recording_needs_little_memory(shown) -> None:
    """Evidence of every frame is never held at once: an hour of it would be 37 MB and more."""

    def most(times: int) -> float:
        heard = resegment.Heard(
            np.tile(shown.heard.mel, (times, 1)), np.tile(shown.heard.periods, (times, 1))
        )
        known = resegment.FirstPass(
            np.tile(shown.known.labels, times),
            np.tile(shown.known.speech, times),
            np.tile(shown.known.cosines, (times, 1)),
            shown.known.likeness,
        )
        tracemalloc.start()
        chances = resegment.posterior(resegment.evidence(heard, known))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(chances) == len(known.labels)
        return float(peak - chances.nbytes)

    hour = most(30)
    assert hour < 60e6
    assert hour - most(10) < 12e6  # of the 40 minutes more, 25 MB would be held


def test_the_best_path_is_the_best_of_all_paths() -> None:
    rng = np.random.default_rng(3)
    for states in (2, 3):
        scores, costs = rng.normal(size=(7, states)), rng.uniform(0.0, 1.5, 7)

        def worth(path, scores=scores, costs=costs):
            own = scores[np.arange(7), path].sum()
            return own - costs[1:][np.diff(path) != 0].sum()

        every = np.stack(np.meshgrid(*[np.arange(states)] * 7), axis=-1).reshape(-1, 7)
        best = max(every, key=worth)
        np.testing.assert_array_equal(best_path(scores, costs), best)
    assert len(best_path(np.zeros((0, 3)), np.zeros(0))) == 0


def test_overlap_is_marked_where_two_speak() -> None:
    """Of words that are broken into; an "mm-hm" hummed under a sentence is no overlap to it."""
    found = separate(Audio.of(read(SAMPLES / "hurried.flac").mean(axis=0)), "builtin").turns
    true = truth(SAMPLES / "hurried.rttm", 1e9)
    both = intersection(spoken(found, "A"), spoken(found, "B"))
    wanted = intersection(*(spoken(true, person) for person in PERSONS))
    hit = total(intersection(both, wanted))
    assert hit > 0.8 * total(both)
    assert hit > 0.65 * total(wanted)


def test_backchannels_over_the_others_speech_are_heard() -> None:
    """At least half of each, given to the voice that said it, inside the other's turn."""
    found = separate(Audio.of(read(SAMPLES / "attentive.flac").mean(axis=0)), "builtin").turns
    true = truth(SAMPLES / "attentive.rttm", 1e9)
    heard = {p: spoken(found, owner(found, true, p)) for p in PERSONS}
    counted = recalled = 0
    for turn in true:
        (other,) = (p for p in PERSONS if p != turn.voice)
        if turn.span.duration > 1.0 or not total(intersection([turn.span], spoken(true, other))):
            continue
        counted += 1
        recalled += total(intersection([turn.span], heard[turn.voice])) > turn.span.duration / 2
    assert counted >= 10
    assert recalled >= 0.5 * counted


def test_one_voice_never_speaks_over_itself(shown) -> None:
    """Two turns of one voice do not overlap, and pauses stay pauses."""
    samples = read(SAMPLES / "hurried.flac").mean(axis=0)[: 60 * RATE]
    speech = activity.speech_probability(samples, RATE)
    spans = activity.speech_spans(speech)
    turns, _ = voices.tell_apart(samples, spans, probability=speech)
    for voice in ("A", "B"):
        own = [turn.span for turn in turns if turn.voice == voice]
        assert all(a.end < b.start for a, b in pairwise(own))
    pauses = [(a.end, b.start) for a, b in pairwise(spans)]
    assert all(
        not any(t.span.start < start and t.span.end > end for t in turns) for start, end in pauses
    )

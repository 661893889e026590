import json
import math
from collections import Counter
from pathlib import Path

import pytest

from diarize.conversation import Conversation
from prosody.analysis import Analysis
from prosody.cues import table as cues
from prosody.features.frames import Frames
from prosody.settings import Settings

ROOT = Path(__file__).parents[3]
PROMISED_TEXT = """
talk.share talk.time pace.articulation_rate pace.speech_rate pace.words_per_minute
pace.pause_ratio turns.count turns.median_length turns.longest turns.response_latency
turns.overlap_rate turns.backchannel_rate turns.silence_tolerance voice.pitch_median
voice.pitch_range voice.level voice.softness voice.steadiness warmth.index match.language_style
"""
PROMISED = PROMISED_TEXT.split()


def test_names_are_unique_and_the_promised_ones_are_there() -> None:
    names = [cue.name for cue in cues.CUES]
    assert max(Counter(names).values()) == 1
    assert set(PROMISED) <= set(names)
    assert all(cue.meaning.endswith((".", ")")) and len(cue.meaning) > 30 for cue in cues.CUES)


def test_every_cue_of_every_role_is_measured_or_says_why(conversation, frames) -> None:
    found = cues.measure_all(Analysis(conversation, frames, Settings()))
    assert len(found) == sum(len(cue.roles) for cue in cues.CUES)
    units = {cue.name: cue.unit for cue in cues.CUES}
    for measure in found:
        assert measure.unit == units[measure.cue]
        if measure.value is None:
            assert measure.reason and not measure.reliable
        else:
            assert math.isfinite(measure.value)


def test_a_recording_no_longer_than_a_window_has_no_course(conversation, frames) -> None:
    for series in cues.course(Analysis(conversation, frames, Settings())):
        assert series.start_s == () and series.value == ()


def test_values_by_utterance_are_finite_and_known(conversation, frames) -> None:
    found = cues.values_by_utterance(Analysis(conversation, frames, Settings()))
    assert set(found) == {u.index for u in conversation.utterances}
    names = {cue.name for cue in cues.CUES} | {"turns.length"}
    assert any(found.values())
    for values in found.values():
        assert set(values) <= names
        assert all(math.isfinite(value) for value in values.values())


def test_the_cue_reference_is_current() -> None:
    written = (ROOT / "docs" / "cues.md").read_text(encoding="utf-8")
    assert written == cues.reference(), "run: python -m prosody.cues.table"


@pytest.fixture(scope="module")
def samples() -> dict[str, tuple[Conversation, Frames]]:
    from benchmarks.shared.corpora import SAMPLES
    from benchmarks.validity import measured, read, woven

    found = {}
    for stem in ("attentive", "hurried"):
        truth = json.loads((SAMPLES / f"{stem}.json").read_text(encoding="utf-8"))
        conversation = woven(truth, None, 0)
        heard = measured(read(SAMPLES / f"{stem}.flac"))
        found[stem] = conversation, heard
    return found


def test_the_hurried_sample_is_faster_and_louder(samples) -> None:
    for name in ("pace.articulation_rate", "voice.level", "voice.level_to_client"):
        cue = next(cue for cue in cues.CUES if cue.name == name)
        value = {
            stem: cue.measure(Analysis(*sample), "therapist", sample[0].whole).value
            for stem, sample in samples.items()
        }
        assert value["hurried"] > value["attentive"], name


def test_the_course_covers_the_session_with_the_windows_of_the_settings(samples) -> None:
    conversation, heard = samples["attentive"]
    series = {
        s.cue: s
        for s in cues.course(Analysis(conversation, heard, Settings()))
        if s.role != "client"
    }
    index = series["warmth.index"]
    step = {b - a for a, b in zip(index.start_s, index.start_s[1:], strict=False)}
    assert step == {Settings().course.hop_s}
    assert index.start_s[-1] + Settings().course.window_s >= conversation.duration
    assert sum(value is not None for value in index.value) >= len(index.value) / 2
    parts = [series[f"warmth.{c.name}"].value for c in Settings().warmth.components]
    for i, value in enumerate(index.value):
        if value is not None:
            known = [part[i] for part in parts if part[i] is not None]
            assert value == pytest.approx(50 + sum(known), abs=1e-9)

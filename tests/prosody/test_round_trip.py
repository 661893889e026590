"""What is exported and supplied again changes no measure beyond rounding.

A microphone per person says who overlaps whom. From one microphone the cues of a supplied
transcript say so, and an export's cues are whole turns, which bridge their pauses: there overlap
still moves by some tenths of a second a minute.
"""

from datetime import date
from pathlib import Path

import pytest
import soundfile

from diarize.recording import consent
from diarize.recording.consent import admit
from prosody.engines import plan
from prosody.options import Asked
from prosody.pipeline import analyse
from prosody.render.export import write

SAMPLES = Path(__file__).parents[2] / "sample_audio"
ONE, EACH = "attentive", "attentive_two_channel"
SECONDS = 75


def report(path, asked):
    planned = plan(asked)
    return analyse(
        admit(path),
        separate=planned.separate,
        transcribe=planned.transcribe,
        given=planned.supplied,
        asked=asked,
    ).report


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """The beginning of a session, with one microphone and with one for each person."""
    place = tmp_path_factory.mktemp("round")
    for name in (ONE, EACH):
        source = SAMPLES / f"{name}.flac"
        sound, rate = soundfile.read(source, frames=SECONDS * 16_000, dtype="float32")
        soundfile.write(place / f"{name}.wav", sound, rate)
        consent.grant(place / f"{name}.wav", by="test-1", scopes=consent.SCOPES, today=date.today())
    return place


@pytest.fixture(scope="module")
def each(recordings):
    asked = Asked(separator="channels", transcript=SAMPLES / f"{EACH}.vtt")
    return report(recordings / f"{EACH}.wav", asked)


@pytest.mark.parametrize("ending", [".vtt", ".srt", ".TextGrid", ".eaf", ".csv", ".json"])
def test_an_export_supplied_again_changes_no_measure(recordings, each, tmp_path, ending):
    out = tmp_path / f"export{ending}"
    write(each, tmp_path, out)
    again = report(recordings / f"{EACH}.wav", Asked(separator="channels", transcript=out))
    unmoved(each, again)


def test_speakers_supplied_again_change_no_measure(recordings, tmp_path):
    """A stretch in whole milliseconds may have a frame more of the voice, or one less."""
    path, words = recordings / f"{ONE}.wav", SAMPLES / f"{ONE}.vtt"
    first = report(path, Asked(separator="builtin", transcript=words))
    write(first, tmp_path, tmp_path / "export.rttm")
    again = report(path, Asked(speakers=tmp_path / "export.rttm", transcript=words))
    unmoved(first, again, voice=0.02)


def unmoved(first, again, voice=2e-3):
    assert sum(m.value is not None for m in first.measures) > 20
    for was, now in zip(first.measures, again.measures, strict=True):
        assert (was.cue, was.role) == (now.cue, now.role)
        # Formats hold whole milliseconds, and a share of a minute moves by no more than that.
        most = voice if was.cue.startswith(("voice.", "warmth.")) else 2e-3
        same = was.value if was.value is None else pytest.approx(was.value, rel=most, abs=most)
        assert now.value == same, (was.cue, was.role)
    assert again.agreement.labels_agree > 0.95 and again.agreement.offset_s == 0.0

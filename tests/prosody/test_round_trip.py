"""What is exported and supplied again changes no measure beyond rounding."""

from pathlib import Path

import pytest
import soundfile

from diarize.recording.consent import admit
from prosody.engines import plan
from prosody.options import Asked
from prosody.pipeline import analyse
from prosody.render.export import write

SAMPLES = Path(__file__).parents[2] / "sample_audio"
WORDS = SAMPLES / "attentive.vtt"


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
def session(tmp_path_factory):
    from datetime import date

    from diarize.recording import consent

    sound, rate = soundfile.read(SAMPLES / "attentive.flac", frames=75 * 16_000, dtype="float32")
    path = tmp_path_factory.mktemp("round") / "recording.wav"
    soundfile.write(path, sound, rate)
    consent.grant(path, by="test-1", scopes=consent.SCOPES, today=date.today())
    return path, report(path, Asked(separator="builtin", transcript=WORDS))


@pytest.mark.parametrize("ending", [".rttm", ".vtt", ".srt", ".TextGrid", ".eaf", ".csv", ".json"])
def test_an_export_supplied_again_changes_no_measure(session, tmp_path, ending):
    path, first = session
    out = tmp_path / f"export{ending}"
    write(first, tmp_path, out)
    wordless = ending == ".rttm"
    asked = (
        Asked(speakers=out, transcript=WORDS)
        if wordless
        else Asked(separator="builtin", transcript=out)
    )
    again = report(path, asked)
    assert sum(m.value is not None for m in first.measures) > 20
    for was, now in zip(first.measures, again.measures, strict=True):
        assert (was.cue, was.role) == (now.cue, now.role)
        # Formats hold whole milliseconds, and a share of a minute moves by no more than that.
        same = was.value if was.value is None else pytest.approx(was.value, rel=2e-3, abs=2e-3)
        assert now.value == same, (was.cue, was.role)
    assert again.agreement.labels_agree > 0.95 and again.agreement.offset_s == 0.0

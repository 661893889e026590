"""What is exported and supplied again changes no measure beyond rounding.

An export says where in its turns speech is, each format in its own way: whole turns would bridge
their pauses, in which the other speaks.
"""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import soundfile

from diarize.formats.table import readable, writable
from diarize.recording import consent
from diarize.recording.admission import admit
from diarize.separation.persons import judged as judge
from diarize.separation.table import apart as tell_apart
from prosody import engines, pipeline
from prosody.engines import plan
from prosody.options import Asked
from prosody.pipeline import analyse
from prosody.render.export import write
from prosody.store import kinds
from prosody.store.requests import Request
from tests.prosody.conftest import replay
from tests.said import codes

SAMPLES = Path(__file__).parents[2] / "sample_audio"
ONE, EACH = "attentive", "attentive_two_channel"
SECONDS = 60
WORDED = [ending for ending in (*writable(), ".json") if ending in readable()]


@pytest.fixture(scope="module", autouse=True)
def heard_once():
    """What is heard in a sound alone is heard once: every export comes back to the same two."""
    judgements: dict[object, Any] = {}
    voices: dict[object, Any] = {}

    def judged(audio, hearing):
        same = (sha256(audio.samples.tobytes()).digest(), audio.channels, hearing)
        if same not in judgements:
            judgements[same] = judge(audio, hearing)
        return judgements[same]

    def apart(row, task):
        same = (row, task.audio, task.people)
        if same not in voices:
            voices[same] = tell_apart(row, task)
        return voices[same]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "judged", judged)
        patch.setattr(engines, "apart", apart)
        yield


def session(path, asked):
    planned = plan(asked)
    return analyse(
        admit(path),
        separate=planned.separate,
        transcribe=planned.transcribe,
        given=planned.supplied,
        asked=asked,
    )


def report(path, asked):
    return session(path, asked).report


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


SEPARATORS = {ONE: "builtin", EACH: "channels"}


@pytest.fixture(scope="module")
def heard(recordings):
    """Both as they were first analysed, with the transcript of the whole session."""
    return {
        name: report(
            recordings / f"{name}.wav",
            Asked(separator=separator, transcript=SAMPLES / f"{name}.vtt"),
        )
        for name, separator in SEPARATORS.items()
    }


@pytest.mark.parametrize("name", SEPARATORS)
@pytest.mark.parametrize("ending", WORDED)
def test_an_export_supplied_again_changes_no_measure(recordings, heard, tmp_path, name, ending):
    out = tmp_path / f"export{ending}"
    write(heard[name], tmp_path, out)
    asked = Asked(separator=SEPARATORS[name], transcript=out)
    unmoved(heard[name], report(recordings / f"{name}.wav", asked))


@pytest.mark.parametrize("name", SEPARATORS)
@pytest.mark.parametrize("ending", [*writable(), ".json"])
def test_speakers_supplied_again_change_no_measure(recordings, heard, tmp_path, name, ending):
    """Of a session whose words are not kept, an export still says who speaks when."""
    first, out = heard[name], tmp_path / f"export{ending}"
    talk = first.conversation
    bare = talk.without_texts({})
    write(replace(first, conversation=bare), tmp_path, out)
    asked = Asked(speakers=out, transcript=SAMPLES / f"{name}.vtt")
    unmoved(first, report(recordings / f"{name}.wav", asked))


@pytest.fixture(scope="module")
def mended(recordings):
    """The session after a person gave a turn's last words, and a short turn, to the other voice."""
    asked = Asked(separator="builtin", transcript=SAMPLES / f"{ONE}.vtt")
    first = session(recordings / f"{ONE}.wav", asked)
    rows, now = [], first.report
    for index, what in ((1, {"words": "18-22"}), (-1, {}), (0, {"text": "Good to see you."})):
        turn = now.turns[index]
        whose = {} if "text" in what else {"voice": {"A": "B", "B": "A"}[turn.voice]}
        rows += kinds.made(now, Request(turn=turn.index, **what, **whose), by="sup-1")
        now = replay(first.report, first.frames, rows, fresh=len(rows) - 1)
    return replace(now, recording=first.report.recording)


@pytest.mark.parametrize("ending", WORDED)
def test_what_a_person_corrected_survives_an_export_and_a_new_analysis(
    recordings, heard, mended, tmp_path, ending
):
    write(mended, tmp_path, out := tmp_path / f"export{ending}")
    again = report(recordings / f"{ONE}.wav", Asked(separator="builtin", transcript=out))
    unmoved(mended, again)
    moved = [m.value for m in heard[ONE].measures] != [m.value for m in mended.measures]
    assert moved and "separator.voices_from_transcript" in codes(again.notes)


def unmoved(first, again, most=2e-3):
    assert sum(m.value is not None for m in first.measures) > 20
    for was, now in zip(first.measures, again.measures, strict=True):
        assert (was.cue, was.role) == (now.cue, now.role)
        # Formats hold whole milliseconds, and a share of a minute moves by no more than that.
        same = was.value if was.value is None else pytest.approx(was.value, rel=most, abs=most)
        assert now.value == same, (was.cue, was.role)
    assert again.agreement.labels_agree > 0.95 and again.agreement.offset_s == 0.0

"""An analysis beside the page: it is followed, answers once, and can be ended."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from prosody.batch import beside
from prosody.batch.beside import Beside
from prosody.store.library import Library
from tests.conftest import PATIENCE_S


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "quiet.wav"
    soundfile.write(path, np.zeros(16_000 * 20, np.float32), 16_000)
    return path


def job(recording: Path, **more: Any) -> dict[str, Any]:
    library = str(recording.parent / "library")
    return {"recording": str(recording), "library": library, "values": {}, "labels": {}} | {
        "force": False,
        **more,
    }


def answered(going: Beside) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while going.answer is None and time.monotonic() < end:
        time.sleep(0.05)
    assert going.answer is not None
    return going.answer


def test_without_a_consent_nothing_is_analysed_and_no_file_is_named(recording: Path) -> None:
    told = answered(Beside(job(recording)))
    assert told["code"] == "consent.missing"
    assert "quiet" not in told["reason"]
    assert not Library(recording.parent / "library").begun


def test_a_consent_written_with_the_job_is_kept_beside_the_recording(recording: Path) -> None:
    said = {"by": "c-7", "scopes": ["analyse"], "expires_on": "2999-01-01"}
    given = {"transcriber": "none", "separator": "builtin"}
    going = Beside(job(recording, consent=said, values=given))
    told = answered(going)
    assert told.get("fresh") is True or told["code"] != "consent.missing"
    assert recording.with_name("quiet.wav.consent.json").is_file()
    assert going.stage != "stage.starting", "it said what it was doing"


def test_what_is_stopped_adds_nothing_and_says_so(recording: Path) -> None:
    said = {"by": "c-7", "scopes": ["analyse"], "expires_on": "2999-01-01"}
    going = Beside(job(recording, consent=said))
    going.stop()
    assert answered(going)["code"] == "batch.stopped"
    library = Library(recording.parent / "library")
    assert not library.begun or library.sessions() == ()


def test_a_stop_reaches_what_was_begun_with_ctrl_c_switched_off(recording: Path) -> None:
    """As of a dashboard that was started with ``nohup`` or in the background."""
    said = {"by": "c-7", "scopes": ["analyse"], "expires_on": "2999-01-01"}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        going = Beside(job(recording, consent=said))
    finally:
        signal.signal(signal.SIGINT, before)
    while going.stage == "stage.starting" and going.answer is None:
        time.sleep(0.01)
    going.stop()
    assert answered(going)["code"] == "batch.stopped"


def test_what_is_stopped_before_it_has_read_its_job_says_so_too(recording: Path) -> None:
    going = Beside(job(recording, more_than_a_pipe_holds="x" * 4_000_000))
    going.stop()
    assert answered(going)["code"] == "batch.stopped"


def test_a_process_that_dies_is_an_answer(recording: Path) -> None:
    going = Beside(job(recording, values="no mapping at all"))
    assert answered(going)["code"] in {"batch.died", "batch.fault"}


def test_a_line_that_is_no_answer_ends_nothing(monkeypatch):
    script = """print('42'); print('a word'); print('["a"]'); print('{"code": "a.code"}')"""
    monkeypatch.setattr(
        beside,
        "begun",
        lambda module: subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ),
    )
    assert Beside({}).wait() == {"code": "a.code"}

"""Nothing leaves: commands work where there is no network, and try none; children included."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from functools import cache

import pytest
import soundfile
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from diarize.models.packages import SEGMENTATION, WHISPER, packaged_weights
from diarize.recording import consent
from diarize.runtime.program import program
from prosody.render.export import BROWSERS
from prosody.report.model import ConsentFacts
from tests.conftest import PATIENCE_S, ROOT, SAMPLES
from tests.consents import told
from tests.dashboard.conftest import audio_file as audio_file
from tests.dashboard.conftest import saved_library as saved_library
from tests.dashboard.conftest import shelf as shelf

ASKED = re.compile(r"AF_INET6?, sin6?_port=htons\((\d+)\), (?:sin_addr=inet_addr\(\"([^\"]+)\"\))?")
CALLS = "trace=connect,sendto,sendmsg,sendmmsg"
PLAIN = ["strace", "-f", "-qq", "-e", CALLS, "-o"]  # what a browser starts under
NO_ROUTE = ["unshare", "--user", "--map-root-user", "--net"]


@cache
def traced():
    """What runs a command under a trace of system calls, without a network where that may be."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return None
    if subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode:
        return None
    apart = (
        shutil.which("unshare")
        and not subprocess.run([*NO_ROUTE, "true"], capture_output=True).returncode
    )
    # Stopped at these calls alone, where this strace can: the others cost as much as they do.
    alone = ["strace", "--seccomp-bpf", "-f", "-qq"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        alone.remove("--seccomp-bpf")
    return [*(NO_ROUTE if apart else ()), *alone, "-e", CALLS, "-o"]


pytestmark = pytest.mark.skipif(traced() is None, reason="strace cannot be used here")


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "in" / "r.flac"
    path.parent.mkdir()
    sound, rate = soundfile.read(SAMPLES / "hurried.flac", frames=8 * 16_000)
    soundfile.write(path, sound, rate)
    consent.grant(path, by="synthetic", scopes=consent.SCOPES)
    return path


def tried(tmp_path, *arguments, weights="off", status=0, under=()):
    """Run a command, and give every address of another machine that it or a child asked for."""
    log = tmp_path / "calls"
    command = [*(under or traced()), str(log), sys.executable, "-m", "prosody"]
    command += map(str, arguments)
    known = {**os.environ, "PYTHONPATH": str(ROOT), "PROSODY_PACKAGED_WEIGHTS": weights}
    known.pop("HF_HUB_OFFLINE", None)  # nobody's setting is what keeps the door shut
    known.pop("PYANNOTE_METRICS_ENABLED", None)
    done = subprocess.run(command, env=known, capture_output=True, text=True, timeout=400)
    assert done.returncode == status, done.stderr[-800:]
    return elsewhere(log)


def elsewhere(log, *, here=()):
    text = log.read_text("utf-8", "replace")
    return [line for line in text.splitlines() if "AF_INET" in line and not _here(line, here)]


def _here(line, here):
    found = ASKED.search(line)
    return bool(found) and found[2] in here


def test_a_trace_sees_what_is_asked_for(tmp_path):
    ask = "import socket; s = socket.socket(); s.connect_ex(('192.0.2.1', 9))"
    command = [*traced(), str(tmp_path / "calls"), sys.executable, "-c"]
    boot = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ask!r}])"
    subprocess.run([*command, boot], timeout=60, capture_output=True)
    assert len(elsewhere(tmp_path / "calls")) == 1, "of a child too"


def test_an_analysis_without_a_model_asks_nobody(recording, tmp_path):
    asked = ["analyze", recording, "--library", tmp_path / "l", "--quiet"]
    assert tried(tmp_path, *asked, "--transcriber", "none") == []


def test_an_analysis_with_whisper_and_pyannote_asks_nobody(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("PROSODY_PACKAGED_WEIGHTS", "on")  # which tests otherwise shut
    if packaged_weights(WHISPER) is None or packaged_weights(SEGMENTATION) is None:
        pytest.skip("the packages with weights are not installed")
    asked = ["analyze", recording, "--library", tmp_path / "l", "--quiet"]
    assert tried(tmp_path, *asked, "--separator", "pyannote", weights="on") == []


def test_a_batch_asks_nobody(recording, tmp_path):
    asked = ["batch", recording.parent, "--library", tmp_path / "l", "--quiet"]
    assert tried(tmp_path, *asked, "--transcriber", "none", "--jobs", "2") == []


@pytest.mark.parametrize("arguments", [("doctor",), ("models", "status"), ("list",)])
def test_looking_at_the_machine_asks_nobody(tmp_path, arguments):
    library = ["--library", tmp_path / "l"] if arguments == ("list",) else []
    assert tried(tmp_path, *arguments, *library) == []


def test_a_page_that_a_browser_prints_asks_nobody_and_keeps_nothing(shelf, tmp_path, monkeypatch):
    if program(*BROWSERS) is None:
        pytest.skip("no Chromium here")
    kept = [tmp_path / name for name in ("config", "cache")]
    for place, name in zip(kept, ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"), strict=True):
        place.mkdir()
        monkeypatch.setenv(name, str(place))
    told(shelf.report(consent=ConsentFacts(consent.SCOPES, "2999-01-01")))
    made = tmp_path / "made.png"
    asked = ["export", "s-one", "--library", shelf.folder, "--to", made]
    assert tried(tmp_path, *asked) == []
    assert made.stat().st_size > 1000
    assert [found for place in kept for found in place.iterdir()] == []


def written(port, cookie, page, query):
    """Have a page written as a browser does, over a socket; what the server sends for it."""
    here = f"127.0.0.1:{port}"
    asked, sent = BackMsg(), b""
    asked.rerun_script.page_name, asked.rerun_script.query_string = page, query
    with connect(
        f"ws://{here}/_stcore/stream",
        origin=Origin(f"http://{here}"),
        additional_headers={"cookie": cookie},
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    ) as line:
        line.send(asked.SerializeToString())
        while True:
            sent += (part := line.recv(timeout=PATIENCE_S, decode=False))
            if ForwardMsg.FromString(part).WhichOneof("type") == "script_finished":
                return sent


def test_the_dashboard_and_its_pages_ask_nobody(shelf, tmp_path):
    log = tmp_path / "calls"
    command = [*PLAIN, str(log), sys.executable, "-m", "dashboard"]
    running = subprocess.Popen(
        [*command, "--no-browser", "--library", str(shelf.folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        found = re.search(r"http://127\.0\.0\.1:(\d+)(/\S*)", running.stdout.readline())
        line = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
        line.request("GET", found[2])
        opened = line.getresponse()
        opened.read()
        cookie = opened.headers["set-cookie"].split(";")[0]
        for path in ("/", "/session?id=s-one", "/_stcore/host-config"):
            line.request("GET", path, headers={"cookie": cookie})
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200
        for page, query, shown in (("", "", b"s-one"), ("session", "id=s-one", b"/session-audio/")):
            assert shown in written(int(found[1]), cookie, page, query), "the page itself ran"
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    assert elsewhere(log, here=("127.0.0.1",)) == []

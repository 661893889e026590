"""What programs are started with: no code and no setting of the folder a person is in."""

import json
import os
import subprocess
import sys

import pytest

from diarize.runtime.program import own_program, program
from tests.conftest import ROOT

STRANGERS = ("click", "numpy", "soundfile", "json", "streamlit", "cattrs", "sitecustomize")
HOSTILE = {
    "PYTHONPATH": ".",
    "PYTHONSTARTUP": "x.py",
    "PYTHONINSPECT": "",
    "LD_LIBRARY_PATH": "/nowhere/of/ours",
    "NUMBA_CACHE_DIR": "/nowhere/of/ours",
    "TORCH_HOME": "/nowhere/of/ours",
    "HF_ENDPOINT": "http://evil.example",
    "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
    "MPLCONFIGDIR": "/nowhere/of/ours",
    "FFREPORT": "file=report.log",
    "GIT_DIR": "/nowhere/of/ours",
}


@pytest.fixture
def received(tmp_path):
    """A folder of received files, some of which are called like what programs import."""
    for name in STRANGERS:
        text = "import pathlib; pathlib.Path(__file__).with_name('RUN').write_text(__name__)\n"
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def test_a_program_of_ours_runs_nothing_of_the_folder_it_is_started_in(received):
    command, environment = own_program("prosody")
    done = subprocess.run(
        [*command, "list", "--library", str(received / "l")],
        cwd=received,
        env={**environment, "PYTHONPATH": "."},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (received / "RUN").exists()


@pytest.mark.parametrize("module", ["prosody", "dashboard"])
def test_nor_does_a_module_started_by_hand_there(received, module):
    (received / "sitecustomize.py").unlink()  # Python's own, before any program of ours
    (received / "json.py").unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, cwd=received, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert not (received / "RUN").exists()


def test_variables_that_load_code_or_name_servers_reach_no_program(monkeypatch):
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PROSODY_MODELS", "kept")
    _, environment = own_program("prosody")
    assert not set(HOSTILE) & set(environment)
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert environment["PROSODY_MODELS"] == "kept" and environment["PATH"] == os.environ["PATH"]


def test_a_process_that_settles_drops_them_and_keeps_files_and_memory_to_itself(tmp_path):
    show = (
        "import json, os, resource; from diarize.runtime.program import settle;"
        "os.umask(0); settle();"
        "open('made', 'w').close(); os.makedirs('a/b');"
        "print(json.dumps([sorted(os.environ), os.stat('made').st_mode & 0o777,"
        " os.stat('a').st_mode & 0o777, resource.getrlimit(resource.RLIMIT_CORE)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", show],
        cwd=tmp_path,
        env={**os.environ, **HOSTILE, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    names, file, folder, core = json.loads(done.stdout)
    assert not set(HOSTILE) & set(names)
    assert (file, folder, core) == (0o600, 0o700, [0, 0])


def made(place, mode=0o755):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh\n")
    place.chmod(mode)
    return place


def test_another_program_is_taken_by_an_absolute_path_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "tool")
    found = made(tmp_path / "bin" / "tool")
    for path in ("", ".", f".{os.pathsep}bin"):
        assert program("tool", stated={"PATH": path}) is None
    assert program("tool", stated={"PATH": f".{os.pathsep}{found.parent}"}) == found


def test_one_that_everybody_could_have_put_there_is_not_run(tmp_path):
    found = made(tmp_path / "bin" / "tool", 0o777)
    said = {"PATH": str(found.parent)}
    assert program("tool", stated=said) is None
    found.chmod(0o755)
    assert program("tool", stated=said) == found
    found.parent.chmod(0o777)
    assert program("tool", stated=said) is None
    found.parent.chmod(0o755)


def test_where_modes_say_nothing_of_who_may_write_a_program_is_found_all_the_same(
    tmp_path, monkeypatch
):
    found = made(tmp_path / "bin" / "tool", 0o777)  # as every file on Windows
    monkeypatch.delattr(os, "geteuid")
    assert program("tool", stated={"PATH": str(found.parent)}) == found


def test_a_stated_path_is_the_only_place_that_is_looked_at(tmp_path):
    found, other = made(tmp_path / "bin" / "tool"), made(tmp_path / "own" / "tool")
    said = {"PATH": str(found.parent), "PROSODY_TOOL": str(other)}
    assert program("tool", stated=said) == other
    assert program("tool", stated={**said, "PROSODY_TOOL": str(tmp_path / "none")}) is None
    assert program("tool", stated={**said, "PROSODY_TOOL": "own/tool"}) is None


@pytest.mark.skipif(os.name != "posix", reason="a program there is not a script of a shell")
def test_nothing_is_searched_for_where_a_person_is_or_where_everybody_may_write(
    tmp_path, monkeypatch
):
    """A library that asks what machine this is would run a received file called ``uname``."""
    (tmp_path / "uname").write_text(f"#!/bin/sh\ntouch '{tmp_path}/RUN'\n")
    (tmp_path / "uname").chmod(0o700)
    everybodys = tmp_path / "everybodys"
    everybodys.mkdir()
    everybodys.chmod(0o777)
    monkeypatch.chdir(tmp_path)
    searched = ["", ".", "..", str(everybodys), os.defpath]
    monkeypatch.setenv("PATH", os.pathsep.join(searched))
    asks = "import subprocess; subprocess.run(['uname', '-p'])"
    boot = f"from diarize.runtime.program import settle; settle(); {asks}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", boot], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "RUN").exists()
    assert own_program("prosody")[1]["PATH"] == os.defpath

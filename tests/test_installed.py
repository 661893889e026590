"""The names we import are other people's projects on the package index: they must be ours."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["diarize", "prosody", "dashboard"])
def test_each_import_is_ours(name):
    found = Path(importlib.import_module(name).__file__).resolve()
    assert found.parent == ROOT / name


def test_the_distribution_has_a_name_of_its_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] not in {"prosody", "diarize", "dashboard"}
    assert project["scripts"] == {"prosody": "prosody.cli.commands:main"}


def test_importing_the_commands_loads_nothing_heavy():
    program = (
        "import sys, prosody.cli.commands, prosody.pipeline, dashboard; "
        "prosody.cli.commands.cli.main(['--help'], standalone_mode=False); "
        "print([m for m in ('torch', 'librosa', 'whisper', 'pyannote.audio', 'streamlit', 'scipy')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_locked_package_has_a_hash_and_torch_has_both_builds():
    for name in ("requirements.txt", "requirements-torch.txt", "requirements-cuda.txt"):
        text = (ROOT / name).read_text("utf-8")
        blocks = [b for b in text.replace("\\\n", " ").splitlines() if "==" in b]
        assert blocks
        assert all("--hash=sha256:" in block for block in blocks)
    torch = (ROOT / "requirements-torch.txt").read_text("utf-8")
    assert torch.count("torch==2.13.0") == 1
    assert torch.count("--hash") > 20


def test_nothing_that_uploads_sound_is_installed_with_us():
    locked = (ROOT / "requirements.txt").read_text("utf-8")
    assert "pyannoteai" not in locked

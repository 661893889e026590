"""The names we import are other people's projects on the package index: they must be ours."""

import ast
import importlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.dashboard.browsing import SPARED

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["diarize", "prosody", "dashboard"])
def test_each_import_is_ours(name):
    found = Path(importlib.import_module(name).__file__).resolve()
    assert found.parent == ROOT / name


def test_the_distribution_has_a_name_of_its_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] not in {"prosody", "diarize", "dashboard"}
    assert project["scripts"] == {"prosody": "prosody.cli.commands:main"}


def test_what_lies_beside_the_code_is_installed_with_it():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    taken = {
        file
        for package, patterns in data["package-data"].items()
        for pattern in patterns
        for file in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    kinds = ("*.toml", "*.npz", "*.html", "*.css", "*.js", "*.json")
    ours = [ROOT / name for name in ("diarize", "prosody")]
    lie = {file for folder in ours for kind in kinds for file in folder.rglob(kind)}
    lie |= set((ROOT / "dashboard" / "static").iterdir())
    assert len(lie) > 100
    assert lie - taken == set()


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


def test_the_core_needs_no_engine_and_says_what_hearing_a_recording_does(tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    engines = {re.split(r"[<>=]", line)[0] for line in project["optional-dependencies"]["engines"]}
    core = {re.split(r"[<>=]", line)[0] for line in project["dependencies"]}
    assert "torch" in engines and not engines & core
    # Neither imported nor found, as where they are not installed.
    blocked = (
        "import sys, importlib.util as u; names = {}; sys.modules.update(dict.fromkeys(names)); "
        "find = u.find_spec; u.find_spec = lambda n, *a: None if n in names else find(n, *a);"
    )
    hearing = ("torch", "torchaudio", "whisper", "pyannote", "silero_vad")
    names = (*hearing, "librosa", "numba", "sklearn", "huggingface_hub")
    program = blocked.format(names) + (
        "import dashboard.pages.session_page, prosody.findings, prosody.render.html, "
        "prosody.store.corrections, diarize.formats.table, prosody.cli.commands as c; "
        "c.main()"
    )

    def run(*words):
        command = [sys.executable, "-c", program, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    library = tmp_path / "library"
    listed = run("list", "--library", library)
    assert listed.returncode == 0, listed.stderr
    sample = ROOT / "sample_audio" / "half_way.flac"
    for words in (
        ("analyze", sample, "--library", library),
        ("check", sample),
        ("frames", sample, "--to", tmp_path / "frames.csv"),
        ("models", "fetch", "pyannote"),
        ("batch", sample.parent, "--library", library),
    ):
        asked = run(*words)
        assert asked.returncode == 2 and "[engines]" in asked.stderr.splitlines()[-1], words
        assert "Traceback" not in asked.stderr
    assert not library.exists()  # what is refused leaves none
    examined = run("doctor", "--json")
    assert examined.returncode in (0, 3)
    found = {row["what"]: row for row in map(json.loads, examined.stdout.splitlines())}
    for what in ("separators", "transcribers"):  # nothing is ready where nothing hears
        assert (found[what]["state"], found[what]["code"]) == ("optional", "doctor.no_engines")
    for what in ("separators", "transcribers", "pyannote.audio loads"):
        assert "[engines]" in found[what]["mend"]


def test_every_locked_package_has_a_hash_and_torch_has_both_builds():
    for part in ("", "-torch", "-cuda", "-light", "-build"):
        text = (ROOT / f"requirements{part}.txt").read_text("utf-8")
        blocks = [b for b in text.replace("\\\n", " ").splitlines() if "==" in b]
        assert blocks
        assert all("--hash=sha256:" in block for block in blocks)
    torch = (ROOT / "requirements-torch.txt").read_text("utf-8")
    assert torch.count("torch==2.13.0") == 1
    assert torch.count("--hash") > 20


def test_the_lightest_installation_is_the_core_of_the_other_without_what_no_page_uses():
    def locked(part):
        lines = (ROOT / f"requirements{part}.txt").read_text("utf-8").splitlines()
        return {line.partition(" ")[0] for line in lines if "==" in line}

    light = locked("-light")
    assert light < locked("")
    names = {plain(line.partition("==")[0]) for line in light}
    assert not names & {*SPARED, "torch", "numba", "librosa"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {plain(re.split(r"[<>=]", line)[0]) for line in project["dependencies"]} <= names


FIXED = "install -qq --no-deps --require-hashes --no-build-isolation"
# Stands for Python: it makes an environment that holds itself, and does nothing else.
IDLE = """#!/bin/sh
case "$*" in
  --version) echo "Python 3.11.0" ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  *"%s"*) echo "what pip said" >&2; exit 3 ;;
esac
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize(
    ("target", "folder", "steps"), [("env", ".venv", 6), ("light", ".light", 3)]
)
def test_an_installation_says_each_step_in_one_line_and_nothing_else(
    tmp_path, target, folder, steps
):
    for name in ("Makefile", "pyproject.toml", *(p.name for p in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "diarize" / "models").mkdir(parents=True)
    (tmp_path / "diarize" / "models" / "requirements-weights.txt").touch()
    idle = tmp_path / "idle"

    def make(failing):
        shutil.rmtree(tmp_path / folder, ignore_errors=True)
        idle.write_text(IDLE % failing, "utf-8")
        idle.chmod(0o700)
        command = ["make", "-C", str(tmp_path), "--no-print-directory", target, f"PYTHON={idle}"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = make("no such word")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in said[:-1]] == [
        f"{n} of {steps}" for n in range(1, steps + 1)
    ]
    assert said[-1] == f"Ready: {folder}/bin/prosody"
    failed = make("-r requirements")
    assert failed.returncode != 0 and "what pip said" in failed.stderr
    assert "Ready" not in failed.stdout and not (tmp_path / folder / ".ready").exists()


def test_pip_fetches_nothing_that_has_no_hash():
    asked = [
        line
        for line in (ROOT / "Makefile").read_text("utf-8").replace("$(FIXED)", FIXED).splitlines()
        if re.search(r"\bpip install\b", line)
    ]
    assert len(asked) >= 5
    for line in asked:
        # What builds a source package would be fetched without a hash, and run.
        assert "--no-build-isolation" in line and "--no-deps" in line, line
        assert "--require-hashes" in line or "--no-index" in line, line
        assert "-P -m pip" in line or line.startswith("FIXED"), line
    locked = (ROOT / "requirements-build.txt").read_text("utf-8").splitlines()[1:]
    assert "\n".join(locked) in (ROOT / "requirements.txt").read_text("utf-8")
    assert locked[0].startswith("setuptools==")


def test_what_builds_is_there_before_what_is_built():
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    for made in ("requirements.txt", "requirements-light.txt", "-r $<"):
        own = [n for n, line in enumerate(lines) if line.startswith("\t") and made in line]
        for at in own:
            if "$(LOCKED)" in lines[at] or "$(FIXED)" in lines[at]:
                before = lines[:at] + lines[at].split(made)[:1]
                since = max(n for n, line in enumerate(before) if line and not line[0].isspace())
                assert any("-r requirements-build.txt" in line for line in before[since:]), made


def test_nothing_that_uploads_sound_is_installed_with_us():
    locked = (ROOT / "requirements.txt").read_text("utf-8")
    assert "pyannoteai" not in locked


SPEAKERS = "sample_audio/speak.py"  # runs in the voices' environment, which has its own list


def imported(folder):
    """Give the top-level names that a package's modules import, wherever they do."""
    for file in folder.rglob("*.py"):
        if "node_modules" in file.parts or file == ROOT / SPEAKERS:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("packages", "more"),
    [
        (("diarize", "prosody", "dashboard"), ()),
        (("benchmarks", "sample_audio", "tests", "training"), ("dev",)),
    ],
)
def test_everything_imported_is_declared(packages, more):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    there = ("engines", "fast", "voices", "parquet", "keyring", "cluster", "figures", *more)
    used = (extras[name] for name in there)
    wanted = [*project["dependencies"], *(line for extra in used for line in extra)]
    declared = {plain(re.split(r"[<>=!~;\[ ]", line)[0]) for line in wanted}
    providers = importlib.metadata.packages_distributions()
    ours = {"diarize", "prosody", "dashboard", "benchmarks", "sample_audio", "tests", "training"}
    names = {name for package in packages for name in imported(ROOT / package)}
    readers = {"parselmouth", "pysubs2", "srt"}  # in their own environment (make readers)
    foreign = names - ours - readers - set(sys.stdlib_module_names)
    assert {"numpy", "torch", "click"} <= foreign
    undeclared = {
        name
        for name in foreign
        if not declared & {plain(dist) for dist in providers.get(name, [name])}
    }
    assert undeclared == set()


def plain(name):
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_help_answers_at_once_and_loads_nothing_it_does_not_need():
    program = (
        "import sys, time; from prosody.cli.commands import cli; "
        "cli.main(['--help'], standalone_mode=False); "
        "print(time.process_time(), [m for m in ('numpy', 'pandas', 'jinja2', 'rich', "
        "'prosody.settings') if m in sys.modules])"
    )
    taken = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        )
        seconds, _, loaded = done.stdout.splitlines()[-1].partition(" ")
        assert loaded == "[]"
        taken.append(float(seconds))
    assert min(taken) < 0.3

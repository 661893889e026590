"""The browser's code: what is committed is what its sources give, and its own tests pass."""

import hashlib
import re
import shutil
import subprocess

import pytest

from tests.conftest import ROOT

CLIENT = ROOT / "dashboard" / "client"
STATIC = ROOT / "dashboard" / "static"


def digest() -> str:
    found = hashlib.sha256()
    for file in sorted((CLIENT / "src").iterdir()):
        found.update(f"{file.name}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


@pytest.mark.parametrize(
    "name", ["room", "tables", "figure", "sessions", "agenda", "coding", "said"]
)
def test_a_bundle_is_built_from_the_sources_beside_it(name: str) -> None:
    first = (STATIC / f"{name}.js").read_text("utf-8").partition("\n")[0]
    built = re.search(r"sha256 ([0-9a-f]{64})", first)
    assert built is not None
    assert built[1] == digest(), "run: make client"


def test_its_own_checks_pass() -> None:
    if shutil.which("npm") is None or not (CLIENT / "node_modules").is_dir():
        pytest.skip("the browser code's tools are not installed; run: make client")
    done = subprocess.run(["npm", "run", "check"], cwd=CLIENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_module_answers_one_question() -> None:
    lines = {f.name: f.read_text("utf-8").count("\n") for f in (CLIENT / "src").iterdir()}
    assert {name for name, n in lines.items() if n > 400} == set()

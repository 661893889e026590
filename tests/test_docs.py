"""Modules and files that documents name are there."""

import importlib.util
import re

import pytest

from tests.conftest import ROOT

PACKAGES = "diarize|prosody|dashboard|benchmarks|sample_audio|training"
PATH = re.compile(rf"(?<![\w/.])(?:{PACKAGES}|tests)/[\w/]+\.(?:py|toml|npz)\b")
DOTTED = re.compile(rf"`(?:python -m )?((?:{PACKAGES})(?:\.\w+)+)(?=[`( ])")
DOCUMENTS = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
)


def is_there(name):
    """Whether a dotted name is a module, or something in one."""
    for n in range(name.count(".") + 1, 0, -1):
        module = ".".join(name.split(".")[:n])
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found:
            value = importlib.import_module(module)
            for part in name.split(".")[n:]:
                value = getattr(value, part, None)
            return value is not None
    return False


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_module_a_document_names_is_there(file):
    text = file.read_text("utf-8")
    # Benchmarks name tests by their place under tests/.
    paths = [
        p for p in PATH.findall(text) if not any((r / p).is_file() for r in (ROOT, ROOT / "tests"))
    ]
    names = [name for name in DOTTED.findall(text) if not is_there(name)]
    assert (paths, names) == ([], [])


def test_a_name_that_is_not_there_is_seen():
    assert is_there("diarize.turns") and is_there("diarize.word_traits.CUE_WORDS")
    assert not is_there("diarize.floor") and not is_there("diarize.turns.NO_SUCH")
    assert DOTTED.findall("only `diarize.floor.X` here") == ["diarize.floor.X"]
    assert PATH.findall("(`prosody/moments.py`)") == ["prosody/moments.py"]

"""What somebody else may have written is read, or refused in one line, whatever stands in it.

More of the same, for as long as one likes: ``python -m benchmarks.fuzz``.
"""

from pathlib import Path

import pytest

from benchmarks.fuzz import OTHER_SOUNDS, targets
from benchmarks.shared.fuzzing import tried

SEED = 69
# those that open a whole library each time take longer, and are tried less often
SLOW = {"older session", "database", "database bytes", "voice", "models"}
SLOW |= {f"sound {ending}" for ending in (".flac", ".ogg", *OTHER_SOUNDS)}


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    work = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(work / "data"))
        (work / "data").mkdir()
        yield work, targets(work)


@pytest.fixture(autouse=True)
def registered(every, monkeypatch, nobodys_register):
    monkeypatch.setenv("XDG_DATA_HOME", str(every[0] / "data"))


@pytest.mark.slow
@pytest.mark.parametrize("name", targets(Path()))
def test_files_changed_at_random_are_read_or_refused(every, name):
    work, known = every
    rounds = 6 if name in SLOW or name.startswith("edited") else 40
    found = list(tried(name, known[name], work / name, iter(range(SEED, SEED + rounds))))
    assert len(found) == rounds and not [one for one in found if one]

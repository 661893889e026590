"""Loops on disk: of two processes at once, nobody runs what the other kept."""

import os
import subprocess
import sys

import numba
import pytest
from numba.core.caching import IndexDataCacheFile

from diarize.runtime.compiling import keep_apart
from tests.conftest import ROOT


def another(folder, stamp="today"):
    return IndexDataCacheFile(str(folder), "loop", stamp)


def before(folder):
    """A process that read the index before another wrote to it, and goes on from there."""
    made = another(folder)
    seen = made._load_index()
    made._load_index = lambda: dict(seen)
    return made


@pytest.fixture(autouse=True)
def apart():
    keep_apart()


def test_what_is_kept_is_found_again(tmp_path):
    another(tmp_path).save("of floats", 1)
    another(tmp_path).save("of doubles", 2)
    assert another(tmp_path).load("of floats") == 1
    assert another(tmp_path).load("of doubles") == 2


def test_two_that_keep_at_once_never_write_into_the_same_file(tmp_path):
    late = before(tmp_path)
    another(tmp_path).save("of floats", 1)
    reader = before(tmp_path)
    late.save("of doubles", 2)
    assert reader.load("of floats") == 1
    assert another(tmp_path).load("of doubles") == 2


def test_a_new_index_does_not_lead_to_what_an_older_version_left(tmp_path):
    another(tmp_path, "yesterday").save("of floats", 1)
    killed = another(tmp_path, "today")
    killed._save_data = lambda name, data: None  # the index is written, the loop not yet
    killed.save("of floats", 2)
    assert another(tmp_path, "today").load("of floats") is None


def test_loops_of_ours_have_other_names_in_every_process_s_place(tmp_path, monkeypatch):
    from prosody.features import kernels

    def twice(value):
        return 2 * value

    names = []
    for place in ("one", "other"):
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / place))
        assert kernels.compiled(twice)(21) == 42
        names += [path.name for path in (tmp_path / place).rglob("*.nbc")]
    assert len(set(names)) == 2


@pytest.mark.parametrize("said", ["cache_dir: received", "[not, settings]"])
def test_no_file_of_the_folder_a_person_is_in_says_where_loops_are_read(tmp_path, said):
    (tmp_path / ".numba_config.yaml").write_text(said)
    show = (
        "from diarize.runtime.program import settle; settle(); import numba;"
        "numba.core.config.reload_config(); print(numba.config.CACHE_DIR)"
    )
    done = subprocess.run(
        [sys.executable, "-c", show],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")

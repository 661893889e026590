"""A file is there whole or as it was."""

import os
import stat

import pytest

from diarize.errors import Refused
from diarize.runtime.atomic import write_whole


@pytest.mark.parametrize("what", [b"new", "new", lambda file: file.write(b"new")])
def test_text_bytes_and_functions_are_written(tmp_path, what):
    path = tmp_path / "a"
    write_whole(path, what)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("no")])
def test_what_fails_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fill(file):
        file.write(b"half")
        raise error

    with pytest.raises((Refused, RuntimeError), match="No space|no"):
        write_whole(path, fill)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_missing_folder_is_said_in_one_line(tmp_path):
    with pytest.raises(Refused, match="cannot be written") as refusal:
        write_whole(tmp_path / "nowhere" / "a", b"x")
    assert os.linesep not in str(refusal.value)

"""A file is there whole or as it was."""

import os
import stat

import pytest

from diarize.errors import Refused
from diarize.runtime.atomic import open_regular, sha256_of, write_whole
from tests.said import refused


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

    with pytest.raises((Refused, RuntimeError)) as caught:
        write_whole(path, fill)
    if isinstance(error, OSError):
        assert isinstance(caught.value, Refused)
        assert caught.value.message.fields == {"file": str(path), "why": "No space left on device"}
    else:
        assert caught.value is error, "a fault of ours is not made a refusal"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_missing_folder_is_said_in_one_line(tmp_path):
    with refused("disk.cannot_write"):
        write_whole(tmp_path / "nowhere" / "a", b"x")


@pytest.mark.parametrize("use", [open_regular, sha256_of])
def test_only_regular_files_are_opened(tmp_path, use):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with refused("disk.not_regular"):
            use(place)
    with refused("disk.missing"):
        use(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"abc")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"abc"
    assert sha256_of(tmp_path / "file").startswith("ba7816bf8f01cfea")

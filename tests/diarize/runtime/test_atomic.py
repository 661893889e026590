"""A file is there whole or as it was."""

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from diarize.runtime.atomic import make_durable, open_regular, open_unlinked, sha256_of, write_whole
from tests.said import refused


@pytest.mark.parametrize("what", [b"new", "new", lambda file: file.write(b"new")])
def test_text_bytes_and_functions_are_written(tmp_path, what):
    path = tmp_path / "a"
    write_whole(path, what)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


FULL = "No space left on device"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, FULL), refused("disk.cannot_write", why=FULL)),
        (RuntimeError("no"), pytest.raises(RuntimeError, match="^no$")),  # ours: no refusal
    ],
)
def test_what_fails_leaves_the_old_file(tmp_path, error, told):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fill(file):
        file.write(b"half")
        raise error

    with told:
        write_whole(path, fill)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_file_that_the_disk_does_not_confirm_is_said_to_be_there(tmp_path, monkeypatch):
    sync = os.fsync

    def of_files_alone(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "no answer")
        sync(handle)

    monkeypatch.setattr("os.fsync", of_files_alone)
    with refused("disk.unconfirmed", why="no answer"):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_missing_folder_is_said_in_one_line(tmp_path):
    with refused("disk.cannot_write"):
        write_whole(tmp_path / "nowhere" / "a", b"x")


@pytest.mark.parametrize("use", [open_regular, sha256_of])
def test_only_regular_files_are_opened(tmp_path, use):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/zero")):
        with refused("disk.not_regular"):
            use(place)
    with refused("disk.folder", file=str(tmp_path)):
        use(tmp_path)
    with refused("disk.missing"):
        use(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"abc")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"abc"
    assert sha256_of(tmp_path / "file").startswith("ba7816bf8f01cfea")


@pytest.mark.skipif(sys.platform != "linux", reason="no file is there that fails when it is read")
def test_a_read_that_fails_is_said_whoever_reads():
    failing = Path("/proc/self/mem")
    for way in (lambda f: f.read(9), lambda f: f.read(), lambda f: f.readline()):
        with refused("disk.unreadable", file=str(failing)), open_regular(failing) as file:
            way(file)
    with refused("disk.unreadable", file=str(failing)):
        sha256_of(failing)


def test_a_file_of_any_length_without_content_is_not_hashed(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    with refused("disk.too_large"):
        sha256_of(tmp_path / "sparse")
    with refused("disk.too_large"):
        sha256_of(tmp_path / "sparse", most_bytes=10)


@pytest.mark.parametrize("system", ["refuses links itself", "follows them"])
def test_a_link_is_not_followed_whatever_the_system_does(tmp_path, monkeypatch, system):
    if system == "follows them":
        monkeypatch.delattr(os, "O_NOFOLLOW")
    (tmp_path / "other").write_bytes(b"another's")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    (tmp_path / "nowhere").symlink_to(tmp_path / "made")
    for name in ("link", "nowhere"):
        with pytest.raises(OSError):
            open_unlinked(tmp_path / name, os.O_CREAT | os.O_RDWR)
    assert not (tmp_path / "made").exists()
    os.close(open_unlinked(tmp_path / "new", os.O_CREAT | os.O_RDWR))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_where_a_folder_cannot_be_opened_a_file_is_written_all_the_same(tmp_path, monkeypatch):
    real = os.open

    def opened(path, *given, **more):
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *given, **more)

    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(PermissionError):
        make_durable(tmp_path)
    monkeypatch.delattr(os, "O_DIRECTORY")
    make_durable(tmp_path)
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"

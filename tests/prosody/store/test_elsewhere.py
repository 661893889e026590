"""A library on a machine where an open file stays where it is: nothing takes its place or name.

That is how Windows is: an open file can be neither renamed, replaced nor taken away, a rename
replaces nothing, a folder cannot be opened, and no link is refused by the system itself.
"""

import os
import stat
from pathlib import Path

import pytest

from diarize.runtime.atomic import write_whole
from prosody.batch import tables
from prosody.report.codec import to_json
from prosody.store import written
from prosody.store.backups import back_up, bring_back, check
from prosody.store.encrypting import encrypt
from prosody.store.library import Library
from prosody.store.written import COMMENTS, Written
from tests.prosody.conftest import keep
from tests.prosody.store.test_encrypting import passphrase, said, save  # noqa: F401
from tests.prosody.store.test_library import ENTRY
from tests.said import refused

HANDLES = Path("/proc/self/fd")
pytestmark = pytest.mark.skipif(not HANDLES.is_dir(), reason="what is open is not told here")


def in_use(path):
    """Whether this process has a file open, or one in a folder."""
    try:
        inner = [p for p in (Path(path), *Path(path).rglob("*")) if not p.is_symlink()]
        wanted = {(p.stat().st_dev, p.stat().st_ino) for p in inner if p.is_file()}
    except OSError:
        return False
    for handle in HANDLES.iterdir():
        try:
            found = handle.stat()
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and (found.st_dev, found.st_ino) in wanted:
            return True
    return False


def firm(real, name):
    """Make of a function of `os` one that touches no open file."""

    def does(*paths, **more):
        folder = more.get("dir_fd")
        for path in paths:
            place = path if folder is None else f"{HANDLES}/{folder}/{os.fspath(path)}"
            if in_use(place):
                raise PermissionError(13, "The file is in use", str(path))
        if name == "rename" and os.path.lexists(paths[1]):
            raise FileExistsError(17, "File exists", str(paths[1]))
        if name == "replace" and Path(paths[1]).is_dir():
            raise PermissionError(13, "Permission denied", str(paths[1]))
        return real(*paths, **more)

    return does


@pytest.fixture
def firmly(monkeypatch):
    """A machine whose open files stay where they are."""
    for name in ("rename", "replace", "unlink", "remove"):
        monkeypatch.setattr(os, name, firm(getattr(os, name), name))
    real = os.open

    def opened(path, *given, **more):
        if "dir_fd" not in more and Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *given, **more)

    monkeypatch.setattr(os, "open", opened)
    for name in ("O_NOFOLLOW", "O_DIRECTORY"):
        monkeypatch.delattr(os, name)


@pytest.mark.usefixtures("firmly")
def test_an_open_file_is_neither_replaced_nor_taken_away(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with (tmp_path / "a").open("rb"):
        with refused("disk.cannot_write"):
            write_whole(tmp_path / "a", b"new")
        with pytest.raises(PermissionError):
            (tmp_path / "a").unlink()
        assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.usefixtures("firmly")
def test_a_library_lives_its_whole_life(tmp_path, said, frames, passphrase):  # noqa: F811
    folder = tmp_path / "library"
    for _ in range(2):  # the second replaces the first
        save(folder, said, frames)
    library = Library(folder)
    written.put(library, "s-1", COMMENTS, [Written("question", 12.5, {"text": "one"}, "sup-1")])
    for _ in range(2):
        tables.write(library, tmp_path / "tables", formats=("csv",))
    assert "s-1" in (tmp_path / "tables" / "sessions.csv").read_text("utf-8")
    encrypt(library)
    assert back_up(library, tmp_path / "backup") == 1
    bring_back(Library(tmp_path / "again"), tmp_path / "backup")
    for each in (folder, tmp_path / "again"):
        assert to_json(Library(each).load("s-1")) == to_json(said)
        assert list(check(Library(each))) == []
    assert library.forget("s-1")
    with Library(tmp_path / "again").locked():  # what is forgotten goes from every copy
        pass
    assert not [home for home in tmp_path.glob("*/s-1") if home.parent.name != "backup"]


@pytest.mark.usefixtures("firmly")
def test_a_writer_may_put_another_file_in_the_place_of_the_one_it_was_given(tmp_path, report):
    def write(to):
        write_whole(to, b"frames")

    keep(tmp_path, ENTRY, report, write)
    assert (tmp_path / "s-1" / "frames.npz").read_bytes() == b"frames"


@pytest.mark.usefixtures("firmly")
def test_what_waits_for_an_open_file_is_finished_once_it_is_closed(tmp_path, said, frames):  # noqa: F811
    save(tmp_path, said, frames)
    library = Library(tmp_path)
    with (tmp_path / "s-1" / "audio.flac").open("rb"), refused("library.not_placed"):
        save(tmp_path, said, frames)
    with library.locked():
        pass
    assert to_json(library.load("s-1")) == to_json(said) and list(check(library)) == []
    with (tmp_path / "s-1" / "audio.flac").open("rb"):
        with refused("library.not_erased"):
            library.forget("s-1")
        with refused("library.no_session"):  # it is gone for everybody, and its files wait
            library.load("s-1")
    with library.locked():
        pass
    assert not (tmp_path / "s-1").exists()

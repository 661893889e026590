"""The table of licences has every locked package, and what the package says of itself."""

import re
from importlib.metadata import PackageNotFoundError, distributions, version
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.conftest import ROOT

NOWHERE_HERE = {"httpx2-jsfetch"}  # for Python within a browser, where this does not run


@pytest.fixture
def writer(monkeypatch):
    """What writes the table."""
    monkeypatch.chdir(ROOT)
    named = spec_from_file_location("licences_of_packages", ROOT / ".ci" / "licences.py")
    assert named is not None and named.loader is not None
    held = module_from_spec(named)
    named.loader.exec_module(held)
    return held


def test_every_locked_package_has_its_row_with_what_it_says(writer):
    text = (ROOT / "docs" / "licences.md").read_text("utf-8")
    rows = re.findall(r"^\| (\S+) \| (\d\S*) \| (.+) \|$", text, re.MULTILINE)
    table = {(name, locked): said for name, locked, said in rows}
    assert table.keys() == {row for row in writer.packages() if row[0] not in NOWHERE_HERE}
    compared = 0
    for (name, locked), said in table.items():
        try:
            there = version(name).partition("+")[0]  # a build of torch has its name behind it
        except PackageNotFoundError:
            continue
        if there == locked:
            compared += 1
            assert said == writer.licence(name), name
    assert compared
    assert text.startswith(writer.HEAD)


# Libraries under the LGPL that wheels bring with them, by how their files are called.
LESSER = {"libquadmath": "libquadmath", "libsndfile": "libsndfile", "soxr_ext": "libsoxr"}
LESSER |= {"libmp3lame": "LAME", "libmpg123": "mpg123", "libavcodec": "ffmpeg's libraries"}


def test_lesser_libraries_inside_wheels_are_named():
    files = {p.name for one in distributions() for p in one.files or () if ".so" in p.name}
    files |= {p.name for one in distributions() for p in one.files or () if p.suffix == ".dylib"}
    there = {told for called, told in LESSER.items() if any(f.startswith(called) for f in files)}
    assert {"libsndfile", "libsoxr"} <= there
    for page in (ROOT / "NOTICE", ROOT / "docs" / "licences.md"):
        text = page.read_text("utf-8")
        assert [told for told in sorted(there) if told not in text] == []

"""The table of licences has every locked package, and what the package says of itself."""

import re
from importlib.metadata import PackageNotFoundError, version
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

"""Codes and packs from the command line."""

import os
import stat
import zipfile

import pytest
from click.testing import CliRunner

from diarize.messages import message
from prosody.cli.commands import cli
from prosody.settings import Intervals
from prosody.store import codings
from tests.prosody.store.test_sharing import kept, sound
from tests.said import refused


@pytest.fixture
def library(tmp_path, report, frames):
    return kept(tmp_path / "library", report, frames, sound())


def run(library, *arguments):
    told = [*map(str, arguments), "--library", str(library.folder)]
    done = CliRunner().invoke(cli, told, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_codes_are_imported_and_compared_once_two_are_done(library, tmp_path):
    for name, codes in (("r-1", "0,question_open\n2,reflection\n"), ("r-2", "0,question_open\n")):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"turn,codes\n{codes}")
        shown = run(library, "codes", "s-1", "--from", path, "--by", name)
        assert str(message("codes.taken", n=codes.count("\n"), of=3)) in shown
        assert str(message("codes.unfinished", by=name)) in shown
        assert not any(c.done for c in codings.read(library, "s-1") if c.by == name)
        shown = run(library, "codes", "s-1", "--done", "--by", name)
        # Three turns are too few for intervals, and no line says that they stand there.
        few = message("agreement.few", n=3, least=Intervals().least_choices)
        both = str(message("codes.plain_pair", one="r-1", other="r-2", why=few))
        assert (both in shown) == (name == "r-2")
        program = str(message("codes.the_program"))
        assert str(message("codes.plain_pair", one=name, other=program, why=few)) in shown
    assert [c.by for c in codings.read(library, "s-1")] == ["r-1", "r-2"]
    assert both in run(library, "codes", "s-1")


def test_a_pack_is_written_with_the_clips_that_are_named(library, tmp_path):
    target = tmp_path / "out.zip"
    shown = run(library, "share", "s-1", "--to", target, "--clip", "0:13-0:16", "--by", "sup-1")
    with zipfile.ZipFile(target) as pack:
        assert {"report.html", "clips.html", "clips/01.flac"} <= set(pack.namelist())
    assert str(message("share.look")) in shown and "Anna" not in shown


def test_a_pack_and_what_is_in_it_are_private_whatever_the_umask(library, tmp_path):
    target = tmp_path / "open" / "out.zip"
    old = os.umask(0)
    try:
        target.parent.mkdir()
        target.touch()
        run(library, "share", "s-1", "--to", target, "--clip", "0:13-0:16", "--by", "sup-1")
    finally:
        os.umask(old)
    assert stat.filemode(target.stat().st_mode) == "-rw-------"
    with zipfile.ZipFile(target) as pack:
        modes = {row.filename: row.external_attr >> 16 & 0o777 for row in pack.infolist()}
    assert modes.pop("clips/") == 0o700  # unpacking makes a folder that is not told by the mask
    assert "clips/01.flac" in modes and set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--to", "out.html"), "share.not_zip"),
        (("--to", "out.zip", "--clip", "abc"), "share.no_span"),
        (("--to", "out.zip", "--clip", "0:20-0:10"), "share.no_span"),
        (("--to", "out.zip", "--clip", f"0-{'9' * 400}"), "share.no_span"),
        (("--to", "out.zip", "--by", "Anna Smith"), "command.not_a_code"),
    ],
)
def test_what_cannot_be_shared_is_said_in_a_line(library, tmp_path, options, code):
    with refused(code):
        run(library, "share", "s-1", options[0], tmp_path / options[1], *options[2:])
    assert not list(tmp_path.glob("out.*"))

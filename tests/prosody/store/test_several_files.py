"""A session in several files: every source is recorded, and every consent counts to the end."""

import json
import shutil
from dataclasses import replace

import pytest
import soundfile
from click.testing import CliRunner
from sqlalchemy import insert

from diarize.recording import consent, register, wholes
from diarize.recording.register import GRANTED, WITHDRAWN, Event
from prosody.batch.manifest import jobs_of
from prosody.cli.commands import cli
from prosody.store import consented, parts
from prosody.store.library import Library
from prosody.store.schema import parts as parts_table
from tests.conftest import SAMPLES, tone
from tests.consents import withdrawn
from tests.prosody.store.test_clocks import EVERYTHING, elsewhere
from tests.prosody.store.test_erasing import ENTRY, bytes_with, said, save
from tests.said import refused

__all__ = ["said"]  # a fixture

FILES = ("ab" * 32, "12" * 32)
WHOLE = wholes.hash_of(FILES, parallel=False)


def run(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)


def test_two_parts_are_one_session_until_one_consent_is_withdrawn(tmp_path):
    samples, rate = soundfile.read(SAMPLES / "attentive.flac", stop=40 * 16_000)
    paths = []
    for number, part in enumerate((samples[: 25 * rate], samples[25 * rate :])):
        paths.append(tmp_path / f"ZOOM000{number}.wav")
        soundfile.write(paths[-1], part, rate)
        consent.grant(paths[-1], by=f"c-{number}", scopes=consent.SCOPES[: 3 - number])
    library = tmp_path / "library"
    asked = ["--library", library, "--transcriber", "none", "--separator", "builtin"]
    report = json.loads(run("analyze", *paths, *asked, "--json", "--quiet").stdout)

    assert report["recording"]["duration_s"] == pytest.approx(40.0)
    assert report["recording"]["sources"] == [consent.read(path).sha256 for path in paths]
    (joined,) = [row for row in report["intake"] if row["code"] == "recording.parts_joined"]
    assert joined["span"][0] == pytest.approx(25.0)
    assert report["consent"]["scopes"] == ["analyse", "keep_words"]
    assert not any(path.name in json.dumps(report) for path in paths)

    consent.grant(paths[0], by="c-0", scopes=("analyse",))
    (entry,) = Library(library).sessions()
    assert Library(library).consent(entry.session_id).scopes == ("analyse",)
    assert run("consent", "withdraw", paths[1], "--library", library).exit_code == 0
    assert Library(library).sessions() == ()


def test_a_part_without_consent_is_named(consented, tmp_path):
    strange = tmp_path / "strange.wav"
    soundfile.write(strange, tone(1.0), 16_000)
    with refused("consent.missing", file=str(strange)):
        run("analyze", consented(tone(1.0)), strange, "--library", tmp_path / "library")


def test_a_manifest_names_the_files_of_a_session_with_a_bar_between(tmp_path):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "m.csv").write_text("recording,session_id\na.wav | b.wav,s1\n")
    (job,) = jobs_of(tmp_path / "m.csv")
    assert [path.name for path in (job.recording, *job.more)] == ["a.wav", "b.wav"]


def granted(*scopes, of=FILES[1], until="2999-01-01"):
    register.say(Event(GRANTED, of, "c-1", "2026-01-01", scopes or EVERYTHING, until))


@pytest.fixture
def of_two(tmp_path, said, frames):
    """A library with a session in two files, as an analysis leaves it, and this machine."""
    for one in (*FILES, WHOLE):
        granted(of=one)
    wholes.join(WHOLE, FILES)
    recorded = replace(said.recording, sha256=WHOLE, sources=FILES)
    entry = replace(ENTRY, sha256=WHOLE)
    save(tmp_path / "l", replace(said, recording=recorded), frames, entry, regrant=False)
    return tmp_path / "l"


def test_a_file_withdrawn_on_another_machine_takes_the_session_along_there(of_two):
    elsewhere()
    withdrawn(FILES[1])
    assert Library(of_two).sessions() == () and bytes_with(of_two) == []


def test_a_file_withdrawn_before_the_library_came_takes_the_session_along_too(of_two):
    elsewhere()
    withdrawn(FILES[0])
    granted(of=FILES[0])  # for another analysis
    assert Library(of_two).sessions() == () and bytes_with(of_two) == []


def test_a_file_withdrawn_elsewhere_is_withdrawn_where_the_library_comes_back(of_two, said, frames):
    other = wholes.hash_of(FILES, parallel=True)  # another session with the same file
    granted(of=other)
    wholes.join(other, FILES)
    for name, sha256 in (("alone", FILES[1]), ("other", other)):
        entry = replace(ENTRY, sha256=sha256)
        save(of_two.parent / name, said, frames, entry, regrant=False)
    back = elsewhere()
    withdrawn(FILES[1])
    Library(of_two).sessions()
    back()
    Library(of_two).sessions()
    assert register.latest(FILES[1]).what == register.latest(other).what == WITHDRAWN
    for name in ("alone", "other"):
        assert Library(of_two.parent / name).sessions() == ()
        assert bytes_with(of_two.parent / name) == []


def test_a_file_narrowed_on_another_machine_narrows_the_session_there(of_two):
    elsewhere()
    granted("analyse", "share", until="2990-01-01")
    with Library(of_two).opened() as held:
        given = consented.facts(held, WHOLE, "s-1")
        assert given == consented.allowed_now(held)[WHOLE]
    assert (given.scopes, given.expires_on) == (("analyse", "share"), "2990-01-01")
    assert [e.consent for e in Library(of_two).sessions()] == [given]
    assert bytes_with(of_two) == []


def test_a_wider_consent_of_one_file_widens_nothing_on_another_machine(of_two):
    granted("analyse", of=WHOLE)
    assert Library(of_two).sessions()  # it follows, and takes that along
    elsewhere()
    granted()
    with Library(of_two).opened() as held:
        assert consented.facts(held, WHOLE, "s-1").scopes == ("analyse",)
        assert consented.allowed_now(held)[WHOLE].scopes == ("analyse",)


def test_a_library_of_before_learns_its_files_from_this_machine(of_two):
    with Library(of_two).database.writing() as held:
        for verb in ("update", "delete"):
            held.exec_driver_sql(f"DROP TRIGGER parts_no_{verb}")
        held.exec_driver_sql("DELETE FROM parts")
    with Library(of_two).locked():
        pass
    elsewhere()
    withdrawn(FILES[0])
    assert Library(of_two).sessions() == () and bytes_with(of_two) == []


def test_a_library_that_somebody_sent_names_no_other_recording_as_a_file(of_two, said, frames):
    save(of_two, said, frames, replace(ENTRY, session_id="s-2", sha256="ef" * 32))
    rows = [{"whole": "ef" * 32, "n": n, "part": part} for n, part in enumerate(FILES, 1)]
    with Library(of_two).database.writing() as held:
        held.execute(insert(parts_table), rows)
        assert parts.every(held) == {WHOLE: FILES}
    withdrawn(FILES[0])
    assert [e.session_id for e in Library(of_two).sessions()] == ["s-2"]


def test_a_copy_taken_before_a_file_was_withdrawn_is_erased_though_it_was_given_again(of_two):
    shutil.copytree(of_two, of_two.parent / "copy")
    withdrawn(FILES[0])
    consent.tell_wholes(FILES[0])
    for one in (FILES[0], WHOLE):
        granted(of=one)
    for folder in (of_two, of_two.parent / "copy"):
        assert Library(folder).sessions() == () and bytes_with(folder) == []

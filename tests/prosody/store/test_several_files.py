"""A session in several files: every source is recorded, and every consent counts to the end."""

import json

import pytest
import soundfile
from click.testing import CliRunner

from diarize.recording import consent
from prosody.batch.manifest import jobs_of
from prosody.cli.commands import cli
from prosody.store.library import Library
from tests.conftest import SAMPLES, tone
from tests.said import refused


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

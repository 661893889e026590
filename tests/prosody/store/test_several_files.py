"""A session in several files: found by each of them, and gone when one consent is withdrawn."""

import json

import pytest
import soundfile
from click.testing import CliRunner

from diarize.recording import consent
from prosody.batch.manifest import jobs_of
from prosody.cli.commands import cli
from prosody.store.library import Library
from tests.conftest import SAMPLES
from tests.said import refused


def run(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """Two parts of a sample, analysed as one session, and its report."""
    place = tmp_path_factory.mktemp("parts")
    samples, rate = soundfile.read(SAMPLES / "attentive.flac", stop=40 * 16_000)
    paths = []
    for number, part in enumerate((samples[: 25 * rate], samples[25 * rate :])):
        paths.append(place / f"ZOOM000{number}.wav")
        soundfile.write(paths[-1], part, rate)
        consent.grant(paths[-1], by=f"c-{number}", scopes=consent.SCOPES[: 3 - number])
    asked = ["--library", place / "library", "--transcriber", "none", "--separator", "builtin"]
    done = run("analyze", *paths, *asked, "--json", "--quiet")
    assert done.exit_code == 0, done.output
    return place / "library", paths, json.loads(done.stdout)


def test_the_report_has_one_clock_and_every_source(analysed):
    _, paths, report = analysed
    assert report["recording"]["duration_s"] == pytest.approx(40.0)
    assert report["recording"]["sources"] == [consent.read(path).sha256 for path in paths]
    (joined,) = [row for row in report["intake"] if row["code"] == "recording.parts_joined"]
    assert joined["span"][0] == pytest.approx(25.0)
    assert report["consent"]["scopes"] == ["analyse", "keep_words"]
    assert not any(path.name in json.dumps(report) for path in paths)


def test_a_part_without_consent_is_named(analysed, tmp_path):
    library, paths, _ = analysed
    strange = tmp_path / "strange.wav"
    soundfile.write(strange, [0.0, 0.1] * 8000, 16_000)
    with refused("consent.missing", file=str(strange)):
        run("analyze", paths[0], strange, "--library", library)


def test_a_manifest_names_the_files_of_a_session_with_a_bar_between(tmp_path):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "m.csv").write_text("recording,session_id\na.wav | b.wav,s1\n")
    (job,) = jobs_of(tmp_path / "m.csv")
    assert [path.name for path in (job.recording, *job.more)] == ["a.wav", "b.wav"]


def test_withdrawing_one_consent_erases_the_session(analysed):
    library, paths, _ = analysed
    assert len(Library(library).sessions()) == 1
    done = run("consent", "withdraw", paths[1], "--library", library)
    assert done.exit_code == 0
    assert Library(library).sessions() == ()

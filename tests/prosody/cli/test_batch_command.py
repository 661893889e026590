"""Which file a row of a batch is, where it is asked for; which command comes next."""

import json
import shlex

import pytest
from click.testing import CliRunner

from diarize import messages
from diarize.messages import message
from prosody.cli.commands import cli


def listed(source, *more):
    library = source.parent / "library"
    done = CliRunner().invoke(
        cli, ["batch", str(source), "--list", "--library", str(library), *more]
    )
    assert done.exit_code == 0, done.output
    assert not library.exists()
    return done.stdout.splitlines()


@pytest.mark.parametrize(("language", "row"), [("en", "row"), ("de", "Zeile")])
def test_the_files_of_a_folder_are_listed_by_their_rows_and_nothing_is_done(
    tmp_path, monkeypatch, language, row
):
    folder = tmp_path / "week"
    (folder / "a").mkdir(parents=True)
    for name in ("b.wav", "a/c.flac", "line\nbreak.wav"):
        (folder / name).touch()
    monkeypatch.setenv(messages.VARIABLE, language)
    names = ("a/c.flac", "b.wav", "line\\nbreak.wav")
    assert listed(folder) == [f"{row} {n}: {name}" for n, name in enumerate(names, 1)]


def test_the_rows_of_a_manifest_keep_their_numbers_and_all_their_files(tmp_path):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("recording,date\na.wav,1.2.2026\n,\nb 1.wav|b 2.wav,2.2.2026\n")
    both = ("b 1.wav", "b 2.wav")
    said = [message("batch.listed_row", row=1, files=("a.wav",))]
    said += [message("batch.listed_row", row=3, files=both)]
    assert listed(manifest) == [*map(str, said)]
    rows = [json.loads(line) for line in listed(manifest, "--json")]
    assert rows == [{"row": 1, "files": ["a.wav"]}, {"row": 3, "files": [*both]}]


@pytest.mark.parametrize("named", [True, False])
def test_the_command_to_copy_after_a_batch_finds_the_same_library(tmp_path, monkeypatch, named):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    library = tmp_path / "a study"
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("recording\nnot-there.wav\n")
    chosen = ["--library", str(library)] if named else []
    done = CliRunner().invoke(cli, ["batch", str(manifest), *chosen])
    command = done.stderr.splitlines()[-1].partition("prosody tables")[2]
    assert shlex.split(command) == ["--to", "FOLDER", *chosen]

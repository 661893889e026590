"""The commands of the trained coder."""

import json

from click.testing import CliRunner

from diarize.errors import Refused
from prosody.cli.commands import cli

CSV = """session,role,text,codes
a,therapist,What was that like for you?,question_open
a,client,I could not sleep at all that night.,
a,therapist,It sounds like you were frightened.,reflection
"""


def run(*arguments):
    return CliRunner().invoke(cli, ["coder", *map(str, arguments)])


def test_coded_sessions_are_judged_by_what_reads_here(tmp_path):
    (tmp_path / "coded.csv").write_text(CSV, "utf-8")
    done = run("evaluate", tmp_path / "coded.csv", "--json", "--library", tmp_path / "library")
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and found["confirmed"] == {}
    assert (found["judged"]["sessions"], found["judged"]["turns"]) == (1, 2)
    assert found["judged"]["figures"]["question"][0] == 1.0


def test_without_anything_to_judge_one_line_says_so(tmp_path):
    done = run("evaluate", "--library", tmp_path / "library")
    assert done.exit_code == 0 and done.stdout == "" and done.stderr.count("\n") == 1


def test_too_few_sessions_leave_the_library_as_it_was(tmp_path):
    (tmp_path / "coded.csv").write_text(CSV, "utf-8")
    done = run("train", tmp_path / "coded.csv", "--library", tmp_path / "library")
    assert done.exit_code != 0
    assert not (tmp_path / "library").exists()


def test_an_encoder_is_not_trained_without_the_engines(tmp_path, monkeypatch):
    monkeypatch.setattr("diarize.models.engine.find_spec", lambda name: None)
    (tmp_path / "coded.csv").write_text("not read", "utf-8")
    done = run("train", tmp_path / "coded.csv", "--encoder", "--library", tmp_path / "library")
    assert isinstance(done.exception, Refused) and done.exception.code == "engine.not_installed"

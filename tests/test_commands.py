"""The commands as people type them, from the words on the line to the exit code."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from functools import partial

import jsonschema
import numpy as np
import pytest
import soundfile

from diarize.messages import message
from diarize.recording import consent, register, register_file
from prosody.catalogue import named
from prosody.render.export import exports
from prosody.render.wording import said
from prosody.store.library import Library
from tests.commands import prosody
from tests.conftest import ROOT, SAMPLES, tone
from tests.said import told

END_S = 45.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The first 45 s of two samples, with their transcripts, consents and speakers."""
    place = tmp_path_factory.mktemp("recordings")
    for stem in ("attentive", "hurried"):
        sound, rate = soundfile.read(SAMPLES / f"{stem}.flac", frames=int(END_S * 16_000))
        soundfile.write(place / f"{stem}.flac", sound, rate)
        consent.grant(place / f"{stem}.flac", by="synthetic", scopes=consent.SCOPES)
        head, *cues = (SAMPLES / f"{stem}.vtt").read_text("utf-8").strip().split("\n\n")
        ends = [_seconds(cue.split(" --> ")[1].split()[0]) if "-->" in cue else 0.0 for cue in cues]
        kept = [cue for cue, end in zip(cues, ends, strict=True) if end < END_S]
        (place / f"{stem}.vtt").write_text("\n\n".join([head, *kept, ""]), "utf-8")
    return place


def _seconds(clock):
    hours, minutes, seconds = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


@pytest.fixture(scope="module")
def library(tmp_path_factory, folder):
    """A library with the attentive excerpt in it."""
    place = tmp_path_factory.mktemp("library")
    done = prosody(
        "analyze", folder / "attentive.flac", "--library", place, "--session-id", "a", "--json"
    )
    assert done.returncode == 0, done.stderr
    schema = json.loads((ROOT / "prosody" / "report" / "report.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(done.stdout), schema)
    return place


def test_analyze_leaves_a_session_that_names_nobody(library, folder):
    names = {p.name for p in (library / "a").iterdir()}
    assert {"report.json", "report.html", "frames.npz", "audio.flac"} <= names
    text = (library / "a" / "report.json").read_text("utf-8")
    assert "attentive.flac" not in text
    assert str(folder) not in text
    with np.load(library / "a" / "frames.npz") as frames:
        assert frames["time_s"].shape == frames["f0_hz"].shape
        assert float(frames["hop_s"]) == pytest.approx(0.01)


def test_show_and_list_read_what_is_there(library):
    shown = prosody("show", "a", "--library", library)
    report = json.loads((library / "a" / "report.json").read_text("utf-8"))
    shares = [m for m in report["measures"] if m["cue"] == "talk.share"]
    (line,) = (row for row in shown.stdout.splitlines() if named("talk.share").label in row)
    assert len(shares) == 2
    assert all(said(m["cue"], m["value"], m["unit"]) in line for m in shares)
    turns = prosody("show", "a", "--turns", "--library", library).stdout
    assert len(turns.splitlines()) == len(report["turns"])
    german = prosody("show", "a", "--turns", "--library", library, "--interface-language", "de")
    assert "Klient:in Redebeitrag" in german.stdout and "client" not in german.stdout
    listed = prosody("list", "--json", "--library", library)
    assert json.loads(listed.stdout)["session_id"] == "a"


@pytest.mark.parametrize(
    "ending",
    [".rttm", ".vtt", ".srt", ".TextGrid", ".eaf", ".csv", ".parquet", ".html", ".json"],
)
def test_export_writes_every_format(library, tmp_path, ending):
    target = tmp_path / f"out{ending}"
    done = prosody("export", "a", "--library", library, "--to", target)
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 100
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    assert str(target) in done.stdout and str(exports()[ending].limits or "") in done.stdout


def test_correcting_the_roles_turns_the_measures_round_and_survives_a_new_run(
    library, folder, tmp_path
):
    def share():
        report = json.loads(prosody("show", "a", "--json", "--library", library).stdout)
        return {m["role"]: m["value"] for m in report["measures"] if m["cue"] == "talk.share"}

    before = share()
    done = prosody("correct", "a", "--swap-roles", "--by", "sup-1", "--library", library)
    assert done.returncode == 0, done.stderr
    assert share() == {"therapist": before["client"], "client": before["therapist"]}
    again = prosody(
        "analyze", folder / "attentive.flac", "--library", library, "--session-id", "a", "--quiet"
    )
    assert again.returncode == 0, again.stderr
    assert share() == {"therapist": before["client"], "client": before["therapist"]}
    assert {c.by for c in Library(library).corrections("a")} == {"sup-1"}
    back = prosody("correct", "a", "--swap-roles", "--by", "sup-1", "--library", library)
    assert back.returncode == 0
    assert share() == before


def test_a_component_is_left_out_of_the_warmth_proxy_and_counted_again(library):
    def left_out():
        report = json.loads(prosody("show", "a", "--json", "--library", library).stdout)
        return report["settings"]["warmth"]["left_out"]

    def correct(*names):
        chosen = [part for name in names for part in ("--without-warmth", name)]
        return prosody("correct", "a", *chosen, "--by", "sup-1", "--library", library)

    wrong = correct("kindness")
    assert wrong.returncode == 2
    assert told("requests.component", wrong.stderr, name="kindness")
    assert left_out() == []
    assert correct("pace", "pitch-lift").returncode == 0
    assert left_out() == ["slowness", "pitch_lift"]  # an old name is understood
    assert correct("none").returncode == 0
    assert left_out() == []


def test_code_gives_one_object_per_turn(folder):
    done = prosody("code", folder / "hurried.vtt", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert {"role", "text", "behaviours"} <= set(rows[0])
    kinds = {b["kind"] for row in rows for b in row["behaviours"] if row["role"] == "therapist"}
    assert "question_closed" in kinds
    assert all(0 <= b["confidence"] <= 1 for row in rows for b in row["behaviours"])


@pytest.mark.parametrize("ending", [".npz", ".csv", ".parquet"])
def test_frames_alone(folder, tmp_path, ending):
    target = tmp_path / f"frames{ending}"
    done = prosody("frames", folder / "hurried.flac", "--to", target)
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 10_000


def test_batch_carries_on_past_a_bad_file_and_skips_what_is_done(folder, tmp_path):
    library = tmp_path / "library"
    rows = [
        "recording,session_id,dyad_id",
        "attentive.flac,b-1,d-1",
        "bad.wav,b-2,d-2",
        "hurried.flac,b-3,=d",
    ]
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n")
    bad = folder / "bad.wav"
    bad.write_bytes(b"")
    consent.grant(bad, by="x")
    try:
        done = prosody("batch", manifest, "--library", library, "--jobs", 1, "--json")
    finally:
        bad.unlink()
        consent.record_path(bad).unlink()
    assert done.returncode == 3, done.stderr
    outcomes = {o["row"]: o for o in map(json.loads, done.stdout.splitlines())}
    assert [outcomes[r]["status"] for r in (1, 2, 3)] == ["done", "failed", "done"]
    (error,) = (json.loads(line) for line in (library / "errors.jsonl").read_text().splitlines())
    assert error.keys() == {"row", "code", "reason"}
    assert (error["row"], error["code"]) == (2, "recording.empty_file")
    assert "bad.wav" not in error["reason"]
    table = (library / "sessions.csv").read_text("utf-8")
    assert table.count("\n") == 3
    assert "'=d" in table
    assert (library / "measures.csv").read_text("utf-8").count("talk.share") == 4
    before = (library / "b-1" / "report.json").stat().st_mtime_ns
    manifest.write_text("\n".join([rows[0], rows[1], rows[3]]) + "\n")
    again = prosody("batch", manifest, "--library", library, "--json")
    manifest.unlink()
    assert again.returncode == 0, again.stderr
    assert {json.loads(o)["status"] for o in again.stdout.splitlines()} == {"skipped"}
    assert (library / "b-1" / "report.json").stat().st_mtime_ns == before
    assert (library / "errors.jsonl").read_text() == ""


def test_withdrawing_consent_erases_what_was_made(folder, tmp_path):
    library = tmp_path / "library"
    path = tmp_path / "copy.flac"
    path.write_bytes((folder / "hurried.flac").read_bytes())
    consent.grant(path, by="x")
    done = prosody("analyze", path, "--library", library, "--transcript", folder / "hurried.vtt")
    assert done.returncode == 0, done.stderr
    assert list(library.rglob("report.json"))
    gone = prosody("consent", "withdraw", path, "--library", library)
    assert gone.returncode == 0
    assert told("command.session_erased", gone.stdout)
    assert sorted(p.name for p in library.rglob("*")) == [".lock", "library.db"]
    refused = prosody("analyze", path, "--library", library)
    assert refused.returncode == 2
    assert told("consent.withdrawn", refused.stderr, on=date.today().isoformat())


NO_LIBRARY = "library.none"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["analyze", "nothing.wav"], message("disk.missing", file="nothing.wav")),
        (["analyze"], "RECORDING"),  # what click says of a wrong call names what is wrong
        (["analyse", "x"], "'analyse'"),
        (["show", "nobody"], NO_LIBRARY),
        (["show", "../.."], NO_LIBRARY),
        (["export", "nobody", "--to", "x.rttm"], NO_LIBRARY),
        (
            ["frames", "x.wav", "--to", "x.mat"],
            message("export.no_such_format", file="x.mat", known=(".npz", ".csv", ".parquet")),
        ),
        (["code", "nothing.vtt"], message("disk.missing", file="nothing.vtt")),
        (["batch", "nothing.csv"], message("disk.missing", file="nothing.csv")),
        (["forget", "nobody"], NO_LIBRARY),
        (
            ["consent", "show", "nothing.wav"],
            message("command.no_consent", file="nothing.wav"),
        ),
        (["analyze", "x.wav", "--separator", "precision-2"], "'precision-2'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(tmp_path, arguments, line):
    options = ["--library", str(tmp_path)] if arguments[0] in ("show", "export", "forget") else []
    done = prosody(*arguments, *options, cwd=tmp_path)
    assert done.returncode == 2
    assert told(line, done.stderr) if line == NO_LIBRARY else str(line) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "row",
    ["../secret.wav", "/etc/passwd", "http://127.0.0.1/x.wav", "file:///etc/passwd", "link.wav",
     "subfile://x.wav", "inner/../../secret.wav"],
)  # fmt: skip
def test_a_manifest_cannot_reach_out_of_its_folder(tmp_path, row):
    (tmp_path / "m.csv").write_text(f"recording\n{row}\n")
    (tmp_path / "link.wav").symlink_to("/etc/passwd")
    done = prosody("batch", tmp_path / "m.csv", "--library", tmp_path / "l")
    assert done.returncode == 2
    assert told("batch.bad_cell", done.stderr, row=1, column="recording")
    assert not (tmp_path / "l").exists()


def test_a_library_that_cannot_be_written_is_refused_before_decoding(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "no sound.wav").write_text("decoding this would be refused")
    refused_so = prosody("consent", "grant", tmp_path / "no sound.wav", "--by", "T-1")
    assert refused_so.returncode == 2 and told("recording.other_kind", refused_so.stderr)
    assert consent.read(tmp_path / "no sound.wav") is None
    consent.grant(tmp_path / "no sound.wav", by="T-1")
    done = prosody("analyze", tmp_path / "no sound.wav", "--library", tmp_path / "file" / "l")
    assert done.returncode == 2
    assert told("library.cannot_write", done.stderr, folder=tmp_path / "file" / "l")


@pytest.mark.parametrize("after_s", [0.0, 0.1])
def test_an_interrupt_leaves_130_and_nothing_half_written(folder, tmp_path, after_s):
    command = [sys.executable, "-m", "prosody", "analyze", str(folder / "hurried.flac")]
    command += ["--library", str(tmp_path / "l")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as child:
        while not (tmp_path / "l" / ".lock").exists():
            assert child.poll() is None
            time.sleep(0.02)
        time.sleep(after_s)
        child.send_signal(signal.SIGINT)
        child.communicate()
    assert child.returncode == 130
    left = {p.name for p in (tmp_path / "l").iterdir()}
    # A database that was being made keeps SQLite's own record of how it was before.
    assert left <= {".lock", *(f"library.db{own}" for own in ("", "-wal", "-shm", "-journal"))}
    assert prosody("list", "--library", tmp_path / "l").returncode == 0


def test_doctor_finds_this_machine_fit_and_changes_nothing(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path))
        register.anchor(str(tmp_path / "l"), 0, "")
        with sqlite3.connect(register_file.place()) as held:  # a day that is over
            held.execute("UPDATE days SET latest = '2026-01-01'")
        before = register_file.place().read_bytes()
        done = prosody("doctor", "--json")
        assert register_file.place().read_bytes() == before
    findings = {f["what"]: f for f in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout
    assert findings["imports"]["state"] == "ok"
    assert findings["pyannote.audio loads"]["state"] == "ok"
    assert all(f["mend"] for f in findings.values() if f["state"] == "missing")


def test_help_names_every_command_of_the_contract():
    shown = prosody("--help").stdout
    for name in (
        "analyze", "batch", "frames", "code", "dashboard", "show", "list", "export", "correct",
        "consent", "forget", "models", "doctor", "links",
    ):  # fmt: skip
        assert name in shown


def test_a_file_s_name_steers_no_terminal(tmp_path):
    done = prosody("analyze", tmp_path / "a\x1b]2;OWNED\x07\x1b[31m\u202e.wav")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert done.stderr.strip().isprintable() and "\\x1b]2;OWNED" in done.stderr


def test_on_a_terminal_a_bar_is_shown_and_lines_stand_by_themselves(tmp_path, consented):
    """What the bar and the lines about engines look like, in a pseudo terminal."""
    pty = pytest.importorskip("pty")
    recording = consented(tone(4.0))
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "prosody", "analyze", str(recording), "--library",
         str(tmp_path / "library"), "--transcriber", "none", "--separator", "builtin"],
        stdout=subprocess.DEVNULL, stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how a pseudo terminal says that nobody writes to it any more
        pass
    os.close(ours)
    assert running.wait(timeout=120) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    lines = re.split(r"[\r\n]+", text)
    stage = str(message("stage.voices"))
    assert any(line.startswith(stage) for line in lines)
    spoken = [line for line in lines if "speakers: " in line]
    assert spoken and all(line.startswith("speakers: ") for line in spoken)

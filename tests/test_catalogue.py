"""The eighty checks of the catalogue are made, or say why not; some have no other place."""

import ast
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diarize.recording import admission, consent, register
from diarize.recording.audio import decode
from prosody.cli.commands import cli
from prosody.options import Asked
from prosody.store.add import add_session
from prosody.store.library import Library
from tests.commands import prosody
from tests.conftest import ROOT, SAMPLES, tone
from tests.consents import seen
from tests.prosody.store.test_erasing import bytes_with
from tests.said import inner, refused, told

CHECKS = tomllib.loads((ROOT / "tests" / "catalogue.toml").read_text("utf-8"))["checks"]


@cache
def named_in(file):
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def places(row):
    """Give file and name of every test that a row names; none where it gives a reason."""
    for row_told in row:
        file, _, names = row_told.partition(": ")
        if file.startswith("tests/"):
            yield from ((file, f"test_{n.strip()}") for n in names.split(",") if n.strip())
            if not names:
                yield file, None


def test_there_are_eighty_and_each_is_made_or_says_why_not():
    assert [int(number) for number in CHECKS] == list(range(1, 81))
    for number, (title, *rest) in CHECKS.items():
        assert title and rest, number
        assert list(places(rest)) or len(rest[0].split()) > 8, f"{number}: a reason, in words"


@pytest.mark.parametrize("number", CHECKS)
def test_a_test_that_is_named_is_there(number):
    for file, name in places(CHECKS[number][1:]):
        assert (ROOT / file).is_file(), file
        assert name is None or name in named_in(file), f"{file}: {name}"


def run(*arguments):
    done = CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.output


SHORT = ("--transcriber", "none", "--separator", "builtin", "--quiet")


@pytest.mark.skipif(sys.platform != "linux", reason="names there are Unicode")
def test_a_name_that_is_not_utf8_is_analysed_and_the_tables_stay_readable(consented, tmp_path):
    recording = named(consented(tone(3.0)), b"in\xff.wav")
    run("analyze", recording, "--library", tmp_path / "l", "--session-id", "s", *SHORT)
    run("tables", "--to", tmp_path / "to", "--library", tmp_path / "l", "--format", "csv")
    for table in (tmp_path / "to").glob("*.csv"):
        assert "\ufffd" not in table.read_text("utf-8"), table.name
    with (tmp_path / "to" / "sessions.csv").open(encoding="utf-8", newline="") as file:
        assert [row["session_id"] for row in csv.DictReader(file)] == ["s"]


def named(made, name):
    """Give a recording and its consent another name, of any bytes."""
    recording = made.with_name(os.fsdecode(name))
    made.rename(recording)
    consent.record_path(made).rename(consent.record_path(recording))
    return recording


@pytest.mark.skipif(sys.platform != "linux", reason="names there are Unicode")
def test_a_batch_of_odd_names_is_whole_and_tells_none(consented, tmp_path):
    names = (b"-x.wav", b"a\nb.wav", "ü😀.wav".encode(), b"s1:2.wav", b"in\xff.wav", b"=cmd.wav")
    for number, name in enumerate(names):
        folder = named(consented(tone(2.0, hz=150.0 + 20 * number)), name).parent
    run("batch", folder, "--library", tmp_path / "l", *SHORT)
    assert len(Library(tmp_path / "l").sessions()) == len(names)
    table = (tmp_path / "l" / "sessions.csv").read_text("utf-8")
    assert table.count("\n") == 1 + len(names) and "\ufffd" not in table
    assert not [name for name in names if name.removesuffix(b".wav") in table.encode()]


def test_ima_adpcm_never_reaches_libsndfile(consented, monkeypatch):
    recording = admission.admit(consented(tone(1.0), subtype="IMA_ADPCM"))
    monkeypatch.setenv("PATH", "")
    with refused("recording.needs_ffmpeg"):
        decode(recording)


def spoken_of(stem):
    """Who speaks when in a sample: start and end in seconds, and who."""
    told = [line.split() for line in (SAMPLES / f"{stem}.rttm").read_text().splitlines()]
    return sorted((float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in told)


def cut_in_silence(spoken, after_s):
    """A moment between the client and the therapist, with whom the sample begins."""
    for n, (start, _, who) in enumerate(spoken):
        before = max((end for _, end, _ in spoken[:n]), default=0.0)
        speakers = (spoken[n - 1][2], who)
        if before > after_s and start - before > 0.6 and speakers == ("client", "therapist"):
            return round((before + start) / 2, 2)
    raise AssertionError("no such moment")


def analysed(recording, rows, library):
    """The measures of a recording whose speakers are told."""
    speakers = recording.with_suffix(".rttm")
    lines = [
        f"SPEAKER x 1 {start:.3f} {end - start:.3f} <NA> <NA> {who} <NA> <NA>\n"
        for start, end, who in rows
    ]
    speakers.write_text("".join(lines))
    asked = Asked(speakers=speakers, transcriber="none", therapist="therapist")
    add_session(recording, asked, library, session_id=recording.stem)
    report = Library(library).load(recording.stem)
    return {(m.cue, m.role): m.value for m in report.measures}


def test_a_recording_after_itself_has_twice_of_all_that_is_counted(consented, tmp_path):
    """From its sound to its measures: totals twice to a frame, what is a rate the same to 3 %."""
    sound, rate = soundfile.read(SAMPLES / "attentive.flac", dtype="float32")
    spoken = spoken_of("attentive")
    cut = cut_in_silence(spoken, 60.0)
    part, rows = sound[: round(cut * rate)], [row for row in spoken if row[1] < cut]
    later = [(start + cut, end + cut, who) for start, end, who in rows]
    one = analysed(consented(part, rate, name="once.wav"), rows, tmp_path / "l")
    twice = consented(np.tile(part, 2), rate, name="twice.wav")
    two = analysed(twice, rows + later, tmp_path / "l")
    rates = ("pace.articulation_rate", "pace.pause_ratio", "talk.share", "turns.overlap_rate")
    compared = 0
    for role in ("therapist", "client"):
        assert two["talk.time", role] == pytest.approx(2 * one["talk.time", role], abs=0.01)
        assert two["turns.count", role] == 2 * one["turns.count", role]
        pitch = one["voice.pitch_median", role]
        assert two["voice.pitch_median", role] == pytest.approx(pitch, abs=1.0)
        for cue in rates:
            if (value := one.get((cue, role))) is not None:
                assert two[cue, role] == pytest.approx(value, rel=0.03), cue
                compared += 1
    assert compared >= 4


def test_two_recordings_of_one_stem_are_two_sessions(consented, tmp_path):
    consented(tone(3.0), name="a.wav")
    consented(np.float32(0.5) * tone(3.0, hz=180.0), name="a.flac")
    run("batch", tmp_path, "--library", tmp_path / "l", *SHORT)
    assert len({entry.session_id for entry in Library(tmp_path / "l").sessions()}) == 2


def test_after_a_withdrawal_a_planted_phrase_is_nowhere_on_this_machine(
    consented, tmp_path, monkeypatch
):
    """Not in the library alone: in no cache, temporary file, register or setting either."""
    sound, _ = soundfile.read(SAMPLES / "attentive.flac", frames=12 * 16_000)
    home, given = tmp_path / "home", consented(sound, name="given.wav")
    for name, folder in (("HOME", "h"), ("TMPDIR", "t"), ("XDG_DATA_HOME", "h/d"),
                         ("XDG_CACHE_HOME", "h/c"), ("XDG_CONFIG_HOME", "h/k")):  # fmt: skip
        (home / folder).mkdir(parents=True)
        monkeypatch.setenv(name, str(home / folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    consent.grant(given, by="c-1", scopes=consent.SCOPES)
    words = tmp_path / "given.vtt"
    words.write_text(
        "WEBVTT\n\n00:01.200 --> 00:03.900\n<v therapist>What of the zanzibar?\n\n"
        "00:04.800 --> 00:07.200\n<v client>The zanzibar keeps me awake.\n"
    )
    to = ("--library", home / "l")
    run("analyze", given, *to, "--transcript", words, "--session-id", "s", *SHORT[2:])
    for command in (
        ("correct", "s", "--turn", "1", "--text", "Of the zanzibar I spoke."),
        ("correct", "s", "--swap-roles"),
        ("agenda", "s", "--add", "1"),
        ("library", "search", "zanzibar"),
        ("show", "s", "--turns"),
        ("library", "backup", tmp_path / "backup"),
    ):
        run(*command, *to)
    assert bytes_with(home, "zanzibar")
    run("consent", "withdraw", given, *to)
    assert bytes_with(home, "zanzibar") == []
    run("library", "restore", tmp_path / "backup", "--library", home / "l2")
    assert bytes_with(home, "zanzibar") == []


@pytest.mark.parametrize(
    ("what", "problem"), [("withdrawn", "consent.withdrawn"), ("over", "consent.expired")]
)
def test_a_consent_that_ends_while_a_recording_is_heard_lets_nothing_be_saved(
    consented, tmp_path, what, problem
):
    recording, library = consented(tone(3.0)), tmp_path / "l"
    asked = Asked(transcriber="none", separator="builtin")

    def ending(stage, share):
        if stage != "stage.listening":
            return
        if what == "withdrawn":
            consent.withdraw(recording)
        else:
            seen(date.today() + timedelta(days=9_000))

    with refused("consent.not_valid") as caught:
        add_session(recording, asked, library, progress=ending)
    assert inner(caught.value.message.fields, "problem").code == problem
    assert Library(library).sessions() == ()
    assert [p.name for p in library.iterdir() if p.is_dir()] == []


def test_no_id_of_a_session_steers_the_terminal(consented, tmp_path):
    """A command takes no such code; one that a library holds already is spelled out."""
    made, library = consented(tone(2.0)), tmp_path / "l"
    ids = {"dyad_id": "d\x1b]2;OWNED\x07\u202e", "client_id": "c\x9b"}
    given = ("--library", library, "--dyad-id", ids["dyad_id"])
    done = prosody("analyze", made, *given, "--transcriber", "none", "--quiet")
    assert done.returncode == 2 and done.stderr.strip().isprintable()
    assert not library.exists()
    add_session(made, Asked(transcriber="none", separator="builtin"), library)
    with closing(sqlite3.connect(library / "library.db")) as database, database:
        database.execute("UPDATE sessions SET dyad_id = :dyad_id, client_id = :client_id", ids)
    for command in ("list", "tables"):
        to = ("--to", tmp_path / "t") if command == "tables" else ()
        done = prosody(command, "--library", library, *to)
        assert done.returncode == 0
        assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines())
    assert "OWNED" in prosody("list", "--library", library).stdout


def test_a_library_on_a_read_only_disk_is_refused_before_decoding(tmp_path):
    """Whoever may do everything is not stopped by modes: the file system itself takes nothing."""
    place, sound = tmp_path / "l", tmp_path / "no sound.wav"
    place.mkdir()
    sound.write_text("decoding this would be refused")
    consent.grant(sound, by="T-1")
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    fixed = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && "$@"'
    try:
        possible = subprocess.run([*apart, fixed, place, "true"], capture_output=True)
    except OSError:
        pytest.skip("no other view of the disk can be made here")
    if possible.returncode:
        pytest.skip("nothing can be mounted here")
    asked = [sys.executable, "-m", "prosody", "analyze", sound, "--library", place]
    done = subprocess.run(
        [*apart, fixed, place, *asked],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert told("library.cannot_write", done.stderr, folder=place)
    assert list(place.iterdir()) == []


def test_what_was_said_last_counts_whatever_year_the_clock_says(consented, tmp_path, monkeypatch):
    recording = consented(tone(2.0))
    sha256 = consent.read(recording).sha256
    run("analyze", recording, "--library", tmp_path / "l", *SHORT)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=365)

    with monkeypatch.context() as patch:
        patch.setattr("diarize.recording.register.datetime", Earlier)
        consent.withdraw(recording)
    granted, *_, last = register.history(sha256)
    assert register.latest(sha256) == last and last.what == register.WITHDRAWN
    assert granted.at <= last.at
    assert Library(tmp_path / "l").sessions() == ()

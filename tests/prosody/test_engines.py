"""What will listen: rows added at run time, speech heard once, thresholds used and told."""

import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diarize.errors import Refused
from diarize.messages import message
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.recording.admission import admit
from diarize.recording.audio import Audio
from diarize.separation import activity, overlap
from diarize.separation.table import SEPARATORS, Separation, Separator
from diarize.settings import Channels, Hearing, Transcribing
from diarize.timeline import Span, Turn
from diarize.transcription import whisper
from diarize.transcription.table import TRANSCRIBERS, Decoded, Opener, Transcriber
from prosody.cli import doctor
from prosody.cli.commands import cli
from prosody.engines import models_of, plan
from prosody.options import Asked, guide
from prosody.pipeline import analyse
from prosody.render import export
from prosody.render.html import html
from prosody.report.codec import to_json
from prosody.settings import Settings
from tests import tiny_whisper
from tests.conftest import SAMPLES, tone
from tests.counting import calls_of
from tests.said import refused

HALVES = Engine("dummy separator", "7")
PARROT = Engine("dummy transcriber", "8", "ab" * 32)


def in_halves(task):
    """A separator that gives each half of the recording to another voice."""
    middle, end = task.audio.duration / 2, task.audio.duration
    return Separation((Turn(Span(0, middle), "A"), Turn(Span(middle, end), "B")), HALVES)


def parrot(weights, language, rule):
    return Transcriber(
        PARROT, lambda windows, code: [[Decoded(Span(0, 1), "hm", ())] for _ in windows]
    )


@pytest.fixture
def dummies(monkeypatch):
    """A separator and a transcriber more than there are; neither needs weights."""
    chosen = message("engine.speakers_by", name="halves")
    monkeypatch.setitem(SEPARATORS, "halves", Separator(in_halves, chosen))
    monkeypatch.setitem(
        TRANSCRIBERS, "parrot", Opener(parrot, message("engine.words_by", name="parrot"))
    )


@pytest.fixture
def nothing_here(monkeypatch, tmp_path):
    """A machine without weights."""
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HOME", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


@pytest.fixture
def runs():
    """Give what the network that hears speech was run on."""
    with calls_of(activity.speech_probability) as heard:
        yield heard


@pytest.mark.usefixtures("dummies")
def test_a_new_row_is_a_choice_is_planned_and_stands_in_report_page_and_export(consented, tmp_path):
    text = CliRunner().invoke(cli, ["analyze", "--help"]).output.replace("\n", "")
    assert "|halves]" in text.replace(" ", "") and "|parrot|none]" in text.replace(" ", "")
    listed = {finding.what: finding.found.fields["names"] for finding in doctor.engines()}
    assert "halves" in str(listed["separators"]) and "parrot" in str(listed["transcribers"])
    assert "parrot" in guide() and "`halves`" in guide()
    said: list[Any] = []
    planned = plan(Asked(separator="halves", transcriber="parrot"), say=said.append)
    made = analyse(
        admit(consented(tone(31.0))), separate=planned.separate, transcribe=planned.transcribe
    )
    engines = json.loads(to_json(made.report))["engines"]
    assert engines["separator"]["name"] == "dummy separator"
    assert engines["transcriber"]["weights_sha256"] == PARROT.weights_sha256
    page = html(made.report, made.frames, session_id="s-1")
    assert all(e.name in page and f"{e.name} {e.version}" in page for e in (HALVES, PARROT))
    export.write(made.report, tmp_path, tmp_path / "o.json")
    assert json.loads((tmp_path / "o.json").read_text("utf-8"))["engines"] == engines
    assert {turn.voice for turn in made.report.conversation.utterances} == {"A", "B"}
    assert [(chosen.code, chosen.fields["name"]) for chosen in said] == [
        ("engine.words_by", "parrot"),
        ("engine.speakers_by", "halves"),
    ]


@pytest.mark.usefixtures("dummies", "nothing_here")
def test_a_transcriber_that_needs_nothing_is_taken_where_there_is_no_other():
    said: list[Any] = []
    plan(Asked(separator="builtin"), say=said.append)
    assert [(m.code, m.fields) for m in said] == [("engine.words_by", {"name": "parrot"})]


@pytest.mark.usefixtures("nothing_here")
def test_a_row_that_finds_its_weights_is_preferred_and_counted(monkeypatch, tmp_path):
    weights = Weights("halves", "x", tmp_path, "cd" * 32)
    row = Separator(in_halves, message("engine.speakers_by", name="halves"), lambda folder: weights)
    rows = {"halves": row, **SEPARATORS}
    monkeypatch.setattr("prosody.engines.SEPARATORS", rows)
    assert models_of(Asked(transcriber="none")) == (weights,)
    rows["halves"] = replace(row, find=lambda folder: None)
    with refused("separator.no_weights") as refusal:
        plan(Asked(separator="halves"))
    assert "halves" in str(refusal.value)


@pytest.mark.parametrize(
    ("stem", "channels", "wanted"),
    [("attentive_two_channel", 2, 3), ("attentive", 1, 1), ("attentive_two_channel", None, 3)],
)
def test_speech_is_heard_once_per_channel(stem, channels, wanted, consented, runs):
    """Quality, separator, transcriber and frames share what was heard."""
    sound, rate = soundfile.read(SAMPLES / f"{stem}.flac", frames=40 * 16_000, dtype="float32")
    assert rate == 16_000
    separator = "channels" if channels == 2 else "builtin"
    planned = plan(Asked(separator=separator, transcriber="none"))
    made = analyse(
        admit(consented(sound)), separate=planned.separate, transcribe=planned.transcribe
    )
    assert len(made.report.conversation.utterances) > 3
    assert [len(run["samples"]) for run in runs] == [40 * 16_000] * wanted


@pytest.mark.parametrize("people", [2, None])
def test_what_the_networks_of_overlap_and_hums_share_is_measured_once(people, consented):
    sound, _ = soundfile.read(SAMPLES / "attentive.flac", frames=40 * 16_000, dtype="float32")
    planned = plan(Asked(separator="builtin", transcriber="none", people=people))
    recording = admit(consented(sound))
    with calls_of(overlap.listen) as measured:
        analyse(recording, separate=planned.separate, transcribe=planned.transcribe)
    assert [call["count"] for call in measured] == [2001]  # every 20 ms of 40 s


def test_every_file_that_came_with_a_recording_is_read_once(
    consented, tmp_path, touched, monkeypatch
):
    """Though a transcript without times and what is too short to judge by take a second look."""
    glossary, plain, turns = (tmp_path / name for name in ("names.txt", "said.txt", "who.rttm"))
    glossary.write_text("Wernicke\n", "utf-8")
    plain.write_text("Therapist: How was your week?\nClient: Long, and rather quiet.\n", "utf-8")
    turns.write_text("SPEAKER r 1 0.0 1.2 <NA> <NA> A <NA> <NA>\n", "utf-8")
    deaf = parrot(None, None, None)
    told = replace(deaf, expecting=lambda names: deaf.decode)
    row = Opener(lambda weights, language, rule: told, message("engine.words_by", name="parrot"))
    monkeypatch.setitem(TRANSCRIBERS, "parrot", row)
    touched.clear()
    plan(Asked(transcriber="parrot", separator="builtin", transcript=plain, glossary=glossary))
    planned = plan(Asked(transcriber="none", speakers=turns))
    made = analyse(
        admit(consented(tone(3.0))),
        separate=planned.separate,
        transcribe=planned.transcribe,
        given=planned.supplied,
    )
    assert {turn.voice for turn in made.report.turns} == {"A"}
    read = {path.name: touched.count(str(path)) for path in (glossary, plain, turns)}
    assert read == {"names.txt": 1, "said.txt": 1, "who.rttm": 1}


def test_thresholds_reach_what_hears_and_the_report(consented, monkeypatch):
    """Channels are taken for people from a threshold on, and report.json says from which."""
    monkeypatch.setattr(activity, "speech_probability", lambda x, rate: np.ones(len(x) // 160 + 1))
    first, second = tone(31.0), tone(31.0, hz=150.0)
    first[len(first) // 2 :] *= 0.01
    second[: len(second) // 2] *= 0.01
    sound = np.stack([first, second], axis=1)
    for apart_db, code in ((1.0, "engine.speakers_by_channel"), (60.0, "engine.speakers_built_in")):
        hearing = Hearing(channels=Channels(apart_db=apart_db))
        asked = Asked(transcriber="none", settings=Settings(hearing=hearing))
        said: list[Any] = []
        planned = plan(asked, say=said.append)
        made = analyse(
            admit(consented(sound)),
            separate=planned.separate,
            transcribe=planned.transcribe,
            asked=asked,
        )
        assert said[-1].code == code
        kept = json.loads(to_json(made.report))["settings"]["hearing"]
        assert kept["channels"]["apart_db"] == apart_db
        assert {k: set(v) for k, v in kept.items()} == {
            k: set(v) for k, v in asdict(hearing).items()
        }


def test_a_checkpoint_is_read_for_its_hash_once_however_often_it_is_met(tmp_path):
    """By the batch's key, by the plan of each recording, and when it is opened."""
    checkpoint = tiny_whisper.write(tmp_path / "tiny.pt")
    os.utime(checkpoint, (1_000_000_000, 1_000_000_000))
    asked = Asked(transcriber="whisper", whisper_model=str(checkpoint), separator="builtin")
    with calls_of(hashlib.file_digest) as read:
        for _ in range(2):
            assert [w.path for w in models_of(asked)] == [checkpoint]
            plan(asked)
    assert [str(call["fileobj"].name) for call in read] == [str(checkpoint)]


def test_a_short_recording_leaves_the_network_to_the_next_and_a_long_one_does_not(tmp_path):
    checkpoint = tiny_whisper.write(tmp_path / "tiny.pt")
    asked = Asked(transcriber="whisper", whisper_model=str(checkpoint), separator="builtin")
    sound, nobody = Audio.of(tone(1.0)), Separation((), HALVES, added=(Span(0.0, 1.0),))
    speech = activity.Speech(sound)
    whisper.network.cache_clear()
    for _ in range(2):  # as a worker of a batch does
        plan(asked).transcribe(sound, speech, nobody)
    assert whisper.network.cache_info().misses == 1
    long = replace(
        asked, settings=Settings(hearing=Hearing(transcribing=Transcribing(let_go_s=1.0)))
    )
    plan(long).transcribe(sound, speech, nobody)
    assert whisper.network.cache_info().currsize == 0


def test_auto_takes_the_largest_weights_and_names_them_with_what_is_better(monkeypatch):
    def row(code, name):
        def find(model, language):
            return Weights("whisper", name, Path("x"), "0" * 64)

        return Opener(parrot, message(code), find)

    bare = Opener(parrot, message("engine.words_by", name="bare"))  # needs no weights
    monkeypatch.setitem(TRANSCRIBERS, "bare", bare)
    monkeypatch.setitem(TRANSCRIBERS, "whisper", row("engine.words_by_whisper", "base"))
    faster = row("engine.words_by_faster_whisper", "small")
    monkeypatch.setitem(TRANSCRIBERS, "faster-whisper", faster)
    said: list[Any] = []
    plan(Asked(), say=said.append)
    assert said[0].code == "engine.words_by_faster_whisper" and said[0].fields["name"] == "small"
    assert said[0].fields["better"].code == "engine.better_transcript"
    same = row("engine.words_by_faster_whisper", "base")
    monkeypatch.setitem(TRANSCRIBERS, "faster-whisper", same)
    said.clear()
    plan(Asked(), say=said.append)
    assert said[0].code == "engine.words_by_whisper", "the first row, with the same weights"
    assert said[0].fields["better"].code == "engine.better_weights"


def test_what_was_named_need_be_one_rows_alone(tmp_path, monkeypatch):
    """A checkpoint of openai-whisper is none of faster-whisper's, and the other way round."""
    mine = tmp_path / "mine.pt"
    mine.write_bytes(b"weights")

    def theirs(model, language):
        raise Refused("model.faster_whisper_not_here", name=str(model))

    chosen = message("engine.words_by_faster_whisper")
    monkeypatch.setitem(TRANSCRIBERS, "faster-whisper", Opener(parrot, chosen, theirs))
    asked = Asked(whisper_model=str(mine), separator="builtin")
    assert [weights.path for weights in models_of(asked)] == [mine]
    with refused("disk.missing"):
        models_of(replace(asked, whisper_model=str(tmp_path / "none.pt")))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.bin").write_bytes(b"weights")
    with refused("model.faster_whisper_not_here"):  # of the row whose folder it is
        models_of(replace(asked, whisper_model=str(tmp_path / "folder")))

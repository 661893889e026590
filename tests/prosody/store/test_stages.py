"""What is done again when something changes: no more than what follows from it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from diarize.recording.consent import SCOPES, grant
from prosody import pipeline
from prosody.engines import models_of
from prosody.options import Asked
from prosody.report import codec
from prosody.settings import Settings
from prosody.store import stages
from prosody.store.add import add_session
from prosody.store.amend import correct
from prosody.store.library import Library
from prosody.store.requests import Request
from tests.conftest import ROOT
from tests.counting import calls_of
from tests.said import refused

SAMPLE = ROOT / "sample_audio" / "hurried.flac"
QUICK = Asked(transcript=SAMPLE.with_suffix(".vtt"), speakers=SAMPLE.with_suffix(".rttm"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A sample in a library, with a correction."""
    folder = tmp_path_factory.mktemp("stages")
    path = folder / "a.flac"
    path.write_bytes(SAMPLE.read_bytes())
    grant(path, by="x", scopes=SCOPES)  # as the sample itself: one register knows both
    report = add_session(path, QUICK, folder / "l", ids={"dyad_id": "d-1"}).report()
    library = Library(folder / "l")
    (entry,) = library.sessions()
    event = next(e for e in report.events if e.utterance is not None)
    turn = next(t for t in report.turns if t.index == event.utterance)
    request = Request(turn=turn.index, voice=_other(report, turn.voice))
    correct(library, entry.session_id, request, by="x")
    return path, library, entry.session_id


def _other(report, voice):
    return next(v.voice for v in report.voices if v.voice != voice)


@pytest.fixture
def listened():
    """Give what was asked of analyses, a row each."""
    with calls_of(pipeline.analyse_as_asked) as made:
        yield made


def changed(**sections):
    settings = Settings.load()
    own = {name: replace(getattr(settings, name), **values) for name, values in sections.items()}
    return replace(QUICK, settings=replace(settings, **own))


def test_another_threshold_of_a_measure_is_measured_and_not_listened_to(made, listened):
    path, library, session = made
    before = library.load(session)
    asked = changed(pacing={"pause_s": 0.6})
    added = add_session(path, asked, library.folder, force=False)
    assert (added.fresh, len(listened)) == (True, 0)
    report = library.load(session)
    assert report.settings["pacing"]["pause_s"] == 0.6
    assert report.turns == before.turns and len(library.corrections(session)) == 1
    moved = {m.cue for m, n in zip(before.measures, report.measures, strict=True) if m != n}
    assert "pace.pause_ratio" in moved and "talk.share" not in moved
    assert added.entry.key == stages.key_of(added.entry.sha256, asked, library.folder)
    again = add_session(path, asked, library.folder, force=False)
    assert not again.fresh and codec.to_json(again.report()) == codec.to_json(report)
    add_session(path, QUICK, library.folder, force=False)
    assert codec.to_json(library.load(session)) == codec.to_json(before) and not listened


def test_what_is_heard_otherwise_is_listened_to(made, listened):
    path, library, _ = made
    asked = changed(hearing={"units": replace(Settings().units, silence_s=4.0)})
    added = add_session(path, asked, library.folder, force=False)
    assert (added.fresh, len(listened)) == (True, 1)
    add_session(path, QUICK, library.folder, force=False)


def test_other_weights_are_another_key_and_are_listened_to(made, listened, monkeypatch):
    path, library, session = made
    before = library.row(session).key
    found = models_of(QUICK)
    other = replace(found[0], sha256="0" * 64) if found else SimpleNamespace(sha256="0" * 64)
    monkeypatch.setattr(stages, "models_of", lambda asked: (other, *found[1:]))
    added = add_session(path, QUICK, library.folder, force=False)
    assert (added.fresh, len(listened)) == (True, 1)
    assert added.entry.key.split("-")[0] != before.split("-")[0]
    monkeypatch.undo()
    assert add_session(path, QUICK, library.folder, force=False).fresh


def test_a_session_that_is_not_what_was_saved_is_not_passed_over(made, listened):
    path, library, session = made
    place = library.folder / session / "report.json"
    whole = place.read_bytes()
    place.write_bytes(whole[:-2])
    try:
        with refused("library.report_unreadable"):
            add_session(path, QUICK, library.folder, force=False)
    finally:
        place.write_bytes(whole)
    assert listened == []
    assert not add_session(path, QUICK, library.folder, force=False).fresh


def test_a_therapist_named_in_the_manifest_is_cast_without_listening(made, listened):
    path, library, session = made
    before = library.load(session)
    client = next(v.voice for v in before.voices if v.role == "client")
    asked = replace(QUICK, therapist=client)
    report = add_session(path, asked, library.folder, force=False).report()
    assert listened == []
    assert {v.voice: v.role for v in report.voices}[client] == "therapist"
    assert not add_session(path, asked, library.folder, force=False).fresh


@pytest.mark.parametrize("place", ["new", "in/side", "made"])
def test_what_is_refused_while_it_is_analysed_leaves_no_library(tmp_path, place):
    path = tmp_path / "a.flac"
    path.write_bytes(b"\x01 consented to, and no sound")
    grant(path, by="x", scopes=SCOPES)
    (tmp_path / "made").mkdir()
    with refused("recording.unknown_format", file=str(path)):
        add_session(path, QUICK, tmp_path / place)
    made = [p for p in tmp_path.rglob("*") if p.name == "library.db"]
    assert not made or place == "made"  # a folder that was there was given to be a library
    assert (tmp_path / place).exists() == (place == "made")


def test_an_id_in_other_capitals_is_refused_before_anything_is_heard(made, listened):
    """Some machines would have one folder for both sessions."""
    path, library, session_id = made
    other = session_id.upper()
    with refused("session.id_other_capitals", session_id=other, other=session_id):
        add_session(path, QUICK, library.folder, session_id=other)
    assert not listened and library.entry(session_id).session_id == session_id

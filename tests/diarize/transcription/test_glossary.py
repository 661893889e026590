"""Names a transcriber is told: read from a file, kept out of what is kept of a session."""

import numpy as np
import pytest

from diarize.messages import message
from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.timeline import Span, Word
from diarize.transcription import table
from diarize.transcription.decoded import Decoded
from diarize.transcription.glossary import read_glossary
from diarize.transcription.transcriber import Opener, Transcriber, one_by_one
from tests.said import refused


def written(tmp_path, data: bytes):
    path = tmp_path / "names.txt"
    path.write_bytes(data)
    return path


def made_up(monkeypatch, expecting):
    """Add a transcriber that hears nothing; of names it is told, `expecting` says what it does."""

    def opener(weights, language, rule):
        hear = one_by_one(lambda samples, language: [])
        return Transcriber(Engine("made up", "1", machine=True), hear, expecting=expecting)

    row = Opener(opener, message("engine.words_by", name="made up"))
    monkeypatch.setitem(table.TRANSCRIBERS, "made up", row)


def test_a_name_a_line_once_without_marks_of_the_editor(tmp_path):
    text = "\ufeff# of Tuesday\nZolomidine\n\n  St  Mary's \nZolomidine\n"
    found = read_glossary(written(tmp_path, text.encode()))
    assert found.names == ("Zolomidine", "St Mary's")
    assert found.note.fields["names"] == 2
    assert found.sha256.startswith(str(found.note.fields["sha256"]))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "glossary.empty"),
        (b"# only a remark\n", "glossary.empty"),
        (b"\xff\xfe\x00z", "glossary.not_text"),
        ("\n".join(f"name{n}" for n in range(200)).encode(), "glossary.too_many"),
        (b"a" * 500, "glossary.no_name"),
        (b"bell \x07 in it", "glossary.no_name"),
    ],
)
def test_what_is_no_glossary_is_refused_in_one_line(tmp_path, data, code):
    with refused(code):
        read_glossary(written(tmp_path, data))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path, why in ((tmp_path / "none.txt", "missing"), (tmp_path, "folder")):
        with refused(f"disk.{why}", file=str(path)):
            read_glossary(path)


def test_the_model_is_told_and_the_report_has_no_name(tmp_path, monkeypatch):
    told = []

    def expecting(names):
        told.append(names)
        said = Decoded(Span(0, 1), " Zolomidine", (Word(Span(0.1, 0.9), "Zolomidine"),), -0.1)
        return one_by_one(lambda samples, language: [said])

    made_up(monkeypatch, expecting)
    glossary = read_glossary(written(tmp_path, b"Zolomidine\n"))
    model = table.opened("made up", glossary=glossary)
    audio = Audio.of(np.full(RATE_HZ, 0.1, np.float32))
    found = table.transcribe(audio, (Span(0, 1),), model, language="en")
    assert [word.text for word in found.words] == ["Zolomidine"]
    assert len(told) == 1 and "Zolomidine" in told[0]
    (note,) = [n for n in found.notes if n.code == "transcriber.glossary"]
    assert "Zolomidine" not in repr(note) and note.fields["names"] == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Glossary: Zolomidine, St Mary's, Aldersham.", False),
        ("Glossary", False),
        ("Zolomidine, St Mary's, Aldersham, Ve", False),  # cut short, as a model leaves it
        ("St Mary's, Aldersham", False),
        ("Zolomidine.", True),
        ("Aldersham, Zolomidine", True),  # in another order nobody was told
        ("I take Zolomidine at St Mary's", True),
        ("Glossary of terms", True),
    ],
)
def test_what_a_model_was_told_is_nothing_that_anybody_said(tmp_path, monkeypatch, said, kept):
    """Over sound that it does not understand a model gives back its prompt."""
    names = written(tmp_path, b"Zolomidine\nSt Mary's\nAldersham\nVerity\n")
    words = tuple(
        Word(Span(0.1 + 0.1 * n, 0.18 + 0.1 * n), text, 0.9) for n, text in enumerate(said.split())
    )

    def expecting(line):
        return one_by_one(lambda samples, language: [Decoded(Span(0, 2), said, words, -0.1)])

    made_up(monkeypatch, expecting)
    model = table.opened("made up", glossary=read_glossary(names))
    audio = Audio.of(np.full(2 * RATE_HZ, 0.1, np.float32))
    found = table.transcribe(audio, (Span(0, 2),), model, language="en")
    assert [word.text for word in found.words] == (said.split() if kept else [])
    told = {(flag.reason.code, flag.words) for flag in found.flags}
    assert told == (set() if kept else {("transcriber.echoed", len(words))})


def test_a_transcriber_that_takes_no_names_refuses_them(tmp_path, monkeypatch):
    made_up(monkeypatch, None)
    with refused("glossary.not_taken"):
        table.opened("made up", glossary=read_glossary(written(tmp_path, b"Aldersham\n")))

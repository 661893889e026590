"""What looks like a habit or a slip of who types, and is none: it stays as it is."""

from pathlib import Path

import pytest

from diarize.formats.spelling import as_typed
from diarize.formats.table import read_transcript
from diarize.formats.transcript import Transcript


def _read(folder: Path, name: str, text: str) -> Transcript:
    path = folder / name
    path.write_text(text, "utf-8")
    return read_transcript(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "[0:01] T: Ich ha- ich hatte das.\n[0:04] K: Und da-\nda dach-\nte er.\n[0:05] T: Ja."
            "\n[0:07] K: So.",
            ["Ich ha- ich hatte das.", "Und da- da dach- te er.", "Ja.", "So."],
            id="breaks off with a hyphen",
        ),
        pytest.param(
            "[0:01] T: Well.\n\n[0:04] K: Yes.\n\n[0:05] T: So.\n\n[0:07] K: No.\n\n[0:09] T: Ah."
            "\n\nTell me more.",
            ["Well.", "Yes.", "So.", "No.", "Ah. Tell me more."],
            id="a second paragraph",
        ),
        pytest.param(
            "[0:01] T: The rules; well.\n[0:03] K: Yes; I know.\n[0:05] T: So; go on.",
            ["The rules; well.", "Yes; I know.", "So; go on."],
            id="semicolons within",
        ),
        pytest.param(
            "T: Anna, hello.\nK: Hello.\n[0:04] T: Well.\nK: Yes.\n[0:09] T: So.",
            ["Anna, hello.", "Hello.", "Well.", "Yes.", "So."],
            id="turns without times",
        ),
    ],
)
def test_what_was_said_stays(tmp_path: Path, text: str, said: list[str]) -> None:
    assert [cue.text for cue in _read(tmp_path, "said.txt", text).cues] == said


def test_a_name_of_few_people_says_who_speaks(tmp_path: Path) -> None:
    rows = "Start,End,Name,Description\n0,1,Anna,Well.\n1,2,Jo,Yes.\n2,3,Anna,So.\n3,4,Jo,No.\n"
    read = _read(tmp_path, "said.csv", rows)
    assert [cue.voice for cue in read.cues] == ["Anna", "Jo", "Anna", "Jo"]


def test_cells_that_a_mark_parted_are_joined_and_told(tmp_path: Path) -> None:
    read = _read(tmp_path, "said.csv", "Zeit;Person;Text\n0:01;T;Ja; und dann; gut\n0:03;K;Nein\n")
    assert [cue.text for cue in read.cues] == ["Ja; und dann; gut", "Nein"]
    assert [note.code for note in read.notes] == ["format.cells_joined"]


@pytest.mark.parametrize("text", ["Sagen Sie „Ä“ und „Ö“.", "âge, château", "naïve — déjà"])
def test_letters_that_are_right_stay(text: str) -> None:
    assert as_typed(text) == (text, ())

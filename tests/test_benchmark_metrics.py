"""The separator's tables: stretches and turns are told apart, and a page is what was printed."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.diarization import INTERVALS, mean_cell
from benchmarks.pitch_gross import gross_errors
from benchmarks.shared.commanded import Place
from benchmarks.shared.corpora import Clip
from benchmarks.shared.metrics import COLUMNS, scores
from benchmarks.shared.pages import said
from diarize.recording.audio import Audio
from diarize.timeline import Span, Turn

SILENCE = Audio.of(np.zeros(20 * 16_000, np.float32))


def turns(*rows: tuple[float, float, str]) -> tuple[Turn, ...]:
    return tuple(Turn(Span(a, b), voice) for a, b, voice in rows)


def clip(*rows: tuple[float, float, str]) -> Clip:
    return Clip("made", "made", SILENCE, turns(*rows), Span(0.0, 20.0))


WITH_PAUSE = ((0.0, 4.0, "a"), (5.0, 10.0, "a"), (11.0, 19.0, "b"))
WITHOUT = ((0.0, 10.0, "a"), (11.0, 19.0, "b"))


def test_a_reference_that_counts_pauses_is_met_by_turns_and_the_other_by_stretches() -> None:
    heard = turns(*WITH_PAUSE)
    counting = scores(clip(*WITHOUT), heard)
    assert counting["error"] == pytest.approx(100 / 18)
    assert counting["missed"] == pytest.approx(100 / 18)
    assert counting["as turns"] == counting["both"] == pytest.approx(0.0)
    leaving_out = scores(clip(*WITH_PAUSE), heard)
    assert leaving_out["error"] == pytest.approx(0.0)
    assert leaving_out["as turns"] == pytest.approx(100 / 17)
    assert leaving_out["both"] == pytest.approx(0.0)


def test_a_longer_pause_than_the_joining_limit_stays_in_both() -> None:
    heard = turns((0.0, 4.0, "a"), (6.0, 10.0, "a"), (11.0, 19.0, "b"))
    found = scores(clip(*WITHOUT), heard)
    assert found["as turns"] == found["error"] == pytest.approx(200 / 18)


def test_names_do_not_matter_and_an_exchange_is_confusion() -> None:
    same = scores(clip(*WITHOUT), turns((0.0, 10.0, "x"), (11.0, 19.0, "y")))
    assert same["error"] == same["share"] == 0.0
    wrong = scores(clip(*WITHOUT), turns((0.0, 10.0, "x"), (11.0, 15.0, "x"), (15.0, 19.0, "y")))
    assert wrong["confusion"] == pytest.approx(400 / 18)
    assert wrong["share"] == pytest.approx(400 / 18)
    assert tuple(wrong) == COLUMNS


def test_a_mean_has_its_interval_where_there_are_enough_recordings() -> None:
    column = INTERVALS[0]
    assert mean_cell(column, [1.0, 3.0]) == "2.0"
    assert mean_cell(column, []) == "–"
    mean, interval = mean_cell(column, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).split(" ", 1)
    low, high = (float(part) for part in interval.strip("()").split(" to "))
    assert 1.0 < low < float(mean) < high < 6.0


def test_a_page_is_what_was_printed_and_its_day(tmp_path, capsys) -> None:
    page = tmp_path / "page.md"
    said(iter(["# One", "two"]), page)
    assert capsys.readouterr().out == "# One\ntwo\n"
    heading, empty, day, *rest = page.read_text().splitlines()
    assert (heading, empty, rest) == ("# One", "", ["two"])
    assert date.fromisoformat(day.removeprefix("Made on ").rstrip(".")) <= date.today()


def test_gross_errors_of_pitch_are_told_by_where_they_lie():
    truth = np.zeros(40)
    truth[5:35] = 100.0
    found = truth.copy()
    truth[34] = 60.0  # the last period is irregular, and the tracker goes on
    found[[15, 20]] = 200.0, 50.0  # an octave off, inside
    found[25] = 130.0  # neither
    found[30] = 115.0  # no gross error
    found[6] = 0.0  # not called voiced
    assert gross_errors(truth, found).tolist() == [29, 4, 1, 1, 1, 1, 3, 26]


@pytest.mark.parametrize(
    ("file", "bytes_", "code"),
    [("none.wav", None, "disk.missing"), ("bad.wav", b"hello", "consent.missing")],
)
def test_what_a_command_of_a_case_refuses_is_known_by_its_code(
    tmp_path: Path, file: str, bytes_: bytes | None, code: str
) -> None:
    if bytes_ is not None:
        (tmp_path / file).write_bytes(bytes_)
    found = Place(tmp_path / "base.wav", tmp_path).checked(tmp_path / file)
    assert (found.exit_code, found.codes) == (2, (code,))


def test_a_cause_tells_more_than_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    place, grid = Place(tmp_path / "base.wav", tmp_path), tmp_path / "turns.TextGrid"
    grid.write_bytes(b"ooBinaryFile\x08TextGrid\x00\xff\x80\x00")
    done = place.run("code", str(grid))
    assert place.refused(done).codes == ("format.binary_text_grid",)
    assert "ooBinary" not in done.stderr

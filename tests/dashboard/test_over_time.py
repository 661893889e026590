"""A person's sessions out of a library, and what clients rated of them."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from dashboard.view import over_time
from dashboard.view.words import for_the_page, say
from diarize.messages import Message, message
from prosody.cli.commands import cli
from prosody.render.trends import at_point
from prosody.report.model import ConsentFacts
from prosody.report.trends import trends
from prosody.store.library import Library
from prosody.store.over_time import keep_scores, reports, scores, steadiness, visits
from tests.conftest import PATIENCE_S, ROOT
from tests.dashboard.conftest import another
from tests.said import refused

SHELL = ROOT / "dashboard" / "pages" / "shell.py"


@pytest.fixture
def library(shelf: Any) -> Library:
    ids = {"dyad_id": "d-1", "therapist_id": "t-1"}
    for n in range(1, 6):
        day = f"2026-02-{n:02d}"
        shelf.add(f"s-{n}", another(shelf.report(), n), audio=False, date=day, **ids)
    shelf.add("s-two", another(shelf.report(), 6), audio=False, date="2026-02-15", **ids)
    return Library(shelf.folder)


def rated(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "scores.csv"
    file.write_text(text, "utf-8")
    return file


def test_ratings_are_kept_by_session_or_by_pair_and_day(library: Any, tmp_path: Path) -> None:
    by_name = rated(tmp_path, "session_id,SRS,ORS\ns-one,33.5,\ns-two,35,22\n")
    assert keep_scores(library, by_name) == (2, ("SRS", "ORS"))
    by_day = rated(tmp_path, "dyad_id,date,WAI\nd-1,2026-02-15,61\n")
    assert keep_scores(library, by_day) == (1, ("WAI",))
    assert scores(library, "s-one") == {"SRS": 33.5}
    assert scores(library, "s-two") == {"SRS": 35.0, "ORS": 22.0, "WAI": 61.0}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("session_id,SRS\ns-one,33\nno-such,1\n", "trend.scores_no_session"),
        ("session_id,SRS\ns-one,33\ns-two,good\n", "trend.scores_no_number"),
        ("session_id,SRS\ns-one,33\ns-two,nan\n", "trend.scores_no_number"),
        ("date,SRS\n2026-01-15,33\n", "trend.scores_no_column"),
        ("session_id,date\ns-one,2026-01-15\n", "trend.scores_no_scale"),
        ("session_id,SRS,SRS\ns-one,33,34\n", "trend.scores_column_twice"),
        ("session_id,SRS\n", "trend.scores_none"),
        ('session_id,SRS\ns-one,"' + "9" * 200_000 + '"\n', "trend.scores_no_table"),
        ("session_id," + ",".join(f"c{i}" for i in range(300)) + "\n", "trend.scores_too_many"),
        ("session_id,SRS\n" + "s-one,33\n" * 500_000, "disk.too_large"),
    ],
)
def test_a_table_that_is_not_right_leaves_everything_as_it_was(
    library: Any, tmp_path: Path, text: str, code: str
) -> None:
    with refused(code):
        keep_scores(library, rated(tmp_path, text))
    assert scores(library, "s-one") == {} == scores(library, "s-two")


def test_what_is_no_text_or_no_file_is_no_table_of_ratings(library: Any, tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"session_id,SRS\ns-one,\xff\xfe\n")
    with refused("trend.scores_no_table"):
        keep_scores(library, tmp_path / "bytes.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with refused("disk.not_regular"):
        keep_scores(library, tmp_path / "pipe.csv")


def test_ratings_go_with_their_session(library: Any, tmp_path: Path) -> None:
    keep_scores(library, rated(tmp_path, "session_id,SRS\ns-two,35\n"))
    assert "scores.json" in library.forget("s-two")


def test_a_session_that_may_not_be_opened_is_left_out_and_said(shelf: Any, library: Any) -> None:
    ended = shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"))
    shelf.add("s-over", another(ended, 7), audio=False, date="2026-03-01")
    own, left = visits(library, "d-1")
    assert "s-over" not in [v.session_id for v in own] and len(own) == 7
    assert [line.fields["session"] for line in left] == ["s-over"]
    why = for_the_page(left[0]).fields["why"]
    assert isinstance(why, Message) and why.code == "dashboard.library_consent_expired"
    assert len(visits(library, "t-1", "therapist")[0]) == 6
    assert len(reports(library, "d-1")[0]) == 7  # its neighbours' links are pooled all the same
    assert [line.fields["session"] for line in reports(library, "d-1")[1]] == ["s-over"]
    with refused("trend.nobody"):
        visits(library, "nobody")


def test_a_pair_of_which_nothing_can_be_opened_says_why(shelf: Any) -> None:
    ended = shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"))
    shelf.add("s-alone", another(ended, 9), audio=False, dyad_id="d-9", date="2026-03-01")
    with refused("trend.none_opened", why="library.consent_expired", n=1):
        reports(Library(shelf.folder), "d-9")


def test_steadiness_counts_pairs_and_names_none(library: Any) -> None:
    found, pairs = steadiness(library, "talk.share", "therapist")
    assert pairs == 1 and found is None


def test_every_figure_of_two_sessions_is_drawn_and_all_stand_in_tables_with_their_values(
    library: Any,
) -> None:
    keep_scores(library, rated(library.folder.parent, "session_id,SRS\ns-one,30\ns-two,35\n"))
    found = trends(visits(library, "d-1")[0])
    values = {over_time.title(k): [p.value for p in k.points] for k in found.lines}
    twice = {title for title, own in values.items() if len(own) - own.count(None) > 1}
    shown = over_time.pictures(found)
    assert {picture.title for picture in shown} == twice
    assert shown[0].title == say("rated_by_client", scale="SRS")
    assert all(picture.svg.startswith("<svg") for picture in shown)
    rows = {line.cells[0]: line.cells for grid in over_time.figures(found) for line in grid.lines}
    assert rows.keys() == {over_time.title(line) for line in found.lines}
    for line in found.lines:
        own = rows[over_time.title(line)]
        assert own[1 : 1 + len(line.points)] == tuple(at_point(line, p) for p in line.points)
        assert len(own) == len(line.points) + 4
    assert rows[shown[0].title][1:8].count("–") == 5


def test_what_changed_in_how_a_session_was_recorded_is_said_with_its_day(
    shelf: Any, library: Any
) -> None:
    assert over_time.changes(trends(visits(library, "d-1")[0])).lines == ()
    far = shelf.report(recording=replace(shelf.report().recording, setting="remote"))
    ids = {"dyad_id": "d-1", "therapist_id": "t-1"}
    shelf.add("s-far", another(far, 9), audio=False, date="2026-02-20", **ids)
    found = trends(visits(library, "d-1")[0])
    (line,) = over_time.changes(found).lines
    assert line.cells[:2] == ("2026-02-20", "s-far")
    (told,) = found.changes[0].what
    ends = [message(f"trend.setting_{name}") for name in ("room", "remote")]
    setting = message("trend.setting")
    assert told == message("trend.changed", what=setting, old=ends[0], new=ends[1])
    assert line.cells[2] == say("title", text=told)


def test_a_page_of_one_person_opens_from_the_library_and_closes_what_was_open(
    shelf: Any, library: Any
) -> None:
    app = AppTest.from_file(str(SHELL), default_timeout=PATIENCE_S)
    app.secrets["library"], app.secrets["signing_key"] = str(shelf.folder), "key"
    app.run()
    app.session_state["held"] = "a session that was open"
    app.selectbox(key="over time of").select(say("over_time_pair", who="d-1")).run()
    app.button(key="open over time").click().run()
    assert not app.exception
    assert app.title[0].value == say("over_time_title", who="d-1")
    assert any(say("of_pair") in text.value for text in app.text)
    assert len(app.expander) == 2 and "held" not in app.session_state


def said_by(library: Any, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["trends", *arguments, "--library", str(library.folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_gives_every_figure_with_its_values_and_band(library: Any) -> None:
    lines = [json.loads(line) for line in said_by(library, "d-1", "--json").splitlines()]
    found = trends(visits(library, "d-1")[0])
    assert [(k["name"], k["role"]) for k in lines] == [(k.name, k.role) for k in found.lines]
    share = next(k for k in lines if (k["name"], k["role"]) == ("talk.share", "therapist"))
    assert [p["value"] for p in share["points"]] == [31.2] * 7 and share["band"]["low"] == 31.2


def test_the_command_says_why_there_is_no_band(shelf: Any) -> None:
    ids = {"dyad_id": "d-2", "therapist_id": "t-2"}
    for n in (1, 2):
        day, talk = f"2026-03-0{n}", another(shelf.report(), 20 + n)
        shelf.add(f"p-{n}", talk, audio=False, date=day, **ids)
    library = Library(shelf.folder)
    lines = [json.loads(line) for line in said_by(library, "d-2", "--json").splitlines()]
    share = next(k for k in lines if (k["name"], k["role"]) == ("talk.share", "therapist"))
    assert "band" not in share and share["reason_code"] == "trend.few"
    assert share["reason_fields"] == {"n": 2, "least": 5}
    assert str(message("trend.few", n=2, least=5)) in said_by(library, "d-2")


def test_the_command_says_how_many_pairs_steadiness_would_rest_on(library: Any) -> None:
    both = [json.loads(line) for line in said_by(library, "--steadiness", "--json").splitlines()]
    assert {(row["icc"], row["pairs"]) for row in both} == {(None, 0), (None, 1)}

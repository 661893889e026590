"""Tables: value, unit, n, interval, or the reason; never a cause."""

from dataclasses import replace
from typing import Any

from dashboard.view import links, tables
from dashboard.view.words import label, say
from diarize.messages import message
from diarize.timeline import Span
from prosody.listening.links import Link
from prosody.report.intake import Intake
from tests.conftest import retold


def grids(shelf: Any, meaning: dict[str, str]) -> dict[str, Any]:
    return {grid.title: grid for grid in tables.measures(shelf.report(), meaning)}


def test_what_came_in_says_what_became_of_it_and_where(shelf: Any) -> None:
    lost = message("recording.missing_inside", seconds=4.0, n=1)
    rows = (
        Intake("read", lost.code, dict(lost.fields), "read"),
        Intake("lost", lost.code, dict(lost.fields), str(lost), Span(61.0, 65.0)),
    )
    grid = tables.intake(replace(shelf.report(), intake=rows))
    assert [line.cells[0] for line in grid.lines] == [label("became", w) for w in ("read", "lost")]
    assert grid.lines[1].cells[2] == say("range", low="1:01", high="1:05")


def test_a_measure_is_value_interval_and_count(shelf: Any) -> None:
    voice = grids(shelf, {"voice.level": "How loud."})["Voice"]
    assert voice.heads == ("", "Therapist", "95% CI, n")
    assert voice.lines[0].cells == ("Level", "−28.4 dB", "−30 to −26 dB, n = 6")
    assert voice.lines[0].meaning == "How loud."


def test_a_measure_that_cannot_be_said_gives_its_reason(shelf: Any) -> None:
    line = grids(shelf, {"match.language_style": "What it is."})[
        str(message("family.match"))
    ].lines[0]
    assert line.cells == ("Language style matching", "not available", "n = 80")
    why = str(shelf.report().measure("match.language_style", "both").reason)
    assert line.meaning == f"{why[:1].upper()}{why[1:]}. What it is."


def test_a_reason_that_holds_for_one_of_two_names_whom(shelf: Any) -> None:
    report = shelf.report()
    why = message("measure.no_turn")
    silent = replace(report.measures[1], value=None, reliable=False, reason=why)
    grid = tables.measures(replace(report, measures=(report.measures[0], silent)), {})[0]
    assert grid.lines[0].cells[3] == "not available"
    assert grid.lines[0].meaning == f"Client: {why}."


def test_roles_stand_side_by_side_and_a_meaning_stands_once(shelf: Any) -> None:
    talking = grids(shelf, {"talk.share": "Who talks."})[str(message("family.talk"))]
    assert talking.heads == ("", "Therapist", "95% CI, n", "Client", "95% CI, n")
    assert [line.cells for line in talking.lines] == [
        ("Talk-time share", "31.2%", "n = 13", "68.8%", "n = 13")
    ]
    assert talking.lines[0].meaning == "Who talks."


def test_a_rough_figure_is_marked_and_the_reason_stands_below(shelf: Any) -> None:
    turns = grids(shelf, {})[str(message("family.turns"))]
    assert turns.lines[0].cells[1] == "~1 s"
    reason = str(message("measure.few_changes", n=5, least=30))
    assert turns.note.startswith("~") and reason.lower() in turns.note.lower()


def test_the_glance_shows_first_things_first_and_only_what_there_is(shelf: Any) -> None:
    grid = tables.glance(shelf.report())
    assert [line.cells[0] for line in grid.lines] == [
        "Talk-time share",
        "Response latency",
        "Level",
    ]


def test_links_are_sorted_by_how_far_they_may_be_said(shelf: Any) -> None:
    report = shelf.report()
    loose = replace(report.links[0], behaviour="summary", reliable=False, reason="chance")
    loose = replace(loose, family="primary")
    other = replace(loose, behaviour="advice", family="exploratory")
    report = replace(report, links=(*report.links, loose, other))
    firm, unsure, exploratory, unsaid = links.links(report)
    assert [line.cells[0] for line in firm.lines] == ["Reflection"]
    assert firm.lines[0].cells[2] == "quieter"
    assert [line.cells[0] for line in unsure.lines] == ["Summary"]
    assert [line.cells[0] for line in exploratory.lines] == ["Advice"]
    why = message("link.too_few", least=5, n=1, rest=20)
    level = say("cue_of_role", role="therapist", cue="level")
    assert unsaid.lines[0].cells == ("Advice", level, say("sentence", text=str(why)))


def test_a_link_is_told_without_a_cause(shelf: Any) -> None:
    report = shelf.report()
    outcome = Link(
        "reflection", "next.client_talk", "client", 9, 14.0, 9.0, 5.0, 1.0, 8.0, 0.5, True
    )
    firm = links.links(replace(report, links=(*report.links, outcome)))[0]
    told = [line.meaning for line in firm.lines]
    assert [("−3 dB: quieter" in told[0]), ("+5 s: longer" in told[1])] == [True, True]
    for word in ("because", "cause", "led", "made", "effect", "thanks"):
        assert all(word not in sentence for sentence in told)


def test_quality_says_where_and_what_follows(shelf: Any) -> None:
    lines = tables.quality(shelf.report()).lines
    assert lines[0].cells == ("Speech-to-noise ratio", "OK", "31 dB", "")
    assert lines[1].cells == ("Clipped samples", "Read with care", "0.40%", "0:30 to 0:33")


def test_a_person_who_set_a_role_is_named_instead_of_a_certainty(shelf: Any) -> None:
    report = shelf.report()
    set_by = replace(report.voices[0], corrected_by="sup-1")
    lines = tables.voices(retold(report, casting=(set_by, report.voices[1]))).lines
    assert [line.cells[2] for line in lines] == ["set by sup-1", "94%"]


def test_what_is_said_below_every_row_alike_is_said_once() -> None:
    alike = [tables.Line(("a",), "too few"), tables.Line(("b",), "too few")]
    rows, note = tables.said_once(alike)
    assert [(row.cells, row.meaning) for row in rows] == [(("a",), ""), (("b",), "")]
    assert note == "too few"
    other = (*alike, tables.Line(("c",), ""))
    assert tables.said_once(other) == (other, "")

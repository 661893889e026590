"""What an item of the agenda shows: the exchange it lies in, as the session is now."""

from dataclasses import replace
from typing import Any

from dashboard.view import agenda_list
from prosody.store import agenda


def spoken(report: Any, items: Any) -> list[list[str]]:
    return [
        [f"{role}: {text[:9]}" for role, _, text in row["words"]]
        for row in agenda_list.rows(report, items, ())
    ]


def test_an_item_begins_with_what_the_client_had_said(shelf: Any) -> None:
    report = shelf.report()
    first, second = spoken(report, agenda.of(shelf.folder, "s-one", report))
    assert first == ["client: I keep ly", "therapist: It sounds"]
    assert second == ["client: When the ", "therapist: And then "], "who were heard at once"
    longer = replace(agenda.of(shelf.folder, "s-one", report)[0], end_s=26.0)
    (words,) = spoken(report, (longer,))
    assert words[:2] == first and words[2].startswith("client: "), "with what the client said next"


def test_a_silence_has_the_words_around_it(shelf: Any) -> None:
    report = shelf.report()
    item = replace(agenda.of(shelf.folder, "s-one", report)[0], start_s=26.0, end_s=31.0)
    assert spoken(report, (item,)) == [["client: Yes. It n", "therapist: What is t"]]

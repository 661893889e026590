"""Cards say what the report says, beside the right words, and every one can be played."""

from dataclasses import replace
from typing import Any

from dashboard.view import cards, player
from dashboard.view.words import say
from diarize.conversation import Role
from diarize.messages import message
from diarize.timeline import Span
from prosody.render import listen_first, wording
from prosody.render.html import html
from tests.conftest import wordless


def by_kind(report: Any, kind: str) -> Any:
    return next(card for card in cards.events(report) if card.kind == kind)


def test_a_card_tells_what_came_before_what_was_said_and_what_came_next(shelf: Any) -> None:
    card = by_kind(shelf.report(), "question_open")
    assert [q.who for q in card.quotes] == [
        say(f"{when}_of", role=role)
        for when, role in (("before", "client"), ("then", "therapist"), ("next", "client"))
    ]
    texts = [shelf.report().turns[q.turn].text for q in card.quotes]
    assert texts[0].startswith("Yes. It never ends.")
    assert texts[1] == "What is the hardest moment?"
    assert texts[2].startswith("When the house is quiet.")
    assert card.doubt == say("suggestion", confidence=0.8)


def test_a_correction_names_who_set_it(shelf: Any) -> None:
    assert by_kind(shelf.report(), "check_in").doubt == say("judged_by", by="sup-1")


def test_a_range_is_the_middle_of_a_persons_own_turns(shelf: Any) -> None:
    report = shelf.report()
    one = next(e for e in report.events if e.kind == "validation")
    many = [
        replace(one, utterance=i, values={"voice.level": float(v)})
        for i, v in enumerate((-30, -29, -28, -27, -26, -25, -24, -23, -22))
    ]
    twice = many[-1].suggesting(kind="reflection")  # a second behaviour of a turn counts no more
    found = cards.ranges(replace(report, events=(*many, twice)))["therapist"]["voice.level"]
    assert found == [-29.2, -28.0, -26.0, -24.0, -22.8, 9.0]


def test_every_list_has_the_cues_of_the_turn_that_its_cards_are_about(shelf: Any) -> None:
    report = shelf.report()
    reflected = next(e for e in report.events if e.utterance == report.turns[2].index)
    moment = cards.moments(report)[0]
    assert moment.turn == reflected.utterance
    assert moment.values == by_kind(report, "reflection").values == dict(reflected.values)
    lists = (cards.moments(report), cards.overlap_list(report))
    of_turn = {e.utterance: dict(e.values) for e in report.events if e.values}
    assert all(dict(c.values) == of_turn.get(c.turn, {}) for cs in lists for c in cs)


def test_with_few_turns_nothing_is_called_usual(shelf: Any) -> None:
    assert cards.ranges(shelf.report()) == {}


def test_what_to_listen_to_first_has_most_points_and_is_at_most_five(shelf: Any) -> None:
    report = shelf.report()
    one = report.moments[0]
    many = tuple(replace(one, points=p) for p in (1.0, 3.0, 2.0, 5.0, 4.0, 0.5, 6.0))
    assert player.payload(replace(report, moments=many), None)["first"] == [6, 3, 4, 1, 2]


def test_a_moment_has_the_same_first_words_on_the_page_and_in_the_report(shelf: Any) -> None:
    report = shelf.report()
    silent = report.moments[0].__class__(
        "strong", Span(104.0, 109.0), Span(90.0, 118.0), report.moments[0].reason, 1.0, ()
    )
    told = replace(report, moments=(*report.moments, silent))
    texts = {turn.index: turn.text for turn in told.turns}
    shown = [
        tuple((quote.who, texts[quote.turn]) for quote in card.quotes[:2])
        for card in cards.moments(told)
    ]
    said = [card["quotes"] for card in listen_first.cards(told)]
    assert said == [shown[place] for place in listen_first.order(told)]
    assert said[-1][1] == (say("next_of", role="client"), "Yes, I would like that.")


def test_outcome_says_only_what_is_known(shelf: Any) -> None:
    facts = by_kind(shelf.report(), "reflection").outcome
    assert list(facts) == [
        (wording.cue("next.latency"), "0.80 s"),
        (wording.cue("next.client_talk"), "10 s"),
        (wording.cue("next.client_words"), "12 words"),
    ]
    assert by_kind(shelf.report(), "held_silence").outcome == ()


def test_every_card_plays_inside_the_recording_around_its_moment(shelf: Any) -> None:
    report = shelf.report()
    lists = (
        cards.events(report),
        cards.moments(report),
        cards.silence_list(report),
        cards.overlap_list(report),
    )
    for card in (card for found in lists for card in found):
        assert (
            0 <= card.context.start <= card.span.start <= card.span.end <= card.context.end <= 120.0
        )
        assert 0 <= card.play_s <= card.span.start
        assert card.stop_s is None or card.span.end <= card.stop_s <= 120.0


def test_silences_come_with_twenty_seconds_either_side(shelf: Any) -> None:
    first, second = cards.silence_list(shelf.report())
    who = {"left": say("the_role", role="client"), "came": say("the_role", role="therapist")}
    assert [card.title for card in (first, second)] == [
        say("silence_of", seconds=seconds) for seconds in (5.0, 4.5)
    ]
    assert first.gist == say("silence_how", **who)
    assert (first.play_s, first.stop_s) == (6.0, 51.0)
    assert [q.who for q in first.quotes] == [say("before_it"), say("after_it")]


def test_overlaps_are_told_apart(shelf: Any) -> None:
    labels = [card.label for card in cards.overlap_list(shelf.report())]
    kinds = ("backchannel", "to_review", "backchannel")
    assert labels == [wording.overlap(kind) for kind in kinds]
    middle = cards.overlap_list(shelf.report())[1]
    who = {"later": say("the_role", role="therapist"), "first": say("the_role", role="client")}
    assert middle.gist == say("overlap_how", **who)


def test_an_overlap_is_what_the_report_says_it_is(shelf: Any) -> None:
    report = shelf.report()
    first, middle, last = report.overlaps
    marked = replace(report, overlaps=(first, replace(middle, kind="terminal"), last))
    assert cards.overlap_list(marked)[1].label == wording.overlap("terminal")
    assert str(middle.evidence) in cards.overlap_list(marked)[1].evidence


def test_without_words_cards_have_none_and_still_play(shelf: Any) -> None:
    report = shelf.report()
    bare = wordless(report)
    found, spoken = cards.events(bare), player.payload(bare, None)["turns"]
    assert len(found) == len(cards.events(report)) > 0 and len(spoken) == len(report.turns)
    assert any(card.quotes for card in cards.events(report))
    assert all(card.quotes == () for card in found)
    assert sorted(card.play_s for card in found) == sorted(e.span.start for e in report.events)
    assert all(row["text"] == "" and row["words"] == [] for row in spoken)


def test_a_report_without_anything_gives_an_empty_room(shelf: Any) -> None:
    empty = shelf.report(
        utterances=(), silences=(), overlaps=(), events=(), moments=(), links=(), measures=()
    )
    data = player.payload(empty, shelf.frames(empty))
    assert all(found == [] for found in data["lists"].values())
    assert data["turns"] == data["silences"] == data["overlaps"] == []


def test_why_no_pair_at_all_has_a_figure_is_said_once_on_the_page_and_in_the_report(
    shelf: Any,
) -> None:
    some = shelf.report().links
    few = tuple(link for link in some if link.difference is None)
    assert few and few != some
    told = say("matrix_few", least=5)
    for links, said in ((some, ""), ((), ""), (few, told)):
        report = shelf.report(links=links)
        assert player.payload(report, None)["linksNone"] == said
        page = html(report, shelf.frames(report), session_id="s-one")
        assert (told in page) == bool(said)


def test_what_could_not_be_looked_for_is_called_absent_neither_on_the_page_nor_in_the_report(
    shelf: Any,
) -> None:
    heard = shelf.report(events=(), moments=(), links=())
    nobody = tuple(replace(turn, role=Role.UNKNOWN) for turn in heard.turns)
    for report, known in (
        (heard, True),
        (shelf.report(utterances=nobody, links=(), moments=()), False),
    ):
        page = html(report, shelf.frames(report), session_id="s-one")
        for absent in ("no_moments", "nothing_to_link"):
            assert (str(message(f"page.{absent}")) in page) == known
        assert (page.count(str(message("page.nobody_known"))) >= 2) != known
        assert (player.payload(report, None)["linksEmpty"] == say("empty_links")) == known

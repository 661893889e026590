"""Cards say what the report says, beside the right words, and every one can be played."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.view import cards, player
from dashboard.view.words import label, say
from diarize.messages import message
from prosody.listening.links import Link
from prosody.listening.totals import Total
from prosody.render import wording
from tests.conftest import retold, wordless


def by_kind(report: Any, kind: str) -> Any:
    return next(card for card in cards.events(report) if card.kind == kind)


def test_a_card_tells_what_came_before_what_was_said_and_what_came_next(shelf: Any) -> None:
    card = by_kind(shelf.report(), "question_open")
    assert [(q.who, q.role) for q in card.quotes] == [
        (say(f"{when}_of", role=role), role)
        for when, role in (("before", "client"), ("then", "therapist"), ("next", "client"))
    ]
    assert card.quotes[0].text.startswith("Yes. It never ends.")
    assert card.quotes[1].text == "What is the hardest moment?"
    assert card.quotes[2].text.startswith("When the house is quiet.")
    assert card.doubt == say("suggestion", confidence=0.8)


def test_a_correction_names_who_set_it(shelf: Any) -> None:
    assert by_kind(shelf.report(), "check_in").doubt == say("judged_by", by="sup-1")


def test_usual_is_what_the_links_state(shelf: Any) -> None:
    card = by_kind(shelf.report(), "reflection")
    level = next(f for f in card.facts if f.name == "Level")
    assert (level.value, level.usual, level.difference) == (
        "−30 dB",
        "−27 dB",
        "−3 dB: quieter",
    )


def test_usual_without_a_link_is_the_median_of_all_behaviours(shelf: Any) -> None:
    report = shelf.report(links=())
    level = next(f for f in by_kind(report, "question_open").facts if f.name == "Level")
    values = sorted(e.values["voice.level"] for e in report.events if e.values)
    middle = (values[2] + values[3]) / 2
    assert level.usual == f"{middle} dB".replace("-", "−")
    assert level.difference == f"+{-27.0 - middle:.2f} dB: louder"


def test_with_few_behaviours_nothing_is_called_usual(shelf: Any) -> None:
    report = shelf.report()
    few = replace(report, events=report.events[:3], links=())
    assert all(f.usual == f.difference == "" for card in cards.events(few) for f in card.facts)


def test_outcome_says_only_what_is_known(shelf: Any) -> None:
    facts = by_kind(shelf.report(), "reflection").outcome
    assert [(f.name, f.value) for f in facts] == [
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
        assert 0 <= card.lead_s <= card.start_s <= card.end_s <= card.tail_s <= 120.0
        assert 0 <= card.play_s <= card.start_s
        assert card.stop_s is None or card.end_s <= card.stop_s <= 120.0


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
    assert labels == [label("overlap", kind) for kind in kinds]
    middle = cards.overlap_list(shelf.report())[1]
    who = {"later": say("the_role", role="therapist"), "first": say("the_role", role="client")}
    assert middle.gist == say("overlap_how", **who)


def test_an_overlap_is_what_the_report_says_it_is(shelf: Any) -> None:
    report = shelf.report()
    first, middle, last = report.overlaps
    marked = replace(report, overlaps=(first, replace(middle, kind="terminal"), last))
    assert cards.overlap_list(marked)[1].label == label("overlap", "terminal")
    assert str(middle.evidence) in cards.overlap_list(marked)[1].evidence


def test_without_words_cards_have_none_and_still_play(shelf: Any) -> None:
    report = shelf.report()
    bare = wordless(report)
    assert all(card.quotes == () for card in cards.events(bare))
    data = player.payload(bare, None, stamp="1")
    assert all(row["text"] == "" and row["words"] == [] for row in data["turns"])


def test_a_report_without_anything_gives_an_empty_room(shelf: Any) -> None:
    empty = shelf.report(
        utterances=(), silences=(), overlaps=(), events=(), moments=(), links=(), measures=()
    )
    data = player.payload(empty, shelf.frames(empty), stamp="1")
    assert all(found == [] for found in data["lists"].values())
    assert data["turns"] == data["silences"] == data["overlaps"] == []


@pytest.mark.parametrize("difference", [1.0, -1.0])
def test_a_difference_is_value_less_usual(shelf: Any, difference: float) -> None:
    report = shelf.report()
    usual = Link(
        "validation",
        "voice.level",
        "therapist",
        9,
        -29.0,
        -29.0 - difference,
        difference,
        None,
        None,
        None,
        True,
    )
    card = by_kind(replace(report, links=(usual,)), "validation")
    level = next(f for f in card.facts if f.name == "Level")
    assert level.difference == ("+1 dB: louder" if difference > 0 else "−1 dB: quieter")


def test_the_voice_stands_first_and_the_rest_is_one_click_away(shelf: Any) -> None:
    report = shelf.report()
    values = {"distance.level": 0.1, "voice.level": -30.0, "warmth.softness": 0.4}
    one = replace(report, events=(replace(report.events[1], values=values),), links=())
    card = cards.events(one)[0]
    assert [fact.name for fact in card.facts] == ["Level"]
    assert [fact.name for fact in card.more] == [
        say("cue_of_family", family=message(f"family.{family}"), cue=wording.cue(cue))
        for family, cue in (("distance", "distance.level"), ("warmth", "warmth.softness"))
    ]


def test_a_moment_says_why_it_is_there(shelf: Any) -> None:
    report = shelf.report()
    strong, discuss = cards.moments(report)
    for card, moment in zip((strong, discuss), report.moments, strict=True):
        assert card.title.lower() == str(moment.reason).lower()
        assert card.label == str(message(f"side.{moment.side}"))
    assert (strong.play_s, strong.stop_s) == (1.0, 26.0)
    assert strong.evidence == say("why", why=report.moments[0].reason)


def test_before_roles_are_decided_voices_go_by_their_letters(shelf: Any) -> None:
    report = shelf.report(events=(), moments=(), links=())
    undecided = retold(report, utterances=tuple(replace(t, role="unknown") for t in report.turns))
    middle = cards.overlap_list(undecided)[1]
    who = {"later": say("voice", voice="A"), "first": say("voice", voice="B")}
    assert middle.gist == say("overlap_how", **who)
    data = player.payload(undecided, shelf.frames(report), stamp="1")
    assert [lane["name"] for lane in data["lanes"]] == [
        say("lane_voice", voice=voice) for voice in "AB"
    ]


def test_what_could_not_be_looked_for_is_never_called_absent(shelf: Any) -> None:
    report = shelf.report(events=(), moments=())
    why = message("behaviour.no_transcript")
    unsaid = Total("reflection", "therapist", None, None, None, None, None, False, why)
    found = {"none": report, "wordless": replace(report, totals=(unsaid,))}
    found["undecided"] = retold(
        report, utterances=tuple(replace(t, role="unknown") for t in report.turns)
    )
    found["nobody"] = retold(replace(report, overlaps=()), utterances=(), silences=())
    said = {name: player.payload(one, None, stamp="1")["empty"] for name, one in found.items()}
    assert said["none"]["behaviours"] == say("empty_behaviours")
    assert said["wordless"]["behaviours"] == said["wordless"]["moments"] == say("unheard", why=why)
    unknown = message("dashboard.roles_unknown")
    assert said["undecided"]["behaviours"] == say("unheard", why=unknown)
    assert set(said["nobody"].values()) == {say("nobody_spoke")}
    assert said["wordless"]["silences"] == say("empty_silences")

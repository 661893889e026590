"""What may be a name is covered, rather too much than too little, everywhere alike."""

import tomllib

import pytest

from diarize.conversation import Role, TurnKind, Utterance
from diarize.timeline import Span, Word
from prosody.render.masking import COVER, covered, covering, covering_turns
from prosody.rules import SHIPPED
from tests.conftest import ROOT
from tests.prosody.conftest import retold_words

GERMAN = tomllib.loads((ROOT / "benchmarks" / "german_sessions.toml").read_text("utf-8"))


def told(report, text, **more):
    said = retold_words(report, 3, text)
    return covering(said, **more)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Yes I told Anna that and left", "Yes I told ▇▇▇ that and left"),
        ("I saw Anna's mother in Leeds", "I saw ▇▇▇ mother in ▇▇▇"),
        ("It was in 1998 or so, at number 12.", "It was in ▇▇▇ or so, at number ▇▇▇."),
        ("I wrote to a.b@c.example or not", "I wrote to ▇▇▇ or not"),
        ("the Anna-Maria church", "the ▇▇▇ church"),
    ],
)  # fmt: skip
def test_names_numbers_and_addresses_are_covered(report, text, shown):
    assert told(report, text).text(text) == shown


def test_a_name_that_begins_a_sentence_is_covered_and_a_common_word_is_not(report):
    cover = told(report, "He left. Kumquat was there. That was it and more")
    assert cover.text("Kumquat was there. That was it") == f"{COVER} was there. That was it"


def test_what_is_covered_once_is_covered_everywhere(report):
    cover = told(report, "and I said to Anna then anna said it")
    assert cover.text("anna said") == f"{COVER} said"
    assert cover.words["anna"] == 2


def test_a_person_covers_more_and_uncovers_what_is_no_name(report):
    text = "on Monday the baker came by again with bread"
    assert told(report, text).text("on Monday the baker") == f"on {COVER} the baker"
    cover = told(report, text, also=["Baker"], shown=["Monday", "baker"])
    assert cover.text("on Monday the baker") == f"on Monday the {COVER}"


def test_without_capitals_only_function_words_are_shown(report):
    lower = report
    for at, turn in enumerate(report.turns):
        lower = retold_words(lower, at, turn.text.lower())
    cover = covering(lower)
    shown = covered(lower, cover)
    assert "week" not in " ".join(t.text for t in shown.turns)
    assert cover.text("and to anna") == f"and to {COVER}"


def test_voices_are_letters_and_the_recording_is_not_named(report):
    shown = covered(report, covering(report))
    assert shown.recording.sha256 == ""
    assert {turn.voice for turn in shown.turns} == {"A", "B"}
    assert [t.span for t in shown.turns] == [t.span for t in report.turns]


# --- German, where every noun has a capital -----------------------------------------------------


def spoken(lines):
    """Turns with these texts."""
    return [
        Utterance(
            at,
            Span(at, at + 1),
            "A",
            Role.UNKNOWN,
            TurnKind.PRIMARY,
            (Span(at, at + 1),),
            tuple(Word(Span(at, at + 1), word) for word in line.split()),
        )
        for at, line in enumerate(lines)
    ]


def in_german(text):
    return covering_turns(spoken([text]), "de").text(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Am Abend war ich bei meiner Mutter in Köln", "Am Abend war ich bei meiner Mutter in ▇▇▇"),
        ("Und wie sehen Sie das mit Ihrer Arbeit?", "Und wie sehen Sie das mit Ihrer Arbeit?"),
        # a word of the list is a name after a title, but not after "my wife"
        ("Das hat Frau Ruhe gesagt.", "Das hat Frau ▇▇▇ gesagt."),
        ("Das hat Dr. Weg gesagt.", "Das hat Dr. ▇▇▇ gesagt."),
        ("Dass meine Frau Ruhe braucht.", "Dass meine Frau Ruhe braucht."),
        ("Guten Tag, Herr Doktor. Morgen geht es.", "Guten Tag, Herr Doktor. Morgen geht es."),
        ("Da sagte der Doktor Klein etwas", "Da sagte der Doktor ▇▇▇ etwas"),
    ],
)  # fmt: skip
def test_in_german_names_are_covered_and_common_nouns_are_not(text, shown):
    assert in_german(text) == shown


def test_in_invented_german_sessions_every_person_is_covered_and_most_else_is_not():
    assert len(GERMAN["session"]) >= 5
    for one in GERMAN["session"]:
        lines = [line.partition(": ")[2] for line in one["said"].strip().splitlines()]
        cover = covering_turns(spoken(lines), "de")
        persons, places = set(one["persons"].split()), set(one["places"].split())
        assert persons <= cover.words.keys()
        every = [word for line in lines for word in line.split()]
        hidden = [word for word in every if cover.hides(word)]
        named = [word for word in hidden if word.strip(".,?!").lower() in persons | places]
        assert len(named) >= len(persons) and len(hidden) - len(named) < 0.1 * len(every)


def test_a_list_of_words_holds_no_frequent_first_name():
    names = """anna peter thomas michael sabine petra claudia stefan andreas christian julia laura
    leon emma mia paul felix jonas lukas maximilian hannah sophie lena marie max markus martin
    wolfgang klaus jürgen uwe heike susanne birgit monika gabriele ursula renate helga gerda
    mehmet ali fatma ayşe emre olga natalia piotr agnieszka mohammed hassan"""
    lists = tomllib.loads((SHIPPED / "de.names.toml").read_text("utf-8"))
    free = set(lists["common"].split()) - set(lists["both"].split())
    assert free and not free & set(names.split())

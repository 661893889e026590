"""What may be a name is covered, rather too much than too little, everywhere alike."""

import re
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I was born on the fifth of April, uh, nineteen seventy three.", "I was born on the ▇▇▇."),
        ("it is twelve August nineteen fifty-eight", "it is ▇▇▇"),
        ("sure, six, twelve, uh, eighty.", "sure, ▇▇▇."),
        ("that was in nineteen ninety with her", "that was in ▇▇▇ with her"),
        ("it is oh seven nine double four", "it is ▇▇▇"),
        ("and the code is W six five and so on", "and the code is ▇▇▇ and so on"),
        ("we are at number one Kumquat Street, you see", "we are at number ▇▇▇, you see"),
        ("it is kum dot quat at post dot com, yes", "it is ▇▇▇, yes"),
        (
            "She died on the third of march, and he by Friday the twelfth",
            "She died on the ▇▇▇, and he by ▇▇▇ the ▇▇▇",
        ),
        (
            "the first of may, or in two thousand and five, or in eighty-nine",
            "the ▇▇▇, or in ▇▇▇, or in ▇▇▇",
        ),
        (
            "we are at number twelve, flat seven, or twelve kum street",
            "we are at number ▇▇▇, flat ▇▇▇, or ▇▇▇ street",
        ),
        ("it is spelled K U M Q and so on", "it is spelled ▇▇▇ and so on"),
        # ages
        (
            "I am thirty two years old and he is one hundred and four",
            "I am ▇▇▇ years old and he is ▇▇▇",
        ),
        (
            "when I was nine, my son is twelve or thirteen, she turned sixty",
            "when I was ▇▇▇, my son is ▇▇▇ or ▇▇▇, she turned ▇▇▇",
        ),
        (
            "my brother, thirty-eight, lives there since he left at nineteen",
            "my brother, ▇▇▇, lives there since he left at ▇▇▇",
        ),
        ("a six-year-old and a man of fifty in his forties", "a ▇▇▇ and a man of ▇▇▇ in his ▇▇▇"),
        (
            "she came to us at sixteen months, and looks good for ninety",
            "she came to us at ▇▇▇ months, and looks good for ▇▇▇",
        ),
        (
            "my birthday is the ninth and our house is number twelve",
            "my birthday is the ▇▇▇ and our house is number ▇▇▇",
        ),
        # a quantity is none of these
        ("my house is number one, at ten minutes it is not good for forty people", None),
        ("I was the sixth of nine, my worst day was the fourth", None),
        ("for twenty five minutes or two, three times", None),
        ("on a scale it was a seven, she is two hours late, and he is one of them", None),
        ("at two in the morning I was four pounds up and down to five", None),
        ("may I have one of the two", None),
        ("and he looked at the one of the two", None),
    ],
)
def test_dates_numbers_and_addresses_told_in_words_are_covered(text, shown):
    found = covering_turns(spoken([text, "And more", "And so on"]), "en").text(text)
    assert joined(found) == (shown or text)


def test_a_dictated_number_is_covered_where_it_is_told_alone():
    lines = ["Yes it is two three one, no more", "Yes I have two or three of them and one dog"]
    cover = covering_turns(spoken(lines), "en")
    assert [joined(cover.text(line)) for line in lines] == ["Yes it is ▇▇▇, no more", lines[1]]
    assert joined(covering_turns(spoken(lines), "en", shown=["two"]).text(lines[0])).count("two")


def test_a_common_word_goes_on_a_name_there_alone():
    text = "I saw Kumquat Grey at Quince at Hand, and my hand is grey"
    shown = "I saw ▇▇▇ at ▇▇▇, and my hand is grey"
    assert joined(covering_turns(spoken([text]), "en").text(text)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Das war am dritten März neunzehnhundertdreiundsiebzig.", "Das war am ▇▇▇."),
        ("Das ist null drei null, vier fünf.", "Das ist ▇▇▇."),
        ("Ich wohne in der Kumquatstraße vier, ja", "Ich wohne in der ▇▇▇, ja"),
        (
            "Als ich neun war, ist sie vierunddreißig geworden.",
            "Als ich ▇▇▇ war, ist sie ▇▇▇ geworden.",
        ),
        (
            "Heute ist der neunte, fit für vierundsechzig, mit elf Monaten.",
            "Heute ist der ▇▇▇, fit für ▇▇▇, mit ▇▇▇ Monaten.",
        ),
        ("Mit drei Wochen Urlaub, Nummer eins.", "Mit drei Wochen Urlaub, Nummer eins."),
        ("Es hat fünfundzwanzig Minuten gedauert.", "Es hat fünfundzwanzig Minuten gedauert."),
        ("Und ein Kind und eine Frau waren da.", "Und ein Kind und eine Frau waren da."),
    ],
)
def test_in_german_what_is_dictated_is_covered_too(text, shown):
    assert joined(in_german(text)) == shown


def joined(text):
    """A text with one sign for each stretch that is covered."""
    return re.sub(rf"{COVER}(?:[,.]? {COVER})*", COVER, text)


def test_a_name_that_begins_a_sentence_is_covered_and_a_common_word_is_not(report):
    cover = told(report, "He left. Kumquat was there. That was it and more")
    assert cover.text("Kumquat was there. That was it") == f"{COVER} was there. That was it"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hope was crying at the table.", {"Hope"}),
        ("Mark said it twice.", {"Mark"}),
        ("It was late. Grace rang me.", {"Grace"}),
        ("Will he call?", set()),
        ("Hope is everything to me.", set()),
        ("May I say something?", set()),
        ("Summer was hard.", set()),
    ],
)
def test_a_common_word_that_does_what_persons_do_is_a_name_where_it_begins_a_sentence(text, names):
    said = covering_turns(spoken([text]), "en").text(text).split()
    assert {word for word, shown in zip(text.split(), said, strict=True) if word != shown} == names


def test_in_german_a_word_and_name_that_does_what_persons_do_is_covered():
    said = "Stein sagte nichts. Stein ist hart. Trost ist gut."
    hidden = covering_turns(spoken([said]), "de").text(said).split()
    shown = "sagte nichts. ist hart. Trost ist gut."
    assert [word for word in hidden if COVER not in word] == shown.split()


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

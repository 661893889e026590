"""How a site codes: fitted to its turns, mixed with what ships, believed of no file unchecked."""

from dataclasses import replace

import numpy as np
import pytest

from prosody.listening.from_words import Spotted
from prosody.listening.rules_and_coder import together
from prosody.settings import Trained
from prosody.trained.habits import HEADS, SIGNS, Habits, Taught, fit, signs
from prosody.trained.network import OUTPUTS, named
from prosody.trained.text import Input, inputs

LIMITS = Trained()
WIDTH = sum(map(len, OUTPUTS.values()))


def turn(said, heard="I could not sleep."):
    return Input("", heard, said)


def taught(*, rising):
    """Turns of a site that calls a statement with a question mark a question, or a reflection."""
    plain = [f"You felt {how}." for how in ("low", "tired", "alone", "lost", "hurt")]
    asked = [f"What about {what}?" for what in ("work", "home", "sleep", "food", "him")]
    rises = [text[:-1] + "?" for text in plain]
    rows = [(text, 1) for text in plain] + [(text, 0) for text in asked]
    rows += [(text, 0 if rising else 1) for text in rises]
    rows.append(("Okay then.", 3))
    return [
        Taught(turn(text), main, (int(main == 0), int(main == 1), 0))
        for text, main in rows
        for _ in range(6)
    ]


def undecided(rows):
    """A network that cannot tell a question from a reflection."""
    return {one.turn.key: (1.0, 1.0, -1.0, -1.0, 0.0, 0.0, -2.0, *(0.5,) * 8) for one in rows}


@pytest.mark.parametrize("rising", [True, False])
def test_what_a_rising_statement_is_a_sites_own_turns_say(rising):
    rows = taught(rising=rising)
    read = undecided(rows)
    habits = fit(rows, read, 40, LIMITS)
    new = turn("You felt sad?")
    heads = named(habits.heard(new, next(iter(read.values())), LIMITS))
    asks = heads["main"]["question"] > heads["main"]["reflection"]
    assert asks is rising
    assert (heads["pres"]["question"] > 0) is rising
    assert heads["sub"] == named(next(iter(read.values())))["sub"]  # what is finer stays


def test_the_fewer_sessions_the_more_what_ships_counts():
    rows = taught(rising=True)
    read = undecided(rows)
    new, ships = turn("You felt sad?"), next(iter(read.values()))
    moved = []
    for sessions in (0, 5, 20, 100):
        habits = fit(rows, read, sessions, LIMITS)
        heads = named(habits.heard(new, ships, LIMITS))
        moved.append(heads["main"]["question"] - heads["main"]["reflection"])
        assert habits.share[0] == sessions / (sessions + LIMITS.site_sessions)
    assert moved == sorted(moved) and moved[0] == 0.0 < moved[1] < moved[-1]


def test_what_a_site_never_coded_is_left_to_what_ships():
    rows = taught(rising=True)
    read = undecided(rows)
    habits = fit(rows, read, 40, LIMITS)
    input_, ships = HEADS.index("therapist_input"), next(iter(read.values()))
    assert habits.share[input_] == 0.0 and habits.share[0] > 0
    heads = named(habits.heard(turn("You felt sad."), ships, LIMITS))
    assert heads["pres"]["therapist_input"] == -2.0


def test_a_rising_statement_is_doubted_only_where_no_turn_taught_what_it_is():
    rows = taught(rising=True)
    ships = next(iter(undecided(rows).values()))
    rises = {"question_closed": Spotted(0.55, "You felt sad?", 1.0)}

    def sure(row, doubt):
        limits = replace(LIMITS, rising_doubt=doubt)
        (said,) = together(rises, "question", row, limits).values()
        return said.confidence

    for some, doubt in ((rows, 0.0), ([replace(o, present=(-1,) * 3) for o in rows], 0.15)):
        row = fit(some, undecided(some), 40, LIMITS).heard(turn("You felt sad?"), ships, LIMITS)
        assert row[-1] == doubt and LIMITS.rising_doubt == 0.15
        assert sure(row, 0.15) == sure(row[:-1], doubt)
        assert sure(row[:-1], 0.0) > sure(row[:-1], 0.15)


def test_one_code_alone_teaches_nothing():
    rows = [one for one in taught(rising=True) if one.main == 1]
    ships = (3.0, 1.0, -1.0, -1.0, 2.0, 0.5, -2.0, *(0.5,) * 8)
    habits = fit(rows, dict.fromkeys((one.turn.key for one in rows), ships), 40, LIMITS)
    heard = habits.heard(turn("You felt sad."), ships, LIMITS)
    odds = np.exp(np.array(ships[:4]) / LIMITS.softness)
    told = np.exp(np.array(heard[:4]) / LIMITS.softness)
    assert np.allclose(odds / odds.sum(), told / told.sum(), atol=0.01)
    assert heard[4:7] == pytest.approx(ships[4:7], abs=0.01)


def test_what_is_unknown_to_be_there_is_not_learned_as_absent():
    rows = taught(rising=True)
    unsure = [replace(one, present=(one.present[0] or -1, *one.present[1:])) for one in rows]
    habits = fit(unsure, undecided(rows), 40, LIMITS)
    assert habits.share[HEADS.index("question")] == 0.0  # only ones that are there
    assert habits.share[HEADS.index("reflection")] > 0


def test_it_is_kept_and_read_again_as_it_was():
    rows = taught(rising=False)
    habits = fit(rows, undecided(rows), 12, LIMITS)
    again = Habits.of(habits.arrays())
    for name, value in habits.arrays().items():
        assert np.array_equal(getattr(again, name), value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weight", np.zeros((7, 3))),
        ("bias", np.full(7, np.nan)),
        ("mean", np.array(["a"] * (WIDTH + len(SIGNS)))),
        ("spread", np.zeros(WIDTH + len(SIGNS))),
        ("share", np.full(4, 1.5)),
        ("share", np.full(4, -0.5)),
    ],
)
def test_what_is_no_habit_is_not_made_one(name, value):
    rows = taught(rising=False)
    arrays = fit(rows, undecided(rows), 12, LIMITS).arrays()
    with pytest.raises(ValueError, match=r"."):
        Habits.of({**arrays, name: value})
    del arrays[name]
    with pytest.raises(KeyError):
        Habits.of(arrays)


@pytest.mark.parametrize(
    ("said", "sign", "value"),
    [
        ("What was that like?", "asks_what", 1.0),
        ("Okay, so what was that like?", "asks_what", 1.0),
        ("Did you go?", "asks_by_verb", 1.0),
        ("Did you go?", "verb_before_you", 1.0),
        ("So you went?", "begins_you", 1.0),
        ("So you went.", "begins_you", 0.0),
        ("You like the garden or?", "ends_or", 1.0),
        ("It sounds like you are tired.", "stem", 1.0),
        ("I wonder about that.", "wonders", 1.0),
        ("Tell me more.", "tells", 1.0),
        ("You went. Did you stay?", "questions", 1.0),
        ("You went. Did you stay?", "rises", 1.0),
        ("Did you stay? I hope so.", "rises", 0.0),
        ("Right.", "brief", 1.0),
        ("", "words", 0.0),
    ],
)
def test_signs_say_how_a_turn_is_written(said, sign, value):
    assert dict(zip(SIGNS, signs(turn(said)), strict=True))[sign] == value


def test_signs_are_of_the_turn_and_of_what_it_follows():
    (first, second) = inputs([("client", "Will it help?"), ("therapist", "It may help you.")])
    assert first is not None and second is not None
    found = dict(zip(SIGNS, signs(second), strict=True))
    assert found["heard_asked"] == 1.0 and found["words_heard"] == 3.0

"""Who is who where the words mislead: a client who quotes, a therapist who talks, few turns."""

import random
from pathlib import Path

import pytest

from benchmarks.hard_roles import MAKERS
from diarize.roles import margin
from diarize.settings import Roles
from diarize.timeline import Span, Word
from training.talks_check import FOLDER, Turn, read

TIMES = 3


def talks():
    """Every fifth dialogue: the others chose the weights."""
    found = {}
    for path in sorted(Path(FOLDER).glob("[0-9]*.tsv")):
        if int(path.name[:3]) % 5 == 0:
            turns = [t for t in read(path) if isinstance(t, Turn)]
            found[path.name] = [(t.speaker, t.text) for t in turns]
    return found


TALKS = talks()


def chance(said):
    words, at = [], 0.0
    for role, text in said:
        for token in text.split():
            words.append(Word(Span(at, at + 0.5), token, None, role[0]))
            at += 1
    found = margin(words, "t", "c")
    return found.chance if found else 0.5


@pytest.mark.parametrize("name", MAKERS)
def test_certainty_of_nine_in_ten_is_right_nine_times_in_ten_on_hard_cases(name):
    draw, every = random.Random(23), list(TALKS.values())
    found = [
        chance(MAKERS[name](said, draw.sample(every, 6), draw))
        for said in every
        for _ in range(TIMES)
    ]
    said = [c for c in found if max(c, 1 - c) >= Roles().least_certainty]
    assert len(said) >= len(found) / 3  # and it does say something
    assert sum(c > 0.5 for c in said) / len(said) >= 0.9


def test_a_client_who_quotes_at_length_is_not_cast_as_the_therapist():
    quoted = "you said to me, you need to look after yourself and you must ask for your rights. "
    said = [("therapist", "Right."), ("client", f"My week was bad. I cried. And {quoted}" * 2)] * 6
    assert chance(said) > 1 - Roles().least_certainty


def test_you_in_one_long_turn_weighs_less_than_over_many():
    other = [("client", "I was at home and my back hurt me."), ("therapist", "Right, go on then.")]
    lecture = "You should see what your sister did with your car when you were out. " * 6
    one = [*other * 6, ("therapist", lecture)]
    spread = [
        turn
        for _ in range(6)
        for turn in (other[0], ("therapist", f"Right. {lecture[: len(lecture) // 6]}"))
    ]
    assert chance(one) < chance(spread)

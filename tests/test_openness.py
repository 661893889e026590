"""Open and closed questions: how people's agreement and the coder's are counted."""

import pytest

from benchmarks.listening.annomi import Judged, Turn
from benchmarks.listening.openness import asked, by_coder, people


def judged(talk, subtype, opened, question=True):
    exists = {"question": question, "reflection": False, "therapist_input": False}
    turn = Turn(talk, "therapist", "What?", exists, "question", subtype, "", ("question",), "")
    return Judged(turn, frozenset(("question",)), "question", opened)


def test_people_are_compared_where_both_call_it_open_or_closed():
    coded = {
        ("1", "1"): dict(zip("abcd", ("open", "open", "open", "closed"), strict=True)),
        ("1", "2"): dict(zip("abcd", ("closed", "closed", "closed", "n/a"), strict=True)),
        ("2", "1"): {"a": "open"},  # by one person: says nothing of agreement
    }
    found = people(coded)
    assert found["two"]["share"][0] == pytest.approx((3 + 3) / (6 + 3))
    assert found["most"]["share"][0] == pytest.approx((3 + 3) / (4 + 3))
    assert (found["most"]["n"], found["most"]["groups"]) == (7, 2)
    low, high = found["most"]["share"][1:]
    assert low == 0.75 and high == 1.0


def test_each_person_is_set_beside_the_coder_on_what_they_alone_coded():
    own = asked(
        [
            judged("1", "open", "question_closed"),
            judged("1", "open", "question_open"),
            judged("2", "closed", "question_closed"),
            judged("2", "closed", None),  # the coder calls it no question
            judged("2", "", "question_open"),
            judged("2", "open", "question_open", question=False),
        ]
    )
    (one, two) = by_coder(own, {"1": "a", "2": "b"})
    assert (one["questions"], one["people"], one["said"], one["right"]) == (2, 1.0, 0.5, 0.5)
    assert (two["questions"], two["people"], two["said"], two["right"]) == (1, 0.0, 0.0, 1.0)
    assert len(by_coder(own, {"1": "a"})) == 1

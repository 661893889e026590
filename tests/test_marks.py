"""Question marks that a recogniser keeps, counted word by word."""

from benchmarks.marks import marks, table

SPOKEN = ["Did", "you", "ring", "them?", "I", "did.", "You", "haven't", "told", "her?", "Eating?"]


def test_what_is_heard_as_it_was_said_keeps_every_mark():
    found = marks(SPOKEN, SPOKEN)
    assert (found["questions"], found["kept"], found["added"]) == (3, 3, 0)
    assert found["lost"] == []


def test_marks_that_are_missing_misplaced_or_on_words_not_heard_are_told_apart():
    heard = ["did", "you", "ring", "them", "i", "did?", "you", "haven't", "told", "her?"]
    found = marks(SPOKEN, heard)
    assert (found["questions"], found["kept"], found["added"]) == (3, 1, 1)
    assert found["lost"] == ["you ring them?", "told her? Eating?"]


def test_the_table_adds_up():
    row = marks(SPOKEN, SPOKEN)
    *_, last = table({"engine": [("one", row), ("two", row)]})
    assert last == "| **all** | engine | 6 | 6 | 0 |  |"

"""What people write about a session: kept by whoever wrote it, sealed and erased with it."""

import pytest

from prosody.store import written
from prosody.store.encrypting import encrypt
from prosody.store.library import Library
from prosody.store.written import COMMENTS, RATINGS, Written
from tests.prosody.store.test_encrypting import passphrase, said, save  # noqa: F401
from tests.prosody.store.test_erasing import PHRASE, bytes_with
from tests.said import refused


def note(text, at=12.5, by="sup-1"):
    return Written("question", at, {"text": text}, by)


@pytest.fixture
def library(tmp_path, said, frames):  # noqa: F811
    save(tmp_path, said, frames)
    return Library(tmp_path)


def test_what_was_written_is_read_changed_and_taken_away_by_its_writer(library):
    written.put(library, "s-1", COMMENTS, [note("one"), note("two", 3.0, "tr-1")])
    one, two = written.read(library, "s-1", COMMENTS)
    assert (one.item, one.value, one.detail, one.by) == ("question", 12.5, {"text": "one"}, "sup-1")
    with refused("written.not_yours", by="sup-1"):
        written.take_away(library, "s-1", COMMENTS, one.n, by="tr-1")
    written.change(library, "s-1", COMMENTS, Written("comment", 4.0, {"text": "new"}, n=two.n),
                   by="tr-1")  # fmt: skip
    written.take_away(library, "s-1", COMMENTS, one.n, by="sup-1")
    (left,) = written.read(library, "s-1", COMMENTS)
    assert (left.item, left.value, left.detail, left.n) == ("comment", 4.0, {"text": "new"}, two.n)
    with refused("written.gone"):
        written.take_away(library, "s-1", COMMENTS, one.n, by="sup-1")


def test_ratings_stand_beside_comments_and_outlive_a_correction(library):
    written.put(library, "s-1", RATINGS, [Written("slider", 70.0, {}, "tr-1")])
    written.put(library, "s-1", COMMENTS, [note("one")])
    assert [row.value for row in written.read(library, "s-1", RATINGS)] == [70.0]
    assert [row.value for row in written.read(library, "s-1", COMMENTS)] == [12.5]
    with refused("written.too_long"):
        written.put(library, "s-1", COMMENTS, [note("x" * 4001)])
    with refused("library.no_session"):
        written.put(library, "s-9", COMMENTS, [note("one")])


def test_it_is_sealed_with_the_session_and_erased_with_it(library, passphrase):  # noqa: F811
    written.put(library, "s-1", COMMENTS, [note(f"before {PHRASE}")])
    encrypt(library)
    written.put(library, "s-1", COMMENTS, [note(f"after {PHRASE}")])
    written.put(library, "s-1", RATINGS, [Written("pin", 3.0, {"text": PHRASE}, "tr-1")])
    assert bytes_with(library.folder) == []
    texts = [row.detail["text"] for row in written.read(library, "s-1", COMMENTS)]
    assert texts == [f"before {PHRASE}", f"after {PHRASE}"]
    library.forget("s-1")
    with refused("library.no_session"):
        written.read(library, "s-1", COMMENTS)
    with library.opened() as held:
        for table in (COMMENTS, RATINGS):
            assert held.execute(table.select()).all() == []


def test_nothing_plain_is_left_of_what_is_taken_away(library):
    phrase = "kiwi in the margin"
    written.put(library, "s-1", COMMENTS, [note(phrase)])
    assert bytes_with(library.folder, phrase)
    written.take_away(library, "s-1", COMMENTS, 1, by="sup-1")
    assert bytes_with(library.folder, phrase) == []

"""Words of the field have an explanation each, and stand on the pages that explain them."""

from typing import Any

from dashboard.view import tables
from dashboard.view.words import terms
from diarize.messages import written
from prosody import catalogue


def test_every_word_is_explained_once() -> None:
    known = written("terms")
    words = [word for code, word in known.items() if not code.endswith("_said")]
    assert sorted(words) == sorted(word for word, _ in terms())
    assert len(set(words)) == len(words)


def test_every_unit_of_a_measure_is_a_plain_word_or_explained(shelf: Any) -> None:
    plain = {"", "s", "%", "1", "/min", "0-100", "places", "points", "silences", "syllables"}
    plain |= {"turns", "words", "words/min"}
    units = {row.unit for row in catalogue.table()}
    assert units - plain <= {word for word, _ in terms()}
    heads = {head for grid in (tables.glance(shelf.report()),) for head in grid.heads}
    assert "95% CI, n" in heads & {word for word, _ in terms()}

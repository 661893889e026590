"""Words of the field have an explanation each, and stand on the pages that explain them."""

from typing import Any

import pytest

from dashboard.view import tables
from diarize.messages import VARIABLE, languages, written
from prosody import catalogue
from prosody.cues.voice import NOT_MEASURED
from prosody.render import wording
from prosody.render.explained import terms, terms_in
from tests.conftest import ROOT


def test_every_word_is_explained_once() -> None:
    known = written("terms")
    words = [word for code, word in known.items() if not code.endswith("_said")]
    assert sorted(words) == sorted(word for word, _ in terms())
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("language", languages())
def test_every_word_that_is_explained_stands_somewhere(language: str, monkeypatch: Any) -> None:
    monkeypatch.setenv(VARIABLE, language)
    rows = [*catalogue.table(), *catalogue.of_turns()]
    said = [text for row in rows for text in (row.words("label"), wording.unit(row.unit))]
    for file in (ROOT / "diarize" / "messages" / language).glob("*.toml"):
        if file.stem not in ("terms", "cues", "behaviours"):
            said += written(file.stem).values()
    said.append((ROOT / "prosody/rules/warmth.toml").read_text("utf-8"))  # why they weigh so
    said += map(wording.cue, NOT_MEASURED)
    shown = {word for word, _ in terms_in("\n".join(said))}
    assert {word for word, _ in terms()} - shown == set()


def test_every_unit_of_a_measure_is_a_plain_word_or_explained(shelf: Any) -> None:
    plain = {"", "s", "%", "1", "/min", "0-100", "places", "points", "silences", "syllables"}
    plain |= {"turns", "words", "words/min"}
    units = {row.unit for row in catalogue.table()}
    assert units - plain <= {word for word, _ in terms()}
    heads = {head for grid in (tables.glance(shelf.report()),) for head in grid.heads}
    assert "95% CI, n" in heads & {word for word, _ in terms()}

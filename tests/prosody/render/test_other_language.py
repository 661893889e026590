"""What a report says beside its figures is said in the language that is spoken."""

import re
from dataclasses import replace

import pytest

from diarize.messages import ENGLISH, VARIABLE, languages
from prosody.render.listening import right_lines, study_lines
from prosody.render.warmth import component_lines

YEAR = re.compile(r"\b(19|20)\d\d\b")  # who, when and where of a study stand as published


@pytest.mark.parametrize("language", [code for code in languages() if code != ENGLISH])
def test_studies_sources_and_reasons_of_weights_are_said_in_it(language, report, monkeypatch):
    def lines():
        names = ["turns.response_latency", "reflection"]
        return [*study_lines(names), *component_lines(report), *right_lines()]

    english = lines()
    assert any("unread half" in cell for line in english for cell in line)
    monkeypatch.setenv(VARIABLE, language)
    own = lines()
    assert len(own) == len(english)
    cells = ((a, b) for pair in zip(english, own, strict=True) for a, b in zip(*pair, strict=True))
    same = {a for a, b in cells if a == b}
    said = {cell for cell in same if re.search("[a-z] [a-z]", YEAR.sub("", cell))}
    assert {cell for cell in said if not YEAR.search(cell)} == set()
    assert not any("unread" in cell or "Quieter" in cell for line in own for cell in line)


def test_a_reason_in_a_rule_file_of_ones_own_stands_as_it_was_written(report, monkeypatch):
    settings = report.settings["warmth"]
    parts = [{**row, "evidence": "Because I say so."} for row in settings["components"]]
    mine = replace(report, settings=report.settings | {"warmth": settings | {"components": parts}})
    monkeypatch.setenv(VARIABLE, "de")
    assert {line[-1] for line in component_lines(mine)} == {"Because I say so."}

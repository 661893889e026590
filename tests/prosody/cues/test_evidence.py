"""What studies say: complete citations, of what is measured, and no claim beyond them."""

import re
import tomllib

import pytest

from diarize import messages
from prosody import catalogue
from prosody.cues.evidence import about, topics
from prosody.listening import behaviours
from prosody.render.listening import STUDY_HEADS, study_lines
from tests.conftest import ROOT

PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "prosody" / "render" / "templates").rglob("*.html")),
    *sorted((ROOT / messages.__path__[0]).rglob("*.toml")),
    ROOT / "README.md",
]


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.says[:30])
def test_a_topic_has_whole_studies_and_concerns_something_shown(topic):
    names = [row.name for row in catalogue.table()] + ["next.latency"]
    shown = {*filter(topic.concerns, names), *topic.behaviours}
    assert shown and set(topic.behaviours) <= set(behaviours.kinds())
    for study in topic.studies:
        assert study.who and study.venue and study.n and study.effect
        assert 1950 < study.year < 2030 and study.read in ("abstract", "excerpt", "review")


def test_pitch_that_moves_together_never_stands_without_what_contradicts_it():
    (topic,) = about(["match.pitch_synchrony"])
    assert {study.against for study in topic.studies} == {True, False}


def test_no_page_claims_what_the_studies_do_not_say():
    never = tomllib.loads((ROOT / "prosody/cues/evidence.toml").read_text("utf-8"))["never"]
    claims = re.compile("|".join(rf"\b{re.escape(claim)}\b" for claim in never), re.IGNORECASE)
    said = {path.name: path.read_text("utf-8") for path in PAGES}
    said["cues"] = catalogue.reference()
    said["behaviours"] = behaviours.reference()
    assert len(said) > 30
    assert {name: found for name, text in said.items() if (found := claims.findall(text))} == {}
    assert claims.search("With listeners, more is better.")  # and it would be found


def test_lines_for_people_name_every_study_of_what_is_shown():
    lines = study_lines(["turns.response_latency", "reflection"])
    wanted = [s for t in about(["turns.response_latency", "reflection"]) for s in t.studies]
    assert [line[1] for line in lines] == [study.cited for study in wanted]
    assert all(len(line) == len(STUDY_HEADS) for line in lines)

"""Kinds known by single sentences, on sentences of our own that nothing was learned from.

Shares are asserted, never single sentences. The sentences of `benchmarks/listening` were written
before the weights and are not among what they were learned from.
"""

import tomllib
from pathlib import Path

import pytest

from prosody.listening.coder import code
from prosody.settings import Reading

PLACE = Path(__file__).parents[3] / "benchmarks" / "listening" / "sentences.toml"
ASKED = Reading(experimental=True)
CLIENT = "I have been lying awake since she left, and I keep thinking about the house."


def by_kind():
    said = tomllib.loads(PLACE.read_text(encoding="utf-8"))
    later, newest = said.pop("later"), said.pop("newest")
    return {
        kind: {sign: said[kind][sign] + later[kind][sign] + newest[kind][sign]
               for sign in ("yes", "no")}
        for kind in said
    }  # fmt: skip


SENTENCES = by_kind()
WEIGHED = [
    k for k in SENTENCES if not k.endswith("_marker") and k not in ("confrontation", "summary")
]


def fires(kind, sentence):
    turns = [("client", CLIENT), ("therapist", sentence)]
    return any(b.kind == kind for b in code(turns, limits=ASKED)[1].behaviours)


@pytest.mark.parametrize("kind", WEIGHED)
def test_near_misses_seldom_fire(kind):
    said = SENTENCES[kind]["no"]
    assert len(said) >= 18
    assert sum(fires(kind, s) for s in said) <= 0.15 * len(said)


def test_what_fires_is_right_and_a_good_part_is_found():
    hits = sum(fires(k, s) for k in WEIGHED for s in SENTENCES[k]["yes"])
    false = sum(fires(k, s) for k in WEIGHED for s in SENTENCES[k]["no"])
    coded = sum(len(SENTENCES[k]["yes"]) for k in WEIGHED)
    assert hits / (hits + false) >= 0.9
    assert hits / coded >= 0.4

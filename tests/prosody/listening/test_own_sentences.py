"""The phrases on sentences of our own; the same reading as the benchmark's.

Shares are asserted, never single sentences: the rule file may be worded anew as long as what it
finds stays as good as docs/listening.md says.
"""

import tomllib
from pathlib import Path

import pytest

from prosody.listening.coder import code

PLACE = Path(__file__).parents[3] / "benchmarks" / "listening" / "sentences.toml"
SENTENCES = tomllib.loads(PLACE.read_text(encoding="utf-8"))
LATER = SENTENCES.pop("later")
NEWEST = SENTENCES.pop("newest")
CLIENT = "I have been lying awake since she left, and I keep thinking about the house."


def fires(kind, sentence):
    if kind.endswith("_marker"):
        turns = [("therapist", "How have you been since we met?"), ("client", sentence)]
    else:
        turns = [("client", CLIENT), ("therapist", sentence)]
    return any(b.kind == kind for b in code(turns)[1].behaviours)


@pytest.mark.parametrize("kind", SENTENCES)
def test_most_sentences_that_show_a_behaviour_are_found_and_few_near_misses_are(kind):
    said = SENTENCES[kind]
    hits = sum(fires(kind, s) for s in said["yes"])
    false = sum(fires(kind, s) for s in said["no"])
    assert hits >= 0.85 * len(said["yes"]) and len(said["yes"]) >= 12
    assert false <= 0.15 * len(said["no"]) and len(said["no"]) >= 12


def test_what_fires_is_mostly_right_on_sentences_no_phrase_was_mended_for():
    hits = sum(fires(k, s) for k, said in NEWEST.items() for s in said["yes"])
    false = sum(fires(k, s) for k, said in NEWEST.items() for s in said["no"])
    assert hits / (hits + false) >= 0.9
    assert LATER.keys() == NEWEST.keys() == SENTENCES.keys()

"""A small network learns, the same way twice, and numpy runs what torch learned."""

from dataclasses import replace

import numpy as np
import pytest

from prosody.trained.network import DEPTH, NORMS, OUTPUTS, PARTS, WIDTH, Network, named
from prosody.trained.text import Pieces, inputs
from prosody.trained.weights import Coder
from training.examples import Varied, coded, examples, vary
from training.learning import Recipe, learn

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "what", "when", "why", "how"),
    *("you", "feel", "sad", "tired", "alone", "lost", ".", "?"),
)
PIECES = Pieces({word: at for at, word in enumerate(WORDS)})
AS_WRITTEN = Varied(0, 0, 0, 0, 0, 0, 0, 0)
QUESTIONS = [f"{w} {v} ?" for w in ("what", "when", "why", "how") for v in ("sad", "tired", "lost")]
REFLECTIONS = [f"you {v} {w} ." for v in ("feel", "alone") for w in ("sad", "tired", "lost")] * 2


@pytest.fixture(scope="module")
def base():
    """An encoder of the right shape that knows nothing."""
    rng = np.random.default_rng(0)

    def some(*shape, scale=0.05):
        return rng.normal(0, scale, shape).astype(np.float32)

    found = {
        f"embeddings.{kind}_embeddings.weight": some(n, WIDTH, scale=0.5)
        for kind, n in (("word", len(WORDS)), ("position", 64), ("token_type", 2))
    }
    norms = ["embeddings.LayerNorm"]
    for n in range(DEPTH):
        for part, name in PARTS.items():
            out, into = {"up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH)}.get(
                part, (WIDTH, WIDTH)
            )
            found[f"encoder.layer.{n}.{name}.weight"] = some(out, into)
            found[f"encoder.layer.{n}.{name}.bias"] = some(out)
        norms += [f"encoder.layer.{n}.{name}" for name in NORMS.values()]
    for norm in norms:
        found[f"{norm}.weight"] = np.ones(WIDTH, np.float32)
        found[f"{norm}.bias"] = np.zeros(WIDTH, np.float32)
    return found


def talks():
    for text in QUESTIONS:
        yield [coded("therapist", text, "question", ["question_open"])]
    for text in REFLECTIONS:
        yield [coded("therapist", text, "reflection", ["reflection_simple"])]


def test_what_is_learned_is_found_again_and_is_the_same_twice(base):
    recipe = Recipe(rounds=6, batch=8, rank=4, dropout=0.0, varied=AS_WRITTEN)
    short = replace(recipe, rounds=1, dropout=0.1)
    once, twice = (learn(base, PIECES, list(talks())[:9], short) for _ in range(2))
    assert all(np.array_equal(once[name], twice[name]) for name in once)
    coder = Coder(PIECES, Network(base, learn(base, PIECES, list(talks()), recipe)), "")
    heard = coder.read(inputs([("therapist", "why tired ?")]), {})
    main = named(next(iter(heard.values())))["main"]
    assert max(main, key=main.get) == "question"
    heard = coder.read(inputs([("therapist", "you feel sad .")]), {})
    main = named(next(iter(heard.values())))["main"]
    assert max(main, key=main.get) == "reflection"


def test_a_step_is_the_batchs_however_many_turns_are_seen_at_once(base):
    recipe = Recipe(rounds=1, rate=0.02, batch=8, rank=2, dropout=0.0, varied=AS_WRITTEN)
    told = [[replace(one, weight=1.0 + n % 3) for one in talk] for n, talk in enumerate(talks())]
    whole, parts = (learn(base, PIECES, told, replace(recipe, at_once=n)) for n in (8, 3))
    begun = learn(base, PIECES, told[:1], replace(recipe, rounds=0))
    moved = 0.0
    for name, value in whole.items():
        assert np.allclose(value, parts[name], atol=2e-3), name
        moved = max(moved, float(np.abs(value - begun[name].astype(float)).max()))
    assert moved > 0.02  # what was learned is more than what may differ


def test_rows_are_read_alike_alone_and_beside_longer_ones(base):
    learned = learn(base, PIECES, list(talks())[:2], Recipe(rounds=1, rank=2, varied=AS_WRITTEN))
    network = Network(base, learned)
    rows = [PIECES.of(i) for i in inputs([("client", "sad . " * 9), ("therapist", "why ?")]) if i]
    together = network(rows)
    assert together.shape == (2, sum(map(len, OUTPUTS.values())))
    assert np.allclose(together[1], network(rows[1:])[0], atol=1e-4)


def test_only_turns_that_were_not_read_are_read(base):
    asked = []

    def network(rows):
        asked.append(len(rows))
        return np.zeros((len(rows), 15), np.float32)

    coder = Coder(PIECES, network, "")
    talk = [("therapist", "why ?"), ("client", "sad ."), ("therapist", "you feel sad .")]
    known = coder.read(inputs(talk), {})
    again = coder.read(inputs([*talk, ("client", "lost .")]), known)
    assert asked == [3, 1] and set(known) < set(again)


def test_what_is_told_anew_keeps_its_codes():
    import random

    talk = [
        coded(
            "therapist", "You feel alone in all of this now.", "reflection", ["reflection_simple"]
        ),
        coded("client", "Yes.", "other", [], 0.0),
        coded("therapist", "What would help?", "question", ["question_open"]),
    ]
    always = Varied(joined=1, rising=0, led_in=0, cut=0, nodded=0)
    (one,) = vary(talk, random.Random(0), always)
    assert one.text == "You feel alone in all of this now. What would help?"
    assert one.main == (0.75, 0.25, 0.0, 0.0) and one.present == (1.0, 1.0, 0.0)
    assert [turn.text for _, turn in examples(talk)] == [talk[0].text, talk[2].text]
    (rising, *_) = vary(talk, random.Random(0), Varied(joined=0, rising=1, led_in=0, cut=0))
    assert rising.text.endswith("now?") and rising.main == (0.5, 0.5, 0.0, 0.0)

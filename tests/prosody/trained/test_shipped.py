"""The weights that ship: what they are, and that what is printed of them is theirs."""

import pytest

from prosody.trained import weights
from prosody.trained.network import DEPTH, OUTPUTS, PARTS, SIDES
from tests.said import refused


@pytest.mark.parametrize(
    ("path", "outputs"), [(weights.SHIPPED, OUTPUTS), (weights.CLIENTS, SIDES)]
)
def test_they_are_small_and_say_their_licence(path, outputs):
    record = weights.record_of(path)
    assert record["licence"] == "CC BY-SA 4.0" and "AnnoMI" in record["not_learned_from"]
    assert path.with_name("coder.licence.txt").is_file()
    assert path.stat().st_size < 3_000_000
    learned = weights.learned_in(path)
    assert {f"layers.{n}.{part}.up" for n in range(DEPTH) for part in PARTS} <= set(learned)
    assert {f"heads.{head}.weight" for head in outputs} <= set(learned)


def test_a_file_that_is_no_weights_is_refused(tmp_path):
    (tmp_path / "coder.npz").write_bytes(b"not a zip")
    with refused("coder.weights_unreadable"):
        weights.learned_in(tmp_path / "coder.npz")

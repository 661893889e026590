"""The figures that decide which kinds are suggested: on record, in the guide, and followed."""

import hashlib
import tomllib

from benchmarks.listening.kinds import table
from prosody.listening import behaviours, measured
from prosody.listening.measured import figures, holds
from prosody.rules import SHIPPED
from prosody.settings import Reading
from tests.conftest import ROOT

LIMITS = Reading()
TRIAL = [row for row in behaviours.table() if row.on_trial]


def test_the_guide_holds_the_figures():
    assert table(figures()) in (ROOT / "docs" / "listening.md").read_text("utf-8")


def test_the_figures_are_of_the_weights_that_ship():
    kept = tomllib.loads((ROOT / "prosody/listening/measured.toml").read_text("utf-8"))
    digest = hashlib.sha256()
    for name in ("en.kinds.toml", "en.kinds.npz"):
        digest.update((SHIPPED / name).read_bytes())
    assert kept["weights_sha256"] == digest.hexdigest()


def test_every_kind_on_trial_has_a_figure_and_counts_that_agree():
    assert {row.kind for row in TRIAL} == {f.kind for f in figures()}
    for f in figures():
        assert 0 <= f.right <= min(f.said, f.coded)
        for (share, low, high), whole in ((f.precision, f.said), (f.recall, f.coded)):
            assert not whole or abs(share - f.right / whole) < 0.001
            assert 0 <= low <= share <= high <= 1


def test_only_what_holds_on_strangers_is_suggested_unasked():
    looked = {row.kind for row in behaviours.looked_for(LIMITS)}
    for row in TRIAL:
        proof = [
            f
            for f in figures()
            if f.kind == row.kind and f.stranger and f.coded >= LIMITS.least_coded
            and f.precision[0] >= LIMITS.least_precision and f.recall[0] >= LIMITS.least_recall
        ]  # fmt: skip
        assert holds(row.kind) is bool(proof) is (row.kind in looked) is not row.experimental
    assert looked & {row.kind for row in TRIAL}  # and something does
    assert all(r in behaviours.looked_for(Reading(experimental=True)) for r in TRIAL)
    assert measured.figures() is figures()

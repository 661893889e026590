"""The figures that decide which kinds are suggested: on record, in the guide, and followed."""

import hashlib
import tomllib
from dataclasses import replace

import pytest

from benchmarks.listening.kinds import misses, table
from prosody.listening import behaviours, measured
from prosody.listening.measured import Figure, figures, holds
from prosody.rules import SHIPPED
from prosody.settings import Reading
from tests.conftest import ROOT

LIMITS = Reading()
TRIAL = [row for row in behaviours.table() if row.on_trial]


def test_the_guide_holds_the_figures():
    assert table(figures()) in (ROOT / "docs" / "listening.md").read_text("utf-8")


def test_the_guide_says_which_aim_each_kind_misses():
    assert misses(figures()) in (ROOT / "docs" / "listening.md").read_text("utf-8")
    figure = next(f for f in figures() if f.stranger and f.coded >= 40)
    good = replace(figure, precision=(0.8, 0.7, 0.9), recall=(0.45, 0.3, 0.6))
    assert "**" not in misses([good])
    for worse in ({"coded": 39}, {"precision": (0.79, 0.7, 0.9)}, {"recall": (0.44, 0.3, 0.6)}):
        assert misses([replace(good, **worse)]).count("**") == 2
    assert "**" not in misses([replace(good, stranger=False)])


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


def test_what_is_suggested_unasked_is_what_holds():
    looked = {row.kind for row in behaviours.looked_for(LIMITS)}
    for row in TRIAL:
        assert holds(row.kind) is (row.kind in looked) is not row.experimental
    assert all(r in behaviours.looked_for(Reading(experimental=True)) for r in TRIAL)
    assert measured.figures() is figures()


def figure(read, coded, precision, recall, *, stranger=True):
    shares = [(value, 0.0, 1.0) for value in (precision, recall)]
    return Figure("made_up", f"{read} of it", stranger, read, coded, coded, coded, *shares)


GOOD = figure("none", 20, 0.8, 0.45)


@pytest.mark.parametrize(
    ("found", "held"),
    [
        ([figure("half", 40, 0.9, 0.5), GOOD], True),
        ([figure("none", 40, 0.8, 0.45)], True),
        ([figure("half", 40, 0.9, 0.5), figure("none", 20, 0.79, 0.5)], False),
        ([figure("half", 40, 0.9, 0.5), figure("none", 20, 0.9, 0.44)], False),
        ([figure("half", 40, 0.9, 0.5)], False),  # all of it was read in part
        ([figure("half", 40, 0.79, 0.5), GOOD], False),
        ([figure("half", 39, 0.9, 0.5), GOOD], False),  # too few to say
        ([figure("none", 40, 0.9, 0.5, stranger=False)], False),
        ([], False),
    ],
)
def test_a_kind_holds_on_material_that_was_not_read(found, held):
    assert holds("made_up", found) is held
    assert not holds("another", found)


def test_what_a_bag_of_words_tells_better_is_not_looked_for():
    own = {row.kind for row in behaviours.table() if row.interviewing}
    asked = Reading(experimental=True)
    looked = {row.kind for row in behaviours.looked_for(asked)}
    assert own and own & looked == {kind for kind in own if measured.leads(kind)}
    assert measured.leads("reflection")  # which nothing was held against
    for lead, led in (([0.05, 0.01, 0.09], True), ([0.05, -0.01, 0.11], False)):
        assert measured.leads("said", {"said": lead}) is led

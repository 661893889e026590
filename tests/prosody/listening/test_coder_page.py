"""The coder's figures: what the pages say is what was measured, of what ships."""

import json
import re

import pytest

from benchmarks.listening import coder_page, trained
from benchmarks.listening.provenance import kept, stale
from benchmarks.shared.provenance import between
from diarize.runtime.atomic import sha256_of
from prosody.listening.coder import LANGUAGE
from prosody.rules import SHIPPED as RULES
from prosody.trained.weights import SHIPPED
from tests.conftest import ROOT

MADE = kept(coder_page.RECORD)
FOUND = MADE["conditions"]["As transcribed"]


@pytest.mark.parametrize("path", [*coder_page.pages(MADE)], ids=lambda path: path.name)
def test_a_page_says_what_was_measured(path):
    assert path.read_text("utf-8") == coder_page.pages(MADE)[path], "run: make accuracy"


def test_a_figure_changed_by_hand_is_seen():
    text = coder_page.PAGE.read_text("utf-8")
    value = FOUND["figures"]["macro-F1 of four"]["coder"][0]
    assert text.replace(f"{value:.3f}", "0.999") != coder_page.page(MADE) == text


def test_the_figures_are_of_the_rules_and_weights_that_ship():
    # Lists of names are for masking, no suggestion reads them; what is measured is English.
    foreign = (f"rules/{path.name}" for path in RULES.glob("*.toml") if path.stem != LANGUAGE)
    others = (".py", ".names.toml", *foreign)
    shipped = [part for part in stale(MADE["made"], trained.find) if not part.endswith(others)]
    # Where the data are not at hand, the page says that its code has changed (tests/test_accuracy).
    assert not shipped or MADE["made"].get("older"), "run: make accuracy"
    assert "prosody/trained/coder.npz" in MADE["made"]["rests_on"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", d) for d in MADE["made"]["data"].values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", MADE["made"]["on"])


def test_what_the_product_says_of_its_coder_is_that():
    record = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8"))
    assert record["held_out"]["macro_f1"] == FOUND["figures"]["macro-F1 of four"]["coder"]
    assert (record["sessions"], record["turns"]) == (FOUND["transcripts"], FOUND["turns"])


def test_the_coder_beats_the_bag_of_words_by_more_than_chance():
    for condition in MADE["conditions"].values():
        leads = [row["lead"] for row in condition["figures"].values() if "lead" in row]
        assert len(leads) == 4 and all(low > 0 for _, low, _ in leads)


def test_what_is_said_at_eight_in_ten_is_right_eight_times_in_ten():
    for condition in MADE["conditions"].values():
        for row in condition["reliability"]:
            if row["n"] >= 30 and 0.75 <= row["said"] < 0.85:
                assert row["low"] <= 0.8 <= row["high"], row


def test_a_page_without_marks_is_refused():
    assert between("a<!-- x -->old<!-- /x -->b", "x", "new") == "a<!-- x -->\nnew\n<!-- /x -->b"
    with pytest.raises(ValueError, match="no marks"):
        between("nothing here", "x", "new")


def test_the_data_is_that_of_the_figures_where_it_is_here():
    path = ROOT.parent / "shared" / "data" / "text" / "AnnoMI-full.dev.csv"
    if not path.is_file():
        pytest.skip("no AnnoMI here")
    assert MADE["made"]["data"] == {path.name: sha256_of(path)}

"""Rules and trained coder, taken together."""

import numpy as np
import pytest

from prosody.listening import behaviours
from prosody.listening.behaviours import group_of
from prosody.listening.coder import code
from prosody.listening.from_words import Spotted
from prosody.listening.rules_and_coder import on_a_side, together
from prosody.settings import Trained
from prosody.trained.network import OUTPUTS
from prosody.trained.text import Pieces
from prosody.trained.weights import Coder

LIMITS = Trained()
NAMES = [(head, name) for head, names in OUTPUTS.items() for name in names]


def logits(**said):
    """Logits of -6, but for those named: ``main_question=6``."""
    return [float(said.get(f"{head}_{name}", -6.0)) for head, name in NAMES]


def test_what_the_network_alone_is_sure_of_is_suggested_with_less_than_its_certainty():
    said = logits(main_reflection=6, pres_reflection=6, sub_reflection_complex=3)
    found = together({}, "other", said, LIMITS)
    assert set(found) == {"reflection"}
    assert found["reflection"].confidence == pytest.approx(0.65 * 0.982, abs=0.01)
    assert found["reflection"].words == "" and found["reflection"].sub_kind == "complex"


def test_both_together_are_surer_than_one_and_the_rules_say_with_which_words():
    rules = {"reflection": Spotted(0.8, "it sounds like", 1.0, "simple")}
    said = logits(main_reflection=6, pres_reflection=6)
    found = together(rules, "reflection", said, LIMITS)["reflection"]
    assert found.words == "it sounds like" and found.sub_kind == "simple"
    assert found.confidence == pytest.approx(0.65 * 0.982 + 0.35 * 0.8, abs=0.01)


def test_what_the_network_rejects_the_rules_alone_cannot_carry():
    rules = {"advice": Spotted(0.6, "you could", 1.0), "affirmation": Spotted(0.5, "well done", -9)}
    found = together(rules, "therapist_input", logits(main_other=6), LIMITS)
    assert set(found) == {"affirmation"}


def test_a_question_after_a_reflection_is_said_beside_it_and_the_main_one_first():
    said = logits(
        main_question=4, main_reflection=2, pres_question=4, pres_reflection=3, sub_question_open=2
    )
    found = together({}, "other", said, LIMITS)
    assert sorted(found, key=lambda k: -found[k].weight) == ["question_open", "reflection"]


def test_open_or_closed_leans_as_people_do():
    said = dict(main_question=6, pres_question=6)
    near = together({}, "other", logits(**said, sub_question_closed=-4.0), LIMITS)
    far = together({}, "other", logits(**said, sub_question_closed=2.0), LIMITS)
    assert set(near) == {"question_open"} and set(far) == {"question_closed"}


def test_of_several_questions_the_last_counts_whatever_the_network_makes_of_the_turn():
    said = logits(main_question=6, pres_question=6, sub_question_open=6)
    several = {"question_closed": Spotted(0.95, "did he", 1.0, settled=True)}
    one = {"question_closed": Spotted(0.95, "did he", 1.0)}
    assert set(together(several, "question", said, LIMITS)) == {"question_closed"}
    assert set(together(one, "question", said, LIMITS)) == {"question_open"}


@pytest.mark.parametrize("outputs", [("input_negotiation",), ()])
def test_a_behaviour_is_what_the_outputs_of_its_row_speak_for_and_without_any_what_rules_find(
    outputs,
):
    row = behaviours.Behaviour(
        "joins", "Joins", "Following", "Joins.", "And.", main="reflection", outputs=outputs
    )
    with behaviours.registered(row):
        for sure in (4.0, -9.0):
            said = dict(main_reflection=6, pres_reflection=6, sub_input_negotiation=sure)
            rules = {"joins": Spotted(0.8, "and", 1.0)} if sure > 0 and not outputs else {}
            found = together(rules, "other", logits(**said), LIMITS)
            assert set(found) == {"joins" if sure > 0 else "reflection"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [((6, -6, -6), "change_talk"), ((-6, 6, -6), None), ((-6, -6, 6), "sustain_talk")],
)
def test_which_side_of_a_change_a_client_takes_the_network_says_but_for_a_phrase_of_one_side(
    said, kind
):
    sides = {"change_talk", "sustain_talk"}
    rules = {k: Spotted(0.9, "i want to stop", 1.0) for k in (*sides, "wanted")}
    found = on_a_side(rules, said, LIMITS)
    assert set(found) == {"wanted", *([kind] if kind else ())}
    if kind:
        assert found[kind].words == "i want to stop" and 0.9 < found[kind].confidence <= 1
        assert on_a_side({}, said, LIMITS)[kind].words == ""
    assert set(on_a_side(rules, None, LIMITS)) == {"wanted"}  # without it nobody takes a side
    one = {k: rules[k] for k in ("sustain_talk", "wanted")}
    assert set(on_a_side(one, said, LIMITS)) == {"sustain_talk", "wanted"}
    assert set(on_a_side({}, (0.2, 0.0, 0.1), LIMITS)) == set()  # it does not know


def test_a_coder_changes_what_a_turn_is_called_and_no_other_language():
    words = {word: at for at, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]"))}

    def network(rows):
        said = logits(main_therapist_input=6, pres_therapist_input=6, sub_input_information=6)
        return np.array([said] * len(rows))

    turns = [("client", "I am so tired."), ("therapist", "The rain falls on the hill.")]
    (_, alone), (_, both) = code(turns), code(turns, coder=Coder(Pieces(words), network, "x"))
    assert "information" not in {b.kind for b in alone.behaviours}
    (said, *_) = both.behaviours
    assert said.kind == "information" and said.evidence.code == "evidence.trained"
    assert group_of(said.kind) == "therapist_input"

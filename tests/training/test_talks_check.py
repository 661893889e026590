from collections import Counter

import pytest

from training import talks_check
from training.talks_check import COLUMNS, INDEX, KINDS, Turn, check, frames, main, misfits, repeated


def turn(text="Mm.", speaker="therapist", main="other", present=(), kinds=(), where="001-a.tsv:2"):
    return Turn(where, speaker, main, present, kinds, text)


def test_the_dialogues_are_in_form_and_have_enough_of_every_code():
    wrong, turns = check()
    assert wrong == []
    mine = [t for t in turns if t.speaker == "therapist"]
    assert len(mine) >= 2500
    found = Counter(code for t in mine for code in t.kinds)
    assert [code for code in KINDS["therapist"] if found[code] < 80] == []
    share = {name: n / len(mine) for name, n in Counter(t.main for t in mine).items()}
    assert 0.15 <= share["therapist_input"] <= 0.35
    assert all(0.2 <= share[name] <= 0.35 for name in ("question", "reflection", "other"))


@pytest.mark.parametrize(
    "wrong",
    [
        turn(speaker="nobody"),
        turn(main="question"),
        turn(main="praise"),
        turn(kinds=("hope",)),
        turn(kinds=("repair", "repair")),
        turn(speaker="client", main="", kinds=("change_talk", "neutral")),
        turn(speaker="client", main="question", present=("question_open",), kinds=("neutral",)),
    ],
)
def test_codes_that_cannot_stand_there_are_seen(wrong):
    assert list(misfits(wrong)) != []


def test_codes_that_can_stand_there_are_left_alone():
    both = ("reflection_simple", "question_open")
    assert list(misfits(turn(main="question", present=both, kinds=("check_in",)))) == []
    assert list(misfits(turn(speaker="client", main="", kinds=("neutral", "felt")))) == []


def test_a_frame_and_a_turn_that_stand_twice_are_seen():
    twice = [turn("I hear that you are tired.", where=f"00{n}-a.tsv:2") for n in (1, 2)]
    assert [len(among) for among in frames(twice).values()] == [2, 2]
    assert len(list(repeated(twice))) == 3
    assert list(repeated([turn("I hear you."), turn("I hear you.", where="002-b.tsv:2")])) == []


def test_a_line_out_of_form_is_named(tmp_path, capsys):
    row = "therapist\tother\t\t\tMm-hm, go on then, I am here."
    (tmp_path / "001-a.tsv").write_text(f"{COLUMNS}\n{row}\nclient\tshort\n", "utf-8")
    (tmp_path / "index.tsv").write_text(f"{INDEX}\n001-a.tsv{'	x' * 6}\tnone\n", "utf-8")
    assert main(tmp_path) == 1
    printed = capsys.readouterr().out
    assert "001-a.tsv:3: not five cells" in printed and "no capitals or marks" in printed


def test_no_code_is_both_persons_and_what_must_be_present_is_a_main_code():
    assert {*talks_check.PRESENT.values()} < {*talks_check.MAIN}
    assert not {*KINDS["therapist"]} & {*KINDS["client"]}

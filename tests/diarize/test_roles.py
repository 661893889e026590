from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.roles import spoken, transcripts
from diarize.labels import roles_of_labels
from diarize.messages import is_known, message
from diarize.roles import cast, disputed, margin, swapped_after
from diarize.settings import Roles
from diarize.timeline import Span, Turn, Word
from tests.said import inner, refused

TEXTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "text"

ASKS = "How did you feel when you told your sister? What would you like from her?"
RULE = Roles()
TELLS = "I was upset and I told her I need my space, and I left, I just left."


def turns_of(*voices):
    return tuple(Turn(Span(i, i + 1), voice) for i, voice in enumerate(voices))


def words_of(*said):
    """Give (voice, text) pairs as words a tenth of a second apart."""
    words, at = [], 0.0
    for voice, text in said:
        for token in text.split():
            words.append(Word(Span(at, at + 0.1), token, voice=voice))
            at += 0.1
    return words


def by_voice(castings):
    return {c.voice: c.role for c in castings}


TALK = words_of(*[("B", ASKS), ("A", TELLS)] * 4)
AB = turns_of("A", "B")


def test_words_tell_and_say_by_how_much():
    found = cast(AB, TALK)
    assert by_voice(found) == {"A": "client", "B": "therapist"}
    assert all(RULE.least_certainty <= c.certainty <= RULE.words_certainty for c in found)
    assert found[0].evidence.code == "casting.words"
    counted: Any = found[0].evidence.fields
    assert counted["points"] > 0 and 0 < counted["words"] <= len(TALK)


def test_permuted_labels_give_the_same_roles():
    swap = {"A": "B", "B": "A"}
    swapped = [Word(w.span, w.text, voice=swap[w.voice]) for w in TALK]
    turns = [Turn(t.span, swap[t.voice]) for t in AB]
    found = by_voice(cast(turns, swapped))
    assert found == {swap[v]: r for v, r in by_voice(cast(AB, TALK)).items()}
    assert set(found.values()) == {"therapist", "client"}


def test_channels_decide_and_roles_follow_the_map():
    for mapping in ({0: "therapist", 1: "client"}, {1: "therapist", 0: "client"}):
        found = cast(AB, TALK, channel_of={"A": 0, "B": 1}, channel_roles=mapping)
        assert by_voice(found) == {"A": mapping[0], "B": mapping[1]}
        assert [c.channel for c in found] == [0, 1] and found[0].certainty == 1
        assert found[0].evidence.code == "casting.channel_map"


def test_a_persons_word_outranks_labels_and_words():
    found = cast(AB, TALK, therapist_voice="A", labels={"A": "Client", "B": "Therapist"})
    assert by_voice(found) == {"A": "therapist", "B": "client"}
    assert by_voice(cast(AB, TALK, told={"A": "client", "B": "other"})) == {
        "A": "client",
        "B": "other",
    }
    with refused("casting.no_such_voice"):
        cast(AB, TALK, therapist_voice="C")
    with refused("casting.no_such_role"):
        cast(AB, TALK, told={"A": "boss"})


def test_labels_outrank_words():
    found = cast(AB, TALK, labels={"A": "Counsellor", "B": "Patient 7"})
    assert by_voice(found) == {"A": "therapist", "B": "client"}
    assert found[0].evidence.code == "casting.labels" and found[0].certainty == 0.99
    assert by_voice(cast(turns_of("client", "therapist"), None)) == {
        "client": "client",
        "therapist": "therapist",
    }


def test_labels_that_contradict_each_other_tell_nothing():
    found = cast(AB, TALK, labels={"A": "Therapist 1", "B": "Therapist 2"})
    assert found[0].evidence.code == "casting.words"


def test_ambiguous_roles_are_withheld():
    same = "Well, you know, I think we did what we could"
    nothing: list[Any] = [[], None]
    for words in (words_of(("A", same), ("B", same)), *nothing, words_of(("A", ASKS))):
        found = cast(AB, words)
        assert by_voice(found) == {"A": "unknown", "B": "unknown"}
        assert all(c.certainty < RULE.least_certainty for c in found)
        assert all(is_known(c.evidence.code) for c in found)


def test_one_voice_or_three_have_no_roles_unless_told():
    assert by_voice(cast(turns_of("A"), TALK)) == {"A": "unknown"}
    assert by_voice(cast(turns_of("A"), TALK, therapist_voice="A")) == {"A": "therapist"}
    three = cast(turns_of("A", "B", "C"), TALK)
    assert set(by_voice(three).values()) == {"unknown"}
    assert three[0].evidence == message("casting.needs_two_voices", n=3)
    told = cast(turns_of("A", "B", "C"), TALK, told={"A": "therapist", "C": "client"})
    assert by_voice(told) == {"A": "therapist", "B": "other", "C": "client"}
    half = cast(turns_of("A", "B", "C"), TALK, therapist_voice="A")
    assert by_voice(half) == {"A": "therapist", "B": "unknown", "C": "unknown"}
    assert cast((), None) == ()


def test_the_rule_on_words_is_for_english():
    found = cast(AB, TALK, language="de")
    assert set(by_voice(found).values()) == {"unknown"}
    assert found[0].evidence.fields["first"] == message("casting.not_english", language="de")


def test_habits_are_told_and_never_decide():
    found = cast(turns_of("B", "A", "B"), None)
    assert set(by_voice(found).values()) == {"unknown"}
    assert {c.evidence.code for c in found} == {"casting.and_habit"}
    assert all(c.evidence.fields["voice"] == "B" for c in found)
    assert all(0.5 < c.certainty < RULE.least_certainty for c in found)
    assert cast(turns_of("A", "B", "C"), None)[0].evidence.code != "casting.and_habit"
    assert cast(AB, TALK)[0].evidence.code != "casting.and_habit"


def test_doubtful_words_do_not_count():
    doubtful = [Word(w.span, w.text, voice=w.voice, doubtful=True) for w in TALK]
    assert margin(doubtful, "A", "B") is None


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["T", "C"], ["therapist", "client"]),
        (["T:", "P:"], ["therapist", "client"]),
        (["C", "P"], ["therapist", "client"]),
        (["counsellor", "client"], ["therapist", "client"]),
        (["T", "K"], ["therapist", "client"]),
        (["Beraterin", "Ratsuchende"], ["therapist", "client"]),
        (["Dr. Brown", "Tom"], ["therapist", None]),
        (["SPEAKER_00", "SPEAKER_01"], [None, None]),
        (["T", "X"], [None, None]),
        (["Patricia", "Theo"], [None, None]),
    ],
)
def test_labels(labels, expected):
    found = roles_of_labels(labels)
    assert [found.get(label) for label in labels] == expected


def test_words_that_contradict_what_was_said_are_told():
    words = words_of(*[("A", ASKS), ("B", TELLS)] * 3)
    right = cast(AB, words, told={"A": "therapist"})
    wrong = cast(AB, words, told={"B": "therapist"})
    assert disputed(right, words) is None and disputed(cast(AB, words), words) is None
    said = disputed(wrong, words)
    assert (said.code, said.fields["voice"], said.fields["other"]) == ("casting.disputed", "B", "A")
    assert inner(said.fields, "evidence").code == "casting.told"
    assert disputed(wrong, words, "de") is None and disputed(wrong, None) is None
    assert disputed(wrong, words_of(("A", "Well, yes."), ("B", "I see."))) is None
    assert disputed(cast(turns_of("A"), words, therapist_voice="A"), words) is None


def test_a_swap_in_the_middle_is_noticed():
    said = [("A", ASKS), ("B", TELLS)] * 6
    swapped = said[:6] + [({"A": "B", "B": "A"}[v], t) for v, t in said[6:]]
    castings = cast(AB, words_of(*said))
    assert swapped_after(words_of(*said), castings) is None
    at = swapped_after(words_of(*swapped), cast(AB, words_of(*swapped)))
    middle = words_of(*said)[len(words_of(*said)) // 2].span.start
    assert at == pytest.approx(middle, abs=0.15 * 2 * middle)
    assert swapped_after(None, castings) is None
    assert swapped_after(words_of(("A", ASKS)), castings) is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from([ASKS, TELLS, "", "oh. I?"])),
                max_size=10))  # fmt: skip
def test_swapping_the_voices_mirrors_the_margin(said):
    words = words_of(*said)
    one, two = margin(words, "A", "B"), margin(words, "B", "A")
    assert (one is None) == (two is None)
    if one is not None:
        assert one.chance == pytest.approx(1 - two.chance)
        assert -2 <= one.you_minus_i <= 2 and 0 <= one.chance <= 1


@pytest.mark.skipif(not TEXTS.exists(), reason="development data is not here")
def test_real_transcripts_with_the_roles_hidden():
    """Whole transcripts: said for nearly all, and never wrong; a swap half way is found."""
    read = dict(list(transcripts(TEXTS))[:40])
    said = wrong = found = false = long = noticed = 0
    for rows in read.values():
        words = spoken(rows)  # A is the therapist
        casting = by_voice(cast(AB, words))
        said += casting["A"] != "unknown"
        wrong += casting["A"] == "client"
        noticed += disputed(cast(AB, words, therapist_voice="B"), words) is not None
        assert disputed(cast(AB, words, therapist_voice="A"), words) is None
        if len(words) >= 300:
            long += 1
            castings = cast(AB, words)
            found += swapped_after(spoken(rows, swap_at=len(rows) // 2), castings) is not None
            false += swapped_after(words, castings) is not None
    assert said >= 0.9 * len(read) and wrong == 0
    assert noticed >= 0.9 * len(read)
    assert found >= 0.9 * long and false <= 0.1 * long

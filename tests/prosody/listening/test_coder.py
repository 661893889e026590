from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosody.listening import behaviours
from prosody.listening.coder import Coded, code, uptake
from prosody.listening.sentences import Said
from prosody.rules.language import load, tokens
from prosody.settings import Reading
from tests.said import refused

RULES = load("en")
ASKED = Reading(experimental=True)
CLIENT = (
    "I have been lying awake since she left, and I keep thinking I should have called my sister "
    "before it was too late."
)
ANNOMI = Path(__file__).parents[3] / ".." / "shared" / "data" / "text" / "AnnoMI-full.dev.csv"


def coded_after(therapist, client=CLIENT):
    return code([("client", client), ("therapist", therapist)])[1].behaviours


def asked_of(*turns):
    """Kinds found in the last turn where somebody asks for experimental ones too."""
    return [b.kind for b in code(turns, limits=ASKED)[-1].behaviours]


def kinds(therapist, client=CLIENT):
    return [b.kind for b in coded_after(therapist, client)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What was that like for you?", "question_open"),
        ("Tell me more about your sister.", "question_open"),
        ("what have you tried so far", "question_open"),
        ("Do you sleep at night?", "question_closed"),
        ("how many hours do you sleep", "question_closed"),
        ("Okay, and is your sister still angry?", "question_closed"),
        ("It sounds like you miss her.", "reflection"),
        ("So you keep going over it, lying awake.", "reflection"),
        ("Lying awake, thinking about the call.", "reflection"),
        ("Let me see if I have got this. You lie awake, and you blame yourself.", "summary"),
        ("You should go to bed at ten.", "advice"),
        ("I recommend that you call her.", "advice"),
        ("Research shows that sleep improves within weeks.", "information"),
    ],
)
def test_the_main_behaviour(text, kind):
    assert kinds(text)[0] == kind


# Said in words that neither the rule file nor the sentences learned from have.
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I'm so very sorry to hear about your nan.", "validation"),
        ("Whatever comes of it, you've got me in your corner and I'm here.", "validation"),
        ("You ought to be really proud of how you kept your temper with him.", "affirmation"),
        ("Most people I meet find the second month the hardest.", "normalising"),
        ("Does that sound about right to you so far?", "check_in"),
        ("In the end it's your decision whether she comes along.", "autonomy_support"),
        ("My own brother went bankrupt when I was fourteen.", "self_disclosure"),
        ("I'm really sorry about your sister's accident.", "sympathy"),
        ("I can see where you're coming from there.", "understanding_cognitive"),
        ("All of this is confidential unless you are at risk.", "framing"),
    ],
)
def test_kinds_known_by_single_sentences(text, kind):
    assert kind in asked_of(("client", CLIENT), ("therapist", text))


@pytest.mark.parametrize(
    ("text", "not_kind"),
    [
        ("That ticket stays valid till the end of March.", "validation"),
        ("Your referral is valid for another six weeks.", "validation"),
        ("Tell me about the other people living in your street.", "normalising"),
        ("Most people come in through the back entrance.", "normalising"),
        ("Sorry about that, the door always slams.", "repair"),
        ("Sorry for the delay, the lift was stuck.", "repair"),
        ("I lost my glasses somewhere this morning, one moment.", "repair"),
        ("I've left my pen on the desk next door.", "self_disclosure"),
        ("Your choice of tea or coffee is over there.", "affirmation"),
        ("The shop closes at six, so it's up to the top of the hill and left.", "autonomy_support"),
    ],
)
def test_words_of_ordinary_talk_fire_nothing(text, not_kind):
    assert not_kind not in asked_of(("client", CLIENT), ("therapist", text))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("And my manager said to me, you can go home now.", "said"),
        ("I felt so humiliated standing there.", "felt"),
        ("I thought they would all laugh at me.", "thought"),
        ("I just want to be left in peace for once.", "wanted"),
    ],
)
def test_the_clients_own_account(text, kind):
    assert kind in asked_of(("therapist", "How was that?"), ("client", text))


@pytest.mark.parametrize(
    "text",
    [
        "I'm so sorry to hear about your brother.",
        "I'm terribly sorry that they let you go like that.",
        "Oh, I am sorry for your loss.",
    ],
)
@pytest.mark.parametrize("experimental", [True, False])
def test_sympathy_is_never_a_reflection(text, experimental):
    limits = Reading(experimental=experimental)
    found = code([("client", CLIENT), ("therapist", text)], limits=limits)[1].behaviours
    assert "reflection" not in [b.kind for b in found]


@pytest.mark.parametrize("text", ["Mm-hmm.", "Okay.", "", "...", "Right, right.", "[laughs]"])
def test_signs_of_listening_and_nothing_are_no_behaviour(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("You have been lying awake since she left.", "simple"),
        ("You said you have been lying awake.", "simple"),
        ("Part of you is furious, and part of you still hopes.", "complex"),
        ("It sounds like you feel guilty.", "complex"),
        ("So it goes on in the evenings.", None),
    ],
)
def test_a_reflection_may_look_simple_or_complex_or_neither(text, depth):
    (reflection,) = (b for b in coded_after(text) if b.kind == "reflection")
    assert reflection.sub_kind == depth


def test_only_reflections_have_a_sub_kind():
    said = "You keep thinking of your sister. What was that like? You should call her."
    found = {b.kind: b.sub_kind for b in coded_after(said)}
    assert len(found) >= 3 and found.pop("reflection") is not None
    assert set(found.values()) == {None}


def test_a_phrase_may_begin_with_what_usually_opens_a_turn():
    said = asked_of(("client", CLIENT), ("therapist", "No wonder you couldn't sleep."))
    assert "validation" in said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Do you remember what happened?", "question_closed"),
        ("Can you tell me what happened?", "question_open"),
        ("What happened, do you remember?", "question_open"),
        ("how does alcohol play a role in that", "question_open"),
        ("and you slept badly is that right", "question_closed"),
    ],
)
def test_what_a_question_begins_with_decides_whether_it_is_open(text, kind):
    turns = [("client", CLIENT.lower().replace(",", "").replace(".", ""))] * 3
    bare = "?" not in text
    found = code([*turns, ("therapist", text)])[-1].behaviours if bare else coded_after(text)
    assert kind in [b.kind for b in found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What happened then? Did he leave?", "question_closed"),
        ("Did he leave? What happened then?", "question_open"),
        ("Did he leave? What was that like? You left?", "question_open"),
    ],
)
def test_of_several_plain_questions_the_last_says_how_the_turn_asks(text, kind):
    asked = [b for b in coded_after(text) if b.kind.startswith("question")]
    assert [b.kind for b in asked] == [kind]
    assert asked[0].confidence == 0.95


def test_greetings_are_no_reflection():
    assert not set(kinds("Hi, nice to meet you, thanks for coming in today.")) & {
        "reflection", "information", "advice",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("you have to do your part and that is the plan for now", None),
        ("some people who are trying to stop find the evenings hardest", None),
        ("we talked about what happens after a night like this one", None),
        ("i'm here to answer any questions", None),
        ("he did it again and she did it too", None),
        ("the reason is that the nights are long", None),
        ("and the pills are by the bed did you take them", "question_closed"),
        ("you were at the wedding was it hard", "question_closed"),
        ("then just be careful what was the first week like", "question_open"),
        ("you stopped in may how were the weeks after", "question_open"),
    ],
)
def test_without_marks_order_asks_where_it_is_a_question_s(text, kind):
    heard = [("client", CLIENT.lower().replace(",", "").replace(".", ""))] * 3
    found = [b.kind for b in code([*heard, ("therapist", text)])[-1].behaviours]
    assert [k for k in found if k.startswith("question")] == ([kind] if kind else [])


def test_a_quoted_question_in_a_statement_is_none():
    assert "question_open" not in kinds("So that's what you wanted from her.")


def test_evidence_is_what_was_said():
    said = "Well, it sounds like you really miss her."
    (coded,) = code([("therapist", said)])
    assert coded.behaviours
    assert all(b.evidence.code == "evidence.words" for b in coded.behaviours)
    assert all(str(b.evidence.fields["words"]) in said for b in coded.behaviours)


def test_only_therapists_listen_and_only_clients_withdraw():
    turns = [
        ("client", "What do you think? You're not listening to me."),
        ("therapist", "I don't know."),
        ("other", "What do you think?"),
        ("unknown", "You're not listening to me."),
        ("client", "I don't know."),
    ]
    coded = code(turns, limits=ASKED)
    assert "confrontation_marker" in [b.kind for b in coded[0].behaviours]
    assert "withdrawal_marker" not in [b.kind for b in coded[1].behaviours]
    assert coded[2].behaviours == coded[3].behaviours == ()
    assert "withdrawal_marker" in [b.kind for b in coded[4].behaviours]


def test_the_first_behaviour_is_the_main_one_and_each_keeps_its_own_confidence():
    together = "You miss her. It's hard for you, isn't it? Is it?"
    found = code([("client", CLIENT), ("therapist", together)])[1].behaviours
    alone = code([("client", CLIENT), ("therapist", "Is it?")])[1].behaviours
    assert found[0].kind == "reflection"
    (asked,) = (b.confidence for b in found if b.kind == "question_closed")
    assert asked == alone[0].confidence > found[0].confidence


def test_answering_a_client_informs_rather_than_reflects():
    asked = "And how long does it take until the tablets help?"
    assert kinds("It takes about two weeks, and they can cause a dry mouth.", asked)[0] == (
        "information"
    )


def test_a_turn_broken_off_goes_on_with_what_it_was():
    turns = [
        ("client", CLIENT),
        ("therapist", "It sounds like you were left with nobody-"),
        ("client", "Yeah."),
        ("therapist", "-and nowhere to go."),
    ]
    assert code(turns)[3].behaviours[0].kind == "reflection"


def test_words_of_another_language_are_refused_rather_than_misread():
    german = "und dann habe ich die ganze nacht wach gelegen weil ich nicht schlafen konnte " * 5
    with refused("behaviour.other_language"):
        code([("client", german), ("therapist", "Wie war das?")])


@pytest.mark.parametrize(
    "said",
    [
        "und dann habe ich die ganze nacht wach gelegen weil ich nicht schlafen konnte",
        "et puis je ne savais plus quoi faire alors je suis parti sans rien dire à personne",
        "y entonces no sabía qué hacer así que me fui sin decir nada a nadie en la casa",
        "en toen wist ik niet meer wat ik moest doen dus ben ik maar gewoon weggegaan",
    ],
)
def test_neighbouring_languages_are_refused_under_english_rules(said):
    with refused("behaviour.other_language"):
        code([("client", said), ("therapist", said)] * 3)


def test_turns_of_one_word_are_read_one_by_one():
    turns = [("client", "Yes."), ("therapist", "Why?"), ("client", "No."), ("therapist", "Mm.")]
    coded = code(turns * 40)
    assert [b.kind for b in coded[1].behaviours] == ["question_open"]
    assert {c.behaviours for c in coded[3::4]} == {()}


def test_no_turns_and_a_language_without_rules():
    assert code([]) == ()
    with refused("rule.no_language", language="tlh"):
        code([("therapist", "nuqneH")], language="tlh")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["therapist", "client", "other", "unknown"]),
            st.one_of(st.text(max_size=80), st.sampled_from([CLIENT, "So you left?", "why", "?"])),
        ),
        max_size=8,
    )
)
@settings(deadline=None, max_examples=80)
def test_any_turns_give_one_answer_each(turns):
    coded = code(turns)
    assert [(c.role, c.text) for c in coded] == turns
    assert [c.index for c in coded] == list(range(len(turns)))
    for c in coded:
        assert isinstance(c, Coded)
        assert all(b.kind in behaviours.kinds() and 0 < b.confidence <= 1 for b in c.behaviours)
        assert len({b.kind for b in c.behaviours}) == len(c.behaviours)
    assert code(turns) == coded


@pytest.mark.parametrize(
    ("turn", "before", "counts"),
    [
        ("You drank, and you slept badly", "I drink so that I sleep", (2, 3)),
        ("It is what it is", "It is what it is", (0, 0)),
        ("So your sister worries you", "", (0, 2)),
        ("So your sister worries you", "my sister keeps worrying", (2, 2)),
    ],
)
def test_uptake_counts_forms_of_content_words_that_come_back(turn, before, counts):
    said, earlier = (Said("", text, tokens(text, RULES)) for text in (turn, before))
    assert uptake(said, earlier, RULES) == counts

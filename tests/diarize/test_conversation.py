"""Turns, words and roles woven together: rules one by one, then properties."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.conversation import Casting, weave
from diarize.messages import message
from diarize.roles import Role
from diarize.settings import Units
from diarize.timeline import Span, Turn, Word, total
from diarize.word_traits import CUE_WORDS, tokens

TOLD = message("casting.told")

CAST = (Casting("T", Role.THERAPIST, 1.0, TOLD), Casting("C", Role.CLIENT, 1.0, TOLD))


def said(*lines, duration=None, words=True, cast=CAST, language=None):
    """Weave lines of (voice, start, end, text); the text is spread evenly over the line."""
    turns = tuple(Turn(Span(a, b), v) for v, a, b, _ in lines)
    spread = []
    for voice, a, b, text in lines:
        parts = text.split()
        step = (b - a) / max(len(parts), 1)
        spread += [
            Word(Span(a + i * step, a + (i + 1) * step), p, None, voice)
            for i, p in enumerate(parts)
        ]
    end = duration or max((b for _, _, b, _ in lines), default=0.0)
    return weave(turns, tuple(spread) if words else None, cast, end, language=language)


def kinds(conversation):
    return [(u.voice, u.kind) for u in conversation.utterances]


def test_a_hum_without_words_between_two_of_the_others_turns_is_a_backchannel():
    """However long the other then pauses, unless they had asked; a grunt that is no hum is not."""
    lines = (("C", 0, 4, "and then I went home"), ("T", 4.2, 4.7, ""), ("C", 7, 9, "and slept"))
    plain = said(*lines)
    hums = (Turn(Span(4.2, 4.7), "T"),)
    heard = weave(_turns(lines), _words(plain), CAST, 9.0, hums=hums)
    asked = (("C", 0, 4, "did you see that?"), *lines[1:])
    answered = weave(_turns(asked), _words(said(*asked)), CAST, 9.0, hums=hums)
    of_another = weave(_turns(lines), _words(plain), CAST, 9.0, hums=(replace(hums[0], voice="C"),))
    assert kinds(heard)[1] == ("T", "backchannel")
    assert [kinds(c)[1][1] for c in (plain, answered, of_another)] == ["primary"] * 3


@pytest.mark.parametrize("after", [(), (("T", 7, 9, "and how was that"),)])
def test_a_hum_holds_no_floor_whoever_speaks_next(after):
    """At the end of a recording too; after a question it may be the answer, a word may be one."""
    for first, text, kind in (
        ("and then I went home", "", "backchannel"),
        ("did you see that?", "", "primary"),
        ("and then I went home", "goodbye", "primary"),
    ):
        lines = (("C", 0, 4, first), ("T", 4.2, 4.7, text), *after)
        heard = weave(
            _turns(lines), _words(said(*lines)), CAST, 9.0, hums=(Turn(Span(4.2, 4.7), "T"),)
        )
        assert kinds(heard)[1] == ("T", kind), (first, text)
    alone = (("T", 0, 3, "so"), ("T", 5.2, 5.7, ""))
    of_oneself = weave(
        _turns(alone), _words(said(*alone)), CAST, 9.0, hums=(Turn(Span(5.2, 5.7), "T"),)
    )
    assert kinds(of_oneself) == [("T", "primary")] * 2


def test_hums_around_what_the_other_says_are_no_turn_of_ones_own():
    """Between two hums the floor is the other's, however short what they say there is."""
    lines = (("C", 0, 4, "and then I went home"), ("T", 4.2, 4.8, "on."), ("C", 5, 5.4, "again"),
             ("T", 5.5, 6.1, ""), ("C", 6.3, 8, "and slept"))  # fmt: skip
    hums = tuple(turn for turn in _turns(lines) if turn.voice == "T")
    heard = weave(_turns(lines), _words(said(*lines)), CAST, 9.0, hums=hums)
    assert kinds(heard) == [("C", "primary"), ("T", "backchannel"), ("T", "backchannel")]


def test_a_hum_in_the_others_turn_does_not_begin_ones_own():
    """Where the other goes on after it; words in its place do begin it."""
    lines = (("C", 0, 4, "and then I went home"), ("T", 4.2, 4.8, ""), ("C", 5, 6.4, "and slept"),
             ("T", 5.9, 6.2, "you"), ("T", 6.9, 9, "slept all night then"))  # fmt: skip
    hum = (Turn(Span(4.2, 4.8), "T"),)
    heard = weave(_turns(lines), _words(said(*lines)), CAST, 9.0, hums=hum)
    assert [u.span for u in heard.utterances] == [Span(0, 6.4), Span(4.2, 4.8), Span(5.9, 9)]
    assert kinds(heard)[1] == ("T", "backchannel")
    worded = (*lines[:1], ("T", 4.2, 4.8, "so you went"), *lines[2:])
    begun = weave(_turns(worded), _words(said(*worded)), CAST, 9.0)
    assert [u.span for u in begun.utterances] == [Span(0, 6.4), Span(4.2, 9)]


def test_a_hum_while_the_asker_goes_on_is_no_answer():
    for hum, kind in ((Span(3.7, 4.3), "backchannel"), (Span(4.1, 4.7), "primary")):
        lines = (("C", 0, 4, "did you see that?"), ("T", hum.start, hum.end, ""),
                 ("C", 4.9, 6, "and I slept"))  # fmt: skip
        hums = (Turn(hum, "T"),)
        heard = weave(_turns(lines), _words(said(*lines)), CAST, 9.0, hums=hums)
        assert [u.kind for u in heard.utterances if u.voice == "T"] == [kind]


def _turns(lines):
    return tuple(Turn(Span(a, b), v) for v, a, b, _ in lines)


def _words(conversation):
    return tuple(word for u in conversation.utterances for word in u.words)


# --- units ---------------------------------------------------------------------------------


def test_a_silence_of_a_fifth_of_a_second_splits_units_and_a_pause_of_1500_ms_splits_turns():
    conversation = said(
        ("C", 0, 1, "a"),
        ("C", 1.1875, 2, "b"),
        ("C", 2.25, 3, "c"),
        ("C", 4.4375, 5, "d"),
        ("C", 6.5, 7, "e"),
    )
    assert [u.span for u in conversation.utterances] == [Span(0, 5), Span(6.5, 7)]
    assert conversation.utterances[0].ipus == (Span(0, 2), Span(2.25, 3), Span(4.4375, 5))
    assert conversation.utterances[0].phonation == 2 + 0.75 + 0.5625


def test_the_other_is_ignored_in_joining():
    conversation = said(
        ("C", 0, 4, "and then I went home"),
        ("T", 4.125, 5, "all the way back you mean"),
        ("C", 5.25, 9, "and slept for two days"),
    )
    assert kinds(conversation) == [("C", "primary"), ("T", "secondary")]
    assert conversation.utterances[0].span == Span(0, 9)


def test_what_is_contained_is_secondary_and_what_reaches_beyond_is_primary():
    inside = said(("C", 0, 10, "one two three"), ("T", 4, 6, "but that was not so"))
    assert kinds(inside) == [("C", "primary"), ("T", "secondary")]
    beyond = said(("C", 0, 10, "one two three"), ("T", 9, 10.5, "but that was not so"))
    assert kinds(beyond) == [("C", "primary"), ("T", "primary")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mm-hmm", "backchannel"),
        ("Mm hmm.", "backchannel"),
        ("Uh-huh, uh-huh", "backchannel"),
        ("yeah, right, okay, sure", "backchannel"),
        ("I see.", "backchannel"),
        ("Of course", "backchannel"),
        ("very sad", "backchannel"),
        ("yeah it is hard", "secondary"),
        ("I’m sorry", "secondary"),
        ("i'm sorry", "secondary"),
        ("That's it", "secondary"),
        ("and then?", "secondary"),
        ("you felt alone there", "secondary"),
        ("<unsure>mm-hmm</unsure>", "backchannel"),
    ],
)
def test_typing_of_a_contained_unit(text, kind):
    conversation = said(("C", 0, 10, "I went there"), ("T", 4, 5.2, text))
    assert kinds(conversation)[1] == ("T", kind)


def test_apostrophes_of_any_shape_are_one_token():
    assert tokens("I'm I’m Im Iʼm") == ("im", "im", "im", "im")
    assert all(tokens(word) == (word,) for word in CUE_WORDS - {"aha"}), "lists are normalised"


@pytest.mark.parametrize(
    "hum", ["mm", "mmm", "hmm", "mhm", "mm-hm", "mm-hmm", "Mhmm", "uh-huh", "uhuh", "m-hm", "hm"]
)
def test_every_spelling_of_a_hum_is_one_token(hum):
    assert tokens(hum) == ("mhm",)


# --- corrections ---------------------------------------------------------------------------


def test_a_lone_yes_that_answers_a_question_is_a_turn_and_divides_the_asker():
    conversation = said(
        ("T", 0, 2, "Do you sleep?"),
        ("C", 2.25, 2.75, "Yes."),
        ("T", 3, 5, "And do you eat?"),
        ("C", 5.25, 5.75, "Not really."),
    )
    assert kinds(conversation) == [(v, "primary") for v in "TCTC"]


def test_the_same_yes_without_a_question_is_a_backchannel():
    conversation = said(
        ("T", 0, 2, "You sleep."), ("C", 2.25, 2.75, "Yes."), ("T", 3, 5, "And you eat.")
    )
    assert kinds(conversation) == [("T", "primary"), ("C", "backchannel")]


def test_a_question_asked_in_the_others_pause_is_a_turn():
    conversation = said(
        ("C", 0, 3, "No not at all."),
        ("T", 3.125, 4, "Any pain?"),
        ("C", 4.25, 7, "Not really no I am fine"),
    )
    assert kinds(conversation) == [("C", "primary"), ("T", "primary"), ("C", "primary")]


def test_a_question_that_cuts_in_and_is_answered_divides_the_other():
    lines = (
        ("C", 0, 5.5, "I opened two and then"),
        ("T", 5, 5.875, "How many are left?"),
        ("C", 6.25, 8, "Nine or ten I think"),
        ("T", 7.25, 8.125, "Nine or ten?"),
    )
    assert kinds(said(*lines)) == [(v, "primary") for v in "CTCT"]
    going_on = (("C", 0, 9, "I opened two and then"), ("T", 5, 5.875, "How many are left?"))
    assert kinds(said(*going_on)) == [("C", "primary"), ("T", "secondary")]


def test_a_hum_between_two_stretches_of_the_same_person_is_a_backchannel_however_long_the_wait():
    conversation = said(
        ("C", 0, 4, "It was a long year"),
        ("T", 5, 5.5, "Mm-hm."),
        ("C", 9.5, 14, "and nobody called"),
    )
    assert kinds(conversation) == [("C", "primary"), ("T", "backchannel"), ("C", "primary")]


def test_a_lone_yes_is_a_turn_if_the_other_does_not_go_on_within_a_second():
    after_one = said(("C", 0, 4, "It was long"), ("T", 5, 5.5, "Yes."), ("C", 6.375, 9, "so long"))
    after_two = said(("C", 0, 4, "It was long"), ("T", 5, 5.5, "Yes."), ("C", 7.5, 9, "so long"))
    assert kinds(after_one)[1] == ("T", "backchannel")
    assert kinds(after_two)[1] == ("T", "primary")


def test_four_words_or_more_than_a_second_outside_the_other_are_a_turn():
    four = said(
        ("C", 0, 4, "a b"),
        ("T", 5, 5.75, "so very very sad"),
        ("C", 6, 9, "c d"),
        ("T", 12, 13, "x"),
    )
    long = said(
        ("C", 0, 4, "a b"), ("T", 5, 6.125, "very sad"), ("C", 6.75, 9, "c d"), ("T", 12, 13, "x")
    )
    assert kinds(four)[1] == kinds(long)[1] == ("T", "primary")


def test_between_two_different_people_it_is_a_turn():
    conversation = said(("C", 0, 4, "a"), ("T", 5, 5.5, "okay"), ("P", 6, 9, "b"))
    assert kinds(conversation)[1] == ("T", "primary")


def test_a_hum_just_before_taking_over_is_not_the_beginning_of_the_takeover():
    conversation = said(
        ("C", 0, 10, "I went there and back"),
        ("T", 8, 8.4, "mhm"),
        ("T", 9.75, 14, "What was it like?"),
    )
    assert kinds(conversation) == [("C", "primary"), ("T", "backchannel"), ("T", "primary")]
    assert conversation.utterances[2].span == Span(9.75, 14)


def test_words_early_in_a_takeover_stay_with_it():
    conversation = said(
        ("C", 0, 10, "I went there and back"),
        ("T", 9.25, 9.75, "but I"),
        ("T", 10.25, 14, "thought you stayed"),
    )
    assert kinds(conversation) == [("C", "primary"), ("T", "primary")]
    assert conversation.utterances[1].span == Span(9.25, 14)


def test_hums_inside_the_others_turn_are_counted_one_by_one():
    conversation = said(
        ("C", 0, 10, "I went there and back"), ("T", 4, 4.4, "mhm"), ("T", 5.25, 5.6, "mhm")
    )
    assert kinds(conversation)[1:] == [("T", "backchannel")] * 2


def test_other_languages_have_hums_but_no_english_lists():
    lines = (
        ("C", 0, 10, "ich ging nach Hause"),
        ("T", 3, 3.5, "mhm"),
        ("T", 6, 8, "und so war das also"),
    )
    assert kinds(said(*lines, language="de"))[1:] == [("T", "backchannel"), ("T", "secondary")]


# --- without words -------------------------------------------------------------------------


def test_without_words_length_and_position_decide():
    lines = (
        ("C", 0, 8, ""),
        ("T", 4, 4.5, ""),
        ("C", 8.5, 9, ""),
        ("T", 9, 12, ""),
        ("C", 10, 11.5, ""),
        ("T", 14, 14.5, ""),
        ("C", 16, 20, ""),
    )
    conversation = said(*lines, words=False)
    assert not conversation.has_words
    assert kinds(conversation) == [
        ("C", "primary"),
        ("T", "backchannel"),
        ("T", "primary"),
        ("C", "secondary"),
        ("T", "primary"),
        ("C", "primary"),
    ]


def test_without_words_a_listener_is_shorter_than_what_surrounds_it():
    around = (("C", 0, 5, ""), ("T", 6, 6.75, ""), ("C", 7, 7.5, ""), ("T", 9, 12, ""))
    assert kinds(said(*around, words=False))[1] == ("T", "primary")


def test_a_unit_the_transcriber_missed_is_judged_as_without_words():
    conversation = said(("C", 0, 8, "I went there"), ("T", 4, 4.5, ""))
    assert conversation.has_words
    assert kinds(conversation)[1] == ("T", "backchannel")


# --- closed forms --------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [0.25, 0.0, -0.125])
@pytest.mark.parametrize("length", [1.0, 2.0, 8.0])
@pytest.mark.parametrize("words", [True, False])
def test_two_metronomes_have_as_many_turns_as_beats(length, gap, words):
    text = "this is what I say"
    lines = [
        ("TC"[i % 2], i * (length + gap), i * (length + gap) + length, text) for i in range(40)
    ]
    conversation = said(*lines, words=words)
    assert len(conversation.of("therapist", kind="primary")) == 20
    assert len(conversation.of("client", kind="primary")) == 20
    assert len(conversation.silences) == (39 if gap > 0 else 0)
    assert {s.kind for s in conversation.silences} <= {"gap"}


def test_somebody_who_never_yields_has_one_turn():
    lines = [("T", 0, 600, "well")] + [("C", 10 + 20 * i, 10.5 + 20 * i, "but") for i in range(29)]
    conversation = said(*lines)
    assert [u.voice for u in conversation.utterances if u.kind == "primary"] == ["T"]
    assert len(conversation.of("client")) == 29


def test_two_who_talk_at_once_throughout_are_both_primary():
    lines = [(v, 5 * i, 5 * i + 3, "we both talk") for i in range(10) for v in "TC"]
    conversation = said(*lines)
    assert kinds(conversation) == [(v, "primary") for _ in range(10) for v in "CT"]
    assert total(conversation.overlaps()) == 30


# --- silences ------------------------------------------------------------------------------


def test_silences_have_kinds_and_owners():
    conversation = said(
        ("T", 1, 2, "so"),
        ("T", 2.22, 3, "so"),
        ("T", 3.5, 4, "so"),
        ("C", 4.1, 6, "I was there"),
        ("C", 9, 10, "alone"),
        ("T", 14, 16, "You were alone there"),
        duration=20,
    )
    assert [(s.kind, s.previous, s.next, s.ended_by) for s in conversation.silences] == [
        ("pause", "therapist", "therapist", "therapist"),
        ("gap", "therapist", "client", "client"),
        ("silence", "client", "client", "client"),
        ("silence", "client", "therapist", "therapist"),
    ]
    assert conversation.silences[0].span == Span(3, 3.5), "0.22 s splits units but is no pause"


def test_who_stopped_last_owns_the_silence():
    conversation = said(("C", 0, 5, "a b"), ("T", 2, 6, "c d"), ("C", 10, 12, "e"))
    assert [(s.previous, s.next) for s in conversation.silences] == [("therapist", "client")]


# --- words ---------------------------------------------------------------------------------


def test_words_without_a_voice_go_where_their_time_says_and_say_when_it_is_contested():
    turns = (Turn(Span(0, 10), "C"), Turn(Span(4, 4.6), "T"), Turn(Span(11, 13), "T"))
    words = (
        Word(Span(1, 1.4), "I"),
        Word(Span(4.1, 4.5), "mhm"),
        Word(Span(4.1, 4.5), "walked"),
        Word(Span(13.2, 13.4), "late"),
        Word(Span(30, 31), "lost"),
    )
    conversation = weave(turns, words, CAST, 40.0)
    assert [u.text for u in conversation.utterances] == ["I walked", "mhm", "late"]
    assert [w.doubtful for w in conversation.utterances[0].words] == [False, True]
    assert {w.voice for u in conversation.utterances for w in u.words} == {"T", "C"}
    assert [w.text for w in conversation.unplaced] == ["lost"]


def test_a_word_stays_with_its_voice_even_where_the_other_speaks():
    turns = (Turn(Span(0, 10), "C"), Turn(Span(10.5, 12), "T"))
    conversation = weave(turns, (Word(Span(9.6, 9.9), "so", None, "T"),), CAST, 12.0)
    assert conversation.utterances[1].text == "so"


def test_a_word_of_an_unheard_voice_is_placed_by_time():
    conversation = weave(
        (Turn(Span(0, 10), "C"),), (Word(Span(1, 2), "hello", None, "Z"),), CAST, 10
    )
    assert conversation.utterances[0].text == "hello"


# --- edges ---------------------------------------------------------------------------------


def test_nothing_at_all():
    conversation = weave((), None, (), 0.0)
    assert (conversation.utterances, conversation.silences) == ((), ())
    assert conversation.certainty == 0.0
    assert weave((), (Word(Span(0, 1), "hello"),), (), 5.0).unplaced != ()


def test_turns_past_the_end_are_cut_off_and_those_beyond_it_dropped():
    conversation = weave(
        (Turn(Span(-1, 2), "C"), Turn(Span(8, 12), "T"), Turn(Span(11, 12), "T")), None, CAST, 10.0
    )
    assert [u.span for u in conversation.utterances] == [Span(0, 2), Span(8, 10)]


def test_a_voice_without_a_role_is_unknown_and_three_voices_are_kept_apart():
    conversation = said(("C", 0, 4, "a b c d"), ("X", 5, 8, "e f g h"), ("T", 9, 12, "i j k l"))
    assert [u.role for u in conversation.utterances] == ["client", "unknown", "therapist"]
    assert len(conversation.silences) == 2


def test_one_voice_alone_is_a_conversation():
    conversation = said(("C", 0, 4, "a"), ("C", 8, 12, "b"))
    assert kinds(conversation) == [("C", "primary")] * 2
    assert [s.kind for s in conversation.silences] == ["silence"]


# --- properties ----------------------------------------------------------------------------

LEXICON = ("mhm", "yes", "no?", "so", "I'm", "sad", "okay.", "what?", "[laughs]", "walked", "ok")


@st.composite
def scripts(draw):
    """Turns on a grid of 1/64 s (exact in binary) by up to three voices, with words."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = random.Random(seed)
    turns, words, at = [], [], 0.0
    for _ in range(draw(st.integers(0, 60))):
        voice = rng.choice("TTCCX" if rng.random() < 0.2 else "TC")
        length = rng.choice((13, 26, 51, 64, 96, 130, 400)) / 64
        span = Span(at, at + length)
        turns.append(Turn(span, voice))
        for _ in range(rng.randrange(5)):
            start = at + rng.randrange(-64, int(length * 64) + 64) / 64
            words.append(
                Word(
                    Span(start, start + 0.25), rng.choice(LEXICON), None, rng.choice((voice, None))
                )
            )
        at = max(0.0, at + length + rng.randrange(-80, 120) / 64)
    end = max((t.span.end for t in turns), default=0.0) + 1
    return tuple(sorted(turns)), tuple(words), end


@settings(deadline=None, max_examples=60)
@given(scripts())
def test_every_word_lands_once_and_every_instant_of_speech_is_kept(script):
    turns, words, duration = script
    conversation = weave(turns, words, CAST, duration)
    placed = [w.text for u in conversation.utterances for w in u.words]
    assert sorted(placed + [w.text for w in conversation.unplaced]) == sorted(w.text for w in words)
    for voice in {t.voice for t in turns}:
        heard = [t.span for t in turns if t.voice == voice]
        kept = [i for u in conversation.utterances if u.voice == voice for i in u.ipus]
        assert total(kept) == sum(i.duration for i in kept), "units of one voice never overlap"
        assert total(heard) <= total(kept) < total(heard) + 0.2 * len(heard)
        lines = [u.span for u in conversation.utterances if u.voice == voice]
        assert total(lines) == pytest.approx(sum(s.duration for s in lines))
    assert [u.index for u in conversation.utterances] == list(range(len(conversation.utterances)))
    assert list(conversation.utterances) == sorted(
        conversation.utterances, key=lambda u: (u.span, u.voice)
    )


@settings(deadline=None, max_examples=60)
@given(scripts())
def test_talk_and_silence_less_overlap_is_the_duration(script):
    turns, words, duration = script
    conversation = weave(turns, words, CAST, duration)
    ipus = [i for u in conversation.utterances for i in u.ipus]
    anybody = total(ipus)
    talk = sum(i.duration for i in ipus)
    excess = talk - anybody
    if len({t.voice for t in turns}) <= 2:
        assert total(conversation.overlaps()) == pytest.approx(excess, abs=1e-9)
    silence = duration - anybody
    assert talk + silence - excess == pytest.approx(duration, abs=0.01)
    listed = sum(s.span.duration for s in conversation.silences)
    assert listed <= silence + 1e-9


@settings(deadline=None, max_examples=60)
@given(scripts(), st.integers(1, 6400))
def test_shifting_time_changes_nothing_but_times(script, shift):
    turns, words, duration = script
    by = shift / 64
    there = weave(turns, words, CAST, duration)
    moved = weave(
        tuple(Turn(t.span.shifted(by), t.voice) for t in turns),
        tuple(Word(w.span.shifted(by), w.text, None, w.voice) for w in words),
        CAST,
        duration + by,
    )
    assert [(u.span.shifted(by), u.voice, u.kind, u.text) for u in there.utterances] == [
        (u.span, u.voice, u.kind, u.text) for u in moved.utterances
    ]
    assert [(s.span.shifted(by), s.kind, s.ended_by) for s in there.silences] == [
        (s.span, s.kind, s.ended_by) for s in moved.silences
    ]


@settings(deadline=None, max_examples=60)
@given(scripts())
def test_names_of_voices_and_their_roles_change_no_unit(script):
    turns, words, duration = script
    there = weave(turns, words, CAST, duration)
    other = (Casting("T", Role.CLIENT, 1.0, TOLD), Casting("C", Role.THERAPIST, 1.0, TOLD))
    swapped = weave(turns, words, other, duration)
    roles = {"therapist": "client", "client": "therapist", "unknown": "unknown"}
    assert [(u.span, u.kind, roles[u.role], u.words) for u in there.utterances] == [
        (u.span, u.kind, u.role, u.words) for u in swapped.utterances
    ]


@settings(deadline=None, max_examples=40)
@given(scripts())
def test_order_and_cutting_of_the_input_do_not_matter(script):
    turns, words, duration = script
    halves = tuple(
        Turn(half, t.voice)
        for t in turns
        for half in (Span(t.span.start, t.span.middle), Span(t.span.middle, t.span.end))
    )
    there = weave(turns, words, CAST, duration)
    again = weave(halves[::-1], words[::-1], CAST, duration)
    assert there.utterances == again.utterances and there.silences == again.silences


def test_thresholds_are_settings():
    turns = (Turn(Span(0, 4), "C"), Turn(Span(5, 8), "C"))
    assert len(weave(turns, None, CAST, 8.0).utterances) == 1
    assert len(weave(turns, None, CAST, 8.0, units=Units(join_pause_s=0.5)).utterances) == 2

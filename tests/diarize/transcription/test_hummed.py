"""What is written over a hum is nobody's word, or one of the sentence around it."""

from diarize.conversation import Casting, weave
from diarize.messages import message
from diarize.roles import Role
from diarize.settings import Murmurs
from diarize.timeline import Span, Turn, Word
from diarize.transcription.hummed import unhummed

RULE = Murmurs()
HUM = Turn(Span(5.0, 5.5), "T")


def said(*words):
    return tuple(Word(Span(a, b), text, sure, voice) for voice, a, b, text, sure in words)


CLIENT = (("C", 4.0, 4.6, "tired.", 0.9), ("C", 6.0, 6.4, "Then", 0.9))


def test_a_sentence_made_up_over_a_hum_is_left_out_and_its_place_kept():
    words = said(CLIENT[0], ("T", 5.0, 5.2, "I'm", 0.5), ("T", 5.2, 5.5, "sorry.", 0.4), CLIENT[1])
    kept, flags = unhummed(words, (HUM,), RULE)
    assert [w.text for w in kept] == ["tired.", "Then"]
    assert [f.reason.code for f in flags] == ["transcriber.over_hum"] * 2
    assert sum(f.words for f in flags) == 2 and all(HUM.span.contains(f.span) for f in flags)


def test_a_word_of_the_sentence_around_the_hum_goes_back_to_it():
    words = said(("C", 4.0, 4.6, "so", 0.9), ("T", 5.1, 5.4, "tired", 0.3), CLIENT[1])
    kept, flags = unhummed(words, (HUM,), RULE)
    assert [(w.text, w.voice) for w in kept][1] == ("tired", "C") and flags == ()
    words = said(CLIENT[0], ("T", 5.1, 5.4, "And", 0.3), ("C", 5.9, 6.3, "then", 0.9))
    kept, flags = unhummed(words, (HUM,), RULE)
    assert [(w.text, w.voice) for w in kept][1] == ("And", "C") and flags == ()


def test_a_listeners_word_and_a_sure_one_stay():
    for text, sure in (("Mm-hm.", 0.1), ("Yeah.", 0.2), ("No.", 0.95)):
        words = said(CLIENT[0], ("T", 5.1, 5.4, text, sure), CLIENT[1])
        assert unhummed(words, (HUM,), RULE) == (words, ())


def test_without_hums_nothing_changes():
    words = said(*CLIENT)
    assert unhummed(words, (), RULE) == (words, ())
    assert unhummed((), (HUM,), RULE) == ((), ())


def test_the_hum_is_then_a_backchannel_by_its_place():
    turns = (
        Turn(Span(1.0, 4.8), "C"),
        HUM,
        Turn(Span(5.8, 9.0), "C"),
    )
    words = said(
        ("C", 1.0, 4.6, "tired.", 0.9),
        ("T", 5.0, 5.2, "I'm", 0.5),
        ("T", 5.2, 5.5, "sorry.", 0.4),
        ("C", 6.0, 8.9, "Then", 0.9),
    )
    cast = tuple(Casting(v, r, 1.0, message("casting.told"))
                 for v, r in (("T", Role.THERAPIST), ("C", Role.CLIENT)))  # fmt: skip
    kinds = {
        taken: [u.kind for u in weave(turns, taken, cast, 10.0).of("therapist")]
        for taken in (words, unhummed(words, (HUM,), RULE)[0])
    }
    before, after = kinds.values()
    assert before != ["backchannel"] and after == ["backchannel"]

"""Words are put where people speak; none is lost by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarize.settings import Doubt
from diarize.timeline import Span, Word
from diarize.transcription.decoded import Decoded
from diarize.transcription.placing import in_speech, unhurried, wordless

SPEECH = (Span(0.0, 2.0), Span(5.0, 8.0))


def placed(*times):
    return [w.span for w in in_speech([Word(Span(*t), "word") for t in times], SPEECH, Doubt())]


def test_a_word_after_a_pause_that_begins_too_early_begins_with_the_speech():
    (okay,) = placed((3.4, 4.9))
    assert okay.start == 5.0 and 0 < okay.duration <= Doubt().moved_word_s + 1e-9
    (partly,) = placed((3.0, 5.6))
    assert partly.start == pytest.approx(5.0, abs=0.06) and partly.end == 5.6


def test_a_word_before_a_pause_ends_with_the_speech():
    (last,) = placed((1.6, 3.0))
    assert last.start == 1.6 and last.end == pytest.approx(2.0, abs=0.06)


@given(
    st.lists(
        st.tuples(st.floats(0, 9), st.floats(0, 1)).map(lambda t: Word(Span(t[0], sum(t)), "w")),
        max_size=8,
    )
)
def test_no_word_is_lost_turned_round_or_left_outside(words):
    found = in_speech(sorted(words), SPEECH, Doubt())
    assert len(found) == len(words)
    for word in found:
        assert any(s.start - 0.06 <= word.span.middle <= s.end + 0.06 for s in SPEECH)


def hurried(text, start, end):
    each = text.split()
    step = (end - start) / len(each)
    words = tuple(Word(Span(start + n * step, start + (n + 1) * step), t, 0.8)
                  for n, t in enumerate(each))  # fmt: skip
    return Decoded(Span(start, end), text, words, -0.2, 0.0)


def test_a_real_question_crowded_into_a_moment_gets_its_time_back():
    question = hurried("what would it be like to sleep?", 5.1, 5.4)
    (found,) = unhurried([question], Span(4.8, 8.2), SPEECH, Doubt())
    assert [w.text for w in found.words] == question.text.split()
    assert found.words[0].span.start == 5.0 and found.words[-1].span.end == pytest.approx(8.0)
    assert all(w.probability == 0.8 for w in found.words)


def test_words_that_nobody_could_say_in_the_speech_there_stay_as_they_are():
    babble = hurried("one two three four five six seven eight", 5.0, 5.2)
    assert unhurried([babble], Span(5.0, 5.6), SPEECH, Doubt()) == [babble]


def test_speech_without_words_is_found():
    words = [Word(Span(0.0, 1.9), "a"), Word(Span(7.0, 8.0), "b")]
    assert wordless(SPEECH, words, 1.0) == [Span(5.0, 7.0)]
    assert wordless(SPEECH, [], 2.5) == [Span(5.0, 8.0)]

"""Why a turn has no value: each code where its cause was planted, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from diarize.conversation import TurnKind
from diarize.timeline import Span
from prosody import catalogue
from prosody.analysis import Analysis
from prosody.settings import Settings
from prosody.store.missing import of_turn
from tests.prosody.cues.test_warmth import talk, voiced

RATE, WORDS, PITCH = "pace.articulation_rate", "pace.words_per_minute", "voice.pitch_median"
SOFTNESS, LEVEL, INDEX = "voice.softness", "voice.level", "warmth.index"
ROWS = {row.name: row for row in catalogue.of_turns()}


def codes(conversation, frames, turn):
    """Give of every cue that a turn has no value of, the code why."""
    analysis = Analysis(conversation, frames, Settings())
    code, spoken = of_turn(analysis, {}), conversation.utterances[turn]
    had = catalogue.values_by_utterance(analysis)[turn]
    return {name: code(row, spoken) for name, row in ROWS.items() if name not in had}


def changed(conversation, turn, **parts):
    turns = list(conversation.utterances)
    turns[turn] = replace(turns[turn], **parts)
    return replace(conversation, utterances=tuple(turns))


def shortened(conversation, turn):
    start = conversation.utterances[turn].span.start
    span = Span(start, start + 0.4)
    return changed(conversation, turn, span=span, ipus=(span,))


def faded(frames, start_s, end_s, **columns):
    """Give frames in which columns have other values for a while."""
    where = slice(round(start_s * 100), round(end_s * 100))
    made = {}
    for name, value in columns.items():
        made[name] = getattr(frames, name).copy()
        made[name][where] = value
    return replace(frames, **made)


@pytest.fixture(scope="module")
def sound():
    return talk(), voiced(talk())


def test_a_clean_turn_lacks_only_what_has_no_weight(sound):
    conversation, frames = sound
    found = codes(conversation, frames, 4)
    assert set(found.values()) <= {"missing.no_weight"}


def test_a_short_turn_is_called_short(sound):
    conversation, frames = sound
    found = codes(shortened(conversation, 4), frames, 4)
    assert {found[name] for name in (RATE, WORDS, INDEX)} == {"missing.short_turn"}


@pytest.mark.parametrize(
    ("columns", "name", "code"),
    [
        ({"f0_hz": np.nan}, PITCH, "missing.unvoiced"),
        ({"f0_hz": np.nan}, INDEX, "missing.unvoiced"),
        ({"f0_hz": np.nan, "level_db": np.nan}, PITCH, "missing.no_sound"),
        ({"f0_hz": 20.0}, PITCH, "missing.other_pitch"),
        ({"level_db": -0.1}, LEVEL, "missing.clipped_turn"),
        ({"noise_floor_db": -20.0}, SOFTNESS, "missing.noisy_turn"),
    ],
)
def test_what_takes_the_voice_of_a_turn_is_named(sound, columns, name, code):
    conversation, frames = sound
    span = conversation.utterances[4].span
    assert codes(conversation, faded(frames, span.start, span.end, **columns), 4)[name] == code


def test_a_turn_in_which_another_speaks_throughout_is_never_heard_alone(sound):
    conversation, frames = sound
    whole = conversation.utterances[4].span
    over = replace(conversation.utterances[5], span=whole, ipus=(whole,), kind=TurnKind.SECONDARY)
    turns = (*conversation.utterances[:5], over, *conversation.utterances[6:])
    found = codes(replace(conversation, utterances=turns), frames, 4)
    assert found[PITCH] == "missing.never_alone"


def test_what_takes_the_rate_of_a_turn_is_named(sound):
    conversation, frames = sound
    wordless = changed(conversation, 4, words=())
    assert codes(wordless, frames, 4)[WORDS] == "missing.no_words"
    assert codes(replace(wordless, has_words=False), frames, 4)[WORDS] == "measure.no_transcript"
    few = changed(conversation, 4, words=conversation.utterances[4].words[:2])
    assert codes(few, frames, 4)[RATE] == "missing.few_words"


def test_a_backchannel_is_called_so(sound):
    conversation, frames = sound
    aside = changed(conversation, 4, kind=TurnKind.BACKCHANNEL)
    assert codes(aside, frames, 4)[RATE] == "missing.backchannel"


def test_too_few_turns_to_compare_are_named():
    conversation = talk(turns=2)
    assert codes(conversation, voiced(conversation), 0)[INDEX] == "warmth.few_turns"

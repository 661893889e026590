"""Why a single turn has no value of a cue: a code, found where the value was lost.

Conventions
-----------
Each function takes the turn that has no value, no backchannel, and says what took it, in the order
in which the value is made: the turn must be long enough, then have something to measure, then be
clean. A code is told beside an empty cell of a table (`prosody.store.tabling`); its sentence is a
message.
"""

import numpy as np

from diarize.conversation import Utterance
from prosody.analysis import Analysis
from prosody.cues.gates import clipped, noisy
from prosody.cues.solo import own_sound, rows_of
from prosody.cues.turn_table import turn_table

__all__ = ["SHORT", "of_pace", "of_sound", "of_spoilt", "of_words"]

SHORT = "missing.short_turn"


def of_pace(analysis: Analysis, utterance: Utterance) -> str:
    """Say why a turn has no rate."""
    table, pacing = turn_table(analysis), analysis.settings.pacing
    row = table.place[utterance.index]
    if utterance.span.duration < pacing.min_turn_s:
        return SHORT
    if not table["phonation_s"][row] > 0:
        return "missing.no_speech"
    if not np.isfinite(table["syllables"][row]):
        return "missing.no_syllables"
    if not table["eligible"][row]:
        return "missing.few_words"
    return "missing.counts_disagree"


def of_words(analysis: Analysis, utterance: Utterance) -> str:
    """Say why a turn has no rate of words."""
    if not analysis.conversation.has_words:
        return "measure.no_transcript"
    if not utterance.words:
        return "missing.no_words"
    return of_pace(analysis, utterance)


def of_sound(analysis: Analysis, utterance: Utterance) -> str:
    """Say why a turn has no figure of its voice where nothing spoils it."""
    table = turn_table(analysis)
    row = table.place[utterance.index]
    sound = own_sound(analysis, utterance.role)
    if not np.isfinite(sound.level_db[rows_of(utterance.span, sound.hop_s)]).any():
        return "missing.no_sound"
    if not table["clean_s"][row] > 0:
        return "missing.never_alone"
    if not table["voiced_s"][row] > 0:
        return "missing.unvoiced"
    if not np.isfinite(table["level_db"][row]):
        return "missing.other_pitch"
    return "missing.no_harmonics"


def of_spoilt(analysis: Analysis, row: int, *, clip: bool, noise: bool) -> str | None:
    """Say whether clipping or noise spoils a row of the table of turns; None where neither does."""
    if clip and clipped(analysis)[row]:
        return "missing.clipped_turn"
    return "missing.noisy_turn" if noise and noisy(analysis)[row] else None

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from prosody.analysis import Analysis
from prosody.cues.activation import CUES, ratings
from prosody.cues.turn_table import turn_table
from prosody.settings import Settings
from tests.prosody.cues.test_warmth import edited, talk, voiced

CUE = CUES[0]
SPOKEN = talk(24)
BASE = voiced(SPOKEN)
BRIGHT = np.where(np.isfinite(BASE.f0_hz), -12 + 0.2 * BASE.level_db, np.nan)
FRAMES = replace(BASE, hf500_db=BRIGHT.astype(np.float32))
THERAPIST = list(SPOKEN.of("therapist"))


def rated(frames, role="therapist", settings=None):
    return ratings(Analysis(SPOKEN, frames, settings or Settings()), role)


def test_the_formula_against_itself_written_out():
    rows, rating, reason = rated(FRAMES)
    assert reason is None and rows.size == 24
    table = turn_table(Analysis(SPOKEN, FRAMES, Settings()))
    scores = []
    for name in ("pitch_st", "level_db", "hf500_db"):
        x = [float(v) for v in table[name][rows]]
        scores.append([2 * sum(a >= b for b in x) / len(x) - 1 for a in x])
    middle = [sum(three) / 3 for three in zip(*scores, strict=True)]
    w = [spearmanr(s, middle)[0] for s in scores]
    fused = [
        sum(a * b for a, b in zip(w, three, strict=True)) / sum(abs(a) for a in w)
        for three in zip(*scores, strict=True)
    ]
    assert rating == pytest.approx(fused)
    assert np.abs(rating).max() <= 1


def test_louder_higher_and_brighter_turns_are_rated_up():
    some = THERAPIST[::4]
    after = edited(FRAMES, some, level_db=4.0, f0_hz=3.0, hf500_db=4.0)
    rows, before, _ = rated(FRAMES)
    _, then, _ = rated(after)
    chosen = np.isin(
        turn_table(Analysis(SPOKEN, FRAMES, Settings())).utterance[rows], [t.index for t in some]
    )
    assert (then - before)[chosen].min() > 0
    assert (then - before)[~chosen].max() <= 1e-9


def test_gain_of_the_whole_file_changes_nothing():
    louder = replace(FRAMES, level_db=FRAMES.level_db + 5, noise_floor_db=FRAMES.noise_floor_db + 5)
    assert rated(louder)[1] == pytest.approx(rated(FRAMES)[1])


def test_fewer_than_twenty_clean_turns_give_a_reason():
    short = talk(19)
    frames = replace(voiced(short), hf500_db=np.full_like(voiced(short).level_db, -5))
    found = CUE.measure(Analysis(short, frames, Settings()), "therapist", short.whole)
    assert found.value is None and found.reason.code == "vocal.few_rated"
    assert (found.reason.fields["n"], found.reason.fields["least"]) == (19, 20)


def test_a_call_and_a_narrow_band_withhold_it():
    call = CUE.measure(Analysis(SPOKEN, FRAMES, Settings(setting="remote")), "client", SPOKEN.whole)
    assert call.value is None and call.reason.code == "vocal.remote"
    nothing = np.full_like(FRAMES.hf500_db, np.nan)
    narrow = replace(FRAMES, harmonic_alpha_ratio_db=nothing)
    found = CUE.measure(Analysis(SPOKEN, narrow, Settings()), "client", SPOKEN.whole)
    assert found.value is None and found.reason.code == "vocal.band"
    thin = replace(FRAMES, slope_0_500_db_per_khz=np.full_like(FRAMES.level_db, 75.0))
    found = CUE.measure(Analysis(SPOKEN, thin, Settings()), "client", SPOKEN.whole)
    assert found.value is None and found.reason.code == "vocal.bass"

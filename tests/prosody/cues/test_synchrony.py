"""Matching: planted relations are found, chance is not, and what cannot be said is withheld."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from diarize.conversation import Casting, weave
from diarize.messages import message
from diarize.roles import Role
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.cues.dyad import transitions
from prosody.cues.surrogates import STATISTICS, against_shifts
from prosody.cues.synchrony import CUES, matching
from prosody.features.frames import Frames
from prosody.settings import Settings

TOLD = message("casting.told")

CAST = (Casting("T", Role.THERAPIST, 1.0, TOLD), Casting("C", Role.CLIENT, 1.0, TOLD))
SWAPPED = (Casting("T", Role.CLIENT, 1.0, TOLD), Casting("C", Role.THERAPIST, 1.0, TOLD))
USUAL = Settings()
CUE = {cue.name: cue for cue in CUES}


def alternation(turns=100, latency=0.5, cast=CAST, text="so this is what we say now"):
    """Turns of 3 s in turn; `latency` is a number or one per turn."""
    lines, words, at = [], [], 0.0
    gaps = np.broadcast_to(latency, turns)
    for i in range(turns):
        at = round(at + float(gaps[i]), 2)
        lines.append(Turn(Span(at, at + 3), "TC"[i % 2]))
        parts = text.split()
        words += [
            Word(Span(at + k * 3 / len(parts), at + (k + 1) * 3 / len(parts)), p, None, "TC"[i % 2])
            for k, p in enumerate(parts)
        ]
        at += 3
    return weave(tuple(lines), tuple(words), cast, at + 1)


def sounding(conversation, level=None, pitch=None, rate=None, floor=None):
    """Frames in which turn i has level[i], pitch[i] (st), rate[i] and noise floor[i]."""
    n = int(conversation.duration * 100) + 1
    k = len(conversation.utterances)
    level = np.full(k, -30.0) if level is None else level
    pitch = np.full(k, 30.0) if pitch is None else pitch
    rate = np.full(k, 4.0) if rate is None else rate
    floor = np.full(k, -70.0) if floor is None else floor
    columns: dict[str, Any] = {
        f.name: np.full(n, np.nan, dtype=np.float32)
        for f in fields(Frames)
        if f.name not in ("hop_s", "sample_rate_hz")
    }
    columns["time_s"] = np.arange(n, dtype=np.float32) * 0.01
    columns["level_db"] = np.full(n, -70, dtype=np.float32)
    columns["noise_floor_db"] = np.full(n, -70, dtype=np.float32)
    columns["syllable"] = np.zeros(n, dtype=np.float32)
    for u in conversation.utterances:
        here = slice(round(u.span.start * 100), round(u.span.end * 100))
        columns["level_db"][here] = level[u.index]
        columns["noise_floor_db"][here] = floor[u.index]
        columns["f0_hz"][here] = 27.5 * 2 ** (pitch[u.index] / 12)
        nuclei = np.linspace(here.start + 3, here.stop - 3, round(3 * rate[u.index])).astype(int)
        columns["syllable"][nuclei] = 1
    return Frames(**columns)


def entrained(turns, seed, pull=0.8):
    """Levels that follow the turn before."""
    rng = np.random.default_rng(seed)
    values, x = [], 0.0
    for _ in range(turns):
        x = pull * x + 2 * rng.normal()
        values.append(x)
    return np.array(values)


def find(matches, feature, statistic):
    return next(m for m in matches if (m.feature, m.statistic) == (feature, statistic))


def test_followers_are_found():
    conversation = alternation(120)
    frames = sounding(conversation, level=-30 + entrained(120, 1))
    found = matching(Analysis(conversation, frames, USUAL), conversation.whole)
    for statistic in ("proximity", "synchrony"):
        match = find(found, "level", statistic)
        assert match.found.value > 0.3 and match.found.effect > 3 and match.p_adjusted < 0.05
        assert match.found.low <= match.found.value <= match.found.high
        assert match.n == 119
        measure = CUE[f"match.level_{statistic}"].measure(
            Analysis(conversation, frames, USUAL), "both", conversation.whole
        )
        assert measure.reliable and measure.reason.code == "match.differs"
        assert measure.value == match.found.value


def test_opposites_are_found_as_opposites():
    conversation = alternation(120)
    rng = np.random.default_rng(2)
    x = np.repeat(rng.normal(size=60), 2)
    frames = sounding(conversation, level=-30 + 3 * x * np.tile([1, -1], 60) + rng.normal(size=120))
    match = find(
        matching(Analysis(conversation, frames, USUAL), conversation.whole), "level", "synchrony"
    )
    assert match.found.value < -0.2 and match.found.effect < -2


def test_convergence_is_a_trend_of_nearness():
    conversation = alternation(160)
    rng = np.random.default_rng(3)
    away = np.where(np.arange(160) % 2, 1, -1) * np.repeat(np.linspace(4, 0, 80), 2)
    noisy = away * rng.choice((-1, 1), 80).repeat(2) + 0.2 * rng.normal(size=160)
    frames = sounding(conversation, level=-30 + noisy)
    match = find(
        matching(Analysis(conversation, frames, USUAL), conversation.whole), "level", "convergence"
    )
    assert match.found.value > 0.5 and match.p_adjusted < 0.05


def test_a_shared_drift_is_not_called_matching():
    conversation = alternation(120)
    rng = np.random.default_rng(4)
    frames = sounding(conversation, level=-20 - np.arange(120) / 10 + rng.normal(size=120))
    for statistic in ("proximity", "synchrony"):
        match = find(
            matching(Analysis(conversation, frames, USUAL), conversation.whole), "level", statistic
        )
        assert abs(match.found.effect) < 3 and match.p_adjusted > 0.05
    raw = np.arange(120) / 10
    assert np.corrcoef(raw[::2], raw[1::2])[0, 1] > 0.99, "which a plain correlation would"


def test_unrelated_speakers_are_called_alike_about_as_often_as_chance_allows():
    """Autocorrelated but unrelated levels: p-values must not pile up near 0."""
    rng = np.random.default_rng(5)
    below = {"proximity": 0, "convergence": 0, "synchrony": 0}
    runs = 300
    for _ in range(runs):
        a, b = (np.convolve(rng.normal(size=64), (1, 0.6, 0.3), "same") for _ in "ab")
        at = np.arange(64.0)
        for statistic, match in against_shifts(at, a, b, USUAL.matching).items():
            below[statistic] += match.p <= 0.1
    for statistic, count in below.items():
        assert count / runs < 0.16, statistic
        assert count / runs > 0.03, statistic


def test_p_values_count_every_shift_and_none_nearer_than_asked():
    rng = np.random.default_rng(6)
    for n in (30, 80, 1500):
        a, b = rng.normal(size=(2, n))
        match = against_shifts(np.arange(float(n)), a, b, USUAL.matching)["synchrony"]
        assert match.surrogates == min(1000, n - 9)
        assert 1 / (match.surrogates + 1) <= match.p <= 1


def test_p_values_count_the_observed_value_itself():
    """Among 20 shifts of a series that matches perfectly none comes near: p is 1 in 21."""
    rng = np.random.default_rng(17)
    a = rng.normal(size=29)
    match = against_shifts(np.arange(29.0), a, a, USUAL.matching)["synchrony"]
    assert match.value == pytest.approx(1.0)
    assert match.surrogates == 20
    assert match.p == pytest.approx(1 / 21)


def straight(values, at):
    """The residuals of a straight line."""
    slope, middle = np.polyfit(at, values, 1)
    return values - slope * at - middle


def test_synchrony_is_pearsons_r_of_the_detrended_series_against_every_shift():
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(2, 40))
    at = np.arange(40.0)
    found = against_shifts(at, a, b, replace(USUAL.matching, least_shift=5))["synchrony"]
    x, y = straight(a, at), straight(b, at)
    assert found.value == pytest.approx(stats.pearsonr(x, y).statistic)
    others = [stats.pearsonr(x, np.roll(y, -k)).statistic for k in range(5, 36)]
    assert found.surrogates == len(others)
    assert found.effect == pytest.approx((found.value - np.mean(others)) / np.std(others))


def test_proximity_and_convergence_by_hand():
    rng = np.random.default_rng(8)
    n = 12
    a, b = rng.normal(size=(2, n))
    at = np.cumsum(rng.uniform(1, 9, n))
    found = against_shifts(at, a, b, replace(USUAL.matching, least_shift=2))
    near = [-abs(a[i] - b[i]) for i in range(n)]
    r = stats.pearsonr(near, at).statistic
    assert found["convergence"].value == pytest.approx(r)
    a, b = straight(a, at), straight(b, at)
    near = [-abs(a[i] - b[i]) for i in range(n)]
    far = [
        -abs(a[i] - b[j]) for i in range(n) for j in range(n) if (j - i) % n not in (0, 1, n - 1)
    ]
    assert found["proximity"].value == pytest.approx(np.mean(near) - np.mean(far))


def test_speaking_rate_and_latency_are_compared_too():
    follow = entrained(120, 10) / 4
    conversation = alternation(120, latency=np.maximum(0.1, 1 + follow / 2), text="")
    frames = sounding(conversation, rate=np.clip(5 + follow, 3, 8))
    found = matching(Analysis(conversation, frames, USUAL), conversation.whole)
    for feature in ("latency", "articulation_rate"):
        measure = find(found, feature, "synchrony")
        assert measure.found.value > 0.4 and measure.n > 100


def test_turns_that_touch_say_nothing_of_latency():
    """Who followed whom is known, and not how soon: a latency of 0 was never measured."""
    gaps = np.where(np.arange(120) % 3 == 0, 0.0, np.maximum(0.1, 1 + entrained(120, 10) / 8))
    conversation = alternation(120, latency=gaps)
    found = matching(Analysis(conversation, sounding(conversation), USUAL), conversation.whole)
    timed = [t for t in transitions(Analysis(conversation)) if t.timed]
    assert 70 < len(timed) < 90
    assert find(found, "latency", "synchrony").n < len(timed)


def test_pitch_is_shown_but_never_counts():
    conversation = alternation(120)
    frames = sounding(conversation, pitch=30 + entrained(120, 11) / 2)
    for statistic in STATISTICS:
        measure = CUE[f"match.pitch_{statistic}"].measure(
            Analysis(conversation, frames, USUAL), "both", conversation.whole
        )
        assert measure.value is not None and not measure.reliable
        assert measure.reason.code == "match.flagged"


def test_fewer_than_thirty_pairs_are_withheld():
    for turns, said in ((30, False), (31, True)):
        conversation = alternation(turns)
        frames = sounding(conversation, level=-30 + entrained(turns, 12))
        measure = CUE["match.level_synchrony"].measure(
            Analysis(conversation, frames, USUAL), "both", conversation.whole
        )
        assert (measure.value is not None) == said and measure.n == turns - 1
        expected = {"match.differs", "match.as_chance"} if said else {"match.few_pairs"}
        assert measure.reason.code in expected


def test_a_voice_that_never_varies_cannot_be_matched():
    conversation = alternation(60)
    measure = CUE["match.level_synchrony"].measure(
        Analysis(conversation, sounding(conversation), USUAL), "both", conversation.whole
    )
    assert measure.value is None and measure.reason.code == "match.never_varies"


def test_levels_carried_by_the_noise_are_withheld():
    conversation = alternation(100)
    rng = np.random.default_rng(13)
    noise = np.repeat(4 * rng.normal(size=50), 2)
    frames = sounding(
        conversation, level=-40 + noise + 0.3 * rng.normal(size=100), floor=-60 + noise
    )
    found = matching(Analysis(conversation, frames, USUAL), conversation.whole)
    assert find(found, "level", "synchrony").reason.code == "match.shared_noise"
    assert find(found, "latency", "synchrony").reason.code == "match.never_varies"


@pytest.mark.parametrize("leak", [True, False])
def test_channels_that_hear_the_other_are_withheld(leak):
    cast = tuple(replace(c, channel=i) for i, c in enumerate(CAST))
    conversation = alternation(100, cast=cast)
    rng = np.random.default_rng(14)
    one = sounding(conversation, level=-30 + entrained(100, 15))
    both = {
        f.name: np.stack([getattr(one, f.name)] * 2)
        for f in fields(Frames)
        if f.name not in ("hop_s", "sample_rate_hz", "time_s")
    }
    if not leak:
        for channel, voice in ((0, "T"), (1, "C")):
            for u in conversation.utterances:
                if u.voice != voice:
                    here = slice(round(u.span.start * 100), round(u.span.end * 100))
                    hiss = rng.normal(-65, 1, here.stop - here.start)
                    both["level_db"][channel, here] = hiss
    columns: dict[str, Any] = both
    frames = Frames(time_s=one.time_s, **columns)
    match = find(
        matching(Analysis(conversation, frames, USUAL), conversation.whole), "level", "synchrony"
    )
    assert (match.found is None) == leak
    assert not leak or match.reason.code == "match.crosstalk"


def test_swapping_roles_gives_the_same():
    there, swapped = alternation(80), alternation(80, cast=SWAPPED)
    level = -30 + entrained(80, 16)
    for cue in CUES:
        a = cue.measure(Analysis(there, sounding(there, level=level), USUAL), "both", there.whole)
        b = cue.measure(
            Analysis(swapped, sounding(swapped, level=level), USUAL), "both", swapped.whole
        )
        assert a.value == pytest.approx(b.value, abs=1e-9), cue.name
        assert a.n == b.n and a.reliable == b.reliable
        if cue.name != "match.language_style":
            assert str(a.reason) == str(b.reason), cue.name


def test_nothing_is_said_of_nothing():
    for conversation in (weave((), None, (), 0.0), weave((), (), CAST, 60.0)):
        for cue in CUES:
            found = cue.measure(
                Analysis(conversation, sounding(conversation), USUAL), "both", conversation.whole
            )
            assert found.value is None and not found.reliable, cue.name
            assert found.reason.code in (
                "match.few_pairs",
                "match.few_words",
                "measure.no_transcript",
            )


# --- language style ------------------------------------------------------------------------


def talking(therapist, client, exchanges=100):
    lines, words = [], []
    for i in range(2 * exchanges):
        voice, text = ("T", therapist) if i % 2 == 0 else ("C", client)
        lines.append(Turn(Span(5.0 * i, 5.0 * i + 4), voice))
        parts = text.split()
        words += [
            Word(Span(5 * i + 4 * k / len(parts), 5 * i + 4 * (k + 1) / len(parts)), p, None, voice)
            for k, p in enumerate(parts)
        ]
    return weave(tuple(lines), tuple(words), CAST, 10.0 * exchanges, language="en")


def style(conversation, within=None):
    return CUE["match.language_style"].measure(
        Analysis(conversation, sounding(conversation), USUAL), "both", within or conversation.whole
    )


def test_the_same_words_match_fully():
    found = style(talking("the dog and I did not go", "the dog and I did not go"))
    assert found.value == pytest.approx(1.0, abs=1e-4) and found.reliable and found.n == 700
    assert (found.low, found.high) == (None, None)  # fewer than 1,600 words of either


def test_language_style_by_hand():
    """Articles 2 of 10 and 1 of 5 are the same share; a group only one of them uses counts 0."""
    twice = "the dog barks loud mornings the cat sleeps deep nights"
    found = style(talking(twice, "the dog barks loud mornings"))
    assert found.value == pytest.approx(1.0, abs=1e-4)
    found = style(talking("the dog barks loud mornings", "we dog barks loud mornings"))
    assert found.value == pytest.approx(7 / 9, abs=1e-4)
    found = style(talking("the dog the cat barks", "the dog bird cat barks"))
    assert found.value == pytest.approx((8 + 1 - 20 / 60) / 9, abs=1e-4)


def test_too_few_words_are_withheld_by_session_and_by_window():
    short = style(talking("the dog went home", "the dog went home", exchanges=100))
    assert short.value is None and short.reason.fields["least"] == 500 and short.n == 400
    long = talking("the dog went home", "the dog went home", exchanges=130)
    assert style(long).value is not None
    window = style(long, Span(0, 90))
    assert window.value is None and window.reason.code == "match.few_words"
    assert style(long, Span(0, 200)).value is not None


def test_style_needs_words_and_a_language_with_lists():
    without = weave((Turn(Span(0, 5), "T"),), None, CAST, 10.0)
    assert style(without).reason.code == "measure.no_transcript"
    other = weave((Turn(Span(0, 5), "T"),), (), CAST, 10.0, language="fi")
    assert style(other).reason.fields["language"] == "fi"

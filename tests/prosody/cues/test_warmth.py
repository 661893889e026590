from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypo
from hypothesis import strategies as st

from diarize.conversation import Conversation, TurnKind, Utterance
from diarize.messages import Message, message
from diarize.roles import Casting, Role
from diarize.timeline import Span, Word
from prosody.analysis import Analysis
from prosody.cues import voice, warmth
from prosody.cues.composite import Profile, profile, scored, turn_profile
from prosody.cues.gates import noisy
from prosody.cues.measure import Measure
from prosody.cues.turn_table import turn_table
from prosody.features.frames import Frames
from prosody.rules.warmth import shipped_components
from prosody.settings import Settings
from tests.said import inner

CUES = (*voice.CUES, *warmth.CUES)
BY_NAME = {cue.name: cue for cue in CUES}
COMPONENTS = shipped_components()
WEIGHED = [c.name for c in COMPONENTS if c.weight > 0]
EMODB = Path(__file__).parents[3] / ".." / "shared" / "data" / "emotion" / "emodb"


def talk(turns: int = 20, overlap: bool = False) -> Conversation:
    """Therapist and client in turn, 3 s of speech each, one second apart."""
    rng = np.random.default_rng(2)
    utterances = []
    for i in range(2 * turns):
        span = Span(4.0 * i, 4.0 * i + 3.0)
        role = Role.THERAPIST if i % 2 == 0 else Role.CLIENT
        count = int(rng.integers(9, 16))
        said = tuple(Word(Span(span.start, span.start + 1), "listen") for _ in range(count))
        utterances.append(Utterance(i, span, role, role, TurnKind.PRIMARY, (span,), said))
        if overlap and role == "client":
            under = Span(span.start + 1.0, span.start + 2.0)
            aside = Utterance(
                0, under, Role.THERAPIST, Role.THERAPIST, TurnKind.BACKCHANNEL, (under,)
            )
            utterances.append(aside)
    numbered = tuple(replace(u, index=i) for i, u in enumerate(utterances))
    return Conversation(numbered, (), (), 8.0 * turns, has_words=True, language="en")


def voiced(conversation: Conversation, seed: int = 1) -> Frames:
    """Frames whose every turn has its own level, tilt and melody, louder turns being harder."""
    rng = np.random.default_rng(seed)
    n = round(conversation.duration * 100) + 1
    column = {f.name: np.full(n, np.nan) for f in fields(Frames)[:18]}
    column["time_s"] = np.arange(n) / 100
    column["level_db"][:] = -75 + rng.normal(0, 0.5, n)
    column["alpha_ratio_db"][:] = -5.0
    column["noise_floor_db"][:] = -75.0
    for turn in conversation.utterances:
        where = slice(round(turn.span.start * 100), round(turn.span.end * 100))
        size = where.stop - where.start
        wave = np.sin(2 * np.pi * np.linspace(0, 6, size))
        effort = rng.normal()
        middle = 32 if turn.role == "therapist" else 25
        st_ = middle + effort + (2 + rng.random()) * wave + (1 + rng.random()) * np.maximum(wave, 0)
        column["f0_hz"][where] = 27.5 * 2 ** (st_ / 12)
        column["level_db"][where] = -28 + 2 * effort + (3 + rng.random()) * wave
        column["harmonic_alpha_ratio_db"][where] = -20 + 1.5 * effort + rng.normal(0, 1)
        column["alpha_ratio_db"][where] = -18 - 20 * (wave < -0.95)
        for name in ("hnr_db", "cpp_db", "h1_h2_db"):
            column[name][where] = 10 + rng.normal()
    columns: dict[str, Any] = {name: v.astype(np.float32) for name, v in column.items()}
    return Frames(**columns)


def edited(frames: Frames, turns: list[Utterance], **change: float) -> Frames:
    """Add to columns inside some turns; ``f0_hz`` in semitones."""
    columns = {name: getattr(frames, name).copy() for name in change}
    for turn in turns:
        where = slice(round(turn.span.start * 100), round(turn.span.end * 100))
        for name, by in change.items():
            if name == "f0_hz":
                columns[name][where] *= 2 ** (by / 12)
            else:
                columns[name][where] += by
    return replace(frames, **columns)


def measure(
    name: str, conversation: Conversation, frames: Frames, settings: Settings | None = None
) -> Measure:
    cue = BY_NAME[name]
    return cue.measure(
        Analysis(conversation, frames, settings or Settings()), cue.roles[0], conversation.whole
    )


def codes(reason: Message) -> list[str]:
    """The code of a message and of those in its fields, however deep."""
    inner = [f if isinstance(f, (list, tuple)) else [f] for f in reason.fields.values()]
    return [
        reason.code,
        *(c for fs in inner for f in fs if isinstance(f, Message) for c in codes(f)),
    ]


def turn_points(
    conversation: Conversation, frames: Frames, turns: list[Utterance]
) -> list[Profile]:
    found = [turn_profile(Analysis(conversation, frames, Settings()), turn) for turn in turns]
    return [f for f in found if f is not None]


CONVERSATION = talk()
FRAMES = voiced(CONVERSATION)
THERAPIST = list(CONVERSATION.of("therapist"))
SOME = THERAPIST[::4]


def test_short_turns_count_and_very_short_ones_do_not() -> None:
    def cut(seconds: float) -> tuple[Conversation, list[Utterance]]:
        turns = [
            replace(u, span=(span := Span(u.span.start, u.span.start + seconds)), ipus=(span,))
            if u in SOME
            else u
            for u in CONVERSATION.utterances
        ]
        return replace(CONVERSATION, utterances=tuple(turns)), [turns[u.index] for u in SOME]

    talk_, short = cut(0.7)
    softer = edited(FRAMES, short, harmonic_alpha_ratio_db=-12.0)
    found = turn_points(talk_, softer, short)
    assert len(found) == len(SOME)
    assert all(turn.contributions["softness"] > 0 for turn in found)
    assert turn_points(*(kept := cut(0.4))[:1], FRAMES, kept[1]) == []


WHOLE = Analysis(CONVERSATION, FRAMES, Settings())  # what examples share is worked out once


@given(start=st.floats(0, 100), length=st.floats(40, 160))
@hypo(deadline=None, max_examples=25)
def test_contributions_add_up_exactly(start: float, length: float) -> None:
    within = Span(start, start + length)
    found = profile(WHOLE, "therapist", within)
    assert set(found.contributions) == {c.name for c in COMPONENTS}
    assert found.index == pytest.approx(50 + sum(found.contributions.values()), abs=1e-9)
    assert 0 <= found.index <= 100


def test_contributions_of_a_turn_add_up_exactly() -> None:
    found = turn_points(CONVERSATION, FRAMES, THERAPIST)
    assert found
    for turn in found:
        assert turn.index == pytest.approx(50 + sum(turn.contributions.values()), abs=1e-9)


def test_a_whole_session_lies_near_fifty() -> None:
    found = measure("warmth.index", CONVERSATION, FRAMES)
    assert found.value == pytest.approx(50, abs=4) and found.n == 20
    assert found.low is None or found.low < found.value < found.high


def test_a_component_left_out_leaves_the_sum_whole() -> None:
    less = replace(Settings(), warmth=Settings().warmth.without("softness"))
    found = profile(Analysis(CONVERSATION, FRAMES, less), "therapist", Span(0, 80))
    assert found.contributions["softness"] == 0
    assert found.index == pytest.approx(50 + sum(found.contributions.values()), abs=1e-9)
    full = profile(Analysis(CONVERSATION, FRAMES, Settings()), "therapist", Span(0, 80))
    assert found.contributions["pitch_range"] > full.contributions["pitch_range"] or (
        full.contributions["pitch_range"] <= 0
    )


@pytest.mark.parametrize(
    ("change", "moved", "sign"),
    [
        ({"level_db": 3.0}, "quietness", -1),
        ({"level_db": -3.0}, "quietness", 1),
        ({"harmonic_alpha_ratio_db": 6.0}, "softness", -1),
        ({"harmonic_alpha_ratio_db": -6.0}, "softness", 1),
        ({"f0_hz": 3.0}, "upper_pitch", 1),
    ],
)
def test_an_edit_moves_its_component_and_no_other(
    change: dict[str, float], moved: str, sign: int
) -> None:
    after = edited(FRAMES, SOME, **change)
    before = scored(Analysis(CONVERSATION, FRAMES, Settings()), "therapist")
    then = scored(Analysis(CONVERSATION, after, Settings()), "therapist")
    rows = np.isin(
        turn_table(Analysis(CONVERSATION, FRAMES, Settings())).utterance[before.rows],
        [turn.index for turn in SOME],
    )
    for name in before.z:
        shift = np.mean(then.z[name][rows] - before.z[name][rows])
        if name == moved:
            assert sign * shift > 0.2
        elif name != "fit":  # fit is made of level and rate
            assert abs(shift) < 0.05, name


def _levels(frames: Frames, turns: list[Utterance]) -> np.ndarray:
    rows = turn_table(Analysis(CONVERSATION, frames, Settings()))
    return np.array([rows["level_db"][rows.row_of(turn)] for turn in turns])


@pytest.mark.parametrize(("apart_z", "sign"), [(0.0, 1), (4.0, -1)])
def test_a_level_set_like_the_clients_moves_the_fit_up_and_one_set_apart_down(
    apart_z: float, sign: int
) -> None:
    client = list(CONVERSATION.of("client"))
    own, theirs = _levels(FRAMES, THERAPIST), _levels(FRAMES, client)

    def middle_and_scale(x: np.ndarray) -> tuple[float, float]:
        centre = float(np.median(x))
        return centre, max(1.0, 1.4826 * float(np.median(np.abs(x - centre))))

    (ours, our_scale), (other, other_scale) = middle_and_scale(own), middle_and_scale(theirs)
    after, chosen = FRAMES, THERAPIST[1::4]
    for turn in chosen:
        at = THERAPIST.index(turn)
        z = (theirs[at - 1] - other) / other_scale
        wanted = ours + our_scale * (z - apart_z * (1 if z >= 0 else -1))
        after = edited(after, [turn], level_db=float(wanted - own[at]))
    before = scored(Analysis(CONVERSATION, FRAMES, Settings()), "therapist")
    then = scored(Analysis(CONVERSATION, after, Settings()), "therapist")
    rows = np.isin(
        turn_table(Analysis(CONVERSATION, FRAMES, Settings())).utterance[before.rows],
        [turn.index for turn in chosen],
    )
    assert sign * np.mean(then.z["fit"][rows] - before.z["fit"][rows]) > 0.2
    for name in ("softness", "slowness", "pitch_range", "pitch_lift", "upper_pitch"):
        assert np.abs(then.z[name][rows] - before.z[name][rows]).max() < 0.05, name


def test_gain_of_the_whole_file_changes_nothing() -> None:
    louder = edited(FRAMES, [], level_db=0)
    louder = replace(louder, level_db=FRAMES.level_db + 6, noise_floor_db=FRAMES.noise_floor_db + 6)
    for within in (CONVERSATION.whole, Span(0, 80)):
        a = profile(Analysis(CONVERSATION, FRAMES, Settings()), "therapist", within)
        b = profile(Analysis(CONVERSATION, louder, Settings()), "therapist", within)
        for name, points in a.contributions.items():
            assert b.contributions[name] == pytest.approx(points, abs=1e-4)
    shift = measure("voice.level", CONVERSATION, louder).value
    assert shift == pytest.approx(measure("voice.level", CONVERSATION, FRAMES).value + 6, abs=1e-4)


def test_the_balance_of_a_turn_is_read_where_its_voice_stands_clear() -> None:
    """What fades away may be voiced or not as the background has it; softness does not follow."""
    fading = FRAMES.level_db.copy()
    tilt, gone = FRAMES.harmonic_alpha_ratio_db.copy(), FRAMES.f0_hz.copy()
    for turn in THERAPIST:
        tail = slice(round(turn.span.end * 100) - 170, round(turn.span.end * 100))
        fading[tail] -= 25
        tilt[tail] += 15
        gone[tail] = np.nan
    heard = replace(FRAMES, level_db=fading, harmonic_alpha_ratio_db=tilt)
    unheard = replace(heard, f0_hz=gone)
    for turn in THERAPIST:
        values = [
            BY_NAME["voice.softness"].of_turn(Analysis(CONVERSATION, frames, Settings()), turn)
            for frames in (heard, unheard)
        ]
        assert values[0] == pytest.approx(values[1], abs=1e-6)
        assert np.isfinite(values[0])


def test_hiss_on_some_turns_withholds_them_instead_of_calling_them_hard() -> None:
    hissing = FRAMES
    columns = {n: getattr(FRAMES, n).copy() for n in ("alpha_ratio_db", "harmonic_alpha_ratio_db")}
    for turn in SOME:
        where = slice(round(turn.span.start * 100), round(turn.span.end * 100))
        columns["alpha_ratio_db"][where] = np.maximum(columns["alpha_ratio_db"][where], -2.0)
        columns["harmonic_alpha_ratio_db"][where] += 5
    hissing = replace(FRAMES, **columns)
    analysis = Analysis(CONVERSATION, hissing, Settings())
    table = turn_table(analysis)
    flagged = {int(table.utterance[i]) for i in np.flatnonzero(noisy(analysis))}
    assert flagged == {turn.index for turn in SOME}
    for turn in SOME:
        found = turn_profile(Analysis(CONVERSATION, hissing, Settings()), turn)
        assert found.index is None and "softness" not in found.contributions
        assert found.missing["softness"].code == "vocal.noise"
        assert np.isnan(
            BY_NAME["voice.softness"].of_turn(Analysis(CONVERSATION, hissing, Settings()), turn)
        )
    clean = next(turn for turn in THERAPIST if turn not in SOME)
    assert turn_profile(Analysis(CONVERSATION, hissing, Settings()), clean).index is not None


def test_background_close_to_the_voice_everywhere_withholds_the_soft_axis() -> None:
    loud = replace(FRAMES, noise_floor_db=np.full_like(FRAMES.noise_floor_db, -40))
    index = measure("warmth.index", CONVERSATION, loud)
    assert index.value is None and set(codes(index.reason)[2::2]) == {"vocal.noise"}
    soft = measure("voice.softness", CONVERSATION, loud)
    assert soft.value is None and inner(soft.reason.fields, "noise").code == "vocal.noise"
    assert measure("voice.pitch_range", CONVERSATION, loud).value is not None


def test_a_call_withholds_level_and_keeps_pitch() -> None:
    call = replace(Settings(), setting="remote")
    for name in ("voice.level", "voice.unevenness", "voice.cpp", "warmth.quietness"):
        found = measure(name, CONVERSATION, FRAMES, call)
        assert found.value is None and "vocal.remote" in codes(found.reason)
    assert measure("voice.pitch_median", CONVERSATION, FRAMES, call).value is not None
    assert measure("warmth.index", CONVERSATION, FRAMES, call).value is not None


def test_levels_that_run_against_the_voice_are_not_believed() -> None:
    flipped = replace(FRAMES, level_db=(-56 - FRAMES.level_db).astype(np.float32))
    flipped = replace(flipped, level_db=np.where(FRAMES.level_db < -60, -75, flipped.level_db))
    found = measure("warmth.quietness", CONVERSATION, flipped)
    assert found.value is None and found.reason.code == "vocal.gain"


def test_fewer_than_twelve_clean_turns_withhold_a_component_however_many_are_noisy() -> None:
    columns = {n: getattr(FRAMES, n).copy() for n in ("alpha_ratio_db", "noise_floor_db")}
    for turn in THERAPIST[:9]:
        where = slice(round(turn.span.start * 100), round(turn.span.end * 100))
        columns["noise_floor_db"][where] = -40.0
    found = measure("warmth.softness", CONVERSATION, replace(FRAMES, **columns))
    assert found.value is None and codes(found.reason) == [
        "warmth.also",
        "vocal.noise",
        "warmth.few_clean",
    ]


def test_a_narrow_band_is_given_as_the_reason() -> None:
    narrow = replace(
        FRAMES, harmonic_alpha_ratio_db=np.full_like(FRAMES.harmonic_alpha_ratio_db, np.nan)
    )
    for name in ("warmth.softness", "warmth.steadiness", "warmth.index"):
        found = measure(name, CONVERSATION, narrow)
        assert found.value is None and "vocal.band" in codes(found.reason)
    assert measure("warmth.quietness", CONVERSATION, narrow).value is not None


def test_without_the_bass_nothing_made_of_level_or_melody_is_believed() -> None:
    def sloping(db_per_khz: float) -> Frames:
        slope = np.full_like(FRAMES.level_db, db_per_khz)
        return replace(FRAMES, slope_0_500_db_per_khz=slope)

    for name in ("warmth.quietness", "warmth.steadiness", "warmth.pitch_range", "voice.level"):
        found = measure(name, CONVERSATION, sloping(75))
        assert found.value is None and "vocal.bass" in codes(found.reason), name
        assert measure(name, CONVERSATION, sloping(30)).value is not None, name
    index = measure("warmth.index", CONVERSATION, sloping(75))
    assert index.value is None and set(codes(index.reason)[2::2]) == {"vocal.bass"}
    for name in ("warmth.slowness", "voice.pitch_median"):
        assert measure(name, CONVERSATION, sloping(75)).value is not None, name


def test_what_is_left_when_there_is_no_index_keeps_its_small_share() -> None:
    thin = replace(FRAMES, slope_0_500_db_per_khz=np.full_like(FRAMES.level_db, 75))
    for turn in THERAPIST[1:]:  # before the first one the client has said nothing to fit
        whole, left = (
            turn_profile(Analysis(CONVERSATION, f, Settings()), turn) for f in (FRAMES, thin)
        )
        assert left is not None and whole is not None and left.index is None
        assert left.contributions["slowness"] == pytest.approx(whole.contributions["slowness"])


def test_near_the_recorders_limit_levels_are_withheld() -> None:
    hot = replace(FRAMES, level_db=FRAMES.level_db + 26)
    found = measure("voice.level", CONVERSATION, hot)
    assert found.value is None and "vocal.clipped" in codes(found.reason)
    assert measure("voice.level", CONVERSATION, FRAMES).value is not None


def test_too_few_turns_give_a_reason() -> None:
    short = talk(8)
    found = measure("warmth.index", short, voiced(short))
    assert found.value is None and not found.reliable and found.n == 8
    assert found.reason.fields["least"] == 12
    assert measure("voice.pitch_median", short, voiced(short)).value is not None
    nobody = Conversation((), (), (), 30.0)
    for cue in CUES:
        silent = cue.measure(
            Analysis(nobody, voiced(nobody), Settings()), cue.roles[0], nobody.whole
        )
        assert silent.value is None
        assert silent.reason.code in ("vocal.few_turns", "vocal.few_of_both", "warmth.few_turns")


def test_overlap_is_left_out() -> None:
    shared = talk(overlap=True)
    frames = voiced(shared)
    asides = [u for u in shared.utterances if u.kind == "backchannel"]
    louder = edited(frames, asides, level_db=12.0, f0_hz=10.0)
    for name in ("voice.level", "voice.pitch_range", "voice.pitch_median"):
        cue = BY_NAME[name]
        a, b = (
            cue.measure(Analysis(shared, f, Settings()), "client", shared.whole)
            for f in (frames, louder)
        )
        assert a.value == pytest.approx(b.value)


def test_octave_errors_do_not_widen_the_melody() -> None:
    f0 = FRAMES.f0_hz.copy()
    f0[np.arange(f0.size) % 10 < 3] /= 2
    a = measure("voice.pitch_range", CONVERSATION, FRAMES)
    b = measure("voice.pitch_range", CONVERSATION, replace(FRAMES, f0_hz=f0))
    assert b.value == pytest.approx(a.value, rel=0.15)


def test_level_to_client_has_the_right_sign_and_no_meaning_over_two_microphones() -> None:
    quieter = edited(FRAMES, THERAPIST, level_db=-6.0)
    a = measure("voice.level_to_client", CONVERSATION, FRAMES)
    b = measure("voice.level_to_client", CONVERSATION, quieter)
    assert b.value == pytest.approx(a.value - 6, abs=1e-3)
    roles = (Role.THERAPIST, Role.CLIENT)
    told = message("casting.told")
    each = tuple(Casting("AB"[n], role, 1.0, told, channel=n) for n, role in enumerate(roles))
    apart = replace(CONVERSATION, casting=each)
    none = measure("voice.level_to_client", apart, FRAMES)
    assert none.value is None and none.reason.code == "vocal.own_microphones"


def test_weights_are_whole_and_every_one_says_why() -> None:
    assert sum(c.weight for c in COMPONENTS) == pytest.approx(1)
    assert all(len(c.evidence) > 40 for c in COMPONENTS)
    assert {c.axis for c in COMPONENTS} == {"soft", "melodic", "fit"}


def test_no_word_for_what_somebody_feels() -> None:
    felt = {"angry", "anger", "sad", "happy", "anxious", "calm", "warm voice", "cold", "empathic"}
    for cue in CUES:
        assert not felt & set(cue.meaning.lower().replace(",", " ").split()), cue.name


@pytest.mark.skipif(not EMODB.is_dir(), reason="the acted sentences are not on this machine")
def test_acted_calm_lies_above_acted_anger_within_a_speaker() -> None:
    from benchmarks.validity.acted import acted_speaker
    from benchmarks.validity.common import auc

    speaker = acted_speaker(sorted(EMODB.glob("03*"))[:39])
    up, down = (speaker["z"]["softness"][speaker["label"] == k] for k in "NW")
    assert auc(up[np.isfinite(up)], down[np.isfinite(down)]) > 0.9


def test_what_spoils_a_component_spoils_what_is_made_of_it() -> None:
    for component in COMPONENTS:
        own = set(BY_NAME[f"warmth.{component.name}"].spoilt_by)
        for name in ("warmth.index", f"warmth.{component.axis}"):
            assert name not in BY_NAME or own <= set(BY_NAME[name].spoilt_by), name
    assert "recording.coded_hard" in BY_NAME["warmth.soft"].spoilt_by
    assert BY_NAME["warmth.melodic"].spoilt_by == ()

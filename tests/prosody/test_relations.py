"""What must hold between the findings of a session and those of the same session, changed.

Nothing is compared with a number somebody wrote down: louder, later, with the roles exchanged, in
another order or in two parts, a session has to give the same answers, or answers that follow.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from diarize.conversation import weave
from diarize.messages import message
from diarize.roles import Casting, Role
from diarize.timeline import Span, Turn, Word, total
from prosody.analysis import Analysis
from prosody.catalogue import measure_all, table
from prosody.features.frames import COLUMNS, Frames
from prosody.features.syllables import syllables
from prosody.findings import Heard, findings
from prosody.settings import Settings
from tests.prosody.conftest import facts

TOLD = message("casting.told")
ROLES = (Role.THERAPIST, Role.CLIENT)
TEXTS = (
    "What was that like for you this week?",
    "It sounds like you felt very alone at work.",
    "I was so tired and nobody seemed to notice it at all.",
    "You could try to walk in the evening.",
    "I think I have never said that to anybody before.",
    "Was it on Monday or on Tuesday?",
    "So you did not sleep.",
    "Yes I did, and it was hard.",
)
WHERE_NOTHING_IS = {"level_db": -60.0, "noise_floor_db": -60.0, "speech": 0.0, "syllable": 0.0}


@st.composite
def talks(draw, least=20, most=40):
    """Lines of two voices in turn: voice, start s, end s, text; some overlap, some murmur.

    No length or gap is a round tenth of a second: thresholds are, and rounding must not decide.
    """
    lines, at = [], 0.53
    for i in range(draw(st.integers(least, most))):
        voice, other = "AB"[i % 2], "BA"[i % 2]
        length = draw(st.integers(12, 60)) / 10 + 0.03
        lines.append((voice, at, at + length, draw(st.sampled_from(TEXTS))))
        if length > 3 and draw(st.booleans()):
            lines.append((other, at + 1.53, at + 1.91, "Mm-hm."))
        at = round(at + length + draw(st.integers(-3, 15)) / 10 + 0.02, 2)
    return lines


def woven(lines, *, later_s=0.0, roles=ROLES, order=sorted):
    moved = [(v, a + later_s, b + later_s, text) for v, a, b, text in lines]
    words = []
    for voice, start, end, text in moved:
        step = (end - start) / len(text.split())
        words += [
            Word(Span(start + i * step, start + (i + 1) * step), token, 0.9, voice)
            for i, token in enumerate(text.split())
        ]
    turns = tuple(order([Turn(Span(a, b), v) for v, a, b, _ in moved]))
    casting = tuple(Casting(v, role, 1.0, TOLD) for v, role in zip("AB", roles, strict=True))
    end = max(b for _, _, b, _ in moved) + 1
    return weave(turns, tuple(order(words)), casting, end, language="en")


def sounded(lines, *, before=0, louder_db=0.0):
    """Frames in which a voice is heard where somebody speaks; `before` are silent ones in front."""
    rows = round((max(b for _, _, b, _ in lines) + 1) * 100) + 1
    rng, at = np.random.default_rng(len(lines)), np.arange(rows)
    speech = np.zeros(rows)
    nuclei = np.zeros(rows)
    for _, start, end, text in lines:
        speech[round(start * 100) : round(end * 100)] = 1
        count = sum(syllables(word.strip(".,?"), "en") or 0 for word in text.split())
        nuclei[np.linspace(start * 100, end * 100, count, endpoint=False).round().astype(int)] = 1
    voiced = (speech > 0) & (np.sin(at / 4) > -0.5)
    columns = {name: 5 + rng.normal(0, 1, rows) for name in COLUMNS}
    columns["level_db"] = np.where(
        speech > 0, -25 + 3 * np.sin(at / 30) + rng.normal(0, 1, rows), -60.0
    )
    columns["noise_floor_db"] = np.full(rows, -60.0)
    for name in ("level_db", "noise_floor_db"):
        columns[name] += louder_db
    columns["loudness"] *= 10 ** (0.33 * louder_db / 10)
    columns["f0_hz"] = np.where(voiced, 130 * 2 ** (np.sin(at / 40) / 4), np.nan)
    columns |= {"voicing": voiced, "syllable": nuclei, "speech": speech}
    in_front = {name: np.full(before, WHERE_NOTHING_IS.get(name, np.nan)) for name in COLUMNS}
    whole: dict[str, Any] = {
        n: np.concatenate([in_front[n], v]).astype(np.float32) for n, v in columns.items()
    }
    whole["time_s"] = (np.arange(before + rows) / 100).astype(np.float32)
    return Frames(**whole)


def measured(conversation, frames):
    analysis = Analysis(conversation, frames)
    return {(m.cue, m.role): m.value for m in measure_all(analysis)}


def measures(conversation, frames):
    return {(m.cue, m.role): m for m in measure_all(Analysis(conversation, frames))}


def heard(conversation):
    return Heard(facts(), Settings(), conversation)


def moved(before, after):
    """The cues whose value is not what it was."""
    assert before.keys() == after.keys()
    keys = sorted(before)
    one, other = (np.array([row[key] for key in keys], dtype=float) for row in (before, after))
    same = np.isclose(one, other, atol=1e-3, equal_nan=True)  # not available is NaN
    return {cue for (cue, _), still in zip(keys, same, strict=True) if not still}


# Whole sessions are slow to shrink and read well as they are.
few = settings(deadline=None, max_examples=6, phases=(Phase.explicit, Phase.generate))


@few
@given(talks(), st.sampled_from([-12.0, 6.0]))
def test_a_louder_recording_moves_the_level_and_no_other_cue(lines, louder_db):
    plain = measured(woven(lines), sounded(lines))
    loud = measured(woven(lines), sounded(lines, louder_db=louder_db))
    assert moved(plain, loud) <= {"voice.level"}
    level = ("voice.level", "client")
    if plain[level] is not None:
        assert loud[level] == pytest.approx(plain[level] + louder_db, abs=1e-3)


@few
@given(talks(), st.sampled_from([1, 7, 33, 100]))
def test_silence_in_front_moves_only_what_is_a_share_of_the_recording(lines, tenths):
    later_s = tenths / 10
    plain = measured(woven(lines), sounded(lines))
    later = measured(woven(lines, later_s=later_s), sounded(lines, before=10 * tenths))
    assert moved(plain, later) <= {"talk.silence", "talk.overlap"}
    assert later["talk.silence", "both"] > plain["talk.silence", "both"]


@few
@given(talks())
def test_with_the_roles_exchanged_each_has_what_the_other_had(lines):
    frames = sounded(lines)
    plain = measured(woven(lines), frames)
    swapped = measured(woven(lines, roles=ROLES[::-1]), frames)
    exchanged = {"therapist": "client", "client": "therapist", "both": "both"}
    of_both = {(cue, role) for cue, role in plain if (cue, exchanged[role]) in plain}
    mirrored = {(c, r): swapped[c, exchanged[r]] for c, r in of_both}
    assert len(mirrored) > 60
    assert moved({key: plain[key] for key in mirrored}, mirrored) == set()


@few
@given(talks(), st.randoms(use_true_random=False))
def test_the_order_in_which_turns_and_words_are_given_is_nothing(lines, draw):
    plain, other = woven(lines), woven(lines, order=lambda rows: draw.sample(rows, len(rows)))
    assert other.utterances == plain.utterances
    assert (other.silences, other.unplaced) == (plain.silences, plain.unplaced)


@few
@given(talks(), st.floats(0.2, 0.8))
def test_parts_and_wholes_of_two_halves_add_up(lines, share):
    conversation = woven(lines)
    gaps = [s.span for s in conversation.silences if s.kind == "gap" and s.span.duration > 0.3]
    assume(gaps)
    cut = min(gaps, key=lambda span: abs(span.middle - share * conversation.duration)).middle
    whole = conversation.whole
    halves = (Span(whole.start, cut), Span(cut, whole.end))
    # A part with few turns takes those in too on which both counts of syllables disagree.
    agreed = replace(Settings().pacing, disagreement=np.inf)
    analysis = Analysis(conversation, sounded(lines), replace(Settings(), pacing=agreed))
    added = 0
    for cue in table():
        for role in cue.roles:
            all_of_it = cue.measure(analysis, role, whole)
            parts = [cue.measure(analysis, role, half) for half in halves]
            if any(part.value is None for part in parts):
                continue  # too little in a half for this cue
            for name in ("part", "whole"):
                total = getattr(all_of_it, name)
                if total is not None:
                    sums = sum(getattr(part, name) or 0.0 for part in parts)
                    assert sums == pytest.approx(total, abs=1e-6), (cue.name, role, name)
                    added += 1
    assert added > 20


RATES = ("pace.articulation_rate", "pace.speech_rate", "pace.words_per_minute", "talk.share")


@few
@given(talks(least=30))
def test_a_talk_after_itself_has_twice_the_time_and_turns_at_the_same_rates(lines):
    length_s = woven(lines).duration
    again = [(voice, a + length_s, b + length_s, text) for voice, a, b, text in lines]
    frames = sounded(lines)
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(frames, name)[:-1], getattr(frames, name)])
        for name in COLUMNS
    }
    columns["time_s"] = (np.arange(len(columns["f0_hz"])) / 100).astype(np.float32)
    twice = Frames(**columns)
    once, both = measures(woven(lines), frames), measures(woven(lines + again), twice)
    for role in ("therapist", "client"):
        for cue in ("talk.time", "turns.count"):
            assert both[cue, role].value == pytest.approx(2 * once[cue, role].value, abs=0.021)
        for cue in RATES:
            one, other = once[cue, role], both[cue, role]
            # of the same turns: whose counts disagree with their words is judged over all turns
            if one.value is not None and (cue == "talk.share" or other.n == 2 * one.n):
                assert other.value == pytest.approx(one.value, rel=0.03)


@few
@given(talks(least=30))
def test_said_a_tenth_faster_rates_are_a_tenth_higher_and_shares_the_same(lines):
    """Of the same turns: how long a pause ends a turn, or a turn has a pace, stays as it is."""
    faster = [(voice, a / 1.1, b / 1.1, text) for voice, a, b, text in lines]
    plain = measures(woven(lines), sounded(lines))
    quick = measures(woven(faster), sounded(faster))
    compared = 0
    for role in ("therapist", "client"):
        for cue in RATES:
            one, other = plain[cue, role], quick[cue, role]
            if cue == "talk.share":
                assert other.value == pytest.approx(one.value, rel=0.03)
            elif one.value is not None and (one.part, one.n) == (other.part, other.n):
                assert other.value == pytest.approx(1.1 * one.value, rel=0.03), cue
                compared += 1
    assume(compared)


@few
@given(talks())
def test_talk_and_silence_less_overlap_is_the_duration(lines):
    conversation = woven(lines)
    found = measures(conversation, sounded(lines))
    talk = sum(found["talk.time", role].value for role in ("therapist", "client"))
    silence, overlap = found["talk.silence", "both"].part, total(conversation.overlaps())
    assert found["talk.overlap", "both"].part in (None, pytest.approx(overlap, abs=0.01))
    assert talk + silence - overlap == pytest.approx(conversation.duration, abs=0.01)


def test_a_single_word_gives_no_rate_and_says_why():
    word = [("A", 0.5, 0.9, "Well."), ("B", 1.6, 1.9, "Yes.")]
    found = measures(woven(word), sounded(word))
    rated = [m for (cue, _), m in found.items() if cue in RATES or cue.startswith("voice.")]
    assert rated and not [m.cue for m in rated if m.reliable and m.value is not None]
    assert all(m.reason is not None for m in rated if m.value is None)


@few
@given(talks(), st.integers(1, 20))
def test_events_and_links_go_with_the_sound(lines, tenths):
    """Louder and later, the same is heard at the same places of the talk."""
    later_s = tenths / 10
    plain = findings(heard(woven(lines)), sounded(lines))
    louder = sounded(lines, before=10 * tenths, louder_db=6.0)
    other = findings(heard(woven(lines, later_s=later_s)), louder)
    assert [(e.kind, e.role, e.utterance) for e in plain.events] == [
        (e.kind, e.role, e.utterance) for e in other.events
    ]
    starts = [e.span.start + later_s for e in plain.events]
    assert [e.span.start for e in other.events] == pytest.approx(starts, abs=1e-6)
    for one, two in zip(plain.links, other.links, strict=True):
        assert (one.behaviour, one.cue, one.n) == (two.behaviour, two.cue, two.n)
        pair = np.array([one.difference, two.difference], dtype=float)  # not available is NaN
        assert np.isclose(pair[0], pair[1], atol=1e-3, equal_nan=True), one

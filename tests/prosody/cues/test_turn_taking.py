"""Turn-taking figures: closed forms, a second implementation, other people's statistics."""

import math
import random
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diarize.conversation import Casting, weave
from diarize.messages import message
from diarize.roles import Role
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.cues.dyad import (
    long_monologues,
    overlap_seconds,
    overlaps,
    seconds_of_speech,
    silences,
    to_review,
    transitions,
    waits,
)
from prosody.cues.turn_taking import CUES, VALUES, first_middle_last
from prosody.cues.waiting import median_wait
from prosody.intervals import wilson
from prosody.settings import Settings

TOLD = message("casting.told")

DATA = Path(__file__).parents[3] / ".." / "shared" / "data" / "turn_timing"
CAST = (Casting("T", Role.THERAPIST, 1.0, TOLD), Casting("C", Role.CLIENT, 1.0, TOLD))
SWAPPED = (Casting("T", Role.CLIENT, 1.0, TOLD), Casting("C", Role.THERAPIST, 1.0, TOLD))
USUAL = Settings()
CUE = {cue.name: cue for cue in CUES}


def said(*lines, duration=None, words=True, cast=CAST):
    turns = tuple(Turn(Span(a, b), v) for v, a, b, _ in lines)
    spread = []
    for voice, a, b, text in lines:
        parts = text.split()
        for i, part in enumerate(parts):
            step = (b - a) / len(parts)
            spread.append(Word(Span(a + i * step, a + (i + 1) * step), part, None, voice))
    end = duration or max((b for _, _, b, _ in lines), default=0.0)
    return weave(turns, tuple(spread) if words else None, cast, end)


def measure(name, conversation, role, within=None, setting=USUAL):
    return CUE[name].measure(
        Analysis(conversation, None, setting), role, within or conversation.whole
    )


def metronome(length=4.0, gap=0.5, beats=200, text="this is what I say"):
    step = length + gap
    return said(*[("TC"[i % 2], i * step, i * step + length, text) for i in range(beats)])


# --- closed forms --------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [0.5, -0.5])
def test_two_metronomes(gap):
    conversation = metronome(gap=gap)
    for role in ("therapist", "client"):
        assert measure("talk.share", conversation, role).value == pytest.approx(0.5)
        assert measure("talk.time", conversation, role).value == pytest.approx(400)
        assert measure("turns.count", conversation, role).value == 100
        assert measure("turns.median_length", conversation, role).value == pytest.approx(4)
        assert measure("turns.longest", conversation, role).value == pytest.approx(4)
        latency = measure("turns.response_latency", conversation, role)
        assert latency.value == pytest.approx(gap) and latency.reliable
        assert latency.n == (99 if role == "therapist" else 100)
        assert measure("turns.response_latency_iqr", conversation, role).value == pytest.approx(0)
        assert measure("turns.response_latency_p90", conversation, role).value == pytest.approx(gap)
        rate = measure("turns.overlap_rate", conversation, role)
        assert rate.value == (1.0 if gap < 0 else None)  # nobody overlaps: it was not heard
        assert measure("turns.backchannel_rate", conversation, role).value == 0
    both = measure("turns.floor_transfer_offset", conversation, "both")
    assert both.value == pytest.approx(gap) and both.n == 199


def test_turns_that_touch_say_who_followed_whom_and_not_how_soon():
    touching = metronome(gap=0.0, beats=100)
    for name in ("response_latency", "response_latency_iqr", "response_latency_p90"):
        found = measure(f"turns.{name}", touching, "therapist")
        assert found.value is None and found.reason.code == "measure.turns_touch"
    value = CUE["turns.response_latency"].of_turn
    assert all(math.isnan(value(Analysis(touching), u)) for u in touching.utterances)
    ends = [4.5 * i + (4.5 if i % 4 == 0 else 4) for i in range(200)]
    lines = [("TC"[i % 2], 4.5 * i, end, "I say this") for i, end in enumerate(ends)]
    some = measure("turns.floor_transfer_offset", said(*lines), "both")
    assert some.value == pytest.approx(0.5) and some.n == 149


def test_somebody_who_never_yields():
    lines = [("T", 0.0, 600.0, "well")]
    lines += [("C", 10.0 + 20 * i, 10.5 + 20 * i, "mhm") for i in range(29)]
    conversation = said(*lines)
    assert measure("turns.count", conversation, "therapist").value == 1
    assert measure("turns.count", conversation, "client").value == 0
    assert measure("turns.longest", conversation, "therapist").value == 600
    for name, why in (("longest", "measure.no_turn"), ("response_latency", "measure.no_change")):
        found = measure(f"turns.{name}", conversation, "client")
        assert found.value is None and found.reason.code == why
    rate = measure("turns.backchannel_rate", conversation, "client")
    assert (rate.value, rate.part, rate.whole) == (pytest.approx(2.9), 29, 10)
    assert measure("turns.backchannels_in_overlap", conversation, "client").value == 1
    assert [u.index for u in long_monologues(Analysis(conversation))] == [0]


def test_total_overlap():
    lines = [(v, 5 * i, 5 * i + 3, "we both talk") for i in range(80) for v in "TC"]
    conversation = said(*lines)
    assert measure("talk.share", conversation, "client").value == 0.5
    assert measure("talk.overlap", conversation, "both").part == pytest.approx(240)
    assert measure("turns.overlap_rate", conversation, "both").value > 0.5
    assert {o.kind for o in overlaps(Analysis(conversation))} == {"other"}


def test_one_person_alone():
    conversation = said(*[("C", 6.0 * i, 6.0 * i + 4, "on my own") for i in range(90)])
    assert measure("talk.share", conversation, "client").value == 1.0
    assert measure("turns.count", conversation, "client").value == 90
    assert transitions(Analysis(conversation)) == () == overlaps(Analysis(conversation))
    missing = measure("turns.response_latency", conversation, "therapist")
    assert missing.value is None and missing.reason.code == "measure.no_change"


def test_an_empty_conversation_says_why_and_breaks_nothing():
    for conversation in (weave((), None, (), 0.0), weave((), (), CAST, 60.0)):
        for cue in CUES:
            for role in cue.roles:
                found = cue.measure(Analysis(conversation, None, USUAL), role, conversation.whole)
                assert found.value in (None, 0.0, 1.0)
                if found.value is None:
                    assert found.reason.code.startswith("measure.") and not found.reliable
        assert silences(Analysis(conversation), 3.0) == () == transitions(Analysis(conversation))
        assert len(first_middle_last(Analysis(conversation, None, USUAL))) == (
            3 if conversation.duration else 0
        )


def test_unknown_roles_are_withheld():
    conversation = said(("A", 0, 200, "a b"), ("B", 201, 400, "c d"), cast=())
    for cue in CUES:
        for role in cue.roles:
            found = cue.measure(Analysis(conversation, None, USUAL), role, conversation.whole)
            if role != "both" or "offset" in cue.name or "overlap_rate" in cue.name:
                assert found.value is None and found.reason.code == "measure.no_voice", cue.name


# --- least data ----------------------------------------------------------------------------


def test_below_its_minimum_a_description_is_rough_and_has_no_interval():
    short = metronome(beats=20)
    for name in (
        "talk.share",
        "talk.time",
        "turns.count",
        "turns.median_length",
        "turns.response_latency",
    ):
        found = measure(name, short, "therapist")
        assert found.value is not None and not found.reliable
        assert found.reason.code in ("measure.little_speech", "measure.few_changes")
        assert found.low is None and found.high is None
    assert measure("talk.share", short, "client").reason.fields["minutes"] == pytest.approx(4 / 3)
    long = metronome(beats=100)
    for name in ("talk.share", "turns.count", "turns.median_length", "turns.response_latency"):
        found = measure(name, long, "therapist")
        assert found.reliable and found.reason is None


def test_below_its_minimum_an_inference_is_withheld():
    found = measure("turns.silence_tolerance", metronome(beats=20), "therapist")
    assert found.value is None and not found.reliable and found.reason.fields["least"] == 15


def test_on_a_remote_call_gaps_carry_the_line():
    remote = Settings(setting="remote")
    found = measure("turns.response_latency", metronome(), "therapist", setting=remote)
    assert (
        found.value == pytest.approx(0.5)
        and not found.reliable
        and found.reason.code == "measure.network_delay"
    )


def test_where_nobody_ever_overlaps_overlap_was_not_heard():
    figures = (
        ("talk.overlap", "both"),
        ("turns.overlap_rate", "therapist"),
        ("turns.backchannel_rate", "client"),
        ("turns.overlaps_to_review", "therapist"),
    )
    mono = metronome()
    channels = tuple(replace(cast, channel=i) for i, cast in enumerate(CAST))
    stereo = weave(
        tuple(Turn(u.span, u.voice) for u in mono.utterances), (), channels, mono.duration
    )
    for name, role in figures:
        found = measure(name, mono, role)
        assert found.value == (0 if name == "turns.backchannel_rate" else None)
        assert not found.reliable and found.reason.code == "measure.one_at_a_time"
        found = measure(name, stereo, role)
        assert found.value == 0 and found.reliable and found.reason is None
        assert measure(name, metronome(gap=-0.5), role).reliable


# --- waits ---------------------------------------------------------------------------------


def test_waits_end_as_taken_resumed_or_open():
    conversation = said(
        ("C", 0, 2, "I went"),
        ("C", 4, 6, "back there"),
        ("T", 7, 9, "How was it then?"),
        ("C", 9.5, 12, "I cried a lot"),
        ("T", 11.5, 14, "That was a lot to bear"),
        ("C", 16, 18, "it was"),
        duration=20,
    )
    found = [
        (w.start, w.seconds, w.end)
        for w in waits(Analysis(conversation), after="client", by="therapist")
    ]
    assert found == [(2, 2, "resumed"), (6, 1, "taken"), (12, 0, "taken"), (18, 2, "open")]


def test_a_backchannel_does_not_end_a_wait():
    conversation = said(
        ("C", 0, 4, "I went"),
        ("T", 5, 5.4, "mhm"),
        ("C", 7, 9, "back there"),
        ("T", 9.5, 12, "and how was that"),
    )
    found = [
        (w.seconds, w.end) for w in waits(Analysis(conversation), after="client", by="therapist")
    ]
    assert found == [(3, "resumed"), (0.5, "taken")]


def test_no_clock_starts_while_the_other_has_been_speaking_all_along():
    conversation = said(
        ("T", 0, 5, "so you were there then"),
        ("C", 4, 4.5, "but I"),
        ("C", 5.25, 8, "never went there"),
        ("T", 9, 12, "you never went"),
    )
    found = [
        (w.start, w.end) for w in waits(Analysis(conversation), after="client", by="therapist")
    ]
    assert found == [(8, "taken")]


def test_the_end_of_the_recording_ends_no_silence():
    lines = [("T", 0, 2, "How was it?"), ("C", 2.5, 4, "So I left"), ("C", 6, 8, "them all")]
    held = measure("turns.silences_held", said(*lines, duration=30), "therapist")
    assert (held.part, held.whole) == (1, 1)


def test_waits_cut_short_by_the_client_lengthen_the_estimate():
    """Ten waits of 2 s: five ended by the therapist, five cut short by the client at 1 s."""
    seconds, taken = [2.0] * 5 + [1.0] * 5, [True] * 5 + [False] * 5
    assert median_wait(seconds, taken)[0] == 2.0
    assert np.mean(seconds) == 1.5


def test_silence_tolerance_of_a_patient_and_a_hurried_listener():
    def session(wait):
        lines, at = [], 0.0
        for i in range(60):
            lines += [("C", at, at + 5, "I told him so"), ("C", at + 7, at + 11, "and he left me")]
            lines += [("T", at + 11 + wait, at + 14 + wait, f"what did you do {i}")]
            at += 14.5 + wait
        return said(*lines)

    patient = measure("turns.silence_tolerance", session(4.0), "therapist")
    hurried = measure("turns.silence_tolerance", session(1.25), "therapist")
    assert patient.value == pytest.approx(4.0) and patient.reliable
    assert hurried.value == pytest.approx(1.25)
    assert patient.low <= patient.value <= patient.high
    held = measure("turns.silences_held", session(4.0), "therapist")
    assert (held.part, held.whole) == (60, 120)


# --- overlaps and silences -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ([("C", 0, 10, "a b"), ("T", 5, 5.5, "mhm")], "backchannel"),
        ([("C", 0, 10, "a b"), ("T", 9.6, 14, "so you went")], "terminal"),
        # a transcript without punctuation cannot tell whether the sentence was finished
        ([("C", 0, 10, "and then I"), ("T", 9.2, 14, "have you tried that.")], "to_review"),
        ([("C", 0, 10, "So. and then I"), ("T", 9.2, 14, "have you tried that.")], "to_review"),
        ([("C", 0, 10, "and then I left."), ("T", 9.2, 14, "have you tried that")], "other"),
        ([("C", 9.0, 10, "So. then I"), ("T", 9.2, 14, "have you tried that")], "other"),
        ([("C", 0, 10, "So. then I"), ("T", 9.4, 14, "have you tried that")], "to_review"),
        ([("C", 0, 10, "So. then I"), ("T", 8.5, 14, "have you tried that")], "other"),
        ([("C", 0, 10, "So. then I"), ("T", 9.2, 10.5, "have you tried that")], "other"),
    ],
)
def test_overlaps_are_sorted_in_order(lines, kind):
    (found,) = overlaps(Analysis(said(*lines)))
    assert found.kind == kind and found.evidence
    assert (found.by, found.over) == ("therapist", "client")
    review = measure("turns.overlaps_to_review", said(*lines), "therapist")
    assert review.value == (kind == "to_review")


def test_somebody_who_comes_in_and_falls_silent_has_not_taken_over():
    lines = [("C", 0, 10, "So. then I"), ("T", 9.2, 10.2, "have you"), ("T", 11.5, 14, "tried it")]
    (found,) = overlaps(Analysis(said(*lines)))
    assert found.kind == "other"


def test_a_breath_gives_nothing_up():
    lines = [("C", 0, 10, "So. then I"), ("T", 9.2, 10.3, "have you"), ("T", 10.6, 14, "tried it")]
    (found,) = overlaps(Analysis(said(*lines)))
    assert found.kind == "to_review" and found.evidence.fields["held"] == pytest.approx(0.7)


def test_only_what_happens_between_therapist_and_client_is_theirs_to_review():
    third = Casting("P", Role.OTHER, 1.0, TOLD)
    lines = [
        ("P", 0, 10, "So. then I"),
        ("T", 9.2, 14, "have you tried that"),
        ("C", 15, 16, "No."),
    ]
    conversation = said(*lines, cast=(*CAST, third))
    assert [o.kind for o in overlaps(Analysis(conversation))] == ["to_review"]
    assert to_review(Analysis(conversation)) == ()
    assert measure("turns.overlaps_to_review", conversation, "therapist").value == 0


def test_an_overlap_is_an_interval_of_its_own():
    conversation = said(
        ("C", 0, 10, "So I went"),
        ("C", 10.5, 14, "back to them"),
        ("T", 9, 12, "you went back to them"),
    )
    (found,) = overlaps(Analysis(conversation))
    assert found.span == Span(9, 12) and found.shared_s == 2.5
    assert conversation.overlaps() == (Span(9, 10), Span(10.5, 12))
    assert overlap_seconds(Analysis(conversation), Span(9.5, 11)) == 1.0


def test_long_silences_say_who_left_who_ended_and_what_came_next():
    conversation = said(
        ("C", 0, 4, "It was long."),
        ("T", 8, 8.5, "Mm."),
        ("C", 12, 14, "So long."),
        ("T", 18, 20, "What was it like? Tell me."),
        ("C", 24, 26, "I do not know."),
        ("C", 28, 30, "Really."),
    )
    found = [
        (one.silence.span.start, one.silence.previous, one.silence.ended_by, one.then)
        for one in silences(Analysis(conversation), 3.0)
    ]
    assert found == [
        (4, "client", "therapist", "backchannel"),
        (8.5, "therapist", "client", "speech"),
        (14, "client", "therapist", "question"),
        (20, "therapist", "client", "speech"),
    ]
    assert measure("turns.silences", conversation, "both").value == 4
    ended = measure("turns.silences_ended", conversation, "therapist")
    assert (ended.part, ended.whole, ended.reliable) == (2, 4, False)
    assert len(silences(Analysis(conversation), 2.0)) == 5


# --- windows -------------------------------------------------------------------------------


def test_first_and_last_minutes_against_the_middle():
    lines, at = [], 0.0
    while at < 1800:
        share = 10 if at < 300 or at >= 1500 else 2
        lines += [("T", at, at + share, "so you see"), ("C", at + share, at + 12, "well I do")]
        at += 12
    first, middle, last = first_middle_last(Analysis(said(*lines), None, USUAL))
    assert (first.span, last.span) == (Span(0, 300), Span(1500, 1800))
    shares = [
        next(m for m in p.measures if (m.cue, m.role) == ("talk.share", "therapist")).value
        for p in (first, middle, last)
    ]
    assert shares == pytest.approx([10 / 12, 2 / 12, 10 / 12])
    thirds = first_middle_last(Analysis(metronome(beats=20), None, USUAL))
    assert len({round(p.span.duration, 6) for p in thirds}) == 1


def test_values_of_single_turns():
    conversation = said(
        ("T", 0, 4, "How was that?"),
        ("C", 5.5, 9, "It was hard"),
        ("T", 7, 7.4, "mhm"),
        ("T", 8.75, 12, "so hard for you"),
        ("T", 16, 18, "and now what"),
    )
    latency = [
        CUE["turns.response_latency"].of_turn(Analysis(conversation, None, USUAL), u)
        for u in conversation.utterances
    ]
    assert [u.kind for u in conversation.utterances].index("backchannel") == 2
    assert latency[1] == 1.5 and latency[3] == -0.25
    assert all(math.isnan(latency[i]) for i in (0, 2, 4))
    length = VALUES[0].of_turn
    assert length(Analysis(conversation, None, USUAL), conversation.utterances[1]) == 3.5


# --- properties ----------------------------------------------------------------------------


@st.composite
def sessions(draw):
    """Two voices on a grid of 1/64 s, which binary fractions hold exactly."""
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))
    lines, at = [], 0.0
    for _ in range(draw(st.integers(1, 80))):
        length = rng.choice((20, 51, 96, 200, 700)) / 64
        text = rng.choice(("mhm", "yes.", "what is it?", "so I went there", "okay", ""))
        lines.append((rng.choice("TC"), at, at + length, text))
        at = max(0.0, at + length + rng.randrange(-100, 260) / 64)
    return lines, max(b for _, _, b, _ in lines) + rng.randrange(3)


@settings(deadline=None, max_examples=40)
@given(sessions())
def test_swapping_roles_swaps_results(session):
    lines, duration = session
    there, swapped = (said(*lines, duration=duration, cast=c) for c in (CAST, SWAPPED))
    other = {"therapist": "client", "client": "therapist", "both": "both"}
    for cue in CUES:
        for role in cue.roles:
            if other[role] not in cue.roles:
                continue
            a = cue.measure(Analysis(there, None, USUAL), role, there.whole)
            b = cue.measure(Analysis(swapped, None, USUAL), other[role], swapped.whole)
            assert (a.value, a.part, a.whole, a.n, a.low, a.high) == (
                b.value,
                b.part,
                b.whole,
                b.n,
                b.low,
                b.high,
            ), cue.name
    assert waits(Analysis(there), after="client", by="therapist") == waits(
        Analysis(swapped), after="therapist", by="client"
    )


@settings(deadline=None, max_examples=40)
@given(sessions(), st.integers(1, 6400))
def test_shifting_time_changes_no_figure(session, shift):
    lines, duration = session
    by = shift / 64
    there = said(*lines, duration=duration)
    moved = said(*[(v, a + by, b + by, t) for v, a, b, t in lines], duration=duration + by)
    window = Span(by, duration + by)
    for cue in CUES:
        for role in cue.roles:
            a = cue.measure(Analysis(there, None, USUAL), role, there.whole)
            b = cue.measure(Analysis(moved, None, USUAL), role, window)
            assert a.value == pytest.approx(b.value, abs=1e-9), cue.name
            assert (a.n, a.reliable) == (b.n, b.reliable), cue.name


@settings(deadline=None, max_examples=40)
@given(sessions(), st.integers(0, 100), st.integers(0, 100))
def test_windows_add_to_the_whole(session, first, second):
    lines, duration = session
    conversation = said(*lines, duration=duration)
    cuts = sorted(duration * x / 100 for x in (first, second))
    windows = [Span(0, cuts[0]), Span(*cuts), Span(cuts[1], duration)]
    for cue in CUES:
        for role in cue.roles:
            whole = cue.measure(Analysis(conversation, None, USUAL), role, conversation.whole)
            parts = [cue.measure(Analysis(conversation, None, USUAL), role, w) for w in windows]
            if whole.part is not None:
                assert sum(p.part or 0 for p in parts) == pytest.approx(whole.part), cue.name
            if whole.whole is not None:
                assert sum(p.whole or 0 for p in parts) <= whole.whole + 1e-9, cue.name
            if whole.part is not None and whole.value is not None:
                scaled = whole.part / (whole.whole or 1.0)
                assert whole.value == pytest.approx(scaled), cue.name
            if cue.name not in ("turns.silence_tolerance",):
                assert sum(p.n for p in parts) == whole.n, cue.name


@settings(deadline=None, max_examples=40)
@given(sessions(), st.integers(0, 100))
def test_talk_and_silence_less_overlap_is_the_duration(session, cut):
    lines, duration = session
    conversation = said(*lines, duration=duration)
    for window in (conversation.whole, Span(0, duration * cut / 100)):
        talk = sum(
            seconds_of_speech(Analysis(conversation), r, window) for r in ("therapist", "client")
        )
        silence = window.duration - seconds_of_speech(Analysis(conversation), None, window)
        overlap = overlap_seconds(Analysis(conversation), window)
        assert talk + silence - overlap == pytest.approx(window.duration, abs=0.01)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200), st.data())
def test_shares_have_wilson_intervals(whole, data):
    part = data.draw(st.integers(0, whole))
    theirs = stats.binomtest(part, whole).proportion_ci(0.95, method="wilson")
    assert wilson(part / whole, whole) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


# --- hand-timed consultations, and a second implementation ----------------------------------


def intervals(path):
    """Labelled intervals (start, end, text) of a one-tier Praat TextGrid."""
    text = path.read_text("utf-8", errors="replace")
    pattern = r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "((?:[^"]|"")*)"'
    found = [(float(m[1]), float(m[2]), m[3].strip()) for m in re.finditer(pattern, text)]
    return [(a, b, t) for a, b, t in found if t and b > a]


def consultations():
    return sorted({p.name.rsplit("_", 1)[0] for p in DATA.glob("*_doctor.TextGrid")})


def consultation(stem):
    sides = {"T": "doctor", "C": "patient"}
    lines = [
        (voice, a, b, text)
        for voice, side in sides.items()
        for a, b, text in intervals(DATA / f"{stem}_{side}.TextGrid")
    ]
    return sorted(lines, key=lambda line: line[1:3])


def raster(lines, voice, cells):
    """Whether a voice speaks in each millisecond, silences under 200 ms filled."""
    speaking = np.zeros(cells, dtype=bool)
    for v, a, b, _ in lines:
        if v == voice:
            speaking[round(1000 * a) : round(1000 * b)] = True
    edges = np.flatnonzero(np.diff(np.r_[0, speaking.view(np.int8), 0]))
    for end, start in zip(edges[1:-1:2], edges[2::2], strict=True):
        if start - end < 200:
            speaking[end:start] = True
    return speaking


needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no hand-timed consultations here")


@needs_data
@pytest.mark.parametrize("stem", consultations()[::3])
def test_talk_overlap_and_silence_agree_with_a_millisecond_raster(stem):
    lines = consultation(stem)
    conversation = said(*lines)
    cells = round(1000 * conversation.duration)
    sides = {v: raster(lines, v, cells) for v in "TC"}
    slack = 0.001 * (len(lines) + 1)
    for role, voice in (("therapist", "T"), ("client", "C")):
        found = measure("talk.time", conversation, role).value
        assert found == pytest.approx(sides[voice].sum() / 1000, abs=slack)
    both = (sides["T"] & sides["C"]).sum() / 1000
    assert measure("talk.overlap", conversation, "both").part == pytest.approx(both, abs=slack)
    nobody = (~(sides["T"] | sides["C"])).sum() / 1000
    assert measure("talk.silence", conversation, "both").part == pytest.approx(nobody, abs=slack)
    share = sides["T"].sum() / (sides["T"].sum() + sides["C"].sum())
    assert measure("talk.share", conversation, "therapist").value == pytest.approx(share, abs=1e-3)


class ByHand:
    """The rules of docs/turn-taking.md again, in plain loops over lists, nothing shared."""

    # fmt: off
    CUES = frozenset((
        "ah", "aha", "alright", "absolutely", "cool", "definitely", "exactly", "fine",
        "gosh", "good", "great", "huh", "indeed", "interesting", "mhm", "nice", "no", "oh",
        "ok", "okay", "really", "right", "sure", "totally", "true", "uh", "wow", "yeah",
        "yep", "yes", "yup",
    ))
    PHRASES = ("i see", "of course", "go on", "got it", "all right", "i know")
    OPENERS = frozenset((
        "and", "but", "i", "im", "it", "its", "like", "so", "that", "thats", "we", "were",
        "well", "you", "youre",
    ))
    # fmt: on

    def __init__(self, lines):
        # voice -> [[start, end, text], ...], pauses of 200 ms and more between
        self.units: dict[str, list[Any]] = {}
        for voice, start, end, text in lines:
            own = self.units.setdefault(voice, [])
            if own and start - own[-1][1] < 0.2:
                own[-1] = [own[-1][0], max(end, own[-1][1]), own[-1][2] + " " + text]
            else:
                own.append([start, end, text])

    @staticmethod
    def words(text):
        plain = re.sub(r"<[^>]*>|\[[^\]]*\]|\([^)]*\)", " ", text.lower())
        found = [re.sub(r"[^a-z0-9à-ÿ]", "", w) for w in plain.split()]
        hums = ("mm", "mmm", "mmmm", "hm", "hmm", "mhm", "mmhm", "mmhmm", "mhmm", "uhhuh", "aha")
        return ["mhm" if w in hums else w for w in found if w]

    def cue(self, text):
        joined = " " + " ".join(self.words(text)) + " "
        for phrase in self.PHRASES:
            joined = joined.replace(f" {phrase} ", " mhm " * 1)
        left = joined.split()
        return bool(left) and all(w in self.CUES for w in left)

    def cues_in(self, said):
        joined = " " + " ".join(said) + " "
        for phrase in self.PHRASES:
            joined = joined.replace(f" {phrase} ", " mhm" * len(phrase.split()) + " ")
        return sum(w in self.CUES for w in joined.split())

    @staticmethod
    def asks(text):
        last = text.split()[-1] if text.split() else ""
        return re.sub(r"[^\w?]", "", last).endswith("?")

    def speech(self, unit_list):
        return sum(b - a for a, b, _ in unit_list)

    def said_in(self, voice, start, end):
        for other in self.units:
            inside = []
            for unit in self.units[other]:
                shared = min(unit[1], end) - max(unit[0], start)
                asked = self.asks(unit[2]) and shared > 0 and unit[1] <= end
                mostly = unit[0] < end and 2 * max(0, shared) >= unit[1] - unit[0]
                if asked or mostly:
                    inside.append(unit)
            if other != voice and inside:
                return inside
        return None

    def breaks(self, voice):
        own, taken = self.units[voice], set()
        quiet = [
            own[i + 1][0] - own[i][1] < 1.5
            and self.said_in(voice, own[i][1], own[i + 1][0]) is None
            for i in range(len(own) - 1)
        ]
        for i in range(len(own) - 1):
            inside = self.said_in(voice, own[i][1], own[i + 1][0])
            if own[i + 1][0] - own[i][1] >= 1.5 or inside is None:
                continue
            first, last = i, i + 1
            while first > 0 and quiet[first - 1]:
                first -= 1
            while last < len(quiet) and quiet[last]:
                last += 1
            around = max(self.speech(own[first : i + 1]), self.speech(own[i + 1 : last + 1]))
            text = " ".join(u[2] for u in inside)
            shorter = around > self.speech(inside) + 0.05 and not self.asks(text)
            if self.asks(own[i][2]) or not (self.cue(text) or shorter):
                taken.add(i)
        return taken

    def join(self, voice, breaks):
        turns: list[Any] = []
        for i, unit in enumerate(self.units[voice]):
            if turns and i - 1 not in breaks and unit[0] - turns[-1][-1][1] < 1.5:
                turns[-1].append(unit)
            else:
                turns.append([unit])
        return turns

    def insets(self, voice, held):  # noqa: C901 - flat on purpose, to be read beside the rules
        own, edges = self.units[voice], set()
        for i in range(len(own) - 1):
            left, right = own[i], own[i + 1]
            if right[0] - left[1] >= 1.5:
                continue
            for other, turns in held.items():
                if other == voice:
                    continue

                def holder(unit, turns=turns):
                    return next(
                        (t for t in turns if t[0][0] <= unit[0] and unit[1] <= t[-1][1]), None
                    )

                a, b = holder(left), holder(right)
                if a is not None and a is b:
                    between = any(min(u[1], right[0]) > max(u[0], left[1]) for u in a)
                    if between and self.hum(left) and self.hum(right):
                        edges.add(i)
                    continue
                for unit, floor, beyond in (
                    (left, a, a[-1][1] - left[1] if a else 0),
                    (right, b, right[0] - b[0][0] if b else 0),
                ):
                    if floor and (beyond >= 1 or (beyond >= 0.5 and self.hum(unit))):
                        edges.add(i)
        return edges

    def hum(self, unit):
        return self.cue(unit[2]) if self.words(unit[2]) else unit[1] - unit[0] <= 1.0

    def contained_kind(self, turn):
        text = " ".join(u[2] for u in turn)
        said = self.words(text)
        if not said:
            return "backchannel" if turn[-1][1] - turn[0][0] <= 1.0 else "secondary"
        if self.cue(text):
            return "backchannel"
        if len(said) > 3 or said[0] in self.OPENERS or self.asks(text):
            return "secondary"
        return "backchannel"

    def result(self):
        """(start, end, voice, kind) in order."""
        taken = {v: self.breaks(v) for v in self.units}
        held = {v: self.join(v, taken[v]) for v in self.units}
        turns = [
            (t[0][0], t[-1][1], v, t)
            for v in self.units
            for t in self.join(v, taken[v] | self.insets(v, held))
        ]
        primary: list[Any] = []
        kind: dict[Any, Any] = {}
        for a, b, v, t in sorted(turns, key=lambda x: (x[0] - x[1], x[0], x[1], x[2])):
            if any(pa <= a and b <= pb and pb - pa > b - a and pv != v for pa, pb, pv in primary):
                kind[a, b, v] = self.contained_kind(t)
            else:
                primary.append((a, b, v))
                kind[a, b, v] = "primary"
        turns.sort(key=lambda x: x[:3])
        for i, (a, b, v, t) in enumerate(turns):
            if kind[a, b, v] == "primary" and 0 < i < len(turns) - 1:
                latest = max(turns[:i], key=lambda x: x[1])
                following = turns[i + 1]
                if (
                    latest[2] == following[2] != v
                    and b - a <= 1.0
                    and not self.asks(latest[3][-1][2])
                ):
                    said = self.words(" ".join(u[2] for u in t))
                    on = following[0] - b <= 1.0
                    if not said:
                        shorter = (
                            min(self.speech(latest[3]), self.speech(following[3])) > b - a + 0.05
                        )
                        fits = on and shorter
                    else:
                        hummed = all(w == "mhm" for w in said)
                        listens = 2 * self.cues_in(said) >= len(said)
                        kind_inside = self.contained_kind(t)
                        fits = (on or hummed) and listens and kind_inside == "backchannel"
                    if fits:
                        kind[a, b, v] = "backchannel"
        return [(a, b, v, kind[a, b, v]) for a, b, v, _ in turns]


@needs_data
@pytest.mark.parametrize("stem", consultations())
def test_units_gaps_and_backchannels_agree_with_rules_applied_by_hand(stem):
    lines = consultation(stem)
    conversation = said(*lines)
    by_hand = ByHand(lines).result()
    assert [(u.span.start, u.span.end, u.voice, u.kind) for u in conversation.utterances] == by_hand
    primary = [x for x in by_hand if x[3] == "primary"]
    offsets: dict[str, list[float]] = {"T": [], "C": []}
    for before, after in pairwise(primary):
        if before[2] != after[2]:
            offsets[after[2]].append(after[0] - before[1])
    for role, voice, other in (("therapist", "T", "C"), ("client", "C", "T")):
        ordered = sorted(offsets[voice])
        n = len(ordered)
        middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
        latency = measure("turns.response_latency", conversation, role)
        assert (latency.n, latency.value) == (n, pytest.approx(middle))
        rate = measure("turns.overlap_rate", conversation, role)
        assert (rate.part, rate.whole) == (sum(x < 0 for x in ordered), n)
        count = sum(v == voice and k == "backchannel" for _, _, v, k in by_hand)
        minutes = sum(u[1] - u[0] for u in ByHand(lines).units[other]) / 60
        backchannels = measure("turns.backchannel_rate", conversation, role)
        assert backchannels.value == pytest.approx(count / minutes)
        longest = max(b - a for a, b, v, _ in primary if v == voice)
        assert measure("turns.longest", conversation, role).value == pytest.approx(longest)

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypo
from hypothesis import strategies as st

from diarize.conversation import Conversation, TurnKind, Utterance
from diarize.roles import Role
from diarize.timeline import Span, Word
from prosody.analysis import Analysis
from prosody.cues.measure import Measure
from prosody.cues.pacing import CUES, in_doubt, remarks
from prosody.cues.turn_table import turn_table
from prosody.features.frames import Frames
from prosody.settings import Settings

ALIGN = Path(__file__).parents[3] / ".." / "shared" / "data" / "align"
BY_NAME = {cue.name: cue for cue in CUES}
OTHER = {Role.THERAPIST: Role.CLIENT, Role.CLIENT: Role.THERAPIST}


def words_in(span: Span, texts: list[str]) -> tuple[Word, ...]:
    step = span.duration / len(texts)
    return tuple(
        Word(Span(span.start + i * step, span.start + (i + 1) * step), text)
        for i, text in enumerate(texts)
    )


def talk(
    count: int = 12,
    *,
    runs: tuple[tuple[float, float], ...] = ((0.0, 2.0), (2.5, 4.5)),
    texts: tuple[str, ...] = ("listening",) * 10,
    language: str | None = "en",
) -> Conversation:
    """Therapist and client in turn, each turn `runs` long, 6 s apart."""
    utterances = []
    for i in range(2 * count):
        ipus = tuple(Span(6.0 * i + a, 6.0 * i + b) for a, b in runs)
        span = Span(ipus[0].start, ipus[-1].end)
        role = Role.THERAPIST if i % 2 == 0 else Role.CLIENT
        said = words_in(span, list(texts)) if texts else ()
        utterances.append(Utterance(i, span, role, role, TurnKind.PRIMARY, ipus, said))
    return Conversation(
        tuple(utterances), (), (), 12.0 * count, has_words=bool(texts), language=language
    )


def silent_frames(conversation: Conversation) -> Frames:
    n = round(conversation.duration * 100) + 1
    columns: dict[str, Any] = {f.name: np.full(n, np.nan, np.float32) for f in fields(Frames)[:18]}
    columns["time_s"] = np.arange(n, dtype=np.float32) / 100
    return Frames(**columns)


def heard(conversation: Conversation, per_turn: dict[int, int] | int) -> Frames:
    """Frames with so many syllables heard per turn, evenly over its speech."""
    frames = silent_frames(conversation)
    syllable = np.zeros(frames.time_s.size, np.float32)
    for turn in conversation.utterances:
        count = per_turn if isinstance(per_turn, int) else per_turn.get(turn.index, 30)
        spoken = np.concatenate(
            [np.arange(round(i.start * 100), round(i.end * 100)) for i in turn.ipus]
        )
        syllable[spoken[np.linspace(0, spoken.size - 1, count).round().astype(int)]] = 1
    return replace(frames, syllable=syllable)


def measure(
    name: str,
    conversation: Conversation,
    frames: Frames,
    role: str = "therapist",
    within: Span | None = None,
) -> Measure:
    return BY_NAME[name].measure(
        Analysis(conversation, frames, Settings()), role, within or conversation.whole
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pace.articulation_rate", 30 / 4),
        ("pace.speech_rate", 30 / 4.5),
        ("pace.words_per_minute", 60 * 10 / 4.5),
        ("pace.pause_ratio", 0.5 / 4.5),
        ("pace.pause_length", 0.5),
        ("pace.syllable_duration", 4 / 30),
        ("pace.run_length", 15.0),
    ],
)
def test_formulas(name: str, value: float) -> None:
    conversation = talk()
    found = measure(name, conversation, silent_frames(conversation))
    assert found.value == pytest.approx(value, rel=1e-9)
    assert found.n == 12 and found.reliable
    assert (found.low, found.high) == (None, None)  # twelve turns are too few for one


def test_a_gap_shorter_than_a_quarter_second_is_speech() -> None:
    conversation = talk(runs=((0.0, 2.0), (2.2, 4.2)))
    found = measure("pace.articulation_rate", conversation, silent_frames(conversation))
    assert found.value == pytest.approx(30 / 4.2)
    assert measure("pace.pause_ratio", conversation, silent_frames(conversation)).value == 0


def crammed(turn: Utterance) -> Utterance:
    """The same words, all in the first tenth of a second."""
    first = Span(turn.span.start, turn.span.start + 0.1)
    return replace(turn, words=tuple(replace(word, span=first) for word in turn.words))


def test_word_times_do_not_matter() -> None:
    straight = talk()
    bent = replace(straight, utterances=tuple(crammed(u) for u in straight.utterances))
    for name in BY_NAME:
        a = measure(name, straight, heard(straight, 30))
        b = measure(name, bent, heard(bent, 30))
        assert (a.value, a.part, a.whole, a.reason) == (b.value, b.part, b.whole, b.reason)


@given(cut=st.floats(20.0, 120.0))
@hypo(deadline=None, max_examples=30)
def test_parts_and_wholes_add_over_windows(cut: float) -> None:
    conversation = talk()
    frames = silent_frames(conversation)
    for name in ("pace.articulation_rate", "pace.pause_ratio", "pace.words_per_minute"):
        whole = measure(name, conversation, frames)
        halves = [
            measure(name, conversation, frames, within=Span(a, b))
            for a, b in ((0.0, cut), (cut, conversation.duration))
        ]
        if all(half.value is not None for half in halves):
            assert sum(half.part for half in halves) == pytest.approx(whole.part)
            assert sum(half.whole for half in halves) == pytest.approx(whole.whole)
        assert sum(half.n for half in halves) == whole.n


def test_roles_swapped_measures_swapped() -> None:
    conversation = talk()
    swapped = replace(
        conversation,
        utterances=tuple(replace(u, role=OTHER[u.role]) for u in conversation.utterances),
    )
    frames = heard(conversation, {i: 24 + i % 7 for i in range(24)})
    for name in BY_NAME:
        a = measure(name, conversation, frames, "therapist")
        b = measure(name, swapped, frames, "client")
        assert replace(a, role="client") == b


def test_a_turn_on_which_the_two_counts_disagree_carries_no_rate() -> None:
    conversation = talk()
    frames = heard(conversation, {0: 15})
    found = measure("pace.articulation_rate", conversation, frames)
    assert found.n == 11 and found.reliable
    table = turn_table(Analysis(conversation, frames, Settings()))
    assert bool(table.doubtful[0]) and not table.doubtful[1:].any()
    assert np.isnan(
        BY_NAME["pace.articulation_rate"].of_turn(
            Analysis(conversation, frames, Settings()), conversation.utterances[0]
        )
    )


def test_missing_a_fifth_of_the_syllables_everywhere_is_the_ear_not_the_transcript() -> None:
    conversation = talk()
    found = measure("pace.articulation_rate", conversation, heard(conversation, 23))
    assert found.reliable and found.value == pytest.approx(7.5)


def test_far_more_heard_than_written_everywhere_is_not_reliable() -> None:
    conversation = talk(texts=("listening",) * 5)
    found = measure("pace.articulation_rate", conversation, heard(conversation, 30))
    assert not found.reliable and found.value is not None
    assert found.reason.code in ("pace.counts_disagree", "pace.odd_ratio")


def test_a_language_without_a_rule_uses_syllables_heard() -> None:
    conversation = talk(texts=("luisteren",) * 10, language="nl")
    frames = heard(conversation, 24)
    assert turn_table(Analysis(conversation, frames, Settings())).source == "heard"
    assert measure("pace.articulation_rate", conversation, frames).value == pytest.approx(6.0)
    silent = measure("pace.articulation_rate", conversation, silent_frames(conversation))
    assert silent.value is None and silent.reason.code == "pace.nothing_to_count"


def test_without_words_only_words_per_minute_is_missing() -> None:
    conversation = talk(texts=())
    frames = heard(conversation, 24)
    assert measure("pace.articulation_rate", conversation, frames).value == pytest.approx(6.0)
    missing = measure("pace.words_per_minute", conversation, frames)
    assert missing.value is None and missing.reason.code == "measure.no_transcript"


def test_too_few_turns_give_no_number_but_a_reason() -> None:
    conversation = talk(5)
    found = measure("pace.articulation_rate", conversation, silent_frames(conversation))
    assert found.value is None and not found.reliable
    assert found.n == 5 and found.reason.code == "pace.little_speech"


def test_nothing_said_is_no_number() -> None:
    empty = Conversation((), (), (), 60.0)
    for cue in CUES:
        found = cue.measure(
            Analysis(empty, silent_frames(empty), Settings()), "therapist", empty.whole
        )
        assert found.value is None and not found.reliable, cue.name
        assert found.reason.code.startswith(
            ("pace.few_", "pace.little", "pace.nothing", "measure.")
        )


def test_faster_second_halves_are_heard() -> None:
    conversation = talk(runs=((0.0, 4.5),))
    frames = silent_frames(conversation)
    syllable = np.zeros(frames.time_s.size, np.float32)
    for turn in conversation.utterances:
        start = round(turn.span.start * 100)
        syllable[start : start + 225 : 25] = 1
        syllable[start + 225 : start + 450 : 15] = 1
    frames = replace(frames, syllable=syllable)
    found = measure("pace.acceleration", conversation, frames)
    assert found.value == pytest.approx((15 - 9) / 2.25)


def test_rate_after_the_others_long_turns() -> None:
    base = talk(14, runs=((0.0, 4.5),))
    utterances = []
    at = 0.0
    for u in base.utterances:
        long = u.role == "client" and u.index % 4 == 1
        seconds = 20.0 if long else 4.0
        after_long = u.role == "therapist" and u.index % 4 == 2
        span = Span(at, at + seconds)
        said = words_in(span, ["listening"] * (60 if long else 6 if after_long else 10))
        utterances.append(replace(u, span=span, ipus=(span,), words=said))
        at += seconds + 1
    conversation = replace(base, utterances=tuple(utterances), duration=at)
    found = measure("pace.rate_after_long", conversation, silent_frames(conversation))
    assert found.value == pytest.approx((18 - 30) / 4)
    assert found.n == 7


def test_rate_after_the_others_raised_turns() -> None:
    base = talk(24, runs=((0.0, 4.5),))
    turns = []
    for u in base.utterances:
        after = u.role == "therapist" and u.index % 8 == 2
        said = words_in(u.span, ["listening"] * (6 if after else 10))
        turns.append(replace(u, words=said))
    conversation = replace(base, utterances=tuple(turns))
    frames = silent_frames(conversation)
    level, pitch = frames.level_db.copy(), frames.f0_hz.copy()
    for u in conversation.utterances:
        where = slice(round(u.span.start * 100), round(u.span.end * 100))
        level[where] = -20.0 if u.role == "client" and u.index % 8 == 1 else -30.0
        pitch[where] = 150.0
    loud = replace(frames, level_db=level, f0_hz=pitch)
    found = measure("pace.rate_after_raised", conversation, loud)
    assert found.n == 6 and found.value == pytest.approx((18 - 30) / 4.5)
    level[:] = -30.0
    even = measure("pace.rate_after_raised", conversation, replace(loud, level_db=level))
    assert even.value is None and even.reason.code == "pace.few_either" and even.n == 0


def test_flagged_turns_and_the_one_source_are_said() -> None:
    conversation = talk()
    flagged = heard(conversation, {0: 15, 3: 12})
    assert in_doubt(Analysis(conversation, flagged, Settings())) == (0, 3)
    (note,) = remarks(Analysis(conversation, flagged, Settings()))
    assert (note.code, note.fields["turns"]) == ("pace.turns_disagree", (0, 3))
    assert note.spans == tuple(conversation.utterances[i].span for i in (0, 3))
    dutch = talk(texts=("luisteren",) * 10, language="nl")
    (note,) = remarks(Analysis(dutch, heard(dutch, 24), Settings()))
    assert (note.code, note.fields) == ("pace.heard_for_language", {"language": "nl"})
    wordless = talk(texts=())
    (note,) = remarks(Analysis(wordless, heard(wordless, 24), Settings()))
    assert note.code == "pace.heard_without_transcript"
    assert remarks(Analysis(conversation, heard(conversation, 30), Settings())) == ()


@pytest.mark.skipif(not ALIGN.is_dir(), reason="the aligned recordings are not on this machine")
def test_one_sentence_said_fast_and_slowly_is_told_apart_by_its_rate_with_pauses() -> None:
    from benchmarks.validity.rate import fast_slow

    found = fast_slow(ALIGN.parent)
    fast, slow = found["same sentence fast"], found["same sentence slow"]
    assert fast["speech rate, heard"] > slow["speech rate, heard"]
    assert slow["with pauses s"] - slow["speech s"] > fast["with pauses s"] - fast["speech s"]

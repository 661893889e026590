"""The table of cues: one row each, named for what more of it means."""

import gc
import json
import math
from collections import Counter
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest

from dashboard.view import tables
from diarize.conversation import Casting, Conversation, Utterance, weave
from diarize.messages import Message, is_known
from diarize.roles import Role
from diarize.timeline import Span, Turn, Word
from prosody import catalogue
from prosody.analysis import Analysis, shared
from prosody.cues.composite import scored
from prosody.cues.dyad import overlaps, transitions
from prosody.cues.measure import Cue, Measure
from prosody.cues.turn_table import turn_table
from prosody.findings import Heard, findings
from prosody.render import export
from prosody.render.cells import meanings
from prosody.render.html import html
from prosody.render.text import screen
from prosody.render.wording import cue as label_of
from prosody.report.codec import from_json, to_json
from prosody.rules.warmth import components
from prosody.settings import Course, Settings
from tests.counting import calls_of
from tests.prosody.conftest import facts
from tests.prosody.cues.test_warmth import CONVERSATION, FRAMES, SOME, edited

ROOT = Path(__file__).parents[2]

# What a higher number of every cue means, in words; written down here once more, so that a name
# or a sign cannot be turned round unseen.
HIGHER = {
    "talk.time": "more talk time",
    "talk.share": "a larger share of the talk time",
    "talk.silence": "more silence",
    "talk.overlap": "more simultaneous speech",
    "turns.count": "more turns",
    "turns.median_length": "longer turns",
    "turns.median_words": "more words in a turn",
    "turns.longest": "the longest turn is longer",
    "turns.response_latency": "slower to respond",
    "turns.response_latency_iqr": "more varied",
    "turns.response_latency_p90": "longer long waits",
    "turns.floor_transfer_offset": "longer gaps between turns",
    "turns.overlap_rate": "more turns start in overlap",
    "turns.backchannel_rate": "more backchannels",
    "turns.backchannels_in_overlap": "more of them while the other speaks",
    "turns.silence_tolerance": "waits longer",
    "turns.silences_held": "more of the client's pauses left to the client to end",
    "turns.silences": "more silences",
    "turns.silences_ended": "ends more of the silences",
    "turns.overlaps_to_review": "more places to listen to",
    "pace.articulation_rate": "faster",
    "pace.speech_rate": "faster or with fewer pauses",
    "pace.words_per_minute": "more words in the same time",
    "pace.pause_ratio": "more pausing",
    "pace.pause_length": "longer pauses",
    "pace.syllable_duration": "longer syllables, slower speech",
    "pace.run_length": "longer runs of speech",
    "pace.acceleration": "speeds up more",
    "pace.rate_after_long": "faster after the other's long turns",
    "pace.rate_after_raised": "faster after the other's raised turns",
    "voice.pitch_median": "higher in pitch",
    "voice.pitch_range": "a wider melody",
    "voice.level": "louder",
    "voice.level_to_client": "the therapist louder than the client",
    "voice.softness": "softer",
    "voice.unevenness": "less steady",
    "voice.hnr": "less noise in the voice",
    "voice.cpp": "a more periodic voice",
    "voice.h1_h2": "a stronger first harmonic",
    "warmth.index": "softer, steadier, slower or more melodic than usual for them",
    "warmth.soft": "softer than usual for them",
    "warmth.melodic": "more melodic than usual for them",
    "warmth.quietness": "quieter than usual for them",
    "warmth.softness": "a softer voice than usual for them",
    "warmth.slowness": "slower than usual for them",
    "warmth.steadiness": "a more even level inside turns than usual for them",
    "warmth.pitch_range": "a wider melody than usual for them",
    "warmth.pitch_lift": "pitch rising further above the turn's middle than usual for them",
    "warmth.upper_pitch": "higher pitch peaks than usual for them",
    "warmth.liveliness": "more pitch movement than usual for them",
    "warmth.fit": "nearer than usual to the client's level and rate",
    "activation.rating": "louder, higher and brighter than usual for them",
    "match.level_proximity": "closer in level",
    "match.level_convergence": "growing more alike in level",
    "match.level_synchrony": "rising and falling together in level",
    "match.articulation_rate_proximity": "closer in articulation rate",
    "match.articulation_rate_convergence": "growing more alike in articulation rate",
    "match.articulation_rate_synchrony": "rising and falling together in articulation rate",
    "match.latency_proximity": "closer in response latency",
    "match.latency_convergence": "growing more alike in response latency",
    "match.latency_synchrony": "rising and falling together in response latency",
    "match.pitch_proximity": "closer in pitch",
    "match.pitch_convergence": "growing more alike in pitch",
    "match.pitch_synchrony": "rising and falling together in pitch",
    "match.language_style": "more alike in function words",
    "listening.reflections_to_questions": "more reflections for each question",
    "listening.open_question_share": "a larger share of open questions",
    "listening.uptake": "more of the client's own words",
}
TURNED = {"less": "more", "softer": "harder", "quieter": "louder", "slower": "faster"}


def test_a_higher_number_means_what_is_written_here() -> None:
    assert {cue.name: cue.higher for cue in catalogue.table()} == HIGHER


def test_no_name_says_the_opposite_of_its_number() -> None:
    """A name in -ness says what more of it is; the row must not call more of it less."""
    for cue in catalogue.table():
        assert cue.lower and cue.lower != cue.higher, cue.name
        word = cue.name.rpartition(".")[2]
        if word.endswith("ness") and not word.startswith("un"):
            assert not cue.higher.startswith(("less", "fewer", "lower")), cue.name
    for name, family in (("steadiness", "warmth"), ("softness", "voice")):
        assert catalogue.get(f"{family}.{name}") is not None


def test_names_are_unique_and_rows_are_whole() -> None:
    names = [cue.name for cue in catalogue.table()]
    assert max(Counter(names).values()) == 1
    labels = Counter((cue.name.partition(".")[0], cue.label) for cue in catalogue.table())
    assert max(labels.values()) == 1
    for cue in catalogue.table():
        assert cue.label[0].isupper() and len(cue.meaning) > 30
        assert cue.meaning.endswith((".", ")")), cue.name
    places = [cue.headline for cue in catalogue.headlines()]
    assert places == list(range(1, len(places) + 1)) and len(places) >= 10


def test_every_cue_of_every_role_is_measured_or_says_why(conversation, frames) -> None:
    found = catalogue.measure_all(Analysis(conversation, frames))
    assert len(found) == sum(len(cue.roles) for cue in catalogue.table())
    for measure in found:
        row = catalogue.get(measure.cue)
        assert row is not None and measure.unit == row.unit
        if measure.value is None:
            assert measure.reason is not None and not measure.reliable
        else:
            assert math.isfinite(measure.value)
        assert measure.reliable or every_code_known(measure.reason)


def every_code_known(reason: Message | None) -> bool:
    """Whether the catalogue has a sentence for a reason and for those in its fields."""
    if reason is None or not is_known(reason.code):
        return False
    inner = (f if isinstance(f, (list, tuple)) else (f,) for f in reason.fields.values())
    return all(every_code_known(m) for fs in inner for m in fs if isinstance(m, Message))


def test_a_recording_no_longer_than_a_window_has_no_course(conversation, frames) -> None:
    found = catalogue.course(Analysis(conversation, frames))
    assert {series.cue for series in found} == {c.name for c in catalogue.table() if c.course}
    assert all(series.start_s == () and series.value == () for series in found)


def test_values_by_utterance_are_finite_and_named(conversation, frames) -> None:
    found = catalogue.values_by_utterance(Analysis(conversation, frames))
    assert set(found) == {u.index for u in conversation.utterances}
    assert any(found.values())
    for values in found.values():
        assert all(catalogue.named(name) is not None for name in values)
        assert all(math.isfinite(value) for value in values.values())


def test_the_cue_reference_is_current() -> None:
    written = (ROOT / "docs" / "cues.md").read_text(encoding="utf-8")
    assert written == catalogue.reference(), "run: python -m prosody.catalogue"


def test_every_cue_has_a_drawn_example_and_nothing_else_has() -> None:
    drawn = {file.stem: file for file in (ROOT / "docs" / "images" / "cues").iterdir()}
    assert drawn.keys() == {cue.name for cue in catalogue.table()}, "run: docs/draw_examples.py"
    for cue in catalogue.table():
        said = drawn[cue.name].read_text("utf-8")
        title = ", ".join(filter(None, (cue.label, cue.unit)))
        assert f"<title>{escape(title)} (up: {escape(cue.higher)})" in said, cue.name
        assert len(said) < 8000


# --- a higher number, heard ----------------------------------------------------------------


def points(name: str, turns: list[Utterance], **change: float) -> tuple[float, float]:
    """A cue's mean over some turns before and after those turns are changed."""
    row = catalogue.get(name)
    assert row is not None and row.of_turn is not None
    both = (Analysis(CONVERSATION, f) for f in (FRAMES, edited(FRAMES, turns, **change)))
    before, after = (sum(row.of_turn(a, t) for t in turns) / len(turns) for a in both)
    return before, after


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("voice.level", {"level_db": 3.0}),
        ("warmth.quietness", {"level_db": -3.0}),
        ("voice.softness", {"harmonic_alpha_ratio_db": -6.0}),
        ("warmth.softness", {"harmonic_alpha_ratio_db": -6.0}),
        ("voice.pitch_median", {"f0_hz": 2.0}),
        ("warmth.upper_pitch", {"f0_hz": 2.0}),
        ("warmth.index", {"harmonic_alpha_ratio_db": -6.0}),
    ],
)
def test_more_of_it_in_the_sound_is_a_higher_number(name: str, change: dict[str, float]) -> None:
    before, after = points(name, SOME, **change)
    assert after > before, HIGHER[name]


def stretched(name: str, column: str, by: float) -> tuple[float, float]:
    """A cue's mean over some turns before and after a column there is spread out."""
    row = catalogue.get(name)
    assert row is not None and row.of_turn is not None
    values = getattr(FRAMES, column).copy()
    for turn in SOME:
        where = slice(round(turn.span.start * 100), round(turn.span.end * 100))
        if column == "f0_hz":
            middle = float(values[where].mean())
            values[where] = middle * (values[where] / middle) ** by
        else:
            middle = float(values[where].mean())
            values[where] = middle + by * (values[where] - middle)
    both = (Analysis(CONVERSATION, f) for f in (FRAMES, replace(FRAMES, **{column: values})))
    before, after = (sum(row.of_turn(a, t) for t in SOME) / len(SOME) for a in both)
    return before, after


@pytest.mark.parametrize(
    ("name", "column", "by"),
    [
        ("voice.unevenness", "level_db", 1.8),
        ("warmth.steadiness", "level_db", 0.4),
        ("voice.pitch_range", "f0_hz", 1.6),
        ("warmth.pitch_range", "f0_hz", 1.6),
        ("warmth.pitch_lift", "f0_hz", 1.6),
    ],
)
def test_a_wider_spread_in_the_sound_is_a_higher_number(name: str, column: str, by: float) -> None:
    before, after = stretched(name, column, by)
    assert after > before, HIGHER[name]


def spoken(gap_s: float, words: int, pause_s: float) -> Conversation:
    """Two people in turn, 40 turns of 4 s and a pause inside each."""
    cast = (
        Casting("T", Role.THERAPIST, 1.0, Message("casting.told")),
        Casting("C", Role.CLIENT, 1.0, Message("casting.told")),
    )
    turns, said, at = [], [], 0.0
    for i in range(40):
        voice, half = "TC"[i % 2], 2.0 - pause_s / 2
        spans = (Span(at, at + half), Span(at + half + pause_s, at + 4.0))
        turns += [Turn(span, voice) for span in spans]
        said += [
            Word(Span(at + half * k / words, at + half * (k + 1) / words), "word", 1.0, voice)
            for k in range(words)
        ]
        at += 4.0 + gap_s
    return weave(tuple(turns), tuple(said), cast, at, language="en")


@pytest.mark.parametrize(
    ("name", "less", "more"),
    [
        ("turns.response_latency", {"gap_s": 0.4}, {"gap_s": 1.2}),
        ("turns.floor_transfer_offset", {"gap_s": 0.4}, {"gap_s": 1.2}),
        ("pace.articulation_rate", {"words": 8}, {"words": 12}),
        ("pace.speech_rate", {"words": 8}, {"words": 12}),
        ("pace.words_per_minute", {"words": 8}, {"words": 12}),
        ("pace.run_length", {"words": 8}, {"words": 12}),
        ("pace.syllable_duration", {"words": 12}, {"words": 8}),
        ("pace.pause_ratio", {"pause_s": 0.4}, {"pause_s": 0.9}),
        ("pace.pause_length", {"pause_s": 0.4}, {"pause_s": 0.9}),
        ("talk.silence", {"gap_s": 0.4}, {"gap_s": 1.2}),
        ("turns.median_words", {"words": 8}, {"words": 12}),
    ],
)
def test_more_of_it_in_the_talk_is_a_higher_number(
    name: str, less: dict[str, float], more: dict[str, float]
) -> None:
    cue = catalogue.get(name)
    assert cue is not None
    usual: dict[str, Any] = {"gap_s": 0.6, "words": 10, "pause_s": 0.5}

    def value(**change: float) -> float:
        talk = spoken(**(usual | change))
        frames = replace(FRAMES, time_s=FRAMES.time_s, syllable=FRAMES.syllable * math.nan)
        longer = {f: silent(getattr(frames, f), talk) for f in ("time_s", *COLUMNS)}
        found = cue.measure(Analysis(talk, replace(frames, **longer)), cue.roles[0], talk.whole)
        assert found.value is not None, found.reason
        return found.value

    assert value(**more) > value(**less), HIGHER[name]


COLUMNS = tuple(
    name
    for name in FRAMES.__slots__
    if name not in ("time_s", "hop_s", "sample_rate_hz", "band_hz")
)


def silent(column, conversation):
    """A column as long as a conversation, without a number in it."""
    import numpy as np

    return np.full(round(conversation.duration * 100) + 1, np.nan, dtype=np.float32)


# --- names of earlier versions -------------------------------------------------------------


@pytest.fixture(scope="module")
def reported():
    return findings_of(CONVERSATION)


def findings_of(conversation):
    return findings(Heard(facts(), Settings(), conversation), FRAMES)


def test_a_report_carries_old_names_beside_the_new_and_reads_each_once(reported) -> None:
    written = json.loads(to_json(reported))
    by_cue = {(m["cue"], m["role"]): m for m in written["measures"]}
    for old, new in catalogue.ALIASES.items():
        assert catalogue.named(old) is catalogue.named(new) is not None
        assert label_of(old) == label_of(new)
        row = catalogue.get(new)
        for role in row.roles if row else ():  # what stands at events alone is no cue
            alias, own = by_cue[old, role], by_cue[new, role]
            assert alias["alias_of"] == new
            assert {**alias, "cue": new, "alias_of": None} == {**own, "alias_of": None}
    assert from_json(to_json(reported)).measures != ()
    again = from_json(to_json(reported))
    assert [m.cue for m in again.measures] == [m.cue for m in reported.measures]
    assert [s.cue for s in again.course.series] == [s.cue for s in reported.course.series]
    assert {k for e in again.events for k in e.values}.isdisjoint(catalogue.ALIASES)


def test_a_report_of_an_earlier_schema_is_read_under_the_new_names(reported) -> None:
    old = {new: old for old, new in catalogue.ALIASES.items()}
    text = to_json(reported)
    data = json.loads(text)
    data["measures"] = [
        {**m, "cue": old.get(m["cue"], m["cue"])} for m in data["measures"] if "alias_of" not in m
    ]
    again = from_json(json.dumps(data))
    assert [m.cue for m in again.measures] == [m.cue for m in reported.measures]


def test_rule_files_and_choices_with_old_names_are_understood(tmp_path) -> None:
    text = (ROOT / "prosody" / "rules" / "warmth.toml").read_text("utf-8")
    old = text.replace("[quietness]", "[loudness]").replace("[slowness]", "[pace]")
    assert old != text
    (tmp_path / "warmth.toml").write_text(old, "utf-8")
    assert components(tmp_path) == Settings().warmth.components
    assert Settings().warmth.without("pace") == Settings().warmth.without("slowness")


# --- a new cue is a function and a row -----------------------------------------------------


def test_a_new_row_is_found_in_report_course_page_export_and_reference(
    conversation, frames, tmp_path
) -> None:
    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        return Measure("dummy.breaths", role, 7.25, "breaths", n=3)

    row = Cue(
        name="dummy.breaths",
        unit="breaths",
        label="Breaths of a dummy",
        higher="more breaths",
        lower="fewer breaths",
        meaning="Only made so that a test can look for it everywhere.",
        measure=measure,
        course=True,
        headline=1,
        of_turn=lambda analysis, utterance: 2.5,
    )
    with catalogue.registered(row):
        made = findings(
            Heard(facts(), Settings(course=Course(window_s=20.0)), conversation), frames
        )
        page = html(made, frames, session_id="s-1")
        export.write(made, tmp_path, tmp_path / "o.csv", table="measures")
        reference = catalogue.reference()
        shown = screen(made, "s-1")
        grids = [tables.glance(made), *tables.measures(made, meanings())]
        cells = {cell for grid in grids for line in grid.lines for cell in line.cells}
    found = made.measure("dummy.breaths", "client")
    assert found is not None and found.value == 7.25
    assert any(s.cue == "dummy.breaths" for s in made.course.series)
    assert any(e.values.get("dummy.breaths") == 2.5 for e in made.events if e.utterance is not None)
    assert "Breaths of a dummy" in shown and "Breaths of a dummy" in cells
    assert "Breaths of a dummy" in page and "more breaths" in reference
    plain = json.loads(to_json(made))["measures"]
    assert ("dummy.breaths", "client", 7.25) in {(m["cue"], m["role"], m["value"]) for m in plain}
    assert "dummy.breaths" in (tmp_path / "o.csv").read_text("utf-8")
    assert catalogue.get("dummy.breaths") is None


# --- an analysis dies with its session -----------------------------------------------------


def test_no_word_stays_behind_when_a_session_is_dropped() -> None:
    said = tuple(
        replace(u, words=tuple(replace(w, text=f"{w.text}{u.index}") for w in u.words))
        for u in CONVERSATION.utterances
    )
    conversation = replace(CONVERSATION, utterances=said)

    def words_alive() -> int:
        gc.collect()
        found = (o for o in gc.get_objects() if type(o) is Word)
        return sum(word.text.startswith("listen") and word.text != "listen" for word in found)

    made = findings_of(conversation)
    assert words_alive() > 100
    del made, conversation, said
    assert words_alive() == 0


def test_what_cues_share_is_worked_out_once() -> None:
    with calls_of(turn_table, transitions, overlaps, scored) as made:
        findings_of(CONVERSATION)
    calls = Counter(call[""] for call in made)
    assert calls["turn_table"] == calls["transitions"] == calls["overlaps"] == 1
    assert calls["scored"] == 2  # once for each person


def test_a_shared_result_belongs_to_its_analysis() -> None:
    calls = []

    @shared
    def length(analysis: Analysis, extra: int) -> int:
        calls.append(extra)
        return len(analysis.conversation.utterances) + extra

    one, other = Analysis(CONVERSATION), Analysis(CONVERSATION)
    assert [length(one, 1), length(one, 1), length(other, 1), length(one, 2)] == [41, 41, 41, 42]
    assert calls == [1, 1, 2]
    with pytest.raises(ValueError, match="no sound"):
        turn_table(one)


# --- the samples ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def samples():
    from benchmarks.shared.corpora import SAMPLES
    from benchmarks.validity.common import measured, read
    from benchmarks.validity.errors import woven

    found = {}
    for stem in ("attentive", "hurried"):
        truth = json.loads((SAMPLES / f"{stem}.json").read_text(encoding="utf-8"))
        found[stem] = Analysis(woven(truth, None, 0), measured(read(SAMPLES / f"{stem}.flac")))
    return found


def test_the_hurried_sample_is_faster_and_louder(samples) -> None:
    for name in ("pace.articulation_rate", "voice.level", "voice.level_to_client"):
        cue = catalogue.get(name)
        value = {
            s: cue.measure(a, "therapist", a.conversation.whole).value for s, a in samples.items()
        }
        assert value["hurried"] > value["attentive"], name


def test_the_course_covers_the_session_with_the_windows_of_the_settings(samples) -> None:
    analysis = samples["attentive"]
    series = {s.cue: s for s in catalogue.course(analysis) if s.role != "client"}
    index = series["warmth.index"]
    step = {b - a for a, b in zip(index.start_s, index.start_s[1:], strict=False)}
    assert step == {Settings().course.hop_s}
    assert index.start_s[-1] + Settings().course.window_s >= analysis.conversation.duration
    assert sum(value is not None for value in index.value) >= len(index.value) / 2
    parts = [series[f"warmth.{c.name}"].value for c in Settings().warmth.components]
    for i, value in enumerate(index.value):
        if value is not None:
            known = [part[i] for part in parts if part[i] is not None]
            assert value == pytest.approx(50 + sum(known), abs=1e-9)

"""What the whole finds on the samples, against their ground truth."""

import json
import statistics

import pytest

from diarize.formats.table import read_rttm
from tests.conftest import SAMPLES, STEMS


@pytest.fixture(scope="module")
def truths():
    return {s: json.loads((SAMPLES / f"{s}.json").read_text("utf-8")) for s in STEMS}


def _seconds(stem, role):
    turns = read_rttm(SAMPLES / f"{stem}.rttm").turns
    return sum(turn.span.duration for turn in turns if turn.voice == role)


@pytest.mark.parametrize("stem", STEMS)
def test_talk_share_is_within_three_points(sample_reports, stem):
    true = _seconds(stem, "therapist")
    true /= true + _seconds(stem, "client")
    assert _value(sample_reports[stem], "talk.share") == pytest.approx(true, abs=0.03)


@pytest.mark.parametrize("stem", STEMS)
def test_turns_start_where_they_start(sample_reports, truths, stem):
    found = sample_reports[stem]["turns"]
    errors = [
        min(abs(t["start_s"] - turn["start_s"]) for t in found if t["role"] == turn["role"])
        for turn in truths[stem]["turns"]
        if turn["kind"] == "primary"
    ]
    assert statistics.median(errors) < 0.25


@pytest.mark.parametrize("stem", STEMS)
def test_the_right_person_is_the_therapist(sample_reports, truths, stem):
    report = sample_reports[stem]
    shared = {"therapist": 0.0, "client": 0.0}
    for turn in truths[stem]["turns"]:
        for other in report["turns"]:
            together = min(turn["end_s"], other["end_s"]) - max(turn["start_s"], other["start_s"])
            if together > 0 and other["role"] == "therapist":
                shared[turn["role"]] += together
    assert shared["therapist"] > 5 * shared["client"]
    assert min(v["certainty"] for v in report["voices"]) > 0.9


def _value(report, cue, role="therapist"):
    (value,) = (m["value"] for m in report["measures"] if (m["cue"], m["role"]) == (cue, role))
    return value


def _count(report, *kinds):
    return sum(event["kind"] in kinds for event in report["events"])


@pytest.mark.parametrize("stem", STEMS)
def test_overlaps_to_review_are_the_same_in_events_list_and_count(sample_reports, stem):
    report = sample_reports[stem]
    for role in ("therapist", "client"):
        kind, by = ("overlap_to_review", role), ("to_review", role)
        events = [e["turn"] for e in report["events"] if (e["kind"], e["role"]) == kind]
        listed = [o["turn"] for o in report["overlaps"] if (o["kind"], o["by"]) == by]
        assert events == listed
        assert len(events) == _value(report, "turns.overlaps_to_review", role)
    assert _count(report, "overlap_to_review") > 0 or stem.startswith("attentive")


def test_the_attentive_and_the_hurried_therapist_differ_as_written(sample_reports):
    calm, fast = sample_reports["attentive"], sample_reports["hurried"]
    assert _value(calm, "turns.response_latency") > _value(fast, "turns.response_latency") + 0.5
    assert _value(calm, "talk.share") < _value(fast, "talk.share")
    assert _value(calm, "pace.articulation_rate") < _value(fast, "pace.articulation_rate")
    assert _value(calm, "voice.level") < _value(fast, "voice.level") - 3
    assert _value(calm, "turns.overlaps_to_review") < _value(fast, "turns.overlaps_to_review")
    assert _count(calm, "reflection", "summary") > _count(fast, "reflection", "summary")
    assert _count(calm, "question_closed") < _count(fast, "question_closed")
    assert _count(calm, "question_open") > _count(fast, "question_open")
    assert _count(calm, "held_silence") > _count(fast, "held_silence")


def test_two_channels_tell_what_one_microphone_needs_a_transcript_for(sample_reports, truths):
    told = [t for t in truths["attentive_two_channel"]["turns"] if t["kind"] == "backchannel"]
    heard = [
        t for t in sample_reports["attentive_two_channel"]["turns"]
        if t["kind"] == "backchannel" and t["role"] == "therapist"
    ]  # fmt: skip
    assert len(told) >= 10
    assert abs(len(heard) - len(told)) <= 2


def test_a_manner_that_changes_half_way_is_seen_over_time(sample_reports):
    series = next(
        s
        for s in sample_reports["half_way"]["course"]["series"]
        if s["cue"] == "pace.articulation_rate" and s["role"] == "therapist"
    )
    known = [v for v in series["value"] if v is not None]
    assert len(known) >= 4
    assert statistics.mean(known[: len(known) // 2]) > statistics.mean(known[len(known) // 2 :])

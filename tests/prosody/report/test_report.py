"""The report, to JSON and back, and what may not be in it."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from prosody.findings import Heard, findings
from prosody.report import model as reports
from prosody.report.codec import from_json, to_json
from prosody.report.schema import json_schema
from prosody.settings import Settings
from tests.prosody.conftest import facts
from tests.said import codes, refused

SCHEMA = Path(reports.__file__).with_name("report.schema.json")


def test_the_committed_schema_is_the_records_own():
    assert json.loads(SCHEMA.read_text("utf-8")) == json_schema()


def test_a_report_validates_and_comes_back_the_same(report):
    text = to_json(report)
    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text("utf-8")))
    assert to_json(from_json(text)) == text


def test_the_schema_refuses_what_is_no_report(report):
    plain = json.loads(to_json(report))
    del plain["voices"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, json_schema())
    plain = json.loads(to_json(report))
    plain["turns"][0]["kind"] = "shouting"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, json_schema())


def test_every_field_of_the_contract_is_there(report):
    plain = json.loads(to_json(report))
    assert {
        "schema", "recording", "consent", "engines", "settings", "settings_sha256", "quality",
        "voices", "turns", "silences", "measures", "course", "events", "links", "cautions",
        "notes", "intake", "agreement", "asked",
    } <= set(plain)  # fmt: skip
    assert set(plain["recording"]) == {
        "sha256", "duration_s", "sample_rate_hz", "channels", "setting", "sources",
    }  # fmt: skip
    assert {
        "cue", "role", "value", "unit", "part", "whole", "n", "low", "high", "reliable", "reason",
        "reason_code", "reason_fields",
    } == set(plain["measures"][0])  # fmt: skip
    assert {"behaviour", "cue", "role", "n", "median_during", "median_otherwise"} <= set(
        plain["links"][0]
    )
    assert {"kind", "start_s", "end_s", "role", "evidence", "confidence", "values"} <= set(
        plain["events"][0]
    )


def test_what_cannot_be_said_is_null_with_its_reason(report):
    withheld = [m for m in report.measures if m.value is None]
    assert withheld
    assert all(m.reason and not m.reliable for m in withheld)


def test_a_newer_report_is_refused_clearly(report):
    plain = json.loads(to_json(report))
    plain["schema"] = 999
    with refused("report.newer", schema=999):
        from_json(json.dumps(plain))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', '{"schema": "x"}', "null"])
def test_rubbish_is_refused_in_one_line(text):
    with refused("report.unreadable"):
        from_json(text)


def test_without_consent_to_keep_words_no_word_stays(conversation, frames):
    made = findings(Heard(facts(("analyse", "play_back")), Settings(), conversation), frames)
    plain = json.loads(to_json(made))
    del plain["settings"]  # whose names are ours
    text = json.dumps(plain, ensure_ascii=False).lower()
    for word in ("courage", "alone", "nobody", "mm-hm"):
        assert word not in text
    assert "notes.words_not_kept" in codes(made.notes)


def times(span):
    return round(1000 * span.start), round(1000 * span.end)


def test_the_conversation_comes_back_from_its_report(report, conversation):
    again = from_json(to_json(report)).conversation

    def told(talk):
        """All of it, times in whole milliseconds, as a report rounds them."""
        turns = [
            (u.index, times(u.span), u.voice, u.role, u.kind, [times(s) for s in u.ipus])
            for u in talk.utterances
        ]
        words = [
            (times(w.span), w.text, w.probability, w.doubtful)
            for u in talk.utterances
            for w in u.words
        ]
        silences = [(times(s.span), s.previous, s.next, s.kind) for s in talk.silences]
        roles = [(c.voice, c.role, c.evidence.code) for c in talk.casting]
        return turns, words, silences, roles, round(talk.duration, 3)

    assert told(again) == told(conversation)


def test_infinite_values_become_null(report):
    odd = replace(report, measures=(replace(report.measures[0], value=float("nan")),))
    assert json.loads(to_json(odd))["measures"][0]["value"] is None


def test_silences_overlaps_and_parts_stand_in_the_report(report):
    (long,) = (s for s in report.silences if s.kind == "silence")
    then = report.ended_with[report.silences.index(long)]
    assert (then, round(long.span.duration, 1)) == ("speech", 3.6)
    (overlap,) = report.overlaps
    assert (overlap.kind, overlap.by, overlap.over) == ("backchannel", "therapist", "client")
    assert [part.name for part in report.parts] == ["first", "middle", "last"]
    assert report.parts[0].span.start == 0
    assert report.parts[-1].span.end == report.recording.duration_s

"""No consent, no decoding."""

import json
import os
import sys
from datetime import date, timedelta
from functools import partial

import pytest

from diarize.recording import audio, consent, register, register_file
from diarize.recording.admission import Recording, admit
from diarize.runtime.atomic import sha256_of
from tests.conftest import tone
from tests.said import inner, refused

TODAY = date(2030, 1, 15)


def test_a_recording_without_a_record_is_refused_with_the_command(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"anything")
    with refused("consent.missing") as caught:
        admit(path)
    assert f"prosody consent grant '{path}' --by CODE" in str(caught.value)


def test_granted_consent_admits_exactly_these_bytes(consented):
    path = consented(tone(0.5))
    assert admit(path).consent.given_by == "test-1"
    path.write_bytes(path.read_bytes() + b"x")
    with refused("consent.other_audio"):
        admit(path)


@pytest.mark.parametrize(
    ("days", "allowed"), [(0, True), (364, True), (365, True), (366, False), (4000, False)]
)
def test_consent_lasts_through_its_last_day(tmp_path, days, allowed):
    path = tmp_path / "a.wav"
    path.write_bytes(b"bytes")
    consent.grant(path, by="c", today=TODAY)
    later = TODAY + timedelta(days=days)
    if allowed:
        admit(path, today=later)
    else:
        with refused("consent.not_valid") as caught:
            admit(path, today=later)
        assert inner(caught.value.message.fields, "problem").code == "consent.expired"


def test_withdrawn_consent_stays_withdrawn(consented):
    path = consented(tone(0.5))
    first = consent.withdraw(path, today=TODAY)
    assert consent.withdraw(path, today=TODAY + timedelta(1)) == first
    with refused("consent.not_valid") as caught:
        admit(path)
    problem = inner(caught.value.message.fields, "problem")
    assert (problem.code, problem.fields["on"]) == ("consent.withdrawn", "2030-01-15")


@pytest.mark.parametrize("by", ["", " ", "Jane Doe", "Jürgen", "x" * 65, "a\x1b[31m", "../a"])
def test_who_consents_is_a_code_and_never_a_name(consented, by):
    path = consented(tone(0.5))
    with refused("consent.no_code") as caught:
        consent.grant(path, by=by)
    assert not by.strip() or by not in str(caught.value)


@pytest.mark.parametrize("field", ["withdrawn_on", "expires_on", "given_by"])
def test_what_a_record_holds_is_no_text_to_quote(consented, field):
    path = consented(tone(0.5))
    place = consent.record_path(path)
    odd = {"withdrawn_on": "zanzibar", "expires_on": "zanzibar", "given_by": ["zanzibar"]}[field]
    place.write_text(json.dumps(json.loads(place.read_text()) | {field: odd}))
    with refused("consent.unreadable") as caught:
        admit(path)
    assert "zanzibar" not in str(caught.value)


def test_what_is_withdrawn_is_the_recording_whoevers_record_lies_beside_it(consented):
    path, other = consented(tone(0.5)), consented(tone(0.5, hz=300.0), name="other.wav")
    own, others = consent.read(path).sha256, consent.read(other).sha256
    consent.record_path(path).write_bytes(consent.record_path(other).read_bytes())
    assert consent.withdraw(path).sha256 == own
    assert register.latest(own).what == register.WITHDRAWN
    assert register.latest(others).what == register.GRANTED
    admit(other)


@pytest.mark.parametrize("then", ["gone", "changed"])
def test_a_recording_that_is_not_what_it_was_is_withdrawn_by_its_record(consented, then):
    path = consented(tone(0.5))
    known = consent.read(path).sha256
    path.unlink() if then == "gone" else path.write_bytes(b"cut")
    assert consent.withdraw(path).sha256 == known
    assert register.latest(known).what == register.WITHDRAWN


def test_a_name_in_a_record_that_was_written_by_hand_reaches_no_register(consented):
    path = consented(tone(0.5))
    place = consent.record_path(path)
    kept = json.loads(place.read_text()) | {"given_by": "Jane Doe", "given_on": "2999-01-01"}
    place.write_text(json.dumps(kept | {"expires_on": "2999-02-01"}))
    register_file.place().unlink()  # it knows this record alone
    admit(path)
    assert register.latest(kept["sha256"]).given_on == "2999-01-01"
    consent.withdraw(path)
    assert b"Jane" not in register_file.place().read_bytes()


def test_what_is_put_in_a_recordings_place_is_not_taken_for_it(consented, tmp_path):
    path, other = consented(tone(0.5)), consented(tone(0.5, hz=300.0), name="other.wav")
    recording = admit(path)
    path.rename(tmp_path / "kept")
    path.hardlink_to(other)
    with refused("recording.changed"):
        audio.decode(recording)


def test_the_analyse_scope_is_needed(consented):
    path = consented(tone(0.5), scopes=("share",))
    with refused("consent.not_valid") as caught:
        admit(path)
    problem = inner(caught.value.message.fields, "problem")
    assert (problem.code, problem.fields["scope"]) == ("consent.not_covered", "analyse")


@pytest.mark.parametrize(
    "broken", ["", "{}", "[1]", '{"sha256": 1}', '{"scopes": null}', "not json"]
)
def test_a_broken_record_is_no_consent(tmp_path, broken):
    path = tmp_path / "a.wav"
    path.write_bytes(b"bytes")
    consent.record_path(path).write_text(broken)
    with refused("consent.unreadable"):
        admit(path)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"by": " "}, "no_code"),
        ({"by": "c", "scopes": ("fly",)}, "unknown_scope"),
        ({"by": "c", "scopes": ()}, "no_scope"),
        ({"by": "c", "expires_on": "tomorrow"}, "not_a_date"),
        ({"by": "c", "expires_on": "2029-12-31"}, "date_passed"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_and_writes_nothing(tmp_path, options, code):
    path = tmp_path / "a.wav"
    path.write_bytes(b"bytes")
    with refused(f"consent.{code}"):
        consent.grant(path, today=TODAY, **options)
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_a_recording_cannot_be_made_by_hand(tmp_path):
    record = consent.Consent("0", "c", "2030-01-01", consent.SCOPES, "2031-01-01")
    with pytest.raises(TypeError, match="admit"):
        Recording(tmp_path / "a.wav", "0", record)


def test_only_a_recording_can_be_decoded(tmp_path):
    with pytest.raises(TypeError, match="admit"):
        audio.decode(tmp_path / "a.wav")


def test_a_pipe_or_device_is_refused_without_being_read(tmp_path):
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    device = tmp_path / "device.wav"
    device.symlink_to("/dev/zero")
    for place in (pipe, device):
        with refused("disk.not_regular"):
            admit(place)


def test_the_record_names_a_code_and_no_path(consented, tmp_path):
    path = consented(tone(0.5))
    text = consent.record_path(path).read_text("utf-8")
    assert set(json.loads(text)) == {
        "sha256",
        "given_by",
        "given_on",
        "scopes",
        "expires_on",
        "withdrawn_on",
    }
    assert str(tmp_path) not in text


def test_a_name_that_leaves_no_room_for_a_record_is_refused_and_nothing_is_told(tmp_path):
    recording = tmp_path / ("n" * 251 + ".wav")
    recording.write_bytes(b"RIFF")
    for asked in (partial(consent.grant, recording, by="c-1"), partial(consent.read, recording)):
        with refused("consent.name_too_long"):
            asked()
    assert register.history(sha256_of(recording)) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expires_on", None),
        ("given_on", None),
        ("scopes", "analyse"),
        ("scopes", None),
        ("sha256", "Jane Doe"),
        ("given_by", "\ud800"),
        ("another", 1),
    ],
)
def test_a_record_of_other_kinds_is_no_consent(consented, field, value):
    path = consented([0.0] * 100)
    kept = consent.record_path(path)
    kept.write_text(json.dumps({**json.loads(kept.read_text()), field: value}))
    with refused("consent.unreadable"):
        admit(path)


def test_a_scope_that_nobody_knows_is_kept_nowhere(consented):
    path = consented([0.0] * 100)
    kept = consent.record_path(path)
    plain = json.loads(kept.read_text())
    kept.write_text(json.dumps({**plain, "scopes": ["Jane Doe", [], "analyse"]}))
    register_file.place().unlink()  # the record alone is known
    assert admit(path).consent.scopes == ("analyse",)
    assert b"Jane" not in register_file.place().read_bytes()


@pytest.mark.parametrize("given_on", ["2999-01-01", "20260101", "29990101"])
def test_a_record_revives_nothing_by_a_day_to_come(consented, given_on):
    path = consented([0.0] * 100)
    kept = consent.record_path(path)
    plain = {**json.loads(kept.read_text()), "given_on": given_on, "expires_on": "2999-12-31"}
    consent.grant(path, by="c-1", scopes=("analyse",))
    kept.write_text(json.dumps(plain))
    assert admit(path).consent.scopes == ("analyse",)
    consent.withdraw(path)
    kept.write_text(json.dumps(plain))
    with refused("consent.not_valid"):
        admit(path)


def test_who_reads_while_the_first_consent_is_said_finds_a_register_or_none():
    """At every call that saying it makes, of this program's functions and of SQLite's."""
    found = []

    def at_every_step(frame, event, _):
        if event.endswith("call") and "register" in frame.f_code.co_filename:
            sys.setprofile(None)
            found.append(register.history("ab" * 32))
            sys.setprofile(at_every_step)

    sys.setprofile(at_every_step)
    try:
        said = register.say(register.Event(register.GRANTED, "ab" * 32, "c"))
    finally:
        sys.setprofile(None)
    assert found.count(()) == len(found) > 10 and register.history("ab" * 32) == (said,)

"""A clock that once stood ahead is said where a person looks for what is wrong."""

from datetime import date

from diarize.recording import register
from prosody.cli.doctor import examine


def clock():
    return next(finding for finding in examine() if finding.what == "clock")


def test_a_later_day_than_today_is_said_with_the_day(monkeypatch):
    assert clock().state == "ok"
    monkeypatch.setattr(register, "latest_day", lambda: date(2999, 1, 1))
    found = clock()
    assert found.state == "missing" and found.found.fields["day"] == "2999-01-01"

"""A clock that once stood ahead is said where a person looks for what is wrong."""

from datetime import date

from prosody.cli.doctor import examine
from tests.consents import seen


def clock():
    return next(finding for finding in examine() if finding.what == "clock")


def test_a_later_day_than_today_is_said_with_the_day():
    assert clock().state == "ok"
    seen(date(2999, 1, 1))
    found = clock()
    assert found.state == "missing" and found.found.fields["day"] == "2999-01-01"

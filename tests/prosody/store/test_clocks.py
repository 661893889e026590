"""Whatever clocks say, here or on another machine: what is said last counts, in every copy."""

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from diarize.recording import register, register_file
from diarize.recording.register import GRANTED, WITHDRAWN, Event
from prosody.store import consented
from prosody.store.library import Library
from tests.consents import told as told_of
from tests.consents import withdrawn
from tests.prosody.store.test_erasing import ENTRY, SHA, bytes_with, said, save
from tests.said import refused

__all__ = ["said"]  # a fixture

EVERYTHING = ("analyse", "keep_words", "play_back", "share")
BACK = timedelta(days=-100)


@pytest.fixture
def clock(monkeypatch):
    """Where the clock stands, for as long as a block runs."""

    @contextmanager
    def standing(apart):
        class Then(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + apart

        class Day(date):
            @classmethod
            def today(cls):
                return date.today() + apart

        with monkeypatch.context() as patch:
            patch.setattr(register, "datetime", Then)
            patch.setattr(consented, "datetime", Then)
            patch.setattr(register, "date", Day)
            patch.setattr(register_file, "date", Day)
            yield

    return standing


def grant(*scopes):
    given_on = date.today().isoformat()
    register.say(Event(GRANTED, SHA, "c-1", given_on, scopes or EVERYTHING, "2999-01-01"))


def elsewhere():
    """Go to another machine, which knows of nothing; gives what brings one back."""
    kept = register_file.place().read_bytes()
    register_file.place().unlink()
    return lambda: register_file.place().write_bytes(kept)


def test_what_is_said_with_a_clock_set_back_is_said_later_each_time(clock):
    grant()
    with clock(BACK):
        grant("analyse")
        withdrawn(SHA)
    times = [event.at for event in register.history(SHA)]
    assert times == sorted(set(times)) and register.sound()


def test_what_is_narrowed_with_a_clock_set_back_is_narrow_everywhere(tmp_path, said, frames, clock):
    grant()
    save(tmp_path, said, frames, regrant=False)
    with clock(BACK):
        grant("analyse", "keep_words")
        grant("analyse")
        with Library(tmp_path).opened() as held:
            assert consented.allowed_now(held)[SHA].scopes == ("analyse",)
    elsewhere()
    with Library(tmp_path).opened() as held:
        assert consented.facts(held, SHA, "s-1").scopes == ("analyse",)
    assert bytes_with(tmp_path) == []


@pytest.mark.parametrize("forgets", [False, True])
def test_what_is_erased_with_a_clock_set_back_is_erased_in_every_copy(
    tmp_path, said, frames, clock, forgets
):
    grant()
    with clock(BACK):
        save(tmp_path / "l", said, frames, regrant=False)
        shutil.copytree(tmp_path / "l", tmp_path / "copy")
        if forgets:
            Library(tmp_path / "l").forget("s-1")
        else:
            withdrawn(SHA)
            grant()
        for name in ("l", "copy"):
            assert Library(tmp_path / name).sessions() == ()
            assert bytes_with(tmp_path / name) == []
        save(tmp_path / "l", said, frames, regrant=False)  # what was granted again holds
        assert Library(tmp_path / "l").load("s-1").turns


@pytest.mark.parametrize("hours", [2, 20, 30, 47])
@pytest.mark.parametrize("looks_first", [False, True])
def test_a_machine_ahead_of_this_one_outlasts_no_withdrawal(
    tmp_path, said, frames, clock, hours, looks_first
):
    with clock(timedelta(hours=hours)):
        grant()
        save(tmp_path / "l", said, frames, regrant=False)
    shutil.copytree(tmp_path / "l", tmp_path / "copy")
    elsewhere()
    if looks_first:
        Library(tmp_path / "l").sessions()
    withdrawn(SHA)
    grant()  # anew, for another analysis
    for name in ("l", "copy"):
        assert Library(tmp_path / name).sessions() == ()
        assert bytes_with(tmp_path / name) == []


@pytest.mark.parametrize("hours", [49, 72, 2000])
def test_nor_does_one_that_is_days_ahead(tmp_path, said, frames, clock, hours):
    with clock(timedelta(hours=hours)):
        grant()
        save(tmp_path, said, frames, regrant=False)
    elsewhere()
    with refused("library.no_consent"):
        Library(tmp_path).load("s-1")
    withdrawn(SHA)
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []


@pytest.mark.parametrize("hours", [2, 20, 30, 47])
def test_nor_what_is_narrowed_or_forgotten(tmp_path, said, frames, clock, hours):
    with clock(timedelta(hours=hours)):
        grant()
        for name in ("l", "m"):
            save(tmp_path / name, said, frames, regrant=False)
    shutil.copytree(tmp_path / "m", tmp_path / "copy")
    elsewhere()
    grant("analyse")
    for _ in range(2):
        assert Library(tmp_path / "l").load("s-1").consent.scopes == ("analyse",)
    assert bytes_with(tmp_path / "l") == []
    grant()
    Library(tmp_path / "m").forget("s-1")
    assert Library(tmp_path / "copy").sessions() == ()
    assert bytes_with(tmp_path / "copy") == []


def test_a_withdrawal_on_another_machine_is_heard_of_when_the_library_is_back(
    tmp_path, said, frames
):
    grant()
    save(tmp_path / "l", said, frames, regrant=False)
    second = replace(ENTRY, session_id="s-2")
    save(tmp_path / "stayed", said, frames, entry=second, regrant=False)
    come_back = elsewhere()
    withdrawn(SHA)
    assert Library(tmp_path / "l").sessions() == ()
    come_back()
    for name in ("l", "stayed"):
        assert Library(tmp_path / name).sessions() == ()
        assert bytes_with(tmp_path / name) == []
    assert register.latest(SHA).what == WITHDRAWN
    grant()  # after that, by who came back
    assert Library(tmp_path / "l").sessions() == ()
    assert register.latest(SHA).what == GRANTED


def test_a_library_somebody_sent_withdraws_nothing(tmp_path, said, frames):
    grant()
    save(tmp_path / "mine", said, frames, regrant=False)
    come_back = elsewhere()
    told_of(said)
    save(tmp_path / "sent", said, frames)
    withdrawn(SHA)
    Library(tmp_path / "sent").sessions()
    come_back()
    assert Library(tmp_path / "sent").sessions() == ()
    assert [entry.session_id for entry in Library(tmp_path / "mine").sessions()] == ["s-1"]
    with refused("library.withdrawn"):
        save(tmp_path / "sent", said, frames, regrant=False)

"""Killed anywhere, nothing that should stay is lost and nothing that should go is left."""

import random
import shutil
from functools import cache

import pytest
import soundfile

from benchmarks.shared.kills import calls_of, killed_at, possible
from diarize.recording import consent, register
from prosody.options import asked
from prosody.report.codec import to_json
from prosody.store import amend
from prosody.store.add import add_session
from prosody.store.backups import check
from prosody.store.library import Library
from prosody.store.requests import Request
from tests.conftest import tone

SEED, DRAWN = 20, 40
PHRASE = "zanzibar"
CUES = (
    ("therapist", "What would you like to start with today?"),
    ("client", f"I keep thinking of {PHRASE} and of my mother."),
)
pytestmark = pytest.mark.skipif(not cache(possible)(), reason="strace cannot attach here")


class Place:
    """A library with one analysed session of five seconds, and copies of it to kill things in."""

    def __init__(self, folder, data):
        self.data, self.whole, self.folder = data, folder / "whole", folder
        self.whole.mkdir(parents=True)
        soundfile.write(self.whole / "r.wav", tone(5.0), 16_000)
        lines = [
            f"00:00:0{2 * i}.300 --> 00:00:0{2 * i + 2}.100\n<v {who}>{text}\n"
            for i, (who, text) in enumerate(CUES)
        ]
        (self.whole / "r.vtt").write_text("WEBVTT\n\n" + "\n".join(lines))
        consent.grant(self.whole / "r.wav", by="c-1")
        shutil.copytree(self.whole, folder / "bare")
        self.analyse(self.whole)
        (self.whole / "l" / "sessions.csv").write_text(f"session_id,x\ns-1,{PHRASE}\n")
        shutil.copytree(data, folder / "data")
        self.report = to_json(Library(self.whole / "l").load("s-1"))

    def fresh(self, name="whole"):
        """Give a copy in which nothing was killed yet, and the register that goes with it."""
        work = self.folder / "work"
        for path, source in ((work, self.folder / name), (self.data, self.folder / "data")):
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(source, path)
        return work

    def analyse(self, work):
        values = {"transcript": str(work / "r.vtt"), "separator": "builtin"}
        add_session(work / "r.wav", asked(values, work), work / "l", session_id="s-1")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(data))
        yield Place(tmp_path_factory.mktemp("kills"), data)


@pytest.fixture(autouse=True)
def registered(place, monkeypatch, nobodys_register):
    monkeypatch.setenv("XDG_DATA_HOME", str(place.data))


def analyse(place, work):
    place.analyse(work)


def correct(place, work):
    amend.correct(Library(work / "l"), "s-1", Request(swap_roles=True), by="sup-1")


def forget(place, work):
    Library(work / "l").forget("s-1")


def withdraw(place, work):
    consent.withdraw(work / "r.wav")
    with Library(work / "l").locked():
        pass


def left(work):
    return [p.name for p in work.glob("l/**/*") if p.is_file() and _holds(p)]


def _holds(path):
    return PHRASE.encode() in path.read_bytes()


def whole_or_gone(place, work, gone):
    """After whichever command comes next: a session whole, or no byte of it."""
    found = Library(work / "l").sessions()
    if not found:
        assert gone and left(work) == []
        return
    report = Library(work / "l").load("s-1")
    rows = Library(work / "l").corrections("s-1")
    assert (to_json(report) == place.report) == (not rows)
    assert [v.role for v in report.voices if v.corrected_by] == (
        [v.role for v in report.voices] if rows else []
    )
    assert Library(work / "l").frames("s-1") and Library(work / "l").audio("s-1")
    assert list(check(Library(work / "l"))) == []
    assert not [p for p in work.glob("l/.*") if p.name != ".lock"]


def after_analyse(place, work):
    whole_or_gone(place, work, gone=True)
    analyse(place, work)
    assert to_json(Library(work / "l").load("s-1")) == place.report


def after_correct(place, work):
    whole_or_gone(place, work, gone=False)


def after_forget(place, work):
    whole_or_gone(place, work, gone=True)
    if Library(work / "l").sessions():
        forget(place, work)
    assert left(work) == []


def after_withdraw(place, work):
    told = register.latest(consent.read(work / "r.wav").sha256)
    whole_or_gone(place, work, gone=told.what == register.WITHDRAWN)
    withdraw(place, work)
    assert left(work) == [] and Library(work / "l").sessions() == ()


JOBS = {
    "analyze": (analyse, after_analyse, "bare"),
    "correct": (correct, after_correct, "whole"),
    "forget": (forget, after_forget, "whole"),
    "withdraw": (withdraw, after_withdraw, "whole"),
}


def killed(place, job, call, number):
    """Kill one job at one call, look at what is left, and let the next commands run."""
    do, after, start = JOBS[job]
    work = place.fresh(start)
    was = killed_at(lambda: do(place, work), call, number)
    after(place, work)
    return was


@pytest.mark.slow
def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing(place):
    every = []
    for job, (do, _, start) in JOBS.items():
        work = place.fresh(start)
        counted = calls_of(lambda do=do, work=work: do(place, work))
        every += [(job, call, n) for call, most in counted.items() for n in range(1, most + 1)]
    drawn = random.Random(SEED).sample(every, DRAWN)
    hit = sum(killed(place, *point) for point in drawn)
    assert hit > DRAWN / 2  # a step that was drawn is there again, or the test kills nothing

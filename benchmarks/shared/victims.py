"""Commands that are killed on purpose, and what must be true after each: a table of jobs.

A small library with one analysed session is copied, a job is done in the copy and killed at one of
its system calls, and whichever command comes next must find the session whole or no byte of it.
How they are killed is said in `benchmarks.shared.killing`.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import soundfile

from benchmarks.shared.corpora import SAMPLES
from diarize.errors import Refused
from diarize.recording import consent, register
from prosody.options import asked
from prosody.report.codec import plain, to_json
from prosody.store import amend
from prosody.store.add import add_session
from prosody.store.backups import back_up, bring_back, check
from prosody.store.encrypting import change_key, encrypt
from prosody.store.library import Library
from prosody.store.requests import Request

__all__ = ["JOBS", "Lying", "Place", "as_folders"]

_RATE = 16_000
_SECRET, _NEW_SECRET = "PROSODY_PASSPHRASE_FILE", "PROSODY_NEW_PASSPHRASE_FILE"
PHRASE = "zanzibar"
CUES = (  # where the sample speaks: what nobody is heard to say is not kept
    (1.2, 3.9, "therapist", "What would you like to start with today?"),
    (4.8, 7.2, "client", f"I keep thinking of {PHRASE} and of my mother."),
)
# Of each file and folder its path, its mode, and its bytes; none of a folder.
Lying = tuple[tuple[str, int, bytes | None], ...]
_KEPT = {"heard.json", "report.json", "report.html", "library.db", "sessions.csv"}


class Place:
    """A library with one analysed session of eight seconds, and copies of it to kill things in.

    Parameters
    ----------
    folder : Path
        For the library and its copies.
    data : Path
        What ``XDG_DATA_HOME`` says: the register of consents is there.
    """

    def __init__(self, folder: Path, data: Path) -> None:
        self.data, self.whole, self.folder = data, folder / "whole", folder
        self.whole.mkdir(parents=True)
        sound, _ = soundfile.read(SAMPLES / "attentive.flac", frames=8 * _RATE, dtype="float32")
        soundfile.write(self.whole / "r.wav", sound, _RATE)
        lines = [
            f"00:00:0{start}00 --> 00:00:0{end}00\n<v {who}>{text}\n"
            for start, end, who, text in CUES
        ]
        (self.whole / "r.vtt").write_text("WEBVTT\n\n" + "\n".join(lines))
        consent.grant(self.whole / "r.wav", by="c-1")
        shutil.copytree(self.whole, folder / "bare")
        self.analyse(self.whole)
        (self.whole / "l" / "sessions.csv").write_text(f"session_id,x\ns-1,{PHRASE}\n")
        # The phrase must stand where a kill could leave it, or nothing is looked for.
        assert {name.removesuffix("-wal") for name in left(self.whole)} >= _KEPT
        shutil.copytree(folder / "bare", folder / "backed")
        back_up(Library(self.whole / "l"), folder / "backed" / "b")
        self._make_two(folder / "two")
        shutil.copytree(folder / "two", folder / "sealed")
        seal(self, folder / "sealed")
        shutil.copytree(data, folder / "data")
        self.report = to_json(Library(self.whole / "l").load("s-1"))

    def _make_two(self, work: Path) -> None:
        """Copy the library with its session a second time, under another id and corrected."""
        shutil.copytree(self.whole, work)
        library = Library(work / "l")
        home, report = library.folder / "s-1", library.load("s-1")
        frames, audio = (partial(shutil.copyfile, home / n) for n in ("frames.npz", "audio.flac"))
        with library.locked():
            one, entry = library.kept("s-1"), replace(library.row("s-1"), session_id="s-2")
            library.save(entry, one, report, PHRASE, write_frames=frames, write_audio=audio)
        request = Request(turn=1, text=f"The {PHRASE} again.")
        amend.correct(Library(work / "l"), "s-2", request, by="sup-1")

    def fresh(self, name: str = "whole") -> Path:
        """Give a copy in which nothing was killed yet, and the register that goes with it."""
        work = self.folder / "work"
        for path, source in ((work, self.folder / name), (self.data, self.folder / "data")):
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(source, path)
        return work

    def lies(self) -> Lying:
        """Give what lies in the copy and in the register, byte by byte."""
        every = [p for top in (self.folder / "work", self.data) for p in (top, *top.rglob("*"))]
        return tuple(
            (str(p), p.stat().st_mode, p.read_bytes() if p.is_file() else None)
            for p in sorted(every)
        )

    def lay(self, lying: Lying) -> Path:
        """Put that there again, and nothing else."""
        for top in (self.folder / "work", self.data):
            shutil.rmtree(top, ignore_errors=True)
        for name, mode, held in lying:
            if held is None:
                Path(name).mkdir()
            else:
                Path(name).write_bytes(held)
            Path(name).chmod(mode & 0o7777)
        return self.folder / "work"

    def analyse(self, work: Path) -> None:
        """Analyse its recording into its library."""
        values = {"transcript": str(work / "r.vtt"), "separator": "builtin"}
        add_session(work / "r.wav", asked(values), work / "l", session_id="s-1")


def as_folders(folder: Path) -> None:
    """Make a library what a version without a database would have left."""
    library = Library(folder)
    for entry in library.sessions():
        home, rows = folder / entry.session_id, library.corrections(entry.session_id)
        (home / "session.json").write_text(json.dumps(plain(entry)), "utf-8")
        if rows:
            text = json.dumps([asdict(row) for row in rows])
            (home / "corrections.json").write_text(text, "utf-8")
    for path in folder.glob("library.db*"):
        path.unlink()


def analyse(place: Place, work: Path) -> None:
    place.analyse(work)


def correct(place: Place, work: Path) -> None:
    amend.correct(Library(work / "l"), "s-1", Request(swap_roles=True), by="sup-1")


def forget(place: Place, work: Path) -> None:
    Library(work / "l").forget("s-1")


def withdraw(place: Place, work: Path) -> None:
    consent.withdraw(work / "r.wav")
    with Library(work / "l").locked():
        pass


def narrow(place: Place, work: Path) -> None:
    consent.grant(work / "r.wav", by="c-1", scopes=("analyse",))
    with Library(work / "l").locked():
        pass


def backup(place: Place, work: Path) -> None:
    back_up(Library(work / "l"), work / "b")


def restore(place: Place, work: Path) -> None:
    bring_back(Library(work / "l"), work / "b")


def seal(place: Place, work: Path) -> None:
    with passphrase(place):
        encrypt(Library(work / "l"))


def change(place: Place, work: Path) -> None:
    with passphrase(place):
        change_key(Library(work / "l"))


@contextmanager
def passphrase(place: Place, said: str = "of a benchmark") -> Iterator[None]:
    """Have a passphrase at hand, and one that may take its place."""
    for variable, text in ((_SECRET, said), (_NEW_SECRET, "another one")):
        (secret := place.folder / variable).write_text(text)
        os.environ[variable] = str(secret)
    try:
        yield
    finally:
        for variable in (_SECRET, _NEW_SECRET):
            os.environ.pop(variable)


def left(work: Path) -> list[str]:
    return [p.name for p in work.glob("l/**/*") if p.is_file() and _holds(p)]


def _holds(path: Path) -> bool:
    return PHRASE.encode() in path.read_bytes()


def whole_or_gone(place: Place, work: Path, gone: bool) -> None:
    """After whichever command comes next: a session whole, or no byte of it."""
    found = Library(work / "l").sessions()
    if not found:
        assert gone and left(work) == []
        return
    report = Library(work / "l").load("s-1")
    rows = Library(work / "l").corrections("s-1")
    assert {str(turn.role) for turn in report.turns} == {"therapist", "client"}
    assert (to_json(report) == place.report) == (not rows)
    assert [v.role for v in report.voices if v.corrected_by] == (
        [v.role for v in report.voices] if rows else []
    )
    sound = Library(work / "l").sound("s-1")
    assert Library(work / "l").frames("s-1") and sound is not None and sound.there
    assert list(check(Library(work / "l"))) == []
    assert not [p for p in work.glob("l/.*") if p.name != ".lock"]


def after_analyse(place: Place, work: Path) -> None:
    whole_or_gone(place, work, gone=True)
    analyse(place, work)
    assert to_json(Library(work / "l").load("s-1")) == place.report


def after_correct(place: Place, work: Path) -> None:
    whole_or_gone(place, work, gone=False)
    correct(place, work)
    assert Library(work / "l").corrections("s-1")


def after_forget(place: Place, work: Path) -> None:
    whole_or_gone(place, work, gone=True)
    if Library(work / "l").sessions():
        forget(place, work)
    assert left(work) == []


def after_withdraw(place: Place, work: Path) -> None:
    kept = consent.read(work / "r.wav")
    told = register.latest(kept.sha256) if kept else None
    whole_or_gone(place, work, gone=told is not None and told.what == register.WITHDRAWN)
    withdraw(place, work)
    assert left(work) == [] and Library(work / "l").sessions() == ()


def after_narrow(place: Place, work: Path) -> None:
    for _ in range(2):
        library = Library(work / "l")
        report, given = library.load("s-1"), library.consent("s-1")
        narrowed = "keep_words" not in given.scopes
        assert report.conversation.texts is not narrowed
        assert len(report.turns) == len(CUES) and library.frames("s-1")
        assert (library.sound("s-1") is None) is narrowed
        assert not narrowed or not [name for name in left(work) if not name.endswith(".csv")]
        assert list(check(library)) == []
        narrow(place, work)


def after_backup(place: Place, work: Path) -> None:
    whole_or_gone(place, work, gone=False)
    if not (work / "b").exists():
        backup(place, work)
    shutil.rmtree(work / "l")
    restore(place, work)
    whole_or_gone(place, work, gone=False)


def after_restore(place: Place, work: Path) -> None:
    if not Library(work / "l").begun:
        restore(place, work)
    whole_or_gone(place, work, gone=False)
    withdraw(place, work)
    assert left(work) == []


def after_seal(place: Place, work: Path) -> None:
    with passphrase(place):
        library = Library(work / "l")
        assert to_json(library.load("s-1")) == place.report
        assert library.load("s-2").turns[1].text == f"The {PHRASE} again."
        with library.opened() as held:
            begun = [library.row_of(held, name).sealed_key is not None for name in ("s-1", "s-2")]
        assert all(begun) == any(begun) == (left(work) == [])
    seal(place, work)
    assert left(work) == [], "a finished run leaves nothing plain"
    with passphrase(place):
        whole_again(place, work)


def whole_again(place: Place, work: Path) -> None:
    """Both sessions of an encrypted library are there, with their sound, and nothing else is."""
    for name in ("s-1", "s-2"):
        sound = Library(work / "l").sound(name)
        assert Library(work / "l").frames(name) and sound is not None
        assert sound.length and len(b"".join(sound.ranges(0, sound.length))) == sound.length
    assert to_json(Library(work / "l").load("s-1")) == place.report
    assert list(check(Library(work / "l"))) == []
    assert not [p for p in work.glob("l/.*") if p.name != ".lock"]


def after_change(place: Place, work: Path) -> None:
    """One of the two passphrases opens all of it, and whichever did not last opens none."""
    if opens(place, work, "of a benchmark"):
        change(place, work)
    with passphrase(place, "another one"):
        whole_again(place, work)
    assert opens(place, work, "another one") and not opens(place, work, "of a benchmark")


def opens(place: Place, work: Path, said: str) -> bool:
    """Whether a passphrase opens a library that no process has open: both sessions, or neither."""
    # Never twice in one place: this process remembers what it opened there.
    copy = Path(tempfile.mkdtemp(dir=place.folder)) / "l"
    shutil.copytree(work / "l", copy)
    try:
        with passphrase(place, said):
            for name in ("s-1", "s-2"):
                Library(copy).load(name)
    except Refused as refusal:
        assert refusal.code == "library.wrong_passphrase" and name == "s-1"
        return False
    finally:
        shutil.rmtree(copy)
    return True


Step = Callable[[Place, Path], None]
# job: what is done, what must be true after a kill, and where it begins
JOBS: dict[str, tuple[Step, Step, str]] = {
    "analyze": (analyse, after_analyse, "bare"),
    "correct": (correct, after_correct, "whole"),
    "forget": (forget, after_forget, "whole"),
    "withdraw": (withdraw, after_withdraw, "whole"),
    "narrow": (narrow, after_narrow, "whole"),
    "backup": (backup, after_backup, "whole"),
    "restore": (restore, after_restore, "backed"),
    "encrypt": (seal, after_seal, "two"),
    "another key": (change, after_change, "sealed"),
}

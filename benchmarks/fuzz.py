"""What is read of files that somebody else may have written, changed at random.

``python -m benchmarks.fuzz [--seconds 60] [--only NAME …] [--first 0]`` tries every target of
`targets` for so many seconds and prints each finding with the seed that makes it again.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.library import registered, stated
from benchmarks.shared.fuzzing import SECRET, Target, cells_changed, head_changed, tried
from benchmarks.shared.victims import Place, as_folders
from diarize.errors import Refused
from diarize.models import ctranslate2, finding, status
from diarize.models.checkpoint import load_checkpoint
from diarize.recording import admission, consent, ffmpeg, joined, register
from diarize.separation.embedding import WEIGHTS_SHA256
from diarize.separation.recognition import Template
from diarize.settings import Decoding
from prosody import rules
from prosody.batch.manifest import jobs_of
from prosody.cli.doctor import engines
from prosody.render import export
from prosody.report.codec import from_json
from prosody.rules import language
from prosody.rules.warmth import components
from prosody.store import amend, backups, folders, searching, sharing, voices
from prosody.store.coded_talks import coded_in
from prosody.store.library import Library
from prosody.store.requests import Request
from prosody.trained.text import inputs
from prosody.trained.weights import SHIPPED, coder, how_it_does, own_file

__all__ = ["main", "targets"]

_MANIFEST = f"""recording;session_id;date;people;transcript;consent_by;site
r.wav;s-1;2030-01-02;2;r.vtt;c-1;north
r.wav|r2.wav;s-2;2030-01-03;2;;c-2;{SECRET}
"""
_CODED = "session,role,text,codes\na,therapist,What was that like?,question_open\na,client,Hard.,\n"
SOUNDS = (".wav", ".flac", ".aiff", ".caf", ".w64", ".ogg", ".mp3")  # by libsndfile
OTHER_SOUNDS = (".m4a", ".webm", ".avi", ".ts")  # by ffmpeg
_WARMTH = '[pitch_range]\nweight = 0.4\ndirection = "higher"\n'


def main() -> None:
    """Print what was found, and how much was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--only", nargs="*", default=[], help="of the targets")
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, registered(Path(work) / "data"):
        every = targets(Path(work))
        for name in asked.only or every:
            every[name].lay(
                Path(tempfile.mkdtemp(dir=work))
            )  # what is made once takes no time of it
            until = time.monotonic() + asked.seconds
            rounds = tried(
                name, every[name], Path(work) / name, itertools.count(asked.first), until=until
            )
            found = list(rounds)
            wrong = {one.what: one for one in found if one}
            print(f"| {name} | {len(found)} | {sum(map(bool, found))} |", flush=True)
            for what, one in wrong.items():
                print(f"    {what}, first at seed {one.seed}", flush=True)


def targets(work: Path) -> dict[str, Target]:
    """Give what is tried, by name; `work` takes what they need."""
    place = cache(lambda: Place(work / "place", Path(work / "data")))
    made: dict[str, Target] = {
        "manifest": Target(_lay_text("m.csv", _MANIFEST), lambda p: jobs_of(p / "m.csv")),
        "consent record": Target(partial(_lay_recording, place), _read_consent),
        "report": Target(partial(_lay_report, place), _read_report),
        "coded sessions": Target(_lay_text("c.csv", _CODED), lambda p: coded_in(p / "c.csv")),
        "rules": Target(_lay_rules, _read_rules),
        "models": Target(_lay_models, _read_models),
        "voice": Target(_lay_voice, lambda p: _read_voice(Library(p / "l"))),
        "own coder": Target(_lay_coder, _read_coder),
        "older session": Target(partial(_lay_older, place), _use_library),
        "database": Target(
            partial(_lay_library, place, "l/library.db"), _use_library, cells_changed
        ),
        "database bytes": Target(partial(_lay_library, place, "l/library.db"), _use_library),
        "register": Target(partial(_lay_register, place), _read_register),
    }
    for ending in (*SOUNDS, *(OTHER_SOUNDS if ffmpeg.here() else ())):
        lay = partial(_lay_sound, ending=ending)
        made[f"sound {ending}"] = Target(lay, _read_sound, head_changed)
    for ending in (".eaf", ".TextGrid", ".vtt", ".srt", ".rttm", ".json"):
        read = partial(_read_back, ending=ending)
        made[f"edited {ending}"] = Target(partial(_lay_export, place, ending), read)
    return made


def _lay_text(name: str, text: str) -> Callable[[Path], list[Path]]:
    def lay(folder: Path) -> list[Path]:
        (folder / name).write_text(text, "utf-8")
        return [folder / name]

    return lay


def _lay_sound(folder: Path, *, ending: str) -> list[Path]:
    """Make a second and a half of a tone, with noise enough to be no constant."""
    rate = 16_000
    at = np.arange(int(1.5 * rate)) / rate
    noise = np.random.default_rng(7).normal(0, 0.01, len(at))
    sound = (0.3 * np.sin(2 * np.pi * 220 * at) + noise).astype(np.float32)
    target, first = folder / f"r{ending}", folder / "r.wav"
    if ending in SOUNDS:
        soundfile.write(target, sound, rate)
        return [target]
    soundfile.write(first, sound, rate)
    program, _ = ffmpeg.places()
    subprocess.run([program, "-v", "error", "-i", str(first), str(target)], check=True)
    first.unlink()
    return [target]


def _read_sound(folder: Path) -> None:
    """Decode in this process, where a fault of a walker is seen; and the sound is one."""
    (path,) = folder.iterdir()
    with path.open("rb") as file:
        found = joined.read_open(file, path.name, limits=Decoding())
    sound = found.sound
    assert np.isfinite(sound.samples).all()
    assert all(0 <= span.start <= span.end for span in found.lost)


def _lay_recording(place: Callable[[], Place], folder: Path) -> list[Path]:
    shutil.copy(place().whole / "r.wav", folder)
    record = consent.record_path(folder / "r.wav")
    shutil.copy(consent.record_path(place().whole / "r.wav"), record)
    return [record]


def _read_consent(folder: Path) -> None:
    with registered(folder / "data"):
        consent.read(folder / "r.wav")
        admission.admit(folder / "r.wav")


def _lay_report(place: Callable[[], Place], folder: Path) -> list[Path]:
    (folder / "report.json").write_text(place().report, "utf-8")
    return [folder / "report.json"]


def _read_report(folder: Path) -> None:
    text = (folder / "report.json").read_bytes().decode("utf-8", "replace")
    export.write(from_json(text), folder, folder / "turns.csv")


def _lay_rules(folder: Path) -> list[Path]:
    (folder / "warmth.toml").write_text(_WARMTH)
    shutil.copy(rules.SHIPPED / "en.toml", folder)
    return [folder / "warmth.toml", folder / "en.toml"]


def _read_rules(folder: Path) -> None:
    components(folder)
    language.load("en", path=folder / "en.toml")


def _lay_models(folder: Path) -> list[Path]:
    import torch

    whisper, fast = folder / "whisper", folder / "faster-whisper" / "tiny"
    pyannote = folder / "pyannote"
    for each in (whisper, fast, pyannote):
        each.mkdir(parents=True)
    torch.save(
        {"dims": {"n_mels": 80}, "model_state_dict": {"a": torch.zeros(4)}}, whisper / "own.pt"
    )
    (fast / "model.bin").write_bytes(
        b"\x06\x00\x00\x00" + b"\x0c\x00WhisperSpec\x00" + b"\x00" * 64
    )
    (fast / "config.json").write_text('{"lang_ids": [1], "alignment_heads": [[1, 2]]}')
    (fast / "tokenizer.json").write_text('{"model": {"vocab": {"a": 1}}}')
    torch.save({"state_dict": {"a": torch.zeros(4)}}, pyannote / "segmentation.bin")
    (folder / "manifest.json").write_text(json.dumps({"whisper/own.pt": "0" * 64}))
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _read_models(folder: Path) -> None:
    with stated("PROSODY_MODELS", folder):
        status.verify()
        list(engines())
        for read in (
            lambda: load_checkpoint(folder / "whisper" / "own.pt"),
            lambda: ctranslate2.read([folder / "faster-whisper" / "tiny" / "model.bin"]),
            lambda: finding.find_faster_whisper(folder / "faster-whisper" / "tiny"),
            lambda: finding.find_pyannote(folder / "pyannote"),
        ):
            _or_refused(read)


def _or_refused(read: Callable[[], object]) -> None:
    try:
        read()
    except Refused as refusal:
        if SECRET in str(refusal):
            raise


def _lay_voice(folder: Path) -> list[Path]:
    vector = tuple(np.linspace(-1, 1, 256).tolist())
    made = Template(
        "T1", vector, 40.0, "ab" * 32, "T-1", "2026-01-01", "2999-01-01", WEIGHTS_SHA256
    )
    with (library := Library(folder / "l")).locked():
        voices.keep(library, made)
    return [voices.place(library, "T1")]


def _read_voice(library: Library) -> None:
    _or_refused(lambda: voices.load(library, "T1"))
    _or_refused(lambda: voices.every(library))
    with library.locked():
        voices.erase_of(library, "cd" * 32)


def _lay_coder(folder: Path) -> list[Path]:
    own = own_file(folder)
    own.parent.mkdir()
    shutil.copy(SHIPPED, own)
    told = {"learned_in_library": ["s-1"], "sessions": 1, "turns": 2}
    told |= {"held_out": {"macro_f1": [0.5, 0.4, 0.6]}, "shipped": {}}
    own.with_suffix(".json").write_text(json.dumps(told))
    return [own, own.with_suffix(".json")]


def _read_coder(folder: Path) -> None:
    found = coder(own_file(folder))
    if found is not None:
        str(how_it_does(found))
        found.read(inputs([("therapist", "What was that like for you?")]), {})
    folders.unlearn(folder, "s-1")


def _lay_library(place: Callable[[], Place], name: str, folder: Path) -> list[Path]:
    shutil.copytree(place().whole, folder, dirs_exist_ok=True)
    shutil.copytree(
        place().folder / "data", folder / "data"
    )  # each round has a register of its own
    with registered(folder / "data"):
        library = Library(folder / "l")
        amend.correct(library, "s-1", Request(swap_roles=True), by="sup-1")
        library.database.scrub()
    return [folder / name]


def _lay_older(place: Callable[[], Place], folder: Path) -> list[Path]:
    """Lay what a version without a database would have left."""
    _lay_library(place, "l/library.db", folder)
    with registered(folder / "data"):
        as_folders(folder / "l")
    home = folder / "l" / "s-1"
    return [home / f"{n}.json" for n in ("session", "corrections", "heard", "report")]


def _use_library(folder: Path) -> None:
    """Do with a library what commands do; each may refuse."""
    library = Library(folder / "l")
    uses = (
        library.sessions,
        library.damaged,
        lambda: library.load("s-1"),
        lambda: library.record("s-1"),
        lambda: library.corrections("s-1"),
        lambda: list(searching.search(library, "mother", {})),
        lambda: searching.figures(library, "talk.share", "client", {}),
        lambda: sharing.pack(library, "s-1", by="c"),
        lambda: amend.correct(library, "s-1", Request(swap_roles=True), by="sup-1"),
        lambda: list(backups.check(Library(folder / "l"))),
        lambda: Library(folder / "l").forget("s-1"),
    )
    with registered(folder / "data"):
        for use in uses:
            _or_refused(use)


def _lay_register(place: Callable[[], Place], folder: Path) -> list[Path]:
    shutil.copytree(place().folder / "data", folder / "data")
    shutil.copy(place().whole / "r.wav", folder)
    shutil.copy(consent.record_path(place().whole / "r.wav"), folder)
    return sorted((folder / "data").rglob("register.db"))


def _read_register(folder: Path) -> None:
    with registered(folder / "data"):
        for use in (
            register.sound,
            register.today,
            register.libraries,
            lambda: admission.admit(folder / "r.wav"),
            lambda: consent.withdraw(folder / "r.wav"),
        ):
            _or_refused(use)


def _lay_export(place: Callable[[], Place], ending: str, folder: Path) -> list[Path]:
    _lay_library(place, "l/library.db", folder)
    target = folder / f"edited{ending}"
    with registered(folder / "data"):
        export.write(Library(folder / "l").load("s-1"), folder, target)
    return [target]


def _read_back(folder: Path, *, ending: str) -> None:
    request = Request(turns_from=str(folder / f"edited{ending}"))
    with registered(folder / "data"):
        amend.correct(Library(folder / "l"), "s-1", request, by="sup-1")


if __name__ == "__main__":
    main()

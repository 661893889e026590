"""A transcript through the command a person would type: what is in the report, or why not.

Conventions
-----------
Each case runs ``prosody analyze`` as a program, with its own library and register in a folder that
is thrown away. A refusal is known by its code (`benchmarks.shared.refusing`), or by that of its
cause where it says no more than that a file cannot be read.
"""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import soundfile

from benchmarks.shared import refusing
from benchmarks.shared.corpora import PROJECT
from diarize.errors import Refused
from diarize.formats.names import voices_of_names
from diarize.formats.table import read_speakers, read_transcript
from diarize.formats.transcript import Cue, Diarization
from diarize.timeline import Span, intersection, total, union

__all__ = [
    *("TOLD", "Commanded", "Outcome", "Place", "cases", "judged", "made", "owned"),
    "sample_then",
]

LENGTH_S = 100.0
# What is right where it is not "read, with every turn": a code that must be among what is said.
TOLD: Mapping[str, str] = {
    "s04_scale_0.5.vtt": "transcript.wrong_speed",
    "s06_other_recording.vtt": "transcript.other_recording",
    "s01_plus3.vtt": "transcript.moved",
    "x03_rolling.vtt": "format.repeats_collapsed",
    "x04_one_cue.vtt": "transcript.untimed",
    "p12_headers.txt": "transcript.untimed",
    "plain.txt": "transcript.untimed",
    "e01_time_origin.eaf": "format.time_origin",
    "e03_translation_child.eaf": "format.tiers_left_out",
    "g02_codes_tier.TextGrid": "format.tiers_left_out",
    "attentive_full.vtt": "format.cues_without_sound",
    "base90.vtt": "transcript.speech_without_words",
    "p06_meet.txt": "transcript.words_unplaced",
}
_PARTLY = {"base90.vtt": 0.75, "p06_meet.txt": 0.9}  # without its end; minutes between its times
_OTHER_TALKS = ("open.vtt", "phrases.vtt")  # sentences for listening rules, not of this sound

_WORDS, _WHO = 0.97, 0.8  # least share that counts as read; turns are cut where nobody is heard
_WORDY = {"Speaker", "SPEAKER", "Sprecher", "Guest", "channel"}
_TOLD_OF = ("format", "transcript", "recording", "separator")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left: its exit code, codes of what it said, turns, and what else it wrote.

    `measures` are the values by cue and role, `cautions` codes said of the input that are more than
    information, `seconds` is how long the recording was said to be.
    """

    exit_code: int
    codes: tuple[str, ...]
    turns: tuple[tuple[float, float, str, str], ...] = ()
    written: str = ""
    measures: Mapping[tuple[str, str], float | None] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def withheld(self) -> set[tuple[str, str]]:
        """Cues and roles without a value."""
        return {each for each, value in self.measures.items() if value is None}


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands run: a recording with consent, and a folder for everything they keep."""

    recording: Path
    folder: Path

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the program."""
        self.refused_to.unlink(missing_ok=True)
        kept = {
            **os.environ,
            "XDG_DATA_HOME": str(self.folder / "data"),
            "PYTHONPATH": str(PROJECT),
        }
        kept[refusing.TO] = str(self.refused_to)
        command = [sys.executable, "-m", refusing.__name__, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=kept, check=False)

    @property
    def refused_to(self) -> Path:
        """Where the codes of what the last command refused stand."""
        return self.folder / "refused.json"

    def refused(self, done: "subprocess.CompletedProcess[str]") -> Outcome:
        """Say what a command that did not end well refused; its last line where it said no code."""
        if self.refused_to.is_file():
            first, *causes = json.loads(self.refused_to.read_text("utf-8"))
            code = causes[0] if causes and first == "format.unreadable" else first
        else:
            code = next(reversed(done.stderr.strip().splitlines()), "")
        return Outcome(done.returncode, (code,))

    def granted(self, recording: Path) -> Path:
        """Give a recording its consent."""
        self.run("consent", "grant", str(recording), "--by", "B1")
        return recording

    def analysed(
        self, option: str, file: Path, *, recording: Path | None = None, separator: str = "builtin"
    ) -> Outcome:
        """Analyse a recording, the cases' own unless told, with a file that came with it."""
        library = self.folder / "library" / (recording or file).name
        done = self.run(
            "analyze", str(recording or self.recording), option, str(file), "--transcriber", "none",
            "--separator", separator, "--library", str(library), "--json",
        )  # fmt: skip
        said = done.stdout + done.stderr + _held(library)
        if done.returncode:
            return replace(self.refused(done), written=said)
        report = json.loads(done.stdout)
        turns = tuple(
            (t["start_s"], t["end_s"], t["role"], t.get("text") or "") for t in report["turns"]
        )
        rates = {(m["cue"], m["role"]): m["value"] for m in report["measures"]}
        cautions = tuple(n["code"] for n in report["notes"] if n["severity"] != "info"
                         and n["code"].partition(".")[0] in _TOLD_OF)  # fmt: skip
        return Outcome(0, tuple(_codes(report)), turns, said, rates, cautions)

    def checked(self, recording: Path) -> Outcome:
        """Check a recording: what is said, and how long it is (`seconds`) with what is lost."""
        done = self.run("check", str(recording), "--json")
        if done.returncode:
            return self.refused(done)
        found = json.loads(done.stdout)
        seconds = found["recording"]["duration_s"]
        rows = [row for row in found["intake"] if row["what"] == "lost" and row["span"]]
        seconds += sum(b - a for a, b in (r["span"] for r in rows) if a > seconds - 0.01)
        parts = [row for row in rows if row["code"] == "recording.part_cut_short"]
        seconds += sum(row["fields"]["seconds"] for row in parts)
        codes = dict.fromkeys(row["code"] for row in (*found["notes"], *found["intake"]))
        return Outcome(0, tuple(codes), seconds=seconds)


@dataclass(frozen=True, slots=True)
class Commanded:
    """What became of one file: shares of words and of speech time with the right speaker."""

    name: str
    exit_code: int
    words: float
    who: float
    said: tuple[str, ...]
    named: bool
    right: bool


def sample_then(name: str) -> io.BytesIO | None:
    """Give a sample as it was when the cases were written from it; None without the history."""
    file = f"714e812:sample_audio/{name}.flac"
    held = subprocess.run(["git", "show", file], cwd=PROJECT, capture_output=True, check=False)
    return None if held.returncode else io.BytesIO(held.stdout)


def made(folder: Path) -> Place | None:
    """Write the cases' recording with its consent into a folder; None without the history."""
    held = sample_then("attentive")
    if held is None:
        return None
    samples, rate = soundfile.read(held, dtype="float32")
    place = Place(folder / "base.wav", folder)
    soundfile.write(place.recording, samples[: round(LENGTH_S * rate)], rate)
    place.granted(place.recording)
    return place


def judged(
    place: Place, path: Path, truth: Sequence[Cue], alike: Callable[..., float]
) -> Commanded:
    """Analyse the recording with a file, and compare the report with what was said."""
    wordless = path.suffix == ".rttm"
    found = place.analysed("--speakers" if wordless else "--transcript", path)
    names = _names(path)
    named = any(name in found.written for name in names)
    must = TOLD.get(path.name)
    if found.exit_code:
        right = found.exit_code == 2 and must in found.codes and not named
        return Commanded(path.name, found.exit_code, 0.0, 0.0, found.codes, named, right)
    words = 1.0 if wordless else alike((c.text for c in truth), (t[3] for t in found.turns))
    who = owned(truth, found.turns)
    told = must is None or must in found.codes
    right = words > _PARTLY.get(path.name, _WORDS) and who > _WHO and told and not named
    return Commanded(path.name, 0, words, who, found.codes, named, right)


def cases(folder: Path, only: str) -> list[Path]:
    """Give the files of a folder that are of this recording."""
    found = (path for path in sorted(folder.glob(only)) if path.name not in _OTHER_TALKS)
    return [path for path in found if path.is_file()]


def _names(path: Path) -> set[str]:
    """Give what in a file may be a person's name, as it must not be found again."""
    try:
        read = read_speakers(path) if path.suffix == ".rttm" else read_transcript(path)
    except Refused:
        return set()
    labels = {t.voice for t in read.turns} if isinstance(read, Diarization) else set(read.labels)
    renamed = {label for label, voice in voices_of_names(labels).items() if label != voice}
    return {part for label in renamed for part in re.findall(r"[^\W\d_]{5,}", label)} - _WORDY


def owned(
    truth: Sequence[Cue], turns: Sequence[tuple[float, float, str, str]], speed: float = 1.0
) -> float:
    """Share of time somebody speaks, of truth and report alike, in which both say the same role.

    The report's clock runs `speed` times the truth's.
    """
    told = [(Span(c.span.start / speed, c.span.end / speed), c.voice) for c in truth if c.span]
    heard = [(Span(a, b), role) for a, b, role, _ in turns]
    own = total(union(span for span, _ in told))
    same = (
        intersection((s for s, v in told if v == role), (s for s, r in heard if r == role))
        for role in {voice for _, voice in told}
    )
    return total(union(span for spans in same for span in spans)) / max(own, 1e-9)


def _codes(report: Any) -> Iterable[str]:
    """Give the codes of what was noticed about the input, and of what is lost of it."""
    rows = [*report.get("notes", ()), *report.get("intake", ())]
    found = [row for row in rows if isinstance(row, dict) and "code" in row]
    told = (r["code"] for r in found if r["code"].partition(".")[0] in _TOLD_OF)
    return dict.fromkeys((*told, *(r["code"] for r in found if r.get("what") == "lost")))


def _held(library: Path) -> str:
    """Give all that a library's files hold, bytes as they are."""
    files = (path for path in sorted(library.rglob("*")) if path.is_file())
    return "".join(path.read_bytes().decode("utf-8", "ignore") for path in files)

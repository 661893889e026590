"""What is exported, and supplied again with the same recording: which measures move, by command.

``python -m benchmarks.round_trips [--only .vtt]``: about a minute for each format.

Conventions
-----------
A trip begins with ``prosody analyze``: the sound alone, or a transcript and nothing else. Then
``prosody export`` writes each format that is read, and the same recording is analysed anew, in a
library that holds nothing, with the export as the transcript (`WORDS`) or, where the format has no
words or the session none, as who speaks when (`SPEAKERS`). A measure has moved where it is there
once and not twice, or its value is farther off than `ROUNDING` of it; the same holds of how many
there are of what (n).
"""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from benchmarks.shared.commanded import LENGTH_S, Place, sample_then
from benchmarks.shared.corpora import DATA

__all__ = ["ROUNDING", "Trip", "trips"]

TRANSCRIPT = DATA / "cases" / "text" / "base.vtt"

WORDS, SPEAKERS = "--transcript", "--speakers"
ROUNDING = 2e-3  # formats hold whole milliseconds, and a share of a minute moves by no more
_SESSION = "s1"
_WORDLESS = (".rttm",)
_ENDINGS = (".rttm", ".TextGrid", ".eaf", ".vtt", ".srt", ".csv", ".json", ".txt")
_ONE, _EACH = "one microphone", "a channel each"
_FROM = {_ONE: "attentive", _EACH: "attentive_two_channel"}
Measures = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Trip:
    """One export supplied again: of how many measures which moved, or the exit code and line."""

    recording: str
    begins: str
    ending: str
    option: str
    of: int
    moved: tuple[str, ...]
    refused: str = ""


def trips(folder: Path, transcript: Path, only: str = "") -> Iterator[Trip]:
    """Make every trip of two recordings; of the endings, one alone if told."""
    for recording, sample in _FROM.items():
        held = sample_then(sample)
        if held is None:
            return
        sound, rate = soundfile.read(held, dtype="float32")
        place = Place(folder / f"{sample}.wav", folder)
        soundfile.write(place.recording, sound[: round(LENGTH_S * rate)], rate)
        place.granted(place.recording, "analyse", "keep_words", "share")
        begins: dict[str, tuple[str, ...]] = {
            "the sound": (),
            "a transcript": (WORDS, str(transcript)),
        }
        for name, options in begins.items():
            yield from _from(place, recording, name, options, only)


def _from(
    place: Place, recording: str, begins: str, options: tuple[str, ...], only: str
) -> Iterator[Trip]:
    library = place.folder / "first" / place.recording.stem / begins.replace(" ", "_")
    first = _analysed(place, library, *options)
    if isinstance(first, str):
        yield Trip(recording, begins, "", "", 0, (), first)
        return
    for ending in (e for e in _ENDINGS if not only or e == only):
        out = library.parent / f"{library.name}{ending}"
        done = place.run("export", _SESSION, "--library", str(library), "--to", str(out))
        if done.returncode:
            yield Trip(recording, begins, ending, "", 0, (), " ".join(place.refused(done).codes))
            continue
        wordless = ending in _WORDLESS or not options
        option = SPEAKERS if wordless else WORDS
        given = (option, str(out), *(options if wordless else ()))
        again = _analysed(place, library / "again" / ending, *given)
        if isinstance(again, str):
            yield Trip(recording, begins, ending, option, 0, (), again)
            continue
        one, two = _measures(first), _measures(again)
        moved = tuple(f"{cue} {role}" for cue, role in one if _moved(one, two, (cue, role)))
        yield Trip(recording, begins, ending, option, len(one), moved)


def _analysed(place: Place, library: Path, *options: str) -> dict[str, Any] | str:
    done = place.run(
        *("analyze", str(place.recording), *options, "--transcriber", "none"),
        *("--library", str(library), "--session-id", _SESSION, "--json"),
    )
    if done.returncode:
        return " ".join(place.refused(done).codes)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _measures(report: Mapping[str, Any]) -> Measures:
    return {(m["cue"], m["role"]): m for m in report["measures"]}


def _moved(one: Measures, two: Measures, which: tuple[str, str]) -> bool:
    """Whether a measure is there once only, or its value or number is beyond rounding."""
    was, now = one[which], two.get(which)
    if now is None or (was["value"] is None) != (now["value"] is None):
        return True
    pairs = ((was[key], now[key]) for key in ("value", "n") if was[key] is not None)
    return any(not math.isclose(a, b, rel_tol=ROUNDING, abs_tol=ROUNDING) for a, b in pairs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="ENDING", help="one format alone")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"{'recording':15} {'begins with':13} {'format':10} {'as':13} moved of")
    with tempfile.TemporaryDirectory() as folder:
        for trip in trips(Path(folder), TRANSCRIPT, asked.only):
            told = trip.refused or " ".join(trip.moved)
            print(f"{trip.recording:15} {trip.begins:13} {trip.ending:10} {trip.option:13} "
                  f"{len(trip.moved):5} {trip.of:3}  {told}")  # fmt: skip


if __name__ == "__main__":
    main()

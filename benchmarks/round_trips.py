"""What is exported, and supplied again with the same recording: which measures move, by command.

``python -m benchmarks.round_trips [--only .vtt …] [--of attentive …]``

Conventions
-----------
A trip begins with ``prosody analyze``: the sound alone, or a transcript and nothing else. Then
``prosody export`` writes each format that is read, and the same recording is analysed anew, in a
library that holds nothing, with the export as the transcript (`WORDS`) or, where the format has no
words or the session none, as who speaks when (`SPEAKERS`). A measure has moved where it is there
once and not twice, or its value is farther off than `ROUNDING` of it; the same holds of how many
there are of what (n). The commands run in this process, one after the other.
"""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import soundfile
from click.testing import CliRunner

from benchmarks.shared.commanded import sample_then
from benchmarks.shared.corpora import DATA
from diarize.errors import Refused
from prosody.cli.commands import cli

__all__ = ["ROUNDING", "Trip", "trips"]

TRANSCRIPT = DATA / "cases" / "text" / "base.vtt"
WORDS, SPEAKERS = "--transcript", "--speakers"
ROUNDING = 2e-3  # formats hold whole milliseconds, and a share of a minute moves by no more
_SESSION = "s1"
_WORDLESS = (".rttm",)
_ENDINGS = (".rttm", ".TextGrid", ".eaf", ".vtt", ".srt", ".csv", ".json", ".txt")
_FROM = {"one microphone": "attentive", "a channel each": "attentive_two_channel"}
SAMPLES = tuple(_FROM.values())
_LENGTH_S = 60.0
Measures = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Trip:
    """One export supplied again: of how many measures which moved, or why there are none."""

    recording: str
    begins: str
    ending: str
    option: str
    of: int = 0
    moved: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A recording with consent, and a folder for everything that commands keep."""

    recording: Path
    folder: Path

    def run(self, *arguments: str) -> str:
        """Run a command of the program; gives what it printed.

        Raises
        ------
        Refused
            If the command refuses.
        """
        env = {"XDG_DATA_HOME": str(self.folder / "data")}
        return CliRunner().invoke(cli, [*arguments], env=env, catch_exceptions=False).stdout

    def analysed(self, library: Path, *options: str) -> Measures:
        """Give the measures of the recording, analysed into a library of its own."""
        told = self.run(
            *("analyze", str(self.recording), *options, "--transcriber", "none", "--quiet"),
            *("--library", str(library), "--session-id", _SESSION, "--json"),
        )
        return {(m["cue"], m["role"]): m for m in json.loads(told)["measures"]}


def trips(
    folder: Path, transcript: Path, only: Sequence[str] = _ENDINGS, of: Sequence[str] = SAMPLES
) -> Iterator[Trip]:
    """Make the trips of some recordings in some formats."""
    for recording, sample in ((one, name) for one, name in _FROM.items() if name in of):
        held = sample_then(sample)
        if held is None:
            return
        place = _Place(folder / f"{sample}.wav", folder)
        sound, rate = soundfile.read(held, dtype="float32")
        soundfile.write(place.recording, sound[: round(_LENGTH_S * rate)], rate)
        scopes = "analyse,keep_words,share"
        place.run("consent", "grant", str(place.recording), "--by", "B1", "--scope", scopes)
        for begins, options in (("the sound", ()), ("a transcript", (WORDS, str(transcript)))):
            library = folder / sample / begins
            first = place.analysed(library, *options)
            for ending in only:
                out = folder / sample / f"{begins}{ending}"
                option = SPEAKERS if ending in _WORDLESS or not options else WORDS
                given = (option, str(out), *(options if option == SPEAKERS else ()))
                empty = Trip(recording, begins, ending, option)
                yield _made(place, library, out, given, first, empty)


def _made(
    place: _Place, library: Path, out: Path, given: Sequence[str], first: Measures, empty: Trip
) -> Trip:
    try:
        place.run("export", _SESSION, "--library", str(library), "--to", str(out))
        again = place.analysed(library.with_name(f"again{out.name}"), *given)
    except Refused as refusal:
        return replace(empty, refused=refusal.code)
    moved = tuple(f"{cue} {role}" for cue, role in first if _moved(first, again, (cue, role)))
    return replace(empty, of=len(first), moved=moved)


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
    parser.add_argument("--only", nargs="+", default=_ENDINGS, metavar="ENDING", help="formats")
    parser.add_argument("--of", nargs="+", default=SAMPLES, choices=SAMPLES, help="recordings")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"{'recording':15} {'begins with':13} {'format':10} {'as':13} moved of")
    with tempfile.TemporaryDirectory() as folder:
        for trip in trips(Path(folder), TRANSCRIPT, asked.only, asked.of):
            told = trip.refused or " ".join(trip.moved)
            print(f"{trip.recording:15} {trip.begins:13} {trip.ending:10} {trip.option:13} "
                  f"{len(trip.moved):5} {trip.of:3}  {told}")  # fmt: skip


if __name__ == "__main__":
    main()

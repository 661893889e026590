"""What many sessions need: time, memory, disk and reading, from one session that is measured here.

``python -m benchmarks.planning [--minutes 10] [--sessions 100000] [--long 50] [--cores 240]
[--to docs/benchmarks/planning.md]``

A session of some minutes (samples laid end to end, no transcript) is analysed from sound alone as
``prosody analyze`` does it, with consent to keep words and sound. From what that took and left, the
needs of many sessions of a stated length follow in proportion; opening the models is taken off
first, for it does not grow with the session. The database is that of one session, the empty tables
included, so its size is an upper bound.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from benchmarks.session import STEPS, analysed, build
from benchmarks.shared.pages import said
from prosody.store import database, sound

__all__ = ["Measured", "plan"]

PAGE = """# What many sessions need

```
{command}
```

{cores} cores, load average {load:.1f}: CPU seconds are more than they would be alone.
Whisper `{model}`, one thread. What a session takes whatever its length (its page, the empty tables
of the database) is in disk and database, so a short session gives too much there: measure one as
long as yours with `--minutes`.

{table}
"""
_STEREO_48_KHZ_MB_H = 48_000 * 2 * 2 * 3600 / 1e6


@dataclass(frozen=True)
class Measured:
    """One session from sound alone: its length, what it took, and what it left on the disk."""

    hours: float
    cpu_s: float
    opening_s: float  # of these, before anything is read
    peak_mb: float
    database_mb: float
    kept_mb: float  # in the library besides, without the sound
    sound_mb: float

    @property
    def cpu_s_h(self) -> float:
        """CPU seconds an hour of sound, beside opening."""
        return (self.cpu_s - self.opening_s) / self.hours


def plan(one: Measured, sessions: int, long_min: float, cores: int) -> Iterator[tuple[str, str]]:
    """Give what many sessions need, by what: the measured, and in all."""
    hours = sessions * long_min / 60
    core_h = (hours * one.cpu_s_h + sessions * one.opening_s) / 3600
    rows_mb, other_mb, sound_mb = (
        mb / one.hours * hours for mb in (one.database_mb, one.kept_mb, one.sound_mb)
    )
    span_s = core_h / cores * 3600
    read_mb = 2 * hours * _STEREO_48_KHZ_MB_H
    yield (
        "time",
        f"{one.cpu_s_h:.0f} CPU s an hour of sound, and {one.opening_s:.0f} a session to open the "
        f"models; {sessions:,} sessions of {long_min:g} minutes: {core_h:,.0f} core hours, "
        f"{span_s / 86400:.1f} days on {cores} cores",
    )
    yield "memory", f"{one.peak_mb / 1000:.1f} GB a worker at most"
    yield (
        "disk",
        f"{one.kept_mb / one.hours:.1f} MB an hour of sound without kept sound, "
        f"{(one.kept_mb + one.sound_mb) / one.hours:.0f} MB with it: {other_mb / 1e6:.2f} or "
        f"{(other_mb + sound_mb) / 1e6:.2f} TB",
    )
    yield (
        "database",
        f"{one.database_mb / one.hours:.2f} MB an hour of sound: {rows_mb / 1e3:.0f} GB",
    )
    yield (
        "reading",
        f"each recording twice (once to check its bytes): {read_mb / span_s:.0f} MB/s in all for "
        "16-bit 48 kHz stereo",
    )


def measured(minutes: float, model: str) -> Measured:
    """Analyse one session from its sound alone."""
    with tempfile.TemporaryDirectory() as work:
        recording = build(Path(work), minutes * 60)
        library, words = Path(work) / "library", ("whisper", "--whisper-model", model)
        steps = analysed(recording, library, *words, out=subprocess.DEVNULL)
        sizes = [(p.name, p.stat().st_size / 1e6) for p in library.rglob("*") if p.is_file()]
        rows = sum(mb for name, mb in sizes if name.startswith(database.FILE))
        heard = sum(mb for name, mb in sizes if name == sound.NAME)
        return Measured(
            hours=soundfile.info(recording).duration / 3600,
            cpu_s=sum(cpu for _, cpu, _ in steps.values()),
            opening_s=steps[STEPS["stage.starting"]][1],
            peak_mb=max(peak for _, _, peak in steps.values()),
            database_mb=rows,
            kept_mb=sum(mb for _, mb in sizes) - rows - heard,
            sound_mb=heard,
        )


def main() -> None:
    """Print the table, or write it as a page."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="of the session measured")
    parser.add_argument("--sessions", type=int, default=100_000, help="to plan for")
    parser.add_argument("--long", type=float, default=50.0, help="minutes each of them lasts")
    parser.add_argument("--cores", type=int, default=240, help="there are in all")
    parser.add_argument("--model", default="base", help="of Whisper")
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    one = measured(asked.minutes, asked.model)
    rows = plan(one, asked.sessions, asked.long, asked.cores)
    lines = ["| what | measured, and in all |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]
    given = f"--minutes {asked.minutes:g} --sessions {asked.sessions} --long {asked.long:g}"
    page = PAGE.format(
        command=f"python -m benchmarks.planning {given} --cores {asked.cores}",
        cores=os.cpu_count(),
        load=os.getloadavg()[0],
        model=asked.model,
        table="\n".join(lines),
    )
    said(page.splitlines(), asked.to)


if __name__ == "__main__":
    main()

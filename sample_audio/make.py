"""Make the sample sessions: ``python -m sample_audio.make [NAME ...] [--check]``.

Needs the two voices that `make samples` installs. Each file is reported as ``same`` (its bytes
equal what was there), ``changed`` or ``new``. With ``--check`` nothing is written and the exit
status is 1 unless every file is the same. Everything random is seeded and nothing carries a date,
so the same versions of the voices, numpy and libsndfile give the same bytes on a like processor.
"""

import argparse
import io
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from diarize.recording.consent import SCOPES, grant, record_path
from sample_audio.play import Session, play
from sample_audio.room import noise, reverberate
from sample_audio.script import ROLES, SCRIPTS, Script, read_script
from sample_audio.synthesisers import missing
from sample_audio.truth import rttm, truth, vtt

__all__ = ["main", "make", "names", "record"]

HERE = Path(__file__).parent
GIVEN_ON = date(2025, 1, 1)


def names() -> tuple[str, ...]:
    """The sessions there are scripts for."""
    return tuple(sorted(path.stem for path in SCRIPTS.glob("*.toml")))


def record(session: Session) -> NDArray[np.int16]:
    """Put the two dry voices into a room and before the microphones: (n, channels), 16 bit."""
    script = session.script
    wet = {
        role: reverberate(session.voice(role), script.rate_hz, seed=script.seed + number)
        for number, role in enumerate(ROLES)
    }
    if script.channels == 1:
        mixed = [wet["therapist"] + wet["client"]]
    else:
        leak = 10 ** (script.crosstalk_db / 20)
        mixed = [wet[a] + leak * wet[b] for a, b in (ROLES, ROLES[::-1])]
    for number, channel in enumerate(mixed):
        seed = script.seed + 100 * number
        channel += noise(session.length, script.rate_hz, script.noise_db, seed=seed)
    samples = np.stack(mixed, axis=1)
    return np.round(np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)


def make(script: Script, folder: Path) -> list[Path]:
    """Write a session's recording, truth and consent record into `folder`."""
    session = play(script)
    audio = folder / f"{script.name}.flac"
    encoded = io.BytesIO()
    soundfile.write(
        encoded,
        record(session),
        script.rate_hz,
        format="FLAC",
        subtype="PCM_16",
        compression_level=1.0,
    )
    audio.write_bytes(encoded.getvalue())
    text = json.dumps(truth(session), indent=1, ensure_ascii=False) + "\n"
    beside = {".json": text, ".rttm": rttm(session), ".vtt": vtt(session)}
    for ending, content in beside.items():
        audio.with_suffix(ending).write_text(content, "utf-8")
    grant(audio, by="synthetic-voices", scopes=SCOPES, expires_on="2099-12-31", today=GIVEN_ON)
    return [audio, *(audio.with_suffix(ending) for ending in beside), record_path(audio)]


def _compare(fresh: Path, kept: Path) -> str:
    if not kept.exists():
        return "new"
    return "same" if fresh.read_bytes() == kept.read_bytes() else "changed"


def main(arguments: list[str] | None = None) -> int:
    """Make the sessions, say which bytes moved, and give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sample_audio.make", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="sessions; default: all")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(names())
    if unknown:
        parser.error(
            f"no script named {', '.join(sorted(unknown))}; there are {', '.join(names())}"
        )
    problem = missing()
    if problem is not None:
        print(f"sample_audio.make: {problem}", file=sys.stderr)
        return 2
    verdicts = []
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        scripts = [read_script(name) for name in options.names or names()]
        for files in pool.map(lambda script: make(script, Path(temporary)), scripts):
            for file in files:
                verdicts.append(_compare(file, HERE / file.name))
                print(f"{verdicts[-1]:8} {file.name}")
                if not options.check and verdicts[-1] != "same":
                    shutil.copyfile(file, HERE / file.name)
    return int(options.check and set(verdicts) != {"same"})


if __name__ == "__main__":
    sys.exit(main())

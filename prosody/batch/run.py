"""Recordings into the library: one, or many with each in a process of its own.

Conventions
-----------
A batch skips what is done: a session whose key (recording, options, settings, rule files, code,
weights) has not changed. It carries on past a bad file. ``errors.jsonl`` has one line per
failure, ``sessions.csv`` one row per session and ``measures.csv`` one row per measure, all sorted
by session id and written whole or not at all; they name sessions and rows of the manifest, never
files or people.
"""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.tables import guarded
from diarize.recording.consent import Recording, admit
from diarize.runtime.atomic import sha256_of, write_whole
from diarize.runtime.stopping import undone_if_stopped
from prosody.cues.measure import Measure
from prosody.cues.warmth import caveat
from prosody.engines import Asked, models_of
from prosody.features.frames import save
from prosody.report.model import Report
from prosody.rules import own_folder
from prosody.settings import Settings
from prosody.store import corrections as correcting
from prosody.store import library
from prosody.store.library import Entry

__all__ = ["Job", "Outcome", "add", "forget_rows", "jobs_of", "renew_rows", "run"]

AUDIO = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".mp4", ".webm")
COLUMNS = (
    "recording",
    "session_id",
    "dyad_id",
    "date",
    "therapist_id",
    "client_id",
    "transcript",
    "speakers",
    "therapist",
    "therapist_voice",
    "channels",
    "setting",
    "language",
)
IDS = ("dyad_id", "date", "therapist_id", "client_id")
_HEADLINES = (
    "talk.share",
    "talk.time",
    "turns.count",
    "turns.response_latency",
    "turns.backchannel_rate",
    "turns.overlap_rate",
    "turns.overlaps_to_review",
    "pace.articulation_rate",
    "voice.level",
    "voice.pitch_median",
    "listening.reflections_to_questions",
    "listening.open_question_share",
)


@dataclass(frozen=True, slots=True)
class Job:
    """One recording of a batch; `row` is its place in the folder or manifest, from 1."""

    row: int
    recording: Path
    arguments: tuple[str, ...] = ()
    ids: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: ``done``, ``skipped`` or ``failed``, and why it failed."""

    row: int
    status: str
    session_id: str | None = None
    reason: str | None = None


def add(
    path: Path,
    asked: Asked,
    folder: Path,
    *,
    session_id: str | None = None,
    ids: Mapping[str, str] | None = None,
    force: bool = True,
    progress: Callable[[str, float | None], None] = lambda stage, share: None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Entry, Report, bool]:
    """Analyse one recording into the library.

    Parameters
    ----------
    path : Path
        The recording.
    asked : Asked
        What a person asked for.
    folder : Path
        The library.
    session_id : str, optional
        Its id; without it one is made from the recording's hash.
    ids : mapping, optional
        ``dyad_id``, ``date``, ``therapist_id``, ``client_id`` as the manifest has them.
    force : bool
        Analyse even what is done already.

    Returns
    -------
    entry, report, fresh
        `fresh` is False where what was there already still holds.

    Raises
    ------
    Refused
        If the recording may not or cannot be analysed; the library is then as before.
    """
    recording = admit(path)
    asked = _with_sidecar(path, asked, say)
    named = library.session_id_of(recording.sha256, session_id)
    key = _key(recording.sha256, asked)
    there = next((e for e in library.list_sessions(folder) if e.session_id == named), None)
    if there is not None and there.sha256 != recording.sha256:
        raise Refused(f"session id {named}: is another recording's; choose another id")
    if there is not None and there.key == key and not force:
        return there, library.load(folder, named), False
    with library.locked(folder):
        pass  # a library that cannot be written is refused before anything is decoded
    entry, report = _analysed(recording, asked, folder, named, key, ids or {}, progress, say)
    return entry, report, True


def _with_sidecar(path: Path, asked: Asked, say: Callable[[str], None]) -> Asked:
    """Take a transcript that lies beside the recording under its name, and say so."""
    if asked.transcript is not None or asked.transcriber != "auto":
        return asked
    for ending in (".vtt", ".srt"):
        beside = path.with_suffix(ending)
        if beside.is_file():
            say(
                f"transcript: the {ending} file beside the recording (--transcriber none leaves it)"
            )
            return replace(asked, transcript=beside)
    return asked


def _analysed(
    recording: Recording,
    asked: Asked,
    folder: Path,
    named: str,
    key: str,
    ids: Mapping[str, str],
    progress: Callable[[str, float | None], None],
    say: Callable[[str], None],
) -> tuple[Entry, Report]:
    from diarize.recording.audio import save_flac
    from prosody.engines import plan
    from prosody.pipeline import analyse
    from prosody.render.html import html

    planned = plan(asked, progress=progress, say=say)
    made = analyse(
        recording,
        separate=planned.separate,
        transcribe=planned.transcribe,
        transcript=planned.transcript,
        asked=asked,
        progress=progress,
    )
    entry = Entry(
        named,
        recording.sha256,
        date.today().isoformat(),
        made.report.recording.duration_s,
        **{name: ids.get(name) for name in IDS},
        key=key,
    )
    # Consent may have been withdrawn while the analysis ran; then nothing of it is kept.
    recording = admit(recording.path)
    play_back = "play_back" in recording.consent.scopes
    with library.locked(folder):
        report, kept, heard = correcting.carried(folder, named, made)
        library.save(
            folder,
            entry,
            report,
            html(report, made.frames, session_id=named),
            lambda to: save(made.frames, to),
            write_audio=(lambda to: save_flac(made.audio, to)) if play_back else None,
            keep_audio=play_back,
            keep=kept,
            heard=heard,
        )
    return entry, report


def _key(sha256: str, asked: Asked) -> str:
    """Hash everything a report follows from."""
    supplied = {
        name: sha256_of(path)
        for name, path in (("transcript", asked.transcript), ("speakers", asked.speakers))
        if path is not None
    }
    models = [found.sha256 for found in models_of(asked)]
    plain = {**asdict(asked), **supplied}
    own = [sha256_of(file) for file in sorted(own_folder().glob("*.toml"))]
    material = [sha256, plain, asdict(asked.settings), _code(), models, own]
    return hashlib.sha256(json.dumps(material, sort_keys=True, default=str).encode()).hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """Hash of the program's own source."""
    digest = hashlib.sha256()
    here = Path(__file__).resolve().parents[2]
    for package in ("diarize", "prosody"):
        for path in sorted((here / package).rglob("*")):
            if path.suffix in (".py", ".toml", ".npz"):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def jobs_of(source: Path) -> tuple[Job, ...]:
    """Give the recordings of a folder, or of a manifest.

    Raises
    ------
    Refused
        If there are none, or the manifest cannot be read.
    """
    if source.is_dir():
        found = sorted(p for p in source.iterdir() if p.suffix.lower() in AUDIO and p.is_file())
        if not found:
            raise Refused(f"{source}: holds no recording; give a folder with audio or a manifest")
        return tuple(Job(row, path) for row, path in enumerate(found, 1))
    try:
        rows = list(csv.DictReader(io.StringIO(source.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise Refused(f"{source}: not a readable manifest; save it as UTF-8 CSV") from None
    columns = set(rows[0]) if rows else set()
    if "recording" not in columns or columns - set(COLUMNS):
        strange = ", ".join(sorted(str(c) for c in columns - set(COLUMNS)))
        raise Refused(
            f"{source}: a manifest has the column 'recording' and may have "
            f"{', '.join(COLUMNS[1:])}" + (f"; it has also {strange}" if strange else "")
        )
    return tuple(_job(source, number, row) for number, row in enumerate(rows, 1))


def _job(source: Path, number: int, row: Mapping[str, str | None]) -> Job:
    given = {k: v.strip() for k, v in row.items() if v and v.strip()}
    arguments: list[str] = []
    for column in ("transcript", "speakers"):
        if column in given:
            arguments += [f"--{column}", str(_inside(source, number, given[column]))]
    for column in ("therapist", "therapist_voice", "channels", "setting", "language"):
        if column in given:
            arguments += ["--" + column.replace("_", "-"), given[column]]
    if "session_id" in given:
        arguments += ["--session-id", given["session_id"]]
    ids = {k: v for k, v in given.items() if k in IDS}
    return Job(number, _inside(source, number, given.get("recording", "")), tuple(arguments), ids)


def _inside(source: Path, number: int, name: str) -> Path:
    """Resolve a manifest's path; it may not leave the manifest's folder, not by a link either."""
    home = source.resolve().parent
    place = (home / name).resolve()
    if not name or "://" in name or not place.is_relative_to(home):
        raise Refused(
            f"{source}: row {number}: '{name}' is not a file in the manifest's own folder"
        )
    return place


def run(
    jobs: Sequence[Job],
    folder: Path,
    arguments: Sequence[str] = (),
    *,
    workers: int = 1,
    force: bool = False,
    told: Callable[[Outcome, int, int], None] = lambda outcome, done, of: None,
) -> tuple[Outcome, ...]:
    """Analyse many recordings, each in a process of its own, and write the tables.

    Parameters
    ----------
    jobs : sequence of Job
        From `jobs_of`.
    folder : Path
        The library; the tables are written into it.
    arguments : sequence of str
        Options of `prosody analyze` for every job; a job's own come after and win.
    workers : int
        How many at once.
    force : bool
        Analyse even what is done.
    told : callable
        After each job: its outcome, how many are done, of how many.

    Raises
    ------
    Refused
        If a person's own weights cannot be read: once, before any job starts.
    """
    Settings()
    running: set[subprocess.Popen[str]] = set()
    outcomes: list[Outcome] = []

    def end() -> None:
        for child in list(running):
            child.kill()
        for child in list(running):
            child.wait()
        with suppress(Refused), library.locked(folder, wait_s=5.0):
            pass  # locking takes away what they had half saved

    with (
        library.locked(folder, name=".batch-lock", wait_s=0.0),
        undone_if_stopped(end),
        ThreadPoolExecutor(workers) as pool,
    ):
        try:
            # Several children share the cores; each taking all of them would slow all down.
            threads = str(max(1, (os.cpu_count() or 1) // workers))
            spare = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads)}
            given = [*arguments, *([] if force else ["--if-needed"])]
            waiting = [pool.submit(_child, j, folder, given, spare, running) for j in jobs]
            for done, future in enumerate(as_completed(waiting), 1):
                outcomes.append(future.result())
                told(outcomes[-1], done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end()
            raise
        outcomes.sort(key=lambda outcome: outcome.row)
        _tables(folder, outcomes)
    return tuple(outcomes)


def _child(
    job: Job,
    folder: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    running: set[subprocess.Popen[str]],
) -> Outcome:
    # A crash, a kill or a leak in one recording must not reach the others.
    command = [sys.executable, "-m", "prosody", "analyze", "--library", str(folder), "--status"]
    command += [*arguments, *job.arguments]
    for name, value in (job.ids or {}).items():
        command += ["--" + name.replace("_", "-"), value]
    command += ["--", str(job.recording)]
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as child:
        running.add(child)
        said, complaint = child.communicate()
        running.discard(child)
    if child.returncode == 0:
        status = json.loads(said.strip().splitlines()[-1])
        return Outcome(job.row, "done" if status["fresh"] else "skipped", status["session_id"])
    return Outcome(job.row, "failed", None, _reason(job, child.returncode, complaint))


def _reason(job: Job, code: int, complaint: str) -> str:
    """Say why a job failed without naming its file."""
    if code < 0:
        return f"its process was ended by signal {-code} (out of memory?)"
    lines = [line for line in complaint.strip().splitlines() if line.strip()]
    last = lines[-1] if lines else f"exit code {code}"
    for name in (str(job.recording), job.recording.name):
        last = last.replace(name, "the recording")
    return last.removeprefix("prosody: ")


def _tables(folder: Path, outcomes: Sequence[Outcome]) -> None:
    failed = [o for o in outcomes if o.status == "failed"]
    write_whole(
        folder / "errors.jsonl",
        "".join(
            json.dumps({"row": o.row, "reason": o.reason}, ensure_ascii=False) + "\n"
            for o in failed
        ),
    )
    wanted = sorted({o.session_id for o in outcomes if o.session_id is not None})
    made = [(library.entry(folder, i), library.load(folder, i)) for i in wanted]
    write_whole(folder / "sessions.csv", _csv([_wide(entry, report) for entry, report in made]))
    write_whole(
        folder / "measures.csv",
        _csv([_long(entry, measure) for entry, report in made for measure in report.measures]),
    )


def _long(entry: Entry, measure: Measure) -> dict[str, object]:
    row = {"session_id": entry.session_id, "dyad_id": entry.dyad_id, **asdict(measure)}
    return row | {"caveat": caveat(measure.cue)}


def _wide(entry: Entry, report: Report) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in ("session_id", *IDS)}
    row["duration_s"] = report.recording.duration_s
    row["role_certainty"] = min((v.certainty for v in report.voices), default=0.0)
    row["quality_warnings"] = " ".join(c.check for c in report.quality if c.verdict != "ok")
    for cue in _HEADLINES:
        for role in ("therapist", "client"):
            measure = report.measure(cue, role)
            for part in ("value", "low", "high", "n", "reliable"):
                row[f"{cue}.{role}.{part}"] = getattr(measure, part, None)
    return row


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    return _written(list(rows[0]), [_cells(row) for row in rows]) if rows else ""


def _cells(row: Mapping[str, object]) -> dict[str, object]:
    return {k: guarded(v) if isinstance(v, str) else v for k, v in row.items()}


def _written(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def forget_rows(folder: Path, session_id: str) -> None:
    """Take an erased session out of the tables of earlier batches."""
    for name in ("sessions.csv", "measures.csv"):
        _replaced(folder / name, session_id, [])


def renew_rows(folder: Path, session_id: str) -> None:
    """Bring the rows of a corrected session in the tables of earlier batches up to date."""
    entry, report = library.entry(folder, session_id), library.load(folder, session_id)
    _replaced(folder / "sessions.csv", session_id, [_wide(entry, report)])
    measures = [_long(entry, measure) for measure in report.measures]
    _replaced(folder / "measures.csv", session_id, measures)


def _replaced(path: Path, session_id: str, new: Sequence[Mapping[str, object]]) -> None:
    """Put new rows in the place of a session's own, where a table has any; others stay as read."""
    if not path.is_file():
        return
    table = csv.DictReader(io.StringIO(path.read_text("utf-8")))
    rows = list(table)
    first = next((i for i, row in enumerate(rows) if row["session_id"] == session_id), None)
    if first is None:
        return
    before, after = rows[:first], [r for r in rows[first:] if r["session_id"] != session_id]
    kept = [*before, *(_cells(row) for row in new), *after]
    write_whole(path, _written(list(table.fieldnames or ()), kept) if kept else "")

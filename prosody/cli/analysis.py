"""Commands that listen: one recording, many, or the frame features alone."""

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarize.errors import Refused
from diarize.messages import message
from diarize.runtime.atomic import real
from prosody.cli.declare import PATH, Command, date_format_option, library_option, parameter
from prosody.cli.terminal import complain, left, print_message, progress, saved, teller, visible
from prosody.option import LABELS
from prosody.options import OPTIONS, asked

if TYPE_CHECKING:
    from prosody.batch.cluster import Cluster
    from prosody.batch.crew import Limits
    from prosody.batch.manifest import Job
    from prosody.batch.run import Outcome

__all__ = ["analyze", "batch", "frames"]


def _of_one() -> list[click.Option]:
    return [parameter(row) for row in (*OPTIONS.values(), *LABELS.values())]


def _of_many() -> list[click.Option]:
    return [parameter(row) for row in OPTIONS.values()]


@click.command(cls=Command, table=_of_one)
@click.argument("recording", type=PATH, nargs=-1, required=True)
@library_option
@click.option(
    "--parallel",
    is_flag=True,
    help="The files were recorded in parallel, such as one per person.",
)
@click.option("--if-needed", is_flag=True, help="Skip if unchanged.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
def analyze(recording: tuple[Path, ...], library: Path | None, **options: Any) -> None:
    """Analyse a recording and print its findings; several files are the parts of one session."""
    from prosody.render.text import screen
    from prosody.report.codec import to_json
    from prosody.store import voices
    from prosody.store.add import add_session
    from prosody.store.library import Library, root

    quiet = options["quiet"]
    folder = root(library)
    labels = {name: options[name] for name in LABELS if options[name] is not None}
    with progress(quiet) as bar:
        added = add_session(
            recording,
            asked(options, partial(voices.load, Library(folder))),
            folder,
            parallel=options["parallel"],
            session_id=labels.pop("session_id", None),
            ids=labels,
            force=not options["if_needed"],
            progress=bar,
            say=teller(quiet),
        )
    entry, report = added.entry, added.report()
    if options["as_json"]:
        click.echo(to_json(report), nl=False)
    elif not quiet:
        click.echo(screen(report, entry.session_id))
        where = folder / entry.session_id / "report.html"
        print_message("command.analysed", report=str(where), library=_of(library))


def _of(library: Path | None) -> str:
    """Give the option with which a command to copy finds the same library."""
    return "" if library is None else f" --library {shlex.quote(str(library))}"


@click.command(cls=Command, table=_of_many)
@click.argument("source", type=PATH)
@library_option
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Recordings analysed in parallel.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    default=240,
    show_default=True,
    metavar="MINUTES",
    help="Longest time for one recording; after that it is tried once more.",
)
@click.option(
    "--memory-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="GB",
    help="Most memory for one recording (default: its share of the machine's).",
)
@date_format_option
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Hand the recordings to the workers of this dask scheduler (tls://HOST:PORT).",
)
@click.option(
    "--certificates", type=PATH, help="Folder with ca.pem, cert.pem and key.pem for the cluster."
)
@click.option(
    "--worker-label", metavar="NAME", help="Use only workers with this resource (such as GPU)."
)
@click.option("--force", is_flag=True, help="Analyse again even if unchanged.")
@click.option(
    "--list", "listed", is_flag=True, help="Only print which file each row number stands for."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per recording.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
def batch(source: Path, library: Path | None, **options: Any) -> int:
    """Analyse a folder of recordings, or those of a manifest (CSV)."""
    from dataclasses import asdict

    from diarize.models.engine import require
    from prosody.batch.crew import Limits
    from prosody.batch.embedded import Embedded
    from prosody.batch.manifest import jobs_of
    from prosody.batch.run import run
    from prosody.store.library import root

    folder = root(library)
    if options["listed"]:
        return _list(source, jobs_of(source, library=folder, dates=None), options["as_json"])
    limits = Limits(options["time_limit"], options["memory_limit"])
    crew = _cluster(options, folder, limits)
    if crew is None:  # once, and not for every recording
        require()
    jobs = jobs_of(source, library=folder, dates=options["date_format"])
    if not options["quiet"]:
        _tell_taken(source, jobs, folder)
    outcomes = run(
        jobs,
        folder,
        {name: options[name] for name in OPTIONS},
        crew=crew or Embedded(options["jobs"], limits),
        force=options["force"],
        told=_teller(options["quiet"], {job.row: job.recording.name for job in jobs}),
    )
    if options["as_json"]:
        for outcome in outcomes:
            click.echo(json.dumps(asdict(outcome)))
    failed = [o for o in outcomes if o.status == "failed"]
    for outcome in failed:
        complain(message("batch.failed_row", row=outcome.row, reason=outcome.reason))
    if not options["quiet"]:
        done = len(outcomes) - len(failed)
        code = "batch.done_but" if failed else "batch.done"
        where = {"folder": str(folder), "library": _of(library)}
        print_message(code, err=True, n=done, of=len(outcomes), **where)
    return 3 if failed else 0


def _list(source: Path, jobs: Sequence["Job"], as_json: bool) -> int:
    """Print which file each row is: what is written down has the number alone."""
    home = source if source.is_dir() else real(source).parent
    for job in jobs:
        files = [str(path.relative_to(home)) for path in (job.recording, *job.more)]
        if as_json:
            click.echo(json.dumps({"row": job.row, "files": files}))
        else:
            print_message("batch.listed_row", row=job.row, files=tuple(map(visible, files)))
    return 0


def _tell_taken(source: Path, jobs: Sequence["Job"], library: Path) -> None:
    """Say what of a folder is left out, and which columns of a manifest are kept as covariates."""
    from prosody.batch.manifest import covariates, passed_over

    if left := passed_over(source, jobs, library=library):
        print_message("batch.passed_over", err=True, n=sum(left.values()), endings=sorted(left))
    if more := covariates(jobs):
        print_message("batch.covariates", err=True, columns=more, n=len(more))


def _cluster(options: Mapping[str, Any], folder: Path, limits: "Limits") -> "Cluster | None":
    """Reach the cluster that was asked for, if one was."""
    if not options["cluster"]:
        return None
    from prosody.batch.cluster import Cluster, Reach, secured
    from prosody.store.library import Library

    reach = Reach(options["cluster"], options["certificates"], options["worker_label"])
    secured(reach)
    if not reach.here and not Library(folder).shared:
        raise Refused("batch.not_a_database", address=reach.address)
    return Cluster(reach, limits)


def _teller(quiet: bool, names: Mapping[int, str]) -> Callable[["Outcome", int, int], None]:
    """Say after each recording how far the batch is; files are named on a terminal alone."""
    import time

    began = time.monotonic()

    def tell(outcome: "Outcome", done: int, of: int) -> None:
        if quiet:
            return
        left_s = (time.monotonic() - began) / done * (of - done)
        row = str(message("batch.row", row=outcome.row))
        named = {"session": outcome.session_id} if outcome.session_id else {}
        print_message(
            "batch.progress_left" if done < of else "batch.progress",
            err=True,
            done=done,
            of=of,
            which=names[outcome.row] if sys.stderr.isatty() else row,
            status=message(f"batch.is_{outcome.status}", **named),
            left=left(left_s),
        )

    return tell


def _of_frames() -> list[click.Option]:
    """Give the options that frames follow from."""
    rows = (r for r in OPTIONS.values() if (r.setting or r.name).startswith(_OF_FRAMES))
    return [parameter(row) for row in rows]


_OF_FRAMES = ("channels", "track", "hearing.", "features.")


@click.command(cls=Command, table=_of_frames)
@click.argument("recording", type=PATH)
@click.option("--to", "target", type=PATH, required=True, help="A .npz, .csv or .parquet file.")
def frames(recording: Path, target: Path, **options: Any) -> None:
    """Write acoustic features, one row per 10 ms; with --channels, for each channel separately."""
    from prosody.features.frame_files import WRITERS, save

    if target.suffix.lower() not in WRITERS:
        raise Refused("export.no_such_format", file=str(target), known=tuple(WRITERS))
    from diarize.models.engine import require
    from diarize.recording.admission import admit
    from diarize.recording.audio import decode
    from diarize.separation.activity import Speech
    from prosody.features.frames import measure

    require()
    given = asked(options)
    settings, apart = given.settings, given.channels is not None
    audio = decode(admit(recording), limits=settings.hearing.decoding, track=given.track)
    speech = Speech(audio, settings.hearing.activity)
    found = measure(
        audio,
        speech=speech.by_channel if apart else speech.probability,
        per_channel=apart,
        settings=settings.features,
    )
    saved(lambda: save(found, target), target)

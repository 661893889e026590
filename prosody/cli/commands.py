"""The commands people type.

Exit codes: 0 all done; 2 wrong usage or refused input; 3 some of many failed; 130 interrupted;
1 a fault in this program. An error is one line on stderr: what, which file, what to do. Heavy
parts are imported by the command that needs them, so that help answers at once.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diarize.errors import Refused
from diarize.recording.consent import DEFAULT_SCOPES
from diarize.runtime.atomic import sha256_of
from diarize.runtime.stopping import CODE, stop_at_once

if TYPE_CHECKING:
    from prosody.engines import Asked

__all__ = ["cli", "main"]

_F = TypeVar("_F", bound=Callable[..., Any])
_PATH = click.Path(path_type=Path)


def main() -> None:
    """Run the command line and leave with its exit code."""
    stop_at_once()
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(CODE)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        sys.exit(_failed(error))


def _failed(error: Exception) -> int:
    """Say in one line what went wrong and give the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    if isinstance(error, click.ClickException):
        _complain(error.format_message())
        return 2
    if isinstance(error, Refused):
        _complain(str(error))
        return 2
    _complain(f"a fault in this program ({type(error).__name__}); run it again with --debug")
    return 1


def _complain(line: str) -> None:
    click.echo("prosody: " + " ".join(line.split()), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="listening-prosody")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Hear how a therapist listens, from a consented recording. Nothing leaves this machine."""


def _library_option(command: _F) -> _F:
    option = click.option(
        "--library", type=_PATH, help="The library folder (default: your user data folder)."
    )
    return option(command)


def _by_option(meaning: str) -> Callable[[_F], _F]:
    """Who does something: a code, kept for good beside what was done."""

    def checked(context: click.Context, option: click.Parameter, given: str) -> str:
        from prosody.store.wanted import is_code

        if not is_code(given):
            raise Refused(
                f"--by {given}: give a code of up to 64 letters, digits, dashes or underscores, "
                "never a person's name"
            )
        return given

    return click.option("--by", default="user", show_default=True, callback=checked, help=meaning)


def _analysis_options(command: _F) -> _F:
    options = (
        click.option("--transcript", type=_PATH, help="WebVTT, SRT, JSON, TextGrid, EAF, ..."),
        click.option("--speakers", type=_PATH, help="Who speaks when, as RTTM."),
        click.option("--channels", help="For example therapist=1,client=2."),
        click.option("--therapist", help="The therapist's voice, as the report names it."),
        click.option(
            "--therapist-voice", metavar="NAME", help="An enrolled voice (prosody voice list)."
        ),
        click.option("--people", type=click.IntRange(1, 8), help="How many speak, if known."),
        click.option(
            "--transcriber",
            type=click.Choice(["auto", "whisper", "faster-whisper", "none"]),
            default="auto",
            show_default=True,
        ),
        click.option(
            "--whisper-model", help="A name, a .pt file, or a faster-whisper model's folder."
        ),
        click.option(
            "--separator",
            type=click.Choice(["auto", "pyannote", "builtin", "channels"]),
            default="auto",
            show_default=True,
        ),
        click.option(
            "--pyannote-model",
            type=_PATH,
            help="A folder with pyannote's weights (prosody models).",
        ),
        click.option("--language", help="Two-letter code of the language spoken."),
        click.option(
            "--setting", type=click.Choice(["room", "remote"]), default="room", show_default=True
        ),
        click.option(
            "--motivational-interviewing",
            is_flag=True,
            help="Say that the session is that: MITI-type figures are then made.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _asked(options: Mapping[str, Any], library: Path) -> "Asked":
    from diarize.separation import enrolled
    from prosody.engines import Asked

    known = options["therapist_voice"]
    return Asked(
        enrolled=enrolled.load(library, known) if known else None,
        transcript=options["transcript"],
        speakers=options["speakers"],
        channels=_channels(options["channels"]),
        therapist=options["therapist"],
        people=options["people"],
        separator=options["separator"],
        transcriber=options["transcriber"],
        whisper_model=options["whisper_model"],
        pyannote_model=options["pyannote_model"],
        language=options["language"],
        setting=options["setting"],
        motivational_interviewing=options["motivational_interviewing"],
    )


def _channels(text: str | None) -> dict[int, str] | None:
    """Read ``therapist=1,client=2`` into 0-based channels."""
    if text is None:
        return None
    try:
        pairs = [part.split("=") for part in text.split(",")]
        found = {int(number) - 1: role.strip() for role, number in pairs}
        fine = len(found) == len(pairs) and min(found) >= 0
        if fine and set(found.values()) <= {"therapist", "client", "other"}:
            return found
    except ValueError:
        pass
    raise Refused(f"--channels {text}: write it like therapist=1,client=2")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
    """Show a bar on stderr, only on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(stage: str, share: float | None) -> None:
            nonlocal task
            if share is None:  # a task whose total is known cannot forget it: a new one pulses
                bar.remove_task(task)
                task = bar.add_task(stage, total=None)
            else:
                bar.update(task, description=stage, total=1.0, completed=share)

        yield show


def _teller(quiet: bool) -> Callable[[str], None]:
    def tell(line: str) -> None:
        if not quiet:  # through sys.stderr, which a bar puts above itself; click goes past it
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    return tell


@cli.command()
@click.argument("recording", type=_PATH)
@_library_option
@_analysis_options
@click.option("--session-id", help="A pseudonymous id; made from the content by default.")
@click.option("--dyad-id", hidden=True)
@click.option("--date", "held_on", hidden=True)
@click.option("--therapist-id", hidden=True)
@click.option("--client-id", hidden=True)
@click.option("--if-needed", is_flag=True, help="Leave it if nothing has changed since.")
@click.option("--status", is_flag=True, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--debug", is_flag=True, hidden=True)
def analyze(recording: Path, library: Path | None, **options: Any) -> None:
    """Analyse one recording into the library and print its findings."""
    from prosody.batch import run as batch
    from prosody.render.text import screen
    from prosody.report.codec import to_json
    from prosody.store import library as shelf

    quiet = options["quiet"] or options["status"]
    folder = shelf.root(library)
    ids = {
        "dyad_id": options["dyad_id"],
        "date": options["held_on"],
        "therapist_id": options["therapist_id"],
        "client_id": options["client_id"],
    }
    with _progress(quiet) as progress:
        entry, report, fresh = batch.add(
            recording,
            _asked(options, folder),
            folder,
            session_id=options["session_id"],
            ids=ids,
            force=not options["if_needed"],
            progress=progress,
            say=_teller(quiet),
        )
    if options["status"]:
        click.echo(json.dumps({"session_id": entry.session_id, "fresh": fresh}))
    elif options["as_json"]:
        click.echo(to_json(report), nl=False)
    elif not quiet:
        click.echo(screen(report, entry.session_id))
        click.echo(f"\nReport: {folder / entry.session_id / 'report.html'}")
        click.echo("Listen and look: prosody dashboard" + _library_hint(library))


def _library_hint(library: Path | None) -> str:
    return f" --library {library}" if library else ""


@cli.command()
@click.argument("source", type=_PATH)
@_library_option
@_analysis_options
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="At once.")
@click.option("--cluster", help="Address of a scheduler.")
@click.option("--force", is_flag=True, help="Analyse even what is done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line per recording on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--debug", is_flag=True, hidden=True)
def batch(source: Path, library: Path | None, **options: Any) -> int:
    """Analyse a folder of recordings, or those of a manifest (CSV)."""
    from dataclasses import asdict

    from prosody.batch import run as batches
    from prosody.store import library as shelf

    if options["cluster"]:
        raise Refused("--cluster: not available in this version; use --jobs on one machine")
    folder = shelf.root(library)
    jobs = batches.jobs_of(source)
    tell = _batch_teller(options["quiet"], {job.row: job.recording.name for job in jobs})
    outcomes = batches.run(
        jobs,
        folder,
        _passed_on(options),
        workers=options["jobs"],
        force=options["force"],
        told=tell,
    )
    if options["as_json"]:
        for outcome in outcomes:
            click.echo(json.dumps(asdict(outcome)))
    failed = [o for o in outcomes if o.status == "failed"]
    for outcome in failed:
        _complain(f"row {outcome.row}: {outcome.reason}")
    if not options["quiet"]:
        click.echo(
            f"{len(outcomes) - len(failed)} of {len(outcomes)} recordings are in {folder}; "
            "see sessions.csv, measures.csv and errors.jsonl there.",
            err=True,
        )
    return 3 if failed else 0


def _batch_teller(quiet: bool, names: Mapping[int, str]) -> Callable[[Any, int, int], None]:
    """Say after each recording how far the batch is; files are named on a terminal alone."""
    import time

    began = time.monotonic()

    def tell(outcome: Any, done: int, of: int) -> None:
        if quiet:
            return
        left = (time.monotonic() - began) / done * (of - done)
        which = names[outcome.row] if sys.stderr.isatty() else f"row {outcome.row}"
        session = f" as {outcome.session_id}" if outcome.session_id else ""
        more = f", about {max(1, round(left / 60))} min left" if done < of else ""
        click.echo(f"{done}/{of} {which}: {outcome.status}{session}{more}", err=True)

    return tell


def _passed_on(options: Mapping[str, Any]) -> list[str]:
    """Give the options of every child, as they were given here."""
    names = (
        "transcript",
        "speakers",
        "channels",
        "therapist",
        "therapist_voice",
        "people",
        "whisper_model",
        "pyannote_model",
        "language",
    )
    arguments = [
        part
        for name in names
        if options[name] is not None
        for part in ("--" + name.replace("_", "-"), str(options[name]))
    ]
    for name in ("transcriber", "separator", "setting"):
        arguments += ["--" + name, options[name]]
    if options["motivational_interviewing"]:
        arguments.append("--motivational-interviewing")
    return arguments


@cli.command()
@click.argument("recording", type=_PATH)
@click.option("--to", "target", type=_PATH, required=True, help="Ending .npz, .csv or .parquet.")
@click.option("--channels", help="Measure each channel by itself: therapist=1,client=2.")
@click.option("--debug", is_flag=True, hidden=True)
def frames(recording: Path, target: Path, channels: str | None, debug: bool) -> None:
    """Write the frame features of a recording, every 10 ms."""
    if target.suffix not in (".npz", ".csv", ".parquet"):
        raise Refused(f"{target}: no such format; end the name in .npz, .csv or .parquet")
    import numpy as np

    from diarize.recording.audio import decode
    from diarize.recording.consent import admit
    from diarize.separation.activity import speech_probability
    from prosody.features.frames import measure, save

    audio = decode(admit(recording))
    apart = _channels(channels) is not None
    heard = (
        np.stack([speech_probability(channel, audio.rate) for channel in audio.samples])
        if apart
        else speech_probability(audio.mono, audio.rate)
    )
    _saved(lambda: save(measure(audio, speech=heard, per_channel=apart), target), target)


def _saved(write: Callable[[], None], target: Path) -> None:
    try:
        write()
    except OSError as error:
        raise Refused(f"{target}: cannot be written ({error.strerror}); choose another") from None


@cli.command()
@click.argument("transcript", type=_PATH)
@click.option("--language", help="Two-letter code.")
@click.option("--therapist", help="The therapist's label in the transcript.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per turn.")
@click.option("--debug", is_flag=True, hidden=True)
def code(
    transcript: Path, language: str | None, therapist: str | None, as_json: bool, debug: bool
) -> None:
    """Suggest listening behaviours from the words of a transcript alone."""
    from diarize.formats.table import read_transcript
    from diarize.formats.transcript import mended
    from prosody.listening.detect import code as code_turns

    read = read_transcript(transcript)
    roles = _roles_of(read, therapist, language)
    turns = [(roles.get(cue.voice or "", "unknown"), cue.text) for cue in mended(read.cues)]
    if "therapist" not in roles.values():
        click.echo(f"prosody: {_nobody(read.labels)}", err=True)
    for coded in code_turns(turns, language=language or read.language or "en"):
        if as_json:
            click.echo(json.dumps(_plain(coded), ensure_ascii=False))
            continue
        said = ", ".join(f"{b.kind} ({b.confidence:.2f}: {b.evidence})" for b in coded.behaviours)
        click.echo(f"{coded.index:4} {coded.role:10} {said or '-'}")


def _nobody(labels: Sequence[str]) -> str:
    """Say why no turn is the therapist's, and what to do."""
    if not labels:
        return "the transcript does not say who speaks, so nothing is suggested; label its turns"
    who = ", ".join(labels[:6])
    return f"not sure who the therapist is, so no behaviour is suggested; --therapist says ({who})"


def _plain(coded: Any) -> dict[str, Any]:
    """Give one coded turn in the contract's shape; a sub-kind only where one is offered."""
    behaviours = [
        {"kind": b.kind, "confidence": b.confidence, "evidence": b.evidence}
        | ({"sub_kind": b.sub_kind} if b.sub_kind else {})
        for b in coded.behaviours
    ]
    turn = {"index": coded.index, "role": coded.role, "text": coded.text}
    return {**turn, "behaviours": behaviours}


def _roles_of(read: Any, therapist: str | None, language: str | None) -> dict[str, str]:
    """Give the role of each label of a transcript; times do not matter here, the order does."""
    from diarize.roles import cast
    from diarize.timeline import Span, Turn, Word

    labelled = [(i, cue) for i, cue in enumerate(read.cues) if cue.voice is not None]
    turns = [Turn(Span(i, i + 1), cue.voice) for i, cue in labelled]
    words = [
        Word(Span(i, i + 1), word, voice=cue.voice)
        for i, cue in labelled
        for word in cue.text.split()
    ]
    castings = cast(turns, words, therapist_voice=therapist, language=language or read.language)
    return {casting.voice: casting.role for casting in castings}


@cli.command()
@_library_option
@click.option("--port", type=click.IntRange(0, 65535), help="Default: the first free one.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--debug", is_flag=True, hidden=True)
def dashboard(library: Path | None, port: int | None, no_browser: bool, debug: bool) -> None:
    """Open the dashboard over the library, on this machine alone."""
    # The dashboard stands above this package; it is started, not imported, by its name.
    import importlib

    from prosody.store import library as shelf

    launch = importlib.import_module("dashboard.app").launch
    launch(shelf.root(library), port=port, open_browser=not no_browser)


@cli.command()
@click.argument("session")
@_library_option
@click.option("--json", "as_json", is_flag=True, help="Print the report on stdout.")
@click.option("--turns", is_flag=True, help="List the turns, with their numbers.")
@click.option("--words", is_flag=True, help="List them with each word's number; ? marks doubt.")
@click.option("--debug", is_flag=True, hidden=True)
def show(
    session: str, library: Path | None, as_json: bool, turns: bool, words: bool, debug: bool
) -> None:
    """Print the findings of one session."""
    from prosody.render.text import screen
    from prosody.render.wording import clock
    from prosody.report.codec import to_json
    from prosody.store import library as shelf

    report = shelf.load(shelf.root(library), session)
    if as_json:
        click.echo(to_json(report), nl=False)
    elif turns or words:
        for turn in report.turns:
            who = f"{turn.voice} {turn.role} {turn.kind}"
            said = _numbered(turn) if words else turn.text or ""
            click.echo(f"{turn.index:4} {clock(turn.span.start):>8} {who:32} {said}")
    else:
        click.echo(screen(report, session))


def _numbered(turn: Any) -> str:
    """A turn's words with their numbers; a question mark says that the owner is doubtful."""
    pairs = enumerate(turn.words or (), 1)
    return "  ".join(f"{n}{'?' if word.doubtful else ''}:{word.text}" for n, word in pairs)


@cli.command(name="list")
@_library_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per session.")
@click.option("--debug", is_flag=True, hidden=True)
def list_(library: Path | None, as_json: bool, debug: bool) -> None:
    """List the sessions of the library."""
    from dataclasses import asdict

    from prosody.render.wording import clock
    from prosody.store import library as shelf

    entries = shelf.list_sessions(shelf.root(library))
    for entry in entries:
        if as_json:
            click.echo(json.dumps(asdict(entry)))
        else:
            ids = " ".join(i for i in (entry.dyad_id, entry.therapist_id, entry.client_id) if i)
            when = entry.date or entry.added_on
            click.echo(f"{entry.session_id:24} {when} {clock(entry.duration_s):>8} {ids}")
    if not entries and not as_json:
        click.echo("The library is empty; add a session with: prosody analyze RECORDING", err=True)


@cli.command()
@click.argument("session")
@_library_option
@click.option("--to", "target", type=_PATH, required=True, help="The format is in the ending.")
@click.option(
    "--table",
    type=click.Choice(["turns", "measures", "events", "links", "silences"]),
    default="turns",
    show_default=True,
    help="What .csv and .parquet hold.",
)
@click.option("--debug", is_flag=True, hidden=True)
def export(session: str, library: Path | None, target: Path, table: str, debug: bool) -> None:
    """Write a session as .rttm .vtt .srt .TextGrid .eaf .csv .parquet .html .pdf .json."""
    from prosody.render import export as exporting
    from prosody.store import library as shelf

    folder = shelf.root(library)
    report = shelf.load(folder, session)
    _saved(lambda: exporting.write(report, folder / session, target, table=table), target)


@cli.command()
@click.argument("session")
@_library_option
@click.option("--add", "turn", type=int, help="Put a turn on it (prosody show SESSION --turns).")
@click.option("--drop", type=int, metavar="N", help="Take item N off.")
@click.option("--move", type=(int, int), metavar="N M", help="Move item N to place M.")
@click.option("--note", type=(int, str), metavar="N TEXT", help="Write a question to item N.")
@click.option("--print", "target", type=_PATH, help="Write it as a page to print (.html).")
@_by_option("The code of who changes it, never a name.")
@click.option("--debug", is_flag=True, hidden=True)
def agenda(session: str, library: Path | None, **options: Any) -> None:
    """Show, change or print what to listen to together; one change at a time."""
    from diarize.runtime.atomic import write_whole
    from prosody.render.wording import clock
    from prosody.store import agenda as agendas
    from prosody.store import library as shelf

    folder = shelf.root(library)
    report = shelf.load(folder, session)
    items = agendas.of(folder, session, report)
    changed = _agenda_changed(items, report, options)
    if changed != items:
        agendas.keep(folder, session, changed)
    target = options["target"]
    if target is not None:
        if target.suffix.lower() != ".html":
            raise Refused(f"{target}: the agenda is printed as .html; end the name so")
        printed = agendas.page(changed, report, session_id=session)
        _saved(lambda: write_whole(target, printed), target)
    for number, item in enumerate(changed, 1):
        click.echo(f"{number:3} {clock(item.start_s):>8} {agendas.side(item)}: {item.why}")
        if item.note:
            click.echo(f"{'':13}{item.note} ({item.by}, {item.on})")
    if not changed:
        click.echo("Nothing is on the agenda; add a turn with: --add TURN", err=True)


def _agenda_changed(items: Any, report: Any, options: Mapping[str, Any]) -> Any:
    """Apply the one change that was asked for."""
    from prosody.store import agenda as agendas

    asked = [name for name in ("turn", "drop", "move", "note") if options[name] is not None]
    if len(asked) > 1:
        raise Refused("agenda: one change at a time, since the numbers move with each")
    by = options["by"]
    if options["turn"] is not None:
        turn = next((t for t in report.turns if t.index == options["turn"]), None)
        if turn is None:
            raise Refused(f"turn {options['turn']}: not there; see: prosody show SESSION --turns")
        return agendas.add(items, turn, by=by)
    if options["drop"] is not None:
        return agendas.drop(items, options["drop"])
    if options["move"] is not None:
        return agendas.move(items, *options["move"], by=by)
    if options["note"] is not None:
        return agendas.note(items, *options["note"], by=by)
    return items


@cli.command()
@click.argument("session")
@_library_option
@click.option("--swap-roles", is_flag=True, help="The therapist is the client and vice versa.")
@click.option("--role", "roles", multiple=True, help="VOICE=therapist, client or other.")
@click.option("--turn", type=int, help="The number of a turn (prosody show SESSION --turns).")
@click.option("--at", type=float, metavar="SECONDS", help="Instead of a turn, for --is, --is-not.")
@click.option("--voice", help="Whose the turn is, or its --words.")
@click.option("--words", metavar="I-J", help="Which words of the turn (prosody show --words).")
@click.option("--text", help="New text of the turn; - reads it from standard input, see below.")
@click.option("--is", "is_kind", metavar="KIND", help="The behaviour there, confirmed or added.")
@click.option("--is-not", metavar="KIND", help="A behaviour that is not there; with --is, changed.")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Call a voice by another code.")
@click.option("--turns-from", type=_PATH, help="An edited export: .eaf .TextGrid .vtt .srt ...")
@click.option("--text-from", type=_PATH, help="A transcript whose words replace these.")
@click.option(
    "--without-warmth",
    multiple=True,
    metavar="COMPONENT",
    help="Leave a component out of the warmth proxy; 'none' counts all again.",
)
@click.option(
    "--motivational-interviewing/--no-motivational-interviewing",
    default=None,
    help="Say whether the session is that; only then are MITI-type figures made.",
)
@click.option("--history", is_flag=True, help="Print who changed what and when.")
@click.option("--undo", type=int, metavar="N", help="Take correction N of the history back.")
@_by_option("The code of who corrects, never a name.")
@click.option("--debug", is_flag=True, hidden=True)
def correct(session: str, library: Path | None, **options: Any) -> None:
    """Correct roles, turns, words or behaviours; the measures follow at once.

    What is typed after --text can be seen by others in the list of processes while the command
    runs: on a shared machine give --text - and the text on standard input.
    """
    from prosody.batch import run as batches
    from prosody.render.text import screen
    from prosody.store import corrections as correcting
    from prosody.store import library as shelf
    from prosody.store import wanted

    folder = shelf.root(library)
    report = shelf.load(folder, session)
    if options["history"]:
        wanted.alone("--history", options)
        _history(folder, session)
        return
    if options["undo"] is not None:
        wanted.alone("--undo", options)
        made = correcting.undo(folder, session, options["undo"], by=options["by"])
    else:
        if options["text"] == "-":
            options["text"] = _typed()
        changes = wanted.corrections(report, options, say=_teller(quiet=False))
        made = correcting.correct(folder, session, changes)
    with shelf.locked(folder):
        batches.renew_rows(folder, session)
    click.echo(screen(made, session))


def _typed() -> str:
    """Read a turn's text from standard input; an empty one is taken for a slip."""
    try:
        text = sys.stdin.buffer.read(2**20).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("--text -: standard input is not UTF-8 text") from None
    if not text.strip():
        raise Refused("--text -: standard input is empty; --text '' takes the words away")
    return text


def _history(folder: Path, session: str) -> None:
    """Print who changed what and when; words a person wrote only on a terminal."""
    from prosody.store import library as shelf
    from prosody.store.corrections import described

    kept = shelf.corrections(folder, session)
    for number, row in enumerate(kept, 1):
        what = described(row, words=sys.stdout.isatty())
        back = f" (taken back by {row.undone_by} on {row.undone_on})" if row.undone_by else ""
        click.echo(f"{number:3} {row.on} {row.by:12} {what}{back}")
    if not kept:
        click.echo("Nobody has corrected anything in this session.", err=True)


@cli.group()
def consent() -> None:
    """Grant, show or withdraw the consent for a recording."""


@consent.command()
@click.argument("recording", type=_PATH)
@click.option("--by", required=True, help="The code of the person who consented, not a name.")
@click.option("--scope", default=",".join(DEFAULT_SCOPES), show_default=True)
@click.option("--expires", help="YYYY-MM-DD; one year from today by default.")
@click.option("--debug", is_flag=True, hidden=True)
def grant(recording: Path, by: str, scope: str, expires: str | None, debug: bool) -> None:
    """Write the consent record beside a recording."""
    from diarize.recording import consent as consents

    scopes = tuple(part.strip() for part in scope.split(",") if part.strip())
    made = consents.grant(recording, by=by, scopes=scopes, expires_on=expires)
    click.echo(f"Consent recorded: {', '.join(made.scopes)} until {made.expires_on}.")


@consent.command(name="show")
@click.argument("recording", type=_PATH)
@click.option("--json", "as_json", is_flag=True)
@click.option("--debug", is_flag=True, hidden=True)
def show_consent(recording: Path, as_json: bool, debug: bool) -> None:
    """Show the consent record of a recording."""
    from dataclasses import asdict

    from diarize.recording import consent as consents

    found = consents.read(recording)
    if found is None:
        raise Refused(
            f"{recording}: no consent record; grant it with: "
            f"prosody consent grant '{recording}' --by CODE"
        )
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    problem = found.problem(date.today())
    if problem is None and sha256_of(recording) != found.sha256:
        problem = "it is for different audio"
    click.echo(
        f"Given by {found.given_by} on {found.given_on}, covers {', '.join(found.scopes)} until "
        f"{found.expires_on}. " + (f"Not valid: {problem}." if problem else "Valid today.")
    )


@consent.command()
@click.argument("recording", type=_PATH)
@_library_option
@click.option("--debug", is_flag=True, hidden=True)
def withdraw(recording: Path, library: Path | None, debug: bool) -> None:
    """Withdraw consent, and erase every session made from the recording."""
    from diarize.recording import consent as consents
    from prosody.store import library as shelf

    made = consents.withdraw(recording)
    click.echo(f"Consent withdrawn on {made.withdrawn_on}.")
    folder = shelf.root(library)
    for entry in shelf.find(folder, made.sha256):
        _forget(folder, entry.session_id)
    _forget_voices(folder, made.sha256)


@cli.command()
@click.argument("session")
@_library_option
@click.option("--debug", is_flag=True, hidden=True)
def forget(session: str, library: Path | None, debug: bool) -> None:
    """Erase a session and everything derived from it."""
    from prosody.store import library as shelf

    _forget(shelf.root(library), session)


def _forget(folder: Path, session: str) -> None:
    from prosody.batch import run as batches
    from prosody.store import library as shelf

    made_from = shelf.entry(folder, session).sha256  # refused before anything is touched
    with shelf.locked(folder):
        erased = shelf.forget(folder, session)
        batches.forget_rows(folder, session)
    click.echo(f"Erased session {session}: {', '.join(erased)}.")
    _forget_voices(folder, made_from)


def _forget_voices(folder: Path, sha256: str) -> None:
    from diarize.separation import enrolled

    for name in enrolled.forget_made_from(folder, sha256):
        click.echo(f"Erased the enrolled voice {name}, which was made from this recording.")


@cli.group()
def voice() -> None:
    """Enrol a therapist's own voice, list enrolled voices, or erase one."""


@voice.command()
@click.argument("name")
@click.argument("recording", type=_PATH)
@click.option(
    "--consent",
    "given_by",
    required=True,
    metavar="CODE",
    help="The code of the person whose own voice this is, and who agrees to its being kept.",
)
@_library_option
@click.option("--debug", is_flag=True, hidden=True)
def enrol(name: str, recording: Path, given_by: str, library: Path | None, debug: bool) -> None:
    """Keep a description of a voice under NAME (a code), made from RECORDING.

    RECORDING needs a consent record. Either one person alone speaks in it, and the consent is
    theirs; or it is a session of this library whose therapist a person has confirmed.
    """
    from prosody.store import library as shelf
    from prosody.store.enrolment import enrol as enrol_voice

    folder = shelf.root(library)
    template = enrol_voice(folder, name, recording, given_by=given_by)
    click.echo(
        f"Voice {name} enrolled from {template.seconds:.0f} s of speech; used until "
        f"{template.expires_on}. Use it with: prosody analyze --therapist-voice {name}; "
        f"erase it with: prosody voice forget {name}"
    )


@voice.command(name="list")
@_library_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per voice.")
@click.option("--debug", is_flag=True, hidden=True)
def list_voices(library: Path | None, as_json: bool, debug: bool) -> None:
    """List the enrolled voices of the library, by code."""
    from diarize.separation import enrolled
    from prosody.store import library as shelf

    every = enrolled.every(shelf.root(library))
    for template in every:
        if as_json:
            fields = ("name", "given_by", "enrolled_on", "expires_on", "seconds")
            click.echo(json.dumps({field: getattr(template, field) for field in fields}))
        else:
            ends = "expired on" if date.today().isoformat() > template.expires_on else "until"
            click.echo(
                f"{template.name:16} by {template.given_by} on {template.enrolled_on}, "
                f"{ends} {template.expires_on}, from {template.seconds:.0f} s"
            )
    if not every and not as_json:
        click.echo("No voice is enrolled; it is optional: prosody voice enrol --help", err=True)


@voice.command(name="forget")
@click.argument("name")
@_library_option
@click.option("--debug", is_flag=True, hidden=True)
def forget_voice(name: str, library: Path | None, debug: bool) -> None:
    """Erase an enrolled voice."""
    from diarize.separation import enrolled
    from prosody.store import library as shelf

    enrolled.forget(shelf.root(library), name)
    click.echo(f"Erased the enrolled voice {name}.")


@cli.group()
def models() -> None:
    """See, fetch or verify model weights; fetching is the only thing that uses the network."""


@models.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--debug", is_flag=True, hidden=True)
def status(as_json: bool, debug: bool) -> None:
    """Say which weights are here and which are missing."""
    from diarize.models import catalogue as weights
    from diarize.separation import table as speakers

    _states((*speakers.builtin_weights(check=False), *weights.status()), as_json)
    if not as_json:
        click.echo(f"Weights are kept in {weights.root()}; PROSODY_MODELS names another.", err=True)


@models.command()
@click.option("--pin", is_flag=True, help="Record the hashes of files that were copied here.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--debug", is_flag=True, hidden=True)
def verify(pin: bool, as_json: bool, debug: bool) -> int:
    """Compare the weights here with their recorded hashes."""
    from diarize.models import catalogue as weights
    from diarize.separation import table as speakers

    found = weights.pin() if pin else weights.verify()
    states = (*speakers.builtin_weights(check=True), *found)
    _states(states, as_json)
    return 2 if any(s.state == "changed" for s in states) else 0


@models.command()
@click.argument("name")
@click.option("--token", envvar="HF_TOKEN", help="For weights behind an account.")
@click.option("--debug", is_flag=True, hidden=True)
def fetch(name: str, token: str | None, debug: bool) -> None:
    """Download weights: a Whisper name such as 'small', 'faster-whisper-small' or 'pyannote'."""
    from diarize.models import catalogue as weights

    weights.fetch(name, token=token)
    click.echo(f"{name}: here now, hash recorded.")


def _states(states: Any, as_json: bool) -> None:
    for state in states:
        if as_json:
            plain = {
                "engine": state.engine,
                "name": state.name,
                "state": state.state,
                "path": str(state.path) if state.path else None,
                "sha256": state.sha256,
                "advice": state.advice,
            }
            click.echo(json.dumps(plain))
        else:
            row = f"{state.engine:16} {state.name:32} {state.state:10} {state.advice}"
            click.echo(row.rstrip())


@cli.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--debug", is_flag=True, hidden=True)
def doctor(as_json: bool, debug: bool) -> int:
    """Check this machine, and say how to mend what is wrong."""
    from dataclasses import asdict

    from prosody.cli.doctor import examine

    findings = examine()
    for finding in findings:
        if as_json:
            click.echo(json.dumps(asdict(finding)))
        else:
            mend = f" - {finding.mend}" if finding.mend else ""
            click.echo(f"{finding.state:8} {finding.what}: {finding.found}{mend}")
    return 2 if any(f.state == "missing" for f in findings) else 0

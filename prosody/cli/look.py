"""Commands that read: what is in the library, what was found, and what words alone show."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarize.messages import Message, length, message, own_words
from prosody.cli.declare import PATH, Command, library_option
from prosody.cli.library import where_option
from prosody.cli.terminal import complain, print_message, saved, visible

if TYPE_CHECKING:
    from diarize.formats.transcript import Transcript
    from diarize.roles import Casting
    from prosody.render.export import Export
    from prosody.report.model import Report
    from prosody.store.library import Library
    from prosody.store.shelf import Entry

__all__ = ["code", "export", "links", "list_", "show"]
_NAMED = 6  # labels that a line names at most


@click.command(cls=Command)
@click.argument("transcript", type=PATH)
@click.option("--language", metavar="CODE", help="Language spoken, as a two-letter code.")
@click.option("--therapist", metavar="LABEL", help="The therapist's label in the transcript.")
@click.option("--experimental", is_flag=True, help="Also suggest experimental behaviours.")
@library_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per turn.")
def code(
    transcript: Path,
    language: str | None,
    therapist: str | None,
    experimental: bool,
    library: Path | None,
    as_json: bool,
) -> None:
    """Suggest listening behaviours from a transcript alone."""
    from diarize.formats.table import read_transcript
    from diarize.formats.transcript import mended
    from prosody.listening.coder import LANGUAGE
    from prosody.listening.coder import code as code_turns
    from prosody.settings import Reading
    from prosody.store.library import root
    from prosody.trained.weights import coder, how_it_does, own_file

    read = read_transcript(transcript)
    castings = _cast(read, therapist, language)
    roles = {casting.voice: casting.role for casting in castings}
    turns = [(roles.get(cue.voice or "", "unknown"), cue.text) for cue in mended(read.cues)]
    if "therapist" not in roles.values():
        complain(_nobody(read.labels, castings))
    limits, spoken = Reading(experimental=experimental), language or read.language or LANGUAGE
    reader = coder(own_file(root(library))) if spoken == LANGUAGE else None
    for remark in (_unjudged(spoken), how_it_does(reader) if reader else None):
        if remark is not None:
            complain(remark)
    for coded in code_turns(turns, language=spoken, limits=limits, coder=reader):
        if as_json:
            click.echo(json.dumps(_plain(coded), ensure_ascii=False))
            continue
        said = ", ".join(f"{b.kind} ({b.confidence:.2f}: {b.evidence})" for b in coded.behaviours)
        click.echo(visible(f"{coded.index:4} {coded.role:10} {said or '-'}"))


def _nobody(labels: Sequence[str], castings: "Sequence[Casting]") -> Message:
    """Say why no turn is the therapist's, and what to do."""
    if not labels or not castings:
        return message("command.code_unlabelled")
    named = tuple(labels[:_NAMED])
    return message("command.code_no_therapist", why=castings[0].evidence, labels=named)


def _unjudged(spoken: str) -> Message | None:
    """Say what is known of rules that no coded session has judged; None of others."""
    from prosody.listening.behaviours import load_rules
    from prosody.listening.judged import label

    rules = load_rules(spoken)
    return None if rules.measured else label(rules.language, rules.sha256)


def _plain(coded: Any) -> dict[str, Any]:
    """Give one coded turn in the contract's shape; a sub-kind only where one is offered."""
    behaviours = [
        {
            "kind": b.kind,
            "confidence": b.confidence,
            "evidence": str(b.evidence),
            "evidence_code": b.evidence.code,
            "evidence_fields": dict(b.evidence.fields),
        }
        | ({"sub_kind": b.sub_kind} if b.sub_kind else {})
        for b in coded.behaviours
    ]
    turn = {"index": coded.index, "role": coded.role, "text": coded.text}
    return {**turn, "behaviours": behaviours}


def _cast(read: "Transcript", therapist: str | None, language: str | None) -> "tuple[Casting, ...]":
    """Give the role of each label of a transcript; times do not matter here, the order does."""
    from diarize.roles import cast
    from diarize.timeline import Span, Turn, Word

    labelled = [(i, cue, cue.voice) for i, cue in enumerate(read.cues) if cue.voice is not None]
    turns = [Turn(Span(i, i + 1), voice) for i, _, voice in labelled]
    words = [
        Word(Span(i, i + 1), word, voice=voice)
        for i, cue, voice in labelled
        for word in cue.text.split()
    ]
    return cast(turns, words, therapist_voice=therapist, language=language or read.language)


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
@click.option("--turns", is_flag=True, help="List the turns with their numbers.")
@click.option(
    "--words",
    is_flag=True,
    help="List the turns with numbered words; ? means speaker uncertain.",
)
def show(session: str, library: Path | None, as_json: bool, turns: bool, words: bool) -> None:
    """Print the findings of one session."""
    from prosody.render.text import screen
    from prosody.render.wording import clock
    from prosody.report.codec import to_json
    from prosody.store.library import Library, root

    report = Library(root(library)).load(session)
    if as_json:
        click.echo(to_json(report), nl=False)
    elif turns or words:
        for turn in report.turns:
            shown = (message(f"role.{turn.role}"), message(f"screen.kind_{turn.kind}"))
            who = " ".join((turn.voice, *map(str, shown)))
            said = _numbered(turn) if words else turn.text or ""
            at = clock(turn.span.start)
            click.echo(visible(f"{turn.index:4} {at:>8} {who:32} {said}"))
    else:
        click.echo(screen(report, session))


def _numbered(turn: Any) -> str:
    """A turn's words with their numbers; a question mark says that the owner is doubtful."""
    pairs = enumerate(turn.words or (), 1)
    return "  ".join(f"{n}{'?' if word.doubtful else ''}:{word.text}" for n, word in pairs)


@click.command(cls=Command)
@library_option
@where_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per session.")
def list_(library: Path | None, where: dict[str, str], as_json: bool) -> None:
    """List the sessions of the library."""
    from dataclasses import asdict

    from prosody.store.library import Library, root

    shelf = Library(root(library))
    entries = shelf.sessions(where)
    for entry in entries:
        if as_json:
            click.echo(json.dumps(asdict(entry)))
        else:
            ids = " ".join(i for i in (entry.dyad_id, entry.therapist_id, entry.client_id) if i)
            line = f"{entry.session_id:24} {entry.on} {length(entry.duration_s):>8} {ids}"
            click.echo(visible(line))
    _tell_expired(entries)
    for name in shelf.damaged():
        complain(message("library.entry_unreadable", session=name))
    if not entries and not as_json:
        _tell_none(shelf, [f"{name}={value}" for name, value in where.items()])


def _tell_none(shelf: "Library", asked: list[str]) -> None:
    """Say why no session is listed: none fits, there is none, or there is no library."""
    if asked:
        print_message("command.none_fit", err=True, asked=asked)
    elif shelf.begun:
        print_message("command.empty_library", err=True)
    else:
        print_message("command.library_not_begun", err=True, folder=str(shelf.folder))


def _tell_expired(entries: Iterable["Entry"]) -> None:
    """Say which sessions are due to be erased: an expiry closes them, and does not erase."""
    from diarize.recording import register

    day = register.today().isoformat()
    for entry in entries:
        if entry.consent is not None and entry.consent.expires_on < day:
            on = entry.consent.expires_on
            complain(message("library.consent_expired", session=entry.session_id, on=on))


@click.command(cls=Command)
@click.argument("dyad")
@library_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per pair.")
def links(dyad: str, library: Path | None, as_json: bool) -> None:
    """Pool the links chosen in advance over the sessions of one therapist-client pair."""
    from prosody.render.text import pooled_lines
    from prosody.report.codec import plain
    from prosody.report.pooled import distinct, pooled
    from prosody.store.library import Library, root
    from prosody.store.over_time import reports

    shelf = Library(root(library))
    own, left = reports(shelf, dyad)
    for one in left:
        complain(one)
    kept = distinct(own)
    found = pooled(kept)
    if as_json:
        for pair in found:
            click.echo(json.dumps(plain(pair), ensure_ascii=False))
        return
    for line in pooled_lines(found, sessions=len(kept), copies=len(own) - len(kept)):
        click.echo(line)


class _Exports(Command):
    """A command whose help lists every format there is, and what each cannot hold."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list after the options."""
        from prosody.render.export import exports

        with formatter.section("Formats"):
            formatter.write_dl([(ending, _holds(ending, row)) for ending, row in exports().items()])


def _holds(ending: str, row: "Export") -> str:
    """Name the format of an ending, and what it cannot hold."""
    name = own_words(f"commands.exports.{ending[1:]}", row.name)
    return f"{name}, {row.limits}" if row.limits else name


@click.command(cls=_Exports)
@click.argument("session")
@library_option
@click.option(
    "--to", "target", type=PATH, required=True, help="File to write; its ending sets the format."
)
@click.option(
    "--table",
    type=click.Choice(["turns", "measures", "events", "links", "silences"]),
    default="turns",
    show_default=True,
    help="Table to write to a .csv or .parquet file.",
)
@click.option(
    "--figure",
    type=click.Choice(["contours", "timeline", "offsets"]),
    help="Figure to draw in a .svg or .png file (default: the one the file is named after).",
)
@click.option("--browser", type=PATH, help="Chromium program that prints a .pdf or .png file.")
@click.option("--masked", is_flag=True, help="Cover what may be a name in the words.")
@click.option("--bom", is_flag=True, help="Mark a .csv file as UTF-8 in the way Excel expects.")
def export(
    session: str,
    library: Path | None,
    target: Path,
    table: str,
    figure: str | None,
    browser: Path | None,
    masked: bool,
    bom: bool,
) -> None:
    """Export a session; the file's ending sets the format."""
    from prosody.render import export as exporting
    from prosody.store import sharing
    from prosody.store.library import Library, root

    shelf = Library(root(library))
    report = shelf.load(session)
    sharing.tell(shelf, session, "exported", under=report.consent)
    if masked:
        report = _masked(report)
    frames = partial(shelf.frames, session)
    place = shelf.folder / session
    write = partial(exporting.write, report, place, target, table=table, frames=frames)
    saved(lambda: write(browser=browser, figure=figure, mark=bom), target)
    sharing.recheck(shelf, session, report.consent, target)
    ending = exporting.ending_of(target)
    holds = _holds(ending, exporting.exports()[ending])
    print_message("command.exported", file=str(target), holds=holds)


def _masked(report: "Report") -> "Report":
    """Cover names in the words, and say which on the terminal: a person looks at them."""
    from prosody.render.masking import covered, covering

    cover = covering(report)
    named = ", ".join(sorted(cover.words)) or str(message("share.nothing"))
    print_message("share.covered", words=visible(named), n=sum(cover.words.values()), err=True)
    print_message("share.look", err=True)
    return covered(report, cover)

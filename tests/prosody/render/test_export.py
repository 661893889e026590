"""Exports: a format more is one row, and everything that lists formats follows."""

import json
import sys
from codecs import BOM_UTF8
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from diarize.formats import table
from diarize.formats.table import Format
from diarize.formats.transcript import Cue, Transcript
from diarize.messages import VARIABLE, message
from diarize.runtime.atomic import write_whole
from diarize.timeline import Span
from prosody.cli.commands import cli
from prosody.options import guide
from prosody.render import export, transcripts
from prosody.render.export import EXPORTS, Export, exports
from tests.dashboard.browsing import BROWSER
from tests.said import refused


def shout(lines, duration):
    return "".join(f"{line.label}: {line.text.upper()}\n" for line in lines)


def heard(text, how):
    rows = (line.split(": ", 1) for line in text.splitlines())
    return Transcript(tuple(Cue(None, label, said) for label, said in rows))


@pytest.fixture
def shouting():
    with table.registered(Format("shouting", (".Shout",), heard, shout, ("word_times",))):
        yield


def help_of(*command):
    done = CliRunner().invoke(cli, [*command, "--help"])
    assert done.exit_code == 0
    return " ".join(done.output.split())


@pytest.mark.usefixtures("shouting")
def test_a_format_of_transcripts_is_exported_read_and_named_by_help_and_guide(report, tmp_path):
    target = tmp_path / "o.shout"
    export.write(report, tmp_path, target)
    lines = target.read_text("utf-8").splitlines()
    assert len(lines) == len(report.conversation.utterances)
    assert all(line == line.split(":")[0] + line[line.index(":") :].upper() for line in lines)
    assert ".Shout shouting, without word times" in help_of("export")
    assert ".Shout" in help_of("analyze") and ".Shout" in guide()
    path = tmp_path / "said.shout"
    path.write_text("therapist: HOW ARE YOU\nclient: FINE\n", "utf-8")
    done = CliRunner().invoke(cli, ["code", str(path), "--json"])
    assert [json.loads(row)["text"] for row in done.stdout.splitlines()] == ["HOW ARE YOU", "FINE"]


def test_an_export_of_a_whole_report_is_one_row(report, tmp_path, monkeypatch):
    def count(asked):
        write_whole(asked.target, f"{len(asked.report.measures)}")

    with refused("export.no_such_format") as caught:
        export.write(report, tmp_path, tmp_path / "o.count")
    assert caught.value.message.fields["known"] == tuple(exports())
    monkeypatch.setitem(EXPORTS, ".count", Export("number of measures", count))
    export.write(report, tmp_path, tmp_path / "o.COUNT")
    assert (tmp_path / "o.COUNT").read_text("utf-8") == str(len(report.measures))
    assert ".count number of measures" in help_of("export")


@pytest.mark.parametrize("ending", [e for e in exports() if e not in (".html", ".pdf", ".png")])
def test_the_same_report_is_the_same_bytes(report, frames, tmp_path, ending):
    for name in ("a", "b"):
        export.write(report, tmp_path, tmp_path / f"{name}{ending}", frames=lambda: frames)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


@pytest.mark.skipif(BROWSER is None, reason="no browser on this machine")
@pytest.mark.parametrize("held", ["turns", "measures"])
def test_a_table_is_marked_for_excel_where_asked_and_reads_back_alike(report, tmp_path, held):
    plain, marked = tmp_path / "plain.csv", tmp_path / "marked.csv"
    export.write(report, tmp_path, plain, table=held)
    export.write(report, tmp_path, marked, table=held, mark=True)
    assert marked.read_bytes() == BOM_UTF8 + plain.read_bytes()
    if held == "turns":
        assert table.read_transcript(marked).cues == table.read_transcript(plain).cues


def test_without_pyarrow_a_parquet_is_refused_and_nothing_is_written(report, tmp_path, monkeypatch):
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with refused("export.no_parquet"):
        export.write(report, tmp_path, tmp_path / "t.parquet", table="turns")
    assert not list(tmp_path.iterdir())


def test_a_pdf_is_printed_by_the_browser_that_is_named(report, frames, tmp_path):
    target = tmp_path / "o.pdf"
    export.write(report, tmp_path, target, frames=lambda: frames, browser=Path(BROWSER))
    assert target.read_bytes().startswith(b"%PDF-")
    assert [path.name for path in tmp_path.iterdir()] == ["o.pdf"]


@pytest.mark.parametrize(
    ("browser", "code"),
    [("no-such-browser", "export.not_a_program"), (sys.executable, "export.not_printed")],
)
def test_without_a_browser_that_prints_there_is_no_pdf_and_one_line(
    report, frames, tmp_path, browser, code
):
    with refused(code):
        export.write(
            report, tmp_path, tmp_path / "o.pdf", frames=lambda: frames, browser=Path(browser)
        )
    assert list(tmp_path.iterdir()) == []


def test_where_no_browser_is_installed_that_is_said(report, frames, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(export, "BROWSERS", ("chromium",))
    with refused("export.no_browser"):
        export.write(report, tmp_path, tmp_path / "o.pdf", frames=lambda: frames)


def test_a_transcript_for_qualitative_analysis_reads_back_as_it_was(report, tmp_path):
    target = tmp_path / "o.txt"
    export.write(report, tmp_path, target)
    spoken = [turn for turn in report.turns if turn.text]
    cues = table.read_transcript(target, duration=report.recording.duration_s).cues
    assert [cue.text for cue in cues] == [turn.text for turn in spoken]
    assert [cue.voice.casefold() for cue in cues] == [str(turn.role) for turn in spoken]
    starts = [cue.span.start for cue in cues]
    assert starts == pytest.approx([turn.span.start for turn in spoken], abs=0.051)


def test_a_word_document_holds_every_turn_in_a_table_and_no_time_of_its_making(report, tmp_path):
    from docx import Document

    target = tmp_path / "o.docx"
    export.write(report, tmp_path, target)
    (turns,) = Document(str(target)).tables
    cells = [[cell.text for cell in row.cells] for row in turns.rows[1:]]
    spoken = [turn for turn in report.turns if turn.text]
    assert [(who.casefold(), said) for _, who, said in cells] == [
        (str(turn.role), turn.text) for turn in spoken
    ]
    assert cells[0][0].startswith("00:00:0") and " - " in cells[0][0]


def test_a_word_document_names_roles_in_the_readers_language(report, tmp_path, monkeypatch):
    from docx import Document

    monkeypatch.setenv(VARIABLE, "de")
    export.write(report, tmp_path, tmp_path / "o.docx")
    export.write(report, tmp_path, tmp_path / "o.txt")
    (turns,) = Document(str(tmp_path / "o.docx")).tables
    named = {row.cells[1].text for row in turns.rows[1:]}
    assert named == {str(message(f"role.{role}")) for role in ("therapist", "client")}
    # what is read back keeps the labels that the readers know in any language
    assert table.read_transcript(tmp_path / "o.txt").labels == ("Therapist", "Client")


def test_who_spoke_when_is_of_the_session_it_is_exported_from(report, tmp_path):
    export.write(report, tmp_path / "s-1", tmp_path / "o.rttm")
    rows = (tmp_path / "o.rttm").read_text("utf-8").splitlines()
    assert {row.split()[1] for row in rows} == {"s-1"}


@pytest.mark.parametrize(
    "said",
    [
        *("<b>so</b> & [laughs] {x} &amp;", "=1+1", "#00:00:01-0# A: b", '"q"'),
        *("👩\u200d👩\u200d👧 مرحبا שלום", "می\u200cخواهم", "Zu\u00adsammen"),
    ],
)
def test_a_transcript_for_qualitative_analysis_holds_words_as_they_are(report, tmp_path, said):
    from docx import Document

    lines = [table.Line(Span(1.0, 2.0), "A", "therapist", text=said)]
    assert transcripts.to_text(lines) == f"#00:00:01-0# Therapist: {said}\n"
    made = transcripts.to_document(lines, "title", [])
    (turns,) = Document(BytesIO(made)).tables
    assert [cell.text for cell in turns.rows[1].cells][1:] == ["Therapist", said]


@pytest.mark.parametrize("ending", [".txt", ".docx"])
def test_without_words_there_is_no_transcript_to_write(report, tmp_path, ending):
    talk = report.conversation
    unheard = replace(talk, utterances=tuple(replace(u, words=()) for u in talk.utterances))
    for bare in (talk.without_texts({}), unheard):
        with refused("export.no_words"):
            export.write(replace(report, conversation=bare), tmp_path, tmp_path / f"o{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["timeline", "contours"])
def test_a_figure_is_the_one_its_file_is_named_after(report, frames, tmp_path, name):
    target = tmp_path / f"{name}.svg"
    export.write(report, tmp_path, target, frames=lambda: frames)
    drawn = ElementTree.fromstring(target.read_text("utf-8"))
    assert drawn.tag.endswith("svg") and "var(" not in target.read_text("utf-8")
    export.write(report, tmp_path, tmp_path / "o.svg", frames=lambda: frames, figure=name)
    assert (tmp_path / "o.svg").read_bytes() == target.read_bytes()


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_a_figure_is_printed_as_a_picture(report, tmp_path):
    target = tmp_path / "timeline.png"
    export.write(report, tmp_path, target)
    head = target.read_bytes()[:24]
    assert head.startswith(b"\x89PNG") and int.from_bytes(head[16:20], "big") == 1920

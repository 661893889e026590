"""Other people's programs open our exports, find the same turns, and save what we read back.

``make readers`` makes the environment they live in; Praat and R are programs of the machine. What
is not there is skipped.
"""

import csv
import json
import re
import shutil
import subprocess
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from diarize.formats.table import Line, read_transcript, write
from diarize.timeline import Span, Word
from prosody.render import export
from tests.conftest import ROOT

HERE = Path(__file__).parent
PYTHON = ROOT / ".readers" / "bin" / "python"
LINES = (
    Line(Span(0.5, 2.0), "A", "therapist", "primary", 'Sie sagten: "Es geht so, naja" – hm?'),
    Line(
        Span(1.8, 4.25),
        "B",
        "client",
        "primary",
        "Größer als 5 > 3 & œuvre, ça va",
        (Word(Span(1.8, 2.4), "Größer"), Word(Span(2.4, 3.0), "als")),
    ),
    Line(Span(3.0, 3.4), "A", "therapist", "backchannel", "mhm"),
    Line(Span(6.001, 7.999), "B", "client", "primary", "и ещё 日本語 \\backslash 'single'"),
)
TURNS = [(500, 2000, "therapist", LINES[0].text), (1800, 4250, "client", LINES[1].text),
         (3000, 3400, "therapist", "mhm"), (6001, 7999, "client", LINES[3].text)]  # fmt: skip


def program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


def ran(command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def opened(reader, path, saved):
    """What a library finds in a file, in order of time; it saves the file again."""
    if not PYTHON.exists():
        pytest.skip("make readers makes what this needs")
    rows = json.loads(ran([PYTHON, HERE / "reading.py", reader, path, saved]))
    return sorted(map(tuple, rows)) if reader != "docx" else rows


def text_of(path):
    raw = path.read_bytes()
    wide = raw.startswith((BOM_UTF16_BE, BOM_UTF16_LE))
    return raw.decode("utf-16" if wide else "utf-8")


def told(path):
    """What we read of a file: times in milliseconds, voice and text, in order."""
    return [
        (round(1000 * c.span.start), round(1000 * c.span.end), c.voice, c.text)
        for c in read_transcript(path).cues
    ]


def turns_of(rows):
    return [row for row in rows if not row[2].endswith("- words")]


@pytest.mark.parametrize(
    ("reader", "ending"),
    [("parselmouth", ".TextGrid"), ("praatio", ".TextGrid"), ("pympi", ".eaf")],
)
def test_tiers_are_found_by_others_and_what_they_save_is_read_back(tmp_path, reader, ending):
    written, saved = tmp_path / f"o{ending}", tmp_path / f"saved{ending}"
    write(LINES, written, duration=9.0, named="s-1")
    rows = opened(reader, written, saved)
    assert turns_of(rows) == TURNS
    words = [(1800, 2400, "client - words", "Größer"), (2400, 3000, "client - words", "als")]
    assert [row for row in rows if row not in TURNS] == words
    assert told(saved) == TURNS == told(written)


def test_praat_opens_a_grid_and_saves_what_is_read_back(tmp_path):
    praat = program("praat")
    written, listed, saved = (tmp_path / n for n in ("o.TextGrid", "list.tsv", "saved.TextGrid"))
    write(LINES, written, duration=9.0)
    ran([praat, "--run", HERE / "reading.praat", written, listed, saved])
    rows = [line.split("\t") for line in text_of(listed).splitlines()[1:]]
    found = [
        (round(1000 * float(start)), round(1000 * float(end)), tier, text)
        for start, tier, text, end in rows
    ]
    assert turns_of(sorted(found)) == TURNS
    assert told(saved) == TURNS


@pytest.mark.parametrize("ending", [".vtt", ".srt"])
def test_subtitles_are_found_by_others_and_what_they_save_is_read_back(tmp_path, ending):
    written, saved = tmp_path / f"o{ending}", tmp_path / f"saved{ending}"
    write(LINES, written, duration=9.0)
    found = opened("pysubs2", written, saved)
    # WebVTT writes "&" as "&amp;", which pysubs2 leaves as it is; a name stands in the text of SRT.
    name = {".vtt": "", ".srt": "{}: "}[ending]
    texts = [row[3] if ending == ".srt" else unescape(row[3]) for row in found]
    assert [row[:2] for row in found] == [row[:2] for row in TURNS]
    assert texts == [name.format(voice) + text for *_, voice, text in TURNS]
    again = told(saved)
    if ending == ".vtt":  # pysubs2 drops who speaks
        again = [(*a[:2], b[2], a[3]) for a, b in zip(again, TURNS, strict=True)]
    assert again == TURNS


@pytest.mark.parametrize(("reader", "ending"), [("webvtt", ".vtt"), ("srt", ".srt")])
def test_libraries_that_write_subtitles_write_what_we_do(tmp_path, reader, ending):
    """Byte for byte, with the note that says where in a cue speech is."""
    written, saved = tmp_path / f"o{ending}", tmp_path / f"saved{ending}"
    paused = replace(LINES[3], stretches=(Span(6.001, 6.5), Span(7.0, 7.999)))
    marked = replace(LINES[2], text="[laughs] {so} --> NOTE 12")
    write((*LINES[:2], marked, paused), written, duration=9.0)
    found = opened(reader, written, saved)
    assert saved.read_text("utf-8").rstrip("\n") == written.read_text("utf-8").rstrip("\n")
    assert [row[:2] for row in found] == [row[:2] for row in TURNS]
    assert ("NOTE speech" in saved.read_text("utf-8")) is (ending == ".vtt")


@pytest.mark.parametrize("mark", [False, True])
def test_r_reads_a_table_with_its_types_and_writes_what_is_read_back(report, tmp_path, mark):
    script = program("Rscript")
    written, saved = tmp_path / "turns.csv", tmp_path / "saved.csv"
    export.write(report, tmp_path, written, mark=mark)
    columns = re.findall(r"(\S+) (\S+) (\d+)", ran([script, HERE / "reading.R", written, saved]))
    with written.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(name, int(n)) for name, _, n in columns] == [
        (name, sum(row[name] != "" for row in rows)) for name in rows[0]
    ]
    kinds = {name: kind for name, kind, _ in columns}
    assert kinds["text"] == "character"
    assert {kinds[name] for name in rows[0] if name in ("start_s", "end_s")} == {"numeric"}
    assert told(saved) == told(written)


def test_a_text_processor_finds_the_table_of_turns(report, tmp_path):
    written = tmp_path / "s-1.docx"
    export.write(report, tmp_path, written)
    rows = opened("docx", written, tmp_path / "saved.docx")
    assert len(rows) == 1 + sum(bool(turn.text) for turn in report.turns)
    assert [row[4] for row in rows[1:]] == [t.text for t in report.turns if t.text]

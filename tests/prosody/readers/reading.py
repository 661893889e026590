"""Open a file with somebody else's library, print its turns and save it again; no part of ours.

    python reading.py READER FILE SAVED

Runs in the environment of the readers. Prints rows of [start ms, end ms, voice, text] as JSON.
"""

import json
import sys
from pathlib import Path


def parselmouth(path, saved):
    """Praat's own engine: a table of the intervals, and the grid written anew."""
    import parselmouth as praat

    grid = praat.Data.read(path)
    table = praat.praat.call(grid, "Down to Table", "no", 6, "yes", "no")
    grid.save_as_text_file(saved)
    n = praat.praat.call(table, "Get number of rows")
    get = lambda i, name: praat.praat.call(table, "Get value", i + 1, name)  # noqa: E731
    return [(get(i, "tmin"), get(i, "tmax"), get(i, "tier"), get(i, "text")) for i in range(n)]


def praatio(path, saved):
    from praatio import textgrid

    grid = textgrid.openTextgrid(path, includeEmptyIntervals=False)
    grid.save(saved, "long_textgrid", includeBlankSpaces=True)
    return [(e.start, e.end, name, e.label) for name in grid.tierNames for e in grid.getTier(name)]


def pympi(path, saved):
    from pympi import Elan

    document = Elan.Eaf(path)
    document.to_file(saved)
    return [
        (row[0] / 1000, row[1] / 1000, name, row[2])
        for name in document.get_tier_names()
        for row in document.get_annotation_data_for_tier(name)
    ]


def pysubs2(path, saved):
    import pysubs2 as subtitles

    document = subtitles.load(path, encoding="utf-8")
    document.save(saved)
    return [(e.start / 1000, e.end / 1000, e.name, e.plaintext) for e in document]


def webvtt(path, saved):
    import webvtt as subtitles

    document = subtitles.read(path)
    document.save(saved)
    seconds = lambda at: sum(60**k * float(n) for k, n in enumerate(at.split(":")[::-1]))  # noqa: E731
    return [(seconds(c.start), seconds(c.end), c.voice, c.text) for c in document]


def srt(path, saved):
    import srt as subtitles

    rows = list(subtitles.parse(Path(path).read_text("utf-8")))
    Path(saved).write_text(subtitles.compose(rows), "utf-8")
    return [(r.start.total_seconds(), r.end.total_seconds(), "", r.content) for r in rows]


def docx(path, saved):
    """Rows of the table of turns, its head first; times as they are written."""
    from docx import Document

    document = Document(path)
    document.save(saved)
    return [(None, None, *[cell.text for cell in row.cells]) for row in document.tables[0].rows]


def main():
    reader, path, saved = sys.argv[1:]
    rows = []
    for start, end, *rest in globals()[reader](path, saved):
        times = [None if at is None else round(1000 * float(at)) for at in (start, end)]
        rows.append([*times, *rest])
    print(json.dumps(rows))


if __name__ == "__main__":
    main()

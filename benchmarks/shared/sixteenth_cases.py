"""Sixteenth round of layouts: what is right of each was written before anything was run on it.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.ninth_cases`): notes in outlines and call-outs, tables
as people keep them in a spreadsheet, captions that lost a part, and the JSON of services that no
round had.
"""

import textwrap
from collections.abc import Sequence

from benchmarks.shared.fourteenth_cases import in_german
from benchmarks.shared.said import NAMES, NUMBERS, Said, as_json, clock, ms, tier_of
from benchmarks.shared.third_cases import SHORT, each
from benchmarks.shared.written_cases import Layout

__all__ = ["SIXTEENTH"]

Turns = Sequence[Said]


def _typed_words(turns: Turns) -> str:
    """Give words, the spaces between them and a laugh, each with its times and its speaker."""
    rows: list[dict[str, object]] = []
    for k, t in enumerate(turns):
        who = f"speaker_{NUMBERS[t.voice]}"
        for a, b, w in t.words:
            if rows:
                rows.append(
                    {"text": " ", "start": a, "end": a, "type": "spacing"} | {"speaker_id": who}
                )
            rows.append({"text": w, "start": a, "end": b, "type": "word", "speaker_id": who})
        if k == 3:
            rows.append({"text": "(laughter)", "start": t.end, "end": t.end + 0.2,
                         "type": "audio_event", "speaker_id": who})  # fmt: skip
    text = " ".join(t.text for t in turns)
    return as_json({"language_code": "eng", "text": text, "words": rows})


def _announced(turns: Turns) -> str:
    """Give captions of which the first says that a machine made them."""
    first = "[Auto-generated transcript. Edits may have been applied for clarity.]"
    rows = [f"1\n00:00:00,000 --> 00:00:00,400\n{first}\n"]
    rows += [
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n{t.name}: {t.text}\n"
        for k, t in enumerate(turns, 2)
    ]
    return "\n".join(rows)


def _keyed_by_time(turns: Turns) -> str:
    """Give a captioning service's pairs of a time and a word, and who begins to speak when."""
    words = [[str(ms(a)), w] for t in turns for a, _, w in t.words]
    speakers = {str(ms(t.words[0][0])): t.name for t in turns}
    starts = [str(ms(t.words[0][0])) for t in turns]
    return as_json({"words": words, "paragraphs": starts, "speakers": speakers})


def _pristine(turns: Turns) -> str:
    """Give an editor's segments of words, the speakers in a list of their own."""
    speakers = [{"spkid": f"spk{NUMBERS[v] + 1}", "name": n} for v, n in NAMES.items()]
    segments = [
        {
            "speaker": f"spk{NUMBERS[t.voice] + 1}",
            "words": [
                {"start": a, "end": b, "duration": round(b - a, 3), "text": w, "conf": 0.9,
                 "pristine": True} for a, b, w in t.words
            ],
        }
        for t in turns
    ]  # fmt: skip
    return as_json({"id": "x1", "speakers": speakers, "segments": segments})


def _wrapped_callouts(turns: Turns) -> str:
    """Give a notebook's call-outs, a heading with name and time above each."""
    rows = (f"> [!quote] {t.name} ({clock(t.start, 'mm:ss')})\n> {t.text}\n" for t in turns)
    return "# Session 12\n\n" + "\n".join(rows)


def _one_word_each(turns: Turns) -> str:
    """Give a caption for each word, with a label where somebody begins."""
    rows, number = [], 0
    for t in turns:
        for k, (a, b, w) in enumerate(t.words):
            number += 1
            label = f"{t.name}: " if k == 0 else ""
            times = f"{clock(a, 'h:m:s,mmm')} --> {clock(b, 'h:m:s,mmm')}"
            rows.append(f"{number}\n{times}\n{label}{w}\n")
    return "\n".join(rows)


def _boxed(turns: Turns) -> str:
    """Give a table drawn with lines."""
    wide = max(len(t.text) for t in turns)
    edge = "─" * 7, "─" * 12, "─" * (wide + 2)
    rows = ["┌" + "┬".join(edge) + "┐", f"│ {'Time':5} │ {'Who':10} │ {'Text':{wide}} │"]
    rows += ["├" + "┼".join(edge) + "┤"]
    rows += [f"│ {clock(t.start, 'mm:ss')} │ {t.name:10} │ {t.text:{wide}} │" for t in turns]
    return "\n".join([*rows, "└" + "┴".join(edge) + "┘"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _header_again(turns: Turns) -> str:
    """Give a table that was printed on pages: its head stands above every tenth row."""
    head = "Start;Ende;Sprecher;Text"
    rows = []
    for k, t in enumerate(turns):
        rows += [head] if k % 10 == 0 else []
        rows.append(f"{clock(t.start, 'h:m:s')};{clock(t.end, 'h:m:s')};{t.name};{_quoted(t.text)}")
    return "\n".join(rows) + "\n"


def _with_totals(turns: Turns) -> str:
    """Give a spreadsheet with a row of sums below."""
    rows = [f"{t.start:.2f},{t.end:.2f},{t.name},{_quoted(t.text)}" for t in turns]
    talk = sum(t.end - t.start for t in turns)
    return (
        "\n".join(["start,end,speaker,text", *rows, f"Total,{talk:.2f},{len(rows)} turns,"]) + "\n"
    )


def _filled_once(turns: Turns) -> str:
    """Give a spreadsheet in which a turn's time and speaker stand in its first row alone."""
    rows = ["Time\tSpeaker\tUtterance"]
    for t in turns:
        first, *rest = textwrap.wrap(t.text, 45)
        rows.append(f"{clock(t.start, 'h:m:s')}\t{t.name}\t{first}")
        rows += [f"\t\t{more}" for more in rest]
    return "\n".join(rows) + "\n"


def _comma_grid(turns: Turns) -> str:
    """Give a grid whose numbers have a comma, as a script in German wrote them."""
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", "xmax = 100,0",
            "tiers? <exists>", "size = 2", "item []:"]  # fmt: skip
    for k, name in enumerate(NAMES.values(), 1):
        held = tier_of(turns, name)
        rows += [f"    item [{k}]:", '        class = "IntervalTier"', f'        name = "{name}"',
                 "        xmin = 0", "        xmax = 100,0",
                 f"        intervals: size = {len(held)}"]  # fmt: skip
        for j, (a, b, text) in enumerate(held, 1):
            a_, b_ = (f"{x:.3f}".replace(".", ",") for x in (a, b))
            told = text.replace('"', '""')
            rows += [f"        intervals [{j}]:", f"            xmin = {a_}",
                     f"            xmax = {b_}", f'            text = "{told}"']  # fmt: skip
    return "\n".join(rows) + "\n"


def _sung(turns: Turns) -> str:
    """Give lyrics with a time at each word."""
    rows = []
    for t in turns:
        words = " ".join(f"<{clock(a, 'm:s.cc')}> {w}" for a, _, w in t.words)
        rows.append(f"[{clock(t.start, 'm:s.cc')}]{t.name}: {words}")
    return "[ti:Session 12]\n[length:01:40]\n" + "\n".join(rows) + "\n"


def _page(turns: Turns) -> str:
    """Give the source of a page under the name of a text."""
    rows = (
        f'<p><b>{t.name}</b> <span class="time">{clock(t.start, "mm:ss")}</span><br>\n'
        f"{t.text.replace('&', '&amp;')}</p>\n"
        for t in turns
    )
    return "".join(rows)


def _vcon(turns: Turns) -> str:
    """Give a conversation's container: parties, and what each said from when on."""
    dialog = [
        {"type": "text", "start": f"2026-03-04T10:{int(t.start // 60):02}:{t.start % 60:06.3f}Z",
         "duration": round(t.end - t.start, 3), "parties": [NUMBERS[t.voice]],
         "mimetype": "text/plain", "body": t.text, "encoding": "none"} for t in turns
    ]  # fmt: skip
    parties = [{"name": name, "role": "x"} for name in NAMES.values()]
    return as_json({"vcon": "0.0.1", "uuid": "1", "parties": parties, "dialog": dialog})


def _nested(turns: Turns) -> str:
    """Give turns whose speaker and time are records of their own."""
    return as_json({"data": {"utterances": [
        {"speaker": {"id": NUMBERS[t.voice], "name": t.name},
         "time": {"from": t.start, "to": t.end}, "content": {"text": t.text}} for t in turns
    ]}})  # fmt: skip


def _yaml(turns: Turns) -> str:
    rows = (
        f"- speaker: {t.name}\n  start: {t.start:.2f}\n  end: {t.end:.2f}\n"
        f"  text: {_quoted(t.text)}\n"
        for t in turns
    )
    return "title: Session 12\nsegments:\n" + "".join(rows)


def _columns(turns: Turns) -> str:
    """Give three columns of a page, the last wrapped below itself."""
    rows = []
    for t in turns:
        first, *rest = textwrap.wrap(t.text, 48)
        rows.append(f"{clock(t.start, 'mm:ss')}   {t.name:14}{first}")
        rows += [" " * 22 + more for more in rest]
    return "\n".join(rows) + "\n"


def _of_dos(turns: Turns) -> bytes:
    rows = (f"[{clock(t.start, 'mm:ss')}] {SHORT[t.voice]}: {t.text}\r\n" for t in turns)
    return "".join(rows).encode("cp850", "replace")


def _entities(turns: Turns) -> str:
    rows = (
        f"[{clock(t.start, 'mm:ss')}]&nbsp;{t.name}: {t.text.replace(chr(39), '&#39;')}\n"
        for t in turns
    )
    return "".join(rows)


SIXTEENTH: tuple[Layout, ...] = (
    Layout("hash_names.txt", each("[{as_}] {n}#0042: {t}\n"), 1.0, marks=("#0042", "0042")),
    Layout("typed_words.json", _typed_words, marks=("laughter",)),
    Layout("announced.srt", _announced, marks=("Auto", "Edits")),
    Layout("keyed_by_time.json", _keyed_by_time),
    Layout("pristine.json", _pristine),
    Layout("records.yaml.txt", _yaml, marks=("speaker", "title")),
    Layout("callouts.md", _wrapped_callouts, 1.0, marks=("!quote", "Session")),
    Layout("outline.txt", each("* {m} {n} :: {t}", head="#+TITLE: Session 12\n\n"), 1.0,
           marks=("::", "TITLE")),
    Layout("french_minutes.txt", each("[{m}] {n} : « {t} »"), 1.0, marks=("«", "»")),
    Layout("no_numbers.srt", each("{ac} --> {bc}\n{n}: {t}\n")),
    Layout("one_line.srt", each("{j} {ac} --> {bc} {n}: {t}")),
    Layout("one_word_each.srt", _one_word_each),
    Layout("comma_time.txt", each("{n}, {m}: {t}"), 1.0),
    Layout("chevrons.srt", each("{j}\n{ac} --> {bc}\n>> {up}: {t}\n"), marks=(">>", "ANNA")),
    Layout("boxed.txt", _boxed, 1.0, marks=("│", "─")),
    Layout("header_again.csv", _header_again, 1.0, marks=("Sprecher",)),
    Layout("with_totals.csv", _with_totals, marks=("Total", "turns")),
    Layout("filled_once.tsv", _filled_once, 1.0),
    Layout("comma.TextGrid", _comma_grid),
    Layout("sung.lrc", _sung, marks=("Session", "01:40")),
    Layout("backticks.md", each("**{n}** `{m}`\n\n{t}\n"), 1.0, marks=("`",)),
    Layout("source_of_page.txt", _page, 1.0, marks=("span", "<b>")),
    Layout("container.json", _vcon, says=("format.other_clock",)),
    Layout("entities.txt", _entities, 1.0, marks=("&",)),
    Layout("nested.json", _nested),
    Layout("no_names.txt", each("{m1}\n{t}\n"), 1.0, speakers=0.0),
    Layout("sprecherin.txt", each("Sprecher:in {k}\n{m}\n{t}\n"), 1.0, told=in_german,
           marks=("Sprecher",)),
    Layout("of_dos.txt", _of_dos, 1.0, told=in_german),
    Layout("columns.txt", _columns, 1.0),
    Layout("braces_behind.txt", each("{t} {{{m}-{mb}}} – {n}"), 1.0, marks=("–",)),
)  # fmt: skip

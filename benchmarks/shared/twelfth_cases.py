"""Twelfth round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.ninth_cases`): ends of lines of several kinds in one
file, marks that nobody sees, names spelt in two ways of one alphabet, files joined or padded by a
copy, clocks past midnight, and exports whose rows are keyed by who speaks. Recordings and channels
of this round are in `benchmarks.shared.twelfth_sounds`.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle

from benchmarks.shared.said import NAMES, Said, as_json, clock, ms
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["TWELFTH"]

Turns = Sequence[Said]
_OTHER_CLOCK = ("format.other_clock",)
_SRT = each("{j}\n{ac} --> {bc}\n{n}: {t}\n")
_VTT = each("{ah} --> {bh}\n<v {n}>{t}</v>\n", head="WEBVTT\n\n")


def _court(turns: Turns) -> str:
    """Give a court reporter's pages: 25 numbered lines each, Q and A, a head on every page."""
    rows: list[str] = []
    for t in turns:
        words, line = t.text.split(), f"    {'Q' if t.voice == 'therapist' else 'A'}.  "
        for word in words:
            if len(line) + len(word) > 50:
                rows.append(line)
                line = "        "
            line += word + " "
        rows.append(line)
    pages = (rows[at : at + 25] for at in range(0, len(rows), 25))
    return "".join(
        f"\f{'Page ' + str(k):>56}\n" + "".join(f"{n:>4} {row.rstrip()}\n" for n, row in
                                                 enumerate(page, 1))
        for k, page in enumerate(pages, 1)
    )  # fmt: skip


def _ends_of_three_kinds(turns: Turns) -> bytes:
    ends = cycle((b"\r\n", b"\n", b"\r"))
    return b"".join(line.encode() + next(ends) for line in _VTT(turns).split("\n"))


def _unusual_ends(turns: Turns) -> str:
    """Give lines that end as some editors end them: the separator of Unicode, or the next line."""
    ends = cycle(("\u2028", "\u2029", "\x85", "\x0b"))
    return "".join(f"[{clock(t.start, 'h:m:s')}] {t.name}: {t.text}{next(ends)}" for t in turns)


def _two_spellings(turns: Turns) -> str:
    """Give names whose letters are composed in some turns, and of two parts in the others."""
    names = {"Anna Weber": "Jörg Weiß", "Jonas Lind": "Zoë Müller"}
    rows = []
    for k, t in enumerate(turns):
        name = names[t.name]
        name = unicodedata.normalize("NFC", name) if k % 2 else unicodedata.normalize("NFD", name)
        rows.append(f"[{clock(t.start, 'h:m:s')}] {name}: {t.text}\n")
    return "".join(rows)


def _invisible(turns: Turns) -> str:
    """Give captions with marks that nobody sees before, in and behind names."""
    marks = cycle(("\u200b", "\u200e", "\ufeff", "\u00ad", "\u2060"))
    rows = (
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        f"{(mark := next(marks))}{t.name}{mark}:\u00a0{t.text}\n"
        for k, t in enumerate(turns, 1)
    )
    return "\n".join(rows)


def _drop_frame(turns: Turns) -> str:
    """Give an editing program's table, on a tape's clock from one hour that leaves frames out."""

    def code(seconds: float) -> str:
        frame = round(seconds * 30_000 / 1001)
        tens, rest = divmod(frame, 17_982)
        frame += 18 * tens + (2 * ((rest - 2) // 1798) if rest > 1 else 0)
        return (f"{1 + frame // 108_000:02}:{frame // 1800 % 60:02}:{frame // 30 % 60:02};"
                f"{frame % 30:02}")  # fmt: skip

    rows = (f'"{code(t.start)}","{code(t.end)}","{t.name}","{t.text}"' for t in turns)
    return "\r\n".join(('"Timecode In","Timecode Out","Speaker","Dialogue"', *rows)) + "\r\n"


def _padded(turns: Turns) -> bytes:
    """Give captions as a recovery program finds them: zeros up to the end of a block."""
    text = _SRT(turns).encode()
    return text + bytes(-len(text) % 4096)


def _joined(turns: Turns) -> str:
    """Give two files of captions that were joined, the second with a head of its own."""
    half = len(turns) // 2
    return _VTT(turns[:half]) + "\n" + _VTT(turns[half:])


def _joined_from_zero(turns: Turns) -> str:
    """Give captions of two parts of a recording that were joined, each from 0 on."""
    half = len(turns) // 2
    at = turns[half].start - 1.0
    later = [Said(t.start - at, t.end - at, t.voice, t.text, ()) for t in turns[half:]]
    return _SRT(turns[:half]) + "\n" + _SRT(later)


def _number_texts(turns: Turns) -> str:
    """Give milliseconds as text, speakers as objects, what was said as the best of several."""
    return as_json({"result": {"segments": [
        {"startMs": str(ms(t.start)), "endMs": str(ms(t.end)),
         "speaker": {"id": t.voice[0], "label": t.name},
         "alternatives": [{"transcript": t.text, "confidence": "0.93"},
                          {"transcript": t.text.lower(), "confidence": "0.41"}]}
        for t in turns]}})  # fmt: skip


def _durations(turns: Turns) -> str:
    """Give times as durations of ISO 8601."""

    def iso(seconds: float) -> str:
        minutes = int(seconds // 60)
        return f"PT{f'{minutes}M' if minutes else ''}{seconds - 60 * minutes:.3f}S"

    return as_json([{"from": iso(t.start), "to": iso(t.end), "speaker": t.name, "content": t.text}
                    for t in turns])  # fmt: skip


def _by_person(turns: Turns) -> str:
    """Give what each person said under their name."""
    rows = [(t.name, {"start": t.start, "end": t.end, "text": t.text}) for t in turns]
    return as_json({name: [row for own, row in rows if own == name] for name in NAMES.values()})


def _time_spans(turns: Turns) -> str:
    """Give entries with spans of time to seven places, persons by keys of their own list."""
    key = "3fa85f64-5717-4562-b3fc-2c963f66afa"
    keys = {name: f"{key}{k}" for k, name in enumerate(NAMES.values())}

    def span(seconds: float) -> str:
        return f"{clock(seconds)}0000"

    return as_json({
        "participants": {key: {"displayName": name} for name, key in keys.items()},
        "entries": [{"participantId": keys[t.name], "offset": span(t.start),
                     "duration": span(t.end - t.start), "text": t.text} for t in turns],
    })  # fmt: skip


def _escaped_twice(turns: Turns) -> str:
    """Give captions whose marks were written as a page's signs two times over."""
    rows = (
        f"{clock(t.start)} --> {clock(t.end)}\n{t.name}: "
        + t.text.replace("'", "&amp;#39;").replace(",", "&amp;#44;")
        + "\n"
        for t in turns
    )
    return "WEBVTT\n\n" + "\n".join(rows)


def _midnight(turns: Turns) -> str:
    """Give a clock on the wall that passes midnight 40 s after the beginning."""
    began = datetime(2026, 3, 4, 23, 59, 20)
    rows = (
        f"[{(began + timedelta(seconds=t.start)).strftime('%H:%M:%S')}] {t.name}: {t.text}"
        for t in turns
    )
    return "\n".join(rows) + "\n"


def _since_1899(turns: Turns) -> str:
    """Give a spreadsheet's times as dates: its days are counted from the end of 1899."""
    began = datetime(1899, 12, 30)

    def day(seconds: float) -> str:
        return (began + timedelta(seconds=seconds)).isoformat(" ", "milliseconds")

    rows = (f'{day(t.start)},{day(t.end)},{t.name},"{t.text}"' for t in turns)
    return "\n".join(("start,end,speaker,text", *rows)) + "\n"


def _four_bytes(turns: Turns) -> bytes:
    return _SRT(turns).encode("utf-32")


# To add a layout, add a row. What is right: read, but where `says` has the reason of a refusal.
TWELFTH: tuple[Layout, ...] = (
    Layout("court_lines.txt", _court, None, speakers=0.9),
    Layout("ends_of_three_kinds.vtt", _ends_of_three_kinds),
    Layout("unusual_ends.txt", _unusual_ends, 1.0),
    Layout("two_spellings.txt", _two_spellings, 1.0),
    Layout("invisible.srt", _invisible),
    Layout("drop_frame.csv", _drop_frame, says=_OTHER_CLOCK),
    Layout("padded.srt", _padded),
    Layout("joined.vtt", _joined),
    Layout("joined_from_zero.srt", _joined_from_zero, 0.5, says=("format.clock_begins_anew",)),
    Layout("number_texts.json", _number_texts),
    Layout("durations.json", _durations),
    Layout("by_person.json", _by_person),
    Layout("time_spans.json", _time_spans),
    Layout("escaped_twice.vtt", _escaped_twice),
    Layout("four_bytes.srt", _four_bytes),
    Layout("name_behind.txt", each("{t} ({n}, {m1}\u2013{mb})"), 1.0),
    Layout("midnight.txt", _midnight, 1.0, says=_OTHER_CLOCK),
    Layout("since_1899.csv", _since_1899),
    Layout("name_at_number.srt", each("{j} {n}\n{ac} --> {bc}\n{t}\n")),
    Layout("speaker_in_settings.vtt", each("{ah} --> {bh} align:start position:5%\n- {n} -\n{t}\n",
                                           head="WEBVTT - meeting\n\n")),
)  # fmt: skip

"""Ninth round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.eighth_cases`): calls and meetings fetched from a
service, recognisers that run on a telephone, editors that keep words by paragraph, old subtitles.
Recordings and channels of this round are in `benchmarks.shared.ninth_sounds`; JSON is in
`benchmarks.shared.ninth_json`.
"""

import struct
import textwrap
from collections.abc import Sequence

from benchmarks.shared.ninth_json import NINTH_JSON
from benchmarks.shared.said import NAMES, Said, clock, tier_of
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["NINTH"]

Turns = Sequence[Said]
_FRAMES_PER_S = 25


def _microdvd(turns: Turns) -> str:
    """Give subtitles by frames, the first line of which says how many a second has."""
    lines = (
        f"{{{round(_FRAMES_PER_S * t.start)}}}{{{round(_FRAMES_PER_S * t.end)}}}{t.name}: {t.text}"
        for t in turns
    )
    return "\n".join((f"{{1}}{{1}}{_FRAMES_PER_S}.000", *lines)) + "\n"


def _tenths(turns: Turns) -> str:
    """Give subtitles whose times are tenths of a second in brackets; a slash stands for italics."""
    return "\n".join(
        f"[{round(10 * t.start)}][{round(10 * t.end)}]{t.name}: {t.text}" for t in turns
    )


def _segment_marks(turns: Turns) -> str:
    """Give an evaluation's reference: file, channel, speaker, times, conditions, text."""
    rows = (
        f"session 1 {t.name.replace(' ', '_')} {t.start:.2f} {t.end:.2f} <o,f0,{t.voice}> {t.text}"
        for t in turns
    )
    return ';; CATEGORY "0" "" ""\n' + "\n".join(rows) + "\n"


def _binary_grid(turns: Turns) -> bytes:
    """Give a grid as Praat saves it in binary: big-endian numbers, texts behind their lengths."""

    def text(what: str) -> bytes:
        return struct.pack(">H", len(what)) + what.encode("ascii")

    tiers = []
    for name in NAMES.values():
        rows = tier_of(turns, name)
        tiers.append(
            b"\x0cIntervalTier" + text(name) + struct.pack(">ddi", 0, 100, len(rows))
            + b"".join(struct.pack(">dd", a, b) + text(said) for a, b, said in rows)
        )  # fmt: skip
    head = b"ooBinaryFile\x08TextGrid" + struct.pack(">dd?i", 0, 100, True, len(tiers))
    return head + b"".join(tiers)


def _short_fractions(turns: Turns) -> str:
    """Give captions with tenths of a second, as writers by hand and small scripts make them."""

    def at(seconds: float) -> str:
        return clock(seconds, "h:m:s") + f".{int(seconds * 10) % 10}"

    return "WEBVTT\n\n" + "\n".join(
        f"{at(t.start)} --> {at(t.end)}\n{t.name}: {t.text}\n" for t in turns
    )


def _line_numbers(turns: Turns) -> str:
    """Give a thesis' appendix: every line has a number, whoever speaks and wherever it wraps."""
    who = {"therapist": "T", "client": "K"}
    lines = [
        line
        for t in turns
        for line in textwrap.wrap(
            f"{who[t.voice]}: {t.text}", 48, subsequent_indent="   ", break_on_hyphens=False
        )
    ]
    return "\n".join(f"{k:03} {line}" for k, line in enumerate(lines, 1)) + "\n"


def _mixed_units(turns: Turns) -> str:
    rows = (f'{t.start:.3f},{1000 * (t.end - t.start):.0f},{t.name},"{t.text}"' for t in turns)
    return "\n".join(("Start (s),Duration (ms),Speaker,Text", *rows)) + "\n"


# To add a layout, add a row.
NINTH: tuple[Layout, ...] = (
    *NINTH_JSON,
    Layout("microdvd.txt", _microdvd),
    Layout("tenths.txt", _tenths),
    Layout("second_colon_name.txt", each("{as_}:{n}: {t}"), 1.0),
    Layout("segment_marks.txt", _segment_marks),
    Layout("binary.TextGrid", _binary_grid, says=("format.binary_text_grid",)),
    Layout("short_fractions.vtt", _short_fractions),
    Layout("unicode_arrow.txt", each("{ah} → {bh}\n{n}: {t}\n")),
    Layout("line_numbers.txt", _line_numbers, None, speakers=0.9),
    Layout("mixed_units.csv", _mixed_units),
    Layout("bold_names.srt", each("{j}\n{ac} --> {bc}\n<b>{n}:</b> <i>{t}</i>\n")),
    Layout("minute_marks.txt", each("(Min. {m}) {n}: {t}"), 1.0),
    Layout("plaud.txt", each("{as_} Speaker {k}\n{t}\n", head="Session 12 2026-03-04 14:02:00\n\n"),
           1.0),
    Layout("read_out.txt", each("{as_} - {n}\n\n{t}\n"), 1.0),
)  # fmt: skip

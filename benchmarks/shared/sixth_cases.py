"""Sixth round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.fifth_cases`): what meetings, captions, streams of
recognisers and editors leave. Recordings of this round are in `benchmarks.shared.sixth_sounds`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.shared.fifth_cases import grid
from benchmarks.shared.said import NUMBERS, Said, clock
from benchmarks.shared.sixth_json import IN_JSON
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["SIXTH"]

Turns = Sequence[Said]


def _named(therapist: str, client: str, colon: str = ": ") -> Callable[[Turns], str]:
    """Give a meeting's captions with persons called as they called themselves."""
    called = (therapist, client)

    def write(turns: Turns) -> str:
        return "WEBVTT\n\n" + "\n".join(
            f"{k}\n{clock(t.start)} --> {clock(t.end)}\n{called[NUMBERS[t.voice]]}{colon}{t.text}\n"
            for k, t in enumerate(turns, 1)
        )

    return write


def _recap(turns: Turns) -> str:
    """Give a page's copied transcript: every name and time stands there for screen readers, too."""
    blocks = []
    for t in turns:
        minute, second = divmod(int(t.start), 60)
        spelt = f"{minute} minute{'' if minute == 1 else 's'} {second} seconds"
        letters = "".join(part[0] for part in t.name.split())
        blocks.append(f"{letters}\n{t.name}\n{spelt}\n{clock(t.start, 'm:s')}\n"
                      f"{t.name} {spelt}\n{t.text}")  # fmt: skip
    return "\n".join(blocks) + "\n"


def _wall_half(turns: Turns) -> str:
    def at(seconds: float) -> str:
        whole = 2 * 3600 + 5 * 60 + int(seconds)
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02} PM"

    return "\n".join(f"{t.name} ({at(t.start)}): {t.text}" for t in turns) + "\n"


def _halves(t: Said) -> list[Said]:
    """Cut a turn into two captions, as editors do that allow so many letters a line."""
    cut = len(t.words) // 2
    if cut == 0:
        return [t]
    parts = (t.words[:cut], t.words[cut:])
    return [
        replace(t, start=own[0][0], end=own[-1][1], text=" ".join(w for _, _, w in own), words=own)
        for own in parts
    ]


def _split(turns: Turns) -> str:
    """Give captions of half a turn each; only the first of a turn has its name."""
    cues = []
    for t in turns:
        for k, part in enumerate(_halves(t)):
            head = "" if k else f"{t.name}: "
            cues.append((part.start, part.end, head + part.text))
    return "\n".join(
        f"{k}\n{clock(a, 'h:m:s,mmm')} --> {clock(b, 'h:m:s,mmm')}\n{text}\n"
        for k, (a, b, text) in enumerate(cues, 1)
    )


def _tenths(turns: Turns) -> str:
    return "\n\n".join(
        f"{t.name}: {t.text} ({clock(t.end, 'h:m:s')}-{int(t.end * 10) % 10})" for t in turns
    )


def _flow(turns: Turns) -> str:
    """Give one paragraph in which every turn begins with a timecode."""
    return " ".join(
        f"[{clock(t.start, 'h:m:s')}.{min(29, int(t.start % 1 * 30)):02}] "
        f"{t.name.upper()}: {t.text}"
        for t in turns
    )


def _console(turns: Turns) -> str:
    return "\n".join(
        f"TRANSCRIBED: Text={t.text} Speaker ID=Guest-{NUMBERS[t.voice] + 1}" for t in turns
    )


def _highlighted(turns: Turns) -> str:
    """Give captions of the whole turn, once for each word, which is underlined."""
    cues = []
    for t in turns:
        said = [w for _, _, w in t.words]
        for k, (a, b, w) in enumerate(t.words):
            text = " ".join([*said[:k], f"<u>{w}</u>", *said[k + 1 :]])
            cues.append(f"{clock(a, 'h:m:s,mmm')} --> {clock(b, 'h:m:s,mmm')}\n{text}\n")
    return "\n".join(f"{k}\n{cue}" for k, cue in enumerate(cues, 1))


def _rolled(turns: Turns) -> str:
    """Give a site's own captions: the line before above each, then it alone for 10 ms."""
    out, before = "WEBVTT\nKind: captions\nLanguage: en\n\n", " "
    for t in turns:
        first, *rest = t.words
        line = first[2] + "".join(f"<{clock(a)}><c> {w}</c>" for a, _, w in rest)
        where = "align:start position:0%"
        end = max(t.end, t.start + 0.02)
        out += f"{clock(t.start)} --> {clock(end - 0.01)} {where}\n{before}\n{line}\n\n"
        out += f"{clock(end - 0.01)} --> {clock(end)} {where}\n{t.text}\n \n\n"
        before = t.text
    return out


def _broadcast(turns: Turns) -> str:
    """Give three lines that roll up: each caption has the two before it once more."""
    lines = [f">> {t.text.upper()}" for t in turns]
    return "\n".join(
        f"{k + 1}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        + "\n".join(lines[max(0, k - 2) : k + 1]) + "\n"
        for k, t in enumerate(turns)
    )  # fmt: skip


def _speaker_tier(turns: Turns) -> str:
    """Give a grid with a tier of who speaks beside a tier of what is said."""
    starts = [
        max(t.start, end) for t, end in zip(turns, (0.0, *(t.end for t in turns)), strict=False)
    ]
    return grid([
        (name, [(start, t.end, getattr(t, text)) for start, t in zip(starts, turns, strict=True)])
        for name, text in (("speaker", "name"), ("transcript", "text"))
    ])  # fmt: skip


def _avid(turns: Turns) -> str:
    cues = (f"{clock(t.start, 'h:m:s:ff')} {clock(t.end, 'h:m:s:ff')}\n{t.name}: {t.text}\n"
            for t in turns)  # fmt: skip
    head = "@ This file written with the Avid Caption plugin, version 1\n\n<begin subtitles>\n\n"
    return head + "\n".join(cues) + "\n<end subtitles>\n"


def _iso_wall(turns: Turns) -> str:
    def at(seconds: float) -> str:
        minute, rest = divmod(seconds, 60)
        return f"2026-03-04T14:{int(minute):02}:{rest:06.3f}+01:00"

    rows = [f'{at(t.start)},{at(t.end)},{t.name},"{t.text}"' for t in turns]
    return "started_at,ended_at,speaker_name,transcript\n" + "\n".join(rows) + "\n"


def _spelt_times(turns: Turns) -> str:
    def at(seconds: float) -> str:
        return f"{int(seconds) // 60}m {seconds % 60:.1f}s"

    rows = [f'{at(t.start)},{at(t.end)},{t.name},"{t.text}"' for t in turns]
    return "From,To,Who,What\n" + "\n".join(rows) + "\n"


def _damaged(turns: Turns) -> str:
    """Give captions whose arrows and commas a translator's program has set apart."""

    def at(seconds: float) -> str:
        return clock(seconds, "h:m:s,mmm").replace(",", ", ").replace(":", ": ")

    return "\n".join(
        f"{k}\n{at(t.start)} -> {at(t.end)}\n{t.name}: {t.text}\n" for k, t in enumerate(turns, 1)
    )


def _unparted(turns: Turns) -> str:
    """Give captions without the empty lines between them."""
    return "".join(
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n{t.name}: {t.text}\n"
        for k, t in enumerate(turns, 1)
    )


def _unmarked_utf16(turns: Turns) -> bytes:
    cues = (f"{clock(t.start)} --> {clock(t.end)}\n<v {t.name}>{t.text}</v>\n" for t in turns)
    return ("WEBVTT\n\n" + "\n".join(cues)).encode("utf-16-le")


# To add a layout, add a row.
SIXTH: tuple[Layout, ...] = (
    *IN_JSON,
    Layout("zoom_direct_chat.txt", each(
        "{aw}\t From {n} to Jonas Lind(Direct Message) : {t}"), 1.0, says=("format.other_clock",)),
    Layout("zoom_long_name.vtt", _named(
        "Dr. med. Anna-Katharina Weber-Hohenstein, Psychologische Psychotherapeutin",
        "Jonas (Handy von Mia Lind, Querstraße)")),
    Layout("zoom_emoji.vtt", _named("🌻 Anna Weber 🌻", "Jonas 😅")),
    Layout("zoom_and_slash.vtt", _named("A. Weber / Praxis am Park", "Jonas & Mia Lind")),
    Layout("zoom_no_space.vtt", _named("Anna Weber", "Jonas Lind", ":")),
    Layout("teams_recap.txt", _recap, 1.0),
    Layout("webex_half_day.txt", _wall_half, 1.0, says=("format.other_clock",)),
    Layout("otter_one_line.txt", each("{n}  {m1}  {t}"), 1.0),
    Layout("rev_dash_brackets.srt", each("{j}\n{ac} --> {bc}\n- [{n}] {t}\n")),
    Layout("trint_split.srt", _split, speakers=0.5),
    Layout("f4_round.txt", _tenths, 6.0),
    Layout("inqscribe_flow.txt", _flow),
    Layout("azure_console.txt", _console, None, speakers=0.9),
    Layout("faster_whisper_console.txt", each("[{a:.2f}s -> {b:.2f}s]  {t}"), speakers=0.0),
    Layout("whisper_highlighted.srt", _highlighted, speakers=0.0),
    Layout("site_rollup.vtt", _rolled, speakers=0.0),
    Layout("broadcast_rollup.srt", _broadcast, speakers=0.0),
    Layout("speaker_tier.TextGrid", _speaker_tier),
    Layout("audacity_points.txt", each("{a:.6f}\t{a:.6f}\t{n}: {t}")),
    Layout("avid_ds.txt", _avid),
    Layout("iso_wall.csv", _iso_wall),
    Layout("elan_tc.txt", each("{n}    {t}\nTC    {ah} - {bh}\n")),
    Layout("name_range.txt", each("{n} [{m} - {mb}]\n{t}\n"), 1.0),
    Layout("time_bar_name.txt", each("{m1} | {n}\n{t}\n"), 1.0),
    Layout("me_them.txt", each("{me}: {t}  \n"), None, speakers=0.9),
    Layout("spelt_times.csv", _spelt_times),
    Layout("damaged_arrows.srt", _damaged),
    Layout("no_blank_lines.srt", _unparted),
    Layout("utf16_no_mark.vtt", _unmarked_utf16),
)  # fmt: skip

"""Transcripts in the layouts of further tools, written here from a sample's truth.

Conventions
-----------
Each layout was written from what its tool is known to export, before looking at the readers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.shared.json_shapes import SHAPES
from benchmarks.shared.said import NAMES, NUMBERS, Said, clock, tier_of

__all__ = ["LAYOUTS", "Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """A way of writing a conversation down: the file's name, what is in it, how exact it is.

    `told` says something else than the sample does; `marks` must not be among the words.
    """

    name: str
    write: Callable[[Sequence[Said]], str | bytes]
    within_s: float | None = 0.1
    speakers: float = 1.0  # share of turns whose speaker can be told by time and words
    says: tuple[str, ...] = ()
    told: Callable[[Sequence[Said]], Sequence[Said]] | None = None
    marks: tuple[str, ...] = ()


def _lines(form: Callable[[Said], str], between: str = "\n", head: str = "") -> Callable[..., str]:
    return lambda turns: head + between.join(form(t) for t in turns) + "\n"


def _vtt(form: Callable[[Said], str], head: str = "WEBVTT\n\n") -> Callable[..., str]:
    def cue(t: Said) -> str:
        return f"{clock(t.start)} --> {clock(t.end)}\n{form(t)}\n"

    return _lines(cue, "\n", head)


def _srt(form: Callable[[Said], str]) -> Callable[..., str]:
    def write(turns: Sequence[Said]) -> str:
        return "\n".join(
            f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n{form(t)}\n"
            for k, t in enumerate(turns, 1)
        )

    return write


def _halved(text: str) -> str:
    words = text.split()
    return " ".join(words[: len(words) // 2]) + "\n" + " ".join(words[len(words) // 2 :])


def _minute_blocks(turns: Sequence[Said]) -> str:
    """Give Google Meet's notes: a time only every minute, everything else in order."""
    blocks = []
    for minute, said in groupby(turns, key=lambda t: int(t.start // 60)):
        lines = "\n".join(f"{t.name}: {t.text}" for t in said)
        blocks.append(f"{clock(minute * 60, 'h:m:s')}\n\n{lines}\n")
    head = "Session - Transcript\nAttendees\nAnna Weber, Jonas Lind\nTranscript\n\n"
    return head + "\n".join(blocks) + "\nMeeting ended after 00:01:40 👋\n"


def _mono(turns: Sequence[Said]) -> str:
    """Give a cue for each word, as word-timed captions have them."""
    cues = [
        f"{clock(a)} --> {clock(b)}\n<v {t.name}>{w}</v>\n" for t in turns for a, b, w in t.words
    ]
    return "WEBVTT\n\n" + "\n".join(cues)


def _karaoke(t: Said) -> str:
    first, *rest = t.words
    return f"<v {t.name}>{first[2]}" + "".join(f"<{clock(a)}><c> {w}</c>" for a, _, w in rest)


def _chat(turns: Sequence[Said]) -> str:
    code = {"therapist": "THE", "client": "CLI"}
    rows = "\n".join(
        f"*{code[t.voice]}:\t{t.text} \x15{round(t.start * 1000)}_{round(t.end * 1000)}\x15"
        "\n%com:\tlooks away"
        for t in turns
    )
    return (
        "@UTF8\n@Begin\n@Languages:\teng\n"
        "@Participants:\tTHE Anna_Weber Therapist, CLI Jonas_Lind Client\n"
        "@ID:\teng|x|THE|||||Therapist|||\n@ID:\teng|x|CLI|||||Client|||\n@Media:\tsession, audio\n"
        f"{rows}\n@End\n"
    )


def _short_grid(turns: Sequence[Said]) -> str:
    out = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "100", "<exists>", "2"]
    for name in NAMES.values():
        rows = tier_of(turns, name)
        out += ['"IntervalTier"', f'"{name}"', "0", "100", str(len(rows))]
        for a, b, text in rows:
            out += [f"{a}", f"{b}", '"' + text.replace('"', '""') + '"']
    return "\n".join(out) + "\n"


def _sbv(t: Said) -> str:
    a, b = (clock(s).removeprefix("0") for s in (t.start, t.end))
    return f"{a},{b}\n{t.name}: {t.text}\n"


def _dashes(turns: Sequence[Said]) -> str:
    """Give subtitles of two people to a cue, a dash before each."""
    cues = []
    for k in range(0, len(turns) - 1, 2):
        one, other = turns[k], turns[k + 1]
        start, end = one.start, max(one.end, other.end)
        cues.append(
            f"{k // 2 + 1}\n{clock(start, 'h:m:s,mmm')} --> {clock(end, 'h:m:s,mmm')}\n"
            f"- {one.name}: {one.text}\n- {other.name}: {other.text}\n"
        )
    return "\n".join(cues)


def _csv(head: str, form: Callable[[Said], str], encoding: str = "utf-8") -> Callable[..., bytes]:
    return lambda turns: (head + "\n" + "\n".join(form(t) for t in turns) + "\n").encode(encoding)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _german(seconds: float) -> str:
    return f"{seconds:.3f}".replace(".", ",")


def _grouped(
    form: Callable[[str, float, str], str], between: str = "\n\n", head: str = ""
) -> Callable[..., str]:
    """Give a block for each run of one speaker's turns."""

    def write(turns: Sequence[Said]) -> str:
        blocks: list[str] = []
        for _, run in groupby(turns, key=lambda t: t.voice):
            said = list(run)
            blocks.append(form(said[0].name, said[0].start, " ".join(t.text for t in said)))
        return head + between.join(blocks) + "\n"

    return write


LAYOUTS = (
    Layout(
        "zoom_web.txt", _lines(lambda t: f"[{t.name}] {clock(t.start, 'h:m:s')}\n{t.text}\n"), 1.0
    ),
    Layout(
        "zoom_numbered.vtt",
        lambda turns: (
            "WEBVTT\n\n"
            + "\n".join(
                f"{k}\n{clock(t.start)} --> {clock(t.end)}\n{t.name}: {_halved(t.text)}\n"
                for k, t in enumerate(turns, 1)
            )
        ),
    ),
    Layout("meet_minutes.txt", _minute_blocks, 60.0, speakers=0.85, says=("format.lines_beside",)),
    Layout(
        "teams_ids.vtt",
        lambda turns: (
            "WEBVTT\n\n"
            + "\n".join(
                f"5e2f3c4a-1b2c-4d5e/{k}-0\n{clock(t.start)} --> {clock(t.end)}\n"
                f"<v Weber, Anna (Ext)>{_halved(t.text)}</v>\n"
                if t.voice == "therapist"
                else f"5e2f3c4a-1b2c-4d5e/{k}-1\n{clock(t.start)} --> {clock(t.end)}\n"
                f"<v Jonas Lind>{t.text}</v>\n"
                for k, t in enumerate(turns)
            )
        ),
    ),
    Layout(
        "stream_confidence.vtt",
        _vtt(
            lambda t: f"<v {t.name}>{t.text}",
            'WEBVTT\n\nNOTE duration:"00:01:40.0000000"\n\nNOTE language:en-us\n\n'
            "NOTE Confidence: 0.9\n\n",
        ),
    ),
    Layout(
        "word_online.txt",
        _lines(
            lambda t: f"{clock(t.start, 'h:m:s')} {t.name}\n{t.text}",
            "\n",
            "Audio file\nsession.m4a\n\nTranscript\n",
        ),
        1.0,
    ),
    Layout(
        "fireflies.txt", _lines(lambda t: f"{t.name} - {clock(t.start, 'mm:ss')}\n{t.text}\n"), 1.0
    ),
    Layout(
        "fathom.txt",
        _lines(
            lambda t: f"{clock(t.start, 'm:s')} - {t.name} (Praxis Weber)\n  {t.text}\n",
            "\n",
            "Session 12 - March 04\nVIEW RECORDING - 1 min\n\n---\n\n",
        ),
        1.0,
        says=("format.lines_beside",),
    ),
    Layout("sonix.txt", _lines(lambda t: f"[{clock(t.start, 'h:m:s')}] {t.name}: {t.text}\n"), 1.0),
    Layout(
        "riverside.txt", _lines(lambda t: f"{t.name} ({clock(t.start, 'm:s.mmm')})\n{t.text}\n")
    ),
    Layout(
        "arrow_console.txt",
        _lines(lambda t: f"[{clock(t.start)} --> {clock(t.end)}]  [{t.name}]: {t.text}"),
    ),
    Layout(
        "whisper_console.txt",
        _lines(lambda t: f"[{clock(t.start, 'm:s.mmm')} --> {clock(t.end, 'm:s.mmm')}] {t.text}"),
        speakers=0.0,
    ),
    Layout(
        "markdown_bold.md",
        _lines(lambda t: f"**{t.name}** _{clock(t.start, 'm:s')}_\n\n{t.text}\n"),
        1.0,
    ),
    Layout(
        "markdown_table.md",
        _lines(
            lambda t: f"| {clock(t.start, 'h:m:s')} | {t.name} | {t.text} |",
            "\n",
            "| Time | Speaker | Text |\n|------|---------|------|\n",
        ),
        1.0,
    ),
    Layout(
        "otter_runs.txt",
        _grouped(lambda who, at, text: f"{who}  {clock(at, 'm:s')}  \n{text}"),
        1.0,
    ),
    Layout(
        "otter_unknown.txt",
        _lines(
            lambda t: (
                f"{'Unknown Speaker' if t.voice == 'client' else t.name}  "
                f"{clock(t.start, 'm:s')}  \n{t.text}\n"
            )
        ),
        1.0,
    ),
    Layout(
        "minutes_seconds.txt",
        _lines(lambda t: f"{t.name} [{clock(t.start, 'XmYs')}]: {t.text}"),
        1.0,
    ),
    Layout(
        "f4_both_ends.txt",
        _lines(
            lambda t: (
                f"#{clock(t.start, 'h:m:s-t')}# {t.name}: {t.text} #{clock(t.end, 'h:m:s-t')}#"
            )
        ),
    ),
    Layout("maxqda.txt", _lines(lambda t: f"#{clock(t.start, 'h:m:s-t')}# {t.name}: {t.text}")),
    Layout(
        "frames_dash.txt",
        _lines(
            lambda t: (
                f"{clock(t.start, 'h:m:s:ff')} - {clock(t.end, 'h:m:s:ff')}\n{t.name}\n{t.text}\n"
            )
        ),
    ),
    Layout(
        "dots_colons.txt",
        _lines(lambda t: f"{t.name.upper()}: ({clock(t.start, 'h:m:s')}) {t.text}"),
        1.0,
    ),
    Layout(
        "lyrics.lrc",
        _lines(
            lambda t: f"[{clock(t.start, 'm:s.cc')}]{t.name}: {t.text}",
            "\n",
            "[ti:Session]\n[by:AB]\n",
        ),
    ),
    Layout("youtube.sbv", _lines(_sbv)),
    Layout("words.vtt", _mono),
    Layout("karaoke.vtt", _vtt(_karaoke)),
    Layout(
        "mapped.vtt",
        _vtt(
            lambda t: f"<v.first.loud {t.name}><b>{t.text}</b></v>",
            "WEBVTT Kind: captions; Language: en\n"
            "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
            "STYLE\n::cue { color: red }\n\nREGION\nid:r1\n\n",
        ),
    ),
    Layout(
        "short_hours.srt",
        lambda turns: "\n".join(
            f"{k}\n{clock(t.start, 'h:m:s.cc')} -> {clock(t.end, 'h:m:s.cc')}\n{t.name}: {t.text}\n"
            for k, t in enumerate(turns, 1)
        ),
    ),
    Layout(
        "colours.srt",
        _srt(lambda t: f'{{\\an8}}<font color="#ffff00"><b>{t.name}:</b></font> {t.text}'),
    ),
    Layout("deaf.srt", _srt(lambda t: f"[{t.name.upper()}]\n{_halved(t.text)}")),
    Layout("dashes.srt", _dashes, 3.0),
    Layout(
        "latin1.srt",
        lambda turns: _srt(
            lambda t: f"{'Jörg Müller' if t.voice == 'client' else t.name}: {t.text}"
        )(turns).encode("cp1252"),
    ),
    Layout("talkbank.cha", _chat),
    Layout("short.TextGrid", _short_grid),
    Layout(
        "semicolons.csv",
        _csv(
            "Beginn;Ende;Sprecher;Wortlaut",
            lambda t: f"{_german(t.start)};{_german(t.end)};{t.name};{_quoted(t.text)}",
            "cp1252",
        ),
    ),
    Layout(
        "sep_line.csv",
        _csv(
            "sep=,\nTimecode In,Timecode Out,Name,Transcript",
            lambda t: f"{clock(t.start)},{clock(t.end)},{t.name},{_quoted(t.text)}",
        ),
    ),
    Layout(
        "durations.csv",
        _csv(
            "speaker,start (s),duration (s),utterance",
            lambda t: f"{t.name},{t.start},{t.end - t.start:.3f},{_quoted(t.text)}",
        ),
    ),
    Layout(
        "one_time.tsv",
        _csv(
            "time\tperson\tcontent",
            lambda t: f"{clock(t.start, 'h:m:s')}\t{t.name}\t{t.text}",
            "utf-16",
        ),
        1.0,
    ),
    Layout(
        "whisper.tsv",
        _csv(
            "start\tend\ttext",
            lambda t: (
                f"{round(t.start * 1000)}\t{round(t.end * 1000)}\t"
                f"[SPEAKER_0{NUMBERS[t.voice]}]: {t.text}"
            ),
        ),
    ),
    Layout("untimed_runs.txt", _grouped(lambda who, _, text: f"{who}: {text}", "\n"), None, 0.9),
    Layout(
        "untimed_speechmatics.txt",
        _grouped(lambda who, _, text: f"SPEAKER: {who}\n{text}"),
        None,
        0.9,
    ),
    Layout("untimed_own_lines.txt", _grouped(lambda who, _, text: f"{who}\n{text}"), None, 0.9),
    *(Layout(name, write, 1.0 if name.endswith("otr") else 0.1) for name, write in SHAPES.items()),
)

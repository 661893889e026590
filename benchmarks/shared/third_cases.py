"""Third round of layouts: written after the readers were mended for the second, before being run.

Conventions
-----------
As of the second round (`benchmarks.shared.strange_cases`): what other programs and people write.
"""

import json
from collections.abc import Callable, Sequence

from benchmarks.shared.said import NAMES, NUMBERS, Said, clock, ms
from benchmarks.shared.written_cases import Layout

__all__ = ["THIRD", "each"]

Turns = Sequence[Said]
SHORT = {"therapist": "I", "client": "P"}


def _wall(seconds: float) -> str:
    return clock(14 * 3600 + 125 + seconds, "h:m:s")


def each(
    form: str, between: str = "\n", head: str = "", tail: str = "", crlf: bool = False
) -> Callable[[Turns], str]:
    """Fill a form for each turn: name, short name, number, times in several ways, text."""

    def write(turns: Turns) -> str:
        rows = (
            form.format(
                n=t.name, up=t.name.upper(), i=SHORT[t.voice], k=NUMBERS[t.voice], t=t.text, j=j,
                a=t.start, b=t.end, d=t.end - t.start, am=ms(t.start), bm=ms(t.end),
                ah=clock(t.start), bh=clock(t.end), as_=clock(t.start, "h:m:s"),
                bs=clock(t.end, "h:m:s"), m=clock(t.start, "mm:ss"), m1=clock(t.start, "m:s"),
                aw=_wall(t.start), ac=clock(t.start, "h:m:s,mmm"), bc=clock(t.end, "h:m:s,mmm"),
                cc=clock(t.start, "m:s.cc"), f4=clock(t.start, "h:m:s-t"),
                mc=clock(t.start, "m:s.cc").replace(".", ","), mb=clock(t.end, "mm:ss"),
                me=("Me", "Them")[NUMBERS[t.voice]],
            )
            for j, t in enumerate(turns, 1)
        )  # fmt: skip
        text = head + between.join(rows) + "\n" + tail
        return text.replace("\n", "\r\n") if crlf else text

    return write


def _channels(turns: Turns) -> str:
    """Give a recogniser's results of two channels, each with its words."""
    results = [
        {
            "channelTag": NUMBERS[t.voice] + 1,
            "languageCode": "en-us",
            "resultEndTime": f"{t.end:.3f}s",
            "alternatives": [
                {
                    "transcript": t.text,
                    "words": [
                        {"startTime": f"{a:.3f}s", "endTime": f"{b:.3f}s", "word": w}
                        for a, b, w in t.words
                    ],
                }
            ],
        }
        for t in turns
    ]
    return json.dumps({"results": results})


def _faster(turns: Turns) -> str:
    rows = [
        {
            "id": j, "seek": 0, "start": t.start, "end": t.end, "text": " " + t.text,
            "tokens": [50364, 11], "temperature": 0.0, "avg_logprob": -0.2,
            "speaker": f"SPEAKER_0{NUMBERS[t.voice]}",
            "words": [{"start": a, "end": b, "word": " " + w, "probability": 0.9}
                      for a, b, w in t.words],
        }
        for j, t in enumerate(turns)
    ]  # fmt: skip
    return json.dumps({"text": " ".join(t.text for t in turns), "segments": rows, "language": "en"})


def _happy(turns: Turns) -> str:
    return json.dumps(
        [
            {
                "speaker": t.name,
                "words": [
                    {"text": w, "type": "text", "data_start": a, "data_end": b, "confidence": 0.9}
                    for a, b, w in t.words
                ],
            }
            for t in turns
        ]
    )


def _sonix(turns: Turns) -> str:
    rows = [
        {
            "speaker": t.name, "start_time": t.start, "end_time": t.end, "text": t.text,
            "words": [{"text": w, "start_time": a, "end_time": b} for a, b, w in t.words],
        }
        for t in turns
    ]  # fmt: skip
    return json.dumps({"id": "x", "name": "Session", "transcript": rows})


def _utterances(turns: Turns) -> str:
    """Give an ELAN tab export of begins and durations, tier by tier."""
    rows = ["Tier\tBegin Time - hh:mm:ss.ms\tDuration - hh:mm:ss.ms\tAnnotation"]
    for voice, name in NAMES.items():
        rows += [f"{name}\t{clock(t.start)}\t{clock(t.end - t.start)}\t{t.text}"
                 for t in turns if t.voice == voice]  # fmt: skip
    return "\n".join(rows) + "\n"


def _grid(turns: Turns) -> str:
    """Give a TextGrid whose tiers are called after persons and what they hold."""
    out = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 100 ",
           "tiers? <exists> ", "size = 3 ", "item []: "]  # fmt: skip
    tiers = [(f"{name} (Transkription)", [t for t in turns if t.voice == voice])
             for voice, name in NAMES.items()]  # fmt: skip
    for k, (name, own) in enumerate(tiers, 1):
        out += [f"    item [{k}]:", '        class = "IntervalTier" ', f'        name = "{name}" ',
                "        xmin = 0 ", "        xmax = 100 ",
                f"        intervals: size = {len(own)} "]  # fmt: skip
        for j, t in enumerate(own, 1):
            text = t.text.replace('"', '""')
            out += [f"        intervals [{j}]:", f"            xmin = {t.start} ",
                    f"            xmax = {t.end} ", f'            text = "{text}" ']  # fmt: skip
    out += ["    item [3]:", '        class = "TextTier" ', '        name = "Notizen" ',
            "        xmin = 0 ", "        xmax = 100 ", "        points: size = 1 ",
            "        points [1]:", "            number = 12.5 ",
            '            mark = "Anna Weber weint" ']  # fmt: skip
    return "\n".join(out) + "\n"


def _vtt(form: str, head: str = "WEBVTT\n\n") -> Callable[[Turns], str]:
    return each("{ah} --> {bh}\n" + form + "\n", "\n", head)


THIRD = (
    Layout("webex_panel.txt", each("{n}\n{as_}\n{t}\n"), 1.0),
    Layout("teams_breaks.vtt", _vtt("<v {n} (Extern)>{t}</v>")),
    Layout("teams_french.txt", each(
        "{n}   {m1}\n{t}\n", head="Anna Weber a démarré la transcription\n\n",
        tail="\nAnna Weber a arrêté la transcription\n"), 1.0),
    Layout("extension_dated.txt", each("{n} (03/04/2026, {aw})\n{t}\n"), 1.0),
    Layout("tactiq.txt", each("{as_} {n}: {t}", head="Session 12\nMar 4, 2026\n\n# Transcript\n"),
           1.0),
    Layout("messenger.txt", each("[04.03.26, {aw}] {n}: {t}"), 1.0),
    Layout("rev_tabs.txt", each("{n}:\t{as_}\t{t}"), 1.0),
    Layout("rev_front_tab.txt", each("[{as_}]\t{n}: {t}"), 1.0),
    Layout("trint_head.txt", each("[{as_}] {n}\n{t}\n"), 1.0),
    Layout("descript_dash.srt", each("{j}\n{ac} --> {bc}\n-{up}: {t}\n")),
    Layout("f4_next_line.txt", each("#{f4}#\n{n}: {t}\n"), 0.2),
    Layout("whispercpp.lrc", each("[{cc}] (speaker {k}) {t}", head="[by:whisper.cpp]\n")),
    Layout("ctranslate.vtt", _vtt("[SPEAKER_0{k}]: {t}")),
    Layout("deepgram.vtt", _vtt(
        "<v Speaker {k}>- {t}", "WEBVTT\n\nNOTE\nTranscription provided by Deepgram\n"
        "Request Id: x\nCreated: 2026-03-04T14:02:05Z\nDuration: 100.0\nChannels: 1\n\n")),
    Layout("deepgram_console.txt", each("[Speaker:{k}] {t}"), None, speakers=0.9),
    Layout("assembly_untimed.txt", each("Speaker {k}: {t}\n"), None, speakers=0.9),
    Layout("google_channels.json", _channels),
    Layout("faster_whisper.json", _faster),
    Layout("happyscribe.json", _happy),
    Layout("sonix.json", _sonix),
    Layout("elan_durations.txt", _utterances),
    Layout("tiers_of_persons.TextGrid", _grid),
    Layout("crlf.tsv", each("{am}\t{bm}\t{t}", head="start\tend\ttext\n", crlf=True),
           speakers=0.0),
    Layout("german_roles.csv", each(
        '"{mc}";"{n}";"{t}"', head='"Start";"Rolle";"Transkription"\n'), 0.1),
    Layout("german_last.csv", each('{j};{n};"{t}";{mc}', head="Zeile;Sprecher;Text;Zeit\n"), 0.1),
    Layout("noscribe.txt", each("[{as_}] S0{k}: {t}", "\n\n", "s.m4a\nTranskribiert mit x\n\n"),
           1.0),
    Layout("ranges_above.txt", each("[{ah} - {bh}] SPEAKER_0{k}\n{t}\n")),
    Layout("grain.txt", each("{as_}\n{n}\n{t}\n"), 1.0),
    Layout("otranscribe.md", each("**{m}** {n}: {t}\n"), 1.0),
    Layout("express.txt", each("({m1}) {i}: {t}\n"), 1.0),
    Layout("plain_letters.txt", each("{i}: {t}\n"), None, speakers=0.9),
    Layout("na.rttm", each("SPEAKER s 1 {a:.4f} {d:.4f} NA NA {n} NA")),
)  # fmt: skip

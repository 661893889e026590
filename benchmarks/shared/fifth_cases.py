"""Fifth round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.fourth_cases`): shapes of further recognisers' JSON and
of what editors, spreadsheets and phonetic tools write, by what their makers say of them. Recordings
and channels of this round are in `benchmarks.shared.fifth_sounds`.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.shared.said import NAMES, NUMBERS, Said, as_json, clock, ms
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["FIFTH", "grid"]

Turns = Sequence[Said]


def _call_analytics(turns: Turns) -> str:
    role = ("AGENT", "CUSTOMER")
    return as_json({
        "JobStatus": "COMPLETED", "LanguageCode": "en-US", "AccountId": "1", "Channel": "VOICE",
        "Participants": [{"ParticipantRole": one} for one in role],
        "Transcript": [
            {
                "Id": f"x{k}", "Content": t.text, "ParticipantRole": role[NUMBERS[t.voice]],
                "BeginOffsetMillis": ms(t.start), "EndOffsetMillis": ms(t.end),
                "Sentiment": "NEUTRAL", "LoudnessScores": [70.1, None],
                "Items": [{"Type": "pronunciation", "Confidence": "0.9", "Content": w,
                           "BeginOffsetMillis": ms(a), "EndOffsetMillis": ms(b)}
                          for a, b, w in t.words],
            }
            for k, t in enumerate(turns)
        ],
    })  # fmt: skip


def _watson(turns: Turns) -> str:
    return as_json({
        "result_index": 0,
        "results": [
            {"final": True, "alternatives": [{"transcript": t.text + " ", "confidence": 0.9,
             "timestamps": [[w, a, b] for a, b, w in t.words]}]}
            for t in turns
        ],
        "speaker_labels": [
            {"from": a, "to": b, "speaker": NUMBERS[t.voice], "confidence": 0.7, "final": False}
            for t in turns for a, b, _ in t.words
        ],
    })  # fmt: skip


def _subwords(turns: Turns) -> str:
    """Give tokens of which several make a word; a space begins the next."""

    def tokens() -> Iterator[Any]:
        for t in turns:
            for a, b, w in t.words:
                cut = (len(w) + 1) // 2
                halves = [f" {w[:cut]}", w[cut:]]
                middle = (a + b) / 2
                for text, (first, end) in zip(halves, ((a, middle), (middle, b)), strict=True):
                    if text:
                        yield {"text": text, "start_ms": ms(first), "end_ms": ms(end),
                               "confidence": 0.9, "speaker": str(NUMBERS[t.voice] + 1)}  # fmt: skip

    return as_json({"text": " ".join(t.text for t in turns), "tokens": list(tokens())})


def _chunks(turns: Turns) -> str:
    chunks = [{"text": " " + t.text, "timestamp": [t.start, t.end]} for t in turns]
    return as_json({"text": " ".join(t.text for t in turns), "chunks": chunks})


def _chunks_of_speakers(turns: Turns) -> str:
    speakers = [{"speaker": f"SPEAKER_0{NUMBERS[t.voice]}", "timestamp": [t.start, t.end],
                 "text": " " + t.text} for t in turns]  # fmt: skip
    return as_json({"speakers": speakers, **json.loads(_chunks(turns))})


def _documents(turns: Turns) -> str:
    """Give one JSON document after another, as a program prints results."""
    found = (
        {"result": [{"conf": 1.0, "end": b, "start": a, "word": w} for a, b, w in t.words],
         "text": t.text}
        for t in turns
    )  # fmt: skip
    return "\n".join(as_json(one) for one in found) + '\n{\n "text" : ""\n}\n'


def _metadata_cues(turns: Turns) -> str:
    cues = [
        f"{clock(t.start)} --> {clock(t.end)}\n" + json.dumps({
            "startDateTime": f"2026-03-04T14:02:{t.start % 60:09.6f}Z",
            "endDateTime": f"2026-03-04T14:02:{t.end % 60:09.6f}Z",
            "speakerName": t.name, "spokenText": t.text, "spokenLanguage": "en-us",
        }) + "\n"
        for t in turns
    ]  # fmt: skip
    return "WEBVTT\n\n" + "\n".join(cues)


def _wall_messages(turns: Turns) -> str:
    def at(seconds: float) -> str:
        minute, rest = divmod(seconds, 60)
        return f"2026-03-04T14:{int(minute):02}:{rest:06.3f}Z"

    return as_json({"messages": [
        {"id": str(k), "text": t.text, "from": {"id": "u1", "name": t.name},
         "startTime": at(t.start), "endTime": at(t.end), "timeOffset": t.start,
         "duration": t.end - t.start, "conversationId": "5"}
        for k, t in enumerate(turns)
    ]})  # fmt: skip


def _manifest(turns: Turns) -> str:
    return "\n".join(
        json.dumps({"audio_filepath": "s.wav", "offset": t.start, "duration": t.end - t.start,
                    "label": "infer", "text": t.text, "speaker": t.name})
        for t in turns
    ) + "\n"  # fmt: skip


def _own_words(turns: Turns) -> str:
    return as_json({"text": " ".join(t.text for t in turns), "segments": [
        {"id": k, "seek": 0, "start": t.start, "end": t.end, "text": " " + t.text,
         "confidence": 0.8, "words": [{"text": w, "start": a, "end": b, "confidence": 0.9}
                                      for a, b, w in t.words]}
        for k, t in enumerate(turns)
    ], "language": "en"})  # fmt: skip


def _read_aloud_times(turns: Turns) -> str:
    """Give a page's copied captions: each time again for screen readers."""

    def spelt(seconds: float) -> str:
        minute, second = divmod(int(seconds), 60)
        return (f"{minute} minute, " if minute else "") + f"{second} seconds"

    return "\n".join(f"{clock(t.start, 'm:s')}\n{spelt(t.start)}\n{t.text}" for t in turns) + "\n"


def _day_fractions(turns: Turns) -> str:
    def share(seconds: float) -> str:
        return f"{seconds / 86_400:.12f}".replace(".", ",")

    rows = ["Beginn;Ende;Sprecher;Text"]
    rows += [f'{share(t.start)};{share(t.end)};{t.name};"{t.text}"' for t in turns]
    return "\n".join(rows) + "\n"


def _excel_unicode(turns: Turns) -> bytes:
    rows = ["Start\tEnd\tSpeaker\tText"]
    rows += [f"{clock(t.start)}\t{clock(t.end)}\t{t.name}\t{t.text}" for t in turns]
    return "\r\n".join(rows).encode("utf-16")


def _cells_of_lines(turns: Turns) -> str:
    def halves(text: str) -> str:
        words = text.split()
        return " ".join(words[: len(words) // 2]) + "\r\n" + " ".join(words[len(words) // 2 :])

    rows = ['"Speaker";"Start";"End";"Text"']
    rows += [f'"{t.name}";"{clock(t.start)}";"{clock(t.end)}";"{halves(t.text)}"' for t in turns]
    return "\r\n".join(rows) + "\r\n"


def grid(tiers: Sequence[tuple[str, Sequence[tuple[float, float, str]]]]) -> str:
    """Write a TextGrid of 100 s with tiers of intervals, the gaps between them empty."""
    out = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 100 ",
           "tiers? <exists> ", f"size = {len(tiers)} ", "item []: "]  # fmt: skip
    for k, (name, rows) in enumerate(tiers, 1):
        filled, at = [], 0.0
        for a, b, text in rows:
            filled += [(at, a, "")] if a > at + 1e-6 else []
            filled.append((a, b, text))
            at = b
        filled += [(at, 100.0, "")] if at < 100.0 else []
        out += [f"    item [{k}]:", '        class = "IntervalTier" ', f'        name = "{name}" ',
                "        xmin = 0 ", "        xmax = 100 ",
                f"        intervals: size = {len(filled)} "]  # fmt: skip
        for j, (a, b, text) in enumerate(filled, 1):
            quoted = text.replace('"', '""')
            out += [f"        intervals [{j}]:", f"            xmin = {a:.4f} ",
                    f"            xmax = {b:.4f} ", f'            text = "{quoted}" ']  # fmt: skip
    return "\n".join(out) + "\n"


def _words_of(turns: Turns, voice: str | None = None) -> list[tuple[float, float, str]]:
    return [w for t in turns if voice in (None, t.voice) for w in t.words if w[1] > w[0]]


def _sounds(words: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    return [
        (a + k * (b - a) / 2, a + (k + 1) * (b - a) / 2, sound)
        for a, b, _ in words for k, sound in enumerate(("AH0", "T"))
    ]  # fmt: skip


def _aligner(turns: Turns) -> str:
    """Give a forced aligner's grid: words and phones of each speaker."""
    tiers = []
    for voice, name in NAMES.items():
        own = _words_of(turns, voice)
        tiers += [(f"{name} - words", own), (f"{name} - phones", _sounds(own))]
    return grid(tiers)


def _segmented(turns: Turns) -> str:
    """Give a segmenting service's grid: as written, as one would say it, and the sounds."""
    own = _words_of(turns)
    spoken = [(a, b, "h@l@U") for a, b, _ in own]
    return grid([("ORT-MAU", own), ("KAN-MAU", spoken), ("MAU", _sounds(own))])


def _subdivided(turns: Turns) -> str:
    """Give an ELAN file: turns, and below them their words, whose inner slots have no time."""
    slots, tiers, n = [], [], 0
    for voice, name in NAMES.items():
        parents, children = [], []
        for t in (t for t in turns if t.voice == voice):
            marks = [f"ts{n + k}" for k in range(len(t.words) + 1)]
            first, last = marks[0], marks[-1]
            slots += [f'<TIME_SLOT TIME_SLOT_ID="{first}" TIME_VALUE="{ms(t.start)}"/>',
                      *(f'<TIME_SLOT TIME_SLOT_ID="{mark}"/>' for mark in marks[1:-1]),
                      f'<TIME_SLOT TIME_SLOT_ID="{last}" TIME_VALUE="{ms(t.end)}"/>']  # fmt: skip
            parents.append(_aligned(f"p{n}", first, last, t.text))
            children += [_aligned(f"c{n}_{k}", a, b, w)
                         for k, (a, b, (_, _, w)) in enumerate(zip(marks, marks[1:], t.words,
                                                                   strict=False))]  # fmt: skip
            n += len(marks)
        tiers.append(f'<TIER LINGUISTIC_TYPE_REF="turn" TIER_ID="{name}">{"".join(parents)}</TIER>')
        tiers.append(f'<TIER LINGUISTIC_TYPE_REF="word" PARENT_REF="{name}" '
                     f'TIER_ID="{name}-words">{"".join(children)}</TIER>')  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" FORMAT="3.0" '
        'VERSION="3.0" DATE="2026-03-04T14:00:00+01:00"><HEADER MEDIA_FILE="" '
        'TIME_UNITS="milliseconds"/>'
        f"<TIME_ORDER>{''.join(slots)}</TIME_ORDER>{''.join(tiers)}"
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="turn" TIME_ALIGNABLE="true"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="word" CONSTRAINTS="Time_Subdivision" '
        'TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>'
    )


def _aligned(called: str, first: str, last: str, text: str) -> str:
    return (f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{called}" TIME_SLOT_REF1="{first}" '
            f'TIME_SLOT_REF2="{last}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>")  # fmt: skip


def _tiers_of_chat(turns: Turns) -> str:
    code = ("THE", "CLI")
    rows = ["@UTF8", "@Begin", "@Languages:\teng",
            "@Participants:\tTHE Anna_Weber Therapist, CLI Jonas_Lind Client",
            "@ID:\teng|x|THE|||||Therapist|||", "@Media:\ts, audio"]  # fmt: skip
    for t in turns:
        rows += [f"*{code[NUMBERS[t.voice]]}:\t{t.text} &=laughs . "
                 f"\x15{ms(t.start)}_{ms(t.end)}\x15",
                 "%mor:\tpro|i v|think n|thing .", "%com:\tAnna Weber looks away"]  # fmt: skip
    return "\n".join([*rows, "@End"]) + "\n"


def _symbols(turns: Turns) -> str:
    return "\n".join(f"¤<{ms(t.start)}>{t.name}: {t.text}" for t in turns) + "\n"


def _editing_frames(turns: Turns) -> str:
    def at(seconds: float) -> str:
        return clock(3600 + seconds, "h:m:s:ff")

    return "\n".join(f"[{at(t.start)} - {at(t.end)}]\n{t.name}\n{t.text}\n" for t in turns)


def _spectral(turns: Turns) -> str:
    rows = (f"{t.start:.6f}\t{t.end:.6f}\t{t.name}: {t.text}\n\\\t80.000000\t4200.000000"
            for t in turns)  # fmt: skip
    return "\n".join(rows) + "\n"


# To add a layout, add a row.
FIFTH: tuple[Layout, ...] = (
    Layout("call_analytics.json", _call_analytics),
    Layout("watson.json", _watson),
    Layout("soniox.json", _subwords),
    Layout("pipeline.json", _chunks, speakers=0.0),
    Layout("insanely_fast.json", _chunks_of_speakers),
    Layout("vosk.json", _documents, speakers=0.0),
    Layout("graph_metadata.vtt", _metadata_cues),
    Layout("symbl.json", _wall_messages),
    Layout("nemo_manifest.json", _manifest),
    Layout("whisper_timestamped.json", _own_words, speakers=0.0),
    Layout("read_aloud.txt", _read_aloud_times, 1.0, speakers=0.0),
    Layout("day_fractions.csv", _day_fractions),
    Layout("excel_unicode.csv", _excel_unicode),
    Layout("cells_of_lines.csv", _cells_of_lines),
    Layout("subtitle_edit.csv", each('{j},{am},{bm},"{n}: {t}"',
           head="Number,Start time in milliseconds,End time in milliseconds,Text\n")),
    Layout("aligner.TextGrid", _aligner, 0.1),
    Layout("segmented.TextGrid", _segmented, speakers=0.0),
    Layout("subdivided.eaf", _subdivided),
    Layout("tiers.cha", _tiers_of_chat),
    Layout("transana.txt", _symbols),
    Layout("one_hour_frames.txt", _editing_frames, says=("format.other_clock",)),
    Layout("spectral.txt", _spectral),
    Layout("positioned.srt", each("{j}\n{ac} --> {bc} X1:100 X2:600 Y1:400 Y2:460\n"
                                  "{{\\an8}}>> {up}: {t}\n")),
    Layout("notta.txt", each("{n}  {m}\n{t}\n", head="Session 12\n2026-03-04 14:02 | 1min 40s | "
                             "Anna Weber\n\n"), 1.0),
    Layout("atrain.txt", each("\n[{ah} - {bh}] - {t}",
                              head="Transcription for s.wav\n\n"), speakers=0.0),
)  # fmt: skip

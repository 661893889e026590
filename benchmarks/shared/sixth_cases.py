"""Sixth round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.fifth_cases`): what meetings, captions, streams of
recognisers and editors leave. Recordings of this round are in `benchmarks.shared.sixth_sounds`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.shared.said import LETTERS, NUMBERS, Said, clock
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["SIXTH"]

Turns = Sequence[Said]


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1)


def _rows(found: Iterator[Any]) -> str:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in found) + "\n"


def _whole(turns: Turns) -> str:
    return " ".join(t.text for t in turns)


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


def _iso(seconds: float) -> str:
    minute, rest = divmod(seconds, 60)
    return f"PT{int(minute)}M{rest:.2f}S" if minute else f"PT{rest:.2f}S"


def _azure_channels(turns: Turns) -> str:
    """Give a batch answer of two channels, a person each, with durations as ISO 8601 has them."""
    return _json({
        "source": "s.wav", "timestamp": "2026-03-04T14:02:05Z", "duration": "PT1M40S",
        "combinedRecognizedPhrases": [
            {"channel": k, "display": _whole([t for t in turns if NUMBERS[t.voice] == k])}
            for k in (0, 1)
        ],
        "recognizedPhrases": [
            {"recognitionStatus": "Success", "channel": NUMBERS[t.voice],
             "offset": _iso(t.start), "duration": _iso(t.end - t.start),
             "nBest": [{"confidence": 0.9, "lexical": t.text.lower(), "itn": t.text.lower(),
                        "maskedITN": t.text.lower(), "display": t.text},
                       {"confidence": 0.4, "lexical": "uh", "display": "Uh."}]}
            for t in turns
        ],
    })  # fmt: skip


def _word(t: Said, **more: Any) -> list[Any]:
    return [{"text": w, "start": _ms(a), "end": _ms(b), "confidence": 0.9, **more}
            for a, b, w in t.words]  # fmt: skip


def _paragraphs(turns: Turns) -> str:
    return _json({"paragraphs": [
        {"text": t.text, "start": _ms(t.start), "end": _ms(t.end), "confidence": 0.9,
         "words": _word(t)} for t in turns
    ], "id": "x", "confidence": 0.9, "audio_duration": 100})  # fmt: skip


def _partly(t: Said) -> Said:
    """Give what a stream knows of a turn before it has ended."""
    words = t.words[: max(1, len(t.words) // 2)]
    return replace(t, end=words[-1][1], text=" ".join(w for _, _, w in words), words=words)


def _assembly_stream(turns: Turns) -> str:
    """Give a stream's messages: each turn while it is said, and again when it has ended."""

    def found() -> Iterator[Any]:
        yield {"type": "Begin", "id": "x", "expires_at": 1}
        for k, t in enumerate(turns):
            for part, ended in ((_partly(t), False), (t, True)):
                yield {"type": "Turn", "turn_order": k, "turn_is_formatted": ended,
                       "end_of_turn": ended, "transcript": part.text,
                       "speaker_label": LETTERS[t.voice],
                       "words": _word(part, word_is_final=ended)}  # fmt: skip
        yield {"type": "Termination", "audio_duration_seconds": 100}

    return _rows(found())


def _deepgram_stream(turns: Turns) -> str:
    def found() -> Iterator[Any]:
        for t in turns:
            for part, final in ((_partly(t), False), (t, True)):
                words = [{"word": w.lower().strip(".,?!"), "start": a, "end": b, "confidence": 0.9,
                          "speaker": NUMBERS[t.voice], "punctuated_word": w}
                         for a, b, w in part.words]  # fmt: skip
                yield {"type": "Results", "channel_index": [0, 1], "start": part.start,
                       "duration": part.end - part.start, "is_final": final, "speech_final": final,
                       "channel": {"alternatives": [{"transcript": part.text, "confidence": 0.9,
                                                     "words": words}]}}  # fmt: skip
        yield {"type": "Metadata", "duration": 100.0, "channels": 1}

    return _rows(found())


def _deepgram_multichannel(turns: Turns) -> str:
    """Give utterances of two channels, on each of which the one person is speaker 0."""
    return _json({"metadata": {"duration": 100.0, "channels": 2}, "results": {
        "channels": [
            {"alternatives": [{"transcript": _whole(own), "words": [
                {"word": w.lower().strip(".,?!"), "start": a, "end": b, "speaker": 0,
                 "punctuated_word": w} for t in own for a, b, w in t.words]}]}
            for own in ([t for t in turns if NUMBERS[t.voice] == k] for k in (0, 1))
        ],
        "utterances": [
            {"start": t.start, "end": t.end, "channel": NUMBERS[t.voice], "speaker": 0,
             "transcript": t.text, "id": str(k), "words": [
                 {"word": w.lower().strip(".,?!"), "start": a, "end": b, "speaker": 0,
                  "punctuated_word": w} for a, b, w in t.words]}
            for k, t in enumerate(turns)
        ],
    }})  # fmt: skip


def _text_seconds(seconds: float) -> dict[str, Any]:
    """Give a duration as JSON of protocol buffers has it: whole seconds are text."""
    whole, rest = divmod(_ms(seconds), 1000)
    return {"seconds": str(whole), "nanos": rest * 1_000_000}


def _google_words(t: Said) -> list[Any]:
    return [{"startTime": _text_seconds(a), "endTime": _text_seconds(b), "word": w,
             "speakerTag": NUMBERS[t.voice] + 1} for a, b, w in t.words]  # fmt: skip


def _google_text(turns: Turns) -> str:
    return _json({"results": [
        {"alternatives": [{"transcript": t.text, "confidence": 0.9, "words": _google_words(t)}],
         "channelTag": 0} for t in turns
    ]})  # fmt: skip


def _google_stream(turns: Turns) -> str:
    """Give a stream's answers in a list: what is heard so far, then the whole utterance."""
    found = []
    for t in turns:
        part = _partly(t)
        found.append(
            {
                "results": [
                    {
                        "alternatives": [{"transcript": part.text}],
                        "isFinal": False,
                        "stability": 0.9,
                        "resultEndTime": _text_seconds(part.end),
                    }
                ]
            }
        )
        found.append({"results": [{"alternatives": [{"transcript": t.text, "confidence": 0.9,
                                                     "words": _google_words(t)}],
                                   "isFinal": True, "stability": 0,
                                   "resultEndTime": _text_seconds(t.end)}]})  # fmt: skip
    return _json(found)


def _stamps(turns: Turns) -> str:
    return _json([{"timestamp": clock(t.start, "mm:ss"), "speaker": f"Speaker {LETTERS[t.voice]}",
                   "transcript": t.text} for t in turns])  # fmt: skip


def _mixed_segments(turns: Turns) -> str:
    """Give segments longer than turns: only the words say where the person changes."""
    segments = []
    for k in range(0, len(turns), 2):
        own = turns[k : k + 2]
        words = [
            {
                "word": w,
                "start": a,
                "end": b,
                "score": 0.8,
                "speaker": f"SPEAKER_0{NUMBERS[t.voice]}",
            }
            for t in own
            for a, b, w in t.words
        ]
        segments.append({"start": own[0].start, "end": max(t.end for t in own),
                         "text": " " + _whole(own), "words": words,
                         "speaker": words[0]["speaker"]})  # fmt: skip
    return _json({"segments": segments, "word_segments": [], "language": "en"})


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


def _dote(turns: Turns) -> str:
    return _json({"lines": [
        {"startTime": clock(t.start, "h:m:s,mmm"), "endTime": clock(t.end, "h:m:s,mmm"),
         "speakerDesignation": t.name, "text": t.text} for t in turns
    ]})  # fmt: skip


def _premiere(turns: Turns) -> str:
    ids = ("6b1f0e52-0d4f-4c1a-9a66-1b8a6c0e3b54", "93a0c1d7-77b2-4f6e-8a55-0f2f9be3a1c2")
    return _json({
        "language": "en-us", "segments": [
            {"duration": round(t.end - t.start, 3), "language": "en-us",
             "speaker": ids[NUMBERS[t.voice]], "start": t.start, "words": [
                 {"confidence": 0.9, "duration": round(b - a, 3), "eos": k == len(t.words) - 1,
                  "start": a, "tags": [], "text": w, "type": "word"}
                 for k, (a, b, w) in enumerate(t.words)]}
            for t in turns
        ],
        "speakers": [{"id": one, "name": name}
                     for one, name in zip(ids, ("Anna Weber", "Jonas Lind"), strict=True)],
    })  # fmt: skip


def _speaker_tier(turns: Turns) -> str:
    """Give a grid with a tier of who speaks beside a tier of what is said."""
    out = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 100 ",
           "tiers? <exists> ", "size = 2 ", "item []: "]  # fmt: skip
    for k, (name, text) in enumerate((("speaker", "name"), ("transcript", "text")), 1):
        rows, at = [], 0.0
        for t in turns:
            start = max(t.start, at)
            rows += [(at, start, "")] if start > at + 1e-6 else []
            rows.append((start, t.end, getattr(t, text)))
            at = t.end
        rows.append((at, 100.0, ""))
        out += [f"    item [{k}]:", '        class = "IntervalTier" ', f'        name = "{name}" ',
                "        xmin = 0 ", "        xmax = 100 ",
                f"        intervals: size = {len(rows)} "]  # fmt: skip
        for j, (a, b, held) in enumerate(rows, 1):
            quoted = held.replace('"', '""')
            out += [f"        intervals [{j}]:", f"            xmin = {a:.4f} ",
                    f"            xmax = {b:.4f} ", f'            text = "{quoted}" ']  # fmt: skip
    return "\n".join(out) + "\n"


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
    Layout("azure_channels.json", _azure_channels),
    Layout("assembly_paragraphs.json", _paragraphs, speakers=0.0),
    Layout("assembly_stream.jsonl", _assembly_stream),
    Layout("deepgram_stream.jsonl", _deepgram_stream),
    Layout("deepgram_multichannel.json", _deepgram_multichannel),
    Layout("google_text_seconds.json", _google_text),
    Layout("google_stream.json", _google_stream),
    Layout("gemini_stamps.json", _stamps, 1.0),
    Layout("faster_whisper_console.txt", each("[{a:.2f}s -> {b:.2f}s]  {t}"), speakers=0.0),
    Layout("whisperx_mixed.json", _mixed_segments),
    Layout("whisper_highlighted.srt", _highlighted, speakers=0.0),
    Layout("site_rollup.vtt", _rolled, speakers=0.0),
    Layout("broadcast_rollup.srt", _broadcast, speakers=0.0),
    Layout("dote.json", _dote),
    Layout("speaker_tier.TextGrid", _speaker_tier),
    Layout("audacity_points.txt", each("{a:.6f}\t{a:.6f}\t{n}: {t}")),
    Layout("premiere.json", _premiere),
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

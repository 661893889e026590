"""Fourth round of layouts and recordings: written before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.third_cases`), with shapes taken from makers' manuals
and from reports of people who could not read them (kaixxx/noScribe#296: an editor's captions repeat
speaker and time as captions of their own). Recordings are judged as those of
`benchmarks.shared.sound_cases`.
"""

import json
from collections.abc import Sequence
from typing import Any

from benchmarks.shared.said import NUMBERS, Said, clock, ms
from benchmarks.shared.sound_cases import SoundCase, half_and_whole, twice, without
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["FOURTH", "RECORDINGS"]

Turns = Sequence[Said]


def _json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False)


def _noscribe_editor(turns: Turns) -> str:
    cues = []
    for t in turns:
        head = f"{clock(t.start)} --> {clock(t.end)}\n<v S0{NUMBERS[t.voice]}>"
        said = (f"{t.name}: ", f"[{clock(t.start, 'h:m:s')}]", t.text)
        cues += [head + what for what in said]
    numbered = (f"{k}\n{cue}\n" for k, cue in enumerate(cues, 1))
    return "WEBVTT s\n\nNOTE\nTranskribiert mit noScribe\n\nNOTE media: s.m4a\n\n" + "\n".join(
        numbered
    )


def _kaltura(turns: Turns) -> str:
    words = [w for t in turns for w in t.words]
    return _json([
        {"i": k, "w": w, "s": ms(a), "e": ms(b), "t": "word", "a": 90}
        for k, (a, b, w) in enumerate(words)
    ])  # fmt: skip


def _word_rows(turns: Turns) -> str:
    rows = ["word\tconfidence\tspeaker\ttime\tduration"]
    rows += [f"{w}\t0.79\t{t.name}\t{a:.3f}\t{b - a:.3f}" for t in turns for a, b, w in t.words]
    return "\n".join(rows) + "\n"


def _azure_fast(turns: Turns) -> str:
    return _json({
        "durationMilliseconds": 100_000,
        "combinedPhrases": [{"text": " ".join(t.text for t in turns)}],
        "phrases": [
            {
                "speaker": NUMBERS[t.voice] + 1, "offsetMilliseconds": ms(t.start),
                "durationMilliseconds": ms(t.end - t.start), "text": t.text, "locale": "en-US",
                "words": [{"text": w, "offsetMilliseconds": ms(a),
                           "durationMilliseconds": ms(b - a)} for a, b, w in t.words],
                "confidence": 0.9,
            }
            for t in turns
        ],
    })  # fmt: skip


def _diarized(turns: Turns) -> str:
    """Give segments with a letter for each person, as OpenAI's diarizing models answer."""
    return _json({
        "task": "transcribe", "duration": 100.0, "text": " ".join(t.text for t in turns),
        "segments": [
            {"type": "transcript.text.segment", "id": f"seg_{k:03}", "start": t.start,
             "end": t.end, "text": " " + t.text, "speaker": "AB"[NUMBERS[t.voice]]}
            for k, t in enumerate(turns)
        ],
        "usage": {"type": "duration", "seconds": 100},
    })  # fmt: skip


def _gladia(turns: Turns) -> str:
    return _json({
        "id": "45463597-20b7-4af7-b3b3-f5fb778203ab", "status": "done", "kind": "pre-recorded",
        "result": {
            "metadata": {"audio_duration": 100.0, "number_of_distinct_channels": 1},
            "transcription": {
                "full_transcript": " ".join(t.text for t in turns), "languages": ["en"],
                "utterances": [
                    {"text": t.text, "language": "en", "start": t.start, "end": t.end,
                     "confidence": 0.9, "channel": 0, "speaker": NUMBERS[t.voice],
                     "words": [{"word": " " + w, "start": a, "end": b, "confidence": 0.9}
                               for a, b, w in t.words]}
                    for t in turns
                ],
            },
        },
    })  # fmt: skip


def _fireflies(turns: Turns) -> str:
    return _json({"data": {"transcript": {"title": "Session 12", "sentences": [
        {"index": k, "speaker_name": t.name, "speaker_id": NUMBERS[t.voice], "text": t.text,
         "raw_text": t.text.lower(), "start_time": t.start, "end_time": t.end,
         "ai_filters": {"task": None, "question": None}}
        for k, t in enumerate(turns)
    ]}}})  # fmt: skip


def _recall(turns: Turns) -> str:
    return _json([
        {
            "participant": {"id": 100 + NUMBERS[t.voice], "name": t.name, "is_host": False,
                            "platform": "desktop"},
            "words": [{"text": w, "start_timestamp": {"relative": a, "absolute": None},
                       "end_timestamp": {"relative": b, "absolute": None}} for a, b, w in t.words],
        }
        for t in turns
    ])  # fmt: skip


def _podcast(turns: Turns) -> str:
    return _json({"version": "1.0.0", "segments": [
        {"speaker": t.name, "startTime": a, "endTime": b, "body": w}
        for t in turns for a, b, w in t.words
    ]})  # fmt: skip


def _events(turns: Turns) -> str:
    return _json({"wireMagic": "pb3", "events": [
        {"tStartMs": ms(t.start), "dDurationMs": ms(t.end - t.start), "segs": [
            {"utf8": w if k == 0 else " " + w, "tOffsetMs": ms(a - t.start)}
            for k, (a, _, w) in enumerate(t.words)]}
        for t in turns
    ]})  # fmt: skip


def _timecode(seconds: float, rate: int = 25, start_s: float = 0.0) -> str:
    frames = round((seconds + start_s) * rate)
    s, f = divmod(frames, rate)
    return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}:{f:02}"


def _premiere(turns: Turns) -> str:
    rows = [f'"{t.name}","{_timecode(t.start)}","{_timecode(t.end)}","{t.text}"' for t in turns]
    return "Speaker Name,Start Time,End Time,Text\n" + "\n".join(rows) + "\n"


def _premiere_text(turns: Turns) -> str:
    return "\n".join(
        f"{_timecode(t.start)} - {_timecode(t.end)}\n{t.name}\n{t.text}\n" for t in turns
    )


def _ten_o_clock(turns: Turns) -> str:
    rows = [
        f"{_timecode(t.start, 30, 36_000)}\t{_timecode(t.end, 30, 36_000)}\t{t.name}\t{t.text}"
        for t in turns
    ]
    return "In\tOut\tSpeaker\tText\n" + "\n".join(rows) + "\n"


def _nvivo(turns: Turns) -> str:
    def at(seconds: float) -> str:
        return f"{int(seconds) // 60}:{seconds % 60:04.1f}"

    rows = [f"{k}\t{at(t.start)} - {at(t.end)}\t{t.text}\t{t.name}" for k, t in enumerate(turns, 1)]
    return "\tTimespan\tContent\tSpeaker\n" + "\n".join(rows) + "\n"


def _elan_traditional(turns: Turns) -> str:
    """Give ELAN's table with every format of time and an empty column of participants."""
    rows = []
    for voice in ("therapist", "client"):
        for t in turns:
            if t.voice == voice:
                times = [
                    form(s)
                    for s in (t.start, t.end, t.end - t.start)
                    for form in (clock, lambda x: f"{x:.3f}", lambda x: str(ms(x)))
                ]
                rows.append("\t".join([t.name, "", *times, t.text]))
    return "\n".join(rows) + "\n"


def _elan_quoted(turns: Turns) -> str:
    head = "Tier,Participant,Begin Time - msec,End Time - msec,Annotation\n"
    rows = [f'"{t.name}","P{NUMBERS[t.voice]}",{ms(t.start)},{ms(t.end)},"{t.text}"'
            for t in turns]  # fmt: skip
    return head + "\n".join(rows) + "\n"


def _two_tiers(turns: Turns) -> str:
    """Give a TextGrid with utterances and words of each person, as aligners write it."""

    def tier(name: str, rows: Sequence[tuple[float, float, str]]) -> list[str]:
        full, at = [], 0.0
        for a, b, text in rows:
            if a > at:
                full.append((at, a, ""))
            full.append((max(a, at), max(b, at), text))
            at = max(b, at)
        full.append((at, 100.0, ""))
        lines = ['        class = "IntervalTier"', f'        name = "{name}"', "        xmin = 0",
                 "        xmax = 100", f"        intervals: size = {len(full)}"]  # fmt: skip
        for k, (a, b, text) in enumerate(full, 1):
            lines += [f"        intervals [{k}]:", f"            xmin = {a}",
                      f"            xmax = {b}", f'            text = "{text}"']  # fmt: skip
        return lines

    tiers = []
    for voice in ("therapist", "client"):
        own = [t for t in turns if t.voice == voice]
        tiers.append(tier(f"{own[0].name} - utterance", [(t.start, t.end, t.text) for t in own]))
        tiers.append(tier(f"{own[0].name} - words", [w for t in own for w in t.words]))
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", "xmax = 100",
             "tiers? <exists>", f"size = {len(tiers)}", "item []:"]  # fmt: skip
    for k, rows in enumerate(tiers, 1):
        lines += [f"    item [{k}]:", *rows]
    return "\n".join(lines) + "\n"


def _participants(turns: Turns) -> str:
    """Give an ELAN document with a tier of utterances and one of words for each participant."""
    slots: list[str] = []

    def slot(seconds: float) -> str:
        slots.append(f'<TIME_SLOT TIME_SLOT_ID="ts{len(slots)}" TIME_VALUE="{ms(seconds)}"/>')
        return f"ts{len(slots) - 1}"

    def note(k: str, a: float, b: float, text: str) -> str:
        return (f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{k}" TIME_SLOT_REF1="{slot(a)}" '
                f'TIME_SLOT_REF2="{slot(b)}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
                "</ALIGNABLE_ANNOTATION></ANNOTATION>")  # fmt: skip

    tiers = []
    for voice, who in (("therapist", "AW"), ("client", "JL")):
        own = [(k, t) for k, t in enumerate(turns) if t.voice == voice]
        said = "".join(note(f"a{k}", t.start, t.end, t.text) for k, t in own)
        words = "".join(note(f"w{k}_{j}", a, b, w) for k, t in own
                        for j, (a, b, w) in enumerate(t.words))  # fmt: skip
        tiers += [
            f'<TIER TIER_ID="utt@{who}" PARTICIPANT="{who}" LINGUISTIC_TYPE_REF="utterance">'
            f"{said}</TIER>",
            f'<TIER TIER_ID="wd@{who}" PARENT_REF="utt@{who}" PARTICIPANT="{who}" '
            f'LINGUISTIC_TYPE_REF="words">{words}</TIER>',
        ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" DATE="" '
        'FORMAT="3.0" VERSION="3.0"><HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>'
        f"<TIME_ORDER>{''.join(slots)}</TIME_ORDER>{''.join(tiers)}"
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="utterance" TIME_ALIGNABLE="true"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="words" TIME_ALIGNABLE="true" '
        'CONSTRAINTS="Included_In"/></ANNOTATION_DOCUMENT>\n'
    )


def _guids(turns: Turns) -> str:
    cues = []
    for k, t in enumerate(turns):
        words = t.text.split()
        half = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
        said = "\n".join(part for part in half if part)
        cues.append(f"40d2b1cc-0f3f-4c1e-8d46-1b8a6c0e3b54/{k}-0\n{clock(t.start)} --> "
                    f"{clock(t.end)}\n<v {t.name}>{said}</v>\n")  # fmt: skip
    return "\ufeffWEBVTT\r\n\r\n" + "\r\n".join(cue.replace("\n", "\r\n") for cue in cues)


def _afternoon(turns: Turns) -> str:
    def at(seconds: float) -> str:
        whole = 2 * 3600 + 5 * 60 + int(seconds)
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02} PM"

    return "\n".join(f"{t.name}\n{at(t.start)}\n{t.text}\n" for t in turns)


def _styled(turns: Turns) -> str:
    head = ("WEBVTT - Session\n\nSTYLE\n::cue(.yellow) { color: yellow; }\n\nREGION\nid:bill\n"
            "width:40%\nlines:3\n\n")  # fmt: skip
    return head + "\n".join(
        f"{clock(t.start)} --> {clock(t.end)} align:start position:10%\n"
        f"<v.loud.yellow {t.name}><c.yellow>{t.text}</c></v>\n"
        for t in turns
    )


def _ctm(turns: Turns) -> str:
    rows = [";; two channels, a person each"]
    rows += [
        f"s {'AB'[NUMBERS[t.voice]]} {a:.2f} {b - a:.2f} {w} 0.98"
        for t in turns for a, b, w in t.words
    ]  # fmt: skip
    return "\n".join(rows) + "\n"


def _colours(turns: Turns) -> str:
    colour = ("#ffff00", "#00ffff")
    return "\n".join(
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        f'<font color="{colour[NUMBERS[t.voice]]}">{t.name}:</font> <i>{t.text}</i>\n'
        for k, t in enumerate(turns, 1)
    )


# To add a layout, add a row.
FOURTH: tuple[Layout, ...] = (
    Layout("noscribe_editor.vtt", _noscribe_editor),
    Layout("kaltura.json", _kaltura, speakers=0.0),
    Layout("word_rows.tsv", _word_rows),
    Layout("azure_fast.json", _azure_fast),
    Layout("diarized.json", _diarized),
    Layout("gladia.json", _gladia),
    Layout("fireflies.json", _fireflies),
    Layout("recall.json", _recall),
    Layout("podcast.json", _podcast),
    Layout("events.json", _events, speakers=0.0),
    Layout("premiere.csv", _premiere),
    Layout("premiere.txt", _premiere_text),
    Layout("ten_o_clock.tsv", _ten_o_clock, says=("format.other_clock",)),
    Layout("nvivo.txt", _nvivo, 0.2),
    Layout("elan_traditional.txt", _elan_traditional),
    Layout("elan_quoted.csv", _elan_quoted),
    Layout("two_tiers.TextGrid", _two_tiers),
    Layout("participants.eaf", _participants),
    Layout("teams_guids.vtt", _guids),
    Layout("afternoon.txt", _afternoon, 1.0),
    Layout("styled.vtt", _styled),
    Layout("channels.ctm", _ctm),
    Layout("colours.srt", _colours),
    Layout("bars.txt", each("{n} | {m}\n{t}\n"), 1.0),
    Layout("fathom.txt", each("{m1} - {n}\n  {t}\n", head="Session 12 - March 04\n\n---\n\n"), 1.0),
    Layout("temi.txt", each("Speaker {k} ({m}):\n{t}\n"), 1.0),
    Layout("happyscribe.txt", each("[{ah}] - {n}\n{t}\n"), 0.1),
    Layout("riverside.txt", each("{n} ({cc})\n{t}\n"), 0.1),
    Layout("bold.md", each("**{n}** *[{as_}]*: {t}\n", head="# Session 12\n\n## Transcript\n\n"),
           1.0),
    Layout("table.md", each("| {as_} | {n} | {t} |",
                            head="| Time | Speaker | Text |\n|---|---|---|\n"), 1.0),
    Layout("german_person.csv", each("{mc};{n};{t}", head="Zeit;Person;Äußerung\n"), 0.1),
    Layout("bom.rttm", each("SPEAKER s 1 {a:.3f} {d:.3f} <NA> <NA> {n} <NA> <NA>",
                            head="\ufeff;; by a tool\n")),
)  # fmt: skip

_IMA = "-c:a adpcm_ima_wav"
RECORDINGS: tuple[SoundCase, ...] = (
    SoundCase("joined_apart0.m4a", "-c:a alac", twice, 200.0, says=("joined",)),
    SoundCase("joined_apart1.3gp", "-ar 8000 -c:a aac", twice, 200.0, says=("joined",)),
    SoundCase("joined_apart2.wav", "-ar 8000 -c:a libgsm_ms", twice, 200.0, says=("joined",)),
    SoundCase("joined_apart3.w64", "-c:a pcm_s24le", twice, 200.0, says=("joined",)),
    SoundCase("joined_apart4.ts", "-c:a aac", twice, 200.0, says=("joined", "clock_restarts")),
    # What the half lacks the whole behind it holds: heard once, and nothing is lost.
    SoundCase("half_and_whole0.mp4", "-c:a aac -movflags faststart", half_and_whole,
              says=("parts_overlap",)),
    SoundCase("half_and_whole1.wma", "", half_and_whole, says=("parts_overlap",)),
    SoundCase("half_and_whole2.wav", _IMA, half_and_whole, says=("parts_overlap",)),
    SoundCase("half_and_whole3.m4a", "", half_and_whole, 150.0, -1.0, says=("piece_unread",)),
    SoundCase("without_middle.wma", "", without(0.3, 0.4), lost_s=10.0,
              says=("missing_inside", "cut_short")),
)  # fmt: skip

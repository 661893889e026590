"""Eighth round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.seventh_cases`): what meetings in a browser, research
tools, dictation programs and further recognisers leave. Recordings of this round are in
`benchmarks.shared.eighth_sounds`.
"""

from collections.abc import Sequence
from typing import Any

from benchmarks.shared.said import NAMES, NUMBERS, Said, as_json, clock, ms, tier_of
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["EIGHTH"]

Turns = Sequence[Said]
_STARRED = {"therapist": "Therapeut*in", "client": "Klient*in"}


def _gendered(turns: Turns) -> str:
    """Give a German transcript whose labels have a colon of their own."""
    called = {voice: label.replace("*", ":") for voice, label in _STARRED.items()}
    return "\n".join(f"{called[t.voice]}: {t.text}" for t in turns) + "\n"


def _starred(turns: Turns) -> str:
    return "\n".join(
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        f"{_STARRED[t.voice]}: {t.text}\n"
        for k, t in enumerate(turns, 1)
    )


def _of_excel(turns: Turns) -> str:
    """Give a table as a German spreadsheet saves it, with the line that names its separator."""
    rows = (
        f"{clock(t.start, 'h:m:s,mmm')};{clock(t.end, 'h:m:s,mmm')};{t.name};{t.text}"
        for t in turns
    )
    return "\r\n".join(("sep=;", "Beginn;Ende;Sprecher;Äußerung", *rows)) + "\r\n"


def _voxtral(turns: Turns) -> str:
    segments = [
        {"text": f" {t.text}", "start": t.start, "end": t.end, "score": None,
         "speaker_id": f"speaker_{NUMBERS[t.voice] + 1}", "type": "transcription_segment"}
        for t in turns
    ]  # fmt: skip
    usage = {"prompt_audio_seconds": 100, "prompt_tokens": 4, "total_tokens": 1400}
    said = " ".join(t.text for t in turns)
    return as_json({"model": "voxtral", "text": said, "language": None, "segments": segments,
                    "usage": usage, "finish_reason": None})  # fmt: skip


def _vtt(head: str, form: str) -> Any:
    def write(turns: Turns) -> str:
        return head + "\n".join(
            f"{clock(t.start)} --> {clock(t.end)}\n{form.format(n=t.name, t=t.text)}\n"
            for t in turns
        )

    return write


def _paragraphs(turns: Turns) -> str:
    """Give a telephone's own transcript as it is copied: paragraphs, nobody named."""
    said = [t.text for t in turns]
    return "\n\n".join(" ".join(said[k : k + 4]) for k in range(0, len(said), 4)) + "\n"


def _toolbox(turns: Turns) -> str:
    head = "\\_sh v3.0  400  ElanExport\n\\_DateStampHasFourDigitYear\n\n\\id session\n"
    return head + "\n".join(
        f"\n\\ref {k:03}\n\\ELANBegin {t.start:.3f}\n\\ELANEnd {t.end:.3f}\n"
        f"\\ELANParticipant {t.name}\n\\tx {t.text}"
        for k, t in enumerate(turns, 1)
    ) + "\n"  # fmt: skip


def _points(turns: Turns) -> str:
    """Give a grid with a tier for each person, and one of points where something was noted."""
    tiers = []
    for name in NAMES.values():
        rows = tier_of(turns, name)
        intervals = "\n".join(
            f"        intervals [{k}]:\n            xmin = {a}\n            xmax = {b}\n"
            f'            text = "{text}"' for k, (a, b, text) in enumerate(rows, 1)
        )  # fmt: skip
        tiers.append(
            f'        class = "IntervalTier"\n        name = "{name}"\n        xmin = 0\n'
            f"        xmax = 100\n        intervals: size = {len(rows)}\n{intervals}"
        )
    marks = [(t.end, "nods") for t in turns[::4]]
    points = "\n".join(
        f'        points [{k}]:\n            number = {at}\n            mark = "{mark}"'
        for k, (at, mark) in enumerate(marks, 1)
    )
    tiers.append(
        '        class = "TextTier"\n        name = "gestures"\n        xmin = 0\n'
        f"        xmax = 100\n        points: size = {len(marks)}\n{points}"
    )
    items = "\n".join(f"    item [{k}]:\n{tier}" for k, tier in enumerate(tiers, 1))
    return ('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 100\n'
            f"tiers? <exists>\nsize = {len(tiers)}\nitem []:\n{items}\n")  # fmt: skip


def _grid_table(turns: Turns) -> str:
    rows = (f"{t.start:.3f}\t{t.name}\t{t.text}\t{t.end:.3f}" for t in turns)
    return "\n".join(("tmin\ttier\ttext\ttmax", *rows)) + "\n"


def _turn_next(turns: Turns) -> str:
    """Give a recogniser's segments with a sign where the next is somebody else's."""
    found = [
        {"timestamps": {"from": clock(t.start, "h:m:s,mmm"), "to": clock(t.end, "h:m:s,mmm")},
         "offsets": {"from": ms(t.start), "to": ms(t.end)}, "text": f" {t.text}",
         "speaker_turn_next": after is not None and after.voice != t.voice}
        for t, after in zip(turns, (*turns[1:], None), strict=True)
    ]  # fmt: skip
    return as_json({"systeminfo": "AVX = 1", "model": {"type": "small.en-tdrz"},
                    "result": {"language": "en"}, "transcription": found})  # fmt: skip


def _hypotheses(turns: Turns) -> str:
    """Give a recogniser's stamps: words and segments, each with a text under its own name."""
    word = [{"word": w, "start_offset": int(a / 0.08), "end_offset": int(b / 0.08), "start": a,
             "end": b} for t in turns for a, b, w in t.words]  # fmt: skip
    segment = [{"segment": t.text, "start_offset": int(t.start / 0.08),
                "end_offset": int(t.end / 0.08), "start": t.start, "end": t.end}
               for t in turns]  # fmt: skip
    said = " ".join(t.text for t in turns)
    return as_json([{"text": said, "timestamp": {"word": word, "segment": segment, "char": []}}])


def _sentence_info(turns: Turns) -> str:
    stamps = [[ms(a), ms(b)] for t in turns for a, b, _ in t.words]
    sentences = [
        {"text": t.text, "start": ms(t.start), "end": ms(t.end), "spk": NUMBERS[t.voice],
         "timestamp": [[ms(a), ms(b)] for a, b, _ in t.words]}
        for t in turns
    ]  # fmt: skip
    return as_json([{"key": "session", "text": " ".join(t.text for t in turns),
                     "timestamp": stamps, "sentence_info": sentences}])  # fmt: skip


def _labelled(turns: Turns) -> str:
    """Give segments whose speaker is a record, and whose words are lists without names."""

    def who(t: Said) -> dict[str, Any]:
        return {"label": str(NUMBERS[t.voice] + 1), "name": "AB"[NUMBERS[t.voice]],
                "edited": False}  # fmt: skip

    segments = [
        {"start": ms(t.start), "end": ms(t.end), "text": t.text, "confidence": 0.97,
         "diarization": {"label": who(t)["label"]}, "speaker": who(t),
         "words": [[ms(a), ms(b), w] for a, b, w in t.words], "textEdited": t.text}
        for t in turns
    ]  # fmt: skip
    speakers = [{"label": "1", "name": "A", "edited": False},
                {"label": "2", "name": "B", "edited": False}]  # fmt: skip
    return as_json({"result": "COMPLETED", "message": "Succeeded", "token": "x", "version": "v2",
                    "params": {"service": "x", "completion": "sync"}, "segments": segments,
                    "text": " ".join(t.text for t in turns), "confidence": 0.97,
                    "speakers": speakers})  # fmt: skip


def _dictated(turns: Turns) -> str:
    """Give a dictation program's transcript: what it is of stands in front, with colons."""
    head = (
        "Author: WEBER\nWork type: Session\nJob number: 00012\nRecorded: 04.03.2026 14:02\n"
        "Length: 00:01:40\nPriority: normal\n\n"
    )
    who = {"therapist": "T", "client": "K"}
    return head + "\n".join(f"{who[t.voice]}: {t.text}" for t in turns) + "\n"


# To add a layout, add a row.
EIGHTH: tuple[Layout, ...] = (
    Layout("browser_meeting.txt", each("<{aw}> {n}: {t}"), 1.0, says=("format.other_clock",)),
    Layout("gender_colon.txt", _gendered, None, speakers=0.9),
    Layout("gender_star.srt", _starred),
    Layout("excel_sep.csv", _of_excel),
    Layout("voxtral.json", _voxtral),
    Layout("stream_map.vtt", _vtt(
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n", "<v {n}>{t}")),
    Layout("voice_class.vtt", _vtt(
        "WEBVTT - This file has cues.\n\n", "<v.first.loud {n}><lang en>{t}</lang></v>")),
    Layout("parlatype.txt", each("#{ah}# {n}: {t}")),
    Layout("range_then_name.txt", each("{ah} - {bh}\n{n}\n{t}\n")),
    Layout("voice_memos.txt", _paragraphs, None, speakers=0.0),
    Layout("toolbox.txt", _toolbox),
    Layout("points.TextGrid", _points, says=("format.tiers_left_out",)),
    Layout("grid_table.txt", _grid_table),
    Layout("chatbot.md", each("- **{n}** ({m}): {t}"), 1.0),
    Layout("turn_next.json", _turn_next, speakers=0.0),
    Layout("hypotheses.json", _hypotheses, speakers=0.0),
    Layout("sentence_info.json", _sentence_info),
    Layout("labelled.json", _labelled),
    Layout("dictation_head.txt", _dictated, None, speakers=0.9),
)  # fmt: skip

"""Sixth round of layouts in JSON: streams of recognisers, channels, and what editors keep.

Conventions
-----------
As of `benchmarks.shared.sixth_cases`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.shared.said import LETTERS, NUMBERS, Said, as_json, clock, ms
from benchmarks.shared.written_cases import Layout

__all__ = ["IN_JSON"]

Turns = Sequence[Said]


def _rows(found: Iterator[Any]) -> str:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in found) + "\n"


def _whole(turns: Turns) -> str:
    return " ".join(t.text for t in turns)


def _iso(seconds: float) -> str:
    minute, rest = divmod(seconds, 60)
    return f"PT{int(minute)}M{rest:.2f}S" if minute else f"PT{rest:.2f}S"


def _azure_channels(turns: Turns) -> str:
    """Give a batch answer of two channels, a person each, with durations as ISO 8601 has them."""
    return as_json({
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
    return [{"text": w, "start": ms(a), "end": ms(b), "confidence": 0.9, **more}
            for a, b, w in t.words]  # fmt: skip


def _paragraphs(turns: Turns) -> str:
    return as_json({"paragraphs": [
        {"text": t.text, "start": ms(t.start), "end": ms(t.end), "confidence": 0.9,
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
    return as_json({"metadata": {"duration": 100.0, "channels": 2}, "results": {
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
    whole, rest = divmod(ms(seconds), 1000)
    return {"seconds": str(whole), "nanos": rest * 1_000_000}


def _google_words(t: Said) -> list[Any]:
    return [{"startTime": _text_seconds(a), "endTime": _text_seconds(b), "word": w,
             "speakerTag": NUMBERS[t.voice] + 1} for a, b, w in t.words]  # fmt: skip


def _google_text(turns: Turns) -> str:
    return as_json({"results": [
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
    return as_json(found)


def _stamps(turns: Turns) -> str:
    return as_json([{"timestamp": clock(t.start, "mm:ss"), "speaker": f"Speaker {LETTERS[t.voice]}",
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
    return as_json({"segments": segments, "word_segments": [], "language": "en"})


def _dote(turns: Turns) -> str:
    return as_json({"lines": [
        {"startTime": clock(t.start, "h:m:s,mmm"), "endTime": clock(t.end, "h:m:s,mmm"),
         "speakerDesignation": t.name, "text": t.text} for t in turns
    ]})  # fmt: skip


def _premiere(turns: Turns) -> str:
    ids = ("6b1f0e52-0d4f-4c1a-9a66-1b8a6c0e3b54", "93a0c1d7-77b2-4f6e-8a55-0f2f9be3a1c2")
    return as_json({
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


IN_JSON: tuple[Layout, ...] = (
    Layout("azure_channels.json", _azure_channels),
    Layout("assembly_paragraphs.json", _paragraphs, speakers=0.0),
    Layout("assembly_stream.jsonl", _assembly_stream),
    Layout("deepgram_stream.jsonl", _deepgram_stream),
    Layout("deepgram_multichannel.json", _deepgram_multichannel),
    Layout("google_text_seconds.json", _google_text),
    Layout("google_stream.json", _google_stream),
    Layout("gemini_stamps.json", _stamps, 1.0),
    Layout("whisperx_mixed.json", _mixed_segments),
    Layout("dote.json", _dote),
    Layout("premiere.json", _premiere),
)

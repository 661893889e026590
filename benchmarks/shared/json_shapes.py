"""Transcripts as the JSON of recognisers and services, written from a sample's truth.

Each shape was written from what its maker is known to export, before looking at the reader.
"""

import json
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from benchmarks.shared.said import NUMBERS, Said, clock

__all__ = ["SHAPES"]


def _json(make: Callable[[Sequence[Said]], Any]) -> Callable[..., str]:
    return lambda turns: json.dumps(make(turns), indent=1)


def _revai(turns: Sequence[Said]) -> Any:
    def element(word: tuple[float, float, str]) -> list[Any]:
        a, b, w = word
        return [
            {"type": "text", "value": w, "ts": a, "end_ts": b, "confidence": 0.98},
            {"type": "punct", "value": " "},
        ]

    return {
        "monologues": [
            {"speaker": NUMBERS[t.voice], "elements": [e for w in t.words for e in element(w)]}
            for t in turns
        ]
    }


def _speechmatics(turns: Sequence[Said]) -> Any:
    results: list[Any] = []
    for t in turns:
        for a, b, w in t.words:
            bare = w.rstrip(".,?!")
            speaker = f"S{NUMBERS[t.voice] + 1}"
            results.append(
                {
                    "type": "word",
                    "start_time": a,
                    "end_time": b,
                    "alternatives": [
                        {"content": bare, "confidence": 0.99, "language": "en", "speaker": speaker}
                    ],
                }
            )
            if w != bare:
                results.append(
                    {
                        "type": "punctuation",
                        "start_time": b,
                        "end_time": b,
                        "attaches_to": "previous",
                        "is_eos": True,
                        "alternatives": [
                            {"content": w[len(bare) :], "confidence": 1.0, "speaker": speaker}
                        ],
                    }
                )
    return {
        "format": "2.9",
        "job": {"id": "x", "duration": 100},
        "metadata": {"type": "transcription"},
        "results": results,
    }


def _azure_batch(turns: Sequence[Said]) -> Any:
    def ticks(s: float) -> int:
        return round(s * 10_000_000)

    return {
        "source": "https://…",
        "durationInTicks": ticks(100),
        "combinedRecognizedPhrases": [{"channel": 0, "display": " ".join(t.text for t in turns)}],
        "recognizedPhrases": [
            {
                "recognitionStatus": "Success",
                "channel": 0,
                "speaker": NUMBERS[t.voice] + 1,
                "offset": f"PT{t.start}S",
                "duration": f"PT{t.end - t.start:.3f}S",
                "offsetInTicks": ticks(t.start),
                "durationInTicks": ticks(t.end - t.start),
                "nBest": [
                    {
                        "confidence": 0.9,
                        "lexical": t.text.lower(),
                        "itn": t.text.lower(),
                        "maskedITN": t.text.lower(),
                        "display": t.text,
                    }
                ],
            }
            for t in turns
        ],
    }


def _google_v2(turns: Sequence[Said]) -> Any:
    words = [
        {
            "startOffset": f"{a:.3f}s",
            "endOffset": f"{b:.3f}s",
            "word": w,
            "speakerLabel": str(NUMBERS[t.voice] + 1),
        }
        for t in turns
        for a, b, w in t.words
    ]
    text = " ".join(w["word"] for w in words)
    return {
        "results": [
            {
                "alternatives": [{"transcript": text, "confidence": 0.9, "words": words}],
                "resultEndOffset": "100s",
                "languageCode": "en-us",
            }
        ]
    }


def _scribe(turns: Sequence[Said]) -> Any:
    words: list[Any] = []
    for t in turns:
        for a, b, w in t.words:
            words.append(
                {
                    "text": w,
                    "start": a,
                    "end": b,
                    "type": "word",
                    "speaker_id": f"speaker_{NUMBERS[t.voice]}",
                }
            )
            words.append(
                {
                    "text": " ",
                    "start": b,
                    "end": b,
                    "type": "spacing",
                    "speaker_id": f"speaker_{NUMBERS[t.voice]}",
                }
            )
    words.insert(
        10,
        {
            "text": "(laughs)",
            "start": words[9]["end"],
            "end": words[9]["end"] + 0.1,
            "type": "audio_event",
            "speaker_id": "speaker_0",
        },
    )
    return {
        "language_code": "eng",
        "language_probability": 0.98,
        "text": " ".join(t.text for t in turns),
        "words": words,
    }


def _seglst(turns: Sequence[Said]) -> Any:
    return [
        {
            "session_id": "s12",
            "speaker": t.name,
            "start_time": f"{t.start}",
            "end_time": f"{t.end}",
            "words": t.text,
        }
        for t in turns
    ]


def _deepgram_words(turns: Sequence[Said]) -> Any:
    words = [
        word | {"speaker": NUMBERS[t.voice], "speaker_confidence": 0.6}
        for t in turns
        for word in _deepgram_turn(t)
    ]
    text = " ".join(t.text for t in turns)
    return {
        "metadata": {"duration": 100, "channels": 1},
        "results": {
            "channels": [
                {"alternatives": [{"transcript": text, "confidence": 0.9, "words": words}]}
            ]
        },
    }


def _deepgram_channels(turns: Sequence[Said]) -> Any:
    def side(voice: str) -> Any:
        mine = [t for t in turns if t.voice == voice]
        words = [word for t in mine for word in _deepgram_turn(t)]
        return {"alternatives": [{"transcript": " ".join(t.text for t in mine), "words": words}]}

    return {
        "metadata": {"channels": 2},
        "results": {"channels": [side("therapist"), side("client")]},
    }


def _deepgram_turn(t: Said) -> list[dict[str, Any]]:
    return [
        {
            "word": w.lower().strip(".,?!"),
            "punctuated_word": w,
            "start": a,
            "end": b,
            "confidence": 0.9,
        }
        for a, b, w in t.words
    ]


def _otranscribe(turns: Sequence[Said]) -> Any:
    rows = "<br />".join(
        f'<span class="timestamp" data-timestamp="{t.start}">00:00</span>'
        f" {t.name}: {escape(t.text)}"
        for t in turns
    )
    return {"text": f"<p>{rows}</p>", "media": "session.mp3", "media-source": "", "media-time": "0"}


def _whispercpp(turns: Sequence[Said]) -> Any:
    return {
        "systeminfo": "",
        "model": {"type": "base"},
        "params": {"language": "en"},
        "result": {"language": "en"},
        "transcription": [
            {
                "timestamps": {
                    "from": clock(t.start, "h:m:s,mmm"),
                    "to": clock(t.end, "h:m:s,mmm"),
                },
                "offsets": {"from": round(t.start * 1000), "to": round(t.end * 1000)},
                "text": " " + t.text,
                "speaker": str(NUMBERS[t.voice]),
            }
            for t in turns
        ],
    }


def _whisperx(turns: Sequence[Said]) -> Any:
    def word(k: int, a: float, b: float, w: str) -> Any:
        if k % 7 == 3:  # words with digits get no times
            return {"word": w}
        return {"word": w, "start": a, "end": b, "score": 0.8}

    return {
        "segments": [
            {
                "start": t.start,
                "end": t.end,
                "text": " " + t.text,
                "speaker": f"SPEAKER_0{NUMBERS[t.voice]}",
                "words": [word(k, *w) for k, w in enumerate(t.words)],
            }
            for t in turns
        ],
        "word_segments": [],
    }


def _transcribe_segments(turns: Sequence[Said]) -> Any:
    items: list[Any] = []
    segments: list[Any] = []
    for k, t in enumerate(turns):
        first, label = len(items), f"spk_{NUMBERS[t.voice]}"
        for a, b, w in t.words:
            bare, times = w.rstrip(".,?!"), {"start_time": f"{a}", "end_time": f"{b}"}
            items.append(_item("pronunciation", bare, label) | times)
            if w != bare:
                items.append(_item("punctuation", w[len(bare) :], label))
        inside = list(range(first, len(items)))
        times = {"start_time": f"{t.start}", "end_time": f"{t.end}"}
        segments.append(
            {"id": k, "transcript": t.text, "speaker_label": label, "items": inside} | times
        )
    whole = {"transcript": " ".join(t.text for t in turns)}
    results = {"transcripts": [whole], "items": items, "audio_segments": segments}
    return {"jobName": "x", "accountId": "1", "status": "COMPLETED", "results": results}


def _item(kind: str, content: str, label: str) -> dict[str, Any]:
    best = {"confidence": "0.99", "content": content}
    return {"type": kind, "alternatives": [best], "speaker_label": label}


def _recall(turns: Sequence[Said]) -> Any:
    return [
        {
            "participant": {
                "id": NUMBERS[t.voice],
                "name": t.name,
                "is_host": t.voice == "therapist",
            },
            "words": [
                {
                    "text": w,
                    "start_timestamp": {"relative": a, "absolute": "2026-03-04T14:00:00Z"},
                    "end_timestamp": {"relative": b},
                }
                for a, b, w in t.words
            ],
        }
        for t in turns
    ]


def _lines(turns: Sequence[Said]) -> str:
    rows = ({"speaker": t.name, "start": t.start, "end": t.end, "text": t.text} for t in turns)
    return "\n".join(map(json.dumps, rows))


SHAPES: dict[str, Callable[[Sequence[Said]], str]] = {
    "revai.json": _json(_revai),
    "speechmatics.json": _json(_speechmatics),
    "azure_batch.json": _json(_azure_batch),
    "google_v2.json": _json(_google_v2),
    "scribe.json": _json(_scribe),
    "seglst.json": _json(_seglst),
    "deepgram_words.json": _json(_deepgram_words),
    "deepgram_channels.json": _json(_deepgram_channels),
    "otranscribe.otr": _json(_otranscribe),
    "whispercpp.json": _json(_whispercpp),
    "whisperx.json": _json(_whisperx),
    "transcribe_segments.json": _json(_transcribe_segments),
    "recall.json": _json(_recall),
}

"""Transcripts as further JSON of recognisers and services, written from a sample's truth.

Each shape follows its maker's public description and was written down before the reader was run on
it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from benchmarks.shared.said import LETTERS, NUMBERS, Said, clock, ms

__all__ = ["STRANGE_SHAPES"]

Turns = Sequence[Said]


def _ticks(seconds: float) -> int:
    return round(seconds * 10_000_000)


def _nanos(seconds: float) -> dict[str, Any]:
    """Give a protobuf duration as a client library writes it: no field that is 0."""
    whole, rest = divmod(ms(seconds), 1000)
    return {k: v for k, v in (("seconds", whole), ("nanos", rest * 1_000_000)) if v}


def _azure_fast(turns: Turns) -> Any:
    return {
        "durationMilliseconds": 100_000,
        "combinedPhrases": [{"text": " ".join(t.text for t in turns)}],
        "phrases": [
            {
                "speaker": NUMBERS[t.voice] + 1,
                "offsetMilliseconds": ms(t.start),
                "durationMilliseconds": ms(t.end - t.start),
                "text": t.text,
                "words": [
                    {"text": w, "offsetMilliseconds": ms(a), "durationMilliseconds": ms(b - a)}
                    for a, b, w in t.words
                ],
                "locale": "en-US",
                "confidence": 0.91,
            }
            for t in turns
        ],
    }


def _azure_guests(turns: Turns) -> Any:
    return [
        {
            "Id": f"{k:032x}",
            "Text": t.text,
            "SpeakerId": f"Guest-{NUMBERS[t.voice] + 1}",
            "Offset": _ticks(t.start),
            "Duration": _ticks(t.end - t.start),
        }
        for k, t in enumerate(turns)
    ]


def _video_indexer(turns: Turns) -> Any:
    lines = [
        {
            "id": k,
            "text": t.text,
            "confidence": 0.88,
            "speakerId": NUMBERS[t.voice] + 1,
            "language": "en-US",
            "instances": [
                {
                    "adjustedStart": clock(t.start).removeprefix("0"),
                    "adjustedEnd": clock(t.end).removeprefix("0"),
                    "start": clock(t.start).removeprefix("0"),
                    "end": clock(t.end).removeprefix("0"),
                }
            ],
        }
        for k, t in enumerate(turns, 1)
    ]
    keywords = [{"id": 1, "text": "work", "instances": [{"start": "0:00:03", "end": "0:00:05"}]}]
    speakers: list[Any] = [{"id": k, "name": f"Speaker #{k}", "instances": []} for k in (1, 2)]
    insights = {"version": "1.0", "keywords": keywords, "transcript": lines, "speakers": speakers}
    return {"name": "session", "durationInSeconds": 100, "videos": [{"insights": insights}]}


def _google_words(turns: Turns, tag: bool) -> list[Any]:
    return [
        {
            "startTime": f"{a:.3f}s",
            "endTime": f"{b:.3f}s",
            "word": w,
            **({"speakerTag": NUMBERS[t.voice] + 1} if tag else {}),
        }
        for t in turns
        for a, b, w in t.words
    ]


def _google_operation(turns: Turns) -> Any:
    """Give a long-running operation's answer: the last result repeats every word with its tag."""
    said = [
        {"alternatives": [{"transcript": t.text, "words": _google_words([t], False)}]}
        for t in turns
    ]
    tagged = {"alternatives": [{"words": _google_words(turns, True)}]}
    return {"name": "1234", "done": True, "response": {"results": [*said, tagged]}}


def _google_client(turns: Turns) -> Any:
    """Give what the client library's to_dict writes: snake case, seconds and nanos."""
    words = [
        {
            "word": w,
            "start_time": _nanos(a),
            "end_time": _nanos(b),
            "speaker_tag": NUMBERS[t.voice] + 1,
        }
        for t in turns
        for a, b, w in t.words
    ]
    best = {"transcript": " ".join(t.text for t in turns), "confidence": 0.9, "words": words}
    return {"results": [{"alternatives": [best], "language_code": "en-us"}]}


def _assembly_words(t: Said) -> list[Any]:
    return [
        {
            "text": w,
            "start": ms(a),
            "end": ms(b),
            "confidence": 0.97,
            "speaker": LETTERS[t.voice],
        }
        for a, b, w in t.words
    ]


def _assembly_sentences(turns: Turns) -> Any:
    rows = [
        {
            "text": t.text,
            "start": ms(t.start),
            "end": ms(t.end),
            "confidence": 0.95,
            "words": _assembly_words(t),
            "speaker": LETTERS[t.voice],
        }
        for t in turns
    ]
    return {"sentences": rows, "id": "x", "confidence": 0.95, "audio_duration": 100.0}


def _assembly_words_only(turns: Turns) -> Any:
    words = [word for t in turns for word in _assembly_words(t)]
    return {
        "id": "x",
        "status": "completed",
        "language_code": "en_us",
        "text": " ".join(t.text for t in turns),
        "words": words,
        "utterances": None,
        "audio_duration": 100,
    }


def _deepgram_word(t: Said) -> list[Any]:
    return [
        {
            "word": w.lower().strip(".,?!"),
            "start": a,
            "end": b,
            "confidence": 0.9,
            "speaker": NUMBERS[t.voice],
            "punctuated_word": w,
        }
        for a, b, w in t.words
    ]


def _deepgram_utterances(turns: Turns) -> Any:
    said = [
        {
            "start": t.start,
            "end": t.end,
            "confidence": 0.9,
            "channel": 0,
            "transcript": t.text,
            "words": _deepgram_word(t),
            "speaker": NUMBERS[t.voice],
            "id": f"u{k}",
        }
        for k, t in enumerate(turns)
    ]
    words = [word for t in turns for word in _deepgram_word(t)]
    best = {"transcript": " ".join(t.text for t in turns), "words": words}
    return {
        "metadata": {"duration": 100.0, "channels": 1},
        "results": {"channels": [{"alternatives": [best]}], "utterances": said},
    }


def _deepgram_paragraphs(turns: Turns) -> Any:
    paragraphs = [
        {
            "sentences": [{"text": t.text, "start": t.start, "end": t.end} for t in run],
            "speaker": NUMBERS[voice],
            "num_words": 9,
            "start": run[0].start,
            "end": run[-1].end,
        }
        for voice, run in _runs(turns)
    ]
    words = [word for t in turns for word in _deepgram_word(t)]
    text = "\n\n".join(f"Speaker {NUMBERS[t.voice]}: {t.text}" for t in turns)
    best = {
        "transcript": " ".join(t.text for t in turns),
        "words": words,
        "paragraphs": {"transcript": text, "paragraphs": paragraphs},
    }
    return {"metadata": {"duration": 100.0}, "results": {"channels": [{"alternatives": [best]}]}}


def _runs(turns: Turns) -> Iterator[tuple[str, list[Said]]]:
    for voice, run in groupby(turns, key=lambda t: t.voice):
        yield voice, list(run)


def _otter_api(turns: Turns) -> Any:
    return {
        "speech": {
            "title": "Session",
            "duration": 100,
            "speakers": [
                {"id": 11, "speaker_name": "Anna Weber"},
                {"id": 12, "speaker_name": "Jonas Lind"},
            ],
            "transcripts": [
                {
                    "id": k,
                    "start_offset": round(t.start * 16_000),
                    "end_offset": round(t.end * 16_000),
                    "speaker_id": 11 + NUMBERS[t.voice],
                    "transcript": t.text,
                    "speaker_model_label": None,
                    "alignment": [
                        {
                            "word": w,
                            "start": a,
                            "end": b,
                            "startOffset": round(a * 16_000),
                            "endOffset": round(b * 16_000),
                        }
                        for a, b, w in t.words
                    ],
                }
                for k, t in enumerate(turns)
            ],
        },
        "status": "OK",
    }


def _whispercpp_full(turns: Turns) -> Any:
    """Give whisper.cpp's full output: tokens with times, markers of its own among them."""

    def token(text: str, a: float, b: float) -> Any:
        return {
            "text": text,
            "timestamps": {"from": clock(a, "h:m:s,mmm"), "to": clock(b, "h:m:s,mmm")},
            "offsets": {"from": ms(a), "to": ms(b)},
            "id": 50364,
            "p": 0.97,
            "t_dtw": -1,
        }

    return {
        "systeminfo": "AVX = 1",
        "model": {"type": "base", "multilingual": True},
        "params": {"model": "ggml-base.bin", "language": "en", "translate": False},
        "result": {"language": "en"},
        "transcription": [
            {
                "timestamps": {
                    "from": clock(t.start, "h:m:s,mmm"),
                    "to": clock(t.end, "h:m:s,mmm"),
                },
                "offsets": {"from": ms(t.start), "to": ms(t.end)},
                "text": " " + t.text,
                "tokens": [
                    token("[_BEG_]", t.start, t.start),
                    *(token(" " + w, a, b) for a, b, w in t.words),
                    token("[_TT_150]", t.end, t.end),
                ],
                "speaker_turn_next": False,
            }
            for t in turns
        ],
    }


def _trint(turns: Turns) -> Any:
    words: list[Any] = []
    paragraphs: list[Any] = []
    for k, t in enumerate(turns):
        paragraphs.append(
            {
                "id": f"p{k}",
                "time": t.start,
                "duration": t.end - t.start,
                "speaker": t.name,
                "words": [
                    {"id": f"w{k}.{n}", "time": a, "duration": b - a, "value": w}
                    for n, (a, b, w) in enumerate(t.words)
                ],
            }
        )
        words += paragraphs[-1]["words"]
    return {"title": "Session", "transcript": {"paragraphs": paragraphs}}


def _fireflies(turns: Turns) -> Any:
    return {
        "data": {
            "transcript": {
                "title": "Session",
                "speakers": [{"id": 0, "name": "Anna Weber"}, {"id": 1, "name": "Jonas Lind"}],
                "sentences": [
                    {
                        "index": k,
                        "speaker_name": t.name,
                        "speaker_id": NUMBERS[t.voice],
                        "text": t.text,
                        "raw_text": t.text.lower(),
                        "start_time": t.start,
                        "end_time": t.end,
                        "ai_filters": {"task": None, "sentiment": "neutral"},
                    }
                    for k, t in enumerate(turns)
                ],
            }
        }
    }


def _amberscript(turns: Turns) -> Any:
    return {
        "speakers": [
            {"spkid": "spk1", "name": "Anna Weber"},
            {"spkid": "spk2", "name": "Jonas Lind"},
        ],
        "segments": [
            {
                "speaker": f"spk{NUMBERS[t.voice] + 1}",
                "words": [
                    {
                        "conf": 0.9,
                        "start": a,
                        "duration": b - a,
                        "end": b,
                        "text": w,
                        "pristine": True,
                    }
                    for a, b, w in t.words
                ],
            }
            for t in turns
        ],
    }


def _json(make: Callable[[Turns], Any]) -> Callable[[Turns], str]:
    return lambda turns: json.dumps(make(turns), indent=1, ensure_ascii=False)


STRANGE_SHAPES: dict[str, Callable[[Turns], str]] = {
    "azure_fast.json": _json(_azure_fast),
    "azure_guests.json": _json(_azure_guests),
    "azure_video_indexer.json": _json(_video_indexer),
    "google_operation.json": _json(_google_operation),
    "google_client.json": _json(_google_client),
    "assembly_sentences.json": _json(_assembly_sentences),
    "assembly_words_only.json": _json(_assembly_words_only),
    "deepgram_utterances.json": _json(_deepgram_utterances),
    "deepgram_paragraphs.json": _json(_deepgram_paragraphs),
    "otter_api.json": _json(_otter_api),
    "whispercpp_full.json": _json(_whispercpp_full),
    "trint.json": _json(_trint),
    "fireflies.json": _json(_fireflies),
    "amberscript.json": _json(_amberscript),
}

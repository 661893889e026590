"""Ninth round of layouts: JSON of further services, as their manuals show it.

Conventions
-----------
As of the earlier rounds: what is right of each was written before anything was run on it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.shared.said import NUMBERS, Said, as_json, ms
from benchmarks.shared.written_cases import Layout

__all__ = ["NINTH_JSON"]

Turns = Sequence[Said]
_BEGAN = datetime(2026, 3, 4, 14, 2, tzinfo=UTC)
_OTHER_CLOCK = ("format.other_clock",)


def _wall(seconds: float) -> str:
    return (_BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")[:23] + "Z"


def _snippets(turns: Turns) -> str:
    """Give a meeting's snippets: both the time of day and milliseconds from the start."""
    return as_json({"items": [
        {"id": f"s{k}", "transcriptId": "t1", "text": t.text, "personName": t.name,
         "personEmail": "person@example.org", "peopleId": f"p{NUMBERS[t.voice]}",
         "startTime": _wall(t.start), "endTime": _wall(t.end), "offsetMillisecond": ms(t.start),
         "durationMillisecond": ms(t.end - t.start), "language": "en", "confidence": 0.93}
        for k, t in enumerate(turns)
    ]})  # fmt: skip


def _entries(turns: Turns) -> str:
    place = "conferenceRecords/abc"
    return as_json({"transcriptEntries": [
        {"name": f"{place}/transcripts/t1/entries/{k}",
         "participant": f"{place}/participants/{NUMBERS[t.voice] + 101}", "text": t.text,
         "languageCode": "en-US", "startTime": _wall(t.start), "endTime": _wall(t.end)}
        for k, t in enumerate(turns)
    ], "nextPageToken": ""})  # fmt: skip


def _streamed(turns: Turns) -> str:
    """Give a stream's events in capitals: what is partial comes first, and again when whole."""
    events = []
    for k, t in enumerate(turns):
        items = [
            {
                "StartTime": a,
                "EndTime": b,
                "Type": "pronunciation",
                "Content": w,
                "Speaker": str(NUMBERS[t.voice]),
                "Confidence": 0.98,
            }
            for a, b, w in t.words
        ]
        for partial, some in ((True, items[: len(items) // 2]), (False, items)):
            said = " ".join(str(item["Content"]) for item in some)
            result = {"Alternatives": [{"Transcript": said, "Items": some}],
                      "StartTime": t.start, "EndTime": t.end, "IsPartial": partial,
                      "ResultId": f"r{k}"}  # fmt: skip
            events.append({"TranscriptEvent": {"Transcript": {"Results": [result]}}})
    return "\n".join(as_json(event).replace("\n", "") for event in events) + "\n"


def _sentences(turns: Turns) -> str:
    return as_json({"meta": {"page": 0, "page_size": 50, "key": "sentences"}, "sentences": [
        {"media_channel": NUMBERS[t.voice] + 1, "sentence_index": k, "start_time": f"{t.start:.2f}",
         "end_time": f"{t.end:.2f}", "transcript": t.text, "sid": f"GX{k}", "confidence": "0.91",
         "words": [{"word": w, "start_time": f"{a:.2f}", "end_time": f"{b:.2f}"}
                   for a, b, w in t.words]}
        for k, t in enumerate(turns)
    ]})  # fmt: skip


def _moments(turns: Turns) -> str:
    """Give a call's lines by the time of day, with what a program noticed between them."""
    lines: list[dict[str, Any]] = []
    for k, t in enumerate(turns):
        lines.append({"contact_id": f"c{NUMBERS[t.voice]}", "content": t.text, "name": t.name,
                      "time": _wall(t.start)[:-1] + "000", "type": "transcript",
                      "user_id": None})  # fmt: skip
        if k % 5 == 0:
            lines.append({"content": "positive_sentiment", "name": t.name, "type": "moment",
                          "time": _wall(t.end)[:-1] + "000"})  # fmt: skip
    return as_json({"call_id": "12", "lines": lines})


def _calls(turns: Turns) -> str:
    found = [
        {"speakerId": str(9_001 + NUMBERS[t.voice]), "topic": None,
         "sentences": [{"start": ms(t.start), "end": ms(t.end), "text": t.text}]}
        for t in turns
    ]  # fmt: skip
    return as_json({"requestId": "x", "records": {"totalRecords": 1, "currentPageSize": 1},
                    "callTranscripts": [{"callId": "12", "transcript": found}]})  # fmt: skip


def _tagged_words(turns: Turns) -> str:
    return as_json({"transcript": " ".join(t.text for t in turns), "words": [
        {"word": w, "start_sec": a, "end_sec": b, "confidence": 0.94,
         "speaker_tag": NUMBERS[t.voice] + 1}
        for t in turns for a, b, w in t.words
    ]})  # fmt: skip


def _chunks(turns: Turns) -> str:
    return as_json({"done": True, "response": {"chunks": [
        {"alternatives": [{"words": [
            {"startTime": f"{a:.3f}s", "endTime": f"{b:.3f}s", "word": w, "confidence": 1}
            for a, b, w in t.words], "text": t.text, "confidence": 1}],
         "channelTag": str(NUMBERS[t.voice] + 1)}
        for t in turns
    ]}, "id": "e03", "createdAt": "2026-03-04T14:05:00Z"})  # fmt: skip


def _counted_from_sentence(turns: Turns) -> str:
    """Give sentences in milliseconds whose words count from the sentence's own start."""
    return as_json({"Response": {"Data": {"TaskId": 1, "Status": 2, "ResultDetail": [
        {"FinalSentence": t.text, "SliceSentence": t.text, "StartMs": ms(t.start),
         "EndMs": ms(t.end), "SpeechSpeed": 14.1, "SpeakerId": NUMBERS[t.voice],
         "WordsNum": len(t.words),
         "Words": [{"Word": w, "OffsetStartMs": ms(a - t.start), "OffsetEndMs": ms(b - t.start)}
                   for a, b, w in t.words]}
        for t in turns
    ]}, "RequestId": "x"}})  # fmt: skip


def _marks_apart(turns: Turns) -> str:
    """Give sentences whose words have their marks in a field of their own."""

    def word(a: float, b: float, w: str) -> dict[str, Any]:
        bare = w.rstrip(".,?!")
        return {"begin_time": ms(a), "end_time": ms(b), "text": bare, "punctuation": w[len(bare) :]}

    return as_json({"file_url": "s.wav", "properties": {"channels": [0]}, "transcripts": [
        {"channel_id": 0, "content_duration_in_milliseconds": 88_000,
         "text": " ".join(t.text for t in turns), "sentences": [
             {"begin_time": ms(t.start), "end_time": ms(t.end), "text": t.text, "sentence_id": k,
              "speaker_id": NUMBERS[t.voice], "words": [word(*w) for w in t.words]}
             for k, t in enumerate(turns, 1)]}
    ]})  # fmt: skip


def _server(turns: Turns) -> str:
    return as_json({"results": [
        {"alternatives": [{"transcript": t.text + " ", "confidence": 0.9, "words": [
            {"startTime": ms(a), "endTime": ms(b), "word": w, "confidence": 0.9,
             "speakerTag": NUMBERS[t.voice]} for a, b, w in t.words]}],
         "channelTag": 1, "audioProcessed": t.end}
        for t in turns
    ]})  # fmt: skip


def _paragraphs(turns: Turns) -> str:
    """Give an editor's words in one list, and who speaks when in another."""
    words = [w for t in turns for w in t.words]
    return as_json({
        "words": [{"id": k, "start": a, "end": b, "text": w} for k, (a, b, w) in enumerate(words)],
        "paragraphs": [{"id": k, "start": t.start, "end": t.end, "speaker": t.name}
                       for k, t in enumerate(turns)],
    })  # fmt: skip


def _blocks(turns: Turns) -> str:
    """Give a text editor's own state: blocks of text, and words as entities that they refer to."""
    blocks: list[dict[str, Any]] = []
    entities: dict[str, Any] = {}
    for t in turns:
        ranges, at = [], 0
        for a, b, w in t.words:
            key = str(len(entities))
            entities[key] = {"type": "WORD", "mutability": "MUTABLE",
                             "data": {"start": a, "end": b, "text": w}}  # fmt: skip
            ranges.append({"offset": at, "length": len(w), "key": int(key)})
            at += len(w) + 1
        data = {"speaker": t.name, "start": t.start, "words": [
            {"start": a, "end": b, "word": w.lower(), "punct": w, "index": k, "confidence": 0.9}
            for k, (a, b, w) in enumerate(t.words)]}  # fmt: skip
        blocks.append({"key": f"b{len(blocks)}", "text": " ".join(w for *_, w in t.words),
                       "type": "paragraph", "depth": 0, "inlineStyleRanges": [],
                       "entityRanges": ranges, "data": data})  # fmt: skip
    return as_json({"blocks": blocks, "entityMap": entities})


def _both_levels(turns: Turns) -> str:
    """Give who speaks when beside the same with words, by turns and by words."""

    def who(t: Said) -> str:
        return f"SPEAKER_0{NUMBERS[t.voice]}"

    return as_json({"jobId": "x", "status": "succeeded", "output": {
        "diarization": [{"speaker": who(t), "start": t.start, "end": t.end} for t in turns],
        "wordLevelTranscription": [{"start": a, "end": b, "text": w, "speaker": who(t)}
                                   for t in turns for a, b, w in t.words],
        "turnLevelTranscription": [{"start": t.start, "end": t.end, "text": t.text,
                                    "speaker": who(t)} for t in turns],
    }})  # fmt: skip


def _signs(turns: Turns) -> str:
    """Give a recogniser's segments with its own signs for language, task and time in the text."""
    segments = [
        {"id": k, "seek": 0, "start": t.start, "end": t.end, "temperature": 0,
         "text": f"<|startoftranscript|><|en|><|transcribe|><|{t.start:.2f}|> {t.text}"
                 f"<|{t.end:.2f}|>",
         "words": [{"word": f" {w}", "start": a, "end": b, "probability": 0.9, "tokens": [k]}
                   for a, b, w in t.words]}
        for k, t in enumerate(turns)
    ]  # fmt: skip
    return as_json({"language": "en", "segments": segments,
                    "text": " ".join(t.text for t in turns)})  # fmt: skip


def _hundredths(turns: Turns) -> str:
    """Give segments in hundredths of a second, without a word of it."""
    return as_json([
        {"start": round(100 * t.start), "stop": round(100 * t.end), "text": t.text,
         "speaker": str(NUMBERS[t.voice] + 1)}
        for t in turns
    ])  # fmt: skip


# To add a layout, add a row.
NINTH_JSON: tuple[Layout, ...] = (
    Layout("snippets.json", _snippets),
    Layout("meeting_entries.json", _entries, says=_OTHER_CLOCK),
    Layout("cloud_stream.jsonl", _streamed),
    Layout("call_sentences.json", _sentences),
    Layout("call_moments.json", _moments, says=_OTHER_CLOCK),
    Layout("sales_calls.json", _calls),
    Layout("tagged_words.json", _tagged_words),
    Layout("channel_chunks.json", _chunks),
    Layout("words_from_sentence.json", _counted_from_sentence),
    Layout("marks_apart.json", _marks_apart),
    Layout("server_words.json", _server),
    Layout("words_and_paragraphs.json", _paragraphs),
    Layout("editor_state.json", _blocks),
    Layout("both_levels.json", _both_levels),
    Layout("signs_in_text.json", _signs, speakers=0.0),
    Layout("hundredths.json", _hundredths),
)

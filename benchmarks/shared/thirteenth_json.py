"""JSON of the thirteenth round: services and recognisers (`benchmarks.shared.thirteenth_cases`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from benchmarks.shared.said import NUMBERS, Said, as_json, clock, ms
from benchmarks.shared.written_cases import Layout

__all__ = ["IN_JSON"]

Turns = Sequence[Said]
_OTHER_CLOCK = ("format.other_clock",)


def _zoom_timeline(turns: Turns) -> str:
    return as_json({"timeline": [
        {"text": t.text, "ts": clock(t.start), "end_ts": clock(t.end),
         "users": [{"username": t.name, "multiple_people": False, "user_id": "x",
                    "zoom_userid": "y", "client_type": 1}]}
        for t in turns]})  # fmt: skip


def _meet_entries(turns: Turns) -> str:
    began = datetime(2026, 3, 4, 14, 2, 0)

    def at(seconds: float) -> str:
        return (began + timedelta(seconds=seconds)).isoformat("T", "milliseconds") + "Z"

    place = "conferenceRecords/1f2e"
    return as_json({"transcriptEntries": [
        {"name": f"{place}/transcripts/9a/entries/{k}",
         "participant": f"{place}/participants/{117 + NUMBERS[t.voice]}",
         "text": t.text, "languageCode": "en-US", "startTime": at(t.start), "endTime": at(t.end)}
        for k, t in enumerate(turns)]})  # fmt: skip


def _frames_field(turns: Turns) -> str:
    return as_json({"version": 2, "frameRate": 25, "segments": [
        {"in": clock(t.start, "h:m:s:ff"), "out": clock(t.end, "h:m:s:ff"), "speaker": t.name,
         "text": t.text} for t in turns]})  # fmt: skip


def _analysed(turns: Turns) -> str:
    """Give a recogniser's result with chapters, highlights and feelings, each with its own text."""
    feelings = [{"text": s + ".", "start": ms(t.start), "end": ms(t.end), "sentiment": "NEUTRAL",
                 "confidence": 0.8, "speaker": "AB"[NUMBERS[t.voice]]}
                for t in turns for s in t.text.split(".") if s]  # fmt: skip
    words = [{"text": w, "start": ms(a), "end": ms(b), "confidence": 0.9,
              "speaker": "AB"[NUMBERS[t.voice]]} for t in turns for a, b, w in t.words]  # fmt: skip
    return as_json({
        "id": "x", "status": "completed", "text": " ".join(t.text for t in turns), "words": words,
        "auto_highlights_result": {"status": "success", "results": [
            {"count": 2, "rank": 0.1, "text": "print shop",
             "timestamps": [{"start": 59_000, "end": 60_000}]}]},
        "chapters": [{"gist": "A lost job", "headline": "The client lost a job",
                      "summary": "The client lost a job.", "start": 0, "end": 96_000}],
        "sentiment_analysis_results": feelings,
        "entities": [{"entity_type": "date", "text": "Monday", "start": 13_000, "end": 13_400}],
        "utterances": [{"speaker": "AB"[NUMBERS[t.voice]], "text": t.text, "start": ms(t.start),
                        "end": ms(t.end), "confidence": 0.9,
                        "words": [{"text": w, "start": ms(a), "end": ms(b)} for a, b, w in t.words]}
                       for t in turns]})  # fmt: skip


def _understood(turns: Turns) -> str:
    """Give another's result with a summary, topics and feelings beside the words."""
    words = [
        {
            "word": w.strip(".,?").lower(),
            "punctuated_word": w,
            "start": a,
            "end": b,
            "confidence": 0.9,
            "speaker": NUMBERS[t.voice],
        }
        for t in turns
        for a, b, w in t.words
    ]
    return as_json({"metadata": {"duration": 100.0, "channels": 1}, "results": {
        "channels": [{"alternatives": [{"transcript": " ".join(t.text for t in turns),
                                        "confidence": 0.9, "words": words}]}],
        "summary": {"result": "success", "short": "The client lost a job."},
        "topics": {"segments": [{"text": t.text, "start_word": 0, "end_word": 9,
                                 "topics": [{"topic": "Job", "confidence_score": 0.9}]}
                                for t in turns]},
        "sentiments": {"segments": [{"text": t.text, "sentiment": "negative"} for t in turns],
                       "average": {"sentiment": "negative"}}}})  # fmt: skip


def _translated(turns: Turns) -> str:
    """Give a result with a translation and subtitles beside the words."""

    def rows(texts: Sequence[str]) -> list[dict[str, object]]:
        return [{"text": x, "start": t.start, "end": t.end, "speaker": NUMBERS[t.voice],
                 "language": "en", "channel": 0}
                for t, x in zip(turns, texts, strict=True)]  # fmt: skip

    own = [t.text for t in turns]
    other = ["Das ist nur eine Übersetzung."] * len(turns)
    return as_json({"id": "x", "result": {
        "metadata": {"audio_duration": 100.0},
        "transcription": {"full_transcript": " ".join(own), "languages": ["en"],
                          "utterances": rows(own),
                          "subtitles": [{"format": "srt", "subtitles": "1\n00:00:01,200 --> ..."}]},
        "translation": {"success": True, "results": [{"languages": ["de"], "full_transcript":
                        " ".join(other), "utterances": rows(other)}]},
        "summarization": {"success": True, "results": "A lost job."}}})  # fmt: skip


def _entities(turns: Turns) -> str:
    """Give a result in which a date is a row of its own, with how it was said and is written."""
    results: list[dict[str, object]] = []
    for t in turns:
        own = "S" + str(NUMBERS[t.voice] + 1)
        for a, b, w in t.words:
            row = {"content": w.strip(".,?"), "confidence": 1.0, "speaker": own, "language": "en"}
            if w == "Monday.":
                inner = {"type": "word", "start_time": a, "end_time": b, "alternatives": [row]}
                results.append({"type": "entity", "entity_class": "date", "start_time": a,
                                "end_time": b, "alternatives": [row], "spoken_form": [inner],
                                "written_form": [inner]})  # fmt: skip
            else:
                results.append({"type": "word", "start_time": a, "end_time": b,
                                "alternatives": [row]})  # fmt: skip
            if w[-1] in ".,?":
                results.append({"type": "punctuation", "attaches_to": "previous", "start_time": b,
                                "end_time": b, "is_eos": w[-1] != ",", "alternatives":
                                [{"content": w[-1], "speaker": own}]})  # fmt: skip
    return as_json({"format": "2.9", "job": {"id": "x"}, "metadata": {"type": "transcription"},
                    "results": results})  # fmt: skip


def _words_without_times(turns: Turns) -> str:
    """Give an aligner's JSON in which numbers and some speakers were not found."""
    return as_json({"segments": [
        {"start": t.start, "end": t.end, "text": " " + t.text,
         "speaker": f"SPEAKER_0{NUMBERS[t.voice]}",
         "words": [{"word": w} if k % 5 == 3 else
                   {"word": w, "start": a, "end": b, "score": 0.9,
                    **({"speaker": f"SPEAKER_0{NUMBERS[t.voice]}"} if k % 4 else {})}
                   for k, (a, b, w) in enumerate(t.words)]} for t in turns],
        "word_segments": [{"word": w, "start": a, "end": b} for t in turns for a, b, w in t.words],
        "language": "en"})  # fmt: skip


def _all_again(turns: Turns) -> str:
    """Give results piece by piece, and in the last one all words again, with who said them."""

    def word(a: float, b: float, w: str, **more: object) -> dict[str, object]:
        return {"startTime": f"{a:.1f}s", "endTime": f"{b:.1f}s", "word": w, **more}

    pieces = [{"alternatives": [{"transcript": t.text, "confidence": 0.9,
                                 "words": [word(*w) for w in t.words]}]}
              for t in turns]  # fmt: skip
    last = {"alternatives": [{"words": [word(*w, speakerTag=NUMBERS[t.voice] + 1)
                                        for t in turns for w in t.words]}]}  # fmt: skip
    return as_json({"results": [*pieces, last], "totalBilledTime": "100s"})


IN_JSON: tuple[Layout, ...] = (
    Layout("zoom_timeline.json", _zoom_timeline),
    Layout("meet_entries.json", _meet_entries, says=_OTHER_CLOCK),
    Layout("frames_field.json", _frames_field),
    Layout("analysed.json", _analysed),
    Layout("understood.json", _understood),
    Layout("translated.json", _translated, marks=("Übersetzung",)),
    Layout("entities.json", _entities),
    Layout("words_without_times.json", _words_without_times),
    Layout("all_again.json", _all_again, 0.2),
)  # fmt: skip

"""Seventh round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.sixth_cases`): what recorders of calls, editors and
research transcripts leave. Recordings of this round are in `benchmarks.shared.seventh_sounds`.
"""

from collections.abc import Callable, Sequence

from benchmarks.shared.said import LETTERS, NUMBERS, Said, as_json, clock, ms
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["SEVENTH"]

Turns = Sequence[Said]
_BEGAN_MS = 1_772_629_505_123  # of the day on which a call was made, since 1970


def _joined(head: str, form: Callable[[Said], str], foot: str = "") -> Callable[[Turns], str]:
    return lambda turns: head + "\n".join(form(t) for t in turns) + foot


def _otter(t: Said) -> str:
    return f"{t.name}  {clock(t.start, 'mm:ss')}\n{t.text}\n"


def _monologues(turns: Turns) -> str:
    """Give a recogniser's monologues: words with times, marks and blanks without."""
    found = []
    for t in turns:
        elements: list[dict[str, object]] = []
        for a, b, w in t.words:
            elements.append({"type": "text", "value": w, "ts": a, "end_ts": b, "confidence": 0.9})
            elements.append({"type": "punct", "value": " "})
        found.append({"speaker": NUMBERS[t.voice], "elements": elements[:-1]})
    return as_json({"monologues": found})


def _speechmatics(turns: Turns) -> str:
    results = [
        {
            "type": "word",
            "start_time": a,
            "end_time": b,
            "alternatives": [
                {"content": w, "confidence": 0.9, "speaker": f"S{NUMBERS[t.voice] + 1}"}
            ],
        }
        for t in turns
        for a, b, w in t.words
    ]
    return as_json({"format": "2.9", "metadata": {"type": "transcription"}, "results": results})


def _aws(turns: Turns) -> str:
    """Give a cloud's result: words in one list, who speaks when in another, all as text."""
    items = [
        {"type": "pronunciation", "start_time": f"{a:.2f}", "end_time": f"{b:.2f}",
         "alternatives": [{"confidence": "0.99", "content": w}]}
        for t in turns for a, b, w in t.words
    ]  # fmt: skip
    segments = [
        {"speaker_label": f"spk_{NUMBERS[t.voice]}", "start_time": f"{t.start:.2f}",
         "end_time": f"{t.end:.2f}",
         "items": [{"speaker_label": f"spk_{NUMBERS[t.voice]}", "start_time": f"{a:.2f}",
                    "end_time": f"{b:.2f}"} for a, b, _ in t.words]}
        for t in turns
    ]  # fmt: skip
    said = " ".join(t.text for t in turns)
    results = {"transcripts": [{"transcript": said}], "items": items,
               "speaker_labels": {"speakers": 2, "segments": segments}}  # fmt: skip
    return as_json({"jobName": "session", "status": "COMPLETED", "results": results})


def _durations(turns: Turns) -> str:
    """Give phrases whose times are durations as ISO 8601 writes them, and in ticks."""
    phrases = [
        {
            "recognitionStatus": "Success",
            "channel": 0,
            "speaker": NUMBERS[t.voice] + 1,
            "offset": f"PT{t.start:.2f}S",
            "duration": f"PT{t.end - t.start:.2f}S",
            "offsetInTicks": round(t.start * 1e7),
            "durationInTicks": round((t.end - t.start) * 1e7),
            "nBest": [{"confidence": 0.9, "lexical": t.text.lower(), "display": t.text}],
        }
        for t in turns
    ]
    return as_json({"source": "x.wav", "recognizedPhrases": phrases})


def _numbered(turns: Turns) -> str:
    """Give a research transcript: every turn has a number, and T or P says who speaks."""
    who = {"therapist": "T", "client": "P"}
    return "\n".join(f"{k:3}  {who[t.voice]}:  {t.text}" for k, t in enumerate(turns, 1)) + "\n"


def _conversation_analysis(turns: Turns) -> str:
    """Give lines with numbers, pauses in brackets, latching and overlap as analysts mark them."""
    lines = []
    for k, t in enumerate(turns, 1):
        words = t.text.split()
        half = len(words) // 2
        said = " ".join([*words[:half], *(["(0.4)"] if half else []), *words[half:]])
        latched = "=" if k % 3 == 0 else ""
        lines.append(f"{2 * k - 1:02}  {LETTERS[t.voice]}:  {latched}{said}\n{2 * k:02}      (.)")
    return "\n".join(lines) + "\n"


def _marked(turns: Turns) -> str:
    """Give a bureau's transcript: marks with a time of their own where nobody was understood."""
    marks = ("[crosstalk {at}]", "[inaudible {at}]", "[laughter]")
    lines = []
    for k, t in enumerate(turns):
        mark = marks[k // 4 % 3].format(at=clock(t.end, "h:m:s")) if k % 4 == 0 else ""
        lines.append(f"[{clock(t.start, 'h:m:s')}] Speaker {NUMBERS[t.voice] + 1}: {t.text} {mark}")
    return "\n\n".join(line.rstrip() for line in lines) + "\n"


def _confident(turns: Turns) -> str:
    """Give a video site's captions: a note of confidence and an identifier before each."""
    head = 'WEBVTT\n\nNOTE duration:"00:01:40.0000000"\n\nNOTE language:en-us\n\n'
    return head + "\n".join(
        f"NOTE Confidence: 0.{80 + k % 20}\n\n{k:08x}-0f3f-4c1e-8d46-1b8a6c0e3b54\n"
        f"{clock(t.start)} --> {clock(t.end)}\n<v {t.name}>{t.text}</v>\n"
        for k, t in enumerate(turns)
    )


def _own_line(t: Said) -> str:
    words = t.text.split()
    half = len(words) // 2
    said = "\n".join(" ".join(part) for part in (words[:half], words[half:]) if part)
    return f"{t.name}:\n{said}"


def _srt(form: Callable[[Said], str]) -> Callable[[Turns], str]:
    return lambda turns: "\n".join(
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n{form(t)}\n"
        for k, t in enumerate(turns, 1)
    )


def _each_half(turns: Turns) -> str:
    """Give a meeting's captions of half a turn each, every one with its name."""
    cues = []
    for t in turns:
        half = len(t.words) // 2
        for part in filter(None, (t.words[:half], t.words[half:])):
            said = " ".join(w for _, _, w in part)
            cues.append(f"{clock(part[0][0])} --> {clock(part[-1][1])}\n{t.name}: {said}\n")
    return "WEBVTT\n\n" + "\n".join(f"{k}\n{cue}" for k, cue in enumerate(cues, 1))


def _wide(turns: Turns) -> str:
    """Give an annotation tool's table with a column for each tier, and times in two forms."""
    names = ("Anna Weber", "Jonas Lind")
    columns = ("Begin Time - hh:mm:ss.ms", "Begin Time - ss.msec", "End Time - hh:mm:ss.ms",
               "End Time - ss.msec", *names)  # fmt: skip
    rows = [
        "\t".join((clock(t.start), f"{t.start:.3f}", clock(t.end), f"{t.end:.3f}",
                   *(t.text if t.name == name else "" for name in names)))
        for t in turns
    ]  # fmt: skip
    return "\n".join(("\t".join(columns), *rows)) + "\n"


def _sentences(turns: Turns) -> str:
    rows = [f'"{t.text}",{t.name},{t.start:.2f},{t.end:.2f},,' for t in turns]
    return "\n".join(("Sentence,speaker_name,startTime,endTime,AI filters,notes", *rows)) + "\n"


def _epoch(turns: Turns) -> str:
    rows = [f'{_BEGAN_MS + ms(t.start)},{t.name},"{t.text}"' for t in turns]
    return "\n".join(("timestamp,speaker,content", *rows)) + "\n"


# To add a layout, add a row.
SEVENTH: tuple[Layout, ...] = (
    Layout("otter_summary.txt", _joined(
        "Session 12\nWed, Mar 04, 2026 2:05PM • 1:40\n\nSUMMARY KEYWORDS\nweek, sleep, work\n\n"
        "SPEAKERS\nAnna Weber, Jonas Lind\n\n", _otter,
        "\nTranscribed by https://otter.ai\n"), 1.0),
    Layout("rev_ai.json", _monologues),
    Layout("speechmatics.json", _speechmatics),
    Layout("aws_labels.json", _aws),
    Layout("azure_durations.json", _durations),
    Layout("word_transcribe.txt", _joined(
        "Audio file\nSession 12.mp3\n\nTranscript\n\n",
        lambda t: f"{clock(t.start, 'h:m:s')} {t.name}\n{t.text}\n"), 1.0),
    Layout("phone_recorder.txt", each("({m}) Speaker {k}\n{t}\n"), 1.0),
    Layout("turn_numbers.txt", _numbered, None, speakers=0.9),
    Layout("conversation_analysis.txt", _conversation_analysis, None, speakers=0.9),
    Layout("bureau_marks.txt", _marked, 1.0, says=("format.marks",)),
    Layout("video_site.vtt", _confident),
    Layout("name_above.srt", _srt(_own_line)),
    Layout("each_half_named.vtt", _each_half),
    Layout("elan_wide.txt", _wide),
    Layout("f4_both_ends.txt", _joined(
        "", lambda t: f"#{clock(t.start, 'h:m:s-t')}# {'IB'[NUMBERS[t.voice]]}: {t.text} "
        f"#{clock(t.end, 'h:m:s-t')}#\n"), 0.2),
    Layout("sentences.csv", _sentences),
    Layout("call_epoch.csv", _epoch, says=("format.other_clock",)),
    Layout("names_above.txt", _joined("", lambda t: f"{t.name.upper()}\n\n{t.text}\n"), None,
           speakers=0.9),
    Layout("time_behind.txt", _joined(
        "", lambda t: f"{t.name}: {t.text} [{clock(t.start, 'mm:ss')}]\n"), 6.0),
    Layout("dots_clock.txt", _joined(
        "", lambda t: f"{clock(t.start, 'h:m:s').replace(':', '.')} {t.name}: {t.text}"), 1.0),
)  # fmt: skip

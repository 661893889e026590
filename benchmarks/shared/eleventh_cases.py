"""Eleventh round of layouts: written, with what is right of each, before anything was run on them.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.ninth_cases`): contact centres and bureaus, tables of
data programs, editors' own files, copied pages, digits of other scripts, old encodings. Recordings
and channels of this round are in `benchmarks.shared.eleventh_sounds`.
"""

from collections.abc import Sequence
from typing import Any

from benchmarks.shared.said import NAMES, NUMBERS, Said, as_json, clock, ms
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["ELEVENTH"]

Turns = Sequence[Said]
_BEGAN_MS = 1_772_632_920_000  # 4 March 2026, 14:02
_OTHER_CLOCK = ("format.other_clock",)


def _contact_centre(turns: Turns) -> str:
    """Give phrases by the milliseconds of a computer's clock, durations in objects of their own."""
    purpose = {"therapist": "internal", "client": "external"}
    phrases = [
        {
            "text": t.text, "stability": 1, "confidence": 0.9, "phraseIndex": k,
            "startTimeMs": _BEGAN_MS + ms(t.start),
            "duration": {"milliseconds": ms(t.end - t.start)},
            "participantPurpose": purpose[t.voice],
            "words": [{"word": w, "confidence": 0.9, "startTimeMs": _BEGAN_MS + ms(a),
                       "duration": {"milliseconds": ms(b - a)}} for a, b, w in t.words],
        }
        for k, t in enumerate(turns)
    ]  # fmt: skip
    return as_json({"conversationId": "12", "startTime": _BEGAN_MS, "duration":
                    {"milliseconds": 100_000}, "transcripts": [{"phrases": phrases}]})  # fmt: skip


def _scribe(turns: Turns) -> str:
    """Give words with the spaces between them as rows, and what else was heard as another kind."""
    words: list[dict[str, Any]] = []
    for k, t in enumerate(turns):
        who = f"speaker_{NUMBERS[t.voice]}"
        for a, b, w in t.words:
            words += [
                {"text": w, "start": a, "end": b, "type": "word", "speaker_id": who,
                 "logprob": -0.1},
                {"text": " ", "start": b, "end": b, "type": "spacing", "speaker_id": who,
                 "logprob": -0.1},
            ]  # fmt: skip
        if k % 7 == 0:
            words.append({"text": "(breathes out)", "start": t.end, "end": t.end + 0.2,
                          "type": "audio_event", "speaker_id": who, "logprob": -0.1})  # fmt: skip
    return as_json({"language_code": "eng", "language_probability": 0.98,
                    "text": " ".join(t.text for t in turns), "words": words})  # fmt: skip


def _told_model(turns: Turns) -> str:
    """Give what a language model writes that was asked for JSON, in a fence and with a sentence."""
    rows = [{"timestamp": clock(t.start, "mm:ss"), "speaker": f"Speaker {NUMBERS[t.voice] + 1}",
             "utterance": t.text} for t in turns]  # fmt: skip
    return f"Here is the transcript you asked for:\n\n```json\n{as_json(rows)}\n```\n"


def _fenced(turns: Turns) -> str:
    """Give the same with both times, saved as text."""
    rows = [{"start": t.start, "end": t.end, "speaker": t.name, "text": t.text} for t in turns]
    return f"Here is the transcript:\n\n```json\n{as_json(rows)}\n```\nAnything else?\n"


def _parted_by_spaces(turns: Turns) -> str:
    """Give a table as a statistics program prints it: columns as wide as their widest cell."""
    rows = [("start", "end", "speaker", "text")]
    rows += [(f"{t.start:.3f}", f"{t.end:.3f}", t.name, t.text) for t in turns]
    wide = [max(len(row[k]) for row in rows) + 2 for k in range(3)]
    return "".join("".join(cell.ljust(n) for cell, n in zip(row, wide, strict=False)) + row[3]
                   + "\n" for row in rows)  # fmt: skip


def _role_before_name(turns: Turns) -> str:
    """Give a role in brackets before each name."""
    return "".join(f"[{t.voice.capitalize()}] {t.name}: {t.text}\n" for t in turns)


def _channel_labels(turns: Turns) -> str:
    """Give a recogniser's items by channel, marks as items of their own."""

    def items(voice: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        own = f"ch_{NUMBERS[voice]}"
        for t in (t for t in turns if t.voice == voice):
            for a, b, w in t.words:
                bare = w.rstrip(".,?!")
                found.append({"start_time": f"{a:.3f}", "end_time": f"{b:.3f}",
                              "type": "pronunciation", "channel_label": own,
                              "alternatives": [{"content": bare}]})  # fmt: skip
                if bare != w:
                    found.append({"type": "punctuation", "channel_label": own,
                                  "alternatives": [{"content": w[len(bare):]}]})  # fmt: skip
        return found

    channels = [{"channel_label": f"ch_{NUMBERS[voice]}", "items": items(voice)} for voice in NAMES]
    return as_json({"jobName": "s", "status": "COMPLETED", "results": {
        "transcripts": [{"transcript": " ".join(t.text for t in turns)}],
        "channel_labels": {"channels": channels, "number_of_channels": 2},
        "items": [item for channel in channels for item in channel["items"]]}})  # fmt: skip


def _ticks(turns: Turns) -> str:
    """Give a batch's phrases in ten-millionths of a second, what was said in four spellings."""
    return as_json({"source": "s.wav", "durationInTicks": 1_000_000_000, "duration": "PT1M40S",
        "combinedRecognizedPhrases": [{"channel": 0, "display": " ".join(t.text for t in turns)}],
        "recognizedPhrases": [
            {"recognitionStatus": "Success", "channel": 0, "speaker": NUMBERS[t.voice] + 1,
             "offsetInTicks": 10_000 * ms(t.start),
             "durationInTicks": 10_000 * ms(t.end - t.start),
             "nBest": [{"confidence": 0.9, "lexical": t.text.lower(), "itn": t.text.lower(),
                        "maskedITN": t.text.lower(), "display": t.text}]}
            for t in turns]})  # fmt: skip


def _bureau_editor(turns: Turns) -> str:
    """Give segments whose speakers are codes, named in a list of their own behind them."""
    code = {"therapist": "spk1", "client": "spk2"}
    return as_json({"id": "s", "segments": [
        {"speaker": code[t.voice], "words": [
            {"text": w, "start": a, "end": b, "duration": round(b - a, 3), "conf": 0.9,
             "pristine": True} for a, b, w in t.words]} for t in turns],
        "speakers": [{"spkid": code[voice], "name": name} for voice, name in NAMES.items()],
        "filename": "s.wav"})  # fmt: skip


def _designated(turns: Turns) -> str:
    """Give an open transcription environment's lines: times as subtitles have them."""
    return as_json({"lines": [
        {"startTime": clock(t.start, "h:m:s,mmm"), "endTime": clock(t.end, "h:m:s,mmm"),
         "speakerDesignation": t.name, "text": t.text} for t in turns]})  # fmt: skip


def _otr(turns: Turns) -> str:
    """Give a browser's transcription tool's own file: a page in a string, times as attributes."""
    page = "".join(
        f'<p><span class="timestamp" contenteditable="false" data-timestamp="{t.start}">'
        f"{clock(t.start, 'm:s')}</span><b>{t.name}:</b>&nbsp;{t.text}<br /></p>"
        for t in turns
    )
    return as_json({"text": page, "media": "s.wav", "media-time": 99.2})


def _from_pandas(turns: Turns) -> str:
    """Give a table with durations as a data program prints them, and a column without a name."""

    def days(seconds: float) -> str:
        return f"0 days {clock(seconds)}000"

    rows = (f'{k},{days(t.start)},{days(t.end)},{t.name},"{t.text}"' for k, t in enumerate(turns))
    return "\n".join((",start,end,speaker,text", *rows)) + "\n"


def _two_label_tracks(turns: Turns) -> str:
    """Give two tracks of labels saved as one: a person's first, then the other's from 0 again."""
    return "".join(
        f"{t.start:.6f}\t{t.end:.6f}\t{name}: {t.text}\n"
        for voice, name in NAMES.items() for t in turns if t.voice == voice
    )  # fmt: skip


def _evaluation(turns: Turns) -> str:
    """Give an evaluation's whole file: who the speakers are, words and breaths beside turns."""
    who = {"therapist": "anna_weber", "client": "jonas_lind"}
    rows = [f"SPKR-INFO session 1 <NA> <NA> <NA> adult_unknown {name} <NA> <NA>"
            for name in who.values()]  # fmt: skip
    for t in turns:
        name = who[t.voice]
        rows.append(f"SPEAKER session 1 {t.start:.3f} {t.end - t.start:.3f} <NA> <NA> {name} "
                    "<NA> <NA>")  # fmt: skip
        rows += [f"LEXEME session 1 {a:.3f} {b - a:.3f} {w} lex {name} 0.9 <NA>"
                 for a, b, w in t.words]  # fmt: skip
        rows.append(f"NON-SPEECH session 1 {t.end:.3f} 0.200 <NA> breath <NA> <NA> <NA>")
        rows.append(f"NOSCORE session 1 {t.end:.3f} 0.100 <NA> <NA> <NA> <NA> <NA>")
    return ";; reference\n" + "\n".join(rows) + "\n"


def _numbered_labels(turns: Turns) -> str:
    """Give a training clinic's transcript: each person's turns are counted in the label."""
    counts = dict.fromkeys(NAMES, 0)
    rows = []
    for t in turns:
        counts[t.voice] += 1
        rows.append(f"{t.voice[0].upper()}{counts[t.voice]}: {t.text}")
    return "Session 3\nCoded by R2\n\n" + "\n".join(rows) + "\n"


_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_WIDE = str.maketrans("0123456789:", "０１２３４５６７８９：")


def _other_digits(table: dict[int, int]) -> Any:
    def write(turns: Turns) -> str:
        return "\n".join(f"[{clock(t.start, 'h:m:s').translate(table)}] {t.name}: {t.text}"
                         for t in turns) + "\n"  # fmt: skip

    return write


def _encoded(encoding: str, form: str) -> Any:
    """Give a form with a name that has letters of its own, in an old encoding."""
    names = {"Anna Weber": "Jörg Weiß", "Jonas Lind": "Zoë Müller"}

    def write(turns: Turns) -> bytes:
        text = each(form)(turns)
        for plain, name in names.items():
            text = text.replace(plain, name)
        return text.encode(encoding)

    return write


def _rich_text(turns: Turns) -> str:
    """Give a dictation tool's document in rich text: codes for letters, styles, times in marks."""
    rows = "".join(
        f"\\pard\\plain\\f0\\fs24 {{\\b {t.name}: }}{t.text} #{clock(t.end, 'h:m:s-t')}#\\par\n"
        for t in turns
    )
    head = "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\n"
    return head + "{\\info{\\title Gespr\\'e4ch}}\n" + rows + "}\n"


def _both_in_one(turns: Turns) -> str:
    """Give captions in which what two people say at once stands in one cue, each on a line."""
    out, k = [], 0
    while k < len(turns):
        said = [turns[k]]
        if k + 1 < len(turns) and turns[k + 1].start < turns[k].end:
            said.append(turns[k + 1])
        a, b = min(t.start for t in said), max(t.end for t in said)
        lines = "\n".join(f"<v {t.name}>{t.text}</v>" for t in said)
        out.append(f"{clock(a)} --> {clock(b)}\n{lines}\n")
        k += len(said)
    return "WEBVTT\n\n" + "\n".join(out)


# To add a layout, add a row. What is right: read, but where `says` has the reason of a refusal.
ELEVENTH: tuple[Layout, ...] = (
    Layout("contact_centre.json", _contact_centre, says=_OTHER_CLOCK),
    Layout("scribe.json", _scribe),
    Layout("told_model.json", _told_model, 1.0, says=("format.not_json",)),
    Layout("fenced.txt", _fenced, says=("format.lines_beside",)),
    Layout("parted_by_spaces.txt", _parted_by_spaces),
    Layout("role_before_name.txt", _role_before_name, None, speakers=0.9),
    Layout("channel_labels.json", _channel_labels),
    Layout("batch_ticks.json", _ticks),
    Layout("bureau_editor.json", _bureau_editor),
    Layout("designated.json", _designated),
    Layout("browser_tool.otr", _otr, 0.1),
    Layout("from_pandas.csv", _from_pandas),
    Layout("two_label_tracks.txt", _two_label_tracks),
    Layout("evaluation.rttm", _evaluation),
    Layout("numbered_labels.txt", _numbered_labels, None, speakers=0.9),
    Layout("persian_digits.txt", _other_digits(_PERSIAN), 1.0),
    Layout("wide_digits.txt", _other_digits(_WIDE), 1.0),
    Layout("windows_1252.srt", _encoded("cp1252", "{j}\n{ac} --> {bc}\n{n}: {t}\n")),
    Layout("mac_roman.txt", _encoded("mac-roman", "[{as_}] {n}: {t}"), 1.0),
    Layout("rich_text.rtf", _rich_text, 1.0, says=("format.of_an_editor",)),
    Layout("both_in_one.vtt", _both_in_one, 3.0),
    Layout("bar_then_time.txt", each("{n} | {m}\n{t}\n"), 1.0),
    Layout("name_at_time.txt", each("{n} at {as_} - {t}"), 1.0),
    Layout("bold_range.md", each("**{n}** [{m} - {mb}]: {t}\n"), 1.0),
    Layout("pipes.csv", each("{a:.3f}|{b:.3f}|{n}|{t}", head="start|end|speaker|text\n")),
    Layout("plain_rows.ndjson", lambda turns: "".join(
        as_json({"start": t.start, "end": t.end, "speaker": t.name, "text": t.text})
        .replace("\n", "") + "\n" for t in turns)),
)  # fmt: skip

"""Files of programs of the fourteenth round: research formats, recognisers' JSON, documents.

Conventions
-----------
As of `benchmarks.shared.fourteenth_cases`; what is right was written before anything was run.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.shared.said import Said, as_json, clock, ms
from benchmarks.shared.written_cases import Layout

__all__ = ["IN_FILES"]

Turns = Sequence[Said]
_TK = {"therapist": "T", "client": "K"}
_FILES = ("format.of_an_editor", "format.not_read", "format.unsupported", "format.of_a_program")
_WORD = '<w:document xmlns:w="http://w"><w:body>{text}</w:body></w:document>'


def _grid(turns: Turns) -> bytes:
    """Give a TextGrid of two tiers with quotation marks in the text, and line ends of Windows."""
    tiers = []
    for voice, name in (("therapist", "T"), ("client", "K")):
        at, rows = 0.0, []
        for t in (t for t in turns if t.voice == voice):
            rows += [(at, t.start, "")] if t.start > at else []
            rows.append((max(at, t.start), t.end, t.text.replace('"', '""')))
            at = t.end
        tiers.append((name, [*rows, (at, 100.0, "")]))
    out = [
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 100\n'
        "tiers? <exists>\nsize = 2\nitem []:\n"
    ]
    for k, (name, rows) in enumerate(tiers, 1):
        out.append(f'    item [{k}]:\n        class = "IntervalTier"\n        name = "{name}"\n'
                   f"        xmin = 0\n        xmax = 100\n"
                   f"        intervals: size = {len(rows)}\n")  # fmt: skip
        out += [f"        intervals [{j}]:\n            xmin = {a}\n            xmax = {b}\n"
                f'            text = "{text}"\n'
                for j, (a, b, text) in enumerate(rows, 1)]  # fmt: skip
    return "".join(out).replace("\n", "\r\n").encode("utf-16")


def _segments_of_items(turns: Turns) -> str:
    """Give a recogniser's items, and its newer segments with a speaker each."""
    items: list[dict[str, object]] = []
    segments: list[dict[str, object]] = []
    for k, t in enumerate(turns):
        label = "spk_0" if t.voice == "therapist" else "spk_1"
        first = len(items)
        for a, b, w in t.words:
            items.append({
                "id": len(items), "type": "pronunciation", "start_time": f"{a:.3f}",
                "end_time": f"{b:.3f}", "speaker_label": label,
                "alternatives": [{"confidence": "0.99", "content": w.strip(".,?")}],
            })  # fmt: skip
            if w[-1] in ".,?":
                mark = [{"confidence": "0.0", "content": w[-1]}]
                items.append({"id": len(items), "type": "punctuation", "speaker_label": label,
                              "alternatives": mark})  # fmt: skip
        segments.append({
            "id": k, "transcript": t.text, "start_time": f"{t.start:.3f}",
            "end_time": f"{t.end:.3f}", "speaker_label": label,
            "items": list(range(first, len(items))),
        })  # fmt: skip
    whole = [{"transcript": " ".join(t.text for t in turns)}]
    results = {"transcripts": whole, "items": items, "audio_segments": segments}
    return as_json({"jobName": "s12", "accountId": "1", "status": "COMPLETED", "results": results})


def _events_heard(turns: Turns) -> str:
    """Give a recogniser's words with the gaps between them, and sounds that are no words."""
    words = []
    for k, t in enumerate(turns):
        speaker = f"speaker_{int(t.voice == 'client')}"
        if k in (3, 9):
            words.append({"text": "(laughs)", "start": t.start - 0.3, "end": t.start - 0.1,
                          "type": "audio_event", "speaker_id": speaker})  # fmt: skip
        for a, b, w in t.words:
            words.append({"text": w, "start": a, "end": b, "type": "word", "speaker_id": speaker})
            words.append({"text": " ", "start": b, "end": b, "type": "spacing",
                          "speaker_id": speaker})  # fmt: skip
    text = " ".join(t.text for t in turns)
    return as_json({"language_code": "eng", "text": text, "words": words})


def _packed(inside: str, body: str) -> Callable[[Turns], bytes]:
    """Give a document of a word processor: an archive of pages."""

    def write(turns: Turns) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as held:
            text = "".join(
                f"<w:p><w:r><w:t>{_TK[t.voice]}: {t.text}</w:t></w:r></w:p>" for t in turns
            )
            held.writestr(inside, body.format(text=text))
        return out.getvalue()

    return write


def _portable(turns: Turns) -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n"


def _partitur(turns: Turns) -> str:
    points = "".join(f'<tli id="T{k}" time="{t.start}"/>' for k, t in enumerate(turns))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<basic-transcription><head/><basic-body>'
        f'<common-timeline>{points}</common-timeline><tier id="TIE0" speaker="SPK0" category="v">'
        + "".join(f'<event start="T{k}" end="T{k}">{t.text}</event>' for k, t in enumerate(turns))
        + "</tier></basic-body></basic-transcription>\n"
    )


def _mac_segments(turns: Turns) -> str:
    who = {"therapist": {"name": "Anna Weber", "id": "A1"}, "client": None}
    return as_json({"segments": [{"start": ms(t.start), "end": ms(t.end), "text": t.text,
                                  "speaker": who[t.voice], "starred": False}
                                 for t in turns]})  # fmt: skip


def _lines_of_json(turns: Turns) -> str:
    """Give a stream's rows, a turn each, in a file of JSON lines."""
    return "".join(
        json.dumps({"speaker": t.name, "start": t.start, "end": t.end, "text": t.text}) + "\n"
        for t in turns
    )


def _old_bullets(turns: Turns) -> str:
    """Give CHAT of an older program: times on tiers of their own, and what is not said."""
    head = (
        "@UTF8\r\n@Begin\r\n@Languages:\tdeu\r\n@Participants:\tTHE Therapist, KLI Client\r\n"
        "@ID:\tdeu|praxis|THE|||||Therapist|||\r\n@ID:\tdeu|praxis|KLI|||||Client|||\r\n"
    )
    rows = []
    for t in turns:
        code = {"therapist": "THE", "client": "KLI"}[t.voice]
        rows.append(f"*{code}:\t{t.text} &=lacht xxx\r\n"
                    f'%snd:\t"sitzung12"_{ms(t.start)}_{ms(t.end)}\r\n'
                    "%com:\tspricht leise\r\n")  # fmt: skip
    return head + "".join(rows) + "@End\r\n"


def _sentence_codes(turns: Turns) -> str:
    """Give a public collection's table of motivational interviews: a row and its codes."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["mi_quality", "transcript_id", "video_title", "video_url", "topic",
                   "utterance_id", "interlocutor", "timestamp", "utterance_text", "annotator_id",
                   "therapist_input_exists", "main_therapist_behaviour",
                   "client_talk_type"])  # fmt: skip
    for k, t in enumerate(turns):
        act = ("reflection", "") if t.voice == "therapist" else ("", "neutral")
        rows.writerow(["high", 12, "NEW video", "https://video.example/watch?v=1", "work", k,
                       t.voice, clock(t.start, "h:m:s"), t.text, 3, "True", *act])  # fmt: skip
    return out.getvalue()


def _quoted(turns: Turns) -> list[Said]:
    """Let somebody quote, and say something over two lines."""
    return [replace(t, text=t.text.replace("that's it", '"that is it"')) for t in turns]


IN_FILES: tuple[Layout, ...] = (
    Layout("old_bullets.cha", _old_bullets, marks=("xxx", "leise", "lacht")),
    Layout("quotation_marks.TextGrid", _grid, told=_quoted),
    Layout("segments_of_items.json", _segments_of_items),
    Layout("events_heard.json", _events_heard, marks=("laughs",)),
    Layout("interviews_coded.csv", _sentence_codes, 1.0, marks=("reflection", "neutral")),
    Layout("word.docx", _packed("word/document.xml", _WORD), says=_FILES),
    Layout("writer.odt", _packed("content.xml", _WORD), says=_FILES),
    Layout("sheet.xlsx", _packed("xl/worksheets/sheet1.xml", _WORD), says=_FILES),
    Layout("word_renamed.txt", _packed("word/document.xml", _WORD),
           says=(*_FILES, "format.not_text")),
    Layout("printed.pdf", _portable, says=_FILES),
    Layout("printed_renamed.txt", _portable, says=(*_FILES, "format.not_text")),
    Layout("partitur.exb", _partitur, says=_FILES),
    Layout("speaker_missing.json", _mac_segments),
    Layout("stream.jsonl", _lines_of_json),
)  # fmt: skip

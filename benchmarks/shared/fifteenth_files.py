"""Files of programs of the fifteenth round: spreadsheets, editors of sound, coding, recognisers.

Conventions
-----------
As of `benchmarks.shared.fifteenth_cases`; what is right was written before anything was run.
"""

from collections.abc import Sequence

from benchmarks.shared.fifth_cases import grid
from benchmarks.shared.fourteenth_cases import in_german
from benchmarks.shared.said import Said, as_json, clock, ms, tier_of
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["IN_FILES"]

Turns = Sequence[Said]
_TK = {"therapist": "T", "client": "K"}


def _unquoted(turns: Turns) -> str:
    """Give a table whose last column has the separator within the text, without quotation marks."""
    rows = (f"{clock(t.start, 'mm:ss')};{_TK[t.voice]};{t.text.replace(',', ';')}\n" for t in turns)
    return "Zeit;Sprecher;Text\n" + "".join(rows)


def _title_above(turns: Turns) -> bytes:
    """Give a spreadsheet saved with its title above the head, an empty column and a sum below."""
    rows = (f';{k};{clock(t.start, "mm:ss")};{_TK[t.voice]};"{t.text}";\n'
            for k, t in enumerate(turns, 1))  # fmt: skip
    head = ";;;;;\n;Transkript Sitzung 12;;;;\n;;;;;\n;Nr.;Zeit;Sprecher;Text;Memo\n"
    return (head + "".join(rows) + ";;;Wörter gesamt;235;\n").encode("cp1252")


def _memo_column(turns: Turns) -> str:
    """Give a coder's table with what they noted of some turns in a column behind the text."""
    memo = {3: "schöne Reflexion, nachfragen in Supervision", 7: "lange Pause davor"}
    rows = (f'{clock(t.start, "h:m:s")};{_TK[t.voice]};"{t.text}";"{memo.get(k, "")}"\n'
            for k, t in enumerate(turns))  # fmt: skip
    return "Beginn;Person;Äußerung;Anmerkung\n" + "".join(rows)


def _two_languages(turns: Turns) -> str:
    """Give a study's table with what was said and its translation."""
    german = in_german(turns)
    rows = (f'{t.start:.2f},{t.end:.2f},{t.name},"{t.text}","{g.text}"\n'
            for t, g in zip(turns, german, strict=True))  # fmt: skip
    return "start,end,speaker,original,translation\n" + "".join(rows)


def _half_day(turns: Turns) -> str:
    """Give a table in which a spreadsheet took times for those of the day: after midnight."""

    def at(seconds: float) -> str:
        return f"12:{int(seconds // 60):02}:{int(seconds % 60):02} AM"

    rows = (f'{at(t.start)},{at(t.end)},{t.name},"{t.text}"\n' for t in turns)
    return "Start Time,End Time,Speaker,Text\n" + "".join(rows)


def _side_by_side(turns: Turns) -> str:
    """Give a video coding program's table: each person's cells in columns of their own."""
    sides = [[t for t in turns if t.voice == voice] for voice in ("therapist", "client")]
    head = ",".join(f"{p}.ordinal,{p}.onset,{p}.offset,{p}.text" for p in ("T", "K")) + "\n"
    rows = []
    for k in range(max(map(len, sides))):
        cells = []
        for side in sides:
            t = side[k] if k < len(side) else None
            cells.append(f'{k + 1},{ms(t.start)},{ms(t.end)},"{t.text}"' if t else ",,,")
        rows.append(",".join(cells) + "\n")
    return head + "".join(rows)


def _twice_coded(turns: Turns) -> str:
    """Give a public collection's table in which two people coded every utterance."""
    head = ("transcript_id,utterance_id,interlocutor,timestamp,utterance_text,annotator_id,"
            "main_therapist_behaviour\n")  # fmt: skip
    rows = []
    for k, t in enumerate(turns):
        for who in (1, 2):
            code = "question" if t.voice == "therapist" else "n/a"
            rows.append(f'7,{k},{t.voice},{clock(t.start, "h:m:s")},"{t.text}",{who},{code}\n')
    return head + "".join(rows)


def _regions(turns: Turns) -> str:
    """Give a studio program's regions."""

    def at(seconds: float) -> str:
        return f"{int(seconds // 60)}:{seconds % 60:06.3f}"

    rows = (f'R{k},"{_TK[t.voice]}: {t.text}",{at(t.start)},{at(t.end)},{at(t.end - t.start)}\n'
            for k, t in enumerate(turns, 1))  # fmt: skip
    return "#,Name,Start,End,Length\n" + "".join(rows)


def _markers(turns: Turns) -> str:
    """Give an editor's markers: a number for a name, what was said for a description."""

    def at(seconds: float) -> str:
        return f"{int(seconds // 60)}:{seconds % 60:06.3f}"

    rows = (f"Marker {k:02}\t{at(t.start)}\t{at(t.end - t.start)}\tdecimal\tCue\t"
            f"{t.name}: {t.text}\n" for k, t in enumerate(turns, 1))  # fmt: skip
    return "\ufeffName\tStart\tDuration\tTime Format\tType\tDescription\n" + "".join(rows)


def _sounding(turns: Turns) -> str:
    """Give a grid with a tier for each person and one of where anything sounds."""
    rows, at = [], 0.0
    for t in sorted(turns, key=lambda t: t.start):
        if t.start > at:
            rows.append((at, t.start, "silent"))
        if t.end > at:
            rows.append((max(at, t.start), t.end, "sounding"))
            at = t.end
    names = {t.name for t in turns}
    return grid([*((name, tier_of(turns, name)) for name in sorted(names)), ("silences", rows)])


def _health(turns: Turns) -> str:
    """Give a medical scribe's result: segments by role, a summary beside them."""
    role = {"therapist": "CLINICIAN_0", "client": "PATIENT_1"}
    segments = [
        {"SegmentId": f"s{k}", "BeginAudioTime": t.start, "EndAudioTime": t.end, "Content": t.text,
         "ParticipantDetails": {"ParticipantRole": role[t.voice]},
         "SectionDetails": {"SectionName": "SUBJECTIVE"}}
        for k, t in enumerate(turns)
    ]  # fmt: skip
    items = [
        {"BeginAudioTime": a, "EndAudioTime": b, "Type": "pronunciation",
         "Alternatives": [{"Content": w, "Confidence": 0.98}]}
        for t in turns for a, b, w in t.words
    ]  # fmt: skip
    people = [{"ParticipantRole": each} for each in role.values()]
    note = {"Sections": [{"SectionName": "CHIEF_COMPLAINT",
            "Summary": [{"SummarizedSegment": "Patient lost job."}]}]}  # fmt: skip
    return as_json({"Conversation": {
        "ConversationId": "12", "JobName": "s12", "ConversationParticipants": people,
        "ConversationType": "AmbientClinicalDocumentation", "LanguageCode": "en-US",
        "TranscriptItems": items, "TranscriptSegments": segments,
    }, "ClinicalDocumentation": note})  # fmt: skip


def _whole_milliseconds(turns: Turns) -> str:
    """Give a local server's answer: shaped as a cloud's, but times are whole milliseconds."""
    tag = {"therapist": 1, "client": 2}
    results = [
        {"alternatives": [{"transcript": t.text + " ", "confidence": 0.9, "words": [
            {"startTime": ms(a), "endTime": ms(b), "word": w, "speakerTag": tag[t.voice]}
            for a, b, w in t.words]}], "channelTag": 1, "audioProcessed": t.end}
        for t in turns
    ]  # fmt: skip
    return as_json({"results": results})


def _bare_words(turns: Turns) -> str:
    """Give a recogniser's list of words with the speaker's number at each."""
    tag = {"therapist": 1, "client": 2}
    words = [
        {"word": w.strip(".,?"), "start_sec": a, "end_sec": b, "confidence": 0.93,
         "speaker_tag": tag[t.voice]}
        for t in turns for a, b, w in t.words
    ]  # fmt: skip
    return as_json(words)


def _units(turns: Turns) -> str:
    """Give an engine's best path in ten-millionths of a second, with signs that are no words."""
    rows = []
    for t in turns:
        channel = 0 if t.voice == "therapist" else 1
        rows.append({"channel_id": channel, "score": 0, "start": round(t.start * 1e7),
                     "end": round(t.start * 1e7), "word": "<s>"})  # fmt: skip
        rows += [{"channel_id": channel, "score": -1.5, "start": round(a * 1e7),
                  "end": round(b * 1e7), "word": w.strip(".,?")}
                 for a, b, w in t.words]  # fmt: skip
        rows.append({"channel_id": channel, "score": 0, "start": round(t.end * 1e7),
                     "end": round(t.end * 1e7), "word": "</s>"})  # fmt: skip
    return as_json({"result": {"version": 1, "one_best_result": {"segmentation": rows}}})


def _printed_annotation(turns: Turns) -> str:
    """Give what a separator prints of who speaks when, saved as a text."""
    number = {"therapist": 0, "client": 1}
    return "".join(
        f"[ {clock(t.start)} -->  {clock(t.end)}] {'AB'[k % 2]} SPEAKER_0{number[t.voice]}\n"
        for k, t in enumerate(turns)
    )


def _tab_text(turns: Turns) -> bytes:
    """Give a spreadsheet saved as text parted by tabs, on a Mac, with its quotation marks."""
    rows = (f'{clock(t.start, "h:m:s")}\t{_TK[t.voice]}\t"{t.text}"\r'
            if "," in t.text else f"{clock(t.start, 'h:m:s')}\t{_TK[t.voice]}\t{t.text}\r"
            for t in turns)  # fmt: skip
    return ("Zeit\tSprecher\tText\r" + "".join(rows)).encode("mac-roman")


def _two_sessions(turns: Turns) -> str:
    """Give a study's table in which another session comes behind the first."""
    head = "session,start,end,speaker,text\n"
    rows = [f'{s},{t.start:.2f},{t.end:.2f},{t.name},"{t.text}"\n' for s in (11, 12) for t in turns]
    return head + "".join(rows)


# To add a layout, add a row. What is right: read, but where `says` has the reason of a refusal.
IN_FILES: tuple[Layout, ...] = (
    Layout("separator_within.csv", _unquoted, 1.0, told=in_german),
    Layout("title_above.csv", _title_above, 1.0, told=in_german,
           marks=("gesamt", "235", "Sitzung 12")),
    Layout("memo_column.csv", _memo_column, 1.0, told=in_german,
           marks=("Supervision", "Pause davor")),
    Layout("two_languages.csv", _two_languages, marks=("Schön",)),
    Layout("half_day_times.csv", _half_day, 1.0),
    Layout("side_by_side.csv", _side_by_side),
    Layout("coded_twice.csv", _twice_coded, 1.0, marks=("question",)),
    Layout("regions.csv", _regions, 0.2),
    Layout("markers.csv", _markers, 0.2, marks=("Marker", "Cue")),
    Layout("sounding.TextGrid", _sounding, says=("format.tiers_left_out",), marks=("sounding",)),
    Layout("health_scribe.json", _health, marks=("Patient lost",)),
    Layout("whole_milliseconds.json", _whole_milliseconds),
    Layout("bare_words.json", _bare_words),
    Layout("best_path.json", _units, marks=("<s>", "</s>")),
    Layout("printed_turns.txt", _printed_annotation, None, says=("format.no_words",)),
    Layout("tab_text_mac.txt", _tab_text, 1.0, told=in_german, marks=('"',)),
    Layout("two_sessions.csv", _two_sessions, None, says=("format.several_sessions",
           "format.clock_begins_anew")),
    Layout("captions.vtt.txt", each("{ah} --> {bh}\n<v {n}>{t}</v>\n", head="WEBVTT\n\n")),
    Layout("table_in_text.txt", each("{m};{i};{t}", head="Zeit;Sprecher;Text\n"), 1.0,
           told=in_german),
)  # fmt: skip

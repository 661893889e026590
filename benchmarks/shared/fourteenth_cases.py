"""Fourteenth round of layouts: what is right of each was written before anything was run on it.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.ninth_cases`). Transcripts as the people of this field
keep them: German practices' and bureaus' labels, marks, pages and columns, collections of research,
what spreadsheets make of times, slips of a person who types, and what is given in a transcript's
place. Recordings of this round are in `benchmarks.shared.fourteenth_sounds`.
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.shared.fourteenth_files import IN_FILES
from benchmarks.shared.said import Said, clock, ms
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["FOURTEENTH", "in_german", "longer_in_german"]

Turns = Sequence[Said]
_TK = {"therapist": "T", "client": "K"}
_GERMAN = (
    "Schön, dass Sie da sind. Worüber möchten Sie heute sprechen?",
    "Ähm, es ist etwas seltsam. Ich habe meine Arbeit verloren. Vor drei Wochen, am Montag.",
    "mhm",
    "Und Sie tragen das seit drei Wochen mit sich allein herum.",
    "Ja. Ich stehe noch um sechs auf. Ich rasiere mich, nehme meine Tasche und fahre mit dem Bus.",
    "mh",
    "Wie ist das, dort zu sitzen?",
    "Still. Es gibt einen Tisch am Fenster. Ich lese die Zeitung und denke: Jetzt kommt einer.",
    "mhm",
    "Also sind Sie selbst in der Stille auf der Hut.",
    "Den ganzen Tag. Das ist anstrengender, als es die Arbeit je war.",
    "Kein Wunder, dass Sie erschöpft sind. So eine Fassade kostet viel Kraft.",
    "Vermutlich. Die Sache ist, meine Frau denkt, die Druckerei bin ich. Mein Vater war so stolz.",
    "Ja.",
    "Mit der Arbeit geht auch dieses Foto verloren.",
    "Ich kann es gar nicht ansehen.",
    "Bleiben wir einen Moment dabei, oder ist es gerade zu viel?",
    "mhm",
)


def in_german(turns: Turns) -> list[Said]:
    """Say the same in German."""
    return [replace(t, text=text) for t, text in zip(turns, _GERMAN, strict=True)]


def longer_in_german(turns: Turns) -> list[Said]:
    """Say it in German, and leave out what is murmured: nobody has it typed."""
    return [t for t in in_german(turns) if len(t.text) > 4]


def _numbered_lines(turns: Turns) -> str:
    """Give a qualitative study's page: every line numbered, turns wrapped over several."""
    rows: list[str] = []
    for t in turns:
        stamped = f"{_TK[t.voice]}: {t.text} #{clock(t.end, 'h:m:s-t')}#"
        rows += textwrap.wrap(stamped, 50)
    return "".join(f"{k:>3}  {row}\n" for k, row in enumerate(rows, 1))


def _paged(turns: Turns) -> str:
    """Give a bureau's pages: a head with date and people, and a page's number between."""
    head = (
        "Transkript Sitzung 12\nDatum: 04.03.2026, 14:02 Uhr\nDauer: 1:40 min\n"
        "Teilnehmer: Therapeutin (T), Klient (K)\nTranskribiert von: M. Muster\n\n"
    )
    rows = [f"({clock(t.start, 'mm:ss')}) {_TK[t.voice]}: {t.text}\n" for t in turns]
    rows.insert(6, "Seite 1 von 3\n")
    rows.insert(13, "– 2 –\n")
    return "\ufeff" + (head + "\n".join(rows)).replace("\n", "\r\n")


def _times_last(turns: Turns) -> str:
    label = {"therapist": "TH", "client": "PT"}
    return "".join(f"{label[t.voice]}\t{t.text}\t{clock(t.start, 'h:m:s')}\n" for t in turns)


def _pauses_marked(turns: Turns) -> str:
    """Give the rules of simple transcription: pauses, laughter, doubt, all in brackets."""
    rows = []
    for t in turns:
        words = t.text.split()
        if len(words) > 6:
            words[4:4] = ["(..)"]
            words[2:2] = ["(lacht)"]
            words.append("(3)")
        if len(words) > 14:
            words[10:10] = ["(unv.", "0:00:12)"]
        rows.append(f"{_TK[t.voice]}: {' '.join(words)} #{clock(t.start, 'h:m:s-t')}#\n")
    return "\n".join(rows)


def _comma_times(turns: Turns) -> str:
    label = {"therapist": "Therapeutin", "client": "Klient"}
    return "".join(
        f"[{clock(t.start, 'h:m:s')},{ms(t.start) % 1000 // 100}] {label[t.voice]}: {t.text}\n"
        for t in turns
    )


def _as_clock_of_day(seconds: float) -> str:
    """Write minutes and seconds as hours and minutes, as a spreadsheet does that takes them so."""
    return f"{int(seconds // 60):02}:{int(seconds % 60):02}:00"


def _spreadsheet_hours(turns: Turns) -> str:
    rows = (f'{_as_clock_of_day(t.start)};{_TK[t.voice]};"{t.text}"' for t in turns)
    return "Zeit;Sprecher;Text\n" + "\n".join(rows) + "\n"


def _voices_left_out(turns: Turns) -> str:
    """Give captions of a call in which only the host has a name."""
    rows = ["WEBVTT\n"]
    for t in turns:
        named = f"<v {t.name}>{t.text}</v>" if t.voice == "therapist" else f"<v >{t.text}</v>"
        rows.append(f"{clock(t.start)} --> {clock(t.end)}\n{named}\n")
    return "\n".join(rows)


def _table_of_coder(turns: Turns) -> str:
    """Give a coding program's table as copied: spans with a comma, the speaker last."""

    def at(seconds: float) -> str:
        return f"{int(seconds // 60)}:{seconds % 60:04.1f}".replace(".", ",")

    label = {"therapist": "Therapeutin", "client": "Klient"}
    return "\tZeitspanne\tInhalt\tSprecher\n" + "".join(
        f"{k}\t{at(t.start)} - {at(t.end)}\t{t.text}\t{label[t.voice]}\n"
        for k, t in enumerate(turns, 1)
    )


def _columns(head: str) -> Callable[[Turns], str]:
    """Give a column for each person, with tabs: who speaks is where the words stand."""

    def write(turns: Turns) -> str:
        rows = (
            f"{clock(t.start, 'mm:ss')}\t{t.text}\t\n"
            if t.voice == "therapist"
            else f"{clock(t.start, 'mm:ss')}\t\t{t.text}\n"
            for t in turns
        )
        return head + "".join(rows)

    return write


def _initials(turns: Turns) -> str:
    label = {"therapist": "AW", "client": "JL"}
    return "".join(f"{label[t.voice]}   {t.text}  ({clock(t.start, 'm:s')})\n" for t in turns)


def _one_paragraph(turns: Turns) -> str:
    return " ".join(f"{_TK[t.voice]}: {t.text} #{clock(t.end, 'h:m:s-t')}#" for t in turns)


def _dictated(turns: Turns) -> str:
    return " ".join(t.text for t in turns) + "\n"


def _no_colon_twice(turns: Turns) -> str:
    """Give a typed transcript in which two labels lack their colon."""
    return "".join(
        f"[{clock(t.start, 'mm:ss')}] {_TK[t.voice]}{'' if k in (6, 9) else ':'} {t.text}\n"
        for k, t in enumerate(turns)
    )


def _a_time_mistyped(turns: Turns) -> str:
    """Give a typed transcript in which one time is a minute too late."""
    return "".join(
        f"[{clock(t.start + 60 * (k == 6), 'mm:ss')}] {_TK[t.voice]}: {t.text}\n"
        for k, t in enumerate(turns)
    )


def _interview_of_depression(turns: Turns) -> str:
    """Give a research collection's transcript: tabs under the ending of a table."""
    who = {"therapist": "Ellie", "client": "Participant"}
    return "start_time\tstop_time\tspeaker\tvalue\n" + "".join(
        f"{t.start:.3f}\t{t.end:.3f}\t{who[t.voice]}\t{t.text}\n" for t in turns
    )


def _press(turns: Turns) -> str:
    """Give a publisher's transcript: capitals, times behind every few turns."""
    label = {"therapist": "COUNSELOR", "client": "PATIENT"}
    rows = ["BEGIN TRANSCRIPT:\n"]
    for t in turns:
        rows.append(
            f"{label[t.voice]}: {t.text} [{clock(t.end, 'h:m:s')}.{ms(t.end) % 1000 // 100}]\n"
        )
    return "\n".join([*rows, "END TRANSCRIPT\n"])


def _upside_down(turns: Turns) -> str:
    """Give a chat of a practice's program, the newest on top."""
    rows = [f"{clock(t.start, 'mm:ss')} {_TK[t.voice]}: {t.text}\n" for t in turns]
    return "".join(reversed(rows))


def _word_online(turns: Turns) -> str:
    head = "Audiodatei\nSitzung 12.m4a\n\nTranskript\n"
    rows = (
        f"{clock(t.start, 'h:m:s')} Sprecher {1 + (t.voice == 'client')}\n{t.text}\n" for t in turns
    )
    return head + "\n".join(rows)


def _recap(turns: Turns) -> str:
    """Give a meeting's transcript as its page copies it, in German: every time three times."""
    rows = []
    for t in turns:
        minutes, seconds = divmod(int(t.start), 60)
        aloud = f"{minutes} Minuten {seconds} Sekunden" if minutes else f"{seconds} Sekunden"
        rows.append(f"{t.name}\n{aloud}{clock(t.start, 'm:s')}\n{t.name} {aloud}\n{t.text}\n")
    return "".join(rows)


def _page_in_mail(turns: Turns) -> str:
    """Give a transcript as it came by mail: quoted, with a signature below."""
    rows = (f"> [{clock(t.start, 'mm:ss')}] {_TK[t.voice]}: {t.text}\n>\n" for t in turns)
    head = "> Von: bureau@example.org\n> Gesendet: Mittwoch, 4. März 2026 14:02\n"
    head += "> Betreff: Sitzung 12\n>\n"
    return head + "".join(rows) + "\n--\nMit freundlichen Grüßen\nSchreibbüro Muster\n"


_NOTED = ("format.marks",)

# To add a layout, add a row. What is right: read, but where `says` has the reason of a refusal.
FOURTEENTH: tuple[Layout, ...] = (
    *IN_FILES,
    Layout("numbered_lines.txt", _numbered_lines, 12.0, told=longer_in_german),
    Layout("pages_german.txt", _paged, 1.0, told=in_german,
           marks=("Seite", "Muster", "Teilnehmer")),
    Layout("times_last_tabs.txt", _times_last, 1.0, told=in_german, marks=("PT", "TH")),
    Layout("pauses_marked.txt", _pauses_marked, 12.0, told=longer_in_german, says=_NOTED,
           marks=("lacht", "unv")),
    Layout("comma_times.txt", _comma_times, 0.2, told=in_german, marks=("Therapeutin",)),
    Layout("spreadsheet_hours.csv", _spreadsheet_hours, 1.0, told=in_german),
    Layout("voices_left_out.vtt", _voices_left_out),
    Layout("table_of_coder.txt", _table_of_coder, 0.2, told=in_german,
           marks=("Klient", "Zeitspanne")),
    Layout("columns_named.txt", _columns("Zeit\tTherapeutin\tKlient\n"), 1.0, told=in_german,
           marks=("Therapeutin", "Klient")),
    Layout("columns_unnamed.txt", _columns(""), 1.0, told=in_german),
    Layout("initials_time_last.txt", _initials, 1.0, marks=("AW", "JL")),
    Layout("one_paragraph.txt", _one_paragraph, 12.0, told=longer_in_german),
    Layout("dictated.txt", _dictated, None, speakers=0.0, says=()),
    Layout("no_colon_twice.txt", _no_colon_twice, 1.0, told=in_german),
    Layout("a_time_mistyped.txt", _a_time_mistyped, 1.0, told=in_german),
    Layout("interview_tabs.csv", _interview_of_depression, marks=("Ellie", "Participant")),
    Layout("publisher.txt", _press, 12.0, told=lambda turns: [t for t in turns if len(t.text) > 8],
           marks=("COUNSELOR", "BEGIN", "END")),
    Layout("newest_on_top.txt", _upside_down, 1.0, told=in_german),
    Layout("word_german.txt", _word_online, 1.0, told=in_german, marks=("Sprecher", "Audiodatei")),
    Layout("recap_german.txt", _recap, 1.0, told=in_german, marks=("Sekunden", "Minuten")),
    Layout("quoted_mail.txt", _page_in_mail, 1.0, told=in_german,
           marks=("Grüßen", "Betreff", "Muster")),
    Layout("comma_captions.vtt", each("{ac} --> {bc}\n<v {n}>{t}</v>\n", head="WEBVTT\n\n")),
    Layout("dash_range_bar.txt", each("{m}–{mb} | {i} | {t}"), 1.0),
    Layout("seconds_short.txt", each("({a:.1f} s) {n}: {t}"), 0.2),
    Layout("seconds_bare.txt", each("{a:.2f} {b:.2f} {i}: {t}"), 0.2),
    Layout("minute_word.txt", each("Min. {m1} {n}: {t}\n"), 1.0, marks=("Min",)),
    Layout("stamp_behind_label.txt", each("{n}: [{as_}] {t}\n", crlf=True), 1.0),
    Layout("own_line_times.txt", each("{n}\n{m1} {t}\n"), 1.0),
    Layout("columns_of_study.csv", each('12,{j},{n},{a:.2f},{b:.2f},"{t}",RES', head=
           "session_id,utterance_id,speaker_role,onset,offset,utterance,code\n")),
    Layout("spaces_everywhere.srt", each(
        " {j} \n {ac}  -->  {bc} \n  {n} : {t}  \n \n", crlf=True)),
)  # fmt: skip

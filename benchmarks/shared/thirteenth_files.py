"""Tables, research and subtitles of the thirteenth round, and files of programs that are none.

Conventions
-----------
As of `benchmarks.shared.thirteenth_cases`.
"""

from collections.abc import Sequence

from benchmarks.shared.said import NAMES, NUMBERS, Said, clock, ms
from benchmarks.shared.written_cases import Layout

__all__ = ["IN_FILES"]

Turns = Sequence[Said]
_REFUSED = ("format.not_read", "format.of_a_program")  # by its ending, or by how it begins


def _kaldi(turns: Turns) -> str:
    """Give a data folder's text: a key with speaker and hundredths before what was said."""
    who = {"therapist": "aweber", "client": "jlind"}
    return "".join(
        f"{who[t.voice]}-{round(100 * t.start):07}-{round(100 * t.end):07} {t.text}\n"
        for t in turns
    )


def _stm(turns: Turns) -> str:
    who = {"therapist": "Anna_Weber", "client": "Jonas_Lind"}
    return ";; session 12\n" + "".join(
        f"session 1 {who[t.voice]} {t.start:.2f} {t.end:.2f} <o,f0,unknown> {t.text}\n"
        for t in turns
    )


def _web_page(turns: Turns) -> str:
    rows = "".join(
        f'<p><span class="time">{clock(t.start, "h:m:s")}</span> <b>{t.name}</b><br>{t.text}</p>\n'
        for t in turns
    )
    head = "<!DOCTYPE html>\n<html><head><title>Session 12</title></head><body>\n"
    return f"{head}{rows}</body></html>\n"


def _timed_text(turns: Turns) -> str:
    rows = "".join(
        f'<p begin="{clock(t.start)}" end="{clock(t.end)}" ttm:agent="a{NUMBERS[t.voice]}">'
        f"{t.text}</p>\n"
        for t in turns
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" '
        f'xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><body><div>\n{rows}</div></body></tt>\n'
    )


def _script_info(turns: Turns) -> str:
    rows = "".join(
        f"Dialogue: 0,{clock(t.start, 'h:m:s.cc')},{clock(t.end, 'h:m:s.cc')},Default,{t.name},"
        f"0,0,0,,{t.text}\n"
        for t in turns
    )
    return (
        "[Script Info]\nTitle: Session 12\nScriptType: v4.00+\n\n[V4+ Styles]\n"
        "Format: Name, Fontname\n"
        "Style: Default,Arial\n\n[Events]\nFormat: Layer, Start, End, Style, Name, "
        f"MarginL, MarginR, MarginV, Effect, Text\n{rows}"
    )


def _broadcast_codes(turns: Turns) -> str:
    return "Scenarist_SCC V1.0\n\n" + "".join(
        f"{clock(t.start, 'h:m:s:ff')}\t9420 9420 94ad 94ad 9470 9470 c8e5 ecec ef80 942c 942f\n\n"
        for t in turns
    )


def _edit_list(turns: Turns) -> str:
    return "TITLE: Session 12\nFCM: NON-DROP FRAME\n\n" + "".join(
        f"{k:03}  AX       AA/V  C        {clock(t.start, 'h:m:s:ff')} {clock(t.end, 'h:m:s:ff')} "
        f"{clock(t.start, 'h:m:s:ff')} {clock(t.end, 'h:m:s:ff')}\n"
        "* FROM CLIP NAME: Anna Weber.mp4\n\n"
        for k, t in enumerate(turns, 1)
    )


def _transcriber(turns: Turns) -> str:
    rows = "".join(
        f'<Turn speaker="spk{NUMBERS[t.voice]}" startTime="{t.start}" endTime="{t.end}">\n'
        f'<Sync time="{t.start}"/>\n{t.text}\n</Turn>\n'
        for t in turns
    )
    people = "".join(f'<Speaker id="spk{k}" name="{n}"/>\n' for k, n in enumerate(NAMES.values()))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Trans SYSTEM "trans-14.dtd">\n<Trans>\n'
        f"<Speakers>\n{people}</Speakers>\n<Episode><Section>\n{rows}</Section></Episode></Trans>\n"
    )


def _spruce(turns: Turns) -> str:
    rows = "".join(
        f"{clock(t.start, 'h:m:s:ff')} , {clock(t.end, 'h:m:s:ff')} , {t.name}: {t.text}\n"
        for t in turns
    )
    return (
        "//Font select and font size\n$FontName = Arial\n$FontSize = 30\n$HorzAlign = Center\n"
        + rows
    )


def _chat_marks(turns: Turns) -> str:
    """Give CHAT with what was retraced, broken off, filled and not said, and its further tiers."""
    code = {"therapist": "THE", "client": "CLI"}
    rows = []
    for k, t in enumerate(turns):
        marks = ("+<", "", "&=laughs", "(0.8)")[k % 4]
        body = t.text.replace("Um,", "&-um,").rstrip(".?") + (" ?" if t.text[-1] == "?" else " .")
        rows.append(f"*{code[t.voice]}:\t{marks} {body} \x15{ms(t.start)}_{ms(t.end)}\x15\n"
                    f"%mor:\tpro|it~cop|be&3S adj|good\n%gra:\t1|2|SUBJ 2|0|ROOT")  # fmt: skip
    head = (
        "@UTF8\n@PID:\t11312/c-00000000-1\n@Begin\n@Languages:\teng\n@Participants:\t"
        "THE Anna_Weber Therapist, CLI Jonas_Lind Client\n@ID:\teng|x|THE|||||Therapist|||\n"
        "@ID:\teng|x|CLI|||||Client|||\n@Media:\tsession, audio\n@Comment:\tAnna Weber's room\n"
    )
    return head + "\n".join(rows) + "\n@End\n"


def _gat(turns: Turns) -> str:
    """Give a research transcript by German rules: numbered lines, a time every so often."""
    rows = []
    for k, t in enumerate(turns, 1):
        who = "TH" if t.voice == "therapist" else "KL"
        said = t.text.replace(", ", ", (.) ").replace(". ", ". (0.6) ")
        rows.append(f"{{{clock(t.start, 'mm:ss')}}} {k:02}   {who}:   {said}")
    return "\n".join(rows) + "\n"


def _salt(turns: Turns) -> str:
    """Give SALT's lines: a letter for who speaks, a dash before a time, a colon before a pause."""
    letter = {"therapist": "E", "client": "C"}
    rows = ["$ Client, Examiner", "+ Language: English", "+ Gender: M", "+ Context: Int"]
    for t in turns:
        rows += [f"- {clock(t.start, 'm:s')}", f"{letter[t.voice]} {t.text}"]
    return "\n".join(rows) + "\n"


def _lyrics(turns: Turns) -> str:
    """Give a lyrics program's lines, which begin half a second later by a line of their own."""
    rows = (f"[{clock(t.start + 0.5, 'm:s.cc')}]{t.name}: {t.text}" for t in turns)
    head = "[ti:Session 12]\n[ar:Anna Weber]\n[al:Praxis]\n[by:Jonas Lind]\n[offset:+500]\n"
    return head + "\n".join(rows) + "\n"


def _mpl2(turns: Turns) -> str:
    return "".join(
        f"[{round(10 * t.start)}][{round(10 * t.end)}]{t.name}: {t.text}\n" for t in turns
    )


def _subviewer(turns: Turns) -> str:
    head = (
        "[INFORMATION]\n[TITLE]Session 12\n[AUTHOR]Anna Weber\n[SOURCE]\n[FILEPATH]\n[DELAY]0\n"
        "[COMMENT]\n[END INFORMATION]\n[SUBTITLE]\n[COLF]&HFFFFFF,[STYLE]no,[SIZE]18,[FONT]Arial\n"
    )
    rows = (
        f"{clock(t.start)[:-1]},{clock(t.end)[:-1]}\n{t.name}: {t.text.replace(', ', ',[br]')}\n"
        for t in turns
    )
    return head + "\n".join(rows)


def _hard_of_hearing(turns: Turns) -> str:
    """Give subtitles with sounds and music, and two who speak in one cue without dashes."""
    rows, k = [], 0
    for at in range(0, len(turns) - 1, 2):
        one, other = turns[at], turns[at + 1]
        k += 1
        rows.append(
            f"{k}\n{clock(one.start, 'h:m:s,mmm')} --> "
            f"{clock(max(one.end, other.end), 'h:m:s,mmm')}\n"
            f"{one.name.upper()}: {one.text}\n{other.name.upper()}: {other.text}\n"
        )
        k += 1
        rows.append(f"{k}\n{clock(other.end, 'h:m:s,mmm')} --> "
                    f"{clock(other.end + 0.2, 'h:m:s,mmm')}\n"
                    f"{('[DOOR CLOSES]', '♪ ♪', '(SIGHS)')[at // 2 % 3]}\n")  # fmt: skip
    return "\n".join(rows)


def _column_each(turns: Turns) -> str:
    """Give a spreadsheet with a column for each person."""
    rows = (
        f"{t.start:.2f};" + ('"{}";' if t.voice == "therapist" else ';"{}"').format(t.text)
        for t in turns
    )
    return "Zeit (s);Therapeutin;Klient\n" + "\n".join(rows) + "\n"


def _filled_down(turns: Turns) -> str:
    """Give a spreadsheet in which a name stands only where it changes, a row for each half turn."""
    rows, last = [], ""
    for t in turns:
        name = "" if t.name == last else t.name
        last = t.name
        half = len(t.words) // 2
        if half:
            words = t.text.split()
            rows.append(f'{t.start:.2f},{t.words[half][0]:.2f},{name},"{" ".join(words[:half])}"')
            rows.append(f'{t.words[half][0]:.2f},{t.end:.2f},,"{" ".join(words[half:])}"')
        else:
            rows.append(f'{t.start:.2f},{t.end:.2f},{name},"{t.text}"')
    return "Start,End,Speaker,Text\n" + "\n".join(rows) + "\n"


def _praat_table(turns: Turns) -> str:
    rows = (f"{t.start:.3f}\t{t.name}\t{t.text}\t{t.end:.3f}" for t in turns)
    return "tmin\ttier\ttext\ttmax\n" + "\n".join(rows) + "\n"


def _samples(turns: Turns) -> str:
    rows = (f'{round(16000 * t.start)},{round(16000 * t.end)},{t.name},"{t.text}"' for t in turns)
    return "start_sample,end_sample,speaker,text\n# sample rate 16000\n" + "\n".join(rows) + "\n"


def _minutes(turns: Turns) -> str:
    rows = (f'{t.start / 60:.4f},{t.end / 60:.4f},{t.name},"{t.text}"' for t in turns)
    return "Start (min),End (min),Speaker,Text\n" + "\n".join(rows) + "\n"


IN_FILES: tuple[Layout, ...] = (
    Layout("kaldi_text.txt", _kaldi, 1.0, marks=("aweber", "jlind")),
    Layout("evaluation_text.txt", _stm, marks=("Anna_", "f0", "session")),
    Layout("web_page.txt", _web_page, None, says=_REFUSED),
    Layout("web_page.html", _web_page, None, says=_REFUSED),
    Layout("timed_text.xml", _timed_text, None, says=_REFUSED),
    Layout("timed_text.txt", _timed_text, None, says=_REFUSED),
    Layout("script_info.txt", _script_info, None, says=_REFUSED),
    Layout("broadcast_codes.txt", _broadcast_codes, None, says=_REFUSED),
    Layout("edit_list.txt", _edit_list, None, says=_REFUSED),
    Layout("transcriber.xml", _transcriber, None, says=_REFUSED),
    Layout("transcriber.txt", _transcriber, None, says=_REFUSED),
    Layout("spruce.txt", _spruce),
    Layout("chat_marks.cha", _chat_marks, marks=("laughs", "0.8", "&")),
    Layout("salt.txt", _salt, 1.0),
    Layout("lyrics.lrc", _lyrics),
    Layout("tenths_in_brackets.txt", _mpl2),
    Layout("subviewer.txt", _subviewer),
    Layout("hard_of_hearing.srt", _hard_of_hearing, 6.0, speakers=0.9,
           marks=("DOOR", "SIGHS", "♪")),
    Layout("column_each.csv", _column_each),
    Layout("filled_down.csv", _filled_down),
    Layout("grid_as_table.tsv", _praat_table),
    Layout("samples.csv", _samples),
    Layout("minutes.csv", _minutes),
    Layout("gat.txt", _gat, 1.0, marks=("(.)", "0.6")),
)  # fmt: skip

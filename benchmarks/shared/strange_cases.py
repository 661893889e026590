"""Second round of layouts: two or three more ways in which each named tool writes a conversation.

Conventions
-----------
Each was written from the tool's public description before a reader was run on it. Some turns carry
what tools and people put beside the words (a name among it), which is no word.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby

from benchmarks.shared.said import NAMES, NUMBERS, Said, clock
from benchmarks.shared.strange_json import STRANGE_SHAPES
from benchmarks.shared.written_cases import Layout

__all__ = ["STRANGE"]

Turns = Sequence[Said]
Write = Callable[[Turns], str | bytes]
INITIALS = {"therapist": "AW", "client": "JL"}


def _lines(form: Callable[[Said], str], head: str = "", tail: str = "") -> Write:
    return lambda turns: head + "\n".join(form(t) for t in turns) + "\n" + tail


def _cues(form: Callable[[int, Said], str], head: str = "WEBVTT\n\n", point: str = ".") -> Write:
    def cue(k: int, t: Said) -> str:
        a, b = (clock(s).replace(".", point) for s in (t.start, t.end))
        before, text = form(k, t).split("|", 1)
        return f"{before}{a} --> {b}\n{text}\n"

    return lambda turns: head + "\n".join(cue(k, t) for k, t in enumerate(turns, 1))


def _marked(write: Write, marks: Sequence[str]) -> Write:
    """Put marks at the ends of turns, in the middle, or in front, by turns."""

    def changed(turns: Turns) -> str | bytes:
        said = []
        for k, t in enumerate(turns):
            mark, words = marks[k % len(marks)], t.text.split()
            cut = (0, len(words) // 2, len(words))[k % 3]
            said.append(replace(t, text=" ".join([*words[:cut], mark, *words[cut:]])))
        return write(said)

    return changed


def _whole(seconds: float) -> str:
    """Give Teams' older times: no field is padded."""
    return f"{int(seconds // 3600)}:{int(seconds // 60 % 60)}:{seconds % 60:.2f}"


def _spelt(seconds: float, minute: str, second: str) -> str:
    m, s = divmod(int(seconds), 60)
    return (f"{m} {minute} " if m else "") + f"{s} {second}"


def _changes_only(turns: Turns) -> str:
    """Give a name in a cue only where the speaker changes, as Zoom's captions have it."""
    rows, last = [], ""
    for k, t in enumerate(turns, 1):
        who = "" if t.voice == last else f"{t.name}: "
        rows.append(f"{k}\n{clock(t.start)} --> {clock(t.end)}\n{who}{t.text}\n")
        last = t.voice
    return "WEBVTT\n\n" + "\n".join(rows)


def _wall(seconds: float) -> str:
    return clock(14 * 3600 + 125 + seconds, "h:m:s")


def _meet(word: str, end: str, bold: str = "") -> Write:
    """Give Google Meet's notes: runs of a person, a time on its line every thirty seconds."""

    def write(turns: Turns) -> str:
        out = [f"📖 {word}", "4. März 2026", f"Sitzung - {word}", ""]
        at = -1
        for t in turns:
            if t.start // 30 > at:
                at = int(t.start // 30)
                out += [f"{'### ' if bold else ''}{clock(at * 30, 'h:m:s')}", " "]
            out += [f"{bold}{t.name}:{bold} {t.text}", ""]
        return "\n".join([*out, end, ""])

    return write


def _f4_german(turns: Turns) -> str:
    """Give f4's paragraphs: a letter and a stamp at the end, an empty line between."""
    short = {"therapist": "I", "client": "B1"}
    return "\n\n".join(f"{short[t.voice]}: {t.text} #{clock(t.end, 'h:m:s-t')}#" for t in turns)


def _f4_inside(turns: Turns) -> str:
    """Give paragraphs of several stamps, one after each sentence of a run."""
    blocks = []
    for _, run in groupby(turns, key=lambda t: t.voice):
        said = list(run)
        text = " ".join(f"{t.text} #{clock(t.end, 'h:m:s-t')}#" for t in said)
        blocks.append(f"{said[0].name}: {text}")
    return "\r\n\r\n".join(blocks)


def _framed(seconds: float, mark: str) -> str:
    frames = min(29, int(seconds % 1 * 30))
    return f"{clock(seconds, 'h:m:s')}{mark}{frames:02}"


def _elan_no_header(turns: Turns) -> str:
    rows = []
    for voice, name in NAMES.items():
        for t in (t for t in turns if t.voice == voice):
            a, b, c = (clock(s) for s in (t.start, t.end, t.end - t.start))
            rows.append(f"{name}\t\t{a}\t{t.start:.3f}\t{b}\t{t.end:.3f}\t{c}\t"
                        f"{t.end - t.start:.3f}\t{t.text}")  # fmt: skip
    return "\n".join(rows) + "\n"


def _elan_columns(turns: Turns) -> str:
    rows = ["Begin Time - msec\tEnd Time - msec\tDuration - msec\tAnna Weber\tJonas Lind\t"
            "Gesten-Anna"]  # fmt: skip
    for t in turns:
        a, b = round(t.start * 1000), round(t.end * 1000)
        said = ("", t.text) if NUMBERS[t.voice] else (t.text, "")
        rows.append(f"{a}\t{b}\t{b - a}\t{said[0]}\t{said[1]}\tnickt")
    return "\n".join(rows) + "\n"


def _elan_pal(turns: Turns) -> str:
    rows = ["Tier\tParticipant\tBegin Time - PAL\tEnd Time - PAL\tAnnotation\tFile"]
    for t in turns:
        a, b = clock(t.start, "h:m:s:ff"), clock(t.end, "h:m:s:ff")
        rows.append(f"{t.voice[0].upper()}@1\t{t.name}\t{a}\t{b}\t{t.text}\tsitzung.eaf")
    return "\n".join(rows) + "\n"


def _rttm(form: Callable[[Said], str], head: str = "") -> Write:
    return lambda turns: head + "".join(form(t) + "\n" for t in turns)


def _comma(seconds: float) -> str:
    return f"{seconds:.3f}".replace(".", ",")


def _eaf(origins: Sequence[str], extra: str = "", extra_times: int = 0) -> Write:
    """Give an ELAN file whose second medium, the video, starts later or earlier."""

    def write(turns: Turns) -> str:
        shift = int(next((o for o in origins if o), "0"))
        slots, tiers, n = [], [], 0
        for voice, name in NAMES.items():
            notes = []
            for t in (t for t in turns if t.voice == voice):
                for at in (t.start, t.end):
                    n += 1
                    slots.append(f'<TIME_SLOT TIME_SLOT_ID="ts{n}" '
                                 f'TIME_VALUE="{round(at * 1000) - shift}"/>')  # fmt: skip
                notes.append(f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" '
                             f'TIME_SLOT_REF1="ts{n - 1}" TIME_SLOT_REF2="ts{n}"><ANNOTATION_VALUE>'
                             f"{escape(t.text)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>"
                             "</ANNOTATION>")  # fmt: skip
            tiers.append(f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="Transkript {name}">'
                         f'{"".join(notes)}</TIER>')  # fmt: skip
        for k in range(extra_times):
            slots.append(f'<TIME_SLOT TIME_SLOT_ID="x{k}" TIME_VALUE="{5000 * k + 5000}"/>')
        media = "".join(
            f'<MEDIA_DESCRIPTOR MEDIA_URL="file:///s{k}.wav" MIME_TYPE="audio/x-wav"'
            f"{f' TIME_ORIGIN={o!r}'.replace(chr(39), chr(34)) if o else ''}/>"
            for k, o in enumerate(origins)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" FORMAT="3.0" '
            'VERSION="3.0" DATE="2026-03-04T14:00:00+01:00"><HEADER MEDIA_FILE="" '
            f'TIME_UNITS="milliseconds">{media}</HEADER><TIME_ORDER>{"".join(slots)}</TIME_ORDER>'
            f'{"".join(tiers)}{extra}<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" '
            'TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>'
        )

    return write


def _rated(values: Sequence[str]) -> str:
    """Give a tier of a rater's values with times of its own, called as a rater would."""
    notes = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="r{k}" TIME_SLOT_REF1="x{k}" '
        f'TIME_SLOT_REF2="x{k + 1}"><ANNOTATION_VALUE>{v}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        for k, v in enumerate(values)
    )
    return f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="Beziehungsqualität">{notes}</TIER>'


def _chronological(turns: Turns) -> str:
    """Give Praat's chronological form: intervals of all tiers in order of time."""
    rows = ['"Praat chronological TextGrid text file"', "0 100   ! Time domain.",
            "2   ! Number of tiers."]  # fmt: skip
    rows += [f'"IntervalTier" "{name}" 0 100' for name in NAMES.values()]
    for t in turns:
        rows += [f"{NUMBERS[t.voice] + 1} {t.start} {t.end}", '"' + t.text + '"']
    return "\n".join(rows) + "\n"


_TEAMS_HEAD = ("Session 12-20260304_140205-Meeting Recording\nMarch 4, 2026, 2:02PM\n1m 40s\n\n"
               "Anna Weber started transcription\n\n")  # fmt: skip
_OTTER_HEAD = ("Session 12\nWed, Mar 04, 2026 2:02PM • 1:40\n\nSUMMARY KEYWORDS\nwork, sleep, tired"
               "\n\nSPEAKERS\nAnna Weber, Jonas Lind\n\n")  # fmt: skip
_MARKS = ("[Anna Weber laughs]", "(Jonas Lind seufzt)", "((räuspert sich))", "[crosstalk 00:00:31]",
          "<laughs>", "(3)", "[unverständlich]")  # fmt: skip

STRANGE = (
    Layout("webex_dash.vtt", _cues(lambda k, t: f"{k} - {t.name}\n|{t.text}")),
    Layout("webex_guest.vtt", _cues(
        lambda k, t: f'{k} "{t.name}{" (Guest)" if t.voice == "client" else ""}" ({k % 2}8162)\n|'
        f"{t.text}")),
    Layout("webex.txt", _lines(lambda t: f"{clock(t.start, 'h:m:s')}  {t.name}:  {t.text}"), 1.0),
    Layout("teams_avatars.txt", _lines(
        lambda t: f"{INITIALS[t.voice]}\n{t.name}\n{clock(t.start, 'm:s')}\n{t.text}",
        "Transcript\n"), 1.0),
    Layout("teams_old_docx.txt", _lines(
        lambda t: f"{_whole(t.start)} --> {_whole(t.end)}\n{t.name}\n{t.text}\n")),
    Layout("teams_docx_new.txt", _lines(
        lambda t: f"{t.name}   {clock(t.start, 'm:s')}\n{t.text}\n", _TEAMS_HEAD,
        "Anna Weber stopped transcription\n"), 1.0),
    Layout("teams_german.txt", _lines(
        lambda t: f"{t.name}   {_spelt(t.start, 'Minuten', 'Sekunden')}\n"
        f"{clock(t.start, 'm:s')}\n{t.text}", "Anna Weber hat die Transkription gestartet\n"), 1.0),
    Layout("teams_two_voices.vtt", lambda turns: "WEBVTT\n\n" + "\n".join(
        f"{clock(a.start)} --> {clock(max(a.end, b.end))}\n<v {a.name}>{escape(a.text)}</v>\n"
        f"<v {b.name}>{escape(b.text)}</v>\n" for a, b in zip(turns[::2], turns[1::2], strict=False)
    ), 6.0),
    Layout("meet_german.txt", _meet("Transkript", "Besprechung endete nach 00:01:40 👋"), 30.0,
           speakers=0.85),
    Layout("meet_markdown.md", _meet("Transcript", "### Meeting ended after 00:01:40 👋", "**"),
           30.0, speakers=0.85),
    Layout("zoom_captions.txt", _lines(lambda t: f"[{t.name}] {_wall(t.start)}\n{t.text}\n"), 1.0),
    Layout("zoom_chat.txt", _lines(
        lambda t: f"2026-03-04 {_wall(t.start)} From {t.name} to Everyone:\n\t{t.text}"), 1.0),
    Layout("zoom_changes.vtt", _changes_only, speakers=0.5),
    Layout("otter_export.txt", _lines(
        lambda t: f"{t.name}  {clock(t.start, 'mm:ss')}\n{t.text}\n", _OTTER_HEAD,
        "\nTranscribed by https://otter.ai\n"), 1.0),
    Layout("otter_numbers.txt", _lines(
        lambda t: f"Speaker {NUMBERS[t.voice] + 1}  {clock(t.start, 'm:s')}  \n{t.text}\n",
        "Note\n\n"), 1.0),
    Layout("rev_brackets.txt", _lines(
        lambda t: f"{t.name}: [{clock(t.start, 'h:m:s')}]\n{t.text}\n"), 1.0),
    Layout("rev_numbers.txt", _lines(
        lambda t: f"Speaker {NUMBERS[t.voice] + 1} ({clock(t.start, 'mm:ss')}):\n{t.text}\n"), 1.0),
    Layout("rev_captions.srt", lambda turns: "\n".join(
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        f">> {t.name}: {t.text}\n" for k, t in enumerate(turns, 1))),
    Layout("trint_after.txt", _lines(
        lambda t: f"{t.name}\n[{clock(t.start, 'h:m:s')}] {t.text}\n"), 1.0),
    Layout("trint_ranges.csv", lambda turns: "Speaker,In,Out,Duration,Text\n" + "".join(
        f'{t.name},{clock(t.start, "h:m:s:ff")},{clock(t.end, "h:m:s:ff")},00:00:04:10,"{t.text}"\n'
        for t in turns)),
    Layout("descript_links.md", _lines(
        lambda t: f"**{t.name}:** [[{clock(t.start, 'h:m:s')}](https://share.descript.example/v/x?t="
        f"{t.start})] {t.text}\n"), 1.0),
    Layout("descript_markers.txt", _lines(
        lambda t: f"[{clock(t.start, 'h:m:s')}] **{t.name}:** {t.text}\n", "# Session\n\n"), 1.0),
    Layout("descript_frames.txt", _lines(
        lambda t: f"{_framed(t.start, ';')} {t.name}: {t.text}\n"), 0.1),
    Layout("f4_letters.txt", _f4_german, 2.0),
    Layout("f4_sentences.txt", _f4_inside, 6.0),
    Layout("f4x_ranges.txt", _lines(
        lambda t: f"[{clock(t.start, 'h:m:s.cc')}] Sprecher {NUMBERS[t.voice] + 1}: {t.text} "
        f"[{clock(t.end, 'h:m:s.cc')}]\n"), 0.1),
    Layout("inqscribe_drop.txt", _lines(
        lambda t: f"[{_framed(t.start, ';')}] {t.name}: {t.text}")),
    Layout("inqscribe_block.txt", _lines(
        lambda t: f"[{_framed(t.start, '.')}]\n{t.name.upper()}\n{t.text}\n")),
    Layout("inqscribe_tab.txt", lambda turns: "Time\tDuration\tSpeaker\tTranscript\n" + "".join(
        f"{_framed(t.start, '.')}\t{_framed(t.end - t.start, '.')}\t{t.name}\t{t.text}\n"
        for t in turns)),
    Layout("whispercpp.csv", lambda turns: "start,end,speaker,text\n" + "".join(
        f'{round(t.start * 1000)},{round(t.end * 1000)},{NUMBERS[t.voice]}," {t.text}"\n'
        for t in turns)),
    Layout("whispercpp_speakers.txt", _lines(
        lambda t: f"[{clock(t.start)} --> {clock(t.end)}]  (speaker {NUMBERS[t.voice]}) {t.text}")),
    Layout("whispercpp_turns.vtt", _cues(lambda k, t: f"|{t.text} [SPEAKER_TURN]"), speakers=0.0),
    Layout("whisper_renamed.txt", lambda turns: "start\tend\ttext\n" + "".join(
        f"{round(t.start * 1000)}\t{round(t.end * 1000)}\t{t.text}\n" for t in turns),
           speakers=0.0),
    Layout("whisperx.srt", _cues(
        lambda k, t: f"{k}\n|[SPEAKER_0{NUMBERS[t.voice]}]: {t.text}", "", ",")),
    Layout("elan_no_header.txt", _elan_no_header),
    Layout("elan_columns.tsv", _elan_columns),
    Layout("elan_pal.txt", _elan_pal),
    Layout("german_numbers.csv", lambda turns: (
        "Nr.;Zeit von;Zeit bis;Sprecher/in;Text\n" + "".join(
        f'{k};{clock(t.start, "h:m:s,mmm")};{clock(t.end, "h:m:s,mmm")};{t.name};"{t.text}"\n'
        for k, t in enumerate(turns, 1))).encode("cp1252")),
    Layout("german_seconds.csv", lambda turns: (
        "Beginn [s];Ende [s];Sprecher:in;Gesagtes\n" + "".join(
        f'{_comma(t.start)};{_comma(t.end)};{t.name};"{t.text}"\n' for t in turns)
    ).encode("utf-8-sig")),
    Layout("german_stamps.csv", lambda turns: "Zeitstempel;Person;Äußerung;Anmerkung\n" + "".join(
        f'{clock(t.start, "m:s")};{t.name};"{t.text}";\n' for t in turns), 1.0),
    Layout("spaces.rttm", _rttm(
        lambda t: f"SPEAKER Sitzung 12 März 1 {_comma(t.start)} {_comma(t.end - t.start)} <NA> "
        f"<NA> {t.name} <NA> <NA>")),
    Layout("tabs_scores.rttm", _rttm(
        lambda t: f"SPEAKER\ts12\t0\t{t.start}\t{t.end - t.start:.3f}\t<NA>\t<NA>\t{t.name}\t0.93",
        "SPKR-INFO s12 0 <NA> <NA> <NA> unknown Anna <NA> <NA>\n;; made by hand\n")),
    Layout("short.rttm", _rttm(
        lambda t: f"SPEAKER s12 1 {t.start:.2f} {t.end - t.start:.2f} <NA> <NA> {t.voice}")),
    Layout("video_later.eaf", _eaf(("", "1100")), says=("transcript.moved",)),
    Layout("two_origins.eaf", _eaf(("1000", "")), says=("format.time_origin",)),
    Layout("rated.eaf", _eaf(("",), _rated(["hoch", "niedrig", "hoch", "mittel", "hoch"] * 3), 16),
           says=("format.tiers_left_out",)),
    Layout("chronological.TextGrid", _chronological),
    Layout("marked_rev.txt", _marked(
        _lines(lambda t: f"{t.name} ({clock(t.start, 'mm:ss')}):\n{t.text}\n"), _MARKS), 1.0,
        says=("format.marks",)),
    Layout("marked.vtt", _marked(
        _cues(lambda k, t: f"|<v {t.name}>{t.text.replace('<laughs>', '&lt;laughs&gt;')}</v>"),
        _MARKS), says=("format.marks",)),
    Layout("marked_f4.txt", _marked(_f4_german, _MARKS), 2.0, says=("format.marks",)),
    Layout("marked_untimed.txt", _marked(_lines(lambda t: f"{t.name}: {t.text}"), _MARKS), None,
           speakers=0.9, says=("format.marks",)),
    *(Layout(name, write, speakers=0.0 if name.startswith("whispercpp") else 1.0)
      for name, write in STRANGE_SHAPES.items()),
)  # fmt: skip

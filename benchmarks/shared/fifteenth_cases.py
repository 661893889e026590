"""Fifteenth round of layouts: what is right of each was written before anything was run on it.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.ninth_cases`): legends and footers of bureaus and
services around a transcript, slips of who types, marks of German research, what word processors and
spreadsheets add, and endings that are not the format's. Files of programs are in
`benchmarks.shared.fifteenth_files`.
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.shared.fifteenth_files import IN_FILES
from benchmarks.shared.fourteenth_cases import in_german, longer_in_german
from benchmarks.shared.said import Said, clock
from benchmarks.shared.third_cases import each
from benchmarks.shared.written_cases import Layout

__all__ = ["FIFTEENTH"]

Turns = Sequence[Said]
_TK = {"therapist": "T", "client": "K"}
_NOTED = ("format.marks",)


def _legend_in_front(turns: Turns) -> str:
    """Give a list of who is who in front, written as turns are."""
    head = "S1: Anna Weber (Therapeutin)\nS2: Jonas Lind (Klient)\n\n"
    who = {"therapist": "S1", "client": "S2"}
    return head + "".join(f"[{clock(t.start, 'mm:ss')}] {who[t.voice]}: {t.text}\n" for t in turns)


def _legend_behind(turns: Turns) -> str:
    """Give the rules of transcription below the transcript, as a thesis has them."""
    tail = (
        "\nTranskriptionsregeln:\n(.) = kurze Pause\n(lacht) = nonverbale Äußerung\n"
        "GROSS = betont\n/ = Abbruch\n"
    )
    rows = (f"[{clock(t.start, 'mm:ss')}] {_TK[t.voice]}: {t.text}\n" for t in turns)
    return "".join(rows) + tail


def _footer(line: str) -> Callable[[Turns], str]:
    """Give a service's plain transcript, and a line of its own below and above."""

    def write(turns: Turns) -> str:
        rows = (
            f"[Speaker {1 + (t.voice == 'client')}] ({clock(t.start, 'm:s')} - "
            f"{clock(t.end, 'm:s')})\n{t.text}\n"
            for t in turns
        )
        return f"{line}\n\n" + "\n".join(rows) + f"\n{line}\n"

    return write


def _made_by_machine(turns: Turns) -> str:
    tail = "\nDieses Transkript wurde automatisch erstellt und kann Fehler enthalten.\n"
    return (
        "\n".join(
            f"Sprecher {1 + (t.voice == 'client')}   {clock(t.start, 'mm:ss')}\n{t.text}\n"
            for t in turns
        )
        + tail
    )


def _tiq(turns: Turns) -> str:
    """Give the marks of reconstructive research: drawn out sounds, laughter, overlap."""
    rows = []
    for t in turns:
        text = t.text
        if len(text.split()) > 6:
            first, second, *rest = text.split()
            text = " ".join((first, second, "(.)", *rest[:2], "@(.)@", *rest[2:]))
        if len(t.text) < 5:
            text = f"└{text}┘"
        rows.append(
            f"{'Af' if t.voice == 'therapist' else 'Bm'}: {text} #{clock(t.end, 'h:m:s-t')}#\n"
        )
    return "".join(rows)


def _drawn_out(turns: Turns) -> list[Said]:
    """Let a German conversation have sounds drawn out with colons, at the beginning too."""
    out = []
    for t in in_german(turns):
        text = t.text.replace("Still.", "Sti:ll.").replace("Ja. Ich", "Ja:: Ich")
        out.append(replace(t, text=text))
    return out


def _label_mistyped(turns: Turns) -> str:
    """Give a typed transcript in which one label has two letters exchanged."""
    label = {"therapist": "Therapeutin", "client": "Klient"}
    return "".join(
        f"[{clock(t.start, 'mm:ss')}] {'Therapeuitn' if k == 6 else label[t.voice]}: {t.text}\n"
        for k, t in enumerate(turns)
    )


def _mark_mistyped(turns: Turns) -> str:
    """Give a typed transcript in which two labels end in another mark than a colon."""
    marks = {4: ";", 9: "."}
    return "".join(
        f"{_TK[t.voice]}{marks.get(k, ':')} {t.text} ({clock(t.start, 'mm:ss')})\n"
        for k, t in enumerate(turns)
    )


def _bracket_lost(turns: Turns) -> str:
    """Give a typed transcript in which two times lack a bracket, and one has a dot."""

    def stamp(k: int, t: Said) -> str:
        at = clock(t.start, "mm:ss")
        return {3: f"[{at}", 7: f"{at}]", 11: f"[{at.replace(':', '.')}]"}.get(k, f"[{at}]")

    return "".join(f"{stamp(k, t)} {_TK[t.voice]}: {t.text}\n" for k, t in enumerate(turns))


def _inline(turns: Turns) -> str:
    """Give one paragraph, every turn with its time and label in front of it."""
    return " ".join(f"[{clock(t.start, 'h:m:s')}] {_TK[t.voice]}: {t.text}" for t in turns) + "\n"


def _minute_in_turn(turns: Turns) -> str:
    """Give times at turns, and a further one wherever half a minute begins within a turn."""
    rows = []
    for t in turns:
        words = []
        passed = int(t.start // 30)
        for a, _, w in t.words:
            if int(a // 30) > passed:
                passed = int(a // 30)
                words.append(f"[{clock(a, 'mm:ss')}]")
            words.append(w)
        rows.append(f"[{clock(t.start, 'mm:ss')}] {t.name}: {' '.join(words)}\n")
    return "\n".join(rows)


def _every_fifth(turns: Turns) -> str:
    """Give a page whose every fifth line has its number at the margin, turns wrapped."""
    rows: list[str] = []
    for t in turns:
        rows += textwrap.wrap(f"{_TK[t.voice]}: {t.text} ({clock(t.start, 'mm:ss')})", 60)
    return "".join(f"{k if k % 5 == 0 else '':>3}  {row}\n" for k, row in enumerate(rows, 1))


def _hyphens(turns: Turns) -> str:
    """Give text copied from a printed page: lines wrapped, words parted at their ends."""
    rows = []
    for t in turns:
        line, out = f"{_TK[t.voice]} ({clock(t.start, 'mm:ss')}): ", []
        for word in t.text.split():
            if len(line) + len(word) > 40 and len(word) > 7 and word.isalpha():
                out.append(f"{line}{word[:4]}-")
                line = f"{word[4:]} "
            else:
                line += f"{word} "
        rows.append("\n".join([*out, line.rstrip()]))
    return "\n\n".join(rows) + "\n"


def _margin_notes(turns: Turns) -> str:
    """Give text copied from a word processor with a supervisor's comments between the turns."""
    rows = [f"[{clock(t.start, 'mm:ss')}] {_TK[t.voice]}: {t.text}\n" for t in turns]
    rows.insert(12, "Kommentiert [AW2]: Hier vielleicht länger warten\n")
    rows.insert(5, "Kommentiert [AW1]: Schöne Reflexion!\n")
    return "".join(rows)


def _pseudonyms(turns: Turns) -> str:
    """Give captions in which places stand in angle brackets instead of the names they had."""
    rows = ["WEBVTT\n"]
    for k, t in enumerate(turns):
        words = t.text.split()
        if k == 4:
            words.insert(3, "<ORT_1>")
        rows.append(f"{clock(t.start)} --> {clock(t.end)}\n<v {t.name}>{' '.join(words)}</v>\n")
    return "\n".join(rows)


def _mojibake(turns: Turns) -> bytes:
    """Give captions that were read in the wrong encoding once, and saved so."""
    text = each("{ah} --> {bh}\n<v {n}>{t}</v>\n", head="WEBVTT\n\n")(turns)
    return text.encode().decode("cp1252").encode()


def _ligatures(turns: Turns) -> str:
    """Give text copied from a printed page with its ligatures, umlauts of two signs, and dashes."""
    text = each("[{m}] {i}: {t}\n")(turns)
    for plain, joined in (
        ("ff", "ﬀ"),
        ("fi", "ﬁ"),
        ("fl", "ﬂ"),
        ("ö", "o\u0308"),
        ("ü", "u\u0308"),
    ):
        text = text.replace(plain, joined)
    return text


def _hearings(turns: Turns) -> str:
    """Give a hearing: one who asks is named once, then questions and answers by letters."""
    rows = ["DIRECT EXAMINATION\n", "BY MS. WEBER:\n"]
    letter = {"therapist": "Q.", "client": "A."}
    rows += [f"    {letter[t.voice]}    {t.text} [{clock(t.start, 'h:m:s')}]\n" for t in turns]
    return "".join(rows)


def _names_angled(turns: Turns) -> str:
    short = {"therapist": "anna", "client": "jonas"}
    return "".join(f"[{clock(t.start, 'h:m:s')}] <{short[t.voice]}> {t.text}\n" for t in turns)


def _wall_and_own(turns: Turns) -> str:
    """Give the time of day and the time of the recording, both, before each turn."""
    return "".join(
        f"[{clock(14 * 3600 + 125 + t.start, 'h:m:s')} | {clock(t.start, 'mm:ss')}] "
        f"{t.name}: {t.text}\n"
        for t in turns
    )


def _primes(turns: Turns) -> str:
    return "".join(
        f"{int(t.start // 60)}’{int(t.start % 60):02}’’ {_TK[t.voice]}: {t.text}\n" for t in turns
    )


def _heading_then_lines(turns: Turns) -> str:
    """Give a notebook's page: a heading for who speaks, and a point for each sentence below it."""
    rows, voice = ["# Session 12\n"], ""
    for t in turns:
        rows += [f"\n### {t.name}\n\n"] if t.voice != voice else []
        voice = t.voice
        rows.append(f"- [{clock(t.start, 'mm:ss')}](session12.m4a#t={int(t.start)}) {t.text}\n")
    return "".join(rows)


def _model_wrote(turns: Turns) -> str:
    """Give what a language model was asked to write as a table with a sentence around it."""
    who = {"therapist": "Therapist", "client": "Client"}
    rows = [f"- **{clock(t.start, 'mm:ss')}–{clock(t.end, 'mm:ss')} | {who[t.voice]}:** {t.text}\n"
            for t in turns]  # fmt: skip
    head = "Here is the cleaned transcript of the session with speaker labels:\n\n"
    return head + "".join(rows) + "\nLet me know if you would like a summary as well!\n"


def _closing_credit(turns: Turns) -> str:
    """Give a recogniser's captions that end in what it invented over silence."""
    rows = each("{j}\n{ac} --> {bc}\n{n}: {t}\n")(turns)
    return (
        rows + "\n19\n00:01:37,500 --> 00:01:39,500\nUntertitel im Auftrag des ZDF für funk, 2017\n"
    )


def _overridden(turns: Turns) -> str:
    """Give captions with an editor's codes of place and italics, names in capitals on a line."""
    rows = (
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        f"{{\\an8}}{{\\i1}}{t.name.upper()}:{{\\i0}}\\N{t.text}\n"
        for k, t in enumerate(turns, 1)
    )
    return "\n".join(rows)


def _colon_thousandths(turns: Turns) -> str:
    """Give captions whose thousandths stand behind a colon, as some converters write them."""

    def at(seconds: float) -> str:
        return clock(seconds).replace(".", ":")

    return "\n".join(f"{k}\n{at(t.start)} --> {at(t.end)}\n{t.name}: {t.text}\n"
                     for k, t in enumerate(turns, 1))  # fmt: skip


def _speaker_in_note(turns: Turns) -> str:
    """Give captions whose speaker stands in a comment before each cue."""
    return "WEBVTT\n\n" + "\n".join(
        f"NOTE Speaker: {t.name}\n\n{clock(t.start)} --> {clock(t.end)}\n{t.text}\n" for t in turns
    )


def _ulm(turns: Turns) -> str:
    """Give a text bank's rules: labels with a semicolon, comments with an exclamation mark."""
    rows = []
    for t in turns:
        words = t.text.split()
        if len(words) > 8:
            words.insert(5, "(!lacht)")
            words.insert(3, "-")
        rows.append(f"{_TK[t.voice]}; {' '.join(words)} [{clock(t.start, 'mm:ss')}]\n")
    return "".join(rows)


def _german_people(turns: Turns) -> str:
    who = {
        "therapist": "Dr. med. Anna Weber-Lindt, Dipl.-Psych. (sie/ihr)",
        "client": "Herr J. Lind",
    }
    return "".join(f"{who[t.voice]}, {clock(t.start, 'mm:ss')} Uhr: {t.text}\n" for t in turns)


def _with_dashes(turns: Turns) -> str:
    """Give names parted from what is said by a dash, and what is said has dashes too."""
    return "".join(f"{clock(t.start, 'mm:ss')} – {t.name} – {t.text}\n" for t in turns)


def _tired(turns: Turns) -> list[Said]:
    return [
        replace(t, text=t.text.replace("Vermutlich. Die", "Vermutlich – die"))
        for t in in_german(turns)
    ]


# To add a layout, add a row. What is right: read, but where `says` has the reason of a refusal.
FIFTEENTH: tuple[Layout, ...] = (
    *IN_FILES,
    Layout("who_is_who.txt", _legend_in_front, 1.0, told=in_german, marks=("Therapeutin", "S1")),
    Layout("rules_below.txt", _legend_behind, 1.0, told=in_german, marks=("Pause", "betont", "=")),
    Layout("trial_version.txt", _footer("(Transcribed by TurboScribe.ai. Go Unlimited to remove "
           "this message.)"), 1.0, marks=("Transcribed", "Unlimited")),
    Layout("by_machine.txt", _made_by_machine, 1.0, told=in_german,
           marks=("automatisch", "Sprecher")),
    Layout("reconstructive.txt", _tiq, 12.0, marks=("@", "(.)", "└"),
           told=lambda turns: [t for t in _drawn_out(turns) if len(t.text) > 4]),
    Layout("drawn_out.txt", each("[{m}] {i}: {t}\n"), 1.0, told=_drawn_out),
    Layout("label_mistyped.txt", _label_mistyped, 1.0, told=in_german, marks=("Therapeu",)),
    Layout("mark_mistyped.txt", _mark_mistyped, 1.0, told=in_german, marks=("K;", "K.")),
    Layout("bracket_lost.txt", _bracket_lost, 1.0, told=in_german),
    Layout("inline_times.txt", _inline, 1.0, told=in_german),
    Layout("half_minutes_within.txt", _minute_in_turn, 1.0),
    Layout("every_fifth_line.txt", _every_fifth, 1.0, told=in_german),
    Layout("hyphens_at_ends.txt", _hyphens, 1.0, told=longer_in_german),
    Layout("comments_between.txt", _margin_notes, 1.0, told=in_german,
           marks=("Kommentiert", "Reflexion")),
    Layout("pseudonyms.vtt", _pseudonyms, says=_NOTED, marks=("ORT",)),
    Layout("read_wrongly_once.vtt", _mojibake, told=in_german),
    Layout("ligatures.txt", _ligatures, 1.0, told=in_german),
    Layout("hearing.txt", _hearings, 1.0, marks=("WEBER", "EXAMINATION", "Q.")),
    Layout("names_angled.txt", _names_angled, 1.0, marks=("anna", "jonas")),
    Layout("day_and_own.txt", _wall_and_own, 1.0),
    Layout("primes.txt", _primes, 1.0, told=in_german, marks=("’’",)),
    Layout("notebook.md", _heading_then_lines, 1.0, marks=("Session", "m4a")),
    Layout("model_wrote.md", _model_wrote, 1.0, marks=("transcript", "summary", "**")),
    Layout("invented_credit.srt", _closing_credit, marks=("ZDF",),
           says=("format.invented",)),
    Layout("overridden.srt", _overridden, marks=("an8", "ANNA", "\\")),
    Layout("colon_thousandths.srt", _colon_thousandths),
    Layout("speaker_in_note.vtt", _speaker_in_note, marks=("NOTE",)),
    Layout("text_bank.txt", _ulm, 1.0, told=longer_in_german, marks=("lacht", "!"), says=_NOTED),
    Layout("titles_and_clock.txt", _german_people, 1.0, told=in_german,
           marks=("Uhr", "Psych", "sie/ihr")),
    Layout("dashes_part.txt", _with_dashes, 1.0, told=_tired),
)  # fmt: skip

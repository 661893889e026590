"""What tools write around and between the lines of a text, before it is taken apart.

Conventions
-----------
Lines in which nobody speaks (who started the transcription, who made it) are known by how they are
written; everything else that only one tool does is written as the others do.
"""

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from diarize.formats.page import set_right
from diarize.formats.salt import without_salt
from diarize.formats.shown import unescaped
from diarize.formats.times import CLOCK, SPELT, time_of
from diarize.settings import Formats

__all__ = ["ADDED", "plainer"]

_F4 = re.compile(r"[#(](\d{1,2}:\d{2}:\d{2})-(\d)[#)]")
_LETTERED = re.compile(r"\[(?:(\d{1,2})h\s?)?(\d{1,3})m\s?(\d{1,2})s\]")  # "[1m 5s]"
_SPEAKER_LINE = re.compile(r"^(?:speaker|sprecher):[ \t]+(\S.{0,60}?)[ \t]*$", re.I | re.M)
_LINK = re.compile(rf"\[{{1,2}}({CLOCK})\]\([^()\s]{{1,500}}\)\]?")
_QUOTED = re.compile(r"^> ?", re.M)
_CALLOUT = re.compile(r"^(> ?)\[![\w-]{1,30}\][+-]?[ \t]*", re.M)  # of what kind a note is
_TICKED = re.compile(rf"`({CLOCK}(?:\s*[-–—]\s*{CLOCK})?)`")
_OUTLINED = re.compile(
    rf"^((?:[\[(]?{CLOCK}[\])]?[ \t]+)?[^:\n]{{1,40}}?)[ \t]+::[ \t]+(?=\S)", re.M
)  # "0:01 Anna :: Well."
_NAME_BEHIND = re.compile(
    rf"^(\S.*\S)[ \t]*[{{\[(]({CLOCK})(?:\s*[-–—]\s*({CLOCK}))?[}}\])][ \t]*[-–—][ \t]*"
    r"([^\W\d][^:\n{}\[\]]{0,40})$",
    re.M,
)  # "Well. {0:01-0:02} – Anna"
_BOLD = re.compile(r"^([^\n*]{0,40})\*\*([^\n*]{1,60})\*\*[ \t]+[-–—][ \t]+", re.M)
_COUNT = r"(\d{1,6}[.,]\d{1,3})\s?s?"  # of seconds
_COUNTS = re.compile(rf"^[\[(]?{_COUNT}\s*(?:-->|->|→|-|–|to)\s*{_COUNT}[\])]?(?=\s|$)", re.M)
_TWO_CLOCKS = re.compile(rf"^({CLOCK})[ \t]+({CLOCK})[ \t]*$", re.M)
_BELOW = re.compile(
    rf"^(\S[^\n]{{0,90}}?)(?: {{2,}}|\t+)(\S.*(?:\n(?!TC\s).+)*)\n"
    rf"TC\s+({CLOCK}\s+-\s+{CLOCK})[ \t]*$",
    re.M,
)  # as ELAN writes a conversation down: the time below what was said
_LOGGED = re.compile(
    r"^(?:[A-Z]+:?\s+)?Text=(.*?),?\s+Speaker ?ID=(\S+).*$", re.M
)  # as a recogniser's example program prints it
_BEHIND = re.compile(
    rf"^(\S.*\S)[ \t]*[(\[]([^()\[\]\d:]{{1,60}}?),?[ \t]+({CLOCK})(?:\s*[-–—]\s*({CLOCK}))?[)\]]"
    r"[ \t]*$",
    re.M,
)  # "Well. (Anna, 0:01-0:02)"
_ASKED = re.compile(r"^(\s*\d{1,3}[ \t]+|[ \t]*)([QA])\.[ \t]{2,}(?=\S)", re.M)  # of a court
_INSIDE = re.compile(rf"(?<=\S)[ \t]+(?=[\[(]{CLOCK}[\])][ \t]*[^\W\d][^:\n\[\]]{{0,60}}:\s)")
_CLOCK_SPELT = re.compile(rf"^(\d{{1,2}}(?::\d{{2}}){{1,2}})[ \t]?({SPELT})(.*)$", re.I | re.M)
_PRIMES = re.compile(
    r"^[\[(]?(?:(\d{1,2}) ?h ?)?(\d{1,3}) ?(?:mn|min|m|['’′]) ?(\d{2}(?:[.,]\d{1,3})?) ?"
    r"(?:s|\"|”|″|''|’’)?[\])]?(?=[\s:,;]|$)",
    re.M,
)  # "[0h12'04\"]", "12'04''"
_TWO_COUNTS = re.compile(rf"^{_COUNT}[ \t]+{_COUNT}[ \t]+(?=[^\W\d])", re.M)
_ONE_COUNT = re.compile(r"^[\[(](\d{1,6}[.,]\d{1,3})\s?s(?:ec|ek)?\.?[\])](?=\s|$)", re.M)
_BARS = re.compile(
    rf"^({CLOCK}(?:\s*[-–—]\s*{CLOCK})?)[ \t]*\|[ \t]*([^|:\n]{{1,40}}?)[ \t]*\|[ \t]*(?=\S)", re.M
)
_SPELT_CLOCK = re.compile(rf"^({SPELT})\s?({CLOCK})$", re.I | re.M)
_TIME_ALONE = re.compile(rf"^\W{{0,3}}{CLOCK}\W{{0,3}}$")  # as it stands below a name
_PAGE = re.compile(r"^\W*(?:page|seite)\s+\d{1,4}(?:\s+(?:of|von|de|/)\s+\d{1,4})?\W*$", re.I)
_PAGE_NUMBER = re.compile(r"^[ \t]*[-–—][ \t]?\d{1,4}[ \t]?[-–—]\s*?$", re.M)
_SYMBOL = re.compile(r"¤\s?<(\d{1,9})>")  # with the milliseconds, as Transana saves it
# Somebody's name, and no line of theirs: "Anna: she left the meeting" is said, not told.
_WHO = r"(?:(?!\w:\s).){0,80}"
ADDED = re.compile(
    r"^\W*+(?:(?<=#\+)[a-z_]{2,20}:.*"  # an outline's title and options
    r"|(?:transcribed|transkribiert|created|generated|recorded) (?:by|von|with|mit)\b.*"
    r"|(?:end of|ende der|ende des) (?:the )?(?:transcript|recording|audio|interview|aufnahme).*"
    r"|(?:page|seite)\s+\d{1,4}(?:\s+(?:of|von)\s+\d{1,4})?"
    r"|(?:begin|end) transcript(?:ion)?|audio ?file|audiodatei|transkript|transcript"
    r"|meeting ended after\b.*|end subtitles|audio (?:ends|starts)"
    r"|transcription (?:started|ended|stopped)\b.*"
    rf"|{_WHO} (?:started|stopped) (?:the )?(?:transcription|recording)"
    r"|(?:kommentiert|comment(?:ed)?) \[[^\W\d_]{1,5}\d{1,4}\]:.*"  # at a page's margin
    r"|(?:dieses transkript|diese transkription) wurde .*(?:erstellt|generiert|erzeugt).*"
    r"|this trans(?:cript|cription) (?:was|is|has been) .*(?:generated|created|produced).*"
    r"|this editable transcript was computer generated.*|people can also change the text.*"
    rf"|{_WHO} (?:joined|left) the (?:meeting|call|conference)\.?"
    rf"|{_WHO} hat (?:die|das) (?:transkription|transkript|aufzeichnung|aufnahme|besprechung) ?"
    r"(?:gestartet|begonnen|beendet|angehalten|verlassen)"
    rf"|{_WHO} a (?:démarré|lancé|arrêté) (?:la transcription|l['’]enregistrement)"
    rf"|{_WHO} (?:a (?:quitté|rejoint) (?:la réunion|l['’]appel)|s['’]est jointe? à (?:la réunion|"
    r"l['’]appel)|(?:salió de|abandonó|se unió a|entró en) la (?:reunión|llamada)|ist der "
    r"(?:besprechung|konferenz) beigetreten|(?:ha lasciato|è entrat[oa] nel)la riunione)\.?"
    # A task or a mark that a tool set, with a link to its place in the recording.
    r"|[^\n]{0,400}\bhttps?://[^\s?#]{1,300}[?&#](?:t|time|timestamp|start)=\d[^\s]{0,300}"
    rf"|{_WHO} (?:inició|detuvo) la (?:transcripción|grabación)"
    r"|(?:besprechung endete nach|réunion terminée après|la reunión terminó después de)\b.*)\W*$",
    re.IGNORECASE,
)


def plainer(text: str, formats: Formats) -> str:
    """Write clocks and speakers' lines of single tools as others do."""
    text = _without_page_heads(_PAGE_NUMBER.sub("Page 1", without_salt(unescaped(text))))
    text = _TICKED.sub(r"\1", _CALLOUT.sub(r"\1", text))
    text = _without_initials(_LINK.sub(r"[\1]", text), formats)
    text = _habitual(set_right(text, formats))
    text = _F4.sub(r"[\1.\2]", _without_spelt(text))
    if len(_INSIDE.findall(text)) > text.count("\n") + 1:  # a turn after another in one paragraph
        text = _INSIDE.sub("\n", text)
    if 2 * len(_BEHIND.findall(text)) > text.count("\n"):
        text = _BEHIND.sub(lambda m: _in_front(*m.groups()), text)
    told = [(said, name) for said, _, _, name in _NAME_BEHIND.findall(text)]
    few = 2 * len({name for _, name in told}) <= len({said for said, _ in told})
    if few and 2 * len(told) > text.count("\n"):
        text = _NAME_BEHIND.sub(lambda m: _in_front(m[1], m[4], m[2], m[3]), text)
    if {"Q", "A"} <= {who for _, who in _ASKED.findall(text)}:
        text = _ASKED.sub(r"\1\2: ", text)
    text = _LOGGED.sub(r"\2: \1", text)
    text = _TWO_CLOCKS.sub(r"\1 --> \2", _BELOW.sub(r"[\3] \1: \2", text))
    if 2 * len(_COUNTS.findall(text)) > text.count("\n"):
        text = _COUNTS.sub(lambda m: f"[{_at(m[1])} --> {_at(m[2])}] ", text)
    text = _SYMBOL.sub(lambda m: f"[{_clock(int(m[1]))}] ", text)
    text = _LETTERED.sub(lambda m: f"[{int(m[1] or 0)}:{int(m[2]):02}:{int(m[3]):02}]", text)
    labels = Counter(_SPEAKER_LINE.findall(text))
    often = sum(n for n in labels.values() if n > 1) > 1
    return _SPEAKER_LINE.sub(r"\1:", text) if often else text


def _in_front(said: str, name: str, start: str, end: str | None) -> str:
    return f"[{start}{f' --> {end}' if end else ''}] {name}: {said}"


def _habitual(text: str) -> str:
    """Write as others do what stands in most lines: quotes, bold names, clocks of other kinds."""
    most = sum(bool(line.strip()) for line in text.split("\n")) / 2
    written: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
        (_QUOTED, ""),
        (_BOLD, r"\1\2: "),
        (_PRIMES, lambda m: f"[{int(m[1] or 0)}:{int(m[2]):02}:{m[3]}]"),
        (_CLOCK_SPELT, _once),
        (_TWO_COUNTS, lambda m: f"[{_at(m[1])} --> {_at(m[2])}] "),
        (_ONE_COUNT, lambda m: f"[{_at(m[1])}]"),
        (_BARS, r"[\1] \2: "),
        (_OUTLINED, r"\1: "),
    )
    for form, as_others in written:
        if len(form.findall(text)) > most:
            text = form.sub(as_others, text)
    return text


def _once(found: re.Match[str]) -> str:
    """Give a line with a time and the same in words, glued to what is said, without the words."""
    clock, spelt, said = found.groups()
    if time_of(clock) != time_of(spelt):
        return found[0]
    one = re.search(r"\b1 [^\W\d]{1,20}s$", spelt)  # "1 seconds" is "1 second" and an s
    return f"{clock} {'s' if one and said[:1].islower() else ''}{said}"


def _without_page_heads(text: str) -> str:
    """Write what stands at the turns of pages, and nowhere else, as the number of a page."""
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    fed = [k for k, i in enumerate(filled) if "\f" in lines[i]]
    numbered = [k for k, i in enumerate(filled) if _PAGE.match(lines[i])]
    beside = {k + step for k in (*fed, *numbered) for step in (-1, 0, 1)} - {*numbered} | {0}
    beside -= {k for k in beside if k + 1 < len(filled) and _TIME_ALONE.match(lines[filled[k + 1]])}
    said = {i: lines[i].strip() for k, i in enumerate(filled) if k in beside}
    counts, every = Counter(said.values()), Counter(line.strip() for line in lines)
    pages = max(len(fed), len(numbered))
    heads = {
        line
        for line, n in counts.items()
        if n == every[line] > max(1, pages // 2) and not re.search(CLOCK, line)
    }
    return "\n".join("Page 1" if said.get(i) in heads else x for i, x in enumerate(lines))


def _without_initials(text: str, formats: Formats) -> str:
    """Take out lines that are the initials of the name below: what pictures are copied as."""
    lines = text.splitlines()
    marked = {i for i, (one, name) in enumerate(pairwise(map(str.strip, lines)))
              if one.isalpha() and one.isupper() and len(one) <= formats.initials_max
              and one[0] + one[-1] == name[:1].upper() + (name.split() or " ")[-1][:1].upper()
              and len(name) > len(one)}  # fmt: skip
    few = len(marked) < formats.initials_lines_min
    if few or len({lines[i + 1].strip() for i in marked}) * 2 > len(marked):
        return text
    return "\n".join(line for i, line in enumerate(lines) if i not in marked)


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _at(count: str) -> str:
    return _clock(round(1000 * float(count.replace(",", "."))))


def _without_spelt(text: str) -> str:
    """Take out lines that spell a time beside them again, for those who have pages read aloud.

    It stands above or below the clock, there perhaps behind the name.
    """
    text = _SPELT_CLOCK.sub(
        lambda both: both[2] if time_of(both[1]) == time_of(both[2]) else both[0], text
    )
    lines = [line.strip() for line in text.splitlines()]
    again = set[int]()
    for i, (one, other) in enumerate(pairwise(lines)):
        if _spells(other, one, named=True):
            again.add(i + 1)
        elif _spells(one, other, named=False):
            again.add(i)
    return "\n".join(line for i, line in enumerate(lines) if i not in again) if again else text


def _spells(line: str, clock: str, *, named: bool) -> bool:
    """Whether a line spells the time that another shows, behind a name perhaps."""
    found = re.fullmatch(rf"(\D.{{0,90}}?\s)?({SPELT})", line, re.I)
    if found is None or (found[1] and not named) or not re.fullmatch(CLOCK, clock):
        return False
    return time_of(found[2]) is not None and time_of(clock) == time_of(found[2])

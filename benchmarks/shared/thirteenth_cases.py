"""Thirteenth round of layouts: what is right of each was written before anything was run on it.

Conventions
-----------
As of the earlier rounds (`benchmarks.shared.ninth_cases`). Here many conversations say something
else than the sample does: times, colons, numbers and names within what is said, other scripts, and
what is no speech between the turns. `told` gives the turns as they are then. Recordings, channels
and pairs of this round are in `benchmarks.shared.thirteenth_sounds`.
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle

from benchmarks.shared.said import NUMBERS, Said, clock
from benchmarks.shared.third_cases import each
from benchmarks.shared.thirteenth_files import IN_FILES
from benchmarks.shared.thirteenth_json import IN_JSON
from benchmarks.shared.written_cases import Layout

__all__ = ["THIRTEENTH"]

Turns = Sequence[Said]
_MURMURS = ("mm", "mm-hm", "Yeah.")


def _otherwise(**texts: str) -> Callable[[Turns], list[Said]]:
    """Say something else in some turns; each key is ``t`` and the turn's number."""

    def told(turns: Turns) -> list[Said]:
        return [replace(t, text=texts.get(f"t{k}", t.text)) for k, t in enumerate(turns)]

    return told


def _in(texts: Sequence[str]) -> Callable[[Turns], list[Said]]:
    """Say other words in every turn, one after the other."""

    def told(turns: Turns) -> list[Said]:
        return [
            replace(t, text=text, words=t.words)
            for t, text in zip(turns, cycle(texts), strict=False)
        ]

    return told


def _longer(turns: Turns) -> list[Said]:
    """Leave out what is murmured."""
    return [t for t in turns if t.text not in _MURMURS]


_TIMES_SAID = _otherwise(
    t1="Um, it's a bit of a strange one. On the Monday, at 10:30, I lost my job.",
    t4="6:00 I get up. I catch the 7:05 bus, 1:30 at the library, and then it's 16:45.",
    t9="All day long, 9 to 5. It's 2:1 that somebody comes.",
)
_COLONS_SAID = _otherwise(
    t1="Um, it's a bit of a strange one: I haven't told anyone this.",
    t4="Yeah: I still get up at six. My wife: nothing. My father: proud.",
    t11="I suppose so. The thing is: my wife says, and I quote: you are the print shop.",
)
_NUMBERS_SAID = _otherwise(t5="6", t12="22", t16="1984.")
_NAMES_SAID = _otherwise(
    t0="Will you tell me what would be useful, Grace?",
    t6="Grace under pressure, sitting there?",
    t9="Will he, or won't he. It is tiring.",
)
_ARABIC = _in(("من الجيد رؤيتك اليوم", "فقدت عملي قبل ثلاثة أسابيع", "نعم",
               "كيف كان ذلك بالنسبة لك؟", "ما زلت أستيقظ في السادسة"))  # fmt: skip
_CHINESE = _in(("很高兴见到你。今天想谈什么？", "三个星期前，我失去了工作。", "嗯。",
                "那是什么感觉？", "我还是六点起床。"))  # fmt: skip
_JAPANESE = _in(("今日はどんなことを話したいですか。", "三週間前に仕事を失いました。", "はい。",
                 "それはどんな感じですか。", "まだ六時に起きます。"))  # fmt: skip
_KOREAN = _in(("오늘 무슨 이야기를 하고 싶으세요?", "삼 주 전에 직장을 잃었어요.", "네.",
               "그건 어떤 느낌인가요?", "아직도 여섯 시에 일어나요."))  # fmt: skip


def _video_panel(turns: Turns) -> str:
    """Give a video site's panel as copied: each time also as a screen reader says it."""

    def aloud(seconds: float) -> str:
        minutes, rest = divmod(int(seconds), 60)
        parts = [f"{minutes} minute{'s' * (minutes > 1)}"] * bool(minutes)
        return ", ".join([*parts, f"{rest} second{'s' * (rest != 1)}"])

    return "".join(f"{clock(t.start, 'm:s')}\n{aloud(t.start)}\n{t.text}\n" for t in turns)


def _video_panel_one_line(turns: Turns) -> str:
    """Give the same panel as some browsers copy it: time, spoken time and words in one line."""
    return "".join(
        f"{clock(t.start, 'm:s')}{int(t.start // 60)} minutes, {int(t.start % 60)} seconds"
        f"{t.text}\n"
        for t in turns
    )


def _summary_first(turns: Turns) -> str:
    """Give a note taker's page: summary, tasks and chapters, each with times, then the words."""
    head = (
        "# Session 12\n\n## Summary\n\nThe client talked about losing a job (00:07) and the "
        "library (00:19).\n\n## Action items\n\n**Anna Weber**\n- Send the form to "
        "Jonas (01:10)\n\n"
        "**Jonas Lind**\n- Call the office (01:22)\n\n## Chapters\n\n00:00 Opening\n"
        "00:19 The days\n"
        "01:16 The photograph\n\n## Transcript\n\n"
    )
    return head + "".join(f"**{t.name}** ({clock(t.start, 'mm:ss')})\n{t.text}\n\n" for t in turns)


def _fathom(turns: Turns) -> str:
    """Give a note taker's text with tasks and links between the turns, and a firm behind names."""
    firm = {"Anna Weber": "Anna Weber (Praxis am Park)", "Jonas Lind": "Jonas Lind"}
    rows = []
    for k, t in enumerate(turns):
        rows.append(f"{clock(t.start, 'm:s')} - {firm[t.name]}\n  {t.text}\n")
        if k in (4, 9):
            rows.append(f"ACTION ITEM: Send the form - WATCH: https://fathom.example/share/x?"
                        f"timestamp={t.end:.1f}\n")  # fmt: skip
    return (
        "Session 12 - March 04\nVIEW RECORDING - 2 mins (No highlights): https://fathom.example/s/x"
        "\n\n---\n\n" + "\n".join(rows)
    )


def _feishu(turns: Turns) -> str:
    names = {"therapist": "韦安娜", "client": "说话人 2"}
    rows = (f"{names[t.voice]} {clock(t.start, 'mm:ss')}\n{t.text}\n" for t in turns)
    head = (
        "会谈 12\n2026年3月4日 下午 2:02|1分钟 40秒\n\n关键词:\n工作、图书馆、照片\n\n文字记录:\n"
    )
    return head + "\n".join(rows)


def _japanese_notes(turns: Turns) -> str:
    names = {"therapist": "田中", "client": "佐藤さん"}
    wide = str.maketrans("0123456789:", "０１２３４５６７８９：")
    rows = (
        f"（{clock(t.start, 'h:m:s').translate(wide)}）{names[t.voice]}：{t.text}" for t in turns
    )
    return "面接記録　第１２回\n" + "\n".join(rows) + "\n"


def _clova(turns: Turns) -> str:
    rows = (f"참석자 {NUMBERS[t.voice] + 1} {clock(t.start, 'mm:ss')}\n{t.text}\n" for t in turns)
    return "상담 12\n2026.03.04 수 오후 2:02 ・ 1분 40초\n홍길동\n\n" + "\n".join(rows)


def _arabic(turns: Turns) -> str:
    names = {"therapist": "د. آنا", "client": "يوناس"}
    rows = (
        f"{k}\n{clock(t.start, 'h:m:s,mmm')} --> {clock(t.end, 'h:m:s,mmm')}\n"
        f"\u202b{names[t.voice]}: {t.text}\u202c\n"
        for k, t in enumerate(turns, 1)
    )
    return "\n".join(rows)


def _teams_french(turns: Turns) -> str:
    rows = (f"{t.name}   {clock(t.start, 'm:s')}\n{t.text}\n" for t in turns)
    return (
        "Séance-20260304_140200-Enregistrement de la réunion\n4 mars 2026, 02:02PM\n1m 40s\n\n"
        "Anna Weber a démarré la transcription\n\n" + "\n".join(rows)
        + "\nJonas Lind a quitté la réunion\n\nAnna Weber a arrêté la transcription\n"
    )  # fmt: skip


def _police(turns: Turns) -> str:
    """Give a record of an interview: columns by spaces, what is said wrapped within its column."""
    label = {"therapist": "DC WEBER", "client": "LIND"}
    rows = ["TIME      PERSON SPEAKING  TEXT"]
    for t in turns:
        first, *more = textwrap.wrap(t.text, 44)
        rows.append(f"{clock(t.start, 'h:m:s'):10}{label[t.voice]:17}{first}")
        rows += [" " * 27 + line for line in more]
    return "\n".join(rows) + "\n"


def _wrapped_pages(turns: Turns) -> str:
    """Give pages as a reader of PDF copies them: a head and a foot of a page amid the turns."""
    rows: list[str] = []
    for t in turns:
        rows += textwrap.wrap(f"[{clock(t.start, 'h:m:s')}] {t.name}: {t.text}", 60)
    pages = [rows[at : at + 12] for at in range(0, len(rows), 12)]
    return "".join(
        f"CONFIDENTIAL - ATTORNEY WORK PRODUCT\n\n{chr(10).join(page)}\n\n"
        f"Page {k} of {len(pages)}\n\f"
        for k, page in enumerate(pages, 1)
    )


def _paragraphs(turns: Turns) -> str:
    """Give long turns in several paragraphs, the label before the first alone."""
    rows = []
    for t in turns:
        sentences = t.text.replace(". ", ".\n\n")
        rows.append(f"[{clock(t.start, 'h:m:s')}] {t.name}: {sentences}\n")
    return "\n".join(rows)


def _within(turns: Turns) -> str:
    """Put the other person's murmurs in brackets into what somebody says, as German rules do."""
    label = {"therapist": "T", "client": "K"}
    rows = []
    for t in turns:
        words = t.text.split()
        if t.voice == "client" and len(words) > 12:
            words.insert(9, "(T: mm-hm)")
        rows.append(f"{label[t.voice]}: {' '.join(words)} #{clock(t.start, 'h:m:s-t')}#\n")
    return "\n".join(rows)


def _obsidian(turns: Turns) -> str:
    """Give a note program's lines: a link to the place in the recording before each turn."""
    rows = (
        f"> [{clock(t.start, 'mm:ss')}](file:///session.mp3#t={t.start:.0f}) "
        f"**{t.name}** - {t.text}\n"
        for t in turns
    )
    return "---\ntags: [session, praxis]\naliases: []\n---\n\n" + "\n".join(rows)


def _anonymous(turns: Turns) -> str:
    """Give research labels, and what was taken out of the words in marks."""
    label = {"therapist": "P03_T1_Th", "client": "P03_T1_Kl"}
    rows = (
        f"({clock(t.start, 'mm:ss')}) {label[t.voice]}: "
        + t.text.replace("father", "father [NAME_1]").replace("print shop", "print shop <<FIRM>>")
        for t in turns
    )  # fmt: skip
    return "\n".join(rows) + "\n"


def _french_office(turns: Turns) -> str:
    """Give a court's names: titles, capitals and points, times with an h, no space the same."""
    label = {"therapist": "Me A. Weber", "client": "M. LIND (témoin)"}
    return "".join(
        f"[{int(t.start // 3600)}h{int(t.start // 60):02}'{t.start % 60:04.1f}\"]"
        f" {label[t.voice]}\u00a0: "
        f"«\u00a0{t.text}\u00a0»\n"
        for t in turns
    )


def _first_names(turns: Turns) -> str:
    own = {"therapist": "Will", "client": "Grace"}
    return "WEBVTT\n\n" + "\n".join(
        f"{k}\n{clock(t.start)} --> {clock(t.end)}\n{own[t.voice]}: {t.text}\n"
        for k, t in enumerate(turns, 1)
    )


# To add a layout, add a row. What is right: read, but where `says` has the reason of a refusal.
THIRTEENTH: tuple[Layout, ...] = (
    *IN_JSON,
    *IN_FILES,
    Layout("video_panel.txt", _video_panel, 1.0, speakers=0.0),
    Layout("video_panel_one_line.txt", _video_panel_one_line, 1.0, speakers=0.0),
    Layout("summary_first.md", _summary_first, 1.0),
    Layout("tasks_between.txt", _fathom, 1.0),
    Layout("feishu.txt", _feishu, 1.0, told=_CHINESE, marks=("韦", "说话人", "工作、")),
    Layout("wide_record.txt", _japanese_notes, 1.0, told=_JAPANESE, marks=("田中", "佐藤", "面接")),
    Layout("clova.txt", _clova, 1.0, told=_KOREAN, marks=("참석자", "상담", "홍길동")),
    Layout("right_to_left.srt", _arabic, told=_ARABIC, marks=("آنا", "يوناس", "\u202b")),
    Layout("teams_french.txt", _teams_french, 1.0, marks=("transcription", "réunion")),
    Layout("police_columns.txt", _police, 1.0),
    Layout("pages_copied.txt", _wrapped_pages, 1.0, marks=("Page", "CONFIDENTIAL")),
    Layout("several_paragraphs.txt", _paragraphs, 1.0),
    Layout("murmurs_within.txt", _within, 12.0, told=_longer),
    Layout("note_links.md", _obsidian, 1.0, marks=("file:", "tags")),
    Layout("research_labels.txt", _anonymous, 1.0, marks=("P03", "NAME_1", "FIRM")),
    Layout("french_office.txt", _french_office, 0.2, marks=("témoin",)),
    Layout("first_names.vtt", _first_names, told=_NAMES_SAID),
    Layout("times_said.txt", each("{n}  {m1}\n{t}\n"), 1.0, told=_TIMES_SAID),
    Layout("times_said_in_line.txt", each("[{as_}] {n}: {t}"), 1.0, told=_TIMES_SAID),
    Layout("times_said_no_name.txt", each("{as_} {t}"), 1.0, 0.0, told=_TIMES_SAID),
    Layout("times_said.srt", each("{j}\n{ac} --> {bc}\n{t}\n"), 0.1, 0.0, told=_TIMES_SAID),
    Layout("colons_said.txt", each("[{as_}] {n}: {t}"), 1.0, told=_COLONS_SAID),
    Layout("colons_said_own_line.txt", each("{n} {m}\n{t}\n"), 1.0, told=_COLONS_SAID),
    Layout("colons_said.srt", each("{j}\n{ac} --> {bc}\n{n}: {t}\n"), told=_COLONS_SAID),
    Layout("colons_said_no_name.vtt", each("{ah} --> {bh}\n{t}\n", head="WEBVTT\n\n"), 0.1, 0.0,
           told=_COLONS_SAID),
    Layout("numbers_said.srt", each("{j}\n{ac} --> {bc}\n{t}\n"), 0.1, 0.0, told=_NUMBERS_SAID),
    Layout("numbers_said_named.txt", each("{n}\n{m}\n{t}\n"), 1.0, told=_NUMBERS_SAID),
    Layout("von_bis.csv", each('{mc};{mb};{n};"{t}"', head="von;bis;Sprecher:in;Gesagtes\n"), 0.1),
    Layout("tags_column.csv", each('{as_},{n},"{t}",#empathy;opening,Anna Weber',
                                   head="Timestamp,Speaker,Transcript,Tags,Coder\n"), 1.0),
)  # fmt: skip

"""Transcripts in the shapes of many tools are read back to the same turns.

A shape is a function from turns to the text that a tool would write of them; a new one is one row
of `SHAPES`.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diarize.formats.table import read_transcript

TURNS = (
    (1.2, 1.9, "A", "Hello again."),
    (2.0, 3.8, "A", "Where would you like to start today?"),
    (4.7, 7.3, "B", "Well, I suppose with the sleep."),
    (7.6, 11.5, "B", "I keep waking up around four, and then I just lie there."),
    (12.0, 12.6, "A", "mm-hm"),
    (13.4, 15.5, "B", "Thinking about work, mostly."),
    (16.8, 20.2, "A", "So you are awake at four, with work already in the room."),
    (20.8, 21.3, "B", "Yes."),
    (22.0, 26.0, "B", "Since I took on the team, it has not really stopped."),
)


def clock(at, *, point=".", digits=3, hours=True):
    ms = round(at * 1000)
    minutes, ms = divmod(ms, 60_000)
    head = f"{minutes // 60:02d}:{minutes % 60:02d}" if hours else f"{minutes}"
    return f"{head}:{ms // 1000:02d}" + (f"{point}{ms % 1000:03d}"[: digits + 1] if digits else "")


def short(at):
    return clock(at, digits=0, hours=False)


def whole(at):
    return clock(at, digits=0)


def vtt(line):
    def write(turns):
        cues = (
            f"{n}\n{clock(a)} --> {clock(b)}\n{line(who, said)}\n"
            for n, (a, b, who, said) in enumerate(turns, 1)
        )
        return "WEBVTT\n\n" + "\n".join(cues)

    return write


def each(line, *, between="\n"):
    return lambda turns: between.join(line(*turn) for turn in turns) + "\n"


def webex(turns):
    cues = (
        f'{n} "{who}" (31415)\n{clock(a)} --> {clock(b)}\n{said}\n'
        for n, (a, b, who, said) in enumerate(turns, 1)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def teams_ids(turns):
    cues = (
        f"5f0c1-{n}a/{n}-0\n{clock(a)} --> {clock(b)}\n<v {who}>{said}</v>\n"
        for n, (a, b, who, said) in enumerate(turns, 1)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def rolling(turns):
    lines = [f"{who}: {said}" for _, _, who, said in turns]
    cues = (
        f"{clock(a)} --> {clock(b)}\n" + "\n".join(lines[max(0, i - 1) : i + 1]) + "\n"
        for i, (a, b, _, _) in enumerate(turns)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def meet(turns):
    head = "Attendees\n\nEverybody\n\nTranscript\n\n"
    body = "\n\n".join(f"{whole(a)}\n\n{who}: {said}" for a, _, who, said in turns)
    return f"{head}{body}\n\nTranscription ended after 00:50:00\n"


def rows(*columns, mark=",", head=True, **how):
    def write(turns):
        lines = [mark.join(name for name, _ in columns)] if head else []
        lines += [mark.join(value(turn) for _, value in columns) for turn in turns]
        return "\n".join(lines) + "\n"

    return write


def quoted(turn):
    return f'"{turn[3]}"'


def elan_columns(turns):
    names = list(dict.fromkeys(who for _, _, who, _ in turns))
    lines = ["\t".join(["Begin Time - hh:mm:ss.ms", "End Time - hh:mm:ss.ms", *names])]
    for a, b, who, said in turns:
        lines.append("\t".join([clock(a), clock(b), *(said if n == who else "" for n in names)]))
    return "\n".join(lines) + "\n"


def ms(at):
    return round(1000 * at)


def words_of(a, b, said):
    parts = said.split()
    step = (b - a) / len(parts)
    return [(a + i * step, a + (i + 1) * step, part) for i, part in enumerate(parts)]


def as_json(make):
    return lambda turns: json.dumps(make(turns))


def azure(turns):
    return {"recognizedPhrases": [
        {"channel": 0, "speaker": who, "offset": f"PT{a:.2f}S", "duration": f"PT{b - a:.2f}S",
         "offsetInTicks": a * 1e7, "nBest": [{"display": said, "lexical": said.lower()}]}
        for a, b, who, said in turns
    ]}  # fmt: skip


def google(turns):
    words = [
        {"startTime": f"{x:.3f}s", "endTime": f"{y:.3f}s", "word": w, "speakerTag": who}
        for a, b, who, said in turns
        for x, y, w in words_of(a, b, said)
    ]
    return {"results": [{"alternatives": [{"transcript": "x"}]},
                        {"alternatives": [{"words": words}]}]}  # fmt: skip


def deepgram(turns):
    return {"results": {"channels": [{"alternatives": [{"paragraphs": {"paragraphs": [
        {"speaker": who, "start": a, "end": b, "sentences": [{"text": said, "start": a, "end": b}]}
        for a, b, who, said in turns
    ]}}]}]}}  # fmt: skip


def deepgram_words(turns):
    words = [
        {"word": w.lower(), "punctuated_word": w, "start": x, "end": y, "speaker": who}
        for a, b, who, said in turns
        for x, y, w in words_of(a, b, said)
    ]
    return {"results": {"channels": [{"alternatives": [{"transcript": "x y", "words": words}]}]}}


def listed(name, row):
    return as_json(lambda turns: {name: [row(*turn) for turn in turns]})


def transcript_of(turns):
    return [
        {"participant": {"id": 1, "name": who}, "words": [
            {"text": w, "start_timestamp": {"relative": x}, "end_timestamp": {"relative": y}}
            for x, y, w in words_of(a, b, said)]}
        for a, b, who, said in turns
    ]  # fmt: skip


WHO = ("speaker", lambda t: t[2])
SHAPES = {
    # name: ending, how it is written, how exact its times are (None: it has none)
    "zoom": (".vtt", vtt(lambda who, said: f"{who}: {said}"), 0.01),
    "voice tags": (".vtt", vtt(lambda who, said: f"<v {who}>{said}"), 0.01),
    "no space": (".vtt", vtt(lambda who, said: f"{who}:{said}"), 0.01),
    "full width": (".vtt", vtt(lambda who, said: f"{who}：{said}"), 0.01),
    "markdown": (".vtt", vtt(lambda who, said: f"**{who}:** {said}"), 0.01),
    "in brackets": (".srt", vtt(lambda who, said: f"[{who}] {said}"), 0.01),
    "chevrons": (".vtt", vtt(lambda who, said: f">> {who}: {said}"), 0.01),
    "webex": (".vtt", webex, 0.01),
    "stamps twice": (".vtt", each(
        lambda a, b, w, s: f"{clock(a)} --> {clock(b)}\n[{whole(a)}] {w}: {s}\n"), 0.01),
    "deepgram words": (".json", as_json(deepgram_words), 0.01),
    "teams": (".vtt", teams_ids, 0.01),
    "rolling": (".vtt", rolling, 0.01),
    "comma": (".srt", each(lambda a, b, w, s: f"{clock(a, point=',')} --> {clock(b, point=',')}\n"
                           f"{w}: {s}\n"), 0.01),
    "sbv": (".sbv", each(lambda a, b, w, s: f"{clock(a)},{clock(b)}\n{w}: {s}\n"), 0.01),
    "audacity": (".txt", each(lambda a, b, w, s: f"{a:.6f}\t{b:.6f}\t{w}: {s}"), 0.01),
    "whisper.cpp": (".txt", each(
        lambda a, b, w, s: f"[{clock(a)} --> {clock(b)}]   {w}: {s}"), 0.01),
    "otter": (".txt", each(lambda a, b, w, s: f"{w}  {short(a)} \n{s}\n"), 1),
    "rev": (".txt", each(lambda a, b, w, s: f"{w} ({short(a)}):\n{s}\n"), 1),
    "temi": (".txt", each(lambda a, b, w, s: f"{w}: ({short(a)})\n{s}\n"), 1),
    "rev old": (".txt", each(lambda a, b, w, s: f"{w}: [{whole(a)}] {s}\n"), 1),
    "gotranscript": (".txt", each(lambda a, b, w, s: f"{w} [{whole(a)}]: {s}\n"), 1),
    "trint": (".txt", each(lambda a, b, w, s: f"[{whole(a)}] {w}: {s}\n"), 1),
    "trint lines": (".txt", each(lambda a, b, w, s: f"{whole(a)}\n{w}: {s}\n"), 1),
    "happy scribe": (".txt", each(lambda a, b, w, s: f"[{clock(a)}] - {w}\n{s}\n"), 0.01),
    "descript": (".txt", each(lambda a, b, w, s: f"[{whole(a)}] **{w}**: {s}\n"), 1),
    "zoom captions": (".txt", each(lambda a, b, w, s: f"[{w}] {whole(a)}\n{s}\n"), 1),
    "teams text": (".txt", each(
        lambda a, b, w, s: f"{clock(a)} --> {clock(b)}\n{w}\n{s}\n"), 0.01),
    "teams pane": (".txt", each(
        lambda a, b, w, s: f"{w}   {int(a) // 60} minutes {int(a) % 60} seconds\n{s}\n"), 1),
    "name above": (".txt", each(lambda a, b, w, s: f"{w}\n{short(a)}\n{s}\n"), 1),
    "meet": (".txt", meet, 1),
    "inqscribe": (".txt", each(
        lambda a, b, w, s: f"[{whole(a)}.{int(a % 1 * 30):02d}] {w}: {s}"), 0.7),
    "f4": (".txt", each(
        lambda a, b, w, s: f"{w}: {s} #{whole(b)}-{round(b * 10) % 10}#"), 4),
    "tabs": (".txt", each(lambda a, b, w, s: f"{whole(a)}\t{w}\t{s}"), 1),
    "chat": (".txt", each(lambda a, b, w, s: f"{whole(a)}\t From  {w} : {s}"), 1),
    "untimed": (".txt", each(lambda a, b, w, s: f"{w}: {s}"), None),
    "untimed paragraphs": (".txt", each(lambda a, b, w, s: f"{w}\n{s}\n"), None),
    "csv": (".csv", rows(("Speaker", lambda t: t[2]), ("Start Time", lambda t: clock(t[0])),
                         ("End Time", lambda t: clock(t[1])), ("Text", quoted)), 0.01),
    "german csv": (".csv", rows(
        ("Sprecher", lambda t: t[2]), ("Beginn", lambda t: f"{t[0]:.2f}".replace(".", ",")),
        ("Ende", lambda t: f"{t[1]:.2f}".replace(".", ",")), ("Text", quoted), mark=";"), 0.01),
    "ms csv": (".csv", rows(WHO, ("start_ms", lambda t: str(ms(t[0]))),
                            ("end_ms", lambda t: str(ms(t[1]))), ("text", quoted)), 0.01),
    "length csv": (".csv", rows(("start", lambda t: str(t[0])), WHO,
                                ("duration", lambda t: f"{t[1] - t[0]:.3f}"), ("text", quoted)),
                   0.01),
    "elan rows": (".tsv", rows(
        ("Tier", lambda t: t[2]), ("Begin Time - msec", lambda t: str(ms(t[0]))),
        ("End Time - msec", lambda t: str(ms(t[1]))), ("Annotation", lambda t: t[3]),
        mark="\t"), 0.01),
    "elan without header": (".txt", rows(
        ("", lambda t: t[2]), ("", lambda t: ""), ("", lambda t: clock(t[0])),
        ("", lambda t: f"{t[0]:.3f}"), ("", lambda t: clock(t[1])), ("", lambda t: f"{t[1]:.3f}"),
        ("", lambda t: clock(t[1] - t[0])), ("", lambda t: t[3]), mark="\t", head=False), 0.01),
    "elan columns": (".txt", elan_columns, 0.01),
    "praat table": (".tsv", rows(
        ("tmin", lambda t: str(t[0])), ("tier", lambda t: t[2]), ("text", lambda t: t[3]),
        ("tmax", lambda t: str(t[1])), mark="\t"), 0.01),
    "whisper.cpp json": (".json", listed("transcription", lambda a, b, w, s: {
        "timestamps": {"from": clock(a, point=","), "to": clock(b, point=",")},
        "offsets": {"from": ms(a), "to": ms(b)}, "text": f" {w}: {s}"}), 0.01),
    "azure": (".json", as_json(azure), 0.02),
    "azure fast": (".json", listed("phrases", lambda a, b, w, s: {
        "speaker": w, "offsetMilliseconds": ms(a), "durationMilliseconds": ms(b - a),
        "text": s}), 0.01),
    "google": (".json", as_json(google), 0.01),
    "assembly": (".json", listed("utterances", lambda a, b, w, s: {
        "speaker": w, "start": ms(a), "end": ms(b), "text": s}), 0.01),
    "deepgram": (".json", as_json(deepgram), 0.01),
    "otter json": (".json", as_json(lambda turns: {"speech": {"transcripts": [
        {"start_offset": round(a * 16000), "end_offset": round(b * 16000), "transcript": s,
         "speaker_id": w} for a, b, w, s in turns]}}), 0.01),
    "call analytics": (".json", listed("Transcript", lambda a, b, w, s: {
        "ParticipantRole": w, "Content": s, "BeginOffsetMillis": ms(a),
        "EndOffsetMillis": ms(b)}), 0.01),
    "teams entries": (".json", listed("entries", lambda a, b, w, s: {
        "text": s, "speakerDisplayName": w, "startOffset": clock(a), "endOffset": clock(b)}), 0.01),
    "participants": (".json", as_json(transcript_of), 0.01),
    "json lines": (".json", each(lambda a, b, w, s: json.dumps(
        {"speaker": w, "start": a, "end": b, "text": s})), 0.01),
}  # fmt: skip
NAMES = (
    ("Therapist", "Client"), ("T", "C"), ("Berg, Anna", "Lund, Per"),
    ("Anna Berg (she/her)", "Per"),
    ("Anna Berg", "+1 555 010 0199"), ("👩 Anna", "Per & Jo"), ("1 Therapist", "2 Client"),
    ("Anna/Room 2", "user_77"), ("治疗师", "来访者"), ("Berg A.", "Lund P."),
    ("Speaker 1", "Speaker 2"),
    ("Maria-Magdalena von und zu Guttenberg-Hohenstein", "Per-Olof van der Meulen"),
    ("O'Neil", "D’Arcy"), ("THERAPIST", "client"),
)  # fmt: skip
# In these a comma, a slash or a sign has a meaning of its own, or a name is only told by its colon.
NOT_EVERY_NAME = {"csv": ",", "ms csv": ",", "length csv": ",", "in brackets": "()", "chat": "+",
                  "f4": "", "zoom captions": "()"}  # fmt: skip


def holds(name, people):
    """Whether a shape can write these names down."""
    return not any(mark in who for who in people for mark in NOT_EVERY_NAME.get(name, ""))


def read_back(name, turns):
    ending, write, within = SHAPES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        path.write_text(write(turns), "utf-8")
        return read_transcript(path, duration=turns[-1][1] + 1), within


def agrees(name, turns):
    read, within = read_back(name, turns)
    got = [(cue.voice, cue.text) for cue in read.cues]
    wanted = [(who, said) for _, _, who, said in turns]
    if name in ("google", "deepgram words"):  # words without turns: parted at the ends of sentences
        assert [
            [" ".join(text for who, text in pairs if who == w) for w in dict(wanted)]
            for pairs in (got, wanted)
        ] == [[" ".join(text for who, text in wanted if who == w) for w in dict(wanted)]] * 2
        return
    assert got == wanted
    for cue, (start, end, _, _) in zip(read.cues, turns, strict=True):
        if within is None:
            assert cue.span is None
        else:
            at = cue.span.end - end if name == "f4" else cue.span.start - start
            assert abs(at) <= within, (cue, start, end)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("people", NAMES, ids=[a for a, _ in NAMES])
def test_a_shape_is_read_back_to_the_same_turns(name, people):
    if not holds(name, people):
        pytest.skip("the shape cannot hold the name")
    of = dict(zip("AB", people, strict=True))
    agrees(name, [(a, b, of[who], said) for a, b, who, said in TURNS])


WORDS = ("yes", "no", "well", "keep", "waking", "around", "four", "lists", "door", "night",
         "father", "because", "work", "sleep")  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from(NAMES),
    st.lists(
        st.tuples(st.booleans(), st.lists(st.sampled_from(WORDS), min_size=2, max_size=9),
                  st.integers(0, 60)),
        min_size=6, max_size=14,
    ),
)  # fmt: skip
def test_any_conversation_is_read_back(name, people, drawn):
    assume(holds(name, people))
    turns, at = [], 1.0
    for i, (first, words, gap) in enumerate(drawn):
        who = people[i % 2 if i < 4 else int(first)]  # each of them speaks, and more than once
        end = at + 0.5 * len(words)
        said = " ".join((words[0].capitalize(), f"w{i}", *words[1:])) + "."
        turns.append((round(at, 1), round(end, 1), who, said))
        at = end + 1.1 + gap / 10
    agrees(name, turns)


@pytest.mark.parametrize("start", [36_000.0, 360_000.0, 3_600.0])
def test_timecode_starts_at_a_full_hour(tmp_path, start):
    path = tmp_path / "a.srt"
    _, write, _ = SHAPES["comma"]
    path.write_text(write([(a + start, b + start, w, s) for a, b, w, s in TURNS]), "utf-8")
    read = read_transcript(path, duration=30.0)
    assert [c.span.start for c in read.cues] == pytest.approx([t[0] for t in TURNS], abs=0.01)
    assert [note.code for note in read.notes] == ["format.other_clock"]


@pytest.mark.parametrize("behind", [False, True])
def test_a_tier_of_points_is_named_by_its_place(tmp_path, behind):
    spoken = '"IntervalTier" "A" 0 9 2 0 4 "Where shall we start?" 4 9 ""'
    points = '"TextTier" "glances" 0 9 2 1 "up" 5 "down"'
    tiers = f"{spoken}\n{points}" if behind else f"{points}\n{spoken}"
    path = tmp_path / "a.TextGrid"
    path.write_text(f'"ooTextFile"\n"TextGrid"\n0 9 <exists> 2\n{tiers}\n')
    read = read_transcript(path)
    assert [cue.text for cue in read.cues] == ["Where shall we start?"]
    (note,) = read.notes
    told: Any = note.fields["which"]
    (which,) = told
    assert (which.fields["number"], which.fields["kind"].code) == (
        2 if behind else 1,
        "format.tier_points",
    )


def test_times_are_taken_from_rows_inside_only_if_these_say_the_same(tmp_path):
    inside = [{"start": 1.0, "end": 2.0, "text": "Yes, I do."}]
    for said, spans in (("Yes. I do", 1), ("Yes, I do. And more.", 0)):
        path = tmp_path / "a.json"
        path.write_text(json.dumps([{"key": "x", "text": said, "sentence_info": inside}]))
        assert sum(cue.span is not None for cue in read_transcript(path).cues) == spans


def test_a_colon_inside_a_word_for_women_and_men_ends_no_name(tmp_path):
    path = tmp_path / "a.txt"
    lines = ("Klient:in: Ja: immer.", "Therapeut:in: Anna:in Bonn.", "Klient:in 1: Nein.")
    path.write_text("\n".join(lines * 2))
    read = read_transcript(path)
    assert {(cue.voice, cue.text) for cue in read.cues} == {
        ("Klient:in", "Ja: immer."), ("Therapeut:in", "Anna:in Bonn."), ("Klient:in 1", "Nein."),
    }  # fmt: skip

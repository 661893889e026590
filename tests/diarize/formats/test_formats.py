import contextlib
import csv
import io
import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.errors import Refused
from diarize.formats.pauses import turns_of
from diarize.formats.table import (
    FORMATS,
    Format,
    Line,
    read_rttm,
    read_transcript,
    readable,
    registered,
    writable,
    write,
)
from diarize.formats.text_grid import interval_tiers
from diarize.formats.transcript import Cue, Transcript, mended
from diarize.settings import Formats
from diarize.timeline import Span, Turn, Word
from tests.said import codes, inner, refused

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="development data is not here")


def put(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def said(path, **kwargs):
    return [(c.voice, c.text) for c in read_transcript(path, **kwargs).cues]


LINES = (
    Line(Span(0.5, 2.0), "A", "therapist", "primary", "How are <you> & yours?"),
    Line(
        Span(1.8, 4.25),
        "B",
        "client",
        "primary",
        "I am fine --> really",
        (Word(Span(1.8, 2.4), "I"), Word(Span(2.4, 3.0), "am")),
    ),
    Line(Span(3.0, 3.4), "A", "therapist", "backchannel", "mm-hm"),
)


# --- reading subtitles


def test_vtt_voices_markup_and_entities(tmp_path):
    path = put(
        tmp_path,
        "a.vtt",
        "WEBVTT\nLanguage: en-GB\n\nNOTE not a cue\n\nc1\n00:01.000 --> 00:02.500 align:left\n"
        "<v.loud Dr&nbsp;Who>Tom &amp; <i>Jerry</i> &lt;3</v>\n\n"
        "01:00:00.000 --> 01:00:02.000\n<v A>one two</v> <v B>three</v>\n",
    )
    read = read_transcript(path)
    assert read.language == "en"
    assert [(c.voice, c.text) for c in read.cues] == [
        ("Dr Who", "Tom & Jerry <3"),
        ("A", "one two"),
        ("B", "three"),
    ]
    assert read.cues[0].span == Span(1.0, 2.5)
    first, second = read.cues[1].span, read.cues[2].span
    assert first.start == 3600 and second.end == pytest.approx(3602) and first.end == second.start


def test_a_script_tag_stays_text(tmp_path):
    path = put(tmp_path, "a.vtt", "WEBVTT\n\n00:01.0 --> 00:02.0\n<script>x</script> =1+1\n")
    assert said(path) == [(None, "<script>x</script> =1+1")]


def test_names_only_where_they_recur(tmp_path):
    cues = ["Ann: hello", "Bob: hi there", "Ann: and then: nothing", "Bob: well", "plain words"]
    body = "\n".join(f"{i}\n00:00:0{i}.000 --> 00:00:0{i}.900\n{t}\n" for i, t in enumerate(cues))
    assert said(put(tmp_path, "a.vtt", f"WEBVTT\n\n{body}")) == [
        ("Ann", "hello"),
        ("Bob", "hi there"),
        ("Ann", "and then: nothing"),
        ("Bob", "well"),
        (None, "plain words"),
    ]
    once = "1\n00:00:01,000 --> 00:00:02,000\nand then: nothing\n\n"
    assert said(put(tmp_path, "b.srt", once)) == [(None, "and then: nothing")]


def test_cues_without_blank_lines_do_not_swallow_numbers(tmp_path):
    text = "WEBVTT\n\n1\n00:00.0 --> 00:02.0\nA: one\n2\n00:02.0 --> 00:04.0\nA: two\n"
    assert said(put(tmp_path, "zoom.vtt", text)) == [("A", "one"), ("A", "two")]


def test_a_cue_that_runs_backwards_is_mended_and_said(tmp_path):
    read = read_transcript(put(tmp_path, "a.srt", "1\n00:00:05,000 --> 00:00:04,000\nhm\n"))
    assert read.cues[0].span == Span(5, 5)
    assert codes(read.notes) == ["format.cues_backwards"] and read.notes[0].fields["cues"] == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    text = "WEBVTT\r\n\r\n00:00.0 --> 00:02.0\r\n<v Zoë>naïve café</v>\r\n"
    assert said(put(tmp_path, "a.vtt", text, encoding)) == [("Zoë", "naïve café")]


# --- plain text, tables, JSON, other formats


def test_plain_text(tmp_path):
    text = (
        "Session notes\n\nT: How are you?\nC: Fine.\n   I suppose.\n"
        "T: Mm.\nNote: it rained.\nC: Yes"
    )
    assert said(put(tmp_path, "a.txt", text)) == [
        ("T", "How are you?"),
        ("C", "Fine. I suppose."),
        ("T", "Mm. Note: it rained."),
        ("C", "Yes"),
    ]


def test_plain_text_with_numbered_turns_and_times(tmp_path):
    assert said(put(tmp_path, "a.txt", "T1: Hello\nC1: Hi\nT2: So\nC2: Well")) == [
        ("T", "Hello"),
        ("C", "Hi"),
        ("T", "So"),
        ("C", "Well"),
    ]
    timed = read_transcript(put(tmp_path, "b.txt", "[00:01] A: one\n[00:04] B: two\n[0:09] A: x"))
    assert [(c.voice, c.span) for c in timed.cues] == [
        ("A", Span(1, 4)),
        ("B", Span(4, 9)),
        ("A", Span(9, 9)),
    ]
    otter = put(
        tmp_path, "c.txt", "Ann Lee  0:05\nHello there\n\nBob  0:07\nHi\n\nAnn Lee  0:09\nx"
    )
    assert said(otter)[:2] == [("Ann Lee", "Hello there"), ("Bob", "Hi")]


def test_csv_takes_one_session_and_each_turn_once(tmp_path):
    text = (
        "transcript_id,utterance_id,interlocutor,timestamp,utterance_text\n"
        "7,0,therapist,00:00:10,'=hello\n7,0,therapist,00:00:10,'=hello\n7,1,client,00:00:12,hi\n"
    )
    path = put(tmp_path, "a.csv", text)
    read = read_transcript(path)
    assert [(c.voice, c.text, c.span) for c in read.cues] == [
        ("therapist", "=hello", Span(10, 12)),
        ("client", "hi", Span(12, 12)),
    ]
    two = put(tmp_path, "b.csv", text + "8,0,client,00:00:01,other\n")
    with refused("format.unreadable", why="format.several_sessions"):
        read_transcript(two)
    with refused("format.unreadable", why="format.no_such_session"):
        read_transcript(two, only="9")
    assert said(two, only="8") == [("client", "other")]


@pytest.mark.parametrize(
    "data",
    [
        {"language": "en", "segments": [{"start": 1, "end": 2, "speaker": "S0", "text": " hi you",
         "words": [{"word": " hi", "start": 1, "end": 1.2, "score": 0.5}, {"word": " you"}]}]},
        [{"start_s": 1, "end_s": 2, "role": "unknown", "voice": "S0", "text": "hi you",
          "words": [{"text": "hi", "start_s": 1, "end_s": 1.2, "probability": 0.5},
                    {"text": "you", "start_s": 1.2, "end_s": 1.2}]}],
    ],
)  # fmt: skip
def test_json_of_several_makers(tmp_path, data):
    read = read_transcript(put(tmp_path, "a.json", json.dumps(data)))
    (cue,) = read.cues
    assert (cue.span, cue.voice, cue.text) == (Span(1, 2), "S0", "hi you")
    assert [w.text for w in cue.words] == ["hi", "you"]
    assert cue.words[0].probability == 0.5 and cue.words[1].probability is None


@pytest.mark.parametrize(
    ("told", "code"),
    [("german", "de"), ("English", "en"), ("portuguese", "pt"), ("de-AT", "de"), ("eng", "en"),
     ("Klingon", "und"), ("", None), (7, None)],
)  # fmt: skip
def test_a_language_is_known_by_its_code_or_its_name(tmp_path, told, code):
    data = {"language": told, "segments": [{"start": 1, "end": 2, "text": "hi you"}]}
    assert read_transcript(put(tmp_path, "a.json", json.dumps(data))).language == code


def test_a_caption_that_ends_with_a_colon_is_no_name_where_it_is_long(tmp_path):
    def captions(*first):
        shown = [
            f"{text}\n\n{{at}}\n{answer}"
            for text, answer in zip(first, ("mm-hm", "yes"), strict=True)
        ]
        at = ("00:00:01,000 --> 00:00:03,000", "00:00:04,000 --> 00:00:06,000")
        blocks = (f"{when}\n{text.format(at=when)}" for when, text in zip(at, shown, strict=True))
        return put(tmp_path, "a.srt", "\n\n".join(blocks) + "\n")

    assert said(captions("Anna:", "Ben:")) == [("Anna", "mm-hm"), ("Ben", "yes")]
    long = "and in the end what I wanted to say to him was:"
    assert said(captions(long, long)) == [
        (None, long),
        (None, "mm-hm"),
        (None, long),
        (None, "yes"),
    ]


def test_json_times_that_are_no_numbers_are_no_times(tmp_path):
    data = '{"segments": [{"start": NaN, "end": 2, "text": "hi"}, {"end": "x", "text": "yo"}]}'
    assert [c.span for c in read_transcript(put(tmp_path, "a.json", data)).cues] == [None, None]


def test_amazon_json(tmp_path):
    def item(start, word, kind="pronunciation"):
        row = {"alternatives": [{"content": word, "confidence": "0.9"}], "type": kind}
        return row | ({"start_time": str(start), "end_time": str(start + 0.5)} if start else {})

    labels = {"segments": [{"items": [{"start_time": "1.0", "speaker_label": "spk_0"}]}]}
    items = [item(1.0, "Hello"), item(0, ".", "punctuation"), item(2.0, "Yes")]
    data = {"results": {"items": items, "speaker_labels": labels}}
    read = read_transcript(put(tmp_path, "a.json", json.dumps(data)))
    assert [(c.voice, c.text) for c in read.cues] == [("spk_0", "Hello."), (None, "Yes")]
    assert read.cues[0].words[0].probability == 0.9


def test_chat_and_ctm(tmp_path):
    chat = "@UTF8\n@Languages:\teng\n*THE:\thow are [//] you ? \x15100_900\x15\n*CLI:\tfine .\n"
    read = read_transcript(put(tmp_path, "a.cha", chat))
    assert [(c.voice, c.text, c.span) for c in read.cues] == [
        ("THE", "how are you?", Span(0.1, 0.9)),
        ("CLI", "fine.", None),
    ]
    ctm = read_transcript(put(tmp_path, "a.ctm", "r 1 0.1 0.2 hi 0.9\nr 1 0.4 0.2 you\n"))
    assert [(c.text, len(c.words)) for c in ctm.cues] == [("hi you", 2)]
    with refused("format.unreadable", why="format.not_a_ctm_line") as caught:
        read_transcript(put(tmp_path, "b.ctm", "r 1 0.1 0.2 hi\nr 1 x\n"))
    assert inner(caught.value.message.fields, "why").fields["line"] == 2


def test_chat_word_times(tmp_path):
    wor = "%wor:\thow \x15100_400\x15 nice \x15500_900\x15 .\n"
    chat = "*THE:\thow nice . \x15100_900\x15\n" + wor
    (cue,) = read_transcript(put(tmp_path, "a.cha", chat)).cues
    assert [w.span for w in cue.words] == [Span(0.1, 0.4), Span(0.5, 0.9)]
    assert cue.text == "how nice."


def test_times_in_milliseconds_and_marks_of_their_own(tmp_path):
    utterances = [
        {"speaker": "A", "start": 1000 * i, "end": 1000 * i + 900, "text": "well so",
         "words": [{"text": "well", "start": 1000 * i, "end": 1000 * i + 400, "confidence": 0.5}]}
        for i in range(5)
    ]  # fmt: skip
    read = read_transcript(put(tmp_path, "a.json", json.dumps({"utterances": utterances})))
    assert read.cues[2].span == Span(2.0, 2.9) and read.cues[2].words[0].span == Span(2.0, 2.4)
    elements = [{"value": "Yes", "ts": 1.0, "end_ts": 1.4}, {"value": ", "}, {"value": " "},
                {"value": "fine", "ts": 1.5, "end_ts": 1.9}, {"value": "."}]  # fmt: skip
    data = {"monologues": [{"speaker": 0, "elements": elements}]}
    (cue,) = read_transcript(put(tmp_path, "b.json", json.dumps(data))).cues
    assert (cue.voice, cue.text, cue.span) == ("0", "Yes, fine.", Span(1.0, 1.9))


def test_a_label_track_and_a_table_with_other_names(tmp_path):
    read = read_transcript(put(tmp_path, "a.txt", "0.5\t1.5\tA: hi\n2.0\t2.5\tA: yes\n"))
    assert [(c.span, c.voice, c.text) for c in read.cues] == [
        (Span(0.5, 1.5), "A", "hi"),
        (Span(2.0, 2.5), "A", "yes"),
    ]
    table = "Speaker Name;Start Time;End Time;Text\nAnn;00:01;00:02;hi, you\n"
    (cue,) = read_transcript(put(tmp_path, "b.csv", table)).cues
    assert (cue.voice, cue.span, cue.text) == ("Ann", Span(1, 2), "hi, you")


def test_elan_slots_without_a_time_lie_between_their_neighbours(tmp_path):
    slots = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="t{i}"' + (f' TIME_VALUE="{v}"/>' if v is not None else "/>")
        for i, v in enumerate([0, None, 1000])
    )
    notes = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{i}" TIME_SLOT_REF1="t{i}" '
        f'TIME_SLOT_REF2="t{i + 1}"><ANNOTATION_VALUE>w{i}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        for i in range(2)
    )
    body = f'<TIME_ORDER>{slots}</TIME_ORDER><TIER TIER_ID="A">{notes}</TIER>'
    read = read_transcript(
        put(tmp_path, "a.eaf", f"<ANNOTATION_DOCUMENT>{body}</ANNOTATION_DOCUMENT>")
    )
    assert [c.span for c in read.cues] == [Span(0, 0.5), Span(0.5, 1)]


def test_short_text_grid_words_and_silence_labels(tmp_path):
    grid = (
        'File type = "ooTextFile"\n"TextGrid"\n0\n3\n<exists>\n3\n'
        '"IntervalTier"\n"Ann"\n0\n3\n2\n0\n1\n"say ""hi"""\n1\n3\n"sil"\n'
        '"IntervalTier"\n"Ann - words"\n0\n3\n3\n0\n0.5\n"say"\n0.5\n1\n"""hi"""\n1\n3\n""\n'
        '"TextTier"\n"clicks"\n0\n3\n1\n0.5\n"x"\n'
    )
    read = read_transcript(put(tmp_path, "a.TextGrid", grid))
    (cue,) = read.cues
    assert (cue.voice, cue.text, cue.span) == ("Ann", 'say "hi"', Span(0, 1))
    assert [w.span for w in cue.words] == [Span(0, 0.5), Span(0.5, 1)]
    cut = grid[: grid.index('"say"\n0.5')]
    with refused("format.unreadable", why="format.ends_in_a_tier"):
        read_transcript(put(tmp_path, "b.TextGrid", cut))


def test_an_elan_file_that_declares_entities_is_refused(tmp_path):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><ANNOTATION_DOCUMENT/>'
    for encoding in ("utf-8", "utf-16"):
        with refused("format.unreadable", why="format.declares_entities"):
            read_transcript(put(tmp_path, "a.eaf", bomb, encoding))


# --- refusals


def test_what_cannot_be_opened_is_refused(tmp_path):
    (tmp_path / "folder.vtt").mkdir()
    os.mkfifo(tmp_path / "pipe.vtt")
    with refused("disk.missing"):
        read_transcript(tmp_path / "none.vtt")
    for name, code in (("folder.vtt", "disk.folder"), ("pipe.vtt", "disk.not_regular")):
        with refused(code):
            read_transcript(tmp_path / name)
    with refused("format.not_read") as caught:
        read_transcript(put(tmp_path, "a.xyz", "x"))
    assert ".vtt" in str(caught.value) and ".xyz" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "limits", "why"),
    [
        ("a.txt", "A: " + "so " * 50, {"line_max_chars": 100}, "format.too_long_a_line"),
        ("a.json", '[{"start": 0, "text": "%s"}]' % ("so " * 50), {"cue_max_chars": 100},
         "format.too_long_a_line"),
        ("a.vtt", "".join(f"\n0:0{i}.0 --> 0:0{i}.9\nA: so\n" for i in range(9)), {"cues_max": 8},
         "format.too_many_cues"),
        ("a.txt", "A: so so so so\n" * 9, {"words_max": 20}, "format.too_many_words"),
        ("a.vtt", "".join(f"\n0:0{i}.0 --> 0:0{i}.9\n<v V{i}>so\n" for i in range(9)),
         {"voices_max": 8}, "format.too_many_voices"),
    ],
)  # fmt: skip
def test_what_no_session_holds_is_refused_before_it_is_worked_on(tmp_path, name, text, limits, why):
    path = put(tmp_path, name, text)
    assert read_transcript(path).cues
    with refused("format.unreadable", why=why):
        read_transcript(path, formats=Formats(**limits))


def test_what_is_larger_than_any_transcript_is_refused_with_the_limit_it_passed(tmp_path):
    path = put(tmp_path, "a.txt", "A: hello\n" * 20)
    assert read_transcript(path, formats=Formats(size_max_bytes=180)).cues
    with refused("format.too_large") as caught:
        read_transcript(path, formats=Formats(size_max_bytes=179))
    assert caught.value.message.fields["largest_mib"] == 179 / 2**20


def test_a_transcript_without_words_is_refused_unless_speakers_are_enough(tmp_path):
    path = put(tmp_path, "a.rttm", RTTM)
    with refused("format.no_words"):
        read_transcript(path)
    assert ".rttm" in readable(wordless=True) and ".rttm" not in readable()
    read = read_transcript(path, wordless=True)
    assert [(c.voice, c.span) for c in read.cues] == [("A", Span(0.5, 1.5)), ("B", Span(1, 3))]


def test_deep_json_is_refused(tmp_path):
    with refused("format.unreadable", why="format.nested_too_deeply"):
        read_transcript(put(tmp_path, "a.json", "[" * 100_000))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(map(str.lower, readable(wordless=True)))), st.text(max_size=300))
def test_any_text_is_read_or_refused(ending, text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        path.write_text(text, "utf-8", errors="replace")
        with contextlib.suppress(Refused):
            assert any(cue.text for cue in read_transcript(path).cues)


MANY = 200_000


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (".vtt", "WEBVTT\n\n00:00.0 --> 00:09.0\n" + "<v " * MANY),
        (".srt", "1\n00:00:00,0 --> 00:00:09,0\n" + "<c." * MANY),
        (".vtt", "00:00.0 --> 00:09.0\n" + "((" * MANY),
        (".txt", "A" * MANY + "\n" + "(" * MANY + "\n" + "a " * MANY),
        (".TextGrid", '"TextGrid"\n' + '"' * (2 * MANY + 1)),
        (".TextGrid", '"TextGrid"\n"IntervalTier" "A" 0 1 9999999999999 0 1 "x"'),
        (".TextGrid", '"TextGrid"\n"IntervalTier" "A" 0 1 "five\nlines" 0 1 "x"'),
        (".cha", "*A:\t" + "1" * MANY + "\n%wor:\t" + "x" * MANY),
        (".csv", "text\n" + "x" * MANY),
        (".json", '{"segments": [{"start": 1' + "0" * 9000 + ', "end": 2, "text": "x"}]}'),
        (".json", '{"segments": [{"start": 1' + "0" * 900 + ', "end": 2, "text": "x"}]}'),
        (".eaf", "<a>" * MANY),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_text_made_to_hang_a_reader_is_read_or_refused(tmp_path, ending, text):
    path = put(tmp_path, f"a{ending}", text)
    try:
        assert read_transcript(path).cues
    except Refused as refusal:
        assert "\n" not in str(refusal) and len(str(refusal)) < 600


def test_cues_past_the_end(tmp_path):
    body = "".join(f"{i}\n00:00:{i:02d},000 --> 00:00:{i + 1:02d},000\nw{i}\n\n" for i in range(10))
    path = put(tmp_path, "a.srt", body)
    read = read_transcript(path, duration=9.4)
    assert read.cues[-1].span == Span(9, 9.4) and codes(read.notes) == ["format.past_the_end"]
    assert read.notes[0].fields["seconds"] == pytest.approx(0.6)
    with refused("format.other_recording"):
        read_transcript(path, duration=5)
    assert read_transcript(path, duration=5, formats=Formats(late_cues_share=0.5)).cues


# --- RTTM


RTTM = (
    ";; comment\nSPKR-INFO r 1 <NA> <NA> <NA> unknown A <NA> <NA>\n"
    "SPEAKER r 1 1.0 2.0 <NA> <NA> B <NA> <NA>\nSPEAKER r 1 0.5 1.0 <NA> <NA> A <NA> <NA>\n"
)


def test_rttm(tmp_path):
    read = read_rttm(put(tmp_path, "a.rttm", RTTM), duration=10)
    assert read.turns == (Turn(Span(0.5, 1.5), "A"), Turn(Span(1, 3), "B")) and read.notes == ()


def test_rttm_past_the_end_is_cut_or_refused(tmp_path):
    path = put(tmp_path, "a.rttm", RTTM)
    read = read_rttm(path, duration=2.8)
    assert read.turns[-1].span == Span(1, 2.8) and codes(read.notes) == ["format.past_the_end"]
    assert read.notes[0].fields["seconds"] == pytest.approx(0.2)
    with refused("format.other_recording") as caught:
        read_rttm(path, duration=1.5)
    assert caught.value.message.fields["end_s"] == 3.0
    assert read_rttm(path, duration=1.5, formats=Formats(past_end_s=2.0)).turns


@pytest.mark.parametrize(
    "line",
    ["SPEAKER r 1 x 1 <NA> <NA> A", "SPEAKER r 1 1 -1 <NA> <NA> A", "SPEAKER r 1 1 1",
     "SPEAKER r 1 nan 1 <NA> <NA> A", "SPEAKER r 1 1 inf <NA> <NA> A"],
)  # fmt: skip
def test_a_malformed_rttm_line_is_named(tmp_path, line):
    with refused("format.unreadable", why="format.not_an_rttm_line") as caught:
        read_rttm(put(tmp_path, "a.rttm", f"{RTTM}{line}\n"))
    assert inner(caught.value.message.fields, "why").fields["line"] == 5


def test_rttm_of_several_recordings(tmp_path):
    path = put(tmp_path, "a.rttm", RTTM + "SPEAKER other 1 0 1 <NA> <NA> A <NA> <NA>\n")
    with refused("format.unreadable", why="format.several_recordings"):
        read_rttm(path)
    assert len(read_rttm(path, recording="r").turns) == 2
    with refused("format.unreadable", why="format.no_speaker_row"):
        read_rttm(put(tmp_path, "b.rttm", ""))


def test_turns_of_a_labelled_transcript(tmp_path):
    text = "WEBVTT\n\n00:00.0 --> 00:04.0\n<v A>x</v>\n\n00:03.0 --> 00:05.0\n<v B>y</v>\n"
    read = read_transcript(put(tmp_path, "a.vtt", text))
    turns = turns_of(read, [Span(0.5, 1.0), Span(1.5, 3.5)])
    assert turns == (
        Turn(Span(0.5, 1.0), "A"),
        Turn(Span(1.5, 3.5), "A"),
        Turn(Span(3.0, 3.5), "B"),
    )


# --- writing


@pytest.mark.parametrize("ending", [".vtt", ".srt", ".csv", ".TextGrid", ".eaf"])
def test_round_trip(tmp_path, ending):
    path = tmp_path / f"out{ending}"
    write(LINES, path, duration=5.0)
    read = [cue for cue in read_transcript(path).cues if cue.text]
    assert sorted((c.voice, c.text) for c in read) == sorted((x.role, x.text) for x in LINES)
    for cue in read:
        line = next(x for x in LINES if x.text == cue.text)
        assert cue.span.start == pytest.approx(line.span.start, abs=1e-3)
        assert cue.span.end == pytest.approx(line.span.end, abs=1e-3)


def test_rttm_round_trip(tmp_path):
    write(LINES, tmp_path / "out.rttm", duration=5.0)
    turns = read_rttm(tmp_path / "out.rttm").turns
    assert [t.voice for t in turns] == ["therapist", "client", "therapist"]
    assert turns[1].span == Span(1.8, 4.25)


@pytest.mark.parametrize("ending", [".vtt", ".srt", ".TextGrid", ".eaf"])
def test_turns_without_words_come_back_without_words(tmp_path, ending):
    path = tmp_path / f"out{ending}"
    write((*LINES, Line(Span(4.3, 4.9), "A", "therapist")), path, duration=5.0)
    assert [c.text for c in read_transcript(path).cues if c.span.start > 4.2] == [""]


@pytest.mark.parametrize("ending", [".TextGrid", ".eaf"])
def test_a_tier_never_overlaps_itself(tmp_path, ending):
    lines = (*LINES, Line(Span(1.5, 3.2), "A", "therapist", "primary", "over"))
    write(lines, tmp_path / f"o{ending}", duration=5.0)
    hers = [c for c in read_transcript(tmp_path / f"o{ending}").cues if c.voice == "therapist"]
    assert [c.span for c in hers] == [Span(0.5, 3.4)]
    assert hers[0].text == "How are <you> & yours? over mm-hm"


def test_tier_words_come_back(tmp_path):
    lines = (
        Line(Span(0, 1), "A", "unknown", "primary", "a b",
             (Word(Span(0.1, 0.5), "a"), Word(Span(0.5, 0.9), "b"))),
    )  # fmt: skip
    for ending in (".TextGrid", ".eaf"):
        write(lines, tmp_path / f"o{ending}", duration=2.0)
        (cue,) = read_transcript(tmp_path / f"o{ending}").cues
        assert [(w.text, w.span) for w in cue.words] == [
            ("a", Span(0.1, 0.5)),
            ("b", Span(0.5, 0.9)),
        ]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_spreadsheet_runs_nothing(tmp_path, cell):
    line = Line(Span(0, 1), cell, "unknown", "primary", cell)
    write([line], tmp_path / "o.csv", duration=1.0)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text("utf-8"))))
    assert rows[0]["text"] == "'" + cell and rows[0]["voice"] == "'" + cell
    (cue,) = read_transcript(tmp_path / "o.csv").cues
    assert cue.text.strip() == cell.strip()


def test_vtt_text_is_escaped(tmp_path):
    write(LINES, tmp_path / "o.vtt", duration=5.0)
    text = (tmp_path / "o.vtt").read_text("utf-8")
    assert "<you>" not in text and "&lt;you&gt; &amp; yours" in text and "--&gt; really" in text


def test_writing_is_whole_or_not_at_all(tmp_path):
    for name in ("o.xyz", "o.cha"):  # of no format, and of one that is only read
        with refused("format.not_written"):
            write(LINES, tmp_path / name, duration=5.0)
    with refused("disk.cannot_write"):
        write(LINES, tmp_path / "none" / "o.vtt", duration=5.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", writable())
def test_the_same_turns_are_the_same_bytes_whatever_their_order(tmp_path, ending):
    for name, lines in (("a", LINES), ("b", LINES[::-1])):
        write(lines, tmp_path / f"{name}{ending}", duration=5.0)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_a_format_of_ones_own_is_one_row(tmp_path):
    def shout(lines, duration):
        return "".join(f"{line.label}! {line.text.upper()}\n" for line in lines)

    def heard(text, how):
        rows = (line.split("! ", 1) for line in text.splitlines())
        return Transcript(tuple(Cue(None, label, said) for label, said in rows))

    row = Format("shouting", (".SHOUT", ".loud"), heard, shout, ("word_times",))
    with refused("format.not_read"):
        read_transcript(put(tmp_path, "a.shout", "T! HI\n"))
    with registered(row):
        assert ".SHOUT" in writable() and ".loud" in readable()
        write(LINES[2:], tmp_path / "o.shout", duration=5.0)
        assert said(tmp_path / "o.shout") == [("therapist", "MM-HM")]
        with refused("format.not_read") as caught:
            read_transcript(tmp_path / "o.xyz")
    assert ".SHOUT" in str(caught.value)


def test_a_reader_that_stumbles_over_a_number_is_a_refusal_and_no_crash(tmp_path):
    def measured(text, how):
        return Transcript((Cue(Span(0, float(text)), None, "x"),))

    odd = registered(Format("odd", (".odd",), measured))
    with odd, refused("format.unreadable", why="format.impossible_value"):
        read_transcript(put(tmp_path, "a.odd", "ten"))


def test_every_format_says_what_it_cannot_hold():
    from diarize.messages import is_known

    for row in FORMATS:
        assert all(is_known(f"format_lacks.{code}") for code in row.lacks)
    assert {row.name for row in FORMATS if row.write and not row.lacks} == set()


def test_tiers_of_words_and_sounds_are_there_for_who_asks(tmp_path):
    lines = (Line(Span(0, 1), "A", "unknown", "primary", "a b", (Word(Span(0.1, 0.5), "a"),)),)
    write(lines, tmp_path / "o.TextGrid", duration=2.0)
    grid = (tmp_path / "o.TextGrid").read_text("utf-8")
    assert list(interval_tiers(grid)) == [
        ("A", [(Span(0, 1), "a b")]),
        ("A - words", [(Span(0.1, 0.5), "a")]),
    ]


@pytest.mark.parametrize("ending", [".TextGrid", ".eaf"])
def test_turns_and_words_shorter_than_a_file_can_hold_break_nothing(tmp_path, ending):
    words = (Word(Span(0.1, 0.1000000001), "a"), Word(Span(0.1000000001, 0.9), "b"))
    lines = (
        Line(Span(0, 1), "A", "unknown", "primary", "a b", words),
        Line(Span(1.2, 1.2 + 1e-9), "A", "unknown", "primary", "c"),
        Line(Span(1.5, 2.5), "A", "unknown", "primary", "bell \x07 d"),
    )
    write(lines, tmp_path / f"o{ending}", duration=2.0)
    read = read_transcript(tmp_path / f"o{ending}")
    assert [(c.span, c.voice) for c in read.cues] == [(Span(0, 1), "A"), (Span(1.5, 2), "A")]


def test_other_programs_read_what_is_written(tmp_path):
    """Both libraries' own readers, which are stricter than ours."""
    from praatio import textgrid
    from pympi import Elan

    for ending in (".TextGrid", ".eaf"):
        write(LINES, tmp_path / f"o{ending}", duration=5.0)
    grid = textgrid.openTextgrid(str(tmp_path / "o.TextGrid"), includeEmptyIntervals=False)
    assert grid.tierNames == ("therapist", "client", "client - words")
    assert [tuple(e) for e in grid.getTier("client").entries] == [
        (1.8, 4.25, "I am fine --> really")
    ]
    document = Elan.Eaf(str(tmp_path / "o.eaf"))
    told = [row[:3] for row in document.get_annotation_data_for_tier("client")]
    assert told == [(1800, 4250, "I am fine --> really")]
    used = dict(document.properties)["lastUsedAnnotation"]
    assert document.maxaid == int(used), "ELAN numbers on from here"
    assert document.get_child_tiers_for("client") == ["client - words"]
    words = document.get_parameters_for_tier("client - words")
    kind = document.get_parameters_for_linguistic_type(words["LINGUISTIC_TYPE_REF"])
    assert (words["PARTICIPANT"], kind["CONSTRAINTS"]) == ("client", "Included_In")
    assert document.media_descriptors == []


@pytest.mark.parametrize(("old", "new"), [("", ""), ('"A"', '"T1"'), ('"A"', '"A - speech"')])
def test_every_tier_of_a_voice_has_its_participant_in_elan(tmp_path, old, new):
    """Also as ELAN saves it once a person has another code, and as we wrote it before."""
    from pympi import Elan

    said = (Span(0, 1), Span(2, 3))
    paused = Line(Span(0, 3), "A", "unknown", "primary", "so it is", stretches=said)
    path = tmp_path / "o.eaf"
    write([paused], path, duration=4.0)
    tiers = Elan.Eaf(str(path)).tiers
    given = {name: tier[2]["PARTICIPANT"] for name, tier in tiers.items()}
    assert given == {"A": "A", "A - speech": "A"}
    text = path.read_text("utf-8")
    if new == '"A - speech"':
        head, _, rest = text.partition('TIER_ID="A - speech"')
        text = f'{head}TIER_ID="A - speech"{rest.replace(old, new)}'
    elif old:
        text = text.replace(f"PARTICIPANT={old}", f"PARTICIPANT={new}")
    path.write_text(text, "utf-8")
    (cue,) = read_transcript(path).cues
    voice = "T1" if new == '"T1"' else "A"
    assert (cue.voice, cue.stretches) == (voice, paused.stretches)


def test_a_session_s_id_names_the_recording_where_a_format_says_what_it_is_of(tmp_path):
    from pympi import Elan

    for ending in writable():
        write(LINES, tmp_path / f"o{ending}", duration=5.0, named="s 1")
    rows = (tmp_path / "o.rttm").read_text("utf-8").splitlines()
    assert {row.split()[1] for row in rows} == {"s_1"} and {len(row.split()) for row in rows} == {
        10
    }
    assert len(read_rttm(tmp_path / "o.rttm", recording="s_1").turns) == len(LINES)
    (media,) = Elan.Eaf(str(tmp_path / "o.eaf")).media_descriptors
    assert media["RELATIVE_MEDIA_URL"] == "./s%201.wav" and media["MIME_TYPE"] == "audio/x-wav"
    assert media["MEDIA_URL"].startswith("file:///")
    assert len(read_transcript(tmp_path / "o.eaf").cues) == len(LINES)


# Without what marks something that is not spoken ("xxx" too), and letters that are read as others.
no_letters = "[](){}*<>♪♫?:#@°└┘┌┐⌊⌋⌈⌉\\ﬀﬁﬂﬃﬄﬅﬆÂÃâ"
spoken = st.characters(
    codec="utf-8", exclude_categories=["C", "Z", "M"], exclude_characters=no_letters
)
words = st.text(spoken, min_size=1, max_size=8).filter(lambda word: word.lower() != "xxx")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 50_000), st.integers(20, 4000), st.booleans(),
                       st.lists(words, min_size=1, max_size=4)), min_size=1, max_size=8),
    st.sampled_from([".vtt", ".csv", ".TextGrid", ".eaf"]),
)  # fmt: skip
def test_round_trip_of_anything(rows, ending):
    lines = []
    at = 0
    for gap, length, first, said_words in rows:
        at += gap + 1
        span = Span(at / 1000, (at + length) / 1000)
        at += length
        text = " ".join(["w", *said_words])
        lines.append(Line(span, "A" if first else "B", "unknown", "primary", text))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"o{ending}"
        write(lines, path, duration=at / 1000 + 1)
        read = read_transcript(path).cues
    assert [(c.voice, c.text) for c in read] == [(x.voice, x.text) for x in lines]
    times = ([s for c in some for s in (c.span.start, c.span.end)] for some in (read, lines))
    assert next(times) == pytest.approx(next(times), abs=0.001)


# --- real exports


@needs_data
@pytest.mark.parametrize(
    ("name", "cues", "labels"),
    [
        ("zoom_style_1.vtt", 13, 8),
        ("zoom_style_2.vtt", 56, 4),
        ("webvtt-py/sample.srt", 5, 0),
        ("webvtt-py/cue_tags.vtt", 3, 0),
        ("batchalign_utterance.TextGrid", 12, 2),
        ("batchalign_test.cha", 13, 1),
        ("amazon_transcribe.json", 96, 0),
        ("digital_paper_edit.json", 22, 2),
    ],
)
def test_real_exports(name, cues, labels):
    read = read_transcript(DATA / "formats" / name)
    assert (len(read.cues), len(read.labels)) == (cues, labels)


@needs_data
def test_hand_timed_consultations():
    paths = sorted((DATA / "turn_timing").glob("*.TextGrid"))[:6]
    assert len(paths) == 6
    for path in paths:
        read = read_transcript(path)
        assert len(read.labels) == 1 and len(read.cues) > 10
        assert all("<" not in cue.text for cue in read.cues)


def test_in_a_short_text_where_every_line_has_a_label_a_person_may_speak_once(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("T: How are you?\nC: Not well at all.\nT: It sounds hard.\n")
    assert [cue.voice for cue in read_transcript(path).cues] == ["T", "C", "T"]
    path.write_text("T: How are you?\nand then: nothing.\nbut so it was\nT: It sounds hard.\n")
    assert [cue.voice for cue in read_transcript(path).cues] == ["T", "T"]


@pytest.mark.parametrize(
    ("cues", "texts"),
    [
        ([(0, 2, "a", "You were tired"), (2, 3, "a", "of it.")], ["You were tired of it."]),
        ([(0, 2, "a", "You were tired."), (2, 3, "a", "Yes.")], ["You were tired.", "Yes."]),
        ([(0, 2, "a", "You were"), (3.5, 4, "a", "tired.")], ["You were", "tired."]),
        ([(0, 2, "a", "You were"), (2, 3, "b", "tired.")], ["You were", "tired."]),
        ([(0, 2, None, "You were"), (2, 3, None, "tired.")], ["You were", "tired."]),
        ([(0, 2, "a", "So you--"), (2, 3, "a", "no.")], ["So you--", "no."]),
    ],
)
def test_only_what_subtitles_cut_in_mid_sentence_is_joined(cues, texts):
    joined = mended(Cue(Span(a, b), voice, text) for a, b, voice, text in cues)
    assert [cue.text for cue in joined] == texts
    assert joined[-1].span.end == cues[-1][1]
    untimed = [Cue(None, "a", "You were"), Cue(None, "a", "tired.")]
    assert mended(untimed) == tuple(untimed)


def test_half_a_character_in_json_is_shown_as_one_that_is_missing(tmp_path):
    file = tmp_path / "a.json"
    row = '{{"start": {0}, "end": {1}, "text": "so {2} it is", "speaker": "A"}}'
    rows = ", ".join((row.format(1, 3, r"\ud800"), row.format(4, 6, r"\ud83d\ude00")))
    file.write_text(f'{{"segments": [{rows}]}}')
    assert [cue.text for cue in read_transcript(file).cues] == [
        "so \N{REPLACEMENT CHARACTER} it is",
        "so \N{GRINNING FACE} it is",
    ]

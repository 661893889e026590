"""What is mended in one file must not be taken from another that looks like it."""

import pytest

from diarize.formats.table import read_transcript
from tests.said import inner, refused


def read(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_transcript(path)


def said(found):
    return [(cue.voice, cue.text) for cue in found.cues]


def test_a_name_beside_the_turns_of_pages_is_no_head_of_theirs(tmp_path):
    page = "Anna\n0:0{a}\nWell {a}.\nJo\n0:0{b}\nYes {b}.\nPage {k} of 3\n\f"
    text = "".join(page.format(a=2 * k, b=2 * k + 1, k=k) for k in (1, 2, 3))
    assert [who for who, _ in said(read(tmp_path, "a.txt", text))] == ["Anna", "Jo"] * 3


def test_what_is_murmured_beside_the_turns_of_pages_is_said(tmp_path):
    page = "[00:0{}] Anna: And then?\n[00:0{}] Jo: I left.\nmm-hm\nPage {} of 3\n\fmm-hm\n"
    text = "".join(page.format(2 * k, 2 * k + 1, k) for k in (1, 2, 3)) + "[00:09] Jo: mm-hm\n"
    found = read(tmp_path, "a.txt", text.replace("[00:09] Jo: mm-hm", "[00:09] Jo: So.\nmm-hm"))
    assert sum(cue.text.count("mm-hm") for cue in found.cues) == 7


@pytest.mark.parametrize("unit", ["frame", "samples"])
def test_counts_of_which_nobody_says_the_rate_are_no_times(tmp_path, unit):
    rows = f"start_{unit},end_{unit},speaker,text\n30,90,A,Well\n95,200,B,Yes\n"
    with refused("format.unreadable") as refusal:
        read(tmp_path, "a.csv", rows)
    assert "format.counts_without_rate" in str(refusal.value.message.fields)


def test_a_column_for_each_person_holds_what_each_says(tmp_path):
    rows = "Time;Anna;Jo\n1,5;Well?;\n3,0;;Yes.\n4,5;And?;\n6,0;;No.\n"
    assert said(read(tmp_path, "a.csv", rows)) == [
        ("Anna", "Well?"), ("Jo", "Yes."), ("Anna", "And?"), ("Jo", "No."),
    ]  # fmt: skip


def test_two_spaces_behind_a_sentence_set_no_name_apart(tmp_path):
    lines = "0:01 Well.  So it is.\n0:04 Well.  I know.\n0:09 Yes.  It is.\n"
    assert {cue.voice for cue in read(tmp_path, "a.txt", lines).cues} == {None}


def test_lyrics_that_are_shown_later_are_said_later(tmp_path):
    found = read(tmp_path, "a.lrc", "[offset:-250]\n[00:01.00]Well.\n[00:02.50]Yes.\n")
    assert [cue.span.start for cue in found.cues] == [1.25, 2.75]


def test_a_line_that_begins_with_a_dollar_is_not_yet_salt(tmp_path):
    found = read(tmp_path, "a.txt", "$ 5, that was all\nA: Five?\nB: Five.\nA: I see.\nB: Yes.\n")
    assert [text for _, text in said(found)][-4:] == ["Five?", "Five.", "I see.", "Yes."]


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (".vtt", "<!DOCTYPE html>\n<html><body>Sign in</body></html>"),
        (".srt", "<?xml version='1.0'?>\n<tt xmlns='http://www.w3.org/ns/ttml'></tt>"),
        (".csv", "<html><table><tr><td>0:01</td><td>Anna</td></tr></table></html>"),
        (".txt", "{\\rtf1\\ansi Anna: Well.\\par}"),
        (".md", "%PDF-1.7\n1 0 obj"),
    ],
)
def test_a_program_s_file_is_refused_under_any_ending_of_a_text(tmp_path, ending, text):
    with refused("format.of_a_program"):
        read(tmp_path, f"a{ending}", text)


_ALIKE = {
    "a label that is a tag too": (
        "a.txt",
        "[0:01] <P> Well.\n[0:03] <T> Yes.\n[0:05] <P> And?\n[0:09] <T> No.\n",
        [("P", "Well."), ("T", "Yes."), ("P", "And?"), ("T", "No.")],
    ),
    "what follows a name, a time and a dash": (
        "a.txt",
        "Anna (0:01) – Well.\nJo (0:03) – Yes.\nAnna (0:05) – So?\nJo (0:09) – No.\n",
        [("Anna", "Well."), ("Jo", "Yes."), ("Anna", "So?"), ("Jo", "No.")],
    ),
    "a line between a table's cells, and a wrapped cell": (
        "a.md",
        "| Time | Who | Text |\n|---|---|---|\n| 0:01 | Anna | a \\| b |\n| | | and c |\n"
        "| 0:05 | Jo | Yes. |\n",
        [("Anna", "a | b and c"), ("Jo", "Yes.")],
    ),
    "a block of lines in YAML": (
        "a.txt",
        "# s\n- sprecher: Anna\n  von: 0:01\n  text: |\n    # one\n    two\n"
        "- sprecher: Jo\n  von: 0:03\n  text: 'It''s.'\n",
        [("Anna", "# one two"), ("Jo", "It's.")],
    ),
    "who says a single word once": (
        "a.srt",
        "".join(
            f"{k}\n0:{k:02} --> 0:{k + 1:02}\n{word}\n\n"
            for k, word in enumerate(("A: Well", "so.", "B: Yes.", "Peter: No.", "A: Then", "go",
                                      "now.", "B: I", "do", "not.", "A: I", "see."))
        ),
        [("A", "Well so."), ("B", "Yes."), ("Peter", "No."), ("A", "Then go now."),
         ("B", "I do not."), ("A", "I see.")],
    ),
    "captions in lines under a text's name": (
        "a.txt",
        "1 0:01,0 --> 0:02,0 A: Well\n2 0:02,5 --> 0:04,0 B: Yes\n3 0:05,5 --> 0:06,0 A: So\n",
        [("A", "Well"), ("B", "Yes"), ("A", "So")],
    ),
    "names of columns again, one of them unknown": (
        "a.csv",
        "Nr;Start;Sprecher;Text\n1;0:01;A;Well\nNr;Start;Sprecher;Text\n2;0:05;B;Text\n",
        [("A", "Well"), ("B", "Text")],
    ),
    "a text and its times in a record": (
        "a.json",
        '[{"who": "x", "speaker": "A", "segment": {"text": "Well", "start": 1, "end": 2}},'
        ' {"who": "x", "speaker": "B", "segment": {"text": "Yes", "start": 3, "end": 4}}]',
        [("A", "Well"), ("B", "Yes")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "right"), _ALIKE.values(), ids=_ALIKE)
def test_what_a_mend_must_not_take_for_something_else(tmp_path, name, text, right):
    assert said(read(tmp_path, name, text)) == right


@pytest.mark.parametrize("who", ["{who: A, text: Well}", "who: &a A\n  text: Well"])
def test_yaml_with_more_than_plain_values_is_refused_with_its_line(tmp_path, who):
    with refused("format.unreadable") as refusal:
        read(tmp_path, "a.txt", f"- who: B\n  text: Yes\n- {who}\n- who: B\n  text: No\n")
    why = inner(refusal.value.message.fields, "why")
    assert (why.code, why.fields["line"]) == ("format.not_yaml", 3)


def test_a_container_names_of_several_parties_the_one_who_begins(tmp_path):
    row = '{{"type": "text", "start": {0}, "parties": [0, 1], "originator": {1}, "body": "{2}"}}'
    rows = ", ".join((row.format(1, 1, "Well."), row.format(3, 0, "Yes.")))
    assert said(read(tmp_path, "a.json", f'{{"dialog": [{rows}]}}')) == [
        ("1", "Well."),
        ("0", "Yes."),
    ]


def test_a_cell_without_a_time_in_a_table_of_persons_is_told(tmp_path):
    found = read(tmp_path, "a.csv", "Time;Anna;Jo\n1,5;Well?;\n3,0;;Yes.\n4,5;And?;\n;;No.\n")
    assert [note.fields for note in found.notes if note.code == "format.lines_beside"] == [
        {"lines": 1}
    ]

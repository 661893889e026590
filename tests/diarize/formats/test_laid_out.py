"""Text that is laid out for a program is read as that, or refused: its marks are no words."""

import json

import pytest

from diarize.formats.table import read_transcript
from tests.said import codes, inner, refused

TURNS = (
    (0.5, 3.2, "Anna Weber", "How was your week?"),
    (4.0, 6.5, "Jonas Lind", "It was long, and I slept badly."),
    (7.1, 8.0, "Anna Weber", "Mm-hm."),
    (8.4, 12.0, "Jonas Lind", "And then  nothing."),
)
SAID = [(name, " ".join(text.split())) for _, _, name, text in TURNS]


@pytest.fixture
def read(tmp_path):
    def reading(text, name="s.txt"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return read_transcript(path)

    return reading


def said(transcript):
    return [(cue.voice, cue.text) for cue in transcript.cues]


def rows(indent=None):
    return json.dumps(
        [{"start": a, "end": b, "speaker": n, "text": t} for a, b, n, t in TURNS], indent=indent
    )


def spaced(head="{:<8}{:<8}{:<12}{}", row="{:<8.2f}{:<8.2f}{:<12}{}"):
    lines = [head.format("start", "end", "speaker", "text")]
    return "\n".join((*lines, *(row.format(*turn) for turn in TURNS))) + "\n"


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "around",
    ["{}", "```json\n{}\n```", "~~~\n{}\n~~~\n", "Here it is:\n\n```json\n{}\n```\nMore?",
     "Here it is:\n{}\n", "```JSON\n{}"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["s.txt", "s.md"])
def test_json_in_a_text_is_read_and_what_stands_around_it_is_counted(read, around, indent, name):
    found = read(around.format(rows(indent)), name)
    assert said(found) == SAID
    assert [cue.span.start for cue in found.cues] == [a for a, *_ in TURNS]
    beside = sum(line in around for line in ("Here it is:", "More?"))
    lines = [n.fields["lines"] for n in found.notes if n.code == "format.lines_beside"]
    assert lines == ([beside] if beside else [])


def test_several_fences_and_a_value_a_line_are_one_transcript(read):
    values = [json.dumps({"start": a, "end": b, "speaker": n, "text": t}) for a, b, n, t in TURNS]
    assert said(read("\n".join(values))) == SAID
    assert said(read("".join(f"```json\n{value}\n```\n" for value in values))) == SAID


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("around", ["{}", "It is:\n```json\n{}\n```\n", "```json\n{}"])
def test_broken_json_in_a_text_is_refused_with_its_line(read, around, indent):
    broken = rows(indent)[:-60]
    with refused("format.unreadable") as refusal:
        read(around.format(broken))
    assert inner(refusal.value.message.fields, "why").code == "format.not_json"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("{:<8}{:<8}{:<12}{}", "{:<8.2f}{:<8.2f}{:<12}{}"),
        ("{:>8}{:>8}{:>14}  {:>40}", "{:>8.2f}{:>8.2f}{:>14}  {:>40}"),
        ("     {:>8}{:>8}{:>14}  {}", "1    {:>8.2f}{:>8.2f}{:>14}  {}"),
        ("{} {} {} {}", "{:<8.2f}{:<8.2f}{:<12}{}"),
        ("Session 3\n{:<8}{:<8}{:<12}{}\n-----   -----   -----", "{:<8.2f}{:<8.2f}{:<12}{}"),
    ],
)
def test_columns_parted_by_spaces_are_a_table(read, head, row):
    found = read(spaced(head, row))
    assert said(found) == SAID
    assert [cue.span.end for cue in found.cues] == [b for _, b, *_ in TURNS]
    assert ("format.lines_beside" in codes(found.notes)) == head.startswith("Session")


def test_columns_without_names_are_a_table_and_a_long_text_goes_on_below_itself(read):
    bare = spaced().partition("\n")[2]
    assert said(read(bare)) == SAID
    folded = spaced().replace("long, and", "long,\n" + " " * 28 + "and")
    assert said(read(folded)) == SAID


def test_columns_that_no_line_shows_the_end_of_are_refused_with_the_line(read):
    with refused("format.unreadable") as refusal:
        read(spaced("{} {} {} {}", "{:.2f} {:.2f} {} {}"))
    why = inner(refusal.value.message.fields, "why")
    assert (why.code, why.fields["line"]) == ("format.columns_unclear", 2)


def test_what_only_looks_laid_out_stays_speech(read):
    spoken = "T: Start  there.\nC: [laughs] so\nT: Well  and  then  so.\nC: The end.\n"
    assert [voice for voice, _ in said(read(spoken))] == ["T", "C", "T", "C"]
    bracketed = "[Therapist] Well: so.\n[Client] No.\n[Therapist] And?\n[Client] Yes.\n"
    found = said(read(bracketed))
    assert found[0] == ("Therapist", "Well: so.") and found[3] == ("Client", "Yes.")


@pytest.mark.parametrize(
    "row",
    ["[{r}] {n}: {t}", "({r}) {n}: {t}", "[0:{a:02.0f}] [{r}] {n}: {t}",
     "[{r}] {n} [0:{a:02.0f}]: {t}", "[{r}] - {n}: {t}", "0:{a:02.0f} [{r}] {n}: {t}",
     "**[{r}] {n}:** {t}", "[{r}] **{n}**: {t}", "<{r}> {n}: {t}", "[{r}]: {n}: {t}",
     "[{r}] {n}\n{t}\n"],
)  # fmt: skip
def test_a_role_in_brackets_before_a_name_is_part_of_the_label(read, row):
    roles = {"Anna Weber": "Therapist", "Jonas Lind": "Client"}
    text = "\n".join(row.format(r=roles[n], n=n, t=t, a=a) for a, _, n, t in TURNS * 2)
    found = said(read(text))
    assert found == [(f"{n} ({roles[n]})", t) for n, t in SAID * 2]


def test_a_role_before_a_name_in_captions_is_part_of_the_label(read):
    cues = "".join(
        f"00:00:{a:06.3f} --> 00:00:{b:06.3f}\n[{'Client' if n[0] == 'J' else 'Therapist'}] {n}: "
        f"{t}\n\n" for a, b, n, t in TURNS
    )  # fmt: skip
    found = said(read(f"WEBVTT\n\n{cues}", "s.vtt"))
    assert [text for _, text in found] == [text for _, text in SAID]
    assert {voice for voice, _ in found} == {"Anna Weber (Therapist)", "Jonas Lind (Client)"}


@pytest.mark.parametrize("roles", [("T", "C"), ("Host", "Guest"), ("Therapeutin", "Klient")])
def test_other_words_in_brackets_are_believed_where_all_names_have_one(read, roles):
    rows = [(roles["Jonas" in n], n, t) for n, t in SAID * 2]
    found = said(read("".join(f"[{r}] {n}: {t}\n" for r, n, t in rows)))
    assert found == [(r if len(r) == 1 else f"{n} ({r})", t) for r, n, t in rows]


def test_two_lines_with_roles_and_names_have_no_name_in_their_words(read):
    found = said(read("[Therapist] Anna: Well?\n[Client] Jo: Yes.\n"))
    assert found == [("Anna (Therapist)", "Well?"), ("Jo (Client)", "Yes.")]


@pytest.mark.parametrize(
    "inside",
    ["Anna: How was it?\nJo: Well.\nAnna: So?\nJo: Yes.",
     "start,end,speaker,text\n1,2,Anna,How was it?\n3,4,Jo,Well.\n5,6,Anna,So?\n7,8,Jo,Yes.",
     "1\n00:00:01,000 --> 00:00:02,000\nAnna: How was it?\n\n2\n00:00:03,000 --> 00:00:04,000\n"
     "Jo: Well.\n\n3\n00:00:05,000 --> 00:00:06,000\nAnna: So?\n\n4\n"
     "00:00:07,000 --> 00:00:08,000\nJo: Yes."],
)  # fmt: skip
def test_whatever_stands_in_a_fence_is_read_without_it(read, inside):
    found = read(f"Here it is:\n```text\n{inside}\n```\n")
    assert said(found) == [
        ("Anna", "How was it?"),
        ("Jo", "Well."),
        ("Anna", "So?"),
        ("Jo", "Yes."),
    ]
    assert "format.lines_beside" in codes(found.notes)

"""`prosody code` on every form a transcript comes in: the same turns, the same behaviours."""

import json

import pytest
from click.testing import CliRunner

from diarize.errors import Refused
from diarize.formats.table import Line, write
from diarize.messages import message
from diarize.timeline import Span
from prosody.cli.commands import cli
from prosody.listening.coder import code
from prosody.listening.judged import label
from prosody.rules.language import load

SAID = [
    ("therapist", "What brings you here today?"),
    ("client", "I can't sleep, and I keep shouting at the kids before breakfast."),
    ("therapist", "It sounds like the mornings wear you out, and you hate how they go."),
    ("client", "Yes, I hate it. I promise myself every night that it will be different."),
    ("therapist", "Of course you're worn out. How long have you been sleeping badly?"),
    ("client", "Since March, when my father moved in with us."),
    ("therapist", "You could try going to bed an hour earlier. It's up to you."),
    ("client", "Maybe."),
]


def told(*arguments):
    return CliRunner().invoke(cli, ["code", *map(str, arguments)])


def rows(done):
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def clock(seconds, mark="."):
    return f"00:{seconds // 60:02}:{seconds % 60:02}{mark}000"


def as_text(short=False):
    names = {"therapist": "T" if short else "Therapist", "client": "C" if short else "Client"}
    return "\n".join(f"{names[role]}: {text}" for role, text in SAID)


def as_srt():
    return "\n".join(
        f"{i + 1}\n{clock(9 * i, ',')} --> {clock(9 * i + 8, ',')}\n{role.title()}: {text}\n"
        for i, (role, text) in enumerate(SAID)
    )


def as_zoom():
    return "WEBVTT\n\n" + "\n".join(
        f"{i + 1}\n{clock(9 * i)} --> {clock(9 * i + 8)}\n{role.title()}: {text}\n"
        for i, (role, text) in enumerate(SAID)
    )


def as_table():
    head = "transcript_id,utterance_id,interlocutor,timestamp,utterance_text\n"
    return head + "".join(
        f'7,{i},{role},{clock(9 * i)[:8]},"{text}"\n' for i, (role, text) in enumerate(SAID)
    )


def as_whisper():
    turns = enumerate(SAID)
    return json.dumps(
        {
            "language": "en",
            "segments": [
                {"start": 9.0 * i, "end": 9.0 * i + 8, "speaker": role, "text": f" {text}"}
                for i, (role, text) in turns
            ],
        }
    )


@pytest.fixture
def expected():
    return [(c.role, c.text, [b.kind for b in c.behaviours]) for c in code(SAID)]


def plain(found):
    return [(r["role"], r["text"], [b["kind"] for b in r["behaviours"]]) for r in found]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", as_text()),
        ("b.txt", as_text(short=True)),
        ("c.srt", as_srt()),
        ("d.vtt", as_zoom()),
        ("e.csv", as_table()),
        ("f.json", as_whisper()),
    ],
)
def test_every_form_gives_the_same_turns_and_behaviours(tmp_path, expected, name, text):
    (tmp_path / name).write_text(text, "utf-8")
    assert plain(rows(told(tmp_path / name, "--json"))) == expected


@pytest.mark.parametrize("ending", [".TextGrid", ".eaf", ".vtt", ".srt", ".csv"])
def test_what_the_project_writes_is_coded_alike(tmp_path, expected, ending):
    lines = [Line(Span(9 * i, 9 * i + 8), r, r, text=t) for i, (r, t) in enumerate(SAID)]
    place = tmp_path / f"x{ending}"
    write(lines, place, duration=80.0)
    assert plain(rows(told(place, "--json"))) == expected


def test_the_shape_is_the_contracts_and_a_sub_kind_stands_only_where_offered(tmp_path):
    (tmp_path / "a.txt").write_text(as_text(), "utf-8")
    found = rows(told(tmp_path / "a.txt", "--json"))
    assert all(list(r) == ["index", "role", "text", "behaviours"] for r in found)
    said = [b for r in found for b in r["behaviours"]]
    assert all({"kind", "confidence", "evidence"} <= b.keys() for b in said)
    assert all(b.get("sub_kind", "simple") in ("simple", "complex") for b in said)
    assert any("sub_kind" not in b for b in said)


def test_a_sentence_cut_by_subtitles_is_one_turn(tmp_path):
    cut = (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nTherapist: What would\n\n"
        "00:00:02.000 --> 00:00:04.000\nTherapist: you like to talk about?\n\n"
        "00:00:04.500 --> 00:00:06.000\nClient: My brother.\n"
    )
    (tmp_path / "cut.vtt").write_text(cut, "utf-8")
    found = rows(told(tmp_path / "cut.vtt", "--json"))
    assert [r["text"] for r in found] == ["What would you like to talk about?", "My brother."]
    assert found[0]["behaviours"][0]["kind"] == "question_open"


def test_nobody_named_is_said_aside_and_stdout_stays_json(tmp_path):
    (tmp_path / "u.txt").write_text("It sounds hard.\n\nIt is.\n", "utf-8")
    done = told(tmp_path / "u.txt", "--json")
    assert all(r["role"] == "unknown" and r["behaviours"] == [] for r in rows(done))
    assert str(message("command.code_unlabelled")) in done.stderr
    (tmp_path / "v.txt").write_text("Ann: It sounds hard.\nBea: It is.\nAnn: Yes.\n", "utf-8")
    assert "--therapist" in told(tmp_path / "v.txt", "--json").stderr
    named = told(tmp_path / "v.txt", "--json", "--therapist", "Ann")
    assert named.stderr == ""
    assert rows(named)[0]["behaviours"][0]["kind"] == "reflection"


def test_another_language_is_refused_in_one_line(tmp_path):
    said = "Ich weiß nicht, was ich sagen soll, und das macht mich müde und traurig. " * 5
    (tmp_path / "de.txt").write_text(f"Therapist: {said}\nClient: {said}\n", "utf-8")
    done = told(tmp_path / "de.txt", "--json")
    assert done.exit_code != 0
    assert done.stdout == ""
    assert isinstance(done.exception, Refused)
    assert done.exception.message == message("behaviour.other_language", language="en")


GERMAN = """A: Guten Tag. Wie geht es Ihnen heute?
B: Nicht so gut. Ich habe die halbe Nacht wach gelegen und an meine Arbeit gedacht.
A: Sie fühlen sich von der Arbeit überfordert.
B: Ja, genau. Ich weiß nicht, wie das noch weitergehen soll mit den Kollegen.
A: Was wünschen Sie sich von den Kollegen?
B: Dass mir jemand zuhört, einfach nur zuhört.
"""


def test_german_is_read_by_rules_and_says_on_what_they_were_measured(tmp_path):
    talk = tmp_path / "talk.txt"
    talk.write_text(GERMAN, "utf-8")
    read = told(talk, "--language", "de", "--therapist", "A", "--json")
    assert str(label("de", load("de").sha256)) in read.stderr
    assert "F1" not in read.stderr  # the trained coder and its figures are of English
    kinds = [[b["kind"] for b in row["behaviours"]] for row in rows(read)]
    assert kinds[0][0] == "question_open" and kinds[2] == ["reflection"]
    assert kinds[4] == ["question_open"] and kinds[1] == kinds[3] == kinds[5] == []


def test_roles_are_not_inferred_from_german_words_and_that_is_said(tmp_path):
    talk = tmp_path / "talk.txt"
    talk.write_text(GERMAN, "utf-8")
    read = told(talk, "--language", "de", "--json")
    assert str(message("casting.not_english", language="de")) in read.stderr
    assert all(row["role"] == "unknown" and not row["behaviours"] for row in rows(read))
    talk.write_text(GERMAN.replace("A:", "T:").replace("B:", "K:"), "utf-8")
    assert {row["role"] for row in rows(told(talk, "--language", "de", "--json"))} == {
        "therapist",
        "client",
    }

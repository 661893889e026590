"""What a file holds beside speech leaves the words, and names leave everything."""

import pytest

from diarize.formats.names import voices_of_names
from diarize.formats.table import read_rttm, read_transcript
from diarize.messages import message
from tests.said import refused

MARKED = {
    "[laughs] Well, [inaudible 00:12] it is (pause) fine.": ("Well, it is fine.", 3),
    "I was (I mean it, truly and wholly) there.": ("I was (I mean it, truly and wholly) there.", 0),
    "((coughs)) yes *sighs* no": ("yes no", 2),
    "It was *really* good": ("It was really good", 0),
    "(0.5) and then (..) he left": ("and then he left", 2),
    "She works at the (bakery?) now": ("She works at the bakery now", 1),
    "so xxx that [crosstalk] is it ???": ("so that is it", 3),
    "(lacht) Ja, (unv.) genau": ("Ja, genau", 2),
    "♪ music ♪ hello": ("hello", 1),
    "and 00:12:33 then": ("and then", 1),
    "half past 10:30 it was": ("half past 10:30 it was", 0),
    "a (s)he b": ("a (s)he b", 0),
}


@pytest.mark.parametrize("text", MARKED)
def test_what_is_not_spoken_leaves_the_words(tmp_path, text):
    path = tmp_path / "a.vtt"
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:09.000\n<v A>{text}</v>\n", "utf-8")
    read = read_transcript(path)
    said, marks = MARKED[text]
    assert [cue.text for cue in read.cues] == [said] and len(read.remarks) == marks
    assert all(remark.voice == "A" and remark.span for remark in read.remarks)


def grid(*tiers):
    out = ['File type = "ooTextFile"', '"TextGrid"', "0", "9", "<exists>", str(len(tiers))]
    for name, rows in tiers:
        out += ['"IntervalTier"', f'"{name}"', "0", "9", str(len(rows))]
        out += [f'{a}\n{b}\n"{text}"' for a, b, text in rows]
    return "\n".join(out) + "\n"


SAID = [(0, 1, "How are you?"), (2, 3, "I see."), (4, 5, "And then?")]
ANSWERS = [(1, 2, "Not well."), (3, 4, "No."), (5, 6, "I left.")]


@pytest.mark.parametrize(
    ("tier", "kind"),
    [
        (("MISC codes", [(0, 1, "OQ"), (2, 3, "RF")]), "codes"),
        (("my notes", [(0, 1, "checked")]), "notes"),
        (("Therapist translation", [(0, 1, "Wie geht es?")]), "translation"),
        (("gaze", [(0, 1, "at client")]), "gestures"),
        (("ipa", [(0, 1, "haʊ")]), "sounds"),
        (("X", [(0, 1, "OQ"), (2, 3, "RF+"), (4, 5, "AF")]), "codes"),
        (("Y", [(0, 1, "Wie geht es?"), (2, 3, "Gut."), (4, 5, "Und?")]), "repeats"),
    ],
)
def test_only_tiers_of_speech_are_words(tmp_path, tier, kind):
    path = tmp_path / "a.TextGrid"
    path.write_text(grid(("Ann", SAID), ("Bo", ANSWERS), tier), "utf-8")
    read = read_transcript(path)
    assert read.labels == ("Ann", "Bo") and len(read.cues) == 6
    (note,) = read.notes
    assert note.fields["which"] == (
        message("format.tier", number=3, kind=message(f"format.tier_{kind}")),
    )
    assert tier[0] not in str(note)  # a tier's name may be a person's


def test_tiers_of_one_name_are_two_voices(tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_text(grid(("speech", SAID), ("speech", ANSWERS)), "utf-8")
    assert len(read_transcript(path).labels) == 2


@pytest.mark.parametrize(
    ("line", "voice", "start"),
    [
        ("SPEAKER my session 1 1.5 2.0 <NA> <NA> Anna Berg <NA> <NA>", "Anna Berg", 1.5),
        ("SPEAKER a 1 1,5 2,0 <NA> <NA> B <NA> <NA>", "B", 1.5),
        ("SPEAKER a 1 -0.2 2.0 <NA> <NA> B <NA>", "B", 0.0),
        ("SPEAKER a 1 1.5 2.0 NA NA B 0.9 NA", "B", 1.5),
    ],
)
def test_rttm_as_people_have_it(tmp_path, line, voice, start):
    path = tmp_path / "a.rttm"
    path.write_text(line + "\n", "utf-8")
    (turn,) = read_rttm(path).turns
    assert (turn.voice, turn.span.start) == (voice, start)


def test_labels_that_may_be_names_become_letters():
    assert voices_of_names(["Dr. Brown", "client", "Anna Berg", "SPEAKER_00", "Therapist 2"]) == {
        "Dr. Brown": "A",
        "client": "client",
        "Anna Berg": "B",
        "SPEAKER_00": "SPEAKER_00",
        "Therapist 2": "Therapist 2",
    }


def test_a_binary_text_grid_is_refused_for_what_it_is(tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_bytes(b"ooBinaryFile\x08TextGrid\x00\xff\x80\x00")
    with refused("format.unreadable", why="format.binary_text_grid"):
        read_transcript(path)

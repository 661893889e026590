"""What people do in transcripts by habit is undone where all lines show it, and nowhere else."""

import json
from unicodedata import category

import numpy as np
import pytest

from diarize.formats.habits import starts_behind, usual
from diarize.formats.table import read_transcript
from diarize.settings import Formats

FORMATS = Formats()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1. T: Well.\n2. P: Yes.\n3. T: Now.", "T: Well.\nP: Yes.\nT: Now."),
        (" 9 T: Well.\n10 P: Yes, I\n11\n12    think.", "T: Well.\nP: Yes, I\n\nthink."),
        ("[00.00.03] T: a\n[00.00.09] P: b\n[00.01.10] T: c",
         "[00:00:03] T: a\n[00:00:09] P: b\n[00:01:10] T: c"),
        ("ANNA\n\nWell.\n\nJONAS\n\nMm-hm\n\nANNA\n\nNow.\n\nJONAS\n\nMm-hm",
         "ANNA:\n\nWell.\n\nJONAS:\n\nMm-hm\n\nANNA:\n\nNow.\n\nJONAS:\n\nMm-hm"),
    ],
)  # fmt: skip
def test_a_habit_is_written_as_others_write_it(written, meant):
    assert usual(written, FORMATS) == meant


@pytest.mark.parametrize(
    "text",
    [
        "T: 3 weeks ago.\n4 days in a row.\nP: 5 of them.",  # numbers that are said
        "3 weeks ago.\n12 days in a row.\n2 of them.",  # one in front of every line
        "1 week.\nThen rest.\n2 weeks.\nThen rest.\n3 weeks.\nThen rest.",
        "04.03.26 T: a\n03.03.26 P: b\n05.03.26 T: c",  # dates go back
        "Mm-hm\n\nWell, then.\n\nMm-hm\n\nNow.",  # two answers, and nobody's name
        "Anna\n\nWell.\n\nJonas\n\nYes.",  # each seen once
    ],
)
def test_a_text_without_the_habit_stays_as_it_is(text):
    assert usual(text, FORMATS) == text


@pytest.mark.parametrize("starts", [True, False])
def test_whether_times_behind_turns_are_starts_is_told_by_the_lengths_of_turns(starts):
    words = np.random.default_rng(4).integers(1, 40, 30)
    ends = np.cumsum(words * 0.35 + 0.5)
    times = [0.0, *ends[:-1]] if starts else [*ends]
    assert starts_behind(times, list(words), FORMATS) is starts
    assert not starts_behind(times[:5], list(words[:5]), FORMATS)


@pytest.mark.parametrize("ending", ["vtt", "srt", "json", "csv"])
def test_what_steers_a_terminal_is_no_part_of_what_was_said(tmp_path, ending):
    said = "Well \x1b]2;OWNED\x07 \x9b31m\u2067so\x0bit\x00 was"
    cue = f"00:00:01.000 --> 00:00:02.000\n<v a\x1b>{said}\n"
    path = tmp_path / f"a.{ending}"
    path.write_text(
        {
            "vtt": f"WEBVTT\n\n{cue}",
            "srt": f"1\n{cue.replace('.000', ',000')}",
            "json": json.dumps({"segments": [{"start": 1, "end": 2, "text": said}]}),
            "csv": f"start,end,voice,text\n1,2,a\x1b,{said}\n",
        }[ending],
        "utf-8",
    )
    (found,) = read_transcript(path).cues
    assert not [c for c in found.text + (found.voice or "") if category(c) == "Cc"]
    assert "OWNED" in found.text and "\u2067so" in found.text, "what is said is as it was"

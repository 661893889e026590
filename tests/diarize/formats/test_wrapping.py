"""Lines that a tool adds are not speech; lines that sound alike and are somebody's, are."""

import pytest

from diarize.formats.wrapping import ADDED


@pytest.mark.parametrize(
    "line",
    [
        "Anna Berg joined the meeting",
        "T-01 left the call.",
        "Anna Berg hat die Besprechung verlassen",
        "Jean a démarré la transcription",
        "María inició la grabación",
        "Meeting ended after 00:52:10",
    ],
)
def test_what_a_tool_adds_is_known(line):
    assert ADDED.match(line)


@pytest.mark.parametrize(
    "line",
    [
        "Anna: She left the meeting.",
        "Tom: und dann hat er die Besprechung verlassen",
        "T: Then somebody started the recording",
    ],
)
def test_what_somebody_says_of_such_things_is_theirs(line):
    assert not ADDED.match(line)

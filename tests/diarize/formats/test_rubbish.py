"""What is no transcript is refused for what it lacks, whatever ending it has."""

import pytest

from diarize.formats.table import read_transcript, readable
from tests.said import inner, refused

# Why what is text and no transcript is refused, by the ending it has.
LACKS = {
    ".cha": {"no_speaker_line"},
    **{key: {"no_text_column"} for key in (".csv", ".tsv")},
    ".ctm": {"no_word", "not_a_ctm_line"},
    ".eaf": {"not_xml", "not_elan"},
    **{key: {"not_json", "no_list_of_turns"} for key in (".json", ".jsonl", ".ndjson")},
    ".otr": {"no_list_of_turns"},
    ".rttm": {"no_speaker_row"},
    **{key: {"no_timed_cue"} for key in (".sbv", ".srt", ".vtt")},
    ".textgrid": {"not_a_text_grid"},
    **{key: {"no_text"} for key in (".lrc", ".md", ".txt")},
}


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (ending, content)
        for ending in sorted(map(str.lower, readable(wordless=True)))
        for content in (b"", b"\x00\xff\xfe\x00RIFF\x80", b"{}", b"[[1]]", b"<a/>")
        # any characters are plain text
        if ending not in (".txt", ".md", ".lrc") or content[:1] not in (b"{", b"[", b"<")
    ],
)
def test_rubbish_is_refused_in_one_line(tmp_path, ending, content):
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    binary = b"\x00" in content
    with refused("format.not_text" if binary else "format.unreadable") as refusal:
        read_transcript(path)
    if not binary:
        why = inner(refusal.value.message.fields, "why").code
        assert ending in LACKS, "say there what rubbish of a new ending lacks"
        assert why in {f"format.{lack}" for lack in LACKS[ending]}
    assert ";" in str(refusal.value), "what to do is said"

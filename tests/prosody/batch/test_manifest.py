"""Which files of a folder are recordings, and what is said to be passed over."""

from prosody.batch.manifest import jobs_of, passed_over
from tests.conftest import tone


def test_a_folder_is_searched_with_its_folders_and_what_is_no_recording_is_counted(
    consented, tmp_path
):
    for name in ("b.WAV", "a.aiff", "c.flac"):
        consented(tone(0.2), name=name, format=name[2:].upper())
    inner = tmp_path / "2026" / "week 3"
    inner.mkdir(parents=True)
    (tmp_path / "c.flac").rename(inner / "unnamed")
    (inner / "d.wma").write_bytes(b"not what its name says")
    (tmp_path / "a.vtt").write_text("WEBVTT\n")
    (tmp_path / "other.srt").write_text("1\n")
    (tmp_path / "letter.docx").write_bytes(b"PK")
    (tmp_path / "notes.txt").write_bytes("\ufeffnotes".encode("utf-16"))
    (tmp_path / "._b.wav").write_bytes(b"a resource fork")
    library = tmp_path / "library" / "s-1"
    library.mkdir(parents=True)
    (library / "audio.flac").write_bytes(b"fLaC")
    (tmp_path / "circle.wav").symlink_to("circle.wav")
    jobs = jobs_of(tmp_path, library=library.parent)
    names = [str(job.recording.relative_to(tmp_path)) for job in jobs]
    assert names == ["2026/week 3/d.wma", "2026/week 3/unnamed", "a.aiff", "b.WAV"]
    left = passed_over(tmp_path, jobs, library=library.parent)
    assert left == {".srt": 1, ".docx": 1, ".txt": 1}
    assert jobs_of(tmp_path, library=tmp_path / "circle.wav")  # no library, and no fault

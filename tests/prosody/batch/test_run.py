"""What a row of a manifest becomes, and what becomes of the tables of a batch."""

from dataclasses import replace

from prosody.batch import run as batch
from prosody.batch.run import jobs_of
from prosody.features.frames import save
from prosody.store import library
from prosody.store.corrections import correct
from prosody.store.library import Correction, Entry


def test_a_rows_enrolled_voice_is_asked_for_in_its_session_alone(tmp_path):
    manifest = tmp_path / "m.csv"
    manifest.write_text("recording,therapist_voice,setting\na.wav,T1,\nb.wav,,remote\n", "utf-8")
    first, second = jobs_of(manifest)
    assert first.arguments == ("--therapist-voice", "T1")
    assert second.arguments == ("--setting", "remote")


def test_tables_follow_a_correction_and_an_erasure_and_leave_other_rows_as_they_are(
    tmp_path, report, frames
):
    first, *rest = report.measures
    report = replace(report, measures=(replace(first, low=-1.5), *rest))
    with library.locked(tmp_path):
        for name in ("s-1", "s-2"):
            entry = Entry(name, report.recording.sha256, "2030-01-01", 31.0, dyad_id="=d")
            library.save(tmp_path, entry, report, "x", lambda to: save(frames, to))
    outcomes = [batch.Outcome(i, "done", f"s-{i}") for i in (1, 2)]
    batch._tables(tmp_path, outcomes)
    before = {n: (tmp_path / n).read_text("utf-8") for n in ("sessions.csv", "measures.csv")}
    assert "\ns-2,'=d," in before["sessions.csv"]
    assert ",-1.5," in before["measures.csv"]  # a figure below zero is a figure, and stays one
    roles = [
        Correction("role", "x", "2030-01-01", {"voice": voice, "role": role})
        for voice, role in (("A", "client"), ("B", "therapist"))
    ]
    correct(tmp_path, "s-1", roles)
    batch.renew_rows(tmp_path, "s-1")
    for name, text in before.items():
        now = (tmp_path / name).read_text("utf-8")
        assert now != text
        assert [r for r in now.splitlines() if r.startswith("s-2,")] == [
            r for r in text.splitlines() if r.startswith("s-2,")
        ]
        assert now.count("\n") == text.count("\n")
    batch._tables(tmp_path, outcomes)
    after = {n: (tmp_path / n).read_text("utf-8") for n in before}
    correct(tmp_path, "s-1", roles)
    batch.renew_rows(tmp_path, "s-1")
    assert {n: (tmp_path / n).read_text("utf-8") for n in before} == after
    batch.forget_rows(tmp_path, "s-1")
    assert "s-1," not in (tmp_path / "measures.csv").read_text("utf-8")

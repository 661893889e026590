"""What a row of a manifest becomes."""

from prosody.batch import jobs_of


def test_a_rows_enrolled_voice_is_asked_for_in_its_session_alone(tmp_path):
    manifest = tmp_path / "m.csv"
    manifest.write_text("recording,therapist_voice,setting\na.wav,T1,\nb.wav,,remote\n", "utf-8")
    first, second = jobs_of(manifest)
    assert first.arguments == ("--therapist-voice", "T1")
    assert second.arguments == ("--setting", "remote")

"""What programs use: a session as tables and figures, under the same consent as everywhere."""

import numpy as np
import pytest

import prosody
from prosody import analyze, load
from prosody.features.frame_files import save
from prosody.store.library import Entry
from tests.conftest import tone
from tests.prosody.conftest import keep
from tests.said import refused


@pytest.fixture
def session(tmp_path, report, frames):
    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    keep(tmp_path / "l", entry, report, lambda to: save(frames, to))
    return load("s-1", library=tmp_path / "l")


def test_a_session_is_tables_with_what_its_report_says(session, report):
    assert list(session.measures["value"].isna()) == [m.value is None for m in report.measures]
    assert list(session.turns["text"]) == [turn.text for turn in report.turns]
    assert len(session.events) == len(report.events) and len(session.links) == len(report.links)
    assert session.frames["time_s"].diff().dropna().to_numpy() == pytest.approx(0.01, abs=1e-4)


def test_figures_stand_by_themselves(session):
    for name in ("contours", "timeline"):
        drawn = session.figure(name)
        assert drawn.startswith("<svg") and "var(" not in drawn and 'width="960"' in drawn


def test_a_recording_is_analysed_and_kept_only_where_asked(consented, tmp_path):
    path = consented(tone(1.0))
    found = analyze(path, transcriber="none")
    assert found.report.recording.duration_s == pytest.approx(1.0)
    kept = analyze(path, transcriber="none", library=tmp_path / "l", session_id="s-7")
    assert load("s-7", library=tmp_path / "l").measures.equals(kept.measures)
    with pytest.raises(TypeError):
        analyze(path, colour="red")


def test_without_consent_nothing_is_analysed(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    with refused("consent.missing"):
        analyze(path)


def test_nothing_else_is_there():
    assert prosody.__all__ == ["Session", "analyze", "load"]
    with pytest.raises(AttributeError):
        prosody.analyse_all  # noqa: B018


def test_figures_are_matplotlibs_objects_with_what_the_report_says(session, report):
    pytest.importorskip("matplotlib", reason="the extra 'figures' is not installed")
    timeline = session.plot("timeline").axes[0]
    bars = [len(each.get_paths()) for each in timeline.collections]
    assert sum(bars) == sum(len(turn.ipus) for turn in report.turns if turn.role != "unknown")
    pitch, level = session.plot("contours").axes
    assert len(pitch.lines) == len(level.lines) == 2
    drawn = np.concatenate([line.get_ydata() for line in pitch.lines])
    assert np.isfinite(drawn).any() and np.nanmin(drawn) >= 48
    assert session.plot("offsets").axes[0].get_xlabel() == "s"

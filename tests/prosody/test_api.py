"""What programs use: a session as tables and figures, under the same consent as everywhere."""

import numpy as np
import pytest

import prosody
from diarize.recording import register
from prosody import Consent, analyze, digest, load
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
    assert prosody.__all__ == ["Consent", "Session", "analyze", "digest", "load"]
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


def consent_for(samples, rate_hz, *, scopes=("analyse",), until="2100-01-01"):
    return Consent(digest(samples, rate_hz), "C-1", "2020-01-01", scopes, until)


def test_samples_in_memory_are_analysed_with_a_consent_for_exactly_them(consented):
    samples = tone(1.0).astype(np.float32)
    path = consented(samples)
    found = analyze((samples, 16_000), consent=consent_for(samples, 16_000), transcriber="none")
    of_file = analyze(path, transcriber="none")
    assert found.report.recording.duration_s == of_file.report.recording.duration_s
    in_memory, in_file = (each.frames["level_db"].to_numpy() for each in (found, of_file))
    np.testing.assert_allclose(in_memory, in_file, atol=0.1)  # the file has 16 bits
    assert found.report.recording.sha256 == digest(samples, 16_000)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_digest_is_of_the_sound_and_not_of_the_array_that_holds_it(channels):
    sound = np.random.default_rng(0).uniform(-1, 1, (channels, 5000)).astype(np.float32)
    turned = np.asfortranarray(sound.astype(np.float64))
    assert digest(sound, 8000) == digest(turned, 8000)
    other = sound.copy()
    other[-1, -1] += 1e-3
    assert len({digest(sound, 8000), digest(sound, 16_000), digest(other, 8000)}) == 3


def test_samples_are_refused_without_a_consent_for_them(tmp_path):
    samples = tone(1.0)
    with refused("consent.samples_without"):
        analyze((samples, 16_000))
    with refused("consent.other_samples"):
        analyze((samples, 16_000), consent=consent_for(samples, 8000))
    for given in ({"until": "2021-01-01"}, {"scopes": ("share",)}):
        with refused("consent.samples_not_allowed"):
            analyze((samples, 16_000), consent=consent_for(samples, 16_000, **given))
    with refused("consent.samples_not_kept"):
        given = consent_for(samples, 16_000)
        analyze((samples, 16_000), consent=given, library=tmp_path / "l")
    broken = samples.copy()
    broken[5000:] = np.nan
    with refused("recording.not_numbers"):
        analyze((broken, 16_000), consent=consent_for(broken, 16_000))


def test_a_withdrawn_consent_for_samples_stays_withdrawn():
    samples = tone(1.1)
    given = consent_for(samples, 16_000)
    analyze((samples, 16_000), consent=given, transcriber="none")
    register.say(register.Event(register.WITHDRAWN, given.sha256, "C-1"))
    with refused("consent.samples_not_allowed"):
        analyze((samples, 16_000), consent=given)


def test_a_consent_for_samples_is_none_for_a_file(consented):
    path = consented(tone(1.2))
    with pytest.raises(TypeError):
        analyze(path, consent=consent_for(tone(1.2), 16_000), transcriber="none")


@pytest.mark.parametrize("given", [tone(0.2), [0.0, 0.5], [], [tone(0.2)], 16_000, None])
def test_what_is_neither_a_path_nor_samples_with_a_rate_is_no_recording(given):
    with pytest.raises(TypeError, match="samples and their rate"):
        analyze(given, transcriber="none")

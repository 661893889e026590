"""What programs use: a session as tables and figures, under the same consent as everywhere."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import prosody
from diarize.messages import is_known
from diarize.recording import consent, register
from prosody import Consent, Session, analyze, digest, load
from prosody.features.frame_files import save
from prosody.store.library import Entry
from tests.conftest import ROOT, tone
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
    loaded = load("s-7", library=tmp_path / "l")
    held = loaded.measures
    assert held.reason_text.equals(held.reason) and held.reason_code.notna().any()
    assert {"reason_code", "reason_text"} <= {*loaded.links}
    assert {"evidence_code", "evidence_text"} <= {*loaded.events}
    assert loaded.measures.equals(kept.measures)
    with pytest.raises(TypeError):
        analyze(path, colour="red")
    sha256, day = kept.report.recording.sha256, register.today().isoformat()
    over = register.Event(register.GRANTED, sha256, "c-1", day, consent.SCOPES, "2000-01-01")
    register.say(over)
    for opened in (kept, loaded):  # frames are read when they are asked for: so is the consent
        with refused("library.consent_expired"):
            opened.frames  # noqa: B018


def test_without_consent_nothing_is_analysed(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    with refused("consent.missing"):
        analyze(path)


def test_nothing_else_is_there():
    assert prosody.__all__ == ["Consent", "Refused", "Session", "analyze", "digest", "load"]
    assert {*prosody.__all__} <= {*dir(prosody)}
    with pytest.raises(AttributeError) as told:
        prosody.analyse  # noqa: B018
    # Of these Python's own traceback makes "Did you mean: 'analyze'?".
    assert (told.value.name, told.value.obj) == ("analyse", prosody)


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
    with refused("recording.samples_not_numbers"):
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


@pytest.mark.parametrize(
    "given",
    [
        *(tone(0.2), [0.0, 0.5], [], [tone(0.2)], 16_000, None, "", b"a.wav"),
        *((16_000, tone(0.2)), [tone(0.2), 16_000], ([0.0, 0.5], 16_000)),
    ],
)
def test_what_is_neither_a_path_nor_samples_with_a_rate_is_no_recording(given):
    with pytest.raises(TypeError, match="samples and their rate"):
        analyze(given, transcriber="none")


SOUND = tone(1.3)


@pytest.mark.parametrize(
    ("samples", "rate_hz", "code", "fields"),
    [
        *(
            ((SOUND * 100).astype(kind), 16_000, "recording.samples_kind", {"kind": kind})
            for kind in ("int16", "int32", "uint8", "bool", "complex64", "object")
        ),
        (np.stack([SOUND, SOUND], 1), 16_000, "recording.samples_turned", {"channels": SOUND.size}),
        (SOUND[:, None], 16_000, "recording.samples_turned", {"channels": SOUND.size}),
        (SOUND[None, None], 16_000, "recording.samples_shape", {"shape": f"(1, 1, {SOUND.size})"}),
        (SOUND[0], 16_000, "recording.samples_shape", {"shape": "()"}),
        (SOUND[:0], 16_000, "recording.samples_none", {}),
        *(
            (SOUND, rate, "recording.samples_rate", {"rate": repr(rate)})
            for rate in (-1, 16_000.5, 44.1, "16000", None, True, float("nan"), 1 << 64)
        ),
    ],
    ids=str,
)
def test_samples_of_another_kind_order_or_rate_are_told_as_what_they_are(
    samples, rate_hz, code, fields
):
    given = Consent("0" * 64, "C-1", "2020-01-01", ("analyse",), "2100-01-01")
    with refused(code, **fields):
        analyze((samples, rate_hz), consent=given, transcriber="none")
    with refused(code, **fields):
        digest(samples, rate_hz)


def test_a_whole_rate_is_one_whatever_number_has_it():
    rates: list[Any] = [16_000, 16_000.0, np.int64(16_000), np.float32(16_000)]
    assert len({digest(SOUND, rate) for rate in rates}) == 1
    of_float = consent_for(SOUND, 16_000.0)
    found = analyze((SOUND, rates[-1]), consent=of_float, transcriber="none")
    assert type(found.report.recording.sample_rate_hz) is int


def test_samples_that_are_no_sound_are_told_of_samples_and_not_of_a_file():
    loud = SOUND * 32_767
    with refused("recording.samples_beyond"):
        analyze((loud, 16_000), consent=consent_for(loud, 16_000))
    broken = np.full(16_000, np.nan)
    with refused("recording.samples_not_numbers", samples=16_000):
        analyze((broken, 16_000), consent=consent_for(broken, 16_000))
    many = np.stack([SOUND] * 9)
    with refused("recording.channels", channels=9):
        analyze((many, 16_000), consent=consent_for(many, 16_000))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"given_by": "Anna Miller"}, "consent.given_by_no_code"),
        ({"given_by": ""}, "consent.given_by_no_code"),
        ({"expires_on": "31.12.2099"}, "consent.not_a_date"),
        ({"given_on": None}, "consent.not_a_date"),
        ({"scopes": ("analyze",)}, "consent.unknown_scope"),
        ({"scopes": ()}, "consent.no_scope"),
        ({"sha256": None}, "consent.other_samples"),
    ],
    ids=str,
)
def test_a_consent_that_a_program_made_is_held_to_what_the_command_asks(changed, code):
    with refused(code) as told:
        analyze((SOUND, 16_000), consent=replace(consent_for(SOUND, 16_000), **changed))
    assert "Miller" not in str(told.value)
    assert register.latest(digest(SOUND, 16_000)) is None


def test_a_consent_allows_no_more_than_it_says_though_more_was_said_before():
    samples = tone(1.4)
    wide = consent_for(samples, 16_000, scopes=("analyse", "keep_words"))
    analyze((samples, 16_000), consent=wide, transcriber="none")
    for given in ({"until": "2021-01-01"}, {"scopes": ("share",)}):
        with refused("consent.samples_not_allowed"):
            analyze((samples, 16_000), consent=consent_for(samples, 16_000, **given))
    found = analyze(
        (samples, 16_000),
        consent=consent_for(samples, 16_000, until="2099-01-01"),
        transcriber="none",
    )
    assert found.report.consent.scopes == ("analyse",)
    assert found.report.consent.expires_on == "2099-01-01"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"transcript": ["a.vtt"]}, "transcript"),
        ({"speakers": 3}, "speakers"),
        ({"library": 3}, "library"),
        ({"session_id": "s-1"}, "library"),
        ({"session_id": 7, "library": "l"}, "session_id"),
        ({"colour": "red"}, "transcript"),  # what there is
    ],
    ids=str,
)
def test_an_argument_of_another_kind_is_named(consented, given, says):
    path = consented(tone(1.5))
    with pytest.raises(TypeError, match=says):
        analyze(path, **given)


def test_a_consent_of_another_kind_is_told_so():
    wrong: Any = "C-1"
    with pytest.raises(TypeError, match="Consent"):
        analyze((SOUND, 16_000), consent=wrong)


def test_what_cannot_be_loaded_is_told_as_what_it_is(session, tmp_path):
    with refused("library.no_session", session="s-2"):
        load("s-2", library=tmp_path / "l")
    for folder in (tmp_path / "none", tmp_path):
        with refused("library.none"):
            load("s-1", library=folder)
        assert not (folder / "library.db").exists()
    with refused("library.unnamed"):
        load("s-1", library="")
    others: list[Any] = [1, None, Path("s-1")]
    for wrong in others:
        with pytest.raises(TypeError, match="session_id"):
            load(wrong, library=tmp_path / "l")


def test_a_library_is_named_as_the_commands_name_it(consented, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    path = consented(tone(1.6))
    kept = analyze(
        f"~/{path.relative_to(tmp_path)}", transcriber="none", library="~/l", session_id="s-8"
    )
    assert load("s-8", library=tmp_path / "l").measures.equals(kept.measures)
    for address in ("postgresql://me:secret@here/x", "postgres://me:secret@here/x"):
        for named in (partial(analyze, path), partial(load, "s-8")):
            with refused("library.password_in_address"):
                named(library=address)


def test_a_figure_that_there_is_not_is_told_with_those_that_there_are(session):
    for draw in (session.figure, session.plot):
        with refused("option.no_such_choice", value="pie") as told:
            draw("pie")
        assert "timeline" in str(told.value)


@pytest.mark.filterwarnings("error")
def test_a_session_without_turns_has_tables_with_their_columns_and_quiet_figures(session, report):
    names = ("turns", "events", "links", "measures")
    full = {name: getattr(session, name).columns for name in names}
    talk = replace(report.conversation, utterances=(), silences=(), casting=())
    none = replace(report, conversation=talk, events=(), links=(), measures=())
    empty = Session(none, session._frames)
    for name in names:
        table = getattr(empty, name)
        assert len(table) == 0 and {*table.columns} == {c for c in full[name] if "." not in c}
    pytest.importorskip("matplotlib", reason="the extra 'figures' is not installed")
    assert all(empty.plot(name).axes for name in ("timeline", "contours", "offsets"))


def test_the_guide_names_refusals_that_there_are():
    table = (
        (ROOT / "docs" / "api.md").read_text("utf-8").partition("## When")[2].partition("\n## ")[0]
    )
    codes = re.findall(r"`([a-z]+\.[a-z_]+)`", table)
    assert len(codes) > 20 and [code for code in codes if not is_known(code)] == []

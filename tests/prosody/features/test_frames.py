"""Frames: what must change with the sound, and what must not."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from diarize.recording.admission import admit
from diarize.recording.audio import Audio, decode
from prosody.features import frames, nuclei, pitch, voicing
from prosody.features.auditory import auditory_bands
from prosody.features.frame_files import SCHEMA, load, save
from prosody.features.frames import COLUMNS, Frames, measure
from tests.conftest import ROOT

RATE = 16_000
BALANCE = (
    "alpha_ratio_db",
    "harmonic_alpha_ratio_db",
    "hammarberg_db",
    "slope_0_500_db_per_khz",
    "slope_500_1500_db_per_khz",
    "hf500_db",
    "hnr_db",
    "cpp_db",
    "h1_h2_db",
    "flux",
)

CLEAN = ("hnr_db", "cpp_db")


def voice(seconds: float = 4.0, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """Syllables with a moving pitch around 120 to 180 Hz, pauses, and a little noise."""
    t = np.arange(int(seconds * rate)) / rate
    f0 = 150 + 25 * np.sin(2 * np.pi * 0.4 * t)
    phase = 2 * np.pi * np.cumsum(f0) / rate
    tones = sum(np.sin(k * phase + k * k) / k for k in range(1, 30) if k * 180 < 7000)
    beat = np.maximum(0.0, np.sin(2 * np.pi * 2.0 * t)) ** 0.5
    talking = (t % 2.0) < 1.5
    # the noise is made at 16 kHz, so that every rate hears the same sound
    quiet = np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * 3e-4
    if rate != RATE:
        quiet = soxr.resample(quiet, RATE, rate)[: len(t)]
    return (0.1 * tones * beat * talking + quiet).astype(np.float32)


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return voice()


@pytest.fixture(scope="module")
def plain(sound: np.ndarray) -> Frames:
    return measure(Audio.of(sound))


def same(a: np.ndarray, b: np.ndarray, tolerance: float) -> None:
    assert np.array_equal(np.isnan(a), np.isnan(b))
    assert np.nanmax(np.abs(a - b), initial=0.0) <= tolerance


def test_columns_have_one_row_per_10_ms_and_are_float32(plain: Frames, sound: np.ndarray) -> None:
    for name in COLUMNS:
        column = getattr(plain, name)
        assert column.shape == (len(sound) // 160 + 1,)
        assert column.dtype == np.float32
    assert plain.time_s[123] == pytest.approx(1.23)


def test_pitch_follows_the_voice(plain: Frames, sound: np.ndarray) -> None:
    t = plain.time_s
    true = 150 + 25 * np.sin(2 * np.pi * 0.4 * t)
    voiced = np.isfinite(plain.f0_hz)
    assert 0.3 < voiced.mean() < 0.5
    assert np.nanmax(np.abs(plain.f0_hz / true - 1)) < 0.03
    assert not voiced[(t % 2.0 > 1.55) & (t % 2.0 < 1.95)].any()


def test_level_is_rms_in_db_of_full_scale() -> None:
    t = np.arange(RATE) / RATE
    got = measure(Audio.of((0.5 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)))
    assert got.level_db[50] == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.02)


@pytest.mark.parametrize("gain_db", [-20.0, -6.0, 6.0])
def test_gain_moves_the_level_by_itself_and_nothing_else(
    plain: Frames, sound: np.ndarray, gain_db: float
) -> None:
    got = measure(Audio.of(sound * np.float32(10 ** (gain_db / 20))))
    same(got.level_db, plain.level_db + np.float32(gain_db), 2e-4)
    same(got.noise_floor_db, plain.noise_floor_db + np.float32(gain_db), 2e-4)
    same(got.f0_hz, plain.f0_hz, 0.01)
    for name in BALANCE:
        # 30 dB above the noise the last bits of the samples show in what divides by the noise
        same(getattr(got, name), getattr(plain, name), 0.1 if name in CLEAN else 0.01)
    same(got.syllable, plain.syllable, 0)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_other_rates_agree(rate: int) -> None:
    here = measure(Audio.of(voice()))
    resampled = soxr.resample(voice(rate=rate), rate, RATE)
    there = measure(Audio.of(resampled, source_rate_hz=rate))
    rows = min(len(here.f0_hz), len(there.f0_hz))
    one, two = here.f0_hz[:rows], there.f0_hz[:rows]
    both = np.isfinite(one) & np.isfinite(two)
    assert np.abs(one[both] / two[both] - 1).max() < 0.005
    # where voice begins and ends moves by no more than one frame
    for shifted in (
        np.isfinite(one) & ~widened(np.isfinite(two)),
        ~widened(np.isfinite(one)) & np.isfinite(two),
    ):
        assert not shifted.any()


def widened(voiced: np.ndarray) -> np.ndarray:
    return np.convolve(voiced, [1, 1, 1], mode="same") > 0


def test_polarity_does_nothing(plain: Frames, sound: np.ndarray) -> None:
    got = measure(Audio.of(-sound))
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(got, name), getattr(plain, name))


@pytest.mark.parametrize("seconds", [1.0, 7.37])
def test_silence_in_front_shifts_times_only(
    plain: Frames, sound: np.ndarray, seconds: float
) -> None:
    added = round(seconds * RATE)
    got = measure(Audio.of(np.concatenate([np.zeros(added, np.float32), sound])))
    rows = added // 160
    for name in COLUMNS[1:]:
        after, before = getattr(got, name)[rows:], getattr(plain, name)
        # the first frame's neighbours now hear its beginning, which lends it a little evidence
        same(after, before, 0.05 if name == "voicing" else 1e-4)
        assert np.isnan(getattr(got, name)[: rows - 5]).all()


@pytest.mark.parametrize("block_frames", [37, 256, 1000])
def test_blocks_leave_no_trace(
    sound: np.ndarray, monkeypatch: pytest.MonkeyPatch, block_frames: int
) -> None:
    whole = frames.pass_over(sound, 8000.0)
    parts = frames.pass_over(sound, 8000.0, block_frames=block_frames)
    for name, column in whole.columns.items():
        same(parts.columns[name], column, 1e-6 * max(1.0, float(np.nanmax(np.abs(column)))))
    same(parts.f0_hz, whole.f0_hz, 1e-4)
    same(parts.strength, whole.strength, 1e-6)


@pytest.mark.parametrize("block_frames", [37, 1000])
def test_blocks_leave_no_trace_in_the_end(
    plain: Frames, sound: np.ndarray, monkeypatch: pytest.MonkeyPatch, block_frames: int
) -> None:
    monkeypatch.setattr(frames, "BLOCK_FRAMES", block_frames)
    for module in (pitch, nuclei, voicing):
        monkeypatch.setattr(module, "_ROWS", block_frames)
    got = measure(Audio.of(sound))
    for name in COLUMNS:
        column = getattr(plain, name)
        same(
            getattr(got, name), column, 1e-6 * max(1.0, float(np.nanmax(np.abs(column), initial=0)))
        )


def test_an_hour_more_takes_little_memory(
    sound: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    for module in (pitch, nuclei):  # so that two minutes are several blocks
        monkeypatch.setattr(module, "_ROWS", 4096)
    measure(Audio.of(sound))  # what is loaded once is no memory of a recording
    for minutes in (2, 6):
        path = tmp_path / f"{minutes}.raw"
        with path.open("wb") as file:
            for _ in range(minutes * 60 * RATE // len(sound)):
                file.write(sound.tobytes())
        mapped = np.memmap(path, dtype=np.float32, mode="r")
        tracemalloc.start()
        got = measure(Audio(mapped[None], RATE, RATE, mapped))
        held.append((tracemalloc.get_traced_memory()[1], len(got.time_s)))
        tracemalloc.stop()
    (less, few), (more, many) = held
    # 18 columns of 4 bytes; the candidates, the path and its way back add two thirds of that. How
    # many blocks are ready at once varies by some bytes a frame; a second copy would be 72 more.
    assert 72 < (more - less) / (many - few) < 160


def test_channels_without_sound_have_columns_without_rows() -> None:
    got = measure(Audio.of(np.zeros((2, 0), np.float32)), per_channel=True)
    assert got.level_db.shape == (2, 0)


def test_threads_do_not_matter(
    plain: Frames, sound: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "BLOCK_FRAMES", 64)
    results = []
    for count in (1, 3):
        monkeypatch.setattr(frames, "threads", lambda count=count: count)
        results.append(measure(Audio.of(sound)))
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(results[0], name), getattr(results[1], name))


def test_digital_silence_is_not_measurable() -> None:
    got = measure(Audio.of(np.zeros(3 * RATE, np.float32)))
    for name in COLUMNS[1:]:
        assert np.isnan(getattr(got, name)).all(), name


def test_silence_inside_sound_is_not_measurable(sound: np.ndarray) -> None:
    holed = sound.copy()
    holed[16_000:32_000] = 0.0
    got = measure(Audio.of(holed))
    for name in COLUMNS[1:]:
        assert np.isnan(getattr(got, name)[103:197]).all(), name
    assert np.isfinite(got.level_db[:98]).all()


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_offset_and_hum_do_not_change_pitch(
    plain: Frames, sound: np.ndarray, mains_hz: float
) -> None:
    t = np.arange(len(sound)) / RATE
    hum = 0.01 * np.sin(2 * np.pi * mains_hz * t) + 0.003 * np.sin(4 * np.pi * mains_hz * t)
    got = measure(Audio.of((sound + 0.05 + hum).astype(np.float32)))
    both = np.isfinite(got.f0_hz) & np.isfinite(plain.f0_hz)
    assert np.mean(np.isfinite(got.f0_hz) != np.isfinite(plain.f0_hz)) < 0.03
    assert np.median(np.abs(got.f0_hz[both] / plain.f0_hz[both] - 1)) < 0.002
    assert np.abs(got.f0_hz[both] / plain.f0_hz[both] - 1).max() < 0.02


def test_offset_alone_changes_nothing(plain: Frames, sound: np.ndarray) -> None:
    got = measure(Audio.of(sound + np.float32(0.05)))
    inner = slice(60, -60)  # the step at the file's own ends is a sound
    same(got.f0_hz[inner], plain.f0_hz[inner], 0.05)


def test_hiss_alone_has_no_pitch() -> None:
    hiss = 0.01 * np.random.default_rng(1).standard_normal(6 * RATE)
    assert np.isfinite(measure(Audio.of(hiss.astype(np.float32))).f0_hz).mean() < 0.02


def test_what_is_no_speech_has_no_pitch(plain: Frames, sound: np.ndarray) -> None:
    rows = len(sound) // 160 + 1
    nobody = np.zeros(rows, np.float32)
    assert np.isnan(measure(Audio.of(sound), speech=nobody).f0_hz).all()
    same(measure(Audio.of(sound), speech=nobody + 0.5).f0_hz, plain.f0_hz, 0)


def test_telephone_band_is_not_overstated(sound: np.ndarray) -> None:
    narrow = soxr.resample(soxr.resample(sound, RATE, 8000), 8000, RATE)
    got = measure(Audio.of(narrow, source_rate_hz=8000))
    for name in frames.NEEDS_BAND_HZ:
        assert np.isnan(getattr(got, name)).all(), name
    assert got.band_hz == 4000
    for name in ("f0_hz", "level_db", "hnr_db", "cpp_db", "slope_0_500_db_per_khz", "h1_h2_db"):
        assert np.isfinite(getattr(got, name)).any(), name


def test_telephone_sound_in_a_wide_file_is_noticed(plain: Frames, sound: np.ndarray) -> None:
    narrow = soxr.resample(soxr.resample(sound, RATE, 8000), 8000, RATE)
    got = measure(Audio.of(narrow, source_rate_hz=44_100))
    assert (got.band_hz, plain.band_hz) == (4000, 8000)
    assert np.isnan(got.alpha_ratio_db).all()


def test_a_telephone_s_coding_noise_does_not_hide_its_band(sound: np.ndarray) -> None:
    narrow = soxr.resample(sound, RATE, 8000)
    narrow += np.random.default_rng(1).normal(0.0, 0.02 * np.std(narrow), len(narrow))
    wide = soxr.resample(narrow, 8000, RATE)
    wide += np.random.default_rng(2).normal(0.0, 0.001 * np.std(sound), len(wide))
    assert measure(Audio.of(wide)).band_hz == 4000


def test_harmonic_ratios_of_a_known_tone() -> None:
    t = np.arange(2 * RATE) / RATE
    f0, count = 123.4, 40
    tone = sum(np.sin(2 * np.pi * f0 * k * t + k * k) / k for k in range(1, count + 1))
    rng = np.random.default_rng(2)
    noise = rng.standard_normal(len(t)) * np.std(tone) * 0.1  # 20 dB below
    got = measure(Audio.of((0.1 * (tone + noise)).astype(np.float32)))
    k = np.arange(1, count + 1)
    within = k * f0 <= 5000
    above = (1 / k[within & (k * f0 > 1000)] ** 2).sum()
    expected = 10 * np.log10(above / (1 / k[k * f0 < 1000] ** 2).sum())
    assert np.nanmedian(got.harmonic_alpha_ratio_db) == pytest.approx(expected, abs=0.3)
    assert np.nanmedian(got.h1_h2_db) == pytest.approx(6.02, abs=0.3)
    assert np.nanmedian(got.hnr_db) == pytest.approx(20.0, abs=0.5)


def test_noise_brightens_the_plain_ratio_but_not_the_harmonic_one(sound: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    noisy = sound + (0.01 * rng.standard_normal(len(sound))).astype(np.float32)
    clean, worse = measure(Audio.of(sound)), measure(Audio.of(noisy))
    both = np.isfinite(clean.f0_hz) & np.isfinite(worse.f0_hz)
    plain_shift = np.nanmedian(worse.alpha_ratio_db[both] - clean.alpha_ratio_db[both])
    harmonic = worse.harmonic_alpha_ratio_db[both] - clean.harmonic_alpha_ratio_db[both]
    assert abs(np.nanmedian(harmonic)) < 0.5 * plain_shift


def test_syllables_are_counted(plain: Frames) -> None:
    # the voice beats four times a second, negative halves are silent: two nuclei a second,
    # three in each stretch of 1.5 s
    assert np.nansum(plain.syllable) == 6


def test_speech_column_is_passed_through(sound: np.ndarray) -> None:
    rows = len(sound) // 160 + 1
    speech = np.linspace(0, 1, rows, dtype=np.float32)
    np.testing.assert_array_equal(measure(Audio.of(sound), speech=speech).speech, speech)
    assert measure(Audio.of(sound), speech=speech[:-1]).speech.shape == (rows,)
    with pytest.raises(ValueError, match="speech"):
        measure(Audio.of(sound), speech=speech[:-40])


def test_channels_are_measured_apart(sound: np.ndarray) -> None:
    other = np.roll(sound, 8000) * np.float32(0.5)
    both = measure(Audio.of(np.stack([sound, other])), per_channel=True)
    assert both.level_db.shape == (2, len(sound) // 160 + 1)
    alone = measure(Audio.of(other))
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(both.channel(1), name), getattr(alone, name))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(sound: np.ndarray, bad: float) -> None:
    broken = sound.copy()
    broken[30_000] = bad
    with pytest.raises(ValueError, match="finite"):
        measure(Audio.of(broken))


def test_other_rate_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(ValueError, match="16000"):
        measure(Audio.of(sound, 8000))


@pytest.mark.parametrize("count", [0, 1, 159, 160, 161])
def test_tiny_recordings(count: int) -> None:
    got = measure(Audio.of(np.full(count, 0.1, np.float32)))
    assert got.f0_hz.shape == (count // 160 + 1 if count else 0,)
    assert np.isnan(got.f0_hz).all()


def nuclei_s(got: Frames) -> np.ndarray:
    return got.time_s[got.syllable > 0]


def voicing_s(got: Frames) -> np.ndarray:
    """When the voice begins and ends."""
    return got.time_s[1:][np.diff(np.isfinite(got.f0_hz))]


@pytest.mark.parametrize("rate", [44_100, 48_000, 192_000])
def test_studio_rates_read_like_16_khz(
    plain: Frames, consented: Callable[..., Path], rate: int
) -> None:
    audio = decode(admit(consented(voice(rate=rate), rate, subtype="FLOAT")))
    got = measure(audio)
    rows = min(len(got.f0_hz), len(plain.f0_hz))
    one, two = got.f0_hz[:rows], plain.f0_hz[:rows]
    both = np.isfinite(one) & np.isfinite(two)
    assert both.sum() > 0.95 * np.isfinite(two).sum()
    assert np.abs(one[both] / two[both] - 1).max() < 0.005
    for times in (nuclei_s, voicing_s):
        assert len(times(plain)) > 5
        np.testing.assert_allclose(times(got), times(plain), rtol=0, atol=0.0101)
    assert (audio.source_rate_hz, got.band_hz) == (rate, 8000)


def test_clipping_keeps_the_pitch(plain: Frames, sound: np.ndarray) -> None:
    got = measure(Audio.of(np.clip(sound * 8, -1, 1)))
    both = np.isfinite(got.f0_hz) & np.isfinite(plain.f0_hz)
    assert both.sum() > 0.9 * np.isfinite(plain.f0_hz).sum()
    assert np.median(np.abs(got.f0_hz[both] / plain.f0_hz[both] - 1)) < 0.002


def test_too_long_is_refused_before_any_work() -> None:
    endless = np.broadcast_to(np.float32(0), (1, int(100 * 3600 * RATE)))
    with pytest.raises(ValueError, match="hours"):
        measure(Audio(endless, RATE, RATE, endless[0]))


def test_hours_of_silence_take_no_cepstrum(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ArithmeticError("a cepstrum was taken")

    monkeypatch.setattr("scipy.fft.dct", refuse)
    with pytest.raises(ArithmeticError):
        measure(Audio.of(np.full(RATE, 0.1, np.float32)))
    nothing = np.broadcast_to(np.float32(0), (1, 2 * 3600 * RATE))
    got = measure(Audio(nothing, RATE, RATE, nothing[0]))
    assert np.isnan(got.level_db).all()


def test_frames_come_back_from_a_file(plain: Frames, tmp_path: Path) -> None:
    save(plain, tmp_path / "frames.npz")
    again = load(tmp_path / "frames.npz")
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(again, name), getattr(plain, name))
    assert (again.hop_s, again.sample_rate_hz) == (0.01, RATE)
    with np.load(tmp_path / "frames.npz", allow_pickle=False) as held:
        assert set(held.files) == {*COLUMNS, "hop_s", "sample_rate_hz", "band_hz", "schema"}
        assert held["schema"].ndim == 0
        assert all(held[name].dtype == np.float32 for name in COLUMNS)
    assert [p.name for p in tmp_path.iterdir()] == ["frames.npz"]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_tables_hold_every_column(plain: Frames, tmp_path: Path, ending: str) -> None:
    import pandas as pd

    path = tmp_path / f"frames{ending}"
    save(plain, path)
    table = pd.read_csv(path) if ending == ".csv" else pd.read_parquet(path)
    assert tuple(table.columns) == COLUMNS
    np.testing.assert_allclose(table["f0_hz"], plain.f0_hz, rtol=1e-5)


def test_tables_name_the_channels(sound: np.ndarray, tmp_path: Path) -> None:
    import pandas as pd

    both = measure(Audio.of(np.stack([sound, sound[::-1]])), per_channel=True)
    save(both, tmp_path / "frames.parquet")
    table = pd.read_parquet(tmp_path / "frames.parquet")
    np.testing.assert_array_equal(table["level_db_channel_2"], both.level_db[1])


def test_unknown_ending_is_refused(plain: Frames, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="npz"):
        save(plain, tmp_path / "frames.xls")
    assert not list(tmp_path.iterdir())


def test_newer_files_are_refused(plain: Frames, tmp_path: Path) -> None:
    path = tmp_path / "frames.npz"
    with path.open("wb") as file:
        np.savez(file, schema=SCHEMA + 1)
    with pytest.raises(ValueError, match="schema"):
        load(path)


def test_auditory_bands_peak_evenly_on_the_mel_scale_and_the_ear_is_keenest_at_some_kilohertz():
    first, rows = auditory_bands()
    bank = np.zeros((26, 257))
    for band, at, row in zip(bank, first, rows, strict=True):
        band[at : at + len(row)] = row
    low, high = 2595 * np.log10(1 + np.array([20.0, 8000.0]) / 700)
    edges = np.linspace(low, high, 28)
    centres = 700 * (10 ** (edges[1:-1] / 2595) - 1)
    assert np.abs(bank.argmax(axis=1) * 31.25 - centres).max() <= 31.25 / 2
    # Where a band's neighbour peaks it has ended; between peaks two bands share what is heard.
    heard = np.array([row[at] for row, at in zip(bank, bank.argmax(axis=1), strict=True)])
    np.testing.assert_allclose(np.interp(1000.0, centres, heard), 1.0, atol=0.1)
    assert 2000 < centres[heard.argmax()] < 5000
    assert (bank[:, 0] == 0).all() and (bank > 0).sum(axis=0).max() <= 2


@pytest.mark.parametrize(("sample", "lost"), [("attentive", 0.03), ("hurried", 0.08)])
def test_sound_a_tenth_faster_has_a_tenth_more_syllables_a_second(sample: str, lost: float) -> None:
    """Of hurried speech fewer are heard: there the rate grows by less than a tenth."""
    sound, rate = soundfile.read(
        ROOT / "sample_audio" / f"{sample}.flac", 30 * RATE, dtype="float32"
    )
    assert rate == RATE
    plain, quick = measure(Audio.of(sound)), measure(Audio.of(soxr.resample(sound, 11, 10)))
    heard, of_quick = (int(np.nansum(one.syllable)) for one in (plain, quick))
    assert heard > 60 and of_quick == pytest.approx(heard, rel=lost)
    assert np.nanmedian(quick.f0_hz) == pytest.approx(1.1 * np.nanmedian(plain.f0_hz), rel=0.03)

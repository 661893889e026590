"""What pyannote's pipeline costs here: minutes of CPU per hour, error of a longer step, memory.

``python -m benchmarks.pyannote_cost speed|error|count|memory [--seconds 40] [--hours 3]``

*speed* runs the published architectures at their real size (PyanNet, 10 s chunks; WeSpeaker
ResNet34) on a sample session. Their weights are random: what a network costs does not depend on
them. Which embeddings are asked for does depend on who speaks, so the segmentation network runs
and its answer is then replaced by the session's truth. The time of each of the two networks is
counted, at the class's own defaults, at the published batch of 32, and as this program runs it,
and the most private memory each needs beside the networks themselves.

*error* runs the small checkpoints of `sample_audio` on the last third of each sample session,
which they have not heard, at several steps. *count* runs them on whole sessions, told how many
speak and not. *memory* runs them on the sessions laid end to end.
"""

import argparse
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared.corpora import SAMPLES, Clip, load, reference
from benchmarks.shared.metrics import scores
from benchmarks.shared.watched import Watched
from diarize.models.finding import find_pyannote
from diarize.recording.audio import Audio
from diarize.separation.pyannote import import_pyannote, thrifty
from diarize.separation.pyannote import pipeline as shipped
from diarize.separation.table import separate
from diarize.settings import Hearing, Pyannote
from diarize.timeline import Span, Turn, intersection

SESSIONS = ("attentive", "hurried", "half_way")
RATE = 16_000
# name, step as a share of the chunk, batch of both networks, our way of asking for embeddings
WAYS = (
    ("class defaults: step 0.1, batch 1", 0.1, (1, 1), False),
    ("published: step 0.1, batch 32", 0.1, (32, 32), False),
    ("step 0.1, one pass per chunk", 0.1, (8, 1), True),
    ("one pass, step 0.25, embeddings by 8", 0.25, (8, 8), True),
    ("this program: one pass, step 0.25", 0.25, (8, 1), True),
    ("one pass, step 0.5", 0.5, (8, 1), True),
)


def networks() -> tuple[Any, Any]:
    """Give both networks at their published size, with random weights."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    hears = PyanNet(lstm={"num_layers": 4, "monolithic": True})
    hears.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=10.0,
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    hears.build()
    tells = WeSpeakerResNet34()
    tells.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=10.0
    )
    return hears.eval(), tells.eval()


def pipeline(step: float, batch: tuple[int, int], once: bool, truth: Any) -> Any:
    """Build a pipeline whose segmentation costs what it costs and then says the truth."""
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.pipelines.speaker_diarization import SpeakerDiarization

    made: Any = thrifty() if once else SpeakerDiarization
    spent = {"segmentation": 0.0, "embeddings": 0.0, "rest": 0.0}

    class Timed(made):  # type: ignore[misc]
        def get_segmentations(self, file: Any, hook: Any = None) -> Any:
            began = time.process_time()
            found = super().get_segmentations(file, hook)
            spent["segmentation"] = time.process_time() - began
            return spoken(found, truth)

        def get_embeddings(self, *given: Any, **more: Any) -> Any:
            began = time.process_time()
            found = super().get_embeddings(*given, **more)
            spent["embeddings"] = time.process_time() - began
            return found

    hears, tells = networks()
    with tempfile.TemporaryDirectory() as work:
        random_plda(Path(work))
        plda = PLDA.from_pretrained(Path(work))
    built = Timed(
        segmentation=hears,
        segmentation_step=step,
        embedding=tells,
        embedding_exclude_overlap=True,
        plda=plda,
        segmentation_batch_size=batch[0],
        embedding_batch_size=batch[1],
    )
    built.instantiate(built.default_parameters())
    return built, spent


def random_plda(folder: Path) -> None:
    """Write a PLDA of the published size, 256 to 128."""
    rng = np.random.default_rng(0)
    np.savez(
        folder / "xvec_transform.npz",
        mean1=np.zeros(256),
        mean2=np.zeros(128),
        lda=rng.normal(size=(256, 128)),
    )
    np.savez(folder / "plda.npz", mu=np.zeros(128), tr=np.eye(128), psi=np.linspace(2.0, 0.1, 128))


def spoken(windows: Any, turns: tuple[Turn, ...]) -> Any:
    """Replace what a network of random weights heard by who really speaks."""
    names = sorted({turn.voice for turn in turns})
    frames = windows.data.shape[1]
    windows.data = np.zeros_like(windows.data)
    for c, row in enumerate(windows.data):
        window = windows.sliding_window[c]
        at = window.start + (np.arange(frames) + 0.5) * window.duration / frames
        for turn in turns:
            inside = (at >= turn.span.start) & (at < turn.span.end)
            row[inside, names.index(turn.voice)] = 1
    return windows


def speed(seconds: float) -> None:
    """Print minutes of CPU per hour of audio, one row for each way."""
    import torch

    sound = load(SAMPLES / "attentive.flac").mono[20 * RATE :][: round(seconds * RATE)]
    window = Span(20.0, 20.0 + seconds)
    truth = tuple(
        Turn(span.shifted(-20.0), turn.voice)
        for turn in reference(SAMPLES / "attentive.rttm")
        if (span := turn.span & window)
    )
    file = {"waveform": torch.tensor(np.array(sound))[None], "sample_rate": RATE, "uri": "it"}
    print(f"{seconds:.0f} s of sound, {torch.get_num_threads()} threads; CPU min per hour, MB")
    print("| way | segmentation | embeddings | whole | MB added |\n|---|---|---|---|---|")
    for name, step, batch, once in WAYS:
        built, spent = pipeline(step, batch, once, truth)
        with Watched() as seen:
            built(file)
        parts = (spent["segmentation"], spent["embeddings"], seen.cpu_s)
        cells = [f"{60 * s / seconds:.1f}" for s in parts]
        print(f"| {name} | {' | '.join(cells)} | {seen.added_mb:.0f} |", flush=True)


def error() -> None:
    """Print error and its parts for each step, over the thirds nobody was trained on."""
    weights = find_pyannote(SAMPLES / "tiny_pyannote")
    print("| step | error | missed | false alarm | confusion | CPU s |\n|---|---|---|---|---|---|")
    for step in (0.1, 0.25, 0.5):
        rows, spent = [], 0.0
        for name in SESSIONS:
            whole = load(SAMPLES / f"{name}.flac")
            first = whole.duration * 2 / 3
            audio = Audio.of(whole.mono[round(first * RATE) :])
            kept = [
                Turn(s.shifted(-first), turn.voice)
                for turn in reference(SAMPLES / f"{name}.rttm")
                for s in intersection([turn.span], [Span(first, whole.duration)])
            ]
            clip = Clip("", name, audio, tuple(sorted(kept)), Span(0.0, audio.duration))
            began = time.process_time()
            hearing = Hearing(pyannote=Pyannote(step_share=step))
            found = separate(audio, "pyannote", weights=weights, hearing=hearing, people=2)
            spent += time.process_time() - began
            rows.append(scores(clip, found.turns))
        cells = (
            np.mean([row[k] for row in rows])
            for k in ("error", "missed", "false alarm", "confusion")
        )
        print(f"| {step} | {' | '.join(f'{c:.1f}' for c in cells)} | {spent:.0f} |", flush=True)


def count() -> None:
    """Print what it costs not to say how many speak, with and without the rule on rare voices."""
    weights = find_pyannote(SAMPLES / "tiny_pyannote")
    least = Pyannote().least_share
    print("| session | how many speak | voices | error | confusion | backchannels found |")
    print("|---|---|---|---|---|---|")
    for name in SESSIONS:
        whole = load(SAMPLES / f"{name}.flac")
        truth = reference(SAMPLES / f"{name}.rttm")
        clip = Clip("", name, whole, truth, Span(0.0, whole.duration))
        for label, people, share in (
            ("two, said so", 2, least),
            ("not said", None, least),
            ("not said, every voice kept", None, 0.0),
        ):
            hearing = Hearing(pyannote=Pyannote(least_share=share))
            found = separate(whole, "pyannote", weights=weights, hearing=hearing, people=people)
            row = scores(clip, found.turns)
            heard = len({turn.voice for turn in found.turns})
            cells = (row[k] for k in ("error", "confusion", "backchannels"))
            print(f"| {name} | {label} | {heard} | {' | '.join(f'{c:.1f}' for c in cells)} |")


def memory(hours: float) -> None:
    """Print the most private memory that a long recording needs, with what it began with."""
    weights = find_pyannote(SAMPLES / "tiny_pyannote")
    pieces = [load(SAMPLES / f"{name}.flac").mono for name in SESSIONS]
    joined = np.concatenate(pieces)
    n = round(hours * 3600 * RATE)
    with tempfile.TemporaryFile() as kept:
        for _ in range(-(-n // len(joined))):
            kept.write(joined.tobytes())
        kept.flush()
        sound = np.memmap(kept, np.float32, "r", shape=(1, n))
        audio = Audio(sound, RATE, RATE, sound[0])
        assert weights is not None
        shipped(weights.path, Pyannote())
        with Watched() as seen:
            found = separate(audio, "pyannote", weights=weights, people=2)
    print("| hours | MB before | MB added at most | CPU s | turns |\n|---|---|---|---|---|")
    print(
        f"| {hours:g} | {seen.before_mb:.0f} | {seen.added_mb:.0f} | {seen.cpu_s:.0f} |"
        f" {len(found.turns)} |"
    )


def main() -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "error", "count", "memory"))
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--hours", type=float, default=3.0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    import_pyannote()
    if given.what == "speed":
        speed(given.seconds)
    elif given.what == "error":
        error()
    elif given.what == "count":
        count()
    else:
        memory(given.hours)


if __name__ == "__main__":
    main()

"""Small checkpoints for pyannote's diarization pipeline, trained on synthetic sessions.

``python -m sample_audio.tiny_pyannote`` writes ``sample_audio/tiny_pyannote/``: a segmentation
model (pyannote's PyanNet, made small), an embedding model (its XVectorMFCC, 64 dimensions, kept
as 16-bit floats) and a PLDA, each as pyannote's own loaders read them and laid out as the
published pipeline is. They let the tests run the real pipeline in seconds. Those that are there
have heard nothing but two synthetic voices of earlier samples, so they are no use on people.

The segmentation model's first layers are left as they are made (filters laid out like hearing);
what follows is trained by gradient descent on chunks of the sessions, the last third of each
left out. The embedding model's layers are random and only its last one is fitted, by linear
discriminant analysis over the voices at several speeds.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.formats.table import read_rttm
from diarize.separation.pyannote import import_pyannote

HERE = Path(__file__).parent
FOLDER = HERE / "tiny_pyannote"
SESSIONS = ("attentive", "hurried", "half_way")
RATE = 16_000
CHUNK_S = 5.0
DIMENSION = 64
SPEEDS = (0.8, 0.87, 0.94, 1.0, 1.07, 1.15, 1.25)
TRAINED_SHARE = 2 / 3

Sound = NDArray[np.float32]
Truth = dict[str, list[tuple[float, float]]]


def sessions() -> Iterator[tuple[str, Sound, Truth]]:
    """Give each session's sound at 16 kHz and when each of its voices speaks."""
    import soundfile
    import soxr

    for name in SESSIONS:
        sound, rate = soundfile.read(HERE / f"{name}.flac", dtype="float32", always_2d=True)
        mono = sound.mean(axis=1)
        if rate != RATE:
            mono = soxr.resample(mono, rate, RATE)
        truth: Truth = {}
        for turn in read_rttm(HERE / f"{name}.rttm").turns:
            truth.setdefault(turn.voice, []).append((turn.span.start, turn.span.end))
        yield name, mono.astype(np.float32), truth


# Segmentation ----------------------------------------------------------------------------------


def segmentation(*, steps: int, seed: int = 0) -> Any:
    """Train a small PyanNet to say which of two local voices speak, every 17 ms."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(seed)
    model = PyanNet(lstm={"hidden_size": 48, "num_layers": 2}, linear={"hidden_size": 48})
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=CHUNK_S,
        classes=["speaker#1", "speaker#2"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    model.build()
    # Its first layers are filters laid out like hearing; only what comes after them is trained,
    # so they are run once over a fixed set of chunks.
    rng = np.random.default_rng(seed)
    model.eval()
    heard, labels = _heard(model, _chunks(model, rng), 4 + steps)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 5e-3, total_steps=max(2, steps))
    for step in range(steps):
        some = torch.from_numpy(rng.integers(0, len(heard), 32))
        out, _ = model.lstm(heard[some])
        for layer in model.linear:
            out = torch.nn.functional.leaky_relu(layer(out))
        loss = _loss(model.activation(model.classifier(out)), labels[some])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f"segmentation {step}/{steps}: {loss.item():.3f}", flush=True)
    return model.eval()


def _heard(model: Any, chunks: Iterator[tuple[Any, Any]], most: int) -> tuple[Any, Any]:
    """What the first layers make of up to 60 batches of chunks, and the chunks' labels."""
    import torch

    batches = [next(chunks) for _ in range(min(60, most))]
    with torch.inference_mode():
        heard = torch.cat([model.sincnet(sound).transpose(1, 2) for sound, _ in batches])
    return heard.clone(), torch.cat([labels for _, labels in batches])


def _loss(scores: Any, labels: Any) -> Any:
    """Negative log-likelihood of the better of the two ways to number the voices."""
    import torch

    # Powerset classes: nobody, the first, the second, both.
    ways = [labels[..., 0] + 2 * labels[..., 1], labels[..., 1] + 2 * labels[..., 0]]
    each = [
        torch.nn.functional.nll_loss(scores.transpose(1, 2), way.long(), reduction="none").mean(1)
        for way in ways
    ]
    return torch.minimum(*each).mean()


def _chunks(model: Any, rng: np.random.Generator, *, size: int = 12) -> Iterator[tuple[Any, Any]]:
    """Draw batches of chunks: cut from the sessions, some with a second chunk laid over."""
    import torch

    material = list(sessions())
    n = round(CHUNK_S * RATE)
    frames = model.num_frames(n)
    centres = np.array([model.receptive_field_center(i) for i in range(frames)]) / RATE

    def one() -> tuple[Sound, NDArray[np.float32]]:
        _, sound, truth = material[rng.integers(len(material))]
        first = rng.uniform(0, len(sound) / RATE * TRAINED_SHARE - CHUNK_S)
        begin = round(first * RATE)
        labels = np.zeros((frames, 2), np.float32)
        for k, spans in enumerate(truth.values()):
            for start, end in spans:
                labels[(centres + first >= start) & (centres + first < end), k] = 1
        return sound[begin : begin + n] * 10 ** rng.uniform(-0.5, 0.3), labels

    while True:
        drawn = []
        for _ in range(size):
            sound, labels = one()
            if rng.random() < 0.3:
                other, more = one()
                solo = int(rng.integers(2))
                if labels[:, 1 - solo].sum() == 0 and more[:, solo].sum() == 0:
                    sound, labels = sound + other, np.maximum(labels, more)
            drawn.append((sound, labels))
        sounds = torch.from_numpy(np.stack([s for s, _ in drawn])[:, None])
        yield sounds, torch.from_numpy(np.stack([y for _, y in drawn]))


# Embedding -------------------------------------------------------------------------------------


def embedding(*, seed: int = 0) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Fit the last layer of a random XVectorMFCC, and a PLDA over what it gives."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import XVectorMFCC

    torch.manual_seed(seed)
    model = XVectorMFCC(dimension=DIMENSION, mfcc={"log_mels": True})
    model.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=CHUNK_S
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    model.eval()
    pooled: list[NDArray[np.float64]] = []
    voices: list[int] = []
    last, model.embedding = model.embedding, torch.nn.Identity()
    for voice, sound in _solos(np.random.default_rng(seed)):
        with torch.inference_mode():
            pooled.append(model(torch.from_numpy(sound)[None, None]).numpy()[0].astype(np.float64))
        voices.append(voice)
    model.embedding = last
    features, labels = np.stack(pooled), np.array(voices)
    mean, axes = _discriminants(features, labels, DIMENSION)
    with torch.no_grad():
        last.weight.copy_(torch.from_numpy(axes.T).half().float())
        last.bias.copy_(torch.from_numpy(-axes.T @ mean).half().float())
    weight, bias = (p.detach().numpy().astype(np.float64) for p in (last.weight, last.bias))
    vectors = features @ weight.T + bias
    return (model, *_plda(vectors, labels))


def _solos(rng: np.random.Generator) -> Iterator[tuple[int, Sound]]:
    """Give stretches of one voice, each voice at each speed counting as a voice of its own."""
    import soxr

    for s, (_, sound, truth) in enumerate(sessions()):
        limit = len(sound) / RATE * TRAINED_SHARE
        for v, (name, spans) in enumerate(sorted(truth.items())):
            others = [span for other, more in truth.items() if other != name for span in more]
            alone = [
                sound[round(a * RATE) : round(b * RATE)]
                for a, b in spans
                if b < limit and b - a > 0.5 and not any(a < d and c < b for c, d in others)
            ]
            if not alone:
                continue
            line = np.concatenate(alone)
            for k, speed in enumerate(SPEEDS):
                spoken = line if speed == 1.0 else soxr.resample(line, RATE * speed, RATE)
                for _ in range(12):
                    n = round(rng.uniform(1.0, 4.0) * RATE)
                    first = int(rng.integers(0, max(1, len(spoken) - n)))
                    yield (
                        (s * 2 + v) * len(SPEEDS) + k,
                        spoken[first : first + n].astype(np.float32),
                    )


def _scatter(
    points: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Covariance within and between the labels."""
    groups = [points[labels == k] for k in np.unique(labels)]
    within = sum((g - g.mean(0)).T @ (g - g.mean(0)) for g in groups) / len(points)
    between = np.cov(np.stack([g.mean(0) for g in groups]).T)
    return np.asarray(within), np.asarray(between)


def _discriminants(
    points: NDArray[np.float64], labels: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean, and axes along which the labels differ most for their spread, at unit spread."""
    from scipy.linalg import eigh

    mean = points.mean(axis=0)
    _, _, rows = np.linalg.svd(points - mean, full_matrices=False)
    basis = rows[: min(200, len(points) // 3)].T
    within, between = _scatter((points - mean) @ basis, labels)
    ridge = 0.05 * np.trace(within) / len(within) * np.eye(len(within))
    _, axes = eigh(between, within + ridge, subset_by_index=[len(within) - count, len(within) - 1])
    return mean, basis @ axes[:, ::-1]


def _plda(
    vectors: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the two files of a PLDA that pyannote's own code builds its transform from."""
    size = vectors.shape[1]
    mean1 = vectors.mean(axis=0)
    unit = _unit(vectors - mean1) * np.sqrt(size)
    lda = np.eye(size)
    mean2 = unit.mean(axis=0)
    points = _unit(unit - mean2) * np.sqrt(size)
    within, between = _scatter(points, labels)
    from scipy.linalg import eigh

    psi, axes = eigh(between + 1e-3 * np.eye(size), within + 1e-3 * np.eye(size))
    plda = {"mu": points.mean(axis=0), "tr": axes.T, "psi": np.maximum(psi, 1e-3)}
    return {"mean1": mean1, "mean2": mean2, "lda": lda}, plda


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))


# Files -----------------------------------------------------------------------------------------


def save(model: Any, path: Path, *, half: bool = False) -> None:
    """Write a checkpoint as pyannote's own loader reads it: weights, sizes, what it is."""
    import lightning
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    state = model.state_dict()
    if half:
        state = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    checkpoint = {
        "state_dict": state,
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": lightning.__version__,
    }
    model.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, path)


def write(folder: Path = FOLDER, *, steps: int = 500) -> None:
    """Train and write all four files; with few `steps` quickly, and badly."""
    import_pyannote()
    warnings.simplefilter("ignore")
    save(segmentation(steps=steps), folder / "segmentation" / "pytorch_model.bin")
    model, transform, plda = embedding()
    save(model, folder / "embedding" / "pytorch_model.bin", half=True)
    (folder / "plda").mkdir(parents=True, exist_ok=True)
    np.savez(folder / "plda" / "xvec_transform.npz", **transform)
    np.savez(folder / "plda" / "plda.npz", **plda)


if __name__ == "__main__":
    write(FOLDER, steps=int(sys.argv[1]) if len(sys.argv) > 1 else 500)

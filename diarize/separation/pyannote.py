"""pyannote.audio's own diarization pipeline, built in code from weights on this machine.

Conventions
-----------
A folder of weights holds ``segmentation/pytorch_model.bin``, ``embedding/pytorch_model.bin``,
``plda/xvec_transform.npz`` and ``plda/plda.npz``, as the published community-1 pipeline does; its
``config.yaml`` is never read, because it may name code. A folder with segmentation alone is run
with CAM++ and agglomerative clustering. pyannote is imported in this module alone, with its
telemetry off and the hub's door shut; its own shapes end here. Overlap is kept.
"""

import io
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Note
from diarize.models.checkpoint import load_checkpoint
from diarize.models.engine import Engine
from diarize.models.finding import segmentation_alone
from diarize.recording.audio import Audio
from diarize.runtime.program import shut
from diarize.separation import campplus, networks
from diarize.separation.standin import import_torchaudio
from diarize.separation.task import Separation, Task, within
from diarize.settings import Pyannote
from diarize.timeline import Span, Turn

__all__ = [
    "import_pyannote",
    "model_in",
    "pipeline",
    "separate",
    "somebody",
    "thrifty",
    "waveform",
    "with_campplus",
]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Chunks at once. On a CPU the large network is cheapest one chunk at a time: activations of more
# chunks are too big for the allocator to keep and are mapped anew at every layer.
_SEGMENTATION_BATCH = 8
_EMBEDDING_BATCH = 1
_STEPS = {"segmentation": "stage.changes", "embeddings": "stage.comparing"}


def separate(task: Task) -> Separation:
    """Run the pipeline.

    Raises
    ------
    Refused
        If no weights were given, or they are not what they should be.
    """
    if task.weights is None:
        raise Refused("separator.no_pyannote")
    from importlib.metadata import version

    engine = Engine("pyannote.audio", version("pyannote.audio"), task.weights.sha256, machine=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries beneath remark on filters and versions
        run = pipeline(task.weights.path, task.hearing.pyannote)
    if task.audio.duration < task.hearing.pyannote.shortest_s:
        return Separation((), engine, (Note("separator.no_speech"),))
    turns = _lettered(_heard(run, task))
    kept, _ = within(turns, task.audio.duration)
    # What the clustering counted is of this recording: it goes with it.
    shares = getattr(run.clustering, "taken_over", ())
    run.clustering.taken_over = ()
    return Separation(kept, engine, _counted(kept) + _rare(shares, task.hearing.pyannote))


def _heard(run: Any, task: Task) -> list[Turn]:
    """Let the pipeline hear a recording; give its turns with its own names."""

    def hook(step: str, _: Any, **done: Any) -> None:
        if done.get("total"):
            named = _STEPS.get(step, step)
            task.progress(named, min(1.0, done["completed"] / done["total"]))

    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        # Its clustering prints to standard output, which belongs to whoever called us.
        file = {"waveform": waveform(task.audio), "sample_rate": task.audio.rate, "uri": "it"}
        found = run(file, num_speakers=task.people, hook=hook).speaker_diarization
    # To 1 ms, as reports and exports keep them: its frames are 17 ms apart.
    return [
        Turn(Span(round(span.start, 3), round(span.end, 3)), label)
        for span, _, label in found.itertracks(yield_label=True)
    ]


def waveform(audio: Audio) -> Any:
    """Give the mono sound as a tensor (1, n) without a copy: it stays where it was decoded to.

    The sound is read-only, which torch cannot express; nothing here or in pyannote writes to it.
    """
    import torch

    return torch.from_numpy(audio.mono)[None]


def _counted(turns: tuple[Turn, ...]) -> tuple[Note, ...]:
    """What to say of the number of voices: nothing if they are two."""
    count = len({turn.voice for turn in turns})
    if count == 2:
        return ()
    if count > 2:
        return (Note("separator.voices", {"voices": count}),)
    return (Note("separator.one_voice" if count else "separator.no_speech"),)


def _rare(shares: tuple[float, ...], rule: Pyannote) -> tuple[Note, ...]:
    """Say that further voices were taken for one of the others; not for a second here or there."""
    if sum(shares) < rule.told_share:
        return ()
    return (Note("separator.taken_over", {"voices": len(shares), "share": sum(shares)}),)


def _lettered(turns: list[Turn]) -> list[Turn]:
    """Name voices by letters in the order in which they are first heard."""
    names: dict[str, str] = {}
    for turn in sorted(turns):
        names.setdefault(turn.voice, _LETTERS[len(names) % 26] + "'" * (len(names) // 26))
    return [Turn(turn.span, names[turn.voice]) for turn in turns]


@lru_cache(maxsize=1)
def pipeline(folder: Path, rule: Pyannote) -> Any:
    """Build the pipeline in code; no configuration file is read and no hub is asked."""
    import_pyannote()
    if alone := segmentation_alone(folder):
        return with_campplus(model_in(folder / alone), rule)
    plda = _plda(folder / "plda")
    made = thrifty()(
        segmentation=model_in(folder / "segmentation" / "pytorch_model.bin"),
        segmentation_step=rule.step_share,
        embedding=model_in(folder / "embedding" / "pytorch_model.bin"),
        embedding_exclude_overlap=True,
        plda=plda,
        segmentation_batch_size=_SEGMENTATION_BATCH,
        embedding_batch_size=_EMBEDDING_BATCH,
    )
    made.rule = rule
    made.clustering = _bounded()(made._plda, metric=made._embedding.metric)
    made.clustering.rule = rule
    return made.instantiate(
        {
            "segmentation": {"min_duration_off": rule.least_off_s},
            "clustering": {
                "threshold": rule.clustering_threshold,
                "Fa": rule.clustering_fa,
                "Fb": rule.clustering_fb,
            },
        }
    )


def with_campplus(segmentation: Any, rule: Pyannote) -> Any:
    """Build the pipeline of a segmentation network and the packaged CAM++, as 3.1 clustered.

    Raises
    ------
    Refused
        If CAM++ is not on this machine.
    """
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.pipelines import speaker_diarization as theirs

    class Unasked(PLDA):  # type: ignore[misc]  # wanted whatever the clustering is
        def __init__(self) -> None:
            pass

    described, usual = _Described(rule), theirs.PretrainedSpeakerEmbedding
    theirs.PretrainedSpeakerEmbedding = lambda *_, **__: described
    try:
        made = theirs.SpeakerDiarization(
            segmentation=segmentation,
            segmentation_step=rule.step_share,
            embedding="CAM++",
            embedding_exclude_overlap=True,
            plda=Unasked(),
            clustering="AgglomerativeClustering",
            segmentation_batch_size=_SEGMENTATION_BATCH,
        )
    finally:
        theirs.PretrainedSpeakerEmbedding = usual
    return made.instantiate(
        {
            "segmentation": {"min_duration_off": rule.least_off_s},
            "clustering": {
                "method": "centroid",
                "min_cluster_size": rule.alone_least,
                "threshold": rule.alone_threshold,
            },
        }
    )


class _Described:
    """CAM++ under the interface of pyannote's embeddings: frames of a mask are heard, joined."""

    sample_rate, dimension, metric = 16_000, campplus.SIZE, "cosine"

    def __init__(self, rule: Pyannote) -> None:
        self.min_num_samples = round(rule.alone_min_s * self.sample_rate)
        self._tensors = networks.opened().embedding

    def __call__(self, waveforms: Any, masks: Any = None) -> NDArray[np.float32]:
        found = np.full((len(waveforms), self.dimension), np.nan, dtype=np.float32)
        for row, sound in enumerate(waveforms[:, 0].numpy()):
            if masks is not None:
                mask = masks[row].numpy() > 0.5
                frames = (np.arange(len(sound)) * len(mask) // len(sound)).astype(np.int64)
                sound = sound[mask[frames]]
            if len(sound) >= self.min_num_samples:
                rows = campplus.features(np.ascontiguousarray(sound))
                found[row] = campplus.embed(rows, self._tensors)
        return found


def _plda(folder: Path) -> Any:
    """Load the two files of numbers that tell embeddings of two voices apart."""
    from zipfile import BadZipFile

    from pyannote.audio.core.plda import PLDA

    try:
        return PLDA.from_pretrained(folder)
    except (ValueError, KeyError, OSError, BadZipFile):
        raise Refused("separator.broken_plda", folder=str(folder)) from None


def import_pyannote() -> None:
    """Import pyannote.audio with its telemetry off and the hub's door shut, both beforehand."""
    shut()
    os.environ["HF_HUB_OFFLINE"] = "1"
    import_torchaudio()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at length that torchcodec cannot be loaded
        import pyannote.audio.pipelines.speaker_diarization  # noqa: F401


def model_in(path: Path) -> Any:
    """Load one of pyannote's models through its own loader, which may build nothing but weights.

    Raises
    ------
    Refused
        If the file asks for anything else or for a model that is none of pyannote's own.
    """
    import torch
    from pyannote.audio import Model
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from torch.torch_version import TorchVersion

    allowed = [Problem, Resolution, Specifications, TorchVersion]
    kept = load_checkpoint(path, allow=allowed)
    try:
        module = str(kept["pyannote.audio"]["architecture"]["module"])
    except (KeyError, TypeError):
        raise Refused("separator.no_checkpoint", file=str(path)) from None
    if not module.startswith("pyannote.audio.models."):
        raise Refused("separator.foreign_checkpoint", file=str(path))
    before = os.environ.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD")
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"  # its loader asks for a full unpickling
    try:
        with torch.serialization.safe_globals(allowed):
            return Model.from_pretrained(path, map_location="cpu").eval()
    except (RuntimeError, KeyError, TypeError, AttributeError, ValueError, ImportError):
        raise Refused("separator.broken_checkpoint", file=str(path)) from None
    finally:
        if before is None:
            del os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"]
        else:
            os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = before


@lru_cache(maxsize=1)
def thrifty() -> Any:
    """Give pyannote's pipeline with embeddings of active speakers only, one pass per chunk.

    The published one runs its largest network once per chunk and per local speaker, silent ones
    included; the network can pool one pass for all of them.
    """
    import torch
    from pyannote.audio.pipelines.speaker_diarization import SpeakerDiarization
    from pyannote.core import SlidingWindowFeature

    class Thrifty(SpeakerDiarization):  # type: ignore[misc]
        rule = Pyannote()

        def get_embeddings(
            self,
            file: Mapping[str, Any],
            binary_segmentations: SlidingWindowFeature,
            exclude_overlap: bool = False,
            hook: Callable[..., None] | None = None,
        ) -> NDArray[np.float32]:
            speaking = binary_segmentations.data
            active = np.nansum(speaking, axis=1) > 0
            chunks = np.flatnonzero(active.any(axis=1))
            found = np.zeros((*active.shape, self._embedding.dimension), dtype=np.float32)
            size = self.embedding_batch_size
            for first in range(0, len(chunks), size):
                batch = chunks[first : first + size]
                masks = np.nan_to_num(speaking[batch]).astype(np.float32)
                if exclude_overlap:
                    masks = _alone(masks, self.rule)
                sound = torch.stack([self._chunk(file, binary_segmentations, c) for c in batch])
                weights = torch.from_numpy(masks).transpose(1, 2)
                with torch.inference_mode():
                    found[batch] = self._embedding.model_(sound, weights=weights).numpy()
                if hook is not None:
                    done = min(len(chunks), first + size)
                    hook("embeddings", None, total=len(chunks), completed=done)
            # Silent speakers take no part in the clustering; they only must not be NaN.
            found[~active] = found[active].mean(axis=0)
            return found

        def _chunk(self, file: Mapping[str, Any], windows: SlidingWindowFeature, c: int) -> Any:
            window = windows.sliding_window[int(c)]
            return self._audio.crop(file, window, mode="pad")[0]

    return Thrifty


def _alone(masks: NDArray[np.float32], rule: Pyannote) -> NDArray[np.float32]:
    """Where each local speaker speaks alone; with too little of that, wherever they speak.

    Masks are (chunks, frames, speakers), 0 or 1.
    """
    clean = masks * (masks.sum(axis=2, keepdims=True) < 2)
    enough = clean.sum(axis=1, keepdims=True) >= rule.clean_share * masks.shape[1]
    return np.where(enough, clean, masks)


def somebody(shares: Sequence[float], least: float) -> list[int]:
    """Which voices are somebody: the two most heard, and others with a share of `least` or more."""
    order = sorted(range(len(shares)), key=lambda k: -shares[k])
    return sorted(k for n, k in enumerate(order) if n < 2 or shares[k] >= least)


@lru_cache(maxsize=1)
def _bounded() -> Any:
    """Give pyannote's clustering, which learns from a bounded number of embeddings.

    It keeps the distance of every two of them, so a long session would need gigabytes. The
    voices are learnt from `Pyannote.clustered` embeddings, evenly over the session (nothing is left
    out of one of an hour and a half or less); every embedding is then given to a voice. Where
    nobody said how many speak, what a voice too rare to be somebody said goes to the most alike
    of the others, as pyannote itself does where the number is given.
    """
    from pyannote.audio.pipelines.clustering import VBxClustering

    class Bounded(VBxClustering):  # type: ignore[misc]
        taken_over: tuple[float, ...] = ()
        rule = Pyannote()

        def __call__(
            self,
            embeddings: Any,
            segmentations: Any = None,
            num_clusters: int | None = None,
            **bounds: Any,
        ) -> tuple[Any, Any, Any]:
            hard, soft, centroids = super().__call__(
                embeddings, segmentations=segmentations, num_clusters=num_clusters, **bounds
            )
            said = np.nansum(segmentations.data, axis=1)
            shares = [float(said[hard == k].sum() / said.sum()) for k in range(len(centroids))]
            kept = (
                list(range(len(shares)))
                if num_clusters
                else somebody(shares, self.rule.least_share)
            )
            self.taken_over = tuple(s for k, s in enumerate(shares) if k not in kept and s > 0)
            if len(kept) == len(shares):
                return hard, soft, centroids
            return soft[:, :, kept].argmax(axis=2), soft[:, :, kept], centroids[kept]

        def filter_embeddings(
            self, embeddings: Any, segmentations: Any = None, min_active_ratio: float = 0.2
        ) -> tuple[Any, Any, Any]:
            kept = super().filter_embeddings(embeddings, segmentations, min_active_ratio)
            every = -(-len(kept[0]) // self.rule.clustered) or 1
            return kept[0][::every], kept[1][::every], kept[2][::every]

    return Bounded

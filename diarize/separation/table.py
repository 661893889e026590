"""Who speaks when: a table of separators, each turning sound into turns.

Conventions
-----------
A separator is a function of decoded audio and of the voice activity of its mono sound; it gives
a :class:`Separation`. Turns are speech without the pauses of 0.2 s and more, sorted; turns of
different voices may overlap, and overlap is kept. A recording without speech gives no turns and
says so; a recording with one voice gives one voice. Nothing here opens the network.

A folder for pyannote's separator holds ``segmentation/pytorch_model.bin``,
``embedding/pytorch_model.bin``, ``plda/xvec_transform.npz`` and ``plda/plda.npz``, as the
published community-1 pipeline does; its ``config.yaml`` is never read, because it may name code.
"""

import io
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.models.catalogue import State, Weights, judged, load_checkpoint
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation import activity
from diarize.separation import builtin as voices
from diarize.separation import embedding as encoder
from diarize.separation import overlap as resegment
from diarize.separation.builtin import Separating
from diarize.separation.standin import import_torchaudio
from diarize.timeline import Span, Turn

__all__ = [
    "SEPARATORS",
    "Separating",
    "Separation",
    "builtin_weights",
    "import_pyannote",
    "separate",
    "supplied",
]

Probability = NDArray[np.float32]
Progress = Callable[[str, float | None], None]
_NOBODY = "no speech was found"
_SHORTEST_S = 0.1
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Separation:
    """Who speaks when, and how that was found.

    Parameters
    ----------
    turns : tuple of Turn
        Sorted; voices are letters in the order in which they are first heard, or what the
        recording's channels or a supplied file call them.
    engine : Engine
        What did it.
    notes : tuple of str
        What a reader must know: one voice only, three voices, a silent channel, clipped turns.
    channel_of : tuple of (str, int)
        The 0-based channel of each voice, where the recording has one per person.
    """

    turns: tuple[Turn, ...]
    engine: Engine
    notes: tuple[str, ...] = ()
    channel_of: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a separator is given; `people` is how many persons speak, where that is known."""

    audio: Audio
    speech: Probability
    settings: Separating
    weights: Weights | None
    people: int | None
    progress: Progress


def separate(
    audio: Audio,
    method: str,
    *,
    speech: Probability | None = None,
    settings: Separating | None = None,
    weights: Weights | None = None,
    people: int | None = None,
    progress: Progress = lambda step, share: None,
) -> Separation:
    """Find who speaks when.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    method : str
        A row of `SEPARATORS`.
    speech : ndarray of float32, shape (n,), optional
        Voice activity of the mono sound, from `diarize.separation.activity`; computed if not given.
    settings : Separating, optional
        Thresholds.
    weights : Weights, optional
        The folder that ``pyannote`` needs.
    people : int, optional
        How many persons speak, if that is known; None lets the sound decide.
    progress : callable
        Told a step's name and the share of it that is done, where that is known.

    Raises
    ------
    Refused
        If the method is unknown or cannot be used on this recording.
    """
    if method not in SEPARATORS:
        raise Refused(f"{method}: no such separator; choose from {', '.join(SEPARATORS)}")
    if speech is None:
        speech = activity.speech_probability(audio.mono, audio.rate)
    task = Task(audio, speech, settings or Separating(), weights, people, progress)
    return SEPARATORS[method](task)


def supplied(turns: Iterable[Turn], duration: float) -> Separation:
    """Take turns that somebody else found, such as those of an RTTM file.

    What lies past the end of the recording is cut off and said so.

    Parameters
    ----------
    turns : iterable of Turn
        In any order.
    duration : float
        Seconds, of the recording.
    """
    kept, notes = _within(turns, duration)
    count = len({turn.voice for turn in kept})
    if count == 0:
        notes.append("no turns were given inside the recording")
    elif count != 2:
        notes.append(f"{count} voices were given, not two" if count > 1 else "one voice was given")
    return Separation(kept, Engine("supplied turns", "1"), tuple(notes))


def _within(turns: Iterable[Turn], duration: float) -> tuple[tuple[Turn, ...], list[str]]:
    """Turns inside the recording, and a note if any reached past it."""
    whole = Span(0.0, duration)
    every = sorted(turns)
    kept = sorted(Turn(inside, turn.voice) for turn in every if (inside := turn.span & whole))
    past = max((turn.span.end - duration for turn in every), default=0.0)
    if past <= 0.0 and len(kept) == len(every):
        return tuple(kept), []
    return tuple(kept), [f"turns reached {past:.1f} s past the end of the recording; cut there"]


# Built in --------------------------------------------------------------------------------------


def _builtin(task: Task) -> Separation:
    """Voice activity, then one voice per stretch of it; see `diarize.separation.builtin`."""
    spans = activity.speech_spans(task.speech)
    turns, notes = voices.tell_apart(
        task.audio.mono,
        spans,
        task.settings,
        probability=task.speech,
        people=task.people,
        progress=task.progress,
    )
    kept, _ = _within(turns, task.audio.duration)
    known = encoder.installed() is not None
    engine = Engine("built-in", "3", encoder.WEIGHTS_SHA256 if known else None)
    return Separation(kept, engine, notes)


def builtin_weights(*, check: bool) -> tuple[State, ...]:
    """Say how the built-in separator's weights stand; they are read only if `check`."""
    again = "install this program again, with its extra 'voices'"
    known = (
        ("voice encoder", encoder.place(), encoder.WEIGHTS_SHA256),
        ("second pass", resegment.WEIGHTS, resegment.WEIGHTS_SHA256),
    )
    found = []
    for name, path, sha256 in known:
        if path is None or not path.is_file():
            found.append(State("built-in", name, "missing", advice=again))
        else:
            state = judged("built-in", name, path, sha256, check)
            found.append(replace(state, advice=again) if state.state == "changed" else state)
    return tuple(found)


# A channel per person --------------------------------------------------------------------------


def _channels(task: Task) -> Separation:
    """Each channel's own voice activity, without what leaks in from the other channels."""
    audio, rule = task.audio, task.settings
    if audio.channels < 2:
        raise Refused("recording: has one channel; separate it with --separator builtin")
    if _alike(audio, rule):
        raise Refused(
            "recording: its channels carry the same sound; separate it with --separator builtin"
        )
    speech = np.stack([activity.speech_probability(c, audio.rate) for c in audio.samples])
    levels = np.stack([_level_db(c, speech.shape[1]) for c in audio.samples])
    turns = []
    notes = []
    for c, row in enumerate(_without_bleed(speech, levels, rule)):
        spans = activity.speech_spans(row)
        turns += [Turn(span, f"channel {c + 1}") for span in spans]
        if not spans:
            notes.append(f"no speech on channel {c + 1}")
    kept, _ = _within(turns, audio.duration)
    names = tuple((f"channel {c + 1}", c) for c in range(audio.channels))
    engine = Engine("channels", "1")
    return Separation(kept, engine, tuple(notes), names)


def _alike(audio: Audio, rule: Separating) -> bool:
    """Whether every channel is the first one at another gain, to within `same_channels_db`."""
    block = audio.rate * 60
    products = np.zeros((audio.channels, audio.channels))
    for first in range(0, audio.samples.shape[1], block):
        part = np.asarray(audio.samples[:, first : first + block], dtype=np.float64)
        products += part @ part.T
    power = np.diag(products)
    if power.min() <= 0.0:
        return bool(power.max() <= 0.0)
    shared = products[0] ** 2 / (power[0] * power)
    return bool(np.all(1.0 - shared < 10.0 ** (-rule.same_channels_db / 10.0)))


def _level_db(samples: NDArray[np.float32], rows: int) -> NDArray[np.float64]:
    """Level in dB of 0.2 s around each 10 ms row."""
    power = np.zeros(rows)
    for first in range(0, rows - 1, 6000):
        part = np.asarray(samples[first * 160 : (first + 6000) * 160], dtype=np.float64)
        whole = part[: len(part) // 160 * 160].reshape(-1, 160)
        power[first : first + len(whole)] = np.nan_to_num(whole**2).mean(axis=1)
    smooth = np.convolve(np.pad(power, 10, "edge"), np.full(21, 1 / 21), "valid")
    return np.asarray(10.0 * np.log10(smooth + 1e-12))


def _without_bleed(
    speech: Probability, levels: NDArray[np.float64], rule: Separating
) -> Probability:
    """Silence each channel where it only carries another channel's voice.

    A channel's level is taken relative to that of its own person's speech. Where one person
    speaks alone, the other channel lies below by what the leak loses on its way; a channel is a
    leak where it lies more than half that below another one, or more than `bleed_db`.
    """
    loudest = levels.argmax(axis=0)
    active = speech >= 0.5
    relative = np.empty_like(levels)
    for c, row in enumerate(levels):
        own = row[active[c] & (loudest == c)]
        relative[c] = row - (np.median(own) if len(own) else np.max(row, initial=-120.0))
    kept = speech.copy()
    for c, row in enumerate(relative):
        others = np.max(np.where(active, relative, -np.inf)[np.arange(len(levels)) != c], axis=0)
        behind = others - row
        alone = behind[np.isfinite(behind) & (behind > 0.0)]
        loss = float(np.median(alone)) if len(alone) else np.inf
        kept[c, behind > min(rule.bleed_db, loss / 2.0)] = 0.0
    return kept


# pyannote --------------------------------------------------------------------------------------

# How community-1 is published; read from its documentation, never from a file beside weights.
_PARAMETERS = {
    "segmentation": {"min_duration_off": 0.0},
    "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
}
# Chunks at once. On a CPU the large network is cheapest one chunk at a time: activations of more
# chunks are too big for the allocator to keep and are mapped anew at every layer.
_SEGMENTATION_BATCH = 8
_EMBEDDING_BATCH = 1
_STEPS = {"segmentation": "finding changes of voice", "embeddings": "comparing the voices"}
_MOST_CLUSTERED = 4000  # clustering keeps every pair of embeddings: 64 MB of distances
# Its clustering makes voices of their own out of mm-hms and of speech over speech: up to 6 % of
# what is said in the samples. Beyond the two most heard, a voice with less than this is nobody.
_LEAST_SHARE = 0.1


def _pyannote(task: Task) -> Separation:
    """pyannote.audio's own diarization pipeline, overlap kept, from weights on this machine."""
    if task.weights is None:
        raise Refused("pyannote: no weights were given; see 'prosody models status'")
    from importlib.metadata import version

    engine = Engine("pyannote.audio", version("pyannote.audio"), task.weights.sha256)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries beneath remark on filters and versions
        pipeline = _pipeline(task.weights.path, task.settings.pyannote_step_share)
    if task.audio.duration < _SHORTEST_S:
        return Separation((), engine, (_NOBODY,))

    def hook(step: str, _: Any, **done: Any) -> None:
        if done.get("total"):
            named = _STEPS.get(step, step)
            task.progress(named, min(1.0, done["completed"] / done["total"]))

    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        # Its clustering prints to standard output, which belongs to whoever called us.
        file = {"waveform": _waveform(task.audio), "sample_rate": task.audio.rate, "uri": "it"}
        found = pipeline(file, num_speakers=task.people, hook=hook).speaker_diarization
    # To 1 ms, as reports and exports keep them: its frames are 17 ms apart.
    turns = [
        Turn(Span(round(span.start, 3), round(span.end, 3)), label)
        for span, _, label in found.itertracks(yield_label=True)
    ]
    kept, _ = _within(_lettered(turns), task.audio.duration)
    return Separation(kept, engine, _counted(kept) + _rare(pipeline.clustering.taken_over))


def _waveform(audio: Audio) -> Any:
    """Give the mono sound as a tensor (1, n) without a copy: it stays where it was decoded to.

    The sound is read-only, which torch cannot express; nothing here or in pyannote writes to it.
    """
    import torch

    return torch.from_numpy(audio.mono)[None]


def _counted(turns: tuple[Turn, ...]) -> tuple[str, ...]:
    """What to say of the number of voices: nothing if they are two."""
    count = len({turn.voice for turn in turns})
    said = {0: _NOBODY, 1: "one voice was heard", 2: None}
    note = said.get(count, f"{count} voices were heard, not two")
    return (note,) if note else ()


def _rare(shares: tuple[float, ...]) -> tuple[str, ...]:
    """Say that further voices were taken for one of the others; not for a second here or there."""
    if sum(shares) < 0.01:
        return ()
    more = f"{len(shares)} more voices were" if len(shares) > 1 else "one more voice was"
    return (
        f"{more} heard in {100 * sum(shares):.0f} % of the speech and taken for one of the others; "
        "if somebody else was there, say how many spoke with --people",
    )


def _lettered(turns: list[Turn]) -> list[Turn]:
    """Name voices by letters in the order in which they are first heard."""
    names: dict[str, str] = {}
    for turn in sorted(turns):
        names.setdefault(turn.voice, _LETTERS[len(names) % 26] + "'" * (len(names) // 26))
    return [Turn(turn.span, names[turn.voice]) for turn in turns]


@lru_cache(maxsize=1)
def _pipeline(folder: Path, step_share: float) -> Any:
    """Build the pipeline in code; no configuration file is read and no hub is asked."""
    import_pyannote()
    plda = _plda(folder / "plda")
    pipeline = _thrifty()(
        segmentation=_model(folder / "segmentation" / "pytorch_model.bin"),
        segmentation_step=step_share,
        embedding=_model(folder / "embedding" / "pytorch_model.bin"),
        embedding_exclude_overlap=True,
        plda=plda,
        segmentation_batch_size=_SEGMENTATION_BATCH,
        embedding_batch_size=_EMBEDDING_BATCH,
    )
    pipeline.clustering = _bounded()(pipeline._plda, metric=pipeline._embedding.metric)
    return pipeline.instantiate(_PARAMETERS)


def _plda(folder: Path) -> Any:
    """Load the two files of numbers that tell embeddings of two voices apart."""
    from zipfile import BadZipFile

    from pyannote.audio.core.plda import PLDA

    try:
        return PLDA.from_pretrained(folder)
    except (ValueError, KeyError, OSError, BadZipFile):
        raise Refused(f"{folder}: plda.npz or xvec_transform.npz is broken; get it anew") from None


def import_pyannote() -> None:
    """Import pyannote.audio with its telemetry off and the hub's door shut, both beforehand."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    os.environ["OTEL_SDK_DISABLED"] = "true"
    os.environ["HF_HUB_OFFLINE"] = "1"
    import_torchaudio()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at length that torchcodec cannot be loaded
        import pyannote.audio.pipelines.speaker_diarization  # noqa: F401


def _model(path: Path) -> Any:
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
        raise Refused(f"{path}: not a pyannote checkpoint; get the folder anew") from None
    if not module.startswith("pyannote.audio.models."):
        raise Refused(f"{path}: asks for code outside pyannote; get the folder anew")
    before = os.environ.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD")
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"  # its loader asks for a full unpickling
    try:
        with torch.serialization.safe_globals(allowed):
            return Model.from_pretrained(path, map_location="cpu").eval()
    except (RuntimeError, KeyError, TypeError, AttributeError, ValueError, ImportError):
        raise Refused(f"{path}: not a whole pyannote checkpoint; get the folder anew") from None
    finally:
        if before is None:
            del os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"]
        else:
            os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = before


@lru_cache(maxsize=1)
def _thrifty() -> Any:
    """Give pyannote's pipeline with embeddings of active speakers only, one pass per chunk.

    The published one runs its largest network once per chunk and per local speaker, silent ones
    included; the network can pool one pass for all of them.
    """
    import torch
    from pyannote.audio.pipelines.speaker_diarization import SpeakerDiarization
    from pyannote.core import SlidingWindowFeature

    class Thrifty(SpeakerDiarization):  # type: ignore[misc]
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
                    masks = _alone(masks)
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


def _alone(masks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where each local speaker speaks alone; with too little of that, wherever they speak.

    Masks are (chunks, frames, speakers), 0 or 1.
    """
    clean = masks * (masks.sum(axis=2, keepdims=True) < 2)
    enough = clean.sum(axis=1, keepdims=True) >= 0.02 * masks.shape[1]
    return np.where(enough, clean, masks)


def _somebody(shares: Sequence[float]) -> list[int]:
    """Which voices are somebody: the two most heard, and others with `_LEAST_SHARE` or more."""
    order = sorted(range(len(shares)), key=lambda k: -shares[k])
    return sorted(k for n, k in enumerate(order) if n < 2 or shares[k] >= _LEAST_SHARE)


@lru_cache(maxsize=1)
def _bounded() -> Any:
    """Give pyannote's clustering, which learns from a bounded number of embeddings.

    It keeps the distance of every two of them, so a long session would need gigabytes. The
    voices are learnt from `_MOST_CLUSTERED` embeddings, evenly over the session (nothing is left
    out of one of an hour and a half or less); every embedding is then given to a voice. Where
    nobody said how many speak, what a voice too rare to be somebody said goes to the most alike
    of the others, as pyannote itself does where the number is given.
    """
    from pyannote.audio.pipelines.clustering import VBxClustering

    class Bounded(VBxClustering):  # type: ignore[misc]
        taken_over: tuple[float, ...] = ()

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
            kept = list(range(len(shares))) if num_clusters else _somebody(shares)
            self.taken_over = tuple(s for k, s in enumerate(shares) if k not in kept and s > 0)
            if len(kept) == len(shares):
                return hard, soft, centroids
            return soft[:, :, kept].argmax(axis=2), soft[:, :, kept], centroids[kept]

        def filter_embeddings(
            self, embeddings: Any, segmentations: Any = None, min_active_ratio: float = 0.2
        ) -> tuple[Any, Any, Any]:
            kept = super().filter_embeddings(embeddings, segmentations, min_active_ratio)
            every = -(-len(kept[0]) // _MOST_CLUSTERED) or 1
            return kept[0][::every], kept[1][::every], kept[2][::every]

    return Bounded


# The table -------------------------------------------------------------------------------------

SEPARATORS: Mapping[str, Callable[[Task], Separation]] = {
    "builtin": _builtin,
    "pyannote": _pyannote,
    "channels": _channels,
}

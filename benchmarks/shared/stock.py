"""pyannote's own pipeline with the packaged weights, to stand beside ours.

Conventions
-----------
Segmentation-3.0 and CAM++ in ``SpeakerDiarization`` with agglomerative clustering and the
parameters that pyannote published for 3.1 (threshold .7046, at least 12 embeddings in a cluster);
windows 2.5 s apart instead of 1 s, so that the table can be made in an hour. Nothing of it is used
by the product.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from diarize.models.packages import SEGMENTATION, packaged_weights
from diarize.recording.audio import Audio
from diarize.separation import campplus, networks
from diarize.separation.pyannote import import_pyannote, waveform
from diarize.timeline import Span, Turn

__all__ = ["stock"]

_STEP_SHARE = 0.25
_SHORTEST = 3200  # samples that are described


class _Embedding:
    """CAM++ under the interface of pyannote's embeddings: frames of a mask are heard, joined."""

    sample_rate, dimension, metric, min_num_samples = 16_000, campplus.SIZE, "cosine", _SHORTEST

    def __call__(self, waveforms: Any, masks: Any = None) -> np.ndarray:
        found = np.full((len(waveforms), campplus.SIZE), np.nan, dtype=np.float32)
        for row, sound in enumerate(waveforms[:, 0].numpy()):
            if masks is not None:
                mask = masks[row].numpy() > 0.5
                frames = (np.arange(len(sound)) * len(mask) // len(sound)).astype(np.int64)
                sound = sound[mask[frames]]
            if len(sound) >= _SHORTEST:
                rows = campplus.features(np.ascontiguousarray(sound))
                found[row] = campplus.embed([rows], networks.opened().embedding)[0]
        return found


@lru_cache(maxsize=1)
def _pipeline() -> Any:
    import_pyannote()
    import torch
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet
    from pyannote.audio.pipelines import speaker_diarization as theirs

    known = packaged_weights(SEGMENTATION)
    assert known is not None
    model = PyanNet(linear={"hidden_size": 128, "num_layers": 2},
                    lstm={"hidden_size": 128, "num_layers": 4, "bidirectional": True,
                          "monolithic": True}, sincnet={"stride": 10})  # fmt: skip
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION, resolution=Resolution.FRAME, duration=10.0,
        classes=["one", "two", "three"], powerset_max_classes=2, permutation_invariant=True,
    )  # fmt: skip
    model.build()
    held = torch.load(known.path, map_location="cpu", weights_only=True)
    model.load_state_dict(held.get("state_dict", held))

    class Dummy(PLDA):  # type: ignore[misc]  # asked for whatever the clustering is
        def __init__(self) -> None:
            pass

    theirs.PretrainedSpeakerEmbedding = lambda *args, **more: _Embedding()
    made = theirs.SpeakerDiarization(
        segmentation=model.eval(), segmentation_step=_STEP_SHARE, embedding="CAM++",
        embedding_exclude_overlap=True, plda=Dummy(), clustering="AgglomerativeClustering",
        segmentation_batch_size=8,
    )  # fmt: skip
    return made.instantiate({
        "segmentation": {"min_duration_off": 0.0},
        "clustering": {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7046},
    })  # fmt: skip


def stock(audio: Audio, people: int | None) -> tuple[Turn, ...]:
    """Give pyannote's turns of a recording."""
    file = {"waveform": waveform(audio), "sample_rate": audio.rate, "uri": "it"}
    found = _pipeline()(file, num_speakers=people).speaker_diarization
    turns = [
        Turn(Span(s.start, s.end), voice) for s, _, voice in found.itertracks(yield_label=True)
    ]
    return tuple(sorted(turns))

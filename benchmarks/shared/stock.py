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

from diarize.models.packages import SEGMENTATION, packaged_weights
from diarize.recording.audio import Audio
from diarize.separation.pyannote import import_pyannote, waveform, with_campplus
from diarize.settings import Pyannote
from diarize.timeline import Span, Turn

__all__ = ["stock"]


@lru_cache(maxsize=1)
def _pipeline() -> Any:
    import_pyannote()
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

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

    return with_campplus(model.eval(), Pyannote())


def stock(audio: Audio, people: int | None) -> tuple[Turn, ...]:
    """Give pyannote's turns of a recording."""
    file = {"waveform": waveform(audio), "sample_rate": audio.rate, "uri": "it"}
    found = _pipeline()(file, num_speakers=people).speaker_diarization
    turns = [
        Turn(Span(s.start, s.end), voice) for s, _, voice in found.itertracks(yield_label=True)
    ]
    return tuple(sorted(turns))

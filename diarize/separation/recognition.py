"""Which voice an enrolled one was found to be."""

from dataclasses import dataclass

from diarize.messages import Message

__all__ = ["Recognition"]


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which voice of a recording is the enrolled one; `voice` is None where that is not known.

    `certainty` is 0 to 1 (0 where no voice is named); `evidence` says the likenesses, None
    where no voice was looked for.
    """

    voice: str | None
    certainty: float
    evidence: Message | None

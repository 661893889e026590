"""An enrolled voice, and which voice of a recording it was found to be."""

from dataclasses import dataclass

from diarize.messages import Message

__all__ = ["Recognition", "Template"]


@dataclass(frozen=True, slots=True)
class Template:
    """One person's voice, and by whose consent it is kept.

    Parameters
    ----------
    name : str
        A code, not a person's name.
    vector : tuple of float
        256 numbers, of unit length.
    seconds : float
        Of speech it was made from.
    recording_sha256 : str
        Of the recording it was made from.
    given_by : str
        The code of the person whose voice it is, who consented.
    enrolled_on, expires_on : str
        ISO dates; it is used through `expires_on`.
    encoder_sha256 : str
        Of the network whose vectors these are; those of another cannot be compared.
    """

    name: str
    vector: tuple[float, ...]
    seconds: float
    recording_sha256: str
    given_by: str
    enrolled_on: str
    expires_on: str
    encoder_sha256: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which voice of a recording is the enrolled one; `voice` is None where that is not known.

    `certainty` is 0 to 1 (0 where no voice is named); `evidence` says the likenesses, None
    where no voice was looked for.
    """

    voice: str | None
    certainty: float
    evidence: Message | None

"""The only door to a recording: its consent is asked before anything of it is decoded.

:func:`admit` and its fellows are the only makers of a :class:`Recording`, and only a Recording can
be decoded: no consent, no decoding.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Message
from diarize.recording import register
from diarize.recording.consent import (
    Consent,
    common,
    in_force,
    is_code,
    proper,
    read,
    tell,
    tell_wholes,
)
from diarize.recording.wholes import hash_of, join
from diarize.runtime.atomic import sha256_of

__all__ = [
    "Recording",
    "Sound",
    "admit",
    "admit_again",
    "admit_all",
    "admit_sound",
    "admit_trial",
    "digest",
]

_BLOCK = 1 << 18  # frames hashed at a time
_RATE_BYTES = 8  # in which a digest has the rate
_ADMITTED = object()  # handed to Recording by the functions of this module alone


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Sound that a program holds in memory.

    Parameters
    ----------
    samples : ndarray of float32, shape (channels, n)
        In ±1.
    rate_hz : int
        Of the samples.
    """

    samples: NDArray[np.float32]
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording somebody consented to; made by :func:`admit` and its fellows alone.

    Parameters
    ----------
    path : Path
        Its file, of several the first.
    sha256 : str
        Of its bytes; of several files, of their hashes in order.
    consent : Consent
        What all who consented allowed.
    parts : tuple of Recording
        Of several files, each by itself; none where there is one.
    parallel : bool
        Whether the parts ran side by side; otherwise one began where the other ended.
    sound : Sound or None
        What a program holds of it in memory; `path` is then what messages call it.
    """

    path: Path
    sha256: str
    consent: Consent
    admitted: object = None
    parts: tuple["Recording", ...] = ()
    parallel: bool = False
    sound: Sound | None = None

    def __post_init__(self) -> None:
        if self.admitted is not _ADMITTED:
            raise TypeError("only admission.admit makes a Recording")

    @property
    def each(self) -> tuple["Recording", ...]:
        """Every file by itself, also where there is one."""
        return self.parts or (self,)

    @property
    def sources(self) -> tuple[str, ...]:
        """SHA-256 of every file."""
        return tuple(part.sha256 for part in self.each)


def admit(path: Path, *, today: date | None = None) -> Recording:
    """Admit a recording for analysis if its consent allows it.

    Raises
    ------
    Refused
        If there is no valid consent record for exactly these bytes; the line names the
        command that grants one.
    """
    sha256 = sha256_of(path)
    kept = read(path)
    if kept is None:
        raise Refused("consent.missing", file=str(path))
    if kept.sha256 != sha256:
        raise Refused("consent.other_audio", file=str(path))
    consent, problem = _as_it_stands(kept, today)
    if problem is not None:
        raise Refused("consent.not_valid", file=str(path), problem=problem)
    with suppress(Refused):  # a register that cannot be written forbids nothing it did not know
        tell(consent)
        tell_wholes(sha256)
    return Recording(path, sha256, consent, _ADMITTED)


def digest(samples: NDArray[Any], rate_hz: int) -> str:
    """Give the digest of samples that a consent for them names.

    SHA-256 of the rate as eight bytes and the samples as 32-bit floats, frame by frame, little
    endian first: of the sound, whatever array holds it.

    Parameters
    ----------
    samples : ndarray, shape (n,) or (channels, n)
        In ±1.
    rate_hz : int
        Of the samples.

    Raises
    ------
    Refused
        If they are no floating-point numbers, or of another shape, or the rate is no whole number.

    Examples
    --------
    >>> digest(np.zeros(4), 16000) == digest(np.zeros((1, 4), np.float32), 16000)
    True
    """
    sound = _sound(samples, rate_hz)
    return _digest(sound)


def _sound(samples: NDArray[Any], rate_hz: int) -> Sound:
    """Hold samples to what they must be: of another kind, order or rate they are another sound."""
    given = np.asarray(samples)
    if given.dtype.kind != "f":
        raise Refused("recording.samples_kind", kind=str(given.dtype))
    if given.ndim not in (1, 2):
        raise Refused("recording.samples_shape", shape=str(given.shape))
    plain = np.atleast_2d(given)
    channels, length = plain.shape
    if 0 < length < channels:
        raise Refused("recording.samples_turned", shape=str(given.shape), channels=channels)
    if not channels or not length:
        raise Refused("recording.samples_none")
    try:
        whole = int(rate_hz)
        whole.to_bytes(_RATE_BYTES, "little")
        is_one = whole == rate_hz and not isinstance(rate_hz, bool)
    except (TypeError, ValueError, OverflowError):
        is_one = False
    if not is_one:
        raise Refused("recording.samples_rate", rate=repr(rate_hz))
    return Sound(plain, whole)


def _digest(sound: Sound) -> str:
    plain = sound.samples
    found = hashlib.sha256(sound.rate_hz.to_bytes(_RATE_BYTES, "little"))
    for start in range(0, plain.shape[1], _BLOCK):
        block = plain[:, start : start + _BLOCK].T
        found.update(np.ascontiguousarray(block, dtype="<f4").tobytes())
    return found.hexdigest()


def admit_sound(
    samples: NDArray[Any], rate_hz: int, consent: Consent, *, today: date | None = None
) -> Recording:
    """Admit sound that a program holds in memory, with the consent that was given for it.

    Parameters
    ----------
    samples : ndarray, shape (n,) or (channels, n)
        In ±1.
    rate_hz : int
        Of the samples.
    consent : Consent
        Its `sha256` is the `digest` of these samples.

    Raises
    ------
    Refused
        If the samples or the consent are not what they must be, or the consent is for other sound
        or does not hold: neither as it was given here nor as this machine was told last.
    """
    sound = _sound(samples, rate_hz)
    sha256 = _digest(sound)
    given = proper(consent)
    if given.sha256 != sha256:
        raise Refused("consent.other_samples")
    now, problem = _as_it_stands(given, today)
    problem = problem or given.problem(today or register.today())
    if problem is not None:
        raise Refused("consent.samples_not_allowed", problem=problem)
    scopes = tuple(scope for scope in now.scopes if scope in given.scopes)
    both = replace(now, scopes=scopes, expires_on=min(now.expires_on, given.expires_on))
    with suppress(Refused):  # as of `admit`
        tell(both)
    held = Sound(np.asarray(sound.samples, np.float32), sound.rate_hz)
    return Recording(Path("array"), sha256, both, _ADMITTED, sound=held)


def _as_it_stands(kept: Consent, today: date | None) -> tuple[Consent, Message | None]:
    """Give what counts of a consent now, and why it does not allow an analysis; None if it does."""
    now = in_force(kept)
    return now, now.problem(today or register.today())


def admit_trial(path: Path, *, by: str, today: date | None = None) -> Recording:
    """Admit a trial recording by the word of who speaks on it, for one look and no longer.

    Nothing is written. Whoever decodes it holds it to the length of a trial. Bytes that have a
    consent record, or had one, are admitted by that alone.

    Parameters
    ----------
    path : Path
        The recording.
    by : str
        Code of the person who agrees.
    today : date, optional
        The day.

    Raises
    ------
    Refused
        Without a code, if the file is not there, or if its own consent does not allow it.
    """
    if not is_code(by.strip()):
        raise Refused("consent.no_code")
    sha256 = sha256_of(path)
    if read(path) is not None or register.latest(sha256) is not None:
        return admit(path, today=today)
    day = (today or date.today()).isoformat()
    return Recording(path, sha256, Consent(sha256, by, day, ("analyse",), day), _ADMITTED)


def admit_all(
    paths: Sequence[Path], *, parallel: bool = False, today: date | None = None
) -> Recording:
    """Admit the files of one session, each by its own consent.

    Parameters
    ----------
    paths : sequence of Path
        One file, or several in order.
    parallel : bool
        Whether they ran side by side.

    Raises
    ------
    Refused
        As of `admit`, of the first file it is true of; and if a file is there twice.
    """
    parts = tuple(admit(path, today=today) for path in paths)
    if len(parts) == 1:
        return parts[0]
    hashes = [part.sha256 for part in parts]
    for number, part in enumerate(parts):
        if part.sha256 in hashes[:number]:
            raise Refused("consent.same_twice", file=str(part.path))
    together = hash_of(hashes, parallel=parallel)
    consent = common(together, [part.consent for part in parts])
    with suppress(Refused):  # as of `admit`
        join(together, hashes)
        tell(consent)
    return Recording(parts[0].path, together, consent, _ADMITTED, parts, parallel)


def admit_again(recording: Recording, *, today: date | None = None) -> Recording:
    """Admit the files of a recording once more: consent may have been withdrawn meanwhile."""
    paths = [part.path for part in recording.each]
    return admit_all(paths, parallel=recording.parallel, today=today)

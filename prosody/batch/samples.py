"""The sample sessions, as jobs for a library: synthetic voices, no real person."""

from pathlib import Path
from typing import Any

from diarize.models.finding import find_whisper

__all__ = ["jobs", "there"]

_HERE = Path(__file__).resolve().parents[2] / "sample_audio"
_STEMS = ("attentive", "hurried", "attentive_two_channel", "half_way")


def there() -> bool:
    """Whether the samples lie beside the program, as they do where it is run from its folder."""
    return all((_HERE / f"{stem}.flac").is_file() for stem in _STEMS)


def jobs(library: Path) -> list[dict[str, Any]]:
    """Give a job for each sample, as `prosody.batch.child.answer` takes it.

    From the sound alone where Whisper's weights are here; else with the words beside the samples.
    """
    alone = find_whisper() is not None
    return [_job(stem, library, alone=alone) for stem in _STEMS]


def _job(stem: str, library: Path, *, alone: bool) -> dict[str, Any]:
    heard = {"transcriber": "whisper"} if alone else {"transcript": str(_HERE / f"{stem}.vtt")}
    separator = "channels" if stem.endswith("two_channel") else "auto"
    return {
        "recording": str(_HERE / f"{stem}.flac"),
        "library": str(library),
        "values": {**heard, "separator": separator, "language": "en", "people": "2"},
        "labels": {"session_id": stem.replace("_", "-")},
        "force": False,
    }

"""Frames in a file: ``.npz`` that is read back, ``.csv`` and ``.parquet`` for other programs.

pyarrow comes with the extra ``parquet`` and with what Streamlit asks for; the lightest installation
(``make light``) is without.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from prosody.features.frames import COLUMNS, Frames

__all__ = ["SCHEMA", "WRITERS", "arrow", "load", "save", "table"]

Column = NDArray[np.float32]

SCHEMA = 1


def save(frames: Frames, path: Path) -> None:
    """Write frames to a file; the ending says how: ``.npz``, ``.csv`` or ``.parquet``.

    Parameters
    ----------
    frames : Frames
        What `prosody.features.frames.measure` gave.
    path : Path
        An existing file is replaced once the new one is whole.

    Raises
    ------
    ValueError
        If the ending is another.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"frames are written as {', '.join(WRITERS)}, not {path.suffix or path}")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        write(frames, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(path: Path | IO[bytes]) -> Frames:
    """Read frames back from an ``.npz`` file, or from what one holds.

    Raises
    ------
    ValueError
        If the file was written by a newer version.
    """
    with np.load(path, allow_pickle=False) as held:
        if int(held["schema"]) > SCHEMA:
            raise ValueError(f"frames of schema {int(held['schema'])}: this version reads {SCHEMA}")
        columns = {name: held[name] for name in COLUMNS}
        return Frames(
            **columns,
            hop_s=float(held["hop_s"]),
            sample_rate_hz=int(held["sample_rate_hz"]),
            band_hz=float(held["band_hz"]),
        )


def _write_npz(frames: Frames, path: Path) -> None:
    columns: dict[str, Any] = {name: getattr(frames, name) for name in COLUMNS}
    with path.open("wb") as file:
        np.savez(
            file,
            **columns,
            hop_s=frames.hop_s,
            sample_rate_hz=frames.sample_rate_hz,
            band_hz=frames.band_hz,
            schema=SCHEMA,
        )


def _tables(frames: Frames) -> Iterator[tuple[str, Column]]:
    """Columns as a flat table; a channel's columns end in its number."""
    for name in COLUMNS:
        values = getattr(frames, name)
        if values.ndim == 1:
            yield name, values
        else:
            for i, row in enumerate(values):
                yield f"{name}_channel_{i + 1}", row


def arrow() -> Any:
    """Give pyarrow, which writes Parquet.

    Raises
    ------
    Refused
        If it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise Refused("export.no_parquet") from None
    return pyarrow


def table(frames: Frames) -> Any:
    """Give frames as a pandas data frame, a row every hop."""
    import pandas as pd

    return pd.DataFrame(dict(_tables(frames)))


def _write_csv(frames: Frames, path: Path) -> None:
    table(frames).to_csv(path, index=False, float_format="%.6g")


def _write_parquet(frames: Frames, path: Path) -> None:
    pa = arrow()
    about = {
        "schema": str(SCHEMA),
        "hop_s": repr(frames.hop_s),
        "sample_rate_hz": str(frames.sample_rate_hz),
        "band_hz": repr(frames.band_hz),
    }
    pa.parquet.write_table(pa.table(dict(_tables(frames))).replace_schema_metadata(about), path)


WRITERS: dict[str, Callable[[Frames, Path], None]] = {
    ".npz": _write_npz,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}

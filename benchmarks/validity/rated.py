"""(c) Components and index against listeners' warmth, per sex (eGeMAPS functionals stand in)."""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.validity.common import Row, spearman
from prosody.settings import Settings

P = "F0semitoneFrom27.5Hz_sma3nz_"
NEAREST: dict[str, Callable[[Row], float]] = {
    "quietness": lambda f: -f["loudness_sma3_amean"],
    "softness": lambda f: -f["alphaRatioV_sma3nz_amean"],
    "slowness": lambda f: -f["VoicedSegmentsPerSec"],
    "steadiness": lambda f: (
        -np.log(f["loudness_sma3_percentile80.0"] / max(f["loudness_sma3_percentile20.0"], 1e-3))
    ),
    "pitch_range": lambda f: f[P + "pctlrange0.2"],
    "pitch_lift": lambda f: f[P + "percentile80.0"] - f[P + "percentile50.0"],
    "upper_pitch": lambda f: f[P + "percentile80.0"],
    "liveliness": lambda f: (f[P + "meanRisingSlope"] + f[P + "meanFallingSlope"]) / 2,
}
WARM = ("mitfuehlend", "herzlich", "freundlich")
COLD = ("verstaendnislos", "distanziert", "unsympathisch")


def rated(data: Path) -> dict[str, Any]:
    """Correlation over speakers with listeners' warmth, per sex; z over the speakers of a sex.

    Warmth is the mean of six scales over listeners. Nothing nearer than functionals of whole
    clips is published, so scales of z that are not in dB or semitones have no floor here, and
    fit has no stand-in.
    """
    out = {}
    for sex in ("female", "male"):
        z, y = rated_sex(data, sex)
        weights = {c.name: c.weight for c in Settings().warmth.components if c.name in z}
        total = sum(weights.values())
        z["index"] = np.sum([weights[k] / total * z[k] for k in weights], axis=0)
        out[sex] = {"speakers": y.size} | {k: _rho(values, y) for k, values in z.items()}
    return out


def _rated_z(raw: dict[str, NDArray[np.float64]], settings: Settings) -> dict[str, Any]:
    """The components' own z, floors and ceilings only where the stand-in has the same unit."""
    same_unit = {"softness", "pitch_range", "pitch_lift", "upper_pitch"}
    z = {}
    for component in settings.warmth.components:
        if component.name in raw:
            x = raw[component.name]
            scale = 1.4826 * np.median(np.abs(x - np.median(x)))
            if component.name in same_unit:
                scale = min(component.ceiling or np.inf, max(component.floor, scale))
            z[component.name] = np.clip((x - np.median(x)) / scale, -2.5, component.most)
    return z


def _ratings(path: Path) -> dict[str, float]:
    by_speaker: dict[str, list[float]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if "NA" in {row[k] for k in (*WARM, *COLD)}:
                continue
            warm = [float(row[k]) for k in WARM] + [100 - float(row[k]) for k in COLD]
            by_speaker[row["sample_heard"]].append(sum(warm) / 6)
    return {name: float(np.mean(values)) for name, values in by_speaker.items()}


def _functionals(path: Path) -> dict[str, Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row.pop("sample_heard"): {k: float(v) for k, v in row.items()}
            for row in csv.DictReader(file)
        }


def _rho(x: NDArray[np.float64], y: NDArray[np.float64]) -> Row:
    rng = np.random.default_rng(5)
    rows = rng.integers(0, y.size, size=(1000, y.size))
    drawn = [spearman(x[i], y[i]) for i in rows]
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return {"rho": spearman(x, y), "low": float(low), "high": float(high)}


def rated_sex(data: Path, sex: str) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Give the components' z, and listeners' warmth, of the rated speakers of one sex."""
    folder = data / "warmth_ratings"
    warmth = _ratings(folder / "SC_ratings.csv")
    rows = _functionals(folder / f"eGeMAPSv01a_88_{sex}spk.csv")
    rows = {name: row for name, row in rows.items() if name in warmth}
    y = np.array([warmth[name] for name in rows])
    raw = {k: np.array([near(row) for row in rows.values()]) for k, near in NEAREST.items()}
    return _rated_z(raw, Settings()), y

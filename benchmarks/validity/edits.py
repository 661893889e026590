"""(a) Known edits: turns made louder, harder, faster, higher or noisy, and what moved."""

import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import SAMPLES
from benchmarks.validity.common import RATE, Row, Sound, measured, read, session, spearman
from diarize.conversation import Conversation
from prosody import catalogue as cues
from prosody.analysis import Analysis
from prosody.cues import activation
from prosody.cues.turn_table import turn_table
from prosody.features import frames
from prosody.settings import Settings


def sox(*effect: str) -> Callable[[Sound], Sound]:
    """Make an edit that sox does."""

    def edit(sound: Sound) -> Sound:
        raw = ["-t", "f32", "-r", str(RATE), "-c", "1", "-"]
        done = subprocess.run(
            ["sox", "-D", *raw, *raw, *effect],
            input=sound.tobytes(),
            capture_output=True,
            check=True,
        )
        return np.frombuffer(done.stdout, dtype=np.float32).copy()

    return edit


def tilt(db_per_octave: float) -> Callable[[Sound], Sound]:
    """Make an edit that turns the spectrum around 500 Hz and keeps the turn's level."""

    def edit(sound: Sound) -> Sound:
        spectrum = np.fft.rfft(sound)
        hertz = np.maximum(np.fft.rfftfreq(sound.size, 1 / RATE), 50.0)
        out = np.fft.irfft(spectrum * 10 ** (db_per_octave * np.log2(hertz / 500) / 20), sound.size)
        return np.asarray(out * np.sqrt(np.mean(sound**2) / np.mean(out**2)), dtype=np.float32)

    return edit


def noisy(sound: Sound) -> Sound:
    """Add white noise 20 dB below the turn."""
    noise = np.random.default_rng(7).normal(size=sound.size)
    return np.asarray(sound + noise * np.sqrt(np.mean(sound**2)) / 10, dtype=np.float32)


EDITS: dict[str, Callable[[Sound], Sound]] = {
    "+3 dB": lambda x: np.asarray(x * 10 ** (3 / 20), dtype=np.float32),
    "-3 dB": lambda x: np.asarray(x * 10 ** (-3 / 20), dtype=np.float32),
    "+3 dB/octave": tilt(3.0),
    "-3 dB/octave": tilt(-3.0),
    "rate x1.25": sox("tempo", "-s", "1.25"),
    "rate x0.8": sox("tempo", "-s", "0.8"),
    "pitch +2 st": sox("pitch", "200"),
    "white noise at 20 dB": noisy,
}
BANDS = {"300-3400 Hz": "300-3400", "0-3900 Hz": "-3900", "50-7000 Hz": "50-7000"}


def materials(data: Path) -> Iterator[tuple[str, list[Sound], list[Sound]]]:
    """Give a name, the turns to edit and the partner's turns: one synthetic, then real readers."""
    truth = SAMPLES / "attentive.json"
    if truth.exists():
        turns = json.loads(truth.read_text(encoding="utf-8"))["turns"]
        sound = read(SAMPLES / "attentive.flac")
        yield "synthetic", _cut(sound, turns, "therapist"), _cut(sound, turns, "client")
    readers: dict[str, list[Sound]] = defaultdict(list)
    for path in sorted((data / "splice_material").glob("*.flac")):
        readers[path.name.split("-")[0]] += _pieces(read(path))
    names = sorted(readers)
    for name in names:
        partner = max((n for n in names if n != name), key=lambda n: len(readers[n]))
        yield f"reader {name}", readers[name], readers[partner]


def _cut(sound: Sound, turns: list[Row], role: str) -> list[Sound]:
    spans = [(t["start_s"], t["end_s"]) for t in turns if t["role"] == role]
    return [sound[int(a * RATE) : int(b * RATE)] for a, b in spans if b - a >= 1.8]


def _pieces(sound: Sound, least_s: float = 2.0, most_s: float = 2.5) -> list[Sound]:
    """Cut a reading into stretches of about two seconds, at its quietest places."""
    pieces, start = [], 0
    level = np.convolve(sound**2, np.full(1600, 1 / 1600), mode="same")
    while sound.size - start > 2 * least_s * RATE:
        first, last = start + int(least_s * RATE), start + int(most_s * RATE)
        cut = first + int(np.argmin(level[first:last]))
        pieces.append(sound[start:cut])
        start = cut
    return [*pieces, sound[start:]]


def points(
    conversation: Conversation, samples: Sound, settings: Settings
) -> dict[str, list[float]]:
    """Give each therapist turn's points by component, its index and its articulation rate."""
    heard = measured(samples)
    values = cues.values_by_utterance(Analysis(conversation, heard, settings))
    names = [f"warmth.{c.name}" for c in settings.warmth.components if c.weight > 0]
    rows = [values[u.index] for u in conversation.of("therapist")]
    wanted = ["warmth.index", *names]
    found = {name: [row.get(name, float("nan")) for row in rows] for name in wanted}
    return found | {"activation": _activation(conversation, heard, settings)}


def _activation(
    conversation: Conversation, heard: frames.Frames, settings: Settings
) -> list[float]:
    """Rate each therapist turn; from 12 clean turns on, since the materials are short."""
    fewer = replace(settings, warmth=replace(settings.warmth, activation_turns=12))
    analysis = Analysis(conversation, heard, fewer)
    rows, rating, _ = activation.ratings(analysis, "therapist")
    table = turn_table(analysis)
    by_turn = dict(zip(table.utterance[rows].tolist(), rating.tolist(), strict=True))
    return [by_turn.get(u.index, float("nan")) for u in conversation.of("therapist")]


def edits(data: Path) -> dict[str, Any]:
    """Edit every third turn of a speaker; mean change of points on those turns."""
    settings, found = Settings(), {}
    for name, own, partner in materials(data):
        order = [x for pair in zip(own, _cycled(partner, len(own)), strict=True) for x in pair]
        roles = ["therapist", "client"] * len(own)
        chosen = set(range(1, len(own), 3))
        turns = list(zip(roles, order, strict=True))
        said = _heard_before(turns, settings)
        before = points(*session(turns, said=said), settings)
        found[name] = {
            label: _changed(before, turns, said, chosen, edit, settings)
            for label, edit in EDITS.items()
            if label[:4] not in ("rate", "pitc") or shutil.which("sox")
        }
        found[name] |= {
            f"level {way} the client's": _compared(
                before, _with_level(turns, chosen, way), said, chosen, settings
            )
            for way in ("like", "away from")
        }
        found[name] |= _whole_file(before, turns, said, settings)
    return found


def _with_level(
    turns: list[tuple[str, Sound]], chosen: set[int], way: str
) -> list[tuple[str, Sound]]:
    """Set the level of chosen therapist turns by the client's turn before each, in z.

    ``like``: as far from the therapist's own middle as the client's turn is from the client's;
    ``away from``: four z from it, towards the other side.
    """
    level = np.array([10 * np.log10(np.mean(sound**2) + 1e-12) for _, sound in turns])
    z, scale = np.empty(level.size), [1.0, 1.0]
    for person in (0, 1):
        own = level[person::2]
        middle = np.median(own)
        scale[person] = max(1.0, 1.4826 * float(np.median(np.abs(own - middle))))
        z[person::2] = (own - middle) / scale[person]
    out = list(turns)
    for turn in sorted(chosen):
        at = 2 * turn
        theirs = z[at - 1]
        wanted = theirs if way == "like" else theirs - 4.0 * np.sign(theirs)
        gain = 10 ** (scale[0] * (wanted - z[at]) / 20)
        role, sound = turns[at]
        out[at] = (role, np.asarray(sound * gain, dtype=np.float32))
    return out


def _heard_before(turns: list[tuple[str, Sound]], settings: Settings) -> list[int]:
    """Syllables heard in each turn before any edit: what a transcript would go on saying."""
    conversation, samples = session(turns)
    return [
        int(n) for n in turn_table(Analysis(conversation, measured(samples), settings))["heard"]
    ]


def _cycled(turns: list[Sound], count: int) -> list[Sound]:
    return [turns[i % len(turns)] for i in range(count)]


def _changed(
    before: dict[str, list[float]],
    turns: list[tuple[str, Sound]],
    said: list[int],
    chosen: set[int],
    edit: Callable[[Sound], Sound],
    settings: Settings,
) -> Row:
    changed = [
        (role, edit(x) if i % 2 == 0 and i // 2 in chosen else x)
        for i, (role, x) in enumerate(turns)
    ]
    return _compared(before, changed, said, chosen, settings)


def _compared(
    before: dict[str, list[float]],
    changed: list[tuple[str, Sound]],
    said: list[int],
    chosen: set[int],
    settings: Settings,
) -> Row:
    after = points(*session(changed, said=said), settings)
    rows = sorted(chosen)
    out: Row = {}
    for key in before:
        a, b = np.array(before[key])[rows], np.array(after[key])[rows]
        out[key.removeprefix("warmth.")] = _mean(b - a)
        if key == "warmth.softness":
            had = np.isfinite(a)
            out["withheld"] = float(np.isnan(b[had]).mean()) if had.any() else None
    return out


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _whole_file(
    before: dict[str, list[float]],
    turns: list[tuple[str, Sound]],
    said: list[int],
    settings: Settings,
) -> dict[str, Row]:
    """Edit the whole file: rank correlation and mean change of what is still said."""
    conversation, samples = session(turns, said=said)
    halved = points(conversation, samples * np.float32(0.5), settings)
    out = {"whole file halved": _agreement(before, halved)}
    if shutil.which("sox"):
        for label, band in BANDS.items():
            narrow = sox("sinc", band)(samples)[: samples.size]
            found = _agreement(before, points(conversation, narrow, settings))
            out[f"whole file through {label}"] = found
    return out


def _agreement(before: dict[str, list[float]], after: dict[str, list[float]]) -> Row:
    """Give rho and the mean change, points, over turns of each component; "withheld" where so."""
    out: Row = {}
    for key in before:
        a, b = np.array(before[key]), np.array(after[key])
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() < 3:
            out[key.removeprefix("warmth.")] = "withheld"
            continue
        rho, change = spearman(a[both], b[both]), np.abs(a - b)[both].mean()
        out[key.removeprefix("warmth.")] = f"rho {rho:.2f}, {change:.2f}"
    return out

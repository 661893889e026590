"""What the pacing and warmth measures are worth: known edits, acted and rated voices, alignments.

``python -m benchmarks.validity [--data FOLDER] [--only edits,acted,rated,...] [--to FILE]``

(a) edits: some turns of one speaker made louder, harder, faster, higher or noisy; what moved.
(b) acted: calm and sad-soft against angry sentences, within speaker (EmoDB files).
    activation: the rating of angry over calm sentences; our HF500 against the toolkit's.
(c) rated: components and index against listeners' warmth, per sex (eGeMAPS functionals stand in).
    halves: weights chosen anew on random halves of the speakers, tested on the others.
(d) rate: syllables and articulation rate against aligned transcripts.
    written: the syllable rule against a speech synthesiser's phonemes (espeak-ng).
(e) errors: what jittered boundaries, missed backchannels and wrong words do to every measure.

Prints Markdown tables; ``--to`` writes the numbers as JSON. Parts whose data or program (sox for
some edits) is missing say so and are left out. The shipped weights are not fitted here; `halves`
fits others, to see how far choosing helps on people not seen.
"""

import argparse
import csv
import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import DATA, SAMPLES, VOWEL, load
from benchmarks.shared.corpora import tiers as tiers_of
from diarize.conversation import Conversation, TurnKind, Utterance, weave
from diarize.messages import message
from diarize.recording.audio import Audio
from diarize.roles import Casting, Role
from diarize.separation.activity import speech_probability, speech_spans
from diarize.timeline import Span, Turn, Word
from prosody import catalogue as cues
from prosody.analysis import Analysis
from prosody.cues import activation, gates, warmth
from prosody.cues import composite as profile
from prosody.cues.turn_table import turn_table
from prosody.features import frames
from prosody.features.syllables import syllables
from prosody.settings import Settings

RATE = 16_000
TOLD = message("casting.told")
Sound = NDArray[np.float32]
Row = dict[str, Any]
SHOWN = (
    "quietness",
    "softness",
    "slowness",
    "steadiness",
    "pitch_range",
    "pitch_lift",
    "upper_pitch",
)


def read(path: Path) -> Sound:
    """Read the first channel at 16 kHz."""
    return np.asarray(load(path).samples[0])


def measured(samples: Sound) -> frames.Frames:
    """Measure frames of plain samples."""
    return frames.measure(Audio(samples[None], RATE, RATE, samples))


def session(
    turns: Sequence[tuple[str, Sound]], gap_s: float = 0.8, said: Sequence[int] = ()
) -> tuple[Conversation, Sound]:
    """Lay turns one after the other over a quiet background; pauses as voice activity hears them.

    The background (-80 dBFS) keeps silence from being digital. `said` is how many words of one
    syllable each turn has, in place of a transcript.
    """
    at, parts = gap_s, [np.zeros(int(gap_s * RATE), np.float32)]
    utterances: list[Utterance] = []
    for role, sound in turns:
        spans = speech_spans(speech_probability(sound, RATE)) or (Span(0, sound.size / RATE),)
        ipus = tuple(span.shifted(at) for span in spans)
        whole = Span(ipus[0].start, ipus[-1].end)
        spoken = said[len(utterances)] if said else 0
        words = (Word(whole, "so"),) * spoken
        utterances.append(
            Utterance(len(utterances), whole, role, Role(role), TurnKind.PRIMARY, ipus, words)
        )
        parts += [sound, np.zeros(int(gap_s * RATE), np.float32)]
        at += sound.size / RATE + gap_s
    loud = np.concatenate(parts)
    samples = loud + np.random.default_rng(1).normal(size=loud.size) * 1e-4
    casting = tuple(
        Casting(r, r, 1.0, message("casting.told")) for r in (Role.CLIENT, Role.THERAPIST)
    )
    seconds = samples.size / RATE
    conversation = Conversation(
        tuple(utterances), (), casting, seconds, has_words=bool(said), language="en"
    )
    return conversation, samples.astype(np.float32)


# (a) edits ---------------------------------------------------------------------------------


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
MOVES = {"+3 dB": ("quietness", -1), "-3 dB": ("quietness", 1)}
MOVES |= {"+3 dB/octave": ("softness", -1), "-3 dB/octave": ("softness", 1)}
MOVES |= {"rate x1.25": ("slowness", -1), "rate x0.8": ("slowness", 1)}


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


# (b) acted ---------------------------------------------------------------------------------

PAIRS = {"calm over angry": ("N", "W"), "sad over angry": ("T", "W"), "calm over happy": ("N", "F")}


def acted(data: Path) -> dict[str, Any]:
    """Area under the curve within speaker, per component and for the index, mean over speakers."""
    speakers = [acted_speaker(paths) for paths in _acted_groups(data).values()]
    names = sorted({name for speaker in speakers for name in speaker["z"]})
    return {
        "speakers": len(speakers),
        "utterances": sum(len(speaker["label"]) for speaker in speakers),
        "auc": {
            pair: {name: _pooled(speakers, name, *letters) for name in names}
            for pair, letters in PAIRS.items()
        },
    }


def _acted_groups(data: Path) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((data / "emotion" / "emodb").glob("*.*")):
        groups[path.name[:2]].append(path)
    return groups


def acted_speaker(paths: list[Path]) -> Row:
    """Measure one actor's sentences, said one after the other as a therapist's turns."""
    conversation, samples = session([("therapist", read(path)) for path in paths], 1.0)
    settings, heard = Settings(), measured(samples)
    analysis = Analysis(conversation, heard, settings)
    scores = profile.scored(analysis, "therapist")
    table = turn_table(analysis)
    z = {name: np.asarray(values) for name, values in scores.z.items() if np.isfinite(values).any()}
    index = [
        warmth.index_of(analysis, conversation.utterances[table.utterance[row]])
        for row in scores.rows
    ]
    labels = np.array([path.name[5] for path in paths])
    return {"label": labels[scores.rows], "z": z | {"index": np.array(index)}}


def _pooled(speakers: list[Row], name: str, up: str, down: str) -> Row:
    rng, draws = np.random.default_rng(3), []
    parts = [
        (s["z"][name][s["label"] == up], s["z"][name][s["label"] == down])
        for s in speakers
        if name in s["z"]
    ]
    parts = [(a[np.isfinite(a)], b[np.isfinite(b)]) for a, b in parts]
    parts = [(a, b) for a, b in parts if a.size and b.size]
    if not parts:
        return {"speakers": 0}
    for _ in range(1000):
        drawn = [(rng.choice(a, a.size), rng.choice(b, b.size)) for a, b in parts]
        draws.append(np.mean([auc(a, b) for a, b in drawn]))
    low, high = np.percentile(draws, (2.5, 97.5))
    each = [auc(a, b) for a, b in parts]
    return {
        "speakers": len(parts),
        "n": sum(a.size + b.size for a, b in parts),
        "auc": float(np.mean(each)),
        "low": float(low),
        "high": float(high),
        "least": float(min(each)),
    }


def auc(up: NDArray[np.float64], down: NDArray[np.float64]) -> float:
    """Share of pairs in which `up` is higher, ties half."""
    more = up[:, None] > down[None]
    return float(more.mean() + 0.5 * (up[:, None] == down[None]).mean())


# (b) activation ----------------------------------------------------------------------------


def activated(data: Path) -> dict[str, Any]:
    """Rate acted sentences for activation, the gate aside: these files' levels were set one by one.

    The rating is made twice: with our HF500 and with that of the authors' toolkit.
    """
    speakers = [_activated_speaker(paths) for paths in _acted_groups(data).values()]
    pairs = {"angry over calm": ("W", "N"), "angry over sad": ("W", "T")}
    names = speakers[0]["z"] if speakers else ()
    return {
        "speakers on whom the gate withholds it": sum(s["reason"] is not None for s in speakers),
        "rank correlation": {
            what: {
                "speakers": len(speakers),
                "mean": float(np.mean([s[what] for s in speakers])),
                "least": float(min(s[what] for s in speakers)),
            }
            for what in ("HF500, ours and the toolkit's", "rating with either")
            if speakers
        },
        "auc": {
            pair: {name: _pooled(speakers, name, *letters) for name in names}
            for pair, letters in pairs.items()
        },
    }


def _activated_speaker(paths: list[Path]) -> Row:
    conversation, samples = session([("therapist", read(path)) for path in paths], 1.0)
    settings, heard = Settings(), measured(samples)
    analysis = Analysis(conversation, heard, settings)
    table = turn_table(analysis)
    rows = gates.usable(analysis, "therapist")
    spans = [conversation.utterances[i].span for i in table.utterance[rows]]
    theirs = np.array([toolkit_hf500(samples, heard, span) for span in spans])
    pitch, level, ours = (table[name][rows] for name in activation.FEATURES)
    either = [activation.fused(np.array([pitch, level, hf500])) for hf500 in (ours, theirs)]
    return {
        "label": np.array([path.name[5] for path in paths])[table.utterance[rows]],
        "reason": activation.ratings(analysis, "therapist")[2],
        "HF500, ours and the toolkit's": spearman(ours, theirs),
        "rating with either": spearman(*either),
        "z": dict(zip(("rating", "rating, toolkit's HF500"), either, strict=True)),
    }


def toolkit_hf500(samples: Sound, heard: frames.Frames, span: Span) -> float:
    """HF500 of a turn as the authors' toolkit has it: log ratio of mean magnitudes, 25 ms frames.

    Above 500 Hz against 80 to 500 Hz, over frames with pitch; written from the formula.
    """
    voiced = np.flatnonzero(
        np.isfinite(heard.f0_hz[round(span.start * 100) : round(span.end * 100)])
    )
    first = (voiced + round(span.start * 100)) * RATE // 100 - 200
    first = first[(first >= 0) & (first + 400 <= samples.size)]
    magnitude = np.abs(np.fft.rfft(samples[first[:, None] + np.arange(400)], axis=1)).mean(axis=0)
    hertz = np.fft.rfftfreq(400, 1 / RATE)
    deep = magnitude[(hertz >= 80) & (hertz <= 500)].sum()
    return float(np.log(magnitude[hertz > 500].sum() / deep))


# (c) rated ---------------------------------------------------------------------------------

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
        z, y = _rated_sex(data, sex)
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


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Rank correlation, ties averaged."""
    from scipy.stats import spearmanr

    return float(spearmanr(a, b)[0])


def _rho(x: NDArray[np.float64], y: NDArray[np.float64]) -> Row:
    rng = np.random.default_rng(5)
    rows = rng.integers(0, y.size, size=(1000, y.size))
    drawn = [spearman(x[i], y[i]) for i in rows]
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return {"rho": spearman(x, y), "low": float(low), "high": float(high)}


# (c) halves --------------------------------------------------------------------------------

CANDIDATES = 1500
SPLITS = 60
LEAST_AUC = 0.90


def halves(data: Path) -> dict[str, Any]:
    """Choose weights anew on random halves of the rated speakers; what they are worth on the rest.

    Candidates are random weights in steps of .02, every component at least .02; chosen is the one
    whose smaller correlation of the two sexes is greatest among those that tell calm from angry
    turns (area .90 and more) over four of the five acted speakers. The fifth, and the other half
    of the rated speakers, judge it. The shipped weights are read on the same halves.
    """
    rng = np.random.default_rng(11)
    sexes = [_rated_sex(data, sex) for sex in ("female", "male")]
    names = [n for n in NEAREST if n != "liveliness"]
    shipped = {c.name: c.weight for c in Settings().warmth.components}
    fixed = np.array([shipped[n] for n in names])
    drawn = rng.dirichlet(np.ones(len(names)), CANDIDATES)
    weights = np.maximum(0.02, np.round(drawn / 0.02) * 0.02)
    weights = np.vstack([fixed, weights])
    weights /= weights.sum(axis=1, keepdims=True)
    index = [weights @ np.array([z[n] for n in names]) for z, _ in sexes]
    areas = _acted_areas(data, names, weights)
    rows: dict[str, list[float]] = defaultdict(list)
    for split in range(SPLITS):
        held = split % areas.shape[1]
        seen = [rng.permutation(y.size) < y.size // 2 for _, y in sexes]
        train = _rho_rows(index, sexes, seen)
        fair = np.delete(areas, held, axis=1).mean(axis=1) >= LEAST_AUC
        best = int(np.argmax(np.where(fair, train.min(axis=0), -np.inf)))
        unseen = _rho_rows(index, sexes, [~half for half in seen])
        for label, at in (("chosen anew", best), ("shipped", 0)):
            rows[f"{label}, women"].append(unseen[0, at])
            rows[f"{label}, men"].append(unseen[1, at])
            rows[f"{label}, calm over angry"].append(areas[at, held])
        rows["chosen anew, women, on the half it was chosen on"].append(train[0, best])
        rows["chosen anew, men, on the half it was chosen on"].append(train[1, best])
    return {
        label: {"splits": SPLITS, "mean": float(np.mean(v)), "spread (SD)": float(np.std(v))}
        for label, v in rows.items()
    }


def _rated_sex(data: Path, sex: str) -> tuple[dict[str, Any], NDArray[np.float64]]:
    folder = data / "warmth_ratings"
    warmth = _ratings(folder / "SC_ratings.csv")
    rows = _functionals(folder / f"eGeMAPSv01a_88_{sex}spk.csv")
    rows = {name: row for name, row in rows.items() if name in warmth}
    y = np.array([warmth[name] for name in rows])
    raw = {k: np.array([near(row) for row in rows.values()]) for k, near in NEAREST.items()}
    return _rated_z(raw, Settings()), y


def _rho_rows(
    index: list[NDArray[np.float64]],
    sexes: list[tuple[dict[str, Any], NDArray[np.float64]]],
    half: list[NDArray[np.bool_]],
) -> NDArray[np.float64]:
    """Rank correlation of every candidate with the ratings; shape (sexes, candidates)."""
    out = []
    for values, (_, y), here in zip(index, sexes, half, strict=True):
        a = values[:, here].argsort(axis=1).argsort(axis=1).astype(float)
        b = y[here].argsort().argsort().astype(float)
        a -= a.mean(axis=1, keepdims=True)
        b -= b.mean()
        out.append(a @ b / np.sqrt((a**2).sum(axis=1) * (b**2).sum()))
    return np.array(out)


def _acted_areas(data: Path, names: list[str], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of calm over angry turns for every candidate and acted speaker."""
    columns = []
    for paths in _acted_groups(data).values():
        speaker = acted_speaker(paths)
        z = np.array([speaker["z"].get(n, np.full(speaker["label"].size, np.nan)) for n in names])
        have = np.isfinite(z)
        index = weights @ np.nan_to_num(z) / (weights @ have)
        usable = have[names.index("softness")]
        up, down = ((speaker["label"] == letter) & usable for letter in "NW")
        columns.append([auc(row[up], row[down]) for row in index])
    return np.array(columns).T


# (d) rate ----------------------------------------------------------------------------------

SILENT = ("sil", "sp", "spn")


def aligned(data: Path) -> Iterator[tuple[str, Path, str, int, float | None]]:
    """Give set, sound, words, true syllables and, where aligned, true seconds of speech."""
    folder = data / "align"
    if (folder / "so762_text.tsv").exists():
        with (folder / "so762_text.tsv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                path = folder / f"so762_{row['utt']}.wav"
                if path.exists():
                    yield "so762", path, row["text"], int(row["vowels"]), None
    for grid in sorted(folder.glob("*.TextGrid")):
        tiers = tiers_of(grid)
        words, phones = (
            tiers.get("words", tiers.get("word")),
            tiers.get("phones", tiers.get("phone")),
        )
        sound = grid.with_suffix(".wav")
        if words and phones and sound.exists():
            spoken = [phone for phone in phones if phone[1] not in SILENT]
            count = sum(bool(VOWEL.match(label)) for _, label in spoken)
            text = " ".join(label for _, label in words if label not in SILENT)
            seconds = sum(span.duration for span, _ in spoken)
            yield grid.name.split("_")[0], sound, text, count, seconds


def rate(data: Path) -> dict[str, Any]:
    """Compare written and heard syllables and articulation rate with the alignment."""
    groups: dict[str, list[list[float]]] = defaultdict(list)
    for name, path, text, true, seconds in aligned(data):
        if true < 3:
            continue
        sound = read(path)
        heard, spans = measured(sound), speech_spans(speech_probability(sound, RATE))
        where = [slice(round(s.start * 100), round(s.end * 100)) for s in spans]
        nuclei = float(sum(np.nansum(heard.syllable[w]) for w in where))
        spoken = sum(s.duration for s in spans)
        written = sum(syllables(word, "en") or 0 for word in text.split())
        groups[name].append([true, written, nuclei, spoken, seconds or spoken])
    return {name: _rate_row(np.array(rows)) for name, rows in groups.items()} | fast_slow(data)


def _rate_row(rows: NDArray[np.float64]) -> Row:
    true, written, heard, spoken, seconds = rows.T
    out: Row = {"n": len(rows)}
    for name, count in (("written", written), ("heard", heard)):
        ours, theirs = count / spoken, true / seconds
        out[f"{name} syllables, error %"] = float(np.mean(np.abs(count - true) / true) * 100)
        out[f"{name} syllables, bias %"] = float(np.mean((count - true) / true) * 100)
        out[f"{name} rate, error syl/s"] = float(np.mean(np.abs(ours - theirs)))
        out[f"{name} rate, r"] = float(np.corrcoef(ours, theirs)[0, 1]) if len(rows) > 4 else None
    return out


def fast_slow(data: Path) -> dict[str, Row]:
    """One sentence said fast and slowly: heard rate with the pauses and without them."""
    out = {}
    for name in ("fast", "slow"):
        path = data / "align" / f"english_{name}.wav"
        if path.exists():
            sound = read(path)
            spans = speech_spans(speech_probability(sound, RATE))
            heard = measured(sound).syllable
            count = sum(np.nansum(heard[round(s.start * 100) : round(s.end * 100)]) for s in spans)
            spoken, whole = sum(s.duration for s in spans), spans[-1].end - spans[0].start
            out[f"same sentence {name}"] = {
                "heard": float(count),
                "speech s": spoken,
                "with pauses s": whole,
                "speech rate, heard": float(count / whole),
                "articulation rate, heard": float(count / spoken),
            }
    return out


# (d) written -------------------------------------------------------------------------------

SPOKEN_VOWEL = re.compile(r"^[',]*[aeiouAEIOUV03@]")
SYLLABIC = re.compile(r"[lnm]-$")


def written(data: Path) -> dict[str, Any]:
    """Compare the syllable rule with espeak-ng's phonemes on running words of transcripts."""
    if not shutil.which("espeak-ng"):
        return {"left out": "espeak-ng is not on this machine"}
    out = {}
    for name, texts in _transcripts(data):
        count: dict[str, int] = defaultdict(int)
        for text in texts:
            for word in re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'")):
                count[word] += 1
        words = sorted(count)
        if not words:
            continue
        theirs = _espoken(words)
        ours = [syllables(word, "en") or 0 for word in words]
        n = np.array([count[word] for word in words])
        same = np.array([a == b for a, b in zip(ours, theirs, strict=True)])
        total = float((n * np.array(ours)).sum() / (n * np.array(theirs)).sum())
        out[name] = {
            "running words": int(n.sum()),
            "different words": len(words),
            "running words that agree, %": float(100 * (n * same).sum() / n.sum()),
            "different words that agree, %": float(100 * same.mean()),
            "total, %": 100 * (total - 1),
        }
    return out


def _transcripts(data: Path) -> Iterator[tuple[str, list[str]]]:
    table = data / "text" / "AnnoMI-full.dev.csv"
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            yield "counselling (AnnoMI)", [r["utterance_text"] for r in csv.DictReader(file)]
    folder = data / "text" / "osce_transcripts"
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in sorted(folder.glob("*.txt"))]
    if texts:
        yield "consultations", [re.sub(r"(?m)^\s*[DP]\s*:", " ", text) for text in texts]


def _espoken(words: list[str]) -> list[int]:
    """Count the vowels and syllabic consonants of each word as a synthesiser says it."""
    done = subprocess.run(
        ["espeak-ng", "-q", "-x", "--sep=_", "-v", "en-us"],
        input="\n\n".join(words),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.split("\n") if line.strip()]
    sounds = [re.split(r"[_ ]+", line.strip()) for line in lines]
    counts = [sum(bool(SPOKEN_VOWEL.match(p) or SYLLABIC.search(p)) for p in s) for s in sounds]
    if len(counts) != len(words):
        raise ValueError(f"espeak-ng gave {len(counts)} lines for {len(words)} words")
    return [max(1, count) for count in counts]


# (e) errors --------------------------------------------------------------------------------

ERRORS = ("boundaries", "backchannels", "words")
Pair = tuple[float | None, float | None]


def errors(data: Path) -> dict[str, Any]:
    """Change of every measure of the sample sessions under errors of the stages before.

    Three draws of each error per session. Warmth is compared window by window, because over a
    whole session it lies at 50 whatever happens.
    """
    pairs: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(SAMPLES.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if len(truth.get("channels", ["both"])) > 1 or "turns" not in truth:
            continue
        heard = measured(read(path.with_suffix(".flac")))
        base = _named(woven(truth, None, 0), heard)
        for error in ERRORS:
            for seed in range(3):
                got = _named(woven(truth, error, seed), heard)
                for key, values in base.items():
                    pairs[key][error] += zip(values, got[key], strict=True)
    return {key: _row(found) for key, found in sorted(pairs.items())}


def _named(conversation: Conversation, heard: frames.Frames) -> dict[str, list[float | None]]:
    settings = Settings()
    found = {
        f"{m.cue} {m.role}": [m.value]
        for m in cues.measure_all(Analysis(conversation, heard, settings))
        if not m.cue.startswith(("warmth.", "activation."))
    }
    windows = {
        f"{s.cue} {s.role}, windows": list(s.value)
        for s in cues.course(Analysis(conversation, heard, settings))
        if s.cue.startswith(("warmth.", "activation."))
    }
    return found | windows


def _row(found: dict[str, list[Pair]]) -> Row:
    out: Row = {}
    for error, pairs in found.items():
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        had = sum(a is not None for a, _ in pairs)
        out["typical"] = float(np.median([abs(a) for a, _ in known])) if known else None
        out[error] = float(np.median([abs(b - a) for a, b in known])) if known else None
        out[f"{error}: lost"] = f"{had - len(known)} of {had}"
    return out


def woven(truth: Row, error: str | None, seed: int) -> Conversation:
    """Weave a sample's truth, with one kind of error put in at random."""
    rng = np.random.default_rng(seed)
    turns, words = [], []
    for turn in truth["turns"]:
        if error == "backchannels" and turn["kind"] == "backchannel" and rng.random() < 0.1:
            continue
        for start, end in turn["speech"]:
            if error == "boundaries":
                start, end = start + rng.normal(0, 0.1), end + rng.normal(0, 0.1)
            start, end = max(0.0, start), min(truth["duration_s"], end)
            if end - start > 0.05:
                turns.append(Turn(Span(start, end), turn["role"]))
        words += [w for word in turn["words"] for w in _misheard(word, turn["role"], error, rng)]
    casting = tuple(
        Casting(r, r, 1.0, message("casting.told")) for r in (Role.CLIENT, Role.THERAPIST)
    )
    return weave(
        tuple(sorted(turns)), tuple(sorted(words)), casting, truth["duration_s"], language="en"
    )


def _misheard(word: Row, role: str, error: str | None, rng: np.random.Generator) -> Iterator[Word]:
    """Give a word, or at 15 % one wrong: dropped, replaced or doubled in equal parts."""
    right = Word(Span(word["start_s"], word["end_s"]), word["text"], None, role)
    lot = rng.random() if error == "words" else 1.0
    if lot < 0.05:
        return
    yield replace(right, text="something") if lot < 0.10 else right
    if 0.10 <= lot < 0.15:
        yield replace(right, text="the")


# printing ----------------------------------------------------------------------------------

PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "edits": edits,
    "acted": acted,
    "activation": activated,
    "rated": rated,
    "halves": halves,
    "rate": rate,
    "written": written,
    "errors": errors,
}


def show(name: str, found: dict[str, Any], depth: int = 2) -> None:
    """Print nested numbers as Markdown tables: the last two levels are rows and columns."""
    print(f"\n{'#' * depth} {name}\n")
    plain = {k: v for k, v in found.items() if not isinstance(v, dict)}
    rows = {k: v for k, v in found.items() if isinstance(v, dict)}
    for key, value in plain.items():
        print(f"- {key}: {_text(value)}")
    if rows and all(not isinstance(x, dict) for v in rows.values() for x in v.values()):
        columns = list(dict.fromkeys(k for v in rows.values() for k in v))
        print(f"| | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
        for key, row in rows.items():
            print(f"| {key} | {' | '.join(_text(row.get(c)) for c in columns)} |")
        return
    for key, value in rows.items():
        show(key, value, depth + 1)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--to", type=Path)
    asked = parser.parse_args()
    found = {}
    for name in asked.only.split(","):
        found[name] = PARTS[name](asked.data)
        show(name, found[name])
    if asked.to:
        asked.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

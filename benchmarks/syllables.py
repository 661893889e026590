"""How well syllable nuclei are counted from sound alone, beside the script of de Jong and Wempe.

    .venv/bin/python -m benchmarks.syllables [--write]

Kinds of speech whose syllables are known: recordings with phones (a TextGrid beside ``NAME.wav``
or ``NAME_phones.TextGrid`` with a phone tier whose vowels are counted; a ``*text.tsv`` with
columns ``utt`` and ``vowels``; a ``*.csv`` with ``wav`` and ``phn``); a monologue with phones, cut
where nothing is said; and the turns of the sample sessions that nobody speaks into, their words
counted by the rule for English. The yardstick is de Jong and Wempe 2009 written anew from its
published description: level over 64 ms every 16 ms, 99 % quantile less 25 dB as threshold, peaks
with dips of 2 dB on both sides, voiced, in sounding stretches of at least 0.1 s between silences of
at least 0.3 s; its voicing is the tracker's.

Error: counted less true syllables per second of recording. The settings of ours were chosen on this
same speech. Therefore each kind is counted once more with those settings, out of `TRIED`, that err
least on all the other kinds.
"""

import csv
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import DATA, SAMPLES, VOWEL, load, tiers
from benchmarks.shared.records import Found, Page, Table, main
from diarize.recording.audio import RATE_HZ, Audio
from diarize.timeline import Span
from prosody.features import frames
from prosody.features.nuclei import find_nuclei
from prosody.features.syllables import syllables
from prosody.settings import Nuclei

Floats = NDArray[np.float64]
KINDS = {
    "so762": "read by second-language speakers",
    "vap": "synthetic questions",
    "acoustic": "one monologue, fast and slow, by phrase",
    "hurried therapist": "sample: hurried therapist",
    "hurried client": "sample: hurried client",
    "attentive therapist": "sample: attentive therapist",
    "attentive client": "sample: attentive client",
    "half_way therapist": "sample: half-way therapist",
    "half_way client": "sample: half-way client",
}
OTHER, MONOLOGUE = "single sentences", "acoustic_corpus"
EDGE_S, PAUSE_S, LEAST, DRAWS = 0.1, 0.15, 4, 2000
TRIED = tuple(
    Nuclei(dip_db=dip, below_loudest_db=below, smooth_frames=smooth, least_voicing=voicing)
    for dip, below, smooth, voicing in itertools.product(
        (1.5, 2.0, 2.5, 3.0), (20.0, 30.0, 40.0), (0.75, 1.0, 1.5), (0.5, 0.6, 0.7, 0.8)
    )
)


def marked(folder: Path) -> Iterator[tuple[Path, int]]:  # noqa: C901 - three file kinds in turn
    """Recordings and the number of their syllables."""
    for sound in sorted(folder.glob("*.wav")):
        for grid in (
            sound.with_suffix(".TextGrid"),
            sound.with_name(sound.stem + "_phones.TextGrid"),
        ):
            count = _vowels(grid) if grid.exists() else 0
            if count:
                yield sound, count
                break
    for table in sorted(folder.glob("*text.tsv")):
        with table.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                found = list(folder.glob(f"*{row['utt']}.wav"))
                if found:
                    yield found[0], int(row["vowels"])
    for table in sorted(folder.glob("*.csv")):
        with table.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found = list(folder.glob(f"*{Path(row['wav']).stem}.wav"))
                if found:
                    yield found[0], sum(bool(VOWEL.match(p)) for p in row["phn"].split())


def _vowels(grid: Path) -> int:
    """Vowels of the tier that has most of them, whatever the TextGrid's flavour."""
    counts = (sum(bool(VOWEL.match(x)) for _, x in rows) for rows in tiers(grid).values())
    return max(counts, default=0)


def ours(audio: Audio, got: frames.Frames) -> int:
    """Nuclei in the frames."""
    return int(np.nansum(got.syllable))


def tried(audio: Audio, got: frames.Frames) -> list[int]:
    """Nuclei with each of the settings tried."""
    shared_db = frames.pass_over(audio.mono, audio.rate / 2).columns["shared_db"]
    return [int(np.nansum(find_nuclei(shared_db, got.voicing, rules=one))) for one in TRIED]


def left_out(kinds: list[Floats], counts: list[Floats]) -> Floats:
    """Count each kind with the settings that err least on the others, rows as in `judged`."""
    errs = [
        np.abs(count - rows[:, 1:2]) / rows[:, :1]
        for rows, count in zip(kinds, counts, strict=True)
    ]
    out = []
    for i, (rows, count) in enumerate(zip(kinds, counts, strict=True)):
        others = np.concatenate(errs[:i] + errs[i + 1 :])
        best = int(others.mean(axis=0).argmin())
        out.append(np.column_stack([rows[:, :2], count[:, best], rows[:, 3:]]))
    return np.concatenate(out)


def de_jong_wempe(audio: Audio, got: frames.Frames) -> int:
    """The published rules on an intensity contour of their own."""
    db = _intensity(audio.mono.astype(float))
    loud, top = np.quantile(db, 0.99), db.max()
    threshold = max(loud - 25.0, db.min())
    sounding = _sounding(db, top - 25.0 - (top - loud))
    peaks = [i for i in range(1, len(db) - 1) if db[i - 1] < db[i] >= db[i + 1]]
    kept: list[int] = []
    for k, i in enumerate(peaks):
        if db[i] <= threshold:
            continue
        before = db[(kept[-1] if kept else 0) : i + 1].min()
        after = db[i : (peaks[k + 1] if k + 1 < len(peaks) else len(db) - 1) + 1].min()
        if db[i] - before > 2.0 and db[i] - after > 2.0:
            kept.append(i)
        elif kept and db[i] > db[kept[-1]] and db[i] - before <= 2.0:
            kept[-1] = i
    at = [min(round(i * 1.6), len(got.f0_hz) - 1) for i in kept]
    return sum(
        bool(sounding[i] and np.isfinite(got.f0_hz[j])) for i, j in zip(kept, at, strict=True)
    )


def _intensity(x: Floats) -> Floats:
    window = np.kaiser(1024, 20.0)
    padded = np.pad(x - x.mean(), 512)
    rows = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::256]
    return np.asarray(10 * np.log10((rows**2 @ window) / window.sum() + 1e-12))


def _sounding(db: Floats, limit: float) -> NDArray[np.bool_]:
    on = db >= limit
    for value, shortest in ((False, 19), (True, 6)):
        starts = np.flatnonzero(np.diff(np.concatenate(([0], (on == value) * 1, [0]))) == 1)
        ends = np.flatnonzero(np.diff(np.concatenate(([0], (on == value) * 1, [0]))) == -1)
        for a, b in zip(starts, ends, strict=True):
            if b - a < shortest:
                on[a:b] = not value
    return on


COUNTERS: dict[str, Callable[[Audio, frames.Frames], int]] = {
    "ours": ours,
    "de Jong & Wempe": de_jong_wempe,
}


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch of speech of one kind and how many syllables it has."""

    kind: str
    audio: Audio
    count: int


# Syllables of the ten sentences of EmoDB (Burkhardt et al. 2005), by the code in a file's name, as
# they are written: whoever speaks fast leaves some out.
EMODB = DATA / "emotion" / "emodb"
SENTENCES = {
    **{"a01": 8, "a02": 9, "a04": 11, "a05": 18, "a07": 10},
    **{"b01": 15, "b02": 20, "b03": 24, "b09": 17, "b10": 14},
}
ACTED = "German sentences acted in four moods"


def acted() -> Iterator[Item]:
    """Give the acted sentences."""
    for sound in sorted(EMODB.rglob("*.flac")):
        if (count := SENTENCES.get(sound.stem[2:5])) is not None:
            yield Item(ACTED, load(sound), count)


def items(folder: Path) -> Iterator[Item]:
    """Give everything whose syllables are known."""
    yield from acted()
    for sound, count in marked(folder):
        if sound.stem != MONOLOGUE:
            kind = next((k for k in KINDS if sound.stem.startswith(k)), OTHER)
            yield Item(KINDS.get(kind, kind), load(sound), count)
    if (folder / f"{MONOLOGUE}.wav").exists():
        yield from monologue(folder)
    for name in ("attentive", "hurried", "half_way"):
        yield from sample(name)


def monologue(folder: Path) -> Iterator[Item]:
    """Give the phrases of the monologue, cut at pauses."""
    audio, rows = load(folder / f"{MONOLOGUE}.wav"), tiers(folder / f"{MONOLOGUE}.TextGrid")
    phrases: list[list[Span]] = []
    for span, label in rows["word"]:
        if label in ("sil", "sp"):
            continue
        if not phrases or span.start - phrases[-1][-1].end > PAUSE_S:
            phrases.append([])
        phrases[-1].append(span)
    for spans in phrases:
        whole = Span(spans[0].start, spans[-1].end)
        vowels = [
            span for span, label in rows["phone"]
            if VOWEL.match(label) and whole.start - 0.01 <= span.start < whole.end
        ]  # fmt: skip
        if len(vowels) >= LEAST:
            yield Item(KINDS["acoustic"], _cut(audio, whole), len(vowels))


def sample(name: str) -> Iterator[Item]:
    """Give the turns of a sample session into which nobody speaks, and no word is cut short."""
    audio = load(SAMPLES / f"{name}.flac")
    turns = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))["turns"]
    spans = [Span(t["speech"][0][0], max(e for _, e in t["speech"])) for t in turns]
    for turn, span in zip(turns, spans, strict=True):
        alone = sum(other.start < span.end and other.end > span.start for other in spans) == 1
        texts = [word["text"] for word in turn["words"]]
        counts = [syllables(text, "en") or 0 for text in texts]
        whole = not any("-" in text or "\u2014" in text for text in texts)
        if alone and whole and all(counts) and sum(counts) >= LEAST:
            yield Item(KINDS[f"{name} {turn['role']}"], _cut(audio, span), sum(counts))


def _cut(audio: Audio, span: Span) -> Audio:
    first, last = max(0.0, span.start - EDGE_S), span.end + EDGE_S
    return Audio.of(audio.mono[round(first * RATE_HZ) : round(last * RATE_HZ)])


def judged(rows: Floats) -> Iterator[str]:
    """Give the cells of a kind from rows of seconds, true and counted syllables by counter."""
    seconds, true = rows[:, 0], rows[:, 1] / rows[:, 0]
    yield from (f"{len(rows)}", f"{rows[:, 1].sum():.0f}", f"{true.mean():.2f}")
    drawn = np.random.default_rng(0).integers(0, len(rows), (DRAWS, len(rows)))
    rates = rows[:, 2:] / seconds[:, None]
    for rate in rates.T:
        off = rate - true
        bias, error = (_around(x.mean(), x[drawn].mean(axis=1), "+") for x in (off, np.abs(off)))
        yield f"{bias}, {error.replace('+', '')}, {_alike(rate, true, drawn)}"
    less = np.abs(rates[:, 0] - true) - np.abs(rates[:, 1] - true)
    yield _around(less.mean(), less[drawn].mean(axis=1), "+")


def _alike(rate: Floats, true: Floats, drawn: NDArray[np.int_]) -> str:
    """Give the correlation of counted and true rates; none of fewer than five recordings."""
    if len(rate) <= 4:
        return "\u2013"
    many = [np.corrcoef(rate[i], true[i])[0, 1] for i in drawn if np.ptp(true[i]) > 0]
    return _around(np.corrcoef(rate, true)[0, 1], np.array(many))


def _around(value: float, many: Floats, sign: str = "") -> str:
    """Write a figure with the ends of its 95 % interval."""
    low, high = np.percentile(many, (2.5, 97.5))
    return f"{value:{sign}.2f} [{low:{sign}.2f}, {high:{sign}.2f}]"


TEXT = """\
# Syllables heard in sound alone

`python -m benchmarks.syllables --write`, {made}

Nuclei counted against syllables known, in syllables a second of recording: bias, mean absolute
error, correlation over recordings; last, by how much the error of ours is the smaller (below 0) or
larger one. In brackets: 95 % intervals, recordings drawn again. Settings of ours were chosen on
this same speech, so only the last row is a test on strangers: there each kind is counted with those
of {tried} settings that err least on all the other kinds. The voices of the sample sessions are
synthetic.

{kinds}

Where words are there, they are counted instead and the sound only checks them (docs/pacing.md). A
rate from sound alone carries these errors: in fast speech whose syllables run together nuclei are
missed, so it is for change within one person over many turns, and not for comparing people.

The German sentences are counted as they are written; people leave some of their syllables out.

Tried, and no better on kinds left out of the fitting (once, no command reprints it): two counts
together, a line through counts, share of voice, runs of voice and spectral change, and a logistic
regression on nine properties of every peak (dips, distance from the loudest, voice, gaps, spectral
distance; r .78 to .85). Settings chosen without the acted sentences (peaks within 20 dB of the
loudest, the loudness of bands instead of their power) did better on all others (r .92) and worse on
those than the published rules (r .59), so they were given up. Of the aim, r .90 is reached over
all kinds and a bias within .2 over all but the acted sentences, neither within each kind.

Also tried (once, no command reprints it): a network of dilated convolutions, five layers of width
32, that gives the syllables expected in every 20 ms from 26 auditory bands and the voicing. It
learned from 2.9 hours of espeak-ng (17 languages, German among them) and flite, the times of their
vowels known, in noise, in rooms and by telephone, and from four readers of LibriSpeech at several
tempos; sentences of two other readers chose the version (bias -.08, error .30, r .93; ours -.25,
.31, .94). On what is counted above, of which it had heard nothing: -.31, .50, .89; the acted
sentences -.54, .65, .80, all others +.06, .26, .94, where ours, chosen on them, has +.01, .31, .90
(error -.05 [-.11, +.02]). With 1.2 hours more of quick German, many of whose last syllables have no
vowel, it had -.27, .51, .89 and in the acted sentences -.50, .66, .80. It was counted twice on this
speech, was worse than the peaks in the acted sentences both times, and was not taken.
"""


def find(folder: Path = DATA / "align") -> Found:
    """Count every kind of speech by every counter."""
    kinds: dict[str, list[list[float]]] = defaultdict(list)
    counts: dict[str, list[list[int]]] = defaultdict(list)
    for item in items(folder):
        got = frames.measure(item.audio)
        counted = [counter(item.audio, got) for counter in COUNTERS.values()]
        kinds[item.kind].append([item.audio.duration, item.count, *counted])
        counts[item.kind].append(tried(item.audio, got))
    known = {kind: np.array(found) for kind, found in kinds.items()}
    rows = [[kind, *judged(found)] for kind, found in known.items()]
    rows.append(["**all**", *judged(np.concatenate(list(known.values())))])
    strangers = left_out(list(known.values()), [np.array(counts[kind]) for kind in known])
    rows.append(["**all, settings from the other kinds**", *judged(strangers)])
    head = ["kind", "n", "syllables", "true rate", *COUNTERS, "ours less theirs"]
    data = [path for path in folder.iterdir() if path.is_file()]
    words = {"tried": str(len(TRIED))}
    data += [*sorted(SAMPLES.glob("*.flac")), *sorted(EMODB.rglob("*.flac"))]
    return Found({"kinds": Table(head, rows)}, words, data)


PAGE = Page(
    "syllables",
    TEXT,
    (DATA / "align", EMODB),
    find,
)

if __name__ == "__main__":
    main(PAGE)

"""What of one channel is heard on another: an echo, or a microphone that hears both.

Conventions
-----------
A crossing goes from a channel (0-based) to another: a delay, and a short filter behind it, found
anew in every part of a recording because a call's delay moves. It is found by least squares over
windows, each weighted by one over the power that it does not explain: what the second person says
counts for little, and the first person alone for much. Levels are dB of what arrives against what
went out. Rows are 10 ms apart, as those of voice activity.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.audio import Audio, Samples, copied, mixed
from diarize.recording.following import following
from diarize.recording.rows import levels_db
from diarize.recording.steady import without_tones
from diarize.settings import Crossings

__all__ = ["Crossing", "crossings", "without"]

Floats = NDArray[np.float64]
_HOP = 160  # samples between rows
_AT_ONCE = 16  # windows
_EMPTY = 1e-9  # power below which a window holds nothing: 90 dB below full scale


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """How sound crosses in one part: `taps` behind a delay, both in samples."""

    start: int
    end: int
    delay: int
    taps: Floats

    @property
    def peak(self) -> int:
        """Samples after which most arrives."""
        return self.delay + int(np.abs(self.taps).argmax())


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """What of a channel is heard on another.

    Parameters
    ----------
    source, target : int
        Channels, 0-based.
    delay_s, level_db : float
        Of what crosses: of its strongest path, and of all.
    removed_db : float
        How far it sinks when what was found is taken away, where it is most of what is heard.
    paths : tuple of Path
        Of the parts in which it was found; none where only levels tell of it.
    rows : ndarray of bool, shape (n,), optional
        Where nothing but it is heard, if levels tell of it.
    """

    source: int
    target: int
    delay_s: float
    level_db: float
    removed_db: float
    paths: tuple[Path, ...]
    rows: NDArray[np.bool_] | None = None


def crossings(audio: Audio, *, rule: Crossings = Crossings()) -> tuple[Crossing, ...]:
    """Find what is heard across channels at `rule.least_db` or more.

    Parameters
    ----------
    audio : Audio
        With two channels or more; with one there is nothing to find.
    rule : Crossings
        Thresholds.
    """
    audio = replace(audio, samples=without_tones(audio.samples, audio.rate, rule))
    pairs = [(a, b) for a in range(audio.channels) for b in range(audio.channels) if a != b]
    ways = {(a, b): _crossing(audio, a, b, rule) for a, b in pairs}
    left = {pair: levels_db(_left(w, audio), audio.rate) for pair, w in ways.items() if w}
    found = (_found(audio, pair, ways[pair], left, rule) for pair in pairs)
    return tuple(crossing for crossing in found if crossing is not None)


def without(audio: Audio, found: Sequence[Crossing], *, rule: Crossings = Crossings()) -> Audio:
    """Take away what crosses, and mark the rows in which nothing else was heard.

    Parameters
    ----------
    audio : Audio
        As decoded.
    found : sequence of Crossing
        From `crossings`; with none of them the audio comes back as it is.
    rule : Crossings
        Thresholds.

    Returns
    -------
    Audio
        With a note for each crossing and `foreign` rows, and without tones that sound all the
        time on several channels: what is taken away was found without them.
    """
    if not found:
        return audio
    audio = replace(audio, samples=without_tones(audio.samples, audio.rate, rule))
    rows = audio.samples.shape[1] // _HOP + 1
    foreign = np.zeros((audio.channels, rows), bool)
    samples = audio.samples
    both_ways = len({crossing.source for crossing in found}) > 1
    for _ in range(rule.passes if both_ways else 1):  # from the second on, what came back goes, too
        sent, samples = samples, copied(audio.samples)
        for crossing in found:
            foreign[crossing.target] |= _take_away(crossing, sent, audio.samples, samples, rule)
            if crossing.rows is not None:
                foreign[crossing.target, : len(crossing.rows)] |= crossing.rows
    samples.setflags(write=False)
    notes = (*audio.notes, *(_note(crossing, rule) for crossing in found))
    return replace(audio, samples=samples, mono=mixed(samples), foreign=foreign, notes=notes)


def _take_away(
    crossing: Crossing, sent: Samples, heard: Samples, left: Samples, rule: Crossings
) -> NDArray[np.bool_]:
    """Take what crosses from what is `left` of a channel; give the rows that hold nothing else."""
    target = crossing.target
    foreign = np.zeros(heard.shape[1] // _HOP + 1, bool)
    for start, end in sorted({(path.start, path.end) for path in crossing.paths}):
        ways = [path for path in crossing.paths if path.start == start]
        arrived = _arrived(sent[crossing.source], ways, start, end)
        whole = np.asarray(heard[target, start:end], np.float64)
        marked = _foreign(whole, arrived, crossing.removed_db, rule)
        foreign[start // _HOP : start // _HOP + len(marked)] |= marked
        left[target, start:end] -= arrived.astype(np.float32)
    return foreign


def _note(crossing: Crossing, rule: Crossings) -> Note:
    left_db = crossing.level_db - crossing.removed_db
    removed = crossing.removed_db >= rule.removed_min_db or left_db <= rule.left_most_db
    what = "echo" if crossing.delay_s >= rule.echo_s else "leak"
    return Note(
        f"recording.{what}" if removed else f"recording.{what}_stays",
        {
            "source": crossing.source + 1,
            "target": crossing.target + 1,
            "level_db": crossing.level_db,
            "delay_ms": 1000 * crossing.delay_s,
            "removed_db": crossing.removed_db,
        },
        "caution" if removed else "withhold",
    )


def _crossing(audio: Audio, a: int, b: int, rule: Crossings) -> Crossing | None:
    source, target = audio.samples[a], audio.samples[b]
    paths: list[Path] = []
    sunk: list[Floats] = []
    came_power = sent_power = 0.0
    for start, end in _parts(audio.samples.shape[1], round(rule.part_s * audio.rate)):
        heard = np.asarray(target[start:end], np.float64)
        found = tuple(_paths(source, heard, start, end, audio.rate, rule))
        arrived = _arrived(source, found, start, end)
        paths += found
        came_power += float(arrived @ arrived)
        sent_power += float(np.square(source[start:end], dtype=np.float64).sum())
        sunk.append(_sunk(heard, arrived, rule) if found else np.zeros(0))
    if not paths:
        return None
    level_db, rows = 10.0 * float(np.log10(came_power / sent_power)), np.concatenate(sunk)
    removed_db = float(np.median(rows)) if len(rows) else 0.0
    if level_db < rule.faint_db and removed_db < rule.explained_min_db:
        return None
    delay_s = max(paths, key=lambda path: float(path.taps @ path.taps)).peak / audio.rate
    return Crossing(a, b, max(0.0, delay_s), level_db, removed_db, tuple(paths))


def _found(
    audio: Audio,
    pair: tuple[int, int],
    found: Crossing | None,
    left: Mapping[tuple[int, int], Floats],
    rule: Crossings,
) -> Crossing | None:
    """Take the ways that explain what crosses, and ask the levels whether they explain most.

    What a channel was sent by the other is no sound that it could have sent there: `left` has the
    levels of what each of them holds without that.
    """
    a, b = pair
    heard = levels_db(audio.samples[b], audio.rate)
    sent = left[b, a] if (b, a) in left else levels_db(audio.samples[a], audio.rate)
    rest = following(sent, heard, rule)
    if rest is None or (found and _explains(heard, left[pair], rest.loud, rule)):
        return found
    return Crossing(a, b, rest.delay_s, rest.level_db, 0.0, (), rest.rows)


def _explains(heard: Floats, left: Floats, loud: NDArray[np.bool_], rule: Crossings) -> bool:
    """Whether most loud rows that follow sink when what was found is taken away."""
    sunk = (heard - left)[loud & np.isfinite(heard)]
    return bool(np.median(sunk) >= rule.explained_min_db)


def _left(found: Crossing, audio: Audio) -> Samples:
    """Give a channel without what was found to cross to it."""
    left = np.array(audio.samples[found.target])
    for path in found.paths:
        arrived = _arrived(audio.samples[found.source], (path,), path.start, path.end)
        left[path.start : path.end] -= arrived.astype(np.float32)
    return left


def _parts(length: int, part: int) -> Iterator[tuple[int, int]]:
    """Cut a recording into parts of about the same length, in whole rows."""
    count = max(1, round(length / part))
    edges = [length * k // count // _HOP * _HOP for k in range(count)] + [length]
    yield from pairwise(edges)


def _paths(
    source: NDArray[np.float32], heard: Floats, start: int, end: int, rate: int, rule: Crossings
) -> Iterator[Path]:
    """Find one way after another by which sound crosses, until none stands out."""
    left = heard
    for _ in range(rule.ways):
        delay = _delay(_from(source, start, end, 0), left, rate, rule)
        if delay is None:
            return
        delay -= round(rule.before_s * rate)
        sent, rest = _from(source, start, end, delay), left
        for _ in range(2):  # the second time weighted by what the first left unexplained
            path = Path(start, end, delay, _taps(sent, left, rest, rate, rule))
            arrived = _arrived(source, (path,), start, end)
            rest = left - arrived
        left = rest
        came, went = float(arrived @ arrived), float(sent @ sent)
        if came <= 0.0:
            return
        echoes = path.peak >= rule.echo_s * rate
        if 10.0 * np.log10(came / went) >= (rule.echo_least_db if echoes else rule.least_db):
            yield path


def _from(source: NDArray[np.float32], start: int, end: int, delay: int) -> Floats:
    """Give a channel as it would arrive `delay` samples later, zeros outside."""
    out = np.zeros(end - start)
    first, last = max(0, start - delay), min(len(source), end - delay)
    if last > first:
        out[first - (start - delay) : last - (start - delay)] = source[first:last]
    return out


def _windows(signal: Floats, size: int) -> Iterator[NDArray[np.float32]]:
    """Give windows of `size` samples half of which overlap, tapered, some at a time."""
    whole = np.pad(signal, (0, max(0, size - len(signal)))).astype(np.float32)
    every = np.lib.stride_tricks.sliding_window_view(whole, size)[:: size // 2]
    taper = np.hanning(size).astype(np.float32)
    for at in range(0, len(every), _AT_ONCE):
        yield every[at : at + _AT_ONCE] * taper


def _spectra(
    sent: Floats, heard: Floats, left: Floats, size: int
) -> tuple[Floats, NDArray[np.complex128]]:
    """Weighted power of what was sent, and what it shares with what is heard, per bin."""
    from scipy.fft import rfft

    bins = size // 2 + 1
    sent_power, both = np.zeros(bins), np.zeros(bins, complex)
    for x, y, rest in zip(*(_windows(s, size) for s in (sent, heard, left)), strict=True):
        weight = 1.0 / ((rest**2).sum(axis=1) + _EMPTY * size)[:, None]
        a, b = rfft(x), rfft(y)
        sent_power += (weight * np.abs(a) ** 2).sum(axis=0)
        both += (weight * np.conj(a) * b).sum(axis=0)
    return sent_power, both


def _delay(sent: Floats, heard: Floats, rate: int, rule: Crossings) -> int | None:
    """Delay in samples at which the two are alike in either half of the windows; None if none is.

    Only phase counts, in each window by itself: voices that happen to have a pitch in common agree
    in one window and no other. Windows in which little is heard while much was sent count more, up
    to `rule.most_weight` times the usual one.
    """
    from scipy.fft import irfft

    size = 1 << round(np.log2(rule.delay_window_s * rate))  # of both; the later half is heard
    early, late = round(rule.earliest_s * rate), size // 2
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    speech = (hz > rule.band_low_hz) & (hz < rule.band_high_hz)
    step = max(size // 4, len(sent) // rule.delay_windows)
    ratio = np.array(
        [(x @ x) / (y @ y + _EMPTY * size) for x, y in _pairs(sent, heard, size, step)]
    )
    weight = np.minimum(ratio / (np.median(ratio) + _EMPTY), rule.most_weight)
    halves = np.zeros((2, len(hz)), complex)
    for k, (x, y) in enumerate(_pairs(sent, heard, size, step)):
        halves[k % 2] += weight[k] * _phase(x, y) * speech
    one, other = irfft(halves, size, axis=1)
    usual = float(np.median(np.abs(np.concatenate([one, other])))) / 0.6745 + 1e-12
    agreed = np.where(one * other > 0.0, np.minimum(np.abs(one), np.abs(other)), 0.0)
    looked = np.concatenate([agreed[-early:], agreed[:late]])
    at = int(looked.argmax())
    return at - early if looked[at] > rule.stands_out * usual else None


def _pairs(sent: Floats, heard: Floats, size: int, step: int) -> Iterator[tuple[Floats, Floats]]:
    """Give windows: `size` of what was sent, and what is heard in the later half of it, tapered."""
    before = np.zeros(size // 2)
    sent, heard = np.concatenate([before, sent]), np.concatenate([before, heard])
    taper = np.concatenate([before, np.hanning(size // 2)])
    for at in range(0, max(1, len(sent) - size + 1), step):
        x, y = (np.pad(s[at : at + size], (0, max(0, size - len(s) + at))) for s in (sent, heard))
        yield x.astype(np.float32), (taper * y).astype(np.float32)


def _phase(x: Floats, y: Floats) -> NDArray[np.complex128]:
    """Phase of what two windows share, per bin."""
    from scipy.fft import rfft

    both = np.conj(rfft(x)) * rfft(y)
    return np.asarray(both / (np.abs(both) + 1e-30))


def _taps(sent: Floats, heard: Floats, left: Floats, rate: int, rule: Crossings) -> Floats:
    """Filter by which what was sent arrives; taps that do not stand out are 0."""
    length = round(rule.filter_s * rate)
    size = 4 << int(np.ceil(np.log2(length)))
    sent_power, both = _spectra(sent, heard, left, size)
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    both[(hz < rule.band_low_hz) | (hz > rule.band_high_hz)] = 0.0  # both hold the mains' hum
    floor = rule.ridge * sent_power.mean() + 1e-30
    whole = np.fft.irfft(both / (sent_power + floor), size)
    usual = float(np.median(np.abs(whole[length:-length]))) / 0.6745
    taps = whole[:length].copy()
    taps[np.abs(taps) < rule.tap_stands_out * usual] = 0.0
    return taps


def _arrived(source: NDArray[np.float32], paths: Iterable[Path], start: int, end: int) -> Floats:
    """What crosses by all paths in a part."""
    from scipy.signal import oaconvolve

    whole = np.zeros(end - start)
    for path in paths:
        reach = len(path.taps)
        sent = _from(source, start - reach, end, path.delay)
        whole += oaconvolve(sent, path.taps)[reach : reach + end - start]
    return whole


def _power(signal: Floats, rule: Crossings) -> Floats:
    """Power around each row of 10 ms."""
    whole = np.pad(signal, (0, -len(signal) % _HOP)).reshape(-1, _HOP)
    wide = round(rule.level_window_s * 100)
    return np.convolve((whole**2).mean(axis=1), np.full(wide, 1.0 / wide), "same") + 1e-15


def _sunk(heard: Floats, arrived: Floats, rule: Crossings) -> Floats:
    """How far each row sinks, dB, where what arrives is most of what is heard."""
    before, came = _power(heard, rule), _power(arrived, rule)
    after = _power(heard - arrived, rule)
    most = (2.0 * came > before) & (came > rule.loud_share * came.max())
    return np.asarray(10.0 * np.log10(before[most] / after[most]))


def _foreign(
    heard: Floats, arrived: Floats, removed_db: float, rule: Crossings
) -> NDArray[np.bool_]:
    """Rows in which nothing but what arrived is heard.

    What is left may be half as far below it, in dB, as taking it away reaches.
    """
    below_db = min(max(removed_db, 0.0) / 2.0, rule.below_max_db)
    came, after = _power(arrived, rule), _power(heard - arrived, rule)
    return np.asarray(after < came * 10.0 ** (-below_db / 10.0))

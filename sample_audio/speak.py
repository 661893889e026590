"""Speak one piece of text with flite or espeak-ng and say when each word was spoken.

Run as a program of its own, one process for each piece, so that nothing a synthesiser keeps
in memory from one piece can change the next. Reads a JSON request on standard input::

    {"engine": "flite", "voice": "slt", "text": "Good morning.", "rate": 1.0, ...}

and writes one line of JSON, ``{"rate_hz": ..., "words": [[start_s, end_s, text], ...]}``,
followed by the samples as 16-bit little-endian integers. Word times are the synthesiser's
own: flite's from its segment relation, espeak-ng's from its word and phoneme events.
Standard library only; the two synthesisers are loaded as the shared libraries that Debian's
packages ``flite`` and ``espeak-ng`` bring along.
"""

import ctypes
import json
import re
import sys
from array import array
from collections.abc import Sequence
from typing import Any

Timed = list[tuple[float, float, str]]


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _Voice(ctypes.Structure):  # the first two fields of flite's cst_voice
    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


def _flite_library() -> ctypes.CDLL:
    flite = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    for lib in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
        ctypes.CDLL(lib, mode=ctypes.RTLD_GLOBAL)
    pointer, text, real = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float
    for name, result, arguments in (
        ("flite_synth_text", pointer, [text, pointer]),
        ("flite_synth_phones", pointer, [text, pointer]),
        ("utt_wave", ctypes.POINTER(_Wave), [pointer]),
        ("utt_relation", pointer, [pointer, text]),
        ("relation_head", pointer, [pointer]),
        ("item_next", pointer, [pointer]),
        ("ffeature_string", text, [pointer, text]),
        ("ffeature_float", real, [pointer, text]),
        ("flite_feat_set_float", None, [pointer, text, real]),
    ):
        function = getattr(flite, name)
        function.restype, function.argtypes = result, arguments
    return flite


def speak_flite(request: dict[str, Any]) -> tuple[int, "array[int]", Timed]:
    """Synthesise with flite; `rate`, `pitch_hz` and `range_hz` set the manner."""
    flite = _flite_library()
    flite.flite_init()
    library = ctypes.CDLL(f"libflite_cmu_us_{request['voice']}.so.1")
    register = getattr(library, f"register_cmu_us_{request['voice']}")
    register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    voice = register(None)
    features = ctypes.cast(voice, ctypes.POINTER(_Voice)).contents.features
    for name, value in (
        (b"duration_stretch", 1.0 / request["rate"]),
        (b"int_f0_target_mean", request["pitch_hz"]),
        (b"int_f0_target_stddev", request["range_hz"]),
    ):
        flite.flite_feat_set_float(features, name, value)
    synthesise = flite.flite_synth_phones if request.get("phones") else flite.flite_synth_text
    utterance = synthesise((request.get("phones") or request["text"]).encode("ascii"), voice)
    wave = flite.utt_wave(utterance).contents
    samples = array("h", wave.samples[: wave.num_samples])
    length = wave.num_samples / wave.sample_rate
    if request.get("phones"):
        return wave.sample_rate, samples, [(0.0, length, request["text"])]
    return wave.sample_rate, samples, _flite_words(flite, utterance, request["text"])


def _flite_words(flite: ctypes.CDLL, utterance: int, text: str) -> Timed:
    first = b"daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end"
    last = b"daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end"
    times: list[tuple[float, float]] = []
    item = flite.relation_head(flite.utt_relation(utterance, b"Token"))
    while item:
        times.append((flite.ffeature_float(item, first), flite.ffeature_float(item, last)))
        item = flite.item_next(item)
    words = text.split()  # flite's tokens are what white space divides, less the punctuation
    if len(words) != len(times):
        raise ValueError(f"flite read {len(times)} words in: {text}")
    return [(start, end, word) for (start, end), word in zip(times, words, strict=True)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_WORD, _PHONEME = 1, 7
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4


def speak_espeak(request: dict[str, Any]) -> tuple[int, "array[int]", Timed]:
    """Synthesise with espeak-ng; `rate` (words a minute), `pitch` and `range` (0 to 99)."""
    espeak = ctypes.CDLL("libespeak-ng.so.1")
    rate_hz = espeak.espeak_Initialize(2, 0, None, 0x0001)  # synchronous, with phoneme events
    if rate_hz <= 0:
        raise OSError("espeak-ng cannot start; reinstall Debian's package espeak-ng-data")
    samples: array[int] = array("h")
    events: list[tuple[int, int, float, str]] = []

    def take(wave: Any, count: int, happened: Any) -> int:
        if wave and count > 0:
            samples.extend(wave[:count])
        index = 0
        while happened[index].type:
            event = happened[index]
            label = event.id.decode("utf-8", "replace") if event.type == _PHONEME else ""
            events.append((event.type, event.text_position, event.sample / rate_hz, label))
            index += 1
        return 0

    callback = _CALLBACK(take)  # kept by name: C calls it while the text is spoken
    espeak.espeak_SetSynthCallback(callback)
    if espeak.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        raise OSError(f"espeak-ng has no voice {request['voice']}")
    for parameter, value in (
        (_RATE, request["rate"]),
        (_VOLUME, 100),
        (_PITCH, request["pitch"]),
        (_RANGE, request["range"]),
    ):
        espeak.espeak_SetParameter(parameter, round(value), 0)
    spoken = (request.get("phones") or request["text"]).encode("utf-8")
    flags = 0x1 | (0x100 if request.get("phones") else 0)  # UTF-8; [[phonemes]] allowed
    espeak.espeak_Synth(spoken, len(spoken) + 1, 0, 1, 0, flags, None, None)
    espeak.espeak_Synchronize()
    length = len(samples) / rate_hz
    if request.get("phones"):
        return rate_hz, samples, [(0.0, length, request["text"])]
    return rate_hz, samples, espeak_words(request["text"], events, length)


def espeak_words(text: str, events: Sequence[tuple[int, int, float, str]], length: float) -> Timed:
    """Give each word's times from what espeak-ng told; words spoken as one share them out."""
    tokens = [(match.start(), match.group()) for match in re.finditer(r"\S+", text)]
    begun: dict[int, float] = {}
    for kind, position, when, _ in events:
        if kind == _WORD:
            place = max((n for n, (at, _) in enumerate(tokens) if at <= position - 1), default=0)
            begun.setdefault(place, when)
    stops = sorted(
        [when for kind, _, when, label in events if kind == _WORD or label.startswith("_")]
    )
    words: Timed = []
    for place in sorted(begun):
        start = begun[place]
        end = next((when for when in stops if when > start), length)
        following = next((other for other in sorted(begun) if other > place), len(tokens))
        words += _shared([token for _, token in tokens[place:following]], start, end)
    return words


def _shared(tokens: Sequence[str], start: float, end: float) -> Timed:
    """Divide a stretch that espeak-ng spoke as one word among its written words, by letters."""
    letters = sum(len(token) for token in tokens)
    words: Timed = []
    for token in tokens:
        stop = start + (end - start) * len(token) / max(letters, 1)
        words.append((start, stop, token))
        letters, start = letters - len(token), stop
    return words


def main() -> None:
    """Serve one request."""
    request = json.load(sys.stdin)
    speak = {"flite": speak_flite, "espeak-ng": speak_espeak}[request["engine"]]
    rate_hz, samples, words = speak(request)
    if sys.byteorder == "big":
        samples.byteswap()
    sys.stdout.buffer.write(json.dumps({"rate_hz": rate_hz, "words": words}).encode() + b"\n")
    sys.stdout.buffer.write(samples.tobytes())


if __name__ == "__main__":
    main()

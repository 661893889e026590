"""What comes between a mouth and a file: gain control, gates, limiters, noise suppression, codecs.

Conventions
-----------
Each row makes sound of sound, both float32, (n,) at 16 kHz and of one length: with the ffmpeg
program's filters and encoders, or with a function of ours where it has none of the kind. `group` is
``gain`` (the level of speech was set anew), ``limit`` (peaks were), ``gate`` (what lies between
speech was taken away) or ``codec``.
"""

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["PROCESSORS", "RATE", "Processor", "processed"]

RATE = 16_000
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Processor:
    """One kind of processing.

    Parameters
    ----------
    name : str
        What the table calls it.
    group : str
        ``gain``, ``gate``, ``limit`` or ``codec``.
    how : str or callable
        Filters of the ffmpeg program; for a codec the ending and the encoder's options.
    seen : bool
        Whether thresholds were set with it in view.
    """

    name: str
    group: str
    how: str | Callable[[Sound], Sound]
    seen: bool = True


def agc(sound: Sound, *, target_db: float, up_db_s: float, down_db_s: float, most_db: float,
        hold_below_db: float | None = None) -> Sound:  # fmt: skip
    """Ride the gain as calls do: a slow gain towards a target, held where nobody speaks if asked.

    Every 10 ms the gain moves towards what would bring the level of the last 400 ms to the target,
    up and down at most so many dB a second, within `most_db` either way. With `hold_below_db` it
    stands still where the level lies so far below the loudest of the last 10 s.
    """
    rows = len(sound) // 160
    power = np.square(sound[: rows * 160].reshape(-1, 160), dtype=np.float64).mean(axis=1)
    wide = np.convolve(power, np.full(40, 1 / 40))[:rows]
    level = 10 * np.log10(wide + 1e-10)
    gains, gain = np.zeros(rows + 1), 0.0
    peak = -90.0
    for i in range(rows):
        peak = max(level[i], peak - 0.02)
        held = hold_below_db is not None and level[i] < peak - hold_below_db
        if not held:
            wanted = np.clip(target_db - level[i], -most_db, most_db)
            gain += np.clip(wanted - gain, -down_db_s / 100, up_db_s / 100)
        gains[i + 1] = gain
    smooth = np.interp(np.arange(len(sound)) / 160, np.arange(rows + 1), gains)
    return np.asarray(np.clip(sound * 10 ** (smooth / 20), -1, 1), np.float32)


def one_pole(sound: Sound, seconds: float) -> Sound:
    """Divide by a running mean of the power."""
    from scipy.signal import lfilter

    step = 1.0 / (seconds * RATE)
    envelope = np.sqrt(lfilter([step], [1, step - 1], np.square(sound, dtype=np.float64)) + 1e-7)
    return np.asarray(np.clip(0.05 * sound / envelope, -1, 1), np.float32)


def clip(sound: Sound, share: float) -> Sound:
    """Cut peaks off and leave room above them, so that no sample is at full scale."""
    limit = share * float(np.quantile(np.abs(sound), 0.9999))
    return np.asarray(np.clip(sound, -limit, limit), np.float32)


def concealed(sound: Sound, share: float, seed: int = 7) -> Sound:
    """Lose packets of 20 ms, and repeat the last as telephones do, ever softer."""
    rng, out = np.random.default_rng(seed), sound.copy()
    lost, run = False, 0
    for at in range(320, len(out) - 320, 320):
        lost = rng.random() < (0.5 if lost else share)
        run = run + 1 if lost else 0
        if lost:
            out[at : at + 320] = out[at - 320 : at] * (0.8 if run < 4 else 0.0)
    return out


def gated(sound: Sound, *, above_db: float, hold_s: float) -> Sound:
    """Leave nothing where it is quiet, as editors' gates do: exact silence, with a short fade.

    A gate opens `above_db` over the median of the quieter half of rows of 10 ms, and closes when
    nothing has been as loud for `hold_s`.
    """
    rows = len(sound) // 160
    power = np.square(sound[: rows * 160].reshape(-1, 160), dtype=np.float64).mean(axis=1)
    level = 10 * np.log10(power + 1e-12)
    loud = level > np.percentile(level, 25) + above_db
    hold = round(100 * hold_s)
    held = np.convolve(loud, np.ones(2 * hold + 1))[hold : hold + rows] > 0
    gain = np.convolve(np.repeat(held.astype(np.float64), 160), np.full(160, 1 / 160), "same")
    return np.asarray(sound * np.pad(gain, (0, len(sound) - len(gain))), np.float32)


def subtracted(sound: Sound, floor_db: float) -> Sound:
    """Take noise away as calls do: each band by how far it stands over its quietest, to a floor."""
    from scipy.signal import istft, stft

    _, _, bins = stft(sound, RATE, nperseg=512, noverlap=384)
    power = np.abs(bins) ** 2
    smooth = np.empty_like(power)
    smooth[:, 0] = power[:, 0]
    for k in range(1, power.shape[1]):
        smooth[:, k] = 0.7 * smooth[:, k - 1] + 0.3 * power[:, k]
    noise = 2.0 * np.percentile(smooth, 10, axis=1, keepdims=True)
    gain = np.maximum(1 - noise / np.maximum(smooth, 1e-20), 10 ** (floor_db / 20))
    _, out = istft(gain * bins, RATE, nperseg=512, noverlap=384)
    return np.asarray(np.pad(out, (0, max(0, len(sound) - len(out))))[: len(sound)], np.float32)


_PRESS = "acompressor=threshold"
_COMPAND = "compand=attacks=0.3:decays=0.8:points=-70/-70|-60/-30|-20/-18|0/-12:soft-knee=6"
PROCESSORS: tuple[Processor, ...] = (
    # gain
    Processor("one pole 0.6 s", "gain", lambda x: one_pole(x, 0.6)),
    Processor("one pole 1.25 s", "gain", lambda x: one_pole(x, 1.25)),
    Processor("one pole 5 s", "gain", lambda x: one_pole(x, 5.0)),
    Processor(
        "call, 6 dB/s", "gain", lambda x: agc(x, target_db=-23, up_db_s=6, down_db_s=30, most_db=30)
    ),
    Processor(
        "call, 3 dB/s, held in pauses",
        "gain",
        lambda x: agc(x, target_db=-23, up_db_s=3, down_db_s=12, most_db=30, hold_below_db=20),
    ),
    Processor(
        "recorder, 1.5 dB/s",
        "gain",
        lambda x: agc(x, target_db=-23, up_db_s=1.5, down_db_s=40, most_db=30),
    ),
    Processor("dynaudnorm", "gain", "dynaudnorm"),
    Processor("dynaudnorm short", "gain", "dynaudnorm=f=200:g=7:m=30"),
    Processor("speechnorm", "gain", "speechnorm=e=12:r=0.0005:l=1"),
    Processor("speechnorm soft", "gain", "speechnorm=e=6:r=0.00005"),
    Processor("compand speech", "gain", _COMPAND),
    Processor("compressor 4:1", "gain", f"{_PRESS}=0.02:ratio=4:attack=5:release=150:makeup=4"),
    Processor(
        "compressor 8:1 slow", "gain", f"{_PRESS}=0.01:ratio=8:attack=20:release=1500:makeup=8"
    ),
    Processor(
        "call, 2 dB/s",
        "gain",
        lambda x: agc(x, target_db=-18, up_db_s=2, down_db_s=8, most_db=20),
        False,
    ),
    Processor(
        "compressor 3:1, 800 ms",
        "gain",
        f"{_PRESS}=0.015:ratio=3:attack=10:release=800:makeup=3",
        False,
    ),
    Processor("five bands", "gain", "mcompand", False),
    Processor("dynaudnorm long", "gain", "dynaudnorm=g=61", False),
    # limits
    Processor("clipped at 30 %", "limit", lambda x: clip(x, 0.3)),
    Processor("clipped at 10 %", "limit", lambda x: clip(x, 0.1)),
    Processor("limiter", "limit", "volume=18dB,alimiter=limit=0.5:level=0"),
    Processor("soft clipper", "limit", "volume=20dB,asoftclip=type=tanh", False),
    # gates
    Processor("gate", "gate", "agate=threshold=0.01:ratio=10:range=0.001:attack=5:release=100"),
    Processor(
        "gate, soft", "gate", "agate=threshold=0.008:ratio=3:range=0.06:attack=20:release=250"
    ),
    Processor("suppressed 12 dB", "gate", "afftdn=nr=12:nf=-50:tn=1"),
    Processor("suppressed 30 dB", "gate", "afftdn=nr=30:nf=-45:tn=1"),
    Processor("suppressed, means", "gate", "anlmdn=s=0.001"),
    Processor("gated to silence, 0.1 s", "gate", lambda x: gated(x, above_db=8, hold_s=0.1), False),
    Processor(
        "gated to silence, 0.3 s", "gate", lambda x: gated(x, above_db=12, hold_s=0.3), False
    ),
    Processor("subtracted 10 dB", "gate", lambda x: subtracted(x, -10.0), False),
    Processor("subtracted 18 dB", "gate", lambda x: subtracted(x, -18.0), False),
    # codecs
    Processor("mp3 16", "codec", "mp3 -c:a libmp3lame -b:a 16k"),
    Processor("mp3 24", "codec", "mp3 -c:a libmp3lame -b:a 24k"),
    Processor("mp3 32", "codec", "mp3 -c:a libmp3lame -b:a 32k"),
    Processor("mp3 64", "codec", "mp3 -c:a libmp3lame -b:a 64k"),
    Processor("mp3 8, 8 kHz", "codec", "mp3 -ar 8000 -c:a libmp3lame -b:a 8k"),
    Processor("opus 6", "codec", "opus -c:a libopus -b:a 6k -application voip"),
    Processor("opus 12", "codec", "opus -c:a libopus -b:a 12k -application voip"),
    Processor("opus 16", "codec", "opus -c:a libopus -b:a 16k -application voip"),
    Processor("opus 24", "codec", "opus -c:a libopus -b:a 24k -application voip"),
    Processor("opus 32 audio", "codec", "opus -c:a libopus -b:a 32k -application audio"),
    Processor("aac 16", "codec", "m4a -c:a aac -b:a 16k"),
    Processor("aac 32", "codec", "m4a -c:a aac -b:a 32k"),
    Processor("aac 64", "codec", "m4a -c:a aac -b:a 64k"),
    Processor("vorbis q0", "codec", "ogg -c:a libvorbis -q:a 0"),
    Processor("speex 8", "codec", "spx -c:a libspeex -b:a 8k"),
    Processor("wma 24", "codec", "wma -c:a wmav2 -b:a 24k"),
    Processor("gsm", "codec", "gsm -ar 8000 -c:a libgsm"),
    Processor("g723.1", "codec", "mka -ar 8000 -c:a g723_1 -b:a 6300"),
    Processor("mu-law 8 kHz", "codec", "wav -ar 8000 -c:a pcm_mulaw"),
    Processor("g722", "codec", "wav -c:a g722"),
    Processor("packets lost 3 %", "codec", lambda x: concealed(x, 0.03)),
    Processor("packets lost 10 %", "codec", lambda x: concealed(x, 0.1)),
)


def processed(processor: Processor, sound: Sound) -> Sound | None:
    """Process sound; None where this machine's ffmpeg cannot."""
    if callable(processor.how):
        return processor.how(sound)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        soundfile.write(place / "in.wav", sound, RATE, subtype="FLOAT")
        if processor.group == "codec":
            ending, *options = processor.how.split()
            ways = [["-i", "in.wav", *options, f"coded.{ending}"], ["-i", f"coded.{ending}"]]
        else:
            ways = [["-i", "in.wav", "-af", processor.how]]
        ways[-1] += ["-ar", str(RATE), "-c:a", "pcm_f32le", "out.wav"]
        for way in ways:
            command = ["ffmpeg", "-v", "error", "-y", *way]
            if subprocess.run(command, cwd=place, check=False, capture_output=True).returncode:
                return None
        out, _ = soundfile.read(place / "out.wav", dtype="float32")
    return _laid(out, sound)


def _laid(out: Sound, sound: Sound) -> Sound:
    """Put sound where it was: encoders delay it by up to 100 ms."""
    size = 1 << (len(out) + len(sound)).bit_length()
    both = np.fft.irfft(np.fft.rfft(out, size) * np.conj(np.fft.rfft(sound, size)), size)
    reach = RATE // 4
    lag = int(np.concatenate([both[-reach:], both[:reach]]).argmax()) - reach
    moved = out[lag:] if lag >= 0 else np.concatenate([np.zeros(-lag, np.float32), out])
    return np.asarray(np.pad(moved, (0, max(0, len(sound) - len(moved))))[: len(sound)], np.float32)

"""Whether a transcript's times are told from another recording's, shifted or on another clock.

``python -m benchmarks.clocks``

Takes the samples with their own transcripts and, where they are present, joined excerpts of real
meetings with their reference turns, and fits each recording's transcript as it is, 3 and 30 s late,
on a clock 1 and 4 % off, at half speed, in whole seconds, and every other recording's. A row gives
the correlation as the times stand and at the best place, how far that stands above any other place,
and the shift and drift found there (:func:`diarize.transcription.fitting.fit`). The thresholds
(``Fitting``) were chosen on these recordings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.shared.corpora import DATA, SAMPLES, load, reference
from diarize.formats.table import read_transcript
from diarize.formats.transcript import Cue, Transcript
from diarize.separation.activity import Speech
from diarize.settings import Fitting
from diarize.timeline import Span
from diarize.transcription.fitting import fit, moved

MEETINGS = ("trn01", "trn02", "trn03", "trn04", "trn05")


@dataclass(frozen=True, slots=True)
class Told:
    """A recording: where speech is heard, how long it is, and its own transcript."""

    heard: tuple[Span, ...]
    duration: float
    cues: tuple[Cue, ...]


def recordings() -> dict[str, Told]:
    """Give the samples, and the excerpts joined, where they are present."""
    found: dict[str, Told] = {}
    for name in ("attentive", "hurried", "half_way"):
        audio = load(SAMPLES / f"{name}.flac")
        cues = read_transcript(SAMPLES / f"{name}.vtt").cues
        found[name] = Told(Speech(audio).spans, audio.duration, cues)
    folder = DATA / "diar"
    if folder.exists():
        heard: list[Span] = []
        told: list[Cue] = []
        at = 0.0
        for name in MEETINGS:
            audio = load(folder / f"{name}.wav")
            heard += [span.shifted(at) for span in Speech(audio).spans]
            turns = reference(folder / f"{name}.rttm")
            told += [Cue(turn.span.shifted(at), turn.voice, "") for turn in turns]
            at += audio.duration
        found["meetings"] = Told(tuple(heard), at, tuple(told))
    return found


def changed(cues: Sequence[Cue]) -> Mapping[str, Sequence[Cue]]:
    """Give a transcript as it is and with its clock changed."""
    own = Transcript(tuple(cues))
    whole = [
        replace(cue, span=Span(float(int(cue.span.start)), float(int(cue.span.end) + 1)))
        for cue in cues
        if cue.span
    ]
    return {
        "as it is": cues,
        "3 s late": moved(own, -3.0).cues,
        "30 s late": moved(own, -30.0).cues,
        "clock +1 %": moved(own, 0.0, 1 / 1.01).cues,
        "clock +4.2 %": moved(own, 0.0, 24 / 25).cues,
        "half speed": moved(own, 0.0, 2.0).cues,
        "whole seconds": whole,
    }


def main(say: Callable[[str], None] = print) -> None:
    """Print the table."""
    known = recordings()
    say(f"{'recording':10} {'transcript':16} {'stands':>6} {'best':>6} {'above':>6}"
        f" {'late s':>8} {'ppm':>8}")  # fmt: skip
    for name, told in known.items():
        others = {f"of {other}": of.cues for other, of in known.items() if other != name}
        for which, cues in {**changed(told.cues), **others}.items():
            found = fit(cues, told.heard, told.duration, Fitting())
            if found is None:
                say(f"{name:10} {which:16} too little to judge by")
                continue
            say(
                f"{name:10} {which:16} {found.likeness:6.2f} {found.best:6.2f} "
                f"{found.margin:6.2f} {found.offset_s:8.2f} {found.drift_ppm:8.0f}"
            )


if __name__ == "__main__":
    main()

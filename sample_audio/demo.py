"""What `make demo` runs: the samples analysed end to end, with no network and no account.

Words come from the samples' transcripts and speakers from the built-in separator; the
two-channel sample is separated by its channels. Whisper and pyannote.audio run for real, to show
that they are installed and work: Whisper on a checkpoint that has learnt nothing, pyannote on
one that has heard nothing but these synthetic voices. What they say is thrown away.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent / "demo_library"
STEMS = ("attentive", "hurried", "attentive_two_channel", "half_way")


def main() -> int:
    """Analyse every sample into ./demo_library and say where the results are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, default=LIBRARY)
    parser.add_argument("--without-engines", action="store_true", help="leave out the engines")
    options = parser.parse_args()
    from prosody import batch
    from prosody.session import Asked
    from prosody.summary import screen

    began = time.monotonic()
    print("Words: from each sample's transcript. Speakers: from the built-in separator,")
    print("for the two-channel sample from its channels. Synthetic voices, no real person.\n")
    for stem in STEMS:
        separator = "channels" if stem.endswith("two_channel") else "builtin"
        asked = Asked(transcript=HERE / f"{stem}.vtt", separator=separator)
        _, report, _ = batch.add(
            HERE / f"{stem}.flac", asked, options.library, session_id=stem.replace("_", "-")
        )
        print(screen(report, stem.replace("_", "-")), "\n")
    if not options.without_engines:
        _engines()
    print(f"Done in {time.monotonic() - began:.0f} s. Nothing left this machine.")
    print(f"Open a report:      {options.library / 'attentive' / 'report.html'}")
    print(f"Open the dashboard: .venv/bin/prosody dashboard --library {options.library}")
    return 0


def _engines() -> None:
    """Run openai-whisper and pyannote.audio on checkpoints that have learnt nothing."""
    from diarize import activity, speakers, words
    from diarize.audio import Audio, clip, decode
    from diarize.consent import admit
    from diarize.timeline import Span
    from diarize.weights import find_pyannote
    from sample_audio import tiny_whisper

    whole = decode(admit(HERE / "attentive.flac"))
    audio = Audio.of(clip(whole, Span(0.0, 20.0)))
    speech = activity.speech_probability(audio.mono, audio.rate)
    with tempfile.TemporaryDirectory() as work:
        checkpoint = Path(work) / "tiny.pt"
        tiny_whisper.write(checkpoint)
        heard = words.transcribe(
            audio, activity.speech_spans(speech), "whisper", model=checkpoint, language="en"
        )
        print(
            f"{heard.engine.name} {heard.engine.version} ran on {audio.duration:.0f} s with an "
            "untrained checkpoint; its words are thrown away."
        )
    weights = find_pyannote(HERE / "tiny_pyannote")
    found = speakers.separate(audio, "pyannote", speech=speech, weights=weights)
    print(
        f"{found.engine.name} {found.engine.version} ran on {audio.duration:.0f} s with a tiny "
        "checkpoint; its speakers are thrown away.\n"
    )


if __name__ == "__main__":
    sys.exit(main())

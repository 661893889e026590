"""What `make demo` runs: the samples analysed end to end, with no network and no account.

Words come from the samples' transcripts and speakers from the built-in separator; the
two-channel sample is separated by its channels. One sample is then heard once more by
openai-whisper without its transcript, with the demonstration checkpoint that comes with the
samples and knows their synthetic voices alone. pyannote.audio runs on a checkpoint that has heard
nothing else either, to show that it is installed and works; what it says is thrown away.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent / "demo_library"
STEMS = ("attentive", "hurried", "attentive_two_channel", "half_way")
HEARD = "half_way"  # neither the best nor the worst heard of them


def main() -> int:
    """Analyse every sample into ./demo_library and say where the results are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, default=LIBRARY)
    parser.add_argument("--without-engines", action="store_true", help="leave out the engines")
    options = parser.parse_args()
    from prosody.options import Asked
    from prosody.render.text import screen
    from prosody.store.add import add_session

    began = time.monotonic()
    print("Words: from each sample's transcript. Speakers: from the built-in separator,")
    print("for the two-channel sample from its channels. Synthetic voices, no real person.\n")
    for stem in STEMS:
        separator = "channels" if stem.endswith("two_channel") else "builtin"
        asked = Asked(transcript=HERE / f"{stem}.vtt", separator=separator)
        _, report, _ = add_session(
            HERE / f"{stem}.flac", asked, options.library, session_id=stem.replace("_", "-")
        )
        print(screen(report, stem.replace("_", "-")), "\n")
    if not options.without_engines:
        _hear(options.library)
        _pyannote()
    print(f"Done in {time.monotonic() - began:.0f} s. Nothing left this machine.")
    print(f"Open a report:      {options.library / 'attentive' / 'report.html'}")
    print(f"Open the dashboard: .venv/bin/prosody dashboard --library {options.library}")
    return 0


def _hear(library: Path) -> None:
    """Analyse one sample from its sound alone, and say how many words were heard wrongly."""
    from prosody.options import Asked
    from prosody.report.model import Report
    from prosody.store.add import add_session
    from sample_audio.word_errors import compare, said_in

    asked = Asked(
        separator="builtin",
        transcriber="whisper",
        whisper_model=str(HERE / "demo_whisper.pt"),
        language="en",
    )
    report: Report
    _, report, _ = add_session(
        HERE / f"{HEARD}.flac", asked, library, session_id=f"{HEARD.replace('_', '-')}-heard"
    )
    heard = sorted(word for u in report.conversation.utterances for word in u.words)
    found = compare(said_in(HERE / f"{HEARD}.json"), heard)
    print(
        f"{report.engines['transcriber'].name} heard {HEARD} without its transcript, with the "
        f"demonstration checkpoint:\n{100 * found.rate:.0f} % word errors in {sum(found.said)} "
        "words. The checkpoint knows these synthetic voices and words alone.\n"
    )


def _pyannote() -> None:
    """Run pyannote.audio on a checkpoint that has heard nothing but these voices."""
    from diarize.models.finding import find_pyannote
    from diarize.recording.audio import Audio, clip, decode
    from diarize.recording.consent import admit
    from diarize.separation import table as speakers
    from diarize.timeline import Span

    whole = decode(admit(HERE / "attentive.flac"))
    audio = Audio.of(clip(whole, Span(0.0, 20.0)))
    weights = find_pyannote(HERE / "tiny_pyannote")
    found = speakers.separate(audio, "pyannote", weights=weights)
    print(
        f"{found.engine.name} {found.engine.version} ran on {audio.duration:.0f} s with a tiny "
        "checkpoint; its speakers are thrown away.\n"
    )


if __name__ == "__main__":
    sys.exit(main())

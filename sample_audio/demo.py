"""What `make demo` runs: the samples analysed, one from its sound alone, and held to the truth.

No account, no network. `HEARD` is heard without its transcript: its words are openai-whisper's,
with the weights that came as packages. The words of the others come from their transcripts,
which keeps the demonstration short; who speaks is told from the sound in all of them, in the
two-channel sample by its channels. What was made up is known, so each session ends with how much
was right. Where the packages with weights are missing, all words come from the transcripts, and
that is said.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diarize.timeline import Span
    from prosody.report.model import Report

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent / "demo_library"
STEMS = ("attentive", "hurried", "attentive_two_channel", "half_way")
HEARD = (
    "half_way"  # from sound alone: a voice that changes its manner, and neither easiest nor hardest
)


def main() -> int:
    """Analyse every sample into ./demo_library and say where the results are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, default=LIBRARY)
    options = parser.parse_args()
    from prosody.render.text import screen

    began = time.monotonic()
    print("Synthetic voices, no real person. Who speaks is told from the sound. The words are the")
    print(f"samples' transcripts', but for {HEARD}, which is heard from its sound alone.\n")
    seconds = {stem: known(stem)["duration_s"] for stem in STEMS}
    done_s = 0.0
    for stem in STEMS:
        report = heard(stem, options.library)
        print(screen(report, stem.replace("_", "-")))
        print(f"Against the truth: {against_the_truth(stem, report)}")
        done_s += seconds[stem]
        spent = time.monotonic() - began
        left = spent / done_s * (sum(seconds.values()) - done_s)
        print(f"({spent:.0f} s, about {left:.0f} s left)\n" if left else "", flush=True)
    print(f"Done in {time.monotonic() - began:.0f} s. Nothing left this machine.")
    print(f"Open a report:      {options.library / 'attentive' / 'report.html'}")
    print(f"Open the dashboard: .venv/bin/prosody dashboard --library {options.library}")
    return 0


def heard(stem: str, library: Path) -> "Report":
    """Analyse one sample, and say which engines hear it."""
    from diarize.models.finding import find_whisper
    from prosody.options import Asked
    from prosody.store.add import add_session

    alone = stem == HEARD and find_whisper() is not None
    asked = Asked(
        transcript=None if alone else HERE / f"{stem}.vtt",
        transcriber="whisper" if alone else "auto",  # else the transcript beside it were taken
        separator="channels" if stem.endswith("two_channel") else "auto",
        language="en",
        people=2,
    )
    _, report, _ = add_session(
        HERE / f"{stem}.flac", asked, library, session_id=stem.replace("_", "-"), say=print
    )
    return report


def against_the_truth(stem: str, report: "Report") -> str:
    """Say how much of a sample was heard rightly: words, talk share, and who the therapist is."""
    from diarize.timeline import intersection, total
    from sample_audio.word_errors import compare, said_in

    conversation = report.conversation
    words = sorted(word for u in conversation.utterances for word in u.words)
    found = compare(said_in(HERE / f"{stem}.json"), words)
    truth = {role: speech_of(stem, role) for role in ("therapist", "client")}
    own = [s for u in conversation.utterances if u.role == "therapist" for s in u.ipus]
    client = [s for u in conversation.utterances if u.role == "client" for s in u.ipus]
    share = 100 * total(own) / max(1e-9, total(own) + total(client))
    true = 100 * total(truth["therapist"]) / sum(map(total, truth.values()))
    right = total(intersection(own, truth["therapist"])) > total(intersection(own, truth["client"]))
    return (
        f"{100 * found.rate:.0f} % word errors in {sum(found.said)} words; "
        f"therapist's talk share {share:.0f} % (true {true:.0f} %); "
        f"therapist {'found' if right else 'NOT found'}."
    )


def known(stem: str) -> dict[str, Any]:
    """Read what a sample was made from."""
    read: dict[str, Any] = json.loads((HERE / f"{stem}.json").read_text("utf-8"))
    return read


def speech_of(stem: str, role: str) -> "list[Span]":
    """Give the true stretches of speech of a role."""
    from diarize.timeline import Span, union

    turns = [turn for turn in known(stem)["turns"] if turn["role"] == role]
    return list(union(Span(*s) for turn in turns for s in turn["speech"]))


if __name__ == "__main__":
    sys.exit(main())

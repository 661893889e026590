"""Print every table."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import benchmarks.listening
from benchmarks.listening.annomi import CSV, Judged, judge, read, unread
from benchmarks.listening.errors import unmarked, with_errors
from benchmarks.listening.learned import learned
from benchmarks.listening.other_words import CHATS, by_phrase, chats
from benchmarks.listening.scores import calibration, intervals, people, scores


def show_phrases() -> object:
    """Print precision and recall on our own sentences, per kind and part."""
    found = by_phrase()
    print("\nsentences of our own, written by hand; no clinical gold")
    for part, kinds in found.items():
        everything = tuple(map(sum, zip(*kinds.values(), strict=True)))
        for kind, (hits, yes, false, no) in [*kinds.items(), ("all together", everything)]:
            right = hits / max(hits + false, 1)
            print(
                f"  {part:7} {kind:22} hits {hits:3d} of {yes:3d}, false {false:2d} of {no:3d}: "
                f"precision {right:.2f} recall {hits / yes:.2f}"
            )
    return found


def show(name: str, judged: Sequence[Judged], *, bounds: bool = True) -> dict[str, object]:
    """Print one set of figures and give it back."""
    said = scores(judged)
    around = intervals(judged) if bounds else {}
    print(
        f"\n{name} ({len(judged)} therapist turns, "
        f"{len({j.turn.transcript for j in judged})} transcripts)"
    )
    for key, value in said.items():
        if key != "turns":
            low_high = around.get(key)
            print(
                f"  {key:30} {value:.3f}"
                + (f"  ({low_high[0]:.3f} to {low_high[1]:.3f})" if low_high else "")
            )
    return {"scores": said, "intervals": around}


def compare(judged: Sequence[Judged], agreement: object) -> None:
    """Print what people reach, what other words give, and what a confidence is worth."""
    print("\npeople against the majority of the others:", agreement)
    for label, (p, r, f) in chats(CHATS).items():
        print(f"machine-coded chats, {label}: precision {p:.3f} recall {r:.3f} F1 {f:.3f}")
    print("\nconfidence against share right")
    for c, band, n, mean, right in calibration(judged):
        print(f"  {c:16} {band}  n {n:4d}  confidence {mean:.2f}  right {right:.2f}")


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=str(benchmarks.listening.__doc__).splitlines()[0])
    parser.add_argument("--csv", type=Path, default=CSV)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--errors", type=int, default=3, help="runs per rate of word errors")
    given = parser.parse_args()
    if not given.csv.is_file():
        raise SystemExit(f"{given.csv}: not there; give AnnoMI-full.csv with --csv")
    turns = read(given.csv)
    found: dict[str, object] = {"people": people(turns)}
    as_transcribed = judge(turns, str)
    found["as transcribed"] = show("as transcribed", as_transcribed)
    if given.csv == CSV:
        kept = unread(turns)
        found["unread"] = show("never read while writing rules", judge(kept, str))
        found["unread, no marks"] = show("the same, no marks", judge(kept, unmarked))
    found["learned"] = show("a learned baseline, other transcripts held out", learned(turns))
    found["no marks"] = show("lower case, no marks", judge(turns, unmarked))
    for rate in (0.15, 0.30):
        for then, after in (("marks kept", str), ("no marks", unmarked)):
            judged: list[Judged] = []
            for seed in range(given.errors):
                change = with_errors(rate, turns, seed)
                judged += judge([replace(t, text=after(change(t.text))) for t in turns], str)
            name = f"{rate:.0%} word errors, {then}"
            found[name] = show(name, judged, bounds=False)
    compare(as_transcribed, found["people"])
    found["own sentences"] = show_phrases()
    if given.json:
        given.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

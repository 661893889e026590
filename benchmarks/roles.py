"""How often the words tell the therapist from the client, and how sure that is.

``python -m benchmarks.roles [--texts FOLDER]``

Reads coded counselling and consultation transcripts (a folder with ``AnnoMI-full.dev.csv``,
``mibot_transcripts`` and ``osce_transcripts``), takes whole transcripts and random excerpts of
30 to 800 words, hides the roles and asks :func:`diarize.roles.margin`. Prints accuracy by
length, the reliability of the certainty, the weights refitted with folds grouped by
transcript (for comparison alone; what ships are round numbers), how often a swap in the middle is
found and falsely found, and the same figures on hard cases (`benchmarks.hard_roles`) made of these
transcripts and of every fifth of our invented dialogues, neither of which chose the numbers.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np

from benchmarks.hard_roles import Said, cases
from benchmarks.shared.corpora import TEXTS, TIMING, consultations
from diarize.formats.table import Transcript, read_transcript
from diarize.labels import roles_of_labels
from diarize.messages import message
from diarize.roles import Casting, Margin, Role, disputed, margin, swapped_after
from diarize.settings import Roles
from diarize.timeline import Span, Word
from training.talks_check import kept_apart, talks

LEAST = Roles().least_certainty
LENGTHS = (30, 60, 100, 150, 250, 400, 800)


def transcripts(folder: Path) -> Iterator[tuple[str, Said]]:
    """Give each transcript's name and turns, therapist and client."""
    table = folder / "AnnoMI-full.dev.csv"
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            ids = dict.fromkeys(row["transcript_id"] for row in csv.DictReader(file))
        for name in ids:
            yield f"annomi-{name}", _said(read_transcript(table, only=name))
    for kind in ("mibot_transcripts", "osce_transcripts"):
        for path in sorted((folder / kind).glob("*.*")):
            yield f"{kind[:4]}-{path.stem}", _said(read_transcript(path))


def _said(transcript: Transcript) -> Said:
    roles = roles_of_labels(transcript.labels)
    return [(roles[c.voice], c.text) for c in transcript.cues if c.voice in roles]


def spoken(said: Said, *, swap_at: int | None = None) -> list[Word]:
    """Give the turns as words a second apart, voices A (therapist) and B."""
    words: list[Word] = []
    for i, (role, text) in enumerate(said):
        hers = (role == "therapist") != (swap_at is not None and i >= swap_at)
        for token in text.split():
            at = float(len(words))
            words.append(Word(Span(at, at + 0.5), token, voice="A" if hers else "B"))
    return words


def excerpts(said: Said, draw: random.Random) -> Iterator[tuple[int, Margin]]:
    """Give margins of the whole (length 0) and of three excerpts of each length."""
    for length in (0, *(n for n in LENGTHS for _ in range(3))):
        start = draw.randrange(len(said)) if length else 0
        part: Said = []
        for turn in said[start:]:
            part.append(turn)
            if length and sum(len(text.split()) for _, text in part) >= length:
                break
        found = margin(spoken(part), "A", "B")
        if found is not None:
            yield length, found


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    read = {name: said for name, said in transcripts(parser.parse_args().texts) if said}
    draw = random.Random(7)
    rows = [(name, n, m) for name, said in read.items() for n, m in excerpts(said, draw)]
    names = np.array([name for name, _, _ in rows])
    lengths = np.array([n for _, n, _ in rows])
    chance = np.array([m.chance for _, _, m in rows])
    sure = np.maximum(chance, 1 - chance)
    print(f"{len(read)} transcripts, {len(rows)} excerpts")
    print("words   n     right   said   right when said")
    for length in (0, *LENGTHS):
        here = lengths == length
        said = here & (sure >= LEAST)
        print(
            f"{length or 'all':>5} {here.sum():5d} {np.mean(chance[here] > 0.5):8.3f}"
            f" {said.sum() / here.sum():7.3f} {np.mean(chance[said] > 0.5):8.4f}"
        )
    print("certainty  n     right")
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 0.999), (0.999, 1.01)):
        here = (sure >= low) & (sure < high)
        print(f"{low:8.3f} {here.sum():5d} {np.mean(chance[here] > 0.5):8.3f}")
    refit(names, np.array([(m.you_minus_i_z, -m.others_z) for _, _, m in rows]))
    swaps(read)
    contradicted(read)
    hard("coded transcripts", read)
    hard("own dialogues kept apart", invented())
    habits("coded transcripts", read)
    if TIMING.exists():
        habits("consultations", {n: _spoken_by(w) for n, (_, w) in consultations(TIMING)})
        print("consultations:")
        other = {name: _spoken_by(words) for name, (_, words) in consultations(TIMING)}
        chances = [m.chance for said in other.values() if (m := margin(spoken(said), "A", "B"))]
        sure_of = sum(max(c, 1 - c) >= LEAST for c in chances)
        right = sum(chance > 0.5 for chance in chances)
        print(f"right {right} of {len(chances)}, said {sure_of} of {len(chances)}")
        swaps(other)
        contradicted(other)


def invented() -> dict[str, Said]:
    """Give every fifth of our invented dialogues; the others chose the numbers."""
    return {
        name: [(turn.speaker, turn.text) for turn in turns]
        for name, turns in talks().items()
        if kept_apart(name)
    }


def hard(name: str, talks: dict[str, Said]) -> None:
    """Print, per kind of hard case, how often roles are said, and are right when they are."""
    print(f"hard cases of {name}, {len(talks)} talks, twice each")
    print("| case | n | leaning right | said | right when said | right at .90 to .95 (n) |")
    print("|---|---|---|---|---|---|")
    every: list[np.ndarray] = []
    for kind, made in cases(talks, seed=11).items():
        found = [m.chance for _, said in made if (m := margin(spoken(said), "A", "B"))]
        every.append(np.array(found))
        print(_line(kind, every[-1]))
    print(_line("all together", np.concatenate(every)))


def _line(kind: str, chance: np.ndarray) -> str:
    right, sure = chance > 0.5, np.maximum(chance, 1 - chance)
    said, just = sure >= LEAST, (sure >= LEAST) & (sure < Roles().words_certainty)
    told = f"{right[said].mean():.3f}" if said.any() else "–"
    at = f"{right[just].mean():.2f} ({just.sum()})" if just.any() else "–"
    return f"| {kind} | {len(chance)} | {right.mean():.3f} | {said.mean():.2f} | {told} | {at} |"


def habits(name: str, read: dict[str, Said]) -> None:
    """Print how often each habit, taken by itself, points to the therapist."""
    rows = []
    for said in read.values():
        sizes = {
            role: np.array([len(text.split()) for r, text in said if r == role])
            for role in ("therapist", "client")
        }
        if not all(len(n) for n in sizes.values()):
            continue
        ours, theirs = sizes["therapist"], sizes["client"]
        rows.append(
            (
                said[0][0] == "therapist",
                ours.sum() < theirs.sum(),
                ours.mean() < theirs.mean(),
                np.mean(ours <= 3) > np.mean(theirs <= 3),
            )
        )
    shares = ", ".join(f"{100 * share:.0f} %" for share in np.mean(rows, axis=0))
    print(f"{name}, {len(rows)}: therapist speaks first, less, in shorter turns, more turns of up")
    print(f"to three words: {shares}")


def _spoken_by(words: list[Word]) -> Said:
    runs = groupby(sorted(words), key=lambda word: word.voice)
    named = (("therapist" if v == "doctor" else "client", run) for v, run in runs)
    return [(role, " ".join(word.text for word in run)) for role, run in named]


def refit(names: np.ndarray, z: np.ndarray) -> None:
    """Print the weights and the accuracy with folds grouped by transcript."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    sign = np.random.default_rng(0).choice([-1, 1], len(z))
    right = np.zeros(len(z))
    for train, test in GroupKFold(5).split(z, groups=names):
        model = LogisticRegression(fit_intercept=False, C=1e3)
        model.fit(z[train] * sign[train, None], sign[train])
        right[test] = model.predict(z[test]) == 1
        print("fold weights", model.coef_.round(2), f"right {right[test].mean():.3f}")


def contradicted(read: dict[str, Said]) -> None:
    """Print how often roles said the wrong way round are noticed, and right ones doubted."""
    ways = [
        tuple(Casting(v, r, 1.0, message("casting.told")) for v, r in zip("AB", roles, strict=True))
        for roles in ((Role.CLIENT, Role.THERAPIST), (Role.THERAPIST, Role.CLIENT))
    ]
    noticed, falsely = (
        sum(disputed(way, spoken(said)) is not None for said in read.values()) for way in ways
    )
    print(f"roles said the wrong way round: noticed {noticed} of {len(read)}, falsely {falsely}")


def swaps(read: dict[str, Said]) -> None:
    """Print how often a swap half way is found, and falsely found where there is none."""
    told = message("casting.told")
    casting = (Casting("A", Role.THERAPIST, 1, told), Casting("B", Role.CLIENT, 1, told))
    found, false, errors = 0, 0, []
    long = {name: said for name, said in read.items() if len(spoken(said)) >= 300}
    for said in long.values():
        half = len(said) // 2
        words = spoken(said, swap_at=half)
        at = swapped_after(words, casting)
        false += swapped_after(spoken(said), casting) is not None
        if at is not None:
            found += 1
            errors.append(abs(at - len(spoken(said[:half]))) / len(words))
    print(f"swap half way: found {found} of {len(long)}, falsely {false} of {len(long)}")
    print(f"where: median error {np.median(errors):.2f} of the length")


if __name__ == "__main__":
    main()

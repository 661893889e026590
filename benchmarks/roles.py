"""How often the words tell the therapist from the client, and how sure that is.

``python -m benchmarks.roles [--write]``

Reads coded counselling and consultation transcripts (``AnnoMI-full.dev.csv``,
``mibot_transcripts``, ``osce_transcripts`` and hand-timed consultations, where they are), takes
whole transcripts and random excerpts of 30 to 800 words, hides the roles and asks
:func:`diarize.roles.margin`. Tells accuracy by length, the reliability of the certainty, the
weights refitted with folds grouped by transcript (for comparison alone; what ships are round
numbers), how often a swap in the middle is found and falsely found, and the same figures on hard
cases (`benchmarks.hard_roles`) made of these transcripts and of every fifth of our invented
dialogues, neither of which chose the numbers. Intervals are 95 % (Wilson).
"""

import csv
import random
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.hard_roles import Said, cases
from benchmarks.shared.corpora import TEXTS, TIMING, consultations
from benchmarks.shared.records import Found, Page, Table, main
from diarize.formats.table import Transcript, read_transcript
from diarize.labels import roles_of_labels
from diarize.messages import message
from diarize.roles import Casting, Margin, Role, disputed, margin, swapped_after
from diarize.settings import Roles
from diarize.timeline import Span, Word
from prosody.intervals import wilson
from training.talks_check import kept_apart, talks

Floats = NDArray[Any]
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


BANDS = ((0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 0.999), (0.999, 1.01))


def by_length(lengths: Floats, chance: Floats) -> Iterator[list[str]]:
    """Give, per length of excerpt, how often the lean is right, roles are said, and then right."""
    sure = np.maximum(chance, 1 - chance)
    for length in (0, *LENGTHS):
        here = lengths == length
        said = here & (sure >= LEAST)
        name = str(length) if length else "whole transcript"
        cells = _share(chance[here] > 0.5), _share(sure[here] >= LEAST), _share(chance[said] > 0.5)
        yield [name, str(here.sum()), *cells]


def by_certainty(chance: Floats) -> Iterator[list[str]]:
    """Give, per band of certainty, how often the lean is right."""
    sure = np.maximum(chance, 1 - chance)
    for low, high in BANDS:
        here = (sure >= low) & (sure < high)
        yield [f"{low:g} to {min(high, 1):g}", str(here.sum()), _share(chance[here] > 0.5)]


def _share(yes: NDArray[np.bool_]) -> str:
    """Give a share in percent with its interval; a dash of nothing."""
    if not yes.size:
        return "–"
    low, high = wilson(float(yes.mean()), yes.size)
    return f"{100 * yes.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})"


def invented() -> dict[str, Said]:
    """Give every fifth of our invented dialogues; the others chose the numbers."""
    return {
        name: [(turn.speaker, turn.text) for turn in turns]
        for name, turns in talks().items()
        if kept_apart(name)
    }


def hard(talks: dict[str, Said]) -> Iterator[list[str]]:
    """Give, per kind of hard case, how often roles are said, and are right when they are."""
    every: list[Floats] = []
    for kind, made in cases(talks, seed=11).items():
        found = [m.chance for _, said in made if (m := margin(spoken(said), "A", "B"))]
        every.append(np.array(found))
        yield [kind, *_cells(every[-1])]
    yield ["all together", *_cells(np.concatenate(every))]


def _cells(chance: Floats) -> Iterator[str]:
    right, sure = chance > 0.5, np.maximum(chance, 1 - chance)
    said, just = sure >= LEAST, (sure >= LEAST) & (sure < Roles().words_certainty)
    yield str(chance.size)
    yield from (_share(right), _share(said), _share(right[said]), _share(right[just]))
    yield str(just.sum())


def habits(read: dict[str, Said]) -> str:
    """Say how often each habit, taken by itself, points to the therapist."""
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
    return ", ".join(f"{100 * share:.0f} %" for share in np.mean(rows, axis=0))


def _spoken_by(words: list[Word]) -> Said:
    runs = groupby(sorted(words), key=lambda word: word.voice)
    named = (("therapist" if v == "doctor" else "client", run) for v, run in runs)
    return [(role, " ".join(word.text for word in run)) for role, run in named]


def refit(names: Floats, z: Floats) -> str:
    """Say which weights folds grouped by transcript would choose, and what they are worth."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    sign = np.random.default_rng(0).choice([-1, 1], len(z))
    right, weights = np.zeros(len(z)), []
    for train, test in GroupKFold(5).split(z, groups=names):
        model = LogisticRegression(fit_intercept=False, C=1e3)
        model.fit(z[train] * sign[train, None], sign[train])
        right[test] = model.predict(z[test]) == 1
        weights.append(model.coef_[0])
    low, high = np.min(weights, axis=0), np.max(weights, axis=0)
    spans = " and ".join(f"{a:.1f} to {b:.1f}" for a, b in zip(low, high, strict=True))
    return f"{spans}, right in {100 * right.mean():.1f} %"


def contradicted(read: dict[str, Said]) -> str:
    """Say how often roles said the wrong way round are noticed, and right ones doubted."""
    ways = [
        tuple(Casting(v, r, 1.0, message("casting.told")) for v, r in zip("AB", roles, strict=True))
        for roles in ((Role.CLIENT, Role.THERAPIST), (Role.THERAPIST, Role.CLIENT))
    ]
    noticed, falsely = (
        sum(disputed(way, spoken(said)) is not None for said in read.values()) for way in ways
    )
    return f"{noticed} of {len(read)} noticed, {falsely} falsely"


def swaps(read: dict[str, Said]) -> str:
    """Say how often a swap half way is found, and falsely found where there is none."""
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
    where = f"median error {100 * np.median(errors):.0f} % of the length"
    return f"{found} of {len(long)} found ({where}), {false} falsely"


def settled(read: dict[str, Said]) -> str:
    """Say in how many whole talks the words settle the roles, and how many of these are right."""
    chances = [m.chance for said in read.values() if (m := margin(spoken(said), "A", "B"))]
    sure = [chance for chance in chances if max(chance, 1 - chance) >= LEAST]
    return f"{len(sure)} of {len(chances)}, {sum(chance > 0.5 for chance in sure)} of these right"


TEXT = """\
# Who is the therapist, from words alone

`python -m benchmarks.roles --write`, {made}

{transcripts} counselling and consultation transcripts, {excerpts} excerpts; percent with 95 %
intervals (Wilson). The weights, the least certainty (0.9) and the greatest that words can give are
round numbers chosen from four pairs of transcripts; nothing was fitted to these. Excerpts start at
a random turn.

{lengths}

How often the lean is right, by how sure the words are:

{certainty}

## Hard cases

Made from the transcripts, two of each kind per talk (`benchmarks/hard_roles.py`): clients who quote
the therapist, or another one, in most of their turns; therapists who tell of their own lives;
clients who ask in half of their turns; and short excerpts. They are harder by construction and
are not conversations that anybody had.

{hard_transcripts}

The same, made from every fifth of our invented dialogues, on which no number was chosen:

{hard_dialogues}

## Swaps, contradictions, habits

| | coded transcripts | hand-timed consultations |
|---|---|---|
| roles settled in the whole talk | {settled} | {settled_timed} |
| voices swapped half way | {swaps} | {swaps_timed} |
| roles stated the wrong way round | {contradicted} | {contradicted_timed} |
| therapist: first, less, in shorter turns, oftener in three words | {habits} | {habits_timed} |

Weights that folds by transcript would choose (for, against): {refit}; those that ship are 2 and 1.
"""


def find(texts: Path = TEXTS, timing: Path = TIMING) -> Found:
    """Judge excerpts, hard cases, swaps and contradictions."""
    read = {name: said for name, said in transcripts(texts) if said}
    draw = random.Random(7)
    rows = [(name, n, m) for name, said in read.items() for n, m in excerpts(said, draw)]
    names = np.array([name for name, _, _ in rows])
    lengths, chance = np.array([n for _, n, _ in rows]), np.array([m.chance for *_, m in rows])
    other = {name: _spoken_by(words) for name, (_, words) in consultations(timing)}
    hard_head = ["case", "n", "leaning right %", "said %", "right when said %"]
    hard_head += ["right when said at .90 to .95 %", "n of these"]
    words = {"transcripts": str(len(read)), "excerpts": f"{len(rows):,}"}
    for name, tell in (("settled", settled), ("swaps", swaps), ("contradicted", contradicted),
                       ("habits", habits)):  # fmt: skip
        words |= {name: tell(read), f"{name}_timed": tell(other)}
    words["refit"] = refit(names, np.array([(m.you_minus_i_z, -m.others_z) for *_, m in rows]))
    head = ["words in the excerpt", "n", "leaning right %", "roles said %", "right when said %"]
    tables = {
        "lengths": Table(head, list(by_length(lengths, chance))),
        "certainty": Table(["certainty", "n", "right %"], list(by_certainty(chance))),
        "hard_transcripts": Table(hard_head, list(hard(read))),
        "hard_dialogues": Table(hard_head, list(hard(invented()))),
    }
    return Found(tables, words, [path for folder in (texts, timing) for path in _read(folder)])


def _read(folder: Path) -> list[Path]:
    inside = ("AnnoMI-full.dev.csv", "mibot_transcripts/*", "osce_transcripts/*", "*.TextGrid")
    return [path for pattern in inside for path in sorted(folder.glob(pattern))]


PAGE = Page(
    "roles",
    TEXT,
    (TEXTS / "AnnoMI-full.dev.csv", TIMING),
    find,
    {"docs/notes/words-and-roles.md": ("lengths", "hard_transcripts", "hard_dialogues")},
)

if __name__ == "__main__":
    main(PAGE)

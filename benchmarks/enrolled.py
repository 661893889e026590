"""How often an enrolled voice is found in a recording, and how far it leads.

``python -m benchmarks.enrolled``

Enrols each voice of the development data from one half of its phrases (up to 30 s, spliced under
one condition) and looks for it in two-person conversations of 60 s made from the other halves
under another: clean, noise, room, telephone, or with every voice's long-term spectrum made the
same. *There* are conversations the person takes part in, *not there* those of two others of the
same collection. Turns are those of the truth, and those the built-in separator heard. In each
sample session the therapist is enrolled from the first half and looked for in the second.
"""

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.shared import splicing
from benchmarks.shared.corpora import DATA, SAMPLES, load, reference
from diarize.recording.audio import Audio
from diarize.separation import enrolled
from diarize.separation.embedding import WEIGHTS_SHA256
from diarize.separation.recognition import Template
from diarize.separation.table import separate
from diarize.settings import Enrolling
from diarize.timeline import Span, Turn, subtract, total

Row = tuple[str, str, bool, float, float, str]  # collection, turns, there, lead, best, outcome


def template(sound: np.ndarray, spans: list[Span]) -> Template:
    """Enrol a voice, as little as there is of it."""
    rule = Enrolling(least_s=0.0, least_alike=-1.0, least_windows=1)
    vector, seconds = enrolled.make(sound, spans, rule)
    return Template("v", vector, seconds, "", "", "", "9999-12-31", WEIGHTS_SHA256)


def outcome(
    known: Template, sound: np.ndarray, turns: tuple[Turn, ...], mine: list[Span]
) -> tuple[float, float, str]:
    """Give the lead and likeness of the best voice, and whether it was right, wrong or unsaid."""
    rule = Enrolling()
    vector = np.asarray(known.vector, np.float32)
    alike = sorted(enrolled.likeness(vector, sound, turns, rule).items(), key=lambda i: -i[1])
    if len(alike) < 2:
        return np.nan, np.nan, "unsaid"
    said = enrolled.judged(dict(alike), rule).voice
    lead = alike[0][1] - alike[1][1]
    shares = {
        voice: total([t.span for t in turns if t.voice == voice])
        - total(subtract([t.span for t in turns if t.voice == voice], mine))
        for voice, _ in alike
    }
    true = max(shares, key=shares.__getitem__) if mine else None
    right = alike[0][0] == true
    return (
        lead if right or not mine else -lead,
        alike[0][1],
        ("unsaid" if said is None else "right" if said == true else "wrong"),
    )


def spliced() -> Iterator[Row]:
    """Give one row for each template and conversation."""
    rng = np.random.default_rng(1)
    for group, voices in splicing.voices(DATA).items():
        halves = {n: (p[: len(p) // 2], p[len(p) // 2 :]) for n, p in voices.items()}
        for i, pair in enumerate(itertools.permutations(sorted(voices), 2)):
            first, second = (str(c) for c in rng.choice(splicing.CONDITIONS, 2))
            alone = splicing.conversations(
                {pair[0]: halves[pair[0]][0]}, pair[:1], seconds=30, condition=first, seed=100 + i
            )
            talk = splicing.conversations(
                {n: halves[n][1] for n in pair}, pair, seconds=60, condition=second, seed=500 + i
            )
            known = template(alone.sound, [turn.span for turn in alone.turns])
            mine = [turn.span for turn in talk.turns if turn.voice == pair[0]]
            heard = separate(Audio.of(talk.sound), "builtin").turns
            for kind, turns in (("truth", talk.turns), ("heard", heard)):
                yield group, kind, True, *outcome(known, talk.sound, turns, mine)
            others = [n for n in sorted(voices) if n not in pair]
            if others and pair[1] != others[0]:
                two = (pair[1], others[0])
                away = splicing.conversations(
                    {n: halves[n][1] for n in two}, two, seconds=60, condition=second, seed=900 + i
                )
                yield group, "truth", False, *outcome(known, away.sound, away.turns, [])


def samples() -> Iterator[Row]:
    """Enrol each sample's therapist from one half of it and look for them in the other half."""
    for path in sorted(SAMPLES.glob("*.rttm")):
        audio = load(path.with_suffix(".flac"))
        turns = reference(path)
        middle = audio.duration / 2
        mine = [turn.span for turn in turns if turn.voice == "therapist"]
        others = [turn.span for turn in turns if turn.voice != "therapist"]
        known = template(audio.mono, [s for s in subtract(mine, others) if s.end < middle])
        later = tuple(turn for turn in turns if turn.span.start > middle)
        yield "samples", "truth", True, *outcome(known, audio.mono, later, mine)


def printed(rows: list[Row]) -> None:
    """Print a table: one line for each collection, kind of turns, and whether the person spoke."""
    print("| material | turns | the person is | n | right | wrong | cannot say | least lead |")
    print("|---|---|---|---|---|---|---|---|")
    for group, kind, there in sorted({r[:3] for r in rows}, key=lambda r: (not r[2], r)):
        of = [r for r in rows if r[:3] == (group, kind, there)]
        counts = [sum(r[5] == said for r in of) for said in ("right", "wrong", "unsaid")]
        lead = np.nanmin([r[3] for r in of]) if there else np.nan
        print(
            f"| {group} | {kind} | {'there' if there else 'not there'} | {len(of)}"
            f" | {' | '.join(map(str, counts))} | {'–' if np.isnan(lead) else f'{lead:.2f}'} |"
        )


def main() -> None:
    """Print the table, and what other margins would say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=Path, help="write every row here, as JSON")
    given = parser.parse_args()
    rows = list(samples())
    if DATA.exists():
        rows += list(spliced())
    printed(rows)
    print("| margin | right | wrong, there | wrong, not there | cannot say, there |")
    print("|---|---|---|---|---|")
    for margin in (0.0, 0.05, 0.1, 0.15, 0.2):
        least = Enrolling().least_likeness
        here = [r for r in rows if r[2]]
        said = [r for r in here if r[4] >= least and abs(r[3]) >= margin]
        away = [r for r in rows if not r[2]]
        loud = [r for r in away if r[4] >= least and r[3] >= margin]
        print(
            f"| {margin:.2f} | {sum(r[3] > 0 for r in said)} | {sum(r[3] < 0 for r in said)}"
            f" | {len(loud)} of {len(away)} | {len(here) - len(said)} of {len(here)} |"
        )
    if given.rows:
        given.rows.write_text(json.dumps(rows, default=float))


if __name__ == "__main__":
    main()

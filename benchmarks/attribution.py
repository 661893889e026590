"""Who said which word, from sound alone: words given to the wrong person, and cpWER.

``python -m benchmarks.attribution [--only NAME …] [--to docs/benchmarks/attribution.md]``

Each sample is analysed as one without a transcript is, for two speakers: the two-channel sample by
its channels, the others by the fused separator; the words come from the best Whisper model on this
machine. Recognised words are aligned with the spoken ones in order of time. Of the aligned words
(correct or substituted) the table gives the share attributed to the wrong person, voices being
mapped to people in the way that makes it smallest. cpWER (Watanabe et al. 2020, "CHiME-6
challenge") joins each person's words, counts the errors (substitutions, deletions, insertions)
under the mapping of voices to people that has fewest, and divides by the number of words spoken.
Sounds without a spelling ("mm-hm") count on neither side. The therapist is identified from the
recognised words, without any label. The samples are synthetic voices: error rates for people are
higher.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, zip_longest
from pathlib import Path

from benchmarks.shared.corpora import SAMPLES, load, sample_conversations
from benchmarks.shared.pages import said
from diarize.recording.audio import Audio
from diarize.roles import Role, cast
from diarize.separation.persons import judged
from diarize.settings import Hearing
from diarize.timeline import Word
from prosody.engines import plan
from prosody.options import Asked
from sample_audio.word_errors import plain

Pairs = list[tuple[str, str]]  # who said a word, and which voice it was given to


@dataclass(frozen=True, slots=True)
class Row:
    """One recording: words said, words aligned and of those wrongly given, cpWER, the therapist."""

    name: str
    said: int
    aligned: int
    wrong: int
    cpwer: float
    wer: float
    therapist: str


def main() -> int:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these samples alone")
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    given = parser.parse_args()
    said(page(given.only), given.to)
    return 0


def page(only: Sequence[str] | None) -> Iterator[str]:
    """Every line of the table."""
    yield "# Who said which word\n"
    yield from (__doc__ or "").splitlines()
    yield (
        "\n| recording | words spoken | aligned | wrong person | wrong person % | WER % | cpWER % "
        "| therapist identified |\n|---|---|---|---|---|---|---|---|"
    )
    rows = []
    for name, (_, words) in sample_conversations():
        if only and name not in only:
            continue
        rows.append(row(name, load(SAMPLES / f"{name}.flac"), words))
        one = rows[-1]
        yield (
            f"| {one.name} | {one.said} | {one.aligned} | {one.wrong} | {_share(one)} "
            f"| {100 * one.wer:.1f} | {100 * one.cpwer:.1f} | {one.therapist} |"
        )


def _share(one: Row) -> str:
    return f"{100 * one.wrong / one.aligned:.2f}" if one.aligned else "–"


def row(name: str, audio: Audio, words: Sequence[Word]) -> Row:
    """Hear one sample as the product does without a transcript."""
    planned = plan(Asked(language="en"))
    audio, speech = judged(audio, Hearing())
    separation = planned.separate(audio, speech)
    heard = planned.transcribe(audio, speech, separation).words or ()
    pairs = aligned(words, heard)
    truth, voices = streams(words), streams(heard)
    errors, count = edits(" ".join(_texts(words)), " ".join(_texts(heard)))
    casting = cast(separation.turns, heard, labels={}, language="en")
    return Row(
        name,
        count,
        len(pairs),
        least_wrong(pairs),
        cpwer(truth, voices),
        errors / max(count, 1),
        _therapist(pairs, {c.voice: c.role for c in casting}),
    )


def _therapist(pairs: Pairs, roles: Mapping[str, str]) -> str:
    """Whether whoever is cast as therapist said what the therapist said."""
    given = [person for person, voice in pairs if roles.get(voice) == Role.THERAPIST]
    if not given:
        return "not said"
    return "yes" if given.count("therapist") > len(given) / 2 else "the other"


def _texts(words: Sequence[Word]) -> list[str]:
    return [plain(w.text) for w in sorted(words) if plain(w.text)]


def streams(words: Sequence[Word]) -> dict[str, str]:
    """Join the words of each voice in order of time; words of nobody are left out."""
    found: dict[str, list[str]] = {}
    for word in sorted(words):
        if word.voice is not None and plain(word.text):
            found.setdefault(word.voice, []).append(plain(word.text))
    return {voice: " ".join(some) for voice, some in found.items()}


def aligned(truth: Sequence[Word], heard: Sequence[Word]) -> Pairs:
    """Pair words said with words heard, in order of time; words missed or added have no pair."""
    from jiwer import process_words

    ours = [w for w in sorted(truth) if plain(w.text)]
    theirs = [w for w in sorted(heard) if plain(w.text)]
    if not ours or not theirs:
        return []
    spelt = (" ".join(plain(w.text) for w in some) for some in (ours, theirs))
    pairs = []
    for part in process_words(*spelt).alignments[0]:
        if part.type in ("equal", "substitute"):
            rows = range(part.ref_start_idx, part.ref_end_idx)
            for i, j in zip(rows, range(part.hyp_start_idx, part.hyp_end_idx), strict=True):
                pairs.append((ours[i].voice or "", theirs[j].voice or ""))
    return pairs


def least_wrong(pairs: Pairs) -> int:
    """Words of the wrong voice, voices given to people in the way that makes them fewest."""
    people, voices = (sorted(set(side)) for side in zip(*pairs, strict=True)) if pairs else ([], [])
    wide = [*voices, *[""] * (len(people) - len(voices))]
    ways = (dict(zip(people, way, strict=False)) for way in set(permutations(wide, len(people))))
    return min((sum(way[p] != v for p, v in pairs) for way in ways), default=0)


def edits(reference: str, hypothesis: str) -> tuple[int, int]:
    """Count word errors and the reference's words."""
    from jiwer import process_words

    if not reference:
        return len(hypothesis.split()), 0
    found = process_words(reference, hypothesis)
    return found.substitutions + found.deletions + found.insertions, len(reference.split())


def cpwer(truth: Mapping[str, str], heard: Mapping[str, str]) -> float:
    """Word errors of the best assignment of voices to people, over words said.

    A person without a voice has missed all words, a voice without a person added all of its own.
    """
    ours, theirs = list(truth.values()), list(heard.values())
    wide = max(len(ours), len(theirs))
    ours, theirs = ([*some, *[""] * (wide - len(some))] for some in (ours, theirs))
    errors = min(
        sum(edits(one, other)[0] for one, other in zip_longest(ours, way))
        for way in permutations(theirs)
    )
    return errors / max(sum(len(text.split()) for text in ours), 1)


if __name__ == "__main__":
    sys.exit(main())

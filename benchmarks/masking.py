"""How many names are covered in transcripts nobody looked at while the rules were written.

``python -m benchmarks.masking TALKS.csv [--to docs/benchmarks/masking.md]`` takes the talks with
odd numbers of AnnoMI, in which every word that names a person, a place or an institution was marked
by hand (by its form: wherever it stands with a capital), and counts how many are covered: as they
stand, with every person's name put into another that no list of ours has, and without capitals.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.listening.annomi import by_transcript, read
from diarize.conversation import Role, TurnKind, Utterance
from diarize.timeline import Span, Word
from prosody.intervals import wilson
from prosody.render.masking import covering_turns

# fmt: off
PERSONS = frozenset((
    "lilly", "lily", "laura", "david", "smith", "jill", "katie", "sandra", "mark", "billy", "oscar",
    "liz", "natalie", "catherine", "ken", "tom", "erin", "beth", "mike", "bill", "sal", "john",
    "carlos", "martin", "virginia",
))
PLACES = frozenset((
    "egypt", "vegas", "las", "california", "portland", "hamilton", "europe", "france", "mit",
    "ymca", "applebee's", "green", "prescriptions", "women's", "center", "domino", "kentucky",
    "mcdonald's",
))
OTHERS = (
    "Oluwaseun", "Thandiwe", "Xiomara", "Siobhan", "Zbigniew", "Aroha", "Ngozi", "Aylin", "Yuki",
    "Dmitri", "Lakshmi", "Kwame", "Eirlys", "Tomasz", "Noor", "Chukwuemeka", "Saoirse", "Itzel",
    "Anahera", "Vytautas",
)
# fmt: on
PAGE = """# Names that are masked

```
{command}
```

Talks with odd numbers of AnnoMI's development half ({talks} talks, {words} words), which the rules
were not written with. What names a person, a place or an institution was marked by hand by one
rater; a mention is one word. With 95 % intervals (Wilson). Without capitals every word is covered
but function words and other common ones.

{table}
"""


def main() -> None:
    """Print the table, or write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("talks", type=Path)
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    talks = _talks(asked.talks)
    table = "\n".join(_table(talks))
    print(table)
    if asked.to:
        words = sum(len(text.split()) for talk in talks.values() for text in talk)
        command = f"python -m benchmarks.masking {asked.talks.name} --to {asked.to}"
        page = PAGE.format(command=command, talks=len(talks), words=words, table=table)
        asked.to.write_text(page, "utf-8")


def _talks(path: Path) -> dict[int, list[str]]:
    """Give what is said in the talks with odd numbers, turn by turn."""
    own = by_transcript(read(path)).items()
    return {int(name): [turn.text for turn in turns] for name, turns in own if int(name) % 2}


def _table(talks: Mapping[int, Sequence[str]]) -> Iterator[str]:
    yield "| words | persons covered | places and institutions covered | other words covered |"
    yield "|---|---|---|---|"
    for name in ("as they stand", "every person renamed", "without capitals"):
        hit, of = Counter[str](), Counter[str]()
        for number, talk in talks.items():
            for kind, masked in _judged(number, talk, name):
                of[kind] += 1
                hit[kind] += masked
        shares = [_share(hit, of, kind) for kind in ("person", "place")]
        yield f"| {name} | {shares[0]} | {shares[1]} | {_rate(hit, of)} |"


def _judged(number: int, talk: Sequence[str], how: str) -> Iterator[tuple[str, bool]]:
    """Give each word's kind by hand, and whether it is masked."""
    kinds, turns = {}, []
    for index, text in enumerate(talk):
        said = text.split()
        for at, word in enumerate(said):
            kinds[index, at] = _kind(word)
            if how == "every person renamed" and kinds[index, at] == "person":
                core = word.strip(".,?!\"'-")
                other = OTHERS[(number + sum(map(ord, core.removesuffix("'s")))) % len(OTHERS)]
                said[at] = word.replace(core.removesuffix("'s"), other)
        if how == "without capitals":
            said = [word.lower() for word in said]
        turns.append(_turn(index, said))
    cover = covering_turns(turns, "en")
    masked = {
        (turn.index, at)
        for turn in turns
        for at, word in enumerate(turn.words)
        if cover.text(word.text) != word.text
    }
    yield from ((kind, place in masked) for place, kind in kinds.items())


def _kind(word: str) -> str:
    core = word.strip(".,?!\"'-—").removesuffix("'s")
    if core[:1].isupper() and core.lower() in PERSONS:
        return "person"
    low = word.strip('.,?!"-—').lower()
    return "place" if core[:1].isupper() and {core.lower(), low} & PLACES else "word"


def _turn(index: int, said: list[str]) -> Utterance:
    words = tuple(Word(Span(index, index + 1), word) for word in said)
    span = Span(index, index + 1)
    return Utterance(index, span, "A", Role.UNKNOWN, TurnKind.PRIMARY, (span,), words)


def _share(hit: Counter[str], of: Counter[str], kind: str) -> str:
    low, high = wilson(hit[kind] / of[kind], of[kind])
    return f"{hit[kind]} of {of[kind]} ({100 * low:.0f} to {100 * high:.0f} %)"


def _rate(hit: Counter[str], of: Counter[str]) -> str:
    return f"{hit['word']}, {1000 * hit['word'] / of['word']:.1f} of 1,000"


if __name__ == "__main__":
    main()

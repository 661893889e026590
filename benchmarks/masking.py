"""How many names are covered in transcripts nobody looked at while the rules were written.

``python -m benchmarks.masking TALKS.csv CONSULTATIONS INTERVIEWS [--to
docs/benchmarks/masking.md]`` takes the talks with odd numbers of AnnoMI, a folder of PriMock57's
consultations (a TextGrid of the doctor and one of the patient each), and a folder of written
interviews of patients (OSCE). Every word that names a person, a place or an institution was marked
by hand (by its form: wherever it stands with a capital). Counted is how many are covered: as they
stand, with every person's name put into another that no list of ours has, and without capitals.
"""

import argparse
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.listening.annomi import by_transcript, read
from benchmarks.shared import told as told_in_words
from benchmarks.shared.blind import Blind
from benchmarks.shared.pages import dated
from diarize.conversation import Role, TurnKind, Utterance
from diarize.formats.table import read_transcript
from diarize.timeline import Span, Word
from prosody.intervals import wilson
from prosody.listening.agreement import kappa
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
CONSULTED = frozenset((
    "adriana", "alex", "amanda", "anthony", "april", "armani", "atan", "ayrton", "ben",
    "chapman", "choudhry", "dan", "dean", "deen", "doe", "doris", "edward", "gowers", "grey",
    "irving", "itha", "jack", "jackson", "jacob", "jane", "jessica", "jim", "john", "jonathan",
    "jones", "katherine", "kim", "laura", "lou", "maria", "mary", "mesa", "michael", "mirza",
    "oscar", "parkinson", "peter", "peterson", "polly", "resor", "richards", "ritib", "robert",
    "sarah", "smith", "tim", "traba", "trabalotsa", "tracy", "warren",
))
WHERE = frozenset((
    "avenue", "babylon", "boot's", "boots", "hand", "hanover", "leonard", "lewin", "lloyd",
    "london", "park", "partick", "road", "scottish", "streatham", "street", "thailand",
    "thistle", "uk", "vietnam",
))
INTERVIEWED = frozenset(("scott", "thomas"))
THERE = frozenset(("fairbanks", "london", "mexico", "ontario", "toyota"))
# What a third rater marked in the first 15 consultations, each by itself: persons, then places.
THIRD: Mapping[int, tuple[frozenset[str], frozenset[str]]] = {
    number: (frozenset(persons.split()), frozenset(places.split()))
    for number, (persons, places) in enumerate(
        (
            ("", ""), ("sarah", ""), ("", ""), ("alex", ""), ("tim kim", ""),
            ("oscar polly tim", ""), ("", "partick thistle scottish"), ("itha lou", ""),
            ("jessica smith", ""), ("amanda jackson", "london"),
            ("dan choudhry", "central london"), ("robert", ""), ("adriana katherine", ""),
            ("april", ""), ("laura parkinson", ""),
        ),
        1,
    )
}
# The second rater's marks, where they differ: of a person, of a place or institution, and of none.
# Addresses are marked whole by this one, with the letters of a postal code.
AGAIN: Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    "AnnoMI": (frozenset(), frozenset(("virginia", "facebook")), frozenset()),
    "consultations": (
        frozenset(),
        frozenset((
            "ab", "cb", "central", "ez", "gmail", "jt", "ng", "nw", "pals", "pq", "sw", "w",
        )),
        frozenset(("scottish",)),
    ),
}
OTHERS = (
    "Oluwaseun", "Thandiwe", "Xiomara", "Siobhan", "Zbigniew", "Aroha", "Ngozi", "Aylin", "Yuki",
    "Dmitri", "Lakshmi", "Kwame", "Eirlys", "Tomasz", "Noor", "Chukwuemeka", "Saoirse", "Itzel",
    "Anahera", "Vytautas",
)
# fmt: on
GERMAN = Path(__file__).with_name("german_sessions.toml")
PAGE = """# Names that are masked

```
{command}
```

* **AnnoMI**: talks with odd numbers of its development half ({talks} talks, {words} words), which
  the rules were not written with.
* **Consultations**: doctors and actors as patients, over video (PriMock57, {consultations}
  consultations, {consulted} words), with names, addresses and pharmacies given at the beginning;
  nobody looked at them while the rules were written, and no rule was changed afterwards.
* **German**: {german} invented sessions ({german_words} words) by the author of the list of
  German words, three written before it and two after it. They show that names stay covered where
  every noun has a capital, and how many nouns are covered with them; they say nothing about talks
  of other people.
* **Interviews**: doctors and actors as patients, written down ({interviews} interviews of an
  examination, OSCE, {interviewed} words); no rule was written with them, and they were marked
  before anything was masked in them: every word with a capital, in its context, but those that
  begin a sentence and stand elsewhere without one. They hold few names.

Names of persons, places and institutions were marked by hand, in each corpus by one rater and not
the same one; a mention is one word. Eponyms (Bell's palsy), medicines and months do not count. With
95 % intervals (Wilson). Without capitals every word is covered but function words and other common
ones.

A second rater went through every form with a capital, up to three places of each, knowing the first
rater's lists, so that their agreement is at best this: {agreement}. Addresses were marked more
widely, with the letters of postal codes.

A third rater marked the first 15 consultations, some read whole and of the others such words as of
the interviews, without the other marks at hand, but had seen the first rater's list of forms on
that day, so that this is no blind agreement either: {third}.

{table}

## Marked again, blind

A fourth rater had read neither the rules and their lists nor any mark of the others, drew half of
the turns of the first three corpora (seed 20; {drawn} words), read them whole and marked word by
word, whatever its form: persons, pets, places, organisations, dates of birth, and the numbers of
addresses, postal codes, telephones and e-mail. With the first rater, over the words with a capital
and with pets as persons and organisations as places: kappa {blind_kappa}.

The first figure is what the rules covered that nobody had changed after this marking. What they
missed was then mended kind by kind (what is dictated in words, a common word that goes on a name):
the second figure is no longer blind.

{blind}

## Told in words

Ages, dates, years, addresses, telephones and spelled names in sentences as they are said in
sessions, and sentences whose numbers only count (`benchmarks/told_in_words.toml`). All are by the
author of the rules, who knew what they look for: they show which forms are covered, not how often
other people's sessions have others. Ages were not covered at all before these rules. After the
sentences written afterwards were seen, one word of a German list was taken away, ages above a
hundred were added, and a number before "or" is an age only where the other is; their figures stayed
alike. What the English ones among them missed ("at sixteen months", "the court date is the
nineteenth", "number forty-five" after a street, "not bad for sixty-four") was mended later, form
by form, so that 76 of 77 is no figure for forms that nobody had seen: it was 72 before. For that,
other sentences of these four forms were written before the rules were changed; the old rules
covered 2 of 25 English and 1 of 12 German words. With these sentences at hand one fault was mended
(German ages in one word, 10 of 12 before).

Days by an ordinal alone, birthdays, holidays, regions that are called by letters, and German
offices were added later still. The sentences for these were written once the rules were done, and
no rule was changed for what they showed. Of what tells something in them the rules before covered
12 of 33 words in English and 10 of 23 in German.

{told}
"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Talks, each as its turns' texts, and what was marked in them."""

    name: str
    talks: Mapping[int, Sequence[str]]
    persons: frozenset[str]
    places: frozenset[str]
    second: bool = False  # as the second rater marked it
    language: str = "en"

    @property
    def words(self) -> int:
        """How many there are."""
        return sum(len(text.split()) for talk in self.talks.values() for text in talk)


def main() -> None:
    """Print the table, or write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("talks", type=Path)
    parser.add_argument("consultations", type=Path)
    parser.add_argument("interviews", type=Path)
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    talks = Corpus("AnnoMI", _talks(asked.talks), PERSONS, PLACES)
    consulted = Corpus("consultations", _consultations(asked.consultations), CONSULTED, WHERE)
    german = (_german(before_the_list=True), _german(before_the_list=False))
    asked_of = Corpus("interviews", _interviews(asked.interviews), INTERVIEWED, THERE)
    table = "\n".join(_table(talks, consulted, asked_of, *german))
    agreement = ", ".join(f"{_agreement(corpus)} ({corpus.name})" for corpus in (talks, consulted))
    third = _third_agreement(consulted)
    first = {corpus.name: corpus for corpus in (talks, consulted, asked_of)}
    again = Blind({name: corpus.talks for name, corpus in first.items()}, _core)
    blind = "\n".join(again.table(lambda talk: _covered(list(map(str.split, talk)), "en")))
    blind_kappa = again.agreement(lambda name, *word: _kind(first[name], *word))
    told = "\n".join(told_in_words.table(_covered))
    print(table, agreement, third, blind, blind_kappa, told, sep="\n")
    if asked.to:
        names = (asked.talks.name, asked.consultations.name, asked.interviews.name)
        given = f"{' '.join(names)} --to {asked.to}"
        page = PAGE.format(
            command=f"python -m benchmarks.masking {given}",
            talks=len(talks.talks),
            words=talks.words,
            consultations=len(consulted.talks),
            consulted=consulted.words,
            german=sum(len(corpus.talks) for corpus in german),
            german_words=sum(corpus.words for corpus in german),
            interviews=len(asked_of.talks),
            interviewed=asked_of.words,
            agreement=agreement,
            third=third,
            table=table,
            drawn=sum(1 for _ in again.words()),
            blind=blind,
            blind_kappa=blind_kappa,
            told=told,
        )
        asked.to.write_text(dated(page), "utf-8")


def _talks(path: Path) -> dict[int, list[str]]:
    """Give what is said in the talks with odd numbers, turn by turn."""
    own = by_transcript(read(path)).items()
    return {int(name): [turn.text for turn in turns] for name, turns in own if int(name) % 2}


def _consultations(folder: Path) -> dict[int, list[str]]:
    """Give what doctor and patient say in each, one turn after another."""
    found = {}
    for number, doctor in enumerate(sorted(folder.glob("*_doctor.TextGrid")), 1):
        sides = (doctor, doctor.with_name(doctor.name.replace("_doctor", "_patient")))
        cues = [cue for side in sides for cue in read_transcript(side).cues if cue.span]
        cues.sort(key=lambda cue: cue.span.start if cue.span else 0.0)
        found[number] = [re.sub(r"<[^>]*>", " ", cue.text) for cue in cues]
    return found


def _german(*, before_the_list: bool) -> Corpus:
    """Give the invented German sessions that were written before the list of words, or after it."""
    every = tomllib.loads(GERMAN.read_text("utf-8"))["session"]
    chosen = [one for one in every if one["before_the_list"] is before_the_list]
    persons, places = (
        frozenset(word for one in chosen for word in one[kind].split())
        for kind in ("persons", "places")
    )
    talks = {
        number: [line.partition(": ")[2] for line in one["said"].strip().splitlines()]
        for number, one in enumerate(chosen)
    }
    when = "before the list" if before_the_list else "after the list"
    return Corpus(f"German, written {when}", talks, persons, places, language="de")


def _interviews(folder: Path) -> dict[int, list[str]]:
    """Give what is said in each, turn by turn."""
    files = enumerate(sorted(folder.glob("*.txt")), 1)
    return {number: [cue.text for cue in read_transcript(file).cues] for number, file in files}


def _table(*corpora: Corpus) -> Iterator[str]:
    yield "| words | persons covered | places and institutions covered | other words covered |"
    yield "|---|---|---|---|"
    for corpus in corpora:
        for marked, how in (
            (corpus, "as they stand"),
            *([(replace(corpus, second=True), "as they stand")] if corpus.name in AGAIN else []),
            (corpus, "every person renamed"),
            (corpus, "without capitals"),
        ):
            hit, of = Counter[str](), Counter[str]()
            for number, talk in corpus.talks.items():
                for kind, masked in _judged(marked, number, talk, how):
                    of[kind] += 1
                    hit[kind] += masked
            shares = [_share(hit, of, kind) for kind in ("person", "place")]
            rater = ", second rater" if marked.second else ""
            name = f"{corpus.name}{rater}, {how}"
            yield f"| {name} | {shares[0]} | {shares[1]} | {_rate(hit, of)} |"


def _judged(
    corpus: Corpus, number: int, talk: Sequence[str], how: str
) -> Iterator[tuple[str, bool]]:
    """Give each word's kind by hand, and whether it is masked."""
    kinds, turns = {}, []
    for index, text in enumerate(talk):
        said = text.split()
        for at, word in enumerate(said):
            kinds[index, at] = _kind(corpus, word, said[at - 1] if at else "")
            if how == "every person renamed" and kinds[index, at] == "person":
                core = word.strip(".,?!\"'-")
                other = OTHERS[(number + sum(map(ord, core.removesuffix("'s")))) % len(OTHERS)]
                said[at] = word.replace(core.removesuffix("'s"), other)
        turns.append([word.lower() for word in said] if how == "without capitals" else said)
    shown = _covered(turns, corpus.language)
    yield from ((kind, shown[at][n] != turns[at][n]) for (at, n), kind in kinds.items())


def _covered(turns: Sequence[list[str]], spoken: str) -> list[tuple[str, ...]]:
    """Give the words of turns as they are shown where names are covered."""
    made = [_turn(index, said) for index, said in enumerate(turns)]
    cover = covering_turns(made, spoken)
    return [cover.said(said) for said in turns]


def _capitals(talks: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """Give every word with a capital, and the word before it in its turn."""
    return [
        (word, before)
        for talk in talks
        for said in map(str.split, talk)
        for before, word in zip(["", *said], said, strict=False)
        if _core(word)[:1].isupper()
    ]


def _core(word: str) -> str:
    return word.strip(".,?!\"'-—").removesuffix("'s")


def _agreement(corpus: Corpus) -> str:
    """Give Cohen's kappa of the two raters over words with a capital, and their number."""
    places = _capitals(corpus.talks.values())
    first, second = (
        [_kind(one, *place) for place in places] for one in (corpus, replace(corpus, second=True))
    )
    value, _, _ = kappa(first, second)
    return f"kappa {value:.2f} over {len(places)} words"


def _third_agreement(corpus: Corpus) -> str:
    """Give Cohen's kappa of the first and the third rater over words with a capital."""
    first, third = [], []
    for number, (persons, places) in THIRD.items():
        for word, before in _capitals([corpus.talks[number]]):
            low = _core(word).lower()
            first.append(_kind(corpus, word, before))
            third.append("person" if low in persons else "place" if low in places else "word")
    value, _, _ = kappa(first, third)
    unlike = sum(one != other for one, other in zip(first, third, strict=True))
    return f"kappa {value:.2f} over {len(first)} words, {unlike} marked otherwise"


def _kind(corpus: Corpus, word: str, before: str) -> str:
    """Say what a word was marked as."""
    low = _core(word).lower()
    if corpus.second and word.strip("\"'")[:1].isupper():
        persons, places, none = AGAIN[corpus.name]
        for kind, words in (("person", persons), ("place", places), ("word", none)):
            if low in words:
                return kind
    return _first(corpus, word, before)


def _first(corpus: Corpus, word: str, before: str) -> str:
    core = _core(word)
    if core[:1].isupper() and core.lower() in corpus.persons:
        return "word" if before == "of" and core == "April" else "person"  # a month of a birthday
    low = word.strip('.,?!"-—').lower()
    return "place" if core[:1].isupper() and {core.lower(), low} & corpus.places else "word"


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

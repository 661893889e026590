"""Check the coded dialogues in ``training/talks``: their form, their codes, and repeated words.

    .venv/bin/python -m training.talks_check [FOLDER]

Prints what is wrong, a line each, and then how often every code stands; ends with 1 where something
is wrong. No run of five words may stand in more than one turn in two hundred: a coder would learn
the frame and not what is said in it.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.examples import GROUP_OF

FOLDER = Path(__file__).parent / "talks"
COLUMNS = "speaker\tmain\tpresent\tkinds\ttext"
INDEX = "file\tschool\tsetting\tmanner\tpresentation\tdialect\tmode\tpunctuation"
PRESENT = GROUP_OF  # what may be in a therapist's turn, and the main code that it belongs to
MAIN = (*dict.fromkeys(PRESENT.values()), "other")
STANCES = ("change_talk", "sustain_talk", "neutral")
KINDS = {
    "therapist": (
        *("validation", "affirmation", "normalising", "check_in", "shared_goals"),
        *("autonomy_support", "self_disclosure", "confrontation", "repair", "sympathy"),
        *("understanding_cognitive", "understanding_affective", "framing", "summary", "support"),
    ),
    "client": (
        *STANCES,
        *("withdrawal_marker", "confrontation_marker", "hope", "distance"),
        *("said", "felt", "thought", "wanted"),
    ),
}
KEPT_APART = 5  # every fifth dialogue judges
FRAME = 5
TURNS_PER_FRAME = 200
SAME_FROM = 6  # words from which no two dialogues may have the same turn
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
MARKS = re.compile(r"[A-Z.,;:?!]")


@dataclass(frozen=True, slots=True)
class Turn:
    """A line of a dialogue, and where it stands."""

    where: str
    speaker: str
    main: str
    present: tuple[str, ...]
    kinds: tuple[str, ...]
    text: str

    @property
    def talk(self) -> str:
        """The file it is in."""
        return self.where.split(":")[0]

    @property
    def words(self) -> list[str]:
        """Its words, small."""
        return WORD.findall(self.text.lower())


def read(path: Path) -> Iterator[Turn | str]:
    """Give every turn of a file, or what is wrong with its line."""
    head, *rows = path.read_text("utf-8").splitlines()
    if head != COLUMNS:
        yield f"{path.name}: its first line is not {COLUMNS!r}"
    for number, row in enumerate(rows, 2):
        where, cells = f"{path.name}:{number}", row.split("\t")
        if len(cells) != 5 or not cells[4].strip():
            yield f"{where}: not five cells with a text in the last"
            continue
        speaker, main, present, kinds, text = cells
        yield Turn(where, speaker, main, tuple(present.split()), tuple(kinds.split()), text)


def talks(folder: Path = FOLDER) -> dict[str, list[Turn]]:
    """Give the turns of every dialogue, by its file; lines that are no turn are left out."""
    return {
        path.name: [line for line in read(path) if isinstance(line, Turn)]
        for path in sorted(folder.glob("[0-9]*.tsv"))
    }


def kept_apart(talk: str) -> bool:
    """Whether a dialogue judges, and nothing learns from it: every fifth."""
    return int(talk[:3]) % KEPT_APART == 0


def misfits(turn: Turn) -> Iterator[str]:
    """Say which codes of a turn cannot stand there."""
    if turn.speaker not in KINDS:
        yield f"{turn.where}: speaker {turn.speaker!r}"
        return
    for code in {*turn.kinds} - {*KINDS[turn.speaker]} | {*turn.present} - {*PRESENT}:
        yield f"{turn.where}: no such code: {code}"
    if len({*turn.kinds, *turn.present}) != len(turn.kinds) + len(turn.present):
        yield f"{turn.where}: a code stands twice"
    yield from _client(turn) if turn.speaker == "client" else _therapist(turn)


def _client(turn: Turn) -> Iterator[str]:
    if turn.main or turn.present:
        yield f"{turn.where}: codes of a therapist on a client's turn"
    if sum(code in STANCES for code in turn.kinds) != 1:
        yield f"{turn.where}: not exactly one of {', '.join(STANCES)}"


def _therapist(turn: Turn) -> Iterator[str]:
    groups = {PRESENT.get(code, "") for code in turn.present}
    if turn.main not in MAIN:
        yield f"{turn.where}: no such main code: {turn.main!r}"
    elif turn.main != "other" and turn.main not in groups:
        yield f"{turn.where}: mainly {turn.main}, and nothing of it is present"


def listed(folder: Path) -> dict[str, str]:
    """Give the punctuation of every file in the index."""
    head, *rows = (folder / "index.tsv").read_text("utf-8").splitlines()
    cells = [row.split("\t") for row in rows]
    if head != INDEX or any(len(row) != 8 for row in cells):
        raise SystemExit("index.tsv is not in its form")
    return {row[0]: row[7] for row in cells}


def strays(folder: Path) -> Iterator[str]:
    """Say where the index and the files do not agree."""
    index = listed(folder)
    files = {path.name: path for path in folder.glob("[0-9]*.tsv")}
    for name in sorted({*files} ^ {*index}):
        yield f"{name}: in the index or in the folder alone"
    for name, marks in index.items():
        if marks not in ("full", "sparse", "none"):
            yield f"{name}: punctuation {marks!r}"
        elif marks == "none" and name in files:
            texts = (row.rpartition("\t")[2] for row in files[name].read_text("utf-8").split("\n"))
            for text in filter(MARKS.search, texts):
                yield f"{name}: is said to have no capitals or marks: {text[:60]}"


def frames(turns: list[Turn]) -> dict[str, list[Turn]]:
    """Give the turns that every run of five words stands in."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        words = turn.words
        runs = (words[n : n + FRAME] for n in range(len(words) - FRAME + 1))
        for run in dict.fromkeys(" ".join(run) for run in runs):
            found[run].append(turn)
    return found


def repeated(turns: list[Turn]) -> Iterator[str]:
    """Say which runs of five words stand too often, and which turns two dialogues share."""
    most = max(1, len(turns) // TURNS_PER_FRAME)
    for run, among in frames(turns).items():
        if len(among) > most:
            yield f"{run!r} stands in {len(among)} turns, {among[0].where} among them"
    same: dict[str, Turn] = {}
    for turn in turns:
        first = same.setdefault(" ".join(turn.words), turn)
        if len(turn.words) >= SAME_FROM and first.talk != turn.talk:
            yield f"{turn.where}: the same words as {first.where}"


def shared(turns: list[Turn]) -> set[str]:
    """Give the turns that share any five words in a row with a turn of another dialogue."""
    return {
        turn.where
        for among in frames(turns).values()
        if len({turn.talk for turn in among}) > 1
        for turn in among
    }


def counts(turns: list[Turn]) -> Iterator[str]:
    """Say how often every code stands."""
    for speaker in KINDS:
        mine = [turn for turn in turns if turn.speaker == speaker]
        yield f"{speaker}: {len(mine)} turns"
        for name, of in (
            ("main", Counter(turn.main for turn in mine if turn.main)),
            ("present", Counter(code for turn in mine for code in turn.present)),
            ("kinds", Counter(code for turn in mine for code in turn.kinds)),
        ):
            for code, n in of.most_common():
                yield f"  {name:8} {code:24} {n:5} {n / len(mine):6.1%}"


def check(folder: Path = FOLDER) -> tuple[list[str], list[Turn]]:
    """Give what is wrong with the dialogues of a folder, and their turns."""
    lines = [line for path in sorted(folder.glob("[0-9]*.tsv")) for line in read(path)]
    turns = [line for line in lines if isinstance(line, Turn)]
    wrong = [line for line in lines if isinstance(line, str)]
    wrong += [misfit for turn in turns for misfit in misfits(turn)]
    return [*wrong, *strays(folder), *repeated(turns)], turns


def main(folder: Path = FOLDER) -> int:
    """Print what is wrong, the counts, and how much is shared; 1 where something is wrong."""
    wrong, turns = check(folder)
    print(*wrong, *counts(turns), sep="\n")
    run, among = max(frames(turns).items(), key=lambda item: len(item[1]))
    print(f"most repeated run of {FRAME} words: {run!r}, in {len(among)} of {len(turns)} turns")
    share = len(shared(turns)) / len(turns)
    print(f"turns that share any run with a turn of another dialogue: {share:.1%}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))

"""How often the German rules are right, on turns written and coded for it.

    .venv/bin/python -m benchmarks.listening.german [--write]

The turns are invented. A first set (``benchmarks/listening/german_turns.toml``) showed what the
rules confused, and they were changed by it; a second one (``german_second.toml``), written and
coded before that and left alone since, says how often they are right. ``--write`` also keeps
what the product says of the rules (`prosody.listening.judged`), which is of the second set.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.listening.kinds import share
from benchmarks.shared import records
from benchmarks.shared.records import Found, Page, Table
from diarize.runtime.atomic import sha256_of
from prosody.listening import behaviours, judged
from prosody.listening.coder import code
from prosody.rules import SHIPPED
from prosody.rules.language import Rules, load
from prosody.settings import Reading

LEARNED = Path(__file__).with_name("german_turns.toml")
TURNS = Path(__file__).with_name("german_second.toml")
KEPT = Path(judged.__file__).with_name("judged.toml")
SUGGESTED = "suggested"
RULES = SHIPPED / "de.toml"
_LINE = re.compile(r"(?:T \[(?P<codes>[a-z_, ]*)\]|K): (?P<text>.+)")


@dataclass(frozen=True)
class Judged:
    """One therapist's turn: what it is coded as, and what was suggested, the main one first."""

    coded: tuple[str, ...]
    said: tuple[str, ...]


def talks(path: Path = TURNS) -> list[list[tuple[tuple[str, ...] | None, str]]]:
    """Give the turns of every talk: the codes (None of a client's turn) and the words."""
    return [_turns(talk["turns"]) for talk in tomllib.loads(path.read_text("utf-8"))["talk"]]


def _turns(text: str) -> list[tuple[tuple[str, ...] | None, str]]:
    out: list[tuple[tuple[str, ...] | None, str]] = []
    for line in text.strip().splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"neither a therapist's turn with codes nor a client's: {line}")
        codes = found["codes"]
        own = None if codes is None else tuple(re.findall("[a-z_]+", codes))
        out.append((own, found["text"]))
    return out


def judge(path: Path = TURNS, *, experimental: bool) -> list[Judged]:
    """Read every talk by the rules, with the kinds on trial or without."""
    out = []
    for talk in talks(path):
        turns = [("client" if own is None else "therapist", text) for own, text in talk]
        found = code(turns, language="de", limits=Reading(experimental=experimental))
        for (own, _), one in zip(talk, found, strict=True):
            if own is not None:
                out.append(Judged(own, tuple(b.kind for b in one.behaviours)))
    return out


def counts(rows: Sequence[Judged], kind: str) -> tuple[int, int, int]:
    """Give how many turns are coded as a kind, suggested as it, and both."""
    coded = [kind in row.coded for row in rows]
    said = [kind in row.said for row in rows]
    return sum(coded), sum(said), sum(c and s for c, s in zip(coded, said, strict=True))


def _kinds() -> tuple[list[str], list[str]]:
    """Give the kinds that German words may be suggested as: unasked, and only where asked for."""
    rules = load("de")
    own = [row for row in behaviours.of("therapist") if _looked_for(row, rules)]
    return [r.kind for r in own if not r.on_trial], [r.kind for r in own if r.on_trial]


def _looked_for(row: behaviours.Behaviour, rules: Rules) -> bool:
    return row.reads is not None and any(name in rules.phrases for name in row.sections)


def _rows(rows: Sequence[Judged], kinds: Sequence[str], shown: str) -> list[list[str]]:
    out = []
    for kind in kinds:
        coded, said, right = counts(rows, kind)
        cells = (_cell(right, said), _cell(right, coded))
        out.append([f"`{kind}`", shown, str(coded), str(said), str(right), *cells])
    return out


def _cell(part: int, whole: int) -> str:
    return "{:.2f} ({:.2f} to {:.2f})".format(*share(part, whole)) if whole else "–"


def plain(record: Mapping[str, Any]) -> str:
    """Write what the product says of the rules, of what was found and kept."""
    words = record["words"]
    lines = [
        "# Written by `python -m benchmarks.listening.german --write`: turns somebody invented.",
        "[de]",
        f'rules_sha256 = "{words["rules"]}"',
        f"talks = {words['talks']}",
        f"turns = {words['turns']}",
    ]
    for kind, shown, coded, said, right, *_ in record["tables"]["found"]["rows"]:
        if shown == SUGGESTED:
            lines += ["", "[[de.kind]]", f'kind = "{kind.strip("`")}"', f"coded = {coded}"]
            lines += [f"said = {said}", f"right = {right}"]
    return "\n".join([*lines, ""])


TEXT = """\
# Listening from German words

`python -m benchmarks.listening.german --write`, {made}

{turns} therapist turns of {talks} invented talks, no two of one style: a clinic, counselling for
students and for relatives, a couple, a general practice, young people, therapy, a chat without
marks; *Sie* and *du*; a Swiss one. One person wrote them and coded them by
[what each behaviour is](../listening.md), after reading the German rules, before these were changed
and before their mistakes on the first set were looked at. The turns and their codes were not
changed after that, nor the rules after their mistakes here were seen.

What this shows and what it does not: nobody spoke these sentences, author and coder are one
person, so there is no agreement to compare with, and a written talk is tidier than a spoken one.
Intervals are 95 % (Wilson) and take turns for independent; turns of one talk are alike, so they are
too narrow. Where fewer than twenty turns are coded, a figure says little. No German session with
codes of other people was at hand; in one, expect less.

{found}

*Suggested* kinds are so unasked, *on trial* only with `--experimental`. A turn may have several
codes; precision is the share of suggestions that are coded so, recall the share of coded turns that
were found. The main behaviour of a turn (none counts as one) is the coder's in {main}.

Kinds that are not in the table are not looked for in German: {beyond} codes are of such kinds.

## The first set

{learned_turns} turns of {learned_talks} other talks, by an author who had not read the rules.
On them the rules as they were gave 100 reflections, of which 51 were right (0.51), and on the
second set 78, of which 36 were (0.46). What they had taken for a reflection was told apart by
kind: plain facts (a statement now needs the client, or the client's words), questions by a
preposition or by their mark alone, requests in the formal imperative, apologies, thanks and the
therapist's own doings. The rules were changed by these turns, so this table is too favourable;
the one above is not.

{learned}
"""


def _table(path: Path, plainly: Sequence[Judged]) -> Table:
    shown, trial = _kinds()
    asked = judge(path, experimental=True)
    head = ("behaviour", "", "coded", "suggested", "right", "precision", "recall")
    return Table(head, [*_rows(plainly, shown, SUGGESTED), *_rows(asked, trial, "on trial")])


def find() -> Found:
    """Judge the rules on everything."""
    plainly, known = judge(experimental=False), {kind for some in _kinds() for kind in some}
    same = sum(row.coded[:1] == row.said[:1] for row in plainly)
    codes = [kind for row in plainly for kind in row.coded]
    first = talks(LEARNED)
    words = {
        "rules": sha256_of(RULES),
        "turns": str(len(plainly)),
        "talks": str(len(talks())),
        "main": f"{same} of {len(plainly)} turns: {_cell(same, len(plainly))}",
        "beyond": f"{sum(kind not in known for kind in codes)} of {len(codes)}",
        "learned_talks": str(len(first)),
        "learned_turns": str(sum(own is not None for talk in first for own, _ in talk)),
    }
    learned = _table(LEARNED, judge(LEARNED, experimental=False))
    tables = {"found": _table(TURNS, plainly), "learned": learned}
    return Found(tables, words, [TURNS, LEARNED])


PAGE = Page("listening-german", TEXT, (TURNS, LEARNED), find, {"docs/listening.md": ("found",)})


def documents() -> dict[Path, str]:
    """Give every document that shows what was found, and what the product reads of it."""
    record = records.kept(PAGE.record)
    return {**records.documents(PAGE, record), KEPT: plain(record)}


def write() -> None:
    """Find everything anew and keep it, also where the product reads it."""
    records.write(PAGE)
    KEPT.write_text(documents()[KEPT], "utf-8")


if __name__ == "__main__":
    records.main(PAGE, keep=write)

"""How often the kinds known by single sentences are right: precision and recall per source.

Run:  python -m benchmarks.listening.kinds [--write]

Sources:

* ``mi_gold`` (anuradha1992/Boosting-with-MI-Strategy, CC BY-NC-SA 3.0; measured on, nothing learned
  from it): single typed sentences, one of 15 codes each. A sentence that shows two things bears one
  code, so precision is understated. Every second sentence of each code was looked at while chances
  were chosen; the others never were and stand as a source of their own.
* ``AnnoMI`` (development part): turns whose input most annotators call negotiation.
* ``own dialogues`` (training/talks): every fifth one, which nothing was learned from and nobody
  read while the rules were made. Their author wrote what was learned from too: no stranger.

``--write`` keeps the figures where the product reads them (`prosody.listening.measured`) and puts
the table between its marks in docs/listening.md.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.listening import client_talk
from benchmarks.listening.annomi import CSV, by_transcript, read
from benchmarks.listening.other_words import CLIENT
from benchmarks.listening.provenance import keep, provenance
from benchmarks.shared.corpora import PROJECT, TEXTS
from benchmarks.shared.provenance import between, sha_of_all
from diarize.runtime.atomic import sha256_of
from prosody.intervals import wilson
from prosody.listening import behaviours, measured
from prosody.listening.coder import coded
from prosody.listening.measured import Figure
from prosody.listening.sentences import Said
from prosody.rules import SHIPPED
from prosody.rules.language import Rules, load, tokens
from prosody.settings import Reading
from training.talks_check import kept_apart, talks

GOLD = TEXTS / "mi_gold.dev.csv"
_GOLD = "Boosting-with-MI-Strategy"  # as readers know it
GUIDE = PROJECT / "docs" / "listening.md"
RECORD = PROJECT / "docs" / "benchmarks" / "kinds.json"  # what the figures rest on
KEPT = Path(measured.__file__).with_name("measured.toml")
ASKED = Reading(experimental=True)
# What the codes of a stranger are called here; what has no counterpart there cannot be judged.
IN_GOLD = {
    "validation": ("Support",),
    "affirmation": ("Affirm",),
    "self_disclosure": ("Self-Disclose",),
    "autonomy_support": ("Emphasize Autonomy",),
    "confrontation": ("Confront", "Warn"),
}
# Codes of our own dialogues that count for a kind, where not its own name.
IN_TALKS = {"validation": ("validation", "support", "sympathy")}


@dataclass(frozen=True)
class Judged:
    """One sentence or turn: what it is coded as, in our kinds, and what was suggested."""

    coded: frozenset[str]
    said: frozenset[str]


def gold(rules: Rules, path: Path = GOLD) -> tuple[list[Judged], list[Judged]]:
    """Give every sentence, and those that were never looked at."""
    judged: list[Judged] = []
    apart: list[Judged] = []
    seen: dict[str, int] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["code"]
            own = frozenset(kind for kind, codes in IN_GOLD.items() if code in codes)
            turns = [_said("client", CLIENT, rules), _said("therapist", row["text"], rules)]
            one = Judged(own, _kinds(turns, rules)[1])
            judged.append(one)
            seen[code] = seen.get(code, 0) + 1
            if seen[code] % 2 == 0:
                apart.append(one)
    return judged, apart


def annomi(rules: Rules) -> list[Judged]:
    """Give the therapist's turns of AnnoMI, by what their input is called."""
    out = []
    for own in by_transcript(read(CSV)).values():
        found = _kinds([_said(turn.role, turn.text, rules) for turn in own], rules)
        for turn, said in zip(own, found, strict=True):
            if turn.role == "therapist":
                agreed = turn.told == "negotiation"
                out.append(Judged(frozenset(("shared_goals",) if agreed else ()), said))
    return out


def talks_apart(rules: Rules) -> list[Judged]:
    """Give the turns of our own dialogues that were kept apart."""
    out = []
    for own in (turns for name, turns in talks().items() if kept_apart(name)):
        found = _kinds([_said(t.speaker, t.text, rules) for t in own], rules)
        for turn, said in zip(own, found, strict=True):
            kinds = behaviours.of(turn.speaker)
            names = {r.kind: IN_TALKS.get(r.kind, (r.kind,)) for r in kinds if r.on_trial}
            held = (kind for kind, codes in names.items() if not {*codes}.isdisjoint(turn.kinds))
            out.append(Judged(frozenset(held), said))
    return out


def _said(role: str, text: str, rules: Rules) -> Said:
    return Said(role, text, tokens(text, rules))


def _kinds(turns: list[Said], rules: Rules) -> list[frozenset[str]]:
    return [frozenset(b.kind for b in c.behaviours) for c in coded(turns, rules, ASKED)]


def judge(
    source: str, judged: Iterable[Judged], kinds: Iterable[str], *, stranger: bool, read: str
) -> Iterator[Figure]:
    """Give the figure of each kind on one source."""
    rows = list(judged)
    for kind in kinds:
        has = [kind in j.coded for j in rows]
        said = [kind in j.said for j in rows]
        right = sum(h and s for h, s in zip(has, said, strict=True))
        yield Figure(
            kind, source, stranger, read, sum(has), sum(said), right,
            share(right, sum(said)), share(right, sum(has)),
        )  # fmt: skip


def share(part: int, whole: int) -> tuple[float, float, float]:
    """Give a share with its 95 % interval (Wilson); zeros where there is nothing to share."""
    if not whole:
        return 0.0, 0.0, 0.0
    low, high = wilson(part / whole, whole)
    return round(part / whole, 3), round(low, 3), round(high, 3)


def figures(sides: Iterable[Judged] = ()) -> list[Figure]:
    """Judge every source that is there; `sides` are AnnoMI's clients, as the program reads them."""
    rules = load("en")
    rows = [row for row in behaviours.table() if row.on_trial]
    trial = [row.kind for row in rows if not row.interviewing]
    by_coder = [row.kind for row in rows if row.interviewing]  # which learned from our dialogues
    out = list(judge("AnnoMI", sides, by_coder, stranger=True, read="all") if sides else ())
    if GOLD.is_file():
        everything, apart = gold(rules)
        out += judge(_GOLD, everything, IN_GOLD, stranger=True, read="half")
        out += judge(f"{_GOLD}, unread half", apart, IN_GOLD, stranger=True, read="none")
        out += judge("AnnoMI", annomi(rules), ("shared_goals",), stranger=True, read="all")
    out += judge("own dialogues", talks_apart(rules), trial, stranger=False, read="none")
    return sorted(out, key=lambda f: behaviours.order(f.kind))


def find() -> tuple[list[Figure], tuple[float, float, float]]:
    """Judge every source, and by how much what reads clients leads a bag of words."""
    turns = client_talk.read()
    said = client_talk.by_program(turns)
    coded = [turn.code for turn in turns if turn.role == "client"]
    return figures(list(map(_sided, coded, said))), client_talk.lead(turns, said)


def _sided(code: str, said: client_talk.Sure) -> Judged:
    each = (f"{one}_talk" for one in (code, said[0]))
    both = (frozenset({kind} & {"change_talk", "sustain_talk"}) for kind in each)
    return Judged(*both)


def table(found: Iterable[Figure]) -> str:
    """Write the figures for docs/listening.md, in Markdown."""
    lines = [
        "| kind | source | coded | suggested | precision | recall |",
        "|---|---|---|---|---|---|",
    ]
    for f in found:
        row = behaviours.named(f.kind)
        shown = "experimental" if row.on_trial and not measured.holds(f.kind) else "**suggested**"
        lines.append(
            f"| `{f.kind}`, {shown} | {f.source} | {f.coded} | {f.said} "
            f"| {_share(f.precision, f.said)} | {_share(f.recall, f.coded)} |"
        )
    return "\n".join(lines)


def misses(found: Iterable[Figure], limits: Reading = ASKED) -> str:
    """Say of every kind that strangers coded which of the aims it misses, and by what figures."""
    lines = [
        f"| kind | source | coded (aim {limits.least_coded}) | "
        f"precision (aim {limits.least_precision:.2f}) | recall (aim {limits.least_recall:.2f}) |",
        "|---|---|---|---|---|",
    ]
    for f in (f for f in found if f.stranger):
        whole = f.read != "none"  # a half has half the cases
        cells = [
            (str(f.coded), whole and f.coded < limits.least_coded),
            (_share(f.precision, f.said), f.precision[0] < limits.least_precision),
            (_share(f.recall, f.coded), f.recall[0] < limits.least_recall),
        ]
        told = (f"**{text}**" if missed else text for text, missed in cells)
        lines.append(f"| `{f.kind}` | {f.source} | {' | '.join(told)} |")
    return "\n".join(lines)


def _share(value: tuple[float, float, float], of: int) -> str:
    return "{:.2f} ({:.2f} to {:.2f})".format(*value) if of else "–"


def _weights() -> str:
    return sha_of_all([SHIPPED / "en.kinds.toml", SHIPPED / "en.kinds.npz"])


def plain(found: Iterable[Figure], lead: Sequence[float]) -> str:
    """Write the figures as the product keeps them; `lead` is that of what reads clients."""
    lines = [
        "# Written by `python -m benchmarks.listening.kinds --write`; see there for the sources.",
        f'date = "{datetime.now(UTC).date()}"',
        f'weights_sha256 = "{_weights()}"',
        f'mi_gold_sha256 = "{sha256_of(GOLD)}"',
    ]
    own = [row.kind for row in behaviours.table() if row.interviewing]
    lines += ["", "[beside_words]", *(f"{kind} = {list(lead)}" for kind in own)]
    for f in found:
        lines += [
            "",
            "[[figure]]",
            f'kind = "{f.kind}"',
            f'source = "{f.source}"',
            f"stranger = {str(f.stranger).lower()}",
            f'read = "{f.read}"',
            f"coded = {f.coded}",
            f"said = {f.said}",
            f"right = {f.right}",
            f"precision = [{', '.join(map(str, f.precision))}]",
            f"recall = [{', '.join(map(str, f.recall))}]",
        ]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and keep it where asked."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--write", action="store_true", help="keep the figures")
    given, (found, lead) = parser.parse_args(arguments), find()
    if given.write:
        KEPT.write_text(plain(found, lead), "utf-8")
        keep(RECORD, provenance(find, GOLD, CSV))
        for path, text in documents(found).items():
            path.write_text(text, "utf-8")
    print(table(found))


def documents(found: Sequence[Figure] | None = None) -> dict[Path, str]:
    """Give the guide as it has to be, for what was found or what the product keeps."""
    found = measured.figures() if found is None else found
    text = between(GUIDE.read_text("utf-8"), "kinds", table(found))
    return {GUIDE: between(text, "kinds: misses", misses(found))}


if __name__ == "__main__":
    main()

"""The pages made of the figures of `benchmarks.listening.trained`: nothing in them is typed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.shared.corpora import PROJECT
from benchmarks.shared.provenance import between
from benchmarks.shared.records import OLDER

__all__ = ["DIAGRAM", "PAGE", "RECORD", "page", "pages"]

FOLDER = PROJECT / "docs" / "benchmarks"
RECORD, PAGE, DIAGRAM = (FOLDER / f"coder{end}" for end in (".json", ".md", "-reliability.svg"))
GUIDE = PROJECT / "docs" / "listening.md"
COMMAND = "python -m benchmarks.listening.trained --write"
CODERS = ("coder", "rules alone", "bag of words")
Made = Mapping[str, Any]

_HEAD = """# The trained coder, judged on other people's talks

```
{command}
```

Coder (what ships: rules and network together), rules alone, and a bag of words (words and their
pairs, logistic regression) that learned from the dialogues the coder learned from
(`training/talks`), judged on the development part of AnnoMI, of which nothing was used to train.
The rules were written while 51 of its 65 transcripts were read, and how the two are weighed was
chosen in round numbers by looking at all 65; *unread* are the 14 whose errors nobody had read by
then (twenty, of five of them, were looked at later; no rule was changed after that).
Intervals: 95 %, drawing whole transcripts; leads are paired. A lead whose interval lies above 0 is
more than chance.

{on}; code, rules and weights {code}, transcripts {data}.{since}"""

_MARKS = """\
{gone} questions found with marks are not found without. Of {mark} of them nothing but the mark says
that they ask (“You felt isolated?”). A coder that found every other question, and called nothing
else one, would reach F1 {most:.3f} without marks."""
_PERSONS = """\
All but {several} of these questions were coded by one person. What most people say agrees with one
of them in {most:.3f}: a coder that always said what most people say could be expected to reach no
more. People differ in what they call open; of the transcripts that each coded alone:

| person | transcripts | questions | open, the person | open, coder | agree |"""
_FITTED = """\
By transcript, of those with ten questions and more, the share of open ones lies from {least:.2f} to
{most:.2f} in the middle four fifths. A classifier fitted to the questions of the other transcripts
(their words, and what the coder says) reaches {accuracy:.3f}: no more is in the words alone. Where
a turn asks several questions in different ways, the last one counts, as it mostly does for
people."""


def pages(made: Made) -> dict[Path, str]:
    """Give every page that is made of the figures, by its file."""
    guide = GUIDE.read_text("utf-8")
    return {
        PAGE: page(made),
        DIAGRAM: diagram(made["conditions"]["As transcribed"]["reliability"]),
        GUIDE: between(guide, "coder", "\n".join(_short(made))),
    }


def page(made: Made) -> str:
    """Write docs/benchmarks/coder.md."""
    by = made["made"]
    (data,) = by["data"].values()
    hashes = {"code": by["code"][:12], "data": data[:12]}
    hashes["since"] = f" {OLDER}" if by.get("older") else ""
    parts = [_HEAD.format(command=COMMAND, on=by["on"], **hashes), ""]
    for title, found in made["conditions"].items():
        parts += [f"## {title}", ""]
        parts += [f"{found['turns']} therapist turns, {found['transcripts']} transcripts.", ""]
        parts += [*_figures(found), "", *_reliability(found["reliability"]), ""]
    parts += [f"![Said against right]({DIAGRAM.name})", "", *_beside(made)]
    return "\n".join([*parts, ""])


def _figures(found: Made) -> Iterator[str]:
    yield f"| | {' | '.join(CODERS)} | coder, unread | coder over bag of words |"
    yield "|---" * (len(CODERS) + 3) + "|"
    for name, row in found["figures"].items():
        cells = [_around(row.get(coder)) for coder in CODERS]
        alone = found["unread"].get(name)
        cells += ["–" if alone is None else f"{alone:.3f}", _around(row.get("lead"), "+")]
        yield f"| {name} | {' | '.join(cells)} |"


def _around(value: Sequence[float] | None, sign: str = "") -> str:
    if value is None:
        return "–"
    middle, low, high = (f"{v:{sign}.3f}" for v in value)
    return f"{middle} ({low} to {high})"


def _reliability(rows: Sequence[Made]) -> Iterator[str]:
    yield "| suggested | said, mean | right | n | unread: said | right | n |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        apart = row["apart"]
        cells = [row["group"], f"{row['said']:.2f}"]
        cells += [f"{row['right']:.2f} ({row['low']:.2f} to {row['high']:.2f})", str(row["n"])]
        cells += [f"{apart[k]:.2f}" for k in ("said", "right")] if apart else ["–", "–"]
        yield f"| {' | '.join([*cells, str(apart['n']) if apart else '0'])} |"


def _beside(made: Made) -> Iterator[str]:
    yield from ("## Without marks", "", "| | lost without marks and capitals |", "|---|---|")
    lost = made["lost without marks"]
    for name, value in lost["figures"].items():
        yield f"| {name} | {_around(value, '+')} |"
    yield from ("", _MARKS.format(**lost["questions"]))
    yield from ("", "## Beside people", "")
    human, value = made["people"], _value(made, "macro-F1 of four")
    yield f"One person against the majority of the others: macro-F1 {human['main macro-F1']:.3f}"
    share = value / human["main macro-F1"]
    yield f"({human['judgements']} judgements); the coder reaches {share:.0%} of that."
    yield from ("", "## Open or closed", "", *_openness(made["open or closed"]))


def _openness(found: Made) -> Iterator[str]:
    """Set the coder beside people on open and closed questions."""
    yield "| questions that both call one; open or closed | agreement | n |"
    yield "|---|---|---|"
    lavish = ", ".join(found["lavish"])
    without = f" (without person {lavish})"
    several, others = found["coder, several"], found["people, without"]
    for name, own, of in (
        ("coder, one person", found["coder"], "questions"),
        (f"coder, one person{without}", found["coder, without"], "questions"),
        ("coder, most of ten people", several, "questions"),
        ("one person, most of the others", found["people"]["most"], "judgements"),
        (f"one person, most of the others{without}", others["most"], "judgements"),
        ("two people", found["people"]["two"], "pairs"),
        (f"two people{without}", others["two"], "pairs"),
    ):
        inside = "questions" if of != "questions" else "transcripts"
        n = f"{own['n']} {of}, {own['groups']} {inside}"
        yield f"| {name} | {_around(own['share'])} | {n} |"
    yield from ("", _PERSONS.format(several=several["n"], most=found["people"]["most"]["share"][0]))
    yield "|---|---|---|---|---|---|"
    for row in found["by coder"]:
        shares = " | ".join(f"{row[name]:.2f}" for name in ("people", "said", "right"))
        yield f"| {row['coder']} | {row['talks']} | {row['questions']} | {shares} |"
    yield from ("", _FITTED.format(**found["fitted"]))


def _value(made: Made, name: str) -> float:
    return float(made["conditions"]["As transcribed"]["figures"][name]["coder"][0])


def _short(made: Made) -> Iterator[str]:
    """Write the table of docs/listening.md."""
    marked, bare = made["conditions"].values()
    yield f"{marked['turns']} turns of {marked['transcripts']} transcripts, {made['made']['on']}."
    yield ""
    yield "| | coder | over a bag of words | rules alone | without marks |"
    yield "|---|---|---|---|---|"
    for name, row in marked["figures"].items():
        cells = [_around(row.get("coder")), _around(row.get("lead"), "+")]
        cells += [_around(row.get("rules alone")), _around(bare["figures"][name].get("coder"))]
        yield f"| {name} | {' | '.join(cells)} |"


_SIDE, _EDGE = 300, 40
_DOT = {"question": "#1b6ca8", "reflection": "#b3541e", "therapist_input": "#4a7c59"}


def diagram(rows: Sequence[Made]) -> str:
    """Draw what was said against what was right; bars are 95 % intervals."""

    def at(value: float, *, up: bool = False) -> float:
        return round(_EDGE + _SIDE * ((1 - value) if up else value), 1)

    whole, frame = _SIDE + 2 * _EDGE, f'width="{_SIDE}" height="{_SIDE}" fill="none"'
    across = f'x1="{at(0)}" y1="{at(0, up=True)}" x2="{at(1)}" y2="{at(1, up=True)}"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole + 130} {whole}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect x="{_EDGE}" y="{_EDGE}" {frame} stroke="#888"/>',
        f'<line {across} stroke="#aaa"/>',
        f'<text x="{at(0.5)}" y="{whole - 8}" text-anchor="middle">said</text>',
        f'<text x="8" y="{at(0.5, up=True)}">right</text>',
    ]
    for row in rows:
        x, colour = at(row["said"]), _DOT[row["group"]]
        ends = f'y1="{at(row["low"], up=True)}" y2="{at(row["high"], up=True)}"'
        out.append(f'<line x1="{x}" x2="{x}" {ends} stroke="{colour}" stroke-opacity=".4"/>')
        out.append(f'<circle cx="{x}" cy="{at(row["right"], up=True)}" r="4" fill="{colour}"/>')
    for n, (group, colour) in enumerate(_DOT.items()):
        y = _EDGE + 14 + 18 * n
        out.append(f'<circle cx="{whole}" cy="{y - 4}" r="4" fill="{colour}"/>')
        out.append(f'<text x="{whole + 10}" y="{y}">{group}</text>')
    return "\n".join([*out, "</svg>", ""])

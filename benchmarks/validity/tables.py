"""What the parts found, as tables of the page and of the documents that show them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.shared.records import Table

__all__ = ["tables", "words"]

Row = Mapping[str, Any]
SETS = {
    "so762": "read English, second-language speakers",
    "vap": "synthetic questions, aligned",
    "acoustic": "one monologue with fast and slow parts",
}
SHOWN = ("index", "quietness", "softness", "slowness", "steadiness", "pitch_range", "pitch_lift",
         "upper_pitch")  # fmt: skip
MOVED = ("quietness", "softness", "slowness", "steadiness", "pitch_range", "pitch_lift",
         "upper_pitch", "fit", "index", "activation", "withheld")  # fmt: skip
ERRORS = {"boundaries": "boundaries jittered", "backchannels": "backchannels missed",
          "words": "words wrong"}  # fmt: skip


def number(value: Any, form: str = ".2f") -> str:
    """Write a number, a word as it is, and a dash for nothing."""
    if value is None or value != value:
        return "–"
    return format(value, form) if isinstance(value, (int, float)) else str(value)


def around(found: Row | None, name: str) -> str:
    """Write an estimate with its interval; a dash for nothing."""
    if not found or name not in found:
        return "–"
    return f"{found[name]:.2f} [{found['low']:.2f}, {found['high']:.2f}]"


def _rate(found: Row) -> Table:
    rows = []
    for key, name in SETS.items():
        if row := found.get(key):
            cells = [[number(row[f"{how} {what}"]) for what in _WHAT] for how in _HOW]
            rows.append([name, number(row["n"], "d"), *(cell for own in cells for cell in own)])
    head = [f"{how}: {what}" for how in ("transcript", "audio") for what in _WHAT]
    return Table(["material", "n", *head], rows)


_HOW = ("written", "heard")
_WHAT = ("syllables, error %", "syllables, bias %", "rate, error syl/s", "rate, r")


def _fast_slow(found: Row) -> Table:
    names = ["same sentence fast", "same sentence slow"]
    what = ("articulation rate, heard", "speech rate, heard")
    return Table(
        ["", "without pauses, syl/s", "with pauses, syl/s"],
        [[name, *(number(found[name][w]) for w in what)] for name in names if name in found],
    )


def _errors(*families: str) -> Callable[[Row], Table]:
    def make(found: Row) -> Table:
        rows = [
            [f"`{cue}` {rest}", number(row.get("typical")), *(number(row[e]) for e in ERRORS)]
            for key, row in found.items()
            for cue, _, rest in [key.partition(" ")]
            if key.startswith(families)
        ]
        return Table(["measure", "typical size", *ERRORS.values()], rows)

    return make


def _acted(found: Row) -> Table:
    rows = [
        [pair, number(names["index"].get("n"), "d"), *(around(names.get(n), "auc") for n in SHOWN)]
        for pair, names in found["auc"].items()
    ]
    return Table(["pair", "n", *(name.replace("_", " ") for name in SHOWN)], rows)


def _rated(found: Row) -> Table:
    head = ["", *(f"{name} ({found[sex]['speakers']})" for sex, name in _SEXES.items())]
    rows = [
        [name.replace("_", " "), *(around(found[sex].get(name), "rho") for sex in _SEXES)]
        for name in SHOWN
    ]
    return Table(head, rows)


_SEXES = {"female": "women", "male": "men"}


def _edits(found: Row) -> Table:
    def rows() -> Iterator[list[str]]:
        labels = dict.fromkeys(label for by in found.values() for label in by)
        for label in labels:
            for material, by in found.items():
                if label in by:
                    cells = [number(by[label].get(name), "+.1f") for name in MOVED]
                    yield [label, material, *cells]

    return Table(["edit", "voice", *(name.replace("_", " ") for name in MOVED)], list(rows()))


def _edits_brief(found: Row) -> Table:
    """Give, per edit of turns, the least and the greatest mean change over the voices."""
    labels = dict.fromkeys(label for by in found.values() for label in by)
    rows = []
    for label in (name for name in labels if not name.startswith("whole file")):
        each = [[by[label].get(name) for by in found.values() if label in by] for name in MOVED]
        rows.append([label, *map(_span, each)])
    return Table(["edit", *(name.replace("_", " ") for name in MOVED)], rows)


def _span(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    low, high = f"{min(known):+.1f}", f"{max(known):+.1f}"
    return low if low == high else f"{low} to {high}"


def _halves(found: Row) -> Table:
    what = ("splits", "mean", "spread (SD)")
    rows = [[key, *(number(row[w], ".2f" if w != "splits" else "d") for w in what)]
            for key, row in found.items()]  # fmt: skip
    return Table(["weights", *what], rows)


def _activation(found: Row) -> Table:
    rows = [
        [pair, name, around(row, "auc"), number(row.get("least"))]
        for pair, names in found["auc"].items()
        for name, row in names.items()
    ]
    return Table(["pair", "rating", "share of pairs in order", "least of the speakers"], rows)


def _written(found: Row) -> Table:
    what = ("running words", "running words that agree, %", "total, %")
    rows = [[name, *(number(row[w], "," if w == what[0] else ".1f") for w in what)]
            for name, row in found.items() if isinstance(row, dict)]  # fmt: skip
    return Table(["transcripts", *what], rows)


_MADE: Mapping[str, tuple[str, Callable[[Row], Table]]] = {
    "rate": ("rate", _rate),
    "fast_slow": ("rate", _fast_slow),
    "written": ("written", _written),
    "pace_errors": ("errors", _errors("pace.")),
    "voice_errors": ("errors", _errors("voice.", "warmth.", "activation.")),
    "edits": ("edits", _edits),
    "edits_brief": ("edits", _edits_brief),
    "acted": ("acted", _acted),
    "activation": ("activation", _activation),
    "rated": ("rated", _rated),
    "halves": ("halves", _halves),
}


def tables(found: Mapping[str, Row]) -> dict[str, Table]:
    """Give every table by its name."""
    return {name: make(found[part]) for name, (part, make) in _MADE.items()}


def words(found: Mapping[str, Row]) -> dict[str, str]:
    """Give what the page says beside the tables."""
    alike = found["activation"]["rank correlation"]
    told = (f"{what}: rho {row['mean']:.2f} (least {row['least']:.2f})"
            for what, row in alike.items())  # fmt: skip
    lost = sum(
        int(row[f"{e}: lost"].split()[0]) for row in found["errors"].values() for e in ERRORS
    )
    return {
        "speakers": str(found["acted"]["speakers"]),
        "utterances": str(found["acted"]["utterances"]),
        "alike": "; ".join(told),
        "withheld": str(found["activation"]["speakers on whom the gate withholds it"]),
        "lost": str(lost),
    }

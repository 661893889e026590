"""What a report says, small enough to be compared by eye and kept as a golden file.

Conventions
-----------
`compact` takes report.json as it is read (a dictionary) and gives sections of rows; a row is a
number, a string or a flat list. `written` writes one row a line, so that a change of the product
shows as changed lines. `differences` compares numbers within TOLERANCE, what is measured of voices
within OF_VOICES, all else exactly.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

TOLERANCE = 2e-4  # values are rounded to 0.0001; processors differ in the last digit
# On another processor a frame or two of a pitch or a voice fall on the other side of a limit, and
# a window's mean moves by hundredths of a standard deviation, an interval's end by a hundredth.
OF_VOICES = 0.03, 0.0125  # of 1, and of the largest number of a row
VOICES = ("voice.", "warmth.", "match.")
Compact = dict[str, dict[str, Any]]


def compact(report: Mapping[str, Any]) -> Compact:
    """Give what is counted and measured, without a sentence and without a word that was said."""
    return {
        "session": {
            "duration_s": report["recording"]["duration_s"],
            "language": report.get("language"),
            "scopes": report["consent"]["scopes"],
        },
        "quality": {
            f"{n} {c['check']}": [c["value"], c["verdict"]] for n, c in enumerate(report["quality"])
        },
        "voices": {v["voice"]: [v["role"], v["certainty"]] for v in report["voices"]},
        "turns": {
            f"{t['index']:03}": [t["start_s"], t["end_s"], t["role"], t["kind"]]
            for t in report["turns"]
        },
        "silences": _counted(s["kind"] for s in report["silences"]),
        "overlaps": _counted(f"{o['kind']} by {o['by']}" for o in report["overlaps"]),
        "measures": _measures(report["measures"]),
        "parts": {
            f"{part['name']} {name}": row
            for part in report["parts"]
            for name, row in _measures(part["measures"]).items()
        },
        "course": {
            f"{s['cue']} {s['role']}": _known(s["value"]) for s in report["course"]["series"]
        },
        "events": _counted(f"{e['kind']} {e['role']}" for e in report["events"]),
        "evidence": _counted(e["evidence_code"] for e in report["events"] if "evidence_code" in e),
        "links": {
            f"{k['behaviour']} {k['cue']} {k['role']}": [
                k["n"], k["difference"], k["low"], k["high"], k["reliable"],
            ]
            for k in report["links"] if k["difference"] is not None
        },
        "moments": {
            f"{n} {m['side']}": [m["start_s"], m["end_s"], m["points"], m.get("reason_code")]
            for n, m in enumerate(report["moments"])
        },
        "totals": {
            f"{t['behaviour']} {t['role']}": [t["n"], t["per_10_min"]] for t in report["totals"]
        },
        "notes": _counted(n["code"] for n in report["notes"] if isinstance(n, Mapping)),
    }  # fmt: skip


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _measures(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Give value, n, low, high, whether it is reliable, and why not by its code, for each."""
    return {
        f"{m['cue']} {m['role']}": [
            m["value"], m["n"], m["low"], m["high"], m["reliable"], m.get("reason_code"),
        ]
        for m in rows
    }  # fmt: skip


def _known(values: list[float | None]) -> list[Any]:
    """Give the number of windows, of those with a value, and their mean."""
    known = [v for v in values if v is not None]
    mean = round(math.fsum(known) / len(known), 4) if known else None
    return [len(values), len(known), mean]


def written(found: Compact) -> str:
    """Write as JSON, one row a line."""
    parts = []
    for section, rows in found.items():
        lines = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items()]
        body = "{\n" + ",\n".join(lines) + "\n }" if lines else "{}"
        parts.append(f" {json.dumps(section)}: {body}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def differences(kept: Compact, found: Compact) -> Iterator[str]:
    """Give one line for each row that is gone, new or changed."""
    for section in dict.fromkeys([*kept, *found]):
        before, after = kept.get(section, {}), found.get(section, {})
        for name in dict.fromkeys([*before, *after]):
            if name not in after:
                yield f"{section}: {name}: gone, was {before[name]}"
            elif name not in before:
                yield f"{section}: {name}: new, is {after[name]}"
            elif not _alike(before[name], after[name], name):
                yield f"{section}: {name}: {before[name]} -> {after[name]}"


def _alike(one: Any, other: Any, name: str) -> bool:
    before, after = (row if isinstance(row, list) else [row] for row in (one, other))
    largest = max([1.0, *(abs(number) for number in before if isinstance(number, float))])
    room = TOLERANCE * largest
    if any(cue in name for cue in VOICES):
        room = max(OF_VOICES[0], OF_VOICES[1] * largest)
    return len(before) == len(after) and all(
        math.isclose(a, b, rel_tol=0.0, abs_tol=room)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(before, after, strict=True)
    )

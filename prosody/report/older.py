"""What reports of earlier versions call otherwise, and what they did not have.

Conventions
-----------
Rows are as a report has them in JSON. A figure whose cue has a new name
(`prosody.catalogue.ALIASES`) is written under both for one schema, and read once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prosody.catalogue import ALIASES, current
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.report.names import Plain

__all__ = ["notes", "with_old_names", "without_old_names"]

_OLD: Mapping[str, str] = {new: old for old, new in ALIASES.items()}


def with_old_names(row: Plain) -> None:
    """Beside every figure whose cue has a new name, put one under the old name as well."""
    row["measures"] = list(_doubled(row["measures"]))
    row["links"] = list(_doubled(row["links"]))
    row["course"]["series"] = list(_doubled(row["course"]["series"]))
    for part in row["parts"]:
        part["measures"] = list(_doubled(part["measures"]))
    for event in row["events"]:
        found = event["values"]
        event["values"] = found | {_OLD[k]: v for k, v in found.items() if k in _OLD}


def _doubled(rows: Iterable[Plain]) -> Iterator[Plain]:
    for row in rows:
        yield row
        if row["cue"] in _OLD:
            yield {**row, "cue": _OLD[row["cue"]], "alias_of": row["cue"]}


def without_old_names(row: Plain) -> None:
    """Read every figure once, under the name its cue has now."""
    for name in ("measures", "links"):
        row[name] = _once(row[name])
    row["course"] = {**row["course"], "series": _once(row["course"]["series"])}
    row["parts"] = [{**p, "measures": _once(p["measures"])} for p in row.get("parts", ())]
    row["events"] = [
        {**event, "values": {current(name): v for name, v in event["values"].items()}}
        for event in row["events"]
    ]


def _once(rows: Iterable[Plain]) -> list[Plain]:
    return [{**row, "cue": current(row["cue"])} for row in rows if "alias_of" not in row]


def notes(given: Sequence[str], cautions: Sequence[str]) -> list[Plain]:
    """Give the notes of a report without codes, and what its cautions say besides."""
    said = {note.casefold() for note in given}
    more = (text for text in cautions if text.casefold() not in said)
    return [
        _older_note(code, text)
        for code, texts in (("legacy.text", given), ("legacy.caution", more))
        for text in texts
    ]


def _older_note(code: str, text: str) -> Plain:
    """Give a note of a report without codes; the caveat that every report has is known by it."""
    own = text == str(CAVEAT_NOTE)
    said: Plain = {"code": CAVEAT_NOTE.code if own else code}
    fields = {} if own else {"text": text}
    return {**said, "fields": fields, "severity": "caution", "spans": ()}

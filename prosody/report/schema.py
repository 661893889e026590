"""The JSON Schema of report.json, made from the records themselves."""

import json
import sys
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from diarize.conversation import Silence, Utterance
from diarize.messages import Message, Note
from diarize.timeline import Span, Word
from prosody.report.model import Report
from prosody.report.names import (
    ALLOWED,
    ALWAYS,
    FLAT,
    NAMES,
    NOT_SHOWN,
    SPANS,
    Plain,
    is_enum,
    messages_of,
)

__all__ = ["json_schema"]

_SIMPLE = {float: "number", int: "integer", str: "string", bool: "boolean"}


def json_schema() -> Plain:
    """Give the JSON Schema of report.json, made from the records themselves."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "report.json",
        **_schema(Report),
    }


def _schema(kind: Any) -> Plain:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return {}
    if origin in (types.UnionType, typing.Union):
        known = [_schema(a) for a in arguments if a is not type(None)]
        return {"anyOf": [*known, {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if kind is Span:
        return {"type": "array", "items": _schema(float), "minItems": 2, "maxItems": 2}
    if kind is Note:
        return _NOTE_SCHEMA
    if is_dataclass(kind):
        return _record_schema(kind)
    return {"enum": [str(one) for one in kind]} if is_enum(kind) else {"type": _SIMPLE[kind]}


def _record_schema(kind: Any) -> Plain:
    hints = typing.get_type_hints(kind)
    messages, ends, names = messages_of(kind), SPANS.get(kind, {}), NAMES.get(kind, {})
    properties: Plain = {}
    required = set()
    for f in fields(kind):
        name = names.get(f.name, f.name)
        needed = f.default is MISSING or f.name in ALWAYS
        if f.name == FLAT.get(kind):
            inner = _record_schema(hints[f.name])
            properties |= inner["properties"]
            required |= set(inner["required"])
            continue
        if f.name in ends:
            properties |= dict.fromkeys(ends[f.name], _schema(float))
            required |= set(ends[f.name])
            continue
        if f.name in messages:
            null = hints[f.name] is not Message
            properties[name] = {"type": ["string", "null"] if null else "string"}
            properties |= {f"{name}_code": {"type": "string"}, f"{name}_fields": {"type": "object"}}
        elif (kind, f.name) in ALLOWED:
            properties[name] = {"enum": list(ALLOWED[kind, f.name])}
        else:
            properties[name] = _schema(hints[f.name])
        required |= {name} if needed else set()
    if kind in _SCHEMA_TOUCH:
        _SCHEMA_TOUCH[kind](properties, required)
    return {"type": "object", "properties": properties, "required": sorted(required)}


def _schema_of_word(properties: Plain, required: set[str]) -> None:
    del properties["traits"], properties["voice"]


def _schema_of_utterance(properties: Plain, required: set[str]) -> None:
    properties["text"] = {"type": "string"}


def _schema_of_silence(properties: Plain, required: set[str]) -> None:
    properties["then"] = {"enum": ["backchannel", "question", "speech"]}


def _schema_of_report(properties: Plain, required: set[str]) -> None:
    own = properties.pop("conversation")
    del properties["ended_with"]
    required.remove("conversation")
    shown = {name: one for name, one in own["properties"].items() if name not in NOT_SHOWN}
    properties |= shown
    properties["cautions"] = {"type": "array", "items": {"type": "string"}}
    required |= {name for name in own["required"] if name in shown}


_SCHEMA_TOUCH: Mapping[type, Callable[[Plain, set[str]], None]] = {
    Word: _schema_of_word,
    Utterance: _schema_of_utterance,
    Silence: _schema_of_silence,
    Report: _schema_of_report,
}
_NOTE_SCHEMA: Plain = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "severity": {"enum": ["info", "caution", "withhold"]},
        "fields": {"type": "object"},
        "spans": {"type": "array", "items": _schema(Span)},
        "text": {"type": "string"},
    },
    "required": ["code", "fields", "severity", "spans", "text"],
}

if __name__ == "__main__":
    # python -m prosody.report.schema > prosody/report/report.schema.json
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")

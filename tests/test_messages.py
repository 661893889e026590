"""Every code that the program uses has its sentence, and gives it the fields it needs."""

import ast
import re
import string
import tomllib
from functools import cache

from diarize import messages
from diarize.messages import Message, is_known, message
from tests.conftest import ROOT

CATALOGUE = ROOT / "diarize" / "messages" / "en"
# Looked up by names that are data, or by the scripts of the listening room, which have a test.
LABELS = {"cue", "family", "player", "role", "side", "terms", "verdict"}
_CODE = re.compile(r"[a-z_]+\.[a-z0-9_.]+")


def sentences():
    """Every sentence by its code."""
    return {
        f"{file.stem}.{name}": text
        for file in sorted(CATALOGUE.glob("*.toml"))
        for name, text in tomllib.loads(file.read_text("utf-8")).items()
    }


@cache
def calls():
    """Every call with a literal code: where it stands, its code, the names it gives, if all."""
    return tuple(_calls())


def _calls():
    for package in ("diarize", "prosody", "dashboard"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and node.args and _says(node.func):
                    code = node.args[0]
                    if isinstance(code, ast.Constant) and isinstance(code.value, str):
                        names = {k.arg for k in node.keywords}
                        where = f"{file.relative_to(ROOT)}:{node.lineno}"
                        yield where, code.value, None if None in names else names


def _says(function):
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name in ("Refused", "message", "print_message")


def needed(text):
    """The fields a sentence names."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_has_a_sentence():
    codes = [(where, code) for where, code, _ in calls() if _CODE.fullmatch(code)]
    assert len(codes) > 50
    assert [(where, code) for where, code in codes if not is_known(code)] == []


def test_every_sentence_gets_its_fields():
    known = sentences()
    lacking = [
        (where, code, needed(known[code]) - names)
        for where, code, names in calls()
        if code in known and names is not None and needed(known[code]) - names - {"err"}
    ]
    assert lacking == []


def wrong(text):
    """What of a sentence could not be filled: fields that are no names, or no way to write one."""
    assert isinstance(text, str)
    for _, name, spec, _ in string.Formatter().parse(text):
        if name is not None:
            kind = (spec or "").partition(" ")[0]
            ours = f"``{kind}" in messages.__doc__
            if not name.isidentifier():
                yield name
            elif not ours and not re.fullmatch(r"[<>+,]*\d*(\.\d+)?[fdeg%]?", kind):
                yield spec


def test_what_was_kept_before_its_sentence_had_a_field_is_shown_as_it_is():
    whole = str(message("recording.peaks_cut", percent=3))
    kept = Message("recording.peaks_cut", {"older": 4})
    assert "3%" in whole
    assert str(kept) == "recording.peaks_cut (older=4)"


def test_a_sentence_is_plain_text_that_can_be_filled():
    found = {code: list(wrong(text)) for code, text in sentences().items()}
    assert len(found) > 1000
    assert {code: what for code, what in found.items() if what} == {}
    assert list(wrong("{n:count turn|turns} and {x:.1f} %, {0} and {y!r:zz}")) == ["0", "zz"]


def test_no_sentence_is_left_over():
    # tests too: a few sentences are for rows that others add
    folders = ("diarize", "prosody", "dashboard", "tests")
    files = [f for folder in folders for f in (ROOT / folder).rglob("*")]
    text = "".join(f.read_text("utf-8") for f in files if f.suffix in (".py", ".html"))
    starts = tuple(re.findall(r'f"([a-z_]+\.[a-z_]*)\{', text))  # codes put together from a name
    ends = tuple(set(re.findall(r'f"\{\w+\}(_[a-z_]+)"', text)))  # and with more said of one
    unused = [
        code
        for code in sentences()
        if (name := code.partition(".")[2])
        and code.partition(".")[0] not in LABELS
        and f'"{code}"' not in text
        and f'"{name}"' not in text
        and not code.startswith(starts)
        and not any(code.endswith(e) and f'"{code.removesuffix(e)}"' in text for e in ends)
    ]
    assert unused == []

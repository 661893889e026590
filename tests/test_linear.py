"""No expression that what a transcript says is read with takes long over what was made for it.

Steps are counted (`tests.regex_steps`), no time is taken.
"""

import ast
import importlib
import pkgutil
import re
from functools import partial
from pathlib import Path

import pytest

import diarize
import prosody
from tests.regex_steps import growth, steps

_READERS = ("diarize.formats.", "diarize.word_traits", "diarize.labels", "diarize.role_words",
            "diarize.brackets", "diarize.transcription.hallucination",
            "diarize.transcription.anchoring", "prosody.render.", "prosody.listening.sentences",
            "prosody.rules.", "prosody.trained.text", "prosody.features.syllables")  # fmt: skip
_LOOKS = {"match": "match", "fullmatch": "match", "search": "all", "sub": "all", "split": "all",
          "findall": "all", "finditer": "all"}  # fmt: skip
# what is repeated, and what may stand before and behind it
_UNITS = (" ", "a", "1", "[", "(", "-", ".", "*", "“", "a ", "1 ")
_FRONTS = ("", "[0:01")
_BEHIND = "\x00"
_SIZE = 30
_EACH = 12  # steps for each character, below which it is not looked at any closer
MOST = 2.6  # times the steps for twice the text; where they go with the square it is 4
BOUNDED = 200  # so long a text is when what is bounded no longer grows with the square


def used():
    """Each expression in a module of readers, with how it is used."""
    found = {}
    for module in _modules():
        for call in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            owner, method = call.func.value, call.func.attr
            if method not in _LOOKS or not isinstance(owner, ast.Name):
                continue
            held = _pattern(module, owner.id, call)
            if held is not None:
                whole = method == "fullmatch"
                pattern = re.compile(rf"(?:{held.pattern})\Z", held.flags) if whole else held
                found[module.__name__, pattern.pattern, _LOOKS[method]] = pattern
    return found


def _modules():
    """Each module that reads what a transcript says, or writes it, wherever it does so."""
    for package in (diarize, prosody):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.startswith(_READERS):
                yield importlib.import_module(info.name)


def _pattern(module, name, call):
    if name != "re":
        held = getattr(module, name, None)
        return held if isinstance(held, re.Pattern) else None
    given = [call.args[0], *(word.value for word in call.keywords if word.arg == "flags")]
    try:
        text, *flags = (
            eval(compile(ast.Expression(one), "", "eval"), vars(module)) for one in given
        )
    except NameError:  # made of what is known when it runs
        return None
    if len(call.args) > 2 and "flags" not in {w.arg for w in call.keywords}:
        last = ast.unparse(call.args[-1])
        flags = [eval(last, vars(module))] if last.startswith("re.") else []
    return re.compile(text, *flags) if isinstance(text, str) else text


USED = used()


@pytest.mark.parametrize("name", USED, ids=lambda name: f"{name[0]} {name[1]}")
def test_steps_grow_with_the_text_and_not_with_its_square(name):
    pattern, how = USED[name], name[2]
    grown: dict[tuple[str, str], float] = {}
    for front in _FRONTS:
        for unit in _UNITS:
            made = partial("{0}{1}{2}".format, front)
            text = lambda n: made(unit * n, _BEHIND)  # noqa: B023, E731
            if steps(pattern, how, text(_SIZE)) < _EACH * len(text(_SIZE)):
                continue
            if growth(pattern, how, text, _SIZE) > MOST:
                times = growth(pattern, how, text, BOUNDED)
                grown |= {(front, unit): times} if times > MOST else {}
    assert not grown


def test_what_goes_with_the_square_is_told():
    assert growth(re.compile(r"\s+$"), "all", lambda n: " " * n + "x", _SIZE) > MOST
    assert steps(re.compile("a"), "all", "aaa") < steps(re.compile("a"), "all", "aaaaaa")

"""The house's own rules: short functions and modules, and thresholds where a report shows them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from statistics import median
from typing import Any

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from diarize.formats.table import FORMATS
from diarize.turns import TurnKind
from prosody import catalogue
from prosody.listening import behaviours
from prosody.settings import Settings
from prosody.store.kinds import KINDS
from tests.conftest import LONGEST, ROOT
from tests.house_arguments import CALLED, HANDED
from tests.house_names import NAMES
from tests.house_names import TABLES as TABLES_OF_NAMES
from tests.house_numbers import NUMBERS, PARSERS, SETTINGS
from tests.house_patches import PATCHES
from tests.literals import patched, texts, thresholds

PACKAGES = ("diarize", "prosody", "dashboard")
BESIDE = ("benchmarks", "sample_audio", "training")
AROUND = ("benchmarks", "training", "sample_audio", "tests")
LONGEST_FUNCTION, USUAL_FUNCTION, LONGEST_MODULE = 45, 12, 400

# Tables of data, which a split would make harder to read.
TABLES = {
    "diarize/settings.py",
    "prosody/settings.py",
    "prosody/listening/behaviours.py",
}
# Tests of one subject, told by one made-up conversation or folder that all of them read: a split
# would put the story in one file and its endings in another.
ONE_STORY = {
    "tests/diarize/formats/test_formats.py",
    "tests/diarize/test_conversation.py",
    "tests/prosody/cues/test_turn_taking.py",
    "tests/prosody/cues/test_warmth.py",
    "tests/prosody/features/test_frames.py",
    "tests/prosody/listening/test_found.py",
    "tests/prosody/store/test_corrections.py",
    "tests/prosody/test_catalogue.py",
    "tests/test_samples.py",
}


def modules(*packages: str) -> Iterator[tuple[str, str]]:
    """Path from the root, and text, of every module."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def lengths(text: str) -> Iterator[tuple[str, int]]:
    """Name of every function, and lines of its body after the docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            end = node.end_lineno or node.lineno
            yield node.name, end - body[0].lineno + 1 if body else 0


def test_functions_are_short():
    def found(*packages: str) -> list[tuple[int, str]]:
        return [
            (n, f"{path}: {name}") for path, text in modules(*packages) for name, n in lengths(text)
        ]

    assert [where for n, where in found(*PACKAGES, *AROUND) if n > LONGEST_FUNCTION] == []
    assert median(n for n, _ in found(*PACKAGES)) <= USUAL_FUNCTION


def test_data_walks_one_way_in_annotations_too(tmp_path):
    """The contracts leave out what is imported for types alone; between folders that counts too."""
    said = (ROOT / ".importlinter").read_text("utf-8")
    all_of_it = said.replace("exclude_type_checking_imports = True\n", "")
    assert all_of_it != said
    (tmp_path / "contracts").write_text(all_of_it, "utf-8")
    folders = ("packages", "diarize", "prosody", "dashboard")
    code = lint_imports(str(tmp_path / "contracts"), folders, cache_dir=str(tmp_path))
    assert code == EXIT_STATUS_SUCCESS


def test_modules_answer_one_question():
    found = {path: len(text.splitlines()) for path, text in modules(*PACKAGES, *AROUND)}
    long = {path for path, n in found.items() if n > LONGEST_MODULE}
    assert long - TABLES - ONE_STORY == set()
    assert set(found) >= TABLES | ONE_STORY
    assert max(found[path] for path in ONE_STORY) < 2 * LONGEST_MODULE


def test_thresholds_are_settings_and_so_in_every_report():
    listed: dict[str, set[str]] = {}
    for rows in (*NUMBERS.values(), *HANDED.values()):
        for path, names in rows.items():
            assert not names & listed.get(path, set()), f"{path}: a number has one reason"
            listed[path] = listed.get(path, set()) | names
    never = tuple(f" -> {name}" for names in CALLED.values() for name in names)
    for path, text in modules(*PACKAGES):
        if path not in SETTINGS:
            found = thresholds(text, comparing=path not in PARSERS)
            assert {n for n in found if not n.endswith(never)} == listed.get(path, set()), path


def scripts() -> Iterator[tuple[str, set[str]]]:
    """Path from the root, and texts, of every script of the browser."""
    for path in sorted((ROOT / "dashboard/client/src").glob("*.ts")):
        told = re.findall(r"""["'`]([^"'`\n]+)["'`]""", path.read_text("utf-8"))
        yield path.relative_to(ROOT).as_posix(), set(told)


def test_what_stands_in_a_table_is_named_there_alone():
    known = {*behaviours.kinds(), *catalogue.names(), *(row.name for row in FORMATS)}
    known |= {*TurnKind} | {name for name in KINDS if "_" in name}  # "text" or "role" is a word
    listed: dict[str, set[str]] = {}
    for rows in NAMES.values():
        for path, names in rows.items():
            listed[path] = listed.get(path, set()) | names
    written = [(path, {*texts(text)}) for path, text in modules(*PACKAGES)]
    for path, told in (*written, *scripts()):
        if not path.startswith(TABLES_OF_NAMES):
            assert told & known == listed.get(path, set()), path


def test_tests_put_nothing_in_the_place_of_the_program_without_a_reason():
    listed: dict[str, set[str]] = {}
    for rows in PATCHES.values():
        for path, names in rows.items():
            listed[path] = listed.get(path, set()) | names
    own = tuple(f"{package}." for package in PACKAGES)
    for path, text in modules("tests"):
        found = {name for name in patched(text) if name.startswith(own)}
        assert found == listed.get(path, set()), path


def test_what_a_test_patches_is_seen_by_its_full_name():
    text = """
from prosody.store import saving as kept
from diarize.recording import register
import os
def test(monkeypatch):
    monkeypatch.setattr(kept, "key", None)
    with monkeypatch.context() as patch:
        patch.setattr(register.Event, "what", 1)
    monkeypatch.setattr("prosody.engines.PLAN", {})
    monkeypatch.setattr(os, "fsync", None)
"""
    assert {*patched(text)} == {
        *("prosody.store.saving.key", "diarize.recording.register.Event.what"),
        *("prosody.engines.PLAN", "os.fsync"),
    }


def test_what_is_listed_is_there():
    reasons = (NUMBERS, HANDED, NAMES, PATCHES)
    listed = [path for table in reasons for rows in table.values() for path in rows]
    listed += TABLES_OF_NAMES
    listed += [*PARSERS, *SETTINGS, *set(LONGEST) - {"samples"}]
    assert [path for path in listed if not (ROOT / path).exists()] == []


def test_new_thresholds_are_seen_wherever_they_stand():
    text = """
_LEAST_S, _MOST = 0.3, (4, 5)
window = 3
N: int = 4
EDGES = tuple(np.geomspace(80, 4000, 12))
PAIR = {"a": (0, 1), "b": 0.25}
ROWS = (Row("one", weight(0.5)),)
NONE, FIRST = None, ("a", 1)
class Rule:
    share: float = 0.9
    none: float = 0.0
def hurried(words, *, least=4, first=1, sure=(0.5, 1)):
    return len(words) > 3 or 10 * words[0] >= 9 * words[1] or abs(words[0]) < 1e-9
def cut(x, places):
    x = np.clip(min(x, 1.0), -30, scale(60 * x, 2))
    return round(ndtr(0.975 * x), 4) + divmod(x, 60)[0] + clock(x // 3600)
def weighed(x, *, far=None):
    y = 0.7 * x[5] if far else sum(0.3 * z + 60 * z for z in x)
    return [1, y, -4] + [y > 9]
def joined(words):
    return [w for w in words if 60 * w >= 1 and w != 2 and w * 1.5 > 0]
"""
    assert thresholds(text) == {
        *("_LEAST_S", "_MOST", "window", "N", "EDGES", "PAIR", "Rule.share"),
        *("hurried(least)", "hurried(sure)", "hurried: 3", "hurried: 9", "joined: 1.5"),
        *("cut -> clip", "cut -> ndtr", "weighed ~ 0.7", "weighed ~ 0.3", "weighed ~ -4"),
        "weighed: 9",
    }
    assert not {"hurried: 9", "cut -> clip"} & thresholds(text, comparing=False)


def test_a_long_function_is_seen():
    body = "\n".join("    x = 1" for _ in range(50))
    assert list(lengths(f'def long():\n    """Say."""\n{body}\n')) == [("long", 50)]


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, float):
        yield value


def test_a_report_keeps_every_setting_to_its_last_digit():
    assert [n for n in numbers(asdict(Settings())) if n != round(n, 4)] == []


def test_whoever_expects_a_refusal_says_which():
    """`tests.said.refused` asks for its code; what only expects one passes with any other."""
    expecting = re.compile(r"raises\(\(?(\w+, )*Refused")
    found = [path for path, text in modules("tests") if expecting.search(text)]
    assert found == ["tests/said.py"]

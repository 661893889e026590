"""What documents name is there: modules, files, commands, options; and the site builds."""

import importlib.util
import re
import shlex
import subprocess
import sys

import click
import pytest

from prosody.cli.commands import cli
from tests.conftest import ROOT

PACKAGES = "diarize|prosody|dashboard|benchmarks|sample_audio|training"
PATH = re.compile(rf"(?<![\w/.])(?:{PACKAGES}|tests)/[\w/]+\.(?:py|toml|npz)\b")
DOTTED = re.compile(rf"`(?:python -m )?((?:{PACKAGES})(?:\.\w+)+)(?=[`( ])")
TEXTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
DOCUMENTS = (
    *TEXTS,
    *sorted((ROOT / "benchmarks").rglob("*.py")),
)


def is_there(name):
    """Whether a dotted name is a module, or something in one."""
    for n in range(name.count(".") + 1, 0, -1):
        module = ".".join(name.split(".")[:n])
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found:
            value = importlib.import_module(module)
            for part in name.split(".")[n:]:
                value = getattr(value, part, None)
            return value is not None
    return False


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_module_a_document_names_is_there(file):
    text = file.read_text("utf-8")
    # Benchmarks name tests by their place under tests/.
    paths = [
        p for p in PATH.findall(text) if not any((r / p).is_file() for r in (ROOT, ROOT / "tests"))
    ]
    names = [name for name in DOTTED.findall(text) if not is_there(name)]
    assert (paths, names) == ([], [])


def test_a_name_that_is_not_there_is_seen():
    assert is_there("diarize.turns") and is_there("diarize.word_traits.CUE_WORDS")
    assert not is_there("diarize.floor") and not is_there("diarize.turns.NO_SUCH")
    assert DOTTED.findall("only `diarize.floor.X` here") == ["diarize.floor.X"]
    assert PATH.findall("(`prosody/moments.py`)") == ["prosody/moments.py"]


def typed(text):
    """Everything a document says to type: lines of its blocks, and code in its sentences."""
    block = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    for found in block.findall(text):
        yield from found.replace("\\\n", " ").splitlines()
    yield from (code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", block.sub("", text)))


def commands(text):
    """The commands of this program among them, as lists of words."""
    for line in typed(text):
        own = re.match(r"\s*(?:\$ )?(?:\.venv/bin/)?prosody (?=[a-z])(.*)", line)
        if own:
            yield shlex.split(own.group(1).partition("  #")[0].replace("\\|", "|"))


def unknown(words):
    """What of a command's words is no command and no option; None where all are."""
    context = click.Context(cli)
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = [command.get_command(context, each) for each in name.split("|")]  # "show|grant"
        if None in found:
            return name
        command = found[0]
    parameters = command.get_params(context)
    known = {o for p in parameters for o in (*p.opts, *p.secondary_opts)}
    options = [w.split("=")[0] for w in words if re.match(r"--?[a-z]", w)]
    return next((option for option in options if option not in known), None)


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_command_and_option_a_document_says_to_type_is_there(file):
    assert [words for words in commands(file.read_text("utf-8")) if unknown(words)] == []


def test_a_command_that_is_not_there_is_seen():
    text = (
        "Type `prosody analyse A` or\n```\n$ prosody list --wher x\nprosody list --where x\n```\n"
    )
    assert [unknown(words) for words in commands(text)] == ["--wher", None, "analyse"]
    assert sum(1 for _ in commands((ROOT / "docs" / "guide.md").read_text("utf-8"))) > 50


def test_the_documentation_builds_strictly_and_asks_nothing_of_other_machines(tmp_path):
    made = subprocess.run(
        # not --quiet: what strictness counts would not be said then, and not counted
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    loaded = re.compile(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?https?://""")
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) > 30
    assert [page.name for page in pages if loaded.search(page.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("folder", "page"), [("benchmarks", "accuracy.md"), ("notes", "architecture.md")]
)
def test_every_page_of_a_folder_is_reached_from_the_page_that_lists_them(folder, page):
    listed = (ROOT / "docs" / page).read_text("utf-8")
    there = sorted((ROOT / "docs" / folder).glob("*.md"))
    assert [file.name for file in there if f"({folder}/{file.name})" not in listed] == []


def test_what_runs_before_a_push_is_what_ci_runs_and_before_a_commit_all_but_the_tests():
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    ci = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1]
    made = (ROOT / "Makefile").read_text("utf-8").partition("\ntest: env\n")[2].partition("\n\n")[0]
    checks = [re.sub(r".*/bin/|\t\$\(RUN\) -m | \.$", "", line) for line in made.splitlines()]
    quick = [re.sub(r"\.venv/bin/(python -m )?", "", hook) for hook in hooks[:-1]]
    assert hooks[-1] == ci == "make test"
    assert sorted(quick) == sorted(check.strip() for check in checks[:-1])
    assert checks[-1].strip() == "$(TESTS)"

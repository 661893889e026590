"""The program in another language: the same codes and fields, and English where one is missing."""

import re
import shutil
import string
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location

import click
import pytest
from click.testing import CliRunner

from diarize import messages
from diarize.messages import (
    Field,
    Message,
    languages,
    message,
    own_words,
    percent,
    sentence,
    small,
    spoken,
)
from prosody import catalogue
from prosody.cli.commands import cli
from prosody.cues.evidence import topics
from prosody.listening import behaviours
from prosody.option import LABELS
from prosody.options import EVERYWHERE, OPTIONS
from prosody.render import wording
from prosody.render.export import exports
from prosody.rules.warmth import shipped_components
from prosody.store.kinds import KINDS
from tests.conftest import ROOT

CATALOGUE = ROOT / "diarize" / "messages"
OTHERS = [code for code in languages() if code != messages.ENGLISH]
# What rows of tables say of themselves in English beside their functions; other languages have
# files for it, and a test below that each stands under a row's own name.
OF_ROWS = ("behaviours", "commands", "cues", "options", "studies", "units", "usage")
LEAST_SAID = 0.95  # of the English sentences; the rest is said in English


def texts(language: str) -> dict[str, str]:
    """Every text of a language by its code."""
    return {
        f"{file.stem}.{name}": text
        for file in sorted((CATALOGUE / language).glob("*.toml"))
        for name, text in flat(tomllib.loads(file.read_text("utf-8")))
    }


def flat(data: dict, before: str = "") -> Iterator[tuple[str, str]]:
    """A file's texts by their dotted names."""
    for name, found in data.items():
        if isinstance(found, str):
            yield before + name, found
        else:
            yield from flat(found, f"{before}{name}.")


def fields(text: str) -> dict[str, set[str]]:
    """The fields a text names, with the kinds of their formats."""
    found: dict[str, set[str]] = {}
    for _, name, spec, _ in string.Formatter().parse(text):
        if name:
            found.setdefault(name, set()).add((spec or "").partition(" ")[0])
    return found


def invented(text: str) -> dict[str, Field]:
    """Something for every field of a text."""
    sequences = {"list", "either", "joined", "clocks", "labels"}
    numbers = {"count", "plural", "percent", "clock", "length", "point"}
    made: dict[str, Field] = {}
    for name, kinds in fields(text).items():
        if "clocks" in kinds:
            made[name] = tuple(float(n) for n in range(12))
        elif kinds & sequences:
            made[name] = ("one", "two")
        elif kinds & numbers or any(re.fullmatch(r"[<>+,]*\d*(\.\d+)?[fdeg%]", k) for k in kinds):
            made[name] = 2.5
        else:
            made[name] = "something"
    return made


@pytest.fixture(autouse=True)
def english(monkeypatch):
    """English before and after each test, whatever a command in it chose."""
    monkeypatch.setenv(messages.VARIABLE, messages.ENGLISH)


@pytest.fixture(params=OTHERS)
def language(request, monkeypatch):
    """Another language, which is spoken."""
    monkeypatch.setenv(messages.VARIABLE, request.param)
    return request.param


def test_there_is_another_language():
    assert "de" in OTHERS and spoken() == "en"


def test_its_sentences_have_the_fields_of_the_english_ones(language):
    english, own = texts("en"), texts(language)
    sentences = {c: t for c, t in own.items() if c.partition(".")[0] not in OF_ROWS}
    assert [c for c in sentences if c not in english] == []
    wrong = [c for c, t in sentences.items() if fields(t).keys() != fields(english[c]).keys()]
    assert wrong == []
    assert len(sentences) >= LEAST_SAID * len(english)


def test_every_code_can_be_said(language):
    own = texts(language)
    for code, text in texts("en").items():
        given = invented(text)
        # a field may be read as a number in one language and as it is in the other
        given |= {n: v for n, v in invented(own.get(code, text)).items() if v != "something"}
        said = sentence(code, given)
        assert said and "{" not in said.replace(str(given), ""), code


def test_its_words_of_rows_stand_under_rows(language, monkeypatch):
    own = texts(language)
    cues = {c.removeprefix("cues.").rpartition(".")[0] for c in own if c.startswith("cues.")}
    assert cues >= {row.name for row in (*catalogue.table(), *catalogue.of_turns())}
    assert [name for name in cues if catalogue.named(name) is None] == []
    unweighed = {f"cues.{row.name}.unweighed" for row in catalogue.table() if row.unweighed}
    assert unweighed and unweighed <= own.keys()
    weighed = {f"cues.warmth.{row.name}.weighed" for row in shipped_components()}
    assert {code for code in own if code.endswith(".weighed")} == weighed
    monkeypatch.setenv(messages.VARIABLE, language)
    for topic in topics():
        for study in topic.studies:
            whom, found = topic.told(study)
            assert whom != study.n and found != study.effect, study
    kinds = {c.split(".")[1] for c in own if c.startswith("behaviours.")}
    assert kinds == {*behaviours.kinds(), "group", "sub_kind"}
    for row in behaviours.table():
        assert (f"behaviours.{row.kind}.moment" in own) == (row.moment is not None), row.kind
    groups = {c.split(".", 2)[2] for c in own if c.startswith("behaviours.group.")}
    assert groups == set(behaviours.groups())
    units = {c.removeprefix("units.").removeprefix("one.") for c in own if c.startswith("units.")}
    of_checks = {"stretches"}
    assert units <= {row.unit for row in map(catalogue.named, cues) if row} | of_checks


def commands(command: click.Command, context: click.Context) -> Iterator[click.Command]:
    """A command and those below it."""
    yield command
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from commands(below, click.Context(below, parent=context, info_name=name))


def test_its_words_of_commands_and_options_stand_under_theirs(language):
    heads = ("Usage", "Options", "Commands", "Formats", "default", "required")
    places = {f"commands.heads.{head}" for head in heads}
    places |= {f"commands.exports.{ending[1:]}" for ending in exports()}
    offered: list[set[str]] = []
    for command in commands(cli, click.Context(cli)):
        module, name = command.callback.__module__.rpartition(".")[2], command.callback.__name__
        places.add(f"commands.{module}.{name}.help")
        below = isinstance(command, click.Group) and command.subcommand_metavar
        places |= {f"commands.values.{shown}" for shown in (command.options_metavar, below)}
        for param in command.get_params(click.Context(command)):
            said = {f"commands.{module}.{name}.{param.name}", f"commands.all.{param.name}"}
            places |= {*said, f"commands.values.{param.make_metavar(click.Context(command))}"}
            if isinstance(param, click.Option) and not param.hidden:
                offered.append({*said, f"options.{param.name}"})
    options = {*OPTIONS, *LABELS, *EVERYWHERE}
    options |= {option.name for kind in KINDS.values() for option in kind.takes}
    places |= {f"options.{name}" for name in options}
    own = {c for c in texts(language) if c.startswith(("commands.", "options."))}
    assert own - places == set()
    assert [said for said in offered if not said & own] == []  # no help is half in English
    helped = {place for place in places if place.endswith(".help") and "_click" not in place}
    assert {place for place in helped if place.count(".") == 3} <= own


@pytest.mark.parametrize("command", [["export"], ["batch"], ["consent", "grant"]])
def test_what_click_adds_to_a_help_is_in_the_language_too(command, monkeypatch):
    said = {}
    for language in ("en", "de"):
        monkeypatch.setenv(messages.VARIABLE, language)
        said[language] = CliRunner().invoke(cli, [*command, "--help"]).output
    plain, spoken = said["en"], said["de"]
    added = re.compile(r"\[(?:default|required)|\bFormats:")
    assert "--library" in spoken and not added.search(spoken)
    assert ("[required]" in plain) is ("[erforderlich]" in spoken)
    assert plain.count("[default:") == len(re.findall(r"\[Vorgabe:", spoken))


def test_german_joins_counts_and_writes_numbers_as_german_does(monkeypatch):
    monkeypatch.setenv(messages.VARIABLE, "de")
    assert sentence("casting.no_such_role", {"role": "x", "known": ("a", "b")}).endswith("a oder b")
    assert sentence("screen.spoke", {"voice": "A", "seconds": 3, "turns": 1}).endswith(
        "1 Redebeitrag"
    )
    assert percent(0.412) == "41 %"
    assert wording.number(0.41444) == "0,41" and wording.number(-3.25) == "−3,25"
    assert wording.said("pace.articulation_rate", 4.2, "syl/s") == "4,20 Silben/s"
    assert wording.said("talk.share", 0.412, "") == "41 %"
    assert wording.with_unit(1, "turns") == "1 Redebeitrag"
    assert small("Offene Frage") == "Offene Frage"
    # what is typed into a command keeps its point
    late: dict[str, Field] = {"file": "a.vtt", "seconds": 3.2, "offset": -3.2}
    assert sentence("transcript.starts_late", late).endswith("--offset -3.2")


def test_rows_of_tables_are_named_in_the_language(monkeypatch):
    assert wording.behaviour("question_open") == "Open question"
    monkeypatch.setenv(messages.VARIABLE, "de")
    assert wording.behaviour("question_open") == str(message("behaviour.question_open"))
    assert wording.behaviour("question_open") == "Offene Frage"
    assert wording.cue("talk.share") == "Redeanteil"
    assert wording.means("voice.level", 1.0) == "lauter"
    assert own_words("cues.no.such.row", "its own") == "its own"


def test_what_a_language_lacks_is_said_in_english(tmp_path, monkeypatch):
    elsewhere = shutil.copy(str(messages.__file__), tmp_path / "__init__.py")  # with its own texts
    for code, name, text in (
        ("en", "language", 'and = "and"'),
        ("en", "some", 'one = "one"\ntwo = "two {n:list}"'),
        ("xx", "language", 'and = "och"'),
        ("xx", "some", 'one = "ett"'),
    ):
        (tmp_path / code).mkdir(exist_ok=True)
        (tmp_path / code / f"{name}.toml").write_text(text, "utf-8")
    named = spec_from_file_location("messages_elsewhere", elsewhere)
    assert named is not None and named.loader is not None
    theirs = module_from_spec(named)
    monkeypatch.setitem(sys.modules, named.name, theirs)
    named.loader.exec_module(theirs)
    monkeypatch.setenv(messages.VARIABLE, "xx")
    assert theirs.languages() == ("en", "xx")
    assert theirs.sentence("some.one") == "ett"
    assert theirs.sentence("some.two", {"n": ("a", "b")}) == "two a och b"
    monkeypatch.setenv(messages.VARIABLE, "../en")
    assert theirs.spoken() == "en"


def test_the_language_is_chosen_before_or_after_a_command(monkeypatch):
    asked = CliRunner().invoke(cli, ["--interface-language", "de", "help"])
    assert asked.exit_code == 0 and str(Message("help.topics", {"topics": ()}))[:5] in asked.output
    monkeypatch.setenv(messages.VARIABLE, messages.ENGLISH)
    after = CliRunner().invoke(cli, ["help", "--interface-language", "de"])
    assert "Themen:" in after.output and spoken() == "de"


def test_help_is_in_the_language_with_its_own_headings():
    shown = CliRunner().invoke(cli, ["--interface-language", "de", "consent", "grant", "--help"])
    said = own_words("commands.consent.grant.expires", "")
    assert said and said.split(" (")[0] in " ".join(shown.output.split())
    assert "Aufruf:" in shown.output and "Optionen:" in shown.output
    assert "Usage:" not in shown.output
    listed = CliRunner().invoke(cli, ["--interface-language", "de", "--help"])
    assert "Sitzung exportieren" in " ".join(listed.output.split())


def test_a_language_that_is_not_there_is_refused():
    for args, env in ((["--interface-language", "tlh", "help"], "en"), (["help"], "tlh")):
        asked = CliRunner().invoke(cli, args, env={messages.VARIABLE: env})
        assert asked.exit_code == 2
        assert "tlh" in asked.output

"""What is said of a command that was typed wrongly, in the language that is spoken."""

import re
import string

import click
import pytest

from diarize import messages
from diarize.messages import VARIABLE, own_words
from prosody.cli.commands import cli
from prosody.cli.usage import SENTENCES, retold
from tests.commands import prosody
from tests.said import told

TYPED = (
    "analyze x.wav --nonsense",
    "analyze x.wav --client K",
    "nothing",
    "analyse x.wav",
    "grant x.wav",
    "analyze",
    "analyze --people",
    "export x",
    "correct a --turn abc",
    "check a b c d",
    "analyze x.wav --setting moon",
    "list --json=3",
    "consent grant x.wav --manifest y.csv --by",
)


def complaint(line):
    """What click says of a command line."""
    with pytest.raises(click.ClickException) as raised:
        cli.main(line.split(), standalone_mode=False)
    return " ".join(raised.value.format_message().split())


@pytest.mark.parametrize("line", TYPED)
def test_each_mistake_is_told_in_german_and_left_as_it_is_in_english(line, monkeypatch):
    monkeypatch.setenv(VARIABLE, "en")
    english = complaint(line)
    assert retold(english) == english
    monkeypatch.setenv(VARIABLE, "de")
    german = retold(english)
    assert not re.search(r"\b(?:[Nn]o|not|Missing|Invalid|requires|value|[Gg]ot|Did)\b", german)
    typed = re.findall(r"--[a-z-]+|\bmoon\b|\babc\b", english)
    assert all(word in german for word in typed)


@pytest.mark.parametrize(("typed", "meant"), [("analyse", "analyze"), ("grant", "consent grant")])
def test_a_mistyped_command_is_told_what_may_be_meant(typed, meant):
    assert complaint(f"{typed} x.wav").endswith(f"Did you mean '{meant}'?")
    asked = prosody("help", typed)
    assert asked.returncode == 2 and told("help.no_topic_meant", asked.stderr, meant=meant)


def test_a_line_that_nobody_translated_stays(monkeypatch):
    monkeypatch.setenv(VARIABLE, "de")
    assert retold("something else went wrong") == "something else went wrong"


@pytest.mark.parametrize("language", [c for c in messages.languages() if c != messages.ENGLISH])
def test_each_of_clicks_sentences_has_its_fields_in_every_language(language, monkeypatch):
    monkeypatch.setenv(VARIABLE, language)
    written = messages.written("usage")
    assert SENTENCES.keys() <= written.keys()
    for name, sentence in SENTENCES.items():
        fields = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
        own = {field for _, field, _, _ in string.Formatter().parse(written[name]) if field}
        assert own == fields, name
    assert own_words("usage.kind_integer", "integer") != "integer"

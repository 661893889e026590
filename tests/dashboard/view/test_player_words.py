"""The room's scripts and markup hold no sentence: all they say comes from the catalogue."""

import re
from dataclasses import fields

from diarize.messages import written
from prosody.settings import Playing
from prosody.store.asking import READINGS
from tests.conftest import ROOT
from tests.dashboard.pages.test_pages import SESSION, room, run

STATIC = ROOT / "dashboard" / "static"
SCRIPTS = sorted((ROOT / "dashboard" / "client" / "src").glob("*.ts"))
WORDS = written("player")
# Names of keys, tags and events that begin as a sentence would.
NAMES = {
    *("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageDown", "PageUp", "Home", "End"),
    *("Enter", "Escape", "Arrow"),
}
# Lower-case words of selectors, classes and units, which stand in templates beside a value.
PARTS = {"px", "row", "small", "dot", "quote", "word", "chip", "data", "do", "tabindex"}
_SAID = re.compile(r'\bsay\(\s*(?:[^"`;]* \? )?"(\w+)"(?:\s*:\s*"(\w+)")?')


def literals(script):
    """Texts of a script, without what is put into them."""
    code = re.sub(r"^\s*//.*$|(?<=[;{}]) // .*$|/\*.*?\*/", "", script, flags=re.M | re.S)
    found = re.findall(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`', code)
    return [plain or re.sub(r"\$\{[^{}]*\}", " ", template) for plain, template in found]


def sentences(script):
    """Those that a person would read as English."""
    for text in literals(script):
        words = re.findall(r"[A-Za-z]{2,}", text)
        begins = re.match(r"[A-Z][a-z]+", text) and text not in NAMES
        several = re.fullmatch(r"[a-z]+( [a-z’']+)+[.,;:]?", text) and not set(words) <= CLASSES
        if begins or several or re.search(r" (and|the|of|to|is) ", f" {text} "):
            yield text


# Class names that stand together: what make() gives a node.
CLASSES = {"words", "none", "first", "faint", "firm", "up", "down"} | PARTS


def test_no_script_says_anything_of_its_own():
    assert len(SCRIPTS) > 4
    found = {file.name: list(sentences(file.read_text("utf-8"))) for file in SCRIPTS}
    assert {name: said for name, said in found.items() if said} == {}


def test_a_sentence_in_a_script_is_seen():
    script = 'act("Play it"); make("p", "empty", "no words"); x = `At ${a} of ${b}`; // "Not"\n'
    assert list(sentences(script)) == ["Play it", "no words", "At   of  "]
    assert list(sentences('make("tr", "first faint"); key === "Escape"; `row ${a}`')) == []


def test_every_sentence_that_a_script_asks_for_is_there_and_none_is_left_over():
    asked = {
        code
        for file in SCRIPTS
        for pair in _SAID.findall(file.read_text("utf-8"))
        for code in pair
        if code
    }
    marked = set(re.findall(r"\{\{(\w+)\}\}", (STATIC / "room.html").read_text("utf-8")))
    marked -= {field.name for field in fields(Playing)}  # seconds, no sentences
    assert len(asked) > 40 and len(marked) > 25
    written_out = {text for f in SCRIPTS for text in re.findall(r'"(\w+)"', f.read_text("utf-8"))}
    given = {f"reading_{name.replace(' ', '_')}" for name in READINGS}  # they come with the session
    assert asked | marked | given <= set(WORDS)
    assert set(WORDS) <= written_out | marked | given


def test_the_markup_has_no_words_of_its_own():
    markup = (STATIC / "room.html").read_text("utf-8")
    seen = re.sub(r"<[^>]*>|\{\{\w+\}\}", " ", markup)
    assert re.findall(r"[A-Za-z]{2,}", seen) == []
    for name in ("title", "aria-label", "data-name"):
        for value in re.findall(rf'{name}="([^"]*)"', markup):
            assert re.fullmatch(r"\{\{\w+\}\}", value), value


def test_the_room_is_given_its_sentences(shelf):
    assert room(run(shelf.folder, SESSION, id="s-one"))["say"] == WORDS

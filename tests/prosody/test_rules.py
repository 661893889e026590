import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.messages import message
from prosody import rules
from prosody.listening import behaviours
from prosody.listening.coder import code
from prosody.rules.kinds import weights_of
from prosody.rules.language import content, lemma, load, speaks, tokens
from tests.said import inner, refused

RULES = load("en")


def words(text):
    return [t.text for t in tokens(text, RULES)]


def test_fillers_stutters_and_notes_are_left_out():
    assert words("Um, I- I wan- want [laughter] that—that one, uh.") == [
        "i", "wan", "want", "that", "one",
    ]  # fmt: skip


def test_a_passing_you_know_goes_and_a_real_one_stays():
    assert words("It was, you know, hard.") == ["it", "was", "hard"]
    assert words("Do you know how?") == ["do", "you", "know", "how"]


def test_hyphens_are_kept_only_where_the_rules_know_the_word():
    assert words("Mm-hmm, well-known") == ["mm-hmm", "well", "known"]


def test_curly_apostrophes_are_the_same_word():
    assert words("you’re") == words("you're") == ["you're"]


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_tokens_stand_where_they_say(text):
    found = tokens(text, RULES)
    assert all(0 <= t.start < t.end <= len(text.lower()) for t in found)
    assert [t.start for t in found] == sorted(t.start for t in found)


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("drinking", "drink"),
        ("drank", "drink"),
        ("worries", "worry"),
        ("stopped", "stop"),
        ("class", "class"),
        ("sister's", "sister"),
    ],
)
def test_lemma(word, form):
    assert lemma(word, RULES) == form


def test_content_leaves_function_words_out():
    assert content(words("It is the drinking that worries me"), RULES) == ("drink", "worry")


def test_other_languages_are_noticed_and_short_texts_are_not_judged():
    german = "ich habe die ganze nacht nicht geschlafen und heute morgen war alles wieder da " * 6
    english = "i have not slept all night and this morning it was all there again " * 6
    least: dict[str, Any] = {"least_words": 50, "least_share": 0.33}
    assert speaks(words(german), RULES, **least) is False
    assert speaks(words(english), RULES, **least) is True
    assert speaks(words("hello there"), RULES, **least) is None


def spoken():
    """The languages that have a rule file."""
    return sorted(f.stem for f in rules.SHIPPED.glob("*.toml") if len(f.stem) == 2)


@pytest.mark.parametrize("name", ["xx", "../en", "en ", "", "en/../en"])
def test_unknown_languages_are_refused_in_one_line(name):
    with refused("rule.no_language", language=name, known=tuple(spoken())):
        load(name)


def test_regions_share_a_languages_rules():
    assert load("en-GB") is load("EN_us") is RULES


def german(folder):
    """Write a German rule file: the English one with function words and one stem exchanged."""
    text = (rules.SHIPPED / "en.toml").read_text(encoding="utf-8")
    text = text.replace('language = "en"', 'language = "de"', 1)
    words = "ich du er es und aber die der das den ein habe war nicht mit auf wie so heute ganze"
    text = text.replace('stop = """', f'stop = """\n{words}', 1)
    stem = '"it/that/this sounds'
    assert stem in text
    text = text.replace(stem, '"es klingt als",\n  ' + stem, 1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "de.toml").write_text(text, encoding="utf-8")


def test_a_language_in_a_persons_own_folder_is_found_and_used(tmp_path):
    shipped = load("de", folder=tmp_path)
    assert not shipped.measured
    german(rules.own_folder())
    assert load("de-AT").language == "de"
    said = "ich habe die ganze nacht wach gelegen und heute war es nicht besser mit dem Schlaf " * 4
    turns = [("client", said), ("therapist", "Es klingt als wären Sie sehr müde.")]
    (reflection, *_) = code(turns, language="de")[1].behaviours
    assert (reflection.kind, reflection.evidence.fields["words"]) == ("reflection", "Es klingt als")
    with refused("behaviour.other_language"):
        code(turns, language="en")


def test_a_persons_own_file_wins_over_the_one_that_ships(tmp_path):
    text = (rules.SHIPPED / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(text.replace("version = ", "version = 10"), encoding="utf-8")
    assert load("en", folder=tmp_path).version > 100 > RULES.version
    assert load("en", folder=tmp_path / "none") is RULES


@pytest.mark.parametrize(
    ("written", "mistyped", "why"),
    [
        (
            "\nstrong = [",
            "\nstorng = [",
            message("rule.key_unknown", key="storng", section="question_open"),
        ),
        ("\nfillers =", "\nfilers =", message("rule.list_missing", name="fillers")),
        ("ate=eat", "ate-eat", message("rule.no_equals", pair="ate-eat")),
    ],
)
def test_a_misspelt_name_is_refused_and_named(tmp_path, written, mistyped, why):
    text = (rules.SHIPPED / "en.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(written, mistyped, 1), encoding="utf-8")
    with refused("rule.unreadable", file="mine.toml", why=why.code) as caught:
        behaviours.load_rules(path=file)
    assert inner(caught.value.message.fields, "why").fields == why.fields


def test_phrases_of_a_behaviour_that_is_none_are_refused_and_named(tmp_path):
    text = (rules.SHIPPED / "en.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace("\n[reflection]\n", "\n[refleciton]\n", 1), encoding="utf-8")
    with refused("rule.unknown_behaviour", language="en", section="refleciton"):
        behaviours.load_rules(path=file)


def test_a_persons_own_file_wins_and_a_broken_one_is_refused(tmp_path):
    ours = (rules.SHIPPED / "en.toml").read_text()
    own = tmp_path / "mine.toml"
    own.write_text(ours.replace('"it takes/took', '"hear hear", "it takes/took'))
    assert load(path=own).sha256 != RULES.sha256
    broken = tmp_path / "broken.toml"
    broken.write_text("version = ")
    with refused("rule.unreadable", file="broken.toml"):
        load(path=broken)
    (tmp_path / "en.toml").symlink_to("nowhere")
    with refused("rule.unreadable_own", file="en.toml"):  # and the shipped one never stands in
        load("en", folder=tmp_path)


def test_nine_groups_of_function_words_for_style_matching():
    assert len(RULES.style) == 9
    assert all(len(words) >= 3 for words in RULES.style.values())


def test_every_behaviour_from_words_has_phrases_and_every_section_is_read():
    read = {name for row in behaviours.table() if row.reads for name in row.sections}
    weighed = weights_of("en")
    assert weighed is not None
    assert all(
        RULES.phrase(name, "strong").rows
        or RULES.phrase(name, "surely").rows
        or name in weighed.kinds
        for name in read
    )
    assert set(RULES.phrases) - read == {"depth", "social", "invites_response"}


CLASSES = tomllib.loads((rules.SHIPPED / "en.toml").read_text("utf-8"))["classes"]
GROUPS = [group for grades in RULES.phrases.values() for group in grades.values()]
VOCABULARY = sorted({word for group in GROUPS for word in group.by_word})


@st.composite
def sayings(draw):
    """A sentence that a phrase of the rule file was written for, in other company."""
    group = draw(st.sampled_from([group for group in GROUPS if group.rows]))
    phrase = draw(st.sampled_from(group.rows))
    around = st.lists(st.sampled_from(VOCABULARY), max_size=2)
    said = [] if phrase.written.startswith("^") else draw(around)
    for element in phrase.written.split():
        if element in "^$":
            continue
        if element == "...":
            said += draw(around)
        elif not element.startswith("[") or draw(st.booleans()):
            choices = element.strip("[]").split("/")
            word = draw(st.sampled_from(choices))
            word = draw(st.sampled_from(CLASSES[word[1:-1]].split())) if word[0] == "<" else word
            said.append(word.replace("*", draw(st.sampled_from(["", "s", "ing"]))))
    said += [] if phrase.written.endswith("$") else draw(around)
    return phrase, "".join(f" {word}" for word in " ".join(said).replace("_", " ").split())


@settings(max_examples=400, deadline=None)
@given(sayings())
def test_no_phrase_that_matches_is_passed_over_by_the_words_it_needs(saying):
    phrase, line = saying
    assert phrase.pattern.search(line), (phrase.written, line)
    for group in GROUPS:
        matching = [row for row in group.rows if row.pattern.search(line)]
        assert [
            row for row in group.possible(frozenset(line.split())) if row.pattern.search(line)
        ] == matching


@pytest.mark.parametrize("language", spoken())
def test_a_rule_file_has_every_list_that_is_read(language):
    english, own = load("en"), behaviours.load_rules(language)
    assert own.language == language and "en" in spoken()
    assert own.words.keys() == english.words.keys()
    assert own.style.keys() == english.style.keys()
    assert own.points.keys() == english.points.keys()
    assert own.main.keys() == english.main.keys()
    assert own.depth.keys() == english.depth.keys()

"""German speech: behaviours by phrases and question forms; what is known of them is said first."""

from dataclasses import replace
from typing import Any

import pytest
from markupsafe import escape

from benchmarks.listening.german import counts, documents, judge, talks
from diarize.messages import message
from prosody.analysis import Analysis
from prosody.findings import Heard, findings
from prosody.listening import behaviours
from prosody.listening.coder import code
from prosody.listening.found import suggested
from prosody.listening.judged import label
from prosody.listening.totals import totals
from prosody.listening.words import kind_withheld, words_withheld
from prosody.render.html import html
from prosody.render.text import screen
from prosody.rules.language import load
from prosody.settings import Reading, Settings
from tests.prosody.conftest import facts
from tests.prosody.listening.test_found import conversation

CLIENT = "Ich schlafe seit Wochen schlecht und grüble nachts immer über die Arbeit und die Kinder."
TRIED = Settings(reading=Reading(experimental=True))


def talk(*said, language="de"):
    """A conversation of turns of five seconds, client and therapist in turn."""
    turns = ((("client", "therapist")[n % 2], 6.0 * n, 6.0 * n + 5, s) for n, s in enumerate(said))
    return conversation(*turns, language=language)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Was führt Sie heute zu mir?", "question_open"),
        ("Wie geht es Ihnen damit?", "question_open"),
        ("Erzählen Sie mir mehr davon.", "question_open"),
        ("Haben Sie schon einmal etwas dagegen versucht?", "question_closed"),
        ("Wie viele Stunden schlafen Sie?", "question_closed"),
        ("Sie machen sich nachts Sorgen wegen der Arbeit.", "reflection"),
        ("Es klingt, als wären Sie damit ziemlich allein.", "reflection"),
        (
            "Ich fasse das einmal zusammen: Sie schlafen schlecht und grübeln über die Arbeit.",
            "summary",
        ),
        ("Studien zeigen, dass Bewegung den Schlaf verbessert.", "information"),
        ("Sie sollten abends keinen Kaffee mehr trinken.", "advice"),
        ("Ich würde Ihnen raten, früher ins Bett zu gehen.", "advice"),
    ],
)
def test_what_a_sentence_shows(said, kind):
    read = code([("client", CLIENT), ("therapist", said)], language="de")[1]
    assert kind in {b.kind for b in read.behaviours}, [b.kind for b in read.behaviours]


@pytest.mark.parametrize(
    ("said", "advises"),
    [
        ("Lassen Sie mich prüfen, ob ich das verstanden habe.", False),
        ("Lassen Sie uns kurz dabei bleiben.", False),
        ("Lassen Sie das Telefon abends in der Küche.", True),
    ],
)
def test_who_asks_for_leave_advises_nothing(said, advises):
    read = code([("client", CLIENT), ("therapist", said)], language="de")[1]
    assert ("advice" in {b.kind for b in read.behaviours}) is advises


@pytest.mark.parametrize("said", ["Mhm.", "Guten Tag, nehmen Sie Platz.", "Ja, genau."])
def test_what_shows_nothing(said):
    assert code([("client", CLIENT), ("therapist", said)], language="de")[1].behaviours == ()


@pytest.mark.parametrize(
    ("said", "affirms"),
    [
        ("Das ist wirklich ein großer Schritt.", True),
        ("Das ist sehr mutig.", True),
        ("Meinen Respekt!", True),
        ("Das ist Ihr Bruder.", False),
        ("Sie wünschen sich Respekt.", False),
    ],
)
def test_an_affirmation_names_something_good(said, affirms):
    turns = [("client", CLIENT), ("therapist", said)]
    read = code(turns, language="de", limits=TRIED.reading)[1]
    assert ("affirmation" in {b.kind for b in read.behaviours}) == affirms


def test_its_rules_say_that_nobody_measured_them_and_english_ones_do_not():
    assert not load("de").measured and load("de").told["measured"] is False
    assert load("en").measured and "measured" not in load("en").told


def test_the_label_counts_what_the_rules_suggest_on_the_coded_turns_and_knows_no_other_rules():
    shipped = load("de")
    rows = judge(experimental=False)
    told: Any = label("de", shipped.sha256).fields["kinds"]
    kinds = {one.fields["kind"]: one.fields for one in told}
    assert {"question_open", "question_closed", "reflection"} <= {*kinds}
    for kind, fields in kinds.items():
        _, said, right = counts(rows, kind)
        assert (fields["said"], fields["right"]) == (said, right) and said > 0
    assert label("de", "0" * 64) == message("rule.unmeasured", language="de")
    assert label("nl", shipped.sha256).code == "rule.unmeasured"


def test_what_the_product_says_is_what_was_found():
    assert all(path.read_text("utf-8") == text for path, text in documents().items())


def test_the_first_line_says_on_what_the_rules_were_measured(frames):
    german = talk(
        CLIENT, "Wie geht es Ihnen damit?", CLIENT, "Sie fühlen sich damit allein.", CLIENT
    )
    found = findings(Heard(facts(), Settings(), german), frames)
    assert found.unread is not None and found.unread.code == "rule.judged"
    assert found.unread.fields["turns"] == sum(own is not None for t in talks() for own, _ in t)
    said = str(found.unread)
    assert said[1:] in screen(found, "S1").split("\n")[0]  # which begins with a capital
    header = html(found, frames, session_id="S1", sound=False).partition("<header>")[2]
    assert escape(said[1:]) in header.partition("</p>")[0]
    assert "question_open" in {event.kind for event in found.events}
    english = findings(Heard(facts(), Settings(), replace(german, language="nl")), frames)
    assert english.unread is not None and english.unread.code == "rule.no_language"


def test_a_kind_without_rules_is_not_available_and_never_none_found():
    analysis = Analysis(talk(CLIENT, "Wie geht es Ihnen damit?", CLIENT), settings=TRIED)
    assert words_withheld(analysis) is None
    without = kind_withheld(analysis, behaviours.named("confrontation"))
    assert without == message("behaviour.no_rules_for_it", language="de")
    assert kind_withheld(analysis, behaviours.named("question_open")) is None
    found = {t.behaviour: t for t in totals(analysis, suggested(analysis))}
    assert found["question_open"].n == 1 and found["question_closed"].n == 0
    beyond = {t.behaviour for t in found.values() if t.reason == without}
    assert beyond and all(found[kind].n is None for kind in beyond)


def test_a_kind_on_trial_is_suggested_only_where_it_is_asked_for():
    said = (CLIENT, "Das kann ich gut verstehen.", CLIENT)
    row = behaviours.named("validation")
    assert kind_withheld(Analysis(talk(*said)), row) == message(
        "behaviour.unmeasured_kind", language="de"
    )
    assert suggested(Analysis(talk(*said))) == ()
    asked = Analysis(talk(*said), settings=TRIED)
    assert "validation" in {event.kind for event in suggested(asked)}

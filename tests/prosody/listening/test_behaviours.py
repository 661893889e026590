"""A behaviour is one row: a dummy row shows up wherever behaviours do."""

import json

import pytest
from click.testing import CliRunner

from dashboard.view import player
from diarize.conversation import Casting, weave
from diarize.messages import is_known, message
from diarize.roles import Role
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.cli.commands import cli
from prosody.events import Event, Suggestion
from prosody.findings import Heard, findings
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour, Points
from prosody.listening.found import events
from prosody.listening.from_words import Spotted
from prosody.listening.links import links
from prosody.listening.moments import moments, rule
from prosody.listening.totals import FRAMES, grouped, totals
from prosody.render import export, wording
from prosody.render.html import html
from prosody.report.codec import from_json, to_json
from prosody.settings import Reading, Settings
from prosody.trained.weights import coder
from tests.conftest import ROOT
from tests.prosody.conftest import facts
from tests.said import refused

ROUNDS = 8


def names_a_colour(turn):
    """Spot a colour word in a turn."""
    word = next((t.text for t in turn.said.tokens if t.text in ("red", "blue")), None)
    return Spotted(0.9, word, -9.0) if word else None


def whistles(analysis, kind):
    """Hear the therapist whistle in the first second, as a detector without words may."""
    said = Suggestion(kind, message("evidence.words", words="♪"), 0.7)
    yield Event(said, Span(0, 1), "therapist")


COLOUR = Behaviour(
    "naming_a_colour",
    "Naming a colour",
    "Painting",
    "Says the name of a colour.",
    "That one is red.",
    reads=names_a_colour,
    moment=Points("strong", 2.5, "names a colour"),
    stages=("bond",),
)
THANKS = Behaviour(
    "thanking",
    "Thanking",
    "Manners",
    "Says thank you.",
    "Thank you.",
    reads=lambda turn: next(
        (Spotted(0.6, t.text, 9.0) for t in turn.said.tokens if t.text == "thank"), None
    ),
    moment=Points("strong", 5.0, "thanks the client"),
)
WHISTLE = Behaviour("whistling", "Whistling", "Music", "Whistles.", "", hears=whistles)


@pytest.fixture
def talk():
    turns, words, at = [], [], 0.0
    for i in range(ROUNDS * 2):
        said = "There is a red house here." if i % 2 else "There is a house over there."
        for voice, text in (("T", said), ("C", "I sat at the window for a while today.")):
            tokens = text.split()
            turns.append(Turn(Span(at, at + len(tokens)), voice))
            words += [
                Word(Span(at + k, at + k + 0.8), token, None, voice)
                for k, token in enumerate(tokens)
            ]
            at += len(tokens) + 1
    told = message("casting.told")
    casting = (Casting("T", Role.THERAPIST, 1.0, told), Casting("C", Role.CLIENT, 1.0, told))
    return weave(tuple(turns), tuple(words), casting, at, language="en")


def test_a_row_is_found_counted_linked_and_weighed(talk):
    with behaviours.registered(COLOUR):
        analysis = Analysis(talk)
        found = events(analysis)
        own = [e for e in found if e.kind == COLOUR.kind]
        assert [e.evidence for e in own] == [message("evidence.words", words="red")] * ROUNDS
        values = {u.index: {"voice.level": float(u.index)} for u in talk.utterances}
        counted = {t.behaviour: t for t in totals(analysis, found)}
        assert counted[COLOUR.kind].n == ROUNDS
        linked = [k for k in links(analysis, found, values) if k.behaviour == COLOUR.kind]
        assert {"voice.level", "next.client_talk"} <= {k.cue for k in linked}
        chosen = moments(analysis, found)
        assert chosen and all(COLOUR.kind in str(m.reason.fields["of"]) for m in chosen)
        assert all(COLOUR.moment.words in str(m.reason) for m in chosen)
        (alliance,) = (frame for frame in FRAMES if "bond" in frame.stages)
        bond = dict(grouped(counted.values(), alliance))["bond"]
        assert COLOUR.kind in [t.behaviour for t in bond]
    assert COLOUR.kind not in {e.kind for e in events(Analysis(talk))}


def test_a_row_that_needs_no_words_is_found_without_any(talk):
    bare = weave(
        tuple(Turn(u.span, u.voice) for u in talk.utterances), None, talk.casting, talk.duration
    )
    with behaviours.registered(WHISTLE):
        analysis = Analysis(bare)
        assert WHISTLE.kind in {e.kind for e in events(analysis)}
        counted = {t.behaviour: t for t in totals(analysis, events(analysis))}
        assert counted[WHISTLE.kind].n == 1
        assert counted["reflection"].n is None


def test_a_row_is_suggested_by_the_command(tmp_path):
    place = tmp_path / "talk.txt"
    place.write_text("Therapist: That house is blue.\nClient: So it is.\n", "utf-8")
    with behaviours.registered(COLOUR):
        told = CliRunner().invoke(cli, ["code", str(place), "--json"])
        (turn, _) = map(json.loads, told.stdout.splitlines())
    (said,) = (b for b in turn["behaviours"] if b["kind"] == COLOUR.kind)
    assert said.pop("confidence") <= 0.9
    assert said == {
        "kind": COLOUR.kind,
        "evidence": "blue",
        "evidence_code": "evidence.words",
        "evidence_fields": {"words": "blue"},
    }


def test_a_row_has_its_words_wherever_people_read_them():
    with behaviours.registered(COLOUR):
        assert wording.behaviour(COLOUR.kind) == "Naming a colour"
        assert behaviours.groups()[-1] == "Painting"
        assert COLOUR.kind in {line.what for line in rule(Settings().listening)}
        behaviours.refuse_misfit(COLOUR.kind, "therapist")
        with refused("behaviour.wrong_role"):
            behaviours.refuse_misfit(COLOUR.kind, "client")
    assert not is_known(f"moment.{COLOUR.kind}")
    with refused("behaviour.unknown"):
        behaviours.named(COLOUR.kind)


def test_a_row_is_in_the_report_on_the_page_and_in_the_export(conversation, frames, tmp_path):
    with behaviours.registered(THANKS):
        made = findings(Heard(facts(), Settings(), conversation), frames)
        plain = json.loads(to_json(made))
        (event,) = (e for e in plain["events"] if e["kind"] == THANKS.kind)
        assert (event["evidence"], event["evidence_code"]) == ("thank", "evidence.words")
        assert THANKS.kind in {t["behaviour"] for t in plain["totals"]}
        page = html(made, frames, session_id="s-1")
        assert THANKS.label in page and THANKS.moment.words in page
        export.write(made, tmp_path, tmp_path / "o.csv", table="events")
        assert THANKS.kind in (tmp_path / "o.csv").read_text("utf-8")
        kinds = {k for group in player.payload(made, frames)["kinds"]["therapist"]
                 for k, _ in group["kinds"]}  # fmt: skip
        assert THANKS.kind in kinds
    read = from_json(to_json(made))  # and a kind that is gone can be read
    assert [(e.kind, e.evidence.code) for e in read.events] == [
        (e.kind, e.evidence.code) for e in made.events
    ]
    assert THANKS.kind in {e.kind for e in read.events}


def test_the_guide_holds_the_table():
    guide = (ROOT / "docs" / "listening.md").read_text("utf-8")
    assert behaviours.reference() in guide


def test_every_row_is_whole():
    stages = {stage for frame in FRAMES for stage in frame.stages}
    for row in behaviours.table():
        assert row.reads or row.hears
        assert row.definition.endswith(".") and row.label and row.group
        assert row.example or row.where != "turn"
        assert set(row.stages) <= stages
        assert bool(row.sections) == bool(row.reads)


LOOKED_FOR = behaviours.looked_for(Reading(experimental=True))


@pytest.mark.parametrize("row", [r for r in LOOKED_FOR if r.reads], ids=lambda r: r.kind)
def test_the_example_of_a_row_is_found_as_what_it_shows(row, monkeypatch):
    from prosody.listening.coder import code

    client = "I have been lying awake since she left, and I keep thinking about the house."
    turns = [("client", client), ("therapist", row.example)]
    if row.owner == "client":
        turns = [("therapist", "How have you been?"), ("client", row.example)]
    asked = Reading(experimental=True)
    monkeypatch.delenv("PROSODY_PACKAGED_WEIGHTS", raising=False)
    reader = coder() if row.interviewing else None
    if row.interviewing and reader is None:
        pytest.skip("the sentence encoder, by which alone it is told, is not installed")
    assert row.kind in [b.kind for b in code(turns, limits=asked, coder=reader)[1].behaviours]
    found = row.kind in [b.kind for b in code(turns, coder=reader)[1].behaviours]
    assert found is not row.experimental  # which is found only where it is asked for

"""What a row of a table says is found wherever it matters: no module keeps a list of its own."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from dashboard.view import player
from diarize.errors import Refused
from diarize.formats.table import Format, registered
from diarize.formats.transcript import Cue as Said
from diarize.formats.transcript import Transcript
from diarize.messages import Message, Note, message
from diarize.timeline import Span
from prosody import catalogue, spoilt
from prosody.analysis import Analysis
from prosody.cli.commands import cli
from prosody.cues.measure import Cue, Measure
from prosody.events import Event, Suggestion
from prosody.findings import Heard, findings
from prosody.listening import behaviours, empathy
from prosody.listening.behaviours import Behaviour
from prosody.listening.from_words import Spotted
from prosody.listening.outcomes import outcome_of
from prosody.options import Asked
from prosody.render import glyphs, svg
from prosody.render.html import html
from prosody.render.warmth import unweighed_lines
from prosody.report.trends import Visit, trends
from prosody.settings import Course, Settings
from prosody.store import goals, kinds
from prosody.store.add import add_session
from prosody.store.requests import Request
from tests.conftest import tone
from tests.prosody.conftest import facts
from tests.prosody.report.test_pooled import session
from tests.said import refused

SPOILS = Note("recording.howls", {}, "withhold")
SHORT = Settings(course=Course(window_s=20.0))


def where(turn):
    """Spot a question after a place."""
    return Spotted(0.9, "Where", 9.0) if "where" in [t.text for t in turn.said.tokens] else None


def row(**more):
    asked = Behaviour("asks_where", "Asks where", "Asking", "Asks for a place.", "Where?")
    return replace(asked, **{"reads": where, **more})


def cue(**more):
    def measure(analysis, role, within):
        return Measure("voice.hoarse", role, 0.4, "hoarses", n=9, low=0.1, high=0.6)

    return Cue(
        **{
            "name": "voice.hoarse",
            "unit": "hoarses",
            "label": "Hoarseness of a dummy",
            "higher": "hoarser",
            "lower": "less hoarse",
            "meaning": "Only made so that a test can look for it.",
            "measure": measure,
            "of_turn": lambda analysis, utterance: 2.5,
            **more,
        }
    )


def made(conversation, frames, *notes):
    about = facts()
    return findings(
        Heard(replace(about, notes=(*about.notes, *notes)), SHORT, conversation), frames
    )


def followed(report):
    """Six sessions of a pair, beside one another, in which the made-up cue differs."""
    own = [
        session(_hoarse(report, value), "abcdef"[i], later=0.3 * i)
        for i, value in enumerate((0.4, 0.1, 0.9, 0.2, 0.7, 0.5))
    ]
    return trends([Visit(f"s{i}", f"2026-01-0{i + 1}", one) for i, one in enumerate(own)]).lines


def _hoarse(report, value):
    measures = (replace(m, value=value) if m.cue == "voice.hoarse" else m for m in report.measures)
    return replace(report, measures=tuple(measures))


# --- behaviours ------------------------------------------------------------------------------


def test_a_behaviour_that_is_followed_stands_in_its_place_and_can_be_a_goal(conversation, frames):
    with behaviours.registered(row(followed=1)):
        lines = [k.name for k in followed(made(conversation, frames)) if k.sort == "behaviour"]
        assert lines.index("asks_where") < lines.index("repair")
        assert ("behaviour", "asks_where") in goals.choices()
    with behaviours.registered(row()):
        lines = [k.name for k in followed(made(conversation, frames))]
        assert "asks_where" not in lines and ("behaviour", "asks_where") not in goals.choices()


@pytest.mark.parametrize("replied", [True, False])
def test_what_the_client_said_next_is_told_over_sessions_where_the_row_says_so(
    conversation, frames, replied
):
    with behaviours.registered(row(replied=replied)):
        report = made(conversation, frames)
        found = trends([Visit("s-1", "2026-01-01", report)]).replies
    own = [reply for reply in found if reply.asked.startswith("Where would")]
    assert [reply.reply for reply in own] == ([report.turns[1].text] if replied else [])


def test_a_behaviour_that_a_note_spoils_is_not_shown_and_not_counted(conversation, frames):
    with behaviours.registered(row(spoilt_by=(SPOILS.code,))):
        heard = made(conversation, frames)
        assert "asks_where" in {e.kind for e in heard.events}
        gone = made(conversation, frames, SPOILS)
        assert "asks_where" not in {e.kind for e in gone.events}
        (total,) = (t for t in gone.totals if t.behaviour == "asks_where")
        assert (total.n, total.reason.code) == (None, SPOILS.code)


def test_a_note_that_only_warns_leaves_a_number_as_a_low_confidence_estimate(conversation, frames):
    told = {"withhold": (None, False, False), "caution": (0.4, False, True)}
    for severity, (value, reliable, in_turns) in told.items():
        with catalogue.registered(cue(spoilt_by=(SPOILS.code,), course=True)):
            found = made(conversation, frames, replace(SPOILS, severity=severity))
        own = found.measure("voice.hoarse", "therapist")
        assert (own.value, own.reliable, own.reason.code) == (value, reliable, SPOILS.code)
        assert any("voice.hoarse" in event.values for event in found.events) == in_turns
        courses = [s for s in found.course.series if s.cue == "voice.hoarse"]
        assert any(v is not None for one in courses for v in one.value) == in_turns


def test_a_main_kind_counts_in_the_figures_of_its_group(conversation, frames):
    wholes = {}
    for main in ("", "question"):
        asks = row(main=main, reads=lambda turn: Spotted(0.9, turn.said.tokens[0].text, 9.0))
        with behaviours.registered(asks):
            found = made(conversation, frames).measure("listening.open_question_share", "therapist")
            wholes[main] = found.whole
    assert wholes == {"": 1.0, "question": 3.0}  # of three turns with words one asks


@pytest.mark.parametrize("place", ["overlap", "silence"])
def test_a_place_may_be_called_what_its_row_says(report, frames, place):
    with behaviours.registered(row(where=place, label="Something else")):
        calls = player.payload(report, frames)["calls"]
    (said,) = (c["say"] for c in calls[place] if c["kind"] == "asks_where")
    assert said == str(message("dashboard.call", label="Something else"))
    other = {"overlap": "silence", "silence": "overlap"}[place]
    assert "asks_where" not in {c["kind"] for c in calls[other]}


def test_an_overlap_that_is_called_something_is_whose_who_came_in(report):
    came = replace(report.overlaps[0], kind="other") if report.overlaps else None
    assert came is not None
    with behaviours.registered(row(where="overlap", owner="either")):
        (made_,) = kinds.made(report, Request(at=came.span.start, is_kind="asks_where"), by="sup-1")
    assert made_.detail["role"] == report.turns[came.incoming].role


def test_an_account_and_an_understanding_are_on_the_map(conversation):
    tells = row(owner="client", account=True, on_trial=True,
                reads=lambda turn: Spotted(0.9, turn.said.tokens[0].text, 9.0))  # fmt: skip
    with behaviours.registered(tells):
        found = empathy.mapped(Analysis(conversation))
        assert "asks_where" in empathy.aspects()
        assert len([q for q in found.quotes if q.aspect == "asks_where"]) == 3
    with behaviours.registered(row(understanding=True, on_trial=True)):
        found = empathy.mapped(Analysis(conversation))
        assert [e.kind for e in found.understanding if e.kind == "asks_where"] == ["asks_where"]


def test_what_is_said_aside_has_no_letter_and_is_followed_by_the_rest_of_the_turn(conversation):
    analysis = Analysis(conversation)
    nod = next(u for u in conversation.utterances if u.kind == "backchannel")
    read = Suggestion("asks_where", message("evidence.words", words="w"), 0.9)
    said = Event(read, nod.span, nod.role)
    seconds = {}
    for aside in (True, False):
        with behaviours.registered(row(aside=aside)):
            assert bool(glyphs.legend(["asks_where"])) is not aside
            seconds[aside] = outcome_of(analysis, said).client_talk_s
    assert seconds == {True: pytest.approx(3.6), False: pytest.approx(3.4)}


# --- cues ------------------------------------------------------------------------------------


def test_a_headline_is_followed_within_its_bounds_unless_it_grows_with_the_session(
    conversation, frames
):
    def lines():
        return [k for k in followed(made(conversation, frames)) if k.name == "voice.hoarse"]

    with catalogue.registered(cue(headline=99)):
        assert all(k.band.low < 0.0 and k.band.high > 1.0 for k in lines())
    with catalogue.registered(cue(headline=99, least=0.0)):
        assert {k.band.low for k in lines()} == {0.0}
        assert all(k.band.high > 1.0 for k in lines())
    with catalogue.registered(cue(headline=99, share=True)):
        assert {(k.band.low, k.band.high) for k in lines()} == {(0.0, 1.0)}
    with catalogue.registered(cue(headline=99, of_length=True)):
        assert lines() == []


def test_a_cue_that_a_note_spoils_is_withheld_everywhere(conversation, frames):
    with catalogue.registered(cue(spoilt_by=(SPOILS.code,), course=True)):
        heard, gone = made(conversation, frames), made(conversation, frames, SPOILS)
        kept = spoilt.of_turns({0: {"voice.hoarse": 2.5, "voice.level": -30.0}}, [SPOILS])
    assert heard.measure("voice.hoarse", "client").value == 0.4
    assert gone.measure("voice.hoarse", "client").reason.code == SPOILS.code
    courses = [s for s in gone.course.series if s.cue == "voice.hoarse"]
    assert courses and {v for s in courses for v in s.value} == {None}
    assert "voice.hoarse" in {name for e in heard.events for name in e.values}
    assert "voice.hoarse" not in {name for e in gone.events for name in e.values}
    assert kept == {0: {"voice.level": -30.0}}


@pytest.mark.parametrize(
    ("where", "drawn"),
    [((), 0), (("course",), 1), (("apart",), 1), (("course", "apart"), 1), (("warmth",), 1),
     (("course", "warmth"), 2), (("glance",), 0)],
)  # fmt: skip
def test_the_page_draws_the_course_of_a_row_where_it_says(conversation, frames, where, drawn):
    title = str(message("page.over_session", cue="Hoarseness of a dummy"))
    with catalogue.registered(cue(course=True, drawn=where)):
        page = html(made(conversation, frames), frames, session_id="s-1")
    assert page.count(f"<title>{title}</title>") == drawn


@pytest.mark.parametrize(("middle", "dashed"), [(None, 0), (0.41, 1), (7.0, 0)])
def test_a_course_marks_what_its_row_says_values_are_relative_to(
    conversation, frames, middle, dashed
):
    row = cue(course=True, middle=middle)
    with catalogue.registered(row):
        drawn = svg.course(made(conversation, frames), row)
    assert drawn.count('stroke-dasharray="2 4"') == dashed  # 7.0 lies above all that is drawn


@pytest.mark.parametrize("main", [True, False])
def test_a_card_draws_the_row_that_says_so(conversation, frames, main):
    with catalogue.registered(cue(on_card=main)):
        sent = player.payload(made(conversation, frames), frames)["cues"]
    assert sent["voice.hoarse"]["main"] is main
    assert sent["voice.level"]["main"]


def test_what_weighs_nothing_says_so_beside_the_proxy(conversation, frames):
    with catalogue.registered(cue(unweighed="Nobody knows what it means.")):
        lines = unweighed_lines(made(conversation, frames))
    told = {name: (value, why) for name, value, why in lines}
    assert told["Hoarseness of a dummy"] == ("0.40 hoarses", "Nobody knows what it means.")


@pytest.mark.parametrize("interviews", [True, False])
def test_a_figure_stands_among_those_of_the_miti_if_its_row_says_so(
    conversation, frames, interviews
):
    manual = Message("total.published_reflections")
    listening = replace(SHORT.listening, motivational_interviewing=interviews)
    for miti in (True, False):
        row = cue(miti=miti, published=manual, roles=("therapist",))
        with catalogue.registered(row):
            heard = Heard(facts(), replace(SHORT, listening=listening), conversation)
            figures = findings(heard, frames).miti
        own = [f for f in figures if f.measure.cue == "voice.hoarse"]
        told = [(0.4, manual)] if miti and interviews else []
        assert [(f.measure.value, f.published) for f in own] == told


# --- formats ---------------------------------------------------------------------------------


def sung(text, how):
    """Read a voice and its words a line, three seconds each."""
    cues = []
    for at, line in enumerate(text.splitlines()):
        voice, _, said = line.partition(" ")
        cues.append(Said(Span(3.0 * at, 3.0 * at + 3), voice, said))
    return Transcript(tuple(cues))


@pytest.fixture
def songs(request):
    with registered(Format("songs", (".song",), sung, **request.param)):
        yield


@pytest.mark.parametrize("songs", [{"edited": True}], indirect=True)
def test_an_edited_export_of_a_format_that_says_so_is_read_back(report, songs, tmp_path):
    path = tmp_path / "turns.song"
    path.write_text("A Where would you like to start\nB my week was hard\n", "utf-8")
    told = CliRunner().invoke(cli, ["correct", "--help"]).output
    assert ".rttm" in told and ".song" in told
    (turns,) = kinds.made(report, Request(turns_from=path), by="sup-1")
    assert [voice for _, _, voice in turns.detail["turns"]] == ["A", "B"]


@pytest.mark.parametrize("songs", [{}], indirect=True)
def test_an_edited_export_of_another_format_is_refused_with_those_that_are(report, songs, tmp_path):
    path = tmp_path / "turns.song"
    path.write_text("A hello\n", "utf-8")
    with refused("requests.ending") as refusal:
        kinds.made(report, Request(turns_from=path), by="sup-1")
    known = refusal.value.message.fields["known"]
    assert isinstance(known, tuple) and ".rttm" in known and ".song" not in known


@pytest.mark.parametrize(
    ("songs", "taken"), [({"beside": True}, True), ({}, False)], indirect=["songs"]
)
def test_a_transcript_beside_a_recording_is_taken_if_its_format_says_so(
    consented, songs, taken, tmp_path
):
    recording = consented(tone(3.0))
    recording.with_suffix(".song").write_text("A hello\n", "utf-8")
    told: list[object] = []

    def stop(stage, share):
        raise Refused("requests.nothing")  # before anything is heard

    with refused("requests.nothing"):
        asked = Asked(separator="builtin")
        add_session(recording, asked, tmp_path / "l", progress=stop, say=told.append)
    assert (str(message("session.transcript_beside", ending=".song")) in map(str, told)) is taken

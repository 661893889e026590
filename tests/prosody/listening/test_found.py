import gc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diarize.conversation import Casting, weave
from diarize.messages import is_known, message
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.events import Judgement, Outcome
from prosody.features.frames import Frames
from prosody.listening.cues import CUES
from prosody.listening.found import events, judged, suggested, with_values
from prosody.listening.links import links
from prosody.listening.moments import moments
from prosody.listening.sentences import Said
from prosody.listening.totals import totals
from prosody.listening.words import words_withheld
from prosody.rules.language import tokens
from prosody.settings import Reading, Settings
from tests.counting import calls_of
from tests.said import refused

HEARD = message("casting.told")
T, C = "therapist", "client"


def conversation(*turns, language="en", duration=None, voiced=True, odds=None):
    """Turns are (role, start, end, text); text None leaves the words out."""
    spoken = [Turn(Span(s, e), role) for role, s, e, _ in turns]
    said_words = []
    for role, start, end, text in turns:
        said = (text or "").split()
        step = (end - start) / max(len(said), 1)
        said_words += [
            Word(Span(start + i * step, start + (i + 0.9) * step), w, odds, role)
            for i, w in enumerate(said)
        ]
    roles = sorted({role for role, *_ in turns})
    return weave(
        tuple(sorted(spoken)),
        tuple(sorted(said_words)) if voiced else None,
        tuple(Casting(r, r, 1.0, HEARD) for r in roles),
        duration or max((e for _, _, e, _ in turns), default=0.0) + 1,
        language=language,
    )


def measures(analysis, within=None):
    where = within or analysis.conversation.whole
    return tuple(cue.measure(analysis, role, where) for cue in CUES for role in cue.roles)


def kinds(found):
    return [e.kind for e in found]


STORY = "I was lying awake again and I felt so alone with all of it, it was hard."


def test_behaviours_carry_the_turn_and_what_the_client_did_next():
    talk = conversation(
        (C, 0, 6, STORY),
        (T, 7, 9, "It sounds like you felt very alone."),
        (C, 10.5, 14.5, "Yes, and sad, really sad."),
    )
    (event,) = suggested(Analysis(talk))
    assert (event.kind, event.role, event.utterance) == ("reflection", T, 1)
    assert event.span == talk.utterances[1].span
    assert event.outcome == Outcome(4.0, 5, 1.5, 2)


@pytest.mark.parametrize(("odds", "sure"), [(None, True), (0.9, True), (0.2, False)])
def test_a_behaviour_that_rests_on_improbable_words_says_so(odds, sure):
    turns = ((C, 0, 6, STORY), (T, 7, 9, "It sounds like you felt very alone."))
    (plain,) = suggested(Analysis(conversation(*turns)))
    (found,) = suggested(Analysis(conversation(*turns, odds=odds)))
    assert found.kind == plain.kind
    assert found.evidence.code == ("evidence.words" if sure else "evidence.words_unsure")
    assert found.confidence == pytest.approx(plain.confidence * (1.0 if sure else odds))
    assert sure or found.evidence.fields["percent"] == pytest.approx(20)


def test_nothing_can_be_said_of_the_client_where_the_therapist_went_on_or_the_session_ended():
    talk = conversation(
        (C, 0, 6, STORY),
        (T, 7, 9, "It sounds like you felt very alone."),
        (T, 13, 15, "What did you do then?"),
    )
    assert [e.outcome for e in suggested(Analysis(talk))] == [Outcome(), Outcome()]


def test_a_silence_held_until_the_client_goes_on():
    talk = conversation((C, 0, 4, "I do not know."), (C, 8, 10, "It hurts."), (T, 11, 12, "Yes."))
    held = [e for e in suggested(Analysis(talk)) if e.kind == "held_silence"]
    assert [(e.span, e.role, e.utterance) for e in held] == [(Span(4, 8), T, None)]
    assert held[0].outcome.client_talk_s == 2.0


@pytest.mark.parametrize("wait", [2.5, 2.9])
def test_shorter_silences_are_none(wait):
    talk = conversation((C, 0, 4, "I do not know."), (C, 4 + wait, 9, "It hurts."))
    assert "held_silence" not in kinds(suggested(Analysis(talk)))


def test_a_silence_the_therapist_ends_is_not_held():
    talk = conversation((C, 0, 4, "I do not know."), (T, 8, 10, "What hurts?"))
    assert "held_silence" not in kinds(suggested(Analysis(talk)))


def overlapping(start, client_end, therapist_end, text="I was going to tell him that I"):
    return conversation((C, 0, client_end, text), (T, start, therapist_end, "You should call him."))


def test_coming_in_after_which_the_other_stops_is_to_be_reviewed():
    (event,) = [
        e for e in suggested(Analysis(overlapping(5.0, 5.7, 9.0))) if e.kind == "overlap_to_review"
    ]
    assert (event.role, event.utterance) == (T, 1)


@pytest.mark.parametrize(
    "talk",
    [
        overlapping(5.0, 5.4, 9.0),  # the client was about to end
        overlapping(5.0, 7.0, 9.0),  # the client went on for long
        overlapping(0.5, 1.2, 5.0),  # the client had barely begun
        overlapping(5.0, 5.7, 6.2),  # the therapist gave the floor back
        overlapping(5.0, 5.7, 9.0, "I was going to tell him that."),  # it was a sentence's end
    ],
)
def test_other_overlaps_are_not(talk):
    assert "overlap_to_review" not in kinds(suggested(Analysis(talk)))


def test_a_backchannel_is_followed_by_the_rest_of_the_clients_turn():
    talk = conversation(
        (C, 0, 10, "one two three four five six seven eight nine ten"), (T, 4, 4.5, "mm-hm")
    )
    (event,) = suggested(Analysis(talk))
    assert (event.kind, event.outcome.client_talk_s) == ("backchannel", 5.5)
    assert event.outcome.client_words == 5
    assert event.outcome.latency_s is None


def test_minimal_late_answers_after_long_ones_are_candidates_only():
    turns = []
    for i in range(10):
        at = i * 12.0
        turns += [(T, at, at + 2, "How was that?"), (C, at + 2.3, at + 9, STORY)]
    turns += [(T, 120, 122, "And your father?"), (C, 125, 125.5, "Fine.")]
    talk = conversation(*turns)
    assert not [e for e in suggested(Analysis(talk)) if e.role == C]  # unless asked for
    asked = Analysis(talk, settings=Settings(reading=Reading(experimental=True)))
    (event,) = [e for e in suggested(asked) if e.kind == "withdrawal_marker"]
    assert event.confidence < 0.5


def test_without_words_only_timing_is_found_and_said_so():
    talk = conversation((C, 0, 4, None), (C, 8, 10, None), (T, 9, 9.4, None), voiced=False)
    assert set(kinds(suggested(Analysis(talk)))) <= {"held_silence", "backchannel"}
    assert "held_silence" in kinds(suggested(Analysis(talk)))
    assert words_withheld(Analysis(talk)).code == "behaviour.no_transcript"


def test_another_language_is_withheld_by_name_and_by_its_words():
    german = "und dann habe ich die ganze nacht wach gelegen weil ich nicht schlafen konnte " * 5
    named = conversation((T, 0, 5, "Wie war das?"), (C, 6, 30, german), language="nl")
    unnamed = conversation((T, 0, 5, "Wie war das?"), (C, 6, 30, german), language=None)
    assert words_withheld(Analysis(named)) == message(
        "rule.no_language", language="nl", known=("de", "en")
    )
    assert words_withheld(Analysis(unnamed)) == message("behaviour.words_unlike", language="en")
    assert suggested(Analysis(named)) == suggested(Analysis(unnamed)) == ()


def test_no_therapist_no_behaviours():
    talk = conversation(("unknown", 0, 3, "What was that like?"), ("other", 4, 6, "Hard."))
    assert words_withheld(Analysis(talk)).code == "behaviour.no_therapist"
    assert suggested(Analysis(talk)) == ()


def test_an_empty_conversation_has_no_events_and_no_figures():
    talk = weave((), (), (), 10.0)
    assert suggested(Analysis(talk)) == ()
    for said in measures(Analysis(talk)):
        assert said.value is None and not said.reliable
        assert is_known(said.reason.code), said.cue


def test_events_move_with_the_clock():
    turns = [(C, 0, 6, STORY), (T, 7, 9, "It sounds like you felt alone."), (C, 10, 12, "Yes.")]
    later = [(r, s + 100, e + 100, t) for r, s, e, t in turns]
    before, after = (suggested(Analysis(conversation(*t))) for t in (turns, later))
    assert [replace(e, span=e.span.shifted(100)) for e in before] == list(after)


def test_values_of_a_silence_are_those_of_what_follows():
    talk = conversation((C, 0, 4, "I do not know."), (C, 8, 10, "It hurts."), (T, 11, 13, "Why?"))
    analysis = Analysis(talk)
    found = suggested(analysis)
    filled = with_values(analysis, found, {1: {"voice.level": -20.0}, 2: {"voice.level": -30.0}})
    assert {e.kind: e.values for e in filled} == {
        "held_silence": {"voice.level": -20.0},
        "question_open": {"voice.level": -30.0},
    }
    assert with_values(analysis, found, {})[0].values == {}


def frames(duration, pitch, level):
    n = round(duration * 100)
    blank = np.full(n, np.nan, np.float32)
    columns: dict[str, Any] = {
        name: blank
        for name in Frames.__dataclass_fields__
        if name not in ("hop_s", "sample_rate_hz")
    }
    columns |= {"time_s": np.arange(n, dtype=np.float32) / 100}
    columns |= {"f0_hz": pitch.astype(np.float32), "level_db": level.astype(np.float32)}
    return Frames(**columns)


def test_continuity_compares_each_voice_with_its_own_usual():
    talk = conversation(
        (C, 0, 6, STORY), (T, 7, 13, "It sounds like you felt very alone there with it."),
        (C, 14, 20, STORY), (T, 21, 27, "It sounds like you felt very alone there with it."),
    )  # fmt: skip
    n = round(talk.duration * 100)
    time = np.arange(n) / 100
    wave = 1 + 0.1 * np.sin(time * 3)
    client = (time < 6.5) | ((time > 13.5) & (time < 20.5))
    pitch = np.where(client, 200.0, 100.0) * wave
    level = np.where(client, -20.0, -40.0) + 3 * np.sin(time * 3)
    level[700:800] += 12  # the therapist's first second comes in much louder
    (first, second) = suggested(Analysis(talk, frames(talk.duration, pitch, level)))
    assert first.values["distance.level"] > 2 + second.values["distance.level"]
    higher = frames(talk.duration, np.where(client, pitch, pitch * 1.5), level)
    (moved, _) = suggested(Analysis(talk, higher))
    assert moved.values["distance.pitch"] == pytest.approx(first.values["distance.pitch"], abs=0.01)


def test_silent_frames_give_no_continuity():
    talk = conversation((C, 0, 6, STORY), (T, 7, 9, "It sounds like you felt very alone."))
    n = round(talk.duration * 100)
    silent = frames(talk.duration, np.full(n, np.nan), np.full(n, -90.0))
    (event,) = suggested(Analysis(talk, silent))
    assert event.values == {}


# What a person says


REFLECTED = conversation(
    (C, 0, 6, STORY), (T, 7, 9, "It sounds like you felt alone."), (C, 10, 12, "Yes.")
)


def test_a_removed_event_stays_away_and_a_changed_one_keeps_its_place():
    analysis = Analysis(REFLECTED)
    (event,) = suggested(analysis)
    gone = Judgement("remove", "reflection", event.span, by="AB")
    assert judged(analysis, [event], [gone]) == ()
    changed = Judgement("change", "reflection", event.span.shifted(0.2), by="AB", to="summary")
    (now,) = judged(analysis, [event], [changed])
    assert (now.kind, now.span, now.corrected_by, now.confidence) == (
        "summary",
        event.span,
        "AB",
        1,
    )
    assert now.outcome == event.outcome


def test_what_a_person_named_stands_though_the_rules_do_not_find_it():
    talk = conversation((C, 0, 6, STORY), (T, 7, 9, "And."), (C, 10, 13, "Yes."))
    added = Judgement("add", "reflection", Span(7, 9), by="AB")
    (event,) = events(Analysis(talk, judged=(added,)))
    assert (event.kind, event.utterance, event.corrected_by) == ("reflection", 1, "AB")
    assert event.outcome.client_talk_s == 3.0


def test_a_suggested_sub_kind_goes_with_its_kind_when_a_person_changes_that():
    talk = conversation((C, 0, 6, STORY), (T, 7, 10, "Part of you feels guilty."))
    analysis = Analysis(talk)
    found = suggested(analysis)
    (before,) = (e for e in found if e.kind == "reflection")
    assert before.sub_kind == "complex"
    kept = judged(analysis, found, [Judgement("confirm", "reflection", before.span, by="AB")])
    changed = [Judgement("change", "reflection", before.span, by="AB", to="validation")]
    assert [e.sub_kind for e in kept if e.kind == "reflection"] == ["complex"]
    assert {e.sub_kind for e in judged(analysis, found, changed)} == {None}


def test_later_words_win_and_corrections_are_stable():
    analysis = Analysis(REFLECTED)
    (event,) = suggested(analysis)
    both = [
        Judgement("remove", "reflection", event.span, by="AB"),
        Judgement("add", "reflection", event.span, by="CD"),
    ]
    once = judged(analysis, [event], both)
    assert [e.corrected_by for e in once] == ["CD"]
    assert judged(analysis, once, both) == once


@pytest.mark.parametrize(
    ("action", "kind", "to", "code"),
    [
        ("improve", "reflection", None, "behaviour.no_such_action"),
        ("change", "advice", None, "behaviour.change_names_kind"),
        ("confirm", "advice", "summary", "behaviour.change_names_kind"),
    ],
)
def test_judgements_that_mean_nothing_are_refused(action, kind, to, code):
    with refused(code):
        Judgement(action, kind, Span(0, 1), by="AB", to=to)


# Figures


def long_talk(rounds=20):
    turns = []
    for i in range(rounds):
        at = i * 20.0
        asked = "How was that for you?" if i % 2 else "Did you sleep?"
        turns += [
            (T, at, at + 2, asked),
            (C, at + 3, at + 9, STORY),
            (T, at + 10, at + 12, "So you felt alone."),
            (C, at + 13, at + 16, "Yes, I did, for a long time."),
        ]
    return conversation(*turns)


def test_counts_shares_and_intervals():
    ratio, opened, uptake = measures(Analysis(long_talk()))
    assert (ratio.value, ratio.part, ratio.whole, ratio.n) == (1.0, 20, 20, 20)
    assert (opened.value, opened.part, opened.whole) == (0.5, 10, 20)
    assert opened.low is opened.high is None  # a share of 20 single turns has no interval yet
    assert 0 < uptake.value < 1
    assert [m.cue for m in (ratio, opened, uptake)] == [cue.name for cue in CUES]


def test_fourteen_questions_are_too_few_and_fifteen_are_enough():
    for rounds, enough in ((14, False), (15, True)):
        ratio, opened, _ = measures(Analysis(long_talk(rounds)))
        assert (ratio.value is not None, opened.reliable) == (enough, enough)
        assert ratio.whole == rounds
        assert (ratio.reason is None) == enough


def test_windows_add_up_to_the_whole():
    analysis = Analysis(long_talk())
    halves = [Span(0, 200), Span(200, analysis.conversation.duration)]
    for i in range(3):
        parts = [measures(analysis, within)[i] for within in halves]
        whole = measures(analysis)[i]
        assert sum(m.whole for m in parts) == whole.whole
        assert sum(m.part for m in parts) == whole.part


def test_figures_follow_what_a_person_said():
    talk = long_talk()
    first = next(e for e in suggested(Analysis(talk)) if e.kind == "question_open")
    said = Judgement("change", "question_open", first.span, by="AB", to="question_closed")
    assert measures(Analysis(talk, judged=(said,)))[1].part == 9


# Once per analysis


def test_words_are_cut_and_events_are_found_once_per_analysis():
    """Everything that rests on words follows from one cutting of each turn's text."""
    talk = long_talk()
    analysis = Analysis(talk)
    with calls_of(tokens) as made:
        for _ in range(2):
            found = events(analysis)
            links(analysis, found, {})
            totals(analysis, found)
            moments(analysis, found)
            measures(analysis)
            measures(analysis, Span(0, 100))
    whole = {u.text for u in talk.utterances}
    cut = [call["text"] for call in made if call["text"] in whole]  # others are what fired in one
    assert cut == list(dict.fromkeys(u.text for u in talk.utterances))


def test_no_word_of_a_session_stays_when_it_is_gone():
    def alive():
        gc.collect()
        return sum(type(thing) is Said for thing in gc.get_objects())

    before = alive()
    analysis = Analysis(long_talk())
    assert events(analysis) and measures(analysis)
    assert alive() == before + len(analysis.conversation.utterances)
    del analysis
    assert alive() == before

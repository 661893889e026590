"""The client's own words for a map, whatever the analysis was asked, and what was taken up."""

from dataclasses import replace

from prosody.analysis import Analysis
from prosody.events import Judgement
from prosody.listening.empathy import mapped
from prosody.settings import Settings


def test_quotes_are_the_clients_words_with_what_the_answer_takes_up(conversation):
    assert not Settings().reading.experimental
    found = mapped(Analysis(conversation))
    felt = [q for q in found.quotes if q.aspect == "felt"]
    assert [q.event.utterance for q in felt] == [1]
    assert "I felt so alone" in felt[0].words
    assert felt[0].answered
    assert "alone" in felt[0].taken
    assert {q.event.role for q in found.quotes} == {"client"}


def test_what_a_person_said_of_a_quote_stands(conversation):
    span = conversation.utterances[1].span
    gone = Judgement("remove", "felt", span, "sup-1", role="client")
    found = mapped(Analysis(conversation, judged=(gone,)))
    assert [q for q in found.quotes if q.aspect == "felt"] == []


def test_without_words_there_is_nothing_to_quote(conversation):
    bare = replace(
        conversation, utterances=tuple(replace(u, words=()) for u in conversation.utterances)
    )
    assert mapped(Analysis(bare)).quotes == ()

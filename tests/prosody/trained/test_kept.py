"""What the trained coder made of a session is kept with it, and goes with its words."""

from dataclasses import replace

import numpy as np

from diarize.conversation import weave
from diarize.messages import message
from diarize.roles import Casting, Role
from diarize.timeline import Span, Turn, Word
from prosody.findings import Heard, findings, with_coder
from prosody.report import codec
from prosody.settings import Settings
from prosody.trained.network import OUTPUTS
from prosody.trained.text import Pieces, plain
from prosody.trained.weights import CODER, Coder
from tests.counting import calls_of
from tests.prosody.conftest import facts

SAID = ("How was the week?", "I did not sleep.", "You lay awake all week.")


def session(said=SAID, scopes=("analyse", "keep_words")):
    turns = tuple(Turn(Span(3 * n, 3 * n + 2), "ab"[n % 2]) for n in range(len(said)))
    words = tuple(
        Word(Span(turn.span.start + k / 10, turn.span.start + (k + 1) / 10), word, voice=turn.voice)
        for turn, text in zip(turns, said, strict=True)
        for k, word in enumerate(text.split())
    )
    why = message("evidence.named", by="test")
    casting = (Casting("a", Role.THERAPIST, 1.0, why), Casting("b", Role.CLIENT, 1.0, why))
    talk = weave(turns, words, casting, 10.0, language="en", units=Settings().units)
    known = facts()
    known = replace(known, consent=replace(known.consent, scopes=scopes))
    return Heard(known, Settings(), talk)


def coder(asked, record=None):
    """A coder that counts what it is asked, and calls everything a reflection."""
    names = [f"{head}.{name}" for head, own in OUTPUTS.items() for name in own]

    def network(rows):
        asked.append(len(rows))
        sure = [5.0 if name.endswith(".reflection") else -5.0 for name in names]
        return np.array([sure] * len(rows))

    pieces = Pieces({word: at for at, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]"))})
    return Coder(pieces, network, "0" * 64, record or {})


def test_it_is_kept_exactly_and_read_no_second_time():
    asked: list[int] = []
    heard = with_coder(session(), lambda: coder(asked))
    assert asked == [3] and len(heard.outputs) == 3
    assert heard.facts.engines[CODER].weights_sha256 == "0" * 64
    assert codec.thaw(Heard, codec.plain(heard)).outputs == heard.outputs
    assert heard.read_by(lambda: coder(asked)) is heard and asked == [3]


def test_which_side_a_client_takes_is_read_where_it_is_looked_for(frames):
    asked, sides = list[int](), list[int]()

    def reader():
        def network(rows):
            sides.append(len(rows))
            return np.array([[5.0, -5.0, -5.0]] * len(rows))

        return replace(coder(asked), sides=network)

    def marked(heard):
        listening = replace(heard.settings.listening, motivational_interviewing=True)
        reading = replace(heard.settings.reading, experimental=True)
        return replace(
            heard, settings=replace(heard.settings, listening=listening, reading=reading)
        )

    def of_clients(heard):
        return [e.kind for e in findings(heard, frames).events if e.role == "client"]

    plain = with_coder(session(), reader)
    assert not sides and "change_talk" not in of_clients(plain)
    late = marked(plain).read_by(reader)
    first = with_coder(marked(session()), reader)
    assert asked == [3, 3] and sides == [1, 1] and late.outputs == first.outputs
    assert "change_talk" in of_clients(first) and first.read_by(reader) is first
    kept = with_coder(marked(session(scopes=("analyse",))), reader)
    assert "change_talk" in of_clients(kept)
    totals = {
        t.behaviour: t
        for t in findings(with_coder(marked(session()), lambda: coder([])), frames).totals
    }
    assert totals["change_talk"].n is None
    assert totals["change_talk"].reason.code == "behaviour.no_coder_for_it"


def test_only_what_a_correction_changed_is_read_again():
    asked: list[int] = []
    heard = with_coder(session(), lambda: coder(asked))
    other = session((*SAID[:2], "You lay awake all of it."))
    replace(heard, conversation=other.conversation).read_by(lambda: coder(asked))
    assert asked == [3, 1]


def test_turns_are_made_ready_for_it_once_for_reading_and_suggesting(frames):
    def made():
        return tuple(call["text"] for call in calls)

    with calls_of(plain) as calls:
        heard = with_coder(session(), lambda: coder([]))
        assert "reflection" in {event.kind for event in findings(heard, frames).events}
        assert made() == SAID
        assert heard.read_by(lambda: coder([])) is heard and made() == SAID
        with_coder(session(), lambda: coder([]))
        assert made() == SAID + SAID  # another conversation, though the same was said


def test_without_words_nothing_of_it_is_kept_but_what_was_suggested():
    heard = with_coder(session(scopes=("analyse",)), lambda: coder([]))
    kept = heard.kept
    assert heard.outputs and not kept.outputs
    assert {event.kind for turn in kept.read.turns for event in turn.events} == {"reflection"}


def test_a_report_says_which_coder_read_and_how_it_did():
    said = {note.code for note in with_coder(session(), lambda: None).facts.notes}
    assert "coder.rules_alone" in said
    said = {note.code for note in with_coder(session(), lambda: coder([])).facts.notes}
    assert "coder.by_unjudged" in said
    record = {"held_out": {"macro_f1": [0.7, 0.6, 0.8]}, "sessions": 9, "turns": 300}
    said = {note.code for note in with_coder(session(), lambda: coder([], record)).facts.notes}
    assert "coder.by_shipped" in said
    record["shipped"] = {}
    notes = with_coder(session(), lambda: coder([], record)).facts.notes
    (own,) = [note for note in notes if note.code == "coder.by_own"]
    assert (own.fields["sessions"], own.fields["value"]) == (9, 0.7)


def test_a_correction_has_only_those_read_of_whom_something_is_suggested(frames):
    asked: list[int] = []
    heard = with_coder(session(), lambda: coder(asked))
    other = session(("How was the month?", "I slept.", "You lay awake all of it."))
    now = replace(heard, conversation=other.conversation)
    some = now.read_by(lambda: coder(asked), roles=(Role.THERAPIST,))
    every = now.read_by(lambda: coder(asked))
    assert asked == [3, 2, 3]
    assert findings(some, frames).events == findings(every, frames).events
    assert "reflection" in {event.kind for event in findings(some, frames).events}

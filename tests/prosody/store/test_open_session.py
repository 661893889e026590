"""A session that somebody has open: what is worked out again, and what is not."""

import gc

import pytest

from prosody import catalogue
from prosody.cues.measure import Cue, Measure
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour
from prosody.store import amend
from prosody.store.library import Library
from prosody.store.requests import Request


@pytest.fixture
def reading():
    """Give the texts of the turns in which a behaviour was looked for."""
    read: list[str] = []

    def reads(turn):
        read.append(turn.said.text)

    named = ("waves", "Waves", "Asking", "Only made so that a test can look for it.", "Hello.")
    with behaviours.registered(Behaviour(*named, reads=reads)):
        yield read


def test_of_an_open_session_only_what_a_correction_touched_is_read_again(shelf, reading):
    library, state = Library(shelf), amend.read(Library(shelf), "s-1")

    def corrected(**options):
        nonlocal state
        reading.clear()
        state = amend.changed(library, "s-1", Request(**options), by="x", held=state)
        return list(reading)

    every = corrected(motivational_interviewing=True)
    own = [u.text for u in state.report.turns if u.role == "therapist" and u.kind != "backchannel"]
    assert every == own and len(own) > 2  # nothing was worked out before
    last, said = state.report.turns[-1], "Where would you like to go?"
    assert last.role == "therapist"
    assert corrected(turn=last.index, text=said) == [said]
    assert corrected(without_warmth=("softness",)) == []
    assert set(corrected(swap_roles=True)).isdisjoint(own)  # they are the client's now


def test_while_a_correction_is_worked_out_nobody_looks_for_cycles(shelf):
    at_work = []

    def measure(analysis, role, within):
        at_work.append(gc.isenabled())
        return Measure("x.timed", role, 1.0, "times", n=1)

    row = Cue(
        name="x.timed",
        unit="times",
        label="x",
        higher="more",
        lower="fewer",
        meaning="Only for a test.",
        measure=measure,
        roles=("client",),
    )
    with catalogue.registered(row):
        amend.correct(Library(shelf), "s-1", Request(swap_roles=True), by="x")
        amend.undo(Library(shelf), "s-1", 1, by="x")
    assert at_work == [False, False] and gc.isenabled()

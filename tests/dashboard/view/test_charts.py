"""What is drawn is what the report says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from dashboard.view import charts
from diarize.conversation import Conversation, Role, TurnKind, Utterance
from diarize.timeline import Span, total
from tests.conftest import retold


def turn(index: int, start: float, end: float, role: str, voice: str) -> Utterance:
    span = Span(start, end)
    return Utterance(index, span, voice, Role(role), TurnKind.PRIMARY, (span,))


@given(
    some.lists(
        some.tuples(
            some.floats(0, 50), some.floats(0.1, 10), some.sampled_from(["therapist", "client"])
        ),
        max_size=12,
    )
)
@settings(deadline=None, max_examples=60)
def test_alone_and_overlap_agree_with_a_count_on_a_fine_grid(rows: Any) -> None:
    turns = tuple(turn(i, s, s + d, r, r[0]) for i, (s, d, r) in enumerate(rows))
    report = _report(turns)
    grid = np.arange(0, 62, 0.01) + 0.005
    speaking = {
        role: np.any(
            [(t.span.start <= grid) & (grid < t.span.end) for t in turns if t.role == role], 0
        )
        if any(t.role == role for t in turns)
        else np.zeros(grid.size, bool)
        for role in ("therapist", "client")
    }
    both = float(np.sum(speaking["therapist"] & speaking["client"])) * 0.01
    shared = report.conversation.overlaps()
    assert total(shared) == pytest.approx(both, abs=0.01 * (2 + 2 * len(turns)))
    for role, other in (("therapist", "client"), ("client", "therapist")):
        mine = charts.alone(report, role)
        inside = np.any([(s.start <= grid) & (grid < s.end) for s in mine], 0) if mine else False
        assert not np.any(inside & speaking[other])
        assert not np.any(inside & ~speaking[role])


def _report(turns: tuple[Utterance, ...]) -> Any:
    class Bare:
        pass

    bare: Any = Bare()
    bare.turns = turns
    bare.conversation = Conversation(turns, (), (), 62.0)
    return bare


def test_an_envelope_keeps_the_extremes_and_the_gaps(shelf: Any) -> None:
    report = shelf.report()
    frames = shelf.frames(report)
    pitch, level = charts.envelopes(report, frames, bins=600)
    assert (pitch.name, pitch.unit, level.unit) == ("Pitch", "Hz", "dB")
    assert pitch.bin_s == pytest.approx(0.2)
    for band in pitch.bands:
        alone = charts.alone(report, band.role)
        keep = np.array(
            [any(s.start + 0.02 < t < s.end - 0.02 for s in alone) for t in frames.time_s]
        )
        own = frames.f0_hz[keep & np.isfinite(frames.f0_hz)]
        low = [v for v in band.low if v is not None]
        high = [v for v in band.high if v is not None]
        assert min(low) == pytest.approx(own.min(), abs=0.6)
        assert max(high) == pytest.approx(own.max(), abs=0.6)
        assert [v is None for v in band.low] == [v is None for v in band.high]
    therapist, client = pitch.bands
    assert therapist.low[10] is None and client.low[10] is not None
    assert all(band.low[int(28 / 0.2)] is None for band in pitch.bands), "a silence is a gap"


def test_overlapped_speech_is_in_neither_envelope(shelf: Any) -> None:
    report = shelf.report()
    pitch, _ = charts.envelopes(report, shelf.frames(report), bins=600)
    assert all(band.low[int(49.5 / 0.2)] is None for band in pitch.bands)


def test_a_recording_with_a_channel_per_person_has_envelopes_too(shelf: Any) -> None:
    report = shelf.report()
    one = charts.envelopes(report, shelf.frames(report))
    two = charts.envelopes(report, shelf.frames(report, channels=2))
    assert one == two


def test_bins_never_exceed_what_was_asked(shelf: Any) -> None:
    report = shelf.report()
    long = replace(report, recording=replace(report.recording, duration_s=10_000.0))
    envelope = charts.envelopes(long, shelf.frames(report), bins=100)[0]
    assert envelope.bin_s == 100.0
    assert all(len(band.low) <= 100 for band in envelope.bands)


def test_a_session_in_which_nobody_speaks_can_be_drawn(shelf: Any) -> None:
    empty = shelf.report(utterances=(), events=(), moments=(), links=(), measures=())
    assert charts.lanes(empty) == ("therapist", "client")
    pitch, _ = charts.envelopes(empty, shelf.frames(empty))
    assert all(v is None for band in pitch.bands for v in band.low)


def test_a_third_voice_gets_a_lane_of_its_own(shelf: Any) -> None:
    report = shelf.report()
    third = retold(report, utterances=(*report.turns, turn(13, 119.0, 119.5, "other", "C")))
    assert charts.lanes(third) == ("therapist", "client", "voice C")


def test_voices_without_a_role_are_kept_apart(shelf: Any) -> None:
    report = shelf.report()
    undecided = retold(report, utterances=tuple(replace(t, role="unknown") for t in report.turns))
    assert charts.lanes(undecided) == ("voice A", "voice B")
    assert charts.alone(undecided, "voice A") == charts.alone(report, "therapist")
    pitch, _ = charts.envelopes(undecided, shelf.frames(report))
    assert [band.role for band in pitch.bands] == ["voice A", "voice B"]
    assert [band.low for band in pitch.bands] == [
        band.low for band in charts.envelopes(report, shelf.frames(report))[0].bands
    ]


def test_a_course_that_can_never_be_said_is_left_out(shelf: Any) -> None:
    report = shelf.report()
    lines = report.course.series
    silent = replace(lines[0], cue="voice.level", value=(None, None))
    more = replace(report, course=replace(report.course, series=(*lines, silent)))
    assert charts.series(more) == (("talk.share", (0, 1)),)

"""A self-review: pins, answers and a map before the tool's side, and what both chose."""

from dataclasses import replace

import pytest

from diarize.timeline import Span
from prosody.listening.moments import Moment
from prosody.store import reviews, written
from prosody.store.library import Library
from prosody.store.written import RATINGS, Written
from tests.consents import told
from tests.prosody.conftest import keep
from tests.prosody.store.test_encrypting import ENTRY, said, save  # noqa: F401
from tests.said import refused


@pytest.fixture
def library(tmp_path, said, frames):  # noqa: F811
    save(tmp_path, said, frames)
    return Library(tmp_path)


def pin(library, at, by="tr-1"):
    written.put(library, "s-1", RATINGS, [Written("pin", at, {"text": "here"}, by)])


def answered(library, at, *, clip, by="tr-1"):
    one = next(p for p in reviews.of(library, "s-1", by).pins if p.value == at)
    reviews.answer(
        library, "s-1", one, by=by, answers={"heard": " alone ", "meant": ""},
        sliders={"followed": 40}, clip=clip,
    )  # fmt: skip


def test_pins_are_a_reviewers_own_and_clips_are_shown_once_they_are_done(library):
    for at in (20.0, 5.0):
        pin(library, at)
    pin(library, 9.0, "tr-2")
    answered(library, 5.0, clip=True)
    own = reviews.of(library, "s-1", "tr-1")
    assert [p.value for p in own.pins] == [5.0, 20.0] and not own.revealed
    assert own.pins[0].detail == {
        "text": "here",
        "answer_heard": "alone",
        "sliders": {"followed": 40},
        "clip": True,
    }
    assert reviews.clips(library, "s-1") == ()
    reviews.reveal(library, "s-1", by="tr-1")
    reviews.reveal(library, "s-1", by="tr-1")
    assert [p.value for p in reviews.clips(library, "s-1")] == [5.0]
    assert [name for name, _ in reviews.own_course(library, "tr-1")] == ["s-1"]
    assert reviews.own_course(library, "tr-2") == ()


def test_three_clips_and_no_more(library):
    for at in (1.0, 2.0, 3.0, 4.0):
        pin(library, at)
    for at in (1.0, 2.0, 3.0):
        answered(library, at, clip=True)
    with refused("written.clips_full", most=3):
        answered(library, 4.0, clip=True)
    answered(library, 3.0, clip=True)  # the same one again is not a fourth


def test_the_map_is_from_before_and_stays_as_it_was(library):
    reviews.remember(library, "s-1", {"felt": " alone "}, by="tr-1")
    reviews.remember(library, "s-1", {"felt": "lonely"}, by="tr-1")
    assert reviews.of(library, "s-1", "tr-1").remembered.detail == {"felt": "lonely"}
    reviews.reveal(library, "s-1", by="tr-1")
    with refused("written.revealed"):
        reviews.remember(library, "s-1", {"felt": "as the tool says"}, by="tr-1")
    assert reviews.of(library, "s-1", "tr-1").remembered.detail == {"felt": "lonely"}


def test_no_map_without_the_consent_to_keep_words(library, report):
    less = replace(report, consent=replace(report.consent, scopes=("analyse", "play_back")))
    told(replace(less, recording=replace(less.recording, sha256=ENTRY.sha256)))
    with refused("corrections.no_consent"):
        reviews.remember(library, "s-1", {"felt": "alone"}, by="tr-1")


def test_the_map_goes_when_words_may_be_kept_no_more(library, report):
    pin(library, 5.0)
    reviews.remember(library, "s-1", {"felt": "alone"}, by="tr-1")
    less = replace(report, consent=replace(report.consent, scopes=("analyse", "play_back")))
    told(replace(less, recording=replace(less.recording, sha256=ENTRY.sha256)))
    left = reviews.of(Library(library.folder), "s-1", "tr-1")
    assert left.remembered is None and len(left.pins) == 1


def test_pins_are_laid_beside_the_moments_and_chance_is_said(report):
    of = report.moments[0].reason if report.moments else None
    spans = ((4.0, 6.0, 2.0, 8.0), (7.0, 8.0, 7.0, 12.4))
    moments = tuple(
        Moment("strong", Span(a, b), Span(c, d), of or report.notes[0], 1.0, ())
        for a, b, c, d in spans
    )
    laid = reviews.laid_beside(
        replace(report, moments=moments), [Written("pin", at) for at in (2.5, 7.4, 20.0)]
    )
    assert [(p.value, m.span.start) for p, m in laid.both] == [(2.5, 4.0), (7.4, 7.0)]
    assert [p.value for p in laid.own] == [20.0] and laid.tool == ()
    assert laid.share == pytest.approx((12.4 - 2.0) / 31.0)


def test_the_clients_words_are_found_in_a_session_that_was_not_asked_for_them(
    tmp_path, report, frames
):
    keep(tmp_path, ENTRY, report, None)
    found = reviews.mapped(Library(tmp_path), "s-1")
    assert "felt" in [quote.aspect for quote in found.quotes]
    assert {event.kind for event in report.events}.isdisjoint({"felt", "thought"})

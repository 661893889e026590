"""Many sessions at a glance: spreads over enough of them, missing values with their reasons."""

import shutil
from dataclasses import replace

import pytest

from diarize.messages import message
from prosody.features.frame_files import save
from prosody.store.cohort import cohort, columns
from prosody.store.filing import file_under
from prosody.store.library import Entry, Library
from tests.prosody.conftest import keep
from tests.said import refused

FEW = message("measure.few_changes", n=1, least=2)


@pytest.fixture(scope="module")
def library(tmp_path_factory, report, frames):
    """Six sessions of three pairs in the north, five of two in the south, one of nowhere."""
    folder = tmp_path_factory.mktemp("cohort")
    plan = [("north", n % 3, n / 10) for n in range(6)]
    plan += [("south", 5 + n % 2, n / 10) for n in range(5)] + [(None, 9, None)]
    for number, (site, pair, share) in enumerate(plan):
        measures = tuple(
            replace(m, value=share, reason=None if share is not None else FEW)
            if (m.cue, m.role) == ("talk.share", "client")
            else m
            for m in report.measures
        )
        entry = Entry(
            f"s-{number}", report.recording.sha256, "2030-01-01", 31.0, dyad_id=f"d-{pair}"
        )
        keep(folder, entry, replace(report, measures=measures), lambda to: save(frames, to))
        file_under(Library(folder), f"s-{number}", {}, {"site": site})
    return Library(folder)


def share(group):
    return next(s for s in group.spreads if (s.cue, s.role) == ("talk.share", "client"))


def test_groups_stand_by_name_with_quartiles_over_enough_pairs(library):
    north, south, none = cohort(library, "site")
    assert [(g.name, g.sessions, g.pairs) for g in (north, south, none)] == [
        ("north", 6, 3), ("south", 5, 2), (None, 1, 1),
    ]  # fmt: skip
    found = share(north)
    assert (found.low, found.median, found.high) == pytest.approx((0.125, 0.25, 0.375))
    assert share(south).n == 5 and share(south).median is None  # two pairs would be told apart
    assert share(none).n == 0 and dict(share(none).missing) == {"measure.few_changes": 1}


def test_without_a_column_all_stand_together(library):
    (whole,) = cohort(library)
    assert (whole.sessions, share(whole).n, sum(share(whole).missing.values())) == (12, 11, 1)
    assert (
        sum(g.quality.get("speech", 0) for g in cohort(library, "site"))
        == whole.quality["speech"]
        > 0
    )
    (only,) = cohort(library, where={"dyad_id": "d-9"})
    assert only.sessions == 1


def test_sessions_of_nobody_in_particular_may_all_be_of_one_pair(library, tmp_path):
    copy = tmp_path / "library"
    shutil.copytree(library.folder, copy)
    unnamed = Library(copy)
    for number in range(6):
        file_under(unnamed, f"s-{number}", {"dyad_id": None})
    north = cohort(unnamed, "site")[0]
    assert (north.sessions, north.pairs) == (6, 1)
    assert share(north).n == 6 and share(north).median is None
    file_under(unnamed, "s-0", {"client_id": "c-1"})
    file_under(unnamed, "s-1", {"client_id": "c-2"})
    north = cohort(unnamed, "site")[0]
    assert north.pairs == 3 and share(north).median is not None


def test_a_column_that_is_not_there_is_refused(library):
    assert columns(library) == ("setting", "site")
    with refused("library.no_such_column"):
        cohort(library, "age")

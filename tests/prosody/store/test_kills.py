"""Killed anywhere, nothing that should stay is lost and nothing that should go is left."""

import random
from functools import cache

import pytest

from benchmarks.shared.killing import full, held, killed, left_there, points
from benchmarks.shared.kills import possible
from benchmarks.shared.victims import JOBS, Place

SEED, DRAWN = 20, 40
pytestmark = pytest.mark.skipif(not cache(possible)(), reason="strace cannot attach here")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(data))
        yield Place(tmp_path_factory.mktemp("kills"), data)


@pytest.fixture(scope="module")
def every(place):
    """Each step at which there is something to kill; to count them all jobs are traced."""
    return points(place)


@pytest.fixture(autouse=True)
def registered(place, monkeypatch, nobodys_register):
    monkeypatch.setenv("XDG_DATA_HOME", str(place.data))


@pytest.mark.slow
def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing(place, every):
    assert {job for job, _, _ in every} == set(JOBS)
    drawn = random.Random(SEED).sample(every, DRAWN)
    hit = sum(killed(place, *point)[0] for point in drawn)
    assert hit > 0.9 * DRAWN  # a step that was drawn is there again, or the test kills nothing


@pytest.mark.slow
@pytest.mark.parametrize("job", ["forget", "withdraw"])
def test_whatever_a_kill_leaves_of_what_erases_is_erased(place, job):
    found = held(place, job)
    assert len(found.steps) > 100 and len(found.lying) > len(found.steps) / 4
    for lying in found.lying:
        left_there(place, job, lying)


@pytest.mark.slow
def test_a_disk_that_is_full_from_any_write_on_loses_nothing_and_leaves_nothing(place, every):
    writes = [p for p in every if p[1] in ("write", "pwrite64", "ftruncate")]
    assert {job for job, _, _ in writes} == set(JOBS)
    for point in random.Random(SEED).sample(writes, DRAWN // 2):
        full(place, *point)


@pytest.mark.slow
def test_narrowing_on_a_full_disk_loses_no_session(place):
    writes = [p for p in points(place, ["narrow"]) if p[1] in ("write", "pwrite64", "ftruncate")]
    for point in random.Random(SEED).sample(writes, DRAWN // 4):
        full(place, *point)

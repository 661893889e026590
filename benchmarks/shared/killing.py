"""Jobs of `benchmarks.shared.victims`, killed or failing at a call, and looked at after.

Many calls leave the same bytes as the one before (all that make bytes durable do): where every call
is tried, the job is done once, held at each, and what lies there is looked at once for all of them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

from benchmarks.shared.kills import calls_of, failing_from, held_at_each, killed_at
from benchmarks.shared.victims import JOBS, Lying, Place

__all__ = ["Held", "full", "held", "killed", "left_there", "points"]


def killed(place: Place, job: str, call: str, number: int) -> tuple[bool, Lying]:
    """Kill one job at one call, look at what is left, and let the next commands run.

    Returns
    -------
    tuple
        Whether it was killed, and what lay there after.
    """
    do, after, start = JOBS[job]
    work = place.fresh(start)
    was, lies = killed_at(partial(do, place, work), call, number), place.lies()
    after(place, work)
    return was, lies


def full(place: Place, job: str, call: str, number: int) -> None:
    """Do one job on a disk that is full from one call on, look at what is left, and go on."""
    do, after, start = JOBS[job]
    work = place.fresh(start)
    failing_from(partial(do, place, work), call, number, "ENOSPC")
    after(place, work)


@dataclass
class Held:
    """What lay there before each call of a job that changes a disk.

    Parameters
    ----------
    steps : list
        Of each call, its name, whether the job's own process made it, and the number of what lay
        there before it.
    lying : list
        What lay there, each once.
    """

    steps: list[tuple[str, bool, int]] = field(default_factory=list)
    lying: list[Lying] = field(default_factory=list)

    def before(self, call: str, number: int) -> Lying:
        """Give what lay there before the n-th call of a kind of the job's own process."""
        own = [which for name, mine, which in self.steps if mine and name == call]
        return self.lying[own[number - 1]]


def held(place: Place, job: str) -> Held:
    """Do one job, held at each call, and keep what lay there: what a kill at the call leaves."""
    do, _, start = JOBS[job]
    work, found, known = place.fresh(start), Held(), dict[Lying, int]()

    def lies() -> int:
        now = place.lies()
        if now not in known:
            known[now] = len(found.lying)
            found.lying.append(now)
        return known[now]

    before = [lies()]

    def look(call: str, own: bool) -> None:
        found.steps.append((call, own, before[0]))
        before[0] = lies()

    status = held_at_each(partial(do, place, work), look)
    assert status == 0, f"{job} did not end well while it was held"
    return found


def left_there(place: Place, job: str, lying: Lying) -> None:
    """Lay what a kill left, look at it, and let the next commands run."""
    _, after, _ = JOBS[job]
    after(place, place.lay(lying))


def points(place: Place, jobs: Collection[str] = ()) -> list[tuple[str, str, int]]:
    """Give every job, call and number at which there is something to kill; of all jobs, or some."""
    every = []
    for job, (do, _, start) in JOBS.items():
        if jobs and job not in jobs:
            continue
        counted = calls_of(partial(do, place, place.fresh(start)))
        every += [(job, call, n) for call, most in counted.items() for n in range(1, most + 1)]
    return every

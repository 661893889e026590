"""Small networks on several cores: each call on one core, several calls at once.

Conventions
-----------
A recurrent layer split over cores makes them wait for each other at every step: on two cores of
which one is busy with something else, the voice encoder took eighteen times the processor time
of one core. Calls that do not depend on each other lose nothing by running side by side, and
what they compute does not depend on how many do.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["cores", "one_core", "side_by_side"]

_MOST = 4
Given = TypeVar("Given")
Made = TypeVar("Made")


@contextmanager
def one_core() -> Iterator[None]:
    """Let torch use one core for every call made inside, and as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(function: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """Call a function of each item, in as many threads as there are cores, at most four.

    ``OMP_NUM_THREADS`` limits them, as it limits the libraries beneath.

    Parameters
    ----------
    function : callable
        Of one item; calls must not depend on each other.
    items : iterable
        Taken all at once.

    Returns
    -------
    list
        In the order of the items.
    """
    with one_core(), ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(function, items))


def cores() -> int:
    """How many calls run side by side: the cores this process may use, at most four."""
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(_MOST, ours or 1, int(asked) if asked.isdigit() else _MOST))

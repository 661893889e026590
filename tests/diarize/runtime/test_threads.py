"""Calls side by side: in order, on one core each, and the setting put back."""

import os
import threading

import pytest
import torch

from diarize.runtime import threads


def has_cores(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(count)), raising=False)


def test_results_keep_their_order_and_every_call_has_one_core(monkeypatch) -> None:
    has_cores(monkeypatch, 3)
    before = torch.get_num_threads()
    meeting = threading.Barrier(3, timeout=120)  # broken unless three calls run at once

    def call(number: int) -> tuple[int, int]:
        meeting.wait()
        return number, torch.get_num_threads()

    assert threads.side_by_side(call, range(6)) == [(number, 1) for number in range(6)]
    assert torch.get_num_threads() == before


def test_a_failing_call_is_told_and_the_setting_put_back() -> None:
    def call(number: int) -> int:
        raise ValueError(f"no {number}")

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(ValueError, match="no 0"):
            threads.side_by_side(call, range(3))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("asked", "most"), [("1", 1), ("many", 4), ("3", 3), ("0", 1)])
def test_the_environment_limits_them(asked: str, most: int, monkeypatch) -> None:
    has_cores(monkeypatch, 8)
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    lock, meeting = threading.Lock(), threading.Barrier(most, timeout=120)
    running, seen = 0, []

    def call(number: int) -> None:
        nonlocal running
        with lock:
            running += 1
            seen.append(running)
        meeting.wait()  # broken unless so many calls run at once
        with lock:
            running -= 1

    threads.side_by_side(call, range(4 * most))
    assert max(seen) == most

"""Calls side by side: in order, on one core each, and the setting put back."""

import threading

import pytest
import torch

from diarize.runtime import threads


def test_results_keep_their_order_and_every_call_has_one_core(monkeypatch) -> None:
    monkeypatch.setattr(threads, "_cores", lambda: 3)
    before = torch.get_num_threads()
    meeting = threading.Barrier(3, timeout=20)  # broken unless three calls run at once

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


@pytest.mark.parametrize(("asked", "most"), [("1", 1), ("many", 4), ("0", 1)])
def test_the_environment_limits_them(asked: str, most: int, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert 1 <= threads._cores() <= most

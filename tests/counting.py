"""How often a function of the program is called, without putting another in its place.

Conventions
-----------
Python itself tells of every call (`sys.setprofile`), in this thread and in those begun meanwhile.
"""

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["calls_of"]


@contextmanager
def calls_of(*functions: Callable[..., Any]) -> Iterator[list[dict[str, Any]]]:
    """Give what the functions are called with, one row a call, in order.

    A row has the arguments by their names, and under `""` the name of the function.
    """
    codes = {inspect.unwrap(function).__code__ for function in functions}
    made: list[dict[str, Any]] = []

    def told(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            made.append({"": frame.f_code.co_name, **frame.f_locals})

    before = sys.getprofile()
    threading.setprofile(told)
    sys.setprofile(told)
    try:
        yield made
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]

"""How a person is asked for a secret, where there is one to ask."""

from collections.abc import Callable

__all__ = ["ASK"]

ASK: list[Callable[[], str]] = []  # the last counts; empty where nobody can be asked

"""How a person is asked for a secret, where there is one to ask."""

from collections.abc import Callable

__all__ = ["ASK"]

# The last counts; empty where nobody can be asked. Each is told whether the secret is a new one,
# which must be typed twice: what was mistyped once would open nothing ever again.
ASK: list[Callable[[bool], str]] = []

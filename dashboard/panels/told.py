"""What a person tells a component of the page: taken up at once, kept until it is carried out.

A page that is asked to run again while it runs begins anew, and what its component was told before
is told to nobody any more. So it is written down before the page runs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st

__all__ = ["take_up", "waiting"]


def take_up(key: str, first: Callable[[Mapping[str, Any]], None]) -> None:
    """Write down what a component was told before the page runs again; `first` hears it at once."""
    said = getattr(st.session_state.get(key), "told", None)
    if isinstance(said, Mapping):
        st.session_state[_place(key)] = (*_written(key), said)
        first(said)


def waiting(key: str) -> Iterator[Mapping[str, Any]]:
    """Give what a component was told, one at a time: what is given is carried out and forgotten.

    Whoever carries it out draws nothing before it is done; a page that begins anew there is asked
    again for the rest alone.
    """
    while said := _written(key):
        st.session_state[_place(key)] = said[1:]
        yield said[0]


def _written(key: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(st.session_state.get(_place(key), ()))


def _place(key: str) -> str:
    return f"told {key}"

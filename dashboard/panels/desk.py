"""What a panel is given: the session a viewer has open, and what the viewer can do to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from dashboard import serving
from dashboard.view.opened import Opened
from dashboard.view.words import for_the_page, say
from diarize.errors import Refused
from prosody.store.amend import State

__all__ = ["Desk"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """One viewer's open session.

    Parameters
    ----------
    session : Opened
        What was read.
    scene : str
        What the listening room shows of it, packed.
    key : str
        What addresses of sound and print are signed with.
    pages : mapping
        The pages by their path, to link to.
    """

    session: Opened
    scene: str
    key: str
    pages: Mapping[str, Any] = field(default_factory=dict)

    def by(self) -> str:
        """Give the code of who corrects or writes here.

        Raises
        ------
        Refused
            If nobody said who they are: nothing is signed with a code that is nobody's.
        """
        code = str(st.session_state.get("code") or "").strip()
        if not code:
            raise Refused("dashboard.code_first")
        return code

    def link(self, page: str, label: str) -> None:
        """Link to another page on this session, where there is one."""
        if page in self.pages:
            st.page_link(
                self.pages[page],
                label=label,
                icon=":material/arrow_forward:",
                query_params={"id": self.session.session_id},
            )

    def signed(self, change: Callable[..., T]) -> Callable[..., T]:
        """Sign a change when it is made with the code of who makes it."""
        return lambda **asked: change(by=self.by(), **asked)

    def correct(self, change: Callable[[], object]) -> None:
        """Run a change and open the session anew, or say in a line why nothing was changed."""
        with st.spinner(say("recalculating")):
            problem = self.tried(change)
        self._answered(problem)

    def correct_at_once(self, change: Callable[[], object]) -> None:
        """Run a change like `correct`, with nothing drawn before it: what a component was told."""
        self._answered(self.tried(change))

    def _answered(self, problem: str) -> None:
        if problem:
            st.text(problem)
        else:
            st.rerun()

    def tried(self, change: Callable[[], object]) -> str:
        """Run a change; give a line that says why nothing was changed, or an empty text.

        Nothing turns on the page meanwhile: what asks from the listening room says so there, and
        what moves takes from the browser what the figures need.
        """
        try:
            made = change()
        except Refused as problem:
            return say("not_changed", why=for_the_page(problem.message))
        if isinstance(made, State) and made.stamp != self.session.stamp:
            st.session_state["made"] = made  # so that the page need not read it again
        return ""

    def address(self, route: str) -> str:
        """Sign the address of a route for this session.

        Once per viewer and session: a new address on every rerun would stop the sound.
        """
        session_id, held = self.session.session_id, st.session_state.get("token")
        if held is None or held[0] != session_id:
            held = (session_id, serving.token(session_id, self.key))
            st.session_state["token"] = held
        return route + str(held[1])

"""What was told is carried out once, whatever the page does meanwhile; a code stays a person's."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.conftest import PATIENCE_S
from tests.dashboard.pages.test_pages import FIELD

# A page that is asked to run again before it comes to what it was told, as a busy one is.
BEGUN_ANEW = """
import streamlit as st
from dashboard.panels import told
state = st.session_state
state["first"] = []
for number in state["asked"]:
    state["room"] = type("Room", (), {"told": {"n": number}})()
    told.take_up("room", state["first"].append)
state["asked"] = []
if state["anew"]:
    state["anew"] = False
    st.rerun()
for said in told.waiting("room"):
    state["done"] = [*state["done"], said["n"]]
    if said["n"] == 1:
        st.rerun()
"""
SIGNED = """
import streamlit as st
from dashboard.panels import writing
writing.ask_code(st)
if by := st.session_state.pop("by", None):
    writing.take_code({"by": by})
    st.rerun()
"""


def ran(script: str, **state: Any) -> AppTest:
    page = AppTest.from_string(script, default_timeout=PATIENCE_S)
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


def test_a_page_that_begins_anew_forgets_nothing_it_was_told() -> None:
    page = ran(BEGUN_ANEW, asked=[1, 2, 3], anew=True, done=[])
    assert page.session_state["done"] == [1, 2, 3]
    assert ran(BEGUN_ANEW, asked=[], anew=False, done=[]).session_state["done"] == []


def test_a_code_outlasts_a_browser_that_has_not_heard_of_it() -> None:
    page = ran(SIGNED, by="tr-1")
    (field,) = page.text_input
    assert (field.value, page.session_state["code"]) == ("tr-1", "tr-1")
    page.session_state[FIELD] = ""  # what the browser still says of the field before
    page.run()
    assert (page.text_input[0].value, page.session_state["code"]) == ("tr-1", "tr-1")
    page.text_input[0].set_value("").run()
    assert page.session_state["code"] == ""

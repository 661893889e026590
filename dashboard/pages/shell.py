"""The script Streamlit runs: every page of the table, and no word of a session in an error.

It lies among the pages because Streamlit takes a folder ``pages`` beside its script for pages of
its own making.
"""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.pages.given import Site
from dashboard.pages.table import table
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from diarize.messages import sentence
from diarize.runtime.faults import told

_LOG = logging.getLogger("dashboard")


def _boundary(page: Any) -> None:
    try:
        page.run()
    except Refused as problem:
        st.error(say("cannot_be_shown"))
        st.text(own_line(problem.message))
    except Exception as error:
        # The message of an error may quote a transcript: only its kind and place are told.
        _LOG.error(told(error))
        st.error(say("went_wrong"))


st.set_page_config(page_title=say("site"), layout="wide")
st.html(Path(__file__).parents[1] / "static" / "shell.css")
pages: dict[str, Any] = {}
doors = tuple((row.path, row.door, row.icon) for row in table() if row.door)
site = Site(Path(st.secrets["library"]), str(st.secrets["signing_key"]), pages, doors)
for row in table():
    pages[row.path] = st.Page(
        partial(row.show, site),
        title=sentence(row.title),
        url_path=row.path,
        default=not pages,
    )
_boundary(st.navigation([*pages.values()], position="hidden"))

"""The script Streamlit runs: the table of pages, and no word of a session in an error message.

It lies among the pages because Streamlit takes a folder ``pages`` beside its script for pages of
its own making.
"""

import logging
import traceback
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.pages import library_page, session_page
from diarize.errors import Refused

_LOG = logging.getLogger("dashboard")


def _boundary(page: Any) -> None:
    try:
        page.run()
    except Refused as problem:
        st.error("This cannot be shown.")
        st.text(str(problem))
    except Exception as error:
        # The message of an error may quote a transcript: only its kind and place are told.
        where = traceback.extract_tb(error.__traceback__)[-1]
        _LOG.error(
            "%s in %s line %s", type(error).__name__, Path(where.filename).name, where.lineno
        )
        st.error("Something went wrong while showing this page. Nothing of the session is lost.")


st.set_page_config(page_title="Listening", layout="wide")
st.html(Path(__file__).parents[1] / "static" / "shell.css")
folder, key = Path(st.secrets["library"]), str(st.secrets["signing_key"])
pages: dict[str, Any] = {}
pages["home"] = st.Page(
    lambda: library_page.show(folder, pages["one"]),
    title="Sessions",
    url_path="library",
    default=True,
)
pages["one"] = st.Page(
    lambda: session_page.show(folder, key, pages["home"]), title="Session", url_path="session"
)
_boundary(st.navigation([*pages.values()], position="hidden"))

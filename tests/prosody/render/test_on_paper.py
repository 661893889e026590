"""A report as it is printed, and what in it is in the reader's language."""

import re
from dataclasses import replace

from diarize.messages import VARIABLE
from diarize.models.engine import Engine
from prosody.render import wording
from prosody.render.html import SECTIONS, html


def test_on_paper_no_heading_stands_above_nothing(report, frames):
    page = html(report, frames, session_id="s-1")
    closed = r"<details>.*?</details>"  # is not printed
    printed = re.sub(closed, "", page, flags=re.DOTALL)
    found = re.findall(r'<section id="(\w+)"><h2>.*?</h2>(.*?)</section>', printed, re.DOTALL)
    assert [name for name, below in found if not re.sub(r"<[^>]+>", "", below).strip()] == []
    assert len(found) == len(SECTIONS) + 1


def test_programs_of_ours_are_named_in_the_language(report, frames, monkeypatch):
    ours = ("supplied transcript", "fused evidence")
    heard = {"separator": Engine("pyannote.audio", "4"), **{n: Engine(n, "1") for n in ours}}
    told = replace(report, engines=heard)
    assert all(name in html(told, frames, session_id="s-1") for name in heard if name in ours)
    monkeypatch.setenv(VARIABLE, "de")
    page = html(told, frames, session_id="s-1")
    assert "pyannote.audio" in page
    assert all(wording.program(name) in page and f": {name}" not in page for name in ours)

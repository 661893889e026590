"""A fault tells its kind and its place, and no word of what the program worked on."""

import subprocess
import sys

import pytest

from diarize.runtime.faults import told
from tests.conftest import ROOT

WORD = "zanzibar"
BEGUN = f"from diarize.runtime.faults import keep_to_itself; keep_to_itself(); w = {WORD!r}\n"
FAULTS = {
    "a log": "import logging\ntry:\n int(w)\nexcept ValueError:\n logging.exception('of %s', w)",
    "a thread": "import threading as t\nx = t.Thread(target=int, args=(w,)); x.start(); x.join()",
    "a finaliser": "class A:\n def __del__(self): int(w)\nA()",
    "a task": "import asyncio\nasync def f(): int(w)\n"
    "async def g():\n asyncio.ensure_future(f()); await asyncio.sleep(0)\nasyncio.run(g())",
}


def said(code):
    command = [sys.executable, "-c", BEGUN + code]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stderr


@pytest.mark.parametrize("code", FAULTS.values(), ids=FAULTS)
def test_it_says_its_kind_and_no_word(code):
    text = said(code)
    assert "ValueError" in text and WORD not in text and str(ROOT) not in text


def test_a_warning_of_a_library_says_nothing():
    assert said("import warnings; warnings.warn(w)") == ""


def test_the_place_is_a_file_and_a_line():
    try:
        int(WORD)
    except ValueError as error:
        assert error.__traceback__ is not None
        line, said_of_it = error.__traceback__.tb_lineno, told(error)
    assert said_of_it == f"ValueError in test_faults.py line {line}"

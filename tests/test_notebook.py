"""The notebook goes from a recording to a figure, cell by cell."""

import ast
import json
from typing import Any

import pytest

from tests.conftest import ROOT

NOTEBOOK = ROOT / "docs" / "examples" / "first_session.ipynb"


def shown(cell, space):
    """Run a cell as a notebook does; give what it would show, the value of its last line."""
    tree = ast.parse("".join(line for line in cell["source"] if not line.startswith("%")))
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "cell", "exec"), space)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), space)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space)


def test_every_cell_runs_and_ends_in_figures_of_the_session(monkeypatch):
    pytest.importorskip("matplotlib", reason="the extra 'figures' is not installed")
    monkeypatch.chdir(NOTEBOOK.parent)  # where Jupyter runs it
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    space: dict[str, Any] = {}
    found = [shown(cell, space) for cell in cells if cell["cell_type"] == "code"]
    assert found[0] == pytest.approx(127.9, abs=0.1)
    assert found[1]["unit"].notna().all() and {"reflection", "question_closed"} & {
        *found[2]["kind"]
    }
    timeline, contours, offsets = found[3:]
    assert len(timeline.axes[0].collections) == 4  # two people, turns and small remarks
    assert [len(axes.lines) for axes in contours.axes] == [2, 2]
    changes = sum(patch.get_height() for patch in offsets.axes[0].patches)
    assert 0 < changes < len(space["session"].turns)


def test_what_it_shows_names_no_place_of_a_machine():
    text = NOTEBOOK.read_text("utf-8")
    assert not any(place in text for place in (str(ROOT), "/home/", "/root/", "/tmp/", "Users"))

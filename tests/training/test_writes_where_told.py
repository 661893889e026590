"""Nobody who fits weights writes over those that ship without being told to."""

import importlib
import sys

import pytest

from tests.conftest import ROOT

WRITERS = [
    path.stem for path in sorted((ROOT / "training").glob("*.py")) if '"--to"' in path.read_text()
]


@pytest.mark.parametrize("name", WRITERS)
def test_without_a_place_to_write_to_nothing_is_fitted(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name])
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"training.{name}").main()
    assert ended.value.code == 2
    assert "--to" in capsys.readouterr().err
    assert len(WRITERS) >= 6

"""Pages from templates: everything is escaped but what is marked as ours.

Conventions
-----------
Templates lie in ``templates/``; their words come from the catalogue by ``say(code, ...)``. A
name that is not given is an error, never an empty place.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from diarize.messages import Field, message, spoken

__all__ = ["filled", "ours"]

_HERE = Path(__file__).parent


def filled(template: str, **values: Any) -> str:
    """Fill in a template.

    Parameters
    ----------
    template : str
        Its name in ``templates/``.
    **values
        What it is filled with; texts are escaped.
    """
    return _environment().get_template(template).render(**values)


def ours(markup: str | None) -> Markup:
    """Mark what our own code drew (a figure, a style sheet) as markup, which is not escaped."""
    return Markup(markup or "")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["say"] = _say
    made.globals["language"] = spoken
    made.globals["style"] = lambda name: ours((_HERE / "templates" / name).read_text("utf-8"))
    return made


def _say(code: str, **fields: Field) -> str:
    return str(message(f"page.{code}", **fields))

"""A letter and a shape of its own for every behaviour, in maps on the page and in the report."""

from collections.abc import Iterable
from html import escape
from math import cos, pi, sin
from typing import Any

from diarize.messages import message
from prosody.listening import behaviours
from prosody.render.drawing import SHADES

__all__ = ["glyphs", "legend", "signs"]

_APART = 13.0  # less, and two cannot be told apart
_RADIUS = 6.5


def glyphs() -> dict[str, dict[str, Any]]:
    """Give every behaviour a letter of its own and the shape of its group."""
    found: dict[str, dict[str, Any]] = {}
    for row in behaviours.table():
        taken = {glyph["letter"] for glyph in found.values()}
        label = row.words("label")
        letters = [*label.upper(), *label.lower(), *"0123456789"]
        letter = next((c for c in letters if c.isalnum() and c not in taken), "·")
        shape = behaviours.groups().index(row.group)
        found[row.kind] = {"letter": letter, "shape": shape, "label": label}
    return found


def legend(kinds: Iterable[str]) -> tuple[str, ...]:
    """Say which letter each behaviour has that has a sign of its own."""
    known = glyphs()
    return tuple(
        str(message("page.letter", letter=known[kind]["letter"], kind=known[kind]["label"]))
        for kind in dict.fromkeys(kinds)
        if kind in known and not behaviours.named(kind).aside
    )


def _outline(shape: int, x: float, y: float, r: float, fill: str) -> str:
    """Draw the outline of a group's shape around a place, as SVG; as ``glyph.ts`` does."""
    if shape == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{fill}"/>'
    if shape in (1, 5):
        tall = r if shape == 1 else r * 0.72
        return (
            f'<rect x="{x - r:.1f}" y="{y - tall:.1f}" width="{2 * r:g}" '
            f'height="{2 * tall:g}" rx="{2 if shape == 1 else 0}" fill="{fill}"/>'
        )
    corners, turn, size = {2: (4, -pi / 2, 1.2), 3: (6, 0.0, 1.08), 4: (3, -pi / 2, 1.35)}.get(
        shape, (8, pi / 8, 1.06)
    )
    places = (turn + k * 2 * pi / corners for k in range(corners))
    points = " ".join(f"{x + size * r * cos(a):.1f},{y + size * r * sin(a):.1f}" for a in places)
    return f'<polygon points="{points}" fill="{fill}"/>'


def signs(places: Iterable[tuple[float, str]], y: float, role: str) -> str:
    """Draw a person's behaviours in a row, as SVG; a number counts those too close to tell apart.

    Parameters
    ----------
    places : iterable of (float, str)
        Where each is, across, and its kind; in order of time.
    y : float
        Where they are, down.
    role : str
        Whose they are.
    """
    known, near = glyphs(), list[list[tuple[float, str]]]()
    for at, kind in sorted(places):
        if near and at - near[-1][0][0] < _APART:
            near[-1].append((at, kind))
        else:
            near.append([(at, kind)])
    return "".join(_sign(group, known, y, role) for group in near)


def _sign(
    group: list[tuple[float, str]], known: dict[str, dict[str, Any]], y: float, role: str
) -> str:
    at, kind = group[0]
    own = known.get(kind, {"shape": 0, "letter": "·"})
    shape, letter = (1, str(len(group))) if len(group) > 1 else (own["shape"], own["letter"])
    return (
        f"{_outline(shape, at, y, _RADIUS, SHADES[role])}"
        f'<text x="{at:.1f}" y="{y + 3:.1f}" text-anchor="middle" font-size="8.5" '
        f'font-weight="700" fill="#fff">{escape(letter)}</text>'
    )

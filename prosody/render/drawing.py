"""What figures are drawn with: colours, a few shapes, and the element that holds them.

Conventions
-----------
Shapes are SVG text in which a colour is named, as ``${client}``, and filled in when the figure is
put together: on a page a CSS variable with a default, so that a dark page can change it; in a file
of its own the colour itself, because programs that draw SVG know no variables of a page.
"""

from collections.abc import Iterable, Mapping
from html import escape
from string import Template

__all__ = [
    "COLOUR",
    "FAINT",
    "INK",
    "PAPER",
    "SHADES",
    "SILENCE",
    "WIDTH",
    "Drawing",
    "drawing",
    "rect",
    "said",
    "stroke",
    "text",
]

WIDTH = 960.0
SHADES: Mapping[str, str] = {
    "therapist": "#0079bd",
    "client": "#aa6400",
    "other": "#6b6b6b",
    "ink": "#222",
    "faint": "#bbb",
    "paper": "#fff",
    "silence": "#eee9dc",
}
INK, FAINT, PAPER, SILENCE = "${ink}", "${faint}", "${paper}", "${silence}"
COLOUR = {
    "therapist": "${therapist}",
    "client": "${client}",
    "other": "${other}",
    "unknown": "${other}",
}
_ON_A_PAGE = {name: f"var(--{name}, {shade})" for name, shade in SHADES.items()}


class Drawing(str):
    """One ``<svg>`` element for a page.

    Parameters
    ----------
    alone : str
        The same for a file of its own.
    size : (int, int)
        How wide and high it is, in pixels.
    """

    alone: str
    size: tuple[int, int]


def drawing(title: str, height: float, parts: Iterable[str], *, width: float = WIDTH) -> Drawing:
    """Put together what was drawn."""
    body, size = Template("".join(parts)), (round(width), round(height))
    made = Drawing(_element(title, size, "100%", body.substitute(_ON_A_PAGE)))
    made.alone = _element(title, size, str(size[0]), body.substitute(SHADES))
    made.size = size
    return made


def _element(title: str, size: tuple[int, int], width: str, body: str) -> str:
    return (
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" width="{width}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def said(words: str) -> str:
    """Give words as a figure may hold them: no markup, and no colour."""
    return escape(words).replace("$", "$$")


def rect(x: float, y: float, w: float, h: float, fill: str, *, stroke: str = "none") -> str:
    """Draw a rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(w, 0):.1f}" height="{max(h, 0):.1f}" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def stroke(x1: float, y1: float, x2: float, y2: float, colour: str = FAINT) -> str:
    """Draw a thin line."""
    return (
        f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width=".8" '
        'fill="none"/>'
    )


def text(x: float, y: float, words: str, anchor: str) -> str:
    """Write words."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="{INK}">'
        f"{said(words)}</text>"
    )

"""Draw which folder imports which, from the code itself: ``python docs/draw_imports.py``."""

from collections import defaultdict
from pathlib import Path

import grimp

PACKAGES = ("dashboard", "prosody", "diarize")
TO = Path(__file__).with_name("images") / "imports.svg"
ROW_PX, BOX_PX, GAP_PX, LEFT_PX = 40, 26, 34, 20


def folder_of(module: str, folders: set[str]) -> str:
    """Name the folder a module is in; modules of the top level stand under their package's name."""
    two = ".".join(module.split(".")[:2])
    return two if two in folders else module.split(".")[0]


def imports() -> dict[str, dict[str, int]]:
    """Count imports from folder to folder."""
    graph = grimp.build_graph(*PACKAGES)
    folders = {m for m in graph.modules if graph.find_children(m)}
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for module in sorted(graph.modules - set(PACKAGES)):
        own = folder_of(module, folders)
        found.setdefault(own, defaultdict(int))  # one that imports nothing stands there too
        for other in graph.find_modules_directly_imported_by(module):
            theirs = folder_of(other, folders)
            if theirs != own:
                found[own][theirs] += 1
    return found


def layers(edges: dict[str, dict[str, int]]) -> list[list[str]]:
    """Give rows, each importing from rows below it as far as there are no circles."""
    left, rows = set(edges), []
    while left:
        free = [f for f in sorted(left) if not any(f in edges[o] for o in left - {f})]
        row = free or [max(sorted(left), key=lambda f: len(set(edges[f]) & left))]
        rows.append(row)
        left -= set(row)
    return rows


def drawn(edges: dict[str, dict[str, int]]) -> str:
    """Give the picture: a box a folder, a line an import, thicker for more of them."""
    rows = layers(edges)
    widths = {f: 9 * len(f) + 16 for row in rows for f in row}
    across = max(sum(widths[f] + GAP_PX for f in row) for row in rows) + 2 * LEFT_PX
    at: dict[str, tuple[float, float]] = {}
    for depth, row in enumerate(rows):
        x = (across - sum(widths[f] + GAP_PX for f in row) + GAP_PX) / 2
        for folder in row:
            at[folder] = (x + widths[folder] / 2, 20 + depth * (BOX_PX + ROW_PX))
            x += widths[folder] + GAP_PX
    high = 40 + len(rows) * (BOX_PX + ROW_PX)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {high}" '
        'font-family="sans-serif" font-size="14" role="img" '
        'aria-label="Folders and which of them import which">'
    ]
    for own, others in edges.items():
        for other, count in sorted(others.items()):
            (x0, y0), (x1, y1) = at[own], at[other]
            lines.append(
                f'<path d="M{x0:.0f} {y0 + BOX_PX} C{x0:.0f} {y0 + 60} {x1:.0f} {y1 - 34} '
                f'{x1:.0f} {y1}" fill="none" stroke="#8aa" stroke-opacity=".55" '
                f'stroke-width="{min(5, 0.6 + count / 6):.1f}"><title>{own} imports {other}: '
                f"{count}</title></path>"
            )
    colours = {"dashboard": "#f4d9b0", "prosody": "#bfe3dc", "diarize": "#cfd8f2"}
    for folder, (x, y) in at.items():
        wide, colour = widths[folder], colours[folder.split(".")[0]]
        lines.append(
            f'<rect x="{x - wide / 2:.0f}" y="{y:.0f}" width="{wide}" height="{BOX_PX}" rx="5" '
            f'fill="{colour}" stroke="#456"/><text x="{x:.0f}" y="{y + 18:.0f}" '
            f'text-anchor="middle" fill="#123">{folder}</text>'
        )
    return "\n".join([*lines, "</svg>\n"])


if __name__ == "__main__":
    TO.write_text(drawn(imports()), "utf-8")

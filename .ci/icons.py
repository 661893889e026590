"""Cut the framework's font of icons down to the icons that its pages and ours can show.

``python .ci/icons.py`` writes dashboard/static/icons.woff from the font that is installed with
Streamlit (Material Symbols, Apache License 2.0). Reading that font needs ``pip install brotli``.
"""

import re
from pathlib import Path

import streamlit
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
TO = ROOT / "dashboard" / "static" / "icons.woff"
FILES = Path(streamlit.__file__).parent / "static" / "static"
NAMED = re.compile(r":material/(\w+):")
ASCII = range(0x20, 0x7F)  # what names of icons are written in


def named() -> set[str]:
    """Give every icon that a script of the framework or a page of ours names."""
    texts = [*(FILES / "js").glob("*.js"), *(ROOT / "dashboard").rglob("*.py")]
    return {name for text in texts for name in NAMED.findall(text.read_text("utf-8"))}


def keep(font: TTFont, names: set[str]) -> None:
    """Leave of the words that become icons those that are one of `names`."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for part in (getattr(table, "ExtSubTable", table) for table in lookup.SubTable):
            for first, words in part.ligatures.items():
                spelt = ((word, [first, *word.Component]) for word in words)
                part.ligatures[first] = [
                    word for word, glyphs in spelt if "".join(map(letters.get, glyphs)) in names
                ]


def main() -> None:
    """Write the font."""
    options = subset.Options(flavor="woff", layout_features=["rlig"])
    font = subset.load_font(str(next((FILES / "media").glob("MaterialSymbols-*"))), options)
    keep(font, named())
    cut = subset.Subsetter(options)
    cut.populate(unicodes=ASCII)
    cut.subset(font)
    subset.save_font(font, str(TO), options)


if __name__ == "__main__":
    main()

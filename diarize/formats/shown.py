"""What a text shows to who reads it: the source of a page without its tags, clocks of any width.

Conventions
-----------
A text is taken for the source of a page where most of its lines have a tag and some of these end
paragraphs or lines. Nobody says a tag; what a tag parts stays apart.
"""

import html
import re

__all__ = ["OF_BLOCKS", "as_shown", "unescaped", "untagged"]

_WIDE_CLOCK = re.compile(
    "[（［【〔]?[０-９]{1,2}(?:：[０-９]{2}){1,2}[）］】〕]?|[（［【〔][0-9]{1,2}(?::[0-9]{2}){1,2}[）］】〕]"
)
_NARROW = str.maketrans("０１２３４５６７８９：（）［］【】〔〕", "0123456789:()[][][]")
OF_BLOCKS = r"p|div|li|ul|ol|tr|table|tbody|h[1-6]|blockquote|section|article|dl|dt|dd|header"
_CLOSED = re.compile(rf"</(?:{OF_BLOCKS})>|<br\s{{0,9}}/?>", re.IGNORECASE)
_PARTS = re.compile(rf"</?(?:{OF_BLOCKS})(?:\s[^<>]{{0,300}})?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s{0,9}/?>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>[ \t\n]*", re.IGNORECASE)
_TAG = re.compile(r"<[/!a-z][^<>]{0,300}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,8}\d?);", re.IGNORECASE)


def as_shown(text: str) -> str:
    r"""Give the source of a page as its reader sees it, and clocks of any text in plain digits.

    Examples
    --------
    >>> as_shown("<p><b>Anna</b> 0:01<br>\nIt&#39;s so.</p>\n<p><b>Jo</b> 0:03<br>\nYes.</p>")
    "\n\nAnna 0:01\nIt's so.\n\n\n\nJo 0:03\nYes.\n\n"
    >>> as_shown("Anna: <p> is a tag.\nJo: Yes.\nAnna: So.")
    'Anna: <p> is a tag.\nJo: Yes.\nAnna: So.'
    """
    text = _WIDE_CLOCK.sub(lambda found: found[0].translate(_NARROW), text)
    lines = [line for line in text.splitlines() if line.strip()]
    tagged = sum(_TAG.search(line) is not None for line in lines)
    parted = len(_CLOSED.findall(text))  # "<P>" alone may be somebody's label
    return untagged(text) if 2 * tagged > len(lines) and 2 * parted > tagged > 1 else text


def untagged(source: str) -> str:
    """Give what a page's source shows: paragraphs apart, signs as such, lines where it has them."""
    text = _CELL.sub("\t", " ".join(source.split("\n")))
    text = _TAG.sub("", _PARTS.sub("\n\n", _BREAK.sub("\n", text)))
    return unescaped("\n".join(line.strip() for line in text.split("\n")))


def unescaped(text: str) -> str:
    """Write signs that a page has names for as themselves.

    Examples
    --------
    >>> unescaped("it&#39;s&nbsp;R&amp;D; & so")
    "it's R&D; & so"
    """
    return _ENTITY.sub(lambda sign: html.unescape(sign[0]).replace("\xa0", " "), text)

"""For the site: a link that leaves the documentation names its file, which only the source has."""

import posixpath
import re
from typing import Any

LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)\s#]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Any, **more: Any) -> str:
    """Write what a link out of the folder says, and the place of its file in the project."""
    folder = posixpath.dirname(page.file.src_uri)

    def told(link: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join("docs", folder, link[2]))
        return link[0] if place.startswith("docs/") else f"{link[1]} (`{place}`)"

    return LINK.sub(told, markdown)

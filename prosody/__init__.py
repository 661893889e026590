"""prosody says how it was said and what listening it shows.

For programs: `prosody.api.analyze` gives a session, and `prosody.api.load` one that a library has.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prosody.api import Consent, Session, analyze, digest, load

__all__ = ["Consent", "Session", "analyze", "digest", "load"]


def __getattr__(name: str) -> Any:
    """Give what programs use; nothing heavy is imported before it is asked for."""
    if name in __all__:
        from prosody import api

        return getattr(api, name)
    raise AttributeError(name)

"""prosody says how it was said and what listening it shows.

For programs: `prosody.api.analyze` gives a session, and `prosody.api.load` one that a library has.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prosody.api import Consent, Refused, Session, analyze, digest, load

__all__ = ["Consent", "Refused", "Session", "analyze", "digest", "load"]


def __getattr__(name: str) -> Any:
    """Give what programs use; nothing heavy is imported before it is asked for."""
    if name in __all__:
        from prosody import api

        return getattr(api, name)
    # By name and owner Python itself suggests what may be meant: analyze for analyse.
    here = sys.modules[__name__]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=here)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

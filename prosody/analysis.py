"""One session being measured: its conversation, frames and settings, and what follows from them.

Conventions
-----------
What several cues need (turns as rows, changes of turn, stretches in which one speaks alone) is
worked out once, on first use, and kept in the analysis itself: it dies with the session, and no
word of it stays behind in a cache of the program. A function marked :func:`shared` takes the
analysis first and hashable arguments after it.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from diarize.conversation import Conversation
from prosody.events import Judgement, Read
from prosody.settings import Settings

if TYPE_CHECKING:
    from prosody.features.frames import Frames

__all__ = ["Analysis", "shared"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Analysis:
    """A conversation with its frames and settings; read only.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when.
    frames : Frames or None
        How it sounded; None where there is no sound (a transcript alone).
    settings : Settings, optional
        Every threshold; the defaults without it.
    judged : tuple of Judgement
        What people said of listening behaviours, in order.
    read : Read or None
        What was read in words whose texts are not kept.
    outputs : mapping, optional
        What the trained coder made of turns, by the key of their words.
    """

    __slots__ = ("_known", "conversation", "frames", "judged", "outputs", "read", "settings")

    def __init__(
        self,
        conversation: Conversation,
        frames: "Frames | None" = None,
        settings: Settings | None = None,
        judged: tuple[Judgement, ...] = (),
        read: Read | None = None,
        outputs: Mapping[str, tuple[float, ...]] | None = None,
    ) -> None:
        self.conversation = conversation
        self.frames = frames
        self.settings = settings or Settings()
        self.judged = judged
        self.read = read
        self.outputs = outputs or {}
        self._known: dict[Hashable, Any] = {}

    @property
    def sound(self) -> "Frames":
        """The frames, where they must be there."""
        if self.frames is None:
            raise ValueError("this analysis has no sound")
        return self.frames

    def once(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Give what `make` gave the first time that `key` was asked for."""
        if key not in self._known:
            self._known[key] = make()
        return cast(_T, self._known[key])


def shared(
    make: Callable[Concatenate[Analysis, _P], _T],
) -> Callable[Concatenate[Analysis, _P], _T]:
    """Mark a function whose result is worked out once per analysis and arguments."""

    @wraps(make)
    def known(analysis: Analysis, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        key = (make, args, tuple(sorted(kwargs.items()))) if kwargs else (make, args)
        if key in analysis._known:  # asked tens of thousands of times
            return cast(_T, analysis._known[key])
        return analysis.once(key, lambda: make(analysis, *args, **kwargs))

    return cast("Callable[Concatenate[Analysis, _P], _T]", known)

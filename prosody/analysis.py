"""One session being measured: its conversation, frames and settings, and what follows from them.

Conventions
-----------
What several cues need (turns as rows, changes of turn, stretches in which one speaks alone) is
worked out once, on first use, and kept in the analysis itself: it dies with the session, and no
word of it stays behind in a cache of the program. A function marked :func:`shared` takes the
analysis first and hashable arguments after it. What does not lean on what people said of behaviours
(`Analysis.judged`) stands when they say something else (`Last`). What is made of a turn alone
(`Analysis.of_turns`) stands for every turn that a correction left as it was. One marked
:func:`of_talk` takes a conversation: what it gave goes with that conversation, whatever analyses
are made of it.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

from diarize.conversation import Conversation
from prosody.events import Judgement, Read
from prosody.settings import Settings

if TYPE_CHECKING:
    from prosody.features.frames import Frames

__all__ = ["Analysis", "Last", "Remembered", "of_talk", "shared"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Remembered:
    """What was made of single turns, by all that it was made of.

    Parameters
    ----------
    before : Remembered, optional
        Of the analysis before; of it, what is asked for again is carried over.
    needs : tuple
        What all of it was made with.
    """

    __slots__ = ("_before", "_now", "needs")

    def __init__(self, before: "Remembered | None" = None, needs: tuple[object, ...] = ()) -> None:
        self.needs = needs
        self._before = {} if before is None else before._now
        self._now: dict[Hashable, Any] = {}

    def __call__(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Give what was made of a turn, or make it; `key` is all of the turn that `make` takes."""
        if key not in self._now:
            self._now[key] = self._before[key] if key in self._before else make()
        return cast(_T, self._now[key])


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

    __slots__ = (
        *("conversation", "frames", "outputs", "read", "settings"),
        *("_former", "_judged", "_known", "_leaning", "_open", "_turns"),
    )

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
        self._judged = judged
        self.read = read
        self.outputs = outputs or {}
        self._known: dict[Hashable, Any] = {}
        self._leaning: dict[Hashable, Any] = {}  # on what people said of behaviours
        self._open: list[bool] = []  # of what is being worked out: whether it leans on that
        self._turns: dict[str, Remembered] = {}
        self._former: Mapping[str, Remembered] = {}  # of the analysis before

    @property
    def judged(self) -> "tuple[Judgement, ...]":
        """What people said of listening behaviours, in order."""
        self._lean()
        return self._judged

    @property
    def sound(self) -> "Frames":
        """The frames, where they must be there."""
        if self.frames is None:
            raise ValueError("this analysis has no sound")
        return self.frames

    def once(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Give what `make` gave the first time that `key` was asked for."""
        if key in self._known:
            return cast(_T, self._known[key])
        if key in self._leaning:
            self._lean()
            return cast(_T, self._leaning[key])
        self._open.append(False)
        try:
            made = make()
        finally:
            leans = self._open.pop()
        (self._leaning if leans else self._known)[key] = made
        if leans:
            self._lean()
        return made

    def of_turns(self, what: str, *needs: object) -> Remembered:
        """Give what remembers a result of single turns, from the analysis before on.

        Parameters
        ----------
        what : str
            Which result.
        *needs
            Everything it follows from but the turn. Where one is another than before, nothing is
            carried over.
        """
        if what not in self._turns:
            before = self._former.get(what)
            alike = before is not None and before.needs == needs
            self._turns[what] = Remembered(before if alike else None, needs)
        return self._turns[what]

    def after(self, former: "Analysis") -> None:
        """Go on from the analysis before of the same session, where a turn is as it was in it."""
        self._former = former._turns

    def rejudged(self, judged: "tuple[Judgement, ...]") -> "Analysis":
        """Give the analysis of the same where people said something else of behaviours."""
        read = self.conversation, self.frames, self.settings, judged, self.read, self.outputs
        made = Analysis(*read)
        made._known, made._turns = self._known, self._turns
        return made

    def _lean(self) -> None:
        if self._open:
            self._open[-1] = True


@dataclass(slots=True)
class Last:
    """The analysis made last of a session that somebody has open; the next one goes on from it."""

    analysis: Analysis | None = None

    def then(self, asked: Analysis, *files: Callable[[Analysis], object]) -> Analysis:
        """Give an analysis with what is known of it already, and keep it for the next.

        Parameters
        ----------
        asked : Analysis
            Of which nothing is worked out yet.
        files : callable
            What each reads in a file that may be edited while the session is open.
        """
        last = self.analysis
        if (
            last is not None
            and _alike(last, asked)
            and all(read(last) == read(asked) for read in files)
        ):
            asked = last.rejudged(asked.judged)
        elif last is not None:
            asked.after(last)
        self.analysis = asked
        return asked


def _alike(one: Analysis, other: Analysis) -> bool:
    """Whether two analyses differ in nothing but what people said of behaviours."""
    same = one.conversation is other.conversation and one.frames is other.frames
    made = (one.settings, one.read, one.outputs) == (other.settings, other.read, other.outputs)
    return same and made


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


def of_talk(
    make: Callable[Concatenate[Conversation, _P], _T],
) -> Callable[Concatenate[Conversation, _P], _T]:
    """Mark a function whose result is worked out once per conversation and arguments.

    For what is needed before there is an analysis and in it. The conversation is held weakly: with
    it goes what was made of it.
    """
    made: WeakKeyDictionary[Conversation, dict[Hashable, Any]] = WeakKeyDictionary()

    @wraps(make)
    def known(talk: Conversation, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        own, key = made.setdefault(talk, {}), (args, tuple(sorted(kwargs.items())))
        if key not in own:
            own[key] = make(talk, *args, **kwargs)
        return cast(_T, own[key])

    return cast("Callable[Concatenate[Conversation, _P], _T]", known)

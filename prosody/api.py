"""For programs: a session as tables and figures, from a recording or from a library.

Conventions
-----------
Consent is asked here as everywhere: a recording is heard only with its consent record beside it,
and a session is loaded only while its consent holds. Nothing is kept unless a library is named.
Tables are pandas data frames with the columns of ``prosody export``; a value that is not available
is NA, with the reason beside it.

What may not or cannot be used raises `Refused`, a ValueError: its ``code`` says which refusal it
is, and its text in one line what, the cause and what to do. What is no such argument at all (an
option that is not there, a number for a path) raises a TypeError that says what is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from diarize.errors import Refused
from diarize.recording.admission import Recording, digest
from diarize.recording.consent import Consent
from prosody.features.frames import Frames
from prosody.options import OPTIONS, Asked, asked
from prosody.report.model import Report
from prosody.store.library import Library, place_of

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["Consent", "Refused", "Session", "analyze", "digest", "load"]


_PATHS = (str, PathLike)


@dataclass(frozen=True)
class Session:
    """One session.

    Parameters
    ----------
    report : Report
        All that was found, as ``report.json`` has it.
    """

    report: Report
    _frames: Callable[[], Frames] = field(repr=False)

    @property
    def measures(self) -> "pandas.DataFrame":
        """A row per measure: cue, role, value, unit, n, interval, whether reliable, and why not."""
        return self._table("measures")

    @property
    def turns(self) -> "pandas.DataFrame":
        """A row per turn, with its text where words are kept."""
        return self._table("turns")

    @property
    def events(self) -> "pandas.DataFrame":
        """A row per listening event; behaviours are suggestions."""
        return self._table("events")

    @property
    def links(self) -> "pandas.DataFrame":
        """A row per pair of behaviour and cue."""
        return self._table("links")

    @cached_property
    def frames(self) -> "pandas.DataFrame":
        """A row every 10 ms; NaN where nothing could be measured."""
        from prosody.features.frame_files import table

        return table(self._frames())

    def figure(self, name: str = "contours") -> str:
        """Draw a figure of the report as SVG, which a notebook shows.

        Parameters
        ----------
        name : str
            One of `prosody.render.figures.FIGURES`.

        Returns
        -------
        str
            Empty where the session has nothing to draw.

        Raises
        ------
        Refused
            If there is no such figure.
        """
        from prosody.render.figures import FIGURES

        found = _named(name, FIGURES)(self.report, self._frames)
        return found.alone if found else ""

    def plot(self, name: str = "contours") -> "Figure":
        """Draw a figure as matplotlib's own object, to be styled and saved by it.

        Parameters
        ----------
        name : str
            One of `prosody.render.plots.PLOTS`.

        Raises
        ------
        Refused
            If there is no such figure, or matplotlib, of the extra ``figures``, is not installed.
        """
        from prosody.render.plots import PLOTS, plotted

        _named(name, PLOTS)
        return plotted(name, self.report, self._frames)

    def _table(self, name: str) -> "pandas.DataFrame":
        from prosody.render.export import frame_of

        return frame_of(self.report, name)


_Figure = TypeVar("_Figure")


def _named(name: str, figures: Mapping[str, _Figure]) -> _Figure:
    """Give the figure of a name."""
    if name not in figures:
        known = tuple(figures)
        raise Refused("option.no_such_choice", option="figure", value=str(name), choices=known)
    return figures[name]


def analyze(
    recording: Path | str | Sequence[Path | str] | tuple["NDArray[Any]", int],
    *,
    consent: Consent | None = None,
    library: Path | str | None = None,
    session_id: str | None = None,
    **options: Any,
) -> Session:
    """Analyse a recording that somebody consented to.

    Parameters
    ----------
    recording : path or sequence of paths, or a pair of array and int
        The file, or the files of one session in order; each with its consent record beside it. Or
        samples in memory, (n,) or (channels, n) in ±1, and their rate in Hz.
    consent : Consent, optional
        For samples in memory: of their `digest`. Such a session is not kept.
    library : path or str, optional
        Where to keep the session, a folder or a ``postgresql://`` address; without it nothing is
        kept.
    session_id : str, optional
        What it is called in the library.
    **options
        By the names of `prosody.options.OPTIONS`, such as ``transcript="session.vtt"``.

    Raises
    ------
    Refused
        If there is no valid consent, or the recording or an option cannot be used.
    TypeError
        If there is no such option, or an argument is of another kind.

    Examples
    --------
    >>> from prosody import analyze
    >>> found = analyze("session.flac", transcript="session.vtt")  # doctest: +SKIP
    >>> found.measures.query("cue == 'talk.share'")[["role", "value"]]  # doctest: +SKIP

    Samples in memory, with a consent for exactly them:

    >>> from prosody import Consent, digest
    >>> days, scopes = ("2026-03-02", "2027-03-02"), ("analyse", "keep_words")
    >>> given = Consent(digest(x, 16000), "C-017", days[0], scopes, days[1])  # doctest: +SKIP
    >>> found = analyze((x, 16000), consent=given)  # doctest: +SKIP
    """
    from diarize.recording.admission import admit_all, admit_sound
    from prosody.store import voices
    from prosody.store.add import add_session

    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise TypeError(f"no such option: {', '.join(unknown)}; there are {', '.join(OPTIONS)}")
    if session_id is not None and library is None:
        raise TypeError("session_id is of a session that is kept; give library as well")
    values = {name: _given(name, value) for name, value in options.items() if value is not None}
    folder = _folder(library)
    wanted = asked(values, partial(voices.load, Library(folder)))
    if isinstance(recording, tuple) and len(recording) == 2 and hasattr(recording[0], "shape"):
        samples, rate_hz = cast("tuple[NDArray[Any], int]", recording)
        return _unkept(admit_sound(samples, rate_hz, _own(consent, library)), wanted)
    if consent is not None:
        raise TypeError("consent is for samples; that of a file is the record beside it")
    paths = _paths(recording)
    if library is not None:
        added = add_session(paths, wanted, folder, session_id=session_id and _id(session_id))
        return _kept(Library(folder), added.entry.session_id, added.report())
    return _unkept(admit_all(paths), wanted)


def _own(consent: object, library: object) -> Consent:
    """Give the consent for samples, which are not kept."""
    if consent is None:
        raise Refused("consent.samples_without")
    if not isinstance(consent, Consent):
        raise TypeError("consent: give a Consent(digest(samples, rate_hz), ...)")
    if library is not None:
        raise Refused("consent.samples_not_kept")
    return consent


def _paths(recording: object) -> list[Path]:
    several = isinstance(recording, Sequence) and not isinstance(recording, str)
    parts = list(cast("Sequence[object]", recording)) if several else [recording]
    paths = [Path(part).expanduser() for part in parts if isinstance(part, _PATHS) and part != ""]
    if not paths or len(paths) < len(parts):
        raise TypeError(
            "no recording: give a path, several, or a pair of samples and their rate "
            "(a NumPy array and a whole number, in that order)"
        )
    return paths


def _given(name: str, value: object) -> object:
    """Give the value of an option; one that takes a path takes nothing else."""
    if OPTIONS[name].kind != "path":
        return value
    if not isinstance(value, _PATHS):
        raise TypeError(f"{name}: give a path")
    return Path(value).expanduser() if value else None


def _folder(library: object) -> Path:
    if library is not None and not isinstance(library, _PATHS):
        raise TypeError("library: give the path of its folder, or a postgresql:// address")
    return place_of(library)


def _id(session_id: object) -> str:
    if isinstance(session_id, str):
        return session_id
    raise TypeError("session_id: give a text, as prosody list has it")


def _unkept(recording: Recording, wanted: Asked) -> Session:
    from prosody.pipeline import analyse_as_asked

    made = analyse_as_asked(recording, wanted)
    return Session(made.report, lambda: made.frames)


def load(session_id: str, *, library: Path | str | None = None) -> Session:
    """Load a session of a library, while its consent holds.

    Parameters
    ----------
    session_id : str
        Which session, as ``prosody list`` has it.
    library : path or str, optional
        Its folder or ``postgresql://`` address; without it the one that the commands use.

    Raises
    ------
    Refused
        If there is no such session, it cannot be read, or its consent does not allow it.
    TypeError
        If an argument is of another kind.
    """
    shelf, wanted = Library(_folder(library)), _id(session_id)
    return _kept(shelf, wanted, shelf.load(wanted))


def _kept(shelf: Library, session_id: str, report: Report) -> Session:
    def frames() -> Frames:
        shelf.allowed(session_id)  # they are read when they are asked for: so is the consent
        return shelf.frames(session_id)

    return Session(report, frames)

"""What a person asks to be corrected, and what a kind of correction is given to make of it.

Conventions
-----------
A request holds options of ``prosody correct`` by their fields; which there are, the table of kinds
says (`prosody.store.kinds`). It names a turn by its number and a word by its place, because a
person sees these; a correction names the time and the voice, because these are found again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from diarize.conversation import Utterance
from diarize.errors import Refused
from prosody.report.model import Report
from prosody.store.corrections import Correction, Detail

__all__ = ["Asking", "Request"]


class Request:
    """What to correct: an attribute for every option, None where it is not given.

    `turn` is a turn's number and `words` like ``3-5`` of it, `at` seconds; `roles` are like
    ``A=therapist``, `rename` like ``A=T1``.
    """

    def __init__(self, **given: Any) -> None:
        self.given = {name: value for name, value in given.items() if value not in (None, ())}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "given":
            raise AttributeError(name)
        return self.given.get(name)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a kind of correction is made from.

    Parameters
    ----------
    report : Report
        The session as it stands: everything is checked against it before anything is touched.
    request : Request
        What to correct.
    by : str
        The code of who corrects.
    say : callable
        Told in one line each what a person should know of a file that was read.
    """

    report: Report
    request: Request
    by: str
    say: Callable[[str], None]

    def change(self, kind: str, detail: Detail) -> Correction:
        """Make a correction."""
        return Correction(kind, self.by, date.today().isoformat(), detail)

    def turn(self) -> Utterance:
        """Give the turn whose number is given."""
        number = self.request.turn
        turn = next((t for t in self.report.turns if t.index == number), None)
        if turn is None:
            raise Refused("requests.no_turn", turn=number)
        return turn

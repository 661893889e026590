"""Every kind of correction: one table, from which command, requests, history and exports follow.

Conventions
-----------
A row (`Kind`) is all there is to a kind: its name in ``corrections.json``, the options of
``prosody correct`` that ask for it and say where, the function that makes it of them, the function
that says what follows from it, and how it reads in the history. A new kind is one row and one
function: without `asks`, its `detail` holds its options as they are given, and where they are asked
for; without `said`, it reads as ``corrections.NAME`` of the catalogue.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from diarize.conversation import Conversation
from diarize.edits.streams import Unwoven
from diarize.errors import Refused
from diarize.messages import Message, lend, message, small
from diarize.settings import Editing
from prosody.events import Judgement
from prosody.findings import Heard
from prosody.option import Option
from prosody.render.warmth import component
from prosody.render.wording import behaviour
from prosody.report.model import Report
from prosody.store import asking, changes, edited_files
from prosody.store.asking import READINGS
from prosody.store.asking_behaviours import behaviour as asked_behaviour
from prosody.store.corrections import Correction, Detail, left_out
from prosody.store.requests import Asking, Request

__all__ = [
    "KINDS",
    "Kind",
    "described",
    "figures_follow",
    "holds_words",
    "made",
    "options",
    "registered",
    "talk_follows",
]

_TURN_SAID = "Number of a turn (see: prosody show SESSION --turns)."
_AT_SAID = "A time instead of a turn, for a behaviour or a silence."
TURN = Option("turn", _TURN_SAID, "number", metavar="N")
AT = Option("at", _AT_SAID, "seconds", metavar="SECONDS")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of correction.

    Parameters
    ----------
    name : str
        What it is called in ``corrections.json``.
    takes : tuple of Option
        Options any of which asks for it.
    at : tuple of Option
        Options one of which says where; only one kind that has a place is asked for at a time.
    beside : tuple of Option
        Options that say more, and mean nothing without those it takes.
    asks : callable, optional
        Makes the corrections of what is asked.
    edits, change : callable, optional
        What follows for who said what, where that is all that changes; from all that was heard.
    judge : callable, optional
        What it says of a behaviour in the conversation as corrected.
    said : callable, optional
        What it changes, as a message, from its detail.
    wording : str
        Its sentence, where an extension brings one along.
    text : bool
        Whether it is nothing without words of the session.
    taken_back : bool
        Whether it can be taken back; otherwise a later one of its kind wins.
    """

    name: str
    takes: tuple[Option, ...] = ()
    at: tuple[Option, ...] = ()
    beside: tuple[Option, ...] = ()
    asks: Callable[[Asking], Iterable[Correction]] | None = None
    edits: Callable[[Unwoven, Correction, Editing], Unwoven] | None = None
    change: Callable[[Heard, Correction], Heard] | None = None
    judge: Callable[[Correction, Conversation], Judgement] | None = None
    said: Callable[[Detail], Message] | None = None
    wording: str = ""
    text: bool = False
    taken_back: bool = True

    @property
    def flags(self) -> str:
        """The options that ask for it, as they are typed."""
        return " and ".join(option.flag for option in self.takes)

    def asked(self, request: Request) -> bool:
        """Whether a request asks for it."""
        return any(_given(option, request) for option in self.takes)

    def made(self, what: Asking) -> Iterable[Correction]:
        """Make the corrections of what is asked."""
        return self.asks(what) if self.asks else (what.change(self.name, self._plain(what)),)

    def _plain(self, what: Asking) -> dict[str, Any]:
        given = {o.key: getattr(what.request, o.key) for o in (*self.takes, *self.beside, *self.at)}
        detail = {name: value for name, value in given.items() if value is not None}
        if detail.pop("turn", None) is not None:
            turn = what.turn()
            detail |= {**asking.when(turn.span), "voice": turn.voice}
        return detail


def options() -> tuple[Option, ...]:
    """Give every option, once, in the order of the table."""
    return _once(o for kind in KINDS.values() for o in (*kind.at, *kind.takes, *kind.beside))


def made(
    report: Report,
    request: Request,
    *,
    by: str,
    say: Callable[[str], None] = lambda line: None,
) -> list[Correction]:
    """Turn a request into corrections, in the order of the table.

    Parameters
    ----------
    report : Report
        The session as it stands.
    request : Request
        What to correct.
    by : str
        The code of who corrects.
    say : callable
        Told in one line each what a person should know of a file that was read.

    Raises
    ------
    Refused
        If something asked for is not there, or parts of the request do not go together.
    TypeError
        If the request names an option that there is not.
    """
    if odd := set(request.given) - {option.key for option in options()}:
        raise TypeError(f"no option of a correction: {', '.join(sorted(odd))}")
    by = " ".join(by.split())
    if not by:
        raise Refused("requests.by_empty")
    _check_place(request)
    what = Asking(report, request, by, say)
    asked = [row for kind in KINDS.values() if kind.asked(request) for row in kind.made(what)]
    if not asked:
        raise Refused("requests.nothing")
    return asked


def _given(option: Option, request: Request) -> bool:
    value = getattr(request, option.key)
    return value is not None and not (option.kind == "flag" and value is False)


def _check_place(request: Request) -> None:
    """Refuse a place without what to do there, two places, or two things to do in one."""
    placed = [kind for kind in KINDS.values() if kind.at and kind.takes]
    asked = [kind for kind in placed if kind.asked(request)]
    places = [o for o in _once(o for kind in placed for o in kind.at) if _given(o, request)]
    for kind in KINDS.values():
        alone = [o for o in kind.beside if _given(o, request) and not kind.asked(request)]
        if alone:
            raise Refused("requests.words_alone", option=alone[0].flag, needs=kind.flags)
    if asked and not places:
        raise Refused("requests.which_turn", asked=asked[0].flags, place=_flags(asked[0].at))
    if len(places) > 1:
        raise Refused("requests.turn_and_at", places=_flags(places))
    if places and len(asked) != 1:
        fit = [kind.flags for kind in placed if places[0] in kind.at]
        raise Refused("requests.one_of", place=places[0].flag, known=fit)
    if places and places[0] not in asked[0].at:
        instead = _flags(asked[0].at)
        raise Refused("requests.at", place=places[0].flag, asked=asked[0].flags, instead=instead)


def _once(given: Iterable[Option]) -> tuple[Option, ...]:
    return tuple({option.name: option for option in given}.values())


def _flags(given: Iterable[Option]) -> tuple[str, ...]:
    return tuple(option.flag for option in given)


def described(row: Correction, *, words: bool = False) -> Message:
    """Say what a correction changes; what a person wrote only with `words`."""
    if words and row.kind == "turn_text":
        return Message("corrections.turn_text_shown", dict(row.detail))
    kind = KINDS.get(row.kind)
    if kind is None or kind.said is None:
        return Message(f"corrections.{row.kind}", dict(row.detail) if kind else {})
    return kind.said(row.detail)


def holds_words(row: Correction) -> bool:
    """Say whether a correction holds words of the session."""
    kind = KINDS.get(row.kind)
    return (kind is not None and kind.text) or "words" in row.detail


def figures_follow(row: Correction) -> bool:
    """Whether figures may change with a correction; of an unknown kind they do not."""
    return talk_follows(row) or (row.kind in KINDS and KINDS[row.kind].judge is not None)


def talk_follows(row: Correction) -> bool:
    """Whether more than what people said of behaviours changes with a correction."""
    return row.kind in KINDS and any((KINDS[row.kind].edits, KINDS[row.kind].change))


def _turn_voice_said(detail: Detail) -> Message:
    given = detail.get("was", detail["voice"]) != detail["voice"]
    return Message("corrections.turn_voice" + ("_from" if given else ""), dict(detail))


def _turns_said(detail: Detail) -> Message:
    code = "corrections.turns_and_words" if "words" in detail else "corrections.turns"
    return message(code, n=len(detail["turns"]))


def _rename_said(detail: Detail) -> Message:
    pairs = detail["names"].items()
    names = tuple(message("corrections.renamed", old=old, new=new) for old, new in pairs)
    return message("corrections.rename", names=names)


def _behaviour_said(detail: Detail) -> Message:
    action = {"confirm": "is", "add": "is", "remove": "is_not"}.get(str(detail["action"]), "is_now")
    return message(
        f"corrections.{action}",
        start_s=float(detail["start_s"]),
        end_s=float(detail["end_s"]),
        kind=small(behaviour(str(detail["behaviour"]))),
        to=small(behaviour(str(detail.get("to") or ""))),
    )


def _warmth_said(detail: Detail) -> Message:
    left = tuple(map(component, left_out(detail)))
    return message("corrections.warmth" if left else "corrections.warmth_whole", left_out=left)


_ROWS = (
    Kind(
        "role",  # voice, role; of a swap its part: which of how many, taken back together
        takes=(
            Option("swap_roles", "Swap therapist and client.", "flag"),
            Option(
                "role",
                "Role of a voice: therapist, client or other.",
                metavar="VOICE=ROLE",
                field="roles",
                many=True,
            ),
        ),
        asks=asking.roles,
        edits=changes.role,
    ),
    Kind(
        "turn_voice",  # start_s, end_s, was, voice
        takes=(Option("voice", "Assign the turn, or its --words, to this voice."),),
        at=(TURN,),
        beside=(
            Option(
                "words", "Words of the turn (see: prosody show SESSION --words).", metavar="I-J"
            ),
        ),
        asks=asking.voice,
        edits=changes.turn_voice,
        said=_turn_voice_said,
    ),
    # start_s, end_s, was, voice; asked for as a turn's, with --words
    Kind("words_voice", edits=changes.words_voice),
    Kind(
        "turn_text",  # start_s, end_s, voice, text
        takes=(
            Option("text", "New text of the turn; - reads it from standard input.", piped=True),
        ),
        at=(TURN,),
        asks=asking.turn_text,
        edits=changes.turn_text,
        text=True,
    ),
    Kind(
        "behaviour",  # action, behaviour, to, start_s, end_s, role, of (turn or time)
        takes=(
            Option(
                "is", "Confirm this behaviour, or add it.", metavar="KIND", field="is_kind"
            ),
            Option(
                "is_not", "Remove this behaviour; with --is, replace it.", metavar="KIND"
            ),
        ),
        at=(TURN, AT),
        asks=asked_behaviour,
        judge=changes.judged,
        said=_behaviour_said,
    ),
    Kind(
        "silence",  # start_s, reading
        takes=(
            Option(
                "reading",
                f"Your reading of the silence at that time: {', '.join(READINGS)}.",
                metavar="KIND",
            ),
        ),
        at=(AT,),
        asks=asking.reading,
        taken_back=False,
    ),
    Kind(
        "warmth",  # left_out: components
        takes=(
            Option(
                "without_warmth",
                "Leave a component out of the warmth proxy; 'none' includes all again.",
                metavar="COMPONENT",
                many=True,
            ),
        ),
        asks=asking.warmth,
        change=changes.warmth,
        said=_warmth_said,
    ),
    Kind(
        "motivational_interviewing",  # is: yes or no
        takes=(
            Option(
                "motivational_interviewing",
                "Mark as motivational interviewing, which adds MITI-style figures, or unmark.",
                "switch",
            ),
        ),
        asks=asking.motivational,
        change=changes.motivational,
        said=lambda detail: message(f"corrections.motivational_{detail['is']}"),
    ),
    Kind(
        # sha256 of the file, turns as [start_s, end_s, voice], new (voices nobody had heard
        # before), words where it has some, as [start_s, end_s, text, probability, voice, doubtful]
        "turns",
        takes=(
            Option("turns_from", edited_files.SAID, "path", named=edited_files.known),
        ),
        asks=edited_files.turns_of,
        change=changes.turns,
        said=_turns_said,
    ),
    Kind(
        "text",  # sha256 of the transcript, words
        takes=(
            Option("text_from", "Replace all words with those of this transcript.", "path"),
        ),
        asks=edited_files.text_of,
        change=changes.text,
        text=True,
    ),
    Kind(
        "rename",  # names, old to new; last, because all else names voices as they are
        takes=(
            Option("rename", "Rename a voice, to a code.", metavar="OLD=NEW", many=True),
        ),
        asks=asking.rename,
        change=changes.rename,
        said=_rename_said,
    ),
)  # fmt: skip
KINDS: dict[str, Kind] = {row.name: row for row in _ROWS}


@contextmanager
def registered(row: Kind) -> Iterator[Kind]:
    """Add a row for as long as the context lasts, as an extension or a test does."""
    if row.name in KINDS:
        raise ValueError(f"{row.name} is in the table already")
    KINDS[row.name] = row
    try:
        yield row
    finally:
        del KINDS[row.name]


def _own_wording(name: str) -> str | None:
    return KINDS[name].wording or None if name in KINDS else None


lend("corrections", _own_wording)

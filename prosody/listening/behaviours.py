"""The table of behaviours: one row is all there is to one, from its detector to its words.

Conventions
-----------
A behaviour is found by its words (`reads`: a turn, as `prosody.listening.from_words` reads it), by
timing (`hears`: an analysis and the kind), or by both; the first kind alone needs a transcript.
Rows stand in the order in which behaviours are counted and shown. Coder, events, totals, links,
moments, frames for reading, pages, corrections, the check of a rule file's sections and
docs/listening.md all follow the table: a new behaviour is a row and its function.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Message, lend, message, own_words
from prosody.cues.measure import CROSSTALK
from prosody.events import Event
from prosody.listening.from_timing import (
    Hears,
    backchannels,
    held_silences,
    minimal_answers,
    overlaps,
)
from prosody.listening.from_words import GivesBack, Reads, asks, gives_back, shows, strain, tells
from prosody.listening.measured import holds, leads
from prosody.rules import language
from prosody.rules.language import Rules
from prosody.settings import SHIPPED, Reading, Settings
from prosody.trained.network import OUTPUTS

__all__ = [
    "Behaviour",
    "Points",
    "by_group",
    "counts",
    "followed",
    "follows",
    "get",
    "group_of",
    "groups",
    "kinds",
    "leaves_open",
    "load_rules",
    "looked_for",
    "looked_for_in",
    "named",
    "of",
    "of_main",
    "order",
    "reference",
    "refuse_misfit",
    "registered",
    "table",
    "unknown_section",
]


@dataclass(frozen=True, slots=True)
class Points:
    """What a behaviour adds to a moment: `side` is ``strong`` or ``discuss``, `words` say why."""

    side: str
    points: float
    words: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row.

    Parameters
    ----------
    kind : str
        Its name in data.
    label, group, definition, example : str
        Its name for people, the group it is listed under, one or two plain sentences, and what
        somebody may have said ("" where it is not said).
    owner : str
        Whose it is: ``therapist``, ``client`` or ``either``.
    reads : callable or None
        Spots it in the words of a turn.
    hears : callable or None
        Finds it without words.
    moment : Points or None
        What it adds to a moment worth a listen.
    outcome : bool
        Whether what the client did next is compared in links.
    defining : tuple of str
        Cues, by the beginning of their names, that its own rule decides: a link to them would
        only repeat the rule, so it is named and not looked at.
    where : str
        What it is said of: a whole ``turn``, an ``overlap`` or a ``silence``, which belongs to no
        turn and has no voice.
    sections : tuple of str
        Sections of a rule file that it reads.
    stages : tuple of str
        Stages of the frames for reading (`prosody.listening.totals`) it is counted under.
    on_trial : bool
        Whether it has to show its worth on coded material of strangers
        (`prosody.listening.measured`) before it is suggested unasked.
    account : bool
        Whether it is a client's own account, of which is looked whether the therapist takes it up.
    interviewing : bool
        Whether it is looked for only where a person says that the session is motivational
        interviewing.
    main : str
        Which of the main things a therapist's turn does it is, as the trained coder divides them:
        ``question``, ``reflection`` or ``therapist_input``; "" for all else. Figures of listening
        count by it.
    leaves_open : bool or None
        Of a question, whether it leaves the answer open.
    outputs : tuple of str
        Outputs of the trained coder (`prosody.trained.network.OUTPUTS`; of a client's behaviour,
        `SIDES`) that speak for it, among the behaviours of its `main`; one of these without any is
        the rules' alone to find, and goes before the others.
    sub_kinds : tuple of str
        Its sub-kinds, one for each of its `outputs`.
    understanding : bool
        Whether it is understanding said in words, which a map of empathy sets beside the account.
    aside : bool
        Whether it is said inside the other's turn and takes no floor: the shortest thing said
        there, followed by the rest of that turn, and drawn as a mark without a letter.
    replied : bool
        Whether what the client said next is told over sessions.
    followed : int
        Place among what is followed over sessions, from 1, strain and its repair first; 0 for all
        others.
    spoilt_by : tuple of str
        Codes of notes of the recording with which nobody can be said to have shown it.
    rate : str
        The measure that is its rate: where machines hear that too badly, it is not counted either.
    """

    kind: str
    label: str
    group: str
    definition: str
    example: str
    owner: str = "therapist"
    reads: Reads | None = None
    hears: Hears | None = None
    moment: Points | None = None
    outcome: bool = True
    defining: tuple[str, ...] = ()
    where: str = "turn"
    sections: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    on_trial: bool = False
    account: bool = False
    interviewing: bool = False
    main: str = ""
    leaves_open: bool | None = None
    outputs: tuple[str, ...] = ()
    sub_kinds: tuple[str, ...] = ()
    understanding: bool = False
    aside: bool = False
    replied: bool = False
    followed: int = 0
    spoilt_by: tuple[str, ...] = ()
    rate: str = ""

    def words(self, what: str) -> str:
        """Give its `label`, `definition` or `example` as the language says it."""
        said = getattr(self, what)
        return own_words(f"behaviours.{self.kind}.{what}", said, settings=SHIPPED)

    @property
    def experimental(self) -> bool:
        """Whether it is suggested only if asked for, and never feeds moments or links."""
        return self.on_trial and not holds(self.kind)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that can show it."""
        return ("therapist", "client") if self.owner == "either" else (self.owner,)

    @property
    def needs_words(self) -> bool:
        """Whether it cannot be looked for without a transcript."""
        return self.hears is None


_GROUPS = (
    "Asking",
    "Following",
    "Affirming",
    "Working together",
    "Informing",
    "Silence and overlap",
    "Worth a second listen",
    "The client's own account",
)
# Sections of a rule file that mark sentences and are no behaviour.
_AUXILIARY = ("depth", "social", "invites_response")
_OTHER = OUTPUTS["main"][-1]
_TELLS = "therapist_input"
# Statements that give back: their points, what shows a summary, and what gives nothing back.
_GIVEN_BACK = GivesBack("reflection", sums="summary", never="sympathy")
_ROWS = (
    Behaviour(
        "question_open",
        "Open question",
        "Asking",
        "A question that leaves the answer open: what, how, why, tell me.",
        "What was that like for you?",
        reads=asks(open=True),
        moment=Points("strong", 1.0, "asks an open question"),
        sections=("question_open",),
        stages=("responding", "tasks"),
        main="question",
        leaves_open=True,
        outputs=("question_open",),
        followed=6,
    ),
    Behaviour(
        "question_closed",
        "Closed question",
        "Asking",
        "A question that a yes, a no, a number or a name would answer.",
        "Did you sleep last night?",
        reads=asks(open=False),
        moment=Points("discuss", 0.5, "asks a closed question"),
        sections=("question_closed",),
        stages=("tasks",),
        main="question",
        leaves_open=False,
        outputs=("question_closed",),
        followed=7,
    ),
    Behaviour(
        "reflection",
        "Reflection",
        "Following",
        "Gives back what the client said or meant.",
        "It sounds like you miss her.",
        reads=gives_back(_GIVEN_BACK),
        moment=Points("strong", 2.0, "gives back what the client said"),
        sections=("reflection",),
        stages=("responding", "bond"),
        main="reflection",
        outputs=("reflection_simple", "reflection_complex"),
        sub_kinds=("simple", "complex"),
        followed=5,
    ),
    Behaviour(
        "summary",
        "Summary",
        "Following",
        "Joins several things the client said.",
        "Let me see if I have this right: you lie awake, and you blame yourself.",
        reads=gives_back(_GIVEN_BACK, summing=True),
        moment=Points("strong", 2.0, "joins several things the client said"),
        defining=("turns.length",),  # several things joined
        sections=("summary",),
        stages=("processing", "goals"),
        main="reflection",
        followed=8,
    ),
    Behaviour(
        "validation",
        "Validation and support",
        "Affirming",
        "Says that what the client feels or does makes sense, or supports them: is sorry, wishes "
        "them well, promises to be there.",
        "That makes sense, given what happened.",
        reads=shows("validation", "support", "makes_sense"),
        on_trial=True,
        moment=Points("strong", 2.0, "says that it makes sense, or supports the client"),
        sections=("validation",),
        stages=("responding", "bond"),
        followed=9,
    ),
    Behaviour(
        "affirmation",
        "Affirmation",
        "Affirming",
        "Names something good in the client: a strength, an effort, a step.",
        "It took courage to say that.",
        reads=shows("affirmation"),
        on_trial=True,
        moment=Points("strong", 1.0, "names something good"),
        sections=("affirmation",),
        stages=("responding", "bond"),
        followed=10,
    ),
    Behaviour(
        "normalising",
        "Normalising",
        "Affirming",
        "Says that others feel or do the same.",
        "Many people feel that way after a loss.",
        reads=shows("normalising"),
        on_trial=True,
        moment=Points("strong", 1.0, "says that others feel the same"),
        sections=("normalising",),
        stages=("responding", "bond"),
    ),
    Behaviour(
        "check_in",
        "Check-in",
        "Working together",
        "Asks how this conversation is going, or whether the therapist understood.",
        "How does that sit with you?",
        reads=shows("check_in"),
        on_trial=True,
        moment=Points("strong", 1.0, "checks how this is for the client"),
        sections=("check_in",),
        stages=("responding", "tasks"),
        replied=True,
        followed=1,
    ),
    Behaviour(
        "shared_goals",
        "Shared goals",
        "Working together",
        "Agrees on what to work on: an agenda, goals, a plan made together.",
        "What would you like to focus on today?",
        reads=shows("shared_goals"),
        on_trial=True,
        sections=("shared_goals",),
        stages=("goals",),
    ),
    Behaviour(
        "autonomy_support",
        "Autonomy support",
        "Working together",
        "Says that the choice is the client's.",
        "It's up to you.",
        reads=shows("autonomy_support"),
        on_trial=True,
        moment=Points("strong", 1.0, "leaves the choice to the client"),
        sections=("autonomy_support",),
        stages=("tasks",),
    ),
    Behaviour(
        "self_disclosure",
        "Self-disclosure",
        "Informing",
        "The therapist says something about their own life.",
        "I remember when my own mother died.",
        reads=shows("self_disclosure"),
        on_trial=True,
        sections=("self_disclosure",),
        followed=13,
    ),
    Behaviour(
        "information",
        "Information",
        "Informing",
        "Gives facts, explains, describes how something works.",
        "Research shows that sleep improves within weeks.",
        reads=tells("information", adds_up=True),
        defining=("turns.length",),  # length counts for it (`long` in the rule file)
        sections=("information",),
        stages=("tasks",),
        main=_TELLS,
        outputs=("input_information",),
        followed=12,
    ),
    Behaviour(
        "advice",
        "Advice",
        "Informing",
        "Says what the client should or could do.",
        "You should go to bed at ten.",
        reads=tells("advice"),
        moment=Points("discuss", 2.0, "says what to do"),
        sections=("advice",),
        stages=("tasks",),
        main=_TELLS,
        outputs=("input_advice", "input_options", "input_negotiation"),
        followed=11,
    ),
    Behaviour(
        "confrontation",
        "Confrontation",
        "Worth a second listen",
        "Disagrees, argues, corrects, blames or warns.",
        "That's just an excuse.",
        reads=shows("confrontation"),
        on_trial=True,
        moment=Points("discuss", 3.0, "disagrees or warns"),
        sections=("confrontation",),
    ),
    Behaviour(
        "backchannel",
        "Backchannel",
        "Following",
        "A short sign of listening while the client keeps the floor.",
        "Mm-hm.",
        hears=backchannels,
        outcome=False,
        defining=("turns.", "pace."),  # it is short, and said while the other speaks
        stages=("responding",),
        aside=True,
        followed=15,
        spoilt_by=CROSSTALK,
        rate="turns.backchannel_rate",
    ),
    Behaviour(
        "held_silence",
        "Held silence",
        "Silence and overlap",
        "A silence of {settings.units.silence_s:g} s or more after the client, which the therapist "
        "leaves to the client to end.",
        "",
        hears=held_silences,
        moment=Points("strong", 2.0, "leaves the client time"),
        # It is a wait, and its end is known.
        defining=("turns.response_latency", "next.latency"),
        where="silence",
        stages=("sensing",),
        followed=14,
    ),
    Behaviour(
        "overlap_to_review",
        "Overlap to review",
        "Silence and overlap",
        "One person comes in while the other is speaking, the other stops within a second, and the "
        "newcomer goes on. To listen to, not to count: only a listener can say whether it was an "
        "interruption.",
        "",
        owner="either",
        hears=overlaps,
        moment=Points("discuss", 3.0, "starts while the client speaks"),
        defining=("turns.response_latency", "turns.overlap"),
        where="overlap",
        spoilt_by=CROSSTALK,
    ),
    Behaviour(
        "withdrawal_marker",
        "Withdrawal marker",
        "Worth a second listen",
        "Words of a client who may be withdrawing, or an answer much shorter and later than "
        "usual; a place to listen to, no more.",
        "I don't want to talk about it.",
        owner="client",
        reads=strain("withdrawal_marker", short=True),
        on_trial=True,
        hears=minimal_answers,
        outcome=False,
        defining=("turns.", "pace."),  # short and late, among other things
        sections=("withdrawal_marker",),
        followed=3,
    ),
    Behaviour(
        "confrontation_marker",
        "Confrontation marker",
        "Worth a second listen",
        "Words of a client who may be objecting to the therapist or the work; a place to "
        "listen to, no more.",
        "You're not listening to me.",
        owner="client",
        reads=strain("confrontation_marker"),
        on_trial=True,
        outcome=False,
        sections=("confrontation_marker",),
        followed=4,
    ),
    Behaviour(
        "repair",
        "Repair",
        "Worth a second listen",
        "The therapist asks about, apologises for or addresses a strain between the two.",
        "I'm sorry, I think I misunderstood.",
        reads=shows("repair"),
        on_trial=True,
        moment=Points("strong", 2.0, "comes back to a possible strain"),
        sections=("repair",),
        stages=("bond",),
        followed=2,
    ),
    Behaviour(
        "sympathy",
        "Sympathy",
        "Affirming",
        "Expresses sympathy with the client; this alone is no reflection and is never counted as "
        "one.",
        "I'm so sorry to hear about your brother.",
        reads=shows("sympathy"),
        on_trial=True,
        sections=("sympathy",),
    ),
    Behaviour(
        "understanding_cognitive",
        "Understanding of views",
        "Following",
        "Says in words that the therapist understands how the client sees it.",
        "I see where you're coming from.",
        reads=shows("understanding_cognitive"),
        on_trial=True,
        sections=("understanding_cognitive",),
        understanding=True,
    ),
    Behaviour(
        "understanding_affective",
        "Understanding of feelings",
        "Following",
        "Says in words that the therapist understands what the client feels.",
        "I can hear how much that hurts.",
        reads=shows("understanding_affective"),
        on_trial=True,
        sections=("understanding_affective",),
        understanding=True,
    ),
    Behaviour(
        "framing",
        "Framing",
        "Working together",
        "Explains what this conversation is, how long it lasts, and what stays confidential.",
        "What you tell me here stays between us, unless somebody is in danger.",
        reads=shows("framing"),
        on_trial=True,
        sections=("framing",),
    ),
    Behaviour(
        "said",
        "Reports what was said",
        "The client's own account",
        "The client reports what somebody said.",
        "And she said to me, you never listen.",
        owner="client",
        reads=shows("said"),
        outcome=False,
        on_trial=True,
        account=True,
        sections=("said",),
    ),
    Behaviour(
        "felt",
        "Reports what they felt",
        "The client's own account",
        "The client says in words what they feel or felt; nothing is taken from the voice.",
        "I felt so ashamed when he asked.",
        owner="client",
        reads=shows("felt"),
        outcome=False,
        on_trial=True,
        account=True,
        sections=("felt",),
    ),
    Behaviour(
        "thought",
        "Reports what they thought",
        "The client's own account",
        "The client says in words what they think or thought.",
        "I thought he would never come back.",
        owner="client",
        reads=shows("thought"),
        outcome=False,
        on_trial=True,
        account=True,
        sections=("thought",),
    ),
    Behaviour(
        "wanted",
        "Reports what they want",
        "The client's own account",
        "The client says in words what they want, wanted or wish for.",
        "I want to be able to sleep again.",
        owner="client",
        reads=shows("wanted"),
        outcome=False,
        on_trial=True,
        account=True,
        sections=("wanted",),
    ),
    Behaviour(
        "change_talk",
        "Change talk",
        "The client's own account",
        "The client speaks in favour of a change under discussion.",
        "I really want to stop drinking.",
        owner="client",
        reads=shows("change_talk"),
        outcome=False,
        on_trial=True,
        interviewing=True,
        outputs=("change_talk",),
        sections=("change_talk",),
    ),
    Behaviour(
        "sustain_talk",
        "Sustain talk",
        "The client's own account",
        "The client speaks in favour of leaving things as they are, or about what stands in the "
        "way.",
        "I don't want to quit smoking.",
        owner="client",
        reads=shows("sustain_talk"),
        outcome=False,
        on_trial=True,
        interviewing=True,
        outputs=("sustain_talk",),
        sections=("sustain_talk",),
    ),
)
_TABLE = {row.kind: row for row in _ROWS}


def table() -> tuple[Behaviour, ...]:
    """Give every row, in the order in which behaviours are counted and shown."""
    return tuple(_TABLE.values())


def kinds() -> tuple[str, ...]:
    """Give the kinds, in the order of the table."""
    return tuple(_TABLE)


def of(role: str) -> tuple[Behaviour, ...]:
    """Give the behaviours that somebody of a role can show."""
    return tuple(row for row in _TABLE.values() if role in row.roles)


def looked_for(limits: Reading) -> tuple[Behaviour, ...]:
    """Give the rows that are looked for.

    Experimental ones only where somebody asks for them, and none of which a bag of words says more.
    """
    asked = (row for row in table() if limits.experimental or not row.experimental)
    return tuple(row for row in asked if leads(row.kind))


def looked_for_in(settings: Settings) -> tuple[Behaviour, ...]:
    """Give the rows that are looked for in a session of these settings: a person names its kind."""
    interviews = settings.listening.motivational_interviewing
    return tuple(row for row in looked_for(settings.reading) if interviews or not row.interviewing)


def counts(event: Event) -> bool:
    """Whether an event may feed moments and links: not of an experimental kind.

    What a person named or confirmed is no suggestion, and counts.
    """
    row = _TABLE.get(event.kind)
    return event.corrected_by is not None or row is None or not row.experimental


def get(kind: str) -> Behaviour | None:
    """Give a row; None for a kind there is none of, as an older session may hold."""
    return _TABLE.get(kind)


def named(kind: str) -> Behaviour:
    """Give the row of a kind that a person named.

    Raises
    ------
    Refused
        If there is none.
    """
    if kind not in _TABLE:
        raise Refused("behaviour.unknown", kind=kind, known=kinds())
    return _TABLE[kind]


def refuse_misfit(kind: str, role: str) -> None:
    """Refuse a behaviour that somebody of this role cannot show."""
    row = named(kind)
    if role not in row.roles:
        code = "behaviour.role_unknown" if role == "unknown" else "behaviour.wrong_role"
        raise Refused(code, kind=kind, owner=row.owner, role=role)


def order(kind: str) -> int:
    """Place of a kind in the table; behind it where it is not there."""
    return kinds().index(kind) if kind in _TABLE else len(_TABLE)


def followed() -> tuple[Behaviour, ...]:
    """Give what is followed over sessions, in order."""
    return tuple(sorted((r for r in _TABLE.values() if r.followed), key=lambda r: r.followed))


def group_of(kind: str) -> str:
    """Give which of the main things a turn does a behaviour is; ``other`` where it is none."""
    row = _TABLE.get(kind)
    return (row.main if row else "") or _OTHER


def of_main(main: str) -> tuple[Behaviour, ...]:
    """Give the behaviours that are one of the main things a turn does, in order."""
    return tuple(row for row in _TABLE.values() if row.main == main)


def follows(kind: str) -> tuple[bool, bool | None]:
    """Say of what came before whether it told something and, of a question, whether it was open."""
    row = _TABLE.get(kind)
    told = row is not None and row.main == _TELLS
    return told, row.leaves_open if row else None


def leaves_open(kind: str) -> bool:
    """Whether a behaviour is a question that leaves the answer open."""
    row = _TABLE.get(kind)
    return row is not None and row.leaves_open is True


def groups() -> tuple[str, ...]:
    """Give the groups behaviours are listed under, in order."""
    return tuple(dict.fromkeys((*_GROUPS, *(row.group for row in _TABLE.values()))))


def by_group(rows: Iterable[Behaviour]) -> Iterator[tuple[str, list[Behaviour]]]:
    """Give rows by the group they are listed under, in order; a group with none is left out."""
    every = list(rows)
    for group in groups():
        if own := [row for row in every if row.group == group]:
            yield group, own


@contextmanager
def registered(row: Behaviour) -> Iterator[Behaviour]:
    """Add a row to the table for as long as the context lasts, as an extension or a test does."""
    if row.kind in _TABLE:
        raise ValueError(f"{row.kind} is in the table already")
    _TABLE[row.kind] = row
    try:
        yield row
    finally:
        del _TABLE[row.kind]


def load_rules(code: str = "en", *, path: Path | None = None, folder: Path | None = None) -> Rules:
    """Read a rule file whose sections the table knows; see `prosody.rules.language.load`.

    Raises
    ------
    Refused
        If there is none for the language, it cannot be understood, or a section of phrases
        belongs to no behaviour.
    """
    rules = language.load(code, path=path, folder=folder)
    if (odd := unknown_section(rules)) is not None:
        raise Refused(odd.code, **odd.fields)
    return rules


def unknown_section(rules: Rules) -> Message | None:
    """Say which section of phrases belongs to no behaviour: misspelt, it would find nothing."""
    known = {*_AUXILIARY, *(name for row in _TABLE.values() for name in row.sections)}
    odd = next((name for name in rules.phrases if name not in known), None)
    if odd is None:
        return None
    return message("rule.unknown_behaviour", language=rules.language, section=odd)


def reference() -> str:
    """Write the table of behaviours for docs/listening.md, in Markdown."""
    lines = ["| behaviour | of the | from | what it is | for example |", "|---|---|---|---|---|"]
    for row in table():
        found = " and ".join(
            how for how, by in (("words", row.reads), ("timing", row.hears)) if by is not None
        )
        example = f"“{row.example}”" if row.example else ""
        name = f"`{row.kind}`{' (experimental)' * row.experimental}"
        said = (name, " or ".join(row.roles), found, row.words("definition"), example)
        lines.append(f"| {' | '.join(said)} |")
    return "\n".join([*lines, ""])


def _label(kind: str) -> str | None:
    row = _TABLE.get(kind)
    if row is None or not row.experimental:
        return row.words("label") if row else None
    return str(message("page.experimental", name=row.words("label")))


def _moment_words(kind: str) -> str | None:
    row = _TABLE.get(kind)
    if row is None or row.moment is None:
        return None
    return own_words(f"behaviours.{kind}.moment", row.moment.words)


lend("behaviour", _label)
lend("moment", _moment_words)

if __name__ == "__main__":
    sys.stdout.write(reference())  # docs/listening.md holds it

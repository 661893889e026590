"""Figures of listening: ratios of behaviours and uptake, over turns of the therapist.

Conventions
-----------
Every figure is a part over a whole, counted over therapist turns with words whose middle lies in
the window, from events that a person may have corrected. The interval holds the spread between
turns, not the errors of the rules.
"""

from collections.abc import Callable, Mapping

import numpy as np

from diarize.conversation import Utterance
from diarize.messages import message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.measure import LAPSES, WORDS_DOUBTED, Cue, Measure, withheld
from prosody.intervals import Bounds, odds_interval, share_interval
from prosody.listening.behaviours import group_of, leaves_open
from prosody.listening.coder import uptake
from prosody.listening.found import events
from prosody.listening.kept import read_before, worded
from prosody.listening.sentences import Said
from prosody.listening.words import rules_of, said_by_turn, words_withheld

__all__ = ["CUES", "uptake_by_turn"]

Around = Callable[..., Bounds]


def _turns(analysis: Analysis, within: Span) -> list[Utterance]:
    """Therapist turns with words, whose middle lies within."""
    return [
        u
        for u in worded(analysis.conversation)
        if u.role == "therapist" and within.start <= u.span.middle < within.end
    ]


def _ratio(
    analysis: Analysis,
    name: str,
    parts: list[float],
    wholes: list[float],
    least: int,
    *,
    of: str,
    around: Around = share_interval,
) -> Measure:
    """Give part/whole over turns with its interval, or withhold it below the least `n`."""
    part, whole = float(sum(parts)), float(sum(wholes))
    n = len(wholes) if of == "uptake_turns" else int(whole)
    if n < least or whole == 0:
        reason = message("total.too_few", n=n, of=of, least=least)
        return Measure(name, "therapist", None, "", part, whole, n, reliable=False, reason=reason)
    low, high = around(np.asarray(parts), np.asarray(wholes), rules=analysis.settings.intervals)
    return Measure(name, "therapist", part / whole, "", part, whole, n, low, high)


def _carrying(analysis: Analysis, within: Span, wanted: Callable[[str], bool]) -> list[float]:
    """Whether each therapist turn carries one of the wanted kinds of behaviour, 1 or 0."""
    found = {e.utterance for e in events(analysis) if wanted(e.kind) and e.role == "therapist"}
    return [float(u.index in found) for u in _turns(analysis, within)]


def _asking(analysis: Analysis, within: Span) -> list[float]:
    return _carrying(analysis, within, lambda kind: group_of(kind) == "question")


def _reflections_to_questions(analysis: Analysis, role: str, within: Span) -> Measure:
    name = "listening.reflections_to_questions"
    if (reason := words_withheld(analysis)) is not None:
        return withheld(name, role, "", reason)
    reflections = _carrying(analysis, within, lambda kind: group_of(kind) == "reflection")
    questions = _asking(analysis, within)
    least = analysis.settings.listening.least_questions
    return _ratio(
        analysis, name, reflections, questions, least, of="questions", around=odds_interval
    )


def _open_share(analysis: Analysis, role: str, within: Span) -> Measure:
    name = "listening.open_question_share"
    if (reason := words_withheld(analysis)) is not None:
        return withheld(name, role, "", reason)
    opened = _carrying(analysis, within, leaves_open)
    questions = _asking(analysis, within)
    least = analysis.settings.listening.least_questions
    return _ratio(analysis, name, opened, questions, least, of="questions")


def _uptake(analysis: Analysis, role: str, within: Span) -> Measure:
    """Content words of therapist turns that come from the client's last turn of some length."""
    limits = analysis.settings.listening
    if (reason := words_withheld(analysis)) is not None:
        return withheld("listening.uptake", role, "", reason)
    known = uptake_by_turn(analysis)
    pairs = [known[u.index] for u in _turns(analysis, within) if u.index in known]
    parts, wholes = [part for part, _ in pairs], [whole for _, whole in pairs]
    return _ratio(
        analysis, "listening.uptake", parts, wholes, limits.least_uptake_turns, of="uptake_turns"
    )


@shared
def uptake_by_turn(analysis: Analysis) -> Mapping[int, tuple[float, float]]:
    """Give of each therapist turn the content words the client had just used, and all of them."""
    if not analysis.conversation.texts:
        before = read_before(analysis).items()
        return {index: turn.uptake for index, turn in before if turn.uptake is not None}
    rules, limits = rules_of(analysis), analysis.settings.listening
    found: dict[int, tuple[float, float]] = {}
    if rules is None:
        return found
    heard: Said | None = None
    own = {u.index for u in _turns(analysis, analysis.conversation.whole)}
    for u, said in zip(analysis.conversation.utterances, said_by_turn(analysis), strict=True):
        if u.role == "client" and len(u.words) >= limits.uptake_turn_words:
            heard = said
        elif u.index in own and heard is not None:
            part, whole = uptake(said, heard, rules)
            found[u.index] = float(part), float(whole)
    return found


CUES: tuple[Cue, ...] = (
    Cue(
        name="listening.reflections_to_questions",
        unit="",
        label="Reflection-to-question ratio",
        higher="more reflections for each question",
        lower="fewer reflections for each question",
        meaning="Therapist turns that give back what the client said or meant, for each turn with "
        "a question. Suggested from the words; the rules miss some and invent others, so listen to "
        "them. "
        "There is no right number.",
        measure=_reflections_to_questions,
        roles=("therapist",),
        spoilt_by=(*LAPSES, *WORDS_DOUBTED),
        headline=14,
        counts=("reflection", "question"),
        least=0.0,
        miti=True,
        published=message("total.published_reflections"),
    ),
    Cue(
        name="listening.open_question_share",
        unit="",
        share=True,
        label="Share of open questions",
        higher="a larger share of open questions",
        lower="a smaller share of open questions",
        meaning="Of the therapist's turns with a question, the share that leave the answer open "
        "(what, how, tell me). Suggested from the words; it says nothing about timing or tone.",
        measure=_open_share,
        roles=("therapist",),
        spoilt_by=(*LAPSES, *WORDS_DOUBTED),
        headline=15,
        counts=("question",),
        miti=True,
    ),
    Cue(
        name="listening.uptake",
        unit="",
        share=True,
        label="Lexical uptake",
        higher="more of the client's own words",
        lower="fewer of the client's own words",
        meaning="Of the therapist's content words, the share that the client had just used. Shows "
        "how much of the client's own wording comes back; a good rewording does not count here.",
        measure=_uptake,
        roles=("therapist",),
        spoilt_by=(*LAPSES, *WORDS_DOUBTED),
    ),
)

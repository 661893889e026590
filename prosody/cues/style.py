"""How alike two people use function words, whatever they talk about.

Conventions
-----------
Language style matching after Ireland & Pennebaker 2010, on word lists of our own (the rule file
of the words' language). Both people say at least ``settings.matching.least_words`` words, or
there is no figure. Roles swapped give the same.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.measure import BOTH, LAPSES, ROLES, WORDS_DOUBTED, Cue, Measure, withheld
from prosody.cues.words import STYLE, WORDS, counted, rules_or_why, word_counts
from prosody.intervals import delta_interval

__all__ = ["CUES", "language_style", "likeness"]

Floats = NDArray[np.float64]


def language_style(analysis: Analysis, role: str, within: Span) -> Measure:
    """Likeness of function-word use, 0 to 1: the mean over nine groups of words.

    Per group ``1 - |p1 - p2| / (p1 + p2 + 0.0001)``, p in percent of words (Ireland &
    Pennebaker 2010).
    """
    cue = "match.language_style"
    if not analysis.conversation.has_words:
        return withheld(cue, role, "", message("measure.no_transcript"))
    known = _counts(analysis)
    if isinstance(known, Message):
        return withheld(cue, role, "", known)
    starts, counts = known
    counts = counts[:, :, (starts >= within.start) & (starts < within.end)]
    fewest, limits = int(counts[:, -1].sum(axis=1).min()), analysis.settings.matching
    whole = within.contains(analysis.conversation.whole)
    least = limits.least_words if whole else limits.least_window_words
    if fewest < least:
        lack = message("match.few_words", n=fewest, least=least)
        return withheld(cue, role, "", lack, n=fewest)
    value, influence = likeness(counts)
    low = high = None
    if fewest >= limits.interval_words:
        low, high = delta_interval(value, influence, rules=analysis.settings.intervals)
    return Measure(cue, role, value, "", None, None, fewest, low, high)


def likeness(counts: Floats) -> tuple[float, Floats]:
    """Mean likeness of counts (2, groups and all words, n), and each utterance's part in it, (n,).

    The part is the first-order change of the likeness with that utterance's words.
    """
    sums = counts.sum(axis=2)
    first, second = percent = 100 * sums[:, :-1] / sums[:, -1:]
    both, apart = first + second + 0.0001, np.abs(first - second)
    sign = np.sign(first - second)
    slopes = -np.array([sign * both - apart, -sign * both - apart]) / both**2
    moved = 100 * counts[:, :-1] / sums[:, -1:, None]
    moved -= percent[:, :, None] * (counts[:, -1:] / sums[:, -1:, None])
    influence = (slopes[:, :, None] * moved).sum(axis=0).mean(axis=0)
    return float((1 - apart / both).mean()), np.asarray(influence)


@shared
def _counts(analysis: Analysis) -> tuple[Floats, Floats] | Message:
    """Starts of both people's utterances (n,), and their words by speaker, (2, groups + 1, n).

    The last group is all words. Why not, where the language has no rules.
    """
    rules = rules_or_why(analysis)
    if isinstance(rules, Message):
        return rules
    names = (*(f"{STYLE}{name}" for name in rules.style), WORDS)
    said = [u for u in analysis.conversation.utterances if u.role in ROLES]
    counts = np.zeros((2, len(names), len(said)))
    for i, utterance in enumerate(said):
        own = word_counts(analysis)[utterance.index]
        counts[ROLES.index(utterance.role), :, i] = [counted(own, name) for name in names]
    return np.array([u.span.start for u in said], dtype=np.float64), counts


CUES: tuple[Cue, ...] = (
    Cue(
        name="match.language_style",
        unit="",
        label="Language style matching",
        higher="more alike in function words",
        lower="less alike in function words",
        meaning="How alike the two use function words such as pronouns, articles and negations, 0 "
        "to 1, topic aside. Studies link it to rated empathy in transcripts; short sessions bias "
        "it.",
        measure=language_style,
        roles=BOTH,
        course=True,
        spoilt_by=(*LAPSES, *WORDS_DOUBTED),
    ),
)

"""Every threshold with which a recording is heard, in one place and with its unit.

Conventions
-----------
Each section belongs to the room that reads it. A field's name carries its unit (``_s``, ``_db``,
``_hz``); a share or probability is 0 to 1. Records are frozen: what an analysis used is what its
report holds.
"""

from dataclasses import dataclass, field

__all__ = ["Hearing", "Roles", "Units"]


@dataclass(frozen=True, slots=True)
class Units:
    """Thresholds that build units from speech; seconds, and words where the name says so.

    Parameters
    ----------
    ipu_silence_s : float
        A silence this long ends an inter-pausal unit.
    join_pause_s : float
        Units of one voice with a shorter pause between them are one turn.
    silence_s : float
        From here a stretch without speech is called a silence.
    overlap_margin_s : float
        Kept away from overlap on each side in acoustic measures [design].
    pause_s : float
        Shorter stretches without speech inside one voice's talk count as articulation.
    word_reach_s : float
        How far from speech a word may lie and still belong to it [design].
    backchannel_s : float
        Longest backchannel that is told by length and position [design].
    backchannel_words : int
        Most words of a backchannel that are not all cue words.
    resume_s : float
        A lone "yes" is a backchannel only if the other goes on within this time [design].
    lead_s : float
        Who has spoken this long before a unit comes in holds the floor (NaturalTurn's lag).
    """

    ipu_silence_s: float = 0.20
    join_pause_s: float = 1.5
    silence_s: float = 3.0
    overlap_margin_s: float = 0.05
    pause_s: float = 0.25
    word_reach_s: float = 1.5
    backchannel_s: float = 1.0
    backchannel_words: int = 3
    resume_s: float = 1.0
    lead_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Roles:
    """How sure each kind of evidence makes the roles; stated beforehand, fitted to no transcript.

    The rule on words is a logistic curve: log-odds are `words_weight` times the difference in
    *you*-words minus *I*-words, plus `questions_weight` times that in questions, either in
    standard errors. All of it is prior belief in round numbers [design]: that who says *you* is the
    therapist is worth twice as much as that who asks is. How often it is right is measured
    (docs/notes/words-and-roles.md), and the numbers are not moved after the measurement.

    Parameters
    ----------
    least_certainty : float
        Below it both voices stay ``unknown``.
    words_weight, questions_weight : float
        Log-odds per standard error.
    words_certainty, labels_certainty : float
        The most that words, or speaker labels, can make certain: transcripts are sometimes
        unlike all others, and labels are sometimes given to the wrong person.
    first_certainty : float
        What speaking first is worth; far below `least_certainty`, so that it never decides.
    disputed_certainty : float
        From here words contradict roles that something else decided.
    swap_certainty : float
        From here two parts of a session point opposite ways; higher than for roles, because
        `swap_places` less one places are looked at.
    swap_places : int
        Parts of equal length in words, between which a swap is looked for.
    """

    least_certainty: float = 0.9
    words_weight: float = 2.0
    questions_weight: float = 1.0
    words_certainty: float = 0.95
    labels_certainty: float = 0.99
    first_certainty: float = 0.6
    disputed_certainty: float = 0.95
    swap_certainty: float = 0.995
    swap_places: int = 20


@dataclass(frozen=True, slots=True)
class Hearing:
    """All thresholds of hearing who speaks when and what was said."""

    units: Units = field(default_factory=Units)
    roles: Roles = field(default_factory=Roles)

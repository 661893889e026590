"""Every threshold with which a recording is heard, in one place and with its unit.

Conventions
-----------
Each section belongs to the room that reads it. A field's name carries its unit (``_s``, ``_db``,
``_hz``); a share or probability is 0 to 1. Records are frozen: what an analysis used is what its
report holds.
"""

from dataclasses import dataclass, field

__all__ = ["Hearing", "Units"]


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
class Hearing:
    """All thresholds of hearing who speaks when and what was said."""

    units: Units = field(default_factory=Units)

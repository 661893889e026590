"""Every threshold, frozen, with its unit in its name.

Sections belong to the module they are named after. Values marked [design] in the cue reference
are engineering choices without a paper behind the number.
"""

from dataclasses import dataclass, field, replace

from diarize.conversation import Units

__all__ = [
    "COMPONENTS",
    "Component",
    "Course",
    "Listening",
    "Matching",
    "Pacing",
    "Settings",
    "TurnTaking",
    "Warmth",
]


@dataclass(frozen=True, slots=True)
class Course:
    """Windows of the time course."""

    window_s: float = 90.0
    hop_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """What counts as a pause, which turns carry a rate, and the least a rate rests on [design]."""

    pause_s: float = 0.25
    long_pause_s: float = 1.5
    min_words: int = 5
    min_turn_s: float = 1.5
    disagreement: float = 0.25
    compare_turns: int = 5
    heard_least: float = 0.6
    heard_most: float = 1.25
    session_turns: int = 10
    session_phonation_s: float = 60.0
    window_turns: int = 3
    window_phonation_s: float = 10.0
    acceleration_turn_s: float = 4.0
    long_turn_s: float = 15.0
    raised_z: float = 1.0
    after_turns: int = 5


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the warmth index.

    `weight` is its share (0 leaves it out), `axis` is ``soft``, ``melodic`` or ``fit``; `floor`
    and `ceiling` (None: no bound) bound the scale of its robust z, in its own unit; `most` caps a
    deviation upward in z (downward all stop at -2.5); `settle_s` is how many seconds of voice a
    turn needs before half of its deviation is believed, 0 to believe all of it; `evidence` says
    why it weighs what it weighs.
    """

    name: str
    axis: str
    weight: float
    floor: float
    evidence: str
    ceiling: float | None = None
    most: float = 2.5
    settle_s: float = 0.0


COMPONENTS = (
    Component(
        "loudness",
        "soft",
        0.08,
        1.0,
        "Quieter than usual: supportive tone in Weinstein et al. 2017/18 and Paulmann et al. 2018 "
        "and 2019; low energy in Xiao et al. 2014. Small: strangers' ratings lean the other way.",
        ceiling=3.0,
        most=1.0,
    ),
    Component(
        "softness",
        "soft",
        0.24,
        1.5,
        "Less energy above 1 kHz in the harmonics: voice quality was the most critical parameter "
        "in Motivation Science 2024; tells acted calm from acted anger in every speaker tested.",
        ceiling=2.5,
        most=1.0,
    ),
    Component(
        "pace",
        "soft",
        0.04,
        0.25,
        "Slower than usual: Weinstein et al. 2017/18, Paulmann et al. 2018 and 2019; capped "
        "because long slow turns went with low empathy in Tao et al. 2022.",
        ceiling=0.6,
        most=1.0,
    ),
    Component(
        "steadiness",
        "soft",
        0.04,
        1.0,
        "Even level, pace taken out: steady tone and volume in Tao et al. 2022, indirect.",
        ceiling=3.0,
    ),
    Component(
        "pitch_range",
        "melodic",
        0.18,
        0.5,
        "Wider melody: rho .37 (women) and .44 (men) with listeners' warmth over 149 speakers.",
        settle_s=2.0,
    ),
    Component(
        "pitch_lift",
        "melodic",
        0.25,
        0.5,
        "Upper pitch above the turn's own middle: rho .33 and .52 with the same ratings.",
        settle_s=2.0,
    ),
    Component(
        "upper_pitch",
        "melodic",
        0.09,
        1.0,
        "Height of the pitch peaks: rho .37 and .35 with the same ratings, but it rises with "
        "vocal effort too (Xiao et al. 2014 against Paulmann et al. 2019).",
        settle_s=2.0,
    ),
    Component(
        "liveliness",
        "melodic",
        0.0,
        1.0,
        "Pitch movement per second: its nearest relatives do not go with the ratings (rho 0 and "
        "-.1); shown, not weighed.",
        settle_s=2.0,
    ),
    Component(
        "fit",
        "fit",
        0.08,
        0.25,
        "Near to the client's level and rate: CUEMPATHY 2024, Xiao et al. 2015, Weiste and "
        "Peräkylä 2014; moves as meant in edits of a synthetic talk; no ratings to test it on.",
    ),
)


@dataclass(frozen=True, slots=True)
class Warmth:
    """Components of the warmth proxy, the quality gate and the least it rests on [design]."""

    components: tuple[Component, ...] = COMPONENTS
    left_out: tuple[str, ...] = ()  # components a person chose not to count
    points: float = 20.0
    min_turn_s: float = 1.5
    min_voiced_s: float = 0.5
    min_weight: float = 0.60
    session_turns: int = 12
    voice_turns: int = 5
    activation_turns: int = 20
    window_turns: int = 3
    floor_shift_db: float = 3.0
    min_speech_to_noise_db: float = 20.0
    hiss_shift_db: float = 5.0
    masked_hiss_db: float = 36.0
    least_hiss_db: float = 28.0
    masked_floor_db: float = 30.0
    clip_level_dbfs: float = -5.0
    max_clipped_share: float = 0.01
    max_unsteady_floor: float = 0.33
    audible_floor_db: float = 40.0
    least_level_to_tilt: float = -0.5
    most_slope_0_500_db_per_khz: float = 55.0

    @property
    def weighed(self) -> tuple[Component, ...]:
        """The components with the weight they have here: 0 for those left out."""
        return tuple(
            replace(c, weight=0.0) if c.name in self.left_out else c for c in self.components
        )

    def without(self, *names: str) -> "Warmth":
        """Give the settings with these components left out, and no others."""
        return replace(self, left_out=tuple(c.name for c in self.components if c.name in names))


@dataclass(frozen=True, slots=True)
class Listening:
    """Which overlaps and answers are worth a look, and the least a listening number rests on.

    Overlap values [design] follow NaturalTurn's lag; counts follow the reference's minimums.
    `motivational_interviewing` is a person's word that the session is that; only then are
    figures in the manner of the MITI made.
    """

    overlap_lead_s: float = 1.0
    overlap_stop_s: float = 1.0
    overlap_hold_s: float = 1.0
    terminal_overlap_s: float = 0.5
    minimal_answer_s: float = 1.0
    least_client_turns: int = 8
    continuity_s: float = 1.0
    least_questions: int = 15
    least_uptake_turns: int = 15
    least_link_turns: int = 6
    link_shuffles: int = 1000
    false_share: float = 0.05
    moments: int = 6
    moment_apart_s: float = 30.0
    moment_context_s: float = 20.0
    motivational_interviewing: bool = False


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """Least data for turn-taking figures, and what sorts overlaps and long turns.

    The minimums are the cue reference's [design]; below them a description of the recording is
    marked rough and an inference is withheld (docs/notes/rough-figures.md). The 1 s values of
    overlaps follow NaturalTurn's lag, `monologue_s` and `edge_s` are [design].
    """

    least_speech_s: float = 300.0
    least_partner_s: float = 60.0
    least_transitions: int = 30
    least_stops: int = 15
    least_for_overlap: int = 10
    stop_s: float = 1.0
    terminal_overlap_s: float = 0.5
    lead_s: float = 1.0
    yield_s: float = 1.0
    hold_s: float = 1.0
    monologue_s: float = 60.0
    edge_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Matching:
    """Least data and surrogates for matching between two people [design]."""

    least_pairs: int = 30
    least_shift: int = 5
    surrogates: int = 1000
    false_discovery_rate: float = 0.05
    least_words: int = 500
    least_window_words: int = 50
    max_floor_correlation: float = 0.5
    min_floor_spread_db: float = 3.0
    max_crosstalk_correlation: float = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of an analysis; `setting` says where the recording was made."""

    setting: str = "room"  # room | remote
    units: Units = field(default_factory=Units)
    course: Course = field(default_factory=Course)
    pacing: Pacing = field(default_factory=Pacing)
    warmth: Warmth = field(default_factory=Warmth)
    listening: Listening = field(default_factory=Listening)
    turntaking: TurnTaking = field(default_factory=TurnTaking)
    matching: Matching = field(default_factory=Matching)

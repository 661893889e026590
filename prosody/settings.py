"""Every threshold, frozen, with its unit in its name.

Sections belong to the module they are named after. The weights of the warmth index stand in
``rules/warmth.toml`` (`prosody.rules.warmth`). Values marked [design] in the cue reference are
engineering choices without a paper behind the number.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from diarize.settings import Hearing, Units
from prosody.rules.warmth import Component, components, current_component, shipped_components

__all__ = [
    "KEPT_PLACES",
    "SHIPPED",
    "Contrasts",
    "Course",
    "Features",
    "Floor",
    "Intervals",
    "Listening",
    "Matching",
    "Nuclei",
    "OverTime",
    "Pacing",
    "Pitch",
    "Playing",
    "Reading",
    "Settings",
    "Sharing",
    "Spectrum",
    "TurnTaking",
    "Turns",
    "Voicing",
    "Warmth",
]

KEPT_PLACES = 4  # of every number in a report, and so of what is shown of it


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What is silence, where vowels are, and when a recording reaches no further than a telephone.

    A frame is digital silence where no sample is above `silent_dbfs`.
    Vowels carry their power in `vowel_band_hz`, by telephone as well; syllables are heard in what
    `syllable_parts` equal parts of `syllable_band_hz` have at once. A recording is telephone sound,
    which ends at `telephone_hz`, where in the mean of `looks` excerpts the power above is
    `cliff_below_peak_db` below the spectrum's peak and `cliff_below_inside_db` below what lies
    just inside the edge.
    """

    silent_dbfs: float = -120.0
    vowel_band_hz: tuple[float, float] = (300.0, 3000.0)
    syllable_band_hz: tuple[float, float] = (240.0, 3600.0)
    syllable_parts: int = 12
    telephone_hz: float = 4000.0
    looks: int = 48
    cliff_below_peak_db: float = 50.0
    cliff_below_inside_db: float = 25.0


@dataclass(frozen=True, slots=True)
class Pitch:
    """Where pitch is looked for, and what a path through its candidates costs.

    `candidates` peaks of each frame's autocorrelation are kept, from `lowest_hz` to `highest_hz`,
    of the spectrum below `band_hz` whose magnitudes are raised to `compression_exponent`; on
    their way in, a peak gains `bias_per_octave` of strength. How likely each is the pitch, the
    weights of ``rules/pitch.toml`` say; neighbouring frames share half their samples, so each
    counts for `frame_weight`.

    Candidates are compared with the pitch within `around_frames` (10 ms each): beyond
    `usual_octaves` of it, as far as a melody goes, they lose `above_log_odds` or `below_log_odds`
    an octave. What lies high is believed from `sure_probability` and not up to
    `unsure_probability`. The path costs `jump_log_odds` per octave moved in a frame and
    `switch_log_odds` to start or end voice.

    Where a period is not as high as `clear_strength`, and in full from `unclear_strength`
    downwards, pitch is read from a parabola through `smooth_frames` to either side, as far as it
    moves by less than `leap_octaves` a frame.
    """

    lowest_hz: float = 48.0
    highest_hz: float = 720.0
    band_hz: float = 4000.0
    candidates: int = 6
    compression_exponent: float = 1.6
    bias_per_octave: float = 0.04
    frame_weight: float = 0.6
    around_frames: int = 100
    usual_octaves: float = 0.6
    above_log_odds: float = 6.0
    below_log_odds: float = 3.0
    sure_probability: float = 0.8
    unsure_probability: float = 0.3
    jump_log_odds: float = 8.0
    switch_log_odds: float = 2.0
    smooth_frames: int = 4
    leap_octaves: float = 0.12
    clear_strength: float = 0.92
    unclear_strength: float = 0.7


@dataclass(frozen=True, slots=True)
class Voicing:
    """What speaks against voice, beside the fitted weights of ``rules/voicing.toml``.

    Neighbouring frames share half their samples, so each counts for `frame_weight`. Digital
    silence has `never_log_odds`. A probability of speech below `unlikely_probability` takes up to
    `veto_log_odds` off, and a pitch held to within `tone_octaves` (12 cents) for `tone_frames` of
    10 ms to either side, all of them: that is a tone. Where speech is `clean_db` above the floor,
    noise has no part in a weak period: `weak_log_odds` per unit of strength below
    `doubtful_strength` are taken off, in full 10 dB above that.
    """

    frame_weight: float = 0.6
    never_log_odds: float = -20.0
    unlikely_probability: float = 0.1
    veto_log_odds: float = 10.0
    clean_db: float = 30.0
    doubtful_strength: float = 0.5
    weak_log_odds: float = 6.0
    tone_frames: int = 150
    tone_octaves: float = 0.01


@dataclass(frozen=True, slots=True)
class Nuclei:
    """Which peaks of what the bands of vowels share are syllables.

    A peak stands `dip_db` above the dips beside it, lies no further than `below_loudest_db` below
    the loudest voiced frame within `nearby_frames` of 10 ms, and beside it there is voice with a
    probability of at least `least_voicing`; the power is smoothed by a Gaussian whose standard
    deviation is `smooth_frames`.
    """

    dip_db: float = 2.5
    below_loudest_db: float = 40.0
    nearby_frames: int = 200
    smooth_frames: float = 0.75
    least_voicing: float = 0.7


@dataclass(frozen=True, slots=True)
class Floor:
    """The noise floor: the quietest `smoothed_frames` (10 ms each) within `window_frames`."""

    window_frames: int = 500
    smoothed_frames: int = 9


@dataclass(frozen=True, slots=True)
class Features:
    """How every frame is measured; recordings longer than `longest_h` hours are refused."""

    longest_h: float = 6.0
    spectrum: Spectrum = Spectrum()
    pitch: Pitch = Pitch()
    voicing: Voicing = Voicing()
    nuclei: Nuclei = Nuclei()
    floor: Floor = Floor()


@dataclass(frozen=True, slots=True)
class Intervals:
    """What intervals hold possible of neighbours, and the least they rest on.

    Neighbouring turns may be correlated by any of `correlations`, in `correlated_share` of their
    variance, the rest noise of each its own; `plausibility` says how likely each pair is held
    before anything is seen. Fewer than `least_events` events, or `least_units` amounts, have no
    interval, nor has the share of fewer than `least_choices` units of which each is one thing or
    the other, nor a quantile with fewer than `least_beyond` values on either side of it (a quartile
    of a spread: `least_beyond_quarter`), nor a sum of medians of fewer than `least_summed` turns:
    so few units cannot tell whether neighbours are alike, nor be cut finely. `least_effect` is the
    least a share's spread may be of what independent events would show; the lower end of a rate is
    that of `rate_events` more than were found. How often the intervals hold what they say, and how
    alike neighbours are in real talk: docs/benchmarks/coverage.md.
    """

    correlations: tuple[float, ...] = (-0.3, -0.15, 0.0, 0.2, 0.4, 0.6, 0.8, 0.7)
    correlated_share: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5)
    plausibility: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.7)
    least_events: int = 20
    least_choices: int = 30
    least_units: int = 20
    least_beyond: int = 10
    least_beyond_quarter: int = 15
    least_summed: int = 30
    least_effect: float = 0.5
    rate_events: float = 0.75


@dataclass(frozen=True, slots=True)
class Course:
    """Windows of the time course."""

    window_s: float = 90.0
    hop_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Turns:
    """How the voice of a turn is read [design].

    Percentiles bound the spread of level and the range of pitch inside a turn. Pitch is believed
    from `register_below_st` below a speaker's most frequent pitch to `register_above_st` above it,
    where they have at least `register_frames` voiced frames: counted in steps of `register_step_st`
    and smoothed over `register_smooth_st` on either side. Movement of pitch is taken over
    `movement_s`, `leap_st` and more left out; hiss is the quietest `hiss_s`.
    """

    level_percentiles: tuple[float, float] = (10.0, 90.0)
    melody_percentiles: tuple[float, float] = (20.0, 80.0)
    register_frames: int = 20
    register_below_st: float = 8.0
    register_above_st: float = 14.0
    register_step_st: float = 0.5
    register_smooth_st: float = 2.0
    movement_s: float = 0.05
    leap_st: float = 6.0
    hiss_s: float = 0.05


@dataclass(frozen=True, slots=True)
class Pacing:
    """What counts as a pause, which turns carry a rate, and the least a rate rests on [design].

    `syllables_per_word` stands for words where there is no transcript; `raised_floor_db` and
    `raised_floor_st` are the least spread of level and pitch that "raised" is counted in.
    """

    pause_s: float = 0.25
    min_words: int = 5
    syllables_per_word: float = 1.4
    min_turn_s: float = 1.5
    disagreement: float = 0.25
    compare_turns: int = 5
    heard_least: float = 0.6
    heard_most: float = 1.25
    session_turns: int = 10
    session_phonation_s: float = 60.0
    window_turns: int = 3
    window_phonation_s: float = 10.0
    session_pauses: int = 10
    window_pauses: int = 3
    acceleration_turn_s: float = 4.0
    long_turn_s: float = 15.0
    raised_z: float = 1.0
    raised_floor_db: float = 1.0
    raised_floor_st: float = 0.5
    after_turns: int = 5


@dataclass(frozen=True, slots=True)
class Warmth:
    """Components of the warmth proxy, the quality gate and the least it rests on [design]."""

    components: tuple[Component, ...] = shipped_components()
    left_out: tuple[str, ...] = ()  # components a person chose not to count
    points: float = 20.0
    min_turn_s: float = 1.5
    min_voiced_s: float = 0.5
    short_turn_s: float = 0.5  # from which a turn is compared with the speaker's others
    short_voiced_s: float = 0.2
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
    balance_within_db: float = 12.0
    least_z: float = -2.5
    min_known_share: float = 0.5
    usual_hiss_percent: float = 70.0
    rate_line_turns: int = 12
    fit_floor_db: float = 1.0
    fit_floor_syl_per_s: float = 0.25

    @property
    def weighed(self) -> tuple[Component, ...]:
        """The components with the weight they have here: 0 for those left out."""
        out = {current_component(name) for name in self.left_out}
        return tuple(replace(c, weight=0.0) if c.name in out else c for c in self.components)

    def without(self, *names: str) -> "Warmth":
        """Give the settings with these components left out, and no others."""
        out = {current_component(name) for name in names}
        return replace(self, left_out=tuple(c.name for c in self.components if c.name in out))


@dataclass(frozen=True, slots=True)
class Ringing:
    """How a room's ringing is heard [design].

    A fall is a steady one of `least_db` and more over `rows` frames of 10 ms, no rise in it above
    `rises_db`, that begins within `from_top_db` of the loudest and ends `above_noise_db` above the
    softest. Of all falls, `least_falls` and more, the fastest `fastest_share` are the room's.
    """

    listen_s: float = 120.0
    bands_hz: tuple[tuple[float, float], ...] = ((500, 1000), (1000, 2000), (2000, 4000))
    order: int = 3  # of the filters
    smoothed: tuple[float, ...] = (0.25, 0.5, 0.25)
    least_power: float = 1e-12
    soft_percent: float = 5.0
    loud_percent: float = 95.0
    fall_db: float = 60.0  # in a reverberation time
    rows: int = 8
    least_db: float = 5.0
    rises_db: float = 1.0
    from_top_db: float = 20.0
    above_noise_db: float = 8.0
    least_falls: int = 100
    fastest_share: float = 0.1


@dataclass(frozen=True, slots=True)
class Checking:
    """What a check of a recording before a session goes by [design].

    A room that rings for `rings_s` and more, as `ringing` hears it, is said to.
    """

    trial_max_s: float = 120.0
    speech_min_s: float = 8.0
    level_low_dbfs: float = -40.0
    level_high_dbfs: float = -12.0
    rings_s: float = 0.42
    ringing: Ringing = field(default_factory=Ringing)


@dataclass(frozen=True, slots=True)
class Contrasts:
    """How turns with a behaviour are told from a person's other turns.

    Neighbouring turns may be correlated by any of `correlations`, in `correlated_share` of their
    variance; `plausibility` says how likely each pair is held beforehand. The session's slowest
    `drifts` half waves may hold a drift besides: their variance is any of `drift_times` what it
    would be without, each as likely. Values further out than `fence_iqr` interquartile ranges
    beyond the quartiles are held there. Of sessions without any true difference about
    `false_sessions` show one among the pairs set beforehand, and among all the others
    `false_share` of those worth another look may be false.
    """

    correlations: tuple[float, ...] = (*(0.0, 0.3, 0.6, 0.8, 0.9), *(0.6, 0.8, 0.9), 0.9)
    correlated_share: tuple[float, ...] = (*(1.0,) * 5, *(0.5,) * 3, 0.25)
    plausibility: tuple[float, ...] = (3.0, *(1.0,) * 8)
    drifts: int = 2
    drift_times: tuple[float, ...] = (1.0, 10.0, 1000.0)
    fence_iqr: float = 1.5
    false_sessions: float = 0.03  # below the 5 % promised: the fit is not exact with 60 turns
    false_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Listening:
    """Which answers are worth a look, and the least a listening number rests on.

    Counts follow the reference's minimums.
    `motivational_interviewing` is a person's word that the session is that; only then are
    figures in the manner of the MITI made.
    """

    minimal_answer_s: float = 1.0
    minimal_answer_words: int = 3
    minimal_wait_s: float = 1.0
    minimal_wait_share: float = 0.75  # of this client's waits, which a minimal answer outlasts
    minimal_usual_s: float = 2.0  # a client whose usual turn is shorter has no minimal answers
    least_client_turns: int = 8
    backchannel_confidence: float = 0.8
    held_silence_confidence: float = 0.9
    overlap_confidence: float = 0.5
    minimal_answer_confidence: float = 0.3
    same_event_share: float = 0.5  # of the shorter one, from which two are one event
    follows_within_s: float = 0.05  # how far a turn may begin before the silence it ends is over
    continuity_s: float = 1.0
    continuity_least_voice_s: float = 0.15
    continuity_session_voice_s: float = 1.0
    continuity_most_z: float = 4.0
    continuity_pitch_floor_st: float = 0.5
    continuity_level_floor_db: float = 1.0
    least_questions: int = 15
    least_uptake_turns: int = 15
    uptake_turn_words: int = 5
    least_link_turns: int = 8  # of 6 in streaks, skewed values stood out in 7 % of sessions
    links: Contrasts = Contrasts()
    moments: int = 6
    moment_least_points: float = 1.5
    moment_least_confidence: float = 0.6  # of what words suggest, before it decides a side
    moment_apart_s: float = 30.0
    moment_context_s: float = 20.0
    long_answer_times_usual: float = 1.5
    long_answer_s: float = 5.0
    short_answer_times_usual: float = 0.33
    long_turn_share: float = 0.9  # of the therapist's turns, which a long one outlasts
    long_turn_s: float = 15.0
    # points of what counts for a moment besides behaviours, in round numbers, fitted to nothing
    long_answer_points: float = 2.0
    feeling_answer_points: float = 1.0
    short_answer_points: float = 1.0
    long_turn_points: float = 1.5
    client_marker_points: float = 2.0
    strain_within_s: float = 5.0
    motivational_interviewing: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading words for behaviours goes by, beside the rule file of their language [design].

    Confidences are stated beforehand in round numbers, fitted to nothing; how often each is right
    is measured in docs/listening.md. From `least_precision` on, at `least_recall` and more, a kind
    is suggested unasked.
    """

    told_language_words: int = 20  # where nobody said which: with fewer, it is not known
    told_language_share: float = 0.25  # of the most frequent words, which other languages lack
    least_language_words: int = 50
    least_function_word_share: float = 0.33  # they make up over half of running English
    words_per_mark: int = 40  # a transcript with fewer marks is read as one without any
    restart_words: int = 6
    restart_words_left: int = 3
    unmarked_words: int = 18
    statement_words: int = 3
    short_words: int = 5
    long_words: int = 20
    long_rise_words: int = 8
    uptake_share: float = 0.25
    uptake_most_share: float = 0.4
    talk_words: int = 8
    long_talk_words: int = 25
    opening_words: int = 8
    nod_words: int = 2
    recall_words: int = 5
    recall_turns: int = 3
    withdrawal_words: int = 8
    main_most_points: float = 4.0
    main_most_sentences: int = 6
    main_most_words: int = 60
    main_unit_words: int = 20
    marked_confidence: float = 0.95  # asks by its grammar and its mark
    unmarked_confidence: float = 0.85  # by its grammar alone
    tag_confidence: float = 0.75
    tagged_words: int = 3  # before a tag ("isn't it?"), fewer of which are no statement
    mark_confidence: float = 0.7  # by its mark alone
    stem_confidence: float = 0.6  # a statement that gives back, with a question mark
    plain_confidence: float = 0.8  # from here a question is no statement
    carried_confidence: float = 0.7  # goes on with the question broken off before
    least_heard_probability: float = 0.5  # a transcriber's own, of the words that fired
    echo_points: float = 0.5  # of a plain question that gives back, beside a statement's own
    added_share: float = 0.5  # of the points of further sentences, where a kind adds them up
    phrase_confidence: float = 0.5
    marker_confidence: float = 0.4
    least_confidence: float = 0.3
    most_confidence: float = 0.9
    experimental: bool = False  # a person asks for the kinds on trial too
    least_precision: float = 0.8  # on a source that strangers coded, or a kind is experimental
    least_recall: float = 0.45
    least_coded: int = 40  # positives, below which a kind is unmeasured


@dataclass(frozen=True, slots=True)
class Trained:
    """What the trained coder takes of a turn, and how its word is weighed with the rules' [design].

    What it takes, its weights were trained with. How it is weighed is stated in round numbers,
    chosen by looking at AnnoMI's development part; how often it is right, and what a confidence is
    worth on talks that were not looked at, docs/benchmarks/coder.md says.
    """

    turns_before: int = 5  # how far back is looked for what a turn follows
    words_heard: int = 6  # of the other one, before nothing further back is taken
    pieces_own: int = 30
    pieces_heard: int = 50
    pieces_said: int = 110  # of a longer turn, how it begins and how it ends
    softness: float = 1.5  # logits are divided by it: alone the network is too sure of itself
    rules_share: float = 0.35  # of what rules and network say together
    least_suggested: float = 0.45
    # A question that no word order shows, only its mark or the network: people differ on those.
    asks_by_words: float = 0.75  # the rules' confidence from which words show it
    rising_doubt: float = 0.15
    open_softness: float = 2.0
    open_lean: float = 3.0  # people call a question open more readily than our dialogues do
    side_softness: float = 2.5  # of the network that reads clients, which is surer still
    least_side: float = 0.4  # of three: for change, against it, neither
    # How much a site's own coded sessions count beside what ships: as much as it with so many.
    site_sessions: float = 10.0
    site_strength: float = 0.03  # of the regression fitted to them: the inverse of its ridge
    site_bound: float = 5.0  # spreads from the mean, beyond which a turn is as odd as it can be
    site_steps: int = 2000  # at most, of the fit
    encoder_share: float = 0.75  # of the whole, of encoders trained on them, with so many sessions:
    encoder_sessions: float = 50.0  # with fewer, less of it, as what was fitted counts less
    folds: int = 5  # into which a site's own sessions are dealt, to judge what it learned
    folds_seed: int = 1
    least_sessions: int = 5  # wholly coded ones, below which nothing could be judged
    draws: int = 400


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """Least data for turn-taking figures, and what sorts overlaps and long turns.

    The minimums are the cue reference's [design]; below them a description of the recording is a
    low-confidence estimate and an inference is withheld
    (docs/notes/low-confidence-estimates.md). The 1 s values of overlaps follow NaturalTurn's lag,
    `monologue_s` and `edge_s` are [design].
    """

    least_speech_s: float = 300.0
    least_partner_s: float = 60.0
    least_transitions: int = 30
    least_stops: int = 15
    stop_s: float = 1.0
    terminal_overlap_s: float = 0.5
    lead_s: float = 1.0
    yield_s: float = 1.0
    hold_s: float = 1.0
    hold_share: float = 0.5
    monologue_s: float = 60.0
    edge_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Matching:
    """Least data and surrogates for matching between two people [design].

    Likeness of style has an interval from `interval_words` of either person: chance differences
    make two people look less alike than they are where words are few. A background moves by what
    lies between `floor_percentiles` of its level.
    """

    least_pairs: int = 30
    least_shift: int = 5
    surrogates: int = 1000
    false_discovery_rate: float = 0.05
    least_words: int = 500
    interval_words: int = 1600
    least_window_words: int = 50
    max_floor_correlation: float = 0.5
    min_floor_spread_db: float = 3.0
    floor_percentiles: tuple[float, float] = (10.0, 90.0)
    max_crosstalk_correlation: float = 0.5
    least_solo_s: float = 1.0
    level_floor_db: float = 1.0
    articulation_rate_floor_syl_per_s: float = 0.25
    latency_floor_s: float = 0.1
    pitch_floor_st: float = 0.5

    def floor_of(self, feature: str) -> float:
        """Give the least scale of a feature's z, in its own unit."""
        return {
            "level": self.level_floor_db,
            "articulation_rate": self.articulation_rate_floor_syl_per_s,
            "latency": self.latency_floor_s,
            "pitch": self.pitch_floor_st,
        }[feature]


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of an analysis; `setting` says where the recording was made.

    Made as they are here, they are those that this version ships, whatever a person has in their
    own folder; `load` gives those in force.
    """

    setting: str = "room"  # room | remote
    hearing: Hearing = field(default_factory=Hearing)
    features: Features = field(default_factory=Features)
    intervals: Intervals = field(default_factory=Intervals)
    course: Course = field(default_factory=Course)
    turns: Turns = field(default_factory=Turns)
    pacing: Pacing = field(default_factory=Pacing)
    warmth: Warmth = field(default_factory=Warmth)
    listening: Listening = field(default_factory=Listening)
    reading: Reading = field(default_factory=Reading)
    trained: Trained = field(default_factory=Trained)
    turntaking: TurnTaking = field(default_factory=TurnTaking)
    matching: Matching = field(default_factory=Matching)

    @classmethod
    def load(cls, folder: Path | None = None) -> "Settings":
        """Give the settings in force, with a person's own rule files.

        Parameters
        ----------
        folder : Path, optional
            A person's own rule files; without it that of `prosody.rules.own_folder`.

        Raises
        ------
        Refused
            If a file cannot be understood.
        """
        return cls(warmth=Warmth(components=components(folder)))

    @property
    def units(self) -> Units:
        """How speech is made into units; of `hearing`."""
        return self.hearing.units


@dataclass(frozen=True, slots=True)
class Sharing:
    """What leaves a library with clips; no part of a report.

    Times of words are not exact: a bleep reaches `bleep_around_s` beyond each that is covered.
    Speech of `unread_s` or longer without words is bleeped too.
    """

    bleep_around_s: float = 0.25
    unread_s: float = 1.0
    bleep_hz: float = 1000.0
    bleep_level: float = 0.1  # of full scale
    most_clips: int = 3
    longest_clip_s: float = 120.0
    past_end_s: float = 0.01  # by which rounding may put a clip's end behind the recording's
    uncased_share: float = 0.5  # of turns without a capital, above which capitals say nothing
    told_figures: int = 3  # said one after another that are no quantity but a number dictated
    age_words: int = 6  # between a person and their age: "she would have been just about thirty"


@dataclass(frozen=True, slots=True)
class OverTime:
    """When sessions of the same person are held beside one another; no part of a report.

    With fewer than `least_sessions` sessions alike that have a figure there is no band, no trend
    and no steadiness. Steadiness over pairs needs `least_pairs` of them. A trend is called one
    where, among all that were looked at, a false one is rarer than `false_trends`. A check-in is
    answered by the client's next turn, which may begin `reply_early_s` before it ends. A table of
    ratings has at most `most_scales` columns of them. The spread of a figure over a group needs
    `cohort_sessions` of at least `cohort_pairs` pairs: below, it would describe somebody.
    """

    least_sessions: int = 5
    least_pairs: int = 5
    false_trends: float = 0.05
    reply_early_s: float = 0.5
    most_scales: int = 200
    cohort_sessions: int = 5
    cohort_pairs: int = 3


@dataclass(frozen=True, slots=True)
class Playing:
    """What is played and shown around a place in a session; no part of a report.

    A place is played with `context_s` to either side at most, and `lead_s` at least; a note or a
    pin from `before_note_s` before it to `after_note_s` after, because it is set after what it is
    about; a quote with `answer_s` for the answer; a turn that is coded, if asked, from
    `before_coding_s` before it. A time that somebody types means what lies within
    `typed_within_s` of it. Two places of an agenda are one from `same_share` of the shorter one; a
    turn is its own where that share of it lies inside. A turn belongs to a place it begins
    `begins_within_s` before, and follows a silence that it ends by `ends_within_s`. Of a person's
    own values, `usual_percentiles` are shown from `usual_turns` turns on. A key moves by `step_s`,
    with another one by `leap_s`.
    """

    context_s: float = 20.0
    lead_s: float = 5.0
    before_note_s: float = 10.0
    after_note_s: float = 15.0
    answer_s: float = 15.0
    before_coding_s: float = 15.0
    step_s: float = 5.0
    leap_s: float = 60.0
    typed_within_s: float = 0.5
    same_share: float = 0.5
    begins_within_s: float = 0.05
    ends_within_s: float = 0.1
    usual_turns: int = 8
    usual_percentiles: tuple[float, ...] = (10.0, 25.0, 50.0, 75.0, 90.0)


SHIPPED = Settings()  # whose values the words of a row may name

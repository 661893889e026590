"""Every threshold with which a recording is heard, in one place and with its unit.

Conventions
-----------
Each section belongs to the room that reads it. A field's name carries its unit (``_s``, ``_db``,
``_hz``); a share or probability is 0 to 1. Records are frozen: what an analysis used is what its
report holds.
"""

from dataclasses import dataclass, field

__all__ = ["Decoding", "Formats", "Hearing", "Quality", "Roles", "Units"]


@dataclass(frozen=True, slots=True)
class Decoding:
    """What sound is accepted; outside of it a file is refused before or while it is decoded.

    Parameters
    ----------
    rate_min_hz, rate_max_hz : int
        Sample rates that are read.
    channels_max : int
        Most channels.
    duration_max_h : float
        Longest recording, hours.
    peak_max : float
        Full scale is 1; more than this (+24 dB) is not sound.
    clipped_at : float
        From here a sample counts as clipped; full scale is 1.
    missing_max_s : float
        A file that lacks more than this of what its header promises is cut short.
    cancel_share : float
        Channels whose mean keeps less than this share of the louder one's power cancel; the
        louder one is heard instead of the mean.
    block_samples : int
        Samples of a channel held in memory at a time; no number depends on it.
    """

    rate_min_hz: int = 8_000
    rate_max_hz: int = 384_000
    channels_max: int = 8
    duration_max_h: float = 6.0
    peak_max: float = 16.0
    clipped_at: float = 0.999
    missing_max_s: float = 0.5
    cancel_share: float = 0.01
    block_samples: int = 1 << 18


@dataclass(frozen=True, slots=True)
class Quality:
    """Where a check of a recording starts to warn and to withhold; engineering choices.

    Parameters
    ----------
    speech_min_s : float
        With less speech than this, read every figure with care.
    speech_probability : float
        From here a frame counts as speech.
    compare_min_s : float
        Levels are compared only where each side has this much.
    clipped_warn_percent, clipped_withhold_percent : float
        Share of samples at full scale.
    snr_warn_db, snr_withhold_db : float
        Level of speech above the noise; below the first, spectral measures of the voice drift.
    band_warn_hz : float
        A file that holds no higher frequencies than this is a telephone's.
    hum_warn_db, hum_listen_s : float
        How far mains hum stands out, measured in this many seconds without speech at most.
    silence_floor_db : float
        Below it a frame is digital silence.
    dropout_min_s : float
        Shortest digital silence that is a dropout.
    crosstalk_warn_db, crosstalk_withhold_db : float
        How much louder a voice is on its own channel than on the other.
    """

    speech_min_s: float = 60.0
    speech_probability: float = 0.5
    compare_min_s: float = 1.0
    clipped_warn_percent: float = 0.01
    clipped_withhold_percent: float = 1.0
    snr_warn_db: float = 20.0
    snr_withhold_db: float = 10.0
    band_warn_hz: float = 5_000.0
    hum_warn_db: float = 20.0
    hum_listen_s: int = 60
    silence_floor_db: float = -120.0
    dropout_min_s: float = 0.05
    crosstalk_warn_db: float = 15.0
    crosstalk_withhold_db: float = 6.0


@dataclass(frozen=True, slots=True)
class Formats:
    """How supplied transcripts and speaker files are taken.

    Parameters
    ----------
    size_max_bytes : int
        A larger file is no transcript.
    past_end_s, past_end_share : float
        How far a speakers file may run past the recording's end, in seconds or as a share of
        the recording, and still be meant for it; it is cut there.
    late_cues_share : float
        A transcript with more cues than this past the end belongs to another recording.
    new_cue_s : float
        A pause this long starts a new cue where a source has only words, and ends a sentence
        that subtitles cut in two.
    labelled_min_share : float
        Fewer labelled cues than this are sentences with a colon, not speakers.
    labelled_most_share : float
        From here a label that is seen once is a speaker, too.
    label_words_max : int
        Longest label, words.
    word_max_s : float
        Times that would have people speak longer than this per word are milliseconds.
    tier_intervals_max : int
        More intervals in a tier are no conversation.
    """

    size_max_bytes: int = 32 * 2**20
    past_end_s: float = 1.0
    past_end_share: float = 0.01
    late_cues_share: float = 0.02
    new_cue_s: float = 1.0
    labelled_min_share: float = 0.2
    labelled_most_share: float = 0.5
    label_words_max: int = 5
    word_max_s: float = 20.0
    tier_intervals_max: int = 200_000


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

    decoding: Decoding = field(default_factory=Decoding)
    quality: Quality = field(default_factory=Quality)
    formats: Formats = field(default_factory=Formats)
    units: Units = field(default_factory=Units)
    roles: Roles = field(default_factory=Roles)

"""Every threshold with which a recording is heard, in one place and with its unit.

Conventions
-----------
Each section belongs to the room that reads it. A field's name carries its unit (``_s``, ``_db``,
``_hz``); a share or probability is 0 to 1. Records are frozen: what an analysis used is what its
report holds.
"""

from dataclasses import dataclass, field

__all__ = [
    "Activity",
    "Channels",
    "Crossings",
    "Decoding",
    "Doubt",
    "Enrolling",
    "Evening",
    "Fitting",
    "Formats",
    "Fusing",
    "Gain",
    "Hearing",
    "Labels",
    "Overlap",
    "Pyannote",
    "Quality",
    "Roles",
    "Sharing",
    "Transcribing",
    "Units",
    "Voices",
]


@dataclass(frozen=True, slots=True)
class Decoding:
    """What sound is accepted; outside of it a file is refused before or while it is decoded.

    Parameters
    ----------
    rate_min_hz, rate_max_hz : int
        Sample rates that are read.
    channels_max : int
        Most channels.
    tracks_max : int
        Most tracks that are decoded to find whose they are; each costs as much as a recording.
    duration_max_h : float
        Longest recording, hours.
    peak_max : float
        Full scale is 1; recorders with floating point go beyond it by tens of decibels, and
        a file whose bytes are no samples by hundreds: more than this (+60 dB) is not sound.
    no_sound_s : float
        Where a sample is no sound, silence stands for this much around it.
    clipped_at : float
        From here a sample counts as clipped; full scale is 1.
    unclipped_from : float
        Where samples go so far beyond full scale, nothing was cut off at it: what a codec makes of
        cut peaks stays below.
    missing_max_s : float
        Where more than this is missing, inside or of what the header promises, it is said.
    clock_slack_s, clock_exact_s : float
        Where a file's clock runs ahead of its sound by more than this, silence is put in; the
        second is of frames with checksums, of which one that went bad is left out.
    behind_max_s, ahead_max_s : float
        A clock that goes back by more than the first, or jumps ahead by more than the second,
        began anew: the sound goes on where it was.
    joined_max : int
        Most recordings that are looked for behind the first in one file.
    gap_frames, gap_beginnings : int
        A gap that a copy closed is placed with so many frames on either side, of so many kinds at
        most, which begin otherwise; with fewer, or more, it could be chance.
    gap_alike, gap_apart : float
        So large a share of the frames must begin like these where the gap puts them, and no more
        than so many may where it does not.
    gap_against : int
        Where it begins, a frame that does not begin so weighs as much as so many that do.
    page_max_s : float
        Longest page of an Ogg stream: one whose first ends later was joined while it was running.
    shared_min_s, shared_max_s : float
        The end of a part and the beginning of the next are compared over lengths from and to these.
    shared_alike, shared_apart : float
        Copies correlate so much and more (after a lossy codec too), and at no other length so much.
    ends_early_s : float
        Sound that ends so long before its file does has lost its end.
    leap_times, leap_least_s : float
        Time has passed that no packet holds where packets take so many times as long as they do
        usually, and this longer.
    text_mode_bytes, text_mode_pairs : int
        A file was taken for text if its first bytes hold so many line ends, and no others.
    order_window, order_windows, order_windows_min : int
        Bytes are looked at in so many windows of this length, of which so many must be told.
    order_noise, order_fine : float
        Samples are noise where each differs from the next by so many times what they differ at all
        (of noise 1.41 times), and none where it is less than this.
    count_even, count_odd : float
        Every first and every second sample are one channel's where loudness, and likeness to the
        sample before and behind, differ by no more times than the first, and two channels' where
        they differ by more than the second.
    count_above_hz : float
        What is slower is left out of that.
    count_against : float
        No more than this share of what tells how many channels there are may speak for the head.
    twice_min_s, twice_max_s : float
        A recorder wrote a block twice that is so long; more of the same is a joint's.
    twice_chunk_s, twice_slack_s : float
        Of such a length are the chunks that are compared, on average, and so inexact are the ends
        of a block.
    twice_still_s : float
        Where so much beside it is one sample over and over, a block may have been played twice.
    emptied_bytes, emptied_from : int
        So many zeros behind each other were written over a coder's blocks, where they leave its
        decoder at this or a larger sample of 16 bits.
    align_step_s, align_window_s, align_reach_s : float
        Files that ran side by side are laid on each other by their onsets, then compared in windows
        of this length, one every so many seconds, this far to both sides.
    align_clear : float
        How much higher than the next the peak of a comparison is, to be believed.
    align_peak_s : float
        What lies so near a comparison's peak is part of it.
    align_together_s : float
        Windows agree on a clock to within this.
    align_share : float
        Share of the windows that must be clear and agree.
    align_drift_max_ppm : float
        No two recorders' clocks differ by more.
    at_once_window_s, at_once_windows, at_once_share : float
        Files ran at once only if, of so many windows of this length in which both hold sound, at
        least this share lie where their clocks put them: a bell that rings in both does not do.
    align_same_length_s : float
        Files without common sound that differ by less in length are taken to begin together.
    track_silent_db : float
        A track of a lower mean level, dB relative to full scale, holds nobody.
    track_copy_share, track_mix_share : float
        A track is a copy, or the sum of others, where these give this share of its power.
    cancel_share : float
        Channels whose mean keeps less than this share of the louder one's power cancel; the
        louder one is heard instead of the mean.
    block_samples : int
        Samples of a channel held in memory at a time; no number depends on it.
    work_s, work_s_per_mb, work_slowest, work_memory_gb, work_answer_mb : float
        Decoding may take so many seconds of a processor, more for each megabyte of the file (up to
        the longest recording at so many times its own pace), and so much memory; what is said of
        the sound beside it is no longer than the last.
    """

    rate_min_hz: int = 8_000
    rate_max_hz: int = 384_000
    channels_max: int = 8
    tracks_max: int = 16
    duration_max_h: float = 6.0
    peak_max: float = 1000.0
    no_sound_s: float = 0.1
    clipped_at: float = 0.999
    unclipped_from: float = 2.0
    missing_max_s: float = 0.5
    clock_slack_s: float = 0.06
    clock_exact_s: float = 0.01
    behind_max_s: float = 1.0
    ahead_max_s: float = 3_600.0
    joined_max: int = 64
    gap_frames: int = 6
    gap_beginnings: int = 3
    gap_alike: float = 0.98
    gap_apart: float = 0.5
    gap_against: int = 5
    page_max_s: float = 5.0
    shared_min_s: float = 0.5
    shared_max_s: float = 60.0
    shared_alike: float = 0.8
    shared_apart: float = 0.5
    ends_early_s: float = 3.0
    leap_times: float = 4.0
    leap_least_s: float = 0.5
    text_mode_bytes: int = 1 << 20
    text_mode_pairs: int = 100
    order_window: int = 8192
    order_windows: int = 48
    order_windows_min: int = 6
    order_noise: float = 1.2
    order_fine: float = 0.8
    count_even: float = 1.1
    count_odd: float = 2.0
    count_above_hz: float = 200.0
    count_against: float = 0.1
    twice_min_s: float = 0.5
    twice_max_s: float = 30.0
    twice_chunk_s: float = 0.02
    twice_slack_s: float = 0.3
    twice_still_s: float = 0.005
    emptied_bytes: int = 512
    emptied_from: int = 200
    align_step_s: float = 30.0
    align_window_s: float = 20.0
    align_reach_s: float = 1.0
    align_clear: float = 1.5
    align_peak_s: float = 0.0031
    align_together_s: float = 0.005
    align_share: float = 0.3
    align_drift_max_ppm: float = 500.0
    at_once_window_s: float = 2.0
    at_once_windows: int = 60
    at_once_share: float = 0.4
    align_same_length_s: float = 1.0
    track_silent_db: float = -70.0
    track_copy_share: float = 0.98
    track_mix_share: float = 0.95
    cancel_share: float = 0.01
    block_samples: int = 1 << 18
    work_s: float = 30.0
    work_s_per_mb: float = 4.0
    work_slowest: float = 50.0
    work_memory_gb: float = 1.0
    work_answer_mb: float = 16.0


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
    lapse_quantile, lapse_below_db, lapse_lead_s : float
        Silence of one channel begins in the middle of speech where this long before it no frame
        is further below that quantile of the channel's levels.
    lapses_min, lapses_share : int, float
        So many stretches, and such a share, must begin so: a gate begins after speech.
    lapses_withhold_share : float
        Where a person's channel is silent so for this share of the recording and more, what rests
        on who speaks when is withheld; for less it is a low-confidence estimate. Of a single
        sound that is lost so, what is known to be missing is left out of every silence, and for
        less nothing more is doubted.
    room_heard_share : float
        Where so much of the time without speech holds sound, digital silence of a single sound
        is not the room's, and counts as missing.
    channel_gone_s : float
        Digital silence of one channel that lasts so long was its microphone's, where so much of its
        other time, and of another channel's meanwhile, holds sound.
    dead_s, dead_below_db, dead_most_db, dead_rows_share : float
        A microphone gave nothing any more where, for so long up to the end, all stays so far below
        what it holds before but in this share of rows, and below that level.
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
    lapse_quantile: float = 0.9
    lapse_below_db: float = 15.0
    lapse_lead_s: float = 0.03
    lapses_min: int = 3
    lapses_share: float = 0.1
    lapses_withhold_share: float = 0.02
    room_heard_share: float = 0.75
    channel_gone_s: float = 30.0
    dead_s: float = 5.0
    dead_below_db: float = 10.0
    dead_most_db: float = -70.0  # rooms, and what a recorder adds, are louder
    dead_rows_share: float = 0.02
    crosstalk_warn_db: float = 15.0
    crosstalk_withhold_db: float = 6.0


@dataclass(frozen=True, slots=True)
class Formats:
    """How supplied transcripts and speaker files are taken.

    Parameters
    ----------
    size_max_bytes, lines_max_bytes : int
        A larger file is no transcript; the second of a format that is read line by line.
    line_max_chars, cue_max_chars : int
        A longer line, or more that somebody says at once, is not what people say in a day.
    cues_max, words_max, voices_max : int
        More cues, words or people are no session.
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
    label_words_max, label_chars_max : int
        Longest label, words (without what stands in brackets) and characters.
    word_max_s : float
        Times that would have people speak longer than this per word are no seconds.
    usual_word_s : float
        About how long a word takes: the unit of such times is the one nearest to it.
    counted_fast, counted_slow : float
        If a word takes less than this share of that, or more than so many times as long, the
        counts are of no unit that is known.
    frames_word_s : float
        Whole numbers that would have a word last so long are counts of frames or the like.
    fastest_word_s : float
        Times in which people would have to speak faster than this per word are no times.
    slowest_word_s : float
        The last turn of a source without ends lasts no longer than this for each word.
    believable_words_min : int
        With fewer words, times are taken as they are.
    frames_clocks_min : int
        This many clocks whose hundredths never pass the count of frames are in frames.
    frames_told_min : int
        With fewer such clocks there are 30 frames a second.
    stamped_min_share : float
        Fewer lines of a text than this that begin with a bare time are sentences about times.
    name_lines_share : float
        Lines that hold a name alone are names where this share of the places for one has one.
    word_rows_share : float
        Rows of a source are words where this share of them is one each.
    pieces_begin_share : float
        Rows without a space inside are pieces of words where more than this share, and not all,
        begin with one.
    repeating_share : float
        Captions repeat what was shown before where this share of them does.
    starts_only_share : float
        Above this share of cues without an end a transcript has only starts.
    aside_words_max : int
        What stands in round brackets and is no longer than this is said of the speech, not in it.
    title_rows_max : int
        A table's header is looked for in this many rows.
    own_paragraphs_min, own_paragraph_share : int, float
        Names that are paragraphs of their own are so many, and such a share of all paragraphs, or
        none is a name.
    behind_turns_min, behind_margin : int, float
        Times behind turns are their starts where the steps of the clock go with the lengths of
        turns in front of them by so much (a correlation) more than with those behind them, over
        so many steps.
    turns_in_lines_min : int
        So many turns, a line each and none between them, show that a paragraph behind is no turn.
    nearly_all_share : float
        What is true of this share of lines, cells or labels is taken as true of the file.
    voices_told_min, rows_per_voice_min : int
        A column of so few different texts, or of so many rows for each, says who speaks.
    ordered_share : float
        Times that lie behind others in this share of rows may be their ends,
    lasting_max_s, lasting_max_share : float
        if what lasts from one to the other is shorter on the mean than this, or than this share of
        the whole.
    rated_words_max, rows_per_rating_min : int
        A tier of values no longer than this, each on so many stretches that abut, holds ratings.
    same_times_share : float
        A tier that has this share of its times from another repeats it.
    starred_words_max : int
        What stands between asterisks and is no longer than this may be said of the speech.
    clock_back_s, midnight_share : float
        A clock that goes back by more begins anew; by more than this share of a day, past midnight.
    joined_cues_min : int
        Of transcripts that were joined each has so many cues at least.
    repeats_min : int
        Fewer captions than this that repeat what was shown before repeat nothing.
    telephone_digits_min : int
        A label without a letter that has so many digits is a telephone number.
    lone_name_words_max : int
        A label that is seen once, of more words than this, is no name.
    initials_max, initials_lines_min : int
        Lines of so few capitals that are the initials of the name below, at least so many of them,
        are pictures copied as text.
    pause_s : float
        A silence this long inside a supplied turn is a pause, not speech.
    bridged_share : float
        Supplied turns of whose time less than this is such pauses have had theirs taken out.
    tier_intervals_max : int
        More intervals in a tier are no conversation.
    work_s, work_memory_gb, work_answer_mb : float
        Reading a transcript may take so many seconds of a processor, and so much memory; what was
        read is no longer than the last.
    """

    size_max_bytes: int = 32 * 2**20
    lines_max_bytes: int = 6 * 2**20
    line_max_chars: int = 100_000
    cue_max_chars: int = 100_000
    cues_max: int = 40_000
    words_max: int = 150_000
    voices_max: int = 100
    past_end_s: float = 1.0
    past_end_share: float = 0.01
    late_cues_share: float = 0.02
    new_cue_s: float = 1.0
    labelled_min_share: float = 0.2
    labelled_most_share: float = 0.5
    label_words_max: int = 8
    label_chars_max: int = 90
    word_max_s: float = 20.0
    usual_word_s: float = 0.5
    counted_fast: float = 0.35
    counted_slow: float = 10.0
    frames_word_s: float = 4.0
    fastest_word_s: float = 0.05
    slowest_word_s: float = 1.0
    believable_words_min: int = 12
    frames_clocks_min: int = 8
    frames_told_min: int = 22
    stamped_min_share: float = 0.1
    name_lines_share: float = 0.8
    word_rows_share: float = 0.95
    pieces_begin_share: float = 0.3
    repeating_share: float = 0.3
    starts_only_share: float = 0.5
    aside_words_max: int = 4
    title_rows_max: int = 12
    nearly_all_share: float = 0.9
    own_paragraphs_min: int = 3
    own_paragraph_share: float = 0.3
    behind_turns_min: int = 8
    turns_in_lines_min: int = 5
    behind_margin: float = 0.3
    voices_told_min: int = 2
    rows_per_voice_min: int = 3
    ordered_share: float = 0.95
    lasting_max_s: float = 60.0
    lasting_max_share: float = 0.25
    rated_words_max: int = 2
    rows_per_rating_min: int = 3
    same_times_share: float = 0.8
    starred_words_max: int = 3
    clock_back_s: float = 10.0
    midnight_share: float = 0.5
    joined_cues_min: int = 5
    repeats_min: int = 3
    telephone_digits_min: int = 7
    lone_name_words_max: int = 3
    initials_max: int = 3
    initials_lines_min: int = 3
    pause_s: float = 0.21
    bridged_share: float = 0.03
    tier_intervals_max: int = 200_000
    work_s: float = 30.0
    work_memory_gb: float = 1.0
    work_answer_mb: float = 96.0


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
    """How sure each kind of evidence makes the roles, in round numbers.

    The rule on words is a logistic curve: log-odds are `words_weight` times the difference in
    *you*-words minus *I*-words, less `others_weight` times that in words for people spoken of,
    either in standard errors over turns. Round numbers [design], chosen among four on hard cases
    made of four fifths of our own invented dialogues; how often they are right elsewhere is
    measured (docs/notes/words-and-roles.md).

    Parameters
    ----------
    least_certainty : float
        Below it both voices stay ``unknown``.
    words_weight, others_weight : float
        Log-odds per standard error.
    words_certainty, labels_certainty : float
        The most that words, or speaker labels, can make certain: transcripts are sometimes
        unlike all others, and labels are sometimes given to the wrong person.
    first_certainty : float
        What speaking first is worth; far below `least_certainty`, so that it never decides.
    disputed_certainty : float
        From here words contradict roles that something else decided.
    contradicted_certainty : float
        The most that a channel map or labels make certain where words contradict them.
    unsure_certainty : float
        Below it a report warns that it is unsure who is who.
    swap_certainty : float
        From here two parts of a session point opposite ways; higher than for roles, because
        `swap_places` less one places are looked at.
    swap_places : int
        Parts of equal length in words, between which a swap is looked for.
    """

    least_certainty: float = 0.9
    words_weight: float = 2.0
    others_weight: float = 1.0
    words_certainty: float = 0.95
    labels_certainty: float = 0.99
    first_certainty: float = 0.6
    disputed_certainty: float = 0.95
    contradicted_certainty: float = 0.5
    unsure_certainty: float = 0.5
    swap_certainty: float = 0.995
    swap_places: int = 20


@dataclass(frozen=True, slots=True)
class Activity:
    """Thresholds that turn the probability of speech into stretches of speech.

    Speech is where the probability stays at `leave_probability` or above and reaches
    `enter_probability` somewhere. The network hears a beginning `late_start_s` and an end
    `late_end_s` too late (the medians against phone alignments of read, spontaneous and synthetic
    speech); both are put right. Silences shorter than `bridge_s` are filled, then speech shorter
    than `shortest_s` is dropped.
    """

    enter_probability: float = 0.5
    leave_probability: float = 0.35
    bridge_s: float = 0.2
    shortest_s: float = 0.06
    late_start_s: float = 0.01
    late_end_s: float = 0.08


@dataclass(frozen=True, slots=True)
class Channels:
    """When a recording has a channel per person, and what on a channel is that person.

    Without a word from anybody two channels are taken for two people where a voice is
    `apart_db` or more louder on its own channel. Channels that differ by less than one part in
    `same_db` are one. A channel's speech (`active_probability` and more) counts only where the
    level over `level_window_s` is at most `bleed_db` below the other channel's, each relative to
    its own speech. A channel with less than `own_min_s` of speech of its own is nobody's. Of
    channels that are not a person each one more than `clearer_db` less clear than the best is not
    heard. While another's microphone is off, what within `faint_near_s` is on average as far below
    a person's own speech as a leak is nobody's, which is said from `faint_said_s` on.
    """

    apart_db: float = 6.0
    same_db: float = 30.0
    bleed_db: float = 10.0
    active_probability: float = 0.5
    level_window_s: float = 0.21
    own_min_s: float = 0.5
    clearer_db: float = 10.0
    faint_near_s: float = 0.5
    faint_said_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Evening:
    """What of a channel is put right before it is heard.

    A mean of `direct_share` of full scale and more is taken off. A channel whose loudest
    `loud_percent` lie `quiet_db` below the loudest channel's, or below `faint_dbfs`, is raised to
    it, or to `usual_dbfs`; one that moves by less than `moves_db` between there and
    `soft_percent` holds no speech and is left, as is one below `nothing_dbfs`.
    """

    direct_share: float = 0.002
    loud_percent: float = 99.0
    soft_percent: float = 20.0
    quiet_db: float = 20.0
    faint_dbfs: float = -50.0
    usual_dbfs: float = -25.0
    moves_db: float = 15.0
    nothing_dbfs: float = -90.0


@dataclass(frozen=True, slots=True)
class ChannelClocks:
    """When one of two channels is late, as of two recorders of which one began earlier.

    Parameters
    ----------
    window_s : float
        Length of the windows that are looked for in the other channel.
    most_windows : int
        So many are looked for in each.
    louder_db : float
        A channel's window is louder than the other's by this, so that its person speaks.
    reach_s : float
        How far from its own time it is looked for.
    clear : float
        How far its place must stand above the next best one, as a ratio.
    peak_s : float
        So near to it the peak is one.
    least_windows : int
        So many must be clear in either channel.
    together_s, least_share : float
        This share of either must say the same, to within the first.
    least_s : float
        A channel that is late by less may be an echo's or a microphone's across the room.
    """

    window_s: float = 3.0
    most_windows: int = 12
    louder_db: float = 6.0
    reach_s: float = 5.0
    clear: float = 1.5
    peak_s: float = 0.0031
    least_windows: int = 3
    together_s: float = 0.01
    least_share: float = 0.6
    least_s: float = 0.06


@dataclass(frozen=True, slots=True)
class MidSide:
    """When two channels are taken for the sum and the difference of two microphones.

    Parameters
    ----------
    row_s : float
        Length of the rows that are looked at.
    loud_percent, loud_db : float
        Rows less than the second below this percentile of all count as loud.
    alike : float
        From which correlation, of either sign, a row is one person's alone.
    alike_share : float
        Share of the loud rows that must be so.
    each_share : float
        Share of the loud rows that each sign must have.
    ratio_db : float
        By how much the ratio of the channels' levels may differ between the signs.
    """

    row_s: float = 0.05
    loud_percent: float = 95.0
    loud_db: float = 25.0
    alike: float = 0.9
    alike_share: float = 0.7
    each_share: float = 0.1
    ratio_db: float = 3.0


@dataclass(frozen=True, slots=True)
class Gain:
    """When noise shows that the gain was moved, and speech that it was pressed or cut.

    Pauses (rows below `speech_probability`) are looked at from `after_s` behind speech to `ahead_s`
    before the next, for `most_s` at most, where `pause_s` is left and rows keep within `steady_db`
    (a standard deviation) of a line. With `pauses_min` of them the gain moves where the noise
    rises by `rise_db_per_s` at the median and in `rising_share` of them, or where it differs from
    pause to pause by `wander_db` (a standard deviation) in all bands between `bands_hz`, and by
    `wander_ratio` times as much as bands differ from each other. With fewer, pauses from
    `near_after_s` to `near_ahead_s` are asked where `near_pause_s` is left: then it moves by the
    same rise, or from `near_wander_db` and `near_wander_ratio` on, and does not up to
    `near_clear_db` or `near_clear_ratio`; between them, and with too few of these as well, it is
    not judged, unless the noise rises through at least `few_pauses` by `rise_db_per_s` or more and
    by `few_sure` standard errors, rows lying `few_least_db` around a line at least.
    The level was set anew once where the noise of the pauses before and behind some moment, at
    least `step_pauses` on either side (`few_step` where there are too few to judge by), differs by
    `step_db` in all bands (`wander_ratio` as above) and by `step_ratio` times as much as pauses lie
    from the middle of their side, and speech (`step_speech_s` of it on either side, its
    `step_percent` percentile) differs by as much, give or take `step_slack` of it.
    Speech is pressed where in windows of `pressed_window_s`, half of them surely speech
    (`pressed_probability`), the `pressed_percent` percentile lies less than `pressed_db` above the
    middle; so many windows are needed at least.
    Peaks are cut where, of at least `cut_least_s` of speech, `cut_share` of the rows peak at no
    less than `cut_near` times the height that only 1 - `cut_top_share` of them pass; of a person's
    own channel, of at least `cut_own_least_s` in which it is the loudest.
    """

    speech_probability: float = 0.35
    after_s: float = 0.25
    ahead_s: float = 0.1
    pause_s: float = 0.3
    most_s: float = 3.0
    steady_db: float = 3.0
    pauses_min: int = 10
    rise_db_per_s: float = 1.5
    rising_share: float = 0.75
    wander_db: float = 0.6
    wander_ratio: float = 3.5
    bands_hz: tuple[float, ...] = (100.0, 300.0, 800.0, 1600.0, 3200.0, 6400.0)
    near_after_s: float = 0.15
    near_ahead_s: float = 0.05
    near_pause_s: float = 0.15
    near_wander_db: float = 0.5
    near_wander_ratio: float = 2.0
    near_clear_db: float = 0.3
    near_clear_ratio: float = 1.5
    few_pauses: int = 4
    few_least_db: float = 0.5
    few_sure: float = 7.0  # of 24 half minutes without, 5.4 at the most
    step_pauses: int = 4
    few_step: int = 2
    step_db: float = 3.0
    step_ratio: float = 4.0
    step_speech_s: float = 2.0
    step_percent: float = 75.0
    step_slack: float = 0.6
    pressed_probability: float = 0.8
    pressed_window_s: float = 3.0
    pressed_windows_min: int = 5
    pressed_percent: float = 90.0
    pressed_db: float = 4.4
    cut_least_s: float = 10.0
    cut_own_least_s: float = 4.0
    cut_near: float = 0.95
    cut_top_share: float = 0.999
    cut_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Shaped:
    """When the noise of pauses was taken away, and what a codec leaves of a voice.

    Windows of `window_s` are asked in pauses (rows below `speech_probability`), `away_s` from
    speech, between the ends of `band_hz`: a place is a hole where its power is less than `hole`
    times the mean of `bins` bins on either side, and counts where that is above `least_dbfs`.
    With `places_min` places noise was shaped from `holes_share` on. A codec with less than
    `coded_kbit_s` for each channel takes detail away, and with up to `hard_kbit_s` more of it.
    A codec's frames show where the level between the ends of `steps_band_hz`, every `steps_hop_s`,
    changes at one of `steps_hz` by a line at least `steps_stand_out` times what is usual within
    `steps_around_hz`, changes beyond their `steps_percent` percentile cut, in `steps_least_s` of
    sound; no more than the first `steps_most_s` are asked. In `steps_pauses_min` pauses of
    `buzz_tenths` tenths of a second what these have in common must
    be less than `buzz_times` what noise has by chance.
    """

    speech_probability: float = 0.35
    away_s: float = 0.15
    window_s: float = 0.032
    band_hz: tuple[float, float] = (1_000.0, 7_000.0)
    bins: int = 6
    hole: float = 0.01
    least_dbfs: float = -95.0
    places_min: int = 4_000
    holes_share: float = 0.012  # 0.006 of noise that nobody touched, 0.007 at most
    coded_kbit_s: float = 48.0
    hard_kbit_s: float = 12.0
    steps_hop_s: float = 0.001
    steps_band_hz: tuple[float, float] = (1_000.0, 3_400.0)
    steps_hz: tuple[float, ...] = (100.0, 150.0, 200.0)  # frames of 20 ms, parted into two to four
    steps_around_hz: float = 3.0
    steps_stand_out: float = 12.0  # 5.5 of untouched sound at most
    steps_percent: float = 99.0
    steps_least_s: float = 20.0
    steps_most_s: float = 600.0
    steps_pauses_min: int = 5
    buzz_tenths: int = 5
    buzz_times: float = 1.5


@dataclass(frozen=True, slots=True)
class Crossings:
    """When something of one channel is heard on another, and what is left when it is taken away.

    A delay from `earliest_s` before to half of `delay_window_s` after counts where its peak is
    `stands_out` times what is usual in either half of at most `delay_windows` windows, each no more
    than `most_weight` times the usual one, between `band_low_hz` and `band_high_hz`. The filter
    behind it lasts `filter_s` and starts `before_s` before, its taps `tap_stands_out` times what is
    usual, with `ridge` of the mean power against division by nothing. At most `ways` are looked
    for, anew in parts of about `part_s`. What arrives after `echo_s` is an echo and counts from
    `echo_least_db`; what arrives at once leaks, and below `least_db` it is left to
    `Channels.bleed_db`. Rows of `level_window_s` in which what is left lies below what came by half
    of what taking it away reaches, at most `below_max_db`, hold nobody else; rows below
    `loud_share` of the loudest are not asked. What sinks by less than `removed_min_db`, and is
    louder than `left_most_db` then, has not been taken away; below `faint_db` what sinks by less
    than `explained_min_db` was nothing.
    Levels over `follow_smooth_s` are asked whether filters explain what crosses: with a delay from
    `follow_from_s` to `follow_to_s`, while what is sent is within `follow_loud_db` of its
    `follow_percent` percentile and what is heard at least `follow_below_db` below it, in either
    half of at least twice `follow_least_s`, they correlate by `follow_alike` or more, and by
    `follow_stands_out` more than at any delay within `follow_far_s`, of which every
    `follow_far_step_s` is asked: so much is chance. Rows no louder than `follow_margin_db` above
    what follows to within `follow_within_s` hold nobody else.
    What crosses both ways is taken away in so many `passes`: each leaves less of what came back.
    Channels of which one comes `late_s` after the other are not added up.
    A tone that stands `tone_db` above what is within `tone_beside_hz` of it, in all windows of
    `tone_window_s` but the softest `tone_percent` of at least `tone_least_windows` and about
    `tone_windows`, sounds all the time, and is cut out, `tone_width_hz` wide.
    """

    part_s: float = 300.0
    delay_window_s: float = 2.0
    delay_windows: int = 600
    most_weight: float = 4.0
    earliest_s: float = 0.002
    band_low_hz: float = 100.0
    band_high_hz: float = 7_000.0
    stands_out: float = 6.0
    before_s: float = 0.002
    filter_s: float = 0.128
    tap_stands_out: float = 3.0
    ridge: float = 1e-3
    ways: int = 3
    echo_s: float = 0.02
    echo_least_db: float = -40.0
    least_db: float = -26.0
    level_window_s: float = 0.09
    loud_share: float = 0.01
    below_max_db: float = 15.0
    removed_min_db: float = 6.0
    left_most_db: float = -28.0
    faint_db: float = -15.0
    explained_min_db: float = 3.0
    follow_from_s: float = 0.05
    follow_to_s: float = 0.6
    follow_smooth_s: float = 0.03
    follow_loud_db: float = 20.0
    follow_percent: float = 95.0
    follow_below_db: float = 3.0
    follow_least_s: float = 1.5
    follow_alike: float = 0.5
    follow_far_s: tuple[float, float] = (1.0, 5.0)
    follow_far_step_s: float = 0.04
    follow_stands_out: float = 0.12  # of two talks that do not know of each other 0 at the most
    follow_margin_db: float = 6.0
    follow_within_s: float = 0.08
    passes: int = 4
    late_s: float = 0.001
    tone_window_s: float = 1.0
    tone_windows: int = 300
    tone_least_windows: int = 10
    tone_percent: float = 20.0
    tone_beside_hz: float = 20.0
    tone_db: float = 10.0
    tone_width_hz: float = 6.0


@dataclass(frozen=True, slots=True)
class Voices:
    """Thresholds of the built-in separator: how a voice is described, and when two are two.

    A voice is described by windows of `window_s`, at most `step_s` apart. At most `most_voices`
    are looked for. Two voices count as two if the cosine of their vectors is below
    `apart_cosine`, their windows lie `apart_deviations` of their own spread apart on the line
    between them, and each speaks `least_voice_s` or more. Where the cosine is not below
    `clearly_apart_cosine`, longer windows decide (`long_window_s`, in stretches of
    `long_stretch_s` and more, at most `long_windows` of them): those of one voice must be closer
    to each other than to the other's by `apart_gap` and by `apart_gap_deviations`. For a third
    voice and more the limits are `third_apart_cosine` and `third_apart_deviations`, and it must
    not be a mixture of two others: `mixture_residual` of its vector must lie outside their plane;
    where a voice has fewer than `fewest_stretches` long stretches, they are
    `clearly_apart_cosine` and `rare_apart_deviations`. A voice too rare to be found by clustering
    is held to `rare_apart_cosine`, `rare_apart_deviations` and `least_rare_s`. The limits are set
    on spliced conversations so that few recordings of one person divide and few of those of two
    do not. Voices within `alike_cosine` of the limit are said to sound alike.

    At most `clustered_windows` windows are clustered; each is linked to its most alike
    `neighbours_share`, at least `least_neighbours`, and to the others by `far_weight` of their
    likeness. Two clusters start from vectors averaged over `smoothed_windows`. Frames follow the
    voices `follow_rounds` times; `change_cost` and `pause_change_cost` are what a change of voice
    costs inside speech and at a pause, in units of cosine times frames. A stretch shorter than
    `shortest_turn_s` goes to its neighbour.
    """

    window_s: float = 0.64
    step_s: float = 0.2
    most_voices: int = 4
    apart_cosine: float = 0.935
    apart_deviations: float = 3.5
    clearly_apart_cosine: float = 0.88
    alike_cosine: float = 0.03
    long_window_s: float = 1.6
    long_stretch_s: float = 0.6
    long_windows: int = 400
    fewest_stretches: int = 3
    apart_gap: float = 0.07
    apart_gap_deviations: float = 0.85
    third_apart_cosine: float = 0.895
    third_apart_deviations: float = 4.0
    mixture_residual: float = 0.3
    least_voice_s: float = 1.5
    rare_apart_cosine: float = 0.85
    rare_apart_deviations: float = 6.0
    least_rare_s: float = 2.5
    smoothed_windows: int = 5
    clustered_windows: int = 1200
    neighbours_share: float = 0.3
    least_neighbours: int = 5
    far_weight: float = 0.01
    follow_rounds: int = 3
    change_cost: float = 2.5
    pause_change_cost: float = 0.5
    shortest_turn_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the second pass marks where two voices speak at once.

    It is made `passes` times (0 leaves it out). A change of state costs `change_nepers` and each
    frame of both voices `both_nepers`: higher marks surer overlap only. A voice's stretches less
    than `joined_s` apart are one. What a voice is like is learnt from about `learnt_frames` of its
    frames (20 ms each), evenly spread.

    Nobody speaks where it gives that `silent_probability` or more: an end of speech moves to the
    nearest beginning of such a silence within `end_reach_s`, and a silence of up to
    `filled_most_s` inside speech, and longer than what divides it, is a pause.
    """

    passes: int = 2
    change_nepers: float = 2.0
    both_nepers: float = 1.0
    joined_s: float = 0.2
    learnt_frames: int = 20_000
    silent_probability: float = 0.5
    end_reach_s: float = 0.05
    filled_most_s: float = 0.3


@dataclass(frozen=True, slots=True)
class Fusing:
    """How pyannote's segmentation and the built-in second pass are put together.

    Windows of segmentation are `step_s` apart. In every `described_every`-th of them, a person who
    speaks alone (with `alone_probability` and more) for `solo_min_s` is described, from at most
    `solo_most_s` of it. Voices are the pair of at most `clusters_most` clusters, less alike than
    `apart_cosine`, that says most. On the path over windows a second of speech counts its lean
    towards a voice, a second of agreement with the next window `neighbour_weight`, with the second
    pass `second_pass_weight`, and a second of two people at once who would be one voice costs
    `together_cost`.

    A window is trusted to say who speaks as far as its people lean towards their voices: not at
    all at `lean_none` and fully at `lean_full` (differences of cosines). `segmentation_weight`
    weighs the segmentation's log chances against the second pass's; a frame of both voices costs
    `both_nepers`.

    Segmentation adds speech to the detector's where it hears some with `quiet_probability` and
    more for `quiet_min_s` on end, `quiet_above_floor_db` above the recording's floor (the
    `floor_percent` percentile of its level) and at most `quiet_below_speech_db` below its speech.
    What it hears with `doubted_probability` for `doubted_min_s`, as far above the floor and at most
    `doubted_below_speech_db` below speech, is said to be doubtful, from `doubted_share` of all
    speech on.

    A voice is heard alone for `voice_min_s` or more. Two are two below `one_cosine`. Above it, or
    where none are found, they are two if the built-in separator hears two by itself, or if of the
    two that it would divide the recording into each one's longest stretches (`stretches_least` to
    `stretches_most` of `stretch_min_s` and more, `stretch_most_s` of each) are more alike than
    stretches of both, by `apart_deviations` of their spread; otherwise they are one. Where the
    built-in separator hears one, the two that come out must be `alone_deviations` apart. They are
    two in any case where segmentation hears two at once in `together_share` of the speech. Three or
    more are heard by both engines: clusters, less alike than `several_cosine`, of those who speak
    alone for `several_min_s`, with `several_least_share` of what is said.

    Where one engine names one voice and the other engine another for `dispute_min_s` on end, the
    sound (at most `dispute_most_s` of it) decides by its lean towards voices described by stretches
    of `agreed_min_s` and more on which both agree; a lean under `plain_lean` (difference of
    cosines) decides nothing plainly. Below `agree_share` of speech outside such open disputes, a
    note says where they are: at most `check_places` places of `check_min_s` and more, those closer
    than `check_join_s` being one. Neither that, nor that voices sound alike (`alike_cosine` and
    more), is said of voices whose stretches are `plainly_apart_deviations` apart.

    Who is heard alone in a window for `foreign_alone_s` and sounds like neither voice (both cosines
    under `foreign_cosine`) is somebody or something else, in places parted by `foreign_join_s`;
    from `foreign_min_s` of that on a note says where.
    """

    step_s: float = 2.5
    described_every: int = 2
    alone_probability: float = 0.5
    solo_min_s: float = 0.2
    solo_most_s: float = 3.0
    apart_cosine: float = 0.62
    clusters_most: int = 8
    neighbour_weight: float = 1.0
    second_pass_weight: float = 0.3
    together_cost: float = 4.0
    lean_none: float = 0.2
    lean_full: float = 0.6
    segmentation_weight: float = 1.5
    both_nepers: float = 0.5
    quiet_probability: float = 0.5
    quiet_min_s: float = 0.5
    quiet_above_floor_db: float = 10.0
    quiet_below_speech_db: float = 20.0
    floor_percent: float = 10.0
    doubted_probability: float = 0.3
    doubted_min_s: float = 0.3
    doubted_below_speech_db: float = 25.0
    alike_cosine: float = 0.55
    one_cosine: float = 0.75
    stretches_least: int = 3
    stretches_most: int = 12
    stretch_min_s: float = 0.8
    stretch_most_s: float = 2.0
    apart_deviations: float = 1.3
    alone_deviations: float = 1.5
    together_share: float = 0.1
    plainly_apart_deviations: float = 2.5
    agreed_min_s: float = 0.5
    dispute_min_s: float = 0.5
    dispute_most_s: float = 4.0
    plain_lean: float = 0.2
    voice_min_s: float = 0.7
    foreign_alone_s: float = 1.0
    foreign_cosine: float = 0.4
    foreign_join_s: float = 0.5
    foreign_min_s: float = 2.0
    several_cosine: float = 0.5
    several_min_s: float = 1.0
    several_least_share: float = 0.05
    doubted_share: float = 0.05
    agree_share: float = 0.96
    check_places: int = 8
    check_join_s: float = 2.0
    check_min_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Murmurs:
    """What a short stretch must sound like to be a hum, or to be nothing.

    Judged are stretches of at most `longest_s`, `shortest_s` and `alone_share` of which nobody else
    speaks over, by the frames within `loud_db` of their loudest; bands further than `deep_db` below
    count as that far. What lies between `bottom_hz` and `top_hz` is parted at `split_hz`, and into
    `bands` from `bands_low_hz` to `bands_high_hz`. A frame has a pitch (of `pitch_low_hz` to
    `pitch_high_hz`) from `voiced_at` of its autocorrelation on. The voice they are compared with is
    the median of up to `most_pieces` pieces of `piece_s` of its longer stretches, `least_pieces` at
    least. A hum has a pitch in `hum_voiced_share` of its frames, is `hum_darker_db` darker than the
    voice and moves by `hum_unsteady_db` at most; one within `inside_s` of the same voice's talk on
    both sides is the other's (at most `near_pieces` stretches around it are looked at). One that
    begins inside a longer stretch lasts `begun_least_s`, is `begun_darker_db` darker (its frames
    `begun_frame_db`, but for holes of `hole_s`) and `begun_softer_db` softer than the voice, moves
    by `begun_unsteady_db` at most, and `dip_db` less is heard within `dip_s` of its beginning. The
    network's hums have `hum_probability` and last `hum_least_s` to `hum_most_s`; their mean is
    `hum_alone_probability`, or segmentation hears two people there with `second_probability`; those
    of `hum_certain_probability` are left out where voices are described. Who
    talks for `floor_least_s` within `inside_s` of one does not hum it. Nothing is heard where the
    level is `nothing_below_db` below the voice's and less than `nothing_voiced_share` has a pitch.
    Chosen on the first half of the material of ``python -m benchmarks.backchannels``.
    `sure_word_probability` is that from which a word written over a hum is believed, and a word of
    the other's sentence within `flow_s` is theirs.
    """

    longest_s: float = 1.0
    shortest_s: float = 0.12
    alone_share: float = 0.6
    loud_db: float = 15.0
    deep_db: float = 40.0
    bottom_hz: float = 80.0
    split_hz: float = 600.0
    top_hz: float = 4_000.0
    bands: int = 12
    bands_low_hz: float = 100.0
    bands_high_hz: float = 3_800.0
    pitch_low_hz: float = 65.0
    pitch_high_hz: float = 400.0
    near_pieces: int = 8
    voiced_at: float = 0.6
    piece_s: float = 0.45
    least_pieces: int = 8
    most_pieces: int = 150
    hum_voiced_share: float = 0.6
    hum_darker_db: float = 6.0
    hum_unsteady_db: float = 5.0
    inside_s: float = 1.5
    begun_frame_db: float = 8.0
    begun_least_s: float = 0.18
    begun_darker_db: float = 10.0
    begun_softer_db: float = 5.0
    begun_unsteady_db: float = 4.5
    dip_db: float = 20.0
    dip_s: float = 0.06
    hole_s: float = 0.06
    hum_probability: float = 0.4
    hum_alone_probability: float = 0.65
    hum_certain_probability: float = 0.85
    second_probability: float = 0.05
    hum_least_s: float = 0.14
    hum_most_s: float = 1.2
    floor_least_s: float = 0.3
    nothing_below_db: float = 25.0
    nothing_voiced_share: float = 0.3
    sure_word_probability: float = 0.8
    flow_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Pyannote:
    """How pyannote's pipeline is run, and who counts as somebody in its answer.

    Stretches that start `step_share` of their length apart are judged (its own default is 0.1). Its
    clustering makes voices of their own out of mm-hms and of speech over speech: up to 6 % of what
    is said in the samples. Beyond the two most heard, a voice with less than `least_share` of the
    speech is nobody. Clustering keeps every pair of embeddings: of at most `clustered` it does.
    Voices taken for others are told from `told_share` of the speech on. What somebody says alone
    describes them where it is `clean_share` of a window. In a recording shorter than `shortest_s`
    nobody is heard. Where a folder has segmentation alone, what people say alone for `alone_min_s`
    in a window is clustered as pyannote published for 3.1 (`alone_threshold`, `alone_least`). The
    others are community-1's published parameters.
    """

    step_share: float = 0.25
    least_share: float = 0.1
    told_share: float = 0.01
    clean_share: float = 0.02
    clustered: int = 4000
    shortest_s: float = 0.1
    least_off_s: float = 0.0
    clustering_threshold: float = 0.6
    clustering_fa: float = 0.07
    clustering_fb: float = 0.8
    alone_min_s: float = 0.2
    alone_threshold: float = 0.7046
    alone_least: int = 12


@dataclass(frozen=True, slots=True)
class Transcribing:
    """Windows in which a transcriber hears speech, and how long it may decode one.

    Speech is packed into windows of at most `window_s`, cut at pauses of `pause_s` and more, with
    `pad_s` of sound around it. A window may be decoded `most_decodes` times and
    `most_decodes_per_s` more, into `most_tokens` tokens and `most_tokens_per_s` more.
    `windows_at_once` windows are decoded together, `guesses` of each followed at once; one that was
    left more than `left_s` before its end goes on from there. Where speech of `again_s` or more
    came out without a word, it is heard once more by itself, in windows of at most
    `again_window_s`; what still has none is told, as a caution from `unheard_share` of all speech
    on. The language is judged from the `language_windows` longest windows; a language that was told
    is contradicted only by `language_least_s` of speech in which another is `language_sure`
    probable, and one that nobody told is trusted from there on. A glossary has `most_names` names
    at most, of `longest_name` letters. After a recording of `let_go_s` and more the network is
    let go of: the steps that follow want its memory, and it is read again in a second.
    """

    window_s: float = 28.0
    pause_s: float = 2.5
    pad_s: float = 0.5
    most_decodes: int = 2
    most_decodes_per_s: float = 0.35
    most_tokens: int = 16
    most_tokens_per_s: float = 12.0
    windows_at_once: int = 4
    guesses: int = 5
    left_s: float = 0.1
    again_s: float = 2.0
    again_window_s: float = 12.0
    let_go_s: float = 900.0
    unheard_share: float = 0.05
    language_windows: int = 3
    language_least_s: float = 10.0
    language_sure: float = 0.8
    most_names: int = 60
    longest_name: int = 60


@dataclass(frozen=True, slots=True)
class Doubt:
    """When a transcriber's output is not believed.

    The log-probability, no-speech and compression limits are the defaults of openai-whisper; the
    others are engineering choices. Where no speech is as probable as `most_no_speech`, a segment is
    believed from `least_unheard_log_probability` on: a beam search finds more probable words in
    noise than greedy decoding does (six windows of noise and silence: -.74 to -.89). A stock phrase
    is not believed where its level is `quiet_db` below the speech's, or where no speech is half as
    probable as `most_no_speech`. Words are left out where no speech lies within `outside_speech_s`
    of their segment. A word is trimmed to `word_edge_s` around the speech it shares `least_word_s`
    with; one moved to the nearest speech has `moved_word_s` at most. A segment of `hurried_words`
    words and more has too many where they are more than `most_words_per_s` of its length, or of
    `hurried_s` where it is shorter. A text repeats itself if a phrase of two to `phrase_words`
    words comes `phrase_repeats` times on end, or a word `word_repeats` times ("no, no, no, no" is
    said; a phrase four times is not).
    """

    least_log_probability: float = -1.0
    least_unheard_log_probability: float = -0.6
    most_no_speech: float = 0.6
    most_compression: float = 2.4
    most_words_per_s: float = 9.0
    hurried_words: int = 4
    hurried_s: float = 0.1
    outside_speech_s: float = 0.3
    word_edge_s: float = 0.05
    least_word_s: float = 0.05
    moved_word_s: float = 0.4
    quiet_db: float = 15.0
    phrase_words: int = 8
    phrase_repeats: int = 4
    word_repeats: int = 8


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a way of sharing words among voices costs, and when an owner is doubtful.

    All but the times are in units of log-odds. A word costs minus the log of the share of it in
    its voice's turns plus `floor` (`outside` of it within `reach_s`), less `edge_fit` where it
    opens or closes a turn to `edge_fit_s` and up to `acknowledgement` where it is one and fills a
    turn of at most `short_turn_s`. A change of voice costs `switch`, less at a sentence's end,
    beside an acknowledgement (`aside`), at a pause, within `turn_edge_s` of a turn's edge; where
    several voices speak it costs `switch_both`. In a voice's own stream `over` is for words over
    each other, `wordless` per second of each of its turns without a word beyond `wordless_s` (at
    most `most_wordless` at a time), `flow` for a sentence that goes on after its end or begins
    before it, `begin` for a small letter where the voice was silent for `back_s` (neither where
    nothing is written with capitals), `capital` for one inside a sentence, `cut` for a word within
    `cut_s` of one broken off. Gaps between words are widened by `edge_s`, words shorter than
    `shortest_word_s` to it. An owner is doubtful
    if another costs less than `doubtful_below` more. Words of a voice more than `back_s` ago no
    longer count; ways that cost `hopeless` more than the best, or have `most_ways` before them,
    are given up.
    """

    floor: float = 0.025
    outside: float = 0.3
    reach_s: float = 0.15
    edge_fit: float = 0.5
    edge_fit_s: float = 0.02
    acknowledgement: float = 10.0
    short_turn_s: float = 1.2
    switch: float = 2.0
    switch_both: float = 0.2
    sentence_end: float = 2.0
    aside: float = 0.75
    pause: float = 0.7
    pause_s: float = 0.3
    turn_edge: float = 0.35
    turn_edge_s: float = 0.4
    least: float = 0.1
    over: float = 2.5
    over_share: float = 0.4
    wordless: float = 3.0
    wordless_s: float = 0.2
    most_wordless: float = 2.0
    flow: float = 2.4
    begin: float = 2.0
    cut: float = 2.5
    cut_s: float = 1.0
    back_s: float = 2.0
    edge_s: float = 0.05
    capital: float = 1.44
    shortest_word_s: float = 0.02
    hopeless: float = 14.0
    most_ways: int = 200
    doubtful_below: float = 1.5


@dataclass(frozen=True, slots=True)
class Exchanging:
    """When two channels are held to have changed persons by the voices on them.

    Voices are compared in windows of `window_s`, at most `most_windows` of a channel, with
    `least_windows` of each channel on each side of a cut. Behind it each channel's voice must be
    like the other's before it by `least_alike`, and by `least_margin` more than like its own. The
    place is looked for in windows of `short_window_s`. Where a transcript names the place, this
    many of those, `least_asked`, are enough of a voice on either side. Turns of a file are
    compared in those, too, at most `most_turn_windows` of a voice, and exchanged where both voices
    sound like the other elsewhere by `least_turn_margin`.
    """

    window_s: float = 1.6
    short_window_s: float = 0.8
    most_windows: int = 30
    least_windows: int = 4
    least_asked: int = 3
    least_alike: float = 0.7
    least_margin: float = 0.05
    most_turn_windows: int = 300
    least_turn_margin: float = 0.1


@dataclass(frozen=True, slots=True)
class Labels:
    """When the labels of a supplied transcript are trusted, and when they have changed voices.

    A label means a voice if it shares `least_shared` or more of its time with it. Labels and
    voices have changed partners where each side of a cut holds `least_crossed_s` of speech of one
    person alone, and `crossed_share` of it agrees before and disagrees after. A labelled word is
    doubtful where its voice is silent within `silent_s` and another is heard. A cue's words are
    laid along its own voice's speech where there is `least_word_s` of it for each. Where labels
    and voices agree in `surely_share` of the speech and more, and times are fine enough, what a cue
    claims and is heard as the other voice is the label's all the same, if that is `other_share` of
    the cue and lasts `other_least_s`, to within `edge_s` of its ends. One label that stands over
    more than `everybody_share` of what each of two voices says is everybody's. On channels that
    are a person each, labels that name the other person for `least_against_s` of speech are not
    believed there, and where that is `against_share` of all speech they tell no roles. Where times
    are fine enough a change of partners costs no more than `change_costs_s`: a stretch in the
    middle, which takes two, need hold little more than that.
    """

    least_shared: float = 0.3333
    surely_share: float = 0.85  # another recording's labels agreed in .81 at most
    other_share: float = 0.5
    other_least_s: float = 0.5
    edge_s: float = 0.002  # formats hold whole milliseconds
    least_crossed_s: float = 15.0
    least_against_s: float = 5.0
    change_costs_s: float = 3.0
    against_share: float = 0.15
    crossed_share: float = 0.75
    silent_s: float = 0.3
    least_word_s: float = 0.05
    everybody_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Fitting:
    """When a supplied transcript's times are taken, mended or refused.

    See ``python -m benchmarks.clocks`` for what these were measured on.

    Parameters
    ----------
    hop_s : float
        Speech and cues are compared this often.
    coarse_steps : int
        While speeds are tried a transcript is cut into no more steps than this.
    surely : float
        From this correlation on no other speed is looked for.
    cues_min : int
        With fewer cues nothing is judged.
    least_s : float
        With less speech, or less cue time, nothing is judged.
    longest_word_s, slack_s : float
        A cue is taken to last no longer than this for each word, and this.
    farthest_s : float
        Largest shift that is looked for.
    speed_reach : float
        Largest difference of clocks that is looked for, as a share.
    step_s : float
        Speeds are tried so close that the end moves by this.
    wrong_speeds : tuple of float
        Speeds that no clock has; a transcript that fits there was scaled by mistake.
    speed_gain : float
        A speed must raise the correlation by this to be believed.
    apart_s : float
        A shift farther than this is another place.
    common_share : float
        Recording and transcript must share this much of the shorter of the two at a shift.
    common_min_s : float
        Where both go on for less than this nothing is mended or refused.
    fits : float
        From this correlation on times are right as they stand.
    short_fits : float
        Where less goes on than `common_min_s`, times are borne out from this correlation on.
    better_by : float
        Another place must be better by this to be looked at.
    jump_sides : tuple of float
        Shares of the cues that are looked at from either end, to find two clocks.
    jump_slack : float
        Times that jump need not fit better than at one place that leaves some of them out, and by
        no more than this worse.
    clear, clear_margin : float
        From this correlation on, standing so far above any other place, times are mended.
    dense_clear, dense_margin : float
        So they are from here on, too: in talk with few pauses no correlation is high, but that of
        the right place stands alone.
    likely, likely_margin : float
        From here on another place is named as likely, and nothing is mended.
    unnoticed_s : float
        Times that are off by less stay as they are.
    bridging_share, bridging_covers : float
        Cues that fill more of their time than this show no pauses to be judged by; where they hold
        this much of the speech and are likely nowhere else, they are not verified, and not refused.
    labels_min : float
        Labels that agree with the voices in less of their time say nothing of who is who.
    wordless_s, wordless_share : float
        Speech without words is said where it lasts so long, and is this share of all speech.
    whole_second_s, whole_share : float
        Times of which this share lie so near a whole second are too coarse to show pauses.
    anchored_share : float
        A text without times is laid along what a recogniser heard if it heard this share of it.
    peg_words, between_pegs_words : int
        A run of so many words that occurs once in both is a place to start from; between two such
        places words are compared one by one if they are no more than this.
    """

    hop_s: float = 0.05
    coarse_steps: int = 6_600
    surely: float = 0.85
    cues_min: int = 5
    least_s: float = 10.0
    longest_word_s: float = 0.6
    slack_s: float = 0.5
    farthest_s: float = 7200.0
    speed_reach: float = 0.06
    step_s: float = 0.5
    wrong_speeds: tuple[float, ...] = (0.5, 0.6, 0.667, 0.75, 0.8, 1.25, 1.333, 1.5, 1.667, 2.0)
    speed_gain: float = 0.04
    apart_s: float = 2.0
    common_share: float = 0.5
    common_min_s: float = 40.0
    fits: float = 0.35  # own whole turns of dense talk .43 to .70, another recording at most .23
    short_fits: float = 0.5  # of 20 to 38 s, own fine times .68 or more, another's .39 at most
    better_by: float = 0.1
    jump_sides: tuple[float, ...] = (0.5, 0.33, 0.2)
    jump_slack: float = 0.05
    clear: float = 0.6
    clear_margin: float = 0.3
    dense_clear: float = 0.38  # another recording's .32 at most, .16 above other places
    dense_margin: float = 0.24
    likely: float = 0.45
    likely_margin: float = 0.1
    unnoticed_s: float = 0.3
    bridging_share: float = 0.9
    bridging_covers: float = 0.97
    labels_min: float = 0.7
    wordless_s: float = 1.0
    wordless_share: float = 0.05
    whole_second_s: float = 0.001
    whole_share: float = 0.9
    anchored_share: float = 0.4
    peg_words: int = 3
    between_pegs_words: int = 600


@dataclass(frozen=True, slots=True)
class Enrolling:
    """How a template of a voice is made and when it speaks.

    `window_s` is how much speech one vector describes and `step_s` how far apart vectors are;
    pauses shorter than `bridged_s` do not end a window. A template needs `least_s` of speech whose
    two halves are at least `least_alike` alike, a voice of a recording `least_windows` vectors;
    of its speech the longest stretches are heard, until there are `most_s`.
    The best voice is named if its likeness is at least `least_likeness` and it leads by
    `least_margin`; its certainty is `certainty`. See ``python -m benchmarks.enrolled``.
    """

    window_s: float = 1.6
    step_s: float = 0.8
    bridged_s: float = 0.3
    least_s: float = 15.0
    least_alike: float = 0.7
    least_windows: int = 3
    most_s: float = 120.0
    least_likeness: float = 0.6
    least_margin: float = 0.1
    certainty: float = 0.9  # 31 of 31 right cannot show more


@dataclass(frozen=True, slots=True)
class Editing:
    """How what a person changes is laid over what was heard.

    A remainder of speech shorter than `snap_s` goes with the stretch it was cut from. A word up to
    `reach_s` outside all speech is still its voice's. With less than `least_word_s` for each, new
    words take a neighbour's time too. Times of an edited file within `same_s` of what was written
    to it are the same but for rounding.
    """

    snap_s: float = 0.3
    reach_s: float = 1.5
    least_word_s: float = 0.06
    same_s: float = 0.01


@dataclass(frozen=True, slots=True)
class Hearing:
    """All thresholds of hearing who speaks when and what was said."""

    decoding: Decoding = field(default_factory=Decoding)
    evening: Evening = field(default_factory=Evening)
    channel_clocks: ChannelClocks = field(default_factory=ChannelClocks)
    mid_side: MidSide = field(default_factory=MidSide)
    quality: Quality = field(default_factory=Quality)
    formats: Formats = field(default_factory=Formats)
    units: Units = field(default_factory=Units)
    roles: Roles = field(default_factory=Roles)
    activity: Activity = field(default_factory=Activity)
    channels: Channels = field(default_factory=Channels)
    crossings: Crossings = field(default_factory=Crossings)
    shaped: Shaped = field(default_factory=Shaped)
    gain: Gain = field(default_factory=Gain)
    voices: Voices = field(default_factory=Voices)
    overlap: Overlap = field(default_factory=Overlap)
    fusing: Fusing = field(default_factory=Fusing)
    pyannote: Pyannote = field(default_factory=Pyannote)
    murmurs: Murmurs = field(default_factory=Murmurs)
    transcribing: Transcribing = field(default_factory=Transcribing)
    doubt: Doubt = field(default_factory=Doubt)
    sharing: Sharing = field(default_factory=Sharing)
    labels: Labels = field(default_factory=Labels)
    exchanging: Exchanging = field(default_factory=Exchanging)
    fitting: Fitting = field(default_factory=Fitting)
    enrolling: Enrolling = field(default_factory=Enrolling)
    editing: Editing = field(default_factory=Editing)

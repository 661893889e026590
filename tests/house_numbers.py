"""Numbers in the code that are no thresholds, each with the reason why."""

# Numbers in the code that are no thresholds, by the reason why nobody would choose them otherwise
# for another recording; everything else belongs in Settings. A constant or a field stands here by
# its name, a default as ``function(argument)``, a comparison as ``function: number``, what a
# function hands to another or works with in `tests.house_arguments`.
NUMBERS: dict[str, dict[str, set[str]]] = {
    "what a file format, a clock or a language code is": {
        "diarize/formats/corpus.py": {"ctm: 5"},
        "diarize/formats/json_fields.py": {"_START", "_END", "_LENGTH", "_SAMPLE_RATE"},
        "diarize/formats/restarts.py": {"_DAY_S"},
        "diarize/formats/rttm.py": {"_FIELDS", "_FIRST"},
        "diarize/formats/times.py": {"_DAY_S", "_RATES", "Clocks.of: 30"},
        "diarize/formats/transcript.py": {"_DAY_S", "_UNITS"},
        "diarize/models/ctranslate2.py": {"_VERSION"},
        "diarize/models/zipped.py": {"_LENGTH"},
        "diarize/recording/closed_gaps.py": {"_HEAD"},
        "diarize/recording/container.py": {"_EMPTY_MOST", "_HEAD"},
        "diarize/recording/admission.py": {"_RATE_BYTES"},
        "diarize/recording/ffmpeg.py": {"_BLOCK", "_CHANNELS", "_INSIDE", "_RATE", "_TIME"},
        "diarize/recording/flac.py": {"_BLOCKS", "_HEAD"},
        "diarize/recording/fragments.py": {"_BASE_GIVEN", "_LONGEST_MOOF"},
        "diarize/recording/framed.py": {
            *("_AAC_RATES", "_AC3_KBPS", "_AC3_RATES", "_AMR", "_AMR_WB", "_FRAMES_PER_S", "_HEAD"),
            *("_PCR_HZ", "_PCR_WRAPS", "_SIGNED_EVERY"),
        },
        "diarize/recording/headers.py": {"_HEAD"},
        "diarize/recording/mpeg.py": {
            *("_APE_HEAD", "_CHAIN", "_DECODER", "_KBPS", "_LEAD", "_RATES", "_SAME", "_SURE"),
            "_TAG_V1",
            "_THIRD",
        },
        "diarize/recording/ogg.py": {"_FIRST", "_HEAD", "_LAST", "_OPUS_HZ"},
        "diarize/recording/plain.py": {"_ENDLESS", "_W64_FIRST"},
        "diarize/recording/sndfile.py": {"_ENDLESS"},
        "diarize/word_traits.py": {"_LONGEST_MARK"},
        "prosody/cli/doctor.py": {"_own_rules: 3"},
        "prosody/features/frame_files.py": {"SCHEMA"},
        "prosody/report/model.py": {"SCHEMA"},
        "prosody/rules/language.py": {"_languages: 3"},
        "prosody/store/sealing.py": {"_CHUNK", "_HEADER", "_TAG"},
        "prosody/store/sharing.py": {"_THEN"},
        "dashboard/door.py": {"_owners: 7"},
    },
    "what networks and fitted weights were made for, and the grids on which they look": {
        "diarize/recording/crosstalk.py": {"_HOP"},
        "diarize/recording/gathering.py": {"RATE_HZ"},
        "diarize/recording/recorder_clocks.py": {"_HOP"},
        "diarize/recording/rows.py": {"HOP_S"},
        "diarize/separation/activity.py": {"_CONTEXT", "_HOP", "_PHASES", "_RATE_HZ", "_STEP"},
        "diarize/separation/builtin.py": {"_HOP", "second_pass: 3"},
        "diarize/separation/campplus.py": {
            *("SIZE", "_CONTEXT", "_MELS", "_RATE_HZ", "_TINY", "_WINDOW", "_laid_out: 4"),
        },
        "diarize/separation/channels.py": {"HOP"},
        "diarize/separation/disputes.py": {"judged(people)"},
        "diarize/separation/embedding.py": {"_BANDS", "_FRAME", "_HOP", "_LEVEL", "_RATE_HZ"},
        "diarize/separation/hums.py": {
            *("COLUMNS", "LAYERS", "STATES", "_BINS", "_FLOOR", "_HOP", "_MELS", "_MOST"),
            *("_RANGE", "_SPOKEN", "_WINDOW"),
        },
        "diarize/separation/murmurs.py": {"_FRAME", "_HOP", "_SIZE"},
        "diarize/separation/quiet.py": {"_HOP"},
        "diarize/separation/overlap.py": {
            *("COLUMNS", "HOP_S", "LAYERS", "STATES", "_AROUND", "_BANDS", "_FLOOR", "_HOP"),
            *("_LAGS", "_LEANS", "_OTHER_PAIRS", "_PAIRS", "_PITCH_WINDOW"),
            *("Evidence._pitches: 0.2", "Evidence._pitches: 0.3", "_discriminant: 10"),
            "evidence: 0.5",
        },
        "diarize/separation/pyannet.py": {
            *("STRIDE", "_LEAST_LOW_HZ", "_LEAST_SPREAD", "_RATE_HZ", "_SLOPE", "_TAPS"),
        },
        "diarize/separation/pyannote.py": {
            *("_Described.dimension", "_Described.metric", "_Described.sample_rate"),
            # pyannote's own signature; what it asks for is passed on
            "_bounded.Bounded.filter_embeddings(min_active_ratio)",
        },
        "diarize/separation/segmentation.py": {"FIRST_S", "FRAME_S", "PEOPLE", "RATE_HZ", "_HOP"},
        "diarize/separation/windows.py": {"_HOP"},
        "diarize/transcription/cross_attention.py": {"_EXCHANGES", "_FRAMES_PER_S", "_SMOOTH"},
        "diarize/transcription/decoding.py": {"_FIRST_MARK_S", "_STEP_S"},
        "diarize/transcription/whisper.py": {"_STAMP_S"},
        "prosody/features/frames.py": {
            *("Frames.band_hz", "Frames.hop_s", "Frames.sample_rate_hz"),
        },
        "prosody/features/spectrum.py": {"HIGH_PASS", "REACH"},
        "prosody/features/voicing.py": {"QUIET_DB", "REACH", "evidence: -5", "evidence: 6"},
        "prosody/features/windows.py": {
            *("HOP", "RATE_HZ", "LONG", "LONG_FFT", "SHORT", "SHORT_FFT"),
            *("HARMONIC", "HARMONIC_FFT"),
        },
        "prosody/report/trends.py": {"_FULL_HZ"},
        "prosody/rules/kinds.py": {"_LENGTHS"},
        "prosody/trained/network.py": {"DEPTH", "HEADS", "WIDTH"},
    },
    "how weights are trained, which their record says": {
        "prosody/trained/examples.py": {
            *(f"Varied.{name}" for name in ("bare", "brief_words", "cut", "cut_words")),
            *(f"Varied.{name}" for name in ("fewer_marks", "joined", "led_in", "much_longer")),
            *(f"Varied.{name}" for name in ("nodded", "nodded_words", "out_of_context")),
            *("Varied.plainly", "Varied.rising", "Coded.main", "Coded.present"),
        },
        "prosody/trained/learning.py": {
            *(
                f"Recipe.{name}"
                for name in ("at_once", "batch", "decay", "dropout", "heads_rate", "rank")
            ),
            *(f"Recipe.{name}" for name in ("rate", "rounds", "warm_up")),
        },
    },
    "a unit, a definition or a constant of mathematics": {
        "prosody/cues/composite.py": {"MIDPOINT"},
        "prosody/cues/gates.py": {"_typical(percent)"},  # the median
        "prosody/cues/waiting.py": {"_halved: 0.5"},  # the median wait
        "prosody/features/frames.py": {"NEEDS_BAND_HZ"},  # the upper end of what each is defined on
        "prosody/features/harmonic_kernels.py": {"_ratios: 1000"},  # alpha ratio, as in eGeMAPS
        "prosody/features/semitones.py": {"REFERENCE_HZ"},
        "prosody/features/spectrum.py": {"BANDS_HZ"},  # the same, and others' definitions
        "prosody/intervals.py": {"_Z", "design_effect: 3", "iqr_interval: 0.25"},
        "prosody/listening/totals.py": {"_TEN_MINUTES_S"},
        "prosody/report/trends.py": {"_WIDE"},
        "prosody/statistics.py": {
            *("_CONSISTENT", "kaplan_meier(confidence)", "percentile: 0.5", "robust_z: 3"),
        },
        "prosody/store/cohort.py": {"_QUARTERS"},
        "prosody/store/own_coder.py": {"_ENDS"},
    },
    "half: more likely than not, or more than not": {
        "diarize/roles.py": {"_by_words: 0.5"},
        "diarize/separation/pyannote.py": {"_Described.__call__: 0.5"},
        "prosody/listening/rules_and_coder.py": {"_left_open: 0.5"},
    },
    "what stands for nothing, or keeps a logarithm, a division or a search finite": {
        "diarize/recording/crosstalk.py": {"_EMPTY"},
        "diarize/recording/following.py": {"_QUIET_DB"},
        "diarize/separation/channels.py": {"_SILENT_DB"},
        "diarize/separation/fused.py": {"_LEAST"},
        "diarize/separation/murmurs.py": {"_FLOOR"},
        "prosody/cues/dyad.py": {"_TOUCHING_S"},
        "prosody/features/candidates.py": {"ABSENT"},
        "prosody/features/nuclei.py": {"NOTHING_DB"},
        "prosody/features/pitch.py": {"_look_around: 0.001"},
        "prosody/features/pitch_kernels.py": {
            *("_at_middle: 3", "likeliest: -100", "read_signs: 0.5", "read_signs: 1.5"),
        },
        "prosody/features/spectrum.py": {"_TINY"},
        "prosody/listening/from_words.py": {"_BY_PHRASE"},
        "prosody/trained/network.py": {"_TINY"},
    },
    "how a language is spelt and read aloud": {
        "prosody/features/syllables.py": {
            *("_english: 3", "_number: 4", "_number: 6"),
            *("_spoken: 20", "_spoken: 100", "_spoken: 1000"),
        },
        "prosody/features/syllables_german.py": {
            *("_digits: 4", "_digits: 6", "_spoken: 12", "_spoken: 20", "_spoken: 100"),
            "_spoken: 1000",
        },
        "prosody/render/ages.py": {"Ages._is_unit: 3", "_MOST_WORDS"},
        "prosody/report/intake.py": {"_PLACES_MOST"},
        "prosody/rules/language.py": {"lemma: 3"},
    },
    "how much is held in memory at once; no number depends on it": {
        "diarize/recording/admission.py": {"_BLOCK"},
        "diarize/recording/audio.py": {"_BLOCK"},
        "diarize/recording/channel_repair.py": {"_BLOCK"},
        "diarize/recording/closed_gaps.py": {"_FILLED"},
        "diarize/recording/crosstalk.py": {"_AT_ONCE"},
        "diarize/recording/gain.py": {"_ROWS"},
        "diarize/recording/framed.py": {"_PACKETS"},
        "diarize/recording/recorder_clocks.py": {"_BLOCK"},
        "diarize/recording/rows.py": {"_BLOCK"},
        "diarize/recording/shaped.py": {"_AT_ONCE"},
        "diarize/recording/stacking.py": {"_BLOCK"},
        "diarize/recording/tracks.py": {"_BLOCK"},
        "diarize/runtime/memory.py": {"_BLOCK", "_HEAPS", "_MMAP", "_TRIM"},
        "diarize/separation/activity.py": {"_BLOCK"},
        "diarize/separation/best_path.py": {"_BLOCK"},
        "diarize/separation/channels.py": {"_BLOCK"},
        "diarize/separation/embedding.py": {"_BATCH", "_BLOCK_S"},
        "diarize/separation/hums.py": {"_BLOCK"},
        "diarize/separation/murmurs.py": {"_BLOCK"},
        "diarize/separation/overlap.py": {"MEASURED", "_BLOCK"},
        "diarize/separation/pyannote.py": {"_EMBEDDING_BATCH", "_SEGMENTATION_BATCH"},
        "diarize/separation/quiet.py": {"_BLOCK"},
        "diarize/separation/segmentation.py": {"_BATCH"},
        "diarize/transcription/cross_attention.py": {"_AT_ONCE"},
        "prosody/batch/tables.py": {"_CHUNK"},
        "prosody/features/frames.py": {"BLOCK_FRAMES"},
        "prosody/features/nuclei.py": {"_ROWS"},
        "prosody/features/pitch.py": {"_ROWS"},
        "prosody/features/voicing.py": {"_ROWS"},
        "prosody/features/windows.py": {"BATCH"},
        "prosody/store/sound.py": {"Sound.ranges(block)"},
        "prosody/trained/network.py": {"_PIECES"},
    },
    "the machine: clocks, patience, threads, ports, codes of its system, room and cost": {
        "diarize/models/records.py": {"_SETTLED_NS"},
        "diarize/runtime/calls.py": {
            *("_ALLOWED", "_AT_LEAST", "_EQUAL", "_FILTER", "_FIRST", "_GIVE", "_KIND", "_LOAD"),
            *("_MACHINES", "_NOT_PERMITTED", "_NO_NEW_PRIVILEGES", "_NUMBER", "_SECCOMP"),
            *("_WITHIN", "_X32"),
        },
        "diarize/runtime/confined.py": {"_DEATH"},
        "diarize/runtime/listed.py": {"_FIRST", "_LAST"},
        "diarize/runtime/stopping.py": {"CODE"},
        "diarize/runtime/threads.py": {"_MOST"},
        "prosody/batch/cluster.py": {"_LOOK_S", "_MOST", "_PATIENCE_S"},
        "prosody/batch/crew.py": {"_GB", "_LOOK_S"},
        "prosody/batch/embedded.py": {"_CLOSE_S"},
        "prosody/cli/doctor.py": {"_MEMORY_GB", "_ROOM_GB"},
        "prosody/render/export.py": {"_PATIENCE_S"},
        "prosody/store/consented.py": {"followed: 64"},
        "prosody/store/database.py": {"_WAIT_S"},
        "prosody/store/keys.py": {"_COST"},
        "prosody/store/shelf.py": {"Shelf.locked(wait_s)", "_PATIENCE_S"},
        "dashboard/app.py": {"DEFAULT_PORT", "_AHEAD_BYTES", "_TRIES"},
        "dashboard/door.py": {"GRACE_S"},
        "dashboard/pages/adding.py": {"_EVERY_S"},
        "dashboard/serving.py": {"TOKEN_S"},
        "dashboard/watched.py": {"_ASKED_AGAIN_S"},
        "dashboard/view/later.py": {"_AFTER_S"},
        "dashboard/view/player.py": {"_EFFORT"},
    },
    "how large or how deep a file that somebody hands in may be": {
        "diarize/formats/json.py": {"_LOOKED_INTO"},
        "diarize/formats/json_fields.py": {"_DEEPEST"},
        "diarize/models/ctranslate2.py": {"_MOST_RANK", "_MOST_VARIABLES"},
        "diarize/runtime/atomic.py": {"SMALL_BYTES", "_LARGEST_BYTES"},
        "prosody/batch/manifest.py": {"_CELLS_MAX", "_COLUMNS_MAX", "_ROWS_MAX"},
        "prosody/cli/correct.py": {"_LONGEST"},
        "prosody/rules/warmth.py": {"Component.most", "_BOUNDS"},  # of a rule file
        "prosody/store/asking.py": {"_LONGEST"},
        "prosody/store/codings.py": {"_MOST_BYTES"},
        "prosody/store/keys.py": {"_DEAREST"},
        "prosody/trained/weights.py": {"_MOST_BYTES"},
        "prosody/store/written.py": {"_LONGEST"},
    },
    "how much a person is shown, how large and in how many figures": {
        "prosody/cli/declare.py": {"_Spoken.get_short_help_str(limit)"},  # click's own signature
        "prosody/cli/look.py": {"_NAMED"},
        "prosody/cues/pacing.py": {"_NAMED"},
        "prosody/cues/warmth.py": {"_LISTED"},
        "prosody/render/glyphs.py": {"_APART", "_RADIUS", "_outline: 5"},
        "prosody/render/listen_first.py": {"_QUOTED"},
        "prosody/render/plots.py": {"_BIN_S", "_SMOOTH_FRAMES"},
        "prosody/render/drawing.py": {"WIDTH"},
        "prosody/render/svg.py": {
            *("_BINS", "_LEFT", "_MARKS", "_ROW_S"),
            *("_axes: 30", "_clock_step: 8", "_envelope: 3", "_row: 90"),
        },
        "prosody/render/trends.py": {
            *("_BOTTOM", "_DATES", "_HIGH", "_LEFT", "_RIGHT", "_TOP", "_WIDTH"),
        },
        "prosody/render/wording.py": {
            *("number: 0.0005", "number: 0.01", "number: 10", "number: 100"),
        },
        "prosody/store/reviews.py": {"CLIPS"},
        "dashboard/pages/library_page.py": {"_PAGE"},
        "dashboard/pages/session_page.py": {"_CAUTIONS"},
        "dashboard/pages/trends_page.py": {"_ACROSS"},
        "dashboard/panels/what_if_panel.py": {"_SLIDERS"},
        "dashboard/view/charts.py": {"BINS", "_LEAST_BIN_S"},
        "dashboard/view/player.py": {"_FIRST"},
        "dashboard/view/words.py": {"_FIGURES"},
    },
}
SETTINGS = {"diarize/settings.py", "prosody/settings.py"}
# Their comparisons are with bytes, masks and lengths that a format's specification lays down.
PARSERS = {
    f"diarize/recording/{name}.py"
    for name in (
        "closed_gaps",
        "container",
        "ffmpeg",
        "flac",
        "fragments",
        "framed",
        "headers",
        "mpeg",
        "ogg",
        "plain",
    )
}

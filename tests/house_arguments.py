"""Numbers that one function hands to another and that are no thresholds, each with the reason."""

# What is called with a number that is never a threshold, by what the number is there.
CALLED: dict[str, set[str]] = {
    "how many bytes or letters something has": {
        *("HKDF", "Scrypt", "blake2b", "generate_key", "recv_fds", "to_bytes", "token_hex"),
        *("token_urlsafe", "truncate", "urandom"),
    },
    "who may read a file": {"FileLock", "chmod", "mkdir", "umask"},
    "how many results are kept": {"lru_cache"},
    "an answer of HTTP": {"PlainTextResponse", "RedirectResponse", "Response"},
    "how a page is laid out, and how much may be typed into a field": {
        *("Grid", "_grid", "columns", "text_area", "text_input"),
    },
    "layers and axes of a network": {
        *("LSTM", "conv1d", "max_pool1d", "reshape", "split", "std_mean", "transpose"),
    },
}
# As `tests.house_numbers.NUMBERS`, for what stands in a function as ``function -> other``.
HANDED: dict[str, dict[str, set[str]]] = {
    "what a file format, a clock, a sheet of letters or a protocol is": {
        "diarize/edits/readback.py": {"labels_of -> range"},
        "diarize/formats/contents.py": {"_encoding -> min"},
        "diarize/formats/elan.py": {"to_eaf -> apart"},
        "diarize/formats/lines.py": {"_moved -> pop"},
        "diarize/formats/names.py": {"head -> search", "voices_of_names -> range"},
        "diarize/formats/subtitles.py": {"_clock -> divmod"},
        "diarize/formats/text_grid.py": {"_tier_head -> range", "to_text_grid -> apart"},
        "diarize/recording/audio.py": {"save_flac -> clip"},
        "diarize/recording/confined_decoding.py": {"_most -> int"},  # bytes of a sample
        "diarize/recording/reading.py": {"_File._kbit_s -> float"},
        "diarize/runtime/atomic.py": {"open_unlinked -> open"},
        "diarize/separation/pyannote.py": {"_lettered -> setdefault"},
        "diarize/transcription/faster_whisper.py": {"_decode -> min"},  # Whisper's own most tokens
        "diarize/transcription/whisper.py": {"_laid_out -> fromkeys"},
        "prosody/cli/dashboard.py": {"dashboard -> IntRange"},
        "prosody/render/transcripts.py": {"to_document -> add_table"},
        "prosody/store/backups.py": {"_copy_file -> open"},
        "prosody/store/folders.py": {"stage -> open"},
        "dashboard/__main__.py": {"main -> IntRange"},
    },
    "what networks and fitted weights were made for, and how they look": {
        "diarize/role_words.py": {"margin -> max", "margin -> min"},
        "diarize/separation/enrolled.py": {"_vectors -> zeros"},
        "diarize/separation/overlap.py": {
            *("Evidence.rows -> clip", "Evidence.rows -> max", "_periods -> log2"),
            *("_periods -> maximum", "_spectra.logs -> float32"),
        },
        "diarize/separation/segmentation.py": {"windows -> max"},
        "diarize/separation/windows.py": {"_states -> zeros"},
        "prosody/features/voicing.py": {
            *("_steady -> exp", "_steady -> where", "activity_odds -> _highest"),
            *("evidence -> _highest", "evidence -> _mean", "evidence -> _shifted"),
            *("evidence -> clip", "tone_odds -> maximum_filter1d"),
        },
        "prosody/trained/examples.py": {
            "_halves -> uniform",
            "_joined -> range",
            "_told -> replace",
        },
        "prosody/trained/learning.py": {"learn -> int"},
        "prosody/trained/network.py": {"_gelu -> float32", "_gelu -> sqrt", "padded -> range"},
    },
    "a unit, a definition or a constant of mathematics": {
        "prosody/cues/described.py": {"iqr_of -> percentile", "p90_of -> percentile"},
        "prosody/cues/pacing.py": {"words_per_minute -> _rate"},
        "prosody/cues/surrogates.py": {"_proximity -> asarray"},  # a pair and both of its own
        "prosody/cues/turn_table.py": {"_melody -> percentile"},
        "prosody/cues/turn_taking.py": {"first_middle_last -> min"},
        "prosody/features/auditory.py": {  # as in RASTA-PLP and eGeMAPS
            *("_heard -> asarray", "auditory_bands -> array", "auditory_bands -> mel"),
            "auditory_bands -> mel_frequencies",
        },
        "prosody/features/harmonic_kernels.py": {
            *("_ratios -> _three", "_ratios -> int", "_ratios -> max", "_three -> int"),
        },
        "prosody/features/semitones.py": {"hertz -> asarray", "semitones -> asarray"},  # an octave
        "prosody/features/spectrum.py": {
            *("_cepstral_peak -> log", "_from_short -> _slope", "_from_short -> bins"),
            *("_from_short -> float32", "_from_short -> min"),  # loudness, as in eGeMAPS
        },
        "prosody/features/windows.py": {"hamming -> asarray", "hann -> asarray"},
        "prosody/intervals.py": {
            *("_reach -> stdtrit", "median_contrast -> _between", "median_contrast -> where"),
            *("median_interval -> quantile_interval", "rate_interval -> gammaincinv"),
            "widened -> ndtr",
        },
        "prosody/listening/contrasts.py": {"fenced -> quantile"},
        "prosody/render/trends.py": {"lines -> message"},  # of 95 % bands
        "prosody/report/pooled.py": {"_together -> float", "_together -> ndtri"},
        "prosody/report/steady.py": {"band -> ppf", "slope -> theilslopes", "steady -> Steady"},
        "diarize/recording/gain.py": {  # the median, and what a standard deviation holds
            *("pressed_db -> percentile", "riding -> percentile"),
        },
        "diarize/separation/windows.py": {"_surely -> append"},  # half: as likely as not
    },
    "what keeps a logarithm, a division, a probability or a search finite": {
        "diarize/separation/three_or_more.py": {"states -> maximum"},
        "diarize/transcription/fitting.py": {"_Search.along -> maximum"},
        "prosody/features/frames.py": {"measure -> float32"},
        "prosody/features/harmonic_kernels.py": {"_harmonicity -> max", "_harmonicity -> min"},
        "prosody/features/kernels.py": {"cepstral_peaks -> float32"},
        "prosody/features/pitch.py": {"_look_around -> maximum"},
        "prosody/features/pitch_kernels.py": {
            *("likeliest -> max", "smooth_pitch -> max", "smooth_pitch -> min"),
        },
        "prosody/intervals.py": {"correlation_interval -> clip"},
    },
    "the grid on which something is looked for, and how often it is gone over": {
        "diarize/recording/crosstalk.py": {"_delay -> max"},
        "diarize/recording/recorder_clocks.py": {"_onsets -> full"},
        "diarize/recording/shaped.py": {"_between -> butter"},
        "diarize/separation/clustering.py": {"_clustered -> KMeans"},
        "diarize/separation/windows.py": {"refined -> range"},
        "diarize/transcription/fitting.py": {"_Search.best -> _peak", "_Search.best -> range"},
        "diarize/transcription/windows.py": {"_cut_long -> round"},
        "prosody/features/band.py": {"reached_hz -> bins"},
        "prosody/features/frames.py": {"_pyin -> pyin"},
        "prosody/features/harmonic_kernels.py": {"_harmonicity -> range"},
        "prosody/features/harmonics.py": {
            *("_near -> searchsorted", "harmonics -> full", "harmonics -> min"),
        },
        "prosody/features/nuclei.py": {"_peaks -> maximum_filter1d", "find_nuclei -> int"},
        "prosody/features/pitch.py": {"_look_around -> clip"},
        "prosody/features/pitch_kernels.py": {
            *("_near -> floor", "read_signs -> _near", "read_signs -> enumerate"),
            *("read_signs -> floor", "smooth_pitch -> range", "smooth_pitch -> zeros"),
        },
        "prosody/features/spectrum.py": {"_audible -> maximum_filter1d", "_long_constants -> clip"},
        "prosody/listening/contrasts.py": {"_solved -> range"},
    },
    "how a language is spelt and read aloud": {
        "prosody/render/ages.py": {"Ages._is_named -> word", "Ages._is_unit -> word"},
    },
    "the machine: clocks, patience, threads, room": {
        "diarize/models/fetching.py": {"_download -> copyfileobj", "_download -> urlopen"},
        "diarize/recording/register.py": {"_reading -> connect", "_writing -> connect"},
        "diarize/runtime/confined.py": {"_heard -> read"},
        "prosody/batch/run.py": {"_end -> locked"},
        "prosody/features/frames.py": {"_Shelf.__init__ -> max", "threads -> min"},
        "prosody/features/spectrum.py": {"_Room.__init__ -> floats"},
        "prosody/store/bleeping.py": {"clip -> BufferedReader"},
        "prosody/store/over_time.py": {"_rows -> read_small"},
        "prosody/store/voices.py": {"_held -> read"},
        "dashboard/app.py": {"launch.announced -> Timer"},
        "dashboard/packing.py": {"packed -> GZipMiddleware"},
    },
    "what holds where a person says nothing else, as help and the form say": {
        "diarize/recording/consent.py": {"grant -> timedelta"},
        "prosody/cli/analysis.py": {"batch -> option"},
        "prosody/cli/coder.py": {"train -> option"},
    },
    "how much a person is shown, how large and in how many figures": {
        "prosody/render/glyphs.py": {"_outline -> get"},
        "prosody/render/plots.py": {"_offsets -> axvline", "_offsets -> hist", "plotted -> Figure"},
        "prosody/render/svg.py": {
            *("_axes -> stroke", "_axes -> text", "_band -> _y", "_band -> min"),
            *("_clock_step -> next", "_contour_panel -> _axes", "_contour_panel -> _legend"),
            *("_contour_panel -> _y", "_contour_panel -> percentile", "_course_line -> _y"),
            *("_course_line -> min", "_envelope -> full", "_histogram -> range"),
            *("_histogram -> rect", "_histogram -> stroke", "_histogram -> text", "_row -> max"),
            *("_row -> rect", "_row -> stroke", "_row -> text", "contours -> drawing"),
            *("course -> _axes", "course -> _legend", "course -> _y", "course -> drawing"),
            *("offsets -> arange", "offsets -> clip", "offsets -> drawing", "timeline -> drawing"),
        },
        "prosody/store/amend.py": {"_named_as -> range"},
        "prosody/store/bleeping.py": {"_tone -> minimum"},
        "dashboard/panels/review_panel.py": {"_pin -> range"},
    },
}

"""What of the program tests put another in the place of, each with the reason why."""

# By the reason; everywhere else a test passes a value, registers a row, or has real files.
PATCHES: dict[str, dict[str, set[str]]] = {
    "a clock, where waiting would take as long as it measures": {
        "tests/dashboard/test_serving.py": {"dashboard.door.time.monotonic"},
        "tests/dashboard/test_watched.py": {
            *("dashboard.door.time", "dashboard.watched._ASKED_AGAIN_S"),
        },
        "tests/prosody/store/test_clocks.py": {
            *("diarize.recording.register.date", "diarize.recording.register.datetime"),
            "diarize.recording.register_file.date",
            "prosody.store.consented.datetime",
        },
        "tests/prosody/store/test_erasing.py": {
            *("diarize.recording.register.date", "diarize.recording.register_file.date"),
        },
        "tests/test_catalogue.py": {"diarize.recording.register.datetime"},
    },
    "a machine that this one is not: without a fork, a program, a network or its weights": {
        "tests/diarize/formats/test_apart.py": {"diarize.formats.apart.possible"},
        "tests/diarize/recording/test_elsewhere.py": {"diarize.recording.ffmpeg.GIVEN"},
        "tests/diarize/runtime/test_confined.py": {"diarize.runtime.confined.own_program"},
        "tests/diarize/separation/test_embedding.py": {"diarize.separation.embedding.installed"},
        "tests/diarize/separation/test_enrolled.py": {"diarize.separation.embedding.installed"},
        "tests/diarize/separation/test_fused.py": {"diarize.separation.networks.find"},
        "tests/prosody/batch/test_embedded.py": {"prosody.batch.embedded.find_spec"},
        "tests/prosody/cli/test_coder.py": {"diarize.models.engine.find_spec"},
        "tests/prosody/features/test_frames.py": {"prosody.features.frames.threads"},
        "tests/prosody/render/test_export.py": {"prosody.render.export.BROWSERS"},
        "tests/prosody/store/test_stages.py": {"prosody.store.stages.models_of"},
        "tests/test_models.py": {"diarize.models.fetching.WHISPER_HOST"},
    },
    "a digest that pins what ships, so that made-up weights stand for the published ones": {
        "tests/diarize/models/test_catalogue.py": {"diarize.models.catalogue.WHISPER_SHA256"},
        "tests/diarize/separation/test_embedding.py": {
            "diarize.separation.embedding.WEIGHTS_SHA256"
        },
        "tests/diarize/separation/test_hums.py": {"diarize.separation.hums.WEIGHTS"},
        "tests/test_models.py": {"diarize.models.catalogue.WHISPER_SHA256"},
    },
    "a size of what is worked on at once, which changes no result: small, so that several are": {
        "tests/diarize/separation/test_overlap.py": {"diarize.separation.overlap._BLOCK"},
        "tests/diarize/separation/test_separation.py": {"diarize.separation.embedding._BLOCK_S"},
        "tests/prosody/features/test_frames.py": {"prosody.features.frames.BLOCK_FRAMES"},
    },
    "an engine or a network, whose answer the test needs to know": {
        "tests/diarize/separation/test_pyannote.py": {"diarize.separation.pyannote.separate"},
        "tests/prosody/store/test_enrolment.py": {
            *("diarize.separation.enrolled.make", "diarize.separation.table.separate"),
            *("prosody.store.library.Library.find", "prosody.store.library.Library.load"),
        },
        "tests/prosody/test_kept_channels.py": {
            *("prosody.kept_channels._persons_change", "prosody.kept_channels._by_voice"),
            *("prosody.kept_channels.own_speech", "prosody.kept_channels.judged"),
        },
        "tests/prosody/test_engines.py": {
            *("diarize.separation.activity.speech_probability", "prosody.engines.SEPARATORS"),
        },
    },
    "a failure in the middle of something, or a way into another process": {
        "tests/dashboard/pages/test_adding.py": {"dashboard.pages.adding.Beside"},
        "tests/dashboard/panels/test_history_panel.py": {
            "dashboard.panels.told.waiting",
            "dashboard.view.player.mount",
        },
        "tests/diarize/transcription/test_whisper.py": {"diarize.transcription.whisper.write_down"},
        "tests/prosody/batch/test_beside.py": {"prosody.batch.beside.begun"},
        "tests/prosody/store/test_encrypting.py": {
            *("prosody.store.encrypting._seal", "prosody.store.database.Database.scrub"),
        },
        "tests/prosody/test_options.py": {"prosody.store.add.add_session"},
    },
    "what is made of the same sound each time, made once: the function itself makes it": {
        "tests/prosody/test_round_trip.py": {"prosody.engines.apart", "prosody.pipeline.judged"},
    },
    "which of the rows count, where a figure that ships has taken one out": {
        "tests/dashboard/pages/test_pages.py": {"dashboard.pages.table.table"},
    },
}

"""The house's own rules: short functions and modules, and thresholds where a report shows them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from statistics import median
from typing import Any

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from prosody.settings import Settings
from tests.conftest import LONGEST, ROOT

PACKAGES = ("diarize", "prosody", "dashboard")
BESIDE = ("benchmarks", "sample_audio", "training")
AROUND = ("benchmarks", "training", "sample_audio", "tests")
LONGEST_FUNCTION, USUAL_FUNCTION, LONGEST_MODULE = 45, 12, 400

# Tables of data, which a split would make harder to read.
TABLES = {
    "diarize/settings.py",
    "prosody/settings.py",
    "prosody/listening/behaviours.py",
}
# Tests of one subject, told by one made-up conversation or folder that all of them read: a split
# would put the story in one file and its endings in another.
ONE_STORY = {
    "tests/diarize/formats/test_formats.py",
    "tests/diarize/test_conversation.py",
    "tests/prosody/cues/test_turn_taking.py",
    "tests/prosody/cues/test_warmth.py",
    "tests/prosody/features/test_frames.py",
    "tests/prosody/listening/test_found.py",
    "tests/prosody/store/test_corrections.py",
    "tests/prosody/test_catalogue.py",
    "tests/test_samples.py",
}
NUMBER = re.compile(r"^(_?[A-Z][A-Z_0-9]*)(?:: \w+)? = [-0-9.]+", re.M)

# Numbers of a module that are no thresholds: nobody would choose them otherwise for another
# recording, or they say what something else was made with. Everything else belongs in Settings.
NO_THRESHOLDS = {
    # sample rates, grids and windows that networks, weights and file formats were made for
    "diarize/formats/json.py": {"_SAMPLE_RATE"},
    "diarize/recording/admission.py": {"_BLOCK"},
    "diarize/recording/audio.py": {"_BLOCK"},
    "diarize/recording/recorder_clocks.py": {"_HOP", "_BLOCK", "_AROUND"},
    "diarize/recording/container.py": {"_HEAD", "_MARK"},
    "diarize/recording/flac.py": {"_HEAD"},
    "diarize/recording/framed.py": {"_HEAD", "_FRAMES_PER_S"},
    "diarize/recording/gain.py": {"_ROWS"},
    "diarize/recording/gathering.py": {"RATE_HZ"},
    "diarize/recording/headers.py": {"_HEAD"},
    "diarize/recording/mpeg.py": {
        "_LEAD",
        "_SAME",
        "_CHAIN",
        "_TAG_V1",
        "_APE_HEAD",
        "_DECODER",
        "_THIRD",
    },
    "diarize/recording/ogg.py": {"_HEAD", "_OPUS_HZ"},
    "diarize/recording/plain.py": {"_W64_FIRST"},
    "diarize/recording/sndfile.py": {"_ENDLESS"},
    "diarize/recording/stacking.py": {"_BLOCK"},
    "diarize/recording/tracks.py": {"_BLOCK"},
    "diarize/runtime/memory.py": {"_BLOCK"},
    "diarize/recording/crosstalk.py": {"_HOP", "_AT_ONCE", "_EMPTY"},
    "diarize/recording/channel_repair.py": {"_BLOCK"},
    "diarize/recording/rows.py": {"HOP_S", "_BLOCK"},
    "diarize/separation/activity.py": {
        *("_RATE_HZ", "_HOP", "_STEP", "_CONTEXT", "_PHASES", "_BLOCK"),
    },
    "diarize/separation/builtin.py": {"_HOP"},
    "diarize/separation/campplus.py": {"SIZE", "_RATE_HZ", "_CONTEXT"},
    "diarize/separation/channels.py": {"HOP", "_BLOCK", "_SILENT_DB"},
    "diarize/separation/embedding.py": {
        *("_RATE_HZ", "_HOP", "_FRAME", "_BANDS", "_BATCH", "_LEVEL", "_BLOCK_S"),
    },
    "diarize/separation/fused.py": {
        "_LEAST",  # keeps a logarithm finite
        "_HOP",
    },
    "diarize/separation/hums.py": {
        *("STATES", "LAYERS", "_HOP", "_WINDOW", "_MELS", "_BLOCK"),
        *("_FLOOR", "_RANGE", "_SPOKEN"),  # of the evidence that the weights were fitted to
    },
    "diarize/separation/overlap.py": {
        *("HOP_S", "STATES", "LAYERS", "COLUMNS", "_HOP", "_BANDS", "_PITCH_WINDOW", "_BLOCK"),
        *("_FLOOR", "_AROUND"),  # of the evidence that the weights were fitted to
    },
    "diarize/separation/pyannet.py": {"_SLOPE"},
    "diarize/separation/segmentation.py": {
        *("RATE_HZ", "PEOPLE", "FIRST_S", "FRAME_S", "_WINDOW", "_BATCH"),
    },
    "diarize/separation/murmurs.py": {"_FLOOR", "_BLOCK", "_NEAR"},
    "diarize/separation/windows.py": {"_HOP"},
    "diarize/models/ctranslate2.py": {"_VERSION"},
    "diarize/transcription/cross_attention.py": {"_FRAMES_PER_S", "_SMOOTH"},
    "diarize/transcription/decoding.py": {"_FIRST_MARK_S", "_STEP_S"},
    "diarize/transcription/whisper.py": {"_STAMP_S"},
    "prosody/batch/cluster.py": {"_PATIENCE_S", "_LOOK_S", "_MOST"},
    "prosody/batch/crew.py": {"_GB", "_LOOK_S"},
    "prosody/batch/tables.py": {"_CHUNK"},
    # below these a spread would describe somebody; and how many quarters there are
    "prosody/store/cohort.py": {"_LEAST_SESSIONS", "_LEAST_PAIRS", "_QUARTERS"},
    "prosody/features/frame_files.py": {"SCHEMA"},
    "prosody/features/spectrum.py": {"REACH", "_TINY"},
    "prosody/features/voicing.py": {
        "QUIET_DB",  # stands for digital silence in the evidence that the weights were fitted to
        *("REACH", "_ROWS"),
    },
    "prosody/features/windows.py": {"RATE_HZ", "HOP", "BATCH"},
    "prosody/report/model.py": {"SCHEMA"},
    "prosody/trained/network.py": {"_PIECES", "_TINY"},
    "diarize/models/zipped.py": {"_LENGTH"},
    # units, and what stands for nothing
    "prosody/cues/dyad.py": {"_TOUCHING_S"},
    "prosody/features/candidates.py": {"ABSENT"},
    "prosody/features/nuclei.py": {"NOTHING_DB", "_ROWS"},
    "prosody/listening/from_words.py": {"_BY_PHRASE"},
    "prosody/listening/totals.py": {"_TEN_MINUTES_S"},
    "prosody/cues/composite.py": {"_MIDPOINT"},
    "prosody/intervals.py": {"_Z"},
    "prosody/statistics.py": {"_CONSISTENT"},
    # rows in memory at once, threads, exit codes, clocks of file systems
    "diarize/models/records.py": {"_SETTLED_NS"},
    "diarize/runtime/stopping.py": {"CODE"},
    "diarize/runtime/threads.py": {"_MOST"},
    "diarize/separation/best_path.py": {"_BLOCK"},
    "diarize/separation/pyannote.py": {"_SEGMENTATION_BATCH", "_EMBEDDING_BATCH"},
    "prosody/features/frames.py": {"BLOCK_FRAMES"},
    "prosody/features/pitch.py": {"_ROWS"},
    # how large a file of its kind may be, and how many rows a manifest
    "diarize/runtime/atomic.py": {"_SMALL_BYTES"},
    "diarize/runtime/confined.py": {"_X32"},
    "prosody/batch/manifest.py": {"_ROWS_MAX"},
    # how much a person is shown or may type
    "prosody/render/trends.py": {"_DATES"},
    "prosody/report/trends.py": {"_FULL_HZ", "_WIDE"},  # of the frames; of a 95 % interval
    "diarize/word_traits.py": {"_LONGEST_MARK"},
    "prosody/cli/correct.py": {"_LONGEST"},
    "prosody/cli/doctor.py": {"_ROOM_GB", "_MEMORY_GB"},
    "prosody/cli/look.py": {"_NAMED"},
    "prosody/cues/pacing.py": {"_NAMED"},
    "prosody/cues/warmth.py": {"_LISTED"},
    "prosody/render/export.py": {"_PATIENCE_S"},
    "prosody/render/glyphs.py": {"_APART", "_RADIUS"},
    "prosody/render/plots.py": {"_SMOOTH_FRAMES", "_BIN_S"},
    "prosody/render/drawing.py": {"WIDTH"},
    "prosody/render/svg.py": {"_LEFT", "_ROW_S", "_BINS", "_MARKS"},
    "prosody/store/agenda.py": {"_CONTEXT_S"},
    "prosody/store/database.py": {"_WAIT_S"},
    "prosody/store/sealing.py": {"_CHUNK", "_TAG"},
    "prosody/store/shelf.py": {"_HEAD_BYTES", "_PATIENCE_S"},
    "prosody/store/written.py": {"_LONGEST"},
    "prosody/store/codings.py": {"_MOST_BYTES"},
    "prosody/store/reviews.py": {"CLIPS"},
    "prosody/render/masking.py": {"_MOST_UNCASED"},
    "prosody/store/asking.py": {"_AT_S", "_LONGEST"},
    "prosody/store/asking_behaviours.py": {"_AT_S"},
}


def modules(*packages: str) -> Iterator[tuple[str, str]]:
    """Path from the root, and text, of every module."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def lengths(text: str) -> Iterator[tuple[str, int]]:
    """Name of every function, and lines of its body after the docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            end = node.end_lineno or node.lineno
            yield node.name, end - body[0].lineno + 1 if body else 0


def thresholds(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def test_functions_are_short():
    def found(*packages: str) -> list[tuple[int, str]]:
        return [
            (n, f"{path}: {name}") for path, text in modules(*packages) for name, n in lengths(text)
        ]

    assert [where for n, where in found(*PACKAGES, *AROUND) if n > LONGEST_FUNCTION] == []
    assert median(n for n, _ in found(*PACKAGES)) <= USUAL_FUNCTION


def test_data_walks_one_way_in_annotations_too(tmp_path):
    """The contracts leave out what is imported for types alone; between folders that counts too."""
    said = (ROOT / ".importlinter").read_text("utf-8")
    all_of_it = said.replace("exclude_type_checking_imports = True\n", "")
    assert all_of_it != said
    (tmp_path / "contracts").write_text(all_of_it, "utf-8")
    folders = ("packages", "diarize", "prosody", "dashboard")
    code = lint_imports(str(tmp_path / "contracts"), folders, cache_dir=str(tmp_path))
    assert code == EXIT_STATUS_SUCCESS


def test_modules_answer_one_question():
    found = {path: len(text.splitlines()) for path, text in modules(*PACKAGES, *AROUND)}
    long = {path for path, n in found.items() if n > LONGEST_MODULE}
    assert long - TABLES - ONE_STORY == set()
    assert set(found) >= TABLES | ONE_STORY
    assert max(found[path] for path in ONE_STORY) < 2 * LONGEST_MODULE


def test_thresholds_are_settings_and_so_in_every_report():
    for path, text in modules("diarize", "prosody"):
        assert thresholds(text) == NO_THRESHOLDS.get(path, set()), path


def test_what_is_listed_is_there():
    listed = [*NO_THRESHOLDS, *set(LONGEST) - {"samples"}]
    assert [path for path in listed if not (ROOT / path).is_file()] == []


def test_a_new_threshold_and_a_long_function_are_seen():
    assert thresholds("_LEAST_S = 0.3  # s\nwindow = 3\nN: int = 4\nX = f(2)\n") == {
        "_LEAST_S",
        "N",
    }
    body = "\n".join("    x = 1" for _ in range(50))
    assert list(lengths(f'def long():\n    """Say."""\n{body}\n')) == [("long", 50)]


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, float):
        yield value


def test_a_report_keeps_every_setting_to_its_last_digit():
    assert [n for n in numbers(asdict(Settings())) if n != round(n, 4)] == []

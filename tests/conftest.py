"""What several tests use: recordings made on the spot, the samples analysed, development data."""

import json
import shutil
import sys
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diarize.models.packages import WHISPER, packaged_weights
from diarize.recording import consent
from diarize.runtime.compiling import keep_apart

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_audio"
STEMS = ("attentive", "hurried", "attentive_two_channel", "half_way")
NOT_KEPT = "half_way_words_not_kept"
ANALYSED = (*STEMS, NOT_KEPT)
keep_apart()  # before a worker collects what imports librosa, beside others that do
PATIENCE_S = 300  # no measure: how long what hangs is waited for, on however busy a machine


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the samples' reports say now to tests/golden",
    )


# The files that read the analysed samples, which take long to make.
SAMPLED = (
    "tests/prosody/store/test_without_words.py",
    *("tests/test_findings.py", "tests/test_golden.py"),
)
# What takes longest, and is begun first, so that all cores end together; the rest as it comes.
LONGEST = (
    *("samples", "tests/test_commands.py", "tests/dashboard/test_accessible.py"),
    *("tests/test_models.py", "tests/test_offline.py", "tests/test_two_at_once.py"),
    *("tests/dashboard/test_browser.py", "tests/dashboard/pages/test_pages.py"),
    *("tests/dashboard/test_adding_browser.py", "tests/dashboard/test_finding_the_way.py"),
    *("tests/dashboard/test_over_time.py", "tests/dashboard/test_apart_browser.py"),
    *("tests/diarize/separation/test_pyannote.py", "tests/diarize/separation/test_fused.py"),
    *("tests/prosody/store/test_kills.py", "tests/prosody/store/test_corrections.py"),
    *("tests/prosody/batch/test_cluster.py", "tests/prosody/batch/test_embedded.py"),
    *("tests/diarize/recording/test_nothing_lost.py", "tests/prosody/test_round_trip.py"),
    *("tests/test_docs.py", "tests/test_installed.py", "tests/test_against_librosa.py"),
)


def pytest_collection_modifyitems(items):
    """Begin with the longest, and hold what reads the analysed samples to the files named here."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if "analysed_samples" in item.fixturenames:
            assert group_of(item.nodeid) == "samples", f"{item.nodeid}: add its file to SAMPLED"
        groups.setdefault(group_of(item.nodeid), []).append(item)
    first = [group for group in LONGEST if group in groups]
    items[:] = [item for group in dict.fromkeys([*first, *groups]) for item in groups[group]]


def group_of(nodeid):
    """What is done by one worker: the tests of a file, or of all that read the samples."""
    file = nodeid.split("::", 1)[0]
    return "samples" if file in SAMPLED else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a group to a worker, and not a test: what its tests share is made once.

    Marks that say the group are not read under this pytest (9.2 with xdist 3.8).
    """
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    made = LoadFileScheduling(config, log)
    made._split_scope = group_of
    return made


def tone(seconds: float, rate: int = 16_000, hz: float = 220.0, level: float = 0.3):
    """A steady tone in a little noise; nothing of it is digitally silent."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(1).normal(0, 1e-3, len(time))
    return (level * np.sin(2 * np.pi * hz * time) + noise).astype(np.float32)


@pytest.fixture(autouse=True, scope="session")
def nobodys_models(tmp_path_factory):
    """Weights that a person keeps on this machine change no test, nor do packages with weights."""
    place = tmp_path_factory.mktemp("nobodys_models")
    kept = pytest.MonkeyPatch()
    for variable in ("PROSODY_MODELS", "HF_HOME"):
        kept.setenv(variable, str(place / variable.lower()))
    kept.delenv("HF_HUB_CACHE", raising=False)
    kept.setenv("PROSODY_PACKAGED_WEIGHTS", "off")
    kept.setenv("XDG_DATA_HOME", str(place / "data"))
    yield place
    kept.undo()


_NUMBERS = count()


@pytest.fixture(autouse=True)
def nobodys_register(nobodys_models, monkeypatch):
    """What one test withdraws is not withdrawn in another: each has a register of its own.

    Its folder is made by who writes there; most tests do not.
    """
    monkeypatch.setenv("XDG_DATA_HOME", str(nobodys_models / f"data{next(_NUMBERS)}"))


@pytest.fixture(scope="session")
def analysed_samples(tmp_path_factory, nobodys_models):
    """A library of every sample, and their report.json, its transcript beside it, by its name.

    ``half_way`` is there twice: once more under a consent that does not keep words. It costs most
    of a minute, so tests share it and must not change it.
    """
    from prosody.cli.commands import cli

    place = tmp_path_factory.mktemp("analysed")
    # The same samples in other bytes: a consent binds every copy of a recording's bytes.
    with soundfile.SoundFile(place / f"{NOT_KEPT}.flac", "w", *_same_samples("half_way")) as file:
        file.comment = NOT_KEPT
        file.write(soundfile.read(SAMPLES / "half_way.flac", dtype="int16")[0])
    shutil.copyfile(SAMPLES / "half_way.vtt", place / f"{NOT_KEPT}.vtt")
    consent.grant(place / f"{NOT_KEPT}.flac", by="synthetic", scopes=("analyse", "play_back"))
    reports = {}
    for name in ANALYSED:
        folder = place if name == NOT_KEPT else SAMPLES
        asked = ["--library", place / "library", "--session-id", name, "--quiet", "--json"]
        asked += ["--separator", "auto" if "channel" in name else "builtin"]
        arguments = ["analyze", folder / f"{name}.flac", *asked]
        done = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
        reports[name] = json.loads(done.stdout)
    return place / "library", reports


def _same_samples(name):
    """Rate and channels of a sample."""
    facts = soundfile.info(SAMPLES / f"{name}.flac")
    return facts.samplerate, facts.channels, "PCM_16"


@pytest.fixture(scope="session")
def sample_library(analysed_samples):
    """The library of the samples; tests must not change it."""
    return analysed_samples[0]


@pytest.fixture(scope="session")
def sample_reports(analysed_samples):
    """report.json of every sample by its name; tests must not change them."""
    return analysed_samples[1]


@pytest.fixture
def consented(tmp_path):
    """Write samples to a file with a consent record beside it, and give its path."""

    def make(samples, rate=16_000, name="recording.wav", *, scopes=consent.SCOPES, **options):
        path = tmp_path / name
        soundfile.write(path, samples, rate, **options)
        consent.grant(path, by="test-1", scopes=scopes, today=date.today())
        return path

    return make


_WATCHED: list[list[str]] = []


def _audit(event, arguments):
    opened = event == "open" and arguments[1] is not None  # None is of `os.open`, under `open`
    if _WATCHED and (opened or event in ("os.listdir", "os.scandir")):
        _WATCHED[-1].append(str(arguments[0]))


sys.addaudithook(_audit)  # for good: a hook cannot be taken away


@pytest.fixture
def touched():
    """Every file that is opened, and every folder that is listed, as Python itself reports it."""
    found: list[str] = []
    _WATCHED.append(found)
    yield found
    _WATCHED.remove(found)


@pytest.fixture
def development_data():
    """The folder of real recordings beside the project, or a skip where it is not."""
    folder = ROOT.parent / "shared" / "data"
    if not (folder / "index.json").is_file():
        pytest.skip("the development data is not on this machine")
    return folder


def retold(report, **changes):
    """Give a report whose conversation has other utterances, silences or casting."""
    return replace(report, conversation=replace(report.conversation, **changes))


def wordless(report):
    """Give a report as it is where there is no transcript."""
    turns = tuple(replace(u, words=()) for u in report.turns)
    return retold(report, utterances=turns, has_words=False, unplaced=())


@pytest.fixture(scope="session")
def packaged_whisper():
    """Whisper's weights from packages, where they are installed; other tests do without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PROSODY_PACKAGED_WEIGHTS", raising=False)
        found = packaged_weights(WHISPER)
    if found is None:
        pytest.skip("the packages with weights are not installed")
    return found

"""The worked examples of the docs find an effect that was planted in the tables they read."""

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from diarize.messages import message
from prosody.batch import tables
from prosody.features.frame_files import save
from prosody.store.library import Entry, Library
from tests.conftest import ROOT
from tests.prosody.conftest import keep

EXAMPLES = ROOT / "docs" / "examples"
SLOPE = 0.03
PAIRS, EACH = 12, 5


@pytest.fixture(scope="module")
def written(tmp_path_factory, report, frames):
    """Sessions in which the client says a little more each time; one has no value."""
    rng = np.random.default_rng(8)
    folder = tmp_path_factory.mktemp("planted")
    for pair in range(PAIRS):
        level = rng.normal(0.5, 0.1)
        for order in range(1, EACH + 1):
            share = float(level + SLOPE * order + rng.normal(0, 0.02))
            lost = (pair, order) == (3, 2)
            measures = tuple(
                _told(m, None if lost else share)
                if (m.cue, m.role) == ("talk.share", "client")
                else m
                for m in report.measures
            )
            entry = Entry(
                f"s-{pair}-{order}",
                report.recording.sha256,
                "2030-01-01",
                31.0,
                dyad_id=f"d-{pair}",
                date=f"2030-01-{order:02d}",
            )
            made = replace(report, measures=measures)
            keep(folder / "l", entry, made, lambda to: save(frames, to))
    tables.write(Library(folder / "l"), folder / "tables", formats=("csv",))
    return folder / "tables"


def _told(measure, value):
    if value is None:
        few = message("measure.few_changes", n=0, least=1)
        return replace(measure, value=None, low=None, high=None, reliable=False, reason=few)
    return replace(measure, value=value)


def found(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"(\w+)=(-?[\d.]+)", done.stdout))


def recovers(numbers):
    assert (numbers["sessions"], numbers["left_out"]) == (str(PAIRS * EACH - 1), "1")
    assert numbers["few_changes"] == "1"  # why it is left out
    assert numbers["pairs"] == str(PAIRS)
    assert float(numbers["low"]) < SLOPE < float(numbers["high"])
    assert float(numbers["low"]) > 0


def test_the_example_in_python_recovers_what_was_planted(written):
    recovers(found([sys.executable, EXAMPLES / "mixed_model.py", written]))


def r():
    """Give the command of R with a package for mixed models, which a bare R lacks."""
    program = shutil.which("Rscript")
    has = "quit(status = !requireNamespace('lme4') && !requireNamespace('nlme'))"
    if program is None or subprocess.run([program, "-e", has], capture_output=True).returncode:
        pytest.skip("R is not on this machine, or has neither lme4 nor nlme")
    return program


def test_the_example_in_r_recovers_what_was_planted(written):
    recovers(found([r(), EXAMPLES / "mixed_model.R", written]))


@pytest.mark.parametrize("ending", ["py", "R"])
def test_too_few_sessions_are_said_in_one_line(written, tmp_path, ending):
    """As of the two sessions that the guide begins with."""
    head, *rows = (written / "sessions.csv").read_text("utf-8").splitlines()
    (tmp_path / "sessions.csv").write_text("\n".join([head, *rows[:2], ""]), "utf-8")
    program = sys.executable if ending == "py" else r()
    command = [program, EXAMPLES / f"mixed_model.{ending}", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("too few to fit: 2 sessions of ")


def test_the_slurm_example_asks_for_workers_that_speak_tls(tmp_path):
    pytest.importorskip("dask_jobqueue")
    spec = importlib.util.spec_from_file_location("slurm", EXAMPLES / "slurm_cluster.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from tests.prosody.batch.test_cluster import certified

    certified(tmp_path / "certificates", "ours")
    with module.cluster(tmp_path) as made:
        script = made.job_script()
        assert made.scheduler_address.startswith("tls://")
    assert "--tls-key" in script and "#SBATCH" in script and "--nthreads 1" in script

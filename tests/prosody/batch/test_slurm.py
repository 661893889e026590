"""The example for Slurm on a real Slurm of one node; skipped where none can be started."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prosody.store import ledger
from prosody.store.library import Library
from tests.conftest import ROOT, tone
from tests.prosody.batch.test_cluster import certified, free_port
from tests.prosody.store.test_postgresql import address  # noqa: F401

EXAMPLE = ROOT / "docs" / "examples" / "slurm_cluster.py"
NODE = """
ClusterName=one
SlurmctldHost={host}
SlurmctldAddr=127.0.0.1
SlurmctldPort={first}
SlurmdPort={second}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/node.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/node.log
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000
PartitionName=normal Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def begun(name, *options):
    """Start one of Slurm's programs, which stays in the foreground."""
    return subprocess.Popen(
        [shutil.which(name), *map(str, options)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def slurm(tmp_path):
    """One node that runs what is submitted; gives the variables by which it is found."""
    needed = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch")
    if not all(map(shutil.which, needed)):
        pytest.skip("Slurm is not on this machine")
    key = tmp_path / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host = os.uname().nodename.partition(".")[0]
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "")
    settings = tmp_path / "slurm.conf"
    filled = {"host": host, "user": user, "folder": tmp_path}
    settings.write_text(NODE.format(first=free_port(), second=free_port(), **filled))
    for name in ("state", "spool"):
        (tmp_path / name).mkdir()
    found = {"SLURM_CONF": str(settings)}
    places = [f"--{name}={tmp_path}/munge.{name}" for name in ("socket", "pid-file", "seed-file")]
    running = [
        begun("munged", "--foreground", "--force", f"--key-file={key}", *places),
        begun("slurmctld", "-D", "-f", settings),
        begun("slurmd", "-D", "-f", settings),
    ]
    try:
        _wait_for_a_node(found)
        yield found
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def _wait_for_a_node(found):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        asked = ["sinfo", "--noheader", "--format=%T"]
        told = subprocess.run(
            asked, env={**os.environ, **found}, capture_output=True, text=True, check=False
        )
        if told.stdout.strip() == "idle":
            return
        time.sleep(1)
    pytest.skip("no node of Slurm could be started")


def test_the_example_hands_a_batch_to_workers_that_slurm_begins(
    slurm,
    consented,
    tmp_path,
    address,  # noqa: F811
):
    pytest.importorskip("dask_jobqueue")
    home = tmp_path / "home"
    (home / "library").mkdir(parents=True)
    (home / "library" / "database.url").write_text(address)
    certified(home / "certificates", "ours")
    rows = [consented(tone(0.5, hz=200 + 20 * n), name=f"{n}.wav").name for n in (1, 2, 3)]
    (tmp_path / "m.csv").write_text("\n".join(["recording", *rows]) + "\n")
    text = EXAMPLE.read_text("utf-8")
    for said, here in (('Path("/shared/sessions")', f"Path({str(home)!r})"), ("= 20", "= 1")):
        assert text.count(said) == 1
        text = text.replace(said, here)
    (tmp_path / "example.py").write_text(text, "utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, **slurm, "PATH": path, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, tmp_path / "example.py", tmp_path / "m.csv"]
    done = subprocess.run(
        command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = ledger.last(Library(home / "library"))
    assert [line.status for line in lines] == ["done"] * len(rows)
    assert list((home / "logs").iterdir())  # a worker was Slurm's
    queue = subprocess.run(
        ["squeue", "--noheader"], env=variables, capture_output=True, text=True, check=True
    )
    assert not queue.stdout.strip() or " CG " in queue.stdout  # none is left behind

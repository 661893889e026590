"""A batch on a cluster: workers killed, the scheduler begun anew, files that one cannot see."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from diarize.runtime.program import environment
from prosody.batch.cluster import Cluster, Reach, analysed
from prosody.batch.crew import Limits
from prosody.batch.manifest import Job
from prosody.batch.run import Outcome, run
from prosody.store import ledger
from prosody.store.backups import check
from prosody.store.library import Library
from tests.conftest import ROOT, tone
from tests.prosody.store.test_postgresql import address  # noqa: F401
from tests.said import refused

pytest.importorskip("distributed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Machines:
    """A scheduler and workers, each a process of its own, as on machines of their own."""

    def __init__(self, folder, certificates=None):
        self.folder, self.tls = folder, []
        self.port = free_port()
        self.address = f"{'tls' if certificates else 'tcp'}://127.0.0.1:{self.port}"
        for name, file in (("ca-file", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem")):
            self.tls += [f"--tls-{name}", certificates / file] if certificates else []
        self.at_work = []
        self.scheduler = self._scheduler()

    def begin(self, what, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1"]
        process = subprocess.Popen(
            [*command, *map(str, (*self.tls, *options))],
            cwd=self.folder,
            env={**environment(), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.at_work.append(process)
        return process

    def worker(self, *options):
        options = ("--nthreads", 1, "--no-dashboard", "--no-nanny", *options)
        return self.begin("worker", self.address, *options)

    def kill(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart(self):
        self.kill(self.scheduler)
        self.scheduler = self._scheduler()

    def _scheduler(self):
        protocol = ("--protocol", "tls") if self.tls else ()
        return self.begin("scheduler", "--port", self.port, "--no-dashboard", *protocol)

    def reached(self, **options):
        until = time.monotonic() + 60
        while True:
            try:
                return Cluster(Reach(self.address, **options), Limits(minutes=5))
            except ValueError:
                if time.monotonic() > until:
                    raise

    def end(self):
        for process in self.at_work:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def machines(tmp_path):
    made = Machines(tmp_path)
    yield made
    made.end()


@pytest.fixture
def jobs(consented):
    return [
        Job(n, consented(tone(0.5, hz=200 + 20 * n), name=f"{n}.wav"), {}, {"session_id": f"s-{n}"})
        for n in range(1, 7)
    ]


def test_a_batch_outlives_a_worker_and_its_scheduler(machines, jobs, tmp_path):
    workers = [machines.worker() for _ in range(2)]
    cluster = machines.reached()
    told = threading.Event()
    found: list[Outcome] = []

    def whole():
        found.extend(run(jobs, tmp_path / "l", crew=cluster, told=lambda *_: told.set()))

    batch = threading.Thread(target=whole)
    batch.start()
    assert told.wait(120)
    machines.kill(workers[0])
    machines.restart()
    machines.kill(workers[1])
    machines.worker()
    batch.join(240)
    # One that was saved when its worker ended is found there by the next, as unchanged.
    assert {o.status for o in found} <= {"done", "skipped"} and len(found) == len(jobs)
    assert sum(o.status == "skipped" for o in found) <= 2  # as many as workers that ended
    assert {entry.session_id for entry in Library(tmp_path / "l").sessions({})} == {
        job.labels["session_id"] for job in jobs
    }
    lines = ledger.last(Library(tmp_path / "l"))
    assert [line.status for line in lines] == [o.status for o in sorted(found, key=lambda o: o.row)]


def test_two_workers_share_a_library_in_postgresql(machines, jobs, tmp_path, address):  # noqa: F811
    """As several machines do: one is killed in the middle, and every row is there once."""
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "database.url").write_text(address)
    workers = [machines.worker() for _ in range(2)]
    cluster = machines.reached()
    killed: list[int] = []

    def told(outcome, done, of):
        if not killed:
            killed.append(workers[0].pid)
            machines.kill(workers[0])

    outcomes = run(jobs, tmp_path / "l", crew=cluster, told=told)
    assert killed and {o.status for o in outcomes} <= {"done", "skipped"}
    library = Library(tmp_path / "l")
    assert [e.session_id for e in library.sessions()] == [job.labels["session_id"] for job in jobs]
    assert library.shared and not library.database.path.exists()
    assert [line.row for line in ledger.last(library)] == [job.row for job in jobs]
    assert list(check(library)) == []


def test_a_fault_of_a_worker_is_told_without_the_job(tmp_path):
    """Dask logs what a job raises together with the job, and that names files."""
    found = analysed({"recording": "n" * 5000, "library": str(tmp_path)}, Limits())
    assert found["code"] == "batch.fault" and "nnn" not in found["reason"]


@pytest.fixture
def lost(tmp_path):
    """A job that whichever worker has it answers at once: it does not see the recording."""
    (tmp_path / "l").mkdir()
    files = {"recording": str(tmp_path / "elsewhere.wav"), "library": str(tmp_path / "l")}
    return {**files, "values": {}, "labels": {}, "force": False}


def test_a_job_goes_to_a_worker_that_has_the_label_and_only_there(machines, lost):
    machines.worker()
    alone = machines.reached(label="GPU", patience_s=3.0)
    assert alone.do(lost)["code"] == "batch.cluster_empty"
    alone.end()
    machines.worker("--resources", "GPU=1")
    found = machines.reached(label="GPU")
    assert found.do(lost)["code"] == "batch.not_seen"
    found.end()


def certified(folder, name):
    """Make an authority of this name, and a certificate that it signed."""
    folder.mkdir()
    start = datetime.now(UTC) - timedelta(days=1)

    def signed(subject, key, by, issuer, *, authority):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(by, hashes.SHA256())
        )

    def named(what):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {what}")])

    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = signed(named("authority"), root, root, named("authority"), authority=True)
    certificate = signed(named("worker"), own, root, named("authority"), authority=False)
    pem = serialization.Encoding.PEM
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(own.private_bytes(pem, form, secret))
    return folder


def test_a_cluster_with_certificates_lets_in_nobody_with_others(lost, tmp_path):
    ours, theirs = certified(tmp_path / "ours", "ours"), certified(tmp_path / "theirs", "theirs")
    machines = Machines(tmp_path, ours)
    try:
        machines.worker()
        cluster = machines.reached(certificates=ours)
        assert cluster.do(lost)["code"] == "batch.not_seen"  # a worker has answered
        cluster.end()
        with refused("batch.no_scheduler"):
            Cluster(Reach(machines.address, theirs), Limits())
    finally:
        machines.end()


@pytest.mark.parametrize(
    ("where", "certificates", "code"),
    [
        ("tcp://192.0.2.7:8786", False, "batch.open_line"),
        ("tls://192.0.2.7:8786", False, "batch.no_certificates"),
        ("tls://192.0.2.7:8786", True, "disk.missing"),
        ("tcp://user:hunter2@127.0.0.1:8786", False, "batch.no_address"),
        ("http://127.0.0.1:8786", False, "batch.no_address"),
        ("tcp://127.0.0.1:1", False, "batch.no_scheduler"),
    ],
)
def test_who_may_not_be_spoken_to_is_refused(tmp_path, where, certificates, code):
    folder = tmp_path if certificates else None
    with refused(code) as caught:
        Cluster(Reach(where, folder), Limits())
    assert "hunter2" not in str(caught.value)

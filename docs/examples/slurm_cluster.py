"""Workers on a Slurm cluster, and the batch that uses them.

Edit the partition, the limits and the folder, then run it where jobs may be submitted::

    python slurm_cluster.py MANIFEST.csv

The folder is on a drive that all nodes share. It holds the certificates of `docs/cluster.md` and a
library whose ``database.url`` names a PostgreSQL database, on a host that the variable
``PROSODY_DATABASE_HOSTS`` names where the jobs are submitted; Slurm hands variables on to the
nodes. What the workers print, addresses and codes, stands in its folder ``logs``.
"""

import subprocess
import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster
from distributed import Security

HOME = Path("/shared/sessions")
PARTITION = "normal"
WORKERS = 20


def cluster(home: Path = HOME) -> SLURMCluster:
    """Describe a worker: one recording at a time, on two cores."""
    certificates = home / "certificates"
    security = Security(
        tls_ca_file=str(certificates / "ca.pem"),
        tls_client_cert=str(certificates / "cert.pem"),
        tls_client_key=str(certificates / "key.pem"),
        tls_scheduler_cert=str(certificates / "cert.pem"),
        tls_scheduler_key=str(certificates / "key.pem"),
        tls_worker_cert=str(certificates / "cert.pem"),
        tls_worker_key=str(certificates / "key.pem"),
        require_encryption=True,
    )
    return SLURMCluster(
        queue=PARTITION,
        cores=1,
        processes=1,
        job_cpu=2,
        memory="6GB",
        walltime="12:00:00",
        protocol="tls",
        security=security,
        shared_temp_directory=str(certificates),
        log_directory=str(home / "logs"),
        # dask serves a page about its state without TLS: here to the machine itself alone
        worker_extra_args=["--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
        scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    )


def main(manifest: str) -> int:
    """Ask for workers, and hand the batch to them."""
    with cluster() as made:
        made.scale(jobs=WORKERS)
        command = ["prosody", "batch", manifest, "--library", str(HOME / "library")]
        command += ["--cluster", made.scheduler_address]
        command += ["--certificates", str(HOME / "certificates")]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

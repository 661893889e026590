"""A batch on this machine alone: a scheduler of dask and one worker of it inside this process.

Conventions
-----------
The jobs take the same way as on many machines (`prosody.batch.cluster`): the worker hands each to
a watched process. Nothing listens on the network, no page is served, no file is left. What is done
already, and what is refused before it is decoded, is found out by the watched processes alone until
the cluster begins with the first recording that is to be analysed. Where dask is not installed, the
watched processes are handed their jobs directly.
"""

import logging
import shutil
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from prosody.batch.child import TO_DO
from prosody.batch.cluster import Cluster, Reach, hand_to
from prosody.batch.crew import Crew, Limits

if TYPE_CHECKING:
    from distributed.deploy.spec import SpecCluster

__all__ = ["Embedded"]

# Nothing of dask's is moved, spilt to disk, served or profiled here, so it need not look after it:
# as it comes, it takes a twentieth of a core while a recording is analysed.
_QUIET: dict[str, Any] = {
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.system-monitor.interval": "1 minute",
    "distributed.admin.tick.interval": "1s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.preload": [],
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.preload": [],
    "distributed.worker.profile.enabled": False,
}
_CLOSE_S = 2.0
_HERE = "127.0.0.1"


class Embedded:
    """As many recordings at once as asked for, by a cluster of one machine; made as a `Crew` is."""

    def __init__(self, size: int, limits: Limits) -> None:
        self.size, self._limits = size, limits
        self._crew = Crew(size, limits)
        self._lock = threading.Lock()
        self._inside: SpecCluster | None = None
        self._cluster: Cluster | None = None

    def do(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Have a recording analysed if it is not done, and wait; as `prosody.batch.crew`."""
        if find_spec("distributed") is None:
            return self._crew.do(job)
        # Once there is a cluster, looking first whether a recording is done would be looking twice.
        if self._cluster is None and not job["force"]:
            found = self._crew.do({**job, "analyse": False})
            if found.get("code") != TO_DO:
                return found
        with self._lock:
            cluster = self._cluster or self._begin()
        return cluster.do(job)

    def _begin(self) -> Cluster:
        """Begin the cluster; the lock is held."""
        self._inside = inside = _begun(self.size)
        hand_to(self._crew, inside.workers[0].address)
        self._cluster = Cluster(Reach(inside.scheduler_address), self._limits)
        return self._cluster

    def end(self) -> None:
        """End every process and the cluster."""
        if self._cluster is not None:
            self._cluster.end()  # first: what its processes say when they are ended is no answer
        self._crew.end()
        if self._inside is not None:
            hand_to(None, self._inside.workers[0].address)
            with suppress(Exception):  # all that it held is gone already
                self._inside.close(timeout=_CLOSE_S)
        self._inside = self._cluster = None


def _begun(size: int) -> "SpecCluster":
    """Begin a scheduler and a worker that listen to this process alone."""
    import dask
    from distributed import Scheduler, Worker
    from distributed.comm.inproc import global_manager
    from distributed.deploy.spec import SpecCluster

    dask.config.set(_QUIET)
    # To name itself dask would ask the system for the way to an address on the internet.
    global_manager._ip = _HERE
    # dask makes a folder for what it might spill, and imports from there first: it gets one that
    # nobody else may write to, which is gone before the first job.
    folder, imported_from = mkdtemp(), list(sys.path)
    common = {"protocol": "inproc://", "dashboard": False, "local_directory": folder}
    worker = {**common, "nthreads": size, "memory_limit": 0}
    try:
        return SpecCluster(
            scheduler={"cls": _unserved(Scheduler), "options": common},
            workers={0: {"cls": _unserved(Worker), "options": worker}},
            silence_logs=logging.CRITICAL,
        )
    finally:
        sys.path[:] = imported_from
        shutil.rmtree(folder, ignore_errors=True)


def _unserved(kind: type) -> type:
    """Give a server of dask without its web pages, which would open a port to everybody."""
    return type(kind.__name__, (kind,), {"start_http_server": lambda *_, **__: None})

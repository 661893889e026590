"""A batch on many machines: the same jobs, handed to workers of dask.distributed.

Conventions
-----------
Only what a job says leaves this machine: paths, options and codes, never sound and never a word;
every machine reads the recordings and the library from a drive that all of them see. A worker of
the cluster hands the job to a watched process of its own (`prosody.batch.crew`), so nothing of a
session stays in it, and limits hold there as they do here. dask unpickles what arrives, so off
this machine the cluster speaks TLS with certificates that both sides check, or not at all. dask
remembers nothing after its end: what is done is in the library, and a batch that is begun again
goes on.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from diarize.errors import Refused
from diarize.messages import message
from prosody.batch.crew import Crew, Ended, Limits

if TYPE_CHECKING:
    from distributed import Client, Security

__all__ = ["Cluster", "Reach", "analysed", "hand_to", "secured"]

_CERTIFICATES = ("ca.pem", "cert.pem", "key.pem")
_PATIENCE_S = 300.0  # that a scheduler, or the last worker, may be away
_LOOK_S = 2.0
_MOST = 256  # jobs that are handed over at once
_crews: dict[str, Crew] = {}  # of the workers in this process, by their addresses
_begin = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a cluster is and how it is spoken to.

    Parameters
    ----------
    address : str
        Of its scheduler, ``tls://host:port``; ``tcp://`` on this machine alone.
    certificates : Path, optional
        A folder with ``ca.pem``, ``cert.pem`` and ``key.pem``.
    label : str, optional
        A resource that a worker must have to get a job, such as ``GPU``.
    patience_s : float
        How long the scheduler, or every worker, may be away before a recording counts as failed.
    """

    address: str
    certificates: Path | None = None
    label: str | None = None
    patience_s: float = _PATIENCE_S

    @property
    def here(self) -> bool:
        """Whether the scheduler is on this machine."""
        return _here(urlsplit(self.address).hostname or "")


class Cluster:
    """The workers of a scheduler that runs already.

    Parameters
    ----------
    reach : Reach
        Where it is.
    limits : Limits
        For each recording.

    Raises
    ------
    Refused
        If dask is not installed, the address is no scheduler's or may not be spoken to, or the
        certificates are not there.
    """

    def __init__(self, reach: Reach, limits: Limits) -> None:
        self._reach, self._limits = reach, limits
        self._security = secured(reach)
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._over = False
        with self._lock:
            self._connect()

    @property
    def size(self) -> int:
        """How many jobs are handed over at once; workers that join later find some waiting."""
        return _MOST

    def do(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Have a recording analysed by some worker, and wait for it; as `prosody.batch.crew`."""
        found = self._handed_over(job)
        if self._over:
            raise Ended
        return found

    def _handed_over(self, job: Mapping[str, Any]) -> dict[str, Any]:
        blind: set[str] = set()
        away_since: float | None = None
        while True:
            try:
                found = self._asked(job, blind)
            except _gone():
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > self._reach.patience_s or self._over:
                    return _failed("batch.cluster_gone")
                time.sleep(_LOOK_S)
                continue
            except _killed():
                return _failed("batch.cluster_killed")
            except _Nobody as nobody:
                return _failed(nobody.code)
            if found.get("code") != "batch.not_seen":
                return found
            blind.add(str(found["worker"]))

    def _asked(self, job: Mapping[str, Any], blind: set[str]) -> dict[str, Any]:
        """Hand a job over to a worker that may see its files, and wait."""
        with self._lock:
            client = self._connect()
        seen = self._workers(client) - blind if blind else set()  # asking costs a round trip
        if blind and not seen:
            raise _Nobody("batch.not_seen")
        future = client.submit(
            analysed,
            dict(job),
            self._limits,
            pure=False,
            workers=sorted(seen) if blind else None,
            resources={self._reach.label: 1} if self._reach.label else None,
        )
        alone_since: float | None = None
        while True:
            with suppress(TimeoutError):
                result: dict[str, Any] = future.result(timeout=_LOOK_S)
                return result
            if client.status != "running":
                raise ConnectionError
            if self._workers(client):
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > self._reach.patience_s:
                future.cancel()
                raise _Nobody("batch.cluster_empty")

    def _workers(self, client: "Client") -> set[str]:
        """Addresses of the workers that may get a job."""
        known = client.scheduler_info(n_workers=-1)["workers"]
        label = self._reach.label
        return {a for a, w in known.items() if label is None or label in w.get("resources", {})}

    def _connect(self) -> "Client":
        """Give the connection, made anew if it was lost; the lock is held."""
        from distributed import Client

        if self._client is not None and self._client.status == "running":
            return self._client
        first = self._client is None
        self._close()
        try:
            self._client = Client(
                self._reach.address,
                security=self._security,
                set_as_default=False,
                timeout=_LOOK_S if not first else 4 * _LOOK_S,
            )
        except (OSError, TimeoutError, ValueError):
            if first:
                raise Refused("batch.no_scheduler", address=self._reach.address) from None
            raise ConnectionError from None
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.close(timeout=_LOOK_S)

    def end(self) -> None:
        """Let go of the cluster; a recording that a worker has begun is finished there."""
        self._over = True
        self._close()


class _Nobody(Exception):
    """Nobody can do a job."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def analysed(job: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Do a job in a watched process of this worker's own.

    Parameters
    ----------
    job : mapping
        As `prosody.batch.child.answer` takes it.
    limits : Limits
        Of the recording.

    Returns
    -------
    dict
        As `prosody.batch.child.answer` gives it; ``batch.not_seen`` with the ``worker``'s address
        where this machine cannot see the recording or the library.
    """
    try:
        return _analysed(job, limits)
    except Exception as error:  # dask would log it with the job, which names files
        fault = message("batch.fault", error=type(error).__name__)
        return {"code": fault.code, "reason": str(fault)}


def _analysed(job: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    from distributed import get_worker

    worker = get_worker()
    files = [Path(name) for name in (job["recording"], *job.get("more", ()), job["library"])]
    if not all(path.exists() for path in files):
        return {"code": "batch.not_seen", "worker": worker.address}
    with _begin:
        threads = max(1, worker.state.nthreads)
        crew = _crews.get(worker.address) or Crew(threads, limits)
        _crews[worker.address] = crew
    return crew.do(job)


def hand_to(crew: Crew | None, worker: str) -> None:
    """Have a worker in this process hand its jobs to these processes; to none any more if None.

    Parameters
    ----------
    crew : Crew, optional
        Whose end is its owner's.
    worker : str
        The worker's address.
    """
    with _begin:
        if crew is None:
            _crews.pop(worker, None)
        else:
            _crews[worker] = crew


def _failed(code: str) -> dict[str, Any]:
    said = message(code)
    return {"code": said.code, "reason": str(said)}


def _gone() -> tuple[type[BaseException], ...]:
    """What is raised where the scheduler is away."""
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    return (OSError, CommClosedError, FutureCancelledError, ConnectionError)


def _killed() -> tuple[type[BaseException], ...]:
    """What is raised where one worker after another ended over a job."""
    from distributed import KilledWorker

    return (KilledWorker,)


# Who may be spoken to ---------------------------------------------------------------------------


def secured(reach: Reach) -> "Security | None":
    """Give what a cluster is spoken to with; None for plain words on this machine.

    Raises
    ------
    Refused
        If dask is not installed, the address is none or another machine's without TLS, or the
        certificates are not there.
    """
    if find_spec("distributed") is None:
        raise Refused("batch.no_dask")
    place = urlsplit(reach.address)
    if place.scheme == "inproc":  # a scheduler in this very process
        return None
    if place.scheme not in ("tcp", "tls") or not place.hostname or "@" in place.netloc:
        raise Refused("batch.no_address", address=place.scheme + "://…")
    if reach.certificates is not None:
        return _certified(reach.certificates)
    if place.scheme == "tls":
        raise Refused("batch.no_certificates", files=_CERTIFICATES)
    if not reach.here:
        raise Refused("batch.open_line", address=reach.address)
    return None


def _certified(folder: Path) -> "Security":
    """Give what speaks with the certificates of a folder, and with nobody without."""
    from distributed import Security

    files = [folder / name for name in _CERTIFICATES]
    for path in files:
        if not path.is_file():
            raise Refused("disk.missing", file=str(path))
    authority, certificate, key = map(str, files)
    return Security(
        tls_ca_file=authority,
        tls_client_cert=certificate,
        tls_client_key=key,
        require_encryption=True,
    )


def _here(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""An analysis beside whoever asked for it: it goes on by itself, is looked at and can be ended."""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from diarize.runtime.program import begun

__all__ = ["Beside", "InTurn"]


class Beside:
    """A recording that is analysed in a process of its own.

    Parameters
    ----------
    job : mapping
        As `prosody.batch.child.answer` takes it; nothing of it stands in the list of processes.

    Attributes
    ----------
    stage, share : str, float or None
        What is being done, as a code, and how far that step is, from 0 to 1.
    answer : dict or None
        What became of it, as `prosody.batch.child.answer` gives it; None while it runs. A process
        that ended without a word has the code ``batch.died``.
    """

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.stage = "stage.starting"
        self.share: float | None = None
        self.answer: dict[str, Any] | None = None
        self._begun = self._stage_begun = time.monotonic()
        self._stopped = False
        self._process = begun("prosody.batch.child")
        self._follower = threading.Thread(
            target=self._follow, args=(json.dumps({**job, "progress": True}),), daemon=True
        )
        self._follower.start()

    def wait(self) -> dict[str, Any]:
        """Wait until it has ended, and give the answer."""
        self._follower.join()
        return self.answer or {"code": "batch.died"}

    def _follow(self, request: str) -> None:
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            return
        with suppress(OSError), pipe_in:  # it may have ended before it was asked
            pipe_in.write(request)
        for line in pipe_out:
            # A line that a kill cut short, or that Python said before the child kept its output
            # to itself, is no answer.
            with suppress(ValueError, TypeError, KeyError):
                self._take(json.loads(line))
        self._process.wait()
        if self.answer is None:
            self.answer = {"code": "batch.stopped" if self._stopped else "batch.died"}

    def _take(self, said: Mapping[str, Any]) -> None:
        if "stage" not in said:
            self.answer = dict(said)
            return
        if said["stage"] != self.stage:
            self._stage_begun = time.monotonic()
        self.stage, self.share = said["stage"], said["share"]

    @property
    def spent_s(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self._begun

    @property
    def left_s(self) -> float | None:
        """Seconds that the present step may still take; None where nobody can tell yet."""
        if not self.share:
            return None
        return (time.monotonic() - self._stage_begun) * (1 - self.share) / self.share

    def stop(self) -> None:
        """End it; what was in the library stays as it was."""
        self._stopped = True
        self._process.terminate()  # what is half made is undone; Ctrl-C may be switched off in it


class InTurn:
    """Several recordings, each in a process of its own, one after another.

    Parameters
    ----------
    jobs : sequence of mapping
        As of `Beside`; at least one. The first that is refused, or a stop, ends them all.

    Attributes
    ----------
    done, of : int
        How many are there already, and how many there will be.
    answer : dict or None
        That of the last one; None while there is something to do.
    """

    def __init__(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        self.done, self.of = 0, len(jobs)
        self.answer: dict[str, Any] | None = None
        self._begun = time.monotonic()
        self._stopped = False
        self._now = Beside(jobs[0])
        threading.Thread(target=self._follow, args=(jobs[1:],), daemon=True).start()

    def _follow(self, rest: Sequence[Mapping[str, Any]]) -> None:
        answer = self._now.wait()
        for job in rest:
            if self._stopped or "session_id" not in answer:
                break
            self.done += 1
            self._now = Beside(job)
            if self._stopped:  # while this one was begun
                self._now.stop()
            answer = self._now.wait()
        self.done += "session_id" in answer
        self.answer = answer

    @property
    def stage(self) -> str:
        """What is being done, as a code."""
        return self._now.stage

    @property
    def share(self) -> float:
        """How far all of it is, from 0 to 1."""
        return (self.done + 0.9 * (self._now.share or 0.0)) / self.of

    @property
    def spent_s(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self._begun

    @property
    def left_s(self) -> float | None:
        """Seconds that are left; None before the first one is there."""
        return self.spent_s * (self.of - self.done) / self.done if self.done else None

    def stop(self) -> None:
        """End it; those that are there stay."""
        self._stopped = True
        self._now.stop()

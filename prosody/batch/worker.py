"""A worker of a batch, ``python -m prosody.batch.worker``: one recording after another.

Conventions
-----------
A job a line comes on standard input, and what became of it goes to standard output, a line each
(`prosody.batch.child` says what stands in them). Engines stay loaded from one recording to the
next; what belongs to a recording goes with it. Input that ends in the middle of a recording says
that whoever asked is gone: the worker ends on the spot, and the next command takes away what was
half saved.
"""

import gc
import json
import os
import sys
import threading
from queue import SimpleQueue

from prosody.batch.child import answer, answering

__all__ = ["main"]


def main() -> int:
    """Do the jobs on standard input, in their order, until there are no more."""
    jobs: SimpleQueue[str | None] = SimpleQueue()
    busy = threading.Event()
    with answering() as tell:
        threading.Thread(target=_listen, args=(jobs, busy), daemon=True).start()
        while (line := jobs.get()) is not None:
            found = answer(json.loads(line))
            gc.collect()
            gc.freeze()  # what is left is the program: the next look is at what came since alone
            busy.clear()
            tell(found)
    return 0


def _listen(jobs: "SimpleQueue[str | None]", busy: threading.Event) -> None:
    for line in sys.stdin:
        busy.set()
        jobs.put(line)
    if busy.is_set():
        os._exit(1)
    jobs.put(None)


if __name__ == "__main__":
    sys.exit(main())

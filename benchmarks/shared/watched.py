"""CPU seconds and private memory of what a block of code does."""

import ctypes
import gc
import threading
import time
from pathlib import Path

__all__ = ["Watched", "private_mb"]


class Watched:
    """CPU seconds and the most private memory of what is done inside."""

    def __enter__(self) -> "Watched":
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what earlier work freed is not there for this one
        self.before_mb = self.most_mb = private_mb()
        self.began = time.process_time()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self) -> None:
        """Look a hundred times a second until all is done."""
        while not self.done.wait(0.01):
            self.most_mb = max(self.most_mb, private_mb())

    def __exit__(self, *_: object) -> None:
        self.cpu_s = time.process_time() - self.began
        self.most_mb = max(self.most_mb, private_mb())
        self.done.set()
        self.thread.join()

    @property
    def added_mb(self) -> float:
        """The most there was, less what there was before."""
        return self.most_mb - self.before_mb


def private_mb() -> float:
    """Give this process's memory that is not a file's (a mapped file can be dropped)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024

"""Freed blocks go back to the system, where its library can be told so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Blocks of 12 MB with small ones between them: by itself glibc keeps such blocks after a while.
FREED = """
import ctypes, os, sys
from diarize.runtime.memory import given_back
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "yes" and not given_back():
    sys.exit(77)
libc.free(libc.malloc(24 << 20))
def held():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before, blocks = held(), []
for _ in range(10):
    block = libc.malloc(12 << 20)
    ctypes.memset(block, 1, 12 << 20)
    blocks += [block, libc.malloc(100_000)]
for block in blocks[::2]:
    libc.free(block)
print(held() - before)
"""


def kept(told: str) -> int:
    done = subprocess.run([sys.executable, "-c", FREED, told], capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip("this system's library cannot be told")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's count of memory")
def test_freed_blocks_go_back():
    assert kept("yes") < 10 << 20 < kept("no")


# A file that is mapped and read is held until its pages are given back; then it is read again.
MAPPED = """
import os, tempfile
import numpy as np
from diarize.runtime.memory import trimmed
def held():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
with tempfile.TemporaryFile() as file:
    file.write(bytes(range(256)) * (160 << 10))
    array = np.memmap(file, dtype=np.uint8, mode="r")
before = held()
whole = int(array.sum(dtype=np.int64))
read = held()
trimmed(array[5:], np.zeros(3))
print(read - before, read - held(), whole - int(array.sum(dtype=np.int64)))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's count of memory")
def test_pages_of_a_mapped_file_go_back_and_are_read_again():
    done = subprocess.run([sys.executable, "-c", MAPPED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    taken, given, changed = map(int, done.stdout.split())
    assert taken > 30 << 20
    assert given > 0.9 * taken
    assert changed == 0


LOADED = """
import sys
import numpy as np
from diarize.models.finding import find_whisper
from diarize.separation import embedding
from diarize.transcription.whisper import network
found = find_whisper(None, language="en")
network(found, narrow=True)
embedding.mel(np.zeros(16_000, np.float32), 0, 10)
print(found.name, *sorted({"sympy", "librosa"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_opening_what_hears_loads_neither_symbolic_algebra_nor_librosa(packaged_whisper):
    """They hold 200 MB between them, through all of an analysis."""
    known = {k: v for k, v in os.environ.items() if k != "PROSODY_PACKAGED_WEIGHTS"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, env=known, check=True
    )
    assert done.stdout.split() == [packaged_whisper.name]

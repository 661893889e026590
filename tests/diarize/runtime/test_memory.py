"""Freed blocks go back to the system, where its library can be told so."""

import gc
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest

from diarize.runtime.memory import uncollected

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


# Sound of five minutes in a file, walked through by what hears it: no part of it stays behind.
WALKED = """
import sys, tempfile
from pathlib import Path
import numpy as np
from diarize.recording import rows, shaped
from diarize.recording.audio import Audio, save_flac
from diarize.recording.gathering import mapped
from diarize.separation import activity, embedding, hums, murmurs, overlap, segmentation
from diarize.settings import Murmurs
def held():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile")) << 10
seconds = 300
with tempfile.TemporaryFile() as file:
    file.write(np.zeros(16_000 * seconds, "<f4").tobytes())
    samples = mapped(file, 1)[0]
def network(stretch, begins, width):
    import torch
    return torch.zeros(len(begins), 589, 7)
walks = {
    "activity": lambda: activity.speech_probability(samples, 16_000),
    "mel": lambda: [embedding.mel(samples, at, 3000) for at in range(0, 100 * seconds, 3000)],
    "murmurs": lambda: murmurs.sounding(samples, Murmurs()),
    "segmentation": lambda: segmentation.windows(samples, network, step_s=2.5),
    "second pass": lambda: overlap.listen(samples, 50 * seconds),
    "levels": lambda: rows.levels_db(samples, 16_000),
    "holes": lambda: shaped.holes(samples, 16_000, np.zeros(100 * seconds, np.float32)),
    "saving": lambda: save_flac(Audio(samples[None], 16_000, 16_000, samples), Path(sys.argv[2])),
}
walk = walks[sys.argv[1]]
walk()  # what is loaded on the way stays
samples.sum()
whole = held()
walk()
print(whole - held())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's count")
@pytest.mark.parametrize(
    "walk",
    [
        *("activity", "mel", "murmurs", "segmentation", "second pass"),
        *("levels", "holes", "saving"),
    ],
)
def test_sound_that_was_walked_through_is_let_go_of(walk, tmp_path):
    command = [sys.executable, "-c", WALKED, walk, str(tmp_path / "kept.flac")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0.8 * 16_000 * 300 * 4


LOADED = """
import sys
import numpy as np
from diarize.models.finding import find_whisper
from diarize.separation import embedding
from diarize.transcription.whisper import network
found = find_whisper(None, language="en")
network(found, narrow=True)
embedding.mel(np.zeros(16_000, np.float32), 0, 10)
print(found.name, *sorted({"sympy", "librosa", "numba"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_opening_what_hears_loads_nothing_large_that_it_does_not_use(packaged_whisper):
    """Symbolic algebra, librosa and numba hold 260 MB between them, through all of an analysis."""
    known = {k: v for k, v in os.environ.items() if k != "PROSODY_PACKAGED_WEIGHTS"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, env=known, check=True
    )
    assert done.stdout.split() == [packaged_whisper.name]


def test_nobody_looks_for_cycles_until_the_last_that_asked_is_done():
    assert gc.isenabled()
    with uncollected():
        with suppress(ValueError), uncollected():
            raise ValueError
        assert not gc.isenabled()
    assert gc.isenabled()


def test_threads_that_ask_at_once_leave_it_as_it_was():
    meet, seen = Barrier(2, timeout=60), []

    def work(_):
        with uncollected():
            meet.wait()
            seen.append(gc.isenabled())
            meet.wait()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
    assert seen == [False, False] and gc.isenabled()


def test_who_turned_it_off_before_finds_it_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

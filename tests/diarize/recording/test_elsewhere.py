"""Recordings on a machine that lacks what Linux has."""

import os
import shutil
import subprocess
import sys

import pytest
import soundfile

from diarize.recording import ffmpeg
from diarize.settings import Decoding
from tests.conftest import ROOT, tone

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not here")

BARE = """
import ctypes, mmap, os, signal, socket, sys, types
lacking = {os: "fork pidfd_open geteuid getuid sched_getaffinity sysconf waitpid O_NOFOLLOW "
           "O_NONBLOCK O_DIRECTORY mkfifo WIFEXITED", mmap: "MADV_DONTNEED",
           signal: "SIGKILL SIGHUP", socket: "send_fds recv_fds"}
import asyncio, platformdirs, psutil, shutil, subprocess, tempfile  # have a way for each system
sys.modules["resource"] = None
subprocess.os = types.ModuleType("os")  # Python's own keeps what its system has
vars(subprocess.os).update(vars(os))
for module, names in lacking.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
"""
ADMITTED = (
    BARE
    + """
from pathlib import Path
from diarize.recording import confined_decoding
from diarize.runtime.atomic import sha256_of
from diarize.settings import Decoding
path = Path(sys.argv[1])
found = confined_decoding.read(path, sha256_of(path), limits=Decoding())
print(found.sound.samples.shape[1], found.sound.rate)
"""
)
TYPED = BARE + "import prosody.cli.commands as c; c.main()"


def run(program, *words, **more):
    known = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    command = [sys.executable, "-c", program, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=known, check=False)


def test_a_recording_is_read_without_a_process_of_its_own(consented):
    done = run(ADMITTED, consented(tone(3.0)))
    assert done.stdout.split() == ["48000", "16000"], done.stderr


@pytest.mark.parametrize("words", ["list", "doctor"])
def test_commands_need_no_part_of_one_system(tmp_path, words):
    done = run(TYPED, words, *(["--library", tmp_path / "l"] if words == "list" else []))
    assert done.returncode == 0, done.stderr


@needs_ffmpeg
@pytest.mark.parametrize("temporary", [False, True])
def test_a_program_that_knows_no_name_for_what_it_is_given_finds_the_file(
    tmp_path, monkeypatch, temporary
):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(2.0), 16_000)
    monkeypatch.setattr(ffmpeg, "GIVEN", tmp_path / "no such place")
    with path.open("r+b" if temporary else "rb") as file:
        (track,) = ffmpeg.tracks(file, str(path), "wav")
        with ffmpeg.opened(file, str(path), "wav", track, limits=Decoding()) as source:
            heard = sum(block.size for _, block in source.blocks)
    assert source.rate == 16_000 and not source.broken
    assert heard == 32_000

"""The machine's list of processes does not show what a person typed."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a process cannot do so elsewhere")
NAME = "Kumquat Quince.wav"
SHOWS = "from pathlib import Path; print(Path('/proc/self/cmdline').read_bytes())"


def shown(program, *given):
    """What the list shows of a process that runs a program of Python's with arguments."""
    done = subprocess.run([sys.executable, "-c", program, *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_was_typed_is_gone_and_the_name_of_a_command_stays():
    program = f"from diarize.runtime.listed import unlisted; unlisted(('check',)); {SHOWS}"
    said = shown(program, "check", NAME, "--library", "/home/Kumquat")
    assert "check" in said and "Kumquat" not in said
    assert "Kumquat" in shown(SHOWS, "check", NAME)
    assert "doctor" not in shown(program, "doctor", NAME)


def test_a_program_without_arguments_stays_as_it_is():
    assert "unlisted()" in shown(
        f"from diarize.runtime.listed import unlisted; unlisted(); {SHOWS}"
    )


def test_every_command_does_so_before_anything_else():
    program = (
        "import click; from prosody.cli.terminal import run\n"
        "@click.command()\n@click.argument('name')\n"
        f"def check(name):\n    {SHOWS}; print(len(name))\n"
        "run(check, shown=('check',))"
    )
    said = shown(program, NAME)
    assert "Kumquat" not in said and said.endswith(f"{len(NAME)}\n")

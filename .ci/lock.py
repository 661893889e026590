"""Write the five requirements files from pyproject.toml, with hashes.

Needs the program ``uv`` on the path. Run it from the project's root::

    python .ci/lock.py [--upgrade]

Versions that are locked already stay, unless they no longer fit or ``--upgrade`` asks for the
newest of everything.

One resolution serves Python 3.11 and later on every platform. What is never imported is left
out: triton and the CUDA libraries go into a file of their own, installed only beside a CUDA
build of torch (`make` looks); torchcodec is not needed because sound is passed in memory;
webrtcvad needs a compiler and only code we do not use asks for it; and without the client of a
remote diarization service nothing here can upload sound. torch itself has its own file too, so
that a build on disk can be tried first: pip prefers what its index knows by hash, whatever lies
on disk.

requirements-light.txt is what `make light` installs: no engines, and none of what Streamlit asks
for and imports only to show data frames, maps and charts of its own, which no page here has.

requirements-build.txt is setuptools, which builds this project and the one package that comes as
source: installed first, so that pip fetches nothing to build with that has no hash.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

CUDA = re.compile(r"^(nvidia-|cuda-|triton==)")
LEFT_OUT = re.compile(r"^(torchcodec|pyannoteai-sdk|webrtcvad|typing)==")
# The CPU builds of torch 2.13.0 that some machines hold on disk; the index has only CUDA ones.
CPU_TORCH = {
    "cp311 linux x86_64": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
}
HEAD = "# Written by .ci/lock.py; install with: pip install --no-deps --require-hashes -r {name}\n"


PARTS = ("", "-torch", "-cuda")
EXTRAS = ("dev", "engines", "voices", "parquet", "cluster", "figures")
NOT_IN_LIGHT = ("pyarrow", "pydeck", "altair")  # uv leaves out what only these ask for as well


def resolve(extras: Sequence[str], without: Sequence[str], known: str) -> list[str]:
    """Give one block of text per package, with its hashes.

    Parameters
    ----------
    extras : sequence of str
        Of this project, resolved together with it.
    without : sequence of str
        Packages that are left out, whoever asks for them.
    known : str
        Lines of a requirements file, whose versions stay where they fit.
    """
    command = ["uv", "pip", "compile", "pyproject.toml"]
    command += [word for name in extras for word in ("--extra", name)]
    command += ["--generate-hashes", "--universal", "--python-version", "3.11"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    extra = "setuptools>=77\n" if extras else ""
    with TemporaryDirectory() as folder:
        made, left_out = Path(folder) / "requirements.txt", Path(folder) / "without.txt"
        made.write_text(known, "utf-8")
        # For a Python that this project does not run on.
        left_out.write_text("".join(f"{one}; python_version < '3'\n" for one in without), "utf-8")
        command += ["--override", str(left_out), "--output-file", str(made), "-"]
        subprocess.run(command, input=extra, text=True, check=True)
        return re.split(r"\n(?=\S)", made.read_text("utf-8").strip())


def _file(part: str) -> Path:
    return Path(f"requirements{part}.txt")


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest of everything")
    upgrade = parser.parse_args().upgrade
    known = "" if upgrade else "".join(_file(part).read_text("utf-8") for part in PARTS)
    kept, cuda, torch = [], [], []
    for block in resolve(EXTRAS, (), known):
        if LEFT_OUT.match(block):
            continue
        if block.startswith("torch=="):
            ours = (f" \\\n    --hash=sha256:{d}" for d in CPU_TORCH.values() if d not in block)
            block += "".join(ours)
            torch.append(block)
        else:
            (cuda if CUDA.match(block) else kept).append(block)
    light = resolve((), NOT_IN_LIGHT, "\n".join(kept))
    build = [block for block in kept if block.startswith("setuptools==")]
    parts = (*PARTS, "-light", "-build")
    for part, blocks in zip(parts, (kept, torch, cuda, light, build), strict=True):
        text = HEAD.format(name=_file(part)) + "\n".join(blocks) + "\n"
        _file(part).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

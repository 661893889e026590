"""Write the three requirements files from pyproject.toml, with hashes.

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
"""

import argparse
import re
import subprocess
import sys
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


def resolve(upgrade: bool) -> list[str]:
    """Give one block of text per package, with its hashes."""
    command = ["uv", "pip", "compile", "pyproject.toml", "--extra", "dev"]
    for name in ("engines", "voices", "cluster", "figures"):
        command += ["--extra", name]
    command += ["--generate-hashes", "--universal", "--python-version", "3.11"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    # setuptools builds this project inside the environment, without an isolated download.
    extra = "setuptools>=77\n"
    with TemporaryDirectory() as folder:
        made = Path(folder) / "requirements.txt"
        if not upgrade:  # uv keeps what the file it writes to already has
            made.write_text("".join(_file(part).read_text("utf-8") for part in PARTS), "utf-8")
        subprocess.run([*command, "--output-file", made, "-"], input=extra, text=True, check=True)
        return re.split(r"\n(?=\S)", made.read_text("utf-8").strip())


def _file(part: str) -> Path:
    return Path(f"requirements{part}.txt")


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest of everything")
    kept, cuda, torch = [], [], []
    for block in resolve(parser.parse_args().upgrade):
        if LEFT_OUT.match(block):
            continue
        if block.startswith("torch=="):
            ours = (f" \\\n    --hash=sha256:{d}" for d in CPU_TORCH.values() if d not in block)
            block += "".join(ours)
            torch.append(block)
        else:
            (cuda if CUDA.match(block) else kept).append(block)
    for part, blocks in zip(PARTS, (kept, torch, cuda), strict=True):
        text = HEAD.format(name=_file(part)) + "\n".join(blocks) + "\n"
        _file(part).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

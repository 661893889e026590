"""Write the three requirements files from pyproject.toml, with hashes.

Needs the program ``uv`` on the path. Run it from the project's root::

    python .ci/lock.py

One resolution serves Python 3.11 and later on every platform. What is never imported is left
out: triton and the CUDA libraries go into a file of their own, installed only beside a CUDA
build of torch (`make` looks); torchcodec is not needed because sound is passed in memory;
webrtcvad needs a compiler and only code we do not use asks for it; and without the client of a
remote diarization service nothing here can upload sound. torch itself has its own file too, so
that a build on disk can be tried first: pip prefers what its index knows by hash, whatever lies
on disk.
"""

import re
import subprocess
import sys
from pathlib import Path

CUDA = re.compile(r"^(nvidia-|cuda-|triton==)")
LEFT_OUT = re.compile(r"^(torchcodec|pyannoteai-sdk|webrtcvad|typing)==")
# The CPU builds of torch 2.13.0 that some machines hold on disk; the index has only CUDA ones.
CPU_TORCH = {
    "cp311 linux x86_64": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
}
HEAD = "# Written by .ci/lock.py; install with: pip install --no-deps --require-hashes -r {name}\n"


def resolve() -> list[str]:
    """One block of text per package, with its hashes."""
    command = ["uv", "pip", "compile", "pyproject.toml", "--extra", "dev"]
    command += ["--extra", "voices", "--generate-hashes"]
    command += ["--universal", "--python-version", "3.11", "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--quiet", "-"]
    # setuptools builds this project inside the environment, without an isolated download.
    extra = "setuptools>=77\n"
    text = subprocess.run(command, input=extra, text=True, check=True, stdout=subprocess.PIPE)
    return re.split(r"\n(?=\S)", text.stdout.strip())


def main() -> int:
    """Write the files."""
    kept, cuda, torch = [], [], []
    for block in resolve():
        if LEFT_OUT.match(block):
            continue
        if block.startswith("torch=="):
            block += "".join(f" \\\n    --hash=sha256:{digest}" for digest in CPU_TORCH.values())
            torch.append(block)
        else:
            (cuda if CUDA.match(block) else kept).append(block)
    for part, blocks in (("", kept), ("-torch", torch), ("-cuda", cuda)):
        name = f"requirements{part}.txt"
        Path(name).write_text(HEAD.format(name=name) + "\n".join(blocks) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

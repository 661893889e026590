"""Print what the light installation takes on disk, by package, and how much of it is Streamlit's.

Run with the Python of an environment that holds the light installation alone::

    PYTHON .ci/footprint.py

Sizes are disk blocks of installed files, in MB of 2**20 bytes, without and with compiled bytecode.
The closure of a distribution is it and all it asks for, extras left out.
"""

import re
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

MB = 2**20
BLOCK = 512  # bytes of st_blocks
LEAST = 2.0  # MB, below which a package has no row


def plain(name: str) -> str:
    """Give a distribution's name as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(name: str, there: Mapping[str, Distribution]) -> set[str]:
    """Give a distribution and all that it asks for, as far as it is installed."""
    found, left = set[str](), [plain(name)]
    while left:
        one = left.pop()
        if one in found or one not in there:
            continue
        found.add(one)
        asked = (line for line in there[one].requires or () if "extra ==" not in line)
        left += [plain(re.split(r"[^\w.-]", line)[0]) for line in asked]
    return found


def size(found: Distribution) -> tuple[float, float]:
    """Give the MB of a distribution's files: those that came, and bytecode."""
    came = compiled = 0
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if path.is_file():
            taken = path.stat().st_blocks * BLOCK
            if "__pycache__" in file.parts:
                compiled += taken
            else:
                came += taken
    return came / MB, compiled / MB


def main() -> int:
    """Print the table."""
    there = {plain(one.metadata["Name"]): one for one in distributions()}
    ours, theirs = closure("listening-prosody", there), closure("streamlit", there)
    sizes = {name: size(there[name]) for name in ours | theirs}
    print(f"{'package':24} {'version':12} {'MB':>6} {'compiled':>9}  asked for by")
    for name in sorted(sizes, key=lambda one: -sizes[one][0]):
        if sizes[name][0] >= LEAST:
            of = "streamlit" if name in theirs else "this project alone"
            print("{:24} {:12} {:6.1f} {:9.1f}  {}".format(
                name, there[name].version, *sizes[name], of))  # fmt: skip
    for told, names in (("all", ours), ("streamlit and what it asks for", theirs)):
        came, compiled = (sum(sizes[name][part] for name in names) for part in (0, 1))
        print(f"{told}: {len(names)} packages, {came:.0f} MB and {compiled:.0f} MB compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Print how much of each package the tests ran, and of all of it, from what pytest measured."""

import json
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from coverage import Coverage


def main() -> int:
    """Print the table."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        measured = Coverage()
        measured.load()
        measured.json_report(outfile=str(file))
        files = json.loads(file.read_text("utf-8"))["files"]
    lines: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, found in files.items():
        for package in (str(Path(path).parent).replace("/", "."), "total"):
            lines[package][0] += found["summary"]["num_statements"]
            lines[package][1] += found["summary"]["covered_lines"]
    print(f"{'package':32} {'statements':>10} {'run':>7}")
    for package in sorted(lines, key=lambda name: (name == "total", name)):
        statements, run = lines[package]
        print(f"{package:32} {statements:10} {run / max(statements, 1):7.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

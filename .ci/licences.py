"""Write the table of licences of every locked package as docs/licences.md.

Run it from the project's root, in the environment that `make env` makes::

    python .ci/licences.py
"""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path

HEAD = """# Licences

This project is under the MIT licence ([LICENSE](../LICENSE)). What it installs is listed here,
written by `python .ci/licences.py` from the locked files and from what each package says of itself;
of one that is locked in two versions, for older and newer Pythons, both rows have what one says.
Nothing under the GPL is imported; what is under the LGPL is used as it comes and can be replaced:
soxr with libsoxr; libsndfile inside soundfile, with mpg123 and LAME; libquadmath, which wheels of
NumPy and SciPy bring on some machines; and psycopg where a library is in PostgreSQL. GCC's
libgfortran and libgomp in wheels are under the GPL with the runtime exception, by which whatever is
linked with them keeps its licence.

Installed only where somebody asks for it, and not in the table: of the extra `postgresql` psycopg
(LGPL-3.0-only), of `keyring` keyring (MIT), of `fast` faster-whisper and CTranslate2 (MIT), and
beside a CUDA build of torch triton (MIT) and the libraries of requirements-cuda.txt, most of them
under NVIDIA's own licence.

Weights are in [their own note](notes/weights-as-packages.md); `prosody models status` gives the
licence of each.

| package | version | licence |
|---|---|---|
"""
# All but requirements-cuda.txt, of which the head speaks.
LOCKS = (
    "requirements.txt",
    "requirements-light.txt",
    "requirements-build.txt",
    "requirements-torch.txt",
)
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")


def packages() -> Iterator[tuple[str, str]]:
    """Give name and version of every locked package."""
    for lock in LOCKS:
        for line in Path(lock).read_text("utf-8").splitlines():
            if found := _PACKAGE.match(line):
                yield found[1], found[2]


def licence(name: str) -> str | None:
    """Give what a package says of its licence; None where it is not installed here."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return None
    expression = about.get("License-Expression")
    if expression:
        return expression
    classes = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    own = [line for line in classes if line not in ("OSI Approved", "License")]
    if own:
        return ", ".join(own)
    text = (about.get("License") or "").strip().splitlines() or _first_line(name)
    return text[0][:80] if text else "not said in its metadata"


def _first_line(name: str) -> list[str]:
    """Give what the file of its licence begins with."""
    texts = [
        " ".join(file.read_text().split())
        for file in files(name) or ()
        if re.match(r"(?i)licen[sc]e|copying", file.name)
    ]
    if any("Permission is hereby granted, free of charge" in text for text in texts):
        return ["MIT"]
    return texts[:1]


def main() -> None:
    """Write the page."""
    rows = []
    for name, version in sorted(set(packages()), key=lambda row: (row[0].lower(), row[1])):
        found = licence(name)
        if found is not None:  # what other platforms install is told there
            rows.append(f"| {name} | {version} | {found} |")
    Path("docs/licences.md").write_text(HEAD + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()

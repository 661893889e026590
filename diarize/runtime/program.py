"""Programs: what one of ours is started with, where another is found, and what this one takes in.

Conventions
-----------
A program of ours runs apart from the folder a person happens to be in and from what is installed
for this person alone unless this one uses that too: a file called ``click.py`` may well lie among
received recordings. Of the machine's variables only those of `_KEPT` reach it: libraries read
hundreds, which load code, move caches, open doors or name servers. Another program is started by
its absolute path, from a folder that not everybody may write to; folders that depend on where a
person is, or in which everybody may put a program, are nowhere searched, by libraries neither.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from diarize.runtime.compiling import unled

__all__ = ["begun", "environment", "own_program", "program", "settle", "shut"]

_HOME = Path(__file__).resolve().parents[2]
_BOOT = "import runpy,sys;sys.path[:0],sys.path[len(sys.path):]={first!r},{last!r};"
_RUN = "runpy.run_module({module!r},run_name='__main__',alter_sys=True)"
_KEPT = frozenset((
    "HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LANGUAGE",
    "TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR",
    "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "BROWSER",
    "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN",  # of weights; `prosody models` asks
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "PGPASSFILE", "PGPASSWORD", "PGSERVICEFILE", "PGSSLMODE", "PGSSLROOTCERT",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA",
    "PROGRAMDATA", "PROGRAMFILES", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "USERNAME",
    "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
    "COMP_WORDS", "COMP_CWORD",  # what a shell asks to have completed
))  # fmt: skip
# Libraries that tell their makers of their use unless they are told not to.
_SHUT = {
    "PYANNOTE_METRICS_ENABLED": "0",
    "OTEL_SDK_DISABLED": "true",
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime looks its maker up as soon as it is imported
}
_KEPT_FAMILIES = ("PROSODY_", "LC_", "COVERAGE_")


def environment() -> dict[str, str]:
    """Give the machine's variables that a program of ours is to know, and no other."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT or name.upper().startswith(_KEPT_FAMILIES)
    }
    searched = {"PATH": _searched(kept["PATH"])} if "PATH" in kept else {}
    return {**kept, **searched, **_SHUT}


def _searched(path: str) -> str:
    """Give the folders of programs that do not depend on where a person is, nor are everybody's.

    Examples
    --------
    >>> _searched(os.pathsep.join([".", "", "bin"])) == os.devnull  # where nothing is
    True
    """
    kept = []
    for folder in filter(Path.is_absolute, map(Path, path.split(os.pathsep))):
        with suppress(OSError):  # where nothing is, nothing can be found
            if _is_everybodys(folder):
                continue
        kept.append(str(folder))
    return os.pathsep.join(kept) or os.devnull


def _is_everybodys(place: Path) -> bool:
    """Whether everybody may write there; on Windows every mode says so. Raises OSError."""
    return bool(place.stat().st_mode & stat.S_IWOTH) and hasattr(os, "geteuid")


def shut() -> None:
    """Keep libraries from telling their makers of their use; before they are imported."""
    os.environ.update(_SHUT)


def settle() -> None:
    """Make this process private: no strange variables, new files ours alone, no memory on disk.

    Nor is anything of the folder that a person is in a setting of what is imported later.
    """
    kept = environment()
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    os.environ.update(kept)
    unled()
    os.umask(0o077)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def own_program(module: str) -> tuple[list[str], dict[str, str]]:
    """Give the command and the environment that run a module of ours.

    The module is found where this one was, and what it needs where Python keeps it.

    Parameters
    ----------
    module : str
        Its dotted name, as after ``python -m``.
    """
    boot = _BOOT.format(first=[str(_HOME)], last=_for_one_person())
    return [sys.executable, "-I", "-c", boot + _RUN.format(module=module)], environment()


def _for_one_person() -> list[str]:
    """Give the folder of packages that are installed for this person, where they are in use."""
    import site

    own = site.USER_SITE
    return [own] if site.ENABLE_USER_SITE and own in sys.path and own is not None else []


def begun(module: str, **more: str) -> "subprocess.Popen[str]":
    """Start a module of ours that is asked and answers in UTF-8; its other remarks are lost.

    Parameters
    ----------
    module : str
        Its dotted name, as after ``python -m``.
    **more : str
        Variables that it is given where this process has none of them.
    """
    command, own = own_program(module)
    return subprocess.Popen(
        command,
        env={**more, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )


def program(*names: str, stated: Mapping[str, str] | None = None) -> Path | None:
    """Find a program that is not ours; None where this machine has none that may be run.

    Parameters
    ----------
    *names : str
        What it may be called, or its path; the first that is found counts. ``PROSODY_`` and a
        name in capitals is a variable that states its path, and then no other place is looked at.
    stated : mapping of str to str, optional
        The variables; without it those of this process.
    """
    said = os.environ if stated is None else stated
    for name in names:
        place = said.get("PROSODY_" + name.upper().replace("-", "_"))
        if place:
            return Path(place) if Path(place).is_absolute() and _may_run(Path(place)) else None
    for name in names:
        if os.sep in name and _may_run(Path(name)):
            return Path(name).resolve()
        for folder in () if os.sep in name else said.get("PATH", os.defpath).split(os.pathsep):
            found = shutil.which(name, path=folder) if Path(folder).is_absolute() else None
            if found and _may_run(Path(found)):
                return Path(found).resolve()
    return None


def _may_run(path: Path) -> bool:
    """Whether a program is one that not everybody could have put there."""
    try:
        real = path.resolve(strict=True)
        others = any([_is_everybodys(place) for place in (path.parent, real.parent, real)])
    except OSError:
        return False
    return os.access(real, os.X_OK) and not others

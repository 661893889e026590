"""What a fault says of itself: its kind and where in the program, never what it was about.

Conventions
-----------
The text of an error may quote a transcript, a file's name or a person's label; so do the remarks
of libraries. A process that keeps to itself says neither: what it logs of an error is its kind and
its place, and what libraries warn of is left out.
"""

import logging
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

__all__ = ["keep_to_itself", "told"]


def told(error: BaseException) -> str:
    """Give the kind of an error, and the file and line of the program it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where


def keep_to_itself() -> None:
    """Let no error that this process tells of, and no warning, quote what it works on.

    A line that is logged without an error stays as it was written.
    """
    logging.setLogRecordFactory(_wordless)
    warnings.showwarning = lambda *_, **__: None
    threading.excepthook = lambda fault: _say(fault.exc_value)
    sys.unraisablehook = lambda fault: _say(fault.exc_value)


def _wordless(*given: Any, **more: Any) -> logging.LogRecord:
    """Make a record of which an error's own words are no part."""
    record = logging.LogRecord(*given, **more)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        record.msg, record.args, record.exc_info = told(error), (), None
    return record


def _say(error: BaseException | None) -> None:
    if error is not None and sys.stderr is not None:
        sys.stderr.write(told(error) + "\n")

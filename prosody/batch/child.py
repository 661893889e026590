"""One recording, in a process of its own: ``python -m prosody.batch.child``.

Conventions
-----------
The job is read from standard input and what became of it is written to standard output, each one
JSON object; so no file name and no option stands in the machine's list of processes. The answer
is ``{"session_id", "fresh"}``, or ``{"code", "reason"}`` of a refusal, which names no file. A job
that wants to know how far it is (``progress``) gets ``{"stage", "share"}`` lines before that.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import Field, is_known, message
from diarize.runtime.faults import keep_to_itself
from diarize.runtime.program import settle
from diarize.runtime.stopping import stop_at_once

__all__ = ["TO_DO", "answer", "answering", "main", "reason_of"]

# Fields of refusals that hold what stands in a file, and what stands in their place.
_FROM_FILES: Mapping[str, Mapping[str, Field]] = {
    "casting.no_such_voice": {"known": (message("batch.hidden_labels"),)},
    "format.not_read": {"ending": message("batch.hidden_ending")},
}
TO_DO = "batch.to_do"  # the answer where a recording would have to be analysed, and may not yet


@contextmanager
def answering() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Make this process one that answers, and give what writes a line of the answer."""
    stop_at_once()
    settle()
    keep_to_itself()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as said:
        os.dup2(2, 1)  # whatever an engine prints must not stand in the answer

        def tell(what: Mapping[str, Any]) -> None:
            said.write(json.dumps(what, ensure_ascii=False) + "\n")
            said.flush()

        yield tell


def main() -> int:
    """Do the job on standard input and say what became of it; 0 if it was done."""
    with answering() as tell:
        job = json.load(sys.stdin)

        def progress(stage: str, share: float | None) -> None:
            tell({"stage": stage, "share": share})

        found = answer(job, progress if job.get("progress") else None)
        tell(found)
    return 0 if "session_id" in found else 2


def answer(
    job: Mapping[str, Any], progress: Callable[[str, float | None], None] | None = None
) -> dict[str, Any]:
    """Analyse the recording of a job.

    Parameters
    ----------
    job : mapping
        ``recording``, ``more``, ``values``, ``labels`` and ``covariates`` as of
        `prosody.batch.manifest.Job`, ``library``, and ``force``: analyse even what is done. With
        ``analyse`` as false, what is not done is only said to be so (`TO_DO`). With
        ``consent`` (``by``, ``scopes``, ``expires_on``) the consent is written beside the
        recording first.
    progress : callable, optional
        Told a stage's code and the share done.

    Returns
    -------
    dict
        ``session_id`` and ``fresh``, or ``code`` and ``reason``; of a fault also its kind as
        ``error``.
    """
    from diarize.recording import consent
    from diarize.recording.container import check_recording
    from prosody.options import asked
    from prosody.store import voices
    from prosody.store.add import ToDo, add_session
    from prosody.store.library import Library

    labels = dict(job["labels"])
    folder = Path(job["library"])
    try:
        if said := job.get("consent"):
            check_recording(Path(job["recording"]))  # before a record is left beside it
            consent.grant(Path(job["recording"]), **{**said, "scopes": tuple(said["scopes"])})
        added = add_session(
            [Path(name) for name in _files(job)],
            asked(job["values"], partial(voices.load, Library(folder))),
            folder,
            session_id=labels.pop("session_id", None),
            ids=labels,
            more=job.get("covariates"),
            force=job["force"],
            analyse=job.get("analyse", True),
            progress=progress or (lambda stage, share: None),
        )
    except ToDo:
        return {"code": TO_DO}
    except Refused as refusal:
        code = refusal.code if is_known(refusal.code) else "batch.refused"
        return {"code": code, "reason": reason_of(refusal, job)}
    except Exception as error:  # a fault in one recording must not end the batch
        fault = message("batch.fault", error=type(error).__name__)
        return {"code": fault.code, "reason": str(fault), "error": type(error).__name__}
    return {"session_id": added.entry.session_id, "fresh": added.fresh}


def _files(job: Mapping[str, Any]) -> list[str]:
    return [job["recording"], *job.get("more", ())]


def reason_of(refusal: Refused, job: Mapping[str, Any]) -> str:
    """Give why a job was refused, without what a file is called or calls its voices.

    Parameters
    ----------
    refusal : Refused
        Why.
    job : mapping
        As of `answer`.
    """
    said = refusal.message
    fields = {**said.fields, **_FROM_FILES.get(said.code, {})}
    return _nameless(str(message(said.code, **fields)), job)


def _nameless(text: str, job: Mapping[str, Any]) -> str:
    """Put what a file or label is in its place: the reason is kept where no name may be."""
    from prosody.options import OPTIONS

    names = {name for path in _files(job) for name in (path, Path(path).name)}
    in_command = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    text = re.sub(rf"'(?:{in_command})'", str(message("batch.hidden_in_command")), text)
    hidden = [(str(message("batch.hidden_recording")), name) for name in _files(job)]
    for option, value in job["values"].items():
        if not isinstance(value, str):
            continue
        # what a person typed, unless it is a letter that voices are called
        typed = OPTIONS[option].kind in ("text", "voice") and len(value) > 1
        if typed or Path(value).name != value:
            named = message("batch.hidden_option", option=option.replace("_", "-"))
            hidden.append((str(named), value))
    for kind, path in hidden:
        for name in filter(None, (path, Path(path).name)):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", kind, text)
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())

"""What findings cost in the running process: they are made anew after every correction.

``python -m benchmarks.findings 55`` analyses a session of about 55 minutes once, as
`benchmarks.session` builds it, and then makes its findings anew from what was heard and the
frames. Printed are CPU seconds, the first time and after it, and what share of the analysis that
is. Timings on a shared machine are noisy: compare within one run.
"""

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.session import build
from diarize.recording.admission import admit
from prosody.engines import plan
from prosody.findings import findings
from prosody.options import Asked
from prosody.pipeline import Session, analyse


def main(minutes: float) -> None:
    """Print one row of a table."""
    with tempfile.TemporaryDirectory() as work:
        path = build(Path(work), minutes * 60)
        began = time.process_time()
        asked = Asked(transcript=path.with_suffix(".vtt"))
        planned = plan(asked)
        session = analyse(
            admit(path),
            separate=planned.separate,
            transcribe=planned.transcribe,
            asked=asked,
            given=planned.supplied,
        )
        whole = time.process_time() - began
    first, again = _took(session), min(_took(session) for _ in range(3))
    length = session.report.recording.duration_s / 60
    print("| minutes | analysis, CPU s | findings, CPU s | again | again, of the analysis |")
    print("|---|---|---|---|---|")
    print(
        f"| {length:.0f} | {whole:.1f} | {first:.2f} | {again:.2f} | {100 * again / whole:.1f} % |"
    )


def _took(session: Session) -> float:
    began = time.process_time()
    findings(session.heard, session.frames)
    return time.process_time() - began


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 55.0)

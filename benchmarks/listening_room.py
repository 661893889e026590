"""What the dashboard's listening room is given for a long session.

Run:  python -m benchmarks.listening_room [MINUTES]

A made-up session (turns of 2 to 25 seconds in exchange, a backchannel in every long one, curves at
100 frames a second) is turned into what the browser receives; printed are its size and the time
taken. No sound, no model and no browser take part.
"""

import json
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.view import player
from diarize.conversation import Conversation, Role, TurnKind, Utterance
from diarize.messages import message
from diarize.models.engine import Engine
from diarize.roles import Casting
from diarize.timeline import Span, Word
from prosody.features.frames import COLUMNS, Frames
from prosody.listening.events import Event, Outcome
from prosody.report.model import SCHEMA, ConsentFacts, Course, RecordingFacts, Report


def turns(seconds: float, draw: np.random.Generator) -> tuple[Utterance, ...]:
    """Make turns in exchange until the time is up."""
    made: list[Utterance] = []
    at, client = 1.0, True
    while at < seconds - 30:
        length = float(draw.uniform(2, 25) if client else draw.uniform(1.5, 8))
        made.append(_turn(at, at + length, client, TurnKind.PRIMARY))
        if client and length > 8:
            middle = at + length / 2
            made.append(_turn(middle, middle + 0.4, False, TurnKind.BACKCHANNEL))
        at += length + float(draw.uniform(-0.4, 1.6))
        client = not client
    ordered = sorted(made, key=lambda turn: turn.span)
    return tuple(replace(turn, index=i) for i, turn in enumerate(ordered))


def _turn(start: float, end: float, client: bool, kind: TurnKind) -> Utterance:
    times = np.arange(start, end, 0.35)
    words = tuple(Word(Span(float(t), float(t) + 0.3), "something", 0.9) for t in times)
    voice, role = ("B", Role.CLIENT) if client else ("A", Role.THERAPIST)
    span = Span(start, end)
    return Utterance(0, span, voice, role, kind, (span,), words)


def report(seconds: float, draw: np.random.Generator) -> Report:
    """Make a report of a session in which every therapist turn carries a behaviour."""
    spoken, given = turns(seconds, draw), message("casting.told")
    said = message("evidence.words", words="something")
    values = {"voice.level": -28.0, "pace.articulation_rate": 4.2, "voice.pitch_median": 160.0}
    events = tuple(
        Event("reflection", t.span, t.role, said, 0.7, t.index, values, Outcome(9.0))
        for t in spoken
        if t.role == "therapist"
    )
    return Report(
        schema=SCHEMA,
        recording=RecordingFacts("0" * 64, seconds, 16_000, 1, "room"),
        consent=ConsentFacts(("analyse",), "2999-12-31"),
        engines={"transcriber": Engine("supplied", "1")},
        settings={},
        settings_sha256="0" * 64,
        quality=(),
        conversation=Conversation(
            spoken,
            (),
            (Casting("A", Role.THERAPIST, 1.0, given), Casting("B", Role.CLIENT, 1.0, given)),
            seconds,
            has_words=True,
        ),
        measures=(),
        course=Course(90.0, 30.0, ()),
        events=events,
        links=(),
    )


def main() -> None:
    """Print size and time."""
    seconds = 60.0 * float(sys.argv[1] if len(sys.argv) > 1 else 50)
    draw = np.random.default_rng(1)
    made = report(seconds, draw)
    rows = int(seconds * 100)
    columns: dict[str, Any] = {name: np.full(rows, np.nan, np.float32) for name in COLUMNS}
    columns["time_s"] = np.arange(rows, dtype=np.float32) / 100
    columns["f0_hz"] = draw.uniform(80, 250, rows).astype(np.float32)
    columns["level_db"] = draw.uniform(-60, -20, rows).astype(np.float32)
    frames = Frames(**columns)
    start = time.perf_counter()
    data = json.dumps(player.payload(made, frames, stamp="1"))
    took = time.perf_counter() - start
    print(
        f"{seconds / 60:.0f} min, {len(made.turns)} turns: {len(data) / 1e6:.1f} MB in {took:.2f} s"
    )


if __name__ == "__main__":
    main()

"""One screen of findings in plain text, for the terminal."""

import textwrap

from prosody import wording
from prosody.measure import Measure
from prosody.report import Report

__all__ = ["screen"]

_ROWS = (
    "talk.share",
    "talk.time",
    "turns.count",
    "turns.longest",
    "turns.response_latency",
    "turns.overlaps_to_review",
    "turns.backchannel_rate",
    "pace.articulation_rate",
    "pace.words_per_minute",
    "voice.level",
    "voice.pitch_median",
    "listening.reflections_to_questions",
    "listening.open_question_share",
)


def screen(report: Report, session_id: str) -> str:
    """Give the findings of a session as text that fits one screen.

    Parameters
    ----------
    report : Report
        The findings.
    session_id : str
        What the library calls the session.
    """
    lines = [
        f"Session {session_id}, {wording.clock(report.recording.duration_s)}; voices: "
        + (
            "; ".join(
                f"{v.voice} = {wording.role(v.role).lower()} ({v.certainty:.2f}, {v.evidence})"
                for v in report.voices
            )
            or "none heard"
        ),
        "",
        f"{'':30}{'therapist':>32}{'client':>32}",
    ]
    for cue in _ROWS:
        pair = [report.measure(cue, role) for role in ("therapist", "client")]
        if any(m is not None and m.value is not None for m in pair):
            lines.append(f"{wording.cue(cue):30}" + "".join(f"{_cell(m):>32}" for m in pair))
    if not {"therapist", "client"} & {v.role for v in report.voices}:
        lines = [lines[0], "", *_by_voice(report)]
    lines += ["", *_behaviours(report), ""]
    withheld = sum(m.value is None for m in report.measures)
    reliable = sum(link.reliable for link in report.links)
    lines += [
        f"Links between voice and listening: {reliable} of {len(report.links)} stand out from "
        "chance within this session.",
        f"{len(report.measures)} measures, {withheld} of them cannot be said; the reasons are in "
        "the report.",
    ]
    lines += [f"Note: {note}" for note in report.notes]
    return "\n".join(lines)


def _cell(measure: Measure | None) -> str:
    if measure is None or measure.value is None:
        return "–"
    text = wording.said(measure.cue, measure.value, measure.unit)
    if measure.low is not None and measure.high is not None:
        low, high = (wording.number(v) for v in (measure.low, measure.high))
        if measure.unit:
            text += f" ({low} to {high})"
    return text if measure.reliable else f"~{text}"


def _behaviours(report: Report) -> list[str]:
    counts: dict[str, int] = {}
    for event in report.events:
        counts[event.kind] = counts.get(event.kind, 0) + 1
    if not counts:
        return ["No listening behaviour was found, or it cannot be said without a transcript."]
    said = ", ".join(f"{wording.behaviour(k).lower()} {n}" for k, n in sorted(counts.items()))
    return textwrap.wrap(f"Suggested behaviours: {said}.", 94)


def _by_voice(report: Report) -> list[str]:
    """What can be said of voices nobody has named: how long each spoke."""
    lines = []
    for voice in report.voices:
        own = [turn for turn in report.turns if turn.voice == voice.voice]
        seconds = sum(end - start for turn in own for start, end in turn.speech)
        turns = sum(turn.kind == "primary" for turn in own)
        lines.append(f"{voice.voice:16} spoke {seconds:.0f} s in {turns} turns")
    if len(report.voices) == 2:
        lines.append(
            "Say who is who and everything follows: prosody correct SESSION --role "
            f"{report.voices[0].voice}=therapist"
        )
    return lines

"""One screen of findings in plain text, for the terminal."""

from prosody.cues.measure import Measure
from prosody.listening.totals import Total
from prosody.render import listened, wording
from prosody.report.model import Report

__all__ = ["screen"]


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
    for cue in wording.HEADLINES:
        pair = [report.measure(cue, role) for role in ("therapist", "client")]
        if any(m is not None and m.value is not None for m in pair):
            lines.append(f"{wording.cue(cue):30}" + "".join(f"{_cell(m):>32}" for m in pair))
    if not {"therapist", "client"} & {v.role for v in report.voices}:
        lines = [lines[0], "", *_by_voice(report)]
    lines += ["", *_behaviours(report), *_miti(report), ""]
    withheld = sum(m.value is None for m in report.measures)
    looked = sum(link.chance is not None for link in report.links)
    reliable = sum(link.reliable for link in report.links)
    lines += [
        f"Links between voice and listening: {reliable} of {looked} stand out from "
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
    """Two columns of totals: how often, and per 10 minutes with its interval."""
    found = [t for t in report.totals if t.n]
    if not found:
        return ["No listening behaviour was found, or it cannot be said without a transcript."]
    cells = [
        f"{_who(t)} {t.n} ({listened.rate(t).replace(' (', ', ').rstrip(')')} per 10 min)"
        for t in found
    ]
    half = -(-len(cells) // 2)
    right = [*cells[half:], ""]
    rows = [f"  {a:50}{b}".rstrip() for a, b in zip(cells[:half], right, strict=False)]
    return ["Suggested behaviours, how often and per 10 minutes (95 % interval, ~ rough):", *rows]


def _who(total: Total) -> str:
    name = wording.behaviour(total.behaviour).lower()
    return f"{name} (client)" if total.role == "client" else name


def _miti(report: Report) -> list[str]:
    lines = listened.miti_lines(report)
    if not lines:
        return []
    rows = [f"  {name}: {value}; published: {published}" for name, value, _, published in lines]
    return [
        "",
        "Said to be motivational interviewing; MITI 4.2.1 publishes values for coders:",
        *rows,
    ]


def _by_voice(report: Report) -> list[str]:
    """What can be said of voices nobody has named: how long each spoke."""
    lines = []
    for voice in report.voices:
        own = [turn for turn in report.turns if turn.voice == voice.voice]
        seconds = sum(turn.phonation for turn in own)
        turns = sum(turn.kind == "primary" for turn in own)
        lines.append(f"{voice.voice:16} spoke {seconds:.0f} s in {turns} turns")
    if len(report.voices) == 2:
        lines.append(
            "Say who is who and everything follows: prosody correct SESSION --role "
            f"{report.voices[0].voice}=therapist"
        )
    return lines

"""Draw an example of every cue from two samples: ``python docs/draw_examples.py``.

`attentive` and `hurried` have the same two voices, so joined they are one session whose second
part goes on in another manner. A picture has the value of each part and, where single turns have
one, the turns' own; below lie the turns, with the places that the number counts. Who speaks and the
words are those of the samples' own truth; everything else is worked out as in any analysis.
"""

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path

import soundfile

from diarize.formats.table import read_transcript
from diarize.timeline import Span
from prosody import analyze, catalogue
from prosody.analysis import Analysis
from prosody.cues.measure import Cue, Measure
from prosody.render import wording
from prosody.render.drawing import SHADES

SAMPLES = Path(__file__).resolve().parents[1] / "sample_audio"
PARTS = ("attentive", "hurried")
TO = Path(__file__).with_name("images") / "cues"
WIDE_PX, HIGH_PX, LEFT_PX, RIGHT_PX, TOP_PX, FOOT_PX = 340, 122, 6, 70, 26, 88
LANES, PLACES = {"therapist": 98, "client": 110}, 104  # where turns and places lie
Scale = Callable[[float], float]
COMPARED = {  # of what two speakers are compared on, the cue of single turns
    "match.level": "voice.level",
    "match.articulation_rate": "pace.articulation_rate",
    "match.latency": "turns.response_latency",
    "match.pitch": "voice.pitch_median",
}


def joined(folder: Path) -> tuple[list[Path], Path, Path, float]:
    """Write the truth of both parts on one clock; give recordings, words, speakers, the seam."""
    shift, cues, rows = 0.0, ["WEBVTT\n"], []
    for name in PARTS:
        for cue in read_transcript(SAMPLES / f"{name}.vtt").cues:
            if cue.span:
                ends = " --> ".join(_clock(t + shift) for t in (cue.span.start, cue.span.end))
                cues.append(f"{ends}\n<v {cue.voice}>{cue.text}</v>\n")
        for line in (SAMPLES / f"{name}.rttm").read_text("utf-8").splitlines():
            at = line.split()
            rows.append(" ".join(["SPEAKER joined 1", f"{float(at[3]) + shift:.3f}", *at[4:]]))
        shift, seam = shift + soundfile.info(SAMPLES / f"{name}.flac").duration, shift
    words, speakers = folder / "joined.vtt", folder / "joined.rttm"
    words.write_text("\n".join(cues), "utf-8")
    speakers.write_text("\n".join(rows) + "\n", "utf-8")
    return [SAMPLES / f"{name}.flac" for name in PARTS], words, speakers, seam


def _clock(seconds: float) -> str:
    return f"{seconds // 3600:02.0f}:{seconds // 60 % 60:02.0f}:{seconds % 60:06.3f}"


def example(analysis: Analysis, cue: Cue, seam: float) -> str:
    """Draw one cue."""
    whole = analysis.conversation.whole
    parts = (Span(0.0, seam), Span(seam, whole.end))
    found = {role: [cue.measure(analysis, role, part) for part in parts] for role in cue.roles}
    over = {role: cue.measure(analysis, role, whole) for role in cue.roles}
    spans = [(m, part) for ms in found.values() for m, part in zip(ms, parts, strict=True)]
    spans += [(m, whole) for role, m in over.items() if not _any(found[role])]
    dots, compared = list(_dots(analysis, cue)), _compared(cue) is not None
    given = [(m, part) for m, part in spans if m.value is not None]
    values = [v for _, _, v in dots]
    values += [] if compared else [m.value or 0.0 for m, _ in given]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    pad, wide = 0.1 * (high - low) or 1.0, WIDE_PX - LEFT_PX - RIGHT_PX

    def x(at: float) -> float:
        return LEFT_PX + wide * at / whole.end

    def y(value: float) -> float:
        return FOOT_PX - 4 - (FOOT_PX - TOP_PX - 8) * (value - low + pad) / (high - low + 2 * pad)

    body = [_turns(analysis, cue, x), _seam(x(seam))]
    for role in dict.fromkeys(role for role, _, _ in dots):
        at = "".join(f"M{x(t):.0f} {y(v):.0f}h0" for own, t, v in dots if own == role)
        body.append(_stroked(at, SHADES[role], 'stroke-width="3.6" stroke-linecap="round"', 0.45))
    if not compared:
        body += [_level(m, part, x, y) for m, part in given]
    body += _written(cue, [m for m, _ in given], TOP_PX + 20 if compared else y)
    body += _reasons(spans)
    return _element(", ".join(filter(None, (cue.label, cue.unit))), f"up: {cue.higher}", body)


def _any(measures: Iterable[Measure]) -> bool:
    return any(m.value is not None for m in measures)


def _compared(cue: Cue) -> str | None:
    """Name the cue of single turns on which the two are compared, on a scale of its own."""
    return COMPARED.get(cue.name.rpartition("_")[0])


def _dots(analysis: Analysis, cue: Cue) -> Iterator[tuple[str, float, float]]:
    """Give role, time and value of each turn that has one."""
    row = catalogue.named(_compared(cue) or cue.name)
    if row is None or row.of_turn is None:
        return
    roles = cue.roles if cue.roles != ("both",) else ("therapist", "client")
    for turn in analysis.conversation.utterances:
        value = row.of_turn(analysis, turn) if turn.role in roles else math.nan
        if math.isfinite(value):
            yield turn.role, (turn.span.start + turn.span.end) / 2, value


def _turns(analysis: Analysis, cue: Cue, x: Scale) -> str:
    """Draw the turns, and over them the places that the number is of."""
    talk, lanes = analysis.conversation, dict[tuple[str, float], list[str]]()
    for turn in talk.utterances:
        if turn.role in LANES:
            faint = cue.places == "backchannels" and turn.kind != "backchannel"
            wide = max(x(turn.span.end) - x(turn.span.start), 0.8)
            bar = f"M{x(turn.span.start):.1f} {LANES[turn.role]}h{wide:.1f}"
            lanes.setdefault((turn.role, 0.25 if faint else 0.8), []).append(bar)
    places = {"silences": [s.span for s in talk.silences if s.kind == "silence"]}
    places["overlaps"] = list(talk.overlaps())
    counted = "".join(
        f"M{x(at.start):.1f} {PLACES}h{max(x(at.end) - x(at.start), 1.5):.1f}"
        for at in places.get(cue.places, [])
    )
    shapes = [
        _stroked("".join(bars), SHADES[role], 'stroke-width="9"', shade)
        for (role, shade), bars in lanes.items()
    ]
    return "".join(
        [*shapes, _stroked(counted, "#222", 'stroke-width="27"', 0.35) if counted else ""]
    )


def _stroked(path: str, colour: str, how: str, shade: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" {how} stroke-opacity="{shade}"/>'


def _seam(at: float) -> str:
    return f'<path d="M{at:.1f} {TOP_PX}V118" stroke="#888" stroke-dasharray="2 3"/>'


def _level(m: Measure, part: Span, x: Scale, y: Scale) -> str:
    shade, dashes = SHADES.get(m.role, "#222"), ' stroke-dasharray="5 2"' * (m.role == "client")
    return (
        f'<path d="M{x(part.start):.1f} {y(m.value):.1f}H{x(part.end):.1f}" stroke="{shade}" '
        f'stroke-width="2.2"{dashes}/>'
    )


def _written(cue: Cue, measures: list[Measure], y: Scale | int) -> Iterator[str]:
    """Write the least and the greatest value at their heights, or the values one below another."""
    by_value = sorted(measures, key=lambda m: m.value or 0.0)
    chosen = measures if isinstance(y, int) else [*by_value[-1:], *by_value[:1]]
    lines = dict.fromkeys(wording.said(cue.name, m.value, cue.unit) for m in chosen)
    down = -math.inf
    for said, m in zip(lines, chosen, strict=False):
        down = max(down + 10, y if isinstance(y, int) else y(m.value or 0.0) + 3)
        yield f'<text x="{WIDE_PX - RIGHT_PX + 3}" y="{down:.0f}">{escape(said)}</text>'


def _reasons(spans: list[tuple[Measure, Span]]) -> Iterator[str]:
    """Say why there is no value at all."""
    if not any(m.value is not None for m, _ in spans):
        why = next((str(m.reason) for m, _ in reversed(spans) if m.reason), "")
        for line, text in enumerate(("not available in these two samples:", why)):
            yield f'<text x="{LEFT_PX + 2}" y="{50 + 12 * line}">{escape(text)}</text>'


def _element(head: str, up: str, body: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE_PX} {HIGH_PX}" '
        f'width="{WIDE_PX}" font-family="system-ui, sans-serif" font-size="9" role="img">'
        f"<title>{escape(head)} ({escape(up)})</title>"
        f'<rect width="{WIDE_PX}" height="{HIGH_PX}" fill="#fff"/>'
        f'<text x="{LEFT_PX}" y="11">{escape(head)}</text>'
        f'<text x="{LEFT_PX}" y="21" fill="#666" font-size="8">{escape(up)}</text>'
        f"{''.join(body)}</svg>\n"
    )


def main() -> None:
    """Analyse the joined session and draw every cue."""
    with tempfile.TemporaryDirectory() as folder:
        recordings, words, speakers, seam = joined(Path(folder))
        session = analyze(recordings, transcript=str(words), speakers=str(speakers))
        analysis = Analysis(session.report.conversation, session._frames())
    TO.mkdir(parents=True, exist_ok=True)
    for old in TO.glob("*.svg"):
        old.unlink()
    for cue in catalogue.table():
        (TO / f"{cue.name}.svg").write_text(example(analysis, cue, seam), "utf-8")


if __name__ == "__main__":
    main()

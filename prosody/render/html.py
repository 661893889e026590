"""The report as one self-contained HTML page: no script, nothing fetched, prints well.

Conventions
-----------
Every text of a session is escaped; a content-security policy forbids scripts and any request but
for the sound kept beside the page, which moments are played from where the consent covers it.
The page says what was heard, with unit, number of units and interval, and why something cannot
be said. It compares a speaker with themself and ranks nobody.
"""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from diarize.conversation import Utterance
from prosody.cues.activation import ACTIVATION
from prosody.cues.measure import Measure
from prosody.cues.table import CUES
from prosody.cues.warmth import CAVEAT, TITLE
from prosody.features.frames import Frames
from prosody.listening.behaviours import Event
from prosody.listening.detect import CUES as LISTENING
from prosody.render import apart, listened, wording
from prosody.render import svg as figures
from prosody.report.model import Report

__all__ = ["html"]

_COURSES = (
    "talk.share",
    "pace.articulation_rate",
    "turns.response_latency",
)


def html(report: Report, frames: Frames, *, session_id: str) -> str:
    """Write the page.

    Parameters
    ----------
    report : Report
        The findings.
    frames : Frames
        For the contours of pitch and level.
    session_id : str
        The pseudonymous id it is filed under.
    """
    sound = "play_back" in report.consent.scopes
    style = files("prosody.render").joinpath("report.css").read_text("utf-8")
    body = "".join(
        (
            _header(report, session_id),
            _section("At a glance", _glance(report)),
            _section("Who spoke when", _timeline(report)),
            _section("Moments worth listening to", listened.moments(report, sound=sound)),
            _section("Listening behaviour", listened.behaviours(report, _events(report))),
            _section("How the voice and the listening went together", listened.links(report)),
            _section("Over the session", _courses(report, frames)),
            _section(TITLE, apart.section(report)),
            _section("Between the turns", _between(report)),
            _section("Every measure", _measures(report)),
            _section("The recording", _recording(report)),
            _section("Transcript", _transcript(report)),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; media-src 'self'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Session {escape(session_id)}</title><style>{style}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _section(title: str, inner: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inner}</section>" if inner else ""


def _header(report: Report, session_id: str) -> str:
    roles = "; ".join(
        f"{escape(v.voice)}: {escape(wording.role(v.role))} "
        f"(certainty {v.certainty:.2f}, {escape(str(v.evidence))})"
        for v in report.voices
    )
    cautions = "".join(f"<li>{escape(c)}</li>" for c in report.cautions if c != CAVEAT)
    return (
        f"<header><h1>Session {escape(session_id)}</h1>"
        f"<p>{wording.clock(report.recording.duration_s)} recorded. "
        f"Voices: {roles or 'none heard'}.</p>"
        f'<aside class="caveat"><p>{escape(CAVEAT)}</p>'
        "<p>Behaviour codes are suggestions from words and timing; a person can correct each. "
        "Figures describe this recording, never a person, and are no grade.</p></aside>"
        + (f"<details open><summary>Read with care</summary><ul>{cautions}</ul></details>")
        + "</header>"
    )


def _glance(report: Report) -> str:
    rows, rough = [], set()
    for cue in wording.HEADLINES:
        pair = [report.measure(cue, role) for role in ("therapist", "client")]
        rough |= {m.reason for m in pair if m and m.value is not None and not m.reliable}
        if any(m is not None for m in pair):
            cells = "".join(_cell(m, brief=True) for m in pair)
            rows.append(
                f'<tr><th scope="row" title="{escape(_MEANING.get(cue, ""))}">'
                f"{escape(wording.cue(cue))}</th>{cells}</tr>"
            )
    head = "<tr><td></td><th>Therapist</th><th>Client</th></tr>"
    why = "; ".join(sorted({reason.partition(";")[0] for reason in rough if reason}))
    note = f'<p class="unsaid">~ is a rough figure: {escape(why)}.</p>' if rough else ""
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{note}"


_MEANING = {cue.name: cue.meaning for cue in (*CUES, *LISTENING)}


def _cell(measure: Measure | None, *, brief: bool = False) -> str:
    if measure is None:
        return "<td>–</td>"
    if measure.value is None:
        return f'<td class="unsaid">cannot be said: {escape(measure.reason or "")}</td>'
    value = wording.said(measure.cue, measure.value, measure.unit)
    sign = "~" if brief and not measure.reliable else ""
    said = f"<b>{sign}{escape(value)}</b> <small>{escape(_support(measure))}</small>"
    if not measure.reliable and not brief:
        said += f'<br><small class="unsaid">{escape(_rough(measure))}</small>'
    return f"<td>{said}</td>"


def _rough(measure: Measure) -> str:
    return f"rough: {measure.reason}" if measure.reason else "rough"


def _support(measure: Measure) -> str:
    parts = [f"n {measure.n}"] if measure.n else []
    if measure.low is not None and measure.high is not None:
        low = wording.said(measure.cue, measure.low, measure.unit)
        high = wording.said(measure.cue, measure.high, measure.unit)
        parts.append(f"95 % {low} to {high}")
    return ", ".join(parts)


def _timeline(report: Report) -> str:
    drawn = figures.timeline(report)
    if not drawn:
        return "<p>No speech was found.</p>"
    return (
        f"<figure>{drawn}<figcaption>A lane per role; small marks are backchannels and short "
        "remarks; boxes are speech at the same time; shaded are silences of 3 s and "
        "more.</figcaption></figure>"
    )


def _events(report: Report) -> str:
    if not report.events:
        return "<p>No listening behaviour was found, or it cannot be said without a transcript.</p>"
    rows = "".join(_event(report, event) for event in report.events)
    return (
        f"<details><summary>All {len(report.events)} events</summary>"
        "<table><thead><tr><th>Time</th><th>Suggested behaviour</th><th>Who</th><th>Evidence</th>"
        f"<th>What the client did next</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _event(report: Report, event: Event) -> str:
    by = f" (corrected by {event.corrected_by})" if event.corrected_by else ""
    perhaps = f", perhaps {event.sub_kind}" if event.sub_kind else ""
    name = escape(wording.behaviour(event.kind) + perhaps + by)
    return (
        f"<tr><td>{wording.clock(event.span.start)}</td>"
        f"<td>{name} <small>{event.confidence:.2f}</small></td>"
        f"<td>{escape(wording.role(event.role))}</td><td>{escape(event.evidence)}</td>"
        f"<td>{escape(_next(event))}</td></tr>"
    )


def _next(event: Event) -> str:
    outcome = event.outcome
    if outcome is None or outcome.client_talk_s is None:
        return "–"
    parts = [f"spoke {outcome.client_talk_s:.1f} s"]
    if outcome.latency_s is not None:
        parts.append(f"after {outcome.latency_s:.1f} s")
    if outcome.client_words is not None:
        parts.append(wording.with_unit(outcome.client_words, "words"))
    return ", ".join(parts)


def _courses(report: Report, frames: Frames) -> str:
    units = {cue.name: cue.unit for cue in CUES}
    drawn = [figures.contours(report, frames)]
    drawn += [figures.course(report, cue, units.get(cue, "")) for cue in _COURSES]
    shown = "".join(f"<figure>{d}</figure>" for d in drawn if d)
    activation = figures.course(report, ACTIVATION, middle=0.0)
    if shown:
        said = escape(apart.beside(report, ACTIVATION, _MEANING[ACTIVATION]))
        shown += f"<figure>{activation}<figcaption>{said}</figcaption></figure>"
    return shown or "<p>The recording is too short for a course over time.</p>"


def _between(report: Report) -> str:
    drawn = figures.offsets(report)
    caption = "Time from the end of one turn to the start of the other's; left of 0 is overlap."
    figure = f"<figure>{drawn}<figcaption>{caption}</figcaption></figure>" if drawn else ""
    return figure + _silences(report) + _overlaps(report) + _parts(report)


def _silences(report: Report) -> str:
    rows = [
        (
            wording.clock(s.span.start),
            f"{s.span.duration:.1f} s",
            wording.role(s.previous),
            wording.role(s.ended_by),
            then or "",
        )
        for s, then in zip(report.silences, report.ended_with, strict=True)
        if s.kind == "silence"
    ]
    if not rows:
        return "<p>No silence of 3 s or more.</p>"
    head = ("At", "Length", "Left by", "Ended by", "With")
    return "<h3>Silences of 3 s and more</h3>" + _table(head, rows)


def _overlaps(report: Report) -> str:
    rows = [
        (
            wording.clock(o.span.start),
            f"{o.shared_s:.1f} s",
            f"{wording.role(o.by)} over {wording.role(o.over).lower()}",
            o.kind.replace("_", " "),
            o.evidence,
        )
        for o in report.overlaps
    ]
    if not rows:
        return "<p>No speech at the same time was heard.</p>"
    table = _table(("At", "Shared", "Who", "Kind", "Evidence"), rows)
    return (
        "<h3>Speech at the same time</h3><p>Sorted by timing and words. “To review” is a place "
        "to listen to: whether it interrupted, only a listener can say.</p>"
        f"<details><summary>{len(rows)} overlaps</summary>{table}</details>"
    )


def _parts(report: Report) -> str:
    """The first and last minutes against the middle, for what both can be compared in."""
    if not report.parts:
        return ""
    head = ["Measure", "Who"] + [
        f"{p.name}, {wording.clock(p.span.start)} to {wording.clock(p.span.end)}"
        for p in report.parts
    ]
    rows = [
        (
            wording.cue(of[0].cue),
            wording.role(of[0].role),
            *(_brief(m) for m in of),
        )
        for of in zip(*(part.measures for part in report.parts), strict=True)
        if any(m.value is not None for m in of)
    ]
    long = ", ".join(
        f"{wording.clock(turn.span.start)} ({wording.role(turn.role).lower()})"
        for turn in report.turns
        if turn.index in report.monologues
    )
    said = f"<p>Turns of a minute and more: {escape(long)}.</p>" if long else ""
    note = '<p class="unsaid">~ is a rough figure: it rests on less than the measure asks for.</p>'
    return f"<h3>Beginning, middle and end</h3>{_table(head, rows)}{note}{said}"


def _brief(measure: Measure) -> str:
    if measure.value is None:
        return "–"
    rough = "" if measure.reliable else "~"
    return f"{rough}{wording.said(measure.cue, measure.value, measure.unit)} (n {measure.n})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _measures(report: Report) -> str:
    families: dict[str, list[Measure]] = {}
    for measure in report.measures:
        families.setdefault(wording.family(measure.cue), []).append(measure)
    return "".join(_family(name, measures) for name, measures in families.items())


def _family(name: str, measures: Sequence[Measure]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(wording.cue(m.cue))}<br><small>{escape(m.cue)}</small></th>'
        f"<td>{escape(wording.role(m.role))}</td>{_cell(m)}"
        f"<td><small>{escape(_MEANING.get(m.cue, ''))}</small></td></tr>"
        for m in measures
    )
    return (
        f"<details><summary>{escape(name)}</summary><table><thead><tr><th>Measure</th><th>Who</th>"
        f"<th>Value</th><th>What it is</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _recording(report: Report) -> str:
    checks = "".join(
        f"<tr><th scope='row'>{escape(c.check.replace('_', ' '))}</th>"
        f"<td>{escape(wording.with_unit(c.value, c.unit))}</td>"
        f"<td>{escape(wording.VERDICTS.get(c.verdict, c.verdict))}</td>"
        f"<td><small>{escape(str(c.meaning))}</small></td></tr>"
        for c in report.quality
    )
    engines = "".join(
        f"<li>{escape(role)}: {escape(engine.name)} {escape(engine.version)}"
        + (f", weights {engine.weights_sha256[:12]}…" if engine.weights_sha256 else "")
        + "</li>"
        for role, engine in report.engines.items()
    )
    facts = report.recording
    return (
        f"<p>{facts.sample_rate_hz} Hz, {facts.channels} channel(s), setting "
        f"{escape(facts.setting)}; content SHA-256 <code>{escape(facts.sha256)}</code>. Consent "
        f"covers {escape(', '.join(report.consent.scopes))} until "
        f"{escape(report.consent.expires_on)}.</p>"
        f"<table><thead><tr><th>Check</th><th>Value</th><th>Verdict</th><th>Meaning</th></tr>"
        f"</thead><tbody>{checks}</tbody></table>"
        f"<p>Made by:</p><ul>{engines}</ul>"
        f"<p>Settings SHA-256 <code>{escape(report.settings_sha256)}</code>; every threshold is in "
        "report.json.</p>"
    )


def _transcript(report: Report) -> str:
    lines = [turn for turn in report.turns if turn.text]
    if not lines:
        return "<p>There is no transcript in this report.</p>"
    doubtful = sum(bool(w.doubtful) for turn in lines for w in turn.words)
    legend = (
        f"<p><span class='doubt'>Dotted</span>: whose word this is, is in doubt ({doubtful} of "
        f"{sum(len(turn.words) for turn in lines)} words).</p>"
        if doubtful
        else ""
    )
    summary = f"<summary>{len(lines)} turns with words</summary>"
    return f"<details>{summary}{legend}{_lines(report)}</details>"


def _lines(report: Report) -> str:
    return "".join(
        f'<p class="{escape(turn.role)} {escape(turn.kind)}"><small>'
        f"{wording.clock(turn.span.start)} {escape(wording.role(turn.role))}</small> "
        f"{_said(turn)}</p>"
        for turn in report.turns
        if turn.text
    )


def _said(turn: Utterance) -> str:
    """A turn's text, with the words marked whose owner is in doubt."""
    return " ".join(
        f"<span class='doubt'>{escape(word.text)}</span>" if word.doubtful else escape(word.text)
        for word in turn.words
    )

"""What may leave a library: a pack without speech, or with chosen clips in which names are bleeped.

Conventions
-----------
Only where the consent covers sharing, asked before a pack or an export is made and again when it is
there, and told in the audit. A pack is a zip of plain files: the report with names covered, its
measures and turns as tables, and clips. It says nothing of which recording, session or person it is
of. What people wrote about a session does not go with it. Once it is out of the library, erasing
the session does not reach it.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.tables import guarded
from diarize.timeline import Span
from prosody.render import html as pages
from prosody.render.fill import filled
from prosody.render.masking import Cover, covered, covering
from prosody.render.wording import clock
from prosody.report.model import ConsentFacts, Report
from prosody.settings import Sharing
from prosody.store import audit, bleeping, consented
from prosody.store.library import Library

__all__ = ["Pack", "may_share", "pack", "recheck", "tell"]

_THEN = (1980, 1, 1, 0, 0, 0)  # a zip holds times; these say nothing
SHARE = "share"


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack, its consent, and what was covered: seconds bleeped of each clip, and the words."""

    zipped: bytes
    cover: Cover
    under: ConsentFacts
    clips: tuple[tuple[Span, float], ...] = ()


def may_share(library: Library, session_id: str) -> None:
    """Refuse what the consent, as it was said last, does not let out.

    Raises
    ------
    Refused
        If the consent does not cover sharing.
    """
    _lets_out(library.consent(session_id), session_id, None)


def _lets_out(now: ConsentFacts, session_id: str, under: ConsentFacts | None) -> None:
    if SHARE not in now.scopes:
        raise Refused("library.not_shared", session=session_id)
    if under and not set(under.scopes) <= set(now.scopes):  # words or sound went away meanwhile
        raise Refused("share.narrowed", session=session_id)


def recheck(library: Library, session_id: str, under: ConsentFacts, target: Path) -> None:
    """Take back a file whose consent ended or was narrowed while it was made.

    Parameters
    ----------
    library, session_id
        Of what.
    under : ConsentFacts
        What the consent covered when the session was read.
    target : Path
        The file.

    Raises
    ------
    Refused
        If it was taken back.
    """
    try:
        _lets_out(library.consent(session_id), session_id, under)
    except Refused as refusal:
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            why = {"because": refusal.message, "why": error.strerror}
            raise Refused("share.left_there", file=str(target), **why) from None
        raise


def tell(
    library: Library, session_id: str, what: str, *, under: ConsentFacts, by: str = "user"
) -> None:
    """Tell in the audit what leaves a library, if the consent covers it at this moment.

    Parameters
    ----------
    library, session_id
        Of what.
    what : str
        Of the audit.
    under : ConsentFacts
        What the consent covered when the session was read.
    by : str
        The code of who lets it out.

    Raises
    ------
    Refused
        If it does not, or the library cannot be written.
    """
    with library.locked(), library.database.writing() as held:
        row = library.row_of(held, session_id)
        _lets_out(consented.allowed(held, row.sha256, session_id, None), session_id, under)
        audit.told(held, what, session_id, who=by)


def pack(
    library: Library,
    session_id: str,
    *,
    by: str,
    clips: Sequence[Span] = (),
    also: Iterable[str] = (),
    shown: Iterable[str] = (),
    rules: Sharing = Sharing(),
) -> Pack:
    """Make a pack, and tell it in the audit.

    Parameters
    ----------
    library, session_id
        Of what.
    by : str
        The code of who shares.
    clips : sequence of Span
        Stretches of sound to go with it; none makes a pack without speech.
    also, shown : iterable of str
        Words that are covered too, and words that are no names.
    rules : Sharing

    Raises
    ------
    Refused
        If the consent does not cover sharing, or clips are asked for of a session without words or
        sound, of too many or too long, or outside it.
    """
    may_share(library, session_id)
    report = library.load(session_id)
    cover = covering(report, also=also, shown=shown)
    files = _without_speech(library, session_id, report, cover)
    made = _clips(library, session_id, report, clips, cover, rules)
    told = []
    for number, (span, sound, seconds) in enumerate(made, 1):
        files[f"clips/{number:02}.flac"] = sound
        told.append((span, seconds))
    if told:
        files["clips.html"] = _listed(told, report, cover).encode()
    what = "shared with clips" if told else "shared without speech"
    tell(library, session_id, what, under=report.consent, by=by)
    return Pack(_zipped(files), cover, report.consent, tuple(told))


def _without_speech(
    library: Library, session_id: str, report: Report, cover: Cover
) -> dict[str, bytes]:
    hidden = covered(report, cover)
    frames = library.frames(session_id)
    page = pages.html(hidden, frames, session_id="", sound=False)
    measures = [
        (m.cue, m.role, m.value, m.unit, m.low, m.high, m.n, m.reliable, str(m.reason or ""))
        for m in hidden.measures
    ]
    turns = [
        (t.index, round(t.span.start, 2), round(t.span.end, 2), t.role, t.kind, t.text)
        for t in hidden.turns
    ]
    columns = ("cue", "role", "value", "unit", "low", "high", "n", "reliable", "reason")
    return {
        "report.html": page.encode(),
        "measures.csv": _table(columns, measures),
        "turns.csv": _table(("turn", "start_s", "end_s", "role", "kind", "text"), turns),
    }


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(v) if isinstance(v, str) else v for v in row])
    return out.getvalue().encode()


def _clips(
    library: Library,
    session_id: str,
    report: Report,
    clips: Sequence[Span],
    cover: Cover,
    rules: Sharing,
) -> list[tuple[Span, bytes, float]]:
    if not clips:
        return []
    _may_be_cut(clips, report, rules)
    if not any(turn.text for turn in report.turns):
        raise Refused("share.no_words", session=session_id)
    sound = library.sound(session_id)
    if sound is None:
        raise Refused("share.no_sound", session=session_id)
    hidden = bleeping.bleeped(report.turns, cover, rules=rules)
    try:
        return [
            (
                span,
                bleeping.clip(sound, span, hidden, rules=rules),
                sum(part.overlap(span) for part in hidden),
            )
            for span in clips
        ]
    except (OSError, ValueError, RuntimeError):
        raise Refused("share.no_sound", session=session_id) from None


def _may_be_cut(clips: Sequence[Span], report: Report, rules: Sharing) -> None:
    if len(clips) > rules.most_clips:
        raise Refused("share.too_many", n=len(clips), most=rules.most_clips)
    for span in clips:
        if span.duration > rules.longest_clip_s:
            raise Refused("share.too_long", seconds=span.duration, most=rules.longest_clip_s)
        if span.end > report.recording.duration_s + rules.past_end_s:
            raise Refused("share.outside", end=span.end, length=report.recording.duration_s)


def _listed(told: Sequence[tuple[Span, float]], report: Report, cover: Cover) -> str:
    hidden = covered(report, cover)
    rows = [
        {
            "file": f"clips/{number:02}.flac",
            "at": clock(span.start),
            "seconds": round(span.duration, 1),
            "bleeped": round(seconds, 1),
            "turns": [
                {"role": str(t.role), "text": t.text}
                for t in hidden.turns
                if t.text and t.span.overlap(span) > 0
            ],
        }
        for number, (span, seconds) in enumerate(told, 1)
    ]
    return filled("clips.html", title="", css="agenda.css", media=True, clips=rows)


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for folder in sorted({name.rpartition("/")[0] for name in files} - {""}):
            packed.mkdir(folder, 0o700)  # else whoever unpacks it has one that others may read
        for name, held in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(name, _THEN), held, zipfile.ZIP_DEFLATED)
    return out.getvalue()

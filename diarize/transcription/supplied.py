"""A supplied transcript on the recording's clock: taken, mended, or refused with the likely cause.

Conventions
-----------
A transcript is believed as far as the sound bears it out. Its times are compared with the speech
(`diarize.transcription.fitting`); where they plainly belong elsewhere they are moved and a note
says by how much; where they plainly belong nowhere the transcript is refused. A text without times
is laid along what a recogniser heard. Labels are compared with the voices once those are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.table import cut, placed
from diarize.formats.transcript import Cue, Transcript
from diarize.messages import Note
from diarize.settings import Fitting, Hearing, Labels
from diarize.timeline import Span, Turn, Word, intersection, subtract, total, union
from diarize.transcription.alignment import match_labels
from diarize.transcription.anchoring import anchored
from diarize.transcription.begins import as_said
from diarize.transcription.fitting import Fit, fit, moved, spoken
from diarize.transcription.jumps import Jump, jump, over

__all__ = ["UNVERIFIED", "Fitted", "coarse", "fitted", "labels_agree", "of_everybody", "unlabelled",
           "untimed", "with_heard"]  # fmt: skip

UNVERIFIED = {"transcript.not_verified", "transcript.too_short", "transcript.fits_badly"}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A transcript on the recording's clock, and how far it agrees with the sound.

    Parameters
    ----------
    transcript : Transcript
        With its times mended, where they had to be.
    inside, covered : float or None
        Share of cue time inside speech, and of speech that cues cover; None if not judged.
    offset_s, drift_ppm : float or None
        How much later its times were than the sound, and how much faster its clock ran.
    """

    transcript: Transcript
    inside: float | None = None
    covered: float | None = None
    offset_s: float | None = None
    drift_ppm: float | None = None

    @property
    def unverified(self) -> bool:
        """Whether nothing says that its times are of this recording."""
        return not UNVERIFIED.isdisjoint(note.code for note in self.transcript.notes)

    def labels_min(self, hearing: Hearing) -> float:
        """Share of speech in which labels must agree with the voices to say who is who.

        More is asked where nothing else says that the transcript is of this recording.
        """
        return hearing.labels.surely_share if self.unverified else hearing.fitting.labels_min


def untimed(transcript: Transcript) -> bool:
    """Whether a transcript has words and no times, or hardly any."""
    spoken = [cue for cue in transcript.cues if cue.text]
    timed = sum(cue.span is not None for cue in spoken)
    return bool(spoken) and 2 * timed < len(spoken)


def fitted(
    path: Path,
    transcript: Transcript,
    heard: Sequence[Span],
    duration: float,
    *,
    offset_s: float | None = None,
    hearing: Hearing | None = None,
) -> Fitted:
    """Give a transcript with its times as the sound has them.

    Parameters
    ----------
    path : Path
        What a refusal names.
    transcript : Transcript
        With times.
    heard : sequence of Span
        Where anybody speaks.
    duration : float
        Seconds, of the recording.
    offset_s : float, optional
        How much later than the sound a person says its times are; then none is looked for.
    hearing : Hearing, optional
        Thresholds.

    Raises
    ------
    Refused
        If its times belong to another recording, or are off in a way that cannot be mended surely.
    """
    hearing = hearing or Hearing()
    found = _judged(path, transcript, heard, duration, offset_s, hearing)
    return replace(found, transcript=as_said(found.transcript, hearing.fitting))


def _judged(
    path: Path,
    transcript: Transcript,
    heard: Sequence[Span],
    duration: float,
    offset_s: float | None,
    hearing: Hearing,
) -> Fitted:
    """Compare a transcript's times with the speech, and take, mend or refuse them."""
    rule = hearing.fitting
    if offset_s is not None:
        transcript = moved(transcript, offset_s)
    first_s = min((span.start for span in heard), default=0.0)
    there = placed(transcript, duration, formats=hearing.formats, first_s=first_s)
    found = fit(there.cues, heard, duration, rule)
    if found is None or found.common_s < rule.common_min_s:
        there = placed(transcript, duration, formats=hearing.formats)
        if found is not None and offset_s is None and _beside(there, found, rule):
            raise Refused("transcript.beside_speech", file=str(path), inside=found.inside)
        known = cut(path, there, duration, formats=hearing.formats)
        said = total(spoken(known.cues, rule))
        if min(said, total(heard)) >= rule.common_min_s:  # enough of both, and still no telling
            known = replace(known, notes=(*known.notes, _not_verified()))
        elif said > 0 and (found is None or found.likeness < rule.short_fits):
            known = replace(known, notes=(*known.notes, _too_short()))
        return Fitted(known, None, None, offset_s, None)
    if offset_s is not None:
        notes: tuple[Note, ...] = (Note("transcript.given_offset", {"seconds": -offset_s}),)
        if found.likeness < rule.fits:
            notes = (*notes, Note("transcript.fits_badly", {"inside": found.inside}, "caution"))
        whole = cut(path, there, duration, formats=hearing.formats, sure=True)
        whole = replace(whole, notes=(*whole.notes, *notes))
        return Fitted(whole, found.inside, found.covered, offset_s, None)
    return _mended(path, there, found, heard, duration, hearing)


def _mended(
    path: Path,
    there: Transcript,
    found: Fit,
    heard: Sequence[Span],
    duration: float,
    hearing: Hearing,
) -> Fitted:
    """Move times that plainly belong elsewhere; refuse what belongs nowhere."""
    rule = hearing.fitting
    jumped = jump(there.cues, heard, duration, rule)
    if jumped is not None and _rather(jumped, found, rule):
        return _without_jump(path, there, jumped, heard, duration, hearing)
    clear = any(
        found.best >= best and found.margin >= margin
        for best, margin in (
            (rule.clear, rule.clear_margin),
            (rule.dense_clear, rule.dense_margin),
        )
    )
    # What stands elsewhere by less than this is no better there.
    better = found.best - found.likeness >= rule.better_by
    notes: tuple[Note, ...] = ()
    offset, drift = 0.0, 0.0
    if better and clear:
        if abs(found.speed - 1.0) > rule.speed_reach:
            raise Refused("transcript.wrong_speed", file=str(path), speed=found.speed)
        there = moved(there, found.offset_s, found.speed)
        offset, drift = found.offset_s, found.drift_ppm
        notes = (_moved_note(found),)
        found = fit(there.cues, heard, duration, rule) or found
    elif not better:
        if found.likeness < rule.fits:
            notes = _weakly(path, there, found, hearing)
    elif found.likeness >= rule.fits:
        notes = (Note("transcript.perhaps_late", {"seconds": found.offset_s}, "caution"),)
    else:
        notes = _weakly(path, there, found, hearing)
    whole = cut(path, there, duration, formats=hearing.formats, sure=True)
    whole = replace(whole, notes=(*whole.notes, *notes, *_without_words(whole, heard, rule)))
    return Fitted(whole, found.inside, found.covered, offset, drift)


def _rather(jumped: Jump, found: Fit, rule: Fitting) -> bool:
    """Whether a jump says more than one place does for all cues, or one clock that runs otherwise.

    One place may leave out half of the cues and fit the rest: there it need be no better.
    """
    least = rule.better_by if found.speed != 1.0 else -rule.jump_slack
    return (
        jumped.likeness - found.likeness >= rule.better_by and jumped.likeness - found.best >= least
    )


def _without_jump(
    path: Path,
    there: Transcript,
    jumped: Jump,
    heard: Sequence[Span],
    duration: float,
    hearing: Hearing,
) -> Fitted:
    """Put the times in front of a jump and behind it where they are heard."""
    if not jumped.in_order:
        raise Refused("transcript.other_order", file=str(path), at_s=jumped.at_s)
    fields = {"at_s": jumped.at_s, "before_s": jumped.before_s, "after_s": jumped.after_s}
    told = [Note("transcript.jumped", fields, "caution")]
    kept = over(there.cues, jumped)
    if lost := len(there.cues) - len(kept):
        told.append(Note("format.cues_without_sound", {"cues": lost}, "caution"))
    there = replace(there, cues=kept, notes=(*there.notes, *told))
    found = fit(there.cues, heard, duration, hearing.fitting)
    whole = cut(path, there, duration, formats=hearing.formats, sure=True)
    notes = (*whole.notes, *_without_words(whole, heard, hearing.fitting))
    return Fitted(
        replace(whole, notes=notes),
        found.inside if found else None,
        found.covered if found else None,
        jumped.before_s,
        0.0,
    )


def _without_words(there: Transcript, heard: Sequence[Span], rule: Fitting) -> tuple[Note, ...]:
    """Say where people speak and the transcript has no words."""
    told = union(cue.span.widened(rule.slack_s) for cue in there.cues if cue.span is not None)
    places = tuple(s for s in subtract(heard, told) if s.duration >= rule.wordless_s)
    lost_s = total(places)
    if lost_s < rule.wordless_share * total(heard):
        return ()
    return (Note("transcript.speech_without_words", {"seconds": lost_s}, "caution", places),)


def _not_verified() -> Note:
    return Note("transcript.not_verified", severity="caution")


def _too_short() -> Note:
    return Note("transcript.too_short", severity="caution")


def _beside(there: Transcript, found: Fit, rule: Fitting) -> bool:
    """Whether times that are fine enough lie beside the speech, though both are short."""
    return found.likeness < rule.fits and not (coarse(there, rule) or _bridging(there, found, rule))


def _moved_note(found: Fit) -> Note:
    fields = {"seconds": found.offset_s, "percent": found.drift_ppm / 1e4}
    code = "transcript.drifting" if found.speed != 1.0 else "transcript.moved"
    return Note(code, fields, "caution")


def _weakly(path: Path, there: Transcript, found: Fit, hearing: Hearing) -> tuple[Note, ...]:
    """Refuse times that nothing bears out, if they are fine enough to be judged."""
    rule = hearing.fitting
    if coarse(there, rule) or _bridging(there, found, rule):
        return (_not_verified(),)
    likely = found.best >= rule.clear or (
        found.best >= rule.likely and found.margin >= rule.likely_margin
    )
    if likely and found.speed != 1.0:
        fields = {"percent": found.drift_ppm / 1e4, "seconds": found.offset_s}
        raise Refused("transcript.likely_drifting", file=str(path), **fields)
    if likely and abs(found.offset_s) > rule.unnoticed_s:
        code = "transcript.starts_late" if found.offset_s > 0 else "transcript.starts_early"
        raise Refused(code, file=str(path), seconds=abs(found.offset_s), offset=found.offset_s)
    raise Refused("transcript.other_recording", file=str(path), inside=found.inside)


def _bridging(there: Transcript, found: Fit, rule: Fitting) -> bool:
    """Whether cues show no pauses, hold all speech as they stand, and plainly fit nowhere else."""
    said = spoken(there.cues, rule)
    filled = total(said) > rule.bridging_share * (said[-1].end - said[0].start)
    elsewhere = found.best - found.likeness >= rule.better_by and found.best >= rule.likely
    return filled and not elsewhere and found.covered >= rule.bridging_covers


def coarse(transcript: Transcript, rule: Fitting) -> bool:
    """Whether times are whole seconds or starts alone: too coarse to show pauses."""
    spans = [cue.span for cue in transcript.cues if cue.span is not None]
    edges = [s.start for s in spans] + ([] if transcript.loose else [s.end for s in spans])
    whole = sum(abs(at - round(at)) < rule.whole_second_s for at in edges)
    return transcript.loose or whole > rule.whole_share * len(edges)


def with_heard(
    path: Path, transcript: Transcript, words: Sequence[Word], *, hearing: Hearing | None = None
) -> Fitted:
    """Give a text without times the times of the words that a recogniser heard.

    Raises
    ------
    Refused
        If too few of its words were heard.
    """
    rule = (hearing or Hearing()).fitting
    cues, share = anchored(transcript.cues, words, rule)
    if share < rule.anchored_share:
        raise Refused("transcript.not_heard", file=str(path), share=share)
    note = Note("transcript.times_by_ear", {"share": share}, "caution")
    return Fitted(replace(transcript, cues=cues, notes=(*transcript.notes, note)))


def labels_agree(
    transcript: Transcript, turns: Sequence[Turn], *, rule: Fitting | None = None
) -> float | None:
    """Share of labelled cue time in which the label's voice is the one heard; None without two.

    Only time counts in which one voice speaks alone.
    """
    # A pair that hardly shares anything counts, too: it is what disagrees.
    matched = match_labels(transcript.cues, turns, labels=Labels(least_shared=0.0))
    voices = {turn.voice for turn in turns}
    if len(matched) < 2 or len(voices) < 2:
        return None
    alone = {
        voice: subtract(
            union(t.span for t in turns if t.voice == voice),
            union(t.span for t in turns if t.voice != voice),
        )
        for voice in voices
    }
    right = all_ = 0.0
    for label, voice in matched.items():
        own = [cue for cue in transcript.cues if cue.voice == label]
        said = spoken(own, rule or Fitting())
        right += total(intersection(said, alone[voice]))
        all_ += sum(total(intersection(said, spans)) for spans in alone.values())
    return right / all_ if all_ > 0 else None


def of_everybody(
    transcript: Transcript, turns: Sequence[Turn], *, labels: Labels | None = None
) -> bool:
    """Whether a transcript's only label stands over the speech of two voices or more.

    A label that is one person's leaves most of what others say uncovered.
    """
    rule = labels or Labels()
    if len(transcript.labels) != 1:
        return False
    told = union(cue.span for cue in transcript.cues if cue.span is not None and cue.voice)
    if not told:
        return False
    within = (Span(told[0].start, told[-1].end),)
    voices = {turn.voice for turn in turns}
    covered = 0
    for voice in voices:
        own = union(t.span for t in turns if t.voice == voice)
        alone = subtract(own, union(t.span for t in turns if t.voice != voice))
        heard_s = total(intersection(alone, within))
        covered += total(intersection(alone, told)) > rule.everybody_share * heard_s
    return covered > 1


def unlabelled(transcript: Transcript) -> Transcript:
    """Give a transcript whose labels say nothing of who speaks without them."""
    return replace(transcript, cues=tuple(_unlabelled(cue) for cue in transcript.cues))


def _unlabelled(cue: Cue) -> Cue:
    return replace(cue, voice=None, words=tuple(replace(w, voice=None) for w in cue.words))

"""What came in: what was read of what was supplied, and what was lost, mended, ignored, withheld.

Conventions
-----------
A row says what happened by a word, and what it was by a code with fields, as notes do. It names
no file. What nobody looks for is not listed: no row is no promise that nothing was lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diarize.messages import Message, Note, is_known, message, sentence
from diarize.recording.quality import Check
from diarize.timeline import Span

if TYPE_CHECKING:
    from prosody.report.model import RecordingFacts

__all__ = ["Intake", "became", "taken_in"]

# Notes that say what became of something supplied.
_BECAME: Mapping[str, str] = {
    "recording.length_unknown": "mended",
    "recording.header_short": "mended",
    "recording.joined": "mended",
    "recording.clock_restarts": "mended",
    "recording.starts_late": "mended",
    "recording.cut_short": "lost",
    "recording.no_end": "lost",
    "recording.piece_unread": "lost",
    "recording.missing_inside": "lost",
    "recording.ends_early": "lost",
    "recording.taken_for_text": "mended",
    "recording.bytes_swapped": "mended",
    "recording.byte_lost": "mended",
    "recording.channels_miscounted": "mended",
    "recording.written_twice": "ignored",
    "recording.parts_joined": "mended",
    "recording.parts_differ": "mended",
    "recording.parts_order": "read",
    "recording.parts_overlap": "mended",
    "recording.part_cut_short": "lost",
    "recording.part_no_end": "lost",
    "recording.side_by_side": "mended",
    "recording.same_start_taken": "mended",
    "recording.bytes_skipped": "ignored",
    "recording.track_taken": "ignored",
    "recording.tracks_are_channels": "read",
    "recording.direct_current": "mended",
    "recording.raised": "mended",
    "recording.channels_exchanged": "mended",
    "recording.mid_side": "mended",
    "recording.channel_late": "mended",
    "recording.channels_exchanged_often": "mended",
    "recording.channels_exchanged_by_voice": "mended",
    "recording.channel_lapses": "lost",
    "recording.channel_gone": "lost",
    "recording.lapses": "lost",
    "recording.dropouts": "lost",
    "recording.dead_end": "lost",
    "recording.echo": "mended",
    "recording.leak": "mended",
    "recording.echo_stays": "withheld",
    "recording.gain_rides": "withheld",
    "recording.gain_wanders": "withheld",
    "recording.gain_set": "withheld",
    "recording.gain_unclear": "withheld",
    "recording.gain_unjudged": "read",
    "recording.level_pressed": "withheld",
    "recording.noise_shaped": "withheld",
    "recording.coded": "withheld",
    "recording.coded_hard": "withheld",
    "recording.coded_in_steps": "withheld",
    "recording.peaks_cut": "withheld",
    "recording.channel_peaks_cut": "withheld",
    "recording.leak_stays": "withheld",
    "format.not_utf8": "mended",
    "format.of_an_old_mac": "mended",
    "format.of_dos": "mended",
    "format.read_wrongly_once": "mended",
    "format.cells_joined": "mended",
    "format.invented": "ignored",
    "format.cues_backwards": "mended",
    "format.other_clock": "mended",
    "format.clock_begins_anew": "mended",
    "format.time_origin": "mended",
    "format.repeats_collapsed": "mended",
    "format.stamps_in_text": "mended",
    "format.past_the_end": "lost",
    "format.before_the_start": "lost",
    "format.cues_without_sound": "lost",
    "format.words_tier_differs": "ignored",
    "format.tiers_left_out": "ignored",
    "format.lines_beside": "ignored",
    "format.marks": "ignored",
    "format.impossible_times": "ignored",
    "transcript.moved": "mended",
    "transcript.drifting": "mended",
    "transcript.jumped": "mended",
    "transcript.given_offset": "mended",
    "transcript.times_by_ear": "mended",
    "transcript.labels_are_letters": "mended",
    "transcript.too_short": "read",
    "transcript.not_verified": "read",
    "transcript.perhaps_another": "withheld",
    "transcript.borne_out_by_nothing": "read",
    "transcript.labels_disagree": "ignored",
    "transcript.one_label": "ignored",
    "transcript.words_by_sound": "ignored",
    "transcript.labels_against_channels": "ignored",
    "transcript.labels_against_channels_often": "ignored",
    "transcript.labels_against_voices": "ignored",
    "transcript.labels_against_voices_often": "ignored",
    "transcript.labels_or_channels": "withheld",
    "transcript.untimed_cues": "lost",
    "transcript.words_unplaced": "lost",
    "transcript.in_the_lost_end": "lost",
    "transcript.speech_without_words": "lost",
    "separator.turns_against_channels": "ignored",
    "separator.turns_against_channels_often": "ignored",
    "separator.turns_or_channels": "withheld",
    "separator.turns_against_voices": "mended",
    "separator.turns_against_voices_often": "mended",
    "separator.past_end": "lost",
    "separator.silent_channel": "ignored",
    "separator.faint_while_off": "ignored",
    "separator.channels_as_one": "ignored",
    "separator.map_contradicted": "ignored",
    "separator.map_unused": "ignored",
    "transcriber.left_out": "ignored",
    "transcriber.unheard": "ignored",
}
_PLACES_MOST = 100  # rows of one note; where a call lost more packets its note has the places


@dataclass(frozen=True, slots=True)
class Intake:
    """One thing that came in, or did not.

    Parameters
    ----------
    what : str
        ``read``, ``lost``, ``mended``, ``ignored`` or ``withheld``.
    code, fields, text
        What it was: a code of the catalogue, its fields and its sentence.
    span : Span or None
        Where in the recording, if it concerns a part of it.
    """

    what: str
    code: str
    fields: Mapping[str, Any]
    text: str
    span: Span | None = None

    def __str__(self) -> str:
        """Give its sentence in the language that is spoken, whatever it was written down in."""
        return sentence(self.code, self.fields) if is_known(self.code) else self.text


def became(code: str) -> str | None:
    """Say what a note's code says of something supplied; None where it says nothing of the kind."""
    return _BECAME.get(code)


def taken_in(
    recording: "RecordingFacts", quality: Iterable[Check], notes: Iterable[Note]
) -> Iterator[Intake]:
    """Gather it from what is known of a recording, its checks and the notes of an analysis."""
    yield _row(
        "read",
        message(
            "quality.read",
            seconds=recording.duration_s,
            rate_hz=recording.sample_rate_hz,
            channels=recording.channels,
        ),
    )
    for note in notes:
        what = became(note.code)
        places = note.spans if len(note.spans) <= _PLACES_MOST else ()
        for span in (places or (None,)) if what else ():
            yield _row(str(what), Message(note.code, note.fields), span)
    for check in quality:
        if check.verdict == "withhold":
            yield _row("withheld", check.meaning, check.span)


def _row(what: str, said: Message, span: Span | None = None) -> Intake:
    return Intake(what, said.code, dict(said.fields), str(said), span)

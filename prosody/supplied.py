"""What came with a recording: its transcript, its labels, and how both lie on the sound.

Conventions
-----------
A transcript is read when an analysis is planned and fitted once, when the sound is there. Labels
that may be people's names become letters before anything is made of them: no name reaches a
report, an export or a log.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import ascii_uppercase

from diarize.errors import Refused
from diarize.formats import pauses
from diarize.formats import table as exchange
from diarize.formats.names import anonymous, voices_of_names
from diarize.formats.transcript import Transcript
from diarize.messages import Message, Note, message
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation.activity import Speech
from diarize.separation.channels import CHANNEL, own_speech
from diarize.separation.table import Separation, supplied
from diarize.settings import Hearing
from diarize.timeline import Span, Turn, Word, subtract
from diarize.transcription.alignment import align, match_labels, overlaid, renamed
from diarize.transcription.exchanges import Against, against_voices
from diarize.transcription.supplied import (
    Fitted,
    coarse,
    fitted,
    labels_agree,
    of_everybody,
    unlabelled,
    untimed,
    with_heard,
)
from diarize.transcription.table import Transcription
from prosody.options import Asked

__all__ = [
    *("FROM_LABELS", "Listen", "Supplied"),
    *("of_both", "refuse_no_voice", "supplied_words", "with_transcript"),
]

Listen = Callable[[Audio, Speech], Sequence[Word]]
FROM_LABELS = Engine("transcript labels", "1")
_SUPPLIED = Engine("supplied transcript", "1")
_OFF = "recording.channel_gone"


@dataclass(slots=True, eq=False)
class Supplied:
    """What came with one recording.

    Parameters
    ----------
    transcript : Transcript or None
        As read, its labels already letters where they may be names.
    path : Path or None
        Its file, which refusals name.
    offset_s : float or None
        How much later than the sound a person said its times are.
    voices : mapping of str to str
        Which voice each label became, in the transcript or the file of speakers.
    hearing : Hearing
        Thresholds.
    listen : callable or None
        What hears the words of the recording, for a transcript without times.
    speakers : Diarization or None
        A file of who spoke when, as read.
    """

    transcript: Transcript | None = None
    path: Path | None = None
    offset_s: float | None = None
    voices: Mapping[str, str] = field(default_factory=dict, repr=False)
    hearing: Hearing = field(default_factory=Hearing)
    listen: Listen | None = None
    speakers: exchange.Diarization | None = None
    _fitted: Fitted | None = None

    @classmethod
    def of(cls, asked: Asked) -> "Supplied":
        """Read what was supplied.

        Raises
        ------
        Refused
            If it cannot be read.
        """
        hearing = asked.settings.hearing
        told = None
        if asked.speakers is not None:
            told = exchange.read_speakers(asked.speakers, formats=hearing.formats)
        if asked.transcript is None:
            return cls(hearing=hearing, speakers=told)
        read = exchange.read_transcript(asked.transcript, formats=hearing.formats)
        known, voices = anonymous(read)
        renamed = sum(voice != label for label, voice in voices.items())
        if renamed:
            note = Note("transcript.labels_are_letters", {"labels": renamed})
            known = replace(known, notes=(*known.notes, note))
        return cls(known, asked.transcript, asked.offset, voices, hearing, speakers=told)

    @property
    def untimed(self) -> bool:
        """Whether there is a transcript, and it has no times."""
        return self.transcript is not None and untimed(self.transcript)

    def on(self, audio: Audio, speech: Speech) -> Fitted | None:
        """Give the transcript on the recording's clock; None where there is none.

        Raises
        ------
        Refused
            If it belongs to another recording.
        """
        if self.transcript is None or self.path is None:
            return None
        if self._fitted is None:
            self.transcript = _to_the_end(self.transcript, audio)
            if self.untimed and self.listen is not None:
                words = self.listen(audio, speech)
                self._fitted = with_heard(self.path, self.transcript, words, hearing=self.hearing)
            else:
                self._fitted = fitted(
                    self.path,
                    self.transcript,
                    speech.spans,
                    audio.duration,
                    offset_s=self.offset_s,
                    hearing=self.hearing,
                )
        return self._fitted

    def without_one_label(self, turns: Sequence[Turn]) -> Fitted | None:
        """Give the transcript that lies on the sound, for good without a label that is everybody's.

        Parameters
        ----------
        turns : sequence of Turn
            Who was heard when.
        """
        known = self._fitted
        if known is None or not of_everybody(known.transcript, turns, labels=self.hearing.labels):
            return known
        plain = unlabelled(known.transcript)
        notes = (*plain.notes, Note("transcript.one_label", severity="caution"))
        self._fitted = replace(known, transcript=replace(plain, notes=notes))
        return self._fitted

    def against_sound(
        self, against: Against, *, unsure: bool = False, by: str = "channels"
    ) -> None:
        """Take from now on no label where it names the other person than the one who is heard.

        Where that is much of the session, or nothing tells which of the two is right, no label is
        taken anywhere: none tells who is who.

        Parameters
        ----------
        against : Against
            Where, and how much.
        unsure : bool
            Whether it may be the channels that are wrong.
        by : str
            What tells: ``channels`` of one person each, or ``voices`` that share one.
        """
        known = self._fitted
        if known is None:
            return
        whole = unsure or against.share > self.hearing.labels.against_share
        cues = tuple(
            plain if whole or _inside(cue.span, against.stretches) else cue
            for cue, plain in zip(
                known.transcript.cues, unlabelled(known.transcript).cues, strict=True
            )
        )
        note = against.note("transcript.labels", whole=whole, unsure=unsure, by=by)
        notes = (*known.transcript.notes, note)
        self._fitted = replace(known, transcript=replace(known.transcript, cues=cues, notes=notes))

    def separated(self, path: Path, audio: Audio, speech: Speech) -> Separation:
        """Take a file's turns: it says who speaks, and voice activity says where speech is.

        Where the recording has a channel for each person, each voice's is the one that carries it.

        Raises
        ------
        Refused
            If the file cannot be read, or belongs to another recording.
        """
        read = self.turns(path, audio, speech)
        turns, formats = self.named(read.turns), self.hearing.formats
        own = own_speech(audio, speech, self.hearing) if audio.channel_each else ()
        channel_of = _carried(turns, own, self.hearing)
        cut: list[Turn] = []
        for voice in sorted({turn.voice for turn in turns}):
            said = [turn for turn in turns if turn.voice == voice]
            heard = own[channel_of[voice]] if voice in channel_of else speech.spans
            knows = pauses.knows_pauses(said, heard, formats=formats)
            cut += said if knows else pauses.spoken(said, heard, formats=formats)
        found = supplied(cut, audio.duration)
        order = tuple(sorted(channel_of.items(), key=lambda pair: pair[1]))
        return replace(found, notes=found.notes + read.notes, channel_of=order)

    def turns(self, path: Path, audio: Audio, speech: Speech) -> exchange.Diarization:
        """Read who spoke when, and give it on the recording's clock.

        Raises
        ------
        Refused
            If it cannot be read, or belongs to another recording.
        """
        formats, duration_s = self.hearing.formats, audio.duration
        read = self.speakers or exchange.read_speakers(path, formats=formats)
        cues = tuple(exchange.Cue(turn.span, turn.voice, "") for turn in read.turns)
        told = _to_the_end(Transcript(cues, notes=read.notes), audio)
        there = fitted(path, told, speech.spans, duration_s, hearing=self.hearing)
        known = there.transcript
        if there.inside is None:  # too little to judge by: as the file has it
            known = exchange.ended(told, path, duration_s, formats=formats)
        turns = (Turn(cue.span, cue.voice) for cue in known.cues if cue.span and cue.voice)
        return exchange.Diarization(tuple(turns), known.notes)

    def named(self, turns: Iterable[Turn]) -> tuple[Turn, ...]:
        """Give turns of a file of speakers with letters for what may be names."""
        turns = tuple(turns)
        told = voices_of_names(turn.voice for turn in turns)
        self.voices = {**self.voices, **told}
        return tuple(Turn(turn.span, told[turn.voice]) for turn in turns)


def refuse_no_voice(asked: Asked, given: Supplied, apart: Separation | None = None) -> None:
    """Refuse a voice that a person named and that there is none of, as soon as that is known.

    Parameters
    ----------
    asked : Asked
        What a person said of voices.
    given : Supplied
        What came with the recording; its labels are names that a voice may be called by.
    apart : Separation or None
        Who speaks when. None is before anything is heard: then a name is refused that is no label
        and that no separator gives, such as a letter beyond the number of people.
    """
    told = [turn.voice for turn in given.speakers.turns] if given.speakers else []
    labels = {**given.voices, **voices_of_names(told)}
    heard = {turn.voice for turn in apart.turns} if apart else set[str]()
    people = asked.people or asked.settings.hearing.voices.most_voices
    letters = () if told else tuple(ascii_uppercase[:people])
    for name in filter(None, (asked.therapist, *(asked.voices or ()))):
        may_be = apart is None and (name in letters or name.startswith(CHANNEL))
        if not (may_be or name in heard or name in labels or name in labels.values()):
            known = sorted(heard) if apart else sorted(labels) or letters
            raise Refused("casting.no_such_voice", voice=name, known=known or ("none",))


def _inside(span: Span | None, stretches: Sequence[Span]) -> bool:
    return span is not None and any(s.start <= span.middle < s.end for s in stretches)


def _carried(
    turns: Sequence[Turn], own: Sequence[Sequence[Span]], hearing: Hearing
) -> Mapping[str, int]:
    """Say which channel carries each voice; nothing unless each has one, and each channel one."""
    cues = [exchange.Cue(turn.span, turn.voice, "") for turn in turns]
    heard = [Turn(span, str(channel)) for channel, spans in enumerate(own) for span in spans]
    matched = match_labels(cues, heard, labels=hearing.labels)
    whole = len(matched) == len({turn.voice for turn in turns}) == len(own)
    return {voice: int(channel) for voice, channel in matched.items()} if whole else {}


def _to_the_end(transcript: Transcript, audio: Audio) -> Transcript:
    """Leave out what was said after a recording was cut short: no fault of the transcript's."""
    if not audio.cut_short:
        return transcript
    end = audio.duration
    kept = tuple(cue for cue in transcript.cues if cue.span is None or cue.span.start < end)
    lost = len(transcript.cues) - len(kept)
    if not lost or not kept:
        return transcript
    cues = tuple(
        replace(cue, span=Span(cue.span.start, min(cue.span.end, end))) if cue.span else cue
        for cue in kept
    )
    note = Note("transcript.in_the_lost_end", {"cues": lost}, "caution")
    return replace(transcript, cues=cues, notes=(*transcript.notes, note))


def with_transcript(
    apart: Separation,
    transcript: Transcript,
    heard: tuple[Span, ...],
    hearing: Hearing,
    say: Callable[[Message], None] = lambda chosen: None,
) -> Separation:
    """Take from a labelled, timed transcript what the sound alone did not tell.

    Parameters
    ----------
    apart : Separation
        What the sound told.
    transcript : Transcript
        With two labels or more; without them nothing is taken.
    heard : tuple of Span
        Where anybody speaks.
    hearing : Hearing
        Thresholds.
    say : callable
        Told if the transcript is taken instead of the sound.
    """
    if len(transcript.labels) < 2:
        return apart
    voices = {turn.voice for turn in apart.turns}
    if len(voices) == 2:
        apart = _as_labelled(apart, transcript, hearing)
        turns, seconds = overlaid(apart.turns, transcript.cues, heard, labels=hearing.labels)
        note = Note("separator.overlap_from_transcript", {"seconds": seconds})
        return replace(apart, turns=turns, notes=(*apart.notes, note)) if seconds else apart
    turns = pauses.turns_of(transcript, heard)
    if len(voices) != 1 or len({t.voice for t in turns}) < 2:
        return apart
    say(message("engine.speakers_from_labels"))
    notes = (*apart.notes, Note("separator.from_transcript"))
    return replace(apart, turns=turns, engine=FROM_LABELS, notes=notes)


def _as_labelled(apart: Separation, transcript: Transcript, hearing: Hearing) -> Separation:
    """Believe the labels where they and the voices nearly always agree: a person wrote them.

    What is heard on a person's own channel is theirs whatever a label says, but for a transcript
    that knows where speech is and nowhere names the other person for long.
    """
    share = labels_agree(transcript, apart.turns, rule=hearing.fitting)
    exact = any(cue.stretches for cue in transcript.cues)  # an export: it knows where speech is
    if apart.channel_of and not exact:
        return apart
    if apart.channel_of:
        rule = hearing.labels
        if against_voices(transcript.cues, apart.turns, fine=True, labels=rule).stretches:
            return apart
    least = hearing.fitting.labels_min if exact else hearing.labels.surely_share
    if share is None or share < least or coarse(transcript, hearing.fitting):
        return apart
    turns, seconds = renamed(apart.turns, transcript.cues, labels=hearing.labels)
    if not seconds:
        return apart
    note = Note("separator.voices_from_transcript", {"seconds": seconds, "share": share})
    return replace(apart, turns=turns, notes=(*apart.notes, note))


def of_both(turns: Sequence[Turn], audio: Audio) -> tuple[Turn, ...]:
    """Give turns without what was heard while a microphone was off: then the other hears both."""
    off = [span for note in audio.notes if note.code == _OFF for span in note.spans]
    parts = ((turn, span) for turn in turns for span in subtract((turn.span,), off))
    return tuple(replace(turn, span=span) for turn, span in parts) if off else tuple(turns)


def supplied_words(
    given: Supplied,
    language: str | None,
    hearing: Hearing,
    audio: Audio,
    speech: Speech,
    separation: Separation,
) -> Transcription:
    """Lay a supplied transcript along the speech; a `Transcribe` once the first three are given.

    Raises
    ------
    Refused
        If none of its words has a time inside the recording.
    """
    given.on(audio, speech)
    fitted = given.without_one_label(separation.turns)
    transcript = fitted.transcript if fitted is not None else Transcript(())
    share = labels_agree(transcript, of_both(separation.turns, audio), rule=hearing.fitting)
    if fitted is not None and share is not None and share < fitted.labels_min(hearing):
        transcript = unlabelled(transcript)  # each word is whose voice is heard
    laid = align(
        transcript.cues,
        separation.turns,
        audio.duration,
        speech=speech.spans,
        sharing=hearing.sharing,
        labels=hearing.labels,
        open_ended=hearing.fitting if transcript.open_ended else None,
    )
    if not laid:
        raise Refused("transcriber.not_of_this_recording")
    lost = [cue for cue in transcript.cues if cue.span is None and cue.text]
    notes = transcript.notes
    if lost:
        fields = {"cues": len(lost), "words": sum(len(cue.text.split()) for cue in lost)}
        notes = (*notes, Note("transcript.untimed_cues", fields, "caution"))
    return Transcription(laid, language or transcript.language, _SUPPLIED, notes=notes)

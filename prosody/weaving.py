"""Voices and words woven into the conversation: which voice is who, and how sure that is.

Conventions
-----------
A voice's role comes from what a person said, the labels of a transcript, an enrolled voice or the
words (`diarize.roles`); where two of these contradict each other, a note says so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from diarize.conversation import Conversation, weave
from diarize.formats.transcript import Transcript
from diarize.messages import Field, Message, Note, message
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.roles import Casting, Role, cast, disputed, swapped_after
from diarize.separation.enrolled import changes_half_way, recognise
from diarize.separation.recognition import Recognition, Template
from diarize.separation.table import Separation
from diarize.settings import Roles
from diarize.timeline import Word, union
from diarize.transcription.alignment import crossed_after, match_labels
from diarize.transcription.supplied import UNVERIFIED, Fitted, labels_agree
from diarize.transcription.table import Transcription
from prosody.options import Asked
from prosody.report import model as report
from prosody.settings import Settings
from prosody.supplied import FROM_LABELS, of_both

__all__ = ["Woven", "woven"]
_FROM_WORDS = ("casting.words", "casting.and_likeness")
_UNSURE = {
    "transcript.labels_or_channels": "casting.labels_or_channels",
    "separator.turns_or_channels": "casting.turns_or_channels",
}
_NOT_TAKEN = {
    "separator.turns_or_channels",
    "separator.turns_against_channels_often",
    "separator.turns_against_voices_often",
}
_MAY_BE_WRONG = ("casting.channel_map", "casting.labels")  # evidence that words may contradict


@dataclass(frozen=True, slots=True)
class Woven:
    """The conversation, and what is known of how it was put together.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when.
    agreement : Agreement
        How far transcript, sound and engines agree.
    engines : mapping of str to Engine
        What compared the voices with an enrolled one, where one was asked for.
    notes : tuple of Note
        Where voices, labels, words or the enrolled voice contradict each other.
    """

    conversation: Conversation
    agreement: report.Agreement
    engines: Mapping[str, Engine]
    notes: tuple[Note, ...]


def woven(
    audio: Audio,
    separation: Separation,
    transcription: Transcription,
    *,
    fitted: Fitted | None,
    letters: Mapping[str, str],
    asked: Asked,
    settings: Settings,
) -> Woven:
    """Give each voice its role, and make the conversation.

    Parameters
    ----------
    audio : Audio
        The recording.
    separation, transcription
        Who speaks when, and what was said.
    fitted : Fitted or None
        A transcript that came with it, on the recording's clock.
    letters : mapping of str to str
        The letter that a label became which may be a name.
    asked : Asked
        What a person said of channels and voices.
    settings : Settings
        Thresholds.
    """
    if fitted is not None:
        settings = _asking(settings, fitted)
    recognised = _recognised(asked.enrolled, audio, separation, settings)
    transcript = fitted.transcript if fitted else None
    sure = replace(separation, turns=of_both(separation.turns, audio))
    agree = _agreement(fitted, sure)
    therapist = _therapist(asked.therapist, letters, transcript, separation, settings)
    conversation = _conversation(
        audio,
        separation,
        transcription,
        replace(asked, therapist=therapist),
        settings,
        labels=_labels(transcript, sure, agree, settings),
        agree=agree,
        recognised=recognised,
    )
    notes = _doubts(transcription.words, conversation, transcript, separation, agree, settings)
    if transcript is not None:
        notes += _whose_words(conversation, agree, settings)
    explained = any(note.code == "separator.changed_by_labels" for note in notes)
    if fitted is not None and fitted.unverified and not explained:
        notes += _whose_recording(agree, settings)
    if asked.enrolled is None or recognised is None:
        return Woven(conversation, agree, {}, notes)
    template = asked.enrolled
    notes += _against_enrolled(template, recognised, conversation, audio, separation, settings)
    engine = Engine("enrolled voice", "1", template.encoder_sha256)
    return Woven(conversation, agree, {"enrolled voice": engine}, notes)


def _conversation(
    audio: Audio,
    separation: Separation,
    transcription: Transcription,
    asked: Asked,
    settings: Settings,
    *,
    labels: Mapping[str, str] | None,
    agree: report.Agreement,
    recognised: Recognition | None,
) -> Conversation:
    """Give each voice its role, and make turns of speech and words.

    Labels are believed no more than they agree with the voices.
    """
    rule = settings.hearing.roles
    if agree.labels_agree is not None:
        least = min(rule.labels_certainty, agree.labels_agree)
        rule = replace(rule, labels_certainty=least)
    language = transcription.language or asked.language
    castings = cast(
        separation.turns,
        transcription.words,
        channel_of=dict(separation.channel_of),
        channel_roles=asked.channels,
        told=asked.voices,
        therapist_voice=asked.therapist,
        labels=labels,
        enrolled=recognised,
        language=language,
        rule=rule,
    )
    return weave(
        separation.turns,
        transcription.words,
        _less_sure(castings, transcription, separation, language, agree, settings),
        audio.duration,
        language=language,
        units=settings.units,
        missing=audio.holes,
        hums=separation.hums,
    )


def _less_sure(
    castings: Sequence[Casting],
    said: Transcription,
    separation: Separation,
    language: str | None,
    agree: report.Agreement,
    settings: Settings,
) -> tuple[Casting, ...]:
    """Make a channel map or labels less certain where the words clearly contradict them.

    Where the labels that words came with do not agree with the voices, it is not known whose words
    they are, and they tell no roles; where nothing shows that they are this recording's at all, no
    more than that lets them. Where it is not known whether labels, or a file's turns, or
    channels are wrong for a while, nobody's role is known.
    """
    rule, words = settings.hearing.roles, said.words
    noted = (*said.notes, *separation.notes)
    if unsure := next((_UNSURE[note.code] for note in noted if note.code in _UNSURE), None):
        why = message(unsure)
        return tuple(replace(c, role=Role.UNKNOWN, certainty=0.0, evidence=why) for c in castings)
    if _contradicted(agree, settings):
        nobody = Casting("", Role.UNKNOWN, 0.0, message("casting.whose_words"))
        castings = [
            replace(nobody, voice=c.voice, channel=c.channel)
            if c.evidence.code in _FROM_WORDS
            else c
            for c in castings
        ]
    if agree.labels_agree is None and any(note.code in UNVERIFIED for note in said.notes):
        castings = _no_surer(castings, _FROM_WORDS, rule)
    if disputed(castings, words, language, rule=rule) is None:
        return tuple(castings)
    return _no_surer(castings, _MAY_BE_WRONG, rule)


def _no_surer(castings: Sequence[Casting], by: Collection[str], rule: Roles) -> tuple[Casting, ...]:
    """Make what some evidence says no surer than what is contradicted."""
    return tuple(
        replace(c, certainty=min(c.certainty, rule.contradicted_certainty))
        if c.evidence.code in by
        else c
        for c in castings
    )


def _doubts(
    said: Sequence[Word] | None,
    conversation: Conversation,
    transcript: Transcript | None,
    separation: Separation,
    agree: report.Agreement,
    settings: Settings,
) -> tuple[Note, ...]:
    """Warn where voices change persons, by labels or words, or where words contradict the roles."""
    labels, roles = settings.hearing.labels, settings.hearing.roles
    castings = conversation.casting
    labelled = None
    if transcript is not None:
        labelled = crossed_after(transcript.cues, separation.turns, labels=labels)
    for at, code in (
        (labelled, "separator.changed_by_labels"),
        (swapped_after(said, castings, rule=roles), "separator.changed_by_words"),
    ):
        if at is not None:
            return (Note(code, {"at_s": at}, "caution"),)
    against: Message | None = disputed(castings, said, conversation.language, rule=roles)
    if against is None and _contradicted(agree, settings):
        against = message("transcript.labels_disagree", share=agree.labels_agree)
    return () if against is None else (Note(against.code, against.fields, "caution"),)


def _whose_words(
    conversation: Conversation, agree: report.Agreement, settings: Settings
) -> tuple[Note, ...]:
    """Say which of a transcript's words no turn has, and if its labels do not say whose they are.

    Words in no turn lie where their voice is not heard.
    """
    notes: tuple[Note, ...] = ()
    if _contradicted(agree, settings):
        notes = (Note("transcript.words_by_sound", {"share": agree.labels_agree}, "caution"),)
    lost = conversation.unplaced
    if not lost:
        return notes
    places = union((word.span for word in lost), join_s=conversation.units.ipu_silence_s)
    return (*notes, Note("transcript.words_unplaced", {"words": len(lost)}, "caution", places))


def _whose_recording(agree: report.Agreement, settings: Settings) -> tuple[Note, ...]:
    """Say where neither times nor labels show that a transcript is this recording's."""
    share = agree.labels_agree
    if share is None:
        return (Note("transcript.borne_out_by_nothing", severity="caution"),)
    if share >= settings.hearing.labels.surely_share:
        return ()
    return (Note("transcript.perhaps_another", {"share": share}, "withhold"),)


def _recognised(
    template: Template | None, audio: Audio, separation: Separation, settings: Settings
) -> Recognition | None:
    """Look for the enrolled voice, where one was asked for."""
    if template is None:
        return None
    return recognise(template, audio.mono, separation.turns, settings.hearing.enrolling)


def _against_enrolled(
    template: Template,
    recognised: Recognition,
    conversation: Conversation,
    audio: Audio,
    separation: Separation,
    settings: Settings,
) -> tuple[Note, ...]:
    """Say where the enrolled voice contradicts the roles, or changes persons half way."""
    notes = []
    castings = {casting.voice: casting for casting in conversation.casting}
    cast_as = castings.get(recognised.voice or "")
    if cast_as is not None and cast_as.role != "therapist":
        fields: dict[str, Field] = {
            "voice": cast_as.voice,
            "role": message(f"role.{cast_as.role}"),
            "evidence": cast_as.evidence,
        }
        notes.append(Note("enrolled.contradicts", fields, "caution"))
    if changes_half_way(template, audio.mono, separation.turns, settings.hearing.enrolling):
        notes.append(Note("enrolled.changed_persons", severity="caution"))
    return tuple(notes)


def _agreement(fitted: Fitted | None, separation: Separation) -> report.Agreement:
    """Say how far the transcript, the sound and the engines agree."""
    engines = separation.engines_agree
    if fitted is None:
        return report.Agreement(engines_agree=engines)
    own = separation.engine == FROM_LABELS  # then the labels are the voices
    labels = None if own else labels_agree(fitted.transcript, separation.turns)
    return report.Agreement(
        fitted.inside, fitted.covered, labels, engines, fitted.offset_s, fitted.drift_ppm
    )


def _therapist(
    name: str | None,
    letters: Mapping[str, str],
    transcript: Transcript | None,
    separation: Separation,
    settings: Settings,
) -> str | None:
    """Give the voice that a person named, by the name a voice has or a label had."""
    if name is None or any(turn.voice == name for turn in separation.turns):
        return name
    label = letters.get(name)
    if label is not None and any(note.code in _NOT_TAKEN for note in separation.notes):
        return None  # it is no longer known whose voice that is, which a note says
    if label is None or transcript is None:
        return label or name
    if not transcript.labels:
        return None  # as above
    labels = settings.hearing.labels
    return match_labels(transcript.cues, separation.turns, labels=labels).get(label, name)


def _asking(settings: Settings, fitted: Fitted) -> Settings:
    """Ask as much of labels as their transcript's times leave in doubt."""
    hearing = settings.hearing
    fitting = replace(hearing.fitting, labels_min=fitted.labels_min(hearing))
    return replace(settings, hearing=replace(hearing, fitting=fitting))


def _contradicted(agree: report.Agreement, settings: Settings) -> bool:
    """Whether labels lie beside the voices too often to say who is who."""
    share = agree.labels_agree
    return share is not None and share < settings.hearing.fitting.labels_min


def _labels(
    transcript: Transcript | None,
    separation: Separation,
    agree: report.Agreement,
    settings: Settings,
) -> Mapping[str, str] | None:
    """Give what a supplied transcript calls each voice, where it is to be believed."""
    if transcript is None or not transcript.labels or _contradicted(agree, settings):
        return None
    matched = match_labels(transcript.cues, separation.turns, labels=settings.hearing.labels)
    return {voice: label for label, voice in matched.items()} or None

"""A transcript's labels that name the other person for a while, where voices share a channel.

Conventions
-----------
Where each person has a channel, channels are asked (`prosody.kept_channels`). On one channel two
things are: who was heard when, and the voices themselves. Labels are not believed where turns and
voices both contradict them, or where both people plainly have each other's labels by their voices
alone. What the turns alone contradict may be the separator's mistake, and labels keep it.
"""

from diarize.recording.audio import Audio
from diarize.separation.activity import Speech
from diarize.separation.exchanged import changed_turns, described_by, persons_change
from diarize.separation.table import Separation
from diarize.settings import Hearing
from diarize.timeline import intersection, total, union
from diarize.transcription.exchanges import Against, against_voices
from diarize.transcription.supplied import coarse
from prosody.supplied import Supplied

__all__ = ["doubted_labels"]


def doubted_labels(
    audio: Audio, speech: Speech, separation: Separation, given: Supplied, hearing: Hearing
) -> Against:
    """Say where a transcript's two labels have each other's person, by turns and voices.

    Parameters
    ----------
    audio : Audio
        The recording; its voices are heard together.
    speech : Speech
        Where anybody speaks.
    separation : Separation
        Who was heard when.
    given : Supplied
        What came with the recording.
    hearing : Hearing
        Thresholds.
    """
    fitted, describe = given.on(audio, speech), described_by(audio, together=True)
    if fitted is None or describe is None or len(fitted.transcript.labels) != 2:
        return Against()
    cues = [cue for cue in fitted.transcript.cues if cue.span is not None]
    own = [
        intersection(union(c.span for c in cues if c.span and c.voice == label), speech.spans)
        for label in fitted.transcript.labels
    ]
    fine, rule = not coarse(fitted.transcript, hearing.fitting), hearing.exchanging
    turned = against_voices(cues, separation.turns, fine=fine, labels=hearing.labels).stretches
    sure = [span for span in turned if persons_change(own, describe, (span,), rule=rule)]
    plain = changed_turns(own, describe, rule=rule) if fine else ()
    stretches = union((*sure, *plain))
    if not stretches:
        return Against()
    said = union(span for spans in own for span in spans)
    seconds = total(intersection(said, stretches))
    return Against(stretches, (), seconds, seconds / total(said))

"""An export that was edited elsewhere, read back: its turns, their voices and their words.

Conventions
-----------
A file says of each turn from when to when it lasts, whose it is and perhaps what is said; it
does not say where the pauses are. So speech inside a turn is what was heard there, a turn begins
and ends where the file has it begin and end, and a turn where nothing was heard is speech
throughout. What was heard of a voice outside all its turns is no longer that voice's. Words
that a turn still has keep their times and probabilities. Times that differ by less than a
hundredth of a second are the same: formats round them.
"""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from diarize.conversation import Conversation, Utterance
from diarize.edits.streams import Streams, streams_of
from diarize.edits.texts import edited
from diarize.edits.whole import take_turns
from diarize.errors import Refused
from diarize.formats.mending import UNHEARD
from diarize.formats.transcript import Cue
from diarize.roles import Casting
from diarize.settings import Editing
from diarize.timeline import Span, Turn, Word, intersection, subtract, union
from diarize.transcription.alignment import match_labels

__all__ = ["Labels", "labelled", "labels_of", "read_back"]


@dataclass(frozen=True, slots=True)
class Labels:
    """Which voice each label of a file means; `by_time` were matched so, `new` are new voices."""

    voices: Mapping[str, str]
    by_time: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A turn of the file; `as_before` if the session has it so: no other's words came into it."""

    index: int
    span: Span
    voice: str
    as_before: bool


def labels_of(cues: Iterable[Cue], conversation: Conversation) -> Labels:
    """Say which voice each label means.

    A label is a role that one voice has, or a voice's name; else it is whichever voice without
    a label shares most of its time; else it is a new voice, named by the next free letter: a
    label may be a person's name, and none is kept.
    """
    cues = tuple(cues)
    known = {_folded(u.voice): u.voice for u in conversation.utterances}
    known |= _known(conversation.casting)
    said = dict.fromkeys(cue.voice for cue in cues if cue.voice is not None)
    voices = {label: known[_folded(label)] for label in said if _folded(label) in known}
    heard = {u.voice for u in conversation.utterances} - set(voices.values())
    turns = [Turn(ipu, u.voice) for u in conversation.utterances for ipu in u.ipus]
    rest = [cue for cue in cues if cue.voice not in voices]
    shared = match_labels(rest, [turn for turn in turns if turn.voice in heard])
    taken = {casting.voice for casting in conversation.casting}
    letters = (*string.ascii_uppercase, *(f"V{n}" for n in range(27, 27 + len(said))))
    free = (name for name in letters if name not in taken)
    new = {label: next(free) for label in said if label not in voices | shared}
    return Labels(voices | shared | new, tuple(shared), tuple(new))


def labelled(cues: Iterable[Cue], conversation: Conversation) -> list[Cue]:
    """Take ``label: text`` apart where the label is one of the session's and the cue has none.

    A subtitle reader takes a name that occurs once for a sentence with a colon.
    """
    known = _known(conversation.casting) | {
        _folded(u.voice): u.voice for u in conversation.utterances
    }
    found = []
    for cue in cues:
        name, colon, text = cue.text.partition(":")
        if cue.voice is None and colon and _folded(name) in known:
            said = "" if text.strip() == UNHEARD else text.strip()
            cue = replace(cue, voice=name.strip(), text=said)
        found.append(cue)
    return found


def _known(casting: Sequence[Casting]) -> dict[str, str]:
    """Give the voice of every name our own exports could write: roles of one voice, and voices."""
    roles = [c.role for c in casting]
    known = {_folded(c.voice): c.voice for c in casting}
    for c in casting:
        if roles.count(c.role) == 1 and c.role in ("therapist", "client"):
            known[_folded(c.role)] = c.voice
    return known


def _folded(label: str) -> str:
    return "_".join(label.casefold().split())


def read_back(
    cues: Sequence[Cue],
    conversation: Conversation,
    *,
    with_text: bool,
    editing: Editing = Editing(),
) -> tuple[Streams, int]:
    """Give the streams as a file has them.

    Parameters
    ----------
    cues : sequence of Cue
        With times; their labels are voices already.
    conversation : Conversation
        As it stands.
    with_text : bool
        Whether the file says what is said; otherwise the words stay and find their owners anew.
    editing : Editing
        Thresholds.

    Returns
    -------
    streams : Streams
        Turns and words; the role of a new voice is not known.
    lost : int
        Words whose turn is no longer there: they go with it.

    Raises
    ------
    Refused
        If no turn lies inside the recording.
    """
    told = _inside(cues, conversation.duration)
    if not told:
        raise Refused("edits.no_turn_inside")
    speech = _speech(told, conversation, editing.same_s)
    turns = tuple(sorted(Turn(span, voice) for voice, spans in speech.items() for span in spans))
    if not with_text:
        return streams_of(take_turns(conversation, turns, editing=editing)), 0
    words, lost = _said(told, speech, conversation, editing)
    return streams_of(take_turns(conversation, turns, words=words)), lost


def _inside(cues: Iterable[Cue], duration: float) -> list[tuple[Span, str, Cue]]:
    """Give each cue's time inside the recording, and its voice."""
    told = []
    for cue in cues:
        span = cue.span and cue.span & Span(0.0, duration)
        if span is not None and cue.voice is not None:
            told.append((span, cue.voice, cue))
    return sorted(told, key=lambda row: (row[0], row[1]))


def _speech(
    told: Sequence[tuple[Span, str, Cue]], conversation: Conversation, same_s: float
) -> dict[str, tuple[Span, ...]]:
    heard: dict[str, list[Span]] = {}
    turns: dict[str, list[Span]] = {}
    for u in conversation.utterances:
        heard.setdefault(u.voice, []).extend(u.ipus)
        turns.setdefault(u.voice, []).append(u.span)
    claimed: dict[str, list[Span]] = {}
    for span, voice, _ in told:
        claimed.setdefault(voice, []).append(span)
    freed = union(
        span
        for voice, spans in heard.items()
        for span in subtract(spans, claimed.get(voice, ()))
        if span.duration > same_s
    )
    now: dict[str, list[Span]] = {}
    for span, voice, _ in told:
        # What was another's is taken only where this voice's turn is new: another's turn that
        # was deleted from the middle of this one is nobody's.
        own = _cut(heard.get(voice, ()), span, same_s)
        beyond = subtract((span,), [t.widened(same_s) for t in turns.get(voice, ())])
        taken = intersection(freed, beyond)
        now.setdefault(voice, []).extend(_to_the_edges(union((*own, *taken)), span, same_s))
    return {voice: union(spans) for voice, spans in now.items()}


def _cut(heard: Iterable[Span], within: Span, same_s: float) -> Iterator[Span]:
    """Cut speech at a turn's ends, save where they are its own ends but for rounding."""
    for ipu in heard:
        shared = ipu & within.widened(same_s)
        if shared is not None and shared.duration > same_s:
            start = ipu.start if shared.start == ipu.start else within.start
            end = ipu.end if shared.end == ipu.end else within.end
            yield Span(min(start, end), end)


def _to_the_edges(pieces: tuple[Span, ...], turn: Span, same_s: float) -> tuple[Span, ...]:
    """Let speech begin and end with its turn; what is no more than rounding stays."""
    if not pieces:
        return (turn,)
    first, last = pieces[0], pieces[-1]
    edges = []
    if first.start - turn.start > same_s:
        edges.append(Span(turn.start, first.start))
    if turn.end - last.end > same_s:
        edges.append(Span(last.end, turn.end))
    return union((*pieces, *edges))


def _said(
    told: Sequence[tuple[Span, str, Cue]],
    speech: Mapping[str, Sequence[Span]],
    conversation: Conversation,
    editing: Editing,
) -> tuple[tuple[Word, ...], int]:
    """Give the words of every turn of the file, and how many had no turn any more."""
    turns, same_s = [(u.span, u.voice) for u in conversation.utterances], editing.same_s

    def stood(span: Span, voice: str) -> bool:
        return any(voice == v and _alike(span, s, same_s) for s, v in turns)

    places = [
        _Place(i, span.widened(same_s), voice, stood(span, voice))
        for i, (span, voice, _) in enumerate(told)
    ]
    before: dict[int, list[Word]] = {i: [] for i in range(len(told))}
    lost = 0
    for u in conversation.utterances:
        reach = u.span.widened(conversation.units.word_reach_s + 1.0)
        near = [place for place in places if place.span.overlap(reach) > 0]
        for word in u.words:
            home = _home(word, u, near)
            if home is None:
                lost += 1
            else:
                before[home].append(word)
    words: list[Word] = []
    for i, (span, voice, cue) in enumerate(told):
        was = sorted(before[i])
        texts = cue.text.split()
        if " ".join(word.text for word in was).split() == texts:
            now: Iterable[Word] = (_confirmed(word, voice) for word in was)
        else:
            room = intersection((span,), speech[voice]) or (span,)
            times = _times(cue, span)
            now = edited(
                [_confirmed(w, voice) for w in was], texts, room, voice, times, editing=editing
            )
        words += now
    return tuple(sorted(words)), lost


def _alike(one: Span, other: Span, same_s: float) -> bool:
    ends = abs(one.start - other.start), abs(one.end - other.end)
    return max(ends) < same_s


def _confirmed(word: Word, voice: str) -> Word:
    """A word that a person gave to another voice is not doubtful; one left alone may be."""
    return word if word.voice == voice else replace(word, voice=voice, doubtful=False)


def _times(cue: Cue, turn: Span) -> dict[int, Span]:
    """Give the times of a cue's words inside its turn, where it has them for each of its texts."""
    if len(cue.words) != len(cue.text.split()):
        return {}
    inside = ((i, word.span & turn) for i, word in enumerate(cue.words))
    return {i: span for i, span in inside if span is not None}


def _home(word: Word, u: Utterance, near: Sequence[_Place]) -> int | None:
    """Say in which turn of the file a word is now; None where its turn is gone."""
    own = [place for place in near if place.voice == u.voice]
    theirs = [place for place in near if place.voice != u.voice and not place.as_before]
    for places, share in ((own, 0.5), (theirs, 0.0), (own, 0.0)):
        best = max(places, key=lambda p: p.span.overlap(word.span), default=None)
        if best is not None and best.span.overlap(word.span) > share * word.span.duration:
            return best.index
    # A word that lies beside its turn, or takes no time: its turn decides.
    for places in (own, theirs):
        here = [place for place in places if place.span.overlap(u.span) > 0]
        if here:
            return min(here, key=lambda place: _apart(place.span, word.span)).index
    return None


def _apart(one: Span, other: Span) -> float:
    return max(0.0, one.start - other.end, other.start - one.end)

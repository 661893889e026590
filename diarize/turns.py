"""Who has the floor: stretches of speech become turns, secondary turns and backchannels.

Conventions
-----------
The rules are NaturalTurn's (Cooney & Reece 2025, Scientific Reports 15:39155) with corrections,
each explained in docs/turn-taking.md. A *line* is one voice's stretches in order. Times are
seconds. A stretch without usable words is judged by length, overlap and position alone, whether
the whole recording has no transcript or the transcriber missed an "mm-hm". No stretches give no
turns.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from diarize.settings import Units
from diarize.timeline import Span, Traits, Turn, Word, touching, union
from diarize.word_traits import traits_of

__all__ = ["Stretch", "TurnKind", "stretches", "take_turns"]

_LINE = Mapping[str, Sequence["Stretch"]]


class TurnKind(StrEnum):
    """What a turn is to the floor: it holds it, is said within another's, or shows listening."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    BACKCHANNEL = "backchannel"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech of one voice: inter-pausal units in order, the words said in them and their traits.

    `hum` is whether all of it was heard to be a hum.
    """

    span: Span
    voice: str
    ipus: tuple[Span, ...]
    words: tuple[Word, ...] = ()
    traits: tuple[Traits, ...] = ()
    hum: bool = False

    @property
    def phonation(self) -> float:
        """Seconds of speech without the pauses."""
        return sum(ipu.duration for ipu in self.ipus)

    @property
    def wordless_hum(self) -> bool:
        """Whether it was heard to be a hum and nothing was written for it: it holds no floor."""
        return self.hum and not self.tokens

    @property
    def asks(self) -> bool:
        """Whether the last word carries a question mark."""
        return bool(self.traits) and self.traits[-1].asks

    @property
    def tokens(self) -> int:
        """How many words are said, as the cue lists cut them."""
        return sum(trait.tokens for trait in self.traits)

    def cues(self, english: bool) -> int:
        """How many of them are a listener's."""
        return sum(trait.cues if english else trait.hums for trait in self.traits)

    def opens(self, english: bool) -> bool:
        """Whether it begins with a word after which people go on to say something."""
        return english and next((trait.opens for trait in self.traits if trait.tokens), False)


def stretches(
    voice: str, line: Sequence[Span], said: Sequence[tuple[Word, ...]], hums: Sequence[Turn]
) -> list[Stretch]:
    """Give one voice's units of speech with their words and the traits of these.

    Parameters
    ----------
    voice : str
    line : sequence of Span
        Its speech, without internal silences of `Units.ipu_silence_s`.
    said : sequence of tuple of Word
        Of each.
    hums : sequence of Turn
        Where somebody was heard to hum.
    """
    hummed = union(hum.span for hum in hums if hum.voice == voice)
    traits = iter(traits_of([word for words in said for word in words]))
    return [
        Stretch(
            ipu, voice, (ipu,), words, tuple(next(traits) for _ in words), _mostly_in(ipu, hummed)
        )
        for ipu, words in zip(line, said, strict=True)
    ]


def _mostly_in(span: Span, others: Sequence[Span]) -> bool:
    """Whether most of a span lies in some of sorted others."""
    return 2 * sum(span.overlap(other) for other in touching(others, span)) > span.duration


def take_turns(
    line_of: _LINE, units: Units, *, english: bool = True
) -> list[tuple[Stretch, TurnKind]]:
    """Join stretches into turns and say of each whether it is primary.

    Parameters
    ----------
    line_of : mapping of str to sequence of Stretch
        Per voice, its inter-pausal units in order, not overlapping each other.
    units : Units
        Thresholds.
    english : bool
        Whether the English word lists apply; hums are understood in any language.

    Returns
    -------
    list of (Stretch, TurnKind)
        Sorted by start.
    """
    taken = {v: _floor_taken(v, line_of, units, english) for v in line_of}
    held = {v: _joined(line, taken[v], units) for v, line in line_of.items()}
    inset = {v: _insets(v, line_of, held, units, english) for v in line_of}
    final = {v: _joined(line, taken[v] | inset[v], units) for v, line in line_of.items()}
    return list(_kinds(final, units, english))


def _joined(line: Sequence[Stretch], breaks: set[int], units: Units) -> list[Stretch]:
    """Join where the pause is short, whatever the other does, except after indices in `breaks`."""
    joined: list[list[Stretch]] = []
    for i, stretch in enumerate(line):
        if joined and i - 1 not in breaks and _pause(line, i - 1) < units.join_pause_s:
            joined[-1].append(stretch)
        else:
            joined.append([stretch])
    return [_concatenated(parts) for parts in joined]


def _concatenated(parts: Sequence[Stretch]) -> Stretch:
    if len(parts) == 1:
        return parts[0]
    return Stretch(
        Span(parts[0].span.start, parts[-1].span.end),
        parts[0].voice,
        tuple(ipu for part in parts for ipu in part.ipus),
        tuple(word for part in parts for word in part.words),
        tuple(trait for part in parts for trait in part.traits),
        all(part.hum for part in parts),
    )


def _pause(line: Sequence[Stretch], i: int) -> float:
    return line[i + 1].span.start - line[i].span.end


def _floor_taken(voice: str, line_of: _LINE, units: Units, english: bool) -> set[int]:
    """Find pauses of `voice` in which another takes the floor, however short the pause.

    NaturalTurn joins over whatever the other says. Two things the other says in a pause are
    turns all the same: an answer to a question (or a question of their own), and speech that is
    no shorter than what surrounds it, without which quick exchanges would collapse into one turn
    each.
    """
    line = line_of[voice]
    between = [
        _spoken_in(line[i].span.end, line[i + 1].span.start, voice, line_of)
        if _pause(line, i) < units.join_pause_s
        else None
        for i in range(len(line) - 1)
    ]
    before, after = _runs(line, between, units)
    taken: set[int] = set()
    for i, unit in enumerate(between):
        if unit is None:
            continue
        listening = _all_cues(unit, english)
        shorter = max(before[i], after[i + 1]) > unit.phonation + units.overlap_margin_s
        within = shorter and not unit.asks and not (line[i].hum or line[i + 1].hum)
        if _may_answer(unit, line[i], line[i + 1]) or not (listening or within):
            taken.add(i)
    return taken


def _may_answer(unit: Stretch, before: Stretch, after: Stretch | None) -> bool:
    """Whether what is said after a question may answer it: no hum while the asker goes on."""
    goes_on = after is not None and after.span.start < unit.span.end
    waits = before.span.end <= unit.span.start and not goes_on
    return before.asks and (waits or not unit.hum)


def _spoken_in(start: float, end: float, voice: str, line_of: _LINE) -> Stretch | None:
    """Give what one other voice says mostly inside a pause, or None."""
    pause = Span(start, end)
    for other, line in line_of.items():
        first = max(bisect_left(line, start, key=lambda s: s.span.start) - 1, 0)
        last = bisect_left(line, end, key=lambda s: s.span.start)
        inside = [s for s in line[first:last] if _said_in(s, pause)]
        if other != voice and inside:
            return _concatenated(inside)
    return None


def _said_in(stretch: Stretch, pause: Span) -> bool:
    """Whether a stretch lies mostly in a pause, or is a question that the pause answers to."""
    shared = stretch.span.overlap(pause)
    asked = stretch.asks and shared > 0 and stretch.span.end <= pause.end
    return asked or 2 * shared >= stretch.span.duration


def _runs(
    line: Sequence[Stretch], between: Sequence[Stretch | None], units: Units
) -> tuple[list[float], list[float]]:
    """Seconds of speech up to and from each stretch, back and on to where another speaks."""
    before = [s.phonation for s in line]
    after = list(before)
    joins = [
        between[i] is None and _pause(line, i) < units.join_pause_s for i in range(len(line) - 1)
    ]
    for i, joined in enumerate(joins):
        if joined:
            before[i + 1] += before[i]
    for i in reversed(range(len(joins))):
        if joins[i]:
            after[i] += after[i + 1]
    return before, after


def _insets(voice: str, line_of: _LINE, held: _LINE, units: Units, english: bool) -> set[int]:
    """Find pauses at the edge of something said while another holds the floor.

    Joined by the pause alone, an "mm-hm" said in the other's turn just before taking over would
    count as the beginning of the takeover.
    """
    line = line_of[voice]
    edges: set[int] = set()
    for other, theirs in held.items():
        if other == voice or not theirs:
            continue
        floor = [_holder(theirs, stretch.span) for stretch in line]
        for i in range(len(line) - 1):
            if _pause(line, i) < units.join_pause_s and _edge(
                line[i], line[i + 1], floor[i], floor[i + 1], units, english
            ):
                edges.add(i)
    return edges


def _edge(
    left: Stretch,
    right: Stretch,
    left_floor: Stretch | None,
    right_floor: Stretch | None,
    units: Units,
    english: bool,
) -> bool:
    """Whether the pause between two stretches separates listening from holding the floor."""
    if left_floor is right_floor:
        pause, sides = Span(left.span.end, right.span.start), (left, right)
        return (
            left_floor is not None
            and any(ipu.overlap(pause) > 0 for ipu in left_floor.ipus)
            and (
                any(side.wordless_hum for side in sides)
                or all(_hums(side, units, english) for side in sides)
            )
        )
    if left_floor is not None and _settled(
        left, left_floor.span.end - left.span.end, units, english
    ):
        return True
    return right_floor is not None and _settled(
        right, right.span.start - right_floor.span.start, units, english
    )


def _settled(inset: Stretch, margin: float, units: Units, english: bool) -> bool:
    """Whether the other held the floor long enough beyond an inset for it to stand alone."""
    return margin >= units.lead_s or (margin >= units.lead_s / 2 and _hums(inset, units, english))


def _holder(line: Sequence[Stretch], span: Span) -> Stretch | None:
    """Give the one turn of a line that contains a span."""
    i = bisect_right(line, span.start, key=lambda s: s.span.start) - 1
    return line[i] if i >= 0 and line[i].span.contains(span) else None


def _kinds(
    final: Mapping[str, list[Stretch]], units: Units, english: bool
) -> Iterator[tuple[Stretch, TurnKind]]:
    """Longest first, call primary what no longer primary turn of another voice contains."""
    primary: dict[str, list[Stretch]] = {voice: [] for voice in final}
    kind: dict[int, TurnKind] = {}
    everything = [stretch for line in final.values() for stretch in line]
    for stretch in sorted(everything, key=lambda s: (-s.span.duration, s.span, s.voice)):
        contained = any(
            (holder := _holder(line, stretch.span)) is not None
            and holder.span.duration > stretch.span.duration
            for voice, line in primary.items()
            if voice != stretch.voice
        )
        if contained:
            kind[id(stretch)] = _secondary(stretch, units, english)
        else:
            kind[id(stretch)] = TurnKind.PRIMARY
            insort(primary[stretch.voice], stretch, key=lambda s: s.span.start)
    everything.sort(key=lambda s: (s.span, s.voice))
    heard: Stretch | None = None  # of what began before, the one that ended last
    for i, stretch in enumerate(everything):
        following = everything[i + 1] if i + 1 < len(everything) else None
        if kind[id(stretch)] is TurnKind.PRIMARY and _listening(
            stretch, heard, following, units, english
        ):
            yield stretch, TurnKind.BACKCHANNEL
        else:
            yield stretch, kind[id(stretch)]
        if heard is None or stretch.span.end >= heard.span.end:
            heard = stretch


def _listening(
    unit: Stretch, before: Stretch | None, after: Stretch | None, units: Units, english: bool
) -> bool:
    """Whether a unit outside the other's turns is a backchannel after one of them.

    A lone "yes" that answers a question is a turn, and so is one after which the other does not
    go on. A hum cannot answer unless there was a question: without words it is no turn, whoever
    speaks next, if anybody does.
    """
    if before is None or unit.voice == before.voice or unit.span.duration > units.backchannel_s:
        return False
    if _may_answer(unit, before, after):
        return False
    if unit.wordless_hum:
        return True
    if after is None or before.voice != after.voice:
        return False
    resumed = after.span.start - unit.span.end <= units.resume_s
    if not unit.tokens:
        surrounded = min(before.phonation, after.phonation) - unit.span.duration
        return resumed and surrounded > units.overlap_margin_s
    hum = unit.cues(english=False) == unit.tokens
    listens = 2 * unit.cues(english) >= unit.tokens  # "take the bus" is a turn, however short
    return (resumed or hum) and listens and _secondary(unit, units, english) == "backchannel"


def _secondary(stretch: Stretch, units: Units, english: bool) -> TurnKind:
    """Type a contained unit by the first rule that matches; a question is never a backchannel."""
    said = stretch.tokens
    if not said:
        short = stretch.span.duration <= units.backchannel_s
        return TurnKind.BACKCHANNEL if short else TurnKind.SECONDARY
    if stretch.cues(english) == said:
        return TurnKind.BACKCHANNEL
    if said > units.backchannel_words or stretch.asks or stretch.opens(english):
        return TurnKind.SECONDARY
    return TurnKind.BACKCHANNEL


def _all_cues(stretch: Stretch, english: bool) -> bool:
    return stretch.tokens == stretch.cues(english) if stretch.tokens else stretch.hum


def _hums(stretch: Stretch, units: Units, english: bool) -> bool:
    """Whether a stretch could be a backchannel by its words, or by its length without words."""
    if stretch.tokens:
        return _all_cues(stretch, english)
    return stretch.span.duration <= units.backchannel_s

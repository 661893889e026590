"""What comes in: transcripts and recordings as people really have them, case by case.

``python -m benchmarks.inputs [FOLDER]``: transcripts; ``--layouts``: a sample's conversation in the
layouts of further tools (`benchmarks.shared.written_cases`); ``--sound``: recordings, made on the
spot with the ffmpeg program (`benchmarks.shared.sound_cases`); ``--commands [FILES]``: transcripts
through ``prosody analyze``, a process each (`benchmarks.shared.commanded`), and without FILES also
recordings with odd channels, gain or clocks (`benchmarks.shared.channel_cases`); ``--check``: the
recordings of ``--sound`` through ``prosody check`` (``--check NAMES``: those alone).

Each case is a file that stands for a kind (see its folder's README). A row says whether every word
was read and no other, whether every turn kept its speaker, how far its times are off, what was
said about it, and whether that is right. Times are judged after the check against the sound, where
a case needs one. The last line counts silent losses: words, turns or times that went wrong without
a refusal or a note.
"""

import argparse
import difflib
import itertools
import json
import re
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.shared import channel_cases, commanded
from benchmarks.shared.corpora import DATA, SAMPLES, load
from benchmarks.shared.eighth_sounds import EIGHTH_SOUNDS
from benchmarks.shared.fifth_sounds import FAULTS, FURTHER
from benchmarks.shared.fourth_cases import RECORDINGS
from benchmarks.shared.rounds import ROUNDS
from benchmarks.shared.said import Said, said_in
from benchmarks.shared.seventh_sounds import SEVENTH_SOUNDS
from benchmarks.shared.sixth_sounds import SIXTH_SOUNDS
from benchmarks.shared.sound_cases import CASES as CASES_OF_SOUND
from benchmarks.shared.sound_cases import LENGTH_S, RATE, SoundRow
from benchmarks.shared.sound_cases import checked as checked_sounds
from benchmarks.shared.sound_cases import judged as judged_sounds
from benchmarks.shared.twelfth_sounds import LATER_CHANNELS, LATER_SOUNDS
from benchmarks.shared.written_cases import Layout
from diarize.errors import Refused
from diarize.formats.table import read_rttm, read_transcript
from diarize.formats.transcript import Cue, Transcript
from diarize.separation.activity import Speech
from diarize.timeline import Span, union
from diarize.transcription.supplied import fitted, untimed

TEXT = DATA / "cases" / "text"
_DURATION_S = 100.0
CHANNELS = "channels"  # instead of FILES: the recordings with odd channels alone
ODD = ("*", CHANNELS)
SOUNDS = (
    *(*CASES_OF_SOUND, *RECORDINGS, *FURTHER, *SIXTH_SOUNDS, *SEVENTH_SOUNDS, *EIGHTH_SOUNDS),
    *LATER_SOUNDS,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: which files, how exact their times can be, and what should be said of them.

    Parameters
    ----------
    name : str
        A pattern of file names.
    within_s : float or None
        How far a turn's start may be off, seconds, at the median; None for times that the file
        has none of.
    says : tuple of str
        Codes that must be among the notes, or the refusal.
    partly : float
        Share of the truth's turns that the file holds.
    """

    name: str
    within_s: float | None = 0.1
    says: tuple[str, ...] = ()
    partly: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file."""

    name: str
    words: float
    speakers: float
    off_s: float | None
    said: tuple[str, ...]
    right: bool


# What is right for each; to add a case, add a row.
CASES = (
    Case("n*.vtt"),
    Case("z_[!e]*.vtt"),
    Case("z_entities*", partly=0.99),  # with a word more
    Case("x02*"),
    Case("x03*", says=("format.repeats_collapsed",)),
    Case("x04*", None, ("format.impossible_times",)),
    Case("x06*"),
    Case("x09*", 1.0),
    Case("x10*"),
    Case("x11*"),
    Case("p01*", 1.0),
    Case("p03*", 1.0),
    Case("p04*", 1.0),
    Case("p05b*", 1.0),
    Case("p06*", 6.0, ("format.lines_beside",)),
    Case("p08*"),
    Case("p10*", 1.0),
    Case("p11*", 1.0),
    Case("p12*", None, ("format.lines_beside",)),
    Case("p13*"),
    Case("q*"),
    Case("e01*", says=("format.time_origin",), partly=32 / 34),
    Case("e03*", says=("format.tiers_left_out",)),
    Case("g02*", says=("format.tiers_left_out",)),
    Case("g03*"),
    Case("g04*"),
    Case("j*"),
    Case("r*.rttm"),
)


# What the sound says of a transcript, with the first 100 s of the sample `attentive`.
SOUND = (
    ("base.vtt", ()),
    ("attentive_full.vtt", ("format.cues_without_sound",)),
    ("s01*", ("transcript.moved",)),
    ("s04*", ("transcript.wrong_speed",)),
    ("s06*", ("transcript.other_recording",)),
    ("p10*", ("format.other_clock", "transcript.not_verified")),
)


def tokens(texts: Iterable[str]) -> list[str]:
    """Give the words of texts in small letters, without marks."""
    return re.findall(r"[\w'-]*\w", " ".join(texts).casefold())


def judged(case: Case, path: Path, truth: Sequence[Cue]) -> Row:
    """Read one file and compare."""
    try:
        read = _read(path)
    except Refused as refusal:
        why = refusal.message.fields.get("why")
        code = getattr(why, "code", refusal.code)
        return Row(path.name, 0.0, 0.0, None, (code,), code in case.says)
    worded = path.suffix != ".rttm"
    words = _alike([c.text for c in truth], [c.text for c in read.cues]) if worded else 1.0
    pairs = _paired(truth, read.cues, worded)
    voices = Counter((a.voice, b.voice) for a, b in pairs)
    kept = {b: a for (a, b), _ in reversed(voices.most_common())}
    speakers = sum(kept.get(b.voice) == a.voice for a, b in pairs) / len(truth)
    apart = [abs(a.span.start - b.span.start) for a, b in pairs if a.span and b.span]
    off_s = statistics.median(apart) if apart else None
    said = tuple(note.code for note in read.notes)
    timed = off_s is None if case.within_s is None else off_s is not None and off_s <= case.within_s
    least = case.partly - 1e-9
    right = words >= least and speakers >= least and timed and set(case.says) <= set(said)
    return Row(path.name, words, speakers, off_s, said, right)


def _read(path: Path) -> Transcript:
    if path.suffix == ".rttm":
        found = read_rttm(path, duration=_DURATION_S)
        return Transcript(tuple(Cue(t.span, t.voice, "") for t in found.turns), notes=found.notes)
    return read_transcript(path, duration=_DURATION_S)


def _alike(truth: Iterable[str], read: Iterable[str]) -> float:
    """Share of words that both have, whatever their order: 1 if none is missing or too many."""
    one, other = Counter(tokens(truth)), Counter(tokens(read))
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _paired(truth: Sequence[Cue], read: Sequence[Cue], worded: bool) -> list[tuple[Cue, Cue]]:
    """Pair turns that say the same, in order; turns without words by their time."""
    if not worded:
        near = (min(read, key=lambda c: abs(c.span.start - t.span.start)) for t in truth)  # type: ignore[union-attr]
        return list(zip(truth, near, strict=True))
    starts = _word_rows(truth), _word_rows(read)
    one, other = ([word for word, _ in rows] for rows in starts)
    same = difflib.SequenceMatcher(None, one, other, autojunk=False)
    pairs: dict[int, tuple[Cue, Cue]] = {}
    for a, b, n in same.get_matching_blocks():
        for k in range(n):
            cue, found = starts[0][a + k][1], starts[1][b + k][1]
            pairs.setdefault(id(cue), (cue, found))
    return list(pairs.values())


def _word_rows(cues: Sequence[Cue]) -> list[tuple[str, Cue]]:
    """Give each word with its turn, turns in order of their words' place in the file."""
    ordered = sorted(cues, key=lambda c: c.span.start) if all(c.span for c in cues) else cues  # type: ignore[union-attr]
    return [(word, cue) for cue in ordered for word in tokens([cue.text])]


def table(rows: Iterable[Row], say: Callable[[str], None] = print) -> None:
    """Print the table, and how many losses were silent."""
    rows = list(rows)
    say(f"{'file':28} {'words':>6} {'who':>6} {'off s':>7}  right  said")
    for row in rows:
        off = "–" if row.off_s is None else f"{row.off_s:.2f}"
        codes = " ".join(code.partition(".")[2] for code in row.said)
        say(f"{row.name:28} {row.words:6.2f} {row.speakers:6.2f} {off:>7}  "
            f"{'yes' if row.right else 'NO':5}  {codes}")  # fmt: skip
    _last_line(rows, say)


def _last_line(rows: Sequence[Row | SoundRow], say: Callable[[str], None]) -> None:
    """Say how many were right, and how many losses were silent."""
    silent = sum(not row.right and not row.said for row in rows)
    say(f"\n{sum(row.right for row in rows)} of {len(rows)} right; silent losses: {silent}")


def layouts(folder: Path, kinds: Sequence[Layout]) -> Iterator[Row]:
    """Write a sample's first 100 s in each layout, read it, and compare turn by turn."""
    truth = json.loads((SAMPLES / "attentive.json").read_text("utf-8"))
    said = said_in(truth, _DURATION_S)
    for layout in kinds:
        yield as_written(layout, folder / layout.name, said)


def as_written(layout: Layout, path: Path, said: Sequence[Said]) -> Row:
    """Write a conversation in a layout, read it, and judge what became of it."""
    said = layout.told(said) if layout.told else said
    written = layout.write(said)
    path.write_bytes(written if isinstance(written, bytes) else written.encode("utf-8"))
    try:
        read = _read(path) if path.suffix == ".rttm" else _by_sound(path, said)
    except Refused as refusal:
        why = getattr(refusal.message.fields.get("why"), "code", refusal.code)
        return Row(path.name, 0.0, 0.0, None, (why,), why in layout.says)
    if path.suffix == ".rttm":  # times are what they can be told by
        own = {(round(c.span.start, 1), c.span): c for c in read.cues if c.span}
        texts = {round(t.start, 1): t.text for t in said}
        read = replace(read, cues=tuple(
            replace(c, text=texts.get(at, "")) for (at, _), c in own.items()))  # fmt: skip
    words = _alike([t.text for t in said], [c.text for c in read.cues])
    found = [(turn, _nearest(turn, read.cues)) for turn in said]
    pairs = [(turn, cue) for turn, cue in found if cue is not None]
    voices = Counter((turn.voice, cue.voice) for turn, cue in pairs)
    kept = {label: voice for (voice, label), _ in reversed(voices.most_common())}
    right = sum(kept.get(cue.voice) == turn.voice for turn, cue in pairs) / len(said)
    apart = [abs(cue.span.start - turn.start) for turn, cue in pairs if cue.span]
    off_s = statistics.median(apart) if apart else None
    within = off_s is None if layout.within_s is None else (off_s or 0.0) <= layout.within_s
    within = within and (off_s is None) == (layout.within_s is None)
    whole = words > 1 - 1e-9 and right >= layout.speakers and within
    codes = tuple(note.code for note in read.notes)
    strange = ("Weber", "Lind", *"[]<>{}#|", *layout.marks)
    named = any(name in cue.text for cue in read.cues for name in strange)
    return Row(path.name, words, right, off_s, codes,
               whole and set(layout.says) <= set(codes) and not named)  # fmt: skip


def _by_sound(path: Path, said: Sequence[Said]) -> Transcript:
    """Read a transcript and put it on the clock of the sound, as an analysis does."""
    read = read_transcript(path)
    heard = union(Span(a, b) for turn in said for a, b, _ in turn.words)
    return read if untimed(read) else fitted(path, read, heard, _DURATION_S).transcript


def _nearest(turn: Said, cues: Sequence[Cue]) -> Cue | None:
    """Give the cue that holds a turn's words, of several the one nearest in time."""
    wanted = tokens([turn.text])
    holds = [
        cue
        for cue in cues
        if wanted[0] in (own := tokens([cue.text])) and (own[0] in wanted or len(own) > len(wanted))
    ]
    return min(holds, key=lambda c: abs(c.span.start - turn.start) if c.span else 0, default=None)


def against_sound(folder: Path) -> Iterator[Row]:
    """Fit transcripts to the sound they came with."""
    with tempfile.TemporaryDirectory() as held:
        place = commanded.made(Path(held))
        heard = Speech(load(place.recording)).spans if place else ()
    for name, says in SOUND:
        for path in sorted(folder.glob(name)):
            words, off_s = 0.0, None
            try:
                there = fitted(path, read_transcript(path), heard, _DURATION_S)
            except Refused as refusal:
                said: tuple[str, ...] = (refusal.code,)
            else:
                words, off_s = there.inside or 0.0, there.offset_s
                said = tuple(note.code for note in there.transcript.notes)
            right = set(says) <= set(said) and bool(says) == bool(said)
            yield Row(path.name, words, there.covered or 0.0 if words else 0.0, off_s, said, right)


def recordings(only: str, say: Callable[[str], None] = print) -> None:
    """Print what became of recordings whose name fits: seconds heard and lost, how far off."""
    base = load(SAMPLES / "attentive.flac").mono[: round(LENGTH_S * RATE)]
    say(f"{'file':28} {'heard s':>8} {'lost s':>8} {'off s':>7}  right  said")
    with tempfile.TemporaryDirectory() as folder:
        cases = [case for case in SOUNDS if fnmatch(case.name, only)]
        rows = list(judged_sounds(base, Path(folder), cases))
    for row in rows:
        off = "–" if row.off_s is None else f"{row.off_s:.2f}"
        right = "yes" if row.right else "NO"
        say(f"{row.name:28} {row.heard_s:8.1f} {row.lost_s:8.1f} {off:>7}  {right:5}  "
            f"{' '.join(row.said)}")  # fmt: skip
    _last_line(rows, say)


def commands(folder: Path, only: str, say: Callable[[str], None] = print) -> None:
    """Print what became of every case through ``prosody analyze``."""
    truth = read_transcript(folder / "base.vtt").cues
    say(f"{'file':28} {'exit':>4} {'words':>6} {'who':>6}  name  right  said")
    rows: list[commanded.Commanded] = []
    with tempfile.TemporaryDirectory() as held:
        place = commanded.made(Path(held))
        if place is None:
            say("the recording of the cases is in the project's history, which is not here")
            return
        files = commanded.cases(folder, only)
        found = (commanded.judged(place, path, truth, _alike) for path in files)
        cases = (*channel_cases.CASES, *FAULTS, *LATER_CHANNELS)
        odd = channel_cases.judged(cases, place, folder / "base.vtt", truth)
        for row in itertools.chain(found if only != CHANNELS else (), odd if only in ODD else ()):
            rows.append(row)
            codes = " ".join(code.partition(".")[2] or code for code in row.said)
            name, right = "KEPT" if row.named else "no", "yes" if row.right else "NO"
            say(f"{row.name:28} {row.exit_code:4} {row.words:6.2f} {row.who:6.2f}  "
                f"{name:4}  {right:5}  {codes}")  # fmt: skip
    silent = sum(not row.right and not row.said for row in rows)
    say(f"\n{sum(row.right for row in rows)} of {len(rows)} right; silent losses: {silent}")


def checks(only: str, say: Callable[[str], None] = print) -> None:
    """Print what ``prosody check`` says of every recording whose name fits a pattern."""
    base = load(SAMPLES / "attentive.flac").mono[: round(LENGTH_S * RATE)]
    cases = [case for case in SOUNDS if fnmatch(case.name, only)]
    say(f"{'file':28} {'read and lost s':>15}  right  said")
    rows = []
    with tempfile.TemporaryDirectory() as held:
        place = commanded.Place(Path(held) / "base.wav", Path(held))
        for row in checked_sounds(base, place, cases):
            rows.append(row)
            right = "yes" if row.right else "NO"
            say(f"{row.name:28} {row.heard_s:15.1f}  {right:5}  {' '.join(row.said)}")
    _last_line(rows, say)


def main() -> None:
    """Print the table of the text cases, or of the recordings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=TEXT)
    parser.add_argument("--sound", nargs="?", const="*", metavar="NAMES", help="recordings")
    parser.add_argument("--commands", nargs="?", const="*", metavar="FILES", help="by command")
    parser.add_argument("--check", nargs="?", const="*", metavar="NAMES", help="by prosody check")
    parser.add_argument("--layouts", action="store_true", help="further tools' transcripts")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if asked.layouts:
        with tempfile.TemporaryDirectory() as place:
            for which, kinds in ROUNDS.items():
                print(f"\n{which} round")
                table(layouts(Path(place), kinds))
        return
    if asked.commands:
        commands(asked.folder, asked.commands)
        return
    if asked.check:
        checks(asked.check)
        return
    if asked.sound:
        recordings(asked.sound)
        return
    folder = asked.folder
    truth = read_transcript(folder / "base.vtt").cues
    cases = ((case, path) for case in CASES for path in sorted(folder.glob(case.name)))
    table(judged(case, path, truth) for case, path in cases)
    print("\nagainst the sound: share of cue time in speech, of speech with words, and the offset")
    table(against_sound(folder))


if __name__ == "__main__":
    main()

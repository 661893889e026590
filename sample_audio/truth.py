"""The ground truth of a session, as JSON, RTTM and WebVTT.

All times are seconds of the recording, to the millisecond. Speech stretches are those of the
dry voices before room and noise were added; silences shorter than 0.2 s do not divide them.
"""

import html
from collections.abc import Iterable
from typing import Any

from diarize.timeline import Span, Word, gaps, intersection, union
from sample_audio.play import Played, Session
from sample_audio.script import ROLES

__all__ = ["rttm", "truth", "vtt"]

SILENCE_S = 3.0
PAUSE_S = 0.2
SHORTEST_S = 0.01  # the accuracy of speech edges; shorter overlaps are none
WORD_TIMES = (
    "the synthesisers' own: how long their networks let each phone last, in steps of 25 ms "
    "(hibari) and 12 ms (piper); words that piper spoke as one have equal parts of it"
)


def truth(session: Session) -> dict[str, Any]:
    """Everything that is known about a session."""
    script = session.script
    return {
        "schema": 1,
        "session": script.name,
        "title": script.title,
        "language": "en",
        "synthetic": True,
        "seed": script.seed,
        "duration_s": round(session.length / script.rate_hz, 3),
        "sample_rate_hz": script.rate_hz,
        "channels": list(ROLES) if script.channels == 2 else ["both"],
        "voices": {
            role: {key: script.voices[role][key] for key in ("engine", "voice")} for role in ROLES
        },
        "word_times": WORD_TIMES,
        "turns": [_turn(index, turn) for index, turn in enumerate(session.turns)],
        "overlaps": overlaps(session.turns),
        "silences": silences(session.turns),
    }


def _turn(index: int, turn: Played) -> dict[str, Any]:
    manner = turn.manner
    return {
        "index": index,
        "role": turn.role,
        "kind": turn.kind,
        "start_s": round(turn.span.start, 3),
        "end_s": round(turn.span.end, 3),
        "text": turn.text,
        "behaviours": list(turn.kinds),
        "intended": {
            "manner": manner.name,
            "rate": manner.rate,
            "pitch_st": manner.pitch_st,
            "range": manner.range,
            "level_db": manner.level_db,
            "soft_db_per_octave": manner.soft_db,
        },
        "speech": [[round(span.start, 3), round(span.end, 3)] for span in turn.speech],
        "words": [
            {"start_s": round(w.span.start, 3), "end_s": round(w.span.end, 3), "text": w.text}
            for w in turn.words
        ],
    }


def overlaps(turns: Iterable[Played]) -> list[dict[str, Any]]:
    """Where both speak, who came in, and what was meant by it."""
    found = []
    ordered = list(enumerate(turns))
    for first, early in ordered:
        for second, late in ordered[first + 1 :]:
            for span in intersection(early.speech, late.speech):
                if span.duration >= SHORTEST_S:
                    found.append(_overlap(span, (first, early), (second, late)))
    return sorted(found, key=lambda overlap: (overlap["start_s"], overlap["turns"]))


def _overlap(span: Span, first: tuple[int, Played], second: tuple[int, Played]) -> dict[str, Any]:
    (_, early), (_, late) = first, second
    kind = "interruption" if early.broken_into else "terminal"
    if "backchannel" in (early.kind, late.kind):
        kind = "backchannel"
    return {
        "start_s": round(span.start, 3),
        "end_s": round(span.end, 3),
        "kind": kind,
        "by": late.role,
        "turns": [first[0], second[0]],
    }


def silences(turns: Iterable[Played]) -> list[dict[str, Any]]:
    """Stretches of 0.2 s and more with nobody speaking, between the first and the last word."""
    spoken = sorted((span, turn.role) for turn in turns for span in turn.speech)
    whole = Span(spoken[0][0].start, max(span.end for span, _ in spoken))
    found = []
    for gap in gaps((span for span, _ in spoken), whole):
        if gap.duration < PAUSE_S:
            continue
        before = max((s for s in spoken if s[0].start < gap.end), key=lambda s: s[0].end)[1]
        after = next(role for span, role in spoken if span.start >= gap.end)
        kind = "pause" if before == after else "gap"
        found.append(
            {
                "start_s": round(gap.start, 3),
                "end_s": round(gap.end, 3),
                "kind": "silence" if gap.duration >= SILENCE_S else kind,
                "previous": before,
                "next": after,
                "ended_by": after,
            }
        )
    return found


def rttm(session: Session) -> str:
    """Who speaks when, one line for each stretch of speech."""
    lines = []
    for role in ROLES:
        own = union(span for turn in session.turns if turn.role == role for span in turn.speech)
        lines += [(span, role) for span in union(own, join_s=PAUSE_S)]
    return "".join(
        f"SPEAKER {session.script.name} 1 {span.start:.3f} {span.duration:.3f} "
        f"<NA> <NA> {role} <NA> <NA>\n"
        for span, role in sorted(lines)
    )


def vtt(session: Session) -> str:
    """The transcript, one cue for each sentence, with the speaker as the voice of the cue."""
    cues = []
    for index, turn in enumerate(session.turns):
        for number, words in enumerate(_sentences(turn.words)):
            text = html.escape(" ".join(word.text for word in words), quote=False)
            start, end = words[0].span.start, words[-1].span.end
            cues.append((start, index, number, f"{_clock(start)} --> {_clock(end)}", turn, text))
    body = "".join(
        f"{index}.{number}\n{times}\n<v {turn.role}>{text}</v>\n\n"
        for _, index, number, times, turn, text in sorted(cues, key=lambda cue: cue[:3])
    )
    return f"WEBVTT\n\nNOTE Synthetic voices; nobody speaks here.\n\n{body}".rstrip() + "\n"


def _sentences(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    sentences: list[tuple[Word, ...]] = []
    start = 0
    for place, word in enumerate(words, start=1):
        if word.text.endswith((".", "?", "!", "\N{EM DASH}")) or place == len(words):
            sentences.append(words[start:place])
            start = place
    return sentences


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"

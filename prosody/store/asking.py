"""Who spoke, what was said, who is who: corrections made of what a person asks for.

Conventions
-----------
Each function takes what is asked and gives the corrections it makes; what is not there, or does
not go together, is refused.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from diarize.conversation import Utterance
from diarize.errors import Refused
from diarize.formats.contents import in_one_line
from diarize.formats.tiers import names_a_voice
from diarize.recording.consent import is_code
from diarize.roles import ROLES
from diarize.timeline import Span
from prosody.report.model import Report
from prosody.rules.warmth import current_component
from prosody.settings import Playing
from prosody.store.corrections import Correction
from prosody.store.requests import Asking

__all__ = [
    "READINGS",
    "motivational",
    "reading",
    "rename",
    "roles",
    "turn_text",
    "voice",
    "warmth",
    "when",
]

# After "not said", the kinds of Levitt's pause inventory. They cannot be measured.
READINGS = (
    "not said",
    "emotional",
    "expressive",
    "reflective",
    "associational",
    "mnemonic",
    "disengaged",
    "interactional",
)
_AT_S = Playing().typed_within_s
_LONGEST = 20_000  # letters; more is no turn


def roles(asking: Asking) -> Iterator[Correction]:
    """Cast voices as a person says, or swap therapist and client."""
    told = dict(_role(text) for text in asking.request.roles or ())
    swapped = _swapped(asking.report) if asking.request.swap_roles else {}
    for name, role in told.items():
        if name not in swapped:
            yield asking.change("role", {"voice": name, "role": role})
    for number, (name, role) in enumerate(swapped.items(), 1):
        part = [number, len(swapped)]  # half a swap taken back is none
        yield asking.change("role", {"voice": name, "role": role, "part": part})


def _role(text: str) -> tuple[str, str]:
    voice, _, role = text.rpartition("=")
    if not voice or role not in ROLES[:3]:
        raise Refused("requests.role", text=text)
    return voice, role


def _swapped(report: Report) -> dict[str, str]:
    other = {"therapist": "client", "client": "therapist"}
    swapped = {v.voice: other[v.role] for v in report.voices if v.role in other}
    if not swapped:
        raise Refused("requests.no_roles")
    return swapped


def warmth(asking: Asking) -> Iterator[Correction]:
    """Leave components out of the warmth proxy."""
    left_out = _left_out(asking.report, asking.request.without_warmth)
    yield asking.change("warmth", {"left_out": list(left_out)})


def _left_out(report: Report, named: Sequence[str]) -> tuple[str, ...]:
    """Check the components to leave out of the warmth proxy; at least one has to stay."""
    parts = report.settings["warmth"]["components"]
    weights = {current_component(c["name"]): c["weight"] for c in parts}
    left = tuple(current_component(n.replace("-", "_")) for n in named if n != "none")
    for name in left:
        if name not in weights:
            raise Refused("requests.component", name=name, known=tuple(weights))
    if not any(weight > 0 for name, weight in weights.items() if name not in left):
        raise Refused("requests.no_component")
    return left


def motivational(asking: Asking) -> Iterator[Correction]:
    """Say whether the session is motivational interviewing."""
    said = "yes" if asking.request.motivational_interviewing else "no"
    yield asking.change("motivational_interviewing", {"is": said})


def when(span: Span) -> dict[str, float]:
    """Give a place as a correction keeps it."""
    return {"start_s": round(span.start, 4), "end_s": round(span.end, 4)}


def turn_text(asking: Asking) -> Iterator[Correction]:
    """Put another text to a turn."""
    turn, text = asking.turn(), str(asking.request.text)
    if len(text) > _LONGEST:
        raise Refused("requests.long_text", most=_LONGEST)
    said = in_one_line(unicodedata.normalize("NFC", text))
    yield asking.change("turn_text", {**when(turn.span), "voice": turn.voice, "text": said})


def voice(asking: Asking) -> Iterator[Correction]:
    """Give a turn, or words of it, to a voice."""
    turn, words = asking.turn(), asking.request.words
    owners = {"was": turn.voice, "voice": asking.request.voice}
    within = None if words is None else _words_of(turn, words)
    if within is None:
        yield asking.change("turn_voice", {**when(turn.span), **owners})
    else:
        yield asking.change("words_voice", {**when(within), **owners})


def _words_of(turn: Utterance, words: str) -> Span | None:
    """Give the stretch from between two words to between two words; None for all of the turn."""
    first, last = _range(words)
    said = turn.words
    if not said:
        raise Refused("requests.no_words", words=words, turn=turn.index)
    if not 1 <= first <= last <= len(said):
        raise Refused("requests.words_outside", words=words, turn=turn.index, last=len(said))
    if (first, last) == (1, len(said)):
        return None
    spans = [w.span for w in said]
    start = min(turn.span.start, spans[0].start) if first == 1 else _cut(*spans[first - 2 : first])
    end = (
        max(turn.span.end, spans[-1].end)
        if last == len(said)
        else _cut(*spans[last - 1 : last + 1])
    )
    if not start < end:
        raise Refused("requests.words_over", words=words)
    return Span(start, end)


def _range(words: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", words.strip())
    if match is None:
        raise Refused("requests.words", words=words)
    return int(match[1]), int(match[2] or match[1])


def _cut(one: Span, other: Span) -> float:
    """Find where to cut between two words: half way from end to start, between their middles."""
    cut = (one.end + other.start) / 2
    return cut if one.middle < cut < other.middle else (one.middle + other.middle) / 2


def rename(asking: Asking) -> Iterator[Correction]:
    """Call voices by other names."""
    names: dict[str, str] = {}
    for text in asking.request.rename:
        old, equals, new = text.partition("=")
        if not equals or not old or not is_code(new):
            raise Refused("requests.rename", text=text)
        if not names_a_voice(new):
            raise Refused("requests.tier_name", text=text, name=new)
        if new.casefold() in ROLES:
            raise Refused("requests.role_name", text=text, old=old, name=new)
        if names.get(old, new) != new:
            raise Refused("requests.two_names", text=text, old=old)
        names[old] = new
    yield asking.change("rename", {"names": names})


def reading(asking: Asking) -> Iterator[Correction]:
    """Keep a person's reading of the silence at a time; it changes no figure."""
    at, said = asking.request.at, asking.request.reading
    if said not in READINGS:
        raise Refused("requests.reading", reading=said, known=READINGS)
    silences = (s.span for s in asking.report.silences)
    if not any(s.start - _AT_S <= at <= s.end + _AT_S for s in silences):
        raise Refused("requests.somebody_speaks", at=at)
    yield asking.change("silence", {"start_s": at, "reading": said})

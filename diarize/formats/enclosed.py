"""Plain text within another file: below the tags of lyrics, or on oTranscribe's page in JSON."""

import re
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.json_fields import loaded
from diarize.formats.lines import plain
from diarize.formats.shown import untagged
from diarize.formats.transcript import Reading, Transcript

__all__ = ["lyrics", "transcribed"]

_TIME_MARK = re.compile(
    r"<span[^<>]{0,200}data-timestamp=\"(\d{1,7}(?:\.\d{1,9})?)\"[^<>]{0,200}>[^<>]{0,40}</span>"
)
_DELAY = re.compile(r"^\[offset:\s*([+-]?\d{1,7})\s*\]", re.M | re.I)


def lyrics(text: str, how: Reading) -> Transcript:
    """Read LRC: lines with a time in front, below tags such as ``[ti:…]``.

    Raises
    ------
    Refused
        If there is no text.
    """
    read = plain(re.sub(r"^\[[a-z]+:.*\]\s*$", "", text, flags=re.M | re.I), how)
    told = _DELAY.search(text)  # in milliseconds: how much sooner each line is shown
    sooner_s = int(told[1]) / 1000 if told else 0.0
    cues = [cue.retimed(lambda span: span.shifted(-sooner_s)) for cue in read.cues]
    return replace(read, cues=tuple(cues))


def transcribed(text: str, how: Reading) -> Transcript:
    """Read oTranscribe's file: JSON around a page with times as marks.

    Raises
    ------
    Refused
        If it is none.
    """
    try:
        page = loaded(text)["text"]
    except (Refused, KeyError, TypeError):
        raise Refused("format.no_list_of_turns") from None
    if not isinstance(page, str):
        raise Refused("format.no_list_of_turns")
    page = _TIME_MARK.sub(lambda m: f"[{_hms(float(m[1]))}]", page)
    return plain(untagged(page), how)


def _hms(at_s: float) -> str:
    return f"{int(at_s // 3600)}:{int(at_s // 60 % 60):02}:{at_s % 60:06.3f}"

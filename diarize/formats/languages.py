"""The language that a file says its words are in.

Conventions
-----------
Tools tell it by a code of two or three letters, with a country or without, or by its name in
English. A code is given by its two letters. What is told and not known is ``und`` (undetermined,
ISO 639-2): no rules read it, those of English neither.
"""

import re

__all__ = ["UNKNOWN", "code_of"]

_CODE = re.compile(r"([a-z]{2})[a-z]?(?:[-_].*)?", re.DOTALL)
# Names, and codes of three letters that do not begin as those of two do.
_TOLD = {
    "arabic": "ar", "chi": "zh", "chinese": "zh", "cze": "cs", "czech": "cs", "danish": "da",
    "deutsch": "de", "dutch": "nl", "ell": "el", "english": "en", "finnish": "fi", "french": "fr",
    "ger": "de", "german": "de", "gre": "el", "greek": "el", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "italian": "it", "japanese": "ja", "jpn": "ja", "korean": "ko",
    "mandarin": "zh", "norwegian": "no", "pol": "pl", "polish": "pl", "por": "pt",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "spa": "es", "spanish": "es",
    "swe": "sv", "swedish": "sv", "tur": "tr", "turkish": "tr", "ukrainian": "uk", "zho": "zh",
}  # fmt: skip
UNKNOWN = "und"


def code_of(said: object) -> str | None:
    """Give a language by its code; None where nothing is told.

    Examples
    --------
    >>> code_of("German"), code_of("en-GB"), code_of("Klingon"), code_of(None)
    ('de', 'en', 'und', None)
    """
    told = said.strip().casefold() if isinstance(said, str) else ""
    if not told:
        return None
    code = _CODE.fullmatch(told)
    return _TOLD.get(told) or (code[1] if code else UNKNOWN)

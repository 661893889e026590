"""Speakers' names in front of what they say, however people write them.

Conventions
-----------
A name counts where it recurs, a role's ("Therapist") at once; any other that is seen once may be a
sentence with a colon ("and then: nothing").
Names are labels and never words. `anonymous` gives a voice a letter where its label may be a
person's name: what is kept of a session holds no name.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diarize.formats.marks import is_mark
from diarize.formats.times import CLOCK
from diarize.formats.transcript import Cue, Transcript, shared_out
from diarize.labels import names_a_role
from diarize.settings import Formats
from diarize.timeline import Word

__all__ = [
    "Head",
    "anonymous",
    "fits_a_label",
    "head",
    "label",
    "named",
    "roles_behind",
    "singular",
    "unnumbered",
    "voices_of_names",
]

Head = tuple[str, str]  # a name, and what follows it

_COLON = re.compile(r"[:：﹕︰](?!//)")
# "Klient:in: …": the colon belongs to the word, as another ends the name, or nothing follows.
_INSIDE = re.compile(
    r"(?<=[^\W\d_])[:](?:in|innen|r)(?=(?:\s?\d{1,3})?\s?(?:[:：]|$))", re.IGNORECASE
)
_BRACKETED = re.compile(
    r"^\s*(?:[-–—•]\s+)?(?:\[([^\[\]]{1,80})\]|\(([^()]{1,80})\))\s*[:：]?(?:\s+(?=\S)|$)"
)
_ROLE_IN_FRONT = re.compile(
    rf"^(?P<time>[ \t]*(?:[\[(<]?{CLOCK}(?:\s?(?:-->|[-–—])\s?{CLOCK})?[\])>]?[ \t:|–—-]{{1,4}})?)"
    r"(?:\*\*|__)?[\[(<](?P<role>[^\W\d_][^\[\]()<>\n]{0,40})[\])>][ \t]*[:：–—-]?[ \t]*"
    r"(?P<rest>[^\s:：].*)$",
    re.MULTILINE,
)
_TIME_BEHIND = re.compile(rf"(?P<name>[^\W\d_][^:：\n]{{0,40}}?)\s+[\[(]?{CLOCK}[\])]?(?:[:\s]|$)")
_DECORATION = re.compile(r"^[-–—•*_#>][-–—•*_#>\s]*+|(?<![\s*_])[\s*_]++$")
_FROM = re.compile(r"from ", re.IGNORECASE)
_TO = re.compile(r" to ", re.IGNORECASE)
_ASIDE = re.compile(r"[\(\[][^()\[\]]*[\)\]]")
_NO_NAME = re.compile(
    r"\b(?:i|he|she|they|we|you|it|was|is|said|says|say|saying|thought|like|went|asked|told|"
    r"ich|er|sie|wir|sagte|dachte|je|il|elle|nous|dit|yo|dijo)\b",
    re.IGNORECASE,
)
_NEUTRAL = re.compile(
    r"^(?:(?:speaker|spkr?|spk|voice|person|participant|sprecher(?:in)?|channel|ch|unknown|other|"
    r"locuteur|hablante|s|v)[\s_.\-]*\d{0,3}|[A-Z]|\d{1,2})$",
    re.IGNORECASE,
)


def label(text: str) -> str:
    """Give a name without what tools put around it: markup, "From … to Everyone", dashes.

    Examples
    --------
    >>> label("**Anna Berg**"), label(" From  Anna to Everyone "), label(">> ANNA")
    ('Anna Berg', 'Anna', 'ANNA')
    """
    name = " ".join(text.split())
    while (bare := _DECORATION.sub("", name)) != name:
        name = bare
    if sent := _FROM.match(name):
        name = _TO.split(name[sent.end() :], 1)[0].strip()
    return name.strip(" \t\u200e\u200f\u202a-\u202e:")


def head(text: str, formats: Formats = Formats()) -> Head | None:
    """Split ``Name: words`` where the front may be a name; None where it cannot be one."""
    bracketed = _BRACKETED.match(text)
    if bracketed and (":" in bracketed[0] or not is_mark(bracketed[1] or bracketed[2])):
        return label(bracketed[1] or bracketed[2]), text[bracketed.end() :]
    colon = _COLON.search(text[: formats.label_chars_max + 8])
    while colon and _goes_on(text, colon):
        colon = _COLON.search(text, colon.end(), formats.label_chars_max + 8)
    if colon is None:
        return None
    name = label(text[: colon.start()])
    said = text[colon.end() :].lstrip().removeprefix("**").strip()
    if not name or len(name) > formats.label_chars_max or not any(c.isalnum() for c in name):
        return None
    spoken = len(name) > 1 and _NO_NAME.search(_ASIDE.sub("", name))  # "I" alone: an interviewer
    if re.search(r"[?!…]|(?<![^\W\d])[^\W\d]{4,}+\.\s(?![(\[])", name) or spoken:
        return None
    return name, said


def _goes_on(text: str, colon: re.Match[str]) -> bool:
    """Whether what a colon stands in goes on behind it: a clock, or a word for women and men."""
    clock = text[: colon.start()][-1:].isdigit() and text[colon.end() :][:1].isdigit()
    return clock or _INSIDE.match(text, colon.start()) is not None


def named(cues: Sequence[Cue], *, formats: Formats) -> tuple[Cue, ...]:
    """Take names off the front of texts, make them labels, and part cues that hold several.

    Each line of a cue's text may have a name; a line without goes on with the one
    before. Where very few cues have a name, all stay text; where most have one, whoever speaks
    once has one too. Names in brackets are believed where most cues have one.
    """
    cues = _named_above(cues, formats)
    told = roles_behind([cue.text if cue.voice is None else "" for cue in cues], formats)
    cues = [replace(cue, text=text) if text else cue for cue, text in zip(cues, told, strict=True)]
    lines = [_lines(cue) for cue in cues]
    heads = [[head(line, formats) if cue.voice is None else None for line in said]
             for cue, said in zip(cues, lines, strict=True)]  # fmt: skip
    found = [(h[0], line) for row, said in zip(heads, lines, strict=True)
             for h, line in zip(row, said, strict=True) if h]  # fmt: skip
    kept = _believed(found, sum(any(row) for row in heads), len(cues), formats)
    out: list[Cue] = []
    for cue, said, row in zip(cues, lines, heads, strict=True):
        out += _parted(cue, said, [h if h and h[0] in kept else None for h in row])
    return tuple(out)


def _named_above(cues: Sequence[Cue], formats: Formats) -> Sequence[Cue]:
    """Take a line that stands above what each cue says, and recurs, for who says it."""
    parts = [cue.text.partition("\n") for cue in cues]
    above = [
        label(one) if cue.voice is None and rest and one[-1] not in ".,?!…:" else ""
        for cue, (one, _, rest) in zip(cues, parts, strict=True)
    ]
    counts = Counter(name for name in above if name and fits_a_label(name, formats))
    often = {name for name, n in counts.items() if n > 1}
    named = sum(counts[name] for name in often)
    if len(often) < 2 or named < formats.nearly_all_share * len(cues):
        return cues
    return [
        replace(cue, voice=name, text=rest, words=_without_name(cue.words, rest))
        if name in often
        else cue
        for cue, name, (_, _, rest) in zip(cues, above, parts, strict=True)
    ]


def _lines(cue: Cue) -> list[str]:
    return [line for line in cue.text.split("\n") if line.strip()] or [""]


def _believed(
    found: Sequence[tuple[str, str]], with_one: int, cues: int, formats: Formats
) -> set[str]:
    """Say which names are names, from all that were found and the lines they stand in."""
    bracketed = {name for name, line in found if _BRACKETED.match(line)}
    names = Counter(name for name, _ in found)
    bases = Counter(unnumbered(name) for name, _ in found)
    short = {n for n in names if len(_ASIDE.sub("", n).split()) <= formats.label_words_max}
    told = {n for n in short if names_a_role(n) or any(map(names_a_role, _ASIDE.findall(n)))}
    kept = {name for name in short if names[name] > 1} | told
    most = formats.labelled_most_share * cues
    if sum(names[name] for name in kept) >= most:
        kept |= {name for name in short if singular(name, formats)}
    elif cues > 1 and with_one == cues and len(bases) < cues:
        kept |= short  # a short transcript: a person who speaks once is still a person
    if sum(names[name] for name in kept & bracketed) < most:
        kept -= bracketed
    return kept if sum(names[n] for n in kept) >= formats.labelled_min_share * cues else set()


def roles_behind(texts: Sequence[str], formats: Formats) -> list[str]:
    r"""Write ``[Therapist] Anna: words`` as ``Anna (Therapist): words``, where most such lines are.

    Examples
    --------
    >>> roles_behind(["[Therapist] Anna: Well?", "0:05 (Client) Jo: Yes.\n"], Formats())
    ['Anna (Therapist): Well?', '0:05 Jo (Client): Yes.\n']
    >>> roles_behind(["[Client] Yes.", "[Therapist] Well: so.", "[Client] No."], Formats())
    ['[Client] Yes.', '[Therapist] Well: so.', '[Client] No.']
    """

    def has_role(at: re.Match[str]) -> bool:
        return ":" not in at["role"] and not is_mark(at["role"])

    with_role = [at for text in texts for at in filter(has_role, _ROLE_IN_FRONT.finditer(text))]
    lines = Counter(at["rest"].strip() for at in with_role)
    alone = {line for line, n in lines.items() if n > 1 and fits_a_label(line, formats)}
    over = sum(lines[line] for line in alone) >= formats.nearly_all_share * len(with_role)

    def found(at: re.Match[str]) -> Head | None:
        if over and at["rest"].strip() in alone:
            return label(at["rest"]), ":"
        return _name_behind(at["rest"], formats)

    owners = [(at["role"], found(at)) for at in with_role]
    if not _are_roles([(role, own[0] if own else None) for role, own in owners], formats):
        return list(texts)

    def written(at: re.Match[str]) -> str:
        own = found(at) if has_role(at) else None
        if own is None:
            return at[0]
        who = at["role"] if len(at["role"]) == 1 else f"{own[0]} ({at['role']})"  # T beside C
        return f"{at['time']}{who}{own[1]}"

    return [_ROLE_IN_FRONT.sub(written, text) for text in texts]


def _are_roles(pairs: Sequence[tuple[str, str | None]], formats: Formats) -> bool:
    """Whether what stands in brackets before names are roles; other words only if all have one."""
    names = Counter(name for _, name in pairs if name is not None)
    sure = all(names_a_role(role) for role, _ in pairs)
    own = len({pair for pair in pairs if pair[1] is not None}) == len(names)  # one for each name
    every = names.total() == len(pairs)
    often = sum(n for n in names.values() if n > 1 or (every and sure))
    share = formats.labelled_most_share if sure else formats.nearly_all_share
    return 0 < often >= share * len(pairs) and (sure or own)


def _name_behind(text: str, formats: Formats) -> Head | None:
    """Split what stands behind a role into a name and what follows it."""
    timed = _TIME_BEHIND.match(text)
    if timed and fits_a_label(timed["name"], formats):
        return label(timed["name"]), text[timed.end("name") :]
    if text.startswith(("[", "(")):
        return None
    found = head(text, formats)
    return found and (found[0], f": {found[1]}")


def fits_a_label(text: str, formats: Formats) -> bool:
    """Whether a text is no longer than a label may be, and none of its brackets is half of one."""
    whole = all(text.count(a) == text.count(b) for a, b in ("()", "[]"))
    short = len(text.split()) <= formats.label_words_max and len(text) <= formats.label_chars_max
    return whole and short


def unnumbered(name: str) -> str:
    """Give a name without the number of the turn: T12 is T."""
    return re.sub(r"^([A-Za-z]+)[ .]?\d+$", r"\1", name)


def singular(name: str, formats: Formats) -> bool:
    """Whether a name may be one though it is seen once: one word, or few written as names are."""
    parts = name.split()
    few = len(parts) <= formats.lone_name_words_max
    return " " not in name or (few and not any(part[0].islower() for part in parts))


def _parted(cue: Cue, lines: Sequence[str], heads: Sequence[Head | None]) -> list[Cue]:
    """Give a cue as one for each of its names, sharing its time by length of text."""
    if not any(heads):
        return [replace(cue, text=" ".join(" ".join(lines).split()))]
    said: list[tuple[str | None, str]] = []
    for line, found in zip(lines, heads, strict=True):
        if found or not said:
            said.append(found or (cue.voice, line))
        else:
            said[-1] = (said[-1][0], f"{said[-1][1]} {line}")
    texts = [" ".join(text.split()) for _, text in said]
    spans = [cue.span] * len(said) if cue.span is None else shared_out(cue.span, texts)
    own, inside = (cue.words, cue.stretches) if len(said) == 1 else ((), ())
    return [
        Cue(span, voice, text, _without_name(own, text), inside)
        for span, (voice, _), text in zip(spans, said, texts, strict=True)
    ]


def _without_name(words: tuple[Word, ...], text: str) -> tuple[Word, ...]:
    """Give timed words without those of a name in front."""
    return words[max(0, len(words) - len(text.split())) :]


def voices_of_names(labels: Iterable[str]) -> dict[str, str]:
    """Give each label the voice it is kept as: itself where it can be nobody's name, else a letter.

    Labels that name a role and nothing more, letters, numbers and "Speaker 1" stay.

    Examples
    --------
    >>> voices_of_names(["Therapist", "Anna Berg", "SPEAKER_01", "B"])
    {'Therapist': 'Therapist', 'Anna Berg': 'A', 'SPEAKER_01': 'SPEAKER_01', 'B': 'B'}
    """
    labels = list(dict.fromkeys(labels))
    plain = {name for name in labels if _NEUTRAL.match(name) or names_a_role(name)}
    letters = (*string.ascii_uppercase, *(f"V{n}" for n in range(27, 27 + len(labels))))
    taken = {name.upper() for name in plain}
    free = (letter for letter in letters if letter not in taken)
    return {name: name if name in plain else next(free) for name in labels}


def anonymous(transcript: Transcript) -> tuple[Transcript, Mapping[str, str]]:
    """Give a transcript whose labels are voices, and which voice each label became."""
    voices = voices_of_names(transcript.labels)
    cues = tuple(
        replace(
            cue,
            voice=voices.get(cue.voice or ""),
            words=tuple(replace(w, voice=voices.get(w.voice or "")) for w in cue.words),
        )
        for cue in transcript.cues
    )
    return replace(transcript, cues=cues), voices

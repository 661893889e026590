"""Talks in which words mislead about who is who, made from coded and invented ones.

Conventions
-----------
A case is turns as (role, text). Each maker takes a talk and a source of chance and gives a harder
one; the roles stay what they were. Words put in come from the same collection, or from the lists
here, which were written beside the rule and hold none of its words by design.
"""

import random
from collections.abc import Callable, Mapping, Sequence

Said = list[tuple[str, str]]

_QUOTES = (
    "And last week you said to me,", "My old counsellor was like,", "and she goes,", "You told me,",
    "Then he says to me,", "I remember you saying,", "You asked me that before, you went,",
    "My wife's therapist said,", "It was always the same with her:", "and I'm told,",
)  # fmt: skip
_ASKED_BY_CLIENT = (
    "What do you think I should do?", "Do you think I'm mad?", "Have you got kids yourself?",
    "What would you do in my place?", "Is that normal, do you reckon?", "Do you see many like me?",
    "How long have you been doing this?", "Can you give me something for it?", "Why do you ask?",
    "Are you allowed to tell me that?", "Do you ever get like this?", "What do you mean by that?",
)  # fmt: skip
_OF_THERAPIST = (
    "When I trained for this", "I'll tell you how it was with me:", "I had it myself:",
    "My own story is this.", "I see it like this:", "With me it went this way:",
)  # fmt: skip


def quoting(said: Said, others: Sequence[Said], draw: random.Random) -> Said:
    """Let the client quote the therapist, or another one, at length in most of their turns."""
    heard = [text for role, text in said if role == "therapist" and len(text.split()) > 5]
    if not heard:
        return said
    out = []
    for role, text in said:
        if role == "client" and draw.random() < 0.6:
            quoted = " ".join(draw.choice(heard) for _ in range(draw.randint(1, 3)))
            marks = draw.choice((("“", "”"), ("", ""), ('"', '"')))
            text = f"{text} {draw.choice(_QUOTES)} {marks[0]}{quoted}{marks[1]}"
        out.append((role, text))
    return out


def talkative(said: Said, others: Sequence[Said], draw: random.Random) -> Said:
    """Let the therapist tell of their own life, in other clients' words, and explain."""
    stories = [t for talk in others for r, t in talk if r == "client" and len(t.split()) > 8]
    told = [t for talk in others for r, t in talk if r == "therapist" and len(t.split()) > 25]
    out = []
    for role, text in said:
        if role == "therapist" and draw.random() < 0.4:
            story = f"{draw.choice(_OF_THERAPIST)} {draw.choice(stories)}"
            more = story if draw.random() < 0.5 or not told else draw.choice(told)
            text = f"{text} {more}"
        out.append((role, text))
    return out


def asking(said: Said, others: Sequence[Said], draw: random.Random) -> Said:
    """Let the client ask the therapist in half of their turns, and the therapist hardly at all."""
    out = []
    for role, text in said:
        if role == "client" and draw.random() < 0.5:
            text = f"{text} {draw.choice(_ASKED_BY_CLIENT)}"
        elif role == "therapist" and "?" in text and draw.random() < 0.7:
            continue
        out.append((role, text))
    return out


def short(said: Said, others: Sequence[Said], draw: random.Random) -> Said:
    """Take four to twelve turns from anywhere."""
    n = draw.randint(4, 12)
    start = draw.randrange(max(1, len(said) - n))
    return said[start : start + n]


def short_and(maker: Callable[..., Said]) -> Callable[..., Said]:
    """Make a hard case, and take eight to twenty turns of it."""

    def make(said: Said, others: Sequence[Said], draw: random.Random) -> Said:
        whole = maker(said, others, draw)
        n = draw.randint(8, 20)
        start = draw.randrange(max(1, len(whole) - n))
        return whole[start : start + n]

    return make


MAKERS: Mapping[str, Callable[..., Said]] = {
    "quoting client": quoting,
    "quoting client, 8-20 turns": short_and(quoting),
    "talkative therapist": talkative,
    "talkative therapist, 8-20 turns": short_and(talkative),
    "client asks": asking,
    "client asks, 8-20 turns": short_and(asking),
    "4-12 turns": short,
}


def cases(
    talks: Mapping[str, Said], seed: int = 0, times: int = 2
) -> dict[str, list[tuple[str, Said]]]:
    """Make every kind of hard case from every talk: kind to (talk, turns)."""
    draw, all_talks = random.Random(seed), list(talks.values())
    return {
        name: [
            (talk, make(said, draw.sample(all_talks, min(8, len(all_talks))), draw))
            for talk, said in talks.items()
            for _ in range(times)
        ]
        for name, make in MAKERS.items()
    }

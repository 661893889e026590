"""The words of a session, cut once per analysis by the rules of their language.

Conventions
-----------
Words are read with the rule file of the conversation's language; None is taken for English. Where
a language has no rules, why is said by a code, and no utterance has words. What single words are
counted for (`word_counts`) comes from their texts, or from what was counted before the texts were
left out, which is the same: nothing else may count words.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import accumulate

from diarize.errors import Refused
from diarize.messages import Message
from prosody.analysis import Analysis, shared
from prosody.features.syllables import language_of, syllables
from prosody.rules.language import Rules, Token, load, tokens

__all__ = [
    "FEELING",
    "STYLE",
    "SYLLABLES",
    "WORDS",
    "Counts",
    "counted",
    "rules_or_why",
    "spoken_language",
    "word_counts",
    "words_of",
]

Counts = Mapping[str, int]
WORDS, FEELING, SYLLABLES = "words", "feeling", "syllables"
STYLE = "style."  # and the name of a group of function words


@shared
def rules_or_why(analysis: Analysis) -> Rules | Message:
    """Give the rules of the conversation's language, or why there are none."""
    try:
        return load(analysis.conversation.language or "en")
    except Refused as refusal:
        return refusal.message


@shared
def words_of(analysis: Analysis) -> tuple[tuple[Token, ...], ...]:
    """Give the words of each utterance, by its index."""
    rules, turns = rules_or_why(analysis), analysis.conversation.utterances
    if isinstance(rules, Message):
        return ((),) * len(turns)
    cut = analysis.of_turns("words", rules)
    return tuple(cut(text, partial(tokens, text, rules)) for text in (u.text for u in turns))


@shared
def spoken_language(analysis: Analysis) -> str | None:
    """Give the language of the words, told from them where nobody said; None without words."""
    talk = analysis.conversation
    if not talk.has_words:
        return None
    if analysis.read is not None:
        return analysis.read.language
    if talk.language:
        return talk.language
    rules = analysis.settings.reading
    said = (word.text for u in talk.utterances for word in u.words)
    least = rules.told_language_words
    return language_of(said, least_words=least, least_share=rules.told_language_share)


@shared
def word_counts(analysis: Analysis) -> tuple[tuple[Counts, ...], ...]:
    """Give what each word of each utterance counts for, by the utterance's index.

    ``words`` (as the rules cut them), ``feeling``, ``syllables``, and ``style.`` with the name of
    each group of function words; what is missing is 0, but for syllables: not known.
    """
    talk = analysis.conversation
    if not talk.texts:
        return tuple(
            tuple(w.traits.counts if w.traits else {} for w in u.words) for u in talk.utterances
        )
    language = spoken_language(analysis)
    rules, cut = rules_or_why(analysis), words_of(analysis)
    length = cache(partial(syllables, language=language))  # most words come again
    counts_for = cache(partial(_counts_for, rules))
    counted_in = analysis.of_turns("counts", rules, language)
    texts = [tuple(word.text for word in u.words) for u in talk.utterances]
    return tuple(
        counted_in(own, partial(_counts, own, tokens, counts_for, length))
        for own, tokens in zip(texts, cut, strict=True)
    )


def _counts_for(rules: Rules | Message, text: str) -> tuple[str, ...]:
    """Say what a word counts for."""
    if isinstance(rules, Message):
        return ()
    style = tuple(f"{STYLE}{name}" for name, group in rules.style.items() if text in group)
    feeling = (FEELING,) if rules.feeling.fullmatch(text) else ()
    return (WORDS, *feeling, *style)


def _counts(
    texts: Sequence[str],
    cut: Sequence[Token],
    counts_for: Callable[[str], tuple[str, ...]],
    length: Callable[[str], int | None],
) -> tuple[Counts, ...]:
    made: list[dict[str, int]] = []
    for text in texts:
        known = length(text)
        made.append({} if known is None else {SYLLABLES: known})
    place = [i for i, text in enumerate(texts) if text]
    starts = list(accumulate((len(texts[i]) + 1 for i in place[:-1]), initial=0))
    for token in cut:
        own = made[place[bisect_right(starts, token.start) - 1]]
        for name in counts_for(token.text):
            own[name] = own.get(name, 0) + 1
    return tuple(made)


def counted(counts: Iterable[Counts], name: str) -> int:
    """Add up one thing over words."""
    return sum(one.get(name, 0) for one in counts)

"""What a model gave, before it is believed."""

from dataclasses import dataclass, replace

from diarize.timeline import Span, Word

__all__ = ["Decoded"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """One segment as a model gave it, times in seconds from the start of its window.

    `log_probability` is the mean per token, `no_speech` a probability; None where the model
    does not say.
    """

    span: Span
    text: str
    words: tuple[Word, ...]
    log_probability: float | None = None
    no_speech: float | None = None

    def shifted(self, seconds: float) -> "Decoded":
        """Give the same so much later."""
        words = tuple(replace(word, span=word.span.shifted(seconds)) for word in self.words)
        return replace(self, span=self.span.shifted(seconds), words=words)

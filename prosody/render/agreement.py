"""How far two raters agree, in words: the same on the page and on the terminal."""

from diarize.messages import message, percent
from prosody.listening.agreement import Agreement
from prosody.render import wording

__all__ = ["cells"]


def cells(row: Agreement) -> tuple[str, str, str]:
    """Give the kind, the share of same answers and κ, each figure with its 95 % interval."""
    share = "–"
    if row.share is not None:
        share = _say("share", share=row.share, agreed=row.agreed, n=row.n)
        if row.low is not None and row.high is not None:
            share = _say("ends", value=share, low=percent(row.low), high=percent(row.high))
    kappa = "–" if row.kappa is None else wording.number(row.kappa)
    if row.kappa_low is not None and row.kappa_high is not None:
        low, high = wording.number(row.kappa_low), wording.number(row.kappa_high)
        kappa = _say("ends", value=kappa, low=low, high=high)
    return wording.behaviour(row.kind) if row.kind else _say("all"), share, kappa


def _say(code: str, **fields: str | float) -> str:
    return str(message(f"codes.{code}", **fields))

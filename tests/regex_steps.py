"""How many steps a regular expression takes on a text, counted and not timed.

Conventions
-----------
The expression is matched by going back and forth as Python's own matcher does: a repeat of single
characters takes as many as there are and gives them back one by one. One character compared is one
step. Only growth is to be read from it: Python's matcher leaves some steps out, never more than in
proportion to the text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

__all__ = ["growth", "steps"]

_SINGLE = (kinds.LITERAL, kinds.NOT_LITERAL, kinds.ANY, kinds.IN)
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)


def growth(pattern: "re.Pattern[str]", how: str, text: Callable[[int], str], size: int) -> float:
    """Give how many times as many steps twice the text takes: 2 where they grow with it."""
    return steps(pattern, how, text(2 * size)) / max(1, steps(pattern, how, text(size)))


def steps(pattern: "re.Pattern[str]", how: str, text: str) -> int:
    """Count the steps of looking for all matches (``all``), or for one at the start (``match``)."""
    matcher = _Matcher(text, pattern.flags)
    parsed = list(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    at = 0
    while at <= len(text):
        end = next(matcher.ends(parsed, at), None)
        if how == "match":
            break
        at = end if end is not None and end > at else at + 1
    return matcher.count


class _Matcher:
    """Matches parts of an expression on one text, and counts."""

    def __init__(self, text: str, flags: int) -> None:
        self.text, self.flags, self.count = text, flags, 0
        self.groups: dict[int, tuple[int, int]] = {}
        self._sets: dict[int, re.Pattern[str]] = {}
        self._ways: dict[Any, Callable[[Any, Any, int], Iterator[int]]] = {
            kinds.SUBPATTERN: self._group,
            kinds.BRANCH: self._branch,
            kinds.ATOMIC_GROUP: self._whole,
            kinds.ASSERT: self._looked,
            kinds.ASSERT_NOT: self._looked,
            kinds.AT: self._placed,
            kinds.GROUPREF: self._repeated,
        }

    def ends(self, parts: Sequence[Any], at: int) -> Iterator[int]:
        """Give where parts in a row that begin at a place can end, the preferred one first."""
        if not parts:
            yield at
            return
        first, rest = parts[0], parts[1:]
        for end in self._one(first, at):
            yield from self.ends(rest, end)

    def _one(self, part: Any, at: int) -> Iterator[int]:
        kind, about = part
        self.count += 1
        if kind in _SINGLE:
            return iter((at + 1,) if self._fits(part, at) else ())
        if kind in _REPEATS:
            low, high, inside = about
            return self._repeat(kind, low, high, inside, at)
        return self._ways[kind](kind, about, at)

    def _group(self, _: Any, about: Any, at: int) -> Iterator[int]:
        for end in self.ends(list(about[3]), at):
            if about[0]:
                self.groups[about[0]] = at, end
            yield end

    def _branch(self, _: Any, about: Any, at: int) -> Iterator[int]:
        for way in about[1]:
            yield from self.ends(list(way), at)

    def _whole(self, _: Any, about: Any, at: int) -> Iterator[int]:
        return islice(self.ends(list(about), at), 1)

    def _looked(self, kind: Any, about: Any, at: int) -> Iterator[int]:
        return iter((at,) if self._looks(about, at) == (kind is kinds.ASSERT) else ())

    def _placed(self, _: Any, about: Any, at: int) -> Iterator[int]:
        return iter((at,) if self._is_at(about, at) else ())

    def _repeated(self, _: Any, about: Any, at: int) -> Iterator[int]:
        first, last = self.groups.get(about, (0, 0))
        said = self.text[first:last]
        return iter((at + len(said),) if self.text.startswith(said, at) else ())

    def _looks(self, about: Any, at: int) -> bool:
        direction, parts = about
        if direction > 0:
            return next(self.ends(list(parts), at), None) is not None
        low, _ = parts.getwidth()
        return at >= low and at in self.ends(list(parts), at - low)

    def _repeat(self, kind: Any, low: int, high: int, parts: Any, at: int) -> Iterator[int]:
        inside = list(parts)
        if len(inside) == 1 and inside[0][0] in _SINGLE:
            yield from self._run(kind, low, high, inside[0], at)
            return
        found = self._again(kind, low, high, inside, at, 0)
        yield from islice(found, 1) if kind is kinds.POSSESSIVE_REPEAT else found

    def _run(self, kind: Any, low: int, high: int, single: Any, at: int) -> Iterator[int]:
        if kind is kinds.MIN_REPEAT:
            taken = 0
            while True:
                if taken >= low:
                    yield at + taken
                self.count += 1
                if taken >= high or not self._fits(single, at + taken):
                    return
                taken += 1
        taken = 0
        while taken < high and self._fits(single, at + taken):
            taken += 1
        self.count += taken
        least = taken if kind is kinds.POSSESSIVE_REPEAT else low
        for some in range(taken, max(least, low) - 1, -1):
            self.count += 1
            yield at + some

    def _again(
        self, kind: Any, low: int, high: int, inside: list[Any], at: int, done: int
    ) -> Iterator[int]:
        if kind is kinds.MIN_REPEAT and done >= low:
            yield at
        if done < high:
            for end in self.ends(inside, at):
                if end > at or done < low:
                    yield from self._again(kind, low, high, inside, end, done + 1)
        if kind is not kinds.MIN_REPEAT and done >= low:
            yield at

    def _fits(self, part: Any, at: int) -> bool:
        """Whether one character fits; Python's own matcher says so."""
        if at >= len(self.text):
            return False
        if id(part) not in self._sets:
            self._sets[id(part)] = _compiled(part, self.flags)
        return self._sets[id(part)].match(self.text[at]) is not None

    def _is_at(self, where: Any, at: int) -> bool:
        text, many = self.text, bool(self.flags & re.MULTILINE)
        if where in (kinds.AT_BEGINNING, kinds.AT_BEGINNING_STRING):
            line = many and where is kinds.AT_BEGINNING
            return at == 0 or (line and text[at - 1] == "\n")
        if where in (kinds.AT_END, kinds.AT_END_STRING):
            lines = where is kinds.AT_END and text[at : at + 1] == "\n"
            return at == len(text) or (lines and (many or at == len(text) - 1))
        before, after = (0 < n <= len(text) and _WORD.match(text[n - 1]) for n in (at, at + 1))
        return (bool(before) != bool(after)) == (where is kinds.AT_BOUNDARY)


_WORD = re.compile(r"\w")


def _compiled(part: Any, flags: int) -> "re.Pattern[str]":
    """Compile one part that stands for one character."""
    from re import _compiler as compiler  # type: ignore[attr-defined]

    whole = parser.parse("x", flags & ~re.DEBUG)
    whole.data = [part]
    whole.width = (1, 1)
    made: re.Pattern[str] = compiler.compile(whole, flags & ~re.DEBUG)
    return made

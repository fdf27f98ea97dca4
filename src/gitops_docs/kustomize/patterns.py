"""Regular expressions that a repository writes, with an end to the time that one may take.

In: a pattern and a text. Out: whether it matches. Go's engine, which kustomize uses, is linear; Python's is not, and a pattern such as
`(a+)+b` would never return. Those that may take long are left to a library that can be stopped; it takes 20 ms to load and compile one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gitops_docs.kustomize.errors import Refused

if TYPE_CHECKING:
    import regex

_SECONDS = 0.2
_SLOW: set[str] = set()
"""Patterns that took longer once."""
_TAME = re.compile(
    r"(?!.*(?:[*+?][*+?]|\)[*+]|\(\?|\[[:\[]))(?!(?:[^*+]*[*+]){3})(?:[A-Za-z0-9_/.:@|()*+?^$-]|\[[A-Za-z0-9_.{}^-]+\])*\Z"
)
"""Patterns that repeat at most two single characters, and mean the same to Go and to Python."""
_SHORT = 1000
"""Longest text, in characters, for which that is quick."""


class PatternError(ValueError):
    """Not a regular expression."""


@lru_cache(maxsize=1024)
def check(pattern: str) -> None:
    """Whether a text is a pattern.

    Raises:
        PatternError: It is none.
    """
    if _TAME.match(pattern):
        _tame(pattern)
    else:
        _stoppable(pattern)


@lru_cache(maxsize=1024)
def _tame(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error:
        raise PatternError(pattern) from None


@lru_cache(maxsize=1024)
def _stoppable(pattern: str) -> regex.Pattern[str]:
    import regex

    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, MemoryError):
        raise PatternError(pattern) from None


def matches(pattern: str, value: str, *, whole: bool = True) -> bool:
    """Whether a text matches a pattern as a whole, or holds a match.

    Raises:
        PatternError: The pattern is none.
        Refused: Matching takes too long.
    """
    if _TAME.match(pattern) and len(value) <= _SHORT:
        tame = _tame(pattern)
        return (tame.fullmatch if whole else tame.search)(value) is not None
    if pattern in _SLOW:
        raise _too_slow()
    found = _stoppable(f"(?:{pattern})\\Z" if whole else pattern)
    try:
        return (found.match if whole else found.search)(value, timeout=_SECONDS) is not None
    except TimeoutError:
        _SLOW.add(pattern)
        raise _too_slow() from None


def _too_slow() -> Refused:
    return Refused(
        "a regular expression of this kustomization takes too long to match; write it without nested repetitions"
    )

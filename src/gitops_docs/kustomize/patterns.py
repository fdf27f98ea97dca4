"""Regular expressions that a repository writes, with an end to the time that one may take.

In: a pattern and a text. Out: whether it matches. Go's engine, which kustomize uses, is linear; Python's is not, and a pattern such as
`(a+)+b` would never return.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gitops_docs.kustomize.errors import Refused

if TYPE_CHECKING:
    import regex

_SECONDS = 0.2
_SLOW: set[str] = set()
"""Patterns that took longer once."""


class PatternError(ValueError):
    """Not a regular expression."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> regex.Pattern[str]:
    """The pattern, to be used with `matches`.

    Raises:
        PatternError: It is none.
    """
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
    if pattern in _SLOW:
        raise _too_slow()
    found = compiled(f"(?:{pattern})\\Z" if whole else pattern)
    try:
        return (found.match if whole else found.search)(value, timeout=_SECONDS) is not None
    except TimeoutError:
        _SLOW.add(pattern)
        raise _too_slow() from None


def _too_slow() -> Refused:
    return Refused(
        "a regular expression of this kustomization takes too long to match; write it without nested repetitions"
    )

"""Remember what pure functions make of the texts of a repository, until the scan ends.

These texts may be credentials, so none of them outlives a scan: the scanner forgets them all. An
`lru_cache` is for functions whose arguments no repository chooses; a test looks through both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_forget: list[Callable[[], None]] = []
"""What empties each memo."""


def memo(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function give the same result for the same arguments, for the last `most` of them."""

    def remembering(function: Callable[P, T]) -> Callable[P, T]:
        cached = lru_cache(most)(function)
        _forget.append(cached.cache_clear)
        return cached  # type: ignore[return-value]  # lru_cache loses the parameters

    return remembering


@contextmanager
def scope() -> Iterator[None]:
    """Forget at the end what was remembered, whatever happens in between."""
    try:
        yield
    finally:
        for forget in _forget:
            forget()

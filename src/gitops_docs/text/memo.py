"""Cache what pure functions make of the texts of a repository, no longer than its scanner lives.

These texts may be credentials. A scan forgets at its end what it has not used, and the end of a
scanner forgets everything. An `lru_cache` is for functions whose arguments no repository chooses;
a test looks through both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, update_wrapper
from typing import Generic, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Memo(Generic[P, T]):
    """Results of one function: those of this scan, and those of the scan before.

    `cached` answers what is asked again in a scan. Only what is asked for the first time comes here.
    """

    def __init__(self, function: Callable[P, T], most: int) -> None:
        self._function = function
        self._most = most
        self._before: dict[object, T] = {}
        self._now: dict[object, T] = {}
        self.cached = lru_cache(most)(self._first)
        update_wrapper(self.cached, function)

    def _first(self, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (args, tuple(kwargs.items())) if kwargs else args
        found = self._before[key] if key in self._before else self._function(*args, **kwargs)
        if len(self._now) < self._most:
            self._now[key] = found
        return found

    def rotate(self) -> None:
        self.cached.cache_clear()
        self._before, self._now = self._now, {}

    def clear(self) -> None:
        self.rotate()
        self.rotate()


class _Forgetful(Protocol):
    """A memo of any function."""

    def rotate(self) -> None: ...

    def clear(self) -> None: ...


_memos: list[_Forgetful] = []


def memo(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Cache the results of a function, for the last `most` arguments."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        made = _Memo(function, most)
        _memos.append(made)
        return made.cached  # type: ignore[return-value]  # lru_cache loses the parameters

    return decorate


def forget() -> None:
    """Clear all caches."""
    for one in _memos:
        one.clear()


@contextmanager
def scan() -> Iterator[None]:
    """Drop at the end what was not used in between, for the next scan of the same repository."""
    try:
        yield
    finally:
        for one in _memos:
            one.rotate()


@contextmanager
def scope() -> Iterator[None]:
    """Clear all caches at the end."""
    try:
        yield
    finally:
        forget()

"""Pages that need not be written again, because nothing that they read is different.

A live server writes all pages for each edit, of which one or two change. A page function that is `remembered` reads the facts through a
`Watched`, which notes what it asks for. When the pages are written again, the answers of then and now are compared; where all are equal,
the page is that of before. A page function must therefore know nothing but its arguments, the facts, and what the writer was made with.

In: page functions. Out: the same functions, and a `Memory` that goes from one writer to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from gitops_docs.model import Platform
from gitops_docs.pages.facts import Facts
from gitops_docs.pages.page import Page

if TYPE_CHECKING:
    from gitops_docs.pages.writer import Writer

P = ParamSpec("P")

Read = tuple[str, ...] | tuple[str, Any]
"""What was asked for: a fact as a whole, a key of one, or `platform` and a field of it."""
_PLATFORM = "platform"
_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Kept:
    arguments: tuple[Any, ...]
    reads: frozenset[Read]
    page: Page


@dataclass(slots=True)
class Memory:
    """The pages of one writer with what each read. `made_with` holds whatever else all pages depend on."""

    facts: Facts
    made_with: object
    kept: dict[tuple[str, object], _Kept] = field(default_factory=dict)
    before: Memory | None = None
    _same: dict[Read, bool] = field(default_factory=dict)

    @classmethod
    def after(cls, before: Memory | None, facts: Facts, made_with: object) -> Memory:
        """A memory that may take over pages of the one before."""
        usable = before if before is not None and before.made_with == made_with else None
        if usable is not None:
            usable.before = None
        return cls(facts, made_with, before=usable)

    def page(self, make: Callable[..., Page], writer: Writer, arguments: tuple[Any, ...]) -> Page:
        """The page that a function makes, or the one that it made before."""
        key = (f"{make.__module__}.{make.__qualname__}", _identity(arguments))
        kept = self.before.kept.get(key) if self.before is not None else None
        if kept is None or kept.arguments != arguments or not all(map(self._is_same, kept.reads)):
            reads: set[Read] = set()
            writer.facts = cast(Facts, Watched(self.facts, reads))
            try:
                kept = _Kept(arguments, frozenset(), make(writer, *arguments))
            finally:
                writer.facts = self.facts
            kept = _Kept(arguments, frozenset(reads), kept.page)
        self.kept[key] = kept
        return kept.page

    def _is_same(self, read: Read) -> bool:
        known = self._same.get(read)
        if known is None:
            assert self.before is not None
            known = self._same[read] = _answer(self.before.facts, read) == _answer(self.facts, read)
        return known


def remembered(make: Callable[Concatenate[Writer, P], Page]) -> Callable[Concatenate[Writer, P], Page]:
    """Let a page function give the page of before where nothing that it read is different. Arguments are positional."""

    @wraps(make)
    def page(writer: Writer, /, *arguments: P.args, **_: P.kwargs) -> Page:
        return writer.memory.page(make, writer, arguments)

    return page


class Watched:
    """Facts that note what is asked of them."""

    def __init__(self, facts: Facts, reads: set[Read]) -> None:
        self._facts = facts
        self._reads = reads

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._facts, name)
        if isinstance(value, MethodType):
            # Of the facts' class, but reading through this object.
            return MethodType(value.__func__, self)
        if isinstance(value, Platform):
            return _WatchedPlatform(value, self._reads)
        if isinstance(value, dict):
            return _WatchedMapping(value, name, self._reads)
        self._reads.add((name,))
        return value


class _WatchedPlatform:
    def __init__(self, platform: Platform, reads: set[Read]) -> None:
        self._platform = platform
        self._reads = reads

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._platform, name)
        self._reads.add((_PLATFORM, name))
        return value


class _WatchedMapping(Mapping[Any, Any]):
    def __init__(self, values: dict[Any, Any], name: str, reads: set[Read]) -> None:
        self._values = values
        self._name = name
        self._reads = reads

    def __getitem__(self, key: Any) -> Any:
        self._reads.add((self._name, key))
        return self._values[key]

    def __iter__(self) -> Iterator[Any]:
        self._reads.add((self._name,))
        return iter(self._values)

    def __len__(self) -> int:
        self._reads.add((self._name,))
        return len(self._values)


def _answer(facts: Facts, read: Read) -> Any:
    name = read[0]
    value = getattr(facts, name)
    if len(read) == 1:
        return value
    if name == _PLATFORM:
        return getattr(value, read[1])
    # A missing key of a defaultdict is there once it was asked for.
    return value[read[1]] if isinstance(value, defaultdict) else value.get(read[1], _MISSING)


def _identity(arguments: tuple[Any, ...]) -> object:
    """What tells the page of some arguments from the pages of others."""
    return tuple(_name(argument) for argument in arguments)


def _name(argument: Any) -> object:
    if isinstance(argument, list | tuple):
        return tuple(_name(item) for item in argument[:1])
    parts = tuple(getattr(argument, name, None) for name in ("id", "cluster", "namespace", "name", "code"))
    return parts if any(parts) else str(argument)

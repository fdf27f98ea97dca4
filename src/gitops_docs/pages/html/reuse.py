"""Reuse pages whose inputs have not changed since the last build.

A live server writes all pages for each edit, of which one or two change. A page function that is
`reused` reads the facts through a `Watched`, which notes what it asks for. When the pages are
written again, the answers of then and now are compared; where all are equal, the page is that of
before. A page function must therefore know nothing but its arguments, the facts, and what the
writer was made with.

In: page functions. Out: the same functions, and a `Memory` that goes from one writer to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import MethodType
from typing import Concatenate, NamedTuple, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from msgspec import Struct, field

from gitops_docs.index.history import CommitIndex
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.index.runbooks import RunbookIndex
from gitops_docs.model import Platform
from gitops_docs.pages.html.page import Page
from gitops_docs.text import progress

P = ParamSpec("P")

Read: TypeAlias = "tuple[str | _Key, ...]"
"""What was asked for: the way from the facts to a value, names of attributes and at the end perhaps
a `_Key`."""
_VIEWS = (CommitIndex, RunbookIndex, Platform)
"""What is looked into rather than compared as a whole."""
_MISSING = object()


class Reader(Protocol):
    """What a page function is called with: it reads `facts`, and its pages are kept in `memory`."""

    facts: PlatformIndex
    memory: Memory


R = TypeVar("R", bound=Reader)


class _Kept(Struct, frozen=True):
    arguments: tuple[object, ...]
    reads: frozenset[Read]
    page: Page


class Memory(Struct):
    """The pages of one writer with what each read. `made_with` holds whatever else all pages depend
    on."""

    facts: PlatformIndex
    made_with: object
    kept: dict[tuple[str, object], _Kept] = field(default_factory=dict)
    before: Memory | None = None
    changed: frozenset[Read] = frozenset()
    """What was asked for in the writer before, and is answered otherwise now."""

    @classmethod
    def after(cls, before: Memory | None, facts: PlatformIndex, made_with: object) -> Memory:
        """Return a memory that may take over pages of the one before."""
        usable = before if before is not None and before.made_with == made_with else None
        if usable is None:
            return cls(facts, made_with)
        usable.before = None
        # Pages have most of what they read in common, so that asking once for all of them is
        # cheaper than page by page.
        reads = frozenset().union(*(kept.reads for kept in usable.kept.values()))
        changed = frozenset(
            read for read in reads if _answer(usable.facts, read) != _answer(facts, read)
        )
        return cls(facts, made_with, before=usable, changed=changed)

    def page(
        self,
        make: Callable[Concatenate[R, P], Page],
        writer: R,
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Page:
        """Return the page that a function makes, or the one that it made before."""
        key = (f"{make.__module__}.{make.__qualname__}", _identity(arguments))
        kept = self.before.kept.get(key) if self.before is not None else None
        if kept is None or kept.arguments != arguments or not self.changed.isdisjoint(kept.reads):
            progress.step("writing pages", len(self.kept))
            reads: set[Read] = set()
            writer.facts = cast(PlatformIndex, Watched(self.facts, (), reads))
            try:
                kept = _Kept(arguments, frozenset(), make(writer, *arguments, **named))
            finally:
                writer.facts = self.facts
            kept = _Kept(arguments, frozenset(reads), kept.page)
        self.kept[key] = kept
        return kept.page


def reused(make: Callable[Concatenate[R, P], Page]) -> Callable[Concatenate[R, P], Page]:
    """Let a page function give the page of before where nothing that it read is different.
    Arguments are positional."""

    @wraps(make)
    def page(writer: R, /, *arguments: P.args, **named: P.kwargs) -> Page:
        return writer.memory.page(make, writer, *arguments, **named)

    return page


class Watched:
    """An object of which is noted what is asked of it."""

    def __init__(self, watched: object, path: Read, reads: set[Read]) -> None:
        self._watched = watched
        self._path = path
        self._reads = reads

    def __getattr__(self, name: str) -> object:
        value = getattr(self._watched, name)
        if isinstance(value, MethodType):
            # Of the same class, but reading through this object.
            return MethodType(value.__func__, self)
        path = (*self._path, name)
        if isinstance(value, _VIEWS):
            return Watched(value, path, self._reads)
        if isinstance(value, dict):
            return _WatchedMapping(value, path, self._reads)
        self._reads.add(path)
        return value


class _WatchedMapping(Mapping[object, object]):
    def __init__(self, values: dict[object, object], path: Read, reads: set[Read]) -> None:
        self._values = values
        self._path = path
        self._reads = reads

    def __getitem__(self, key: object) -> object:
        self._reads.add((*self._path, _Key(key)))
        return self._values[key]

    def __iter__(self) -> Iterator[object]:
        self._reads.add(self._path)
        return iter(self._values)

    def __len__(self) -> int:
        self._reads.add(self._path)
        return len(self._values)


class _Key(NamedTuple):
    """A step into a mapping, which is not a name of an attribute."""

    key: object


def _answer(facts: PlatformIndex, read: Read) -> object:
    value: object = facts
    for step in read:
        if isinstance(step, str):
            value = getattr(value, step)
        elif isinstance(value, defaultdict):
            # A missing key is there once it was asked for.
            value = value[step.key]
        elif isinstance(value, dict):
            value = value.get(step.key, _MISSING)
    return value


def _identity(arguments: tuple[object, ...]) -> object:
    """Return what tells the page of some arguments from the pages of others."""
    return tuple(_name(argument) for argument in arguments)


def _name(argument: object) -> object:
    if isinstance(argument, list | tuple):
        return tuple(_name(item) for item in argument[:1])
    parts = tuple(
        getattr(argument, name, None) for name in ("id", "cluster", "namespace", "name", "code")
    )
    return parts if any(parts) else str(argument)

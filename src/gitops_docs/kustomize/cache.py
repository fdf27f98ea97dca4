"""Keep what the builds of one scanner share: files, bases and inline texts that many directories
read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from gitops_docs.repository.tree import Tree


class Cached(Protocol):
    """A result that knows what it was made from."""

    def came_from(self, tree: Tree, changed: frozenset[str]) -> bool:
        """Whether it was read from one of these files, named as findings name them."""
        ...


T = TypeVar("T", bound=Cached)


class BuildCache:
    """Results of builds, by tree and key; those of a tree go with it.

    A scanner owns one, so that no result outlives it: there are values of Secrets among them.
    """

    def __init__(self) -> None:
        self._trees: WeakKeyDictionary[Tree, dict[tuple[type, Hashable], Cached]] = (
            WeakKeyDictionary()
        )

    def get(self, tree: Tree, kind: type[T], key: Hashable) -> T | None:
        """The result of a kind, None where there is none."""
        found = self._trees.get(tree, {}).get((kind, key))
        return found if isinstance(found, kind) else None

    def add(self, tree: Tree, key: Hashable, result: T) -> T:
        """Keep a result under its type and a key; the result."""
        self._trees.setdefault(tree, {})[type(result), key] = result
        return result

    def forget(self, changed: frozenset[str]) -> None:
        """Drop what was read from one of these files, named as findings name them."""
        for tree, results in self._trees.items():
            for key in [key for key, one in results.items() if one.came_from(tree, changed)]:
                del results[key]

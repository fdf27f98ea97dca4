"""Keep what the builds of one scanner share: files, bases and inline texts that many directories
read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from gitops_docs.repository.tree import Tree


class Cached(Protocol):
    """A result of a build that knows the files it was made from."""

    def came_from(self, tree: Tree, changed: frozenset[str]) -> bool:
        """Return whether one of the `changed` files, named as findings name them, was read for the
        result."""
        ...


T = TypeVar("T", bound=Cached)


class BuildCache:
    """Results of builds by tree and key; those of a tree are dropped with it. Each scanner has its
    own, because values of Secrets are among them."""

    def __init__(self) -> None:
        self._trees: WeakKeyDictionary[Tree, dict[tuple[type, Hashable], Cached]] = (
            WeakKeyDictionary()
        )

    def get(self, tree: Tree, kind: type[T], key: Hashable) -> T | None:
        """Return the result of a type for a key; None where there is none."""
        found = self._trees.get(tree, {}).get((kind, key))
        return found if isinstance(found, kind) else None

    def add(self, tree: Tree, key: Hashable, result: T) -> T:
        """Keep a result under its type and a key, and return it."""
        self._trees.setdefault(tree, {})[type(result), key] = result
        return result

    def forget(self, changed: frozenset[str]) -> None:
        """Drop the results that were made from one of these files, named as findings name them."""
        for tree, results in self._trees.items():
            for key in [key for key, one in results.items() if one.came_from(tree, changed)]:
                del results[key]

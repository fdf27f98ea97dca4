"""Index the objects that the layers of one cluster apply, by kind and name.

In: rendered objects with the layer that applies them. Out: look-ups for the modules that join
objects: substituteFrom, chartRef, sources.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gitops_docs.kustomize import Rendered


class Wait(Struct, frozen=True):
    """A Kustomization that must be ready before a ResourceSet goes on."""

    via: str
    """Kind, namespace and name of the ResourceSet."""
    namespace: str
    name: str
    file: str
    line: int
    ready_expr: str | None = None


class Applied(Struct, frozen=True):
    """An object and the id of the layer that applies it (empty: the directory of a guessed
    root)."""

    rendered: Rendered
    layer: str


class ObjectIndex:
    """Objects of one cluster. An object without namespace is found under the namespace asked for:
    Flux puts it where its layer says."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str, str], Applied] = {}
        self._by_kind: dict[str, list[Applied]] = {}
        self._stated: dict[tuple[str, str, str], Applied] = {}

    def add_stated(self, rendered: Rendered) -> None:
        """Add an object that the settings state. One of the same name in Git wins."""
        self._stated[rendered.key] = Applied(rendered, "")

    def add(self, rendered: Rendered, layer: str) -> None:
        applied = Applied(rendered, layer)
        self._by_name.setdefault(rendered.key, applied)
        self._by_kind.setdefault(rendered.key[0], []).append(applied)

    def get(self, kind: str, namespace: str, name: str) -> Applied | None:
        """Return the object of this name; the first one where several layers apply it."""
        return (
            self._by_name.get((kind, namespace, name))
            or self._by_name.get((kind, "", name))
            or self._stated.get((kind, namespace, name))
        )

    def of_kind(self, *kinds: str) -> Iterator[Applied]:
        """Yield all objects of these kinds, in the order in which layers were walked."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    def names(self) -> frozenset[tuple[str, str, str]]:
        """Return (kind, namespace, name) of everything."""
        return frozenset(self._by_name)


class RecordedLookups(ObjectIndex):
    """An index that records its look-ups, to find out whether another index
    answers the same."""

    def __init__(self, index: ObjectIndex) -> None:
        super().__init__()
        self._index = index
        self._gets: dict[tuple[str, str, str], Applied | None] = {}
        self._kinds: dict[str, tuple[Applied, ...]] = {}

    def get(self, kind: str, namespace: str, name: str) -> Applied | None:
        found = self._gets[kind, namespace, name] = self._index.get(kind, namespace, name)
        return found

    def of_kind(self, *kinds: str) -> Iterator[Applied]:
        for kind in kinds:
            found = self._kinds[kind] = tuple(self._index.of_kind(kind))
            yield from found

    def agree_with(self, index: ObjectIndex) -> bool:
        """Return whether another index has the very same objects in every place that was looked
        at."""
        return all(_same(found, index.get(*name)) for name, found in self._gets.items()) and all(
            len(found) == len(now := tuple(index.of_kind(kind))) and all(map(_same, found, now))
            for kind, found in self._kinds.items()
        )


def _same(one: Applied | None, other: Applied | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.rendered is other.rendered and one.layer == other.layer

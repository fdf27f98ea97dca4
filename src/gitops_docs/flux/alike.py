"""Objects that are rendered anew and are what they were, so that whoever comes later sees that nothing is different.

In: new objects, those of the scan before, and the files that are others now. Out: the new objects, the very ones of before in the place
of those that are alike, down to the lines on which everything stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gitops_docs.flux import objects
from gitops_docs.kustomize import Rendered
from gitops_docs.nodes import Map, Scalar, Sealed, Seq


def as_before(now: Iterable[Rendered], before: Iterable[Rendered], changed: frozenset[str]) -> list[Rendered]:
    """The objects, those of before where they are alike.

    Nothing of an object that is taken from before stands in a changed file, so the comments beside it are the same too.
    """
    known = {_name(item): item for item in before}
    return [_one(item, known.get(_name(item)), changed) for item in now]


def _name(item: Rendered) -> tuple[str, str, str, str]:
    return objects.api_version(item.data), *item.key


def _one(item: Rendered, before: Rendered | None, changed: frozenset[str]) -> Rendered:
    if before is None or item is before:
        return item
    same = (
        item.original is before.original
        and (item.file, item.line, item.generated, item.partial, item.made_by)
        == (before.file, before.line, before.generated, before.partial, before.made_by)
        and item.file not in changed
        and _alike(item.data, before.data, changed)
    )
    return before if same else item


def _alike(one: Any, other: Any, changed: frozenset[str]) -> bool:
    """Whether two nodes hold the same in the same places, none of which is in a changed file."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other) or (one.file, one.line) != (other.file, other.line) or one.file in changed:
        return False
    if kind is Map:
        return len(one) == len(other) and all(
            mine == theirs and _alike(value, other[theirs], changed)
            for (mine, value), theirs in zip(one.items(), other, strict=True)
        )
    if kind is Seq:
        return len(one) == len(other) and all(_alike(*pair, changed) for pair in zip(one, other, strict=True))
    if kind is Sealed:
        return _alike(one.unseal(), other.unseal(), changed) and _alike(one.outline(), other.outline(), changed)
    return kind is Scalar and one == other and one.style == other.style

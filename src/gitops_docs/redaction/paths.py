"""By which path of keys a value is judged.

In: a value of JSON. Out: its leaves, each with the keys that lead to it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from gitops_docs.redaction.keys import (
    SECRET_TEMPLATE,
    SECRET_VALUES,
    Class,
    class_of,
    is_secret_flag,
)
from gitops_docs.redaction.rules import PLACES

_CONTAINERS = (dict, list)
Leaf: TypeAlias = tuple[tuple[str | int, ...], Any, tuple[str | int, ...]]


def leaves(node: Any, path: tuple[str | int, ...] = (), kind: str = "") -> list[Leaf]:
    """Every leaf below a node: its path, itself, and the path by which to judge it.

    The two differ for the `value` of an entry with a `name` (an environment variable, a Helm parameter, a header), which is judged by that
    name, for an argument behind a flag, and where an object of its kind holds secrets.

    Args:
        node: Any value.
        path: Keys that lead to it.
        kind: Kind of the object that it is a part of; that of the object itself is read from it.
    """
    found: list[Leaf] = []
    if isinstance(node, _CONTAINERS):
        _add_leaves(found, node, path, _kind(node, kind), path)
    else:
        found.append((path, node, path))
    return found


def _kind(node: Any, outer: str) -> str:
    if isinstance(node, dict):
        kind = node.get("kind")
        if isinstance(kind, str) and (
            "apiVersion" in node or "metadata" in node or "spec" in node or "data" in node or "stringData" in node
        ):
            return str(kind)
    return outer


def _add_leaves(
    found: list[Leaf],
    node: Any,
    path: tuple[str | int, ...],
    kind: str,
    judged: tuple[str | int, ...],
) -> None:
    if isinstance(node, dict):
        name = node.get("name")
        if not isinstance(name, str):
            name = node.get("key")
        if not isinstance(name, str):
            name = node.get("type")
            if isinstance(name, str) and class_of(name) < Class.KEY:
                name = None
        # What an ExternalSecret calls `secretKey` is a name.
        named = "secretKey" in node and ("remoteRef" in node or "sourceRef" in node or "match" in node)
        for key, value in node.items():
            inner = (*path, key)
            by = inner if judged is path else (*judged, key)
            if isinstance(value, _CONTAINERS):
                _add_leaves(found, value, inner, _kind(value, kind), _placed(by, kind))
            elif (
                key in ("value", "default")
                and isinstance(name, str)
                and judged[-1:] not in ((SECRET_VALUES,), (SECRET_TEMPLATE,))
            ):
                found.append((inner, value, (*judged, str(name))))
            elif key == "secretKey" and named:
                found.append((inner, value, (*judged, "name")))
            elif key == "key" and judged[-1:] == (SECRET_VALUES,):
                found.append((inner, value, ("name",)))
            else:
                found.append((inner, value, by))
        return
    before: Any = None
    for index, value in enumerate(node):
        inner = (*path, index)
        by = inner if judged is path else (*judged, index)
        if isinstance(value, _CONTAINERS):
            # The place of secrets is that of the list; its items only have a number.
            held = judged[-1:] in ((SECRET_VALUES,), (SECRET_TEMPLATE,))
            _add_leaves(found, value, inner, _kind(value, kind), judged if held else by)
        elif isinstance(before, str) and is_secret_flag(before):
            found.append((inner, value, (*judged, str(before))))
        else:
            found.append((inner, value, by))
        before = value


def _placed(path: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """The path by which to judge what stands in a place that holds secrets in objects of a kind."""
    last = path[-1]
    for place in _OF_LAST.get(last, ()) if isinstance(last, str) else ():
        if place.kind in ("*", kind) and _ends(path, place.path):
            return (*path, SECRET_VALUES if place.sure else SECRET_TEMPLATE)
    return path


_OF_LAST = {
    last: tuple(place for place in PLACES if place.path[-1] == last) for last in {place.path[-1] for place in PLACES}
}


def judged(path: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """The path by which to judge a leaf of an object of a kind, from its path alone."""
    for length in range(len(path) - 1, 0, -1):
        placed = _placed(path[:length], kind)
        if len(placed) > length:
            return (*placed, *path[length:])
    return path


def _ends(path: tuple[str | int, ...], end: tuple[str, ...]) -> bool:
    names = tuple(part for part in path if isinstance(part, str))
    return names[-len(end) :] == end

"""By which path of keys a value is judged.

In: a value of JSON. Out: its leaves, each with the keys that lead to it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from gitops_docs.redaction.keys import is_secret_flag

_CONTAINERS = (dict, list)
Leaf: TypeAlias = tuple[tuple[str | int, ...], Any, tuple[str | int, ...]]


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> list[Leaf]:
    """Every leaf below a node: its path, itself, and the path by which to judge it.

    The two differ for the `value` of an entry with a `name` (an environment variable, a Helm parameter), which is judged by that name, and
    for an argument behind a flag.
    """
    found: list[Leaf] = []
    if isinstance(node, _CONTAINERS):
        _add_leaves(found, node, path)
    else:
        found.append((path, node, path))
    return found


def _add_leaves(found: list[Leaf], node: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(node, dict):
        name = node.get("name")
        if not isinstance(name, str):
            name = node.get("key")
        # What an ExternalSecret calls `secretKey` is a name.
        named = "secretKey" in node and ("remoteRef" in node or "sourceRef" in node or "match" in node)
        for key, value in node.items():
            inner = (*path, key)
            if isinstance(value, _CONTAINERS):
                _add_leaves(found, value, inner)
            elif key == "value" and isinstance(name, str):
                found.append((inner, value, (*path, str(name))))
            elif key == "secretKey" and named:
                found.append((inner, value, (*path, "name")))
            else:
                found.append((inner, value, inner))
        return
    before: Any = None
    for index, value in enumerate(node):
        inner = (*path, index)
        if isinstance(value, _CONTAINERS):
            _add_leaves(found, value, inner)
        elif isinstance(before, str) and is_secret_flag(before):
            found.append((inner, value, (*path, before.lstrip("-"))))
        else:
            found.append((inner, value, inner))
        before = value

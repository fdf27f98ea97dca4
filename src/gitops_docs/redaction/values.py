"""Values of manifests without credentials, judged by the names of their keys.

In: a value with the path of keys to it. Out: the value as it may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from gitops_docs.nodes import Sealed
from gitops_docs.redaction.assignments import REDACTED
from gitops_docs.redaction.keys import is_secret, is_secret_flag
from gitops_docs.redaction.texts import configuration

_ENVIRONMENT = re.compile(r"\[(?:name|key)=([^\]]*)\]\.value\Z")
_CONTAINERS = (dict, list)
Leaf: TypeAlias = tuple[tuple[str | int, ...], Any, tuple[str | int, ...]]


def shown(path: Sequence[str | int], text: str) -> str | None:
    """The text as it may be shown, credentials in it taken out; None where all of it is secret."""
    if is_secret(path, text):
        return None
    return configuration(text)


def shown_field(field: str, text: str) -> str | None:
    """Like `shown`, for a dotted path such as `spec.containers[name=web].env[name=PASSWORD].value`."""
    named = _ENVIRONMENT.search(field)
    return shown([named[1]] if named else field.split("."), text)


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
        name = next((node[key] for key in ("name", "key") if isinstance(node.get(key), str)), None)
        # What an ExternalSecret calls `secretKey` is a name.
        named = "secretKey" in node and ("remoteRef" in node or "sourceRef" in node or "match" in node)
        for key, value in node.items():
            inner = (*path, key)
            if isinstance(value, _CONTAINERS):
                _add_leaves(found, value, inner)
            elif key == "value" and name is not None:
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


def redacted(value: Any) -> Any:
    """A JSON value with `**REDACTED**` for each sealed value and each credential; containers are changed in place."""
    if isinstance(value, Sealed):
        return REDACTED
    for path, leaf, judged in leaves(value):
        made = _leaf(judged, leaf)
        if made is not leaf and path:
            holder = value
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = made
    return value


def _leaf(path: tuple[str | int, ...], leaf: Any) -> Any:
    if isinstance(leaf, Sealed):
        return REDACTED
    if leaf is None or isinstance(leaf, bool):
        return leaf
    text = leaf if isinstance(leaf, str) else str(leaf)
    made = shown(path, text)
    return REDACTED if made is None else leaf if made == text else made

"""Show values of manifests without credentials, judged by the names of their keys.

In: a value with the path of keys to it. Out: the value as it may be shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitops_docs.redaction.arguments import leaves
from gitops_docs.redaction.files import without_lines, without_logins
from gitops_docs.redaction.keys import is_secret, judged, name_of_pair
from gitops_docs.redaction.matching import REDACTED
from gitops_docs.redaction.texts import configuration
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Plain, Sealed

_PARTS = Pattern(r"(\[[^\]]*\])|((?:\\.|[^.\[\\])+)")
"""An element of a list, or a key in which a dot is escaped."""
_OF_NAMED = Pattern(r"\[(?:(?:name|key)=)?([^\]=]*)\]\.value$")
"""The value of an element that has a name, such as a variable of an environment."""


def shown(path: Sequence[str | int], text: str) -> str | None:
    """Return the text as it may be shown, credentials in it taken out; None where all of it is
    secret."""
    name = path[-1] if path else None
    if is_secret(path, text):
        if type(name) is str and (logins := without_logins(name, text)) is not None:
            return logins
        login = name_of_pair(path, text)
        return None if login is None else f"{login}:{REDACTED}"
    return configuration(without_lines(name, text) if type(name) is str else text)


@memo(16384)
def shown_field(field: str, text: str, kind: str = "") -> str | None:
    """Like `shown`, for a path as text, such as
    `spec.containers[name=web].env[name=PASSWORD].value`, `tokens[0]` or `data.tls\\.key`.

    Args:
        field: The path.
        text: What stands there.
        kind: Kind of the object, where it is known.
    """
    path, joined = _path(field)
    path = judged(path, kind)
    if joined and is_secret(joined, text):
        return None
    return shown(path, text)


@memo(4096)
def _path(field: str) -> tuple[tuple[str | int, ...], tuple[str, ...]]:
    """Return the keys of a path as text, and its last two as one: where dots are not escaped,
    `tls.key` looks like two keys."""
    named = _OF_NAMED.search(field)
    if named is not None and not named[1].isdigit():
        return (named[1],), ()
    path = tuple(
        key.replace("\\.", ".") if key else 0
        for match in _PARTS.finditer(field)
        for key in [match[2]]
    )
    return path, (f"{path[-2]}.{path[-1]}",) if len(path) > 1 and isinstance(path[-1], str) else ()


def redacted(value: Plain) -> Plain:
    """Return a JSON value with `**REDACTED**` for each sealed value and each credential.

    Containers are changed in place.
    """
    if isinstance(value, Sealed):
        return REDACTED
    for path, leaf, judged_by in leaves(value):
        made = _replacement(judged_by, leaf)
        if made is not None and path:
            _set(value, path, made)
    return value


def _replacement(path: tuple[str | int, ...], leaf: object) -> str | None:
    """Return what stands in place of a leaf; None where it may be shown as it is."""
    if isinstance(leaf, Sealed):
        return REDACTED
    if leaf is None or isinstance(leaf, bool):
        return None
    text = leaf if isinstance(leaf, str) else str(leaf)
    made = shown(path, text)
    return REDACTED if made is None else made if made != text else None


def _set(value: Plain, path: tuple[str | int, ...], text: str) -> None:
    for part in path[:-1]:
        if isinstance(value, dict):
            value = value[str(part)]
        elif isinstance(value, list):
            value = value[int(part)]
    if isinstance(value, dict):
        value[str(path[-1])] = text
    elif isinstance(value, list):
        value[int(path[-1])] = text

"""What differs between two objects, or two states of one, field by field.

In: two objects as Flux applies them. Out: the fields with the text before and after, where no secret is involved. Secret values are
compared here, since only this room and `kustomize` may open them, and never handed on: that one changed is all that is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from gitops_docs.nodes import Map, Scalar, Sealed, Seq, plain_value
from gitops_docs.redaction import REDACTED, is_secret, is_secret_flag, shown

Path = tuple[str | int, ...]


class Difference(Struct, frozen=True):
    """A field with its text before and after; None where it was not there, `**REDACTED**` where it may not be shown."""

    field: str
    was: str | None
    becomes: str | None


def differences(before: Map, after: Map) -> tuple[Difference, ...]:
    """The fields that differ, in the order of the objects, those that are gone last.

    Items of a list are matched by their `name` where all of them have one of their own (containers, variables), else by position.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changed = [path for path, value in new.items() if path not in old or not _same(old[path], value)]
    gone = [path for path in old if path not in new]
    return tuple(
        Difference(
            _dotted(path),
            _text(path, old[path]) if path in old else None,
            _text(path, new[path]) if path in new else None,
        )
        for path in [*changed, *gone]
    )


def _leaves(node: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if type(node) is Map and node:
        for key, value in node.items():
            if (
                key == "value"
                and type(value) is Scalar
                and is_secret([str(node.get("name", node.get("key", "")))], value)
            ):
                value = Sealed(value, value.file, value.line)
            yield from _leaves(value, (*path, key))
    elif type(node) is Seq and node:
        names = [str(item["name"]) for item in node if type(item) is Map and isinstance(item.get("name"), str)]
        by_name = len(names) == len(node) and max(Counter(names).values()) == 1
        for index, value in enumerate(node):
            before = node[index - 1] if index else None
            if type(value) is Scalar and type(before) is Scalar and is_secret_flag(before):
                value = Sealed(value, value.file, value.line)
            yield from _leaves(value, (*path, f"[{names[index]}]" if by_name else index))
    else:
        yield path, node


def _same(left: object, right: object) -> bool:
    if isinstance(left, Sealed) or isinstance(right, Sealed):
        return isinstance(left, Sealed) and isinstance(right, Sealed) and str(left.unseal()) == str(right.unseal())
    return bool(plain_value(left) == plain_value(right))


def _text(path: Path, node: object) -> str:
    if isinstance(node, Sealed):
        return REDACTED
    if not isinstance(node, Scalar):
        return "{}" if type(node) is Map else "[]" if type(node) is Seq else "null"
    text = shown([part for part in path if not isinstance(part, str) or not part.startswith("[")], str(node))
    return REDACTED if text is None else text


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.startswith("["):
            text += part
        else:
            text += f'["{part}"]' if "." in part else f".{part}" if text else part
    return text

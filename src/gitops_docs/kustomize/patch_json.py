"""JSON patches (RFC 6902) on node trees, with the habits of `evanphx/json-patch` v4 that kustomize uses.

In: an object and the operations. Out: a new object that shares what stayed the same. Array indexes may be negative; `add` at `-` appends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.fieldspecs import shallow
from gitops_docs.kustomize.resource import text
from gitops_docs.nodes import Map, Scalar, Sealed, Seq, as_text, is_null, plain_value


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `path` and `source` (JSON's `from`) are split and unescaped."""

    op: str
    path: tuple[str, ...]
    source: tuple[str, ...]
    value: Any
    node: Map


def read(items: Seq) -> list[Operation]:
    """The operations of a parsed patch.

    Raises:
        Refused: An entry is no operation.
    """
    found = []
    for item in items:
        if type(item) is not Map:
            raise refused("a JSON patch is a list of operations with `op` and `path`", item)
        op = str(as_text(item.get("op")) or "")
        if op not in ("add", "remove", "replace", "move", "copy", "test"):
            raise refused("a JSON patch operation needs an `op` of add, remove, replace, move, copy or test", item)
        path = text(item.get("path"))
        if "path" not in item:
            raise refused("a JSON patch operation needs a `path`", item)
        found.append(Operation(op, pointer(path), pointer(text(item.get("from"))), item.get("value"), item))
    return found


def pointer(path: str) -> tuple[str, ...]:
    """The parts of a JSON pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


def apply(data: Map, operations: list[Operation]) -> Map:
    """The object after all operations.

    Raises:
        Refused: A path does not exist, a test fails, or what is left is no object.
    """
    made: Any = data
    for operation in operations:
        made = _apply_one(made, operation)
    if type(made) is not Map:
        raise refused("a JSON patch turns the object into something that is no object", operations[-1].node)
    return made


def _apply_one(data: Any, operation: Operation) -> Any:
    op, path = operation.op, operation.path
    if op in ("add", "replace") and "value" not in operation.node:
        raise refused(f"the JSON patch operation `{op}` needs a `value`", operation.node)
    if op == "add":
        return _edit(data, path, operation, "add", operation.value)
    if op == "remove":
        return _edit(data, path, operation, "remove", None)
    if op == "replace":
        return _edit(data, path, operation, "replace", operation.value)
    if op == "test":
        if not _same(_get(data, path), operation.value):
            raise refused(f"the JSON patch test of `/{'/'.join(path)}` fails", operation.node)
        return data
    moved = _get(data, operation.source)
    if moved is None:
        raise refused(f"the JSON patch moves from `/{'/'.join(operation.source)}`, which is missing", operation.node)
    if op == "move":
        data = _edit(data, operation.source, operation, "remove", None)
    return _edit(data, path, operation, "add", moved)


def _edit(node: Any, path: tuple[str, ...], operation: Operation, action: str, value: Any) -> Any:
    if not path:
        if action == "replace" or action == "add":
            return value
        raise refused("a JSON patch cannot remove the whole object", operation.node)
    key = path[0]
    if type(node) is Map:
        if len(path) > 1:
            if key not in node:
                raise _missing(operation)
            made = shallow(node)
            made[key] = _edit(node[key], path[1:], operation, action, value)
            return made
        if action != "add" and key not in node:
            raise _missing(operation)
        made = shallow(node)
        if action == "remove":
            del made[key]
        else:
            made[key] = value
        return made
    if type(node) is Seq:
        made = shallow(node)
        if len(path) > 1:
            at = _position(key, len(node), operation)
            made[at] = _edit(node[at], path[1:], operation, action, value)
        elif action == "add":
            made.insert(len(node) if key == "-" else _position(key, len(node) + 1, operation), value)
        else:
            at = _position(key, len(node), operation)
            if action == "remove":
                del made[at]
            else:
                made[at] = value
        return made
    raise _missing(operation)


def _position(key: str, size: int, operation: Operation) -> int:
    try:
        at = int(key)
    except ValueError:
        raise _missing(operation) from None
    if at < 0:
        at += size
    if not 0 <= at < size:
        raise _missing(operation)
    return at


def _get(node: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if type(node) is Map:
            node = node.get(key)
        elif type(node) is Seq:
            try:
                node = node[int(key)]
            except (ValueError, IndexError):
                return None
        else:
            return None
    return node


def _same(one: Any, other: Any) -> bool:
    if is_null(one) and is_null(other):
        return True
    return bool(_unsealed(one) == _unsealed(other))


def _unsealed(node: Any) -> Any:
    if type(node) is Sealed:
        return plain_value(node.unseal())
    if type(node) is Map:
        return {key: _unsealed(value) for key, value in node.items()}
    if type(node) is Seq:
        return [_unsealed(value) for value in node]
    return plain_value(node) if type(node) is Scalar else node


def _missing(operation: Operation) -> Exception:
    return refused(f"the JSON patch path `/{'/'.join(operation.path)}` does not exist in the object", operation.node)

"""Apply JSON patches (RFC 6902) to node trees, with the habits of `evanphx/json-patch` v4 that
kustomize uses.

In: an object and the operations. Out: a new object that shares what stayed the same. Array indexes
may be negative; `add` at `-` appends.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.files.decode import with_json_keys
from gitops_docs.kustomize.resources.fieldspecs import shallow
from gitops_docs.kustomize.resources.output import through_json
from gitops_docs.kustomize.resources.printable import check_numbers
from gitops_docs.kustomize.resources.resource import text
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import MAX_ALIAS_NODES, MAX_DEPTH
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_yaml_1_1,
    depth_exceeds,
    is_null,
    scalar,
    scalar_value,
)

_INDEX = Pattern(r"[-+]?\d+\z")
_OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})


class Operation(Struct, frozen=True):
    """One operation; `path` and `source` (JSON's `from`) are split and unescaped, empty for the
    whole object."""

    op: str
    path: tuple[str, ...]
    source: tuple[str, ...]
    value: Node | None
    node: Map


def read(items: Seq) -> list[Operation]:
    """Return the operations of a parsed patch. What they lack is found out when they are applied,
    as upstream has it.

    Raises:
        Refused: An entry is not a mapping, or a key or a number is one that JSON does not know.
    """
    found = []
    check_numbers(items)
    for item in items:
        if type(item) is not Map:
            raise refused("a JSON patch is a list of operations with `op` and `path`", item)
        value = item.get("value")
        if value is not None:
            value = through_json(as_yaml_1_1(with_json_keys(value)))
        found.append(
            Operation(
                text(item.get("op")),
                pointer(text(item.get("path"))),
                pointer(text(item.get("from"))),
                value,
                item,
            )
        )
    return found


def pointer(path: str) -> tuple[str, ...]:
    """Return the parts of a JSON pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


def apply(data: Map, operations: list[Operation]) -> Map:
    """Return the object after all operations.

    Raises:
        Refused: A path does not exist, a test fails, or what is left is not an object.
    """
    made: Node = data
    copied = 0
    for operation in operations:
        if len(operation.path) > MAX_DEPTH or len(operation.source) > MAX_DEPTH:
            raise refused(f"a JSON patch path of more than {MAX_DEPTH} parts", operation.node)
        if operation.op == "copy":
            copied += limits.weight(_get(made, operation.source, operation), MAX_ALIAS_NODES)
            if copied > MAX_ALIAS_NODES:
                raise refused(
                    f"a JSON patch copies more than {MAX_ALIAS_NODES} values", operation.node
                )
        made = _apply_one(made, operation)
    if depth_exceeds(made, MAX_DEPTH):
        raise refused(
            f"JSON patches nest the object more than {MAX_DEPTH} levels deep", operations[-1].node
        )
    if type(made) is not Map:
        raise refused(
            "a JSON patch turns the object into something that is not an object",
            operations[-1].node,
        )
    return made


def _apply_one(data: Node, operation: Operation) -> Node:
    op, path, node = operation.op, operation.path, operation.node
    if op not in _OPERATIONS:
        raise refused(
            "a JSON patch operation needs an `op` of add, remove, replace, move, copy or test", node
        )
    if "path" not in node:
        raise refused("a JSON patch operation needs a `path`", node)
    new = operation.value
    if op == "replace" and not path and (type(new) is Map or type(new) is Seq):
        return new
    if op == "test":
        if not _same(_get(data, path, operation) if path else data, new):
            raise refused(f"the JSON patch test of `/{'/'.join(path)}` fails", node)
        return data
    if op in ("move", "copy"):
        value = _get(data, operation.source, operation)
        if op == "move":
            data = _edit(data, operation.source, operation, "remove", node)
        return _edit(data, path, operation, "add", _valued(value, node))
    return _edit(data, path, operation, op, _valued(new, node))


def _valued(value: Node | None, node: Map) -> Node:
    """Return a value that is set; an absent one is null."""
    if value is None or is_null(value):
        return scalar("null", node.file, node.line)
    return value


def _edit(
    node: Node, path: tuple[str, ...], operation: Operation, action: str, value: Node
) -> Node:
    """Return the tree after `add`, `replace` or `remove` at a path; what is removed needs no
    `value`.

    Raises:
        Refused: The path does not exist.
    """
    if not path:
        raise _missing(operation)
    key = path[0]
    if type(node) is Map:
        made = shallow(node)
        if len(path) > 1:
            if is_null(node.get(key)):
                raise _missing(operation)
            made[key] = _edit(node[key], path[1:], operation, action, value)
        elif action != "remove":
            made[key] = value
        elif key in node:
            del made[key]
        else:
            raise _missing(operation)
        made.flow = not made
        return made
    if type(node) is Seq:
        items = shallow(node)
        if len(path) > 1:
            at = _position(key, len(node), operation)
            items[at] = _edit(node[at], path[1:], operation, action, value)
        elif action == "add":
            items.insert(
                len(node) if key == "-" else _position(key, len(node) + 1, operation), value
            )
        else:
            at = _position(key, len(node), operation)
            if action == "remove":
                del items[at]
            else:
                items[at] = value
        items.flow = not items
        return items
    raise _missing(operation)


def _position(key: str, size: int, operation: Operation) -> int:
    if not _INDEX.match(key):
        raise _missing(operation)
    at = int(key)
    if at < 0:
        at += size
    if not 0 <= at < size:
        raise _missing(operation)
    return at


def _get(data: Node, path: tuple[str, ...], operation: Operation) -> Node | None:
    """Return the value at a path; None where the last mapping on the way does not have it."""
    node: Node | None = data
    for position, key in enumerate(path):
        if type(node) is Seq:
            node = node[_position(key, len(node), operation)]
        elif type(node) is Map and (key in node or position == len(path) - 1):
            node = node.get(key)
        else:
            raise _missing(operation)
    if not path:
        raise _missing(operation)
    return node


def _same(one: Node | None, other: Node | None) -> bool:
    """Return whether two values are the same JSON; an absent one is null."""
    if is_null(one) or is_null(other):
        return is_null(one) and is_null(other)
    if type(one) is Sealed:
        one = one.unseal()
    if type(other) is Sealed:
        other = other.unseal()
    if type(one) is Map:
        return (
            type(other) is Map
            and one.keys() == other.keys()
            and all(_same(value, other[key]) for key, value in one.items())
        )
    if type(one) is Seq:
        return type(other) is Seq and len(one) == len(other) and all(map(_same, one, other))
    if type(one) is not Scalar or type(other) is not Scalar:
        return False
    mine, theirs = scalar_value(one), scalar_value(other)
    return isinstance(mine, bool) == isinstance(theirs, bool) and mine == theirs


def _missing(operation: Operation) -> Exception:
    return refused(
        f"the JSON patch path `/{'/'.join(operation.path)}` does not exist in the object",
        operation.node,
    )

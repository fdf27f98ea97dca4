"""Refuse what kustomize cannot print, since it makes JSON of everything, and keys that it reads
anew when it does.

In: a tree. Out: nothing, or a refusal where kustomize refuses.
"""

from __future__ import annotations

from typing import overload

from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.yaml.nodes import (
    NOT_FINITE,
    PLAIN,
    BareKey,
    Map,
    Node,
    Scalar,
    Seq,
    as_map,
    is_text_key,
    not_finite,
    placed,
    plain_kind,
)

MERGE = "<<"
"""A key that is left in a tree was in quotes, or set by a patch: where YAML has it, it is gone once
it is read."""
UNFOLLOWED = "it has a key `<<`, which kustomize merges, drops or keeps, by how it came there"


def is_ordinary(node: Node) -> bool:
    """Return whether a tree has texts for keys, none of them `<<`, and numbers that are finite:
    whether there is nothing here to look for."""
    if type(node) is Map:
        for key, value in node.items():
            if type(key) is not str or key == MERGE:
                return False
            if type(value) is Scalar:
                if value.style == PLAIN and value in NOT_FINITE:
                    return False
            elif not is_ordinary(value):
                return False
        return True
    if type(node) is Seq:
        return all(is_ordinary(value) for value in node)
    return not_finite(node) is None


def check(node: Node) -> None:
    """Look for numbers that JSON does not have, and for keys that Go reads as something else than a
    text.

    Keys of the object itself, where Go expects texts, do no harm.

    Raises:
        Refused: There is one.
    """
    check_numbers(node)
    for value in node.values() if type(node) is Map else ():
        _check_keys(value)


def check_numbers(node: Node) -> None:
    """Look for numbers that JSON does not have.

    Raises:
        Refused: There is one, in any spelling.
    """
    found = not_finite(node)
    if found is not None:
        raise refused(
            "`.inf` and `.nan` cannot be written as JSON, which kustomize does; quote a text that "
            "is one",
            found,
        )


def _check_keys(node: Node) -> None:
    if type(node) is Map:
        for key, value in node.items():
            if type(key) is not str and not is_text_key(key):
                raise _not_text(key, value)
            if type(value) is Map or type(value) is Seq:
                _check_keys(value)
    elif type(node) is Seq:
        for value in node:
            if type(value) is Map or type(value) is Seq:
                _check_keys(value)


def check_annotations(data: Map) -> None:
    """Hold the keys of annotations to what `check` asks for, whether in quotes or not, since they
    are written anew without.

    Raises:
        Refused: One is a number, a boolean, a date or null.
    """
    for key, value in as_map(as_map(data.get("metadata")).get("annotations")).items():
        if plain_kind(key) != "str":
            raise _not_text(key, value)


def _not_text(key: str, value: Node) -> Refused:
    line = key.line if isinstance(key, BareKey) else 0
    message = (
        f"the key `{key[:60]}` is a number, a boolean, a date or null; kustomize takes texts only, "
        f"and some of its fields lose quotes: "
        "put it in quotes, or give it another name"
    )
    return Refused(message, value.file, line or value.line)


def has_merge_key(node: Node | None) -> bool:
    """Return whether a key in a tree is `<<`."""
    if type(node) is Map:
        return MERGE in node or any(
            has_merge_key(value) for value in node.values() if type(value) in (Map, Seq)
        )
    return type(node) is Seq and any(
        has_merge_key(value) for value in node if type(value) in (Map, Seq)
    )


@overload
def without_merge_keys(node: Map) -> Map: ...


@overload
def without_merge_keys(node: Node) -> Node: ...


def without_merge_keys(node: Node) -> Node:
    """Return a tree without keys `<<`: one in quotes is left out where an object becomes JSON."""
    if type(node) is Map:
        pairs = [(key, without_merge_keys(value)) for key, value in node.items() if key != MERGE]
        return placed(Map(pairs), node)
    if type(node) is Seq:
        return placed(Seq(without_merge_keys(item) for item in node), node)
    return node


@overload
def with_text_keys(node: Map) -> Map: ...


@overload
def with_text_keys(node: Node) -> Node: ...


def with_text_keys(node: Node) -> Node:
    """Return a tree whose keys are texts and nothing else; the same one where all are."""
    if type(node) is Map:
        made = [(str(key), with_text_keys(value)) for key, value in node.items()]
        same = all(
            type(key) is str and new is value
            for (key, value), (_, new) in zip(node.items(), made, strict=True)
        )
        return node if same else placed(Map(made), node)
    if type(node) is Seq:
        items = [with_text_keys(value) for value in node]
        same = all(new is value for new, value in zip(items, node, strict=True))
        return node if same else placed(Seq(items), node)
    return node


def check_merge_keys(node: Node | None) -> None:
    """Look for keys `<<` that are read as merge keys, since what is printed has lost its quotes.

    Raises:
        Refused: What stands there is neither a mapping nor a list of mappings.
    """
    if type(node) is Map:
        held = node.get(MERGE, node)
        if type(held) is not Map and not (
            type(held) is Seq and all(type(item) is Map for item in held)
        ):
            raise refused("a key `<<` takes a mapping or a list of mappings", node)
    for value in node.values() if type(node) is Map else node if type(node) is Seq else ():
        if type(value) in (Map, Seq):
            check_merge_keys(value)

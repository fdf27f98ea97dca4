"""What kustomize cannot print, since it makes JSON of everything, and keys that it reads anew when
it does.

In: a tree. Out: nothing, or a refusal where kustomize refuses.
"""

from __future__ import annotations

from typing import Any

from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.yaml.nodes import (
    NOT_FINITE,
    PLAIN,
    Map,
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


def is_ordinary(node: Any) -> bool:
    """Whether a tree has texts for keys, none of them `<<`, and numbers that are finite: whether
    there is nothing here to look for."""
    kind = type(node)
    if kind is Map:
        for key, value in node.items():
            if type(key) is not str or key == MERGE:
                return False
            if type(value) is Scalar:
                if value.style == PLAIN and value in NOT_FINITE:
                    return False
            elif not is_ordinary(value):
                return False
        return True
    if kind is Seq:
        return all(is_ordinary(value) for value in node)
    return not_finite(node) is None


def check(node: Any) -> None:
    """Look for numbers that JSON does not have, and for keys that Go reads as something else than a
    text.

    Keys of the object itself, where Go expects texts, do no harm.

    Raises:
        Refused: There is one.
    """
    check_numbers(node)
    for value in node.values() if type(node) is Map else ():
        _check_keys(value)


def check_numbers(node: Any) -> None:
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


def _check_keys(node: Any) -> None:
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


def _not_text(key: str, value: Any) -> Refused:
    line = getattr(key, "line", 0) or getattr(value, "line", None)
    message = (
        f"the key `{key[:60]}` is a number, a boolean, a date or null; kustomize takes texts only, "
        f"and some of its fields lose quotes: "
        "put it in quotes, or give it another name"
    )
    return Refused(message, getattr(value, "file", None), line)


def has_merge_key(node: Any) -> bool:
    """Whether a key in a tree is `<<`."""
    kind = type(node)
    if kind is Map:
        return MERGE in node or any(
            has_merge_key(value) for value in node.values() if type(value) in (Map, Seq)
        )
    return kind is Seq and any(has_merge_key(value) for value in node if type(value) in (Map, Seq))


def without_merge_keys(node: Any) -> Any:
    """A tree without keys `<<`: one in quotes is left out where an object becomes JSON."""
    kind = type(node)
    if kind is Map:
        pairs = [(key, without_merge_keys(value)) for key, value in node.items() if key != MERGE]
        return placed(Map(pairs), node)
    return placed(Seq(without_merge_keys(item) for item in node), node) if kind is Seq else node


def with_text_keys(node: Any) -> Any:
    """A tree whose keys are texts and nothing else; the same one where all are."""
    kind = type(node)
    if kind is Map:
        made = [(str(key), with_text_keys(value)) for key, value in node.items()]
        same = all(
            type(key) is str and value is node[key]
            for key, value in zip(node, (value for _, value in made), strict=True)
        )
        return node if same else placed(Map(made), node)
    if kind is Seq:
        items = [with_text_keys(value) for value in node]
        return (
            node
            if all(made is value for made, value in zip(items, node, strict=True))
            else placed(Seq(items), node)
        )
    return node


def check_merge_keys(node: Any) -> None:
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

"""Merge one object into another strategically (`kyaml/yaml/walk` and `merge2` with kustomize's
options).

In: the target's and the patch's trees, which stay as they are. Out: a new tree that shares what the
patch leaves alone, or None where the patch deletes the object. Merged lists have the patch's items
first. A leaf that the patch sets is the patch's own scalar (requoted where the old one was quoted).

Upstream changes both trees while it walks them, and what it reads later depends on it. So this
works on copies in the same order: on one of the whole patch, and on one of each mapping and list of
the target over which something is laid. Where the target has no such part, the patch's own part is
walked as both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import is_
from typing import overload

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources import schema as schemas
from gitops_docs.kustomize.resources.fieldspecs import restyled
from gitops_docs.kustomize.resources.resource import text
from gitops_docs.kustomize.resources.schema import Schema
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    PLAIN,
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_seq,
    copy_tree,
    is_flow,
    is_null,
    is_old_word,
    maps,
    placed,
    scalar,
)

DIRECTIVE = "$patch"


def merge(target: Map, patch: Map) -> Map | None:
    """Lay `patch` over `target` and return the result; None where the patch deletes the object.
    Neither tree is changed.

    Raises:
        Refused: A value of one kind meets one of another, or a directive is unknown.
    """
    merged = _walk(_shallow_copy(target), copy_tree(patch), None)
    return merged if type(merged) is Map and merged else None


def _walk(old: Node | None, new: Node | None, schema: Schema | None) -> Node | None:
    """Return the value of a field or element; None or a null where there is to be none. `old` is a
    copy where something is laid over it."""
    if new is None:
        return _settled(old, schema)
    kind = _kind(old) or _kind(new)
    for other in (old, new):
        if _kind(other) not in (None, kind):
            raise refused(
                "a patch puts a value of another kind (mapping, list or scalar) over this field",
                other,
            )
    if (type(old) is Map or type(old) is Seq) and not old and is_flow(old) and not is_flow(new):
        old.flow = False  # What is put into nothing keeps its own form (`SetStyle`).
    if kind is None or kind == "map":
        return _walk_map(old, new, schema)
    if kind == "seq" and schema is not None and schema.keys is not None:
        return _walk_keyed(old, new, schema, schema.keys)
    return new


@overload
def _shallow_copy(node: Map) -> Map: ...


@overload
def _shallow_copy(node: Node) -> Node: ...


def _shallow_copy(node: Node) -> Node:
    """Return a copy of a mapping or list that shares what is in it; anything else is never
    changed."""
    if type(node) is Map:
        return placed(Map(node), node)
    if type(node) is Seq:
        made = placed(Seq(node), node)
        made.key_line = getattr(node, "key_line", 0)
        return made
    return node


def _settled(old: Node | None, schema: Schema | None) -> Node | None:
    """Return what a walk makes of a part over which nothing is laid; the same one where that is
    nothing."""
    if type(old) is Map:
        return _settled_map(old, schema or _own_schema(old))
    if type(old) is Seq and schema is not None and schema.keys is not None:
        if not _are_apart(old, schema.keys):
            return _walk_keyed(copy_tree(old), None, schema, schema.keys)
        element = schemas.of_element(schema)
        items = [_settled_map(item, element or _own_schema(item)) for item in maps(old)]
        return old if all(map(is_, items, old)) else _rebuilt(old, items)
    return None if is_null(old) and not text(old) else old


def _settled_map(old: Map, schema: Schema | None) -> Map:
    _check_keys(old)
    made = old
    value: Node | None
    for key, there in old.items():
        if type(there) is Scalar:
            if there.style not in (PLAIN, TEXT):
                continue
            value = None if there == "" and there.style == PLAIN else _unmistakable(there)
        elif type(there) is Sealed:
            continue
        else:
            value = _settled(there, schemas.of_field(schema, key))
        if value is not there:
            if made is old:
                made = _shallow_copy(old)
            if value is None:
                del made[key]
            else:
                made[key] = value
    return made


def _check_keys(node: Mapping[str, Node]) -> None:
    if "" in node:
        raise refused(
            "a patch passes a mapping with an empty key, which kustomize cannot set; give the key "
            "a name",
            node,
        )


def _are_apart(items: Seq, keys: tuple[str, ...]) -> bool:
    """Return whether a list has elements only that each can be told from the others by all of the
    keys: then a walk keeps them as they are."""
    if not keys:
        return False
    seen = set()
    for item in items:
        if type(item) is not Map:
            return False
        found = tuple([text(item.get(key)) for key in keys])
        if "" in found or found in seen or any(is_null(item[key]) for key in keys):
            return False
        seen.add(found)
    return True


def _walk_map(old: Node | None, new: Node | None, schema: Schema | None) -> Node | None:
    if schema is None:
        schema = _own_schema(old) or _own_schema(new)
    made = _chosen_map(old, new)
    if type(made) is not Map:
        return made
    laid_over: Mapping[str, Node] = new if type(new) is Map else {}
    _check_keys(made)
    _check_keys(laid_over)
    for key in (*made, *(key for key in laid_over if key not in made)):
        there, laid = made.get(key), laid_over.get(key)
        if there is not None and laid is not None and there is not laid:
            there = made[key] = _shallow_copy(there)
        value = _walk(there, laid, schemas.of_field(schema, key))
        if laid is None and value is not None:
            made[key] = _unmistakable(value)
        else:
            _put(made, key, value)
    return made


def _chosen_map(old: Node | None, new: Node | None) -> Node | None:
    """Return the tree whose fields are set (`VisitMap`). A null that nothing is laid over stays if
    it is written as a word."""
    if is_null(old):
        if type(new) is Map and _map_directive(new) == "delete":
            return None
        return old if new is None and old is not None and text(old) else new
    if new is None:
        return old
    if type(new) is not Map:  # A null: `_walk` refuses anything else.
        return None
    match _map_directive(new):
        case "delete":
            return None
        case "replace":
            return new
    return old


def _put(made: Map, key: str, value: Node | None) -> None:
    """Set a field to the result of its walk (`FieldSetter`)."""
    if value is None or is_null(value):
        made.pop(key, None)
        return
    old = made.get(key)
    if old is None or value is old:
        made[key] = _unmistakable(value)
    else:
        made[key] = restyled(value, old)
        if (type(value) is Map or type(value) is Seq) and (is_flow(value) or is_flow(old)):
            value.flow = is_flow(old)


def _unmistakable(value: Node) -> Node:
    """Return the value; a text that YAML 1.1 takes for something else in quotes."""
    if type(value) is Scalar and value.style in (PLAIN, TEXT) and is_old_word(value):
        return scalar(str(value), value.file, value.line, DOUBLE_QUOTED)
    return value


def _walk_keyed(
    old: Node | None, new: Node | None, schema: Schema, keys: tuple[str, ...]
) -> Seq | None:
    """Return a list whose elements are merged by keys (`setAssociativeSequenceElements`)."""
    made = _chosen_list(old, new)
    if made is None:
        return None
    patch = as_seq(new)
    if not keys:
        return _rebuilt(made, _united(made, patch))
    wanted = _key_values(made, patch, keys)
    if not wanted:
        return made
    if len(keys) > 1:
        _unify(wanted)
    valid = [
        index for index in range(len(keys)) if any(values[index] for values in wanted)
    ] or list(range(len(keys)))
    names = [keys[index] for index in valid]
    element = schemas.of_element(schema)
    items: list[Node] = []
    for values in wanted:
        chosen = [values[index] for index in valid]
        pairs = list(zip(names, chosen, strict=True))
        searched = [(name, value) for name, value in pairs if value] or pairs
        there, laid = _element(made, searched), _element(patch, searched)
        if there is not None and there is not laid:
            copied = _shallow_copy(there)
            _exchange(made, there, copied)
            there = copied
        value = _walk(there, laid, element)
        if there is not None and laid is None and value is not None and value is not there:
            _exchange(made, there, value)
        if type(value) is not Map or not value:
            made[:] = _set_element(made, names, chosen, None)
            continue
        for name, key in pairs:
            if name not in value and key:
                value[name] = scalar(key, value.file, value.line)
        items = _set_element(items, names, chosen, value)
    for item in made:
        items = _append_element(items, names, item)
    return _rebuilt(made, items)


def _chosen_list(old: Node | None, new: Node | None) -> Seq | None:
    """Return the list whose elements are set (`VisitList`); what is no list is a null, since
    `_walk` refuses anything else."""
    if type(old) is not Seq:
        return new if type(new) is Seq else None
    if new is None:
        return old
    if type(new) is not Seq:
        return None
    match _list_directive(new):
        case "delete":
            return None
        case "replace":
            return new
    return old


def _rebuilt(old: Seq, items: Iterable[Node]) -> Seq:
    return placed(Seq(items), old)


def _united(old: Seq, new: Seq) -> list[Node]:
    """Return the elements of both lists, each once as it is written last, those of the patch first,
    without nulls and empty mappings.

    Raises:
        Refused: One is not a scalar.
    """
    found: dict[str, Node] = {}
    for item in (*new, *old):
        if type(item) is Map and not item:
            continue
        if type(item) in (Map, Seq):
            raise refused("a list of texts that patches merge holds a mapping or a list", item)
        if not is_null(item):
            found[text(item)] = item
    return list(found.values())


def _key_values(old: Seq, new: Seq, keys: tuple[str, ...]) -> list[list[str]]:
    """Return the keys' values of all elements, the patch's first; a null counts as none
    (`ElementValuesList`)."""
    wanted: list[list[str]] = []
    for item in (*new, *old):
        found = [item.get(key) if type(item) is Map else None for key in keys]
        values = ["" if is_null(value) else text(value) for value in found]
        if values not in wanted:
            wanted.append(values)
    return wanted


def _unify(wanted: list[list[str]]) -> None:
    """Take `[8080, ""]` and `[8080, "TCP"]` for the same element (`mergeValues`)."""
    for i in range(len(wanted)):
        for j in range(len(wanted)):
            one, other = wanted[i], wanted[j]
            pairs = list(zip(one, other, strict=True))
            if any(a == b for a, b in pairs) and all(a == b or not a or not b for a, b in pairs):
                wanted[i] = wanted[j] = [a or b for a, b in pairs]


def _element(items: Seq, searched: list[tuple[str, str]]) -> Map | None:
    """Return the first element that has these values under these keys (`ElementMatcher`)."""
    return next(
        (
            item
            for item in items
            if type(item) is Map
            and all(name in item and text(item[name]) == value for name, value in searched)
        ),
        None,
    )


def _exchange(items: Seq, old: Map, new: Node) -> None:
    """Replace the element `old` of a list by `new`."""
    items[next(index for index, item in enumerate(items) if item is old)] = new


def _set_element(
    items: Iterable[Node], names: list[str], values: list[str], value: Node | None
) -> list[Node]:
    """Put an element in place of those that match, else at the end; None removes them
    (`ElementSetter`).

    Without any value, as for an element that has none of the keys, upstream drops every other
    element.
    """
    made = []
    found = False
    for item in items:
        if is_null(item) or (type(item) is Map and not item):
            continue
        if type(item) is Map and _all_match(item, names, values):
            found = True
            if value is not None:
                made.append(value)
        elif values or type(item) is not Map:
            made.append(item)
    if value is not None and not found:
        made.append(value)
    return made


def _all_match(item: Map, names: list[str], values: list[str]) -> bool:
    """Like `_element`, but an empty value matches any, and a key without a value takes the result
    of the one before it, as upstream's loop does."""
    matched = False
    for position, name in enumerate(names):
        if position < len(values):
            found = item.get(name)
            matched = found is not None and (
                not values[position] or text(found) == values[position]
            )
        if not matched:
            return False
    return matched


def _append_element(made: list[Node], names: list[str], item: Node) -> list[Node]:
    """Put the target's element into the result (`appendListNode`).

    Raises:
        Refused: It is not a mapping.
    """
    if not is_null(item) and type(item) is not Map:
        raise refused(
            "a list that patches merge by its elements' keys holds something that is not a mapping",
            item,
        )
    values = []
    for name in names:
        found = item.get(name) if type(item) is Map else None
        if found is None:
            made = [*made, item]
            continue
        values.append(text(found))
    if len(names) > 1:
        made = _set_element(made, names, values, None)
    return _set_element(made, names, values, item)


def _map_directive(node: Map) -> str:
    """Return the `$patch` of a mapping, which is taken out."""
    return _checked(text(node.pop(DIRECTIVE)), node) if DIRECTIVE in node else "merge"


def _list_directive(node: Seq) -> str:
    """Return the `$patch` of a list, an element that holds nothing else, which is taken out."""
    item = next((item for item in node if type(item) is Map and DIRECTIVE in item), None)
    if item is None or len(item) > 1:
        return "merge"
    directive = _checked(text(item[DIRECTIVE]), item)
    node[:] = _set_element(node, [DIRECTIVE], [directive], None)
    return directive


def _checked(directive: str, node: Node) -> str:
    if directive not in ("delete", "replace", "merge"):
        raise refused(
            "an unknown `$patch` directive; kustomize knows delete, replace and merge", node
        )
    return directive


def _kind(node: Node | None) -> str | None:
    if type(node) is Map:
        return "map"
    if type(node) is Seq:
        return "seq"
    return None if is_null(node) else "scalar"


def _own_schema(node: Node | None) -> Schema | None:
    """Return the schema of an object by its own apiVersion and kind; objects inside custom
    resources have one too."""
    if type(node) is not Map or "kind" not in node or "apiVersion" not in node:
        return None
    return schemas.of_resource(text(node["apiVersion"]), text(node["kind"]))


__all__ = ["DIRECTIVE", "merge"]

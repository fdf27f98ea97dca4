"""Strategic merge: one object laid over another (`kyaml/yaml/walk` and `merge2` with kustomize's options).

In: the target's and the patch's trees. Out: a new tree that shares what stayed the same, or None where the patch deletes the object.
Merged lists have the patch's items first. A leaf that the patch sets is the patch's own scalar (requoted where the old one was quoted).
"""

from __future__ import annotations

from typing import Any

from gitops_docs.kustomize import schema as schemas
from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.fieldspecs import restyled
from gitops_docs.kustomize.resource import text
from gitops_docs.kustomize.schema import Schema
from gitops_docs.nodes import DOUBLE_QUOTED, PLAIN, TEXT, Map, Scalar, Sealed, Seq, is_null, is_old_word, scalar

DIRECTIVE = "$patch"
_UNSET: Any = None
"""What a walk returns for a field that is to be removed."""


def merge(target: Map, patch: Map) -> Map | None:
    """`patch` laid over `target`.

    Raises:
        Refused: A value of one kind meets one of another, or a directive is unknown.
    """
    merged = _walk(target, patch, None)
    return merged if type(merged) is Map and merged else None


def _walk(old: Any, new: Any, schema: Schema | None) -> Any:
    kind = _kind(old) or _kind(new)
    if kind is None:
        return old if new is None and old is not None and text(old) else new
    for other in (old, new):
        if _kind(other) not in (None, kind):
            raise refused("a patch puts a value of another kind (mapping, list or scalar) over this field", other)
    if kind == "map":
        if schema is None:
            schema = _own_schema(old) or _own_schema(new)
        return _walk_map(old, new, schema)
    if kind == "seq":
        if schema is None or schema.keys is None:
            return new if new is not None else old
        return _walk_keyed(old, new, schema)
    return new if new is not None else old


def _walk_map(old: Any, new: Any, schema: Schema | None) -> Any:
    if is_null(old):
        return _absorbed(new, schema)
    if new is None:
        return _cleaned(old, schema)
    if is_null(new):
        return _UNSET
    directive, new = _map_directive(new)
    if directive == "delete":
        return _UNSET
    if directive == "replace":
        return _absorbed(new, schema)
    return _merged_fields(old, new, schema)


def _merged_fields(old: Map, new: Map, schema: Schema | None) -> Map:
    made = Map(old)
    made.file, made.line = old.file, old.line
    for key, value in old.items():
        if key not in new:
            walked = _walk(value, None, schemas.of_field(schema, key))
            _put(made, key, value, walked)
            if type(walked) is Scalar and walked.style in _UNQUOTED and is_old_word(walked):
                made[key] = _requoted(walked)
    for key in new:
        value = old.get(key)
        _put(made, key, value, _walk(value, new[key], schemas.of_field(schema, key)))
    return made


def _put(made: Map, key: str, old: Any, value: Any) -> None:
    """Set a walked field (`FieldSetter`): a null removes it unless it is the target's own."""
    if value is old and old is not None:
        return
    if is_null(value):
        made.pop(key, None)
    else:
        made[key] = restyled(value, old) if old is not None else value


_UNQUOTED = (PLAIN, TEXT)


def _requoted(value: Scalar) -> Scalar:
    """A text of the target that YAML 1.1 takes for something else: a patch of anything else in the object puts it in quotes."""
    return scalar(str(value), value.file, value.line, DOUBLE_QUOTED)


def _cleaned(node: Map, schema: Schema | None) -> Map:
    """A part of the target that the patch does not name: fields without a value go, `null` and `~` stay."""
    made: Map | None = None
    for key, value in node.items():
        kind = type(value)
        if kind is Scalar and (value or not is_null(value)):
            if value.style in _UNQUOTED and is_old_word(value):
                if made is None:
                    made = Map(node)
                    made.file, made.line = node.file, node.line
                made[key] = _requoted(value)
            continue
        if kind is Sealed:
            continue
        walked = _walk(value, None, schemas.of_field(schema, key))
        if walked is not value:
            if made is None:
                made = Map(node)
                made.file, made.line = node.file, node.line
            _put(made, key, value, walked)
    return node if made is None else made


def _absorbed(node: Any, schema: Schema | None) -> Any:
    """A part of the patch that the target does not have: nulls and directives in it go."""
    if type(node) is Map:
        if schema is None:
            schema = _own_schema(node)
        directive, node = _map_directive(node)
        if directive == "delete":
            return _UNSET
        made = Map()
        made.file, made.line = node.file, node.line
        for key, value in node.items():
            inner = _absorbed(value, schemas.of_field(schema, key))
            if not is_null(inner):
                made[key] = inner
        return made
    if type(node) is Seq and schema is not None and schema.keys is not None:
        return _absorbed_keyed(node, schema)
    return node


def _absorbed_keyed(node: Seq, schema: Schema) -> Any:
    directive, node = _list_directive(node)
    if directive == "delete":
        return _UNSET
    return _merge_elements(node, node, schema, absorbing=True)


def _walk_keyed(old: Any, new: Any, schema: Schema) -> Any:
    if is_null(old):
        return _absorbed_keyed(new, schema)
    if new is None:
        return _merge_elements(old, None, schema)
    if is_null(new):
        return _UNSET
    directive, new = _list_directive(new)
    if directive == "delete":
        return _UNSET
    if directive == "replace":
        return _merge_elements(new, new, schema, absorbing=True)
    return _merge_elements(old, new, schema)


def _merge_elements(old: Seq, new: Seq | None, schema: Schema, *, absorbing: bool = False) -> Any:
    """The elements of a keyed list (`setAssociativeSequenceElements`)."""
    keys = schema.keys or ("",)
    element = schemas.of_element(schema)
    if keys == ("",):
        return _rebuilt(old, _united(old, new))
    wanted = _key_values(old, new, keys)
    if len(keys) > 1:
        _unify(wanted)
    valid = [index for index in range(len(keys)) if any(values[index] for values in wanted)] or list(range(len(keys)))
    names = [keys[index] for index in valid]
    target = list(old)
    made: list[Any] = []
    for values in wanted:
        chosen = [values[index] for index in valid]
        searched = [(name, value) for name, value in zip(names, chosen, strict=True) if value] or list(
            zip(names, chosen, strict=True)
        )
        at = _index(target, searched)
        there = target[at] if at is not None else None
        laid = _element(new, searched) if new is not None else None
        if absorbing:
            value = _absorbed(laid if laid is not None else there, element)
            replaced = False
        else:
            replaced = type(laid) is Map and text(laid.get(DIRECTIVE)) == "replace"
            value = _walk(there, laid, element)
        if is_null(value) or (type(value) is Map and not value):
            target = _set_element(target, names, chosen, None)
            continue
        if type(value) is Map:
            value = _with_keys(value, names, chosen)
        if at is not None and not replaced:
            target[at] = value
        made = _set_element(made, names, chosen, value)
    if wanted:
        for item in target:
            made = _append_element(made, names, item)
        target = made
    if all(a is b for a, b in zip(target, old, strict=False)) and len(target) == len(old):
        return old
    return _rebuilt(old, target)


def _rebuilt(old: Seq, items: list[Any]) -> Seq:
    made = Seq(items)
    made.file, made.line = old.file, old.line
    return made


def _united(old: Seq, new: Seq | None) -> list[Any]:
    found: dict[str, Any] = {}
    for item in (*(new or ()), *old):
        found.setdefault(text(item), item)
    return list(found.values())


def _key_values(old: Seq, new: Seq | None, keys: tuple[str, ...]) -> list[list[str]]:
    wanted: list[list[str]] = []
    for item in (*(new or ()), *old):
        values = [text(item.get(key)) if type(item) is Map else "" for key in keys]
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


def _matches(item: Any, names: list[str], values: list[str]) -> bool:
    """Whether an element has these values under its keys (`ElementMatcher`)."""
    return type(item) is Map and all(
        name in item and text(item[name]) == value for name, value in zip(names, values, strict=False)
    )


def _index(items: list[Any], searched: list[tuple[str, str]]) -> int | None:
    names, values = [name for name, _ in searched], [value for _, value in searched]
    return next((index for index, item in enumerate(items) if _matches(item, names, values)), None)


def _element(items: Seq, searched: list[tuple[str, str]]) -> Any:
    at = _index(items, searched)
    return items[at] if at is not None else None


def _with_keys(value: Map, names: list[str], chosen: list[str]) -> Map:
    missing = [(name, key) for name, key in zip(names, chosen, strict=True) if name not in value and key]
    if not missing:
        return value
    made = Map(value)
    made.file, made.line = value.file, value.line
    for name, key in missing:
        made[name] = scalar(key, value.file, value.line)
    return made


def _set_element(items: list[Any], names: list[str], values: list[str], value: Any) -> list[Any]:
    """Put an element in place of those that match, else at the end; None removes them (`ElementSetter`).

    Without any value, as for an element that has none of the keys, upstream drops every other element.
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
    """Like `_matches`, but an empty value matches any, and a key without a value goes by the one before it, as upstream's loop does."""
    matched = False
    for position, name in enumerate(names):
        if position < len(values):
            found = item.get(name)
            matched = found is not None and (not values[position] or text(found) == values[position])
        if not matched:
            return False
    return matched


def _append_element(made: list[Any], names: list[str], item: Any) -> list[Any]:
    """Put the target's element into the result (`appendListNode`)."""
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


def _map_directive(node: Map) -> tuple[str, Map]:
    """The `$patch` of a mapping and the mapping without it."""
    if DIRECTIVE not in node:
        return "merge", node
    directive = _checked(text(node[DIRECTIVE]), node)
    made = Map(node)
    made.file, made.line = node.file, node.line
    del made[DIRECTIVE]
    return directive, made


def _list_directive(node: Seq) -> tuple[str, Seq]:
    """The `$patch` of a list (an element that holds nothing else) and the list without it."""
    for item in node:
        if type(item) is Map and DIRECTIVE in item:
            if len(item) > 1:
                return "merge", node
            directive = _checked(text(item[DIRECTIVE]), item)
            kept = [other for other in node if not (type(other) is Map and text(other.get(DIRECTIVE)) == directive)]
            return directive, _rebuilt(node, kept)
    return "merge", node


def _checked(directive: str, node: Any) -> str:
    if directive not in ("delete", "replace", "merge"):
        raise refused("an unknown `$patch` directive; kustomize knows delete, replace and merge", node)
    return directive


def _kind(node: Any) -> str | None:
    if type(node) is Map:
        return "map"
    if type(node) is Seq:
        return "seq"
    return None if is_null(node) else "scalar"


def _own_schema(node: Any) -> Schema | None:
    """The schema of an object by its own apiVersion and kind; objects inside custom resources have one too."""
    if type(node) is not Map or "kind" not in node or "apiVersion" not in node:
        return None
    return schemas.of_resource(text(node["apiVersion"]), text(node["kind"]))


__all__ = ["DIRECTIVE", "merge"]

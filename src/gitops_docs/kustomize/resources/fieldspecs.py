"""Apply field specifications: which fields a transformer touches, and how a field is reached and
set.

In: an object and a `FieldSpec` such as `spec/template/metadata/labels` of kind Deployment. Out: the
object with the field changed, sharing everything else. The rules are those of
`api/filters/fieldspec/fieldspec.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, overload

from msgspec import Struct

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources.resource import Gvk, Resource, text
from gitops_docs.text.memo import memo
from gitops_docs.yaml.nodes import (
    PLAIN,
    TEXT,
    Container,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    is_null,
    mapping,
    placed,
    plain_kind,
    scalar,
    scalar_kind,
    sequence,
    text_like,
)

MISFIT = "?"
"""How the style of a text begins that a replacement put where a number, a boolean or a null stood,
before that kind: upstream refuses it when it prints the object, if it is still there."""

Change: TypeAlias = Callable[[Node], Node]
"""The node of a field -> the new one."""
Make: TypeAlias = Callable[[], Node]
"""The node of a field that is missing."""


class FieldSpec(Struct, frozen=True):
    """A field of some kinds; `create` says whether it is made where it is missing."""

    path: str
    gvk: Gvk = Gvk()
    create: bool = False

    def applies(self, resource: Resource) -> bool:
        identity = resource.id
        return self.gvk.selects(identity.group, identity.version, identity.kind)


@memo(8192)
def split_path(path: str, delimiter: str = "/") -> tuple[str, ...]:
    """Return the parts of a path; a delimiter after a backslash belongs to the part
    (`PathSplitter`)."""
    parts = path.split(delimiter)
    if len(parts) > 1 and parts[0] == "":
        parts = parts[1:]
    result = [parts[0]]
    for part in parts[1:]:
        if result[-1].endswith("\\"):
            result[-1] = result[-1][:-1] + delimiter + part
        else:
            result.append(part)
    return tuple(result)


def apply(resource: Resource, spec: FieldSpec, change: Change, make: Make | None = None) -> None:
    """Set a field of an object where the specification applies to it; without `make` a missing
    field stays missing whatever the specification says.

    Raises:
        Refused: The path leads through a scalar.
    """
    if spec.applies(resource):
        if spec.path.startswith("metadata/annotations") and resource.has_build_annotations:
            resource.replace(with_notes(resource.data))
        resource.replace(
            set_field(resource.data, split_path(spec.path), change, make if spec.create else None)
        )


def with_notes(data: Map) -> Map:
    """Return an object with annotations, since kustomize keeps notes among them while it builds."""
    metadata = data.get("metadata")
    if type(metadata) is not Map or type(metadata.get("annotations")) is Map:
        return data
    return with_metadata(data, "annotations", mapping(data.file, data.line))


def set_field(node: Map, path: tuple[str, ...], change: Change, make: Make | None = None) -> Map:
    """Return an object with the field at `path` changed, and made where it is missing or null if
    there is a `make`; the same one where nothing changed. Lists on the way are entered without
    being named.

    Raises:
        Refused: The path leads through a scalar.
    """
    name = path[0]
    listed = name.endswith("[]")
    if listed:
        name = name[:-2]
    value = node.get(name)
    if listed and value is not None and is_null(value):
        # A null that should be a list becomes an empty one, whether there is anything to set or
        # not.
        return with_field(node, name, sequence(value.file, value.line))
    if value is None:
        if make is None or listed:
            return node
        new = _made(node, path[1:], change, make)
    elif make is not None and not listed and is_null(value):
        new = _made(value, path[1:], change, make)
    else:
        new = _set_below(value, path[1:], change, make)
    return node if new is value else with_field(node, name, new)


def _made(place: Node, path: tuple[str, ...], change: Change, make: Make) -> Node:
    """Return what is put where a field is missing or null; mappings on the way to the rest of the
    path stand where `place` does."""
    return set_field(mapping(place.file, place.line), path, change, make) if path else make()


def _set_below(node: Node, path: tuple[str, ...], change: Change, make: Make | None) -> Node:
    if not path:
        return change(node)
    if type(node) is Map:
        return set_field(node, path, change, make)
    if type(node) is Seq:
        changed: Seq | None = None
        for index, item in enumerate(node):
            new = _set_below(item, path, change, make)
            if new is not item:
                if changed is None:
                    changed = shallow(node)
                changed[index] = new
        return node if changed is None else changed
    if is_null(node):
        return node
    raise refused(
        f"the field `{'/'.join(path)}` is looked for inside a value that is neither a mapping nor "
        f"a list",
        node,
    )


def set_created(
    node: Map, path: tuple[str, ...], change: Callable[[Node | None], Node], place: Map
) -> Map:
    """Return an object with the field at `path` set, made where it is missing (`LookupCreate`);
    lists are entered by an index or a condition.

    `change` gets None for a missing field. Mappings and lists that are made stand where `place`
    does.

    Raises:
        Refused: The path does not fit.
    """
    part, rest = path[0], path[1:]
    return with_field(node, part, _created_below(node.get(part), rest, change, place))


def _created_below(
    node: Node | None, path: tuple[str, ...], change: Callable[[Node | None], Node], place: Map
) -> Node:
    if not path:
        return change(node)
    part, rest = path[0], path[1:]
    condition = part[1:-1].partition("=") if part.startswith("[") and part.endswith("]") else None
    if node is None:
        if part.isdigit():
            return sequence(place.file, place.line)
        if part == "-":
            raise refused("there is no list to take the last element of", place)
        if condition is None:
            return set_created(mapping(place.file, place.line), path, change, place)
        node = sequence(place.file, place.line)
    if type(node) is Map:
        return set_created(node, path, change, place)
    if type(node) is Seq:
        if part.isdigit() and int(part) >= len(node):
            return node
        items = shallow(node)
        at = _place_in(items, part, condition)
        if at is None:
            if condition is None or not condition[1]:
                raise refused(f"the list has no element `{part}`", node)
            at = len(items)
            named = scalar(condition[2], place.file, place.line)
            items.append(mapping(place.file, place.line, [(condition[0], named)]))
        items[at] = _created_below(items[at], rest, change, place)
        return items
    if is_null(node):
        return node
    raise refused(
        f"the field `{'/'.join(path)}` is looked for inside a value that is not a mapping", node
    )


def _place_in(node: Seq, part: str, condition: tuple[str, str, str] | None) -> int | None:
    """Return the index of the element that a part of a path means, None where there is none."""
    if condition is not None:
        name, _, wanted = condition
        return next(
            (
                at
                for at, item in enumerate(node)
                if type(item) is Map and name in item and text(item[name]) == wanted
            ),
            None,
        )
    if part == "-" and node:
        return len(node) - 1
    return int(part) if part.isdigit() and int(part) < len(node) else None


def shallow(node: Container) -> Container:
    """Return a new container with the same content."""
    return placed(type(node)(node), node)


def with_field(node: Map, name: str, value: Node) -> Map:
    """Return a mapping with one field set."""
    made = placed(Map(node), node)
    made[name] = value
    return made


def without_field(node: Map, name: str) -> Map:
    """Return a mapping without one field."""
    if name not in node:
        return node
    made = placed(Map(node), node)
    del made[name]
    return made


def with_metadata(data: Map, field: str, value: Node | None) -> Map:
    """Return an object with one field of its metadata set, removed where `value` is None."""
    metadata = data.get("metadata")
    if type(metadata) is not Map:
        if value is None:
            return data
        metadata = mapping(data.file, data.line)
    return with_field(
        data,
        "metadata",
        without_field(metadata, field) if value is None else with_field(metadata, field, value),
    )


def quotes(old: Node | None) -> str:
    """Return the style that a scalar hands on to the one that replaces it: how it is written, not
    what is known of it."""
    return (
        PLAIN
        if type(old) is not Scalar or old.style == TEXT or old.style.startswith(MISFIT)
        else old.style
    )


@overload
def restyled(value: Scalar, old: Node | None) -> Scalar: ...


@overload
def restyled(value: Node, old: Node | None) -> Node: ...


def restyled(value: Node, old: Node | None) -> Node:
    """Return a scalar put where another stood: kustomize keeps the old one's quotes, and a quoted
    scalar is a string (`FieldSetter`)."""
    if type(value) is Sealed:
        return value.like(restyled(value.unseal(), old))
    if type(old) is Sealed:
        old = old.unseal()
    if type(value) is not Scalar or type(old) is not Scalar or value.style == old.style:
        return value
    style = quotes(old)
    if style == PLAIN and scalar_kind(value) == "str" and plain_kind(value) != "str":
        style = TEXT
    return value if style == value.style else scalar(str(value), value.file, value.line, style)


@overload
def retexted(old: Scalar, new: str, origin: Node) -> Scalar: ...


@overload
def retexted(old: Scalar | Sealed, new: str, origin: Node) -> Scalar | Sealed: ...


def retexted(old: Scalar | Sealed, new: str, origin: Node) -> Scalar | Sealed:
    """Return the scalar `old` with another text, of the same type as before; it stands where
    `origin` stands."""
    if type(old) is Sealed:
        return Sealed(retexted(old.unseal(), new, origin), old.file, old.line)
    style = quotes(old)
    if style == PLAIN and scalar_kind(old) == "str" and plain_kind(new) != "str":
        style = TEXT
    return scalar(new, origin.file, origin.line, style)


def untagged(old: Node | None, new: str, origin: Node | None) -> Scalar | Sealed:
    """Return a scalar of a text whose type YAML decides, in the quotes of the one that it replaces;
    sealed where that is. It stands where `origin` stands."""
    if type(old) is Sealed:
        return Sealed(text_like(new, origin, quotes(old.unseal())), old.file, old.line)
    return text_like(new, origin, quotes(old))

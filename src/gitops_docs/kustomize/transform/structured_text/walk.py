"""Find the nodes of a text that a path leads to, and change them (`PathMatcher` of kyaml).

In: the root of a text and a path. Out: the nodes there, made where they are missing and the
replacement creates them.
"""

from __future__ import annotations

import yaml

from gitops_docs.kustomize.transform import regexp
from gitops_docs.kustomize.transform.structured_text.nodes import NotFound, TextNode, Unknown
from gitops_docs.kustomize.transform.structured_text.reader import compose
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, is_flow, scalar_kind


def matched(root: TextNode, path: tuple[str, ...], value: Node, create: bool) -> list[TextNode]:
    """Return the nodes that a path leads to.

    Raises:
        NotFound: There is none.
    """
    kind = "map" if type(value) is Map else "seq" if type(value) is Seq else "scalar"
    found = _walk(root, path, kind if create else "")
    if not found:
        raise NotFound
    return found


def _walk(node: TextNode, path: tuple[str, ...], create: str) -> list[TextNode]:
    if not path:
        return [node]
    part, rest = path[0], path[1:]
    if part.isdigit() or part == "*" or _is_condition(part):
        if node.is_null or (node.kind != "seq"):
            raise NotFound
        return _walk_list(node, part, rest, create)
    if node.is_null:
        return []
    if node.kind != "map":
        raise NotFound
    child = node.get(part)
    if child is None:
        if not create:
            return []
        child = _blank(rest, create)
        node.items += [TextNode("scalar", part), child]
    if child.kind == "alias":
        raise Unknown("the path leads through an alias")
    if child.kind == "scalar" and rest:
        inner = _compose_or_not(child.value)
        if inner is None:
            raise NotFound
        return _walk(inner, rest, create)
    return _walk(child, rest, create)


def _compose_or_not(text: str) -> TextNode | None:
    try:
        return compose(text)
    except (NotFound, yaml.YAMLError, ValueError):
        return None


def _walk_list(node: TextNode, part: str, rest: tuple[str, ...], create: str) -> list[TextNode]:
    if part == "*":
        return [found for item in node.items for found in _walk(item, rest, create)]
    if part.isdigit():
        if int(part) == len(node.items) and create:
            node.items.append(_blank(rest, create))
        if int(part) >= len(node.items):
            raise NotFound
        return _walk(node.items[int(part)], rest, create)
    name, equals, wanted = part[1:-1].partition("=")
    if not equals:
        raise NotFound
    chosen = [item for item in node.items if _fits(item, name, wanted)]
    found = [one for item in chosen for one in _walk(item, rest if name else (), create)]
    if not found and create:
        made = TextNode("scalar", wanted)
        if name:
            made = TextNode("map", items=[TextNode("scalar", name), made])
        node.items.append(made)
        return _walk(made, rest if name else (), create)
    return found


def _fits(item: TextNode, name: str, pattern: str) -> bool:
    held = item if not name else item.get(name) if item.kind == "map" else None
    if held is None:
        return False
    if held.kind != "scalar":
        raise Unknown("a condition of the path is about a list or mapping")
    shown = f"{held.style}{held.value}{held.style}" if held.style in ("'", '"') else held.value
    try:
        return regexp.matches(pattern, shown, whole=False)
    except regexp.PatternError:
        raise NotFound from None


def _is_condition(part: str) -> bool:
    return part.startswith("[") and part.endswith("]")


def _blank(rest: tuple[str, ...], create: str) -> TextNode:
    """Return the empty node that is created for the rest of a path."""
    if not rest:
        return TextNode(create)
    return TextNode(
        "seq" if rest[0].isdigit() or rest[0] == "*" or _is_condition(rest[0]) else "map"
    )


def put(node: TextNode, value: Node) -> None:
    held = value.unseal() if type(value) is Sealed else value
    if node.kind == "alias":
        raise Unknown("the path leads to an alias")
    if node.kind == "scalar":
        node.value = str(held) if type(held) is Scalar else ""
        return
    made = _of_value(held)
    node.kind, node.value, node.tag, node.style = made.kind, made.value, made.tag, made.style
    node.flow, node.items = made.flow, made.items


def _of_value(value: Node) -> TextNode:
    """Convert a node of an object to a node of a text."""
    if type(value) is Sealed:
        value = value.unseal()
    if type(value) is Map:
        items = [
            node
            for key, inner in value.items()
            for node in (TextNode("scalar", str(key), "str"), _of_value(inner))
        ]
        return TextNode("map", flow=is_flow(value), items=items)
    if type(value) is Seq:
        return TextNode("seq", flow=is_flow(value), items=[_of_value(inner) for inner in value])
    style = value.style if value.style in ("'", '"', "|", ">") else ""
    return TextNode("scalar", str(value), scalar_kind(value), style)

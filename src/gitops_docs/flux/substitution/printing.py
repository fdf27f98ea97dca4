"""Print objects and leaves as Flux does and reads them again around a substitution.

In: nodes. Out: text, and nodes from the text after it. Flux prints with `sigs.k8s.io/yaml`, a port
of libyaml, and reads with go-yaml v2 (`fluxcd/pkg/kustomize/kustomize_varsub.go`): quotes that the
printer does not need are gone, `yes` is a boolean, a date is a text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import overload

import yaml

from gitops_docs.kustomize import Refused, with_json_keys
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    LITERAL,
    OLD_BOOLS,
    PLAIN,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    mapping,
    plain_kind,
    plain_value,
    scalar,
    scalar_kind,
    sequence,
)
from gitops_docs.yaml.parse import parse

_PRINTED_PLAIN = Pattern(r"[A-Za-z_/$(](?::*[!-9;-~]| [!\"$-9;-~])*\z")
"""Texts that the printer leaves unquoted for certain, and that the parser reads as one plain
scalar."""
_READ_PLAIN = Pattern(r"[A-Za-z0-9_/$(.](?::*[!-9;-~]| [!\"$-9;-~])*\z")


_COLUMNS = 80
"""The printer begins a new line at the first blank behind this column."""
ELEMENT = "*"
"""Stands in a path for an element of a list."""


def is_folded(text: str, path: tuple[str, ...]) -> bool:
    """Return whether a string may be printed on several lines at the end of a path of keys and
    `ELEMENT`s."""
    if " " not in text or "\n" in text:
        return False
    return len(text) + 2 * len(path) + len(path[-1] if path else "") + 4 > _COLUMNS


def folded_text(text: str, path: tuple[str, ...]) -> str:
    """Return what the printer writes for a string at the end of a path, on as many lines as it
    takes there."""
    before = _serialize(_nested(_string("x"), path)).removesuffix("x\n")
    return _serialize(_nested(_string(text), path)).removeprefix(before).removesuffix("\n")


def _nested(node: yaml.Node, path: tuple[str, ...]) -> yaml.Node:
    for part in reversed(path):
        if part == ELEMENT:
            node = yaml.SequenceNode("tag:yaml.org,2002:seq", [node], flow_style=False)
        else:
            node = yaml.MappingNode(
                "tag:yaml.org,2002:map", [(_string(part), node)], flow_style=False
            )
    return node


def printed_text(text: str) -> str:
    """Return what stands behind `key: ` where the printer writes a string that holds `$` in one
    line; blocks with their lines indented by two."""
    if _PRINTED_PLAIN.match(text):
        return text
    node = yaml.MappingNode(
        "tag:yaml.org,2002:map", [(_string("k"), _string(text))], flow_style=False
    )
    return (
        _serialize(node, width=1 << 30).removeprefix("k:").removeprefix(" ").removesuffix("...\n")
    )


def _string(text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if style is None and (plain_kind(text) != "str" or text in OLD_BOOLS):
        style = '"'
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


def _serialize(node: yaml.Node, width: int = _COLUMNS) -> str:
    printed: str = yaml.serialize(node, Dumper=yaml.CSafeDumper, allow_unicode=True, width=width)
    return printed


def read_text(text: str, file: str, line: int) -> Node | None:
    """Return the node that a leaf is after substitution, at `file:line`; None where it is not one
    value in its place any more."""
    if _READ_PLAIN.match(text):
        return _typed(text, PLAIN, file, line)
    try:
        parsed = parse(f"k: {text}", file, seal=False)
    except UnicodeEncodeError:
        return None
    if not parsed.complete or len(parsed.documents) != 1 or parsed.findings:
        return None
    root = parsed.documents[0].root
    if type(root) is not Map or list(root) != ["k"]:
        return None
    try:
        return _at(with_json_keys(root["k"]), file, line)
    except Refused:
        return None


def _at(node: Node, file: str, line: int) -> Node:
    """Return a parsed value, all of it at one place."""
    if type(node) is Map:
        return mapping(file, line, ((key, _at(value, file, line)) for key, value in node.items()))
    if type(node) is Seq:
        return sequence(file, line, (_at(value, file, line) for value in node))
    if type(node) is Sealed:
        return node.at(file, line)
    return _typed(str(node), node.style, file, line)


def _typed(text: str, style: str, file: str, line: int) -> Scalar:
    """Return a scalar as go-yaml v2 resolves it and JSON holds it: YAML 1.1 booleans are booleans,
    dates stay text, `1.0` is 1."""
    if style == PLAIN:
        old = OLD_BOOLS.get(text)
        if old is not None:
            return scalar(old, file, line)
        kind = plain_kind(text)
        if kind not in ("str", "timestamp"):
            return scalar(_number(text) if kind == "float" else text, file, line)
    return scalar(text, file, line, LITERAL if "\n" in text else DOUBLE_QUOTED)


def _number(text: str) -> str:
    """Return a number with a point or an exponent, as JSON has it (`encoding/json`,
    `floatEncoder`)."""
    value = plain_value(scalar(text, "", 0))
    if not isinstance(value, float) or not math.isfinite(value):
        return text
    if abs(value) >= 1e21 or 0 < abs(value) < 1e-6:
        mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
        return f"{mantissa}e{exponent}"
    plain = f"{Decimal(repr(value)):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def print_object(data: Map) -> str:
    """Return the YAML text of an object, keys sorted; sealed values are in it, so it must never
    leave this room."""
    return _serialize(_printable_node(data))


def _printable_node(node: Node) -> yaml.Node:
    if type(node) is Sealed:
        node = node.unseal()
    if type(node) is Map:
        pairs = [(_string(key), _printable_node(value)) for key, value in sorted(node.items())]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)
    if type(node) is Seq:
        return yaml.SequenceNode(
            "tag:yaml.org,2002:seq", [_printable_node(value) for value in node], flow_style=not node
        )
    if scalar_kind(node) in ("str", "timestamp"):
        return _string(str(node))
    tag = {"int": "int", "float": "float", "bool": "bool", "null": "null"}[scalar_kind(node)]
    return yaml.ScalarNode(f"tag:yaml.org,2002:{tag}", str(node) or "null")


@overload
def align(made: Map, before: Node, *, sealed: bool) -> Map: ...


@overload
def align(made: Node, before: Node, *, sealed: bool) -> Node: ...


def align(made: Node, before: Node, *, sealed: bool) -> Node:
    """Return a parsed node with the places of the node that stood there; unchanged leaves are the
    old ones.

    With `sealed` a secret took part in the text: what changed is sealed.
    """
    if type(made) is Map:
        inner: Mapping[str, Node] = before if type(before) is Map else {}
        pairs = (
            (key, align(value, inner.get(key, before), sealed=sealed))
            for key, value in made.items()
        )
        return mapping(before.file, before.line, pairs)
    if type(made) is Seq:
        was: Sequence[Node] = [before] * len(made)
        if type(before) is Seq and len(before) == len(made):
            was = before
        return sequence(
            before.file,
            before.line,
            (align(value, one, sealed=sealed) for value, one in zip(made, was, strict=True)),
        )
    if type(made) is Sealed:
        return made
    inner_before = before.unseal() if type(before) is Sealed else before
    if type(inner_before) is Scalar and _same(made, inner_before):
        return before
    leaf = _typed(str(made), made.style, before.file, before.line)
    if type(before) is Sealed:
        return Sealed(leaf, leaf.file, leaf.line, before.outline())
    if not sealed:
        return leaf
    return Sealed(leaf, leaf.file, leaf.line, before if type(before) is Scalar else None)


def _same(made: Scalar, before: Scalar) -> bool:
    if made == before and (made.style == PLAIN) == (before.style == PLAIN):
        return made.style != PLAIN or before not in OLD_BOOLS
    textual = scalar_kind(before) in ("str", "timestamp")
    now = _typed(str(made), made.style, before.file, before.line)
    if (scalar_kind(now) == "str") != textual:
        return False
    return str(now) == str(before) or (not textual and not before and now == "null")

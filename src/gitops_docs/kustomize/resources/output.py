"""Make what kustomize prints: the JSON value of a rendered object, and the last changes before it.

In: an object. Out: the value that a YAML parser reads from kustomize's output. Numbers, dates and
folded texts come back changed, because kustomize writes and reads every object once more on the way
(`RNode.MarshalJSON`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import overload

from gitops_docs.kustomize.resources.fieldspecs import with_field, with_metadata
from gitops_docs.kustomize.resources.printable import check
from gitops_docs.kustomize.resources.resource import text
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    FOLDED,
    LITERAL,
    PLAIN,
    SINGLE_QUOTED,
    Map,
    Node,
    Plain,
    Scalar,
    Sealed,
    Seq,
    is_flow,
    mapping,
    number_value,
    placed,
    plain_kind,
    scalar,
    scalar_kind,
    scalar_value,
    sequence,
)

_TIMESTAMP = Pattern(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d{1,2}(?::?\d{2})?))?)?\z"
)
_AMBIGUOUS = Pattern(r"(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF)\z")
"""Text that YAML 1.1 takes for a boolean; go-yaml quotes it."""


@overload
def to_json(node: Map, *, braces: bool = False) -> dict[str, Plain]: ...


@overload
def to_json(node: Node, *, braces: bool = False) -> Plain: ...


def to_json(node: Node, *, braces: bool = False) -> Plain:
    """Return the JSON value of a rendered node; sealed values stay `Sealed`. `braces` says whether
    it stands in braces or brackets."""
    if type(node) is Scalar:
        return scalar_value(_reread(node, braces))
    if type(node) is Map:
        braces = braces or is_flow(node)
        return {
            key if type(key) is str else str(key): to_json(value, braces=braces)
            for key, value in node.items()
        }
    if type(node) is Seq:
        braces = braces or is_flow(node)
        return [to_json(value, braces=braces) for value in node]
    return node


@overload
def reread(node: Map, *, braces: bool = False) -> Map: ...


@overload
def reread(node: Node, *, braces: bool = False) -> Node: ...


def reread(node: Node, *, braces: bool = False) -> Node:
    """Return a tree with the texts that kustomize has after it has written and read the object
    once; the same one where none changes."""
    if type(node) is Scalar:
        return _reread(node, braces)
    if type(node) is Sealed:
        inner = _reread(node.unseal(), braces)
        return node if inner is node.unseal() else node.like(inner)
    if type(node) is Map:
        braces = braces or is_flow(node)
        changed = {
            key: made
            for key, value in node.items()
            if (made := reread(value, braces=braces)) is not value
        }
        return placed(Map({**node, **changed}), node) if changed else node
    if type(node) is Seq:
        braces = braces or is_flow(node)
        items = [reread(value, braces=braces) for value in node]
        same = all(one is other for one, other in zip(items, node, strict=True))
        return node if same else placed(Seq(items), node)
    return node


def _reread(node: Scalar, braces: bool) -> Scalar:
    """Return a scalar after it has been written and read once. In braces nothing is folded, and
    what cannot stand there bare is quoted."""
    style = node.style
    if style == FOLDED and not braces:
        value = folded(node)
        return node if value == node else scalar(value, node.file, node.line, LITERAL)
    if style == PLAIN:
        if braces and node == "":
            return scalar("", node.file, node.line, SINGLE_QUOTED)
        if plain_kind(node) == "timestamp":
            value = str(node) if braces and ":" in node else timestamp(node)
            return scalar(value, node.file, node.line, DOUBLE_QUOTED)
    return node


def folded(value: str) -> str:
    """Return a folded text after go-yaml has written and read it once; a more indented block may
    gain newlines before it.

    Text that cannot stand in a block (a space before a newline or at the end) is written in quotes
    and comes back as it is.
    """
    value = str(value)
    if "\n" not in value or " \n" in value or value.endswith(" "):
        return value
    return _read_folded(_write_folded(value), kept=len(value) - len(value.rstrip("\n")))


def _write_folded(value: str) -> list[str]:
    """Return the lines that the emitter writes (`yaml_emitter_write_folded_scalar`): a newline is
    doubled after a line without indentation.

    Whether it is doubled should depend on the next line; upstream looks at the first line of the
    text instead.
    """
    doubles = value.lstrip("\n")[:1] not in ("", " ", "\t")
    written: list[str] = []
    for line in value.split("\n"):
        written.append(line)
        if line and line[0] not in " \t" and doubles:
            written.append("")
    return written


def _read_folded(lines: list[str], kept: int) -> str:
    """Return what the scanner makes of them (`yaml_parser_scan_block_scalar`).

    `kept` counts the newlines at the end: up to one is as it was, several (`>+`) are taken as they
    were written.
    """
    made = ""
    breaks, indented = 0, False
    for line in lines:
        if line == "":
            breaks += 1
            continue
        blank = line[0] in " \t"
        if made or breaks:
            if indented or blank or not made:
                made += "\n" * breaks
            else:
                made += "\n" * (breaks - 1) or " "
        made += line
        breaks, indented = 1, blank
    return made + "\n" * (kept if kept < 2 else breaks - 1)


def timestamp(value: str) -> str:
    """Return a plain date or time as Go prints it (RFC 3339)."""
    match = _TIMESTAMP.match(value)
    if match is None:
        return str(value)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = (match[7] or "").rstrip("0")
    zone = match[8]
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        suffix = "Z"
        if zone and zone != "Z":
            digits = (
                zone[1:].replace(":", "").ljust(4, "0")
                if len(zone) > 3
                else zone[1:].rjust(2, "0") + "00"
            )
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            if offset:
                suffix = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    except ValueError:
        return str(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + suffix


@overload
def through_json(node: Map) -> Map: ...


@overload
def through_json(node: Node) -> Node: ...


def through_json(node: Node) -> Node:
    """Return a tree after kustomize has made JSON of it and read it back: as before a JSON patch,
    and for the items of a List.

    Raises:
        Refused: It holds a number or a key that JSON does not have.
    """
    check(node)
    return _through_json(node, braces=False)


def _through_json(node: Node, *, braces: bool) -> Node:
    if type(node) is Map:
        braces = braces or is_flow(node)
        pairs = ((str(key), _through_json(value, braces=braces)) for key, value in node.items())
        return _block(mapping(node.file, node.line, pairs))
    if type(node) is Seq:
        braces = braces or is_flow(node)
        return _block(
            sequence(node.file, node.line, (_through_json(value, braces=braces) for value in node))
        )
    if type(node) is Sealed:
        return node.like(_scalar_through_json(node.unseal(), braces))
    return _scalar_through_json(node, braces)


def _scalar_through_json(node: Scalar, braces: bool) -> Scalar:
    """Return a scalar as it is written from JSON: texts in a block or in quotes where they need it,
    all numbers floating-point ones."""
    found = _reread(node, braces)
    resolved = scalar_kind(found)
    if resolved == "null":
        return (
            node if node == "null" and node.style == PLAIN else scalar("null", node.file, node.line)
        )
    if resolved == "str":
        value = str(found)
        style = (
            LITERAL
            if "\n" in value
            else DOUBLE_QUOTED
            if plain_kind(value) != "str" or _AMBIGUOUS.match(value)
            else PLAIN
        )
        return (
            node
            if value == str(node) and style == node.style
            else scalar(value, node.file, node.line, style)
        )
    written = str(node).lower() if resolved == "bool" else go_number(float(number_value(node) or 0))
    return node if written == node else scalar(written, node.file, node.line)


def _block(made: Map | Seq) -> Map | Seq:
    """Return a container as it is written anew: in braces only if it is empty."""
    if not made:
        made.flow = True
    return made


def go_number(value: float) -> str:
    """Return a number as go-yaml writes it (`FormatFloat(f, 'g', -1, 64)`); JSON makes all numbers
    floating-point ones."""
    digits, exponent = f"{value!r:}".lower().partition("e")[::2]
    if not exponent:
        digits, exponent = f"{Decimal(value.__repr__()):e}".lower().partition("e")[::2]
    power = int(exponent)
    mantissa = digits.rstrip("0").rstrip(".") if "." in digits else digits
    if -4 <= power < 6:
        whole = f"{Decimal(repr(value)):f}"
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def finished(data: Map) -> Map:
    """Return the object as it is printed: annotations are texts, and none where there are none
    (`RemoveBuildAnnotations`)."""
    metadata = data.get("metadata")
    if metadata is None:  # A `List` need not have any.
        return with_field(data, "metadata", mapping(data.file, data.line))
    if type(metadata) is not Map or "annotations" not in metadata:
        return data
    annotations = metadata["annotations"]
    if type(annotations) is not Map or not annotations:
        return with_metadata(data, "annotations", None)
    if all(
        type(value) is Sealed or (type(value) is Scalar and scalar_kind(value) == "str")
        for value in annotations.values()
    ):
        return data
    made = mapping(
        annotations.file,
        annotations.line,
        (
            (
                key,
                value
                if type(value) is Sealed
                else scalar(text(value), value.file, value.line, _string_style(value)),
            )
            for key, value in annotations.items()
        ),
    )
    return with_metadata(data, "annotations", made)


def _string_style(value: Node) -> str:
    if type(value) is Scalar and value.style != PLAIN:
        return value.style
    return PLAIN if plain_kind(text(value)) == "str" else DOUBLE_QUOTED

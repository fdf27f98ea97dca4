"""Check a Flux object against the CRDs of a release of Flux.

The table `flux_schemas.json` is made by `tools/flux_schemas.py` from the CRDs that each release
publishes. What is checked is what the API server checks of a structural schema: types, required
fields, choices, patterns, bounds, validation rules, and fields that the schema does not know, which
server-side apply refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TypedDict

from msgspec import Struct

from gitops_docs.kubernetes import cel
from gitops_docs.text import patterns
from gitops_docs.text.escape import Json
from gitops_docs.text.memo import memo
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    is_null,
    number_value,
    plain_value,
    scalar_kind,
)

Release = tuple[int, int]
"""Major and minor version of Flux."""

_TABLE = Path(__file__).with_name("flux_schemas.json")
_OPERATOR = "flux-operator"
_DIGITS = patterns.Pattern("[0-9]+")
_MAX_PROBLEMS = 20
"""Most problems that are reported for one object."""


class Fault(StrEnum):
    """What is wrong with a field."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    TYPE = "type"
    CHOICE = "choice"
    DURATION = "duration"
    PATTERN = "pattern"
    BOUND = "bound"
    RULE = "rule"


class Problem(Struct, frozen=True, kw_only=True):
    """One field that the API server refuses.

    `path` is dotted with `[]` for entries of lists (`spec.dependsOn[].name`); `node` is the value,
    or what should hold a missing field; `detail` depends on the fault: the type or the choices that
    are asked for, the pattern, the bound, the message of the rule.
    """

    fault: Fault
    path: str
    node: Node
    detail: str | tuple[str, ...] = ""
    known: tuple[str, ...] = ()
    """Fields that the schema knows, for `UNKNOWN`."""


class ServedKind(Struct, frozen=True, kw_only=True):
    """A kind of Flux as its CRDs have it. `versions` maps each API version to the releases that serve it, with the
    number of the schema."""

    group: str
    kind: str
    scope: str
    versions: dict[str, Versions]


class Versions(Struct, frozen=True, kw_only=True):
    releases: dict[str, int]
    deprecated: tuple[str, ...]


class SchemaRule(TypedDict):
    """A validation rule in CEL, compiled; its message says what is wrong."""

    rule: cel.Rule
    message: str


class Schema(TypedDict, total=False):
    """A schema as the table holds it: that of OpenAPI v3 with what a check needs. A number stands
    for the schema of that index in the table."""

    type: str
    properties: dict[str, int | Schema]
    required: list[str]
    values: int | Schema
    """Of a mapping with keys of the author (`additionalProperties`)."""
    items: int | Schema
    any: bool
    """Whether unknown fields are kept."""
    default: Json
    enum: list[str | int | float | bool | None]
    pattern: str
    minimum: float
    maximum: float
    minLength: int
    maxLength: int
    minItems: int
    maxItems: int
    rules: list[SchemaRule]


class _Table(Struct, frozen=True, kw_only=True):
    releases: tuple[Release, ...]
    kinds: dict[tuple[str, str], ServedKind]
    schemas: list[Schema]


@cache
def _table() -> _Table:
    data = json.loads(_TABLE.read_bytes())
    kinds = {
        (one["group"], one["kind"]): ServedKind(
            group=one["group"],
            kind=one["kind"],
            scope=one["scope"],
            versions={
                name: Versions(releases=held["releases"], deprecated=tuple(held["deprecated"]))
                for name, held in one["versions"].items()
            },
        )
        for one in data["kinds"]
    }
    return _Table(
        releases=tuple(map(_release, data["releases"])), kinds=kinds, schemas=data["schemas"]
    )


def _release(text: str) -> Release:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def release_name(release: Release) -> str:
    """Return a release as people write it: `2.9`."""
    return f"{release[0]}.{release[1]}"


def parse_release(text: str | None) -> Release | None:
    """Return the release that a version of Flux belongs to; None where the text names no minor
    version (`2.x`) or is not a version."""
    parts = (text or "").strip().removeprefix("v").split(".")
    if len(parts) < 2 or not all(
        part.isascii() and part.isdigit() and len(part) < 4 for part in parts[:2]
    ):
        return None
    return int(parts[0]), int(parts[1])


def newest_release() -> Release:
    """Return the newest release that the table knows; taken where a cluster says nothing."""
    return _table().releases[-1]


def flux_kind(group: str, kind: str) -> ServedKind | None:
    """Return a kind of Flux, or None for any other kind."""
    return _table().kinds.get((group, kind))


def flux_kinds() -> frozenset[tuple[str, str]]:
    """Return group and name of every kind that the table knows."""
    return frozenset(_table().kinds)


@memo(1024)
def served(group: str, kind: str, release: Release) -> tuple[str, ...]:
    """Return API versions of a kind that a release serves, the newest last; those of the operator
    do not depend on it."""
    found = flux_kind(group, kind)
    name = _known_name(release)
    versions = found.versions.items() if found is not None else ()
    held = (
        version for version, held in versions if name in held.releases or _OPERATOR in held.releases
    )
    return tuple(sorted(held, key=_priority))


def _priority(version: str) -> tuple[int, ...]:
    """Return the order of API versions in Kubernetes: alpha before beta before stable, then by
    number."""
    numbers = [int(found) for found in _DIGITS.findall(version)]
    stability = 0 if "alpha" in version else 1 if "beta" in version else 2
    return stability, *numbers


def last_served(group: str, kind: str, version: str) -> Release | None:
    """Return the last release that serves an API version; None where none does."""
    found = flux_kind(group, kind)
    held = found.versions.get(version) if found is not None else None
    if held is None or _OPERATOR in held.releases:
        return None
    return max(map(_release, held.releases))


def first_served(group: str, kind: str) -> Release | None:
    """Return the first release that knows a kind; None for kinds of the operator and kinds that are
    not Flux's."""
    found = flux_kind(group, kind)
    names = (
        {name for held in found.versions.values() for name in held.releases}
        if found is not None
        else set()
    )
    return min(map(_release, names - {_OPERATOR}), default=None)


def is_deprecated(group: str, kind: str, version: str, release: Release) -> bool:
    """Return whether a release serves an API version as deprecated."""
    found = flux_kind(group, kind)
    held = found.versions.get(version) if found is not None else None
    return held is not None and _known_name(release) in held.deprecated


def _known_name(release: Release) -> str:
    """Return the release of the table to go by: releases before and after it count as the first and
    the newest one."""
    releases = _table().releases
    return release_name(min(max(release, releases[0]), releases[-1]))


def fields_since(group: str, kind: str, version: str, path: str) -> Release | None:
    """Return the first release whose schema of a version has a field, as a path below the object
    without `[]`; None where none has it."""
    found = flux_kind(group, kind)
    held = found.versions.get(version) if found is not None else None
    for name, number in held.releases.items() if held is not None else ():
        if name != _OPERATOR and _has(_table().schemas[number], path.replace("[]", "").split(".")):
            return _release(name)
    return None


def _has(schema: Schema, path: list[str]) -> bool:
    for name in path:
        while "items" in schema:
            schema = _part(schema["items"])
        inner = schema.get("properties", {}).get(name, schema.get("values"))
        if inner is None:
            return False
        schema = _part(inner)
    return True


def problems(data: Map, release: Release) -> Iterator[Problem]:
    """Yield what the API server refuses of an object, at most twenty problems.

    Args:
        data: The object as Flux applies it. Texts with `${` are taken for values that are not known
            yet.
        release: The release of Flux whose CRDs count.
    """
    group, _, version = str(data.get("apiVersion")).rpartition("/")
    found = flux_kind(group, str(data.get("kind")))
    held = found.versions.get(version) if found is not None else None
    if held is None:
        return
    number = held.releases.get(_known_name(release), held.releases.get(_OPERATOR))
    if number is None:
        # Another check says that the version is not served; its newest schema still finds slips.
        number = next(reversed(held.releases.values()))
    schema = _table().schemas[number]
    yield from islice(_check(data, schema, ""), _MAX_PROBLEMS)


def _part(one: int | Schema) -> Schema:
    return _table().schemas[one] if isinstance(one, int) else one


def _check(node: Node, schema: Schema, path: str) -> Iterator[Problem]:
    if type(node) is Sealed or (type(node) is Scalar and "${" in node):
        return
    wanted = schema.get("type")
    if wanted is not None and not _fits(node, wanted):
        yield Problem(fault=Fault.TYPE, path=path, node=node, detail=wanted)
        return
    if type(node) is Map:
        yield from _check_map(node, schema, path)
    elif type(node) is Seq:
        items = _part(schema["items"]) if "items" in schema else Schema()
        limits = schema.get("minItems", 0), schema.get("maxItems")
        yield from _bounds(node, len(node), limits, "entries", path)
        for item in node:
            yield from _check(item, items, f"{path}[]")
    elif type(node) is Scalar:
        yield from _check_scalar(node, schema, path)
    if "rules" in schema:
        yield from _rules(node, schema, path)


def _check_map(node: Map, schema: Schema, path: str) -> Iterator[Problem]:
    prefix = f"{path}." if path else ""
    fields = schema.get("properties")
    for name in schema.get("required", ()):
        if is_null(node.get(name)) and "default" not in _part((fields or {}).get(name, Schema())):
            yield Problem(fault=Fault.MISSING, path=f"{prefix}{name}", node=node)
    values = _part(schema["values"]) if "values" in schema else None
    for name, value in node.items():
        inner = (fields or {}).get(name)
        if inner is not None:
            if not is_null(value):
                yield from _check(value, _part(inner), f"{prefix}{name}")
        elif values is not None:
            yield from _check(value, values, f"{prefix}{name}")
        elif fields and path and not schema.get("any"):
            yield Problem(
                fault=Fault.UNKNOWN, path=f"{prefix}{name}", node=value, known=tuple(fields)
            )


def _check_scalar(node: Scalar, schema: Schema, path: str) -> Iterator[Problem]:
    choices = schema.get("enum")
    if choices is not None and plain_value(node) not in choices:
        yield Problem(fault=Fault.CHOICE, path=path, node=node, detail=tuple(map(str, choices)))
    pattern = schema.get("pattern")
    if pattern is not None and not patterns.compile(pattern).contains(node):
        fault = Fault.DURATION if "ms|s|m|h" in pattern else Fault.PATTERN
        yield Problem(fault=fault, path=path, node=node, detail=pattern)
    if schema.get("type") == "string":
        limits = schema.get("minLength", 0), schema.get("maxLength")
        yield from _bounds(node, len(node), limits, "characters", path)
    elif "minimum" in schema or "maximum" in schema:
        value = plain_value(node)
        if isinstance(value, (int, float)):
            if value < schema.get("minimum", value):
                yield Problem(
                    fault=Fault.BOUND, path=path, node=node, detail=f"at least {schema['minimum']}"
                )
            elif value > schema.get("maximum", value):
                yield Problem(
                    fault=Fault.BOUND, path=path, node=node, detail=f"at most {schema['maximum']}"
                )


def _bounds(
    node: Node, size: int, limits: tuple[int, int | None], unit: str, path: str
) -> Iterator[Problem]:
    least, most = limits
    if size < least:
        yield Problem(fault=Fault.BOUND, path=path, node=node, detail=f"at least {least} {unit}")
    elif most is not None and size > most:
        yield Problem(fault=Fault.BOUND, path=path, node=node, detail=f"at most {most} {unit}")


def _fits(node: Node, wanted: str) -> bool:
    if type(node) is Map:
        return wanted == "object"
    if type(node) is Seq:
        return wanted == "array"
    if type(node) is not Scalar:
        return True
    kind = scalar_kind(node)
    match wanted:
        case "string":
            return kind == "str"
        case "boolean":
            return kind == "bool"
        case "integer":
            return kind == "int" or (
                kind == "float" and float(number_value(node) or 0).is_integer()
            )
        case "number":
            return kind in ("int", "float")
        case "int-or-string":
            return kind in ("int", "str")
    return False


def _rules(node: Node, schema: Schema, path: str) -> Iterator[Problem]:
    value = _known_value(_with_defaults(node, schema))
    if value is _UNKNOWN:
        return
    for rule in schema["rules"]:
        try:
            passes = cel.evaluate(rule["rule"], {"self": value})
        except cel.Unknown:
            continue
        if passes is False:
            yield Problem(fault=Fault.RULE, path=path, node=node, detail=rule["message"])


_UNKNOWN = object()


def _with_defaults(node: Node, schema: Schema) -> object:
    """Return the JSON value of a node with the defaults of its own fields, which the API server
    sets before it asks the rules."""
    value = plain_value(node)
    if not isinstance(value, dict):
        return value
    made: dict[str, object] = {**value}
    for name, inner in schema.get("properties", {}).items():
        default = _part(inner).get("default")
        if default is not None and made.get(name) is None:
            made[name] = default
    return made


def _known_value(value: object) -> object:
    """Return the value; `_UNKNOWN` where one of its own fields has a variable that nothing set yet,
    which a rule may ask for."""
    held = value.values() if isinstance(value, dict) else (value,)
    return _UNKNOWN if any(isinstance(one, str) and "${" in one for one in held) else value

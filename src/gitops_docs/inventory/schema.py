"""Make the JSON schema of the inventory from its structs."""

from __future__ import annotations

from types import UnionType
from typing import TypedDict, get_args, get_origin, get_type_hints

from msgspec import UNSET, Struct, json, structs

from gitops_docs import model
from gitops_docs.inventory import contract

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"


def schema() -> dict[str, object]:
    """Return the JSON schema of the inventory (draft 2020-12), as plain values.

    Every field is required, but for the few that are absent where they do not hold.
    """
    hints = get_type_hints(contract.Inventory, include_extras=True)
    members = {name: _members(kind) for name, kind in hints.items()}
    described, parts = json.schema_components(
        [kind for kinds in members.values() for kind in kinds],
        schema_hook=_any_value,
        ref_template=_REFERENCE,
    )
    found = iter(described)
    properties: dict[str, object] = {}
    for name, kind in hints.items():
        items = [next(found) for _ in members[name]]
        item = items[0] if len(items) == 1 else {"anyOf": items}
        is_list = get_origin(kind) is tuple
        properties[name] = {"type": "array", "items": item} if is_list else item
    return {
        "$schema": DIALECT,
        "title": "Inventory of a GitOps repository",
        "description": _words(contract.Inventory.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "$defs": {name: _complete(part) for name, part in sorted(parts.items())},
    }


def _any_value(kind: type) -> dict[str, object]:
    """Return the schema of a type that msgspec has none for: `object` takes any value."""
    if kind is not object:
        raise NotImplementedError  # How a `schema_hook` of msgspec refuses a type.
    return {"description": "Any JSON value."}


class _Part(TypedDict, total=False):
    """The schema of one struct, as msgspec makes it."""

    title: str
    description: str
    properties: dict[str, dict[str, object]]
    required: list[str]


def _members(kind: object) -> list[object]:
    """Return the types of a list's items: msgspec takes no union of structs that share a field
    `kind`."""
    item = get_args(kind)[0] if get_origin(kind) is tuple else kind
    return list(get_args(item)) if isinstance(item, UnionType) else [item]


def _complete(part: _Part) -> _Part:
    """Return the schema of a struct with all fields required that are always written: those with a
    default are."""
    if "description" in part:
        part["description"] = _words(part["description"])
    if "properties" not in part:
        return part
    optional = _optional(part["title"])
    for value in part["properties"].values():
        value.pop("default", None)
    part["required"] = [name for name in part["properties"] if name not in optional]
    return part


def _optional(name: str) -> set[str]:
    return {field.encode_name for field in structs.fields(struct(name)) if field.default is UNSET}


def struct(name: str) -> type[Struct]:
    """Return the struct of a name in `$defs`."""
    found: type[Struct] = getattr(contract, name, None) or getattr(model, name)
    return found


def _words(text: str) -> str:
    return " ".join(text.split())

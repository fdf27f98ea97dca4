"""List what kustomize (5.4 to 5.8) knows of built-in kinds: which lists a patch merges by which
keys, and which kinds belong to no namespace.

In: an apiVersion and a kind. Out: a `Schema`, or a truth. The facts are in `schema.json`, made by
`tools/kustomize_schema.py` from the OpenAPI document of Kubernetes 1.21 that kustomize embeds.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from msgspec import Struct, json

from gitops_docs.text.memo import memo


class Schema(Struct, frozen=True):
    """What is known of a value: the type of its fields or elements, and for a list that is merged,
    its keys (none: by value)."""

    type: str | None
    keys: tuple[str, ...] | None = None


class _Field(Struct, frozen=True):
    """A field in the table, with the name of its type; `keys` as in `Schema`."""

    type: str | None = None
    keys: tuple[str, ...] | None = None


class _Table(Struct, frozen=True):
    """What `schema.json` holds."""

    resources: dict[str, str]
    """apiVersion and kind, with a slash between them, to the name of a type."""
    types: dict[str, dict[str, _Field]]
    """The name of a type to its fields."""
    cluster_scoped: frozenset[str]
    """apiVersions and kinds, written as in `resources`."""


@lru_cache(maxsize=1)
def _table() -> _Table:
    return json.decode(Path(__file__).with_name("schema.json").read_bytes(), type=_Table)


@memo(4096)
def of_resource(api_version: str, kind: str) -> Schema | None:
    """Return the schema of a kind; None for a custom resource and for kinds newer than the
    table."""
    found = _table().resources.get(f"{api_version}/{kind}")
    return Schema(found) if found is not None else None


@memo(16384)
def of_field(schema: Schema | None, field: str) -> Schema | None:
    """Return the schema of a field; None where nothing below it is merged."""
    if schema is None or schema.type is None or schema.keys is not None:
        return None
    found = _table().types.get(schema.type, {}).get(field)
    return Schema(found.type, found.keys) if found is not None else None


@memo(4096)
def of_element(schema: Schema | None) -> Schema | None:
    """Return the schema of a list's elements."""
    return Schema(schema.type) if schema is not None and schema.type is not None else None


@memo(4096)
def is_cluster_scoped(group: str, version: str, kind: str) -> bool:
    """Return whether the table is certain that the kind has no namespace; anything unknown is
    namespaced."""
    api_version = f"{group}/{version}" if group else version
    return f"{api_version}/{kind}" in _table().cluster_scoped

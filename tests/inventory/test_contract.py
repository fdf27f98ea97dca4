"""The inventory and its schema: complete, valid, compatible with version 1, and read by the fleet as it
is written."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct, UnsetType
from msgspec.structs import fields, replace

from gitops_docs import model
from gitops_docs.fleet.fleet import Fleet, InventoryFile
from gitops_docs.fleet.view import InventoryView
from gitops_docs.inventory import contract
from gitops_docs.inventory.codec import dumps
from gitops_docs.inventory.document import head, sections
from gitops_docs.inventory.schema import schema
from gitops_docs.scanner.scanner import scan
from tests.corpus.test_inventory import REPOSITORIES
from tests.pages.platforms import layer, platform, whole
from tests.support import PROJECT

VALIDATOR = Draft202012Validator(schema())
VERSION_1: dict[str, Any] = json.loads(
    Path(__file__).with_name("version-1.schema.json").read_text(encoding="utf-8")
)

ALIASES = {
    model.Override: contract.LostValue,
    model.SourceRef: contract.SourceReference,
    model.LayerObject: contract.Other,
}
"""Structs of the model that have another name in the contract."""
RENAMED = {
    ("Alert", "holder"): "object_kind",
    ("Layer", "given"): "configmap_variables",
    ("Release", "values_references"): "values_from",
    ("Secret", "clear"): "readable",
}
LEFT_OUT = {
    ("Layer", "places"): "lines of fields, for links of pages",
    ("Release", "places"): "lines of fields, for links of pages",
    ("Alert", "stated"): "`subject` says what comes of it",
    ("Alert", "holder"): "`about` of a finding names the object",
    ("Alert", "runbook_at"): "a line for a finding, which has it",
    ("RunbookLink", "page"): "`target` has it",
    ("RunbookLink", "anchor"): "`target` has it",
    ("Subject", "namespace_label"): "`labels` has it",
    ("Subject", "name_label"): "`labels` has it",
    ("Resource", "encrypted"): "a finding says what comes of it",
    ("Resource", "namespaced"): "`cluster_scoped` says what is known",
    ("Release", "values_refused"): "a finding says what comes of it",
    ("Rendering", "objects"): "`objects` of the release has it",
    ("Release", "patch_faults"): "findings say it",
    **{("PatchFault", name): "findings say it" for name in ("reason", "file", "line", "certain")},
    ("Secret", "has_metadata"): "a finding says what comes of it",
    ("Secret", "stays_encrypted"): "its annotation says it",
    ("SourceRef", "url"): "of a layer's source; `sources` has it",
}
"""Fields of the model that the inventory does not have, with the reason."""


def structs_of(kind: Any) -> Iterator[type[Struct]]:
    """The structs in a type, themselves included."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
    for inner in get_args(kind):
        yield from structs_of(inner)


def reachable(root: type[Struct]) -> set[type[Struct]]:
    """The structs that a struct holds, at any depth."""
    found: set[type[Struct]] = set()
    pending = [root]
    while pending:
        for kind in get_type_hints(pending.pop(), include_extras=True).values():
            new = set(structs_of(kind)) - found
            found |= new
            pending += new
    return found


def errors(document: Any) -> list[str]:
    """Where a document is not what the schema says."""
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in VALIDATOR.iter_errors(document)
    ]


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    """The inventory of the example platform."""
    found: dict[str, Any] = json.loads(dumps(scan(PROJECT / "examples/platform")))
    return found


def test_schema_is_a_schema() -> None:
    """The schema is valid itself, and each struct has a name of its own."""
    Draft202012Validator.check_schema(schema())
    assert not [name for name in schema()["$defs"] if not name.isalpha()]


def test_example_platform_is_valid(example: dict[str, Any]) -> None:
    """The inventory of the example has what the schema says, and something in nearly every list."""
    assert errors(example) == []
    assert {name for name, value in example.items() if not value} <= {
        "runbooks",
        "orphans",
        "others",
        "environments",
    }


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("name", REPOSITORIES)
def test_real_repositories_are_valid(name: str, corpus_repository: Callable[[str], Path]) -> None:
    """So have those of real repositories."""
    assert errors(json.loads(dumps(scan(corpus_repository(name))))) == []


def test_document_has_the_fields_of_the_contract() -> None:
    """The lists stand in the order of the struct; each item has the struct that its list says."""
    found = whole()
    hints = get_type_hints(contract.Inventory, include_extras=True)
    assert [*head(found), *sections(found, "platform")] == list(hints)
    for name, section in sections(found, "platform").items():
        allowed = set(structs_of(hints[name]))
        assert all(type(describe()) in allowed for _, describe in section.entries()), name


def test_every_field_of_the_model_is_in_the_contract() -> None:
    """What a scan finds is in the inventory, or left out for a stated reason."""
    written = reachable(contract.Inventory)
    missing = []
    for kind in reachable(model.Platform) - written:
        own = ALIASES.get(kind) or getattr(contract, kind.__name__, None)
        names = {field.name for field in fields(own)} if own else set()
        missing += [
            f"{kind.__name__}.{field.name}"
            for field in fields(kind)
            if RENAMED.get((kind.__name__, field.name), field.name) not in names
            and (kind.__name__, field.name) not in LEFT_OUT
        ]
    assert missing == []


def test_lists_of_the_platform_are_in_the_contract() -> None:
    """Every field of the platform is one of the document's members, or part of one."""
    parts = {
        "releases": "helm_releases",
        "has_owners": "repository",
        **dict.fromkeys(("image_repositories", "image_policies", "image_automations"), "image_automation"),
        "image_markers": "image_automation",
        **dict.fromkeys(("gateways", "routes", "exposed_services", "certificates"), "exposure"),
        **dict.fromkeys(("issuers", "certificate_uses"), "exposure"),
        **dict.fromkeys(("autoscalers", "disruption_budgets"), "workloads"),
        **dict.fromkeys(("storage_classes", "volume_claims", "backups"), "storage"),
        **dict.fromkeys(("roles", "role_bindings", "service_accounts"), "access"),
    }  # fmt: skip
    members = {field.name for field in fields(contract.Inventory)}
    assert {
        name
        for name in (field.name for field in fields(model.Platform))
        if parts.get(name, name) not in members
    } == set()


def test_version_1_is_still_there(example: dict[str, Any]) -> None:
    """What read version 1 finds every field of it, with the values that its schema allows. Lists
    of several kinds may have further ones."""
    older = copy.deepcopy(VERSION_1)
    older["properties"]["schema_version"] = {"const": contract_version()}
    found = dict(example)
    for name, part in older["properties"].items():
        if "oneOf" in part.get("items", {}):
            kinds = Draft202012Validator({"anyOf": part["items"]["oneOf"]})
            found[name] = [item for item in found[name] if kinds.is_valid(item)]
            assert found[name]
    assert [error.message for error in Draft202012Validator(older).iter_errors(found)] == []


def contract_version() -> int:
    """The number of this version."""
    return int(get_args(get_type_hints(contract.Inventory)["schema_version"])[0])


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("layers", 0, "status"), "unknown"),
        (("layers", 0, "line"), -1),
        (("layers", 0, "resources"), None),
        (("secrets", 0, "keys"), "a"),
        (("commits", 0, "files"), [1]),
        (("schema_version",), 1),
    ],
)
def test_schema_refuses(example: dict[str, Any], place: tuple[str | int, ...], value: Any) -> None:
    """A value of another type, and a field that is missing, are refused."""
    changed = copy.deepcopy(example)
    *way, last = place
    holder: Any = changed
    for step in way:
        holder = holder[step]
    holder[last] = value
    assert errors(changed)
    del holder[last]
    assert errors(changed)


def test_half_of_a_surrogate_pair() -> None:
    """A name that no encoder of UTF-8 takes is written as an escape."""
    found = platform(replace(layer("apps"), description="\ud800"))
    text = dumps(found)
    assert "\\ud800" in text and text.encode()
    assert json.loads(text)["layers"][0]["description"] == "\ud800"


def plain(kind: Any) -> Any:
    """A type as its JSON: enumerations and choices of texts are texts."""
    if get_origin(kind) is Annotated:
        return plain(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return UNION if None in get_args(kind) else type(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return str
    return kind


UNION = object()


def admits(narrow: Any, wide: Any) -> bool:
    """Whether a field of the fleet takes every value that the contract allows."""
    wide = plain(wide)
    if isinstance(wide, UnionType) or get_origin(wide) is not None and NoneType in get_args(wide):
        return all(admits(narrow, kind) for kind in get_args(wide) if kind is not UnsetType)
    if isinstance(narrow, UnionType):
        return any(admits(kind, wide) for kind in get_args(narrow))
    if get_origin(narrow) is list and get_origin(wide) is tuple:
        return admits(get_args(narrow)[0], get_args(wide)[0])
    if isinstance(narrow, type) and issubclass(narrow, Struct):
        return narrows(narrow, wide) == []
    return bool(narrow is wide)


def narrows(narrow: type[Struct], wide: type[Struct]) -> list[str]:
    """The fields of a struct of the fleet that are not so in the contract."""
    own, other = get_type_hints(narrow), get_type_hints(wide, include_extras=True)
    return [
        f"{narrow.__name__}.{name}: {kind}, {other.get(name)}"
        for name, kind in own.items()
        if name not in other or not admits(kind, other[name])
    ]


def test_fleet_reads_what_the_contract_writes() -> None:
    """Each field that the fleet decodes has its name and type in the contract."""
    assert narrows(InventoryView, contract.Inventory) == []


def test_fleet_reads_both_versions(example: dict[str, Any], tmp_path: Path) -> None:
    """An inventory of version 1 gives the same member as today's."""
    path = tmp_path / "a.json"
    members = []
    for version in (2, 1):
        fields_of_then = VERSION_1["properties"] if version == 1 else example
        older = {name: value for name, value in example.items() if name in fields_of_then}
        path.write_text(json.dumps({**older, "schema_version": version}), encoding="utf-8")
        fleet = Fleet()
        fleet.add(InventoryFile(path))
        members += fleet.members
    assert members[0] == members[1]

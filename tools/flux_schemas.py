"""Write `src/gitops_docs/kubernetes/flux_schemas.json`: what each release of Flux takes for its
kinds.

    python tools/flux_schemas.py DIRECTORY

DIRECTORY holds the CRDs of each release as their projects publish them: `2.8/*.yaml`, `2.9/*.yaml`,
..., and `flux-operator/*.yaml`, whose kinds have releases of their own and are kept as one. Of a
schema that is kept which decides whether the API server takes an object; descriptions and `status`
are left out. Equal schemas are written once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from gitops_docs.kubernetes import cel

TARGET = Path(__file__).parent.parent / "src/gitops_docs/kubernetes/flux_schemas.json"
KEPT = (
    "type",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "format",
    "nullable",
    "default",
)

OPERATOR_KINDS = ("FluxInstance", "ResourceSet", "ResourceSetInputProvider")
"""Kinds that flux-operator adds to what Alerts and Receivers may name
(`internal/builder/templates.go`)."""


def main(directory: Path) -> None:
    schemas: dict[str, int] = {}
    kinds: dict[tuple[str, str], dict[str, Any]] = {}
    releases = sorted(
        (path.name for path in directory.iterdir() if path.name[0].isdigit()),
        key=lambda name: tuple(map(int, name.split("."))),
    )
    for release in (*releases, "flux-operator"):
        for path in sorted((directory / release).glob("*.yaml")):
            for crd in yaml.safe_load_all(path.read_text()):
                spec = crd["spec"]
                held = kinds.setdefault(
                    (spec["group"], spec["names"]["kind"]), {"scope": spec["scope"], "versions": {}}
                )
                for version in spec["versions"]:
                    if version["served"]:
                        number = intern(
                            compact(version["schema"]["openAPIV3Schema"], root=True), schemas
                        )
                        entry = held["versions"].setdefault(
                            version["name"], {"releases": {}, "deprecated": []}
                        )
                        entry["releases"][release] = number
                        if version.get("deprecated"):
                            entry["deprecated"].append(release)
    table = {
        "releases": releases,
        "kinds": [
            {"group": group, "kind": kind, **held} for (group, kind), held in sorted(kinds.items())
        ],
        "schemas": [json.loads(text) for text in schemas],
    }
    lines = [f'{{"releases": {json.dumps(releases)},', '"kinds": [']
    lines.append(",\n".join(json.dumps(kind) for kind in table["kinds"]))
    lines += ["],", '"schemas": [']
    lines.append(",\n".join(json.dumps(one, separators=(",", ":")) for one in table["schemas"]))
    lines.append("]}\n")
    TARGET.write_text("\n".join(lines))


def intern(schema: dict[str, Any], schemas: dict[str, int]) -> int:
    """Return the number of a schema; its parts that are mappings with fields of their own are
    numbered before it."""
    made = dict(schema)
    if "properties" in made:
        made["properties"] = {key: part(one, schemas) for key, one in made["properties"].items()}
    for key in ("items", "values"):
        if key in made:
            made[key] = part(made[key], schemas)
    return schemas.setdefault(json.dumps(made, sort_keys=True), len(schemas))


def part(schema: dict[str, Any], schemas: dict[str, int]) -> int | dict[str, Any]:
    return (
        intern(schema, schemas)
        if any(key in schema for key in ("properties", "items", "values"))
        else schema
    )


def compact(schema: dict[str, Any], root: bool = False) -> dict[str, Any]:
    made = {key: schema[key] for key in KEPT if key in schema}
    if "HelmRelease" in made.get("enum", ()):
        made["enum"] = [*made["enum"], *OPERATOR_KINDS]
    if isinstance(made.get("default"), (dict, list)) and not made["default"]:
        del made["default"]
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        made["any"] = True
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = "int-or-string"
    if schema.get("required"):
        made["required"] = [
            name
            for name in schema["required"]
            if not (root and name in ("apiVersion", "kind", "metadata", "status"))
        ]
        if not made["required"]:
            del made["required"]
    if "properties" in schema:
        made["properties"] = {
            name: compact(one)
            for name, one in sorted(schema["properties"].items())
            if not (root and name != "spec")
        }
    if "items" in schema:
        made["items"] = compact(schema["items"])
    additional = schema.get("additionalProperties")
    if isinstance(additional, dict):
        made["values"] = compact(additional)
    elif additional is True:
        made["any"] = True
    rules = [
        {
            "message": " ".join(rule.get("message", "").split()),
            "rule": cel.compile_rule(rule["rule"]),
        }
        for rule in schema.get("x-kubernetes-validations", ())
        if "oldSelf" not in rule["rule"]
    ]
    if rules:
        made["rules"] = rules
    return made


if __name__ == "__main__":
    main(Path(sys.argv[1]))

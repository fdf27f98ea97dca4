"""The machine-readable contract: a `Platform` as JSON.

In: the model. Out: the document that `gitops-docs inventory` prints and every built site publishes
as `gitops/inventory.json`; its shape is `inventory.schema.json` in this package. Lists are sorted,
one object on a line, so the same commit gives the same bytes and another one a short diff. Fields
may be added, never renamed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from gitops_docs import model
from gitops_docs.checks.formats import rows
from gitops_docs.index.addresses import Addresses, address, of_platform

SCHEMA_VERSION = 1

FAMILIES: dict[str, tuple[str, ...]] = {
    "image_automation": (
        "image_policies",
        "image_automations",
        "image_repositories",
        "image_markers",
    ),
    "exposure": ("gateways", "routes", "exposed_services", "certificates"),
    "workloads": ("workloads", "autoscalers", "disruption_budgets"),
    "storage": ("storage_classes", "volume_claims", "backups"),
    "access": ("roles", "role_bindings", "service_accounts"),
    "network_policies": ("network_policies",),
}
"""Lists of the document that hold structs of the model as they are, to the fields of `Platform`.
`kind` says which struct one is."""


def inventory(platform: model.Platform, directory: str = "platform") -> dict[str, Any]:
    """The inventory as plain values.

    Args:
        platform: What was scanned.
        directory: Site directory of the generated pages, for the pages of alerts.
    """
    lists = _lists(platform, directory)
    return {
        **head(platform),
        **{name: [write(item) for item in items] for name, (items, write) in lists.items()},
    }


def head(platform: model.Platform) -> dict[str, Any]:
    repository = platform.repository
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": {
            "url": repository.url,
            "revision": repository.revision,
            "prefix": repository.prefix,
        },
    }


def _lists(
    platform: model.Platform, directory: str
) -> dict[str, tuple[Sequence[Any], Callable[[Any], dict[str, Any]]]]:
    """Each list of the document: the objects, and how one is described."""
    at = of_platform(platform, directory)
    return {
        "clusters": (platform.clusters, _cluster),
        "layers": (platform.layers, _layer),
        "helm_releases": (platform.releases, _release),
        "images": (platform.images, _image),
        "variables": (platform.variables, _variable),
        "alerts": (platform.alerts, lambda alert: _alert(alert, at)),
        "runbooks": (platform.runbooks, _runbook),
        "findings": (rows(platform.findings), lambda row: row),
        "orphans": (platform.orphans, _orphan),
        **{
            name: (
                tuple(item for field in fields for item in getattr(platform, field)),
                msgspec.to_builtins,
            )
            for name, fields in FAMILIES.items()
        },
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of the inventory."""
    loaded: dict[str, Any] = json.loads(
        Path(__file__).with_name("inventory.schema.json").read_text(encoding="utf-8")
    )
    return loaded


def families_schema() -> dict[str, Any]:
    """The JSON Schema of the lists in `FAMILIES`, made from the structs, without references."""
    hints = get_type_hints(model.Platform)
    found = {}
    for name, fields in FAMILIES.items():
        structs = [get_args(hints[field])[0] for field in fields]
        described, parts = msgspec.json.schema_components(structs, ref_template="{name}")
        found[name] = {
            "type": "array",
            "items": {"oneOf": [_inlined(one, parts) for one in described]},
        }
    return found


def _inlined(node: Any, parts: dict[str, Any]) -> Any:
    """A schema with what it refers to in its place, and without what repeats docstrings and
    defaults."""
    if isinstance(node, list):
        return [_inlined(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(parts[node["$ref"]], parts)
    kept = {
        key: value
        for key, value in node.items()
        if key not in ("title", "default", "description") or key == "properties"
    }
    made = {
        key: {name: _inlined(one, parts) for name, one in value.items()}
        if key == "properties"
        else _inlined(value, parts)
        for key, value in kept.items()
    }
    if "properties" in made:
        made["required"] = sorted(made["properties"])
    return made


def _image(image: model.Image) -> dict[str, Any]:
    return {"layer": image.layer, "image": image.image, "file": image.file, "line": image.line}


def _runbook(runbook: model.Runbook) -> dict[str, Any]:
    return {
        "file": runbook.file,
        "title": runbook.title,
        "alerts": list(runbook.alerts),
        "applies_to": list(runbook.applies_to),
        "owner": runbook.owner,
        "last_reviewed": runbook.last_reviewed,
    }


def _orphan(orphan: model.Orphan) -> dict[str, Any]:
    return {"file": orphan.file, "kind": orphan.kind, "name": orphan.name}


def _cluster(cluster: model.Cluster) -> dict[str, Any]:
    entry = cluster.entry
    return {
        "id": cluster.id,
        "directory": cluster.directory,
        "entry": {"kind": entry.kind.value, "file": entry.file, "line": entry.line},
    }


def _layer(layer: model.Layer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "cluster": layer.cluster,
        "namespace": layer.namespace,
        "name": layer.name,
        "file": layer.file,
        "line": layer.line,
        "parent": layer.parent,
        "path": layer.path,
        "directory": layer.directory,
        "source": {
            "kind": layer.source.kind,
            "namespace": layer.source.namespace,
            "name": layer.source.name,
        },
        "status": layer.status.value,
        "reason": layer.reason,
        "suspended": layer.suspended,
        "wave": layer.wave,
        "depends_on": [
            {
                "namespace": edge.namespace,
                "name": edge.name,
                "layer": edge.layer,
                "reason": edge.reason,
                "via": edge.via,
            }
            for edge in layer.depends_on
        ],
        "health": {
            "wait": layer.health.wait,
            "checks": [
                {
                    "apiVersion": check.api_version,
                    "kind": check.kind,
                    "namespace": check.namespace,
                    "name": check.name,
                }
                for check in layer.health.checks
            ],
            "expressions": [
                {
                    "apiVersion": expression.api_version,
                    "kind": expression.kind,
                    "current": expression.current,
                    "inProgress": expression.in_progress,
                    "failed": expression.failed,
                }
                for expression in layer.health.expressions
            ],
        },
        "resources": [
            _resource(resource) for resource in layer.resources if resource.made_by is None
        ],
        "made_resources": [
            _resource(resource) for resource in layer.resources if resource.made_by is not None
        ],
        "variables": list(layer.variables),
    }


def _resource(resource: model.Resource) -> dict[str, Any]:
    described: dict[str, Any] = {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "namespace": resource.namespace,
        "name": resource.name,
        "file": resource.file,
        "line": resource.line,
    }
    if resource.generated:
        described["generated"] = True
    if resource.cluster_scoped:
        described["cluster_scoped"] = True
    if resource.partial:
        described["partial"] = resource.partial
    if resource.made_by:
        described["made_by"] = resource.made_by
    described["changed_by"] = [
        {"field": change.field, "file": change.file, "line": change.line, "was": change.was}
        for change in resource.changed_by
    ]
    return described


def _release(release: model.Release) -> dict[str, Any]:
    source = release.source
    return {
        "layer": release.layer,
        "namespace": release.namespace,
        "name": release.name,
        "chart": release.chart,
        "version": release.version,
        "source": {
            "kind": source.kind,
            "namespace": source.namespace,
            "name": source.name,
            "url": source.url,
        },
        "suspended": release.suspended,
        "file": release.file,
        "line": release.line,
        "digest": release.digest,
    }


def _variable(variable: model.Variable) -> dict[str, Any]:
    return {
        "cluster": variable.cluster,
        "layer": variable.layer,
        "name": variable.name,
        "status": variable.status.value,
        "value": variable.value,
        "defined_at": str(variable.defined_at) if variable.defined_at else None,
        "overridden": [
            {
                "status": lost.status.value,
                "value": lost.value,
                "defined_at": str(lost.defined_at) if lost.defined_at else None,
            }
            for lost in variable.overridden
        ],
        "used_at": [{"file": use.file, "line": use.line} for use in variable.used_at],
    }


def _alert(alert: model.Alert, at: Addresses) -> dict[str, Any]:
    return {
        "kind": alert.kind,
        "cluster": alert.cluster,
        "namespace": alert.namespace,
        "group": alert.group,
        "name": alert.name,
        "severity": alert.severity,
        "layer": alert.layer,
        "file": alert.file,
        "line": alert.line,
        "page": address(at.of_alert(alert)),
        "runbook": {
            "status": alert.runbook.status,
            "target": alert.runbook.target,
            "via": alert.runbook.via,
        },
        "subject": _subject(alert.subject) if alert.kind == "rule" else None,
    }


def _subject(subject: model.Subject) -> dict[str, Any]:
    return {
        "state": subject.state.value,
        "reason": subject.reason,
        "namespace": subject.namespace,
        "kind": subject.kind,
        "name": subject.name,
        "layer": subject.layer,
        "release": dict(zip(("layer", "namespace", "name"), subject.release, strict=True))
        if subject.release
        else None,
        "labels": list(subject.labels),
    }

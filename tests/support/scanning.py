"""Small repositories for tests of the whole engine: write files, scan, look at layers by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitops_docs.inventory.codec import dumps
from gitops_docs.model import Layer, Platform
from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.options import Settings


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a directory; the directory."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def scanned(root: Path, files: Mapping[str, str], settings: Settings | None = None) -> Platform:
    """The platform of a repository with these files."""
    return scan(write(root, files), settings)


def flux(
    name: str,
    path: str,
    spec: str = "",
    *,
    source: str | None = "GitRepository",
    namespace: str = "flux-system",
) -> str:
    """A Flux Kustomization in YAML; `source` is a kind or `kind/name`, `spec` is more of its spec
    in flow style."""
    kind, _, named = (source or "").partition("/")
    reference = f"sourceRef: {{kind: {kind}, name: {named or 'flux-system'}}}, " if source else ""
    return (
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{path: '{path}', {reference}interval: 10m, prune: "
        f"true{', ' + spec if spec else ''}}}\n"
    )


def config_map(name: str, namespace: str = "default", **data: str) -> str:
    """A ConfigMap in YAML."""
    lines = "".join(f"  {key}: {value}\n" for key, value in data.items())
    return (
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: '{name}', namespace: "
        f"{namespace}}}\ndata:\n{lines}"
    )


def kustomization(*resources: str, more: str = "") -> str:
    """A kustomization file in YAML."""
    listed = "".join(f"- {item}\n" for item in resources)
    return (
        f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: "
        f"Kustomization\nresources:\n{listed}{more}"
    )


def layer(platform: Platform, name: str) -> Layer:
    """The one layer of this name, or of this `cluster/name`."""
    cluster, _, last = name.rpartition("/")
    found = [one for one in platform.layers if one.name == last and cluster in ("", one.cluster)]
    assert len(found) == 1, [one.id for one in platform.layers]
    return found[0]


def names(platform: Platform, name: str) -> list[str]:
    """`Kind name` of each resource of a layer."""
    return [f"{item.kind} {item.name}" for item in layer(platform, name).resources]


def inventory(platform: Platform) -> dict[str, Any]:
    """The inventory of a platform as plain values."""
    found: dict[str, Any] = json.loads(dumps(platform))
    return found

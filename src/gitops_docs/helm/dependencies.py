"""Say which dependencies of a chart do not lie in it, which of these its values switch off, and where
each comes from.

Rules: source-controller `internal/helm/chart/dependency_manager.go`: of a chart that lies in files
each dependency that `charts/` lacks is fetched in the version of `Chart.lock`, else of `Chart.yaml`.
Helm `pkg/chart/v2/util/dependencies.go`: tags decide first, then the first condition that is a
boolean.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from gitops_docs.helm import metadata
from gitops_docs.helm.archive import Archive
from gitops_docs.helm.metadata import Dependency
from gitops_docs.model import ChartOrigin
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    as_map,
    get_path,
    plain_value,
)
from gitops_docs.yaml.parse import parse


def names_dependencies(files: Mapping[str, bytes]) -> bool:
    """Return whether a chart may have dependencies, as a quick look at two files tells."""
    return "requirements.yaml" in files or b"dependencies" in files.get("Chart.yaml", b"")


def absent(archive: Archive) -> tuple[Dependency, ...]:
    """Return the dependencies that are not in `charts/`."""
    return tuple(one for one in metadata.dependencies(archive) if not one.is_here)


def origin(dependency: Dependency) -> ChartOrigin | None:
    """Return where a dependency is fetched from; None where it is not fetched."""
    if dependency.is_local:
        return None
    return ChartOrigin(
        kind="HelmRepository",
        url=dependency.repository,
        chart=dependency.name,
        version=dependency.version,
    )


def is_enabled(dependency: Dependency, values: Map) -> bool:
    """Return whether a dependency is installed.

    Args:
        dependency: The dependency.
        values: The values of the release over the defaults of the chart.
    """
    tags = as_map(values.get("tags"))
    said = [found for tag in dependency.tags if (found := _boolean(tags.get(tag))) is not None]
    enabled = any(said) or not said
    for condition in dependency.conditions:
        found = _boolean(get_path(values, *condition.split(".")))
        if found is not None:
            return found
    return enabled


def without(archive: Archive, dependencies: Iterable[Dependency]) -> Archive:
    """Return the chart without some of its dependencies, which Helm would miss."""
    gone = {(one.name, one.alias) for one in dependencies}
    files = dict(archive.files)
    for name, _ in metadata.DEPENDENCIES:
        documents = parse(files.get(name, b""), name, seal=False).documents
        plain = plain_value(documents[0].root) if documents else None
        listed = plain.get("dependencies") if isinstance(plain, dict) else None
        if not isinstance(plain, dict) or not isinstance(listed, list):
            continue
        kept = [
            item
            for item in listed
            if not isinstance(item, dict) or (item.get("name"), item.get("alias") or "") not in gone
        ]
        # JSON is YAML, and keeps numbers and texts apart.
        files[name] = json.dumps({**plain, "dependencies": kept}).encode()
    return Archive(files)


def _boolean(node: Node | None) -> bool | None:
    found = plain_value(node)
    return found if isinstance(found, bool) else None

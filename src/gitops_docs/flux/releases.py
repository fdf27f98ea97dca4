"""HelmReleases: chart, version and where it was set, source, effective values.

In: a rendered HelmRelease and the objects of its cluster. Out: a `model.Release`.
Rules: helm-controller `docs/spec/v2/helmreleases.md`, source-controller `ocirepositories.md` (digest over semver over tag).
"""

from __future__ import annotations

import hashlib
from typing import Any

from gitops_docs import redaction
from gitops_docs.flux import objects
from gitops_docs.flux.index import ObjectIndex
from gitops_docs.kustomize import Rendered
from gitops_docs.model import ChartValue, Location, Release, SourceRef
from gitops_docs.nodes import (
    Map,
    Scalar,
    Sealed,
    as_map,
    as_seq,
    as_text,
    deep_merge,
    get_path,
    is_null,
    is_true,
    mapping,
)
from gitops_docs.repository.yaml import parse_inline

MAX_VALUES = 500
"""Most leaves of a release's values that are listed."""


def release(rendered: Rendered, layer: str, cluster: str, index: ObjectIndex, description: str | None) -> Release:
    """The release that a HelmRelease object describes."""
    data = rendered.data
    spec = as_map(data.get("spec"))
    namespace = objects.namespace(data)
    chart, version_node, source, version_owner = _chart(spec, rendered, namespace, index)
    digest = objects.text(get_path(version_owner.data, "spec", "ref", "digest"))
    values, values_from, partial = _values(spec, namespace, index)
    was, was_at = _before(version_owner, version_node)
    version = objects.text(version_node)
    target = objects.text(spec.get("targetNamespace"))
    return Release(
        layer=layer,
        cluster=cluster,
        namespace=namespace,
        name=objects.name(data),
        chart=chart,
        version=version,
        source=source,
        suspended=is_true(spec.get("suspend")),
        file=rendered.file,
        line=rendered.line,
        version_set_at=_location(version_node),
        version_was=was,
        version_was_at=was_at,
        target_namespace=target,
        release_name=_release_name(objects.text(spec.get("releaseName")), target, objects.name(data)),
        depends_on=tuple(
            (objects.text(item.get("namespace")) or namespace, objects.text(item.get("name")) or "")
            for item in as_seq(spec.get("dependsOn"))
            if type(item) is Map
        ),
        values_from=values_from,
        values=values,
        interval=objects.text(spec.get("interval")),
        timeout=objects.text(spec.get("timeout")),
        description=description,
        partial=partial,
        places=objects.places(spec),
        storage_namespace=objects.text(spec.get("storageNamespace")),
        digest=digest,
    )


def _chart(spec: Map, rendered: Rendered, namespace: str, index: ObjectIndex) -> tuple[str, Any, SourceRef, Rendered]:
    """Chart name, the node that holds its version, its source, and the object that the version stands in."""
    reference = as_map(spec.get("chartRef"))
    owner = rendered
    if reference:
        kind = objects.text(reference.get("kind")) or ""
        name = objects.text(reference.get("name")) or ""
        where = objects.text(reference.get("namespace")) or namespace
        found = index.get(kind, where, name)
        if kind != "HelmChart" or found is None:
            if found is None:
                return name, None, SourceRef(kind, where, name), owner
            url = objects.text(get_path(found.rendered.data, "spec", "url"))
            chart = url.rstrip("/").rpartition("/")[2] if url else name
            return (
                chart,
                _oci_version(found.rendered.data),
                SourceRef(kind, where, name, _shown_url(url)),
                found.rendered,
            )
        owner, namespace = found.rendered, where
        chart_spec = as_map(found.rendered.data.get("spec"))
    else:
        chart_spec = as_map(get_path(spec, "chart", "spec"))
    source = as_map(chart_spec.get("sourceRef"))
    kind = objects.text(source.get("kind")) or ""
    name = objects.text(source.get("name")) or ""
    where = objects.text(source.get("namespace")) or namespace
    declared = index.get(kind, where, name)
    url = objects.text(get_path(declared.rendered.data, "spec", "url")) if declared else None
    return (
        objects.text(chart_spec.get("chart")) or "",
        chart_spec.get("version"),
        SourceRef(kind, where, name, _shown_url(url)),
        owner,
    )


def _oci_version(data: Map) -> Any:
    """What names the version: `semver` over `tag`. A digest wins over both in Flux, and names no version: it stands alone only."""
    reference = as_map(get_path(data, "spec", "ref"))
    return next(
        (reference[key] for key in ("semver", "tag", "digest") if as_text(reference.get(key)) is not None), None
    )


def _shown_url(url: str | None) -> str | None:
    return redaction.without_credentials(url) if url else None


def _location(node: Any) -> Location | None:
    return Location(node.file, node.line) if type(node) is Scalar and node.file else None


def _before(owner: Rendered, version: Any) -> tuple[str | None, Location | None]:
    """What the version was in the object's own file, where something else set it."""
    if owner.original is None or type(version) is not Scalar:
        return None, None
    for path in (
        ("spec", "chart", "spec", "version"),
        ("spec", "version"),
        ("spec", "ref", "digest"),
        ("spec", "ref", "semver"),
        ("spec", "ref", "tag"),
    ):
        if get_path(owner.data, *path) is version:
            original = get_path(owner.original, *path)
            if type(original) is Scalar and original is not version and not is_null(original):
                return str(original), _location(original)
    return None, None


def _release_name(given: str | None, target: str | None, name: str) -> str:
    """`[<targetNamespace>-]<name>`; over 53 characters the first 40, `-` and 12 hex digits of its SHA-256 (`release_name.go`)."""
    full = given or (f"{target}-{name}" if target else name)
    if len(full) <= 53:
        return full
    return f"{full[:40]}-{hashlib.sha256(full.encode()).hexdigest()[:12]}"


def _values(
    spec: Map, namespace: str, index: ObjectIndex
) -> tuple[tuple[ChartValue, ...], tuple[str, ...], str | None]:
    """Effective values: `valuesFrom` in order, then inline, then what has a `targetPath`; what comes from a Secret is not read."""
    merged = mapping()
    overlays: list[tuple[str, Any]] = []
    named: list[str] = []
    missing: list[str] = []
    for item in as_seq(spec.get("valuesFrom")):
        if type(item) is not Map:
            continue
        kind = objects.text(item.get("kind")) or ""
        name = objects.text(item.get("name")) or ""
        key = objects.text(item.get("valuesKey")) or "values.yaml"
        target = objects.text(item.get("targetPath"))
        named.append(f"{kind}/{name} ({key}{' to ' + target if target else ''})")
        found = index.get(kind, namespace, name) if kind == "ConfigMap" else None
        held = as_map(found.rendered.data.get("data")).get(key) if found else None
        if type(held) is not Scalar and type(held) is not Sealed:
            if not is_true(item.get("optional")):
                missing.append(f"{kind}/{name}")
        elif target:
            overlays.append((target, held))
        else:
            parsed = parse_inline(held)
            if parsed.closed:
                missing.append(f"{kind}/{name}")
            if parsed.documents and type(parsed.documents[0].root) is Map:
                merged = deep_merge(merged, parsed.documents[0].root)
    merged = deep_merge(merged, as_map(spec.get("values")))
    leaves: list[tuple[str, tuple[str | int, ...] | None, Any]] = [
        (_dotted(path), judged, node) for path, node, judged in redaction.leaves(merged)
    ]
    leaves += [(target, None, node) for target, node in overlays]
    partial = f"values from {', '.join(missing)} are not in the repository or secret" if missing else None
    listed = []
    for dotted, judged, node in leaves[:MAX_VALUES]:
        if type(node) is Scalar:
            text = str(node)
            kept = redaction.shown_field(dotted, text) if judged is None else redaction.shown(judged, text)
            listed.append(ChartValue(dotted, kept, node.file, node.line))
        elif type(node) is Sealed:
            listed.append(ChartValue(dotted, None, node.file, node.line))
    if len(leaves) > MAX_VALUES:
        partial = "; ".join(filter(None, [partial, f"only the first {MAX_VALUES} of {len(leaves)} values are listed"]))
    return tuple(listed), tuple(named), partial


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text

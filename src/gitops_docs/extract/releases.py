"""Read HelmReleases: chart, version and where it was set, source, effective values.

In: a rendered HelmRelease and the objects of its cluster. Out: a `model.Release`. Rules:
helm-controller `docs/spec/v2/helmreleases.md`, source-controller `ocirepositories.md` (digest over
semver over tag).
"""

from __future__ import annotations

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.extract.charts.patches import patch_faults
from gitops_docs.extract.charts.values import effective_values
from gitops_docs.flux.objects import Applied, ObjectIndex
from gitops_docs.helm import schema
from gitops_docs.helm.charts import LocalChart, LocalCharts, source_key
from gitops_docs.helm.dependencies import is_enabled, origin
from gitops_docs.helm.render.sources import LocalSource
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import CHART_FILE_KINDS
from gitops_docs.kustomize import Rendered
from gitops_docs.model import (
    ChartOrigin,
    Location,
    Release,
    SourceRef,
)
from gitops_docs.repository.tree import clamp
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    as_map,
    as_seq,
    as_text,
    deep_merge,
    get_path,
    is_null,
    is_true,
    plain_value,
)


class ReleaseInput(Struct, frozen=True):
    """What the chart of a release is rendered from."""

    namespace: str
    name: str
    rendered: Rendered
    values: Map
    """Its effective values, without the defaults of the chart. What comes from a Secret is
    sealed."""
    local: LocalSource | None
    """Where the chart lies, if that is in files."""


def release(
    rendered: Rendered,
    layer: str,
    cluster: str,
    index: ObjectIndex,
    description: str | None,
    charts: LocalCharts,
) -> tuple[Release, Map, ReleaseInput]:
    """Read a HelmRelease.

    Returns:
        The release with its effective values, the defaults of a chart in the repository among
        them, and what its chart is rendered from.
    """
    data = rendered.data
    spec = as_map(data.get("spec"))
    namespace = objects.namespace(data)
    chart = _chart(spec, rendered, namespace, index, charts)
    digest = objects.text(get_path(chart.owner.data, "spec", "ref", "digest"))
    values = effective_values(spec, rendered, namespace, index)
    merged = (
        deep_merge(chart.local.defaults, values.merged)
        if chart.local is not None
        else values.merged
    )
    was, was_at = _before(chart.owner, chart.version)
    target = objects.text(spec.get("targetNamespace"))
    found = Release(
        layer=layer,
        cluster=cluster,
        namespace=namespace,
        name=objects.name(data),
        chart=chart.name,
        version=objects.text(chart.version),
        source=chart.source,
        suspended=is_true(spec.get("suspend")),
        file=rendered.file,
        line=rendered.line,
        version_set_at=_location(chart.version),
        version_was=was,
        version_was_at=was_at,
        target_namespace=target,
        release_name=_release_name(
            objects.text(spec.get("releaseName")), target, objects.name(data)
        ),
        depends_on=tuple(
            (objects.text(item.get("namespace")) or namespace, objects.text(item.get("name")) or "")
            for item in as_seq(spec.get("dependsOn"))
            if type(item) is Map
        ),
        values_from=values.named,
        values=values.listed,
        interval=objects.text(spec.get("interval")),
        timeout=objects.text(spec.get("timeout")),
        description=description,
        partial=values.partial,
        places=objects.places(spec),
        service_account=objects.text(spec.get("serviceAccountName")),
        storage_namespace=objects.text(spec.get("storageNamespace")),
        digest=digest,
        values_references=values.references,
        chart_fault=_fault(chart),
        ignored_version=chart.ignored,
        chart_origin=_origin(chart),
        patch_faults=tuple(patch_faults(spec, rendered.file, rendered.line)),
        chart_dependencies=_dependencies(chart, merged, index),
    )
    actions = (as_map(spec.get(action)) for action in ("install", "upgrade"))
    without_schema = all(is_true(action.get("disableSchemaValidation")) for action in actions)
    if chart.local is not None and chart.local.schema is not None and not without_schema:
        checked = schema.check(
            plain_value(chart.local.schema), merged, partial=values.partial is not None
        )
        found = replace(found, values_refused=checked.refused)
    if charts.inspect is not None:
        found = charts.inspect(found, values.merged, without_schema)
    wanted = ReleaseInput(namespace, found.name, rendered, values.for_chart, _local_source(chart))
    return found, merged, wanted


def _local_source(chart: _Chart) -> LocalSource | None:
    path = objects.text(chart.spec.get("chart"))
    if chart.source.kind not in CHART_FILE_KINDS or not path:
        return None
    return LocalSource(
        chart.source.kind,
        chart.source.namespace,
        chart.source.name,
        clamp(path),
        tuple(
            clamp(str(item))
            for item in as_seq(chart.spec.get("valuesFiles"))
            if type(item) is Scalar
        ),
        is_true(chart.spec.get("ignoreMissingValuesFiles")),
    )


class _Chart(Struct, frozen=True, kw_only=True):
    """What a release says of its chart: `version` is the node that holds it, `owner` the object
    that the node stands in."""

    name: str
    version: Node | None
    source: SourceRef
    owner: Rendered
    spec: Map
    local: LocalChart | None = None
    ignored: tuple[str, Location] | None = None
    declared: Map | None = None
    """The HelmRepository or OCIRepository, where it is in this repository."""


def _chart(
    spec: Map, rendered: Rendered, namespace: str, index: ObjectIndex, charts: LocalCharts
) -> _Chart:
    reference = as_map(spec.get("chartRef"))
    owner = rendered
    if reference:
        kind = objects.text(reference.get("kind")) or ""
        name = objects.text(reference.get("name")) or ""
        where = objects.text(reference.get("namespace")) or namespace
        found = index.get(kind, where, name)
        if kind != "HelmChart" or found is None:
            if found is None:
                return _Chart(
                    name=name,
                    version=None,
                    source=SourceRef(kind, where, name),
                    owner=owner,
                    spec=reference,
                )
            url = objects.text(get_path(found.rendered.data, "spec", "url"))
            return _Chart(
                name=url.rstrip("/").rpartition("/")[2] if url else name,
                version=_oci_version(found.rendered.data),
                source=SourceRef(kind, where, name, _shown_url(url)),
                owner=found.rendered,
                spec=reference,
                declared=found.rendered.data,
            )
        owner, namespace = found.rendered, where
        chart_spec = as_map(found.rendered.data.get("spec"))
    else:
        chart_spec = as_map(get_path(spec, "chart", "spec"))
    kind, where, name = key = source_key(chart_spec, namespace)
    declared = index.get(kind, where, name)
    url = objects.text(get_path(declared.rendered.data, "spec", "url")) if declared else None
    made = _Chart(
        name=objects.text(chart_spec.get("chart")) or "",
        version=chart_spec.get("version"),
        source=SourceRef(kind, where, name, _shown_url(url)),
        owner=owner,
        spec=chart_spec,
        declared=declared.rendered.data if declared is not None else None,
    )
    return made if kind not in _IGNORING else _from_files(made, key, declared, charts)


_IGNORING = frozenset({"GitRepository", "Bucket"})
"""Kinds of sources for which Flux ignores the version of a chart: the source's own reference
decides."""


def _from_files(
    chart: _Chart, key: tuple[str, str, str], declared: Applied | None, charts: LocalCharts
) -> _Chart:
    """Return a chart from a GitRepository or a Bucket: its version is that of its Chart.yaml, else
    what the source follows."""
    written = chart.version
    ignored = None
    if type(written) is Scalar and not is_null(written) and str(written).strip() not in ("", "*"):
        ignored = str(written), _location(written) or Location(chart.owner.file, chart.owner.line)
    local = charts.chart(chart.spec, key)
    version: Node | None = local.version if local is not None else None
    owner = chart.owner
    if version is None and local is None and declared is not None:
        reference = as_map(get_path(declared.rendered.data, "spec", "ref"))
        version = next(
            (
                reference[name]
                for name in ("commit", "semver", "tag", "name", "branch")
                if name in reference
            ),
            None,
        )
        owner = declared.rendered
    name = chart.name.rstrip("/").rpartition("/")[2] or chart.name
    return replace(
        chart,
        name=local.name or name if local is not None else name,
        version=version,
        local=local,
        ignored=ignored,
        owner=owner,
    )


def _origin(chart: _Chart) -> ChartOrigin | None:
    """Return where a chart comes from that no source of this repository holds."""
    kind = chart.source.kind
    if (
        chart.declared is None
        or kind not in ("HelmRepository", "OCIRepository")
        or chart.source.url is None
    ):
        return None
    spec = as_map(chart.declared.get("spec"))
    files = tuple(
        str(item) for item in as_seq(chart.spec.get("valuesFiles")) if type(item) is Scalar
    )
    if kind == "HelmRepository":
        return ChartOrigin(
            kind=kind,
            url=chart.source.url,
            chart=chart.name,
            version=(objects.text(chart.version) or "").strip(),
            insecure=is_true(spec.get("insecure")),
            values_files=files,
            ignore_missing_values_files=is_true(chart.spec.get("ignoreMissingValuesFiles")),
        )
    reference = as_map(spec.get("ref"))
    return ChartOrigin(
        kind=kind,
        url=chart.source.url,
        version=objects.text(reference.get("semver")) or "",
        tag=objects.text(reference.get("tag")) or "",
        digest=objects.text(reference.get("digest")) or "",
        semver_filter=objects.text(reference.get("semverFilter")) or "",
        media_type=objects.text(get_path(spec, "layerSelector", "mediaType")) or "",
        insecure=is_true(spec.get("insecure")),
    )


def _dependencies(chart: _Chart, values: Map, index: ObjectIndex) -> tuple[ChartOrigin, ...]:
    """Return where the dependencies come from that a chart in files lacks and its values ask for.
    As in Flux, a HelmRepository of the same address in the namespace of the chart's source says how
    its registry is asked (`resolveDependencyRepository` of source-controller)."""
    absent = chart.local.absent if chart.local is not None else ()
    found = [made for one in absent if is_enabled(one, values) and (made := origin(one))]
    if not found:
        return ()
    insecure = {
        _same_address(objects.text(spec.get("url")))
        for applied in index.of_kind("HelmRepository")
        if applied.rendered.key[1] == chart.source.namespace
        and is_true((spec := as_map(applied.rendered.data.get("spec"))).get("insecure"))
    }
    return tuple(replace(one, insecure=_same_address(one.url) in insecure) for one in found)


def _same_address(url: str | None) -> str:
    """Return an address as addresses of repositories are compared."""
    return (url or "").strip().rstrip("/")


def _fault(chart: _Chart) -> tuple[str, Location] | None:
    local = chart.local
    if local is None:
        return None
    place = Location(chart.owner.file, chart.owner.line)
    if local.fault is not None:
        named = local.fault_at if local.fault_at is not None else chart.spec.get("chart")
        return local.fault, _location(named) or place
    if local.missing:
        source = f"{chart.source.kind} {chart.source.namespace}/{chart.source.name}"
        why = f"the values file `{local.missing[0]}` does not exist in {source}; correct the path"
        return why, _location(local.missing[0]) or place
    return None


def _oci_version(data: Map) -> Node | None:
    """Return what names the version: `semver` over `tag`. A digest wins over both in Flux, and
    names no version: it stands alone only."""
    reference = as_map(get_path(data, "spec", "ref"))
    return next(
        (
            reference[key]
            for key in ("semver", "tag", "digest")
            if as_text(reference.get(key)) is not None
        ),
        None,
    )


def _shown_url(url: str | None) -> str | None:
    return redaction.without_credentials(url) if url else None


def _location(node: Node | None) -> Location | None:
    return Location(node.file, node.line) if type(node) is Scalar and node.file else None


def _before(owner: Rendered, version: Node | None) -> tuple[str | None, Location | None]:
    """Return the version in the object's own file, where something else has set the present one."""
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
    """`[<targetNamespace>-]<name>`; over 53 characters the first 40, `-` and 12 hex digits of its
    SHA-256 (`release_name.go`)."""
    full = given or (f"{target}-{name}" if target else name)
    if len(full) <= 53:
        return full
    return f"{full[:40]}-{hashlib.sha256(full.encode()).hexdigest()[:12]}"

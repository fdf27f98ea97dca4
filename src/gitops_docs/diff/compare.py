"""Compare two scans: what a change does to a platform.

In: two `Scan`s of one repository. Out: a `Comparison` of plain values: layers, objects field by
field, chart versions, images, variables, alerts, findings, and what waits for the layers that
change. Nothing in it is a secret's value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from gitops_docs.diff.charts import ChartDiff, chart_diffs
from gitops_docs.diff.objects import LOSES, Difference, differences
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.index.across.environments import environments
from gitops_docs.index.graph import Graph
from gitops_docs.index.runbooks import alerts_of, runbooks_of
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.images import split_image
from gitops_docs.kubernetes.versions import step
from gitops_docs.kustomize import Rendered
from gitops_docs.model import (
    Alert,
    Finding,
    Image,
    Layer,
    LayerStatus,
    Platform,
    Release,
    Resource,
    Variable,
    cluster_of,
)
from gitops_docs.scanner.scanner import Scan
from gitops_docs.text import memo
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import object_key, written


class FieldDiff(Struct, frozen=True):
    """A fact of a layer before and after."""

    name: str
    was: str
    becomes: str


class LayerDiff(Struct, frozen=True):
    """A layer that is new, gone or other than before. `how` is `added`, `removed` or `changed`."""

    layer: str
    how: str
    file: str
    line: int
    fields: tuple[FieldDiff, ...] = ()
    objects: int = 0
    """How many of its objects differ."""


class ObjectDiff(Struct, frozen=True):
    """An object that is new, gone or other than before, in one layer."""

    layer: str
    how: str
    label: str
    file: str
    line: int
    fields: tuple[Difference, ...] = ()
    consequence: str | None = None
    """For an object that is gone: what Flux does with it in the cluster."""
    loses: bool = False


class ReleaseDiff(Struct, frozen=True):
    """A Helm release that is new, gone, or has another chart or version. `step` is `major`,
    `minor`, `patch`, `down` or empty."""

    layer: str
    how: str
    name: str
    chart: str
    was: str | None
    becomes: str | None
    step: str
    file: str
    line: int


class ImageDiff(Struct, frozen=True):
    """An image of a layer: its tags before and after, empty where there were none."""

    layer: str
    image: str
    was: tuple[str, ...]
    becomes: tuple[str, ...]


class VariableDiff(Struct, frozen=True):
    """A variable of a layer that is new, gone or has another value; None for a value that is secret
    or not known."""

    layer: str
    how: str
    name: str
    was: str | None
    becomes: str | None
    status: str


class Reach(Struct, frozen=True):
    """A layer that changes, and the layers that wait for it, directly or not."""

    layer: str
    dependents: tuple[str, ...]
    suspended: bool


class RunbookHint(Struct, frozen=True):
    """A runbook to have at hand: for which layers that change, and by which alert or page it is
    known."""

    target: str
    title: str
    layers: tuple[str, ...]
    alerts: tuple[str, ...]


class Side(Struct, frozen=True):
    """One of the two revisions."""

    name: str
    files: str | None = None
    """Address of its files on the forge, with `/` at the end; None where it is not known, or the
    files are not committed."""


class Comparison(Struct, frozen=True):
    """The effect of a change on a platform; each list is sorted."""

    base: str
    head: str
    base_files: str | None = None
    """Address of the files of the base on the forge, with `/` at the end; None where it is not
    known."""
    head_files: str | None = None
    """The same of the head; None too where the files are not committed."""
    last_environment: str | None = None
    """Name of the environment that is promoted to last; None where the order is not known."""
    last_clusters: tuple[str, ...] = ()
    clusters_added: tuple[str, ...] = ()
    clusters_removed: tuple[str, ...] = ()
    layers: tuple[LayerDiff, ...] = ()
    objects: tuple[ObjectDiff, ...] = ()
    releases: tuple[ReleaseDiff, ...] = ()
    charts: tuple[ChartDiff, ...] = ()
    """What is other inside the charts of releases."""
    images: tuple[ImageDiff, ...] = ()
    variables: tuple[VariableDiff, ...] = ()
    alerts_added: tuple[str, ...] = ()
    alerts_removed: tuple[str, ...] = ()
    reach: tuple[Reach, ...] = ()
    runbooks: tuple[RunbookHint, ...] = ()
    findings_new: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the change does nothing that can be seen from here."""
        return not any(
            (
                self.clusters_added, self.clusters_removed, self.layers, self.objects, self.releases, self.charts, self.images,
                self.variables,
                self.alerts_added, self.alerts_removed, self.findings_new, self.findings_gone,
            )
        )  # fmt: skip


def compare(before: Scan, after: Scan, base: str | Side, head: str | Side) -> Comparison:
    """Compare two scans of a repository.

    Args:
        before: The scan of the older revision.
        after: The scan of the newer one.
        base: What to call the older one, or that and where its files are.
        head: The same of the newer one.
    """
    one, other = (Side(side) if isinstance(side, str) else side for side in (base, head))
    with memo.scope():
        return _compare(before, after, one, other)


def _compare(before: Scan, after: Scan, base: Side, head: Side) -> Comparison:
    old, new = before.platform, after.platform
    objects = _objects(_State.of(before), _State.of(after))
    layers = _layers(old, new, objects)
    touched = [diff.layer for diff in layers if diff.how != "removed"]
    clusters = {cluster.id for cluster in old.clusters}, {cluster.id for cluster in new.clusters}
    alerts = {_alert(alert) for alert in old.alerts}, {_alert(alert) for alert in new.alerts}
    graph = Graph.of(new.layers)
    suspended = {layer.id for layer in new.layers if layer.suspended}
    stages = environments(sorted(clusters[1]), new.environments)
    last = stages.last if stages.is_ordered and len(stages.stages) > 1 else None
    return Comparison(
        base=base.name,
        head=head.name,
        base_files=base.files,
        head_files=head.files,
        last_environment=last.name if last is not None else None,
        last_clusters=tuple(sorted(last.clusters)) if last is not None else (),
        clusters_added=tuple(sorted(clusters[1] - clusters[0])),
        clusters_removed=tuple(sorted(clusters[0] - clusters[1])),
        layers=layers,
        objects=objects,
        releases=_releases(old, new),
        charts=_charts(before, after),
        images=_images(old, new),
        variables=_variables(old, new),
        alerts_added=tuple(sorted(alerts[1] - alerts[0])),
        alerts_removed=tuple(sorted(alerts[0] - alerts[1])),
        reach=tuple(
            Reach(identity, graph.dependents(identity), identity in suspended)
            for identity in touched
        ),
        runbooks=_runbooks(new, touched),
        findings_new=_new_findings(new.findings, old.findings),
        findings_gone=_gone_findings(old.findings, new.findings),
    )


_Name = tuple[str, str, str, str]
"""API group, kind, namespace and name."""


class _State(Struct, frozen=True):
    """The look-ups of one of the two scans."""

    layers: dict[str, Layer]
    objects: dict[str, dict[_Name, tuple[Rendered, Resource]]]
    """Layer to its objects. A generated name's hash belongs to the content, so it is left out of
    the name."""
    homes: dict[tuple[str, _Name], list[str]]
    """Cluster and object to the layers that apply it."""

    @classmethod
    def of(cls, scan: Scan) -> _State:
        layers = {layer.id: layer for layer in scan.platform.layers}
        objects = {
            identity: dict(_named(built, layers[identity]))
            for identity, built in scan.built.items()
        }
        homes: dict[tuple[str, _Name], list[str]] = defaultdict(list)
        for identity in sorted(objects):
            for name in objects[identity]:
                homes[layers[identity].cluster, name].append(identity)
        return cls(layers, objects, homes)


_HASH = Pattern(r"-[24-9bcdfghkmt]{10}\z")
"""The suffix of generated names (`hasher.go` of kustomize replaces vowels and what looks like
them)."""


def _named(built: RenderedLayer, layer: Layer) -> Iterator[tuple[_Name, tuple[Rendered, Resource]]]:
    resources = {(r.api_version, r.kind, r.namespace or "", r.name): r for r in layer.resources}
    for item in built.objects:
        kind, namespace, own = object_key(item.data)
        resource = resources.get((written(item.data.get("apiVersion")), kind, namespace, own))
        if resource is not None:
            name = _HASH.sub("", resource.name) if resource.generated else resource.name
            yield (resource.group, kind, resource.namespace or "", name), (item, resource)


def _objects(old: _State, new: _State) -> tuple[ObjectDiff, ...]:
    found: list[ObjectDiff] = []
    for identity in sorted({*old.objects, *new.objects}):
        was, becomes = old.objects.get(identity, {}), new.objects.get(identity, {})
        for name in sorted({*was, *becomes}):
            left, right = was.get(name), becomes.get(name)
            if left is not None and right is not None:
                fields = differences(left[0].data, right[0].data)
                if fields:
                    found.append(_object(identity, "changed", right, fields))
            elif right is not None:
                found.append(_object(identity, "added", right))
            elif left is not None:
                found.append(_gone(identity, name, left, new))
    return tuple(found)


def _object(
    layer: str, how: str, found: tuple[Rendered, Resource], fields: tuple[Difference, ...] = ()
) -> ObjectDiff:
    item, resource = found
    label = _HASH.sub("", resource.label) if resource.generated else resource.label
    return ObjectDiff(layer, how, label, item.file, item.line, fields)


def _gone(identity: str, name: _Name, left: tuple[Rendered, Resource], new: _State) -> ObjectDiff:
    """Return an object that a layer no longer has: moved to another one, deleted by pruning, or
    left behind."""
    homes = new.homes.get((cluster_of(identity), name), [])
    after = new.layers.get(identity)
    loses = left[1].kind in LOSES
    if homes:
        consequence, loses = f"is applied by {homes[0]} instead", False
    elif _is_pruning_disabled(left[0]):
        consequence, loses = "stays in the cluster: pruning is disabled on it", False
    elif after is None:
        consequence = "goes with its layer, if that is pruned"
    elif after.status is LayerStatus.FAILED:
        consequence, loses = "stays in the cluster: Flux rejects the layer", False
    elif after.status is LayerStatus.EXTERNAL:
        consequence, loses = "is not known any more: the layer's source is elsewhere", False
    elif not after.prune:
        consequence, loses = "stays in the cluster: the layer does not prune", False
    else:
        consequence = (
            f"is deleted from the cluster{' once the layer is resumed' if after.suspended else ''}"
        )
        if after.status is LayerStatus.PARTIAL:
            consequence += ", unless it is in the part of the layer that is not known"
    return replace(_object(identity, "removed", left), consequence=consequence, loses=loses)


def _is_pruning_disabled(item: Rendered) -> bool:
    return ("prune", "disabled") in objects.policies(item.data)


_FACTS: Mapping[str, Callable[[Layer], str]] = {
    "path": lambda layer: layer.path,
    "source": lambda layer: f"{layer.source.kind} {layer.source.namespace}/{layer.source.name}",
    "dependsOn": lambda layer: ", ".join(sorted(f"{edge.namespace}/{edge.name}" for edge in layer.depends_on)) or "nothing",
    "suspend": lambda layer: str(layer.suspended).lower(),
    "prune": lambda layer: str(layer.prune).lower(),
    "wait": lambda layer: str(layer.health.wait).lower(),
    "health checks": lambda layer: str(len(layer.health.checks)),
    "wave": lambda layer: str(layer.wave or "never"),
    "status": lambda layer: layer.status.value,
    "interval": lambda layer: layer.interval or "default",
    "timeout": lambda layer: layer.timeout or "default",
    "force": lambda layer: str(layer.force).lower(),
    "target namespace": lambda layer: layer.target_namespace or "none",
    "service account": lambda layer: layer.service_account or "none",
    "deletion policy": lambda layer: layer.deletion_policy or "default",
}  # fmt: skip


def _layers(old: Platform, new: Platform, objects: tuple[ObjectDiff, ...]) -> tuple[LayerDiff, ...]:
    was, becomes = (
        {layer.id: layer for layer in old.layers},
        {layer.id: layer for layer in new.layers},
    )
    numbers: dict[str, int] = defaultdict(int)
    for item in objects:
        numbers[item.layer] += 1
    found = []
    for identity in sorted({*was, *becomes}):
        left, right = was.get(identity), becomes.get(identity)
        if right is None and left is not None:
            found.append(
                LayerDiff(identity, "removed", left.file, left.line, objects=numbers[identity])
            )
        elif left is None and right is not None:
            found.append(
                LayerDiff(identity, "added", right.file, right.line, objects=numbers[identity])
            )
        elif left is not None and right is not None:
            fields = tuple(
                FieldDiff(n, fact(left), fact(right))
                for n, fact in _FACTS.items()
                if fact(left) != fact(right)
            )
            if fields or numbers[identity]:
                found.append(
                    LayerDiff(
                        identity, "changed", right.file, right.line, fields, numbers[identity]
                    )
                )
    return tuple(found)


def _releases(old: Platform, new: Platform) -> tuple[ReleaseDiff, ...]:
    def key(release: Release) -> tuple[str, str, str]:
        return release.layer, release.namespace, release.name

    was, becomes = (
        {key(release): release for release in old.releases},
        {key(release): release for release in new.releases},
    )
    found = []
    for identity in sorted({*was, *becomes}):
        left, right = was.get(identity), becomes.get(identity)
        here = right or left
        assert here is not None
        if (
            left is not None
            and right is not None
            and (left.chart, left.version) == (right.chart, right.version)
        ):
            continue
        how = "added" if left is None else "removed" if right is None else "changed"
        chart = (
            here.chart
            if left is None or left.chart == here.chart
            else f"{left.chart} → {here.chart}"
        )
        place = (right.version_set_at if right else None) or here
        found.append(
            ReleaseDiff(
                here.layer,
                how,
                f"{here.namespace}/{here.name}",
                chart,
                left.version if left else None,
                right.version if right else None,
                step(left.version, right.version) if left and right else "",
                place.file,
                place.line,
            )
        )
    return tuple(found)


def _charts(before: Scan, after: Scan) -> tuple[ChartDiff, ...]:
    def by_layer(platform: Platform) -> dict[str, dict[tuple[str, str], Release]]:
        found: dict[str, dict[tuple[str, str], Release]] = defaultdict(dict)
        for release in platform.releases:
            found[release.layer][release.namespace, release.name] = release
        return found

    old, new = by_layer(before.platform), by_layer(after.platform)
    return tuple(
        diff
        for layer in sorted({*old} & {*new})
        for diff in chart_diffs(
            layer,
            before.chart_objects(layer),
            after.chart_objects(layer),
            (old[layer], new[layer]),
            (before.chart_defaults, after.chart_defaults),
        )
    )


def _images(old: Platform, new: Platform) -> tuple[ImageDiff, ...]:
    def tags(images: Iterable[Image]) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for image in images:
            reference = split_image(image.image)
            found[image.layer, reference.name].add(reference.version or "(no tag)")
        return found

    was, becomes = tags(old.images), tags(new.images)
    return tuple(
        ImageDiff(layer, name, tuple(sorted(left)), tuple(sorted(right)))
        for layer, name in sorted({*was, *becomes})
        if (left := was.get((layer, name), set())) != (right := becomes.get((layer, name), set()))
    )


def _variables(old: Platform, new: Platform) -> tuple[VariableDiff, ...]:
    def facts(variable: Variable) -> tuple[str | None, str, str | None]:
        return variable.value, variable.status.value, variable.provider

    was = {(variable.layer, variable.name): variable for variable in old.variables}
    becomes = {(variable.layer, variable.name): variable for variable in new.variables}
    found = []
    for identity in sorted({*was, *becomes}):
        left, right = was.get(identity), becomes.get(identity)
        if left is not None and right is not None and facts(left) == facts(right):
            continue
        how = "added" if left is None else "removed" if right is None else "changed"
        here = right or left
        assert here is not None
        found.append(
            VariableDiff(
                *identity[:1],
                how,
                identity[1],
                left.value if left else None,
                right.value if right else None,
                here.status.value,
            )
        )
    return tuple(found)


def _alert(alert: Alert) -> str:
    return (
        f"{alert.name} ({alert.cluster})"
        if alert.kind == "rule"
        else f"Alert {alert.namespace}/{alert.name} ({alert.cluster})"
    )


def _runbooks(platform: Platform, touched: list[str]) -> tuple[RunbookHint, ...]:
    """Return the pages that apply to the changed layers, and the runbooks of the alerts of these
    layers."""
    layers: dict[str, set[str]] = defaultdict(set)
    alerts: dict[str, set[str]] = defaultdict(set)
    for identity in touched:
        for book in runbooks_of(platform, identity):
            if identity in book.layers or any(layer == identity for layer, _, _ in book.releases):
                layers[book.source or book.file].add(identity)
        for alert in alerts_of(platform, identity):
            link = alert.runbook
            # A chart links a page for each of its alerts: a hundred, and none about the change.
            is_linked = link.status == "external" and alert.origin is None
            if link.target and (link.status == "own" or is_linked):
                target = next(
                    (book.source for book in platform.runbooks if book.file == link.page),
                    link.target,
                )
                layers[target].add(identity)
                alerts[target].add(alert.name)
    titles = {book.source or book.file: book.title for book in platform.runbooks}
    return tuple(
        RunbookHint(
            target,
            titles.get(target, target),
            tuple(sorted(layers[target])),
            tuple(sorted(alerts[target])),
        )
        for target in sorted(layers)
    )


def _new_findings(
    findings: tuple[Finding, ...], before: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return findings that were not there before, or concern layers that they did not. A line that
    moved is not a difference."""
    known: dict[tuple[str, str | None, str], set[str]] = defaultdict(set)
    for finding in before:
        for message in finding.messages:
            known[finding.code, finding.file, message].update(finding.layers)
    return tuple(
        finding
        for finding in findings
        if not any(
            (finding.code, finding.file, message) in known
            and known[finding.code, finding.file, message] >= set(finding.layers)
            for message in finding.messages
        )
    )


def _gone_findings(
    before: tuple[Finding, ...], findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return the findings that no layer has any more."""
    left = {
        (finding.code, finding.file, message)
        for finding in findings
        for message in finding.messages
    }
    return tuple(
        finding
        for finding in before
        if not any((finding.code, finding.file, message) in left for message in finding.messages)
    )


def as_values(comparison: Comparison) -> dict[str, object]:
    """Return the comparison as plain values for JSON."""
    return {"schema_version": 1, **to_builtins(comparison)}

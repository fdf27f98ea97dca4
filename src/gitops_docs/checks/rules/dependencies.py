"""dependsOn: names that do not exist, cycles, dependencies that are suspended, never gated, or say
nothing new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.context import Context, layers_named, slip
from gitops_docs.kubernetes.kinds import BUILT_IN
from gitops_docs.model import Dependency, Finding, Layer, Severity
from gitops_docs.text.english import listed

_TAKES_TIME = frozenset(
    {
        "APIService", "CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "PersistentVolumeClaim", "Pod",
        "PodDisruptionBudget", "ReplicaSet", "ReplicationController", "Service", "StatefulSet",
    }
)  # fmt: skip
"""Kinds of Kubernetes itself whose objects are not ready when they are applied (kstatus)."""


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    ungated: dict[str, list[tuple[Layer, Dependency]]] = defaultdict(list)
    for layer in context.platform.layers:
        seen: set[tuple[str, str]] = set()
        repeated: list[Dependency] = []
        for edge in layer.depends_on:
            if edge.via is not None:
                continue  # What the ResourceSet says is checked where it is read.
            if (edge.namespace, edge.name) in seen:
                message = f"dependsOn of `{layer.name}` lists `{edge.name}` twice; remove one"
                yield Finding(
                    "dependency-redundant", Severity.INFO, message, edge.file, edge.line, layer.id
                )
                continue
            seen.add((edge.namespace, edge.name))
            target = context.layers.get(edge.layer or "")
            if target is None:
                yield from _unknown(context, layer, edge)
                continue
            if target.suspended and not layer.suspended:
                yield _suspended(layer, edge, target)
            if not target.health.gated and edge.ready_expr is None and not _ready_at_once(target):
                ungated[target.id].append((layer, edge))
            if (layer.id, target.id) in context.redundant:
                repeated.append(edge)
        if repeated:
            yield _repeated(layer, repeated)
    for identity in sorted(ungated):
        yield _ungated(context.layers[identity], ungated[identity])
    yield from _cycles(context)


def _unknown(context: Context, layer: Layer, edge: Dependency) -> Iterator[Finding]:
    """`checkDependencies`: a Kustomization that is not found is an error that Flux retries for
    ever."""
    if "${" in edge.name or "${" in edge.namespace:
        return
    same = context.of_cluster(layer.cluster)
    message = (
        f"`{layer.name}` depends on Kustomization {edge.namespace}/{edge.name}, which no layer of "
        f"the cluster has"
    )
    meant = slip(edge.namespace, edge.name, ((other.namespace, other.name) for other in same))
    severity = Severity.ERROR
    release = any(
        one.name == edge.name and one.cluster == layer.cluster for one in context.platform.releases
    )
    if meant:
        message += f"; {meant}"
    elif release:
        message += (
            f"; {edge.name} is a HelmRelease, and a Kustomization waits for Kustomizations only: "
            f"name the layer that applies it"
        )
    elif layer.cluster in context.open_ended:
        severity = Severity.WARNING
        message += (
            "; unless a layer that is not wholly in this repository makes it, Flux waits for ever"
        )
    else:
        message += "; Flux waits for it for ever: create it or remove the entry"
    yield Finding("dependency-unknown", severity, message, edge.file, edge.line, layer.id)


def _suspended(layer: Layer, edge: Dependency, target: Layer) -> Finding:
    message = (
        f"`{layer.name}` depends on `{target.name}`, which is suspended: "
        "it goes by its last state, and waits for ever after a new commit; resume it or drop the "
        "entry"
    )
    return Finding(
        "dependency-suspended", Severity.WARNING, message, edge.file, edge.line, layer.id
    )


def _ungated(target: Layer, waiting: list[tuple[Layer, Dependency]]) -> Finding:
    """One finding for a layer however many wait for it: one line of YAML settles it."""
    waiting.sort(key=lambda pair: (pair[1].file, pair[1].line, pair[0].id))
    layers = [layer for layer, _ in waiting]
    first, edge = waiting[0]
    verb = "waits" if len(layers) == 1 else "wait"
    message = (
        f"{layers_named(layers)} {verb} only until `{target.name}` is applied, not until it works: "
        f"`{target.name}` has neither `wait: true` nor health checks"
    )
    also = tuple(sorted({target.id, *(layer.id for layer in layers)} - {first.id}))
    return Finding(
        "dependency-not-gated", Severity.INFO, message, edge.file, edge.line, first.id, also
    )


def _repeated(layer: Layer, edges: list[Dependency]) -> Finding:
    names = listed([f"`{edge.name}`" for edge in edges])
    verb, rest = ("is", "the entry") if len(edges) == 1 else ("are", "the entries")
    message = (
        f"{names} in dependsOn of `{layer.name}` {verb} waited for through another entry already; "
        f"{rest} can go"
    )
    return Finding(
        "dependency-redundant", Severity.INFO, message, edges[0].file, edges[0].line, layer.id
    )


def _ready_at_once(layer: Layer) -> bool:
    """Whether all that is known of a layer is ready as soon as it is applied: then there is nothing
    to wait for."""
    return all(
        resource.group in BUILT_IN and resource.kind not in _TAKES_TIME
        for resource in layer.resources
    )


def _cycles(context: Context) -> Iterator[Finding]:
    """A finding on each edge of a circle: any of them can be the one to remove
    (kustomize-controller#1712)."""
    for cycle in context.graph.cycles():
        members = [context.layers[identity] for identity in cycle]
        path = " -> ".join([*(member.name for member in members), members[0].name])
        edges: list[tuple[Layer, Dependency]] = []
        for index, member in enumerate(members):
            target = members[(index + 1) % len(members)].id
            edges += [(member, edge) for edge in member.depends_on if edge.layer == target][:1]
        if len(members) == 1:
            message = (
                f"`{members[0].name}` depends on itself and never becomes ready; remove the entry"
            )
        else:
            places = ", ".join(f"{edge.file}:{edge.line}" for _, edge in edges)
            message = (
                f"dependsOn goes in a circle: {path} ({places}); none of these layers ever becomes "
                f"ready, remove one entry"
            )
        for member, edge in edges:
            yield Finding(
                "dependency-cycle", Severity.ERROR, message, edge.file, edge.line, member.id
            )

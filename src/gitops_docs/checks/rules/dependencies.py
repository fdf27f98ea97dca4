"""Check dependsOn: names that do not exist, cycles, dependencies that are suspended, not ready when
they are applied, or without effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, layers_named, slip
from gitops_docs.flux import rules as flux_rules
from gitops_docs.kubernetes.kinds import BUILT_IN
from gitops_docs.model import Dependency, Family, Finding, Layer, Severity
from gitops_docs.text.english import listed

_TAKES_TIME = frozenset(
    {
        "APIService", "CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "PersistentVolumeClaim", "Pod",
        "PodDisruptionBudget", "ReplicaSet", "ReplicationController", "Service", "StatefulSet",
    }
)  # fmt: skip
"""Kinds of Kubernetes itself whose objects are not ready when they are applied (kstatus)."""


class DependencyUnknown(flux_rules.DependencyUnknown, Check):
    """`checkDependencies`: a Kustomization that is not found is an error that Flux retries without
    end."""

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer, edge, target in _edges(context):
            if target is not None or "${" in edge.name or "${" in edge.namespace:
                continue
            same = context.of_cluster(layer.cluster)
            known = ((other.namespace, other.name) for other in same)
            meant = slip(edge.namespace, edge.name, known)
            severity = Severity.ERROR
            if meant:
                advice = meant
            elif any(
                one.name == edge.name and one.cluster == layer.cluster
                for one in context.platform.releases
            ):
                advice = (
                    f"{edge.name} is a HelmRelease, and a Kustomization waits for Kustomizations "
                    f"only: name the layer that applies it"
                )
            elif layer.cluster in context.open_ended:
                severity = Severity.WARNING
                advice = (
                    "unless a layer that is not fully rendered creates it, Flux waits without end"
                )
            else:
                advice = "Flux waits without end: create it or remove the entry"
            message = (
                f"`{layer.name}` depends on Kustomization {edge.namespace}/{edge.name}, which no "
                f"layer of the cluster has; {advice}"
            )
            if layer.suspended:
                severity = Severity.WARNING  # It waits once it is resumed.
            cause = f"no Kustomization {edge.namespace}/{edge.name}"
            yield cls.at(edge, message, layers=[layer.id], severity=severity, cause=cause)


class DependencyCycle(Check):
    code = "dependency-cycle"
    family = Family.ORDER
    severity = Severity.ERROR
    title = "Layers depend on each other in a cycle"
    about = (
        "No layer of a cycle ever becomes ready. Each entry of the cycle has the finding, since "
        "any of them can be the one to remove."
    )
    remedy = "Remove one of the entries."
    bad = "# a\ndependsOn: [{name: b}]\n# b\ndependsOn: [{name: a}]"
    good = "# a\ndependsOn: [{name: b}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find each edge of a cycle: any of them can be the one to remove
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
                    f"`{members[0].name}` depends on itself and never becomes ready; remove the "
                    f"entry"
                )
            else:
                places = ", ".join(f"{edge.file}:{edge.line}" for _, edge in edges)
                message = (
                    f"dependsOn has a cycle: {path} ({places}); none of these layers ever "
                    f"becomes ready: remove one entry"
                )
            for member, edge in edges:
                yield cls.at(edge, message, layers=[member.id], cause="cycle")


class DependencySuspended(Check):
    code = "dependency-suspended"
    family = Family.ORDER
    severity = Severity.WARNING
    title = "A dependency is suspended"
    about = (
        "A suspended layer keeps its last revision. After the next commit it never has the new "
        "one, and what depends on it from the same source waits."
    )
    remedy = "Resume it, or remove the entry."
    bad = "dependsOn: [{name: crds}]  # crds: suspend: true"
    good = "flux resume kustomization crds"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer, edge, target in _edges(context):
            if target is not None and target.suspended and not layer.suspended:
                message = (
                    f"`{layer.name}` depends on `{target.name}`, which is suspended: after the "
                    f"next commit `{layer.name}` waits until `{target.name}` is resumed; resume it "
                    f"or remove the entry"
                )
                cause = f"Kustomization {target.namespace}/{target.name} is suspended"
                yield cls.at(edge, message, layers=[layer.id], cause=cause)
        for release in context.platform.releases:
            for namespace, name in release.depends_on:
                needed = context.releases[release.cluster].get((namespace, name))
                itself = (namespace, name) == (release.namespace, release.name)
                if needed is None or itself or not needed.suspended or release.suspended:
                    continue
                message = (
                    f"{release.ref.label} depends on {namespace}/{name}, "
                    f"which is suspended; resume it or remove the entry"
                )
                yield cls.at(
                    release.place("dependsOn"),
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause=f"HelmRelease {namespace}/{name} is suspended",
                )


class DependencyNotGated(Check):
    code = "dependency-not-gated"
    family = Family.ORDER
    severity = Severity.INFO
    title = "A dependency is ready as soon as it is applied"
    about = (
        "Without `wait` and without `healthChecks`, a layer is ready as soon as its objects are "
        "applied, whether they work or not. Layers that depend on it may start too early."
    )
    remedy = "Set `wait: true`, or `healthChecks` for what matters."
    bad = "spec:\n  path: ./infrastructure"
    good = "spec:\n  path: ./infrastructure\n  wait: true"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for a layer however many wait for it: one line of YAML settles it."""
        ungated: dict[str, list[tuple[Layer, Dependency]]] = defaultdict(list)
        for layer, edge, target in _edges(context):
            if target is None or target.health.gated or edge.ready_expr is not None:
                continue
            if not _ready_at_once(target):
                ungated[target.id].append((layer, edge))
        for identity, waiting in sorted(ungated.items()):
            target = context.layers[identity]
            waiting.sort(key=lambda pair: (pair[1].file, pair[1].line, pair[0].id))
            layers = [layer for layer, _ in waiting]
            verb = "waits" if len(layers) == 1 else "wait"
            message = (
                f"{layers_named(layers)} {verb} only until `{target.name}` is applied, not until it "
                f"works: `{target.name}` has neither `wait: true` nor health checks"
            )
            yield cls.at(
                waiting[0][1],
                message,
                layers=[*(layer.id for layer in layers), target.id],
                cause=f"{target.namespace}/{target.name} checks no health",
            )


class DependencyRedundant(Check):
    code = "dependency-redundant"
    family = Family.ORDER
    severity = Severity.INFO
    title = "An entry of dependsOn has no effect"
    about = "Another entry waits for the layer already, or the layer is listed twice."
    remedy = "Remove the entry, or keep it where it documents a reason."
    bad = "dependsOn: [{name: crds}, {name: infra}]  # infra waits for crds"
    good = "dependsOn: [{name: infra}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer in context.platform.layers:
            seen: set[tuple[str, str]] = set()
            repeated: list[Dependency] = []
            for edge in layer.depends_on:
                if edge.via is not None:
                    continue
                if (edge.namespace, edge.name) in seen:
                    message = f"dependsOn of `{layer.name}` lists `{edge.name}` twice; remove one"
                    yield cls.at(edge, message, layers=[layer.id], cause=f"twice: {edge.name}")
                elif (layer.id, edge.layer) in context.redundant:
                    repeated.append(edge)
                seen.add((edge.namespace, edge.name))
            if repeated:
                names = listed([f"`{edge.name}`" for edge in repeated])
                verb, rest, what = (
                    ("has", "it", "the entry")
                    if len(repeated) == 1
                    else ("have", "them", "the entries")
                )
                message = (
                    f"{names} in dependsOn of `{layer.name}` {verb} no effect: another entry waits "
                    f"for {rest} already; remove {what}"
                )
                yield cls.at(repeated[0], message, layers=[layer.id], cause=f"{names} follow")


def _edges(context: Context) -> Iterator[tuple[Layer, Dependency, Layer | None]]:
    """Yield each entry of dependsOn once, with the layer that it names; what a ResourceSet says is
    checked where it is read."""
    for layer in context.platform.layers:
        seen: set[tuple[str, str]] = set()
        for edge in layer.depends_on:
            if edge.via is None and (edge.namespace, edge.name) not in seen:
                seen.add((edge.namespace, edge.name))
                yield layer, edge, context.layers.get(edge.layer or "")


def _ready_at_once(layer: Layer) -> bool:
    """Return whether all that is known of a layer is ready as soon as it is applied: then there is
    nothing to wait for."""
    return all(
        resource.group in BUILT_IN and resource.kind not in _TAKES_TIME
        for resource in layer.resources
    )

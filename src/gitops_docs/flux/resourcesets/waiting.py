"""Say what ResourceSets wait for, and whether anything makes it.

In: ResourceSets as their layers apply them, and the objects of the cluster. Out: the Kustomizations
that each waits for, and findings for what no layer has, or what waits for the ResourceSet itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from gitops_docs.flux import rules
from gitops_docs.flux.objects import ObjectIndex, Wait
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP
from gitops_docs.model import Finding, Location, Severity, cluster_of
from gitops_docs.yaml.nodes import Map, as_text, get_path, is_true, maps

KIND = "ResourceSet"
PROVIDER = "ResourceSetInputProvider"


def waits(data: Map) -> Iterator[Wait]:
    """Yield the Kustomizations that a ResourceSet waits for."""
    label = f"{KIND} {objects.namespace(data)}/{objects.name(data)}"
    for item in maps(get_path(data, "spec", "dependsOn")):
        name = as_text(item.get("name"))
        group = (objects.text(item.get("apiVersion")) or "").rpartition("/")[0]
        kind = objects.text(item.get("kind"))
        if name is None or (group, kind) != (KUSTOMIZE_GROUP, "Kustomization"):
            continue
        namespace = objects.text(item.get("namespace")) or ""
        expression = objects.text(item.get("readyExpr"))
        yield Wait(label, namespace, str(name), name.file, name.line, expression)


_AWAITED = {
    KUSTOMIZE_GROUP: ("Kustomization",),
    HELM_GROUP: ("HelmRelease",),
    OPERATOR_GROUP: (KIND, PROVIDER),
}
"""Kinds of which a repository holds all objects, unless a part of the cluster is not known."""


def missing_dependencies(
    index: ObjectIndex, layers: Iterable[tuple[str, str]], *, open_ended: bool
) -> Iterator[Finding]:
    """Yield a finding for each object that a ResourceSet waits for and nothing in the cluster makes.

    Args:
        index: The objects of the cluster.
        layers: Namespace and name of each layer.
        open_ended: Whether a part of the cluster is not known.
    """
    known = frozenset(layers)
    for applied in index.of_kind(KIND):
        data = applied.rendered.data
        for item in maps(get_path(data, "spec", "dependsOn")):
            name, kind = as_text(item.get("name")), objects.text(item.get("kind"))
            group = (objects.text(item.get("apiVersion")) or "").rpartition("/")[0]
            if name is None or kind is None or kind not in _AWAITED.get(group, ()) or "${" in name:
                continue
            namespace = objects.text(item.get("namespace")) or ""
            if (kind == "Kustomization" and (namespace, name) in known) or index.get(
                kind, namespace, str(name)
            ):
                continue
            names = [one[2] for one in index.names() if one[0] == kind and one[1] == namespace]
            if kind == "Kustomization":
                names += [other for place, other in known if place == namespace]
            near = difflib.get_close_matches(name, sorted(set(names)), n=1, cutoff=0.75)
            advice = f"did you mean `{near[0]}`?" if near else "create it or remove the entry"
            if not namespace:
                advice = "an entry without `namespace` finds nothing: add it"
            elif open_ended and not near:
                advice = (
                    "unless a layer that is not fully rendered creates it, the "
                    "ResourceSet waits without end"
                )
            message = (
                f"{KIND} {objects.namespace(data)}/{objects.name(data)} depends on {kind} "
                f"{namespace}/{name}, which no layer of the cluster has; {advice}"
            )
            severity = Severity.WARNING if open_ended else Severity.ERROR
            yield rules.DependencyUnknown.at(
                Location(name.file or applied.rendered.file, name.line or applied.rendered.line),
                message,
                layers=[applied.layer],
                about=[objects.ref(data, cluster_of(applied.layer))] if applied.layer else [],
                severity=severity,
                cause=f"no {kind} {namespace}/{name}",
            )


def waiting_cycles(index: ObjectIndex) -> Iterator[Finding]:
    """Yield a finding for each group of ResourceSets that wait for each other, so that none of them
    is ever applied."""
    edges: dict[tuple[str, str], list[tuple[tuple[str, str], Location]]] = {}
    found = {}
    for applied in index.of_kind(KIND):
        data = applied.rendered.data
        key = objects.namespace(data), objects.name(data)
        found[key] = applied
        edges[key] = [
            ((objects.text(item.get("namespace")) or "", str(name)), Location(name.file, name.line))
            for item in maps(get_path(data, "spec", "dependsOn"))
            if objects.text(item.get("kind")) == KIND
            and is_true(item.get("ready"))
            and item.get("readyExpr") is None
            and (name := as_text(item.get("name"))) is not None
        ]
    for key, waited in sorted(edges.items()):
        for other, place in waited:
            if key != other and key not in _reached(other, edges):
                continue
            label = f"{KIND} {'/'.join(key)}"
            what = "itself" if key == other else f"{KIND} {'/'.join(other)}, and that one on it"
            applied = found[key]
            yield rules.ResourceSetRefused.at(
                place,
                f"{label} makes nothing: it depends on {what}; remove an entry",
                layers=[applied.layer],
                about=[objects.ref(applied.rendered.data, cluster_of(applied.layer))]
                if applied.layer
                else [],
                cause="cycle",
            )


def _reached(
    start: tuple[str, str], edges: Mapping[tuple[str, str], list[tuple[tuple[str, str], Location]]]
) -> set[tuple[str, str]]:
    reached: set[tuple[str, str]] = set()
    pending = [start]
    while pending:
        for other, _ in edges.get(pending.pop(), ()):
            if other not in reached:
                reached.add(other)
                pending.append(other)
    return reached

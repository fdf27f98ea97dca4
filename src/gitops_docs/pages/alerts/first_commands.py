"""Choose the first commands of an alert's page by what the alert is about.

In: the subjects of the rules of one name. Out: commands whose names are fixed where the rules fix
them, and slots otherwise: the page fills those in from the labels of the alert.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.index.commands import Command
from gitops_docs.kubernetes import metrics
from gitops_docs.model import Layer, Release, Subject
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.markup import escaped, filled, joined, safe
from gitops_docs.text import templates
from gitops_docs.text.english import unique
from gitops_docs.text.escape import shorten

MOST_FIELDS = 8


class View(Struct, frozen=True):
    """What the subjects of several rules have in common."""

    namespace: Markup | None
    kind: str | None
    name: Markup | None
    labels: tuple[str, ...]
    """Labels that the page has slots for."""


def slot(label: str) -> Markup:
    """Return a place that the labels of an alert fill in."""
    return filled(
        '<span class="gitops-slot" data-gitops-slot="{0}">&lt;{0}&gt;</span>', shorten(label, 60)
    )


def view(subjects: Sequence[Subject]) -> View:
    """Return one view of several subjects: a name is fixed where all of them have it."""
    kinds = unique([item.kind or "" for item in subjects])
    kind = kinds[0] or None if len(kinds) == 1 else None
    space_label = _label(
        subjects, lambda item: item.namespace, lambda item: item.namespace_label, "namespace"
    )
    named = next((label for label, of in metrics.KINDS.items() if of == kind), "name")
    name_label = (
        _label(subjects, lambda item: item.name, lambda item: item.name_label, named)
        if kind
        else None
    )
    labels = unique(
        [
            space_label or "",
            name_label or "",
            *(label for item in subjects for label in item.labels),
        ]
    )
    return View(
        slot(space_label) if space_label else _fixed(subjects[0].namespace),
        kind,
        slot(name_label) if name_label else _fixed(subjects[0].name) if kind else None,
        tuple(label for label in labels if label),
    )


def _label(
    subjects: Sequence[Subject],
    fixed: Callable[[Subject], str | None],
    label: Callable[[Subject], str | None],
    otherwise: str,
) -> str | None:
    """Return the label that fills a place in where not all subjects fix the same name."""
    values = {fixed(item) for item in subjects}
    if len(values) == 1 and None not in values:
        return None
    found = next((label(item) for item in subjects if label(item)), None)
    return found or (otherwise if values - {None} else None)


def _fixed(value: str | None) -> Markup | None:
    return filled("{}", shlex.quote(value)) if value is not None else None


def filled_in(labels: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that texts of the page have a place for: a field for any other changes
    nothing."""
    used = [label for label in labels if any(slot(label) in text for text in texts)]
    return tuple(used[:MOST_FIELDS])


def text(words: str) -> Markup:
    """Return a text of a rule: its labels are slots, other template code is `…`."""
    parts: list[Markup] = []
    for kind, piece in templates.pieces(words):
        parts.append(slot(piece) if kind == templates.LABEL else prose(piece))
    return joined("", parts)


_Row: TypeAlias = tuple[str, str]
"""What a command is for, and the command: `{name}` and `{in}` are the name and the flag for the
namespace, `{container}` that for the container."""


def _reconciled(kind: str) -> tuple[_Row, ...]:
    """Return the commands for a kind that a controller of Flux reconciles."""
    return (
        ("Status", f"flux get {kind.lower()} {{name}}{{in}}"),
        ("Events", f"flux events --for {kind}/{{name}}{{in}}"),
        ("Logs", f"flux logs --kind={kind} --name={{name}}{{in}} --since=1h"),
    )


def _rolled_out(kind: str) -> tuple[_Row, ...]:
    """Return the commands for a kind that keeps pods running."""
    word = kind.lower()
    return (
        ("Rollout", f"kubectl rollout status {word}/{{name}}{{in}} --timeout=5s"),
        ("Describe", f"kubectl describe {word} {{name}}{{in}}"),
        ("Logs", f"kubectl logs {word}/{{name}}{{in}} --tail=100"),
        ("Managed by Flux", f"flux trace {word} {{name}}{{in}}"),
    )


def _described(kind: str, short: str = "") -> tuple[_Row, ...]:
    """Return the command for any other kind."""
    return (("Describe", f"kubectl describe {short or kind.lower()} {{name}}{{in}}"),)


def _traced(kind: str, group: str) -> _Row:
    """Return the command for what Flux does with a custom resource."""
    return ("Managed by Flux", f"flux trace {{name}}{{in}} --api-version {group} --kind {kind}")


_RECONCILED = {kind: _reconciled(kind) for kind in ("Kustomization", "HelmRelease")}
_NODE: tuple[_Row, ...] = (
    ("Node", "kubectl describe node {name}"),
    ("Pods on it", "kubectl get pods -A -o wide --field-selector spec.nodeName={name}"),
    (
        "Events",
        "kubectl get events -A --field-selector involvedObject.kind=Node --sort-by=.lastTimestamp",
    ),
)
_NODE_BY_ADDRESS: tuple[_Row, ...] = (
    ("Which node", "kubectl get nodes -o wide"),
    ("Pods on a node", "kubectl get pods -A -o wide --sort-by=.spec.nodeName"),
    ("Usage", "kubectl top nodes"),
)
"""Where only the address of the exporter on the node is known."""
_OF_KIND: dict[str, tuple[_Row, ...]] = {
    **{kind: _rolled_out(kind) for kind in ("Deployment", "StatefulSet", "DaemonSet")},
    "Pod": (
        (
            "Reason",
            "kubectl get pod {name}{in} -o jsonpath='{{.status.containerStatuses[*].lastState}}'",
        ),
        ("Logs before the restart", "kubectl logs {name}{container}{in} --previous"),
        ("Describe", "kubectl describe pod {name}{in}"),
        ("Managed by Flux", "flux trace pod {name}{in}"),
    ),
    "Workload": (
        ("Workload", "kubectl get deployments,statefulsets,daemonsets{in} | grep -F -- {name}"),
    ),
    "Certificate": (
        *_described("Certificate"),
        ("Requests", "kubectl get certificaterequests,orders,challenges{in}"),
        _traced("Certificate", "cert-manager.io/v1"),
    ),
    "Job": (*_described("Job"), ("Logs", "kubectl logs job/{name}{in} --tail=100")),
    "CronJob": (
        *_described("CronJob"),
        ("Its jobs", "kubectl get jobs{in} --sort-by=.metadata.creationTimestamp"),
    ),
    "PersistentVolumeClaim": _described("PersistentVolumeClaim", "pvc"),
    "HorizontalPodAutoscaler": _described("HorizontalPodAutoscaler", "hpa"),
    "PodDisruptionBudget": _described("PodDisruptionBudget", "pdb"),
    "ExternalSecret": (
        *_described("ExternalSecret"),
        _traced("ExternalSecret", "external-secrets.io/v1"),
    ),
    **{
        kind: _described(kind)
        for kind in (
            *("ReplicaSet", "PersistentVolume", "Service", "Ingress", "Endpoints"),
            *("ResourceQuota", "Secret", "ConfigMap", "StorageClass", "Namespace", "Schedule"),
        )
    },
}
_IN_NAMESPACE: tuple[_Row, ...] = (
    ("Pods", "kubectl get pods{in} -o wide"),
    ("Events", "kubectl get events{in} --sort-by=.lastTimestamp"),
)
_ANYWHERE: tuple[_Row, ...] = (
    ("Pods that do not run", "kubectl get pods -A --field-selector status.phase!=Running"),
    ("Events", "kubectl get events -A --sort-by=.lastTimestamp"),
)


def commands(seen: View, context: str | None) -> list[Command]:
    """Return the first commands, the most useful ones first."""
    made = _Maker(seen, context)
    kind = seen.kind if seen.name is not None else None
    if kind in _RECONCILED:
        return made.all(_RECONCILED[kind][: None if seen.namespace is not None else 1])
    if kind == "Node":
        by_address = "instance" in seen.labels and "node" not in seen.labels
        return made.all(_NODE_BY_ADDRESS if by_address else _NODE)
    found = made.all(_OF_KIND.get(kind or "", ()))
    if not found and seen.name is None and {"kind", "name"} <= set(seen.labels):
        found.append(made.of_labels())
    if seen.namespace is not None:
        return found + made.all(_IN_NAMESPACE)
    if found:
        return found
    target = [made.target()] if "instance" in seen.labels else []
    return target + made.all(_ANYWHERE)


class _Maker:
    """Makes commands with the name, namespace and context of an alert."""

    def __init__(self, seen: View, context: str | None) -> None:
        space, container = seen.namespace, "container" in seen.labels
        self._flag = filled(" --context {}", shlex.quote(context)) if context else Markup("")
        self._parts = {
            "name": escaped(seen.name or ""),
            "in": filled(" -n {}", space) if space is not None else Markup(""),
            "container": filled(" -c {}", slot("container")) if container else Markup(""),
        }

    def all(self, rows: Iterable[_Row]) -> list[Command]:
        """Fill rows in."""
        return [Command(purpose, self._filled(form)) for purpose, form in rows]

    def of_labels(self) -> Command:
        """Describe the object whose kind and name only the labels tell."""
        described = filled("kubectl describe {} {}", slot("kind"), slot("name"))
        return Command("Describe", described + self._parts["in"] + self._flag)

    def target(self) -> Command:
        """Find the pod that is scraped at an address."""
        form = "kubectl get pods -A -o wide{} | grep -F -- {}"
        return Command("Target", filled(form, self._flag, slot("instance")))

    def _filled(self, form: str) -> Markup:
        command, pipe, rest = map(safe, form.format(**self._parts).partition(" | "))
        return filled("{}{}{}{}", command, self._flag, pipe, rest)


def of_component(
    release: Release | None, layer: Layer | None, context: str | None
) -> list[Command]:
    """Return the state of what Flux makes of the component."""
    flag = f" --context {shlex.quote(context)}" if context else ""
    if release is not None:
        name, space = shlex.quote(release.name), shlex.quote(release.namespace)
        return [Command("Release status", f"flux get helmrelease {name} -n {space}{flag}")]
    if layer is not None:
        name, space = shlex.quote(layer.name), shlex.quote(layer.namespace)
        return [Command("Layer status", f"flux get kustomization {name} -n {space}{flag}")]
    return []

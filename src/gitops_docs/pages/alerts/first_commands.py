"""Choose the first commands of an alert's page by what the alert is about.

In: the subjects of the rules of one name. Out: commands whose names are fixed where the rules fix
them, and slots otherwise: the page fills those in from the labels of the alert.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

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
    """A place that the labels of an alert fill in."""
    return filled(
        '<span class="gitops-slot" data-gitops-slot="{0}">&lt;{0}&gt;</span>', shorten(label, 60)
    )


def view(subjects: Sequence[Subject]) -> View:
    """One view of several subjects: a name is fixed where all of them have it."""
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
    """The label that fills a place in where not all subjects fix the same name."""
    values = {fixed(item) for item in subjects}
    if len(values) == 1 and None not in values:
        return None
    found = next((label(item) for item in subjects if label(item)), None)
    return found or (otherwise if values - {None} else None)


def _fixed(value: str | None) -> Markup | None:
    return filled("{}", shlex.quote(value)) if value is not None else None


def text(words: str) -> Markup:
    """A text of a rule: its labels are slots, other template code is `…`."""
    parts: list[Markup] = []
    for kind, piece in templates.pieces(words):
        parts.append(slot(piece) if kind == templates.LABEL else prose(piece))
    return joined("", parts)


_DESCRIBED = {
    "PersistentVolumeClaim": "pvc",
    "HorizontalPodAutoscaler": "hpa",
    "PodDisruptionBudget": "pdb",
}
_WORKLOADS = frozenset(["Deployment", "StatefulSet", "DaemonSet"])
_WORDS = frozenset(
    [
        "Job",
        "CronJob",
        "ReplicaSet",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Service",
        "Ingress",
        "Endpoints",
        "ResourceQuota",
        "Secret",
        "ConfigMap",
        "StorageClass",
        "Namespace",
        "ExternalSecret",
        "Schedule",
    ]
)
_TRACED = {
    "Certificate": " --api-version cert-manager.io/v1 --kind Certificate",
    "ExternalSecret": " --api-version external-secrets.io/v1 --kind ExternalSecret",
}


def commands(seen: View, context: str | None) -> list[Command]:
    """The first commands, the most useful ones first."""
    space, name, kind = seen.namespace, seen.name, seen.kind
    made = _Maker(context, space, name)
    if kind in ("Kustomization", "HelmRelease") and name is not None:
        noun = kind.lower()
        found = [
            made("Status", f"flux get {noun} {{name}}{{in}}"),
            made("Events", f"flux events --for {kind}/{{name}}{{in}}"),
            made("Logs", f"flux logs --kind={kind} --name={{name}}{{in}} --since=1h"),
        ]
        return found if space is not None else found[:1]
    if kind == "Node" and name is not None:
        if "instance" in seen.labels and "node" not in seen.labels:
            return [
                made("Which node", "kubectl get nodes -o wide", flag=True),
                made("Pods on a node", "kubectl get pods -A -o wide --sort-by=.spec.nodeName"),
                made("Usage", "kubectl top nodes"),
            ]
        return [
            made("Node", "kubectl describe node {name}"),
            made("Pods on it", "kubectl get pods -A -o wide --field-selector spec.nodeName={name}"),
            made(
                "Events",
                "kubectl get events -A --field-selector involvedObject.kind=Node "
                "--sort-by=.lastTimestamp",
            ),
        ]
    found = []
    if kind in _WORKLOADS and name is not None:
        resource = kind.lower() if kind else ""
        found += [
            made("Rollout", f"kubectl rollout status {resource}/{{name}}{{in}} --timeout=5s"),
            made("Describe", f"kubectl describe {resource} {{name}}{{in}}"),
            made("Logs", f"kubectl logs {resource}/{{name}}{{in}} --tail=100"),
            made("Managed by Flux", f"flux trace {resource} {{name}}{{in}}"),
        ]
    elif kind == "Pod" and name is not None:
        container = (
            filled(" -c {}", slot("container")) if "container" in seen.labels else Markup("")
        )
        found += [
            made(
                "Reason",
                "kubectl get pod {name}{in} -o "
                "jsonpath='{{.status.containerStatuses[*].lastState}}'",
            ),
            made(
                "Logs before the restart",
                Markup("kubectl logs {{name}}{}{{in}} --previous").format(container),
            ),
            made("Describe", "kubectl describe pod {name}{in}"),
            made("Managed by Flux", "flux trace pod {name}{in}"),
        ]
    elif kind == "Workload" and name is not None:
        found += [
            made(
                "Workload",
                "kubectl get deployments,statefulsets,daemonsets{in} | grep -F -- {name}",
            )
        ]
    elif kind == "Certificate" and name is not None:
        found += [
            made("Describe", "kubectl describe certificate {name}{in}"),
            made("Requests", "kubectl get certificaterequests,orders,challenges{in}"),
        ]
    elif kind == "Job" and name is not None:
        found += [
            made("Describe", "kubectl describe job {name}{in}"),
            made("Logs", "kubectl logs job/{name}{in} --tail=100"),
        ]
    elif kind == "CronJob" and name is not None:
        found += [
            made("Describe", "kubectl describe cronjob {name}{in}"),
            made("Its jobs", "kubectl get jobs{in} --sort-by=.metadata.creationTimestamp"),
        ]
    elif kind in _WORDS and name is not None:
        found.append(
            made(
                "Describe",
                f"kubectl describe {_DESCRIBED.get(kind or '', (kind or '').lower())} "
                f"{{name}}{{in}}",
            )
        )
    elif "kind" in seen.labels and name is None and "name" in seen.labels:
        found.append(
            Command(
                "Describe",
                filled("kubectl describe {} {}", slot("kind"), slot("name"))
                + made.where()
                + made.flag(),
            )
        )
    if kind in _TRACED and name is not None:
        found.append(made("Managed by Flux", f"flux trace {{name}}{{in}}{_TRACED[kind]}"))
    if space is not None:
        found += [
            made("Pods", "kubectl get pods{in} -o wide"),
            made("Events", "kubectl get events{in} --sort-by=.lastTimestamp"),
        ]
    elif not found:
        if "instance" in seen.labels:
            found.append(
                Command(
                    "Target",
                    filled(
                        "kubectl get pods -A -o wide{} | grep -F -- {}",
                        made.flag(),
                        slot("instance"),
                    ),
                )
            )
        found += [
            made(
                "Pods that do not run", "kubectl get pods -A --field-selector status.phase!=Running"
            ),
            made("Events", "kubectl get events -A --sort-by=.lastTimestamp"),
        ]
    return found


class _Maker:
    """Makes commands with one name, namespace and context."""

    def __init__(self, context: str | None, space: Markup | None, name: Markup | None) -> None:
        self._context = context
        self._space = space
        self._name = name

    def where(self) -> Markup:
        """The flag for the namespace."""
        return filled(" -n {}", self._space) if self._space is not None else Markup("")

    def flag(self) -> Markup:
        """The flag for the kubectl context."""
        return filled(" --context {}", shlex.quote(self._context)) if self._context else Markup("")

    def __call__(self, purpose: str, form: str, *, flag: bool = True) -> Command:
        named = {"name": escaped(self._name or ""), "in": self.where()}
        command, pipe, rest = map(safe, form.format(**named).partition(" | "))
        return Command(purpose, filled("{}{}{}{}", command, self.flag(), pipe, rest))


def of_component(
    release: Release | None, layer: Layer | None, context: str | None
) -> list[Command]:
    """The state of what Flux makes of the component."""
    flag = f" --context {shlex.quote(context)}" if context else ""
    if release is not None:
        name, space = shlex.quote(release.name), shlex.quote(release.namespace)
        return [Command("Release status", f"flux get helmrelease {name} -n {space}{flag}")]
    if layer is not None:
        name, space = shlex.quote(layer.name), shlex.quote(layer.namespace)
        return [Command("Layer status", f"flux get kustomization {name} -n {space}{flag}")]
    return []

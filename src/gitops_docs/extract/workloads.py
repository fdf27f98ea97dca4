"""Read workloads: replicas, resources, probes, what they take from the node, and what scales and
protects them.

Sources of the rules: kubernetes.io/docs/concepts/workloads,
.../tasks/run-application/configure-pdb, keda.sh (ScaledObject), argoproj.github.io/rollouts.
"""

from __future__ import annotations

from gitops_docs.extract.fields import (
    ObjectFields,
    group,
    identity,
    number,
    pairs,
    selector,
    text,
    texts,
)
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Autoscaler, Container, DisruptionBudget, Workload
from gitops_docs.yaml.nodes import Map, as_map, get_path, is_null, is_true, maps

_GROUPS = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), ("apps",)),
    **dict.fromkeys(("Job", "CronJob"), ("batch",)),
    "Pod": ("",),
    "Rollout": ("argoproj.io",),
    "HorizontalPodAutoscaler": ("autoscaling",),
    "ScaledObject": ("keda.sh",),
    "PodDisruptionBudget": ("policy",),
}
SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "Rollout"})
"""Kinds that have replicas."""

Found = Workload | Autoscaler | DisruptionBudget


def workload(item: Rendered, layer: str, cluster: str) -> Found | None:
    """Return the workload, autoscaler or disruption budget that an object is; None for any other
    object."""
    kind = item.key[0]
    if kind not in _GROUPS or group(item.data) not in _GROUPS[kind]:
        return None
    same, spec = identity(item, layer, cluster), as_map(item.data.get("spec"))
    if kind == "PodDisruptionBudget":
        return DisruptionBudget(
            **same,
            selector=selector(spec.get("selector")),
            minimum=text(spec, "minAvailable"),
            maximum=text(spec, "maxUnavailable"),
        )
    if kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        return _autoscaler(same, spec)
    template = pod_template(kind, item.data)
    pod = as_map(template.get("spec"))
    volumes = maps(pod.get("volumes"))
    return Workload(
        **same,
        replicas=_replicas(kind, spec),
        schedule=text(spec, "schedule"),
        labels=pairs(get_path(template, "metadata", "labels")),
        containers=tuple(
            _container(entry, pod, init=init)
            for field, init in (("initContainers", True), ("containers", False))
            for entry in maps(pod.get(field))
        ),
        host_paths=tuple(
            filter(
                None,
                (text(volume, "hostPath", "path") for volume in volumes if "hostPath" in volume),
            )
        ),
        host_network=is_true(pod.get("hostNetwork")),
        host_pid=is_true(pod.get("hostPID")),
        service_account=text(pod, "serviceAccountName") or text(pod, "serviceAccount"),
        claims=tuple(
            filter(None, (text(volume, "persistentVolumeClaim", "claimName") for volume in volumes))
        ),
        suspended=is_true(spec.get("suspend")),
        partial=item.partial,
    )


def pod_template(kind: str, data: Map) -> Map:
    """Return the pod template of a workload, or the Pod itself."""
    if kind == "Pod":
        return data
    path = (
        ("spec", "jobTemplate", "spec", "template") if kind == "CronJob" else ("spec", "template")
    )
    return as_map(get_path(data, *path))


def _replicas(kind: str, spec: Map) -> int | None:
    if kind not in SCALED:
        return 1 if kind == "Pod" else None
    return 1 if is_null(spec.get("replicas")) else number(spec, "replicas")


def _container(entry: Map, pod: Map, *, init: bool) -> Container:
    resources, security = as_map(entry.get("resources")), as_map(entry.get("securityContext"))
    user = number(security, "runAsUser")
    if user is None:
        user = number(pod, "securityContext", "runAsUser")
    return Container(
        name=text(entry, "name") or "",
        init=init,
        cpu_request=text(resources, "requests", "cpu"),
        cpu_limit=text(resources, "limits", "cpu"),
        memory_request=text(resources, "requests", "memory"),
        memory_limit=text(resources, "limits", "memory"),
        readiness=type(entry.get("readinessProbe")) is Map,
        liveness=type(entry.get("livenessProbe")) is Map,
        startup=type(entry.get("startupProbe")) is Map,
        ports=len(maps(entry.get("ports"))),
        privileged=is_true(security.get("privileged")),
        root=user == 0,
        capabilities=texts(get_path(security, "capabilities", "add")),
    )


def _autoscaler(same: ObjectFields, spec: Map) -> Autoscaler:
    keda = same["kind"] == "ScaledObject"
    target = as_map(spec.get("scaleTargetRef"))
    low, high = ("minReplicaCount", "maxReplicaCount") if keda else ("minReplicas", "maxReplicas")
    lowest = (0 if keda else 1) if is_null(spec.get(low)) else number(spec, low)
    highest = (100 if keda else None) if is_null(spec.get(high)) else number(spec, high)
    return Autoscaler(
        **same,
        target=(text(target, "kind") or "Deployment", text(target, "name") or ""),
        minimum=lowest,
        maximum=highest,
    )

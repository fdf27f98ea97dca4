"""Define workloads, autoscalers and disruption budgets."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.model.objects import LayerObject, Selector


class Container(Struct, frozen=True, kw_only=True):
    """A container of a pod template. Quantities are as written; None: not set."""

    name: str
    init: bool = False
    cpu_request: str | None = None
    cpu_limit: str | None = None
    memory_request: str | None = None
    memory_limit: str | None = None
    readiness: bool = False
    liveness: bool = False
    startup: bool = False
    ports: int = 0
    privileged: bool = False
    root: bool = False
    """Whether it says that it runs as user 0."""
    capabilities: tuple[str, ...] = ()
    """That it adds."""


class Workload(LayerObject, frozen=True, kw_only=True):
    """A Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod or Rollout that a layer
    applies."""

    replicas: int | None = None
    """None: not a number, or a kind without replicas."""
    schedule: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    """Of its pods."""
    containers: tuple[Container, ...] = ()
    host_paths: tuple[str, ...] = ()
    host_network: bool = False
    host_pid: bool = False
    service_account: str | None = None
    claims: tuple[str, ...] = ()
    """PersistentVolumeClaims that it mounts, by name."""
    suspended: bool = False
    partial: str | None = None


class Autoscaler(LayerObject, frozen=True, kw_only=True):
    """A HorizontalPodAutoscaler or a ScaledObject of KEDA."""

    target: tuple[str, str]
    """Kind and name of the workload."""
    minimum: int | None = 1
    maximum: int | None = None


class DisruptionBudget(LayerObject, frozen=True, kw_only=True):
    """A PodDisruptionBudget: numbers or percentages as written."""

    selector: Selector
    minimum: str | None = None
    """`minAvailable`."""
    maximum: str | None = None
    """`maxUnavailable`."""

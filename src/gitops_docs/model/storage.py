"""Define storage classes, volume claims and backups."""

from __future__ import annotations

from msgspec import field

from gitops_docs.model.objects import LayerObject, Selector


class StorageClass(LayerObject, frozen=True, kw_only=True):
    """A StorageClass, with the defaults of Kubernetes where a field is not set."""

    provisioner: str | None = None
    reclaim_policy: str = "Delete"
    is_default: bool = False
    expansion: bool = False
    binding: str = "Immediate"


class VolumeClaim(LayerObject, frozen=True, kw_only=True):
    """A PersistentVolumeClaim, or a template for some: of a StatefulSet, or the storage of a
    Cluster of CloudNativePG."""

    claim: str
    """Name of the claim, or of the template."""
    size: str | None = None
    class_name: str | None = None
    """None: the default class. Empty: none, so a volume must exist."""
    modes: tuple[str, ...] = ()
    copies: int | None = 1
    """How many claims: replicas of a template; None: not known."""
    template: bool = False
    kept: bool = False
    """Whether it stays when its object is removed from Git."""
    labels: tuple[tuple[str, str], ...] = ()
    volume: str | None = None
    """Name of the PersistentVolume that it asks for."""


class Backup(LayerObject, frozen=True, kw_only=True):
    """Something that saves volumes: a Schedule of Velero or K8up, a ReplicationSource, a backup of
    CloudNativePG, a CronJob."""

    tool: str
    schedule: str | None = None
    namespaces: tuple[str, ...] = ()
    """That it saves; empty: all, where `claim` and `owner` are None."""
    excluded: tuple[str, ...] = ()
    selector: Selector = field(default_factory=Selector)
    claim: str | None = None
    """The only claim that it saves."""
    owner: str | None = None
    """Name of the Cluster of CloudNativePG that it saves."""
    inferred: bool = False
    """Whether that it is a backup is concluded from a label."""

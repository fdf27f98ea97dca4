"""Read where data is: StorageClasses, claims and their templates, and what saves them.

Sources of the rules: kubernetes.io/docs/concepts/storage, velero.io/docs (Schedule),
volsync.readthedocs.io (ReplicationSource), docs.k8up.io (Schedule), cloudnative-pg.io (Cluster,
ScheduledBackup).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

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
from gitops_docs.extract.workloads import pod_template
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Backup, StorageClass, VolumeClaim
from gitops_docs.yaml.nodes import Map, as_map, get_path, is_null, is_true, maps

_GROUPS = {
    "StorageClass": ("storage.k8s.io",),
    "PersistentVolumeClaim": ("",),
    "StatefulSet": ("apps",),
    "Cluster": ("postgresql.cnpg.io",),
    "ScheduledBackup": ("postgresql.cnpg.io",),
    "Schedule": ("velero.io", "k8up.io"),
    "ReplicationSource": ("volsync.backube",),
    "CronJob": ("batch",),
}
_BACKUP_LABELS = ("app.kubernetes.io/component", "app.kubernetes.io/name", "app")

Found = StorageClass | VolumeClaim | Backup


def storage(item: Rendered, layer: str, cluster: str) -> Iterator[Found]:
    """Yield the classes, claims and backups that an object defines."""
    kind, data = item.key[0], item.data
    if kind not in _GROUPS or group(data) not in _GROUPS[kind]:
        return
    same, spec = identity(item, layer, cluster), as_map(data.get("spec"))
    metadata = as_map(data.get("metadata"))
    if kind == "StorageClass":
        notes = dict(pairs(metadata.get("annotations")))
        yield StorageClass(
            **same,
            provisioner=text(data, "provisioner"),
            reclaim_policy=text(data, "reclaimPolicy") or "Delete",
            is_default=notes.get("storageclass.kubernetes.io/is-default-class") == "true",
            expansion=is_true(data.get("allowVolumeExpansion")),
            binding=text(data, "volumeBindingMode") or "Immediate",
        )
    elif kind == "PersistentVolumeClaim":
        yield replace(
            _claim(same, spec, same["name"]),
            labels=pairs(metadata.get("labels")),
            kept=("prune", "disabled") in objects.policies(item.data),
        )
    elif kind == "StatefulSet":
        yield from _templates(same, spec)
    elif kind == "Cluster":
        yield from _cluster(same, spec)
    else:
        found = _backup(same, spec, item)
        if found is not None:
            yield found


def _claim(same: ObjectFields, spec: Map, claim: str) -> VolumeClaim:
    return VolumeClaim(
        **same,
        size=text(spec, "resources", "requests", "storage"),
        class_name=None
        if is_null(spec.get("storageClassName"))
        else text(spec, "storageClassName"),
        modes=texts(spec.get("accessModes")),
        volume=text(spec, "volumeName"),
        claim=claim,
    )


def _templates(same: ObjectFields, spec: Map) -> Iterator[VolumeClaim]:
    """Yield the claims of a StatefulSet, one for each replica; they stay unless its retention
    policy says otherwise."""
    replicas = 1 if is_null(spec.get("replicas")) else number(spec, "replicas")
    policy = text(spec, "persistentVolumeClaimRetentionPolicy", "whenDeleted") or "Retain"
    for entry in maps(spec.get("volumeClaimTemplates")):
        claim = _claim(same, as_map(entry.get("spec")), text(entry, "metadata", "name") or "")
        yield replace(
            claim,
            copies=replicas,
            template=True,
            kept=policy == "Retain",
            labels=(
                *pairs(get_path(spec, "selector", "matchLabels")),
                *pairs(get_path(entry, "metadata", "labels")),
            ),
        )


def _cluster(same: ObjectFields, spec: Map) -> Iterator[Found]:
    """Yield the volumes of a Cluster of CloudNativePG, and its backup."""
    for name in ("storage", "walStorage"):
        storage = spec.get(name)
        if type(storage) is Map:
            yield VolumeClaim(
                **same,
                claim=f"{same['name']} ({name})",
                size=text(storage, "size"),
                class_name=text(storage, "storageClass"),
                modes=("ReadWriteOnce",),
                copies=1 if is_null(spec.get("instances")) else number(spec, "instances"),
                template=True,
            )
    barman = get_path(spec, "backup", "barmanObjectStore")
    plugins = [
        entry for entry in maps(spec.get("plugins")) if "barman" in (text(entry, "name") or "")
    ]
    if type(barman) is Map or plugins:
        yield Backup(
            **same,
            tool="CloudNativePG (WAL archive)",
            owner=same["name"],
            namespaces=(same["namespace"],),
        )


def _backup(same: ObjectFields, spec: Map, item: Rendered) -> Backup | None:
    kind, namespace = same["kind"], same["namespace"]
    if kind == "ScheduledBackup":
        return Backup(
            **same,
            tool="CloudNativePG",
            schedule=text(spec, "schedule"),
            namespaces=(namespace,),
            owner=text(spec, "cluster", "name"),
        )
    if kind == "ReplicationSource":
        return Backup(
            **same,
            tool="VolSync",
            schedule=text(spec, "trigger", "schedule"),
            namespaces=(namespace,),
            claim=text(spec, "sourcePVC"),
        )
    if kind == "Schedule" and group(item.data) == "k8up.io":
        return Backup(
            **same, tool="K8up", schedule=text(spec, "backup", "schedule"), namespaces=(namespace,)
        )
    if kind == "Schedule":
        template = as_map(spec.get("template"))
        included = tuple(name for name in texts(template.get("includedNamespaces")) if name != "*")
        return Backup(
            **same,
            tool="Velero",
            schedule=text(spec, "schedule"),
            namespaces=included,
            excluded=texts(template.get("excludedNamespaces")),
            selector=selector(template.get("labelSelector")),
        )
    labels = dict(pairs(get_path(item.data, "metadata", "labels")))
    if not any("backup" in labels.get(name, "") for name in _BACKUP_LABELS):
        return None
    volumes = maps(get_path(pod_template("CronJob", item.data), "spec", "volumes"))
    claims = [
        name for volume in volumes if (name := text(volume, "persistentVolumeClaim", "claimName"))
    ]
    if len(claims) != 1:
        return None
    return Backup(
        **same,
        tool="CronJob",
        schedule=text(spec, "schedule"),
        namespaces=(namespace,),
        claim=claims[0],
        inferred=True,
    )

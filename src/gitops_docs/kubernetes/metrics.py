"""Say which objects the metrics of the usual exporters are about: tables and pure functions.

In: names of metrics and labels. Out: kinds, and the labels that name the object. Sources: the
metric tables of kube-state-metrics (docs/metrics), the kubelet and cAdvisor, node_exporter,
cert-manager, Flux and Velero, as their documentation has them.
"""

from __future__ import annotations

from msgspec import Struct


class Measured(Struct, frozen=True):
    """What metrics with a prefix are about."""

    prefix: str
    kind: str | None
    label: str | None
    """The label with the name of the object."""
    namespaced: bool = True
    more: tuple[str, ...] = ()
    """Further labels that help to find it."""


_KUBE = (
    ("kube_pod_container_", "Pod", "pod", ("container",)),
    ("kube_pod_init_container_", "Pod", "pod", ("container",)),
    ("kube_pod_", "Pod", "pod", ()),
    ("kube_deployment_", "Deployment", "deployment", ()),
    ("kube_statefulset_", "StatefulSet", "statefulset", ()),
    ("kube_daemonset_", "DaemonSet", "daemonset", ()),
    ("kube_replicaset_", "ReplicaSet", "replicaset", ()),
    ("kube_job_", "Job", "job_name", ()),
    ("kube_cronjob_", "CronJob", "cronjob", ()),
    ("kube_persistentvolumeclaim_", "PersistentVolumeClaim", "persistentvolumeclaim", ()),
    ("kube_horizontalpodautoscaler_", "HorizontalPodAutoscaler", "horizontalpodautoscaler", ()),
    ("kube_hpa_", "HorizontalPodAutoscaler", "hpa", ()),
    ("kube_poddisruptionbudget_", "PodDisruptionBudget", "poddisruptionbudget", ()),
    ("kube_service_", "Service", "service", ()),
    ("kube_endpoint_", "Endpoints", "endpoint", ()),
    ("kube_ingress_", "Ingress", "ingress", ()),
    ("kube_secret_", "Secret", "secret", ()),
    ("kube_configmap_", "ConfigMap", "configmap", ()),
    ("kube_resourcequota", "ResourceQuota", "resourcequota", ()),
    ("kubelet_volume_stats_", "PersistentVolumeClaim", "persistentvolumeclaim", ()),
    ("container_", "Pod", "pod", ("container",)),
    ("certmanager_certificate_", "Certificate", "name", ()),
    ("externalsecret_", "ExternalSecret", "name", ()),
    ("gotk_", None, "name", ()),
    ("flux_resource_", None, "name", ()),
    ("velero_backup_", "Schedule", "schedule", ()),
    ("namespace_workload_pod", "Workload", "workload", ()),
    ("namespace_cpu", "Namespace", "namespace", ()),
    ("namespace_memory", "Namespace", "namespace", ()),
)
_WITHOUT_NAMESPACE = (
    ("kube_node_", "Node", "node"),
    ("kube_namespace_", "Namespace", "namespace"),
    ("kube_persistentvolume_", "PersistentVolume", "persistentvolume"),
    ("kube_storageclass_", "StorageClass", "storageclass"),
    ("kube_certificatesigningrequest_", None, None),
    ("kubelet_", "Node", "node"),
    ("node_namespace_pod_", "Pod", "pod"),
    ("node_", "Node", "instance"),
    ("machine_", "Node", "node"),
    ("windows_", "Node", "instance"),
    ("smartctl_", "Node", "instance"),
    ("probe_", None, "instance"),
    ("snmp_", None, "instance"),
    ("apiserver_", None, None),
    ("scheduler_", None, None),
    ("workqueue_", None, None),
    ("rest_client_", None, None),
    ("process_", None, None),
    ("go_", None, None),
    ("scrape_", None, None),
)
_TABLE = tuple(
    sorted(
        (
            *(Measured(prefix, kind, label, True, more) for prefix, kind, label, more in _KUBE),
            *(
                Measured(prefix, kind, label, prefix == "node_namespace_pod_")
                for prefix, kind, label in _WITHOUT_NAMESPACE
            ),
            Measured("kube_", None, None),
        ),
        key=lambda item: -len(item.prefix),
    )
)
GENERIC = frozenset(["up", "ALERTS", "ALERTS_FOR_STATE", "absent", "scrape_samples_scraped"])
"""Metrics that every target has, or that the Prometheus server makes."""

KINDS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "replicaset": "ReplicaSet",
    "cronjob": "CronJob",
    "job_name": "Job",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "pvc": "PersistentVolumeClaim",
    "certificate": "Certificate",
    "kustomization": "Kustomization",
    "helmrelease": "HelmRelease",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "hpa": "HorizontalPodAutoscaler",
    "poddisruptionbudget": "PodDisruptionBudget",
    "ingress": "Ingress",
    "workload": "Workload",
    "exported_pod": "Pod",
    "pod": "Pod",
    "pod_name": "Pod",
    "persistentvolume": "PersistentVolume",
    "exported_node": "Node",
    "node": "Node",
    "exported_service": "Service",
    "service": "Service",
}
"""Labels that name an object, to its kind, the most telling first."""
NAMESPACES = (
    "exported_namespace",
    "namespace",
    "kubernetes_namespace",
    "kube_namespace",
    "k8s_namespace_name",
    "destination_workload_namespace",
    "destination_service_namespace",
)
"""Labels that hold a namespace. `exported_namespace` is that of the object where `namespace` is
that of its exporter (Prometheus, `honor_labels: false`)."""
COMPONENTS = (
    "app_kubernetes_io_instance",
    "app_kubernetes_io_name",
    "app",
    "k8s_app",
    "helm_release",
    "destination_workload",
    "deployment_name",
    "exported_job",
    "job",
    "service_name",
    "component",
    "container",
)
"""Labels that hold the name of what an application is called, the most telling first."""
KIND_LABELS = ("customresource_kind", "exported_kind", "kind", "workload_type")
"""Labels that say the kind of the object that `name` or `workload` names."""
OWNER = ("owner_kind", "owner_name")
"""Labels with kind and name of what owns the object that a metric is about."""
CLUSTER_SCOPED = frozenset(["Node", "Namespace", "PersistentVolume", "StorageClass"])
FLUX = frozenset(["Kustomization", "HelmRelease"])


def measured(metric: str) -> Measured | None:
    """Return what a metric is about, where its exporter is known for metrics about other
    objects."""
    for item in _TABLE:
        if metric.startswith(item.prefix):
            return item
    return None


def pods_of(kind: str, name: str) -> str | None:
    """Return a name that a pod of a workload may have; None for kinds without pods."""
    ending = {
        "Deployment": "-5d4f8c7b9f-x2x4z",
        "StatefulSet": "-0",
        "DaemonSet": "-x2x4z",
        "ReplicaSet": "-x2x4z",
        "Job": "-x2x4z",
        "CronJob": "-28467840-x2x4z",
        "Pod": "",
    }.get(kind)
    return f"{name}{ending}" if ending is not None else None


def jobs_of(kind: str, name: str) -> str | None:
    """Return a name that a Job has, its own or the one that a CronJob gives it; None for other
    kinds."""
    return {"Job": name, "CronJob": f"{name}-28467840"}.get(kind)

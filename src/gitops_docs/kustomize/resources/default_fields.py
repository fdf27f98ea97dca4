"""List which fields kustomize touches by default (`api/internal/konfig/builtinpluginconsts`).

Out: the built-in `Fields`. References from pods are written once and spread over the kinds that
hold a pod.
"""

from __future__ import annotations

from functools import lru_cache

from gitops_docs.kustomize.behaviour import Behaviour
from gitops_docs.kustomize.resources.fieldspecs import FieldSpec
from gitops_docs.kustomize.resources.resource import Gvk

BATCH = "batch"
APPS = "apps"
RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"

PODS = {
    "Pod": "spec",
    "Deployment": "spec/template/spec",
    "ReplicaSet": "spec/template/spec",
    "DaemonSet": "spec/template/spec",
    "StatefulSet": "spec/template/spec",
    "Job": "spec/template/spec",
    "CronJob": "spec/jobTemplate/spec/template/spec",
}
"""Where a kind holds its pod."""

_CONFIG_MAP_IN_POD = (
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
)
_SECRET_IN_POD = (
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
)
_POD_OWNERS = {
    "Pod": "spec",
    "StatefulSet": "spec/template/spec",
    "Deployment": "spec/template/spec",
    "ReplicationController": "spec/template/spec",
    "CronJob": "spec/jobTemplate/spec/template/spec",
    "Job": "spec/template/spec",
    "DaemonSet": "spec/template/spec",
}
_INGRESS = "metadata/annotations/nginx.ingress.kubernetes.io\\/"


def _field(
    path: str, kind: str = "", group: str = "", version: str = "", *, create: bool = False
) -> FieldSpec:
    return FieldSpec(path, Gvk(group, version, kind), create)


def _in_pods(paths: tuple[str, ...]) -> tuple[FieldSpec, ...]:
    return tuple(
        _field(f"{pod}/{path}", kind, version="v1" if kind == "Pod" else "")
        for kind, pod in PODS.items()
        for path in paths
    )


def _in_owners(path: str) -> tuple[FieldSpec, ...]:
    return tuple(_field(f"{pod}/{path}", kind) for kind, pod in _POD_OWNERS.items())


def _templates(field: str) -> tuple[FieldSpec, ...]:
    """Return the metadata of objects and of the pods in them; `field` is `labels` or
    `annotations`."""
    return (
        _field(f"metadata/{field}", create=True),
        _field(
            f"spec/template/metadata/{field}", "ReplicationController", version="v1", create=True
        ),
        *(
            _field(f"spec/template/metadata/{field}", kind, create=True)
            for kind in ("Deployment", "ReplicaSet", "DaemonSet")
        ),
        _field(
            f"spec/template/metadata/{field}",
            "StatefulSet",
            APPS if field == "labels" else "",
            create=True,
        ),
        _field(f"spec/template/metadata/{field}", "Job", BATCH, create=True),
        _field(f"spec/jobTemplate/metadata/{field}", "CronJob", BATCH, create=True),
        _field(f"spec/jobTemplate/spec/template/metadata/{field}", "CronJob", BATCH, create=True),
    )


def _selectors() -> tuple[FieldSpec, ...]:
    pod = "spec/template/spec"
    terms = tuple(
        f"{pod}/affinity/{affinity}/{term}/labelSelector/matchLabels"
        for affinity in ("podAffinity", "podAntiAffinity")
        for term in (
            "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
            "requiredDuringSchedulingIgnoredDuringExecution",
        )
    )
    scheduling = (*terms, f"{pod}/topologySpreadConstraints/labelSelector/matchLabels")
    return (
        _field("spec/selector", "Service", version="v1", create=True),
        _field("spec/selector", "ReplicationController", version="v1", create=True),
        _field("spec/selector/matchLabels", "Deployment", create=True),
        *(_field(path, "Deployment", APPS) for path in scheduling),
        _field("spec/selector/matchLabels", "ReplicaSet", create=True),
        _field("spec/selector/matchLabels", "DaemonSet", create=True),
        _field("spec/selector/matchLabels", "StatefulSet", APPS, create=True),
        *(_field(path, "StatefulSet", APPS) for path in scheduling),
        _field("spec/selector/matchLabels", "Job", BATCH),
        _field("spec/jobTemplate/spec/selector/matchLabels", "CronJob", BATCH),
        _field("spec/selector/matchLabels", "PodDisruptionBudget", "policy"),
        _field("spec/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
        _field("spec/ingress/from/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
        _field("spec/egress/to/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    )


def _references() -> tuple[tuple[Gvk, tuple[FieldSpec, ...]], ...]:
    """Return the built-in name references (`namereferences.go`): kinds that are named, and the
    fields that name them."""
    scaled = (_field("spec/scaleTargetRef/name", "HorizontalPodAutoscaler"),)
    resource_names = (
        _field("rules/resourceNames", "Role"),
        _field("rules/resourceNames", "ClusterRole"),
    )
    return (
        *(
            (Gvk(kind=kind), scaled)
            for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
        ),
        (
            Gvk("", "v1", "ConfigMap"),
            (
                *_in_pods(_CONFIG_MAP_IN_POD),
                _field("spec/configSource/configMap", "Node"),
                *resource_names,
                _field(f"{_INGRESS}fastcgi-params-configmap", "Ingress"),
            ),
        ),
        (
            Gvk("", "v1", "Secret"),
            (
                *_in_pods(_SECRET_IN_POD),
                _field("spec/tls/secretName", "Ingress"),
                _field("metadata/annotations/ingress.kubernetes.io\\/auth-secret", "Ingress"),
                _field(f"{_INGRESS}auth-secret", "Ingress"),
                _field(f"{_INGRESS}auth-tls-secret", "Ingress"),
                _field("imagePullSecrets/name", "ServiceAccount"),
                *(
                    _field(f"parameters/{name}", "StorageClass")
                    for name in ("secretName", "adminSecretName", "userSecretName", "secretRef")
                ),
                *resource_names,
                _field(
                    "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
                    "Service",
                    "serving.knative.dev",
                    "v1",
                ),
                _field("spec/azureFile/secretName", "PersistentVolume"),
            ),
        ),
        (
            Gvk("", "v1", "Service"),
            (
                _field("spec/serviceName", "StatefulSet", APPS),
                *(
                    _field(f"spec/{path}", "Ingress")
                    for path in (
                        "rules/http/paths/backend/serviceName",
                        "backend/serviceName",
                        "rules/http/paths/backend/service/name",
                        "defaultBackend/service/name",
                    )
                ),
                _field("spec/service/name", "APIService", "apiregistration.k8s.io"),
                _field(
                    "webhooks/clientConfig/service", "ValidatingWebhookConfiguration", ADMISSION
                ),
                _field("webhooks/clientConfig/service", "MutatingWebhookConfiguration", ADMISSION),
            ),
        ),
        (Gvk(RBAC, "", "Role"), (_field("roleRef/name", "RoleBinding", RBAC),)),
        (
            Gvk(RBAC, "", "ClusterRole"),
            (
                _field("roleRef/name", "RoleBinding", RBAC),
                _field("roleRef/name", "ClusterRoleBinding", RBAC),
            ),
        ),
        (
            Gvk("", "v1", "ServiceAccount"),
            (
                _field("subjects", "RoleBinding", RBAC),
                _field("subjects", "ClusterRoleBinding", RBAC),
                *_in_owners("serviceAccountName"),
            ),
        ),
        (
            Gvk("", "v1", "PersistentVolumeClaim"),
            _in_owners("volumes/persistentVolumeClaim/claimName"),
        ),
        (
            Gvk("", "v1", "PersistentVolume"),
            (
                _field("spec/volumeName", "PersistentVolumeClaim"),
                _field("rules/resourceNames", "ClusterRole"),
            ),
        ),
        (
            Gvk("storage.k8s.io", "v1", "StorageClass"),
            (
                _field("spec/storageClassName", "PersistentVolume"),
                _field("spec/storageClassName", "PersistentVolumeClaim"),
                _field("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet"),
            ),
        ),
        (Gvk("scheduling.k8s.io", "v1", "PriorityClass"), _in_owners("priorityClassName")),
        (
            Gvk(ADMISSION, "", "ValidatingAdmissionPolicy"),
            (_field("spec/policyName", "ValidatingAdmissionPolicyBinding", ADMISSION),),
        ),
    )


def _variable_references() -> tuple[FieldSpec, ...]:
    in_container = ("args", "command", "env/value", "volumeMounts/mountPath")
    found = [
        _field(f"{pod}/{containers}/{path}", kind)
        for kind, pod in PODS.items()
        for containers in ("containers", "initContainers")
        for path in in_container
    ]
    found += [
        _field(f"{pod}/volumes/nfs/server", kind)
        for kind, pod in PODS.items()
        if kind not in ("CronJob", "StatefulSet")
    ]
    found += [
        _field("spec/jobTemplate/spec/template/volumes/nfs/server", "CronJob"),
        _field("spec/template/metadata/annotations", "Deployment"),
        _field("spec/rules/host", "Ingress"),
        _field("spec/tls/hosts", "Ingress"),
        _field("spec/tls/secretName", "Ingress"),
        _field("spec/ports/port", "Service"),
        _field("spec/ports/targetPort", "Service"),
        _field("spec/volumeClaimTemplates/spec/nfs/server", "StatefulSet"),
        _field("spec/nfs/server", "PersistentVolume"),
        _field("metadata/labels"),
        _field("metadata/annotations"),
    ]
    return tuple(found)


CLAIM_LABELS = _field(
    "spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", APPS, create=True
)
LABELS = _field("metadata/labels", create=True)
NAME = _field("metadata/name")


@lru_cache(maxsize=16)
def field_specs(behaviour: Behaviour) -> dict[str, tuple[FieldSpec, ...]]:
    """Return the built-in specifications by the name that `configurations` files use for them."""
    labels = (*_templates("labels"), CLAIM_LABELS)
    images: tuple[str, ...] = ("containers[]/image", "initContainers[]/image")
    if behaviour.sets_image_volumes:
        images = (*images, "volumes[]/image/reference")
    return {
        "namePrefix": (NAME,),
        "nameSuffix": (NAME,),
        "namespace": (
            _field("metadata/name", "Namespace", create=True),
            _field("spec/service/namespace", "APIService", "apiregistration.k8s.io", create=True),
            _field(
                "spec/conversion/webhook/clientConfig/service/namespace",
                "CustomResourceDefinition",
                "apiextensions.k8s.io",
            ),
        ),
        "commonLabels": (*_selectors(), *labels),
        "labels": (),
        "templateLabels": labels,
        "commonAnnotations": _templates("annotations"),
        "images": tuple(
            _field(f"spec/{pod}{path}", create=True)
            for pod in ("", "template/spec/")
            for path in images
        ),
        "replicas": tuple(
            _field("spec/replicas", kind, create=True)
            for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
        ),
        "varReference": _variable_references(),
    }


@lru_cache(maxsize=1)
def references() -> tuple[tuple[Gvk, tuple[FieldSpec, ...]], ...]:
    """Return pairs of a kind and the fields of other kinds that hold its name."""
    return _references()

"""Which objects belong to no namespace.

In: API version and kind, and the CustomResourceDefinitions of the cluster. Out: True where Kubernetes says so.
kustomize keeps a namespace that was set on such an object; pages leave it out.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitops_docs.flux import objects
from gitops_docs.kubernetes import schemas
from gitops_docs.nodes import Map, get_path

_CLUSTER_SCOPED = frozenset(
    {
        ("", "ComponentStatus"), ("", "Namespace"), ("", "Node"), ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"), ("certificates.k8s.io", "ClusterTrustBundle"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"), ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"), ("networking.k8s.io", "IPAddress"), ("networking.k8s.io", "ServiceCIDR"),
        ("node.k8s.io", "RuntimeClass"),
        ("policy", "PodSecurityPolicy"),
        ("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"), ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"), ("storage.k8s.io", "CSINode"), ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"), ("storage.k8s.io", "VolumeAttributesClass"),
    }
)  # fmt: skip

_NAMESPACED_GROUPS = frozenset(
    {
        "", "apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "networking.k8s.io", "policy",
        "rbac.authorization.k8s.io",
    }
)  # fmt: skip
"""Built-in groups whose kinds are namespaced, those of `_CLUSTER_SCOPED` aside."""


class Scopes:
    """Knows the scope of kinds: Kubernetes' own, and those whose definition the cluster's layers apply."""

    def __init__(self, definitions: Iterable[Map]) -> None:
        self._defined: dict[tuple[str, str], bool] = {}
        for definition in definitions:
            spec = definition.get("spec")
            group, kind = objects.text(get_path(spec, "group")), objects.text(get_path(spec, "names", "kind"))
            if group and kind:
                self._defined[group, kind] = objects.text(get_path(spec, "scope")) == "Cluster"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scopes) and self._defined == other._defined

    __hash__ = None  # type: ignore[assignment]  # compared, never a key

    def cluster_scoped(self, group: str, kind: str) -> bool:
        """True where the kind is known to live outside of namespaces; False where it does not or nobody says."""
        return (group, kind) in _CLUSTER_SCOPED or self._defined.get((group, kind), False)

    def namespaced(self, group: str, kind: str) -> bool:
        """True where the kind is known to live in namespaces; False where it does not or nobody says."""
        defined = self._defined.get((group, kind))
        if defined is not None:
            return not defined
        if schemas.flux_kind(group, kind) is not None:
            return True
        return group in _NAMESPACED_GROUPS and (group, kind) not in _CLUSTER_SCOPED and not kind.endswith("List")

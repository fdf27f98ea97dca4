"""Read who may do what: roles, bindings and service accounts.

Sources of the rules: kubernetes.io/docs/reference/access-authn-authz/rbac, and the annotations for
workload identity of EKS, GKE and AKS.
"""

from __future__ import annotations

from gitops_docs.extract.fields import group, identity, pairs, selector, text, texts
from gitops_docs.kustomize import Rendered
from gitops_docs.model import AccessRule, Role, RoleBinding, RoleSubject, ServiceAccount
from gitops_docs.yaml.nodes import get_path, is_null, is_true, maps

_RBAC = "rbac.authorization.k8s.io"
_IDENTITIES = (
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id",
)

Found = Role | RoleBinding | ServiceAccount


def access(item: Rendered, layer: str, cluster: str) -> Found | None:
    """Return the role, binding or service account that an object is; None for any other object."""
    kind, data = item.key[0], item.data
    if kind == "ServiceAccount" and not group(data):
        notes = dict(pairs(get_path(data, "metadata", "annotations")))
        mount = data.get("automountServiceAccountToken")
        return ServiceAccount(
            **identity(item, layer, cluster),
            automount=None if is_null(mount) else is_true(mount),
            identity=next(
                (f"{name}: {notes[name]}" for name in _IDENTITIES if name in notes), None
            ),
        )
    if kind in ("Role", "ClusterRole") and group(data) == _RBAC:
        return Role(
            **identity(item, layer, cluster),
            rules=tuple(
                AccessRule(
                    groups=texts(rule.get("apiGroups")),
                    resources=texts(rule.get("resources")),
                    verbs=texts(rule.get("verbs")),
                    names=texts(rule.get("resourceNames")),
                    urls=texts(rule.get("nonResourceURLs")),
                )
                for rule in maps(data.get("rules"))
            ),
            labels=pairs(get_path(data, "metadata", "labels")),
            aggregates=tuple(
                selector(entry)
                for entry in maps(get_path(data, "aggregationRule", "clusterRoleSelectors"))
            ),
        )
    if kind in ("RoleBinding", "ClusterRoleBinding") and group(data) == _RBAC:
        same = identity(item, layer, cluster)
        return RoleBinding(
            **same,
            role=(text(data, "roleRef", "kind") or "", text(data, "roleRef", "name") or ""),
            subjects=tuple(
                RoleSubject(
                    kind=text(entry, "kind") or "",
                    namespace=(text(entry, "namespace") or same["namespace"])
                    if text(entry, "kind") == "ServiceAccount"
                    else "",
                    name=text(entry, "name") or "",
                )
                for entry in maps(data.get("subjects"))
            ),
        )
    return None

"""The order in which kustomize prints objects (`SortOrderTransformer`).

In: the objects and `sortOptions`. Out: the objects in order. kubectl sorts the legacy way unless the kustomization says otherwise.
"""

from __future__ import annotations

from typing import Any

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resource import Resource, text
from gitops_docs.nodes import Map, as_map, as_seq

_FIRST = (
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def ordered(items: list[Resource], options: Any) -> list[Resource]:
    """The objects as they are printed.

    Raises:
        Refused: `sortOptions` asks for an order that kustomize does not have.
    """
    first: tuple[str, ...] = _FIRST
    last: tuple[str, ...] = _LAST
    if type(options) is Map:
        order = text(options.get("order"))
        if order not in ("legacy", "fifo"):
            raise refused("`sortOptions.order` must be `legacy` or `fifo`", options)
        if order == "fifo":
            return items
        legacy = options.get("legacySortOptions")
        if type(legacy) is Map:
            first = tuple(text(item) for item in as_seq(as_map(legacy).get("orderFirst")))
            last = tuple(text(item) for item in as_seq(as_map(legacy).get("orderLast")))
    ranks = {kind: index - len(first) for index, kind in enumerate(first)}
    ranks.update({kind: index + 1 for index, kind in enumerate(last)})

    def key(item: Resource) -> tuple[int, str, str]:
        found = item.id
        gvk = f"{found.group or '~G'}_{found.version or '~V'}_{found.kind or '~K'}"
        shown = f"{found.kind or '[noKind]'}.{found.version or '[noVer]'}.{found.group or '[noGrp]'}"
        return ranks.get(found.kind, 0), gvk, f"{shown}|{item.namespace or '~X'}|{found.name or '~N'}"

    return sorted(items, key=key)
